/* Generated evaluators: nanoseconds a row for a table's constraints and messages, one thread, rows in the
 * cache. */
#include <stdio.h>
#include <stdlib.h>

#include "air/air.h"
#include "base/cpu.h"
#include "bench/harness/bench.h"
#include "gen/blake3_chain/blake3_chain.h"
#include "gen/chain/chain.h"
#include "gen/keccak_chain/keccak_chain.h"

enum { REPEATS = 64 };

typedef struct {
    const situ_air_prover_table *prover;
    const situ_air_table *shape;
    kb *pre, *main, *publics, *out;
    u32 *plain, *range, *byte;
} air_case;

static kb *column_blocks(size_t n)
{
    kb *x = aligned_alloc(64, 64 * (n + 1));
    u64 state = n;
    for (size_t i = 0; x && i < 16 * n; i++) {
        state = state * UINT64_C(6364136223846793005) + 1;
        x[i] = (kb)((state >> 33) % KB_P);
    }
    return x;
}

static void run_packed(void *ctx)
{
    const air_case *c = ctx;
    kb *mults = c->out + 16 * (size_t)c->shape->n_constraints;
    for (int i = 0; i < REPEATS; i++)
        c->prover->eval_packed[situ_cpu_current()](c->pre, c->main, c->publics, c->out, mults,
                                                   mults + 16 * (size_t)c->shape->n_interactions);
    BENCH_KEEP(c->out);
}

static void run_k(void *ctx)
{
    const air_case *c = ctx;
    k6 *out = (k6 *)(void *)c->out, *mults = out + c->shape->n_constraints;
    c->shape->eval_k((const k6 *)(const void *)c->pre, (const k6 *)(const void *)c->main, c->publics, out,
                     mults, mults + c->shape->n_interactions);
    BENCH_KEEP(c->out);
}

static void run_lookups(void *ctx)
{
    const air_case *c = ctx;
    const situ_air_lookup_sink sink = {.range = c->range, .byte = c->byte};
    for (int i = 0; i < REPEATS; i++) c->prover->lookups(c->pre, c->plain, 16, c->publics, &sink);
    BENCH_KEEP(c->range);
}

static void measure(const situ_air_prover_system *s, u32 t)
{
    const situ_air_table *shape = &s->shape->tables[t];
    air_case c = {.prover = &s->tables[t], .shape = shape};
    char params[64];
    c.pre = column_blocks(shape->n_pre);
    c.main = column_blocks(shape->n_main);
    c.publics = column_blocks(s->shape->n_publics);
    c.out = column_blocks((size_t)shape->n_constraints + shape->n_interactions + shape->n_values);
    c.plain = calloc(16 * (size_t)shape->n_main, sizeof *c.plain);
    c.range = calloc(SITU_AIR_RANGE_COUNTERS, sizeof *c.range);
    c.byte = calloc(SITU_AIR_BYTE_OPS * (size_t)SITU_AIR_BYTE_PAIRS, sizeof *c.byte);
    snprintf(params, sizeof params, "%s %u columns", shape->name, shape->n_main);
    bench_report("air", "eval_packed", params, 1, bench_median(run_packed, &c, 5, 0.1) * 1e9 / (16 * REPEATS),
                 "ns/row");
    bench_report("air", "eval_k", params, 1, bench_median(run_k, &c, 5, 0.1) * 1e6, "us/point");
    bench_report("air", "lookups", params, 1, bench_median(run_lookups, &c, 5, 0.1) * 1e9 / (16 * REPEATS),
                 "ns/row");
    free(c.pre);
    free(c.main);
    free(c.publics);
    free(c.out);
    free(c.plain);
    free(c.range);
    free(c.byte);
}

int main(void)
{
    measure(&situ_chain_prover, SITU_CHAIN_TABLE_CHAIN);
    measure(&situ_keccak_chain_prover, SITU_KECCAK_CHAIN_TABLE_KECCAK_F);
    measure(&situ_blake3_chain_prover, SITU_BLAKE3_CHAIN_TABLE_BLAKE3_ROUND);
    return 0;
}
