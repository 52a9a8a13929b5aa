/* msm_base.c — prepared bases: conversion, and tables of multiples.
 *
 * Table j is table j - 1 doubled window_bits * sets times.  Doublings are additions of a row to itself, so
 * they go through the batch kernel in blocks, a block's whole column of tables before the next block.
 */
#include <string.h>

#include "base/cpu.h"
#include "curve/bucket.h"
#include "situ/msm.h"

#define BLOCK_POINTS 2048
_Static_assert(BLOCK_POINTS <= G1_BATCH_MAX, "a block is one batch");

/* One worker's memory; the kernels' scratch follows. */
typedef struct {
    u64 a[BLOCK_POINTS], b[BLOCK_POINTS];
    g1_row *d[BLOCK_POINTS];
    g1_row rows[BLOCK_POINTS] SITU_ALIGNED(64);
    situ_g1 points[BLOCK_POINTS];
} SITU_ALIGNED(64) block_memory;

static double base_cost(u64 n_points, u32 c, u64 n_tables)
{
    u32 windows = glv_windows(c);
    double sets = (double)((windows + n_tables - 1) / n_tables), buckets = (double)(UINT64_C(1) << (c - 1));
    return windows * 2 * (double)n_points + sets * 2.1 * buckets + sets * c * 12;
}

situ_err situ_msm_base_choose(situ_msm_base *base, uint64_t n_points, size_t table_bytes_max)
{
    if (n_points > SITU_MSM_POINTS_MAX) return SITU_ERR_ARG;
    u64 table_bytes = u64_max(n_points, 1) * sizeof(g1_base_row), tables_max = table_bytes_max / table_bytes;
    if (tables_max == 0) return SITU_ERR_LIMIT;
    *base = (situ_msm_base){.n_points = n_points,
                            .n_tables = 1,
                            .window_bits = 2,
                            .level = situ_g1_kernels()->id};
    double best = base_cost(n_points, 2, 1);
    for (u32 c = 3; c <= 16; c++) {
        u32 windows = glv_windows(c);
        for (u64 sets = 1; sets <= windows; sets++) {
            u64 n_tables = (windows + sets - 1) / sets;
            if (n_tables > tables_max || n_tables * n_points > SITU_MSM_POINTS_MAX) continue;
            /* The fewer tables win unless more of them gain 2 %. */
            double now = base_cost(n_points, c, n_tables), gain = n_tables > base->n_tables ? 0.98 : 1.0;
            if (now >= best * gain) continue;
            best = now;
            base->window_bits = c;
            base->n_tables = n_tables;
        }
    }
    return SITU_OK;
}

size_t situ_msm_base_bytes(const situ_msm_base *base)
{
    return (size_t)(base->n_points * base->n_tables * sizeof(g1_base_row));
}

static size_t worker_bytes(void)
{
    return (size_t)u64_align_up(sizeof(block_memory) + situ_g1_kernels()->add_work_bytes, 64);
}

size_t situ_msm_base_scratch_bytes(const situ_msm_base *base, uint32_t n_threads)
{
    (void)base;
    return situ_bucket_rows_scratch_bytes(n_threads);
}

typedef struct {
    u64 n_sums, n_points, n_tables; /* as in bucket_job */
    u32 doublings;                  /* from a table to the next */
    g1_base_row *rows;
    const situ_g1 *points;
    u8 *scratch;
} fill_job;

/* Table `table` of points [first, first + n): rows of one sum are together, table after table. */
static void put_table(const fill_job *job, u64 table, const situ_g1 *points, u64 first, u64 n)
{
    for (u64 i = first; i < first + n;) {
        u64 sum = i / job->n_points, at = i % job->n_points, m = u64_min(first + n - i, job->n_points - at);
        situ_g1_kernels()->base_from_affine(job->rows + (sum * job->n_tables + table) * job->n_points + at,
                                            points + (i - first), m);
        i += m;
    }
}

static void fill_task(void *ctx, u64 index, u32 worker)
{
    const fill_job *job = ctx;
    const g1_kernels *kernels = situ_g1_kernels();
    block_memory *m = (block_memory *)(void *)(job->scratch + worker_bytes() * worker);
    u64 first = index * BLOCK_POINTS, n = u64_min(job->n_sums * job->n_points - first, BLOCK_POINTS);

    put_table(job, 0, job->points + first, first, n);
    if (job->n_tables > 1) kernels->rows_from_affine(m->rows, job->points + first, n);
    for (u64 table = 1; table < job->n_tables; table++) {
        for (u32 k = 0; k < job->doublings; k++) {
            for (u64 i = 0; i < n; i++) {
                m->a[i] = m->b[i] = g1_ref(&m->rows[i], 0);
                m->d[i] = &m->rows[i];
            }
            kernels->add(m->a, m->b, m->d, n, m + 1);
        }
        kernels->rows_to_affine(m->points, m->rows, n);
        put_table(job, table, m->points, first, n);
    }
}

size_t situ_bucket_rows_scratch_bytes(u32 n_threads) { return worker_bytes() * n_threads; }

void situ_bucket_rows_fill(g1_base_row *rows, const bucket_job *job, const situ_g1 *points, void *scratch,
                           situ_pool *pool)
{
    SITU_ASSERT((uintptr_t)rows % SITU_MSM_ALIGN == 0 && (uintptr_t)scratch % SITU_MSM_ALIGN == 0);
    fill_job fill = {.n_sums = job->n_sums,
                     .n_points = job->n_points,
                     .n_tables = job->n_tables,
                     .doublings = job->window_bits * situ_bucket_sets(job),
                     .rows = rows,
                     .points = points,
                     .scratch = scratch};
    situ_pool_run(pool, (job->n_sums * job->n_points + BLOCK_POINTS - 1) / BLOCK_POINTS, fill_task, &fill);
}

void situ_msm_base_fill(situ_msm_base *base, void *rows, const situ_g1 *points, void *scratch,
                        situ_pool *pool)
{
    SITU_ASSERT(base->level == situ_g1_kernels()->id);
    bucket_job job = {.n_sums = 1,
                      .n_points = base->n_points,
                      .n_tables = base->n_tables,
                      .window_bits = base->window_bits};
    situ_bucket_rows_fill(rows, &job, points, scratch, pool);
    base->rows = rows;
}
