/* k6.h — scalar arithmetic in K = F[X] / (X^6 + X^3 + 1), the challenge field, |K| = p^6, about 2^185.93.
 *
 * p = 2 mod 9 has order 6 modulo 9, so the ninth cyclotomic polynomial is irreducible over F.  X^9 = 1 in K,
 * which makes reduction (X^6 = -X^3 - 1) and Frobenius (X -> X^p = X^2) additions only.
 *
 * An element is its six coefficients, lowest first, each canonical: 24 bytes, in memory and in proofs.
 * Freestanding.
 */
#ifndef SITU_FIELD_K6_H
#define SITU_FIELD_K6_H

#include "field/kb.h"

#define K6_DEGREE 6

#if defined(SITU_K6_ACCELERATED)
#define K6_ALIGNED SITU_ALIGNED(8) /* as accelerators want it */
#else
#define K6_ALIGNED
#endif

typedef struct {
    K6_ALIGNED kb c[K6_DEGREE];
} k6;

_Static_assert(sizeof(k6) == 24, "six words, no padding");

SITU_INLINE k6 k6_zero(void) { return (k6){{0}}; }
SITU_INLINE k6 k6_one(void) { return (k6){{KB_ONE}}; }
SITU_INLINE k6 k6_from_kb(kb a) { return (k6){{a}}; }

SITU_INLINE bool k6_is_zero(k6 a) { return (a.c[0] | a.c[1] | a.c[2] | a.c[3] | a.c[4] | a.c[5]) == 0; }

SITU_INLINE bool k6_equal(k6 a, k6 b)
{
    u32 difference = 0;
    for (int i = 0; i < K6_DEGREE; i++) difference |= a.c[i] ^ b.c[i];
    return difference == 0;
}

#if defined(SITU_K6_ACCELERATED)
#include "k6_accel.h" /* the same on the VM's accelerators */
#else
/* Is a these words of a proof? */
SITU_INLINE bool k6_equal_words(const k6 *a, const situ_file_u32 words[K6_DEGREE])
{
    u32 difference = 0;
    for (int i = 0; i < K6_DEGREE; i++) difference |= a->c[i] ^ words[i];
    return difference == 0;
}

SITU_INLINE k6 k6_add(k6 a, k6 b)
{
    for (int i = 0; i < K6_DEGREE; i++) a.c[i] = kb_add(a.c[i], b.c[i]);
    return a;
}

SITU_INLINE k6 k6_sub(k6 a, k6 b)
{
    for (int i = 0; i < K6_DEGREE; i++) a.c[i] = kb_sub(a.c[i], b.c[i]);
    return a;
}

SITU_INLINE k6 k6_neg(k6 a) { return k6_sub(k6_zero(), a); }

SITU_INLINE k6 k6_mul_kb(k6 a, kb b)
{
    for (int i = 0; i < K6_DEGREE; i++) a.c[i] = kb_mul(a.c[i], b);
    return a;
}

k6 k6_mul(k6 a, k6 b);

/* a b + c. */
SITU_INLINE k6 k6_mul_add(k6 a, k6 b, k6 c) { return k6_add(k6_mul(a, b), c); }

/* *out = *a * *b + *c, any of which may be the same. */
SITU_INLINE void k6_mul_add_into(k6 *out, const k6 *a, const k6 *b, const k6 *c)
{
    *out = k6_mul_add(*a, *b, *c);
}

SITU_INLINE void k6_mul_into(k6 *out, const k6 *a, const k6 *b) { *out = k6_mul(*a, *b); }
SITU_INLINE void k6_add_into(k6 *out, const k6 *a, const k6 *b) { *out = k6_add(*a, *b); }
SITU_INLINE void k6_sub_into(k6 *out, const k6 *a, const k6 *b) { *out = k6_sub(*a, *b); }

/* *sum = *a + *b, *difference = *a - *b; sum may be a, and difference b. */
SITU_INLINE void k6_butterfly(k6 *sum, k6 *difference, const k6 *a, const k6 *b)
{
    const k6 first = *a, second = *b;
    *sum = k6_add(first, second);
    *difference = k6_sub(first, second);
}
#endif

/* X a: X^6 = -X^3 - 1. */
SITU_INLINE k6 k6_mul_x(k6 a)
{
    kb top = a.c[K6_DEGREE - 1];
    return (k6){{kb_neg(top), a.c[0], a.c[1], kb_sub(a.c[2], top), a.c[3], a.c[4]}};
}

SITU_INLINE k6 k6_add_kb(k6 a, kb b)
{
    a.c[0] = kb_add(a.c[0], b);
    return a;
}

SITU_INLINE k6 k6_sub_kb(k6 a, kb b)
{
    a.c[0] = kb_sub(a.c[0], b);
    return a;
}

/* acc x^n + elements[n - 1] x^(n - 1) + ... + elements[0]. */
k6 k6_horner(k6 acc, const k6 *elements, u32 n, k6 x);

/* *acc = that. */
void k6_horner_into(k6 *acc, const k6 *elements, u32 n, const k6 *x);

/* elements[n - 1] x^(n - 1) + ... + elements[0] for x in F; n is even. */
k6 k6_horner_kb(const k6 *elements, u32 n, kb x);

k6 k6_pow(k6 a, u64 exponent);

/* a^p. */
k6 k6_frobenius(k6 a);

/* 1 / a; a != 0. */
k6 k6_inv(k6 a);

/* Six words from a proof are an element exactly when each is canonical. */
SITU_INLINE bool k6_is_canonical(const situ_file_u32 words[K6_DEGREE])
{
    u32 ok = 1;
    for (int i = 0; i < K6_DEGREE; i++) ok &= words[i] < KB_P;
    return ok;
}

#endif /* SITU_FIELD_K6_H */
