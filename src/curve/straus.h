/* straus.h — sums of a few points, where buckets would stay empty: both halves of every scalar in windows of 4
 * bits, multiples of each point from a table, and one chain of doublings for all (Straus).
 *
 * What a window selects is added by a tree of batch-affine additions, all windows in the same batches, so that
 * even a handful of points fills the lanes and shares the inversions.
 */
#ifndef SITU_CURVE_STRAUS_H
#define SITU_CURVE_STRAUS_H

#include "curve/g1.h"
#include "curve/glv.h"
#include "situ/pool.h"

/* A multiple of 64. */
size_t situ_straus_scratch_bytes(u64 n_points, u32 n_threads);

/* *sum = sum of scalars[i] * P[i], i in [0, n), n > 0.
 *
 *   rows     base rows of the points, or NULL
 *   points   used if rows is NULL
 *   scratch  64-byte aligned
 *   pool     at most n_threads threads
 */
void situ_straus_sum(blst_p1 *sum, const g1_base_row *rows, const situ_g1 *points, const situ_scalar *scalars,
                     u64 n, u32 n_threads, void *scratch, situ_pool *pool);

#endif /* SITU_CURVE_STRAUS_H */
