/* fold.simd.c — sixteen rows of a fold at a time, one in each lane; situ_fri_fold_row is the definition.  Lifting
 * likewise. */
#include "fri/fold_kernel.h"

#include "field/points16.h"
#include "fri/codeword16.h"

/* v[j] lane i = element j of row 16 * group + i. */
SITU_INLINE void load_rows(k16 *v, const situ_fri_codeword *in, u64 group)
{
    const size_t tile_words = (size_t)16 << (in->log2_size - SITU_FRI_LOG2_FOLD);
    for (u32 t = 0; t < SITU_FRI_TILES; t++) {
        v16 w[16];
        for (u32 i = 0; i < 16; i++) w[i] = v16_load(in->words + t * tile_words + (group * 16 + i) * 16);
        v16_transpose(w);
        for (u32 i = 0; i < 16; i++) v[(16 * t + i) / K6_DEGREE].c[(16 * t + i) % K6_DEGREE] = w[i];
    }
}

/* fold_transform of fold.c. */
SITU_INLINE void transform(k16 v[SITU_FRI_FOLD], const kb w8_inv[4])
{
    for (u32 half = 1; half < SITU_FRI_FOLD; half *= 2)
        for (u32 start = 0; start < SITU_FRI_FOLD; start += 2 * half)
            for (u32 j = 0; j < half; j++) {
                k16 odd = v[start + half + j];
                if (j != 0) odd = k16_mul_v(odd, v16_set1(w8_inv[j * (4 / half)]));
                v[start + half + j] = k16_sub(v[start + j], odd);
                v[start + j] = k16_add(v[start + j], odd);
            }
}

void SIMD_NAME(situ_fri_fold_rows)(const fold_job *job, u64 first_group, u64 end_group)
{
    const k16 beta = k16_set1(job->beta);
    const v16 eighth = v16_set1(job->eighth);
    points16 inverse_points = points16_start(&job->points, first_group);

    for (u64 group = first_group; group < end_group; group++) {
        k16 v[SITU_FRI_FOLD];
        load_rows(v, job->in, group);
        transform(v, job->w8_inv);

        k16 ratio = k16_mul_v(beta, points16_next(&inverse_points));
        k16 sum = v[SITU_FRI_FOLD - 1];
        for (u32 j = SITU_FRI_FOLD - 1; j-- > 0;) sum = k16_add(k16_mul(sum, ratio), v[j]);
        sum = k16_mul_v(sum, eighth);
        codeword_store16(job->out, group, sum);
    }
}

/* Sixteen elements of the lifted codeword come from 16 >> shift in a row. */
void SIMD_NAME(situ_fri_lift_groups)(const lift_job *job, u64 first_group, u64 end_group)
{
    const u32 shift = job->out->log2_size - job->g->log2_size;
    u64 loaded = UINT64_MAX;
    k6 source[16];
    for (u64 group = first_group; group < end_group; group++) {
        const u64 first = group * 16 >> shift;
        if (first / 16 != loaded) {
            loaded = first / 16;
            situ_fri_codeword_load(source, job->g, loaded * 16, 16);
        }
        k6 lifted[16];
        for (u32 i = 0; i < 16; i++) lifted[i] = source[((group * 16 + i) >> shift) % 16];
        k16 sum = k16_add(codeword_load16(job->out, group), k16_load_elements(lifted));
        codeword_store16(job->out, group, sum);
    }
}
