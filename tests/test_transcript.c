/* The transcript against its specification (docs/hashing.md) spelled out with whole hashes, and its binding.
 */
#include "tests/test.h"

#include <stdlib.h>

#include "hash/transcript.h"

static void phase_digest(u8 out[32], const u8 key[32], const u8 *message, size_t n)
{
    situ_blake3_hash_keyed(out, key, message, n);
}

static size_t encode_item(u8 *out, u32 label, const void *data, u64 n)
{
    size_t total = u64_align_up(16 + n, 64);
    memset(out, 0, total);
    memcpy(out, &label, 4);
    memcpy(out + 8, &n, 8);
    memcpy(out + 16, data, n);
    return total;
}

static void first_digest(u8 out[32], const char *domain)
{
    situ_blake3 h;
    situ_blake3_init_derive_key(&h, "Situ 1 transcript", 17);
    situ_blake3_update(&h, domain, strlen(domain));
    situ_blake3_final(&h, out, 32);
}

static void challenge_bytes(u8 out[64], const u8 digest[32], u32 kind, u64 number)
{
    u8 message[64] = {0};
    u32 one = 1;
    memcpy(message, &kind, 4);
    memcpy(message + 4, &one, 4);
    memcpy(message + 8, &number, 8);
    situ_blake3 h;
    situ_blake3_init_keyed(&h, digest);
    situ_blake3_update(&h, message, 64);
    situ_blake3_final(&h, out, 64);
}

static void expected_element(u32 element[6], const u8 digest[32], u64 number)
{
    u32 words[16], n = 0;
    challenge_bytes((u8 *)words, digest, 1, number);
    for (int i = 0; i < 16 && n < 6; i++)
        if ((words[i] & 0x7fffffff) < 2130706433u) element[n++] = words[i] & 0x7fffffff;
    CHECK_EQ(n, 6);
}

TEST(follows_its_specification)
{
    u8 data[5000], *message = malloc(3 * 6000), digest[32];
    u32 element[6], expected[6];
    for (size_t i = 0; i < sizeof data; i++) data[i] = (u8)test_random();
    for (int run = 0; run < 50; run++) {
        situ_transcript t;
        situ_transcript_init(&t, "test domain");
        first_digest(digest, "test domain");
        u64 n_blocks = 0;
        for (int phase = 0; phase < 6; phase++) {
            size_t n_message = 0;
            u32 n_items = (u32)test_random_below(4);
            for (u32 i = 0; i < n_items; i++) {
                u32 label = (u32)test_random();
                u64 n = test_random_below(4) ? test_random_below(130) : test_random_below(sizeof data);
                situ_transcript_absorb(&t, label, data, n);
                n_message += encode_item(message + n_message, label, data, n);
            }
            if (n_items) {
                phase_digest(digest, digest, message, n_message);
                n_blocks = 0;
            }
            for (u32 i = (u32)test_random_below(3); i < 3; i++) {
                situ_transcript_challenge_k6(&t, element);
                expected_element(expected, digest, n_blocks++);
                CHECK_MEM_EQ(element, expected, sizeof element);
            }
        }
        u32 positions[40], words[8 * 5 + 8], n_bits = (u32)test_random_below(33);
        u32 n_positions = (u32)test_random_below(41);
        situ_transcript_challenge_bits(&t, positions, n_positions, n_bits);
        for (u32 i = 0; i < 5; i++) challenge_bytes((u8 *)(words + 8 * i), digest, 2, n_blocks + i); /* 8 count */
        n_blocks += (n_positions + 7) / 8;
        for (u32 i = 0; i < n_positions; i++)
            CHECK_EQ(positions[i], n_bits == 32 ? words[i] : words[i] % (1u << n_bits));
        situ_transcript_challenge_k6(&t, element);
        expected_element(expected, digest, n_blocks);
        CHECK_MEM_EQ(element, expected, sizeof element);
    }
    free(message);
}

/* Two short histories that differ anywhere must part. */
typedef struct {
    const char *domain;
    u32 label[2];
    const char *data[2];
    size_t n[2];
    bool challenge_between;
} history;

static void play(u32 element[6], const history *h)
{
    situ_transcript t;
    situ_transcript_init(&t, h->domain);
    situ_transcript_absorb(&t, h->label[0], h->data[0], h->n[0]);
    if (h->challenge_between) situ_transcript_challenge_k6(&t, element);
    situ_transcript_absorb(&t, h->label[1], h->data[1], h->n[1]);
    situ_transcript_challenge_k6(&t, element);
}

TEST(every_part_of_the_history_counts)
{
    static const history histories[] = {
        {"a", {1, 2}, {"xyz", "uvw"}, {3, 3}, false},   {"b", {1, 2}, {"xyz", "uvw"}, {3, 3}, false},
        {"a", {3, 2}, {"xyz", "uvw"}, {3, 3}, false},   {"a", {1, 3}, {"xyz", "uvw"}, {3, 3}, false},
        {"a", {1, 2}, {"xyz\0", "uvw"}, {4, 3}, false}, {"a", {1, 2}, {"xyz", "uvw\0"}, {3, 4}, false},
        {"a", {1, 2}, {"xyz", "uvw"}, {2, 3}, false},   {"a", {1, 2}, {"xyz", ""}, {3, 0}, false},
        {"a", {1, 2}, {"xyu", "uvw"}, {3, 3}, false},   {"a", {1, 2}, {"xyz", "uvv"}, {3, 3}, false},
        {"a", {1, 2}, {"xyz", "uvw"}, {3, 3}, true},    {"a", {2, 1}, {"uvw", "xyz"}, {3, 3}, false},
    };
    u32 element[SITU_ARRAY_LEN(histories)][6];
    for (size_t i = 0; i < SITU_ARRAY_LEN(histories); i++) {
        play(element[i], &histories[i]);
        for (size_t j = 0; j < i; j++) CHECK(memcmp(element[i], element[j], sizeof element[i]) != 0);
    }
}

/* Words are spread over the whole field: 64 buckets of 6 * 4096 draws, each within 6 sigma. */
TEST(elements_look_uniform)
{
    u32 counts[64] = {0}, element[6];
    situ_transcript t;
    situ_transcript_init(&t, "uniform");
    for (int i = 0; i < 4096; i++) {
        situ_transcript_challenge_k6(&t, element);
        for (int j = 0; j < 6; j++) {
            CHECK(element[j] < SITU_TRANSCRIPT_P);
            counts[(u64)element[j] * 64 / SITU_TRANSCRIPT_P]++;
        }
    }
    for (int i = 0; i < 64; i++) CHECK(counts[i] > 384 - 118 && counts[i] < 384 + 118);
}

TEST(grinding_asks_for_exactly_the_bits)
{
    situ_transcript start;
    situ_transcript_init(&start, "grind");
    situ_transcript_absorb(&start, 7, "seed", 4);
    for (u64 nonce = 0; nonce < 2000; nonce++) {
        situ_transcript t = start;
        situ_transcript_settle(&t);
        u32 words[16], element[6], element_after[6];
        challenge_bytes((u8 *)words, (const u8 *)t.digest, 3, nonce);
        for (u32 n_bits = 0; n_bits <= 32; n_bits++) {
            t = start;
            bool expected = n_bits == 0 ? nonce == 0 : (words[0] << (32 - n_bits)) == 0;
            CHECK_EQ(situ_transcript_grind_check(&t, nonce, n_bits), expected);
        }
        situ_transcript_challenge_k6(&t, element);
        t = start;
        situ_transcript_settle(&t); /* the nonce begins a phase of its own */
        situ_transcript_absorb(&t, 3, &nonce, 8);
        situ_transcript_challenge_k6(&t, element_after);
        CHECK_MEM_EQ(element, element_after, sizeof element);
    }
}

TEST_MAIN()
