/* ood_kernel.h — private: the packed parts of ood.h, one variant per CPU level. */
#ifndef SITU_STARK_OOD_KERNEL_H
#define SITU_STARK_OOD_KERNEL_H

#include "base/cpu.h"
#include "field/points.h"

/* Weights of the groups of sixteen rows first_group <= group < end_group; r is scaled by the weights' common
 * factor. */
SIMD_DECLARE(void, situ_ood_weight_groups,
             (kb * weights, const situ_points *points, const situ_reciprocal *r, u64 first_group,
              u64 end_group));

/* sums[j][l] += sum over n_rows rows of rows[.][l] weights[.][j]; sums canonical. */
SIMD_DECLARE(void, situ_ood_add_rows,
             (kb sums[K6_DEGREE][16], const kb *rows, const kb *weights, u64 n_rows));

#endif /* SITU_STARK_OOD_KERNEL_H */
