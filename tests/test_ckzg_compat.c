/* A program written for c-kzg, against our header and library. */
#include "situ/compat/ckzg.h"
#include "tests/test.h"

#include <stdlib.h>

static KZGSettings settings;
static Blob blobs[2];
static Bytes48 commitments[CELLS_PER_EXT_BLOB], proofs[2];
static Cell cells[CELLS_PER_EXT_BLOB], some[CELLS_PER_BLOB], again[CELLS_PER_EXT_BLOB];
static KZGProof cell_proofs[CELLS_PER_EXT_BLOB], proofs_again[CELLS_PER_EXT_BLOB];

static void load(void)
{
    FILE *f = fopen(SITU_DEPS_DIR "/c-kzg/trusted_setup.txt", "rb");
    CHECK(f != NULL);
    CHECK_EQ(load_trusted_setup_file(&settings, f, 16), C_KZG_BADARGS);
    CHECK_EQ(load_trusted_setup_file(&settings, f, 0), C_KZG_OK);
    fclose(f);
    for (int b = 0; b < 2; b++) {
        for (size_t i = 0; i < BYTES_PER_BLOB; i++) blobs[b].bytes[i] = (uint8_t)(i % 32 ? test_random() : 0);
    }
}

TEST(the_whole_interface)
{
    bool ok = false;
    uint64_t indices[CELLS_PER_EXT_BLOB];
    load();
    for (int b = 0; b < 2; b++) {
        CHECK_EQ(blob_to_kzg_commitment(&commitments[b], &blobs[b], &settings), C_KZG_OK);
        CHECK_EQ(compute_blob_kzg_proof(&proofs[b], &blobs[b], &commitments[b], &settings), C_KZG_OK);
    }
    CHECK_EQ(verify_blob_kzg_proof(&ok, &blobs[0], &commitments[0], &proofs[0], &settings), C_KZG_OK);
    CHECK(ok);
    CHECK_EQ(verify_blob_kzg_proof(&ok, &blobs[0], &commitments[0], &proofs[1], &settings), C_KZG_OK);
    CHECK(!ok);
    CHECK_EQ(verify_blob_kzg_proof_batch(&ok, blobs, commitments, proofs, 2, &settings), C_KZG_OK);
    CHECK(ok);

    Bytes32 z = {{0}}, y;
    KZGProof proof;
    z.bytes[31] = 3;
    CHECK_EQ(compute_kzg_proof(&proof, &y, &blobs[0], &z, &settings), C_KZG_OK);
    CHECK_EQ(verify_kzg_proof(&ok, &commitments[0], &z, &y, &proof, &settings), C_KZG_OK);
    CHECK(ok);
    z.bytes[0] = 0xff;
    CHECK_EQ(verify_kzg_proof(&ok, &commitments[0], &z, &y, &proof, &settings), C_KZG_BADARGS);

    CHECK_EQ(compute_cells_and_kzg_proofs(cells, cell_proofs, &blobs[0], &settings), C_KZG_OK);
    CHECK_EQ(compute_cells_and_kzg_proofs(NULL, NULL, &blobs[0], &settings), C_KZG_BADARGS);
    for (uint64_t i = 0; i < CELLS_PER_EXT_BLOB; i++) {
        indices[i] = i;
        commitments[i] = commitments[0];
    }
    CHECK_EQ(verify_cell_kzg_proof_batch(&ok, commitments, indices, cells, cell_proofs, 128, &settings),
             C_KZG_OK);
    CHECK(ok);
    for (uint64_t i = 0; i < CELLS_PER_BLOB; i++) {
        indices[i] = 2 * i + 1;
        some[i] = cells[2 * i + 1];
    }
    CHECK_EQ(recover_cells_and_kzg_proofs(again, proofs_again, indices, some, 64, &settings), C_KZG_OK);
    CHECK_MEM_EQ(again, cells, sizeof cells);
    CHECK_MEM_EQ(proofs_again, cell_proofs, sizeof cell_proofs);
    CHECK_EQ(recover_cells_and_kzg_proofs(again, NULL, indices, some, 63, &settings), C_KZG_BADARGS);
    free_trusted_setup(&settings);
    free_trusted_setup(&settings);
}

TEST_MAIN()
