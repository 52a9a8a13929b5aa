/* weigh.h — sums of opened values, each times the weight of its position in a DEEP combination: most of the verifier's arithmetic.
 *
 * weigh.c has it for processors, guest/verifier/weigh.c for the VM, on its accelerators.  Positions are as in layout.h, their weights as
 * in protocol.h.  Freestanding.
 */
#ifndef SITU_STARK_WEIGH_H
#define SITU_STARK_WEIGH_H

#include "stark/layout.h"

typedef struct {
    k6 *memory;   /* [stark_weights_elements()], the caller's */
    k6 *slots;    /* of it, where the VM's sums go            */
    k6 lambda[3]; /* powers of these are the weights          */
    u32 n_positions;
} stark_weights;

/* Elements of memory for weights of up to n_positions. */
size_t stark_weights_elements(u32 n_positions);

/* Prepare the weights of positions 0..n_positions - 1; n_positions is a multiple of 16.  w->memory is set. */
void stark_weights_init(stark_weights *w, u32 n_positions, const k6 lambda[3]);

/* The weighted sums of a group's claimed values, at zeta and at omega zeta. */
void stark_weigh_values(const stark_weights *w, const stark_group *g, const k6 *values, k6 *at_zeta,
                        k6 *at_next);

/* Add the weighted sums of a group's opened rows, one for each tree that has tiles of it.  NULL, or the first row with a word that is
 * not canonical; inside the VM the run ends there. */
const situ_file_u32 *stark_weigh_rows(const stark_weights *w, const stark_group *g,
                                      const situ_file_u32 *const rows[STARK_TREES], k6 *at_zeta,
                                      k6 *at_next) SITU_MUST_USE;

#endif /* SITU_STARK_WEIGH_H */
