/* Multi-scalar multiplication on G1 against blst, sizes 2^8 to 2^20 (BENCH_LOG2_MAX), one thread and all.
 *
 *     msm,g1,<n>           points prepared beforehand (converted once)
 *     msm,g1_affine,<n>    points in the usual affine form, conversion included
 *     msm,g1_blst,<n>      blst's Pippenger, tiled over windows and points for several threads
 *     msm,ratio,<n>        blst / g1, medians of runs that alternate
 */
#include <blst.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/harness/bench.h"
#include "base/base.h"
#include "situ/msm.h"

static u64 rng_state = 0x9e3779b97f4a7c15;

static u64 rng(void)
{
    u64 z = rng_state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static void random_scalar(situ_scalar *s)
{
    for (int i = 0; i < 4; i++) {
        u64 w = rng();
        memcpy(s->le + 8 * i, &w, 8);
    }
    s->le[31] &= 0x3f;
}

/* Distinct points at little cost: each the one before plus a fixed point. */
static void random_points(situ_g1 *points, u64 n)
{
    situ_scalar s;
    blst_p1 step, at;
    blst_p1_affine affine;
    random_scalar(&s);
    blst_p1_mult(&step, blst_p1_generator(), s.le, 255);
    random_scalar(&s);
    blst_p1_mult(&at, blst_p1_generator(), s.le, 255);
    blst_p1_to_affine(&affine, &step);
    enum { BLOCK = 1024 };
    static blst_p1 block[BLOCK];
    static blst_p1_affine out[BLOCK];
    for (u64 i = 0; i < n; i += BLOCK) {
        u64 m = u64_min(n - i, BLOCK);
        for (u64 k = 0; k < m; k++) {
            blst_p1_add_or_double_affine(&at, &at, &affine);
            block[k] = at;
        }
        const blst_p1 *list[2] = {block, NULL};
        blst_p1s_to_affine(out, list, m);
        memcpy(points + i, out, m * sizeof out[0]);
    }
}

typedef struct {
    const situ_g1 *points;
    const situ_scalar *scalars;
    u64 n;
    situ_msm_base base;
    situ_msm_pool *memory;
    situ_pool *threads;
    situ_g1 sum;
    void *blst_scratch;
} bench_case;

static void run_base(void *ctx)
{
    bench_case *c = ctx;
    if (situ_msm_g1_base_pooled(&c->sum, &c->base, c->scalars, c->memory, c->threads)) abort();
}

static void run_affine(void *ctx)
{
    bench_case *c = ctx;
    if (situ_msm_g1_pooled(&c->sum, c->points, c->scalars, c->n, c->memory, c->threads)) abort();
}

/* blst on several threads: windows times slices of the points, as its Rust binding cuts them. */
enum { BLST_TILES_MAX = 512 };

typedef struct {
    const bench_case *c;
    u64 window, n_windows, n_slices;
    blst_p1 tiles[BLST_TILES_MAX];
    u8 *scratch;
    size_t scratch_bytes;
} blst_tiles;

static void blst_tile(void *ctx, uint64_t index, uint32_t worker)
{
    blst_tiles *t = ctx;
    u64 w = index / t->n_slices, slice = index % t->n_slices;
    u64 first = t->c->n * slice / t->n_slices, end = t->c->n * (slice + 1) / t->n_slices;
    const blst_p1_affine *points[2] = {(const blst_p1_affine *)(const void *)(t->c->points + first), NULL};
    const byte *scalars[2] = {t->c->scalars[first].le, NULL};
    blst_p1s_tile_pippenger(&t->tiles[index], points, end - first, scalars, 255,
                            (limb_t *)(void *)(t->scratch + worker * t->scratch_bytes), w * t->window,
                            t->window);
}

static void run_blst(void *ctx)
{
    bench_case *c = ctx;
    blst_p1 sum;
    u32 n_threads = situ_pool_threads(c->threads);
    if (n_threads == 1) {
        const blst_p1_affine *points[2] = {(const blst_p1_affine *)(const void *)c->points, NULL};
        const byte *scalars[2] = {c->scalars[0].le, NULL};
        blst_p1s_mult_pippenger(&sum, points, c->n, scalars, 255, c->blst_scratch);
    } else {
        static blst_tiles t;
        u32 bits = u64_log2(c->n);
        t.c = c;
        t.window = bits > 13 ? bits - 4 : bits > 5 ? bits - 3 : 2;
        t.n_windows = (255 + t.window - 1) / t.window;
        t.n_slices = 2;
        t.scratch = c->blst_scratch;
        t.scratch_bytes = sizeof(blst_p1) * 2 << t.window;
        situ_pool_run(c->threads, t.n_windows * t.n_slices, blst_tile, &t);
        memset(&sum, 0, sizeof sum);
        for (u64 w = t.n_windows; w-- > 0;) {
            for (u64 k = 0; k < t.window && w + 1 < t.n_windows; k++) blst_p1_double(&sum, &sum);
            for (u64 s = 0; s < t.n_slices; s++)
                blst_p1_add_or_double(&sum, &sum, &t.tiles[w * t.n_slices + s]);
        }
    }
    blst_p1_affine affine;
    blst_p1_to_affine(&affine, &sum);
    memcpy(&c->sum, &affine, sizeof affine);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double timed(void (*run)(void *), bench_case *c)
{
    double start = bench_now();
    run(c);
    return bench_now() - start;
}

/* Three ways in turn, so that a slow moment of the machine hits all; medians. */
static void bench_size(bench_case *c, u32 log2_n)
{
    enum { RUNS_MAX = 41 };
    static double t_base[RUNS_MAX], t_affine[RUNS_MAX], t_blst[RUNS_MAX];
    char params[24];
    int runs = log2_n <= 10 ? 41 : log2_n <= 14 ? 15 : log2_n <= 16 ? 7 : 3;
    unsigned n_threads = situ_pool_threads(c->threads);
    snprintf(params, sizeof params, "%llu", (unsigned long long)c->n);
    run_blst(c);
    situ_g1 want = c->sum;
    run_base(c);
    if (memcmp(&want, &c->sum, sizeof want) != 0) abort();
    run_affine(c);
    if (memcmp(&want, &c->sum, sizeof want) != 0) abort();
    for (int i = 0; i < runs; i++) {
        t_base[i] = timed(run_base, c);
        t_affine[i] = timed(run_affine, c);
        t_blst[i] = timed(run_blst, c);
    }
    qsort(t_base, (size_t)runs, sizeof(double), compare);
    qsort(t_affine, (size_t)runs, sizeof(double), compare);
    qsort(t_blst, (size_t)runs, sizeof(double), compare);
    bench_report("msm", "g1", params, n_threads, t_base[runs / 2] * 1e3, "ms");
    bench_report("msm", "g1_affine", params, n_threads, t_affine[runs / 2] * 1e3, "ms");
    bench_report("msm", "g1_blst", params, n_threads, t_blst[runs / 2] * 1e3, "ms");
    bench_report("msm", "ratio", params, n_threads, t_blst[runs / 2] / t_base[runs / 2], "x");
}

int main(void)
{
    const char *asked = getenv("BENCH_LOG2_MAX"), *asked_min = getenv("BENCH_LOG2_MIN");
    u32 log2_max = asked ? (u32)atoi(asked) : 20, log2_min = asked_min ? (u32)atoi(asked_min) : 8;
    u64 n_max = UINT64_C(1) << log2_max;
    situ_g1 *points = malloc(n_max * sizeof *points);
    situ_scalar *scalars = malloc(n_max * sizeof *scalars);
    void *blst_scratch = malloc(blst_p1s_mult_pippenger_scratch_sizeof(n_max) * 64);
    if (!points || !scalars || !blst_scratch) abort();
    random_points(points, n_max);
    for (u64 i = 0; i < n_max; i++) random_scalar(&scalars[i]);

    for (u32 n_threads = 1; n_threads <= 2; n_threads++) {
        bench_case c = {.points = points, .scalars = scalars, .blst_scratch = blst_scratch};
        if (situ_pool_create(&c.threads, n_threads) || situ_msm_pool_create(&c.memory, SIZE_MAX)) abort();
        for (u32 log2_n = log2_min; log2_n <= log2_max; log2_n += log2_n < 14 ? 1 : 2) {
            c.n = UINT64_C(1) << log2_n;
            size_t row_bytes = c.n * 192;
            if (situ_msm_base_choose(&c.base, c.n, row_bytes)) abort();
            void *rows = aligned_alloc(2 << 20, (size_t)u64_align_up(row_bytes, 2 << 20));
            void *scratch = aligned_alloc(64, situ_msm_base_scratch_bytes(&c.base, n_threads));
            if (!rows || !scratch) abort();
            situ_msm_base_fill(&c.base, rows, points, scratch, c.threads);
            bench_size(&c, log2_n);
            free(rows);
            free(scratch);
        }
        situ_msm_pool_destroy(c.memory);
        situ_pool_destroy(c.threads);
    }
    return 0;
}
