/* jump.c — rows of jump.air. */
#include "vm/tables/tables.h"

void vm_fill_jump(const vm_step *s, void *row)
{
    situ_vm_jump_row *r = row;
    r->real = 1;
    r->rd = s->insn->rd;
    r->target = vm_program_target(s->insn);
    vm_limbs4(r->result, s->step->rd_new);
    vm_fill_fetch(r->at, s);
    vm_fill_rd(r->d, s);
}

void vm_fill_jalr(const vm_step *s, void *row)
{
    situ_vm_jalr_row *r = row;
    u32 sum = (u32)s->step->rs1 + (u32)s->insn->imm;
    r->real = 1;
    r->rd = s->insn->rd;
    r->rs1 = s->insn->rs1;
    r->biased = vm_offset(s->insn);
    r->odd = sum & 1;
    r->quarter = (sum & 0xffff) >> 2;
    vm_limbs2(r->link, s->insn->pc + 4);
    vm_fill_fetch(r->at, s);
    vm_fill_pointer(r->a, s);
    vm_fill_rd(r->d, s);
}
