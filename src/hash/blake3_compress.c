/* blake3_compress.c — the compression function of BLAKE3, section 2.2. */
#include "hash/blake3.h"

static const u32 IV[8] = SITU_BLAKE3_IV;
static const u8 SCHEDULE[7][16] = SITU_BLAKE3_SCHEDULE;

SITU_INLINE u32 rotr(u32 x, int n) { return x >> n | x << (32 - n); }

SITU_INLINE void quarter_round(u32 s[16], int a, int b, int c, int d, u32 x, u32 y)
{
    s[a] += s[b] + x;
    s[d] = rotr(s[d] ^ s[a], 16);
    s[c] += s[d];
    s[b] = rotr(s[b] ^ s[c], 12);
    s[a] += s[b] + y;
    s[d] = rotr(s[d] ^ s[a], 8);
    s[c] += s[d];
    s[b] = rotr(s[b] ^ s[c], 7);
}

SITU_INLINE void round_columns_diagonals(u32 s[16], const u32 m[16], const u8 k[16])
{
    quarter_round(s, 0, 4, 8, 12, m[k[0]], m[k[1]]);
    quarter_round(s, 1, 5, 9, 13, m[k[2]], m[k[3]]);
    quarter_round(s, 2, 6, 10, 14, m[k[4]], m[k[5]]);
    quarter_round(s, 3, 7, 11, 15, m[k[6]], m[k[7]]);
    quarter_round(s, 0, 5, 10, 15, m[k[8]], m[k[9]]);
    quarter_round(s, 1, 6, 11, 12, m[k[10]], m[k[11]]);
    quarter_round(s, 2, 7, 8, 13, m[k[12]], m[k[13]]);
    quarter_round(s, 3, 4, 9, 14, m[k[14]], m[k[15]]);
}

/* State after the seven rounds, before the feed-forward. */
SITU_INLINE void permute(u32 s[16], const u32 cv[8], const situ_file_u32 *left, const situ_file_u32 *right,
                         u64 counter, u32 block_bytes, u32 flags)
{
    u32 m[16];
    for (int i = 0; i < 8; i++) m[i] = left[i];
    for (int i = 0; i < 8; i++) m[8 + i] = right[i];
    for (int i = 0; i < 8; i++) s[i] = cv[i];
    for (int i = 0; i < 4; i++) s[8 + i] = IV[i];
    s[12] = (u32)counter;
    s[13] = (u32)(counter >> 32);
    s[14] = block_bytes;
    s[15] = flags;
#pragma GCC unroll 7
    for (int r = 0; r < 7; r++) round_columns_diagonals(s, m, SCHEDULE[r]);
}

#if !defined(SITU_BLAKE3_ACCELERATED) /* a guest has one of its own */
void situ_blake3_compress_halves(u32 out[8], const u32 cv[8], const situ_file_u32 *left,
                                 const situ_file_u32 *right, u64 counter, u32 block_bytes, u32 flags)
{
    u32 s[16];
    permute(s, cv, left, right, counter, block_bytes, flags);
    for (int i = 0; i < 8; i++) out[i] = s[i] ^ s[8 + i];
}
#endif

void situ_blake3_compress_wide(u32 out[16], const u32 cv[8], const situ_file_u32 *block, u64 counter,
                               u32 block_bytes, u32 flags)
{
    u32 s[16];
    permute(s, cv, block, block + 8, counter, block_bytes, flags);
    for (int i = 0; i < 8; i++) {
        out[8 + i] = s[8 + i] ^ cv[i]; /* before out[i]: out may be cv's own memory */
        out[i] = s[i] ^ s[8 + i];
    }
}
