/* g1_portable.c — the kernels on blst's scalar field arithmetic: machines without IFMA, and the definition
 * that the IFMA table is tested against.  Rows hold blst's six limbs, fully reduced, and two words of zero.
 */
#include <string.h>

#include "base/cpu.h"
#include "curve/g1.h"

/* beta as in fpv_ifma.h, in blst's form (times 2^384) */
static const blst_fp beta = {{0xcd03c9e48671f071, 0x5dab22461fcda5d2, 0x587042afd3851b95, 0x8eb60ebe01bacb9e,
                              0x03f97d6e83d050d2, 0x18f0206554638741}};

static bool fp_is_zero(const blst_fp *a)
{
    return (a->l[0] | a->l[1] | a->l[2] | a->l[3] | a->l[4] | a->l[5]) == 0;
}

static void put(u64 row[8], const u64 limbs[6])
{
    memcpy(row, limbs, 48);
    row[6] = row[7] = 0;
}

static void rows_from_affine(g1_row *rows, const situ_g1 *points, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        put(rows[i].x, points[i].x);
        put(rows[i].y, points[i].y);
    }
}

static void base_from_affine(g1_base_row *rows, const situ_g1 *points, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        blst_fp x, beta_x;
        memcpy(&x, points[i].x, sizeof x);
        blst_fp_mul(&beta_x, &x, &beta);
        put(rows[i].x, points[i].x);
        put(rows[i].y, points[i].y);
        put(rows[i].beta_x, beta_x.l);
    }
}

static void base_from_rows(g1_base_row *out, const g1_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        blst_fp x;
        memcpy(&x, rows[i].x, sizeof x);
        blst_fp_mul(&x, &x, &beta);
        memcpy(&out[i], &rows[i], sizeof rows[i]); /* x and y */
        put(out[i].beta_x, x.l);
    }
}

static void rows_to_affine(situ_g1 *points, const g1_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        memcpy(points[i].x, rows[i].x, 48);
        memcpy(points[i].y, rows[i].y, 48);
    }
}

/* Coordinates where they lie: copies would only wait for stores that are under way. */
SITU_INLINE const blst_fp *x_at(u64 ref) { return (const blst_fp *)(const void *)g1_ref_x(ref); }

/* y with its sign; in *room if it has to be negated. */
SITU_INLINE const blst_fp *y_at(blst_fp *room, u64 ref)
{
    const blst_fp *y = (const blst_fp *)(const void *)g1_ref_y(ref);
    if (!(ref & G1_REF_NEG)) return y;
    blst_fp_cneg(room, y, true);
    return room;
}

static void copy(g1_row *row, u64 ref)
{
    blst_fp y;
    put(row->x, x_at(ref)->l);
    put(row->y, y_at(&y, ref)->l);
}

/* --- the batch --- */

/* Operands are prefetched this many additions ahead. */
#define PREFETCH_AHEAD 16

typedef enum { SUM_ADD, SUM_DOUBLE, SUM_TAKE_A, SUM_TAKE_B, SUM_ZERO } sum_case;

typedef struct {
    blst_fp diff[G1_BATCH_MAX];
    blst_fp prefix[G1_BATCH_MAX];
    u8 cases[G1_BATCH_MAX];
} add_work;

/* What is unusual about a + b, given that x_a = x_b or one of them is 0; *diff gets something invertible. */
static SITU_NOINLINE sum_case find_case(blst_fp *diff, u64 a, u64 b)
{
    blst_fp room_a, room_b;
    const blst_fp *y_a = y_at(&room_a, a), *y_b = y_at(&room_b, b);
    bool inf_a = fp_is_zero(x_at(a)) && fp_is_zero(y_a), inf_b = fp_is_zero(x_at(b)) && fp_is_zero(y_b);
    if (!inf_a && !inf_b && !fp_is_zero(diff)) return SUM_ADD;
    if (!inf_a && !inf_b && memcmp(y_a, y_b, sizeof *y_a) == 0) {
        blst_fp_add(diff, y_a, y_a);
        return SUM_DOUBLE;
    }
    *diff = beta; /* anything invertible */
    return inf_b ? SUM_TAKE_A : inf_a ? SUM_TAKE_B : SUM_ZERO;
}

SITU_INLINE void prefetch_point(u64 ref)
{
    __builtin_prefetch(g1_ref_x(ref));
    __builtin_prefetch(g1_ref_y(ref));
}

/* *d = the sum that `what` names, of points that are not to be added. */
static void put_case(g1_row *d, sum_case what, u64 a, u64 b)
{
    if (what == SUM_TAKE_A) copy(d, a);
    if (what == SUM_TAKE_B) copy(d, b);
    if (what == SUM_ZERO) memset(d, 0, sizeof *d);
}

static void add_backward(const u64 *a, const u64 *b, g1_row **d, size_t n, const add_work *work,
                         blst_fp inverse)
{
    for (size_t i = n; i-- > 0;) {
        if (i >= PREFETCH_AHEAD) {
            prefetch_point(a[i - PREFETCH_AHEAD]);
            prefetch_point(b[i - PREFETCH_AHEAD]);
        }
        blst_fp slope, room_a, room_b, x, y;
        blst_fp_mul(&slope, &inverse, &work->prefix[i]);
        blst_fp_mul(&inverse, &inverse, &work->diff[i]);
        if (SITU_UNLIKELY(work->cases[i] >= SUM_TAKE_A)) {
            put_case(d[i], work->cases[i], a[i], b[i]);
            continue;
        }
        const blst_fp *x_a = x_at(a[i]), *x_b = x_at(b[i]), *y_a = y_at(&room_a, a[i]);
        if (SITU_UNLIKELY(work->cases[i] == SUM_DOUBLE)) {
            blst_fp_sqr(&y, x_a);
            blst_fp_mul_by_3(&y, &y);
        } else {
            blst_fp_sub(&y, y_at(&room_b, b[i]), y_a);
        }
        blst_fp_mul(&slope, &slope, &y);
        blst_fp_sqr(&x, &slope);
        blst_fp_sub(&x, &x, x_a);
        blst_fp_sub(&x, &x, x_b);
        blst_fp_sub(&y, x_a, &x);
        blst_fp_mul(&y, &y, &slope);
        blst_fp_sub(&y, &y, y_a); /* d[i] may be a[i]: written when that has been read */
        put(d[i]->x, x.l);
        put(d[i]->y, y.l);
    }
}

static void add(u64 *a, u64 *b, g1_row **d, size_t n, void *scratch)
{
    SITU_ASSERT(n <= G1_BATCH_MAX);
    add_work *work = scratch;
    blst_fp product;
    if (n == 0) return;
    work->prefix[0] = beta; /* anything invertible */
    for (size_t i = 0; i < n; i++) {
        if (i + PREFETCH_AHEAD < n) {
            __builtin_prefetch(g1_ref_x(a[i + PREFETCH_AHEAD]));
            __builtin_prefetch(g1_ref_x(b[i + PREFETCH_AHEAD]));
        }
        const blst_fp *x_a = x_at(a[i]), *x_b = x_at(b[i]);
        blst_fp_sub(&work->diff[i], x_b, x_a);
        work->cases[i] = SUM_ADD;
        if (SITU_UNLIKELY(fp_is_zero(&work->diff[i]) || fp_is_zero(x_a) || fp_is_zero(x_b)))
            work->cases[i] = (u8)find_case(&work->diff[i], a[i], b[i]);
        if (i > 0) blst_fp_mul(&work->prefix[i], &work->prefix[i - 1], &work->diff[i - 1]);
    }
    blst_fp_mul(&product, &work->prefix[n - 1], &work->diff[n - 1]);
    blst_fp_eucl_inverse(&product, &product);
    add_backward(a, b, d, n, work, product);
}

const g1_kernels situ_g1_kernels_portable = {
    .name = "portable",
    .id = 0,
    .few_points_max = 56,
    .rows_from_affine = rows_from_affine,
    .base_from_affine = base_from_affine,
    .base_from_rows = base_from_rows,
    .rows_to_affine = rows_to_affine,
    .add = add,
    .add_work_bytes = sizeof(add_work),
    .copy = copy,
};

const g1_kernels *situ_g1_kernels(void)
{
#if defined(__x86_64__)
    if (situ_cpu_has_ifma()) return &situ_g1_kernels_ifma;
    if (situ_cpu_current() >= SITU_CPU_AVX2) return &situ_g1_kernels_avx2;
#endif
    return &situ_g1_kernels_portable;
}
