/* msm_pool.c — scratch kept from call to call: a short list of blocks, best fit. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "curve/block.h"
#include "curve/g1.h"
#include "curve/pool_memory.h"

#define BLOCKS_MAX 64

typedef struct {
    void *memory;
    size_t bytes;
    bool is_lent;
} pool_block;

struct situ_msm_pool {
    pthread_mutex_t lock;
    size_t block_bytes_max;
    pool_block blocks[BLOCKS_MAX];
    situ_msm_pool_stats stats;
};

situ_err situ_msm_pool_create(situ_msm_pool **out, size_t block_bytes_max)
{
    situ_msm_pool *pool = calloc(1, sizeof *pool);
    *out = pool;
    if (!pool) return SITU_ERR_MEMORY;
    pthread_mutex_init(&pool->lock, NULL);
    pool->block_bytes_max = block_bytes_max;
    return SITU_OK;
}

static void block_drop(situ_msm_pool *pool, pool_block *block)
{
    situ_block_free(block->memory);
    pool->stats.held_bytes -= block->bytes;
    *block = (pool_block){0};
}

void situ_msm_pool_destroy(situ_msm_pool *pool)
{
    if (!pool) return;
    for (int i = 0; i < BLOCKS_MAX; i++) {
        SITU_ASSERT(!pool->blocks[i].is_lent);
        situ_block_free(pool->blocks[i].memory);
    }
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

/* The idle block that fits `bytes` best; else the largest idle one; else NULL. */
static pool_block *find_idle(situ_msm_pool *pool, size_t bytes)
{
    pool_block *best = NULL;
    for (pool_block *b = pool->blocks; b < pool->blocks + BLOCKS_MAX; b++) {
        if (!b->memory || b->is_lent) continue;
        if (!best) best = b;
        bool fits = b->bytes >= bytes, best_fits = best->bytes >= bytes;
        if (fits ? !best_fits || b->bytes < best->bytes : !best_fits && b->bytes > best->bytes) best = b;
    }
    return best;
}

size_t situ_msm_pool_shrink(situ_msm_pool *pool, size_t keep_bytes)
{
    pthread_mutex_lock(&pool->lock);
    u64 before = pool->stats.held_bytes;
    while (pool->stats.held_bytes > keep_bytes) {
        pool_block *block = find_idle(pool, SIZE_MAX);
        if (!block) break;
        block_drop(pool, block);
    }
    size_t freed = (size_t)(before - pool->stats.held_bytes);
    pthread_mutex_unlock(&pool->lock);
    return freed;
}

void situ_msm_pool_read_stats(const situ_msm_pool *pool, situ_msm_pool_stats *stats)
{
    situ_msm_pool *p = (situ_msm_pool *)(uintptr_t)pool; /* the lock is not part of the value */
    pthread_mutex_lock(&p->lock);
    *stats = p->stats;
    pthread_mutex_unlock(&p->lock);
}

size_t situ_pool_block_max(const situ_msm_pool *pool) { return pool ? pool->block_bytes_max : SIZE_MAX; }

static void *borrow_locked(situ_msm_pool *pool, size_t bytes)
{
    pool->stats.n_calls++;
    pool_block *block = find_idle(pool, bytes);
    if (block && block->bytes >= bytes) {
        pool->stats.n_hits++;
    } else {
        if (block) block_drop(pool, block); /* too small: a larger one takes its place */
        block = pool->blocks;
        while (block < pool->blocks + BLOCKS_MAX && block->memory) block++;
        if (block == pool->blocks + BLOCKS_MAX) return NULL;
        block->memory = situ_block_alloc(bytes);
        if (!block->memory) return NULL;
        block->bytes = bytes;
        pool->stats.held_bytes += bytes;
        pool->stats.n_grown++;
    }
    block->is_lent = true;
    pool->stats.lent_bytes += block->bytes;
    return block->memory;
}

void *situ_pool_borrow(situ_msm_pool *pool, size_t bytes)
{
    if (bytes == 0) bytes = 64;
    if (!pool) return situ_block_alloc(bytes);
    pthread_mutex_lock(&pool->lock);
    void *memory = borrow_locked(pool, bytes);
    pthread_mutex_unlock(&pool->lock);
    return memory;
}

void situ_pool_return(situ_msm_pool *pool, void *memory)
{
    if (!pool) {
        situ_block_free(memory);
        return;
    }
    pthread_mutex_lock(&pool->lock);
    for (pool_block *b = pool->blocks; b < pool->blocks + BLOCKS_MAX; b++) {
        if (b->memory != memory || !memory) continue;
        b->is_lent = false;
        pool->stats.lent_bytes -= b->bytes;
    }
    pthread_mutex_unlock(&pool->lock);
}

/* --- calls --- */

situ_err situ_msm_g1_pooled(situ_g1 *sum, const situ_g1 *points, const situ_scalar *scalars,
                            uint64_t n_points, situ_msm_pool *memory, situ_pool *threads)
{
    situ_msm_plan plan;
    SITU_TRY(situ_msm_plan_make(&plan, n_points, situ_pool_threads(threads), situ_pool_block_max(memory)));
    void *scratch = situ_pool_borrow(memory, situ_msm_scratch_bytes(&plan));
    if (!scratch) return SITU_ERR_MEMORY;
    situ_msm_g1(sum, points, scalars, &plan, scratch, threads);
    situ_pool_return(memory, scratch);
    return SITU_OK;
}

situ_err situ_msm_g1_base_pooled(situ_g1 *sum, const situ_msm_base *base, const situ_scalar *scalars,
                                 situ_msm_pool *memory, situ_pool *threads)
{
    situ_msm_plan plan;
    SITU_TRY(situ_msm_base_plan_make(&plan, base, situ_pool_threads(threads), situ_pool_block_max(memory)));
    void *scratch = situ_pool_borrow(memory, situ_msm_scratch_bytes(&plan));
    if (!scratch) return SITU_ERR_MEMORY;
    situ_msm_g1_base(sum, base, scalars, &plan, scratch, threads);
    situ_pool_return(memory, scratch);
    return SITU_OK;
}
