/* bench.c — see bench.h. */
#include "bench/harness/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/cpu.h"

double bench_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double bench_median(void (*fn)(void *ctx), void *ctx, int runs_min, double seconds_min)
{
    enum { RUNS_MAX = 10001 };
    static double seconds[RUNS_MAX];
    int runs = 0;
    double total = 0;

    fn(ctx);
    while (runs < RUNS_MAX && (runs < runs_min || total < seconds_min)) {
        double start = bench_now();
        fn(ctx);
        seconds[runs] = bench_now() - start;
        total += seconds[runs++];
    }
    qsort(seconds, (size_t)runs, sizeof seconds[0], compare);
    return runs % 2 ? seconds[runs / 2] : (seconds[runs / 2 - 1] + seconds[runs / 2]) / 2;
}

void bench_report(const char *group, const char *name, const char *params, unsigned threads, double value,
                  const char *unit)
{
    printf("%s,%s,%s,%s,%u,%.6g,%s\n", group, name, params, situ_cpu_level_name(situ_cpu_current()), threads, value,
           unit);
    fflush(stdout);
}
