/* lanes.h — private: one u32 from each of LANES independent hashes, in a register of the level.
 *
 *     lanes_set1 add xor rotr16 rotr12 rotr8 rotr7
 *     lanes_pin(a)                    a, as computed: the compiler may not reassociate sums across it
 *     lanes_load_blocks(m, rows)      m[w] lane i = word w of the 64-byte row i: a transposition in registers
 *     lanes_store_digests(out, h)     out[i] word w = h[w] lane i, w = 0..7
 *
 * Loads and stores of rows and digests need no alignment.
 */
#ifndef SITU_HASH_LANES_H
#define SITU_HASH_LANES_H

#include "base/base.h"

#if defined(SITU_SIMD_AVX512)
#include "hash/lanes_avx512.h"
#elif defined(SITU_SIMD_AVX2)
#include "hash/lanes_avx2.h"
#else
#include "hash/lanes_portable.h"
#endif

#endif /* SITU_HASH_LANES_H */
