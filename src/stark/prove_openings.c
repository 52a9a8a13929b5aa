/* prove_openings.c — the stages of a proof from the out-of-domain values on. */
#include <string.h>

#include "hash/grind.h"
#include "stark/deep.h"
#include "stark/ood.h"
#include "stark/prover.h"

/* --- out-of-domain values
 * ------------------------------------------------------------------------------------------- */

/* Values of columns over F become those of functions over K: sum of X^j times the value of coefficient j. */
static void combine_coefficients(k6 *out, const k6 *columns, u32 n)
{
    for (u32 i = 0; i < n; i++, columns += K6_DEGREE) {
        k6 value = columns[K6_DEGREE - 1];
        for (int j = K6_DEGREE - 2; j >= 0; j--) value = k6_add(k6_mul_x(value), columns[j]);
        out[i] = value;
    }
}

/* Values of a group's columns in the first n_tiles tiles of a tree, at the point that the weights are for, to p->ood_values. */
static void evaluate(situ_stark_prover *p, int tree, u32 group, u32 n_tiles, bool shifted)
{
    const situ_ood_columns columns = {
        .tiles = (const kb *const *)p->extended[tree][group].tiles,
        .n_tiles = n_tiles,
        .log2_rows = p->layout.groups[group].log2_rows,
        .weights = p->ood_weights,
        .shifted = shifted,
    };
    situ_ood_eval(p->ood_values, &columns, p->kernel_scratch, p->pool);
}

static u32 shifted_tiles(const stark_group *g)
{
    return (K6_DEGREE * g->n_shifted + STARK_TILE_COLUMNS - 1) / STARK_TILE_COLUMNS;
}

/* The i-th point at which a group is opened, w^i zeta; from the number of points on, the same at the next row. */
static k6 opening_point(const situ_stark_prover *p, u32 group, u32 i)
{
    return k6_mul_kb(p->challenges.zeta[group],
                     kb_pow(kb_root_of_unity(p->layout.groups[group].log2_rows), i));
}

static void open_shifted(situ_stark_prover *p, u32 group, u32 i, bool shifted)
{
    const stark_group *g = &p->layout.groups[group];
    evaluate(p, STARK_TREE_AUX, group, shifted_tiles(g), shifted);
    combine_coefficients((k6 *)(void *)p->values + g->first_shifted + (size_t)i * g->n_shifted, p->ood_values,
                         g->n_shifted);
}

static void open_group(situ_stark_prover *p, u32 group)
{
    const stark_group *g = &p->layout.groups[group];
    const u32 n_points = stark_n_points(g);
    k6 *values = (k6 *)(void *)p->values;

    for (u32 i = 0; i < n_points; i++) {
        situ_ood_weights(p->ood_weights, opening_point(p, group, i), g->log2_rows, p->pool);
        for (u32 t = 0; t < STARK_TREES; t++) {
            if (g->n_tiles[t] == 0) continue;
            k6 *out = values + g->first_value[t] + (size_t)i * g->n_openings[t];
            evaluate(p, (int)t, group, g->n_tiles[t], false);
            if (stark_is_over_k(t))
                combine_coefficients(out, p->ood_values, g->n_openings[t]);
            else
                memcpy(out, p->ood_values, g->n_openings[t] * sizeof *out);
        }
    }
    if (g->log2_stack == 0) {
        if (g->n_sums > 0)
            open_shifted(p, group, 0, true); /* the weights are those for zeta in another order */
        return;
    }
    for (u32 i = 0; i < g->n_shifted_points; i++) {
        situ_ood_weights(p->ood_weights, opening_point(p, group, n_points + i), g->log2_rows, p->pool);
        open_shifted(p, group, i, false);
    }
}

/* --- DEEP
 * -----------------------------------------------------------------------------------------------------------
 */

/* Lane weights of n_tiles tiles with n_openings openings: positions' own, or, over K, times X^j for coefficient j; zero
 * behind the last. */
static void weigh_lanes(k6 (*lanes)[STARK_TILE_COLUMNS], u32 n_tiles, const k6 *positions, u32 n_openings,
                        bool over_k)
{
    k6 *lane = lanes[0], *end = lane + n_tiles * STARK_TILE_COLUMNS;
    for (u32 i = 0; i < n_openings; i++) {
        k6 weight = positions[i];
        *lane++ = weight;
        for (int j = 1; over_k && j < K6_DEGREE; j++) *lane++ = weight = k6_mul_x(weight);
    }
    while (lane != end) *lane++ = k6_zero();
}

static k6 weigh_values(const k6 *weights, const k6 *values, u32 n)
{
    k6 sum = k6_zero();
    for (u32 i = 0; i < n; i++) sum = k6_add(sum, k6_mul(weights[i], values[i]));
    return sum;
}

/* One set of a group's codeword: (sum of weight (function - value)) / (x - point) over n_tiles tiles from `first` on. */
typedef struct {
    situ_stark_prover *p;
    situ_deep_set sets[SITU_DEEP_SETS_MAX];
    u32 n_sets, n_tiles;
} deep_plan;

static void begin_set(deep_plan *d, k6 point)
{
    d->sets[d->n_sets++] = (situ_deep_set){
        .tiles = d->p->deep_tiles + d->n_tiles,
        .weights = (const k6(*)[16])d->p->lane_weights + d->n_tiles,
        .constant = k6_zero(),
        .point = point,
    };
}

/* To the latest set: n functions or columns, and their values. */
static void add_openings(deep_plan *d, u32 tree, u32 group, u32 n_tiles, const k6 *weights, const k6 *values,
                         u32 n)
{
    situ_deep_set *set = &d->sets[d->n_sets - 1];
    if (n == 0) return;
    for (u32 tile = 0; tile < n_tiles; tile++)
        d->p->deep_tiles[d->n_tiles + tile] = d->p->extended[tree][group].tiles[tile];
    weigh_lanes(d->p->lane_weights + d->n_tiles, n_tiles, weights, n, stark_is_over_k(tree));
    set->constant = k6_add(set->constant, weigh_values(weights, values, n));
    set->n_tiles += n_tiles;
    d->n_tiles += n_tiles;
}

/* The group's codeword: each of its points with a power of mu, *group_weight and following ones, the running sums with that of the
 * point of their row. */
static void combine_group(situ_stark_prover *p, u32 group, k6 *group_weight)
{
    const stark_layout *l = &p->layout;
    const stark_group *g = &l->groups[group];
    const k6 *values = (const k6 *)(const void *)p->values;
    k6 *weights = p->position_weights;
    deep_plan d = {.p = p};

    stark_position_weights(weights, g->n_positions, p->challenges.lambda);
    for (u32 i = 0; i < g->n_positions; i++) weights[i] = k6_mul(weights[i], *group_weight);
    for (u32 i = 0; i < stark_n_points(g); i++) {
        begin_set(&d, opening_point(p, group, i));
        for (u32 t = 0; t < STARK_TREES; t++)
            add_openings(&d, t, group, g->n_tiles[t], weights + g->position[t],
                         values + g->first_value[t] + (size_t)i * g->n_openings[t], g->n_openings[t]);
        if (i < g->n_shifted_points) {
            begin_set(&d, opening_point(p, group, stark_n_points(g) + i));
            add_openings(&d, STARK_TREE_AUX, group, shifted_tiles(g), weights + g->shifted_position,
                         values + g->first_shifted + (size_t)i * g->n_shifted, g->n_shifted);
        }
        for (u32 k = 0; k < g->n_positions; k++) weights[k] = k6_mul(weights[k], p->challenges.mu);
        *group_weight = k6_mul(*group_weight, p->challenges.mu);
    }
    if (situ_deep_extension_pays(d.n_tiles, l->params.log2_blowup))
        situ_deep_combine_extended(&p->deep[group], d.sets, d.n_sets, g->log2_rows, &p->ntt,
                                   p->kernel_scratch, p->pool);
    else
        situ_deep_combine(&p->deep[group], d.sets, d.n_sets, p->kernel_scratch, p->pool);
}

situ_err stark_prove_openings(situ_stark_prover *p)
{
    const stark_layout *l = &p->layout;
    for (u32 g = 0; g < l->n_groups; g++) open_group(p, g);
    situ_transcript_absorb(&p->transcript, STARK_ABSORB_VALUES, p->values, (size_t)l->bytes_values);
    for (int i = 0; i < 3; i++) p->challenges.lambda[i] = stark_challenge(&p->transcript);
    p->challenges.mu = stark_challenge(&p->transcript);
    return SITU_OK;
}

void stark_prove_deep(situ_stark_prover *p)
{
    const u32 n = p->layout.n_groups;
    k6 weight = k6_one();
    for (u32 g = 0; g < n; g++) combine_group(p, g, &weight);
    for (u32 g = n; g-- > 1;) situ_fri_add_lifted(&p->deep[g - 1], &p->deep[g], p->pool);
}

/* --- FRI
 * ------------------------------------------------------------------------------------------------------------
 */

situ_err stark_prove_fri(situ_stark_prover *p)
{
    const stark_layout *l = &p->layout;

    for (u32 i = 0; i < l->fri.n_layers; i++) {
        stark_fri_tree_build(&p->fri_trees[i], p->fri_tiles[i], l, i, p->layers[i].words,
                             p->fri_tree_memory[i], p->pool);
        stark_commit(p, STARK_ABSORB_FRI, &p->fri_trees[i]);
        k6 beta = stark_challenge(&p->transcript);
        situ_fri_fold(&p->layers[i + 1], &p->layers[i], beta, p->pool);
    }
    const situ_fri_codeword *last = &p->layers[l->fri.n_layers];
    size_t coefficient_bytes = (size_t)l->bytes_final - sizeof(u64);
    SITU_TRY(situ_fri_final((k6 *)(void *)p->final, (const k6 *)(const void *)last->words, l->fri.log2_final,
                            l->params.log2_blowup));
    situ_transcript_absorb(&p->transcript, STARK_ABSORB_FINAL, p->final, coefficient_bytes);

    u64 nonce = situ_grind(&p->transcript, l->params.grinding_bits, p->pool);
    memcpy(p->final + coefficient_bytes, &nonce, sizeof nonce);
    SITU_ASSERT(situ_transcript_grind_check(&p->transcript, nonce, l->params.grinding_bits));
    return SITU_OK;
}

/* --- queries
 * -------------------------------------------------------------------------------------------------------- */

static u8 *write_tree_opening(const situ_stark_prover *p, int t, u32 query, u8 *out)
{
    const stark_layout *l = &p->layout;
    const stark_tree_shape *tree = &l->trees[t];
    if (tree->n_groups == 0) return out;
    for (u32 i = 0; i < tree->n_groups; i++) {
        u32 g = tree->group[i];
        const stark_matrix *m = &p->extended[t][g];
        size_t row = query >> (l->groups[0].log2_rows - l->groups[g].log2_rows);
        for (u32 tile = 0; tile < m->n_tiles; tile++, out += STARK_TILE_ROW_BYTES)
            memcpy(out, m->tiles[tile] + row * 16, STARK_TILE_ROW_BYTES);
    }
    situ_merkle_path(&p->trees[t], query >> (stark_log2_domain(l) - tree->log2_leaves), out);
    return out + 32 * (size_t)tree->n_path;
}

static u8 *write_fri_opening(const situ_stark_prover *p, u32 layer, u32 index, u8 *out)
{
    const stark_layout *l = &p->layout;
    const u32 row = index / SITU_FRI_FOLD;

    for (u32 t = 0; t < STARK_FRI_TILES; t++, out += STARK_TILE_ROW_BYTES)
        memcpy(out, p->fri_tiles[layer][t] + (size_t)row * STARK_TILE_COLUMNS, STARK_TILE_ROW_BYTES);
    situ_merkle_path(&p->fri_trees[layer], row, out);
    return out + 32 * (size_t)(situ_fri_log2_layer_rows(&l->fri, layer) - l->params.log2_cap);
}

typedef struct {
    const situ_stark_prover *p;
    u32 queries[SITU_STARK_QUERIES_MAX];
} query_job;

static void query_task(void *ctx, uint64_t i, uint32_t worker)
{
    const query_job *job = ctx;
    const situ_stark_prover *p = job->p;
    const stark_layout *l = &p->layout;
    (void)worker;
    u32 index = job->queries[i];
    u8 *out = p->queries + i * l->query_stride;
    for (int t = 0; t < STARK_TREES; t++) out = write_tree_opening(p, t, index, out);
    for (u32 layer = 0; layer < l->fri.n_layers; layer++) {
        out = write_fri_opening(p, layer, index, out);
        index /= SITU_FRI_FOLD;
    }
}

situ_err stark_prove_queries(situ_stark_prover *p)
{
    const stark_layout *l = &p->layout;
    query_job job = {.p = p};
    situ_transcript_challenge_bits(&p->transcript, job.queries, l->params.n_queries, stark_log2_domain(l));
    situ_pool_run(p->pool, l->params.n_queries, query_task, &job);
    return SITU_OK;
}
