/* transcript.c — see transcript.h; docs/hashing.md gives the bytes. */
#include "hash/transcript.h"

enum { BLOCK = SITU_BLAKE3_BLOCK_BYTES, WORDS = BLOCK / 4 };

static const char KEY_CONTEXT[] = "Situ 1 transcript";

typedef struct {
    u32 label, zero; /* the second word tells an item from a challenge, where it is 1 */
    u64 n_bytes;
} item_header;

_Static_assert(sizeof(item_header) == 16, "no hidden padding");

static void start_phase(situ_transcript *t)
{
    situ_blake3_init_keyed(&t->hasher, (const u8 *)t->digest);
    t->n_challenges = t->n_items = 0;
}

void situ_transcript_init(situ_transcript *t, const char *domain)
{
    size_t n = 0;
    while (domain[n] != 0) n++;
    situ_blake3_init_derive_key(&t->hasher, KEY_CONTEXT, sizeof KEY_CONTEXT - 1);
    situ_blake3_update(&t->hasher, domain, n);
    situ_blake3_final(&t->hasher, t->digest, sizeof t->digest);
    start_phase(t);
}

void situ_transcript_absorb(situ_transcript *t, u32 label, const void *data, size_t n_bytes)
{
    static const u8 zeros[BLOCK];
    item_header header = {.label = label, .n_bytes = n_bytes};
    situ_blake3_update(&t->hasher, &header, sizeof header);
    situ_blake3_update(&t->hasher, data, n_bytes);
    situ_blake3_update(&t->hasher, zeros, -(sizeof header + n_bytes) % BLOCK);
    t->n_items++;
}

void situ_transcript_settle(situ_transcript *t)
{
    if (t->n_items == 0) return;
    situ_blake3_final(&t->hasher, t->digest, sizeof t->digest);
    start_phase(t);
}

void situ_transcript_block(u32 block[16], u32 kind, u64 number)
{
    for (int i = 0; i < WORDS; i++) block[i] = 0;
    block[0] = kind;
    block[1] = 1;
    block[2] = (u32)number;
    block[3] = (u32)(number >> 32);
}

static void challenge_block(situ_transcript *t, u32 block[16], u32 kind)
{
    situ_transcript_settle(t);
    situ_transcript_block(block, kind, t->n_challenges++);
}

static void hash_wide(const situ_transcript *t, u32 out[16], const u32 block[16])
{
    situ_blake3_compress_wide(out, t->digest, block, 0, BLOCK, SITU_TRANSCRIPT_FLAGS);
}

static void hash_narrow(const situ_transcript *t, u32 out[8], const u32 block[16])
{
    situ_blake3_compress_halves(out, t->digest, block, block + 8, 0, BLOCK, SITU_TRANSCRIPT_FLAGS);
}

/* The first six of n words, 31 bits of each, that are below p; false if there are fewer. */
static bool take_below_p(u32 element[6], const u32 *words, u32 n)
{
    u32 n_taken = 0;
    for (u32 i = 0; i < n && n_taken < 6; i++) {
        u32 word = words[i] & 0x7fffffffu;
        if (word < SITU_TRANSCRIPT_P) element[n_taken++] = word;
    }
    return n_taken == 6;
}

/* An attempt is one block: 16 words of 31 bits, of which the first six below p are taken.  Given which words
 * are taken, each is uniform below p.  A word is refused with probability (2^31 - p) / 2^31 < 2^-7, an
 * attempt when eleven words are: below C(16,11) 2^-77 < 2^-64.  The loop ends, and a second attempt will
 * never be seen.  Eight words are nearly always enough, which are all that an accelerator gives. */
void situ_transcript_challenge_k6(situ_transcript *t, u32 element[6])
{
    u32 words[16] SITU_ALIGNED(8), block[16] SITU_ALIGNED(8);
    for (;;) {
        challenge_block(t, block, SITU_TRANSCRIPT_K6);
        hash_narrow(t, words, block);
        if (take_below_p(element, words, WORDS / 2)) return;
        hash_wide(t, words, block);
        if (take_below_p(element, words, WORDS)) return;
    }
}

static u32 low_bits_mask(u32 n_bits) { return (u32)((UINT64_C(1) << n_bits) - 1); }

void situ_transcript_challenge_bits(situ_transcript *t, u32 *positions, size_t n_positions, u32 n_bits)
{
    u32 words[WORDS / 2] SITU_ALIGNED(8), block[16] SITU_ALIGNED(8);
    SITU_VERIFY_THAT(n_bits <= 32);
    for (size_t i = 0; i < n_positions; i++) {
        if (i % SITU_ARRAY_LEN(words) == 0) {
            challenge_block(t, block, SITU_TRANSCRIPT_BITS);
            hash_narrow(t, words, block);
        }
        positions[i] = words[i % SITU_ARRAY_LEN(words)] & low_bits_mask(n_bits);
    }
}

bool situ_transcript_grind_check(situ_transcript *t, u64 nonce, u32 n_bits)
{
    u32 block[16] SITU_ALIGNED(8), digest[8] SITU_ALIGNED(8);
    SITU_VERIFY_THAT(n_bits <= 32);
    situ_transcript_settle(t);
    situ_transcript_block(block, SITU_TRANSCRIPT_GRIND, nonce);
    hash_narrow(t, digest, block);
    situ_transcript_absorb(t, SITU_TRANSCRIPT_GRIND, &nonce, sizeof nonce);
    return n_bits == 0 ? nonce == 0 : (digest[0] & low_bits_mask(n_bits)) == 0;
}
