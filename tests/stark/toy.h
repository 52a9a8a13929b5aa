/* toy.h — a small system written by hand, so that tests of the engine do not depend on the AIR compiler.
 *
 * `steps` walks a Fibonacci-like chain over a bus, two instances of it; each real step also looks its
 * number's square up in `squares`, whose first two columns are preprocessed.
 *
 *     steps    main step, a, b, real, product, square
 *              real is a bit; real (product - a b) = 0
 *              receive state(step, a, b) times real, send state(step + 1, b, a + b) times real
 *              ask squares(step, square) times real
 *     squares  preprocessed x, x^2; main mult
 *              provide squares(x, x^2) times mult
 *
 * In the *wide* variant `steps` has 74 columns more, x_0 = square step, x_1 = x_0 step and so on: enough for a short one to be stacked.
 *
 * The verifier sends state(0, a, b) and receives state(n, a', b'); publics are a, b, n, a', b'.
 */
#ifndef SITU_TESTS_STARK_TOY_H
#define SITU_TESTS_STARK_TOY_H

#include "air/air.h"
#include "situ/stark.h"

enum { TOY_STEPS, TOY_STEPS_2, TOY_SQUARES, TOY_SLOTS };
enum { TOY_BUS_STATE, TOY_BUS_SQUARES };

extern const situ_air_system toy_system;
extern const situ_air_prover_system toy_prover_system;
extern const situ_air_system toy_wide_system;
enum { TOY_MAIN = 6, TOY_WIDE_MAIN = 80 };

/* One honest (or not) instance: everything a proof needs, in memory of its own. */
typedef struct {
    const situ_air_prover_system *system;
    situ_stark_params params;
    uint8_t log2_rows[SITU_STARK_SLOTS_MAX];
    uint32_t n_steps; /* real ones, over both instances; the first is filled first */
    uint32_t publics[5];
    void *key_block, *prover_block, *proof, *scratch;
    situ_stark_key *key;
    situ_stark_prover *prover;
    situ_stark_cost cost;
    situ_stark_statement statement;
    const void *vk;
    size_t vk_bytes;
} toy;

/* Small parameters: proofs of a few kilobytes. */
situ_stark_params toy_params(uint32_t log2_blowup);

/* Rows of `squares`. */
void toy_preprocessed(const void *ctx, uint32_t table, uint32_t row, uint32_t *cells);

/* Key, block and statement; rows are not filled yet.  log2_rows of the second instance 0 leaves it out. */
void toy_open(toy *t, situ_stark_params params, uint32_t log2_steps, uint32_t log2_steps_2,
              uint32_t log2_squares, uint32_t n_steps, uint32_t n_threads);

void toy_open_wide(toy *t, situ_stark_params params, uint32_t log2_steps, uint32_t log2_steps_2,
                   uint32_t log2_squares, uint32_t n_steps, uint32_t n_threads);

/* Fill honest rows. */
void toy_fill(toy *t);

/* The honest row of a step; `step` counts over both instances.  For lies. */
void toy_row(const toy *t, uint32_t step, uint32_t row[TOY_WIDE_MAIN]);

situ_err toy_verify(const toy *t, situ_stark_reason *reason);

void toy_close(toy *t);

#endif /* SITU_TESTS_STARK_TOY_H */
