/* fr_portable.c — the kernels of fr_kernels.h one element at a time, and the choice between the tables. */
#include "base/cpu.h"
#include "kzg/fr_kernels.h"

const fr_kernels *situ_fr_kernels(void)
{
#if defined(__x86_64__)
    if (situ_cpu_has_ifma()) return &situ_fr_kernels_ifma;
#endif
    return &situ_fr_kernels_portable;
}

static bool read_all(fr *out, const u8 *bytes, size_t n)
{
    bool ok = true;
    for (size_t i = 0; i < n; i++) ok &= situ_fr_read(&out[i], bytes + 32 * i) == SITU_OK;
    return ok;
}

static void mul(fr *out, const fr *a, const fr_mont *b, size_t n)
{
    for (size_t i = 0; i < n; i++) out[i] = fr_mul(&a[i], &b[i]);
}

static void scale(fr *out, const fr *a, const fr_mont *c, size_t n)
{
    for (size_t i = 0; i < n; i++) out[i] = fr_mul(&a[i], c);
}

static void axpy(fr *acc, const fr *x, const fr_mont *c, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        fr t = fr_mul(&x[i], c);
        acc[i] = fr_add(&acc[i], &t);
    }
}

static void mul_powers(fr *a, const fr_mont *c, size_t n)
{
    fr_mont power = situ_frm_from_u64(1);
    for (size_t i = 0; i < n; i++) {
        a[i] = fr_mul(&a[i], &power);
        power = frm_mul(&power, c);
    }
}

static void quotient(fr *out, const fr *p, const fr *y, const fr_mont *inverse, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        fr t = fr_sub(y, &p[i]);
        out[i] = fr_mul(&t, &inverse[i]);
    }
}

static void invert(fr_mont *a, fr_mont *tmp, size_t n)
{
    if (n == 0) return;
    tmp[0] = a[0];
    for (size_t i = 1; i < n; i++) tmp[i] = frm_mul(&tmp[i - 1], &a[i]);
    fr_mont inverse;
    blst_fr_eucl_inverse(&inverse, &tmp[n - 1]);
    for (size_t i = n - 1; i > 0; i--) {
        fr_mont one = frm_mul(&inverse, &tmp[i - 1]);
        inverse = frm_mul(&inverse, &a[i]);
        a[i] = one;
    }
    a[0] = inverse;
}

static void fold(fr *out, const fr *in, const fr_mont *zeta_inverse, const fr_mont *z, size_t n_pairs)
{
    for (size_t i = 0; i < n_pairs; i++) {
        fr sum = fr_add(&in[2 * i], &in[2 * i + 1]), odd = fr_sub(&in[2 * i], &in[2 * i + 1]);
        odd = fr_mul(&odd, &zeta_inverse[i]);
        odd = fr_mul(&odd, z);
        out[i] = fr_add(&sum, &odd);
    }
}

/* Block k of a level is a polynomial modulo X^(2 half) - zeta_k^2; it parts into those modulo X^half - zeta_k and
 * X^half + zeta_k. */
static void fft(fr *a, u32 log2_n, const fr_mont *zeta)
{
    size_t n = (size_t)1 << log2_n;
    for (size_t half = n / 2; half > 0; half /= 2) {
        for (size_t first = 0, k = 0; first < n; first += 2 * half, k++) {
            for (size_t i = first; i < first + half; i++) {
                fr t = fr_mul(&a[i + half], &zeta[k]);
                a[i + half] = fr_sub(&a[i], &t);
                a[i] = fr_add(&a[i], &t);
            }
        }
    }
}

static void fft_inverse(fr *a, u32 log2_n, const fr_mont *zeta_inverse)
{
    size_t n = (size_t)1 << log2_n;
    for (size_t half = 1; half < n; half *= 2) {
        for (size_t first = 0, k = 0; first < n; first += 2 * half, k++) {
            for (size_t i = first; i < first + half; i++) {
                fr t = fr_sub(&a[i], &a[i + half]);
                a[i] = fr_add(&a[i], &a[i + half]);
                a[i + half] = fr_mul(&t, &zeta_inverse[k]);
            }
        }
    }
}

const fr_kernels situ_fr_kernels_portable = {.name = "portable",
                                             .read = read_all,
                                             .mul = mul,
                                             .scale = scale,
                                             .axpy = axpy,
                                             .mul_powers = mul_powers,
                                             .quotient = quotient,
                                             .invert = invert,
                                             .fold = fold,
                                             .fft = fft,
                                             .fft_inverse = fft_inverse};
