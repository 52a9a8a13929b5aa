/* sums.h — the VM's accelerators K_HORNER, F_HORNER and K_FOLD (docs/vm.md).  The run ends where a word of an element or a tile is not
 * below p. */
#ifndef SITU_VERIFIER_SUMS_H
#define SITU_VERIFIER_SUMS_H

#include "field/k6.h"

enum { SUMS_K_HORNER = 0x1003, SUMS_F_HORNER = 0x1004, SUMS_K_FOLD = 0x1005 };

SITU_INLINE void sums_call(long number, k6 *acc, const void *first, u64 n, const k6 *points)
{
    register k6 *a0 __asm__("a0") = acc;
    register const void *a1 __asm__("a1") = first;
    register u64 a2 __asm__("a2") = n;
    register const k6 *a3 __asm__("a3") = points;
    register long a7 __asm__("a7") = number;
    __asm__ volatile("ecall" : : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(a7) : "memory");
}

/* *acc = *acc x^n + sum over i < n of x^i elements[i]; n is 1..65535. */
SITU_INLINE void k_horner(k6 *acc, const void *elements, u64 n, const k6 *x)
{
    sums_call(SUMS_K_HORNER, acc, elements, n, x);
}

/* *acc = *acc y^n + sum over t < n, l < 16 of y^t x^l tiles[t][l]; n is 1..65535; points are x, y. */
SITU_INLINE void f_horner(k6 *acc, const void *tiles, u64 n, const k6 points[2])
{
    sums_call(SUMS_F_HORNER, acc, tiles, n, points);
}

#endif /* SITU_VERIFIER_SUMS_H */
