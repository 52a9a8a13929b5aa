/* fpv_avx2.h — private to *_avx2.c: four elements of BLS12-381's base field at once, with AVX2.  fpv_ifma.h
 * has the same names for eight.
 *
 * An fpv holds four integers, limb j of all four in one register of 64-bit lanes, radix 2^28, 14 limbs; an
 * element x of the field is any integer congruent to x * R, R = 2^392 (Montgomery form).  Ranges:
 *
 *     normal      limbs 0..12 in [0, 2^28), the value in [0, k p); "below k p" is written where it matters
 *     wide        limbs in [0, 2^31); what fpv_sub gives.  A product takes wide operands as they are, as long
 *                 as the bounds of their limbs have a product of at most 2^60
 *     loose       signed limbs; never an operand of a product
 *
 * A product of operands below 16 p is below 2.1 p.  fpv_reduce brings [0, 8p) to [0, 1.001 p), not to [0, p):
 * equality is decided by fpv_is_zero.
 *
 * Why 28 bits: a column of a product with its reduction is a sum of 28 products, which must stay below 2^64
 * with operands that have not been carried.  Products of 32-bit halves and additions of 64-bit lanes are all
 * that AVX2 has; 785 of them for four field multiplications take two thirds of the time of four
 * multiplications with 64-bit words.
 */
#ifndef SITU_CURVE_FPV_AVX2_H
#define SITU_CURVE_FPV_AVX2_H

#include <immintrin.h>

#include "base/base.h"

typedef __m256i v4;  /* four u64 */
typedef u8 fpv_mask; /* a bit per lane */

enum { FPV_LANES = 4, FPV_LIMBS = 14, FPV_BITS = 28 };

typedef struct {
    v4 limb[FPV_LIMBS];
} fpv;

#define FPV_BATCH          1024 /* additions that share an inversion: their products fill half of a 512 KiB L2 cache */
#define FPV_KERNELS        situ_g1_kernels_avx2
#define FPV_NAME           "avx2"
#define FPV_FEW_POINTS_MAX 64 /* see g1.h */
#define FPV_M28            ((UINT64_C(1) << FPV_BITS) - 1)

/* p */
static const u64 FPV_P[FPV_LIMBS] = {0xfffaaab, 0xfefffff, 0x3ffffb9, 0xfffeb15, 0x6241eab,
                                     0xa0f6b0f, 0xf6730d2, 0xf38512b, 0x4774b84, 0x4bacd76,
                                     0xba7b643, 0xe69a4b1, 0x1ea397f, 0x1a011};
/* 2 p */
static const u64 FPV_2P[FPV_LIMBS] = {0xfff5556, 0xfdfffff, 0x7ffff73, 0xfffd62a, 0xc483d57,
                                      0x41ed61e, 0xece61a5, 0xe70a257, 0x8ee9709, 0x9759aec,
                                      0x74f6c86, 0xcd34963, 0x3d472ff, 0x34022};
/* 3 p */
static const u64 FPV_3P[FPV_LIMBS] = {0xfff0001, 0xfcfffff, 0xbffff2d, 0xfffc13f, 0x26c5c03,
                                      0xe2e412e, 0xe359277, 0xda8f383, 0xd65e28e, 0xe306862,
                                      0x2f722c9, 0xb3cee15, 0x5beac7f, 0x4e033};
/* 2 p again, limbs 0..12 at least 2^28: less a normal value below 1.1 p, no limb is negative. */
static const u64 FPV_2P_WIDE[FPV_LIMBS] = {0x1fff5556, 0x1fdffffe, 0x17ffff72, 0x1fffd629, 0x1c483d56,
                                           0x141ed61d, 0x1ece61a4, 0x1e70a256, 0x18ee9708, 0x19759aeb,
                                           0x174f6c85, 0x1cd34962, 0x13d472fe, 0x34021};
/* 4 p, limbs 0..12 at least 2^29: less a value below 2.1 p with limbs below 2^29, no limb is negative. */
static const u64 FPV_4P_WIDE[FPV_LIMBS] = {0x2ffeaaac, 0x2fbffffd, 0x2ffffee5, 0x2fffac52, 0x28907aad,
                                           0x283dac3b, 0x2d9cc348, 0x2ce144ad, 0x21dd2e11, 0x22eb35d7,
                                           0x2e9ed90b, 0x29a692c4, 0x27a8e5fd, 0x68042};
/* 2^392 mod p: one */
static const u64 FPV_ONE[FPV_LIMBS] = {0x347fcb8, 0xd800000, 0x2b119,   0xcde6d2,  0xc7212e0,
                                       0x83a2090, 0x37669f,  0xda0f73e, 0x9b09b42, 0x1297bb0,
                                       0x515d98f, 0x12ca7c,  0x659fcfa, 0x577a};
/* 2^400 mod p: times this makes blst's form (R = 2^384) ours */
static const u64 FPV_FROM_384[FPV_LIMBS] = {0x80e6299, 0x3500034, 0xeb12856, 0xdeb2699, 0xc988670,
                                            0x4ef6697, 0x70983e8, 0xa4e6fe9, 0x3e8a053, 0xecf271e,
                                            0xc20d323, 0x6eb6385, 0x47f1286, 0x156da};
/* 2^384 mod p: and back */
static const u64 FPV_TO_384[FPV_LIMBS] = {0x2fffd,   0x900000,  0xc000276, 0xbc40,    0x8baebf4,
                                          0x5753c75, 0x55f4898, 0x7052574, 0x7ce5853, 0x56ec6d7,
                                          0x71a97a2, 0xe4935c0, 0xec3fa80, 0x15f65};
/* The cube root of unity with (beta x, y) = [z^2 - 1](x, y) on G1. */
static const u64 FPV_BETA[FPV_LIMBS] = {0x2421b59, 0xbee4867, 0x1d31002, 0x4760184, 0x4cc5086,
                                        0xc76dc00, 0xaae891b, 0xac70ad2, 0xfe377c4, 0xe4686b8,
                                        0x5ed1568, 0x8f5a180, 0x2b5c1f,  0xd1a4};
#define FPV_PINV  UINT64_C(0xffcfffd) /* -1/p mod 2^28 */
#define FPV_RECIP UINT64_C(0x9d83)    /* floor(2^32 / (floor(p / 2^364) + 1)) */

/* Operands of products, in memory: AVX2 broadcasts none on the way. */
#define X4(a)      \
    {              \
        a, a, a, a \
    }
/* p */
static const u64 FPV_P_X4[FPV_LIMBS][4] SITU_ALIGNED(32) = {X4(0xfffaaab), X4(0xfefffff), X4(0x3ffffb9),
                                                            X4(0xfffeb15), X4(0x6241eab), X4(0xa0f6b0f),
                                                            X4(0xf6730d2), X4(0xf38512b), X4(0x4774b84),
                                                            X4(0x4bacd76), X4(0xba7b643), X4(0xe69a4b1),
                                                            X4(0x1ea397f), X4(0x1a011)};
/* (k p + 1) / 2^28 with k = -1/p mod 2^28: adding m * (k p) to t, m = t mod 2^28, clears t's low limb, and
 * what is left of it after the shift is m * NF.  So no product stands between reading m and using it. */
static const u64 FPV_NF_X4[FPV_LIMBS][4] SITU_ALIGNED(32) = {X4(0x2faabb),  X4(0x4c203d2), X4(0x2c07e7a),
                                                             X4(0x18f8f15), X4(0x6c7b6b8), X4(0x961f5b3),
                                                             X4(0xe3a59f5), X4(0xf43940d), X4(0xde40cc3),
                                                             X4(0xef9c7a5), X4(0x25598bb), X4(0xc2b4463),
                                                             X4(0x1b1fd61), X4(0x19fc3)};
#undef X4

SITU_INLINE v4 v4_set(u64 x) { return _mm256_set1_epi64x((long long)x); }
SITU_INLINE v4 v4_add(v4 a, v4 b) { return _mm256_add_epi64(a, b); }
SITU_INLINE v4 v4_sub(v4 a, v4 b) { return _mm256_sub_epi64(a, b); }
SITU_INLINE v4 v4_and(v4 a, v4 b) { return _mm256_and_si256(a, b); }
SITU_INLINE v4 v4_mul(v4 a, v4 b) { return _mm256_mul_epu32(a, b); } /* of the low halves */
SITU_INLINE v4 v4_load(const u64 *p) { return _mm256_load_si256((const __m256i *)(const void *)p); }

/* Arithmetic shift by 28, which AVX2 lacks, of values above -2^62. */
SITU_INLINE v4 v4_shift(v4 a)
{
    const u64 bias = UINT64_C(1) << 62;
    return v4_sub(_mm256_srli_epi64(v4_add(a, v4_set(bias)), FPV_BITS), v4_set(bias >> FPV_BITS));
}

SITU_INLINE fpv_mask v4_equal(v4 a, v4 b)
{
    return (fpv_mask)_mm256_movemask_pd(_mm256_castsi256_pd(_mm256_cmpeq_epi64(a, b)));
}

/* All ones in the lanes of the mask. */
SITU_INLINE v4 v4_of_mask(fpv_mask mask)
{
    v4 bits = _mm256_setr_epi64x(1, 2, 4, 8);
    return _mm256_cmpeq_epi64(v4_and(v4_set(mask), bits), bits);
}

/* Are all limbs below `bound`?  For SITU_VERIFY_THAT. */
SITU_INLINE bool fpv_limbs_below(const fpv *a, u64 bound)
{
    u64 limb[4] SITU_ALIGNED(32);
    for (int j = 0; j < FPV_LIMBS; j++) {
        _mm256_store_si256((__m256i *)(void *)limb, a->limb[j]);
        for (int lane = 0; lane < 4; lane++) {
            if (limb[lane] >= bound) return false;
        }
    }
    return true;
}

/* Is every lane normal and below 1.001 k p, by its top limb?  For SITU_VERIFY_THAT. */
SITU_INLINE bool fpv_is_normal(const fpv *a, u64 k)
{
    v4 most = v4_set(k * (FPV_P[13] + FPV_P[13] / 1000));
    return fpv_limbs_below(a, FPV_M28 + 1) &&
           _mm256_testz_si256(_mm256_cmpgt_epi64(a->limb[13], most), _mm256_cmpgt_epi64(a->limb[13], most));
}

/* May the two be multiplied?  For SITU_VERIFY_THAT. */
SITU_INLINE bool fpv_is_product(const fpv *a, const fpv *b)
{
    for (u32 bits = FPV_BITS; bits <= 31; bits++) {
        if (fpv_limbs_below(a, UINT64_C(1) << bits)) return fpv_limbs_below(b, UINT64_C(1) << (60 - bits));
    }
    return false;
}

SITU_INLINE fpv fpv_set(const u64 limbs[FPV_LIMBS])
{
    fpv r;
    for (int j = 0; j < FPV_LIMBS; j++) r.limb[j] = v4_set(limbs[j]);
    return r;
}

/* loose -> normal, for a value in [0, 2^392) */
SITU_INLINE fpv fpv_carry(fpv a)
{
    for (int j = 0; j < FPV_LIMBS - 1; j++) {
        a.limb[j + 1] = v4_add(a.limb[j + 1], v4_shift(a.limb[j]));
        a.limb[j] = v4_and(a.limb[j], v4_set(FPV_M28));
    }
    return a;
}

SITU_INLINE fpv fpv_add_loose(const fpv *a, const fpv *b)
{
    fpv r;
    for (int j = 0; j < FPV_LIMBS; j++) r.limb[j] = v4_add(a->limb[j], b->limb[j]);
    return r;
}

/* a - b + c, where c is a multiple of p that keeps the value positive */
SITU_INLINE fpv fpv_sub_loose(const fpv *a, const fpv *b, const u64 c[FPV_LIMBS])
{
    fpv r;
    for (int j = 0; j < FPV_LIMBS; j++) r.limb[j] = v4_add(v4_sub(a->limb[j], b->limb[j]), v4_set(c[j]));
    return r;
}

SITU_INLINE fpv fpv_add(const fpv *a, const fpv *b) { return fpv_carry(fpv_add_loose(a, b)); }

/* a - b + 4p, wide, for b below 2.1 p and limbs of both below 2^29 */
SITU_INLINE fpv fpv_sub(const fpv *a, const fpv *b)
{
    fpv r = fpv_sub_loose(a, b, FPV_4P_WIDE);
    SITU_VERIFY_THAT(fpv_limbs_below(&r, UINT64_C(5) << FPV_BITS));
    return r;
}

/* loose in [0, 8p), limbs 0..11 above -2^31 -> normal, below 1.001 p: subtracts floor(estimate of a / p)
 * times p */
SITU_INLINE fpv fpv_reduce(fpv a)
{
    v4 top = v4_add(a.limb[13], v4_shift(a.limb[12]));
    v4 q = _mm256_srli_epi64(v4_mul(top, v4_set(FPV_RECIP)), 32);
    for (int j = 0; j < FPV_LIMBS; j++) a.limb[j] = v4_sub(a.limb[j], v4_mul(q, v4_set(FPV_P[j])));
    a = fpv_carry(a);
    SITU_VERIFY_THAT(fpv_is_normal(&a, 1));
    return a;
}

/* a b / 2^392: Montgomery product, operand scanning, one reduction step a limb; fourteen columns, a factor
 * and a product fill the sixteen registers.
 *   in   below 16 p; limbs below 2^A and 2^B with A + B <= 60, so that columns stay below
 *        14 * 2^60 + 14 * 2^56 + 2^37 < 2^64
 *   out  normal, below 2.1 p
 */
static SITU_NOINLINE fpv fpv_mul(const fpv *a, const fpv *b)
{
    SITU_VERIFY_THAT(fpv_is_product(a, b));
    const v4 low = v4_set(FPV_M28);
    v4 t[FPV_LIMBS];
#pragma GCC unroll 14
    for (int j = 0; j < FPV_LIMBS; j++) t[j] = v4_mul(a->limb[0], b->limb[j]);
#pragma GCC unroll 1
    for (int i = 1; i < FPV_LIMBS; i++) {
        /* Operands from memory: nothing to gain by copying b and NF to the stack first. */
        __asm__ volatile("" : : : "memory");
        v4 m = v4_and(t[0], low);
        t[0] = v4_add(v4_add(t[1], _mm256_srli_epi64(t[0], FPV_BITS)), v4_mul(m, v4_load(FPV_NF_X4[0])));
#pragma GCC unroll 12
        for (int j = 1; j < FPV_LIMBS - 1; j++) t[j] = v4_add(t[j + 1], v4_mul(m, v4_load(FPV_NF_X4[j])));
        t[13] = v4_mul(m, v4_load(FPV_NF_X4[13]));
        v4 a_i = a->limb[i];
#pragma GCC unroll 14
        for (int j = 0; j < FPV_LIMBS; j++) t[j] = v4_add(t[j], v4_mul(a_i, b->limb[j]));
    }
    /* In the last step the quotient is exact: the result is (t + q p) / 2^28 with q < 2^28. */
    fpv r;
    v4 q = v4_and(v4_mul(t[0], v4_set(FPV_PINV)), low);
#pragma GCC unroll 14
    for (int j = 0; j < FPV_LIMBS; j++) t[j] = v4_add(t[j], v4_mul(q, v4_load(FPV_P_X4[j])));
    v4 carry = _mm256_srli_epi64(t[0], FPV_BITS);
#pragma GCC unroll 13
    for (int j = 1; j < FPV_LIMBS; j++) {
        t[j] = v4_add(t[j], carry);
        r.limb[j - 1] = v4_and(t[j], low);
        carry = _mm256_srli_epi64(t[j], FPV_BITS);
    }
    r.limb[13] = carry;
    return r;
}

SITU_INLINE fpv fpv_sqr(const fpv *a) { return fpv_mul(a, a); }

/* Lanes that are 0 mod p; a in [0, 7p), any form. */
static SITU_NOINLINE fpv_mask fpv_is_zero(const fpv *a)
{
    fpv n = fpv_reduce(*a);
    fpv_mask is_0 = 0xf, is_p = 0xf;
    for (int j = 0; j < FPV_LIMBS; j++) {
        is_0 &= v4_equal(n.limb[j], _mm256_setzero_si256());
        is_p &= v4_equal(n.limb[j], v4_set(FPV_P[j]));
    }
    return is_0 | is_p;
}

/* mask ? b : a */
SITU_INLINE fpv fpv_blend(fpv_mask mask, const fpv *a, const fpv *b)
{
    fpv r;
    v4 from_b = v4_of_mask(mask);
    for (int j = 0; j < FPV_LIMBS; j++) r.limb[j] = _mm256_blendv_epi8(a->limb[j], b->limb[j], from_b);
    return r;
}

/* Lanes of `mask` become 2p - a, for a normal and below 1.1 p; limbs are then below 2^29. */
SITU_INLINE fpv fpv_negate_loose(fpv_mask mask, fpv a)
{
    v4 negated = v4_of_mask(mask);
    for (int j = 0; j < FPV_LIMBS; j++)
        a.limb[j] = _mm256_blendv_epi8(a.limb[j], v4_sub(v4_set(FPV_2P_WIDE[j]), a.limb[j]), negated);
    return a;
}

/* --- rows: eight words, two limbs in each but the last, which is 0 --- */

/* 4 x 4 words, rows <-> columns */
SITU_INLINE void v4_transpose(v4 r[4])
{
    v4 a = _mm256_unpacklo_epi64(r[0], r[1]), b = _mm256_unpackhi_epi64(r[0], r[1]);
    v4 c = _mm256_unpacklo_epi64(r[2], r[3]), d = _mm256_unpackhi_epi64(r[2], r[3]);
    r[0] = _mm256_permute2x128_si256(a, c, 0x20);
    r[1] = _mm256_permute2x128_si256(b, d, 0x20);
    r[2] = _mm256_permute2x128_si256(a, c, 0x31);
    r[3] = _mm256_permute2x128_si256(b, d, 0x31);
}

SITU_INLINE fpv fpv_load(const u64 *const row[FPV_LANES])
{
    fpv r;
    v4 w[8];
    for (int i = 0; i < 4; i++) {
        w[i] = v4_load(row[i]);
        w[i + 4] = v4_load(row[i] + 4);
    }
    v4_transpose(w);
    v4_transpose(w + 4);
    for (int k = 0; k < FPV_LIMBS / 2; k++) {
        r.limb[2 * k] = v4_and(w[k], v4_set(FPV_M28));
        r.limb[2 * k + 1] = _mm256_srli_epi64(w[k], 32);
    }
    return r;
}

/* a normal */
SITU_INLINE void fpv_store(u64 *const row[FPV_LANES], fpv a)
{
    v4 w[8];
    for (int k = 0; k < FPV_LIMBS / 2; k++)
        w[k] = _mm256_or_si256(a.limb[2 * k], _mm256_slli_epi64(a.limb[2 * k + 1], 32));
    w[7] = _mm256_setzero_si256();
    v4_transpose(w);
    v4_transpose(w + 4);
    for (int i = 0; i < 4; i++) {
        _mm256_store_si256((__m256i *)(void *)row[i], w[i]);
        _mm256_store_si256((__m256i *)(void *)(row[i] + 4), w[i + 4]);
    }
}

SITU_INLINE u64 fpv_row_limb(const u64 row[8], int j) { return row[j / 2] >> 32 * (j & 1) & UINT32_MAX; }

static void fpv_row_put(u64 row[8], const i64 limbs[FPV_LIMBS])
{
    for (int k = 0; k < FPV_LIMBS / 2; k++) row[k] = (u64)limbs[2 * k] | (u64)limbs[2 * k + 1] << 32;
    row[7] = 0;
}

/* An integer of six words to a row and back. */
static void fpv_row_from_words(u64 row[8], const u64 in[6])
{
    i64 limbs[FPV_LIMBS];
    for (int j = 0; j < FPV_LIMBS; j++) {
        int word = j * FPV_BITS / 64, shift = j * FPV_BITS % 64;
        u64 v = in[word] >> shift;
        if (shift > 64 - FPV_BITS && word < 5) v |= in[word + 1] << (64 - shift);
        limbs[j] = (i64)(v & FPV_M28);
    }
    fpv_row_put(row, limbs);
}

static void fpv_row_to_words(u64 out[6], const u64 row[8])
{
    for (int i = 0; i < 6; i++) out[i] = 0;
    for (int j = 0; j < FPV_LIMBS; j++) {
        int word = j * FPV_BITS / 64, shift = j * FPV_BITS % 64;
        u64 v = fpv_row_limb(row, j);
        out[word] |= v << shift;
        if (shift > 64 - FPV_BITS && word < 5) out[word + 1] |= v >> (64 - shift);
    }
}

/* row = c - row, for values that leave it in [0, 2^392) */
static void fpv_row_sub_from(u64 row[8], const u64 c[FPV_LIMBS])
{
    i64 limbs[FPV_LIMBS], carry = 0;
    for (int j = 0; j < FPV_LIMBS; j++) {
        i64 d = (i64)c[j] - (i64)fpv_row_limb(row, j) + carry;
        carry = d >> FPV_BITS;
        limbs[j] = d & (i64)FPV_M28;
    }
    fpv_row_put(row, limbs);
}

/* normal -> [0, p), by few subtractions */
static void fpv_row_canon(u64 row[8])
{
    for (;;) {
        i64 limbs[FPV_LIMBS], carry = 0;
        for (int j = 0; j < FPV_LIMBS; j++) {
            i64 d = (i64)fpv_row_limb(row, j) - (i64)FPV_P[j] + carry;
            carry = d >> FPV_BITS;
            limbs[j] = d & (i64)FPV_M28;
        }
        if (carry < 0) return;
        fpv_row_put(row, limbs);
    }
}

/* --- for batches of additions --- */

/* Lanes whose low limb is 0, as infinity's x has it; else nothing but one in 2^28 has. */
SITU_INLINE fpv_mask fpv_maybe_infinity(const fpv *x) { return v4_equal(x->limb[0], _mm256_setzero_si256()); }

/* Lanes in which a difference of two values below 1.001 p, as fpv_sub gives it, may be 0: it is 3p, 4p or 5p
 * then. */
SITU_INLINE fpv_mask fpv_maybe_equal(const fpv *diff)
{
    v4 low = v4_and(diff->limb[0], v4_set(FPV_M28));
    fpv_mask hit = 0;
    for (u64 k = 3; k <= 5; k++) hit |= v4_equal(low, v4_set(k * FPV_P[0] & FPV_M28));
    return hit;
}

/* Lanes with all limbs 0. */
SITU_INLINE fpv_mask fpv_is_null(const fpv *a)
{
    v4 any = a->limb[0];
    for (int j = 1; j < FPV_LIMBS; j++) any = _mm256_or_si256(any, a->limb[j]);
    return v4_equal(any, _mm256_setzero_si256());
}

/* Lanes whose word has the flag. */
SITU_INLINE fpv_mask fpv_flagged(const u64 words[FPV_LANES], u64 flag)
{
    v4 w = _mm256_loadu_si256((const __m256i *)(const void *)words);
    return v4_equal(v4_and(w, v4_set(flag)), v4_set(flag));
}

#endif /* SITU_CURVE_FPV_AVX2_H */
