/* FRI: layouts, folds against their definition on polynomials, mixed heights end to end. */
#include "tests/test.h"

#include <stdlib.h>

#include "base/cpu.h"
#include "fri/codeword.h"

static k6 random_k6(void)
{
    k6 r;
    for (int i = 0; i < K6_DEGREE; i++) r.c[i] = (kb)test_random_edgy(KB_P - 1);
    return r;
}

static k6 horner(const k6 *coeffs, u64 n_coeffs, kb y)
{
    k6 sum = k6_zero();
    for (u64 i = n_coeffs; i-- > 0;) sum = k6_add(k6_mul_kb(sum, y), coeffs[i]);
    return sum;
}

/* Memory that lives as long as the test's process; the list keeps it reachable. */
static void *new_bytes(size_t n_bytes)
{
    static void *newest;
    void **block = aligned_alloc(64, u64_align_up(n_bytes, 64) + 64);
    CHECK(block != NULL);
    *block = newest;
    newest = block;
    return block + 64 / sizeof *block;
}

static k6 *new_elements(u64 n_elements) { return new_bytes(n_elements * sizeof(k6)); }

static k6 *random_elements(u64 n_elements)
{
    k6 *p = new_elements(n_elements);
    for (u64 i = 0; i < n_elements; i++) p[i] = random_k6();
    return p;
}

/* Values of a polynomial on the subgroup of order 2^log2_size, bit-reversed. */
static k6 *evaluate(const k6 *coeffs, u64 n_coeffs, u32 log2_size)
{
    k6 *values = new_elements(UINT64_C(1) << log2_size);
    for (u64 i = 0; i < UINT64_C(1) << log2_size; i++)
        values[i] = horner(coeffs, n_coeffs, situ_point_at(log2_size, i));
    return values;
}

static situ_fri_codeword new_codeword(u32 log2_size, bool is_matrix)
{
    size_t n_words = situ_fri_codeword_words(log2_size);
    situ_fri_codeword c = {new_bytes(n_words * sizeof(kb)), log2_size, is_matrix};
    memset(c.words, 0xee, n_words * sizeof(kb));
    return c;
}

static situ_fri_codeword stored(const k6 *elements, u32 log2_size, bool is_matrix)
{
    situ_fri_codeword c = new_codeword(log2_size, is_matrix);
    situ_fri_codeword_store(&c, 0, elements, UINT64_C(1) << log2_size);
    return c;
}

TEST(points_are_bit_reversed_powers)
{
    for (u32 k = 0; k <= KB_TWO_ADICITY; k++)
        CHECK_EQ(kb_root_of_unity(k), kb_pow(KB_CONST(KB_GENERATOR), (KB_P - 1) >> k));
    for (u32 n = 4; n <= 12; n++) {
        situ_points points;
        situ_points_init(&points, n, 0, KB_CONST(3), false);
        kb w = kb_root_of_unity(n);
        for (u32 i = 0; i < 1u << n; i++) {
            CHECK_EQ(situ_point_at(n, i), kb_pow(w, u32_bit_reverse(i, n)));
            kb expected = kb_mul(KB_CONST(3), situ_point_at(n, i));
            CHECK_EQ(kb_mul(points.lanes[i % 16], situ_points_group(&points, i / 16)), expected);
        }
    }
}

TEST(reciprocals_are_reciprocals)
{
    for (u64 run = 0; run < test_runs(200); run++) {
        k6 z = run % 3 ? random_k6() : k6_from_kb((kb)test_random_below(KB_P));
        k6 scale = random_k6();
        kb x = (kb)test_random_below(KB_P);
        k6 difference = k6_sub(k6_from_kb(x), z);
        if (k6_is_zero(difference)) continue;
        situ_reciprocal r;
        situ_reciprocal_init(&r, z, scale);
        kb m = KB_ONE;
        for (int i = K6_DEGREE - 1; i >= 0; i--) m = kb_add(kb_mul(m, x), r.m[i]);
        k6 quotient = k6_mul_kb(horner(r.q, K6_DEGREE, x), kb_inv(m));
        CHECK(k6_equal(k6_mul(quotient, difference), scale));
    }
}

/* Row `row` of the fold of a codeword of 2^log2_size elements. */
static k6 fold_one(const k6 *values, u32 log2_size, u64 row, k6 beta)
{
    k6 out;
    const kb y_inverse = situ_point_inverse_at(log2_size, row * SITU_FRI_FOLD);
    CHECK(situ_fri_fold_row(&out, (const situ_file_u32 *)(const void *)values, y_inverse, &beta));
    return out;
}

static void check_schedule(u32 log2_rows, u32 log2_blowup, u32 n_layers, u32 log2_final)
{
    situ_fri_schedule s;
    CHECK_EQ(situ_fri_schedule_make(&s, log2_rows, log2_blowup), SITU_OK);
    CHECK_EQ(s.n_layers, n_layers);
    CHECK_EQ(s.log2_final, log2_final);
    CHECK_EQ(situ_fri_log2_size(&s, 0), log2_rows + log2_blowup);
    CHECK_EQ(situ_fri_log2_size(&s, n_layers), log2_final + log2_blowup);
    CHECK(n_layers <= SITU_FRI_LAYERS_MAX);
}

TEST(schedule_goes_by_eights)
{
    check_schedule(6, 1, 0, 6);
    check_schedule(7, 1, 0, 7);
    check_schedule(8, 2, 0, 8);
    check_schedule(9, 4, 1, 6);
    check_schedule(10, 1, 1, 7);
    check_schedule(19, 3, 4, 7);
    check_schedule(20, 1, 4, 8);
    check_schedule(21, 1, 5, 6);
    check_schedule(22, 2, 5, 7);

    situ_fri_schedule s;
    CHECK_EQ(situ_fri_schedule_make(&s, 0, 1), SITU_ERR_ARG);
    CHECK_EQ(situ_fri_schedule_make(&s, 5, 1), SITU_ERR_ARG);
    CHECK_EQ(situ_fri_schedule_make(&s, 23, 1), SITU_ERR_ARG);
    CHECK_EQ(situ_fri_schedule_make(&s, 22, 2), SITU_OK);
    CHECK_EQ(situ_fri_schedule_make(&s, 22, 3), SITU_ERR_ARG);
    CHECK_EQ(situ_fri_schedule_make(&s, 20, 0), SITU_ERR_ARG);
    CHECK_EQ(situ_fri_schedule_make(&s, 10, 5), SITU_ERR_ARG);
}

TEST(layouts_keep_elements)
{
    for (u32 is_matrix = 0; is_matrix <= 1; is_matrix++) {
        const u32 n = 128, n_rows = n / 8;
        k6 *elements = random_elements(n), *back = new_elements(n);
        situ_fri_codeword c = new_codeword(7, is_matrix);
        for (u32 first = 0; first < n; first += 32) situ_fri_codeword_store(&c, first, elements + first, 32);
        situ_fri_codeword_load(back, &c, 0, n);
        CHECK_MEM_EQ(back, elements, n * sizeof *back);
        situ_fri_codeword_load(back, &c, 40, 8);
        CHECK_MEM_EQ(back, elements + 40, 8 * sizeof *back);

        /* Row r as the Merkle tree reads it: tile after tile. */
        for (u32 r = 0; is_matrix && r < n_rows; r++)
            for (u32 at = 0; at < 48; at++)
                CHECK_EQ(c.words[at / 16 * n_rows * 16 + r * 16 + at % 16],
                         elements[8 * r + at / 6].c[at % 6]);
    }
}

/* A polynomial folds to the polynomial whose coefficients are folded. */
TEST(fold_is_the_fold_of_the_polynomial)
{
    const u32 log2_size = 8, k = 8;
    k6 *coeffs = random_elements(128), beta = random_k6(), folded[16];
    for (u32 i = 0; i < 128 / k; i++) {
        k6 power = k6_one();
        folded[i] = k6_zero();
        for (u32 j = 0; j < k; j++, power = k6_mul(power, beta))
            folded[i] = k6_add(folded[i], k6_mul(power, coeffs[k * i + j]));
    }
    k6 *values = evaluate(coeffs, 128, log2_size), *expected = evaluate(folded, 128 / k, log2_size - 3);
    for (u32 r = 0; r < 1u << (log2_size - 3); r++)
        CHECK(k6_equal(fold_one(values + r * k, log2_size, r, beta), expected[r]));
}

/* The result may be the challenge; a word of any value that is not canonical is refused, wherever it is. */
TEST(fold_refuses_what_is_not_canonical)
{
    static const u32 bad[] = {KB_P, KB_P + 1, 0x80000000, UINT32_MAX};
    k6 *values = random_elements(8), beta = random_k6(), out;
    situ_file_u32 *words = (situ_file_u32 *)(void *)values;
    CHECK(situ_fri_fold_row(&out, words, KB_ONE, &beta));
    CHECK(situ_fri_fold_row(&beta, words, KB_ONE, &beta));
    CHECK(k6_equal(out, beta));
    for (u32 i = 0; i < 48; i++) {
        const u32 word = words[i];
        words[i] = bad[i % 4];
        CHECK(!situ_fri_fold_row(&out, words, KB_ONE, &beta));
        words[i] = word;
    }
    CHECK(situ_fri_fold_row(&out, words, KB_ONE, &beta));
}

TEST(points_of_the_next_layer)
{
    for (u32 log2_size = 6; log2_size <= 14; log2_size += 4)
        for (u64 run = 0; run < 100; run++) {
            const u64 row = test_random_below(UINT64_C(1) << (log2_size - 3));
            const kb here = situ_point_inverse_at(log2_size, row * 8);
            CHECK_EQ(situ_fri_next_inverse(here, row), situ_point_inverse_at(log2_size - 3, row / 8 * 8));
        }
}

static void check_fold(u32 log2_size, bool out_matrix, u32 n_threads)
{
    const u32 log2_out = log2_size - 3, n_out = 1u << log2_out;
    k6 *values = random_elements(UINT64_C(1) << log2_size), *result = new_elements(n_out), beta = random_k6();
    situ_fri_codeword in = stored(values, log2_size, true), out = new_codeword(log2_out, out_matrix);
    situ_pool *pool = NULL;
    if (n_threads > 1) CHECK_EQ(situ_pool_create(&pool, n_threads), SITU_OK);
    situ_fri_fold(&out, &in, beta, pool);
    situ_pool_destroy(pool);

    for (u32 r = 0; r < n_out; r++) result[r] = fold_one(values + (size_t)r * 8, log2_size, r, beta);
    situ_fri_codeword expected = stored(result, log2_out, out_matrix);
    CHECK_MEM_EQ(out.words, expected.words, situ_fri_codeword_words(log2_out) * sizeof(kb));
}

static void folds_agree(void)
{
    for (u32 log2_size = 7; log2_size <= 10; log2_size++)
        for (u32 out_matrix = 0; out_matrix <= 1; out_matrix++) check_fold(log2_size, out_matrix, 1);
    check_fold(14, true, 2);
    check_fold(14, false, 2);
}

TEST(packed_fold_is_the_scalar_fold_at_every_level) { test_every_cpu_level(folds_agree); }

static void check_lift(u32 log2_size, u32 log2_short, bool out_matrix, bool short_matrix, u32 n_threads)
{
    const u32 n = 1u << log2_size, shift = log2_size - log2_short;
    k6 *values = random_elements(n), *shorter = random_elements(UINT64_C(1) << log2_short);
    situ_fri_codeword out = stored(values, log2_size, out_matrix);
    situ_fri_codeword g = stored(shorter, log2_short, short_matrix);
    situ_pool *pool = NULL;
    if (n_threads > 1) CHECK_EQ(situ_pool_create(&pool, n_threads), SITU_OK);
    situ_fri_add_lifted(&out, &g, pool);
    situ_pool_destroy(pool);

    for (u32 i = 0; i < n; i++) values[i] = k6_add(values[i], shorter[i >> shift]);
    situ_fri_codeword expected = stored(values, log2_size, out_matrix);
    CHECK_MEM_EQ(out.words, expected.words, situ_fri_codeword_words(log2_size) * sizeof(kb));
}

static void lifts_agree(void)
{
    for (u32 log2_short = 4; log2_short <= 9; log2_short++)
        for (u32 matrices = 0; matrices <= 3; matrices++)
            check_lift(9, log2_short, matrices & 1, matrices & 2, 1);
    check_lift(13, 5, true, false, 2);
    check_lift(13, 12, true, false, 2);
}

TEST(lifting_repeats_elements_at_every_level) { test_every_cpu_level(lifts_agree); }

/* g(y^(2^shift)) for a polynomial g is what lifting its codeword gives. */
TEST(a_lifted_codeword_is_a_polynomial_in_a_power)
{
    for (u32 shift = 1; shift <= 3; shift++) {
        k6 *coeffs = random_elements(64), *spread = new_elements(UINT64_C(64) << shift);
        memset(spread, 0, (64u << shift) * sizeof *spread);
        for (u32 i = 0; i < 64; i++) spread[i << shift] = coeffs[i];
        k6 *shorter = evaluate(coeffs, 64, 7), *longer = evaluate(spread, UINT64_C(64) << shift, 7 + shift);
        for (u32 i = 0; i < 128u << shift; i++) CHECK(k6_equal(longer[i], shorter[i >> shift]));
    }
}

static void check_final(u32 log2_final, u32 log2_blowup)
{
    const u32 n = 1u << log2_final, log2_size = log2_final + log2_blowup;
    k6 *coeffs = random_elements(n + 1), *back = new_elements(n);
    k6 *values = evaluate(coeffs, n, log2_size);
    CHECK_EQ(situ_fri_final(back, values, log2_final, log2_blowup), SITU_OK);
    CHECK_MEM_EQ(back, coeffs, n * sizeof *back);
    for (u64 i = 0; i < 10; i++)
        CHECK(k6_equal(situ_fri_final_eval(back, log2_final, situ_point_at(log2_size, i)), values[i]));
    values[test_random_below(n << log2_blowup)].c[test_random_below(6)] ^= 1;
    CHECK_EQ(situ_fri_final(back, values, log2_final, log2_blowup), SITU_ERR_UNSAT);
    coeffs[n] = k6_one();
    CHECK_EQ(situ_fri_final(back, evaluate(coeffs, n + 1, log2_size), log2_final, log2_blowup),
             SITU_ERR_UNSAT);
}

TEST(final_polynomial_round_trip)
{
    for (u32 log2_final = SITU_FRI_LOG2_FINAL_MIN; log2_final <= SITU_FRI_LOG2_FINAL_MAX; log2_final++)
        for (u32 log2_blowup = 1; log2_blowup <= 4; log2_blowup++) check_final(log2_final, log2_blowup);
}

/* Prover's commit phase and the verifier's walk from one position down, on codewords of several heights. */
static situ_err commit_and_query(u32 heights, u32 log2_blowup, int perturbed_height)
{
    situ_fri_schedule s;
    u32 log2_rows = (u32)u64_log2(heights);
    CHECK_EQ(situ_fri_schedule_make(&s, log2_rows, log2_blowup), SITU_OK);
    situ_fri_codeword table[16] = {0}, layer[SITU_FRI_LAYERS_MAX + 1] = {0};
    k6 beta[SITU_FRI_LAYERS_MAX], final[SITU_FRI_FINAL_MAX];
    for (u32 h = 6; h < 16; h++) {
        if (!(heights >> h & 1)) continue;
        k6 *coeffs = random_elements(UINT64_C(1) << h),
           *values = evaluate(coeffs, UINT64_C(1) << h, h + log2_blowup);
        if ((int)h == perturbed_height) values[test_random_below(UINT64_C(1) << h)].c[0] ^= 1;
        table[h] = stored(values, h + log2_blowup, h == log2_rows && s.n_layers > 0);
    }
    layer[0] = table[log2_rows];
    for (u32 h = 6; h < log2_rows; h++)
        if (heights >> h & 1) situ_fri_add_lifted(&layer[0], &table[h], NULL);
    for (u32 i = 0; i < s.n_layers; i++) {
        layer[i + 1] = new_codeword(situ_fri_log2_size(&s, i + 1), i + 1 < s.n_layers);
        beta[i] = random_k6();
        situ_fri_fold(&layer[i + 1], &layer[i], beta[i], NULL);
    }
    SITU_TRY(
        situ_fri_final(final, (const k6 *)(const void *)layer[s.n_layers].words, s.log2_final, log2_blowup));

    for (u32 run = 0; run < 20; run++) {
        u64 position = test_random_below(UINT64_C(1) << (s.log2_rows + log2_blowup));
        k6 row[8], known;
        situ_fri_codeword_load(row, &layer[0], position / 8 * 8, 8);
        known = row[position % 8];
        for (u32 i = 0; i < s.n_layers; i++, position /= 8) {
            situ_fri_codeword_load(row, &layer[i], position / 8 * 8, 8);
            CHECK(k6_equal(row[position % 8], known));
            known = fold_one(row, situ_fri_log2_size(&s, i), position / 8, beta[i]);
        }
        const kb y = situ_point_at(situ_fri_log2_size(&s, s.n_layers), position);
        CHECK(k6_equal(situ_fri_final_eval(final, s.log2_final, y), known));
    }
    return SITU_OK;
}

TEST(codewords_of_mixed_heights_fold_to_a_polynomial)
{
    CHECK_EQ(commit_and_query(1u << 6, 1, -1), SITU_OK);
    CHECK_EQ(commit_and_query(1u << 9, 1, -1), SITU_OK);
    CHECK_EQ(commit_and_query(1u << 10 | 1u << 8 | 1u << 7, 1, -1), SITU_OK);
    CHECK_EQ(commit_and_query(1u << 12 | 1u << 11 | 1u << 6, 1, -1), SITU_OK);
    CHECK_EQ(commit_and_query(1u << 10 | 1u << 6, 2, -1), SITU_OK);
    CHECK_EQ(commit_and_query(1u << 8 | 1u << 7 | 1u << 6, 3, -1), SITU_OK);
}

TEST(one_wrong_value_at_any_height_shows)
{
    for (int h = 6; h <= 10; h++)
        CHECK_EQ(commit_and_query(1u << 10 | 1u << 9 | 1u << 8 | 1u << 7 | 1u << 6, 1, h), SITU_ERR_UNSAT);
}

TEST_MAIN()
