/* arena.c — bump allocation over a chain of blocks.
 *
 * A verify build puts each piece's generation in front of it and keeps everything that is not handed out
 * poisoned for the address sanitizer, so a stale pointer traps at its first use.
 */
#include <errno.h>
#include <string.h>

#include "base/base.h"
#include "situ/mem.h"

#define ARENA_BYTES_MAX ((size_t)1 << 46)
#define ARENA_ALIGN_MAX ((size_t)2 << 20)
#define ARENA_ALIGN     ((size_t)16)

#if defined(SITU_VERIFY)
#define MARK_BYTES ((size_t)16) /* generation and its complement, in front of each piece */
#else
#define MARK_BYTES ((size_t)0)
#endif

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_HAS_ASAN 1
#endif
#endif

#if defined(SITU_VERIFY) && defined(ARENA_HAS_ASAN)
#include <sanitizer/asan_interface.h>
static void poison(void *p, size_t bytes) { __asan_poison_memory_region(p, bytes); }
static void unpoison(void *p, size_t bytes) { __asan_unpoison_memory_region(p, bytes); }
#else
static void poison(void *p, size_t bytes) { (void)p, (void)bytes; }
static void unpoison(void *p, size_t bytes) { (void)p, (void)bytes; }
#endif

typedef struct arena_block {
    struct arena_block *next;
    u8 *bytes;
    size_t n_bytes;
    size_t n_before; /* bytes of all blocks before this one */
} arena_block;

struct situ_arena {
    arena_block *first, *current;
    size_t used; /* of the current block */
    size_t high_water, capacity;
    u64 generation;
    u32 flags;
};

static arena_block *block_create(size_t n_bytes)
{
    arena_block *block = situ_mem_alloc(sizeof *block, 0);
    if (!block) return NULL;
    *block = (arena_block){.bytes = situ_mem_alloc(n_bytes, 64), .n_bytes = n_bytes};
    if (!block->bytes) {
        situ_mem_free(block, sizeof *block);
        return NULL;
    }
    poison(block->bytes, n_bytes);
    return block;
}

static void block_destroy(arena_block *block)
{
    unpoison(block->bytes, block->n_bytes);
    situ_mem_free(block->bytes, block->n_bytes);
    situ_mem_free(block, sizeof *block);
}

situ_err situ_arena_create(situ_arena **out, size_t n_bytes, uint32_t flags)
{
    *out = NULL;
    if (n_bytes == 0 || n_bytes > ARENA_BYTES_MAX || flags > SITU_ARENA_GROWS) return SITU_ERR_ARG;
    situ_arena *arena = situ_mem_alloc_zeroed(sizeof *arena, 0);
    if (!arena) return SITU_ERR_MEMORY;
    arena->first = arena->current = block_create(n_bytes);
    if (!arena->first) {
        situ_mem_free(arena, sizeof *arena);
        return SITU_ERR_MEMORY;
    }
    arena->capacity = n_bytes;
    arena->flags = flags;
    *out = arena;
    return SITU_OK;
}

void situ_arena_destroy(situ_arena *arena)
{
    if (!arena) return;
    for (arena_block *block = arena->first, *next; block; block = next) {
        next = block->next;
        block_destroy(block);
    }
    situ_mem_free(arena, sizeof *arena);
}

/* A place in the current block, NULL if it does not fit.  Sizes are compared by subtraction: nothing wraps.
 */
static u8 *place(situ_arena *arena, size_t n_bytes, size_t align)
{
    const arena_block *block = arena->current;
    uintptr_t at = (uintptr_t)block->bytes + arena->used + MARK_BYTES;
    size_t pad = (size_t)(-at & (align - 1)) + MARK_BYTES, left = block->n_bytes - arena->used;
    if (pad > left || n_bytes > left - pad) return NULL;
    u8 *p = block->bytes + arena->used + pad;
    arena->used += pad + n_bytes;
    return p;
}

/* Go on in the next block, or a new one twice as large as all so far. */
static bool next_block(situ_arena *arena, size_t n_bytes, size_t align)
{
    size_t need = n_bytes + align + MARK_BYTES;
    arena_block *block = arena->current->next;
    if (!(arena->flags & SITU_ARENA_GROWS) || n_bytes > ARENA_BYTES_MAX) return false;
    if (!block || block->n_bytes < need) {
        size_t size = arena->capacity < ARENA_BYTES_MAX / 2 ? arena->capacity * 2 : need;
        block = block_create(size > need ? size : need);
        if (!block && size > need) block = block_create(need);
        if (!block) return false;
        block->next = arena->current->next;
        arena->current->next = block;
        arena->capacity += block->n_bytes;
    }
    block->n_before = arena->current->n_before + arena->used;
    arena->current = block;
    arena->used = 0;
    return true;
}

#if defined(SITU_VERIFY)
static void mark(const situ_arena *arena, u8 *p)
{
    u64 words[2] = {arena->generation, ~arena->generation ^ (u64)(uintptr_t)p};
    unpoison(p - MARK_BYTES, MARK_BYTES);
    memcpy(p - MARK_BYTES, words, sizeof words);
    poison(p - MARK_BYTES, MARK_BYTES);
}

static bool is_marked(const situ_arena *arena, const arena_block *block, const u8 *p)
{
    u64 words[2];
    if ((size_t)(p - block->bytes) < MARK_BYTES) return false;
    u8 *at = (u8 *)(uintptr_t)(p - MARK_BYTES);
    unpoison(at, MARK_BYTES);
    memcpy(words, at, sizeof words);
    poison(at, MARK_BYTES);
    return words[0] == arena->generation && words[1] == (~arena->generation ^ (u64)(uintptr_t)p);
}
#else
static void mark(const situ_arena *arena, u8 *p) { (void)arena, (void)p; }
static bool is_marked(const situ_arena *arena, const arena_block *block, const u8 *p)
{
    (void)arena, (void)block, (void)p;
    return true;
}
#endif

void *situ_arena_alloc(situ_arena *arena, size_t n_bytes, size_t align)
{
    if (align == 0) align = ARENA_ALIGN;
    if ((align & (align - 1)) != 0 || align > ARENA_ALIGN_MAX) {
        errno = EINVAL;
        return NULL;
    }
    u8 *p = place(arena, n_bytes, align);
    if (!p && next_block(arena, n_bytes, align)) p = place(arena, n_bytes, align);
    if (!p) {
        errno = ENOMEM;
        return NULL;
    }
    size_t used = arena->current->n_before + arena->used;
    if (used > arena->high_water) arena->high_water = used;
    mark(arena, p);
    unpoison(p, n_bytes);
    return p;
}

void *situ_arena_alloc_array(situ_arena *arena, size_t n, size_t element_bytes, size_t align)
{
    size_t n_bytes;
    if (__builtin_mul_overflow(n, element_bytes, &n_bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return situ_arena_alloc(arena, n_bytes, align);
}

void situ_arena_reset(situ_arena *arena)
{
#if defined(SITU_VERIFY)
    for (arena_block *block = arena->first; block; block = block->next) poison(block->bytes, block->n_bytes);
#endif
    arena->current = arena->first;
    arena->used = 0;
    arena->generation++;
}

size_t situ_arena_used(const situ_arena *arena) { return arena->current->n_before + arena->used; }
size_t situ_arena_high_water(const situ_arena *arena) { return arena->high_water; }
size_t situ_arena_capacity(const situ_arena *arena) { return arena->capacity; }
uint64_t situ_arena_generation(const situ_arena *arena) { return arena->generation; }

int situ_arena_is_current(const situ_arena *arena, const void *p)
{
    for (const arena_block *block = arena->first; block; block = block->next) {
        size_t at = (size_t)((uintptr_t)p - (uintptr_t)block->bytes);
        bool is_last = block == arena->current;
        if (at < block->n_bytes) return (!is_last || at <= arena->used) && is_marked(arena, block, p);
        if (is_last) break;
    }
    return 0;
}
