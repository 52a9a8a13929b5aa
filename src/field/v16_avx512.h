/* v16_avx512.h — v16 in one 512-bit register.  Included by v16.h only. */
#ifndef SITU_FIELD_V16_AVX512_H
#define SITU_FIELD_V16_AVX512_H

#include <immintrin.h>

#include "field/kb.h"

typedef __m512i v16;
typedef struct {
    __m512i even, odd; /* of lanes 0, 2, .. and 1, 3, .. */
} v16_sum;
typedef struct {
    v16 w, w_mu;
} v16_w;

SITU_INLINE v16 v16_load(const kb *p) { return _mm512_loadu_si512(p); }
SITU_INLINE void v16_store(kb *p, v16 a) { _mm512_storeu_si512(p, a); }
SITU_INLINE v16 v16_set1(kb a) { return _mm512_set1_epi32((int)a); }
SITU_INLINE v16 v16_zero(void) { return _mm512_setzero_si512(); }

SITU_INLINE v16 v16_add(v16 a, v16 b)
{
    __m512i s = _mm512_add_epi32(a, b);                              /* lazy, < 2^32       */
    return _mm512_min_epu32(s, _mm512_sub_epi32(s, v16_set1(KB_P))); /* s-p wraps iff s < p */
}

SITU_INLINE v16 v16_sub(v16 a, v16 b)
{
    __m512i d = _mm512_sub_epi32(a, b);                              /* (-p, p), wrapped     */
    return _mm512_min_epu32(d, _mm512_add_epi32(d, v16_set1(KB_P))); /* d+p smaller iff d<0 */
}

SITU_INLINE __m512i v16_odd(v16 a) { return _mm512_srli_epi64(a, 32); }

SITU_INLINE v16_sum v16_sum_zero(void) { return (v16_sum){_mm512_setzero_si512(), _mm512_setzero_si512()}; }

SITU_INLINE v16_sum v16_sum_mul_add(v16_sum s, v16 a, v16 b)
{
    s.even = _mm512_add_epi64(s.even, _mm512_mul_epu32(a, b));
    s.odd = _mm512_add_epi64(s.odd, _mm512_mul_epu32(v16_odd(a), v16_odd(b)));
    return s;
}

/* A multiplicand that meets many uniform factors: its odd lanes are shifted down once. */
typedef struct {
    __m512i even, odd;
} v16_split;

SITU_INLINE v16_split v16_split_of(v16 a) { return (v16_split){a, v16_odd(a)}; }

SITU_INLINE v16_sum v16_sum_mul_add_1(v16_sum s, v16_split a, kb w)
{
    const __m512i wv = v16_set1(w);
    s.even = _mm512_add_epi64(s.even, _mm512_mul_epu32(a.even, wv));
    s.odd = _mm512_add_epi64(s.odd, _mm512_mul_epu32(a.odd, wv));
    return s;
}

SITU_INLINE v16_sum v16_sum_fold(v16_sum s)
{
    const __m512i fold = _mm512_set1_epi64((long long)((u64)KB_P << 32));
    s.even = _mm512_min_epu64(s.even, _mm512_sub_epi64(s.even, fold));
    s.odd = _mm512_min_epu64(s.odd, _mm512_sub_epi64(s.odd, fold));
    return s;
}

/* (x mu mod 2^32) p, unsigned and signed.  The empty asm statements keep both products multiplications of 32
 * by 32 bits: clang 14 otherwise sees that the high half of q is not wanted, and that -p would do, and takes
 * the slow vpmullq. */
SITU_INLINE __m512i v16_qp(__m512i x, __m512i mu)
{
    __m512i q = _mm512_mul_epu32(x, mu);
    __asm__("" : "+v"(q));
    q = _mm512_mul_epu32(q, _mm512_set1_epi32((int)KB_P));
    __asm__("" : "+v"(q));
    return q;
}

SITU_INLINE __m512i v16_qp_signed(__m512i x, __m512i mu)
{
    __m512i q = _mm512_mul_epu32(x, mu);
    __asm__("" : "+v"(q));
    q = _mm512_mul_epi32(q, _mm512_set1_epi32((int)KB_P));
    __asm__("" : "+v"(q));
    return q;
}

/* hi - qp, whose low halves are equal: the high halves, of even and odd lanes, from (-p, p) to canonical. */
SITU_INLINE v16 v16_high_difference(__m512i even, __m512i odd, __m512i qp_even, __m512i qp_odd)
{
    even = _mm512_sub_epi64(even, qp_even);
    odd = _mm512_sub_epi64(odd, qp_odd);
    __m512i d = _mm512_mask_shuffle_epi32(odd, 0x5555, even, _MM_PERM_DDBB);
    return _mm512_min_epu32(d, _mm512_add_epi32(d, v16_set1(KB_P)));
}

SITU_INLINE v16 v16_sum_reduce(v16_sum s)
{
    const __m512i mu = v16_set1(KB_MU);
    __m512i qp_even = v16_qp(s.even, mu);
    __m512i qp_odd = v16_qp(s.odd, mu);
    return v16_high_difference(s.even, s.odd, qp_even, qp_odd);
}

SITU_INLINE v16 v16_mul(v16 a, v16 b) { return v16_sum_reduce(v16_sum_mul_add(v16_sum_zero(), a, b)); }

SITU_INLINE v16 v16_mul_w(v16 a, v16_w w)
{
    __m512i a_odd = v16_odd(a), w_odd = v16_odd(w.w), mu_odd = v16_odd(w.w_mu);
    __m512i qp_even = v16_qp(a, w.w_mu);
    __m512i qp_odd = v16_qp(a_odd, mu_odd);
    return v16_high_difference(_mm512_mul_epu32(a, w.w), _mm512_mul_epu32(a_odd, w_odd), qp_even, qp_odd);
}

SITU_INLINE v16 v16_mul_uniform(v16 a, v16_w w)
{
    __m512i a_odd = v16_odd(a);
    __m512i qp_even = v16_qp(a, w.w_mu);
    __m512i qp_odd = v16_qp(a_odd, w.w_mu);
    return v16_high_difference(_mm512_mul_epu32(a, w.w), _mm512_mul_epu32(a_odd, w.w), qp_even, qp_odd);
}

/* a - b is left in (-p, p): signed products, and the signed q has |qp| <= p * 2^31, so hi - qp is still in
 * (-p, p). */
SITU_INLINE v16 v16_sub_mul_uniform(v16 a, v16 b, v16_w w)
{
    __m512i d = _mm512_sub_epi32(a, b), d_odd = v16_odd(d);
    __m512i qp_even = v16_qp_signed(d, w.w_mu);
    __m512i qp_odd = v16_qp_signed(d_odd, w.w_mu);
    return v16_high_difference(_mm512_mul_epi32(d, w.w), _mm512_mul_epi32(d_odd, w.w), qp_even, qp_odd);
}

/* r[i] lane j <-> r[j] lane i. */
SITU_INLINE void v16_transpose(v16 r[16])
{
    v16 t[16];
    for (int i = 0; i < 8; i++) {
        t[2 * i] = _mm512_unpacklo_epi32(r[2 * i], r[2 * i + 1]);
        t[2 * i + 1] = _mm512_unpackhi_epi32(r[2 * i], r[2 * i + 1]);
    }
    for (int i = 0; i < 4; i++) {
        r[4 * i] = _mm512_unpacklo_epi64(t[4 * i], t[4 * i + 2]);
        r[4 * i + 1] = _mm512_unpackhi_epi64(t[4 * i], t[4 * i + 2]);
        r[4 * i + 2] = _mm512_unpacklo_epi64(t[4 * i + 1], t[4 * i + 3]);
        r[4 * i + 3] = _mm512_unpackhi_epi64(t[4 * i + 1], t[4 * i + 3]);
    }
    for (int i = 0; i < 4; i++) {
        t[i] = _mm512_shuffle_i32x4(r[i], r[4 + i], 0x88);
        t[4 + i] = _mm512_shuffle_i32x4(r[i], r[4 + i], 0xdd);
        t[8 + i] = _mm512_shuffle_i32x4(r[8 + i], r[12 + i], 0x88);
        t[12 + i] = _mm512_shuffle_i32x4(r[8 + i], r[12 + i], 0xdd);
    }
    for (int i = 0; i < 4; i++) {
        r[i] = _mm512_shuffle_i32x4(t[i], t[8 + i], 0x88);
        r[8 + i] = _mm512_shuffle_i32x4(t[i], t[8 + i], 0xdd);
        r[4 + i] = _mm512_shuffle_i32x4(t[4 + i], t[12 + i], 0x88);
        r[12 + i] = _mm512_shuffle_i32x4(t[4 + i], t[12 + i], 0xdd);
    }
}

#endif /* SITU_FIELD_V16_AVX512_H */
