/* pool.c — threads that wait on a generation counter and draw task indices from one atomic. */
#include "situ/pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/base.h"

typedef struct {
    situ_pool *pool;
    pthread_t thread;
    u32 worker;
} pool_worker;

struct situ_pool {
    pthread_mutex_t lock;
    pthread_cond_t work_ready, work_done;
    u64 generation; /* one more per situ_pool_run */
    u32 n_busy;     /* helpers still in this generation */
    bool stopping;
    u32 n_threads;
    situ_pool_task *task;
    void *ctx;
    u64 n_tasks;
    atomic_ullong next_task;
    pool_worker workers[]; /* n_threads - 1 */
};

static void pool_drain(situ_pool *pool, u32 worker)
{
    for (;;) {
        u64 i = atomic_fetch_add_explicit(&pool->next_task, 1, memory_order_relaxed);
        if (i >= pool->n_tasks) return;
        pool->task(pool->ctx, i, worker);
    }
}

static void *pool_worker_main(void *arg)
{
    pool_worker *self = arg;
    situ_pool *pool = self->pool;
    u64 seen = 0;

    pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (!pool->stopping && pool->generation == seen) pthread_cond_wait(&pool->work_ready, &pool->lock);
        if (pool->stopping) break;
        seen = pool->generation;
        pthread_mutex_unlock(&pool->lock);
        pool_drain(pool, self->worker);
        pthread_mutex_lock(&pool->lock);
        if (--pool->n_busy == 0) pthread_cond_signal(&pool->work_done);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

static u32 pool_default_threads(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
    int n = CPU_COUNT(&set);
    return n < 1 ? 1 : n > SITU_THREADS_MAX ? SITU_THREADS_MAX : (u32)n;
}

situ_err situ_pool_create(situ_pool **out, uint32_t n_threads)
{
    *out = NULL;
    if (n_threads > SITU_THREADS_MAX) return SITU_ERR_ARG;
    if (n_threads == 0) n_threads = pool_default_threads();

    situ_pool *pool = calloc(1, sizeof *pool + (n_threads - 1) * sizeof pool->workers[0]);
    if (!pool) return SITU_ERR_MEMORY;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work_ready, NULL);
    pthread_cond_init(&pool->work_done, NULL);
    pool->n_threads = 1;
    for (u32 i = 0; i + 1 < n_threads; i++) {
        pool->workers[i] = (pool_worker){.pool = pool, .worker = i + 1};
        if (pthread_create(&pool->workers[i].thread, NULL, pool_worker_main, &pool->workers[i]) != 0) {
            situ_pool_destroy(pool);
            return SITU_ERR_MEMORY;
        }
        pool->n_threads++;
    }
    *out = pool;
    return SITU_OK;
}

void situ_pool_destroy(situ_pool *pool)
{
    if (!pool) return;
    pthread_mutex_lock(&pool->lock);
    pool->stopping = true;
    pthread_cond_broadcast(&pool->work_ready);
    pthread_mutex_unlock(&pool->lock);
    for (u32 i = 0; i + 1 < pool->n_threads; i++) pthread_join(pool->workers[i].thread, NULL);
    pthread_cond_destroy(&pool->work_done);
    pthread_cond_destroy(&pool->work_ready);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

uint32_t situ_pool_threads(const situ_pool *pool) { return pool ? pool->n_threads : 1; }

void situ_pool_run(situ_pool *pool, uint64_t n_tasks, situ_pool_task *task, void *ctx)
{
    if (!pool || pool->n_threads == 1 || n_tasks <= 1) {
        for (u64 i = 0; i < n_tasks; i++) task(ctx, i, 0);
        return;
    }
    pthread_mutex_lock(&pool->lock);
    pool->task = task;
    pool->ctx = ctx;
    pool->n_tasks = n_tasks;
    atomic_store_explicit(&pool->next_task, 0, memory_order_relaxed);
    pool->n_busy = pool->n_threads - 1;
    pool->generation++;
    pthread_cond_broadcast(&pool->work_ready);
    pthread_mutex_unlock(&pool->lock);

    pool_drain(pool, 0);

    pthread_mutex_lock(&pool->lock);
    while (pool->n_busy != 0) pthread_cond_wait(&pool->work_done, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}
