/* situ/compat/ckzg.h — the C interface of c-kzg-4844 on top of situ/kzg.h.
 *
 * Names, types and return codes are those of c-kzg-4844 (version 2.1: EIP-4844 and EIP-7594), so that a
 * program written for it compiles against this header and links with libsitu_ckzg.a and libsitu.a.  What
 * differs:
 *
 *   KZGSettings   its members are private to this library
 *   precompute    checked (0..15) and otherwise of no effect: tables are chosen by the library
 *   recovery      cell indices must be ascending, as the consensus specification demands by now
 */
#ifndef SITU_COMPAT_CKZG_H
#define SITU_COMPAT_CKZG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BYTES_PER_COMMITMENT        48
#define BYTES_PER_PROOF             48
#define BYTES_PER_FIELD_ELEMENT     32
#define FIELD_ELEMENTS_PER_BLOB     4096
#define BYTES_PER_BLOB              (FIELD_ELEMENTS_PER_BLOB * BYTES_PER_FIELD_ELEMENT)
#define FIELD_ELEMENTS_PER_CELL     64
#define BYTES_PER_CELL              (FIELD_ELEMENTS_PER_CELL * BYTES_PER_FIELD_ELEMENT)
#define FIELD_ELEMENTS_PER_EXT_BLOB (2 * FIELD_ELEMENTS_PER_BLOB)
#define CELLS_PER_BLOB              (FIELD_ELEMENTS_PER_BLOB / FIELD_ELEMENTS_PER_CELL)
#define CELLS_PER_EXT_BLOB          (FIELD_ELEMENTS_PER_EXT_BLOB / FIELD_ELEMENTS_PER_CELL)

typedef enum {
    C_KZG_OK = 0,  /* success                                          */
    C_KZG_BADARGS, /* the supplied data is invalid in some way         */
    C_KZG_ERROR,   /* internal error; does not occur here              */
    C_KZG_MALLOC,  /* memory could not be had                          */
} C_KZG_RET;

typedef struct {
    uint8_t bytes[32];
} Bytes32;
typedef struct {
    uint8_t bytes[48];
} Bytes48;
typedef struct {
    uint8_t bytes[BYTES_PER_BLOB];
} Blob;
typedef struct {
    uint8_t bytes[BYTES_PER_CELL];
} Cell;
typedef Bytes48 KZGCommitment;
typedef Bytes48 KZGProof;

/** A loaded set-up.  Zero it or load it before freeing it. */
typedef struct {
    void *situ; /* situ_kzg */
} KZGSettings;

C_KZG_RET load_trusted_setup(KZGSettings *out, const uint8_t *g1_monomial_bytes,
                             uint64_t num_g1_monomial_bytes, const uint8_t *g1_lagrange_bytes,
                             uint64_t num_g1_lagrange_bytes, const uint8_t *g2_monomial_bytes,
                             uint64_t num_g2_monomial_bytes, uint64_t precompute);
C_KZG_RET load_trusted_setup_file(KZGSettings *out, FILE *in, uint64_t precompute);
void free_trusted_setup(KZGSettings *s);

C_KZG_RET blob_to_kzg_commitment(KZGCommitment *out, const Blob *blob, const KZGSettings *s);
C_KZG_RET compute_kzg_proof(KZGProof *proof_out, Bytes32 *y_out, const Blob *blob, const Bytes32 *z_bytes,
                            const KZGSettings *s);
C_KZG_RET compute_blob_kzg_proof(KZGProof *out, const Blob *blob, const Bytes48 *commitment_bytes,
                                 const KZGSettings *s);
C_KZG_RET verify_kzg_proof(bool *ok, const Bytes48 *commitment_bytes, const Bytes32 *z_bytes,
                           const Bytes32 *y_bytes, const Bytes48 *proof_bytes, const KZGSettings *s);
C_KZG_RET verify_blob_kzg_proof(bool *ok, const Blob *blob, const Bytes48 *commitment_bytes,
                                const Bytes48 *proof_bytes, const KZGSettings *s);
C_KZG_RET verify_blob_kzg_proof_batch(bool *ok, const Blob *blobs, const Bytes48 *commitments_bytes,
                                      const Bytes48 *proofs_bytes, uint64_t n, const KZGSettings *s);

C_KZG_RET compute_cells_and_kzg_proofs(Cell *cells, KZGProof *proofs, const Blob *blob, const KZGSettings *s);
C_KZG_RET recover_cells_and_kzg_proofs(Cell *recovered_cells, KZGProof *recovered_proofs,
                                       const uint64_t *cell_indices, const Cell *cells, uint64_t num_cells,
                                       const KZGSettings *s);
C_KZG_RET verify_cell_kzg_proof_batch(bool *ok, const Bytes48 *commitments_bytes,
                                      const uint64_t *cell_indices, const Cell *cells,
                                      const Bytes48 *proofs_bytes, uint64_t num_cells, const KZGSettings *s);

#ifdef __cplusplus
}
#endif

#endif /* SITU_COMPAT_CKZG_H */
