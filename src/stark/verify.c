/* verify.c — the one verifier: over the bytes of a proof where they lie, on a host and inside the VM.
 *
 * It trusts the system, the key and the statement; of the proof it trusts nothing: shapes are computed
 * (layout.c), lengths must agree with them, and words must be canonical.  It allocates nothing and returns
 * success in one place, at the end of situ_stark_verify.  docs/protocol.md numbers the checks; the names
 * given to `reason` are its.
 */
#include "stark/verifier.h"

#include "hash/blake3.h"

/* Largest counts of any table of the system. */
typedef struct {
    u32 constraints, interactions, values, width;
} verify_maxima;

static verify_maxima maxima_of(const situ_air_system *system)
{
    verify_maxima m = {0, 0, 0, 0};
    for (u32 t = 0; t < system->n_tables; t++) {
        const situ_air_table *table = &system->tables[t];
        m.constraints = (u32)u64_max(m.constraints, table->n_constraints);
        m.interactions = (u32)u64_max(m.interactions, table->n_interactions);
        m.values = (u32)u64_max(m.values, table->n_values);
    }
    for (u32 b = 0; b < system->n_buses; b++) m.width = (u32)u64_max(m.width, system->buses[b].width);
    return m;
}

/* Upper bound on the positions of any group: all tables at one height. */
static u32 positions_bound(const situ_air_system *system)
{
    u64 n = (1u << SITU_STARK_LOG2_BLOWUP_MAX) + (STARK_TREES + 1) * STARK_TILE_COLUMNS;
    for (u32 t = 0; t < system->n_tables; t++) {
        const situ_air_table *table = &system->tables[t];
        n += (u64)table->max_instances * ((u64)table->n_pre + table->n_main + table->n_interactions + 1);
    }
    return (u32)n;
}

size_t situ_stark_verify_scratch_bytes(const situ_air_system *system)
{
    verify_maxima m = maxima_of(system);
    const u64 n_constraints =
        (u64)m.constraints + m.interactions; /* with one for each LogUp group, at most */
    const u64 elements = stark_weights_elements(positions_bound(system)) + n_constraints +
                         2 * (u64)m.interactions + m.values + m.width + 1;
    const u64 bytes = elements * sizeof(k6) + m.interactions * sizeof(k6 *);
    return (size_t)u64_align_up(u64_align_up(sizeof(verifier), 64) + bytes, 64);
}

static void lay_out_scratch(verifier *v, void *scratch, const situ_air_system *system)
{
    verify_maxima m = maxima_of(system);
    k6 *elements = (k6 *)(void *)((u8 *)scratch + u64_align_up(sizeof(verifier), 64));
    v->weights.memory = elements;
    v->point.constraints = elements + stark_weights_elements(positions_bound(system));
    v->point.denominators = v->point.constraints + m.constraints + m.interactions;
    v->mults = v->point.denominators + m.interactions;
    v->tuples = v->mults + m.interactions;
    v->beta = v->tuples + m.values;
    v->point.mults = (const k6 **)(void *)(v->beta + m.width + 1);
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

static situ_err refuse_key(situ_stark_reason *reason, const char *check, u64 offset,
                           situ_stark_another another)
{
    if (reason) *reason = (situ_stark_reason){check, offset, another};
    return SITU_ERR_ARG;
}

/* Check a verifying key against the system and read its parameters.  ARG when it is not one of this system; offsets are in the
 * key. */
static situ_err vk_open(situ_stark_params *params, const situ_air_system *system, const void *vk,
                        size_t vk_bytes, situ_stark_reason *reason)
{
    const stark_vk_header *h = vk;
    if ((uintptr_t)vk % STARK_ALIGN != 0) return refuse_key(reason, "key alignment", 0, SITU_STARK_SAME);
    if (vk_bytes < sizeof *h) return refuse_key(reason, "key length", vk_bytes, SITU_STARK_SAME);
    if (h->magic != STARK_VK_MAGIC) return refuse_key(reason, "key magic", 0, SITU_STARK_SAME);
    if (h->version != STARK_VERSION)
        return refuse_key(reason, "key version", offsetof(stark_vk_header, version),
                          SITU_STARK_ANOTHER_VERSION);
    if (!bytes_equal(h->system_digest, system->digest, sizeof h->system_digest))
        return refuse_key(reason, "system digest", offsetof(stark_vk_header, system_digest),
                          SITU_STARK_ANOTHER_SYSTEM);
    *params = (situ_stark_params){h->params[0], h->params[1], h->params[2], h->params[3], h->params[4]};
    if (!stark_params_valid(params))
        return refuse_key(reason, "key parameters", offsetof(stark_vk_header, params), SITU_STARK_SAME);
    if (h->reserved != 0)
        return refuse_key(reason, "key reserved", offsetof(stark_vk_header, reserved), SITU_STARK_SAME);
    if (h->n_cap != 0 && h->n_cap != 1u << params->log2_cap)
        return refuse_key(reason, "key cap", offsetof(stark_vk_header, n_cap), SITU_STARK_SAME);
    if (vk_bytes - sizeof *h != 32 * (size_t)h->n_cap)
        return refuse_key(reason, "key length", vk_bytes, SITU_STARK_SAME);
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
        return refuse_another(v, SITU_STARK_ANOTHER_VERSION, "version", offsetof(stark_header, version));
    if (!params_equal(h->params, params))
        return refuse_another(v, SITU_STARK_ANOTHER_PARAMS, "parameters", offsetof(stark_header, params));
    if (!bytes_equal(h->key_digest, key_digest, 32))
        return refuse_another(v, SITU_STARK_ANOTHER_KEY, "key digest", offsetof(stark_header, key_digest));

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
        return refuse_another(v, SITU_STARK_ANOTHER_SECURITY, "security target",
                              offsetof(stark_header, params));
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

/* Is any word of n pairs not below p?  A word below 2^31 carries into bit 31, and no further, when 2^31 - p is added and it is not below
 * p: two at a time, since this is much of the guest's set-up. */
static bool some_not_below_p(const situ_file_u64 *pairs, u64 n)
{
    const u64 above = ((UINT64_C(1) << 31) - KB_P) * 0x100000001, top = 0x8000000080000000;
    u64 seen = 0;
#pragma GCC unroll 8
    for (u64 i = 0; i < n; i++) seen |= pairs[i] | (pairs[i] + above);
    return (seen & top) != 0;
}

/* All field elements outside the queries are canonical. */
static situ_err check_canonical(const verifier *v)
{
    const u8 *first = v->section[STARK_SECTION_SUMS];
    const u64 n_bytes = v->layout.bytes_sums + v->layout.bytes_values + v->layout.bytes_final - sizeof(u64);
    const situ_file_u32 *words = (const situ_file_u32 *)(const void *)first;
    if (!some_not_below_p((const situ_file_u64 *)(const void *)first, n_bytes / sizeof(u64))) return SITU_OK;
    while (*words < KB_P) words++;
    return refuse(v, SITU_ERR_FORMAT, "canonical words", offset_in(v, words));
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
    stark_draw_zeta(c->zeta, t, l);
    situ_transcript_absorb(t, STARK_ABSORB_VALUES, v->values, (size_t)l->bytes_values);
    for (int i = 0; i < 3; i++) c->lambda[i] = stark_challenge(t);
    c->mu = stark_challenge(t);
    for (u32 i = 0; i < l->fri.n_layers; i++, cap += cap_bytes) {
        v->fri_cap[i] = (const u8(*)[32])cap;
        situ_transcript_absorb(t, STARK_ABSORB_FRI, cap, cap_bytes);
        v->fri_challenge[i] = stark_challenge(t);
    }
    situ_transcript_absorb(t, STARK_ABSORB_FINAL, v->final, (size_t)l->bytes_final - sizeof(u64));

    const u8 *nonce_at = v->section[STARK_SECTION_FINAL] + l->bytes_final - sizeof(u64);
    u64 nonce = *(const situ_file_u64 *)(const void *)nonce_at;
    if (!situ_transcript_grind_check(t, nonce, l->params.grinding_bits))
        return refuse(v, SITU_ERR_REJECT, "grinding", offset_in(v, nonce_at));
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

    if (reason) *reason = (situ_stark_reason){"arguments", 0, SITU_STARK_SAME};
    if ((uintptr_t)proof % STARK_ALIGN != 0 || (uintptr_t)scratch % 64 != 0) return SITU_ERR_ARG;
    SITU_TRY(vk_open(&params, system, vk, vk_bytes, reason));
    for (u32 i = 0; i < system->n_publics; i++) {
        u32 bits = system->public_bits ? system->public_bits[i] : 0;
        if (statement->publics[i] >= KB_P) return SITU_ERR_ARG;
        if (bits != 0 && statement->publics[i] >> bits != 0)
            return SITU_ERR_ARG; /* rows rely on a public's type */
        publics[i] = kb_from_u32(statement->publics[i]);
    }
    v->reason = reason;
    if (params.insecure && !statement->allow_insecure)
        return refuse_another(v, SITU_STARK_ANOTHER_TRUST, "insecure parameters",
                              offsetof(stark_header, params));
    lay_out_scratch(v, scratch, system);
    situ_stark_vk_digest(key_digest, vk, vk_bytes);

    SITU_TRY(open_header(v, system, &params, vk, key_digest, proof, proof_bytes));
    SITU_TRY(open_sections(v, proof_bytes));
    SITU_TRY(check_canonical(v));
    VERIFIER_STEP(VERIFIER_REPLAY);
    SITU_TRY(replay_transcript(v, vk, key_digest, statement));
    VERIFIER_STEP(VERIFIER_CONSTRAINTS);
    SITU_TRY(stark_check_sums(v, statement));
    SITU_TRY(stark_check_quotient(v, publics));
    VERIFIER_STEP(VERIFIER_OPENINGS);
    SITU_TRY(stark_check_queries(v));
    if (reason) *reason = (situ_stark_reason){"none", 0, SITU_STARK_SAME};
    return SITU_OK;
}
