/* Hashing: bytes of input a second, one thread.  `cache`: 256 KB again and again; `memory`: 128 MB. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"
#include "bench/harness/bench.h"
#include "hash/blake3.h"
#include "hash/grind.h"
#include "hash/keccak.h"
#include "hash/tile_hash.h"

enum { TILES_MAX = 256 };

typedef struct {
    const u32 *tiles[TILES_MAX];
    u32 n_tiles;
    u64 n_rows;
    u8 (*digests)[32];
    u8 *data;
    size_t n_bytes;
} hash_case;

static const u32 key[8] = {1, 2, 3, 4, 5, 6, 7, 8};

static void run_rows(void *ctx)
{
    hash_case *c = ctx;
    situ_hash_rows(c->digests, c->tiles, c->n_tiles, 0, c->n_rows, key);
}

static void run_nodes(void *ctx)
{
    hash_case *c = ctx;
    situ_hash_nodes(c->digests, (const u8(*)[32])(const void *)c->data, c->n_bytes / 64, key);
}

static void run_portable(void *ctx)
{
    hash_case *c = ctx;
    situ_blake3_hash(c->digests[0], c->data, c->n_bytes);
}

/* 20 bits, from eight transcripts: the luck of one would be measured instead. */
static void run_grind(void *ctx)
{
    u64 *n_tried = ctx;
    *n_tried = 0;
    for (u32 i = 0; i < 8; i++) {
        situ_transcript t;
        situ_transcript_init(&t, "bench");
        situ_transcript_absorb(&t, 0, &i, sizeof i);
        *n_tried += situ_grind(&t, 20, NULL) + 1;
    }
}

static void measure_grind(void)
{
    u64 n_tried = 0;
    double seconds = bench_median(run_grind, &n_tried, 3, 0);
    bench_report("hash", "grind", "20 bits", 1, (double)n_tried / seconds * 1e-6, "Mhash/s");
}

enum { KECCAK_RUNS = 1000 };

static void run_keccak_f8(void *ctx)
{
    for (int i = 0; i < KECCAK_RUNS; i++) situ_keccak_f8(ctx);
}

static void run_keccak_f(void *ctx)
{
    for (int i = 0; i < KECCAK_RUNS; i++) situ_keccak_f(ctx);
}

static void measure_keccak(const char *name, void (*fn)(void *), double n_states)
{
    static u64 states[SITU_KECCAK_WORDS][SITU_KECCAK_LANES] SITU_ALIGNED(64);
    double seconds = bench_median(fn, states, 5, 0.1);
    bench_report("hash", name, "in cache", 1, KECCAK_RUNS * n_states / seconds * 1e-6, "Mperm/s");
}

static void measure(const char *name, const char *params, void (*fn)(void *), hash_case *c)
{
    double seconds = bench_median(fn, c, 3, 0.2);
    bench_report("hash", name, params, 1, (double)c->n_bytes / seconds * 1e-9, "GB/s");
}

static void measure_rows(hash_case *c, u32 n_tiles, size_t n_bytes, const char *where)
{
    char params[64];
    c->n_tiles = n_tiles;
    c->n_rows = n_bytes / 64 / n_tiles / 16 * 16;
    c->n_bytes = (size_t)c->n_rows * n_tiles * 64;
    for (u32 t = 0; t < n_tiles; t++) c->tiles[t] = (const u32 *)(const void *)(c->data + t * c->n_rows * 64);
    snprintf(params, sizeof params, "%u tiles %s", n_tiles, where);
    measure("blake3_rows", params, run_rows, c);
}

int main(void)
{
    enum { MEMORY = 128 << 20, CACHE = 256 << 10 };
    static const u32 tile_counts[] = {1, 4, 16, 32, 64, 256};
    hash_case c = {.data = aligned_alloc(64, MEMORY), .digests = malloc(MEMORY / 2)};
    if (c.data == NULL || c.digests == NULL) return 1;
    memset(c.data, 7, MEMORY);
    memset(c.digests, 0, MEMORY / 2);
    for (int level = (int)situ_cpu_best(); level >= 0; level--) {
        situ_cpu_force((situ_cpu_level)level);
        for (size_t i = 0; i < SITU_ARRAY_LEN(tile_counts); i++) {
            measure_rows(&c, tile_counts[i], CACHE, "cache");
            measure_rows(&c, tile_counts[i], MEMORY, "memory");
        }
        c.n_bytes = CACHE;
        measure("blake3_nodes", "cache", run_nodes, &c);
        c.n_bytes = MEMORY;
        measure("blake3_nodes", "memory", run_nodes, &c);
        measure_grind();
        measure_keccak("keccak_f8", run_keccak_f8, SITU_KECCAK_LANES);
    }
    c.n_bytes = CACHE;
    measure("blake3_portable", "cache", run_portable, &c);
    measure_keccak("keccak_f", run_keccak_f, 1);
    free(c.digests);
    free(c.data);
    return 0;
}
