/* keccak.h — Keccak-f[1600] and the hashes over it that Ethereum and FIPS 202 use.
 *
 * SPEC      FIPS 202.  Lane (x, y) of the state, A[x, y], is word x + 5 y.
 * PACKED    eight independent states, word by word: st[word][state], 64-aligned.
 * USE       the reference for the prover's Keccak table and its witness.  keccak.c is freestanding.
 */
#ifndef SITU_HASH_KECCAK_H
#define SITU_HASH_KECCAK_H

#include "base/base.h"

#define SITU_KECCAK_WORDS  25
#define SITU_KECCAK_ROUNDS 24
#define SITU_KECCAK_LANES  8

/* iota's constants, per round; offsets of rho, per word. */
extern const u64 situ_keccak_round_constants[SITU_KECCAK_ROUNDS];
#define SITU_KECCAK_RHO                                                                              \
    {                                                                                                \
        0, 1, 62, 28, 27, 36, 44, 6, 55, 20, 3, 10, 43, 25, 39, 41, 45, 15, 21, 8, 18, 2, 61, 56, 14 \
    }

/* The permutation, in place. */
void situ_keccak_f(u64 st[SITU_KECCAK_WORDS]);

/* One round of it: theta, rho, pi, chi, iota; round in 0..23. */
void situ_keccak_round(u64 st[SITU_KECCAK_WORDS], u32 round);

/* Eight states at once (host only). */
void situ_keccak_f8(u64 st[SITU_KECCAK_WORDS][SITU_KECCAK_LANES]);

/* Digests of n bytes; they differ in the padding byte only: 0x01 in Ethereum's Keccak-256, 0x06 in SHA3-256.
 */
void situ_keccak256(u8 digest[32], const void *data, size_t n);
void situ_sha3_256(u8 digest[32], const void *data, size_t n);

#endif /* SITU_HASH_KECCAK_H */
