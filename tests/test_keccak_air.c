/* Keccak-f's tables: known answers, and a forgery for every constraint. */
#include "air/keccak_f.h"
#include "air_forgery.h"
#include "gen/keccak_chain/keccak_chain.h"

static const u8 ROTATION[25] = {0,  1,  62, 28, 27, 36, 44, 6,  55, 20, 3,  10, 43,
                                25, 39, 41, 45, 15, 21, 8,  18, 2,  61, 56, 14};
static const u8 IOTA[24] = {0x01, 0x1a, 0x5e, 0x70, 0x1f, 0x21, 0x79, 0x55, 0x0e, 0x0c, 0x35, 0x26,
                            0x3f, 0x4f, 0x5d, 0x53, 0x52, 0x48, 0x16, 0x66, 0x79, 0x58, 0x21, 0x74};

enum { C0 = 320, C2 = 384, C3 = 448 };

/* --- the row's formulas over F, whatever its cells hold
 * -------------------------------------------------------- */

static u32 theta_d(const keccak_f_row *r, u32 x, u32 z)
{
    const u32 *t = r->theta;
    u32 back = (z + 63) % 64;
    switch (x) {
    case 0: return p_xor(t[z], t[C0 + z]);
    case 1: return p_xor(t[C0 + z], t[C2 + back]);
    case 2: return p_xor(t[128 + z], t[C2 + z]);
    case 3: return p_xor(t[192 + z], t[C3 + z]);
    default: return p_xor(t[C3 + z], t[C0 + back]);
    }
}

static u32 pi_source(u32 s)
{
    u32 x = s / 64 % 5, y = s / 320, z = s % 64;
    u32 lane = (x + 3 * y) % 5 + 5 * x;
    return 64 * lane + (z + 64 - ROTATION[lane]) % 64;
}

static u32 chi(const keccak_f_row *r, u32 s)
{
    u32 y = s / 320 * 320;
    u32 b = r->a[pi_source(y + (s + 64) % 320)], c = r->a[pi_source(y + (s + 128) % 320)],
        own = r->a[pi_source(s)];
    for (u32 j = 0; j < 7; j++)
        if (s == (1u << j) - 1) own = r->iota[j];
    return p_xor(own, p_mul(p_sub(1, b), c));
}

/* in, iota and out as their constraints want them. */
static void settle_out(keccak_f_row *r)
{
    for (u32 j = 0; j < KECCAK_LIMBS; j++) {
        r->limb_in[j] = r->limb_out[j] = 0;
        for (u32 i = 0; i < 30 && 30 * j + i < 1600; i++) {
            u32 s = 30 * j + i;
            r->limb_in[j] =
                p_add(r->limb_in[j], p_mul(1u << i, p_xor(r->a[s], theta_d(r, s / 64 % 5, s % 64))));
            r->limb_out[j] = p_add(r->limb_out[j], p_mul(1u << i, chi(r, s)));
        }
    }
}

static void settle(keccak_f_row *r)
{
    for (u32 j = 0; j < 7; j++) {
        u32 constant = 0;
        for (u32 k = 0; k < 24; k++)
            if (IOTA[k] >> j & 1) constant = p_add(constant, p_mul(r->p[k / 4], r->q[k % 4]));
        r->iota[j] = p_xor(r->a[pi_source((1u << j) - 1)], constant);
    }
    settle_out(r);
}

/* Make the parity behind theta of column (x, z) the integer t, -1..2, and five bits that agree. */
static void put_parity(keccak_f_row *r, u32 x, u32 z, u32 t)
{
    u32 n_ones = t == KB_P - 1 ? 1 : t;
    CHECK(n_ones <= 2);
    r->theta[64 * x + z] = t;
    for (u32 y = 0; y < 5; y++) r->a[320 * y + 64 * x + z] = y < n_ones;
}

/* 1 - 2 x: turns exclusive or into a product. */
static u32 sign(u32 x) { return p_sub(1, p_mul(2, x)); }
static u32 unsign(u32 s) { return p_mul(p_sub(1, s), p_inv(2)); }

/* t(0), t(2) and t(3) as the three links want them. */
static void settle_links(keccak_f_row *r)
{
    for (u32 z = 0; z < 64; z++) {
        const u32 *t = r->theta;
        u32 z1 = (z + 63) % 64, z2 = (z + 62) % 64;
        u32 t0 = p_mul(p_mul(sign(t[C3 + z]), sign(t[64 + z1])), sign(t[C2 + z2]));
        u32 t2 = p_mul(p_mul(sign(t[C0 + z]), sign(t[C2 + z1])), sign(t[C3 + z1]));
        u32 t3 = p_mul(p_mul(sign(t[C2 + z]), sign(t[C3 + z1])), sign(t[C0 + z2]));
        t0 = unsign(p_mul(t0, p_inv(p_mul(sign(t[C0 + z]), sign(t[256 + z])))));
        t2 = unsign(p_mul(t2, p_inv(p_mul(sign(t[C2 + z]), sign(t[64 + z])))));
        t3 = unsign(p_mul(t3, p_inv(p_mul(sign(t[C3 + z]), sign(t[256 + z1])))));
        if (t0 != t[z]) put_parity(r, 0, z, t0);
        if (t2 != t[128 + z]) put_parity(r, 2, z, t2);
        if (t3 != t[192 + z]) put_parity(r, 3, z, t3);
    }
}

static void random_rows(keccak_f_row rows[24], u64 state[25])
{
    for (u32 l = 0; l < 25; l++) state[l] = test_random();
    keccak_f_rows(rows, 7, state);
}

static keccak_f_row random_row(void)
{
    static keccak_f_row rows[24];
    u64 state[25];
    random_rows(rows, state);
    return rows[test_random_below(24)];
}

/* --- honest rows
 * ----------------------------------------------------------------------------------------------- */

static void known_answer(void)
{
    /* Keccak-f[1600] of the zero state, first and last lane (XKCP, KeccakF-1600-IntermediateValues.txt). */
    static keccak_f_row rows[24];
    u64 state[25] = {0};
    u32 limbs[KECCAK_LIMBS];
    keccak_f_rows(rows, 3, state);
    CHECK_EQ(state[0], 0xf1258f7940e1dde7);
    CHECK_EQ(state[24], 0xeaf1ff7b5ceca249);
    keccak_limbs(limbs, state);
    CHECK_MEM_EQ(limbs, rows[23].limb_out, sizeof limbs);
    for (u32 i = 0; i < 24; i++) {
        CHECK_EQ(rows[i].id, 3);
        if (i > 0) CHECK_MEM_EQ(rows[i].limb_in, rows[i - 1].limb_out, sizeof limbs);
    }
    keccak_f_rows(rows, 3, state);
    CHECK_EQ(state[0], 0x2d5c954df96ecb3c);
}

TEST(known_answers_at_every_level) { test_every_cpu_level(known_answer); }

TEST(limbs_hold_every_bit_once)
{
    for (u32 s = 0; s < 1600; s++) {
        u64 state[25] = {0};
        u32 limbs[KECCAK_LIMBS];
        state[s / 64] = (u64)1 << s % 64;
        keccak_limbs(limbs, state);
        for (u32 j = 0; j < KECCAK_LIMBS; j++) CHECK_EQ(limbs[j], j == s / 30 ? 1u << s % 30 : 0);
    }
}

TEST(honest_and_padding_rows_pass)
{
    forgery_table t = forgery_open(&situ_keccak_chain_prover, "keccak_f");
    static keccak_f_row rows[24], again;
    u64 state[25];
    CHECK_EQ(t.shape->n_main * sizeof(u32), sizeof(keccak_f_row));
    for (u32 run = 0; run < 4; run++) {
        random_rows(rows, state);
        for (u32 i = 0; i < 24; i++) {
            forgery_honest(&t, &rows[i].id);
            again = rows[i];
            settle(&again);
            CHECK_MEM_EQ(&again, &rows[i], sizeof again);
        }
    }
    static const keccak_f_row padding;
    forgery_honest(&t, &padding.id);
    for (u32 i = 0; i < t.shape->n_interactions; i++) CHECK_EQ(t.mults[i], 0);
    forgery_close(&t);
}

/* A row speaks of the round before and the round after it, and of no other than the 24. */
TEST(rounds_are_numbered)
{
    forgery_table t = forgery_open(&situ_keccak_chain_prover, "keccak_f");
    static keccak_f_row rows[24];
    u64 state[25];
    random_rows(rows, state);
    for (u32 i = 0; i < 24; i++) {
        forgery_eval(&t, &rows[i].id);
        const kb *in = t.values + t.shape->interactions[0].first_value,
                 *out = t.values + t.shape->interactions[1].first_value;
        CHECK_EQ(kb_to_u32(in[1]), i);
        CHECK_EQ(kb_to_u32(out[1]), i + 1);
        CHECK_EQ(kb_to_u32(in[0]), 7);
        CHECK_EQ(kb_to_u32(out[0]), 7);
        for (u32 j = 0; j < KECCAK_LIMBS; j++) {
            CHECK_EQ(kb_to_u32(in[2 + j]), rows[i].limb_in[j]);
            CHECK_EQ(kb_to_u32(out[2 + j]), rows[i].limb_out[j]);
        }
    }
    forgery_close(&t);
}

/* --- forgeries
 * ------------------------------------------------------------------------------------------------- */

static void set_round(keccak_f_row *r, u32 p_mask, u32 q_mask)
{
    for (u32 i = 0; i < 6; i++) r->p[i] = p_mask >> i & 1;
    for (u32 j = 0; j < 4; j++) r->q[j] = q_mask >> j & 1;
}

static void forge_rounds(forgery_table *t)
{
    keccak_f_row r = random_row();
    for (u32 i = 0; i < 6; i++) { /* -1 and two ones: their sum is 1 */
        set_round(&r, i < 2 ? 0x30 : 0x03, 1);
        r.p[i] = KB_P - 1;
        settle(&r);
        forgery_must(t, &r.id, "keccak_f.p.bit");
    }
    for (u32 j = 0; j < 4; j++) {
        set_round(&r, 1, j < 2 ? 0xc : 0x3);
        r.q[j] = KB_P - 1;
        settle(&r);
        forgery_must(t, &r.id, "keccak_f.q.bit");
    }
    set_round(&r, 0x3, 0x6); /* two rounds at once */
    settle(&r);
    forgery_must(t, &r.id, "keccak_f.real.bit");
    set_round(&r, 0x4, 0); /* round 8 without its constant */
    settle(&r);
    forgery_must(t, &r.id, "keccak_f.one_round");
}

static void forge_bits(forgery_table *t)
{
    for (u32 s = 0; s < 1600; s++) {
        keccak_f_row r = random_row();
        u32 others = 0, k = s % 320;
        for (u32 y = 0; y < 5; y++) others += 320 * y + k == s ? 0 : r.a[320 * y + k];
        for (u32 e = 0; e <= 4; e += 2) {
            r.a[s] = p_sub(p_add(e, r.theta[k]), others);
            if (r.a[s] > 1) break;
        }
        settle(&r);
        forgery_must(t, &r.id, "keccak_f.a.bit");
    }
}

static void forge_theta(forgery_table *t)
{
    for (u32 k = 0; k < 320; k++) {
        keccak_f_row r = random_row();
        r.a[320 * (k % 5) + k] ^= 1;
        settle(&r);
        forgery_must(t, &r.id, "keccak_f.parity");
    }
    static const u32 LINK[3] = {0, 128, 192};
    static const char *const LINK_NAME[3] = {"keccak_f.link0", "keccak_f.link2", "keccak_f.link3"};
    for (u32 i = 0; i < 192; i++) { /* theta adds what it should not to one column */
        keccak_f_row r = random_row();
        u32 k = LINK[i / 64] + i % 64;
        r.theta[k] ^= 1;
        r.a[320 * (k % 5) + k] ^= 1;
        settle(&r);
        forgery_must(t, &r.id, LINK_NAME[i / 64]);
    }
}

/* Parities that are no bits but -1 or 2, whose signs are 3 and -3: only all of one x together agree with the
 * rest. */
static u32 no_bit(u32 bit) { return bit ? 2 : KB_P - 1; }

static void forge_parities(forgery_table *t)
{
    keccak_f_row r = random_row();
    for (u32 z = 0; z < 64; z++) {
        put_parity(&r, 1, z, no_bit(r.theta[64 + z]));
        r.theta[C0 + z] = no_bit(r.theta[C0 + z]);
    }
    settle_links(&r);
    settle(&r);
    forgery_must(t, &r.id, "keccak_f.theta_bit_t1");
    for (u32 i = 0; i < 2; i++) {
        r = random_row();
        u32 *c = r.theta + (i ? C3 : C2);
        for (u32 z = 0; z < 64; z++) c[z] = no_bit(c[z]);
        settle_links(&r);
        settle(&r);
        forgery_must(t, &r.id, i ? "keccak_f.theta_bit_c3" : "keccak_f.theta_bit_c2");
    }
}

static void forge_limbs(forgery_table *t)
{
    for (u32 j = 0; j < 7; j++) { /* another round constant */
        keccak_f_row r = random_row();
        r.iota[j] ^= 1;
        settle_out(&r);
        forgery_must(t, &r.id, "keccak_f.iota");
    }
    for (u32 j = 0; j < KECCAK_LIMBS; j++) {
        keccak_f_row r = random_row();
        r.limb_in[j] ^= 1;
        forgery_must(t, &r.id, "keccak_f.limb_in");
        r = random_row();
        r.limb_out[j] ^= 1;
        forgery_must(t, &r.id,
                     j == 0   ? "keccak_f.limb_out_0"
                     : j == 1 ? "keccak_f.limb_out_1"
                     : j == 2 ? "keccak_f.limb_out_2"
                              : "keccak_f.limb_out");
    }
}

TEST(every_constraint_owns_a_forgery)
{
    forgery_table t = forgery_open(&situ_keccak_chain_prover, "keccak_f");
    forge_rounds(&t);
    forge_bits(&t);
    forge_theta(&t);
    forge_parities(&t);
    forge_limbs(&t);
    forgery_all_owned(&t);
    forgery_close(&t);
}

TEST(every_constraint_of_the_chain_owns_a_forgery)
{
    forgery_table t = forgery_open(&situ_keccak_chain_prover, "keccak_step");
    static keccak_f_row rows[24];
    keccak_step_row row;
    u64 state[25] = {0};
    keccak_chain_rows(rows, &row, 5, state);
    CHECK_EQ(t.shape->n_main * sizeof(u32), sizeof row);
    forgery_honest(&t, &row.real);
    row.real = 2;
    forgery_must(&t, &row.real, "keccak_step.real.bit");
    forgery_all_owned(&t);
    forgery_close(&t);
}

TEST_MAIN()
