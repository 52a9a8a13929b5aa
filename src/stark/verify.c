/* verify.c — the one verifier: over the bytes of a proof where they lie, on a host and inside the VM.
 *
 * It trusts the system, the key and the statement; of the proof it trusts nothing: shapes are computed
 * (layout.c), lengths must agree with them, and words must be canonical.  It allocates nothing and returns
 * success in one place, at the end of situ_stark_verify.  docs/protocol.md numbers the checks; the names
 * given to `reason` are its.
 */
#include "stark/archive.h"
#include "stark/protocol.h"
#include "stark/steps.h"

#include "fri/fri.h"
#include "hash/blake3.h"
#include "hash/merkle.h"

/* Largest counts of any table of the system. */
typedef struct {
    u32 constraints, interactions, values;
} verify_maxima;

/* Everything that outlives one function; lives at the start of the caller's scratch. */
typedef struct {
    stark_layout layout;
    situ_transcript transcript;
    stark_challenges challenges;
    situ_stark_reason *reason;

    const stark_header *header;
    const u8 *section[STARK_SECTIONS];
    const u8 (*cap[STARK_TREES])[32];
    const u8 (*fri_cap[SITU_FRI_LAYERS_MAX])[32];
    const k6 *sums, *values, *final;

    k6 fri_challenge[SITU_FRI_LAYERS_MAX];
    k6 fri_entry[SITU_FRI_LAYERS_MAX]; /* factor of what enters behind the layer */
    k6 group_constant[SITU_STARK_GROUPS_MAX]
                     [2]; /* what the opened values give to the DEEP combination: at zeta, omega zeta */
    k6 *weights;          /* [n_tiles_max * 16] of the columns of any group in the DEEP combination */
    k6 *constraints, *mults, *tuples; /* of one table at zeta                                            */
} verifier;

static situ_err refuse(const verifier *v, situ_err err, const char *check, u64 offset)
{
    if (v->reason) *v->reason = (situ_stark_reason){check, offset};
    return err;
}

static verify_maxima maxima_of(const situ_air_system *system)
{
    verify_maxima m = {0, 0, 0};
    for (u32 t = 0; t < system->n_tables; t++) {
        const situ_air_table *table = &system->tables[t];
        m.constraints = (u32)u64_max(m.constraints, table->n_constraints);
        m.interactions = (u32)u64_max(m.interactions, table->n_interactions);
        m.values = (u32)u64_max(m.values, table->n_values);
    }
    return m;
}

/* Upper bound on the tiles of any group, over all trees and the shifted columns: all tables at one height. */
static u64 tiles_bound(const situ_air_system *system)
{
    u64 columns = (u64)K6_DEGREE << SITU_STARK_LOG2_BLOWUP_MAX;
    for (u32 t = 0; t < system->n_tables; t++) {
        const situ_air_table *table = &system->tables[t];
        columns += (u64)table->max_instances *
                   ((u64)table->n_pre + table->n_main + 2 * (u64)K6_DEGREE * table->n_interactions);
    }
    return columns / STARK_TILE_COLUMNS + STARK_TREES + 2;
}

size_t situ_stark_verify_scratch_bytes(const situ_air_system *system)
{
    verify_maxima m = maxima_of(system);
    u64 elements = tiles_bound(system) * STARK_TILE_COLUMNS + m.constraints + m.interactions + m.values;
    return (size_t)u64_align_up(u64_align_up(sizeof(verifier), 64) + elements * sizeof(k6), 64);
}

static void lay_out_scratch(verifier *v, void *scratch, const situ_air_system *system)
{
    verify_maxima m = maxima_of(system);
    k6 *elements = (k6 *)(void *)((u8 *)scratch + u64_align_up(sizeof(verifier), 64));
    v->weights = elements;
    v->constraints = v->weights + tiles_bound(system) * STARK_TILE_COLUMNS;
    v->mults = v->constraints + m.constraints;
    v->tuples = v->mults + m.interactions;
}

static bool bytes_equal(const u8 *a, const u8 *b, size_t n)
{
    u32 difference = 0;
    for (size_t i = 0; i < n; i++) difference |= a[i] ^ b[i];
    return difference == 0;
}

static bool params_equal(const situ_file_u32 stored[STARK_PARAMS], const situ_stark_params *p)
{
    return stored[0] == p->log2_blowup && stored[1] == p->n_queries && stored[2] == p->grinding_bits &&
           stored[3] == p->log2_cap && stored[4] == p->insecure;
}

/* --- the key
 * -------------------------------------------------------------------------------------------------------- */

void situ_stark_vk_digest(uint8_t digest[32], const void *vk, size_t vk_bytes)
{
    situ_blake3_hash(digest, vk, vk_bytes);
}

/* Check a verifying key against the system and read its parameters.  ARG when it is not one of this system. */
static situ_err vk_open(situ_stark_params *params, const situ_air_system *system, const void *vk,
                        size_t vk_bytes)
{
    const stark_vk_header *h = vk;
    if ((uintptr_t)vk % STARK_ALIGN != 0 || vk_bytes < sizeof *h) return SITU_ERR_ARG;
    if (h->magic != STARK_VK_MAGIC || h->version != STARK_VERSION) return SITU_ERR_ARG;
    if (!bytes_equal(h->system_digest, system->digest, sizeof h->system_digest)) return SITU_ERR_ARG;
    *params = (situ_stark_params){h->params[0], h->params[1], h->params[2], h->params[3], h->params[4]};
    if (!stark_params_valid(params)) return SITU_ERR_ARG;
    if (h->reserved != 0) return SITU_ERR_ARG;
    if (h->n_cap != 0 && h->n_cap != 1u << params->log2_cap) return SITU_ERR_ARG;
    if (vk_bytes - sizeof *h != 32 * (size_t)h->n_cap) return SITU_ERR_ARG;
    return SITU_OK;
}

/* The proof's heights of preprocessed tables must be the key's. */
static bool heights_match_key(const stark_layout *l, const stark_vk_header *vk, const u8 *log2_rows)
{
    for (u32 s = 0; s < l->n_slots; s++) {
        bool preprocessed = l->system->tables[l->slots[s].table].n_pre > 0;
        if (preprocessed ? vk->log2_rows[s] != log2_rows[s] : vk->log2_rows[s] != 0) return false;
    }
    return true;
}

/* --- the archive
 * ---------------------------------------------------------------------------------------------------- */

static situ_err open_header(verifier *v, const situ_air_system *system, const situ_stark_params *params,
                            const stark_vk_header *vk, const u8 key_digest[32], const void *proof,
                            size_t proof_bytes)
{
    const stark_header *h = proof;
    if (proof_bytes < sizeof *h) return refuse(v, SITU_ERR_FORMAT, "header length", 0);
    if (h->magic != STARK_MAGIC) return refuse(v, SITU_ERR_FORMAT, "magic", offsetof(stark_header, magic));
    if (h->version != STARK_VERSION)
        return refuse(v, SITU_ERR_VERSION, "version", offsetof(stark_header, version));
    if (!params_equal(h->params, params))
        return refuse(v, SITU_ERR_VERSION, "parameters", offsetof(stark_header, params));
    if (!bytes_equal(h->key_digest, key_digest, 32))
        return refuse(v, SITU_ERR_VERSION, "key digest", offsetof(stark_header, key_digest));

    situ_err err = stark_layout_make(&v->layout, system, params, h->log2_rows);
    if (err)
        return refuse(v, err == SITU_ERR_ARG ? SITU_ERR_ARG : SITU_ERR_FORMAT, "heights",
                      offsetof(stark_header, log2_rows));
    for (u32 s = v->layout.n_slots; s < SITU_STARK_SLOTS_MAX; s++)
        if (h->log2_rows[s] != 0)
            return refuse(v, SITU_ERR_FORMAT, "heights", offsetof(stark_header, log2_rows) + s);
    if (!heights_match_key(&v->layout, vk, h->log2_rows))
        return refuse(v, SITU_ERR_FORMAT, "preprocessed heights", offsetof(stark_header, log2_rows));
    if ((vk->n_cap != 0) != (v->layout.trees[STARK_TREE_PRE].n_groups != 0))
        return refuse(v, SITU_ERR_ARG, "preprocessed cap", 0);
    if (stark_layout_check_security(&v->layout) != SITU_OK)
        return refuse(v, SITU_ERR_VERSION, "security target", offsetof(stark_header, params));
    v->header = h;
    return SITU_OK;
}

static situ_err open_sections(verifier *v, size_t proof_bytes)
{
    const stark_layout *l = &v->layout;
    const u64 expected[STARK_SECTIONS] = {l->bytes_commitments, l->bytes_sums, l->bytes_values,
                                          l->bytes_final, l->bytes_queries};
    const u8 *at = (const u8 *)v->header + sizeof *v->header;
    u64 left = proof_bytes - sizeof *v->header;

    for (int i = 0; i < STARK_SECTIONS; i++) {
        if (v->header->section_bytes[i] != expected[i])
            return refuse(v, SITU_ERR_FORMAT, "section length",
                          offsetof(stark_header, section_bytes) + 8u * (u64)i);
        if (expected[i] > left) return refuse(v, SITU_ERR_FORMAT, "truncated", proof_bytes);
        v->section[i] = at;
        at += expected[i];
        left -= expected[i];
    }
    if (left != 0) return refuse(v, SITU_ERR_FORMAT, "trailing bytes", proof_bytes - left);
    if (v->header->total_bytes != proof_bytes)
        return refuse(v, SITU_ERR_FORMAT, "total length", offsetof(stark_header, total_bytes));

    v->sums = (const k6 *)(const void *)v->section[STARK_SECTION_SUMS];
    v->values = (const k6 *)(const void *)v->section[STARK_SECTION_VALUES];
    v->final = (const k6 *)(const void *)v->section[STARK_SECTION_FINAL];
    return SITU_OK;
}

/* All field elements outside the queries are canonical. */
static situ_err check_canonical(const verifier *v)
{
    const u8 *first = v->section[STARK_SECTION_SUMS];
    const situ_file_u32 *words = (const situ_file_u32 *)(const void *)first;
    u64 n_words =
        (v->layout.bytes_sums + v->layout.bytes_values + v->layout.bytes_final - sizeof(u64)) / sizeof(u32);
    for (u64 i = 0; i < n_words; i++)
        if (words[i] >= KB_P)
            return refuse(v, SITU_ERR_FORMAT, "canonical words",
                          (u64)(first - (const u8 *)v->header) + 4 * i);
    return SITU_OK;
}

/* --- the transcript
 * ------------------------------------------------------------------------------------------------- */

/* Absorb the proof in the protocol's order and draw every challenge up to the queries. */
static situ_err replay_transcript(verifier *v, const stark_vk_header *vk, const u8 key_digest[32],
                                  const situ_stark_statement *statement)
{
    const stark_layout *l = &v->layout;
    situ_transcript *t = &v->transcript;
    stark_challenges *c = &v->challenges;
    const size_t cap_bytes = 32u * (size_t)stark_cap_digests(l);
    const u8 *cap = v->section[STARK_SECTION_COMMITMENTS];

    v->cap[STARK_TREE_PRE] = (const u8(*)[32])(vk + 1);
    for (int tree = STARK_TREE_MAIN; tree < STARK_TREES; tree++) {
        if (l->trees[tree].n_groups == 0) continue;
        v->cap[tree] = (const u8(*)[32])cap;
        cap += cap_bytes;
    }

    stark_transcript_begin(t, key_digest, l->system, statement, v->header->log2_rows, l->n_slots);
    situ_transcript_absorb(t, STARK_ABSORB_MAIN, v->cap[STARK_TREE_MAIN], cap_bytes);
    c->gamma = stark_challenge(t);
    c->beta = stark_challenge(t);
    if (l->trees[STARK_TREE_AUX].n_groups != 0)
        situ_transcript_absorb(t, STARK_ABSORB_AUX, v->cap[STARK_TREE_AUX], cap_bytes);
    situ_transcript_absorb(t, STARK_ABSORB_SUMS, v->sums, (size_t)l->bytes_sums);
    c->alpha = stark_challenge(t);
    situ_transcript_absorb(t, STARK_ABSORB_QUOTIENT, v->cap[STARK_TREE_QUOTIENT], cap_bytes);
    c->zeta = stark_draw_zeta(t);
    situ_transcript_absorb(t, STARK_ABSORB_VALUES, v->values, (size_t)l->bytes_values);
    for (int i = 0; i < 3; i++) c->lambda[i] = stark_challenge(t);
    for (u32 i = 0; i < l->fri.n_layers; i++, cap += cap_bytes) {
        v->fri_cap[i] = (const u8(*)[32])cap;
        situ_transcript_absorb(t, STARK_ABSORB_FRI, cap, cap_bytes);
        v->fri_challenge[i] = stark_challenge(t);
        v->fri_entry[i] = situ_fri_entry_factor(v->fri_challenge[i], l->fri.layer[i].log2_fold);
    }
    situ_transcript_absorb(t, STARK_ABSORB_FINAL, v->final, (size_t)l->bytes_final - sizeof(u64));

    const u8 *nonce_at = v->section[STARK_SECTION_FINAL] + l->bytes_final - sizeof(u64);
    u64 nonce = *(const situ_file_u64 *)(const void *)nonce_at;
    if (!situ_transcript_grind_check(t, nonce, l->params.grinding_bits))
        return refuse(v, SITU_ERR_REJECT, "grinding", (u64)(nonce_at - (const u8 *)v->header));
    return SITU_OK;
}

/* --- the algebra at zeta
 * -------------------------------------------------------------------------------------------- */

static situ_err check_sums(const verifier *v, const situ_stark_statement *statement)
{
    k6 total;
    situ_err err =
        stark_boundary_sum(&total, v->layout.system, statement, v->challenges.gamma, v->challenges.beta);
    if (err) return refuse(v, err, "boundary messages", 0);
    for (u32 i = 0; i < v->layout.n_sums; i++) total = k6_add(total, v->sums[i]);
    if (!k6_is_zero(total)) return refuse(v, SITU_ERR_REJECT, "bus balance", 0);
    return SITU_OK;
}

/* The value at zeta of a column over K that is committed as six columns over F. */
static k6 column_over_k(const k6 *values)
{
    /* sum X^j values[j]; multiplying by X moves coefficients up, and X^6 = -X^3 - 1. */
    k6 r = values[K6_DEGREE - 1];
    for (int j = K6_DEGREE - 2; j >= 0; j--) {
        kb top = r.c[5];
        r = (k6){{kb_neg(top), r.c[0], r.c[1], kb_sub(r.c[2], top), r.c[3], r.c[4]}};
        r = k6_add(r, values[j]);
    }
    return r;
}

/* gamma + bus + beta v_1 + beta^2 v_2 + ... */
static k6 fingerprint(const verifier *v, const situ_air_interaction *it)
{
    u32 width = v->layout.system->buses[it->bus].width;
    k6 d = k6_zero();
    for (u32 i = width; i-- > 0;) d = k6_mul(k6_add(d, v->tuples[it->first_value + i]), v->challenges.beta);
    return k6_add(k6_add_kb(d, kb_from_u32(it->bus)), v->challenges.gamma);
}

/* lhs prod d_i - sum_i m_i prod_{j != i} d_j  for the interactions first..end-1. */
static k6 logup_constraint(const verifier *v, const situ_air_table *table, u32 first, u32 end, k6 lhs)
{
    k6 numerator = k6_zero(), denominator = k6_one();
    for (u32 i = first; i < end; i++) {
        k6 d = fingerprint(v, &table->interactions[i]);
        numerator = k6_add(k6_mul(numerator, d), k6_mul(denominator, v->mults[i]));
        denominator = k6_mul(denominator, d);
    }
    return k6_sub(k6_mul(lhs, denominator), numerator);
}

/* sum_i alpha^i C_i(zeta) over one slot's constraints, low powers first. */
static k6 slot_constraints(const verifier *v, const stark_slot *slot, const kb *publics)
{
    const stark_layout *l = &v->layout;
    const situ_air_table *table = &l->system->tables[slot->table];
    const stark_group *g = &l->groups[slot->group];
    const k6 *pre = v->values + g->first_value[STARK_TREE_PRE] + slot->first_column[STARK_TREE_PRE];
    const k6 *main = v->values + g->first_value[STARK_TREE_MAIN] + slot->first_column[STARK_TREE_MAIN];
    const k6 *aux = v->values + g->first_value[STARK_TREE_AUX] + slot->first_column[STARK_TREE_AUX];
    const u32 degree_max = stark_degree_max(&l->params);

    table->eval_k(pre, main, publics, v->constraints, v->mults, v->tuples);

    k6 power = k6_one(), sum = k6_zero();
    for (u32 i = 0; i < table->n_constraints; i++) {
        sum = k6_add(sum, k6_mul(power, v->constraints[i]));
        power = k6_mul(power, v->challenges.alpha);
    }
    if (slot->n_logup_groups == 0) return sum;

    /* The committed fractions, then the running sum, whose step has the last fraction left over. */
    k6 committed = k6_zero();
    u32 first = 0;
    for (u32 i = 0; i < slot->n_logup_groups; i++) {
        u32 end = stark_logup_group_end(table, first, degree_max);
        k6 lhs = column_over_k(aux + K6_DEGREE * i);
        if (i + 1 < slot->n_logup_groups) {
            committed = k6_add(committed, lhs);
        } else {
            u32 shifted = g->first_shifted;
            for (const stark_slot *s = l->slots; s != slot; s++)
                if (s->log2_rows == slot->log2_rows && s->n_logup_groups > 0) shifted += K6_DEGREE;
            k6 next = column_over_k(v->values + shifted);
            kb rows_inv = kb_inv(kb_from_u32(1u << slot->log2_rows));
            k6 mean = k6_mul_kb(v->sums[slot->sum_index], rows_inv);
            lhs = k6_sub(k6_add(k6_sub(next, lhs), mean), committed);
        }
        sum = k6_add(sum, k6_mul(power, logup_constraint(v, table, first, end, lhs)));
        power = k6_mul(power, v->challenges.alpha);
        first = end;
    }
    return sum;
}

/* q(zeta) from its restrictions q_k to the cosets s_k H, each a polynomial of degree below N:
 *
 *     q(z) = sum_k q_k(z) prod_{i != k} (z^N - t_i) / (t_k - t_i),    t_k = s_k^N
 */
static k6 quotient_at_zeta(const verifier *v, const stark_group *g, k6 zeta_n)
{
    const u32 log2_blowup = v->layout.params.log2_blowup, n_cosets = 1u << log2_blowup;
    const k6 *chunks = v->values + g->first_value[STARK_TREE_QUOTIENT];
    kb t[1 << SITU_STARK_LOG2_BLOWUP_MAX];
    k6 q = k6_zero();

    for (u32 k = 0; k < n_cosets; k++) t[k] = stark_coset_power(g->log2_rows, log2_blowup, k);
    for (u32 k = 0; k < n_cosets; k++) {
        k6 term = column_over_k(chunks + K6_DEGREE * k);
        kb scale = KB_ONE;
        for (u32 i = 0; i < n_cosets; i++) {
            if (i == k) continue;
            term = k6_mul(term, k6_sub_kb(zeta_n, t[i]));
            scale = kb_mul(scale, kb_sub(t[k], t[i]));
        }
        q = k6_add(q, k6_mul_kb(term, kb_inv(scale)));
    }
    return q;
}

static situ_err check_quotients(const verifier *v, const kb *publics)
{
    const stark_layout *l = &v->layout;
    for (u32 i = 0; i < l->n_groups; i++) {
        const stark_group *g = &l->groups[i];
        k6 zeta_n = v->challenges.zeta;
        for (u32 k = 0; k < g->log2_rows; k++) zeta_n = k6_mul(zeta_n, zeta_n);

        k6 sum = k6_zero();
        for (u32 s = 0; s < l->n_slots; s++) {
            const stark_slot *slot = &l->slots[s];
            if (slot->log2_rows != g->log2_rows) continue;
            k6 weight = k6_pow(v->challenges.alpha, slot->first_constraint);
            sum = k6_add(sum, k6_mul(weight, slot_constraints(v, slot, publics)));
        }
        k6 expected = k6_mul(k6_sub_kb(zeta_n, KB_ONE), quotient_at_zeta(v, g, zeta_n));
        if (!k6_equal(sum, expected)) return refuse(v, SITU_ERR_REJECT, "quotient identity", i);
    }
    return SITU_OK;
}

/* --- the queries
 * ---------------------------------------------------------------------------------------------------- */

/* weights[16 T + lane] = weight of tile T times lambda_1^lane.  They are the same for every query, so that a query multiplies by
 * opened words only. */
static void weigh_columns(verifier *v)
{
    const k6 *lambda = v->challenges.lambda;
    const u32 n = v->layout.n_tiles_max * STARK_TILE_COLUMNS;
    k6 outer = k6_one();
    for (u32 i = 0; i < n; i++) {
        if (i % STARK_TILE_COLUMNS != 0) {
            v->weights[i] = k6_mul(v->weights[i - 1], lambda[0]);
        } else if (i % (STARK_TILE_COLUMNS * STARK_TILE_COLUMNS) != 0) {
            v->weights[i] = k6_mul(v->weights[i - STARK_TILE_COLUMNS], lambda[1]);
        } else {
            if (i != 0) outer = k6_mul(outer, lambda[2]);
            v->weights[i] = outer;
        }
    }
}

/* The places of a group's running sums among its auxiliary columns: the last six columns of each table that has one. */
static u32 running_sum_at(const stark_slot *slot)
{
    return slot->first_column[STARK_TREE_AUX] + K6_DEGREE * (slot->n_logup_groups - 1);
}

static bool has_running_sum(const stark_slot *slot, u32 group)
{
    return slot->log2_rows != 0 && slot->group == group && slot->n_logup_groups != 0;
}

/* What the opened values contribute to each group's DEEP combination: sum of weight times value, at zeta and
 * at omega zeta. */
static void weigh_values(verifier *v)
{
    const stark_layout *l = &v->layout;
    for (u32 i = 0; i < l->n_groups; i++) {
        const stark_group *g = &l->groups[i];
        const k6 *shifted = v->values + g->first_shifted, *weights = v->weights;
        k6 at_zeta = k6_zero(), at_next = k6_zero();
        for (int tree = 0; tree < STARK_TREES; tree++) {
            const k6 *values = v->values + g->first_value[tree];
            for (u32 c = 0; c < g->n_columns[tree]; c++)
                at_zeta = k6_add(at_zeta, k6_mul(weights[c], values[c]));
            weights += g->n_tiles[tree] * STARK_TILE_COLUMNS;
        }
        for (const stark_slot *s = l->slots; s != l->slots + l->n_slots; s++) {
            if (!has_running_sum(s, i)) continue;
            const k6 *own = weights + running_sum_at(s);
            for (u32 c = 0; c < K6_DEGREE; c++) at_next = k6_add(at_next, k6_mul(own[c], *shifted++));
        }
        v->group_constant[i][0] = at_zeta;
        v->group_constant[i][1] = at_next;
    }
}

/* The opened rows of one query: a pointer to each tree's row of each group. */
typedef struct {
    const situ_file_u32
        *rows[STARK_TREES][SITU_STARK_GROUPS_MAX]; /* by group; NULL where the tree has no tile */
} opened_rows;

/* Opened words are canonical, and zero where no column is. */
static bool row_is_clean(const situ_file_u32 *row, u32 n_columns, u32 n_tiles)
{
    const situ_file_u32 *end = row + n_columns, *end_of_tiles = row + n_tiles * STARK_TILE_COLUMNS;
    for (; end - row >= 4; row += 4)
        if (row[0] >= KB_P || row[1] >= KB_P || row[2] >= KB_P || row[3] >= KB_P) return false;
    for (; row != end; row++)
        if (*row >= KB_P) return false;
    for (; row != end_of_tiles; row++)
        if (*row != 0) return false;
    return true;
}

static u64 offset_in(const verifier *v, const u8 *at) { return (u64)(at - (const u8 *)v->header); }

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
            if (!row_is_clean(rows[i], g->n_columns[t], g->n_tiles[t]))
                return refuse(v, SITU_ERR_FORMAT, "opened row", offset_in(v, *record));
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

/* Sums of products of canonical words, each below p * 2^32: a u64 that takes two products more. */
typedef struct {
    u64 c[K6_DEGREE];
} wide_sum;

/* sum += weights[0] row[0] + ... ; n is even, words are canonical. */
SITU_INLINE void wide_add(wide_sum *sum, const k6 *weights, const situ_file_u32 *row, u32 n)
{
    const u64 fold = (u64)KB_P << 32;
    wide_sum s = *sum;
    for (const situ_file_u32 *end = row + n; row != end; row += 2, weights += 2) {
        const u64 a = row[0], b = row[1];
#pragma GCC unroll 6
        for (int j = 0; j < K6_DEGREE; j++) {
            s.c[j] += a * weights[0].c[j] + b * weights[1].c[j];
            if (s.c[j] >= fold) s.c[j] -= fold;
        }
    }
    *sum = s;
}

static k6 wide_reduce(const wide_sum *sum)
{
    k6 r;
    for (int j = 0; j < K6_DEGREE; j++) r.c[j] = kb_reduce(sum->c[j]);
    return r;
}

/* The two numerators of a group's DEEP combination at the opened row. */
static void deep_numerators(const verifier *v, const opened_rows *opened, u32 group, k6 out[2])
{
    const stark_group *g = &v->layout.groups[group];
    const k6 *weights = v->weights;
    wide_sum at_zeta = {{0}}, at_next = {{0}};
    for (int t = 0; t < STARK_TREES; t++) {
        const u32 n = g->n_tiles[t] * STARK_TILE_COLUMNS;
        if (n == 0) continue;
        wide_add(&at_zeta, weights, opened->rows[t][group], n);
        weights += n;
    }
    const situ_file_u32 *row = opened->rows[STARK_TREE_AUX][group];
    for (const stark_slot *s = v->layout.slots; s != v->layout.slots + v->layout.n_slots; s++)
        if (has_running_sum(s, group))
            wide_add(&at_next, weights + running_sum_at(s), row + running_sum_at(s), K6_DEGREE);
    out[0] = k6_sub(wide_reduce(&at_zeta), v->group_constant[group][0]);
    out[1] = k6_sub(wide_reduce(&at_next), v->group_constant[group][1]);
}

/* deep[g]: the DEEP combination of each group at the query's position, with one inversion for all.  No
 * denominator is zero: zeta is not in F. */
static void deep_values(const verifier *v, const opened_rows *opened, u32 query,
                        k6 deep[SITU_STARK_GROUPS_MAX])
{
    const stark_layout *l = &v->layout;
    k6 denominators[2 * SITU_STARK_GROUPS_MAX], prefix[2 * SITU_STARK_GROUPS_MAX + 1];

    prefix[0] = k6_one();
    kb y = situ_point_at(stark_log2_domain(l), query);
    for (u32 g = 0, squared = 0; g < l->n_groups; g++) {
        for (; squared < l->groups[0].log2_rows - l->groups[g].log2_rows; squared++) y = kb_mul(y, y);
        k6 x = k6_from_kb(kb_mul(KB_CONST(KB_GENERATOR), y));
        k6 next = k6_mul_kb(v->challenges.zeta, kb_root_of_unity(l->groups[g].log2_rows));
        denominators[2 * g] = k6_sub(x, v->challenges.zeta);
        denominators[2 * g + 1] = k6_sub(x, next);
        prefix[2 * g + 1] = k6_mul(prefix[2 * g], denominators[2 * g]);
        prefix[2 * g + 2] = k6_mul(prefix[2 * g + 1], denominators[2 * g + 1]);
    }
    k6 inverse = k6_inv(prefix[2 * l->n_groups]);
    for (u32 g = l->n_groups; g-- > 0;) {
        k6 numerators[2];
        deep_numerators(v, opened, g, numerators);
        k6 next_inverse = k6_mul(inverse, prefix[2 * g + 1]);
        inverse = k6_mul(inverse, denominators[2 * g + 1]);
        k6 zeta_inverse = k6_mul(inverse, prefix[2 * g]);
        inverse = k6_mul(inverse, denominators[2 * g]);
        deep[g] = k6_add(k6_mul(numerators[0], zeta_inverse), k6_mul(numerators[1], next_inverse));
    }
}

/* The row of a FRI layer: the value already known in its place, the others from the record. */
static situ_err assemble_fri_row(const verifier *v, k6 row[SITU_FRI_FOLD_MAX], u32 n_values, u32 known_at,
                                 k6 known, const u8 **record)
{
    for (u32 j = 0; j < n_values; j++) {
        if (j == known_at) {
            row[j] = known;
            continue;
        }
        const situ_file_u32 *words = (const situ_file_u32 *)(const void *)*record;
        if (!k6_is_canonical(words)) return refuse(v, SITU_ERR_FORMAT, "FRI row", offset_in(v, *record));
        for (int c = 0; c < K6_DEGREE; c++) row[j].c[c] = words[c];
        *record += sizeof(k6);
    }
    return SITU_OK;
}

/* Follow one position through all folds. */
static situ_err check_fri(const verifier *v, const k6 deep[SITU_STARK_GROUPS_MAX], u32 query,
                          const u8 **record)
{
    const stark_layout *l = &v->layout;
    k6 value = deep[0];
    u32 index = query, next_group = 1;

    for (u32 i = 0; i < l->fri.n_layers; i++) {
        const situ_fri_layer *layer = &l->fri.layer[i];
        const u32 n_values = 1u << layer->log2_fold, row_index = index >> layer->log2_fold;
        const u32 log2_rows = layer->log2_size - layer->log2_fold;
        u32 n_tiles = (n_values * K6_DEGREE + STARK_TILE_COLUMNS - 1) / STARK_TILE_COLUMNS;
        union {
            k6 values[SITU_FRI_FOLD_MAX];
            u32 words[SITU_FRI_FOLD_MAX * K6_DEGREE];
        } row = {.words = {0}};
        const u8 *start = *record;

        SITU_TRY(assemble_fri_row(v, row.values, n_values, index & (n_values - 1), value, record));
        const situ_file_u32 *words = row.words;
        if (situ_merkle_verify(v->fri_cap[i], l->params.log2_cap, &log2_rows, &n_tiles, 1, &words, row_index,
                               *record))
            return refuse(v, SITU_ERR_REJECT, "FRI path", offset_in(v, start));
        *record += 32 * (size_t)(log2_rows - l->params.log2_cap);

        value =
            situ_fri_fold_one(row.values, layer->log2_size, layer->log2_fold, row_index, v->fri_challenge[i]);
        if (layer->table_enters) value = k6_add(value, k6_mul(v->fri_entry[i], deep[next_group++]));
        index = row_index;
    }
    kb y = situ_point_at(SITU_FRI_LOG2_FINAL + l->params.log2_blowup, index);
    if (!k6_equal(value, situ_fri_final_eval(v->final, y)))
        return refuse(v, SITU_ERR_REJECT, "final polynomial", query);
    return SITU_OK;
}

static situ_err check_queries(verifier *v)
{
    const stark_layout *l = &v->layout;
    const u8 *record = v->section[STARK_SECTION_QUERIES];
    u32 queries[SITU_STARK_QUERIES_MAX];

    situ_transcript_challenge_bits(&v->transcript, queries, l->params.n_queries, stark_log2_domain(l));
    weigh_columns(v);
    weigh_values(v);
    for (u32 i = 0; i < l->params.n_queries; i++) {
        u32 query = queries[i];
        opened_rows opened;
        k6 deep[SITU_STARK_GROUPS_MAX];
        VERIFIER_STEP(VERIFIER_OPENINGS);
        SITU_TRY(open_trees(v, &opened, &record, query));
        deep_values(v, &opened, query, deep);
        VERIFIER_STEP(VERIFIER_FRI);
        SITU_TRY(check_fri(v, deep, query, &record));
    }
    return SITU_OK;
}

situ_err situ_stark_verify(const situ_air_system *system, const void *vk, size_t vk_bytes,
                           const situ_stark_statement *statement, const void *proof, size_t proof_bytes,
                           void *scratch, situ_stark_reason *reason)
{
    verifier *v = scratch;
    u8 key_digest[32];
    situ_stark_params params;
    kb publics[SITU_STARK_PUBLICS_MAX];

    if (reason) *reason = (situ_stark_reason){"arguments", 0};
    if ((uintptr_t)proof % STARK_ALIGN != 0 || (uintptr_t)scratch % 64 != 0) return SITU_ERR_ARG;
    SITU_TRY(vk_open(&params, system, vk, vk_bytes));
    for (u32 i = 0; i < system->n_publics; i++) {
        u32 bits = system->public_bits ? system->public_bits[i] : 0;
        if (statement->publics[i] >= KB_P) return SITU_ERR_ARG;
        if (bits != 0 && statement->publics[i] >> bits != 0)
            return SITU_ERR_ARG; /* rows rely on a public's type */
        publics[i] = kb_from_u32(statement->publics[i]);
    }
    v->reason = reason;
    if (params.insecure && !statement->allow_insecure)
        return refuse(v, SITU_ERR_VERSION, "insecure parameters", offsetof(stark_header, params));
    lay_out_scratch(v, scratch, system);
    situ_stark_vk_digest(key_digest, vk, vk_bytes);

    SITU_TRY(open_header(v, system, &params, vk, key_digest, proof, proof_bytes));
    SITU_TRY(open_sections(v, proof_bytes));
    SITU_TRY(check_canonical(v));
    VERIFIER_STEP(VERIFIER_REPLAY);
    SITU_TRY(replay_transcript(v, vk, key_digest, statement));
    VERIFIER_STEP(VERIFIER_CONSTRAINTS);
    SITU_TRY(check_sums(v, statement));
    SITU_TRY(check_quotients(v, publics));
    VERIFIER_STEP(VERIFIER_OPENINGS);
    SITU_TRY(check_queries(v));
    if (reason) *reason = (situ_stark_reason){"none", 0};
    return SITU_OK;
}
