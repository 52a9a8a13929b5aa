/* hosted_accel.c — Keccak-f[1600] (FIPS 202, 3.2) and the BLAKE3 compression (BLAKE3 paper, 2.2), written
 * apart from src/vm/accel.c so that a guest under qemu-riscv64 checks the accelerators against something
 * else. */
#include "hosted_accel.h"

static uint64_t turn(uint64_t x, unsigned n) { return x << (n & 63) | x >> (-n & 63); }

/* One bit of the round constants' sequence: the LFSR x^8 + x^6 + x^5 + x^4 + 1 (FIPS 202, algorithm 5). */
static unsigned next_bit(unsigned *lfsr)
{
    unsigned bit = *lfsr & 1;
    *lfsr = *lfsr << 1 ^ (*lfsr >> 7 & 1 ? 0x171 : 0);
    return bit;
}

void hosted_keccak_f1600(uint64_t a[25])
{
    unsigned lfsr = 1;
    for (int round = 0; round < 24; round++) {
        uint64_t parity[5], row[5];
        for (int x = 0; x < 5; x++) parity[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
        for (int x = 0; x < 5; x++) {
            for (int y = 0; y < 25; y += 5) a[x + y] ^= parity[(x + 4) % 5] ^ turn(parity[(x + 1) % 5], 1);
        }
        uint64_t carried = a[1];
        for (int i = 1, x = 1, y = 0; i <= 24; i++) {
            int new_x = y, new_y = (2 * x + 3 * y) % 5;
            uint64_t next = a[new_x + 5 * new_y];
            a[new_x + 5 * new_y] = turn(carried, (unsigned)(i * (i + 1) / 2));
            carried = next;
            x = new_x, y = new_y;
        }
        for (int y = 0; y < 25; y += 5) {
            for (int x = 0; x < 5; x++) row[x] = a[x + y];
            for (int x = 0; x < 5; x++) a[x + y] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5]);
        }
        for (int j = 0; j < 7; j++) a[0] ^= (uint64_t)next_bit(&lfsr) << ((1 << j) - 1);
    }
}

static uint32_t right(uint32_t x, int n) { return x >> n | x << (32 - n); }

static void quarter(uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *d, uint32_t x, uint32_t y)
{
    *a = *a + *b + x;
    *d = right(*d ^ *a, 16);
    *c = *c + *d;
    *b = right(*b ^ *c, 12);
    *a = *a + *b + y;
    *d = right(*d ^ *a, 8);
    *c = *c + *d;
    *b = right(*b ^ *c, 7);
}

void hosted_blake3_compress(uint32_t out[8], const uint32_t cv[8], const uint32_t left[8],
                            const uint32_t right[8], uint64_t counter, uint32_t block_len, uint32_t flags)
{
    static const uint8_t columns[8][4] = {{0, 4, 8, 12},  {1, 5, 9, 13},  {2, 6, 10, 14}, {3, 7, 11, 15},
                                          {0, 5, 10, 15}, {1, 6, 11, 12}, {2, 7, 8, 13},  {3, 4, 9, 14}};
    static const uint8_t after[16] = {2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8};
    uint32_t v[16] = {cv[0],
                      cv[1],
                      cv[2],
                      cv[3],
                      cv[4],
                      cv[5],
                      cv[6],
                      cv[7],
                      0x6a09e667,
                      0xbb67ae85,
                      0x3c6ef372,
                      0xa54ff53a,
                      (uint32_t)counter,
                      (uint32_t)(counter >> 32),
                      block_len,
                      flags};
    uint32_t block[16];
    uint8_t at[16];
    for (int i = 0; i < 16; i++) block[i] = i < 8 ? left[i] : right[i - 8];
    for (int i = 0; i < 16; i++) at[i] = (uint8_t)i;
    for (int round = 0; round < 7; round++) {
        for (int i = 0; i < 8; i++) {
            const uint8_t *k = columns[i];
            quarter(&v[k[0]], &v[k[1]], &v[k[2]], &v[k[3]], block[at[2 * i]], block[at[2 * i + 1]]);
        }
        uint8_t next[16];
        for (int i = 0; i < 16; i++) next[i] = at[after[i]];
        for (int i = 0; i < 16; i++) at[i] = next[i];
    }
    for (int i = 0; i < 8; i++) out[i] = v[i] ^ v[i + 8];
}
