/* logic.c — rows of logic.air. */
#include "vm/tables/tables.h"

void vm_fill_logic(const vm_step *s, void *row)
{
    situ_vm_logic_row *r = row;
    r->real = 1;
    r->operation = (u32)SITU_OP_AND - s->insn->op;
    r->rd = s->insn->rd;
    r->rs1 = s->insn->rs1;
    r->rs2 = s->insn->rs2;
    vm_bytes8(r->a, s->step->rs1);
    vm_bytes8(r->b, s->step->rs2);
    vm_bytes8(r->result, s->step->rd_new);
    vm_fill_fetch(r->at, s);
    r->first.gap = vm_gap(s->step->time + SITU_SLOT_RS1, s->step->rs1_time);
    r->second.gap = vm_gap(s->step->time + SITU_SLOT_RS2, s->step->rs2_time);
    vm_fill_rd(r->d, s);
}

static void low_bytes(u32 bytes[2], u64 v)
{
    bytes[0] = (u32)v & 0xff;
    bytes[1] = (u32)(v >> 8) & 0xff;
}

static void high_limbs(u32 limbs[3], u64 v)
{
    for (u32 k = 0; k < 3; k++) limbs[k] = vm_limb(v, k + 1);
}

void vm_fill_logici(const vm_step *s, void *row)
{
    situ_vm_logici_row *r = row;
    r->is_and = s->insn->op == SITU_OP_ANDI;
    r->is_or = s->insn->op == SITU_OP_ORI;
    r->is_xor = s->insn->op == SITU_OP_XORI;
    r->rd = s->insn->rd;
    r->rs1 = s->insn->rs1;
    low_bytes(r->imm, s->insn->imm);
    r->sign = (u32)(s->insn->imm >> 63);
    low_bytes(r->low, s->step->rs1);
    high_limbs(r->high, s->step->rs1);
    low_bytes(r->result_low, s->step->rd_new);
    high_limbs(r->result_high, s->step->rd_new);
    vm_fill_fetch(r->at, s);
    r->first.gap = vm_gap(s->step->time + SITU_SLOT_RS1, s->step->rs1_time);
    vm_fill_rd(r->d, s);
}
