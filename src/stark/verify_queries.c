/* verify_queries.c — openings against their caps, DEEP combinations, and every fold of FRI at the positions drawn. */
#include "stark/verifier.h"

#include "fri/fri.h"
#include "hash/merkle.h"

/* What the opened values contribute to each group's DEEP combination, at zeta and at omega zeta. */
static void weigh_values(verifier *v)
{
    const stark_layout *l = &v->layout;
    for (u32 i = 0; i < l->n_groups; i++) {
        const stark_group *g = &l->groups[i];
        k6 at_zeta = k6_zero();
        for (int t = 0; t < STARK_TREES; t++)
            at_zeta = k6_add(at_zeta, stark_weigh_values(&v->weights, g->position[t],
                                                         v->values + g->first_value[t], g->n_openings[t]));
        v->group_constant[i][0] = at_zeta;
        v->group_constant[i][1] =
            stark_weigh_values(&v->weights, g->shifted_position, v->values + g->first_shifted, g->n_sums);
    }
}

/* The opened rows of one query, by tree and group; NULL where there is no tile. */
typedef struct {
    const situ_file_u32 *rows[STARK_TREES][SITU_STARK_GROUPS_MAX];
} opened_rows;

static u64 offset_in(const verifier *v, const void *at)
{
    return (u64)((const u8 *)at - (const u8 *)v->header);
}

/* Take the trees' openings from *record and check them against their caps. */
static situ_err open_trees(const verifier *v, opened_rows *opened, const u8 **record, u32 query)
{
    const stark_layout *l = &v->layout;
    for (int t = 0; t < STARK_TREES; t++) {
        const stark_tree_shape *tree = &l->trees[t];
        const situ_file_u32 *rows[SITU_STARK_GROUPS_MAX];
        u32 log2_rows[SITU_STARK_GROUPS_MAX], n_tiles[SITU_STARK_GROUPS_MAX];
        const u8 *start = *record;

        for (u32 g = 0; g < l->n_groups; g++) opened->rows[t][g] = NULL;
        if (tree->n_groups == 0) continue;
        for (u32 i = 0; i < tree->n_groups; i++) {
            const stark_group *g = &l->groups[tree->group[i]];
            rows[i] = (const situ_file_u32 *)(const void *)*record;
            log2_rows[i] = g->log2_rows + l->params.log2_blowup;
            n_tiles[i] = g->n_tiles[t];
            opened->rows[t][tree->group[i]] = rows[i];
            *record += (size_t)g->n_tiles[t] * STARK_TILE_ROW_BYTES;
        }
        u32 leaf = query >> (stark_log2_domain(l) - tree->log2_leaves);
        situ_err err = situ_merkle_verify(v->cap[t], l->params.log2_cap, log2_rows, n_tiles, tree->n_groups,
                                          rows, leaf, *record);
        if (err) return refuse(v, SITU_ERR_REJECT, "Merkle path", offset_in(v, start));
        *record += 32 * (size_t)tree->n_path;
    }
    return SITU_OK;
}

/* Words behind the last column of a row's last tile are zero. */
static bool tail_is_zero(const situ_file_u32 *row, u32 n_words)
{
    for (u32 i = n_words; i % STARK_TILE_COLUMNS != 0; i++)
        if (row[i] != 0) return false;
    return true;
}

/* The two numerators of a group's DEEP combination at the opened rows. */
static situ_err deep_numerators(const verifier *v, const opened_rows *opened, u32 group, k6 out[2])
{
    const stark_group *g = &v->layout.groups[group];
    k6 at_zeta = k6_zero(), at_next = k6_zero();
    for (int t = 0; t < STARK_TREES; t++) {
        const situ_file_u32 *row = opened->rows[t][group];
        if (g->n_tiles[t] == 0) continue;
        bool ok = g->n_openings[t] == g->n_columns[t]
                      ? stark_weigh_tiles(&at_zeta, &v->weights, g->position[t], row, g->n_tiles[t])
                      : stark_weigh_elements(&at_zeta, &v->weights, g->position[t], row, g->n_openings[t]);
        if (!ok || !tail_is_zero(row, g->n_columns[t]))
            return refuse(v, SITU_ERR_FORMAT, "opened row", offset_in(v, row));
    }
    if (g->n_sums > 0) {
        const situ_file_u32 *row = opened->rows[STARK_TREE_AUX][group];
        if (!stark_weigh_elements(&at_next, &v->weights, g->shifted_position, row, g->n_sums))
            return refuse(v, SITU_ERR_FORMAT, "opened row", offset_in(v, row));
    }
    out[0] = k6_sub(at_zeta, v->group_constant[group][0]);
    out[1] = k6_sub(at_next, v->group_constant[group][1]);
    return SITU_OK;
}

/* All groups' DEEP combinations at the query's position, lifted and combined by powers of mu, with one inversion for all.  No
 * denominator is zero: zeta is not in F. */
static situ_err deep_value(const verifier *v, const opened_rows *opened, u32 query, k6 *value)
{
    const stark_layout *l = &v->layout;
    k6 denominators[2 * SITU_STARK_GROUPS_MAX], prefix[2 * SITU_STARK_GROUPS_MAX + 1];

    prefix[0] = k6_one();
    kb y = situ_point_at(stark_log2_domain(l), query);
    for (u32 g = 0, squared = 0; g < l->n_groups; g++) {
        for (; squared < l->groups[0].log2_rows - l->groups[g].log2_rows; squared++) y = kb_mul(y, y);
        k6 x = k6_from_kb(kb_mul(KB_CONST(KB_GENERATOR), y));
        denominators[2 * g] = k6_sub(x, v->challenges.zeta);
        denominators[2 * g + 1] = k6_sub(x, v->next_point[g]);
        prefix[2 * g + 1] = k6_mul(prefix[2 * g], denominators[2 * g]);
        prefix[2 * g + 2] = k6_mul(prefix[2 * g + 1], denominators[2 * g + 1]);
    }
    k6 inverse = k6_inv(prefix[2 * l->n_groups]), sum = k6_zero();
    for (u32 g = l->n_groups; g-- > 0;) {
        k6 numerators[2];
        SITU_TRY(deep_numerators(v, opened, g, numerators));
        k6 next_inverse = k6_mul(inverse, prefix[2 * g + 1]);
        inverse = k6_mul(inverse, denominators[2 * g + 1]);
        k6 zeta_inverse = k6_mul(inverse, prefix[2 * g]);
        inverse = k6_mul(inverse, denominators[2 * g]);
        sum = k6_mul(sum, v->challenges.mu);
        sum = k6_add(sum, k6_add(k6_mul(numerators[0], zeta_inverse), k6_mul(numerators[1], next_inverse)));
    }
    *value = sum;
    return SITU_OK;
}

/* A layer's opened row: canonical, with the value already known in its place. */
static situ_err check_fri_row(const verifier *v, const situ_file_u32 *row, u32 n_values, u32 known_at,
                              k6 known)
{
    const u32 n_words = n_values * K6_DEGREE;
    for (u32 i = 0; i < n_words; i++)
        if (row[i] >= KB_P) return refuse(v, SITU_ERR_FORMAT, "FRI row", offset_in(v, row + i));
    if (!tail_is_zero(row, n_words))
        return refuse(v, SITU_ERR_FORMAT, "FRI row", offset_in(v, row + n_words));
    const k6 *values = (const k6 *)(const void *)row;
    if (!k6_equal(values[known_at], known)) return refuse(v, SITU_ERR_REJECT, "FRI fold", offset_in(v, row));
    return SITU_OK;
}

/* Follow one position through all folds. */
static situ_err check_fri(const verifier *v, k6 value, u32 query, const u8 **record)
{
    const stark_layout *l = &v->layout;
    u32 index = query;

    for (u32 i = 0; i < l->fri.n_layers; i++) {
        const situ_fri_layer *layer = &l->fri.layer[i];
        const situ_file_u32 *row = (const situ_file_u32 *)(const void *)*record;
        const u32 n_values = 1u << layer->log2_fold, row_index = index >> layer->log2_fold;
        const u32 log2_rows = layer->log2_size - layer->log2_fold, row_bytes = stark_fri_row_bytes(layer);
        const u32 n_tiles = row_bytes / STARK_TILE_ROW_BYTES;

        SITU_TRY(check_fri_row(v, row, n_values, index & (n_values - 1), value));
        if (situ_merkle_verify(v->fri_cap[i], l->params.log2_cap, &log2_rows, &n_tiles, 1, &row, row_index,
                               *record + row_bytes))
            return refuse(v, SITU_ERR_REJECT, "FRI path", offset_in(v, row));
        *record += row_bytes + 32 * (size_t)(log2_rows - l->params.log2_cap);

        value = situ_fri_fold_one((const k6 *)(const void *)row, layer->log2_size, layer->log2_fold,
                                  row_index, v->fri_challenge[i]);
        index = row_index;
    }
    kb y = situ_point_at(SITU_FRI_LOG2_FINAL + l->params.log2_blowup, index);
    if (!k6_equal(value, situ_fri_final_eval(v->final, y)))
        return refuse(v, SITU_ERR_REJECT, "final polynomial", query);
    return SITU_OK;
}

situ_err stark_check_queries(verifier *v)
{
    const stark_layout *l = &v->layout;
    const u8 *record = v->section[STARK_SECTION_QUERIES];
    u32 queries[SITU_STARK_QUERIES_MAX];

    situ_transcript_challenge_bits(&v->transcript, queries, l->params.n_queries, stark_log2_domain(l));
    stark_weights_init(&v->weights, l->n_positions_max, v->challenges.lambda);
    weigh_values(v);
    for (u32 g = 0; g < l->n_groups; g++)
        v->next_point[g] = k6_mul_kb(v->challenges.zeta, kb_root_of_unity(l->groups[g].log2_rows));
    for (u32 i = 0; i < l->params.n_queries; i++) {
        opened_rows opened;
        k6 value;
        VERIFIER_STEP(VERIFIER_OPENINGS);
        SITU_TRY(open_trees(v, &opened, &record, queries[i]));
        SITU_TRY(deep_value(v, &opened, queries[i], &value));
        VERIFIER_STEP(VERIFIER_FRI);
        SITU_TRY(check_fri(v, value, queries[i], &record));
    }
    return SITU_OK;
}
