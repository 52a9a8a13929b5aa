/* heap.h — private: the process's heap of large blocks.
 *
 * A block is at least one unit (64 KiB) long, begins at a unit, and belongs to one of two lanes:
 *   dense   huge pages; free memory keeps its contents, a zeroed request pays a memset
 *   sparse  4 KiB pages; free memory reads zero at all times, so a zeroed request pays nothing
 * Whether a zeroed request is served dense or sparse is predicted from what became of earlier ones
 * (predict.c).
 *
 * LOCKING  heap.lock guards lanes and lists.  No system call on pages is made under it: what is being purged
 *          or moved is BUSY, owned by whoever does it.  In a fork the forking thread holds the lock from the
 *          prepare to the parent/child handler and may still allocate: it passes through.
 * ERRNO    kept by everything here; a NULL means "ask the next allocator".
 */
#ifndef SITU_MEM_HEAP_H
#define SITU_MEM_HEAP_H

#include "mem/lane.h"
#include "situ/mem.h"

/* Hidden where they are declared, not only where they are defined: malloc then reaches them directly. */
#pragma GCC visibility push(hidden)

/* Requests below this belong to the next allocator. */
#define HEAP_MIN_BYTES UNIT_BYTES

/* The range begins at a multiple of this, and larger alignments are the next allocator's. */
#define HEAP_ALIGN_MAX ((size_t)1 << 30)

/* --- for the public faces (mem.c, preload) -------------------------------------------------------------- */

/* NULL: no memory, or no range: ask the next allocator.  align is a power of two. */
void *heap_alloc(size_t bytes, size_t align, bool is_zeroed);

/* p is ours. */
void heap_free(void *p);

/* Grow, shrink or move; p is ours, bytes >= HEAP_MIN_BYTES.  NULL: p is unchanged. */
void *heap_realloc(void *p, size_t bytes);

size_t heap_usable_bytes(const void *p);

/* Give cached memory back / let the kernel take it if it must.  Returns bytes. */
u64 heap_release(void);
u64 heap_soften(void);

/* The address-space limit was reached: return addresses that were reserved but never used.  True: some were.
 */
bool heap_give_back_range(void);

void heap_set_cache_bytes(u64 bytes);
void heap_read_stats(situ_mem_stats *out);

/* Print statistics to standard error, without stdio. */
void heap_print_stats(void);

/* Every structure checked; for tests and verify builds. */
bool heap_is_valid(void);

/* --- between the heap's own files ----------------------------------------------------------------------- */

enum { SLOT_OWN_UNITS = 32, SLOT_SHARED = 8 };

typedef struct {
    u32 head; /* of a block that is kept, 0 if none */
    u64 n_hits;
} heap_cell;

/* What a thread keeps for itself, without the lock: see slots.h. */
typedef struct heap_thread {
    SITU_ALIGNED(64) u64 shared[SLOT_SHARED]; /* head << 32 | n_units, 0 if empty */
    heap_cell own[SLOT_OWN_UNITS];            /* [n - 1]: of n units              */
    u32 is_busy;                              /* with its own cells               */
    u64 n_shared;  /* units put into shared cells less those taken, by this thread */
    u64 n_drained; /* units that drains took out of them */
    u64 n_shared_hits, n_shared_hit_units;
    struct heap_thread *next;
} heap_thread;

/* Threads may keep one block of each size up to this many units in own cells; 0: these are closed. */
extern u32 slots_open;

typedef struct {
    u8 *base; /* of unit 0 */
    mem_unit *table;
    mem_lane dense, sparse;
    SITU_ALIGNED(64) os_lock lock; /* not in a line that is read without it */
    os_limits limits;
    u64 cache_max_bytes;
    u64 slot_units_max; /* in shared cells, per thread */
    bool has_barrier;
    u64 decay_ms;
    u64 request_max_bytes; /* what the kernel's overcommit heuristic would refuse */
    heap_thread *threads, *spare_threads;
    u32 n_threads;
    u64 n_moves;     /* mappings made by moving pages, about    */
    u64 fresh_units; /* since the last look at memory pressure  */
    u64 slots_drained_ms;
    /* statistics, under the lock */
    u64 n_hits, n_misses, n_live_units, n_live_units_max, n_reused_pages, n_purged_bytes, n_donated_bytes,
        n_grown_bytes;
} heap_state;

extern heap_state heap;

/* The range by itself, read by every free: one subtraction and comparison; a second one, for addresses
 * inside, because heap_give_back_range may have cut a hole into it. */
extern u8 *heap_range_base;
extern size_t heap_range_bytes, heap_hole_start, heap_hole_bytes;

SITU_INLINE bool heap_may_own(const void *p)
{
    size_t at = (size_t)p - (size_t)__atomic_load_n(&heap_range_base, __ATOMIC_RELAXED);
    return SITU_UNLIKELY(at < __atomic_load_n(&heap_range_bytes, __ATOMIC_RELAXED));
}

SITU_INLINE bool heap_owns(const void *p)
{
    size_t at = (size_t)p - (size_t)__atomic_load_n(&heap_range_base, __ATOMIC_RELAXED);
    return heap_may_own(p) && at - __atomic_load_n(&heap_hole_start, __ATOMIC_RELAXED) >=
                                  __atomic_load_n(&heap_hole_bytes, __ATOMIC_RELAXED);
}

SITU_INLINE u32 heap_unit_of(const void *p)
{
    return (u32)((size_t)((const u8 *)p - heap.base) / UNIT_BYTES);
}
SITU_INLINE u32 heap_units(size_t bytes) { return (u32)((bytes + UNIT_BYTES - 1) / UNIT_BYTES); }
SITU_INLINE mem_lane *heap_lane_of(u32 unit) { return unit < heap.sparse.first ? &heap.dense : &heap.sparse; }

/* False: this process has no range. */
enum { HEAP_UNREADY, HEAP_READY, HEAP_PLAIN };
extern u32 heap_phase;
bool heap_begin(void);

SITU_INLINE bool heap_ready(void)
{
    return SITU_LIKELY(__atomic_load_n(&heap_phase, __ATOMIC_ACQUIRE) == HEAP_READY) || heap_begin();
}

void heap_lock(void);
void heap_unlock(void);

/* This thread's slots, NULL if it can have none (off, or the thread is ending). */
extern __thread heap_thread *heap_self_thread __attribute__((tls_model("initial-exec")));
heap_thread *heap_thread_begin(void);

SITU_INLINE heap_thread *heap_self(void)
{
    heap_thread *t = heap_self_thread;
    return SITU_LIKELY(t != NULL) ? t : heap_thread_begin();
}

/* predict.c */
bool predict_is_dense(u32 n);
void predict_learn_sparse(u32 n, u64 n_pages);     /* a sparse block ended with n_pages resident      */
void predict_learn_dense(u32 n, bool looks_empty); /* a dense zeroed one ended; samples were all zero */

/* move.c (lock held on entry and exit, released in between) */
bool move_is_worth(u32 n);
/* Resident pages into [start, start + n) of the dense lane; returns leading units filled. */
u32 move_donate(u32 start, u32 n);
void *move_grow(u32 head, u32 n_old, u32 n_new);

/* retain.c (lock held on entry and exit, released in between) */
u32 retain_stamp(void);
void retain_keep_limits(void);
void retain_check_pressure(u32 n_fresh);
u64 retain_purge_all(void);

#pragma GCC visibility pop

#endif /* SITU_MEM_HEAP_H */
