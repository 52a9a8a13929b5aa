/* test_mem.c — blocks of situ/mem.h against a model, their rules, and every fallback. */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mem/heap.h"
#include "situ/mem.h"
#include "tests/test.h"

#define KIB ((size_t)1 << 10)
#define MIB ((size_t)1 << 20)

/* --- the model: a shadow of all live blocks
 * ------------------------------------------------------------------------*/

/* A block's contents are stamps at the start of each of its pieces of STEP bytes, derived from id and
 * position. */
enum { MODEL_SLOTS = 48, STEP = 4096 - 64 };

typedef struct {
    u8 *p;
    size_t n_bytes;
    u64 id;
    bool is_partial; /* zeroed, and only its first and last stamps were written */
} model_block;

typedef struct {
    model_block blocks[MODEL_SLOTS];
    size_t live_bytes, live_bytes_max;
    u64 next_id;
} model;

static u64 stamp_of(const model_block *b, size_t at)
{
    return (b->id * UINT64_C(0x9e3779b97f4a7c15) ^ at) | 1;
}

static void write_stamp(const model_block *b, size_t at)
{
    u64 stamp = stamp_of(b, at);
    memcpy(b->p + at, &stamp, sizeof stamp);
}

static void check_word(const model_block *b, size_t at, u64 expected)
{
    u64 word;
    memcpy(&word, b->p + at, sizeof word);
    if (word != expected)
        test_fail(__FILE__, __LINE__,
                  "block %" PRIu64 " of %zu bytes at %zu: 0x%" PRIx64 ", expected 0x%" PRIx64, b->id,
                  b->n_bytes, at, word, expected);
}

static size_t last_stamp(const model_block *b) { return (b->n_bytes - 8) / STEP * STEP; }

static void fill(const model_block *b)
{
    for (size_t at = 0; at + 8 <= b->n_bytes;
         at += b->is_partial && at < last_stamp(b) ? last_stamp(b) : STEP)
        write_stamp(b, at);
}

static void check_contents(const model_block *b, size_t n_bytes)
{
    for (size_t at = 0; at + 8 <= n_bytes; at += STEP) {
        bool is_stamped = !b->is_partial || at == 0 || at == last_stamp(b);
        check_word(b, at, is_stamped ? stamp_of(b, at) : 0);
    }
}

static void check_zero(const model_block *b)
{
    for (size_t at = 0; at + 8 <= b->n_bytes; at += STEP / 8 * 8) check_word(b, at, 0);
    check_word(b, b->n_bytes - 8, 0);
}

static size_t random_size(size_t max)
{
    switch (test_random_below(8)) {
    case 0: return 8 + test_random_below(64 * KIB);
    case 1: return 64 * KIB * (1 + test_random_below(32)) + test_random_below(3) * 8 - 8;
    case 2: return 2 * MIB * (1 + test_random_below(4));
    case 3: return 64 * KIB + test_random_below(max / 2);
    default: return 64 * KIB + test_random_below(2 * MIB);
    }
}

static void model_free(model *m, model_block *b)
{
    check_contents(b, b->n_bytes);
    situ_mem_free(b->p, b->n_bytes);
    m->live_bytes -= b->n_bytes;
    b->p = NULL;
}

static void model_alloc(model *m, model_block *b, size_t max)
{
    size_t align = test_random_below(8) ? 0 : (size_t)1 << test_random_below(22);
    bool is_zeroed = test_random_below(2);
    *b = (model_block){.n_bytes = random_size(max), .id = ++m->next_id};
    if (b->n_bytes > m->live_bytes_max - m->live_bytes) return;
    b->p = is_zeroed ? situ_mem_alloc_zeroed(b->n_bytes, align) : situ_mem_alloc(b->n_bytes, align);
    CHECK(b->p != NULL);
    CHECK_EQ((uintptr_t)b->p & ((align ? align : 16) - 1), 0);
    if (is_zeroed) check_zero(b);
    b->is_partial = is_zeroed && test_random_below(2);
    fill(b);
    m->live_bytes += b->n_bytes;
}

static void model_realloc(model *m, model_block *b, size_t max)
{
    size_t n_bytes = test_random_below(3) ? b->n_bytes + b->n_bytes / 4 + 8 : random_size(max);
    if (n_bytes > max || (n_bytes > b->n_bytes && n_bytes - b->n_bytes > m->live_bytes_max - m->live_bytes))
        return;
    b->p = situ_mem_realloc(b->p, b->n_bytes, n_bytes, 0);
    CHECK(b->p != NULL);
    size_t kept = n_bytes < b->n_bytes ? n_bytes : b->n_bytes;
    check_contents(b, kept);
    m->live_bytes += n_bytes - b->n_bytes;
    b->n_bytes = n_bytes;
    b->is_partial = false;
    b->id = ++m->next_id;
    fill(b);
}

static void run_model(u64 n_operations, size_t max, size_t live_bytes_max)
{
    static _Thread_local model m;
    memset(&m, 0, sizeof m);
    m.live_bytes_max = live_bytes_max;
    for (u64 i = 0; i < n_operations; i++) {
        model_block *b = &m.blocks[test_random_below(MODEL_SLOTS)];
        if (!b->p)
            model_alloc(&m, b, max);
        else if (test_random_below(3) == 0)
            model_realloc(&m, b, max);
        else
            model_free(&m, b);
        if (i % 8192 == 8191) situ_mem_soften();
        if (i % 16384 == 16383) situ_mem_release();
        if (i % 1024 == 1023) CHECK(situ_mem_is_valid());
    }
    for (int i = 0; i < MODEL_SLOTS; i++)
        if (m.blocks[i].p) model_free(&m, &m.blocks[i]);
    CHECK(situ_mem_is_valid());
}

TEST(model_default) { run_model(test_runs(8000), 24 * MIB, 256 * MIB); }

/* Run the model under switches that were set before the heap's first use. */
static void model_without(const char *off, u64 runs)
{
    setenv("SITU_OFF", off, 1);
    run_model(test_runs(runs), 16 * MIB, 128 * MIB);
}

TEST(model_without_range) { model_without("range", 1500); }
TEST(model_without_scan) { model_without("scan", 2000); }
TEST(model_without_move) { model_without("move", 2000); }
TEST(model_without_huge) { model_without("huge", 2000); }
TEST(model_without_slots) { model_without("slots", 2000); }
TEST(model_without_wipe) { model_without("wipe", 2000); }
TEST(model_without_anything) { model_without("scan,move,huge,slots,wipe,sparse", 2000); }

TEST(model_with_small_cache)
{
    setenv("SITU_CACHE_BYTES", "8m", 1);
    run_model(test_runs(2000), 16 * MIB, 128 * MIB);
    situ_mem_stats stats;
    situ_mem_read_stats(&stats);
    CHECK_EQ(stats.cache_bytes_max, 8 * MIB);
    CHECK(stats.purged_bytes > 0);
}

TEST(model_without_cache)
{
    setenv("SITU_CACHE_BYTES", "0", 1);
    run_model(test_runs(2000), 16 * MIB, 128 * MIB);
}

/* --- what is promised
 * ----------------------------------------------------------------------------------------------*/

TEST(a_freed_block_is_reused_without_faults)
{
    size_t n_bytes = 32 * MIB;
    for (int round = 0; round < 8; round++) {
        u64 before = os_fault_count();
        u8 *p = situ_mem_alloc(n_bytes, 0);
        CHECK(p != NULL);
        memset(p, round, n_bytes);
        u64 faults = os_fault_count() - before;
        if (round > 0 && faults > 16)
            test_fail(__FILE__, __LINE__, "round %d faulted %" PRIu64 " times", round, faults);
        situ_mem_free(p, n_bytes);
    }
}

static void *take_six_mib(void *out)
{
    *(void **)out = situ_mem_alloc(6 * MIB, 0);
    return NULL;
}

TEST(another_thread_reuses_it)
{
    u8 *p = situ_mem_alloc(8 * MIB, 0);
    memset(p, 1, 8 * MIB);
    situ_mem_free(p, 8 * MIB); /* now in this thread's slot */
    situ_mem_stats before, after;
    situ_mem_read_stats(&before);
    void *got = NULL;
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, take_six_mib, &got), 0);
    pthread_join(thread, NULL);
    situ_mem_read_stats(&after);
    CHECK(got != NULL);
    CHECK(after.n_hits > before.n_hits);
    CHECK_EQ(after.n_misses, before.n_misses);
    situ_mem_free(got, 6 * MIB);
}

TEST_MAIN()
