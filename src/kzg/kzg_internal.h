/* kzg_internal.h — a set-up's contents, and what the files of this folder share. */
#ifndef SITU_KZG_INTERNAL_H
#define SITU_KZG_INTERNAL_H

#include <pthread.h>

#include "curve/bucket.h"
#include "curve/pool_memory.h"
#include "kzg/fft.h"
#include "kzg/fr.h"
#include "kzg/fr_kernels.h"
#include "situ/kzg.h"

enum {
    BLOB_N = SITU_KZG_BLOB_ELEMENTS,
    BLOB_LOG2 = 12,
    EXT_N = SITU_KZG_EXT_ELEMENTS,
    EXT_LOG2 = 13,
    CELL_N = SITU_KZG_CELL_ELEMENTS,
    CELL_LOG2 = 6,
    N_CELLS = SITU_KZG_CELLS,
    CELLS_LOG2 = 7,
    N_G2 = SITU_KZG_G2_POINTS,
};
_Static_assert(BLOB_N == 1 << BLOB_LOG2 && EXT_N == 1 << EXT_LOG2 && N_CELLS == 1 << CELLS_LOG2,
               "logarithms");

/* Powers of the secret in G2 that proofs are checked against: 1, s, s^64. */
enum { LINES_ONE, LINES_BLOB, LINES_CELL, N_LINES };

/* What a cache file holds: everything that costs more than a millisecond to find again. */
typedef struct {
    situ_g1 g1_monomial[BLOB_N];
    situ_g1 g1_lagrange[BLOB_N];   /* bit-reversed */
    situ_g1 fk20[N_CELLS][CELL_N]; /* fk20[m][i]: value m of the transform of column i (fk20.c) */
    situ_g2 g2_monomial[N_G2];
} kzg_points;

struct situ_kzg {
    kzg_points points;
    situ_domain *domain;         /* of order 8192                  */
    fr_mont blob_domain[BLOB_N]; /* of order 4096, bit-reversed    */
    g1_root g1_roots[N_CELLS];   /* of order 128                   */
    blst_fp6 lines[N_LINES][68]; /* of Miller's loop               */
    situ_msm_pool *memory;

    /* Tables of multiples are made when first needed. */
    pthread_mutex_t table_lock;
    situ_msm_base lagrange;
    bucket_job fk20_job;
    void *lagrange_rows, *fk20_rows;
};

/* Which point is bad, with SITU_ERR_FORMAT; the lists in the order of the ceremony's file. */
enum { KZG_G1_LAGRANGE, KZG_G2_MONOMIAL, KZG_G1_MONOMIAL, KZG_LISTS };
typedef struct {
    u32 list;
    size_t index;
} kzg_bad_point;

/* situ_kzg_create */
situ_err situ_kzg_create_checked(situ_kzg **out, const u8 *g1_monomial, const u8 *g1_lagrange,
                                 const u8 *g2_monomial, kzg_bad_point *bad, situ_pool *threads);

/* Tables, made by the first caller.  SITU_ERR_MEMORY. */
situ_err situ_kzg_need_lagrange(const situ_kzg *kzg, const situ_msm_base **base, situ_pool *threads);
situ_err situ_kzg_need_fk20(const situ_kzg *kzg, const g1_base_row **rows, situ_pool *threads);

/* points.fk20 from points.g1_monomial. */
situ_err situ_kzg_fk20_points(situ_kzg *kzg, situ_pool *threads);

/* The 128 cell proofs of the polynomial with these coefficients, in the order of the cells. */
situ_err situ_kzg_fk20_proofs(const situ_kzg *kzg, u8 *proofs, const fr *coefficients, situ_pool *threads);

/* Sum of scalars[i] * points[i]. */
situ_err situ_kzg_lincomb(const situ_kzg *kzg, situ_g1 *sum, const situ_g1 *points, const fr *scalars,
                          size_t n, situ_pool *threads);

/* e(a, [power]) == e(b, [1])? */
bool situ_kzg_pairings_agree(const situ_kzg *kzg, const situ_g1 *a, u32 power, const situ_g1 *b);

/* One point from untrusted bytes: any fault is SITU_ERR_FORMAT. */
situ_err situ_kzg_read_point(situ_g1 *point, const u8 bytes[48]);

/* Task `group` of situ_kzg_point_groups(n) that read n points; false if one is bad.  Groups are small, so that
 * they fill in between other tasks. */
#define SITU_KZG_GROUP_POINTS 16
SITU_INLINE u64 situ_kzg_point_groups(size_t n)
{
    return (n + SITU_KZG_GROUP_POINTS - 1) / SITU_KZG_GROUP_POINTS;
}
bool situ_kzg_read_group(situ_g1 *points, const u8 *bytes, size_t n, u64 group);

/* compute_challenge; scratch [SITU_KZG_CHALLENGE_BYTES] */
#define SITU_KZG_CHALLENGE_BYTES (16 + 16 + SITU_KZG_BLOB_BYTES + 48)
fr situ_kzg_challenge(const u8 *blob, const u8 commitment[48], u8 *scratch);

/* compute_verify_cell_kzg_proof_batch_challenge, over deduplicated commitments; scratch as large as the
 * message. */
size_t situ_kzg_cells_challenge_bytes(size_t n_commitments, size_t n_cells);
fr situ_kzg_cells_challenge(const u8 *commitments, size_t n_commitments, const u32 *commitment_of,
                            const u64 *indices, const u8 *cells, const u8 *proofs, size_t n_cells,
                            u8 *scratch);

SITU_INLINE void put_be64(u8 *out, u64 x)
{
    x = __builtin_bswap64(x);
    memcpy(out, &x, 8);
}

#endif /* SITU_KZG_INTERNAL_H */
