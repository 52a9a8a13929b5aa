/* lanes_portable.h — four lanes, in the vector extension of gcc and clang; see lanes.h. */
#ifndef SITU_HASH_LANES_PORTABLE_H
#define SITU_HASH_LANES_PORTABLE_H

#include "base/base.h"

#define LANES 4
typedef u32 lanes __attribute__((vector_size(16)));

SITU_INLINE lanes lanes_set1(u32 x) { return (lanes){x, x, x, x}; }
SITU_INLINE lanes lanes_add(lanes a, lanes b) { return a + b; }
SITU_INLINE lanes lanes_pin(lanes a) { return a; }
SITU_INLINE lanes lanes_xor(lanes a, lanes b) { return a ^ b; }
SITU_INLINE lanes lanes_rotr16(lanes a) { return a >> 16 | a << 16; }
SITU_INLINE lanes lanes_rotr12(lanes a) { return a >> 12 | a << 20; }
SITU_INLINE lanes lanes_rotr8(lanes a) { return a >> 8 | a << 24; }
SITU_INLINE lanes lanes_rotr7(lanes a) { return a >> 7 | a << 25; }

SITU_INLINE void lanes_load_blocks(lanes m[16], const situ_file_u32 *rows)
{
    for (int w = 0; w < 16; w++) m[w] = (lanes){rows[w], rows[16 + w], rows[32 + w], rows[48 + w]};
}

SITU_INLINE void lanes_store_digests(u8 (*out)[32], const lanes h[8])
{
    for (int i = 0; i < LANES; i++) {
        u32 digest[8];
        for (int w = 0; w < 8; w++) digest[w] = h[w][i];
        __builtin_memcpy(out[i], digest, sizeof digest);
    }
}

#endif /* SITU_HASH_LANES_PORTABLE_H */
