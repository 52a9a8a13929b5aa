/* k16.h — sixteen elements of K at once, as six v16, one per coefficient.  For kernels; see v16.h. */
#ifndef SITU_FIELD_K16_H
#define SITU_FIELD_K16_H

#include "field/k6.h"
#include "field/v16.h"

typedef struct {
    v16 c[K6_DEGREE];
} k16;

SITU_INLINE k16 k16_set1(k6 a)
{
    k16 r;
    for (int i = 0; i < K6_DEGREE; i++) r.c[i] = v16_set1(a.c[i]);
    return r;
}

SITU_INLINE k16 k16_zero(void) { return k16_set1(k6_zero()); }

SITU_INLINE k16 k16_add(k16 a, k16 b)
{
    for (int i = 0; i < K6_DEGREE; i++) a.c[i] = v16_add(a.c[i], b.c[i]);
    return a;
}

SITU_INLINE k16 k16_sub(k16 a, k16 b)
{
    for (int i = 0; i < K6_DEGREE; i++) a.c[i] = v16_sub(a.c[i], b.c[i]);
    return a;
}

SITU_INLINE k16 k16_mul_v(k16 a, v16 b)
{
    for (int i = 0; i < K6_DEGREE; i++) a.c[i] = v16_mul(a.c[i], b);
    return a;
}

/* Schoolbook with one reduction per coefficient of the product (k6.c has the reduction by X^6 + X^3 + 1). */
SITU_INLINE k16 k16_mul(k16 a, k16 b)
{
    v16 t[2 * K6_DEGREE - 1];
#pragma GCC unroll 11
    for (int k = 0; k < 2 * K6_DEGREE - 1; k++) {
        int first = k < K6_DEGREE ? 0 : k - K6_DEGREE + 1;
        int last = k < K6_DEGREE ? k : K6_DEGREE - 1;
        v16_sum s = v16_sum_zero();
#pragma GCC unroll 6
        for (int i = first; i <= last; i++) {
            if (i - first == 4) s = v16_sum_fold(s);
            s = v16_sum_mul_add(s, a.c[i], b.c[k - i]);
        }
        t[k] = v16_sum_reduce(last - first >= 2 ? v16_sum_fold(s) : s);
    }
    return (k16){{
        v16_add(v16_sub(t[0], t[6]), t[9]),
        v16_add(v16_sub(t[1], t[7]), t[10]),
        v16_sub(t[2], t[8]),
        v16_sub(t[3], t[6]),
        v16_sub(t[4], t[7]),
        v16_sub(t[5], t[8]),
    }};
}

SITU_INLINE k16 k16_frobenius(k16 a)
{
    return (k16){{
        v16_sub(a.c[0], a.c[3]),
        a.c[5],
        v16_sub(a.c[1], a.c[4]),
        v16_neg(a.c[3]),
        a.c[2],
        v16_neg(a.c[4]),
    }};
}

/* Lane-wise x^(p-2): p - 2 = 2^31 - 2^24 - 1, that is ones at bits 30..25, a zero at 24, and 24 ones below.
 */
SITU_INLINE v16 v16_inv(v16 x)
{
    v16 r = x;
    for (int i = 0; i < 5; i++) r = v16_mul(v16_mul(r, r), x);
    r = v16_mul(r, r);
    for (int i = 0; i < 24; i++) r = v16_mul(v16_mul(r, r), x);
    return r;
}

/* Lane-wise inverse, as k6_inv; a lane that is zero gives zero. */
SITU_INLINE k16 k16_inv(k16 a)
{
    k16 a_p = k16_frobenius(a);
    k16 pair = k16_mul(a, a_p);
    k16 pair_2 = k16_frobenius(k16_frobenius(pair));
    k16 pair_4 = k16_frobenius(k16_frobenius(pair_2));
    k16 conjugates = k16_mul(a_p, k16_mul(pair_2, pair_4));
    k16 norm = k16_mul(a, conjugates);
    return k16_mul_v(conjugates, v16_inv(norm.c[0]));
}

/* Lane i of a. */
SITU_INLINE k6 k16_lane(k16 a, int i)
{
    k6 r;
    for (int j = 0; j < K6_DEGREE; j++) r.c[j] = v16_lane(a.c[j], i);
    return r;
}

#endif /* SITU_FIELD_K16_H */
