/* The calls for arithmetic of F and K: the machine against field/k6.h by other ways, its tables, traps, lies, a proof. */
#include "field/k6.h"
#include "situ/zkvm.h"
#include "tests/vm/field_guest.h"
#include "tests/vm/trace_check.h"

/* --- what the calls mean, in plain integers ------------------------------------------------------------- */

typedef struct {
    u64 c[6]; /* below p, plain */
} plain_k;

#define INV_2_32 UINT64_C(1057030144) /* 2^-32 mod p */

static plain_k plain_mul(plain_k a, plain_k b)
{
    u64 t[11] = {0};
    for (u32 i = 0; i < 6; i++)
        for (u32 j = 0; j < 6; j++) t[i + j] = (t[i + j] + a.c[i] * b.c[j]) % KB_P;
    for (u32 m = 10; m >= 6; m--) { /* X^m = -X^(m - 3) - X^(m - 6) */
        t[m - 3] = (t[m - 3] + KB_P - t[m]) % KB_P;
        t[m - 6] = (t[m - 6] + KB_P - t[m]) % KB_P;
    }
    plain_k c;
    memcpy(c.c, t, sizeof c.c);
    return c;
}

static plain_k plain_add(plain_k a, plain_k b)
{
    for (u32 k = 0; k < 6; k++) a.c[k] = (a.c[k] + b.c[k]) % KB_P;
    return a;
}

static plain_k plain_of(const u8 *words, u32 n)
{
    plain_k a = {{0}};
    u32 w[6];
    memcpy(w, words, n * sizeof *w);
    for (u32 k = 0; k < n; k++) a.c[k] = w[k] * INV_2_32 % KB_P;
    return a;
}

/* The memory that the guest sees: its data, its code, its input. */
typedef struct {
    u8 data[ASM_DATA_MAX];
    const u8 *input;
} model;

static model expected;

static u8 *at(model *m, u64 address)
{
    if (address >= SITU_VM_INPUT_START)
        return (u8 *)(uintptr_t)(m->input + (address - SITU_VM_INPUT_START - SITU_VM_INPUT_HEADER_BYTES));
    if (address < ASM_DATA) return (u8 *)g.code + (address - ASM_CODE);
    return m->data + (address - ASM_DATA);
}

static void put(model *m, u64 address, plain_k a)
{
    for (u32 k = 0; k < 6; k++) {
        u32 w = kb_from_u32((u32)a.c[k]);
        memcpy(at(m, address) + 4 * k, &w, 4);
    }
}

static plain_k plain_scale(plain_k a, u64 b)
{
    for (u32 k = 0; k < 6; k++) a.c[k] = a.c[k] * b % KB_P;
    return a;
}

/* As defined: an eighth of the sum over i, j of (s x)^i w^(-i j) v_bitrev(j), for w of order 8. */
static plain_k plain_fold(const u8 *values, u32 s, plain_k x)
{
    static const u32 reversed[8] = {0, 4, 2, 6, 1, 5, 3, 7};
    const u64 w_inverse = 1739704753, eighth = KB_P - (KB_P - 1) / 8;
    const plain_k u = plain_scale(x, s * INV_2_32 % KB_P);
    plain_k sum = {{0}}, power = {{eighth}};
    u64 step = 1;
    for (u32 i = 0; i < 8; i++, power = plain_mul(power, u), step = step * w_inverse % KB_P) {
        u64 root = 1;
        for (u32 j = 0; j < 8; j++, root = root * step % KB_P)
            sum = plain_add(sum, plain_mul(power, plain_scale(plain_of(values + 24 * reversed[j], 6), root)));
    }
    CHECK(step == 1 && eighth * 8 % KB_P == 1);
    return sum;
}

/* Sums by powers, from the first element on. */
static void do_call(model *m, u64 number, u64 a0, u64 a1, u64 a2, u64 a3)
{
    plain_k power = {{1}}, sum = {{0}};
    if (number == SITU_ECALL_K_MULADD) {
        put(m, a0,
            plain_add(plain_mul(plain_of(at(m, a1), 6), plain_of(at(m, a2), 6)), plain_of(at(m, a3), 6)));
        return;
    }
    if (number == SITU_ECALL_K_FOLD) {
        put(m, a0, plain_fold(at(m, a1), (u32)a2, plain_of(at(m, a3), 6)));
        return;
    }
    const plain_k x = plain_of(at(m, a3), 6),
                  y = number == SITU_ECALL_F_HORNER ? plain_of(at(m, a3 + 24), 6) : x;
    for (u64 i = 0; i < a2; i++, power = plain_mul(power, y)) {
        plain_k x_power = power;
        if (number == SITU_ECALL_K_HORNER)
            sum = plain_add(sum, plain_mul(power, plain_of(at(m, a1 + 24 * i), 6)));
        for (u32 l = 0; number == SITU_ECALL_F_HORNER && l < 16; l++, x_power = plain_mul(x_power, x))
            sum = plain_add(sum, plain_mul(x_power, plain_of(at(m, a1 + 64 * i + 4 * l), 1)));
    }
    put(m, a0, plain_add(plain_mul(power, plain_of(at(m, a0), 6)), sum));
}

/* --- guests --------------------------------------------------------------------------------------------- */

/* The run: records balance, results are what the calls mean, tables hold. */
static witness_run *finish_field(const void *input, size_t n_input, u32 chunk_steps)
{
    witness_run *r = finish_with(input, n_input, chunk_steps);
    const u8 *mem = situ_tracer_machine(r->tracer)->mem;
    trace_check records = {0};
    memcpy(expected.data, g.data, sizeof expected.data);
    expected.input = input;
    for (u32 i = 0; i < n_calls; i++)
        do_call(&expected, calls[i].number, calls[i].a[0], calls[i].a[1], calls[i].a[2], calls[i].a[3]);
    CHECK_MEM_EQ(mem + ASM_DATA, expected.data, g.n_data);
    for (u32 i = 0; i < r->n_chunks; i++) trace_check_chunk(&records, r->program, r->chunks[i]);
    trace_check_end(&records, &r->segment);
    return r;
}

static void must_hold(const void *input, size_t n_input, u32 chunk_steps)
{
    witness_run *r = finish_field(input, n_input, chunk_steps);
    witness_must_hold(r);
    witness_close(r);
}

/* --- honest --------------------------------------------------------------------------------------------- */

TEST(muladd_of_any_words)
{
    for (u32 i = 0; i < 6; i++) {
        start_field(12 * 16, false);
        for (u32 k = 0; k < 16; k++)
            guest_field(SITU_ECALL_K_MULADD, A(12 * k), A(12 * k + 3), A(12 * k + 6), A(12 * k + 9));
        must_hold(NULL, 0, 64);
    }
}

/* Each word of each operand at each edge, the others 0 or 1. */
TEST(muladd_at_edges)
{
    for (u32 edge = 0; edge < 17; edge += 4) {
        start_field(12 * 18, false);
        memset(g.data, 0, g.n_data);
        for (u32 k = 0; k < 18; k++) {
            u32 w[24] = {0}, one = KB_ONE;
            w[6 + (k + 1) % 6] = one, w[12 + k % 5] = one;
            w[6 + k] = edge_word(edge + k / 6);
            memcpy(g.data + 96 * k, w, sizeof w);
            guest_field(SITU_ECALL_K_MULADD, A(12 * k), A(12 * k + 3), A(12 * k + 6), A(12 * k + 9));
        }
        must_hold(NULL, 0, 1 << 12);
    }
}

/* Any points, words at edges; s at edges. */
TEST(folds)
{
    for (u32 round = 0; round < 3; round++) {
        start_field(8 + 30 * 8, true);
        for (u32 k = 0; k < 16; k++) {
            u32 w = edge_word((u32)test_random_below(64));
            if (round == 0) w = k == 0 ? KB_ONE : 0;
            memcpy(g.data + 4 * k, &w, 4);
        }
        for (u32 i = 0; i < 30; i++) {
            const u32 s = round == 0 ? (i % 2 ? KB_ONE : 0) : edge_word(i);
            guest_field(SITU_ECALL_K_FOLD, A(8 + 8 * i), A(8 + 7 * i), s, A(i % 6));
        }
        witness_run *r = finish_field(NULL, 0, 1 << 12);
        CHECK_EQ(r->segment.n_k_fold, 30);
        CHECK_EQ(r->witness.n_rows[SITU_VM_TABLE_K_FOLD], 30);
        witness_must_hold(r);
        witness_close(r);
    }
}

/* One value at a time, at each edge. */
TEST(folds_at_edges)
{
    static const u32 words[] = {1, KB_P - 1, KB_ONE, 0x7effffff, 0xffff, 0x10000, 0x7eff0000};
    start_field(3 + 24 * 16, true);
    memset(g.data + 24, 0, g.n_data - 24);
    for (u32 i = 0; i < 16; i++) {
        memcpy(g.data + 24 + 192 * i + 4 * (i % 8 * 6 + i % 6), &words[i % 7], 4);
        guest_field(SITU_ECALL_K_FOLD, A(3 + 24 * i + i), A(3 + 24 * i), KB_ONE + i, A(0));
    }
    must_hold(NULL, 0, 1 << 12);
}

/* The result is x, lies in it, in the values, over their ends; x lies among the values. */
TEST(folds_with_operands_that_overlap)
{
    start_field(48, true);
    for (u32 i = 4; i < 16; i++) { /* a result is canonical: so it may be a value afterwards */
        guest_field(SITU_ECALL_K_FOLD, A(i), A(8), KB_ONE + i, A(9 + i % 3));
        guest_field(SITU_ECALL_K_FOLD, A(i), A(8), i, A(i));
        guest_field(SITU_ECALL_K_FOLD, A(i + 1), A(12), i << 20, A(i));
        guest_field(SITU_ECALL_K_FOLD, A(i + 18), A(8), i << 20, A(20 + i));
    }
    must_hold(NULL, 0, 1 << 12);
}

/* Every way in which 4 operands of 3 words lie in 5. */
TEST(muladd_operands_overlap)
{
    for (u32 way = 0; way < 81; way += 27) {
        start_field(8, false);
        for (u32 k = way; k < way + 27; k++)
            guest_field(SITU_ECALL_K_MULADD, A(k % 3), A(k / 3 % 3), A(k / 9 % 3), A(k / 27));
        must_hold(NULL, 0, 1 << 12);
    }
}

/* The machine's own arithmetic, for the same sums. */
TEST(field_k6_agrees)
{
    k6 a[3], x, y;
    u32 w[16 * 9];
    for (u64 run = 0; run < test_runs(20); run++) {
        start_field(64 * 9, true);
        memcpy(a, g.data, sizeof a);
        put(&expected, A(0), plain_mul(plain_of((u8 *)&a[0], 6), plain_of((u8 *)&a[1], 6)));
        k6 product = k6_mul(a[0], a[1]);
        CHECK_MEM_EQ(expected.data, &product, sizeof product);

        memcpy(expected.data, g.data, g.n_data);
        memcpy(&x, g.data + 64, sizeof x);
        memcpy(&y, g.data + 88, sizeof y);
        memcpy(w, g.data + 128, sizeof w);
        k6 k_sum = situ_guest_k_horner(a[0], w, 17, x), f_sum = situ_guest_f_horner(a[0], w, 9, x, y);
        do_call(&expected, SITU_ECALL_K_HORNER, A(0), A(16), 17, A(8));
        CHECK_MEM_EQ(expected.data, &k_sum, sizeof k_sum);
        memcpy(expected.data, g.data, g.n_data);
        do_call(&expected, SITU_ECALL_F_HORNER, A(0), A(16), 9, A(8));
        CHECK_MEM_EQ(expected.data, &f_sum, sizeof f_sum);
        k6 fold = situ_guest_k_fold(w, w[48], x);
        do_call(&expected, SITU_ECALL_K_FOLD, A(0), A(16), w[48], A(8));
        CHECK_MEM_EQ(expected.data, &fold, sizeof fold);
    }
}

/* 1, 2, 17 and many; acc and points not canonical. */
TEST(sums_of_many_lengths)
{
    static const u32 lengths[] = {1, 2, 17, 300};
    for (u32 i = 0; i < SITU_ARRAY_LEN(lengths); i++) {
        const u32 n = lengths[i];
        start_field(16 + 8 * n, true);
        for (u32 k = 0; k < 32; k++) { /* two accs, points */
            u32 w = edge_word((u32)test_random_below(64));
            memcpy(g.data + 4 * k, &w, 4);
        }
        guest_field(SITU_ECALL_K_HORNER, A(0), A(16), n, A(8));
        guest_field(SITU_ECALL_F_HORNER, A(3), A(16), n, A(8));
        guest_field(SITU_ECALL_K_HORNER, A(3), A(16 + n), n, A(0)); /* what others left */
        guest_field(SITU_ECALL_F_HORNER, A(0), A(16), n, A(0));
        guest_write(1, A(0), 48);
        witness_run *r = finish_field(NULL, 0, 7);
        CHECK_EQ(r->segment.n_k_elements, 2 * n);
        CHECK_EQ(r->segment.n_f_tiles, 2 * n);
        CHECK_EQ(r->witness.n_rows[SITU_VM_TABLE_K_HORNER_ELEMENT], 2 * n);
        CHECK_EQ(r->witness.n_rows[SITU_VM_TABLE_F_HORNER_TILE], 2 * n);
        CHECK_EQ(r->witness.n_rows[SITU_VM_TABLE_K_HORNER], 2);
        witness_must_hold(r);
        witness_close(r);
    }
}

/* Elements that are 0, 1, p - 1 in every place; points 0 and 1. */
TEST(sums_at_edges)
{
    static const u32 words[] = {0, 1, KB_P - 1, KB_ONE, 0x7effffff, 0xffff, 0x10000, 0x7eff0000};
    start_field(12 + 32 * 8, true);
    memset(g.data, 0, 96);
    for (u32 i = 0; i < 2; i++) memcpy(g.data + 24 * i, (u32[1]){KB_ONE}, 4); /* acc = 1, x = 1, y = 0 */
    for (u32 i = 0; i < 32 * 16; i++) memcpy(g.data + 96 + 4 * i, &words[(i + i / 16) % 8], 4);
    for (u32 i = 0; i < 6; i++) {
        guest_field(SITU_ECALL_K_HORNER, A(0), A(12), 32, A(3 + 3 * (i % 2)));
        guest_field(SITU_ECALL_F_HORNER, A(0), A(12), 32, A(3 * (i % 3)));
    }
    must_hold(NULL, 0, 1 << 12);
}

/* acc is x, lies in x or y, in the elements, over their ends; the points lie among the elements. */
TEST(sums_with_operands_that_overlap)
{
    for (u32 round = 0; round < 2; round++) {
        start_field(48, true);
        const u64 number = round ? SITU_ECALL_F_HORNER : SITU_ECALL_K_HORNER, n = round ? 3 : 7;
        for (u32 i = 4; i < 16; i++) { /* a result is canonical: so it may be an element afterwards */
            guest_field(number, A(i), A(8), n, A(9 + i % 3));
            guest_field(number, A(i), A(8), n, A(i));
            guest_field(number, A(i), A(12), n, A(20 + i));
            guest_field(number, A(i + 1), A(12), n, A(i));
        }
        guest_field(number, A(30), A(8), n, A(27));
        guest_field(number, A(30), A(8), n, A(27));
        must_hold(NULL, 0, 1 << 12);
    }
}

/* Operands in code and in the input; elements across the end of the code, behind which is zero memory, which may be written. */
TEST(operands_that_are_read_only)
{
    u32 input[2 * 64];
    u64 border = ASM_CODE;
    const u64 input_at = SITU_VM_INPUT_START + SITU_VM_INPUT_HEADER_BYTES;
    for (u32 i = 0; i < SITU_ARRAY_LEN(input); i++) input[i] = (u32)test_random_below(KB_P);
    for (u32 pass = 0; pass < 2; pass++) {
        start_field(32, true);
        guest_field(SITU_ECALL_K_MULADD, A(0), input_at, ASM_CODE, input_at + 24);
        guest_field(SITU_ECALL_K_HORNER, A(0), input_at + 8, 20, ASM_CODE + 16);
        guest_field(SITU_ECALL_F_HORNER, A(3), input_at, 8, ASM_CODE + 8);
        guest_field(SITU_ECALL_K_HORNER, A(6), ASM_CODE + 8, 3, input_at);
        guest_field(SITU_ECALL_F_HORNER, A(6), ASM_CODE, 2, input_at + 40);
        guest_field(SITU_ECALL_K_MULADD, A(9), border, A(0), border);
        guest_field(SITU_ECALL_K_HORNER, A(9), border, 2, A(0));
        guest_field(SITU_ECALL_F_HORNER, A(9), border, 1, A(0));
        guest_field(SITU_ECALL_K_FOLD, A(12), input_at + 8, 3, ASM_CODE + 16);
        guest_field(SITU_ECALL_K_FOLD, A(12), ASM_CODE + 8, 4, input_at);
        guest_field(SITU_ECALL_K_FOLD, A(15), border, 5, A(0));
        if (pass == 0) {
            const u32 n_code = g.n_code + 4; /* exit follows */
            border = ASM_CODE + (n_code + 1) / 2 * 8 - 8;
        }
    }
    memset(g.code + g.n_code, 0, 256);
    must_hold(input, sizeof input, 1 << 12);
}

TEST(random_calls)
{
    for (u64 run = 0; run < test_runs(6); run++) {
        start_field(64, true);
        for (u32 i = 0; i < 24; i++) {
            const u64 a = A(test_random_below(16)), b = A(test_random_below(16)),
                      c = A(test_random_below(16)), d = A(test_random_below(16));
            switch (test_random_below(5)) {
            case 0: guest_field(SITU_ECALL_K_MULADD, a, b, c, d); break;
            case 1: guest_field(SITU_ECALL_K_HORNER, a, b, 1 + test_random_below(15), d); break;
            case 2: guest_field(SITU_ECALL_F_HORNER, a, b, 1 + test_random_below(5), d); break;
            case 3: guest_field(SITU_ECALL_K_FOLD, a, b, test_random_below(UINT64_C(1) << 32), d); break;
            default: guest_write(1, a + test_random_below(8), test_random_below(100)); break;
            }
        }
        must_hold(NULL, 0, 8 + (u32)test_random_below(60));
    }
}

/* --- traps ---------------------------------------------------------------------------------------------- */

/* The call stops the plain and the traced run, with this message. */
static void must_trap(situ_trap trap, u64 address, const char *message)
{
    char text[128], error[SITU_MESSAGE_BYTES];
    situ_machine *m;
    situ_tracer *t;
    situ_trace_chunk *chunk;
    situ_run_report report[2];
    situ_program *program = asm_load(&g);
    CHECK_EQ(situ_machine_create(&m, program, NULL, 0), SITU_OK);
    CHECK_EQ(situ_machine_run(m, UINT64_MAX), SITU_STOP_TRAP);
    situ_machine_report(m, &report[0]);
    CHECK_EQ(situ_tracer_create(&t, program, NULL, 0), SITU_OK);
    CHECK_EQ(situ_trace_chunk_create(&chunk, 1 << 12), SITU_OK);
    CHECK_EQ(situ_trace_run(t, chunk), SITU_TRACE_TRAP);
    situ_machine_report(situ_tracer_machine(t), &report[1]);
    for (u32 i = 0; i < 2; i++) {
        CHECK_EQ(report[i].trap, trap);
        CHECK_EQ(report[i].trap_address, address);
        CHECK_EQ(report[i].pc, ASM_CODE + 4 * (u64)(g.n_code - 1));
        CHECK_EQ(report[i].n_k_muladd + report[i].n_k_horner + report[i].n_f_horner + report[i].n_k_fold, 0);
        situ_trap_describe(text, sizeof text, &report[i]);
        CHECK(strcmp(text, message) == 0);
    }
    CHECK_MEM_EQ(m->mem + ASM_DATA, g.data, g.n_data); /* nothing half done */
    CHECK_MEM_EQ(situ_tracer_machine(t)->mem + ASM_DATA, g.data, g.n_data);
    (void)error;
    situ_trace_chunk_destroy(chunk);
    situ_tracer_destroy(t);
    situ_machine_destroy(m);
    situ_program_free(program);
}

static void trapping(u64 number, u64 a0, u64 a1, u64 a2, u64 a3)
{
    start_field(64, true);
    guest_field(number, a0, a1, a2, a3);
}

TEST(bad_pointers_trap)
{
    const u64 unmapped = 0x100, high = (UINT64_C(1) << 32) + ASM_DATA, end = 0xfffff000,
              guard = SITU_VM_GUARD_START;
    char text[128];
    for (u64 number = SITU_ECALL_K_MULADD; number <= SITU_ECALL_K_FOLD; number++) {
        for (u32 which = 0; which < 4; which++) {
            u64 a[4] = {A(0), A(8), A(16), A(24)};
            if (number != SITU_ECALL_K_MULADD) a[2] = 2;
            if (number != SITU_ECALL_K_MULADD && which == 2) continue;
            const u64 n_bytes = number == SITU_ECALL_K_FOLD && which == 1     ? 192
                                : number == SITU_ECALL_F_HORNER && which == 1 ? 128
                                : number == SITU_ECALL_K_HORNER && which == 1 ? 48
                                : number == SITU_ECALL_F_HORNER && which == 3 ? 48
                                                                              : 24;
            a[which] = A(1) + 4;
            trapping(number, a[0], a[1], a[2], a[3]);
            must_trap(SITU_TRAP_ECALL_ARG, A(1) + 4, "system call with bad argument 0x40000c");
            for (u32 k = 0; k < 4; k++) {
                a[which] = k == 0   ? unmapped
                           : k == 1 ? high
                           : k == 2 ? end - n_bytes + 8
                                    : guard - n_bytes + 8;
                trapping(number, a[0], a[1], a[2], a[3]);
                bool writes = which == 0;
                snprintf(text, sizeof text, "%s unmapped memory at 0x%llx", writes ? "write to" : "read of",
                         (unsigned long long)a[which]);
                must_trap(writes ? SITU_TRAP_STORE : SITU_TRAP_LOAD, a[which], text);
            }
        }
        trapping(number, ASM_CODE, A(0), number == SITU_ECALL_K_MULADD ? A(8) : 1, A(16));
        must_trap(SITU_TRAP_READ_ONLY, ASM_CODE, "write to read-only memory at 0x10000");
    }
}

TEST(bad_counts_trap)
{
    static const u64 counts[] = {0, 65536, UINT64_C(1) << 32 | 1, UINT64_MAX};
    char text[128];
    for (u64 number = SITU_ECALL_K_HORNER; number <= SITU_ECALL_F_HORNER; number++) {
        for (u32 i = 0; i < SITU_ARRAY_LEN(counts); i++) {
            trapping(number, A(0), A(8), counts[i], A(3));
            snprintf(text, sizeof text, "system call with bad argument 0x%llx",
                     (unsigned long long)counts[i]);
            must_trap(SITU_TRAP_ECALL_ARG, counts[i], text);
        }
    }
    for (u32 i = 2; i < SITU_ARRAY_LEN(counts); i++) {
        trapping(SITU_ECALL_K_FOLD, A(0), A(8), counts[i], A(3));
        snprintf(text, sizeof text, "system call with bad argument 0x%llx", (unsigned long long)counts[i]);
        must_trap(SITU_TRAP_ECALL_ARG, counts[i], text);
    }
    trapping(0x1006, A(0), A(8), 1, A(3));
    must_trap(SITU_TRAP_ECALL, 0x1006, "unknown system call 4102 (0x1006)");
}

TEST(words_that_are_not_canonical_trap)
{
    static const u32 words[] = {KB_P, 0x7fffffff, 0x80000000, UINT32_MAX, 0x7f00ffff};
    char text[128];
    for (u32 i = 0; i < 32 + 48; i++) {
        const u64 number = i >= 32 ? SITU_ECALL_K_FOLD : i % 2 ? SITU_ECALL_K_HORNER : SITU_ECALL_F_HORNER;
        const u64 address = A(8) + 4 * (u64)(i % 32 + (i >= 64 ? 32 : 0));
        trapping(number, A(0), A(8), i % 2 ? 6 : 2, A(40));
        memcpy(g.data + (address - ASM_DATA), &words[i % 5], 4);
        snprintf(text, sizeof text, "field element at 0x%llx is not below p = 0x7f000001",
                 (unsigned long long)address);
        must_trap(SITU_TRAP_NOT_CANONICAL, address, text);
    }
}

/* --- a proof -------------------------------------------------------------------------------------------- */

/* The results are printed, so they are what the proof says; of another result it says nothing. */
TEST(a_proof_of_sums)
{
    const situ_stark_params params = {
        .log2_blowup = 1, .n_queries = 6, .grinding_bits = 0, .log2_cap = 3, .insecure = 1};
    char message[SITU_MESSAGE_BYTES];
    situ_zkvm_expected wanted = {.allow_insecure = true};
    situ_zkvm_claim claim;
    situ_zkvm_cost cost;
    situ_zkvm_key *key;
    situ_zkvm_run *run;
    size_t vk_bytes;
    start_field(128, true);
    guest_field(SITU_ECALL_K_MULADD, A(0), A(3), A(6), A(9));
    guest_field(SITU_ECALL_K_HORNER, A(3), A(16), 30, A(9));
    guest_field(SITU_ECALL_F_HORNER, A(6), A(16), 14, A(9));
    guest_field(SITU_ECALL_K_FOLD, A(9), A(16), 12345, A(9));
    guest_write(1, A(0), 96);
    witness_run *r = finish_field(NULL, 0, 1 << 12);
    situ_program *program = asm_load(&g);
    CHECK_EQ(situ_zkvm_key_create(&key, program, &params, NULL, message), SITU_OK);
    CHECK_EQ(situ_zkvm_run_create(&run, key, NULL, 0, NULL, message), SITU_OK);
    CHECK_EQ(situ_zkvm_cost_of(&cost, run, 1), SITU_OK);
    u8 *proof = malloc(cost.proof_bytes);
    CHECK(proof != NULL);
    CHECK_EQ(situ_zkvm_prove(run, proof, cost.proof_bytes, NULL, NULL, NULL, NULL), SITU_OK);
    const void *vk = situ_zkvm_key_vk(key, &vk_bytes);
    situ_zkvm_vk_digest(wanted.vk_digest, vk, vk_bytes);
    void *scratch = aligned_alloc(64, situ_zkvm_verify_scratch_bytes());
    CHECK_EQ(situ_zkvm_verify(&claim, &wanted, proof, cost.proof_bytes, scratch, NULL), SITU_OK);
    CHECK_EQ(claim.n_output, 96);
    CHECK_MEM_EQ(claim.output, expected.data, 96);
    ((u8 *)(uintptr_t)claim.output)[40] ^= 1;
    CHECK(situ_zkvm_verify(&claim, &wanted, proof, cost.proof_bytes, scratch, NULL) != SITU_OK);
    free(scratch);
    free(proof);
    situ_zkvm_run_destroy(run);
    situ_zkvm_key_destroy(key);
    situ_program_free(program);
    witness_close(r);
}

TEST_MAIN()
