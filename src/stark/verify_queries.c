/* verify_queries.c — openings against their caps, DEEP combinations, and every fold of FRI at the positions drawn. */
#include "stark/verifier.h"

#include "fri/fri.h"

/* Where the trees' rows and paths lie in each record, and the shapes to check them against. */
static situ_err prepare_trees(verifier *v)
{
    const stark_layout *l = &v->layout;
    u32 at = 0;
    v->n_trees = 0;
    for (int t = 0; t < STARK_TREES; t++) {
        const stark_tree_shape *tree = &l->trees[t];
        for (u32 g = 0; g < l->n_groups; g++)
            v->groups[g].row[t] = at; /* where it has no tile, nothing is read */
        if (tree->n_groups == 0) continue;
        situ_merkle_opening *opening = &v->trees[v->n_trees++];
        if (situ_merkle_shape_make(&opening->shape, l->params.log2_cap, tree->log2_rows, tree->n_tiles,
                                   tree->n_groups))
            return refuse(v, SITU_ERR_ARG, "shape of a tree", 0);
        opening->cap = v->cap[t];
        opening->shift = stark_log2_domain(l) - tree->log2_leaves;
        opening->rows_at = at;
        for (u32 i = 0; i < tree->n_groups; i++) {
            v->groups[tree->group[i]].row[t] = at;
            at += tree->n_tiles[i] * STARK_TILE_ROW_BYTES;
        }
        opening->path_at = at;
        at += 32 * tree->n_path;
    }
    v->fri_at = at;
    return SITU_OK;
}

static void prepare_points(verifier *v)
{
    for (u32 part = 0; part < POINT_PARTS; part++) {
        kb *factors = v->points[part];
        factors[0] = KB_ONE;
        for (u32 bit = 0; bit < POINT_BITS; bit++) {
            const kb root = kb_root_of_unity(POINT_BITS * part + bit + 1);
            for (u32 i = 0; i < 1u << bit; i++) factors[i + (1u << bit)] = kb_mul(factors[i], root);
        }
    }
}

/* situ_point_at(stark_log2_domain(), index). */
SITU_INLINE kb point_at(const verifier *v, u32 index)
{
    kb point = v->points[0][index % (1u << POINT_BITS)];
    for (u32 part = 1; (index >>= POINT_BITS) != 0; part++)
        point = kb_mul(point, v->points[part][index % (1u << POINT_BITS)]);
    return point;
}

/* One more point z, its power of mu and the sum of its values: d (z + t) for d, and a (z + t) + mu d for a. */
static void add_point(verifier_sum_of_points *sum, const k6 *z, const k6 *mu, const k6 *value)
{
    k6 weighted, product;
    k6_mul_into(&weighted, mu, value);
    for (u32 i = ++sum->degree;; i--) {
        const k6 *a = i > 0 ? &sum->a[i - 1] : &sum->zero, *b = i > 0 ? &sum->b[i - 1] : &sum->zero,
                 *d = i > 0 ? &sum->d[i - 1] : &sum->zero;
        k6_mul_add_into(&product, mu, &sum->d[i], a);
        k6_mul_add_into(&sum->a[i], z, &sum->a[i], &product);
        k6_mul_add_into(&product, &weighted, &sum->d[i], b);
        k6_mul_add_into(&sum->b[i], z, &sum->b[i], &product);
        k6_mul_add_into(&sum->d[i], z, &sum->d[i], d);
        if (i == 0) break;
    }
}

static void no_points(verifier_sum_of_points *sum) { *sum = (verifier_sum_of_points){.d = {k6_one()}}; }

/* What the sum of an opened row is still to be divided by. */
static void divide_points(verifier_sum_of_points *sum, const k6 *divisor)
{
    for (u32 i = 0; i <= sum->degree; i++) {
        k6_mul_into(&sum->b[i], &sum->b[i], divisor);
        k6_mul_into(&sum->d[i], &sum->d[i], divisor);
    }
}

/* *mu, the group's first power of mu, becomes that of the next group. */
static void prepare_stacked(verifier *v, u32 group, k6 *mu)
{
    const stark_group *g = &v->layout.groups[group];
    verifier_group *out = &v->groups[group];
    verifier_points *points = &v->stacked[group];
    const u32 n_points = stark_n_points(g);
    const kb w = kb_root_of_unity(g->log2_rows);
    k6 z = v->challenges.zeta[group], next = k6_mul_kb(z, kb_pow(w, n_points)), sums[STARK_STACK_MAX],
       next_sums[STARK_STACK_MAX];

    stark_weigh_nothing(&out->start, &v->weights, g);
    stark_weigh_points(sums, &v->weights, g, v->values);
    stark_weigh_next_points(next_sums, &v->weights, g, v->values);
    no_points(&points->here);
    no_points(&points->next);
    for (u32 i = 0; i < n_points; i++) {
        add_point(&points->here, &z, mu, &sums[i]);
        if (i < g->n_shifted_points) add_point(&points->next, &next, mu, &next_sums[i]);
        z = k6_mul_kb(z, w);
        next = k6_mul_kb(next, w);
        *mu = k6_mul(*mu, v->challenges.mu);
    }
    divide_points(&points->next, &out->start.next_divisor);
    out->points = points;
}

/* scale: mu^-i for the i points of groups before; next_scale likewise of the one after. */
static void prepare_single(verifier *v, u32 group, const k6 *scale)
{
    const stark_group *g = &v->layout.groups[group];
    verifier_group *out = &v->groups[group];
    const k6 zeta = v->challenges.zeta[group], next = k6_mul_kb(zeta, kb_root_of_unity(g->log2_rows));
    stark_weigh_values(&out->start, &v->weights, g, v->values);
    const k6 next_scale = k6_mul(*scale, out->start.next_divisor);
    out->at_zeta =
        (verifier_denominator){k6_mul_kb(*scale, KB_P - KB_CONST(KB_GENERATOR)), k6_mul(*scale, zeta)};
    out->at_next = (verifier_denominator){k6_mul_kb(next_scale, KB_P - KB_CONST(KB_GENERATOR)),
                                          k6_mul(next_scale, next)};
    out->points = NULL;
}

static void prepare_groups(verifier *v)
{
    const stark_layout *l = &v->layout;
    const k6 mu_inverse = k6_inv(v->challenges.mu);
    k6 power = k6_one(), inverse = k6_one();

    for (u32 i = 0; i < l->n_groups; i++) {
        const stark_group *g = &l->groups[i];
        if (g->log2_stack > 0) {
            prepare_stacked(v, i, &power);
            for (u32 k = 0; k < stark_n_points(g); k++) inverse = k6_mul(inverse, mu_inverse);
        } else {
            prepare_single(v, i, &inverse);
            power = k6_mul(power, v->challenges.mu);
            inverse = k6_mul(inverse, mu_inverse);
        }
        v->groups[i].n_squarings = i == 0 ? 0 : l->groups[i - 1].log2_rows - g->log2_rows;
    }
}

typedef struct {
    k6 numerator, denominator;
} fraction;

/* *sum += numerator / denominator. */
SITU_INLINE void fraction_add(fraction *sum, const k6 *numerator, const k6 *denominator)
{
    static const k6 zero = {{0}};
    k6 product;
    k6_mul_add_into(&product, numerator, &sum->denominator, &zero);
    k6_mul_add_into(&sum->numerator, &sum->numerator, denominator, &product);
    k6_mul_add_into(&sum->denominator, &sum->denominator, denominator, &zero);
}

/* A stacked group's part: `row` is the sum of its opened rows. */
static void add_points(fraction *sum, const verifier_sum_of_points *points, const k6 *row, kb y)
{
    if (points->degree == 0) return;
    const u32 n = (points->degree + 2) & ~1u;
    const kb t = kb_mul(y, KB_P - KB_CONST(KB_GENERATOR));
    const k6 a = k6_horner_kb(points->a, n, t), b = k6_horner_kb(points->b, n, t),
             d = k6_horner_kb(points->d, n, t);
    k6 numerator;
    k6_mul_into(&numerator, row, &a);
    k6_sub_into(&numerator, &numerator, &b);
    fraction_add(sum, &numerator, &d);
}

/* Minus all groups' DEEP combinations at the query's position, lifted and combined by powers of mu.  No denominator is zero: zeta is not
 * in F.  Lanes of a row behind its last column: over F they count as columns whose value at zeta is zero, over K not at all; either way
 * they can harm nothing. */
static situ_err combine_rows(const verifier *v, const u8 *record, u32 query, fraction *minus)
{
    k6 y = k6_from_kb(point_at(v, query));

    for (u32 i = 0; i < v->layout.n_groups; i++) {
        const stark_group *g = &v->layout.groups[i];
        const verifier_group *at = &v->groups[i];
        const situ_file_u32 *rows[STARK_TREES], *refused;
        k6 at_zeta = at->start.at_zeta, at_next = at->start.at_next, denominator;

        for (int t = 0; t < STARK_TREES; t++)
            rows[t] = (const situ_file_u32 *)(const void *)(record + at->row[t]);
        refused = stark_weigh_rows(&v->weights, g, rows, &at_zeta, &at_next);
        if (refused) return refuse(v, SITU_ERR_FORMAT, "opened row", offset_in(v, refused));

        for (u32 k = at->n_squarings; k > 0; k--) y.c[0] = kb_mul(y.c[0], y.c[0]);
        if (at->points) {
            add_points(minus, &at->points->here, &at_zeta, y.c[0]);
            add_points(minus, &at->points->next, &at_next, y.c[0]);
            continue;
        }
        k6_mul_add_into(&denominator, &y, &at->at_zeta.slope, &at->at_zeta.constant);
        fraction_add(minus, &at_zeta, &denominator);
        if (g->n_sums == 0) continue;
        k6_mul_add_into(&denominator, &y, &at->at_next.slope, &at->at_next.constant);
        fraction_add(minus, &at_next, &denominator);
    }
    return SITU_OK;
}

/* *value = the first codeword at the query's position: as opened, when that is the combination of the rows.  What is multiplied out needs
 * no inverse. */
static situ_err check_deep(const verifier *v, const u8 *record, u32 query, k6 *value)
{
    const stark_layout *l = &v->layout;
    fraction minus = {k6_zero(), k6_one()};
    k6 difference;

    SITU_TRY(combine_rows(v, record, query, &minus));
    if (l->fri.n_layers == 0) {
        *value = k6_mul(k6_neg(minus.numerator), k6_inv(minus.denominator));
        return SITU_OK;
    }
    const u8 *row = record + v->fri_at;
    const u32 index = query % SITU_FRI_FOLD;
    const situ_file_u32 *opened = (const situ_file_u32 *)(const void *)row + K6_DEGREE * index;
    if (!k6_is_canonical(opened)) return refuse(v, SITU_ERR_FORMAT, "FRI row", offset_in(v, opened));
    *value = ((const k6 *)(const void *)row)[index];
    k6_mul_add_into(&difference, value, &minus.denominator, &minus.numerator);
    return k6_is_zero(difference) ? SITU_OK : refuse(v, SITU_ERR_REJECT, "FRI fold", offset_in(v, row));
}

/* Follow one position through all folds.  What lies in the proof is in the tree before anything is computed from it. */
static situ_err check_fri(const verifier *v, k6 value, u32 query, const u8 **record)
{
    const stark_layout *l = &v->layout;
    const u32 log2_cap = l->params.log2_cap;
    u32 index = query, log2_rows = stark_log2_domain(l);
    const u32 behind_first = ((1u << log2_rows) - 1) ^ (query & ~(SITU_FRI_FOLD - 1u));
    kb y_inverse = kb_mul(kb_root_of_unity(log2_rows), point_at(v, behind_first)); /* situ_point_inverse_at */

    for (u32 i = 0; i < l->fri.n_layers; i++) {
        const situ_file_u32 *row = (const situ_file_u32 *)(const void *)*record;
        const situ_file_u32 *known = row + index % SITU_FRI_FOLD * K6_DEGREE;
        index /= SITU_FRI_FOLD;
        log2_rows -= SITU_FRI_LOG2_FOLD;
        *record = situ_merkle_verify_row(v->fri_cap[i], log2_cap, log2_rows, row, STARK_FRI_TILES, index);
        if (!*record) return refuse(v, SITU_ERR_REJECT, "FRI path", offset_in(v, row));
        if (i > 0 && !k6_equal_words(&value, known)) /* the first is as opened */
            return refuse(v, SITU_ERR_REJECT, "FRI fold", offset_in(v, row));
        if (!situ_fri_fold_row(&value, row, y_inverse, &v->fri_challenge[i]))
            return refuse(v, SITU_ERR_FORMAT, "FRI row", offset_in(v, row));
        if (i + 1 < l->fri.n_layers) y_inverse = situ_fri_next_inverse(y_inverse, index);
    }
    const kb y = point_at(v, index);
    if (!k6_equal(value, situ_fri_final_eval(v->final, l->fri.log2_final, y)))
        return refuse(v, SITU_ERR_REJECT, "final polynomial", query);
    return SITU_OK;
}

situ_err stark_check_queries(verifier *v)
{
    const stark_layout *l = &v->layout;
    const u8 *record = v->section[STARK_SECTION_QUERIES];
    const stark_challenges *c = &v->challenges;
    u32 queries[SITU_STARK_QUERIES_MAX];

    situ_transcript_challenge_bits(&v->transcript, queries, l->params.n_queries, stark_log2_domain(l));
    if (k6_is_zero(k6_mul(k6_mul(c->lambda[0], c->lambda[1]), k6_mul(c->lambda[2], c->mu))))
        return refuse(v, SITU_ERR_REJECT, "challenges", 0); /* 4 in 2^186; their inverses are needed */
    stark_weights_init(&v->weights, l->n_positions_max, c->lambda);
    SITU_TRY(prepare_trees(v));
    prepare_points(v);
    prepare_groups(v);
    for (u32 i = 0; i < l->params.n_queries; i++) {
        k6 value;
        const u8 *fri = record + v->fri_at;
        VERIFIER_STEP(VERIFIER_OPENINGS);
        const u32 n_held = situ_merkle_verify_record(v->trees, v->n_trees, queries[i], record);
        if (n_held != v->n_trees)
            return refuse(v, SITU_ERR_REJECT, "Merkle path", offset_in(v, record + v->trees[n_held].rows_at));
        SITU_TRY(check_deep(v, record, queries[i], &value));
        VERIFIER_STEP(VERIFIER_FRI);
        SITU_TRY(check_fri(v, value, queries[i], &fri));
        record += l->query_stride;
    }
    return SITU_OK;
}
