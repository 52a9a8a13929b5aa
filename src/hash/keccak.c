/* keccak.c — one state at a time, and the sponge; freestanding. */
#include "hash/keccak.h"

typedef u64 keccak_word;

SITU_INLINE u64 word_rotl(u64 a, int n) { return n == 0 ? a : a << n | a >> (64 - n); }
SITU_INLINE u64 word_xor3(u64 a, u64 b, u64 c) { return a ^ b ^ c; }
SITU_INLINE u64 word_chi(u64 a, u64 b, u64 c) { return a ^ (~b & c); }

#include "hash/keccak_round.h"

const u64 situ_keccak_round_constants[SITU_KECCAK_ROUNDS] = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b,
    0x0000000080000001, 0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088,
    0x0000000080008009, 0x000000008000000a, 0x000000008000808b, 0x800000000000008b, 0x8000000000008089,
    0x8000000000008003, 0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
};

void situ_keccak_round(u64 st[SITU_KECCAK_WORDS], u32 round)
{
    keccak_round(st);
    st[0] ^= situ_keccak_round_constants[round];
}

void situ_keccak_f(u64 st[SITU_KECCAK_WORDS])
{
    u64 a[SITU_KECCAK_WORDS];
    for (int i = 0; i < SITU_KECCAK_WORDS; i++) a[i] = st[i];
    for (int round = 0; round < SITU_KECCAK_ROUNDS; round++) {
        keccak_round(a);
        a[0] ^= situ_keccak_round_constants[round];
    }
    for (int i = 0; i < SITU_KECCAK_WORDS; i++) st[i] = a[i];
}

enum { RATE = 136 }; /* bytes; 1600 bits less twice the digest's */

static void absorb_block(u64 st[SITU_KECCAK_WORDS], const u8 block[RATE])
{
    for (int i = 0; i < RATE / 8; i++) {
        u64 word;
        __builtin_memcpy(&word, block + 8 * i, sizeof word);
        st[i] ^= word;
    }
    situ_keccak_f(st);
}

static void sponge(u8 digest[32], const void *data, size_t n, u8 padding)
{
    u64 st[SITU_KECCAK_WORDS] = {0};
    u8 last[RATE] = {0};
    const u8 *at = data;
    for (; n >= RATE; n -= RATE, at += RATE) absorb_block(st, at);
    __builtin_memcpy(last, at, n);
    last[n] = padding;
    last[RATE - 1] |= 0x80;
    absorb_block(st, last);
    __builtin_memcpy(digest, st, 32);
}

void situ_keccak256(u8 digest[32], const void *data, size_t n) { sponge(digest, data, n, 0x01); }
void situ_sha3_256(u8 digest[32], const void *data, size_t n) { sponge(digest, data, n, 0x06); }
