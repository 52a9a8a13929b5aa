/* retain.c — how much free memory stays resident, and for how long. */
#include "mem/slots.h"

enum { TICK_LOG2_MS = 6 }; /* stamps count 64 ms: they wrap after eight years */

u32 retain_stamp(void) { return (u32)(os_coarse_ms() >> TICK_LOG2_MS) & (STAMP_NEVER >> 1); }

static u64 cached_bytes(void)
{
    return (heap.dense.n_dirty_pages + heap.sparse.n_dirty_pages) * OS_PAGE_BYTES;
}

/* Purge up to n units of the lane's oldest memory.  Returns units. */
static u32 purge_oldest(mem_lane *lane, u32 n)
{
    u32 head, taken;
    if (!lane_take_oldest(lane, n, &head, &taken)) return 0;
    size_t bytes = (size_t)taken * UNIT_BYTES;
    heap_unlock();
    os_purge(lane_addr(lane, head), bytes);
    heap_lock();
    heap.n_purged_bytes += bytes;
    lane_put(lane, head, taken, UNIT_CLEAN, 0, STAMP_NEVER);
    return taken;
}

static mem_lane *lane_with_oldest(void)
{
    return lane_oldest_stamp(&heap.dense) <= lane_oldest_stamp(&heap.sparse) ? &heap.dense : &heap.sparse;
}

/* Slots count as used, so they are emptied once per half decay time: what nobody asked for then grows old. */
static void drain_old_slots(void)
{
    u64 now = os_coarse_ms();
    if (now - heap.slots_drained_ms < heap.decay_ms / 2) return;
    heap.slots_drained_ms = now;
    slots_drain_all();
}

void retain_keep_limits(void)
{
    enum { STEPS_MAX = 64 }; /* bounds the time of one call; the next goes on */
    u32 now = retain_stamp(), decay = (u32)u64_min(heap.decay_ms >> TICK_LOG2_MS, STAMP_NEVER >> 2);
    drain_old_slots();
    for (u32 step = 0; step < STEPS_MAX; step++) {
        mem_lane *lane = lane_with_oldest();
        u32 oldest = lane_oldest_stamp(lane);
        u64 cached = cached_bytes();
        if (oldest == STAMP_NEVER) return;
        if (cached > heap.cache_max_bytes) {
            u64 excess = (cached - heap.cache_max_bytes + UNIT_BYTES - 1) / UNIT_BYTES;
            purge_oldest(lane, (u32)u64_min(excess, UNITS_MAX));
        } else if (oldest < now && now - oldest > decay) {
            purge_oldest(lane, UNITS_MAX);
        } else {
            return;
        }
    }
}

u64 retain_purge_all(void)
{
    u64 before = heap.n_purged_bytes;
    slots_drain_all();
    while (purge_oldest(&heap.dense, UNITS_MAX)) {}
    while (purge_oldest(&heap.sparse, UNITS_MAX)) {}
    return heap.n_purged_bytes - before;
}

/* Before memory is faulted anew: if what is anonymous comes near the limit, cached memory is the first to go.
 * Page cache does not count: the kernel takes it back by itself. */
void retain_check_pressure(u32 n_fresh)
{
    enum { LOOK_EVERY_UNITS = 1024 }; /* 64 MiB: their faults cost a hundred times as much as the look */
    heap.fresh_units += n_fresh;
    if (heap.fresh_units < LOOK_EVERY_UNITS || cached_bytes() == 0) return;
    heap.fresh_units = 0;
    heap_unlock();
    u64 anonymous = os_anonymous_bytes();
    heap_lock();
    u64 limit = heap.limits.memory_bytes, need = (u64)n_fresh * UNIT_BYTES;
    if (anonymous > limit - limit / 8 || limit - limit / 8 - anonymous < need) retain_purge_all();
}

u64 heap_release(void)
{
    if (!heap_ready()) return 0;
    heap_lock();
    u64 bytes = retain_purge_all();
    heap_unlock();
    return bytes;
}

static u64 n_softened; /* under the lock */

static void soften_extent(mem_lane *lane, u32 head, u32 n)
{
    u32 start = (u32)u64_align_up(head, UNITS_PER_HUGE), end = (head + n) & ~(UNITS_PER_HUGE - 1);
    if (end <= start) return;
    os_soften(lane_addr(lane, start), (size_t)(end - start) * UNIT_BYTES);
    n_softened += (u64)(end - start) * UNIT_BYTES;
}

u64 heap_soften(void)
{
    if (!heap_ready()) return 0;
    heap_lock();
    n_softened = 0;
    slots_drain_all();
    lane_for_each(&heap.dense, UNIT_DIRTY, soften_extent);
    lane_for_each(&heap.sparse, UNIT_DIRTY, soften_extent);
    u64 bytes = n_softened;
    heap_unlock();
    return bytes;
}
