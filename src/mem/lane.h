/* lane.h — private: one contiguous range of addresses, tiled by extents.
 *
 * UNITS    the range is counted in units of 64 KiB; a unit's index is global (both lanes share one
 *          table), and index 0 is no unit.
 * EXTENT   a run of units in one state.  Its first and last table entries carry state and length
 *          (boundary tags, Knuth 1 §2.5 algorithm C), entries between are meaningless: so freeing and
 *          coalescing are O(1) and blocks have no headers.
 * STATES   LIVE, SLOT, BUSY belong to somebody and are never merged; of a block only the head says LIVE, so
 *          no pointer to its inside is taken for one.  Free ones:
 *          DIRTY  has resident pages; dense: contents arbitrary, sparse: reads zero
 *          CLEAN  no resident pages, reads zero
 *          ROOM   as CLEAN, but kept for the block before it to grow into
 * TOP      [top, end) was never used; [first, opened) is readable and writable.
 * LOCKING  every function needs the heap's lock.  Only the owner of a LIVE head changes it to SLOT and back,
 *          without the lock, so `state` is always accessed atomically.
 */
#ifndef SITU_MEM_LANE_H
#define SITU_MEM_LANE_H

#include "mem/os/os.h"

#define UNIT_BYTES     ((size_t)64 << 10)
#define UNIT_PAGES     ((u32)(UNIT_BYTES / OS_PAGE_BYTES))
#define UNITS_PER_HUGE ((u32)(OS_HUGE_BYTES / UNIT_BYTES))
#define UNITS_MAX      (UINT32_C(1) << 28) /* 16 TiB */
#define STAMP_NEVER    UINT32_MAX          /* not in the age list */

typedef enum {
    UNIT_NONE,
    UNIT_LIVE,        /* a block                                       */
    UNIT_LIVE_ZEROED, /* one whose end predict.c wants to hear of      */
    UNIT_SLOT,        /* a block kept by a thread's slot               */
    UNIT_BUSY,        /* being purged or moved, outside of the lock    */
    UNIT_TAIL,        /* the last unit of a block of several           */
    UNIT_DIRTY,
    UNIT_CLEAN,
    UNIT_ROOM,
} unit_state;

typedef struct {
    u32 state; /* unit_state */
    u32 n_units;
    u32 bin_prev, bin_next; /* free: neighbours in the bin        */
    u32 age_prev, age_next; /* dirty: towards newer, older        */
    u32 stamp;              /* dirty: when freed                  */
    u32 n_pages;            /* dirty: resident pages              */
} mem_unit;

_Static_assert(sizeof(mem_unit) == 32, "eight entries per two cache lines");

enum { LANE_BINS = 16 + 8 * 24, LANE_BIN_WORDS = (LANE_BINS + 63) / 64, LANE_KINDS = 3 };

typedef struct {
    u32 heads[LANE_BINS];
    u64 filled[LANE_BIN_WORDS]; /* bit b: bin b is not empty */
} lane_bins;

typedef struct {
    SITU_ALIGNED(64) mem_unit *table; /* this cache line is read without the lock */
    u8 *base;                         /* address of unit 0                        */
    u32 first, opened, end;
    u32 open_step; /* units opened at a time        */
    bool is_sparse;
    SITU_ALIGNED(64) u32 top;
    u32 newest, oldest; /* age list of DIRTY extents     */
    u64 n_dirty_pages;  /* resident pages in them        */
    u64 n_dirty_units;
    lane_bins bins[LANE_KINDS];
} mem_lane;

/* What lane_take found: the block, and how much of its start may hold old contents; the rest reads zero. */
typedef struct {
    u32 head; /* 0: nothing */
    u32 n_dirty;
} lane_block;

SITU_INLINE u32 unit_state_of(const mem_unit *u) { return __atomic_load_n(&u->state, __ATOMIC_RELAXED); }
SITU_INLINE void unit_set_state(mem_unit *u, u32 state)
{
    __atomic_store_n(&u->state, state, __ATOMIC_RELAXED);
}
SITU_INLINE bool unit_is_live(u32 state) { return state == UNIT_LIVE || state == UNIT_LIVE_ZEROED; }
SITU_INLINE u8 *lane_addr(const mem_lane *lane, u32 unit) { return lane->base + (size_t)unit * UNIT_BYTES; }

void lane_init(mem_lane *lane, mem_unit *table, u8 *base, u32 first, u32 end, u32 open_step, bool is_sparse);

/* Best fit among DIRTY extents, most recently freed first, aligned to align_units (a power of two). */
lane_block lane_take_dirty(mem_lane *lane, u32 n, u32 align_units);

/* A DIRTY extent and the CLEAN space behind it, where the dirty part is at least a quarter. */
lane_block lane_take_mixed(mem_lane *lane, u32 n, u32 align_units);

/* CLEAN space, else the top, else ROOM. */
lane_block lane_take_clean(mem_lane *lane, u32 n, u32 align_units);

/* CLEAN space at `offset` behind a huge page's boundary, with ROOM for about `n_room` more units after it if
 * there is any. */
lane_block lane_take_roomy(mem_lane *lane, u32 n, u32 n_room, u32 offset);

/* Let the live block of n_old units grow in place to n_new.  *n_dirty: leading units of the growth that may
 * hold old contents. */
bool lane_extend(mem_lane *lane, u32 head, u32 n_old, u32 n_new, u32 *n_dirty);

/* Return units to the lane in state DIRTY (n_pages resident), CLEAN or ROOM, and coalesce. */
void lane_put(mem_lane *lane, u32 head, u32 n, unit_state state, u32 n_pages, u32 stamp);

/* Take up to n units from the oldest DIRTY extent, whole huge pages only in the dense lane; the result is
 * BUSY. False if there is nothing of that kind. */
bool lane_take_oldest(mem_lane *lane, u32 n, u32 *head, u32 *n_taken);

/* Stamp of the oldest DIRTY extent that lane_take_oldest could take; STAMP_NEVER if none. */
u32 lane_oldest_stamp(const mem_lane *lane);

/* Take up to n units, whole huge pages, from a large DIRTY extent: material for a donation.  The result is
 * BUSY. */
bool lane_take_donor(mem_lane *lane, u32 n, u32 *head, u32 *n_taken);

/* Mark n units from head as one extent of an owned state. */
void lane_mark(mem_lane *lane, u32 head, u32 n, unit_state state);

/* Let a live block have n_new units, which are the owner's already or, fewer, no longer. */
void lane_resize(mem_lane *lane, u32 head, u32 n_old, u32 n_new);

/* Call fn for each free extent that is in a bin of `kind` (UNIT_DIRTY...). */
void lane_for_each(mem_lane *lane, unit_state kind, void (*fn)(mem_lane *lane, u32 head, u32 n));

/* Does the tiling hold together?  Walks the lane. */
bool lane_is_valid(const mem_lane *lane);

#endif /* SITU_MEM_LANE_H */
