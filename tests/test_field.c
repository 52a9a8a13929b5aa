/* KoalaBear, its degree-6 extension, and their packed forms at every level against slow definitions. */
#include "tests/test.h"

#include "field/field_check.h"
#include "field/k6.h"

static kb random_kb(void) { return (kb)test_random_edgy(KB_P - 1); }

static k6 random_k6(void)
{
    k6 r;
    for (int i = 0; i < K6_DEGREE; i++) r.c[i] = random_kb();
    return r;
}

/* Definitions on plain integers, with % only. */
static u64 plain(kb a) { return kb_to_u32(a); }

static k6 slow_k6_mul(k6 a, k6 b)
{
    u64 t[11] = {0};
    for (int i = 0; i < 6; i++)
        for (int j = 0; j < 6; j++) t[i + j] = (t[i + j] + plain(a.c[i]) * plain(b.c[j])) % KB_P;
    for (int k = 10; k >= 6; k--) { /* X^k = -X^(k-3) - X^(k-6) */
        t[k - 3] = (t[k - 3] + KB_P - t[k]) % KB_P;
        t[k - 6] = (t[k - 6] + KB_P - t[k]) % KB_P;
    }
    k6 r;
    for (int i = 0; i < 6; i++) r.c[i] = kb_from_u32((u32)t[i]);
    return r;
}

TEST(kb_agrees_with_integers)
{
    for (u64 i = 0; i < test_runs(20000); i++) {
        kb a = random_kb(), b = random_kb();
        CHECK_EQ(plain(kb_add(a, b)), (plain(a) + plain(b)) % KB_P);
        CHECK_EQ(plain(kb_sub(a, b)), (plain(a) + KB_P - plain(b)) % KB_P);
        CHECK_EQ(plain(kb_mul(a, b)), plain(a) * plain(b) % KB_P);
        CHECK_EQ(kb_from_u32((u32)plain(a)), a);
        if (a) CHECK_EQ(kb_mul(a, kb_inv(a)), KB_ONE);
    }
    CHECK_EQ(kb_from_u32(UINT32_MAX), KB_CONST(UINT32_MAX % KB_P));
    CHECK_EQ(KB_CONST(1), KB_ONE);
}

TEST(generator_and_roots_of_unity_have_their_orders)
{
    CHECK(kb_pow(KB_CONST(3), (KB_P - 1) / 2) != KB_ONE);
    CHECK(kb_pow(KB_CONST(3), (KB_P - 1) / 127) != KB_ONE); /* p - 1 = 2^24 * 127 */
    CHECK_EQ(kb_pow(KB_CONST(3), KB_P - 1), KB_ONE);
    CHECK_EQ(kb_root_of_unity(0), KB_ONE);
    for (u32 k = 1; k <= KB_TWO_ADICITY; k++) {
        kb w = kb_root_of_unity(k);
        CHECK_EQ(kb_mul(w, w), kb_root_of_unity(k - 1));
        CHECK_EQ(kb_pow(w, UINT64_C(1) << (k - 1)), kb_neg(KB_ONE));
    }
}

TEST(k6_agrees_with_its_definition)
{
    for (u64 i = 0; i < test_runs(5000); i++) {
        k6 a = random_k6(), b = random_k6(), c = random_k6();
        CHECK(k6_equal(k6_mul(a, b), slow_k6_mul(a, b)));
        CHECK(k6_equal(k6_mul(a, k6_add(b, c)), k6_add(k6_mul(a, b), k6_mul(a, c))));
        if (!k6_is_zero(a)) CHECK(k6_equal(k6_mul(a, k6_inv(a)), k6_one()));
    }
    k6 x = {{0, KB_ONE}};
    CHECK(k6_equal(k6_pow(x, 9), k6_one()));
    CHECK(!k6_equal(k6_pow(x, 3), k6_one()));
}

TEST(frobenius_is_the_p_th_power)
{
    for (int i = 0; i < 50; i++) {
        k6 a = random_k6();
        CHECK(k6_equal(k6_frobenius(a), k6_pow(a, KB_P)));
    }
}

/* X has exactly six conjugates, so it lies in no proper subfield: the modulus is irreducible. */
TEST(modulus_is_irreducible)
{
    k6 x = {{0, KB_ONE}}, y = x;
    for (int i = 1; i <= 6; i++) {
        y = k6_frobenius(y);
        CHECK_EQ(k6_equal(y, x), i == 6);
    }
}

TEST(non_canonical_words_are_seen)
{
    u32 words[6] = {0, 1, 2, 3, 4, KB_P - 1};
    CHECK(k6_is_canonical(words));
    for (int i = 0; i < 6; i++) {
        u32 kept = words[i];
        words[i] = KB_P;
        CHECK(!k6_is_canonical(words));
        words[i] = kept;
    }
}

static k6 scalar_op(field_op op, k6 a, k6 b, kb b0)
{
    kb sum = 0;
    switch (op) {
    case FIELD_OP_ADD: return k6_from_kb(kb_add(a.c[0], b.c[0]));
    case FIELD_OP_SUB: return k6_from_kb(kb_sub(a.c[0], b.c[0]));
    case FIELD_OP_MUL: return k6_from_kb(kb_mul(a.c[0], b.c[0]));
    case FIELD_OP_MUL_W: return k6_from_kb(kb_mul(a.c[0], b0));
    case FIELD_OP_INV: return k6_from_kb(a.c[0] ? kb_inv(a.c[0]) : 0);
    case FIELD_OP_DOT6:
        for (int i = 0; i < 6; i++) sum = kb_add(sum, kb_mul(a.c[i], b.c[i]));
        return k6_from_kb(sum);
    case FIELD_OP_K_ADD: return k6_add(a, b);
    case FIELD_OP_K_SUB: return k6_sub(a, b);
    case FIELD_OP_K_MUL: return slow_k6_mul(a, b);
    case FIELD_OP_K_MUL_V: return k6_mul_kb(a, b.c[0]);
    case FIELD_OP_K_FROBENIUS: return k6_frobenius(a);
    case FIELD_OP_K_INV: return k6_is_zero(a) ? k6_zero() : k6_inv(a);
    case FIELD_OP_COUNT: break;
    }
    return k6_zero();
}

static void packed_agrees(void)
{
    for (u64 run = 0; run < test_runs(300); run++) {
        k6 a[16], b[16], r[16];
        for (int i = 0; i < 16; i++) {
            a[i] = random_k6();
            b[i] = random_k6();
        }
        if (run == 0)
            for (int i = 0; i < 16; i++)
                for (int j = 0; j < 6; j++) a[i].c[j] = b[i].c[j] = KB_P - 1; /* the largest sums */
        if (run == 1) a[3] = k6_zero();
        for (int op = 0; op < FIELD_OP_COUNT; op++) {
            SIMD_PICK(situ_field_apply)(r, (field_op)op, a, b);
            for (int i = 0; i < 16; i++)
                CHECK(k6_equal(r[i], scalar_op((field_op)op, a[i], b[i], b[0].c[0])));
        }
    }
    kb m[16][16], t[16][16];
    for (int i = 0; i < 256; i++) t[i / 16][i % 16] = m[i / 16][i % 16] = random_kb();
    SIMD_PICK(situ_field_transpose)(t);
    for (int i = 0; i < 256; i++) CHECK_EQ(t[i / 16][i % 16], m[i % 16][i / 16]);
}

TEST(packed_operations_agree_at_every_level) { test_every_cpu_level(packed_agrees); }

TEST_MAIN()
