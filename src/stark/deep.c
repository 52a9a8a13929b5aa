/* deep.c — see deep.h. */
#include "stark/deep.h"

#include <string.h>

#include "stark/deep_kernel.h"

#define DEEP_TASK_GROUPS 128 /* 2048 rows */

size_t situ_deep_scratch_bytes(u32 n_tiles) { return (n_tiles + SITU_DEEP_SETS_MAX) * sizeof(deep_tile); }

/* Tiles from which half the rows of a direct combination at blowup 2 cost more than the extension of a tile.
 */
#define DEEP_EXTENSION_TILES 16

bool situ_deep_extension_pays(u32 n_tiles, u32 log2_blowup)
{
    return n_tiles * ((1u << log2_blowup) - 1) >= DEEP_EXTENSION_TILES * (1u << log2_blowup) / 2;
}

typedef void deep_kernel(const deep_job *job, u64 first_group, u64 end_group);

typedef struct {
    const deep_job *job;
    deep_kernel *kernel;
    u64 n_groups;
} deep_run;

static void deep_task(void *ctx, u64 index, u32 worker)
{
    (void)worker;
    const deep_run *run = ctx;
    const u64 first = index * DEEP_TASK_GROUPS;
    run->kernel(run->job, first, u64_min(first + DEEP_TASK_GROUPS, run->n_groups));
}

static void run_kernel(const deep_job *job, deep_kernel *kernel, u32 log2_size, situ_pool *pool)
{
    deep_run run = {job, kernel, (UINT64_C(1) << log2_size) / 16};
    situ_pool_run(pool, (run.n_groups + DEEP_TASK_GROUPS - 1) / DEEP_TASK_GROUPS, deep_task, &run);
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

/* Everything but where the results go. */
static deep_job make_job(const situ_deep_set *sets, u32 n_sets, u32 log2_size, void *scratch)
{
    SITU_ASSERT(n_sets >= 1 && n_sets <= SITU_DEEP_SETS_MAX);
    SITU_ASSERT((uintptr_t)scratch % 64 == 0);
    deep_job job = {.sets = sets, .n_sets = n_sets};
    deep_tile *tiles = scratch;
    for (u32 s = 0; s < n_sets; s++) {
        SITU_ASSERT(sets[s].n_tiles <= SITU_DEEP_TILES_MAX);
        job.tiles[s] = tiles;
        job.n_tiles[s] = lay_out_tiles(tiles, &sets[s]);
        tiles += job.n_tiles[s];
        situ_reciprocal_init(&job.r[s], sets[s].point, k6_one());
    }
    situ_points_init(&job.points, log2_size, 0, KB_CONST(KB_GENERATOR), false);
    return job;
}

void situ_deep_combine(const situ_fri_codeword *out, const situ_deep_set *sets, u32 n_sets, void *scratch,
                       situ_pool *pool)
{
    deep_job job = make_job(sets, n_sets, out->log2_size, scratch);
    job.out = out;
    run_kernel(&job, SIMD_PICK(situ_deep_groups), out->log2_size, pool);
}

size_t situ_deep_extended_scratch_bytes(u32 n_tiles, u32 log2_size)
{
    return situ_deep_scratch_bytes(n_tiles) + (sizeof(kb[SITU_TILE_COLUMNS]) << log2_size);
}

void situ_deep_combine_extended(const situ_fri_codeword *out, const situ_deep_set *sets, u32 n_sets,
                                u32 log2_rows, const situ_ntt_plan *plan, void *scratch, situ_pool *pool)
{
    SITU_ASSERT(out->log2_size >= log2_rows);
    kb *extension = scratch,
       *values = extension + ((((size_t)1 << out->log2_size) - ((size_t)1 << log2_rows)) * 16);
    kb shifts[SITU_TILE_COLUMNS];
    for (u32 l = 0; l < SITU_TILE_COLUMNS; l++) shifts[l] = KB_CONST(KB_GENERATOR);

    deep_job job = make_job(sets, n_sets, log2_rows,
                            (char *)scratch + (sizeof(kb[SITU_TILE_COLUMNS]) << out->log2_size));
    job.tile = values;
    run_kernel(&job, SIMD_PICK(situ_deep_groups), log2_rows, pool);
    situ_lde_tile_cosets(plan, extension, values, shifts, log2_rows, out->log2_size - log2_rows, pool);
    job.tile = extension;
    job.out = out;
    run_kernel(&job, SIMD_PICK(situ_deep_from_tile), out->log2_size, pool);
}
