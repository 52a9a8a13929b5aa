/* ood.simd.c — weights and weighted sums of rows; see ood.h. */
#include "stark/ood_kernel.h"

#include "field/dot16.h"
#include "field/k16_io.h"
#include "field/points16.h"

void SIMD_NAME(situ_ood_weight_groups)(kb *weights, const situ_points *points, const situ_reciprocal *r,
                                       u64 first_group, u64 end_group)
{
    for (u64 group = first_group; group < end_group; group += POINTS16_BLOCK) {
        k16 w[POINTS16_BLOCK];
        u32 n_groups = (u32)u64_min(POINTS16_BLOCK, end_group - group);
        reciprocal_block(w, points, r, group, n_groups, true);
        for (u32 g = 0; g < n_groups; g++) k16_store_elements(weights + (group + g) * (16 * K6_DEGREE), w[g]);
    }
}

/* One parity of the lanes: sums[j] += sum over n_rows <= 4 rows of v[r] weights[r][j], one quartet for each
 * coefficient. */
SITU_INLINE void add_quartet(dot8 sums[K6_DEGREE], const d8 v[4], const kb *weights, int n_rows)
{
#pragma GCC unroll 6
    for (int j = 0; j < K6_DEGREE; j++) {
        d8 quartet = d8_mul(v[0], d8_even(v16_set1(weights[j])));
#pragma GCC unroll 3
        for (int r = 1; r < n_rows; r++)
            quartet = d8_add(quartet, d8_mul(v[r], d8_even(v16_set1(weights[r * K6_DEGREE + j]))));
        sums[j] = dot8_add(sums[j], quartet);
    }
}

/* The even or the odd lanes of all rows. */
SITU_INLINE void sum_lanes_of_parity(dot8 sums[K6_DEGREE], const kb *rows, const kb *weights, u64 n_rows,
                                     bool odd)
{
    d8 v[4];
    for (int j = 0; j < K6_DEGREE; j++) sums[j] = dot8_zero();
    u64 row = 0;
    for (; row + 4 <= n_rows; row += 4) {
        for (u64 r = 0; r < 4; r++) {
            v16 a = v16_load(rows + (row + r) * 16);
            v[r] = odd ? d8_odd(a) : d8_even(a);
        }
        add_quartet(sums, v, weights + row * K6_DEGREE, 4);
    }
    for (; row < n_rows; row++) {
        v16 a = v16_load(rows + row * 16);
        v[0] = odd ? d8_odd(a) : d8_even(a);
        add_quartet(sums, v, weights + row * K6_DEGREE, 1);
    }
}

/* Half of the lanes at a time: six sums of two registers each, four rows of lanes and a quartet fit the
 * register file. */
void SIMD_NAME(situ_ood_add_rows)(kb sums[K6_DEGREE][16], const kb *rows, const kb *weights, u64 n_rows)
{
    dot8 even[K6_DEGREE], odd[K6_DEGREE];
    sum_lanes_of_parity(even, rows, weights, n_rows, false);
    sum_lanes_of_parity(odd, rows, weights, n_rows, true);
    for (int j = 0; j < K6_DEGREE; j++)
        v16_store(sums[j], v16_add(v16_load(sums[j]), dot16_reduce(even[j], odd[j])));
}
