/* tile_hash.simd.c — LANES BLAKE3 compressions at once; compiled once per CPU level. */
#include "hash/tile_hash_kernels.h"

#include "hash/lanes.h"

enum { BLOCK = SITU_BLAKE3_BLOCK_BYTES, BLOCKS_PER_CHUNK = SITU_BLAKE3_CHUNK_BYTES / BLOCK, DEPTH_MAX = 13 };

_Static_assert(SITU_HASH_TILES_MAX <= BLOCKS_PER_CHUNK << (DEPTH_MAX - 1), "the stack holds every subtree");
_Static_assert(16 % LANES == 0, "sixteen rows are whole groups");

static const u32 IV[8] = SITU_BLAKE3_IV;
static const u8 SCHEDULE[7][16] = SITU_BLAKE3_SCHEDULE;

SITU_INLINE void quarter_round(lanes *a, lanes *b, lanes *c, lanes *d, lanes x, lanes y)
{
    *a = lanes_add(lanes_pin(lanes_add(*a, x)), *b); /* x first: off the chain of dependences */
    *d = lanes_rotr16(lanes_xor(*d, *a));
    *c = lanes_add(*c, *d);
    *b = lanes_rotr12(lanes_xor(*b, *c));
    *a = lanes_add(lanes_pin(lanes_add(*a, y)), *b);
    *d = lanes_rotr8(lanes_xor(*d, *a));
    *c = lanes_add(*c, *d);
    *b = lanes_rotr7(lanes_xor(*b, *c));
}

SITU_INLINE void round_columns_diagonals(lanes s[16], const lanes m[16], const u8 k[16])
{
    quarter_round(&s[0], &s[4], &s[8], &s[12], m[k[0]], m[k[1]]);
    quarter_round(&s[1], &s[5], &s[9], &s[13], m[k[2]], m[k[3]]);
    quarter_round(&s[2], &s[6], &s[10], &s[14], m[k[4]], m[k[5]]);
    quarter_round(&s[3], &s[7], &s[11], &s[15], m[k[6]], m[k[7]]);
    quarter_round(&s[0], &s[5], &s[10], &s[15], m[k[8]], m[k[9]]);
    quarter_round(&s[1], &s[6], &s[11], &s[12], m[k[10]], m[k[11]]);
    quarter_round(&s[2], &s[7], &s[8], &s[13], m[k[12]], m[k[13]]);
    quarter_round(&s[3], &s[4], &s[9], &s[14], m[k[14]], m[k[15]]);
}

/* h = compression of the blocks m, one per lane, all with the same counter and flags, of 64 bytes. */
SITU_INLINE void compress(lanes h[8], const lanes m[16], u32 counter, u32 flags)
{
    lanes s[16];
    for (int i = 0; i < 8; i++) s[i] = h[i];
    for (int i = 0; i < 4; i++) s[8 + i] = lanes_set1(IV[i]);
    s[12] = lanes_set1(counter);
    s[13] = lanes_set1(0);
    s[14] = lanes_set1(BLOCK);
    s[15] = lanes_set1(flags);
#pragma GCC unroll 7
    for (int r = 0; r < 7; r++) round_columns_diagonals(s, m, SCHEDULE[r]);
    for (int i = 0; i < 8; i++) h[i] = lanes_xor(s[i], s[8 + i]);
}

SITU_INLINE void set_key(lanes h[8], const u32 key[8])
{
    for (int i = 0; i < 8; i++) h[i] = lanes_set1(key[i]);
}

/* One group of LANES rows on its way through the tiles. */
typedef struct {
    lanes h[8];                /* of the chunk in progress           */
    lanes stack[DEPTH_MAX][8]; /* finished subtrees, largest first   */
} row_group;

/* h = parent of stack entry `left` and h; not inlined: once per 16 blocks */
static SITU_NOINLINE void merge(lanes h[8], const lanes left[8], const u32 key[8], u32 flags)
{
    lanes m[16];
    for (int i = 0; i < 8; i++) m[i] = left[i];
    for (int i = 0; i < 8; i++) m[8 + i] = h[i];
    set_key(h, key);
    compress(h, m, 0, flags);
}

/* The chunk in g->h, number `chunk`, is finished and not the last. */
static void push_chunk(row_group *g, u32 chunk, const u32 key[8])
{
    u32 n_stack = (u32)__builtin_popcount(chunk);
    for (u32 n = chunk; n & 1; n >>= 1) merge(g->h, g->stack[--n_stack], key, SITU_HASH_NODE_FLAGS);
    for (int i = 0; i < 8; i++) g->stack[n_stack][i] = g->h[i];
    set_key(g->h, key);
}

/* The chunk in g->h, number `chunk` > 0, is finished and the last. */
static void close_tree(row_group *g, u32 chunk, const u32 key[8])
{
    for (u32 n_stack = (u32)__builtin_popcount(chunk); n_stack > 0; n_stack--)
        merge(g->h, g->stack[n_stack - 1], key,
              SITU_HASH_NODE_FLAGS | (n_stack == 1 ? SITU_BLAKE3_ROOT : 0u));
}

static u32 block_flags(u32 tile, u32 n_tiles)
{
    bool is_last = tile + 1 == n_tiles;
    u32 flags = SITU_BLAKE3_KEYED_HASH;
    if (tile % BLOCKS_PER_CHUNK == 0) flags |= SITU_BLAKE3_CHUNK_START;
    if (tile % BLOCKS_PER_CHUNK == BLOCKS_PER_CHUNK - 1 || is_last) flags |= SITU_BLAKE3_CHUNK_END;
    if (is_last && n_tiles <= BLOCKS_PER_CHUNK) flags |= SITU_BLAKE3_ROOT;
    return flags;
}

/* Address of what follows these rows of `tile`: the same rows of the next tile, or the next rows of the
 * first.  Only for prefetching: it may lie behind the tile's end. */
SITU_INLINE uintptr_t rows_after(const u32 *const *tiles, u32 n_tiles, u32 tile, u64 first_row)
{
    if (tile + 1 < n_tiles) return (uintptr_t)tiles[tile + 1] + BLOCK * first_row;
    return (uintptr_t)tiles[0] + BLOCK * (first_row + TILE_HASH_ROWS);
}

/* Hardware does not guess that the next page is in another tile: without the prefetch, half the speed. */
SITU_INLINE void absorb_rows(row_group *g, const u32 *rows, uintptr_t later, u32 counter, u32 flags)
{
    lanes m[16];
    for (u32 i = 0; i < LANES; i++) __builtin_prefetch((const void *)(later + BLOCK * i));
    lanes_load_blocks(m, rows);
    compress(g->h, m, counter, flags);
}

/* At most TILE_HASH_ROWS rows, tile after tile. */
static void hash_some_rows(u8 (*digests)[32], const u32 *const *tiles, u32 n_tiles, u64 first_row,
                           u32 n_groups, const u32 key[8])
{
    row_group groups[TILE_HASH_ROWS / LANES];
    for (u32 i = 0; i < n_groups; i++) set_key(groups[i].h, key);
    for (u32 tile = 0; tile < n_tiles; tile++) {
        const u32 *rows = tiles[tile] + 16 * first_row;
        u32 chunk = tile / BLOCKS_PER_CHUNK, flags = block_flags(tile, n_tiles);
        uintptr_t later = rows_after(tiles, n_tiles, tile, first_row);
        for (u32 i = 0; i < n_groups; i++)
            absorb_rows(&groups[i], rows + 16 * LANES * i, later + 64 * LANES * i, chunk, flags);
        if (!(flags & SITU_BLAKE3_CHUNK_END) || flags & SITU_BLAKE3_ROOT) continue;
        for (u32 i = 0; i < n_groups; i++) {
            if (tile + 1 == n_tiles)
                close_tree(&groups[i], chunk, key);
            else
                push_chunk(&groups[i], chunk, key);
        }
    }
    for (u32 i = 0; i < n_groups; i++) lanes_store_digests(digests + LANES * i, groups[i].h);
}

void SIMD_NAME(situ_hash_rows_kernel)(u8 (*digests)[32], const u32 *const *tiles, u32 n_tiles, u64 first_row,
                                      u64 n_rows, const u32 key[8])
{
    for (u64 done = 0; done < n_rows; done += TILE_HASH_ROWS) {
        u32 n_groups = (u32)u64_min(n_rows - done, TILE_HASH_ROWS) / LANES;
        hash_some_rows(digests + done, tiles, n_tiles, first_row + done, n_groups, key);
    }
}

void SIMD_NAME(situ_hash_blocks_kernel)(u8 (*out)[32], const u8 *blocks, u64 n, const u32 key[8], u32 flags)
{
    for (u64 i = 0; i < n; i += LANES) {
        lanes h[8], m[16];
        set_key(h, key);
        lanes_load_blocks(m, (const situ_file_u32 *)(const void *)(blocks + BLOCK * i));
        compress(h, m, 0, flags);
        lanes_store_digests(out + i, h);
    }
}
