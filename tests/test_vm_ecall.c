/* System calls as tables: honest witnesses hold, lying ones break. */
#include "tests/air_forgery.h"
#include "tests/vm/ecall_guest.h"

/* --- write: what is honest holds ------------------------------------------------------------------------ */

TEST(write_places_and_counts)
{
    u8 expected[4096];
    u32 n = 0;
    start(64);
    for (u32 offset = 0; offset < 8; offset++) {
        static const u32 counts[] = {0, 1, 7, 8, 9, 16, 17};
        for (u32 i = 0; i < SITU_ARRAY_LEN(counts); i++) {
            guest_write(1, ASM_DATA + offset, counts[i]);
            memcpy(expected + n, g.data + offset, counts[i]);
            n += counts[i];
        }
    }
    witness_run *r = finish(50);
    CHECK_EQ(r->statement.n_output, n);
    CHECK_MEM_EQ(r->statement.output, expected, n);
    witness_must_hold(r);
    witness_close(r);
}

/* Counts that are cut to 4096, and the index past 65536. */
TEST(write_large_counts)
{
    static const u64 counts[] = {
        4095,      4096, 4097, 65536, 0x7fffffff, UINT64_C(1) << 32, UINT64_C(1) << 63, UINT64_C(1) << 48,
        UINT64_MAX};
    u64 n = 0;
    start(8192);
    for (u32 i = 0; i < 3 * SITU_ARRAY_LEN(counts); i++) {
        u64 count = counts[i % SITU_ARRAY_LEN(counts)];
        guest_write(1, ASM_DATA + i, count);
        n += u64_min(count, 4096);
    }
    witness_run *r = finish(1 << 12);
    CHECK_EQ(r->statement.n_output, n);
    CHECK(n > 65536);
    witness_must_hold(r);
    witness_close(r);
}

/* Code and input are read-only; a pointer that is not read may be anything; text is no output. */
TEST(write_other_sources)
{
    static const char input[] = "private until it is written";
    u8 expected[64];
    start(16);
    guest_write(1, SITU_VM_INPUT_START + SITU_VM_INPUT_HEADER_BYTES + 3, 20);
    guest_write(1, ASM_CODE + 1, 30);
    guest_write(1, UINT64_MAX, 0);
    guest_write(2, UINT64_MAX, 0);
    guest_write(2, ASM_DATA + 3, 11);
    guest_write(2, ASM_DATA, 5000);
    guest_write(2, ASM_DATA, UINT64_MAX);
    guest_write(1, ASM_DATA + 3, 1);
    memcpy(expected, input + 3, 20);
    memcpy(expected + 20, (const u8 *)g.code + 1, 30);
    expected[50] = g.data[3];
    witness_run *r = finish_with(input, sizeof input, 7);
    CHECK_EQ(r->statement.n_output, 51);
    CHECK_MEM_EQ(r->statement.output, expected, 51);
    witness_must_hold(r);
    witness_close(r);
}

/* Between the writes the tokens of their registers and words grow too old, and are touched. */
TEST(write_after_a_long_time)
{
    start(16);
    guest_write(1, ASM_DATA + 5, 6);
    li(X_T0, 20000);
    asm_at(&g, enc_i(SITU_OP_ADDI, X_T0, X_T0, -1));
    asm_at(&g, enc_b(SITU_OP_BNE, X_T0, 0, -4));
    asm_at(&g, enc_i(SITU_OP_ADDI, X_A0, 0, 1));
    asm_at(&g, situ_ops[SITU_OP_ECALL].match); /* a2 is 6 and a1 where it was */
    witness_run *r = finish(7000);
    CHECK_EQ(r->statement.n_output, 12);
    CHECK(r->witness.n_rows[SITU_VM_TABLE_TOUCH] >= 4);
    witness_must_hold(r);
    witness_close(r);
}

/* --- forged rows: every constraint ---------------------------------------------------------------------- */

static forgery_table table;

static void caught(const void *row, const char *family) { forgery_must(&table, row, family); }

TEST(write_constraints)
{
    start(8192);
    guest_write(1, ASM_DATA + 3, 20);
    guest_write(2, ASM_DATA, 4097);
    witness_run *r = finish(1 << 12);
    const situ_vm_write_row *few = witness_row(r, SITU_VM_TABLE_WRITE, 0);
    const situ_vm_write_row *many = witness_row(r, SITU_VM_TABLE_WRITE, 1);
    situ_vm_write_row f;
    table = forgery_open(&situ_vm_prover, "write");
    forgery_honest(&table, (const u32 *)few);
    forgery_honest(&table, (const u32 *)many);

    /* rows that are not there and yet take or give what is not theirs */
    f = *few, f.to_output = KB_P - 1, f.to_text = 1;
    caught(&f, "write.to_output.bit");
    f = *few, f.to_output = 1, f.to_text = KB_P - 1;
    caught(&f, "write.to_text.bit");
    f = *few, f.to_text = 1;
    caught(&f, "write.real.bit");
    /* 4097 is said to be 1, and half of what it is */
    f = *many, f.above_inverse = 0, f.count = f.next_low = 1;
    caught(&f, "write.is_above");
    f = *many, f.above_inverse = p_mul(f.above_inverse, p_inv(2)),
    f.count = f.next_low = p_mul(4097, p_inv(2));
    caught(&f, "write.is_above");
    f = *few, f.count = 21, f.next_low += 1;
    caught(&f, "write.count");
    f = *few, f.count = 19, f.next_low -= 1;
    caught(&f, "write.count");
    f = *few, f.pointer.value[2] = 1;
    caught(&f, "write.address");
    f = *few, f.pointer.value[3] = 0x8000;
    caught(&f, "write.address");
    f = *few, f.next_low = 0; /* register 33 stays */
    caught(&f, "write.carry.bit");
    f = *few, f.next_low += KB_P - 65536; /* a carry of 2 */
    f.index[0] = 65535, f.next_low = p_sub(65555, 2 * 65536);
    caught(&f, "write.carry.bit");
    forgery_all_owned(&table);
    forgery_close(&table);
    witness_close(r);
}

/* A run of the bytes first..behind - 1 in the row. */
static void take(situ_vm_output_word_row *f, u32 first, u32 behind)
{
    for (u32 k = 0; k < 8; k++) f->taken[k] = k >= first && k < behind;
    f->offset = first;
}

TEST(output_word_constraints)
{
    start(64);
    guest_write(1, ASM_DATA + 3, 20);
    witness_run *r = finish(1 << 12);
    const situ_vm_output_word_row *row = witness_row(r, SITU_VM_TABLE_OUTPUT_WORD, 0);
    situ_vm_output_word_row f = *row;
    table = forgery_open(&situ_vm_prover, "output_word");
    for (u32 first = 0; first < 8; first++) {
        for (u32 behind = first + 1; behind <= 8; behind++) {
            take(&f, first, behind);
            forgery_honest(&table, (const u32 *)&f);
            f.offset = (first + 1) % 8;
            caught(&f, "output_word.offset");
        }
    }
    for (u32 k = 1; k < 8; k++) { /* a byte sent twice */
        take(&f, k - 1, k);
        f.taken[k] = 2;
        caught(&f, "output_word.taken.bit");
    }
    take(&f, 1, 2);
    f.taken[0] = 2, f.offset = KB_P - 1;
    caught(&f, "output_word.taken.bit");
    take(&f, 0, 1), f.taken[2] = 1, f.offset = 2; /* two runs */
    caught(&f, "output_word.one_run");
    f.real = 2;
    caught(&f, "output_word.real.bit");
    take(&f, 0, 0), f.real = 1; /* no byte */
    caught(&f, "output_word.one_run");
    take(&f, 0, 8), f.real = 0; /* bytes of a row that is not there */
    caught(&f, "output_word.one_run");
    take(&f, 0, 8), f.real = 1, f.read_only = KB_P - 1; /* a register for a word */
    caught(&f, "output_word.read_only.bit");
    forgery_all_owned(&table);
    forgery_close(&table);
    witness_close(r);
}

/* --- lies that only one place knows --------------------------------------------------------------------- */

/* 20 bytes from the fourth on: 5, 8 and 7 of three words. */
static witness_run *one_write(void)
{
    start(64);
    guest_write(1, ASM_DATA + 3, 20);
    return finish(1 << 12);
}

static situ_vm_write_row *write_row(const witness_run *r) { return witness_row(r, SITU_VM_TABLE_WRITE, 0); }
static situ_vm_output_word_row *part(const witness_run *r, u32 i)
{
    return witness_row(r, SITU_VM_TABLE_OUTPUT_WORD, i);
}

static u8 claimed[64];

/* The statement's output, to be changed. */
static u8 *claim(witness_run *r)
{
    memcpy(claimed, r->statement.output, r->statement.n_output);
    r->statement.output = claimed;
    return claimed;
}

/* What a0 held before the call to exit loads it. */
static void forge_result(const witness_run *r, u32 honest, u32 count)
{
    situ_vm_addi_row *next = witness_row(r, SITU_VM_TABLE_ADDI, 0);
    while (next->rd != X_A0 || next->d.old[0] != honest) next++;
    next->d.old[0] = count;
}

/* The liar's write takes `count` bytes, not 20, and everything else goes by it. */
static witness_run *other_count(u32 count)
{
    witness_run *r = one_write();
    situ_vm_write_row *w = write_row(r);
    w->count = w->next_low = count;
    w->end_word = part(r, 2)->word + (count == 21);
    w->end_offset = (3 + count) % 8;
    take(part(r, 2), 0, count - 13);
    claim(r)[20] = g.data[23];
    r->statement.n_output = count;
    forge_last(r, SITU_KEY(SITU_SPACE_REG, SITU_REG_OUTPUT), count);
    forge_result(r, 20, count);
    return r;
}

TEST(forged_output)
{
    witness_run *r = one_write();
    claim(r)[5] ^= 1;
    witness_breaks_only(r, "bus output:");
    r = one_write();
    r->statement.n_output--;
    witness_breaks_only(r, "bus output:");
    r = one_write();
    claim(r), r->statement.n_output++;
    witness_breaks_only(r, "bus output:");

    r = one_write(); /* what memory does not hold */
    part(r, 1)->bytes[2] ^= 1;
    claim(r)[5 + 2] ^= 1;
    witness_breaks_only(r, "bus memory");
    r = one_write(); /* a limb of memory, but not its bytes */
    part(r, 0)->bytes[3] -= 1, part(r, 0)->bytes[2] += 256;
    claim(r)[0] -= 1;
    witness_breaks_only(r, "bus byte");
    r = one_write();
    part(r, 2)->read_only = 1;
    witness_breaks_only(r, "bus memory");
}

TEST(forged_chain)
{
    witness_run *r = one_write(); /* the last byte left out */
    take(part(r, 2), 0, 6);
    r->statement.n_output--;
    witness_breaks_only(r, "bus output_part");
    r = one_write(); /* one too many */
    take(part(r, 2), 0, 8);
    claim(r)[20] = g.data[23];
    r->statement.n_output++;
    witness_breaks_only(r, "bus output_part");
    r = one_write(); /* words in another order */
    claim(r);
    part(r, 1)->index = 12, part(r, 2)->index = 5;
    memcpy(claimed + 5, g.data + 16, 7);
    memcpy(claimed + 12, g.data + 8, 8);
    witness_breaks_only(r, "bus output_part");
    r = one_write(); /* from the second byte on */
    take(part(r, 0), 4, 8);
    claim(r)[0] = claimed[1];
    part(r, 0)->index = 1;
    memmove(claimed, claimed + 1, 19);
    for (u32 i = 0; i < 3; i++) part(r, i)->index = i == 0 ? 0 : part(r, i)->index - 1;
    r->statement.n_output--;
    witness_breaks_only(r, "bus output_part");
    r = one_write(); /* twice */
    *part(r, 3) = *part(r, 1);
    witness_must_break(r, "bus");
    witness_close(r);

    r = one_write(); /* a row without bytes, on no write's chain, at a time of its own */
    situ_vm_edge_row *edge = edge_row(r, data_key(1));
    situ_vm_output_word_row *f = part(r, 3);
    *f = *part(r, 1);
    take(f, 0, 0);
    f->gap = 0, f->time = edge->last_time - 4;
    edge->last_time = f->time + 5;
    witness_breaks_only(r, "output_word.one_run");
}

/* Two words with one value, one for the other. */
TEST(forged_word)
{
    start(64);
    memcpy(g.data + 8, g.data, 8);
    guest_write(1, ASM_DATA, 8);
    guest_write(1, ASM_DATA + 8, 8);
    witness_run *r = finish(1 << 12);
    situ_vm_edge_row *edges[2] = {edge_row(r, data_key(0)), edge_row(r, data_key(1))}, first = *edges[0];
    part(r, 0)->word += 1, part(r, 1)->word -= 1;
    edges[0]->first_time = edges[1]->first_time, edges[0]->first_low = edges[1]->first_low;
    edges[0]->last_time = edges[1]->last_time;
    edges[1]->first_time = first.first_time, edges[1]->first_low = first.first_low;
    edges[1]->last_time = first.last_time;
    witness_breaks_only(r, "bus output_part");
}

TEST(forged_count)
{
    witness_run *r = other_count(20);
    witness_must_hold(r);
    witness_close(r);
    witness_breaks_only(other_count(19), "constraint write.count ");
    witness_breaks_only(other_count(21), "constraint write.count ");
    r = other_count(19); /* the result alone */
    write_row(r)->count = 20;
    witness_breaks_only(r, "");

    r = one_write(); /* nothing is output, and register 33 stays */
    for (u32 i = 0; i < 3; i++) {
        situ_vm_edge_row *edge = edge_row(r, data_key(i));
        edge->last_time = edge->first_time;
        memset(part(r, i), 0, sizeof *part(r, i));
    }
    r->statement.n_output = 0;
    write_row(r)->next_low = 0;
    write_row(r)->end_word = ASM_DATA / 8, write_row(r)->end_offset = 3;
    forge_last(r, SITU_KEY(SITU_SPACE_REG, SITU_REG_OUTPUT), 0);
    witness_must_break(r, "constraint write.carry.bit ");
    witness_close(r);
    r = one_write(); /* the index starts elsewhere */
    write_row(r)->index[0] = 7, write_row(r)->next_low = 27;
    for (u32 i = 0; i < 3; i++) part(r, i)->index += 7;
    forge_last(r, SITU_KEY(SITU_SPACE_REG, SITU_REG_OUTPUT), 27);
    CHECK(claim(r) != NULL);
    witness_breaks_only(r, "bus");
}

/* All of 20 is above its last 12 bits, for who divides in F. */
TEST(forged_low_bits)
{
    start(64);
    guest_write(2, ASM_DATA, 20);
    witness_run *r = finish(1 << 12);
    situ_vm_write_row *w = write_row(r);
    w->low = 0, w->above_inverse = p_mul(4096, p_inv(20)), w->count = w->next_low = 4096;
    forge_result(r, 20, 4096);
    witness_breaks_only(r, "bus range");
}

/* All of 5000 is in its last 12 bits, so that more than 4096 are written. */
TEST(forged_high_bits)
{
    start(8192);
    guest_write(2, ASM_DATA, 5000);
    witness_run *r = finish(1 << 12);
    situ_vm_write_row *w = write_row(r);
    CHECK_EQ(w->low, 5000 - 4096);
    w->low = w->count = w->next_low = 5000;
    w->above_inverse = 0;
    forge_result(r, 4096, 5000);
    witness_breaks_only(r, "bus range");
}

/* The guest writes to file 1, the liar says 2. */
TEST(forged_file)
{
    witness_run *r = one_write();
    situ_vm_edge_row *output = edge_row(r, SITU_KEY(SITU_SPACE_REG, SITU_REG_OUTPUT));
    for (u32 i = 0; i < 3; i++) {
        situ_vm_edge_row *edge = edge_row(r, data_key(i));
        edge->last_time = edge->first_time;
        memset(part(r, i), 0, sizeof *part(r, i));
    }
    write_row(r)->to_output = 0, write_row(r)->to_text = 1;
    r->statement.n_output = 0;
    output->last_time = output->first_time;
    forge_last(r, SITU_KEY(SITU_SPACE_REG, SITU_REG_OUTPUT), 0);
    witness_breaks_only(r, "bus memory");
}

/* A pointer larger by p names the same word in F; it is aligned otherwise. */
TEST(forged_pointer)
{
    start(64);
    guest_write(1, ASM_DATA + 24, 20);
    witness_run *r = finish(1 << 12);
    situ_vm_write_row w = *write_row(r);
    situ_vm_output_word_row parts[3];
    memcpy(parts, part(r, 0), sizeof parts);
    forge_pointer(r, ASM_DATA + 24);
    witness_refill(r);
    memcpy(part(r, 0), parts, sizeof parts);
    write_row(r)->offset = w.offset;
    write_row(r)->end_word = w.end_word, write_row(r)->end_offset = w.end_offset;
    witness_breaks_only(r, "bus range");
}

/* --- exit ----------------------------------------------------------------------------------------------- */

TEST(forged_exit_code)
{
    start(0);
    witness_run *r = finish(8);
    r->statement.exit_code = 1;
    witness_breaks_only(r, "bus halt");
    r = finish(8);
    r->statement.exit_code = 1;
    ((situ_vm_exit_row *)witness_row(r, SITU_VM_TABLE_EXIT, 0))->code.value[0] = 1;
    witness_breaks_only(r, "bus memory");
    r = finish(8);
    memset(witness_row(r, SITU_VM_TABLE_EXIT, 0), 0, sizeof(situ_vm_exit_row));
    witness_must_break(r, "bus");
    witness_close(r);
}

TEST(exit_constraints)
{
    start(0);
    witness_run *r = finish(8);
    situ_vm_exit_row f = *(situ_vm_exit_row *)witness_row(r, SITU_VM_TABLE_EXIT, 0);
    table = forgery_open(&situ_vm_prover, "exit");
    forgery_honest(&table, (const u32 *)&f);
    f.real = KB_P - 1;
    caught(&f, "exit.real.bit");
    forgery_all_owned(&table);
    forgery_close(&table);
    witness_close(r);
}

/* The run ends at a call that is no exit, as if a7 held 93 there. */
TEST(forged_early_halt)
{
    enum { BEHIND = 3 }; /* instructions after the write */
    start(8);
    guest_write(2, ASM_DATA, 2);
    witness_run *r = finish(1 << 12);
    situ_trace_chunk *c = r->chunks[0];
    situ_step *call = &c->steps[c->n_steps - 1 - BEHIND];
    const situ_access *e = c->extras + call->extra_at;
    situ_edge *edges = (situ_edge *)(uintptr_t)r->segment.edges;
    c->n_steps -= BEHIND;
    call->rs1 = SITU_ECALL_EXIT;
    r->statement.exit_code = 2;
    for (u32 i = 0; i < r->segment.n_edges; i++) {
        switch (edges[i].key) {
        case X_ZERO: edges[i].last_time = call[-1].time; break;
        case X_A0: edges[i].last = 2, edges[i].last_time = call->time + SITU_SLOT_RS2; break;
        case X_A1: edges[i].last_time = e[0].old_time; break;
        case X_A2: edges[i].last_time = e[1].old_time; break;
        case X_A7: edges[i].last_time = call->time; break;
        default: break;
        }
    }
    witness_refill(r);
    witness_breaks_only(r, "bus memory");
}

TEST_MAIN()
