/* tile_hash_kernels.h — private: what tile_hash.simd.c makes for each CPU level. */
#ifndef SITU_HASH_TILE_HASH_KERNELS_H
#define SITU_HASH_TILE_HASH_KERNELS_H

#include "base/cpu.h"
#include "hash/tile_hash.h"

/* Rows that are carried through a tile before the next tile is read: 4 KB, a page, of each. */
#define TILE_HASH_ROWS 64

/* As the functions without _kernel, but n_rows and n are multiples of 16. */
SIMD_DECLARE(void, situ_hash_rows_kernel,
             (u8(*digests)[32], const u32 *const *tiles, u32 n_tiles, u64 first_row, u64 n_rows,
              const u32 key[8]));
SIMD_DECLARE(void, situ_hash_blocks_kernel,
             (u8(*out)[32], const u8 *blocks, u64 n, const u32 key[8], u32 flags));

#endif /* SITU_HASH_TILE_HASH_KERNELS_H */
