/* slots.h — private: blocks that a thread keeps for its next request of the same size, without the lock.
 *
 * OWN     A cell for each size up to 2 MiB, filled and emptied by its thread with plain loads and stores: a
 *         malloc and free of the same size execute no atomic instruction.  What makes that safe is an
 *         asymmetric Dekker protocol.  The thread sets `is_busy`, then reads slots_open; who wants the cells
 *         clears slots_open, has the kernel run a barrier on every core (membarrier), then reads `is_busy`.
 *         So either the thread sees that the cells are closed, or the other sees that it is inside and leaves
 *         that thread's cells alone: nobody ever waits.  The price is the barrier's, so own cells are emptied
 *         only where memory is given back; how much they may hold is bounded.
 * SHARED  A few cells for larger blocks, and for those whose own cell is full.  The thread fills an empty one
 *         with a release store and anybody empties one with a compare-and-swap, before fresh memory is taken.
 */
#ifndef SITU_MEM_SLOTS_H
#define SITU_MEM_SLOTS_H

#include "mem/heap.h"

/* A field that only its thread writes. */
SITU_INLINE void slots_add(u64 *field, u64 n)
{
    __atomic_store_n(field, __atomic_load_n(field, __ATOMIC_RELAXED) + n, __ATOMIC_RELAXED);
}

/* --- own cells ------------------------------------------------------------------------------------------ */

/* Sizes in units, from 1, of which a thread may keep one block; 0: closed. */
SITU_INLINE u32 slots_enter(heap_thread *self)
{
    __atomic_store_n(&self->is_busy, 1, __ATOMIC_RELAXED);
    __atomic_signal_fence(__ATOMIC_SEQ_CST); /* the processor's own fence is the other side's to order */
    return __atomic_load_n(&slots_open, __ATOMIC_ACQUIRE);
}

SITU_INLINE void slots_leave(heap_thread *self) { __atomic_store_n(&self->is_busy, 0, __ATOMIC_RELEASE); }

/* The block of n units, 1..SLOT_OWN_UNITS, that this thread freed last; 0 if there is none. */
SITU_INLINE u32 slots_take_own(heap_thread *self, u32 n)
{
    heap_cell *cell = &self->own[n - 1];
    u32 head = 0;
    if (SITU_LIKELY(slots_enter(self) != 0)) {
        head = __atomic_load_n(&cell->head, __ATOMIC_RELAXED);
        __atomic_store_n(&cell->head, 0, __ATOMIC_RELAXED);
    }
    slots_leave(self);
    if (SITU_UNLIKELY(head == 0)) return 0;
    unit_set_state(&heap.dense.table[head], UNIT_LIVE);
    slots_add(&cell->n_hits, 1);
    return head;
}

/* Keep a live block of n units; false if its cell is full or closed. */
SITU_INLINE bool slots_keep_own(heap_thread *self, u32 head, u32 n)
{
    heap_cell *cell = &self->own[n - 1];
    bool is_kept = n <= slots_enter(self) && __atomic_load_n(&cell->head, __ATOMIC_RELAXED) == 0;
    if (SITU_LIKELY(is_kept)) {
        unit_set_state(&heap.dense.table[head], UNIT_SLOT);
        __atomic_store_n(&cell->head, head, __ATOMIC_RELAXED);
    }
    slots_leave(self);
    return is_kept;
}

/* malloc's and free's shortest way, for blocks that nothing is to be learnt from; the long way begins with
 * the same cells.  NULL and false: take that. */
SITU_INLINE void *slots_alloc_quick(size_t n_bytes)
{
    heap_thread *self = heap_self_thread;
    size_t n = (n_bytes - 1) / UNIT_BYTES + 1;
    if (SITU_UNLIKELY(!self || n > SLOT_OWN_UNITS)) return NULL;
    u32 head = slots_take_own(self, (u32)n);
    return SITU_LIKELY(head != 0) ? lane_addr(&heap.dense, head) : NULL;
}

SITU_INLINE bool slots_free_quick(void *p)
{
    heap_thread *self = heap_self_thread;
    size_t at = (size_t)p - (size_t)heap.dense.base, head = at / UNIT_BYTES;
    if (at % UNIT_BYTES != 0 || head >= __atomic_load_n(&heap.dense.opened, __ATOMIC_RELAXED)) return false;
    const mem_unit *u = &heap.dense.table[head];
    if (SITU_UNLIKELY(unit_state_of(u) != UNIT_LIVE || !self || u->n_units > SLOT_OWN_UNITS)) return false;
    return slots_keep_own(self, (u32)head, u->n_units);
}

/* --- shared cells --------------------------------------------------------------------------------------- */

SITU_INLINE u32 slots_take_shared(heap_thread *self, u32 n)
{
    for (u32 i = SLOT_SHARED; i-- > 0;) { /* filled upwards: the last is the most recent */
        u64 *cell = &self->shared[i];
        u64 seen = __atomic_load_n(cell, __ATOMIC_RELAXED);
        if ((u32)seen != n) continue;
        if (!__atomic_compare_exchange_n(cell, &seen, 0, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) continue;
        u32 head = (u32)(seen >> 32);
        unit_set_state(&heap.dense.table[head], UNIT_LIVE);
        slots_add(&self->n_shared, (u64)0 - n);
        slots_add(&self->n_shared_hits, 1);
        slots_add(&self->n_shared_hit_units, n);
        return head;
    }
    return 0;
}

SITU_INLINE bool slots_keep_shared(heap_thread *self, u32 head, u32 n)
{
    u64 units = __atomic_load_n(&self->n_shared, __ATOMIC_RELAXED) -
                __atomic_load_n(&self->n_drained, __ATOMIC_RELAXED);
    if (units + n > __atomic_load_n(&heap.slot_units_max, __ATOMIC_RELAXED)) return false;
    for (u32 i = 0; i < SLOT_SHARED; i++) {
        u64 *cell = &self->shared[i];
        if (__atomic_load_n(cell, __ATOMIC_RELAXED) != 0) continue;
        unit_set_state(&heap.dense.table[head], UNIT_SLOT);
        slots_add(&self->n_shared, n);
        __atomic_store_n(cell, (u64)head << 32 | n, __ATOMIC_RELEASE);
        return true;
    }
    return false;
}

/* --- both ----------------------------------------------------------------------------------------------- */

/* A kept block of exactly n units, 0 if there is none. */
SITU_INLINE u32 slots_take(heap_thread *self, u32 n)
{
    u32 head = n <= SLOT_OWN_UNITS ? slots_take_own(self, n) : 0;
    return head ? head : slots_take_shared(self, n);
}

/* Keep a live block; false if there is no place for it. */
SITU_INLINE bool slots_keep(heap_thread *self, u32 head, u32 n)
{
    return (n <= SLOT_OWN_UNITS && slots_keep_own(self, head, n)) || slots_keep_shared(self, head, n);
}

/* What a thread keeps and what it took from it, as seen by others: approximate while it runs. */
u64 slots_units(const heap_thread *t);
u64 slots_hits(const heap_thread *t, u64 *n_units);

/* With the lock: empty cells into the dense lane; each returns units.
 * slots_drain      all cells of a thread that is the caller's, or has ended
 * slots_drain_shared   the shared cells of all threads, and the caller's own
 * slots_drain_all  everything within reach */
u64 slots_drain(heap_thread *thread);
u64 slots_drain_shared(void);
u64 slots_drain_all(void);

#endif /* SITU_MEM_SLOTS_H */
