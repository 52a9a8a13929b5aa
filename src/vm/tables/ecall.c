/* ecall.c — rows of ecall.air. */
#include "vm/tables/tables.h"

static void fill_exit(const vm_step *s, situ_vm_exit_row *r)
{
    r->real = 1;
    vm_fill_fetch(r->at, s);
    r->number.gap = vm_gap(s->step->time + SITU_SLOT_RS1, s->step->rs1_time);
    vm_fill_rs2(r->code, s);
}

void vm_ecall_count(const vm_step *s, u64 *n_rows)
{
    switch (s->step->rs1) {
    case SITU_ECALL_EXIT: n_rows[SITU_VM_TABLE_EXIT]++; break;
    default: break;
    }
}

void vm_ecall_fill(const vm_step *s, vm_sink *sink)
{
    switch (s->step->rs1) {
    case SITU_ECALL_EXIT: fill_exit(s, vm_sink_row(sink, SITU_VM_TABLE_EXIT)); break;
    default: break;
    }
}
