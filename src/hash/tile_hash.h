/* tile_hash.h — many BLAKE3 hashes at once: rows of tiles, pairs of digests.
 *
 * TILES     16 columns interleaved: row i of a tile is 16 u32, 64 bytes, at tile + 16 * i; 64-aligned.
 * ROWS      a row of a height is its row in every tile, tile after tile: n_tiles * 64 bytes.
 * RESULTS   bit for bit those of hash/blake3.h, at every CPU level.
 * KEYS      8 words, as in hash/blake3.h.
 * DIGESTS   32 bytes each, contiguous, at an address divisible by 4.
 * THREADS   none here; calls are independent.
 */
#ifndef SITU_HASH_TILE_HASH_H
#define SITU_HASH_TILE_HASH_H

#include "hash/blake3.h"

#define SITU_HASH_TILES_MAX 65536 /* 2^20 columns: 4096 chunks, 12 levels of parents */

/* digests[i] = keyed hash, under `key`, of row first_row + i, i in [0, n_rows).
 *   n_tiles   1..SITU_HASH_TILES_MAX
 * Sixteen rows at once; the rest of n_rows modulo 16 one by one.  Reads each tile in pieces of 4 KB. */
void situ_hash_rows(u8 (*digests)[32], const u32 *const *tiles, u32 n_tiles, u64 first_row, u64 n_rows,
                    const u32 key[8]);

/* out[i] = compression of pairs[2 i] | pairs[2 i + 1] under `key` as chaining value, i in [0, n); counter 0,
 * 64 bytes, flags SITU_HASH_NODE_FLAGS.  `out` may be `pairs` itself. */
void situ_hash_nodes(u8 (*out)[32], const u8 (*pairs)[32], u64 n, const u32 key[8]);

/* The same of left[i] | right[i].  `out` may be `left` or `right`. */
void situ_hash_joins(u8 (*out)[32], const u8 (*left)[32], const u8 (*right)[32], u64 n, const u32 key[8]);

/* The same of any n blocks of 64 bytes, with any flags. */
void situ_hash_blocks(u8 (*out)[32], const u8 *blocks, u64 n, const u32 key[8], u32 flags);

/* What an inner node has in BLAKE3's own tree; the separate keys keep the uses apart. */
#define SITU_HASH_NODE_FLAGS (SITU_BLAKE3_KEYED_HASH | SITU_BLAKE3_PARENT)

#endif /* SITU_HASH_TILE_HASH_H */
