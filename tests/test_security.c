/* The accounting of soundness against published figures, and the verifier's table against the accounting. */
#include "tests/test.h"

#include <math.h>

#include "stark/security.h"

static situ_security_params params(u32 log2_blowup, u32 heights, u32 n_columns, u32 n_queries)
{
    return (situ_security_params){
        .log2_blowup = log2_blowup,
        .heights = heights,
        .n_columns = n_columns,
        .n_constraints = 1000,
        .constraint_degree = 3,
        .n_bus_messages = UINT64_C(1) << 28,
        .tuple_width = 16,
        .n_queries = n_queries,
        .grinding = 20,
    };
}

static situ_security_report account(situ_security_params p, u32 m, situ_security_batching batching)
{
    situ_security_report r;
    CHECK_EQ(situ_security_account(&r, &p, m ? SITU_REGIME_JOHNSON : SITU_REGIME_UNIQUE, m, batching),
             SITU_OK);
    return r;
}

static double bits(const situ_security_report *r, const char *name)
{
    for (u32 i = 0; i < r->n_rounds; i++)
        if (strncmp(r->rounds[i].name, name, strlen(name)) == 0) return r->rounds[i].bits;
    test_fail(__FILE__, __LINE__, "no round %s", name);
}

static u32 fewest_queries(u32 log2_blowup, u32 m)
{
    for (u32 t = 1;; t++) {
        situ_security_report r = account(params(log2_blowup, 1u << 20, 200, t), m, SITU_BATCHING_LEVELS);
        if (bits(&r, "queries") >= SITU_SECURITY_TARGET) return t;
    }
}

static void check_near(double value, double expected, double tolerance, const char *what)
{
    if (!(fabs(value - expected) <= tolerance))
        test_fail(__FILE__, __LINE__, "%s: %.6f, not %.6f", what, value, expected);
}

TEST(size_of_the_field) { check_near(situ_security_log2_field(), 185.932108, 5e-7, "log2 |K|"); }

/* Published: power batching, B = 200, N = 2^21, blowup 2, m = 41, 20 bits of grinding; and blowup 8, m = 18.
 */
TEST(published_calculation)
{
    CHECK_EQ(fewest_queries(1, 41), 224);
    CHECK_EQ(fewest_queries(3, 18), 74);
    situ_security_report r = account(params(1, 1u << 21, 200, 224), 41, SITU_BATCHING_POWERS);
    CHECK_EQ(lround(bits(&r, "batching")), 129);
    CHECK_EQ(lround(bits(&r, "out of domain")), 157);
    CHECK_EQ((u64)bits(&r, "out of domain"), 157);
}

/* e(N) for blowup 4, m = 3, N = 2^6 by hand: r = 1/4, n = 256, M = 7/2, theta = 1 - 1/2 - 1/12 = 5/12:
 * (2 * 525.21875 + 3 * 3.5 * 5/12 / 4) * 256 / (3/8) + 7 = 717829.666..; L = 7. */
TEST(formulas_by_hand)
{
    const double field = situ_security_log2_field();
    situ_security_params p = params(2, 1u << 6, 16, 10);
    situ_security_report r = account(p, 3, SITU_BATCHING_LEVELS);
    double e = (2 * 525.21875 + 10.5 * 5 / 48) * 256 / 0.375 + 7;
    check_near(r.list_size, 7, 1e-9, "list");
    check_near(r.radius, 5.0 / 12, 1e-9, "radius");
    check_near(bits(&r, "linear combination"), field - log2(e), 1e-6, "linear combination");
    check_near(bits(&r, "batching"), field - log2(15 * e), 1e-6, "batching");
    check_near(bits(&r, "queries"), 20 + 10 * log2(12.0 / 7), 1e-9, "queries");
    check_near(bits(&r, "constraints"), field - log2(7 * 1000), 1e-9, "constraints");
    check_near(bits(&r, "out of domain"), field - log2(7 * (3 * 65 + 63)), 1e-9, "out of domain");
    check_near(bits(&r, "buses"), field - log2(2 * 7 * 16.0) - 28, 1e-9, "buses");
}

TEST(folds_are_counted_after_the_fold_and_heights_by_their_number)
{
    situ_security_report r =
        account(params(1, 1u << 20 | 1u << 17 | 1u << 9, 200, 224), 42, SITU_BATCHING_LEVELS);
    situ_security_report tall = account(params(1, 1u << 20, 200, 224), 42, SITU_BATCHING_LEVELS);
    situ_security_report low = account(params(1, 1u << 17, 200, 224), 42, SITU_BATCHING_LEVELS);
    check_near(bits(&r, "fold 1"), bits(&low, "linear combination") - log2(7), 1e-9, "fold by 8: 7 e");
    check_near(bits(&r, "batching"), bits(&tall, "linear combination") - log2(30 + 2), 1e-9,
               "levels, heights");
    situ_security_params stacked = params(1, 1u << 20 | 1u << 17 | 1u << 9, 200, 224);
    stacked.n_points = 20;
    r = account(stacked, 42, SITU_BATCHING_LEVELS);
    check_near(bits(&r, "batching"), bits(&tall, "linear combination") - log2(30 + 19), 1e-9,
               "levels, points");
    const double n = 1u << 20, three = 3 * (n + (1u << 11)) + 3 * n - 1 + 16 * n, one = 3 * (n + 1) + n - 1;
    check_near(bits(&r, "out of domain"), bits(&tall, "out of domain") - log2(three / one), 1e-9,
               "poles of three heights, and lifts: 16 N");
}

/* Unique decoding: n / |K| for a combination, (1 + r) / 2 for a query. */
TEST(unique_decoding_regime)
{
    situ_security_report r = account(params(1, 1u << 20, 200, 260), 0, SITU_BATCHING_LEVELS);
    check_near(bits(&r, "linear combination"), situ_security_log2_field() - 21, 1e-9, "linear combination");
    check_near(bits(&r, "queries"), 20 - 260 * log2(0.75), 1e-9, "queries");
    check_near(r.list_size, 1, 0, "list");
}

/* The table: fewest queries, and each round at 128 bits or more at every limit, for every set of heights that
 * is worst. */
TEST(table_reaches_the_target_at_its_limits)
{
    static const u32 n_queries[] = {224, 111, 74, 55}, m[] = {42, 27, 18, 20},
                     log2_rows_max[] = {22, 22, 21, 20};
    for (u32 b = 1; b <= 4; b++) {
        const situ_security_row *row = situ_security_row_for(b);
        CHECK_EQ(row->log2_blowup, b);
        CHECK_EQ(row->n_queries, n_queries[b - 1]);
        CHECK_EQ(row->multiplicity, m[b - 1]);
        CHECK_EQ(row->log2_rows_max, log2_rows_max[b - 1]);
        CHECK_EQ(fewest_queries(b, row->multiplicity), row->n_queries);

        situ_security_params p =
            params(b, (2u << row->log2_rows_max) - 64, SITU_SECURITY_COLUMNS_MAX, row->n_queries);
        p.n_points = SITU_SECURITY_POINTS_MAX;
        p.n_constraints = SITU_SECURITY_CONSTRAINTS_MAX;
        p.constraint_degree = (1u << b) + 1;
        p.n_bus_messages = SITU_SECURITY_BUS_MESSAGES_MAX;
        p.tuple_width = SITU_SECURITY_TUPLE_MAX;
        p.grinding = SITU_SECURITY_GRINDING;
        CHECK_EQ(situ_security_check(&p), SITU_OK);
        situ_security_report r = account(p, row->multiplicity, SITU_BATCHING_LEVELS);
        CHECK(r.total >= SITU_SECURITY_TARGET);
        p.heights = 1u << row->log2_rows_max;
        r = account(p, row->multiplicity, SITU_BATCHING_LEVELS);
        CHECK(r.total >= SITU_SECURITY_TARGET);
        for (u32 h = 6; h <= row->log2_rows_max; h++) {
            p.heights = 1u << h;
            CHECK_EQ(situ_security_check(&p), SITU_OK);
            r = account(p, row->multiplicity, SITU_BATCHING_LEVELS);
            CHECK(r.total >= SITU_SECURITY_TARGET);
        }
    }
}

#define CHECK_REFUSED(change)                                \
    do {                                                     \
        situ_security_params p = good;                       \
        change;                                              \
        CHECK_EQ(situ_security_check(&p), SITU_ERR_VERSION); \
    } while (0)

TEST(check_refuses_each_parameter_outside_its_limit)
{
    situ_security_params good = params(3, 1u << 21 | 1u << 6, 4096, 74);
    CHECK_EQ(situ_security_check(&good), SITU_OK);
    CHECK_REFUSED(p.n_queries = 73);
    CHECK_REFUSED(p.grinding = 19);
    CHECK_REFUSED(p.n_points = SITU_SECURITY_POINTS_MAX + 1);
    CHECK_REFUSED(p.heights = 0);
    CHECK_REFUSED(p.heights = 1u << 22);
    CHECK_REFUSED(p.heights |= 1u << 31);
    CHECK_REFUSED(p.log2_blowup = 0);
    CHECK_REFUSED(p.log2_blowup = 5);
    CHECK_REFUSED(p.log2_blowup = 2);
    CHECK_REFUSED(p.n_columns = 4097);
    CHECK_REFUSED(p.n_constraints = 65537);
    CHECK_REFUSED(p.constraint_degree = 10);
    CHECK_REFUSED(p.n_bus_messages = (UINT64_C(1) << 40) + 1);
    CHECK_REFUSED(p.tuple_width = 129);
    CHECK(situ_security_row_for(0) == NULL && situ_security_row_for(5) == NULL);
}

TEST(account_refuses_what_is_not_a_parameter_set)
{
    situ_security_report r;
    situ_security_params p = params(1, 1u << 20, 200, 224);
    CHECK_EQ(situ_security_account(&r, &p, SITU_REGIME_JOHNSON, 2, SITU_BATCHING_LEVELS), SITU_ERR_ARG);
    p.heights = 0;
    CHECK_EQ(situ_security_account(&r, &p, SITU_REGIME_JOHNSON, 42, SITU_BATCHING_LEVELS), SITU_ERR_ARG);
    p = params(1, 1u << 20, 0, 224);
    CHECK_EQ(situ_security_account(&r, &p, SITU_REGIME_JOHNSON, 42, SITU_BATCHING_LEVELS), SITU_ERR_ARG);
}

TEST_MAIN()
