/* ood.simd.c — weights and weighted sums of rows; see ood.h. */
#include "stark/ood_kernel.h"

#include "field/k16_io.h"
#include "field/points16.h"

void SIMD_NAME(situ_ood_weight_groups)(kb *weights, const situ_points *points, const situ_reciprocal *r,
                                       u64 first_group, u64 end_group)
{
    for (u64 group = first_group; group < end_group; group += POINTS16_BLOCK) {
        k16 w[POINTS16_BLOCK];
        u32 n_groups = (u32)u64_min(POINTS16_BLOCK, end_group - group);
        reciprocal_block(w, points, r, group, n_groups, true);
        for (u32 g = 0; g < n_groups; g++) k16_store_elements(weights + (group + g) * (16 * K6_DEGREE), w[g]);
    }
}

void SIMD_NAME(situ_ood_add_rows)(kb sums[K6_DEGREE][16], const kb *rows, const kb *weights, u64 n_rows)
{
    v16_sum acc[K6_DEGREE];
    for (int j = 0; j < K6_DEGREE; j++) acc[j] = v16_sum_zero();
    for (u64 row = 0; row < n_rows; row++) {
        v16 v = v16_load(rows + row * 16);
        for (int j = 0; j < K6_DEGREE; j++) {
            acc[j] = v16_sum_mul_add(acc[j], v, v16_set1(weights[row * K6_DEGREE + (u64)j]));
            if (row & 1) acc[j] = v16_sum_fold(acc[j]);
        }
    }
    for (int j = 0; j < K6_DEGREE; j++) {
        v16 sum = v16_sum_reduce(v16_sum_fold(acc[j]));
        v16_store(sums[j], v16_add(v16_load(sums[j]), sum));
    }
}
