/* fpv_ifma.h — private to *_ifma.c: eight elements of BLS12-381's base field at once, with AVX-512 IFMA.
 * fpv_avx2.h has the same names for four at once; what is written on both is in g1_batch.h.
 *
 * An fpv holds eight integers, limb j of all eight in one register, radix 2^52, 8 limbs; an element x of the
 * field is any integer congruent to x * R, R = 2^416 (Montgomery form).  416 bits leave 35 above p, so sums
 * need no reduction between products.  Ranges:
 *
 *     normal      limbs 0..6 in [0, 2^52), the value in [0, k p); "below k p" is written where it matters
 *     loose       signed limbs, as after additions without a carry; never an operand of a product
 *
 * A product of normal operands below 256 p is below 2.001 p.  fpv_reduce brings [0, 8p) to [0, 1.001 p), not
 * to [0, p): equality is decided by fpv_is_zero.
 */
#ifndef SITU_CURVE_FPV_IFMA_H
#define SITU_CURVE_FPV_IFMA_H

#include <immintrin.h>
#include <string.h>

#include "base/base.h"

typedef __m512i v8; /* eight u64 */

typedef struct {
    v8 limb[8];
} fpv;

typedef __mmask8 fpv_mask; /* a bit per lane */

#define FPV_LANES          8
#define FPV_BATCH          4096 /* additions that share an inversion: their products fill half of a 1 MiB L2 cache */
#define FPV_KERNELS        situ_g1_kernels_ifma
#define FPV_NAME           "ifma"
#define FPV_FEW_POINTS_MAX 160 /* see g1.h */
#define FPV_M52            ((UINT64_C(1) << 52) - 1)

/* p */
static const u64 FPV_P[8] = {0xeffffffffaaab, 0xfeb153ffffb9f, 0x6b0f6241eabff, 0x12bf6730d2a0f,
                             0x764774b84f385, 0x1ba7b6434bacd, 0x1ea397fe69a4b, 0x1a011};
/* 2 p */
static const u64 FPV_2P[8] = {0xdffffffff5556, 0xfd62a7ffff73f, 0xd61ec483d57ff, 0x257ece61a541e,
                              0xec8ee9709e70a, 0x374f6c869759a, 0x3d472ffcd3496, 0x34022};
/* 3 p */
static const u64 FPV_3P[8] = {0xcffffffff0001, 0xfc13fbffff2df, 0x412e26c5c03ff, 0x383e359277e2e,
                              0x62d65e28eda8f, 0x52f722c9e3068, 0x5beac7fb3cee1, 0x4e033};
/* (k p + 1) / 2^52 with k = -1/p mod 2^52: adding m * (k p) to t, m = t mod 2^52, clears t's low limb, and
 * what is left of it after the shift is m * NF.  So no product stands between reading m and using it. */
static const u64 FPV_NF[8] = {0x4be07d2027cb, 0xd7786e39002d4, 0xf51047083c4dd, 0x96079a7670223,
                              0x4ca513044b79, 0x6615d3780ea11, 0xf9a5623d6a279, 0x6803};
#define FPV_PINV  UINT64_C(0x3fffcfffcfffd) /* -1/p mod 2^52 */
#define FPV_RECIP UINT64_C(0x9d8307de6)     /* floor(2^52 / (floor(p / 2^364) + 1)) */
/* 2^416 mod p: one */
static const u64 FPV_ONE[8] = {0x6480ea8e9b9af, 0x65766c8fe444f, 0x8b540fea96f7d, 0x3b2ee82efd422,
                               0xa6723e5f0ade5, 0xff6eb6fdd4230, 0xe06ef23c24a25, 0x14c8e};
/* 2^418 mod p: the curve's b = 4 */
static const u64 FPV_FOUR[8] = {0xc203aa3a7e6bb, 0x99c5b63f91e5d, 0xec2218e49b9f5, 0xb47d6b297d25b,
                                0x36f29b533dd05, 0xaac3b92d6d85a, 0x25d100f5559b6, 0x5208};
/* 2^832 mod p: times this makes an integer a field element */
static const u64 FPV_R2[8] = {0xa5bf4cb89af51, 0x3afbba7ca31a2, 0x2646160ec71f1, 0xa84d710465903,
                              0x3480a4a188311, 0x98e5907ad91f5, 0x2075d74507266, 0x8746};
/* 2^448 mod p: times this makes blst's form (R = 2^384) ours */
static const u64 FPV_FROM_384[8] = {0x7fde37dba9366, 0x4e27525bc342b, 0x1f5b1e9778489, 0xb872b2b91b9dc,
                                    0xb206f497dfcaf, 0x4137cc89a9b0b, 0xd9d20d7e39959, 0x411c};
/* 2^384 mod p: and back */
static const u64 FPV_TO_384[8] = {0x900000002fffd, 0xbc40c0002760, 0x3c758baebf400, 0x57455f4898575,
                                  0xd77ce58537052, 0x71a97a256ec6, 0xec3fa80e4935c, 0x15f65};
/* The cube root of unity with (beta x, y) = [z^2 - 1](x, y) on G1. */
static const u64 FPV_BETA[8] = {0xa424657e25648, 0xc75706049e739, 0xb59085299e0e2, 0xd9cf17286a964,
                                0x69ec7cb33aa8,  0x35e995b239c7e, 0x82faa0ff3c329, 0x17601};
/* FPV_KP[j][k]: limb j of k p */
static const u64 FPV_KP[8][8] SITU_ALIGNED(64) = {
    {0x0, 0xeffffffffaaab, 0xdffffffff5556, 0xcffffffff0001, 0xbfffffffeaaac, 0xafffffffe5557,
     0x9fffffffe0002, 0x8fffffffdaaad},
    {0x0, 0xfeb153ffffb9f, 0xfd62a7ffff73f, 0xfc13fbffff2df, 0xfac54ffffee7f, 0xf976a3fffea1f,
     0xf827f7fffe5bf, 0xf6d94bfffe15f},
    {0x0, 0x6b0f6241eabff, 0xd61ec483d57ff, 0x412e26c5c03ff, 0xac3d8907aafff, 0x174ceb4995bff,
     0x825c4d8b807ff, 0xed6bafcd6b3ff},
    {0x0, 0x12bf6730d2a0f, 0x257ece61a541e, 0x383e359277e2e, 0x4afd9cc34a83d, 0x5dbd03f41d24d,
     0x707c6b24efc5c, 0x833bd255c266b},
    {0x0, 0x764774b84f385, 0xec8ee9709e70a, 0x62d65e28eda8f, 0xd91dd2e13ce14, 0x4f6547998c199,
     0xc5acbc51db51e, 0x3bf4310a2a8a3},
    {0x0, 0x1ba7b6434bacd, 0x374f6c869759a, 0x52f722c9e3068, 0x6e9ed90d2eb35, 0x8a468f507a603,
     0xa5ee4593c60d0, 0xc195fbd711b9e},
    {0x0, 0x1ea397fe69a4b, 0x3d472ffcd3496, 0x5beac7fb3cee1, 0x7a8e5ff9a692c, 0x9931f7f810377,
     0xb7d58ff679dc2, 0xd67927f4e380d},
    {0x0, 0x1a011, 0x34022, 0x4e033, 0x68044, 0x82055, 0x9c066, 0xb6077},
};

SITU_INLINE v8 v8_set(u64 x) { return _mm512_set1_epi64((long long)x); }
SITU_INLINE v8 v8_add(v8 a, v8 b) { return _mm512_add_epi64(a, b); }
SITU_INLINE v8 v8_sub(v8 a, v8 b) { return _mm512_sub_epi64(a, b); }
SITU_INLINE v8 v8_mul_lo(v8 t, v8 a, v8 b)
{
    return _mm512_madd52lo_epu64(t, a, b);
} /* t + low 52 bits of a b  */
SITU_INLINE v8 v8_mul_hi(v8 t, v8 a, v8 b)
{
    return _mm512_madd52hi_epu64(t, a, b);
} /* t + high 52 bits of a b */

/* Is every lane normal and below 1.001 k p, by its top limb?  For SITU_VERIFY_THAT. */
SITU_INLINE bool fpv_is_normal(const fpv *a, u64 k)
{
    fpv_mask bad = 0;
    for (int j = 0; j < 7; j++) bad |= _mm512_cmpgt_epu64_mask(a->limb[j], v8_set(FPV_M52));
    bad |= _mm512_cmpgt_epu64_mask(a->limb[7], v8_set(k * (FPV_P[7] + FPV_P[7] / 1000)));
    return bad == 0;
}

SITU_INLINE fpv fpv_set(const u64 limbs[8])
{
    fpv r;
    for (int j = 0; j < 8; j++) r.limb[j] = v8_set(limbs[j]);
    return r;
}

/* loose -> normal, for a value in [0, 2^416) */
SITU_INLINE fpv fpv_carry(fpv a)
{
    for (int j = 0; j < 7; j++) {
        a.limb[j + 1] = v8_add(a.limb[j + 1], _mm512_srai_epi64(a.limb[j], 52));
        a.limb[j] = _mm512_and_si512(a.limb[j], v8_set(FPV_M52));
    }
    return a;
}

SITU_INLINE fpv fpv_add_loose(const fpv *a, const fpv *b)
{
    fpv r;
    for (int j = 0; j < 8; j++) r.limb[j] = v8_add(a->limb[j], b->limb[j]);
    return r;
}

/* a - b + c, where c is a multiple of p that keeps the value positive */
SITU_INLINE fpv fpv_sub_loose(const fpv *a, const fpv *b, const u64 c[8])
{
    fpv r;
    for (int j = 0; j < 8; j++) r.limb[j] = v8_add(v8_sub(a->limb[j], b->limb[j]), v8_set(c[j]));
    return r;
}

SITU_INLINE fpv fpv_add(const fpv *a, const fpv *b) { return fpv_carry(fpv_add_loose(a, b)); }

/* a - b + 2p, for b below 2p */
SITU_INLINE fpv fpv_sub(const fpv *a, const fpv *b) { return fpv_carry(fpv_sub_loose(a, b, FPV_2P)); }

/* loose in [0, 8p) -> normal, below 1.001 p: subtracts floor(estimate of a / p) times p */
SITU_INLINE fpv fpv_reduce(fpv a)
{
    v8 top = v8_add(a.limb[7], _mm512_srai_epi64(a.limb[6], 52));
    v8 q = v8_mul_hi(_mm512_setzero_si512(), top, v8_set(FPV_RECIP));
    for (int j = 0; j < 8; j++)
        a.limb[j] = v8_sub(a.limb[j], _mm512_permutexvar_epi64(q, _mm512_load_si512(FPV_KP[j])));
    a = fpv_carry(a);
    SITU_VERIFY_THAT(fpv_is_normal(&a, 1));
    return a;
}

/* The last step of Montgomery reduction on t[0..8], limb 0 of which goes: here the quotient is exact, so that
 * the result is (t + q p) / 2^52 with q < 2^52. */
SITU_INLINE fpv fpv_reduce_last(v8 t[9])
{
    fpv r;
    v8 q = v8_mul_lo(_mm512_setzero_si512(), t[0], v8_set(FPV_PINV));
    for (int j = 0; j < 8; j++) t[j] = v8_mul_lo(t[j], q, v8_set(FPV_P[j]));
    for (int j = 0; j < 8; j++) t[j + 1] = v8_mul_hi(t[j + 1], q, v8_set(FPV_P[j]));
    t[1] = v8_add(t[1], _mm512_srli_epi64(t[0], 52));
    for (int j = 0; j < 8; j++) r.limb[j] = t[j + 1];
    return fpv_carry(r);
}

/* t += x * y: low halves of the products to limbs 0..7, high halves to 1..8. */
SITU_INLINE void fpv_mul_limb(v8 t[9], v8 x, const v8 y[8])
{
#pragma GCC unroll 8
    for (int j = 0; j < 8; j++) t[j] = v8_mul_lo(t[j], x, y[j]);
#pragma GCC unroll 8
    for (int j = 0; j < 8; j++) t[j + 1] = v8_mul_hi(t[j + 1], x, y[j]);
}

/* t = (t + m k p) / 2^52, m = t mod 2^52: one limb leaves. */
SITU_INLINE void fpv_reduce_limb(v8 t[9])
{
    v8 m = t[0], u[9];
    u[0] = v8_add(t[1], _mm512_srli_epi64(m, 52));
    for (int j = 1; j < 8; j++) u[j] = t[j + 1];
    u[8] = _mm512_setzero_si512();
#pragma GCC unroll 8
    for (int j = 0; j < 8; j++) u[j] = v8_mul_lo(u[j], m, v8_set(FPV_NF[j]));
#pragma GCC unroll 8
    for (int j = 0; j < 8; j++) u[j + 1] = v8_mul_hi(u[j + 1], m, v8_set(FPV_NF[j]));
    for (int j = 0; j < 9; j++) t[j] = u[j];
}

/* a b / 2^416: Montgomery product, operand scanning, one reduction step a limb.
 *   in   normal, below 256 p
 *   out  normal, below 2.001 p
 */
SITU_INLINE fpv fpv_mul(const fpv *a, const fpv *b)
{
    SITU_VERIFY_THAT(fpv_is_normal(a, 256) && fpv_is_normal(b, 256));
    v8 t[9];
    for (int j = 0; j < 9; j++) t[j] = _mm512_setzero_si512();
#pragma GCC unroll 7
    for (int i = 0; i < 7; i++) {
        fpv_mul_limb(t, a->limb[i], b->limb);
        fpv_reduce_limb(t);
    }
    fpv_mul_limb(t, a->limb[7], b->limb);
    return fpv_reduce_last(t);
}

/* a a / 2^416, ranges of fpv_mul: products of unequal limbs once and doubled, then seven reduction steps and
 * the last. */
SITU_INLINE fpv fpv_sqr(const fpv *a)
{
    SITU_VERIFY_THAT(fpv_is_normal(a, 256));
    v8 t[17];
    for (int j = 0; j < 17; j++) t[j] = _mm512_setzero_si512();
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++) {
#pragma GCC unroll 8
        for (int j = i + 1; j < 8; j++) {
            t[i + j] = v8_mul_lo(t[i + j], a->limb[i], a->limb[j]);
            t[i + j + 1] = v8_mul_hi(t[i + j + 1], a->limb[i], a->limb[j]);
        }
    }
#pragma GCC unroll 16
    for (int j = 1; j < 16; j++) t[j] = v8_add(t[j], t[j]);
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++) {
        t[2 * i] = v8_mul_lo(t[2 * i], a->limb[i], a->limb[i]);
        t[2 * i + 1] = v8_mul_hi(t[2 * i + 1], a->limb[i], a->limb[i]);
    }
#pragma GCC unroll 8
    for (int i = 0; i < 7; i++) {
        v8 m = t[i];
        t[i + 1] = v8_add(t[i + 1], _mm512_srli_epi64(m, 52));
#pragma GCC unroll 8
        for (int j = 0; j < 8; j++) {
            t[i + 1 + j] = v8_mul_lo(t[i + 1 + j], m, v8_set(FPV_NF[j]));
            t[i + 2 + j] = v8_mul_hi(t[i + 2 + j], m, v8_set(FPV_NF[j]));
        }
    }
    return fpv_reduce_last(t + 7);
}

/* Lanes that are 0 mod p; a below 5p, normal.  `fpv_maybe_zero` looks at the low limb only: no false
 * negatives. */
SITU_INLINE fpv_mask fpv_maybe_zero(const fpv *a)
{
    fpv_mask hit = 0;
    for (int k = 0; k < 5; k++) hit |= _mm512_cmpeq_epi64_mask(a->limb[0], v8_set(FPV_KP[0][k]));
    return hit;
}

static SITU_NOINLINE SITU_UNUSED fpv_mask fpv_is_zero_slow(const fpv *a)
{
    fpv_mask hit = 0;
    for (int k = 0; k < 5; k++) {
        fpv_mask same = 0xff;
        for (int j = 0; j < 8; j++) same &= _mm512_cmpeq_epi64_mask(a->limb[j], v8_set(FPV_KP[j][k]));
        hit |= same;
    }
    return hit;
}

SITU_INLINE fpv_mask fpv_is_zero(const fpv *a)
{
    SITU_VERIFY_THAT(fpv_is_normal(a, 5));
    return SITU_LIKELY(fpv_maybe_zero(a) == 0) ? 0 : fpv_is_zero_slow(a);
}

/* mask ? b : a */
SITU_INLINE fpv fpv_blend(fpv_mask mask, const fpv *a, const fpv *b)
{
    fpv r;
    for (int j = 0; j < 8; j++) r.limb[j] = _mm512_mask_blend_epi64(mask, a->limb[j], b->limb[j]);
    return r;
}

/* Lanes of `mask` become 2p - a: for a in [0, 2p], loose. */
SITU_INLINE fpv fpv_negate_loose(fpv_mask mask, fpv a)
{
    for (int j = 0; j < 8; j++)
        a.limb[j] = _mm512_mask_sub_epi64(a.limb[j], mask, v8_set(FPV_2P[j]), a.limb[j]);
    return a;
}

/* 8 x 8 words, rows <-> columns */
SITU_INLINE void v8_transpose(v8 r[8])
{
    v8 a[8], b[8];
    for (int i = 0; i < 8; i += 2) {
        a[i] = _mm512_unpacklo_epi64(r[i], r[i + 1]);
        a[i + 1] = _mm512_unpackhi_epi64(r[i], r[i + 1]);
    }
    for (int i = 0; i < 2; i++) {
        b[i] = _mm512_shuffle_i64x2(a[i], a[i + 2], 0x88);
        b[i + 2] = _mm512_shuffle_i64x2(a[i], a[i + 2], 0xdd);
        b[i + 4] = _mm512_shuffle_i64x2(a[i + 4], a[i + 6], 0x88);
        b[i + 6] = _mm512_shuffle_i64x2(a[i + 4], a[i + 6], 0xdd);
    }
    for (int i = 0; i < 4; i++) {
        r[i] = _mm512_shuffle_i64x2(b[i], b[i + 4], 0x88);
        r[i + 4] = _mm512_shuffle_i64x2(b[i], b[i + 4], 0xdd);
    }
}

/* Eight rows of eight limbs, 64-byte aligned, to lanes and back. */
SITU_INLINE fpv fpv_load(const u64 *const row[8])
{
    fpv r;
    for (int i = 0; i < 8; i++) r.limb[i] = _mm512_load_si512(row[i]);
    v8_transpose(r.limb);
    return r;
}

SITU_INLINE void fpv_store(u64 *const row[8], fpv a)
{
    v8_transpose(a.limb);
    for (int i = 0; i < 8; i++) _mm512_store_si512(row[i], a.limb[i]);
}

/* --- for batches of additions --- */

/* Lanes whose low limb is 0, as infinity's x has it; else nothing but one in 2^52 has. */
SITU_INLINE fpv_mask fpv_maybe_infinity(const fpv *x)
{
    return _mm512_testn_epi64_mask(x->limb[0], x->limb[0]);
}

/* Lanes in which a difference of two values below 1.001 p, as fpv_sub gives it, may be 0: it is p, 2p or 3p
 * then. */
SITU_INLINE fpv_mask fpv_maybe_equal(const fpv *diff)
{
    fpv_mask hit = 0;
    for (int k = 1; k <= 3; k++) hit |= _mm512_cmpeq_epi64_mask(diff->limb[0], v8_set(FPV_KP[0][k]));
    return hit;
}

/* Lanes with all limbs 0. */
SITU_INLINE fpv_mask fpv_is_null(const fpv *a)
{
    v8 any = a->limb[0];
    for (int j = 1; j < 8; j++) any = _mm512_or_si512(any, a->limb[j]);
    return _mm512_testn_epi64_mask(any, any);
}

/* Lanes whose word has the flag. */
SITU_INLINE fpv_mask fpv_flagged(const u64 words[8], u64 flag)
{
    return _mm512_test_epi64_mask(_mm512_loadu_si512(words), v8_set(flag));
}

/* --- integers of six words to a row of limbs and back --- */

SITU_INLINE void fpv_row_from_words(u64 row[8], const u64 in[6])
{
    row[0] = in[0] & FPV_M52;
    row[1] = (in[0] >> 52 | in[1] << 12) & FPV_M52;
    row[2] = (in[1] >> 40 | in[2] << 24) & FPV_M52;
    row[3] = (in[2] >> 28 | in[3] << 36) & FPV_M52;
    row[4] = (in[3] >> 16 | in[4] << 48) & FPV_M52;
    row[5] = in[4] >> 4 & FPV_M52;
    row[6] = (in[4] >> 56 | in[5] << 8) & FPV_M52;
    row[7] = in[5] >> 44;
}

SITU_INLINE void fpv_row_to_words(u64 out[6], const u64 row[8])
{
    out[0] = row[0] | row[1] << 52;
    out[1] = row[1] >> 12 | row[2] << 40;
    out[2] = row[2] >> 24 | row[3] << 28;
    out[3] = row[3] >> 36 | row[4] << 16;
    out[4] = row[4] >> 48 | row[5] << 4 | row[6] << 56;
    out[5] = row[6] >> 8 | row[7] << 44;
}

/* a < b, both normal */
SITU_INLINE bool fpv_row_is_less(const u64 a[8], const u64 b[8])
{
    int j = 7;
    while (j > 0 && a[j] == b[j]) j--;
    return a[j] < b[j];
}

/* row = c - row, for values that leave it in [0, 2^416) */
SITU_INLINE void fpv_row_sub_from(u64 row[8], const u64 c[8])
{
    i64 carry = 0;
    for (int j = 0; j < 8; j++) {
        i64 d = (i64)c[j] - (i64)row[j] + carry;
        carry = d >> 52;
        row[j] = (u64)d & FPV_M52;
    }
}

/* normal -> [0, p), by few subtractions */
SITU_INLINE void fpv_row_canon(u64 row[8])
{
    while (!fpv_row_is_less(row, FPV_P)) {
        i64 carry = 0;
        for (int j = 0; j < 8; j++) {
            i64 d = (i64)row[j] - (i64)FPV_P[j] + carry;
            carry = d >> 52;
            row[j] = (u64)d & FPV_M52;
        }
    }
}

#endif /* SITU_CURVE_FPV_IFMA_H */
