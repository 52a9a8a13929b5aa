/* heap.c — the one heap: its range, its lock, its threads, and what a fork does to them. */
#include "mem/slots.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

heap_state heap;
u8 *heap_range_base;
size_t heap_range_bytes, heap_hole_start, heap_hole_bytes;
SITU_ALIGNED(64) u32 slots_open;

u32 heap_phase;
static os_lock init_lock;

static pthread_key_t thread_key;
static bool has_thread_key;

#define THREAD_LOCAL static __thread __attribute__((tls_model("initial-exec")))
__thread __attribute__((tls_model("initial-exec"))) heap_thread *heap_self_thread;
THREAD_LOCAL bool self_is_ending;  /* its destructor ran: no slots any more         */
THREAD_LOCAL bool self_is_forking; /* between fork's handlers: holds the lock already */

/* --- the lock and fork ---------------------------------------------------------------------------------- */

void heap_lock(void)
{
    if (SITU_LIKELY(!self_is_forking)) os_lock_take(&heap.lock);
}

void heap_unlock(void)
{
    if (SITU_LIKELY(!self_is_forking)) os_lock_release(&heap.lock);
}

/* Handlers registered before ours run while we hold the lock, and may allocate: the flag lets this thread
 * pass. */
static void fork_prepare(void)
{
    os_lock_take(&init_lock);
    os_lock_take(&heap.lock);
    self_is_forking = true;
}

static void fork_parent(void)
{
    self_is_forking = false;
    os_lock_release(&heap.lock);
    os_lock_release(&init_lock);
}

/* All threads together may keep a quarter of the cap in shared cells and a sixteenth in own ones. */
static void share_slot_budget(void)
{
    u64 n_threads = heap.n_threads ? heap.n_threads : 1, cap = heap.cache_max_bytes / UNIT_BYTES;
    u64 own_units = cap / (16 * n_threads);
    u32 open = 0;
    while (heap.has_barrier && open < SLOT_OWN_UNITS && (u64)(open + 1) * (open + 2) / 2 <= own_units) open++;
    __atomic_store_n(&heap.slot_units_max, cap / (4 * n_threads), __ATOMIC_RELAXED);
    __atomic_store_n(&slots_open, open, __ATOMIC_RELAXED);
}

/* Keep the record for a thread to come, and its numbers for the statistics. */
static void retire(heap_thread *t)
{
    u64 n_units;
    heap.n_hits += slots_hits(t, &n_units);
    heap.n_reused_pages += n_units * UNIT_PAGES;
    memset(t, 0, sizeof *t);
    t->next = heap.spare_threads;
    heap.spare_threads = t;
}

/* Only the forking thread lives on: what the others kept is everybody's. */
static void fork_child(void)
{
    heap_thread *next;
    for (heap_thread *t = heap.threads; t; t = next) {
        next = t->next;
        if (t == heap_self_thread) continue;
        slots_drain(t);
        retire(t);
    }
    heap.threads = heap_self_thread;
    heap.n_threads = heap_self_thread ? 1 : 0;
    share_slot_budget();
    if (heap_self_thread) heap_self_thread->next = NULL;
    self_is_forking = false;
    os_lock_release(&heap.lock);
    os_lock_release(&init_lock);
}

/* Before any thread exists: a fork may then come while another thread makes its first large request, and a
 * barrier that is registered later waits for the threads. */
__attribute__((constructor)) static void register_process(void)
{
    pthread_atfork(fork_prepare, fork_parent, fork_child);
    os_barrier_register();
}

/* --- threads -------------------------------------------------------------------------------------------- */

static void thread_end(void *arg)
{
    heap_thread *t = arg;
    self_is_ending = true;
    heap_self_thread = NULL;
    heap_lock();
    slots_drain(t);
    for (heap_thread **link = &heap.threads; *link; link = &(*link)->next) {
        if (*link != t) continue;
        *link = t->next;
        break;
    }
    retire(t);
    heap.n_threads--;
    share_slot_budget();
    heap_unlock();
}

/* Records come from pages of their own and are recycled, never unmapped. */
static heap_thread *thread_record(void)
{
    if (!heap.spare_threads) {
        enum { BLOCK_BYTES = 64 << 10 };
        heap_thread *block = os_map(BLOCK_BYTES);
        for (size_t i = 0; block && i < BLOCK_BYTES / sizeof *block; i++) {
            block[i].next = heap.spare_threads;
            heap.spare_threads = &block[i];
        }
    }
    heap_thread *t = heap.spare_threads;
    if (t) heap.spare_threads = t->next;
    return t;
}

SITU_NOINLINE heap_thread *heap_thread_begin(void)
{
    if (self_is_ending || !has_thread_key || os_is_off(OS_OFF_SLOTS)) return NULL;
    int saved = errno;
    self_is_ending = true; /* pthread_setspecific may allocate */
    heap_lock();
    heap_thread *t = thread_record();
    if (t) {
        t->next = heap.threads;
        heap.threads = t;
        heap.n_threads++;
        share_slot_budget();
    }
    heap_unlock();
    if (t && pthread_setspecific(thread_key, t) != 0) {
        thread_end(t);
        t = NULL;
    }
    heap_self_thread = t;
    self_is_ending = t == NULL;
    errno = saved;
    return t;
}

/* --- the range ------------------------------------------------------------------------------------------ */

#if defined(__SANITIZE_THREAD__)
#define RANGE_SMALL_ONLY 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define RANGE_SMALL_ONLY 1 /* its shadow knows only part of the address space */
#endif
#endif

static const size_t range_sizes[] = {
#ifndef RANGE_SMALL_ONLY
    (size_t)16 << 40,
    (size_t)1 << 40,
#endif
    (size_t)64 << 30,
};

static bool reserve_range(size_t bytes)
{
    u32 n_units = (u32)(bytes / UNIT_BYTES);
    size_t table_bytes = n_units * sizeof(mem_unit);
    if (bytes + table_bytes > os_reserve_limit()) return false;
    u8 *base = os_reserve(bytes, HEAP_ALIGN_MAX);
    mem_unit *table = base ? os_reserve(table_bytes, OS_PAGE_BYTES) : NULL;
    if (!table) {
        if (base) os_unreserve(base, bytes);
        return false;
    }
    /* Where every open page counts against a commit limit, open no more than asked for.  Else in steps that
     * are large, but not so large that a process under mlockall pays much for populating them. */
    bool is_strict = heap.limits.overcommit == 2 || os_is_off(OS_OFF_STEPS);
    u32 step = is_strict ? UNITS_PER_HUGE : 32 * UNITS_PER_HUGE;
    u32 middle = n_units / 2;
    heap.base = base;
    heap.table = table;
    lane_init(&heap.dense, table, base, UNITS_PER_HUGE, middle, step, false);
    lane_init(&heap.sparse, table, base, middle, n_units, step, true);
    __atomic_store_n(&heap_range_base, base, __ATOMIC_RELAXED);
    __atomic_store_n(&heap_range_bytes, bytes, __ATOMIC_RELAXED);
    return true;
}

static void read_settings(void)
{
    u64 cap = u64_min(heap.limits.memory_bytes / 8, UINT64_C(1) << 30);
    heap.cache_max_bytes = os_env_bytes("SITU_CACHE_BYTES", cap);
    heap.decay_ms = os_env_bytes("SITU_DECAY_MS", 30000);
    heap.request_max_bytes = heap.limits.overcommit == 0 ? heap.limits.machine_bytes : UINT64_MAX;
    share_slot_budget();
}

SITU_NOINLINE bool heap_begin(void)
{
    if (__atomic_load_n(&heap_phase, __ATOMIC_ACQUIRE) == HEAP_PLAIN) return false;
    int saved = errno;
    if (!self_is_forking) os_lock_take(&init_lock);
    if (heap_phase == HEAP_UNREADY) {
        bool has_range = false;
        os_read_limits(&heap.limits);
        heap.has_barrier = os_barrier_register();
        read_settings();
        for (size_t i = 0; i < SITU_ARRAY_LEN(range_sizes) && !has_range && !os_is_off(OS_OFF_RANGE); i++)
            has_range = reserve_range(range_sizes[i]);
        if (has_range) has_thread_key = pthread_key_create(&thread_key, thread_end) == 0;
        __atomic_store_n(&heap_phase, has_range ? HEAP_READY : HEAP_PLAIN, __ATOMIC_RELEASE);
    }
    if (!self_is_forking) os_lock_release(&init_lock);
    errno = saved;
    return heap_phase == HEAP_READY;
}

/* Cut [opened, end) off a lane and off the table; the caller has made the addresses foreign. */
static void lane_cut_end(mem_lane *lane)
{
    if (lane->opened == lane->end) return;
    os_unreserve(lane_addr(lane, lane->opened), (size_t)(lane->end - lane->opened) * UNIT_BYTES);
    size_t from = u64_align_up((u64)(uintptr_t)&lane->table[lane->opened], OS_PAGE_BYTES);
    size_t to = (size_t)&lane->table[lane->end] & ~(OS_PAGE_BYTES - 1);
    if (from < to) os_unreserve((void *)from, to - from);
    lane->end = lane->opened;
}

/* A program that sets RLIMIT_AS after our start finds the whole range counted against it: what no lane has
 * opened goes back, and the lanes live on with what they have.  Addresses are disowned before anybody else
 * can get them. */
bool heap_give_back_range(void)
{
    if (__atomic_load_n(&heap_phase, __ATOMIC_ACQUIRE) != HEAP_READY || os_reserve_limit() == SIZE_MAX)
        return false;
    heap_lock();
    mem_lane *dense = &heap.dense, *sparse = &heap.sparse;
    bool gives = dense->opened < dense->end || sparse->opened < sparse->end;
    if (gives) {
        size_t hole = (size_t)(sparse->first - dense->opened) * UNIT_BYTES;
        __atomic_store_n(&heap_hole_start, (size_t)dense->opened * UNIT_BYTES, __ATOMIC_RELAXED);
        __atomic_store_n(&heap_hole_bytes, hole, __ATOMIC_RELEASE);
        __atomic_store_n(&heap_range_bytes, (size_t)sparse->opened * UNIT_BYTES, __ATOMIC_RELEASE);
        lane_cut_end(dense);
        lane_cut_end(sparse);
    }
    heap_unlock();
    return gives;
}

void heap_set_cache_bytes(u64 bytes)
{
    if (!heap_ready()) return;
    heap_lock();
    heap.cache_max_bytes = bytes;
    share_slot_budget();
    slots_drain_all();
    retain_keep_limits();
    heap_unlock();
}

bool heap_is_valid(void)
{
    if (!heap_ready()) return true;
    heap_lock();
    bool ok = lane_is_valid(&heap.dense) && lane_is_valid(&heap.sparse);
    heap_unlock();
    return ok;
}
