/* Keccak: known answers, its constants from their definitions, packed against single. */
#include "tests/test.h"

#include "base/cpu.h"
#include "hash/keccak.h"

static void check_hex(const u8 *got, size_t n, const char *hex)
{
    char text[256] = "";
    for (size_t i = 0; i < n; i++) snprintf(text + 2 * i, 3, "%02x", got[i]);
    CHECK_STR_EQ(text, hex);
}

/* First word of XKCP's KeccakF-1600 intermediate values, and of the second permutation. */
TEST(permutation_of_zero)
{
    u64 st[25] = {0};
    situ_keccak_f(st);
    CHECK_EQ(st[0], 0xf1258f7940e1dde7);
    CHECK_EQ(st[1], 0x84d5ccf933c0478a);
    CHECK_EQ(st[24], 0xeaf1ff7b5ceca249);
    situ_keccak_f(st);
    CHECK_EQ(st[0], 0x2d5c954df96ecb3c);
}

/* Ethereum's constants: the empty account's code hash, the Transfer event, the selector of transfer. */
TEST(keccak256_known_answers)
{
    static const struct {
        const char *text, *hex;
    } vectors[] = {
        {"", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"},
        {"Transfer(address,address,uint256)",
         "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"},
        {"abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"},
    };
    u8 digest[32];
    for (size_t i = 0; i < SITU_ARRAY_LEN(vectors); i++) {
        situ_keccak256(digest, vectors[i].text, strlen(vectors[i].text));
        check_hex(digest, 32, vectors[i].hex);
    }
}

TEST(sha3_256_known_answers)
{
    static const struct {
        size_t n_bytes;
        const char *hex;
    } vectors[] = {
#include "tests/sha3_vectors.inc"
    };
    static u8 data[5000];
    u8 digest[32];
    for (size_t i = 0; i < sizeof data; i++) data[i] = (u8)(i % 251);
    for (size_t i = 0; i < SITU_ARRAY_LEN(vectors); i++) {
        situ_sha3_256(digest, data, vectors[i].n_bytes);
        check_hex(digest, 32, vectors[i].hex);
    }
}

/* FIPS 202, algorithm 5: bit 2^j - 1 of round constant i is rc(j + 7 i), an LFSR over x^8 + x^6 + x^5 + x^4
 * + 1. */
TEST(round_constants_follow_the_lfsr)
{
    u32 state = 1;
    for (int round = 0; round < SITU_KECCAK_ROUNDS; round++) {
        u64 constant = 0;
        for (int j = 0; j <= 6; j++) {
            if (state & 1) constant |= UINT64_C(1) << ((1 << j) - 1);
            state = state << 1 ^ (state & 0x80 ? 0x171u : 0);
        }
        CHECK_EQ(situ_keccak_round_constants[round], constant);
    }
}

/* FIPS 202, algorithm 2. */
TEST(rho_follows_its_walk)
{
    static const u8 rho[25] = SITU_KECCAK_RHO;
    u32 x = 1, y = 0;
    CHECK_EQ(rho[0], 0);
    for (u32 t = 0; t < 24; t++) {
        CHECK_EQ(rho[x + 5 * y], (t + 1) * (t + 2) / 2 % 64);
        u32 next_y = (2 * x + 3 * y) % 5;
        x = y;
        y = next_y;
    }
}

static void check_packed(void)
{
    for (int run = 0; run < 50; run++) {
        u64 packed[25][8] SITU_ALIGNED(64), single[8][25], by_rounds[25];
        for (int i = 0; i < 25; i++)
            for (int j = 0; j < 8; j++) packed[i][j] = single[j][i] = test_random_edgy(UINT64_MAX);
        situ_keccak_f8(packed);
        for (int j = 0; j < 8; j++) {
            memcpy(by_rounds, single[j], sizeof by_rounds);
            situ_keccak_f(single[j]);
            for (u32 round = 0; round < SITU_KECCAK_ROUNDS; round++) situ_keccak_round(by_rounds, round);
            CHECK_MEM_EQ(by_rounds, single[j], sizeof by_rounds);
            for (int i = 0; i < 25; i++) CHECK_EQ(packed[i][j], single[j][i]);
        }
    }
}

TEST(packed_equals_single) { test_every_cpu_level(check_packed); }

TEST_MAIN()
