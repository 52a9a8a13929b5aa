/* situ/mem.h — memory for provers: large blocks that stay resident, arenas, secrets.
 *
 * A prover uses the same gigabytes round after round.  Blocks from 64 KiB up come from one reserved range of
 * addresses; freed ones stay resident (up to a cap, for a time) and serve the next request of any thread
 * without a system call or a page fault.
 *
 * UNITS     n_bytes counts bytes.  Blocks of 64 KiB and more occupy multiples of 64 KiB.
 * ALIGN     0 or a power of two; 0 means 16.  Blocks of 64 KiB and more are always aligned to 64 KiB.
 * SMALL     requests below 64 KiB, and all where no range could be reserved, go to malloc of the C library.
 * CONTENTS  undefined, unless a function says zeroed.
 * ERRORS    a NULL means no memory, errno ENOMEM, or EINVAL for a bad alignment.
 * THREADS   every function may be called by any thread at any time; an arena or a secret buffer belongs to
 *           one thread at a time.  A forked child may go on at once.
 * LIMITS    environment: SITU_CACHE_BYTES (cap of what is kept; default: an eighth of the memory, at most
 *           1 GiB), SITU_DECAY_MS (how long unused memory is kept; 30000), SITU_OFF (docs/allocator.md).
 */
#ifndef SITU_MEM_H
#define SITU_MEM_H

#include <stddef.h>
#include <stdint.h>

#include "situ/err.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- blocks --------------------------------------------------------------------------------------------- */

/** A block of n_bytes (0 is allowed); NULL as above. */
SITU_API void *situ_mem_alloc(size_t n_bytes, size_t align) SITU_MUST_USE;

/** The same, reading zero.  Costs nothing where the pages are fresh or known to be zero. */
SITU_API void *situ_mem_alloc_zeroed(size_t n_bytes, size_t align) SITU_MUST_USE;

/** Make the block at p (NULL: none) of old_bytes a block of new_bytes, keeping the lesser of both in
 * contents: in place, or by moving pages, or by copying.  NULL: p is unchanged.  align as it was given for p.
 */
SITU_API void *situ_mem_realloc(void *p, size_t old_bytes, size_t new_bytes, size_t align) SITU_MUST_USE;

/** Free a block of n_bytes; NULL is allowed.  A wrong size or pointer of a large block ends the program. */
SITU_API void situ_mem_free(void *p, size_t n_bytes);

/** Give all cached memory back to the system.  Returns bytes. */
SITU_API uint64_t situ_mem_release(void);

/** Let the system take cached memory when it is short (MADV_FREE); until then it stays.  Returns bytes. */
SITU_API uint64_t situ_mem_soften(void);

/** Change the cap of cached memory.  A prover that owns the machine wants its whole working set. */
SITU_API void situ_mem_set_cache(uint64_t n_bytes);

/** Numbers since the start of the process; blocks of 64 KiB and more only. */
typedef struct {
    uint64_t n_hits;          /* requests served by resident memory                         */
    uint64_t n_misses;        /* requests that needed fresh pages                           */
    uint64_t live_bytes;      /* in blocks in use, whole units                              */
    uint64_t live_bytes_max;  /* most of it at once                                         */
    uint64_t cached_bytes;    /* free and resident                                          */
    uint64_t cache_bytes_max; /* the cap                                                    */
    uint64_t faults_avoided;  /* pages of 4 KiB that were handed out resident               */
    uint64_t purged_bytes;    /* given back to the system                                   */
    uint64_t donated_bytes;   /* moved from free blocks into new ones                       */
    uint64_t grown_bytes;     /* kept in place or moved, instead of copied, as blocks grew  */
    uint64_t range_bytes;     /* the reserved range; 0: there is none                       */
} situ_mem_stats;

SITU_API void situ_mem_read_stats(situ_mem_stats *stats);

/** Check every structure of the heap; for tests. */
SITU_API int situ_mem_is_valid(void);

/* --- arenas --------------------------------------------------------------------------------------------- */

/** Memory that is handed out upwards and taken back all at once. */
typedef struct situ_arena situ_arena;

#define SITU_ARENA_FIXED 0u /* exhaustion is a NULL          */
#define SITU_ARENA_GROWS 1u /* more blocks are added instead */

/** n_bytes: 1..2^46.  SITU_ERR_ARG (size or flags), SITU_ERR_MEMORY; *arena is then NULL. */
SITU_API situ_err situ_arena_create(situ_arena **arena, size_t n_bytes, uint32_t flags) SITU_MUST_USE;

/** NULL is allowed. */
SITU_API void situ_arena_destroy(situ_arena *arena);

/** n_bytes aligned to `align` (0 or a power of two up to 2 MiB; 0 means 16); NULL if they do not fit, with
 * ENOMEM, or EINVAL. */
SITU_API void *situ_arena_alloc(situ_arena *arena, size_t n_bytes, size_t align) SITU_MUST_USE;

/** n elements; NULL also where n * element_bytes overflows. */
SITU_API void *situ_arena_alloc_array(situ_arena *arena, size_t n, size_t element_bytes,
                                      size_t align) SITU_MUST_USE;

/** An array of n elements of a type. */
#define SITU_ARENA_ARRAY(arena, type, n) \
    ((type *)situ_arena_alloc_array((arena), (n), sizeof(type), __alignof__(type)))

/** Take everything back, in O(1).  In a verify build, use of what was handed out before is caught. */
SITU_API void situ_arena_reset(situ_arena *arena);

/** Bytes handed out now (with padding), most of it ever, and what all blocks hold. */
SITU_API size_t situ_arena_used(const situ_arena *arena);
SITU_API size_t situ_arena_high_water(const situ_arena *arena);
SITU_API size_t situ_arena_capacity(const situ_arena *arena);

/** How many times the arena was reset. */
SITU_API uint64_t situ_arena_generation(const situ_arena *arena);

/** In a verify build: was p handed out since the last reset?  A stale or foreign pointer is 0.  Other builds
 * know only the place: 1 for any p below what is handed out now. */
SITU_API int situ_arena_is_current(const situ_arena *arena, const void *p);

/* --- secrets -------------------------------------------------------------------------------------------- */

#define SITU_SECRET_LOCKED  1u  /* never written to swap                                       */
#define SITU_SECRET_HIDDEN  2u  /* memfd_secret: not in the kernel's own map of memory either  */
#define SITU_SECRET_NO_DUMP 4u  /* not in core dumps                                           */
#define SITU_SECRET_NO_FORK 8u  /* a forked child sees zeros, or no memory at all              */
#define SITU_SECRET_GUARDED 16u /* inaccessible pages before and behind                        */

/** Memory for keys and blinding factors.  The data ends at the rear guard page; a canary stands before it. */
typedef struct {
    uint8_t *bytes; /* zeroed, aligned to 1: its end is what is aligned */
    size_t n_bytes;
    uint32_t protections; /* SITU_SECRET_... that were obtained                             */
    int lock_error;       /* errno of a refused lock, else 0                                */
    void *map;            /* private from here                                              */
    size_t map_bytes;
} situ_secret;

/** n_bytes: 1..2^30.  `required`: protections without which there shall be no buffer.
 *
 *  SITU_ERR_ARG, SITU_ERR_MEMORY; SITU_ERR_IO: a required protection was refused, errno says why.
 *  *secret is then zero, and destroying it does nothing. */
SITU_API situ_err situ_secret_create(situ_secret *secret, size_t n_bytes, uint32_t required) SITU_MUST_USE;

/** Wipe and unmap.  A damaged canary (somebody wrote before the data) ends the program, after the wipe. */
SITU_API void situ_secret_destroy(situ_secret *secret);

#ifdef __cplusplus
}
#endif

#endif /* SITU_MEM_H */
