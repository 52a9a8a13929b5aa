/* fri.h — FRI over K: what prover and verifier share.  Freestanding.
 *
 * A codeword of 2^n elements holds F(y_i) for the points y_i = w_n^bitrev(i) of the unshifted subgroup
 * (field/points.h). Folding by 8 splits F(y) = sum over j < 8 of y^j F_j(y^8) and keeps  fold(F, beta)
 * = sum of beta^j F_j.  The 8 values that make one folded value lie side by side: row r of the fold is
 * elements 8 r .. 8 r + 7, and it lands on index r.
 *
 * Several heights: a codeword g of 2^h elements is lifted to the tallest domain, g(y^(2^(n - h))), of the same
 * rate: in codeword order each element 2^(n - h) times in a row, so index q of the tallest is index q >> (n - h)
 * of g.  The last codeword has degree below 64, 128 or 256 and is sent as coefficients.
 */
#ifndef SITU_FRI_FRI_H
#define SITU_FRI_FRI_H

#include "field/points.h"

#define SITU_FRI_LOG2_FOLD 3
#define SITU_FRI_FOLD      8
#define SITU_FRI_LOG2_FINAL_MIN \
    6 /* the final polynomial has at least 64 coefficients; also the smallest height */
#define SITU_FRI_LOG2_FINAL_MAX  8
#define SITU_FRI_FINAL_MAX       256
#define SITU_FRI_LOG2_ROWS_MAX   22
#define SITU_FRI_LOG2_BLOWUP_MAX 4
#define SITU_FRI_LAYERS_MAX \
    ((SITU_FRI_LOG2_ROWS_MAX - SITU_FRI_LOG2_FINAL_MAX + SITU_FRI_LOG2_FOLD - 1) / SITU_FRI_LOG2_FOLD)

/* The committed codewords, each an eighth of the one before it, and then the final one. */
typedef struct {
    u32 log2_blowup;
    u32 log2_rows;
    u32 log2_final; /* coefficients of the final polynomial                 */
    u32 n_layers;   /* 0 when the height is that of the final polynomial    */
} situ_fri_schedule;

/* The folds of a codeword of degree below 2^log2_rows: by 8 until at most 2^8 coefficients are left.
 *
 *  SITU_ERR_ARG  log2_rows outside 6..22, log2_blowup outside 1..4, or a domain above 2^24 */
situ_err situ_fri_schedule_make(situ_fri_schedule *schedule, u32 log2_rows, u32 log2_blowup) SITU_MUST_USE;

/* log2 of the elements of a layer; of the final codeword for layer n_layers. */
SITU_INLINE u32 situ_fri_log2_size(const situ_fri_schedule *schedule, u32 layer)
{
    return schedule->log2_rows + schedule->log2_blowup - SITU_FRI_LOG2_FOLD * layer;
}

/* log2 of its rows. */
SITU_INLINE u32 situ_fri_log2_layer_rows(const situ_fri_schedule *schedule, u32 layer)
{
    return situ_fri_log2_size(schedule, layer + 1);
}

/* The fold of one row: values[] are 8 elements in codeword order, as they lie in a proof; *y_inverse* is the inverse of the row's first
 * point, situ_point_inverse_at(log2_size, 8 row).  *out may be *beta.  False: a word is not canonical; inside the VM the run ends instead. */
bool situ_fri_fold_row(k6 *out, const situ_file_u32 *values, kb y_inverse, const k6 *beta) SITU_MUST_USE;

/* The y_inverse of row `row >> 3` of the next layer from that of row `row` of one: folding takes points to their 8th powers; the part of
 * the last three bits is not in the first point of a row. */
kb situ_fri_next_inverse(kb y_inverse, u64 row);

/* The final polynomial at y, coefficients lowest first; 2^log2_final of them. */
k6 situ_fri_final_eval(const k6 *coeffs, u32 log2_final, kb y);

#endif /* SITU_FRI_FRI_H */
