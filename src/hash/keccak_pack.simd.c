/* keccak_pack.simd.c — Keccak-f on eight states; compiled once per CPU level. */
#include "hash/keccak_pack.h"

#if defined(SITU_SIMD_AVX512)
#include <immintrin.h>
typedef __m512i keccak_word;
#define word_rotl(a, n) _mm512_rolv_epi64(a, _mm512_set1_epi64(n))
SITU_INLINE keccak_word word_xor3(keccak_word a, keccak_word b, keccak_word c)
{
    return _mm512_ternarylogic_epi64(a, b, c, 0x96);
}
SITU_INLINE keccak_word word_chi(keccak_word a, keccak_word b, keccak_word c)
{
    return _mm512_ternarylogic_epi64(a, b, c, 0xd2);
}
#else
/* The compilers' vector extension: AVX2, or whatever the machine has at 128 bits. */
#if defined(SITU_SIMD_AVX2)
typedef u64 keccak_word __attribute__((vector_size(32)));
#else
typedef u64 keccak_word __attribute__((vector_size(16)));
#endif
SITU_INLINE keccak_word word_rotl(keccak_word a, int n) { return n == 0 ? a : a << n | a >> (64 - n); }
SITU_INLINE keccak_word word_xor3(keccak_word a, keccak_word b, keccak_word c) { return a ^ b ^ c; }
SITU_INLINE keccak_word word_chi(keccak_word a, keccak_word b, keccak_word c) { return a ^ (~b & c); }
#endif

#include "hash/keccak_round.h"

enum { LANES = sizeof(keccak_word) / sizeof(u64) };

void SIMD_NAME(situ_keccak_f8_kernel)(u64 st[SITU_KECCAK_WORDS][SITU_KECCAK_LANES])
{
    for (int lane = 0; lane < SITU_KECCAK_LANES; lane += LANES) {
        keccak_word a[SITU_KECCAK_WORDS];
        for (int i = 0; i < SITU_KECCAK_WORDS; i++) __builtin_memcpy(&a[i], &st[i][lane], sizeof a[i]);
        for (int round = 0; round < SITU_KECCAK_ROUNDS; round++) {
            keccak_round(a);
            u64 constant[LANES];
            keccak_word iota;
            for (int j = 0; j < LANES; j++) constant[j] = situ_keccak_round_constants[round];
            __builtin_memcpy(&iota, constant, sizeof iota);
            a[0] ^= iota;
        }
        for (int i = 0; i < SITU_KECCAK_WORDS; i++) __builtin_memcpy(&st[i][lane], &a[i], sizeof a[i]);
    }
}
