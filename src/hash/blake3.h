/* blake3.h — BLAKE3, portable: the definition that every faster hash here must agree with.
 *
 * SPEC      "BLAKE3: one function, fast everywhere" (O'Connor, Aumasson, Neves, Wilcox-O'Hearn, 2020);
 *           section numbers in comments refer to it.
 * WORDS     a digest, chaining value or key is 8 u32 or the same 32 bytes in little-endian order, which
 *           on our machines is the same memory.
 * MEMORY    no allocation, no state outside the hasher; compiled freestanding for the guest too.
 * CHECKS    none: a hash accepts every input.  Lengths are below 2^64.
 *
 * The compression function alone is in blake3_compress.c, so that a guest can link one of its own.
 * Chaining values and blocks made here lie at addresses divisible by 8, as an accelerator wants.
 */
#ifndef SITU_HASH_BLAKE3_H
#define SITU_HASH_BLAKE3_H

#include "base/base.h"

#define SITU_BLAKE3_BYTES       32   /* digest, key, chaining value        */
#define SITU_BLAKE3_BLOCK_BYTES 64   /* input of one compression           */
#define SITU_BLAKE3_CHUNK_BYTES 1024 /* leaf of the tree, 16 blocks        */
#define SITU_BLAKE3_DEPTH_MAX   54   /* 2^64 bytes are 2^54 chunks         */

/* Domain flags of a compression (table 3). */
enum {
    SITU_BLAKE3_CHUNK_START = 1 << 0,
    SITU_BLAKE3_CHUNK_END = 1 << 1,
    SITU_BLAKE3_PARENT = 1 << 2,
    SITU_BLAKE3_ROOT = 1 << 3,
    SITU_BLAKE3_KEYED_HASH = 1 << 4,
    SITU_BLAKE3_DERIVE_KEY_CONTEXT = 1 << 5,
    SITU_BLAKE3_DERIVE_KEY_MATERIAL = 1 << 6,
};

/* The initial chaining value; its first four words also enter every compression (table 1). */
#define SITU_BLAKE3_IV                                                                                 \
    {                                                                                                  \
        0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 \
    }

/* Message word that each of the 16 places of a round takes: the permutation of table 2, composed. */
#define SITU_BLAKE3_SCHEDULE                                        \
    {                                                               \
        {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},     \
            {2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8}, \
            {3, 4, 10, 12, 13, 2, 7, 14, 6, 5, 9, 0, 11, 15, 8, 1}, \
            {10, 7, 12, 9, 14, 3, 13, 15, 4, 0, 11, 2, 5, 8, 1, 6}, \
            {12, 13, 9, 11, 15, 10, 14, 8, 7, 2, 5, 3, 0, 1, 6, 4}, \
            {9, 14, 11, 5, 8, 12, 15, 1, 13, 3, 0, 10, 2, 6, 4, 7}, \
        {                                                           \
            11, 15, 5, 0, 1, 9, 8, 6, 14, 10, 2, 12, 3, 4, 7, 13    \
        }                                                           \
    }

/* A hash in progress.  Plain data: copy it to fork a prefix. */
typedef struct {
    u32 key[8];                          /* what every chunk and parent starts from              */
    u32 cv[8];                           /* of the chunk in progress                             */
    u32 block[16];                       /* its last block, held: only the end knows its flags   */
    u32 stack[SITU_BLAKE3_DEPTH_MAX][8]; /* finished subtrees, largest first                     */
    u64 chunk;                           /* index of the chunk in progress                       */
    u32 n_blocks;                        /* of it, already compressed: 0..15                     */
    u32 block_bytes;                     /* in `block`: 0..64                                    */
    u32 n_stack;                         /* in `stack`                                           */
    u32 flags;                           /* mode, on every compression                           */
} situ_blake3;

/* Plain hash / keyed hash / key derivation; `context` is n_context bytes of text that names the purpose. */
void situ_blake3_init(situ_blake3 *h);
void situ_blake3_init_keyed(situ_blake3 *h, const u8 key[SITU_BLAKE3_BYTES]);
void situ_blake3_init_derive_key(situ_blake3 *h, const void *context, size_t n_context);

/* Append n bytes.  Whole blocks at an address divisible by SITU_BLAKE3_ALIGN are read where they lie. */
void situ_blake3_update(situ_blake3 *h, const void *data, size_t n);

/* Write n bytes of output, any n; the first 32 are the digest.  h is unchanged: more may be appended. */
void situ_blake3_final(const situ_blake3 *h, void *out, size_t n);

/* Digest of n bytes in one call. */
void situ_blake3_hash(u8 out[SITU_BLAKE3_BYTES], const void *data, size_t n);
void situ_blake3_hash_keyed(u8 out[SITU_BLAKE3_BYTES], const u8 key[SITU_BLAKE3_BYTES], const void *data,
                            size_t n);

/* First half of the compression of a block under cv (section 2.2).
 *   out         may be cv, or lie anywhere in the block
 *   left, right halves of the block, 32 bytes each, zero behind the first block_bytes
 *   block_bytes 0..64
 * Pointers are divisible by SITU_BLAKE3_ALIGN.  A guest has its own, on the accelerator. */
#if defined(SITU_BLAKE3_ACCELERATED)
#include "compress.h"
#else
#define SITU_BLAKE3_ALIGN 4
void situ_blake3_compress_halves(u32 out[8], const u32 cv[8], const situ_file_u32 *left,
                                 const situ_file_u32 *right, u64 counter, u32 block_bytes, u32 flags);

/* Chunk number `counter` of n whole blocks, 1..16, under key: flags on every block, `last` besides on the last one. */
SITU_INLINE void situ_blake3_compress_chunk(u32 out[8], const u32 key[8], const situ_file_u32 *blocks, u32 n,
                                            u64 counter, u32 flags, u32 last)
{
    const u32 *cv = key;
    for (u32 i = 0; i < n; i++, blocks += 16, cv = out) {
        const u32 ends =
            (i == 0 ? SITU_BLAKE3_CHUNK_START : 0u) | (i + 1 == n ? SITU_BLAKE3_CHUNK_END | last : 0u);
        situ_blake3_compress_halves(out, cv, blocks, blocks + 8, counter, SITU_BLAKE3_BLOCK_BYTES,
                                    flags | ends);
    }
}

/* n whole blocks of one chunk, one after the other: each takes the result of the one before it, the first one cv. */
SITU_INLINE void situ_blake3_compress_blocks(u32 out[8], const u32 cv[8], const situ_file_u32 *blocks, u64 n,
                                             u64 counter, u32 flags)
{
    for (; n > 0; n--, blocks += 16, cv = out)
        situ_blake3_compress_halves(out, cv, blocks, blocks + 8, counter, SITU_BLAKE3_BLOCK_BYTES, flags);
}

/* Up n levels of a tree: digest becomes the compression of itself and its sibling, which is the left one where the level's bit of *index,
 * lowest first, is 1; these bits are shifted out.  Returns what lies behind the n siblings. */
SITU_INLINE const situ_file_u32 *situ_blake3_compress_path(u32 digest[8], const situ_file_u32 *siblings,
                                                           u64 *index, u32 n, const u32 key[8], u32 flags)
{
    for (; n > 0; n--, siblings += 8, *index >>= 1)
        situ_blake3_compress_halves(digest, key, *index & 1 ? siblings : digest,
                                    *index & 1 ? digest : siblings, 0, SITU_BLAKE3_BLOCK_BYTES, flags);
    return siblings;
}
#endif

/* The same of a block in one piece, cv being replaced. */
SITU_INLINE void situ_blake3_compress(u32 cv[8], const situ_file_u32 *whole, u64 counter, u32 block_bytes,
                                      u32 flags)
{
    situ_blake3_compress_halves(cv, cv, whole, whole + 8, counter, block_bytes, flags);
}

/* Both halves: the 64 bytes of extended output number `counter`, when flags has ROOT. */
void situ_blake3_compress_wide(u32 out[16], const u32 cv[8], const situ_file_u32 *block, u64 counter,
                               u32 block_bytes, u32 flags);

#endif /* SITU_HASH_BLAKE3_H */
