/* verify_queries.c — openings against their caps, DEEP combinations, and every fold of FRI at the positions drawn. */
#include "stark/verifier.h"

#include "fri/fri.h"
#include "hash/merkle.h"

/* What a group's DEEP combination has that does not depend on the query. */
static void prepare_group(verifier *v, u32 group)
{
    const stark_group *g = &v->layout.groups[group];
    const k6 zeta = v->challenges.zeta[group], next = k6_mul_kb(zeta, kb_root_of_unity(g->log2_rows));
    verifier_group *out = &v->groups[group];
    k6 at_zeta = k6_zero();
    for (int t = 0; t < STARK_TREES; t++)
        at_zeta = k6_add(at_zeta, stark_weigh_values(&v->weights, g->position[t],
                                                     v->values + g->first_value[t], g->n_openings[t]));
    out->minus_at_zeta = k6_neg(at_zeta);
    out->minus_at_next =
        k6_neg(stark_weigh_values(&v->weights, g->shifted_position, v->values + g->first_shifted, g->n_sums));
    out->minus_point = k6_neg(zeta);
    out->minus_next_point = k6_neg(next);
    out->denominator[0] = k6_mul(zeta, next);
    out->denominator[1] = k6_neg(k6_add(zeta, next));
    out->denominator[2] = k6_one();
}

/* The opened rows of one query, by tree and group, where there is a tile. */
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
        const situ_file_u32 *rows[SITU_STARK_GROUPS_MAX], *row = (const situ_file_u32 *)(const void *)*record;
        const u32 leaf = query >> (stark_log2_domain(l) - tree->log2_leaves);

        for (u32 i = 0; i < tree->n_groups; i++, row += tree->n_tiles[i - 1] * STARK_TILE_COLUMNS)
            opened->rows[t][tree->group[i]] = rows[i] = row;
        if (tree->n_groups == 0) continue;
        const u8 *path = (const u8 *)row;
        if (situ_merkle_verify(v->cap[t], l->params.log2_cap, tree->log2_rows, tree->n_tiles, tree->n_groups,
                               rows, leaf, path))
            return refuse(v, SITU_ERR_REJECT, "Merkle path", offset_in(v, *record));
        *record = path;
        *record += 32 * (size_t)tree->n_path;
    }
    return SITU_OK;
}

/* The two numerators of a group's DEEP combination at the opened rows.  Lanes behind the last column: over F they count as columns whose
 * value at zeta is zero, over K not at all; either way they can harm nothing. */
static situ_err deep_numerators(const verifier *v, const opened_rows *opened, u32 group, k6 *at_zeta,
                                k6 *at_next)
{
    const stark_group *g = &v->layout.groups[group];
    *at_zeta = v->groups[group].minus_at_zeta;
    *at_next = v->groups[group].minus_at_next;
    for (int t = 0; t < STARK_TREES; t++) {
        const situ_file_u32 *row = opened->rows[t][group];
        if (g->n_tiles[t] == 0) continue;
        bool ok = g->n_openings[t] == g->n_columns[t]
                      ? stark_weigh_tiles(at_zeta, &v->weights, g->position[t], row, g->n_tiles[t])
                      : stark_weigh_elements(at_zeta, &v->weights, g->position[t], row, g->n_openings[t]);
        if (!ok) return refuse(v, SITU_ERR_FORMAT, "opened row", offset_in(v, row));
    }
    if (g->n_sums > 0 && !stark_weigh_elements(at_next, &v->weights, g->shifted_position,
                                               opened->rows[STARK_TREE_AUX][group], g->n_sums))
        return refuse(v, SITU_ERR_FORMAT, "opened row", offset_in(v, opened->rows[STARK_TREE_AUX][group]));
    return SITU_OK;
}

/* All groups' DEEP combinations at the query's position, lifted and combined by powers of mu, with one inversion for all.  With z' =
 * omega zeta,
 *
 *     a / (x - zeta) + b / (x - z') = ((a + b) x - a z' - b zeta) / (x^2 - (zeta + z') x + zeta z')
 *
 * and no denominator is zero: zeta is not in F. */
static situ_err deep_value(const verifier *v, const opened_rows *opened, u32 query, k6 *value)
{
    const stark_layout *l = &v->layout;
    k6 x[SITU_STARK_GROUPS_MAX], denominators[SITU_STARK_GROUPS_MAX], prefix[SITU_STARK_GROUPS_MAX + 1];

    prefix[0] = k6_one();
    kb y = situ_point_at(stark_log2_domain(l), query);
    for (u32 g = 0, squared = 0; g < l->n_groups; g++) {
        for (; squared < l->groups[0].log2_rows - l->groups[g].log2_rows; squared++) y = kb_mul(y, y);
        x[g] = k6_from_kb(kb_mul(KB_CONST(KB_GENERATOR), y));
        denominators[g] = k6_horner(k6_zero(), v->groups[g].denominator, 3, x[g]);
        prefix[g + 1] = k6_mul(prefix[g], denominators[g]);
    }
    k6 inverse = k6_inv(prefix[l->n_groups]), sum = k6_zero();
    for (u32 g = l->n_groups; g-- > 0;) {
        k6 a, b, numerator, weight;
        SITU_TRY(deep_numerators(v, opened, g, &a, &b));
        numerator = k6_mul(b, v->groups[g].minus_point);
        k6_mul_add_into(&numerator, &a, &v->groups[g].minus_next_point, &numerator);
        a = k6_add(a, b);
        k6_mul_add_into(&numerator, &a, &x[g], &numerator);
        weight = k6_mul(inverse, prefix[g]);
        inverse = k6_mul(inverse, denominators[g]);
        sum = k6_mul(sum, v->challenges.mu);
        k6_mul_add_into(&sum, &numerator, &weight, &sum);
    }
    *value = sum;
    return SITU_OK;
}

/* A layer's opened row: canonical, with the value already known in its place. */
static situ_err check_fri_row(const verifier *v, const situ_file_u32 *row, u32 n_values, u32 known_at,
                              k6 known)
{
    for (u32 i = 0; i < n_values * K6_DEGREE; i++)
        if (row[i] >= KB_P) return refuse(v, SITU_ERR_FORMAT, "FRI row", offset_in(v, row + i));
    const k6 *values = (const k6 *)(const void *)row;
    if (!k6_equal(values[known_at], known)) return refuse(v, SITU_ERR_REJECT, "FRI fold", offset_in(v, row));
    return SITU_OK;
}

/* Follow one position through all folds. */
static situ_err check_fri(const verifier *v, k6 value, u32 query, const u8 **record)
{
    const stark_layout *l = &v->layout;
    const u32 log2_first = l->fri.n_layers > 0 ? l->fri.layer[0].log2_fold : 0;
    kb y_inverse = situ_point_inverse_at(stark_log2_domain(l), (u64)query >> log2_first << log2_first);
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

        value =
            situ_fri_fold_at((const k6 *)(const void *)row, layer->log2_fold, y_inverse, v->fri_challenge[i]);
        if (i + 1 < l->fri.n_layers)
            y_inverse = situ_fri_next_inverse(y_inverse, layer->log2_fold, layer[1].log2_fold, row_index);
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
    for (u32 g = 0; g < l->n_groups; g++) prepare_group(v, g);
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
