/* kb.h — scalar arithmetic in KoalaBear, the prime field with
 *
 *     p = 2^31 - 2^24 + 1 = 127 * 2^24 + 1,    two-adicity 24,    3 generates F*.
 *
 * A kb is a u32 that holds x * 2^32 mod p (Montgomery form), in memory and in proofs.  Two ranges occur:
 *
 *     canonical   [0, p)     every function takes and returns this unless it says else
 *     lazy        [0, 2p)    only between kb_add_lazy and kb_canon; 2p < 2^32
 *
 * Each value has one canonical representation, so canonical kbs compare with ==.
 * Nothing here is constant time: provers hold no secrets in this field.  Freestanding.
 */
#ifndef SITU_FIELD_KB_H
#define SITU_FIELD_KB_H

#include "base/base.h"

typedef u32 kb;

#define KB_P           UINT32_C(0x7f000001)
#define KB_MU          UINT32_C(0x81000001) /* p^-1 mod 2^32             */
#define KB_R2          UINT32_C(0x17f7efe4) /* 2^64 mod p                */
#define KB_ONE         UINT32_C(0x01fffffe) /* 2^32 mod p: 1             */
#define KB_TWO_ADICITY 24
#define KB_GENERATOR   3 /* of F*, as a plain integer */

_Static_assert((u32)(1u * KB_P * KB_MU) == 1, "MU inverts p modulo 2^32");
_Static_assert((UINT64_MAX % KB_P + 1) % KB_P == KB_R2, "R2 is 2^64 mod p");
_Static_assert((UINT64_C(1) << 32) % KB_P == KB_ONE, "ONE is 2^32 mod p");
_Static_assert(2ull * KB_P <= UINT32_MAX, "lazy sums fit a u32");
_Static_assert((KB_P - 1) % (1u << KB_TWO_ADICITY) == 0 && (KB_P >> KB_TWO_ADICITY) % 2 == 1, "two-adicity");

#define KB_IS_CANONICAL(x) ((x) < KB_P)

/* Montgomery reduction: x * 2^-32 mod p.
 *   in   x in [0, p * 2^32)
 *   out  canonical
 */
SITU_INLINE kb kb_reduce(u64 x)
{
    SITU_VERIFY_THAT(x < ((u64)KB_P << 32));
    u32 q = (u32)x * KB_MU;                /* q*p == x (mod 2^32), so the low halves cancel */
    u32 mh = (u32)(((u64)q * KB_P) >> 32); /* < p                                           */
    u32 xh = (u32)(x >> 32);               /* < p                                           */
    u32 d = xh - mh;                       /* in (-p, p), as a wrapped u32                  */
    return xh < mh ? d + KB_P : d;
}

SITU_INLINE kb kb_canon(u32 lazy)
{
    SITU_VERIFY_THAT(lazy < 2 * KB_P);
    return lazy >= KB_P ? lazy - KB_P : lazy;
}

SITU_INLINE u32 kb_add_lazy(kb a, kb b) /* out: lazy */
{
    SITU_VERIFY_THAT(KB_IS_CANONICAL(a) && KB_IS_CANONICAL(b));
    return a + b;
}

SITU_INLINE kb kb_add(kb a, kb b) { return kb_canon(kb_add_lazy(a, b)); }

SITU_INLINE kb kb_sub(kb a, kb b)
{
    SITU_VERIFY_THAT(KB_IS_CANONICAL(a) && KB_IS_CANONICAL(b));
    u32 d = a - b;
    return a < b ? d + KB_P : d;
}

SITU_INLINE kb kb_neg(kb a) { return kb_sub(0, a); }

/* As kb_reduce, in fewer instructions of a machine with 64-bit registers: the product and q p agree modulo 2^32, the one is below p 2^31,
 * the other within p 2^31 of 0, so what is left of their difference is in [-p/2, p). */
SITU_INLINE kb kb_mul(kb a, kb b)
{
    SITU_VERIFY_THAT(KB_IS_CANONICAL(a) && KB_IS_CANONICAL(b));
    const i64 product = (i64)(i32)a * (i32)b; /* signed, as RISC-V keeps words in its registers */
    const i64 q = (i32)((u32)product * KB_MU);
    const i64 r = (product - q * (i64)KB_P) >> 32;
    return (kb)(r + (r >> 63 & (i64)KB_P));
}

/* Plain integer <-> field element.  Any u32 n is allowed: n * R2 < p * 2^32. */
SITU_INLINE kb kb_from_u32(u32 n) { return kb_reduce((u64)n * KB_R2); }
SITU_INLINE u32 kb_to_u32(kb a) { return kb_reduce(a); }

/* The element of a constant expression n in [0, p), usable in initialisers. */
#define KB_CONST(n) ((kb)(((u64)(n) << 32) % KB_P))

kb kb_pow(kb a, u64 exponent);

/* 1 / a; a != 0. */
kb kb_inv(kb a);

/* Generator of the subgroup of order 2^log2_order, log2_order in 0..24; the square of one is the next
 * smaller. */
kb kb_root_of_unity(u32 log2_order);

#endif /* SITU_FIELD_KB_H */
