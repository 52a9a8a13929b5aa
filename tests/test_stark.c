/* The engine end to end on the toy system: honest proofs verify, at every blowup, level and number of
 * threads, with the same bytes; malformed and altered ones do not. */
#include "tests/test.h"

#include <stdlib.h>

#include "base/base.h"
#include "base/cpu.h"
#include "gen/chain/chain.h"
#include "gen/sample/sample.h"
#include "gen/vm/vm.h"
#include "stark/archive.h"
#include "stark/protocol.h"
#include "stark/layout.h"
#include "tests/stark/toy.h"

static void prove(toy *t, situ_pool *pool)
{
    CHECK_EQ(situ_stark_prove(t->prover, &t->statement, t->proof, t->cost.proof_bytes, NULL, NULL, pool),
             SITU_OK);
}

static void prove_and_verify_open(toy *t)
{
    situ_stark_reason reason;
    toy_fill(t);
    prove(t, NULL);
    CHECK_EQ(toy_verify(t, &reason), SITU_OK);
    CHECK_STR_EQ(reason.check, "none");
    toy_close(t);
}

static void prove_and_verify(situ_stark_params params, u32 steps, u32 steps_2, u32 squares, u32 n_steps)
{
    toy t;
    toy_open(&t, params, steps, steps_2, squares, n_steps, 1);
    prove_and_verify_open(&t);
}

TEST(honest_proofs_verify_at_every_blowup)
{
    for (u32 log2_blowup = 1; log2_blowup <= SITU_STARK_LOG2_BLOWUP_MAX; log2_blowup++) {
        prove_and_verify(toy_params(log2_blowup), 6, 0, 6, 50);
        prove_and_verify(toy_params(log2_blowup), 8, 6, 9, 300);
    }
}

/* Every combination of three heights, with final polynomials of all sizes; a table exactly full;
 * empty ones. */
TEST(heights_may_be_mixed_freely)
{
    for (u32 a = 6; a <= 10; a++)
        for (u32 b = 6; b <= 11; b++) prove_and_verify(toy_params(1), a, b == 11 ? 0 : b, 10, 1u << a);
    prove_and_verify(toy_params(1), 6, 13, 7, 64);
    prove_and_verify(toy_params(1), 6, 0, 6, 0);
    prove_and_verify(toy_params(1), 6, 0, 12, 1);
}

/* Groups stacked 2, 4, 8 and 16 times, none at blowup 2; two of them at once; next to one of the height that a third would take. */
TEST(short_groups_are_stacked)
{
    static const struct {
        u32 log2_blowup, steps, steps_2, squares;
        u32 stack, stack_2; /* log2 of what is expected of the groups of the two instances */
    } cases[] = {
        {1, 6, 0, 14, 0, 0}, {2, 6, 0, 14, 3, 3}, {3, 6, 0, 14, 3, 3}, {4, 6, 0, 14, 3, 3},
        {2, 6, 0, 11, 0, 0}, {2, 6, 0, 12, 1, 1}, {2, 6, 0, 13, 2, 2}, {2, 6, 6, 16, 4, 4},
        {3, 7, 6, 16, 3, 3}, {3, 8, 6, 16, 3, 3}, {2, 6, 0, 6, 0, 0},  {2, 14, 6, 7, 0, 3},
        {2, 14, 6, 9, 0, 4},
    };
    for (u32 i = 0; i < SITU_ARRAY_LEN(cases); i++) {
        toy t;
        situ_stark_params params = toy_params(cases[i].log2_blowup);
        toy_open_wide(&t, params, cases[i].steps, cases[i].steps_2, cases[i].squares,
                      cases[i].steps_2 ? 90 : 60, 1);
        stark_layout l;
        CHECK_EQ(stark_layout_make(&l, &toy_wide_system, &params, t.log2_rows), SITU_OK);
        CHECK_EQ(l.groups[l.slots[TOY_STEPS].group].log2_stack, cases[i].stack);
        if (cases[i].steps_2) CHECK_EQ(l.groups[l.slots[TOY_STEPS_2].group].log2_stack, cases[i].stack_2);
        for (u32 g = 1; g < l.n_groups; g++) CHECK(l.groups[g - 1].log2_rows > l.groups[g].log2_rows);
        prove_and_verify_open(&t);
    }
}

TEST(parameters_at_their_limits_work)
{
    prove_and_verify((situ_stark_params){1, 1, 0, 0, 1}, 6, 0, 6, 10);
    prove_and_verify((situ_stark_params){1, SITU_STARK_QUERIES_MAX, 1, 7, 1}, 7, 6, 6, 10);
    prove_and_verify((situ_stark_params){4, 2, 10, 10, 1}, 7, 6, 6, 10);
}

static const u8 *reference;

static void same_bytes(void)
{
    for (u32 n_threads = 1; n_threads <= 3; n_threads++) {
        toy t;
        situ_pool *pool;
        CHECK_EQ(situ_pool_create(&pool, n_threads), SITU_OK);
        toy_open(&t, toy_params(1), 10, 7, 11, 1100, n_threads);
        toy_fill(&t);
        prove(&t, pool);
        if (!reference) {
            u8 *copy = malloc(t.cost.proof_bytes);
            memcpy(copy, t.proof, t.cost.proof_bytes);
            reference = copy;
        }
        CHECK_MEM_EQ(t.proof, reference, t.cost.proof_bytes);
        toy_close(&t);
        situ_pool_destroy(pool);
    }
}

TEST(levels_and_threads_give_the_same_bytes) { test_every_cpu_level(same_bytes); }

/* --- bad proofs
 * ----------------------------------------------------------------------------------------------------- */

static void small_proof(toy *t)
{
    toy_open(t, (situ_stark_params){1, 2, 4, 2, 1}, 6, 0, 9, 60, 1);
    toy_fill(t);
    prove(t, NULL);
}

TEST(every_flipped_bit_is_refused)
{
    toy t;
    small_proof(&t);
    u8 *bytes = t.proof;
    for (size_t i = 0; i < t.cost.proof_bytes; i++)
        for (int bit = 0; bit < 8; bit++) {
            bytes[i] ^= (u8)(1 << bit);
            if (toy_verify(&t, NULL) == SITU_OK)
                test_fail(__FILE__, __LINE__, "byte %zu bit %d may be flipped", i, bit);
            bytes[i] ^= (u8)(1 << bit);
        }
    CHECK_EQ(toy_verify(&t, NULL), SITU_OK);
    toy_close(&t);
}

/* Each word of the sums, the values and the final polynomial is below p: the least that is not, and the greatest. */
TEST(every_word_not_below_p_is_refused)
{
    toy t;
    small_proof(&t);
    const stark_header *h = (const stark_header *)t.proof;
    const size_t first = sizeof *h + h->section_bytes[STARK_SECTION_COMMITMENTS];
    const size_t end = first + h->section_bytes[STARK_SECTION_SUMS] + h->section_bytes[STARK_SECTION_VALUES] +
                       h->section_bytes[STARK_SECTION_FINAL] - sizeof(u64);
    static const u32 bad[] = {KB_P, (u32)KB_P + 1, 0x7fffffff, 0x80000000, 0xffffffff};
    for (size_t at = first; at < end; at += 4) {
        situ_file_u32 *word = (situ_file_u32 *)(void *)((u8 *)t.proof + at);
        const u32 kept = *word;
        situ_stark_reason reason;
        for (u32 i = 0; i < SITU_ARRAY_LEN(bad); i++) {
            *word = bad[i];
            CHECK_EQ(toy_verify(&t, &reason), SITU_ERR_FORMAT);
            CHECK_STR_EQ(reason.check, "canonical words");
            CHECK_EQ(reason.offset, at);
        }
        *word = kept == (u32)KB_P - 1 ? 0 : (u32)KB_P - 1;
        CHECK_EQ(toy_verify(&t, &reason), SITU_ERR_REJECT);
        *word = kept;
    }
    toy_close(&t);
}

TEST(every_truncation_and_extension_is_refused)
{
    toy t;
    small_proof(&t);
    size_t n_bytes = t.cost.proof_bytes;
    for (t.cost.proof_bytes = 0; t.cost.proof_bytes < n_bytes; t.cost.proof_bytes++)
        CHECK_EQ(toy_verify(&t, NULL), SITU_ERR_FORMAT);

    u8 *longer = aligned_alloc(64, u64_align_up(n_bytes + 64, 64));
    memcpy(longer, t.proof, n_bytes);
    memset(longer + n_bytes, 0, 64);
    free(t.proof);
    t.proof = longer;
    for (t.cost.proof_bytes = n_bytes + 1; t.cost.proof_bytes <= n_bytes + 64; t.cost.proof_bytes++)
        CHECK_EQ(toy_verify(&t, NULL), SITU_ERR_FORMAT);
    t.cost.proof_bytes = n_bytes + 8;
    ((stark_header *)t.proof)->total_bytes = n_bytes + 8;
    CHECK_EQ(toy_verify(&t, NULL), SITU_ERR_FORMAT);
    ((stark_header *)t.proof)->section_bytes[STARK_SECTION_QUERIES] += 8;
    CHECK_EQ(toy_verify(&t, NULL), SITU_ERR_FORMAT);
    toy_close(&t);
}

TEST(swapped_sections_are_refused)
{
    toy t;
    small_proof(&t);
    stark_header *h = t.proof;
    u8 *base = (u8 *)t.proof + sizeof *h;
    for (int i = 0; i + 1 < STARK_SECTIONS; i++) {
        u64 a = h->section_bytes[i], b = h->section_bytes[i + 1];
        u8 *kept = malloc(a + b);
        memcpy(kept, base, a + b);
        memcpy(base, kept + a, b);
        memcpy(base + b, kept, a);
        CHECK(toy_verify(&t, NULL) != SITU_OK);
        h->section_bytes[i] = b;
        h->section_bytes[i + 1] = a;
        CHECK(toy_verify(&t, NULL) != SITU_OK);
        h->section_bytes[i] = a;
        h->section_bytes[i + 1] = b;
        memcpy(base, kept, a + b);
        free(kept);
        base += a;
    }
    CHECK_EQ(toy_verify(&t, NULL), SITU_OK);
    toy_close(&t);
}

TEST(another_statement_is_refused)
{
    toy t;
    situ_stark_reason reason;
    small_proof(&t);
    for (int i = 0; i < 5; i++) {
        t.publics[i] ^= 1;
        CHECK_EQ(toy_verify(&t, &reason), SITU_ERR_REJECT);
        t.publics[i] ^= 1;
    }
    for (size_t i = 0; i < 32; i++) {
        t.statement.claim[i] ^= 1;
        CHECK_EQ(toy_verify(&t, &reason), SITU_ERR_REJECT);
        t.statement.claim[i] ^= 1;
    }
    t.publics[0] = KB_P;
    CHECK_EQ(toy_verify(&t, &reason), SITU_ERR_ARG);
    toy_close(&t);
}

/* A proof under the key of another run: other preprocessed columns, other parameters. */
static void check_other_key(toy *t, situ_stark_params params, u32 log2_squares, const char *check,
                            situ_stark_another another)
{
    toy other, mixed = *t;
    situ_stark_reason reason;
    toy_open(&other, params, 6, 0, log2_squares, 60, 1);
    mixed.vk = other.vk;
    mixed.vk_bytes = other.vk_bytes;
    CHECK_EQ(toy_verify(&mixed, &reason), SITU_ERR_VERSION);
    CHECK_STR_EQ(reason.check, check);
    CHECK_EQ(reason.another, another);
    toy_close(&other);
}

TEST(another_key_is_refused)
{
    toy t;
    small_proof(&t);
    check_other_key(&t, t.params, 8, "key digest", SITU_STARK_ANOTHER_KEY);
    const situ_stark_params others[4] = {{1, 1, 4, 2, 1}, {1, 2, 0, 2, 1}, {1, 2, 4, 1, 1}, {2, 2, 4, 2, 1}};
    for (int i = 0; i < 4; i++) check_other_key(&t, others[i], 7, "parameters", SITU_STARK_ANOTHER_PARAMS);
    toy_close(&t);
}

TEST(a_malformed_key_is_refused)
{
    static const struct {
        const char *check;
        size_t at;
        situ_stark_another another;
    } edits[] = {
        {"key magic", offsetof(stark_vk_header, magic), SITU_STARK_SAME},
        {"key version", offsetof(stark_vk_header, version), SITU_STARK_ANOTHER_VERSION},
        {"system digest", offsetof(stark_vk_header, system_digest), SITU_STARK_ANOTHER_SYSTEM},
        {"key parameters", offsetof(stark_vk_header, params) + 3, SITU_STARK_SAME},
        {"key reserved", offsetof(stark_vk_header, reserved), SITU_STARK_SAME},
        {"key cap", offsetof(stark_vk_header, n_cap), SITU_STARK_SAME},
    };
    toy t;
    situ_stark_reason reason;
    small_proof(&t);
    u8 *vk = aligned_alloc(64, u64_align_up(t.vk_bytes + 8, 64));
    memcpy(vk, t.vk, t.vk_bytes);
    t.vk = vk;
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        vk[edits[i].at] ^= 1;
        CHECK_EQ(toy_verify(&t, &reason), SITU_ERR_ARG);
        CHECK_STR_EQ(reason.check, edits[i].check);
        CHECK_EQ(reason.another, edits[i].another);
        vk[edits[i].at] ^= 1;
    }
    for (size_t i = 0; i < t.vk_bytes; i++)
        for (int bit = 0; bit < 8; bit++) {
            vk[i] ^= (u8)(1 << bit);
            CHECK(toy_verify(&t, NULL) != SITU_OK);
            vk[i] ^= (u8)(1 << bit);
        }
    t.vk_bytes--;
    CHECK_EQ(toy_verify(&t, NULL), SITU_ERR_ARG);
    t.vk_bytes += 2;
    CHECK_EQ(toy_verify(&t, NULL), SITU_ERR_ARG);
    t.vk_bytes--;
    CHECK_EQ(toy_verify(&t, NULL), SITU_OK);
    free(vk);
    toy_close(&t);
}

/* A proof's header made to suit a key that nobody made of columns: the key is not refused for being another one, but for what it lacks. */
TEST(a_key_made_up_is_refused)
{
    toy t;
    situ_stark_reason reason;
    small_proof(&t);
    stark_header *proof = t.proof;
    u8 *vk = aligned_alloc(64, u64_align_up(t.vk_bytes, 64));
    stark_vk_header *key = (stark_vk_header *)(void *)vk;
    memcpy(vk, t.vk, t.vk_bytes);
    t.vk = vk;

    key->params[4] = proof->params[4] = 0; /* not marked insecure: */
    situ_stark_vk_digest(proof->key_digest, vk, t.vk_bytes);
    CHECK_EQ(toy_verify(&t, &reason), SITU_ERR_VERSION);
    CHECK_STR_EQ(reason.check, "security target");
    key->params[4] = proof->params[4] = 1;

    key->log2_rows[TOY_STEPS] = 6; /* of a table without preprocessed columns */
    situ_stark_vk_digest(proof->key_digest, vk, t.vk_bytes);
    CHECK_EQ(toy_verify(&t, &reason), SITU_ERR_FORMAT);
    CHECK_STR_EQ(reason.check, "preprocessed heights");
    key->log2_rows[TOY_STEPS] = 0;

    key->n_cap = 0; /* what would be read for a cap lies behind the key */
    t.vk_bytes = sizeof *key;
    situ_stark_vk_digest(proof->key_digest, vk, t.vk_bytes);
    CHECK_EQ(toy_verify(&t, &reason), SITU_ERR_ARG);
    CHECK_STR_EQ(reason.check, "preprocessed cap");
    free(vk);
    toy_close(&t);
}

TEST(parameters_below_the_target_need_permission_on_both_sides)
{
    toy t;
    situ_stark_reason reason;
    situ_stark_cost cost;
    small_proof(&t);
    t.statement.allow_insecure = false;
    CHECK_EQ(toy_verify(&t, &reason), SITU_ERR_VERSION);
    CHECK_STR_EQ(reason.check, "insecure parameters");
    CHECK_EQ(reason.another, SITU_STARK_ANOTHER_TRUST);
    toy_close(&t);

    toy_open(&t, situ_stark_params_default(1), 6, 0, 7, 60, 1);
    t.statement.allow_insecure = false;
    toy_fill(&t);
    prove(&t, NULL);
    CHECK_EQ(toy_verify(&t, &reason), SITU_OK);
    size_t n_bytes;
    situ_stark_params weak = t.params;
    weak.n_queries--;
    CHECK_EQ(situ_stark_key_bytes(&n_bytes, &toy_prover_system, &weak, t.log2_rows), SITU_OK);
    void *block = aligned_alloc(64, n_bytes);
    CHECK_EQ(situ_stark_key_make(&t.key, block, &toy_prover_system, &weak, t.log2_rows, toy_preprocessed,
                                 NULL, NULL),
             SITU_OK);
    CHECK_EQ(situ_stark_cost_of(&cost, t.key, t.log2_rows, 1), SITU_ERR_LIMIT);
    free(block);
    toy_close(&t);
}

TEST(misaligned_buffers_are_an_error)
{
    toy t;
    small_proof(&t);
    u8 *moved = aligned_alloc(64, u64_align_up(t.cost.proof_bytes + 64, 64));
    for (size_t shift = 1; shift < 8; shift++) {
        memcpy(moved + shift, t.proof, t.cost.proof_bytes);
        CHECK_EQ(situ_stark_verify(&toy_system, t.vk, t.vk_bytes, &t.statement, moved + shift,
                                   t.cost.proof_bytes, t.scratch, NULL),
                 SITU_ERR_ARG);
    }
    free(moved);
    toy_close(&t);
}

/* --- bad witnesses
 * -------------------------------------------------------------------------------------------------- */

static situ_err prove_lie(const u32 lie[6], u32 at)
{
    toy t;
    toy_open(&t, toy_params(1), 6, 0, 7, 60, 1);
    toy_fill(&t);
    situ_stark_put_rows(t.prover, TOY_STEPS, at, 1, lie);
    situ_err err = situ_stark_prove(t.prover, &t.statement, t.proof, t.cost.proof_bytes, NULL, NULL, NULL);
    toy_close(&t);
    return err;
}

TEST(a_false_witness_cannot_be_proven)
{
    toy t;
    u32 row[TOY_WIDE_MAIN];
    toy_open(&t, toy_params(1), 6, 0, 7, 60, 1);
    for (u32 column = 0; column < 6; column++)
        for (u32 at = 0; at < 64; at += 21) {
            memset(row, 0, sizeof row);
            if (at < 60) toy_row(&t, at, row);
            CHECK_EQ(prove_lie(row, at), SITU_OK);
            if (at == 63 && column < 3) continue; /* a padding row's step, a, b may be anything */
            if (at == 63 && column >= 4) continue;
            row[column] = row[column] == 1 ? 2 : row[column] + 1;
            CHECK_EQ(prove_lie(row, at), SITU_ERR_UNSAT);
        }
    toy_close(&t);
}

/* --- what airc says of a table
 * --------------------------------------------------------------------------------------- */

static void check_facts(const situ_air_system *system)
{
    for (u32 t = 0; t < system->n_tables; t++) {
        const situ_air_table *table = &system->tables[t];
        u32 degree = 0;
        for (u32 i = 0; i < table->n_interactions; i++) {
            const situ_air_interaction *it = &table->interactions[i];
            degree = (u32)u64_max(degree, u64_max(it->degree_mult, it->degree_tuple + 1u));
        }
        CHECK_EQ(table->degree_message, degree);
        for (u32 list = 0; list < SITU_AIR_LOGUP_LISTS; list++) {
            const bool is_stacked = list % 2 != 0;
            const situ_stark_params params = {.log2_blowup = list / 2 + 1};
            const u32 degree_max = stark_group_degree_max(&params, is_stacked);
            if (degree > degree_max) continue;
            CHECK(table->logup_ends[list] != NULL);
            CHECK_EQ(table->n_logup_groups[list], stark_logup_groups(table, degree_max));
            for (u32 first = 0, group = 0; first < table->n_interactions; group++) {
                const u32 end = stark_next_group(table, &params, is_stacked, group, first);
                CHECK_EQ(end, stark_logup_group_end(table, first, degree_max));
                first = end;
            }
        }
    }
}

TEST(tables_state_their_logup_groups)
{
    check_facts(&situ_vm_system);
    check_facts(&situ_chain_system);
    check_facts(&situ_sample_system);
}

/* --- multiplicities
 * ------------------------------------------------------------------------------------------------- */

static void flood_k(const k6 *pre, const k6 *main, const kb *publics, k6 *constraints, k6 *mults, k6 *values)
{
    (void)pre, (void)publics, (void)constraints;
    mults[0] = main[0];
    values[0] = main[0];
}

/* A table of 64 rows, each able to send mult_max times. */
static situ_err flood(u32 mult_max)
{
    const situ_air_interaction send = {.mult_max = mult_max, .degree_mult = 1, .degree_tuple = 1};
    const situ_air_table table = {.n_main = 1,
                                  .degree_message = 2,
                                  .n_interactions = 1,
                                  .n_values = 1,
                                  .max_instances = 1,
                                  .interactions = &send,
                                  .eval_k = flood_k};
    const situ_air_bus bus = {.name = "state", .width = 1};
    const situ_air_system system = {.n_tables = 1, .n_buses = 1, .tables = &table, .buses = &bus};
    const situ_stark_params params = toy_params(1);
    stark_layout layout;
    return stark_layout_make(&layout, &system, &params, (const u8[1]){6});
}

/* p - 1 messages of a table and one of the verifier would be none modulo p: the verifier's would be taken by
 * nobody. */
TEST(tables_leave_room_below_p_for_the_verifiers_messages)
{
    const u32 all = (KB_P - 1) / 64, room = STARK_BOUNDARY_MAX / 64;
    CHECK_EQ(flood(all), SITU_ERR_LIMIT);
    CHECK_EQ(flood(all - room + 1), SITU_ERR_LIMIT);
    CHECK_EQ(flood(all - room), SITU_OK);
}

/* --- systems
 * --------------------------------------------------------------------------------------------------------- */

/* The layout of the toy system with one of its tables altered. */
static situ_err make_layout(stark_layout *l, const situ_air_system *toy_or_wide, u32 log2_blowup,
                            situ_air_table table, u32 t, const u8 *heights)
{
    static situ_air_table tables[2]; /* the layout points to the system */
    static situ_air_system system;
    const situ_stark_params params = toy_params(log2_blowup);
    system = *toy_or_wide;
    memcpy(tables, system.tables, sizeof tables);
    tables[t] = table;
    system.tables = tables;
    return stark_layout_make(l, &system, &params, heights);
}

static situ_err layout_of(u32 log2_blowup, situ_air_table table, u32 t)
{
    const u8 heights[SITU_STARK_SLOTS_MAX] = {6, 6, 7, 0};
    stark_layout layout;
    return make_layout(&layout, &toy_system, log2_blowup, table, t, heights);
}

/* The quotient has room for constraints of degree blowup + 1, and errors are counted for these. */
TEST(systems_that_do_not_fit_are_refused)
{
    for (u32 log2_blowup = 1; log2_blowup <= SITU_STARK_LOG2_BLOWUP_MAX; log2_blowup++) {
        const u32 degree_max = (1u << log2_blowup) + 1;
        situ_air_table table = toy_system.tables[0];
        for (table.degree = degree_max - 1; table.degree <= degree_max + 1; table.degree++)
            CHECK_EQ(layout_of(log2_blowup, table, 0), table.degree <= degree_max ? SITU_OK : SITU_ERR_ARG);
        table = toy_system.tables[0];
        for (table.degree_message = degree_max; table.degree_message <= degree_max + 1;
             table.degree_message++)
            CHECK_EQ(layout_of(log2_blowup, table, 0),
                     table.degree_message <= degree_max ? SITU_OK : SITU_ERR_ARG);
        table.degree_message = 0; /* not stated */
        CHECK_EQ(layout_of(log2_blowup, table, 0), SITU_ERR_ARG);
    }
    situ_air_table table = toy_system.tables[1];
    table.max_instances = 2; /* of preprocessed columns */
    CHECK_EQ(layout_of(1, table, 1), SITU_ERR_ARG);
    table = toy_system.tables[0];
    table.n_main = SITU_STARK_COLUMNS_MAX / 2 + 1; /* two of them at one height */
    CHECK_EQ(layout_of(1, table, 0), SITU_ERR_LIMIT);
    table.n_main--;
    CHECK_EQ(layout_of(1, table, 0), SITU_OK);
}

/* What a verifier asks the table of parameters, counted by hand: heights 9 of `steps`, 7 of its second instance, 7 of `squares`. */
TEST(security_is_asked_for_the_shape_that_is_there)
{
    const situ_stark_params params = {
        .log2_blowup = 2, .n_queries = 200, .grinding_bits = 21, .log2_cap = 2, .insecure = 0};
    const u8 heights[SITU_STARK_SLOTS_MAX] = {9, 7, 7};
    stark_layout l;
    CHECK_EQ(stark_layout_make(&l, &toy_system, &params, heights), SITU_OK);
    const situ_security_params s = stark_layout_security(&l);
    CHECK_EQ(s.log2_blowup, 2);
    CHECK_EQ(s.heights, 1u << 9 | 1u << 7);
    /* degree 5 takes the three messages of `steps` together, so the running sum is its only function */
    CHECK_EQ(s.n_points, 2);
    CHECK_EQ(s.n_columns, 16 + 16 + 16 + 16); /* group 2^7: preprocessed, main, sums, sums at the next row */
    CHECK_EQ(s.n_constraints, 3 + (3 + 1));
    CHECK_EQ(s.constraint_degree, 5);
    CHECK_EQ(s.n_bus_messages, 3 * 512 + 3 * 128 + 128);
    CHECK_EQ(s.tuple_width, 3);
    CHECK_EQ(s.n_queries, 200);
    CHECK_EQ(s.grinding, 21);
}

/* How much of `steps`, of 64 rows, is stacked beside 2^14 rows of `squares`, once it is altered. */
static u32 stack_of(situ_air_table steps)
{
    const u8 heights[SITU_STARK_SLOTS_MAX] = {6, 0, 14}, alone[SITU_STARK_SLOTS_MAX] = {6, 14};
    stark_layout l;
    CHECK_EQ(make_layout(&l, &toy_wide_system, 2, steps, 0, steps.max_instances == 1 ? alone : heights),
             SITU_OK);
    CHECK_EQ(l.n_groups, 2);
    return l.groups[1].log2_stack;
}

/* Constraints, or messages, of degree blowup + 1 have no room in the quotient of a stacked group; the key's columns are not. */
TEST(what_must_not_be_stacked_is_not)
{
    const situ_air_table wide = toy_wide_system.tables[0];
    situ_air_table table = wide;
    CHECK_EQ(stack_of(table), 3);
    table.max_instances = 1;
    CHECK_EQ(stack_of(table), 3);
    table.n_pre = 1;
    CHECK_EQ(stack_of(table), 0);
    table = wide;
    table.degree = 4;
    CHECK_EQ(stack_of(table), 3);
    table.degree = 5;
    CHECK_EQ(stack_of(table), 0);
    table.degree = 3;
    table.degree_message = 5;
    CHECK_EQ(stack_of(table), 0);
}

/* A message that fits no stacked group is in nobody's way, and no reason to look for its group for ever. */
TEST(messages_of_the_largest_degree_have_a_layout)
{
    for (u32 log2_blowup = 1; log2_blowup <= SITU_STARK_LOG2_BLOWUP_MAX; log2_blowup++) {
        const u8 heights[SITU_STARK_SLOTS_MAX] = {6, 0, 14};
        situ_air_interaction messages[8];
        situ_air_table table = toy_wide_system.tables[0];
        stark_layout l;
        CHECK(table.n_interactions <= SITU_ARRAY_LEN(messages));
        memcpy(messages, table.interactions, table.n_interactions * sizeof *messages);
        table.interactions = messages;
        table.degree_message = (1u << log2_blowup) + 1;
        messages[1].degree_tuple = (u8)(1u << log2_blowup);
        CHECK_EQ(make_layout(&l, &toy_wide_system, log2_blowup, table, 0, heights), SITU_OK);
        CHECK_EQ(l.groups[1].log2_stack, 0);
    }
}

/* Seven heights that would be stacked eight times each, more than there is an account for: all of them count, and keep to its limit. */
TEST(points_of_stacked_groups_are_counted)
{
    const u8 heights[SITU_STARK_SLOTS_MAX] = {12, 11, 10, 9, 8, 7, 6, 22};
    situ_air_table table = toy_wide_system.tables[0];
    stark_layout l;
    u32 n_points = 0;
    table.max_instances = 7;
    CHECK_EQ(make_layout(&l, &toy_wide_system, 2, table, 0, heights), SITU_OK);
    for (u32 g = 0; g < l.n_groups; g++) n_points += 1u << l.groups[g].log2_stack;
    CHECK_EQ(n_points, 5 * 8 + 4 + 2 + 1);
    CHECK(n_points <= SITU_SECURITY_POINTS_MAX);
    CHECK_EQ(l.n_points, n_points);
    const situ_security_params s = stark_layout_security(&l);
    CHECK_EQ(s.n_points, n_points);
    u32 committed = 0;
    for (u32 g = 0; g < l.n_groups; g++) committed |= 1u << l.groups[g].log2_rows;
    CHECK_EQ(s.heights, committed);
    CHECK_EQ(__builtin_popcount(committed), 8);
    CHECK_EQ(s.n_bus_messages, table.n_interactions * (8192 - 64) + (1u << 22)); /* of rows of tables */
}

/* Elements of F, and others whose square is in F, are no points to open columns at. */
TEST(points_that_lift_into_the_base_field_are_told)
{
    k6 z = k6_from_kb(kb_from_u32(1 + (u32)test_random_below(KB_P - 1)));
    CHECK(stark_lifts_into_f(k6_zero()) && stark_lifts_into_f(z));
    k6 root = k6_one();
    root.c[3] = kb_from_u32(2); /* (1 + 2 X^3)^2 = 1 + 4 X^3 + 4 X^6 = -3 */
    const k6 square = k6_mul(root, root);
    CHECK(k6_equal(square, k6_from_kb(kb_neg(kb_from_u32(3)))));
    CHECK(stark_lifts_into_f(root) && stark_lifts_into_f(k6_mul(root, z)));
    for (u32 i = 1; i < K6_DEGREE; i++) {
        z = k6_one();
        z.c[i] = KB_ONE;
        CHECK(!stark_lifts_into_f(z));
    }
}

static const struct {
    u32 bus, n_values, value;
} malformed[] = {{TOY_BUS_STATE, 3, 3},
                 {TOY_BUS_STATE, 2, 3},
                 {TOY_BUS_SQUARES, 3, 3},
                 {2, 3, 3},
                 {TOY_BUS_STATE, 3, KB_P}};
static u32 malformed_at;

static void boundary_malformed(const void *ctx, situ_stark_bus_sum *sum)
{
    const u32 *publics = ctx, values[3] = {0, malformed[malformed_at].value, 1};
    situ_stark_bus_add(sum, TOY_BUS_STATE, 1, (const u32[3]){0, publics[0], publics[1]}, 3);
    situ_stark_bus_add(sum, malformed[malformed_at].bus, 0, values, malformed[malformed_at].n_values);
    situ_stark_bus_add(sum, TOY_BUS_STATE, -1, publics + 2, 3);
}

/* Of another width, of no bus, or with a value that is not below p: even no times. */
TEST(malformed_messages_of_the_verifier_are_refused)
{
    toy t;
    situ_stark_reason reason;
    small_proof(&t);
    t.statement.boundary = boundary_malformed;
    for (malformed_at = 0; malformed_at < SITU_ARRAY_LEN(malformed); malformed_at++) {
        CHECK_EQ(toy_verify(&t, &reason), malformed_at == 0 ? SITU_OK : SITU_ERR_REJECT);
        CHECK_STR_EQ(reason.check, malformed_at == 0 ? "none" : "boundary messages");
    }
    toy_close(&t);
}

static i32 extra_messages;

static void boundary_with_extra(const void *ctx, situ_stark_bus_sum *sum)
{
    const u32 *publics = ctx;
    situ_stark_bus_add(sum, TOY_BUS_STATE, 1, (const u32[3]){0, publics[0], publics[1]}, 3);
    situ_stark_bus_add(sum, TOY_BUS_STATE, extra_messages, (const u32[3]){1, 2, 3}, 3);
    situ_stark_bus_add(sum, TOY_BUS_STATE, -extra_messages, (const u32[3]){1, 2, 3}, 3);
    situ_stark_bus_add(sum, TOY_BUS_STATE, -1, publics + 2, 3);
}

TEST(the_verifiers_messages_keep_to_their_room)
{
    toy t;
    situ_stark_reason reason;
    small_proof(&t);
    t.statement.boundary = boundary_with_extra;
    extra_messages = STARK_BOUNDARY_MAX / 2 - 1;
    CHECK_EQ(toy_verify(&t, &reason), SITU_OK);
    extra_messages++;
    CHECK_EQ(toy_verify(&t, &reason), SITU_ERR_REJECT);
    CHECK_STR_EQ(reason.check, "boundary messages");
    toy_close(&t);
}

/* --- arguments
 * ------------------------------------------------------------------------------------------------------ */

TEST(bad_arguments_are_errors)
{
    toy t;
    situ_stark_cost cost;
    size_t n_bytes;
    u8 heights[SITU_STARK_SLOTS_MAX] = {6, 0, 7};
    toy_open(&t, toy_params(1), 6, 0, 7, 60, 1);
    CHECK_EQ(situ_stark_cost_of(&cost, t.key, heights, 0), SITU_ERR_ARG);
    heights[0] = 5;
    CHECK_EQ(situ_stark_cost_of(&cost, t.key, heights, 1), SITU_ERR_ARG);
    heights[0] = 23;
    CHECK_EQ(situ_stark_cost_of(&cost, t.key, heights, 1), SITU_ERR_ARG);
    heights[0] = 6;
    heights[2] = 8;
    CHECK_EQ(situ_stark_cost_of(&cost, t.key, heights, 1), SITU_ERR_ARG);
    heights[2] = 0;
    CHECK_EQ(situ_stark_key_bytes(&n_bytes, &toy_prover_system, &t.params, heights), SITU_ERR_ARG);
    const situ_stark_params bad[] = {{0, 1, 0, 0, 1},  {5, 1, 0, 0, 1}, {1, 0, 0, 0, 1}, {1, 257, 0, 0, 1},
                                     {1, 1, 33, 0, 1}, {1, 1, 0, 8, 1}, {1, 1, 0, 0, 2}};
    heights[2] = 7;
    for (size_t i = 0; i < SITU_ARRAY_LEN(bad); i++)
        CHECK_EQ(situ_stark_key_bytes(&n_bytes, &toy_prover_system, &bad[i], heights), SITU_ERR_ARG);
    toy_close(&t);
}

/* Rows rely on the declared types of publics, so the verifier checks them. */
TEST(publics_keep_to_their_types)
{
    toy t;
    situ_air_system system = toy_system;
    const u8 narrow[5] = {1, 0, 0, 0, 0}, wide[5] = {2, 0, 0, 0, 0};
    small_proof(&t);
    CHECK_EQ(t.publics[0], 3);
    system.public_bits = wide;
    CHECK_EQ(situ_stark_verify(&system, t.vk, t.vk_bytes, &t.statement, t.proof, t.cost.proof_bytes,
                               t.scratch, NULL),
             SITU_OK);
    system.public_bits = narrow;
    CHECK_EQ(situ_stark_verify(&system, t.vk, t.vk_bytes, &t.statement, t.proof, t.cost.proof_bytes,
                               t.scratch, NULL),
             SITU_ERR_ARG);
    toy_close(&t);
}

/* A global bus balances over several proofs, which this engine does not do yet: it must not treat it as a local one. */
TEST(a_system_with_a_global_bus_is_refused)
{
    situ_air_bus buses[2] = {toy_system.buses[0], toy_system.buses[1]};
    situ_air_system system = toy_system;
    situ_air_prover_system prover = {&system, toy_prover_system.tables};
    const situ_stark_params params = toy_params(1);
    const u8 heights[SITU_STARK_SLOTS_MAX] = {6, 0, 7};
    size_t n_bytes;
    system.buses = buses;
    CHECK_EQ(situ_stark_key_bytes(&n_bytes, &prover, &params, heights), SITU_OK);
    buses[0].is_global = true;
    CHECK_EQ(situ_stark_key_bytes(&n_bytes, &prover, &params, heights), SITU_ERR_ARG);
}

static int cancel_at(void *ctx, situ_stark_stage stage, double done)
{
    CHECK(done >= 0 && done <= 1);
    return stage == *(situ_stark_stage *)ctx;
}

TEST(the_callback_can_cancel_at_every_stage)
{
    for (int stage = 0; stage < SITU_STAGE_COUNT; stage++) {
        toy t;
        toy_open(&t, toy_params(1), 6, 0, 7, 60, 1);
        toy_fill(&t);
        CHECK_EQ(situ_stark_prove(t.prover, &t.statement, t.proof, t.cost.proof_bytes, cancel_at, &stage,
                                  NULL),
                 SITU_ERR_CANCEL);
        toy_close(&t);
    }
}

TEST_MAIN()
