/* block.c — see block.h: blocks of situ/mem.h that know their size. */
#include "curve/block.h"

#include "situ/mem.h"

/* In front of a block, and as long as its alignment. */
#define HEADER_BYTES 64

void *situ_block_alloc(size_t bytes)
{
    if (bytes > SIZE_MAX - HEADER_BYTES) return NULL;
    u8 *block = situ_mem_alloc(bytes + HEADER_BYTES, HEADER_BYTES);
    if (!block) return NULL;
    *(u64 *)(void *)block = bytes + HEADER_BYTES;
    return block + HEADER_BYTES;
}

void situ_block_free(void *block)
{
    if (!block) return;
    u8 *start = (u8 *)block - HEADER_BYTES;
    situ_mem_free(start, *(u64 *)(void *)start);
}
