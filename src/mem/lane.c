/* lane.c — extents in segregated bins with boundary tags: see lane.h. */
#include "mem/lane.h"

#include <string.h>

/* Bin of an extent of n units: exact below 16, then eight per power of two. */
static u32 bin_of(u32 n)
{
    if (n < 16) return n;
    u32 log = u64_log2(n);
    return 16 + (log - 4) * 8 + ((n >> (log - 3)) & 7);
}

static u32 kind_of(u32 state) { return state - UNIT_DIRTY; }
static bool is_free_state(u32 state) { return state >= UNIT_DIRTY; }

void lane_init(mem_lane *lane, mem_unit *table, u8 *base, u32 first, u32 end, u32 open_step, bool is_sparse)
{
    memset(lane, 0, sizeof *lane);
    lane->table = table;
    lane->base = base;
    lane->first = lane->top = lane->opened = first;
    lane->end = end;
    lane->open_step = open_step;
    lane->is_sparse = is_sparse;
}

void lane_mark(mem_lane *lane, u32 head, u32 n, unit_state state)
{
    mem_unit *first = &lane->table[head], *last = first + (n - 1);
    first->n_units = n;
    last->n_units = n;
    unit_set_state(last, unit_is_live(state) ? UNIT_TAIL : state);
    unit_set_state(first, state);
}

void lane_resize(mem_lane *lane, u32 head, u32 n_old, u32 n_new)
{
    unit_state state = unit_state_of(&lane->table[head]);
    unit_set_state(&lane->table[head + n_old - 1], UNIT_NONE);
    lane_mark(lane, head, n_new, state);
}

/* --- bins and the age list ------------------------------------------------------------------------------ */

static void bins_insert(mem_lane *lane, u32 head)
{
    mem_unit *u = &lane->table[head];
    lane_bins *bins = &lane->bins[kind_of(u->state)];
    u32 b = bin_of(u->n_units);
    u->bin_prev = 0;
    u->bin_next = bins->heads[b];
    if (u->bin_next) lane->table[u->bin_next].bin_prev = head;
    bins->heads[b] = head;
    bins->filled[b / 64] |= UINT64_C(1) << b % 64;
}

static void bins_remove(mem_lane *lane, u32 head)
{
    mem_unit *u = &lane->table[head];
    lane_bins *bins = &lane->bins[kind_of(u->state)];
    u32 b = bin_of(u->n_units);
    if (u->bin_prev)
        lane->table[u->bin_prev].bin_next = u->bin_next;
    else
        bins->heads[b] = u->bin_next;
    if (u->bin_next) lane->table[u->bin_next].bin_prev = u->bin_prev;
    if (bins->heads[b] == 0) bins->filled[b / 64] &= ~(UINT64_C(1) << b % 64);
}

/* First filled bin >= b, LANE_BINS if none. */
static u32 bins_next(const lane_bins *bins, u32 b)
{
    for (u32 word = b / 64; word < LANE_BIN_WORDS; word++) {
        u64 bits = bins->filled[word];
        if (word == b / 64) bits &= UINT64_MAX << b % 64;
        if (bits) return word * 64 + (u32)__builtin_ctzll(bits);
    }
    return LANE_BINS;
}

/* Last filled bin <= b, LANE_BINS if none. */
static u32 bins_previous(const lane_bins *bins, u32 b)
{
    for (u32 word = b / 64 + 1; word-- > 0;) {
        u64 bits = bins->filled[word];
        if (word == b / 64) bits &= UINT64_MAX >> (63 - b % 64);
        if (bits) return word * 64 + u64_log2(bits);
    }
    return LANE_BINS;
}

/* At the newest end; but what is older than all (the rest of a split extent) at the oldest. */
static void age_insert(mem_lane *lane, u32 head)
{
    mem_unit *u = &lane->table[head];
    if (lane->oldest && u->stamp < lane->table[lane->oldest].stamp) {
        u->age_next = 0;
        u->age_prev = lane->oldest;
        lane->table[lane->oldest].age_next = head;
        lane->oldest = head;
        return;
    }
    u->age_prev = 0;
    u->age_next = lane->newest;
    if (lane->newest)
        lane->table[lane->newest].age_prev = head;
    else
        lane->oldest = head;
    lane->newest = head;
}

static void age_remove(mem_lane *lane, u32 head)
{
    mem_unit *u = &lane->table[head];
    if (u->stamp == STAMP_NEVER) return;
    if (u->age_prev)
        lane->table[u->age_prev].age_next = u->age_next;
    else
        lane->newest = u->age_next;
    if (u->age_next)
        lane->table[u->age_next].age_prev = u->age_prev;
    else
        lane->oldest = u->age_prev;
}

/* --- putting and merging -------------------------------------------------------------------------------- */

/* Unlink a free extent; its entries are meaningless afterwards, so a second free of a block inside is seen.
 */
static void extent_remove(mem_lane *lane, u32 head)
{
    mem_unit *u = &lane->table[head];
    SITU_VERIFY_THAT(is_free_state(u->state));
    bins_remove(lane, head);
    if (u->state == UNIT_DIRTY) {
        age_remove(lane, head);
        lane->n_dirty_pages -= u->n_pages;
        lane->n_dirty_units -= u->n_units;
    }
    unit_set_state(u + (u->n_units - 1), UNIT_NONE);
    unit_set_state(u, UNIT_NONE);
}

/* State of a merger of two neighbours, UNIT_NONE if they stay apart. */
static u32 merged_state(u32 a, u32 b)
{
    if (!is_free_state(a) || !is_free_state(b)) return UNIT_NONE;
    if (a == b) return a;
    return a == UNIT_DIRTY || b == UNIT_DIRTY ? UNIT_NONE : UNIT_ROOM;
}

/* A free extent on its way into the lane. */
typedef struct {
    u32 head, n;
    u32 state;
    u32 n_pages, stamp; /* of a DIRTY one */
} extent;

static void extent_insert(mem_lane *lane, extent e)
{
    mem_unit *u = &lane->table[e.head];
    lane_mark(lane, e.head, e.n, (unit_state)e.state);
    bins_insert(lane, e.head);
    if (e.state != UNIT_DIRTY) return;
    u->stamp = e.stamp;
    u->n_pages = e.n_pages;
    lane->n_dirty_pages += e.n_pages;
    lane->n_dirty_units += e.n;
    if (e.stamp != STAMP_NEVER) age_insert(lane, e.head);
}

/* Take the free neighbour at `other` into e, if the two may merge.  The whole is as old as its larger part:
 * little use at the edge of much idle memory does not keep that. */
static void extent_merge(mem_lane *lane, extent *e, u32 other)
{
    mem_unit *u = &lane->table[other];
    u32 state = merged_state(unit_state_of(u), e->state), n = u->n_units;
    if (state == UNIT_NONE) return;
    if (state == UNIT_DIRTY) {
        e->n_pages += u->n_pages;
        if (u->stamp != STAMP_NEVER && n > e->n) e->stamp = u->stamp;
    }
    extent_remove(lane, other);
    e->state = state;
    e->head = other < e->head ? other : e->head;
    e->n += n;
}

void lane_put(mem_lane *lane, u32 head, u32 n, unit_state state, u32 n_pages, u32 stamp)
{
    extent e = {head, n, state, n_pages, stamp};
    SITU_VERIFY_THAT(n > 0 && head >= lane->first && head + n <= lane->top);
    unit_set_state(&lane->table[head], UNIT_NONE);
    unit_set_state(&lane->table[head + n - 1], UNIT_NONE);

    const mem_unit *before = &lane->table[head - 1];
    if (head > lane->first && is_free_state(unit_state_of(before)))
        extent_merge(lane, &e, head - before->n_units);
    if (head + n < lane->top) extent_merge(lane, &e, head + n);
    /* Nobody grows into ROOM once CLEAN space lies before it, so that may rejoin the top; fresh ROOM stays. */
    if (e.head + e.n == lane->top && state == UNIT_CLEAN)
        lane->top = e.head;
    else
        extent_insert(lane, e);
}

/* --- taking --------------------------------------------------------------------------------------------- */

/* Cut [start, start + n) out of the free extent at head; what is left over keeps its state and its share of
 * the resident pages.  The piece is LIVE. */
static void extent_cut(mem_lane *lane, u32 head, u32 start, u32 n)
{
    mem_unit was = lane->table[head];
    u32 lead = start - head, trail = was.n_units - lead - n;
    u32 lead_pages = (u32)((u64)was.n_pages * lead / was.n_units);
    u32 trail_pages = (u32)((u64)was.n_pages * trail / was.n_units);
    SITU_VERIFY_THAT(lead + n <= was.n_units);
    extent_remove(lane, head);
    if (lead) extent_insert(lane, (extent){head, lead, was.state, lead_pages, was.stamp});
    if (trail) extent_insert(lane, (extent){start + n, trail, was.state, trail_pages, was.stamp});
    lane_mark(lane, start, n, UNIT_LIVE);
}

/* Split a DIRTY extent in two, the first of `lead` units. */
static void extent_split(mem_lane *lane, u32 head, u32 lead)
{
    mem_unit was = lane->table[head];
    u32 lead_pages = (u32)((u64)was.n_pages * lead / was.n_units);
    extent_remove(lane, head);
    extent_insert(lane, (extent){head, lead, UNIT_DIRTY, lead_pages, was.stamp});
    extent_insert(lane,
                  (extent){head + lead, was.n_units - lead, UNIT_DIRTY, was.n_pages - lead_pages, was.stamp});
}

/* First aligned position in an extent where n units fit, 0 if there is none. */
static u32 fit_in(const mem_lane *lane, u32 head, u32 n, u32 align_units)
{
    u32 start = (u32)u64_align_up(head, align_units);
    u32 lead = start - head, size = lane->table[head].n_units;
    return size >= lead && size - lead >= n ? start : 0;
}

/* Best fit in one kind: in the request's own bin the smallest of the first 32, then the first in any larger
 * bin. */
static lane_block take_fit(mem_lane *lane, unit_state kind, u32 n, u32 align_units)
{
    enum { LOOK_AT_MOST = 32 };
    const lane_bins *bins = &lane->bins[kind_of(kind)];
    for (u32 b = bins_next(bins, bin_of(n)); b < LANE_BINS; b = bins_next(bins, b + 1)) {
        u32 best = 0, best_start = 0, looked = 0;
        for (u32 at = bins->heads[b]; at && looked < LOOK_AT_MOST; at = lane->table[at].bin_next, looked++) {
            u32 start = fit_in(lane, at, n, align_units);
            if (start && (!best || lane->table[at].n_units < lane->table[best].n_units))
                best = at, best_start = start;
        }
        if (best) {
            extent_cut(lane, best, best_start, n);
            return (lane_block){best_start, kind == UNIT_DIRTY ? n : 0};
        }
    }
    return (lane_block){0, 0};
}

lane_block lane_take_dirty(mem_lane *lane, u32 n, u32 align_units)
{
    return take_fit(lane, UNIT_DIRTY, n, align_units);
}

/* Make [.., up_to) readable and writable. */
static bool lane_open(mem_lane *lane, u32 up_to)
{
    if (up_to <= lane->opened) return true;
    if (up_to > lane->end) return false;
    u32 wanted = (u32)u64_align_up(u64_max(up_to, (u64)lane->opened + lane->open_step), UNITS_PER_HUGE);
    if (wanted > lane->end) wanted = lane->end;
    size_t table_page = (size_t)(uintptr_t)&lane->table[lane->opened] & ~(OS_PAGE_BYTES - 1);
    size_t table_end = u64_align_up((u64)(uintptr_t)&lane->table[wanted], OS_PAGE_BYTES);
    size_t bytes = (size_t)(wanted - lane->opened) * UNIT_BYTES;
    if (!os_open((void *)table_page, table_end - table_page)) return false;
    if (!os_open(lane_addr(lane, lane->opened), bytes)) return false;
    os_advise_huge(lane_addr(lane, lane->opened), bytes, !lane->is_sparse);
    __atomic_store_n(&lane->opened, wanted, __ATOMIC_RELAXED); /* live_entry reads it without the lock */
    return true;
}

/* n units from the top, at `offset` modulo align_units, then n_room of ROOM. */
static lane_block take_top(mem_lane *lane, u32 n, u32 align_units, u32 offset, u32 n_room)
{
    u32 old = lane->top;
    u32 start = old + ((offset - old) & (align_units - 1));
    if (start > lane->end || n > lane->end - start) return (lane_block){0, 0};
    if (n_room > (lane->end - start - n) / 4) n_room = 0;
    if (!lane_open(lane, start + n + (n_room ? 1 : 0))) return (lane_block){0, 0};
    if (n_room && !lane_open(lane, start + n + n_room)) n_room = 0;
    lane->top = start + n + n_room;
    lane_mark(lane, start, n, UNIT_LIVE);
    if (n_room) lane_put(lane, start + n, n_room, UNIT_ROOM, 0, STAMP_NEVER);
    if (start > old) lane_put(lane, old, start - old, UNIT_CLEAN, 0, STAMP_NEVER);
    return (lane_block){start, 0};
}

lane_block lane_take_clean(mem_lane *lane, u32 n, u32 align_units)
{
    lane_block block = take_fit(lane, UNIT_CLEAN, n, align_units);
    if (!block.head) block = take_top(lane, n, align_units, 0, 0);
    if (!block.head) block = take_fit(lane, UNIT_ROOM, n, align_units);
    return block;
}

lane_block lane_take_roomy(mem_lane *lane, u32 n, u32 n_room, u32 offset)
{
    const lane_bins *bins = &lane->bins[kind_of(UNIT_ROOM)];
    u32 wanted = n + n_room / 2 + UNITS_PER_HUGE; /* half of the wish is still worth reusing */
    u32 b = bins_next(bins, bin_of(wanted) + 1);
    if (b < LANE_BINS) {
        u32 head = bins->heads[b];
        u32 start = head + ((offset - head) & (UNITS_PER_HUGE - 1));
        extent_cut(lane, head, start, n);
        return (lane_block){start, 0};
    }
    return take_top(lane, n, UNITS_PER_HUGE, offset & (UNITS_PER_HUGE - 1), n_room);
}

/* Free units that lie in a row behind `at`, up to `enough`; the top counts. */
static u32 free_run(const mem_lane *lane, u32 at, u32 enough)
{
    u32 n = 0;
    while (n < enough) {
        if (at + n >= lane->top) return lane->end - at;
        const mem_unit *u = &lane->table[at + n];
        if (!is_free_state(unit_state_of(u))) return n;
        n += u->n_units;
    }
    return n;
}

/* Take exactly n free units from `at`, known to be there.  *n_dirty: leading ones up to the last dirty unit.
 */
static bool take_run(mem_lane *lane, u32 at, u32 n, u32 *n_dirty)
{
    u32 done = 0;
    *n_dirty = 0;
    if (at + n > lane->top && !lane_open(lane, at + n)) return false;
    while (done < n) {
        if (at + done >= lane->top) {
            lane->top = at + n;
            break;
        }
        u32 size = lane->table[at + done].n_units;
        u32 piece = size < n - done ? size : n - done;
        bool is_dirty = unit_state_of(&lane->table[at + done]) == UNIT_DIRTY;
        extent_cut(lane, at + done, at + done, piece);
        unit_set_state(&lane->table[at + done + piece - 1], UNIT_NONE);
        unit_set_state(&lane->table[at + done], UNIT_NONE);
        done += piece;
        if (is_dirty) *n_dirty = done;
    }
    return true;
}

bool lane_extend(mem_lane *lane, u32 head, u32 n_old, u32 n_new, u32 *n_dirty)
{
    u32 more = n_new - n_old;
    if (free_run(lane, head + n_old, more) < more) return false;
    if (!take_run(lane, head + n_old, more, n_dirty)) return false;
    lane_resize(lane, head, n_old, n_new);
    return true;
}

/* The DIRTY extents from the largest bin down: the one after `at`, the first after 0; 0 at the end. */
static u32 next_smaller(const mem_lane *lane, u32 at)
{
    const lane_bins *bins = &lane->bins[kind_of(UNIT_DIRTY)];
    const mem_unit *u = &lane->table[at];
    if (at && u->bin_next) return u->bin_next;
    u32 b = bins_previous(bins, at ? bin_of(u->n_units) - 1 : LANE_BINS - 1);
    return b < LANE_BINS ? bins->heads[b] : 0;
}

lane_block lane_take_mixed(mem_lane *lane, u32 n, u32 align_units)
{
    enum { LOOK_AT_MOST = 16 };
    u32 n_dirty;
    for (u32 at = next_smaller(lane, 0), looked = 0; at && looked < LOOK_AT_MOST;
         at = next_smaller(lane, at), looked++) {
        u32 size = lane->table[at].n_units, start = (u32)u64_align_up(at, align_units), lead = start - at;
        if (size < n / 4) break;
        if (lead >= size || size - lead < n / 4) continue;
        if (free_run(lane, at, lead + n) < lead + n) continue;
        if (!lane_open(lane, start + n)) break;
        if (lead) extent_split(lane, at, lead);
        if (!take_run(lane, start, n, &n_dirty)) break;
        lane_mark(lane, start, n, UNIT_LIVE);
        return (lane_block){start, n_dirty};
    }
    return (lane_block){0, 0};
}

/* --- what may be given back or moved -------------------------------------------------------------------- */

/* Units of an extent that make whole huge pages (dense), or all (sparse). */
static u32 whole_units(const mem_lane *lane, u32 head, u32 *start)
{
    u32 n = lane->table[head].n_units;
    *start = head;
    if (lane->is_sparse) return n;
    *start = (u32)u64_align_up(head, UNITS_PER_HUGE);
    u32 end = (head + n) & ~(UNITS_PER_HUGE - 1);
    return end > *start ? end - *start : 0;
}

u32 lane_oldest_stamp(const mem_lane *lane)
{
    return lane->oldest ? lane->table[lane->oldest].stamp : STAMP_NEVER;
}

bool lane_take_oldest(mem_lane *lane, u32 n, u32 *head, u32 *n_taken)
{
    while (lane->oldest) {
        u32 at = lane->oldest, start, whole = whole_units(lane, at, &start);
        if (whole == 0) { /* no whole huge page in it: wait until it merges */
            age_remove(lane, at);
            lane->table[at].stamp = STAMP_NEVER;
            continue;
        }
        if (whole > n) { /* the high end, so that the rest stays where best fit takes from */
            u32 part = (u32)u64_align_up(n, UNITS_PER_HUGE);
            if (part < whole) start += whole - part, whole = part;
        }
        extent_cut(lane, at, start, whole);
        lane_mark(lane, start, whole, UNIT_BUSY);
        *head = start;
        *n_taken = whole;
        return true;
    }
    return false;
}

bool lane_take_donor(mem_lane *lane, u32 n, u32 *head, u32 *n_taken)
{
    enum { LOOK_AT_MOST = 16 };
    for (u32 at = next_smaller(lane, 0), looked = 0; at && looked < LOOK_AT_MOST;
         at = next_smaller(lane, at), looked++) {
        u32 start, whole = whole_units(lane, at, &start);
        if (whole == 0) continue;
        *head = start;
        *n_taken = whole < n ? whole : n;
        extent_cut(lane, at, start, *n_taken);
        lane_mark(lane, start, *n_taken, UNIT_BUSY);
        return true;
    }
    return false;
}

void lane_for_each(mem_lane *lane, unit_state kind, void (*fn)(mem_lane *lane, u32 head, u32 n))
{
    const lane_bins *bins = &lane->bins[kind_of(kind)];
    for (u32 b = bins_next(bins, 0); b < LANE_BINS; b = bins_next(bins, b + 1))
        for (u32 at = bins->heads[b]; at; at = lane->table[at].bin_next)
            fn(lane, at, lane->table[at].n_units);
}

/* --- validation ----------------------------------------------------------------------------------------- */

static u64 count_binned(const mem_lane *lane)
{
    u64 n = 0;
    for (u32 kind = 0; kind < LANE_KINDS; kind++) {
        for (u32 b = 0; b < LANE_BINS; b++) {
            bool is_filled = lane->bins[kind].filled[b / 64] >> b % 64 & 1;
            if (is_filled != (lane->bins[kind].heads[b] != 0)) return UINT64_MAX;
            for (u32 at = lane->bins[kind].heads[b]; at; at = lane->table[at].bin_next) {
                const mem_unit *u = &lane->table[at];
                if (u->state != UNIT_DIRTY + kind || bin_of(u->n_units) != b) return UINT64_MAX;
                n++;
            }
        }
    }
    return n;
}

bool lane_is_valid(const mem_lane *lane)
{
    u64 n_free = 0, n_dirty_units = 0, n_dirty_pages = 0;
    if (lane->top > lane->opened || lane->opened > lane->end) return false;
    for (u32 at = lane->first; at < lane->top;) {
        const mem_unit *u = &lane->table[at];
        u32 state = unit_state_of(u), n = u->n_units;
        if (state == UNIT_NONE || n == 0 || n > lane->top - at || u[n - 1].n_units != n) return false;
        if (is_free_state(state)) {
            if (unit_state_of(&u[n - 1]) != state) return false;
            n_free++;
        }
        if (state == UNIT_DIRTY) {
            n_dirty_units += n;
            n_dirty_pages += u->n_pages;
        }
        at += n;
    }
    return n_free == count_binned(lane) && n_dirty_units == lane->n_dirty_units &&
           n_dirty_pages == lane->n_dirty_pages;
}
