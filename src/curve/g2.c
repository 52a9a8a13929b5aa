/* g2.c — sums on G2, through blst. */
#include <string.h>

#include "curve/g1.h"
#include "curve/pool_memory.h"

/* blst takes pointers; infinity, which its batch inversions cannot take, is left out. */
static size_t list_finite(const blst_p2_affine **points, const byte **scalars, const situ_g2 *in,
                          const situ_scalar *factors, size_t n)
{
    size_t n_kept = 0;
    for (size_t i = 0; i < n; i++) {
        points[n_kept] = (const blst_p2_affine *)(const void *)&in[i];
        scalars[n_kept] = factors[i].le;
        n_kept += !blst_p2_affine_is_inf(points[n_kept]);
    }
    return n_kept;
}

situ_err situ_msm_g2_pooled(situ_g2 *out, const situ_g2 *points, const situ_scalar *scalars,
                            uint64_t n_points, situ_msm_pool *memory, situ_pool *threads)
{
    (void)threads;
    if (n_points > SITU_MSM_POINTS_MAX) return SITU_ERR_ARG;
    size_t list_bytes = n_points * sizeof(void *), bytes = blst_p2s_mult_pippenger_scratch_sizeof(n_points);
    if (2 * list_bytes + bytes > situ_pool_block_max(memory)) return SITU_ERR_LIMIT;
    u8 *scratch = situ_pool_borrow(memory, 2 * list_bytes + bytes);
    if (!scratch) return SITU_ERR_MEMORY;
    const blst_p2_affine **point_list = (void *)scratch;
    const byte **scalar_list = (void *)(scratch + list_bytes);
    size_t n = list_finite(point_list, scalar_list, points, scalars, n_points);
    blst_p2 sum;
    blst_p2_affine affine;
    memset(&sum, 0, sizeof sum);
    if (n > 0) {
        blst_p2s_mult_pippenger(&sum, point_list, n, scalar_list, 256,
                                (limb_t *)(void *)(scratch + 2 * list_bytes));
    }
    blst_p2_to_affine(&affine, &sum);
    memcpy(out, &affine, sizeof affine);
    situ_pool_return(memory, scratch);
    return SITU_OK;
}
