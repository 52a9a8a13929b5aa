/* bump.h — laying out one block of memory, twice by the same code: first without a base, to learn its size.
 */
#ifndef SITU_STARK_BUMP_H
#define SITU_STARK_BUMP_H

#include "base/base.h"

typedef struct {
    u8 *base; /* NULL while measuring */
    u64 used;
} stark_bump;

/* The next `bytes` bytes, 64-byte aligned; NULL while measuring. */
SITU_INLINE void *bump_take(stark_bump *b, u64 bytes)
{
    u64 at = b->used;
    b->used = u64_align_up(at + bytes, 64);
    return b->base ? b->base + at : NULL;
}

#endif /* SITU_STARK_BUMP_H */
