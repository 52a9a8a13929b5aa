/* weigh.h — sums of opened values, each times the weight of its position in a DEEP combination: most of the verifier's arithmetic.
 *
 * weigh.c has it for processors, guest/verifier/weigh.c and weigh_accel.h for the VM, on its accelerators.  Positions are as in layout.h,
 * their weights as in protocol.h.  Freestanding.
 */
#ifndef SITU_STARK_WEIGH_H
#define SITU_STARK_WEIGH_H

#include "stark/layout.h"

typedef struct {
    k6 *memory;       /* [stark_weights_elements()], the caller's */
    const k6 *lambda; /* [3] powers of these are the weights      */
    u32 n_positions;
#if defined(SITU_K6_ACCELERATED)
    const k6 *inverse_powers[2], *powers; /* of lambda_1, lambda_2; of lambda_2                */
    k6 last_inverse, next_sixteen, zero;  /* lambda_3^-1; lambda_3 / lambda_2^16; 0 as operand */
#endif
} stark_weights;

/* What a group's two sums, at zeta and at omega zeta, begin with so that they end as minus what the claimed values give and plus what a
 * query opens; and what the second is still to be divided by. */
typedef struct {
    k6 at_zeta, at_next;
    k6 next_divisor;
} stark_weigh_start;

/* Elements of memory for weights of up to n_positions. */
size_t stark_weights_elements(u32 n_positions);

/* Prepare the weights of positions 0..n_positions - 1; n_positions is a multiple of 16, no lambda is zero.  w->memory is set; lambda is
 * borrowed. */
void stark_weights_init(stark_weights *w, u32 n_positions, const k6 *lambda);

/* A group's start, by its claimed values. */
void stark_weigh_values(stark_weigh_start *start, const stark_weights *w, const stark_group *g,
                        const k6 *values);

/* The same for a stacked group: sums that begin with nothing. */
void stark_weigh_nothing(stark_weigh_start *start, const stark_weights *w, const stark_group *g);

/* sums[i] = that of a group's claimed values at its i-th point, for all of its points; and of those at the next row. */
void stark_weigh_points(k6 *sums, const stark_weights *w, const stark_group *g, const k6 *values);
void stark_weigh_next_points(k6 *sums, const stark_weights *w, const stark_group *g, const k6 *values);

/* From *at_zeta, *at_next, which are a group's start, to its sums over opened rows, one for each tree that has tiles of it.  NULL, or
 * the first row with a word that is not canonical; inside the VM the run ends there. */
#if defined(SITU_K6_ACCELERATED)
#include "weigh_accel.h"
#else
const situ_file_u32 *stark_weigh_rows(const stark_weights *w, const stark_group *g,
                                      const situ_file_u32 *const rows[STARK_TREES], k6 *at_zeta,
                                      k6 *at_next) SITU_MUST_USE;
#endif

#endif /* SITU_STARK_WEIGH_H */
