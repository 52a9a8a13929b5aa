/* witness_forge.h — lies that are consistent everywhere but in one place, which must be what catches them.
 *
 * Rows are forged in place, or the records they are filled from are (witness_refill then).  What a liar may
 * adapt freely is adapted: the counts of lookups, first and last values, the statement.
 */
#ifndef SITU_TESTS_VM_WITNESS_FORGE_H
#define SITU_TESTS_VM_WITNESS_FORGE_H

#include "tests/vm/witness_run.h"

typedef struct {
    const char *what;
    u32 n_other;
    char other[1024];
} forged_reports;

SITU_UNUSED static void forged_report(void *ctx, const char *line)
{
    forged_reports *f = ctx;
    if (strstr(line, f->what) || f->n_other++) return;
    snprintf(f->other, sizeof f->other, "%s", line);
}

/* The lie is found, and every finding has `what` in it.  Ends the run. */
SITU_UNUSED static void witness_breaks_only(witness_run *r, const char *what)
{
    u64 n;
    forged_reports reports = {.what = what};
    witness_recount(r);
    CHECK_EQ(vm_rows_check(&n, &r->rows, &r->statement, 1000, forged_report, &reports), SITU_OK);
    if (n == 0) test_fail(__FILE__, __LINE__, "a forgery passes: %s", what);
    if (reports.n_other) test_fail(__FILE__, __LINE__, "not only %s breaks, also: %s", what, reports.other);
    witness_close(r);
}

/* Fill all rows again, from records that were changed. */
SITU_UNUSED static void witness_refill(witness_run *r)
{
    u32 too_long;
    vm_rows_free(&r->rows);
    vm_witness_close(&r->witness);
    CHECK_EQ(vm_witness_plan(&r->witness, r->program, (const situ_trace_chunk *const *)r->chunks, r->n_chunks,
                             &r->segment, 1, &too_long),
             SITU_OK);
    CHECK_EQ(vm_rows_make(&r->rows, &r->witness, NULL), SITU_OK);
}

/* --- records -------------------------------------------------------------------------------------------- */

/* Wherever a record has this value, in registers and in words, it has the other one.  For values that occur in
 * one meaning. */
SITU_UNUSED static void forge_value(witness_run *r, u64 value, u64 other)
{
#define FORGE(x) ((x) = (x) == value ? other : (x))
    for (u32 i = 0; i < r->n_chunks; i++) {
        situ_trace_chunk *c = r->chunks[i];
        for (u32 k = 0; k < c->n_steps; k++) {
            situ_step *s = &c->steps[k];
            FORGE(s->rs1), FORGE(s->rs2), FORGE(s->rd_old), FORGE(s->rd_new);
            FORGE(s->mem_old), FORGE(s->mem_new);
        }
        for (u32 k = 0; k < c->n_extras; k++) FORGE(c->extras[k].old), FORGE(c->extras[k].new);
    }
    situ_edge *edges = (situ_edge *)(uintptr_t)r->segment.edges;
    for (u32 k = 0; k < r->segment.n_edges; k++) FORGE(edges[k].first), FORGE(edges[k].last);
    for (u32 k = 0; k < r->program->n_insns; k++) FORGE(r->program->insns[k].imm);
#undef FORGE
}

/* --- rows of tables.h's edges --------------------------------------------------------------------------- */

SITU_UNUSED static situ_vm_edge_row *edge_row(const witness_run *r, u32 key)
{
    for (u32 i = 0; i < r->segment.n_edges; i++)
        if (r->segment.edges[i].key == key) return witness_row(r, SITU_VM_TABLE_EDGE, i);
    test_fail(__FILE__, __LINE__, "no edge of key 0x%x", key);
}

/* A register's or word's last value. */
SITU_UNUSED static void forge_last(const witness_run *r, u32 key, u64 value)
{
    vm_limbs4(edge_row(r, key)->last, value);
    situ_vm_final_row *f = witness_row(r, SITU_VM_TABLE_FINAL, 0);
    while (!f->real || f->space != SITU_KEY_SPACE(key) || f->address != SITU_KEY_ADDRESS(key)) f++;
    vm_limbs4(f->value, value);
}

#endif /* SITU_TESTS_VM_WITNESS_FORGE_H */
