/* glv.h — splitting a scalar for the endomorphism, and signed windows of the halves.
 *
 * On G1, phi(x, y) = (beta x, y) multiplies by lambda = z^2 - 1, z = -0xd201000000010000, and r = lambda^2 +
 * lambda + 1.  So k P = k1 P + k2 phi(P) with halves below 2^127 in size: |k1| <= lambda/2 + 1, |k2| <=
 * lambda/2 + 1 = 0.673 * 2^127. Below 2^127 and not 2^128 matters: windows that divide 128 then need no
 * further one for the last carry.
 */
#ifndef SITU_CURVE_GLV_H
#define SITU_CURVE_GLV_H

#include <string.h>

#include "base/base.h"
#include "situ/msm.h"

/* A half: twice its absolute value, plus 1 if it is negative.  (Doubled, because a window reads one bit below
 * itself.) */
typedef struct {
    u64 word[2];
} glv_half;

#define GLV_BITS 128

/* halves[0] + lambda halves[1] = scalar mod r */
void situ_glv_split(glv_half halves[2], const situ_scalar *scalar);

SITU_INLINE u32 glv_windows(u32 window_bits) { return (GLV_BITS + window_bits - 1) / window_bits; }

/* Window `w` of a half in Booth's recoding, without its sign: the bits [c w - 1, c w + c) read as a signed
 * digit in
 * [-2^(c-1), 2^(c-1)].  The half is the sum of digit * 2^(c w) times its sign.
 *
 *   out  the digit's absolute value times 2, plus 1 if digit * sign is negative
 */
typedef struct {
    u32 at;    /* word-aligned or not: byte offset of the 8 bytes that hold the window */
    u32 shift; /* of the window in them                                                */
    u32 mask;  /* 2^(c+1) - 1                                                          */
} glv_window;

SITU_INLINE glv_window glv_window_at(u32 w, u32 window_bits)
{
    u32 bit = w * window_bits, at = bit / 8 > 8 ? 8 : bit / 8;
    return (glv_window){.at = at, .shift = bit - 8 * at, .mask = (2u << window_bits) - 1};
}

SITU_INLINE u32 glv_digit(const glv_half *half, glv_window w)
{
    u64 bits;
    memcpy(&bits, (const u8 *)half + w.at, 8);
    u32 v = (u32)(bits >> w.shift) & w.mask;
    if (w.at == 0 && w.shift == 0) v &= ~1u; /* bit 0 is the sign, not the bit below the half */
    u32 sign = (u32)half->word[0] & 1;
    u32 top = v > w.mask >> 1;
    u32 digit = top ? (w.mask + 1) / 2 - (v + 1) / 2 : (v + 1) / 2;
    return digit << 1 | (top ^ sign);
}

#endif /* SITU_CURVE_GLV_H */
