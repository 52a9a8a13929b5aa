/* prove_openings.c — the stages of a proof from the out-of-domain values on. */
#include <string.h>

#include "hash/grind.h"
#include "stark/deep.h"
#include "stark/ood.h"
#include "stark/prover.h"

/* --- out-of-domain values
 * ------------------------------------------------------------------------------------------- */

/* Which columns of an auxiliary tile are running sums: the verifier's running_sum_lanes, from the prover's
 * side. */
static bool is_running_sum(const stark_layout *l, u32 group, u32 column)
{
    for (u32 s = 0; s < l->n_slots; s++) {
        const stark_slot *slot = &l->slots[s];
        if (slot->log2_rows == 0 || slot->group != group || slot->n_logup_groups == 0) continue;
        u32 first = slot->first_column[STARK_TREE_AUX] + K6_DEGREE * (slot->n_logup_groups - 1);
        if (column >= first && column < first + K6_DEGREE) return true;
    }
    return false;
}

/* Open a group's columns of a tree at zeta; or, `shifted`, its running sums at omega zeta.  Returns the end
 * of what was written. */
static k6 *evaluate(situ_stark_prover *p, int tree, u32 group, bool shifted, k6 *out)
{
    const stark_layout *l = &p->layout;
    const stark_group *g = &l->groups[group];
    const situ_ood_columns columns = {
        .tiles = (const kb *const *)p->extended[tree][group].tiles,
        .n_tiles = g->n_tiles[tree],
        .log2_rows = g->log2_rows,
        .weights = p->ood_weights,
        .shifted = shifted,
    };
    if (columns.n_tiles == 0) return out;
    situ_ood_eval(p->ood_values, &columns, p->kernel_scratch, p->pool);
    for (u32 c = 0; c < g->n_columns[tree]; c++)
        if (!shifted || is_running_sum(l, group, c)) *out++ = p->ood_values[c];
    return out;
}

static void open_group(situ_stark_prover *p, u32 group)
{
    const stark_group *g = &p->layout.groups[group];
    k6 *values = (k6 *)(void *)p->values;

    situ_ood_weights(p->ood_weights, p->challenges.zeta, g->log2_rows, p->pool);
    for (int t = 0; t < STARK_TREES; t++) evaluate(p, t, group, false, values + g->first_value[t]);
    if (g->n_sums > 0) evaluate(p, STARK_TREE_AUX, group, true, values + g->first_shifted);
}

/* --- DEEP
 * -----------------------------------------------------------------------------------------------------------
 */

/* The group's codeword: (sum of weight (column - value)) / (x - zeta), and the same at omega zeta for the
 * running sums. */
static void combine_group(situ_stark_prover *p, u32 group)
{
    const stark_layout *l = &p->layout;
    const stark_group *g = &l->groups[group];
    const k6 *values = (const k6 *)(const void *)p->values;
    const k6 *shifted = values + g->first_shifted;
    k6 lane_powers[STARK_TILE_COLUMNS], constants[2] = {k6_zero(), k6_zero()};
    u32 n_tiles = 0;

    stark_powers(lane_powers, STARK_TILE_COLUMNS, p->challenges.lambda[0]);
    stark_tile_weights(p->tile_weights, l->n_tiles_max, p->challenges.lambda);
    for (int t = 0; t < STARK_TREES; t++)
        for (u32 tile = 0; tile < g->n_tiles[t]; tile++, n_tiles++) {
            p->deep_tiles[n_tiles] = p->extended[t][group].tiles[tile];
            for (u32 lane = 0; lane < STARK_TILE_COLUMNS; lane++) {
                u32 column = tile * STARK_TILE_COLUMNS + lane;
                k6 weight = k6_mul(p->tile_weights[n_tiles], lane_powers[lane]);
                p->lane_weights[n_tiles][lane] = weight;
                if (column < g->n_columns[t])
                    constants[0] = k6_add(constants[0], k6_mul(weight, values[g->first_value[t] + column]));
            }
        }
    u32 n_shifted = 0;
    for (u32 tile = 0; tile < g->n_tiles[STARK_TREE_AUX]; tile++) {
        u32 position = n_tiles + n_shifted, weight_at = n_tiles + tile;
        bool any = false;
        for (u32 lane = 0; lane < STARK_TILE_COLUMNS; lane++) {
            bool is_sum = is_running_sum(l, group, tile * STARK_TILE_COLUMNS + lane);
            k6 weight = is_sum ? k6_mul(p->tile_weights[weight_at], lane_powers[lane]) : k6_zero();
            p->lane_weights[position][lane] = weight;
            if (is_sum) constants[1] = k6_add(constants[1], k6_mul(weight, *shifted++));
            any |= is_sum;
        }
        p->deep_tiles[position] = p->extended[STARK_TREE_AUX][group].tiles[tile];
        n_shifted += any; /* a tile without running sums is left out; the next takes its place */
    }

    const k6 next_point = k6_mul_kb(p->challenges.zeta, kb_root_of_unity(g->log2_rows));
    const situ_deep_set sets[2] = {
        {p->deep_tiles, n_tiles, (const k6(*)[16])p->lane_weights, constants[0], p->challenges.zeta},
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
    return SITU_OK;
}

void stark_prove_deep(situ_stark_prover *p)
{
    for (u32 g = 0; g < p->layout.n_groups; g++) combine_group(p, g);
}

/* --- FRI
 * ------------------------------------------------------------------------------------------------------------
 */

situ_err stark_prove_fri(situ_stark_prover *p)
{
    const stark_layout *l = &p->layout;
    u32 next_group = 1;

    for (u32 i = 0; i < l->fri.n_layers; i++) {
        stark_fri_tree_build(&p->fri_trees[i], p->fri_tiles[i], l, i, p->layers[i].words,
                             p->fri_tree_memory[i], p->pool);
        stark_commit(p, STARK_ABSORB_FRI, &p->fri_trees[i]);
        k6 beta = stark_challenge(&p->transcript);
        const situ_fri_codeword *entering = l->fri.layer[i].table_enters ? &p->deep[next_group++] : NULL;
        situ_fri_fold(&p->layers[i + 1], &p->layers[i], beta, entering, p->pool);
    }
    const situ_fri_codeword *last = &p->layers[l->fri.n_layers];
    size_t coefficient_bytes = (size_t)l->bytes_final - sizeof(u64);
    SITU_TRY(
        situ_fri_final((k6 *)(void *)p->final, (const k6 *)(const void *)last->words, l->params.log2_blowup));
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
    const situ_fri_layer *shape = &l->fri.layer[layer];
    const u32 n_values = 1u << shape->log2_fold, row = index >> shape->log2_fold;
    k6 values[SITU_FRI_FOLD_MAX];

    situ_fri_codeword_load(values, &p->layers[layer], (u64)row << shape->log2_fold, n_values);
    for (u32 j = 0; j < n_values; j++) {
        if (j == (index & (n_values - 1))) continue;
        memcpy(out, &values[j], sizeof values[j]);
        out += sizeof values[j];
    }
    situ_merkle_path(&p->fri_trees[layer], row, out);
    return out + 32 * (size_t)(shape->log2_size - shape->log2_fold - l->params.log2_cap);
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
        index >>= l->fri.layer[layer].log2_fold;
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
