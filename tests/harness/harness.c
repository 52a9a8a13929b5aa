/* harness.c — runs each test in a child process, so that a crash is a failure and not the end. */
#include "tests/test.h"

#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cpu.h"

enum { EXIT_PASSED = 0, EXIT_FAILED = 1, EXIT_SKIPPED = 77 };

static test_case *first_test, **last_test = &first_test;
static uint64_t random_state[4];
static uint64_t seed;

void test_register(test_case *t)
{
    *last_test = t;
    last_test = &t->next;
}

void test_fail(const char *file, int line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "  %s:%d: ", file, line);
    vfprintf(stderr, format, args);
    fprintf(stderr, "  (TEST_SEED=%" PRIu64 ")\n", seed);
    va_end(args);
    fflush(NULL);
    _exit(EXIT_FAILED);
}

void test_skip(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "  skipped: ");
    vfprintf(stderr, format, args);
    fprintf(stderr, "\n");
    va_end(args);
    fflush(NULL);
    _exit(EXIT_SKIPPED);
}

static uint64_t rotl(uint64_t x, int k) { return x << k | x >> (64 - k); }

uint64_t test_random(void)
{
    uint64_t *s = random_state, result = rotl(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45);
    return result;
}

uint64_t test_random_below(uint64_t bound) { return bound == 0 ? 0 : test_random() % bound; }

uint64_t test_random_edgy(uint64_t max)
{
    uint64_t kind = test_random() % 8, value;
    if (kind >= 4) value = test_random();
    else if (kind == 0) value = test_random() % 2;
    else if (kind == 1) value = max - test_random() % 2;
    else value = (UINT64_C(1) << test_random() % 64) + test_random() % 3 - 1;
    return max == UINT64_MAX ? value : value % (max + 1);
}

uint64_t test_runs(uint64_t n)
{
    const char *scale = getenv("TEST_RUNS_SCALE");
    return scale ? n * strtoull(scale, NULL, 10) : n;
}

void test_every_cpu_level(void (*fn)(void))
{
    situ_cpu_level before = situ_cpu_current();
    for (int level = 0; level < SITU_CPU_LEVELS; level++) {
        if (situ_cpu_force((situ_cpu_level)level)) fn();
    }
    situ_cpu_force(before);
}

static void seed_random(const char *name)
{
    const char *given = getenv("TEST_SEED");
    seed = given ? strtoull(given, NULL, 10) : 1;
    uint64_t x = seed;
    for (const char *c = name; *c; c++) x = (x ^ (uint64_t)*c) * UINT64_C(0x100000001b3);
    for (int i = 0; i < 4; i++) { /* splitmix64 */
        x += UINT64_C(0x9e3779b97f4a7c15);
        uint64_t z = x;
        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
        random_state[i] = z ^ z >> 31;
    }
}

static int run_one(const test_case *t)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        seed_random(t->name);
        t->run();
        fflush(NULL);
        exit(EXIT_PASSED);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child) return EXIT_FAILED;
    if (WIFSIGNALED(status)) {
        fprintf(stderr, "  ended by signal %d (%s)\n", WTERMSIG(status), strsignal(WTERMSIG(status)));
        return EXIT_FAILED;
    }
    return WEXITSTATUS(status);
}

static bool is_wanted(const char *name, int argc, char **argv)
{
    if (argc < 2) return true;
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], name) == 0) return true;
    return false;
}

int test_main(int argc, char **argv)
{
    const char *binary = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
    unsigned passed = 0, failed = 0, skipped = 0;

    for (const test_case *t = first_test; t; t = t->next) {
        if (!is_wanted(t->name, argc, argv)) continue;
        int result = run_one(t);
        if (result == EXIT_PASSED) passed++;
        else if (result == EXIT_SKIPPED) skipped++;
        else failed++;
        if (result != EXIT_PASSED)
            fprintf(stderr, "%s %s/%s\n", result == EXIT_SKIPPED ? "SKIP" : "FAIL", binary, t->name);
    }
    printf("%s: %u passed, %u failed, %u skipped\n", binary, passed, failed, skipped);
    return failed != 0 || passed + skipped == 0;
}
