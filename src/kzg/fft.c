/* fft.c — transforms over the scalar field (radix 2, decimation in time). */
#include "kzg/fft.h"

void situ_fft_roots(fr_mont roots[FFT_MAX + 1])
{
    /* 7 generates the multiplicative group; r - 1 = 2^32 * odd.  w = 7^((r - 1) / 2^13). */
    static const fr order_less_1 = {
        {0xffffffff00000000, 0x53bda402fffe5bfe, 0x3339d80809a1d805, 0x73eda753299d7d48}};
    fr_mont w = situ_frm_from_u64(1), square = situ_frm_from_u64(7);
    for (u32 bit = FFT_LOG2_MAX; bit < 256; bit++) {
        if (order_less_1.word[bit / 64] >> bit % 64 & 1) w = frm_mul(&w, &square);
        square = frm_mul(&square, &square);
    }
    roots[0] = situ_frm_from_u64(1);
    for (u32 i = 0; i < FFT_MAX; i++) roots[i + 1] = frm_mul(&roots[i], &w);
}

void situ_fr_bit_reverse(fr *a, u32 log2_n)
{
    for (u32 i = 0; i < 1u << log2_n; i++) {
        u32 j = u32_bit_reverse(i, log2_n);
        if (i >= j) continue;
        fr t = a[i];
        a[i] = a[j];
        a[j] = t;
    }
}

static void transform(fr *a, u32 log2_n, const fr_mont *roots, bool inverse)
{
    u32 n = 1u << log2_n;
    situ_fr_bit_reverse(a, log2_n);
    for (u32 half = 1; half < n; half *= 2) {
        u32 stride = FFT_MAX / (2 * half);
        for (u32 block = 0; block < n; block += 2 * half) {
            for (u32 i = 0; i < half; i++) {
                const fr_mont *w = &roots[inverse ? FFT_MAX - i * stride : i * stride];
                fr *even = &a[block + i], *odd = even + half, t = i == 0 ? *odd : fr_mul(odd, w);
                *odd = fr_sub(even, &t);
                *even = fr_add(even, &t);
            }
        }
    }
}

void situ_fft(fr *a, u32 log2_n, const fr_mont *roots) { transform(a, log2_n, roots, false); }

void situ_fft_inverse(fr *a, u32 log2_n, const fr_mont *roots)
{
    transform(a, log2_n, roots, true);
    fr_mont n = situ_frm_from_u64(UINT64_C(1) << log2_n), n_inverse;
    blst_fr_eucl_inverse(&n_inverse, &n);
    for (u32 i = 0; i < 1u << log2_n; i++) a[i] = fr_mul(&a[i], &n_inverse);
}
