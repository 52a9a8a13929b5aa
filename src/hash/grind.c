/* grind.c — see grind.h.
 *
 * Nonces are searched in rounds, a round in ranges of which every task takes one.  A task stops at its first
 * hit, the smallest of its range; the first range in order that has a hit has the smallest of all.  Rounds
 * are short against the whole, so that little is searched beyond the hit. */
#include "hash/grind.h"

#include "hash/tile_hash.h"

enum { BATCH = 64, RANGE = 4096, RANGES_MAX = 64 };

#define NOT_FOUND UINT64_MAX

typedef struct {
    const u32 *digest;
    u64 first; /* nonce of this round */
    u32 mask;  /* bits that must be zero */
    u64 found[RANGES_MAX];
} search;

static void search_range(void *ctx, uint64_t index, uint32_t worker)
{
    search *s = ctx;
    u32 blocks[BATCH][16] SITU_ALIGNED(64);
    u8 digests[BATCH][32] SITU_ALIGNED(64);
    (void)worker;
    for (u64 i = 0; i < BATCH; i++) situ_transcript_block(blocks[i], SITU_TRANSCRIPT_GRIND, 0);
    s->found[index] = NOT_FOUND;
    for (u64 done = 0; done < RANGE; done += BATCH) {
        u64 nonce = s->first + index * RANGE + done;
        for (u64 i = 0; i < BATCH; i++) {
            blocks[i][2] = (u32)(nonce + i);
            blocks[i][3] = (u32)((nonce + i) >> 32);
        }
        situ_hash_blocks(digests, (const u8 *)blocks, BATCH, s->digest, SITU_TRANSCRIPT_FLAGS);
        for (u64 i = 0; i < BATCH; i++) {
            u32 word;
            __builtin_memcpy(&word, digests[i], sizeof word);
            if ((word & s->mask) != 0) continue;
            s->found[index] = nonce + i;
            return;
        }
    }
}

u64 situ_grind(situ_transcript *t, u32 n_bits, situ_pool *pool)
{
    u64 n_ranges = u64_min(RANGES_MAX, 4 * (u64)situ_pool_threads(pool));
    search s = {.digest = t->digest, .mask = (u32)((UINT64_C(1) << n_bits) - 1)};
    SITU_ASSERT(n_bits <= 32);
    situ_transcript_settle(t);
    if (n_bits == 0) return 0;
    for (;; s.first += n_ranges * RANGE) {
        situ_pool_run(pool, n_ranges, search_range, &s);
        for (u64 i = 0; i < n_ranges; i++)
            if (s.found[i] != NOT_FOUND) return s.found[i];
    }
}
