/* transcript.h — Fiat-Shamir: challenges that depend on everything said before them.
 *
 * Prover and verifier run the same calls on the same bytes; a verifier in a guest too (freestanding).
 *
 * BYTES     docs/hashing.md, "Transcript", gives the exact encoding.  In short, with H(key, m) the keyed
 *           BLAKE3 hash:
 *
 *             D_0     derive_key of the domain string
 *             D_i+1   H(D_i, everything absorbed since D_i)
 *             block   64 bytes of extended output of H(D_i, kind | 1 | n), n = 0, 1, .. since D_i
 *
 *           An absorbed item is  label | 0 | number of bytes | bytes | zeros to a multiple of 64:  the
 *           encoding can be read back, so different sequences of items give different messages.
 * SECURITY  128 bits: D has 256, collisions cost 2^128.  A phase starts from the digest before it, so a
 *           challenge binds every earlier item, and where challenges came between items; not how many
 *           came there: the protocol fixes that.
 * ERRORS    none: each function is total.
 */
#ifndef SITU_HASH_TRANSCRIPT_H
#define SITU_HASH_TRANSCRIPT_H

#include "hash/blake3.h"

#define SITU_TRANSCRIPT_P 2130706433u /* KoalaBear; challenges are words below it */

typedef struct {
    situ_blake3 hasher; /* of the phase in progress, keyed by `digest` */
    u32 digest[8];      /* D: everything before the phase              */
    u64 n_challenges;   /* blocks of challenge taken from `digest`     */
    u64 n_items;        /* absorbed since, not yet in `digest`         */
} situ_transcript;

/* Begin.  `domain` names protocol and version; ends at its zero byte. */
void situ_transcript_init(situ_transcript *t, const char *domain);

/* Absorb n_bytes at `data`.  `label` says what they are; any value. */
void situ_transcript_absorb(situ_transcript *t, u32 label, const void *data, size_t n_bytes);

/* An element of the challenge field: six independent uniform words below SITU_TRANSCRIPT_P.  A uniform word
 * is as good in Montgomery form as in plain form: the words are used as they are, as kb. */
void situ_transcript_challenge_k6(situ_transcript *t, u32 element[6]);

/* n_positions independent uniform integers below 2^n_bits, with repetition; n_bits in 0..32. */
void situ_transcript_challenge_bits(situ_transcript *t, u32 *positions, size_t n_positions, u32 n_bits);

/* Is `nonce` proof of 2^n_bits work?  n_bits in 0..32: the hash of D and the nonce ends in n_bits zero bits.
 * At 0 bits only the nonce 0 passes, so that a proof has one encoding.  Absorbs the nonce, whatever the
 * answer. */
bool situ_transcript_grind_check(situ_transcript *t, u64 nonce, u32 n_bits) SITU_MUST_USE;

/* Bring `digest` up to date: what a search for the nonce starts from (hash/grind.h). */
void situ_transcript_settle(situ_transcript *t);

/* The block that a challenge hashes under D: kind and number.  For hash/grind.c. */
void situ_transcript_block(u32 block[16], u32 kind, u64 number);

enum {
    SITU_TRANSCRIPT_K6 = 1,
    SITU_TRANSCRIPT_BITS = 2,
    SITU_TRANSCRIPT_GRIND = 3, /* also the label under which a nonce is absorbed */
};

/* Flags of a keyed hash of exactly one block. */
#define SITU_TRANSCRIPT_FLAGS \
    (SITU_BLAKE3_KEYED_HASH | SITU_BLAKE3_CHUNK_START | SITU_BLAKE3_CHUNK_END | SITU_BLAKE3_ROOT)

#endif /* SITU_HASH_TRANSCRIPT_H */
