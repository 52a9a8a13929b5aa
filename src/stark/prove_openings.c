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

/* Values of a group's columns in the first n_tiles tiles of a tree, to p->ood_values. */
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

static u32 sum_tiles(const stark_group *g)
{
    return (K6_DEGREE * g->n_sums + STARK_TILE_COLUMNS - 1) / STARK_TILE_COLUMNS;
}

static void open_group(situ_stark_prover *p, u32 group)
{
    const stark_group *g = &p->layout.groups[group];
    k6 *values = (k6 *)(void *)p->values;

    situ_ood_weights(p->ood_weights, p->challenges.zeta[group], g->log2_rows, p->pool);
    for (int t = 0; t < STARK_TREES; t++) {
        if (g->n_tiles[t] == 0) continue;
        evaluate(p, t, group, g->n_tiles[t], false);
        if (g->n_openings[t] == g->n_columns[t])
            memcpy(values + g->first_value[t], p->ood_values, g->n_openings[t] * sizeof *values);
        else
            combine_coefficients(values + g->first_value[t], p->ood_values, g->n_openings[t]);
    }
    if (g->n_sums == 0) return;
    evaluate(p, STARK_TREE_AUX, group, sum_tiles(g), true);
    combine_coefficients(values + g->first_shifted, p->ood_values, g->n_sums);
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

/* The group's codeword: (sum of weight (function - value)) / (x - zeta), and the same at omega zeta for the
 * running sums. */
static void combine_group(situ_stark_prover *p, u32 group, k6 group_weight)
{
    const stark_layout *l = &p->layout;
    const stark_group *g = &l->groups[group];
    const k6 *values = (const k6 *)(const void *)p->values;
    k6 constants[2] = {k6_zero(), k6_zero()}, *weights = p->position_weights;
    u32 n_tiles = 0;

    stark_position_weights(weights, g->n_positions, p->challenges.lambda);
    for (u32 i = 0; i < g->n_positions; i++) weights[i] = k6_mul(weights[i], group_weight);
    for (int t = 0; t < STARK_TREES; t++) {
        for (u32 tile = 0; tile < g->n_tiles[t]; tile++)
            p->deep_tiles[n_tiles + tile] = p->extended[t][group].tiles[tile];
        weigh_lanes(p->lane_weights + n_tiles, g->n_tiles[t], weights + g->position[t], g->n_openings[t],
                    g->n_openings[t] != g->n_columns[t]);
        k6 part = weigh_values(weights + g->position[t], values + g->first_value[t], g->n_openings[t]);
        constants[0] = k6_add(constants[0], part);
        n_tiles += g->n_tiles[t];
    }
    const u32 n_shifted = sum_tiles(g);
    for (u32 tile = 0; tile < n_shifted; tile++)
        p->deep_tiles[n_tiles + tile] = p->extended[STARK_TREE_AUX][group].tiles[tile];
    if (n_shifted > 0)
        weigh_lanes(p->lane_weights + n_tiles, n_shifted, weights + g->shifted_position, g->n_sums, true);
    constants[1] = weigh_values(weights + g->shifted_position, values + g->first_shifted, g->n_sums);

    const k6 zeta = p->challenges.zeta[group], next_point = k6_mul_kb(zeta, kb_root_of_unity(g->log2_rows));
    const situ_deep_set sets[2] = {
        {p->deep_tiles, n_tiles, (const k6(*)[16])p->lane_weights, constants[0], zeta},
        {p->deep_tiles + n_tiles, n_shifted, (const k6(*)[16])p->lane_weights + n_tiles, constants[1],
         next_point},
    };
    const u32 n_sets = n_shifted > 0 ? 2 : 1;
    if (situ_deep_extension_pays(n_tiles + n_shifted, l->params.log2_blowup))
        situ_deep_combine_extended(&p->deep[group], sets, n_sets, g->log2_rows, &p->ntt, p->kernel_scratch,
                                   p->pool);
    else
        situ_deep_combine(&p->deep[group], sets, n_sets, p->kernel_scratch, p->pool);
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
    for (u32 g = 0; g < n; g++, weight = k6_mul(weight, p->challenges.mu)) combine_group(p, g, weight);
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
