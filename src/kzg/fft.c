/* fft.c — domains, and transforms over the scalar field. */
#include "kzg/fft.h"

#include "curve/block.h"
#include "kzg/fr_kernels.h"

/* 7^((r - 1) / 2^log2_n): 7 generates the multiplicative group, and r - 1 = 2^32 * odd. */
static fr_mont root_of_unity(u32 log2_n)
{
    static const u64 order_less_1[4] = {0xffffffff00000000, 0x53bda402fffe5bfe, 0x3339d80809a1d805,
                                        0x73eda753299d7d48};
    fr_mont w = situ_frm_from_u64(1), square = situ_frm_from_u64(7);
    for (u32 bit = log2_n; bit < 256; bit++) {
        if (order_less_1[bit / 64] >> bit % 64 & 1) w = frm_mul(&w, &square);
        square = frm_mul(&square, &square);
    }
    return w;
}

situ_err situ_domain_create(situ_domain **domain, uint32_t log2_max)
{
    *domain = NULL;
    if (log2_max > SITU_DOMAIN_LOG2_MAX) return SITU_ERR_ARG;
    size_t n = (size_t)1 << log2_max, n_zeta = n > 1 ? n / 2 : 1;
    situ_domain *d = situ_block_alloc(sizeof *d + (n + 1 + 2 * n_zeta) * sizeof(fr_mont));
    if (!d) return SITU_ERR_MEMORY;
    fr_mont *roots = (fr_mont *)(void *)(d + 1), *zeta = roots + n + 1, *zeta_inverse = zeta + n_zeta;
    fr_mont w = root_of_unity(log2_max);
    roots[0] = situ_frm_from_u64(1);
    for (size_t i = 0; i < n; i++) roots[i + 1] = frm_mul(&roots[i], &w);
    for (size_t k = 0; k < n_zeta; k++) {
        size_t i = u32_bit_reverse((u32)k, log2_max ? log2_max - 1 : 0);
        zeta[k] = roots[i];
        zeta_inverse[k] = roots[n - i];
    }
    *d = (situ_domain){.log2_max = log2_max, .roots = roots, .zeta = zeta, .zeta_inverse = zeta_inverse};
    *domain = d;
    return SITU_OK;
}

void situ_domain_destroy(situ_domain *domain) { situ_block_free(domain); }

uint32_t situ_domain_log2_max(const situ_domain *domain) { return domain->log2_max; }

situ_fr situ_domain_root(const situ_domain *domain, uint32_t log2_n, uint64_t i)
{
    SITU_ASSERT(log2_n <= domain->log2_max);
    return situ_fr_from_mont(domain_root(domain, log2_n, i & ((UINT64_C(1) << log2_n) - 1)));
}

void situ_fft(fr *a, u32 log2_n, const situ_domain *d) { situ_fr_kernels()->fft(a, log2_n, d->zeta); }

void situ_fft_inverse(fr *a, u32 log2_n, const situ_domain *d)
{
    const fr_kernels *kernels = situ_fr_kernels();
    fr_mont n = situ_frm_from_u64(UINT64_C(1) << log2_n), n_inverse = frm_inverse(&n);
    kernels->fft_inverse(a, log2_n, d->zeta_inverse);
    kernels->scale(a, a, &n_inverse, (size_t)1 << log2_n);
}

fr situ_fft_evaluate(const fr *values, u32 log2_n, const fr_mont *z, const situ_domain *d, fr *scratch)
{
    const fr_kernels *kernels = situ_fr_kernels();
    const fr *from = values;
    fr_mont power = *z, n = situ_frm_from_u64(UINT64_C(1) << log2_n), n_inverse = frm_inverse(&n);
    for (size_t n_pairs = (size_t)1 << (log2_n - 1); n_pairs > 0; n_pairs /= 2) {
        kernels->fold(scratch, from, d->zeta_inverse, &power, n_pairs);
        power = frm_mul(&power, &power);
        from = scratch;
    }
    return fr_mul(&scratch[0], &n_inverse);
}

/* --- the public transforms: natural order ------------------------------------------------------------- */

void situ_fr_bit_reverse(situ_fr *a, uint32_t log2_n)
{
    for (u32 i = 0; i < UINT32_C(1) << log2_n; i++) {
        u32 j = u32_bit_reverse(i, log2_n);
        if (i >= j) continue;
        fr t = a[i];
        a[i] = a[j];
        a[j] = t;
    }
}

situ_err situ_fft_fr(const situ_domain *domain, situ_fr *a, uint32_t log2_n)
{
    if (log2_n > domain->log2_max) return SITU_ERR_LIMIT;
    situ_fft(a, log2_n, domain);
    situ_fr_bit_reverse(a, log2_n);
    return SITU_OK;
}

situ_err situ_fft_fr_inverse(const situ_domain *domain, situ_fr *a, uint32_t log2_n)
{
    if (log2_n > domain->log2_max) return SITU_ERR_LIMIT;
    situ_fr_bit_reverse(a, log2_n);
    situ_fft_inverse(a, log2_n, domain);
    return SITU_OK;
}
