/* slots.c — taking from threads what they keep: see slots.h. */
#include "mem/slots.h"

u64 slots_units(const heap_thread *t)
{
    u64 n =
        __atomic_load_n(&t->n_shared, __ATOMIC_RELAXED) - __atomic_load_n(&t->n_drained, __ATOMIC_RELAXED);
    for (u32 i = 0; i < SLOT_OWN_UNITS; i++)
        if (__atomic_load_n(&t->own[i].head, __ATOMIC_RELAXED)) n += i + 1;
    return n;
}

u64 slots_hits(const heap_thread *t, u64 *n_units)
{
    u64 n = __atomic_load_n(&t->n_shared_hits, __ATOMIC_RELAXED);
    *n_units = __atomic_load_n(&t->n_shared_hit_units, __ATOMIC_RELAXED);
    for (u32 i = 0; i < SLOT_OWN_UNITS; i++) {
        u64 hits = __atomic_load_n(&t->own[i].n_hits, __ATOMIC_RELAXED);
        n += hits;
        *n_units += hits * (i + 1);
    }
    return n;
}

static void put_back(u32 head, u32 n)
{
    heap.n_live_units -= n;
    lane_put(&heap.dense, head, n, UNIT_DIRTY, n * UNIT_PAGES, retain_stamp());
}

static u64 drain_shared(heap_thread *t)
{
    u64 drained = 0;
    for (u32 i = 0; i < SLOT_SHARED; i++) {
        if (__atomic_load_n(&t->shared[i], __ATOMIC_RELAXED) == 0) continue;
        u64 seen = __atomic_exchange_n(&t->shared[i], 0, __ATOMIC_ACQUIRE);
        if (seen == 0) continue;
        put_back((u32)(seen >> 32), (u32)seen);
        drained += (u32)seen;
    }
    if (drained) __atomic_fetch_add(&t->n_drained, drained, __ATOMIC_RELAXED);
    return drained;
}

/* The thread is the caller, or has ended, or is known to be outside of closed cells. */
static u64 drain_own(heap_thread *t)
{
    u64 drained = 0;
    for (u32 i = 0; i < SLOT_OWN_UNITS; i++) {
        u32 head = __atomic_load_n(&t->own[i].head, __ATOMIC_RELAXED);
        if (head == 0) continue;
        __atomic_store_n(&t->own[i].head, 0, __ATOMIC_RELAXED);
        put_back(head, i + 1);
        drained += i + 1;
    }
    return drained;
}

u64 slots_drain(heap_thread *t) { return drain_shared(t) + drain_own(t); }

u64 slots_drain_shared(void)
{
    u64 drained = heap_self_thread ? drain_own(heap_self_thread) : 0;
    for (heap_thread *t = heap.threads; t; t = t->next) drained += drain_shared(t);
    return drained;
}

/* Other threads' own cells. */
static u64 drain_others(void)
{
    u64 drained = 0;
    u32 open = slots_open;
    __atomic_store_n(&slots_open, 0, __ATOMIC_RELAXED);
    if (os_barrier_threads())
        for (heap_thread *t = heap.threads; t; t = t->next)
            if (t != heap_self_thread && !__atomic_load_n(&t->is_busy, __ATOMIC_ACQUIRE))
                drained += drain_own(t);
    __atomic_store_n(&slots_open, open, __ATOMIC_RELEASE);
    return drained;
}

u64 slots_drain_all(void)
{
    u64 drained = slots_drain_shared(), others = 0;
    for (const heap_thread *t = heap.threads; t; t = t->next)
        others += t == heap_self_thread ? 0 : slots_units(t);
    return others ? drained + drain_others() : drained;
}
