/* The ground: bit tricks, CPU levels, the thread pool. */
#include "tests/test.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/base.h"
#include "base/cpu.h"
#include "situ/pool.h"

TEST(bit_reverse_is_an_involution)
{
    for (u32 bits = 0; bits <= 24; bits++) {
        for (int i = 0; i < 100; i++) {
            u32 x = (u32)test_random_below(UINT64_C(1) << bits);
            CHECK_EQ(u32_bit_reverse(u32_bit_reverse(x, bits), bits), x);
        }
    }
    CHECK_EQ(u32_bit_reverse(1, 24), 1u << 23);
    CHECK_EQ(u32_bit_reverse(6, 4), 6);
}

TEST(cpu_level_can_be_lowered_but_not_raised)
{
    for (int level = 0; level < SITU_CPU_LEVELS; level++) {
        bool possible = (situ_cpu_level)level <= situ_cpu_best();
        CHECK_EQ(situ_cpu_force((situ_cpu_level)level), possible);
        if (possible) CHECK_EQ(situ_cpu_current(), level);
    }
}

typedef struct {
    atomic_uint n_calls[1000];
    atomic_uint n_bad_workers;
    u32 n_threads;
} pool_record;

static void record_task(void *ctx, uint64_t index, uint32_t worker)
{
    pool_record *r = ctx;
    atomic_fetch_add(&r->n_calls[index], 1);
    if (worker >= r->n_threads) atomic_fetch_add(&r->n_bad_workers, 1);
}

TEST(pool_runs_every_task_exactly_once)
{
    for (u32 n_threads = 0; n_threads <= 5; n_threads++) {
        situ_pool *pool;
        CHECK_EQ(situ_pool_create(&pool, n_threads), SITU_OK);
        if (n_threads) CHECK_EQ(situ_pool_threads(pool), n_threads);
        for (u32 round = 0; round < 50; round++) {
            pool_record r = {.n_threads = situ_pool_threads(pool)};
            u32 n_tasks = round * 20;
            situ_pool_run(pool, n_tasks, record_task, &r);
            for (u32 i = 0; i < 1000; i++) CHECK_EQ(r.n_calls[i], i < n_tasks);
            CHECK_EQ(r.n_bad_workers, 0);
        }
        situ_pool_destroy(pool);
    }
    situ_pool *pool;
    CHECK_EQ(situ_pool_create(&pool, SITU_THREADS_MAX + 1), SITU_ERR_ARG);
    CHECK(pool == NULL);
}

TEST(errors_have_names)
{
    for (int e = 0; e <= SITU_ERR_CANCEL; e++) CHECK(strcmp(situ_err_name((situ_err)e), "unknown error") != 0);
    CHECK_STR_EQ(situ_err_name((situ_err)999), "unknown error");
}

TEST_MAIN()
