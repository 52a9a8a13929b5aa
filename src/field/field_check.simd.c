/* field_check.simd.c — see field_check.h. */
#include "field/field_check.h"

#include "field/k16.h"

static k16 gather(const k6 a[16])
{
    k16 r;
    for (int j = 0; j < K6_DEGREE; j++) {
        kb lanes[16];
        for (int i = 0; i < 16; i++) lanes[i] = a[i].c[j];
        r.c[j] = v16_load(lanes);
    }
    return r;
}

static v16 dot6(k16 a, k16 b)
{
    v16_sum s = v16_sum_zero();
    for (int i = 0; i < K6_DEGREE; i++) {
        if (i == 4) s = v16_sum_fold(s);
        s = v16_sum_mul_add(s, a.c[i], b.c[i]);
    }
    return v16_sum_reduce(v16_sum_fold(s));
}

static k16 from_v(v16 a)
{
    k16 r = k16_zero();
    r.c[0] = a;
    return r;
}

static k16 apply(field_op op, k16 a, k16 b, kb b0)
{
    switch (op) {
    case FIELD_OP_ADD: return from_v(v16_add(a.c[0], b.c[0]));
    case FIELD_OP_SUB: return from_v(v16_sub(a.c[0], b.c[0]));
    case FIELD_OP_MUL: return from_v(v16_mul(a.c[0], b.c[0]));
    case FIELD_OP_MUL_W: return from_v(v16_mul_w(a.c[0], v16_w_set1(b0)));
    case FIELD_OP_INV: return from_v(v16_inv(a.c[0]));
    case FIELD_OP_DOT6: return from_v(dot6(a, b));
    case FIELD_OP_K_ADD: return k16_add(a, b);
    case FIELD_OP_K_SUB: return k16_sub(a, b);
    case FIELD_OP_K_MUL: return k16_mul(a, b);
    case FIELD_OP_K_MUL_V: return k16_mul_v(a, b.c[0]);
    case FIELD_OP_K_FROBENIUS: return k16_frobenius(a);
    case FIELD_OP_K_INV: return k16_inv(a);
    case FIELD_OP_COUNT: break;
    }
    return k16_zero();
}

void SIMD_NAME(situ_field_apply)(k6 out[16], field_op op, const k6 a[16], const k6 b[16])
{
    k16 r = apply(op, gather(a), gather(b), b[0].c[0]);
    for (int i = 0; i < 16; i++) out[i] = k16_lane(r, i);
}

void SIMD_NAME(situ_field_transpose)(kb m[16][16])
{
    v16 r[16];
    for (int i = 0; i < 16; i++) r[i] = v16_load(m[i]);
    v16_transpose(r);
    for (int i = 0; i < 16; i++) v16_store(m[i], r[i]);
}

void SIMD_NAME(situ_field_mul_many)(kb *x, const kb *y, size_t n, u32 rounds)
{
    for (u32 round = 0; round < rounds; round++)
        for (size_t i = 0; i < n; i += 16) v16_store(x + i, v16_mul(v16_load(x + i), v16_load(y + i)));
}

static k16 k16_load_columns(const kb (*x)[16])
{
    k16 r;
    for (int j = 0; j < K6_DEGREE; j++) r.c[j] = v16_load(x[j]);
    return r;
}

void SIMD_NAME(situ_field_k_mul_many)(kb (*x)[6][16], const kb (*y)[6][16], size_t n_groups, u32 rounds)
{
    for (u32 round = 0; round < rounds; round++)
        for (size_t i = 0; i < n_groups; i++) {
            k16 r = k16_mul(k16_load_columns((const kb(*)[16])x[i]), k16_load_columns(y[i]));
            for (int j = 0; j < K6_DEGREE; j++) v16_store(x[i][j], r.c[j]);
        }
}
