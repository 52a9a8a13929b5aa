/* check.h — does a segment's witness satisfy the tables?  Every constraint, every bus, exactly; no proof. */
#ifndef SITU_VM_CHECK_H
#define SITU_VM_CHECK_H

#include "air/check.h"
#include "vm/statement.h"
#include "vm/witness.h"

/* A witness in memory: plain cells, slot by slot. */
typedef struct {
    const vm_witness *w;
    u32 *cells[SITU_STARK_SLOTS_MAX]; /* [rows * n_main], NULL when absent */
} vm_rows;

situ_err vm_rows_make(vm_rows *rows, const vm_witness *w, situ_pool *pool) SITU_MUST_USE;
void vm_rows_free(vm_rows *rows);

/* As situ_air_check, for these rows and this statement. */
situ_err vm_rows_check(u64 *n_found, const vm_rows *rows, const vm_statement *statement, u32 n_reports_max,
                       situ_air_report *report, void *report_ctx) SITU_MUST_USE;

#endif /* SITU_VM_CHECK_H */
