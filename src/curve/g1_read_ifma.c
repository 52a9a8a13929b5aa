/* g1_read_ifma.c — eight compressed points at a time: bytes, curve, subgroup (AVX-512 IFMA). */
#include "curve/fpv_ifma.h"
#include "curve/g1.h"
#include "curve/g1_read.h"

#include <string.h>

static const u64 P4[8] = {0xbfffffffeaaac, 0xfac54ffffee7f, 0xac3d8907aafff, 0x4afd9cc34a83d,
                          0xd91dd2e13ce14, 0x6e9ed90d2eb35, 0x7a8e5ff9a692c, 0x68044}; /* 4 p */
static const u64 P32[8] = {0xffffffff55560, 0xd62a7ffff73fd, 0x61ec483d57fff, 0x57ece61a541ed,
                           0xc8ee9709e70a2, 0x74f6c869759ae, 0xd472ffcd34963, 0x340223}; /* 32 p */
static const u64 P64[8] = {0xfffffffeaaac0, 0xac54ffffee7fb, 0xc3d8907aaffff, 0xafd9cc34a83da,
                           0x91dd2e13ce144, 0xe9ed90d2eb35d, 0xa8e5ff9a692c6, 0x680447}; /* 64 p */
static const u64 P_HALF[8] = {0xf7fffffffd555, 0xff58a9ffffdcf, 0xb587b120f55ff, 0x895fb39869507,
                              0xbb23ba5c279c2, 0x8dd3db21a5d66, 0x8f51cbff34d25, 0xd008}; /* (p - 1) / 2 */
static const u64 BETA2[8] = {0xd75aaff33455f, 0xd095356b7cbb6, 0x953a2f6fa079f,
                             0x1080cf0a3d697, 0x3f7de3465fe7c, 0x1f71fd6896ec,
                             0xd9dd9cc172747, 0x7d91}; /* FPV_BETA squared */

/* (p + 1) / 4 in digits of 4 bits, least first: a^((p + 1) / 4) is a's root if there is one, as p = 3 mod 4.
 */
static const u8 root_exponent[95] = {11, 10, 10, 14, 15, 15, 15, 15, 15, 15, 15, 11, 15, 7,  14, 14,
                                     15, 15, 15, 15, 4,  5,  12, 10, 15, 15, 15, 15, 10, 10, 7,  0,
                                     9,  8,  13, 3,  12, 10, 13, 3,  8,  10, 4,  3,  12, 12, 9,  13,
                                     15, 10, 4,  4,  1,  14, 12, 3,  1,  14, 2,  13, 13, 1,  9,  13,
                                     5,  3,  11, 14, 2,  13, 0,  9,  13, 14, 9,  14, 6,  12, 2,  9,
                                     6,  10, 9,  15, 15, 5,  14, 8,  10, 7,  4,  4,  0,  8,  6};

static SITU_NOINLINE fpv mul(const fpv *a, const fpv *b) { return fpv_mul(a, b); }

/* --- the square root --- */

static SITU_NOINLINE fpv sqr4(const fpv *a)
{
    fpv r = fpv_sqr(a);
    for (int i = 0; i < 3; i++) r = fpv_sqr(&r);
    return r;
}

static fpv candidate_root(const fpv *a)
{
    fpv power[16], r;
    power[0] = fpv_set(FPV_ONE);
    for (int i = 1; i < 16; i++) power[i] = mul(&power[i - 1], a);
    r = power[root_exponent[94]];
    for (int i = 93; i >= 0; i--) {
        r = sqr4(&r);
        if (root_exponent[i]) r = mul(&r, &power[root_exponent[i]]);
    }
    return r;
}

static fpv_mask is_equal(const fpv *a, const fpv *b) /* both below 2.001 p */
{
    fpv d = fpv_carry(fpv_sub_loose(a, b, FPV_3P));
    d = fpv_reduce(d);
    return fpv_is_zero(&d);
}

/* --- [z^2]P in Jacobian coordinates --- */

/* X and Y below 35 p, Z below 5 p, all normal.  A point whose sum with another is exceptional gets Z = 0 and keeps
 * it: that happens to no member of G1, because multiples up to z^2 < r of a point of order r are neither infinity
 * nor equal. */
typedef struct {
    fpv x, y, z;
} jacobian8;

/* dbl-2009-l */
static SITU_NOINLINE void double8(jacobian8 *p)
{
    fpv a = fpv_sqr(&p->x), b = fpv_sqr(&p->y), c = fpv_sqr(&b), t = fpv_add(&p->x, &b);
    fpv z = fpv_mul(&p->y, &p->z);
    t = fpv_sqr(&t);
    t = fpv_sub_loose(&t, &a, P4);
    for (int j = 0; j < 8; j++) t.limb[j] = v8_sub(t.limb[j], c.limb[j]);
    fpv d = fpv_carry(fpv_add_loose(&t, &t)); /* below 12.1 p */
    fpv e = fpv_add_loose(&a, &a);
    e = fpv_add(&e, &a);
    fpv d2 = fpv_add_loose(&d, &d), f = fpv_sqr(&e);
    p->x = fpv_carry(fpv_sub_loose(&f, &d2, P32));
    t = fpv_carry(fpv_sub_loose(&d, &p->x, P64));
    t = fpv_mul(&e, &t);
    for (int j = 0; j < 8; j++) c.limb[j] = _mm512_slli_epi64(c.limb[j], 3);
    p->y = fpv_carry(fpv_sub_loose(&t, &c, P32));
    p->z = fpv_add(&z, &z);
}

/* p += q */
static SITU_NOINLINE void add8(jacobian8 *p, const jacobian8 *q)
{
    fpv zz1 = fpv_sqr(&p->z), zz2 = fpv_sqr(&q->z), u1 = mul(&p->x, &zz2), u2 = mul(&q->x, &zz1);
    fpv s1 = mul(&p->y, &q->z), s2 = mul(&q->y, &p->z);
    s1 = mul(&s1, &zz2);
    s2 = mul(&s2, &zz1);
    fpv h = fpv_carry(fpv_sub_loose(&u2, &u1, FPV_3P)), r = fpv_carry(fpv_sub_loose(&s2, &s1, FPV_3P));
    fpv hh = fpv_sqr(&h), hhh = mul(&hh, &h), v = mul(&u1, &hh), rr = fpv_sqr(&r);
    fpv t = fpv_sub_loose(&rr, &hhh, P32);
    for (int j = 0; j < 8; j++) t.limb[j] = v8_sub(t.limb[j], v8_add(v.limb[j], v.limb[j]));
    p->x = fpv_carry(t);
    t = fpv_carry(fpv_sub_loose(&v, &p->x, P64));
    t = mul(&t, &r);
    s1 = mul(&s1, &hhh);
    p->y = fpv_carry(fpv_sub_loose(&t, &s1, P4));
    t = mul(&p->z, &q->z);
    p->z = mul(&t, &h);
}

/* p = [|z|]p, |z| = 0xd201000000010000 */
static void multiply_by_z(jacobian8 *p)
{
    const u64 z = 0xd201000000010000;
    const jacobian8 base = *p;
    for (int bit = 62; bit >= 0; bit--) {
        double8(p);
        if (z >> bit & 1) add8(p, &base);
    }
}

/* Lanes of (x, y), on the curve and finite, that are in G1.  With lambda = z^2 - 1, phi(P) = [lambda]P
 * implies [lambda^2 + lambda + 1]P = [r]P = 0, and members have it.  phi(P) + P = -phi^2(P) = (beta^2 x, -y)
 * saves an addition. */
static fpv_mask in_subgroup(const fpv *x, const fpv *y)
{
    jacobian8 p = {*x, *y, fpv_set(FPV_ONE)};
    multiply_by_z(&p);
    multiply_by_z(&p);
    fpv beta2 = fpv_set(BETA2), zz = mul(&p.z, &p.z), zzz = mul(&zz, &p.z);
    fpv want_x = mul(x, &beta2), want_y = mul(y, &zzz), one = fpv_set(FPV_ONE);
    want_x = mul(&want_x, &zz);
    fpv got_x = mul(&p.x, &one), got_y = mul(&p.y, &one); /* times 1 brings below 2.001 p */
    fpv sum_y = fpv_reduce(fpv_add_loose(&got_y, &want_y)), z = mul(&p.z, &one);
    return is_equal(&got_x, &want_x) & fpv_is_zero(&sum_y) & (fpv_mask)~fpv_is_zero(&z);
}

/* --- bytes --- */

/* 48 big-endian bytes less the three flags, as a row. */
static void row_from_bytes(u64 row[8], const u8 *bytes)
{
    u64 w[6];
    for (int i = 0; i < 6; i++) {
        memcpy(&w[5 - i], bytes + 8 * i, 8);
        w[5 - i] = __builtin_bswap64(w[5 - i]);
    }
    w[5] &= UINT64_MAX >> 3;
    fpv_row_from_words(row, w);
}

#define FLAG_COMPRESSED 0x80
#define FLAG_INFINITY   0x40
#define FLAG_LARGER     0x20 /* of y and p - y, the larger */

typedef struct {
    u64 limbs[8][8] SITU_ALIGNED(64);
    u8 flags[8];
    bool is_infinity[8];
} parsed8;

static situ_err parse(parsed8 *p, int lane, const u8 *bytes)
{
    u8 flags = bytes[0] & 0xe0, rest = bytes[0] & 0x1f;
    p->flags[lane] = flags;
    memset(p->limbs[lane], 0, 64);
    if (!(flags & FLAG_COMPRESSED)) return SITU_ERR_FORMAT;
    if (flags & FLAG_INFINITY) {
        for (int i = 1; i < 48; i++) rest |= bytes[i];
        p->is_infinity[lane] = true;
        return rest == 0 && !(flags & FLAG_LARGER) ? SITU_OK : SITU_ERR_FORMAT;
    }
    row_from_bytes(p->limbs[lane], bytes);
    return fpv_row_is_less(p->limbs[lane], FPV_P) ? SITU_OK : SITU_ERR_FORMAT;
}

static void store_integers(u64 limbs[8][8], const fpv *a, const u64 factor[8])
{
    u64 *row[8];
    fpv k = fpv_set(factor), t = mul(a, &k);
    for (int i = 0; i < 8; i++) row[i] = limbs[i];
    fpv_store(row, t);
    for (int i = 0; i < 8; i++) fpv_row_canon(limbs[i]);
}

void situ_g1_read8_ifma(situ_g1 *points, situ_err verdict[8], const u8 *bytes, size_t n)
{
    static const u64 integer_one[8] = {1};
    parsed8 in = {.flags = {0}};
    u64 y_integer[8][8] SITU_ALIGNED(64), x_out[8][8] SITU_ALIGNED(64), y_out[8][8] SITU_ALIGNED(64);
    const u64 *row[8];
    for (int i = 0; i < 8; i++) {
        row[i] = in.limbs[i];
        verdict[i] = (size_t)i < n ? parse(&in, i, bytes + 48 * i) : SITU_OK;
    }
    fpv x = fpv_load(row), r2 = fpv_set(FPV_R2), four = fpv_set(FPV_FOUR);
    x = mul(&x, &r2);
    fpv square = mul(&x, &x);
    square = mul(&square, &x);
    square = fpv_reduce(fpv_add_loose(&square, &four));
    fpv y = candidate_root(&square), yy = mul(&y, &y);
    fpv_mask on_curve = is_equal(&yy, &square);

    /* Of the two roots the one that the flag names. */
    store_integers(y_integer, &y, integer_one);
    fpv_mask negate = 0;
    for (int i = 0; i < 8; i++) {
        bool is_larger = fpv_row_is_less(P_HALF, y_integer[i]);
        negate |= (fpv_mask)((is_larger != ((in.flags[i] & FLAG_LARGER) != 0)) << i);
    }
    y = fpv_reduce(y);
    y = fpv_carry(fpv_negate_loose(negate, y));
    fpv_mask member = in_subgroup(&x, &y);
    store_integers(x_out, &x, FPV_TO_384);
    store_integers(y_out, &y, FPV_TO_384);
    for (size_t i = 0; i < n && i < 8; i++) {
        memset(&points[i], 0, sizeof points[i]);
        if (verdict[i] != SITU_OK || in.is_infinity[i]) continue;
        if (!(on_curve >> i & 1))
            verdict[i] = SITU_ERR_FORMAT;
        else if (!(member >> i & 1))
            verdict[i] = SITU_ERR_REJECT;
        fpv_row_to_words(points[i].x, x_out[i]);
        fpv_row_to_words(points[i].y, y_out[i]);
    }
}
