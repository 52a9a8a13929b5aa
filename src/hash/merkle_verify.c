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

SITU_INLINE void hash_chunk(u32 out[8], const situ_file_u32 *tiles, u32 n, u64 chunk, u32 root)
{
    situ_blake3_compress_chunk(out, situ_merkle_key_leaf, tiles, n, chunk, SITU_BLAKE3_KEYED_HASH, root);
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

static void hash_row(u32 digest[8], const situ_file_u32 *row, u32 n_tiles)
{
    if (n_tiles > CHUNK_TILES)
        hash_long_row(digest, row, n_tiles);
    else
        hash_chunk(digest, row, n_tiles, 0, SITU_BLAKE3_ROOT);
}

SITU_INLINE bool digests_equal(const u32 a[8], const u8 b[32])
{
    const situ_file_u64 *x = (const situ_file_u64 *)(const void *)a,
                        *y = (const situ_file_u64 *)(const void *)b;
    return x[0] == y[0] && x[1] == y[1] && x[2] == y[2] && x[3] == y[3];
}

situ_err situ_merkle_shape_make(situ_merkle_shape *shape, u32 cap_log2, const u32 *log2_rows,
                                const u32 *n_tiles, u32 n_groups)
{
    SITU_TRY(situ_merkle_check_shape(log2_rows, n_tiles, n_groups, cap_log2));
    shape->log2_leaves = log2_rows[0];
    shape->n_groups = n_groups;
    for (u32 g = 0; g < n_groups; g++) {
        const u32 next = g + 1 < n_groups ? log2_rows[g + 1] : situ_merkle_cap_log2(log2_rows[0], cap_log2);
        shape->groups[g].n_tiles = n_tiles[g];
        shape->groups[g].n_levels = log2_rows[g] - next;
    }
    return SITU_OK;
}

SITU_INLINE bool opening_holds(const situ_merkle_shape *shape, const u8 (*cap)[32], u64 index,
                               const situ_file_u32 *rows, const u8 *path)
{
    u32 node[8] SITU_ALIGNED(8), row_digest[8] SITU_ALIGNED(8);
    const situ_merkle_level *at = shape->groups, *end = at + shape->n_groups;
    const situ_file_u32 *sibling = (const situ_file_u32 *)(const void *)path;

    hash_row(node, rows, at->n_tiles);
    for (;;) {
        sibling = situ_blake3_compress_path(node, sibling, &index, at->n_levels, situ_merkle_key_node,
                                            SITU_HASH_NODE_FLAGS);
        rows += 16 * (size_t)at->n_tiles;
        if (++at == end) break;
        hash_row(row_digest, rows, at->n_tiles);
        situ_blake3_compress_halves(node, situ_merkle_key_inject, node, row_digest, 0,
                                    SITU_BLAKE3_BLOCK_BYTES, SITU_HASH_NODE_FLAGS);
    }
    return digests_equal(node, cap[index]);
}

situ_err situ_merkle_verify(const situ_merkle_shape *shape, const u8 (*cap)[32], u32 q,
                            const situ_file_u32 *rows, const u8 *path)
{
    if ((u64)q >> shape->log2_leaves != 0) return SITU_ERR_ARG;
    return opening_holds(shape, cap, q, rows, path) ? SITU_OK : SITU_ERR_REJECT;
}

u32 situ_merkle_verify_record(const situ_merkle_opening *openings, u32 n, u32 q, const u8 *record)
{
    const situ_merkle_opening *at = openings, *end = openings + n;
    for (; at != end; at++) {
        const situ_file_u32 *rows = (const situ_file_u32 *)(const void *)(record + at->rows_at);
        if (!opening_holds(&at->shape, at->cap, q >> at->shift, rows, record + at->path_at)) break;
    }
    return (u32)(at - openings);
}

const u8 *situ_merkle_verify_row(const u8 (*cap)[32], u32 cap_log2, u32 log2_rows, const situ_file_u32 *row,
                                 u32 n_tiles, u32 q)
{
    SITU_VERIFY_THAT(log2_rows >= cap_log2 && n_tiles >= 1 && n_tiles <= CHUNK_TILES);
    u32 node[8] SITU_ALIGNED(8);
    u64 index = q;
    hash_chunk(node, row, n_tiles, 0, SITU_BLAKE3_ROOT);
    const situ_file_u32 *end =
        situ_blake3_compress_path(node, row + 16 * (size_t)n_tiles, &index, log2_rows - cap_log2,
                                  situ_merkle_key_node, SITU_HASH_NODE_FLAGS);
    return digests_equal(node, cap[index]) ? (const u8 *)end : NULL;
}
