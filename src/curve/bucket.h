/* bucket.h — Pippenger's algorithm for one large sum or many small ones, over prepared rows.
 *
 * A *job* is n_sums independent sums of n_points points each.  Windows of the scalars' halves go to bucket
 * *sets*: with t tables of multiples, windows r, r + s, r + 2s, ... share set r, where s = ceil(windows / t)
 * is the number of sets of a sum.  All sets of all sums are treated alike:
 *
 *   sort        the set's points by digit (counting sort of 4-byte references)
 *   accumulate  each bucket's points by a tree of batch-affine additions, in chunks that fit the L2 cache
 *   reduce      sum of (b + 1) * bucket[b] by halving, all sets at once
 *   finish      Horner's rule over bits, on Jacobian points
 */
#ifndef SITU_CURVE_BUCKET_H
#define SITU_CURVE_BUCKET_H

#include "curve/g1.h"
#include "curve/glv.h"
#include "situ/pool.h"

typedef struct {
    u64 n_sums;
    u64 n_points;    /* of one sum                */
    u64 n_tables;    /* t, 1..windows             */
    u32 window_bits; /* c, 2..SITU_BUCKET_BITS_MAX */
    u32 n_threads;
} bucket_job;

#define BUCKET_WINDOW_MAX 20

/* Sets of one sum. */
u32 situ_bucket_sets(const bucket_job *job);

/* Scratch of situ_bucket_sum; a multiple of 64. */
size_t situ_bucket_scratch_bytes(const bucket_job *job);

/* sums[m] = sum over i of scalars[m * n_points + i] * points[m][i].
 *
 *   rows     n_sums blocks of n_tables * n_points base rows; table j of a block holds the multiples by
 *            2^(j * c * sets)
 *   scratch  64-byte aligned
 *   pool     at most job->n_threads threads
 */
void situ_bucket_sum(blst_p1 *sums, const bucket_job *job, const g1_base_row *rows,
                     const situ_scalar *scalars, void *scratch, situ_pool *pool);

/* Fill the rows of a job (n_sums * n_tables * n_points) from its points, [n_sums][n_points]. */
void situ_bucket_rows_fill(g1_base_row *rows, const bucket_job *job, const situ_g1 *points, void *scratch,
                           situ_pool *pool);
size_t situ_bucket_rows_scratch_bytes(u32 n_threads);

#endif /* SITU_CURVE_BUCKET_H */
