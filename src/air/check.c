/* check.c — does a witness satisfy its system? */
#include "air/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = 4096, WIDTH_MAX = 256 };

/* --- messages in flight: open addressing, exact keys ------------------------------------------ */

typedef struct {
    u64 hash;
    i64 balance; /* sent minus received */
    size_t key;  /* in words            */
    u64 row;     /* where seen first    */
    u32 bus, width;
    u32 trace_table, interaction; /* trace_table is UINT32_MAX for the verifier's */
} entry;

typedef struct {
    entry *entries;
    size_t n_entries, entries_max;
    u32 *words;
    size_t n_words, words_max;
    u32 *slots; /* 1 + index of an entry, or 0 */
    size_t n_slots;
} ledger;

static u64 hash_message(u32 bus, const u32 *values, u32 width)
{
    u64 h = UINT64_C(0x9e3779b97f4a7c15) * (bus + 1u);
    for (u32 i = 0; i < width; i++) {
        h = (h ^ values[i]) * UINT64_C(0xff51afd7ed558ccd);
        h ^= h >> 32;
    }
    return h;
}

/* Room for `need` items: the block, moved perhaps, or NULL with the old one kept. */
static void *grow(void *items, size_t *max, size_t need, size_t item_bytes)
{
    if (need <= *max) return items;
    size_t larger = need * 2 + 1024;
    void *p = realloc(items, larger * item_bytes);
    if (p) *max = larger;
    return p;
}

static bool rehash(ledger *l)
{
    size_t n = l->n_slots ? l->n_slots * 2 : 1 << 12;
    u32 *slots = calloc(n, sizeof *slots);
    if (!slots) return false;
    for (size_t i = 0; i < l->n_entries; i++) {
        size_t at = l->entries[i].hash & (n - 1);
        while (slots[at]) at = (at + 1) & (n - 1);
        slots[at] = (u32)i + 1;
    }
    free(l->slots);
    l->slots = slots;
    l->n_slots = n;
    return true;
}

static entry *ledger_find(ledger *l, u64 hash, u32 bus, const u32 *values, u32 width, size_t *slot)
{
    for (*slot = hash & (l->n_slots - 1); l->slots[*slot]; *slot = (*slot + 1) & (l->n_slots - 1)) {
        entry *e = &l->entries[l->slots[*slot] - 1];
        if (e->hash == hash && e->bus == bus &&
            memcmp(l->words + e->key, values, width * sizeof *values) == 0)
            return e;
    }
    return NULL;
}

static situ_err ledger_add(ledger *l, u32 bus, const u32 *values, u32 width, i64 n, const entry *origin)
{
    size_t slot;
    if (l->n_entries * 2 >= l->n_slots && !rehash(l)) return SITU_ERR_MEMORY;
    u64 hash = hash_message(bus, values, width);
    entry *e = ledger_find(l, hash, bus, values, width, &slot);
    if (e) {
        e->balance += n;
        return SITU_OK;
    }
    if (l->n_entries == UINT32_MAX - 1) return SITU_ERR_MEMORY;
    entry *entries = grow(l->entries, &l->entries_max, l->n_entries + 1, sizeof *entries);
    if (!entries) return SITU_ERR_MEMORY;
    l->entries = entries;
    u32 *words = grow(l->words, &l->words_max, l->n_words + width, sizeof *words);
    if (!words) return SITU_ERR_MEMORY;
    l->words = words;
    e = &l->entries[l->n_entries++];
    *e = *origin;
    e->hash = hash;
    e->bus = bus;
    e->width = width;
    e->balance = n;
    e->key = l->n_words;
    memcpy(l->words + e->key, values, width * sizeof *values);
    l->n_words += width;
    l->slots[slot] = (u32)l->n_entries;
    return SITU_OK;
}

static void ledger_free(ledger *l)
{
    free(l->entries);
    free(l->words);
    free(l->slots);
}

/* --- reports ---------------------------------------------------------------------------------- */

typedef struct {
    const situ_air_prover_system *system;
    const situ_air_trace *trace;
    u64 n_found;
    u32 n_reports_max;
    situ_air_report *report;
    void *report_ctx;
    ledger messages;
    kb *scratch;
} checker;

typedef struct {
    char s[LINE_BYTES];
    size_t n;
} text;

static SITU_PRINTF(2, 3) void add(text *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(t->s + t->n, sizeof t->s - t->n, format, args);
    va_end(args);
    t->n = u64_min(t->n + (size_t)(n < 0 ? 0 : n), sizeof t->s - 1);
}

/* Counts a finding; is it to be told? */
static bool found(checker *c) { return c->n_found++ < c->n_reports_max && c->report; }

/* Small negative values read better with their sign. */
static void add_value(text *t, kb x)
{
    u32 n = kb_to_u32(x);
    if (n > KB_P - 65536)
        add(t, "-%u", KB_P - n);
    else
        add(t, "%u", n);
}

static void add_columns(text *t, const situ_air_prover_table *table, const kb *pre, const kb *main)
{
    for (u32 i = 0; i < table->n_columns_named; i++) {
        const situ_air_column *col = &table->columns[i];
        add(t, "%s%s=", i ? " " : "", col->name);
        for (u32 k = 0; k < col->n && k < 16; k++) {
            add(t, "%s", k ? "," : "");
            add_value(t, (col->is_pre ? pre : main)[col->first + k]);
        }
        if (col->n > 16) add(t, ",...");
    }
}

static void report_constraint(checker *c, u32 at, u64 row, u32 constraint, kb value, const kb *pre,
                              const kb *main)
{
    if (!found(c)) return;
    text t = {.n = 0};
    u32 table = c->trace->tables[at].table;
    const situ_air_prover_table *p = &c->system->tables[table];
    add(&t, "table %s, row %llu: constraint %s is ", c->system->shape->tables[table].name,
        (unsigned long long)row, p->constraint_names[constraint]);
    add_value(&t, value);
    add(&t, ", not 0; ");
    add_columns(&t, p, pre, main);
    c->report(c->report_ctx, t.s);
}

static void report_preprocessed(checker *c, u32 at, u64 row, const situ_air_column *col)
{
    if (!found(c)) return;
    text t = {.n = 0};
    add(&t, "table %s, row %llu: preprocessed column %s holds a value that does not fit %u bits",
        c->system->shape->tables[c->trace->tables[at].table].name, (unsigned long long)row, col->name,
        col->bits);
    c->report(c->report_ctx, t.s);
}

static void report_message(checker *c, const entry *e)
{
    if (!found(c)) return;
    text t = {.n = 0};
    add(&t, "bus %s: message (", c->system->shape->buses[e->bus].name);
    for (u32 i = 0; i < e->width; i++) add(&t, "%s%u", i ? ", " : "", c->messages.words[e->key + i]);
    add(&t, ") is sent %lld time%s more than received; first seen ", (long long)e->balance,
        e->balance == 1 ? "" : "s");
    if (e->trace_table == UINT32_MAX) {
        add(&t, "among the verifier's own");
    } else {
        u32 table = c->trace->tables[e->trace_table].table;
        add(&t, "in table %s, row %llu: %s", c->system->shape->tables[table].name, (unsigned long long)e->row,
            c->system->tables[table].interaction_names[e->interaction]);
    }
    c->report(c->report_ctx, t.s);
}

/* --- the checks ------------------------------------------------------------------------------- */

bool situ_air_check_preprocessed(const situ_air_prover_table *t, const kb *pre, const situ_air_column **bad)
{
    for (u32 i = 0; i < t->n_columns_named; i++) {
        const situ_air_column *col = &t->columns[i];
        if (!col->is_pre || col->bits == 0) continue;
        for (u32 k = 0; k < col->n; k++) {
            if (kb_to_u32(pre[col->first + k]) >> col->bits == 0) continue;
            *bad = col;
            return false;
        }
    }
    return true;
}

static situ_err add_message(checker *c, const entry *origin, const situ_air_interaction *x, kb mult,
                            const kb *values)
{
    const situ_air_bus *bus = &c->system->shape->buses[x->bus];
    u32 plain[WIDTH_MAX];
    if (mult == 0 || (bus->is_global && !c->trace->with_global)) return SITU_OK;
    for (u32 i = 0; i < bus->width; i++) plain[i] = kb_to_u32(values[i]);
    i64 n = x->is_receive ? -(i64)kb_to_u32(kb_neg(mult)) : (i64)kb_to_u32(mult);
    return ledger_add(&c->messages, x->bus, plain, bus->width, n, origin);
}

static situ_err check_row(checker *c, u32 at, u64 row)
{
    const situ_air_trace_table *tt = &c->trace->tables[at];
    const situ_air_table *shape = &c->system->shape->tables[tt->table];
    const situ_air_prover_table *table = &c->system->tables[tt->table];
    const situ_air_column *bad;
    const kb *pre = NULL, *main = NULL;
    kb *constraints = c->scratch, *mults = constraints + shape->n_constraints,
       *values = mults + shape->n_interactions;
    tt->row(tt->ctx, row, &pre, &main);
    if (shape->n_pre && !situ_air_check_preprocessed(table, pre, &bad)) report_preprocessed(c, at, row, bad);
    table->eval_row(pre, main, c->trace->publics, constraints, mults, values);
    for (u32 i = 0; i < shape->n_constraints; i++)
        if (constraints[i] != 0) report_constraint(c, at, row, i, constraints[i], pre, main);
    for (u32 i = 0; i < shape->n_interactions; i++) {
        const situ_air_interaction *x = &shape->interactions[i];
        const entry origin = {.row = row, .trace_table = at, .interaction = i};
        SITU_TRY(add_message(c, &origin, x, mults[i], values + x->first_value));
    }
    return SITU_OK;
}

static situ_err check_boundary(checker *c)
{
    const entry origin = {.trace_table = UINT32_MAX};
    for (u32 i = 0; i < c->trace->n_boundary; i++) {
        const situ_air_boundary *b = &c->trace->boundary[i];
        const situ_air_interaction x = {.bus = b->bus, .is_receive = b->is_receive};
        kb n = kb_from_u32(b->n);
        SITU_TRY(add_message(c, &origin, &x, b->is_receive ? kb_neg(n) : n, b->values));
    }
    return SITU_OK;
}

static situ_err check_all(checker *c)
{
    for (u32 at = 0; at < c->trace->n_tables; at++)
        for (u64 row = 0; row < c->trace->tables[at].n_rows; row++) SITU_TRY(check_row(c, at, row));
    SITU_TRY(check_boundary(c));
    for (size_t i = 0; i < c->messages.n_entries; i++)
        if (c->messages.entries[i].balance != 0) report_message(c, &c->messages.entries[i]);
    return SITU_OK;
}

static size_t outputs_max(const situ_air_system *s)
{
    size_t n = 1;
    for (u32 i = 0; i < s->n_tables; i++) {
        const situ_air_table *t = &s->tables[i];
        n = u64_max(n, (u64)t->n_constraints + t->n_interactions + t->n_values);
    }
    return n;
}

situ_err situ_air_check(u64 *n_found, const situ_air_prover_system *system, const situ_air_trace *trace,
                        u32 n_reports_max, situ_air_report *report, void *report_ctx)
{
    checker c = {.system = system,
                 .trace = trace,
                 .n_reports_max = n_reports_max,
                 .report = report,
                 .report_ctx = report_ctx};
    c.scratch = malloc(outputs_max(system->shape) * sizeof *c.scratch);
    situ_err err = c.scratch ? check_all(&c) : SITU_ERR_MEMORY;
    *n_found = c.n_found;
    ledger_free(&c.messages);
    free(c.scratch);
    return err;
}
