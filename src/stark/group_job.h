/* group_job.h — the prover's work on one group of tables of equal height: auxiliary columns and quotient.
 *
 * Both go through the rows in blocks of sixteen: the block's columns are transposed into the worker's
 * scratch, every table's generated evaluator runs over them, and what it emits is combined in K.
 */
#ifndef SITU_STARK_GROUP_JOB_H
#define SITU_STARK_GROUP_JOB_H

#include <stdatomic.h>

#include "base/cpu.h"
#include "stark/layout.h"

#define STARK_WIDTH_MAX 1024 /* values in a message */

/* Tiles that a group takes of scratch: what is loaded of a stacked column's last tile may reach beyond the last column. */
SITU_INLINE u32 stark_scratch_tiles(const stark_group *g, u32 tree)
{
    const u32 stacked = g->n_stacked[tree] << g->log2_stack;
    return g->log2_stack == 0 ? g->n_tiles[tree] : stacked / STARK_TILE_COLUMNS + 2;
}

/* Scratch of one worker, all 64-byte aligned; counts are those of the layout's largest group. */
typedef struct {
    kb (*pre)[16];
    kb (*main)[16];
    kb (*aux)[16];
    kb (*aux_next)[16];
    kb (*constraints)[16]; /* of one table              */
    kb (*mults)[16];       /* of one table              */
    kb (*values)[16];      /* of one table              */
    kb (*fractions)[3][6]
                   [16]; /* of all LogUp groups: numerator, denominator, product of denominators before it */
} group_scratch;

typedef struct {
    const stark_layout *layout;
    const situ_air_prover_system *system;
    u32 group;
    const kb *publics;
    k6 gamma;
    const k6 *beta_powers;        /* [STARK_WIDTH_MAX + 1]       */
    const k6 *alpha_powers;       /* [group's constraints]       */
    const group_scratch *scratch; /* [threads]             */

    const kb *const *tiles[3]; /* preprocessed, main, auxiliary: traces for the auxiliary columns, extended
                                  for the quotient */

    kb *const *aux_out;  /* auxiliary trace tiles                                           */
    k6 *const *totals;   /* [sums of the group][rows]: sum of a row's fractions             */
    atomic_bool *failed; /* a denominator was zero                                          */

    kb *const *quotient_out; /* tiles of 2^log2_rows rows, lane 6 k + j: coefficient j on coset k */
    const kb *const *lifted; /* the same of the next shorter group, to be added; NULL for the shortest */
    u32 log2_lift;           /* rows of quotient_out over rows of lifted                           */
    const k6 *means;         /* [sums of the group] claimed sum / rows                            */
    kb vanishing_inverse[1 << (SITU_STARK_LOG2_BLOWUP_MAX +
                               STARK_LOG2_STACK_MAX)]; /* 1 / (x^n - 1) for tables of n
                                                       rows, on each run of n points, as they lie in memory */
} group_job;

/* Blocks of sixteen rows first_block..first_block+n_blocks-1, by one worker. */
SIMD_DECLARE(void, stark_aux_blocks, (const group_job *job, u32 first_block, u32 n_blocks, u32 worker));
SIMD_DECLARE(void, stark_quotient_blocks, (const group_job *job, u32 first_block, u32 n_blocks, u32 worker));

/* Rows first..first+n-1 of a table with n_columns, whose first column is at `column` of the tiles, from plain
 * integers. */
SIMD_DECLARE(void, stark_store_rows,
             (kb *const *tiles, u32 column, u32 n_columns, size_t first, size_t n, const u32 *cells));

#endif /* SITU_STARK_GROUP_JOB_H */
