/* lanes_avx2.h — eight lanes; see lanes.h. */
#ifndef SITU_HASH_LANES_AVX2_H
#define SITU_HASH_LANES_AVX2_H

#include <immintrin.h>

#include "base/base.h"

#define LANES 8
typedef __m256i lanes;

SITU_INLINE lanes lanes_set1(u32 x) { return _mm256_set1_epi32((int)x); }
SITU_INLINE lanes lanes_add(lanes a, lanes b) { return _mm256_add_epi32(a, b); }
SITU_INLINE lanes lanes_pin(lanes a)
{
    __asm__("" : "+x"(a));
    return a;
}
SITU_INLINE lanes lanes_xor(lanes a, lanes b) { return _mm256_xor_si256(a, b); }

SITU_INLINE lanes lanes_rotr16(lanes a)
{
    return _mm256_shuffle_epi8(a, _mm256_setr_epi8(2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13, 2, 3,
                                                   0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13));
}
SITU_INLINE lanes lanes_rotr8(lanes a)
{
    return _mm256_shuffle_epi8(a, _mm256_setr_epi8(1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12, 1, 2,
                                                   3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12));
}
SITU_INLINE lanes lanes_rotr12(lanes a)
{
    return _mm256_or_si256(_mm256_srli_epi32(a, 12), _mm256_slli_epi32(a, 20));
}
SITU_INLINE lanes lanes_rotr7(lanes a)
{
    return _mm256_or_si256(_mm256_srli_epi32(a, 7), _mm256_slli_epi32(a, 25));
}

/* out[w] lane i = in[i] lane w */
SITU_INLINE void transpose8(lanes out[8], const lanes in[8])
{
    lanes t[8];
    for (int k = 0; k < 2; k++) {
        const lanes *r = in + 4 * k;
        lanes lo01 = _mm256_unpacklo_epi32(r[0], r[1]), hi01 = _mm256_unpackhi_epi32(r[0], r[1]);
        lanes lo23 = _mm256_unpacklo_epi32(r[2], r[3]), hi23 = _mm256_unpackhi_epi32(r[2], r[3]);
        t[4 * k] = _mm256_unpacklo_epi64(lo01, lo23);
        t[4 * k + 1] = _mm256_unpackhi_epi64(lo01, lo23);
        t[4 * k + 2] = _mm256_unpacklo_epi64(hi01, hi23);
        t[4 * k + 3] = _mm256_unpackhi_epi64(hi01, hi23);
    }
    for (int w = 0; w < 4; w++) {
        out[w] = _mm256_permute2x128_si256(t[w], t[4 + w], 0x20);
        out[4 + w] = _mm256_permute2x128_si256(t[w], t[4 + w], 0x31);
    }
}

SITU_INLINE void lanes_load_blocks(lanes m[16], const situ_file_u32 *rows)
{
    for (int half = 0; half < 2; half++) {
        lanes r[8];
        for (int i = 0; i < 8; i++)
            r[i] = _mm256_loadu_si256((const __m256i *)(const void *)(rows + 16 * i + 8 * half));
        transpose8(m + 8 * half, r);
    }
}

SITU_INLINE void lanes_store_digests(u8 (*out)[32], const lanes h[8])
{
    lanes r[8];
    transpose8(r, h);
    for (int i = 0; i < 8; i++) _mm256_storeu_si256((__m256i *)(void *)out[i], r[i]);
}

#endif /* SITU_HASH_LANES_AVX2_H */
