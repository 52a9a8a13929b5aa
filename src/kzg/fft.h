/* fft.h — Fourier transforms over the scalar field and over G1.
 *
 * Inside the library values stand in bit-reversed order and coefficients in natural order.  This is what the
 * transforms make and take without a permutation, and what blobs and cells are.
 */
#ifndef SITU_KZG_FFT_H
#define SITU_KZG_FFT_H

#include "curve/g1.h"
#include "curve/glv.h"
#include "kzg/fr.h"

/* Roots of unity of order n = 2^log2_max. */
struct situ_domain {
    u32 log2_max;
    const fr_mont *roots;        /* [n + 1]  w^i                                                   */
    const fr_mont *zeta;         /* [n / 2]  w^(bit-reversed i); a prefix serves shorter transforms */
    const fr_mont *zeta_inverse; /* [n / 2]                                                        */
};

/* w_k^i, w_k of order 2^log2_n; i below 2^log2_n */
SITU_INLINE const fr_mont *domain_root(const situ_domain *d, u32 log2_n, u64 i)
{
    return &d->roots[i << (d->log2_max - log2_n)];
}

/* In place, n = 2^log2_n coefficients to values, bit-reversed: a[reversed i] = sum of a[j] w_n^(ij); and back. */
void situ_fft(fr *a, u32 log2_n, const situ_domain *d);
void situ_fft_inverse(fr *a, u32 log2_n, const situ_domain *d);

/* p(z) of the polynomial with these values, by folding: log2_n halvings, each of which turns values of p on a
 * domain into values, on its squares, of the polynomial that takes the value p(z) at z^2.  Two products a value,
 * no inversion, and z may lie on the domain.  scratch [2^(log2_n - 1)], log2_n > 0. */
fr situ_fft_evaluate(const fr *values, u32 log2_n, const fr_mont *z, const situ_domain *d, fr *scratch);

/* --- G1 ----------------------------------------------------------------------------------------------- */

#define G1_SCALE_MAX 1024 /* rows of one call, so that tables stay in cache */

/* Bytes of scratch for the functions below. */
size_t situ_g1_fft_scratch_bytes(void);

/* *rows[i] *= the scalar that halves[i][0..1] is, i in [0, n), n <= G1_SCALE_MAX: double and add with signed
 * windows of 4 bits, all points in step, every step a batch of affine additions. */
void situ_g1_scale(g1_row **rows, const glv_half *const *halves, size_t n, void *scratch);

/* The halves of a root of unity. */
typedef struct {
    glv_half half[2];
} g1_root;

/* roots[i] = w^i, w of order 2^log2_n */
void situ_g1_roots_make(g1_root *roots, u32 log2_n, const situ_domain *d);

/* n_transforms transforms of 2^log2_n rows each, in place, natural order; spare has as many rows.  The inverse
 * leaves out the division by 2^log2_n. */
void situ_g1_fft(g1_row *rows, g1_row *spare, size_t n_transforms, u32 log2_n, const g1_root *roots,
                 bool inverse, void *scratch);

#endif /* SITU_KZG_FFT_H */
