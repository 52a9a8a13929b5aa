/* slots.h — private: blocks that a thread keeps for its next request of the same size.
 *
 * The owner fills an empty cell with a release store and anybody empties one with a compare-and-swap: the
 * winner owns the block.  Sizes up to 2 MiB have cells of their own, larger ones share a few.
 */
#ifndef SITU_MEM_SLOTS_H
#define SITU_MEM_SLOTS_H

#include "mem/heap.h"

SITU_INLINE u32 slots_cells(u32 n, u32 *n_cells)
{
    bool is_small = n <= SLOT_SMALL_UNITS;
    *n_cells = is_small ? SLOT_SMALL_DEPTH : SLOT_LARGE;
    return is_small ? (n - 1) * SLOT_SMALL_DEPTH : SLOT_SMALL_UNITS * SLOT_SMALL_DEPTH;
}

/* A field that only the owner writes. */
SITU_INLINE void slots_add(u64 *field, u64 n)
{
    __atomic_store_n(field, __atomic_load_n(field, __ATOMIC_RELAXED) + n, __ATOMIC_RELAXED);
}

/* A kept block of exactly n units, 0 if there is none. */
SITU_INLINE u32 slots_take(heap_thread *self, u32 n)
{
    u32 n_cells, first = slots_cells(n, &n_cells);
    for (u32 i = n_cells; i-- > 0;) { /* filled upwards: the last is the most recent */
        u64 *cell = &self->cells[first + i];
        u64 seen = __atomic_load_n(cell, __ATOMIC_RELAXED);
        if ((u32)seen != n) continue;
        if (!__atomic_compare_exchange_n(cell, &seen, 0, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) continue;
        u32 head = (u32)(seen >> 32);
        unit_set_state(&heap.table[head], UNIT_LIVE);
        slots_add(&self->n_kept, (u64)0 - n);
        slots_add(&self->n_hits, 1);
        slots_add(&self->n_hit_units, n);
        return head;
    }
    return 0;
}

/* Keep a block; false if there is no place for it. */
SITU_INLINE bool slots_keep(heap_thread *self, u32 head, u32 n)
{
    u32 n_cells, first = slots_cells(n, &n_cells);
    if (slots_units(self) + n > __atomic_load_n(&heap.slot_units_max, __ATOMIC_RELAXED)) return false;
    for (u32 i = 0; i < n_cells; i++) {
        u64 *cell = &self->cells[first + i];
        if (__atomic_load_n(cell, __ATOMIC_RELAXED) != 0) continue;
        unit_set_state(&heap.table[head], UNIT_SLOT);
        slots_add(&self->n_kept, n);
        __atomic_store_n(cell, (u64)head << 32 | n, __ATOMIC_RELEASE);
        return true;
    }
    return false;
}

#endif /* SITU_MEM_SLOTS_H */
