/* weigh.h — sums of opened values, each times the weight of its position in a DEEP combination: most of the verifier's arithmetic.
 *
 * weigh.c has it for processors, guest/verifier/weigh.c for the VM, on its accelerators.  Positions are as in layout.h, their weights as
 * in protocol.h; runs begin at a position that is a multiple of 16.  Freestanding.
 */
#ifndef SITU_STARK_WEIGH_H
#define SITU_STARK_WEIGH_H

#include "field/k6.h"

typedef struct {
    k6 *memory;   /* [stark_weights_elements()], the caller's */
    k6 lambda[3]; /* powers of these are the weights           */
    u32 n_positions;
} stark_weights;

/* Elements of memory for weights of up to n_positions. */
size_t stark_weights_elements(u32 n_positions);

/* Prepare the weights of positions 0..n_positions - 1; n_positions is a multiple of 16.  w->memory is set. */
void stark_weights_init(stark_weights *w, u32 n_positions, const k6 lambda[3]);

/* Sum over i < n of the weight of position first + i times values[i]. */
k6 stark_weigh_values(const stark_weights *w, u32 first, const k6 *values, u32 n);

/* *sum += the same over an opened row: n_tiles * 16 columns over F, and n functions over K, six words each.  False, or inside the VM a
 * run that ends there, when a word is not canonical. */
bool stark_weigh_tiles(k6 *sum, const stark_weights *w, u32 first, const situ_file_u32 *row, u32 n_tiles);
bool stark_weigh_elements(k6 *sum, const stark_weights *w, u32 first, const situ_file_u32 *row, u32 n);

#endif /* SITU_STARK_WEIGH_H */
