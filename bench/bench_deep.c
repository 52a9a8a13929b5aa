/* Out-of-domain evaluation, the DEEP combination and FRI's folds, one thread and two. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"
#include "bench/harness/bench.h"
#include "stark/deep.h"
#include "stark/ood.h"

enum { LOG2_ROWS = 16, LOG2_SIZE = LOG2_ROWS + 1, TILES = 16, RUNS = 5 };

/* Buffers of one case; all made once and warm. */
typedef struct {
    const kb *tiles[TILES];
    kb *weights;
    k6 (*deep_weights)[16];
    k6 values[TILES * 16], z;
    void *scratch;
    situ_fri_codeword codeword, folded;
    situ_ntt_plan plan;
    situ_pool *pool;
    unsigned n_threads;
} bench_case;

static void *bench_bytes(size_t n_bytes)
{
    void *p = aligned_alloc(64, (n_bytes + 63) / 64 * 64);
    if (!p) abort();
    return p;
}

static kb bench_kb(void)
{
    static u64 state = 1;
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (kb)((state >> 33) % KB_P);
}

static k6 bench_k6(void)
{
    k6 r;
    for (int j = 0; j < K6_DEGREE; j++) r.c[j] = bench_kb();
    return r;
}

static void make_case(bench_case *b)
{
    for (u32 t = 0; t < TILES; t++) {
        kb *tile = bench_bytes((size_t)64 << LOG2_SIZE);
        for (size_t i = 0; i < (size_t)16 << LOG2_SIZE; i++) tile[i] = bench_kb();
        b->tiles[t] = tile;
    }
    situ_ntt_plan_init(&b->plan, LOG2_SIZE, bench_bytes(situ_ntt_plan_bytes(LOG2_SIZE)), NULL);
    b->z = bench_k6();
    b->weights = bench_bytes(situ_ood_weights_words(LOG2_ROWS) * sizeof(kb));
    b->deep_weights = bench_bytes(sizeof(k6[TILES][16]));
    for (u32 i = 0; i < TILES * 16; i++) b->deep_weights[i / 16][i % 16] = bench_k6();
    size_t ood_bytes = situ_ood_scratch_bytes(TILES, LOG2_ROWS),
           deep_bytes = situ_deep_extended_scratch_bytes(TILES, LOG2_SIZE);
    b->scratch = bench_bytes(ood_bytes > deep_bytes ? ood_bytes : deep_bytes);
    b->codeword =
        (situ_fri_codeword){bench_bytes(situ_fri_codeword_words(LOG2_SIZE) * sizeof(kb)), LOG2_SIZE, true};
    b->folded = (situ_fri_codeword){bench_bytes(situ_fri_codeword_words(LOG2_SIZE - 3) * sizeof(kb)),
                                    LOG2_SIZE - 3, true};
}

static void run_weights(void *ctx)
{
    bench_case *b = ctx;
    situ_ood_weights(b->weights, b->z, LOG2_ROWS, b->pool);
}

static void run_ood(void *ctx)
{
    bench_case *b = ctx;
    situ_ood_columns columns = {b->tiles, TILES, LOG2_ROWS, b->weights, 0};
    situ_ood_eval(b->values, &columns, b->scratch, b->pool);
}

static void run_deep(void *ctx)
{
    bench_case *b = ctx;
    situ_deep_set set = {b->tiles, TILES, (const k6(*)[16])b->deep_weights, b->z, b->z};
    situ_deep_combine(&b->codeword, &set, 1, b->scratch, b->pool);
}

static void run_deep_extended(void *ctx)
{
    bench_case *b = ctx;
    situ_deep_set set = {b->tiles, TILES, (const k6(*)[16])b->deep_weights, b->z, b->z};
    situ_deep_combine_extended(&b->codeword, &set, 1, LOG2_ROWS, &b->plan, b->scratch, b->pool);
}

static void run_fold(void *ctx)
{
    bench_case *b = ctx;
    situ_fri_fold(&b->folded, &b->codeword, b->z, b->pool);
}

static void measure(bench_case *b, const char *name, const char *params, void (*run)(void *), double n_items)
{
    bench_report("deep", name, params, b->n_threads, bench_median(run, b, RUNS, 0.1) / n_items * 1e9, "ns");
}

static void measure_all(bench_case *b)
{
    const double n_rows = 1 << LOG2_ROWS, n_cells = n_rows * TILES * 16;
    measure(b, "ood_weights", "2^16 rows; per row", run_weights, n_rows);
    measure(b, "ood", "2^16 x 256; per main cell", run_ood, n_cells);
    measure(b, "deep", "2^16 x 256 blowup 2; per main cell", run_deep, n_cells);
    measure(b, "deep_extended", "2^16 x 256 blowup 2; per main cell", run_deep_extended, n_cells);
    measure(b, "fold8", "2^17; per element", run_fold, 2 * n_rows);
}

int main(void)
{
    static bench_case b;
    make_case(&b);
    for (int level = SITU_CPU_SCALAR; level <= (int)situ_cpu_best(); level++) {
        situ_cpu_force((situ_cpu_level)level);
        b.n_threads = 1;
        measure_all(&b);
    }
    if (situ_pool_create(&b.pool, 2)) return 1;
    b.n_threads = 2;
    measure_all(&b);
    situ_pool_destroy(b.pool);
    return 0;
}
