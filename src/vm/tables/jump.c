/* jump.c — rows of jump.air. */
#include "vm/tables/tables.h"

void vm_fill_jump(const vm_step *s, void *row)
{
    situ_vm_jump_row *r = row;
    r->real = 1;
    r->rd = s->insn->rd;
    vm_limbs4(r->result, s->step->rd_new);
    vm_fill_fetch(r->at, s);
    vm_fill_rd(r->d, s);
}
