/* deep_kernel.h — private: the packed part of deep.h, one variant per CPU level. */
#ifndef SITU_STARK_DEEP_KERNEL_H
#define SITU_STARK_DEEP_KERNEL_H

#include "base/cpu.h"
#include "stark/deep.h"

/* Coefficient j of the weights of a tile's sixteen lanes. */
typedef struct {
    SITU_ALIGNED(64) kb c[K6_DEGREE][16];
} deep_weights;

typedef struct {
    const situ_fri_codeword *out;
    const situ_deep_set *sets;
    u32 n_sets;
    const deep_weights *weights[SITU_DEEP_SETS_MAX];
    situ_points points;
    situ_reciprocal r[SITU_DEEP_SETS_MAX];
} deep_job;

/* Groups of sixteen rows, first_group <= group < end_group. */
SIMD_DECLARE(void, situ_deep_groups, (const deep_job *job, u64 first_group, u64 end_group));

#endif /* SITU_STARK_DEEP_KERNEL_H */
