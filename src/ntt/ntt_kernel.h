/* ntt_kernel.h — private: transforms of groups of rows that fit the caches, once per CPU level. */
#ifndef SITU_NTT_NTT_KERNEL_H
#define SITU_NTT_NTT_KERNEL_H

#include "base/cpu.h"
#include "ntt/ntt.h"

/* `width` neighbouring rows at each of 2^log2_n positions: position k, column c is the row at
 * base + 16 (k * pitch + c). */
typedef struct {
    kb *base;
    size_t pitch; /* in rows */
} ntt_rows;

typedef struct {
    ntt_rows dst, src;
    ntt_rows
        work; /* for what lies between first and last step; may be dst, or src if that may be overwritten */
    u32 width, log2_n;
    bool fetch_next; /* ask for the rows behind src meanwhile: the next group; width and pitch 1, forward only
                      */
} ntt_group;

/* Forward: the polynomials of degree < 2^log2_n whose coefficients, in natural order, are the src rows,
 * reduced modulo X - x for the roots x of X^(2^log2_n) - roots[node]^2, bit-reversed order.  Inverse: back,
 * times 2^log2_n; only for the nodes of a plain transform. */
SIMD_DECLARE(void, situ_ntt_group_forward, (const situ_twiddle *roots, const ntt_group *group, size_t node));
SIMD_DECLARE(void, situ_ntt_group_inverse,
             (const situ_twiddle *inverse_roots, const ntt_group *group, size_t node));

/* Lane l of dst's position k, column c = that of src times first[l] * column_ratio[l]^c * ratio[l]^k. */
typedef struct {
    kb first[SITU_TILE_COLUMNS], column_ratio[SITU_TILE_COLUMNS], ratio[SITU_TILE_COLUMNS];
} ntt_scale;

SIMD_DECLARE(void, situ_ntt_group_scale, (const ntt_group *group, const ntt_scale *scale));

/* to[i] = from[i] * factor for i in [0, n). */
SIMD_DECLARE(void, situ_ntt_roots_extend, (situ_twiddle * to, const situ_twiddle *from, size_t n, kb factor));

#endif /* SITU_NTT_NTT_KERNEL_H */
