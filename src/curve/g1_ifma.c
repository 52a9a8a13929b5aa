/* g1_ifma.c — batch-affine additions, eight at a time (AVX-512 IFMA).
 *
 * Rows hold x below 1.001 p and y in [0, 2p], both normal (fp8.h).  2p - y of a negated operand is then again
 * in range, and no coordinate needs full reduction before it leaves the MSM.
 */
#include "curve/fp8.h"
#include "curve/g1.h"

#include <string.h>

/* Operands are prefetched this many groups of 8 ahead. */
#define PREFETCH_FORWARD  10
#define PREFETCH_BACKWARD 4

/* --- blst's form and back
 * ------------------------------------------------------------------------------------------ */

static void limbs_from_384(u64 out[8], const u64 in[6])
{
    out[0] = in[0] & FP8_M52;
    out[1] = (in[0] >> 52 | in[1] << 12) & FP8_M52;
    out[2] = (in[1] >> 40 | in[2] << 24) & FP8_M52;
    out[3] = (in[2] >> 28 | in[3] << 36) & FP8_M52;
    out[4] = (in[3] >> 16 | in[4] << 48) & FP8_M52;
    out[5] = in[4] >> 4 & FP8_M52;
    out[6] = (in[4] >> 56 | in[5] << 8) & FP8_M52;
    out[7] = in[5] >> 44;
}

static void limbs_to_384(u64 out[6], const u64 in[8])
{
    out[0] = in[0] | in[1] << 52;
    out[1] = in[1] >> 12 | in[2] << 40;
    out[2] = in[2] >> 24 | in[3] << 28;
    out[3] = in[3] >> 36 | in[4] << 16;
    out[4] = in[4] >> 48 | in[5] << 4 | in[6] << 56;
    out[5] = in[6] >> 8 | in[7] << 44;
}

/* in [0, 4p), normal -> [0, p) */
static void limbs_canon(u64 a[8])
{
    for (;;) {
        int j = 7;
        while (j > 0 && a[j] == FP8_P[j]) j--;
        if (a[j] < FP8_P[j]) return;
        i64 carry = 0;
        for (j = 0; j < 8; j++) {
            i64 d = (i64)a[j] - (i64)FP8_P[j] + carry;
            carry = d >> 52;
            a[j] = (u64)d & FP8_M52;
        }
    }
}

/* Eight elements in blst's form, `stride` words apart, below 1.001 p afterwards; `n` of them exist, the rest
 * are 0. */
static SITU_NOINLINE fp8 fp8_from_blst(const u64 *in, size_t stride, size_t n)
{
    u64 limbs[8][8] SITU_ALIGNED(64) = {{0}};
    const u64 *row[8];
    for (size_t i = 0; i < 8; i++) {
        if (i < n) limbs_from_384(limbs[i], in + i * stride);
        row[i] = limbs[i];
    }
    fp8 a = fp8_load(row), k = fp8_set(FP8_FROM_384);
    return fp8_reduce(fp8_mul(&a, &k));
}

static SITU_NOINLINE void fp8_to_blst(u64 *out, size_t stride, size_t n, const fp8 *a)
{
    u64 limbs[8][8] SITU_ALIGNED(64);
    u64 *row[8];
    fp8 k = fp8_set(FP8_TO_384), t = fp8_mul(a, &k);
    for (int i = 0; i < 8; i++) row[i] = limbs[i];
    fp8_store(row, t);
    for (size_t i = 0; i < n; i++) {
        limbs_canon(limbs[i]);
        limbs_to_384(out + i * stride, limbs[i]);
    }
}

static void store_rows(u64 *first, size_t stride, size_t n, const fp8 *a)
{
    u64 spare[8] SITU_ALIGNED(64);
    u64 *row[8];
    for (size_t i = 0; i < 8; i++) row[i] = i < n ? first + i * stride : spare;
    fp8_store(row, *a);
}

#define POINT_WORDS (sizeof(situ_g1) / 8)
#define ROW_WORDS   (sizeof(g1_row) / 8)
#define BASE_WORDS  (sizeof(g1_base_row) / 8)

static void rows_from_affine(g1_row *rows, const situ_g1 *points, size_t n)
{
    for (size_t i = 0; i < n; i += 8) {
        fp8 x = fp8_from_blst(points[i].x, POINT_WORDS, n - i),
            y = fp8_from_blst(points[i].y, POINT_WORDS, n - i);
        store_rows(rows[i].x, ROW_WORDS, n - i, &x);
        store_rows(rows[i].y, ROW_WORDS, n - i, &y);
    }
}

static void base_from_affine(g1_base_row *rows, const situ_g1 *points, size_t n)
{
    fp8 beta = fp8_set(FP8_BETA);
    for (size_t i = 0; i < n; i += 8) {
        fp8 x = fp8_from_blst(points[i].x, POINT_WORDS, n - i),
            y = fp8_from_blst(points[i].y, POINT_WORDS, n - i);
        fp8 beta_x = fp8_reduce(fp8_mul(&x, &beta));
        store_rows(rows[i].x, BASE_WORDS, n - i, &x);
        store_rows(rows[i].y, BASE_WORDS, n - i, &y);
        store_rows(rows[i].beta_x, BASE_WORDS, n - i, &beta_x);
    }
}

static void base_from_rows(g1_base_row *out, const g1_row *rows, size_t n)
{
    fp8 beta = fp8_set(FP8_BETA);
    for (size_t i = 0; i < n; i += 8) {
        const u64 *row_x[8];
        for (size_t k = 0; k < 8; k++) row_x[k] = rows[i + k < n ? i + k : n - 1].x;
        fp8 x = fp8_load(row_x), beta_x = fp8_reduce(fp8_mul(&x, &beta));
        store_rows(out[i].beta_x, BASE_WORDS, n - i, &beta_x);
        for (size_t k = i; k < i + 8 && k < n; k++) memcpy(&out[k], &rows[k], sizeof rows[k]); /* x and y */
    }
}

static void rows_to_affine(situ_g1 *points, const g1_row *rows, size_t n)
{
    static const u64 zero[8] SITU_ALIGNED(64) = {0};
    for (size_t i = 0; i < n; i += 8) {
        const u64 *row_x[8], *row_y[8];
        for (size_t k = 0; k < 8; k++) {
            row_x[k] = i + k < n ? rows[i + k].x : zero;
            row_y[k] = i + k < n ? rows[i + k].y : zero;
        }
        fp8 x = fp8_load(row_x), y = fp8_load(row_y);
        size_t m = n - i < 8 ? n - i : 8;
        fp8_to_blst(points[i].x, POINT_WORDS, m, &x);
        fp8_to_blst(points[i].y, POINT_WORDS, m, &y);
    }
}

static void copy(g1_row *row, u64 ref)
{
    const u64 *x = g1_ref_x(ref), *y = g1_ref_y(ref);
    u64 y_or = 0;
    for (int j = 0; j < 8; j++) {
        row->x[j] = x[j];
        row->y[j] = y[j];
        y_or |= y[j];
    }
    if (!(ref & G1_REF_NEG) || y_or == 0) return;
    i64 carry = 0;
    for (int j = 0; j < 8; j++) {
        i64 d = (i64)FP8_2P[j] - (i64)y[j] + carry;
        carry = j < 7 ? d >> 52 : 0;
        row->y[j] = j < 7 ? (u64)d & FP8_M52 : (u64)d;
    }
}

/* --- the batch
 * -------------------------------------------------------------------------------------------------------*/

/* What is unusual about the additions of one group of 8; a mask a case, all zero nearly always. */
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
    fp8 diff[G1_BATCH_MAX / 8];   /* x_b - x_a, or what stands in for it */
    fp8 prefix[G1_BATCH_MAX / 8]; /* product of all diffs before it      */
    group_cases cases[G1_BATCH_MAX / 8];
} add_work;

/* Eight inverses with one inversion (Montgomery's trick over the lanes); no lane is 0. */
static SITU_NOINLINE fp8 fp8_invert(const fp8 *a)
{
    blst_fp v[8], prefix[8], inv;
    fp8_to_blst(v[0].l, 6, 8, a);
    prefix[0] = v[0];
    for (int i = 1; i < 8; i++) blst_fp_mul(&prefix[i], &prefix[i - 1], &v[i]);
    blst_fp_eucl_inverse(&inv, &prefix[7]);
    for (int i = 7; i > 0; i--) {
        blst_fp one;
        blst_fp_mul(&one, &inv, &prefix[i - 1]);
        blst_fp_mul(&inv, &inv, &v[i]);
        v[i] = one;
    }
    v[0] = inv;
    return fp8_from_blst(v[0].l, 6, 8);
}

SITU_INLINE fp8 load_x(const u64 refs[8])
{
    const u64 *row[8];
    for (int i = 0; i < 8; i++) row[i] = g1_ref_x(refs[i]);
    return fp8_load(row);
}

/* y with its sign, loose, in [0, 2p] */
SITU_INLINE fp8 load_y(const u64 refs[8])
{
    const u64 *row[8];
    for (int i = 0; i < 8; i++) row[i] = g1_ref_y(refs[i]);
    __mmask8 negated = _mm512_test_epi64_mask(_mm512_loadu_si512(refs), v8_set(G1_REF_NEG));
    return fp8_negate_loose(negated, fp8_load(row));
}

SITU_INLINE __mmask8 is_infinity(const fp8 *x)
{
    v8 any = x->limb[0];
    for (int j = 1; j < 8; j++) any = _mm512_or_si512(any, x->limb[j]);
    return _mm512_testn_epi64_mask(any, any);
}

/* Sort out the cases of a group and put something invertible where x_b - x_a is 0 or means nothing. */
static SITU_NOINLINE void find_cases(group_cases *cases, fp8 *diff, const u64 a[8], const u64 b[8])
{
    fp8 x_a = load_x(a), x_b = load_x(b), y_a = fp8_carry(load_y(a)), y_b = fp8_carry(load_y(b));
    fp8 dy = fp8_sub(&y_b, &y_a), dx = fp8_sub(&x_b, &x_a);
    __mmask8 inf_a = is_infinity(&x_a), inf_b = is_infinity(&x_b);
    __mmask8 finite = (__mmask8) ~(inf_a | inf_b), same_x = finite & fp8_is_zero(&dx),
             same_y = same_x & fp8_is_zero(&dy);

    cases->take_a = inf_b;
    cases->take_b = inf_a & (__mmask8)~inf_b;
    cases->is_double = same_y;
    cases->is_zero = same_x & (__mmask8)~same_y;
    fp8 one = fp8_set(FP8_ONE), twice_y = fp8_add(&y_a, &y_a);
    *diff = fp8_blend(cases->take_a | cases->take_b | cases->is_zero, diff, &one);
    *diff = fp8_blend(cases->is_double, diff, &twice_y);
}

/* The numerator of the slope for the lanes that double: 3 x^2. */
static SITU_NOINLINE fp8 tangent_numerator(const group_cases *cases, const fp8 *dy, const u64 a[8])
{
    fp8 x = load_x(a), xx = fp8_sqr(&x), xx2 = fp8_add(&xx, &xx), xx3 = fp8_add(&xx2, &xx);
    return fp8_blend(cases->is_double, dy, &xx3);
}

/* Results of the lanes that are no sum of two different points. */
static SITU_NOINLINE void put_cases(const group_cases *cases, fp8 *x, fp8 *y, const u64 a[8], const u64 b[8])
{
    fp8 x_a = load_x(a), x_b = load_x(b), y_a = fp8_carry(load_y(a)), y_b = fp8_carry(load_y(b)), zero;
    for (int j = 0; j < 8; j++) zero.limb[j] = _mm512_setzero_si512();
    __mmask8 inf =
        cases->is_zero | (cases->take_a & is_infinity(&x_a)); /* a + b with both infinity: not 2p - 0 for y */
    *x = fp8_blend(cases->take_a, x, &x_a);
    *y = fp8_blend(cases->take_a, y, &y_a);
    *x = fp8_blend(cases->take_b, x, &x_b);
    *y = fp8_blend(cases->take_b, y, &y_b);
    *x = fp8_blend(inf, x, &zero);
    *y = fp8_blend(inf, y, &zero);
}

SITU_INLINE void prefetch_point(u64 ref)
{
    _mm_prefetch((const char *)g1_ref_x(ref), _MM_HINT_T0);
    _mm_prefetch((const char *)g1_ref_y(ref), _MM_HINT_T1);
}

/* Differences and their running product; returns the product of all. */
static SITU_NOINLINE fp8 add_forward(const u64 *a, const u64 *b, size_t n_groups, add_work *work)
{
    fp8 product = fp8_set(FP8_ONE);
    for (size_t g = 0; g < n_groups; g++) {
        if (g + PREFETCH_FORWARD < n_groups) {
            for (size_t i = 8 * (g + PREFETCH_FORWARD); i < 8 * (g + PREFETCH_FORWARD + 1); i++) {
                prefetch_point(a[i]);
                prefetch_point(b[i]);
            }
        }
        fp8 x_a = load_x(a + 8 * g), x_b = load_x(b + 8 * g), diff = fp8_sub(&x_b, &x_a);
        /* Infinity has x = 0; equal x differ by 0, p or 2p, plus 2p.  The low limb tells, with a false alarm
         * in 2^49. */
        __mmask8 odd = _mm512_testn_epi64_mask(x_a.limb[0], x_a.limb[0]) |
                       _mm512_testn_epi64_mask(x_b.limb[0], x_b.limb[0]);
        for (int k = 1; k <= 3; k++) odd |= _mm512_cmpeq_epi64_mask(diff.limb[0], v8_set(FP8_KP[0][k]));
        work->cases[g].any = 0;
        if (SITU_UNLIKELY(odd)) find_cases(&work->cases[g], &diff, a + 8 * g, b + 8 * g);
        work->diff[g] = diff;
        work->prefix[g] = product;
        product = fp8_mul(&product, &diff);
    }
    return product;
}

static SITU_NOINLINE void add_backward(const u64 *a, const u64 *b, g1_row **d, size_t n_groups,
                                       const add_work *work, fp8 inverse)
{
    for (size_t g = n_groups; g-- > 0;) {
        const u64 *ga = a + 8 * g, *gb = b + 8 * g;
        const group_cases cases = work->cases[g];
        if (g >= PREFETCH_BACKWARD) {
            for (size_t i = 8 * (g - PREFETCH_BACKWARD); i < 8 * (g - PREFETCH_BACKWARD + 1); i++) {
                prefetch_point(a[i]);
                prefetch_point(b[i]);
            }
        }
        fp8 inv_diff = fp8_mul(&inverse, &work->prefix[g]);
        inverse = fp8_mul(&inverse, &work->diff[g]);

        fp8 y_a = load_y(ga), y_b = load_y(gb), dy = fp8_sub(&y_b, &y_a); /* below 4.001 p */
        if (SITU_UNLIKELY(cases.is_double)) dy = tangent_numerator(&cases, &dy, ga);
        fp8 slope = fp8_mul(&inv_diff, &dy);

        fp8 x_a = load_x(ga), x_b = load_x(gb), x = fp8_sqr(&slope); /* below 2.001 p */
        x = fp8_sub_loose(&x, &x_a, FP8_3P);
        for (int j = 0; j < 8; j++) x.limb[j] = v8_sub(x.limb[j], x_b.limb[j]);
        x = fp8_reduce(x); /* was in (0.99 p, 5.001 p) */

        fp8 fall = fp8_sub(&x_a, &x), y = fp8_mul(&slope, &fall);
        y = fp8_reduce(fp8_sub_loose(&y, &y_a, FP8_2P)); /* was in [0, 4.001 p) */
        if (SITU_UNLIKELY(cases.any)) put_cases(&cases, &x, &y, ga, gb);

        u64 *row_x[8], *row_y[8];
        for (int i = 0; i < 8; i++) {
            row_x[i] = d[8 * g + (size_t)i]->x;
            row_y[i] = d[8 * g + (size_t)i]->y;
        }
        fp8_store(row_x, x);
        fp8_store(row_y, y);
    }
}

static void add(u64 *a, u64 *b, g1_row **d, size_t n, void *work)
{
    SITU_ASSERT(n <= G1_BATCH_MAX);
    if (n == 0) return;
    /* The last group's spare lanes repeat its first addition into rows of no interest. */
    g1_row spare[7];
    size_t n_groups = (n + 7) / 8;
    for (size_t i = n; i < 8 * n_groups; i++) {
        a[i] = a[n - 1];
        b[i] = b[n - 1];
        d[i] = &spare[i - n];
    }
    fp8 product = add_forward(a, b, n_groups, work);
    fp8 inverse = fp8_invert(&product);
    add_backward(a, b, d, n_groups, work, inverse);
}

const g1_kernels situ_g1_kernels_ifma = {
    .name = "ifma",
    .rows_from_affine = rows_from_affine,
    .base_from_affine = base_from_affine,
    .base_from_rows = base_from_rows,
    .rows_to_affine = rows_to_affine,
    .add = add,
    .add_work_bytes = sizeof(add_work),
    .copy = copy,
};
