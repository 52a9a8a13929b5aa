/* block.c — see block.h. */
#include "curve/block.h"

#include <stdlib.h>
#include <sys/mman.h>

#define HUGE_PAGE ((size_t)2 << 20)

void *situ_block_alloc(size_t bytes)
{
    size_t align = bytes >= HUGE_PAGE ? HUGE_PAGE : 64;
    if (bytes > SIZE_MAX - align) return NULL;
    size_t rounded = (size_t)u64_align_up(bytes, align);
    void *block = aligned_alloc(align, rounded);
    if (block && align == HUGE_PAGE) (void)madvise(block, rounded, MADV_HUGEPAGE); /* a wish, not a need */
    return block;
}

void situ_block_free(void *block) { free(block); }
