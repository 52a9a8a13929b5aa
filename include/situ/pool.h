/* situ/pool.h — a pool of threads that a caller lends to a computation.
 *
 * Every function that can use several threads takes a pool; NULL means the
 * calling thread alone.  Results never depend on the number of threads.
 */
#ifndef SITU_POOL_H
#define SITU_POOL_H

#include <stdint.h>

#include "situ/err.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SITU_THREADS_MAX 1024

typedef struct situ_pool situ_pool;

/** Make a pool of n_threads (1..SITU_THREADS_MAX), of which the caller of
 *  situ_pool_run is one; 0 means as many as the process may run on.
 *
 *  SITU_ERR_ARG, SITU_ERR_MEMORY (threads could not be started); *pool is then NULL. */
SITU_API situ_err situ_pool_create(situ_pool **pool, uint32_t n_threads) SITU_MUST_USE;

/** End the threads.  NULL is allowed. */
SITU_API void situ_pool_destroy(situ_pool *pool);

/** Threads that situ_pool_run uses; 1 for NULL. */
SITU_API uint32_t situ_pool_threads(const situ_pool *pool);

/** One task: `index` in [0, n_tasks), `worker` in [0, situ_pool_threads). */
typedef void situ_pool_task(void *ctx, uint64_t index, uint32_t worker);

/** Run task(ctx, 0..n_tasks-1), in any order, and return when all are done.
 *  One caller at a time; a task must not call situ_pool_run on the same pool. */
SITU_API void situ_pool_run(situ_pool *pool, uint64_t n_tasks, situ_pool_task *task, void *ctx);

#ifdef __cplusplus
}
#endif

#endif /* SITU_POOL_H */
