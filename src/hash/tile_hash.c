/* tile_hash.c — chooses the kernel, and hashes what is left over of sixteen. */
#include "hash/tile_hash_kernels.h"

enum { BLOCK = SITU_BLAKE3_BLOCK_BYTES };

static void hash_row(u8 digest[32], const u32 *const *tiles, u32 n_tiles, u64 row, const u32 key[8])
{
    situ_blake3 h;
    situ_blake3_init_keyed(&h, (const u8 *)key);
    for (u32 t = 0; t < n_tiles; t++) situ_blake3_update(&h, tiles[t] + 16 * row, BLOCK);
    situ_blake3_final(&h, digest, 32);
}

void situ_hash_rows(u8 (*digests)[32], const u32 *const *tiles, u32 n_tiles, u64 first_row, u64 n_rows,
                    const u32 key[8])
{
    u64 n_packed = n_rows & ~UINT64_C(15);
    SITU_ASSERT(n_tiles > 0 && n_tiles <= SITU_HASH_TILES_MAX);
    if (n_packed > 0) SIMD_PICK(situ_hash_rows_kernel)(digests, tiles, n_tiles, first_row, n_packed, key);
    for (u64 i = n_packed; i < n_rows; i++) hash_row(digests[i], tiles, n_tiles, first_row + i, key);
}

void situ_hash_blocks(u8 (*out)[32], const u8 *blocks, u64 n, const u32 key[8], u32 flags)
{
    u64 n_packed = n & ~UINT64_C(15);
    if (n_packed > 0) SIMD_PICK(situ_hash_blocks_kernel)(out, blocks, n_packed, key, flags);
    for (u64 i = n_packed; i < n; i++) {
        u32 block[16], digest[8];
        __builtin_memcpy(block, blocks + BLOCK * i, sizeof block);
        for (int w = 0; w < 8; w++) digest[w] = key[w];
        situ_blake3_compress(digest, block, 0, BLOCK, flags);
        __builtin_memcpy(out[i], digest, sizeof digest);
    }
}

void situ_hash_nodes(u8 (*out)[32], const u8 (*pairs)[32], u64 n, const u32 key[8])
{
    situ_hash_blocks(out, pairs[0], n, key, SITU_HASH_NODE_FLAGS);
}

void situ_hash_joins(u8 (*out)[32], const u8 (*left)[32], const u8 (*right)[32], u64 n, const u32 key[8])
{
    u8 blocks[16][2][32] SITU_ALIGNED(64);
    for (u64 done = 0; done < n; done += 16) {
        u64 n_now = u64_min(n - done, 16);
        for (u64 i = 0; i < n_now; i++) {
            __builtin_memcpy(blocks[i][0], left[done + i], 32);
            __builtin_memcpy(blocks[i][1], right[done + i], 32);
        }
        situ_hash_blocks(out + done, blocks[0][0], n_now, key, SITU_HASH_NODE_FLAGS);
    }
}
