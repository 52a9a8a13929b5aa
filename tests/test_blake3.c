/* BLAKE3: known answers in all modes, however the input is cut and wherever it lies. */
#include "tests/test.h"

#include <stdlib.h>

#include "hash/blake3.h"

enum { OUT = 48, PATTERN_BYTES = 102400 };

static const struct {
    size_t n_bytes;
    const char *hash, *keyed, *derived;
} vectors[] = {
#include "tests/blake3_vectors.inc"
};

static const u8 key[32] = "whats the Elvish word for friend";
static const char context[] = "BLAKE3 2019-12-27 16:29:52 test vectors context";

static u8 *make_pattern(void)
{
    u8 *p = malloc(PATTERN_BYTES + 8);
    CHECK(p != NULL);
    for (size_t i = 0; i < PATTERN_BYTES + 8; i++) p[i] = (u8)(i % 251);
    return p;
}

static void check_hex(const u8 *got, size_t n, const char *hex)
{
    char text[2 * 256 + 1] = "";
    for (size_t i = 0; i < n; i++) snprintf(text + 2 * i, 3, "%02x", got[i]);
    text[2 * n] = 0;
    CHECK(strncmp(text, hex, 2 * n) == 0);
}

static void check_mode(situ_blake3 h, const u8 *data, size_t n, const char *expected)
{
    u8 out[OUT];
    situ_blake3_update(&h, data, n);
    for (size_t n_out = 0; n_out <= OUT; n_out++) {
        memset(out, 0xee, sizeof out);
        situ_blake3_final(&h, out, n_out);
        check_hex(out, n_out, expected);
        for (size_t i = n_out; i < OUT; i++) CHECK_EQ(out[i], 0xee);
    }
}

TEST(known_answers)
{
    u8 *pattern = make_pattern();
    situ_blake3 h;
    for (size_t i = 0; i < SITU_ARRAY_LEN(vectors); i++) {
        situ_blake3_init(&h);
        check_mode(h, pattern, vectors[i].n_bytes, vectors[i].hash);
        situ_blake3_init_keyed(&h, key);
        check_mode(h, pattern, vectors[i].n_bytes, vectors[i].keyed);
        situ_blake3_init_derive_key(&h, context, sizeof context - 1);
        check_mode(h, pattern, vectors[i].n_bytes, vectors[i].derived);

        u8 out[32];
        situ_blake3_hash(out, pattern, vectors[i].n_bytes);
        check_hex(out, 32, vectors[i].hash);
        situ_blake3_hash_keyed(out, key, pattern, vectors[i].n_bytes);
        check_hex(out, 32, vectors[i].keyed);
    }
    free(pattern);
}

TEST(input_in_pieces_at_any_address)
{
    u8 *pattern = make_pattern();
    u8 *moved = malloc(PATTERN_BYTES + 8);
    for (uint64_t run = 0; run < test_runs(300); run++) {
        size_t n = test_random_below(run % 8 ? 5000 : PATTERN_BYTES), at = 0, offset = test_random_below(8);
        u8 expected[32], out[32];
        situ_blake3_hash(expected, pattern, n);
        memcpy(moved + offset, pattern, n);
        situ_blake3 h;
        situ_blake3_init(&h);
        while (at < n) {
            size_t piece = test_random_below(4) ? test_random_below(200) : 64 * test_random_below(40);
            if (piece > n - at) piece = n - at;
            situ_blake3_update(&h, moved + offset + at, piece);
            at += piece;
            situ_blake3_final(&h, out, 32); /* must not disturb what follows */
        }
        situ_blake3_final(&h, out, 32);
        CHECK_MEM_EQ(out, expected, 32);
    }
    free(moved);
    free(pattern);
}

TEST(extended_output_is_a_stream)
{
    u8 whole[1000], part[1000];
    situ_blake3 h;
    situ_blake3_init(&h);
    situ_blake3_update(&h, "abc", 3);
    situ_blake3_final(&h, whole, sizeof whole);
    for (size_t n = 0; n < sizeof whole; n += 37) {
        situ_blake3_final(&h, part, n);
        CHECK_MEM_EQ(part, whole, n);
    }
    CHECK(memcmp(whole, whole + 64, 64) != 0);
}

TEST(compress_is_half_of_compress_wide)
{
    for (int run = 0; run < 100; run++) {
        u32 cv[8], block[16], wide[16];
        for (int i = 0; i < 8; i++) cv[i] = (u32)test_random();
        for (int i = 0; i < 16; i++) block[i] = (u32)test_random();
        u64 counter = test_random();
        u32 n = (u32)test_random_below(65), flags = (u32)test_random_below(128);
        situ_blake3_compress_wide(wide, cv, block, counter, n, flags);
        situ_blake3_compress(cv, block, counter, n, flags);
        CHECK_MEM_EQ(cv, wide, 32);
    }
}

TEST_MAIN()
