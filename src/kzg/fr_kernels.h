/* fr_kernels.h — work on arrays of scalars: one table for every CPU, one for AVX-512 IFMA.
 *
 * Every element, in and out, is canonical, so the tables give the same bytes.  Outputs may be inputs (out == a),
 * but must not overlap them otherwise.  n is any number unless it says more.
 *
 * zeta[k] = w^(bit-reversed k), the table of fft.h; zeta_inverse[k] = 1 / zeta[k].
 */
#ifndef SITU_KZG_FR_KERNELS_H
#define SITU_KZG_FR_KERNELS_H

#include "kzg/fr.h"

typedef struct {
    const char *name;

    /* n elements of 32 big-endian bytes; false if one is not below r (out is then undefined). */
    bool (*read)(fr *out, const u8 *bytes, size_t n);

    /* out[i] = a[i] b[i] */
    void (*mul)(fr *out, const fr *a, const fr_mont *b, size_t n);

    /* out[i] = a[i] c */
    void (*scale)(fr *out, const fr *a, const fr_mont *c, size_t n);

    /* acc[i] += x[i] c */
    void (*axpy)(fr *acc, const fr *x, const fr_mont *c, size_t n);

    /* a[i] *= c^i */
    void (*mul_powers)(fr *a, const fr_mont *c, size_t n);

    /* out[i] = (y - p[i]) inverse[i] */
    void (*quotient)(fr *out, const fr *p, const fr *y, const fr_mont *inverse, size_t n);

    /* a[i] = 1 / a[i], one inversion in all; no a[i] is 0.  tmp [n] */
    void (*invert)(fr_mont *a, fr_mont *tmp, size_t n);

    /* Values on a domain of 2 n_pairs points, bit-reversed, to values of the folded polynomial on the squares:
     *   p = p_e(X^2) + X p_o(X^2),   out = 2 p_e + 2 z p_o:
     *   out[i] = in[2i] + in[2i + 1] + (in[2i] - in[2i + 1]) z zeta_inverse[i] */
    void (*fold)(fr *out, const fr *in, const fr_mont *zeta_inverse, const fr_mont *z, size_t n_pairs);

    /* In place, 2^log2_n elements: coefficients to values in bit-reversed order, and back times 2^log2_n. */
    void (*fft)(fr *a, u32 log2_n, const fr_mont *zeta);
    void (*fft_inverse)(fr *a, u32 log2_n, const fr_mont *zeta_inverse);
} fr_kernels;

extern const fr_kernels situ_fr_kernels_portable;
#if defined(__x86_64__)
extern const fr_kernels situ_fr_kernels_ifma;
#endif

/* The table for the CPU level in force. */
const fr_kernels *situ_fr_kernels(void);

#endif /* SITU_KZG_FR_KERNELS_H */
