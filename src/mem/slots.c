/* slots.c — blocks that a thread keeps for its next request of the same size.
 *
 * The owner fills an empty cell with a release store and anybody empties one with an exchange: the winner of
 * the exchange owns the block.  Sizes up to 2 MiB have cells of their own, larger ones share a few.
 */
#include "mem/heap.h"

static u32 cells_of(u32 n, u32 *n_cells)
{
    bool is_small = n <= SLOT_SMALL_UNITS;
    *n_cells = is_small ? SLOT_SMALL_DEPTH : SLOT_LARGE;
    return is_small ? (n - 1) * SLOT_SMALL_DEPTH : SLOT_SMALL_UNITS * SLOT_SMALL_DEPTH;
}

/* Only the owner adds, others subtract what they took: relaxed, and only a budget. */
static void count_units(heap_thread *t, u64 n) { __atomic_fetch_add(&t->n_units, n, __ATOMIC_RELAXED); }

u32 slots_take(heap_thread *self, u32 n)
{
    u32 n_cells, first = cells_of(n, &n_cells);
    for (u32 i = n_cells; i-- > 0;) { /* filled upwards: the last is the most recent */
        u64 *cell = &self->cells[first + i];
        u64 seen = __atomic_load_n(cell, __ATOMIC_RELAXED);
        if ((u32)seen != n) continue;
        if (!__atomic_compare_exchange_n(cell, &seen, 0, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) continue;
        u32 head = (u32)(seen >> 32);
        count_units(self, (u64)0 - n);
        unit_set_state(&heap.table[head], UNIT_LIVE);
        __atomic_store_n(&self->n_hits, self->n_hits + 1, __ATOMIC_RELAXED);
        __atomic_store_n(&self->n_hit_units, self->n_hit_units + n, __ATOMIC_RELAXED);
        return head;
    }
    return 0;
}

bool slots_keep(heap_thread *self, u32 head, u32 n)
{
    u32 n_cells, first = cells_of(n, &n_cells);
    if (__atomic_load_n(&self->n_units, __ATOMIC_RELAXED) + n >
        __atomic_load_n(&heap.slot_units_max, __ATOMIC_RELAXED))
        return false;
    for (u32 i = 0; i < n_cells; i++) {
        u64 *cell = &self->cells[first + i];
        if (__atomic_load_n(cell, __ATOMIC_RELAXED) != 0) continue;
        unit_set_state(&heap.table[head], UNIT_SLOT);
        count_units(self, n);
        __atomic_store_n(cell, (u64)head << 32 | n, __ATOMIC_RELEASE);
        return true;
    }
    return false;
}

u64 slots_drain(heap_thread *t)
{
    u64 drained = 0;
    for (u32 i = 0; i < SLOT_CELLS; i++) {
        if (__atomic_load_n(&t->cells[i], __ATOMIC_RELAXED) == 0) continue;
        u64 seen = __atomic_exchange_n(&t->cells[i], 0, __ATOMIC_ACQUIRE);
        u32 head = (u32)(seen >> 32), n = (u32)seen;
        if (n == 0) continue;
        count_units(t, (u64)0 - n);
        heap.n_live_units -= n;
        lane_put(&heap.dense, head, n, UNIT_DIRTY, n * UNIT_PAGES, retain_stamp());
        drained += n;
    }
    return drained;
}

u64 slots_drain_all(void)
{
    u64 drained = 0;
    for (heap_thread *t = heap.threads; t; t = t->next) drained += slots_drain(t);
    return drained;
}
