/* points.h — the points of evaluation domains in bit-reversed order, and the reciprocals 1 / (x - z) over
 * them.
 *
 * With w_k the generator of the subgroup of order 2^k, element i of a domain of 2^n points is
 *
 *     x_i = shift * w_n^bitrev(i) = shift * product over the set bits b of i of w_(b+1),
 *
 * so that a larger domain begins with the smaller one, and x_(2i), x_(2i+1) are opposite.  The points of the
 * rows of a fold by 2^s are the same product with w_(b+1+s), see fri/fold.simd.c.
 */
#ifndef SITU_FIELD_POINTS_H
#define SITU_FIELD_POINTS_H

#include "field/k6.h"

/* Points sixteen at a time: lane l of group q is x_(16 q + l).  Made by situ_points_init. */
typedef struct {
    kb lanes[16];            /* x_0 .. x_15                                       */
    kb bit[KB_TWO_ADICITY];  /* factor of bit b of the group's number             */
    kb step[KB_TWO_ADICITY]; /* group q + 1 over group q, q having c trailing ones */
    u32 log2_size;
} situ_points;

/* 2^log2_size points, bit b of the index standing for w_(b + 1 + first_bit) or, with `inverted`, for its
 * inverse; log2_size >= 4, log2_size + first_bit <= 24. */
void situ_points_init(situ_points *points, u32 log2_size, u32 first_bit, kb shift, bool inverted);

/* The point at lane 0 of a group. */
kb situ_points_group(const situ_points *points, u64 group);

/* w_n^bitrev(i), n = log2_size; i < 2^log2_size.  Freestanding. */
SITU_INLINE kb situ_point_at(u32 log2_size, u64 i)
{
    SITU_VERIFY_THAT(log2_size <= KB_TWO_ADICITY && i < UINT64_C(1) << log2_size);
    (void)log2_size;
    kb point = KB_ONE;
    for (u32 bit = 1; i != 0; bit++, i >>= 1)
        if (i & 1) point = kb_mul(point, kb_root_of_unity(bit));
    return point;
}

/* Its inverse: w_n times the product over all n bits is 1, so it is w_n times the product over the clear bits. */
SITU_INLINE kb situ_point_inverse_at(u32 log2_size, u64 i)
{
    return kb_mul(kb_root_of_unity(log2_size),
                  situ_point_at(log2_size, i ^ ((UINT64_C(1) << log2_size) - 1)));
}

/* scale / (x - z) = q(x) / m(x) for x in F: m is the product of X - z' over the six conjugates z' of z, so
 * its coefficients are in F, and q = scale * m / (X - z) has degree 5.  A reciprocal then costs
 * multiplications in F only, and the batch inversion is one of base-field elements. */
typedef struct {
    kb m[K6_DEGREE]; /* and X^6 */
    k6 q[K6_DEGREE];
} situ_reciprocal;

void situ_reciprocal_init(situ_reciprocal *r, k6 z, k6 scale);

#endif /* SITU_FIELD_POINTS_H */
