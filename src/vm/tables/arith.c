/* arith.c — rows of arith.air. */
#include "vm/tables/tables.h"

void vm_fill_add(const vm_step *s, void *row)
{
    situ_vm_add_row *r = row;
    r->real = 1;
    r->is_sub = s->insn->op == SITU_OP_SUB;
    r->rd = s->insn->rd;
    r->rs1 = s->insn->rs1;
    r->rs2 = s->insn->rs2;
    vm_limbs4(r->result, s->step->rd_new);
    vm_fill_fetch(r->at, s);
    vm_fill_rs1(r->a, s);
    vm_fill_rs2(r->b, s);
    vm_fill_rd(r->d, s);
}

void vm_fill_addi(const vm_step *s, void *row)
{
    situ_vm_addi_row *r = row;
    r->real = 1;
    r->rd = s->insn->rd;
    r->rs1 = s->insn->rs1;
    r->imm = vm_limb(s->insn->imm, 0);
    r->imm_above = vm_limb(s->insn->imm, 1);
    vm_limbs4(r->result, s->step->rd_new);
    vm_fill_fetch(r->at, s);
    vm_fill_rs1(r->a, s);
    vm_fill_rd(r->d, s);
}

/* Component signed_word. */
#define fill_signed_word(part_, s_)                             \
    do {                                                        \
        (part_).low = vm_limb((s_)->step->rd_new, 0);           \
        (part_).rest = vm_limb((s_)->step->rd_new, 1) & 0x7fff; \
        (part_).sign = (u32)((s_)->step->rd_new >> 63);         \
    } while (0)

void vm_fill_addw(const vm_step *s, void *row)
{
    situ_vm_addw_row *r = row;
    r->real = 1;
    r->is_subw = s->insn->op == SITU_OP_SUBW;
    r->rd = s->insn->rd;
    r->rs1 = s->insn->rs1;
    r->rs2 = s->insn->rs2;
    vm_fill_fetch(r->at, s);
    vm_fill_rs1(r->a, s);
    vm_fill_rs2(r->b, s);
    fill_signed_word(r->result, s);
    vm_fill_rd(r->d, s);
}

void vm_fill_addiw(const vm_step *s, void *row)
{
    situ_vm_addiw_row *r = row;
    r->real = 1;
    r->rd = s->insn->rd;
    r->rs1 = s->insn->rs1;
    r->imm = vm_limb(s->insn->imm, 0);
    r->imm_above = vm_limb(s->insn->imm, 1);
    vm_fill_fetch(r->at, s);
    vm_fill_rs1(r->a, s);
    fill_signed_word(r->result, s);
    vm_fill_rd(r->d, s);
}
