/* msm.c — plans, prepared bases and the calls of situ/msm.h, on the engine in bucket.c. */
#include "situ/msm.h"

#include <string.h>

#include "curve/bucket.h"
#include "curve/straus.h"

_Static_assert(sizeof(situ_g1) == sizeof(blst_p1_affine), "situ_g1 is blst's affine point");
_Static_assert(sizeof(situ_g2) == sizeof(blst_p2_affine), "situ_g2 is blst's affine point");
_Static_assert(SITU_MSM_POINTS_MAX << 2 <= UINT64_C(1) << 32, "a reference fits 4 bytes (bucket.c)");

/* Smallest chunk worth its bucket reductions. */
#define CHUNK_POINTS_MIN 256

/* --- plans --- */

/* Estimated cost in additions: each window sums 2n references and reduces its buckets; the rounds of a
 * reduction and the last levels of a tree are batches too small to pay for their inversion.  A bucket costs
 * two additions less the one that its first reference does not need, but more when buckets leave the cache;
 * an empty one costs nothing, and of B buckets for m references about m B / (m + 0.6 B) are not. */
static double cost(u64 n_points, u32 c)
{
    double windows = glv_windows(c), buckets = (double)(UINT64_C(1) << (c - 1)), refs = 2 * (double)n_points;
    double per_bucket = n_points <= 512 ? 1.0 : 2.1;
    double full = refs > 0 ? refs * buckets / (refs + 0.6 * buckets) : 0;
    return windows * (refs + per_bucket * full + 6 * c) + 70.0 * c;
}

static u32 best_window(u64 n_points)
{
    u32 best = 2;
    for (u32 c = 3; c <= BUCKET_WINDOW_MAX && UINT64_C(1) << (c - 1) <= 2 * n_points; c++) {
        if (cost(n_points, c) < cost(n_points, best)) best = c;
    }
    return best;
}

static bucket_job job_of(const situ_msm_plan *plan, u64 n_points)
{
    return (bucket_job){.n_sums = 1,
                        .n_points = n_points,
                        .n_tables = plan->n_tables,
                        .window_bits = plan->window_bits,
                        .n_threads = plan->n_threads};
}

static u64 rows_bytes(const situ_msm_plan *plan)
{
    return plan->is_prepared ? 0 : sizeof(g1_base_row) * plan->chunk_points;
}

size_t situ_msm_scratch_bytes(const situ_msm_plan *plan)
{
    if (plan->n_points == 0) return 0;
    if (plan->window_bits == 0) return situ_straus_scratch_bytes(plan->n_points, plan->n_threads);
    bucket_job job = job_of(plan, plan->chunk_points);
    return (size_t)rows_bytes(plan) + situ_bucket_scratch_bytes(&job);
}

/* Few points: one way to go.  More: halve the chunk until the plan fits; within a chunk size, narrow the window first by up to 3 bits. */
static situ_err plan_fit(situ_msm_plan *plan, size_t scratch_bytes_max, u32 window_fixed)
{
    plan->chunk_points = plan->n_points;
    if (plan->n_points <= situ_g1_kernels()->few_points_max && plan->n_tables == 1) {
        plan->window_bits = 0;
        return situ_msm_scratch_bytes(plan) <= scratch_bytes_max ? SITU_OK : SITU_ERR_LIMIT;
    }
    for (;;) {
        u32 best = window_fixed ? window_fixed : best_window(plan->chunk_points);
        u32 least = window_fixed || best < 5 ? best : best - 3;
        for (plan->window_bits = best; plan->window_bits >= least; plan->window_bits--) {
            if (situ_msm_scratch_bytes(plan) <= scratch_bytes_max) return SITU_OK;
        }
        plan->window_bits = least;
        if (plan->n_tables > 1 || plan->chunk_points <= CHUNK_POINTS_MIN) return SITU_ERR_LIMIT;
        plan->chunk_points = (plan->chunk_points + 1) / 2;
    }
}

situ_err situ_msm_plan_make(situ_msm_plan *plan, uint64_t n_points, uint32_t n_threads,
                            size_t scratch_bytes_max)
{
    if (n_points > SITU_MSM_POINTS_MAX || n_threads == 0 || n_threads > SITU_THREADS_MAX) return SITU_ERR_ARG;
    *plan = (situ_msm_plan){.n_points = n_points,
                            .n_tables = 1,
                            .chunk_points = n_points,
                            .n_threads = n_threads};
    return plan_fit(plan, scratch_bytes_max, 0);
}

situ_err situ_msm_base_plan_make(situ_msm_plan *plan, const situ_msm_base *base, uint32_t n_threads,
                                 size_t scratch_bytes_max)
{
    if (n_threads == 0 || n_threads > SITU_THREADS_MAX) return SITU_ERR_ARG;
    *plan = (situ_msm_plan){.n_points = base->n_points,
                            .n_tables = base->n_tables,
                            .chunk_points = base->n_points,
                            .n_threads = n_threads,
                            .is_prepared = 1};
    return plan_fit(plan, scratch_bytes_max, base->n_tables > 1 ? base->window_bits : 0);
}

/* --- one sum --- */

static void put_sum(situ_g1 *out, const blst_p1 *sum)
{
    blst_p1_affine p;
    blst_p1_to_affine(&p, sum);
    memcpy(out, &p, sizeof p);
}

typedef struct {
    g1_base_row *rows;
    const situ_g1 *points;
    u64 n;
} convert_job;

#define CONVERT_TASK_POINTS 1024

static void convert_task(void *ctx, u64 index, u32 worker)
{
    (void)worker;
    const convert_job *job = ctx;
    u64 first = index * CONVERT_TASK_POINTS, n = u64_min(job->n - first, CONVERT_TASK_POINTS);
    situ_g1_kernels()->base_from_affine(job->rows + first, job->points + first, n);
}

static void convert(g1_base_row *rows, const situ_g1 *points, u64 n, situ_pool *pool)
{
    convert_job job = {rows, points, n};
    situ_pool_run(pool, (n + CONVERT_TASK_POINTS - 1) / CONVERT_TASK_POINTS, convert_task, &job);
}

static void few_sum(situ_g1 *out, const g1_base_row *rows, const situ_g1 *points, const situ_scalar *scalars,
                    const situ_msm_plan *plan, void *scratch, situ_pool *pool)
{
    blst_p1 sum;
    situ_straus_sum(&sum, rows, points, scalars, plan->n_points, plan->n_threads, scratch, pool);
    put_sum(out, &sum);
}

/* Sums of chunks, added up.  `rows` are those of a base, or NULL: converted from `points` into scratch. */
static void chunked_sum(situ_g1 *out, const g1_base_row *rows, const situ_g1 *points,
                        const situ_scalar *scalars, const situ_msm_plan *plan, void *scratch, situ_pool *pool)
{
    blst_p1 total, sum;
    memset(&total, 0, sizeof total);
    SITU_ASSERT((uintptr_t)scratch % SITU_MSM_ALIGN == 0);
    for (u64 first = 0; first < plan->n_points; first += plan->chunk_points) {
        u64 n = u64_min(plan->chunk_points, plan->n_points - first);
        bucket_job job = job_of(plan, n);
        const g1_base_row *chunk_rows = rows ? rows + first : scratch;
        if (!rows) convert(scratch, points + first, n, pool);
        situ_bucket_sum(&sum, &job, chunk_rows, scalars + first, (u8 *)scratch + rows_bytes(plan), pool);
        blst_p1_add_or_double(&total, &total, &sum);
    }
    put_sum(out, &total);
}

void situ_msm_g1(situ_g1 *out, const situ_g1 *points, const situ_scalar *scalars, const situ_msm_plan *plan,
                 void *scratch, situ_pool *pool)
{
    SITU_ASSERT(!plan->is_prepared && plan->n_tables == 1);
    if (plan->n_points == 0) {
        memset(out, 0, sizeof *out);
    } else if (plan->window_bits == 0) {
        few_sum(out, NULL, points, scalars, plan, scratch, pool);
    } else {
        chunked_sum(out, NULL, points, scalars, plan, scratch, pool);
    }
}

void situ_msm_g1_base(situ_g1 *out, const situ_msm_base *base, const situ_scalar *scalars,
                      const situ_msm_plan *plan, void *scratch, situ_pool *pool)
{
    SITU_ASSERT(plan->is_prepared && plan->n_points == base->n_points && plan->n_tables == base->n_tables);
    SITU_ASSERT(base->level == situ_g1_kernels()->id);
    if (plan->n_points == 0) {
        memset(out, 0, sizeof *out);
    } else if (plan->window_bits == 0) {
        few_sum(out, base->rows, NULL, scalars, plan, scratch, pool);
    } else {
        chunked_sum(out, base->rows, NULL, scalars, plan, scratch, pool);
    }
}
