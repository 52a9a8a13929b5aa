/* judge.c — what must hold of a table or system once all its expressions are known. */
#include "air/compiler/judge.h"

static element *element_of(const table *t, const node *x)
{
    return &t->elements[(u64)x->k % TABLE_COLUMNS_MAX];
}

/* --- walks over an expression, each node once ------------------------------------------------- */

static u32 stamp;

typedef void node_visit(void *ctx, const table *t, const node *x);

static void visit(const table *t, node *x, node_visit *call, void *ctx)
{
    if (!x || x->mark == stamp) return;
    x->mark = stamp;
    call(ctx, t, x);
    visit(t, x->a, call, ctx);
    visit(t, x->b, call, ctx);
}

static void visit_once(const table *t, node *x, node_visit *call, void *ctx)
{
    stamp = node_stamp();
    visit(t, x, call, ctx);
}

/* --- text ------------------------------------------------------------------------------------- */

static char *number_text(i128 x)
{
    char digits[48];
    int n = 0;
    bool negative = x < 0;
    if (negative) x = -x;
    if (x >= (i128)1 << 63) {
        int log2 = 0;
        while (x >> log2 > 1) log2++;
        return air_text("%s2^%d", negative ? "-" : "", log2);
    }
    do digits[n++] = (char)('0' + (int)(x % 10));
    while ((x /= 10) > 0);
    if (negative) digits[n++] = '-';
    char *s = air_alloc((size_t)n + 1);
    for (int i = 0; i < n; i++) s[i] = digits[n - 1 - i];
    return s;
}

/* --- inherited columns ------------------------------------------------------------------------ */

static void note_sources(table *t, const bus *b, const interaction *i)
{
    for (u32 k = 0; k < b->width; k++) {
        const node *x = i->values[k];
        if (x->op != N_COLUMN) continue;
        element *e = element_of(t, x);
        bool fits = b->types[k].kind != T_FIELD && b->types[k].bits <= e->type.bits;
        if (e->type.kind == T_INHERITED && fits) *VEC_PUSH(e->sources, e->n_sources) = i->mult;
    }
}

/* Is one of the column's receives active wherever c is not zero? */
static bool covered(const element *e, const node *c)
{
    for (u32 i = 0; i < e->n_sources; i++)
        if (node_implies(c, e->sources[i])) return true;
    if (c->op == N_MUL && (covered(e, c->a) || covered(e, c->b))) return true;
    return (c->op == N_ADD || c->op == N_SUB) && covered(e, c->a) && covered(e, c->b);
}

typedef struct {
    const node *condition; /* NULL: every row */
    const element *bad;
} cover_check;

static void visit_inherited(void *ctx, const table *t, const node *x)
{
    static const node one = {.op = N_CONST, .k = 1, .lo = 1, .hi = 1, .free_lo = 1, .free_hi = 1};
    cover_check *c = ctx;
    if (x->op != N_COLUMN) return;
    const element *e = element_of(t, x);
    if (e->type.kind == T_INHERITED && !covered(e, c->condition ? c->condition : &one)) c->bad = e;
}

/* An inherited column of x that may be any field element although the condition holds, or NULL. */
static const element *find_uncovered(const table *t, node *x, const node *condition)
{
    cover_check c = {.condition = condition};
    if (x->has_inherited) visit_once(t, x, visit_inherited, &c);
    return c.bad;
}

static void judge_inherited_filled(const table *t)
{
    for (u32 i = 0; i < t->n_elements; i++) {
        const element *e = &t->elements[i];
        const member *m = &e->owner->rec->members[e->member];
        if (e->type.kind == T_INHERITED && e->n_sources == 0)
            air_fail(m->decl->at, "no receive fills `%s` from a bus field that is at most a u%u",
                     element_name(t, e), e->type.bits);
    }
}

/* --- constraints ------------------------------------------------------------------------------ */

static bool wraps(i128 lo, i128 hi) { return lo <= -AIR_P || hi >= AIR_P; }

static void judge_wrap(const table *t, const constraint *c)
{
    node *d = c->difference;
    if (!d || c->modular || d->has_field || !wraps(d->free_lo, d->free_hi)) return;
    if (wraps(d->lo, d->hi))
        air_fail(c->at,
                 "holds modulo p only: left minus right ranges from %s to %s, p is %lld; split it, or mark "
                 "it modular \"reason\"",
                 number_text(d->lo), number_text(d->hi), (long long)AIR_P);
    const element *bad = find_uncovered(t, d, c->condition);
    if (bad)
        air_fail(c->at,
                 "`%s` is inherited, and here it is used where its receive may be inactive: add `when` or "
                 "`under` with that multiplicity",
                 element_name(t, bad));
}

static void judge_constraint(const model *m, table *t, const constraint *c)
{
    if (c->value->degree > m->degree_bound)
        air_fail(c->at, "constraint `%s` has degree %u, the bound is %u", c->name, c->value->degree,
                 m->degree_bound);
    if (c->value->degree > t->degree) t->degree = c->value->degree;
    judge_wrap(t, c);
}

/* --- interactions ----------------------------------------------------------------------------- */

static void judge_multiplicity(const table *t, const bus *b, interaction *i)
{
    const node *x = i->mult;
    if (i->kind == PROVIDE) return;
    if (x->has_field) air_fail(i->at, "the multiplicity is not a bit: it contains a field column or public");
    const element *bad = find_uncovered(t, i->mult, NULL);
    if (bad) air_fail(i->at, "the multiplicity contains the inherited column `%s`", element_name(t, bad));
    if (x->lo < 0 || (x->op != N_CONST && x->hi > 1))
        air_fail(
            i->at,
            "the multiplicity is not a bit, it ranges from %s to %s: name it with `let name : bit = ...`",
            number_text(x->lo), number_text(x->hi));
    if (x->hi >= 1 << 16) air_fail(i->at, "multiplicity %s is over 65535", number_text(x->hi));
    i->mult_max = (u32)x->hi;
    (void)b;
}

static void judge_field(const table *t, const bus *b, const interaction *i, u32 k)
{
    const type *want = &b->types[k];
    node *x = i->values[k];
    if (want->kind == T_FIELD || i->kind == RECEIVE) return;
    bool fits = !x->has_field && x->lo >= 0 && x->hi < (i128)1 << want->bits;
    if (!fits)
        air_fail(i->value_at[k], "bus `%s` carries a u%u here, and this can be something else%s", b->name,
                 want->bits,
                 x->has_field ? " (it contains a field column)"
                              : air_text(" (%s to %s)", number_text(x->lo), number_text(x->hi)));
    const element *bad = find_uncovered(t, x, i->mult);
    if (bad && !(x->free_lo >= 0 && x->free_hi < (i128)1 << want->bits))
        air_fail(i->value_at[k], "`%s` is inherited, and is sent on where its receive may be inactive",
                 element_name(t, bad));
}

static void judge_interaction(const model *m, table *t, interaction *i)
{
    const bus *b = &m->buses[i->bus];
    judge_multiplicity(t, b, i);
    i->degree_mult = i->mult->degree;
    for (u32 k = 0; k < b->width; k++) {
        judge_field(t, b, i, k);
        if (i->values[k]->degree > i->degree_tuple) i->degree_tuple = i->values[k]->degree;
    }
    if (i->degree_tuple + 1 > m->degree_bound)
        air_fail(i->at, "a message of degree %u: with its running sum that is over the bound %u",
                 i->degree_tuple, m->degree_bound);
    if (i->degree_mult > m->degree_bound)
        air_fail(i->at, "a multiplicity of degree %u is over the bound %u", i->degree_mult, m->degree_bound);
}

/* --- columns nobody mentions ------------------------------------------------------------------ */

static void visit_mention(void *ctx, const table *t, const node *x)
{
    (void)ctx;
    if (x->op == N_COLUMN) element_of(t, x)->used = true;
}

static void judge_mentions(const model *m, const table *t)
{
    stamp = node_stamp();
    for (u32 i = 0; i < t->n_constraints; i++)
        if (!t->constraints[i].automatic) visit(t, t->constraints[i].value, visit_mention, NULL);
    for (u32 i = 0; i < t->n_interactions; i++) {
        if (t->interactions[i].automatic) continue;
        visit(t, t->interactions[i].mult, visit_mention, NULL);
        for (u32 k = 0; k < m->buses[t->interactions[i].bus].width; k++)
            visit(t, t->interactions[i].values[k], visit_mention, NULL);
    }
    for (u32 i = 0; i < t->n_elements; i++) {
        const element *e = &t->elements[i];
        if (!e->used)
            air_fail(e->owner->rec->members[e->member].decl->at, "no constraint or message mentions `%s`",
                     element_name(t, e));
    }
}

void judge_table(const model *m, table *t)
{
    if (t->n_elements == 0) air_fail(t->decl->at, "a table without columns");
    if (table_n_columns(t, false) == 0) air_fail(t->decl->at, "a table without main columns");
    for (u32 i = 0; i < t->n_interactions; i++)
        if (t->interactions[i].kind == RECEIVE)
            note_sources(t, &m->buses[t->interactions[i].bus], &t->interactions[i]);
    judge_inherited_filled(t);
    for (u32 i = 0; i < t->n_constraints; i++) judge_constraint(m, t, &t->constraints[i]);
    for (u32 i = 0; i < t->n_interactions; i++) judge_interaction(m, t, &t->interactions[i]);
    judge_mentions(m, t);
}

/* A lookup that nothing provides can be asked by nobody. */
void judge_system(const model *m)
{
    bool provided[1024] = {false}, asked[1024] = {false};
    for (u32 i = 0; i < m->n_tables; i++) {
        for (u32 k = 0; k < m->tables[i].n_interactions; k++) {
            const interaction *x = &m->tables[i].interactions[k];
            if (x->bus >= 1024) air_fail(m->buses[x->bus].decl->name_at, "more than 1024 buses");
            *(x->kind == PROVIDE ? &provided[x->bus] : &asked[x->bus]) = true;
        }
    }
    for (u32 i = 0; i < m->n_buses && i < 1024; i++)
        if (m->buses[i].is_lookup && asked[i] && !provided[i])
            air_fail(m->buses[i].decl->name_at, "no table provides the messages asked for on bus `%s`",
                     m->buses[i].name);
}
