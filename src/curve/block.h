/* block.h — where MSM and KZG get large blocks of memory from.  Everything below takes scratch from its
 * caller. */
#ifndef SITU_CURVE_BLOCK_H
#define SITU_CURVE_BLOCK_H

#include "base/base.h"

/* At least `bytes`, 64-byte aligned, from situ/mem.h, which keeps large blocks resident; NULL if there is no
 * memory. bytes > 0. */
void *situ_block_alloc(size_t bytes);

/* NULL is allowed. */
void situ_block_free(void *block);

#endif /* SITU_CURVE_BLOCK_H */
