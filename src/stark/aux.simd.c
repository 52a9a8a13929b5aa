/* aux.simd.c — LogUp columns of the tables of one height: fractions by batch inversion, and each row's total.
 */
#include "stark/logup16.h"

/* Numerators and denominators of all LogUp groups of all tables; returns how many. */
static u32 collect_fractions(const group_job *job, const group_scratch *s)
{
    const stark_layout *l = job->layout;
    const u32 degree_max = stark_group_degree_max(&l->params, l->groups[job->group].log2_stack > 0);
    u32 n = 0;

    for (u32 i = 0; i < l->n_slots; i++) {
        const stark_slot *slot = &l->slots[i];
        if (slot->log2_rows == 0 || slot->group != job->group || slot->n_logup_groups == 0) continue;
        const situ_air_table *table = &l->system->tables[slot->table];
        job->system->tables[slot->table].eval_packed[SITU_SIMD_LEVEL](
            s->pre[slot->first_column[STARK_TREE_PRE]], s->main[slot->first_column[STARK_TREE_MAIN]],
            job->publics, s->constraints[0], s->mults[0], s->values[0]);
        for (u32 first = 0; first < table->n_interactions; n++) {
            u32 end = stark_logup_group_end(table, first, degree_max);
            k16 numerator, denominator;
            logup_fraction(job, table, first, end, (const kb(*)[16])s->mults, (const kb(*)[16])s->values,
                           &numerator, &denominator);
            k16_store(s->fractions[n][0], numerator);
            k16_store(s->fractions[n][1], denominator);
            first = end;
        }
    }
    return n;
}

static bool any_lane_is_zero(k16 a)
{
    for (int i = 0; i < 16; i++)
        if (k6_is_zero(k16_lane(a, i))) return true;
    return false;
}

/* fractions[i][0] becomes the fraction's value (Montgomery's trick: one inversion for all). */
static void divide_fractions(const group_job *job, const group_scratch *s, u32 n)
{
    k16 product = k16_load((const kb(*)[16])s->fractions[0][1]);
    for (u32 i = 1; i < n; i++) {
        k16_store(s->fractions[i][2], product);
        product = k16_mul(product, k16_load((const kb(*)[16])s->fractions[i][1]));
    }
    if (any_lane_is_zero(product)) atomic_store(job->failed, true);

    k16 inverse = k16_inv(product);
    for (u32 i = n; i-- > 0;) {
        k16 numerator = k16_load((const kb(*)[16])s->fractions[i][0]);
        k16 own = inverse;
        if (i > 0) {
            own = k16_mul(inverse, k16_load((const kb(*)[16])s->fractions[i][2]));
            inverse = k16_mul(inverse, k16_load((const kb(*)[16])s->fractions[i][1]));
        }
        k16_store(s->fractions[i][0], k16_mul(numerator, own));
    }
}

/* Committed fractions to their columns, zero to the running sums', the row's total to `totals`. */
static void place_fractions(const group_job *job, const group_scratch *s, size_t row)
{
    const stark_layout *l = job->layout;
    u32 n = 0;

    for (u32 i = 0; i < l->n_slots; i++) {
        const stark_slot *slot = &l->slots[i];
        if (slot->log2_rows == 0 || slot->group != job->group || slot->n_logup_groups == 0) continue;
        kb(*columns)[16] = s->aux + slot->first_column[STARK_TREE_AUX];
        k16 total = k16_zero();
        for (u32 k = 0; k < slot->n_logup_groups; k++, n++) {
            k16 fraction = k16_load((const kb(*)[16])s->fractions[n][0]);
            total = k16_add(total, fraction);
            if (k + 1 < slot->n_logup_groups) k16_store(columns + K6_DEGREE * k, fraction);
        }
        k16_store(s->aux + K6_DEGREE * slot->sum_in_group, k16_zero());
        kb lanes[6][16];
        k16_store(lanes, total);
        k6 *out = job->totals[slot->sum_in_group] + row;
        for (int r = 0; r < 16; r++)
            for (int j = 0; j < K6_DEGREE; j++) out[r].c[j] = lanes[j][r];
    }
}

void SIMD_NAME(stark_aux_blocks)(const group_job *job, u32 first_block, u32 n_blocks, u32 worker)
{
    const group_scratch *s = &job->scratch[worker];
    const stark_group *g = &job->layout->groups[job->group];
    u32 n_tiles[3]; /* of the tables' own columns */
    for (u32 t = 0; t < 3; t++) n_tiles[t] = (g->n_columns[t] + STARK_TILE_COLUMNS - 1) / STARK_TILE_COLUMNS;

    for (u32 c = g->n_columns[STARK_TREE_AUX]; c < 16 * n_tiles[STARK_TREE_AUX]; c++)
        v16_store(s->aux[c], v16_zero());
    for (u32 block = first_block; block < first_block + n_blocks; block++) {
        size_t row = (size_t)block * 16;
        load_columns(s->pre, job->tiles[STARK_TREE_PRE], n_tiles[STARK_TREE_PRE], row);
        load_columns(s->main, job->tiles[STARK_TREE_MAIN], n_tiles[STARK_TREE_MAIN], row);
        u32 n = collect_fractions(job, s);
        divide_fractions(job, s, n);
        place_fractions(job, s, row);
        store_columns(job->aux_out, n_tiles[STARK_TREE_AUX], row, (const kb(*)[16])s->aux);
    }
}

void SIMD_NAME(stark_store_rows)(kb *const *tiles, u32 column, u32 n_columns, size_t first, size_t n,
                                 const u32 *cells)
{
    for (size_t row = first; row < first + n; row++, cells += n_columns) {
        for (u32 c = 0; c < n_columns;) {
            u32 tile = (column + c) / 16, lane = (column + c) % 16;
            u32 run = (u32)u64_min(16 - lane, n_columns - c);
            kb *at = tiles[tile] + row * 16 + lane;
            if (run == 16) {
                v16_store(at, v16_from_u32(v16_load(cells + c)));
            } else {
                for (u32 i = 0; i < run; i++) at[i] = kb_from_u32(cells[c + i]);
            }
            c += run;
        }
    }
}
