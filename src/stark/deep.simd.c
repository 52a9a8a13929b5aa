/* deep.simd.c — weighted sums of rows over reciprocals; see deep.h. */
#include "stark/deep_kernel.h"

#include "field/dot16.h"
#include "field/points16.h"
#include "fri/codeword16.h"

/* Tiles that are summed in registers: their weights, 12 KB, stay in the first-level cache for sixteen rows.
 */
#define DEEP_TILES_AT_ONCE 16

/* A group's rows of all tiles lie in as many pages as there are tiles: too many streams for hardware to
 * follow. */
#define DEEP_ROWS_AHEAD 32

/* Rows and coefficients that are summed in registers at once. */
#if defined(SITU_SIMD_AVX512)
#define DEEP_ROWS_AT_ONCE   2
#define DEEP_COEFFS_AT_ONCE 3
#else
#define DEEP_ROWS_AT_ONCE   1
#define DEEP_COEFFS_AT_ONCE 3
#endif

/* sums[i][j] += weighted sum over the tiles of row + i, all lanes.  Two tiles' even and odd lanes make a
 * quartet. */
SITU_INLINE void add_rows(dot8 sums[][K6_DEGREE], const deep_tile *tiles, u32 n_tiles, u64 row,
                          int first_coeff)
{
    dot8 s[DEEP_ROWS_AT_ONCE][DEEP_COEFFS_AT_ONCE];
    for (int i = 0; i < DEEP_ROWS_AT_ONCE; i++)
        for (int j = 0; j < DEEP_COEFFS_AT_ONCE; j++) s[i][j] = sums[i][first_coeff + j];
    for (u32 t = 0; t < n_tiles; t += 2) {
        const deep_tile *a = &tiles[t], *b = &tiles[t + 1];
        d8 v[DEEP_ROWS_AT_ONCE][4];
#pragma GCC unroll 4
        for (int i = 0; i < DEEP_ROWS_AT_ONCE; i++) {
            const kb *row_a = a->tile + (row + (u64)i) * 16, *row_b = b->tile + (row + (u64)i) * 16;
            if (first_coeff == 0) {
                __builtin_prefetch(row_a + DEEP_ROWS_AHEAD * 16, 0, 2);
                __builtin_prefetch(row_b + DEEP_ROWS_AHEAD * 16, 0, 2);
            }
            v16 v_a = v16_load(row_a), v_b = v16_load(row_b);
            v[i][0] = d8_even(v_a), v[i][1] = d8_odd(v_a), v[i][2] = d8_even(v_b), v[i][3] = d8_odd(v_b);
        }
#pragma GCC unroll 6
        for (int j = 0; j < DEEP_COEFFS_AT_ONCE; j++) {
            const int c = first_coeff + j;
            const d8 w[4] = {d8_even(v16_load(a->even[c])), d8_even(v16_load(a->odd[c])),
                             d8_even(v16_load(b->even[c])), d8_even(v16_load(b->odd[c]))};
#pragma GCC unroll 4
            for (int i = 0; i < DEEP_ROWS_AT_ONCE; i++) {
                d8 quartet = d8_mul(v[i][0], w[0]);
#pragma GCC unroll 3
                for (int k = 1; k < 4; k++) quartet = d8_add(quartet, d8_mul(v[i][k], w[k]));
                s[i][j] = dot8_add(s[i][j], quartet);
            }
        }
    }
    for (int i = 0; i < DEEP_ROWS_AT_ONCE; i++)
        for (int j = 0; j < DEEP_COEFFS_AT_ONCE; j++) sums[i][first_coeff + j] = s[i][j];
}

/* Sixteen rows, one in each lane: weighted sums over all tiles and lanes. */
static k16 group_sums(const deep_tile *tiles, u32 n_tiles, u64 group)
{
    dot8 sums[16][K6_DEGREE];
    for (int i = 0; i < 16; i++)
        for (int j = 0; j < K6_DEGREE; j++) sums[i][j] = dot8_zero();
    for (u32 t = 0; t < n_tiles; t += DEEP_TILES_AT_ONCE) {
        u32 n = n_tiles - t < DEEP_TILES_AT_ONCE ? n_tiles - t : DEEP_TILES_AT_ONCE;
        for (u64 i = 0; i < 16; i += DEEP_ROWS_AT_ONCE)
            for (int j = 0; j < K6_DEGREE; j += DEEP_COEFFS_AT_ONCE)
                add_rows(&sums[i], tiles + t, n, group * 16 + i, j);
    }
    k16 out;
    for (int j = 0; j < K6_DEGREE; j++) {
        dot8 even[8], odd[8];
        for (int i = 0; i < 8; i++) {
            even[i] = sums[2 * i][j];
            odd[i] = sums[2 * i + 1][j];
        }
        out.c[j] = dot16_reduce(dot8_sum_lanes(even), dot8_sum_lanes(odd));
    }
    return out;
}

/* Sixteen rows of a tile, an element and ten zeros each. */
SITU_INLINE void store_tile_rows(kb *rows, k16 a)
{
    v16 r[16];
    for (int i = 0; i < 16; i++) r[i] = i < K6_DEGREE ? a.c[i] : v16_zero();
    v16_transpose(r);
    for (int i = 0; i < 16; i++) v16_store(rows + 16 * i, r[i]);
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
                k16 numerator = k16_sub(group_sums(job->tiles[s], job->n_tiles[s], group + g), constant);
                total[g] = k16_add(total[g], k16_mul(numerator, reciprocal[g]));
            }
        }
        for (u32 g = 0; g < n_groups; g++) {
            if (job->tile)
                store_tile_rows(job->tile + (group + g) * (16 * 16), total[g]);
            else
                codeword_store16(job->out, group + g, total[g]);
        }
    }
}

void SIMD_NAME(situ_deep_from_tile)(const deep_job *job, u64 first_group, u64 end_group)
{
    for (u64 group = first_group; group < end_group; group++) {
        kb words[16 * K6_DEGREE];
        for (u32 i = 0; i < 16; i++)
            memcpy(words + i * K6_DEGREE, job->tile + (group * 16 + i) * 16, K6_DEGREE * sizeof *words);
        codeword_store_words(job->out, group, words);
    }
}
