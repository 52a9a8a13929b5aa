/* situ/kzg.h — KZG commitments to blobs: EIP-4844 and EIP-7594 (cells).
 *
 * Functions follow those of the consensus specification (polynomial-commitments.md,
 * polynomial-commitments-sampling.md), which each one names.
 *
 * BYTES     field elements are 32 bytes, big-endian, below the group order; commitments and proofs are 48 bytes,
 *           compressed points of G1.  Nothing is assumed about them: every byte string is checked.
 * ERRORS    SITU_ERR_FORMAT  a field element is not canonical; a point is not the encoding of a member of G1
 *           SITU_ERR_REJECT  all well-formed, but the proof does not verify
 *           SITU_ERR_ARG     a count or an index is out of range, or indices are not strictly ascending
 *           SITU_ERR_MEMORY  scratch could not be had
 *           Outputs are written only with SITU_OK.
 * THREADS   `threads` may be NULL.  One situ_kzg serves any number of threads at a time.  The result is the same
 *           bytes for every number of threads and every CPU level.
 * MEMORY    scratch comes from a pool inside the situ_kzg; calls allocate nothing once it is warm
 *           (situ_kzg_pool_stats).
 * TIMING    variable: blobs, proofs and commitments are public.
 */
#ifndef SITU_KZG_H
#define SITU_KZG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "situ/err.h"
#include "situ/msm.h"
#include "situ/poly.h"
#include "situ/pool.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SITU_KZG_FIELD_BYTES   32
#define SITU_KZG_POINT_BYTES   48
#define SITU_KZG_G2_BYTES      96
#define SITU_KZG_BLOB_ELEMENTS 4096
#define SITU_KZG_BLOB_BYTES    (SITU_KZG_BLOB_ELEMENTS * SITU_KZG_FIELD_BYTES)
#define SITU_KZG_EXT_ELEMENTS  (2 * SITU_KZG_BLOB_ELEMENTS)
#define SITU_KZG_CELL_ELEMENTS 64
#define SITU_KZG_CELL_BYTES    (SITU_KZG_CELL_ELEMENTS * SITU_KZG_FIELD_BYTES)
#define SITU_KZG_CELLS         128        /* of an extended blob              */
#define SITU_KZG_CELLS_MIN     64         /* that recovery needs              */
#define SITU_KZG_G2_POINTS     65         /* powers of the secret in G2        */
#define SITU_KZG_BATCH_MAX     (1u << 16) /* blobs or cells of one verification */

/** A set-up, ready for use.  About 40 MiB, most of it tables of multiples. */
typedef struct situ_kzg situ_kzg;

/* --- set-up ------------------------------------------------------------------------------------------- */

/** From compressed points, as the ceremony gives them: 4096 of G1 in monomial and in Lagrange form (neither
 *  bit-reversed) and 65 of G2.  All are checked (curve, subgroup), and by pairings that they are powers of one secret
 *  and that the two forms belong together.
 *
 *  SITU_ERR_FORMAT  a point is bad
 *  SITU_ERR_REJECT  the points do not belong together
 *  SITU_ERR_MEMORY */
SITU_API situ_err situ_kzg_create(situ_kzg **kzg, const uint8_t *g1_monomial, const uint8_t *g1_lagrange,
                                  const uint8_t *g2_monomial, situ_pool *threads) SITU_MUST_USE;

/** Where a set-up file is wrong. */
typedef struct {
    size_t offset;        /* byte of the file              */
    const char *expected; /* a constant phrase, never NULL */
} situ_kzg_fault;

/** From the text of a set-up file: the ceremony's text form (two counts, then hexadecimal points: G1 Lagrange, G2,
 *  G1 monomial) or JSON (g1_lagrange, g2_monomial, g1_monomial: arrays of "0x..." strings).  *fault may be NULL; it is
 *  set with SITU_ERR_FORMAT and SITU_ERR_REJECT. */
SITU_API situ_err situ_kzg_parse(situ_kzg **kzg, const char *text, size_t len, situ_kzg_fault *fault,
                                 situ_pool *threads) SITU_MUST_USE;

/** The same with a cache file's bytes, as situ_kzg_cache_write makes them: points already checked, so that a load
 *  takes milliseconds.  The digest guards against damage, not against forgery: trust a cache as you trust the program.
 *
 *  SITU_ERR_FORMAT, SITU_ERR_VERSION, SITU_ERR_MEMORY. */
SITU_API situ_err situ_kzg_cache_read(situ_kzg **kzg, const void *bytes, size_t len,
                                      situ_pool *threads) SITU_MUST_USE;

/** Bytes of a cache file, and the file itself into out[situ_kzg_cache_bytes()]. */
SITU_API size_t situ_kzg_cache_bytes(void);
SITU_API void situ_kzg_cache_write(void *out, const situ_kzg *kzg);

/** Free.  NULL is allowed. */
SITU_API void situ_kzg_destroy(situ_kzg *kzg);

/** The roots of unity of order 2^13 = SITU_KZG_EXT_ELEMENTS, and all below; lives as long as the set-up. */
SITU_API const situ_domain *situ_kzg_domain(const situ_kzg *kzg);

/** What the set-up's pool of scratch holds; idle scratch can be given back. */
SITU_API void situ_kzg_pool_stats(const situ_kzg *kzg, situ_msm_pool_stats *stats);
SITU_API size_t situ_kzg_pool_shrink(situ_kzg *kzg, size_t keep_bytes);

/* --- EIP-4844 ----------------------------------------------------------------------------------------- */

/** blob_to_kzg_commitment */
SITU_API situ_err situ_kzg_commit(const situ_kzg *kzg, uint8_t commitment[48], const uint8_t *blob,
                                  situ_pool *threads) SITU_MUST_USE;

/** The commitment to a polynomial by its coefficients (situ/poly.h), n at most SITU_KZG_BLOB_ELEMENTS.
 *  SITU_ERR_ARG: n is larger. */
SITU_API situ_err situ_kzg_commit_poly(const situ_kzg *kzg, uint8_t commitment[48], const situ_fr *p, size_t n,
                                       situ_pool *threads) SITU_MUST_USE;

/** compute_kzg_proof: y = p(z) and the proof of that. */
SITU_API situ_err situ_kzg_prove(const situ_kzg *kzg, uint8_t proof[48], uint8_t y[32], const uint8_t *blob,
                                 const uint8_t z[32], situ_pool *threads) SITU_MUST_USE;

/** compute_blob_kzg_proof */
SITU_API situ_err situ_kzg_prove_blob(const situ_kzg *kzg, uint8_t proof[48], const uint8_t *blob,
                                      const uint8_t commitment[48], situ_pool *threads) SITU_MUST_USE;

/** verify_kzg_proof */
SITU_API situ_err situ_kzg_verify(const situ_kzg *kzg, const uint8_t commitment[48], const uint8_t z[32],
                                  const uint8_t y[32], const uint8_t proof[48]) SITU_MUST_USE;

/** verify_blob_kzg_proof */
SITU_API situ_err situ_kzg_verify_blob(const situ_kzg *kzg, const uint8_t *blob, const uint8_t commitment[48],
                                       const uint8_t proof[48], situ_pool *threads) SITU_MUST_USE;

/** verify_blob_kzg_proof_batch: n blobs, commitments and proofs, each back to back; n in
 * 0..SITU_KZG_BATCH_MAX. */
SITU_API situ_err situ_kzg_verify_blobs(const situ_kzg *kzg, const uint8_t *blobs, const uint8_t *commitments,
                                        const uint8_t *proofs, size_t n, situ_pool *threads) SITU_MUST_USE;

/* --- EIP-7594 ----------------------------------------------------------------------------------------- */

/** compute_cells_and_kzg_proofs; compute_cells when proofs is NULL.
 *  cells [128 * SITU_KZG_CELL_BYTES] may be NULL when proofs [128 * 48] is not. */
SITU_API situ_err situ_kzg_cells(const situ_kzg *kzg, uint8_t *cells, uint8_t *proofs, const uint8_t *blob,
                                 situ_pool *threads) SITU_MUST_USE;

/** recover_cells_and_kzg_proofs: all 128 cells, and the proofs unless NULL, from n_cells of them, 64..128,
 * whose indices are strictly ascending. */
SITU_API situ_err situ_kzg_recover(const situ_kzg *kzg, uint8_t *cells, uint8_t *proofs,
                                   const uint64_t *known_indices, const uint8_t *known_cells, size_t n_known,
                                   situ_pool *threads) SITU_MUST_USE;

/** verify_cell_kzg_proof_batch: commitment, cell index, cell and proof of each of n cells,
 * 0..SITU_KZG_BATCH_MAX, in any order; commitments may repeat. */
SITU_API situ_err situ_kzg_verify_cells(const situ_kzg *kzg, const uint8_t *commitments,
                                        const uint64_t *indices, const uint8_t *cells, const uint8_t *proofs,
                                        size_t n, situ_pool *threads) SITU_MUST_USE;

#ifdef __cplusplus
}
#endif

#endif /* SITU_KZG_H */
