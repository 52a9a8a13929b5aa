/* quotient.simd.c — all constraints of the tables of one height on the extended domain, combined by powers of
 * alpha and divided by the vanishing polynomial of the tables' rows, which is constant on runs of points as they lie in memory; and added to those of shorter
 * tables, lifted: row i of the extended domain is row i >> k of one 2^k times shorter, on the coset of the same number. */
#include "stark/logup16.h"

static void load_columns_at(kb (*columns)[16], const kb *const *tiles, u32 n_tiles, const size_t rows[16])
{
    for (u32 t = 0; t < n_tiles; t++) {
        v16 r[16];
        for (int i = 0; i < 16; i++) r[i] = v16_load(tiles[t] + rows[i] * 16);
        v16_transpose(r);
        for (int i = 0; i < 16; i++) v16_store(columns[16 * t + (u32)i], r[i]);
    }
}

/* Where w^i x lies for the sixteen points x of a block, w of the group's height: w moves the natural index by the blowup.  The sixteen lie
 * apart in natural order, so each is found by itself. */
static void rows_after(size_t out[16], const group_job *job, size_t row, u32 i)
{
    const u32 log2_blowup = job->layout->params.log2_blowup;
    const u32 log2_domain = job->layout->groups[job->group].log2_rows + log2_blowup;
    const u32 mask = (u32)((UINT64_C(1) << log2_domain) - 1);
    for (u32 k = 0; k < 16; k++) {
        const u32 natural = u32_bit_reverse((u32)row + k, log2_domain);
        out[k] = u32_bit_reverse((natural + (i << log2_blowup)) & mask, log2_domain);
    }
}

/* The running sums on the rows that follow in the trace's order. */
static void load_next_columns(const group_job *job, const group_scratch *s, size_t row)
{
    const u32 n_sums = job->layout->groups[job->group].n_sums;
    size_t next[16];
    rows_after(next, job, row, 1);
    load_columns_at(s->aux_next, job->tiles[STARK_TREE_AUX], (K6_DEGREE * n_sums + 15) / 16, next);
}

/* The columns of the tables of a stacked group: the i-th n_stacked of them are the stacked columns at w^i x.  What the last tile has
 * beyond these is overwritten by the next. */
static void load_stacked_columns(const group_job *job, const group_scratch *s, size_t row)
{
    const stark_group *g = &job->layout->groups[job->group];
    const u32 n_points = stark_n_points(g);
    for (u32 i = 0; i < n_points + g->n_shifted_points; i++) {
        size_t rows[16];
        rows_after(rows, job, row, i);
        if (i < n_points) {
            load_columns_at(s->main + i * g->n_stacked[STARK_TREE_MAIN], job->tiles[STARK_TREE_MAIN],
                            g->n_tiles[STARK_TREE_MAIN], rows);
            load_columns_at(s->aux + i * g->n_stacked[STARK_TREE_AUX], job->tiles[STARK_TREE_AUX],
                            g->n_tiles[STARK_TREE_AUX], rows);
        } else {
            load_columns_at(s->aux_next + (i - n_points) * g->n_stacked[STARK_TREE_AUX],
                            job->tiles[STARK_TREE_AUX], g->n_tiles[STARK_TREE_AUX], rows);
        }
    }
}

/* sum of alpha powers times the LogUp constraints of one table. */
static k16 logup_constraints(const group_job *job, const group_scratch *s, const stark_slot *slot,
                             const k6 *powers, k6 mean)
{
    const situ_air_table *table = &job->layout->system->tables[slot->table];
    const u32 degree_max =
        stark_group_degree_max(&job->layout->params, job->layout->groups[job->group].log2_stack > 0);
    const kb(*columns)[16] = (const kb(*)[16])s->aux + slot->first_column[STARK_TREE_AUX];
    const u32 sum_column = K6_DEGREE * slot->sum_in_group;
    k16 sum = k16_zero(), committed = k16_zero();
    u32 first = 0;

    for (u32 k = 0; k < slot->n_logup_groups; k++) {
        u32 end = stark_logup_group_end(table, first, degree_max);
        k16 numerator, denominator, lhs;
        logup_fraction(job, table, first, end, (const kb(*)[16])s->mults, (const kb(*)[16])s->values,
                       &numerator, &denominator);
        if (k + 1 < slot->n_logup_groups) {
            lhs = k16_load(columns + K6_DEGREE * k);
            committed = k16_add(committed, lhs);
        } else {
            k16 here = k16_load((const kb(*)[16])s->aux + sum_column);
            k16 next = k16_load((const kb(*)[16])s->aux_next + sum_column);
            lhs = k16_sub(k16_add(k16_sub(next, here), k16_set1(mean)), committed);
        }
        k16 constraint = k16_sub(k16_mul(lhs, denominator), numerator);
        sum = k16_add(sum, k16_mul(constraint, k16_set1(powers[k])));
        first = end;
    }
    return sum;
}

static k16 all_constraints(const group_job *job, const group_scratch *s)
{
    const stark_layout *l = job->layout;
    k16 sum = k16_zero();

    for (u32 i = 0; i < l->n_slots; i++) {
        const stark_slot *slot = &l->slots[i];
        if (slot->log2_rows == 0 || slot->group != job->group) continue;
        const situ_air_table *table = &l->system->tables[slot->table];
        const k6 *powers = job->alpha_powers + slot->first_constraint;
        job->system->tables[slot->table].eval_packed[SITU_SIMD_LEVEL](
            s->pre[slot->first_column[STARK_TREE_PRE]], s->main[slot->first_column[STARK_TREE_MAIN]],
            job->publics, s->constraints[0], s->mults[0], s->values[0]);
        sum = k16_add(sum, weighted_sum((const kb(*)[16])s->constraints, powers, table->n_constraints));
        if (slot->n_logup_groups > 0)
            sum = k16_add(sum, logup_constraints(job, s, slot, powers + table->n_constraints,
                                                 job->means[slot->sum_in_group]));
    }
    return sum;
}

/* Sixteen rows of one coset, plus what shorter groups have there. */
static void store_quotient(const group_job *job, const kb quotient[6][16], size_t row, u32 coset)
{
    for (u32 j = 0; j < K6_DEGREE; j++) {
        const u32 tile = (K6_DEGREE * coset + j) / 16, lane = (K6_DEGREE * coset + j) % 16;
        kb *at = job->quotient_out[tile] + row * 16 + lane;
        if (job->lifted == NULL) {
            for (u32 r = 0; r < 16; r++) at[16 * r] = quotient[j][r];
        } else {
            const kb *shorter = job->lifted[tile] + (row >> job->log2_lift) * 16 + lane;
            for (u32 r = 0; r < 16; r++)
                at[16 * r] = kb_add(quotient[j][r], shorter[16 * (r >> job->log2_lift)]);
        }
    }
}

void SIMD_NAME(stark_quotient_blocks)(const group_job *job, u32 first_block, u32 n_blocks, u32 worker)
{
    const group_scratch *s = &job->scratch[worker];
    const stark_group *g = &job->layout->groups[job->group];
    const size_t n_rows = (size_t)1 << g->log2_rows;

    for (u32 block = first_block; block < first_block + n_blocks; block++) {
        size_t row = (size_t)block * 16;
        u32 coset = (u32)(row >> g->log2_rows);
        if (g->log2_stack > 0) {
            load_stacked_columns(job, s, row);
        } else {
            load_columns(s->pre, job->tiles[STARK_TREE_PRE], g->n_tiles[STARK_TREE_PRE], row);
            load_columns(s->main, job->tiles[STARK_TREE_MAIN], g->n_tiles[STARK_TREE_MAIN], row);
            load_columns(s->aux, job->tiles[STARK_TREE_AUX], g->n_tiles[STARK_TREE_AUX], row);
            load_next_columns(job, s, row);
        }

        kb quotient[6][16];
        const kb inverse = job->vanishing_inverse[row >> (g->log2_rows - g->log2_stack)];
        k16_store(quotient, k16_mul_v(all_constraints(job, s), v16_set1(inverse)));
        store_quotient(job, (const kb(*)[16])quotient, row & (n_rows - 1), coset);
    }
}
