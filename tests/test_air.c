/* test_air.c — what airc makes of the systems in tests/air: the evaluators agree with the source and with
 * each other, the metadata is right, lookups are counted, the checker finds planted faults. */
#include <stdlib.h>

#include "air/check.h"
#include "air/std.h"
#include "base/cpu.h"
#include "gen/blake3_chain/blake3_chain.h"
#include "gen/chain/chain.h"
#include "gen/fibonacci/fibonacci.h"
#include "gen/sample/sample.h"
#include "tests/test.h"

static const situ_air_prover_system *const SYSTEMS[] = {&situ_fibonacci_prover, &situ_chain_prover,
                                                        &situ_sample_prover};

static void for_every_table(void (*fn)(const situ_air_prover_system *, u32))
{
    for (u32 s = 0; s < SITU_ARRAY_LEN(SYSTEMS); s++)
        for (u32 t = 0; t < SYSTEMS[s]->shape->n_tables; t++) fn(SYSTEMS[s], t);
}

static kb *random_kbs(size_t n)
{
    kb *x = aligned_alloc(64, u64_align_up((n + 1) * sizeof *x, 64));
    for (size_t i = 0; i < n; i++) x[i] = (kb)test_random_below(KB_P);
    return x;
}

/* --- evaluators ------------------------------------------------------------------------------- */

static void check_self_test(const situ_air_prover_system *s, u32 t)
{
    const situ_air_table *shape = &s->shape->tables[t];
    kb *scratch = random_kbs(situ_air_self_test_words(shape, s->shape->n_publics));
    CHECK_EQ(situ_air_self_test(shape, s->tables[t].eval_row, s->shape->n_publics, scratch),
             s->tables[t].self_test);
    free(scratch);
}

TEST(generated_c_says_what_the_source_says) { for_every_table(check_self_test); }

typedef struct {
    kb *pre, *main, *publics, *out;
    size_t n_out;
} rows16;

static rows16 random_rows(const situ_air_system *s, const situ_air_table *t)
{
    rows16 r = {.pre = random_kbs(16 * (size_t)t->n_pre), .main = random_kbs(16 * (size_t)t->n_main)};
    r.publics = random_kbs(s->n_publics);
    r.n_out = (size_t)t->n_constraints + t->n_interactions + t->n_values;
    r.out = random_kbs(16 * r.n_out);
    return r;
}

static void rows_free(rows16 *r)
{
    free(r->pre);
    free(r->main);
    free(r->publics);
    free(r->out);
}

/* out[n_out] of row `lane` of r. */
static void eval_lane(const situ_air_prover_system *s, u32 t, const rows16 *r, u32 lane, kb *out)
{
    const situ_air_table *shape = &s->shape->tables[t];
    kb *pre = random_kbs(shape->n_pre), *main = random_kbs(shape->n_main);
    for (u32 i = 0; i < shape->n_pre; i++) pre[i] = r->pre[16 * i + lane];
    for (u32 i = 0; i < shape->n_main; i++) main[i] = r->main[16 * i + lane];
    s->tables[t].eval_row(pre, main, r->publics, out, out + shape->n_constraints,
                          out + shape->n_constraints + shape->n_interactions);
    free(pre);
    free(main);
}

static void check_packed(const situ_air_prover_system *s, u32 t)
{
    const situ_air_table *shape = &s->shape->tables[t];
    rows16 r = random_rows(s->shape, shape);
    kb *want = random_kbs(r.n_out), *mults = r.out + 16 * (size_t)shape->n_constraints;
    for (int level = 0; level <= (int)situ_cpu_best(); level++) {
        CHECK(s->tables[t].eval_packed[level] != NULL);
        s->tables[t].eval_packed[level](r.pre, r.main, r.publics, r.out, mults,
                                        mults + 16 * (size_t)shape->n_interactions);
        for (u32 lane = 0; lane < 16; lane++) {
            eval_lane(s, t, &r, lane, want);
            for (size_t i = 0; i < r.n_out; i++) CHECK_EQ(r.out[16 * i + lane], want[i]);
        }
    }
    free(want);
    rows_free(&r);
}

TEST(sixteen_rows_at_once_agree_with_one) { for_every_table(check_packed); }

static k6 random_k6(void)
{
    k6 x;
    for (int i = 0; i < K6_DEGREE; i++) x.c[i] = (kb)test_random_below(KB_P);
    return x;
}

/* Over K on the line x + s (y - x), outputs are polynomials in s of degree at most D: their D + 2 values at
 * points of F, computed over F, and one at a point of K, computed over K, must belong together. */
static k6 lagrange(const kb *values, u32 n, k6 s)
{
    k6 sum = k6_zero();
    for (u32 i = 0; i < n; i++) {
        k6 term = k6_from_kb(values[i]);
        for (u32 j = 0; j < n; j++) {
            if (j == i) continue;
            kb inverse = kb_inv(kb_sub(kb_from_u32(i), kb_from_u32(j)));
            term = k6_mul_kb(k6_mul(term, k6_sub_kb(s, kb_from_u32(j))), inverse);
        }
        sum = k6_add(sum, term);
    }
    return sum;
}

enum { LINE_POINTS = 8 };

static kb on_line(const kb *lanes, u32 s) /* lane 0 to lane 1 */
{
    return kb_add(lanes[0], kb_mul(kb_from_u32(s), kb_sub(lanes[1], lanes[0])));
}

static k6 on_line_k(const kb *lanes, k6 s)
{
    return k6_add_kb(k6_mul_kb(s, kb_sub(lanes[1], lanes[0])), lanes[0]);
}

static void check_over_k(const situ_air_prover_system *s, u32 t)
{
    const situ_air_table *shape = &s->shape->tables[t];
    rows16 r = random_rows(s->shape, shape);
    kb *values = random_kbs(LINE_POINTS * r.n_out);
    for (u32 point = 0; point < LINE_POINTS; point++) {
        rows16 line = random_rows(s->shape, shape);
        for (u32 i = 0; i < shape->n_pre; i++) line.pre[16 * i] = on_line(r.pre + 16 * i, point);
        for (u32 i = 0; i < shape->n_main; i++) line.main[16 * i] = on_line(r.main + 16 * i, point);
        memcpy(line.publics, r.publics, s->shape->n_publics * sizeof(kb));
        eval_lane(s, t, &line, 0, values + point * r.n_out);
        rows_free(&line);
    }
    k6 at = random_k6();
    k6 *pre = calloc(shape->n_pre + 1, sizeof *pre), *main = calloc(shape->n_main + 1, sizeof *main);
    k6 *out = calloc(r.n_out + 1, sizeof *out), *mults = out + shape->n_constraints;
    for (u32 i = 0; i < shape->n_pre; i++) pre[i] = on_line_k(r.pre + 16 * i, at);
    for (u32 i = 0; i < shape->n_main; i++) main[i] = on_line_k(r.main + 16 * i, at);
    shape->eval_k(pre, main, r.publics, out, mults, mults + shape->n_interactions);
    for (size_t i = 0; i < r.n_out; i++) {
        kb column[LINE_POINTS];
        for (u32 point = 0; point < LINE_POINTS; point++) column[point] = values[point * r.n_out + i];
        CHECK(k6_equal(out[i], lagrange(column, LINE_POINTS, at)));
    }
    free(pre);
    free(main);
    free(out);
    free(values);
    rows_free(&r);
}

TEST(evaluation_over_k_agrees) { for_every_table(check_over_k); }

/* --- metadata --------------------------------------------------------------------------------- */

static const situ_air_interaction *find_message(const situ_air_prover_system *s, u32 t, const char *name)
{
    for (u32 i = 0; i < s->shape->tables[t].n_interactions; i++)
        if (strcmp(s->tables[t].interaction_names[i], name) == 0) return &s->shape->tables[t].interactions[i];
    test_fail(__FILE__, __LINE__, "no message %s", name);
}

static u32 find_constraint(const situ_air_prover_system *s, u32 t, const char *name)
{
    for (u32 i = 0; i < s->shape->tables[t].n_constraints; i++)
        if (strcmp(s->tables[t].constraint_names[i], name) == 0) return i;
    test_fail(__FILE__, __LINE__, "no constraint %s", name);
}

TEST(shapes)
{
    const situ_air_table *t = &situ_chain_system.tables[SITU_CHAIN_TABLE_CHAIN];
    CHECK_STR_EQ(t->name, "chain");
    CHECK_EQ(t->n_pre, 0);
    CHECK_EQ(t->n_main, 11);
    CHECK_EQ(t->n_constraints, 11);
    CHECK_EQ(t->n_interactions, 5);
    CHECK_EQ(t->n_values, 10);
    CHECK_EQ(t->degree, 3);
    CHECK_EQ(t->max_instances, 2);
    CHECK_EQ(situ_chain_system.n_publics, 1);
    CHECK_STR_EQ(situ_chain_system.public_names[0], "rounds");
    CHECK_EQ(situ_chain_system.public_bits[0], 16);
    CHECK(situ_chain_system.buses[SITU_CHAIN_BUS_RANGE].is_lookup);
    CHECK_EQ(situ_sample_system.version, 3);
    CHECK(situ_sample_system.buses[SITU_SAMPLE_BUS_EDGE].is_global);
    CHECK_EQ(situ_sample_system.tables[SITU_SAMPLE_TABLE_MAIN].degree, 4);
    CHECK_EQ(situ_sample_system.tables[SITU_SAMPLE_TABLE_MAIN].n_pre, 7);
}

TEST(interactions)
{
    u32 t = SITU_SAMPLE_TABLE_MAIN;
    const situ_air_prover_system *s = &situ_sample_prover;
    const situ_air_interaction *x = find_message(s, t, "main.receive.token");
    CHECK_EQ(x->bus, SITU_SAMPLE_BUS_TOKEN);
    CHECK_EQ(x->degree_mult, 1);
    CHECK_EQ(x->degree_tuple, 1);
    CHECK_EQ(x->mult_max, 1);
    CHECK(x->is_receive && !x->is_provider);
    CHECK_EQ(find_message(s, t, "main.send.wide")->mult_max, 3);
    CHECK_EQ(find_message(s, t, "main.send.wide")->degree_mult, 0);
    CHECK_EQ(find_message(s, t, "main.send.wide")->degree_tuple, 2);
    CHECK_EQ(find_message(s, t, "main.late[2]")->bus, SITU_SAMPLE_BUS_RANGE);
    CHECK_EQ(find_message(s, t, "main.cube[1][2][1].range")->mult_max, 1);
    x = find_message(s, SITU_SAMPLE_TABLE_BYTE, "byte.provide.byte[0]");
    CHECK(x->is_provider && !x->is_receive);
    CHECK_EQ(x->mult_max, 0);
    find_constraint(s, t, "main.real.bit");
    find_constraint(s, t, "main.p[4].low.b[1].bit");
    find_constraint(s, t, "main.odd[1][1]");
    find_constraint(s, t, "main.p[5].pair");
}

TEST(columns_follow_the_row_structs)
{
    const situ_air_prover_table *t = &situ_sample_prover.tables[SITU_SAMPLE_TABLE_MAIN];
    u32 found = 0;
    for (u32 i = 0; i < t->n_columns_named; i++) {
        const situ_air_column *c = &t->columns[i];
        if (strcmp(c->name, "cube") == 0) {
            CHECK_EQ(c->first * sizeof(u32), offsetof(situ_sample_main_row, cube));
            CHECK_EQ(c->n, 12);
            CHECK(c->type == SITU_AIR_UINT && c->bits == 16 && !c->is_pre);
            found++;
        }
        if (strcmp(c->name, "p[2].low.b") == 0) {
            CHECK_EQ(c->first * sizeof(u32), offsetof(situ_sample_main_row, p[2].low.b));
            CHECK_EQ(c->type, SITU_AIR_BIT);
            found++;
        }
        if (strcmp(c->name, "grid") == 0) {
            CHECK_EQ(c->first * sizeof(u32), offsetof(situ_sample_main_pre_row, grid));
            CHECK(c->is_pre);
            found++;
        }
    }
    CHECK_EQ(found, 3);
}

TEST(digests_differ)
{
    for (u32 i = 0; i < SITU_ARRAY_LEN(SYSTEMS); i++)
        for (u32 k = 0; k < i; k++)
            CHECK(memcmp(SYSTEMS[i]->shape->digest, SYSTEMS[k]->shape->digest, 32) != 0);
}

/* --- standard tables -------------------------------------------------------------------------- */

/* Every (value, bits) is provided by the message that its counter goes to, and nothing else is provided. */
TEST(range_table_rows)
{
    kb pre[SITU_AIR_RANGE_PRE], main[16], mults[16], values[32];
    u32 *counters = calloc(SITU_AIR_RANGE_COUNTERS, sizeof *counters), n = 0;
    for (u32 i = 1; i < SITU_AIR_RANGE_COUNTERS; i++) counters[i] = i;
    for (u32 row = 0; row < SITU_AIR_RANGE_ROWS; row++) {
        u32 plain[SITU_AIR_RANGE_PRE], cells[SITU_AIR_RANGE_MULTS];
        situ_air_range_row(plain, row);
        situ_air_range_mults(cells, counters, row);
        for (u32 i = 0; i < SITU_AIR_RANGE_PRE; i++) pre[i] = kb_from_u32(plain[i]);
        for (u32 i = 0; i < SITU_AIR_RANGE_MULTS; i++) main[i] = kb_from_u32(cells[i]);
        situ_chain_prover.tables[SITU_CHAIN_TABLE_RANGE].eval_row(pre, main, main, NULL, mults, values);
        for (u32 k = 0; k < SITU_AIR_RANGE_MULTS; k++) {
            u32 value = kb_to_u32(values[2 * k]), bits = kb_to_u32(values[2 * k + 1]),
                mult = kb_to_u32(mults[k]);
            CHECK(bits <= 16 && value >> bits == 0);
            CHECK(mult == situ_air_range_index(value, bits) || (mult == 0 && row == 0 && k == 0));
            n += mult != 0;
        }
    }
    CHECK_EQ(n, SITU_AIR_RANGE_COUNTERS - 1);
    free(counters);
}

TEST(byte_table_rows)
{
    enum { LANES = SITU_AIR_BYTE_MULTS };
    const situ_air_prover_table *t = &situ_blake3_chain_prover.tables[SITU_BLAKE3_CHAIN_TABLE_BYTE];
    kb pre[SITU_AIR_BYTE_PRE], main[LANES], mults[LANES], values[4 * LANES];
    u32 *counters = calloc(SITU_AIR_BYTE_OPS * SITU_AIR_BYTE_PAIRS, sizeof *counters), n = 0;
    for (u32 i = 0; i < SITU_AIR_BYTE_OPS * SITU_AIR_BYTE_PAIRS; i++) counters[i] = i + 1;
    for (u32 row = 0; row < SITU_AIR_BYTE_ROWS; row++) {
        u32 plain[SITU_AIR_BYTE_PRE], cells[LANES];
        situ_air_byte_row(plain, row);
        situ_air_byte_mults(cells, counters, row);
        for (u32 i = 0; i < SITU_AIR_BYTE_PRE; i++) pre[i] = kb_from_u32(plain[i]);
        for (u32 i = 0; i < LANES; i++) main[i] = kb_from_u32(cells[i]);
        t->eval_row(pre, main, NULL, NULL, mults, values);
        for (u32 k = 0; k < LANES; k++) {
            u32 v[4];
            for (u32 i = 0; i < 4; i++) v[i] = kb_to_u32(values[4 * k + i]);
            CHECK(v[0] < SITU_AIR_BYTE_OPS && v[1] < 256 && v[2] < 256);
            CHECK_EQ(v[3], v[0] == 0 ? v[1] & v[2] : v[0] == 1 ? v[1] | v[2] : v[0] == 2 ? v[1] ^ v[2] : 0);
            CHECK_EQ(kb_to_u32(mults[k]), situ_air_byte_index(v[0], v[1], v[2]) + 1);
            n++;
        }
    }
    CHECK_EQ(n, SITU_AIR_BYTE_OPS * SITU_AIR_BYTE_PAIRS);
    free(counters);
}

static void count_unprovided(void *ctx, u32 bus, const u32 *values, u32 mult)
{
    (void)bus, (void)values;
    *(u32 *)ctx += mult;
}

/* Two bytes asked for by one message are counted at their row; values beyond, or a third one, have no row. */
TEST(byte_pairs)
{
    static u32 byte[SITU_AIR_BYTE_OPS * SITU_AIR_BYTE_PAIRS];
    u32 elsewhere = 0;
    const situ_air_lookup_sink sink = {.byte = byte, .ctx = &elsewhere, .ask = count_unprovided};
    const situ_sample_pairs_row rows[] = {{{255, 7, 0}}, {{256, 7, 0}}, {{255, 256, 0}}, {{255, 7, 7}}};
    situ_air_lookups *count = situ_sample_prover.tables[SITU_SAMPLE_TABLE_PAIRS].lookups;
    for (u32 i = 0; i < SITU_ARRAY_LEN(rows); i++) {
        count(NULL, rows[i].x, 1, NULL, &sink);
        CHECK_EQ(byte[situ_air_byte_index(3, 255, 7)], 1);
        CHECK_EQ(elsewhere, i);
    }
}

/* --- a witness of the chain, counted and checked ---------------------------------------------- */

enum { CHAIN_ROWS = 32, CHAIN_ACTIVE = 21, START = 12345 };

static const u32 KEY[4] = {17, 4711, 65537, KB_P - 1};

static u32 cube_plus(u64 x, u32 k) { return (u32)((x * x % KB_P * x + k) % KB_P); }

typedef struct {
    situ_chain_chain_row chain[CHAIN_ROWS];
    kb chain_kb[CHAIN_ROWS * sizeof(situ_chain_chain_row) / sizeof(u32)];
    u32 range[SITU_AIR_RANGE_COUNTERS];
    u32 n_asked_elsewhere;
    kb pre[3], main[16]; /* the range table's row in hand */
    kb publics[1], first[2], last[2];
} chain_witness;

static void count_elsewhere(void *ctx, u32 bus, const u32 *values, u32 mult)
{
    (void)bus, (void)values;
    ((chain_witness *)ctx)->n_asked_elsewhere += mult;
}

static void chain_close(chain_witness *w)
{
    const u32 publics[1] = {CHAIN_ACTIVE};
    const situ_air_lookup_sink sink = {.range = w->range, .ctx = w, .ask = count_elsewhere};
    memset(w->range, 0, sizeof w->range);
    w->n_asked_elsewhere = 0;
    situ_chain_chain_lookups(NULL, &w->chain[0].active, CHAIN_ROWS, publics, &sink);
    for (size_t i = 0; i < SITU_ARRAY_LEN(w->chain_kb); i++)
        w->chain_kb[i] = kb_from_u32((&w->chain[0].active)[i]);
}

static chain_witness *chain_make(void)
{
    chain_witness *w = calloc(1, sizeof *w);
    u32 x = START;
    for (u32 i = 0; i < CHAIN_ACTIVE; i++) {
        situ_chain_chain_row *r = &w->chain[i];
        r->active = 1;
        r->step = i;
        r->next = i + 1;
        r->quarter = i / 4;
        r->pick[i % 4] = 1;
        r->x = x;
        r->first.y = cube_plus(((u64)x + KEY[i % 4]) % KB_P, 0);
        r->second.y = x = cube_plus(r->first.y, 5);
    }
    for (u32 i = CHAIN_ACTIVE; i < CHAIN_ROWS; i++)
        w->chain[i].second.y = 5; /* the rounds hold on padding too */
    w->publics[0] = kb_from_u32(CHAIN_ACTIVE);
    w->first[1] = kb_from_u32(START);
    w->last[0] = kb_from_u32(CHAIN_ACTIVE);
    w->last[1] = kb_from_u32(x);
    chain_close(w);
    return w;
}

static void range_row(void *ctx, u64 row, const kb **pre, const kb **main)
{
    chain_witness *w = ctx;
    situ_air_range_row(w->pre, (u32)row);
    situ_air_range_mults(w->main, w->range, (u32)row);
    for (u32 i = 0; i < SITU_AIR_RANGE_PRE; i++) w->pre[i] = kb_from_u32(w->pre[i]);
    for (u32 i = 0; i < SITU_AIR_RANGE_MULTS; i++) w->main[i] = kb_from_u32(w->main[i]);
    *pre = w->pre;
    *main = w->main;
}

static void chain_row(void *ctx, u64 row, const kb **pre, const kb **main)
{
    (void)pre;
    *main = ((chain_witness *)ctx)->chain_kb + row * (sizeof(situ_chain_chain_row) / sizeof(u32));
}

static char first_report[4096];

static void keep_report(void *ctx, const char *line)
{
    (void)ctx;
    if (!first_report[0]) snprintf(first_report, sizeof first_report, "%s", line);
}

static u64 chain_findings(chain_witness *w)
{
    u64 n = 0;
    const situ_air_trace_table tables[] = {{SITU_CHAIN_TABLE_CHAIN, CHAIN_ROWS, w, chain_row},
                                           {SITU_CHAIN_TABLE_RANGE, SITU_AIR_RANGE_ROWS, w, range_row}};
    const situ_air_boundary boundary[] = {{SITU_CHAIN_BUS_LINK, 1, false, w->first},
                                          {SITU_CHAIN_BUS_LINK, 1, true, w->last}};
    const situ_air_trace trace = {
        .tables = tables, .n_tables = 2, .boundary = boundary, .n_boundary = 2, .publics = w->publics};
    first_report[0] = 0;
    CHECK_EQ(situ_air_check(&n, &situ_chain_prover, &trace, 8, keep_report, NULL), SITU_OK);
    return n;
}

TEST(lookups_are_counted)
{
    chain_witness *w = chain_make();
    u64 total = 0;
    CHECK_EQ(w->n_asked_elsewhere, 0);
    for (u32 i = 0; i < SITU_AIR_RANGE_COUNTERS; i++) total += w->range[i];
    CHECK_EQ(total, 2 * CHAIN_ROWS + CHAIN_ACTIVE);     /* next, quarter; left when active */
    CHECK_EQ(w->range[situ_air_range_index(5, 14)], 1); /* quarter of row 20               */
    CHECK_EQ(w->range[situ_air_range_index(0, 14)], 4 + CHAIN_ROWS - CHAIN_ACTIVE); /* rows 0..3, padding */
    CHECK_EQ(w->range[situ_air_range_index(3, 16)], 2); /* next of row 2, left of row 17   */
    w->chain[3].quarter = 1 << 14;                      /* no row provides this */
    chain_close(w);
    CHECK_EQ(w->n_asked_elsewhere, 1);
    free(w);
}

TEST(an_honest_witness_passes)
{
    chain_witness *w = chain_make();
    CHECK_EQ(chain_findings(w), 0);
    free(w);
}

/* Every column of an active and of a padding row, one at a time, set to another value: found, with table and
 * row. */
TEST(every_planted_fault_is_found)
{
    enum { N_COLUMNS = sizeof(situ_chain_chain_row) / sizeof(u32) };
    const u32 rows[] = {0, 7, CHAIN_ACTIVE - 1, CHAIN_ROWS - 1};
    for (u32 r = 0; r < SITU_ARRAY_LEN(rows); r++) {
        for (u32 c = 0; c < N_COLUMNS; c++) {
            chain_witness *w = chain_make();
            u32 *cell = &(&w->chain[rows[r]].active)[c];
            *cell = *cell == 0 ? 1 : *cell - 1;
            chain_close(w);
            bool padding = rows[r] >= CHAIN_ACTIVE;
            /* Of a padding row, only these matter to anybody. */
            bool free_on_padding = padding && (c == 1 || c == 2 || c == 8); /* step, next, quarter */
            u64 n = chain_findings(w);
            if (free_on_padding)
                CHECK_EQ(n, 0);
            else
                CHECK(n > 0 && first_report[0]);
            free(w);
        }
    }
}

TEST(reports_name_what_is_wrong)
{
    chain_witness *w = chain_make();
    w->chain[7].first.y ^= 1;
    chain_close(w);
    CHECK(chain_findings(w) > 0);
    CHECK(strstr(first_report, "table chain, row 7: constraint chain.first.cube is") != NULL);
    CHECK(strstr(first_report, "pick=0,0,0,1") != NULL);
    w->chain[7].first.y ^= 1;
    w->chain[9].quarter = 1 << 14;
    w->chain[9].active = w->chain[9].pick[1] = 0;
    w->chain[9].next = 70000;
    chain_close(w);
    CHECK(chain_findings(w) >= 2);
    free(w);
}

TEST(an_unanswered_lookup_is_found)
{
    chain_witness *w = chain_make();
    w->chain[CHAIN_ROWS - 1].next = 65536; /* padding: only the range message minds */
    chain_close(w);
    CHECK_EQ(chain_findings(w), 1);
    CHECK_STR_EQ(
        first_report,
        "bus range: message (65536, 16) is sent -1 times more than received; first seen in table chain, row "
        "31: chain.next.range");
    free(w);
}

TEST(a_wrong_boundary_is_found)
{
    chain_witness *w = chain_make();
    w->last[1] = kb_add(w->last[1], KB_ONE);
    CHECK_EQ(chain_findings(w), 2);
    CHECK(strstr(first_report, "bus link: message (21, ") != NULL);
    free(w);
}

TEST(preprocessed_values_are_held_to_their_types)
{
    const situ_air_column *bad = NULL;
    kb pre[3] = {kb_from_u32(65520), kb_from_u32(16)};
    CHECK(situ_air_check_preprocessed(&situ_chain_prover.tables[SITU_CHAIN_TABLE_RANGE], pre, &bad));
    pre[0] = kb_from_u32(65536);
    CHECK(!situ_air_check_preprocessed(&situ_chain_prover.tables[SITU_CHAIN_TABLE_RANGE], pre, &bad));
    CHECK_STR_EQ(bad->name, "range_start");
}

/* --- Fibonacci -------------------------------------------------------------------------------- */

enum { FIB_ROWS = 64 };

static void fibonacci_row(void *ctx, u64 row, const kb **pre, const kb **main)
{
    (void)pre;
    *main = (const kb *)ctx + 4 * row;
}

TEST(fibonacci)
{
    static kb rows[4 * FIB_ROWS];
    kb a = 0, b = KB_ONE;
    u64 n = 0;
    for (u32 i = 0; i < FIB_ROWS; i++) {
        kb *r = rows + 4 * i, c = kb_add(a, b);
        r[0] = KB_ONE;
        r[1] = kb_from_u32(i);
        r[2] = a;
        r[3] = b;
        a = b;
        b = c;
    }
    const kb first[3] = {0, 0, KB_ONE}, last[3] = {kb_from_u32(FIB_ROWS), a, b};
    const situ_air_trace_table tables[] = {{SITU_FIBONACCI_TABLE_FIBONACCI, FIB_ROWS, rows, fibonacci_row}};
    const situ_air_boundary boundary[] = {{SITU_FIBONACCI_BUS_STATE, 1, false, first},
                                          {SITU_FIBONACCI_BUS_STATE, 1, true, last}};
    const situ_air_trace trace = {.tables = tables, .n_tables = 1, .boundary = boundary, .n_boundary = 2};
    CHECK_EQ(situ_air_check(&n, &situ_fibonacci_prover, &trace, 0, NULL, NULL), SITU_OK);
    CHECK_EQ(n, 0);
    rows[4 * 30 + 2] = kb_add(rows[4 * 30 + 2], KB_ONE);
    CHECK_EQ(situ_air_check(&n, &situ_fibonacci_prover, &trace, 0, NULL, NULL), SITU_OK);
    CHECK_EQ(n, 4); /* what row 30 receives, what was sent to it, what it sends, what its receiver expects */
}

TEST_MAIN()
