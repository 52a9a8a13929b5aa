/* digest.c — what identifies a system, and what ties its C to its expressions. */
#include <string.h>

#include "air/compiler/airc.h"
#include "hash/blake3.h"

/* --- canonical text --------------------------------------------------------------------------- */

typedef struct {
    buffer text;
    const table *t;
    u32 n, stamp;
} canon;

/* Every expression once, operands first, under numbers in order of appearance. */
static u32 canon_node(canon *c, node *x)
{
    if (x->mark == c->stamp) return x->value;
    u32 a = x->a ? canon_node(c, x->a) : 0, b = x->b ? canon_node(c, x->b) : 0;
    if (x->op == N_TYPED) {
        x->value = a; /* what it promises stands in the text as a constraint or message of its own */
    } else {
        x->value = c->n++;
        if (x->op == N_CONST) buffer_add(&c->text, "%u const %lld\n", x->value, (long long)x->k);
        if (x->op == N_PUBLIC) buffer_add(&c->text, "%u public %lld\n", x->value, (long long)x->k);
        if (x->op == N_COLUMN) {
            const element *e = &c->t->elements[(u64)x->k % TABLE_COLUMNS_MAX];
            buffer_add(&c->text, "%u %s %u\n", x->value, e->is_pre ? "pre" : "main", element_index(e));
        }
        if (x->op == N_ADD || x->op == N_SUB || x->op == N_MUL)
            buffer_add(&c->text, "%u %s %u %u\n", x->value,
                       x->op == N_ADD   ? "add"
                       : x->op == N_SUB ? "sub"
                                        : "mul",
                       a, b);
    }
    x->mark = c->stamp;
    return x->value;
}

static void canon_column(void *ctx, const char *name, const member *m, u32 first)
{
    buffer_add(ctx, "column %s %d %u %u %d %u\n", name, m->is_pre, first, m->n, (int)m->type.kind,
               m->type.bits);
}

static void canon_table(canon *c, const model *m, const table *t)
{
    c->t = t;
    c->n = 0;
    c->stamp = node_stamp();
    buffer_add(&c->text, "table %s %u %u %u\n", t->name, table_n_columns(t, true), table_n_columns(t, false),
               t->max_instances);
    table_columns(t, true, canon_column, &c->text);
    table_columns(t, false, canon_column, &c->text);
    for (u32 i = 0; i < t->n_constraints; i++) {
        u32 x = canon_node(c, t->constraints[i].value);
        buffer_add(&c->text, "constrain %u\n", x);
    }
    for (u32 i = 0; i < t->n_interactions; i++) {
        const interaction *x = &t->interactions[i];
        u32 mult = canon_node(c, x->mult);
        buffer_add(&c->text, "message %u %d %u %u", x->bus, (int)x->kind, mult, x->mult_max);
        u32 ids[BUS_WIDTH_MAX];
        buffer line = {0};
        u32 width = m->buses[x->bus].width;
        for (u32 k = 0; k < width; k++) ids[k] = canon_node(c, x->values[k]);
        for (u32 k = 0; k < width; k++) buffer_add(&line, " %u", ids[k]);
        buffer_add(&c->text, " :%s\n", line.s);
    }
}

void digest_system(model *m)
{
    canon c = {.text = {0}};
    buffer_add(&c.text, "situ air 1\nsystem %s %u %u\n", m->name, m->version, m->degree_bound);
    for (u32 i = 0; i < m->n_buses; i++) {
        const bus *b = &m->buses[i];
        buffer_add(&c.text, "bus %s %d %d", b->name, b->is_lookup, b->is_global);
        for (u32 k = 0; k < b->width; k++)
            buffer_add(&c.text, " %d.%u", (int)b->types[k].kind, b->types[k].bits);
        buffer_add(&c.text, "\n");
    }
    for (u32 i = 0; i < m->n_publics_named; i++) {
        const public_value *p = &m->publics[i];
        buffer_add(&c.text, "public %s %u %d.%u\n", p->name, p->n, (int)p->type.kind, p->type.bits);
    }
    for (u32 i = 0; i < m->n_tables; i++) canon_table(&c, m, &m->tables[i]);
    situ_blake3_hash(m->digest, c.text.s, c.text.n);
}

/* --- self test -------------------------------------------------------------------------------- */

typedef struct {
    const table *t;
    u32 stamp;
    const u32 *pre, *main, *publics;
} machine;

static u32 machine_value(machine *e, node *x)
{
    if (x->mark == e->stamp) return x->value;
    u64 a = x->a ? machine_value(e, x->a) : 0, b = x->b ? machine_value(e, x->b) : 0, p = (u64)AIR_P, r = 0;
    switch (x->op) {
    case N_CONST: r = (u64)((x->k % AIR_P + AIR_P) % AIR_P); break;
    case N_PUBLIC: r = e->publics[x->k]; break;
    case N_COLUMN: {
        const element *c = &e->t->elements[(u64)x->k % TABLE_COLUMNS_MAX];
        r = (c->is_pre ? e->pre : e->main)[element_index(c)];
        break;
    }
    case N_ADD: r = (a + b) % p; break;
    case N_SUB: r = (a + p - b) % p; break;
    case N_MUL: r = a * b % p; break;
    case N_TYPED: r = a; break;
    }
    x->mark = e->stamp;
    return x->value = (u32)r;
}

static u32 *draw(u64 *state, u32 n)
{
    u32 *values = air_alloc((n + 1) * sizeof *values);
    for (u32 i = 0; i < n; i++) {
        *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        values[i] = (u32)((*state >> 33) % (u64)AIR_P);
    }
    return values;
}

/* As situ_air_self_test (self_test.c), from the expressions themselves. */
u64 self_test(const model *m, const table *t)
{
    u64 state = 1, h = UINT64_C(0xcbf29ce484222325);
    machine e = {.t = t, .stamp = node_stamp()};
    e.pre = draw(&state, table_n_columns(t, true));
    e.main = draw(&state, table_n_columns(t, false));
    e.publics = draw(&state, m->n_publics);
    for (u32 i = 0; i < t->n_constraints; i++)
        h = (h ^ machine_value(&e, t->constraints[i].value)) * UINT64_C(0x100000001b3);
    for (u32 i = 0; i < t->n_interactions; i++) {
        u32 x = machine_value(&e, t->interactions[i].mult);
        if (t->interactions[i].kind == RECEIVE) x = x ? (u32)AIR_P - x : 0;
        h = (h ^ x) * UINT64_C(0x100000001b3);
    }
    for (u32 i = 0; i < t->n_interactions; i++)
        for (u32 k = 0; k < m->buses[t->interactions[i].bus].width; k++)
            h = (h ^ machine_value(&e, t->interactions[i].values[k])) * UINT64_C(0x100000001b3);
    return h;
}
