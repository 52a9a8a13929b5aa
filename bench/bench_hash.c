/* Hashing: bytes of input a second, one thread.  `cache`: 256 KB again and again; `memory`: 128 MB. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"
#include "bench/harness/bench.h"
#include "hash/blake3.h"
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
    }
    c.n_bytes = CACHE;
    measure("blake3_portable", "cache", run_portable, &c);
    free(c.digests);
    free(c.data);
    return 0;
}
