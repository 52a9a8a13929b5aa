/* arith.c — rows of arith.air. */
#include "vm/tables/tables.h"

void vm_fill_addi(const vm_step *s, void *row)
{
    situ_vm_addi_row *r = row;
    r->real = 1;
    r->rd = s->insn->rd;
    r->rs1 = s->insn->rs1;
    vm_limbs4(r->imm, s->insn->imm);
    vm_limbs4(r->result, s->step->rd_new);
    vm_fill_fetch(r->at, s);
    vm_fill_rs1(r->a, s);
    vm_fill_rd(r->d, s);
}
