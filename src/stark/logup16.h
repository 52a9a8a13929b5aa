/* logup16.h — LogUp fractions on sixteen rows at once; for kernels (x.simd.c). */
#ifndef SITU_STARK_LOGUP16_H
#define SITU_STARK_LOGUP16_H

#include "field/k16.h"
#include "stark/group_job.h"

SITU_INLINE k16 k16_load(const kb (*columns)[16])
{
    k16 r;
    for (int j = 0; j < K6_DEGREE; j++) r.c[j] = v16_load(columns[j]);
    return r;
}

SITU_INLINE void k16_store(kb (*columns)[16], k16 a)
{
    for (int j = 0; j < K6_DEGREE; j++) v16_store(columns[j], a.c[j]);
}

/* sum_i weights[i] values[i] for n columns over F. */
SITU_INLINE k16 weighted_sum(const kb (*values)[16], const k6 *weights, u32 n)
{
    v16_sum s[K6_DEGREE];
    k16 r;
    u32 i = 0;

    for (int j = 0; j < K6_DEGREE; j++) s[j] = v16_sum_zero();
    for (; i + 2 <= n; i += 2) {
        v16_split a = v16_split_of(v16_load(values[i])), b = v16_split_of(v16_load(values[i + 1]));
        for (int j = 0; j < K6_DEGREE; j++) {
            s[j] = v16_sum_mul_add_1(s[j], a, weights[i].c[j]);
            s[j] = v16_sum_fold(v16_sum_mul_add_1(s[j], b, weights[i + 1].c[j]));
        }
    }
    if (i < n) {
        v16_split a = v16_split_of(v16_load(values[i]));
        for (int j = 0; j < K6_DEGREE; j++) s[j] = v16_sum_fold(v16_sum_mul_add_1(s[j], a, weights[i].c[j]));
    }
    for (int j = 0; j < K6_DEGREE; j++) r.c[j] = v16_sum_reduce(s[j]);
    return r;
}

/* gamma + bus + beta v_1 + beta^2 v_2 + ... */
SITU_INLINE k16 fingerprint16(const group_job *job, const situ_air_interaction *it, const kb (*values)[16])
{
    k16 d = weighted_sum(values + it->first_value, job->beta_powers + 1,
                         job->layout->system->buses[it->bus].width);
    return k16_add(d, k16_set1(k6_add_kb(job->gamma, kb_from_u32(it->bus))));
}

/* numerator / denominator = sum of m_i / d_i over the interactions first..end-1. */
SITU_INLINE void logup_fraction(const group_job *job, const situ_air_table *table, u32 first, u32 end,
                                const kb (*mults)[16], const kb (*values)[16], k16 *numerator,
                                k16 *denominator)
{
    *denominator = fingerprint16(job, &table->interactions[first], values);
    *numerator = k16_zero();
    numerator->c[0] = v16_load(mults[first]);
    for (u32 i = first + 1; i < end; i++) {
        k16 d = fingerprint16(job, &table->interactions[i], values);
        v16 m = v16_load(mults[i]);
        if (i == first + 1)
            *numerator = k16_mul_v(d, v16_load(mults[first])); /* one product in K saved */
        else
            *numerator = k16_mul(*numerator, d);
        *numerator = k16_add(*numerator, k16_mul_v(*denominator, m));
        *denominator = k16_mul(*denominator, d);
    }
}

/* Rows row..row+15 of tiles, as columns: columns[16 T + lane][row]. */
SITU_INLINE void load_columns(kb (*columns)[16], const kb *const *tiles, u32 n_tiles, size_t row)
{
    for (u32 t = 0; t < n_tiles; t++) {
        const kb *at = tiles[t] + row * 16;
        v16 r[16];
        for (int i = 0; i < 16; i++) r[i] = v16_load(at + 16 * i);
        v16_transpose(r);
        for (int i = 0; i < 16; i++) v16_store(columns[16 * t + (u32)i], r[i]);
    }
}

/* And back. */
SITU_INLINE void store_columns(kb *const *tiles, u32 n_tiles, size_t row, const kb (*columns)[16])
{
    for (u32 t = 0; t < n_tiles; t++) {
        kb *at = tiles[t] + row * 16;
        v16 r[16];
        for (int i = 0; i < 16; i++) r[i] = v16_load(columns[16 * t + (u32)i]);
        v16_transpose(r);
        for (int i = 0; i < 16; i++) v16_store(at + 16 * i, r[i]);
    }
}

#endif /* SITU_STARK_LOGUP16_H */
