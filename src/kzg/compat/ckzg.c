/* ckzg.c — see situ/compat/ckzg.h: a library of its own, because its names are not ours. */
#include "situ/compat/ckzg.h"

#include <stdlib.h>

#include "situ/kzg.h"

static C_KZG_RET code(situ_err err)
{
    if (err == SITU_OK) return C_KZG_OK;
    return err == SITU_ERR_MEMORY ? C_KZG_MALLOC : C_KZG_BADARGS;
}

/* A verdict: false is no failure of the call. */
static C_KZG_RET verdict(bool *ok, situ_err err)
{
    *ok = err == SITU_OK;
    return err == SITU_ERR_REJECT ? C_KZG_OK : code(err);
}

#define SETUP_TEXT_MAX ((size_t)1 << 21)
#define PRECOMPUTE_MAX 15

C_KZG_RET load_trusted_setup(KZGSettings *out, const uint8_t *g1_monomial_bytes,
                             uint64_t num_g1_monomial_bytes, const uint8_t *g1_lagrange_bytes,
                             uint64_t num_g1_lagrange_bytes, const uint8_t *g2_monomial_bytes,
                             uint64_t num_g2_monomial_bytes, uint64_t precompute)
{
    situ_kzg *kzg;
    out->situ = NULL;
    if (precompute > PRECOMPUTE_MAX ||
        num_g1_monomial_bytes != SITU_KZG_BLOB_ELEMENTS * SITU_KZG_POINT_BYTES ||
        num_g1_lagrange_bytes != num_g1_monomial_bytes ||
        num_g2_monomial_bytes != SITU_KZG_G2_POINTS * SITU_KZG_G2_BYTES)
        return C_KZG_BADARGS;
    situ_err err = situ_kzg_create(&kzg, g1_monomial_bytes, g1_lagrange_bytes, g2_monomial_bytes, NULL);
    if (err == SITU_OK) out->situ = kzg;
    return code(err);
}

C_KZG_RET load_trusted_setup_file(KZGSettings *out, FILE *in, uint64_t precompute)
{
    situ_kzg *kzg;
    out->situ = NULL;
    if (precompute > PRECOMPUTE_MAX) return C_KZG_BADARGS;
    char *text = malloc(SETUP_TEXT_MAX);
    if (!text) return C_KZG_MALLOC;
    size_t len = fread(text, 1, SETUP_TEXT_MAX, in);
    situ_err err = situ_kzg_parse(&kzg, text, len, NULL, NULL);
    if (err == SITU_OK) out->situ = kzg;
    free(text);
    return code(err);
}

void free_trusted_setup(KZGSettings *s)
{
    if (!s) return;
    situ_kzg_destroy(s->situ);
    s->situ = NULL;
}

C_KZG_RET blob_to_kzg_commitment(KZGCommitment *out, const Blob *blob, const KZGSettings *s)
{
    return code(situ_kzg_commit(s->situ, out->bytes, blob->bytes, NULL));
}

C_KZG_RET compute_kzg_proof(KZGProof *proof_out, Bytes32 *y_out, const Blob *blob, const Bytes32 *z_bytes,
                            const KZGSettings *s)
{
    return code(situ_kzg_prove(s->situ, proof_out->bytes, y_out->bytes, blob->bytes, z_bytes->bytes, NULL));
}

C_KZG_RET compute_blob_kzg_proof(KZGProof *out, const Blob *blob, const Bytes48 *commitment_bytes,
                                 const KZGSettings *s)
{
    return code(situ_kzg_prove_blob(s->situ, out->bytes, blob->bytes, commitment_bytes->bytes, NULL));
}

C_KZG_RET verify_kzg_proof(bool *ok, const Bytes48 *commitment_bytes, const Bytes32 *z_bytes,
                           const Bytes32 *y_bytes, const Bytes48 *proof_bytes, const KZGSettings *s)
{
    return verdict(ok, situ_kzg_verify(s->situ, commitment_bytes->bytes, z_bytes->bytes, y_bytes->bytes,
                                       proof_bytes->bytes));
}

C_KZG_RET verify_blob_kzg_proof(bool *ok, const Blob *blob, const Bytes48 *commitment_bytes,
                                const Bytes48 *proof_bytes, const KZGSettings *s)
{
    return verify_blob_kzg_proof_batch(ok, blob, commitment_bytes, proof_bytes, 1, s);
}

C_KZG_RET verify_blob_kzg_proof_batch(bool *ok, const Blob *blobs, const Bytes48 *commitments_bytes,
                                      const Bytes48 *proofs_bytes, uint64_t n, const KZGSettings *s)
{
    return verdict(ok,
                   situ_kzg_verify_blobs(s->situ, (const uint8_t *)blobs, (const uint8_t *)commitments_bytes,
                                         (const uint8_t *)proofs_bytes, n, NULL));
}

C_KZG_RET compute_cells_and_kzg_proofs(Cell *cells, KZGProof *proofs, const Blob *blob, const KZGSettings *s)
{
    return code(situ_kzg_cells(s->situ, (uint8_t *)cells, (uint8_t *)proofs, blob->bytes, NULL));
}

C_KZG_RET recover_cells_and_kzg_proofs(Cell *recovered_cells, KZGProof *recovered_proofs,
                                       const uint64_t *cell_indices, const Cell *cells, uint64_t num_cells,
                                       const KZGSettings *s)
{
    return code(situ_kzg_recover(s->situ, (uint8_t *)recovered_cells, (uint8_t *)recovered_proofs,
                                 cell_indices, (const uint8_t *)cells, num_cells, NULL));
}

C_KZG_RET verify_cell_kzg_proof_batch(bool *ok, const Bytes48 *commitments_bytes,
                                      const uint64_t *cell_indices, const Cell *cells,
                                      const Bytes48 *proofs_bytes, uint64_t num_cells, const KZGSettings *s)
{
    return verdict(ok, situ_kzg_verify_cells(s->situ, (const uint8_t *)commitments_bytes, cell_indices,
                                             (const uint8_t *)cells, (const uint8_t *)proofs_bytes, num_cells,
                                             NULL));
}
