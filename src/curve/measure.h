/* measure.h — what sums are measured on, and against: for `situ bench` and bench/. */
#ifndef SITU_CURVE_MEASURE_H
#define SITU_CURVE_MEASURE_H

#include "base/base.h"
#include "situ/msm.h"

/* The same points and scalars each time: distinct points of G1, scalars of 254 random bits. */
void situ_measure_points(situ_g1 *points, u64 n);
void situ_measure_scalars(situ_scalar *scalars, u64 n);

/* The sum as blst computes it: its own routine on one thread; on several, tiles of windows cut as blst's Rust
 * binding cuts them, or one thread where that is faster (n < 32). */
typedef struct {
    u64 n_tiles, window, n_threads;
    size_t tile_bytes, scratch_bytes;
} blst_plan;

blst_plan situ_blst_plan_make(u64 n_points, u32 n_threads);
void situ_blst_sum(situ_g1 *sum, const situ_g1 *points, const situ_scalar *scalars, u64 n_points,
                   const blst_plan *plan, void *scratch, situ_pool *pool);

/* Median of n times; sorts them. */
double situ_measure_median(double *seconds, u64 n);

#endif /* SITU_CURVE_MEASURE_H */
