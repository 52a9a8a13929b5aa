/* situ/poly.h — scalars of BLS12-381, polynomials over them, and transforms over them and over G1.
 *
 * What situ/kzg.h computes with, for programs that need more than blobs.
 *
 * SCALARS      integers in [0, r), r the order of G1; four 64-bit words, the lowest first.  Every function wants and
 *              gives this range; situ_fr_read is where bytes are checked.  The words are those of a situ_scalar.
 * POLYNOMIALS  arrays of coefficients from the constant up, with their number n.  n may be 0 (the zero polynomial), and
 *              the last coefficients may be 0; situ_poly_trim leaves those out.
 * ERRORS       SITU_ERR_ARG     division by zero, equal points of an interpolation, an index out of range
 *              SITU_ERR_LIMIT   larger than the domain, or than a named maximum
 *              SITU_ERR_MEMORY  scratch could not be had
 *              Outputs are written only with SITU_OK.
 * ALIASING     outputs must not overlap inputs, except where a function works in place.
 * TIMING       variable: for public values.
 */
#ifndef SITU_POLY_H
#define SITU_POLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "situ/err.h"
#include "situ/msm.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A scalar.  Compare with memcmp: a value has one representation. */
typedef struct {
    uint64_t word[4];
} situ_fr;

/* --- scalars ------------------------------------------------------------------------------------------ */

/** From and to 32 big-endian bytes.  SITU_ERR_FORMAT: not below r. */
SITU_API situ_err situ_fr_read(situ_fr *out, const uint8_t bytes[32]) SITU_MUST_USE;
SITU_API void situ_fr_write(uint8_t bytes[32], const situ_fr *a);

SITU_API situ_fr situ_fr_add(const situ_fr *a, const situ_fr *b);
SITU_API situ_fr situ_fr_sub(const situ_fr *a, const situ_fr *b);
SITU_API situ_fr situ_fr_mul(const situ_fr *a, const situ_fr *b);

/** a^e; 0^0 is 1. */
SITU_API situ_fr situ_fr_pow(const situ_fr *a, uint64_t e);

/** 1 / a.  SITU_ERR_ARG: a is 0. */
SITU_API situ_err situ_fr_inverse(situ_fr *out, const situ_fr *a) SITU_MUST_USE;

/** a[i] = 1 / a[i] for all i, with one inversion and 3 n products.  SITU_ERR_ARG: one of them is 0. */
SITU_API situ_err situ_fr_inverse_many(situ_fr *a, size_t n) SITU_MUST_USE;

/* --- domains: roots of unity -------------------------------------------------------------------------- */

#define SITU_DOMAIN_LOG2_MAX 24

/** The roots of unity of order 2^log2_max and the tables that transforms use: 64 bytes a root.  Serves transforms of
 *  every power of two up to that, and any number of threads.  The root of order 2^k is 7^((r - 1) / 2^k), as in the
 *  consensus specification. */
typedef struct situ_domain situ_domain;

/** log2_max in 0..SITU_DOMAIN_LOG2_MAX.  SITU_ERR_ARG, SITU_ERR_MEMORY; *domain is then NULL. */
SITU_API situ_err situ_domain_create(situ_domain **domain, uint32_t log2_max) SITU_MUST_USE;

/** Free.  NULL is allowed. */
SITU_API void situ_domain_destroy(situ_domain *domain);

SITU_API uint32_t situ_domain_log2_max(const situ_domain *domain);

/** w^i, w of order 2^log2_n; log2_n at most the domain's, i taken modulo 2^log2_n. */
SITU_API situ_fr situ_domain_root(const situ_domain *domain, uint32_t log2_n, uint64_t i);

/** In place, 2^log2_n elements, natural order on both sides: a[i] = sum of a[j] w^(i j), which makes coefficients
 *  values on the domain; and the inverse of that.  SITU_ERR_LIMIT: log2_n is above the domain's. */
SITU_API situ_err situ_fft_fr(const situ_domain *domain, situ_fr *a, uint32_t log2_n) SITU_MUST_USE;
SITU_API situ_err situ_fft_fr_inverse(const situ_domain *domain, situ_fr *a, uint32_t log2_n) SITU_MUST_USE;

/** The same over points, by the calling thread: a[i] = sum of w^(i j) a[j].  Points in G1, infinity allowed.
 *  SITU_ERR_LIMIT, SITU_ERR_MEMORY. */
SITU_API situ_err situ_fft_g1(const situ_domain *domain, situ_g1 *a, uint32_t log2_n) SITU_MUST_USE;
SITU_API situ_err situ_fft_g1_inverse(const situ_domain *domain, situ_g1 *a, uint32_t log2_n) SITU_MUST_USE;

/** a[i] <-> a[i with its log2_n bits reversed]: the order of EIP-4844's blobs. */
SITU_API void situ_fr_bit_reverse(situ_fr *a, uint32_t log2_n);
SITU_API void situ_g1_bit_reverse(situ_g1 *a, uint32_t log2_n);

/* --- polynomials -------------------------------------------------------------------------------------- */

/** Number of coefficients without the zeros at the end: degree + 1, or 0 for the zero polynomial. */
SITU_API size_t situ_poly_trim(const situ_fr *p, size_t n);

/** p(x); n products. */
SITU_API situ_fr situ_poly_eval(const situ_fr *p, size_t n, const situ_fr *x);

/** p(X) := p(c X): p[i] *= c^i.  What a transform on the coset c * domain starts with. */
SITU_API void situ_poly_shift(situ_fr *p, size_t n, const situ_fr *c);

/** out [n_a + n_b - 1] = a b; nothing is written when one of n_a, n_b is 0.
 *
 *  domain  the transforms' (log2 of the product's size); NULL: by n_a n_b products, which is also what small ones get
 *
 *  SITU_ERR_LIMIT  the product has more coefficients than the domain has points;  SITU_ERR_MEMORY. */
SITU_API situ_err situ_poly_mul(const situ_domain *domain, situ_fr *out, const situ_fr *a, size_t n_a,
                                const situ_fr *b, size_t n_b) SITU_MUST_USE;

/** Division with remainder, a = q b + rest, the degree of rest below b's.
 *
 *  quotient  [n_a]  zeros at the end;  may be NULL
 *  rest      [n_a]  zeros at the end
 *
 *  About (n_a - n_b) n_b products.  SITU_ERR_ARG: b is the zero polynomial. */
SITU_API situ_err situ_poly_div(situ_fr *quotient, situ_fr *rest, const situ_fr *a, size_t n_a,
                                const situ_fr *b, size_t n_b) SITU_MUST_USE;

/** quotient [n - 1] = (p - p(z)) / (X - z), and p(z); n products.  quotient may be p; n = 0 writes none. */
SITU_API situ_fr situ_poly_div_linear(situ_fr *quotient, const situ_fr *p, size_t n, const situ_fr *z);

/** out [n + 1] = the product of X - roots[i], monic; roots may repeat; 1 for n = 0.
 *
 *  domain  as in situ_poly_mul.  With it about n log^2 n products, without n^2 / 2. */
SITU_API situ_err situ_poly_from_roots(const situ_domain *domain, situ_fr *out, const situ_fr *roots,
                                       size_t n) SITU_MUST_USE;

/** The zero polynomial of a set of indices: out [n + 1] = the product of X - w^indices[i], w of order 2^log2_n.
 *
 *  SITU_ERR_LIMIT  log2_n is above the domain's
 *  SITU_ERR_ARG    an index is not below 2^log2_n.  (Repeated ones give repeated roots.) */
SITU_API situ_err situ_poly_vanishing(const situ_domain *domain, situ_fr *out, uint32_t log2_n,
                                      const uint64_t *indices, size_t n) SITU_MUST_USE;

/** out [n]: the polynomial of degree below n with p(x[i]) = y[i].  About 3 n^2 products; for values on a domain use
 *  situ_fft_fr_inverse.  SITU_ERR_ARG: two x are equal. */
SITU_API situ_err situ_poly_interpolate(situ_fr *out, const situ_fr *x, const situ_fr *y,
                                        size_t n) SITU_MUST_USE;

#ifdef __cplusplus
}
#endif

#endif /* SITU_POLY_H */
