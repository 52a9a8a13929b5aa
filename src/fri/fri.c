/* fri.c — schedule, one fold and the final polynomial, see fri.h. */
#include "fri/fri.h"

_Static_assert(1 << SITU_FRI_LOG2_FOLD_MAX == SITU_FRI_FOLD_MAX && 1 << SITU_FRI_LOG2_FINAL == SITU_FRI_FINAL,
               "logarithms");

situ_err situ_fri_schedule_make(situ_fri_schedule *schedule, u32 log2_rows, u32 log2_blowup)
{
    if (log2_rows < SITU_FRI_LOG2_FINAL || log2_rows > SITU_FRI_LOG2_ROWS_MAX) return SITU_ERR_ARG;
    if (log2_blowup < 1 || log2_blowup > SITU_FRI_LOG2_BLOWUP_MAX) return SITU_ERR_ARG;
    if (log2_rows + log2_blowup > KB_TWO_ADICITY) return SITU_ERR_ARG;

    *schedule = (situ_fri_schedule){.log2_blowup = log2_blowup, .log2_rows = log2_rows};
    for (u32 degree = log2_rows; degree > SITU_FRI_LOG2_FINAL;) {
        u32 left = degree - SITU_FRI_LOG2_FINAL;
        u32 fold = left < SITU_FRI_LOG2_FOLD_MAX ? left : SITU_FRI_LOG2_FOLD_MAX;
        schedule->layer[schedule->n_layers++] = (situ_fri_layer){degree + log2_blowup, fold};
        degree -= fold;
    }
    return SITU_OK;
}

/* Inverses of the powers of the eighth root of unity and of 1, 2, 4, 8; tests compare with polynomials. */
static const kb w8_inverse[SITU_FRI_FOLD_MAX / 2] = {KB_ONE, 0x4bfa6163, 0x03fdfbfa, 0x1e0a10b4};
#define K_INVERSE(k) KB_CONST(KB_P - (KB_P - 1) / (k)) /* k (p - 1) / k = -1 */
static const kb k_inverse[SITU_FRI_LOG2_FOLD_MAX + 1] = {KB_ONE, K_INVERSE(2), K_INVERSE(4), K_INVERSE(8)};

/* values[] in bit-reversed order to the sums  sum over i of values_i w^(-j i), j = 0 .. 2^log2_fold - 1: the
 * stages of a transform that halves time, on one row. */
static void fold_transform(k6 *values, u32 log2_fold)
{
    const u32 n_values = 1u << log2_fold;
    for (u32 half = 1; half < n_values; half *= 2)
        for (u32 start = 0; start < n_values; start += 2 * half)
            for (u32 j = 0; j < half; j++) {
                k6 *even = &values[start + j], *odd = even + half;
                k6 turned = j == 0 ? *odd : k6_mul_kb(*odd, w8_inverse[j * (SITU_FRI_FOLD_MAX / 2 / half)]);
                *odd = k6_sub(*even, turned);
                *even = k6_add(*even, turned);
            }
}

/* With y_0 the first point of the row, point j is y_0 w_s^bitrev(j), so the transform gives k y_0^j F_j. */
k6 situ_fri_fold_one(const k6 *values, u32 log2_size, u32 log2_fold, u64 row, k6 beta)
{
    SITU_VERIFY_THAT(log2_fold >= 1 && log2_fold <= SITU_FRI_LOG2_FOLD_MAX && log2_size >= log2_fold);
    const u32 n_values = 1u << log2_fold;
    k6 t[SITU_FRI_FOLD_MAX];
    for (u32 j = 0; j < n_values; j++) t[j] = values[j];
    fold_transform(t, log2_fold);

    /* y_0 = product of w_(b+1) over the set bits b of its index, and w_n times the product over all n bits is 1: so the inverse is
     * w_n times the product over the clear bits. */
    kb y_inverse = kb_root_of_unity(log2_size);
    for (u32 b = 0; b < log2_size; b++)
        if (!(row << log2_fold >> b & 1)) y_inverse = kb_mul(y_inverse, kb_root_of_unity(b + 1));
    k6 ratio = k6_mul_kb(beta, y_inverse);
    k6 sum = t[n_values - 1];
    for (u32 j = n_values - 1; j-- > 0;) sum = k6_add(k6_mul(sum, ratio), t[j]);
    return k6_mul_kb(sum, k_inverse[log2_fold]);
}

/* Coefficients times powers of y, summed in a u64 below p * 2^32 that takes two products of canonical words more. */
k6 situ_fri_final_eval(const k6 coeffs[SITU_FRI_FINAL], kb y)
{
    const u64 fold = (u64)KB_P << 32;
    u64 sum[K6_DEGREE] = {0};
    const kb y_2 = kb_mul(y, y);
    kb even = KB_ONE, odd = y;
    k6 r;
    for (u32 i = 0; i < SITU_FRI_FINAL; i += 2, even = kb_mul(even, y_2), odd = kb_mul(odd, y_2)) {
#pragma GCC unroll 6
        for (int j = 0; j < K6_DEGREE; j++) {
            sum[j] += (u64)coeffs[i].c[j] * even + (u64)coeffs[i + 1].c[j] * odd;
            if (sum[j] >= fold) sum[j] -= fold;
        }
    }
    for (int j = 0; j < K6_DEGREE; j++) r.c[j] = kb_reduce(sum[j]);
    return r;
}
