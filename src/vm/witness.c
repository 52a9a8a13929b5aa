/* witness.c — see witness.h.
 *
 * Every chunk of the trace is a task, the edges are one more: its rows start where the rows of the tasks before
 * it end, which the plan has counted.  Rows gather in small batches; a full batch counts what it looks up and
 * goes out.  When all tasks are done the counts of all workers make the rows of the tables that provide.
 */
#include "vm/witness.h"

#include <stdlib.h>
#include <string.h>

#include "air/blake3_f.h"
#include "air/std.h"
#include "situ/mem.h"
#include "stark/layout.h"
#include "vm/tables/memory.h"

enum {
    BATCH_WORDS = 4096, /* of a table's batch; more where rows are wide, for BATCH_ROWS_MIN of them */
    BATCH_ROWS_MIN = VM_ROWS_TOGETHER_MAX,
    BATCH_ROWS_MAX = 64,
    WASTE_ROWS = 2048,
    FIXED_LOG2_ROWS = 13, /* of the lookup tables: what the key commits to has one height where it can */
    SHARE_FAST = 256,     /* padding, as a share of all cells: ... */
    SHARE_SHORT = 16,     /* ... where proofs are meant to be short, and verified by proven programs */
    LOG2_BLOWUP_SHORT = 3,
};

/* --- heights -------------------------------------------------------------------------------------------- */

static u32 log2_ceil(u64 n) { return n <= 64 ? SITU_STARK_LOG2_ROWS_MIN : u64_log2(n - 1) + 1; }

static const situ_air_table *shape(u32 table) { return &situ_vm_system.tables[table]; }

situ_err vm_key_heights(const situ_program *p, u8 log2_rows[SITU_STARK_SLOTS_MAX])
{
    u32 slot = 0;
    memset(log2_rows, 0, SITU_STARK_SLOTS_MAX);
    for (u32 t = 0; t < SITU_VM_TABLES; t++) {
        u64 n = 0;
        switch (t) {
        case SITU_VM_TABLE_RANGE: n = SITU_AIR_RANGE_ROWS; break;
        case SITU_VM_TABLE_BYTE: n = SITU_AIR_BYTE_ROWS; break;
        case SITU_VM_TABLE_XOR_NIBBLES: n = BLAKE3_XOR_ROWS; break;
        case SITU_VM_TABLE_PROGRAM: n = p->n_insns; break;
        case SITU_VM_TABLE_IMAGE: n = p->n_image_words; break;
        case SITU_VM_TABLE_REGIONS: n = p->n_regions; break;
        default: break;
        }
        if (n > UINT64_C(1) << SITU_STARK_LOG2_ROWS_MAX) return SITU_ERR_LIMIT;
        SITU_ASSERT((n != 0) == (shape(t)->n_pre != 0) || t == SITU_VM_TABLE_IMAGE);
        SITU_ASSERT(slot + shape(t)->max_instances <= SITU_STARK_SLOTS_MAX);
        if (shape(t)->n_pre) log2_rows[slot] = (u8)u64_max(log2_ceil(n), FIXED_LOG2_ROWS);
        slot += shape(t)->max_instances;
    }
    return SITU_OK;
}

void vm_preprocessed(const void *ctx, u32 table, u32 row, u32 *cells)
{
    const situ_program *p = ctx;
    switch (table) {
    case SITU_VM_TABLE_RANGE: situ_air_range_row(cells, row); break;
    case SITU_VM_TABLE_BYTE: situ_air_byte_row(cells, row); break;
    case SITU_VM_TABLE_XOR_NIBBLES: blake3_xor_row(cells, row); break;
    case SITU_VM_TABLE_PROGRAM: vm_program_pre_row(p, row, (situ_vm_program_pre_row *)cells); break;
    case SITU_VM_TABLE_IMAGE: vm_image_pre_row(p, row, (situ_vm_image_pre_row *)cells); break;
    case SITU_VM_TABLE_REGIONS: vm_regions_pre_row(p, row, (situ_vm_regions_pre_row *)cells); break;
    default: situ_panic(__FILE__, __LINE__, "no preprocessed columns"); break;
    }
}

/* Split n rows over at most n_instances tables of 2^h rows each, as few as leave no more than waste_max rows of padding: every
 * further one takes the largest full power of two first. */
static bool place_rows(u8 *log2_rows, u32 n_instances, u64 n, u64 waste_max)
{
    for (u32 k = 0; n > 0; k++) {
        if (k == n_instances) return false;
        u32 log2 = log2_ceil(n);
        bool is_last = k + 1 == n_instances;
        if (!is_last && log2 > SITU_STARK_LOG2_ROWS_MIN && (UINT64_C(1) << log2) - n > waste_max) log2--;
        if (!is_last && log2 > SITU_STARK_LOG2_ROWS_MAX) log2 = SITU_STARK_LOG2_ROWS_MAX;
        if (log2 > SITU_STARK_LOG2_ROWS_MAX) return false;
        log2_rows[k] = (u8)log2;
        n -= u64_min(n, UINT64_C(1) << log2);
    }
    return true;
}

/* What a row of table t costs, in cells: main columns, and about three for each message. */
static u64 row_cells(u32 t) { return shape(t)->n_main + 3 * (u64)shape(t)->n_interactions; }

/* --- counting ------------------------------------------------------------------------------------------- */

static vm_step step_of(const situ_program *p, const situ_trace_chunk *c, u32 i)
{
    const situ_step *s = &c->steps[i];
    return (vm_step){s, &p->insns[s->insn], s->extra_at == SITU_NO_EXTRA ? NULL : c->extras + s->extra_at};
}

static void count_chunk(const situ_program *p, const situ_trace_chunk *c, u64 *n_rows)
{
    for (u32 i = 0; i < c->n_steps; i++) {
        vm_step s = step_of(p, c, i);
        if (s.insn->op == SITU_OP_ECALL)
            vm_ecall_count(&s, n_rows);
        else
            n_rows[vm_rule_of(&s)->table]++;
    }
    n_rows[SITU_VM_TABLE_TOUCH] += c->n_touches;
}

/* Tell every end of a history, chain by chain, and the addresses that a chain passes over. */
static void each_final(const situ_segment *s, void (*final)(void *ctx, const vm_final *f), void *ctx)
{
    u32 at = 0;
    for (u32 reg = 0; reg < SITU_REGS; reg++) {
        vm_final f = {.key = SITU_KEY(SITU_SPACE_REG, reg),
                      .next = reg + 1 < SITU_REGS ? reg + 1 : SITU_VM_WORDS};
        if (at < s->n_edges && s->edges[at].key == f.key) {
            f.value = s->edges[at++].last;
            f.segment = s->number;
        }
        final(ctx, &f);
    }
    for (u32 space = SITU_SPACE_RW; space <= SITU_SPACE_RO; space++) {
        vm_final f = {.key = SITU_KEY(space, 0), .is_skip = true};
        for (; at < s->n_edges && SITU_KEY_SPACE(s->edges[at].key) == space; at++) {
            const situ_edge *e = &s->edges[at];
            f.next = SITU_KEY_ADDRESS(e->key);
            final(ctx, &f);
            f = (vm_final){.value = e->last, .key = e->key, .segment = s->number};
        }
        f.next = SITU_VM_WORDS;
        final(ctx, &f);
    }
}

void vm_count_edges(const situ_program *p, const situ_segment *s, u64 *n_rows)
{
    n_rows[SITU_VM_TABLE_EDGE] += s->n_edges;
    n_rows[SITU_VM_TABLE_FINAL] += SITU_REGS + 2;
    for (u32 i = 0; i < s->n_edges; i++) {
        u32 key = s->edges[i].key;
        if (SITU_KEY_SPACE(key) == SITU_SPACE_REG) continue;
        n_rows[SITU_VM_TABLE_FINAL]++;
        u32 kind = situ_program_region(p, SITU_KEY_ADDRESS(key))->kind;
        n_rows[SITU_VM_TABLE_ZERO_INIT] += kind == SITU_REGION_ZERO;
        n_rows[SITU_VM_TABLE_INPUT_INIT] += kind == SITU_REGION_INPUT;
    }
}

/* Give tables of one height the next greater one there is, cheapest first, as long as that adds at most `budget` cells: every height
 * costs a path's node in each tree and a row of its own in every query. */
static void merge_heights(u8 *log2_rows, const u8 *key_heights, const u32 *first_slot, u64 budget)
{
    for (;;) {
        u64 cells[SITU_STARK_LOG2_ROWS_MAX + 1] = {0}, best_cost = budget + 1;
        u32 present = 0, fixed = 0, best = 0, best_to = 0;
        for (u32 t = 0; t < SITU_VM_TABLES; t++)
            for (u32 slot = first_slot[t]; slot < first_slot[t + 1]; slot++) {
                if (log2_rows[slot] == 0) continue;
                present |= 1u << log2_rows[slot];
                if (key_heights[slot]) fixed |= 1u << log2_rows[slot];
                cells[log2_rows[slot]] += row_cells(t);
            }
        for (u32 h = 0; h < SITU_STARK_LOG2_ROWS_MAX; h++) {
            const u32 above = present >> (h + 1);
            if (!(present >> h & 1) || fixed >> h & 1 || above == 0) continue;
            const u32 to = h + 1 + (u32)__builtin_ctz(above);
            const u64 cost = cells[h] * ((UINT64_C(1) << to) - (UINT64_C(1) << h));
            if (cost < best_cost) best_cost = cost, best = h, best_to = to;
        }
        if (best == 0) return;
        budget -= best_cost;
        for (u32 slot = 0; slot < first_slot[SITU_VM_TABLES]; slot++)
            if (log2_rows[slot] == best) log2_rows[slot] = (u8)best_to;
    }
}

static u32 heights_present(const u8 *log2_rows, u32 n_slots)
{
    u32 present = 0;
    for (u32 slot = 0; slot < n_slots; slot++) present |= 1u << log2_rows[slot];
    return present & ~1u;
}

/* Two instances of a table of one height become one of twice that where some table is that tall already: as many cells, half the
 * columns, no further height.  A table's heights stay in descending order. */
static void join_instances(u8 *log2_rows, const u32 *first_slot)
{
    for (u32 t = 0; t < SITU_VM_TABLES; t++) {
        u8 *h = log2_rows + first_slot[t];
        const u32 n = first_slot[t + 1] - first_slot[t];
        for (u32 i = 1; i < n;) {
            const u32 taller = heights_present(log2_rows, first_slot[SITU_VM_TABLES]) >> (h[i] + 1u);
            if (h[i] == 0 || h[i] != h[i - 1] || !(taller & 1)) {
                i++;
                continue;
            }
            h[i - 1]++;
            memmove(h + i, h + i + 1, n - i - 1);
            h[n - 1] = 0;
            i = 1;
        }
    }
}

situ_err vm_choose_heights(const situ_program *program, u32 log2_blowup, u64 *n_rows, u8 *log2_rows,
                           u32 *first_slot, u32 *too_long)
{
    const u64 share = log2_blowup < LOG2_BLOWUP_SHORT ? SHARE_FAST : SHARE_SHORT;
    u32 slot = 0;
    u8 key_heights[SITU_STARK_SLOTS_MAX];
    memset(log2_rows, 0, SITU_STARK_SLOTS_MAX);
    *too_long = SITU_VM_TABLE_PROGRAM;
    SITU_TRY(vm_key_heights(program, key_heights));

    /* A table's padding may cost a share of everything, and need not be split away below WASTE_ROWS: every instance is opened in
     * every query, so it makes the proof longer. */
    u64 n_cells = 0;
    for (u32 t = 0; t < SITU_VM_TABLES; t++) n_cells += n_rows[t] * row_cells(t);
    for (u32 t = 0; t < SITU_VM_TABLES; t++) {
        first_slot[t] = slot;
        if (key_heights[slot]) {
            log2_rows[slot] = key_heights[slot];
            n_rows[t] = UINT64_C(1) << key_heights[slot];
        } else if (!place_rows(&log2_rows[slot], shape(t)->max_instances, n_rows[t],
                               u64_max(WASTE_ROWS, n_cells / share / row_cells(t)))) {
            *too_long = t;
            return SITU_ERR_LIMIT;
        }
        slot += shape(t)->max_instances;
    }
    first_slot[SITU_VM_TABLES] = slot;
    merge_heights(log2_rows, key_heights, first_slot, n_cells * 2 / share);
    join_instances(log2_rows, first_slot);
    return SITU_OK;
}

/* As much as situ_stark_cost_of asks of heights. */
static situ_err check_heights(const u8 *log2_rows, const situ_stark_params *params)
{
    stark_layout layout;
    SITU_TRY(stark_layout_make(&layout, &situ_vm_system, params, log2_rows));
    return stark_layout_check_security(&layout) ? SITU_ERR_LIMIT : SITU_OK;
}

/* Columns that a table adds to its height's, as the security argument counts them: auxiliary ones are opened twice. */
static u32 width_of(const situ_air_table *t, const situ_stark_params *params)
{
    return t->n_pre + t->n_main + 2 * K6_DEGREE * stark_logup_groups(t, stark_degree_max(params));
}

/* Of the height with the most columns the widest table without preprocessed ones becomes twice as tall.  False if none can. */
static bool raise_widest(u8 *log2_rows, const u32 *first_slot, const situ_stark_params *params)
{
    u32 total[SITU_STARK_LOG2_ROWS_MAX + 1] = {0}, at[SITU_STARK_LOG2_ROWS_MAX + 1] = {0}, widest = 0;
    u32 width[SITU_STARK_LOG2_ROWS_MAX + 1] = {0};
    for (u32 t = 0; t < SITU_VM_TABLES; t++) {
        for (u32 slot = first_slot[t]; slot < first_slot[t + 1]; slot++) {
            const u32 h = log2_rows[slot], n = width_of(shape(t), params);
            total[h] += n;
            if (shape(t)->n_pre || n <= width[h]) continue;
            width[h] = n;
            at[h] = slot;
        }
    }
    for (u32 h = 1; h < SITU_STARK_LOG2_ROWS_MAX; h++)
        if (width[h] && (!widest || total[h] > total[widest])) widest = h;
    if (widest) log2_rows[at[widest]]++;
    return widest != 0;
}

/* What a proof of these heights costs: cells as they lie in tiles, and bytes that a query opens; false if there is none. */
static bool measure_heights(u64 *n_cells, u64 *opened, const u8 *log2_rows, const situ_stark_params *params)
{
    stark_layout l;
    if (stark_layout_make(&l, &situ_vm_system, params, log2_rows)) return false;
    *n_cells = 0;
    *opened = l.query_stride;
    for (u32 g = 0; g < l.n_groups; g++)
        for (u32 t = 0; t < STARK_TREES; t++)
            *n_cells += (u64)l.groups[g].n_tiles[t] * STARK_TILE_COLUMNS << l.groups[g].log2_rows;
    return stark_layout_check_security(&l) == SITU_OK;
}

/* Each instance of the greatest height becomes two of half of it.  False if one has no slot left, or columns of the key. */
static bool halve_tallest(u8 *log2_rows, const u32 *first_slot)
{
    const u32 present = heights_present(log2_rows, first_slot[SITU_VM_TABLES]),
              h_max = (u32)u64_log2(present);
    if (h_max <= FIXED_LOG2_ROWS) return false;
    for (u32 t = 0; t < SITU_VM_TABLES; t++) {
        u8 *h = log2_rows + first_slot[t];
        const u32 n = first_slot[t + 1] - first_slot[t];
        for (u32 i = 0; i < n && h[i] == h_max; i += 2) {
            if (h[n - 1] != 0 || shape(t)->n_pre > 0) return false;
            memmove(h + i + 1, h + i, n - i - 1);
            h[i] = h[i + 1] = (u8)(h_max - 1);
        }
    }
    return true;
}

/* All tables of 2^h rows get twice as many.  False if none has, or one has columns of the key. */
static bool raise_height(u8 *log2_rows, const u32 *first_slot, u32 h)
{
    bool any = false;
    for (u32 t = 0; t < SITU_VM_TABLES; t++)
        for (u32 slot = first_slot[t]; slot < first_slot[t + 1]; slot++) {
            if (log2_rows[slot] != h) continue;
            if (shape(t)->n_pre > 0) return false;
            log2_rows[slot]++;
            any = true;
        }
    return any;
}

typedef struct {
    u8 log2_rows[SITU_STARK_SLOTS_MAX];
    double cost; /* cells times bytes of a query */
} candidate;

/* Take the candidate if it costs less than what is there; say if it does. */
static bool take_if_better(u8 *log2_rows, double *cost, candidate *c, const situ_stark_params *params)
{
    u64 n_cells, opened;
    if (!measure_heights(&n_cells, &opened, c->log2_rows, params)) return false;
    c->cost = (double)n_cells * (double)opened;
    if (c->cost >= *cost) return false;
    memcpy(log2_rows, c->log2_rows, sizeof c->log2_rows);
    *cost = c->cost;
    return true;
}

/* Heights chosen table by table, made better together, by cells times the length of queries.  A greatest height for one table alone fills
 * tiles badly, and all of the quotient's columns have it: be without it.  And a height may be better one up, with other tables or where
 * its group can be stacked higher. */
static void improve_heights(u8 *log2_rows, const u32 *first_slot, const situ_stark_params *params)
{
    candidate c;
    u64 n_cells, opened;
    if (!measure_heights(&n_cells, &opened, log2_rows, params)) return;
    double cost = (double)n_cells * (double)opened;
    do memcpy(c.log2_rows, log2_rows, sizeof c.log2_rows);
    while (halve_tallest(c.log2_rows, first_slot) && take_if_better(log2_rows, &cost, &c, params));

    const u32 h_max = (u32)u64_log2(heights_present(log2_rows, first_slot[SITU_VM_TABLES]));
    for (u32 h = SITU_STARK_LOG2_ROWS_MIN; h < h_max; h++) {
        memcpy(c.log2_rows, log2_rows, sizeof c.log2_rows);
        if (raise_height(c.log2_rows, first_slot, h)) (void)take_if_better(log2_rows, &cost, &c, params);
    }
}

situ_err vm_fit_heights(u8 *log2_rows, const u32 *first_slot, const situ_stark_params *params)
{
    situ_err err = check_heights(log2_rows, params);
    for (u32 i = 0;
         err == SITU_ERR_LIMIT && i < SITU_STARK_SLOTS_MAX && raise_widest(log2_rows, first_slot, params);
         i++)
        err = check_heights(log2_rows, params);
    if (!err) improve_heights(log2_rows, first_slot, params);
    return err;
}

situ_err vm_witness_plan(vm_witness *w, const situ_program *program, const situ_trace_chunk *const *chunks,
                         u32 n_chunks, const situ_segment *segment, u32 log2_blowup, u32 *too_long)
{
    *w = (vm_witness){.program = program, .chunks = chunks, .n_chunks = n_chunks, .segment = segment};
    w->starts = calloc(n_chunks + 1, sizeof *w->starts);
    if (!w->starts) return SITU_ERR_MEMORY;
    for (u32 i = 0; i < n_chunks; i++) {
        memcpy(w->starts[i], w->n_rows, sizeof w->n_rows);
        count_chunk(program, chunks[i], w->n_rows);
    }
    memcpy(w->starts[n_chunks], w->n_rows, sizeof w->n_rows);
    vm_count_edges(program, segment, w->n_rows);
    situ_err err = vm_choose_heights(program, log2_blowup, w->n_rows, w->log2_rows, w->first_slot, too_long);
    if (err) vm_witness_close(w);
    return err;
}

void vm_witness_close(vm_witness *w)
{
    free(w->starts);
    w->starts = NULL;
}

/* --- lookups -------------------------------------------------------------------------------------------- */

/* What one worker has counted. */
typedef struct {
    u32 range[SITU_AIR_RANGE_COUNTERS];
    u32 byte[SITU_AIR_BYTE_OPS * SITU_AIR_BYTE_PAIRS];
    u32 nibbles[BLAKE3_XOR_PAIRS];
    u32 regions[SITU_REGIONS_MAX];
    u32 *insns; /* [n_insns] */
    const situ_program *program;
} counters;

static void ask_region(counters *c, const u32 *values)
{
    for (u32 i = 0; i < c->program->n_regions; i++) {
        const situ_region *r = &c->program->regions[i];
        if (r->first == values[1] && r->last == values[2]) c->regions[i]++;
    }
}

/* Lookups of the buses that are not counted by generated code; a step's own instruction is counted with the step. */
static void ask(void *ctx, u32 bus, const u32 *values, u32 mult)
{
    counters *c = ctx;
    if (mult == 0 || bus == SITU_VM_BUS_PROGRAM) return;
    if (bus == SITU_VM_BUS_REGION) ask_region(c, values);
    if (bus == SITU_VM_BUS_NIBBLES && (values[0] | values[1]) < 256)
        c->nibbles[values[0] + 256 * values[1]] += mult;
}

/* --- rows ----------------------------------------------------------------------------------------------- */

typedef struct {
    const vm_witness *w;
    const u32 *publics;
    vm_put *put;
    void *ctx;
    counters *counts; /* [threads] */
    vm_sink *sinks;   /* [threads] */
} fill_job;

typedef struct {
    u32 *rows; /* [n_max * n_main] */
    u32 n, n_max;
    u64 at; /* of the first, in the table */
} batch;

struct vm_sink {
    const fill_job *job;
    counters *counts;
    batch batches[SITU_VM_TABLES];
    u32 *memory; /* of all batches */
    size_t n_words;
};

static void put_rows(const fill_job *job, u32 table, u64 at, u32 n, const u32 *cells)
{
    u32 slot = job->w->first_slot[table];
    while (n > 0) {
        u64 rows = UINT64_C(1) << job->w->log2_rows[slot];
        if (at < rows) {
            u32 here = (u32)u64_min(n, rows - at);
            job->put(job->ctx, slot, (u32)at, here, cells);
            cells += (size_t)here * shape(table)->n_main;
            n -= here;
            at += here;
        }
        at -= rows;
        slot++;
    }
}

static void flush(vm_sink *s, u32 table)
{
    batch *b = &s->batches[table];
    const fill_job *job = s->job;
    if (b->n == 0) return;
    const situ_air_lookup_sink sink = {s->counts->range, s->counts->byte, s->counts, ask};
    situ_vm_prover.tables[table].lookups(NULL, b->rows, b->n, job->publics, &sink);
    put_rows(job, table, b->at, b->n, b->rows);
    memset(b->rows, 0, (size_t)b->n * shape(table)->n_main * sizeof(u32));
    b->at += b->n;
    b->n = 0;
}

void *vm_sink_rows(vm_sink *s, u32 table, u32 n)
{
    batch *b = &s->batches[table];
    if (b->n + n > b->n_max) flush(s, table);
    b->n += n;
    return b->rows + (size_t)(b->n - n) * shape(table)->n_main;
}

void *vm_sink_row(vm_sink *s, u32 table) { return vm_sink_rows(s, table, 1); }

static void fill_chunk(vm_sink *sink, const situ_program *p, const situ_trace_chunk *c)
{
    for (u32 i = 0; i < c->n_steps; i++) {
        vm_step s = step_of(p, c, i);
        sink->counts->insns[s.step->insn]++;
        if (s.insn->op == SITU_OP_ECALL) {
            vm_ecall_fill(&s, sink);
            continue;
        }
        const vm_rule *rule = vm_rule_of(&s);
        rule->fill(&s, vm_sink_row(sink, rule->table));
    }
    for (u32 i = 0; i < c->n_touches; i++) vm_touch_row(sink, &c->touches[i]);
}

static void put_final(void *ctx, const vm_final *f) { vm_final_row(ctx, f); }

static void fill_edges(vm_sink *sink, const situ_program *p, const situ_segment *s)
{
    for (u32 i = 0; i < s->n_edges; i++) {
        const situ_edge *e = &s->edges[i];
        vm_edge_row(sink, e);
        if (SITU_KEY_SPACE(e->key) != SITU_SPACE_REG)
            vm_init_row(sink, situ_program_region(p, SITU_KEY_ADDRESS(e->key)), e);
    }
    each_final(s, put_final, sink);
}

static void fill_padding(vm_sink *sink)
{
    const vm_witness *w = sink->job->w;
    for (u32 t = 0; t < SITU_VM_TABLES; t++) {
        u64 rows = 0;
        if (shape(t)->n_pre) continue;
        for (u32 slot = w->first_slot[t]; slot < w->first_slot[t + 1]; slot++)
            if (w->log2_rows[slot]) rows += UINT64_C(1) << w->log2_rows[slot];
        sink->batches[t].at = w->n_rows[t];
        for (u64 i = w->n_rows[t]; i < rows; i++) vm_sink_row(sink, t);
    }
}

static void fill_task(void *ctx, u64 index, u32 worker)
{
    const fill_job *job = ctx;
    const vm_witness *w = job->w;
    vm_sink *sink = &job->sinks[worker];
    if (index <= w->n_chunks)
        for (u32 t = 0; t < SITU_VM_TABLES; t++) sink->batches[t].at = w->starts[index][t];
    if (index < w->n_chunks)
        fill_chunk(sink, w->program, w->chunks[index]);
    else if (index == w->n_chunks)
        fill_edges(sink, w->program, w->segment);
    else
        fill_padding(sink);
    for (u32 t = 0; t < SITU_VM_TABLES; t++) flush(sink, t);
}

/* --- providers ------------------------------------------------------------------------------------------ */

/* Sum the counters of all workers into the first. */
static void merge(counters *c, u32 n_workers)
{
    for (u32 w = 1; w < n_workers; w++) {
        for (u32 i = 0; i < SITU_ARRAY_LEN(c->range); i++) c->range[i] += c[w].range[i];
        for (u32 i = 0; i < SITU_ARRAY_LEN(c->byte); i++) c->byte[i] += c[w].byte[i];
        for (u32 i = 0; i < SITU_ARRAY_LEN(c->nibbles); i++) c->nibbles[i] += c[w].nibbles[i];
        for (u32 i = 0; i < SITU_ARRAY_LEN(c->regions); i++) c->regions[i] += c[w].regions[i];
        for (u32 i = 0; i < c->program->n_insns; i++) c->insns[i] += c[w].insns[i];
    }
}

/* Is this image word one that the run touched first in this segment? */
static int compare_key(const void *key, const void *edge)
{
    u32 a = *(const u32 *)key, b = ((const situ_edge *)edge)->key;
    return a < b ? -1 : a > b;
}

static u32 image_used(const vm_witness *w, u32 row)
{
    situ_vm_image_pre_row pre;
    if (row >= w->program->n_image_words || w->segment->n_edges == 0) return 0;
    vm_image_pre_row(w->program, row, &pre);
    u32 key = SITU_KEY(pre.space, pre.address);
    return bsearch(&key, w->segment->edges, w->segment->n_edges, sizeof *w->segment->edges, compare_key) !=
           NULL;
}

static void provider_row(const vm_witness *w, const counters *c, u32 table, u32 row, u32 *cells)
{
    const situ_program *p = w->program;
    switch (table) {
    case SITU_VM_TABLE_RANGE: situ_air_range_mults(cells, c->range, row); break;
    case SITU_VM_TABLE_BYTE: situ_air_byte_mults(cells, c->byte, row); break;
    case SITU_VM_TABLE_XOR_NIBBLES: blake3_xor_mults(cells, c->nibbles, row); break;
    case SITU_VM_TABLE_PROGRAM: cells[0] = row < p->n_insns ? c->insns[row] : 0; break;
    case SITU_VM_TABLE_IMAGE: cells[0] = image_used(w, row); break;
    case SITU_VM_TABLE_REGIONS: cells[0] = row < p->n_regions ? c->regions[row] : 0; break;
    default: situ_panic(__FILE__, __LINE__, "no table that provides"); break;
    }
}

static void fill_providers(const fill_job *job)
{
    u32 cells[BATCH_ROWS_MAX * SITU_AIR_BYTE_MULTS];
    for (u32 t = 0; t < SITU_VM_TABLES; t++) {
        if (!shape(t)->n_pre) continue;
        u32 rows = (u32)job->w->n_rows[t], n_main = shape(t)->n_main;
        SITU_ASSERT(n_main <= SITU_AIR_BYTE_MULTS);
        for (u32 first = 0; first < rows; first += BATCH_ROWS_MAX) {
            for (u32 i = 0; i < BATCH_ROWS_MAX; i++)
                provider_row(job->w, job->counts, t, first + i, cells + i * n_main);
            put_rows(job, t, first, BATCH_ROWS_MAX, cells);
        }
    }
}

/* --- all ------------------------------------------------------------------------------------------------ */

static bool sink_open(vm_sink *s, const fill_job *job, counters *counts)
{
    *s = (vm_sink){.job = job, .counts = counts};
    for (u32 t = 0; t < SITU_VM_TABLES; t++) {
        u32 n_main = shape(t)->n_main;
        s->batches[t].n_max = (u32)u64_min(BATCH_ROWS_MAX, u64_max(BATCH_ROWS_MIN, BATCH_WORDS / n_main));
        s->n_words += (size_t)s->batches[t].n_max * n_main;
    }
    if (!(s->memory = situ_mem_alloc_zeroed(s->n_words * sizeof(u32), 0))) return false;
    u32 *rows = s->memory;
    for (u32 t = 0; t < SITU_VM_TABLES; t++) {
        s->batches[t].rows = rows;
        rows += (size_t)s->batches[t].n_max * shape(t)->n_main;
    }
    return true;
}

static bool job_open(fill_job *job, u32 n_threads)
{
    job->counts = situ_mem_alloc_zeroed(n_threads * sizeof *job->counts, 0);
    job->sinks = calloc(n_threads, sizeof *job->sinks);
    if (!job->counts || !job->sinks) return false;
    for (u32 i = 0; i < n_threads; i++) {
        job->counts[i].program = job->w->program;
        job->counts[i].insns = calloc(job->w->program->n_insns + 1, sizeof(u32));
        if (!job->counts[i].insns || !sink_open(&job->sinks[i], job, &job->counts[i])) return false;
    }
    return true;
}

static void job_close(fill_job *job, u32 n_threads)
{
    for (u32 i = 0; i < n_threads; i++) {
        if (job->counts) free(job->counts[i].insns);
        if (job->sinks) situ_mem_free(job->sinks[i].memory, job->sinks[i].n_words * sizeof(u32));
    }
    situ_mem_free(job->counts, n_threads * sizeof *job->counts);
    free(job->sinks);
}

situ_err vm_witness_fill(const vm_witness *w, const u32 *publics, vm_put *put, void *ctx, situ_pool *pool)
{
    fill_job job = {.w = w, .publics = publics, .put = put, .ctx = ctx};
    u32 n_threads = situ_pool_threads(pool);
    bool ok = job_open(&job, n_threads);
    if (ok) {
        situ_pool_run(pool, w->n_chunks + 2, fill_task, &job);
        merge(job.counts, n_threads);
        fill_providers(&job);
    }
    job_close(&job, n_threads);
    return ok ? SITU_OK : SITU_ERR_MEMORY;
}
