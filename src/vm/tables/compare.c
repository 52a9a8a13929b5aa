/* compare.c — rows of compare.air. */
#include "field/kb.h"
#include "vm/tables/tables.h"

/* --- less-than ------------------------------------------------------------------------------------------ */

/* What component less_than has in its columns. */
typedef struct {
    u32 lt, half, odd, distance;
} order;

static order order_of(u64 a, u64 b, bool is_signed)
{
    u64 flip = (u64)is_signed << 63;
    u64 differs = a ^ b;
    u32 k = differs ? (u32)(63 - __builtin_clzll(differs)) / 16 : 0;
    u32 a_k = vm_limb(a ^ flip, k), b_k = vm_limb(b ^ flip, k);
    bool lt = a_k < b_k;
    return (
        order){.lt = lt, .half = k >> 1, .odd = k & 1, .distance = lt ? b_k - a_k - 1 : a_k - b_k - (k > 0)};
}

#define fill_less_than(part_, order_)         \
    do {                                      \
        (part_).lt = (order_).lt;             \
        (part_).half = (order_).half;         \
        (part_).odd = (order_).odd;           \
        (part_).distance = (order_).distance; \
    } while (0)

void vm_fill_slt(const vm_step *s, void *row)
{
    situ_vm_slt_row *r = row;
    bool is_signed = s->insn->op == SITU_OP_SLT;
    order is = order_of(s->step->rs1, s->step->rs2, is_signed);
    r->real = 1;
    r->is_unsigned = !is_signed;
    r->rd = s->insn->rd;
    r->rs1 = s->insn->rs1;
    r->rs2 = s->insn->rs2;
    vm_fill_fetch(r->at, s);
    vm_fill_rs1(r->a, s);
    vm_fill_rs2(r->b, s);
    r->a_top.negative = is_signed & (u32)(s->step->rs1 >> 63);
    r->b_top.negative = is_signed & (u32)(s->step->rs2 >> 63);
    fill_less_than(r->is, is);
    vm_fill_rd(r->d, s);
}

void vm_fill_slti(const vm_step *s, void *row)
{
    situ_vm_slti_row *r = row;
    bool is_signed = s->insn->op == SITU_OP_SLTI;
    order is = order_of(s->step->rs1, s->insn->imm, is_signed);
    r->real = 1;
    r->is_unsigned = !is_signed;
    r->rd = s->insn->rd;
    r->rs1 = s->insn->rs1;
    r->imm = vm_limb(s->insn->imm, 0);
    r->imm_above = vm_limb(s->insn->imm, 1);
    vm_fill_fetch(r->at, s);
    vm_fill_rs1(r->a, s);
    r->a_top.negative = is_signed & (u32)(s->step->rs1 >> 63);
    r->b_top.negative = is_signed & (u32)(s->insn->imm >> 63);
    fill_less_than(r->is, is);
    vm_fill_rd(r->d, s);
}

/* --- branches ------------------------------------------------------------------------------------------- */

/* x^2 - 3 y^2 for the two limbs of a half. */
static kb norm_of(u32 a, u32 b)
{
    i64 x = (i64)(a & 0xffff) - (b & 0xffff);
    i64 y = (i64)(a >> 16) - (b >> 16);
    i64 norm = x * x - 3 * y * y; /* |norm| < 7 p */
    return kb_from_u32((u32)((u64)(norm + 7 * (i64)KB_P) % KB_P));
}

/* Column `inverse` of a row whose operands differ. */
static void fill_inverse(u32 inverse[2], u64 a, u64 b)
{
    u32 h = (u32)a == (u32)b;
    inverse[h] = kb_to_u32(kb_inv(norm_of((u32)(a >> 32 * h), (u32)(b >> 32 * h))));
}

void vm_fill_branch_equal(const vm_step *s, void *row)
{
    situ_vm_branch_equal_row *r = row;
    u64 a = s->step->rs1, b = s->step->rs2;
    r->real = 1;
    r->is_bne = s->insn->op == SITU_OP_BNE;
    r->taken = (a != b) == r->is_bne;
    r->rs1 = s->insn->rs1;
    r->rs2 = s->insn->rs2;
    r->target = vm_program_target(s->insn);
    vm_fill_fetch(r->at, s);
    vm_fill_rs1(r->a, s);
    vm_fill_rs2(r->b, s);
    if (a != b) fill_inverse(r->inverse, a, b);
}

void vm_fill_branch_less(const vm_step *s, void *row)
{
    situ_vm_branch_less_row *r = row;
    situ_op op = s->insn->op;
    bool is_signed = op == SITU_OP_BLT || op == SITU_OP_BGE;
    order is = order_of(s->step->rs1, s->step->rs2, is_signed);
    r->real = 1;
    r->is_ge = op == SITU_OP_BGE || op == SITU_OP_BGEU;
    r->is_unsigned = !is_signed;
    r->rs1 = s->insn->rs1;
    r->rs2 = s->insn->rs2;
    r->target = vm_program_target(s->insn);
    r->to = is.lt != r->is_ge ? r->target : s->insn->pc / 4 + 1;
    vm_fill_fetch(r->at, s);
    vm_fill_rs1(r->a, s);
    vm_fill_rs2(r->b, s);
    r->a_top.negative = is_signed & (u32)(s->step->rs1 >> 63);
    r->b_top.negative = is_signed & (u32)(s->step->rs2 >> 63);
    fill_less_than(r->is, is);
}
