/* g1_batch.h — private to g1_ifma.c and g1_avx2.c: the kernels of g1.h on FPV_LANES lanes, whose header
 * (fpv_ifma.h, fpv_avx2.h) the file has included before.
 *
 * Rows hold x and y below 1.001 p, both normal.  2p - y stands for the y of a negated operand, and no
 * coordinate needs full reduction before it leaves the MSM.
 */
#ifndef SITU_CURVE_G1_BATCH_H
#define SITU_CURVE_G1_BATCH_H

#include <string.h>

#include "curve/g1.h"

/* Operands are prefetched this many groups ahead. */
#define PREFETCH_FORWARD  (80 / FPV_LANES)
#define PREFETCH_BACKWARD (32 / FPV_LANES)

/* --- blst's form and back --- */

/* FPV_LANES elements in blst's form, `stride` words apart, below 1.001 p afterwards; `n` of them exist, the rest
 * are 0. */
static SITU_NOINLINE fpv fpv_from_blst(const u64 *in, size_t stride, size_t n)
{
    u64 limbs[FPV_LANES][8] SITU_ALIGNED(64) = {{0}};
    const u64 *row[FPV_LANES];
    for (size_t i = 0; i < FPV_LANES; i++) {
        if (i < n) fpv_row_from_words(limbs[i], in + i * stride);
        row[i] = limbs[i];
    }
    fpv a = fpv_load(row), k = fpv_set(FPV_FROM_384);
    return fpv_reduce(fpv_mul(&a, &k));
}

static SITU_NOINLINE void fpv_to_blst(u64 *out, size_t stride, size_t n, const fpv *a)
{
    u64 limbs[FPV_LANES][8] SITU_ALIGNED(64);
    u64 *row[FPV_LANES];
    fpv k = fpv_set(FPV_TO_384), t = fpv_mul(a, &k);
    for (int i = 0; i < FPV_LANES; i++) row[i] = limbs[i];
    fpv_store(row, t);
    for (size_t i = 0; i < n; i++) {
        fpv_row_canon(limbs[i]);
        fpv_row_to_words(out + i * stride, limbs[i]);
    }
}

static void store_rows(u64 *first, size_t stride, size_t n, const fpv *a)
{
    u64 spare[8] SITU_ALIGNED(64);
    u64 *row[FPV_LANES];
    for (size_t i = 0; i < FPV_LANES; i++) row[i] = i < n ? first + i * stride : spare;
    fpv_store(row, *a);
}

#define POINT_WORDS (sizeof(situ_g1) / 8)
#define ROW_WORDS   (sizeof(g1_row) / 8)
#define BASE_WORDS  (sizeof(g1_base_row) / 8)

static void rows_from_affine(g1_row *rows, const situ_g1 *points, size_t n)
{
    for (size_t i = 0; i < n; i += FPV_LANES) {
        fpv x = fpv_from_blst(points[i].x, POINT_WORDS, n - i),
            y = fpv_from_blst(points[i].y, POINT_WORDS, n - i);
        store_rows(rows[i].x, ROW_WORDS, n - i, &x);
        store_rows(rows[i].y, ROW_WORDS, n - i, &y);
    }
}

static void base_from_affine(g1_base_row *rows, const situ_g1 *points, size_t n)
{
    fpv beta = fpv_set(FPV_BETA);
    for (size_t i = 0; i < n; i += FPV_LANES) {
        fpv x = fpv_from_blst(points[i].x, POINT_WORDS, n - i),
            y = fpv_from_blst(points[i].y, POINT_WORDS, n - i);
        fpv beta_x = fpv_reduce(fpv_mul(&x, &beta));
        store_rows(rows[i].x, BASE_WORDS, n - i, &x);
        store_rows(rows[i].y, BASE_WORDS, n - i, &y);
        store_rows(rows[i].beta_x, BASE_WORDS, n - i, &beta_x);
    }
}

static void base_from_rows(g1_base_row *out, const g1_row *rows, size_t n)
{
    fpv beta = fpv_set(FPV_BETA);
    for (size_t i = 0; i < n; i += FPV_LANES) {
        const u64 *row_x[FPV_LANES];
        for (size_t k = 0; k < FPV_LANES; k++) row_x[k] = rows[i + k < n ? i + k : n - 1].x;
        fpv x = fpv_load(row_x), beta_x = fpv_reduce(fpv_mul(&x, &beta));
        store_rows(out[i].beta_x, BASE_WORDS, n - i, &beta_x);
        for (size_t k = i; k < i + FPV_LANES && k < n; k++)
            memcpy(&out[k], &rows[k], sizeof rows[k]); /* x and y */
    }
}

static void rows_to_affine(situ_g1 *points, const g1_row *rows, size_t n)
{
    static const u64 zero[8] SITU_ALIGNED(64) = {0};
    for (size_t i = 0; i < n; i += FPV_LANES) {
        const u64 *row_x[FPV_LANES], *row_y[FPV_LANES];
        for (size_t k = 0; k < FPV_LANES; k++) {
            row_x[k] = i + k < n ? rows[i + k].x : zero;
            row_y[k] = i + k < n ? rows[i + k].y : zero;
        }
        fpv x = fpv_load(row_x), y = fpv_load(row_y);
        size_t m = u64_min(n - i, FPV_LANES);
        fpv_to_blst(points[i].x, POINT_WORDS, m, &x);
        fpv_to_blst(points[i].y, POINT_WORDS, m, &y);
    }
}

static void copy(g1_row *row, u64 ref)
{
    memcpy(row->x, g1_ref_x(ref), sizeof row->x);
    memcpy(row->y, g1_ref_y(ref), sizeof row->y);
    if (!(ref & G1_REF_NEG)) return;
    fpv_row_sub_from(row->y, FPV_2P);
    fpv_row_canon(row->y);
}

/* --- the batch --- */

/* What is unusual about the additions of one group; a mask a case, all zero nearly always. */
typedef union {
    struct {
        u8 is_double; /* a == b: the slope is the tangent's */
        u8 take_a;    /* b is infinity                      */
        u8 take_b;    /* a is infinity, b is not            */
        u8 is_zero;   /* a == -b                            */
    };
    u32 any;
} group_cases;

typedef struct {
    fpv diff[FPV_BATCH / FPV_LANES];   /* x_b - x_a, or what stands in for it */
    fpv prefix[FPV_BATCH / FPV_LANES]; /* product of all diffs before it      */
    group_cases cases[FPV_BATCH / FPV_LANES];
} add_work;

/* Inverses of all lanes with one inversion (Montgomery's trick over the lanes); no lane is 0. */
static SITU_NOINLINE fpv fpv_invert(const fpv *a)
{
    blst_fp v[FPV_LANES], prefix[FPV_LANES], inv;
    fpv_to_blst(v[0].l, 6, FPV_LANES, a);
    prefix[0] = v[0];
    for (int i = 1; i < FPV_LANES; i++) blst_fp_mul(&prefix[i], &prefix[i - 1], &v[i]);
    blst_fp_eucl_inverse(&inv, &prefix[FPV_LANES - 1]);
    for (int i = FPV_LANES - 1; i > 0; i--) {
        blst_fp one;
        blst_fp_mul(&one, &inv, &prefix[i - 1]);
        blst_fp_mul(&inv, &inv, &v[i]);
        v[i] = one;
    }
    v[0] = inv;
    return fpv_from_blst(v[0].l, 6, FPV_LANES);
}

SITU_INLINE fpv load_x(const u64 refs[FPV_LANES])
{
    const u64 *row[FPV_LANES];
    for (int i = 0; i < FPV_LANES; i++) row[i] = g1_ref_x(refs[i]);
    return fpv_load(row);
}

/* y with its sign, loose, in [0, 2p] */
SITU_INLINE fpv load_y(const u64 refs[FPV_LANES])
{
    const u64 *row[FPV_LANES];
    for (int i = 0; i < FPV_LANES; i++) row[i] = g1_ref_y(refs[i]);
    return fpv_negate_loose(fpv_flagged(refs, G1_REF_NEG), fpv_load(row));
}

/* Sort out the cases of a group and put something invertible where x_b - x_a is 0 or means nothing. */
static SITU_NOINLINE void find_cases(group_cases *cases, fpv *diff, const u64 a[FPV_LANES],
                                     const u64 b[FPV_LANES])
{
    fpv x_a = load_x(a), x_b = load_x(b), y_a = fpv_carry(load_y(a)), y_b = fpv_carry(load_y(b));
    fpv dy = fpv_sub(&y_b, &y_a), dx = fpv_sub(&x_b, &x_a);
    fpv_mask inf_a = fpv_is_null(&x_a), inf_b = fpv_is_null(&x_b);
    fpv_mask finite = (fpv_mask) ~(inf_a | inf_b), same_x = finite & fpv_is_zero(&dx),
             same_y = same_x & fpv_is_zero(&dy);

    cases->take_a = inf_b;
    cases->take_b = inf_a & (fpv_mask)~inf_b;
    cases->is_double = same_y;
    cases->is_zero = same_x & (fpv_mask)~same_y;
    fpv one = fpv_set(FPV_ONE), twice_y = fpv_add(&y_a, &y_a);
    *diff = fpv_blend(cases->take_a | cases->take_b | cases->is_zero, diff, &one);
    *diff = fpv_blend(cases->is_double, diff, &twice_y);
}

/* The numerator of the slope for the lanes that double: 3 x^2. */
static SITU_NOINLINE fpv tangent_numerator(const group_cases *cases, const fpv *dy, const u64 a[FPV_LANES])
{
    fpv x = load_x(a), xx = fpv_sqr(&x), xx2 = fpv_add(&xx, &xx), xx3 = fpv_add(&xx2, &xx);
    return fpv_blend(cases->is_double, dy, &xx3);
}

/* Results of the lanes that are no sum of two different points. */
static SITU_NOINLINE void put_cases(const group_cases *cases, fpv *x, fpv *y, const u64 a[FPV_LANES],
                                    const u64 b[FPV_LANES])
{
    fpv x_a = load_x(a), x_b = load_x(b), y_a = fpv_reduce(load_y(a)), y_b = fpv_reduce(load_y(b)), zero;
    memset(&zero, 0, sizeof zero);
    fpv_mask inf = cases->is_zero | (cases->take_a & fpv_is_null(&x_a)); /* both infinity: y may be 2p - 0 */
    *x = fpv_blend(cases->take_a, x, &x_a);
    *y = fpv_blend(cases->take_a, y, &y_a);
    *x = fpv_blend(cases->take_b, x, &x_b);
    *y = fpv_blend(cases->take_b, y, &y_b);
    *x = fpv_blend(inf, x, &zero);
    *y = fpv_blend(inf, y, &zero);
}

SITU_INLINE void prefetch_point(u64 ref)
{
    _mm_prefetch((const char *)g1_ref_x(ref), _MM_HINT_T0);
    _mm_prefetch((const char *)g1_ref_y(ref), _MM_HINT_T1);
}

SITU_INLINE void prefetch_group(const u64 *a, const u64 *b, size_t group)
{
    for (size_t i = FPV_LANES * group; i < FPV_LANES * (group + 1); i++) {
        prefetch_point(a[i]);
        prefetch_point(b[i]);
    }
}

/* Differences and their running product; returns the product of all. */
static SITU_NOINLINE fpv add_forward(const u64 *a, const u64 *b, size_t n_groups, add_work *work)
{
    fpv product = fpv_set(FPV_ONE);
    for (size_t g = 0; g < n_groups; g++) {
        if (g + PREFETCH_FORWARD < n_groups) prefetch_group(a, b, g + PREFETCH_FORWARD);
        fpv x_a = load_x(a + FPV_LANES * g), x_b = load_x(b + FPV_LANES * g), diff = fpv_sub(&x_b, &x_a);
        fpv_mask odd = fpv_maybe_infinity(&x_a) | fpv_maybe_infinity(&x_b) | fpv_maybe_equal(&diff);
        work->cases[g].any = 0;
        if (SITU_UNLIKELY(odd)) find_cases(&work->cases[g], &diff, a + FPV_LANES * g, b + FPV_LANES * g);
        work->diff[g] = diff;
        work->prefix[g] = product;
        product = fpv_mul(&product, &diff);
    }
    return product;
}

static SITU_NOINLINE void add_backward(const u64 *a, const u64 *b, g1_row **d, size_t n_groups,
                                       const add_work *work, fpv inverse)
{
    for (size_t g = n_groups; g-- > 0;) {
        const u64 *ga = a + FPV_LANES * g, *gb = b + FPV_LANES * g;
        const group_cases cases = work->cases[g];
        if (g >= PREFETCH_BACKWARD) prefetch_group(a, b, g - PREFETCH_BACKWARD);
        fpv inv_diff = fpv_mul(&inverse, &work->prefix[g]);
        inverse = fpv_mul(&inverse, &work->diff[g]);

        fpv y_a = load_y(ga), y_b = load_y(gb), dy = fpv_sub(&y_b, &y_a);
        if (SITU_UNLIKELY(cases.is_double)) dy = tangent_numerator(&cases, &dy, ga);
        fpv slope = fpv_mul(&inv_diff, &dy);

        fpv x_a = load_x(ga), x_b = load_x(gb), x = fpv_sqr(&slope), x_sum = fpv_add_loose(&x_a, &x_b);
        x = fpv_reduce(fpv_sub_loose(&x, &x_sum, FPV_3P)); /* was in (0.99 p, 5.1 p) */

        fpv fall = fpv_sub(&x_a, &x), y = fpv_mul(&slope, &fall);
        y = fpv_reduce(fpv_sub_loose(&y, &y_a, FPV_2P)); /* was in [0, 4.1 p) */
        if (SITU_UNLIKELY(cases.any)) put_cases(&cases, &x, &y, ga, gb);

        u64 *row_x[FPV_LANES], *row_y[FPV_LANES];
        for (size_t i = 0; i < FPV_LANES; i++) {
            row_x[i] = d[FPV_LANES * g + i]->x;
            row_y[i] = d[FPV_LANES * g + i]->y;
        }
        fpv_store(row_x, x);
        fpv_store(row_y, y);
    }
}

static void add(u64 *a, u64 *b, g1_row **d, size_t n, void *work)
{
    SITU_ASSERT(n <= G1_BATCH_MAX);
    /* The last group's spare lanes repeat its last addition into rows of no interest. */
    g1_row spare[FPV_LANES - 1];
    size_t n_lanes = (n + FPV_LANES - 1) / FPV_LANES * FPV_LANES;
    for (size_t i = n; i < n_lanes; i++) {
        a[i] = a[n - 1];
        b[i] = b[n - 1];
        d[i] = &spare[i - n];
    }
    for (size_t first = 0; first < n_lanes; first += FPV_BATCH) {
        size_t n_groups = u64_min(n_lanes - first, FPV_BATCH) / FPV_LANES;
        fpv product = add_forward(a + first, b + first, n_groups, work);
        fpv inverse = fpv_invert(&product);
        add_backward(a + first, b + first, d + first, n_groups, work, inverse);
    }
}

const g1_kernels FPV_KERNELS = {
    .name = FPV_NAME,
    .id = FPV_LANES,
    .few_points_max = FPV_FEW_POINTS_MAX,
    .rows_from_affine = rows_from_affine,
    .base_from_affine = base_from_affine,
    .base_from_rows = base_from_rows,
    .rows_to_affine = rows_to_affine,
    .add = add,
    .add_work_bytes = sizeof(add_work),
    .copy = copy,
};

#endif /* SITU_CURVE_G1_BATCH_H */
