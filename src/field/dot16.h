/* dot16.h — long sums of products of canonical elements, reduced once.  For kernels; see v16.h.
 *
 *     d8     eight 64-bit lanes: the even or the odd lanes of a v16, or products of them
 *     dot8   a sum S of products in each of eight lanes, as S mod 2^64 and as the sum of floor(Q / 2^32) over
 * its quartets Q
 *
 * Four products are below 2^64, so a quartet is summed without care and then enters both halves: two and a
 * half operations a product.  The two determine S: with H the sum of high halves, S - 2^32 H is the sum of
 * the quartets' low halves, which is below 2^32 times their number, so it is exact modulo 2^64.  A dot8 takes
 * up to 2^30 quartets.
 */
#ifndef SITU_FIELD_DOT16_H
#define SITU_FIELD_DOT16_H

#include "field/v16.h"

#if defined(SITU_SIMD_AVX512)

typedef __m512i d8; /* the high halves of d8_even are not zero; d8_mul ignores them */

SITU_INLINE d8 d8_zero(void) { return _mm512_setzero_si512(); }
SITU_INLINE d8 d8_even(v16 a) { return a; }
SITU_INLINE d8 d8_odd(v16 a) { return v16_odd(a); }
SITU_INLINE d8 d8_mul(d8 a, d8 b) { return _mm512_mul_epu32(a, b); }
SITU_INLINE d8 d8_add(d8 a, d8 b) { return _mm512_add_epi64(a, b); }
SITU_INLINE d8 d8_sub(d8 a, d8 b) { return _mm512_sub_epi64(a, b); }
SITU_INLINE d8 d8_high(d8 a) { return _mm512_srli_epi64(a, 32); }
SITU_INLINE d8 d8_shift_up(d8 a) { return _mm512_slli_epi64(a, 32); }

/* Lane i = sum of the lanes of a[i]. */
SITU_INLINE d8 d8_sum_lanes(const d8 a[8])
{
    d8 pair[4], four[2];
    for (int i = 0; i < 4; i++)
        pair[i] = d8_add(_mm512_unpacklo_epi64(a[2 * i], a[2 * i + 1]),
                         _mm512_unpackhi_epi64(a[2 * i], a[2 * i + 1]));
    for (int i = 0; i < 2; i++)
        four[i] = d8_add(_mm512_shuffle_i64x2(pair[2 * i], pair[2 * i + 1], 0x88),
                         _mm512_shuffle_i64x2(pair[2 * i], pair[2 * i + 1], 0xdd));
    return d8_add(_mm512_shuffle_i64x2(four[0], four[1], 0x88), _mm512_shuffle_i64x2(four[0], four[1], 0xdd));
}

SITU_INLINE v16_sum d8_interleave(d8 even, d8 odd) { return (v16_sum){even, odd}; }

#elif defined(SITU_SIMD_AVX2)

typedef struct {
    __m256i h[2];
} d8;

SITU_INLINE d8 d8_zero(void) { return (d8){{_mm256_setzero_si256(), _mm256_setzero_si256()}}; }
SITU_INLINE d8 d8_even(v16 a) { return (d8){{a.h[0], a.h[1]}}; }
SITU_INLINE d8 d8_odd(v16 a) { return (d8){{v8_odd(a.h[0]), v8_odd(a.h[1])}}; }
SITU_INLINE d8 d8_mul(d8 a, d8 b)
{
    return (d8){{_mm256_mul_epu32(a.h[0], b.h[0]), _mm256_mul_epu32(a.h[1], b.h[1])}};
}
SITU_INLINE d8 d8_add(d8 a, d8 b)
{
    return (d8){{_mm256_add_epi64(a.h[0], b.h[0]), _mm256_add_epi64(a.h[1], b.h[1])}};
}
SITU_INLINE d8 d8_sub(d8 a, d8 b)
{
    return (d8){{_mm256_sub_epi64(a.h[0], b.h[0]), _mm256_sub_epi64(a.h[1], b.h[1])}};
}
SITU_INLINE d8 d8_high(d8 a) { return (d8){{_mm256_srli_epi64(a.h[0], 32), _mm256_srli_epi64(a.h[1], 32)}}; }
SITU_INLINE d8 d8_shift_up(d8 a)
{
    return (d8){{_mm256_slli_epi64(a.h[0], 32), _mm256_slli_epi64(a.h[1], 32)}};
}

SITU_INLINE d8 d8_sum_lanes(const d8 a[8])
{
    d8 sum;
    for (int k = 0; k < 2; k++) {
        __m256i half[4], pair[2];
        for (int i = 0; i < 4; i++) half[i] = _mm256_add_epi64(a[4 * k + i].h[0], a[4 * k + i].h[1]);
        for (int i = 0; i < 2; i++)
            pair[i] = _mm256_add_epi64(_mm256_unpacklo_epi64(half[2 * i], half[2 * i + 1]),
                                       _mm256_unpackhi_epi64(half[2 * i], half[2 * i + 1]));
        sum.h[k] = _mm256_add_epi64(_mm256_permute2x128_si256(pair[0], pair[1], 0x20),
                                    _mm256_permute2x128_si256(pair[0], pair[1], 0x31));
    }
    return sum;
}

SITU_INLINE v16_sum d8_interleave(d8 even, d8 odd)
{
    return (v16_sum){{even.h[0], even.h[1]}, {odd.h[0], odd.h[1]}};
}

#else

typedef struct {
    u64 lane[8];
} d8;

SITU_INLINE d8 d8_zero(void) { return (d8){{0}}; }

SITU_INLINE d8 d8_even(v16 a)
{
    d8 r;
    for (int i = 0; i < 8; i++) r.lane[i] = a.lane[2 * i];
    return r;
}

SITU_INLINE d8 d8_odd(v16 a)
{
    d8 r;
    for (int i = 0; i < 8; i++) r.lane[i] = a.lane[2 * i + 1];
    return r;
}

SITU_INLINE d8 d8_mul(d8 a, d8 b)
{
    for (int i = 0; i < 8; i++) a.lane[i] = (u64)(u32)a.lane[i] * (u32)b.lane[i];
    return a;
}

SITU_INLINE d8 d8_add(d8 a, d8 b)
{
    for (int i = 0; i < 8; i++) a.lane[i] += b.lane[i];
    return a;
}

SITU_INLINE d8 d8_sub(d8 a, d8 b)
{
    for (int i = 0; i < 8; i++) a.lane[i] -= b.lane[i];
    return a;
}

SITU_INLINE d8 d8_high(d8 a)
{
    for (int i = 0; i < 8; i++) a.lane[i] >>= 32;
    return a;
}

SITU_INLINE d8 d8_shift_up(d8 a)
{
    for (int i = 0; i < 8; i++) a.lane[i] <<= 32;
    return a;
}

SITU_INLINE d8 d8_sum_lanes(const d8 a[8])
{
    d8 sum = d8_zero();
    for (int i = 0; i < 8; i++)
        for (int k = 0; k < 8; k++) sum.lane[i] += a[i].lane[k];
    return sum;
}

SITU_INLINE v16_sum d8_interleave(d8 even, d8 odd)
{
    v16_sum r;
    for (int i = 0; i < 8; i++) {
        r.lane[2 * i] = even.lane[i];
        r.lane[2 * i + 1] = odd.lane[i];
    }
    return r;
}

#endif

typedef struct {
    d8 wrapped, high;
} dot8;

SITU_INLINE dot8 dot8_zero(void) { return (dot8){d8_zero(), d8_zero()}; }

/* quartet: the sum of at most four products. */
SITU_INLINE dot8 dot8_add(dot8 s, d8 quartet)
{
    return (dot8){d8_add(s.wrapped, quartet), d8_add(s.high, d8_high(quartet))};
}

/* Lane i = sum of the lanes of s[i].  Together at most 2^30 quartets. */
SITU_INLINE dot8 dot8_sum_lanes(const dot8 s[8])
{
    d8 wrapped[8], high[8];
    for (int i = 0; i < 8; i++) {
        wrapped[i] = s[i].wrapped;
        high[i] = s[i].high;
    }
    return (dot8){d8_sum_lanes(wrapped), d8_sum_lanes(high)};
}

/* The sums of even and odd lanes, times 2^-32 as after any product.  S = 2^32 H + low, both below p * 2^32.
 */
SITU_INLINE v16 dot16_reduce(dot8 even, dot8 odd)
{
    d8 low_even = d8_sub(even.wrapped, d8_shift_up(even.high)),
       low_odd = d8_sub(odd.wrapped, d8_shift_up(odd.high));
    v16 high = v16_sum_reduce(d8_interleave(even.high, odd.high));
    v16 low = v16_sum_reduce(d8_interleave(low_even, low_odd));
    return v16_add(v16_mul(high, v16_set1(KB_R2)), low);
}

#endif /* SITU_FIELD_DOT16_H */
