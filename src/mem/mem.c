/* mem.c — situ/mem.h's blocks: the heap where it can, the C library's malloc else. */
#include "situ/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mem/heap.h"

#define ALIGN_NATURAL ((size_t)16)

static bool is_alignment(size_t align) { return (align & (align - 1)) == 0; }

static void *small_alloc(size_t n_bytes, size_t align, bool is_zeroed)
{
    void *p = NULL;
    if (n_bytes == 0) n_bytes = 1;
    if (align <= ALIGN_NATURAL) return is_zeroed ? calloc(1, n_bytes) : malloc(n_bytes);
    int err = posix_memalign(&p, align, n_bytes);
    if (err) {
        errno = err;
        return NULL;
    }
    if (is_zeroed) memset(p, 0, n_bytes);
    return p;
}

static void *alloc(size_t n_bytes, size_t align, bool is_zeroed)
{
    if (!is_alignment(align)) {
        errno = EINVAL;
        return NULL;
    }
    void *p = n_bytes >= HEAP_MIN_BYTES ? heap_alloc(n_bytes, align, is_zeroed) : NULL;
    return SITU_LIKELY(p != NULL) ? p : small_alloc(n_bytes, align, is_zeroed);
}

void *situ_mem_alloc(size_t n_bytes, size_t align) { return alloc(n_bytes, align, false); }
void *situ_mem_alloc_zeroed(size_t n_bytes, size_t align) { return alloc(n_bytes, align, true); }

void *situ_mem_realloc(void *p, size_t old_bytes, size_t new_bytes, size_t align)
{
    if (!p) return alloc(new_bytes, align, false);
    bool is_ours = heap_owns(p);
    if (is_ours && new_bytes >= HEAP_MIN_BYTES && align <= UNIT_BYTES) {
        void *q = heap_realloc(p, new_bytes);
        if (q) return q;
    }
    if (!is_ours && new_bytes < HEAP_MIN_BYTES && align <= ALIGN_NATURAL)
        return realloc(p, new_bytes ? new_bytes : 1);
    void *q = alloc(new_bytes, align, false);
    if (!q) return NULL;
    memcpy(q, p, old_bytes < new_bytes ? old_bytes : new_bytes);
    situ_mem_free(p, old_bytes);
    return q;
}

void situ_mem_free(void *p, size_t n_bytes)
{
    if (!heap_owns(p)) {
        free(p);
        return;
    }
    SITU_ASSERT(heap_units(n_bytes) * UNIT_BYTES == heap_usable_bytes(p));
    heap_free(p);
}

uint64_t situ_mem_release(void) { return heap_release(); }
uint64_t situ_mem_soften(void) { return heap_soften(); }
void situ_mem_set_cache(uint64_t n_bytes) { heap_set_cache_bytes(n_bytes); }
void situ_mem_read_stats(situ_mem_stats *stats) { heap_read_stats(stats); }
int situ_mem_is_valid(void) { return heap_is_valid(); }
