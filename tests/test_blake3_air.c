/* BLAKE3's tables: agreement with the hash, and a forgery for every constraint. */
#include "air/blake3_f.h"
#include "air_forgery.h"
#include "gen/blake3_chain/blake3_chain.h"
#include "hash/blake3.h"

/* --- a round with one lie
 * -------------------------------------------------------------------------------------- */

typedef enum { LIE_NONE, LIE_A1, LIE_C1, LIE_A2, LIE_C2, LIE_TOP } lie_place;

/* In quarter round g, the sum `place` is changed by `delta` (a lie of LIE_TOP: see forge_top), and everything
 * behind follows. */
typedef struct {
    u32 g;
    lie_place place;
    u32 delta;
} lie;

static u32 rotate(u32 x, u32 n) { return x >> n | x << (32 - n); }

static void bytes(u32 out[4], u32 x)
{
    for (u32 k = 0; k < 4; k++) out[k] = x >> (8 * k) & 0xff;
}

/* Cells `top` that let b2 be any word: top[k] - 256 top[k+1] = byte k of b2 - 2 x4[k+1], solved over F. */
static void forge_top(blake3_g_columns *g, u32 b2)
{
    u32 r[4];
    for (u32 k = 0; k < 4; k++) r[k] = p_sub(b2 >> (8 * k) & 0xff, 2 * g->x4[(k + 1) % 4]);
    u32 sum = p_add(r[0], p_mul(256, p_add(r[1], p_mul(256, p_add(r[2], p_mul(256, r[3]))))));
    u32 power = p_mul(1 << 16, 1 << 16);
    g->top[0] = p_mul(sum, p_inv(p_sub(1, power)));
    for (u32 k = 3; k > 0; k--) g->top[k] = p_add(r[k], p_mul(256, g->top[(k + 1) % 4]));
}

static void tell_g(blake3_g_columns *g, u32 v[16], const u32 at[4], const u32 m[2], const lie *l)
{
    u32 *a = v + at[0], *b = v + at[1], *c = v + at[2], *d = v + at[3];
    u32 a1 = *a + *b + m[0] + (l->place == LIE_A1 ? l->delta : 0), x1 = *d ^ a1, d1 = rotate(x1, 16);
    u32 c1 = *c + d1 + (l->place == LIE_C1 ? l->delta : 0), x2 = *b ^ c1, b1 = rotate(x2, 12);
    u32 a2 = a1 + b1 + m[1] + (l->place == LIE_A2 ? l->delta : 0), x3 = d1 ^ a2, d2 = rotate(x3, 8);
    u32 c2 = c1 + d2 + (l->place == LIE_C2 ? l->delta : 0), x4 = b1 ^ c2, b2 = rotate(x4, 7);
    bytes(g->a1, a1);
    bytes(g->x1, x1);
    bytes(g->c1, c1);
    bytes(g->low, x2 & 0x0f0f0f0f);
    bytes(g->high, x2 >> 4 & 0x0f0f0f0f);
    bytes(g->a2, a2);
    bytes(g->x3, x3);
    bytes(g->c2, c2);
    bytes(g->x4, x4);
    bytes(g->top, x4 >> 7 & 0x01010101);
    if (l->place == LIE_TOP) forge_top(g, b2 = b2 + l->delta);
    *a = a2;
    *b = b2;
    *c = c2;
    *d = d2;
}

/* A round on random words; id 1, round 2. */
static void tell_round(blake3_round_row *r, const lie *l)
{
    static const lie none;
    u32 v[16], m[16];
    *r = (blake3_round_row){.id = 1, .round = 2, .real = 1};
    for (u32 w = 0; w < 16; w++) {
        v[w] = (u32)test_random_edgy(UINT32_MAX);
        m[w] = (u32)test_random_edgy(UINT32_MAX);
        r->m[2 * w] = m[w] & 0xffff;
        r->m[2 * w + 1] = m[w] >> 16;
    }
    for (u32 w = 0; w < 4; w++) {
        r->a[2 * w] = v[w] & 0xffff;
        r->a[2 * w + 1] = v[w] >> 16;
        bytes(r->b + 4 * w, v[4 + w]);
        r->c[2 * w] = v[8 + w] & 0xffff;
        r->c[2 * w + 1] = v[8 + w] >> 16;
        bytes(r->d + 4 * w, v[12 + w]);
    }
    for (u32 g = 0; g < 8; g++) {
        u32 i = g % 4, s = g / 4;
        const u32 at[4] = {i, 4 + (i + s) % 4, 8 + (i + 2 * s) % 4, 12 + (i + 3 * s) % 4};
        tell_g(s ? &r->diagonal_g[i] : &r->column_g[i], v, at, m + 2 * g, g == l->g ? l : &none);
    }
}

/* Every message asked of a lookup is there: lies are not caught by the exclusive ors. */
static void check_lookups(const forgery_table *t, const situ_air_system *system)
{
    for (u32 i = 0; i < t->shape->n_interactions; i++) {
        const situ_air_interaction *x = &t->shape->interactions[i];
        const situ_air_bus *bus = &system->buses[x->bus];
        u32 v[4];
        if (!bus->is_lookup) continue;
        for (u32 k = 0; k < 4; k++) v[k] = kb_to_u32(t->values[x->first_value + k]);
        if (strcmp(bus->name, "byte") == 0) {
            CHECK_EQ(v[0], 2);
            CHECK(v[1] < 256 && v[2] < 256);
            CHECK_EQ(v[3], v[1] ^ v[2]);
        } else {
            CHECK_STR_EQ(bus->name, "nibbles");
            CHECK(v[0] < 256 && v[1] < 256);
            CHECK_EQ(v[2], (v[0] ^ v[1]) & 15);
            CHECK_EQ(v[3], (v[0] ^ v[1]) >> 4);
        }
    }
}

/* --- honest rows
 * ----------------------------------------------------------------------------------------------- */

TEST(compressions_agree_with_the_hash)
{
    for (u32 run = 0; run < 50; run++) {
        blake3_round_row rounds[7];
        blake3_compress_row compress;
        blake3_input input = {.counter = test_random(),
                              .block_bytes = (u32)test_random_below(65),
                              .flags = (u32)test_random_below(128)};
        u32 cv[8], expected[8];
        for (u32 i = 0; i < 16; i++) input.block[i] = (u32)test_random();
        for (u32 i = 0; i < 8; i++) expected[i] = cv[i] = (u32)test_random();
        blake3_compress_rows(rounds, &compress, 9, cv, &input);
        situ_blake3_compress(expected, (const situ_file_u32 *)input.block, input.counter, input.block_bytes,
                             input.flags);
        CHECK_MEM_EQ(cv, expected, sizeof cv);
        for (u32 i = 0; i < 8; i++) {
            const u32 *b = compress.result + 4 * i;
            CHECK_EQ(b[0] | b[1] << 8 | b[2] << 16 | b[3] << 24, expected[i]);
        }
    }
}

TEST(the_chain_hashes_32_bytes)
{
    blake3_round_row rounds[7];
    blake3_compress_row compress;
    blake3_step_row step;
    u32 digest[8] = {0}, expected[8] = {0};
    for (u32 i = 0; i < 5; i++) {
        blake3_chain_rows(rounds, &compress, &step, i, digest);
        situ_blake3_hash((u8 *)expected, expected, 32);
        CHECK_MEM_EQ(digest, expected, 32);
        CHECK_EQ(step.step, i);
    }
}

TEST(xor_rows_are_exclusive_ors)
{
    const situ_air_table *t = &situ_blake3_chain_system.tables[SITU_BLAKE3_CHAIN_TABLE_XOR_NIBBLES];
    kb pre[BLAKE3_XOR_PRE], main[BLAKE3_XOR_MULTS], mults[BLAKE3_XOR_MULTS], values[4 * BLAKE3_XOR_MULTS];
    CHECK_EQ(t->n_values, SITU_ARRAY_LEN(values));
    u8 *seen = calloc(BLAKE3_XOR_PAIRS, 1);
    for (u32 row = 0; row < BLAKE3_XOR_ROWS; row++) {
        u32 plain[BLAKE3_XOR_PRE];
        blake3_xor_row(plain, row);
        for (u32 i = 0; i < BLAKE3_XOR_PRE; i++) pre[i] = kb_from_u32(plain[i]);
        for (u32 k = 0; k < BLAKE3_XOR_MULTS; k++) main[k] = kb_from_u32(k);
        situ_blake3_chain_prover.tables[SITU_BLAKE3_CHAIN_TABLE_XOR_NIBBLES].eval_row(pre, main, NULL, NULL,
                                                                                      mults, values);
        for (u32 k = 0; k < BLAKE3_XOR_MULTS; k++) {
            u32 c[4];
            for (u32 i = 0; i < 4; i++) c[i] = kb_to_u32(values[4 * k + i]);
            CHECK_EQ(kb_to_u32(mults[k]), k);
            CHECK(c[0] < 256 && c[1] < 256 && c[2] < 16);
            CHECK_EQ(c[2] + 16 * c[3], c[0] ^ c[1]);
            seen[c[0] + 256 * c[1]]++;
        }
    }
    for (u32 i = 0; i < BLAKE3_XOR_PAIRS; i++) CHECK_EQ(seen[i], 1);
    free(seen);
}

/* Rounds of one compression hand the state on, the first and last to the compress row. */
TEST(rounds_link_up)
{
    forgery_table t = forgery_open(&situ_blake3_chain_prover, "blake3_round");
    forgery_table u = forgery_open(&situ_blake3_chain_prover, "blake3_compress");
    blake3_round_row rounds[7];
    blake3_compress_row compress;
    blake3_step_row step;
    u32 digest[8] = {1, 2, 3};
    kb handed[96], last_received[96];
    u32 width = 0, n_sent = 0;
    blake3_chain_rows(rounds, &compress, &step, 4, digest);

    forgery_honest(&u, &compress.id);
    check_lookups(&u, situ_blake3_chain_prover.shape);
    for (u32 i = 0; i < u.shape->n_interactions; i++) {
        const situ_air_interaction *x = &u.shape->interactions[i];
        const situ_air_bus *bus = &situ_blake3_chain_prover.shape->buses[x->bus];
        if (strcmp(bus->name, "blake3_state") != 0) continue;
        width = bus->width;
        CHECK(width <= 96);
        memcpy(x->is_receive ? last_received : handed, u.values + x->first_value, width * sizeof(kb));
    }
    for (u32 round = 0; round < 7; round++) {
        forgery_honest(&t, &rounds[round].id);
        check_lookups(&t, situ_blake3_chain_prover.shape);
        for (u32 pass = 0; pass < 2; pass++)
            for (u32 i = 0; i < t.shape->n_interactions; i++) {
                const situ_air_interaction *x = &t.shape->interactions[i];
                if (strcmp(situ_blake3_chain_prover.shape->buses[x->bus].name, "blake3_state") != 0) continue;
                if (x->is_receive && pass == 0)
                    CHECK_MEM_EQ(handed, t.values + x->first_value, width * sizeof(kb));
                if (x->is_receive || pass == 0) continue;
                memcpy(handed, t.values + x->first_value, width * sizeof(kb));
                n_sent++;
            }
    }
    CHECK_EQ(n_sent, 7);
    CHECK_MEM_EQ(handed, last_received, width * sizeof(kb));
    forgery_close(&t);
    forgery_close(&u);
}

TEST(honest_and_padding_rows_pass)
{
    static const char *const NAMES[3] = {"blake3_round", "blake3_compress", "blake3_step"};
    static const u32 zero[512];
    for (u32 i = 0; i < 3; i++) {
        forgery_table t = forgery_open(&situ_blake3_chain_prover, NAMES[i]);
        CHECK(t.shape->n_main <= 512);
        forgery_honest(&t, zero);
        check_lookups(&t, situ_blake3_chain_prover.shape);
        for (u32 k = 0; k < t.shape->n_interactions; k++)
            if (!situ_blake3_chain_prover.shape->buses[t.shape->interactions[k].bus].is_lookup)
                CHECK_EQ(t.mults[k], 0);
        forgery_close(&t);
    }
    forgery_table t = forgery_open(&situ_blake3_chain_prover, "blake3_round");
    CHECK_EQ(t.shape->n_main * sizeof(u32), sizeof(blake3_round_row));
    for (u32 run = 0; run < 200; run++) {
        blake3_round_row r;
        tell_round(&r, &(lie){0});
        forgery_honest(&t, &r.id);
        check_lookups(&t, situ_blake3_chain_prover.shape);
    }
    forgery_close(&t);
}

/* --- forgeries
 * ------------------------------------------------------------------------------------------------- */

/* Try the lie on random rounds, both ways round, until `family` alone catches it; with every lookup in order.
 */
static void forge(forgery_table *t, lie l, const char *family)
{
    for (u32 tries = 0; tries < 400; tries++) {
        blake3_round_row r;
        l.delta = -l.delta;
        tell_round(&r, &l);
        if (!forgery_caught(t, &r.id, family)) continue;
        check_lookups(t, situ_blake3_chain_prover.shape);
        return;
    }
    test_fail(__FILE__, __LINE__, "no forgery found for %s", family);
}

TEST(every_constraint_owns_a_forgery)
{
    static const struct {
        lie_place place;
        u32 delta;
        const char *name;
    } LIES[] = {
        /* off by p: right modulo p, so that only the carry between the limbs is wrong */
        {LIE_A1, KB_P, "carry_a1_low"},     {LIE_C1, KB_P, "carry_c1_low.bit"},
        {LIE_A2, KB_P, "carry_a2_low"},     {LIE_C2, KB_P, "carry_c2_low.bit"},
        {LIE_A1, 0x50000, "carry_a1_high"}, {LIE_C1, 0x50000, "carry_c1_high.bit"},
        {LIE_A2, 0x50000, "carry_a2_high"}, {LIE_C2, 0x50000, "carry_c2_high.bit"},
        {LIE_TOP, 0x100, "top.bit"},
    };
    forgery_table t = forgery_open(&situ_blake3_chain_prover, "blake3_round");
    for (u32 g = 0; g < 8; g++)
        for (u32 i = 0; i < SITU_ARRAY_LEN(LIES); i++) {
            char family[128];
            snprintf(family, sizeof family, "blake3_round.%s.%s", g < 4 ? "column_g" : "diagonal_g",
                     LIES[i].name);
            forge(&t, (lie){g, LIES[i].place, LIES[i].delta}, family);
        }
    blake3_round_row r;
    tell_round(&r, &(lie){0});
    r.real = 2;
    forgery_must(&t, &r.id, "blake3_round.real.bit");
    forgery_all_owned(&t);
    forgery_close(&t);
}

TEST(every_constraint_around_the_rounds_owns_a_forgery)
{
    blake3_round_row rounds[7];
    blake3_compress_row compress;
    blake3_step_row step;
    u32 digest[8] = {0};
    blake3_chain_rows(rounds, &compress, &step, 0, digest);

    forgery_table t = forgery_open(&situ_blake3_chain_prover, "blake3_compress");
    CHECK_EQ(t.shape->n_main * sizeof(u32), sizeof compress);
    compress.real = 2;
    forgery_must(&t, &compress.id, "blake3_compress.real.bit");
    forgery_all_owned(&t);
    forgery_close(&t);

    t = forgery_open(&situ_blake3_chain_prover, "blake3_step");
    CHECK_EQ(t.shape->n_main * sizeof(u32), sizeof step);
    forgery_honest(&t, &step.real);
    step.real = 2;
    forgery_must(&t, &step.real, "blake3_step.real.bit");
    forgery_all_owned(&t);
    forgery_close(&t);
}

TEST_MAIN()
