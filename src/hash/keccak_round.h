/* keccak_round.h — private: a round over words of any width.  The includer defines
 *
 *     keccak_word                one 64-bit lane of each of one or more states
 *     word_rotl(a, n)            n in 0..63, a constant after unrolling
 *     word_xor3(a, b, c)         a ^ b ^ c
 *     word_chi(a, b, c)          a ^ (~b & c)
 */
#ifndef SITU_HASH_KECCAK_ROUND_H
#define SITU_HASH_KECCAK_ROUND_H

#include "hash/keccak.h"

/* Everything but iota (FIPS 202, 3.2.1 to 3.2.4). */
SITU_INLINE void keccak_round(keccak_word a[SITU_KECCAK_WORDS])
{
    static const u8 rho[SITU_KECCAK_WORDS] = SITU_KECCAK_RHO;
    keccak_word parity[5], b[SITU_KECCAK_WORDS];
#pragma GCC unroll 5
    for (int x = 0; x < 5; x++)
        parity[x] = word_xor3(a[x], a[x + 5], word_xor3(a[x + 10], a[x + 15], a[x + 20]));
#pragma GCC unroll 5
    for (int x = 0; x < 5; x++) {
        keccak_word turned = word_rotl(parity[(x + 1) % 5], 1);
#pragma GCC unroll 5
        for (int y = 0; y < 5; y++) { /* pi: B[y, 2x + 3y] = A[x, y] */
            keccak_word theta = word_xor3(a[x + 5 * y], parity[(x + 4) % 5], turned);
            b[y + 5 * ((2 * x + 3 * y) % 5)] = word_rotl(theta, rho[x + 5 * y]);
        }
    }
#pragma GCC unroll 5
    for (int y = 0; y < 5; y++) {
#pragma GCC unroll 5
        for (int x = 0; x < 5; x++)
            a[x + 5 * y] = word_chi(b[x + 5 * y], b[(x + 1) % 5 + 5 * y], b[(x + 2) % 5 + 5 * y]);
    }
}

#endif /* SITU_HASH_KECCAK_ROUND_H */
