/* fri.h — FRI over K: what prover and verifier share.  Freestanding.
 *
 * A codeword of 2^n elements holds F(y_i) for the points y_i = w_n^bitrev(i) of the unshifted subgroup
 * (field/points.h). Folding by k = 2^s splits F(y) = sum over j < k of y^j F_j(y^k) and keeps  fold(F, beta)
 * = sum of beta^j F_j.  The k values that make one folded value lie side by side: row r of the fold is
 * elements k r .. k r + k - 1, and it lands on index r.
 *
 * Several heights: a codeword g of 2^h elements is lifted to the tallest domain, g(y^(2^(n - h))), of the same
 * rate: in codeword order each element 2^(n - h) times in a row, so index q of the tallest is index q >> (n - h)
 * of g.  The last codeword has degree below 64 and is sent as coefficients.
 */
#ifndef SITU_FRI_FRI_H
#define SITU_FRI_FRI_H

#include "field/points.h"

#define SITU_FRI_LOG2_FOLD_MAX   3
#define SITU_FRI_FOLD_MAX        8
#define SITU_FRI_LOG2_FINAL      6 /* the final polynomial has 64 coefficients; also the smallest height */
#define SITU_FRI_FINAL           64
#define SITU_FRI_LOG2_ROWS_MAX   22
#define SITU_FRI_LOG2_BLOWUP_MAX 4
#define SITU_FRI_LAYERS_MAX \
    ((SITU_FRI_LOG2_ROWS_MAX - SITU_FRI_LOG2_FINAL + SITU_FRI_LOG2_FOLD_MAX - 1) / SITU_FRI_LOG2_FOLD_MAX)

/* One committed codeword and how it is folded. */
typedef struct {
    u32 log2_size;
    u32 log2_fold; /* 1..3 */
} situ_fri_layer;

typedef struct {
    u32 log2_blowup;
    u32 log2_rows;
    u32 n_layers; /* 0 when the height is that of the final polynomial */
    situ_fri_layer layer[SITU_FRI_LAYERS_MAX];
} situ_fri_schedule;

/* The folds of a codeword of degree below 2^log2_rows: by 8 while the distance to 2^6 allows, then one by 4 or 2.
 *
 *  SITU_ERR_ARG  log2_rows outside 6..22, log2_blowup outside 1..4, or a domain above 2^24 */
situ_err situ_fri_schedule_make(situ_fri_schedule *schedule, u32 log2_rows, u32 log2_blowup) SITU_MUST_USE;

/* Row `row` of the fold of a codeword of 2^log2_size elements: values[0 .. 2^log2_fold) are its elements in
 * codeword order. */
k6 situ_fri_fold_one(const k6 *values, u32 log2_size, u32 log2_fold, u64 row, k6 beta);

/* The same, with the inverse of the first point of the row, situ_point_inverse_at(log2_size, row << log2_fold). */
k6 situ_fri_fold_at(const k6 *values, u32 log2_fold, kb y_inverse, k6 beta);

/* The y_inverse of row `row >> log2_next_fold` of the next layer from that of row `row` of one: folding takes points to their
 * 2^log2_fold-th powers; the part of the last log2_next_fold bits is not in the first point of a row. */
kb situ_fri_next_inverse(kb y_inverse, u32 log2_fold, u32 log2_next_fold, u64 row);

/* The final polynomial at y, coefficients lowest first. */
k6 situ_fri_final_eval(const k6 coeffs[SITU_FRI_FINAL], kb y);

#endif /* SITU_FRI_FRI_H */
