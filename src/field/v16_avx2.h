/* v16_avx2.h — v16 in two 256-bit registers.  Included by v16.h only. */
#ifndef SITU_FIELD_V16_AVX2_H
#define SITU_FIELD_V16_AVX2_H

#include <immintrin.h>

#include "field/kb.h"

typedef struct {
    __m256i h[2]; /* lanes 0..7, 8..15 */
} v16;
typedef struct {
    __m256i even[2], odd[2];
} v16_sum;
typedef struct {
    v16 w, w_mu;
} v16_w;

SITU_INLINE v16 v16_load(const kb *p)
{
    return (v16){{_mm256_loadu_si256((const __m256i *)(const void *)p),
                  _mm256_loadu_si256((const __m256i *)(const void *)(p + 8))}};
}

SITU_INLINE void v16_store(kb *p, v16 a)
{
    _mm256_storeu_si256((__m256i *)(void *)p, a.h[0]);
    _mm256_storeu_si256((__m256i *)(void *)(p + 8), a.h[1]);
}

SITU_INLINE v16 v16_set1(kb a)
{
    __m256i h = _mm256_set1_epi32((int)a);
    return (v16){{h, h}};
}

SITU_INLINE v16 v16_zero(void) { return (v16){{_mm256_setzero_si256(), _mm256_setzero_si256()}}; }

SITU_INLINE __m256i v8_sub(__m256i a, __m256i b)
{
    __m256i d = _mm256_sub_epi32(a, b);
    return _mm256_min_epu32(d, _mm256_add_epi32(d, _mm256_set1_epi32((int)KB_P)));
}

SITU_INLINE __m256i v8_odd(__m256i a) { return _mm256_srli_epi64(a, 32); }

SITU_INLINE v16 v16_add(v16 a, v16 b)
{
    const __m256i p = _mm256_set1_epi32((int)KB_P);
    for (int k = 0; k < 2; k++) {
        __m256i s = _mm256_add_epi32(a.h[k], b.h[k]);
        a.h[k] = _mm256_min_epu32(s, _mm256_sub_epi32(s, p));
    }
    return a;
}

SITU_INLINE v16 v16_sub(v16 a, v16 b) { return (v16){{v8_sub(a.h[0], b.h[0]), v8_sub(a.h[1], b.h[1])}}; }

SITU_INLINE v16_sum v16_sum_zero(void)
{
    __m256i z = _mm256_setzero_si256();
    return (v16_sum){{z, z}, {z, z}};
}

SITU_INLINE v16_sum v16_sum_mul_add(v16_sum s, v16 a, v16 b)
{
    for (int k = 0; k < 2; k++) {
        s.even[k] = _mm256_add_epi64(s.even[k], _mm256_mul_epu32(a.h[k], b.h[k]));
        s.odd[k] = _mm256_add_epi64(s.odd[k], _mm256_mul_epu32(v8_odd(a.h[k]), v8_odd(b.h[k])));
    }
    return s;
}

/* A multiplicand that meets many uniform factors: its odd lanes are shifted down once. */
typedef struct {
    __m256i even[2], odd[2];
} v16_split;

SITU_INLINE v16_split v16_split_of(v16 a)
{
    return (v16_split){{a.h[0], a.h[1]}, {v8_odd(a.h[0]), v8_odd(a.h[1])}};
}

SITU_INLINE v16_sum v16_sum_mul_add_1(v16_sum s, v16_split a, kb w)
{
    const __m256i wv = _mm256_set1_epi32((int)w);
    for (int k = 0; k < 2; k++) {
        s.even[k] = _mm256_add_epi64(s.even[k], _mm256_mul_epu32(a.even[k], wv));
        s.odd[k] = _mm256_add_epi64(s.odd[k], _mm256_mul_epu32(a.odd[k], wv));
    }
    return s;
}

/* AVX2 has no unsigned 64-bit minimum: compare with the sign bits flipped. */
SITU_INLINE __m256i v8_fold(__m256i x)
{
    const __m256i fold = _mm256_set1_epi64x((long long)((u64)KB_P << 32));
    const __m256i sign = _mm256_set1_epi64x((long long)(UINT64_C(1) << 63));
    __m256i below = _mm256_cmpgt_epi64(_mm256_xor_si256(fold, sign), _mm256_xor_si256(x, sign));
    return _mm256_sub_epi64(x, _mm256_andnot_si256(below, fold));
}

SITU_INLINE v16_sum v16_sum_fold(v16_sum s)
{
    for (int k = 0; k < 2; k++) {
        s.even[k] = v8_fold(s.even[k]);
        s.odd[k] = v8_fold(s.odd[k]);
    }
    return s;
}

/* (x mu mod 2^32) p, unsigned and signed; see v16_avx512.h for the asm statements. */
SITU_INLINE __m256i v8_qp(__m256i x, __m256i mu)
{
    __m256i q = _mm256_mul_epu32(x, mu);
    __asm__("" : "+x"(q));
    q = _mm256_mul_epu32(q, _mm256_set1_epi32((int)KB_P));
    __asm__("" : "+x"(q));
    return q;
}

SITU_INLINE __m256i v8_qp_signed(__m256i x, __m256i mu)
{
    __m256i q = _mm256_mul_epu32(x, mu);
    __asm__("" : "+x"(q));
    q = _mm256_mul_epi32(q, _mm256_set1_epi32((int)KB_P));
    __asm__("" : "+x"(q));
    return q;
}

/* hi - qp, whose low halves are equal: the high halves, of even and odd lanes, from (-p, p) to canonical. */
SITU_INLINE __m256i v8_high_difference(__m256i even, __m256i odd, __m256i qp_even, __m256i qp_odd)
{
    even = _mm256_sub_epi64(even, qp_even);
    odd = _mm256_sub_epi64(odd, qp_odd);
    __m256i d = _mm256_blend_epi32(v8_odd(even), odd, 0xaa);
    return _mm256_min_epu32(d, _mm256_add_epi32(d, _mm256_set1_epi32((int)KB_P)));
}

SITU_INLINE v16 v16_sum_reduce(v16_sum s)
{
    const __m256i mu = _mm256_set1_epi32((int)KB_MU);
    v16 r;
    for (int k = 0; k < 2; k++) {
        __m256i qp_even = v8_qp(s.even[k], mu);
        __m256i qp_odd = v8_qp(s.odd[k], mu);
        r.h[k] = v8_high_difference(s.even[k], s.odd[k], qp_even, qp_odd);
    }
    return r;
}

SITU_INLINE v16 v16_mul(v16 a, v16 b) { return v16_sum_reduce(v16_sum_mul_add(v16_sum_zero(), a, b)); }

SITU_INLINE v16 v16_mul_w(v16 a, v16_w w)
{
    v16 r;
    for (int k = 0; k < 2; k++) {
        __m256i a_odd = v8_odd(a.h[k]);
        __m256i qp_even = v8_qp(a.h[k], w.w_mu.h[k]);
        __m256i qp_odd = v8_qp(a_odd, v8_odd(w.w_mu.h[k]));
        r.h[k] = v8_high_difference(_mm256_mul_epu32(a.h[k], w.w.h[k]),
                                    _mm256_mul_epu32(a_odd, v8_odd(w.w.h[k])), qp_even, qp_odd);
    }
    return r;
}

SITU_INLINE v16 v16_mul_uniform(v16 a, v16_w w)
{
    const __m256i w0 = w.w.h[0], mu = w.w_mu.h[0];
    v16 r;
    for (int k = 0; k < 2; k++) {
        __m256i a_odd = v8_odd(a.h[k]);
        __m256i qp_even = v8_qp(a.h[k], mu);
        __m256i qp_odd = v8_qp(a_odd, mu);
        r.h[k] =
            v8_high_difference(_mm256_mul_epu32(a.h[k], w0), _mm256_mul_epu32(a_odd, w0), qp_even, qp_odd);
    }
    return r;
}

/* a - b is left in (-p, p): signed products, and the signed q has |qp| <= p * 2^31, so hi - qp is still in
 * (-p, p). */
SITU_INLINE v16 v16_sub_mul_uniform(v16 a, v16 b, v16_w w)
{
    const __m256i w0 = w.w.h[0], mu = w.w_mu.h[0];
    v16 r;
    for (int k = 0; k < 2; k++) {
        __m256i d = _mm256_sub_epi32(a.h[k], b.h[k]), d_odd = v8_odd(d);
        __m256i qp_even = v8_qp_signed(d, mu);
        __m256i qp_odd = v8_qp_signed(d_odd, mu);
        r.h[k] = v8_high_difference(_mm256_mul_epi32(d, w0), _mm256_mul_epi32(d_odd, w0), qp_even, qp_odd);
    }
    return r;
}

SITU_INLINE void v8_transpose(__m256i r[8])
{
    __m256i t[8];
    for (int i = 0; i < 4; i++) {
        t[2 * i] = _mm256_unpacklo_epi32(r[2 * i], r[2 * i + 1]);
        t[2 * i + 1] = _mm256_unpackhi_epi32(r[2 * i], r[2 * i + 1]);
    }
    for (int i = 0; i < 2; i++) {
        r[4 * i] = _mm256_unpacklo_epi64(t[4 * i], t[4 * i + 2]);
        r[4 * i + 1] = _mm256_unpackhi_epi64(t[4 * i], t[4 * i + 2]);
        r[4 * i + 2] = _mm256_unpacklo_epi64(t[4 * i + 1], t[4 * i + 3]);
        r[4 * i + 3] = _mm256_unpackhi_epi64(t[4 * i + 1], t[4 * i + 3]);
    }
    for (int i = 0; i < 4; i++) {
        t[i] = _mm256_permute2x128_si256(r[i], r[4 + i], 0x20);
        t[4 + i] = _mm256_permute2x128_si256(r[i], r[4 + i], 0x31);
    }
    for (int i = 0; i < 8; i++) r[i] = t[i];
}

/* r[i] lane j <-> r[j] lane i: the four 8 x 8 quarters, the off-diagonal ones exchanged. */
SITU_INLINE void v16_transpose(v16 r[16])
{
    __m256i q[2][2][8]; /* [row half][lane half] */
    for (int i = 0; i < 16; i++)
        for (int k = 0; k < 2; k++) q[i / 8][k][i % 8] = r[i].h[k];
    for (int i = 0; i < 4; i++) v8_transpose(q[i / 2][i % 2]);
    for (int i = 0; i < 16; i++)
        for (int k = 0; k < 2; k++) r[i].h[k] = q[k][i / 8][i % 8];
}

#endif /* SITU_FIELD_V16_AVX2_H */
