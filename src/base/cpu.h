/* cpu.h — which instruction sets a kernel may use.
 *
 * A level is chosen once per process: the best the machine has, or the one the
 * environment variable SITU_CPU (scalar, avx2, avx512) asks for, if the machine
 * has that.  Tests change it with situ_cpu_force.
 */
#ifndef SITU_BASE_CPU_H
#define SITU_BASE_CPU_H

#include "base/base.h"

typedef enum {
    SITU_CPU_SCALAR,
    SITU_CPU_AVX2,   /* AVX2, BMI2                */
    SITU_CPU_AVX512, /* AVX-512 F, BW, CD, DQ, VL */
    SITU_CPU_LEVELS,
} situ_cpu_level;

/* Level in force; never above situ_cpu_best(). */
situ_cpu_level situ_cpu_current(void);

/* Best level of this machine. */
situ_cpu_level situ_cpu_best(void);

/* Is AVX-512 IFMA there, and the level in force AVX-512? */
bool situ_cpu_has_ifma(void);

/* Use `level` from now on; false, and nothing changed, if the machine lacks it.  Call it while no other
 * thread is in a kernel. */
bool situ_cpu_force(situ_cpu_level level);

const char *situ_cpu_level_name(situ_cpu_level level);

/* Kernels are written once, against field/v16.h, in a file x.simd.c that is compiled once per level;
 * SIMD_NAME(f) is f with the level's name behind it, SIMD_PICK(f) the function for the level in force. */
#define SIMD_NAME_(f, level) SITU_CONCAT(f##_, level)
#define SIMD_NAME(f)         SIMD_NAME_(f, SITU_SIMD)

/* The level a file x.simd.c is being compiled for, as situ_cpu_level. */
#if defined(SITU_SIMD_AVX512)
#define SITU_SIMD_LEVEL SITU_CPU_AVX512
#elif defined(SITU_SIMD_AVX2)
#define SITU_SIMD_LEVEL SITU_CPU_AVX2
#else
#define SITU_SIMD_LEVEL SITU_CPU_SCALAR
#endif

#if defined(__x86_64__)
#define SIMD_PICK(f)                                    \
    (situ_cpu_current() == SITU_CPU_AVX512 ? f##_avx512 \
     : situ_cpu_current() == SITU_CPU_AVX2 ? f##_avx2   \
                                           : f##_scalar)
/* Declare the variants of `ret f args`. */
#define SIMD_DECLARE(ret, f, args) \
    ret f##_scalar args;           \
    ret f##_avx2 args;             \
    ret f##_avx512 args
#else
#define SIMD_PICK(f)               (f##_scalar)
#define SIMD_DECLARE(ret, f, args) ret f##_scalar args
#endif

#endif /* SITU_BASE_CPU_H */
