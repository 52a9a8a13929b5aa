/* witness_lie.h — lies that are consistent but for one thing.
 *
 * A forged row shows little when five messages break at once.  These helpers bring everything else into line with
 * the lie — the ends of histories, the counts of lookups — so that what the checker still finds is what protects.
 */
#ifndef SITU_TESTS_VM_WITNESS_LIE_H
#define SITU_TESTS_VM_WITNESS_LIE_H

#include "tests/vm/witness_run.h"

/* Slots of a table that the run has, and their rows. */
#define EACH_ROW(r, table, type, row)                                                                       \
    for (u32 slot_ = (r)->witness.first_slot[table]; slot_ < (r)->witness.first_slot[(table) + 1]; slot_++) \
        if ((r)->rows.cells[slot_])                                                                         \
            for (type *row = (void *)(r)->rows.cells[slot_];                                                \
                 row <                                                                                      \
                 (type *)(void *)(r)->rows.cells[slot_] + (UINT64_C(1) << (r)->witness.log2_rows[slot_]);   \
                 row++)

/* The row of a register's or word's first and last value. */
SITU_UNUSED static situ_vm_edge_row *lie_edge(const witness_run *r, u32 key)
{
    EACH_ROW(r, SITU_VM_TABLE_EDGE, situ_vm_edge_row, e)
    if (e->real && SITU_KEY(e->space, e->address) == key) return e;
    test_fail(__FILE__, __LINE__, "no edge of key %x", (unsigned)key);
}

/* Its history ends with `value`, last accessed at `time`. */
SITU_UNUSED static void lie_last(const witness_run *r, u32 key, u64 value, u32 time)
{
    situ_vm_edge_row *e = lie_edge(r, key);
    vm_limbs4(e->last, value);
    e->last_time = time;
    EACH_ROW(r, SITU_VM_TABLE_FINAL, situ_vm_final_row, f)
    if (f->real && SITU_KEY(f->space, f->address) == key) vm_limbs4(f->value, value);
}

/* Nothing accesses it. */
SITU_UNUSED static void lie_untouched(const witness_run *r, u32 key)
{
    situ_vm_edge_row *e = lie_edge(r, key);
    u64 value = 0;
    for (u32 k = 0; k < 4; k++) value |= (u64)e->first[k] << 16 * k;
    lie_last(r, key, value, e->first_time);
}

/* A padding row of the table's first instance, to be made real. */
SITU_UNUSED static void *lie_new_row(const witness_run *r, u32 table)
{
    CHECK(r->witness.n_rows[table] < UINT64_C(1) << r->witness.log2_rows[r->witness.first_slot[table]]);
    return witness_row(r, table, (u32)r->witness.n_rows[table]);
}

/* With lookups counted anew, the lie is found, and in one place only, whose report contains `what`. */
SITU_UNUSED static void lie_caught_by(const witness_run *r, const char *what)
{
    char first[1024];
    witness_recount(r);
    u64 n = witness_findings(r, first);
    if (n != 1) test_fail(__FILE__, __LINE__, "%llu findings, not one: %s", (unsigned long long)n, first);
    if (!strstr(first, what)) test_fail(__FILE__, __LINE__, "expected %s, found: %s", what, first);
}

#endif /* SITU_TESTS_VM_WITNESS_LIE_H */
