/* points.c — see points.h. */
#include "field/points.h"

void situ_points_init(situ_points *points, u32 log2_size, u32 first_bit, kb shift, bool inverted)
{
    SITU_ASSERT(log2_size >= 4 && log2_size + first_bit <= KB_TWO_ADICITY);
    kb factor[KB_TWO_ADICITY];
    for (u32 b = 0; b < log2_size; b++) {
        factor[b] = kb_root_of_unity(b + 1 + first_bit);
        if (inverted) factor[b] = kb_inv(factor[b]);
    }
    points->log2_size = log2_size;
    points->lanes[0] = shift;
    for (u32 b = 0; b < 4; b++)
        for (u32 l = 0; l < 1u << b; l++) points->lanes[l + (1u << b)] = kb_mul(points->lanes[l], factor[b]);

    kb carried = KB_ONE; /* product of the factors that a carry clears */
    for (u32 b = 4; b < log2_size; b++) {
        points->bit[b - 4] = factor[b];
        points->step[b - 4] = kb_mul(factor[b], kb_inv(carried));
        carried = kb_mul(carried, factor[b]);
    }
}

kb situ_points_group(const situ_points *points, u64 group)
{
    kb x = KB_ONE;
    for (u32 b = 0; group >> b != 0; b++)
        if (group >> b & 1) x = kb_mul(x, points->bit[b]);
    return x;
}

void situ_reciprocal_init(situ_reciprocal *r, k6 z, k6 scale)
{
    k6 m[K6_DEGREE + 1] = {k6_one()}; /* lowest coefficient first */
    k6 conjugate = z;
    for (int degree = 0; degree < K6_DEGREE; degree++) {
        for (int i = degree + 1; i >= 0; i--) {
            k6 from_below = i > 0 ? m[i - 1] : k6_zero();
            m[i] = k6_sub(from_below, i <= degree ? k6_mul(conjugate, m[i]) : k6_zero());
        }
        conjugate = k6_frobenius(conjugate);
    }
    for (int i = 0; i < K6_DEGREE; i++) {
        SITU_VERIFY_THAT(k6_equal(m[i], k6_from_kb(m[i].c[0])));
        r->m[i] = m[i].c[0];
    }
    k6 q = k6_one(); /* synthetic division of m by X - z */
    for (int i = K6_DEGREE - 1; i >= 0; i--) {
        r->q[i] = k6_mul(scale, q);
        q = k6_add(m[i], k6_mul(z, q));
    }
    SITU_VERIFY_THAT(k6_is_zero(q));
}
