/* os.h — the only door to the operating system's memory calls and to the environment.
 *
 * PRE-CONDITIONS, for every function here
 *   addresses and sizes are multiples of OS_PAGE_BYTES and lie inside a mapping of this
 *   library (os_reserve, os_map); sizes are not 0.
 *
 * NONE of these allocates, calls stdio, or takes a lock other than its argument; all
 * keep errno.  What the kernel lacks, or SITU_OFF names, is reported by a false or NULL:
 * callers have a fallback, and SITU_OFF is how the tests reach it.
 */
#ifndef SITU_MEM_OS_OS_H
#define SITU_MEM_OS_OS_H

#include "base/base.h"

#define OS_PAGE_BYTES ((size_t)4096)
#define OS_HUGE_BYTES ((size_t)2 << 20)

/* --- switches ------------------------------------------------------------------------------------------- */

/* What SITU_OFF (a comma-separated list of these names) forbids. */
typedef enum {
    OS_OFF_RANGE = 1 << 0,    /* "range"   no reserved range: everything goes to the next allocator      */
    OS_OFF_HUGE = 1 << 1,     /* "huge"    no advice for huge pages                                      */
    OS_OFF_SCAN = 1 << 2,     /* "scan"    no PAGEMAP_SCAN: recycled sparse memory goes back to the kernel */
    OS_OFF_MOVE = 1 << 3,     /* "move"    no mremap: growth copies, no donation                         */
    OS_OFF_SECRET = 1 << 4,   /* "secret"  no memfd_secret: mmap and mlock                               */
    OS_OFF_WIPE = 1 << 5,     /* "wipe"    no MADV_WIPEONFORK                                            */
    OS_OFF_LOCK = 1 << 6,     /* "lock"    mlock is refused                                              */
    OS_OFF_SLOTS = 1 << 7,    /* "slots"   no slots per thread                                           */
    OS_OFF_SPARSE = 1 << 8,   /* "sparse"  every calloc is dense                                         */
    OS_OFF_STEPS = 1 << 9,    /* "steps"   open no more than asked for, as under vm.overcommit_memory=2  */
    OS_OFF_BARRIER = 1 << 10, /* "barrier" no membarrier: no cells that are a thread's own           */
} os_switch;

bool os_is_off(os_switch what);

/* Value of an environment variable, or NULL. */
const char *os_env(const char *name);

/* A size with an optional suffix k, m, g or t from the environment; `otherwise` if unset or malformed. */
u64 os_env_bytes(const char *name, u64 otherwise);

/* --- address space -------------------------------------------------------------------------------------- */

/* Reserve `bytes` of inaccessible addresses at a multiple of `align`, a power of two; NULL if refused. */
void *os_reserve(size_t bytes, size_t align);

/* Give addresses back to the system: they may be mapped by anybody afterwards. */
void os_unreserve(void *addr, size_t bytes);

/* Make reserved addresses readable and writable; they read zero.  False: no memory may be committed. */
bool os_open(void *addr, size_t bytes);

/* Zeroed memory of its own mapping, NULL if refused. */
void *os_map(size_t bytes);
void os_unmap(void *addr, size_t bytes);

/* Largest range that RLIMIT_AS lets this process reserve without starving it; SIZE_MAX without a limit. */
size_t os_reserve_limit(void);

/* --- pages ---------------------------------------------------------------------------------------------- */

void os_advise_huge(void *addr, size_t bytes, bool want_huge);

/* Give the pages back; the range reads zero afterwards, whatever happens (locked memory is zeroed by hand).
 */
void os_purge(void *addr, size_t bytes);

/* The kernel may take the pages when it is short of memory; contents become undefined. */
void os_soften(void *addr, size_t bytes);

/* Replace the mapping by a fresh one, so that it merges with its neighbours.  Reads zero.  False: unchanged.
 */
bool os_reset(void *addr, size_t bytes);

/* Move pages without copying; `from` reads zero afterwards, `to` loses what it had.  Both stay mapped
 * throughout: another thread's mmap can never land between.  False: nothing moved. */
bool os_move(void *to, void *from, size_t bytes);

/* Can os_move work at all? */
bool os_can_move(void);

/* Zero the resident pages of [addr, addr + bytes), unless more than `pages_max` of them are one contiguous
 * piece or few; counts them in *n_pages.  Afterwards, *is_zero says whether the range reads zero.  False: the
 * kernel cannot tell (before 6.7, no /proc); nothing was done. */
bool os_zero_resident(void *addr, size_t bytes, u64 pages_max, u64 *n_pages, bool *is_zero);

/* Resident 4 KiB pages by mincore; an estimate. */
u64 os_count_resident(void *addr, size_t bytes);

/* Bytes of [addr, addr + bytes) in huge pages, from smaps; 0 if unknown.  Slow. */
u64 os_count_huge_bytes(const void *addr, size_t bytes);

/* Mappings of this process inside [addr, addr + bytes); 0 if unknown.  Slow. */
u64 os_count_mappings(const void *addr, size_t bytes);

/* --- limits --------------------------------------------------------------------------------------------- */

typedef struct {
    u64 memory_bytes;  /* of the cgroup (v1 or v2, with its parents) or the machine, whichever is less */
    u64 machine_bytes; /* memory and swap of the machine                                               */
    u32 overcommit;    /* vm.overcommit_memory                                                         */
    u32 mappings_max;  /* vm.max_map_count                                                             */
} os_limits;

void os_read_limits(os_limits *limits);

/* Anonymous memory that counts against limits->memory_bytes now; 0 if unknown.  Page cache is not pressure.
 */
u64 os_anonymous_bytes(void);

/* Process's page faults so far. */
u64 os_fault_count(void);

/* --- time, locks, messages ------------------------------------------------------------------------------ */

/* Milliseconds, monotonic, a few ms coarse. */
u64 os_coarse_ms(void);

/* A lock of one word: futex, zero is open. */
typedef struct {
    u32 word;
} os_lock;

void os_lock_take(os_lock *lock);
void os_lock_release(os_lock *lock);

/* Announce os_barrier_threads; best before there are threads, later it waits for each.  False: the kernel
 * cannot (before 4.14), or it is switched off. */
bool os_barrier_register(void);

/* Every thread of this process passes a full memory barrier before this returns.  False: none did. */
bool os_barrier_threads(void);

/* Write a line to standard error, without stdio. */
void os_message(const char *text);

/* Message, then abort. */
_Noreturn void os_fatal(const char *text);

/* --- secret memory -------------------------------------------------------------------------------------- */

typedef struct {
    u8 *map;          /* guard page, body, guard page */
    size_t map_bytes; /* guards included              */
    u32 protections;  /* SITU_SECRET_... obtained     */
    int error;        /* errno of a refused lock, 0   */
} os_secret;

/* Map `body_bytes` between two guard pages; false: no memory. */
bool os_secret_map(os_secret *secret, size_t body_bytes);
void os_secret_unmap(os_secret *secret);

/* False in a forked child that did not inherit the pages. */
bool os_secret_is_mapped(const os_secret *secret);

/* Two words from the kernel's random numbers, the same throughout the process. */
void os_process_key(u64 key[2]);

#endif /* SITU_MEM_OS_OS_H */
