/* ood.c — see ood.h. */
#include "stark/ood.h"

#include <string.h>

#include "stark/ood_kernel.h"

#define OOD_BLOCK_ROWS    1024 /* 24 KB of weights, read once per tile from the cache */
#define OOD_WEIGHT_GROUPS 256  /* groups of sixteen rows in one task                 */
#define OOD_TASKS_MAX     256

typedef struct {
    kb *weights;
    situ_points points;
    situ_reciprocal r;
    u64 n_groups;
} weights_job;

static void weights_task(void *ctx, u64 index, u32 worker)
{
    (void)worker;
    const weights_job *job = ctx;
    u64 first = index * OOD_WEIGHT_GROUPS;
    SIMD_PICK(situ_ood_weight_groups)
    (job->weights, &job->points, &job->r, first, u64_min(first + OOD_WEIGHT_GROUPS, job->n_groups));
}

void situ_ood_weights(kb *weights, k6 z, u32 log2_rows, situ_pool *pool)
{
    const kb shift = KB_CONST(KB_GENERATOR);
    weights_job job = {.weights = weights, .n_groups = (UINT64_C(1) << log2_rows) / 16};
    situ_points_init(&job.points, log2_rows, 0, shift, false);

    k6 z_n = z;
    kb shift_n = shift;
    for (u32 i = 0; i < log2_rows; i++) {
        z_n = k6_mul(z_n, z_n);
        shift_n = kb_mul(shift_n, shift_n);
    }
    SITU_ASSERT(!k6_equal(z_n, k6_from_kb(shift_n)));
    kb n_shift_n = kb_mul(kb_from_u32(1u << log2_rows), shift_n);
    /* scale x / (x - z) with the sign of z - x. */
    situ_reciprocal_init(&job.r, z, k6_mul_kb(k6_sub(k6_from_kb(shift_n), z_n), kb_inv(n_shift_n)));
    situ_pool_run(pool, (job.n_groups + OOD_WEIGHT_GROUPS - 1) / OOD_WEIGHT_GROUPS, weights_task, &job);
}

/* Rows are cut into blocks, each task takes a run of blocks and all tiles, and has sums of its own. */
typedef struct {
    const situ_ood_columns *columns;
    kb (*sums)[K6_DEGREE][16]; /* [task][tile] */
    u64 block_rows, n_blocks, n_tasks;
} eval_job;

static eval_job eval_plan(u32 log2_rows)
{
    eval_job job = {.block_rows = u64_min(OOD_BLOCK_ROWS, UINT64_C(1) << log2_rows)};
    job.n_blocks = (UINT64_C(1) << log2_rows) / job.block_rows;
    job.n_tasks = u64_min(job.n_blocks, OOD_TASKS_MAX);
    return job;
}

size_t situ_ood_scratch_bytes(u32 n_tiles, u32 log2_rows)
{
    return eval_plan(log2_rows).n_tasks * n_tiles * sizeof(kb[K6_DEGREE][16]);
}

/* The weight of row i at w z is that of the point x_i / w, number bitrev(i) - 1 of H: the zeros above i's
 * top bit become ones, and that bit a zero.  So rows 2^b .. 2^(b+1) - 1 take a run of weights in order. */
static u64 weight_row(u64 row, u32 log2_rows)
{
    if (row == 0) return (UINT64_C(1) << log2_rows) - 1;
    u32 top = u64_log2(row);
    u64 ones_above = (UINT64_C(1) << log2_rows) - (UINT64_C(2) << top);
    return (row ^ UINT64_C(1) << top) | ones_above;
}

static void add_block(kb (*sums)[K6_DEGREE][16], const situ_ood_columns *c, u64 first_row, u64 n_rows,
                      u64 first_weight)
{
    for (u32 t = 0; t < c->n_tiles; t++) SIMD_PICK(situ_ood_add_rows)
    (sums[t], c->tiles[t] + first_row * 16, c->weights + first_weight * K6_DEGREE, n_rows);
}

/* A block of 2^k rows at a multiple of 2^k is one run, but for the first block of all. */
static void add_shifted_block(kb (*sums)[K6_DEGREE][16], const situ_ood_columns *c, u64 first_row, u64 n_rows)
{
    if (first_row == 0) {
        add_block(sums, c, 0, 1, weight_row(0, c->log2_rows));
        for (u64 run = 1; run < n_rows; run *= 2) add_block(sums, c, run, run, weight_row(run, c->log2_rows));
    } else {
        add_block(sums, c, first_row, n_rows, weight_row(first_row, c->log2_rows));
    }
}

static void eval_task(void *ctx, u64 index, u32 worker)
{
    (void)worker;
    const eval_job *job = ctx;
    const situ_ood_columns *c = job->columns;
    kb(*sums)[K6_DEGREE][16] = job->sums + index * c->n_tiles;
    memset(sums, 0, c->n_tiles * sizeof *sums);
    const u64 first = job->n_blocks * index / job->n_tasks, end = job->n_blocks * (index + 1) / job->n_tasks;
    for (u64 block = first; block < end; block++) {
        if (c->shifted)
            add_shifted_block(sums, c, block * job->block_rows, job->block_rows);
        else
            add_block(sums, c, block * job->block_rows, job->block_rows, block * job->block_rows);
    }
}

void situ_ood_eval(k6 *values, const situ_ood_columns *columns, void *scratch, situ_pool *pool)
{
    eval_job job = eval_plan(columns->log2_rows);
    job.columns = columns;
    job.sums = scratch;
    situ_pool_run(pool, job.n_tasks, eval_task, &job);

    for (u32 t = 0; t < columns->n_tiles; t++)
        for (u32 l = 0; l < 16; l++)
            for (u32 j = 0; j < K6_DEGREE; j++) {
                kb sum = 0;
                for (u64 task = 0; task < job.n_tasks; task++)
                    sum = kb_add(sum, job.sums[task * columns->n_tiles + t][j][l]);
                values[16 * t + l].c[j] = sum;
            }
}

void situ_ood_eval_tile(k6 values[16], const kb *tile, u32 log2_rows, const kb *weights)
{
    SITU_ALIGNED(64) kb sums[K6_DEGREE][16] = {{0}};
    SIMD_PICK(situ_ood_add_rows)(sums, tile, weights, UINT64_C(1) << log2_rows);
    for (u32 l = 0; l < 16; l++)
        for (u32 j = 0; j < K6_DEGREE; j++) values[l].c[j] = sums[j][l];
}
