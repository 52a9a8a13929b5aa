/* Multi-scalar multiplication on G1 against blst, milliseconds, on one thread and two: at the level in force,
 * and with AVX2 alone if that is another.
 *
 *     msm,g1,<n>             points prepared beforehand
 *     msm,g1_affine,<n>      points in the usual affine form, conversion included
 *     msm,g1_blst,<n>        blst (src/curve/measure.h)
 *     msm_ratio,<n>,g1       blst / g1, and for g1_affine: medians of runs in turn
 *     msm,g1_nopool,<n>      as g1, its scratch fresh from the kernel for each call
 *     msm_ratio,<n>,g1_nopool   what the pool gains: g1_nopool / g1
 *
 * BENCH_LOG2_MIN, BENCH_LOG2_MAX (0 and 20) bound the sizes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/base.h"
#include "base/cpu.h"
#include "bench/harness/bench.h"
#include "curve/measure.h"

enum { RUNS_MAX = 41, LEVELS_MAX = 2 };

#define SECONDS_PER_SIZE 2.0 /* for blst's part, with three runs at least */

typedef struct {
    situ_cpu_level level;
    situ_msm_base base;
    double base_s[RUNS_MAX], affine_s[RUNS_MAX], fresh_s[RUNS_MAX];
} bench_level;

static const situ_g1 *points;
static const situ_scalar *scalars;
static situ_pool *threads;
static situ_msm_pool *memory;
static bench_level levels[LEVELS_MAX];
static int n_levels;

static void must(bool ok, const char *what)
{
    if (ok) return;
    fprintf(stderr, "bench_msm: %s failed\n", what);
    exit(1);
}

static void *allocate(size_t bytes)
{
    const size_t align = bytes < 2 << 20 ? 64 : 2 << 20;
    void *p = aligned_alloc(align, (size_t)u64_align_up(bytes ? bytes : 1, align));
    must(p, "aligned_alloc");
    return p;
}

static void prepare(bench_level *l, u64 n)
{
    situ_cpu_force(l->level);
    must(!situ_msm_base_choose(&l->base, n, n * 192), "situ_msm_base_choose");
    void *rows = allocate(situ_msm_base_bytes(&l->base));
    void *scratch = allocate(situ_msm_base_scratch_bytes(&l->base, situ_pool_threads(threads)));
    situ_msm_base_fill(&l->base, rows, points, scratch, threads);
    free(scratch);
}

static double time_base(const bench_level *l, situ_g1 *sum)
{
    situ_cpu_force(l->level);
    double start = bench_now();
    must(!situ_msm_g1_base_pooled(sum, &l->base, scalars, memory, threads), "situ_msm_g1_base_pooled");
    return bench_now() - start;
}

static double time_affine(const bench_level *l, situ_g1 *sum)
{
    situ_cpu_force(l->level);
    double start = bench_now();
    must(!situ_msm_g1_pooled(sum, points, scalars, l->base.n_points, memory, threads), "situ_msm_g1_pooled");
    return bench_now() - start;
}

static double time_fresh(const bench_level *l, situ_g1 *sum)
{
    situ_msm_plan plan;
    situ_cpu_force(l->level);
    double start = bench_now();
    must(!situ_msm_base_plan_make(&plan, &l->base, situ_pool_threads(threads), SIZE_MAX), "plan");
    size_t bytes = situ_msm_scratch_bytes(&plan);
    void *scratch = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    must(scratch != MAP_FAILED, "mmap");
    situ_msm_g1_base(sum, &l->base, scalars, &plan, scratch, threads);
    munmap(scratch, bytes);
    return bench_now() - start;
}

static double time_blst(u64 n, const blst_plan *plan, void *scratch, situ_g1 *sum)
{
    double start = bench_now();
    situ_blst_sum(sum, points, scalars, n, plan, scratch, threads);
    return bench_now() - start;
}

static void report(const char *group, const char *name, const char *params, double value, const char *unit)
{
    bench_report(group, name, params, situ_pool_threads(threads), value, unit);
}

static void report_level(bench_level *l, double blst_s, u64 runs)
{
    char n[24];
    double base_s = situ_measure_median(l->base_s, runs), affine_s = situ_measure_median(l->affine_s, runs),
           fresh_s = situ_measure_median(l->fresh_s, runs);
    situ_cpu_force(l->level);
    snprintf(n, sizeof n, "%llu", (unsigned long long)l->base.n_points);
    report("msm", "g1", n, base_s * 1e3, "ms");
    report("msm", "g1_affine", n, affine_s * 1e3, "ms");
    report("msm", "g1_nopool", n, fresh_s * 1e3, "ms");
    report("msm", "g1_blst", n, blst_s * 1e3, "ms");
    report("msm_ratio", n, "g1", blst_s / base_s, "x");
    report("msm_ratio", n, "g1_affine", blst_s / affine_s, "x");
    report("msm_ratio", n, "g1_nopool", fresh_s / base_s, "x");
}

/* All ways in turn, so that a slow moment of the machine hits all; each must give blst's sum. */
static void bench_size(u64 n)
{
    static double blst_s[RUNS_MAX];
    blst_plan plan = situ_blst_plan_make(n, situ_pool_threads(threads));
    void *scratch = allocate(plan.scratch_bytes);
    situ_g1 want, got[3];
    double warm_up = time_blst(n, &plan, scratch, &want);
    for (int i = 0; i < n_levels; i++) {
        prepare(&levels[i], n);
        time_base(&levels[i], &got[0]);
        time_affine(&levels[i], &got[1]);
        time_fresh(&levels[i], &got[2]);
        for (int k = 0; k < 3; k++) must(memcmp(&got[k], &want, sizeof want) == 0, "blst's sum");
    }
    double fit = SECONDS_PER_SIZE / warm_up;
    u64 runs = fit < 3 ? 3 : fit > RUNS_MAX ? RUNS_MAX : (u64)fit;
    for (u64 run = 0; run < runs; run++) {
        blst_s[run] = time_blst(n, &plan, scratch, &want);
        for (bench_level *l = levels; l < levels + n_levels; l++) {
            l->base_s[run] = time_base(l, &got[0]);
            l->affine_s[run] = time_affine(l, &got[1]);
            l->fresh_s[run] = time_fresh(l, &got[2]);
        }
    }
    double median = situ_measure_median(blst_s, runs);
    for (bench_level *l = levels; l < levels + n_levels; l++) {
        report_level(l, median, runs);
        free((void *)(uintptr_t)l->base.rows);
    }
    free(scratch);
}

static u32 bound(const char *name, u32 value)
{
    const char *asked = getenv(name);
    return asked ? (u32)strtoul(asked, NULL, 10) : value;
}

int main(void)
{
    u32 log2_min = bound("BENCH_LOG2_MIN", 0), log2_max = bound("BENCH_LOG2_MAX", 20);
    u64 n_max = UINT64_C(1) << log2_max;
    situ_g1 *all_points = allocate(n_max * sizeof *all_points);
    situ_scalar *all_scalars = allocate(n_max * sizeof *all_scalars);
    situ_measure_points(all_points, n_max);
    situ_measure_scalars(all_scalars, n_max);
    points = all_points;
    scalars = all_scalars;
    situ_cpu_level best = situ_cpu_current();
    levels[n_levels++].level = best;
    if (best == SITU_CPU_AVX512) levels[n_levels++].level = SITU_CPU_AVX2;

    for (u32 n_threads = 1; n_threads <= 2; n_threads++) {
        must(!situ_pool_create(&threads, n_threads), "situ_pool_create");
        must(!situ_msm_pool_create(&memory, SIZE_MAX), "situ_msm_pool_create");
        for (u32 log2_n = log2_min; log2_n <= log2_max; log2_n += log2_n < 14 ? 1 : 2) {
            bench_size(UINT64_C(1) << log2_n);
            if (log2_n >= 1 && log2_n <= 7 && log2_n < log2_max) bench_size(UINT64_C(3) << (log2_n - 1));
        }
        situ_msm_pool_destroy(memory);
        situ_pool_destroy(threads);
    }
    free(all_points);
    free(all_scalars);
    return 0;
}
