/* KZG: the consensus specification's cases where they are here, and properties of our own where they are not.
 */
#include "tests/test.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ckzg.h>

#include "base/base.h"
#include "kzg/kzg_internal.h"
#include "situ/kzg.h"

static char *read_whole(const char *path, size_t *len)
{
    FILE *f = fopen(path, "rb");
    if (!f) return NULL;
    CHECK_EQ(fseek(f, 0, SEEK_END), 0);
    *len = (size_t)ftell(f);
    rewind(f);
    char *text = malloc(*len + 1);
    CHECK(text && fread(text, 1, *len, f) == *len);
    text[*len] = 0;
    fclose(f);
    return text;
}

static situ_kzg *ceremony;
static char vectors_dir[64]; /* "" when there are none */
static pid_t owner;

static void remove_vectors(void)
{
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", vectors_dir);
    if (getpid() == owner && system(command) != 0) perror("rm");
}

static void unpack_vectors(void)
{
    const char *places[] = {"../shared/vectors", "../../shared/vectors", "../../../shared/vectors"};
    char path[200], command[300];
    for (size_t i = 0; i < SITU_ARRAY_LEN(places); i++) {
        snprintf(path, sizeof path, "%s/kzg.tar.xz", places[i]);
        if (access(path, R_OK) != 0) continue;
        strcpy(vectors_dir, "/tmp/situ-kzg-XXXXXX");
        if (!mkdtemp(vectors_dir)) abort();
        owner = getpid();
        atexit(remove_vectors);
        snprintf(command, sizeof command, "tar -xJf %s -C %s", path, vectors_dir);
        if (system(command) != 0) abort();
        return;
    }
}

static void free_ceremony(void) { situ_kzg_destroy(ceremony); }

/* Before the tests part into processes of their own: what they all need. */
__attribute__((constructor)) static void prepare(void)
{
    size_t len;
    char *text = read_whole(SITU_DEPS_DIR "/c-kzg/trusted_setup.txt", &len);
    if (!text || situ_kzg_parse(&ceremony, text, len, NULL, NULL) != SITU_OK) abort();
    free(text);
    atexit(free_ceremony);
    unpack_vectors();
}

static situ_kzg *setup(void) { return ceremony; }

static void random_blob(u8 *blob)
{
    for (size_t i = 0; i < SITU_KZG_BLOB_BYTES; i++) blob[i] = (u8)test_random();
    for (size_t i = 0; i < SITU_KZG_BLOB_BYTES; i += 32) blob[i] &= 0x3f;
}

/* --- properties --------------------------------------------------------------------------------------- */

static u8 blob[SITU_KZG_BLOB_BYTES], cells[N_CELLS * SITU_KZG_CELL_BYTES], proofs[N_CELLS * 48];

TEST(commit_prove_verify)
{
    situ_kzg *kzg = setup();
    u8 c[48], proof[48], z[32] = {0}, y[32];
    random_blob(blob);
    CHECK_EQ(situ_kzg_commit(kzg, c, blob, NULL), SITU_OK);
    CHECK_EQ(situ_kzg_prove_blob(kzg, proof, blob, c, NULL), SITU_OK);
    CHECK_EQ(situ_kzg_verify_blob(kzg, blob, c, proof, NULL), SITU_OK);
    CHECK_EQ(situ_kzg_verify_blob(kzg, blob, proof, c, NULL), SITU_ERR_REJECT);
    blob[100] ^= 1;
    CHECK_EQ(situ_kzg_verify_blob(kzg, blob, c, proof, NULL), SITU_ERR_REJECT);
    blob[100] ^= 1;
    for (int i = 0; i < 4; i++) { /* outside and inside the domain */
        if (i < 2) {
            z[31] = (u8)(5 + i);
        } else {
            fr w = situ_fr_from_mont(&kzg->blob_domain[i * 1000]);
            situ_fr_write(z, &w);
        }
        CHECK_EQ(situ_kzg_prove(kzg, proof, y, blob, z, NULL), SITU_OK);
        if (i >= 2) CHECK_MEM_EQ(y, blob + 32000 * i, 32);
        CHECK_EQ(situ_kzg_verify(kzg, c, z, y, proof), SITU_OK);
        y[31] ^= 1;
        CHECK_EQ(situ_kzg_verify(kzg, c, z, y, proof), SITU_ERR_REJECT);
    }
    memset(blob + 64, 0xff, 32);
    CHECK_EQ(situ_kzg_commit(kzg, c, blob, NULL), SITU_ERR_FORMAT);
}

TEST(coefficients_commit_like_values)
{
    situ_kzg *kzg = setup();
    static fr p[BLOB_N + 1];
    u8 c[48], want[48];
    const u8 infinity[48] = {0xc0};
    random_blob(blob);
    for (size_t i = 0; i < BLOB_N; i++) CHECK_EQ(situ_fr_read(&p[i], blob + 32 * i), SITU_OK);
    situ_fr_bit_reverse(p, BLOB_LOG2);
    CHECK_EQ(situ_domain_log2_max(situ_kzg_domain(kzg)), EXT_LOG2);
    CHECK_EQ(situ_fft_fr_inverse(situ_kzg_domain(kzg), p, BLOB_LOG2), SITU_OK);
    CHECK_EQ(situ_kzg_commit(kzg, want, blob, NULL), SITU_OK);
    CHECK_EQ(situ_kzg_commit_poly(kzg, c, p, BLOB_N, NULL), SITU_OK);
    CHECK_MEM_EQ(c, want, 48);
    CHECK_EQ(situ_kzg_commit_poly(kzg, c, p, BLOB_N + 1, NULL), SITU_ERR_ARG);
    CHECK_EQ(situ_kzg_commit_poly(kzg, c, p, 0, NULL), SITU_OK);
    CHECK_MEM_EQ(c, infinity, 48);
}

TEST(cells_verify_and_recover)
{
    situ_kzg *kzg = setup();
    static u8 again[sizeof cells], known[sizeof cells], commitments[N_CELLS * 48];
    u8 proofs_again[sizeof proofs];
    u64 indices[N_CELLS];
    random_blob(blob);
    CHECK_EQ(situ_kzg_cells(kzg, cells, proofs, blob, NULL), SITU_OK);
    CHECK_MEM_EQ(cells, blob, sizeof blob); /* the first half is the blob itself */
    CHECK_EQ(situ_kzg_commit(kzg, commitments, blob, NULL), SITU_OK);
    for (u64 i = 0; i < N_CELLS; i++) {
        memcpy(commitments + 48 * i, commitments, 48);
        indices[i] = i;
    }
    CHECK_EQ(situ_kzg_verify_cells(kzg, commitments, indices, cells, proofs, N_CELLS, NULL), SITU_OK);
    cells[77777] ^= 1;
    CHECK_EQ(situ_kzg_verify_cells(kzg, commitments, indices, cells, proofs, N_CELLS, NULL), SITU_ERR_REJECT);
    cells[77777] ^= 1;
    for (u64 run = 0; run < test_runs(3); run++) {
        size_t n = 0;
        for (u64 i = 0; i < N_CELLS; i++) {
            /* exactly 64 the first time, then a random number above */
            if (N_CELLS - i > SITU_KZG_CELLS_MIN - n && test_random_below(run + 2) == 0 && n + 1 > i / 2)
                continue;
            if (run == 0 && n == SITU_KZG_CELLS_MIN) break;
            indices[n] = i;
            memcpy(known + n * SITU_KZG_CELL_BYTES, cells + i * SITU_KZG_CELL_BYTES, SITU_KZG_CELL_BYTES);
            n++;
        }
        CHECK_EQ(situ_kzg_recover(kzg, again, proofs_again, indices, known, n, NULL), SITU_OK);
        CHECK_MEM_EQ(again, cells, sizeof cells);
        CHECK_MEM_EQ(proofs_again, proofs, sizeof proofs);
    }
    indices[3] = indices[2];
    CHECK_EQ(situ_kzg_recover(kzg, again, proofs_again, indices, known, 64, NULL), SITU_ERR_ARG);
    indices[3] = N_CELLS;
    CHECK_EQ(situ_kzg_verify_cells(kzg, commitments, indices, cells, proofs, 64, NULL), SITU_ERR_ARG);
}

TEST(agrees_with_c_kzg)
{
    static KZGSettings peer;
    static Blob peer_blob;
    static Cell peer_cells[N_CELLS];
    static KZGProof peer_proofs[N_CELLS];
    FILE *f = fopen(SITU_DEPS_DIR "/c-kzg/trusted_setup.txt", "rb");
    CHECK(f != NULL);
    CHECK_EQ(load_trusted_setup_file(&peer, f, 0), C_KZG_OK);
    fclose(f);
    for (u64 run = 0; run < test_runs(2); run++) {
        KZGCommitment peer_c;
        Bytes32 z = {{0}}, peer_y;
        u8 c[48], p[48], y[32];
        random_blob(blob);
        if (run % 2) memset(blob + 32 * 100, 0, sizeof blob - 32 * 100); /* sparse: many points at infinity */
        memcpy(peer_blob.bytes, blob, sizeof blob);
        for (int i = 1; i < 32; i++) z.bytes[i] = (u8)test_random();
        CHECK_EQ(blob_to_kzg_commitment(&peer_c, &peer_blob, &peer), C_KZG_OK);
        CHECK_EQ(situ_kzg_commit(setup(), c, blob, NULL), SITU_OK);
        CHECK_MEM_EQ(c, peer_c.bytes, 48);
        CHECK_EQ(compute_kzg_proof(&peer_proofs[0], &peer_y, &peer_blob, &z, &peer), C_KZG_OK);
        CHECK_EQ(situ_kzg_prove(setup(), p, y, blob, z.bytes, NULL), SITU_OK);
        CHECK_MEM_EQ(p, peer_proofs[0].bytes, 48);
        CHECK_MEM_EQ(y, peer_y.bytes, 32);
        CHECK_EQ(compute_cells_and_kzg_proofs(peer_cells, peer_proofs, &peer_blob, &peer), C_KZG_OK);
        CHECK_EQ(situ_kzg_cells(setup(), cells, proofs, blob, NULL), SITU_OK);
        CHECK_MEM_EQ(cells, peer_cells, sizeof cells);
        CHECK_MEM_EQ(proofs, peer_proofs, sizeof proofs);
    }
    free_trusted_setup(&peer);
}

TEST(batches_of_blobs_and_threads)
{
    enum { N = 5 };
    situ_kzg *kzg = setup();
    situ_pool *threads;
    static u8 blobs[N * SITU_KZG_BLOB_BYTES];
    u8 c[N * 48], p[N * 48], one[48];
    CHECK_EQ(situ_pool_create(&threads, 2), SITU_OK);
    for (int i = 0; i < N; i++) {
        random_blob(blobs + i * SITU_KZG_BLOB_BYTES);
        CHECK_EQ(situ_kzg_commit(kzg, c + 48 * i, blobs + i * SITU_KZG_BLOB_BYTES, threads), SITU_OK);
        CHECK_EQ(situ_kzg_prove_blob(kzg, p + 48 * i, blobs + i * SITU_KZG_BLOB_BYTES, c + 48 * i, threads),
                 SITU_OK);
        CHECK_EQ(situ_kzg_prove_blob(kzg, one, blobs + i * SITU_KZG_BLOB_BYTES, c + 48 * i, NULL), SITU_OK);
        CHECK_MEM_EQ(one, p + 48 * i, 48);
    }
    for (size_t n = 0; n <= N; n++) {
        CHECK_EQ(situ_kzg_verify_blobs(kzg, blobs, c, p, n, n % 2 ? threads : NULL), SITU_OK);
    }
    memcpy(p, p + 48, 48);
    CHECK_EQ(situ_kzg_verify_blobs(kzg, blobs, c, p, N, threads), SITU_ERR_REJECT);
    CHECK_EQ(situ_kzg_cells(kzg, cells, proofs, blobs, threads), SITU_OK);
    u8 proofs_again[sizeof proofs];
    CHECK_EQ(situ_kzg_cells(kzg, NULL, proofs_again, blobs, NULL), SITU_OK);
    CHECK_MEM_EQ(proofs_again, proofs, sizeof proofs);
    situ_pool_destroy(threads);
}

/* Every function once; `threads` or the caller's alone. */
static void use_all(situ_kzg *kzg, situ_pool *threads)
{
    static u8 again[sizeof cells];
    u8 c[N_CELLS * 48], p[48], z[32] = {0}, y[32];
    u64 indices[N_CELLS];
    CHECK_EQ(situ_kzg_commit(kzg, c, blob, threads), SITU_OK);
    CHECK_EQ(situ_kzg_prove(kzg, p, y, blob, z, threads), SITU_OK);
    CHECK_EQ(situ_kzg_verify(kzg, c, z, y, p), SITU_OK);
    CHECK_EQ(situ_kzg_prove_blob(kzg, p, blob, c, threads), SITU_OK);
    CHECK_EQ(situ_kzg_verify_blob(kzg, blob, c, p, threads), SITU_OK);
    CHECK_EQ(situ_kzg_cells(kzg, cells, proofs, blob, threads), SITU_OK);
    for (u64 i = 0; i < N_CELLS; i++) {
        indices[i] = i;
        memcpy(c + 48 * i, c, 48);
    }
    CHECK_EQ(situ_kzg_verify_cells(kzg, c, indices, cells, proofs, N_CELLS, threads), SITU_OK);
    CHECK_EQ(situ_kzg_recover(kzg, again, proofs, indices, cells, N_CELLS / 2, threads), SITU_OK);
}

TEST(no_growth_after_warm_up)
{
    situ_kzg *kzg = setup();
    situ_pool *threads;
    situ_msm_pool_stats before, after;
    CHECK_EQ(situ_pool_create(&threads, 2), SITU_OK);
    random_blob(blob);
    for (int run = 0; run < 3; run++) {
        if (run == 2) situ_kzg_pool_stats(kzg, &before);
        use_all(kzg, run == 1 ? NULL : threads);
    }
    situ_kzg_pool_stats(kzg, &after);
    CHECK_EQ(after.n_grown, before.n_grown);
    CHECK_EQ(after.held_bytes, before.held_bytes);
    CHECK_EQ(after.lent_bytes, 0);
    CHECK(after.n_calls > before.n_calls);
    CHECK_EQ(situ_kzg_pool_shrink(kzg, 0), after.held_bytes);
    situ_pool_destroy(threads);
}

/* What each function refuses, and that its outputs stay as they were. */
TEST(bad_arguments_leave_outputs_alone)
{
    situ_kzg *kzg = setup();
    static u8 known[N_CELLS * SITU_KZG_CELL_BYTES], kept_cells[sizeof cells];
    u8 c[2 * 48], p[2 * 48], kept[48], z[32] = {0}, y[32], large[32], outside[48] = {0xc0}, bad[48];
    u64 indices[N_CELLS];
    memset(large, 0xff, sizeof large);
    memset(bad, 0x77, sizeof bad);
    random_blob(blob);
    CHECK_EQ(situ_kzg_commit(kzg, c, blob, NULL), SITU_OK);
    CHECK_EQ(situ_kzg_prove_blob(kzg, p, blob, c, NULL), SITU_OK);
    CHECK_EQ(situ_kzg_cells(kzg, cells, proofs, blob, NULL), SITU_OK);
    outside[47] = 1; /* infinity with a coordinate */

    memset(kept, 0x55, sizeof kept);
    memcpy(y, kept, sizeof y);
    CHECK_EQ(situ_kzg_prove(kzg, kept, y, blob, large, NULL), SITU_ERR_FORMAT);
    CHECK_EQ(situ_kzg_prove_blob(kzg, kept, blob, outside, NULL), SITU_ERR_FORMAT);
    CHECK_EQ(situ_kzg_prove_blob(kzg, kept, blob, bad, NULL), SITU_ERR_FORMAT);
    CHECK_EQ(situ_kzg_cells(kzg, NULL, NULL, blob, NULL), SITU_ERR_ARG);
    CHECK_EQ(situ_kzg_verify(kzg, bad, z, z, p), SITU_ERR_FORMAT);
    CHECK_EQ(situ_kzg_verify(kzg, c, large, z, p), SITU_ERR_FORMAT);
    CHECK_EQ(situ_kzg_verify(kzg, c, z, large, p), SITU_ERR_FORMAT);
    CHECK_EQ(situ_kzg_verify(kzg, c, z, z, bad), SITU_ERR_FORMAT);
    CHECK_EQ(situ_kzg_verify_blob(kzg, blob, bad, p, NULL), SITU_ERR_FORMAT);
    CHECK_EQ(situ_kzg_verify_blob(kzg, blob, c, bad, NULL), SITU_ERR_FORMAT);
    CHECK_EQ(situ_kzg_verify_blobs(kzg, blob, c, p, 0, NULL), SITU_OK);
    CHECK_EQ(situ_kzg_verify_blobs(kzg, blob, c, p, SITU_KZG_BATCH_MAX + 1, NULL), SITU_ERR_ARG);
    memcpy(known, blob, sizeof blob);
    memset(blob + 32 * 4095, 0xff, 32);
    CHECK_EQ(situ_kzg_commit(kzg, kept, blob, NULL), SITU_ERR_FORMAT);
    CHECK_EQ(situ_kzg_prove(kzg, kept, y, blob, z, NULL), SITU_ERR_FORMAT);
    CHECK_EQ(situ_kzg_prove_blob(kzg, kept, blob, c, NULL), SITU_ERR_FORMAT);
    CHECK_EQ(situ_kzg_verify_blob(kzg, blob, c, p, NULL), SITU_ERR_FORMAT);
    memcpy(kept_cells, cells, sizeof cells);
    CHECK_EQ(situ_kzg_cells(kzg, cells, proofs, blob, NULL), SITU_ERR_FORMAT);
    for (size_t i = 0; i < sizeof kept; i++) CHECK(kept[i] == 0x55 && y[i % 32] == 0x55);

    for (u64 i = 0; i < N_CELLS; i++) indices[i] = i;
    CHECK_EQ(situ_kzg_recover(kzg, cells, proofs, indices, kept_cells, 63, NULL), SITU_ERR_ARG);
    CHECK_EQ(situ_kzg_recover(kzg, cells, proofs, indices, kept_cells, 129, NULL), SITU_ERR_ARG);
    indices[63] = 128;
    CHECK_EQ(situ_kzg_recover(kzg, cells, proofs, indices, kept_cells, 64, NULL), SITU_ERR_ARG);
    indices[63] = 61; /* 62 before it */
    CHECK_EQ(situ_kzg_recover(kzg, cells, proofs, indices, kept_cells, 64, NULL), SITU_ERR_ARG);
    indices[63] = 62; /* twice */
    CHECK_EQ(situ_kzg_recover(kzg, cells, proofs, indices, kept_cells, 64, NULL), SITU_ERR_ARG);
    indices[63] = 63;
    memcpy(known, kept_cells, sizeof known);
    memset(known + 63 * SITU_KZG_CELL_BYTES, 0xff, 32);
    CHECK_EQ(situ_kzg_recover(kzg, cells, proofs, indices, known, 64, NULL), SITU_ERR_FORMAT);
    CHECK_MEM_EQ(cells, kept_cells, sizeof cells);

    CHECK_EQ(situ_kzg_verify_cells(kzg, c, indices, known, proofs, 0, NULL), SITU_OK);
    memcpy(c + 48, c, 48);
    CHECK_EQ(situ_kzg_verify_cells(kzg, c, indices, cells, proofs, 2, NULL), SITU_OK);
    indices[0] = 1; /* cells and proofs exchanged too: any order, and repetition, is allowed */
    memcpy(known, cells + SITU_KZG_CELL_BYTES, SITU_KZG_CELL_BYTES);
    memcpy(known + SITU_KZG_CELL_BYTES, known, SITU_KZG_CELL_BYTES);
    memcpy(proofs, proofs + 48, 48);
    CHECK_EQ(situ_kzg_verify_cells(kzg, c, indices, known, proofs, 2, NULL), SITU_OK);
    memcpy(c + 48, bad, 48);
    CHECK_EQ(situ_kzg_verify_cells(kzg, c, indices, known, proofs, 2, NULL), SITU_ERR_FORMAT);
    CHECK_EQ(situ_kzg_verify_cells(kzg, c, indices, known, proofs, SITU_KZG_BATCH_MAX + 1, NULL),
             SITU_ERR_ARG);
}

/* Commitments that differ, in a batch that repeats them out of order. */
TEST(cells_of_several_blobs)
{
    enum { N_BLOBS = 3, N = 40 };
    situ_kzg *kzg = setup();
    static u8 some[N * SITU_KZG_CELL_BYTES];
    u8 c[N * 48], p[N * 48];
    u64 indices[N];
    for (u64 b = 0; b < N_BLOBS; b++) {
        u8 commitment[48];
        random_blob(blob);
        CHECK_EQ(situ_kzg_commit(kzg, commitment, blob, NULL), SITU_OK);
        CHECK_EQ(situ_kzg_cells(kzg, cells, proofs, blob, NULL), SITU_OK);
        for (u64 i = b; i < N; i += N_BLOBS) {
            indices[i] = test_random_below(N_CELLS);
            memcpy(c + 48 * i, commitment, 48);
            memcpy(p + 48 * i, proofs + 48 * indices[i], 48);
            memcpy(some + SITU_KZG_CELL_BYTES * i, cells + SITU_KZG_CELL_BYTES * indices[i],
                   SITU_KZG_CELL_BYTES);
        }
    }
    CHECK_EQ(situ_kzg_verify_cells(kzg, c, indices, some, p, N, NULL), SITU_OK);
    u8 t[48];
    memcpy(t, c, 48);
    memcpy(c, c + 48, 48);
    CHECK_EQ(situ_kzg_verify_cells(kzg, c, indices, some, p, N, NULL), SITU_ERR_REJECT);
    memcpy(c, t, 48);
    indices[N - 1] ^= 1;
    CHECK_EQ(situ_kzg_verify_cells(kzg, c, indices, some, p, N, NULL), SITU_ERR_REJECT);
}

TEST(cache_file_round_trip)
{
    situ_kzg *kzg = setup(), *again;
    size_t len = situ_kzg_cache_bytes();
    u8 *bytes = malloc(len), a[48], b[48];
    CHECK(bytes != NULL);
    situ_kzg_cache_write(bytes, kzg);
    CHECK_EQ(situ_kzg_cache_read(&again, bytes, len, NULL), SITU_OK);
    random_blob(blob);
    CHECK_EQ(situ_kzg_commit(kzg, a, blob, NULL), SITU_OK);
    CHECK_EQ(situ_kzg_commit(again, b, blob, NULL), SITU_OK);
    CHECK_MEM_EQ(a, b, 48);
    situ_kzg_destroy(again);
    for (int i = 0; i < 60; i++) {
        size_t at = i < 48 ? (size_t)i : test_random_below(len);
        bytes[at] ^= 1;
        situ_err err = situ_kzg_cache_read(&again, bytes, len, NULL);
        CHECK_EQ(err, at >= 8 && at < 12 ? SITU_ERR_VERSION : SITU_ERR_FORMAT);
        CHECK(again == NULL);
        bytes[at] ^= 1;
        CHECK_EQ(situ_kzg_cache_read(&again, bytes, test_random_below(len), NULL), SITU_ERR_FORMAT);
    }
    free(bytes);
}

TEST(bad_setups_are_refused)
{
    size_t len;
    situ_kzg *kzg;
    situ_kzg_fault fault;
    char *text = read_whole(SITU_DEPS_DIR "/c-kzg/trusted_setup.txt", &len);
    CHECK(text != NULL);
    CHECK_EQ(situ_kzg_parse(&kzg, text, 1000, &fault, NULL), SITU_ERR_FORMAT);
    CHECK(fault.offset <= 1000 && fault.expected);
    text[5000] = 'x';
    CHECK_EQ(situ_kzg_parse(&kzg, text, len, &fault, NULL), SITU_ERR_FORMAT);
    CHECK_EQ(fault.offset, 5000);
    CHECK_EQ(situ_kzg_parse(&kzg, "4096 64 ", 8, &fault, NULL), SITU_ERR_FORMAT);
    CHECK_EQ(situ_kzg_parse(&kzg, "", 0, &fault, NULL), SITU_ERR_FORMAT);
    CHECK_EQ(situ_kzg_parse(&kzg, "{\"g1_monomial\": []}", 19, &fault, NULL), SITU_ERR_FORMAT);
    free(text);
    text = read_whole(SITU_DEPS_DIR "/c-kzg/trusted_setup.txt", &len);
    CHECK(text != NULL);
    /* one digit of a point in each list: where it is, is told */
    const size_t points[] = {8 + 97 * 7, 8 + 97 * BLOB_N + 193 * 3, 8 + 97 * BLOB_N + 193 * N_G2 + 97 * 4095};
    for (size_t i = 0; i < SITU_ARRAY_LEN(points); i++) {
        char *digit = text + points[i] + 40, kept = *digit;
        for (*digit = '0'; *digit < '8';
             ++*digit) { /* half of the values are no abscissa at all, others outside */
            if (*digit == kept) continue;
            CHECK_EQ(situ_kzg_parse(&kzg, text, len, &fault, NULL), SITU_ERR_FORMAT);
            CHECK_EQ(fault.offset, points[i]);
        }
        *digit = kept;
    }
    /* two Lagrange points exchanged: each fine, but not the set-up */
    char t[97];
    memcpy(t, text + 8, 97);
    memcpy(text + 8, text + 8 + 97, 97);
    memcpy(text + 8 + 97, t, 97);
    CHECK_EQ(situ_kzg_parse(&kzg, text, len, &fault, NULL), SITU_ERR_REJECT);
    CHECK(kzg == NULL);
    free(text);
}

/* --- the consensus specification's cases -------------------------------------------------------------- */

/* One YAML value: from behind its key to the next key. */
typedef struct {
    const char *at, *end;
} span;

static span value_of(const char *text, const char *key)
{
    char pattern[64];
    bool top = strcmp(key, "output") == 0;
    snprintf(pattern, sizeof pattern, top ? "\n%s:" : "\n  %s:", key);
    const char *at = strstr(text, pattern);
    CHECK(at != NULL);
    at += strlen(pattern);
    const char *end = at;
    for (;; end++) {
        end = strchr(end, '\n');
        if (!end) return (span){at, text + strlen(text)};
        if (!top && (strncmp(end, "\noutput", 7) == 0 ||
                     (strncmp(end, "\n  ", 3) == 0 && end[3] >= 'a' && end[3] <= 'z')))
            return (span){at, end};
    }
}

static bool is_word(span v, const char *word)
{
    while (v.at < v.end && (*v.at == ' ' || *v.at == '\n')) v.at++;
    return strncmp(v.at, word, strlen(word)) == 0;
}

static int nibble(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The hexadecimal strings of a value, each `bytes` long, into out; -1 if one has another length. */
static long hex_list(span v, u8 *out, size_t bytes, size_t max)
{
    long n = 0;
    for (const char *at = v.at; at < v.end; at++) {
        if (at[0] != '0' || at[1] != 'x') continue;
        at += 2;
        size_t digits = 0;
        while (nibble(at[digits]) >= 0) digits++;
        if (digits != 2 * bytes) return -1;
        CHECK((size_t)n < max);
        for (size_t i = 0; i < bytes; i++)
            out[(size_t)n * bytes + i] = (u8)(nibble(at[2 * i]) << 4 | nibble(at[2 * i + 1]));
        n++;
        at += digits;
    }
    return n;
}

static long number_list(span v, u64 *out, size_t max)
{
    long n = 0;
    for (const char *at = v.at; at < v.end;) {
        if (*at < '0' || *at > '9') {
            at++;
            continue;
        }
        u64 value = 0;
        while (*at >= '0' && *at <= '9') value = 10 * value + (u64)(*at++ - '0');
        CHECK((size_t)n < max);
        out[n++] = value;
    }
    return n;
}

enum { CASE_MAX = 512 };
static u8 in_blobs[16 * SITU_KZG_BLOB_BYTES], in_cells[CASE_MAX * SITU_KZG_CELL_BYTES],
    in_commitments[CASE_MAX * 48];
static u8 in_proofs[CASE_MAX * 48], want_cells[N_CELLS * SITU_KZG_CELL_BYTES], want_proofs[N_CELLS * 48];
static u64 in_indices[CASE_MAX];

static void check_verdict(situ_err err, span output)
{
    if (is_word(output, "true"))
        CHECK_EQ(err, SITU_OK);
    else if (is_word(output, "false"))
        CHECK_EQ(err, SITU_ERR_REJECT);
    else
        CHECK(is_word(output, "null") && err != SITU_OK && err != SITU_ERR_REJECT);
}

/* Output of one byte string, or failure. */
static void check_bytes(situ_err err, const u8 *got, size_t bytes, span output)
{
    u8 want[48];
    if (is_word(output, "null")) {
        CHECK(err != SITU_OK);
        return;
    }
    CHECK_EQ(err, SITU_OK);
    CHECK_EQ(hex_list(output, want, bytes, 1), 1);
    CHECK_MEM_EQ(got, want, bytes);
}

#define ONE(text, key, out, bytes) (hex_list(value_of(text, key), out, bytes, 1) == 1)

static void case_commit(const char *text)
{
    u8 got[48];
    situ_err err = SITU_ERR_FORMAT;
    if (ONE(text, "blob", blob, SITU_KZG_BLOB_BYTES)) err = situ_kzg_commit(setup(), got, blob, NULL);
    check_bytes(err, got, 48, value_of(text, "output"));
}

static void case_prove_blob(const char *text)
{
    u8 got[48], c[48];
    situ_err err = SITU_ERR_FORMAT;
    if (ONE(text, "blob", blob, SITU_KZG_BLOB_BYTES) && ONE(text, "commitment", c, 48))
        err = situ_kzg_prove_blob(setup(), got, blob, c, NULL);
    check_bytes(err, got, 48, value_of(text, "output"));
}

static void case_prove(const char *text)
{
    u8 proof[48], y[32], z[32];
    situ_err err = SITU_ERR_FORMAT;
    if (ONE(text, "blob", blob, SITU_KZG_BLOB_BYTES) && ONE(text, "z", z, 32))
        err = situ_kzg_prove(setup(), proof, y, blob, z, NULL);
    span output = value_of(text, "output");
    if (is_word(output, "null")) {
        CHECK(err != SITU_OK);
        return;
    }
    CHECK_EQ(err, SITU_OK);
    const char *second = strstr(output.at, "\n- ");
    second = second ? strstr(second + 1, "\n- ") : NULL;
    if (!second) second = strchr(output.at, ',');
    CHECK(second != NULL);
    u8 want[48];
    CHECK_EQ(hex_list((span){output.at, second}, want, 48, 1), 1);
    CHECK_MEM_EQ(proof, want, 48);
    CHECK_EQ(hex_list((span){second, output.end}, want, 32, 1), 1);
    CHECK_MEM_EQ(y, want, 32);
}

static void case_challenge(const char *text)
{
    static u8 scratch[SITU_KZG_CHALLENGE_BYTES];
    u8 c[48], got[32];
    CHECK(ONE(text, "blob", blob, SITU_KZG_BLOB_BYTES) && ONE(text, "commitment", c, 48));
    fr z = situ_kzg_challenge(blob, c, scratch);
    situ_fr_write(got, &z);
    check_bytes(SITU_OK, got, 32, value_of(text, "output"));
}

static void case_verify(const char *text)
{
    u8 c[48], p[48], z[32], y[32];
    situ_err err = SITU_ERR_FORMAT;
    if (ONE(text, "commitment", c, 48) && ONE(text, "proof", p, 48) && ONE(text, "z", z, 32) &&
        ONE(text, "y", y, 32))
        err = situ_kzg_verify(setup(), c, z, y, p);
    check_verdict(err, value_of(text, "output"));
}

static void case_verify_blob(const char *text)
{
    u8 c[48], p[48];
    situ_err err = SITU_ERR_FORMAT;
    if (ONE(text, "blob", blob, SITU_KZG_BLOB_BYTES) && ONE(text, "commitment", c, 48) &&
        ONE(text, "proof", p, 48))
        err = situ_kzg_verify_blob(setup(), blob, c, p, NULL);
    check_verdict(err, value_of(text, "output"));
}

static void case_verify_blobs(const char *text)
{
    long n = hex_list(value_of(text, "blobs"), in_blobs, SITU_KZG_BLOB_BYTES, 16);
    situ_err err = SITU_ERR_FORMAT;
    if (n >= 0 && hex_list(value_of(text, "commitments"), in_commitments, 48, CASE_MAX) == n &&
        hex_list(value_of(text, "proofs"), in_proofs, 48, CASE_MAX) == n)
        err = situ_kzg_verify_blobs(setup(), in_blobs, in_commitments, in_proofs, (size_t)n, NULL);
    check_verdict(err, value_of(text, "output"));
}

/* Output of 128 cells (and as many proofs behind them), or failure. */
static void check_cells(situ_err err, span output, bool with_proofs)
{
    if (is_word(output, "null")) {
        CHECK(err != SITU_OK);
        return;
    }
    CHECK_EQ(err, SITU_OK);
    const char *at = output.at;
    for (int i = 0; i < N_CELLS; i++) {
        at = strstr(at, "0x");
        CHECK(at != NULL);
        const char *end = strchr(at, '\'');
        CHECK_EQ(hex_list((span){at, end}, want_cells + i * SITU_KZG_CELL_BYTES, SITU_KZG_CELL_BYTES, 1), 1);
        at = end;
    }
    CHECK_MEM_EQ(cells, want_cells, sizeof cells);
    if (!with_proofs) return;
    CHECK_EQ(hex_list((span){at, output.end}, want_proofs, 48, N_CELLS), N_CELLS);
    CHECK_MEM_EQ(proofs, want_proofs, sizeof proofs);
}

static void case_cells(const char *text)
{
    situ_err err = SITU_ERR_FORMAT;
    if (ONE(text, "blob", blob, SITU_KZG_BLOB_BYTES)) err = situ_kzg_cells(setup(), cells, NULL, blob, NULL);
    check_cells(err, value_of(text, "output"), false);
}

static void case_cells_and_proofs(const char *text)
{
    situ_err err = SITU_ERR_FORMAT;
    if (ONE(text, "blob", blob, SITU_KZG_BLOB_BYTES))
        err = situ_kzg_cells(setup(), cells, proofs, blob, NULL);
    check_cells(err, value_of(text, "output"), true);
}

static void case_recover(const char *text)
{
    situ_err err = SITU_ERR_FORMAT;
    long n = number_list(value_of(text, "cell_indices"), in_indices, CASE_MAX);
    if (hex_list(value_of(text, "cells"), in_cells, SITU_KZG_CELL_BYTES, CASE_MAX) == n)
        err = situ_kzg_recover(setup(), cells, proofs, in_indices, in_cells, (size_t)n, NULL);
    check_cells(err, value_of(text, "output"), true);
}

static void case_verify_cells(const char *text)
{
    situ_err err = SITU_ERR_FORMAT;
    long n = number_list(value_of(text, "cell_indices"), in_indices, CASE_MAX);
    if (hex_list(value_of(text, "commitments"), in_commitments, 48, CASE_MAX) == n &&
        hex_list(value_of(text, "cells"), in_cells, SITU_KZG_CELL_BYTES, CASE_MAX) == n &&
        hex_list(value_of(text, "proofs"), in_proofs, 48, CASE_MAX) == n)
        err =
            situ_kzg_verify_cells(setup(), in_commitments, in_indices, in_cells, in_proofs, (size_t)n, NULL);
    check_verdict(err, value_of(text, "output"));
}

static void case_cells_challenge(const char *text)
{
    u64 of[CASE_MAX];
    u32 commitment_of[CASE_MAX];
    u8 got[32];
    long n = number_list(value_of(text, "cell_indices"), in_indices, CASE_MAX);
    long n_commitments = hex_list(value_of(text, "commitments"), in_commitments, 48, CASE_MAX);
    CHECK(n >= 0 && n_commitments >= 0);
    CHECK_EQ(number_list(value_of(text, "commitment_indices"), of, CASE_MAX), n);
    for (long i = 0; i < n; i++) commitment_of[i] = (u32)of[i];
    const char *text_cells = strstr(text, "\n  cosets_evals:") ? "cosets_evals" : "cells";
    CHECK_EQ(hex_list(value_of(text, "proofs"), in_proofs, 48, CASE_MAX), n);
    if (strcmp(text_cells, "cells") == 0) {
        CHECK_EQ(hex_list(value_of(text, "cells"), in_cells, SITU_KZG_CELL_BYTES, CASE_MAX), n);
    } else {
        CHECK_EQ(hex_list(value_of(text, "cosets_evals"), in_cells, 32, CASE_MAX * CELL_N), n * CELL_N);
    }
    u8 *scratch = malloc(situ_kzg_cells_challenge_bytes((size_t)n_commitments, (size_t)n));
    fr r = situ_kzg_cells_challenge(in_commitments, (size_t)n_commitments, commitment_of, in_indices,
                                    in_cells, in_proofs, (size_t)n, scratch);
    free(scratch);
    situ_fr_write(got, &r);
    check_bytes(SITU_OK, got, 32, value_of(text, "output"));
}

static void each_case(const char *function, void (*run)(const char *text))
{
    char dir_path[200], path[600];
    if (!vectors_dir[0]) test_skip("../shared/vectors/kzg.tar.xz is not here");
    snprintf(dir_path, sizeof dir_path, "%s/%s/kzg-mainnet", vectors_dir, function);
    DIR *dir = opendir(dir_path);
    CHECK(dir != NULL);
    int n = 0;
    for (struct dirent *e; (e = readdir(dir));) {
        if (e->d_name[0] == '.') continue;
        size_t len;
        snprintf(path, sizeof path, "%s/%s/data.yaml", dir_path, e->d_name);
        char *text = read_whole(path, &len);
        CHECK(text != NULL);
        if (getenv("TEST_VERBOSE")) fprintf(stderr, "%s\n", e->d_name);
        run(text);
        free(text);
        n++;
    }
    closedir(dir);
    CHECK(n > 0);
}

TEST(spec_blob_to_kzg_commitment) { each_case("blob_to_kzg_commitment", case_commit); }
TEST(spec_compute_kzg_proof) { each_case("compute_kzg_proof", case_prove); }
TEST(spec_compute_blob_kzg_proof) { each_case("compute_blob_kzg_proof", case_prove_blob); }
TEST(spec_compute_challenge) { each_case("compute_challenge", case_challenge); }
TEST(spec_verify_kzg_proof) { each_case("verify_kzg_proof", case_verify); }
TEST(spec_verify_blob_kzg_proof) { each_case("verify_blob_kzg_proof", case_verify_blob); }
TEST(spec_verify_blob_kzg_proof_batch) { each_case("verify_blob_kzg_proof_batch", case_verify_blobs); }
TEST(spec_compute_cells) { each_case("compute_cells", case_cells); }
TEST(spec_compute_cells_and_kzg_proofs) { each_case("compute_cells_and_kzg_proofs", case_cells_and_proofs); }
TEST(spec_recover_cells_and_kzg_proofs) { each_case("recover_cells_and_kzg_proofs", case_recover); }
TEST(spec_verify_cell_kzg_proof_batch) { each_case("verify_cell_kzg_proof_batch", case_verify_cells); }
TEST(spec_cells_challenge)
{
    each_case("compute_verify_cell_kzg_proof_batch_challenge", case_cells_challenge);
}

TEST_MAIN()
