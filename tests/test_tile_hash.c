/* The packed hashes against the portable one, at every CPU level. */
#include "tests/test.h"

#include <stdlib.h>

#include "base/cpu.h"
#include "hash/tile_hash.h"

enum { ROWS = 200, TILES = 140 };

static u32 *make_words(size_t n_words)
{
    u32 *words = aligned_alloc(64, u64_align_up(n_words * 4, 64));
    CHECK(words != NULL);
    for (size_t i = 0; i < n_words; i++) words[i] = (u32)test_random();
    return words;
}

static void make_key(u32 key[8])
{
    for (int i = 0; i < 8; i++) key[i] = (u32)test_random();
}

static void check_rows(const u32 *const *tiles, u32 n_tiles, u64 first_row, u64 n_rows, const u32 key[8])
{
    static u8 digests[ROWS + 1][32], message[TILES * 64], expected[32];
    memset(digests, 0xee, sizeof digests);
    situ_hash_rows(digests, tiles, n_tiles, first_row, n_rows, key);
    for (u64 i = 0; i < n_rows; i++) {
        for (u32 t = 0; t < n_tiles; t++) memcpy(message + 64 * t, tiles[t] + 16 * (first_row + i), 64);
        situ_blake3_hash_keyed(expected, (const u8 *)key, message, 64 * (size_t)n_tiles);
        CHECK_MEM_EQ(digests[i], expected, 32);
    }
    for (int i = 0; i < 32; i++) CHECK_EQ(digests[n_rows][i], 0xee);
}

static void check_all_rows(void)
{
    u32 *words = make_words((size_t)TILES * ROWS * 16), key[8];
    const u32 *tiles[TILES];
    make_key(key);
    for (size_t t = 0; t < TILES; t++)
        tiles[t] = words + (TILES - 1 - t) * ROWS * 16; /* not in memory's order */
    for (u32 n_tiles = 1; n_tiles <= 70; n_tiles++) check_rows(tiles, n_tiles, 3, 80, key);
    for (u32 n_tiles = 71; n_tiles <= TILES; n_tiles += n_tiles % 16 < 2 ? 1 : 15)
        check_rows(tiles, n_tiles, 0, 16, key);
    for (u64 n_rows = 0; n_rows <= 150; n_rows++) check_rows(tiles, 3, ROWS - n_rows, n_rows, key);
    free(words);
}

TEST(rows_equal_the_portable_keyed_hash) { test_every_cpu_level(check_all_rows); }

static void check_nodes(void)
{
    enum { N = 100 };
    u32 *words = make_words(N * 16), *other = make_words(N * 8), key[8], expected[8], block[16];
    u8(*out)[32] = malloc(32 * (N + 1));
    make_key(key);
    for (u64 n = 0; n <= N; n++) {
        out[n][0] = 0xee;
        situ_hash_nodes(out, (const u8(*)[32])words, n, key);
        for (u64 i = 0; i < n; i++) {
            memcpy(expected, key, 32);
            situ_blake3_compress(expected, words + 16 * i, 0, 64,
                                 SITU_BLAKE3_KEYED_HASH | SITU_BLAKE3_PARENT);
            CHECK_MEM_EQ(out[i], expected, 32);
        }
        CHECK_EQ(out[n][0], 0xee);
        situ_hash_joins(out, (const u8(*)[32])words, (const u8(*)[32])other, n, key);
        for (u64 i = 0; i < n; i++) {
            memcpy(block, words + 8 * i, 32);
            memcpy(block + 8, other + 8 * i, 32);
            memcpy(expected, key, 32);
            situ_blake3_compress(expected, block, 0, 64, SITU_BLAKE3_KEYED_HASH | SITU_BLAKE3_PARENT);
            CHECK_MEM_EQ(out[i], expected, 32);
        }
        CHECK_EQ(out[n][0], 0xee);
    }
    /* in place */
    u32 *copy = make_words(N * 16);
    memcpy(copy, words, N * 64);
    situ_hash_nodes(out, (const u8(*)[32])words, N, key);
    situ_hash_nodes((u8(*)[32])copy, (const u8(*)[32])copy, N, key);
    CHECK_MEM_EQ(copy, out, N * 32);
    memcpy(copy, words, N * 32);
    situ_hash_joins(out, (const u8(*)[32])words, (const u8(*)[32])other, N, key);
    situ_hash_joins((u8(*)[32])copy, (const u8(*)[32])copy, (const u8(*)[32])other, N, key);
    CHECK_MEM_EQ(copy, out, N * 32);
    free(copy);
    free(out);
    free(other);
    free(words);
}

TEST(nodes_are_one_compression) { test_every_cpu_level(check_nodes); }

TEST_MAIN()
