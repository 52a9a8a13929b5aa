/* measure.c — see measure.h. */
#include "base/base.h"

#include "curve/measure.h"

#include <blst.h>
#include <stdlib.h>
#include <string.h>

/* --- operands --- */

/* splitmix64 */
static u64 next_random(u64 *state)
{
    u64 z = *state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static void random_scalar(situ_scalar *scalar, u64 *state)
{
    for (int i = 0; i < 4; i++) {
        u64 word = next_random(state);
        memcpy(scalar->le + 8 * i, &word, 8);
    }
    scalar->le[31] &= 0x3f;
}

void situ_measure_scalars(situ_scalar *scalars, u64 n)
{
    u64 state = 1;
    for (u64 i = 0; i < n; i++) random_scalar(&scalars[i], &state);
}

static void random_point(blst_p1 *point, u64 *state)
{
    situ_scalar s;
    random_scalar(&s, state);
    blst_p1_mult(point, blst_p1_generator(), s.le, 255);
}

/* Each point is the one before plus a fixed one: distinct points at little cost. */
void situ_measure_points(situ_g1 *points, u64 n)
{
    enum { BLOCK = 256 };
    blst_p1 at, step, block[BLOCK];
    blst_p1_affine step_affine, out[BLOCK];
    const blst_p1 *list[2] = {block, NULL};
    u64 state = 2;
    random_point(&at, &state);
    random_point(&step, &state);
    blst_p1_to_affine(&step_affine, &step);
    for (u64 first = 0; first < n; first += BLOCK) {
        u64 n_block = u64_min(n - first, BLOCK);
        for (u64 i = 0; i < n_block; i++) {
            blst_p1_add_or_double_affine(&at, &at, &step_affine);
            block[i] = at;
        }
        blst_p1s_to_affine(out, list, n_block);
        memcpy(points + first, out, n_block * sizeof out[0]);
    }
}

/* --- blst --- */

#define SCALAR_BITS 255

static u64 n_bits(u64 x) { return x ? u64_log2(x) + 1 : 0; }

blst_plan situ_blst_plan_make(u64 n_points, u32 n_threads)
{
    blst_plan plan = {.n_tiles = 1, .n_threads = n_threads};
    if (n_threads == 1 || n_points < 32) {
        plan.scratch_bytes = blst_p1s_mult_pippenger_scratch_sizeof(n_points);
        return plan;
    }
    u64 bits = n_bits(n_points), window = bits > 13 ? bits - 4 : bits > 5 ? bits - 3 : 2;
    u64 rounds = (SCALAR_BITS / window + n_threads - 1) / n_threads;
    if ((SCALAR_BITS / (window + 1) + n_threads - 1) / n_threads < rounds) window++;
    plan.n_tiles = SCALAR_BITS / window + 1;
    plan.window = SCALAR_BITS / plan.n_tiles + 1;
    plan.tile_bytes = blst_p1s_mult_pippenger_scratch_sizeof(UINT64_C(1) << (plan.window + 3));
    plan.scratch_bytes = plan.tile_bytes * n_threads + plan.n_tiles * sizeof(blst_p1);
    return plan;
}

typedef struct {
    const blst_p1_affine *points;
    const situ_scalar *scalars;
    u64 n_points;
    const blst_plan *plan;
    blst_p1 *tiles;
    u8 *scratch;
} tile_job;

static void tile_task(void *ctx, u64 index, u32 worker)
{
    const tile_job *job = ctx;
    const blst_p1_affine *points[2] = {job->points, NULL};
    const byte *scalars[2] = {job->scalars[0].le, NULL};
    limb_t *buckets = (limb_t *)(void *)(job->scratch + worker * job->plan->tile_bytes);
    memset(buckets, 0, job->plan->tile_bytes);
    blst_p1s_tile_pippenger(&job->tiles[index], points, job->n_points, scalars, 256, buckets,
                            index * job->plan->window, job->plan->window);
}

static void tiled_sum(blst_p1 *sum, tile_job *job, situ_pool *pool)
{
    const blst_plan *plan = job->plan;
    situ_pool_run(pool, plan->n_tiles, tile_task, job);
    *sum = job->tiles[plan->n_tiles - 1];
    for (u64 tile = plan->n_tiles - 1; tile-- > 0;) {
        for (u64 i = 0; i < plan->window; i++) blst_p1_double(sum, sum);
        blst_p1_add_or_double(sum, sum, &job->tiles[tile]);
    }
}

void situ_blst_sum(situ_g1 *out, const situ_g1 *points, const situ_scalar *scalars, u64 n_points,
                   const blst_plan *plan, void *scratch, situ_pool *pool)
{
    SITU_ASSERT(n_points > 0 && situ_pool_threads(pool) <= plan->n_threads);
    blst_p1 sum;
    blst_p1_affine affine;
    if (plan->n_tiles == 1) {
        const blst_p1_affine *point_list[2] = {(const blst_p1_affine *)(const void *)points, NULL};
        const byte *scalar_list[2] = {scalars[0].le, NULL};
        blst_p1s_mult_pippenger(&sum, point_list, n_points, scalar_list, SCALAR_BITS, scratch);
    } else {
        tile_job job = {.points = (const blst_p1_affine *)(const void *)points,
                        .scalars = scalars,
                        .n_points = n_points,
                        .plan = plan,
                        .tiles = (blst_p1 *)(void *)((u8 *)scratch + plan->tile_bytes * plan->n_threads),
                        .scratch = scratch};
        tiled_sum(&sum, &job, pool);
    }
    blst_p1_to_affine(&affine, &sum);
    memcpy(out, &affine, sizeof affine);
}

/* --- times --- */

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double situ_measure_median(double *seconds, u64 n)
{
    qsort(seconds, n, sizeof *seconds, compare);
    return n % 2 ? seconds[n / 2] : (seconds[n / 2 - 1] + seconds[n / 2]) / 2;
}
