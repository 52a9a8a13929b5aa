/* bench.h — measurements: medians of repeated runs, one line each on standard output:
 *
 *     group,case,params,level,threads,value,unit
 */
#ifndef SITU_BENCH_BENCH_H
#define SITU_BENCH_BENCH_H

#include <stddef.h>
#include <stdint.h>

/* Seconds, monotonic. */
double bench_now(void);

/* Call fn(ctx) once to warm up, then at least `runs_min` times and for at least `seconds_min`; returns the median
 * seconds of one call. */
double bench_median(void (*fn)(void *ctx), void *ctx, int runs_min, double seconds_min);

/* Print one line; level is the CPU level in force. */
void bench_report(const char *group, const char *name, const char *params, unsigned threads, double value,
                  const char *unit);

/* Keep the compiler from dropping a result. */
#define BENCH_KEEP(p) __asm__ volatile("" : : "r"(p) : "memory")

#endif /* SITU_BENCH_BENCH_H */
