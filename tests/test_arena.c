/* test_arena.c — arenas: places, exhaustion, overflow, growth, reset, stale pointers. */
#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base.h"
#include "situ/mem.h"
#include "tests/test.h"

#define MIB ((size_t)1 << 20)

static situ_arena *make(size_t n_bytes, uint32_t flags)
{
    situ_arena *arena;
    CHECK_EQ(situ_arena_create(&arena, n_bytes, flags), SITU_OK);
    return arena;
}

TEST(pieces_are_aligned_and_disjoint)
{
    situ_arena *arena = make(8 * MIB, SITU_ARENA_FIXED);
    uint8_t *end = NULL;
    for (unsigned i = 0; i < 200; i++) {
        size_t align = (size_t)1 << test_random_below(13), n = test_random_below(10000);
        uint8_t *p = situ_arena_alloc(arena, n, align);
        CHECK(p != NULL);
        CHECK_EQ((uintptr_t)p % align, 0);
        CHECK(p >= end);
        memset(p, (int)i, n);
        end = p + n;
    }
    situ_arena_destroy(arena);
}

TEST(exhaustion_is_an_error)
{
    situ_arena *arena = make(MIB, SITU_ARENA_FIXED);
    errno = 0;
    CHECK(situ_arena_alloc(arena, MIB + 1, 1) == NULL);
    CHECK_EQ(errno, ENOMEM);
    CHECK(situ_arena_alloc(arena, MIB - 4096, 1) != NULL);
    CHECK(situ_arena_alloc(arena, 8192, 1) == NULL);
    CHECK(situ_arena_alloc(arena, 1024, 1) != NULL);
    situ_arena_destroy(arena);
}

TEST(overflow_is_an_error)
{
    situ_arena *grows = make(MIB, SITU_ARENA_GROWS), *fixed = make(MIB, SITU_ARENA_FIXED);
    static const size_t sizes[] = {SIZE_MAX,     SIZE_MAX - 1,   SIZE_MAX - 15,
                                   SIZE_MAX / 2, SIZE_MAX - MIB, (size_t)1 << 47};
    for (size_t i = 0; i < SITU_ARRAY_LEN(sizes); i++) {
        CHECK(situ_arena_alloc(grows, sizes[i], 0) == NULL);
        CHECK(situ_arena_alloc(fixed, sizes[i], 64) == NULL);
    }
    CHECK(SITU_ARENA_ARRAY(grows, uint64_t, SIZE_MAX / 8 + 1) == NULL);
    CHECK(SITU_ARENA_ARRAY(fixed, uint64_t, SIZE_MAX / 4) == NULL);
    errno = 0;
    CHECK(situ_arena_alloc(grows, 8, 3) == NULL);
    CHECK_EQ(errno, EINVAL);
    CHECK(situ_arena_alloc(grows, 8, 4 * MIB) == NULL);
    situ_arena_destroy(grows);
    situ_arena_destroy(fixed);
}

TEST(bad_arguments_make_no_arena)
{
    situ_arena *arena = (situ_arena *)&arena;
    CHECK_EQ(situ_arena_create(&arena, 0, 0), SITU_ERR_ARG);
    CHECK(arena == NULL);
    CHECK_EQ(situ_arena_create(&arena, MIB, 2), SITU_ERR_ARG);
    CHECK_EQ(situ_arena_create(&arena, ((size_t)1 << 46) + 1, 0), SITU_ERR_ARG);
#if !defined(SITU_VERIFY) /* the sanitizer's malloc ends the program instead */
    CHECK_EQ(situ_arena_create(&arena, (size_t)1 << 46, 0), SITU_ERR_MEMORY);
#endif
    CHECK(arena == NULL);
    situ_arena_destroy(NULL);
}

TEST(growth_keeps_what_was_handed_out)
{
    enum { N = 64 };
    situ_arena *arena = make(64 << 10, SITU_ARENA_GROWS);
    uint32_t *pieces[N];
    for (int round = 0; round < 3; round++) {
        for (uint32_t i = 0; i < N; i++) {
            pieces[i] = SITU_ARENA_ARRAY(arena, uint32_t, 5000);
            CHECK(pieces[i] != NULL);
            for (uint32_t j = 0; j < 5000; j++) pieces[i][j] = i * 5000 + j;
        }
        for (uint32_t i = 0; i < N; i++)
            for (uint32_t j = 0; j < 5000; j++) CHECK_EQ(pieces[i][j], i * 5000 + j);
        CHECK(situ_arena_used(arena) >= N * 20000);
        situ_arena_reset(arena);
        CHECK_EQ(situ_arena_used(arena), 0);
    }
    CHECK(situ_arena_high_water(arena) >= N * 20000);
    CHECK(situ_arena_capacity(arena) < 8 * MIB); /* rounds reuse the blocks */
    CHECK_EQ(situ_arena_generation(arena), 3);
    situ_arena_destroy(arena);
}

TEST(reset_gives_the_same_memory_again)
{
    situ_arena *arena = make(MIB, SITU_ARENA_FIXED);
    void *first = situ_arena_alloc(arena, 100000, 0);
    CHECK(situ_arena_is_current(arena, first));
    situ_arena_reset(arena);
    CHECK(situ_arena_alloc(arena, 500, 0) == first);
    CHECK_EQ(situ_arena_used(arena) <= 544, 1);
    CHECK_EQ(situ_arena_high_water(arena) >= 100000, 1);
    int local;
    CHECK(!situ_arena_is_current(arena, &local));
    situ_arena_destroy(arena);
}

#if defined(SITU_VERIFY)
TEST(stale_pointers_are_caught)
{
    situ_arena *arena = make(MIB, SITU_ARENA_FIXED);
    volatile uint8_t *stale = situ_arena_alloc(arena, 1000, 0);
    uint8_t *second = situ_arena_alloc(arena, 1000, 0);
    CHECK(situ_arena_is_current(arena, second));
    situ_arena_reset(arena);
    CHECK(!situ_arena_is_current(arena, second));
    CHECK(situ_arena_alloc(arena, 16, 0) != NULL);
    CHECK(!situ_arena_is_current(arena, second));
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        fclose(stderr);
        stale[500] = 1; /* behind the 16 bytes that are handed out now */
        _exit(0);
    }
    int status;
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK(!WIFEXITED(status) || WEXITSTATUS(status) != 0);
    situ_arena_destroy(arena);
}
#endif

TEST_MAIN()
