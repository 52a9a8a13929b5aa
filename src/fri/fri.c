/* fri.c — schedule, one fold and the final polynomial, see fri.h. */
#include "fri/fri.h"

_Static_assert(1 << SITU_FRI_LOG2_FOLD_MAX == SITU_FRI_FOLD_MAX && 1 << SITU_FRI_LOG2_FINAL == SITU_FRI_FINAL,
               "logarithms");

situ_err situ_fri_schedule_make(situ_fri_schedule *schedule, u32 heights, u32 log2_blowup)
{
    const u32 allowed = (2u << SITU_FRI_LOG2_ROWS_MAX) - (1u << SITU_FRI_LOG2_FINAL);
    if (heights == 0 || (heights & ~allowed) != 0) return SITU_ERR_ARG;
    if (log2_blowup < 1 || log2_blowup > SITU_FRI_LOG2_BLOWUP_MAX) return SITU_ERR_ARG;
    u32 degree = (u32)u64_log2(heights); /* log2 of the bound on the current codeword's degree */
    if (degree + log2_blowup > KB_TWO_ADICITY) return SITU_ERR_ARG;

    *schedule = (situ_fri_schedule){.log2_blowup = log2_blowup, .log2_rows_max = degree};
    while (degree > SITU_FRI_LOG2_FINAL) {
        u32 below = heights & ((1u << degree) - 1);
        u32 stop = below != 0 ? u64_log2(below) : SITU_FRI_LOG2_FINAL;
        u32 fold = degree - stop < SITU_FRI_LOG2_FOLD_MAX ? degree - stop : SITU_FRI_LOG2_FOLD_MAX;
        schedule->layer[schedule->n_layers++] =
            (situ_fri_layer){degree + log2_blowup, fold, heights >> (degree - fold) & 1};
        degree -= fold;
    }
    return SITU_OK;
}

/* values[] in bit-reversed order to the sums  sum over i of values_i w^(-j i), j = 0 .. 2^log2_fold - 1: the
 * stages of a transform that halves time, on one row. */
static void fold_transform(k6 *values, u32 log2_fold)
{
    const kb w8_inv = kb_inv(kb_root_of_unity(SITU_FRI_LOG2_FOLD_MAX));
    const u32 n_values = 1u << log2_fold;
    for (u32 half = 1; half < n_values; half *= 2) {
        kb w_inv = kb_pow(w8_inv, SITU_FRI_FOLD_MAX / 2 / half);
        for (u32 start = 0; start < n_values; start += 2 * half) {
            kb twiddle = KB_ONE;
            for (u32 j = start; j < start + half; j++) {
                k6 odd = k6_mul_kb(values[j + half], twiddle);
                values[j + half] = k6_sub(values[j], odd);
                values[j] = k6_add(values[j], odd);
                twiddle = kb_mul(twiddle, w_inv);
            }
        }
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

    k6 ratio = k6_mul_kb(beta, kb_inv(situ_point_at(log2_size, row << log2_fold)));
    k6 sum = t[n_values - 1];
    for (u32 j = n_values - 1; j-- > 0;) sum = k6_add(k6_mul(sum, ratio), t[j]);
    return k6_mul_kb(sum, kb_inv(kb_from_u32(n_values)));
}

k6 situ_fri_final_eval(const k6 coeffs[SITU_FRI_FINAL], kb y)
{
    k6 sum = coeffs[SITU_FRI_FINAL - 1];
    for (int j = SITU_FRI_FINAL - 1; j-- > 0;) sum = k6_add(k6_mul_kb(sum, y), coeffs[j]);
    return sum;
}
