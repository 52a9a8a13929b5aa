/* v16.h — sixteen elements of F at once: one row of a tile, or one column's values on sixteen rows.
 *
 * Included by kernels (x.simd.c), which are compiled once per CPU level; the level's registers hide here, and
 * all levels give the same bytes.  All lanes are canonical on entry and on return.
 *
 *     v16       sixteen kb
 *     v16_sum   sixteen 64-bit sums of products, each below p * 2^32 after v16_sum_fold; up to two products
 * may be added to a folded sum, four to a zero one, before the next fold; v16_sum_reduce takes a folded sum
 * (or up to two products) v16_w     a multiplier and its product with p^-1, which saves a multiplication on
 * use; the _uniform functions want one whose lanes are all equal: v16_mul_uniform(a, w) = a w,
 *               v16_sub_mul_uniform(a, b, w) = (a - b) w
 */
#ifndef SITU_FIELD_V16_H
#define SITU_FIELD_V16_H

#include "field/kb.h"

_Static_assert((u128)4 * KB_P * KB_P <= UINT64_MAX, "four products fit a u64");
_Static_assert(((u128)KB_P << 32) + (u128)2 * KB_P * KB_P <= UINT64_MAX, "a folded sum takes two more");

#if defined(SITU_SIMD_AVX512)
#include "field/v16_avx512.h"
#elif defined(SITU_SIMD_AVX2)
#include "field/v16_avx2.h"
#else
#include "field/v16_scalar.h"
#endif

SITU_INLINE v16_w v16_w_set1(kb w) { return (v16_w){v16_set1(w), v16_set1(w * KB_MU)}; }

SITU_INLINE v16 v16_neg(v16 a) { return v16_sub(v16_zero(), a); }

/* Plain integers below 2^32 to field elements. */
SITU_INLINE v16 v16_from_u32(v16 n) { return v16_mul(n, v16_set1(KB_R2)); }

SITU_INLINE kb v16_lane(v16 a, int i)
{
    kb lanes[16];
    v16_store(lanes, a);
    return lanes[i];
}

#endif /* SITU_FIELD_V16_H */
