/* move.c — resident memory changes its place without being copied: mremap of whole huge pages.
 *
 * Moving 128 MiB takes 36 us, faulting it in takes 11 ms.  Every piece moved leaves mappings that do not
 * merge with their neighbours, so pieces are counted; when too many have gathered, free memory is mapped
 * afresh.
 */
#include "mem/heap.h"

#include <string.h>

enum { PIECES_MAX = 64 }; /* of one donation */

static u64 moves_max(void) { return heap.limits.mappings_max / 4; }

static void reset_extent(mem_lane *lane, u32 head, u32 n)
{
    if (os_reset(lane_addr(lane, head), (size_t)n * UNIT_BYTES))
        os_advise_huge(lane_addr(lane, head), (size_t)n * UNIT_BYTES, !lane->is_sparse);
}

/* Purge, map all free memory afresh, and count what is left. */
static void rejoin_mappings(void)
{
    retain_purge_all();
    lane_for_each(&heap.dense, UNIT_CLEAN, reset_extent);
    lane_for_each(&heap.dense, UNIT_ROOM, reset_extent);
    lane_for_each(&heap.sparse, UNIT_CLEAN, reset_extent);
    lane_for_each(&heap.sparse, UNIT_ROOM, reset_extent);
    u64 n = os_count_mappings(heap.base, heap_range_bytes);
    heap.n_moves = n ? n : heap.n_moves / 2;
}

bool move_is_worth(u32 n)
{
    if (n < UNITS_PER_HUGE || !os_can_move()) return false;
    if (heap.n_moves >= moves_max()) rejoin_mappings();
    return heap.n_moves < moves_max();
}

/* Move whole huge pages; a source of several mappings is moved in halves.  Returns units moved, a prefix. */
static u32 move_units(u8 *to, u8 *from, u32 n, u32 *n_moves)
{
    if (os_move(to, from, (size_t)n * UNIT_BYTES)) {
        ++*n_moves;
        return n;
    }
    if (n <= UNITS_PER_HUGE) return 0;
    u32 half = (u32)u64_align_up(n / 2, UNITS_PER_HUGE);
    u32 first = move_units(to, from, half, n_moves);
    if (first < half) return first;
    size_t done = (size_t)half * UNIT_BYTES;
    return half + move_units(to + done, from + done, n - half, n_moves);
}

u32 move_donate(u32 start, u32 n)
{
    mem_lane *lane = &heap.dense;
    u32 at = (u32)u64_align_up(start, UNITS_PER_HUGE), end = (start + n) & ~(UNITS_PER_HUGE - 1);
    /* Dirty memory must be a prefix: below a huge page's boundary the caller's units would be clean ones
     * between. */
    u32 filled = 0, head, taken, n_moves = 0;
    for (u32 piece = 0; piece < PIECES_MAX && at < end; piece++) {
        if (!lane_take_donor(lane, end - at, &head, &taken)) break;
        heap_unlock();
        u32 moved = move_units(lane_addr(lane, at), lane_addr(lane, head), taken, &n_moves);
        heap_lock();
        if (moved) lane_put(lane, head, moved, UNIT_CLEAN, 0, STAMP_NEVER);
        if (moved < taken)
            lane_put(lane, head + moved, taken - moved, UNIT_DIRTY, (taken - moved) * UNIT_PAGES,
                     retain_stamp());
        at += moved;
        filled = at - start;
        if (moved < taken) break;
    }
    heap.n_moves += 2 * n_moves;
    if (filled > 0) heap.n_donated_bytes += (u64)filled * UNIT_BYTES;
    return filled;
}

/* The old place after its pages moved away: [head, mid) and [mid + n_mid, end) were copied, the middle is
 * empty. */
static void put_old_place(mem_lane *lane, u32 head, u32 n, u32 mid, u32 n_mid)
{
    u32 tail = mid + n_mid, n_tail = head + n - tail;
    unit_state edge = lane->is_sparse ? UNIT_CLEAN : UNIT_DIRTY;
    unit_set_state(&lane->table[head + n - 1], UNIT_NONE);
    unit_set_state(&lane->table[head], UNIT_NONE);
    if (mid > head) lane_mark(lane, head, mid - head, UNIT_BUSY);
    if (n_tail) lane_mark(lane, tail, n_tail, UNIT_BUSY);
    lane_mark(lane, mid, n_mid, UNIT_BUSY);
    if (mid > head) lane_put(lane, head, mid - head, edge, (mid - head) * UNIT_PAGES, retain_stamp());
    if (n_tail) lane_put(lane, tail, n_tail, edge, n_tail * UNIT_PAGES, retain_stamp());
    lane_put(lane, mid, n_mid, UNIT_CLEAN, 0, STAMP_NEVER);
}

void *move_grow(u32 head, u32 n_old, u32 n_new)
{
    mem_lane *lane = heap_lane_of(head);
    u32 mid = (u32)u64_align_up(head, UNITS_PER_HUGE), end = (head + n_old) & ~(UNITS_PER_HUGE - 1);
    if (end <= mid || !move_is_worth(end - mid)) return NULL;
    /* Next time it grows in place: room for four times as much. */
    u32 room = (u32)u64_min((u64)n_new * 4, (lane->end - lane->first) / 8);
    lane_block block = lane_take_roomy(lane, n_new, room, head & (UNITS_PER_HUGE - 1));
    if (!block.head) return NULL;

    u32 lead = mid - head, n_mid = end - mid, n_tail = head + n_old - end, n_moves = 0;
    u8 *to = lane_addr(lane, block.head), *from = lane_addr(lane, head);
    size_t mid_at = (size_t)lead * UNIT_BYTES, tail_at = (size_t)(lead + n_mid) * UNIT_BYTES;
    heap_unlock();
    u32 moved = move_units(to + mid_at, from + mid_at, n_mid, &n_moves);
    size_t rest_at = mid_at + (size_t)moved * UNIT_BYTES;
    if (moved < n_mid)
        memcpy(to + rest_at, from + rest_at, tail_at - rest_at); /* of many mappings: the rest is copied */
    memcpy(to, from, mid_at);
    memcpy(to + tail_at, from + tail_at, (size_t)n_tail * UNIT_BYTES);
    if (lane->is_sparse && lead) os_purge(from, mid_at);
    if (lane->is_sparse && n_tail) os_purge(from + tail_at, (size_t)n_tail * UNIT_BYTES);
    if (moved < n_mid) os_purge(from + rest_at, tail_at - rest_at);
    heap_lock();

    heap.n_moves += 2 * n_moves;
    unit_set_state(&lane->table[block.head], unit_state_of(&lane->table[head]));
    put_old_place(lane, head, n_old, mid, n_mid);
    if (!lane->is_sparse && heap.dense.n_dirty_units >= UNITS_PER_HUGE && n_new - n_old >= 2 * UNITS_PER_HUGE)
        move_donate(block.head + n_old, n_new - n_old);
    return to;
}
