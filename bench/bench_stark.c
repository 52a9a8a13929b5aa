/* `make bench B=stark`: field, transforms, and what is built on them.  One static function per case. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/cpu.h"
#include "bench/chains.h"
#include "bench/harness/bench.h"
#include "field/field_check.h"
#include "ntt/ntt.h"

#define HUGE_PAGE (UINT64_C(2) << 20)

/* Zeroed, touched, in huge pages where the system grants them: warm memory, as a recycling prover has. */
static void *bench_memory(size_t bytes)
{
    size_t rounded = u64_align_up(bytes, HUGE_PAGE);
    void *p = aligned_alloc(HUGE_PAGE, rounded);
    if (!p) {
        fprintf(stderr, "bench_stark: no memory for %zu bytes\n", rounded);
        exit(1);
    }
    madvise(p, rounded, MADV_HUGEPAGE);
    for (size_t i = 0; i < rounded; i += 4096) ((volatile char *)p)[i] = 0;
    return p;
}

static void fill(kb *x, size_t n)
{
    u32 state = 1;
    for (size_t i = 0; i < n; i++) {
        state = state * 1664525u + 1013904223u;
        x[i] = state % KB_P;
    }
}

/* --- stark,mul and stark,kmul: in cache
 * ------------------------------------------------------------------------------ */

enum { MUL_N = 4096, MUL_ROUNDS = 64 };

typedef struct {
    kb x[MUL_N], y[MUL_N];
} mul_ctx;

static void mul_run(void *p)
{
    mul_ctx *c = p;
    SIMD_PICK(situ_field_mul_many)(c->x, c->y, MUL_N, MUL_ROUNDS);
}

static void case_mul(void)
{
    mul_ctx *c = bench_memory(sizeof *c);
    fill(c->x, MUL_N);
    fill(c->y, MUL_N);
    double s = bench_median(mul_run, c, 15, 0.1);
    bench_report("stark", "mul", "in cache", 1, s * 1e9 / (MUL_N * MUL_ROUNDS), "ns/element");
    free(c);
}

enum { KMUL_GROUPS = 40, KMUL_ROUNDS = 64 };

typedef struct {
    kb x[KMUL_GROUPS][6][16], y[KMUL_GROUPS][6][16];
} kmul_ctx;

static void kmul_run(void *p)
{
    kmul_ctx *c = p;
    SIMD_PICK(situ_field_k_mul_many)(c->x, (const kb(*)[6][16])c->y, KMUL_GROUPS, KMUL_ROUNDS);
}

static void case_kmul(void)
{
    kmul_ctx *c = bench_memory(sizeof *c);
    fill(&c->x[0][0][0], sizeof c->x / sizeof(kb));
    fill(&c->y[0][0][0], sizeof c->y / sizeof(kb));
    double s = bench_median(kmul_run, c, 15, 0.1);
    bench_report("stark", "kmul", "in cache", 1, s * 1e9 / (16 * KMUL_GROUPS * KMUL_ROUNDS), "ns/element");
    free(c);
}

/* --- stark,ntt and stark,lde2
 * ---------------------------------------------------------------------------------------- */

typedef struct {
    situ_ntt_plan plan;
    situ_pool *pool;
    kb *outs[4];
    const kb *traces[4];
    size_t n_tiles;
    u32 log2_rows;
} ntt_ctx;

static void ntt_run(void *p)
{
    ntt_ctx *c = p;
    for (size_t i = 0; i < c->n_tiles; i++)
        situ_ntt_tile_forward(&c->plan, c->outs[i], c->log2_rows, c->pool);
}

static void lde2_run(void *p)
{
    ntt_ctx *c = p;
    situ_lde_tiles(&c->plan, c->outs, c->traces, c->n_tiles, c->log2_rows, 1, c->pool);
}

/* As many tiles as make 2^24 rows in all, at most 4: 64 columns at 2^20 rows and below. */
static void case_ntt(u32 log2_rows, u32 n_threads)
{
    ntt_ctx c = {.n_tiles = log2_rows <= 20 ? 4 : 1, .log2_rows = log2_rows};
    size_t tile_kbs = (size_t)16 << log2_rows;
    void *plan_memory = bench_memory(situ_ntt_plan_bytes(log2_rows + 1));
    kb *memory = bench_memory(c.n_tiles * 3 * tile_kbs * sizeof(kb));
    char params[64];
    double cells = (double)(c.n_tiles * tile_kbs);

    situ_ntt_plan_init(&c.plan, log2_rows + 1, plan_memory, NULL);
    if (n_threads > 1 && situ_pool_create(&c.pool, n_threads) != SITU_OK) exit(1);
    for (size_t i = 0; i < c.n_tiles; i++) {
        c.traces[i] = memory + 3 * i * tile_kbs;
        c.outs[i] = memory + (3 * i + 1) * tile_kbs;
        fill(memory + 3 * i * tile_kbs, 3 * tile_kbs);
    }
    snprintf(params, sizeof params, "2^%u x %zu", log2_rows, 16 * c.n_tiles);
    bench_report("stark", "ntt", params, n_threads, bench_median(ntt_run, &c, 5, 0.2) * 1e9 / cells,
                 "ns/cell");
    bench_report("stark", "lde2", params, n_threads, bench_median(lde2_run, &c, 5, 0.2) * 1e9 / cells,
                 "ns/input cell");
    situ_pool_destroy(c.pool);
    free(plan_memory);
    free(memory);
}

/* --- stark,keccak_f and stark,blake3
 * ------------------------------------------------------------------------- */

static void chain_run(void *p)
{
    if (chain_prove(p) != SITU_OK) exit(1);
}

/* Witness and proof at 128 bits, memory and key already there. */
static void case_chain(const char *name, const chain *c, u32 n_threads)
{
    static const char *const STAGES[SITU_STAGE_COUNT] = {"main", "auxiliary", "quotient", "openings",
                                                         "fri",  "queries",   "check"};
    const situ_stark_params params = situ_stark_params_default(1);
    situ_pool *pool = NULL;
    chain_proof p;
    char text[64];
    if (n_threads > 1 && situ_pool_create(&pool, n_threads) != SITU_OK) exit(1);
    if (chain_proof_open(&p, c, &params, pool) != SITU_OK) exit(1);
    double seconds = bench_median(chain_run, &p, 3, 0);
    snprintf(text, sizeof text, "%u", c->n_steps);
    bench_report("stark", name, text, n_threads, c->n_steps / seconds, "perm/s");
    snprintf(text, sizeof text, "%u in %s", c->n_steps, name);
    bench_report("stark", "prove_cells", text, n_threads, seconds * 1e9 / (double)p.cost.n_cells, "ns/cell");
    bench_report("stark", "prove_cells", text, n_threads, (double)p.cost.n_cells / seconds * 1e-6,
                 "Mcells/s");
    bench_report("stark", "proof", text, n_threads, (double)p.cost.proof_bytes * 1e-6, "MB");
    bench_report("stark", "prover_memory", text, n_threads, (double)p.cost.block_bytes * 1e-9, "GB");
    for (int i = 0; i < SITU_STAGE_COUNT; i++) {
        snprintf(text, sizeof text, "%u in %s: %s", c->n_steps, name, STAGES[i]);
        bench_report("stark", "prove_stage", text, n_threads, situ_stark_prover_seconds(p.prover)[i], "s");
    }
    double n_interactions = 0;
    for (u32 t = 0, slot = 0; t < c->system->shape->n_tables; t++)
        for (u32 k = 0; k < c->system->shape->tables[t].max_instances; k++, slot++)
            if (c->log2_rows[slot])
                n_interactions +=
                    c->system->shape->tables[t].n_interactions * (double)(1u << c->log2_rows[slot]);
    snprintf(text, sizeof text, "%u in %s with extension and commitment", c->n_steps, name);
    bench_report("stark", "logup", text, n_threads,
                 situ_stark_prover_seconds(p.prover)[SITU_STAGE_AUXILIARY] * 1e9 / n_interactions,
                 "ns/interaction");
    chain_proof_close(&p);
    situ_pool_destroy(pool);
}

static void case_chains(void)
{
    for (u32 n_threads = 1; n_threads <= 2; n_threads++) {
        chain c = keccak_chain(2730);
        case_chain("keccak_f", &c, n_threads);
        chain_close(&c);
        c = blake3_chain(1 << 14, 3);
        case_chain("blake3", &c, n_threads);
        chain_close(&c);
    }
}

int main(void)
{
    case_mul();
    case_kmul();
    for (u32 log2_rows = 16; log2_rows <= 22; log2_rows += 2) case_ntt(log2_rows, 1);
    case_ntt(20, 2);
    case_chains();
    return 0;
}
