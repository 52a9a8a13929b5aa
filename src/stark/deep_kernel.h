/* deep_kernel.h — private: the packed part of deep.h, one variant per CPU level. */
#ifndef SITU_STARK_DEEP_KERNEL_H
#define SITU_STARK_DEEP_KERNEL_H

#include "base/cpu.h"
#include "stark/deep.h"

/* A tile with the weights of its lanes: even[j] holds coefficient j of lane 2 i at 2 i, odd[j] that of lane 2
 * i + 1. */
typedef struct {
    SITU_ALIGNED(64) kb even[K6_DEGREE][16];
    kb odd[K6_DEGREE][16];
    const kb *tile;
} deep_tile;

typedef struct {
    const situ_fri_codeword *out;
    kb *tile; /* if not NULL, results go to its rows, an element in the first six lanes, instead of to out */
    const situ_deep_set *sets;
    u32 n_sets;
    const deep_tile *tiles[SITU_DEEP_SETS_MAX]; /* an even number: a last odd one is followed by itself with
                                                   weights zero */
    u32 n_tiles[SITU_DEEP_SETS_MAX];
    situ_points points;
    situ_reciprocal r[SITU_DEEP_SETS_MAX];
} deep_job;

/* Groups of sixteen rows, first_group <= group < end_group. */
SIMD_DECLARE(void, situ_deep_groups, (const deep_job *job, u64 first_group, u64 end_group));

/* Elements from the rows of job->tile, after its extension, to job->out. */
SIMD_DECLARE(void, situ_deep_from_tile, (const deep_job *job, u64 first_group, u64 end_group));

#endif /* SITU_STARK_DEEP_KERNEL_H */
