/* Proofs of runs: what they claim, what of them may be changed (nothing), and liars.
 *
 * Forged witnesses go through the prover itself, with the lookups counted for them as a liar would: what refuses them is the
 * constraint or bus that is meant to, named by the checker. */
#include "gen/vm/vm.h"
#include "situ/zkvm.h"
#include "stark/archive.h"
#include "tests/vm/witness_run.h"
#include "vm/zkvm_file.h"

static guest_asm g;

static const situ_stark_params quick = {
    .log2_blowup = 1, .n_queries = 6, .grinding_bits = 0, .log2_cap = 3, .insecure = 1};

/* Prints 12 bytes of its data, stores, loads back, exits with `code`. */
static situ_program *small_program(u32 code)
{
    g.n_code = 0;
    g.n_data = 64;
    for (u32 i = 0; i < g.n_data; i++) g.data[i] = (u8)(3 * i + 1);
    asm_at(&g, enc_u(SITU_OP_LUI, X_A2, (u32)ASM_DATA >> 12));
    asm_at(&g, enc_i(SITU_OP_LD, X_A3, X_A2, 0));
    asm_at(&g, enc_i(SITU_OP_ADDI, X_A3, X_A3, 5));
    asm_at(&g, enc_s(SITU_OP_SD, X_A3, X_A2, 8));
    asm_at(&g, enc_i(SITU_OP_LD, X_T0, X_A2, 8));
    asm_at(&g, enc_b(SITU_OP_BNE, X_T0, X_A3, 8));
    asm_at(&g, enc_i(SITU_OP_ADDI, X_A1, X_A2, 0));
    asm_at(&g, enc_i(SITU_OP_ADDI, X_A2, 0, 12));
    asm_at(&g, enc_i(SITU_OP_ADDI, X_A0, 0, 1));
    asm_at(&g, enc_i(SITU_OP_ADDI, X_A7, 0, SITU_ECALL_WRITE));
    asm_at(&g, situ_ops[SITU_OP_ECALL].match);
    asm_at(&g, enc_i(SITU_OP_ADDI, X_A0, 0, (i32)code));
    asm_at(&g, enc_i(SITU_OP_ADDI, X_A7, 0, SITU_ECALL_EXIT));
    asm_at(&g, situ_ops[SITU_OP_ECALL].match);
    return asm_load(&g);
}

/* --- proofs and what they claim ------------------------------------------------------------------------- */

typedef struct {
    u64 *proof; /* 8-byte aligned */
    size_t n_bytes;
    u8 vk_digest[32];
} proven;

static proven prove(const situ_program *program, const situ_stark_params *params, u32 n_threads)
{
    char message[SITU_MESSAGE_BYTES];
    situ_zkvm_cost cost;
    situ_zkvm_key *key;
    situ_zkvm_run *run;
    situ_pool *pool;
    size_t vk_bytes;
    proven p;
    CHECK_EQ(situ_pool_create(&pool, n_threads), SITU_OK);
    CHECK_EQ(situ_zkvm_key_create(&key, program, params, pool, message), SITU_OK);
    CHECK_EQ(situ_zkvm_run_create(&run, key, NULL, 0, NULL, message), SITU_OK);
    CHECK_EQ(situ_zkvm_cost_of(&cost, run, n_threads), SITU_OK);
    p.n_bytes = cost.proof_bytes;
    p.proof = malloc(p.n_bytes);
    CHECK_EQ(situ_zkvm_prove(run, p.proof, p.n_bytes, NULL, NULL, NULL, pool), SITU_OK);
    const void *vk = situ_zkvm_key_vk(key, &vk_bytes);
    situ_zkvm_vk_digest(p.vk_digest, vk, vk_bytes);
    situ_zkvm_run_destroy(run);
    situ_zkvm_key_destroy(key);
    situ_pool_destroy(pool);
    return p;
}

static situ_err verify(const proven *p, u64 exit_code, situ_zkvm_claim *claim, situ_stark_reason *reason)
{
    situ_zkvm_expected expected = {.exit_code = exit_code, .allow_insecure = true};
    memcpy(expected.vk_digest, p->vk_digest, 32);
    void *scratch = aligned_alloc(64, situ_zkvm_verify_scratch_bytes());
    situ_err err = situ_zkvm_verify(claim, &expected, p->proof, p->n_bytes, scratch, reason);
    free(scratch);
    return err;
}

static situ_err verdict(const proven *p, u64 exit_code)
{
    situ_zkvm_claim claim;
    return verify(p, exit_code, &claim, NULL);
}

TEST(a_proof_claims_output_and_exit_code)
{
    situ_program *program = small_program(7);
    proven p = prove(program, &quick, 1);
    situ_zkvm_claim claim;
    u8 digest[32];
    CHECK_EQ(verify(&p, 7, &claim, NULL), SITU_OK);
    CHECK_EQ(claim.exit_code, 7);
    CHECK_EQ(claim.n_output, 12);
    for (u32 i = 0; i < 8; i++) CHECK_EQ(claim.output[i], 3 * i + 1);
    situ_program_digest(program, digest);
    CHECK_MEM_EQ(claim.program_digest, digest, 32);
    CHECK_EQ(verdict(&p, 0), SITU_ERR_REJECT); /* another exit code than expected */
    free(p.proof);
    situ_program_free(program);
}

TEST(threads_do_not_change_a_proof)
{
    situ_program *program = small_program(0);
    proven one = prove(program, &quick, 1), two = prove(program, &quick, 2);
    CHECK_EQ(one.n_bytes, two.n_bytes);
    CHECK_MEM_EQ(one.proof, two.proof, one.n_bytes);
    free(one.proof);
    free(two.proof);
    situ_program_free(program);
}

TEST(test_parameters_are_refused_unless_asked_for)
{
    situ_program *program = small_program(0);
    proven p = prove(program, &quick, 1);
    situ_zkvm_claim claim;
    situ_zkvm_expected expected = {0};
    void *scratch = aligned_alloc(64, situ_zkvm_verify_scratch_bytes());
    memcpy(expected.vk_digest, p.vk_digest, 32);
    CHECK_EQ(situ_zkvm_verify(&claim, &expected, p.proof, p.n_bytes, scratch, NULL), SITU_ERR_VERSION);
    expected.allow_insecure = true;
    CHECK_EQ(situ_zkvm_verify(&claim, &expected, p.proof, p.n_bytes, scratch, NULL), SITU_OK);
    free(scratch);
    free(p.proof);
    situ_program_free(program);
}

/* --- every field of the statement ----------------------------------------------------------------------- */

/* A copy of the proof with other output; lengths agree. */
static proven with_output(const proven *p, const void *output, size_t n_output)
{
    const zkvm_header *h = (const zkvm_header *)p->proof;
    size_t old_padded = u64_align_up(h->output_bytes, 8), padded = u64_align_up(n_output, 8);
    size_t before = sizeof *h + h->vk_bytes;
    proven q = *p;
    q.n_bytes = p->n_bytes - old_padded + padded;
    q.proof = calloc(1, q.n_bytes);
    memcpy(q.proof, p->proof, before);
    if (n_output) memcpy((u8 *)q.proof + before, output, n_output);
    memcpy((u8 *)q.proof + before + padded, (const u8 *)p->proof + before + old_padded, h->argument_bytes);
    zkvm_header *to = (zkvm_header *)q.proof;
    to->output_bytes = n_output;
    to->total_bytes = q.n_bytes;
    return q;
}

static void must_refuse_output(const proven *p, const void *output, size_t n_output)
{
    proven q = with_output(p, output, n_output);
    CHECK_EQ(verdict(&q, 0), SITU_ERR_REJECT);
    free(q.proof);
}

TEST(every_field_of_the_statement_counts)
{
    situ_program *program = small_program(0);
    proven p = prove(program, &quick, 1);
    zkvm_header *h = (zkvm_header *)p.proof;
    u8 output[16] = {0};
    CHECK_EQ(verdict(&p, 0), SITU_OK);

    h->exit_code = 1; /* the claim says so, and the verifier expects it: the argument does not */
    CHECK_EQ(verdict(&p, 1), SITU_ERR_REJECT);
    h->exit_code = 0;

    memcpy(output, (u8 *)p.proof + sizeof *h + h->vk_bytes, 12);
    for (u32 i = 0; i < 12; i++) {
        output[i] ^= 0x80;
        must_refuse_output(&p, output, 12);
        output[i] ^= 0x80;
    }
    must_refuse_output(&p, output, 11);
    must_refuse_output(&p, output, 13);
    must_refuse_output(&p, output + 1, 11);
    must_refuse_output(&p, NULL, 0);

    /* The key: any byte of it makes another key; a verifier who expected that one finds no proof under it. */
    u8 *vk = (u8 *)(h + 1);
    for (u32 i = 0; i < h->vk_bytes; i += 1 + i / 16) {
        vk[i] ^= 1;
        CHECK(verdict(&p, 0) != SITU_OK);
        proven q = p;
        situ_zkvm_vk_digest(q.vk_digest, vk, h->vk_bytes);
        CHECK(verdict(&q, 0) != SITU_OK);
        vk[i] ^= 1;
    }
    CHECK_EQ(verdict(&p, 0), SITU_OK);
    free(p.proof);
    situ_program_free(program);
}

/* The first that the transcript hears of a claim is a hash of all of it: with exit code or output free until challenges are known,
 * messages of the output could be chosen to balance what is false. */
TEST(a_claim_is_hashed_whole)
{
    enum { CLAIMS = 7 };
    zkvm_vk_header vk = {.entry = 0x10000};
    u8 output[2] = {5, 0}, hashes[CLAIMS][32];
    for (u32 i = 0; i < CLAIMS; i++) {
        situ_zkvm_claim c = {
            .vk = &vk, .vk_bytes = sizeof vk, .exit_code = 1, .output = output, .n_output = 1};
        vm_statement vm;
        output[0] = i == 1 ? 4 : 5;
        if (i == 2) c.n_output = 2;
        if (i == 3) c.n_output = 0;
        if (i == 4) c.exit_code = 0;
        if (i == 5) c.exit_code |= UINT64_C(1) << 63;
        if (i == 6) c.vk_digest[31] = 1;
        memcpy(hashes[i], zkvm_statement(&vm, &c).claim, sizeof hashes[i]);
        for (u32 k = 0; k < i; k++) CHECK(memcmp(hashes[i], hashes[k], sizeof hashes[i]) != 0);
    }
}

/* Where the run begins is the key's to say. */
TEST(a_program_may_begin_anywhere)
{
    char message[SITU_MESSAGE_BYTES];
    situ_program *program;
    size_t n_bytes;
    situ_program_free(small_program(6));
    for (u32 i = g.n_code++; i > 0; i--) g.code[i] = g.code[i - 1];
    g.code[0] = 0; /* no instruction: who begins here has no run */
    u8 *elf = asm_elf(&g, &n_bytes);
    ((elf_header *)(void *)elf)->entry += 4;
    CHECK_EQ(situ_program_load(&program, elf, n_bytes, message), SITU_OK);
    proven p = prove(program, &quick, 1);
    CHECK_EQ(verdict(&p, 6), SITU_OK);
    free(p.proof);
    free(elf);
    situ_program_free(program);
}

TEST(another_programs_proof_is_refused)
{
    situ_program *program = small_program(0);
    proven p = prove(program, &quick, 1);
    situ_program_free(program);
    program = small_program(0);
    g.code[2] = enc_i(SITU_OP_ADDI, X_A3, X_A3, 6);
    situ_program *other = asm_load(&g);
    proven q = prove(other, &quick, 1);
    CHECK(memcmp(p.vk_digest, q.vk_digest, 32) != 0);
    memcpy(p.vk_digest, q.vk_digest, 32);
    CHECK_EQ(verdict(&p, 0), SITU_ERR_VERSION);
    free(p.proof);
    free(q.proof);
    situ_program_free(program);
    situ_program_free(other);
}

TEST(damaged_files_are_refused)
{
    situ_program *program = small_program(0);
    proven p = prove(program, &quick, 1);
    zkvm_header *h = (zkvm_header *)p.proof;
    u8 *bytes = (u8 *)p.proof;
    const size_t prefix = p.n_bytes - h->argument_bytes;
    for (size_t bit = 0; bit < 8 * prefix; bit += bit < 8 * sizeof *h ? 1 : 7) {
        bytes[bit / 8] ^= (u8)(1u << bit % 8);
        CHECK(verdict(&p, 0) != SITU_OK);
        bytes[bit / 8] ^= (u8)(1u << bit % 8);
    }
    const size_t whole = p.n_bytes;
    for (size_t i = 0; i < 600; i++) {
        size_t at = prefix + test_random() % (whole - prefix);
        u8 flip = (u8)(1u << test_random() % 8);
        bytes[at] ^= flip;
        CHECK(verdict(&p, 0) != SITU_OK);
        bytes[at] ^= flip;
    }
    for (p.n_bytes = 0; p.n_bytes < whole; p.n_bytes += 1 + p.n_bytes / 20) CHECK(verdict(&p, 0) != SITU_OK);
    p.n_bytes = whole;
    CHECK_EQ(verdict(&p, 0), SITU_OK);
    free(p.proof);
    situ_program_free(program);
}

/* Zeros fill the output's last word, whatever its length; the reason names the byte that is none. */
TEST(padding_of_the_output_is_zero)
{
    static const u8 output[17] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17};
    situ_program *program = small_program(0);
    proven p = prove(program, &quick, 1);
    situ_zkvm_claim claim;
    situ_stark_reason reason;
    for (size_t n = 0; n <= sizeof output; n++) {
        proven q = with_output(&p, output, n);
        const zkvm_header *h = (const zkvm_header *)q.proof;
        const size_t from = sizeof *h + h->vk_bytes + n;
        u8 *bytes = (u8 *)q.proof;
        CHECK_EQ(situ_zkvm_read(&claim, q.proof, q.n_bytes, &reason), SITU_OK);
        for (size_t at = from; at % 8 != 0; at++) {
            bytes[at] ^= (u8)(1u << at % 8);
            CHECK_EQ(situ_zkvm_read(&claim, q.proof, q.n_bytes, &reason), SITU_ERR_FORMAT);
            CHECK(strcmp(reason.check, "padding of the output") == 0);
            CHECK_EQ(reason.offset, at);
            bytes[at] ^= (u8)(1u << at % 8);
        }
        free(q.proof);
    }
    free(p.proof);
    situ_program_free(program);
}

/* --- liars ---------------------------------------------------------------------------------------------- */

/* Prove the run's rows as they are. */
static situ_err prove_rows(const witness_run *r)
{
    char message[SITU_MESSAGE_BYTES];
    situ_stark_prover *prover;
    situ_stark_cost cost;
    situ_zkvm_key *key;
    vm_statement vm;
    CHECK_EQ(situ_zkvm_key_create(&key, r->program, &quick, NULL, message), SITU_OK);
    u8 heights[SITU_STARK_SLOTS_MAX];
    situ_stark_key *stark;
    size_t key_bytes;
    CHECK_EQ(vm_key_heights(r->program, heights), SITU_OK);
    CHECK_EQ(situ_stark_key_bytes(&key_bytes, &situ_vm_prover, &quick, heights), SITU_OK);
    void *key_block = aligned_alloc(64, u64_align_up(key_bytes, 64));
    CHECK_EQ(situ_stark_key_make(&stark, key_block, &situ_vm_prover, &quick, heights, vm_preprocessed,
                                 r->program, NULL),
             SITU_OK);
    CHECK_EQ(situ_stark_cost_of(&cost, stark, r->witness.log2_rows, 1), SITU_OK);
    void *block = aligned_alloc(64, u64_align_up(cost.block_bytes, 64));
    void *proof = malloc(cost.proof_bytes);
    CHECK_EQ(situ_stark_prover_open(&prover, block, stark, r->witness.log2_rows, 1), SITU_OK);
    for (u32 t = 0; t < SITU_VM_TABLES; t++)
        for (u32 slot = r->witness.first_slot[t]; slot < r->witness.first_slot[t + 1]; slot++)
            if (r->rows.cells[slot])
                situ_stark_put_rows(prover, slot, 0, 1u << r->witness.log2_rows[slot], r->rows.cells[slot]);

    situ_zkvm_claim claim = {.exit_code = r->statement.exit_code,
                             .output = r->statement.output,
                             .n_output = r->statement.n_output};
    claim.vk = situ_zkvm_key_vk(key, &claim.vk_bytes);
    situ_zkvm_vk_digest(claim.vk_digest, claim.vk, claim.vk_bytes);
    situ_stark_statement statement = zkvm_statement(&vm, &claim);
    statement.allow_insecure = true;
    situ_err err = situ_stark_prove(prover, &statement, proof, cost.proof_bytes, NULL, NULL, NULL);
    free(proof);
    free(block);
    free(key_block);
    situ_zkvm_key_destroy(key);
    return err;
}

/* The forged rows: the checker's first finding has `what` in it, and the prover gets no proof. */
static void must_fail(const witness_run *r, const char *what)
{
    witness_recount(r);
    witness_must_break(r, what);
    if (prove_rows(r) != SITU_ERR_UNSAT) test_fail(__FILE__, __LINE__, "a forgery is proven: %s", what);
}

static witness_run *small_run(void) { return witness_open(small_program(0), NULL, 0, 5); }

TEST(an_honest_witness_is_proven)
{
    witness_run *r = small_run();
    witness_recount(r);
    witness_must_hold(r);
    CHECK_EQ(prove_rows(r), SITU_OK);
    witness_close(r);
}

typedef void forge_fn(witness_run *r);

static void forge(forge_fn *change, const char *what)
{
    witness_run *r = small_run();
    change(r);
    must_fail(r, what);
    witness_close(r);
}

#define ROW(table, type, i) ((situ_vm_##type##_row *)witness_row(r, SITU_VM_TABLE_##table, i))

/* Memory. */
static void stale_value(witness_run *r)
{
    situ_vm_load_row *second =
        ROW(LOAD, load, 1); /* reads what was stored; pretend it reads what was there before */
    for (u32 k = 0; k < 4; k++) second->m.value[k] = ROW(STORE, store, 0)->m.old[k];
}
static void wrong_time(witness_run *r) { ROW(LOAD, load, 1)->m.gap += 4; }
static void foreign_word(witness_run *r) { ROW(LOAD, load, 1)->word.low += 1; }
static void two_beginnings(witness_run *r)
{
    *ROW(EDGE, edge, 63) =
        *ROW(EDGE, edge, 0); /* a second history of the first register, with another value */
    ROW(EDGE, edge, 63)->first[0] ^= 1;
    ROW(EDGE, edge, 63)->last[0] ^= 1;
}
static void finals_out_of_order(witness_run *r)
{
    situ_vm_final_row *a = ROW(FINAL, final, 3), *b = ROW(FINAL, final, 4);
    u32 address = a->address;
    a->next = b->next; /* 3 -> 5, 4 -> 4?: the chain passes over 4 */
    a->low = (a->next - address - 1) & 0xffff;
    b->next = b->address;
    b->low = 0;
}
static void final_value(witness_run *r) { ROW(FINAL, final, 5)->value[0] ^= 1; }
static void first_value(witness_run *r) { ROW(EDGE, edge, 0)->first[0] ^= 1; }
static void unused_image(witness_run *r)
{
    for (u32 i = 0; i < r->program->n_image_words; i++) ROW(IMAGE, image, i)->used = 0;
}

TEST(memory_cannot_be_forged)
{
    forge(stale_value, "bus memory");
    forge(wrong_time, "bus memory");
    forge(foreign_word, "load");
    forge(two_beginnings, "bus");
    forge(finals_out_of_order, "final");
    forge(final_value, "bus history");
    forge(first_value, "bus");
    forge(unused_image, "bus history");
}

/* Program and execution. */
static void other_immediate(witness_run *r)
{
    situ_vm_addi_row *row = ROW(ADDI, addi, 0); /* consistent with itself, but the program says 5 */
    row->imm += 1;
    row->result[0] += 1;
}
static void other_register(witness_run *r) { ROW(ADDI, addi, 0)->rd = X_T0; }
static void skipped(witness_run *r) { memset(ROW(ADDI, addi, 1), 0, sizeof(situ_vm_addi_row)); }
static void repeated(witness_run *r) { *ROW(ADDI, addi, 63) = *ROW(ADDI, addi, 1); }
static void later(witness_run *r) { ROW(ADDI, addi, 1)->at.time += 4; }
static void branch_taken(witness_run *r) { ROW(BRANCH_EQUAL, branch_equal, 0)->taken ^= 1; }
static void early_halt(witness_run *r) { ROW(EXIT, exit, 0)->at.time -= 8; }
static void no_halt(witness_run *r) { memset(ROW(EXIT, exit, 0), 0, sizeof(situ_vm_exit_row)); }
static void exit_code(witness_run *r) { r->statement.exit_code = 1; }
static void exit_code_and_row(witness_run *r)
{
    r->statement.exit_code = 1;
    ROW(EXIT, exit, 0)->code.value[0] = 1;
}
static void other_entry(witness_run *r) { r->statement.entry += 4; }

TEST(execution_cannot_be_forged)
{
    forge(other_immediate, "bus");
    forge(other_register, "bus");
    forge(skipped, "bus");
    forge(repeated, "bus");
    forge(later, "bus");
    forge(branch_taken, "branch_equal");
    forge(early_halt, "bus");
    forge(no_halt, "bus");
    forge(exit_code, "bus halt");
    forge(exit_code_and_row, "bus memory");

    witness_run *r = small_run();
    other_entry(r);
    witness_must_break(r, "bus execution");
    witness_close(r);
}

/* Output. */
static u8 other_output[16];
static void output_changed(witness_run *r)
{
    memcpy(other_output, r->statement.output, r->statement.n_output);
    other_output[3] ^= 1;
    r->statement.output = other_output;
}
static void output_shorter(witness_run *r) { r->statement.n_output--; }
static void output_longer(witness_run *r)
{
    memcpy(other_output, r->statement.output, r->statement.n_output);
    r->statement.output = other_output;
    r->statement.n_output++;
}
static void output_row_changed(witness_run *r)
{
    output_changed(r);
    ROW(OUTPUT_WORD, output_word, 0)->bytes[3] ^= 1;
}
static void output_row_cut(witness_run *r)
{
    r->statement.n_output--;
    ROW(OUTPUT_WORD, output_word, 1)->taken[3] = 0;
}
static void output_not_counted(witness_run *r)
{
    r->statement.n_output = 0;
    ROW(WRITE, write, 0)->to_output = 0;
    ROW(WRITE, write, 0)->to_text = 1;
    memset(ROW(OUTPUT_WORD, output_word, 0), 0, sizeof(situ_vm_output_word_row));
    memset(ROW(OUTPUT_WORD, output_word, 1), 0, sizeof(situ_vm_output_word_row));
}

TEST(output_cannot_be_forged)
{
    forge(output_changed, "bus output");
    forge(output_shorter, "bus output");
    forge(output_longer, "bus output");
    forge(output_row_changed, "bus memory");
    forge(output_row_cut, "bus output_part");
    forge(output_not_counted, "bus memory");
}

TEST_MAIN()
