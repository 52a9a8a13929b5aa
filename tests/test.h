/* test.h — the test harness: one binary per tests/test_*.c, each test in a process of its own.
 *
 *     TEST(addition_commutes) { CHECK(a + b == b + a); CHECK_EQ(a, b); }
 *     TEST_MAIN()
 *
 * A binary prints one line per failed test and ends with `name: N passed, N failed, N skipped`.
 * Arguments: names of tests to run (all when none).  TEST_SEED seeds test_random (printed on failure);
 * TEST_RUNS_SCALE multiplies the runs of property loops that use TEST_RUNS.
 */
#ifndef SITU_TESTS_TEST_H
#define SITU_TESTS_TEST_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef void test_fn(void);

typedef struct test_case {
    const char *name;
    test_fn *run;
    struct test_case *next;
} test_case;

void test_register(test_case *t);
int test_main(int argc, char **argv);

/* End this test as failed / skipped, with a message. */
_Noreturn void test_fail(const char *file, int line, const char *format, ...) __attribute__((format(printf, 3, 4)));
_Noreturn void test_skip(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* xoshiro256**, seeded from TEST_SEED and the test's name: the same values on every run. */
uint64_t test_random(void);
uint64_t test_random_below(uint64_t bound);

/* A random value, half of the time from an edge: 0, 1, max, max - 1, powers of two and their neighbours. */
uint64_t test_random_edgy(uint64_t max);

/* n, times TEST_RUNS_SCALE. */
uint64_t test_runs(uint64_t n);

/* Call fn() at every CPU level this machine has, then restore the level. */
void test_every_cpu_level(void (*fn)(void));

#define TEST(id)                                                                                                       \
    static void test_##id(void);                                                                                       \
    static test_case test_case_##id = {#id, test_##id, NULL};                                                          \
    __attribute__((constructor)) static void test_register_##id(void) { test_register(&test_case_##id); }              \
    static void test_##id(void)

#define TEST_MAIN()                                                                                                    \
    int main(int argc, char **argv) { return test_main(argc, argv); }

#define CHECK(cond)                                                                                                    \
    do {                                                                                                               \
        if (!(cond)) test_fail(__FILE__, __LINE__, "%s", #cond);                                                       \
    } while (0)

#define CHECK_EQ(a, b)                                                                                                 \
    do {                                                                                                               \
        uint64_t check_a_ = (uint64_t)(a), check_b_ = (uint64_t)(b);                                                   \
        if (check_a_ != check_b_)                                                                                      \
            test_fail(__FILE__, __LINE__, "%s == %s: 0x%" PRIx64 " against 0x%" PRIx64, #a, #b, check_a_, check_b_);   \
    } while (0)

#define CHECK_MEM_EQ(a, b, n)                                                                                          \
    do {                                                                                                               \
        const unsigned char *check_a_ = (const void *)(a), *check_b_ = (const void *)(b);                              \
        for (size_t check_i_ = 0; check_i_ < (size_t)(n); check_i_++)                                                  \
            if (check_a_[check_i_] != check_b_[check_i_])                                                              \
                test_fail(__FILE__, __LINE__, "%s == %s: byte %zu is 0x%02x against 0x%02x", #a, #b, check_i_,         \
                          check_a_[check_i_], check_b_[check_i_]);                                                     \
    } while (0)

#define CHECK_STR_EQ(a, b)                                                                                             \
    do {                                                                                                               \
        const char *check_a_ = (a), *check_b_ = (b);                                                                   \
        if (strcmp(check_a_, check_b_) != 0)                                                                           \
            test_fail(__FILE__, __LINE__, "%s == %s: \"%s\" against \"%s\"", #a, #b, check_a_, check_b_);              \
    } while (0)

#endif /* SITU_TESTS_TEST_H */
