/* blake3_f.c — rows of BLAKE3's tables ("BLAKE3: one function, fast everywhere", 2020, section 2.2). */
#include "air/blake3_f.h"

#include <string.h>

#include "hash/blake3.h"

static const u8 PERMUTATION[16] = {2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8};
static const u32 IV[8] = SITU_BLAKE3_IV;

SITU_INLINE u32 rotate(u32 x, u32 n) { return x >> n | x << (32 - n); }

static void put_bytes(u32 *out, u32 x)
{
    for (u32 k = 0; k < 4; k++) out[k] = x >> (8 * k) & 0xff;
}

static void put_limbs(u32 *out, u32 x)
{
    out[0] = x & 0xffff;
    out[1] = x >> 16;
}

static void fill_g(blake3_g_columns *g, u32 *a, u32 *b, u32 *c, u32 *d, u32 x, u32 y)
{
    u32 a1 = *a + *b + x, x1 = *d ^ a1, d1 = rotate(x1, 16);
    u32 c1 = *c + d1, x2 = *b ^ c1, b1 = rotate(x2, 12);
    u32 a2 = a1 + b1 + y, x3 = d1 ^ a2, d2 = rotate(x3, 8);
    u32 c2 = c1 + d2, x4 = b1 ^ c2;
    put_bytes(g->a1, a1);
    put_bytes(g->x1, x1);
    put_bytes(g->c1, c1);
    put_bytes(g->low, x2 & 0x0f0f0f0f);
    put_bytes(g->high, x2 >> 4 & 0x0f0f0f0f);
    put_bytes(g->a2, a2);
    put_bytes(g->x3, x3);
    put_bytes(g->c2, c2);
    put_bytes(g->x4, x4);
    put_bytes(g->top, x4 >> 7 & 0x01010101);
    *a = a2;
    *b = rotate(x4, 7);
    *c = c2;
    *d = d2;
}

static void fill_round(blake3_round_row *row, u32 v[16], const u32 m[16])
{
    for (u32 w = 0; w < 4; w++) {
        put_limbs(row->a + 2 * w, v[w]);
        put_bytes(row->b + 4 * w, v[4 + w]);
        put_limbs(row->c + 2 * w, v[8 + w]);
        put_bytes(row->d + 4 * w, v[12 + w]);
    }
    for (u32 w = 0; w < 16; w++) put_limbs(row->m + 2 * w, m[w]);
    for (u32 i = 0; i < 4; i++)
        fill_g(&row->column_g[i], v + i, v + 4 + i, v + 8 + i, v + 12 + i, m[2 * i], m[2 * i + 1]);
    for (u32 i = 0; i < 4; i++)
        fill_g(&row->diagonal_g[i], v + i, v + 4 + (i + 1) % 4, v + 8 + (i + 2) % 4, v + 12 + (i + 3) % 4,
               m[8 + 2 * i], m[9 + 2 * i]);
}

static void fill_compress(blake3_compress_row *row, u32 id, const u32 before[16], const u32 after[16],
                          const u32 m[16])
{
    row->id = id;
    row->real = 1;
    for (u32 w = 0; w < 16; w++) put_limbs(row->m + 2 * w, m[w]);
    for (u32 w = 0; w < 4; w++) {
        put_limbs(row->cv_low + 2 * w, before[w]);
        put_bytes(row->cv_high + 4 * w, before[4 + w]);
        put_bytes(row->control + 4 * w, before[12 + w]);
        put_bytes(row->a + 4 * w, after[w]);
        put_bytes(row->b + 4 * w, after[4 + w]);
        put_bytes(row->c + 4 * w, after[8 + w]);
        put_bytes(row->d + 4 * w, after[12 + w]);
    }
    for (u32 w = 0; w < 8; w++) put_bytes(row->result + 4 * w, after[w] ^ after[w + 8]);
}

void blake3_compress_rows(blake3_round_row rounds[BLAKE3_ROUNDS], blake3_compress_row *compress, u32 id,
                          u32 cv[8], const blake3_input *input)
{
    u32 before[16], v[16], m[16], permuted[16];
    memcpy(before, cv, 32);
    memcpy(before + 8, IV, 16);
    before[12] = (u32)input->counter;
    before[13] = (u32)(input->counter >> 32);
    before[14] = input->block_bytes;
    before[15] = input->flags;
    memcpy(v, before, sizeof v);
    memcpy(m, input->block, sizeof m);
    for (u32 round = 0; round < BLAKE3_ROUNDS; round++) {
        rounds[round].id = id;
        rounds[round].round = round;
        rounds[round].real = 1;
        fill_round(&rounds[round], v, m);
        for (u32 i = 0; i < 16; i++) permuted[i] = m[PERMUTATION[i]];
        memcpy(m, permuted, sizeof m);
    }
    fill_compress(compress, id, before, v, input->block);
    for (u32 w = 0; w < 8; w++) cv[w] = v[w] ^ v[w + 8];
}

void blake3_chain_rows(blake3_round_row rounds[BLAKE3_ROUNDS], blake3_compress_row *compress,
                       blake3_step_row *step_row, u32 step, u32 digest[8])
{
    blake3_input input = {.block_bytes = 32,
                          .flags = SITU_BLAKE3_CHUNK_START | SITU_BLAKE3_CHUNK_END | SITU_BLAKE3_ROOT};
    u32 cv[8];
    memcpy(input.block, digest, 32);
    memcpy(cv, IV, sizeof cv);
    step_row->real = 1;
    step_row->step = step;
    for (u32 w = 0; w < 8; w++) put_limbs(step_row->before + 2 * w, digest[w]);
    blake3_compress_rows(rounds, compress, step, cv, &input);
    for (u32 w = 0; w < 8; w++) put_limbs(step_row->after + 2 * w, cv[w]);
    memcpy(digest, cv, sizeof cv);
}

void blake3_xor_row(u32 pre[BLAKE3_XOR_PRE], u32 row)
{
    u32 a = row & 0xff, b_high = row >> 8, x_high = a >> 3 ^ b_high;
    const u32 cells[BLAKE3_XOR_PRE] = {a >> 3, a & 1,      a >> 1 & 1, a >> 2 & 1,
                                       b_high, x_high & 1, x_high >> 1};
    for (u32 i = 0; i < BLAKE3_XOR_PRE; i++) pre[i] = cells[i];
}

void blake3_xor_mults(u32 mults[BLAKE3_XOR_MULTS], const u32 *counters, u32 row)
{
    for (u32 k = 0; k < BLAKE3_XOR_MULTS; k++)
        mults[k] = counters[(row & 0xff) + 256 * (BLAKE3_XOR_MULTS * (row >> 8) + k)];
}
