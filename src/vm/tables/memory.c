/* memory.c — rows of program.air and memory.air: what a run touched, where it began and ended. */
#include "vm/tables/memory.h"

u32 vm_image_index(const situ_program *p, const situ_region *r, u32 word)
{
    (void)p;
    return r->at + (word - r->first);
}

void vm_touch_row(vm_sink *sink, const situ_touch *t)
{
    situ_vm_touch_row *r = vm_sink_row(sink, SITU_VM_TABLE_TOUCH);
    r->real = 1;
    r->space = SITU_KEY_SPACE(t->key);
    r->address = SITU_KEY_ADDRESS(t->key);
    vm_limbs4(r->value, t->value);
    r->time = t->time;
    const u32 gap = t->time - 1 - t->old_time;
    r->gap_low = gap & 0xffff;
    r->gap_high = gap >> 16;
    r->time_low = t->time & 0xffff;
}

void vm_edge_row(vm_sink *sink, const situ_edge *e)
{
    situ_vm_edge_row *r = vm_sink_row(sink, SITU_VM_TABLE_EDGE);
    r->real = 1;
    r->space = SITU_KEY_SPACE(e->key);
    r->address = SITU_KEY_ADDRESS(e->key);
    vm_limbs4(r->first, e->first);
    vm_limbs4(r->last, e->last);
    r->earlier = e->earlier;
    r->first_time = e->first_time;
    r->first_low = e->first_time & 0xffff;
    r->last_time = e->last_time;
}

void vm_final_row(vm_sink *sink, const vm_final *f)
{
    situ_vm_final_row *r = vm_sink_row(sink, SITU_VM_TABLE_FINAL);
    r->real = !f->is_skip;
    r->skip = f->is_skip;
    r->space = SITU_KEY_SPACE(f->key);
    r->address = SITU_KEY_ADDRESS(f->key);
    vm_limbs4(r->value, f->value);
    r->segment_last = f->segment;
    r->next = f->next;
    r->low = (f->next - r->address - 1) & 0xffff;
}

void vm_init_row(vm_sink *sink, const situ_region *region, const situ_edge *e)
{
    u32 address = SITU_KEY_ADDRESS(e->key);
    if (region->kind == SITU_REGION_ZERO) {
        situ_vm_zero_init_row *r = vm_sink_row(sink, SITU_VM_TABLE_ZERO_INIT);
        r->real = 1;
        r->address = address;
        r->first = region->first;
        r->last = region->last;
        r->above.low = (address - region->first) & 0xffff;
        r->below.low = (region->last - address) & 0xffff;
    } else if (region->kind == SITU_REGION_INPUT) {
        situ_vm_input_init_row *r = vm_sink_row(sink, SITU_VM_TABLE_INPUT_INIT);
        r->real = 1;
        r->address = address;
        vm_limbs4(r->value, e->first);
        r->first = region->first;
        r->last = region->last;
        r->above.low = (address - region->first) & 0xffff;
        r->below.low = (region->last - address) & 0xffff;
    }
}

/* --- preprocessed --------------------------------------------------------------------------------------- */

void vm_program_pre_row(const situ_program *p, u32 row, situ_vm_program_pre_row *pre)
{
    memset(pre, 0, sizeof *pre);
    if (row >= p->n_insns) {
        pre->op = SITU_OP_ILLEGAL;
        return;
    }
    const situ_insn *in = &p->insns[row];
    pre->place = in->pc / 4;
    pre->op = in->op == SITU_OP_LUI || in->op == SITU_OP_AUIPC ? SITU_OP_JAL : in->op;
    pre->rd = in->rd;
    pre->rs1 = in->rs1;
    pre->rs2 = in->rs2;
    vm_limbs4(pre->imm, vm_program_imm(in));
    pre->target = vm_program_target(in);
}

/* The region that holds image word `index`. */
static const situ_region *image_region(const situ_program *p, u32 index)
{
    const situ_region *found = NULL;
    for (u32 i = 0; i < p->n_regions; i++) {
        const situ_region *r = &p->regions[i];
        if (r->kind <= SITU_REGION_WRITE && r->at <= index) found = r;
    }
    SITU_ASSERT(found && index - found->at <= found->last - found->first);
    return found;
}

void vm_image_pre_row(const situ_program *p, u32 row, situ_vm_image_pre_row *pre)
{
    memset(pre, 0, sizeof *pre);
    if (row >= p->n_image_words) return;
    const situ_region *r = image_region(p, row);
    pre->space = region_space(r->kind);
    pre->address = r->first + (row - r->at);
    vm_limbs4(pre->value, p->image_words[row]);
}

void vm_regions_pre_row(const situ_program *p, u32 row, situ_vm_regions_pre_row *pre)
{
    memset(pre, 0, sizeof *pre);
    if (row >= p->n_regions || p->regions[row].kind <= SITU_REGION_WRITE) {
        pre->first = 1; /* no word lies in 1..0 */
        return;
    }
    pre->kind = p->regions[row].kind == SITU_REGION_INPUT;
    pre->first = p->regions[row].first;
    pre->last = p->regions[row].last;
}
