/* blake3_f.h — witness of BLAKE3's compression: the rows of the tables in blake3_f.air and blake3_chain.air.
 *
 * Rows are plain integers, in the layout of the generated row structs of any system that includes these
 * tables.  A row of zeros is a valid padding row of each.
 */
#ifndef SITU_AIR_BLAKE3_F_H
#define SITU_AIR_BLAKE3_F_H

#include "base/base.h"

enum {
    BLAKE3_ROUNDS = 7,
    BLAKE3_XOR_PAIRS = 1 << 16, /* of bytes: (a, b) at a + 256 b              */
    BLAKE3_XOR_ROWS = 1 << 13,  /* of table xor_nibbles: 8 pairs each         */
    BLAKE3_XOR_PRE = 7,
    BLAKE3_XOR_MULTS = 8,
};

/* A quarter round.  Bytes, least significant first. */
typedef struct {
    u32 a1[4], x1[4], c1[4];
    u32 low[4], high[4]; /* nibbles of b ^ c1     */
    u32 a2[4], x3[4], c2[4], x4[4];
    u32 top[4]; /* bit 7 of x4's bytes   */
} blake3_g_columns;

/* Table blake3_round: one round. */
typedef struct {
    u32 id, round, real;
    u32 a[8], b[16], c[8], d[16]; /* words 0-3 in limbs, 4-7 in bytes, 8-11 in limbs, 12-15 in bytes */
    u32 m[32];                    /* message in limbs, in this round's order                        */
    blake3_g_columns column_g[4], diagonal_g[4];
} blake3_round_row;

/* Table blake3_compress: one compression. */
typedef struct {
    u32 id, real;
    u32 cv_low[8], cv_high[16], m[32], control[16];
    u32 a[16], b[16], c[16], d[16]; /* bytes of the state behind the last round */
    u32 result[32];                 /* bytes of the new chaining value          */
} blake3_compress_row;

/* Table blake3_step: one hash of a chain. */
typedef struct {
    u32 real, step;
    u32 before[16], after[16];
} blake3_step_row;

/* What a compression takes beside its chaining value. */
typedef struct {
    u32 block[16];
    u64 counter;
    u32 block_bytes, flags;
} blake3_input;

/* Rows of compression `id` under cv, which becomes the new chaining value. */
void blake3_compress_rows(blake3_round_row rounds[BLAKE3_ROUNDS], blake3_compress_row *compress, u32 id,
                          u32 cv[8], const blake3_input *input);

/* Rows of hash number `step` of a chain: digest becomes the BLAKE3 hash of its 32 bytes. */
void blake3_chain_rows(blake3_round_row rounds[BLAKE3_ROUNDS], blake3_compress_row *compress,
                       blake3_step_row *step_row, u32 step, u32 digest[8]);

/* Row `row` of table xor_nibbles: preprocessed columns, and multiplicities from counters of the pairs. */
void blake3_xor_row(u32 pre[BLAKE3_XOR_PRE], u32 row);
void blake3_xor_mults(u32 mults[BLAKE3_XOR_MULTS], const u32 *counters, u32 row);

#endif /* SITU_AIR_BLAKE3_F_H */
