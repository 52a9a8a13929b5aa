/* multiply.c — rows of multiply.air. */
#include "vm/tables/tables.h"

void vm_limb_sums(u64 sums[8], u64 x, u64 y)
{
    for (u32 k = 0; k < 8; k++) sums[k] = 0;
    for (u32 i = 0; i < 4; i++) {
        for (u32 j = 0; j < 4; j++) {
            u32 xi = vm_limb(x, i), yj = vm_limb(y, j), high = (xi >> 8) * (yj >> 8);
            sums[i + j] += (u64)xi * yj - ((u64)high << 16);
            sums[i + j + 1] += high;
        }
    }
}

/* Component read_bytes. */
#define fill_bytes_rs1(part_, s_)                                                     \
    do {                                                                              \
        vm_bytes8((part_).bytes, (s_)->step->rs1);                                    \
        (part_).gap = vm_gap((s_)->step->time + SITU_SLOT_RS1, (s_)->step->rs1_time); \
    } while (0)

#define fill_bytes_rs2(part_, s_)                                                     \
    do {                                                                              \
        vm_bytes8((part_).bytes, (s_)->step->rs2);                                    \
        (part_).gap = vm_gap((s_)->step->time + SITU_SLOT_RS2, (s_)->step->rs2_time); \
    } while (0)

void vm_fill_mul(const vm_step *s, void *row)
{
    situ_vm_mul_row *r = row;
    u64 sums[8], result = s->step->rd_new;
    r->is_mul = s->insn->op == SITU_OP_MUL;
    r->is_mulw = s->insn->op == SITU_OP_MULW;
    r->rd = s->insn->rd;
    r->rs1 = s->insn->rs1;
    r->rs2 = s->insn->rs2;
    vm_limbs4(r->result, result);
    vm_limb_sums(sums, s->step->rs1, s->step->rs2);
    for (u32 k = 0; k < 3; k++) {
        sums[k + 1] += sums[k] >> 16;
        r->carry[k] = (u32)(sums[k] >> 16);
    }
    r->high = 8192 + (u32)(sums[3] >> 16);
    if (r->is_mulw) {
        r->carry[2] = (u32)(result >> 63);
        r->high = vm_limb(result, 1) & 0x7fff;
    }
    vm_fill_fetch(r->at, s);
    fill_bytes_rs1(r->a, s);
    fill_bytes_rs2(r->b, s);
    vm_fill_rd(r->d, s);
}

void vm_fill_mulh(const vm_step *s, void *row)
{
    situ_vm_mulh_row *r = row;
    u64 sums[8], a = s->step->rs1, b = s->step->rs2;
    r->is_mulh = s->insn->op == SITU_OP_MULH;
    r->is_mulhsu = s->insn->op == SITU_OP_MULHSU;
    r->is_mulhu = s->insn->op == SITU_OP_MULHU;
    r->rd = s->insn->rd;
    r->rs1 = s->insn->rs1;
    r->rs2 = s->insn->rs2;
    r->minus_a = (u32)(a >> 63) & (r->is_mulh | r->is_mulhsu);
    r->minus_b = (u32)(b >> 63) & r->is_mulh;
    vm_limb_sums(sums, a, b);
    sums[4] += r->minus_a + r->minus_b;
    for (u32 k = 4; k < 8; k++) sums[k] += r->minus_a * vm_limb(~b, k - 4) + r->minus_b * vm_limb(~a, k - 4);
    for (u32 k = 0; k < 7; k++) {
        sums[k + 1] += sums[k] >> 16;
        r->carry[k] = (u32)(sums[k] >> 16);
    }
    r->wrap = (u32)(sums[7] >> 16);
    vm_limbs4(r->low, a * b);
    vm_limbs4(r->result, s->step->rd_new);
    vm_fill_fetch(r->at, s);
    fill_bytes_rs1(r->a, s);
    fill_bytes_rs2(r->b, s);
    vm_fill_rd(r->d, s);
}
