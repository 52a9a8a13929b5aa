/* fuzz_mem.c — a script of allocator operations, each checked against a shadow of the live blocks.
 *
 * Byte 0 of each operation: what and which of 16 blocks; then two bytes of size.
 */
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "situ/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes);

enum { BLOCKS = 16, OPERATION_BYTES = 3, OPERATIONS_MAX = 400 };
#define LIVE_BYTES_MAX ((size_t)96 << 20)

typedef struct {
    u8 *p;
    size_t n_bytes;
    u8 value;
} block;

/* Sizes around units, huge pages and the border to the next allocator. */
static size_t size_of(u32 code)
{
    size_t units = code >> 4 & 0x3f, base = code >> 10 ? units << 16 : units << 18;
    return base + (code & 15) * (size_t)4097 + 8;
}

static size_t step_of(const block *b) { return b->n_bytes > 8192 ? 4096 : 64; }

static void fill(block *b, u8 value)
{
    b->value = value;
    for (size_t at = 0; at < b->n_bytes; at += step_of(b)) b->p[at] = value;
    b->p[b->n_bytes - 1] = value;
}

static void check(const block *b, size_t n_bytes)
{
    for (size_t at = 0; at < n_bytes; at += step_of(b)) SITU_ASSERT(b->p[at] == b->value);
}

static void check_zero(const block *b)
{
    for (size_t at = 0; at < b->n_bytes; at += step_of(b)) SITU_ASSERT(b->p[at] == 0);
    SITU_ASSERT(b->p[b->n_bytes - 1] == 0);
}

static void drop(block *b, size_t *live)
{
    check(b, b->n_bytes);
    situ_mem_free(b->p, b->n_bytes);
    *live -= b->n_bytes;
    b->p = NULL;
}

static void make(block *b, size_t n_bytes, bool is_zeroed, size_t align, u8 value, size_t *live)
{
    if (n_bytes > LIVE_BYTES_MAX - *live) return;
    b->p = is_zeroed ? situ_mem_alloc_zeroed(n_bytes, align) : situ_mem_alloc(n_bytes, align);
    SITU_ASSERT(b->p != NULL && (uintptr_t)b->p % (align ? align : 16) == 0);
    b->n_bytes = n_bytes;
    if (is_zeroed) check_zero(b);
    fill(b, value);
    *live += n_bytes;
}

static void resize(block *b, size_t n_bytes, u8 value, size_t *live)
{
    if (n_bytes > b->n_bytes && n_bytes - b->n_bytes > LIVE_BYTES_MAX - *live) return;
    b->p = situ_mem_realloc(b->p, b->n_bytes, n_bytes, 0);
    SITU_ASSERT(b->p != NULL);
    *live += n_bytes - b->n_bytes;
    if (step_of(b) == (n_bytes > 8192 ? 4096 : 64)) check(b, n_bytes < b->n_bytes ? n_bytes : b->n_bytes);
    b->n_bytes = n_bytes;
    fill(b, value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
    block blocks[BLOCKS] = {{0}};
    size_t live = 0, n_operations = n_bytes / OPERATION_BYTES;
    if (n_operations > OPERATIONS_MAX) n_operations = OPERATIONS_MAX;
    for (size_t i = 0; i < n_operations; i++, data += OPERATION_BYTES) {
        block *b = &blocks[data[0] & 15];
        u32 what = data[0] >> 4, code = (u32)data[1] | (u32)data[2] << 8;
        u8 value = (u8)(i * 7 + 1);
        if (what == 15)
            situ_mem_release();
        else if (what == 14)
            situ_mem_soften();
        else if (what == 13)
            situ_mem_set_cache((u64)code << 12);
        else if (!b->p)
            make(b, size_of(code), what & 1, what == 12 ? (size_t)1 << (code & 21) : 0, value, &live);
        else if (what < 6)
            resize(b, size_of(code), value, &live);
        else
            drop(b, &live);
        SITU_VERIFY_THAT(situ_mem_is_valid());
    }
    for (int i = 0; i < BLOCKS; i++)
        if (blocks[i].p) drop(&blocks[i], &live);
    SITU_ASSERT(situ_mem_is_valid());
    situ_mem_release();
    return 0;
}
