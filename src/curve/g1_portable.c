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

static void load(blst_fp *x, blst_fp *y, u64 ref)
{
    memcpy(x, g1_ref_x(ref), sizeof *x);
    memcpy(y, g1_ref_y(ref), sizeof *y);
    if (ref & G1_REF_NEG) blst_fp_cneg(y, y, true);
}

static void copy(g1_row *row, u64 ref)
{
    blst_fp x, y;
    load(&x, &y, ref);
    put(row->x, x.l);
    put(row->y, y.l);
}

/* --- the batch
 * -------------------------------------------------------------------------------------------------------*/

typedef enum { SUM_ADD, SUM_DOUBLE, SUM_TAKE_A, SUM_TAKE_B, SUM_ZERO } sum_case;

typedef struct {
    blst_fp diff[G1_BATCH_MAX];
    blst_fp prefix[G1_BATCH_MAX];
    u8 cases[G1_BATCH_MAX];
} add_work;

/* What is unusual about a + b, given that x_a = x_b or one of them is 0; *diff gets something invertible. */
static SITU_NOINLINE sum_case find_case(blst_fp *diff, u64 a, u64 b)
{
    blst_fp x_a, y_a, x_b, y_b;
    load(&x_a, &y_a, a);
    load(&x_b, &y_b, b);
    bool inf_a = fp_is_zero(&x_a) && fp_is_zero(&y_a), inf_b = fp_is_zero(&x_b) && fp_is_zero(&y_b);
    if (!inf_a && !inf_b && !fp_is_zero(diff)) return SUM_ADD;
    if (!inf_a && !inf_b && memcmp(&y_a, &y_b, sizeof y_a) == 0) {
        blst_fp_add(diff, &y_a, &y_a);
        return SUM_DOUBLE;
    }
    *diff = beta; /* anything invertible */
    return inf_b ? SUM_TAKE_A : inf_a ? SUM_TAKE_B : SUM_ZERO;
}

static void add_backward(const u64 *a, const u64 *b, g1_row **d, size_t n, const add_work *work,
                         blst_fp inverse)
{
    for (size_t i = n; i-- > 0;) {
        blst_fp x_a, y_a, x_b, y_b, slope, x, y;
        load(&x_a, &y_a, a[i]);
        load(&x_b, &y_b, b[i]);
        blst_fp_mul(&slope, &inverse, &work->prefix[i]);
        blst_fp_mul(&inverse, &inverse, &work->diff[i]);
        if (SITU_UNLIKELY(work->cases[i] >= SUM_TAKE_A)) {
            if (work->cases[i] == SUM_TAKE_A) copy(d[i], a[i]);
            if (work->cases[i] == SUM_TAKE_B) copy(d[i], b[i]);
            if (work->cases[i] == SUM_ZERO) memset(d[i], 0, sizeof *d[i]);
            continue;
        }
        if (SITU_UNLIKELY(work->cases[i] == SUM_DOUBLE)) {
            blst_fp_sqr(&y, &x_a);
            blst_fp_mul_by_3(&y, &y);
        } else {
            blst_fp_sub(&y, &y_b, &y_a);
        }
        blst_fp_mul(&slope, &slope, &y);
        blst_fp_sqr(&x, &slope);
        blst_fp_sub(&x, &x, &x_a);
        blst_fp_sub(&x, &x, &x_b);
        blst_fp_sub(&y, &x_a, &x);
        blst_fp_mul(&y, &y, &slope);
        blst_fp_sub(&y, &y, &y_a);
        put(d[i]->x, x.l);
        put(d[i]->y, y.l);
    }
}

static void add(u64 *a, u64 *b, g1_row **d, size_t n, void *scratch)
{
    SITU_ASSERT(n <= G1_BATCH_MAX);
    add_work *work = scratch;
    blst_fp product = beta;
    if (n == 0) return;
    for (size_t i = 0; i < n; i++) {
        blst_fp x_a, x_b;
        memcpy(&x_a, g1_ref_x(a[i]), sizeof x_a);
        memcpy(&x_b, g1_ref_x(b[i]), sizeof x_b);
        blst_fp_sub(&work->diff[i], &x_b, &x_a);
        work->cases[i] = SUM_ADD;
        if (SITU_UNLIKELY(fp_is_zero(&work->diff[i]) || fp_is_zero(&x_a) || fp_is_zero(&x_b)))
            work->cases[i] = (u8)find_case(&work->diff[i], a[i], b[i]);
        work->prefix[i] = product;
        blst_fp_mul(&product, &product, &work->diff[i]);
    }
    blst_fp_eucl_inverse(&product, &product);
    add_backward(a, b, d, n, work, product);
}

const g1_kernels situ_g1_kernels_portable = {
    .name = "portable",
    .id = 0,
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
