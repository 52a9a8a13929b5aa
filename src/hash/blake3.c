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

/* Every chunk starts from the key. */
static const u32 *chunk_cv(const situ_blake3 *h) { return h->n_blocks == 0 ? h->key : h->cv; }

static u32 start_flag(const situ_blake3 *h) { return h->n_blocks == 0 ? SITU_BLAKE3_CHUNK_START : 0u; }

/* A finished chunk joins every complete subtree of its size: as many as its number has trailing ones (5.1.2).
 */
static void push_chunk(situ_blake3 *h)
{
    copy_cv(h->stack[h->n_stack++], h->cv);
    for (u64 n = h->chunk; n & 1; n >>= 1) {
        u32 *left = h->stack[--h->n_stack - 1];
        situ_blake3_compress_halves(left, h->key, left, left + 8, 0, BLOCK, h->flags | SITU_BLAKE3_PARENT);
    }
    h->chunk++;
    h->n_blocks = 0;
}

/* Compress blocks of one chunk, none of them the last of the input; returns how many: up to the chunk's end. */
static u64 absorb_blocks(situ_blake3 *h, const situ_file_u32 *blocks, u64 n)
{
    const u32 left = BLOCKS_PER_CHUNK - h->n_blocks;
    const bool ends_chunk = n >= left;
    u64 n_now = ends_chunk ? left : n, n_middle = n_now - ends_chunk;
    if (h->n_blocks == 0) {
        situ_blake3_compress_blocks(h->cv, h->key, blocks, 1, h->chunk, h->flags | SITU_BLAKE3_CHUNK_START);
        blocks += 16;
        n_middle--;
    }
    situ_blake3_compress_blocks(h->cv, h->cv, blocks, n_middle, h->chunk, h->flags);
    h->n_blocks += (u32)n_now;
    if (ends_chunk) {
        situ_blake3_compress_blocks(h->cv, h->cv, blocks + 16 * n_middle, 1, h->chunk,
                                    h->flags | SITU_BLAKE3_CHUNK_END);
        push_chunk(h);
    }
    return n_now;
}

void situ_blake3_update(situ_blake3 *h, const void *data, size_t n)
{
    const u8 *at = data;
    while (n > 0) {
        if (h->block_bytes == BLOCK) {
            absorb_blocks(h, h->block, 1);
            h->block_bytes = 0;
        }
        if (h->block_bytes == 0 && n > BLOCK && (uintptr_t)at % SITU_BLAKE3_ALIGN == 0) {
            u64 n_bytes = BLOCK * absorb_blocks(h, (const situ_file_u32 *)(const void *)at, (n - 1) / BLOCK);
            at += n_bytes;
            n -= n_bytes;
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
    u32 block[16], right[8]; /* what cv, left and right may point to */
    const u32 *cv, *left_half, *right_half;
    u64 counter;
    u32 block_bytes, flags;
} root_node;

/* The chunk in progress, then each subtree on the stack as its left sibling. */
static void root_of(root_node *r, const situ_blake3 *h)
{
    for (u32 i = 0; i < 16; i++) r->block[i] = 0;
    copy_bytes(r->block, h->block, h->block_bytes);
    r->cv = chunk_cv(h);
    r->left_half = r->block;
    r->right_half = r->block + 8;
    r->counter = h->chunk;
    r->block_bytes = h->block_bytes;
    r->flags = h->flags | start_flag(h) | SITU_BLAKE3_CHUNK_END;
    for (u32 i = h->n_stack; i-- > 0;) {
        situ_blake3_compress_halves(r->right, r->cv, r->left_half, r->right_half, r->counter, r->block_bytes,
                                    r->flags);
        r->cv = h->key;
        r->left_half = h->stack[i];
        r->right_half = r->right;
        r->counter = 0;
        r->block_bytes = BLOCK;
        r->flags = h->flags | SITU_BLAKE3_PARENT;
    }
}

/* Half the output, which an accelerator gives too. */
static void root_digest(u32 digest[8], const root_node *r)
{
    situ_blake3_compress_halves(digest, r->cv, r->left_half, r->right_half, 0, r->block_bytes,
                                r->flags | SITU_BLAKE3_ROOT);
}

void situ_blake3_final(const situ_blake3 *h, void *out, size_t n)
{
    root_node r;
    u32 words[16] SITU_ALIGNED(8), block[16];
    u8 *at = out;
    root_of(&r, h);
    if (n == SITU_BLAKE3_BYTES && (uintptr_t)out % SITU_BLAKE3_ALIGN == 0) {
        root_digest(out, &r);
        return;
    }
    if (n <= SITU_BLAKE3_BYTES) {
        root_digest(words, &r);
        copy_bytes(out, words, n);
        return;
    }
    copy_cv(block, r.left_half);
    copy_cv(block + 8, r.right_half);
    for (u64 counter = 0; n > 0; counter++) { /* section 2.6: the counter numbers the blocks of output */
        size_t take = u64_min(n, BLOCK);
        situ_blake3_compress_wide(words, r.cv, block, counter, r.block_bytes, r.flags | SITU_BLAKE3_ROOT);
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
