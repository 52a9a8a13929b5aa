/* A malicious prover: the real one, stage by stage, with one step altered.  Each attack must be refused by
 * the check that is there for it, which this file names; so a check that is removed shows here, even if
 * another would catch the same proof. */
#include "tests/test.h"

#include <stdlib.h>

#include "base/base.h"
#include "hash/grind.h"
#include "stark/prover.h"
#include "tests/stark/lifted.h"
#include "tests/stark/toy.h"

/* After which stage a hook runs; BEFORE_MAIN sees the filled traces. */
typedef enum {
    BEFORE_MAIN,
    AFTER_MAIN,
    AFTER_AUX,
    AFTER_QUOTIENT,
    AFTER_OPENINGS,
    AFTER_DEEP,
    AFTER_FRI,
    AFTER_QUERIES
} moment;

typedef struct {
    const char *name;
    moment when;
    void (*alter)(situ_stark_prover *p, situ_transcript before, u8 *proof);
    const char *caught_by;
    bool
        own_queries; /* the attack is on the end of the transcript, which is not put right for the verifier */
} attack;

static const stark_layout *layout_of(const situ_stark_prover *p) { return &p->layout; }
static size_t cap_bytes(const situ_stark_prover *p) { return 32u * (size_t)stark_cap_digests(&p->layout); }

/* --- what is altered
 * ------------------------------------------------------------------------------------------------ */

static void nothing(situ_stark_prover *p, situ_transcript before, u8 *proof)
{
    (void)p, (void)before, (void)proof;
}

static void draw_gamma_beta(situ_stark_prover *p)
{
    p->challenges.gamma = stark_challenge(&p->transcript);
    p->challenges.beta = stark_challenge(&p->transcript);
    stark_powers(p->beta_powers, STARK_WIDTH_MAX + 1, p->challenges.beta);
}

static void skip_main_cap(situ_stark_prover *p, situ_transcript before, u8 *proof)
{
    (void)before, (void)proof;
    stark_transcript_begin(&p->transcript, p->key->digest, p->layout.system, p->statement, p->log2_rows,
                           p->layout.n_slots);
    draw_gamma_beta(p);
}

/* The transcript of a prover who leaves out one part of the statement. */
static void begin_without(situ_stark_prover *p, const void *key, bool claim, bool publics, bool heights)
{
    situ_transcript *t = &p->transcript;
    situ_transcript_init(t, STARK_DOMAIN);
    if (key) situ_transcript_absorb(t, STARK_ABSORB_KEY, key, 32);
    if (claim) situ_transcript_absorb(t, STARK_ABSORB_STATEMENT, p->statement->claim, 32);
    if (publics) situ_transcript_absorb(t, STARK_ABSORB_STATEMENT, p->statement->publics, 20);
    if (heights) situ_transcript_absorb(t, STARK_ABSORB_HEIGHTS, p->log2_rows, p->layout.n_slots);
    situ_transcript_absorb(t, STARK_ABSORB_MAIN, p->commitments - cap_bytes(p), cap_bytes(p));
    draw_gamma_beta(p);
}

/* None left out: what the others leave out is all that they do. */
static void skip_nothing(situ_stark_prover *p, situ_transcript before, u8 *proof)
{
    (void)before, (void)proof;
    begin_without(p, p->key->digest, true, true, true);
}

static void skip_key(situ_stark_prover *p, situ_transcript before, u8 *proof)
{
    (void)before, (void)proof;
    begin_without(p, NULL, true, true, true);
}

static void skip_claim(situ_stark_prover *p, situ_transcript before, u8 *proof)
{
    (void)before, (void)proof;
    begin_without(p, p->key->digest, false, true, true);
}

static void skip_publics(situ_stark_prover *p, situ_transcript before, u8 *proof)
{
    (void)before, (void)proof;
    begin_without(p, p->key->digest, true, false, true);
}

static void skip_heights(situ_stark_prover *p, situ_transcript before, u8 *proof)
{
    (void)before, (void)proof;
    begin_without(p, p->key->digest, true, true, false);
}

static void absorb_aux(situ_stark_prover *p, situ_transcript before, bool cap, bool sums)
{
    p->transcript = before;
    if (cap)
        situ_transcript_absorb(&p->transcript, STARK_ABSORB_AUX, p->commitments - cap_bytes(p), cap_bytes(p));
    if (sums)
        situ_transcript_absorb(&p->transcript, STARK_ABSORB_SUMS, p->sums, (size_t)p->layout.bytes_sums);
    p->challenges.alpha = stark_challenge(&p->transcript);
}

static void skip_aux_cap(situ_stark_prover *p, situ_transcript before, u8 *proof)
{
    (void)proof;
    absorb_aux(p, before, false, true);
}

static void skip_sums(situ_stark_prover *p, situ_transcript before, u8 *proof)
{
    (void)proof;
    absorb_aux(p, before, true, false);
}

static void skip_quotient_cap(situ_stark_prover *p, situ_transcript before, u8 *proof)
{
    (void)proof;
    p->transcript = before;
    stark_draw_zeta(p->challenges.zeta, &p->transcript, &p->layout);
}

/* Constraints of the shorter table left out of the quotient. */
static void tallest_quotient_alone(situ_stark_prover *p, situ_transcript before, u8 *proof)
{
    (void)proof;
    const u32 n_groups = p->layout.n_groups;
    CHECK_EQ(n_groups, 2);
    p->transcript = before;
    p->commitments -= cap_bytes(p);
    p->layout.n_groups = 1;
    CHECK_EQ(stark_prove_quotient(p), SITU_OK);
    p->layout.n_groups = n_groups;
    p->transcript = before;
    situ_transcript_absorb(&p->transcript, STARK_ABSORB_QUOTIENT, p->commitments - cap_bytes(p),
                           cap_bytes(p));
    stark_draw_zeta(p->challenges.zeta, &p->transcript, &p->layout);
}

/* The shorter table opened where the tallest one is. */
static void zeta_not_lifted(situ_stark_prover *p, situ_transcript before, u8 *proof)
{
    (void)before, (void)proof;
    CHECK(!k6_equal(p->challenges.zeta[0], p->challenges.zeta[1]));
    p->challenges.zeta[1] = p->challenges.zeta[0];
}

static void draw_weights(situ_stark_prover *p)
{
    for (int i = 0; i < 3; i++) p->challenges.lambda[i] = stark_challenge(&p->transcript);
    p->challenges.mu = stark_challenge(&p->transcript);
}

static void skip_values(situ_stark_prover *p, situ_transcript before, u8 *proof)
{
    (void)proof;
    p->transcript = before;
    draw_weights(p);
}

/* The weights of the heights known before the values are sent. */
static void known_mu(situ_stark_prover *p, situ_transcript before, u8 *proof)
{
    (void)proof;
    k6 mu = stark_challenge(&before);
    CHECK(!k6_equal(mu, p->challenges.mu));
    p->challenges.mu = mu;
}

/* FRI once more, with or without what should be absorbed, and without minding the final degree. */
static void refold(situ_stark_prover *p, situ_transcript before, bool absorb_caps, bool absorb_final)
{
    const stark_layout *l = layout_of(p);
    u8 *out = p->commitments - l->fri.n_layers * cap_bytes(p);

    p->transcript = before;
    for (u32 i = 0; i < l->fri.n_layers; i++, out += cap_bytes(p)) {
        stark_fri_tree_build(&p->fri_trees[i], p->fri_tiles[i], l, i, p->layers[i].words,
                             p->fri_tree_memory[i], NULL);
        stark_tree_cap((u8(*)[32])out, &p->fri_trees[i], l);
        if (absorb_caps) situ_transcript_absorb(&p->transcript, STARK_ABSORB_FRI, out, cap_bytes(p));
        k6 beta = stark_challenge(&p->transcript);
        situ_fri_fold(&p->layers[i + 1], &p->layers[i], beta, NULL);
    }
    size_t n_final = (size_t)l->bytes_final - sizeof(u64);
    situ_err err =
        situ_fri_final((k6 *)(void *)p->final, (const k6 *)(const void *)p->layers[l->fri.n_layers].words,
                       l->fri.log2_final, l->params.log2_blowup);
    if (err) memset(p->final, 0, n_final); /* of too high a degree: a liar sends something */
    if (absorb_final) situ_transcript_absorb(&p->transcript, STARK_ABSORB_FINAL, p->final, n_final);
    u64 nonce = situ_grind(&p->transcript, l->params.grinding_bits, NULL);
    memcpy(p->final + n_final, &nonce, sizeof nonce);
    CHECK(situ_transcript_grind_check(&p->transcript, nonce, l->params.grinding_bits));
}

static void skip_fri_caps(situ_stark_prover *p, situ_transcript before, u8 *proof)
{
    (void)proof;
    refold(p, before, false, true);
}

static void skip_final(situ_stark_prover *p, situ_transcript before, u8 *proof)
{
    (void)proof;
    refold(p, before, true, false);
}

/* A codeword of full degree instead of the DEEP combination. */
static void noisy_codeword(situ_stark_prover *p, situ_transcript before, u8 *proof)
{
    (void)before, (void)proof;
    size_t n_words = situ_fri_codeword_words(p->layers[0].log2_size);
    for (size_t i = 0; i < n_words; i++) p->layers[0].words[i] = (kb)test_random_below(KB_P);
}

/* The same at a shorter height: fibres are constant, but no low degree is behind them. */
static void noisy_short_codeword(situ_stark_prover *p, situ_transcript before, u8 *proof)
{
    (void)before, (void)proof;
    const situ_fri_codeword *shorter = &p->deep[1];
    CHECK(shorter->log2_size < p->layers[0].log2_size && !shorter->is_matrix);
    for (size_t i = 0; i < (size_t)K6_DEGREE << shorter->log2_size; i++)
        shorter->words[i] = (kb)test_random_below(KB_P);
    situ_fri_add_lifted(&p->layers[0], shorter, NULL);
}

/* The first layer is honest, the next one is not its fold. */
static void noisy_second_layer(situ_stark_prover *p, situ_transcript before, u8 *proof)
{
    const stark_layout *l = layout_of(p);
    (void)proof;
    u8 *out = p->commitments - l->fri.n_layers * cap_bytes(p);
    CHECK(l->fri.n_layers >= 2);
    p->transcript = before;
    for (u32 i = 0; i < l->fri.n_layers; i++, out += cap_bytes(p)) {
        stark_fri_tree_build(&p->fri_trees[i], p->fri_tiles[i], l, i, p->layers[i].words,
                             p->fri_tree_memory[i], NULL);
        stark_tree_cap((u8(*)[32])out, &p->fri_trees[i], l);
        situ_transcript_absorb(&p->transcript, STARK_ABSORB_FRI, out, cap_bytes(p));
        k6 beta = stark_challenge(&p->transcript);
        situ_fri_fold(&p->layers[i + 1], &p->layers[i], beta, NULL);
        if (i == 0) /* everywhere, so that every query sees it */
            for (size_t w = 0; w < situ_fri_codeword_words(p->layers[1].log2_size); w++)
                if (p->layers[1].words[w] != 0) p->layers[1].words[w] = KB_P - p->layers[1].words[w];
    }
    size_t n_final = (size_t)l->bytes_final - sizeof(u64);
    situ_err err =
        situ_fri_final((k6 *)(void *)p->final, (const k6 *)(const void *)p->layers[l->fri.n_layers].words,
                       l->fri.log2_final, l->params.log2_blowup);
    if (err) memset(p->final, 0, n_final);
    situ_transcript_absorb(&p->transcript, STARK_ABSORB_FINAL, p->final, n_final);
    u64 nonce = situ_grind(&p->transcript, l->params.grinding_bits, NULL);
    memcpy(p->final + n_final, &nonce, sizeof nonce);
    CHECK(situ_transcript_grind_check(&p->transcript, nonce, l->params.grinding_bits));
}

/* Another final polynomial, properly absorbed and ground for. */
static void other_final(situ_stark_prover *p, situ_transcript before, u8 *proof)
{
    const stark_layout *l = layout_of(p);
    refold(p, before, true, true);
    (void)proof;
    /* Replay up to the final polynomial, then absorb the altered one. */
    p->transcript = before;
    const u8 *cap = p->commitments - l->fri.n_layers * cap_bytes(p);
    for (u32 i = 0; i < l->fri.n_layers; i++, cap += cap_bytes(p)) {
        situ_transcript_absorb(&p->transcript, STARK_ABSORB_FRI, cap, cap_bytes(p));
        (void)stark_challenge(&p->transcript);
    }
    ((kb *)(void *)p->final)[7] ^= 1;
    size_t n_final = (size_t)l->bytes_final - sizeof(u64);
    situ_transcript_absorb(&p->transcript, STARK_ABSORB_FINAL, p->final, n_final);
    u64 nonce = situ_grind(&p->transcript, l->params.grinding_bits, NULL);
    memcpy(p->final + n_final, &nonce, sizeof nonce);
    CHECK(situ_transcript_grind_check(&p->transcript, nonce, l->params.grinding_bits));
}

static void no_grinding(situ_stark_prover *p, situ_transcript before, u8 *proof)
{
    (void)before, (void)proof;
    u64 nonce;
    u8 *at = p->final + p->layout.bytes_final - sizeof nonce;
    memcpy(&nonce, at, sizeof nonce);
    nonce++;
    memcpy(at, &nonce, sizeof nonce);
}

/* Positions of the prover's choice: the first ones. */
static void chosen_queries(situ_stark_prover *p, situ_transcript before, u8 *proof)
{
    (void)before, (void)proof;
    situ_transcript_init(&p->transcript, "positions I like");
}

/* An auxiliary commitment remade after its columns were altered. */
static void recommit_aux(situ_stark_prover *p, situ_transcript before)
{
    stark_tree_build(&p->trees[STARK_TREE_AUX], &p->layout, STARK_TREE_AUX, p->extended[STARK_TREE_AUX],
                     p->tree_memory[STARK_TREE_AUX], NULL);
    p->transcript = before;
    p->commitments -= cap_bytes(p);
    stark_commit(p, STARK_ABSORB_AUX, &p->trees[STARK_TREE_AUX]);
    situ_transcript_absorb(&p->transcript, STARK_ABSORB_SUMS, p->sums, (size_t)p->layout.bytes_sums);
    p->challenges.alpha = stark_challenge(&p->transcript);
}

static void swap_sums(situ_stark_prover *p, situ_transcript before, u8 *proof)
{
    (void)proof;
    k6 *sums = (k6 *)(void *)p->sums, kept = sums[0];
    sums[0] = sums[1];
    sums[1] = kept;
    recommit_aux(p, before);
}

/* Move a part of one claimed sum to another: they still balance. */
static void shift_sums(situ_stark_prover *p, situ_transcript before, u8 *proof)
{
    (void)proof;
    k6 *sums = (k6 *)(void *)p->sums;
    sums[0] = k6_add_kb(sums[0], KB_ONE);
    sums[1] = k6_sub_kb(sums[1], KB_ONE);
    recommit_aux(p, before);
}

/* The first and the last of the words that are neither commitments nor opened: p more, so another word for the same element. */
static void sum_not_below_p(situ_stark_prover *p, situ_transcript before, u8 *proof)
{
    (void)proof;
    *(situ_file_u32 *)(void *)p->sums += KB_P;
    recommit_aux(p, before);
}

static void coefficient_not_below_p(situ_stark_prover *p, situ_transcript before, u8 *proof)
{
    (void)before, (void)proof;
    ((situ_file_u32 *)(void *)p->final)[(p->layout.bytes_final - sizeof(u64)) / sizeof(u32) - 1] += KB_P;
}

static void unbalanced_sum(situ_stark_prover *p, situ_transcript before, u8 *proof)
{
    (void)proof;
    k6 *sums = (k6 *)(void *)p->sums;
    sums[0] = k6_add_kb(sums[0], KB_ONE);
    recommit_aux(p, before);
}

/* A column where none is, of low degree even: it counts, with a value at zeta that is not zero. */
static void garbage_in_spare_lanes(situ_stark_prover *p, situ_transcript before, u8 *proof)
{
    (void)before, (void)proof;
    for (u32 g = 0; g < p->layout.n_groups; g++) {
        stark_matrix *m = &p->trace[g];
        u32 lane = p->layout.groups[g].n_columns[STARK_TREE_MAIN] % 16;
        CHECK(lane != 0);
        for (u64 row = 0; row < m->n_rows; row++) m->tiles[m->n_tiles - 1][row * 16 + lane] = 1;
    }
}

/* A committed fraction that is not the sum of its interactions'.  (A running sum may be shifted by a
 * constant: only its steps mean something.) */
static void altered_fraction(situ_stark_prover *p, situ_transcript before, u8 *proof)
{
    (void)proof;
    stark_matrix *m = &p->extended[STARK_TREE_AUX][1];
    CHECK_EQ(p->layout.slots[TOY_STEPS].group, 1);
    CHECK_EQ(p->layout.slots[TOY_STEPS].n_logup_groups, 2);
    const u32 column = p->layout.slots[TOY_STEPS].first_column[STARK_TREE_AUX];
    for (u64 row = 0; row < m->n_rows; row++) {
        kb *cell = &m->tiles[column / 16][row * 16 + column % 16];
        *cell = kb_add(*cell, KB_ONE);
    }
    recommit_aux(p, before);
}

/* Out-of-domain values that are not the columns', properly absorbed. */
static void other_value(situ_stark_prover *p, situ_transcript before, u8 *proof)
{
    (void)proof;
    ((kb *)(void *)p->values)[3] ^= 1;
    p->transcript = before;
    situ_transcript_absorb(&p->transcript, STARK_ABSORB_VALUES, p->values, (size_t)p->layout.bytes_values);
    draw_weights(p);
}

/* Rows of two trees exchanged in a query: preprocessed and main columns of `squares` change places. */
static void shifted_widths(situ_stark_prover *p, situ_transcript before, u8 *proof)
{
    (void)before, (void)proof;
    u8 kept[64], *pre = p->queries,
                 *main = p->queries + 64 + 32 * (size_t)p->layout.trees[STARK_TREE_PRE].n_path;
    memcpy(kept, pre, 64);
    memcpy(pre, main, 64);
    memcpy(main, kept, 64);
}

static void other_heights(situ_stark_prover *p, situ_transcript before, u8 *proof)
{
    (void)before, (void)p;
    ((stark_header *)(void *)proof)->log2_rows[TOY_STEPS]++;
}

/* Everything is as long as it was. */
static void other_heights_alike(situ_stark_prover *p, situ_transcript before, u8 *proof)
{
    (void)before, (void)p;
    ((stark_header *)(void *)proof)->log2_rows[TOY_STEPS]--;
}

static void other_preprocessed_height(situ_stark_prover *p, situ_transcript before, u8 *proof)
{
    (void)before, (void)p;
    ((stark_header *)(void *)proof)->log2_rows[TOY_SQUARES]--;
}

static void absent_table(situ_stark_prover *p, situ_transcript before, u8 *proof)
{
    (void)before, (void)p;
    ((stark_header *)(void *)proof)->log2_rows[TOY_SQUARES] = 0;
}

static void extra_slot(situ_stark_prover *p, situ_transcript before, u8 *proof)
{
    (void)before, (void)p;
    ((stark_header *)(void *)proof)->log2_rows[TOY_SLOTS] = 6;
}

/* --- traces
 * ---------------------------------------------------------------------------------------------------------
 */

static void put(situ_stark_prover *p, u32 step, u32 column, u32 value)
{
    toy honest = {.publics = {p->statement->publics[0], p->statement->publics[1]}};
    u32 row[TOY_WIDE_MAIN];
    toy_row(&honest, step, row);
    row[column] = value;
    situ_stark_put_rows(p, TOY_STEPS, step, 1, row);
}

static void false_product(situ_stark_prover *p, situ_transcript before, u8 *proof)
{
    (void)before, (void)proof;
    put(p, 9, 4, 1);
}

static u32 false_at; /* a column of the wide toy */

static void false_column(situ_stark_prover *p, situ_transcript before, u8 *proof)
{
    (void)before, (void)proof;
    put(p, 9, false_at, 1);
}

static void flag_is_two(situ_stark_prover *p, situ_transcript before, u8 *proof)
{
    (void)before, (void)proof;
    put(p, 9, 3, 2);
}

static void false_square(situ_stark_prover *p, situ_transcript before, u8 *proof)
{
    (void)before, (void)proof;
    put(p, 9, 5, 80);
}

static void false_link(situ_stark_prover *p, situ_transcript before, u8 *proof)
{
    (void)before, (void)proof;
    put(p, 9, 0, 10);
}

static void false_multiplicity(situ_stark_prover *p, situ_transcript before, u8 *proof)
{
    (void)before, (void)proof;
    situ_stark_put_rows(p, TOY_SQUARES, 9, 1, (const u32[1]){2});
}

/* What any attacker can do at the end: see the transcript as the verifier will, find a nonce for it, and open
 * what it asks. */
static void suit_the_verifier(situ_stark_prover *p, const u8 *proof)
{
    const stark_layout *l = layout_of(p);
    situ_transcript *t = &p->transcript;
    const u8 *cap = proof + sizeof(stark_header);

    stark_transcript_begin(t, p->key->digest, l->system, p->statement, p->log2_rows, l->n_slots);
    situ_transcript_absorb(t, STARK_ABSORB_MAIN, cap, cap_bytes(p));
    for (int i = 0; i < 2; i++) (void)stark_challenge(t);
    situ_transcript_absorb(t, STARK_ABSORB_AUX, cap += cap_bytes(p), cap_bytes(p));
    situ_transcript_absorb(t, STARK_ABSORB_SUMS, p->sums, (size_t)l->bytes_sums);
    (void)stark_challenge(t);
    situ_transcript_absorb(t, STARK_ABSORB_QUOTIENT, cap += cap_bytes(p), cap_bytes(p));
    k6 zeta[SITU_STARK_GROUPS_MAX];
    stark_draw_zeta(zeta, t, l);
    situ_transcript_absorb(t, STARK_ABSORB_VALUES, p->values, (size_t)l->bytes_values);
    for (int i = 0; i < 4; i++) (void)stark_challenge(t);
    for (u32 i = 0; i < l->fri.n_layers; i++) {
        situ_transcript_absorb(t, STARK_ABSORB_FRI, cap += cap_bytes(p), cap_bytes(p));
        (void)stark_challenge(t);
    }
    size_t n_final = (size_t)l->bytes_final - sizeof(u64);
    situ_transcript_absorb(t, STARK_ABSORB_FINAL, p->final, n_final);
    u64 nonce = situ_grind(t, l->params.grinding_bits, NULL);
    memcpy(p->final + n_final, &nonce, sizeof nonce);
    CHECK(situ_transcript_grind_check(t, nonce, l->params.grinding_bits));
}

static const attack attacks[] = {
    {"none", AFTER_MAIN, nothing, "none", false},
    {"everything absorbed", AFTER_MAIN, skip_nothing, "none", false},
    {"key not absorbed", AFTER_MAIN, skip_key, "bus balance", false},
    {"claim not absorbed", AFTER_MAIN, skip_claim, "bus balance", false},
    {"publics not absorbed", AFTER_MAIN, skip_publics, "bus balance", false},
    {"heights not absorbed", AFTER_MAIN, skip_heights, "bus balance", false},
    {"main cap not absorbed", AFTER_MAIN, skip_main_cap, "bus balance", false},
    {"auxiliary cap not absorbed", AFTER_AUX, skip_aux_cap, "quotient identity", false},
    {"claimed sums not absorbed", AFTER_AUX, skip_sums, "quotient identity", false},
    {"quotient cap not absorbed", AFTER_QUOTIENT, skip_quotient_cap, "quotient identity", false},
    {"quotient of the tallest table alone", AFTER_QUOTIENT, tallest_quotient_alone, "quotient identity",
     false},
    {"shorter table opened at the tallest's point", AFTER_QUOTIENT, zeta_not_lifted, "quotient identity",
     false},
    {"values not absorbed", AFTER_OPENINGS, skip_values, "FRI fold", false},
    {"weights of heights known early", AFTER_OPENINGS, known_mu, "FRI fold", false},
    {"FRI caps not absorbed", AFTER_FRI, skip_fri_caps, "FRI fold", false},
    {"final polynomial not absorbed", AFTER_FRI, skip_final, "grinding", true},
    {"codeword of full degree", AFTER_DEEP, noisy_codeword, "FRI fold", false},
    {"shorter codeword of full degree", AFTER_DEEP, noisy_short_codeword, "FRI fold", false},
    {"second layer not the fold of the first", AFTER_FRI, noisy_second_layer, "FRI fold", false},
    {"another final polynomial", AFTER_FRI, other_final, "final polynomial", false},
    {"grinding skipped", AFTER_QUERIES, no_grinding, "grinding", false},
    {"queries chosen", AFTER_FRI, chosen_queries, "Merkle path", true},
    {"claimed sums swapped", AFTER_AUX, swap_sums, "quotient identity", false},
    {"claimed sums shifted", AFTER_AUX, shift_sums, "quotient identity", false},
    {"sum does not balance", AFTER_AUX, unbalanced_sum, "bus balance", false},
    {"claimed sum not below p", AFTER_AUX, sum_not_below_p, "canonical words", false},
    {"coefficient not below p", AFTER_FRI, coefficient_not_below_p, "canonical words", false},
    {"fraction altered", AFTER_AUX, altered_fraction, "quotient identity", false},
    {"garbage in spare lanes", BEFORE_MAIN, garbage_in_spare_lanes, "FRI fold", false},
    {"another value", AFTER_OPENINGS, other_value, "quotient identity", false},
    {"opening widths shifted", AFTER_QUERIES, shifted_widths, "Merkle path", false},
    {"another height", AFTER_QUERIES, other_heights, "section length", false},
    {"another height of the same lengths", AFTER_QUERIES, other_heights_alike, "grinding", false},
    {"another preprocessed height", AFTER_QUERIES, other_preprocessed_height, "preprocessed heights", false},
    {"a preprocessed table left out", AFTER_QUERIES, absent_table, "heights", false},
    {"a slot that does not exist", AFTER_QUERIES, extra_slot, "heights", false},
    {"false product", BEFORE_MAIN, false_product, "quotient identity", false},
    {"flag is two", BEFORE_MAIN, flag_is_two, "bus balance", false},
    {"false square", BEFORE_MAIN, false_square, "bus balance", false},
    {"false link", BEFORE_MAIN, false_link, "bus balance", false},
    {"false multiplicity", BEFORE_MAIN, false_multiplicity, "bus balance", false},
};

/* Of those, what is done to a stacked group's commitments. */
static const attack attacks_on_stacked[] = {
    {"none", AFTER_MAIN, nothing, "none", false},
    {"quotient of the tallest table alone", AFTER_QUOTIENT, tallest_quotient_alone, "quotient identity",
     false},
    {"shorter table opened at the tallest's point", AFTER_QUOTIENT, zeta_not_lifted, "quotient identity",
     false},
    {"weights of heights known early", AFTER_OPENINGS, known_mu, "FRI fold", false},
    {"shorter codeword of full degree", AFTER_DEEP, noisy_short_codeword, "FRI fold", false},
    {"claimed sums shifted", AFTER_AUX, shift_sums, "quotient identity", false},
    {"sum does not balance", AFTER_AUX, unbalanced_sum, "bus balance", false},
    {"false product", BEFORE_MAIN, false_product, "quotient identity", false},
    {"flag is two", BEFORE_MAIN, flag_is_two, "bus balance", false},
    {"false square", BEFORE_MAIN, false_square, "bus balance", false},
    {"false link", BEFORE_MAIN, false_link, "bus balance", false},
    {"false multiplicity", BEFORE_MAIN, false_multiplicity, "bus balance", false},
};

static void run(const attack *a, toy *t)
{
    situ_stark_prover *p = t->prover;
    situ_err (*const stages[])(situ_stark_prover *) = {
        stark_prove_main, stark_prove_auxiliary, stark_prove_quotient, stark_prove_openings, NULL,
        stark_prove_fri,  stark_prove_queries};

    CHECK_EQ(stark_prover_begin(p, &t->statement, t->proof, t->cost.proof_bytes, NULL), SITU_OK);
    for (int stage = -1; stage < (int)SITU_ARRAY_LEN(stages); stage++) {
        situ_transcript before = p->transcript;
        if (stage == AFTER_DEEP - 1)
            stark_prove_deep(p);
        else if (stage >= 0) {
            situ_err err = stages[stage](p);
            /* A codeword of full degree is noticed by an honest prover; a liar goes on. */
            if (err) refold(p, before, true, true);
        }
        if (a->when == (moment)(stage + 1)) a->alter(p, before, t->proof);
        if (stage + 1 == AFTER_FRI && !a->own_queries) suit_the_verifier(p, t->proof);
    }
}

TEST(every_attack_is_refused_by_its_check)
{
    for (size_t i = 0; i < SITU_ARRAY_LEN(attacks); i++) {
        toy t;
        situ_stark_reason reason;
        situ_stark_params params = {
            .log2_blowup = 1, .n_queries = 20, .grinding_bits = 6, .log2_cap = 2, .insecure = 1};
        toy_open(&t, params, 11, 0, 12, 500, 1);
        toy_fill(&t);
        run(&attacks[i], &t);
        situ_err err = toy_verify(&t, &reason);
        if (strcmp(reason.check, attacks[i].caught_by) != 0 ||
            (err == SITU_OK) != (strcmp(attacks[i].caught_by, "none") == 0))
            test_fail(__FILE__, __LINE__, "%s: refused by \"%s\", expected \"%s\"", attacks[i].name,
                      reason.check, attacks[i].caught_by);
        toy_close(&t);
    }
}

TEST(every_attack_on_a_stacked_group_is_refused_by_its_check)
{
    for (size_t i = 0; i < SITU_ARRAY_LEN(attacks_on_stacked); i++) {
        toy t;
        situ_stark_reason reason;
        situ_stark_params params = {
            .log2_blowup = 2, .n_queries = 20, .grinding_bits = 6, .log2_cap = 2, .insecure = 1};
        toy_open_wide(&t, params, 6, 0, 14, 60, 1);
        CHECK_EQ(t.prover->layout.groups[1].log2_stack, 3);
        toy_fill(&t);
        run(&attacks_on_stacked[i], &t);
        situ_err err = toy_verify(&t, &reason);
        if (strcmp(reason.check, attacks_on_stacked[i].caught_by) != 0 || (err == SITU_OK) != (i == 0))
            test_fail(__FILE__, __LINE__, "%s: refused by \"%s\", expected \"%s\"",
                      attacks_on_stacked[i].name, reason.check, attacks_on_stacked[i].caught_by);
        toy_close(&t);
    }
}

/* Each column of the tables is one at some point. */
TEST(every_column_of_a_stacked_group_is_constrained)
{
    const attack lie = {"false column", BEFORE_MAIN, false_column, "", false};
    const situ_stark_params params = {
        .log2_blowup = 2, .n_queries = 20, .grinding_bits = 2, .log2_cap = 2, .insecure = 1};
    for (false_at = TOY_MAIN; false_at < TOY_WIDE_MAIN; false_at++) {
        toy t;
        situ_stark_reason reason;
        toy_open_wide(&t, params, 6, 0, 14, 60, 1);
        toy_fill(&t);
        run(&lie, &t);
        CHECK_EQ(toy_verify(&t, &reason), SITU_ERR_REJECT);
        CHECK_STR_EQ(reason.check, "quotient identity");
        toy_close(&t);
    }
}

/* What is committed and opened is W + p for some words W of a tree, or of FRI's layers: true, and still refused, by which check is
 * told. */
static const char *lifted_is_refused(lift what, u32 n_queries)
{
    const situ_stark_params params = {
        .log2_blowup = 1, .n_queries = n_queries, .grinding_bits = 6, .log2_cap = 2, .insecure = 1};
    toy t;
    situ_stark_reason reason;
    toy_open(&t, params, 11, 0, 12, 500, 1);
    toy_fill(&t);
    CHECK_EQ(stark_prover_begin(t.prover, &t.statement, t.proof, t.cost.proof_bytes, NULL), SITU_OK);
    lift_prove(t.prover, what);
    if (toy_verify(&t, &reason) == SITU_OK)
        test_fail(__FILE__, __LINE__, "tree %d, words 0x%" PRIx64 ": accepted", (int)what.tree, what.words);
    toy_close(&t);
    return reason.check;
}

TEST(words_not_below_p_are_refused)
{
    CHECK_STR_EQ(lifted_is_refused(LIFT_ALL(STARK_TREE_MAIN), 20), "opened row");
    CHECK_STR_EQ(lifted_is_refused(LIFT_ALL(STARK_TREE_QUOTIENT), 20), "opened row");
    CHECK_STR_EQ(lifted_is_refused(LIFT_ALL(STARK_TREES), 20), "FRI row");
}

/* One query and one word of a row: most of an FRI row's are in no element that is compared, only folded. */
TEST(every_word_of_a_row_is_below_p)
{
    for (u32 lane = 0; lane < STARK_TILE_COLUMNS; lane++)
        CHECK_STR_EQ(lifted_is_refused((lift){STARK_TREE_MAIN, UINT64_C(1) << lane, 0}, 1), "opened row");
    for (u32 lane = 0; lane < 2 * K6_DEGREE; lane++)
        CHECK_STR_EQ(lifted_is_refused((lift){STARK_TREE_QUOTIENT, UINT64_C(1) << lane, 0}, 1), "opened row");
    for (u32 word = 0; word < SITU_FRI_ROW_WORDS; word++)
        CHECK_STR_EQ(lifted_is_refused((lift){STARK_TREES, UINT64_C(1) << word, 1}, 1), "FRI row");
}

/* --- values that satisfy the identity
 * -------------------------------------------------------------------------------------------------------- */

/* gamma + bus + beta v_1 + .. over the values of one interaction. */
static k6 fingerprint(const situ_stark_prover *p, const situ_air_interaction *it, const k6 *values)
{
    const stark_challenges *c = &p->challenges;
    k6 d = k6_add_kb(c->gamma, kb_from_u32(it->bus)), power = c->beta;
    for (u32 i = 0; i < p->layout.system->buses[it->bus].width; i++, power = k6_mul(power, c->beta))
        d = k6_add(d, k6_mul(power, values[it->first_value + i]));
    return d;
}

/* The constraints of one table at zeta, as the values in the proof have them, from the power *alpha on; written down from docs/protocol.md
 * and not from the verifier. */
static k6 table_at_zeta(const situ_stark_prover *p, u32 s, k6 *alpha)
{
    const stark_layout *l = layout_of(p);
    const stark_slot *slot = &l->slots[s];
    const stark_group *g = &l->groups[slot->group];
    const situ_air_table *table = &l->system->tables[slot->table];
    const k6 *values = (const k6 *)(const void *)p->values, *fractions;
    k6 constraints[TOY_WIDE_MAIN + 8], mults[8], tuples[16], sum = k6_zero(), left;
    u32 n = table->n_constraints;

    table->eval_k(values + g->first_value[STARK_TREE_PRE] + slot->first_column[STARK_TREE_PRE],
                  values + g->first_value[STARK_TREE_MAIN] + slot->first_column[STARK_TREE_MAIN], p->publics,
                  constraints, mults, tuples);
    fractions = values + g->first_value[STARK_TREE_AUX] + slot->first_column[STARK_TREE_AUX] / K6_DEGREE;
    left = k6_sub(values[g->first_shifted + slot->sum_in_group],
                  values[g->first_value[STARK_TREE_AUX] + slot->sum_in_group]);
    left = k6_add(left, k6_mul_kb(((const k6 *)(const void *)p->sums)[slot->sum_index],
                                  kb_inv(kb_from_u32(1u << slot->log2_rows))));
    for (u32 first = 0; first < table->n_interactions; n++) {
        const u32 end =
            stark_logup_group_end(table, first, stark_degree_max(&l->params) - (g->log2_stack > 0));
        const k6 fraction = end < table->n_interactions ? *fractions++ : left;
        constraints[n] = fraction;
        left = k6_sub(left, fraction);
        for (u32 i = first; i < end; i++)
            constraints[n] = k6_mul(constraints[n], fingerprint(p, &table->interactions[i], tuples));
        for (u32 i = first; i < end; i++) {
            k6 term = mults[i];
            for (u32 j = first; j < end; j++)
                if (j != i) term = k6_mul(term, fingerprint(p, &table->interactions[j], tuples));
            constraints[n] = k6_sub(constraints[n], term);
        }
        first = end;
    }
    for (u32 i = 0; i < n; i++, *alpha = k6_mul(*alpha, p->challenges.alpha))
        sum = k6_add(sum, k6_mul(*alpha, constraints[i]));
    return sum;
}

/* Choose the value of one part of the quotient, other than `kept`, so that the identity holds. */
static void suit_the_identity(situ_stark_prover *p, u32 kept)
{
    const stark_layout *l = layout_of(p);
    const u32 log2_rows = l->groups[0].log2_rows, n_parts = 1u << l->params.log2_blowup;
    const u32 first = l->groups[0].first_value[STARK_TREE_QUOTIENT], chosen = first == kept ? 1 : 0;
    const k6 zeta_n = k6_pow(p->challenges.zeta[0], UINT64_C(1) << log2_rows);
    k6 *parts = (k6 *)(void *)p->values + first, sum = k6_zero(), of_chosen = k6_zero();

    for (u32 g = 0; g < l->n_groups; g++) {
        const k6 vanishing =
            k6_sub_kb(k6_pow(p->challenges.zeta[g],
                             UINT64_C(1) << (l->groups[g].log2_rows - l->groups[g].log2_stack)),
                      KB_ONE);
        k6 alpha = k6_one(), constraints = k6_zero();
        for (u32 s = 0; s < l->n_slots; s++)
            if (l->slots[s].log2_rows + l->groups[g].log2_stack == l->groups[g].log2_rows)
                constraints = k6_add(constraints, table_at_zeta(p, s, &alpha));
        sum = k6_add(sum, k6_mul(constraints, k6_inv(vanishing)));
    }
    for (u32 k = 0; k < n_parts; k++) {
        k6 factor = k6_one();
        const kb t = stark_coset_power(log2_rows, l->params.log2_blowup, k);
        for (u32 i = 0; i < n_parts; i++) {
            const kb other = stark_coset_power(log2_rows, l->params.log2_blowup, i);
            if (i != k)
                factor = k6_mul_kb(k6_mul(factor, k6_sub_kb(zeta_n, other)), kb_inv(kb_sub(t, other)));
        }
        if (k == chosen)
            of_chosen = factor;
        else
            sum = k6_sub(sum, k6_mul(factor, parts[k]));
    }
    parts[chosen] = k6_mul(sum, k6_inv(of_chosen));
}

static u32 lied_about; /* index of a value; beyond all of them for none */

static void consistent_lie(situ_stark_prover *p, situ_transcript before, u8 *proof)
{
    const stark_layout *l = layout_of(p);
    k6 *values = (k6 *)(void *)p->values;
    (void)proof;
    if (lied_about < l->n_values) values[lied_about] = k6_add_kb(values[lied_about], KB_ONE);
    suit_the_identity(p, lied_about);
    p->transcript = before;
    situ_transcript_absorb(&p->transcript, STARK_ABSORB_VALUES, p->values, (size_t)l->bytes_values);
    draw_weights(p);
}

/* A lie about any one value, made good in the identity by the value of a part of the quotient: only that both are opened catches it. */
static void check_values_are_opened(bool stacked)
{
    const attack lie = {"consistent lie", AFTER_OPENINGS, consistent_lie, "", false};
    const situ_stark_params params = {
        .log2_blowup = stacked ? 2 : 1, .n_queries = 20, .grinding_bits = 2, .log2_cap = 2, .insecure = 1};
    u32 n_values = 1;
    for (lied_about = 0; lied_about <= n_values; lied_about++) {
        toy t;
        situ_stark_reason reason;
        if (stacked)
            toy_open_wide(&t, params, 6, 6, 13, 100, 1);
        else
            toy_open(&t, params, 7, 7, 8, 200, 1);
        toy_fill(&t);
        const stark_group *g = &t.prover->layout.groups[1];
        CHECK_EQ(g->log2_stack, stacked);
        CHECK_EQ(g->n_shifted_points, 1 + stacked);
        n_values = t.prover->layout.n_values;
        run(&lie, &t);
        situ_err err = toy_verify(&t, &reason);
        const bool caught =
            strcmp(reason.check, "FRI fold") == 0 || strcmp(reason.check, "final polynomial") == 0;
        if (lied_about == n_values ? err != SITU_OK : !caught)
            test_fail(__FILE__, __LINE__, "value %u of %u: \"%s\"", lied_about, n_values, reason.check);
        toy_close(&t);
    }
}

TEST(every_value_is_opened) { check_values_are_opened(false); }
TEST(every_value_of_a_stacked_group_is_opened) { check_values_are_opened(true); }

/* Of the lanes and functions of one group that enter its combination at one of the two points, no two have the same weight; nor of
 * those at different points. */
TEST(every_opening_has_a_weight_of_its_own)
{
    for (u32 log2_blowup = 1; log2_blowup <= 3; log2_blowup++) {
        toy t;
        toy_open(&t, toy_params(log2_blowup), 8, 7, 7, 300, 1);
        const stark_layout *l = &t.prover->layout;
        for (u32 g = 0; g < l->n_groups; g++) {
            u8 taken[4096] = {0};
            const stark_group *group = &l->groups[g];
            CHECK(group->n_positions <= l->n_positions_max && l->n_positions_max <= sizeof taken);
            for (int tree = 0; tree < STARK_TREES; tree++) {
                const u32 n = tree < STARK_TREE_AUX ? 16 * group->n_tiles[tree] : group->n_openings[tree];
                CHECK(group->position[tree] + n <= group->n_positions);
                for (u32 i = 0; i < n; i++) CHECK_EQ(taken[group->position[tree] + i]++, 0);
            }
            CHECK(group->shifted_position + group->n_shifted <= group->n_positions);
            for (u32 i = 0; i < group->n_shifted; i++) CHECK_EQ(taken[group->shifted_position + i]++, 0);
        }
        toy_close(&t);
    }
    enum { N = 4096 };
    static k6 weights[N];
    k6 lambda[3];
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < K6_DEGREE; j++) lambda[i].c[j] = (kb)test_random_below(KB_P);
    stark_position_weights(weights, N, lambda);
    for (u32 i = 0; i < N; i++)
        for (u32 j = 0; j < i; j++)
            if (k6_equal(weights[i], weights[j])) test_fail(__FILE__, __LINE__, "positions %u, %u", i, j);
}

TEST_MAIN()
