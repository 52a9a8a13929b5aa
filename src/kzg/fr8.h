/* fr8.h — private to *_ifma.c: eight elements of the scalar field at once, with AVX-512 IFMA.
 *
 * An fr8 holds eight integers, limb j of all eight in one register, radix 2^52, 5 limbs.  A product here is
 * a b / 2^260, where memory (fr.h) knows integers and integers times 2^256.  The missing 16 is made up for on
 * the way in: one operand of every product is an fr_mont, loaded times 16 by a shift (fr8_load_factor), so that
 *
 *     fr * (16 fr_mont) / 2^260 = fr,     fr_mont * (16 fr_mont) / 2^260 = fr_mont.
 *
 * 16 r < 2^259 fits, and no table is kept in a form of its own.  Ranges:
 *
 *     normal   limbs in [0, 2^52), the value in [0, k r); "below k r" is written where it matters
 *     loose    signed limbs, as after additions without a carry; never an operand of a product
 *     factor   normal, below 16.01 r
 *
 * A normal operand below k r times a factor is below (2 + 0.46 k) r, and for k <= 3.7 that is no more than
 * 3.71 r again: chains of products need no reduction.
 */
#ifndef SITU_KZG_FR8_H
#define SITU_KZG_FR8_H

#include <immintrin.h>

#include "base/base.h"
#include "kzg/fr.h"

typedef __m512i v8; /* eight u64 */

typedef struct {
    v8 limb[5];
} fr8;

#define FR8_LANES 8
#define FR8_M52   ((UINT64_C(1) << 52) - 1)

/* r, and 4 r */
static const u64 FR8_R[5] = {0xfffff00000001, 0x2fffe5bfefff, 0x9a1d80553bda4, 0x7d483339d8080,
                             0x73eda753299d};
static const u64 FR8_4R[5] = {0xffffc00000004, 0xbfff96ffbfff, 0x68760154ef690, 0xf520cce760202,
                              0x1cfb69d4ca675};
/* (k r + 1) / 2^52 with k = -1/r mod 2^52: adding m * (k r) to t, m = t mod 2^52, clears t's low limb, and what
 * is left of it after the shift is m * NF.  So no product stands between reading m and using it. */
static const u64 FR8_NF[5] = {0xfdfff1a402001, 0x2d083dd6c33ff, 0x44cd43798bcce, 0x436f80f0223a9,
                              0x73eda0144f28};
#define FR8_RINV  UINT64_C(0xffffeffffffff) /* k */
#define FR8_RECIP UINT64_C(0x8d54253b7fb6e) /* floor(2^98 / (floor(r / 2^208) + 1)) */
/* FR8_KR[j][k]: limb j of k r */
static const u64 FR8_KR[5][8] SITU_ALIGNED(64) = {
    {0x0, 0xfffff00000001, 0xffffe00000002, 0xffffd00000003, 0xffffc00000004, 0xffffb00000005,
     0xffffa00000006, 0xffff900000007},
    {0x0, 0x2fffe5bfefff, 0x5fffcb7fdfff, 0x8fffb13fcfff, 0xbfff96ffbfff, 0xefff7cbfafff, 0x11fff627f9fff,
     0x14fff483f8fff},
    {0x0, 0x9a1d80553bda4, 0x343b00aa77b48, 0xce5880ffb38ec, 0x68760154ef690, 0x29381aa2b434, 0x9cb101ff671d8,
     0x36ce8254a2f7c},
    {0x0, 0x7d483339d8080, 0xfa906673b0101, 0x77d899ad88181, 0xf520cce760202, 0x7269002138283,
     0xefb1335b10303, 0x6cf96694e8384},
    {0x0, 0x73eda753299d, 0xe7db4ea6533a, 0x15bc8f5f97cd8, 0x1cfb69d4ca675, 0x243a4449fd013, 0x2b791ebf2f9b0,
     0x32b7f9346234e},
};

SITU_INLINE v8 v8_set(u64 x) { return _mm512_set1_epi64((long long)x); }
SITU_INLINE v8 v8_add(v8 a, v8 b) { return _mm512_add_epi64(a, b); }
SITU_INLINE v8 v8_sub(v8 a, v8 b) { return _mm512_sub_epi64(a, b); }
SITU_INLINE v8 v8_or(v8 a, v8 b) { return _mm512_or_si512(a, b); }
SITU_INLINE v8 v8_low52(v8 a) { return _mm512_and_si512(a, v8_set(FR8_M52)); }
#define v8_shl(a, n) _mm512_slli_epi64(a, n)
#define v8_shr(a, n) _mm512_srli_epi64(a, n)
/* t + low or high 52 bits of a b */
SITU_INLINE v8 v8_mul_lo(v8 t, v8 a, v8 b) { return _mm512_madd52lo_epu64(t, a, b); }
SITU_INLINE v8 v8_mul_hi(v8 t, v8 a, v8 b) { return _mm512_madd52hi_epu64(t, a, b); }

/* Is every lane normal and below 1.001 k r, by its top limb?  For SITU_VERIFY_THAT. */
SITU_INLINE bool fr8_is_normal(const fr8 *a, u64 k)
{
    __mmask8 bad = 0;
    for (int j = 0; j < 4; j++) bad |= _mm512_cmpgt_epu64_mask(a->limb[j], v8_set(FR8_M52));
    bad |= _mm512_cmpgt_epu64_mask(a->limb[4], v8_set(k * (FR8_R[4] + FR8_R[4] / 1000)));
    return bad == 0;
}

/* --- arithmetic --------------------------------------------------------------------------------------- */

/* loose -> normal, for a value in [0, 2^260) */
SITU_INLINE fr8 fr8_carry(fr8 a)
{
    for (int j = 0; j < 4; j++) {
        a.limb[j + 1] = v8_add(a.limb[j + 1], _mm512_srai_epi64(a.limb[j], 52));
        a.limb[j] = v8_low52(a.limb[j]);
    }
    return a;
}

SITU_INLINE fr8 fr8_add_loose(const fr8 *a, const fr8 *b)
{
    fr8 r;
    for (int j = 0; j < 5; j++) r.limb[j] = v8_add(a->limb[j], b->limb[j]);
    return r;
}

/* a - b + 4r, for b below 4r */
SITU_INLINE fr8 fr8_sub_loose(const fr8 *a, const fr8 *b)
{
    fr8 r;
    for (int j = 0; j < 5; j++) r.limb[j] = v8_add(v8_sub(a->limb[j], b->limb[j]), v8_set(FR8_4R[j]));
    return r;
}

SITU_INLINE fr8 fr8_sub(const fr8 *a, const fr8 *b) { return fr8_carry(fr8_sub_loose(a, b)); }

/* loose in [0, 8r) -> normal, below 1.001 r: subtracts floor(estimate of a / r) times r */
SITU_INLINE fr8 fr8_reduce(fr8 a)
{
    v8 top = v8_add(a.limb[4], _mm512_srai_epi64(a.limb[3], 52));
    v8 q = v8_shr(v8_mul_hi(_mm512_setzero_si512(), top, v8_set(FR8_RECIP)), 46);
    for (int j = 0; j < 5; j++)
        a.limb[j] = v8_sub(a.limb[j], _mm512_permutexvar_epi64(q, _mm512_load_si512(FR8_KR[j])));
    a = fr8_carry(a);
    SITU_VERIFY_THAT(fr8_is_normal(&a, 1));
    return a;
}

/* loose in [0, 8r) -> [0, r) */
SITU_INLINE fr8 fr8_canon(fr8 a)
{
    a = fr8_reduce(a);
    fr8 less;
    for (int j = 0; j < 5; j++) less.limb[j] = v8_sub(a.limb[j], v8_set(FR8_R[j]));
    less = fr8_carry(less);
    __mmask8 is_below = _mm512_movepi64_mask(less.limb[4]); /* the sign: a < r */
    for (int j = 0; j < 5; j++) a.limb[j] = _mm512_mask_blend_epi64(is_below, less.limb[j], a.limb[j]);
    return a;
}

/* a b / 2^260: Montgomery product, operand scanning, one reduction step a limb; the last one with the exact
 * quotient.
 *   in   a normal, below 8 r; b a factor
 *   out  normal, below (2 + 0.46 a / r) r
 */
SITU_INLINE fr8 fr8_mul(const fr8 *a, const fr8 *b)
{
    SITU_VERIFY_THAT(fr8_is_normal(a, 8) && fr8_is_normal(b, 16));
    v8 t[6];
    for (int j = 0; j < 6; j++) t[j] = _mm512_setzero_si512();
#pragma GCC unroll 5
    for (int i = 0; i < 5; i++) {
#pragma GCC unroll 5
        for (int j = 0; j < 5; j++) t[j] = v8_mul_lo(t[j], b->limb[i], a->limb[j]);
#pragma GCC unroll 5
        for (int j = 0; j < 5; j++) t[j + 1] = v8_mul_hi(t[j + 1], b->limb[i], a->limb[j]);
        if (i == 4) break;
        v8 m = t[0], u[6];
        u[0] = v8_add(t[1], v8_shr(m, 52));
        for (int j = 1; j < 5; j++) u[j] = t[j + 1];
        u[5] = _mm512_setzero_si512();
#pragma GCC unroll 5
        for (int j = 0; j < 5; j++) u[j] = v8_mul_lo(u[j], m, v8_set(FR8_NF[j]));
#pragma GCC unroll 5
        for (int j = 0; j < 5; j++) u[j + 1] = v8_mul_hi(u[j + 1], m, v8_set(FR8_NF[j]));
        for (int j = 0; j < 6; j++) t[j] = u[j];
    }
    fr8 r;
    v8 q = v8_mul_lo(_mm512_setzero_si512(), t[0], v8_set(FR8_RINV));
    for (int j = 0; j < 5; j++) t[j] = v8_mul_lo(t[j], q, v8_set(FR8_R[j]));
    for (int j = 0; j < 5; j++) t[j + 1] = v8_mul_hi(t[j + 1], q, v8_set(FR8_R[j]));
    t[1] = v8_add(t[1], v8_shr(t[0], 52));
    for (int j = 0; j < 5; j++) r.limb[j] = t[j + 1];
    return fr8_carry(r);
}

/* --- memory: elements of 4 words, no alignment wanted ------------------------------------------------- */

typedef struct {
    v8 word[4];
} fr8_words;

/* Two elements to a row, four rows <-> words of eight elements. */
SITU_INLINE fr8_words fr8_words_from_rows(const v8 row[4])
{
    const v8 low = _mm512_set_epi64(13, 12, 9, 8, 5, 4, 1, 0),
             high = _mm512_set_epi64(15, 14, 11, 10, 7, 6, 3, 2);
    const v8 even = _mm512_set_epi64(14, 12, 10, 8, 6, 4, 2, 0),
             odd = _mm512_set_epi64(15, 13, 11, 9, 7, 5, 3, 1);
    fr8_words w;
    v8 a = _mm512_permutex2var_epi64(row[0], low, row[1]), b = _mm512_permutex2var_epi64(row[2], low, row[3]);
    v8 c = _mm512_permutex2var_epi64(row[0], high, row[1]),
       d = _mm512_permutex2var_epi64(row[2], high, row[3]);
    w.word[0] = _mm512_permutex2var_epi64(a, even, b);
    w.word[1] = _mm512_permutex2var_epi64(a, odd, b);
    w.word[2] = _mm512_permutex2var_epi64(c, even, d);
    w.word[3] = _mm512_permutex2var_epi64(c, odd, d);
    return w;
}

SITU_INLINE void fr8_words_to_rows(v8 row[4], const fr8_words *w)
{
    const v8 low = _mm512_set_epi64(11, 3, 10, 2, 9, 1, 8, 0),
             high = _mm512_set_epi64(15, 7, 14, 6, 13, 5, 12, 4);
    const v8 first = _mm512_set_epi64(11, 10, 3, 2, 9, 8, 1, 0),
             second = _mm512_set_epi64(15, 14, 7, 6, 13, 12, 5, 4);
    v8 a = _mm512_permutex2var_epi64(w->word[0], low, w->word[1]);
    v8 b = _mm512_permutex2var_epi64(w->word[0], high, w->word[1]);
    v8 c = _mm512_permutex2var_epi64(w->word[2], low, w->word[3]);
    v8 d = _mm512_permutex2var_epi64(w->word[2], high, w->word[3]);
    row[0] = _mm512_permutex2var_epi64(a, first, c);
    row[1] = _mm512_permutex2var_epi64(a, second, c);
    row[2] = _mm512_permutex2var_epi64(b, first, d);
    row[3] = _mm512_permutex2var_epi64(b, second, d);
}

SITU_INLINE fr8 fr8_from_words(const fr8_words *w)
{
    const v8 *x = w->word;
    return (fr8){{v8_low52(x[0]), v8_low52(v8_or(v8_shr(x[0], 52), v8_shl(x[1], 12))),
                  v8_low52(v8_or(v8_shr(x[1], 40), v8_shl(x[2], 24))),
                  v8_low52(v8_or(v8_shr(x[2], 28), v8_shl(x[3], 36))), v8_shr(x[3], 16)}};
}

SITU_INLINE fr8 fr8_factor_from_words(const fr8_words *w) /* times 16 */
{
    const v8 *x = w->word;
    return (fr8){{v8_low52(v8_shl(x[0], 4)), v8_low52(v8_or(v8_shr(x[0], 48), v8_shl(x[1], 16))),
                  v8_low52(v8_or(v8_shr(x[1], 36), v8_shl(x[2], 28))),
                  v8_low52(v8_or(v8_shr(x[2], 24), v8_shl(x[3], 40))), v8_shr(x[3], 12)}};
}

/* Eight elements in runs of `run` (1, 2, 4 or 8), each run `step` behind the last. */
SITU_INLINE fr8_words fr8_words_load(const void *memory, size_t run, size_t step)
{
    const u64 *a = memory;
    v8 row[4];
    for (size_t k = 0; k < 4; k++) {
        size_t i = 2 * k / run * step + 2 * k % run;
        if (run >= 2) {
            row[k] = _mm512_loadu_si512(a + 4 * i);
        } else {
            __m256i low = _mm256_loadu_si256((const __m256i_u *)(const void *)(a + 4 * i));
            __m256i high = _mm256_loadu_si256((const __m256i_u *)(const void *)(a + 4 * (i + step)));
            row[k] = _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
        }
    }
    return fr8_words_from_rows(row);
}

SITU_INLINE fr8 fr8_load_runs(const void *memory, size_t run, size_t step)
{
    fr8_words w = fr8_words_load(memory, run, step);
    return fr8_from_words(&w);
}

SITU_INLINE fr8 fr8_load(const void *memory) { return fr8_load_runs(memory, 8, 8); }

SITU_INLINE fr8 fr8_load_factor(const fr_mont *a)
{
    fr8_words w = fr8_words_load(a, 8, 8);
    return fr8_factor_from_words(&w);
}

SITU_INLINE fr8 fr8_broadcast(const u64 word[4])
{
    fr8_words w = {{v8_set(word[0]), v8_set(word[1]), v8_set(word[2]), v8_set(word[3])}};
    return fr8_from_words(&w);
}

SITU_INLINE fr8 fr8_broadcast_factor(const fr_mont *a)
{
    fr8_words w = {{v8_set(a->l[0]), v8_set(a->l[1]), v8_set(a->l[2]), v8_set(a->l[3])}};
    return fr8_factor_from_words(&w);
}

/* Normal, below 2^256. */
SITU_INLINE void fr8_store_runs(void *memory, const fr8 *a, size_t run, size_t step)
{
    u64 *out = memory;
    const v8 *x = a->limb;
    fr8_words w = {{v8_or(x[0], v8_shl(x[1], 52)), v8_or(v8_shr(x[1], 12), v8_shl(x[2], 40)),
                    v8_or(v8_shr(x[2], 24), v8_shl(x[3], 28)), v8_or(v8_shr(x[3], 36), v8_shl(x[4], 16))}};
    v8 row[4];
    fr8_words_to_rows(row, &w);
    for (size_t k = 0; k < 4; k++) {
        size_t i = 2 * k / run * step + 2 * k % run;
        if (run >= 2) {
            _mm512_storeu_si512(out + 4 * i, row[k]);
        } else {
            _mm256_storeu_si256((__m256i_u *)(void *)(out + 4 * i), _mm512_castsi512_si256(row[k]));
            _mm256_storeu_si256((__m256i_u *)(void *)(out + 4 * (i + step)),
                                _mm512_extracti64x4_epi64(row[k], 1));
        }
    }
}

SITU_INLINE void fr8_store(void *memory, const fr8 *a) { fr8_store_runs(memory, a, 8, 8); }

#endif /* SITU_KZG_FR8_H */
