/* keccak_chain.c — Keccak-256 over and over: starting from 32 zero bytes, each hash is that of the one before.
 *
 * Input: how many, decimal; then the word "software", if the permutation shall be computed by instructions
 * instead of the accelerator.  Output: the last hash, in hexadecimal. */
#include <stdio.h>
#include <string.h>

#include <situ/guest.h>

#define RATE_WORDS 17 /* 1088 bits */

typedef void permutation(uint64_t state[25]);

static inline uint64_t rotl(uint64_t x, int n) { return x << n | x >> (64 - n); }

/* Keccak-f[1600] as in FIPS 202, 3.2; lane (x, y) is a[x + 5 y]. */
static void keccak_f_software(uint64_t a[25])
{
    static const uint8_t turn[24] = {1,  3,  6,  10, 15, 21, 28, 36, 45, 55, 2,  14,
                                     27, 41, 56, 8,  25, 43, 62, 18, 39, 61, 20, 44};
    static const uint8_t place[24] = {10, 7,  11, 17, 18, 3, 5,  16, 8,  21, 24, 4,
                                      15, 23, 19, 13, 12, 2, 20, 14, 22, 9,  6,  1};
    static const uint64_t iota[24] = {
        0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b,
        0x0000000080000001, 0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088,
        0x0000000080008009, 0x000000008000000a, 0x000000008000808b, 0x800000000000008b, 0x8000000000008089,
        0x8000000000008003, 0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
        0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
    };
    for (int round = 0; round < 24; round++) {
        uint64_t c[5], moved;
#pragma GCC unroll 5
        for (int x = 0; x < 5; x++) c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
#pragma GCC unroll 5
        for (int x = 0; x < 5; x++) {
            uint64_t d = c[(x + 4) % 5] ^ rotl(c[(x + 1) % 5], 1);
#pragma GCC unroll 5
            for (int y = 0; y < 25; y += 5) a[y + x] ^= d;
        }
        moved = a[1];
#pragma GCC unroll 24
        for (int i = 0; i < 24; i++) {
            uint64_t next = a[place[i]];
            a[place[i]] = rotl(moved, turn[i]);
            moved = next;
        }
#pragma GCC unroll 5
        for (int y = 0; y < 25; y += 5) {
#pragma GCC unroll 5
            for (int x = 0; x < 5; x++) c[x] = a[y + x];
#pragma GCC unroll 5
            for (int x = 0; x < 5; x++) a[y + x] = c[x] ^ (~c[(x + 1) % 5] & c[(x + 2) % 5]);
        }
        a[0] ^= iota[round];
    }
}

/* Keccak-256 of 32 bytes: one block, padded 0x01 .. 0x80. */
static void hash_again(uint64_t hash[4], permutation *keccak_f)
{
    uint64_t state[25] = {hash[0], hash[1], hash[2], hash[3], [4] = 1, [RATE_WORDS - 1] = 1ull << 63};
    keccak_f(state);
    memcpy(hash, state, 32);
}

int main(void)
{
    static const char word[] = " software";
    const uint8_t *input;
    size_t n_bytes, at = 0;
    uint64_t n = 0, hash[4] = {0};

    read_input(&input, &n_bytes);
    for (; at < n_bytes && input[at] >= '0' && input[at] <= '9'; at++) n = 10 * n + (input[at] - '0');
    int is_software = n_bytes - at >= sizeof word - 1 && memcmp(input + at, word, sizeof word - 1) == 0;
    for (uint64_t i = 0; i < n; i++)
        hash_again(hash, is_software ? keccak_f_software : situ_guest_keccak_f1600);
    for (int i = 0; i < 32; i++) printf("%02x", ((const uint8_t *)hash)[i]);
    printf("\n");
    return 0;
}
