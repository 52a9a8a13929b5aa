/* deep.h — the DEEP combination of all columns of one height.
 *
 *     g(x) = sum over sets S of  ( sum over tiles T, lanes l of S of W[T][l] col_(T,l)(x)  -  c_S ) / (x -
 * z_S)
 *
 * with c_S = sum of W[T][l] v_(T,l), v the claimed values at z_S.  Where the claims hold, g is of degree
 * below N - 1.  The sets of the protocol: everything at zeta, and the running sums at w_h zeta (lanes
 * that are not opened there have weight 0); several of each where a group is stacked (layout.h).
 *
 * MEMORY   the caller's, 64-byte aligned; nothing here allocates.
 * THREADS  results do not depend on the pool.
 */
#ifndef SITU_STARK_DEEP_H
#define SITU_STARK_DEEP_H

#include "fri/codeword.h"
#include "ntt/ntt.h"

#define SITU_DEEP_SETS_MAX 32

typedef struct {
    const kb *const *tiles; /* extensions: rows in bit-reversed order on the coset by 3 */
    u32 n_tiles;            /* at most SITU_DEEP_TILES_MAX                             */
    const k6 (*weights)[16];
    k6 constant; /* sum of weights times claimed values */
    k6 point;    /* not in a domain                     */
} situ_deep_set;

#define SITU_DEEP_TILES_MAX 4096 /* of one set */

/* Bytes of scratch for sets of n_tiles tiles altogether. */
size_t situ_deep_scratch_bytes(u32 n_tiles);

/* Element i of out = g(x_i) for the points x_i = 3 w^bitrev(i) of the domain of out->log2_size; the first
 * rows of the tiles are read.  With out->log2_size = log2 N the result is g on the coset 3 H alone. */
void situ_deep_combine(const situ_fri_codeword *out, const situ_deep_set *sets, u32 n_sets, void *scratch,
                       situ_pool *pool);

/* The same codeword by way of the N points of 3 H, where the combination, of degree below N, is formed and
 * then extended as one tile.  Out of reach of the rows beyond N, so it costs the same at every blowup, plus
 * one tile's extension.
 *
 *  log2_rows  of N; out->log2_size is log2_rows plus the blowup's logarithm
 *  plan       for out->log2_size or more
 *  scratch    situ_deep_extended_scratch_bytes(n_tiles, out->log2_size) */
void situ_deep_combine_extended(const situ_fri_codeword *out, const situ_deep_set *sets, u32 n_sets,
                                u32 log2_rows, const situ_ntt_plan *plan, void *scratch, situ_pool *pool);
size_t situ_deep_extended_scratch_bytes(u32 n_tiles, u32 log2_size);

/* Which of the two is faster, for sets of n_tiles tiles altogether. */
bool situ_deep_extension_pays(u32 n_tiles, u32 log2_blowup);

#endif /* SITU_STARK_DEEP_H */
