/* lanes_avx512.h — sixteen lanes; see lanes.h. */
#ifndef SITU_HASH_LANES_AVX512_H
#define SITU_HASH_LANES_AVX512_H

#include <immintrin.h>

#include "base/base.h"

#define LANES 16
typedef __m512i lanes;

SITU_INLINE lanes lanes_set1(u32 x) { return _mm512_set1_epi32((int)x); }
SITU_INLINE lanes lanes_add(lanes a, lanes b) { return _mm512_add_epi32(a, b); }
SITU_INLINE lanes lanes_pin(lanes a)
{
    __asm__("" : "+v"(a));
    return a;
}
SITU_INLINE lanes lanes_xor(lanes a, lanes b) { return _mm512_xor_si512(a, b); }
SITU_INLINE lanes lanes_rotr16(lanes a) { return _mm512_ror_epi32(a, 16); }
SITU_INLINE lanes lanes_rotr12(lanes a) { return _mm512_ror_epi32(a, 12); }
SITU_INLINE lanes lanes_rotr8(lanes a) { return _mm512_ror_epi32(a, 8); }
SITU_INLINE lanes lanes_rotr7(lanes a) { return _mm512_ror_epi32(a, 7); }

/* Rows 4k..4k+3 of r, 4x4 words at a time within 128-bit lanes: t[4k + w] holds word w (mod 4) of the four
 * rows. */
SITU_INLINE void transpose_quads(lanes t[4], lanes r0, lanes r1, lanes r2, lanes r3)
{
    lanes lo01 = _mm512_unpacklo_epi32(r0, r1), hi01 = _mm512_unpackhi_epi32(r0, r1);
    lanes lo23 = _mm512_unpacklo_epi32(r2, r3), hi23 = _mm512_unpackhi_epi32(r2, r3);
    t[0] = _mm512_unpacklo_epi64(lo01, lo23);
    t[1] = _mm512_unpackhi_epi64(lo01, lo23);
    t[2] = _mm512_unpacklo_epi64(hi01, hi23);
    t[3] = _mm512_unpackhi_epi64(hi01, hi23);
}

SITU_INLINE void lanes_load_blocks(lanes m[16], const situ_file_u32 *rows)
{
    lanes t[16];
    for (int k = 0; k < 4; k++)
        transpose_quads(t + 4 * k, _mm512_loadu_si512(rows + 64 * k), _mm512_loadu_si512(rows + 64 * k + 16),
                        _mm512_loadu_si512(rows + 64 * k + 32), _mm512_loadu_si512(rows + 64 * k + 48));
    /* Now 128-bit lane j of t[4k + w] holds word 4j + w of rows 4k..: transpose 4x4 lanes for each w. */
    for (int w = 0; w < 4; w++) {
        lanes even01 = _mm512_shuffle_i32x4(t[w], t[4 + w], 0x88),
              odd01 = _mm512_shuffle_i32x4(t[w], t[4 + w], 0xdd);
        lanes even23 = _mm512_shuffle_i32x4(t[8 + w], t[12 + w], 0x88);
        lanes odd23 = _mm512_shuffle_i32x4(t[8 + w], t[12 + w], 0xdd);
        m[w] = _mm512_shuffle_i32x4(even01, even23, 0x88);
        m[8 + w] = _mm512_shuffle_i32x4(even01, even23, 0xdd);
        m[4 + w] = _mm512_shuffle_i32x4(odd01, odd23, 0x88);
        m[12 + w] = _mm512_shuffle_i32x4(odd01, odd23, 0xdd);
    }
}

SITU_INLINE void lanes_store_digests(u8 (*out)[32], const lanes h[8])
{
    const __m512i low_halves = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11);
    const __m512i high_halves = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
    lanes a[4], b[4];
    transpose_quads(a, h[0], h[1], h[2], h[3]); /* 128-bit lane j of a[w]: words 0..3 of hash 4j + w */
    transpose_quads(b, h[4], h[5], h[6], h[7]);
    for (int w = 0; w < 4; w++) {
        lanes low = _mm512_permutex2var_epi64(a[w], low_halves, b[w]);
        lanes high = _mm512_permutex2var_epi64(a[w], high_halves, b[w]);
        _mm256_storeu_si256((__m256i *)(void *)out[w], _mm512_castsi512_si256(low));
        _mm256_storeu_si256((__m256i *)(void *)out[4 + w], _mm512_extracti64x4_epi64(low, 1));
        _mm256_storeu_si256((__m256i *)(void *)out[8 + w], _mm512_castsi512_si256(high));
        _mm256_storeu_si256((__m256i *)(void *)out[12 + w], _mm512_extracti64x4_epi64(high, 1));
    }
}

#endif /* SITU_HASH_LANES_AVX512_H */
