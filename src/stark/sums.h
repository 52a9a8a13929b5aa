/* sums.h — running sums of a LogUp argument. */
#ifndef SITU_STARK_SUMS_H
#define SITU_STARK_SUMS_H

#include "field/k6.h"

/* Fill the running sum S over the trace domain in natural order,
 *
 *     S(omega^0) = 0,   S(omega^(i+1)) = S(omega^i) + totals(omega^i) - claimed / n,
 *
 * which closes cyclically because claimed is the sum of all totals.
 *
 *  claimed  out     sum of the totals
 *  mean     out     claimed / 2^log2_rows
 *  tiles    in/out  rows of 16 words in bit-reversed order; S's coefficient j goes to column + j
 *  totals   [rows]  in bit-reversed order
 */
void stark_running_sum(k6 *claimed, k6 *mean, kb *const *tiles, u32 column, const k6 *totals, u32 log2_rows);

#endif /* SITU_STARK_SUMS_H */
