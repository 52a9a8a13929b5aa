/* Transforms and extensions of tiles against evaluation term by term, at every level and thread count. */
#include "tests/test.h"

#include <stdlib.h>

#include "base/cpu.h"
#include "ntt/ntt.h"

#define PLAN_LOG2_MAX 21

static situ_ntt_plan plan;

static kb *tile_alloc(size_t n_rows)
{
    kb *t = aligned_alloc(64, n_rows * 64);
    CHECK(t != NULL);
    return t;
}

static void plan_make(u32 log2_max)
{
    void *memory = aligned_alloc(64, situ_ntt_plan_bytes(log2_max));
    CHECK(memory != NULL);
    situ_ntt_plan_init(&plan, log2_max, memory, NULL);
}

static kb *tile_random(size_t n_rows)
{
    kb *t = tile_alloc(n_rows);
    for (size_t i = 0; i < 16 * n_rows; i++) t[i] = (kb)test_random_below(KB_P);
    for (size_t i = 0; i < n_rows; i++) t[16 * i + test_random_below(16)] = KB_P - 1;
    return t;
}

static kb *tile_copy(const kb *t, size_t n_rows)
{
    kb *c = tile_alloc(n_rows);
    memcpy(c, t, n_rows * 64);
    return c;
}

/* All columns at x. */
static void horner(kb y[16], const kb *coefficients, size_t n_rows, kb x)
{
    memset(y, 0, 64);
    for (size_t i = n_rows; i-- > 0;)
        for (int l = 0; l < 16; l++) y[l] = kb_add(kb_mul(y[l], x), coefficients[16 * i + (size_t)l]);
}

static kb point(u32 log2_order, size_t row)
{
    return kb_pow(kb_root_of_unity(log2_order), u32_bit_reverse((u32)row, log2_order));
}

/* Rows to look at: all of a small tile, edges and some random ones of a large one. */
static size_t sample_row(size_t i, size_t n_samples, size_t n_rows)
{
    if (n_rows <= n_samples) return i;
    return i == 0 ? 0 : i == 1 ? n_rows - 1 : test_random_below(n_rows);
}

static void check_values(const kb *values, const kb *coefficients, u32 log2_rows, u32 log2_values, kb shift,
                         size_t n_samples)
{
    size_t n_values = (size_t)1 << log2_values;
    for (size_t i = 0; i < n_samples && i < n_values; i++) {
        size_t row = sample_row(i, n_samples, n_values);
        kb y[16];
        horner(y, coefficients, (size_t)1 << log2_rows, kb_mul(shift, point(log2_values, row)));
        CHECK_MEM_EQ(y, values + 16 * row, 64);
    }
}

static const struct {
    u32 log2_rows_min, log2_rows_max;
    size_t n_samples;
} sizes[] = {{0, 6, 1024}, {7, 12, 24}, {13, 16, 8}};

static void forward_agrees(u32 log2_rows, size_t n_samples)
{
    size_t n = (size_t)1 << log2_rows;
    kb *coefficients = tile_random(n), *tile = tile_copy(coefficients, n);
    situ_ntt_tile_forward(&plan, tile, log2_rows, NULL);
    check_values(tile, coefficients, log2_rows, log2_rows, KB_ONE, n_samples);
    situ_ntt_tile_inverse(&plan, tile, log2_rows, NULL);
    CHECK_MEM_EQ(tile, coefficients, n * 64);
    free(tile);
    free(coefficients);
}

static void forward_agrees_at_all_sizes(void)
{
    for (size_t s = 0; s < 3; s++)
        for (u32 h = sizes[s].log2_rows_min; h <= sizes[s].log2_rows_max; h++)
            forward_agrees(h, sizes[s].n_samples);
}

TEST(transform_agrees_with_horner_and_comes_back)
{
    plan_make(PLAN_LOG2_MAX);
    test_every_cpu_level(forward_agrees_at_all_sizes);
}

/* The exhaustive one: every row of every size up to 2^12, at the level in force. */
TEST(every_value_of_every_small_size_agrees)
{
    plan_make(12);
    for (u32 h = 0; h <= 10; h++) forward_agrees(h, 1024);
    forward_agrees(11, 512);
    forward_agrees(12, 512);
}

static void extension_agrees(u32 log2_rows, u32 log2_blowup, size_t n_samples)
{
    size_t n = (size_t)1 << log2_rows, n_out = n << log2_blowup;
    kb *trace = tile_random(n), *kept = tile_copy(trace, n), *out = tile_alloc(n_out),
       *in_place = tile_alloc(n_out);
    situ_lde_tile(&plan, out, trace, log2_rows, log2_blowup, NULL);
    CHECK_MEM_EQ(trace, kept, n * 64);

    memcpy(in_place + (n_out - n) * 16, trace, n * 64);
    situ_lde_tile(&plan, in_place, in_place + (n_out - n) * 16, log2_rows, log2_blowup, NULL);
    CHECK_MEM_EQ(in_place, out, n_out * 64);

    situ_ntt_tile_inverse(&plan, trace, log2_rows, NULL);
    check_values(out, trace, log2_rows, log2_rows + log2_blowup, KB_CONST(3), n_samples);
    free(trace);
    free(kept);
    free(out);
    free(in_place);
}

static void extension_agrees_at_all_sizes(void)
{
    for (u32 b = 0; b <= 4; b++) {
        for (u32 h = 0; h <= 5; h++) extension_agrees(h, b, 512);
        for (u32 h = 6; h <= 12; h++) extension_agrees(h, b, 12);
        if (b <= 2) extension_agrees(14, b, 5);
    }
    extension_agrees(15, 1, 5);
}

TEST(extension_agrees_with_horner_in_place_and_apart)
{
    plan_make(PLAN_LOG2_MAX);
    test_every_cpu_level(extension_agrees_at_all_sizes);
}

static void cosets_agree(u32 log2_rows, u32 log2_blowup)
{
    size_t n = (size_t)1 << log2_rows;
    kb *coefficients = tile_random(n), *values = tile_copy(coefficients, n),
       *out = tile_alloc(n << log2_blowup);
    kb shifts[16];
    for (int l = 0; l < 16; l++) shifts[l] = l < 4 ? KB_CONST(3) : (kb)(1 + test_random_below(KB_P - 1));
    for (int l = 0; l < 16; l++) { /* f(shift x) has the coefficients c_i shift^i */
        kb power = KB_ONE;
        for (size_t i = 0; i < n; i++, power = kb_mul(power, shifts[l]))
            values[16 * i + (size_t)l] = kb_mul(values[16 * i + (size_t)l], power);
    }
    situ_ntt_tile_forward(&plan, values, log2_rows, NULL);
    situ_lde_tile_cosets(&plan, out, values, shifts, log2_rows, log2_blowup, NULL);
    check_values(out, coefficients, log2_rows, log2_rows + log2_blowup, KB_CONST(3), 20);
    free(coefficients);
    free(values);
    free(out);
}

static void cosets_agree_at_all_sizes(void)
{
    for (u32 h = 0; h <= 12; h++) cosets_agree(h, h % 5);
    cosets_agree(14, 1);
}

TEST(extension_from_lane_cosets_agrees_with_horner)
{
    plan_make(16);
    test_every_cpu_level(cosets_agree_at_all_sizes);
}

/* Many tiles, every level and 1, 2, 3 threads: the same bytes. */
static void threads_agree(u32 log2_rows, u32 log2_blowup, size_t n_tiles)
{
    size_t n = (size_t)1 << log2_rows, n_out = n << log2_blowup;
    kb *traces[5], *expected[5], *outs[5];
    situ_pool *pools[3] = {NULL};
    situ_cpu_level level = situ_cpu_current();
    for (size_t i = 0; i < n_tiles; i++) {
        traces[i] = tile_random(n);
        expected[i] = tile_alloc(n_out);
        outs[i] = tile_alloc(n_out);
        situ_lde_tile(&plan, expected[i], traces[i], log2_rows, log2_blowup, NULL);
    }
    for (u32 t = 1; t < 3; t++) CHECK(situ_pool_create(&pools[t], t + 1) == SITU_OK);
    for (int l = 0; l < SITU_CPU_LEVELS; l++) {
        if (!situ_cpu_force((situ_cpu_level)l)) continue;
        for (u32 t = 0; t < 3; t++) {
            if (log2_rows > 18 && l != (int)level && t != 1) continue;
            situ_lde_tiles(&plan, outs, (const kb *const *)traces, n_tiles, log2_rows, log2_blowup, pools[t]);
            for (size_t i = 0; i < n_tiles; i++) CHECK_MEM_EQ(outs[i], expected[i], n_out * 64);
            situ_ntt_tile_forward(&plan, outs[0], log2_rows, pools[t]);
            situ_ntt_tile_inverse(&plan, outs[0], log2_rows, pools[2 - t]);
            CHECK_MEM_EQ(outs[0], expected[0], n * 64);
        }
    }
    for (u32 t = 1; t < 3; t++) situ_pool_destroy(pools[t]);
    for (size_t i = 0; i < n_tiles; i++) {
        free(traces[i]);
        free(expected[i]);
        free(outs[i]);
    }
    situ_cpu_force(level);
}

TEST(levels_and_threads_give_the_same_bytes)
{
    plan_make(PLAN_LOG2_MAX);
    threads_agree(3, 2, 5);
    threads_agree(10, 1, 5);
    threads_agree(13, 0, 3);
    threads_agree(14, 3, 5);
    threads_agree(17, 1, 2);
    threads_agree(20, 1, 1);
}

TEST(large_transforms_agree_at_some_points)
{
    plan_make(PLAN_LOG2_MAX);
    for (u32 h = 17; h <= PLAN_LOG2_MAX; h += 2) {
        size_t n = (size_t)1 << h;
        kb *coefficients = tile_random(n), *tile = tile_copy(coefficients, n);
        situ_ntt_tile_forward(&plan, tile, h, NULL);
        check_values(tile, coefficients, h, h, KB_ONE, 4);
        situ_ntt_tile_inverse(&plan, tile, h, NULL);
        CHECK_MEM_EQ(tile, coefficients, n * 64);
        free(coefficients);
        free(tile);
    }
}

TEST(plan_with_threads_is_the_same_plan)
{
    situ_pool *pool;
    CHECK(situ_pool_create(&pool, 3) == SITU_OK);
    for (u32 h = 0; h <= 18; h += 6) {
        size_t bytes = situ_ntt_plan_bytes(h);
        void *a = aligned_alloc(64, bytes), *b = aligned_alloc(64, bytes);
        memset(a, 0, bytes);
        memset(b, 0, bytes);
        situ_ntt_plan_init(&plan, h, a, NULL);
        situ_ntt_plan_init(&plan, h, b, pool);
        CHECK_MEM_EQ(a, b, bytes);
        free(a);
        free(b);
    }
    situ_pool_destroy(pool);
}

TEST_MAIN()
