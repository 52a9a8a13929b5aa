/* blake3.c — BLAKE3 of a message, on the compression accelerator (BLAKE3 paper, 2.1 to 2.5).  The tree of
 * chunks is built with a stack of chaining values: after chunk n, one merge per trailing one bit of n. */
#include <string.h>

#include "guest.h"

enum { CHUNK_START = 1, CHUNK_END = 2, PARENT = 4, ROOT = 8 };
enum { BLOCK = 64, CHUNK = 1024, DEPTH_MAX = 54 };

static const uint32_t iv[8] __attribute__((aligned(8))) = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                                           0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

typedef struct {
    uint32_t cv[8];
} __attribute__((aligned(8))) node;

typedef struct {
    uint32_t word[16];
} __attribute__((aligned(8))) block;

/* One chunk of n bytes, n at most CHUNK. */
static void hash_chunk(node *out, const uint8_t *data, size_t n, uint64_t counter, uint32_t last_flags)
{
    const uint32_t *cv = iv;
    uint32_t flags = CHUNK_START;
    for (; n > BLOCK; n -= BLOCK, data += BLOCK) {
        block b;
        const uint32_t *words = (const uint32_t *)(const void *)data;
        if ((uintptr_t)data % 8 != 0) {
            memcpy(b.word, data, BLOCK);
            words = b.word;
        }
        situ_guest_blake3_compress_halves(out->cv, cv, words, words + 8, counter, BLOCK, flags);
        cv = out->cv;
        flags = 0;
    }
    block last = {{0}};
    if (n) memcpy(last.word, data, n);
    situ_guest_blake3_compress_halves(out->cv, cv, last.word, last.word + 8, counter, (uint32_t)n,
                                      flags | CHUNK_END | last_flags);
}

/* *left = parent of *left and *right. */
static void merge(node *left, const node *right, uint32_t root_flag)
{
    situ_guest_blake3_compress_halves(left->cv, iv, left->cv, right->cv, 0, BLOCK, PARENT | root_flag);
}

void situ_guest_blake3(uint8_t hash[32], const void *data, size_t n)
{
    const uint8_t *at = data;
    node stack[DEPTH_MAX];
    uint64_t n_chunks = 0;
    int depth = 0;

    while (n > CHUNK) {
        hash_chunk(&stack[depth++], at, CHUNK, n_chunks, 0);
        for (uint64_t ones = n_chunks; ones & 1; ones >>= 1) {
            depth--;
            merge(&stack[depth - 1], &stack[depth], 0);
        }
        n_chunks++;
        at += CHUNK;
        n -= CHUNK;
    }
    node last;
    hash_chunk(&last, at, n, n_chunks, depth == 0 ? ROOT : 0);
    while (depth > 0) {
        depth--;
        merge(&stack[depth], &last, depth == 0 ? ROOT : 0);
        last = stack[depth];
    }
    memcpy(hash, last.cv, 32);
}
