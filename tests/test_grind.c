/* The search for nonces: smallest, at every level, with any number of threads. */
#include "tests/test.h"

#include "hash/grind.h"

static situ_transcript make_transcript(u32 seed)
{
    situ_transcript t;
    situ_transcript_init(&t, "grind test");
    situ_transcript_absorb(&t, 1, &seed, sizeof seed);
    return t;
}

static bool accepts(const situ_transcript *t, u64 nonce, u32 n_bits)
{
    situ_transcript copy = *t;
    return situ_transcript_grind_check(&copy, nonce, n_bits);
}

static void check_smallest(void)
{
    for (u32 n_bits = 0; n_bits <= 11; n_bits++) {
        for (u32 seed = 0; seed < 4; seed++) {
            situ_transcript t = make_transcript(seed), untouched = t;
            u64 nonce = situ_grind(&t, n_bits, NULL);
            CHECK(accepts(&untouched, nonce, n_bits));
            for (u64 smaller = 0; smaller < nonce; smaller++) CHECK(!accepts(&untouched, smaller, n_bits));
        }
    }
}

TEST(finds_the_smallest_nonce) { test_every_cpu_level(check_smallest); }

TEST(threads_do_not_matter)
{
    for (u32 seed = 0; seed < 3; seed++) {
        situ_transcript t = make_transcript(seed), untouched = t;
        u64 nonce = situ_grind(&t, 17, NULL);
        CHECK(accepts(&untouched, nonce, 17));
        for (u32 n_threads = 1; n_threads <= 5; n_threads += 2) {
            situ_pool *pool;
            CHECK_EQ(situ_pool_create(&pool, n_threads), SITU_OK);
            t = untouched;
            CHECK_EQ(situ_grind(&t, 17, pool), nonce);
            situ_pool_destroy(pool);
        }
    }
}

TEST_MAIN()
