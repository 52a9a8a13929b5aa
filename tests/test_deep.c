/* Out-of-domain evaluation and the DEEP combination against polynomials evaluated by Horner. */
#include "tests/test.h"

#include <stdlib.h>

#include "base/cpu.h"
#include "stark/deep.h"
#include "stark/ood.h"

#define SHIFT KB_CONST(KB_GENERATOR)

static void *new_bytes(size_t n_bytes)
{
    static void *newest; /* keeps every block reachable until the test's process ends */
    void **block = aligned_alloc(64, u64_align_up(n_bytes, 64) + 64);
    CHECK(block != NULL);
    *block = newest;
    newest = block;
    return block + 64 / sizeof *block;
}

static kb random_kb(void) { return (kb)test_random_edgy(KB_P - 1); }

static k6 random_k6(void)
{
    k6 r;
    for (int i = 0; i < K6_DEGREE; i++) r.c[i] = random_kb();
    return r;
}

/* n_tiles tiles: columns as coefficients, and their values on the coset of 2^log2_size points. */
typedef struct {
    u32 n_tiles, log2_rows;
    kb *coeffs; /* [tile][lane][N] */
    const kb **tiles;
} columns;

static kb *column_coeffs(const columns *c, u32 tile, u32 lane)
{
    return c->coeffs + ((u64)(tile * 16 + lane) << c->log2_rows);
}

static kb horner_kb(const kb *coeffs, u64 n_coeffs, kb x)
{
    kb sum = 0;
    for (u64 i = n_coeffs; i-- > 0;) sum = kb_add(kb_mul(sum, x), coeffs[i]);
    return sum;
}

static k6 horner(const kb *coeffs, u64 n_coeffs, k6 z)
{
    k6 sum = k6_zero();
    for (u64 i = n_coeffs; i-- > 0;) sum = k6_add_kb(k6_mul(sum, z), coeffs[i]);
    return sum;
}

static columns random_columns(u32 n_tiles, u32 log2_rows, u32 log2_size)
{
    const u64 n_rows = UINT64_C(1) << log2_rows, n_points = UINT64_C(1) << log2_size;
    columns c = {n_tiles, log2_rows, new_bytes(n_tiles * 16 * n_rows * sizeof(kb)),
                 new_bytes(n_tiles * sizeof(kb *))};
    for (u64 i = 0; i < n_tiles * 16 * n_rows; i++) c.coeffs[i] = random_kb();
    for (u32 t = 0; t < n_tiles; t++) {
        kb *tile = new_bytes(n_points * 64);
        for (u64 i = 0; i < n_points; i++)
            for (u32 l = 0; l < 16; l++)
                tile[i * 16 + l] =
                    horner_kb(column_coeffs(&c, t, l), n_rows, kb_mul(SHIFT, situ_point_at(log2_size, i)));
        c.tiles[t] = tile;
    }
    return c;
}

/* Tiles of random rows, with no polynomials behind them: for comparing levels and threads. */
static columns random_tiles(u32 n_tiles, u32 log2_size)
{
    columns c = {n_tiles, log2_size, NULL, new_bytes(n_tiles * sizeof(kb *))};
    for (u32 t = 0; t < n_tiles; t++) {
        kb *tile = new_bytes((size_t)64 << log2_size);
        for (u64 i = 0; i < UINT64_C(16) << log2_size; i++) tile[i] = random_kb();
        c.tiles[t] = tile;
    }
    return c;
}

static kb *weights_at(k6 z, u32 log2_rows, situ_pool *pool)
{
    kb *weights = new_bytes(situ_ood_weights_words(log2_rows) * sizeof(kb));
    situ_ood_weights(weights, z, log2_rows, pool);
    return weights;
}

static k6 *values_at(const columns *c, const kb *weights, bool shifted, situ_pool *pool)
{
    k6 *values = new_bytes(c->n_tiles * 16 * sizeof(k6));
    situ_ood_columns in = {c->tiles, c->n_tiles, c->log2_rows, weights, shifted};
    situ_ood_eval(values, &in, new_bytes(situ_ood_scratch_bytes(c->n_tiles, c->log2_rows)), pool);
    return values;
}

static void weights_are_lagrange_polynomials(void)
{
    for (u32 log2_rows = 4; log2_rows <= 9; log2_rows++) {
        const u64 n_rows = UINT64_C(1) << log2_rows;
        k6 z = random_k6();
        const kb *weights = weights_at(z, log2_rows, NULL);
        k6 factor = k6_sub_kb(k6_pow(z, n_rows), kb_pow(SHIFT, n_rows));
        factor = k6_mul_kb(factor, kb_inv(kb_mul(kb_from_u32((u32)n_rows), kb_pow(SHIFT, n_rows))));
        for (u64 i = 0; i < n_rows; i++) {
            kb x = kb_mul(SHIFT, situ_point_at(log2_rows, i));
            k6 expected = k6_mul(k6_mul_kb(factor, x), k6_inv(k6_sub_kb(z, x)));
            CHECK_MEM_EQ(weights + 6 * i, expected.c, sizeof expected);
        }
    }
}

TEST(weights_are_the_lagrange_polynomials_at_every_level)
{
    test_every_cpu_level(weights_are_lagrange_polynomials);
}

static void values_are_those_of_the_polynomials(void)
{
    for (u32 log2_rows = 4; log2_rows <= 7; log2_rows++) {
        columns c = random_columns(2, log2_rows, log2_rows + 1);
        k6 z = random_k6(), next = k6_mul_kb(z, kb_root_of_unity(log2_rows));
        const kb *weights = weights_at(z, log2_rows, NULL);
        k6 *here = values_at(&c, weights, false, NULL), *there = values_at(&c, weights, true, NULL),
           one_tile[16];
        for (u32 t = 0; t < c.n_tiles; t++) {
            for (u32 l = 0; l < 16; l++) {
                CHECK(
                    k6_equal(here[16 * t + l], horner(column_coeffs(&c, t, l), UINT64_C(1) << log2_rows, z)));
                CHECK(k6_equal(there[16 * t + l],
                               horner(column_coeffs(&c, t, l), UINT64_C(1) << log2_rows, next)));
            }
            situ_ood_eval_tile(one_tile, c.tiles[t], log2_rows, weights);
            CHECK_MEM_EQ(one_tile, here + 16 * t, sizeof one_tile);
        }
    }
}

TEST(values_are_those_of_the_polynomials_at_every_level)
{
    test_every_cpu_level(values_are_those_of_the_polynomials);
}

/* Many blocks and tasks: against the definition with the shift made explicit. */
TEST(values_do_not_depend_on_threads_or_blocks)
{
    const u32 log2_rows = 13;
    columns c = random_tiles(3, log2_rows);
    k6 z = random_k6();
    situ_pool *pool;
    CHECK_EQ(situ_pool_create(&pool, 2), SITU_OK);
    const kb *weights = weights_at(z, log2_rows, NULL);
    CHECK_MEM_EQ(weights, weights_at(z, log2_rows, pool), situ_ood_weights_words(log2_rows) * sizeof(kb));
    for (int shifted = 0; shifted < 2; shifted++) {
        k6 *values = values_at(&c, weights, shifted, NULL);
        CHECK_MEM_EQ(values, values_at(&c, weights, shifted, pool), 48 * sizeof(k6));
        k6 expected[16] = {{{0}}};
        for (u32 i = 0; i < 1u << log2_rows; i++) {
            u32 n = u32_bit_reverse(i, log2_rows);
            u32 from = u32_bit_reverse((n - (u32)shifted) & ((1u << log2_rows) - 1), log2_rows);
            k6 w;
            memcpy(&w, weights + 6 * from, sizeof w);
            for (u32 l = 0; l < 16; l++)
                expected[l] = k6_add(expected[l], k6_mul_kb(w, c.tiles[2][16 * i + l]));
        }
        CHECK_MEM_EQ(values + 32, expected, sizeof expected);
    }
    situ_pool_destroy(pool);
}

/* The largest sums a column can make: n (p - 1)^2, in Montgomery form n R^-1. */
static void extreme_columns_agree(void)
{
    const u32 log2_rows = 12, n_rows = 1u << log2_rows;
    kb *tile = new_bytes((size_t)64 << log2_rows),
       *weights = new_bytes(situ_ood_weights_words(log2_rows) * sizeof(kb));
    for (u32 i = 0; i < 16 * n_rows; i++) tile[i] = KB_P - 1;
    for (u32 i = 0; i < 6 * n_rows; i++) weights[i] = KB_P - 1;
    k6 values[16];
    situ_ood_eval_tile(values, tile, log2_rows, weights);
    for (u32 l = 0; l < 16; l++)
        for (u32 j = 0; j < 6; j++) CHECK_EQ(values[l].c[j], kb_reduce(n_rows));
}

TEST(extreme_columns_at_every_level) { test_every_cpu_level(extreme_columns_agree); }

static k6 (*random_weights(u32 n_tiles))[16]
{
    k6(*weights)[16] = new_bytes(n_tiles * sizeof *weights);
    for (u32 t = 0; t < n_tiles; t++)
        for (u32 l = 0; l < 16; l++) weights[t][l] = random_k6();
    return weights;
}

/* Element i of the combination, by its definition. */
static k6 slow_deep(const situ_deep_set *sets, u32 n_sets, u32 log2_size, u64 i)
{
    kb x = kb_mul(SHIFT, situ_point_at(log2_size, i));
    k6 total = k6_zero();
    for (u32 s = 0; s < n_sets; s++) {
        k6 sum = k6_neg(sets[s].constant);
        for (u32 t = 0; t < sets[s].n_tiles; t++)
            for (u32 l = 0; l < 16; l++)
                sum = k6_add(sum, k6_mul_kb(sets[s].weights[t][l], sets[s].tiles[t][16 * i + l]));
        total = k6_add(total, k6_mul(sum, k6_inv(k6_sub(k6_from_kb(x), sets[s].point))));
    }
    return total;
}

static situ_fri_codeword combine(const situ_deep_set *sets, u32 n_sets, u32 log2_size, bool is_matrix,
                                 situ_pool *pool)
{
    u32 n_tiles = 0;
    for (u32 s = 0; s < n_sets; s++) n_tiles += sets[s].n_tiles;
    situ_fri_codeword out = {new_bytes(situ_fri_codeword_words(log2_size) * sizeof(kb)), log2_size,
                             is_matrix};
    situ_deep_combine(&out, sets, n_sets, new_bytes(situ_deep_scratch_bytes(n_tiles)), pool);
    return out;
}

static void combinations_agree(void)
{
    static const u32 n_tiles[] = {1, 2, 3, 4, 5, 8, 15, 16, 17, 31, 33, 40};
    for (u32 i = 0; i < SITU_ARRAY_LEN(n_tiles); i++) {
        const u32 log2_size = 4 + i % 5;
        columns c = random_tiles(n_tiles[i], log2_size);
        situ_deep_set sets[2] = {
            {c.tiles, c.n_tiles, (const k6(*)[16])random_weights(c.n_tiles), random_k6(), random_k6()},
            {c.tiles, i % 3 + 1 < c.n_tiles ? i % 3 + 1 : 1, (const k6(*)[16])random_weights(4), random_k6(),
             random_k6()},
        };
        situ_fri_codeword out = combine(sets, 1 + i % 2, log2_size, i % 4 < 2, NULL);
        for (u64 at = 0; at < UINT64_C(1) << log2_size; at += 8) {
            k6 elements[8];
            situ_fri_codeword_load(elements, &out, at, 8);
            for (u64 k = 0; k < 8; k++)
                CHECK(k6_equal(elements[k], slow_deep(sets, 1 + i % 2, log2_size, at + k)));
        }
    }
}

TEST(combination_is_its_definition_at_every_level) { test_every_cpu_level(combinations_agree); }

/* The largest sums a row can make. */
static void extreme_rows_agree(void)
{
    const u32 n_tiles = 70;
    kb *tile = new_bytes(64 * 16);
    const kb **tiles = new_bytes(n_tiles * sizeof *tiles);
    k6(*weights)[16] = new_bytes(n_tiles * sizeof *weights);
    static const kb extremes[] = {KB_P - 1, (KB_P - 1) / 2, (KB_P + 1) / 2, 0, 1};
    for (u32 a = 0; a < SITU_ARRAY_LEN(extremes); a++)
        for (u32 b = 0; b < SITU_ARRAY_LEN(extremes); b++) {
            for (u32 i = 0; i < 256; i++) tile[i] = extremes[a];
            for (u32 t = 0; t < n_tiles; t++) {
                tiles[t] = tile;
                for (u32 l = 0; l < 16; l++)
                    for (u32 j = 0; j < 6; j++) weights[t][l].c[j] = extremes[b];
            }
            situ_deep_set set = {tiles, n_tiles, (const k6(*)[16])weights, random_k6(), random_k6()};
            situ_fri_codeword out = combine(&set, 1, 4, false, NULL);
            k6 elements[16];
            situ_fri_codeword_load(elements, &out, 0, 16);
            for (u64 k = 0; k < 16; k++) CHECK(k6_equal(elements[k], slow_deep(&set, 1, 4, k)));
        }
}

TEST(extreme_rows_at_every_level) { test_every_cpu_level(extreme_rows_agree); }

TEST(combination_does_not_depend_on_threads)
{
    const u32 log2_size = 13;
    columns c = random_tiles(6, log2_size);
    situ_deep_set sets[2] = {{c.tiles, 6, (const k6(*)[16])random_weights(6), random_k6(), random_k6()},
                             {c.tiles + 2, 1, (const k6(*)[16])random_weights(1), random_k6(), random_k6()}};
    situ_pool *pool;
    CHECK_EQ(situ_pool_create(&pool, 2), SITU_OK);
    situ_fri_codeword one = combine(sets, 2, log2_size, true, NULL),
                      two = combine(sets, 2, log2_size, true, pool);
    situ_pool_destroy(pool);
    CHECK_MEM_EQ(one.words, two.words, situ_fri_codeword_words(log2_size) * sizeof(kb));
}

/* True claims give a codeword of degree below 64, one false claim does not: what FRI goes on to test. */
TEST(true_claims_give_low_degree_and_false_ones_do_not)
{
    for (u32 log2_blowup = 1; log2_blowup <= 3; log2_blowup++) {
        const u32 log2_size = 6 + log2_blowup;
        columns c = random_columns(2, 6, log2_size);
        k6 z = random_k6(), next = k6_mul_kb(z, kb_root_of_unity(6)), points[2] = {z, next}, coeffs[64];
        const kb *lagrange = weights_at(z, 6, NULL);
        situ_deep_set sets[2];
        for (u32 s = 0; s < 2; s++) {
            const k6 *values = values_at(&c, lagrange, s == 1, NULL);
            sets[s] = (situ_deep_set){c.tiles, 2, (const k6(*)[16])random_weights(2), k6_zero(), points[s]};
            for (u32 l = 0; l < 32; l++)
                sets[s].constant =
                    k6_add(sets[s].constant, k6_mul(sets[s].weights[l / 16][l % 16], values[l]));
        }
        situ_fri_codeword good = combine(sets, 2, log2_size, false, NULL);
        CHECK_EQ(situ_fri_final(coeffs, (const k6 *)(const void *)good.words, 6, log2_blowup), SITU_OK);
        CHECK(k6_is_zero(coeffs[63]));
        sets[1].constant = k6_add_kb(sets[1].constant, KB_ONE);
        situ_fri_codeword bad = combine(sets, 2, log2_size, false, NULL);
        CHECK_EQ(situ_fri_final(coeffs, (const k6 *)(const void *)bad.words, 6, log2_blowup), SITU_ERR_UNSAT);
    }
}

/* On columns of low degree with true claims both ways give the same codeword. */
static void ways_agree(void)
{
    const u32 log2_rows = 6;
    for (u32 log2_blowup = 1; log2_blowup <= 3; log2_blowup++) {
        const u32 log2_size = log2_rows + log2_blowup;
        columns c = random_columns(3, log2_rows, log2_size);
        k6 z = random_k6();
        situ_deep_set set = {c.tiles, 3, (const k6(*)[16])random_weights(3), k6_zero(), z};
        const k6 *values = values_at(&c, weights_at(z, log2_rows, NULL), false, NULL);
        for (u32 l = 0; l < 48; l++)
            set.constant = k6_add(set.constant, k6_mul(set.weights[l / 16][l % 16], values[l]));
        situ_fri_codeword direct = combine(&set, 1, log2_size, log2_blowup % 2, NULL);

        situ_ntt_plan plan;
        situ_ntt_plan_init(&plan, log2_size, new_bytes(situ_ntt_plan_bytes(log2_size)), NULL);
        size_t n_words = situ_fri_codeword_words(log2_size);
        situ_fri_codeword extended = {new_bytes(n_words * sizeof(kb)), log2_size, log2_blowup % 2};
        void *scratch = new_bytes(situ_deep_extended_scratch_bytes(3, log2_size));
        situ_deep_combine_extended(&extended, &set, 1, log2_rows, &plan, scratch, NULL);
        CHECK_MEM_EQ(extended.words, direct.words, n_words * sizeof(kb));
    }
}

TEST(extension_gives_the_same_codeword_at_every_level) { test_every_cpu_level(ways_agree); }

TEST_MAIN()
