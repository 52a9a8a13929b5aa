/* toy.c — see toy.h. */
#include "tests/stark/toy.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "tests/test.h"

/* --- the system
 * ----------------------------------------------------------------------------------------------------- */

/* The tables' rules, once over kb and once over k6. */
#define STEPS_RULES(T, ADD, SUB, MUL, ONE)                                                               \
    do {                                                                                                 \
        T step = main[0], a = main[1], b = main[2], real = main[3], product = main[4], square = main[5]; \
        constraints[0] = MUL(real, SUB(real, ONE));                                                      \
        constraints[1] = MUL(real, SUB(product, MUL(a, b)));                                             \
        mults[0] = SUB(SUB(real, real), real);                                                           \
        values[0] = step, values[1] = a, values[2] = b;                                                  \
        mults[1] = real;                                                                                 \
        values[3] = ADD(step, ONE), values[4] = b, values[5] = ADD(a, b);                                \
        mults[2] = SUB(SUB(real, real), real);                                                           \
        values[6] = step, values[7] = square;                                                            \
    } while (0)

#define WIDE_RULES(SUB, MUL)                                                         \
    do {                                                                             \
        for (u32 i = TOY_MAIN; i < TOY_WIDE_MAIN; i++)                               \
            constraints[2 + i - TOY_MAIN] = SUB(main[i], MUL(main[i - 1], main[0])); \
    } while (0)

#define SQUARES_RULES()                         \
    do {                                        \
        mults[0] = main[0];                     \
        values[0] = pre[0], values[1] = pre[1]; \
    } while (0)

static void steps_k(const k6 *pre, const k6 *main, const kb *publics, k6 *constraints, k6 *mults, k6 *values)
{
    (void)pre, (void)publics;
    STEPS_RULES(k6, k6_add, k6_sub, k6_mul, k6_one());
}

static void steps_row(const kb *pre, const kb *main, const kb *publics, kb *constraints, kb *mults,
                      kb *values)
{
    (void)pre, (void)publics;
    STEPS_RULES(kb, kb_add, kb_sub, kb_mul, KB_ONE);
}

static void wide_k(const k6 *pre, const k6 *main, const kb *publics, k6 *constraints, k6 *mults, k6 *values)
{
    steps_k(pre, main, publics, constraints, mults, values);
    WIDE_RULES(k6_sub, k6_mul);
}

static void wide_row(const kb *pre, const kb *main, const kb *publics, kb *constraints, kb *mults, kb *values)
{
    steps_row(pre, main, publics, constraints, mults, values);
    WIDE_RULES(kb_sub, kb_mul);
}

static void squares_k(const k6 *pre, const k6 *main, const kb *publics, k6 *constraints, k6 *mults,
                      k6 *values)
{
    (void)publics, (void)constraints;
    SQUARES_RULES();
}

static void squares_row(const kb *pre, const kb *main, const kb *publics, kb *constraints, kb *mults,
                        kb *values)
{
    (void)publics, (void)constraints;
    SQUARES_RULES();
}

/* Sixteen rows, one after the other. */
static void packed(situ_air_eval_row *eval, const u32 counts[5], const kb *pre, const kb *main,
                   const kb *publics, kb *constraints, kb *mults, kb *values)
{
    kb p[8], m[TOY_WIDE_MAIN], c[TOY_WIDE_MAIN], u[8], v[16];
    for (u32 lane = 0; lane < 16; lane++) {
        for (u32 i = 0; i < counts[0]; i++) p[i] = pre[16 * i + lane];
        for (u32 i = 0; i < counts[1]; i++) m[i] = main[16 * i + lane];
        eval(p, m, publics, c, u, v);
        for (u32 i = 0; i < counts[2]; i++) constraints[16 * i + lane] = c[i];
        for (u32 i = 0; i < counts[3]; i++) mults[16 * i + lane] = u[i];
        for (u32 i = 0; i < counts[4]; i++) values[16 * i + lane] = v[i];
    }
}

static void steps_packed(const kb *pre, const kb *main, const kb *publics, kb *constraints, kb *mults,
                         kb *values)
{
    packed(steps_row, (const u32[5]){0, 6, 2, 3, 8}, pre, main, publics, constraints, mults, values);
}

static void wide_packed(const kb *pre, const kb *main, const kb *publics, kb *constraints, kb *mults,
                        kb *values)
{
    packed(wide_row, (const u32[5]){0, TOY_WIDE_MAIN, 2 + TOY_WIDE_MAIN - TOY_MAIN, 3, 8}, pre, main, publics,
           constraints, mults, values);
}

static void squares_packed(const kb *pre, const kb *main, const kb *publics, kb *constraints, kb *mults,
                           kb *values)
{
    packed(squares_row, (const u32[5]){2, 1, 0, 1, 2}, pre, main, publics, constraints, mults, values);
}

static const situ_air_interaction steps_interactions[] = {
    {.bus = TOY_BUS_STATE,
     .first_value = 0,
     .mult_max = 1,
     .degree_mult = 1,
     .degree_tuple = 1,
     .is_receive = true},
    {.bus = TOY_BUS_STATE, .first_value = 3, .mult_max = 1, .degree_mult = 1, .degree_tuple = 1},
    {.bus = TOY_BUS_SQUARES,
     .first_value = 6,
     .mult_max = 1,
     .degree_mult = 1,
     .degree_tuple = 1,
     .is_receive = true},
};
static const situ_air_interaction squares_interactions[] = {
    {.bus = TOY_BUS_SQUARES, .degree_mult = 1, .degree_tuple = 1, .is_provider = true},
};

#define STEPS(n_main_, n_constraints_, eval)                                                          \
    {                                                                                                 \
        .name = "steps", .n_main = (n_main_), .n_constraints = (n_constraints_), .n_interactions = 3, \
        .n_values = 8, .degree = 3, .max_instances = 2, .degree_message = 2,                          \
        .interactions = steps_interactions, .eval_k = (eval)                                          \
    }
#define SQUARES                                                                                            \
    {                                                                                                      \
        .name = "squares", .n_pre = 2, .n_main = 1, .n_interactions = 1, .n_values = 2, .degree = 0,       \
        .max_instances = 1, .degree_message = 2, .interactions = squares_interactions, .eval_k = squares_k \
    }
static const situ_air_table tables[] = {STEPS(TOY_MAIN, 2, steps_k), SQUARES};
static const situ_air_table wide_tables[] = {STEPS(TOY_WIDE_MAIN, 2 + TOY_WIDE_MAIN - TOY_MAIN, wide_k),
                                             SQUARES};
static const situ_air_bus buses[] = {{.name = "state", .width = 3},
                                     {.name = "squares", .width = 2, .is_lookup = true}};
static const char *const public_names[] = {"a", "b", "n", "a_end", "b_end"};

const situ_air_system toy_system = {
    .name = "toy",
    .version = 1,
    .n_tables = 2,
    .n_buses = 2,
    .n_publics = 5,
    .tables = tables,
    .buses = buses,
    .public_names = public_names,
    .digest = {1, 2, 3},
};
const situ_air_system toy_wide_system = {
    .name = "toy_wide",
    .version = 1,
    .n_tables = 2,
    .n_buses = 2,
    .n_publics = 5,
    .tables = wide_tables,
    .buses = buses,
    .public_names = public_names,
    .digest = {1, 2, 4},
};
static const situ_air_prover_table prover_tables[] = {
    {.eval_packed = {steps_packed, steps_packed, steps_packed}, .eval_row = steps_row},
    {.eval_packed = {squares_packed, squares_packed, squares_packed}, .eval_row = squares_row},
};
const situ_air_prover_system toy_prover_system = {&toy_system, prover_tables};
static const situ_air_prover_table wide_prover_tables[] = {
    {.eval_packed = {wide_packed, wide_packed, wide_packed}, .eval_row = wide_row},
    {.eval_packed = {squares_packed, squares_packed, squares_packed}, .eval_row = squares_row},
};
static const situ_air_prover_system wide_prover_system = {&toy_wide_system, wide_prover_tables};

/* --- an instance
 * ---------------------------------------------------------------------------------------------------- */

void toy_preprocessed(const void *ctx, uint32_t table, uint32_t row, uint32_t *cells)
{
    (void)ctx, (void)table;
    cells[0] = row;
    cells[1] = (u32)((u64)row * row % KB_P);
}

static void boundary(const void *ctx, situ_stark_bus_sum *sum)
{
    const uint32_t *publics = ctx;
    situ_stark_bus_add(sum, TOY_BUS_STATE, 1, (const u32[3]){0, publics[0], publics[1]}, 3);
    situ_stark_bus_add(sum, TOY_BUS_STATE, -1, publics + 2, 3);
}

situ_stark_params toy_params(uint32_t log2_blowup)
{
    return (situ_stark_params){
        .log2_blowup = log2_blowup, .n_queries = 3, .grinding_bits = 4, .log2_cap = 2, .insecure = 1};
}

static void *block_of(size_t n_bytes)
{
    void *block = aligned_alloc(64, (n_bytes + 63) / 64 * 64);
    CHECK(block != NULL);
    memset(block, 0xa5, n_bytes); /* nothing may rely on zeros */
    return block;
}

void toy_row(const toy *t, uint32_t step, uint32_t row[TOY_WIDE_MAIN])
{
    u64 a = t->publics[0], b = t->publics[1];
    for (u32 i = 0; i < step; i++) {
        u64 c = (a + b) % KB_P;
        a = b;
        b = c;
    }
    memcpy(row, (const u32[6]){step, (u32)a, (u32)b, 1, (u32)(a * b % KB_P), (u32)((u64)step * step % KB_P)},
           24);
    for (u32 i = TOY_MAIN; i < TOY_WIDE_MAIN; i++) row[i] = (u32)((u64)row[i - 1] * step % KB_P);
}

static void open_system(toy *t, const situ_air_prover_system *system, situ_stark_params params,
                        uint32_t log2_steps, uint32_t log2_steps_2, uint32_t log2_squares, uint32_t n_steps,
                        uint32_t n_threads)
{
    u32 end[TOY_WIDE_MAIN];
    size_t n_bytes;

    memset(t, 0, sizeof *t);
    t->system = system;
    t->params = params;
    t->log2_rows[TOY_STEPS] = (u8)log2_steps;
    t->log2_rows[TOY_STEPS_2] = (u8)log2_steps_2;
    t->log2_rows[TOY_SQUARES] = (u8)log2_squares;
    t->n_steps = n_steps;
    t->publics[0] = 3;
    t->publics[1] = KB_P - 5;
    toy_row(t, n_steps, end);
    memcpy(t->publics + 2, end, 12);
    t->statement = (situ_stark_statement){.publics = t->publics,
                                          .claim = {7},
                                          .allow_insecure = true,
                                          .boundary = boundary,
                                          .boundary_ctx = t->publics};

    CHECK_EQ(situ_stark_key_bytes(&n_bytes, system, &params, t->log2_rows), SITU_OK);
    t->key_block = block_of(n_bytes);
    CHECK_EQ(situ_stark_key_make(&t->key, t->key_block, system, &params, t->log2_rows, toy_preprocessed, NULL,
                                 NULL),
             SITU_OK);
    t->vk = situ_stark_key_vk(t->key, &t->vk_bytes);
    CHECK_EQ(situ_stark_cost_of(&t->cost, t->key, t->log2_rows, n_threads), SITU_OK);
    t->prover_block = block_of(t->cost.block_bytes);
    t->proof = block_of(t->cost.proof_bytes);
    t->scratch = block_of(situ_stark_verify_scratch_bytes(system->shape));
    CHECK_EQ(situ_stark_prover_open(&t->prover, t->prover_block, t->key, t->log2_rows, n_threads), SITU_OK);
}

void toy_open(toy *t, situ_stark_params params, uint32_t log2_steps, uint32_t log2_steps_2,
              uint32_t log2_squares, uint32_t n_steps, uint32_t n_threads)
{
    open_system(t, &toy_prover_system, params, log2_steps, log2_steps_2, log2_squares, n_steps, n_threads);
}

void toy_open_wide(toy *t, situ_stark_params params, uint32_t log2_steps, uint32_t log2_steps_2,
                   uint32_t log2_squares, uint32_t n_steps, uint32_t n_threads)
{
    open_system(t, &wide_prover_system, params, log2_steps, log2_steps_2, log2_squares, n_steps, n_threads);
}

void toy_fill(toy *t)
{
    const u32 n_first = 1u << t->log2_rows[TOY_STEPS];
    const u32 n_second = t->log2_rows[TOY_STEPS_2] ? 1u << t->log2_rows[TOY_STEPS_2] : 0;
    for (u32 i = 0; i < n_first + n_second; i++) {
        u32 row[TOY_WIDE_MAIN] = {0};
        if (i < t->n_steps) toy_row(t, i, row);
        situ_stark_put_rows(t->prover, i < n_first ? TOY_STEPS : TOY_STEPS_2, i < n_first ? i : i - n_first,
                            1, row);
    }
    for (u32 i = 0; i < 1u << t->log2_rows[TOY_SQUARES]; i++)
        situ_stark_put_rows(t->prover, TOY_SQUARES, i, 1, (const u32[1]){i < t->n_steps});
}

situ_err toy_verify(const toy *t, situ_stark_reason *reason)
{
    return situ_stark_verify(t->system->shape, t->vk, t->vk_bytes, &t->statement, t->proof,
                             t->cost.proof_bytes, t->scratch, reason);
}

void toy_close(toy *t)
{
    free(t->key_block);
    free(t->prover_block);
    free(t->proof);
    free(t->scratch);
}
