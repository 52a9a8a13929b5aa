/* deep.simd.c — weighted sums of rows over reciprocals; see deep.h. */
#include "stark/deep_kernel.h"

#include "field/points16.h"
#include "fri/codeword16.h"

/* Lane-wise weighted sum of one row over the tiles. */
SITU_INLINE void row_sums(v16 out[K6_DEGREE], const situ_deep_set *set, const deep_weights *weights, u64 row)
{
    v16_sum acc[K6_DEGREE];
    for (int j = 0; j < K6_DEGREE; j++) acc[j] = v16_sum_zero();
    for (u32 t = 0; t < set->n_tiles; t++) {
        v16 v = v16_load(set->tiles[t] + row * 16);
        for (int j = 0; j < K6_DEGREE; j++) {
            acc[j] = v16_sum_mul_add(acc[j], v, v16_load(weights[t].c[j]));
            if (t & 1) acc[j] = v16_sum_fold(acc[j]);
        }
    }
    for (int j = 0; j < K6_DEGREE; j++) out[j] = v16_sum_reduce(v16_sum_fold(acc[j]));
}

/* Lane i = sum of the lanes of rows[i]. */
SITU_INLINE v16 sum_lanes(v16 rows[16])
{
    v16_transpose(rows);
    for (int width = 8; width > 0; width /= 2)
        for (int i = 0; i < width; i++) rows[i] = v16_add(rows[i], rows[i + width]);
    return rows[0];
}

/* Sixteen rows of a set, one in each lane. */
static k16 group_sums(const situ_deep_set *set, const deep_weights *weights, u64 group)
{
    v16 sums[K6_DEGREE][16], row[K6_DEGREE];
    k16 out;
    for (u32 i = 0; i < 16; i++) {
        row_sums(row, set, weights, group * 16 + i);
        for (int j = 0; j < K6_DEGREE; j++) sums[j][i] = row[j];
    }
    for (int j = 0; j < K6_DEGREE; j++) out.c[j] = sum_lanes(sums[j]);
    return out;
}

void SIMD_NAME(situ_deep_groups)(const deep_job *job, u64 first_group, u64 end_group)
{
    for (u64 group = first_group; group < end_group; group += POINTS16_BLOCK) {
        const u32 n_groups = (u32)u64_min(POINTS16_BLOCK, end_group - group);
        k16 total[POINTS16_BLOCK], reciprocal[POINTS16_BLOCK];
        for (u32 g = 0; g < n_groups; g++) total[g] = k16_zero();
        for (u32 s = 0; s < job->n_sets; s++) {
            const k16 constant = k16_set1(job->sets[s].constant);
            reciprocal_block(reciprocal, &job->points, &job->r[s], group, n_groups, false);
            for (u32 g = 0; g < n_groups; g++) {
                k16 numerator = k16_sub(group_sums(&job->sets[s], job->weights[s], group + g), constant);
                total[g] = k16_add(total[g], k16_mul(numerator, reciprocal[g]));
            }
        }
        for (u32 g = 0; g < n_groups; g++) codeword_store16(job->out, group + g, total[g]);
    }
}
