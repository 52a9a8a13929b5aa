/* fft.h — Fourier transforms over the scalar field and over G1. */
#ifndef SITU_KZG_FFT_H
#define SITU_KZG_FFT_H

#include "curve/g1.h"
#include "curve/glv.h"
#include "kzg/fr.h"

#define FFT_LOG2_MAX 13
#define FFT_MAX      (1u << FFT_LOG2_MAX)

/* roots[i] = w^i, w of order 2^13, i in [0, 2^13]: all transforms draw their twiddles from it. */
void situ_fft_roots(fr_mont roots[FFT_MAX + 1]);

/* In place, natural order on both sides, n = 2^log2_n, log2_n in 0..13:
 * a[i] = sum of a[j] w_n^(ij); the inverse undoes that. */
void situ_fft(fr *a, u32 log2_n, const fr_mont *roots);
void situ_fft_inverse(fr *a, u32 log2_n, const fr_mont *roots);

/* a[i] <-> a[bit-reversed i] */
void situ_fr_bit_reverse(fr *a, u32 log2_n);

/* --- G1
 * ---------------------------------------------------------------------------------------------------------------
 */

#define G1_SCALE_MAX 1024 /* rows of one call, so that tables stay in cache */

/* Bytes of scratch for both functions below. */
size_t situ_g1_fft_scratch_bytes(void);

/* *rows[i] *= the scalar that halves[i][0..1] is, i in [0, n), n <= G1_SCALE_MAX: double and add with signed
 * windows of 4 bits, all points in step, every step a batch of affine additions. */
void situ_g1_scale(g1_row **rows, const glv_half *const *halves, size_t n, void *scratch);

#define G1_FFT_LOG2 7
#define G1_FFT_N    (1u << G1_FFT_LOG2)

/* Halves of w^i, w of order 128. */
typedef struct {
    glv_half root[G1_FFT_N][2];
} g1_fft_roots;

void situ_g1_fft_roots_make(g1_fft_roots *out, const fr_mont *roots);

/* n_transforms transforms of 128 rows each, in place, natural order; spare has as many rows.  The inverse
 * leaves out the division by 128. */
void situ_g1_fft(g1_row *rows, g1_row *spare, size_t n_transforms, const g1_fft_roots *roots, bool inverse,
                 void *scratch);

#endif /* SITU_KZG_FFT_H */
