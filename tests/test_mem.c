/* test_mem.c — blocks of situ/mem.h against a model, their rules, and every fallback. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mem/slots.h"
#include "situ/mem.h"
#include "tests/test.h"

/* A sanitizer's shadow is resident and faults as well. */
#if defined(SITU_VERIFY) || defined(__SANITIZE_THREAD__)
#define HAS_SHADOW 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HAS_SHADOW 1
#endif
#endif

#define KIB ((size_t)1 << 10)
#define MIB ((size_t)1 << 20)

/* --- the model: a shadow of all live blocks ------------------------------------------------------------- */

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
TEST(model_without_barrier) { model_without("barrier", 2000); }
TEST(model_without_wipe) { model_without("wipe", 2000); }
TEST(model_without_steps) { model_without("steps", 2000); }
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

/* --- what is promised ----------------------------------------------------------------------------------- */

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

static size_t resident_bytes(void)
{
    unsigned long total = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    CHECK(f && fscanf(f, "%lu %lu", &total, &resident) == 2);
    fclose(f);
    return resident * 4096;
}

static u64 stat_of(size_t offset)
{
    situ_mem_stats stats;
    u64 value;
    situ_mem_read_stats(&stats);
    memcpy(&value, (const char *)&stats + offset, sizeof value);
    return value;
}
#define STAT(field) stat_of(offsetof(situ_mem_stats, field))

static void *filled(size_t n_bytes, int value)
{
    void *p = situ_mem_alloc(n_bytes, 0);
    CHECK(p != NULL);
    return memset(p, value, n_bytes);
}

TEST(release_gives_memory_back)
{
    situ_mem_free(filled(100 * MIB, 1), 100 * MIB);
    CHECK(STAT(cached_bytes) >= 100 * MIB);
    size_t before = resident_bytes();
    CHECK(situ_mem_release() >= 98 * MIB);
    CHECK(STAT(cached_bytes) <= 2 * MIB);
    CHECK(before - resident_bytes() > 90 * MIB);
}

TEST(soften_keeps_or_zeroes)
{
    u8 *p = filled(32 * MIB, 7);
    situ_mem_free(p, 32 * MIB);
    CHECK_EQ(situ_mem_soften(), 32 * MIB);
    p = situ_mem_alloc_zeroed(32 * MIB, 0);
    for (size_t i = 0; i < 32 * MIB; i += 512) CHECK_EQ(p[i], 0);
    situ_mem_free(p, 32 * MIB);
}

TEST(the_cap_holds)
{
    situ_mem_set_cache(64 * MIB);
    for (int round = 0; round < 3; round++) {
        u8 *p[8];
        for (int i = 0; i < 8; i++) p[i] = filled(32 * MIB, i);
        for (int i = 0; i < 8; i++) situ_mem_free(p[i], 32 * MIB);
        CHECK(STAT(cached_bytes) <= 80 * MIB); /* and a quarter in slots */
    }
#if !defined(HAS_SHADOW)
    CHECK(resident_bytes() < 110 * MIB);
#endif
}

TEST(unused_memory_decays)
{
    setenv("SITU_DECAY_MS", "200", 1);
    situ_mem_free(filled(64 * MIB, 1), 64 * MIB);
    CHECK(STAT(cached_bytes) >= 64 * MIB);
    for (int i = 0; i < 5; i++) {
        usleep(200 * 1000);
        situ_mem_free(filled(20 * MIB + (size_t)i * MIB, 1),
                      20 * MIB + (size_t)i * MIB); /* slots are drained on the way */
        u8 *p[16]; /* more than cells: under the lock is where old memory is looked for */
        for (int j = 0; j < 16; j++) p[j] = situ_mem_alloc(64 * KIB, 0);
        for (int j = 0; j < 16; j++) situ_mem_free(p[j], 64 * KIB);
    }
    CHECK(STAT(purged_bytes) >= 32 * MIB);
    CHECK(STAT(cached_bytes) <= 40 * MIB);
}

TEST(pieces_are_donated)
{
    if (!os_can_move()) test_skip("mremap without unmapping is not available");
    u8 *p[16];
    setenv("SITU_OFF", "slots", 1);
    for (int i = 0; i < 16; i++) p[i] = filled(16 * MIB, i);
    for (int i = 0; i < 16; i += 2) situ_mem_free(p[i], 16 * MIB); /* 8 holes that no 100 MiB fit into */
    u64 before = os_fault_count();
    u8 *big = filled(100 * MIB, 99);
    CHECK(STAT(donated_bytes) >= 90 * MIB);
#if !defined(HAS_SHADOW)
    CHECK(os_fault_count() - before < 1000);
#else
    (void)before;
#endif
    for (int i = 1; i < 16; i += 2)
        for (size_t at = 0; at < 16 * MIB; at += 4096) CHECK_EQ(p[i][at], i);
    for (size_t at = 0; at < 100 * MIB; at += 4096) CHECK_EQ(big[at], 99);
    situ_mem_free(big, 100 * MIB);
    for (int i = 0; i < 16; i += 2) { /* the holes are whole again, and zero where they must be */
        p[i] = situ_mem_alloc_zeroed(16 * MIB, 0);
        for (size_t at = 0; at < 16 * MIB; at += 4096) CHECK_EQ(p[i][at], 0);
    }
    for (int i = 0; i < 16; i++) situ_mem_free(p[i], 16 * MIB);
    CHECK(situ_mem_is_valid());
}

TEST(growth_moves_pages_once)
{
    if (!os_can_move()) test_skip("mremap without unmapping is not available");
    size_t n_bytes = 4 * MIB, moves = 0;
    u32 *p = situ_mem_alloc(n_bytes, 0);
    void *wall = situ_mem_alloc(64 * KIB, 0); /* in the way of growth in place */
    for (size_t i = 0; i < n_bytes / 4; i++) p[i] = (u32)i;
    while (n_bytes < 256 * MIB) {
        u32 *q = situ_mem_realloc(p, n_bytes, n_bytes * 2, 0);
        CHECK(q != NULL);
        moves += q != p;
        p = q;
        for (size_t i = n_bytes / 4; i < n_bytes / 2; i++) p[i] = (u32)i;
        n_bytes *= 2;
    }
    for (size_t i = 0; i < n_bytes / 4; i++) CHECK_EQ(p[i], i);
    CHECK(moves <= 3);
    situ_mem_free(p, n_bytes);
    situ_mem_free(wall, 64 * KIB);
}

TEST(zeroed_requests_become_dense_and_sparse_again)
{
    u8 *p;
    for (int round = 0; round < 6; round++) { /* written all over: dense from the second round on */
        p = situ_mem_alloc_zeroed(4 * MIB, 0);
        bool is_sparse = heap_lane_of(heap_unit_of(p))->is_sparse;
        CHECK_EQ(is_sparse, round == 0);
        memset(p, 1, 4 * MIB);
        situ_mem_free(p, 4 * MIB);
    }
    bool is_sparse = false;
    for (int round = 0; round < 40 && !is_sparse; round++) { /* hardly touched: some probe finds out */
        p = situ_mem_alloc_zeroed(4 * MIB, 0);
        is_sparse = heap_lane_of(heap_unit_of(p))->is_sparse;
        p[100] = 1;
        situ_mem_free(p, 4 * MIB);
    }
    CHECK(is_sparse);
}

TEST(sparse_blocks_stay_sparse)
{
    for (int round = 0; round < 20; round++) {
        u8 *p = situ_mem_alloc_zeroed(64 * MIB, 0);
        for (size_t at = 0; at < 64 * MIB; at += 4 * MIB) CHECK_EQ(p[at], 0);
        p[test_random_below(64 * MIB)] = 1;
        situ_mem_free(p, 64 * MIB);
    }
    CHECK(resident_bytes() < 20 * MIB);
}

/* --- threads and forks ---------------------------------------------------------------------------------- */

enum { EXCHANGED = 32 };
static u8 *exchanged[EXCHANGED];

static void *exchanging(void *arg)
{
    u64 seed = (u64)(uintptr_t)arg;
    for (int i = 0; i < 1500; i++) {
        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
        size_t n_bytes = 64 * KIB + (seed >> 33) % (i % 16 ? 600 * KIB : 6 * MIB);
        u8 *p = seed >> 62 ? situ_mem_alloc(n_bytes, 0) : situ_mem_alloc_zeroed(n_bytes, 0);
        if (!p) return (void *)1;
        if (seed >> 62 == 0 && (p[8] || p[n_bytes - 1])) return (void *)2;
        memcpy(p, &n_bytes, sizeof n_bytes);
        p[n_bytes - 1] = (u8)n_bytes;
        u8 *q = __atomic_exchange_n(&exchanged[seed >> 40 & (EXCHANGED - 1)], p, __ATOMIC_ACQ_REL);
        if (!q) continue;
        memcpy(&n_bytes, q, sizeof n_bytes);
        if (q[n_bytes - 1] != (u8)n_bytes) return (void *)3;
        if (seed >> 50 & 1) {
            q = situ_mem_realloc(q, n_bytes, n_bytes + 300 * KIB, 0);
            if (!q || q[n_bytes - 1] != (u8)n_bytes) return (void *)4;
            n_bytes += 300 * KIB;
        }
        situ_mem_free(q, n_bytes);
    }
    return NULL;
}

TEST(threads_free_each_others_blocks)
{
    for (uintptr_t round = 0; round < test_runs(3); round++) {
        pthread_t threads[8];
        for (uintptr_t i = 0; i < 8; i++)
            CHECK_EQ(pthread_create(&threads[i], NULL, exchanging, (void *)(i + round * 8)), 0);
        for (int i = 0; i < 8; i++) {
            void *result;
            pthread_join(threads[i], &result);
            CHECK_EQ((uintptr_t)result, 0);
        }
        CHECK(situ_mem_is_valid());
    }
}

/* A thread's own cells: it takes turns with others that empty them. */
enum { OWN_SIZES = 6 };
static u32 own_stop, own_parked;

static void fill_own_cells(void)
{
    u8 *p[OWN_SIZES];
    for (size_t i = 0; i < OWN_SIZES; i++) p[i] = filled((i + 1) * 64 * KIB, 1);
    for (size_t i = 0; i < OWN_SIZES; i++) situ_mem_free(p[i], (i + 1) * 64 * KIB);
}

static void *park_with_full_cells(void *unused)
{
    (void)unused;
    fill_own_cells();
    __atomic_store_n(&own_parked, 1, __ATOMIC_RELEASE);
    while (!__atomic_load_n(&own_stop, __ATOMIC_ACQUIRE)) usleep(1000);
    fill_own_cells(); /* the cells work again */
    return NULL;
}

TEST(release_reaches_a_sleeping_threads_own_cells)
{
    enum { UNITS = OWN_SIZES * (OWN_SIZES + 1) / 2 };
    if (!os_barrier_register()) test_skip("no membarrier");
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, park_with_full_cells, NULL), 0);
    while (!__atomic_load_n(&own_parked, __ATOMIC_ACQUIRE)) usleep(1000);
    CHECK_EQ(STAT(cached_bytes), UNITS * 64 * KIB);
    situ_mem_release();
    CHECK(STAT(cached_bytes) < 2 * MIB); /* the ends beside whole huge pages stay */
    CHECK_EQ(STAT(live_bytes), 0);
    __atomic_store_n(&own_stop, 1, __ATOMIC_RELEASE);
    pthread_join(thread, NULL);
    CHECK_EQ(STAT(live_bytes), 0);
    CHECK(situ_mem_is_valid());
}

/* If a block were ever in two hands, one of them would find the other's mark. */
static void *mark_and_free(void *arg)
{
    u64 mark = (u64)(uintptr_t)arg;
    for (u64 i = 0; !__atomic_load_n(&own_stop, __ATOMIC_RELAXED); i++) {
        size_t n_bytes = (1 + i % OWN_SIZES) * 64 * KIB;
        u64 *volatile p = situ_mem_alloc(n_bytes, 0);
        if (!p) return (void *)1;
        *p = mark;
        __atomic_signal_fence(__ATOMIC_SEQ_CST);
        if (*p != mark) return (void *)2;
        situ_mem_free(p, n_bytes);
    }
    return NULL;
}

TEST(own_cells_survive_being_emptied)
{
    pthread_t threads[4];
    for (uintptr_t i = 0; i < 4; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, mark_and_free, (void *)(i + 1)), 0);
    u64 drained = 0, start = os_coarse_ms();
    for (u64 i = 0; os_coarse_ms() - start < test_runs(1000); i++) {
        heap_lock();
        drained += slots_drain_all();
        heap_unlock();
        if (i % 1024 == 0) CHECK(situ_mem_is_valid());
        if (i % 4096 == 0) situ_mem_release();
    }
    CHECK(drained > 0);
    __atomic_store_n(&own_stop, 1, __ATOMIC_RELAXED);
    for (int i = 0; i < 4; i++) {
        void *result;
        pthread_join(threads[i], &result);
        CHECK_EQ((uintptr_t)result, 0);
    }
    CHECK_EQ(STAT(live_bytes), 0);
    CHECK(situ_mem_is_valid());
}

TEST(a_child_has_its_own_heap)
{
    u8 *p = filled(8 * MIB, 3), *zeroed = situ_mem_alloc_zeroed(8 * MIB, 0);
    zeroed[5000] = 1;
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        zeroed[70000] = 1; /* resident here, not in the parent: the child's own pagemap must say so */
        situ_mem_free(zeroed, 8 * MIB);
        u8 *again = situ_mem_alloc_zeroed(8 * MIB, 0);
        if (again[5000] || again[70000] || p[8 * MIB - 1] != 3) _exit(1);
        memset(p, 4, 8 * MIB);
        situ_mem_free(p, 8 * MIB);
        _exit(situ_mem_is_valid() ? 0 : 2);
    }
    int status;
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
    CHECK_EQ(p[8 * MIB - 1], 3);
    situ_mem_free(p, 8 * MIB);
    situ_mem_free(zeroed, 8 * MIB);
}

/* --- rules ---------------------------------------------------------------------------------------------- */

#if !defined(HAS_SHADOW) /* the sanitizer's malloc ends the program instead */
TEST(impossible_sizes_are_errors)
{
    static const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 65535, SIZE_MAX / 2 + 1, (size_t)1 << 60,
                                   (size_t)1 << 47};
    for (size_t i = 0; i < SITU_ARRAY_LEN(sizes); i++) {
        errno = 0;
        CHECK(situ_mem_alloc(sizes[i], 0) == NULL);
        CHECK_EQ(errno, ENOMEM);
        CHECK(situ_mem_alloc_zeroed(sizes[i], 64) == NULL);
    }
}
#endif

TEST(bad_alignments_are_errors)
{
    errno = 0;
    CHECK(situ_mem_alloc(MIB, 48) == NULL);
    CHECK_EQ(errno, EINVAL);
    for (size_t align = 1; align <= 256 * MIB; align *= 2) {
        void *p = situ_mem_alloc(MIB, align);
        CHECK(p != NULL);
        CHECK_EQ((uintptr_t)p % align, 0);
        situ_mem_free(p, MIB);
    }
}

static int status_of(void (*fn)(void))
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        fclose(stderr);
        fn();
        _exit(0);
    }
    int status = 0;
    CHECK_EQ(waitpid(child, &status, 0), child);
    return status;
}

static void free_twice(void)
{
    void *p = situ_mem_alloc(3 * MIB, 0);
    heap_free(p);
    heap_free(p);
}

static void free_small_twice(void)
{
    void *p = situ_mem_alloc(100 * KIB, 0);
    heap_free(p); /* into this thread's own cell */
    heap_free(p);
}

static void free_inside(void) { heap_free((u8 *)situ_mem_alloc(3 * MIB, 0) + 64 * KIB); }
static void free_last_unit(void) { heap_free((u8 *)situ_mem_alloc(128 * KIB, 0) + 64 * KIB); }
static void free_wrong_size(void) { situ_mem_free(situ_mem_alloc(3 * MIB, 0), MIB); }

TEST(misuse_ends_the_program)
{
    CHECK(status_of(free_twice) != 0);
    CHECK(status_of(free_small_twice) != 0);
    CHECK(status_of(free_inside) != 0);
    CHECK(status_of(free_last_unit) != 0);
    CHECK(status_of(free_wrong_size) != 0);
}

/* The cap follows the limit of the control group, version 1 or 2. */
TEST(a_control_group_limits_the_cache)
{
    static const struct {
        const char *dir, *limit;
    } versions[] = {{"/sys/fs/cgroup/memory/situ_test", "/memory.limit_in_bytes"},
                    {"/sys/fs/cgroup/situ_test", "/memory.max"}};
    for (size_t i = 0; i < SITU_ARRAY_LEN(versions); i++) {
        char path[256];
        if (mkdir(versions[i].dir, 0755) != 0) continue;
        snprintf(path, sizeof path, "%s%s", versions[i].dir, versions[i].limit);
        FILE *f = fopen(path, "w");
        bool ok = f && fprintf(f, "%zu", 512 * MIB) > 0;
        if (f) ok &= fclose(f) == 0;
        snprintf(path, sizeof path, "%s/cgroup.procs", versions[i].dir);
        pid_t child = fork();
        if (child == 0) {
            f = fopen(path, "w");
            ok &= f && fprintf(f, "%d", getpid()) > 0;
            if (f) ok &= fclose(f) == 0;
            if (!ok) _exit(77);
            _exit(STAT(cache_bytes_max) == 64 * MIB ? 0 : 1);
        }
        int status = 0;
        waitpid(child, &status, 0);
        rmdir(versions[i].dir);
        if (WIFEXITED(status) && WEXITSTATUS(status) == 77) continue;
        CHECK_EQ(status, 0);
        return;
    }
    test_skip("no control group can be made here");
}

/* 10^7 operations; half an hour under the sanitizers, a few minutes without. */
TEST(model_long)
{
    const char *operations = getenv("SITU_MODEL_OPERATIONS");
    if (!operations) test_skip("SITU_MODEL_OPERATIONS is not set");
    run_model(strtoull(operations, NULL, 10), 3 * MIB, 48 * MIB);
}

TEST_MAIN()
