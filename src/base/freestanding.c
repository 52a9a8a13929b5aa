/* freestanding.c — what a compiler expects of every environment, where there is no C library.
 *
 * On a host this file is empty.  In a guest without one, a panic is an illegal instruction: the run traps,
 * and a trapped run has no proof.
 */
#include "base/base.h"

#if defined(SITU_FREESTANDING)

void *memcpy(void *restrict out, const void *restrict in, size_t n);
void *memset(void *out, int byte, size_t n);

void *memcpy(void *restrict out, const void *restrict in, size_t n)
{
    u8 *o = out;
    const u8 *i = in;
    if ((((uintptr_t)o | (uintptr_t)i) & 7) == 0)
#pragma GCC unroll 8
        for (; n >= 8; n -= 8, o += 8, i += 8)
            *(situ_file_u64 *)(void *)o = *(const situ_file_u64 *)(const void *)i;
    while (n-- > 0) *o++ = *i++;
    return out;
}

void *memset(void *out, int byte, size_t n)
{
    u8 *o = out;
    const u64 word = (u8)byte * UINT64_C(0x0101010101010101);
    if (((uintptr_t)o & 7) == 0)
#pragma GCC unroll 8
        for (; n >= 8; n -= 8, o += 8) *(situ_file_u64 *)(void *)o = word;
    while (n-- > 0) *o++ = (u8)byte;
    return out;
}

void situ_panic(const char *file, int line, const char *what)
{
    (void)file, (void)line, (void)what;
    __builtin_trap();
}

#else
typedef int situ_freestanding_is_empty;
#endif
