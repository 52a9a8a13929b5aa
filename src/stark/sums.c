/* sums.c — see sums.h. */
#include "stark/sums.h"

void stark_running_sum(k6 *claimed, k6 *mean, kb *const *tiles, u32 column, const k6 *totals, u32 log2_rows)
{
    const u32 n_rows = 1u << log2_rows;
    k6 sum = k6_zero();
    for (u32 i = 0; i < n_rows; i++) sum = k6_add(sum, totals[i]);
    *claimed = sum;
    *mean = k6_mul_kb(sum, kb_inv(kb_from_u32(n_rows)));

    kb *at[K6_DEGREE];
    for (u32 j = 0; j < K6_DEGREE; j++) at[j] = tiles[(column + j) / 16] + (column + j) % 16;
    k6 s = k6_zero();
    for (u32 i = 0; i < n_rows; i++) {
        size_t row = u32_bit_reverse(i, log2_rows);
        for (int j = 0; j < K6_DEGREE; j++) at[j][row * 16] = s.c[j];
        s = k6_add(s, k6_sub(totals[row], *mean));
    }
    SITU_VERIFY_THAT(k6_is_zero(s));
}
