/* keccak_f.simd.c — rows of table keccak_f (FIPS 202, section 3.2).  Compiled once per level for the
 * expansion of words to bits, which is nearly all the work. */
#include "air/keccak_f.h"

#include <string.h>

static const u8 ROTATION[25] = {0,  1,  62, 28, 27, 36, 44, 6,  55, 20, 3,  10, 43,
                                25, 39, 41, 45, 15, 21, 8,  18, 2,  61, 56, 14};

static const u64 ROUND_CONSTANT[KECCAK_ROUNDS] = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b,
    0x0000000080000001, 0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088,
    0x0000000080008009, 0x000000008000000a, 0x000000008000808b, 0x800000000000008b, 0x8000000000008089,
    0x8000000000008003, 0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
};

SITU_INLINE u64 rotate(u64 x, u32 n) { return x << (n & 63) | x >> (-n & 63); }

/* bits[i] = bit i of x. */
SITU_INLINE void expand(u32 bits[64], u64 x)
{
    u32 low = (u32)x, high = (u32)(x >> 32);
    for (u32 i = 0; i < 32; i++) {
        bits[i] = low >> i & 1;
        bits[32 + i] = high >> i & 1;
    }
}

/* state becomes the one behind theta. */
SITU_INLINE void fill_theta(keccak_f_row *row, u64 state[KECCAK_LANES])
{
    u64 c[5], t[5];
    for (u32 x = 0; x < 5; x++)
        c[x] = state[x] ^ state[x + 5] ^ state[x + 10] ^ state[x + 15] ^ state[x + 20];
    for (u32 x = 0; x < 5; x++) {
        u64 d = c[(x + 4) % 5] ^ rotate(c[(x + 1) % 5], 1);
        for (u32 y = 0; y < 5; y++) state[x + 5 * y] ^= d;
        t[x] = c[x] ^ d;
        expand(row->theta + 64 * x, t[x]);
    }
    expand(row->theta + 320, c[0]);
    expand(row->theta + 384, c[2]);
    expand(row->theta + 448, c[3]);
    for (u32 l = 0; l < KECCAK_LANES; l++) expand(row->a + 64 * l, state[l]);
}

/* Rho, pi, iota (early: its bits are where chi is linear), chi. */
SITU_INLINE void fill_chi(keccak_f_row *row, u64 state[KECCAK_LANES], u32 round)
{
    u64 b[KECCAK_LANES];
    for (u32 x = 0; x < 5; x++)
        for (u32 y = 0; y < 5; y++)
            b[y + 5 * ((2 * x + 3 * y) % 5)] = rotate(state[x + 5 * y], ROTATION[x + 5 * y]);
    for (u32 l = 0; l < KECCAK_LANES; l++) {
        u32 y5 = l - l % 5;
        state[l] = b[l] ^ (~b[y5 + (l + 1) % 5] & b[y5 + (l + 2) % 5]);
    }
    state[0] ^= ROUND_CONSTANT[round];
    for (u32 j = 0; j < 7; j++) row->iota[j] = (u32)((b[0] ^ ROUND_CONSTANT[round]) >> ((1u << j) - 1) & 1);
}

void SIMD_NAME(keccak_f_fill)(keccak_f_row *rows, u32 id, u64 *state)
{
    for (u32 round = 0; round < KECCAK_ROUNDS; round++) {
        keccak_f_row *row = &rows[round];
        row->id = id;
        for (u32 i = 0; i < 6; i++) row->p[i] = round / 4 == i;
        for (u32 j = 0; j < 4; j++) row->q[j] = round % 4 == j;
        keccak_limbs(row->limb_in, state);
        fill_theta(row, state);
        fill_chi(row, state, round);
        keccak_limbs(row->limb_out, state);
    }
}
