/* fri.c — schedule, points and the final polynomial, see fri.h. */
#include "fri/fri.h"

_Static_assert(1 << SITU_FRI_LOG2_FOLD == SITU_FRI_FOLD && 1 << SITU_FRI_LOG2_FINAL_MAX == SITU_FRI_FINAL_MAX,
               "logarithms");
_Static_assert(SITU_FRI_LOG2_FINAL_MAX - SITU_FRI_LOG2_FINAL_MIN + 1 == SITU_FRI_LOG2_FOLD,
               "folds by 8 alone lead from any height to one of these");

situ_err situ_fri_schedule_make(situ_fri_schedule *schedule, u32 log2_rows, u32 log2_blowup)
{
    if (log2_rows < SITU_FRI_LOG2_FINAL_MIN || log2_rows > SITU_FRI_LOG2_ROWS_MAX) return SITU_ERR_ARG;
    if (log2_blowup < 1 || log2_blowup > SITU_FRI_LOG2_BLOWUP_MAX) return SITU_ERR_ARG;
    if (log2_rows + log2_blowup > KB_TWO_ADICITY) return SITU_ERR_ARG;

    *schedule = (situ_fri_schedule){.log2_blowup = log2_blowup, .log2_rows = log2_rows};
    schedule->log2_final = log2_rows;
    for (; schedule->log2_final > SITU_FRI_LOG2_FINAL_MAX; schedule->log2_final -= SITU_FRI_LOG2_FOLD)
        schedule->n_layers++;
    return SITU_OK;
}

kb situ_fri_next_inverse(kb y_inverse, u64 row)
{
    /* situ_point_at(3, i); tests recompute them. */
    static const kb points[SITU_FRI_FOLD] = {0x01fffffe, 0x7d000003, 0x7b020407, 0x03fdfbfa,
                                             0x60f5ef4d, 0x1e0a10b4, 0x33059e9e, 0x4bfa6163};
    for (u32 i = 0; i < SITU_FRI_LOG2_FOLD; i++) y_inverse = kb_mul(y_inverse, y_inverse);
    return kb_mul(y_inverse, points[row % SITU_FRI_FOLD]);
}

k6 situ_fri_final_eval(const k6 *coeffs, u32 log2_final, kb y)
{
    return k6_horner_kb(coeffs, 1u << log2_final, y);
}
