/* deep.c — see deep.h. */
#include "stark/deep.h"

#include <string.h>

#include "stark/deep_kernel.h"

#define DEEP_TASK_GROUPS 128 /* 2048 rows */

size_t situ_deep_scratch_bytes(u32 n_tiles) { return (n_tiles + SITU_DEEP_SETS_MAX) * sizeof(deep_tile); }

static void deep_task(void *ctx, u64 index, u32 worker)
{
    (void)worker;
    const deep_job *job = ctx;
    const u64 n_groups = (UINT64_C(1) << job->out->log2_size) / 16, first = index * DEEP_TASK_GROUPS;
    SIMD_PICK(situ_deep_groups)(job, first, u64_min(first + DEEP_TASK_GROUPS, n_groups));
}

/* Returns how many were written. */
static u32 lay_out_tiles(deep_tile *out, const situ_deep_set *set)
{
    const u32 n_tiles = set->n_tiles, n_even = n_tiles + n_tiles % 2;
    memset(out, 0, n_even * sizeof *out);
    for (u32 t = 0; t < n_even; t++) {
        out[t].tile = set->tiles[t < n_tiles ? t : n_tiles - 1];
        for (u32 j = 0; j < K6_DEGREE && t < n_tiles; j++)
            for (u32 l = 0; l < 16; l++)
                (l % 2 ? out[t].odd : out[t].even)[j][l & ~1u] = set->weights[t][l].c[j];
    }
    return n_even;
}

void situ_deep_combine(const situ_fri_codeword *out, const situ_deep_set *sets, u32 n_sets, void *scratch,
                       situ_pool *pool)
{
    SITU_ASSERT(n_sets >= 1 && n_sets <= SITU_DEEP_SETS_MAX);
    SITU_ASSERT((uintptr_t)scratch % 64 == 0);
    deep_job job = {.out = out, .sets = sets, .n_sets = n_sets};
    deep_tile *tiles = scratch;
    for (u32 s = 0; s < n_sets; s++) {
        SITU_ASSERT(sets[s].n_tiles <= SITU_DEEP_TILES_MAX);
        job.tiles[s] = tiles;
        job.n_tiles[s] = lay_out_tiles(tiles, &sets[s]);
        tiles += job.n_tiles[s];
        situ_reciprocal_init(&job.r[s], sets[s].point, k6_one());
    }
    situ_points_init(&job.points, out->log2_size, 0, KB_CONST(KB_GENERATOR), false);
    const u64 n_groups = (UINT64_C(1) << out->log2_size) / 16;
    situ_pool_run(pool, (n_groups + DEEP_TASK_GROUPS - 1) / DEEP_TASK_GROUPS, deep_task, &job);
}
