/* blake3.c — the modes and the tree of BLAKE3 around its compression function. */
#include "hash/blake3.h"

enum { BLOCK = SITU_BLAKE3_BLOCK_BYTES, BLOCKS_PER_CHUNK = SITU_BLAKE3_CHUNK_BYTES / BLOCK };

static const u32 IV[8] = SITU_BLAKE3_IV;

static void copy_bytes(void *to, const void *from, size_t n) { __builtin_memcpy(to, from, n); }

static void copy_cv(u32 to[8], const u32 from[8])
{
    for (int i = 0; i < 8; i++) to[i] = from[i];
}

static void init(situ_blake3 *h, const u32 key[8], u32 flags)
{
    copy_cv(h->key, key);
    copy_cv(h->cv, key);
    h->chunk = 0;
    h->n_blocks = h->block_bytes = h->n_stack = 0;
    h->flags = flags;
}

void situ_blake3_init(situ_blake3 *h) { init(h, IV, 0); }

void situ_blake3_init_keyed(situ_blake3 *h, const u8 key[SITU_BLAKE3_BYTES])
{
    u32 words[8];
    copy_bytes(words, key, sizeof words);
    init(h, words, SITU_BLAKE3_KEYED_HASH);
}

void situ_blake3_init_derive_key(situ_blake3 *h, const void *context, size_t n_context)
{
    u32 key[8];
    init(h, IV, SITU_BLAKE3_DERIVE_KEY_CONTEXT);
    situ_blake3_update(h, context, n_context);
    situ_blake3_final(h, key, sizeof key);
    init(h, key, SITU_BLAKE3_DERIVE_KEY_MATERIAL);
}

static u32 chunk_flags(const situ_blake3 *h, bool is_last_block)
{
    return h->flags | (h->n_blocks == 0 ? SITU_BLAKE3_CHUNK_START : 0u) |
           (is_last_block ? SITU_BLAKE3_CHUNK_END : 0u);
}

/* block = left child, right child */
static void parent_block(u32 block[16], const u32 left[8], const u32 right[8])
{
    copy_cv(block, left);
    copy_cv(block + 8, right);
}

/* A finished chunk joins every complete subtree of its size: as many as its number has trailing ones (5.1.2).
 */
static void push_chunk(situ_blake3 *h)
{
    u32 cv[8] SITU_ALIGNED(8), block[16] SITU_ALIGNED(8);
    copy_cv(cv, h->cv);
    for (u64 n = h->chunk; n & 1; n >>= 1) {
        parent_block(block, h->stack[--h->n_stack], cv);
        copy_cv(cv, h->key);
        situ_blake3_compress(cv, block, 0, BLOCK, h->flags | SITU_BLAKE3_PARENT);
    }
    copy_cv(h->stack[h->n_stack++], cv);
    h->chunk++;
    h->n_blocks = 0;
    copy_cv(h->cv, h->key);
}

/* Compress a block that is not the last of the input. */
static void absorb_block(situ_blake3 *h, const situ_file_u32 *block)
{
    bool ends_chunk = h->n_blocks == BLOCKS_PER_CHUNK - 1;
    situ_blake3_compress(h->cv, block, h->chunk, BLOCK, chunk_flags(h, ends_chunk));
    h->n_blocks++;
    if (ends_chunk) push_chunk(h);
}

void situ_blake3_update(situ_blake3 *h, const void *data, size_t n)
{
    const u8 *at = data;
    while (n > 0) {
        if (h->block_bytes == BLOCK) {
            absorb_block(h, h->block);
            h->block_bytes = 0;
        }
        if (h->block_bytes == 0 && n > BLOCK && (uintptr_t)at % sizeof(u32) == 0) {
            absorb_block(h, (const situ_file_u32 *)(const void *)at);
            at += BLOCK;
            n -= BLOCK;
            continue;
        }
        size_t take = u64_min(n, BLOCK - h->block_bytes);
        copy_bytes((u8 *)h->block + h->block_bytes, at, take);
        h->block_bytes += (u32)take;
        at += take;
        n -= take;
    }
}

/* The last compression, not yet carried out. */
typedef struct {
    u32 cv[8], block[16];
    u64 counter;
    u32 block_bytes, flags;
} root_node;

/* The chunk in progress, then each subtree on the stack as its left sibling. */
static void root_of(root_node *r, const situ_blake3 *h)
{
    copy_cv(r->cv, h->cv);
    for (u32 i = 0; i < 16; i++) r->block[i] = 0;
    copy_bytes(r->block, h->block, h->block_bytes);
    r->counter = h->chunk;
    r->block_bytes = h->block_bytes;
    r->flags = chunk_flags(h, true);
    for (u32 i = h->n_stack; i-- > 0;) {
        u32 right[8] SITU_ALIGNED(8);
        copy_cv(right, r->cv);
        situ_blake3_compress(right, r->block, r->counter, r->block_bytes, r->flags);
        copy_cv(r->cv, h->key);
        parent_block(r->block, h->stack[i], right);
        r->counter = 0;
        r->block_bytes = BLOCK;
        r->flags = h->flags | SITU_BLAKE3_PARENT;
    }
}

void situ_blake3_final(const situ_blake3 *h, void *out, size_t n)
{
    root_node r;
    u32 words[16];
    u8 *at = out;
    root_of(&r, h);
    if (n <= SITU_BLAKE3_BYTES) { /* a digest: half the output, which an accelerator gives too */
        situ_blake3_compress(r.cv, r.block, 0, r.block_bytes, r.flags | SITU_BLAKE3_ROOT);
        copy_bytes(out, r.cv, n);
        return;
    }
    for (u64 counter = 0; n > 0; counter++) { /* section 2.6: the counter numbers the blocks of output */
        size_t take = u64_min(n, BLOCK);
        situ_blake3_compress_wide(words, r.cv, r.block, counter, r.block_bytes, r.flags | SITU_BLAKE3_ROOT);
        copy_bytes(at, words, take);
        at += take;
        n -= take;
    }
}

void situ_blake3_hash(u8 out[SITU_BLAKE3_BYTES], const void *data, size_t n)
{
    situ_blake3 h;
    situ_blake3_init(&h);
    situ_blake3_update(&h, data, n);
    situ_blake3_final(&h, out, SITU_BLAKE3_BYTES);
}

void situ_blake3_hash_keyed(u8 out[SITU_BLAKE3_BYTES], const u8 key[SITU_BLAKE3_BYTES], const void *data,
                            size_t n)
{
    situ_blake3 h;
    situ_blake3_init_keyed(&h, key);
    situ_blake3_update(&h, data, n);
    situ_blake3_final(&h, out, SITU_BLAKE3_BYTES);
}
