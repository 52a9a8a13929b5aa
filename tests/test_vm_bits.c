/* Logic and shifts: honest witnesses hold, forged ones break. */
#include "tests/air_forgery.h"
#include "tests/vm/witness_lie.h"

static guest_asm g;

static const situ_op logic_ops[] = {SITU_OP_AND, SITU_OP_OR, SITU_OP_XOR};
static const situ_op logici_ops[] = {SITU_OP_ANDI, SITU_OP_ORI, SITU_OP_XORI};
static const situ_op shift_ops[] = {SITU_OP_SLL,  SITU_OP_SRL,  SITU_OP_SRA,
                                    SITU_OP_SLLW, SITU_OP_SRLW, SITU_OP_SRAW};
static const situ_op shifti_ops[] = {SITU_OP_SLLI,  SITU_OP_SRLI,  SITU_OP_SRAI,
                                     SITU_OP_SLLIW, SITU_OP_SRLIW, SITU_OP_SRAIW};

static const u64 edges[] = {0,
                            1,
                            UINT64_MAX,
                            UINT64_C(0x8000000000000000),
                            UINT64_C(0x7fffffffffffffff),
                            UINT64_C(0x0000000080000000),
                            UINT64_C(0x000000007fffffff),
                            UINT64_C(0xffffffff00000000),
                            UINT64_C(0x0001000100010001),
                            UINT64_C(0x8000800080008000),
                            UINT64_C(0xfe01fe02fe00fe03),
                            UINT64_C(0x123456789abcdef0)};

enum { X_A = 11, X_B = 12, X_D = 13 }; /* operands and result */

static void start(void)
{
    g.n_code = 0;
    g.n_data = 0;
}

/* Values come by the operations that are tested: ADDI, SLLI, ORI. */
static u64 any_value(void)
{
    return test_random_below(2) ? test_random_edgy(UINT64_MAX)
                                : edges[test_random_below(SITU_ARRAY_LEN(edges))];
}

static witness_run *finish(void)
{
    asm_exit(&g, 0);
    return witness_open(asm_load(&g), NULL, 0, 1 << 14);
}

static void must_hold(void)
{
    witness_run *r = finish();
    witness_must_hold(r);
    witness_close(r);
}

/* --- honest rows ---------------------------------------------------------------------------------------- */

TEST(logic_holds)
{
    start();
    for (u32 i = 0; i < SITU_ARRAY_LEN(edges); i++) {
        asm_li(&g, X_A, edges[i]);
        for (u32 k = 0; k < 4; k++) {
            asm_li(&g, X_B, k < 3 ? edges[(i + 5 * k) % SITU_ARRAY_LEN(edges)] : any_value());
            for (u32 op = 0; op < 3; op++) asm_at(&g, enc_r(logic_ops[op], X_D, X_A, X_B));
        }
    }
    must_hold();
}

TEST(logic_by_a_constant_holds)
{
    static const i32 imms[] = {0, 1, -1, 255, 256, -256, -257, 2047, -2048, 0x5a5};
    start();
    for (u32 i = 0; i < SITU_ARRAY_LEN(edges); i++) {
        asm_li(&g, X_A, edges[i]);
        for (u32 op = 0; op < 3; op++) {
            for (u32 k = 0; k < SITU_ARRAY_LEN(imms); k++)
                asm_at(&g, enc_i(logici_ops[op], X_D, X_A, imms[k]));
            asm_at(&g, enc_i(logici_ops[op], X_D, X_A, (i32)test_random_below(4096) - 2048));
        }
    }
    must_hold();
}

/* Every amount; the register's other bits count for nothing. */
TEST(shifts_hold)
{
    start();
    for (u32 amount = 0; amount < 64; amount++) {
        for (u32 k = 0; k < 4; k++) {
            asm_li(&g, X_A, k < 2 ? edges[(amount * 2 + k) % SITU_ARRAY_LEN(edges)] : any_value());
            asm_li(&g, X_B, amount | (k ? any_value() & ~UINT64_C(63) : 0));
            for (u32 op = 0; op < SITU_ARRAY_LEN(shift_ops); op++)
                asm_at(&g, enc_r(shift_ops[op], X_D, X_A, X_B));
        }
    }
    must_hold();
}

TEST(shifts_by_a_constant_hold)
{
    start();
    for (u32 i = 0; i < SITU_ARRAY_LEN(edges) + 4; i++) {
        asm_li(&g, X_A, i < SITU_ARRAY_LEN(edges) ? edges[i] : test_random());
        for (u32 op = 0; op < SITU_ARRAY_LEN(shifti_ops); op++)
            for (i32 amount = 0; amount < (op < 3 ? 64 : 32); amount++)
                asm_at(&g, enc_i(shifti_ops[op], X_D, X_A, amount));
    }
    must_hold();
}

/* One register in several parts of an instruction, and x0 in each. */
TEST(aliases_hold)
{
    static const u32 regs[] = {0, X_A, X_B};
    start();
    asm_li(&g, X_A, UINT64_C(0x8123456789abcdef));
    asm_li(&g, X_B, UINT64_C(0xfedcba9876543219));
    for (u32 d = 0; d < 3; d++)
        for (u32 i = 0; i < 3; i++) {
            for (u32 op = 0; op < 6; op++) asm_at(&g, enc_i(shifti_ops[op], regs[d], regs[i], 7));
            for (u32 op = 0; op < 3; op++) asm_at(&g, enc_i(logici_ops[op], regs[d], regs[i], -7));
            for (u32 j = 0; j < 3; j++) {
                for (u32 op = 0; op < 3; op++) asm_at(&g, enc_r(logic_ops[op], regs[d], regs[i], regs[j]));
                for (u32 op = 0; op < 6; op++) asm_at(&g, enc_r(shift_ops[op], regs[d], regs[i], regs[j]));
            }
        }
    must_hold();
}

/* Straight lines of random instructions, so that operands are whatever came about. */
TEST(random_lines_hold)
{
    for (u32 round = 0; round < 3; round++) {
        start();
        for (u32 reg = 5; reg < 32; reg++) asm_li(&g, reg, any_value());
        for (u32 i = 0; i < 3000; i++) {
            u32 d = (u32)test_random_below(32), a = (u32)test_random_below(32),
                b = (u32)test_random_below(32), k = (u32)test_random_below(6);
            switch (test_random_below(4)) {
            case 0: asm_at(&g, enc_r(logic_ops[k % 3], d, a, b)); break;
            case 1: asm_at(&g, enc_i(logici_ops[k % 3], d, a, (i32)test_random_below(4096) - 2048)); break;
            case 2: asm_at(&g, enc_r(shift_ops[k], d, a, b)); break;
            default: asm_at(&g, enc_i(shifti_ops[k], d, a, (i32)test_random_below(k < 3 ? 64 : 32)));
            }
        }
        must_hold();
    }
}

/* --- single rows ----------------------------------------------------------------------------------------
 * Rows as the machine fills them, and everything a liar could put there instead. */

typedef union {
    u32 cells[64];
    situ_vm_logic_row logic;
    situ_vm_logici_row logici;
    situ_vm_shift_row shift;
    situ_vm_shifti_row shifti;
    situ_vm_shiftw_row shiftw;
    situ_vm_shiftiw_row shiftiw;
} any_row;

static const situ_op all_ops[] = {SITU_OP_AND,   SITU_OP_OR,    SITU_OP_XOR,  SITU_OP_ANDI, SITU_OP_ORI,
                                  SITU_OP_XORI,  SITU_OP_SLL,   SITU_OP_SRL,  SITU_OP_SRA,  SITU_OP_SLLI,
                                  SITU_OP_SRLI,  SITU_OP_SRAI,  SITU_OP_SLLW, SITU_OP_SRLW, SITU_OP_SRAW,
                                  SITU_OP_SLLIW, SITU_OP_SRLIW, SITU_OP_SRAIW};

/* The specification, in words of its own. */
static u64 result_of(situ_op op, u64 a, u64 b)
{
    int32_t w = (int32_t)(uint32_t)a;
    switch ((int)op) {
    case SITU_OP_AND:
    case SITU_OP_ANDI: return a & b;
    case SITU_OP_OR:
    case SITU_OP_ORI: return a | b;
    case SITU_OP_XOR:
    case SITU_OP_XORI: return (a | b) - (a & b);
    case SITU_OP_SLL:
    case SITU_OP_SLLI: return a << (b % 64);
    case SITU_OP_SRL:
    case SITU_OP_SRLI: return a >> (b % 64);
    case SITU_OP_SRA:
    case SITU_OP_SRAI: return (u64)((int64_t)a >> (b % 64));
    case SITU_OP_SLLW:
    case SITU_OP_SLLIW: return (u64)(int64_t)(int32_t)((uint32_t)w << (b % 32));
    case SITU_OP_SRLW:
    case SITU_OP_SRLIW: return (u64)(int64_t)(int32_t)((uint32_t)w >> (b % 32));
    case SITU_OP_SRAW:
    case SITU_OP_SRAIW: return (u64)(int64_t)(w >> (b % 32));
    }
    test_fail(__FILE__, __LINE__, "operation %d", (int)op);
}

static bool is_imm(situ_op op) { return situ_ops[op].format == SITU_FORMAT_IMM; }
static bool is_shift(situ_op op) { return situ_ops[op].family == SITU_FAMILY_SHIFT; }
static bool is_word(situ_op op)
{
    return (op >= SITU_OP_SLLW && op <= SITU_OP_SRAW) || (op >= SITU_OP_SLLIW && op <= SITU_OP_SRAIW);
}
static bool is_left(situ_op op)
{
    return op == SITU_OP_SLL || op == SITU_OP_SLLI || op == SITU_OP_SLLW || op == SITU_OP_SLLIW;
}
static bool is_arithmetic(situ_op op)
{
    return op == SITU_OP_SRA || op == SITU_OP_SRAI || op == SITU_OP_SRAW || op == SITU_OP_SRAIW;
}

/* A second operand that the instruction can have. */
static u64 operand_for(situ_op op, u64 b)
{
    if (!is_imm(op)) return b;
    if (is_shift(op)) return b % (is_word(op) ? 32 : 64);
    return (u64)((i64)(b << 52) >> 52);
}

/* The row of one instruction: x3 = x1 op x2 (or op immediate b). */
static any_row fill(situ_op op, u64 a, u64 b)
{
    any_row row = {.cells = {0}};
    situ_insn insn = {.op = (u8)op, .pc = 0x1fffc, .rd = 3, .rs1 = 1, .rs2 = is_imm(op) ? 0 : 2};
    situ_step step = {.time = 400,
                      .rs1 = a,
                      .rs2 = b,
                      .rd_old = 77,
                      .rd_new = result_of(op, a, b),
                      .rs1_time = 396,
                      .rs2_time = 9};
    insn.imm = is_imm(op) ? b : 0;
    vm_rules[op].fill(&(vm_step){.step = &step, .insn = &insn}, &row);
    return row;
}

static forgery_table open_table(situ_op op)
{
    return forgery_open(&situ_vm_prover, situ_vm_system.tables[vm_rules[op].table].name);
}

/* Somebody provides what the row looks up; call after forgery_eval. */
static bool is_provided(u32 bus, const kb *values)
{
    u32 v[4];
    for (u32 i = 0; i < (bus == SITU_VM_BUS_RANGE ? 2 : 4); i++) v[i] = kb_to_u32(values[i]);
    if (bus == SITU_VM_BUS_RANGE) return v[1] <= 16 && v[0] >> v[1] == 0;
    if (v[1] > 255 || v[2] > 255) return false;
    return v[0] == 0   ? v[3] == (v[1] & v[2])
           : v[0] == 1 ? v[3] == (v[1] | v[2])
           : v[0] == 2 ? v[3] == (v[1] ^ v[2])
                       : v[0] == 3 && v[3] == 0;
}

/* What the last evaluated row looks up is there. */
static bool lookups_hold(const forgery_table *t)
{
    for (u32 i = 0; i < t->shape->n_interactions; i++) {
        const situ_air_interaction *x = &t->shape->interactions[i];
        if (x->bus != SITU_VM_BUS_RANGE && x->bus != SITU_VM_BUS_BYTE) continue;
        if (t->mults[i] != 0 && !is_provided(x->bus, &t->values[x->first_value])) return false;
    }
    return true;
}

static bool holds(forgery_table *t, const any_row *row)
{
    forgery_eval(t, row->cells);
    for (u32 i = 0; i < t->shape->n_constraints; i++)
        if (t->constraints[i]) return false;
    return lookups_hold(t);
}

/* The message that writes rd: the last to memory. */
static u32 write_of(const forgery_table *t)
{
    u32 last = 0;
    for (u32 i = 0; i < t->shape->n_interactions; i++) {
        const situ_air_interaction *x = &t->shape->interactions[i];
        if (x->bus == SITU_VM_BUS_MEMORY && !x->is_receive) last = i;
    }
    return last;
}

/* What the last evaluated row writes to rd; all ones in a limb that is none. */
static u64 written(const forgery_table *t)
{
    u64 value = 0;
    const kb *v = &t->values[t->shape->interactions[write_of(t)].first_value];
    for (u32 k = 0; k < 4; k++) {
        u32 limb = kb_to_u32(v[2 + k]);
        if (limb > 0xffff) return UINT64_MAX;
        value |= (u64)limb << 16 * k;
    }
    return value;
}

/* The two evaluated rows say the same on all buses, but for lookups and the value written. */
static bool agree(const forgery_table *t, const forgery_table *honest)
{
    u32 write = write_of(t);
    for (u32 i = 0; i < t->shape->n_interactions; i++) {
        const situ_air_interaction *x = &t->shape->interactions[i];
        if (x->bus == SITU_VM_BUS_RANGE || x->bus == SITU_VM_BUS_BYTE) continue;
        if (t->mults[i] != honest->mults[i]) return false;
        for (u32 k = 0; k < situ_vm_system.buses[x->bus].width; k++)
            if ((i != write || k < 2 || k > 5) &&
                t->values[x->first_value + k] != honest->values[x->first_value + k])
                return false;
    }
    return true;
}

static any_row honest_row(forgery_table *t, situ_op op, u64 a, u64 b)
{
    any_row row = fill(op, a, b);
    CHECK(holds(t, &row));
    CHECK_EQ(written(t), result_of(op, a, b));
    return row;
}

static u32 random_cell(const any_row *row, u32 n, u32 old)
{
    switch (test_random_below(9)) {
    case 0: return (u32)test_random_below(2);
    case 1: return p_sub(0, (u32)test_random_below(3));
    case 2: return p_add(old, 1);
    case 3: return p_sub(old, 1);
    case 4: return p_add(old, 65536);
    case 5: return old ^ (1u << test_random_below(16)) % KB_P;
    case 6: return (u32)test_random_below(65536);
    case 7: return p_mul(old, p_inv(65536));
    default: return row->cells[test_random_below(n)];
    }
}

/* Rows spoiled at random, and crossed with rows of other operations and operands: those that hold and say the
 * same as the honest one write the same. */
TEST(crossed_rows_leave_no_choice)
{
    for (u32 k = 0; k < SITU_ARRAY_LEN(all_ops); k++) {
        forgery_table t = open_table(all_ops[k]), honest = open_table(all_ops[k]);
        u32 n = t.shape->n_main, n_kept = 0;
        CHECK(n <= SITU_ARRAY_LEN(((any_row *)0)->cells));
        for (u32 round = 0; round < 4000; round++) {
            u64 a = any_value(), b = operand_for(all_ops[k], any_value());
            any_row row = honest_row(&honest, all_ops[k], a, b);
            if (round & 1) {
                situ_op other = all_ops[k - k % 3 + test_random_below(3)];
                any_row cross = fill(other, test_random_below(2) ? a : any_value(),
                                     operand_for(other, test_random_below(2) ? b : any_value()));
                u32 from = (u32)test_random_below(n), to = from + (u32)test_random_below(n - from + 1);
                bool is_inside = test_random_below(2);
                for (u32 i = 0; i < n; i++)
                    if ((i >= from && i < to) == is_inside) row.cells[i] = cross.cells[i];
            } else {
                for (u32 i = (u32)test_random_below(3) + 1; i > 0; i--) {
                    u32 at = (u32)test_random_below(n);
                    row.cells[at] = random_cell(&row, n, row.cells[at]) % KB_P;
                }
            }
            if (!holds(&t, &row) || !agree(&t, &honest)) continue;
            CHECK_EQ(written(&t), result_of(all_ops[k], a, b));
            n_kept++;
        }
        CHECK(n_kept > 0);
        forgery_close(&t);
        forgery_close(&honest);
    }
}

/* --- shifts: all carries tried -------------------------------------------------------------------------- */

/* The columns of a shift, of whatever table. */
typedef struct {
    u32 *sll, *srl, *sra, *move, *fill, *carry, *outer;
    u32 *by_left, *by_right, *left_15, *right_15;
    u32 *bits, *both_low; /* of an amount in a register, else NULL */
    u32 n, n_move;
} shift_cells;

static shift_cells cells_in(situ_op op, any_row *row)
{
#define CELLS(r_, move_, n_move_, part_, bits_, both_low_, n_)                                             \
    (shift_cells)                                                                                          \
    {                                                                                                      \
        &(r_).sll, &(r_).srl, &(r_).sra, move_, &(r_).fill, (r_).x.carry, &(r_).x.outer, &(part_).by_left, \
            &(part_).by_right, &(part_).left_15, &(part_).right_15, bits_, both_low_, n_, n_move_          \
    }
    switch (vm_rules[op].table) {
    case SITU_VM_TABLE_SHIFT:
        return CELLS(row->shift, row->shift.move, 2, row->shift.amount, row->shift.amount.bits,
                     &row->shift.amount.both_low, 4);
    case SITU_VM_TABLE_SHIFTI: return CELLS(row->shifti, row->shifti.move, 3, row->shifti, NULL, NULL, 4);
    case SITU_VM_TABLE_SHIFTW:
        return CELLS(row->shiftw, &row->shiftw.move, 1, row->shiftw.amount, row->shiftw.amount.bits,
                     &row->shiftw.amount.both_low, 2);
    default: return CELLS(row->shiftiw, &row->shiftiw.move, 1, row->shiftiw, NULL, NULL, 2);
    }
#undef CELLS
}

static u32 get_limb(situ_op op, const any_row *row, u32 j)
{
    switch (vm_rules[op].table) {
    case SITU_VM_TABLE_SHIFT: return row->shift.result[j];
    case SITU_VM_TABLE_SHIFTI: return row->shifti.result[j];
    case SITU_VM_TABLE_SHIFTW: return j ? row->shiftw.high + 32768 * row->shiftw.sign : row->shiftw.low;
    default: return j ? row->shiftiw.high + 32768 * row->shiftiw.sign : row->shiftiw.low;
    }
}

static void set_limb(situ_op op, any_row *row, u32 j, u32 limb)
{
    switch (vm_rules[op].table) {
    case SITU_VM_TABLE_SHIFT: row->shift.result[j] = limb; break;
    case SITU_VM_TABLE_SHIFTI: row->shifti.result[j] = limb; break;
    case SITU_VM_TABLE_SHIFTW:
        if (j == 0) row->shiftw.low = limb;
        if (j == 1) row->shiftw.high = limb & 0x7fff, row->shiftw.sign = limb >> 15;
        break;
    default:
        if (j == 0) row->shiftiw.low = limb;
        if (j == 1) row->shiftiw.high = limb & 0x7fff, row->shiftiw.sign = limb >> 15;
    }
}

/* Constraint `x.name[j]` of the last evaluated row. */
static kb constraint_of(const forgery_table *t, const char *name, u32 j)
{
    char full[64];
    snprintf(full, sizeof full, "%s.x.%s[%u]", t->shape->name, name, j);
    for (u32 i = 0; i < t->shape->n_constraints; i++)
        if (strcmp(t->prover->constraint_names[i], full) == 0) return t->constraints[i];
    test_fail(__FILE__, __LINE__, "no constraint %s", full);
}

typedef struct {
    forgery_table *t;
    situ_op op;
    any_row honest;
    u32 n_wrapped; /* solutions modulo p that a _15 constraint refuses */
} search;

/* Limb j of the result and one carry are to be found: is (limb, *carry = value) a solution?  Only the honest
 * one may be. */
static u32 try_limb(search *s, u32 j, u32 limb, u32 *(*carry_cell)(situ_op, any_row *, u32), u32 value)
{
    any_row row = s->honest;
    set_limb(s->op, &row, j, limb);
    *carry_cell(s->op, &row, j) = value;
    forgery_eval(s->t, row.cells);
    CHECK_EQ(constraint_of(s->t, "limb", j), 0);
    if (constraint_of(s->t, "left_15", j) || constraint_of(s->t, "right_15", j)) {
        s->n_wrapped++;
        return 0;
    }
    CHECK(memcmp(&row, &s->honest, sizeof row) == 0);
    return 1;
}

static u32 *carry_above(situ_op op, any_row *row, u32 j)
{
    shift_cells c = cells_in(op, row);
    return j + 1 < c.n ? &c.carry[j] : c.outer;
}

static u32 *carry_below(situ_op op, any_row *row, u32 j)
{
    shift_cells c = cells_in(op, row);
    return j > 0 ? &c.carry[j - 1] : c.outer;
}

/* From the lowest limb up, each limb with all carries out; or from the highest down, with all carries in.
 * Results are 16 bits and carries below Q, which the lookups see to. */
static void decide_limbs(search *s, u64 moved, u32 bits)
{
    shift_cells c = cells_in(s->op, &s->honest);
    u32 q = 1u << bits, q_inverse = p_inv(q);
    for (u32 j = 0; j < c.n; j++) {
        u32 v = vm_limb(moved, j), n_found = 0;
        u32 in = is_left(s->op) ? (j > 0 ? c.carry[j - 1] : 0) : 0;
        u32 out = is_left(s->op) ? 0 : (j + 1 < c.n ? c.carry[j] : (q - 1) * *c.fill);
        for (u32 carry = 0; carry < q; carry++) {
            u32 limb = is_left(s->op) ? p_sub(p_add(p_mul(q, v), in), p_mul(65536, carry))
                                      : p_mul(p_sub(p_add(v, p_mul(65536, out)), carry), q_inverse);
            if (limb > 0xffff) continue;
            n_found += try_limb(s, j, limb, is_left(s->op) ? carry_above : carry_below, carry);
        }
        CHECK_EQ(n_found, 1);
    }
}

TEST(carries_leave_no_choice)
{
    static const u64 more[] = {UINT64_C(0xfe04fffe00060008), UINT64_C(0x01fe000000fefffe)};
    u32 n_wrapped = 0;
    for (u32 k = 6; k < SITU_ARRAY_LEN(all_ops); k++) {
        search s = {.op = all_ops[k]};
        forgery_table t = open_table(s.op);
        s.t = &t;
        for (u64 amount = 0; amount < (is_word(s.op) ? 32 : 64); amount++)
            for (u32 i = 0; i < 5; i++) {
                u64 a = i < 2 ? more[i] : any_value(), wide = a;
                s.honest = honest_row(&t, s.op, a, amount);
                any_row row = s.honest;
                *cells_in(s.op, &row).fill ^= 1; /* whatever else */
                CHECK(!holds(&t, &row));
                if (is_word(s.op)) wide = is_arithmetic(s.op) ? (u64)(i64)(i32)(u32)a : (u32)a;
                u64 moved = is_left(s.op)         ? wide << amount / 16 * 16
                            : is_arithmetic(s.op) ? (u64)((i64)wide >> amount / 16 * 16)
                                                  : wide >> amount / 16 * 16;
                decide_limbs(&s, moved, (u32)amount % 16);
            }
        n_wrapped += s.n_wrapped;
        forgery_close(&t);
    }
    CHECK(n_wrapped > 0);
}

/* An amount in a register has one reading. */
TEST(amounts_leave_no_choice)
{
    for (u32 k = 0; k < SITU_ARRAY_LEN(shift_ops); k++) {
        forgery_table t = open_table(shift_ops[k]);
        u32 n_amounts = is_word(shift_ops[k]) ? 32 : 64;
        for (u32 round = 0; round < 200; round++) {
            u64 a = any_value(), b = any_value();
            u32 n_found = 0;
            for (u32 amount = 0; amount < n_amounts; amount++) {
                any_row row = fill(shift_ops[k], a, amount);
                vm_limbs4(n_amounts == 64 ? row.shift.b.value : row.shiftw.b.value, b);
                if (!holds(&t, &row)) continue;
                CHECK_EQ(amount, b % n_amounts);
                n_found++;
            }
            CHECK_EQ(n_found, 1);
        }
        forgery_close(&t);
    }
}

/* --- a forgery for every constraint --------------------------------------------------------------------- */

static void must(forgery_table *t, const any_row *row, const char *name)
{
    char full[64];
    snprintf(full, sizeof full, "%s.%s", t->shape->name, name);
    forgery_must(t, row->cells, full);
}

static const any_row zeros;

TEST(forged_logic)
{
    forgery_table t = open_table(SITU_OP_AND);
    any_row row = honest_row(&t, SITU_OP_AND, 5, 3);
    row.logic.real = 2;
    must(&t, &row, "real.bit");
    /* The byte bus has a fourth operation, whose results are 0, and 3 below OP_AND is SUBW. */
    row = honest_row(&t, SITU_OP_AND, 5, 3);
    row.logic.operation = 3;
    row.logic.result[0] = 0;
    must(&t, &row, "operation");
    CHECK(lookups_hold(&t));
    forgery_all_owned(&t);
    forgery_close(&t);
}

TEST(forged_logici)
{
    forgery_table t = open_table(SITU_OP_ANDI);
    any_row row = zeros;
    row.logici.is_and = KB_P - 1;
    row.logici.is_or = 1;
    must(&t, &row, "is_and.bit");
    row = zeros;
    row.logici.is_or = KB_P - 1;
    row.logici.is_and = 1;
    must(&t, &row, "is_or.bit");
    row = zeros;
    row.logici.is_xor = KB_P - 1;
    row.logici.is_and = 1;
    must(&t, &row, "is_xor.bit");
    row = zeros;
    row.logici.is_or = 1;
    row.logici.is_and = 1;
    must(&t, &row, "real.bit");
    row = zeros;
    row.logici.sign = 2;
    must(&t, &row, "sign.bit");
    for (u32 op = 0; op < 3; op++)
        for (u32 k = 0; k < 6; k++) {
            row = honest_row(&t, logici_ops[op], UINT64_C(0x123456789abcdef0), k < 3 ? 77 : -77ull);
            row.logici.result_high[k % 3] ^= 1;
            must(&t, &row, "high");
            CHECK(lookups_hold(&t));
        }
    forgery_all_owned(&t);
    forgery_close(&t);
}

/* Flags that are no bits, on rows of zeros. */
static void forge_shift_bits(forgery_table *t, situ_op op)
{
    char name[32];
    for (u32 i = 0; i < 3; i++) {
        any_row row = zeros;
        shift_cells c = cells_in(op, &row);
        u32 *flags[3] = {c.sll, c.srl, c.sra};
        *flags[i] = KB_P - 1;
        *flags[(i + 1) % 3] = 1;
        must(t, &row, i == 0 ? "sll.bit" : i == 1 ? "srl.bit" : "sra.bit");
    }
    any_row row = zeros;
    shift_cells c = cells_in(op, &row);
    *c.srl = *c.sra = 1;
    if (c.bits) *c.by_right = 2;
    must(t, &row, "real.bit");
    for (u32 i = 0; i < c.n_move; i++) {
        row = zeros;
        c.move[i] = 2;
        must(t, &row, "move.bit");
    }
    for (u32 i = 0; c.bits && i < 4; i++) {
        row = zeros;
        c.bits[i] = 2;
        if (i < 2) *c.by_left = i ? 6 : 2;
        must(t, &row, "amount.bits.bit");
    }
    for (u32 i = 0; !c.bits && i < 2; i++) {
        row = zeros;
        *(i ? c.right_15 : c.left_15) = 2;
        snprintf(name, sizeof name, "%s_15.bit", i ? "right" : "left");
        must(t, &row, name);
    }
}

/* What follows from the bits of an amount in a register. */
static void forge_amount(forgery_table *t, situ_op op)
{
    any_row row = zeros;
    shift_cells c = cells_in(op, &row);
    *c.both_low = 1;
    *c.by_left = 3;
    must(t, &row, "amount.both_low");
    row = zeros;
    *c.by_left = 1;
    must(t, &row, "amount.power");
    row = zeros;
    *c.left_15 = 1;
    must(t, &row, "amount.is_15");
    for (u32 is_sra = 0; is_sra < 2; is_sra++) {
        row = zeros;
        *(is_sra ? c.sra : c.srl) = 1;
        *c.by_left = 5;
        *c.by_right = KB_P - 4;
        must(t, &row, "amount.by_left");
    }
    row = zeros;
    *c.sll = 1;
    *c.by_right = 5;
    *c.by_left = KB_P - 4;
    must(t, &row, "amount.by_right");
    for (u32 is_left_ = 0; is_left_ < 2; is_left_++) {
        row = zeros;
        for (u32 i = 0; i < 4; i++) c.bits[i] = 1;
        *c.both_low = 1;
        *(is_left_ ? c.sll : c.srl) = 1;
        *(is_left_ ? c.by_left : c.by_right) = 32768;
        *(is_left_ ? c.right_15 : c.left_15) = 1;
        must(t, &row, is_left_ ? "amount.right_15" : "amount.left_15");
    }
}

/* p = 2^15 * 65024 + 1, so that a limb can be off by p: all lookups hold, and only the _15 constraints see it. */
static void forge_wrap(forgery_table *t, situ_op left, situ_op right)
{
    for (u32 j = 0; j < (is_word(left) ? 2 : 4); j++) {
        any_row row = honest_row(t, left, UINT64_C(0x0004000400040004), 15);
        set_limb(left, &row, j, get_limb(left, &row, j) + 1);
        *carry_above(left, &row, j) += 32512;
        if (j + 1 < (is_word(left) ? 2 : 4)) set_limb(left, &row, j + 1, get_limb(left, &row, j + 1) + 32512);
        must(t, &row, "x.left_15");
        CHECK(lookups_hold(t));

        row = honest_row(t, right, UINT64_C(0x0004000400040004), 15);
        set_limb(right, &row, j, get_limb(right, &row, j) + 65024);
        *carry_below(right, &row, j) += 1;
        if (j > 0) set_limb(right, &row, j - 1, get_limb(right, &row, j - 1) + 2);
        must(t, &row, "x.right_15");
        CHECK(lookups_hold(t));
    }
}

static void forge_shifts(const situ_op ops[3])
{
    forgery_table t = open_table(ops[0]);
    forge_shift_bits(&t, ops[0]);
    if (!is_imm(ops[0])) forge_amount(&t, ops[0]);
    if (vm_rules[ops[0]].table == SITU_VM_TABLE_SHIFT) {
        any_row row = zeros;
        row.shift.move_3 = 1;
        must(&t, &row, "move_3");
    }
    /* SRL as if it were SRA */
    any_row row = fill(ops[2], UINT64_C(0x8000000080000000), 5);
    shift_cells c = cells_in(ops[1], &row);
    *c.srl = 1;
    *c.sra = 0;
    must(&t, &row, "fill");
    CHECK(lookups_hold(&t));
    for (u32 k = 0; k < 3; k++)
        for (u32 j = 0; j < (is_word(ops[0]) ? 2 : 4); j++) {
            row = honest_row(&t, ops[k], UINT64_C(0x8123456789abcdef), 21);
            set_limb(ops[k], &row, j, get_limb(ops[k], &row, j) ^ 1);
            must(&t, &row, "x.limb");
            CHECK(lookups_hold(&t));
        }
    if (is_word(ops[0])) {
        row = zeros;
        *(is_imm(ops[0]) ? &row.shiftiw.sign : &row.shiftw.sign) = 2;
        must(&t, &row, "sign.bit");
    }
    forge_wrap(&t, ops[0], ops[1]);
    forge_wrap(&t, ops[0], ops[2]);
    forgery_all_owned(&t);
    forgery_close(&t);
}

TEST(forged_shift) { forge_shifts(&shift_ops[0]); }
TEST(forged_shiftw) { forge_shifts(&shift_ops[3]); }
TEST(forged_shifti) { forge_shifts(&shifti_ops[0]); }
TEST(forged_shiftiw) { forge_shifts(&shifti_ops[3]); }

/* All constraints of the row hold, and all it looks up is there but for one message. */
static void must_miss(forgery_table *t, const any_row *row, const char *name)
{
    u32 n_missing = 0;
    char full[64];
    snprintf(full, sizeof full, "%s.%s", t->shape->name, name);
    forgery_honest(t, row->cells);
    for (u32 i = 0; i < t->shape->n_interactions; i++) {
        const situ_air_interaction *x = &t->shape->interactions[i];
        if (x->bus != SITU_VM_BUS_RANGE && x->bus != SITU_VM_BUS_BYTE) continue;
        if (t->mults[i] == 0 || is_provided(x->bus, &t->values[x->first_value])) continue;
        CHECK_STR_EQ(t->prover->interaction_names[i], full);
        n_missing++;
    }
    CHECK_EQ(n_missing, 1);
}

/* p = 2^16 * 32512 + 1: a carry that is off by 32512 (left), or 32512 Q (right), makes a limb off by one. */
TEST(carries_are_looked_up)
{
    for (u32 k = 6; k < SITU_ARRAY_LEN(all_ops); k++) {
        situ_op op = all_ops[k];
        forgery_table t = open_table(op);
        for (u32 j = 0; j + 1 < (is_word(op) ? 2 : 4); j++) {
            char name[32];
            any_row row = honest_row(&t, op, UINT64_C(0x0004000400040004), 5);
            u32 *carry = &cells_in(op, &row).carry[j];
            *carry = is_left(op) ? *carry + 32512 : p_sub(*carry, 32512 * 32);
            set_limb(op, &row, j, get_limb(op, &row, j) + 1);
            set_limb(op, &row, j + 1, get_limb(op, &row, j + 1) + 32512);
            snprintf(name, sizeof name, "x.carry[%u]", j);
            must_miss(&t, &row, name);
        }
        forgery_close(&t);
    }
}

/* --- whole witnesses ------------------------------------------------------------------------------------
 * A liar may look up what there is, and end the run with the values that the lie leads to. */

/* Register `reg`, last written by the forged row, ends with `value`. */
static void end_with(const witness_run *r, u32 reg, u64 value)
{
    u32 key = SITU_KEY(SITU_SPACE_REG, reg);
    lie_last(r, key, value, lie_edge(r, key)->last_time);
}

typedef struct {
    const char *what;
    u32 n, n_others;
} only_report;

static void count_report(void *ctx, const char *line)
{
    only_report *o = ctx;
    o->n++;
    if (!strstr(line, o->what)) {
        o->n_others++;
        fprintf(stderr, "  not %s: %s\n", o->what, line);
    }
}

/* The forgery is found, by this alone. */
static void must_only_break(const witness_run *r, const char *what)
{
    u64 n;
    only_report o = {.what = what};
    witness_recount(r);
    CHECK_EQ(vm_rows_check(&n, &r->rows, &r->statement, 20, count_report, &o), SITU_OK);
    if (n == 0) test_fail(__FILE__, __LINE__, "a forgery passes: %s", what);
    CHECK_EQ(o.n_others, 0);
}

/* x13 = a op b, alone in its table. */
static witness_run *one(situ_op op, u64 a, u64 b)
{
    start();
    for (u32 k = 0; k < 2; k++) { /* without the operations that are tested */
        u64 v = k ? b : a;
        u32 reg = k ? X_B : X_A;
        asm_at(&g, enc_i(SITU_OP_ADDI, reg, 0, (i32)(v >> 55)));
        for (int shift = 44; shift >= 0; shift -= 11) {
            for (u32 i = 0; i < 11; i++) asm_at(&g, enc_r(SITU_OP_ADD, reg, reg, reg));
            asm_at(&g, enc_i(SITU_OP_ADDI, reg, reg, (i32)(v >> shift & 2047)));
        }
    }
    asm_at(&g, is_imm(op) ? enc_i(op, X_D, X_A, (i32)b) : enc_r(op, X_D, X_A, X_B));
    asm_at(&g, enc_i(SITU_OP_ADDI, X_A0, 0, 0));
    asm_at(&g, enc_i(SITU_OP_ADDI, X_A7, 0, SITU_ECALL_EXIT));
    asm_at(&g, situ_ops[SITU_OP_ECALL].match);
    witness_run *r = witness_open(asm_load(&g), NULL, 0, 1 << 12);
    witness_recount(r);
    witness_must_hold(r);
    return r;
}

/* The row of `told` instead of op's: the part behind fetch is the liar's, registers and times are honest. */
static void tell(witness_run *r, situ_op op, situ_op told, u64 a, u64 b)
{
    any_row *row = witness_row(r, vm_rules[op].table, 0), lie = fill(told, a, b), was = lie;
    memcpy(&was, row, situ_vm_system.tables[vm_rules[op].table].n_main * sizeof(u32));
#define KEEP(part_)                    \
    do {                               \
        lie.part_.rd = was.part_.rd;   \
        lie.part_.rs1 = was.part_.rs1; \
        lie.part_.at = was.part_.at;   \
        lie.part_.d = was.part_.d;     \
    } while (0)
    switch (vm_rules[op].table) {
    case SITU_VM_TABLE_LOGIC:
        KEEP(logic);
        lie.logic.rs2 = was.logic.rs2, lie.logic.first = was.logic.first, lie.logic.second = was.logic.second;
        break;
    case SITU_VM_TABLE_LOGICI:
        KEEP(logici);
        lie.logici.first = was.logici.first;
        break;
    case SITU_VM_TABLE_SHIFT:
        KEEP(shift);
        lie.shift.rs2 = was.shift.rs2, lie.shift.a = was.shift.a, lie.shift.b = was.shift.b;
        break;
    case SITU_VM_TABLE_SHIFTI:
        KEEP(shifti);
        lie.shifti.a = was.shifti.a;
        break;
    case SITU_VM_TABLE_SHIFTW:
        KEEP(shiftw);
        lie.shiftw.rs2 = was.shiftw.rs2, lie.shiftw.a = was.shiftw.a, lie.shiftw.b = was.shiftw.b;
        break;
    default: KEEP(shiftiw); lie.shiftiw.a = was.shiftiw.a;
    }
#undef KEEP
    memcpy(row, &lie, situ_vm_system.tables[vm_rules[op].table].n_main * sizeof(u32));
    end_with(r, X_D, result_of(told, a, b));
}

static const u64 A = UINT64_C(0x8123456789abcdef), B = UINT64_C(0xfedcba9876543215);

/* One operation for another, one immediate for another: the program says which. */
TEST(other_instructions_are_found)
{
    for (u32 k = 0; k < SITU_ARRAY_LEN(all_ops); k++) {
        situ_op op = all_ops[k];
        u64 b = operand_for(op, B);
        witness_run *r = one(op, A, b);
        for (u32 i = 0; i < 3; i++) {
            situ_op told = all_ops[k - k % 3 + i];
            if (told != op) {
                tell(r, op, told, A, b);
                must_only_break(r, "bus program");
            }
        }
        for (u32 i = 0; i < 4 && is_imm(op); i++) {
            u64 other = is_shift(op) ? (u64[]){b ^ 1, b ^ 16, b & ~15ull, b | 15}[i]
                                     : (u64[]){b ^ 1, b ^ 0x400, ~b, 0}[i];
            if (other == b) continue;
            tell(r, op, op, A, other);
            must_only_break(r, "bus program");
        }
        witness_close(r);
    }
}

/* Operands that no register has; amounts by other operands. */
TEST(other_operands_are_found)
{
    for (u32 k = 0; k < SITU_ARRAY_LEN(all_ops); k++) {
        situ_op op = all_ops[k];
        u64 b = operand_for(op, B);
        witness_run *r = one(op, A, b);
        if (!is_shift(op)) {
            tell(r, op, op, A ^ UINT64_C(0x100), b);
            must_only_break(r, "bus memory");
        } else if (!is_imm(op)) {
            tell(r, op, op, A, B ^ 4);
            must_only_break(r, "bus range"); /* unused */
        }
        witness_close(r);
    }
}

/* Results that the byte bus does not have. */
TEST(other_bytes_are_found)
{
    for (u32 op = 0; op < 3; op++)
        for (u32 k = 0; k < 8; k++) {
            witness_run *r = one(logic_ops[op], A, B);
            situ_vm_logic_row *row = witness_row(r, SITU_VM_TABLE_LOGIC, 0);
            row->result[k] ^= 1;
            end_with(r, X_D, result_of(logic_ops[op], A, B) ^ (UINT64_C(1) << 8 * k));
            must_only_break(r, "bus byte");
            witness_close(r);
        }
    for (u32 op = 0; op < 3; op++)
        for (u32 k = 0; k < 2; k++) {
            witness_run *r = one(logici_ops[op], A, -1234ull);
            situ_vm_logici_row *row = witness_row(r, SITU_VM_TABLE_LOGICI, 0);
            row->result_low[k] ^= 1;
            end_with(r, X_D, result_of(logici_ops[op], A, -1234ull) ^ (UINT64_C(1) << 8 * k));
            must_only_break(r, "bus byte");
            witness_close(r);
        }
}

/* Arithmetic shifts of negative values as if they were not, and the other way round: all but the sign fits. */
TEST(other_signs_are_found)
{
    static const situ_op ops[] = {SITU_OP_SRA, SITU_OP_SRAI, SITU_OP_SRAW, SITU_OP_SRAIW};
    for (u32 k = 0; k < SITU_ARRAY_LEN(ops); k++)
        for (u32 is_negative = 0; is_negative < 2; is_negative++) {
            u32 top = is_word(ops[k]) ? 1 : 3;
            u64 sign = UINT64_C(0x8000) << 16 * top;
            u64 a = is_negative ? A | sign : A & ~sign, told = a ^ sign;
            witness_run *r = one(ops[k], a, 5);
            tell(r, ops[k], ops[k], told, 5);
            any_row *row = witness_row(r, vm_rules[ops[k]].table, 0);
            set_limb(ops[k], row, top, get_limb(ops[k], row, top) ^ 0x8000 >> 5);
            end_with(r, X_D, result_of(ops[k], told, 5) ^ sign >> 5);
            must_only_break(r, "bus range");
            witness_close(r);
        }
}

/* A remainder of Q and more, for a smaller quotient; a last carry that is a fraction, for a smaller product. */
TEST(other_carries_are_found)
{
    for (u32 k = 6; k < SITU_ARRAY_LEN(all_ops); k++) {
        situ_op op = all_ops[k];
        u32 j = is_left(op) ? (is_word(op) ? 1 : 3) : 0;
        witness_run *r = one(op, A, 5);
        any_row *row = witness_row(r, vm_rules[op].table, 0);
        shift_cells c = cells_in(op, row);
        *c.outer = p_add(*c.outer, is_left(op) ? p_inv(65536) : 32);
        set_limb(op, row, j, get_limb(op, row, j) - 1);
        end_with(r, X_D, result_of(op, A, 5) - (UINT64_C(1) << 16 * j));
        must_only_break(r, "bus range");
        witness_close(r);
    }
}

/* Rows without an operation say nothing, whatever else they hold. */
TEST(padding_is_silent)
{
    for (u32 k = 0; k < SITU_ARRAY_LEN(all_ops); k += 3) {
        forgery_table t = open_table(all_ops[k]);
        for (u32 round = 0; round < 20; round++) {
            any_row row;
            for (u32 i = 0; i < t.shape->n_main; i++) row.cells[i] = (u32)test_random_below(KB_P);
            u32 n_flags = k == 0 ? 1 : 3; /* the first columns */
            memset(row.cells, 0, n_flags * sizeof(u32));
            forgery_eval(&t, row.cells);
            for (u32 i = 0; i < t.shape->n_interactions; i++)
                if (t.shape->interactions[i].bus != SITU_VM_BUS_RANGE) CHECK_EQ(t.mults[i], 0);
        }
        forgery_close(&t);
    }
}

/* An instruction that is told twice. */
TEST(repeated_rows_are_found)
{
    for (u32 k = 0; k < SITU_ARRAY_LEN(all_ops); k += 3) {
        u32 table = vm_rules[all_ops[k]].table;
        witness_run *r = one(all_ops[k], A, operand_for(all_ops[k], B));
        memcpy(witness_row(r, table, 1), witness_row(r, table, 0),
               situ_vm_system.tables[table].n_main * sizeof(u32));
        for (u32 i = 0; i < r->program->n_insns; i++)
            if (r->program->insns[i].op == all_ops[k])
                ++*(u32 *)witness_row(r, SITU_VM_TABLE_PROGRAM, i); /* mult */
        witness_recount(r);
        witness_must_break(r, "bus memory");
        witness_close(r);
    }
}

TEST_MAIN()
