/* check.c — see check.h. */
#include "vm/check.h"

#include <stdlib.h>
#include <string.h>

static const u32 publics[SITU_VM_PUBLICS] = {[SITU_VM_PUBLIC_SEGMENT] = VM_SEGMENT};

static void store(void *ctx, u32 slot, u32 first, u32 n, const u32 *cells)
{
    vm_rows *r = ctx;
    u32 table = 0;
    while (r->w->first_slot[table + 1] <= slot) table++;
    size_t n_main = situ_vm_system.tables[table].n_main;
    memcpy(r->cells[slot] + first * n_main, cells, n * n_main * sizeof(u32));
}

situ_err vm_rows_make(vm_rows *r, const vm_witness *w, situ_pool *pool)
{
    *r = (vm_rows){.w = w};
    for (u32 t = 0; t < SITU_VM_TABLES; t++) {
        for (u32 slot = w->first_slot[t]; slot < w->first_slot[t + 1]; slot++) {
            if (w->log2_rows[slot] == 0) continue;
            r->cells[slot] =
                malloc(((size_t)situ_vm_system.tables[t].n_main * sizeof(u32)) << w->log2_rows[slot]);
            if (!r->cells[slot]) {
                vm_rows_free(r);
                return SITU_ERR_MEMORY;
            }
        }
    }
    situ_err err = vm_witness_fill(w, publics, store, r, pool);
    if (err) vm_rows_free(r);
    return err;
}

void vm_rows_free(vm_rows *r)
{
    for (u32 slot = 0; slot < SITU_STARK_SLOTS_MAX; slot++) {
        free(r->cells[slot]);
        r->cells[slot] = NULL;
    }
}

/* --- as situ_air_check wants it ------------------------------------------------------------------------- */

typedef struct {
    const vm_rows *rows;
    u32 table, slot;
    kb *pre, *main; /* one row */
} slot_view;

static void view_row(void *ctx, u64 row, const kb **pre, const kb **main)
{
    slot_view *v = ctx;
    const situ_air_table *t = &situ_vm_system.tables[v->table];
    const u32 *cells = v->rows->cells[v->slot] + row * t->n_main;
    if (t->n_pre) {
        u32 plain[SITU_VM_PRE_MAX];
        vm_preprocessed(v->rows->w->program, v->table, (u32)row, plain);
        for (u32 i = 0; i < t->n_pre; i++) v->pre[i] = kb_from_u32(plain[i]);
        *pre = v->pre;
    }
    for (u32 i = 0; i < t->n_main; i++) v->main[i] = kb_from_u32(cells[i]);
    *main = v->main;
}

typedef struct {
    situ_air_boundary *list;
    u32 n, n_max;
    bool failed;
} messages;

static void add_message(void *ctx, u32 bus, i32 multiplicity, const u32 *values, u32 n_values)
{
    messages *m = ctx;
    if (m->n == m->n_max) {
        u32 grown = 2 * m->n_max + 64;
        void *moved = realloc(m->list, grown * sizeof *m->list);
        m->failed |= !moved;
        if (!moved) return;
        m->list = moved;
        m->n_max = grown;
    }
    kb *copy = malloc(VM_MESSAGE_WIDTH_MAX * sizeof *copy);
    m->failed |= !copy;
    if (!copy) return;
    for (u32 i = 0; i < n_values; i++) copy[i] = kb_from_u32(values[i]);
    m->list[m->n++] = (situ_air_boundary){bus, 1, multiplicity < 0, copy};
}

static void free_messages(messages *m)
{
    for (u32 i = 0; i < m->n; i++) free((void *)(uintptr_t)m->list[i].values);
    free(m->list);
}

situ_err vm_rows_check(u64 *n_found, const vm_rows *rows, const vm_statement *statement, u32 n_reports_max,
                       situ_air_report *report, void *report_ctx)
{
    messages boundary = {0};
    situ_air_trace_table tables[SITU_STARK_SLOTS_MAX];
    slot_view views[SITU_STARK_SLOTS_MAX];
    kb segment = kb_from_u32(VM_SEGMENT), *cells = NULL;
    u32 n_tables = 0, width = 0;

    for (u32 t = 0; t < SITU_VM_TABLES; t++) width = (u32)u64_max(width, situ_vm_system.tables[t].n_main);
    cells = malloc((width + SITU_VM_PRE_MAX) * sizeof *cells);
    vm_boundary(statement, add_message, &boundary);
    if (!cells || boundary.failed) {
        free(cells);
        free_messages(&boundary);
        return SITU_ERR_MEMORY;
    }
    for (u32 t = 0; t < SITU_VM_TABLES; t++) {
        for (u32 slot = rows->w->first_slot[t]; slot < rows->w->first_slot[t + 1]; slot++) {
            if (!rows->cells[slot]) continue;
            views[n_tables] = (slot_view){rows, t, slot, cells + width, cells};
            tables[n_tables] = (situ_air_trace_table){.table = t,
                                                      .n_rows = UINT64_C(1) << rows->w->log2_rows[slot],
                                                      .ctx = &views[n_tables],
                                                      .row = view_row};
            n_tables++;
        }
    }
    const situ_air_trace trace = {.tables = tables,
                                  .n_tables = n_tables,
                                  .boundary = boundary.list,
                                  .n_boundary = boundary.n,
                                  .publics = &segment};
    situ_err err = situ_air_check(n_found, &situ_vm_prover, &trace, n_reports_max, report, report_ctx);
    free(cells);
    free_messages(&boundary);
    return err;
}
