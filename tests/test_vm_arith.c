/* Additions, comparisons, branches and jumps: honest witnesses hold, forged ones break. */
#include <stdarg.h>

#include "tests/air_forgery.h"
#include "tests/vm/witness_run.h"

/* --- guests ----------------------------------------------------------------------------------------------
 * x5..x31 hold operands; x1..x4 take results.  Only instructions of these tables are used. */

enum { FIRST_OPERAND = 5, N_OPERANDS = 27 };

static const u64 edges[N_OPERANDS] = {
    0,
    1,
    2,
    UINT64_MAX,
    UINT64_MAX - 1,
    0x7fff,
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
    0xfffffffffffff800,
    0x00000000000007ff,
    0x7fff800080008000,
    0x8000800080008000,
    0x8000800080007fff,
    0x0123456789abcdef,
    0xfedcba9876543210,
    0x0000ffff0000ffff,
};

static guest_asm g;

static void start(void)
{
    g.n_code = 0;
    g.n_data = 0;
}

/* rd = value, by doubling. */
static void set(u32 rd, u64 value)
{
    asm_at(&g, enc_i(SITU_OP_ADDI, rd, 0, (i32)(value >> 55)));
    for (int shift = 44; shift >= 0; shift -= 11) {
        for (int i = 0; i < 11; i++) asm_at(&g, enc_r(SITU_OP_ADD, rd, rd, rd));
        asm_at(&g, enc_i(SITU_OP_ADDI, rd, rd, (i32)(value >> shift & 2047)));
    }
}

static void set_edges(void)
{
    for (u32 i = 0; i < N_OPERANDS; i++) set(FIRST_OPERAND + i, edges[i]);
}

static void halt(void)
{
    asm_at(&g, enc_i(SITU_OP_ADDI, X_A0, 0, 0));
    asm_at(&g, enc_i(SITU_OP_ADDI, X_A7, 0, SITU_ECALL_EXIT));
    asm_at(&g, situ_ops[SITU_OP_ECALL].match);
}

/* The guest so far, halted: its witness, which holds. */
static witness_run *run(void)
{
    halt();
    witness_run *r = witness_open(asm_load(&g), NULL, 0, 1 << 16);
    witness_must_hold(r);
    return r;
}

static void go(void) { witness_close(run()); }

static u32 address_of(u32 index) { return (u32)ASM_CODE + 4 * index; }

/* --- completeness --------------------------------------------------------------------------------------- */

static const situ_op reg_ops[] = {SITU_OP_ADD,  SITU_OP_SUB, SITU_OP_ADDW,
                                  SITU_OP_SUBW, SITU_OP_SLT, SITU_OP_SLTU};
static const situ_op imm_ops[] = {SITU_OP_ADDI, SITU_OP_ADDIW, SITU_OP_SLTI, SITU_OP_SLTIU};
static const situ_op branch_ops[] = {SITU_OP_BEQ, SITU_OP_BNE,  SITU_OP_BLT,
                                     SITU_OP_BGE, SITU_OP_BLTU, SITU_OP_BGEU};

TEST(registers_at_edges)
{
    start();
    set_edges();
    for (u32 op = 0; op < SITU_ARRAY_LEN(reg_ops); op++)
        for (u32 a = 0; a < N_OPERANDS; a++)
            for (u32 b = 0; b < N_OPERANDS; b++)
                asm_at(&g, enc_r(reg_ops[op], 1, FIRST_OPERAND + a, FIRST_OPERAND + b));
    go();
}

TEST(immediates_at_edges)
{
    static const i32 imms[] = {0, 1, 2, -1, -2, 1024, 2047, -2047, -2048};
    start();
    set_edges();
    for (u32 op = 0; op < SITU_ARRAY_LEN(imm_ops); op++)
        for (u32 a = 0; a < N_OPERANDS; a++)
            for (u32 i = 0; i < SITU_ARRAY_LEN(imms); i++)
                asm_at(&g, enc_i(imm_ops[op], 1, FIRST_OPERAND + a, imms[i]));
    go();
}

/* rd, rs1 and rs2 in every way equal or x0. */
TEST(aliased_registers)
{
    static const u32 regs[] = {0, 1, 6};
    start();
    set(1, 0x8000000080000001);
    set(6, 0xfffffffeffff);
    for (u32 op = 0; op < SITU_ARRAY_LEN(reg_ops) + SITU_ARRAY_LEN(imm_ops); op++)
        for (u32 i = 0; i < 27; i++) {
            u32 d = regs[i % 3], a = regs[i / 3 % 3], b = regs[i / 9];
            asm_at(&g, op < SITU_ARRAY_LEN(reg_ops)
                           ? enc_r(reg_ops[op], d, a, b)
                           : enc_i(imm_ops[op - SITU_ARRAY_LEN(reg_ops)], d, a, (i32)i - 13));
        }
    go();
}

/* Each branch on all pairs; one that is taken skips an instruction or goes to the next. */
TEST(branches_at_edges)
{
    start();
    set_edges();
    for (u32 op = 0; op < SITU_ARRAY_LEN(branch_ops); op++)
        for (u32 a = 0; a < N_OPERANDS; a++)
            for (u32 b = 0; b < N_OPERANDS; b++) {
                asm_at(&g, enc_b(branch_ops[op], FIRST_OPERAND + a, FIRST_OPERAND + b, (a ^ b) & 1 ? 4 : 8));
                asm_at(&g, enc_i(SITU_OP_ADDI, 1, 1, 1));
            }
    go();
}

/* The farthest targets, and the end of the pc's low limb between branch and target. */
TEST(branches_far)
{
    for (u32 op = 0; op < SITU_ARRAY_LEN(branch_ops); op++)
        for (u32 at = 0; at < 2; at++) { /* at 1: the two lie around 0x20000 */
            u32 first = at ? 0x10000 / 4 - 500 : 2000;
            start();
            memset(g.code, 0, sizeof g.code);
            asm_at(&g, enc_i(SITU_OP_ADDI, 1, 0, 1));
            asm_at(&g, enc_j(0, (i32)(first - 1) * 4));
            bool is_strict = op == 1 || op == 2 || op == 4; /* x0 against x1; else x0 against x0 */
            g.code[first] = enc_b(branch_ops[op], 0, is_strict, 4092);
            g.code[first + 1023] = enc_b(branch_ops[op], 0, is_strict, 4);
            g.code[first + 1024] = enc_b(branch_ops[op], 0, is_strict, 8);
            g.code[first + 1026] = enc_b(branch_ops[op], 0, is_strict, -4096);
            g.n_code = first + 2; /* where the last goes; the code goes on from there */
            halt();
            g.n_code = first + 1027;
            go();
        }
}

TEST(loops)
{
    start();
    asm_at(&g, enc_i(SITU_OP_ADDI, 1, 0, 50));
    asm_at(&g, enc_i(SITU_OP_ADDI, 1, 1, -1));
    asm_at(&g, enc_b(SITU_OP_BNE, 1, 0, -4));
    asm_at(&g, enc_i(SITU_OP_ADDI, 1, 1, 1));
    asm_at(&g, enc_i(SITU_OP_SLTI, 2, 1, 50));
    asm_at(&g, enc_b(SITU_OP_BLTU, 0, 2, -8));
    go();
}

/* rd = base: the program has its low bits only. */
static void set_address(u32 rd, u32 address)
{
    i32 low = (i32)(address << 20) >> 20;
    asm_at(&g, enc_u(SITU_OP_LUI, rd, (address - (u32)low) >> 12));
    asm_at(&g, enc_i(SITU_OP_ADDIW, rd, rd, low));
}

/* JALR from here to `target` (an index), through base + offset, which may be odd. */
static void jump_by(u32 rd, u32 rs1, u32 target, i32 offset)
{
    set_address(rs1, address_of(target) - (u32)offset);
    asm_at(&g, enc_i(SITU_OP_JALR, rd, rs1, offset));
    g.n_code = target;
}

TEST(indirect_jumps)
{
    static const i32 offsets[] = {0, 4, -4, 2047, -2048, 2, -1, 1};
    start();
    memset(g.code, 0, sizeof g.code);
    for (u32 i = 0; i < SITU_ARRAY_LEN(offsets); i++) {
        jump_by(1, 2, g.n_code + 5, offsets[i]);      /* forward                               */
        jump_by(2, 2, g.n_code + 3, offsets[i]);      /* to the next, over its own operand     */
        jump_by(0, 31, g.n_code + 70, offsets[i]);    /* no link                               */
        set_address(7, address_of(g.n_code + 4) + 1); /* odd sum: the lowest bit is cleared    */
        asm_at(&g, enc_i(SITU_OP_JALR, 7, 7, 0));
        g.n_code++;
    }
    /* Sums that carry out of the low limb, both ways. */
    u32 edge = 0x10000 / 4;
    jump_by(1, 2, edge - 8, 0);
    jump_by(1, 2, edge + 2, 64);    /* 0x1ffc8 + 64   */
    jump_by(1, 2, edge - 16, -128); /* 0x20040 - 128  */
    halt();
    g.n_code = edge + 100;
    go();
}

/* Straight lines of random instructions, so that operands are whatever came about. */
TEST(random_lines)
{
    for (u32 round = 0; round < 4; round++) {
        start();
        for (u32 i = 0; i < N_OPERANDS; i++)
            set(FIRST_OPERAND + i,
                test_random_edgy(UINT64_MAX) >> test_random_below(2) * test_random_below(64));
        for (u32 i = 0; i < 3000; i++) {
            u32 d = (u32)test_random_below(32), a = (u32)test_random_below(32),
                b = (u32)test_random_below(32);
            switch (test_random_below(4)) {
            case 0:
            case 1: asm_at(&g, enc_r(reg_ops[test_random_below(SITU_ARRAY_LEN(reg_ops))], d, a, b)); break;
            case 2:
                asm_at(&g, enc_i(imm_ops[test_random_below(SITU_ARRAY_LEN(imm_ops))], d, a,
                                 (i32)test_random_below(4096) - 2048));
                break;
            default:
                asm_at(&g, enc_b(branch_ops[test_random_below(SITU_ARRAY_LEN(branch_ops))], a, b,
                                 4 + 4 * (i32)test_random_below(3)));
            }
        }
        for (u32 i = 0; i < 4; i++) asm_at(&g, enc_i(SITU_OP_ADDI, 1, 1, 1));
        go();
    }
}

/* --- single rows ----------------------------------------------------------------------------------------
 * Rows as the machine fills them, and everything a liar could put there instead. */

/* A row of any table here. */
typedef union {
    u32 cells[64];
    situ_vm_add_row add;
    situ_vm_addi_row addi;
    situ_vm_addw_row addw;
    situ_vm_addiw_row addiw;
    situ_vm_slt_row slt;
    situ_vm_slti_row slti;
    situ_vm_branch_equal_row equal;
    situ_vm_branch_less_row less;
    situ_vm_jump_row jump;
    situ_vm_jalr_row jalr;
} any_row;

enum { PC = 0x1fffc, TARGET = 0x2fff8 }; /* of rows made by fill */

/* The row of one instruction: x3 = x1 op x2 (or op immediate b); branches go to TARGET. */
static any_row fill(situ_op op, u64 a, u64 b, u64 rd)
{
    any_row row = {.cells = {0}};
    situ_format format = situ_ops[op].format;
    bool has_rs2 = format == SITU_FORMAT_REG || format == SITU_FORMAT_BRANCH;
    situ_insn insn = {.op = (u8)op, .pc = PC, .rd = 3, .rs1 = 1, .rs2 = has_rs2 ? 2 : 0};
    situ_step step = {
        .time = 400, .rs1 = a, .rs2 = b, .rd_old = 77, .rd_new = rd, .rs1_time = 396, .rs2_time = 9};
    insn.imm = format == SITU_FORMAT_BRANCH ? TARGET : b;
    vm_rules[op].fill(&(vm_step){.step = &step, .insn = &insn}, &row);
    return row;
}

/* The specification, in words of its own: what an instruction computes, or whether a branch is taken. */
static u64 result_of(situ_op op, u64 a, u64 b)
{
    switch ((int)op) {
    case SITU_OP_ADD:
    case SITU_OP_ADDI: return a + b;
    case SITU_OP_SUB: return a - b;
    case SITU_OP_ADDW:
    case SITU_OP_ADDIW: return (u64)(int32_t)(a + b);
    case SITU_OP_SUBW: return (u64)(int32_t)(a - b);
    case SITU_OP_SLT:
    case SITU_OP_SLTI:
    case SITU_OP_BLT: return (int64_t)a < (int64_t)b;
    case SITU_OP_SLTU:
    case SITU_OP_SLTIU:
    case SITU_OP_BLTU: return a < b;
    case SITU_OP_BGE: return (int64_t)a >= (int64_t)b;
    case SITU_OP_BGEU: return a >= b;
    case SITU_OP_BEQ: return a == b;
    case SITU_OP_BNE: return a != b;
    }
    test_fail(__FILE__, __LINE__, "operation %d", (int)op);
}

static forgery_table open_table(situ_op op)
{
    return forgery_open(&situ_vm_prover, situ_vm_system.tables[vm_rules[op].table].name);
}

/* All constraints of a row hold, and all its range messages can be received. */
static bool holds(forgery_table *t, const any_row *row)
{
    forgery_eval(t, row->cells);
    for (u32 i = 0; i < t->shape->n_constraints; i++)
        if (t->constraints[i]) return false;
    for (u32 i = 0; i < t->shape->n_interactions; i++) {
        const situ_air_interaction *x = &t->shape->interactions[i];
        if (x->bus != SITU_VM_BUS_RANGE) continue;
        const kb *range = &t->values[x->first_value];
        if (kb_to_u32(range[0]) >> kb_to_u32(range[1])) return false;
    }
    return true;
}

/* The place that the row sends to the execution bus; call after holds. */
static u32 sent_place(const forgery_table *t)
{
    for (u32 i = 0; i < t->shape->n_interactions; i++) {
        const situ_air_interaction *x = &t->shape->interactions[i];
        if (x->bus == SITU_VM_BUS_EXECUTION && !x->is_receive) return kb_to_u32(t->values[x->first_value]);
    }
    test_fail(__FILE__, __LINE__, "no message");
}

static u32 p_int(i64 n) { return (u32)(((n % (i64)KB_P) + KB_P) % KB_P); }

/* Call f for all pairs of edges, and twice as many random ones. */
static void for_pairs(void (*f)(forgery_table *t, situ_op op, u64 a, u64 b), situ_op op)
{
    forgery_table t = open_table(op);
    bool is_imm = situ_ops[op].format == SITU_FORMAT_IMM;
    for (u32 i = 0; i < N_OPERANDS; i++)
        for (u32 k = 0; k < N_OPERANDS; k++) {
            u64 b = edges[k], random = test_random_edgy(UINT64_MAX);
            if (is_imm) b = (u64)((i64)(b << 52) >> 52), random = (u64)((i64)(random << 52) >> 52);
            f(&t, op, edges[i], b);
            f(&t, op, test_random_edgy(UINT64_MAX), random);
            f(&t, op, random, random);
        }
    forgery_close(&t);
}

/* Every carry must be a bit, so that the carries' 2^n values leave all the results there are: one is right. */
static void decide_sum(forgery_table *t, situ_op op, u64 a, u64 b)
{
    bool is_word = op == SITU_OP_ADDW || op == SITU_OP_SUBW || op == SITU_OP_ADDIW;
    bool is_sub = op == SITU_OP_SUB || op == SITU_OP_SUBW;
    u64 truth = result_of(op, a, b);
    u32 n = is_word ? 2 : 4, n_found = 0;
    any_row honest = fill(op, a, b, truth);
    CHECK(holds(t, &honest));
    for (u32 carries = 0; carries < 1u << n; carries++)
        for (u32 sign = 0; sign < (is_word ? 2 : 1); sign++) {
            any_row row = honest;
            u32 *limbs = op == SITU_OP_ADDI ? row.addi.result : row.add.result;
            u32 limb[4];
            for (u32 k = 0; k < n; k++) {
                i64 carry = carries >> k & 1, carry_in = k ? carries >> (k - 1) & 1 : 0;
                i64 x = (i64)vm_limb(a, k), y = (i64)vm_limb(b, k);
                limb[k] = p_int(is_sub ? x - y - carry_in + 65536 * carry : x + y + carry_in - 65536 * carry);
                if (!is_word) limbs[k] = limb[k];
            }
            if (op == SITU_OP_ADDIW) {
                row.addiw.result.low = limb[0];
                row.addiw.result.rest = p_sub(limb[1], 32768 * sign);
                row.addiw.result.sign = sign;
            } else if (is_word) {
                row.addw.result.low = limb[0];
                row.addw.result.rest = p_sub(limb[1], 32768 * sign);
                row.addw.result.sign = sign;
            }
            if (!holds(t, &row)) continue;
            n_found++;
            CHECK(memcmp(&row, &honest, sizeof row) == 0);
        }
    CHECK_EQ(n_found, 1);
}

TEST(sums_leave_no_choice)
{
    static const situ_op ops[] = {SITU_OP_ADD,  SITU_OP_SUB,  SITU_OP_ADDI,
                                  SITU_OP_ADDW, SITU_OP_SUBW, SITU_OP_ADDIW};
    for (u32 i = 0; i < SITU_ARRAY_LEN(ops); i++) for_pairs(decide_sum, ops[i]);
}

/* Where component less_than and its ordered limbs lie in a row; `to` in branches. */
typedef struct {
    u32 *lt, *half, *odd, *distance, *a_negative, *b_negative, *to;
} order_cells;

static order_cells order_in(situ_op op, any_row *row)
{
#define CELLS(r, to_)                                                                                      \
    (order_cells)                                                                                          \
    {                                                                                                      \
        &(r).is.lt, &(r).is.half, &(r).is.odd, &(r).is.distance, &(r).a_top.negative, &(r).b_top.negative, \
            to_                                                                                            \
    }
    switch ((int)op) {
    case SITU_OP_SLT:
    case SITU_OP_SLTU: return CELLS(row->slt, NULL);
    case SITU_OP_SLTI:
    case SITU_OP_SLTIU: return CELLS(row->slti, NULL);
    default: return CELLS(row->less, &row->less.to);
    }
#undef CELLS
}

/* All columns of a comparison but the distance are bits, and the distance follows from them: so these are all
 * the rows there are, and one is right. */
static void decide_order(forgery_table *t, situ_op op, u64 a, u64 b)
{
    bool is_branch = situ_ops[op].format == SITU_FORMAT_BRANCH;
    bool is_ge = op == SITU_OP_BGE || op == SITU_OP_BGEU;
    u64 truth = result_of(op, a, b);
    u32 n_found = 0;
    any_row honest = fill(op, a, b, truth);
    CHECK(holds(t, &honest));
    for (u32 bits = 0; bits < 32; bits++) {
        any_row row = honest;
        order_cells c = order_in(op, &row);
        *c.lt = bits & 1, *c.half = bits >> 1 & 1, *c.odd = bits >> 2 & 1;
        *c.a_negative = bits >> 3 & 1, *c.b_negative = bits >> 4 & 1;
        u32 k = 2 * *c.half + *c.odd;
        i64 delta = (i64)vm_limb(a, k) - (i64)vm_limb(b, k);
        if (k == 3) delta -= 65536 * ((i64)*c.a_negative - (i64)*c.b_negative);
        if (k == 0 && !*c.lt) delta++;
        *c.distance = p_int((*c.lt ? -delta : delta) - 1);
        bool is_taken = *c.lt != is_ge;
        if (is_branch) *c.to = (is_taken ? TARGET : PC + 4) / 4;
        if (!holds(t, &row)) continue;
        n_found++;
        CHECK_EQ(is_branch ? is_taken : *c.lt, truth);
        CHECK(memcmp(&row, &honest, sizeof row) == 0);
    }
    CHECK_EQ(n_found, 1);
}

TEST(comparisons_leave_no_choice)
{
    static const situ_op ops[] = {SITU_OP_SLT, SITU_OP_SLTU, SITU_OP_SLTI, SITU_OP_SLTIU,
                                  SITU_OP_BLT, SITU_OP_BGE,  SITU_OP_BLTU, SITU_OP_BGEU};
    for (u32 i = 0; i < SITU_ARRAY_LEN(ops); i++) for_pairs(decide_order, ops[i]);
}

static void decide_equal(forgery_table *t, situ_op op, u64 a, u64 b)
{
    any_row row = fill(op, a, b, 0);
    CHECK(holds(t, &row));
    CHECK_EQ(row.equal.taken, result_of(op, a, b));
    CHECK_EQ(sent_place(t), (row.equal.taken ? TARGET : PC + 4) / 4);
    row.equal.taken ^= 1;
    for (u32 i = 0; i < 4; i++) { /* whatever the inverses */
        CHECK(!holds(t, &row));
        row.equal.inverse[0] = i < 2 ? 0 : (u32)test_random_below(KB_P);
        row.equal.inverse[1] = i < 1 ? 0 : (u32)test_random_below(KB_P);
    }
}

TEST(equality_leaves_no_choice)
{
    for_pairs(decide_equal, SITU_OP_BEQ);
    for_pairs(decide_equal, SITU_OP_BNE);
}

/* What branch_equal rests on: 3 is no square. */
TEST(three_is_no_square)
{
    kb power = kb_from_u32(1);
    for (u32 bit = 31; bit-- > 0;) {
        power = kb_mul(power, power);
        if ((KB_P - 1) / 2 >> bit & 1) power = kb_mul(power, kb_from_u32(3));
    }
    CHECK_EQ(kb_to_u32(power), KB_P - 1);
}

/* The carry is one of three and odd a bit: of the six quarters, one is an integer of 14 bits, and leads to where
 * the sum does. */
TEST(indirect_jumps_leave_no_choice)
{
    static const u32 offsets[] = {0, 1, 2, 3, 4, 2047, -1u, -2u, -4u, -2047u, -2048u};
    forgery_table t = open_table(SITU_OP_JALR);
    for (u32 round = 0; round < 4000; round++) {
        u32 offset = offsets[round % SITU_ARRAY_LEN(offsets)];
        u32 target = (u32)(test_random_edgy(0xffffefff) & ~3ull), n_found = 0;
        u32 base = (target | (round >> 5 & 1)) - offset;
        if ((u64)base + (u64)(i64)(i32)offset > UINT32_MAX || target < 4096) continue;
        any_row honest = fill(SITU_OP_JALR, base, (u64)(i64)(i32)offset, PC + 4);
        for (u32 choice = 0; choice < 6; choice++) {
            any_row row = honest;
            i64 carry = (i64)(choice / 2) - 1;
            row.jalr.odd = choice & 1;
            u32 sum = p_int((i64)(base & 0xffff) + (i32)offset - (i64)row.jalr.odd - 65536 * carry);
            row.jalr.quarter = p_mul(sum, p_inv(4));
            if (!holds(&t, &row)) continue;
            n_found++;
            CHECK_EQ(sent_place(&t), target / 4);
            CHECK(memcmp(&row, &honest, sizeof row) == 0);
        }
        CHECK_EQ(n_found, 1);
    }
    forgery_close(&t);
}

/* --- a forgery for every constraint --------------------------------------------------------------------- */

static void add_to(u32 *cell, i64 n) { *cell = p_int((i64)*cell + n); }

/* Limb k of a sum becomes less by 2^17, the next one more by 2: its carry is 2 or 3, the others as before. */
static void spoil_carry(u32 *limbs, u32 k, u32 n, int sign)
{
    add_to(&limbs[k], -(i64)sign * 131072);
    if (k + 1 < n) add_to(&limbs[k + 1], 2 * sign);
}

static void must(forgery_table *t, const any_row *row, const char *format, ...)
{
    char name[64];
    va_list list;
    va_start(list, format);
    vsnprintf(name, sizeof name, format, list);
    va_end(list);
    forgery_must(t, row->cells, name);
}

static const u64 A = 0x8123fedc7654ffff, B = 0x0fff0123a987fff1;

static any_row honest_row(forgery_table *t, situ_op op, u64 a, u64 b)
{
    any_row row = fill(op, a, b, result_of(op, a, b));
    CHECK(holds(t, &row));
    return row;
}

TEST(forged_add)
{
    forgery_table t = open_table(SITU_OP_ADD);
    any_row row = honest_row(&t, SITU_OP_ADD, A, B);
    row.add.real = 2;
    must(&t, &row, "add.real.bit");
    row = honest_row(&t, SITU_OP_ADD, 0, 0); /* both sums hold, whatever the flags */
    row.add.is_sub = 2;
    must(&t, &row, "add.is_sub.bit");
    for (u32 k = 0; k < 4; k++) {
        row = honest_row(&t, SITU_OP_ADD, A, B);
        spoil_carry(row.add.result, k, 4, 1);
        must(&t, &row, "add.sum_of.carry_%u", k);
        row = honest_row(&t, SITU_OP_SUB, A, B);
        spoil_carry(row.add.result, k, 4, -1);
        must(&t, &row, "add.difference.carry_%u", k);
    }
    forgery_all_owned(&t);
    forgery_close(&t);
}

/* A carry that is a fraction: every limb of the result can be anything. */
TEST(forged_fraction)
{
    forgery_table t = open_table(SITU_OP_ADD);
    any_row row = honest_row(&t, SITU_OP_ADD, A, B);
    add_to(&row.add.result[0], 1);
    row.add.result[1] = p_sub(row.add.result[1], p_inv(65536));
    must(&t, &row, "add.sum_of.carry_0");
    forgery_close(&t);
}

TEST(forged_addi)
{
    forgery_table t = open_table(SITU_OP_ADDI);
    any_row row = honest_row(&t, SITU_OP_ADDI, A, -5ull);
    row.addi.real = 2;
    must(&t, &row, "addi.real.bit");
    for (u32 k = 0; k < 4; k++) {
        row = honest_row(&t, SITU_OP_ADDI, A, -5ull);
        spoil_carry(row.addi.result, k, 4, 1);
        must(&t, &row, "addi.added.carry_%u.bit", k);
    }
    forgery_all_owned(&t);
    forgery_close(&t);
}

/* low and rest, as limbs */
static void spoil_word(u32 *low, u32 *rest, u32 k, int sign)
{
    u32 limbs[2] = {*low, *rest};
    spoil_carry(limbs, k, 2, sign);
    *low = limbs[0];
    *rest = limbs[1];
}

TEST(forged_addw)
{
    forgery_table t = open_table(SITU_OP_ADDW);
    any_row row = honest_row(&t, SITU_OP_ADDW, A, B);
    row.addw.real = 2;
    must(&t, &row, "addw.real.bit");
    row = honest_row(&t, SITU_OP_ADDW, 0, 0);
    row.addw.is_subw = 2;
    must(&t, &row, "addw.is_subw.bit");
    row = honest_row(&t, SITU_OP_ADDW, A, B);
    row.addw.result.rest = p_add(row.addw.result.rest, p_mul(32768, p_sub(row.addw.result.sign, 2)));
    row.addw.result.sign = 2;
    must(&t, &row, "addw.result.sign.bit");
    for (u32 k = 0; k < 2; k++) {
        row = honest_row(&t, SITU_OP_ADDW, A, B);
        spoil_word(&row.addw.result.low, &row.addw.result.rest, k, 1);
        must(&t, &row, "addw.sum_of.carry_%u", k);
        row = honest_row(&t, SITU_OP_SUBW, A, B);
        spoil_word(&row.addw.result.low, &row.addw.result.rest, k, -1);
        must(&t, &row, "addw.difference.carry_%u", k);
    }
    forgery_all_owned(&t);
    forgery_close(&t);
}

TEST(forged_addiw)
{
    forgery_table t = open_table(SITU_OP_ADDIW);
    any_row row = honest_row(&t, SITU_OP_ADDIW, A, 77);
    row.addiw.real = 2;
    must(&t, &row, "addiw.real.bit");
    row = honest_row(&t, SITU_OP_ADDIW, A, 77);
    row.addiw.result.rest = p_add(row.addiw.result.rest, p_mul(32768, p_sub(row.addiw.result.sign, 2)));
    row.addiw.result.sign = 2;
    must(&t, &row, "addiw.result.sign.bit");
    for (u32 k = 0; k < 2; k++) {
        row = honest_row(&t, SITU_OP_ADDIW, A, 77);
        spoil_word(&row.addiw.result.low, &row.addiw.result.rest, k, 1);
        must(&t, &row, "addiw.added.carry_%u", k);
    }
    forgery_all_owned(&t);
    forgery_close(&t);
}

/* A branch goes where lt sends it. */
static void follow(situ_op op, any_row *row)
{
    if (situ_ops[op].format != SITU_FORMAT_BRANCH) return;
    u32 lt = row->less.is.lt, ge = row->less.is_ge;
    u32 taken = p_sub(p_add(lt, ge), p_mul(2, p_mul(lt, ge)));
    u32 next = row->less.at.place + row->less.real;
    row->less.to = p_add(next, p_mul(taken, p_sub(row->less.target, next)));
}

/* Claim that limb k of a and b decides. */
static any_row decided_by(forgery_table *t, situ_op op, u64 a, u64 b, u32 k)
{
    any_row row = honest_row(t, op, a, b);
    order_cells c = order_in(op, &row);
    u32 x = vm_limb(a, k), y = vm_limb(b, k);
    *c.lt = x < y;
    *c.half = k >> 1, *c.odd = k & 1;
    *c.distance = x < y ? y - x - 1 : x - y - (k > 0);
    follow(op, &row);
    return row;
}

/* The constraints of component less_than and its ordered limbs.  x > y in limb k only; y is small, as an
 * immediate must be. */
static void forge_order(forgery_table *t, const char *name, situ_op op)
{
    const u64 y = 5, x[4] = {9, 1ull << 16, 1ull << 32, 1ull << 48};
    any_row row = honest_row(t, op, x[3], y);
    order_cells c = order_in(op, &row);
    u32 *a_top = op == SITU_OP_SLT    ? &row.slt.a.value[3]
                 : op == SITU_OP_SLTI ? &row.slti.a.value[3]
                                      : &row.less.a.value[3];
    any_row start = row;
    add_to(c.a_negative, 2), add_to(a_top, 131072);
    must(t, &row, "%s.a_top.negative.bit", name);
    row = start;
    add_to(c.b_negative, 2), add_to(a_top, -131072);
    must(t, &row, "%s.b_top.negative.bit", name);

    row = honest_row(t, op, x[1], y); /* 1 - 2 lt = -3 */
    *c.lt = 2, *c.distance = p_sub(p_inv(p_sub(0, 3)), 1);
    follow(op, &row);
    must(t, &row, "%s.is.lt.bit", name);
    row = honest_row(t, op, x[1], y); /* half, odd = 2, 1 gives limb 1 the factor -1 */
    *c.half = 2, *c.lt ^= 1;
    follow(op, &row);
    must(t, &row, "%s.is.half.bit", name);
    row = honest_row(t, op, x[2], y); /* half, odd = 1, 2 limb 2 */
    *c.odd = 2, *c.lt ^= 1;
    follow(op, &row);
    must(t, &row, "%s.is.odd.bit", name);

    for (u32 k = 1; k < 4; k++) { /* the limb below decides, and says x < y, or x > y by a distance of -1 */
        u64 below = op == SITU_OP_SLTI || k == 1 ? 0 : 1ull << 16 * (k - 1);
        row = decided_by(t, op, x[k], y | below, k - 1);
        if (k > 1 && !below) *c.distance = p_sub(0, 1);
        must(t, &row, "%s.is.equal_%u", name, k);
    }
    row = start;
    add_to(c.distance, 1);
    must(t, &row, "%s.is.distance", name);
}

TEST(forged_slt)
{
    forgery_table t = open_table(SITU_OP_SLT);
    any_row row = honest_row(&t, SITU_OP_SLT, A, B);
    row.slt.real = 2;
    must(&t, &row, "slt.real.bit");
    row = honest_row(&t, SITU_OP_SLTU, A, B);
    row.slt.is_unsigned = 2;
    must(&t, &row, "slt.is_unsigned.bit");
    forge_order(&t, "slt", SITU_OP_SLT);
    forgery_all_owned(&t);
    forgery_close(&t);
}

TEST(forged_slti)
{
    forgery_table t = open_table(SITU_OP_SLTI);
    any_row row = honest_row(&t, SITU_OP_SLTI, A, -6ull);
    row.slti.real = 2;
    must(&t, &row, "slti.real.bit");
    row = honest_row(&t, SITU_OP_SLTIU, A, -6ull);
    row.slti.is_unsigned = 2;
    must(&t, &row, "slti.is_unsigned.bit");
    forge_order(&t, "slti", SITU_OP_SLTI);
    forgery_all_owned(&t);
    forgery_close(&t);
}

TEST(forged_branch_less)
{
    forgery_table t = open_table(SITU_OP_BLT);
    any_row row = honest_row(&t, SITU_OP_BLT, A, B);
    row.less.real = 2;
    follow(SITU_OP_BLT, &row);
    must(&t, &row, "branch_less.real.bit");
    row = honest_row(&t, SITU_OP_BLTU, A, B);
    row.less.is_unsigned = 2;
    must(&t, &row, "branch_less.is_unsigned.bit");
    row = honest_row(&t, SITU_OP_BGE, B, A); /* BLT taken twice over: to the target and as far again */
    row.less.is_ge = 2;
    follow(SITU_OP_BGE, &row);
    must(&t, &row, "branch_less.is_ge.bit");
    row = honest_row(&t, SITU_OP_BGEU, A, B);
    row.less.to ^= 1;
    must(&t, &row, "branch_less.to");
    forge_order(&t, "branch_less", SITU_OP_BLT);
    forgery_all_owned(&t);
    forgery_close(&t);
}

TEST(forged_branch_equal)
{
    forgery_table t = open_table(SITU_OP_BEQ);
    any_row row = honest_row(&t, SITU_OP_BEQ, A, A);
    row.equal.real = 2;
    must(&t, &row, "branch_equal.real.bit");
    row = honest_row(&t, SITU_OP_BNE, A, A); /* some operation behind BNE, which goes a third of the way */
    row.equal.is_bne = 2;
    row.equal.taken = p_inv(3);
    must(&t, &row, "branch_equal.is_bne.bit");
    for (u32 k = 0; k < 4; k++) {
        row = honest_row(&t, SITU_OP_BEQ, A, A ^ 1ull << 16 * k);
        row.equal.taken = 1;
        row.equal.inverse[0] = row.equal.inverse[1] = 0;
        must(&t, &row, "branch_equal.equal");
        row = honest_row(&t, SITU_OP_BNE, A, A ^ 1ull << 16 * k);
        row.equal.inverse[k / 2] ^= 1;
        must(&t, &row, "branch_equal.differ");
    }
    forgery_all_owned(&t);
    forgery_close(&t);
}

TEST(forged_jumps)
{
    forgery_table t = open_table(SITU_OP_JAL);
    any_row row = fill(SITU_OP_JAL, 0, TARGET, PC + 4);
    CHECK(holds(&t, &row));
    row.jump.real = 2;
    must(&t, &row, "jump.real.bit");
    forgery_all_owned(&t);
    forgery_close(&t);

    t = open_table(SITU_OP_JALR);
    any_row start = fill(SITU_OP_JALR, TARGET + 2, -2ull, PC + 4);
    CHECK(holds(&t, &start));
    row = start;
    row.jalr.real = 2;
    add_to(&row.jalr.quarter, -512);
    must(&t, &row, "jalr.real.bit");
    row = start;
    row.jalr.odd = 4; /* and the target 4 less */
    add_to(&row.jalr.quarter, -1);
    must(&t, &row, "jalr.odd.bit");
    row = start;
    add_to(&row.jalr.quarter, -32768);
    must(&t, &row, "jalr.carry");
    row = start;
    row.jalr.quarter ^= 1; /* a carry that is a fraction */
    must(&t, &row, "jalr.carry");
    forgery_all_owned(&t);
    forgery_close(&t);
}

/* A row of zeros is good, and asks nothing of any bus but ranges. */
TEST(padding)
{
    static const situ_op ops[] = {SITU_OP_ADD,  SITU_OP_ADDI, SITU_OP_ADDW, SITU_OP_ADDIW, SITU_OP_SLT,
                                  SITU_OP_SLTI, SITU_OP_BEQ,  SITU_OP_BLT,  SITU_OP_JAL,   SITU_OP_JALR};
    static const any_row zeros;
    for (u32 i = 0; i < SITU_ARRAY_LEN(ops); i++) {
        forgery_table t = open_table(ops[i]);
        CHECK(holds(&t, &zeros));
        for (u32 k = 0; k < t.shape->n_interactions; k++)
            CHECK(t.shape->interactions[k].bus == SITU_VM_BUS_RANGE || t.mults[k] == 0);
        forgery_close(&t);
    }
}

/* --- messages ------------------------------------------------------------------------------------------- */

/* A guest with one instruction `op` behind the making of its operands: x1 = a, x2 = b; op x3, x1, x2. */
static witness_run *run_one(situ_op op, u64 a, u64 b)
{
    start();
    asm_at(&g, enc_i(SITU_OP_ADDI, 3, 0, 123));
    set(1, a);
    set(2, b);
    switch (situ_ops[op].format) {
    case SITU_FORMAT_REG: asm_at(&g, enc_r(op, 3, 1, 2)); break;
    case SITU_FORMAT_IMM: asm_at(&g, enc_i(op, 3, 1, -9)); break;
    case SITU_FORMAT_BRANCH: asm_at(&g, enc_b(op, 1, 2, 8)); break;
    case SITU_FORMAT_CONST: asm_at(&g, enc_u(op, 3, 0x12345)); break;
    case SITU_FORMAT_JAL: asm_at(&g, enc_j(3, 8)); break;
    default: set_address(1, address_of(g.n_code + 4) + 9); asm_at(&g, enc_i(op, 3, 1, -8));
    }
    asm_at(&g, enc_i(SITU_OP_ADDI, 0, 0, 0));
    return run();
}

/* The last row of op's table and the step it is made of; op is the table's last instruction, save ADDIs of
 * the end. */
static u32 *row_of(const witness_run *r, situ_op op, vm_step *s)
{
    u32 n = 0, row = UINT32_MAX;
    for (u32 i = 0; i < r->chunks[0]->n_steps; i++) {
        const situ_step *step = &r->chunks[0]->steps[i];
        const situ_insn *insn = &r->program->insns[step->insn];
        if (situ_ops[insn->op].family == SITU_FAMILY_ECALL || vm_rules[insn->op].table != vm_rules[op].table)
            continue;
        if (insn->op == op && insn->rs1 <= 1 && (insn->rd == 3 || insn->rd == SITU_REG_SINK)) {
            row = n;
            *s = (vm_step){.step = step, .insn = insn};
            if (insn->rs1 == 1) return witness_row(r, vm_rules[op].table, row);
        }
        n++;
    }
    CHECK(row != UINT32_MAX);
    return witness_row(r, vm_rules[op].table, row);
}

typedef struct {
    const char *what;
    bool found;
} search;

static void search_line(void *ctx, const char *line)
{
    search *s = ctx;
    if (strstr(line, s->what)) s->found = true;
}

/* A line of the report on the forged rows contains `what`, even if lookups are provided as often as they are asked for. */
static void must_report(const witness_run *r, const char *what)
{
    u64 n;
    search s = {.what = what};
    witness_recount(r);
    CHECK_EQ(vm_rows_check(&n, &r->rows, &r->statement, 64, search_line, &s), SITU_OK);
    if (n == 0) test_fail(__FILE__, __LINE__, "a forgery passes: %s", what);
    if (!s.found) test_fail(__FILE__, __LINE__, "no report contains: %s", what);
}

static const situ_op all_ops[] = {SITU_OP_ADD,  SITU_OP_SUB,  SITU_OP_ADDW,  SITU_OP_SUBW, SITU_OP_SLT,
                                  SITU_OP_SLTU, SITU_OP_ADDI, SITU_OP_ADDIW, SITU_OP_SLTI, SITU_OP_SLTIU,
                                  SITU_OP_BEQ,  SITU_OP_BNE,  SITU_OP_BLT,   SITU_OP_BGE,  SITU_OP_BLTU,
                                  SITU_OP_BGEU, SITU_OP_LUI,  SITU_OP_AUIPC, SITU_OP_JAL,  SITU_OP_JALR};

/* No cell of a row can be another one. */
TEST(every_cell_counts)
{
    for (u32 i = 0; i < SITU_ARRAY_LEN(all_ops); i++) {
        vm_step s;
        witness_run *r = run_one(all_ops[i], A, B);
        u32 *row = row_of(r, all_ops[i], &s);
        for (u32 k = 0; k < situ_vm_system.tables[vm_rules[all_ops[i]].table].n_main; k++) {
            u32 honest = row[k];
            add_to(&row[k], 1);
            witness_recount(r);
            if (witness_findings(r, NULL) == 0)
                test_fail(__FILE__, __LINE__, "%s: column %u is free", situ_ops[all_ops[i]].mnemonic, k);
            row[k] = honest;
        }
        witness_recount(r);
        witness_must_hold(r);
        witness_close(r);
    }
}

/* A row that does another operation of its table, and does it right. */
TEST(other_operations)
{
    for (u32 i = 0; i < SITU_ARRAY_LEN(all_ops); i++)
        for (u32 k = 0; k < SITU_ARRAY_LEN(all_ops); k++) {
            situ_op op = all_ops[i], other = all_ops[k];
            if (op == other || vm_rules[op].table != vm_rules[other].table || op >= SITU_OP_LUI) continue;
            vm_step s;
            witness_run *r = run_one(op, A, B);
            u32 *row = row_of(r, op, &s);
            situ_step step = *s.step;
            situ_insn insn = *s.insn;
            bool is_imm = situ_ops[op].format == SITU_FORMAT_IMM;
            insn.op = (u8)other;
            step.rd_new = result_of(other, step.rs1, is_imm ? insn.imm : step.rs2);
            memset(row, 0, sizeof(u32) * situ_vm_system.tables[vm_rules[op].table].n_main);
            vm_rules[other].fill(&(vm_step){.step = &step, .insn = &insn}, row);
            must_report(r, "bus program");
            witness_close(r);
        }
}

/* Targets where no instruction can be stand for none: not for the one before, nor for one 2^32 above or below. */
TEST(targets_that_trap)
{
    static const u32 places[][2] = {{0x10000, 8},
                                    {0x10000, 10},
                                    {0x1000, (u32)-0x1004},
                                    {0xffffe000, 0x3000}};
    for (u32 i = 0; i < SITU_ARRAY_LEN(places); i++) {
        i32 offset = (i32)places[i][1];
        situ_insn insn = situ_isa_decode(enc_j(1, offset), places[i][0]);
        CHECK_EQ(vm_program_target(&insn), i == 0 ? 0x10008 / 4 : (1u << 30) - 1);
        if (offset != (offset << 19) >> 19) continue;
        insn = situ_isa_decode(enc_b(SITU_OP_BEQ, 1, 1, offset), places[i][0]);
        CHECK_EQ(vm_program_target(&insn), i == 0 ? 0x10008 / 4 : (1u << 30) - 1);
    }
}

/* Change one cell, and see that `what` reports it. */
static void must_catch(const witness_run *r, u32 *cell, i64 n, const char *what)
{
    u32 honest = *cell;
    add_to(cell, n);
    must_report(r, what);
    *cell = honest;
}

/* Operands and targets of the instruction are the program's. */
TEST(other_operands)
{
    vm_step s;
    witness_run *r = run_one(SITU_OP_ADD, A, B);
    situ_vm_add_row *add = (void *)row_of(r, SITU_OP_ADD, &s);
    must_catch(r, &add->rd, 1, "bus program");
    must_catch(r, &add->rs1, 1, "bus program");
    must_catch(r, &add->rs2, 1, "bus program");
    must_catch(r, &add->at.place, 1, "bus program");
    must_catch(r, &add->at.time, 4, "bus execution");
    must_catch(r, &add->a.value[3], 1, "bus memory");
    must_catch(r, &add->b.gap, 1, "bus memory");
    must_catch(r, &add->d.old[2], 1, "bus memory");
    witness_close(r);

    r = run_one(SITU_OP_ADDIW, A, B);
    situ_vm_addiw_row *addiw = (void *)row_of(r, SITU_OP_ADDIW, &s);
    must_catch(r, &addiw->imm, 1, "bus program");
    must_catch(r, &addiw->imm_above, 1, "bus program");
    witness_close(r);

    r = run_one(SITU_OP_SLTIU, A, B);
    situ_vm_slti_row *slti = (void *)row_of(r, SITU_OP_SLTIU, &s);
    must_catch(r, &slti->imm, 1, "bus program");
    must_catch(r, &slti->imm_above, 1, "bus program");
    witness_close(r);

    r = run_one(SITU_OP_BNE, A, B);
    situ_vm_branch_equal_row *equal = (void *)row_of(r, SITU_OP_BNE, &s);
    must_catch(r, &equal->target, 1, "bus program");
    must_catch(r, &equal->rs1, 1, "bus program");
    must_catch(r, &equal->rs2, 1, "bus program");
    witness_close(r);

    r = run_one(SITU_OP_BLTU, B, A);
    situ_vm_branch_less_row *less = (void *)row_of(r, SITU_OP_BLTU, &s);
    less->target++, less->to++;
    must_report(r, "bus program");
    must_report(r, "bus execution");
    witness_close(r);

    r = run_one(SITU_OP_JALR, 0, 0);
    situ_vm_jalr_row *jalr = (void *)row_of(r, SITU_OP_JALR, &s);
    must_catch(r, &jalr->link[0], 4, "bus program");
    must_catch(r, &jalr->link[1], 1, "bus program");
    jalr->biased += 4, jalr->quarter++;
    must_report(r, "bus program");
    must_report(r, "bus execution");
    witness_close(r);
}

/* Sums without their carries: right modulo p, but not limbs. */
TEST(limbs_out_of_range)
{
    vm_step s;
    witness_run *r = run_one(SITU_OP_ADD, A, B);
    situ_vm_add_row *add = (void *)row_of(r, SITU_OP_ADD, &s);
    add_to(&add->result[0], 65536);
    add_to(&add->result[1], -1);
    must_report(r, "bus range");
    add_to(&add->result[0], -65536);
    add_to(&add->result[1], 1);
    add_to(&add->result[3], 65536);
    must_report(r, "bus range");
    witness_close(r);

    r = run_one(SITU_OP_ADDW, A, B); /* the sign taken off, its weight put back */
    situ_vm_addw_row *addw = (void *)row_of(r, SITU_OP_ADDW, &s);
    add_to(&addw->result.rest, addw->result.sign ? 32768 : -32768);
    addw->result.sign ^= 1;
    must_report(r, "bus range");
    witness_close(r);

    r = run_one(SITU_OP_SLT, A, B); /* A is negative, so A < B; as unsigned it is not */
    situ_vm_slt_row *slt = (void *)row_of(r, SITU_OP_SLT, &s);
    CHECK_EQ(slt->is.lt, 1);
    slt->a_top.negative = slt->is.lt = 0;
    slt->is.distance = vm_limb(A, 3) - vm_limb(B, 3) - 1;
    must_report(r, "bus range");
    witness_close(r);

    r = run_one(SITU_OP_BLTU, A, B); /* as signed, A < B */
    situ_vm_branch_less_row *less = (void *)row_of(r, SITU_OP_BLTU, &s);
    less->a_top.negative = less->is.lt = 1;
    less->is.distance = 65536 + vm_limb(B, 3) - vm_limb(A, 3) - 1;
    less->to = less->target;
    must_report(r, "bus range");
    less->a_top.negative = 0; /* or just so, with a distance below zero */
    less->is.distance = p_int((i64)vm_limb(B, 3) - vm_limb(A, 3) - 1);
    must_report(r, "bus range");
    witness_close(r);
}

/* A row twice, and a row of nothing. */
TEST(lively_padding)
{
    for (u32 i = 0; i < SITU_ARRAY_LEN(all_ops); i++) {
        vm_step s;
        witness_run *r = run_one(all_ops[i], A, B);
        u32 table = vm_rules[all_ops[i]].table, n_main = situ_vm_system.tables[table].n_main;
        u32 *row = row_of(r, all_ops[i], &s);
        u32 *spare = witness_row(r, table, (u32)r->witness.n_rows[table]);
        CHECK(r->witness.n_rows[table] < 1u << r->witness.log2_rows[r->witness.first_slot[table]]);
        memcpy(spare, row, n_main * sizeof(u32));
        must_report(r, "bus execution");
        memset(spare, 0, n_main * sizeof(u32));
        spare[0] = 1; /* real */
        must_report(r, "bus execution");
        spare[0] = 0;
        memset(row, 0, n_main * sizeof(u32));
        must_report(r, "bus execution");
        witness_close(r);
    }
}

TEST_MAIN()
