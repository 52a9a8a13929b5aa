/* Merkle trees against a definition in ten lines over the portable hash: all shapes, levels and thread
 * counts. */
#include "tests/test.h"

#include <stdlib.h>

#include "base/cpu.h"
#include "hash/merkle.h"
#include "hash/tile_hash.h"

enum { GROUPS_MAX = 6, TILES_MAX = 40 };

typedef struct {
    situ_merkle_group groups[GROUPS_MAX];
    u32 log2_rows[GROUPS_MAX], n_tiles[GROUPS_MAX], n_groups;
    const u32 *tiles[GROUPS_MAX][TILES_MAX];
    u32 *words[GROUPS_MAX];
} forest;

static void forest_add(forest *f, u32 log2_rows, u32 n_tiles)
{
    u32 g = f->n_groups++;
    size_t tile_words = (size_t)16 << log2_rows;
    f->words[g] = aligned_alloc(64, tile_words * n_tiles * 4);
    for (size_t i = 0; i < tile_words * n_tiles; i++) f->words[g][i] = (u32)test_random();
    for (u32 t = 0; t < n_tiles; t++) f->tiles[g][t] = f->words[g] + tile_words * (n_tiles - 1 - t);
    f->groups[g] = (situ_merkle_group){log2_rows, n_tiles, f->tiles[g]};
    f->log2_rows[g] = log2_rows;
    f->n_tiles[g] = n_tiles;
}

static void forest_free(forest *f)
{
    for (u32 g = 0; g < f->n_groups; g++) free(f->words[g]);
}

static void copy_row(u8 *out, const forest *f, u32 g, u64 row)
{
    for (u32 t = 0; t < f->n_tiles[g]; t++) memcpy(out + 64 * t, f->tiles[g][t] + 16 * row, 64);
}

/* The definition: node `index` of `level`. */
static void slow_node(u8 out[32], const forest *f, u32 level, u64 index)
{
    u8 block[64], row[TILES_MAX * 64];
    if (level == f->log2_rows[0]) {
        copy_row(row, f, 0, index);
        situ_blake3_hash_keyed(out, (const u8 *)situ_merkle_key_leaf, row, 64 * (size_t)f->n_tiles[0]);
        return;
    }
    slow_node(block, f, level + 1, 2 * index);
    slow_node(block + 32, f, level + 1, 2 * index + 1);
    situ_hash_blocks((u8(*)[32])out, block, 1, situ_merkle_key_node,
                     SITU_BLAKE3_KEYED_HASH | SITU_BLAKE3_PARENT);
    for (u32 g = 1; g < f->n_groups; g++) {
        if (f->log2_rows[g] != level) continue;
        memcpy(block, out, 32);
        copy_row(row, f, g, index);
        situ_blake3_hash_keyed(block + 32, (const u8 *)situ_merkle_key_leaf, row, 64 * (size_t)f->n_tiles[g]);
        situ_hash_blocks((u8(*)[32])out, block, 1, situ_merkle_key_inject,
                         SITU_BLAKE3_KEYED_HASH | SITU_BLAKE3_PARENT);
    }
}

typedef struct {
    u32 words[GROUPS_MAX * TILES_MAX * 16] SITU_ALIGNED(8);
    u8 path[SITU_MERKLE_LOG2_ROWS_MAX * 32] SITU_ALIGNED(8);
} opening;

static void open_position(opening *o, const forest *f, const situ_merkle *tree, u32 q)
{
    u8 *row = (u8 *)o->words;
    for (u32 g = 0; g < f->n_groups; row += 64 * (size_t)f->n_tiles[g++])
        copy_row(row, f, g, q >> (f->log2_rows[0] - f->log2_rows[g]));
    situ_merkle_path(tree, q, o->path);
}

static situ_err verify(const opening *o, const forest *f, const u8 (*cap)[32], u32 cap_log2, u32 q)
{
    situ_merkle_shape shape;
    SITU_TRY(situ_merkle_shape_make(&shape, cap_log2, f->log2_rows, f->n_tiles, f->n_groups));
    return situ_merkle_verify(&shape, cap, q, o->words, o->path);
}

static void check_forest(const forest *f, u32 cap_log2, bool against_definition, situ_pool *pool)
{
    static opening o;
    u32 h = f->log2_rows[0], c = situ_merkle_cap_log2(h, cap_log2);
    size_t n_bytes = situ_merkle_bytes(h, cap_log2);
    u8 *memory = aligned_alloc(64, u64_align_up(n_bytes + 1, 64));
    memory[n_bytes] = 0xee;
    situ_merkle tree;
    CHECK_EQ(situ_merkle_build(&tree, f->groups, f->n_groups, cap_log2, memory, pool), SITU_OK);
    CHECK_EQ(memory[n_bytes], 0xee);
    CHECK_EQ(tree.cap_log2, c);
    const u8(*cap)[32] = situ_merkle_cap(&tree);
    for (u64 i = 0; against_definition && i < UINT64_C(1) << c; i++) {
        u8 expected[32];
        slow_node(expected, f, c, i);
        CHECK_MEM_EQ(cap[i], expected, 32);
    }
    for (u32 i = 0; i < 40; i++) {
        u32 q = h <= 5 ? i & ((1u << h) - 1) : (u32)test_random_below(UINT64_C(1) << h);
        open_position(&o, f, &tree, q);
        CHECK_EQ(verify(&o, f, cap, cap_log2, q), SITU_OK);
    }
    free(memory);
}

static void check_every_tile_count(void)
{
    for (u32 n_tiles = 1; n_tiles <= TILES_MAX; n_tiles++) {
        forest f = {.n_groups = 0};
        forest_add(&f, 5, n_tiles);
        forest_add(&f, 3, TILES_MAX + 1 - n_tiles);
        check_forest(&f, n_tiles % 4, true, NULL);
        forest_free(&f);
    }
}

TEST(every_small_tile_count) { test_every_cpu_level(check_every_tile_count); }

TEST(every_height_and_cap)
{
    for (u32 h = 0; h <= 9; h++) {
        for (u32 cap_log2 = 0; cap_log2 <= 10; cap_log2++) {
            forest f = {.n_groups = 0};
            forest_add(&f, h, 2);
            check_forest(&f, cap_log2, true, NULL);
            if (h > cap_log2) forest_add(&f, h - 1, 1);
            if (h > cap_log2 + 1) forest_add(&f, cap_log2, 17);
            check_forest(&f, cap_log2, true, NULL);
            forest_free(&f);
        }
    }
}

TEST(random_shapes_any_number_of_threads)
{
    for (u64 run = 0; run < test_runs(40); run++) {
        forest f = {.n_groups = 0};
        u32 h = 6 + (u32)test_random_below(7), cap_log2 = (u32)test_random_below(9);
        forest_add(&f, h, 1 + (u32)test_random_below(6));
        while (h-- > cap_log2 && f.n_groups < GROUPS_MAX)
            if (test_random_below(2)) forest_add(&f, h, 1 + (u32)test_random_below(20));
        size_t n_bytes = situ_merkle_bytes(f.log2_rows[0], cap_log2);
        u8 *one = aligned_alloc(64, u64_align_up(n_bytes, 64)),
           *many = aligned_alloc(64, u64_align_up(n_bytes, 64));
        situ_merkle tree;
        CHECK_EQ(situ_merkle_build(&tree, f.groups, f.n_groups, cap_log2, one, NULL), SITU_OK);
        for (u32 n_threads = 1; n_threads <= 5; n_threads++) {
            situ_pool *pool;
            CHECK_EQ(situ_pool_create(&pool, n_threads), SITU_OK);
            memset(many, 0, n_bytes);
            CHECK_EQ(situ_merkle_build(&tree, f.groups, f.n_groups, cap_log2, many, pool), SITU_OK);
            CHECK(memcmp(one, many, n_bytes) == 0);
            situ_pool_destroy(pool);
        }
        check_forest(&f, cap_log2, run < 3, NULL);
        free(many);
        free(one);
        forest_free(&f);
    }
}

/* Subtree tasks of more than the largest size: 2^13 leaves and more than 2^8 tasks come together from H = 21
 * on, so one column block of 2^21 rows against levels recomputed one by one. */
TEST(a_tall_tree_equals_its_levels)
{
    enum { H = 21 };
    forest f = {.n_groups = 0};
    forest_add(&f, H, 1);
    u8(*level)[32] = aligned_alloc(64, (size_t)32 << H), *memory = aligned_alloc(64, situ_merkle_bytes(H, 4));
    situ_merkle tree;
    CHECK_EQ(situ_merkle_build(&tree, f.groups, 1, 4, memory, NULL), SITU_OK);
    situ_hash_rows(level, f.tiles[0], 1, 0, UINT64_C(1) << H, situ_merkle_key_leaf);
    for (u32 k = H; k-- > 4;)
        situ_hash_nodes(level, (const u8(*)[32])level, UINT64_C(1) << k, situ_merkle_key_node);
    CHECK_MEM_EQ(situ_merkle_cap(&tree), level, 16 * 32);
    free(level);
    free(memory);
    forest_free(&f);
}

/* Every bit of what the verifier is given, and the position, must count. */
TEST(any_altered_bit_is_rejected)
{
    static opening o;
    enum { CAP_LOG2 = 2 };
    forest f = {.n_groups = 0};
    forest_add(&f, 6, 3);
    forest_add(&f, 5, 1);
    forest_add(&f, 2, 2);
    u8 *memory = aligned_alloc(64, situ_merkle_bytes(6, CAP_LOG2)), cap[4][32] SITU_ALIGNED(8);
    situ_merkle tree;
    CHECK_EQ(situ_merkle_build(&tree, f.groups, f.n_groups, CAP_LOG2, memory, NULL), SITU_OK);
    memcpy(cap, situ_merkle_cap(&tree), sizeof cap);
    const u8(*const_cap)[32] = (const u8(*)[32])cap;
    for (u32 q = 0; q < 64; q += 21) {
        open_position(&o, &f, &tree, q);
        for (u32 other = 0; other < 64; other++)
            CHECK_EQ(verify(&o, &f, const_cap, CAP_LOG2, other), other == q ? SITU_OK : SITU_ERR_REJECT);
        for (u32 bit = 0; bit < (3 + 1 + 2) * 512; bit++) {
            o.words[bit / 32] ^= 1u << bit % 32;
            CHECK_EQ(verify(&o, &f, const_cap, CAP_LOG2, q), SITU_ERR_REJECT);
            o.words[bit / 32] ^= 1u << bit % 32;
        }
        for (u32 bit = 0; bit < 4 * 256; bit++) {
            o.path[bit / 8] ^= (u8)(1u << bit % 8);
            CHECK_EQ(verify(&o, &f, const_cap, CAP_LOG2, q), SITU_ERR_REJECT);
            o.path[bit / 8] ^= (u8)(1u << bit % 8);
            cap[bit / 256][bit / 8 % 32] ^= (u8)(1u << bit % 8);
            CHECK_EQ(verify(&o, &f, const_cap, CAP_LOG2, q), bit / 256 == q >> 4 ? SITU_ERR_REJECT : SITU_OK);
            cap[bit / 256][bit / 8 % 32] ^= (u8)(1u << bit % 8);
        }
    }
    free(memory);
    forest_free(&f);
}

TEST(bad_shapes_are_refused)
{
    static const struct {
        u32 n_groups, log2_rows[3], n_tiles[3], cap_log2;
    } bad[] = {
        {0, {5}, {1}, 0},
        {1, {33}, {1}, 0},
        {1, {5}, {0}, 0},
        {1, {5}, {SITU_HASH_TILES_MAX + 1}, 0},
        {2, {5, 5}, {1, 1}, 0},
        {2, {5, 6}, {1, 1}, 0},
        {3, {5, 3, 3}, {1, 1, 1}, 0},
        {2, {5, 2}, {1, 1}, 3},
        {2, {5, 3}, {1, 0}, 3},
        {2, {2, 1}, {1, 1}, 3},
    };
    for (size_t i = 0; i < SITU_ARRAY_LEN(bad); i++) {
        situ_merkle_group groups[3];
        for (int g = 0; g < 3; g++)
            groups[g] = (situ_merkle_group){bad[i].log2_rows[g], bad[i].n_tiles[g], NULL};
        situ_merkle tree;
        CHECK_EQ(situ_merkle_build(&tree, groups, bad[i].n_groups, bad[i].cap_log2, NULL, NULL),
                 SITU_ERR_ARG);
        situ_merkle_shape shape;
        CHECK_EQ(situ_merkle_shape_make(&shape, bad[i].cap_log2, bad[i].log2_rows, bad[i].n_tiles,
                                        bad[i].n_groups),
                 SITU_ERR_ARG);
    }
    u32 h = 5, n = 1;
    situ_merkle_shape shape;
    CHECK_EQ(situ_merkle_shape_make(&shape, 0, &h, &n, 1), SITU_OK);
    CHECK_EQ(situ_merkle_verify(&shape, NULL, 32, NULL, NULL), SITU_ERR_ARG);
    CHECK_EQ(situ_merkle_verify(&shape, NULL, UINT32_MAX, NULL, NULL), SITU_ERR_ARG);
    CHECK_EQ(situ_merkle_build(&(situ_merkle){0}, NULL, 1000, 0, NULL, NULL), SITU_ERR_ARG);
}

static void check_key(const u32 key[8], const char *context)
{
    situ_blake3 h;
    u8 expected[32];
    situ_blake3_init_derive_key(&h, context, strlen(context));
    situ_blake3_final(&h, expected, 32);
    CHECK_MEM_EQ(key, expected, 32);
}

TEST(keys_are_derived_from_their_names)
{
    check_key(situ_merkle_key_leaf, "Situ 1 Merkle leaf");
    check_key(situ_merkle_key_node, "Situ 1 Merkle node");
    check_key(situ_merkle_key_inject, "Situ 1 Merkle inject");
}

/* Rows of any number of chunks: a tree of one leaf, its cap. */
TEST(long_rows_hash_as_one_message)
{
    static const u32 lengths[] = {255, 256, 257, 1023, 1024, 1025, 5000, 65519, 65535, 65536};
    const u32 zero = 0;
    u8 cap[1][32] SITU_ALIGNED(8);
    u32 *row = aligned_alloc(64, 64 * 65536);
    CHECK(row != NULL);
    for (u32 i = 0; i < 16 * 65536; i++) row[i] = (u32)test_random();
    for (u32 i = 1; i < 200 + SITU_ARRAY_LEN(lengths); i++) {
        u32 n_tiles = i < 200 ? i : lengths[i - 200];
        situ_merkle_shape shape;
        CHECK_EQ(situ_merkle_shape_make(&shape, 0, &zero, &n_tiles, 1), SITU_OK);
        situ_blake3_hash_keyed(cap[0], (const u8 *)situ_merkle_key_leaf, row, 64 * (size_t)n_tiles);
        CHECK_EQ(situ_merkle_verify(&shape, (const u8(*)[32])cap, 0, row, NULL), SITU_OK);
        u32 *word = &row[test_random_below(16 * n_tiles)], bit = 1u << test_random_below(32);
        *word ^= bit;
        CHECK_EQ(situ_merkle_verify(&shape, (const u8(*)[32])cap, 0, row, NULL), SITU_ERR_REJECT);
        *word ^= bit;
    }
    free(row);
}

TEST_MAIN()
