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

/* Rows of one chunk, most of them, need no hasher: chaining values go from block to block. */
static void hash_row(u32 digest[8], const situ_file_u32 *row, u32 n_tiles)
{
    if (n_tiles > SITU_BLAKE3_CHUNK_BYTES / SITU_BLAKE3_BLOCK_BYTES) {
        situ_blake3_hash_keyed((u8 *)digest, (const u8 *)situ_merkle_key_leaf, row,
                               (size_t)n_tiles * SITU_BLAKE3_BLOCK_BYTES);
        return;
    }
    u32 flags = SITU_BLAKE3_KEYED_HASH | SITU_BLAKE3_CHUNK_START;
    for (int i = 0; i < 8; i++) digest[i] = situ_merkle_key_leaf[i];
    for (; n_tiles > 1; n_tiles--, row += 16) {
        situ_blake3_compress(digest, row, 0, SITU_BLAKE3_BLOCK_BYTES, flags);
        flags = SITU_BLAKE3_KEYED_HASH;
    }
    situ_blake3_compress(digest, row, 0, SITU_BLAKE3_BLOCK_BYTES,
                         flags | SITU_BLAKE3_CHUNK_END | SITU_BLAKE3_ROOT);
}

SITU_INLINE void copy_digest(u32 *to, const situ_file_u32 *from)
{
    const situ_file_u64 *f = (const situ_file_u64 *)(const void *)from;
    situ_file_u64 *t = (situ_file_u64 *)(void *)to;
    for (int i = 0; i < 4; i++) t[i] = f[i];
}

/* out = compression of left | right; out may be either.  All 8-aligned. */
static void join(u32 out[8], const situ_file_u32 *left, const situ_file_u32 *right, const u32 key[8])
{
    u32 block[16] SITU_ALIGNED(8);
    copy_digest(block, left);
    copy_digest(block + 8, right);
    copy_digest(out, key);
    situ_blake3_compress(out, block, 0, SITU_BLAKE3_BLOCK_BYTES, SITU_HASH_NODE_FLAGS);
}

static bool digests_equal(const u32 a[8], const situ_file_u32 *b)
{
    u32 difference = 0;
    for (int i = 0; i < 8; i++) difference |= a[i] ^ b[i];
    return difference == 0;
}

situ_err situ_merkle_verify(const u8 (*cap)[32], u32 cap_log2, const u32 *log2_rows, const u32 *n_tiles,
                            u32 n_groups, const situ_file_u32 *const *rows, u32 q, const u8 *path)
{
    SITU_TRY(situ_merkle_check_shape(log2_rows, n_tiles, n_groups, cap_log2));
    if ((u64)q >> log2_rows[0] != 0) return SITU_ERR_ARG;

    const situ_file_u32 *sibling = (const situ_file_u32 *)(const void *)path;
    u32 c = situ_merkle_cap_log2(log2_rows[0], cap_log2), next = 1; /* group to inject */
    u64 index = q;
    u32 node[8] SITU_ALIGNED(8), row_digest[8] SITU_ALIGNED(8);
    hash_row(node, rows[0], n_tiles[0]);
    for (u32 level = log2_rows[0]; level-- > c; sibling += 8, index >>= 1) {
        if (index & 1)
            join(node, sibling, node, situ_merkle_key_node);
        else
            join(node, node, sibling, situ_merkle_key_node);
        if (next == n_groups || log2_rows[next] != level) continue;
        hash_row(row_digest, rows[next], n_tiles[next]);
        join(node, node, row_digest, situ_merkle_key_inject);
        next++;
    }
    return digests_equal(node, (const situ_file_u32 *)(const void *)cap[index]) ? SITU_OK : SITU_ERR_REJECT;
}
