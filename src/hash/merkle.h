/* merkle.h — capped Merkle trees over tiles of mixed heights.
 *
 * GROUPS    all tiles of one height: 2^log2_rows rows of n_tiles tiles (hash/tile_hash.h).  Heights strictly
 *           decrease; the first is the tallest, H.  Every other group has at least as many rows as the cap has
 *           digests.
 * LEVELS    level k has 2^k nodes.  Level H: the keyed hashes of the tallest group's rows.  Level k < H: node i
 *           joins nodes 2i and 2i + 1 of level k + 1; where a group has 2^k rows, the result is then joined with
 *           the hash of that group's row i.  Leaf hash, node and injection have a key each (docs/hashing.md).
 * CAP       level c = min(cap_log2, H): its 2^c digests are the commitment; nothing above is computed.
 * OPENING   position q in [0, 2^H) opens row q >> (H - h) of every group of 2^h rows, with one path of H - c
 *           siblings, leaf's level first, 32 bytes each.
 * MEMORY    the caller's; nothing here allocates.  The lowest levels, most of a tree, are not kept: a path
 *           hashes the few rows it needs again.
 * THREADS   results do not depend on the pool.
 */
#ifndef SITU_HASH_MERKLE_H
#define SITU_HASH_MERKLE_H

#include "base/base.h"
#include "situ/pool.h"

#define SITU_MERKLE_LOG2_ROWS_MAX 32

/* Keys: BLAKE3's derive_key with contexts "Situ 1 Merkle leaf", "... node", "... inject", of no material. */
extern const u32 situ_merkle_key_leaf[8];
extern const u32 situ_merkle_key_node[8];
extern const u32 situ_merkle_key_inject[8];

typedef struct {
    u32 log2_rows;           /* 0..SITU_MERKLE_LOG2_ROWS_MAX                */
    u32 n_tiles;             /* 1..SITU_HASH_TILES_MAX                      */
    const u32 *const *tiles; /* [n_tiles] first rows of the tiles           */
} situ_merkle_group;

#define SITU_MERKLE_GROUPS_MAX (SITU_MERKLE_LOG2_ROWS_MAX + 1)

/* Levels that are not kept, when there are as many above the cap: a sixteenth of the nodes is kept. */
#define SITU_MERKLE_LOW_LEVELS 4

/* A built tree; borrows the memory given to situ_merkle_build, and the groups' tiles. */
typedef struct {
    u32 log2_leaves; /* H                                                     */
    u32 cap_log2;    /* c, already the minimum with H                         */
    u32 log2_kept;   /* the lowest level that is kept                         */
    u32 n_groups;
    u8 (*nodes)[32]; /* the kept levels, lowest first, down to the cap        */
    situ_merkle_group groups[SITU_MERKLE_GROUPS_MAX];
} situ_merkle;

SITU_INLINE u32 situ_merkle_cap_log2(u32 log2_leaves, u32 cap_log2)
{
    return cap_log2 < log2_leaves ? cap_log2 : log2_leaves;
}

/* Siblings in a path. */
SITU_INLINE u32 situ_merkle_path_digests(u32 log2_leaves, u32 cap_log2)
{
    return log2_leaves - situ_merkle_cap_log2(log2_leaves, cap_log2);
}

SITU_INLINE u32 situ_merkle_log2_kept(u32 log2_leaves, u32 cap_log2)
{
    u32 above_cap = situ_merkle_path_digests(log2_leaves, cap_log2);
    return log2_leaves - (above_cap < SITU_MERKLE_LOW_LEVELS ? above_cap : SITU_MERKLE_LOW_LEVELS);
}

/* Bytes of memory for a tree: 32 (2^(k+1) - 2^c), k the lowest level that is kept. */
SITU_INLINE size_t situ_merkle_bytes(u32 log2_leaves, u32 cap_log2)
{
    u32 c = situ_merkle_cap_log2(log2_leaves, cap_log2), kept = situ_merkle_log2_kept(log2_leaves, cap_log2);
    return (size_t)32 * (((size_t)2 << kept) - ((size_t)1 << c));
}

/* Build a tree.
 *   groups [n_groups]  in   copied; the tiles they point to must stay until the last path is written
 *   memory             out  situ_merkle_bytes(tallest log2_rows, cap_log2) bytes, 64-aligned; lent to *tree
 *   pool               in   NULL: the calling thread
 *
 * SITU_ERR_ARG: no group, a height that does not decrease, is too large or below the cap, or a number of
 * tiles out of range; nothing is written then. */
situ_err situ_merkle_build(situ_merkle *tree, const situ_merkle_group *groups, u32 n_groups, u32 cap_log2,
                           void *memory, situ_pool *pool) SITU_MUST_USE;

/* The 2^c digests to send. */
const u8 (*situ_merkle_cap(const situ_merkle *tree))[32];

/* Write the siblings of position q, situ_merkle_path_digests * 32 bytes. */
void situ_merkle_path(const situ_merkle *tree, u64 q, u8 *out);

/* What a verifier needs of a tree's groups, tallest first, for any number of openings. */
typedef struct {
    u32 n_tiles;
    u32 n_levels; /* to the next group's height, or to the cap */
} situ_merkle_level;

typedef struct {
    u32 log2_leaves;
    u32 n_groups;
    situ_merkle_level groups[SITU_MERKLE_GROUPS_MAX];
} situ_merkle_shape;

/* A verifier's shape of a tree.  Freestanding.
 *   cap_log2            as given to situ_merkle_build
 *   log2_rows, n_tiles  [n_groups] from the verifying key and never from the proof
 *
 * SITU_ERR_ARG  what situ_merkle_build refuses; *shape is not written then */
situ_err situ_merkle_shape_make(situ_merkle_shape *shape, u32 cap_log2, const u32 *log2_rows,
                                const u32 *n_tiles, u32 n_groups) SITU_MUST_USE;

/* Verifier: do the opened rows belong to the cap?  Freestanding.
 *   cap   [2^c]  digests, 8-aligned
 *   q            position
 *   rows         opened row of each group, n_tiles * 64 bytes, one behind the other, 8-aligned: hashed where they lie
 *   path         siblings, 8-aligned
 *
 * SITU_ERR_ARG     q not below 2^H
 * SITU_ERR_REJECT  the rows are not those that were committed to */
situ_err situ_merkle_verify(const situ_merkle_shape *shape, const u8 (*cap)[32], u32 q,
                            const situ_file_u32 *rows, const u8 *path) SITU_MUST_USE;

/* A tree's rows and path in a record that holds openings of several trees at one position. */
typedef struct {
    situ_merkle_shape shape;
    const u8 (*cap)[32];
    u32 shift;            /* the tree's position is the record's without its last bits: 2^H of them */
    u32 rows_at, path_at; /* bytes into the record, multiples of 8                                  */
} situ_merkle_opening;

/* The index of the first opening of a record that situ_merkle_verify refuses, n if there is none.  Freestanding. */
u32 situ_merkle_verify_record(const situ_merkle_opening *openings, u32 n, u32 q, const u8 *record);

/* Verifier: the same of a tree of one group, of rows of at most 16 tiles, where the path follows the row.  Returns what is behind it, or
 * NULL: rejected.  log2_rows >= cap_log2, q < 2^log2_rows. */
const u8 *situ_merkle_verify_row(const u8 (*cap)[32], u32 cap_log2, u32 log2_rows, const situ_file_u32 *row,
                                 u32 n_tiles, u32 q) SITU_MUST_USE;

/* The shapes that both sides accept. */
situ_err situ_merkle_check_shape(const u32 *log2_rows, const u32 *n_tiles, u32 n_groups,
                                 u32 cap_log2) SITU_MUST_USE;

#endif /* SITU_HASH_MERKLE_H */
