/* pool_memory.h — blocks out of a situ_msm_pool, for the parts above it. */
#ifndef SITU_CURVE_POOL_MEMORY_H
#define SITU_CURVE_POOL_MEMORY_H

#include "situ/msm.h"

/* A block of at least `bytes`, 64-byte aligned, or NULL; from the system when pool is NULL.  To be returned.
 */
void *situ_pool_borrow(situ_msm_pool *pool, size_t bytes);
void situ_pool_return(situ_msm_pool *pool, void *memory);

/* Largest block that the pool may hand out. */
size_t situ_pool_block_max(const situ_msm_pool *pool);

#endif /* SITU_CURVE_POOL_MEMORY_H */
