/* glv.c — see glv.h. */
#include "curve/glv.h"

/* lambda = z^2 - 1 */
static const u128 lambda = (u128)0xac45a4010001a402 << 64 | 0x00000000ffffffff;
/* floor(2^256 / lambda) - 2^128 */
static const u64 mu[2] = {0x63f6e522f6cfee30, 0x7c6becf1e01faadd};
static const u64 r[4] = {0xffffffff00000001, 0x53bda402fffe5bfe, 0x3339d80809a1d805, 0x73eda753299d7d48};

/* k mod r for any k of 256 bits: r > 2^254, so at most three subtractions (2^256 / r < 2.21: two). */
static void scalar_reduce(u64 k[4])
{
    for (;;) {
        u64 d[4], borrow = 0;
        for (int i = 0; i < 4; i++) {
            u128 t = (u128)k[i] - r[i] - borrow;
            d[i] = (u64)t;
            borrow = (u64)(t >> 64) & 1;
        }
        if (borrow) return;
        memcpy(k, d, sizeof d);
    }
}

/* high 128 bits of a * b */
static u128 mul_high(u128 a, const u64 b[2])
{
    u64 a0 = (u64)a, a1 = (u64)(a >> 64);
    u128 low = (u128)a0 * b[0], mid0 = (u128)a0 * b[1], mid1 = (u128)a1 * b[0], high = (u128)a1 * b[1];
    u128 mid = (low >> 64) + (u64)mid0 + (u64)mid1;
    return high + (mid0 >> 64) + (mid1 >> 64) + (mid >> 64);
}

static glv_half half_make(u128 magnitude, bool negative)
{
    SITU_VERIFY_THAT(magnitude >> 127 == 0);
    u128 word = magnitude << 1 | (negative && magnitude != 0);
    return (glv_half){{(u64)word, (u64)(word >> 64)}};
}

void situ_glv_split(glv_half halves[2], const situ_scalar *scalar)
{
    u64 k[4];
    memcpy(k, scalar->le, sizeof k);
    scalar_reduce(k);

    /* q = floor(k / lambda) by Barrett: the estimate (k >> 127) * (2^128 + mu) >> 129 is too small by at
     * most 2. */
    u128 top = ((u128)k[3] << 64 | k[2]) << 1 | k[1] >> 63;
    u128 high = mul_high(top, mu), sum = high + top;
    u128 q = sum >> 1 | (u128)(sum < high) << 127;
    /* remainder = k - q lambda < 3 lambda, so 192 bits of it suffice */
    u128 k_low = (u128)k[1] << 64 | k[0];
    u64 q0 = (u64)q, q1 = (u64)(q >> 64), l0 = (u64)lambda, l1 = (u64)(lambda >> 64);
    u128 p00 = (u128)q0 * l0, p01 = (u128)q0 * l1, p10 = (u128)q1 * l0;
    u128 mid = (p00 >> 64) + (u64)p01 + (u64)p10;
    u128 product_low = mid << 64 | (u64)p00;
    u64 product_top = q1 * l1 + (u64)(p01 >> 64) + (u64)(p10 >> 64) + (u64)(mid >> 64);
    u128 rem = k_low - product_low;
    u64 rem_top = k[2] - product_top - (k_low < product_low);
    while (rem_top != 0 || rem >= lambda) {
        rem_top -= rem < lambda;
        rem -= lambda;
        q++;
    }
    /* Balance: (lambda, -1) and (1, lambda + 1) are 0, as pairs (k1, k2). */
    bool rem_negative = rem > lambda / 2;
    if (rem_negative) {
        rem = lambda - rem;
        q++;
    }
    bool q_negative = q > lambda / 2;
    if (q_negative) {
        q = lambda + 1 - q;
        /* k1 -= 1 */
        if (rem_negative) {
            rem++;
        } else if (rem == 0) {
            rem = 1;
            rem_negative = true;
        } else {
            rem--;
        }
    }
    halves[0] = half_make(rem, rem_negative);
    halves[1] = half_make(q, q_negative);
}
