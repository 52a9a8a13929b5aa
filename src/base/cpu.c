/* cpu.c — detect the CPU level, once. */
#include "base/cpu.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static const char *const level_names[SITU_CPU_LEVELS] = {"scalar", "avx2", "avx512"};

static atomic_int level_in_force = -1;

situ_cpu_level situ_cpu_best(void)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
    bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                  __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                  __builtin_cpu_supports("avx512vl");
    if (avx2 && avx512) return SITU_CPU_AVX512;
    if (avx2) return SITU_CPU_AVX2;
#endif
    return SITU_CPU_SCALAR;
}

situ_cpu_level situ_cpu_current(void)
{
    int level = atomic_load_explicit(&level_in_force, memory_order_relaxed);
    if (SITU_LIKELY(level >= 0)) return (situ_cpu_level)level;

    situ_cpu_level best = situ_cpu_best();
    const char *asked = getenv("SITU_CPU");
    for (int i = 0; asked && i < SITU_CPU_LEVELS; i++) {
        if (strcmp(asked, level_names[i]) == 0 && (situ_cpu_level)i < best) best = (situ_cpu_level)i;
    }
    atomic_store_explicit(&level_in_force, (int)best, memory_order_relaxed);
    return best;
}

bool situ_cpu_has_ifma(void)
{
#if defined(__x86_64__)
    return situ_cpu_current() == SITU_CPU_AVX512 && __builtin_cpu_supports("avx512ifma");
#else
    return false;
#endif
}

bool situ_cpu_force(situ_cpu_level level)
{
    if (level > situ_cpu_best()) return false;
    atomic_store_explicit(&level_in_force, (int)level, memory_order_relaxed);
    return true;
}

const char *situ_cpu_level_name(situ_cpu_level level)
{
    return level < SITU_CPU_LEVELS ? level_names[level] : "unknown";
}
