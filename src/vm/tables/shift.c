/* shift.c — rows of shift.air, and the program's immediates of shifts by a constant. */
#include "vm/tables/tables.h"

/* A shift by 16 * move + bits of n limbs. */
typedef struct {
    u32 move, bits;
    u32 is_left, is_logical, is_arithmetic;
    u32 by_left, by_right;
    u32 left_15, right_15;
} shift_kind;

static shift_kind kind_of(u32 op, u32 amount)
{
    shift_kind k = {.move = amount >> 4, .bits = amount & 15};
    switch (op) {
    case SITU_OP_SLL:
    case SITU_OP_SLLW:
    case SITU_OP_SLLI:
    case SITU_OP_SLLIW: k.is_left = 1; break;
    case SITU_OP_SRA:
    case SITU_OP_SRAW:
    case SITU_OP_SRAI:
    case SITU_OP_SRAIW: k.is_arithmetic = 1; break;
    default: k.is_logical = 1; break;
    }
    k.by_left = k.is_left << k.bits;
    k.by_right = (k.is_left ^ 1) << k.bits;
    k.left_15 = k.is_left && k.bits == 15;
    k.right_15 = !k.is_left && k.bits == 15;
    return k;
}

u64 vm_shift_imm(const situ_insn *in)
{
    shift_kind k = kind_of(in->op, (u32)in->imm);
    u64 code = (1u << k.move >> 1) + 8 * k.left_15 + 16 * k.right_15;
    return code | (u64)k.by_left << 16 | (u64)k.by_right << 32 | (u64)k.bits << 48;
}

/* Carries of component `shifted`, into carry[n - 1] and *outer; a is rs1, already sign-extended from n limbs. */
static void fill_carries(u32 *carry, u32 *outer, u32 n, const shift_kind *k, u64 a)
{
    if (k->is_left) {
        u64 moved = a << 16 * k->move;
        for (u32 j = 0; j + 1 < n; j++) carry[j] = vm_limb(moved, j) >> (16 - k->bits);
        *outer = vm_limb(moved, n - 1) >> (16 - k->bits);
    } else {
        u32 mask = (1u << k->bits) - 1;
        u64 moved = k->is_arithmetic ? (u64)((i64)a >> 16 * k->move) : a >> 16 * k->move;
        *outer = (u32)moved & mask;
        for (u32 j = 0; j + 1 < n; j++) carry[j] = vm_limb(moved, j + 1) & mask;
    }
}

/* What all four tables have. */
#define fill_kind(r_, k_)               \
    do {                                \
        (r_)->sll = (k_).is_left;       \
        (r_)->srl = (k_).is_logical;    \
        (r_)->sra = (k_).is_arithmetic; \
    } while (0)

#define fill_amount(part_, k_)                                                 \
    do {                                                                       \
        for (u32 i_ = 0; i_ < 4; i_++) (part_).bits[i_] = (k_).bits >> i_ & 1; \
        (part_).both_low = ((k_).bits & 3) == 3;                               \
        (part_).by_left = (k_).by_left;                                        \
        (part_).by_right = (k_).by_right;                                      \
        (part_).left_15 = (k_).left_15;                                        \
        (part_).right_15 = (k_).right_15;                                      \
    } while (0)

#define fill_constant(r_, k_)           \
    do {                                \
        (r_)->left_15 = (k_).left_15;   \
        (r_)->right_15 = (k_).right_15; \
        (r_)->by_left = (k_).by_left;   \
        (r_)->by_right = (k_).by_right; \
        (r_)->bits = (k_).bits;         \
    } while (0)

void vm_fill_shift(const vm_step *s, void *row)
{
    situ_vm_shift_row *r = row;
    u64 a = s->step->rs1;
    shift_kind k = kind_of(s->insn->op, (u32)s->step->rs2 & 63);
    fill_kind(r, k);
    r->rd = s->insn->rd;
    r->rs1 = s->insn->rs1;
    r->rs2 = s->insn->rs2;
    r->move[0] = k.move & 1;
    r->move[1] = k.move >> 1;
    r->move_3 = k.move == 3;
    vm_limbs4(r->result, s->step->rd_new);
    fill_amount(r->amount, k);
    r->fill = k.is_arithmetic & (u32)(a >> 63);
    fill_carries(r->x.carry, &r->x.outer, 4, &k, a);
    vm_fill_fetch(r->at, s);
    vm_fill_rs1(r->a, s);
    vm_fill_rs2(r->b, s);
    vm_fill_rd(r->d, s);
}

void vm_fill_shifti(const vm_step *s, void *row)
{
    situ_vm_shifti_row *r = row;
    u64 a = s->step->rs1;
    shift_kind k = kind_of(s->insn->op, (u32)s->insn->imm);
    fill_kind(r, k);
    r->rd = s->insn->rd;
    r->rs1 = s->insn->rs1;
    for (u32 m = 0; m < 3; m++) r->move[m] = k.move == m + 1;
    vm_limbs4(r->result, s->step->rd_new);
    fill_constant(r, k);
    r->fill = k.is_arithmetic & (u32)(a >> 63);
    fill_carries(r->x.carry, &r->x.outer, 4, &k, a);
    vm_fill_fetch(r->at, s);
    vm_fill_rs1(r->a, s);
    vm_fill_rd(r->d, s);
}

/* Of the word forms. */
#define fill_word(r_, s_)                                     \
    do {                                                      \
        (r_)->low = vm_limb((s_)->step->rd_new, 0);           \
        (r_)->high = vm_limb((s_)->step->rd_new, 1) & 0x7fff; \
        (r_)->sign = vm_limb((s_)->step->rd_new, 1) >> 15;    \
    } while (0)

void vm_fill_shiftw(const vm_step *s, void *row)
{
    situ_vm_shiftw_row *r = row;
    i32 a = (i32)s->step->rs1;
    shift_kind k = kind_of(s->insn->op, (u32)s->step->rs2 & 31);
    fill_kind(r, k);
    r->rd = s->insn->rd;
    r->rs1 = s->insn->rs1;
    r->rs2 = s->insn->rs2;
    r->move = k.move;
    fill_word(r, s);
    fill_amount(r->amount, k);
    r->fill = k.is_arithmetic & (a < 0);
    fill_carries(r->x.carry, &r->x.outer, 2, &k, k.is_arithmetic ? (u64)a : (u32)a);
    vm_fill_fetch(r->at, s);
    vm_fill_rs1(r->a, s);
    vm_fill_rs2(r->b, s);
    vm_fill_rd(r->d, s);
}

void vm_fill_shiftiw(const vm_step *s, void *row)
{
    situ_vm_shiftiw_row *r = row;
    i32 a = (i32)s->step->rs1;
    shift_kind k = kind_of(s->insn->op, (u32)s->insn->imm);
    fill_kind(r, k);
    r->rd = s->insn->rd;
    r->rs1 = s->insn->rs1;
    r->move = k.move;
    fill_word(r, s);
    fill_constant(r, k);
    r->fill = k.is_arithmetic & (a < 0);
    fill_carries(r->x.carry, &r->x.outer, 2, &k, k.is_arithmetic ? (u64)a : (u32)a);
    vm_fill_fetch(r->at, s);
    vm_fill_rs1(r->a, s);
    vm_fill_rd(r->d, s);
}
