/* prover.c — opening a prover in its block, filling rows, and the order of the stages. */
#include "stark/prover.h"

#include <string.h>
#include <time.h>

#include "stark/deep.h"
#include "stark/ood.h"

/* --- memory
 * ---------------------------------------------------------------------------------------------------------
 */

static void lay_out_scratch(situ_stark_prover *p, stark_bump *b)
{
    const stark_layout *l = &p->layout;
    u32 tiles[3] = {0}, constraints = 1, mults = 1, values = 1, fractions = 1, group_constraints = 1;

    for (u32 g = 0; g < l->n_groups; g++) {
        u32 n = 0;
        for (u32 t = 0; t < 3; t++) tiles[t] = (u32)u64_max(tiles[t], stark_scratch_tiles(&l->groups[g], t));
        for (u32 s = 0; s < l->n_present; s++)
            if (l->slots[l->present[s]].group == g) n += l->slots[l->present[s]].n_logup_groups;
        fractions = (u32)u64_max(fractions, n);
        group_constraints = (u32)u64_max(group_constraints, l->groups[g].n_constraints);
    }
    for (u32 t = 0; t < l->system->n_tables; t++) {
        const situ_air_table *table = &l->system->tables[t];
        constraints = (u32)u64_max(constraints, table->n_constraints);
        mults = (u32)u64_max(mults, table->n_interactions);
        values = (u32)u64_max(values, table->n_values);
    }
    p->scratch = bump_take(b, p->n_threads * sizeof *p->scratch);
    for (u32 i = 0; i < p->n_threads; i++) {
        group_scratch s;
        s.pre = bump_take(b, tiles[STARK_TREE_PRE] * UINT64_C(1024));
        s.main = bump_take(b, tiles[STARK_TREE_MAIN] * UINT64_C(1024));
        s.aux = bump_take(b, tiles[STARK_TREE_AUX] * UINT64_C(1024));
        s.aux_next = bump_take(b, tiles[STARK_TREE_AUX] * UINT64_C(1024));
        s.constraints = bump_take(b, constraints * UINT64_C(64));
        s.mults = bump_take(b, mults * UINT64_C(64));
        s.values = bump_take(b, values * UINT64_C(64));
        s.fractions = bump_take(b, fractions * UINT64_C(64) * 18);
        if (b->base) p->scratch[i] = s;
    }
    p->alpha_powers = bump_take(b, group_constraints * sizeof(k6));
    p->beta_powers = bump_take(b, (STARK_WIDTH_MAX + 1) * sizeof(k6));
    p->position_weights = bump_take(b, l->n_positions_max * sizeof(k6));
    p->lane_weights = bump_take(b, l->n_tiles_max * sizeof p->lane_weights[0]);
    p->deep_tiles = bump_take(b, l->n_tiles_max * sizeof(kb *));
    p->verify_scratch = bump_take(b, situ_stark_verify_scratch_bytes(l->system));
}

static void lay_out_overlay(situ_stark_prover *p, stark_bump *b)
{
    const stark_layout *l = &p->layout;
    const u32 log2_blowup = l->params.log2_blowup;

    for (u32 g = 0; g < l->n_groups; g++) {
        const stark_group *group = &l->groups[g];
        const u64 n_rows = UINT64_C(1) << stark_log2_trace_rows(group);
        matrix_take_shape(&p->trace[g], b, stark_trace_tiles(group, STARK_TREE_MAIN), n_rows);
        matrix_take_shape(&p->aux_trace[g], b,
                          group->log2_stack > 0 ? stark_trace_tiles(group, STARK_TREE_AUX) : 0, n_rows);
        matrix_take_shape(&p->quotient[g], b, l->groups[0].n_tiles[STARK_TREE_QUOTIENT],
                          UINT64_C(1) << group->log2_rows);
    }
    const stark_bump start = *b;
    u64 used_max = b->used;

    for (u32 g = 0; g < l->n_groups; g++) {
        matrix_take_words(&p->trace[g], b);
        matrix_take_words(&p->aux_trace[g], b);
    }
    for (u32 s = 0; s < l->n_slots; s++)
        if (l->slots[s].n_logup_groups > 0)
            p->totals[l->slots[s].sum_index] = bump_take(b, sizeof(k6) << l->slots[s].log2_rows);
    used_max = u64_max(used_max, b->used);

    *b = start;
    for (u32 g = 0; g < l->n_groups; g++) matrix_take_words(&p->quotient[g], b);
    used_max = u64_max(used_max, b->used);

    *b = start;
    p->ood_weights = bump_take(b, situ_ood_weights_words(stark_log2_rows_max(l)) * sizeof(kb));
    p->ood_values = bump_take(b, l->n_tiles_max * UINT64_C(16) * sizeof(k6));
    p->kernel_scratch =
        bump_take(b, u64_max(situ_ood_scratch_bytes(l->n_tiles_max, stark_log2_rows_max(l)),
                             situ_deep_extended_scratch_bytes(l->n_tiles_max, stark_log2_domain(l))));
    for (u32 g = 0; g < l->n_groups; g++) {
        u32 log2_size = l->groups[g].log2_rows + log2_blowup;
        kb *words = bump_take(b, situ_fri_codeword_words(log2_size) * sizeof(kb));
        p->deep[g] = (situ_fri_codeword){words, log2_size, g == 0 && l->fri.n_layers > 0};
    }
    p->layers[0] = p->deep[0];
    for (u32 i = 0; i < l->fri.n_layers; i++) {
        u32 log2_size = situ_fri_log2_size(&l->fri, i + 1);
        kb *words = bump_take(b, situ_fri_codeword_words(log2_size) * sizeof(kb));
        p->layers[i + 1] = (situ_fri_codeword){words, log2_size, i + 1 < l->fri.n_layers};
        p->fri_tree_memory[i] = bump_take(b, stark_fri_tree_bytes(l, i));
    }
    b->used = u64_max(used_max, b->used);
}

static void lay_out(situ_stark_prover *p, stark_bump *b)
{
    const stark_layout *l = &p->layout;
    for (int t = STARK_TREE_MAIN; t < STARK_TREES; t++)
        for (u32 g = 0; g < l->n_groups; g++)
            matrix_take(&p->extended[t][g], b, l->groups[g].n_tiles[t],
                        UINT64_C(1) << (l->groups[g].log2_rows + l->params.log2_blowup));
    for (int t = STARK_TREE_MAIN; t < STARK_TREES; t++)
        p->tree_memory[t] = bump_take(b, stark_tree_bytes(l, (stark_tree_id)t));
    p->ntt_memory = bump_take(b, situ_ntt_plan_bytes(stark_log2_domain(l)));
    lay_out_scratch(p, b);
    lay_out_overlay(p, b);
}

static situ_err shape_prover(situ_stark_prover *p, const situ_stark_key *key, const u8 *log2_rows,
                             u32 n_threads)
{
    if (n_threads == 0 || n_threads > SITU_THREADS_MAX) return SITU_ERR_ARG;
    memset(p, 0, sizeof *p);
    p->key = key;
    p->n_threads = n_threads;
    situ_err err = stark_layout_make(&p->layout, key->system->shape, &key->params, log2_rows);
    if (err) return err == SITU_ERR_FORMAT ? SITU_ERR_ARG : err;
    if (stark_layout_check_security(&p->layout) != SITU_OK) return SITU_ERR_LIMIT;
    memcpy(p->log2_rows, log2_rows, p->layout.n_slots);
    for (u32 s = 0; s < p->layout.n_slots; s++)
        if (p->layout.system->tables[p->layout.slots[s].table].n_pre > 0 && log2_rows[s] != key->log2_rows[s])
            return SITU_ERR_ARG;
    for (u32 b = 0; b < p->layout.system->n_buses; b++)
        if (p->layout.system->buses[b].width > STARK_WIDTH_MAX) return SITU_ERR_LIMIT;
    return SITU_OK;
}

situ_err situ_stark_cost_of(situ_stark_cost *cost, const situ_stark_key *key, const uint8_t *log2_rows,
                            uint32_t n_threads)
{
    situ_stark_prover p;
    stark_bump b = {NULL, 0};
    SITU_TRY(shape_prover(&p, key, log2_rows, n_threads));
    bump_take(&b, sizeof p);
    lay_out(&p, &b);
    *cost = (situ_stark_cost){.block_bytes = b.used};
    cost->proof_bytes = sizeof(stark_header) + p.layout.bytes_commitments + p.layout.bytes_sums +
                        p.layout.bytes_values + p.layout.bytes_final + p.layout.bytes_queries;
    for (u32 g = 0; g < p.layout.n_groups; g++)
        for (int t = 0; t < STARK_TREES; t++)
            cost->n_cells += (u64)p.layout.groups[g].n_tiles[t] * 16 << p.layout.groups[g].log2_rows;
    return SITU_OK;
}

situ_err situ_stark_prover_open(situ_stark_prover **out, void *block, const situ_stark_key *key,
                                const uint8_t *log2_rows, uint32_t n_threads)
{
    stark_bump b = {block, 0};
    situ_stark_prover *p = bump_take(&b, sizeof *p);
    if ((uintptr_t)block % SITU_STARK_BLOCK_ALIGN != 0) return SITU_ERR_ARG;
    SITU_TRY(shape_prover(p, key, log2_rows, n_threads));
    lay_out(p, &b);

    /* The key's groups are by height among preprocessed tables; ours by height among all. */
    for (u32 k = 0; key->has_preprocessed && k < key->layout.n_groups; k++)
        for (u32 g = 0; g < p->layout.n_groups; g++)
            if (p->layout.groups[g].log2_rows == key->layout.groups[k].log2_rows)
                p->extended[STARK_TREE_PRE][g] = key->extended[k];
    p->trees[STARK_TREE_PRE] = key->tree;

    /* Lanes beyond the last column are zero, and rows are written only in their own lanes. */
    for (u32 g = 0; g < p->layout.n_groups; g++) {
        stark_matrix *m = &p->trace[g];
        if (p->layout.groups[g].n_columns[STARK_TREE_MAIN] % STARK_TILE_COLUMNS != 0)
            memset(m->tiles[m->n_tiles - 1], 0, m->n_rows * 64);
    }
    *out = p;
    return SITU_OK;
}

void situ_stark_put_rows(situ_stark_prover *p, uint32_t slot, uint32_t first, uint32_t n,
                         const uint32_t *cells)
{
    const stark_slot *s = &p->layout.slots[slot];
    SITU_ASSERT(slot < p->layout.n_slots && s->log2_rows != 0);
    SITU_ASSERT(first <= 1u << s->log2_rows && n <= (1u << s->log2_rows) - first);
    SIMD_PICK(stark_store_rows)
    (p->trace[s->group].tiles, s->first_column[STARK_TREE_MAIN], p->layout.system->tables[s->table].n_main,
     first, n, cells);
}

const double *situ_stark_prover_seconds(const situ_stark_prover *p) { return p->seconds; }

/* --- stages
 * ---------------------------------------------------------------------------------------------------------
 */

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

situ_err stark_enter_stage(situ_stark_prover *p, situ_stark_stage stage)
{
    /* Shares of the time before each stage, as measured on wide tables. */
    static const double done[SITU_STAGE_COUNT] = {0.0, 0.40, 0.55, 0.85, 0.93, 0.98, 0.99};
    double time = now();
    if (stage > 0) p->seconds[stage - 1] = time - p->stage_start;
    p->stage_start = time;
    if (p->progress && p->progress(p->progress_ctx, stage, done[stage])) return SITU_ERR_CANCEL;
    return SITU_OK;
}

void stark_commit(situ_stark_prover *p, stark_absorb label, const situ_merkle *tree)
{
    size_t bytes = 32u * (size_t)stark_cap_digests(&p->layout);
    stark_tree_cap((u8(*)[32])p->commitments, tree, &p->layout);
    situ_transcript_absorb(&p->transcript, (u32)label, p->commitments, bytes);
    p->commitments += bytes;
}

static void write_header(situ_stark_prover *p, u8 *proof, size_t proof_bytes)
{
    const stark_layout *l = &p->layout;
    stark_header *h = (stark_header *)(void *)proof;
    *h = (stark_header){
        .magic = STARK_MAGIC,
        .version = STARK_VERSION,
        .params = {l->params.log2_blowup, l->params.n_queries, l->params.grinding_bits, l->params.log2_cap,
                   l->params.insecure},
        .total_bytes = proof_bytes,
        .section_bytes = {l->bytes_commitments, l->bytes_sums, l->bytes_values, l->bytes_final,
                          l->bytes_queries},
    };
    memcpy(h->key_digest, p->key->digest, 32);
    memcpy(h->log2_rows, p->log2_rows, sizeof h->log2_rows);
    p->commitments = proof + sizeof *h;
    p->sums = p->commitments + l->bytes_commitments;
    p->values = p->sums + l->bytes_sums;
    p->final = p->values + l->bytes_values;
    p->queries = p->final + l->bytes_final;
}

static situ_err run_stages(situ_stark_prover *p, const u8 *proof, size_t proof_bytes)
{
    situ_stark_reason reason;
    SITU_TRY(stark_enter_stage(p, SITU_STAGE_MAIN));
    SITU_TRY(stark_prove_main(p));
    SITU_TRY(stark_enter_stage(p, SITU_STAGE_AUXILIARY));
    SITU_TRY(stark_prove_auxiliary(p));
    SITU_TRY(stark_enter_stage(p, SITU_STAGE_QUOTIENT));
    SITU_TRY(stark_prove_quotient(p));
    SITU_TRY(stark_enter_stage(p, SITU_STAGE_OPENINGS));
    SITU_TRY(stark_prove_openings(p));
    stark_prove_deep(p);
    SITU_TRY(stark_enter_stage(p, SITU_STAGE_FRI));
    SITU_TRY(stark_prove_fri(p));
    SITU_TRY(stark_enter_stage(p, SITU_STAGE_QUERIES));
    SITU_TRY(stark_prove_queries(p));
    SITU_TRY(stark_enter_stage(p, SITU_STAGE_CHECK));
    situ_err err = situ_stark_verify(p->layout.system, p->key->vk, p->key->vk_bytes, p->statement, proof,
                                     proof_bytes, p->verify_scratch, &reason);
    p->seconds[SITU_STAGE_CHECK] = now() - p->stage_start;
    return err == SITU_OK ? SITU_OK : err == SITU_ERR_ARG ? SITU_ERR_ARG : SITU_ERR_UNSAT;
}

situ_err stark_prover_begin(situ_stark_prover *p, const situ_stark_statement *statement, void *proof,
                            size_t proof_bytes, situ_pool *pool)
{
    const stark_layout *l = &p->layout;
    u64 expected = sizeof(stark_header) + l->bytes_commitments + l->bytes_sums + l->bytes_values +
                   l->bytes_final + l->bytes_queries;
    if (proof_bytes != expected || (uintptr_t)proof % STARK_ALIGN != 0) return SITU_ERR_ARG;
    if (situ_pool_threads(pool) > p->n_threads) return SITU_ERR_ARG;
    for (u32 i = 0; i < l->system->n_publics; i++) {
        if (statement->publics[i] >= KB_P) return SITU_ERR_ARG;
        p->publics[i] = kb_from_u32(statement->publics[i]);
    }
    p->statement = statement;
    p->pool = pool;
    write_header(p, proof, proof_bytes);
    situ_ntt_plan_init(&p->ntt, stark_log2_domain(l), p->ntt_memory, pool);
    return SITU_OK;
}

situ_err situ_stark_prove(situ_stark_prover *p, const situ_stark_statement *statement, void *proof,
                          size_t proof_bytes, situ_stark_progress *progress, void *progress_ctx,
                          situ_pool *pool)
{
    SITU_TRY(stark_prover_begin(p, statement, proof, proof_bytes, pool));
    p->progress = progress;
    p->progress_ctx = progress_ctx;
    return run_stages(p, proof, proof_bytes);
}
