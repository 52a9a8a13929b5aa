/* The verifier as a guest: what it says of good proofs, and of every kind of bad one.
 *
 * Whatever is changed in a blob, the guest must end, and with an exit code that is one of its reasons: never with 0, never with a
 * trap, and without any output. */
#include "situ/recursion.h"

#include "stark/archive.h"
#include "tests/stark/lifted.h"
#include "tests/vm/witness_run.h"
#include "vm/zkvm_key.h"

static guest_asm g;

static const situ_stark_params quick = {
    .log2_blowup = 3, .n_queries = 3, .grinding_bits = 0, .log2_cap = 3, .insecure = 1};

/* --- inner programs and proofs -------------------------------------------------------------------------- */

/* Prints n_output bytes and exits with `code`. */
static situ_program *small_program(u32 n_output, u32 code)
{
    g.n_code = 0;
    g.n_data = 64;
    for (u32 i = 0; i < g.n_data; i++) g.data[i] = (u8)(3 * i + 1);
    asm_at(&g, enc_u(SITU_OP_LUI, X_A1, (u32)ASM_DATA >> 12));
    asm_at(&g, enc_i(SITU_OP_ADDI, X_A2, 0, (i32)n_output));
    asm_at(&g, enc_i(SITU_OP_ADDI, X_A0, 0, 1));
    asm_at(&g, enc_i(SITU_OP_ADDI, X_A7, 0, SITU_ECALL_WRITE));
    asm_at(&g, situ_ops[SITU_OP_ECALL].match);
    asm_at(&g, enc_i(SITU_OP_ADDI, X_A0, 0, (i32)code));
    asm_at(&g, enc_i(SITU_OP_ADDI, X_A7, 0, SITU_ECALL_EXIT));
    asm_at(&g, situ_ops[SITU_OP_ECALL].match);
    return asm_load(&g);
}

typedef struct {
    u8 *bytes; /* prefix and proof */
    size_t n_bytes;
    u8 vk_digest[32];
} blob;

enum { PREFIX = sizeof(situ_recursion_prefix) };

/* Prove a run of `program`, straight behind the prefix. */
static blob prove(const situ_program *program, const situ_stark_params *params)
{
    const situ_recursion_prefix prefix = {.magic = SITU_RECURSION_MAGIC, .version = SITU_RECURSION_VERSION};
    char message[SITU_MESSAGE_BYTES];
    situ_zkvm_cost cost;
    situ_zkvm_key *key;
    situ_zkvm_run *run;
    situ_pool *pool;
    size_t vk_bytes;
    blob b;
    CHECK_EQ(situ_pool_create(&pool, 2), SITU_OK);
    CHECK_EQ(situ_zkvm_key_create(&key, program, params, pool, message), SITU_OK);
    CHECK_EQ(situ_zkvm_run_create(&run, key, NULL, 0, NULL, message), SITU_OK);
    CHECK_EQ(situ_zkvm_cost_of(&cost, run, 2), SITU_OK);
    b.n_bytes = PREFIX + cost.proof_bytes;
    b.bytes = malloc(b.n_bytes);
    memcpy(b.bytes, &prefix, PREFIX);
    CHECK_EQ(situ_zkvm_prove(run, b.bytes + PREFIX, cost.proof_bytes, NULL, NULL, NULL, pool), SITU_OK);
    const void *vk = situ_zkvm_key_vk(key, &vk_bytes);
    situ_zkvm_vk_digest(b.vk_digest, vk, vk_bytes);
    situ_zkvm_run_destroy(run);
    situ_zkvm_key_destroy(key);
    situ_pool_destroy(pool);
    return b;
}

static blob prove_small(u32 n_output, u32 code, const situ_stark_params *params)
{
    situ_program *program = small_program(n_output, code);
    blob b = prove(program, params);
    situ_program_free(program);
    return b;
}

/* --- the guest ------------------------------------------------------------------------------------------ */

static situ_program *load_verifier(const char *path)
{
    static u8 bytes[1 << 24];
    char message[SITU_MESSAGE_BYTES];
    situ_program *program;
    FILE *f = fopen(path, "rb");
    if (!f) test_skip("no %s: no cross compiler", path);
    size_t n = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    if (situ_program_load(&program, bytes, n, message))
        test_fail(__FILE__, __LINE__, "%s: %s", path, message);
    return program;
}

static situ_program *verifier(void) { return load_verifier("build/guest/verifier.elf"); }
static situ_program *verifier_insecure(void) { return load_verifier("build/guest/verifier-insecure.elf"); }

typedef struct {
    u64 exit_code;
    u8 output[512];
    size_t n_output;
} verdict;

static verdict verify(const situ_program *guest, const void *input, size_t n_bytes)
{
    situ_machine *m;
    situ_run_report r;
    verdict v;
    CHECK_EQ(situ_machine_create(&m, guest, input, n_bytes), SITU_OK);
    situ_stop stop = situ_machine_run(m, UINT64_C(1) << 28);
    situ_machine_report(m, &r);
    if (stop != SITU_STOP_HALT)
        test_fail(__FILE__, __LINE__, "stop %d, trap %d at pc 0x%" PRIx64, stop, r.trap, r.pc);
    CHECK(r.n_output <= sizeof v.output);
    v.exit_code = r.exit_code;
    v.n_output = r.n_output;
    memcpy(v.output, r.output, r.n_output);
    situ_machine_destroy(m);
    return v;
}

/* The blob is refused, with this reason if it is not 0. */
static void must_refuse(const situ_program *guest, const void *input, size_t n_bytes, u64 reason,
                        const char *what, u64 at)
{
    verdict v = verify(guest, input, n_bytes);
    if (v.exit_code == SITU_RECURSION_VERIFIED || !situ_recursion_exit_text(v.exit_code) || v.n_output != 0 ||
        (reason && v.exit_code != reason))
        test_fail(__FILE__, __LINE__, "%s, bit %" PRIu64 ": exit code %" PRIu64 ", %zu bytes of output", what,
                  at, v.exit_code, v.n_output);
}

static void must_say(const situ_program *guest, const blob *b, u32 n_output, u64 code)
{
    verdict v = verify(guest, b->bytes, b->n_bytes);
    CHECK_EQ(v.exit_code, SITU_RECURSION_VERIFIED);
    CHECK_EQ(v.n_output, 40 + n_output);
    CHECK_MEM_EQ(v.output, b->vk_digest, 32);
    CHECK_MEM_EQ(v.output + 32, &code, 8);
    for (u32 i = 0; i < n_output; i++) CHECK_EQ(v.output[40 + i], (u8)(3 * i + 1));
}

/* --- good proofs ---------------------------------------------------------------------------------------- */

TEST(says_key_exit_code_and_output)
{
    situ_program *guest = verifier_insecure();
    for (u32 n_output = 0; n_output <= 13; n_output += 13) {
        blob b = prove_small(n_output, n_output + 258, &quick);
        must_say(guest, &b, n_output, n_output + 258);
        free(b.bytes);
    }
    situ_program_free(guest);
}

TEST(every_blowup)
{
    situ_program *guest = verifier_insecure();
    u8 digests[SITU_STARK_LOG2_BLOWUP_MAX + 1][32];
    for (u32 log2_blowup = 1; log2_blowup <= SITU_STARK_LOG2_BLOWUP_MAX; log2_blowup++) {
        situ_stark_params params = quick;
        params.log2_blowup = log2_blowup;
        blob b = prove_small(5, 0, &params);
        must_say(guest, &b, 5, 0);
        memcpy(digests[log2_blowup], b.vk_digest, 32);
        for (u32 other = 1; other < log2_blowup; other++)
            CHECK(memcmp(digests[other], b.vk_digest, 32)); /* parameters are in the key */
        free(b.bytes);
    }
    situ_program_free(guest);
}

TEST(full_parameters)
{
    const situ_stark_params params = situ_stark_params_default(3);
    situ_program *guest = verifier(), *other = verifier_insecure();
    blob b = prove_small(8, 1, &params);
    must_say(guest, &b, 8, 1);
    must_refuse(other, b.bytes, b.n_bytes, SITU_RECURSION_INSECURE, "secure proof for the guest of tests", 0);
    b.bytes[b.n_bytes - 3] ^= 16; /* in the last query's last digest */
    must_refuse(guest, b.bytes, b.n_bytes, SITU_RECURSION_REJECTED, "last digest", 0);
    free(b.bytes);
    situ_program_free(guest);
    situ_program_free(other);
}

TEST(insecure_parameters_are_refused)
{
    situ_program *guest = verifier();
    blob b = prove_small(8, 0, &quick);
    must_refuse(guest, b.bytes, b.n_bytes, SITU_RECURSION_INSECURE, "insecure", 0);
    /* Not even when the proof says otherwise: the security of its parameters is asked for. */
    zkvm_header *h = (zkvm_header *)(void *)(b.bytes + PREFIX);
    stark_vk_header *vk = (stark_vk_header *)(void *)((u8 *)(h + 1) + sizeof(zkvm_vk_header));
    stark_header *stark = (stark_header *)(void *)(b.bytes + b.n_bytes - h->argument_bytes);
    vk->params[4] = stark->params[4] = 0;
    situ_stark_vk_digest(stark->key_digest, vk, h->vk_bytes - sizeof(zkvm_vk_header));
    must_refuse(guest, b.bytes, b.n_bytes, SITU_RECURSION_SECURITY, "insecure in disguise", 0);
    free(b.bytes);
    situ_program_free(guest);
}

/* --- tampered blobs ------------------------------------------------------------------------------------- */

static void flip_and_refuse(const situ_program *guest, const blob *b, size_t byte, u32 bit, u64 reason,
                            const char *what)
{
    b->bytes[byte] ^= (u8)(1u << bit);
    must_refuse(guest, b->bytes, b->n_bytes, reason, what, 8 * (u64)byte + bit);
    b->bytes[byte] ^= (u8)(1u << bit);
}

TEST(every_bit_of_the_prefix)
{
    situ_program *guest = verifier_insecure();
    blob b = prove_small(8, 0, &quick);
    for (u32 byte = 0; byte < PREFIX; byte++)
        for (u32 bit = 0; bit < 8; bit++)
            flip_and_refuse(guest, &b, byte, bit,
                            byte < 8    ? SITU_RECURSION_PREFIX
                            : byte < 12 ? SITU_RECURSION_PREFIX_VERSION
                                        : SITU_RECURSION_PREFIX_RESERVED,
                            "prefix");
    must_say(guest, &b, 8, 0);
    free(b.bytes);
    situ_program_free(guest);
}

/* What a flipped bit in this byte of the headers or the key is to be refused for; 0 where it depends on the bit. */
static u64 reason_at(const blob *b, size_t byte)
{
    static const struct {
        size_t before; /* from the start of the part */
        u64 reason;
    } run[] = {{offsetof(zkvm_header, version), SITU_RECURSION_FORMAT},
               {offsetof(zkvm_header, reserved), SITU_RECURSION_PROOF_VERSION},
               {offsetof(zkvm_header, exit_code), SITU_RECURSION_FORMAT},
               {offsetof(zkvm_header, output_bytes), SITU_RECURSION_REJECTED},
               {sizeof(zkvm_header), SITU_RECURSION_FORMAT}},
      key[] = {{offsetof(zkvm_vk_header, version), SITU_RECURSION_FORMAT},
               {offsetof(zkvm_vk_header, entry), SITU_RECURSION_PROOF_VERSION},
               {sizeof(zkvm_vk_header), SITU_RECURSION_REJECTED}},
      stark_key[] = {{offsetof(stark_vk_header, version), SITU_RECURSION_FORMAT},
                     {offsetof(stark_vk_header, params), SITU_RECURSION_PROOF_VERSION},
                     {offsetof(stark_vk_header, params) + 16, 0}, /* the proof has others, or out of range */
                     {offsetof(stark_vk_header, system_digest), SITU_RECURSION_INSECURE},
                     {offsetof(stark_vk_header, log2_rows), SITU_RECURSION_SYSTEM},
                     {offsetof(stark_vk_header, n_cap), SITU_RECURSION_DIGEST},
                     {sizeof(stark_vk_header), SITU_RECURSION_KEY},
                     {SIZE_MAX, SITU_RECURSION_DIGEST}},
      argument[] = {{offsetof(stark_header, version), SITU_RECURSION_FORMAT},
                    {offsetof(stark_header, params), SITU_RECURSION_PROOF_VERSION},
                    {offsetof(stark_header, key_digest), SITU_RECURSION_PARAMS},
                    {offsetof(stark_header, log2_rows), SITU_RECURSION_DIGEST},
                    {offsetof(stark_header, total_bytes), 0}, /* another shape, or too many rows */
                    {SIZE_MAX, SITU_RECURSION_FORMAT}};
    const zkvm_header *h = (const zkvm_header *)(const void *)(b->bytes + PREFIX);
    const size_t vk_end = PREFIX + sizeof *h + h->vk_bytes;
#define FIND(part, start)                                   \
    for (size_t i = 0; i < sizeof part / sizeof *part; i++) \
        if (byte - (start) < part[i].before) return part[i].reason;
    FIND(run, PREFIX)
    FIND(key, PREFIX + sizeof *h)
    if (byte < vk_end) FIND(stark_key, PREFIX + sizeof *h + sizeof(zkvm_vk_header))
    if (byte < b->n_bytes - h->argument_bytes) return SITU_RECURSION_REJECTED; /* output */
    FIND(argument, b->n_bytes - h->argument_bytes)
#undef FIND
    return 0;
}

/* The two headers with lengths, heights and parameters, and the key's. */
TEST(every_bit_of_the_headers)
{
    situ_program *guest = verifier_insecure();
    blob b = prove_small(8, 0, &quick);
    const zkvm_header *h = (const zkvm_header *)(const void *)(b.bytes + PREFIX);
    const size_t argument = b.n_bytes - h->argument_bytes;
    for (size_t byte = PREFIX; byte < argument + sizeof(stark_header); byte++) {
        u32 step = byte < PREFIX + sizeof *h || byte >= argument ? 1 : 3; /* of the key, every third bit */
        for (u32 bit = (u32)byte % step; bit < 8; bit += step)
            flip_and_refuse(guest, &b, byte, bit, reason_at(&b, byte), "headers");
    }
    free(b.bytes);
    situ_program_free(guest);
}

TEST(sampled_bits_of_everything_else)
{
    situ_program *guest = verifier_insecure();
    blob b = prove_small(8, 0, &quick);
    const zkvm_header *h = (const zkvm_header *)(const void *)(b.bytes + PREFIX);
    const size_t first = b.n_bytes - h->argument_bytes + sizeof(stark_header);
    for (u64 i = 0; i < test_runs(300); i++)
        flip_and_refuse(guest, &b, first + test_random_below(b.n_bytes - first), (u32)test_random_below(8), 0,
                        "rest");
    free(b.bytes);
    situ_program_free(guest);
}

TEST(truncations_and_trailing_bytes)
{
    situ_program *guest = verifier_insecure();
    blob b = prove_small(8, 0, &quick);
    for (size_t n = 0; n < PREFIX; n++)
        must_refuse(guest, b.bytes, n, SITU_RECURSION_PREFIX, "cut in the prefix", n);
    for (u64 i = 0; i < test_runs(100); i++) {
        size_t n = i < 60 ? PREFIX + i : PREFIX + test_random_below(b.n_bytes - PREFIX);
        must_refuse(guest, b.bytes, n, SITU_RECURSION_FORMAT, "cut", n);
        /* and with the length that the header says cut as well */
        if (n < PREFIX + sizeof(zkvm_header)) continue;
        zkvm_header *h = (zkvm_header *)(void *)(b.bytes + PREFIX);
        zkvm_header kept = *h;
        h->total_bytes = n - PREFIX;
        must_refuse(guest, b.bytes, n, SITU_RECURSION_FORMAT, "cut and said so", n);
        const size_t cut = b.n_bytes - n;
        if (cut < h->argument_bytes) {
            h->argument_bytes -= cut;
            must_refuse(guest, b.bytes, n, SITU_RECURSION_FORMAT, "argument cut and said so", n);
        }
        *h = kept;
    }
    b.bytes = realloc(b.bytes, b.n_bytes + 8);
    memset(b.bytes + b.n_bytes, 0, 8);
    must_refuse(guest, b.bytes, b.n_bytes + 8, SITU_RECURSION_FORMAT, "trailing bytes", 0);
    free(b.bytes);
    situ_program_free(guest);
}

/* --- something else than is said ------------------------------------------------------------------------ */

/* Key of one program, argument for another. */
TEST(another_program)
{
    situ_program *guest = verifier_insecure();
    blob a = prove_small(8, 0, &quick), b = prove_small(8, 1, &quick);
    CHECK(memcmp(a.vk_digest, b.vk_digest, 32));
    CHECK_EQ(a.n_bytes, b.n_bytes);
    zkvm_header *ha = (zkvm_header *)(void *)(a.bytes + PREFIX),
                *hb = (zkvm_header *)(void *)(b.bytes + PREFIX);
    memcpy(ha + 1, hb + 1, ha->vk_bytes);
    must_refuse(guest, a.bytes, a.n_bytes, SITU_RECURSION_DIGEST, "key of another program", 0);
    /* nor with the argument's key digest put right */
    stark_header *stark = (stark_header *)(void *)(a.bytes + a.n_bytes - ha->argument_bytes);
    situ_stark_vk_digest(stark->key_digest, (u8 *)(ha + 1) + sizeof(zkvm_vk_header),
                         ha->vk_bytes - sizeof(zkvm_vk_header));
    must_refuse(guest, a.bytes, a.n_bytes, SITU_RECURSION_REJECTED, "key of another program, put right", 0);
    free(a.bytes);
    free(b.bytes);
    situ_program_free(guest);
}

TEST(another_claim)
{
    situ_program *guest = verifier_insecure();
    blob b = prove_small(8, 3, &quick);
    zkvm_header *h = (zkvm_header *)(void *)(b.bytes + PREFIX);
    u8 *output = (u8 *)(h + 1) + h->vk_bytes;
    h->exit_code = 0;
    must_refuse(guest, b.bytes, b.n_bytes, SITU_RECURSION_REJECTED, "exit code", 0);
    h->exit_code = 3;
    output[7] ^= 1;
    must_refuse(guest, b.bytes, b.n_bytes, SITU_RECURSION_REJECTED, "output", 0);
    output[7] = 0;
    h->output_bytes = 7;
    must_refuse(guest, b.bytes, b.n_bytes, SITU_RECURSION_REJECTED, "output shortened", 0);
    free(b.bytes);
    situ_program_free(guest);
}

/* Each of the guest's reasons by itself: nothing else is wrong with the proof. */
TEST(every_reason_has_a_code_of_its_own)
{
    situ_program *guest = verifier_insecure();
    blob b = prove_small(8, 0, &quick);
    zkvm_header *h = (zkvm_header *)(void *)(b.bytes + PREFIX);
    zkvm_vk_header *key = (zkvm_vk_header *)(void *)(h + 1);
    stark_vk_header *vk = (stark_vk_header *)(void *)(key + 1);
    stark_header *stark = (stark_header *)(void *)(b.bytes + b.n_bytes - h->argument_bytes);
#define EDITED(lvalue, change, reason)                              \
    do {                                                            \
        __typeof__(lvalue) kept = lvalue;                           \
        lvalue = (__typeof__(lvalue))(kept change);                 \
        must_refuse(guest, b.bytes, b.n_bytes, reason, #lvalue, 0); \
        lvalue = kept;                                              \
    } while (0)
    EDITED(h->version, -1, SITU_RECURSION_PROOF_VERSION);
    EDITED(h->version, +1, SITU_RECURSION_PROOF_VERSION);
    EDITED(key->version, -1, SITU_RECURSION_PROOF_VERSION);
    EDITED(vk->version, -1, SITU_RECURSION_PROOF_VERSION);
    EDITED(vk->version, +1, SITU_RECURSION_PROOF_VERSION);
    EDITED(stark->version, -1, SITU_RECURSION_PROOF_VERSION);
    EDITED(stark->version, +1, SITU_RECURSION_PROOF_VERSION);
    EDITED(vk->system_digest[0], ^1, SITU_RECURSION_SYSTEM);
    EDITED(stark->params[0], -1, SITU_RECURSION_PARAMS);
    EDITED(stark->params[1], +1, SITU_RECURSION_PARAMS);
    EDITED(stark->params[2], +1, SITU_RECURSION_PARAMS);
    EDITED(stark->params[3], -1, SITU_RECURSION_PARAMS);
    EDITED(vk->params[1], +1, SITU_RECURSION_PARAMS);
    EDITED(stark->key_digest[31], ^128, SITU_RECURSION_DIGEST);
    EDITED(vk->log2_rows[0], ^1, SITU_RECURSION_DIGEST);
    EDITED(vk->params[4], -1, SITU_RECURSION_INSECURE);
    EDITED(vk->params[0], +SITU_STARK_LOG2_BLOWUP_MAX, SITU_RECURSION_KEY);
    EDITED(vk->n_cap, +1, SITU_RECURSION_KEY);
    EDITED(h->exit_code, +1, SITU_RECURSION_REJECTED);
    EDITED(stark->magic, +1, SITU_RECURSION_FORMAT);
#undef EDITED
    must_say(guest, &b, 8, 0);
    for (u64 code = 0; code < 256; code++) /* texts are different, too */
        for (u64 other = 0; other < code; other++) {
            const char *a = situ_recursion_exit_text(code), *o = situ_recursion_exit_text(other);
            CHECK(!a || !o || strcmp(a, o) != 0);
        }
    free(b.bytes);
    situ_program_free(guest);
}

/* A proof made with valid parameters, under the same program's key for others, each with its own digests right. */
TEST(another_parameter_set)
{
    situ_program *guest = verifier_insecure();
    situ_stark_params more = quick;
    more.n_queries++;
    blob a = prove_small(8, 0, &quick), b = prove_small(8, 0, &more);
    zkvm_header *ha = (zkvm_header *)(void *)(a.bytes + PREFIX);
    const zkvm_header *hb = (const zkvm_header *)(const void *)(b.bytes + PREFIX);
    CHECK_EQ(ha->vk_bytes, hb->vk_bytes);
    memcpy(ha + 1, hb + 1, ha->vk_bytes);
    must_refuse(guest, a.bytes, a.n_bytes, SITU_RECURSION_PARAMS, "key of other parameters", 0);
    /* nor with the argument's copy of parameters and key digest put right: fewer queries than these ask for */
    stark_header *stark = (stark_header *)(void *)(a.bytes + a.n_bytes - ha->argument_bytes);
    const stark_header *right =
        (const stark_header *)(const void *)(b.bytes + b.n_bytes - hb->argument_bytes);
    memcpy(stark, right, offsetof(stark_header, log2_rows));
    must_refuse(guest, a.bytes, a.n_bytes, SITU_RECURSION_FORMAT, "parameters put right", 0);
    free(a.bytes);
    free(b.bytes);
    situ_program_free(guest);
}

/* --- liars ---------------------------------------------------------------------------------------------- */

static void put_rows(void *ctx, u32 slot, u32 first, u32 n, const u32 *cells)
{
    situ_stark_put_rows(ctx, slot, first, n, cells);
}

/* The stages of a prover, once stark_prover_begin has been called. */
typedef void stages(situ_stark_prover *p, const void *ctx);

/* A proof of a small program that exits with 0, by these stages, which is said to exit with `code`. */
static blob prove_by(stages *prove_stages, const void *ctx, u64 code)
{
    const situ_stark_params params = {
        .log2_blowup = 2, .n_queries = 3, .grinding_bits = 4, .log2_cap = 3, .insecure = 1};
    const u32 publics[SITU_VM_PUBLICS] = {[SITU_VM_PUBLIC_SEGMENT] = VM_SEGMENT};
    witness_run *r = witness_open(small_program(0, 0), NULL, 0, 1 << 10);
    situ_zkvm_key *key;
    situ_stark_cost cost;
    situ_stark_prover *p;
    situ_zkvm_claim claim;
    vm_statement vm;
    CHECK_EQ(situ_zkvm_key_create(&key, r->program, &params, NULL, NULL), SITU_OK);
    CHECK_EQ(situ_stark_cost_of(&cost, key->stark, r->witness.log2_rows, 1), SITU_OK);

    blob b = {.n_bytes = PREFIX + sizeof(zkvm_header) + key->vk_bytes + cost.proof_bytes};
    b.bytes = malloc(b.n_bytes);
    *(situ_recursion_prefix *)(void *)b.bytes =
        (situ_recursion_prefix){.magic = SITU_RECURSION_MAGIC, .version = SITU_RECURSION_VERSION};
    zkvm_header *h = (zkvm_header *)(void *)(b.bytes + PREFIX);
    *h = (zkvm_header){.magic = ZKVM_MAGIC,
                       .version = ZKVM_VERSION,
                       .total_bytes = b.n_bytes - PREFIX,
                       .exit_code = code,
                       .vk_bytes = key->vk_bytes,
                       .argument_bytes = cost.proof_bytes};
    memcpy(h + 1, key->vk, key->vk_bytes);
    CHECK_EQ(situ_zkvm_read(&claim, h, h->total_bytes, NULL), SITU_OK);
    situ_stark_statement statement = zkvm_statement(&vm, &claim);

    void *block = aligned_alloc(SITU_STARK_BLOCK_ALIGN, cost.block_bytes);
    CHECK_EQ(situ_stark_prover_open(&p, block, key->stark, r->witness.log2_rows, 1), SITU_OK);
    CHECK_EQ(vm_witness_fill(&r->witness, publics, put_rows, p, NULL), SITU_OK);
    CHECK_EQ(stark_prover_begin(p, &statement, (u8 *)(h + 1) + key->vk_bytes, cost.proof_bytes, NULL),
             SITU_OK);
    prove_stages(p, ctx);
    free(block);
    memcpy(b.vk_digest, claim.vk_digest, sizeof b.vk_digest);
    situ_zkvm_key_destroy(key);
    witness_close(r);
    return b;
}

static situ_err verify_on_host(const blob *b, situ_stark_reason *reason)
{
    situ_zkvm_claim claim;
    void *scratch = aligned_alloc(64, situ_zkvm_verify_scratch_bytes());
    CHECK_EQ(situ_zkvm_read(&claim, b->bytes + PREFIX, b->n_bytes - PREFIX, reason), SITU_OK);
    situ_err err = situ_zkvm_verify_claim(&claim, true, scratch, reason);
    free(scratch);
    return err;
}

/* Each is consistent but for one thing: layers are of low degree, roots and challenges suit what is committed. */
typedef enum {
    LIE_NONE,
    LIE_CODE,     /* another exit code, from the start                                          */
    LIE_VALUE,    /* a value at zeta                                                            */
    LIE_CODEWORD, /* the first layer is zero, and not the columns' combination                  */
    LIE_LAYER,    /* coefficients 0, 1 of the second one's elements are negated; then 2, 3; 4, 5 */
    LIE_FINAL = LIE_LAYER + K6_DEGREE / 2, /* a coefficient of the final polynomial             */
    LIE_NONCE,
    LIES
} lie;

static void negate_coefficients(const situ_fri_codeword *codeword, u32 first)
{
    const size_t n_rows = (size_t)1 << (codeword->log2_size - SITU_FRI_LOG2_FOLD);
    for (u32 w = 0; w < SITU_FRI_ROW_WORDS; w++)
        for (size_t r = 0; r < n_rows && w % K6_DEGREE / 2 == first / 2; r++) {
            kb *word = codeword->words + (w / 16 * n_rows + r) * 16 + w % 16;
            *word = kb_neg(*word);
        }
}

static void lie_in_fri(situ_stark_prover *p, lie what)
{
    const stark_layout *l = &p->layout;
    const size_t n_final = (size_t)l->bytes_final - sizeof(u64);
    CHECK(l->fri.n_layers >= 2);
    for (u32 i = 0; i < l->fri.n_layers; i++) {
        stark_fri_tree_build(&p->fri_trees[i], p->fri_tiles[i], l, i, p->layers[i].words,
                             p->fri_tree_memory[i], NULL);
        stark_commit(p, STARK_ABSORB_FRI, &p->fri_trees[i]);
        situ_fri_fold(&p->layers[i + 1], &p->layers[i], stark_challenge(&p->transcript), NULL);
        if (i == 0 && what >= LIE_LAYER && what < LIE_FINAL)
            negate_coefficients(&p->layers[1], 2 * (what - LIE_LAYER));
    }
    const k6 *last = (const k6 *)(const void *)p->layers[l->fri.n_layers].words;
    CHECK_EQ(situ_fri_final((k6 *)(void *)p->final, last, l->fri.log2_final, l->params.log2_blowup), SITU_OK);
    if (what == LIE_FINAL) *(kb *)(void *)p->final ^= 1;
    situ_transcript_absorb(&p->transcript, STARK_ABSORB_FINAL, p->final, n_final);
    u64 nonce = situ_grind(&p->transcript, l->params.grinding_bits, NULL);
    for (situ_transcript t = p->transcript; what == LIE_NONCE; t = p->transcript)
        if (!situ_transcript_grind_check(&t, ++nonce, l->params.grinding_bits)) break;
    memcpy(p->final + n_final, &nonce, sizeof nonce);
    CHECK_EQ(situ_transcript_grind_check(&p->transcript, nonce, l->params.grinding_bits), what != LIE_NONCE);
}

static void lie_stages(situ_stark_prover *p, const void *ctx)
{
    const lie what = *(const lie *)ctx;
    CHECK(p->layout.n_points > p->layout.n_groups); /* some group is stacked */
    CHECK_EQ(stark_prove_main(p), SITU_OK);
    CHECK_EQ(stark_prove_auxiliary(p), SITU_OK);
    CHECK_EQ(stark_prove_quotient(p), SITU_OK);
    situ_transcript before = p->transcript;
    CHECK_EQ(stark_prove_openings(p), SITU_OK);
    if (what == LIE_VALUE) {
        *(kb *)(void *)p->values ^= 1;
        p->transcript = before;
        situ_transcript_absorb(&p->transcript, STARK_ABSORB_VALUES, p->values,
                               (size_t)p->layout.bytes_values);
        for (int i = 0; i < 3; i++) p->challenges.lambda[i] = stark_challenge(&p->transcript);
        p->challenges.mu = stark_challenge(&p->transcript);
    }
    stark_prove_deep(p);
    if (what == LIE_CODEWORD)
        memset(p->layers[0].words, 0, situ_fri_codeword_words(p->layers[0].log2_size) * sizeof(kb));
    lie_in_fri(p, what);
    CHECK_EQ(stark_prove_queries(p), SITU_OK);
}

typedef struct {
    char text[256];
    size_t n;
} debug_text;

static void keep_text(void *ctx, const void *text, size_t n_bytes)
{
    debug_text *kept = ctx;
    CHECK(kept->n + n_bytes < sizeof kept->text);
    memcpy(kept->text + kept->n, text, n_bytes);
    kept->n += n_bytes;
}

/* The guest has arithmetic of its own, and code that only it runs: what the host refuses it must refuse, and by the same check. */
TEST(liars_are_refused_by_the_check_that_refuses_them_on_the_host)
{
    static const char *const checks[LIES] = {
        [LIE_CODE] = "bus balance",       [LIE_VALUE] = "quotient identity", [LIE_CODEWORD] = "FRI fold",
        [LIE_LAYER] = "FRI fold",         [LIE_LAYER + 1] = "FRI fold",      [LIE_LAYER + 2] = "FRI fold",
        [LIE_FINAL] = "final polynomial", [LIE_NONCE] = "grinding"};
    situ_program *guest = verifier_insecure();
    for (lie what = LIE_NONE; what < LIES; what++) {
        blob b = prove_by(lie_stages, &what, what == LIE_CODE);
        situ_stark_reason reason;
        situ_machine *m;
        situ_run_report report;
        debug_text text = {.n = 0};
        CHECK_EQ(verify_on_host(&b, &reason), what == LIE_NONE ? SITU_OK : SITU_ERR_REJECT);
        CHECK_STR_EQ(reason.check, what == LIE_NONE ? "none" : checks[what]);

        CHECK_EQ(situ_machine_create(&m, guest, b.bytes, b.n_bytes), SITU_OK);
        situ_machine_on_debug(m, keep_text, &text);
        CHECK_EQ(situ_machine_run(m, UINT64_C(1) << 28), SITU_STOP_HALT);
        situ_machine_report(m, &report);
        CHECK_EQ(report.exit_code, what == LIE_NONE ? SITU_RECURSION_VERIFIED : SITU_RECURSION_REJECTED);
        CHECK_EQ(report.n_output, what == LIE_NONE ? 40 : 0);
        char expected[64] = "";
        if (what != LIE_NONE) snprintf(expected, sizeof expected, "verifier: %s\n", checks[what]);
        CHECK_STR_EQ(text.text, expected);
        situ_machine_destroy(m);
        free(b.bytes);
    }
    situ_program_free(guest);
}

/* --- words that are not below p ------------------------------------------------------------------------- */

static void lift_stages(situ_stark_prover *p, const void *ctx) { lift_prove(p, *(const lift *)ctx); }

/* The host says what is wrong.  The guest's accelerators refuse such words by a trap: then there is no run to be proven, and proving
 * says so. */
static void check_lifted(const situ_program *guest, const situ_zkvm_key *guest_key, stark_tree_id tree)
{
    const lift what = LIFT_ALL(tree);
    blob b = prove_by(lift_stages, &what, 0);
    situ_stark_reason reason;
    situ_machine *m;
    situ_run_report report;
    situ_zkvm_run *run;
    char message[SITU_MESSAGE_BYTES];
    CHECK_EQ(verify_on_host(&b, &reason), SITU_ERR_FORMAT);
    CHECK_STR_EQ(reason.check, tree == STARK_TREES ? "FRI row" : "opened row");

    CHECK_EQ(situ_machine_create(&m, guest, b.bytes, b.n_bytes), SITU_OK);
    situ_stop stop = situ_machine_run(m, UINT64_C(1) << 28);
    situ_machine_report(m, &report);
    CHECK_EQ(report.n_output, 0);
    if (tree == STARK_TREES &&
        stop == SITU_STOP_HALT) { /* rows of FRI are looked at before they are summed */
        CHECK_EQ(report.exit_code, SITU_RECURSION_FORMAT);
    } else {
        CHECK_EQ(stop, SITU_STOP_TRAP);
        CHECK_EQ(report.trap, SITU_TRAP_NOT_CANONICAL);
        CHECK_EQ(situ_zkvm_run_create(&run, guest_key, b.bytes, b.n_bytes, NULL, message), SITU_ERR_UNSAT);
        CHECK(strstr(message, "not below p") && strstr(message, "such a run has no proof"));
    }
    situ_machine_destroy(m);
    free(b.bytes);
}

TEST(committed_words_not_below_p)
{
    situ_program *guest = verifier_insecure();
    situ_zkvm_key *key;
    const situ_stark_params params = situ_stark_params_default(1);
    CHECK_EQ(situ_zkvm_key_create(&key, guest, &params, NULL, NULL), SITU_OK);
    check_lifted(guest, key, STARK_TREE_MAIN);     /* F_HORNER */
    check_lifted(guest, key, STARK_TREE_QUOTIENT); /* K_HORNER */
    check_lifted(guest, key, STARK_TREES);
    situ_zkvm_key_destroy(key);
    situ_program_free(guest);
}

TEST_MAIN()
