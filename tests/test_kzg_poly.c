/* situ/poly.h against the definitions, and the vector kernels against the portable ones. */
#include "tests/test.h"

#include <stdlib.h>

#include "base/base.h"
#include "base/cpu.h"
#include "kzg/fft.h"
#include "kzg/fr_kernels.h"
#include "situ/poly.h"

enum { N_MAX = 8192 };

static const fr order_less_1 = {
    {0xffffffff00000000, 0x53bda402fffe5bfe, 0x3339d80809a1d805, 0x73eda753299d7d48}};

/* Half of the time an edge: small, or r minus small, or limb boundaries. */
static fr random_fr(void)
{
    fr a = {{0}};
    u64 small = test_random_below(4);
    switch (test_random_below(6)) {
    case 0: a.word[0] = small; return a;
    case 1:
        a = order_less_1;
        a.word[0] -= small;
        return a;
    case 2:
        for (int i = 0; i < 4; i++) a.word[i] = test_random_edgy(UINT64_MAX);
        break;
    default:
        for (int i = 0; i < 4; i++) a.word[i] = test_random();
    }
    a.word[3] &= UINT64_MAX >> 1;
    u8 bytes[32];
    situ_fr_write(bytes, &a);
    return situ_fr_from_hash(bytes);
}

static void random_frs(fr *a, size_t n)
{
    for (size_t i = 0; i < n; i++) a[i] = random_fr();
}

static fr power_of(u64 x)
{
    fr a = {{x, 0, 0, 0}};
    return a;
}

static fr a[N_MAX], b[N_MAX], c[N_MAX], d[N_MAX];
static fr_mont am[N_MAX], bm[N_MAX], tmp[N_MAX];

static situ_domain *domain_of(u32 log2_max)
{
    situ_domain *domain;
    CHECK_EQ(situ_domain_create(&domain, log2_max), SITU_OK);
    return domain;
}

/* --- scalars ------------------------------------------------------------------------------------------ */

/* Sum of a's bits times 2^i b, by additions alone. */
static fr mul_slow(const fr *x, const fr *y)
{
    fr sum = {{0}};
    for (int i = 255; i >= 0; i--) {
        sum = situ_fr_add(&sum, &sum);
        if (x->word[i / 64] >> i % 64 & 1) sum = situ_fr_add(&sum, y);
    }
    return sum;
}

TEST(scalars_obey_the_laws)
{
    const fr zero = {{0}}, one = {{1, 0, 0, 0}};
    for (u64 run = 0; run < test_runs(300); run++) {
        fr x = random_fr(), y = random_fr(), p = situ_fr_mul(&x, &y), q = mul_slow(&x, &y), inverse;
        CHECK_MEM_EQ(&p, &q, sizeof p);
        p = situ_fr_sub(&x, &y);
        p = situ_fr_add(&p, &y);
        CHECK_MEM_EQ(&p, &x, sizeof p);
        p = situ_fr_pow(&x, 5);
        q = situ_fr_mul(&x, &x);
        q = situ_fr_mul(&q, &q);
        q = situ_fr_mul(&q, &x);
        CHECK_MEM_EQ(&p, &q, sizeof p);
        inverse = y;
        if (memcmp(&x, &zero, sizeof x) == 0) {
            CHECK_EQ(situ_fr_inverse(&inverse, &x), SITU_ERR_ARG);
            CHECK_MEM_EQ(&inverse, &y, sizeof y);
            continue;
        }
        CHECK_EQ(situ_fr_inverse(&inverse, &x), SITU_OK);
        p = situ_fr_mul(&x, &inverse);
        CHECK_MEM_EQ(&p, &one, sizeof p);
    }
    fr sum = situ_fr_add(&order_less_1, &one);
    CHECK_MEM_EQ(&sum, &zero, sizeof sum);
    sum = situ_fr_pow(&zero, 0);
    CHECK_MEM_EQ(&sum, &one, sizeof sum);
}

TEST(bytes_must_be_canonical)
{
    u8 bytes[32], again[32];
    fr x, kept = power_of(7);
    situ_fr_write(bytes, &order_less_1);
    CHECK_EQ(situ_fr_read(&x, bytes), SITU_OK);
    CHECK_MEM_EQ(&x, &order_less_1, sizeof x);
    situ_fr_write(again, &x);
    CHECK_MEM_EQ(again, bytes, 32);
    x = kept;
    bytes[31]++; /* r ends in 01: r itself */
    CHECK_EQ(situ_fr_read(&x, bytes), SITU_ERR_FORMAT);
    memset(bytes, 0xff, 32);
    CHECK_EQ(situ_fr_read(&x, bytes), SITU_ERR_FORMAT);
    CHECK_MEM_EQ(&x, &kept, sizeof x);
}

TEST(many_inverses)
{
    for (size_t n = 0; n < 1100; n += 1 + n / 3) {
        random_frs(a, n);
        for (size_t i = 0; i < n; i++) a[i].word[0] |= fr_is_zero(&a[i]);
        memcpy(b, a, sizeof a);
        CHECK_EQ(situ_fr_inverse_many(b, n), SITU_OK);
        for (size_t i = 0; i < n; i++) {
            CHECK_EQ(situ_fr_inverse(&c[0], &a[i]), SITU_OK);
            CHECK_MEM_EQ(&b[i], &c[0], sizeof(fr));
        }
        if (n == 0) continue;
        memcpy(c, a, sizeof a);
        memset(&c[n / 2], 0, sizeof(fr));
        memcpy(b, c, sizeof c);
        CHECK_EQ(situ_fr_inverse_many(b, n), SITU_ERR_ARG);
        CHECK_MEM_EQ(b, c, sizeof c);
    }
}

/* --- kernels ------------------------------------------------------------------------------------------ */

static void to_mont(fr_mont *out, const fr *in, size_t n)
{
    for (size_t i = 0; i < n; i++) out[i] = situ_fr_to_mont(&in[i]);
}

/* One table's results against the other's, guarded by an element behind the last. */
static void compare_kernels(size_t n)
{
    const fr_kernels *portable = &situ_fr_kernels_portable, *now = situ_fr_kernels();
    const fr guard = {{1, 2, 3, 4}};
    static u8 bytes[32 * N_MAX];
    fr y = random_fr(), x = random_fr();
    fr_mont factor = situ_fr_to_mont(&x);
    random_frs(a, n + 1);
    random_frs(b, n + 1);
    to_mont(bm, b, n);
#define SAME(call_with)                           \
    do {                                          \
        c[n] = d[n] = guard;                      \
        portable->call_with(d);                   \
        now->call_with(c);                        \
        CHECK_MEM_EQ(c, d, (n + 1) * sizeof(fr)); \
    } while (0)
#define MUL(out)      mul(out, a, bm, n)
#define SCALE(out)    scale(out, a, &factor, n)
#define QUOTIENT(out) quotient(out, a, &y, bm, n)
#define AXPY(out)     axpy(out, a, &factor, n)
#define POWERS(out)   mul_powers(out, &factor, n)
    SAME(MUL);
    SAME(SCALE);
    SAME(QUOTIENT);
    SAME(AXPY); /* onto the last result, the same in both */
    SAME(POWERS);

    memcpy(c, a, n * sizeof(fr)); /* in place */
    now->mul(c, c, bm, n);
    portable->mul(d, a, bm, n);
    CHECK_MEM_EQ(c, d, n * sizeof(fr));

    for (size_t i = 0; i < n; i++) bm[i].l[0] |= (bm[i].l[0] | bm[i].l[1] | bm[i].l[2] | bm[i].l[3]) == 0;
    memcpy(am, bm, n * sizeof(fr));
    portable->invert(am, tmp, n);
    now->invert(bm, tmp, n);
    CHECK_MEM_EQ(am, bm, n * sizeof(fr));

    for (size_t i = 0; i < n; i++) situ_fr_write(bytes + 32 * i, &a[i]);
    c[n] = guard;
    CHECK(now->read(c, bytes, n));
    CHECK_MEM_EQ(c, a, n * sizeof(fr));
    CHECK_MEM_EQ(&c[n], &guard, sizeof guard);
    if (n == 0) return;
    u8 *bad = bytes + 32 * test_random_below(n);
    situ_fr_write(bad, &order_less_1);
    CHECK(now->read(c, bytes, n));
    bad[31]++;
    CHECK(!now->read(c, bytes, n));
    bad[0] = 0xff;
    CHECK(!now->read(c, bytes, n));
}

static void kernels_on_all_sizes(void)
{
    for (size_t n = 0; n <= 40; n++) compare_kernels(n);
    compare_kernels(1000);
}

TEST(kernels_agree_with_portable_ones) { test_every_cpu_level(kernels_on_all_sizes); }

static void transforms_agree(void)
{
    situ_domain *domain = domain_of(13);
    for (u32 log2_n = 0; log2_n <= 13; log2_n++) {
        size_t n = (size_t)1 << log2_n;
        fr z = random_fr();
        fr_mont zm = situ_fr_to_mont(&z);
        random_frs(a, n);
        memcpy(c, a, n * sizeof(fr));
        memcpy(d, a, n * sizeof(fr));
        situ_fr_kernels()->fft(c, log2_n, domain->zeta);
        situ_fr_kernels_portable.fft(d, log2_n, domain->zeta);
        CHECK_MEM_EQ(c, d, n * sizeof(fr));
        memcpy(b, c, n * sizeof(fr));
        situ_fft_inverse(c, log2_n, domain);
        CHECK_MEM_EQ(c, a, n * sizeof(fr));
        for (int i = 0; log2_n > 0 && i < 2; i++) { /* off and on the domain */
            fr y = situ_fft_evaluate(b, log2_n, &zm, domain, d), want = situ_poly_eval_mont(a, n, &zm);
            CHECK_MEM_EQ(&y, &want, sizeof y);
            zm = *domain_root(domain, log2_n, n - 1);
        }
    }
    /* Extremes in every place: the largest sums that lazy levels meet. */
    for (size_t i = 0; i < N_MAX; i++) a[i] = i % 3 ? order_less_1 : power_of(i % 2);
    memcpy(c, a, sizeof a);
    memcpy(d, a, sizeof a);
    situ_fft(c, 13, domain);
    situ_fr_kernels_portable.fft(d, 13, domain->zeta);
    CHECK_MEM_EQ(c, d, sizeof c);
    situ_fft_inverse(c, 13, domain);
    CHECK_MEM_EQ(c, a, sizeof a);
    situ_domain_destroy(domain);
}

TEST(transforms_agree_on_every_level) { test_every_cpu_level(transforms_agree); }

/* --- domains and transforms --------------------------------------------------------------------------- */

TEST(transforms_are_evaluations)
{
    situ_domain *domain = domain_of(7);
    CHECK_EQ(situ_domain_log2_max(domain), 7);
    for (u32 log2_n = 0; log2_n <= 7; log2_n++) {
        size_t n = (size_t)1 << log2_n;
        random_frs(a, n);
        memcpy(b, a, n * sizeof(fr));
        CHECK_EQ(situ_fft_fr(domain, b, log2_n), SITU_OK);
        for (size_t i = 0; i < n; i++) {
            fr w = situ_domain_root(domain, log2_n, i + n), y = situ_poly_eval(a, n, &w);
            CHECK_MEM_EQ(&y, &b[i], sizeof y);
        }
        CHECK_EQ(situ_fft_fr_inverse(domain, b, log2_n), SITU_OK);
        CHECK_MEM_EQ(b, a, n * sizeof(fr));
    }
    fr w = situ_domain_root(domain, 7, 1), one = power_of(1), half = situ_fr_pow(&w, 64);
    fr minus_1 = situ_fr_add(&half, &one);
    CHECK(fr_is_zero(&minus_1)); /* of order 128 exactly */
    CHECK_EQ(situ_fft_fr(domain, a, 8), SITU_ERR_LIMIT);
    CHECK_EQ(situ_fft_fr_inverse(domain, a, 8), SITU_ERR_LIMIT);
    situ_domain_destroy(domain);
    situ_domain_destroy(NULL);
    CHECK_EQ(situ_domain_create(&domain, SITU_DOMAIN_LOG2_MAX + 1), SITU_ERR_ARG);
    CHECK(domain == NULL);
    domain = domain_of(0);
    w = situ_domain_root(domain, 0, 5);
    CHECK_MEM_EQ(&w, &one, sizeof w);
    CHECK_EQ(situ_fft_fr(domain, a, 0), SITU_OK);
    situ_domain_destroy(domain);
}

/* Points k_i G with known k_i: a transform of points is one of the k_i. */
static void points_of(situ_g1 *out, const fr *k, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        situ_g1 g;
        situ_scalar s;
        memcpy(&g, blst_p1_affine_generator(), sizeof g);
        memcpy(&s, &k[i], sizeof s);
        CHECK_EQ(situ_msm_g1_pooled(&out[i], &g, &s, 1, NULL, NULL), SITU_OK);
    }
}

static void transforms_of_points(void)
{
    static situ_g1 got[64], want[64];
    situ_domain *domain = domain_of(8);
    for (u32 log2_n = 0; log2_n <= 6; log2_n++) {
        size_t n = (size_t)1 << log2_n;
        random_frs(a, n);
        if (n > 4) memset(a, 0, n / 2 * sizeof(fr)); /* many at infinity */
        points_of(got, a, n);
        memcpy(b, a, n * sizeof(fr));
        CHECK_EQ(situ_fft_fr(domain, b, log2_n), SITU_OK);
        points_of(want, b, n);
        CHECK_EQ(situ_fft_g1(domain, got, log2_n), SITU_OK);
        CHECK_MEM_EQ(got, want, n * sizeof(situ_g1));
        CHECK_EQ(situ_fft_g1_inverse(domain, got, log2_n), SITU_OK);
        points_of(want, a, n);
        CHECK_MEM_EQ(got, want, n * sizeof(situ_g1));
    }
    CHECK_EQ(situ_fft_g1(domain, got, 9), SITU_ERR_LIMIT);
    situ_domain_destroy(domain);
}

TEST(transforms_over_points) { test_every_cpu_level(transforms_of_points); }

TEST(bit_reversal)
{
    situ_g1 points[8];
    memset(points, 0, sizeof points);
    for (u32 i = 0; i < 8; i++) {
        a[i] = power_of(i);
        points[i].x[0] = i;
    }
    situ_fr_bit_reverse(a, 3);
    situ_g1_bit_reverse(points, 3);
    const u64 want[8] = {0, 4, 2, 6, 1, 5, 3, 7};
    for (u32 i = 0; i < 8; i++) CHECK(a[i].word[0] == want[i] && points[i].x[0] == want[i]);
}

/* --- polynomials -------------------------------------------------------------------------------------- */

TEST(trim_eval_and_shift)
{
    fr x = power_of(3), y = situ_poly_eval(a, 0, &x);
    CHECK(fr_is_zero(&y));
    CHECK_EQ(situ_poly_trim(a, 0), 0);
    memset(a, 0, 5 * sizeof(fr));
    CHECK_EQ(situ_poly_trim(a, 5), 0);
    a[2] = power_of(7);
    CHECK_EQ(situ_poly_trim(a, 5), 3);
    y = situ_poly_eval(a, 5, &x);
    CHECK_EQ(y.word[0], 63);
    random_frs(a, 40);
    memcpy(b, a, sizeof a);
    fr shift = random_fr(), shifted = situ_fr_mul(&x, &shift);
    situ_poly_shift(b, 40, &shift);
    y = situ_poly_eval(b, 40, &x);
    x = situ_poly_eval(a, 40, &shifted);
    CHECK_MEM_EQ(&x, &y, sizeof x);
}

static void mul_naive(fr *out, const fr *x, size_t n, const fr *y, size_t m)
{
    memset(out, 0, (n + m - 1) * sizeof *out);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < m; j++) {
            fr t = situ_fr_mul(&x[i], &y[j]);
            out[i + j] = situ_fr_add(&out[i + j], &t);
        }
    }
}

TEST(products)
{
    situ_domain *domain = domain_of(9);
    const size_t sizes[] = {1, 2, 7, 8, 63, 64, 65, 100, 192};
    for (size_t i = 0; i < SITU_ARRAY_LEN(sizes); i++) {
        for (size_t j = 0; j < SITU_ARRAY_LEN(sizes); j++) {
            size_t n = sizes[i], m = sizes[j];
            random_frs(a, n);
            random_frs(b, m);
            if (i == 3) memset(a, 0, n * sizeof(fr)); /* the zero polynomial */
            mul_naive(c, a, n, b, m);
            CHECK_EQ(situ_poly_mul(domain, d, a, n, b, m), SITU_OK);
            CHECK_MEM_EQ(d, c, (n + m - 1) * sizeof(fr));
            CHECK_EQ(situ_poly_mul(NULL, d, a, n, b, m), SITU_OK);
            CHECK_MEM_EQ(d, c, (n + m - 1) * sizeof(fr));
        }
    }
    CHECK_EQ(situ_poly_mul(domain, d, a, 0, b, 5), SITU_OK);
    CHECK_EQ(situ_poly_mul(domain, d, a, 256, b, 257), SITU_OK);
    CHECK_EQ(situ_poly_mul(domain, d, a, 257, b, 257), SITU_ERR_LIMIT);
    situ_domain_destroy(domain);
}

/* a = q b + rest, and the degree of rest */
static void check_division(size_t n_a, size_t n_b)
{
    static fr q[200], rest[200], product[400];
    size_t n_true = situ_poly_trim(b, n_b);
    CHECK_EQ(situ_poly_div(q, rest, a, n_a, b, n_b), SITU_OK);
    CHECK(situ_poly_trim(rest, n_a) < n_true);
    if (n_a == 0) return;
    mul_naive(product, q, n_a, b, n_b);
    for (size_t i = 0; i < n_a + n_b - 1; i++) {
        const fr zero = {{0}};
        fr sum = situ_fr_add(&product[i], i < n_a ? &rest[i] : &zero);
        CHECK_MEM_EQ(&sum, i < n_a ? &a[i] : &zero, sizeof sum);
    }
    memcpy(product, rest, n_a * sizeof(fr));
    CHECK_EQ(situ_poly_div(NULL, rest, a, n_a, b, n_b), SITU_OK);
    CHECK_MEM_EQ(rest, product, n_a * sizeof(fr));
}

TEST(divisions)
{
    for (u64 run = 0; run < test_runs(150); run++) {
        size_t n_a = test_random_below(90), n_b = 1 + test_random_below(30);
        random_frs(a, n_a);
        random_frs(b, n_b);
        if (run % 3 == 0) memset(&b[n_b / 2], 0, (n_b - n_b / 2) * sizeof(fr)); /* zeros at the top */
        if (run % 3 == 1) b[n_b - 1] = power_of(1);                             /* monic */
        if (run % 5 == 0 && n_a) memset(&a[n_a - 1], 0, sizeof(fr));
        if (situ_poly_trim(b, n_b) > 0) check_division(n_a, n_b);
    }
    memset(b, 0, 8 * sizeof(fr));
    memset(c, 0x55, 8 * sizeof(fr));
    memcpy(d, c, 8 * sizeof(fr));
    CHECK_EQ(situ_poly_div(c, c + 4, a, 4, b, 8), SITU_ERR_ARG);
    CHECK_EQ(situ_poly_div(c, c + 4, a, 4, b, 0), SITU_ERR_ARG);
    CHECK_MEM_EQ(c, d, 8 * sizeof(fr));
    b[0] = power_of(5); /* degree 0 */
    random_frs(a, 10);
    check_division(10, 1);
    check_division(10, 8);
}

TEST(division_by_a_linear_factor)
{
    const fr zero = {{0}};
    for (size_t n = 0; n < 70; n++) {
        fr z = random_fr(), linear[2] = {situ_fr_sub(&zero, &z), power_of(1)};
        random_frs(a, n);
        fr value = situ_poly_div_linear(c, a, n, &z), want = situ_poly_eval(a, n, &z);
        CHECK_MEM_EQ(&value, &want, sizeof value);
        if (n == 0) continue;
        static fr q[70], rest[70];
        CHECK_EQ(situ_poly_div(q, rest, a, n, linear, 2), SITU_OK);
        CHECK_MEM_EQ(c, q, (n - 1) * sizeof(fr));
        CHECK_MEM_EQ(&rest[0], &value, sizeof value);
        (void)situ_poly_div_linear(a, a, n, &z); /* in place */
        CHECK_MEM_EQ(a, q, (n - 1) * sizeof(fr));
    }
}

TEST(polynomials_with_given_roots)
{
    situ_domain *domain = domain_of(11);
    const size_t sizes[] = {0, 1, 2, 3, 17, 256, 257, 700};
    for (size_t i = 0; i < SITU_ARRAY_LEN(sizes); i++) {
        size_t n = sizes[i];
        random_frs(a, n); /* edges repeat, so roots do */
        CHECK_EQ(situ_poly_from_roots(NULL, c, a, n), SITU_OK);
        CHECK_EQ(situ_poly_from_roots(domain, d, a, n), SITU_OK);
        CHECK_MEM_EQ(c, d, (n + 1) * sizeof(fr));
        CHECK_EQ(c[n].word[0], 1);
        for (size_t k = 0; k < n; k += 1 + n / 20) {
            fr y = situ_poly_eval(c, n + 1, &a[k]);
            CHECK(fr_is_zero(&y));
        }
        fr x = power_of(1234567), y = power_of(1), value = situ_poly_eval(c, n + 1, &x);
        for (size_t k = 0; k < n; k++) {
            fr t = situ_fr_sub(&x, &a[k]);
            y = situ_fr_mul(&y, &t);
        }
        CHECK_MEM_EQ(&y, &value, sizeof y);
    }
    CHECK_EQ(situ_poly_from_roots(domain, d, a, 2048), SITU_ERR_LIMIT);
    situ_domain_destroy(domain);
}

TEST(vanishing_polynomials)
{
    situ_domain *domain = domain_of(9);
    static u64 indices[512];
    const size_t sizes[] = {0, 1, 5, 255, 256, 300, 511, 512};
    for (size_t i = 0; i < SITU_ARRAY_LEN(sizes); i++) {
        size_t n = sizes[i];
        bool vanishes[512] = {false};
        for (u64 k = 0; k < n; k++) {
            indices[k] = k * 37 % 512; /* 37 is odd: all different */
            vanishes[indices[k]] = true;
        }
        memset(c, 0, 1024 * sizeof(fr));
        CHECK_EQ(situ_poly_vanishing(domain, c, 9, indices, n), SITU_OK);
        CHECK_EQ(situ_poly_trim(c, 1024), n + 1);
        if (n == 512) { /* X^512 - 1 */
            fr sum = situ_fr_add(&c[0], &c[512]);
            CHECK(fr_is_zero(&sum) && situ_poly_trim(c, 512) == 1);
            continue;
        }
        CHECK_EQ(situ_fft_fr(domain, c, 9), SITU_OK);
        for (size_t k = 0; k < 512; k++) CHECK_EQ(fr_is_zero(&c[k]), vanishes[k]);
    }
    indices[3] = 512;
    CHECK_EQ(situ_poly_vanishing(domain, c, 9, indices, 5), SITU_ERR_ARG);
    CHECK_EQ(situ_poly_vanishing(domain, c, 10, indices, 5), SITU_ERR_LIMIT);
    situ_domain_destroy(domain);
}

TEST(interpolation)
{
    for (size_t n = 0; n < 60; n += 1 + n / 8) {
        for (size_t i = 0; i < n; i++) a[i] = power_of(i * i + 1);
        random_frs(b, n);
        CHECK_EQ(situ_poly_interpolate(c, a, b, n), SITU_OK);
        for (size_t i = 0; i < n; i++) {
            fr y = situ_poly_eval(c, n, &a[i]);
            CHECK_MEM_EQ(&y, &b[i], sizeof y);
        }
        if (n < 2) continue;
        a[n - 1] = a[0];
        memcpy(d, c, n * sizeof(fr));
        CHECK_EQ(situ_poly_interpolate(c, a, b, n), SITU_ERR_ARG);
        CHECK_MEM_EQ(c, d, n * sizeof(fr));
    }
}

TEST_MAIN()
