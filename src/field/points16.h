/* points16.h — points.h sixteen lanes at a time.  For kernels; see v16.h. */
#ifndef SITU_FIELD_POINTS16_H
#define SITU_FIELD_POINTS16_H

#include "field/k16.h"
#include "field/points.h"

typedef struct {
    const situ_points *points;
    v16 lanes;
    u64 group;
    kb at;
} points16;

SITU_INLINE points16 points16_start(const situ_points *points, u64 group)
{
    return (points16){points, v16_load(points->lanes), group, situ_points_group(points, group)};
}

/* The points of this group; moves on to the next. */
SITU_INLINE v16 points16_next(points16 *p)
{
    v16 x = v16_mul(p->lanes, v16_set1(p->at));
    u32 n_trailing_ones = (u32)__builtin_ctzll(~p->group);
    p->group++;
    if (p->group < UINT64_C(1) << (p->points->log2_size - 4))
        p->at = kb_mul(p->at, p->points->step[n_trailing_ones]);
    return x;
}

#define POINTS16_BLOCK 16 /* groups that share one inversion: 256 points, 6 KB of reciprocals */

/* m(x), by Horner. */
SITU_INLINE v16 reciprocal_norm(const situ_reciprocal *r, v16 x)
{
    v16 m = v16_add(x, v16_set1(r->m[K6_DEGREE - 1]));
    for (int i = K6_DEGREE - 2; i >= 0; i--) m = v16_add(v16_mul(m, x), v16_set1(r->m[i]));
    return m;
}

/* q(x) times y, given y[i] = y x^i. */
SITU_INLINE k16 reciprocal_numerator(const situ_reciprocal *r, const v16 y[K6_DEGREE])
{
    k16 out;
    for (int j = 0; j < K6_DEGREE; j++) {
        v16_sum s = v16_sum_zero();
        for (int i = 0; i < K6_DEGREE; i++) {
            if (i == 4) s = v16_sum_fold(s);
            s = v16_sum_mul_add(s, y[i], v16_set1(r->q[i].c[j]));
        }
        out.c[j] = v16_sum_reduce(v16_sum_fold(s));
    }
    return out;
}

/* out[g] = scale / (x - z), or scale * x / (x - z), on n_groups <= POINTS16_BLOCK groups from first_group on;
 * one inversion for all (Montgomery's trick). */
SITU_INLINE void reciprocal_block(k16 *out, const situ_points *points, const situ_reciprocal *r,
                                  u64 first_group, u32 n_groups, bool times_x)
{
    v16 x[POINTS16_BLOCK], norm[POINTS16_BLOCK], before[POINTS16_BLOCK];
    points16 p = points16_start(points, first_group);
    v16 product = v16_set1(KB_ONE);
    for (u32 g = 0; g < n_groups; g++) {
        x[g] = points16_next(&p);
        norm[g] = reciprocal_norm(r, x[g]);
        before[g] = product;
        product = v16_mul(product, norm[g]);
    }
    v16 inverse = v16_inv(product);
    for (u32 g = n_groups; g-- > 0;) {
        v16 y[K6_DEGREE];
        y[0] = v16_mul(inverse, before[g]);
        inverse = v16_mul(inverse, norm[g]);
        if (times_x) y[0] = v16_mul(y[0], x[g]);
        for (int i = 1; i < K6_DEGREE; i++) y[i] = v16_mul(y[i - 1], x[g]);
        out[g] = reciprocal_numerator(r, y);
    }
}

#endif /* SITU_FIELD_POINTS16_H */
