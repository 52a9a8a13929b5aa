/* poly.c — polynomials by their coefficients (situ/poly.h). */
#include "curve/block.h"
#include "kzg/fft.h"
#include "kzg/fr_kernels.h"

static const fr zero = {{0}}, one = {{1, 0, 0, 0}};

situ_err situ_fr_inverse_many(situ_fr *a, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (fr_is_zero(&a[i])) return SITU_ERR_ARG;
    }
    /* A block at a time: no memory of ours, and an inversion costs as much as 60 products. */
    for (size_t first = 0; first < n; first += 512) {
        fr_mont m[512], tmp[512];
        size_t k = u64_min(n - first, 512);
        for (size_t i = 0; i < k; i++) m[i] = situ_fr_to_mont(&a[first + i]);
        situ_fr_kernels()->invert(m, tmp, k);
        for (size_t i = 0; i < k; i++) a[first + i] = situ_fr_from_mont(&m[i]);
    }
    return SITU_OK;
}

size_t situ_poly_trim(const situ_fr *p, size_t n)
{
    while (n > 0 && fr_is_zero(&p[n - 1])) n--;
    return n;
}

situ_fr situ_poly_eval(const situ_fr *p, size_t n, const situ_fr *x)
{
    fr_mont m = situ_fr_to_mont(x);
    return situ_poly_eval_mont(p, n, &m);
}

void situ_poly_shift(situ_fr *p, size_t n, const situ_fr *c)
{
    fr_mont m = situ_fr_to_mont(c);
    situ_fr_kernels()->mul_powers(p, &m, n);
}

/* --- products ----------------------------------------------------------------------------------------- */

/* Below this many coefficients of the shorter one, n_a n_b products in a kernel beat three transforms. */
#define MUL_DIRECT_MAX 64

static void mul_direct(fr *out, const fr *a, size_t n_a, const fr *b, size_t n_b)
{
    memset(out, 0, (n_a + n_b - 1) * sizeof *out);
    for (size_t i = 0; i < n_b; i++) {
        fr_mont c = situ_fr_to_mont(&b[i]);
        situ_fr_kernels()->axpy(out + i, a, &c, n_a);
    }
}

/* Transform of a, padded with zeros. */
static void to_values(const situ_domain *domain, fr *values, u32 log2_n, const fr *a, size_t n_a)
{
    memcpy(values, a, n_a * sizeof *a);
    memset(values + n_a, 0, (((size_t)1 << log2_n) - n_a) * sizeof *a);
    situ_fft(values, log2_n, domain);
}

/* work [2 * 2^log2_n] */
static void mul_by_values(const situ_domain *domain, fr *out, const fr *a, size_t n_a, const fr *b,
                          size_t n_b, u32 log2_n, fr *work)
{
    size_t n = (size_t)1 << log2_n;
    to_values(domain, work, log2_n, a, n_a);
    to_values(domain, work + n, log2_n, b, n_b);
    for (size_t i = 0; i < n; i++) {
        fr_mont m = situ_fr_to_mont(&work[n + i]);
        work[i] = fr_mul(&work[i], &m);
    }
    situ_fft_inverse(work, log2_n, domain);
    memcpy(out, work, (n_a + n_b - 1) * sizeof *out);
}

static u32 log2_at_least(size_t n) { return n <= 1 ? 0 : u64_log2(n - 1) + 1; }

situ_err situ_poly_mul(const situ_domain *domain, situ_fr *out, const situ_fr *a, size_t n_a,
                       const situ_fr *b, size_t n_b)
{
    if (n_a == 0 || n_b == 0) return SITU_OK;
    u32 log2_n = log2_at_least(n_a + n_b - 1);
    if (domain && log2_n > domain->log2_max) return SITU_ERR_LIMIT;
    if (!domain || u64_min(n_a, n_b) <= MUL_DIRECT_MAX) {
        mul_direct(out, a, n_a, b, n_b);
        return SITU_OK;
    }
    fr *work = situ_block_alloc((size_t)2 * sizeof *work << log2_n);
    if (!work) return SITU_ERR_MEMORY;
    mul_by_values(domain, out, a, n_a, b, n_b, log2_n, work);
    situ_block_free(work);
    return SITU_OK;
}

/* --- quotients ---------------------------------------------------------------------------------------- */

situ_err situ_poly_div(situ_fr *quotient, situ_fr *rest, const situ_fr *a, size_t n_a, const situ_fr *b,
                       size_t n_b)
{
    n_b = situ_poly_trim(b, n_b);
    if (n_b == 0) return SITU_ERR_ARG;
    fr_mont lead = situ_fr_to_mont(&b[n_b - 1]), lead_inverse = frm_inverse(&lead);
    memmove(rest, a, n_a * sizeof *a);
    if (quotient) memset(quotient, 0, n_a * sizeof *a);
    for (size_t k = n_a; k >= n_b; k--) {
        fr *shifted = rest + (k - n_b); /* where b's constant comes to lie */
        fr q = fr_mul(&rest[k - 1], &lead_inverse), minus = fr_sub(&zero, &q);
        fr_mont factor = situ_fr_to_mont(&minus);
        situ_fr_kernels()->axpy(shifted, b, &factor, n_b);
        if (quotient) quotient[k - n_b] = q;
    }
    return SITU_OK;
}

/* Ruffini's rule from the top: each partial value is a coefficient of the quotient. */
situ_fr situ_poly_div_linear(situ_fr *quotient, const situ_fr *p, size_t n, const situ_fr *z)
{
    fr_mont m = situ_fr_to_mont(z);
    fr value = zero;
    for (size_t i = n; i-- > 0;) {
        fr next = fr_mul(&value, &m);
        next = fr_add(&next, &p[i]);
        if (i + 1 < n) quotient[i] = value;
        value = next;
    }
    return value;
}

/* --- polynomials with given roots or values ----------------------------------------------------------- */

#define ROOTS_DIRECT_MAX 256

/* out *= X - root, out monic with n + 1 coefficients before and n + 2 after */
static void mul_root(fr *out, size_t n, const fr *root)
{
    fr minus = fr_sub(&zero, root);
    fr_mont m = situ_fr_to_mont(&minus);
    fr low = fr_mul(&out[0], &m); /* out[i] = old[i - 1] - root old[i], from the top */
    out[n + 1] = out[n];
    for (size_t i = n; i > 0; i--) {
        fr t = fr_mul(&out[i], &m);
        out[i] = fr_add(&out[i - 1], &t);
    }
    out[0] = low;
}

/* Halves of the roots, multiplied. */
situ_err situ_poly_from_roots(const situ_domain *domain, situ_fr *out, const situ_fr *roots, size_t n)
{
    if (domain && log2_at_least(n + 1) > domain->log2_max) return SITU_ERR_LIMIT;
    if (!domain || n <= ROOTS_DIRECT_MAX) {
        out[0] = one;
        for (size_t i = 0; i < n; i++) mul_root(out, i, &roots[i]);
        return SITU_OK;
    }
    size_t half = n / 2;
    fr *factors = situ_block_alloc((n + 2) * sizeof *factors);
    if (!factors) return SITU_ERR_MEMORY;
    situ_err err = situ_poly_from_roots(domain, factors, roots, half);
    if (err == SITU_OK) err = situ_poly_from_roots(domain, factors + half + 1, roots + half, n - half);
    if (err == SITU_OK) err = situ_poly_mul(domain, out, factors, half + 1, factors + half + 1, n - half + 1);
    situ_block_free(factors);
    return err;
}

situ_err situ_poly_vanishing(const situ_domain *domain, situ_fr *out, uint32_t log2_n,
                             const uint64_t *indices, size_t n)
{
    if (log2_n > domain->log2_max) return SITU_ERR_LIMIT;
    for (size_t i = 0; i < n; i++) {
        if (indices[i] >> log2_n) return SITU_ERR_ARG;
    }
    if (n <= ROOTS_DIRECT_MAX) {
        out[0] = one;
        for (size_t i = 0; i < n; i++) {
            fr root = situ_fr_from_mont(domain_root(domain, log2_n, indices[i]));
            mul_root(out, i, &root);
        }
        return SITU_OK;
    }
    fr *roots = situ_block_alloc(n * sizeof *roots);
    if (!roots) return SITU_ERR_MEMORY;
    for (size_t i = 0; i < n; i++) roots[i] = situ_fr_from_mont(domain_root(domain, log2_n, indices[i]));
    bool fits = log2_at_least(n + 1) <= domain->log2_max;
    situ_err err = situ_poly_from_roots(fits ? domain : NULL, out, roots, n);
    situ_block_free(roots);
    return err;
}

/* Lagrange: sum of y_i / N'(x_i) * N / (X - x_i), N the product of all X - x_i; N'(x_i) = (N / (X - x_i))(x_i). */
static situ_err interpolate(fr *out, const fr *x, const fr *y, size_t n, fr *product, fr *part, fr *slope)
{
    situ_err err = situ_poly_from_roots(NULL, product, x, n);
    SITU_ASSERT(err == SITU_OK);
    for (size_t i = 0; i < n; i++) {
        (void)situ_poly_div_linear(part, product, n + 1, &x[i]);
        slope[i] = situ_poly_eval(part, n, &x[i]);
    }
    SITU_TRY(situ_fr_inverse_many(slope, n)); /* 0: a double root */
    memset(out, 0, n * sizeof *out);
    for (size_t i = 0; i < n; i++) {
        fr weight = situ_fr_mul(&y[i], &slope[i]);
        fr_mont m = situ_fr_to_mont(&weight);
        (void)situ_poly_div_linear(part, product, n + 1, &x[i]);
        situ_fr_kernels()->axpy(out, part, &m, n);
    }
    return SITU_OK;
}

situ_err situ_poly_interpolate(situ_fr *out, const situ_fr *x, const situ_fr *y, size_t n)
{
    if (n == 0) return SITU_OK;
    fr *memory = situ_block_alloc((3 * n + 1) * sizeof *memory);
    if (!memory) return SITU_ERR_MEMORY;
    situ_err err = interpolate(out, x, y, n, memory, memory + n + 1, memory + 2 * n + 1);
    situ_block_free(memory);
    return err;
}
