/* zkvm.c — the standard's hash functions (zkvm_accelerators.h). */
#include <string.h>

#include "guest.h"
#include "zkvm_accelerators.h"

/* --- Keccak-256: rate 1088, padding 0x01 ... 0x80 (the Keccak submission's; SHA-3's differs) ------------ */

enum { RATE = 136 };

static void absorb_block(uint64_t state[25], const uint8_t *block)
{
    if ((uintptr_t)block % 8 == 0) {
        const guest_u64 *words = (const guest_u64 *)(const void *)block;
        for (int i = 0; i < RATE / 8; i++) state[i] ^= words[i];
    } else {
        for (int i = 0; i < RATE / 8; i++) {
            uint64_t word;
            memcpy(&word, block + 8 * i, 8);
            state[i] ^= word;
        }
    }
    situ_guest_keccak_f1600(state);
}

zkvm_status zkvm_keccak256(const uint8_t *data, size_t len, zkvm_keccak256_hash *output)
{
    uint64_t state[25] = {0}, last[RATE / 8] = {0};
    guest_check(output);
    if (len) guest_check(data);
    for (; len >= RATE; data += RATE, len -= RATE) absorb_block(state, data);
    if (len) memcpy(last, data, len);
    ((uint8_t *)last)[len] ^= 0x01;
    ((uint8_t *)last)[RATE - 1] ^= 0x80;
    absorb_block(state, (const uint8_t *)last);
    memcpy(output->data, state, 32);
    return ZKVM_EOK;
}

/* --- Merkle-Damgard framing of SHA-256 and RIPEMD-160: 0x80, zeros, length in bits ---------------------- */

typedef void compress_fn(uint32_t state[8], const uint8_t block[64]);

static void hash_blocks(uint32_t state[8], compress_fn *compress, const uint8_t *data, size_t len,
                        int is_big_endian)
{
    uint8_t last[128] = {0};
    uint64_t n_bits = (uint64_t)len * 8;
    size_t rest = len % 64, padded = rest < 56 ? 64 : 128;

    for (size_t i = 0; i + 64 <= len; i += 64) compress(state, data + i);
    if (rest) memcpy(last, data + len - rest, rest);
    last[rest] = 0x80;
    if (is_big_endian) n_bits = __builtin_bswap64(n_bits);
    memcpy(last + padded - 8, &n_bits, 8);
    for (size_t i = 0; i < padded; i += 64) compress(state, last + i);
}

/* --- SHA-256: FIPS 180-4, 6.2 --------------------------------------------------------------------------- */

static const uint32_t sha256_k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static inline uint32_t right(uint32_t x, int n) { return x >> n | x << (32 - n); }
static inline uint32_t left(uint32_t x, int n) { return x << n | x >> (32 - n); }

static inline uint32_t read_be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void sha256_compress(uint32_t state[8], const uint8_t block[64])
{
    uint32_t w[64], a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];

    for (int i = 0; i < 16; i++) w[i] = read_be32(block + 4 * i);
    for (int i = 16; i < 64; i++) {
        uint32_t x = w[i - 15], y = w[i - 2];
        w[i] = w[i - 16] + (right(x, 7) ^ right(x, 18) ^ x >> 3) + w[i - 7] +
               (right(y, 17) ^ right(y, 19) ^ y >> 10);
    }
    for (int i = 0; i < 64; i++) {
        uint32_t t1 =
            h + (right(e, 6) ^ right(e, 11) ^ right(e, 25)) + ((e & (f ^ g)) ^ g) + sha256_k[i] + w[i];
        uint32_t t2 = (right(a, 2) ^ right(a, 13) ^ right(a, 22)) + ((a & b) | (c & (a | b)));
        h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d;
    state[4] += e, state[5] += f, state[6] += g, state[7] += h;
}

zkvm_status zkvm_sha256(const uint8_t *data, size_t len, zkvm_sha256_hash *output)
{
    uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                         0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    guest_check(output);
    if (len) guest_check(data);
    hash_blocks(state, sha256_compress, data, len, 1);
    for (int i = 0; i < 8; i++) state[i] = __builtin_bswap32(state[i]);
    memcpy(output->data, state, 32);
    return ZKVM_EOK;
}

/* --- RIPEMD-160: Dobbertin, Bosselaers, Preneel, 1996 --------------------------------------------------- */

static const uint8_t ripemd_word[2][80] = {
    {0,  1, 2,  3,  4, 5,  6,  7,  8, 9, 10, 11, 12, 13, 14, 15, 7, 4,  13, 1, 10, 6, 15, 3,  12, 0, 9,
     5,  2, 14, 11, 8, 3,  10, 14, 4, 9, 15, 8,  1,  2,  7,  0,  6, 13, 11, 5, 12, 1, 9,  11, 10, 0, 8,
     12, 4, 13, 3,  7, 15, 14, 5,  6, 2, 4,  0,  5,  9,  7,  12, 2, 10, 14, 1, 3,  8, 11, 6,  15, 13},
    {5,  14, 7, 0,  9, 2,  11, 4, 13, 6,  15, 8,  1,  10, 3, 12, 6, 11, 3, 7, 0,  13, 5, 10, 14, 15, 8,
     12, 4,  9, 1,  2, 15, 5,  1, 3,  7,  14, 6,  9,  11, 8, 12, 2, 10, 0, 4, 13, 8,  6, 4,  1,  3,  11,
     15, 0,  5, 12, 2, 13, 9,  7, 10, 14, 12, 15, 10, 4,  1, 5,  8, 7,  6, 2, 13, 14, 0, 3,  9,  11}};
static const uint8_t ripemd_turn[2][80] = {
    {11, 14, 15, 12, 5,  8,  7,  9, 11, 13, 14, 15, 6,  7,  9, 8,  7,  6,  8,  13, 11, 9,  7,  15, 7,  12, 15,
     9,  11, 7,  13, 12, 11, 13, 6, 7,  14, 9,  13, 15, 14, 8, 13, 6,  5,  12, 7,  5,  11, 12, 14, 15, 14, 15,
     9,  8,  9,  14, 5,  6,  8,  6, 5,  12, 9,  15, 5,  11, 6, 8,  13, 12, 5,  12, 13, 14, 11, 8,  5,  6},
    {8, 9,  9,  11, 13, 15, 15, 5,  7,  7, 8, 11, 14, 14, 12, 6, 9,  13, 15, 7,  12, 8,  9,  11, 7,  7,  12,
     7, 6,  15, 13, 11, 9,  7,  15, 11, 8, 6, 6,  14, 12, 13, 5, 14, 13, 13, 7,  5,  15, 5,  8,  11, 14, 14,
     6, 14, 6,  9,  12, 9,  12, 5,  15, 8, 8, 5,  12, 9,  12, 5, 14, 6,  8,  13, 6,  5,  15, 13, 11, 11}};
static const uint32_t ripemd_k[2][5] = {{0, 0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xa953fd4e},
                                        {0x50a28be6, 0x5c4dd124, 0x6d703ef3, 0x7a6d76e9, 0}};

static uint32_t ripemd_f(int round, uint32_t x, uint32_t y, uint32_t z)
{
    switch (round) {
    case 0: return x ^ y ^ z;
    case 1: return (x & y) | (~x & z);
    case 2: return (x | ~y) ^ z;
    case 3: return (x & z) | (y & ~z);
    default: return x ^ (y | ~z);
    }
}

static void ripemd_compress(uint32_t state[8], const uint8_t block[64])
{
    uint32_t line[2][5], m[16];
    memcpy(m, block, 64);
    for (int l = 0; l < 2; l++) {
        uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
        for (int j = 0; j < 80; j++) {
            int round = l == 0 ? j / 16 : 4 - j / 16;
            uint32_t t = a + ripemd_f(round, b, c, d) + m[ripemd_word[l][j]] + ripemd_k[l][j / 16];
            t = left(t, ripemd_turn[l][j]) + e;
            a = e, e = d, d = left(c, 10), c = b, b = t;
        }
        line[l][0] = a, line[l][1] = b, line[l][2] = c, line[l][3] = d, line[l][4] = e;
    }
    uint32_t t = state[1] + line[0][2] + line[1][3];
    state[1] = state[2] + line[0][3] + line[1][4];
    state[2] = state[3] + line[0][4] + line[1][0];
    state[3] = state[4] + line[0][0] + line[1][1];
    state[4] = state[0] + line[0][1] + line[1][2];
    state[0] = t;
}

zkvm_status zkvm_ripemd160(const uint8_t *data, size_t len, zkvm_ripemd160_hash *output)
{
    uint32_t state[8] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0, 0, 0, 0};
    guest_check(output);
    if (len) guest_check(data);
    hash_blocks(state, ripemd_compress, data, len, 0);
    memset(output->data, 0, 12);
    memcpy(output->data + 12, state, 20);
    return ZKVM_EOK;
}

/* --- BLAKE2b's F: RFC 7693, 3.2; EIP-152 ---------------------------------------------------------------- */

static const uint8_t blake2_sigma[10][16] = {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
                                             {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
                                             {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
                                             {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
                                             {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
                                             {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
                                             {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
                                             {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
                                             {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
                                             {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0}};
static const uint64_t blake2_iv[8] = {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b,
                                      0xa54ff53a5f1d36f1, 0x510e527fade682d1, 0x9b05688c2b3e6c1f,
                                      0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};

static inline uint64_t right64(uint64_t x, int n) { return x >> n | x << (64 - n); }

static void blake2_g(uint64_t *v, int a, int b, int c, int d, uint64_t x, uint64_t y)
{
    v[a] += v[b] + x, v[d] = right64(v[d] ^ v[a], 32);
    v[c] += v[d], v[b] = right64(v[b] ^ v[c], 24);
    v[a] += v[b] + y, v[d] = right64(v[d] ^ v[a], 16);
    v[c] += v[d], v[b] = right64(v[b] ^ v[c], 63);
}

zkvm_status zkvm_blake2f(uint32_t rounds, zkvm_blake2f_state *h, const zkvm_blake2f_message *m,
                         const zkvm_blake2f_offset *t, uint8_t f)
{
    uint64_t v[16], words[16], state[8], offset[2];
    guest_check(h), guest_check(m), guest_check(t);
    if (f > 1) return ZKVM_EFAIL;
    memcpy(state, h->data, 64);
    memcpy(words, m->data, 128);
    memcpy(offset, t->data, 16);
    for (int i = 0; i < 8; i++) v[i] = state[i], v[i + 8] = blake2_iv[i];
    v[12] ^= offset[0], v[13] ^= offset[1];
    if (f) v[14] = ~v[14];
    for (uint32_t r = 0; r < rounds; r++) {
        const uint8_t *s = blake2_sigma[r % 10];
        for (int i = 0; i < 4; i++)
            blake2_g(v, i, 4 + i, 8 + i, 12 + i, words[s[2 * i]], words[s[2 * i + 1]]);
        for (int i = 0; i < 4; i++)
            blake2_g(v, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4, words[s[8 + 2 * i]],
                     words[s[9 + 2 * i]]);
    }
    for (int i = 0; i < 8; i++) state[i] ^= v[i] ^ v[i + 8];
    memcpy(h->data, state, 64);
    return ZKVM_EOK;
}
