/* Merkle commitment of 2^18 rows of 512 columns (512 MB), bytes of rows a second; 1 and 2 threads. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"
#include "bench/harness/bench.h"
#include "hash/merkle.h"

enum { LOG2_ROWS = 18, TILES = 512 / 16, CAP_LOG2 = 7 };

typedef struct {
    situ_merkle_group group;
    void *memory;
    situ_pool *pool;
} merkle_case;

static void run(void *ctx)
{
    merkle_case *c = ctx;
    situ_merkle tree;
    if (situ_merkle_build(&tree, &c->group, 1, CAP_LOG2, c->memory, c->pool) != SITU_OK) abort();
    BENCH_KEEP(&tree);
}

int main(void)
{
    const size_t tile_bytes = (size_t)64 << LOG2_ROWS, n_bytes = tile_bytes * TILES;
    u8 *data = aligned_alloc(64, n_bytes);
    const u32 *tiles[TILES];
    merkle_case c = {.group = {LOG2_ROWS, TILES, tiles}};
    c.memory = aligned_alloc(64, u64_align_up(situ_merkle_bytes(LOG2_ROWS, CAP_LOG2), 64));
    if (data == NULL || c.memory == NULL) return 1;
    memset(data, 7, n_bytes);
    for (size_t t = 0; t < TILES; t++) tiles[t] = (const u32 *)(const void *)(data + t * tile_bytes);

    for (int level = (int)situ_cpu_best(); level >= 0; level--) {
        situ_cpu_force((situ_cpu_level)level);
        for (u32 n_threads = 1; n_threads <= 2; n_threads++) {
            if (situ_pool_create(&c.pool, n_threads) != SITU_OK) return 1;
            double seconds = bench_median(run, &c, 3, 0);
            bench_report("stark", "merkle", "2^18 x 512", n_threads, (double)n_bytes / seconds * 1e-9,
                         "GB/s");
            situ_pool_destroy(c.pool);
        }
    }
    free(c.memory);
    free(data);
    return 0;
}
