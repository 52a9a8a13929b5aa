/* situ/msm.h — multi-scalar multiplication, sum of s[i] * P[i], on BLS12-381.
 *
 * UNITS     n_... counts elements; ..._bytes counts bytes.
 * POINTS    affine, in blst's form (Montgomery, R = 2^384), in the subgroup of order r; (0,0) is infinity and
 *           is allowed.  Neither the curve equation nor membership is checked here: situ_g1_read is where
 *           bytes become points.
 * SCALARS   32 bytes, little-endian, any value in [0, 2^256); need not be reduced.
 * MEMORY    situ_msm_g1 and situ_msm_g1_base allocate nothing.  Scratch belongs to the caller, and how much a
 *           call needs is a pure function of its plan, known beforehand.  A situ_msm_pool keeps scratch from
 *           call to call for those who do not want to.
 * THREADS   a call uses the thread pool it is given and no other state; NULL is the calling thread alone.
 * RESULT    the same bytes for every plan, thread count and CPU level.
 * TIMING    variable.  For public scalars only.
 *
 * Typical use, memory left to a pool:
 *
 *     situ_msm_pool *memory;
 *     if (situ_msm_pool_create(&memory, SIZE_MAX)) ...
 *     err = situ_msm_g1_pooled(&sum, points, scalars, n, memory, threads);
 */
#ifndef SITU_MSM_H
#define SITU_MSM_H

#include <stddef.h>
#include <stdint.h>

#include "situ/err.h"
#include "situ/pool.h"

#ifdef __cplusplus
extern "C" {
#endif

/** An affine point of G1; (0,0) is infinity.  Layout of blst_p1_affine. */
typedef struct {
    uint64_t x[6], y[6];
} situ_g1;

/** An affine point of G2, coordinates in Fp2; all zero is infinity.  Layout of blst_p2_affine. */
typedef struct {
    uint64_t x[12], y[12];
} situ_g2;

typedef struct {
    uint8_t le[32];
} situ_scalar;

/** Most points of one call; larger sums are sums of calls. */
#define SITU_MSM_POINTS_MAX (UINT64_C(1) << 28)

/** Alignment of scratch and prepared bases, in bytes. */
#define SITU_MSM_ALIGN 64

/* --- plans --- */

/** How one MSM will be carried out.  Plain data: copy, compare and store freely; valid for the CPU level it
 * was made at. */
typedef struct {
    uint64_t n_points;
    uint64_t n_tables;     /* 1, or that of the prepared base                                          */
    uint64_t chunk_points; /* points carried through at a time; n_points unless memory is short        */
    uint32_t window_bits;  /* width of a Pippenger window, 2..20; 0: few points, no buckets (Straus) */
    uint32_t n_threads;
    uint32_t is_prepared; /* points come from a situ_msm_base                                         */
    uint32_t reserved;
} situ_msm_plan;

/** Choose the fastest plan that fits.
 *
 *  plan               out
 *  n_points           in   0..SITU_MSM_POINTS_MAX
 *  n_threads          in   1..SITU_THREADS_MAX, at least situ_pool_threads of the pool that will be used
 *  scratch_bytes_max  in   memory the caller is willing to lend
 *
 *  Returns  SITU_OK
 *           SITU_ERR_ARG    a range above is broken
 *           SITU_ERR_LIMIT  even the smallest plan needs more scratch; *plan holds that plan, so that
 *                           situ_msm_scratch_bytes(plan) says how much
 */
SITU_API situ_err situ_msm_plan_make(situ_msm_plan *plan, uint64_t n_points, uint32_t n_threads,
                                     size_t scratch_bytes_max) SITU_MUST_USE;

/** Bytes of scratch that a call needs under this plan; a multiple of 64. */
SITU_API size_t situ_msm_scratch_bytes(const situ_msm_plan *plan);

/** *sum = sum of scalars[i] * points[i] for i in [0, plan->n_points).
 *
 *  sum                    out     affine; must not overlap any input
 *  points   [n_points]    in
 *  scalars  [n_points]    in
 *  plan                   in      from situ_msm_plan_make
 *  scratch                in/out  64-byte aligned, situ_msm_scratch_bytes(plan) bytes
 *  pool                   in      at most plan->n_threads threads
 *
 *  Cannot fail; a broken contract is a programmer error and panics. */
SITU_API void situ_msm_g1(situ_g1 *sum, const situ_g1 *points, const situ_scalar *scalars,
                          const situ_msm_plan *plan, void *scratch, situ_pool *pool);

/* --- points used again --- */

/** Points in the form the kernels compute with, in memory of the caller; optionally with tables of their
 * multiples.
 *
 *  With n_tables = 1 the points are only converted (192 bytes each), which saves the conversion in each call.
 * More tables hold 2^k-fold multiples (192 bytes a point and table) and save bucket reductions: they pay up
 * to about 2^14 points. */
typedef struct {
    const void *rows; /* n_tables * n_points rows of 192 bytes, 64-byte aligned */
    uint64_t n_points;
    uint64_t n_tables;    /* t: table j holds the multiples by 2^(j * window_bits * ceil(n_windows / t)) */
    uint32_t window_bits; /* of the plan that the tables are for                                         */
    uint32_t level;       /* whose rows these are; checked when used                                     */
} situ_msm_base;

/** Window width and number of tables for n_points that are used often, with at most table_bytes_max bytes of
 * rows. SITU_ERR_ARG: n_points out of range; SITU_ERR_LIMIT: not even one table fits. */
SITU_API situ_err situ_msm_base_choose(situ_msm_base *base, uint64_t n_points,
                                       size_t table_bytes_max) SITU_MUST_USE;

/** Bytes of rows, as *base stands. */
SITU_API size_t situ_msm_base_bytes(const situ_msm_base *base);

/** Fill `rows` (situ_msm_base_bytes(base) bytes, 64-byte aligned) from points[base->n_points], and set
 * base->rows. `scratch` as in situ_msm_base_scratch_bytes. */
SITU_API void situ_msm_base_fill(situ_msm_base *base, void *rows, const situ_g1 *points, void *scratch,
                                 situ_pool *pool);
SITU_API size_t situ_msm_base_scratch_bytes(const situ_msm_base *base, uint32_t n_threads);

/** As situ_msm_plan_make, for calls with `base`. */
SITU_API situ_err situ_msm_base_plan_make(situ_msm_plan *plan, const situ_msm_base *base, uint32_t n_threads,
                                          size_t scratch_bytes_max) SITU_MUST_USE;

/** As situ_msm_g1, the points being those of `base`. */
SITU_API void situ_msm_g1_base(situ_g1 *sum, const situ_msm_base *base, const situ_scalar *scalars,
                               const situ_msm_plan *plan, void *scratch, situ_pool *pool);

/* --- scratch kept from call to call --- */

/** A stock of scratch blocks.  Any number of threads may use one at the same time; each call borrows one
 * block. */
typedef struct situ_msm_pool situ_msm_pool;

typedef struct {
    uint64_t held_bytes; /* in blocks, lent or idle                         */
    uint64_t lent_bytes;
    uint64_t n_calls;
    uint64_t n_hits;  /* calls that were served by an idle block        */
    uint64_t n_grown; /* calls that had to get memory from the system  */
} situ_msm_pool_stats;

/** SITU_ERR_MEMORY.  A call that would need a block above block_bytes_max is planned to fit, or fails with
 * SITU_ERR_LIMIT. */
SITU_API situ_err situ_msm_pool_create(situ_msm_pool **pool, size_t block_bytes_max) SITU_MUST_USE;

/** Free all.  NULL is allowed; no call may be under way. */
SITU_API void situ_msm_pool_destroy(situ_msm_pool *pool);

/** Free idle blocks until at most keep_bytes are held; returns the bytes freed. */
SITU_API size_t situ_msm_pool_shrink(situ_msm_pool *pool, size_t keep_bytes);

SITU_API void situ_msm_pool_read_stats(const situ_msm_pool *pool, situ_msm_pool_stats *stats);

/** Plan, borrow, compute, give back.  `memory` NULL: allocate and free.
 *  SITU_ERR_ARG (n_points), SITU_ERR_LIMIT, SITU_ERR_MEMORY; *sum is then unchanged. */
SITU_API situ_err situ_msm_g1_pooled(situ_g1 *sum, const situ_g1 *points, const situ_scalar *scalars,
                                     uint64_t n_points, situ_msm_pool *memory,
                                     situ_pool *threads) SITU_MUST_USE;

/** The same for a prepared base. */
SITU_API situ_err situ_msm_g1_base_pooled(situ_g1 *sum, const situ_msm_base *base, const situ_scalar *scalars,
                                          situ_msm_pool *memory, situ_pool *threads) SITU_MUST_USE;

/** On G2, through blst.  Same contract. */
SITU_API situ_err situ_msm_g2_pooled(situ_g2 *sum, const situ_g2 *points, const situ_scalar *scalars,
                                     uint64_t n_points, situ_msm_pool *memory,
                                     situ_pool *threads) SITU_MUST_USE;

/* --- bytes --- */

/** The compressed form of 48 bytes (the "ZCash" one, as in EIP-4844) of a point, and back.
 *  situ_g1_read: SITU_ERR_FORMAT: not the one encoding of a point on the curve; SITU_ERR_REJECT: on the
 * curve, but outside the subgroup. */
SITU_API void situ_g1_write(uint8_t bytes[48], const situ_g1 *point);
SITU_API situ_err situ_g1_read(situ_g1 *point, const uint8_t bytes[48]) SITU_MUST_USE;

/** The same for n points, 48 bytes each; *n_bad (may be NULL) is the index of the first that fails. */
SITU_API situ_err situ_g1_read_many(situ_g1 *points, const uint8_t *bytes, size_t n, size_t *n_bad,
                                    situ_pool *threads) SITU_MUST_USE;

#ifdef __cplusplus
}
#endif

#endif /* SITU_MSM_H */
