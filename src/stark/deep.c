/* deep.c — see deep.h. */
#include "stark/deep.h"

#include "stark/deep_kernel.h"

#define DEEP_TASK_GROUPS 128 /* 2048 rows */

size_t situ_deep_scratch_bytes(u32 n_tiles) { return n_tiles * sizeof(deep_weights); }

static void deep_task(void *ctx, u64 index, u32 worker)
{
    (void)worker;
    const deep_job *job = ctx;
    const u64 n_groups = (UINT64_C(1) << job->out->log2_size) / 16, first = index * DEEP_TASK_GROUPS;
    SIMD_PICK(situ_deep_groups)(job, first, u64_min(first + DEEP_TASK_GROUPS, n_groups));
}

static void lay_out_weights(deep_weights *out, const situ_deep_set *set)
{
    for (u32 t = 0; t < set->n_tiles; t++)
        for (u32 j = 0; j < K6_DEGREE; j++)
            for (u32 l = 0; l < 16; l++) out[t].c[j][l] = set->weights[t][l].c[j];
}

void situ_deep_combine(const situ_fri_codeword *out, const situ_deep_set *sets, u32 n_sets, void *scratch,
                       situ_pool *pool)
{
    SITU_ASSERT(n_sets >= 1 && n_sets <= SITU_DEEP_SETS_MAX);
    SITU_ASSERT((uintptr_t)scratch % 64 == 0);
    deep_job job = {.out = out, .sets = sets, .n_sets = n_sets};
    deep_weights *weights = scratch;
    for (u32 s = 0; s < n_sets; s++) {
        SITU_ASSERT(sets[s].n_tiles <= SITU_DEEP_TILES_MAX);
        lay_out_weights(weights, &sets[s]);
        job.weights[s] = weights;
        weights += sets[s].n_tiles;
        situ_reciprocal_init(&job.r[s], sets[s].point, k6_one());
    }
    situ_points_init(&job.points, out->log2_size, 0, KB_CONST(KB_GENERATOR), false);
    const u64 n_groups = (UINT64_C(1) << out->log2_size) / 16;
    situ_pool_run(pool, (n_groups + DEEP_TASK_GROUPS - 1) / DEEP_TASK_GROUPS, deep_task, &job);
}
