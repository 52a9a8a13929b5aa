/* Proves the n-th Fibonacci number and the n-th value of a hash chain that starts at a number you give. */
#include <stdio.h>
#include <stdlib.h>
#include "gen/two_chains/two_chains.h"
#include "situ/stark.h"

enum { LOG2_ROWS = 12, N = 1 << LOG2_ROWS, P = 2130706433 };
#define TRY(call) do { situ_err e = (call); if (e) return fprintf(stderr, "%s: %s\n", #call, situ_err_name(e)), 1; } while (0)

static uint32_t fibonacci[2][3], hash[2][2]; /* first and last messages: what is public */

static void boundary(const void *ctx, situ_stark_bus_sum *sum) /* the verifier starts and ends both chains */
{
    (void)ctx;
    for (int i = 0; i < 2; i++) {
        situ_stark_bus_add(sum, SITU_TWO_CHAINS_BUS_FIBONACCI_AT, i ? -1 : 1, fibonacci[i], 3);
        situ_stark_bus_add(sum, SITU_TWO_CHAINS_BUS_HASH_AT, i ? -1 : 1, hash[i], 2);
    }
}

int main(int argc, char **argv)
{
    const uint8_t log2_rows[SITU_TWO_CHAINS_TABLES] = {LOG2_ROWS, LOG2_ROWS};
    const situ_stark_params params = situ_stark_params_default(1);
    situ_stark_key *key;
    situ_stark_prover *prover;
    situ_stark_cost cost;
    size_t n_bytes;

    TRY(situ_stark_key_bytes(&n_bytes, &situ_two_chains_prover, &params, log2_rows)); /* sizes first, then memory */
    TRY(situ_stark_key_make(&key, aligned_alloc(64, n_bytes), &situ_two_chains_prover, &params, log2_rows, NULL, NULL, NULL));
    TRY(situ_stark_cost_of(&cost, key, log2_rows, 1));
    TRY(situ_stark_prover_open(&prover, aligned_alloc(64, cost.block_bytes), key, log2_rows, 1));

    uint32_t a = 0, b = 1, x = (uint32_t)(argc > 1 ? strtoull(argv[1], NULL, 0) % P : 2);
    hash[0][1] = x;
    fibonacci[0][2] = 1;
    for (uint32_t i = 0; i < N; i++) { /* rows are plain integers, in the order of the columns */
        uint32_t next = (uint32_t)(((uint64_t)x * x % P * x + 7) % P), c = (uint32_t)(((uint64_t)a + b) % P);
        situ_stark_put_rows(prover, SITU_TWO_CHAINS_TABLE_FIBONACCI, i, 1, (uint32_t[]){1, i, a, b});
        situ_stark_put_rows(prover, SITU_TWO_CHAINS_TABLE_HASH, i, 1, (uint32_t[]){1, i, x, next});
        a = b, b = c, x = next;
    }
    fibonacci[1][0] = hash[1][0] = N, fibonacci[1][1] = a, fibonacci[1][2] = b, hash[1][1] = x;

    const situ_stark_statement statement = {.boundary = boundary}; /* a real one binds the messages through `claim` */
    void *proof = aligned_alloc(64, (cost.proof_bytes + 63) / 64 * 64);
    TRY(situ_stark_prove(prover, &statement, proof, cost.proof_bytes, NULL, NULL, NULL));

    const void *vk = situ_stark_key_vk(key, &n_bytes); /* verifying needs the key, the statement and the proof */
    void *scratch = aligned_alloc(64, situ_stark_verify_scratch_bytes(&situ_two_chains_system));
    TRY(situ_stark_verify(&situ_two_chains_system, vk, n_bytes, &statement, proof, cost.proof_bytes, scratch, NULL));
    printf("proven: F(%d) = %u and hash chain(%u) = %u modulo p; %zu bytes of proof\n", N, a, hash[0][1], x, cost.proof_bytes);
    return 0;
}
