/* chains.h — chains of Keccak-f permutations and of BLAKE3 hashes as systems of tables: rows, heights,
 * statement.
 *
 * For benchmarks and tests.  Every out-of-memory ends the process.
 */
#ifndef SITU_BENCH_CHAINS_H
#define SITU_BENCH_CHAINS_H

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "air/blake3_f.h"
#include "air/keccak_f.h"
#include "air/std.h"
#include "gen/blake3_chain/blake3_chain.h"
#include "gen/keccak_chain/keccak_chain.h"
#include "hash/blake3.h"
#include "situ/pool.h"
#include "situ/stark.h"

/* Slots of the BLAKE3 chain; the Keccak chain's are its tables. */
enum {
    BLAKE3_SLOT_BYTE,
    BLAKE3_SLOT_XOR,
    BLAKE3_SLOT_ROUND,
    BLAKE3_SLOT_COMPRESS = BLAKE3_SLOT_ROUND + 3,
    BLAKE3_SLOT_STEP,
    BLAKE3_SLOTS
};

enum { CHAIN_WIDTH_MAX = 64, CHAIN_TASK_STEPS = 8 };

/* Takes rows first..first+n-1 of a slot, plain; called by any thread. */
typedef void chain_put(void *ctx, u32 slot, u32 first, u32 n, const u32 *cells);

typedef struct chain chain;
struct chain {
    const situ_air_prover_system *system;
    situ_stark_preprocessed_fn *preprocessed;
    void (*fill)(const chain *c, chain_put *put, void *ctx, situ_pool *pool);
    u32 n_steps, n_slots;
    u8 log2_rows[BLAKE3_SLOTS];
    u64 (*states)[KECCAK_LANES]; /* [n_steps + 1], of the Keccak chain  */
    u32 (*digests)[8];           /* [n_steps + 1], of the BLAKE3 chain  */
    u32 link_bus, link_width;
    u32 first[CHAIN_WIDTH_MAX],
        last[CHAIN_WIDTH_MAX]; /* messages on the link bus: (0, start), (n_steps, end) */
};

/* Large blocks in huge pages where the system grants them, as a prover's allocator would have them. */
static void *chain_alloc(size_t n_bytes)
{
    size_t align = n_bytes >= 2 << 20 ? 2 << 20 : 64, rounded = u64_align_up(n_bytes, align);
    void *p = aligned_alloc(align, rounded);
    if (p == NULL) abort();
    if (align > 64) madvise(p, rounded, MADV_HUGEPAGE);
    return p;
}

static u32 chain_log2_ceil(u64 n) { return n <= 64 ? 6 : u64_log2(n - 1) + 1; }

/* The end of slot `slot`: rows of zeros from `first` on. */
static void chain_pad(const chain *c, chain_put *put, void *ctx, u32 slot, u32 first, const u32 *zeros)
{
    for (u32 i = first; i < 1u << c->log2_rows[slot]; i++) put(ctx, slot, i, 1, zeros);
}

/* --- Keccak-f
 * ---------------------------------------------------------------------------------------------------- */

typedef struct {
    const chain *c;
    chain_put *put;
    void *ctx;
    keccak_f_row (*rows)[KECCAK_ROUNDS]; /* of each worker */
} keccak_job;

static void keccak_task(void *p, u64 index, u32 worker)
{
    const keccak_job *job = p;
    for (u32 i = (u32)index * CHAIN_TASK_STEPS;
         i < ((u32)index + 1) * CHAIN_TASK_STEPS && i < job->c->n_steps; i++) {
        keccak_step_row step;
        u64 state[KECCAK_LANES];
        memcpy(state, job->c->states[i], sizeof state);
        keccak_chain_rows(job->rows[worker], &step, i, state);
        job->put(job->ctx, SITU_KECCAK_CHAIN_TABLE_KECCAK_F, KECCAK_ROUNDS * i, KECCAK_ROUNDS,
                 &job->rows[worker][0].id);
        job->put(job->ctx, SITU_KECCAK_CHAIN_TABLE_KECCAK_STEP, i, 1, &step.real);
    }
}

static void keccak_fill(const chain *c, chain_put *put, void *ctx, situ_pool *pool)
{
    static const keccak_f_row zeros;
    keccak_job job = {c, put, ctx, chain_alloc(situ_pool_threads(pool) * sizeof *job.rows)};
    situ_pool_run(pool, (c->n_steps + CHAIN_TASK_STEPS - 1) / CHAIN_TASK_STEPS, keccak_task, &job);
    chain_pad(c, put, ctx, SITU_KECCAK_CHAIN_TABLE_KECCAK_F, KECCAK_ROUNDS * c->n_steps, &zeros.id);
    chain_pad(c, put, ctx, SITU_KECCAK_CHAIN_TABLE_KECCAK_STEP, c->n_steps, &zeros.id);
    free(job.rows);
}

/* n_steps permutations of the state of zeros. */
SITU_UNUSED static chain keccak_chain(u32 n_steps)
{
    chain c = {.system = &situ_keccak_chain_prover,
               .fill = keccak_fill,
               .n_steps = n_steps,
               .n_slots = SITU_KECCAK_CHAIN_TABLES,
               .states = chain_alloc((n_steps + 1) * sizeof *c.states),
               .link_bus = SITU_KECCAK_CHAIN_BUS_KECCAK_LINK,
               .link_width = 1 + KECCAK_LIMBS};
    keccak_f_row *rows = chain_alloc(KECCAK_ROUNDS * sizeof *rows);
    c.log2_rows[SITU_KECCAK_CHAIN_TABLE_KECCAK_F] = (u8)chain_log2_ceil((u64)KECCAK_ROUNDS * n_steps);
    c.log2_rows[SITU_KECCAK_CHAIN_TABLE_KECCAK_STEP] = (u8)chain_log2_ceil(n_steps);
    memset(c.states[0], 0, sizeof c.states[0]);
    for (u32 i = 0; i < n_steps; i++) {
        memcpy(c.states[i + 1], c.states[i], sizeof c.states[i]);
        keccak_f_rows(rows, i, c.states[i + 1]);
    }
    keccak_limbs(c.first + 1, c.states[0]);
    keccak_limbs(c.last + 1, c.states[n_steps]);
    c.last[0] = n_steps;
    free(rows);
    return c;
}

/* --- BLAKE3
 * ------------------------------------------------------------------------------------------------------ */

typedef union {
    struct {
        u32 byte[SITU_AIR_BYTE_OPS * SITU_AIR_BYTE_PAIRS];
        u32 nibbles[BLAKE3_XOR_PAIRS];
    };
    u32 all[(SITU_AIR_BYTE_OPS + 1) * SITU_AIR_BYTE_PAIRS];
} blake3_counters;

typedef struct {
    const chain *c;
    chain_put *put;
    void *ctx;
    blake3_counters *counters; /* of each worker */
} blake3_job;

static void blake3_ask(void *ctx, u32 bus, const u32 *values, u32 mult)
{
    if (bus != SITU_BLAKE3_CHAIN_BUS_NIBBLES || values[0] > 255 || values[1] > 255) return;
    ((blake3_counters *)ctx)->nibbles[values[0] + 256 * values[1]] += mult;
}

static situ_air_lookup_sink blake3_sink(blake3_counters *n)
{
    return (situ_air_lookup_sink){.byte = n->byte, .ctx = n, .ask = blake3_ask};
}

/* Rounds are numbered through the instances of their table. */
static void blake3_put_rounds(const blake3_job *job, u32 first, u32 n, const blake3_round_row *rows)
{
    for (u32 k = 0, start = 0; k < 3; k++) {
        u32 height =
            job->c->log2_rows[BLAKE3_SLOT_ROUND + k] ? 1u << job->c->log2_rows[BLAKE3_SLOT_ROUND + k] : 0;
        for (; n > 0 && first < start + height; first++, n--, rows++)
            job->put(job->ctx, BLAKE3_SLOT_ROUND + k, first - start, 1, &rows->id);
        start += height;
    }
}

static void blake3_task(void *p, u64 index, u32 worker)
{
    const blake3_job *job = p;
    const situ_air_lookup_sink sink = blake3_sink(&job->counters[worker]);
    for (u32 i = (u32)index * CHAIN_TASK_STEPS;
         i < ((u32)index + 1) * CHAIN_TASK_STEPS && i < job->c->n_steps; i++) {
        blake3_round_row rounds[BLAKE3_ROUNDS];
        blake3_compress_row compress;
        blake3_step_row step;
        u32 digest[8];
        memcpy(digest, job->c->digests[i], sizeof digest);
        blake3_chain_rows(rounds, &compress, &step, i, digest);
        blake3_put_rounds(job, BLAKE3_ROUNDS * i, BLAKE3_ROUNDS, rounds);
        job->put(job->ctx, BLAKE3_SLOT_COMPRESS, i, 1, &compress.id);
        job->put(job->ctx, BLAKE3_SLOT_STEP, i, 1, &step.real);
        situ_blake3_chain_blake3_round_lookups(NULL, &rounds[0].id, BLAKE3_ROUNDS, NULL, &sink);
        situ_blake3_chain_blake3_compress_lookups(NULL, &compress.id, 1, NULL, &sink);
    }
}

/* Padding rows ask too: of (0, 0). */
static void blake3_pad(const blake3_job *job)
{
    static const blake3_round_row zero_round;
    static const blake3_compress_row zero_compress;
    const chain *c = job->c;
    const situ_air_lookup_sink sink = blake3_sink(job->counters);
    u32 n_rounds = 0;
    for (u32 k = 0; k < 3; k++)
        n_rounds += c->log2_rows[BLAKE3_SLOT_ROUND + k] ? 1u << c->log2_rows[BLAKE3_SLOT_ROUND + k] : 0;
    for (u32 i = BLAKE3_ROUNDS * c->n_steps; i < n_rounds; i++) {
        blake3_put_rounds(job, i, 1, &zero_round);
        situ_blake3_chain_blake3_round_lookups(NULL, &zero_round.id, 1, NULL, &sink);
    }
    for (u32 i = c->n_steps; i < 1u << c->log2_rows[BLAKE3_SLOT_COMPRESS]; i++)
        situ_blake3_chain_blake3_compress_lookups(NULL, &zero_compress.id, 1, NULL, &sink);
    chain_pad(c, job->put, job->ctx, BLAKE3_SLOT_COMPRESS, c->n_steps, &zero_compress.id);
    chain_pad(c, job->put, job->ctx, BLAKE3_SLOT_STEP, c->n_steps, &zero_compress.id);
}

static void blake3_fill(const chain *c, chain_put *put, void *ctx, situ_pool *pool)
{
    u32 n_workers = situ_pool_threads(pool);
    blake3_job job = {c, put, ctx, chain_alloc(n_workers * sizeof *job.counters)};
    memset(job.counters, 0, n_workers * sizeof *job.counters);
    situ_pool_run(pool, (c->n_steps + CHAIN_TASK_STEPS - 1) / CHAIN_TASK_STEPS, blake3_task, &job);
    blake3_pad(&job);
    for (u32 w = 1; w < n_workers; w++)
        for (u32 i = 0; i < sizeof *job.counters / sizeof(u32); i++)
            job.counters[0].all[i] += job.counters[w].all[i];
    for (u32 row = 0; row < SITU_AIR_BYTE_ROWS; row++) {
        u32 mults[SITU_AIR_BYTE_MULTS];
        situ_air_byte_mults(mults, job.counters->byte, row);
        put(ctx, BLAKE3_SLOT_BYTE, row, 1, mults);
    }
    for (u32 row = 0; row < BLAKE3_XOR_ROWS; row++) {
        u32 mults[BLAKE3_XOR_MULTS];
        blake3_xor_mults(mults, job.counters->nibbles, row);
        put(ctx, BLAKE3_SLOT_XOR, row, 1, mults);
    }
    free(job.counters);
}

static void blake3_preprocessed(const void *ctx, uint32_t table, uint32_t row, uint32_t *cells)
{
    (void)ctx;
    if (table == SITU_BLAKE3_CHAIN_TABLE_BYTE) situ_air_byte_row(cells, row);
    if (table == SITU_BLAKE3_CHAIN_TABLE_XOR_NIBBLES) blake3_xor_row(cells, row);
}

/* n_steps hashes of 32 zero bytes, the rounds in up to n_instances tables (1..3) so that less is padding. */
SITU_UNUSED static chain blake3_chain(u32 n_steps, u32 n_instances)
{
    chain c = {.system = &situ_blake3_chain_prover,
               .preprocessed = blake3_preprocessed,
               .fill = blake3_fill,
               .n_steps = n_steps,
               .n_slots = BLAKE3_SLOTS,
               .digests = chain_alloc((n_steps + 1) * sizeof *c.digests),
               .link_bus = SITU_BLAKE3_CHAIN_BUS_BLAKE3_LINK,
               .link_width = 17,
               .log2_rows = {13, 13}};
    u64 left = (u64)BLAKE3_ROUNDS * n_steps;
    for (u32 k = 0; k < n_instances && left > 0; k++) {
        u32 log2 = k + 1 == n_instances || left < 64 ? chain_log2_ceil(left) : u64_log2(left);
        c.log2_rows[BLAKE3_SLOT_ROUND + k] = (u8)log2;
        left -= u64_min(left, (u64)1 << log2);
    }
    c.log2_rows[BLAKE3_SLOT_COMPRESS] = c.log2_rows[BLAKE3_SLOT_STEP] = (u8)chain_log2_ceil(n_steps);
    memset(c.digests[0], 0, sizeof c.digests[0]);
    for (u32 i = 0; i < n_steps; i++) situ_blake3_hash((u8 *)c.digests[i + 1], c.digests[i], 32);
    for (u32 i = 0; i < 16; i++) {
        c.first[1 + i] = c.digests[0][i / 2] >> (16 * (i % 2)) & 0xffff;
        c.last[1 + i] = c.digests[n_steps][i / 2] >> (16 * (i % 2)) & 0xffff;
    }
    c.last[0] = n_steps;
    return c;
}

static void chain_close(chain *c)
{
    free(c->states);
    free(c->digests);
}

/* --- proofs
 * ------------------------------------------------------------------------------------------------------ */

typedef struct {
    const chain *c;
    situ_stark_key *key;
    situ_stark_prover *prover;
    situ_stark_cost cost;
    situ_stark_statement statement;
    void *key_block, *block, *proof;
    situ_pool *pool;
} chain_proof;

static void chain_boundary(const void *ctx, situ_stark_bus_sum *sum)
{
    const chain *c = ctx;
    situ_stark_bus_add(sum, c->link_bus, 1, c->first, c->link_width);
    situ_stark_bus_add(sum, c->link_bus, -1, c->last, c->link_width);
}

/* The statement binds both messages through its claim. */
static situ_stark_statement chain_statement(const chain *c)
{
    static const u32 no_publics[1];
    situ_stark_statement s = {.publics = no_publics, .boundary = chain_boundary, .boundary_ctx = c};
    u32 both[2][CHAIN_WIDTH_MAX];
    memcpy(both[0], c->first, sizeof both[0]);
    memcpy(both[1], c->last, sizeof both[1]);
    situ_blake3_hash(s.claim, both, sizeof both);
    return s;
}

/* Key, memory and statement; c must stay where it is. */
SITU_UNUSED static situ_err chain_proof_open(chain_proof *p, const chain *c, const situ_stark_params *params,
                                             situ_pool *pool)
{
    size_t key_bytes;
    *p = (chain_proof){.c = c, .statement = chain_statement(c), .pool = pool};
    p->statement.allow_insecure = params->insecure;
    SITU_TRY(situ_stark_key_bytes(&key_bytes, c->system, params, c->log2_rows));
    p->key_block = chain_alloc(key_bytes);
    SITU_TRY(situ_stark_key_make(&p->key, p->key_block, c->system, params, c->log2_rows, c->preprocessed,
                                 NULL, pool));
    SITU_TRY(situ_stark_cost_of(&p->cost, p->key, c->log2_rows, situ_pool_threads(pool)));
    p->block = chain_alloc(p->cost.block_bytes);
    p->proof = chain_alloc(p->cost.proof_bytes);
    return SITU_OK;
}

static void chain_put_prover(void *ctx, u32 slot, u32 first, u32 n, const u32 *cells)
{
    situ_stark_put_rows(ctx, slot, first, n, cells);
}

/* Witness and proof. */
SITU_UNUSED static situ_err chain_prove(chain_proof *p)
{
    SITU_TRY(
        situ_stark_prover_open(&p->prover, p->block, p->key, p->c->log2_rows, situ_pool_threads(p->pool)));
    p->c->fill(p->c, chain_put_prover, p->prover, p->pool);
    return situ_stark_prove(p->prover, &p->statement, p->proof, p->cost.proof_bytes, NULL, NULL, p->pool);
}

SITU_UNUSED static situ_err chain_verify(const chain_proof *p, situ_stark_reason *reason)
{
    size_t vk_bytes;
    const void *vk = situ_stark_key_vk(p->key, &vk_bytes);
    void *scratch = chain_alloc(situ_stark_verify_scratch_bytes(p->c->system->shape));
    situ_err err = situ_stark_verify(p->c->system->shape, vk, vk_bytes, &p->statement, p->proof,
                                     p->cost.proof_bytes, scratch, reason);
    free(scratch);
    return err;
}

SITU_UNUSED static void chain_proof_close(chain_proof *p)
{
    free(p->key_block);
    free(p->block);
    free(p->proof);
}

#endif /* SITU_BENCH_CHAINS_H */
