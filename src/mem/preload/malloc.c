/* malloc.c — libsitu-malloc.so: the whole malloc family in front of the next allocator.
 *
 * Requests below 64 KiB go on to the next definition of the same symbol (libc's, or that of a library
 * preloaded after this one); the others are the heap's.  A pointer says itself whose it is (heap_owns).
 *
 * Looking up the next definitions may itself allocate: that is served from a few static KiB, which are never
 * freed.
 */
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mem/slots.h"

#define EXPORT __attribute__((visibility("default")))

/* --- the next allocator --------------------------------------------------------------------------------- */

typedef struct {
    void *(*malloc)(size_t);
    void *(*calloc)(size_t, size_t);
    void *(*realloc)(void *, size_t);
    void (*free)(void *);
    void *(*memalign)(size_t, size_t);
    int (*posix_memalign)(void **, size_t, size_t);
    size_t (*malloc_usable_size)(void *);
    int (*malloc_trim)(size_t);
    int (*mallopt)(int, int);
    void (*malloc_stats)(void);
    int (*malloc_info)(int, FILE *);
    struct mallinfo2 (*mallinfo2)(void);
    struct mallinfo (*mallinfo)(void);
} next_allocator;

static next_allocator next; /* next.malloc is set last */
static __thread __attribute__((tls_model("initial-exec"))) bool is_looking_up;

enum { EARLY_BYTES = 64 << 10, EARLY_HEAD = 16 };
static u8 early[EARLY_BYTES] SITU_ALIGNED(16);
static size_t early_used;

static bool is_early(const void *p) { return (size_t)p - (size_t)early < EARLY_BYTES; }

/* Zeroed, aligned to 16, its size in front of it. */
static void *early_alloc(size_t bytes)
{
    if (bytes > EARLY_BYTES) return NULL;
    size_t need = u64_align_up(bytes, 16) + EARLY_HEAD;
    size_t at = __atomic_fetch_add(&early_used, need, __ATOMIC_RELAXED);
    if (at > EARLY_BYTES - need) return NULL;
    memcpy(early + at, &bytes, sizeof bytes);
    return early + at + EARLY_HEAD;
}

static size_t early_bytes(const void *p)
{
    size_t bytes;
    memcpy(&bytes, (const u8 *)p - EARLY_HEAD, sizeof bytes);
    return bytes;
}

static void look_up(void *function, const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);
    memcpy(function, &found, sizeof found);
}

/* Several threads may do this at once: all find the same.  False: we are inside of it. */
SITU_NOINLINE static bool find_next(void)
{
    if (is_looking_up) return false;
    int saved = errno;
    next_allocator found;
    is_looking_up = true;
    look_up(&found.malloc, "malloc");
    look_up(&found.calloc, "calloc");
    look_up(&found.realloc, "realloc");
    look_up(&found.free, "free");
    look_up(&found.memalign, "memalign");
    look_up(&found.posix_memalign, "posix_memalign");
    look_up(&found.malloc_usable_size, "malloc_usable_size");
    look_up(&found.malloc_trim, "malloc_trim");
    look_up(&found.mallopt, "mallopt");
    look_up(&found.malloc_stats, "malloc_stats");
    look_up(&found.malloc_info, "malloc_info");
    look_up(&found.mallinfo2, "mallinfo2");
    look_up(&found.mallinfo, "mallinfo");
    if (!found.malloc || !found.calloc || !found.realloc || !found.free || !found.malloc_usable_size ||
        !found.posix_memalign)
        os_fatal(
            "situ: no next malloc: libsitu-malloc must come before a C library that is linked dynamically\n");
    void *(*first)(size_t) = found.malloc;
    found.malloc = NULL;
    next.calloc = found.calloc;
    next.realloc = found.realloc;
    __atomic_store_n(&next.free, found.free, __ATOMIC_RELEASE);
    next.memalign = found.memalign;
    next.posix_memalign = found.posix_memalign;
    next.malloc_usable_size = found.malloc_usable_size;
    next.malloc_trim = found.malloc_trim;
    next.mallopt = found.mallopt;
    next.malloc_stats = found.malloc_stats;
    next.malloc_info = found.malloc_info;
    next.mallinfo2 = found.mallinfo2;
    next.mallinfo = found.mallinfo;
    __atomic_store_n(&next.malloc, first, __ATOMIC_RELEASE);
    is_looking_up = false;
    errno = saved;
    return true;
}

SITU_INLINE bool has_next(void)
{
    return SITU_LIKELY(__atomic_load_n(&next.malloc, __ATOMIC_ACQUIRE) != NULL) || find_next();
}

/* The next allocator failed.  If that is because our reserved range fills RLIMIT_AS, a second try may do
 * better. */
SITU_NOINLINE static void *retry(void *(*f)(size_t, size_t), size_t a, size_t b)
{
    return heap_give_back_range() ? f(a, b) : NULL;
}

static void *retry_malloc(size_t bytes, size_t unused)
{
    (void)unused;
    return next.malloc(bytes);
}

SITU_NOINLINE static void *slow_malloc(size_t bytes)
{
    if (!has_next()) return early_alloc(bytes);
    if (bytes >= HEAP_MIN_BYTES) {
        void *p = heap_alloc(bytes, 1, false);
        if (p) return p;
    }
    void *p = next.malloc(bytes);
    return SITU_LIKELY(p != NULL) ? p : retry(retry_malloc, bytes, 0);
}

/* --- malloc, calloc, free ------------------------------------------------------------------------------- */

EXPORT void *malloc(size_t bytes)
{
    if (SITU_LIKELY(bytes < HEAP_MIN_BYTES)) {
        void *(*small)(size_t) = __atomic_load_n(&next.malloc, __ATOMIC_ACQUIRE);
        void *p = SITU_LIKELY(small != NULL) ? small(bytes) : NULL;
        if (SITU_LIKELY(p != NULL)) return p;
    } else {
        void *p = slots_alloc_quick(bytes);
        if (SITU_LIKELY(p != NULL)) return p;
    }
    return slow_malloc(bytes);
}

EXPORT void *calloc(size_t n, size_t element_bytes)
{
    size_t bytes;
    if (SITU_UNLIKELY(__builtin_mul_overflow(n, element_bytes, &bytes))) {
        errno = ENOMEM;
        return NULL;
    }
    if (SITU_UNLIKELY(!has_next())) return early_alloc(bytes);
    if (bytes >= HEAP_MIN_BYTES) {
        void *p = heap_alloc(bytes, 1, true);
        if (SITU_LIKELY(p != NULL)) return p;
    }
    void *p = next.calloc(n, element_bytes);
    return SITU_LIKELY(p != NULL) ? p : retry(next.calloc, n, element_bytes);
}

SITU_NOINLINE static void slow_free(void *p)
{
    if (!is_early(p) && has_next()) next.free(p);
}

SITU_INLINE void free_any(void *p)
{
    if (heap_may_own(p)) {
        if (slots_free_quick(p)) return;
        if (heap_owns(p)) {
            heap_free(p);
            return;
        }
    }
    void (*small)(void *) = __atomic_load_n(&next.free, __ATOMIC_ACQUIRE);
    if (SITU_LIKELY(small != NULL && !is_early(p)))
        small(p);
    else
        slow_free(p);
}

EXPORT void free(void *p) { free_any(p); }

EXPORT void free_sized(void *p, size_t bytes);
void free_sized(void *p, size_t bytes)
{
    (void)bytes;
    free_any(p);
}

EXPORT void free_aligned_sized(void *p, size_t align, size_t bytes);
void free_aligned_sized(void *p, size_t align, size_t bytes)
{
    (void)align, (void)bytes;
    free_any(p);
}

EXPORT void cfree(void *p);
void cfree(void *p) { free_any(p); }

static size_t usable_bytes(void *p)
{
    if (!p) return 0;
    if (heap_owns(p)) return heap_usable_bytes(p);
    if (is_early(p)) return early_bytes(p);
    return has_next() ? next.malloc_usable_size(p) : 0;
}

EXPORT size_t malloc_usable_size(void *p) { return usable_bytes(p); }

/* --- realloc -------------------------------------------------------------------------------------------- */

/* From one allocator to another. */
static void *realloc_across(void *p, size_t bytes)
{
    size_t old_bytes = usable_bytes(p);
    void *q = malloc(bytes);
    if (!q) return NULL;
    memcpy(q, p, old_bytes < bytes ? old_bytes : bytes);
    free_any(p);
    return q;
}

EXPORT void *realloc(void *p, size_t bytes)
{
    if (!p) return malloc(bytes);
    if (heap_owns(p)) {
        if (bytes == 0) {
            heap_free(p);
            return NULL;
        }
        void *q = bytes >= HEAP_MIN_BYTES ? heap_realloc(p, bytes) : NULL;
        return q ? q : realloc_across(p, bytes);
    }
    if (SITU_UNLIKELY(is_early(p) || !has_next())) return realloc_across(p, bytes);
    /* What the next allocator made before we could, or alone can make, may grow there. */
    if (bytes >= HEAP_MIN_BYTES && bytes <= PTRDIFF_MAX && next.malloc_usable_size(p) < bytes)
        return realloc_across(p, bytes);
    return next.realloc(p, bytes);
}

EXPORT void *reallocarray(void *p, size_t n, size_t element_bytes)
{
    size_t bytes;
    if (__builtin_mul_overflow(n, element_bytes, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(p, bytes);
}

/* --- aligned -------------------------------------------------------------------------------------------- */

/* align is a power of two.  errno on failure. */
static void *alloc_aligned(size_t align, size_t bytes)
{
    void *p = NULL;
    if (!has_next()) return align <= 16 ? early_alloc(bytes) : NULL;
    if (bytes >= HEAP_MIN_BYTES && (p = heap_alloc(bytes, align, false)) != NULL) return p;
    int err = next.posix_memalign(&p, align < sizeof(void *) ? sizeof(void *) : align, bytes);
    if (err == ENOMEM && heap_give_back_range())
        err = next.posix_memalign(&p, align < sizeof(void *) ? sizeof(void *) : align, bytes);
    if (err == 0) return p;
    errno = err;
    return NULL;
}

static bool is_power_of_two(size_t x) { return x != 0 && (x & (x - 1)) == 0; }

EXPORT int posix_memalign(void **out, size_t align, size_t bytes)
{
    if (!is_power_of_two(align) || align % sizeof(void *) != 0) return EINVAL;
    int saved = errno;
    void *p = alloc_aligned(align, bytes);
    int err = p ? 0 : errno;
    errno = saved;
    if (p) *out = p;
    return err;
}

EXPORT void *aligned_alloc(size_t align, size_t bytes)
{
    if (!is_power_of_two(align)) {
        errno = EINVAL;
        return NULL;
    }
    return alloc_aligned(align, bytes);
}

/* Like libc: an alignment between two powers of two means the next one. */
EXPORT void *memalign(size_t align, size_t bytes)
{
    if (align > SIZE_MAX / 2 + 1) {
        errno = EINVAL;
        return NULL;
    }
    size_t power = sizeof(void *);
    while (power < align) power *= 2;
    return alloc_aligned(power, bytes);
}

EXPORT void *valloc(size_t bytes) { return alloc_aligned(OS_PAGE_BYTES, bytes); }

EXPORT void *pvalloc(size_t bytes)
{
    if (bytes > SIZE_MAX - OS_PAGE_BYTES) {
        errno = ENOMEM;
        return NULL;
    }
    return alloc_aligned(OS_PAGE_BYTES, u64_align_up(bytes, OS_PAGE_BYTES));
}

/* --- the rest: ours and the next one's together --------------------------------------------------------- */

EXPORT int malloc_trim(size_t keep)
{
    u64 released = heap_release();
    int more = has_next() && next.malloc_trim ? next.malloc_trim(keep) : 0;
    return released > 0 || more;
}

EXPORT int mallopt(int what, int value) { return has_next() && next.mallopt ? next.mallopt(what, value) : 0; }

/* Our blocks are reported as libc reports the ones it maps. */
EXPORT struct mallinfo2 mallinfo2(void)
{
    struct mallinfo2 info = {0};
    situ_mem_stats stats;
    if (has_next() && next.mallinfo2) info = next.mallinfo2();
    heap_read_stats(&stats);
    info.hblkhd += stats.live_bytes;
    info.keepcost += stats.cached_bytes;
    return info;
}

EXPORT struct mallinfo mallinfo(void)
{
    struct mallinfo info = {0};
    if (has_next() && next.mallinfo) info = next.mallinfo();
    return info;
}

EXPORT void malloc_stats(void)
{
    heap_print_stats();
    if (has_next() && next.malloc_stats) next.malloc_stats();
}

EXPORT int malloc_info(int options, FILE *to)
{
    if (options != 0) {
        errno = EINVAL;
        return -1;
    }
    situ_mem_stats s;
    heap_read_stats(&s);
    fprintf(to,
            "<!-- situ: live=\"%llu\" cached=\"%llu\" hits=\"%llu\" misses=\"%llu\" faults_avoided=\"%llu\" "
            "-->\n",
            (unsigned long long)s.live_bytes, (unsigned long long)s.cached_bytes,
            (unsigned long long)s.n_hits, (unsigned long long)s.n_misses,
            (unsigned long long)s.faults_avoided);
    return has_next() && next.malloc_info ? next.malloc_info(options, to) : 0;
}

__attribute__((destructor)) static void print_at_exit(void)
{
    const char *wanted = os_env("SITU_STATS");
    if (wanted && strcmp(wanted, "1") == 0) heap_print_stats();
}
