/* v16_scalar.h — v16 as an array: portable, and the definition of correct.  Included by v16.h only. */
#ifndef SITU_FIELD_V16_SCALAR_H
#define SITU_FIELD_V16_SCALAR_H

#include "field/kb.h"

typedef struct {
    kb lane[16];
} v16;
typedef struct {
    u64 lane[16];
} v16_sum;
typedef struct {
    v16 w, w_mu;
} v16_w;

SITU_INLINE v16 v16_load(const kb *p)
{
    v16 r;
    for (int i = 0; i < 16; i++) r.lane[i] = p[i];
    return r;
}

SITU_INLINE void v16_store(kb *p, v16 a)
{
    for (int i = 0; i < 16; i++) p[i] = a.lane[i];
}

SITU_INLINE v16 v16_set1(kb a)
{
    v16 r;
    for (int i = 0; i < 16; i++) r.lane[i] = a;
    return r;
}

SITU_INLINE v16 v16_zero(void) { return v16_set1(0); }

SITU_INLINE v16 v16_add(v16 a, v16 b)
{
    for (int i = 0; i < 16; i++) a.lane[i] = kb_add(a.lane[i], b.lane[i]);
    return a;
}

SITU_INLINE v16 v16_sub(v16 a, v16 b)
{
    for (int i = 0; i < 16; i++) a.lane[i] = kb_sub(a.lane[i], b.lane[i]);
    return a;
}

SITU_INLINE v16_sum v16_sum_zero(void) { return (v16_sum){{0}}; }

SITU_INLINE v16_sum v16_sum_mul_add(v16_sum s, v16 a, v16 b)
{
    for (int i = 0; i < 16; i++) {
        SITU_VERIFY_THAT(s.lane[i] <= UINT64_MAX - (u64)a.lane[i] * b.lane[i]);
        s.lane[i] += (u64)a.lane[i] * b.lane[i];
    }
    return s;
}

/* A multiplicand that meets many uniform factors. */
typedef v16 v16_split;

SITU_INLINE v16_split v16_split_of(v16 a) { return a; }

SITU_INLINE v16_sum v16_sum_mul_add_1(v16_sum s, v16_split a, kb w) { return v16_sum_mul_add(s, a, v16_set1(w)); }

SITU_INLINE v16_sum v16_sum_fold(v16_sum s)
{
    const u64 fold = (u64)KB_P << 32;
    for (int i = 0; i < 16; i++) s.lane[i] = s.lane[i] >= fold ? s.lane[i] - fold : s.lane[i];
    return s;
}

SITU_INLINE v16 v16_sum_reduce(v16_sum s)
{
    v16 r;
    for (int i = 0; i < 16; i++) r.lane[i] = kb_reduce(s.lane[i]);
    return r;
}

/* As kb_mul, but a's lanes may be any u32 whose product stays below p * 2^32 (v16_from_u32). */
SITU_INLINE v16 v16_mul(v16 a, v16 b) { return v16_sum_reduce(v16_sum_mul_add(v16_sum_zero(), a, b)); }

SITU_INLINE v16 v16_mul_w(v16 a, v16_w w) { return v16_mul(a, w.w); }
SITU_INLINE v16 v16_mul_uniform(v16 a, v16_w w) { return v16_mul(a, w.w); }
SITU_INLINE v16 v16_sub_mul_uniform(v16 a, v16 b, v16_w w) { return v16_mul(v16_sub(a, b), w.w); }

SITU_INLINE void v16_transpose(v16 r[16])
{
    for (int i = 0; i < 16; i++)
        for (int j = 0; j < i; j++) {
            kb t = r[i].lane[j];
            r[i].lane[j] = r[j].lane[i];
            r[j].lane[i] = t;
        }
}

#endif /* SITU_FIELD_V16_SCALAR_H */
