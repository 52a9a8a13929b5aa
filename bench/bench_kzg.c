/* KZG against c-kzg (the C library of the npm package, precompute 0 and 8), milliseconds, one thread and two; c-kzg
 * has one.
 *
 *     kzg,<function>,,...         this library
 *     kzg_ckzg,<function>,,...    c-kzg without and with its 96 MiB table (params precompute=8)
 *     kzg_ratio,<function>,,...   c-kzg's time over ours
 *     kzg_fr,<kernel>,<table>     microseconds over arrays of scalars
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ckzg.h>

#include "base/base.h"
#include "bench/harness/bench.h"
#include "kzg/fft.h"
#include "kzg/fr_kernels.h"
#include "situ/kzg.h"

enum { N_BLOBS = 64, RUNS_MAX = 31 };

static Blob blobs[N_BLOBS];
static Bytes48 commitments[N_BLOBS], proofs[N_BLOBS];
static Cell cells[CELLS_PER_EXT_BLOB], recovered[CELLS_PER_EXT_BLOB];
static KZGProof cell_proofs[CELLS_PER_EXT_BLOB], recovered_proofs[CELLS_PER_EXT_BLOB];
static Bytes48 cell_commitments[CELLS_PER_EXT_BLOB];
static uint64_t indices[CELLS_PER_EXT_BLOB];
static Cell half_cells[CELLS_PER_BLOB];
static uint64_t half_indices[CELLS_PER_BLOB];
static char *setup_text;
static size_t setup_len;
static void *cache;

static situ_kzg *kzg;
static situ_pool *threads;
static KZGSettings peer, peer_table;
static const KZGSettings *peer_now;

#define MUST(call)                                            \
    do {                                                      \
        if ((call) != 0) {                                    \
            fprintf(stderr, "bench_kzg: %s failed\n", #call); \
            exit(1);                                          \
        }                                                     \
    } while (0)

static void make_data(void)
{
    u64 x = 1;
    for (int b = 0; b < N_BLOBS; b++) {
        for (size_t i = 0; i < sizeof blobs[b].bytes; i++) {
            x = x * 6364136223846793005 + 1442695040888963407;
            blobs[b].bytes[i] = i % 32 == 0 ? (u8)(x >> 59) : (u8)(x >> 56);
        }
        MUST(situ_kzg_commit(kzg, commitments[b].bytes, blobs[b].bytes, NULL));
        MUST(situ_kzg_prove_blob(kzg, proofs[b].bytes, blobs[b].bytes, commitments[b].bytes, NULL));
    }
    MUST(situ_kzg_cells(kzg, cells[0].bytes, cell_proofs[0].bytes, blobs[0].bytes, NULL));
    for (u64 i = 0; i < CELLS_PER_EXT_BLOB; i++) {
        indices[i] = i;
        cell_commitments[i] = commitments[0];
    }
    for (u64 i = 0; i < CELLS_PER_BLOB; i++) {
        half_indices[i] = 2 * i;
        half_cells[i] = cells[2 * i];
    }
}

static void read_setup(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f) {
        fprintf(stderr, "bench_kzg: %s is not here; run `make setup`\n", path);
        exit(1);
    }
    setup_text = malloc(1 << 20);
    if (!setup_text) exit(1);
    setup_len = fread(setup_text, 1, 1 << 20, f);
    rewind(f);
    MUST(load_trusted_setup_file(&peer, f, 0));
    rewind(f);
    MUST(load_trusted_setup_file(&peer_table, f, 8));
    fclose(f);
    MUST(situ_kzg_parse(&kzg, setup_text, setup_len, NULL, NULL));
    cache = malloc(situ_kzg_cache_bytes());
    if (!cache) exit(1);
    situ_kzg_cache_write(cache, kzg);
}

static void our_commit(void)
{
    MUST(situ_kzg_commit(kzg, recovered_proofs[0].bytes, blobs[0].bytes, threads));
}
static void peer_commit(void) { MUST(blob_to_kzg_commitment(&recovered_proofs[0], &blobs[0], peer_now)); }
static void our_prove(void)
{
    MUST(situ_kzg_prove_blob(kzg, recovered_proofs[0].bytes, blobs[0].bytes, commitments[0].bytes, threads));
}
static void peer_prove(void)
{
    MUST(compute_blob_kzg_proof(&recovered_proofs[0], &blobs[0], &commitments[0], peer_now));
}
static void our_verify(void)
{
    MUST(situ_kzg_verify_blob(kzg, blobs[0].bytes, commitments[0].bytes, proofs[0].bytes, threads));
}
static void peer_verify(void)
{
    bool ok;
    MUST(verify_blob_kzg_proof(&ok, &blobs[0], &commitments[0], &proofs[0], peer_now) || !ok);
}
static void our_verify_batch(void)
{
    MUST(situ_kzg_verify_blobs(kzg, blobs[0].bytes, commitments[0].bytes, proofs[0].bytes, N_BLOBS, threads));
}
static void peer_verify_batch(void)
{
    bool ok;
    MUST(verify_blob_kzg_proof_batch(&ok, blobs, commitments, proofs, N_BLOBS, peer_now) || !ok);
}
static void our_cells(void)
{
    MUST(situ_kzg_cells(kzg, recovered[0].bytes, recovered_proofs[0].bytes, blobs[0].bytes, threads));
}
static void peer_cells(void)
{
    MUST(compute_cells_and_kzg_proofs(recovered, recovered_proofs, &blobs[0], peer_now));
}
static void our_recover(void)
{
    MUST(situ_kzg_recover(kzg, recovered[0].bytes, recovered_proofs[0].bytes, half_indices,
                          half_cells[0].bytes, CELLS_PER_BLOB, threads));
}
static void peer_recover(void)
{
    MUST(recover_cells_and_kzg_proofs(recovered, recovered_proofs, half_indices, half_cells, CELLS_PER_BLOB,
                                      peer_now));
}
static void our_verify_cells(void)
{
    MUST(situ_kzg_verify_cells(kzg, cell_commitments[0].bytes, indices, cells[0].bytes, cell_proofs[0].bytes,
                               CELLS_PER_EXT_BLOB, threads));
}
static void peer_verify_cells(void)
{
    bool ok;
    MUST(verify_cell_kzg_proof_batch(&ok, cell_commitments, indices, cells, cell_proofs, CELLS_PER_EXT_BLOB,
                                     peer_now) ||
         !ok);
}
static void our_load(void)
{
    situ_kzg *k;
    MUST(situ_kzg_parse(&k, setup_text, setup_len, NULL, threads));
    situ_kzg_destroy(k);
}
static void our_load_cache(void)
{
    situ_kzg *k;
    MUST(situ_kzg_cache_read(&k, cache, situ_kzg_cache_bytes(), threads));
    situ_kzg_destroy(k);
}
static void peer_load(void)
{
    KZGSettings s;
    FILE *f = fmemopen(setup_text, setup_len, "rb");
    if (!f) exit(1);
    MUST(load_trusted_setup_file(&s, f, 0));
    fclose(f);
    free_trusted_setup(&s);
}

static const struct {
    const char *name;
    void (*ours)(void), (*peers)(void);
    int runs;
} cases[] = {
    {"blob_to_kzg_commitment", our_commit, peer_commit, 11},
    {"compute_blob_kzg_proof", our_prove, peer_prove, 11},
    {"verify_blob_kzg_proof", our_verify, peer_verify, 11},
    {"verify_blob_kzg_proof_batch_64", our_verify_batch, peer_verify_batch, 5},
    {"compute_cells_and_kzg_proofs", our_cells, peer_cells, 5},
    {"recover_cells_and_kzg_proofs", our_recover, peer_recover, 5},
    {"verify_cell_kzg_proof_batch_128", our_verify_cells, peer_verify_cells, 7},
    {"load_trusted_setup", our_load, peer_load, 3},
    {"load_cache", our_load_cache, NULL, 11},
};

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *t, int n)
{
    qsort(t, (size_t)n, sizeof *t, compare);
    return t[n / 2] * 1e3;
}

static double timed(void (*run)(void))
{
    double start = bench_now();
    run();
    return bench_now() - start;
}

/* In turn, so that a slow moment hits all: one thread, two threads, c-kzg without and with its table. */
static void bench_case(size_t i, situ_pool *two)
{
    double ours[RUNS_MAX], ours_two[RUNS_MAX], peers[RUNS_MAX], peers_table[RUNS_MAX];
    int n = cases[i].runs;
    cases[i].ours();
    for (int k = 0; k < n; k++) {
        threads = NULL;
        ours[k] = timed(cases[i].ours);
        threads = two;
        ours_two[k] = timed(cases[i].ours);
        if (!cases[i].peers) continue;
        peer_now = &peer;
        peers[k] = timed(cases[i].peers);
        peer_now = &peer_table;
        peers_table[k] = timed(cases[i].peers);
    }
    double one = median(ours, n), both = median(ours_two, n);
    bench_report("kzg", cases[i].name, "", 1, one, "ms");
    bench_report("kzg", cases[i].name, "", 2, both, "ms");
    if (!cases[i].peers) return;
    double p = median(peers, n), p_table = median(peers_table, n);
    bench_report("kzg_ckzg", cases[i].name, "precompute=0", 1, p, "ms");
    bench_report("kzg_ckzg", cases[i].name, "precompute=8", 1, p_table, "ms");
    bench_report("kzg_ratio", cases[i].name, "precompute=0", 1, p / one, "x");
    bench_report("kzg_ratio", cases[i].name, "precompute=8", 1, p_table / one, "x");
    bench_report("kzg_ratio", cases[i].name, "precompute=0", 2, p / both, "x");
}

/* --- the scalar field's kernels ------------------------------------------------------------------------ */

typedef struct {
    const fr_kernels *kernels;
    fr a[SITU_KZG_EXT_ELEMENTS], b[SITU_KZG_EXT_ELEMENTS];
    fr_mont m[SITU_KZG_EXT_ELEMENTS], tmp[SITU_KZG_EXT_ELEMENTS];
    fr_mont z;
} fr_work;

static void run_fft(void *ctx)
{
    fr_work *w = ctx;
    w->kernels->fft(w->a, 13, situ_kzg_domain(kzg)->zeta);
}
static void run_mul(void *ctx)
{
    fr_work *w = ctx;
    w->kernels->mul(w->b, w->a, w->m, SITU_KZG_EXT_ELEMENTS);
}
static void run_invert(void *ctx)
{
    fr_work *w = ctx;
    w->kernels->invert(w->m, w->tmp, SITU_KZG_EXT_ELEMENTS);
}
static void run_fold(void *ctx)
{
    fr_work *w = ctx;
    for (size_t n = SITU_KZG_BLOB_ELEMENTS / 2; n > 0; n /= 2)
        w->kernels->fold(w->b, n == SITU_KZG_BLOB_ELEMENTS / 2 ? w->a : w->b,
                         situ_kzg_domain(kzg)->zeta_inverse, &w->z, n);
}

/* Microseconds of each table's. */
static void bench_kernels(void)
{
    static fr_work w;
    static const struct {
        const char *name;
        void (*run)(void *);
    } kernels[] = {{"fft_8192", run_fft},
                   {"mul_8192", run_mul},
                   {"invert_8192", run_invert},
                   {"evaluate_4096", run_fold}};
    const fr_kernels *tables[] = {&situ_fr_kernels_portable, situ_fr_kernels()};
    for (size_t i = 0; i < SITU_KZG_EXT_ELEMENTS; i++) {
        w.a[i] = situ_domain_root(situ_kzg_domain(kzg), 13, i * i);
        w.m[i] = situ_fr_to_mont(&w.a[i]);
    }
    w.z = situ_frm_from_u64(12345);
    for (size_t i = 0; i < SITU_ARRAY_LEN(kernels); i++) {
        for (size_t t = 0; t < SITU_ARRAY_LEN(tables); t++) {
            w.kernels = tables[t];
            bench_report("kzg_fr", kernels[i].name, tables[t]->name, 1,
                         bench_median(kernels[i].run, &w, 15, 0) * 1e6, "us");
        }
    }
}

int main(void)
{
    situ_pool *two;
    read_setup(SITU_DEPS_DIR "/c-kzg/trusted_setup.txt");
    make_data();
    MUST(situ_pool_create(&two, 2));
    for (size_t i = 0; i < SITU_ARRAY_LEN(cases); i++) bench_case(i, two);
    bench_kernels();
    situ_pool_destroy(two);
    situ_kzg_destroy(kzg);
    free_trusted_setup(&peer);
    free_trusted_setup(&peer_table);
    return 0;
}
