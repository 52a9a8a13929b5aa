/* Multiplication and division: honest witnesses hold, lying rows break, each at the one check that is there
 * for it. */
#include "tests/air_forgery.h"
#include "tests/vm/witness_run.h"

/* --- guests ----------------------------------------------------------------------------------------------
 * Operands lie in the data; x3 points to them. */

enum { X_POOL = 3, FIRST_OPERAND = 5, N_OPERANDS = 27, POOL_WORDS = 256 };

static const u64 edges[N_OPERANDS] = {
    0,
    1,
    2,
    3,
    UINT64_MAX,
    UINT64_MAX - 1,
    0xff,
    0x8000,
    0xffff,
    0x10000,
    0x7fffffff,
    0x80000000,
    0x80000001,
    0xffffffff,
    0x100000000,
    0x7fffffffffffffff,
    0x8000000000000000,
    0x8000000000000001,
    0xffffffff80000000,
    0xffffffff7fffffff,
    0xffffffffffff0000,
    0x8000800080008000,
    0x0001000000000000,
    0xff00ff00ff00ff00,
    0x0123456789abcdef,
    0xfedcba9876543210,
    0x0000ffff0000ffff,
};

static const situ_op ops[] = {SITU_OP_MUL,   SITU_OP_MULH, SITU_OP_MULHSU, SITU_OP_MULHU, SITU_OP_MULW,
                              SITU_OP_DIV,   SITU_OP_DIVU, SITU_OP_REM,    SITU_OP_REMU,  SITU_OP_DIVW,
                              SITU_OP_DIVUW, SITU_OP_REMW, SITU_OP_REMUW};

static guest_asm g;

static void start(void)
{
    g.n_code = 0;
    g.n_data = POOL_WORDS * 8;
    asm_at(&g, enc_u(SITU_OP_LUI, X_POOL, ASM_DATA >> 12));
}

static void pool(u32 index, u64 value) { memcpy(g.data + 8 * index, &value, 8); }
static void load(u32 rd, u32 index) { asm_at(&g, enc_i(SITU_OP_LD, rd, X_POOL, (i32)(8 * index))); }

/* The guest so far, halted: its witness, which holds. */
static witness_run *run(void)
{
    asm_at(&g, enc_i(SITU_OP_ADDI, X_A0, 0, 0));
    asm_at(&g, enc_i(SITU_OP_ADDI, X_A7, 0, SITU_ECALL_EXIT));
    asm_at(&g, situ_ops[SITU_OP_ECALL].match);
    witness_run *r = witness_open(asm_load(&g), NULL, 0, 1 << 12);
    witness_must_hold(r);
    return r;
}

/* --- completeness --------------------------------------------------------------------------------------- */

TEST(edges_by_edges)
{
    start();
    for (u32 i = 0; i < N_OPERANDS; i++) {
        pool(i, edges[i]);
        load(FIRST_OPERAND + i, i);
    }
    for (u32 op = 0; op < SITU_ARRAY_LEN(ops); op++)
        for (u32 a = 0; a < N_OPERANDS; a++)
            for (u32 b = 0; b < N_OPERANDS; b++)
                asm_at(&g, enc_r(ops[op], 1, FIRST_OPERAND + a, FIRST_OPERAND + b));
    witness_close(run());
}

/* Of every length, and dividends at and around multiples of divisors. */
TEST(random_operands)
{
    start();
    for (u32 i = 0; i < POOL_WORDS; i += 2) {
        u64 a = test_random(), b = test_random() >> test_random_below(64);
        if (i % 4 == 0 && b != 0) a = a / b * b + test_random_below(3) - 1;
        if (i % 8 < 4) a = -a;
        if (i % 16 < 8) b = -b;
        pool(i, a);
        pool(i + 1, b);
        load(5, i);
        load(6, i + 1);
        for (u32 op = 0; op < SITU_ARRAY_LEN(ops); op++) asm_at(&g, enc_r(ops[op], 1, 5, 6));
    }
    witness_close(run());
}

/* rd, rs1 and rs2 in every way equal or x0. */
TEST(aliased_registers)
{
    static const u32 regs[] = {0, 5, 6};
    start();
    pool(0, 0x8000000180000001);
    pool(1, 0xfffffffeffff0003);
    for (u32 op = 0; op < SITU_ARRAY_LEN(ops); op++) {
        for (u32 i = 0; i < 27; i++) {
            load(5, 0);
            load(6, 1);
            asm_at(&g, enc_r(ops[op], regs[i % 3], regs[i / 3 % 3], regs[i / 9]));
        }
    }
    witness_close(run());
}

/* What a row does is what the program says: 6 / 5 and 6 % 5 are the same number, but not the same row. */
TEST(operations_are_the_programs)
{
    start();
    pool(0, 6);
    pool(1, 5);
    load(5, 0);
    load(6, 1);
    asm_at(&g, enc_r(SITU_OP_DIVU, 1, 5, 6));
    asm_at(&g, enc_r(SITU_OP_REMW, 1, 5, 6));
    asm_at(&g, enc_r(SITU_OP_MULHU, 1, 5, 6));
    asm_at(&g, enc_r(SITU_OP_MUL, 1, 5, 6));
    witness_run *r = run();
    situ_vm_div_row *div = witness_row(r, SITU_VM_TABLE_DIV, 0);
    situ_vm_divw_row *divw = witness_row(r, SITU_VM_TABLE_DIVW, 0);
    situ_vm_mul_row *mul = witness_row(r, SITU_VM_TABLE_MUL, 0);
    situ_vm_mulh_row *mulh = witness_row(r, SITU_VM_TABLE_MULH, 0);
    div->remainder = 1;
    witness_must_break(r, "program");
    div->remainder = 0;
    divw->remainder = 0;
    witness_must_break(r, "program");
    divw->remainder = 1;
    mul->result[0]++;
    mul->carry[0] = p_sub(mul->carry[0], p_inv(65536));
    witness_must_break(r, "mul.limb_1");
    mul->result[0]--;
    mul->carry[0] = 0;
    mulh->low[0] += 65536;
    mulh->carry[0] = KB_P - 1;
    witness_must_break(r, "mulh.limb[1]");
    mulh->low[0] -= 65536;
    mulh->carry[0] = 0;
    mulh->a.bytes[0] += 256;
    mulh->a.bytes[1] = KB_P - 1;
    witness_must_break(r, "bus byte");
    mulh->a.bytes[0] -= 256;
    mulh->a.bytes[1] = 0;
    witness_must_hold(r);
    witness_close(r);
}

/* --- single rows ----------------------------------------------------------------------------------------
 * Rows as the machine fills them, and what a liar could put there instead: x3 = x1 op x2. */

typedef union {
    u32 cells[64];
    situ_vm_mul_row mul;
    situ_vm_mulh_row mulh;
    situ_vm_div_row div;
    situ_vm_divw_row divw;
} any_row;

__extension__ typedef __int128 i128;

static bool is_word(situ_op op) { return op == SITU_OP_MULW || op >= SITU_OP_DIVW; }
static bool is_signed_division(situ_op op)
{
    return op == SITU_OP_DIV || op == SITU_OP_REM || op == SITU_OP_DIVW || op == SITU_OP_REMW;
}

/* The specification, in words of its own. */
static u64 result_of(situ_op op, u64 a, u64 b)
{
    bool is_remainder = op == SITU_OP_REM || op == SITU_OP_REMU || op == SITU_OP_REMW || op == SITU_OP_REMUW;
    i128 x = (i64)a, y = (i64)b, r;
    switch ((int)op) {
    case SITU_OP_MUL: return a * b;
    case SITU_OP_MULW: return (u64)(int32_t)(a * b);
    case SITU_OP_MULH: return (u64)(x * y >> 64);
    case SITU_OP_MULHSU: return (u64)(x * (i128)b >> 64);
    case SITU_OP_MULHU: return (u64)((u128)a * b >> 64);
    case SITU_OP_DIVU:
    case SITU_OP_REMU: x = (i128)a, y = (i128)b; break;
    case SITU_OP_DIVW:
    case SITU_OP_REMW: x = (int32_t)a, y = (int32_t)b; break;
    case SITU_OP_DIVUW:
    case SITU_OP_REMUW: x = (uint32_t)a, y = (uint32_t)b; break;
    }
    r = y == 0 ? (is_remainder ? x : -1) : is_remainder ? x % y : x / y;
    return is_word(op) ? (u64)(int32_t)(uint32_t)r : (u64)r;
}

static any_row fill(situ_op op, u64 a, u64 b)
{
    any_row row = {.cells = {0}};
    situ_insn insn = {.op = (u8)op, .pc = 0x1fffc, .rd = 3, .rs1 = 1, .rs2 = 2};
    situ_step step = {.time = 400,
                      .rs1 = a,
                      .rs2 = b,
                      .rd_old = 77,
                      .rd_new = result_of(op, a, b),
                      .rs1_time = 396,
                      .rs2_time = 9};
    vm_rules[op].fill(&(vm_step){.step = &step, .insn = &insn}, &row);
    return row;
}

/* --- judgement ------------------------------------------------------------------------------------------ */

enum { MESSAGES_MAX = 64 };

typedef struct {
    forgery_table f;
    bool owned[MESSAGES_MAX]; /* of range and byte messages: some lie is caught by it alone */
} judge;

static judge judge_open(situ_op op)
{
    judge j = {forgery_open(&situ_vm_prover, situ_vm_system.tables[vm_rules[op].table].name), {false}};
    CHECK(j.f.shape->n_interactions <= MESSAGES_MAX);
    return j;
}

/* A message that a fixed table must provide. */
static bool is_checked(const judge *j, u32 i)
{
    u32 bus = j->f.shape->interactions[i].bus;
    return bus == SITU_VM_BUS_RANGE || bus == SITU_VM_BUS_BYTE;
}

static bool is_provided(const judge *j, u32 i)
{
    const situ_air_interaction *x = &j->f.shape->interactions[i];
    u32 v[4] = {0};
    for (u32 k = 0; k < situ_vm_system.buses[x->bus].width; k++) v[k] = kb_to_u32(j->f.values[x->first_value + k]);
    if (x->bus == SITU_VM_BUS_RANGE) return v[0] >> v[1] == 0;
    CHECK_EQ(v[0], 3);
    return v[1] < 256 && v[2] < 256 && v[3] == 0;
}

/* Add a family to a list with a blank around each name. */
static void note(char faults[512], const char *name)
{
    char family[128], item[136];
    forgery_family(family, name);
    snprintf(item, sizeof item, " %s ", family);
    if (strstr(faults, item)) return;
    snprintf(faults + strlen(faults), 512 - strlen(faults), "%s", *faults ? item + 1 : item);
}

/* Families of constraints, and of range and byte messages if these count, that the row breaks, as note
 * writes them; "" if it holds. */
static const char *faults_of(judge *j, const any_row *row, bool with_messages)
{
    static char faults[512];
    *faults = 0;
    forgery_eval(&j->f, row->cells);
    for (u32 i = 0; i < j->f.shape->n_constraints; i++)
        if (j->f.constraints[i]) note(faults, j->f.prover->constraint_names[i]);
    for (u32 i = 0; with_messages && i < j->f.shape->n_interactions; i++)
        if (is_checked(j, i) && !is_provided(j, i)) note(faults, j->f.prover->interaction_names[i]);
    return faults;
}

/* Nothing but `what` catches the row. */
#define CAUGHT(j, row, what) caught(j, row, what, true, __LINE__)

/* No constraint but `what` does: for lies that need values beyond their ranges. */
#define CAUGHT_BY_CONSTRAINT(j, row, what) caught(j, row, what, false, __LINE__)

static void caught(judge *j, const any_row *row, const char *what, bool with_messages, int line)
{
    const char *faults = faults_of(j, row, with_messages);
    char list[136];
    snprintf(list, sizeof list, " %s ", what);
    if (strcmp(faults, list) != 0) test_fail(__FILE__, line, "expected%sbroken:%s", list, faults);
    for (u32 i = 0; i < j->f.shape->n_constraints; i++) j->f.owned[i] |= j->f.constraints[i] != 0;
    for (u32 i = 0; with_messages && i < j->f.shape->n_interactions; i++)
        j->owned[i] |= is_checked(j, i) && !is_provided(j, i);
}

static void close_owned(judge *j)
{
    forgery_all_owned(&j->f);
    for (u32 i = 0; i < j->f.shape->n_interactions; i++)
        if (is_checked(j, i) && !j->owned[i])
            test_fail(__FILE__, __LINE__, "no lie is caught by %s alone", j->f.prover->interaction_names[i]);
    forgery_close(&j->f);
}

/* What the row writes into x3; call after faults_of. */
static u64 sent(const judge *j)
{
    for (u32 i = 0; i < j->f.shape->n_interactions; i++) {
        const situ_air_interaction *x = &j->f.shape->interactions[i];
        const kb *v = &j->f.values[x->first_value]; /* space, address, value, time */
        u64 value = 0;
        if (x->bus != SITU_VM_BUS_MEMORY || x->is_receive || kb_to_u32(v[1]) != 3) continue;
        for (u32 k = 0; k < 4; k++) value |= (u64)kb_to_u32(v[2 + k]) << 16 * k;
        return value;
    }
    test_fail(__FILE__, __LINE__, "no message");
}

static u32 p_over_65536(u32 x) { return p_mul(x, p_inv(65536)); }

/* p = 1 + 65536 * 32512: what is added to two limbs to add p. */
enum { P_LIMB_0 = 1, P_LIMB_1 = 32512 };

static u64 high_half(u64 a, u64 b) { return (u64)((u128)a * b >> 64); }

#define OWN_GAPS(j, op, table, rd)                      \
    do {                                                \
        any_row row_ = fill(op, 1000000007, 998244353); \
        row_.table.a.gap = 65536;                       \
        CAUGHT(j, &row_, #table ".a.gap.range");        \
        row_ = fill(op, 1000000007, 998244353);         \
        row_.table.b.gap = 65536;                       \
        CAUGHT(j, &row_, #table ".b.gap.range");        \
        row_ = fill(op, 1000000007, 998244353);         \
        row_.table.rd.gap = 65536;                      \
        CAUGHT(j, &row_, #table "." #rd ".gap.range");  \
    } while (0)

/* --- products ------------------------------------------------------------------------------------------- */

static const u64 A = 0xfedcba9876543210, B = 0x8123456789abcdef;

/* Limb k of the bytes' product, without carries, in F. */
static u32 limb_sum(const u32 *x, const u32 *y, u32 n_bytes, u32 k)
{
    u32 sum = 0;
    for (u32 i = 0; i < n_bytes; i++)
        for (u32 j = 0; j < n_bytes; j++)
            if ((i + j) / 2 == k) sum = p_add(sum, p_mul((i + j) % 2 ? 256 : 1, p_mul(x[i], y[j])));
    return sum;
}

/* Carries that make MUL's equations hold, integers or not. */
static void settle_mul(situ_vm_mul_row *r)
{
    u32 carry = 0;
    for (u32 k = 0; k < 4; k++) {
        u32 sum = p_add(limb_sum(r->a.bytes, r->b.bytes, 8, k), carry);
        carry = p_over_65536(p_sub(sum, r->result[k]));
        if (k < 3) r->carry[k] = carry;
    }
    r->high = p_add(carry, 8192);
}

/* Move 256 from byte 2k + 1 to byte 2k: the same integer. */
static void unbalance(u32 bytes[8], u32 k)
{
    bytes[2 * k] += 256;
    bytes[2 * k + 1]--;
}

/* Add p 65536^k to limbs, if it fits. */
static bool add_p(u32 *limb, u32 *next)
{
    if (*limb + P_LIMB_0 > 65535 || *next + P_LIMB_1 > 65535) return false;
    *limb += P_LIMB_0;
    *next += P_LIMB_1;
    return true;
}

TEST(mul_lies)
{
    judge j = judge_open(SITU_OP_MUL);
    static const char *const limbs[] = {"mul.limb_0", "mul.limb_1", "mul.limb_2", "mul.limb_3"};
    any_row row;
    for (u32 k = 0; k < 4; k++) {
        row = fill(SITU_OP_MUL, A, B);
        row.mul.result[k] ^= 1;
        CAUGHT(&j, &row, limbs[k]);

        row = fill(SITU_OP_MUL, A, B); /* one limb 65536 more, its carry one less, the next limb as well */
        row.mul.result[k] += 65536;
        if (k < 3) row.mul.result[k + 1]--;
        settle_mul(&row.mul);
        CAUGHT(&j, &row, "mul.result.range");

        row = fill(SITU_OP_MUL, A, B);
        unbalance(row.mul.a.bytes, k);
        settle_mul(&row.mul);
        CAUGHT(&j, &row, "mul.a.receive.byte");
        row = fill(SITU_OP_MUL, A, B);
        unbalance(row.mul.b.bytes, k);
        settle_mul(&row.mul);
        CAUGHT(&j, &row, "mul.b.receive.byte");
    }
    for (u32 k = 0; k < 3; k++) { /* the product plus p: between limbs a carry that is no integer */
        do row = fill(SITU_OP_MUL, test_random(), test_random());
        while (!add_p(&row.mul.result[k], &row.mul.result[k + 1]));
        settle_mul(&row.mul);
        CAUGHT(&j, &row, "mul.carry.range");
    }
    row = fill(SITU_OP_MUL, A, B);
    row.mul.result[3] ^= 1;
    settle_mul(&row.mul);
    CAUGHT(&j, &row, "mul.high.range");
    OWN_GAPS(&j, SITU_OP_MUL, mul, d);

    for (u32 i = 0; i < 2; i++) { /* the word's sign, of either value */
        row = fill(SITU_OP_MULW, A + i, B);
        row.mul.carry[2] ^= 1;
        row.mul.high = p_sub(row.mul.result[1], 32768 * row.mul.carry[2]);
        row.mul.result[2] = row.mul.result[3] = 65535 * row.mul.carry[2];
        CAUGHT(&j, &row, "mul.high.range");
    }
    row.mul.carry[2] = 2;
    row.mul.high = p_sub(row.mul.result[1], 65536);
    row.mul.result[2] = row.mul.result[3] = 131070;
    CAUGHT_BY_CONSTRAINT(&j, &row, "mul.sign");
    row = fill(SITU_OP_MULW, A, B);
    row.mul.high ^= 1;
    CAUGHT(&j, &row, "mul.sign_of");
    row = fill(SITU_OP_MULW, A, B);
    row.mul.result[2] ^= 65535;
    CAUGHT(&j, &row, "mul.extended_2");
    row = fill(SITU_OP_MULW, A, B);
    row.mul.result[3] ^= 65535;
    CAUGHT(&j, &row, "mul.extended_3");

    /* A row that is MUL and MULW at once. */
    row = fill(SITU_OP_MUL, A, B);
    u32 sums[4];
    for (u32 k = 0; k < 4; k++) sums[k] = limb_sum(row.mul.a.bytes, row.mul.b.bytes, 8, k);
    row.mul.carry[2] = 1;
    row.mul.result[2] = row.mul.result[3] = 65535;
    row.mul.high = p_add(8192, p_over_65536(p_sub(p_add(sums[3], 1), 65535)));
    row.mul.result[1] = p_add(32768, row.mul.high);
    row.mul.carry[1] = p_sub(65535 + 65536, sums[2]);
    row.mul.carry[0] = p_sub(p_add(row.mul.result[1], p_mul(65536, row.mul.carry[1])), sums[1]);
    row.mul.result[0] = p_sub(sums[0], p_mul(65536, row.mul.carry[0]));
    row.mul.is_mulw = 1;
    CAUGHT_BY_CONSTRAINT(&j, &row, "mul.real.bit");
    row.mul.is_mul = KB_P - 1;
    CAUGHT_BY_CONSTRAINT(&j, &row, "mul.is_mul.bit");
    row.mul.is_mul = 1;
    row.mul.is_mulw = KB_P - 1;
    CAUGHT_BY_CONSTRAINT(&j, &row, "mul.is_mulw.bit");
    close_owned(&j);
}

static u32 *mulh_limb(situ_vm_mulh_row *r, u32 k) { return k < 4 ? &r->low[k] : &r->result[k - 4]; }

/* Limb k's sum with what the signs add, and the carry into it. */
static u32 mulh_sum(const situ_vm_mulh_row *r, u32 k)
{
    u32 sum = limb_sum(r->a.bytes, r->b.bytes, 8, k);
    if (k > 0) sum = p_add(sum, r->carry[k - 1]);
    if (k == 4) sum = p_add(sum, p_add(r->minus_a, r->minus_b));
    if (k < 4) return sum;
    u32 a = p_add(r->a.bytes[2 * k - 8], p_mul(256, r->a.bytes[2 * k - 7]));
    u32 b = p_add(r->b.bytes[2 * k - 8], p_mul(256, r->b.bytes[2 * k - 7]));
    return p_add(sum, p_add(p_mul(r->minus_a, p_sub(65535, b)), p_mul(r->minus_b, p_sub(65535, a))));
}

static void settle_mulh(situ_vm_mulh_row *r)
{
    for (u32 k = 0; k < 8; k++)
        *(k < 7 ? &r->carry[k] : &r->wrap) = p_over_65536(p_sub(mulh_sum(r, k), *mulh_limb(r, k)));
}

/* The other way: limbs that suit the carries. */
static void settle_mulh_limbs(situ_vm_mulh_row *r)
{
    for (u32 k = 0; k < 8; k++)
        *mulh_limb(r, k) = p_sub(mulh_sum(r, k), p_mul(65536, k < 7 ? r->carry[k] : r->wrap));
}

/* The row with these signs and what follows from them. */
static any_row mulh_with_signs(situ_op op, u64 a, u64 b, u32 minus_a, u32 minus_b)
{
    any_row row = fill(op, a, b);
    row.mulh.minus_a = minus_a;
    row.mulh.minus_b = minus_b;
    vm_limbs4(row.mulh.result, high_half(a, b) - minus_a * b - minus_b * a);
    settle_mulh(&row.mulh);
    return row;
}

/* Operands of every sign: only the signs of the operation pass, and so MULHSU is neither MULH nor MULHU. */
TEST(mulh_signs)
{
    static const u64 values[] = {1, 0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffffff, A, B};
    static const situ_op mulhs[] = {SITU_OP_MULH, SITU_OP_MULHSU, SITU_OP_MULHU};
    judge j = judge_open(SITU_OP_MULH);
    for (u32 op = 0; op < 3; op++)
        for (u32 i = 0; i < 36; i++)
            for (u32 signs = 0; signs < 4; signs++) {
                u64 a = values[i % 6], b = values[i / 6];
                any_row row = mulh_with_signs(mulhs[op], a, b, signs & 1, signs >> 1);
                bool is_right = (signs & 1) == (a >> 63 && op < 2) && signs >> 1 == (b >> 63 && op < 1);
                if (is_right) {
                    CHECK(*faults_of(&j, &row, true) == 0);
                    CHECK_EQ(sent(&j), result_of(mulhs[op], a, b));
                } else {
                    CAUGHT(&j, &row, "mulh.signs");
                    CHECK(signs == 3 || op != 2 || sent(&j) != result_of(mulhs[op], a, b));
                }
            }
    forgery_close(&j.f);
}

TEST(mulh_lies)
{
    judge j = judge_open(SITU_OP_MULH);
    any_row row;
    for (u32 k = 0; k < 8; k++) {
        row = fill(SITU_OP_MULH, A, B);
        *mulh_limb(&row.mulh, k) ^= 1;
        CAUGHT(&j, &row, "mulh.limb");

        row = fill(SITU_OP_MULH, A, B);
        u32 *limb = mulh_limb(&row.mulh, k);
        if (k < 7) {
            *limb += 65536;
            --*mulh_limb(&row.mulh, k + 1);
        } else {
            *limb = row.mulh.wrap ? *limb + 65536 : p_sub(*limb, 65536);
        }
        settle_mulh(&row.mulh);
        CAUGHT(&j, &row, k < 4 ? "mulh.low.range" : "mulh.result.range");
    }
    for (u32 k = 0; k < 7; k++) {
        do row = fill(SITU_OP_MULHSU, test_random(), test_random());
        while (!add_p(mulh_limb(&row.mulh, k), mulh_limb(&row.mulh, k + 1)));
        settle_mulh(&row.mulh);
        CAUGHT(&j, &row, "mulh.carry.range");
    }
    for (u32 k = 0; k < 4; k++) {
        row = fill(SITU_OP_MULHU, A, B);
        unbalance(row.mulh.a.bytes, k);
        settle_mulh(&row.mulh);
        CAUGHT(&j, &row, "mulh.a.receive.byte");
        row = fill(SITU_OP_MULHU, A, B);
        unbalance(row.mulh.b.bytes, k);
        settle_mulh(&row.mulh);
        CAUGHT(&j, &row, "mulh.b.receive.byte");
    }
    row = mulh_with_signs(SITU_OP_MULHSU, A, B, 1, 1);
    CAUGHT(&j, &row, "mulh.signs");
    OWN_GAPS(&j, SITU_OP_MULHU, mulh, d);

    row = fill(SITU_OP_MULH, A, B);
    row.mulh.minus_a = 2;
    settle_mulh_limbs(&row.mulh);
    CAUGHT_BY_CONSTRAINT(&j, &row, "mulh.minus_a.bit");
    row = fill(SITU_OP_MULH, A, B);
    row.mulh.minus_b = 2;
    settle_mulh_limbs(&row.mulh);
    CAUGHT_BY_CONSTRAINT(&j, &row, "mulh.minus_b.bit");
    row = fill(SITU_OP_MULH, A, B);
    row.mulh.wrap = 2;
    settle_mulh_limbs(&row.mulh);
    CAUGHT_BY_CONSTRAINT(&j, &row, "mulh.wrap.bit");
    row = fill(SITU_OP_MULH, A, B);
    row.mulh.is_mulhu = 1;
    CAUGHT_BY_CONSTRAINT(&j, &row, "mulh.real.bit");
    row.mulh.is_mulhsu = KB_P - 1;
    CAUGHT_BY_CONSTRAINT(&j, &row, "mulh.is_mulhsu.bit");
    row.mulh.is_mulhsu = 1;
    row.mulh.is_mulhu = KB_P - 1;
    CAUGHT_BY_CONSTRAINT(&j, &row, "mulh.is_mulhu.bit");
    row.mulh.is_mulhu = 1;
    row.mulh.is_mulh = KB_P - 1;
    CAUGHT_BY_CONSTRAINT(&j, &row, "mulh.is_mulh.bit");
    close_owned(&j);
}

/* --- quotients ------------------------------------------------------------------------------------------ */

/* Where component division and what it is given lie in a row. */
typedef struct {
    u32 n;
    u32 *real, *remainder, *is_signed, *a, *b;
    u32 *minus_a, *minus_b, *minus_q, *minus_r, *is_zero, *unit, *d, *d_top, *q, *r, *carry, *differ, *excess;
    u32 *sign; /* of words */
} parts;

#define PARTS(row, limbs)                                                                                 \
    {                                                                                                     \
        .n = limbs, .real = &(row)->real, .remainder = &(row)->remainder, .is_signed = &(row)->is_signed, \
        .a = (row)->a.value, .b = (row)->b.value, .minus_a = &(row)->minus_a, .minus_b = &(row)->minus_b, \
        .minus_q = &(row)->minus_q, .minus_r = &(row)->minus_r, .is_zero = &(row)->is_zero,               \
        .unit = &(row)->unit, .d = (row)->d, .d_top = &(row)->d_top, .q = (row)->q, .r = (row)->r,        \
        .carry = (row)->carry, .differ = (row)->differ, .excess = &(row)->excess                          \
    }

static parts parts_of(situ_op op, any_row *row)
{
    if (!is_word(op)) return (parts)PARTS(&row->div, 4);
    parts p = PARTS(&row->divw, 2);
    p.sign = &row->divw.sign;
    return p;
}

/* value, or `all` minus value, as the bit says. */
static u32 flipped(u32 bit, u32 all, u32 value)
{
    return p_add(value, p_mul(bit, p_sub(all, p_mul(2, value))));
}

static u32 d_byte(const parts *p, u32 i)
{
    return i < 2 * p->n - 1 ? p->d[i] : p_sub(*p->d_top, p_mul(128, *p->is_signed));
}
static u32 q_byte(const parts *p, u32 i) { return flipped(*p->minus_q, 255, p->q[i]); }
static u32 d_limb(const parts *p, u32 k) { return p_add(d_byte(p, 2 * k), p_mul(256, d_byte(p, 2 * k + 1))); }
static u32 q_limb(const parts *p, u32 k) { return p_add(q_byte(p, 2 * k), p_mul(256, q_byte(p, 2 * k + 1))); }
static u32 r_limb(const parts *p, u32 k) { return flipped(*p->minus_r, 65535, p->r[k]); }

/* Limb k of |q| |b| + |r| - minus_a and what is carried into it. */
static u32 left_side(const parts *p, u32 k)
{
    u32 q[8], d[8];
    for (u32 i = 0; i < 2 * p->n; i++) q[i] = q_byte(p, i), d[i] = d_byte(p, i);
    u32 sum = p_add(limb_sum(q, d, 2 * p->n, k), r_limb(p, k));
    sum = p_add(sum, p_add(p_mul(*p->minus_q, d_limb(p, k)), p_mul(*p->unit, q_limb(p, k))));
    if (k > 0) return p_add(sum, p_sub(p->carry[k - 1], *p->real));
    return p_add(sum, p_sub(p_add(p_mul(*p->minus_q, *p->unit), *p->minus_r), *p->minus_a));
}

/* Carries that make the equation hold but for its top limb, integers or not. */
static void settle_carries(const parts *p)
{
    for (u32 k = 0; k < p->n - 1; k++) {
        u32 a = flipped(*p->minus_a, 65535, p->a[k]);
        p->carry[k] = p_add(p_over_65536(p_sub(left_side(p, k), a)), *p->real);
    }
}

/* A dividend that makes it hold whatever all else is: no lie one can tell, but it shows what a constraint
 * is for. */
static void settle_a(const parts *p)
{
    for (u32 k = 0; k < p->n - 1; k++) p->carry[k] = *p->real;
    for (u32 k = 0; k < p->n; k++) {
        u32 a = p_sub(left_side(p, k), p_mul(65535, *p->minus_a));
        p->a[k] = p_mul(a, p_inv(p_sub(1, p_mul(2, *p->minus_a))));
    }
}

static void settle_excess(const parts *p)
{
    u32 equal = p_sub(*p->real, *p->is_zero), sum = 0;
    for (u32 k = 1; k < p->n; k++) {
        equal = p_sub(equal, p->differ[k - 1]);
        sum = p_add(sum, p_mul(p->differ[k - 1], p_sub(d_limb(p, k), p_add(r_limb(p, k), 1))));
    }
    u32 lowest = p_sub(p_add(d_limb(p, 0), *p->unit), p_add(r_limb(p, 0), p_add(*p->minus_r, 1)));
    *p->excess = p_add(sum, p_mul(equal, lowest));
}

/* What a row claims. */
typedef struct {
    u32 minus_a, minus_b, minus_q, minus_r, is_zero, unit;
    u64 d, q, r;
    bool below_0; /* D is d - 2^(16n) */
    u32 differ;   /* limb, 0: none */
} claim;

static u64 mask_of(situ_op op) { return is_word(op) ? UINT32_MAX : UINT64_MAX; }
static u64 least(situ_op op) { return mask_of(op) / 2 + 1; }

/* r is what the equation leaves, and differ where it and D differ first. */
static void complete(situ_op op, u64 a, claim *c)
{
    u64 mask = mask_of(op), big_q = c->q ^ -(u64)c->minus_q, big_a = a ^ -(u64)c->minus_a;
    u64 big_r = (big_a + c->minus_a - (big_q + c->minus_q) * (c->d + c->unit) - c->minus_r) & mask;
    c->r = (big_r ^ -(u64)c->minus_r) & mask;
    u64 unlike = (big_r ^ c->d) & mask;
    c->differ = unlike && !c->is_zero ? u64_log2(unlike) / 16 : 0;
}

/* All that follows if these were the operands' signs. */
static claim with_signs(situ_op op, u64 a, u64 b, u32 minus_a, u32 minus_b)
{
    u64 mask = mask_of(op);
    a &= mask, b &= mask;
    claim c = {.minus_a = minus_a, .minus_b = minus_b, .is_zero = b == 0};
    u64 abs_a = (minus_a ? -a : a) & mask, abs_b = (minus_b ? -b : b) & mask;
    u64 abs_q = b ? abs_a / abs_b : 0, abs_r = abs_a - abs_q * abs_b;
    c.minus_q = minus_a != minus_b && (abs_q || !b);
    c.minus_r = minus_a && abs_r;
    c.q = b == 0 ? mask : (c.minus_q ? -abs_q : abs_q) & mask;
    c.unit = b != 0 && (minus_b || c.minus_r);
    c.d = abs_b - c.unit;
    complete(op, a, &c);
    return c;
}

static claim truth(situ_op op, u64 a, u64 b)
{
    bool is_signed = is_signed_division(op);
    return with_signs(op, a, b, is_signed && a & least(op), is_signed && b & least(op));
}

static any_row row_of(situ_op op, u64 a, u64 b, const claim *c)
{
    any_row row = fill(op, a, b);
    parts p = parts_of(op, &row);
    *p.minus_a = c->minus_a;
    *p.minus_b = c->minus_b;
    *p.minus_q = c->minus_q;
    *p.minus_r = c->minus_r;
    *p.is_zero = c->is_zero;
    *p.unit = c->unit;
    for (u32 i = 0; i < 2 * p.n; i++) {
        u32 byte = (u32)(c->d >> 8 * i) & 0xff;
        if (i < 2 * p.n - 1)
            p.d[i] = byte;
        else
            *p.d_top = p_sub(byte + 128 * *p.is_signed, c->below_0 ? 256 : 0);
        p.q[i] = (u32)(c->q >> 8 * i) & 0xff;
    }
    for (u32 k = 0; k < p.n; k++) p.r[k] = vm_limb(c->r, k);
    for (u32 k = 1; k < p.n; k++) p.differ[k - 1] = c->differ == k;
    settle_carries(&p);
    settle_excess(&p);
    if (p.sign) *p.sign = vm_limb(*p.remainder ? c->r : c->q, 1) >> 15;
    return row;
}

static const situ_op divisions[] = {SITU_OP_DIV,  SITU_OP_DIVU,  SITU_OP_REM,  SITU_OP_REMU,
                                    SITU_OP_DIVW, SITU_OP_DIVUW, SITU_OP_REMW, SITU_OP_REMUW};

/* All values of all bits, quotients right and wrong, and what follows from them: whatever passes is true. */
static u32 count_claims(judge *j, situ_op op, u64 a, u64 b)
{
    u64 mask = mask_of(op), truth_q = truth(op, a, b).q, inverse = b | 1;
    for (u32 i = 0; i < 5; i++) inverse *= 2 - inverse * (b | 1);
    const u64 quotients[] = {truth_q, truth_q + 1, truth_q - 1, -truth_q, ~truth_q, 0, mask, a * inverse};
    u32 n_found = 0, n = is_word(op) ? 2 : 4;
    a &= mask, b &= mask;
    for (u32 bits = 0; bits < 64; bits++) {
        for (u32 i = 0; i < SITU_ARRAY_LEN(quotients); i++) {
            claim c = {.minus_a = bits & 1,
                       .minus_b = bits >> 1 & 1,
                       .minus_q = bits >> 2 & 1,
                       .minus_r = bits >> 3 & 1,
                       .is_zero = bits >> 4 & 1,
                       .unit = bits >> 5,
                       .q = quotients[i] & mask};
            c.d = (c.minus_b ? ~b : b - c.unit) & mask;
            c.below_0 = !c.minus_b && c.unit > b;
            complete(op, a, &c);
            any_row row = row_of(op, a, b, &c);
            parts p = parts_of(op, &row);
            for (u32 differ = 0; differ < n; differ++) {
                for (u32 k = 1; k < n; k++) p.differ[k - 1] = differ == k;
                settle_excess(&p);
                for (u32 sign = 0; sign < (p.sign ? 2 : 1); sign++) {
                    if (p.sign) *p.sign = sign;
                    if (*faults_of(j, &row, true)) continue;
                    CHECK_EQ(sent(j), result_of(op, a, b));
                    n_found++;
                }
            }
        }
    }
    return n_found;
}

TEST(division_leaves_no_choice)
{
    static const u64 values[] = {0,
                                 1,
                                 3,
                                 UINT64_MAX,
                                 0x10000,
                                 0xffffffffffff0000,
                                 0x80000000,
                                 0x7fffffff,
                                 0x8000000000000000,
                                 0x7fffffffffffffff,
                                 0xfedcba9876543211};
    enum { N = SITU_ARRAY_LEN(values) };
    for (u32 op = 0; op < SITU_ARRAY_LEN(divisions); op++) {
        judge j = judge_open(divisions[op]);
        for (u32 i = 0; i < N * N; i++)
            CHECK(count_claims(&j, divisions[op], values[i % N], values[i / N]) >= 1);
        for (u32 i = 0; i < 20; i++) {
            u64 b = test_random() >> test_random_below(64);
            CHECK(count_claims(&j, divisions[op], test_random(), b) >= 1);
        }
        forgery_close(&j.f);
    }
}

/* "sum" becomes "div.sum" or "divw.sum". */
static const char *in(situ_op op, const char *family)
{
    static char name[128];
    snprintf(name, sizeof name, "%s.%s", is_word(op) ? "divw" : "div", family);
    return name;
}

typedef struct {
    judge j;
    situ_op div, divu, rem, remu;
    u32 n;
} division_test;

/* The claim's row is caught by nothing but `what`. */
#define LIE(t, op, a, b, c, what)              \
    do {                                       \
        any_row row_ = row_of(op, a, b, &(c)); \
        CAUGHT(&(t)->j, &row_, in(op, what));  \
    } while (0)

/* The same, and the result is false. */
#define FALSE_RESULT(t, op, a, b, c, what)           \
    do {                                             \
        LIE(t, op, a, b, c, what);                   \
        CHECK(sent(&(t)->j) != result_of(op, a, b)); \
    } while (0)

static void lie_about_signs(division_test *t)
{
    u64 minus_17 = (u64)-17 & mask_of(t->div), minus_5 = (u64)-5 & mask_of(t->div), low = least(t->div);
    claim c =
        with_signs(t->div, minus_17, 5, 0, 0); /* a negative dividend taken for a large one, and so on */
    FALSE_RESULT(t, t->div, minus_17, 5, c, "a_top.range");
    FALSE_RESULT(t, t->rem, minus_17, 5, c, "a_top.range");
    c = with_signs(t->div, 17, 5, 1, 0);
    FALSE_RESULT(t, t->div, 17, 5, c, "a_top.range");
    c = with_signs(t->divu, 17, 5, 1, 0);
    FALSE_RESULT(t, t->divu, 17, 5, c, "a_top.range");
    c = with_signs(t->remu, minus_17, 5, 1, 0);
    FALSE_RESULT(t, t->remu, minus_17, 5, c, "a_top.range");
    c = with_signs(t->div, 17, minus_5, 0, 0);
    FALSE_RESULT(t, t->div, 17, minus_5, c, "d_bytes");
    c = with_signs(t->div, 17, 5, 0, 1);
    FALSE_RESULT(t, t->div, 17, 5, c, "d_bytes");
    c = with_signs(t->divu, 17, minus_5, 0, 1);
    FALSE_RESULT(t, t->divu, 17, minus_5, c, "unsigned_b");

    c = truth(t->div, 17, 5); /* 17 / 5 = -3 */
    c.minus_q = 1;
    c.q = (u64)-3 & mask_of(t->div);
    FALSE_RESULT(t, t->div, 17, 5, c, "sign_q");
    c = truth(t->divu, 17, 5);
    c.minus_q = 1;
    c.q = (u64)-3 & mask_of(t->div);
    FALSE_RESULT(t, t->divu, 17, 5, c, "sign_q");
    c = truth(t->div, minus_17, 5); /* -17 / 5 = 3 */
    c.minus_q = 0;
    c.q = 3;
    FALSE_RESULT(t, t->div, minus_17, 5, c, "sign_q");
    c = truth(t->rem, 17, 5); /* 17 % 5 = -2 */
    c.minus_r = c.unit = 1;
    c.d = 4;
    complete(t->rem, 17, &c);
    FALSE_RESULT(t, t->rem, 17, 5, c, "sign_r");
    c = truth(t->rem, minus_17, 5); /* -17 % 5 = 2 */
    c.minus_r = c.unit = 0;
    c.d = 5;
    complete(t->rem, minus_17, &c);
    FALSE_RESULT(t, t->rem, minus_17, 5, c, "sign_r");

    /* The least number is no positive divisor, whether D is one less or not. */
    c = with_signs(t->div, low, low, 1, 0);
    FALSE_RESULT(t, t->div, low, low, c, "d_bytes");
    c.unit = 1;
    c.d = low - 1;
    complete(t->div, low, &c);
    FALSE_RESULT(t, t->div, low, low, c, "unit");
    /* Overflow: no other quotient, and no other sign. */
    c = truth(t->div, low, mask_of(t->div));
    c.q = low - 1;
    c.minus_r = 1;
    complete(t->div, low, &c);
    FALSE_RESULT(t, t->div, low, mask_of(t->div), c, "excess.range");
    c = truth(t->div, low, mask_of(t->div));
    c.minus_q = 1;
    LIE(t, t->div, low, mask_of(t->div), c, "sign_q");
}

static void lie_about_zero(division_test *t)
{
    u64 mask = mask_of(t->div), minus_17 = (u64)-17 & mask;
    claim c = truth(t->divu, 17, 0); /* x / 0 is all ones */
    c.q = 0;
    FALSE_RESULT(t, t->divu, 17, 0, c, "all_ones");
    c.q = mask - 1;
    FALSE_RESULT(t, t->divu, 17, 0, c, "all_ones");
    any_row row = fill(t->remu, 17, 0); /* x % 0 is x */
    parts_of(t->remu, &row).r[0] = 16;
    CAUGHT(&t->j, &row, in(t->remu, "limb"));
    c = truth(t->divu, 17, 0); /* 0 that is not said to be 0 */
    c.is_zero = 0;
    c.q = 1;
    complete(t->divu, 17, &c);
    FALSE_RESULT(t, t->divu, 17, 0, c, "excess.range");
    c = truth(t->div, minus_17, 0);
    c.is_zero = 0;
    c.q = (u64)-9 & mask;
    c.unit = 1;
    c.d = mask;
    c.below_0 = true;
    complete(t->div, minus_17, &c);
    c.differ = t->n - 1;
    FALSE_RESULT(t, t->div, minus_17, 0, c, "excess.range");

    c = truth(t->div, minus_17, 0); /* 0 with a magnitude of its own */
    c.unit = 1;
    c.d = mask;
    c.below_0 = true;
    complete(t->div, minus_17, &c);
    LIE(t, t->div, minus_17, 0, c, "unit_of_zero");
    c = truth(t->div, minus_17, 5); /* 5 that is said to be 0: -17 / 5 = -1, -12 is left */
    c.is_zero = 1;
    c.minus_q = 1;
    c.q = mask;
    c.unit = 0;
    c.d = 5;
    complete(t->div, minus_17, &c);
    FALSE_RESULT(t, t->div, minus_17, 5, c, "zero");
    FALSE_RESULT(t, t->rem, minus_17, 5, c, "zero");
}

static void lie_about_remainders(division_test *t)
{
    u64 mask = mask_of(t->div), minus_2_17 = (u64)-0x20000 & mask;
    claim c = truth(t->remu, 17, 5); /* 17 = 2 * 5 + 7 */
    c.q = 2;
    complete(t->remu, 17, &c);
    FALSE_RESULT(t, t->remu, 17, 5, c, "excess.range");
    any_row row = row_of(t->remu, 17, 5, &c);
    *parts_of(t->remu, &row).excess = 0;
    CAUGHT(&t->j, &row, in(t->remu, "smaller"));

    /* A remainder of -b, where R = b - 1 and D first differ in limb 1. */
    c = truth(t->rem, minus_2_17, 0x10000);
    c.q = mask;
    c.minus_r = 1;
    c.unit = 0;
    c.d = 0x10000;
    complete(t->rem, minus_2_17, &c);
    FALSE_RESULT(t, t->rem, minus_2_17, 0x10000, c, "unit");
    c.unit = 1;
    c.d = 0xffff;
    complete(t->rem, minus_2_17, &c);
    FALSE_RESULT(t, t->rem, minus_2_17, 0x10000, c, "excess.range");

    for (u32 k = 0; k < t->n; k++) {
        u64 one = UINT64_C(1) << 16 * k;
        if (k > 0) { /* larger in limb k, compared in limb 0 */
            c = truth(t->divu, 5 * one + 1, one + 7);
            c.q = 0;
            complete(t->divu, 5 * one + 1, &c);
            c.differ = 0;
            FALSE_RESULT(t, t->divu, 5 * one + 1, one + 7, c, "above");
        }
        c = truth(t->divu, 17 * one, 5 * one); /* 17 = 4 * 5 - 3 */
        c.q = 4;
        row = row_of(t->divu, 17 * one, 5 * one, &c);
        parts p = parts_of(t->divu, &row);
        for (u32 i = 0; i < t->n; i++) p.r[i] = i == k ? KB_P - 3 : 0;
        for (u32 i = 1; i < t->n; i++) p.differ[i - 1] = i == k;
        settle_carries(&p);
        settle_excess(&p);
        CAUGHT(&t->j, &row, in(t->divu, "r.range"));

        row = fill(t->remu, 4711, mask); /* a limb of r is another */
        p.r[k] ^= 1;
        settle_excess(&p);
        CAUGHT(&t->j, &row, in(t->remu, "limb"));
        CHECK(sent(&t->j) != result_of(t->remu, 4711, mask));
        if (k == t->n - 1) continue;
        c = truth(t->remu, 4711, mask); /* r + p: a carry that is no integer */
        c.r += KB_P * one;
        c.differ = t->n - 1;
        FALSE_RESULT(t, t->remu, 4711, mask, c, "carry.range");
    }
}

static void lie_about_magnitudes(division_test *t)
{
    u64 mask = mask_of(t->div), half = UINT64_C(1) << 8 * t->n, b = (u64)-0x0123456789abcdef & mask;
    claim c = truth(t->divu, 5, half); /* 5 = half half + 5 modulo 2^(16n) */
    c.q = half;
    FALSE_RESULT(t, t->divu, 5, half, c, "high");

    for (u32 k = 0; k < t->n; k++) {
        u64 one = UINT64_C(1) << 16 * k;
        any_row row;
        parts p;
        c = truth(t->div, 1000, is_word(t->div) ? b | least(t->div) : b); /* |b| is another */
        c.d ^= one;
        LIE(t, t->div, 1000, is_word(t->div) ? b | least(t->div) : b, c, "complement");
        if (k < t->n - 1) { /* |b| + p */
            c = truth(t->remu, 1000, 17);
            c.q = 0;
            c.d += KB_P * one;
            complete(t->remu, 1000, &c);
            FALSE_RESULT(t, t->remu, 1000, 17, c, "sum_carry");
        }
        row = fill(t->divu, 0x03020304 * 3 + 5, 0x03020304); /* bytes that are none: of D, of q */
        if (t->n == 4) row = fill(t->divu, 0x0302030405060708 * 3 + 5, 0x0302030405060708);
        p = parts_of(t->divu, &row);
        p.d[2 * k] += 256;
        k == t->n - 1 ? --*p.d_top : --p.d[2 * k + 1];
        settle_carries(&p);
        CAUGHT(&t->j, &row, in(t->divu, "d_bytes"));
        row = fill(t->divu, mask, 3);
        p = parts_of(t->divu, &row);
        unbalance(p.q, k);
        settle_carries(&p);
        CAUGHT(&t->j, &row, in(t->divu, "q_bytes"));
    }
    c = truth(t->remu, 1000, 17);
    c.q = 0;
    c.d += UINT64_C(1) << 16 * (t->n - 1);
    complete(t->remu, 1000, &c);
    FALSE_RESULT(t, t->remu, 1000, 17, c, "sum");
}

/* Bits that are none.  Where nothing else can be kept in range, constraints alone are asked. */
static void lie_about_bits(division_test *t)
{
    any_row row = fill(t->divu, 105, 100); /* two rows in one */
    parts p = parts_of(t->divu, &row);
    *p.real = 2;
    p.differ[0] = 1;
    settle_carries(&p);
    settle_excess(&p);
    CAUGHT(&t->j, &row, in(t->div, "real.bit"));
    row = fill(t->divu, 105, 100);
    *p.remainder = 2;
    CAUGHT(&t->j, &row, in(t->div, "remainder.bit"));
    row = fill(t->divu, 105, 100);
    *p.is_signed = 2;
    *p.d_top = 256;
    CAUGHT_BY_CONSTRAINT(&t->j, &row, in(t->div, "is_signed.bit"));

    row = fill(t->div, 0, 7);
    *p.minus_a = 2;
    settle_a(&p);
    CAUGHT_BY_CONSTRAINT(&t->j, &row, in(t->div, "minus_a.bit"));
    row = fill(t->divu, 0, 1);
    *p.minus_q = 2;
    settle_a(&p);
    CAUGHT_BY_CONSTRAINT(&t->j, &row, in(t->div, "minus_q.bit"));
    row = fill(t->div, 0, (u64)-7);
    *p.minus_r = 2;
    for (u32 k = 1; k < t->n; k++) p.differ[k - 1] = k == t->n - 1;
    settle_excess(&p);
    settle_a(&p);
    CAUGHT_BY_CONSTRAINT(&t->j, &row, in(t->div, "minus_r.bit"));
    row = fill(t->div, (u64)-1, 7); /* the complement of D, and D + 1, at once */
    *p.minus_b = 2;
    for (u32 k = 0; k < t->n; k++) {
        p.d[2 * k] = p_mul(k ? 65535 : 65534, p_inv(2));
        *(k < t->n - 1 ? &p.d[2 * k + 1] : p.d_top) = k < t->n - 1 ? 0 : 128;
        p.b[k] = p_sub(65535, p.d[2 * k]);
    }
    for (u32 k = 1; k < t->n; k++) p.differ[k - 1] = k == t->n - 1;
    settle_excess(&p);
    settle_a(&p);
    CAUGHT_BY_CONSTRAINT(&t->j, &row, in(t->div, "minus_b.bit"));
    row = fill(t->divu, 3, 0);
    *p.is_zero = KB_P - 1;
    p.differ[0] = 1;
    settle_excess(&p);
    CAUGHT_BY_CONSTRAINT(&t->j, &row, in(t->div, "is_zero.bit"));

    memset(&row, 0, sizeof row); /* unit: elsewhere than on padding rows it is the or of two bits */
    *p.unit = p.b[0] = 2;
    CAUGHT(&t->j, &row, in(t->div, "unit.bit"));
    for (u32 k = 1; k < t->n; k++) {
        row = fill(t->divu, 0, 0);
        p.differ[k - 1] = KB_P - 1;
        settle_excess(&p);
        CAUGHT(&t->j, &row, in(t->div, "differ.bit"));
    }
    row = fill(t->divu, 0, 0);
    p.differ[0] = 1;
    settle_excess(&p);
    CAUGHT(&t->j, &row, in(t->div, "equal.bit"));
}

static void lie_about_divisions(division_test *t)
{
    lie_about_signs(t);
    lie_about_zero(t);
    lie_about_remainders(t);
    lie_about_magnitudes(t);
    lie_about_bits(t);
}

TEST(div_lies)
{
    division_test t = {judge_open(SITU_OP_DIV), SITU_OP_DIV, SITU_OP_DIVU, SITU_OP_REM, SITU_OP_REMU, 4};
    lie_about_divisions(&t);
    OWN_GAPS(&t.j, SITU_OP_REMU, div, to);
    close_owned(&t.j);
}

TEST(divw_lies)
{
    division_test t = {judge_open(SITU_OP_DIVW), SITU_OP_DIVW, SITU_OP_DIVUW, SITU_OP_REMW, SITU_OP_REMUW, 2};
    lie_about_divisions(&t);
    OWN_GAPS(&t.j, SITU_OP_REMUW, divw, to);
    for (u32 i = 0; i < 4; i++) { /* not extended, or extended where it should not be */
        any_row row =
            fill(i < 2 ? SITU_OP_DIVUW : SITU_OP_REMUW, i % 2 ? 0x80000001 : 0x7fffffff, i < 2 ? 1 : 0);
        row.divw.sign ^= 1;
        CAUGHT(&t.j, &row, "divw.top_low.range");
    }
    any_row row = fill(SITU_OP_DIVUW, 17, 5);
    row.divw.sign = p_mul(KB_P - 1, p_inv(32768));
    CAUGHT(&t.j, &row, "divw.sign.bit");
    close_owned(&t.j);
}

TEST_MAIN()
