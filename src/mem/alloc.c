/* alloc.c — allocate, free, reallocate: the way of one block through slots, lanes and prediction. */
#include "mem/slots.h"

#include <errno.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

enum {
    SPARSE_MIN_UNITS = 4,        /* below 256 KiB a memset costs no more than asking the kernel   */
    HUGE_ALIGN_MIN_UNITS = 2048, /* from 128 MiB up blocks begin at a huge page: at most 1/64 lost */
    STREAM_MIN_UNITS = 512,      /* from 32 MiB up zeroing goes around the caches                 */
    DONATE_MIN_UNITS = 2 * 32,   /* below two huge pages a fault is as cheap as a move            */
};

#if defined(SITU_VERIFY)
static void verify_heap(void) { SITU_ASSERT(heap_is_valid()); }
static void verify_zero(const void *p, size_t bytes)
{
    const u64 *words = p;
    size_t step =
        (bytes >> 20) > 0 ? OS_PAGE_BYTES / sizeof *words : 1; /* all of a small one, a large one's pages */
    for (size_t i = 0; i < bytes / sizeof *words; i += step) SITU_ASSERT(words[i] == 0);
}
static void verify_junk(void *p, size_t bytes) { memset(p, 0xdb, bytes < UNIT_BYTES ? bytes : UNIT_BYTES); }
#else
static void verify_heap(void) {}
static void verify_zero(const void *p, size_t bytes) { (void)p, (void)bytes; }
static void verify_junk(void *p, size_t bytes) { (void)p, (void)bytes; }
#endif

/* --- zero ----------------------------------------------------------------------------------------------- */

static void zero_bytes(void *p, size_t bytes)
{
#if defined(__SSE2__)
    if (bytes >= STREAM_MIN_UNITS * UNIT_BYTES) {
        __m128i zero = _mm_setzero_si128(), *at = p;
        size_t n = bytes / 64;
        for (size_t i = 0; i < n; i++, at += 4) {
            _mm_stream_si128(at, zero);
            _mm_stream_si128(at + 1, zero);
            _mm_stream_si128(at + 2, zero);
            _mm_stream_si128(at + 3, zero);
        }
        _mm_sfence();
        memset(at, 0, bytes % 64);
        return;
    }
#endif
    memset(p, 0, bytes);
}

/* Before a sparse block becomes free: make it read zero and learn.  Returns its resident pages. */
static u32 sparse_clean(u32 head, u32 n)
{
    u8 *p = lane_addr(&heap.sparse, head);
    size_t bytes = (size_t)n * UNIT_BYTES;
    u64 n_pages, pages_max = (u64)n * UNIT_PAGES / 2;
    bool is_zero = false;
    if (!os_zero_resident(p, bytes, pages_max, &n_pages, &is_zero)) n_pages = os_count_resident(p, bytes);
    predict_learn_sparse(n, n_pages);
    if (is_zero) return (u32)n_pages;
    os_purge(p, bytes);
    return 0;
}

/* --- allocate ------------------------------------------------------------------------------------------- */

static void count_taken(u32 n, u32 n_dirty, u32 pages_reused)
{
    heap.n_live_units += n;
    if (heap.n_live_units > heap.n_live_units_max) heap.n_live_units_max = heap.n_live_units;
    if (n_dirty >= n)
        heap.n_hits++;
    else
        heap.n_misses++;
    heap.n_reused_pages += pages_reused;
}

static bool has_material(u32 n)
{
    return n >= DONATE_MIN_UNITS && heap.dense.n_dirty_units >= UNITS_PER_HUGE && move_is_worth(n);
}

static lane_block dense_take_locked(u32 n, u32 align_units)
{
    mem_lane *lane = &heap.dense;
    lane_block block = lane_take_dirty(lane, n, align_units);
    if (!block.head && slots_drain_shared() > 0) block = lane_take_dirty(lane, n, align_units);
    if (block.head) return block;
    retain_check_pressure(n);
    block = lane_take_mixed(lane, n, align_units);
    if (!block.head) {
        block =
            lane_take_clean(lane, n,
                            has_material(n) && align_units < UNITS_PER_HUGE ? UNITS_PER_HUGE : align_units);
        if (!block.head && retain_purge_all() > 0) block = lane_take_clean(lane, n, align_units);
    }
    if (block.head && block.n_dirty < n && has_material(n - block.n_dirty))
        block.n_dirty += move_donate(block.head + block.n_dirty, n - block.n_dirty);
    return block;
}

static u32 sparse_take(u32 n, u32 align_units)
{
    mem_lane *lane = &heap.sparse;
    heap_lock();
    u64 pages_before = lane->n_dirty_pages;
    lane_block block = lane_take_dirty(lane, n, align_units);
    u32 reused = (u32)(pages_before - lane->n_dirty_pages);
    if (!block.head) {
        retain_check_pressure(n);
        block = lane_take_mixed(lane, n, align_units);
        if (!block.head) block = lane_take_clean(lane, n, align_units);
    }
    if (block.head) count_taken(n, block.n_dirty, reused);
    heap_unlock();
    return block.head;
}

static u32 dense_take(u32 n, u32 align_units, u32 *n_dirty)
{
    heap_thread *self = align_units == 1 ? heap_self() : NULL; /* slots hold blocks of any alignment */
    u32 head = self ? slots_take(self, n) : 0;
    *n_dirty = n;
    if (SITU_LIKELY(head)) return head;
    if (n >= HUGE_ALIGN_MIN_UNITS && align_units < UNITS_PER_HUGE) align_units = UNITS_PER_HUGE;
    heap_lock();
    lane_block block = dense_take_locked(n, align_units);
    if (block.head) count_taken(n, block.n_dirty, block.n_dirty * UNIT_PAGES);
    heap_unlock();
    *n_dirty = block.n_dirty;
    return block.head;
}

void *heap_alloc(size_t bytes, size_t align, bool is_zeroed)
{
    if (SITU_UNLIKELY(!heap_ready())) return NULL;
    if (bytes > heap.request_max_bytes || bytes > UNITS_MAX / 2 * UNIT_BYTES || align > HEAP_ALIGN_MAX)
        return NULL;
    u32 n = bytes <= UNIT_BYTES ? 1 : heap_units(bytes), n_dirty = 0, head = 0;
    u32 align_units = align <= UNIT_BYTES ? 1 : (u32)(align / UNIT_BYTES);
    bool is_sampled = is_zeroed && n >= SPARSE_MIN_UNITS && !os_is_off(OS_OFF_SPARSE);

    if (is_sampled && !predict_is_dense(n)) head = sparse_take(n, align_units);
    if (!head) {
        head = dense_take(n, align_units, &n_dirty);
        if (!head) return NULL;
        if (is_sampled) unit_set_state(&heap.table[head], UNIT_LIVE_ZEROED);
    }
    u8 *p = heap.base + (size_t)head * UNIT_BYTES;
    if (is_zeroed && n_dirty > 0) {
        size_t dirty_bytes = (size_t)n_dirty * UNIT_BYTES;
        zero_bytes(p, dirty_bytes < bytes ? dirty_bytes : bytes);
    }
    if (is_zeroed) verify_zero(p, bytes);
    verify_heap();
    return p;
}

/* --- free ----------------------------------------------------------------------------------------------- */

/* The head's entry of a live block; a pointer that is none ends the program, as libc does. */
static mem_unit *live_entry(const void *p)
{
    u32 head = heap_unit_of(p);
    const mem_lane *lane = heap_lane_of(head);
    bool is_unit = ((size_t)p & (UNIT_BYTES - 1)) == 0 && head >= lane->first &&
                   head < __atomic_load_n(&lane->opened, __ATOMIC_RELAXED);
    if (SITU_UNLIKELY(!is_unit || !unit_is_live(unit_state_of(&heap.table[head]))))
        os_fatal("situ: free or realloc of a pointer that is not a live block\n");
    return &heap.table[head];
}

/* One word in each of a few pages, spread over the block. */
static bool looks_empty(const u8 *p, u32 n)
{
    enum { N_SAMPLES = 16 };
    size_t step = (size_t)n * UNIT_BYTES / N_SAMPLES;
    for (size_t i = 0; i < N_SAMPLES; i++) {
        u64 word;
        memcpy(&word, p + i * step + (i * 520 & 4088), sizeof word);
        if (word != 0) return false;
    }
    return true;
}

static void dense_free(mem_unit *u, u32 head, u32 n, u8 *p)
{
    if (unit_state_of(u) == UNIT_LIVE_ZEROED) {
        predict_learn_dense(n, looks_empty(p, n));
        unit_set_state(u, UNIT_LIVE); /* as it comes out of a slot */
    }
    verify_junk(p, (size_t)n * UNIT_BYTES);
    heap_thread *self = n <= UNITS_PER_HUGE * 32 ? heap_self() : NULL;
    if (self && slots_keep(self, head, n)) return;
    heap_lock();
    heap.n_live_units -= n;
    lane_put(&heap.dense, head, n, UNIT_DIRTY, n * UNIT_PAGES, retain_stamp());
    retain_keep_limits();
    heap_unlock();
}

static void sparse_put(u32 head, u32 n, u32 n_pages)
{
    lane_put(&heap.sparse, head, n, n_pages ? UNIT_DIRTY : UNIT_CLEAN, n_pages, retain_stamp());
}

void heap_free(void *p)
{
    mem_unit *u = live_entry(p);
    u32 head = heap_unit_of(p), n = u->n_units;
    if (heap_lane_of(head) == &heap.dense) {
        dense_free(u, head, n, p);
    } else {
        u32 n_pages = sparse_clean(head, n);
        heap_lock();
        heap.n_live_units -= n;
        sparse_put(head, n, n_pages);
        retain_keep_limits();
        heap_unlock();
    }
    verify_heap();
}

size_t heap_usable_bytes(const void *p) { return (size_t)live_entry(p)->n_units * UNIT_BYTES; }

/* --- reallocate ----------------------------------------------------------------------------------------- */

static void shrink(mem_lane *lane, u32 head, u32 n_old, u32 n_new)
{
    u32 cut = head + n_new, n_cut = n_old - n_new, n_pages = n_cut * UNIT_PAGES;
    if (lane->is_sparse) {
        bool is_zero;
        u64 pages;
        u8 *p = lane_addr(lane, cut);
        size_t bytes = (size_t)n_cut * UNIT_BYTES;
        if (!os_zero_resident(p, bytes, n_pages / 2, &pages, &is_zero) || !is_zero)
            os_purge(p, bytes), pages = 0;
        n_pages = (u32)pages;
    }
    heap_lock();
    lane_resize(lane, head, n_old, n_new);
    heap.n_live_units -= n_cut;
    if (lane->is_sparse)
        sparse_put(cut, n_cut, n_pages);
    else
        lane_put(lane, cut, n_cut, UNIT_DIRTY, n_pages, retain_stamp());
    retain_keep_limits();
    heap_unlock();
}

/* In place, or by moving pages; NULL: neither. */
static void *grow(mem_lane *lane, u32 head, u32 n_old, u32 n_new)
{
    void *p = NULL;
    u32 n_dirty = 0;
    heap_lock();
    if (lane_extend(lane, head, n_old, n_new, &n_dirty)) {
        u32 clean = n_new - n_old - n_dirty;
        if (!lane->is_sparse && has_material(clean)) move_donate(head + n_old + n_dirty, clean);
        p = lane_addr(lane, head);
    } else {
        p = move_grow(head, n_old, n_new);
    }
    if (p) {
        heap.n_live_units += n_new - n_old;
        if (heap.n_live_units > heap.n_live_units_max) heap.n_live_units_max = heap.n_live_units;
        heap.n_grown_bytes += (u64)n_old * UNIT_BYTES;
    }
    heap_unlock();
    return p;
}

void *heap_realloc(void *p, size_t bytes)
{
    u32 head = heap_unit_of(p), n_old = live_entry(p)->n_units;
    mem_lane *lane = heap_lane_of(head);
    if (bytes > heap.request_max_bytes || bytes > UNITS_MAX / 2 * UNIT_BYTES) return NULL;
    u32 n_new = heap_units(bytes);
    if (n_new == n_old) return p;
    void *q = p;
    if (n_new < n_old)
        shrink(lane, head, n_old, n_new);
    else
        q = grow(lane, head, n_old, n_new);
    if (!q && (q = heap_alloc(bytes, 1, false)) != NULL) {
        memcpy(q, p, (size_t)n_old * UNIT_BYTES);
        heap_free(p);
    }
    verify_heap();
    return q;
}
