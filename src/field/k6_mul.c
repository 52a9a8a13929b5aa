/* k6_mul.c — products in K.  Inside the VM they are the accelerator's (guest/verifier/k6_mul.c). */
#include "field/k6.h"

/* Sums of products of canonical elements are kept in a u64 below K6_FOLD = p * 2^32. */
#define K6_FOLD ((u64)KB_P << 32)

_Static_assert((u64)KB_P *KB_P < K6_FOLD / 2, "two products fit below p * 2^32");
_Static_assert((u128)KB_P *KB_P * 4 < (u128)K6_FOLD * 2, "a sum of four is folded once");
_Static_assert(K6_FOLD <= UINT64_MAX / 2, "the sum of two folded ones fits");

SITU_INLINE u64 k6_sum_fold(u64 x) { return x >= K6_FOLD ? x - K6_FOLD : x; }
SITU_INLINE u64 k6_sum_add(u64 a, u64 b) { return k6_sum_fold(a + b); }
SITU_INLINE u64 k6_sum_sub(u64 a, u64 b) { return a < b ? a - b + K6_FOLD : a - b; }

/* x * 2^-32 mod p for x below p * 2^32, as kb_reduce, in the fewest instructions of a machine with 64-bit registers: x - p 2^31 is in
 * [-p 2^31, p 2^31), what is subtracted too, and they agree modulo 2^32. */
SITU_INLINE kb k6_sum_reduce(u64 x)
{
    SITU_VERIFY_THAT(x < K6_FOLD);
    i64 centred = (i64)x - (i64)((u64)KB_P << 31);
    i64 q = (i32)((u32)centred * KB_MU);
    i64 r = (centred - q * (i64)KB_P) >> 32; /* in (-p, p) */
    return (kb)(r < 0 ? r + (i64)KB_P : r);
}

/* t_k = sum over i + j = k of a_i b_j, folded; then X^6 = -X^3 - 1, X^7 = -X^4 - X, X^8 = -X^5 - X^2, X^9 = 1, X^10 = X.  Reduced
 * only then: six reductions. */
k6 k6_mul(k6 a, k6 b)
{
#define P(i, j) ((u64)a.c[i] * b.c[j])
    const u64 t0 = P(0, 0);
    const u64 t1 = P(0, 1) + P(1, 0);
    const u64 t2 = k6_sum_fold(P(0, 2) + P(1, 1) + P(2, 0));
    const u64 t3 = k6_sum_fold(P(0, 3) + P(1, 2) + P(2, 1) + P(3, 0));
    const u64 t4 = k6_sum_fold(k6_sum_fold(P(0, 4) + P(1, 3) + P(2, 2)) + P(3, 1) + P(4, 0));
    const u64 t5 = k6_sum_fold(k6_sum_fold(P(0, 5) + P(1, 4) + P(2, 3) + P(3, 2)) + P(4, 1) + P(5, 0));
    const u64 t6 = k6_sum_fold(k6_sum_fold(P(1, 5) + P(2, 4) + P(3, 3)) + P(4, 2) + P(5, 1));
    const u64 t7 = k6_sum_fold(P(2, 5) + P(3, 4) + P(4, 3) + P(5, 2));
    const u64 t8 = k6_sum_fold(P(3, 5) + P(4, 4) + P(5, 3));
    const u64 t9 = P(4, 5) + P(5, 4);
    const u64 t10 = P(5, 5);
#undef P
    return (k6){{
        k6_sum_reduce(k6_sum_add(k6_sum_sub(t0, t6), t9)),
        k6_sum_reduce(k6_sum_add(k6_sum_sub(t1, t7), t10)),
        k6_sum_reduce(k6_sum_sub(t2, t8)),
        k6_sum_reduce(k6_sum_sub(t3, t6)),
        k6_sum_reduce(k6_sum_sub(t4, t7)),
        k6_sum_reduce(k6_sum_sub(t5, t8)),
    }};
}

k6 k6_horner(k6 acc, const k6 *elements, u32 n, k6 x)
{
    while (n-- > 0) acc = k6_add(k6_mul(acc, x), elements[n]);
    return acc;
}

void k6_horner_into(k6 *acc, const k6 *elements, u32 n, const k6 *x)
{
    *acc = k6_horner(*acc, elements, n, *x);
}

/* Products are summed in a u64 below K6_FOLD, which takes two of canonical words more. */
k6 k6_horner_kb(const k6 *elements, u32 n, kb x)
{
    u64 sum[K6_DEGREE] = {0};
    const kb x_2 = kb_mul(x, x);
    kb even = KB_ONE, odd = x;
    k6 r;
    for (u32 i = 0; i < n; i += 2, even = kb_mul(even, x_2), odd = kb_mul(odd, x_2)) {
#pragma GCC unroll 6
        for (int j = 0; j < K6_DEGREE; j++)
            sum[j] = k6_sum_fold(sum[j] + (u64)elements[i].c[j] * even + (u64)elements[i + 1].c[j] * odd);
    }
    for (int j = 0; j < K6_DEGREE; j++) r.c[j] = kb_reduce(sum[j]);
    return r;
}
