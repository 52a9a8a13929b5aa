/* merkle_verify.c — the verifier's half of merkle.h, freestanding. */
#include "hash/merkle.h"

#include "hash/blake3.h"
#include "hash/tile_hash.h"

const u32 situ_merkle_key_leaf[8] SITU_ALIGNED(8) = {0xe9300d29, 0xd618ccbd, 0x7bb817a7, 0x9d8c08e2,
                                                     0x07901322, 0x17426075, 0x132a6378, 0x0c968fe8};
const u32 situ_merkle_key_node[8] SITU_ALIGNED(8) = {0xf58b3716, 0xbc5062b6, 0xbfd98f23, 0x6eb7c45b,
                                                     0x88a76956, 0x8e62a97d, 0xf7186541, 0x7495607a};
const u32 situ_merkle_key_inject[8] SITU_ALIGNED(8) = {0x20a491f6, 0xe61aa426, 0x847cffdc, 0x17704c80,
                                                       0x8ced601d, 0xe466600a, 0x98d18c2a, 0x6666108d};

situ_err situ_merkle_check_shape(const u32 *log2_rows, const u32 *n_tiles, u32 n_groups, u32 cap_log2)
{
    if (n_groups == 0 || log2_rows[0] > SITU_MERKLE_LOG2_ROWS_MAX) return SITU_ERR_ARG;
    for (u32 g = 0; g < n_groups; g++) {
        if (n_tiles[g] == 0 || n_tiles[g] > SITU_HASH_TILES_MAX) return SITU_ERR_ARG;
        if (g > 0 && (log2_rows[g] >= log2_rows[g - 1] || log2_rows[g] < cap_log2)) return SITU_ERR_ARG;
    }
    return SITU_OK;
}

enum { CHUNK_TILES = SITU_BLAKE3_CHUNK_BYTES / SITU_BLAKE3_BLOCK_BYTES, LEVELS_MAX = 12 };

_Static_assert(SITU_HASH_TILES_MAX <= CHUNK_TILES << LEVELS_MAX, "chaining values of subtrees have room");

/* A chunk of n tiles: chaining values go from block to block, the first one being the key. */
static void hash_chunk(u32 out[8], const situ_file_u32 *tiles, u32 n, u64 chunk, u32 root)
{
    const u32 keyed = SITU_BLAKE3_KEYED_HASH, end = SITU_BLAKE3_CHUNK_END | root;
    const u32 *cv = situ_merkle_key_leaf;
    if (n > 1) {
        situ_blake3_compress_blocks(out, cv, tiles, 1, chunk, keyed | SITU_BLAKE3_CHUNK_START);
        situ_blake3_compress_blocks(out, out, tiles + 16, n - 2, chunk, keyed);
        cv = out;
    }
    situ_blake3_compress_blocks(out, cv, tiles + 16 * (n - 1), 1, chunk,
                                keyed | end | (n == 1 ? SITU_BLAKE3_CHUNK_START : 0u));
}

/* *left becomes the parent of *left and the one behind it. */
SITU_INLINE void join_subtrees(u32 (*left)[8], u32 root)
{
    situ_blake3_compress_halves(left[0], situ_merkle_key_leaf, left[0], left[1], 0, SITU_BLAKE3_BLOCK_BYTES,
                                SITU_BLAKE3_KEYED_HASH | SITU_BLAKE3_PARENT | root);
}

/* BLAKE3's tree (section 2.1), over a row that is known as a whole: subtrees of one size are joined as soon as there
 * are two of them and more to come. */
static void hash_long_row(u32 digest[8], const situ_file_u32 *row, u32 n_tiles)
{
    u32 subtrees[LEVELS_MAX + 1][8] SITU_ALIGNED(8);
    u32 n = 0, chunk = 0;
    for (; n_tiles > CHUNK_TILES; n_tiles -= CHUNK_TILES, row += 16 * CHUNK_TILES, chunk++) {
        hash_chunk(subtrees[n++], row, CHUNK_TILES, chunk, 0);
        for (u32 i = chunk; i & 1; i >>= 1, n--) join_subtrees(&subtrees[n - 2], 0);
    }
    hash_chunk(subtrees[n], row, n_tiles, chunk, 0);
    for (; n > 1; n--) join_subtrees(&subtrees[n - 1], 0);
    situ_blake3_compress_halves(digest, situ_merkle_key_leaf, subtrees[0], subtrees[1], 0,
                                SITU_BLAKE3_BLOCK_BYTES,
                                SITU_BLAKE3_KEYED_HASH | SITU_BLAKE3_PARENT | SITU_BLAKE3_ROOT);
}

SITU_INLINE void hash_row(u32 digest[8], const situ_file_u32 *row, u32 n_tiles)
{
    if (n_tiles > CHUNK_TILES)
        hash_long_row(digest, row, n_tiles);
    else
        hash_chunk(digest, row, n_tiles, 0, SITU_BLAKE3_ROOT);
}

static bool digests_equal(const u32 a[8], const situ_file_u32 *b)
{
    u32 difference = 0;
    for (int i = 0; i < 8; i++) difference |= a[i] ^ b[i];
    return difference == 0;
}

/* On the way from a leaf to the cap. */
typedef struct {
    u32 node[8] SITU_ALIGNED(8);
    const situ_file_u32 *sibling;
    u64 index;
    u32 level;
} climber;

SITU_INLINE void climb_to(climber *at, u32 level)
{
    u32 n = at->level - level;
    at->sibling = situ_blake3_compress_path(at->node, at->sibling, at->index, n, situ_merkle_key_node,
                                            SITU_HASH_NODE_FLAGS);
    at->index >>= n;
    at->level = level;
}

situ_err situ_merkle_verify(const u8 (*cap)[32], u32 cap_log2, const u32 *log2_rows, const u32 *n_tiles,
                            u32 n_groups, const situ_file_u32 *const *rows, u32 q, const u8 *path)
{
    SITU_TRY(situ_merkle_check_shape(log2_rows, n_tiles, n_groups, cap_log2));
    if ((u64)q >> log2_rows[0] != 0) return SITU_ERR_ARG;

    u32 row_digest[8] SITU_ALIGNED(8);
    climber at = {.sibling = (const situ_file_u32 *)(const void *)path, .index = q, .level = log2_rows[0]};
    hash_row(at.node, rows[0], n_tiles[0]);
    for (u32 g = 1; g < n_groups; g++) {
        climb_to(&at, log2_rows[g]);
        hash_row(row_digest, rows[g], n_tiles[g]);
        situ_blake3_compress_halves(at.node, situ_merkle_key_inject, at.node, row_digest, 0,
                                    SITU_BLAKE3_BLOCK_BYTES, SITU_HASH_NODE_FLAGS);
    }
    climb_to(&at, situ_merkle_cap_log2(log2_rows[0], cap_log2));
    return digests_equal(at.node, (const situ_file_u32 *)(const void *)cap[at.index]) ? SITU_OK
                                                                                      : SITU_ERR_REJECT;
}
