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

/* values[] in bit-reversed order to the sums  sum over i of values_i w^(-j i), j = 0 .. 2^log2_fold - 1, in t[]: the stages of a
 * transform that halves time, on one row; the first has no factors. */
static void fold_transform(k6 *t, const k6 *values, u32 log2_fold)
{
    const u32 n_values = 1u << log2_fold;
    for (u32 i = 0; i < n_values; i += 2) k6_butterfly(&t[i], &t[i + 1], &values[i], &values[i + 1]);
    for (u32 half = 2; half < n_values; half *= 2)
        for (u32 start = 0; start < n_values; start += 2 * half)
            for (u32 j = 0; j < half; j++) {
                k6 *even = &t[start + j], *odd = even + half;
                if (j != 0) *odd = k6_mul_kb(*odd, w8_inverse[j * (SITU_FRI_FOLD_MAX / 2 / half)]);
                k6_butterfly(even, odd, even, odd);
            }
}

/* With y_0 the first point of the row, point j is y_0 w_s^bitrev(j), so the transform gives k y_0^j F_j. */
k6 situ_fri_fold_at(const k6 *values, u32 log2_fold, kb y_inverse, k6 beta)
{
    SITU_VERIFY_THAT(log2_fold >= 1 && log2_fold <= SITU_FRI_LOG2_FOLD_MAX);
    const u32 n_values = 1u << log2_fold;
    k6 t[SITU_FRI_FOLD_MAX];
    fold_transform(t, values, log2_fold);
    return k6_mul_kb(k6_horner(k6_zero(), t, n_values, k6_mul_kb(beta, y_inverse)), k_inverse[log2_fold]);
}

k6 situ_fri_fold_one(const k6 *values, u32 log2_size, u32 log2_fold, u64 row, k6 beta)
{
    SITU_VERIFY_THAT(log2_size >= log2_fold);
    return situ_fri_fold_at(values, log2_fold, situ_point_inverse_at(log2_size, row << log2_fold), beta);
}

kb situ_fri_next_inverse(kb y_inverse, u32 log2_fold, u32 log2_next_fold, u64 row)
{
    for (u32 i = 0; i < log2_fold; i++) y_inverse = kb_mul(y_inverse, y_inverse);
    return kb_mul(y_inverse, situ_point_at(log2_next_fold, row & ((1u << log2_next_fold) - 1)));
}

k6 situ_fri_final_eval(const k6 coeffs[SITU_FRI_FINAL], kb y)
{
    return k6_horner_kb(coeffs, SITU_FRI_FINAL, y);
}
