/* ood.h — values of committed columns at a point z of K outside every domain.
 *
 * A column of height N = 2^h is known on the coset 3 H, |H| = N: the first N rows of its extension,
 * bit-reversed. There
 *
 *     f(z) = sum over i of f(x_i) L_i(z),    L_i(z) = (z^N - 3^N) / (N 3^N) * x_i / (z - x_i)
 *
 * (barycentric form; Berrut and Trefethen, SIAM Review 46 (2004), section 4).  All columns of a height share
 * the N weights. Those for w_h z are the same in another order, since L_i(w x) is L of the point x_i / w: one
 * set serves both openings.
 *
 * MEMORY   the caller's, 64-byte aligned; nothing here allocates.
 * THREADS  results do not depend on the pool.
 */
#ifndef SITU_STARK_OOD_H
#define SITU_STARK_OOD_H

#include "field/k6.h"
#include "situ/pool.h"

/* Words of the weights for one z: one row of six after the other. */
SITU_INLINE size_t situ_ood_weights_words(u32 log2_rows) { return (size_t)K6_DEGREE << log2_rows; }

/* weights[6 i + j] = coefficient j of L_i(z).
 *
 *  z          not a point of 3 H
 *  log2_rows  4..24 */
void situ_ood_weights(kb *weights, k6 z, u32 log2_rows, situ_pool *pool);

typedef struct {
    const kb *const *tiles; /* the first 2^log2_rows rows of each are read */
    u32 n_tiles;
    u32 log2_rows;
    const kb *weights; /* of situ_ood_weights for z                  */
    u32 shifted;       /* 1: evaluate at w_h z instead of z          */
} situ_ood_columns;

/* Bytes of scratch for a call on n_tiles tiles. */
size_t situ_ood_scratch_bytes(u32 n_tiles, u32 log2_rows);

/* values[16 t + l] = column l of tile t at the point. */
void situ_ood_eval(k6 *values, const situ_ood_columns *columns, void *scratch, situ_pool *pool);

/* One tile, on the calling thread: as situ_ood_eval at z. */
void situ_ood_eval_tile(k6 values[16], const kb *tile, u32 log2_rows, const kb *weights);

#endif /* SITU_STARK_OOD_H */
