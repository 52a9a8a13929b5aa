/* Chains of Keccak-f and of BLAKE3 as whole systems: every bus balances, lies between rows are found, proofs
 * verify. */
#include "air/check.h"
#include "bench/chains.h"
#include "test.h"

/* --- a chain's rows in memory
 * ------------------------------------------------------------------------------------ */

typedef struct {
    const chain *c;
    u32 *cells[BLAKE3_SLOTS]; /* plain */
    u32 n_main[BLAKE3_SLOTS], table[BLAKE3_SLOTS];
} capture;

typedef struct {
    const capture *w;
    u32 slot;
    kb pre[8], main[4096];
} capture_table;

static void capture_put(void *ctx, u32 slot, u32 first, u32 n, const u32 *cells)
{
    capture *w = ctx;
    CHECK(first + n <= 1u << w->c->log2_rows[slot]);
    memcpy(w->cells[slot] + (size_t)first * w->n_main[slot], cells,
           (size_t)n * w->n_main[slot] * sizeof(u32));
}

static capture capture_open(const chain *c)
{
    capture w = {.c = c};
    const situ_air_system *s = c->system->shape;
    for (u32 t = 0, slot = 0; t < s->n_tables; t++)
        for (u32 k = 0; k < s->tables[t].max_instances; k++, slot++) {
            size_t n_bytes = ((size_t)4 << c->log2_rows[slot]) * s->tables[t].n_main;
            CHECK(slot < c->n_slots);
            w.table[slot] = t;
            w.n_main[slot] = s->tables[t].n_main;
            w.cells[slot] = chain_alloc(n_bytes);
            memset(w.cells[slot], 0xff, n_bytes); /* a row that is never put is no row of field elements */
        }
    c->fill(c, capture_put, &w, NULL);
    return w;
}

static void capture_close(capture *w)
{
    for (u32 i = 0; i < w->c->n_slots; i++) free(w->cells[i]);
}

static void capture_row(void *ctx, u64 row, const kb **pre, const kb **main)
{
    capture_table *t = ctx;
    const capture *w = t->w;
    const u32 *cells = w->cells[t->slot] + row * w->n_main[t->slot];
    u32 plain[8] = {0};
    CHECK(w->n_main[t->slot] <= SITU_ARRAY_LEN(t->main));
    for (u32 i = 0; i < w->n_main[t->slot]; i++) {
        CHECK(cells[i] < KB_P);
        t->main[i] = kb_from_u32(cells[i]);
    }
    if (w->c->preprocessed) w->c->preprocessed(NULL, w->table[t->slot], (u32)row, plain);
    for (u32 i = 0; i < 8; i++) t->pre[i] = kb_from_u32(plain[i]);
    *pre = t->pre;
    *main = t->main;
}

static void print_report(void *ctx, const char *line)
{
    (void)ctx;
    printf("%.200s\n", line);
}

/* Findings of the exact checker; printed when none are expected. */
static u64 findings(const capture *w, bool expect_none)
{
    capture_table *ctx = chain_alloc(BLAKE3_SLOTS * sizeof *ctx);
    situ_air_trace_table tables[BLAKE3_SLOTS];
    kb first[CHAIN_WIDTH_MAX], last[CHAIN_WIDTH_MAX];
    u32 n_tables = 0;
    u64 n_found;
    for (u32 slot = 0; slot < w->c->n_slots; slot++) {
        if (w->c->log2_rows[slot] == 0) continue;
        ctx[n_tables] = (capture_table){.w = w, .slot = slot};
        tables[n_tables] = (situ_air_trace_table){w->table[slot], (u64)1 << w->c->log2_rows[slot],
                                                  &ctx[n_tables], capture_row};
        n_tables++;
    }
    for (u32 i = 0; i < CHAIN_WIDTH_MAX; i++) {
        first[i] = kb_from_u32(w->c->first[i]);
        last[i] = kb_from_u32(w->c->last[i]);
    }
    const situ_air_boundary boundary[2] = {{w->c->link_bus, 1, false, first},
                                           {w->c->link_bus, 1, true, last}};
    const situ_air_trace trace = {.tables = tables,
                                  .n_tables = n_tables,
                                  .boundary = boundary,
                                  .n_boundary = 2};
    CHECK_EQ(situ_air_check(&n_found, w->c->system, &trace, expect_none ? 4 : 0, print_report, NULL),
             SITU_OK);
    free(ctx);
    return n_found;
}

/* --- Keccak-f
 * ---------------------------------------------------------------------------------------------------- */

static keccak_f_row *keccak_rows(const capture *w)
{
    return (keccak_f_row *)(void *)w->cells[SITU_KECCAK_CHAIN_TABLE_KECCAK_F];
}

static keccak_step_row *keccak_steps(const capture *w)
{
    return (keccak_step_row *)(void *)w->cells[SITU_KECCAK_CHAIN_TABLE_KECCAK_STEP];
}

TEST(honest_keccak_chains_balance)
{
    for (u32 n = 1; n <= 6; n++) {
        chain c = keccak_chain(n);
        capture w = capture_open(&c);
        CHECK_EQ(findings(&w, true), 0);
        capture_close(&w);
        chain_close(&c);
    }
}

/* Each lie is of the kind that rows alone cannot see. */
static void keccak_lie(u32 which)
{
    chain c = keccak_chain(2);
    capture w = capture_open(&c);
    keccak_f_row *rows = keccak_rows(&w);
    keccak_step_row *steps = keccak_steps(&w);
    switch (which) {
    case 0: c.last[5] ^= 1; break; /* another end                                      */
    case 1: c.last[0] = 3; break;  /* more steps than were made                        */
    case 2: c.first[0] = 1; break; /* another beginning                                */
    case 3:                        /* 23 rounds taken for a permutation                */
        memcpy(c.last + 1, rows[46].limb_out, sizeof steps[1].after);
        memcpy(steps[1].after, rows[46].limb_out, sizeof steps[1].after);
        rows[47] = rows[63];
        break;
    case 4: /* a padding row that is alive: a permutation from its middle on */ rows[48] = rows[5]; break;
    case 5: /* the last round twice, so that its constant stands for another's */
        for (u32 i = 0; i < 6; i++) rows[22].p[i] = rows[23].p[i];
        for (u32 j = 0; j < 4; j++) rows[22].q[j] = rows[23].q[j];
        break;
    case 6: /* rounds handed from one permutation to the other */
        rows[10].id = 1;
        rows[34].id = 0;
        break;
    case 7: /* two permutations answer for each other */
        steps[0].step = 1;
        steps[1].step = 0;
        break;
    default: steps[63].real = 1; break; /* a step of zeros that nobody asked for */
    }
    CHECK(findings(&w, false) > 0);
    capture_close(&w);
    chain_close(&c);
}

TEST(lies_between_keccak_rows_are_found)
{
    for (u32 i = 0; i <= 8; i++) keccak_lie(i);
}

/* --- BLAKE3
 * ------------------------------------------------------------------------------------------------------ */

TEST(honest_blake3_chains_balance)
{
    static const u32 N[3] = {1, 9, 30};
    for (u32 i = 0; i < 3; i++) {
        chain c = blake3_chain(N[i], i + 1);
        capture w = capture_open(&c);
        CHECK_EQ(findings(&w, true), 0);
        capture_close(&w);
        chain_close(&c);
    }
}

static void blake3_lie(u32 which)
{
    chain c = blake3_chain(8, 1);
    capture w = capture_open(&c);
    blake3_round_row *rounds = (blake3_round_row *)(void *)w.cells[BLAKE3_SLOT_ROUND];
    blake3_compress_row *compress = (blake3_compress_row *)(void *)w.cells[BLAKE3_SLOT_COMPRESS];
    blake3_step_row *steps = (blake3_step_row *)(void *)w.cells[BLAKE3_SLOT_STEP];
    switch (which) {
    case 0: c.last[3] ^= 1; break;                         /* another end                                */
    case 1: c.last[0] = 7; break;                          /* fewer steps                                */
    case 2: rounds[60] = rounds[20]; break;                /* a padding row that is alive                */
    case 3: rounds[9].m[4] ^= 1; break;                    /* another message from one round on          */
    case 4: rounds[6].round = 5; break;                    /* the last round numbered as the one before  */
    case 5: compress[2].result[7] ^= 1; break;             /* a feed-forward that is no exclusive or     */
    case 6: compress[2].control[8] ^= 1; break;            /* a block length that was not asked for      */
    case 7: compress[3].id = 4, compress[4].id = 3; break; /* two compressions answer for each other */
    case 8: rounds[3].column_g[1].x1[2] ^= 1; break;       /* a byte that is no exclusive or             */
    case 9: rounds[3].diagonal_g[1].low[2] ^= 1; break;
    case 10: rounds[3].diagonal_g[3].top[0] ^= 1; break; /* a rotation by 7 that loses a bit         */
    case 11: steps[4].after[0] ^= 1; break;
    default: steps[63].real = 1; break;
    }
    CHECK(findings(&w, false) > 0);
    capture_close(&w);
    chain_close(&c);
}

TEST(lies_between_blake3_rows_are_found)
{
    for (u32 i = 0; i <= 12; i++) blake3_lie(i);
}

/* --- proofs
 * ------------------------------------------------------------------------------------------------------ */

static void prove_and_verify(chain *c)
{
    const situ_stark_params params = {
        .log2_blowup = 1, .n_queries = 4, .grinding_bits = 1, .log2_cap = 2, .insecure = 1};
    situ_stark_reason reason;
    chain_proof p;
    CHECK_EQ(chain_proof_open(&p, c, &params, NULL), SITU_OK);
    CHECK_EQ(chain_prove(&p), SITU_OK);
    CHECK_EQ(chain_verify(&p, &reason), SITU_OK);
    c->last[2] ^= 1; /* the claim still binds the old end, so only the bus can tell */
    CHECK_EQ(chain_verify(&p, &reason), SITU_ERR_REJECT);
    c->last[2] ^= 1;
    p.statement.claim[0] ^= 1;
    CHECK_EQ(chain_verify(&p, &reason), SITU_ERR_REJECT);
    chain_proof_close(&p);
    chain_close(c);
}

TEST(chains_are_proven)
{
    chain c = keccak_chain(5);
    prove_and_verify(&c);
    c = blake3_chain(19, 2);
    prove_and_verify(&c);
}

TEST_MAIN()
