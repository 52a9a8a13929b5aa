/* slots.c — taking from threads what they keep: see slots.h. */
#include "mem/slots.h"

u64 slots_drain(heap_thread *t)
{
    u64 drained = 0;
    for (u32 i = 0; i < SLOT_CELLS; i++) {
        if (__atomic_load_n(&t->cells[i], __ATOMIC_RELAXED) == 0) continue;
        u64 seen = __atomic_exchange_n(&t->cells[i], 0, __ATOMIC_ACQUIRE);
        u32 head = (u32)(seen >> 32), n = (u32)seen;
        if (n == 0) continue;
        __atomic_fetch_add(&t->n_drained, n, __ATOMIC_RELAXED);
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
