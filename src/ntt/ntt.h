/* ntt.h — number-theoretic transforms and low-degree extension of tiles.  Prover only; docs/ntt.md explains.
 *
 * TILE      n = 2^log2_rows rows of sixteen columns: n * 16 kb, row i at kb 16 i, 64-byte aligned.  Each of the
 *           sixteen columns is transformed; all elements are canonical on entry and on return.
 * ORDER     w_h = kb_root_of_unity(h).  Coefficients are in natural order, values in bit-reversed order: row j
 *           holds the value at w_h^bitrev_h(j).  Nothing is ever permuted.
 * RANGES    log2_rows + log2_blowup <= the plan's log2_max <= 24.
 * MEMORY    nothing here allocates; a thread uses up to SITU_NTT_STACK_BYTES of its stack.
 * THREADS   a call uses the pool it is given, NULL for none.  The bytes do not depend on threads or CPU level.
 */
#ifndef SITU_NTT_NTT_H
#define SITU_NTT_NTT_H

#include "field/kb.h"
#include "situ/pool.h"

#define SITU_TILE_COLUMNS        16
#define SITU_NTT_LOG2_MAX        KB_TWO_ADICITY
#define SITU_NTT_LOG2_BLOWUP_MAX 4
#define SITU_NTT_STACK_BYTES     (600u << 10)

/* A factor and its product with p^-1 modulo 2^32. */
typedef struct {
    u32 w, w_mu;
} situ_twiddle;

/* Square roots of the roots of the polynomials that the transform reduces by, in the order it meets them:
 * roots[j] = w_h^bitrev_{h-1}(j) for every h > log2(j) + 1; a shorter transform uses a prefix. */
typedef struct {
    const situ_twiddle *roots, *inverse_roots; /* 2^(log2_max - 1) each, at least one */
    u32 log2_max;
} situ_ntt_plan;

/* Bytes of memory a plan for up to 2^log2_max rows (after blowup) needs; log2_max in 0..24. */
size_t situ_ntt_plan_bytes(u32 log2_max);

/* Make a plan in `memory`, 64-byte aligned, situ_ntt_plan_bytes(log2_max) bytes, which must outlive it. Plans
 * are read-only afterwards and may be shared. */
void situ_ntt_plan_init(situ_ntt_plan *plan, u32 log2_max, void *memory, situ_pool *pool);

/* Low-degree extension by 2^log2_blowup (0..4) of one tile:
 *
 *   out    2^(log2_rows + log2_blowup) rows: row i the value at 3 * w_{h+b}^bitrev_{h+b}(i), where
 *          h = log2_rows, b = log2_blowup
 *   trace  2^log2_rows rows of values on the subgroup: either disjoint from out and then left intact, or the
 *          last rows of out and then overwritten
 */
void situ_lde_tile(const situ_ntt_plan *plan, kb *out, const kb *trace, u32 log2_rows, u32 log2_blowup,
                   situ_pool *pool);

/* The same for tiles outs[i], traces[i], i in [0, n_tiles), no two of which overlap. */
void situ_lde_tiles(const situ_ntt_plan *plan, kb *const *outs, const kb *const *traces, size_t n_tiles,
                    u32 log2_rows, u32 log2_blowup, situ_pool *pool);

/* As situ_lde_tile, but lane l holds values on a coset of its own: row j the value at
 * lane_shifts[l] * w_h^bitrev_h(j); shifts are not 0. */
void situ_lde_tile_cosets(const situ_ntt_plan *plan, kb *out, const kb *values,
                          const kb lane_shifts[SITU_TILE_COLUMNS], u32 log2_rows, u32 log2_blowup,
                          situ_pool *pool);

/* In place: coefficients to values on the subgroup, and back. */
void situ_ntt_tile_forward(const situ_ntt_plan *plan, kb *tile, u32 log2_rows, situ_pool *pool);
void situ_ntt_tile_inverse(const situ_ntt_plan *plan, kb *tile, u32 log2_rows, situ_pool *pool);

#endif /* SITU_NTT_NTT_H */
