/* prove.c — the stages of a proof up to the quotient; prove_openings.c has the rest. */
#include <string.h>

#include "stark/prover.h"
#include "stark/sums.h"

/* Where the trace of a tile lies to be extended in place: in the last rows of its extension. */
static kb *trace_in_extension(const situ_stark_prover *p, u32 tree, u32 group, u32 tile)
{
    const stark_matrix *m = &p->extended[tree][group];
    return m->tiles[tile] + (m->n_rows - (UINT64_C(1) << p->layout.groups[group].log2_rows)) * 16;
}

/* --- stacking, see layout.h
 * ---------------------------------------------------------------------------------------- */

typedef struct {
    const situ_stark_prover *p;
    const stark_matrix *trace;
    u32 tree, group;
} stack_job;

/* The part of a stacked tile's rows that one column of each sixteen makes: rows in bit-reversed order, of which the i-th column has those
 * that begin with the reversed bits of i. */
static void stack_columns(kb *out, const stark_matrix *trace, u32 first, u32 end)
{
    for (u64 row = 0; row < trace->n_rows; row++)
        for (u32 c = first, lane = 0; lane < STARK_TILE_COLUMNS; c++, lane++)
            out[16 * row + lane] = c < end ? trace->tiles[c / 16][16 * row + c % 16] : 0;
}

static void stack_task(void *ctx, uint64_t tile, uint32_t worker)
{
    (void)worker;
    const stack_job *job = ctx;
    const stark_group *g = &job->p->layout.groups[job->group];
    kb *out = trace_in_extension(job->p, job->tree, job->group, (u32)tile);
    const u32 n = g->n_stacked[job->tree];
    for (u32 i = 0; i < stark_n_points(g); i++) {
        const u64 first_row = (u64)u32_bit_reverse(i, g->log2_stack) << stark_log2_trace_rows(g);
        const u32 end = (u32)u64_min((u64)(i + 1) * n, g->n_columns[job->tree]);
        stack_columns(out + 16 * first_row, job->trace, i * n + STARK_TILE_COLUMNS * (u32)tile, end);
    }
}

/* Extend a group's columns of a tree from its trace; that of an auxiliary group that is not stacked lies in the extension. */
static void extend_group(situ_stark_prover *p, u32 tree, u32 group, const stark_matrix *trace)
{
    const stark_group *g = &p->layout.groups[group];
    const stark_matrix *m = &p->extended[tree][group];
    const kb *in_place[SITU_STARK_COLUMNS_MAX / STARK_TILE_COLUMNS + 1], *const *from = in_place;
    if (m->n_tiles == 0) return;
    if (g->log2_stack > 0) {
        stack_job job = {p, trace, tree, group};
        situ_pool_run(p->pool, m->n_tiles, stack_task, &job);
    }
    for (u32 t = 0; t < m->n_tiles; t++) in_place[t] = trace_in_extension(p, tree, group, t);
    if (tree == STARK_TREE_MAIN && g->log2_stack == 0) from = (const kb *const *)trace->tiles;
    situ_lde_tiles(&p->ntt, m->tiles, from, m->n_tiles, g->log2_rows, p->layout.params.log2_blowup, p->pool);
}

situ_err stark_prove_main(situ_stark_prover *p)
{
    const stark_layout *l = &p->layout;
    for (u32 g = 0; g < l->n_groups; g++) extend_group(p, STARK_TREE_MAIN, g, &p->trace[g]);
    stark_tree_build(&p->trees[STARK_TREE_MAIN], l, STARK_TREE_MAIN, p->extended[STARK_TREE_MAIN],
                     p->tree_memory[STARK_TREE_MAIN], p->pool);
    stark_transcript_begin(&p->transcript, p->key->digest, l->system, p->statement, p->log2_rows, l->n_slots);
    stark_commit(p, STARK_ABSORB_MAIN, &p->trees[STARK_TREE_MAIN]);
    p->challenges.gamma = stark_challenge(&p->transcript);
    p->challenges.beta = stark_challenge(&p->transcript);
    stark_powers(p->beta_powers, STARK_WIDTH_MAX + 1, p->challenges.beta);
    return SITU_OK;
}

/* --- work on one group, in blocks of rows
 * --------------------------------------------------------------------------- */

enum { BLOCKS_PER_TASK = 16 };

typedef struct {
    const group_job *job;
    u32 n_blocks;
    void (*run)(const group_job *job, u32 first_block, u32 n_blocks, u32 worker);
} blocks_job;

static void blocks_task(void *ctx, uint64_t index, uint32_t worker)
{
    const blocks_job *b = ctx;
    u32 first = (u32)index * BLOCKS_PER_TASK;
    b->run(b->job, first, (u32)u64_min(BLOCKS_PER_TASK, b->n_blocks - first), worker);
}

static void run_blocks(situ_stark_prover *p, const group_job *job, u32 log2_rows,
                       void (*run)(const group_job *job, u32 first_block, u32 n_blocks, u32 worker))
{
    blocks_job b = {job, 1u << (log2_rows - 4), run};
    situ_pool_run(p->pool, (b.n_blocks + BLOCKS_PER_TASK - 1) / BLOCKS_PER_TASK, blocks_task, &b);
}

static group_job group_job_of(const situ_stark_prover *p, u32 group)
{
    return (group_job){
        .layout = &p->layout,
        .system = p->key->system,
        .group = group,
        .publics = p->publics,
        .gamma = p->challenges.gamma,
        .beta_powers = p->beta_powers,
        .alpha_powers = p->alpha_powers,
        .scratch = p->scratch,
    };
}

/* The slots of a group that have a running sum, in order; returns how many. */
static u32 sums_of_group(const stark_layout *l, u32 group, u32 slots[SITU_STARK_SLOTS_MAX])
{
    u32 n = 0;
    for (u32 s = 0; s < l->n_slots; s++)
        if (l->slots[s].log2_rows != 0 && l->slots[s].group == group && l->slots[s].n_logup_groups > 0)
            slots[n++] = s;
    return n;
}

/* --- auxiliary columns
 * ---------------------------------------------------------------------------------------------- */

static kb *aux_trace(const situ_stark_prover *p, u32 group, u32 tile)
{
    return p->layout.groups[group].log2_stack > 0 ? p->aux_trace[group].tiles[tile]
                                                  : trace_in_extension(p, STARK_TREE_AUX, group, tile);
}

static const stark_matrix *preprocessed_trace(const situ_stark_prover *p, u32 log2_rows)
{
    const situ_stark_key *key = p->key;
    for (u32 k = 0; key->has_preprocessed && k < key->layout.n_groups; k++)
        if (key->layout.groups[k].log2_rows == log2_rows) return &key->trace[k];
    return NULL;
}

static void sum_task(void *ctx, uint64_t index, uint32_t worker)
{
    (void)worker;
    situ_stark_prover *p = ctx;
    for (u32 s = 0; s < p->layout.n_slots; s++) {
        const stark_slot *slot = &p->layout.slots[s];
        if (slot->n_logup_groups == 0 || slot->sum_index != index) continue;
        kb *tiles[SITU_STARK_COLUMNS_MAX / STARK_TILE_COLUMNS + 1];
        u32 n_tiles = stark_trace_tiles(&p->layout.groups[slot->group], STARK_TREE_AUX);
        for (u32 t = 0; t < n_tiles; t++) tiles[t] = aux_trace(p, slot->group, t);
        k6 claimed;
        stark_running_sum(&claimed, &p->means[index], tiles, K6_DEGREE * slot->sum_in_group, p->totals[index],
                          slot->log2_rows);
        memcpy(p->sums + index * sizeof claimed, &claimed, sizeof claimed);
        return;
    }
}

static situ_err fill_auxiliary(situ_stark_prover *p, u32 group)
{
    const stark_group *g = &p->layout.groups[group];
    const stark_matrix *pre = g->n_tiles[STARK_TREE_PRE] > 0 ? preprocessed_trace(p, g->log2_rows) : NULL;
    const u32 n_tiles = stark_trace_tiles(g, STARK_TREE_AUX);
    kb *aux_out[SITU_STARK_COLUMNS_MAX / STARK_TILE_COLUMNS + 1];
    k6 *totals[SITU_STARK_SLOTS_MAX];
    u32 slots[SITU_STARK_SLOTS_MAX];
    atomic_bool failed = false;

    u32 n_sums = sums_of_group(&p->layout, group, slots);
    for (u32 i = 0; i < n_sums; i++) totals[i] = p->totals[p->layout.slots[slots[i]].sum_index];
    for (u32 t = 0; t < n_tiles; t++) aux_out[t] = aux_trace(p, group, t);
    group_job job = group_job_of(p, group);
    job.tiles[STARK_TREE_PRE] = pre ? (const kb *const *)pre->tiles : NULL;
    job.tiles[STARK_TREE_MAIN] = (const kb *const *)p->trace[group].tiles;
    job.aux_out = aux_out;
    job.totals = totals;
    job.failed = &failed;
    run_blocks(p, &job, stark_log2_trace_rows(g), SIMD_PICK(stark_aux_blocks));
    return failed ? SITU_ERR_UNSAT : SITU_OK;
}

situ_err stark_prove_auxiliary(situ_stark_prover *p)
{
    const stark_layout *l = &p->layout;
    for (u32 g = 0; g < l->n_groups; g++)
        if (l->groups[g].n_tiles[STARK_TREE_AUX] > 0) SITU_TRY(fill_auxiliary(p, g));
    situ_pool_run(p->pool, l->n_sums, sum_task, p);

    for (u32 g = 0; g < l->n_groups; g++) extend_group(p, STARK_TREE_AUX, g, &p->aux_trace[g]);
    if (l->trees[STARK_TREE_AUX].n_groups > 0) {
        stark_tree_build(&p->trees[STARK_TREE_AUX], l, STARK_TREE_AUX, p->extended[STARK_TREE_AUX],
                         p->tree_memory[STARK_TREE_AUX], p->pool);
        stark_commit(p, STARK_ABSORB_AUX, &p->trees[STARK_TREE_AUX]);
    }
    situ_transcript_absorb(&p->transcript, STARK_ABSORB_SUMS, p->sums, (size_t)l->bytes_sums);
    p->challenges.alpha = stark_challenge(&p->transcript);
    return SITU_OK;
}

/* --- quotient
 * ------------------------------------------------------------------------------------------------------- */

/* 1 / (x^n - 1), n = 2^log2_rows, on the run-th n points x of a domain as they lie in memory, where x^n is one. */
static kb vanishing_inverse(u32 log2_domain, u32 log2_rows, u32 run)
{
    const kb x = stark_domain_point(log2_domain, run << log2_rows);
    return kb_inv(kb_sub(kb_pow(x, UINT64_C(1) << log2_rows), KB_ONE));
}

/* A group's constraints over its extended domain, divided, plus the same of shorter groups, lifted. */
static void add_quotient(situ_stark_prover *p, u32 group)
{
    const stark_layout *l = &p->layout;
    const stark_group *g = &l->groups[group];
    const u32 log2_blowup = l->params.log2_blowup;
    const stark_matrix *values = &p->quotient[group];
    k6 means[SITU_STARK_SLOTS_MAX];
    u32 slots[SITU_STARK_SLOTS_MAX];

    u32 n_sums = sums_of_group(l, group, slots);
    for (u32 i = 0; i < n_sums; i++) means[i] = p->means[l->slots[slots[i]].sum_index];
    stark_powers(p->alpha_powers, g->n_constraints, p->challenges.alpha);
    if (group == 0 && g->n_columns[STARK_TREE_QUOTIENT] % STARK_TILE_COLUMNS != 0)
        memset(values->tiles[values->n_tiles - 1], 0, values->n_rows * 64);

    group_job job = group_job_of(p, group);
    for (int t = 0; t < 3; t++) job.tiles[t] = (const kb *const *)p->extended[t][group].tiles;
    job.quotient_out = values->tiles;
    if (group + 1 < l->n_groups) {
        job.lifted = (const kb *const *)p->quotient[group + 1].tiles;
        job.log2_lift = g->log2_rows - l->groups[group + 1].log2_rows;
    }
    job.means = means;
    for (u32 k = 0; k < 1u << (log2_blowup + g->log2_stack); k++)
        job.vanishing_inverse[k] = vanishing_inverse(g->log2_rows + log2_blowup, stark_log2_trace_rows(g), k);
    run_blocks(p, &job, g->log2_rows + log2_blowup, SIMD_PICK(stark_quotient_blocks));
}

/* Interpolate the sum coset by coset, and extend. */
static void extend_quotient(situ_stark_prover *p)
{
    const u32 log2_rows = stark_log2_rows_max(&p->layout), log2_blowup = p->layout.params.log2_blowup;
    const stark_matrix *values = &p->quotient[0];
    for (u32 t = 0; t < values->n_tiles; t++) {
        kb shifts[STARK_TILE_COLUMNS];
        for (u32 lane = 0; lane < STARK_TILE_COLUMNS; lane++) {
            u32 coset = (t * STARK_TILE_COLUMNS + lane) / K6_DEGREE;
            shifts[lane] =
                coset < 1u << log2_blowup ? stark_coset_shift(log2_rows, log2_blowup, coset) : KB_ONE;
        }
        situ_lde_tile_cosets(&p->ntt, p->extended[STARK_TREE_QUOTIENT][0].tiles[t], values->tiles[t], shifts,
                             log2_rows, log2_blowup, p->pool);
    }
}

situ_err stark_prove_quotient(situ_stark_prover *p)
{
    for (u32 g = p->layout.n_groups; g-- > 0;) add_quotient(p, g);
    extend_quotient(p);
    stark_tree_build(&p->trees[STARK_TREE_QUOTIENT], &p->layout, STARK_TREE_QUOTIENT,
                     p->extended[STARK_TREE_QUOTIENT], p->tree_memory[STARK_TREE_QUOTIENT], p->pool);
    stark_commit(p, STARK_ABSORB_QUOTIENT, &p->trees[STARK_TREE_QUOTIENT]);
    stark_draw_zeta(p->challenges.zeta, &p->transcript, &p->layout);
    return SITU_OK;
}
