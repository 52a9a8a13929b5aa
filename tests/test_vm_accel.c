/* The accelerators' calls as tables: honest witnesses hold, lying ones break. */
#include "air/keccak_f.h"
#include "tests/air_forgery.h"
#include "tests/vm/ecall_guest.h"

/* --- honest --------------------------------------------------------------------------------------------- */

/* Seven calls, of which some see what others left: 168 rounds, over the ends of chunks. */
TEST(keccak_calls)
{
    start(1024);
    for (u32 i = 0; i < 7; i++) guest_keccak(ASM_DATA + 8 * i * i);
    guest_write(1, ASM_DATA, 600);
    witness_run *r = finish(6);
    CHECK_EQ(r->segment.n_keccak, 7);
    CHECK_EQ(r->witness.n_rows[SITU_VM_TABLE_KECCAK_F], 168);
    witness_must_hold(r);
    witness_close(r);
}

/* All of a4 and a5 count; operands apart, the chaining value inside the block, the block in code. */
TEST(blake3_calls)
{
    static const u64 controls[] = {
        0, 64, 0xffff, UINT64_MAX, UINT64_C(0xffffffff80000000), UINT64_C(0x0123456789abcdef)};
    start(512);
    for (u32 i = 0; i < SITU_ARRAY_LEN(controls); i++) {
        u64 counter = controls[i], a4 = controls[(i + 1) % SITU_ARRAY_LEN(controls)];
        guest_blake3(ASM_DATA + 256, ASM_DATA, counter, a4);
    }
    for (u32 i = 0; i <= 11; i++) guest_blake3(ASM_DATA + 8 * i, ASM_DATA + 8 * 3, i, 64);
    guest_blake3(ASM_DATA, ASM_CODE + 8, 5, 11);
    guest_write(1, ASM_DATA, 512);
    witness_run *r = finish(9);
    CHECK_EQ(r->segment.n_blake3, SITU_ARRAY_LEN(controls) + 13);
    witness_must_hold(r);
    witness_close(r);
}

/* Four operands on few words: the same, shifted against each other, in every order. */
TEST(blake3_overlaps)
{
    start(512);
    u32 n = 0;
    for (u32 i = 0; i < 5 * 5 * 5; i++) {
        const u64 at = ASM_DATA + 64, other[] = {at, at + 8, at + 24, at - 16, at + 32};
        guest_blake3_halves(at, other[i % 5], other[i / 5 % 5], other[i / 25], i, 64 | (u64)i << 32);
        n++;
    }
    guest_write(1, ASM_DATA, 256);
    witness_run *r = finish(1 << 12);
    CHECK_EQ(r->segment.n_blake3, n);
    witness_must_hold(r);
    witness_close(r);
}

/* Each operand that is only read, in read-only words, in writable ones, and on the border of both. */
TEST(blake3_reads_everywhere)
{
    const u64 code = ASM_CODE + 8, data = ASM_DATA + 64;
    start(512);
    for (u32 i = 0; i < 8; i++)
        guest_blake3_halves(ASM_DATA + 256, i & 1 ? code : data, i & 2 ? code + 16 : data + 8,
                            i & 4 ? code + 8 : data, i, 64);
    for (u32 i = 0; i <= 4; i++) { /* writable below, read-only from there on */
        const u64 border = SITU_VM_INPUT_START - 8 * (u64)i;
        guest_blake3_halves(ASM_DATA + 256, border, border, border, i, 64);
    }
    witness_run *r = finish(1 << 12);
    witness_must_hold(r);
    witness_close(r);
}

/* What comes out is what the definition says, whatever overlaps: the words that are output. */
TEST(blake3_computes)
{
    for (u64 run = 0; run < test_runs(20); run++) {
        u32 at[4]; /* result, chaining value, halves, in words */
        u64 words[32], cv[4], block[8], control = test_random_edgy(UINT64_MAX), counter = test_random();
        start(sizeof words);
        memcpy(words, g.data, sizeof words);
        for (u32 i = 0; i < 4; i++) at[i] = (u32)test_random_below(12);
        guest_blake3_halves(ASM_DATA + 8 * at[0], ASM_DATA + 8 * at[1], ASM_DATA + 8 * at[2],
                            ASM_DATA + 8 * at[3], counter, control);
        guest_write(1, ASM_DATA, sizeof words);
        witness_run *r = finish(1 << 12);
        memcpy(cv, words + at[1], sizeof cv);
        memcpy(block, words + at[2], 32);
        memcpy(block + 4, words + at[3], 32);
        situ_blake3_guest_compress(cv, block, counter, control);
        memcpy(words + at[0], cv, sizeof cv);
        CHECK_MEM_EQ(situ_tracer_machine(r->tracer)->mem + ASM_DATA, words, sizeof words);
        witness_must_hold(r);
        witness_close(r);
    }
}

/* Any calls in any order, operands overlapping, what one leaves being what the next takes. */
TEST(random_calls)
{
    for (u64 run = 0; run < test_runs(8); run++) {
        start(256);
        for (u32 i = 0; i < 12; i++) {
            u64 a = ASM_DATA + 8 * test_random_below(8), b = ASM_DATA + 8 * test_random_below(8);
            switch (test_random_below(4)) {
            case 0: guest_keccak(a); break;
            case 1:
                guest_blake3_halves(a, b, ASM_DATA + 8 * test_random_below(8),
                                    ASM_DATA + 8 * test_random_below(8), test_random_edgy(UINT64_MAX),
                                    test_random_edgy(UINT64_MAX));
                break;
            case 2: guest_write(1, a + test_random_below(8), test_random_below(200)); break;
            default:
                guest_write(1 + test_random_below(2), a + test_random_below(8), test_random_below(9));
                break;
            }
        }
        witness_run *r = finish(1 + (u32)test_random_below(60));
        witness_must_hold(r);
        witness_close(r);
    }
}

/* Rows come in the same order from any number of threads. */
TEST(rows_do_not_depend_on_threads)
{
    start(256);
    for (u32 i = 0; i < 5; i++) {
        guest_keccak(ASM_DATA);
        guest_blake3(ASM_DATA, ASM_DATA + 64, i, 64);
        guest_write(1, ASM_DATA, 11 * i);
    }
    witness_run *r = finish(10);
    situ_pool *pool;
    vm_rows rows;
    CHECK_EQ(situ_pool_create(&pool, 3), SITU_OK);
    CHECK_EQ(vm_rows_make(&rows, &r->witness, pool), SITU_OK);
    for (u32 t = 0; t < SITU_VM_TABLES; t++) {
        u32 slot = r->witness.first_slot[t];
        if (!rows.cells[slot]) continue;
        size_t n_cells = (size_t)situ_vm_system.tables[t].n_main << r->witness.log2_rows[slot];
        CHECK_MEM_EQ(rows.cells[slot], r->rows.cells[slot], n_cells * sizeof(u32));
    }
    vm_rows_free(&rows);
    situ_pool_destroy(pool);
    witness_close(r);
}

/* --- Keccak: lies --------------------------------------------------------------------------------------- */

enum { CALL_A, CALL_B };

/* Two calls, on words 0..24 and 32..56. */
static witness_run *two_states(void)
{
    start(512);
    guest_keccak(ASM_DATA);
    guest_keccak(ASM_DATA + 256);
    return finish(1 << 12);
}

static situ_vm_keccak_row *keccak_row(const witness_run *r, u32 call)
{
    return witness_row(r, SITU_VM_TABLE_KECCAK, call);
}

static keccak_f_row *rounds_of(const witness_run *r, u32 call)
{
    return witness_row(r, SITU_VM_TABLE_KECCAK_F, KECCAK_ROUNDS * call);
}

static void words_of(u64 words[KECCAK_LANES], const u32 limbs[KECCAK_LIMBS])
{
    memset(words, 0, KECCAK_LANES * sizeof *words);
    for (u32 bit = 0; bit < 1600; bit++)
        words[bit / 64] |= (u64)(limbs[bit / KECCAK_LIMB_BITS] >> bit % KECCAK_LIMB_BITS & 1) << bit % 64;
}

/* The row's parts of one side: low and high by border, 0 of which is unused. */
typedef struct {
    u32 *whole, *low[8], *high[8];
} sides;

#define PARTS(x)                                              \
    {                                                         \
        NULL, x##_1, x##_2, x##_3, x##_4, x##_5, x##_6, x##_7 \
    }

static sides before_of(situ_vm_keccak_row *f)
{
    return (sides){f->old_whole, PARTS(f->old.low), PARTS(f->old.high)};
}

static sides after_of(situ_vm_keccak_row *f)
{
    return (sides){f->new_whole, PARTS(f->new.low), PARTS(f->new.high)};
}

/* The call leaves `words`, in its row and, as nobody touches them afterwards, at the end of the run. */
static void forge_result(const witness_run *r, u32 call, const u64 words[KECCAK_LANES])
{
    sides s = after_of(keccak_row(r, call));
    for (u32 i = 0; i < 4 * KECCAK_LANES; i++) {
        u32 limb = vm_limb(words[i / 4], i % 4), border = (i % 15 + 1) / 2, bits = 16 - 2 * border;
        if (i % 15 % 2) {
            s.low[border][i / 15] = limb & ((1u << bits) - 1);
            s.high[border][i / 15] = limb >> bits;
        } else {
            s.whole[8 * (i / 15) + border] = limb;
        }
    }
    for (u32 k = 0; k < KECCAK_LANES; k++) forge_last(r, data_key(32 * call + k), words[k]);
}

static void result_of(const witness_run *r, u32 call, u64 words[KECCAK_LANES])
{
    words_of(words, rounds_of(r, call)[KECCAK_ROUNDS - 1].limb_out);
}

TEST(keccak_wrong_result)
{
    u64 words[KECCAK_LANES], other[KECCAK_LANES];
    witness_run *r = two_states();
    result_of(r, CALL_A, words);
    forge_result(r, CALL_A, words);
    witness_must_hold(r);
    witness_close(r);
    for (u32 k = 0; k < KECCAK_LANES; k += 3) {
        r = two_states();
        result_of(r, CALL_B, words);
        words[k] ^= UINT64_C(1) << test_random_below(64);
        forge_result(r, CALL_B, words);
        witness_breaks_only(r, "bus keccak_state");
    }
    r = two_states(); /* one has the other's */
    result_of(r, CALL_A, words);
    result_of(r, CALL_B, other);
    forge_result(r, CALL_A, other);
    forge_result(r, CALL_B, words);
    witness_breaks_only(r, "bus keccak_state");
    r = two_states(); /* permuted by rows of another time */
    for (u32 i = 0; i < KECCAK_ROUNDS; i++) {
        u32 id = rounds_of(r, CALL_A)[i].id;
        rounds_of(r, CALL_A)[i].id = rounds_of(r, CALL_B)[i].id;
        rounds_of(r, CALL_B)[i].id = id;
    }
    witness_breaks_only(r, "bus keccak_state");
}

TEST(keccak_rounds_missing)
{
    u64 words[KECCAK_LANES];
    witness_run *r = two_states(); /* all */
    memset(rounds_of(r, CALL_B), 0, KECCAK_ROUNDS * sizeof(keccak_f_row));
    witness_breaks_only(r, "bus keccak_state");
    r = two_states(); /* the last */
    words_of(words, rounds_of(r, CALL_A)[KECCAK_ROUNDS - 1].limb_in);
    forge_result(r, CALL_A, words);
    memset(&rounds_of(r, CALL_A)[KECCAK_ROUNDS - 1], 0, sizeof(keccak_f_row));
    witness_breaks_only(r, "bus keccak_state");
    r = two_states(); /* the last, twice */
    words_of(words, rounds_of(r, CALL_A)[KECCAK_ROUNDS - 1].limb_out);
    keccak_f_row *again = rounds_of(r, 2);
    *again = rounds_of(r, CALL_A)[KECCAK_ROUNDS - 1];
    witness_breaks_only(r, "bus keccak_state");
}

/* A limb of memory, cut otherwise: 2^31 less below the border and 2 more above it are 2^24 - 1 less and 2 more
 * in F, another state of 30-bit limbs. */
TEST(keccak_limb_cut_otherwise)
{
    for (u32 border = 1; border < 8; border++) {
        witness_run *r = two_states();
        keccak_f_row *rounds = rounds_of(r, CALL_A);
        sides s = before_of(keccak_row(r, CALL_A));
        u32 limbs[KECCAK_LIMBS], id = rounds[0].id, block = 0, at = border;
        u64 words[KECCAK_LANES];
        memcpy(limbs, rounds[0].limb_in, sizeof limbs);
        while (limbs[at - 1] < (1u << 24) - 1 || (limbs[at] + 2) >> KECCAK_LIMB_BITS) block++, at += 8;
        CHECK(block < 6);
        s.low[border][block] = p_sub(s.low[border][block], 2u << (16 - 2 * border));
        s.high[border][block] += 2;
        limbs[at - 1] -= (1u << 24) - 1;
        limbs[at] += 2;
        words_of(words, limbs);
        keccak_f_rows(rounds, id, words);
        forge_result(r, CALL_A, words);
        witness_breaks_only(r, border == 4 ? "bus byte" : "bus range");
    }
}

/* A limb that is no limb goes to memory; the next one makes up for it. */
TEST(keccak_limb_too_large)
{
    witness_run *r = two_states();
    sides s = after_of(keccak_row(r, CALL_A));
    situ_vm_final_row *final = witness_row(r, SITU_VM_TABLE_FINAL, 0);
    while (!final->real || final->space != SITU_SPACE_RW || final->address != ASM_DATA / 8) final++;
    s.whole[0] += 65536, s.low[1][0] -= 1;
    edge_row(r, data_key(0))->last[0] += 65536, edge_row(r, data_key(0))->last[1] -= 1;
    final->value[0] += 65536, final->value[1] -= 1;
    witness_breaks_only(r, "bus range");
}

static void swap_times(situ_vm_edge_row *a, situ_vm_edge_row *b)
{
    situ_vm_edge_row c = *a;
    a->first_time = b->first_time, a->first_low = b->first_low, a->last_time = b->last_time;
    b->first_time = c.first_time, b->first_low = c.first_low, b->last_time = c.last_time;
}

TEST(keccak_pointer)
{
    witness_run *r = two_states(); /* each call permutes the other's words: all is right but a0 */
    situ_vm_keccak_row *a = keccak_row(r, CALL_A), *b = keccak_row(r, CALL_B), old_a = *a, old_b = *b;
    *a = old_b, *b = old_a;
    a->at = old_a.at, b->at = old_b.at;
    a->pointer.gap = old_a.pointer.gap, b->pointer.gap = old_b.pointer.gap;
    for (u32 k = 0; k < KECCAK_LANES; k++)
        swap_times(edge_row(r, data_key(k)), edge_row(r, data_key(32 + k)));
    for (u32 i = 0; i < KECCAK_ROUNDS; i++) {
        rounds_of(r, CALL_A)[i].id = b->at.time;
        rounds_of(r, CALL_B)[i].id = a->at.time;
    }
    witness_breaks_only(r, "bus memory");

    r = two_states(); /* and the pointers of the call are right, but the words are not its own */
    keccak_row(r, CALL_A)->pointer.value[0] += 8;
    witness_breaks_only(r, "bus memory");

    start(512); /* p more, so not aligned */
    guest_keccak(ASM_DATA + 24);
    r = finish(1 << 12);
    forge_pointer(r, ASM_DATA + 24);
    witness_refill(r);
    witness_breaks_only(r, "bus range");
}

TEST(keccak_constraints)
{
    witness_run *r = two_states();
    situ_vm_keccak_row f = *keccak_row(r, CALL_A);
    forgery_table t = forgery_open(&situ_vm_prover, "keccak");
    forgery_honest(&t, (const u32 *)&f);
    f.real = 2;
    forgery_must(&t, (const u32 *)&f, "keccak.real.bit");
    forgery_all_owned(&t);
    forgery_close(&t);
    witness_close(r);
}

/* --- BLAKE3: lies --------------------------------------------------------------------------------------- */

/* Two calls: words 0..3 and 4..7 are chaining values, 16..23 and 24..31 blocks. */
static witness_run *two_compressions(void)
{
    start(512);
    guest_blake3(ASM_DATA, ASM_DATA + 128, 7, 64);
    guest_blake3(ASM_DATA + 32, ASM_DATA + 192, 8, UINT64_C(11) << 32 | 50);
    return finish(1 << 12);
}

static situ_vm_blake3_row *blake3_row(const witness_run *r, u32 call)
{
    return witness_row(r, SITU_VM_TABLE_BLAKE3, call);
}

static blake3_compress_row *compress_of(const witness_run *r, u32 call)
{
    return witness_row(r, SITU_VM_TABLE_BLAKE3_COMPRESS, call);
}

static blake3_round_row *blake3_rounds_of(const witness_run *r, u32 call)
{
    return witness_row(r, SITU_VM_TABLE_BLAKE3_ROUND, BLAKE3_ROUNDS * call);
}

/* The call leaves this chaining value, in limbs. */
static void forge_cv(const witness_run *r, u32 call, const u32 limbs[16])
{
    memcpy(blake3_row(r, call)->new, limbs, 16 * sizeof *limbs);
    for (u32 k = 0; k < 4; k++) {
        u64 word = 0;
        for (u32 i = 0; i < 4; i++) word |= (u64)limbs[4 * k + i] << 16 * i;
        forge_last(r, data_key(4 * call + k), word);
    }
}

TEST(blake3_wrong_result)
{
    u32 limbs[16], other[16];
    witness_run *r;
    for (u32 k = 0; k < 16; k++) {
        r = two_compressions();
        memcpy(limbs, blake3_row(r, CALL_A)->new, sizeof limbs);
        limbs[k] ^= 1u << test_random_below(16);
        forge_cv(r, CALL_A, limbs);
        witness_breaks_only(r, "bus blake3_result");
    }
    r = two_compressions(); /* one has the other's */
    memcpy(limbs, blake3_row(r, CALL_A)->new, sizeof limbs);
    memcpy(other, blake3_row(r, CALL_B)->new, sizeof other);
    forge_cv(r, CALL_A, other);
    forge_cv(r, CALL_B, limbs);
    witness_breaks_only(r, "bus blake3_result");
    r = two_compressions(); /* compressed by rows of another time */
    compress_of(r, CALL_A)->id = blake3_row(r, CALL_B)->at.time;
    compress_of(r, CALL_B)->id = blake3_row(r, CALL_A)->at.time;
    for (u32 i = 0; i < BLAKE3_ROUNDS; i++) {
        blake3_rounds_of(r, CALL_A)[i].id = blake3_row(r, CALL_B)->at.time;
        blake3_rounds_of(r, CALL_B)[i].id = blake3_row(r, CALL_A)->at.time;
    }
    witness_breaks_only(r, "bus blake3_re");
}

TEST(blake3_rounds_missing)
{
    witness_run *r = two_compressions(); /* all, and the compression */
    memset(blake3_rounds_of(r, CALL_B), 0, BLAKE3_ROUNDS * sizeof(blake3_round_row));
    memset(compress_of(r, CALL_B), 0, sizeof(blake3_compress_row));
    witness_breaks_only(r, "bus blake3_re");

    r = two_compressions(); /* the last */
    blake3_round_row *last = &blake3_rounds_of(r, CALL_A)[BLAKE3_ROUNDS - 1];
    blake3_compress_row *c = compress_of(r, CALL_A);
    u32 limbs[16];
    for (u32 k = 0; k < 16; k++) {
        c->a[k] = last->a[k / 2] >> 8 * (k % 2) & 0xff;
        c->b[k] = last->b[k];
        c->c[k] = last->c[k / 2] >> 8 * (k % 2) & 0xff;
        c->d[k] = last->d[k];
        c->result[k] = c->a[k] ^ c->c[k];
        c->result[16 + k] = c->b[k] ^ c->d[k];
    }
    for (u32 k = 0; k < 16; k++) limbs[k] = c->result[2 * k] + 256 * c->result[2 * k + 1];
    forge_cv(r, CALL_A, limbs);
    memset(last, 0, sizeof *last);
    witness_breaks_only(r, "bus blake3_state");
}

/* Another compression than the call's, done well: `change` is what differs. */
typedef struct {
    u32 cv, block, counter_low, counter_high, block_bytes, flags;
} blake3_change;

static witness_run *other_compression(blake3_change change)
{
    witness_run *r = two_compressions();
    const blake3_compress_row old = *compress_of(r, CALL_B);
    blake3_input input = {
        .counter = 8 ^ ((u64)change.counter_high << 32 | change.counter_low),
        .block_bytes = 50 ^ change.block_bytes,
        .flags = 11 ^ change.flags,
    };
    u32 cv[8], limbs[16];
    for (u32 k = 0; k < 8; k++) cv[k] = (u32)(data_word(4 + k / 2) >> 32 * (k % 2));
    for (u32 k = 0; k < 16; k++) input.block[k] = (u32)(data_word(24 + k / 2) >> 32 * (k % 2));
    cv[5] ^= change.cv;
    input.block[9] ^= change.block;
    blake3_compress_rows(blake3_rounds_of(r, CALL_B), compress_of(r, CALL_B), old.id, cv, &input);
    for (u32 k = 0; k < 16; k++) limbs[k] = cv[k / 2] >> 16 * (k % 2) & 0xffff;
    forge_cv(r, CALL_B, limbs);
    return r;
}

TEST(blake3_other_arguments)
{
    witness_run *r = other_compression((blake3_change){0});
    witness_must_hold(r);
    witness_close(r);
    witness_breaks_only(other_compression((blake3_change){.cv = 1u << 31}), "bus blake3_request");
    witness_breaks_only(other_compression((blake3_change){.block = 1}), "bus blake3_request");
    witness_breaks_only(other_compression((blake3_change){.counter_low = 1}), "bus blake3_request");
    witness_breaks_only(other_compression((blake3_change){.counter_high = 1u << 31}), "bus blake3_request");
    witness_breaks_only(other_compression((blake3_change){.block_bytes = 1u << 20}), "bus blake3_request");
    witness_breaks_only(other_compression((blake3_change){.flags = 1u << 30}), "bus blake3_request");

    /* The same, where the call's row says so too. */
    r = other_compression((blake3_change){.block_bytes = 1});
    blake3_row(r, CALL_B)->length_and_flags.value[0] ^= 1;
    witness_breaks_only(r, "bus memory");
    r = other_compression((blake3_change){.flags = 1});
    blake3_row(r, CALL_B)->length_and_flags.value[2] ^= 1;
    witness_breaks_only(r, "bus memory");
    r = other_compression((blake3_change){.counter_high = 1u << 31});
    blake3_row(r, CALL_B)->counter.value[3] ^= 1u << 15;
    witness_breaks_only(r, "bus memory");
    r = other_compression((blake3_change){.block = 1});
    blake3_row(r, CALL_B)->right.value[2] ^= 1;
    witness_breaks_only(r, "bus memory");
    r = other_compression((blake3_change){.cv = 1u << 31});
    blake3_row(r, CALL_B)->cv.value[11] ^= 1u << 15;
    witness_breaks_only(r, "bus memory");
}

TEST(blake3_pointers)
{
    const u64 at[] = {ASM_DATA + 24, ASM_DATA + 0x10000 + 128, ASM_DATA + 0x20000 + 192,
                      ASM_DATA + 0x30000 + 256};
    for (u32 which = 0; which < SITU_ARRAY_LEN(at); which++) { /* p more, so not aligned */
        start(512);
        guest_blake3_halves(at[0], at[1], at[2], at[3], 0, 0);
        witness_run *r = finish(1 << 12);
        forge_pointer(r, at[which]);
        witness_refill(r);
        witness_breaks_only(r, "bus range");
    }
    for (u32 which = 0; which < SITU_ARRAY_LEN(at); which++) {
        for (u32 limb = 0; limb < 2; limb++) { /* the words are not those that the register names */
            witness_run *r = two_compressions();
            situ_vm_blake3_row *f = blake3_row(r, CALL_A);
            u32 *const values[] = {f->result.value, f->cv.pointer.value, f->left.pointer.value,
                                   f->right.pointer.value};
            values[which][limb] += limb ? 1 : 8;
            witness_breaks_only(r, "bus memory");
        }
    }
    for (u32 k = 0; k < 12; k++) {
        witness_run *r = two_compressions();
        situ_vm_blake3_row *f = blake3_row(r, CALL_A);
        u32 *const read_only[] = {f->cv.read_only, f->left.read_only, f->right.read_only};
        read_only[k / 4][k % 4] = 1;
        witness_breaks_only(r, "bus memory");
    }
}

/* The halves exchanged, one half for the other, the result taken for the chaining value: done well otherwise. */
TEST(blake3_operands_exchanged)
{
    for (u32 which = 0; which < 4; which++) {
        witness_run *r = two_compressions();
        situ_vm_blake3_row *f = blake3_row(r, CALL_B);
        blake3_input input = {.counter = 8, .block_bytes = 50, .flags = 11};
        u32 cv[8], limbs[16], *const half[] = {f->left.value, f->right.value};
        const u32 from[4][3] = {{0, 2, 1}, {0, 1, 1}, {0, 2, 2}, {1, 1, 2}}; /* of cv, left, right */
        const u32 first[] = {4, 24, 28};
        for (u32 k = 0; k < 8; k++) {
            u32 shift = 32 * (k % 2);
            cv[k] = (u32)(data_word(first[from[which][0]] + k / 2) >> shift);
            input.block[k] = (u32)(data_word(first[from[which][1]] + k / 2) >> shift);
            input.block[8 + k] = (u32)(data_word(first[from[which][2]] + k / 2) >> shift);
        }
        for (u32 k = 0; k < 16; k++) {
            f->cv.value[k] = cv[k / 2] >> 16 * (k % 2) & 0xffff;
            half[0][k] = input.block[k / 2] >> 16 * (k % 2) & 0xffff;
            half[1][k] = input.block[8 + k / 2] >> 16 * (k % 2) & 0xffff;
        }
        blake3_compress_rows(blake3_rounds_of(r, CALL_B), compress_of(r, CALL_B), f->at.time, cv, &input);
        for (u32 k = 0; k < 16; k++) limbs[k] = cv[k / 2] >> 16 * (k % 2) & 0xffff;
        forge_cv(r, CALL_B, limbs);
        witness_breaks_only(r, "bus memory");
    }
}

/* Operands share their words with the result: each must be what was there before it. */
TEST(blake3_reads_before_it_writes)
{
    for (u32 which = 0; which < 3; which++) {
        start(512);
        guest_blake3_halves(ASM_DATA, ASM_DATA + (which == 0 ? 0 : 64), ASM_DATA + (which == 1 ? 0 : 128),
                            ASM_DATA + (which == 2 ? 0 : 192), 0, 64);
        witness_run *r = finish(1 << 12);
        situ_vm_blake3_row *f = blake3_row(r, CALL_A);
        u32 *const value[] = {f->cv.value, f->left.value, f->right.value};
        memcpy(value[which], f->new, sizeof f->new);
        witness_breaks_only(r, "bus ");
    }
}

/* An access's age is checked for each word: none may have been touched later. */
TEST(blake3_ages)
{
    for (u32 k = 0; k < 16; k++) {
        witness_run *r = two_compressions();
        situ_vm_blake3_row *f = blake3_row(r, CALL_A);
        u32 *const gap[] = {f->cv.gap, f->left.gap, f->right.gap, f->gap};
        const u32 word[] = {0, 16, 20, 0}, slot[] = {3, 4, 5, 6}, at = word[k / 4] + k % 4;
        situ_vm_edge_row *edge = edge_row(r, data_key(at));
        if (k / 4 == 0 || k / 4 == 3) { /* the same words: the value between them has no edge */
            gap[k / 4][k % 4] += 1;
            witness_breaks_only(r, "bus memory");
            continue;
        }
        gap[k / 4][k % 4] = KB_P - 2; /* received from later than sent */
        edge->first_time = f->at.time + slot[k / 4] + 1, edge->first_low = edge->first_time & 0xffff;
        witness_breaks_only(r, "bus range");
    }
}

/* What a call must not be given is refused before anything is read or written. */
TEST(blake3_bad_operands)
{
    static const struct {
        u32 reg;
        u64 address;
        situ_trap trap;
    } bad[] = {
        {X_A0, ASM_DATA + 4, SITU_TRAP_ECALL_ARG},
        {X_A1, ASM_DATA + 1, SITU_TRAP_ECALL_ARG},
        {X_A2, ASM_DATA + 2, SITU_TRAP_ECALL_ARG},
        {X_A3, ASM_DATA + 7, SITU_TRAP_ECALL_ARG},
        {X_A0, UINT64_C(1) << 32, SITU_TRAP_STORE},
        {X_A1, UINT64_C(1) << 32, SITU_TRAP_LOAD},
        {X_A2, UINT64_MAX - 7, SITU_TRAP_LOAD},
        {X_A3, (UINT64_C(1) << 32) + ASM_DATA, SITU_TRAP_LOAD},
        {X_A0, 0, SITU_TRAP_STORE},
        {X_A1, 0, SITU_TRAP_LOAD},
        {X_A2, SITU_VM_INPUT_END - 24, SITU_TRAP_LOAD},
        {X_A3, SITU_VM_GUARD_START - 24, SITU_TRAP_LOAD},
        {X_A0, SITU_VM_GUARD_START - 24, SITU_TRAP_STORE},
        {X_A0, ASM_CODE, SITU_TRAP_READ_ONLY},
        {X_A0, SITU_VM_INPUT_START - 24, SITU_TRAP_READ_ONLY},
    };
    for (u32 i = 0; i < SITU_ARRAY_LEN(bad); i++) {
        u64 at[4] = {ASM_DATA, ASM_DATA + 32, ASM_DATA + 64, ASM_DATA + 96};
        at[bad[i].reg - X_A0] = bad[i].address;
        start(128);
        guest_blake3_halves(at[0], at[1], at[2], at[3], 0, 64);
        situ_program *program = asm_load(&g);
        situ_machine *m;
        situ_run_report report;
        CHECK_EQ(situ_machine_create(&m, program, NULL, 0), SITU_OK);
        CHECK_EQ(situ_machine_run(m, 1000), SITU_STOP_TRAP);
        situ_machine_report(m, &report);
        CHECK_EQ(report.trap, bad[i].trap);
        CHECK_EQ(report.trap_address, bad[i].address);
        CHECK_MEM_EQ(m->mem + ASM_DATA, g.data, 128);
        situ_machine_destroy(m);

        situ_tracer *tracer;
        situ_trace_chunk *chunk;
        CHECK_EQ(situ_tracer_create(&tracer, program, NULL, 0), SITU_OK);
        CHECK_EQ(situ_trace_chunk_create(&chunk, 1000), SITU_OK);
        CHECK_EQ(situ_trace_run(tracer, chunk), SITU_TRACE_TRAP);
        CHECK_EQ(chunk->n_extras, 0);
        situ_trace_chunk_destroy(chunk);
        situ_tracer_destroy(tracer);
        situ_program_free(program);
    }
}

TEST(blake3_constraints)
{
    witness_run *r = two_compressions();
    situ_vm_blake3_row f = *blake3_row(r, CALL_A);
    forgery_table t = forgery_open(&situ_vm_prover, "blake3");
    forgery_honest(&t, (const u32 *)&f);
    for (u32 k = 0; k < 12; k++) {
        u32 *const read_only[] = {f.cv.read_only, f.left.read_only, f.right.read_only};
        static const char *const names[] = {"blake3.cv.read_only.bit", "blake3.left.read_only.bit",
                                            "blake3.right.read_only.bit"};
        read_only[k / 4][k % 4] = KB_P - 1; /* a register for a word */
        forgery_must(&t, (const u32 *)&f, names[k / 4]);
        read_only[k / 4][k % 4] = 0;
    }
    f.real = 2;
    forgery_must(&t, (const u32 *)&f, "blake3.real.bit");
    forgery_all_owned(&t);
    forgery_close(&t);
    witness_close(r);
}

TEST_MAIN()
