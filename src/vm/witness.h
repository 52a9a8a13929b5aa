/* witness.h — from a traced segment to the rows of every table.
 *
 *     vm_witness_plan      counts rows and chooses heights; allocates little
 *     vm_witness_fill      hands out every row of every slot, exactly once, padding included
 *
 * Rows lie in order of execution whatever the number of threads, so that a run has one proof.
 */
#ifndef SITU_VM_WITNESS_H
#define SITU_VM_WITNESS_H

#include "base/base.h"
#include "situ/pool.h"
#include "situ/stark.h"
#include "vm/tables/tables.h"

typedef struct {
    const situ_program *program;
    const situ_trace_chunk *const *chunks;
    u32 n_chunks;
    const situ_segment *segment;
    u64 (*starts)
        [SITU_VM_TABLES]; /* [n_chunks + 1] rows of each table before a chunk; behind the last, before the edges */
    u64 n_rows[SITU_VM_TABLES]; /* real ones; of preprocessed tables all */
    u32 first_slot[SITU_VM_TABLES + 1];
    u8 log2_rows[SITU_STARK_SLOTS_MAX]; /* 0: absent */
} vm_witness;

/* Heights of the tables that have preprocessed columns, 0 for all others: what a key is made for.
 * SITU_ERR_LIMIT: more instructions or image words than a table has rows. */
situ_err vm_key_heights(const situ_program *program, u8 log2_rows[SITU_STARK_SLOTS_MAX]);

enum { SITU_VM_PRE_MAX = 16 }; /* preprocessed columns of a table, at most */

/* Preprocessed rows; ctx is the program. */
situ_stark_preprocessed_fn vm_preprocessed;

/* Rows that a segment's first and last values take, added to n_rows[SITU_VM_TABLES]; steps and touches are counted apart. */
void vm_count_edges(const situ_program *program, const situ_segment *segment, u64 *n_rows);

/* Choose heights for these numbers of rows; those of preprocessed tables are set here.
 *
 *  log2_blowup                           from 3 on proofs are meant to be short: padding may cost more
 *  n_rows      [SITU_VM_TABLES]          in/out
 *  log2_rows   [SITU_STARK_SLOTS_MAX]    out  0: absent
 *  first_slot  [SITU_VM_TABLES + 1]      out
 *  too_long                              out  on SITU_ERR_LIMIT the table that has too many rows */
situ_err vm_choose_heights(const situ_program *program, u32 log2_blowup, u64 *n_rows, u8 *log2_rows,
                           u32 *first_slot, u32 *too_long);

/* Tables of one height may have too many columns together (a limit of the security argument): then wide ones go up.  What fits is made
 * cheaper where some tables are better off lower or higher than each for itself.
 * SITU_ERR_LIMIT: no proof with these parameters has so many rows. */
situ_err vm_fit_heights(u8 *log2_rows, const u32 *first_slot, const situ_stark_params *params);

/* Count and choose heights.  Chunks, segment and program stay where they are until vm_witness_close.
 *
 *  too_long  out  on SITU_ERR_LIMIT the table that has too many rows
 *
 * SITU_ERR_LIMIT, SITU_ERR_MEMORY */
situ_err vm_witness_plan(vm_witness *w, const situ_program *program, const situ_trace_chunk *const *chunks,
                         u32 n_chunks, const situ_segment *segment, u32 log2_blowup,
                         u32 *too_long) SITU_MUST_USE;
void vm_witness_close(vm_witness *w);

/* Takes rows first..first + n - 1 of a slot; called by any thread. */
typedef void vm_put(void *ctx, u32 slot, u32 first, u32 n, const u32 *cells);

/* SITU_ERR_MEMORY. */
situ_err vm_witness_fill(const vm_witness *w, const u32 *publics, vm_put *put, void *ctx,
                         situ_pool *pool) SITU_MUST_USE;

#endif /* SITU_VM_WITNESS_H */
