/* field.c — the calls for arithmetic of F and K. */
#include "hosted_accel.h"

enum { COUNT_MAX = 65535 }; /* elements or tiles of one call */

static inline void call4(long number, void *a, const void *b, long c, const void *d)
{
    register long a0 __asm__("a0") = (long)a;
    register long a1 __asm__("a1") = (long)b;
    register long a2 __asm__("a2") = c;
    register long a3 __asm__("a3") = (long)d;
    register long a7 __asm__("a7") = number;
    __asm__ volatile("ecall" : : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(a7) : "memory");
}

void situ_k6_muladd(situ_k6 *out, const situ_k6 *a, const situ_k6 *b, const situ_k6 *c)
{
    if (__builtin_expect(situ_hosted, 0))
        hosted_k6_muladd(out, a, b, c);
    else
        call4(GUEST_K_MULADD, out, a, (long)b, c);
}

void situ_k6_horner(situ_k6 *acc, const situ_k6 *elements, size_t n, const situ_k6 *x)
{
    if (__builtin_expect(situ_hosted, 0)) {
        hosted_k6_horner(acc, elements, n, x);
        return;
    }
    const situ_k6 at = *x; /* several calls: acc may be x */
    while (n > 0) {
        size_t now = n < COUNT_MAX ? n : COUNT_MAX;
        n -= now;
        call4(GUEST_K_HORNER, acc, elements + n, (long)now, &at);
    }
}

void situ_f_horner(situ_k6 *acc, const uint32_t (*tiles)[16], size_t n, const situ_k6 points[2])
{
    if (__builtin_expect(situ_hosted, 0)) {
        hosted_f_horner(acc, tiles, n, points);
        return;
    }
    const situ_k6 at[2] = {points[0], points[1]};
    while (n > 0) {
        size_t now = n < COUNT_MAX ? n : COUNT_MAX;
        n -= now;
        call4(GUEST_F_HORNER, acc, tiles + n, (long)now, at);
    }
}

void situ_k6_fold(situ_k6 *out, const situ_k6 values[8], uint32_t s, const situ_k6 *x)
{
    if (__builtin_expect(situ_hosted, 0))
        hosted_k6_fold(out, values, s, x);
    else
        call4(GUEST_K_FOLD, out, values, (long)(uint64_t)s, x);
}
