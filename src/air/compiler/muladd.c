/* muladd.c — a table's evaluator over K in three-address form: calls  out = a b + c  on operands in memory.
 *
 * For machines whose only fast arithmetic of K is such a call (the VM), where loops cost more than they save and values passed about are
 * copies.  Everything here is to have few calls: sums are brought to the form  k0 + sum k_i x_i + sum k_j x_j y_j  over columns and
 * products, a sum's terms are then added up one a call, and what is needed twice is kept.  Messages end as their LogUp denominators
 *
 *     d = gamma_bus + beta v_0 + beta^2 v_1 + ...
 *
 * by Horner's rule from the last value that is no constant.  The body speaks of the macros of src/air/eval_muladd.h. */
#include <stdlib.h>
#include <string.h>

#include "air/compiler/airc.h"

typedef enum {
    AT_PRE,
    AT_MAIN,
    AT_PUBLIC,
    AT_CONST,
    AT_BETA,
    AT_BUS,
    AT_TEMP,
    AT_CONSTRAINT,
    AT_MESSAGE
} place;

typedef struct {
    place at;
    u32 i;
} operand;

/* k x, or k x y.  x and y are columns, publics, or products and sums that are kept. */
typedef struct {
    const node *x, *y;
    u32 k;
} term;

typedef struct {
    term *terms;
    u32 n, constant;
} form;

typedef enum { CALL_MULADD, CALL_HORNER, CALL_MULT } call_kind;

/* MULADD: out = a b + c.  HORNER: out = out b^n + sum of b^i a[i].  MULT: the multiplicity of the next message is a. */
typedef struct {
    call_kind kind;
    operand out, a, b, c;
    u32 n;
} call;

typedef struct {
    u32 uses;
    bool has_value;
    operand value;
} node_info;

/* What a sum's value was kept in. */
typedef struct {
    char *key;
    operand value;
} kept;

typedef struct {
    const model *m;
    const table *t;
    node_info *info; /* by node->value */
    u32 n_info, stamp;
    call *calls;
    u32 n_calls, n_values; /* temporaries as made, before they share places */
    kept *kept;
    u32 n_kept;
} maker;

static const u32 P = (u32)AIR_P;

static u32 residue(i64 k) { return (u32)((k % AIR_P + AIR_P) % AIR_P); }
static u32 mul_p(u32 a, u32 b) { return (u32)((u64)a * b % P); }
static u32 add_p(u32 a, u32 b) { return (u32)(((u64)a + b) % P); }

/* --- expressions ------------------------------------------------------------------------------ */

static const node *strip(const node *x)
{
    while (x->op == N_TYPED) x = x->a;
    return x;
}

/* Number the nodes, count who uses them. */
static void count_uses(maker *g, node *x)
{
    while (x->op == N_TYPED) x = x->a;
    if (x->mark == g->stamp) {
        g->info[x->value].uses++;
        return;
    }
    x->mark = g->stamp;
    x->value = g->n_info;
    *VEC_PUSH(g->info, g->n_info) = (node_info){.uses = 1};
    if (x->a) count_uses(g, x->a);
    if (x->b) count_uses(g, x->b);
}

static node_info *info_of(const maker *g, const node *x) { return &g->info[x->value]; }
static bool is_leaf(const node *x) { return x->op == N_COLUMN || x->op == N_PUBLIC; }
static bool is_sum(const node *x) { return x->op == N_ADD || x->op == N_SUB; }

/* k x for a constant k: the other factor, and k; else x itself. */
static const node *take_factor(const node *x, u32 *k)
{
    for (;;) {
        x = strip(x);
        if (x->op != N_MUL) return x;
        const node *a = strip(x->a), *b = strip(x->b);
        if (a->op != N_CONST && b->op != N_CONST) return x;
        *k = mul_p(*k, residue((a->op == N_CONST ? a : b)->k));
        x = a->op == N_CONST ? b : a;
    }
}

static void add_term(form *f, const node *x, const node *y, u32 k)
{
    if (y && y->value < x->value) {
        const node *t = x;
        x = y;
        y = t;
    }
    for (u32 i = 0; i < f->n; i++) {
        if (f->terms[i].x != x || f->terms[i].y != y) continue;
        f->terms[i].k = add_p(f->terms[i].k, k);
        if (f->terms[i].k == 0) f->terms[i] = f->terms[--f->n];
        return;
    }
    if (k == 0) return;
    term *old = f->terms;
    f->terms = air_alloc((f->n + 1) * sizeof *f->terms);
    if (f->n) memcpy(f->terms, old, f->n * sizeof *old);
    f->terms[f->n++] = (term){x, y, k};
}

static void expand(const maker *g, form *f, const node *x, u32 k, bool top);

/* Is x, met inside another expression, kept for its other uses? */
static bool is_kept(const maker *g, const node *x) { return info_of(g, x)->uses > 1; }

static void expand_product(const maker *g, form *f, const node *x, u32 k)
{
    const node *a = take_factor(x->a, &k), *b = take_factor(x->b, &k);
    if (a->op == N_CONST || b->op == N_CONST) { /* constants behind types */
        expand(g, f, a->op == N_CONST ? b : a, mul_p(k, residue((a->op == N_CONST ? a : b)->k)), false);
        return;
    }
    add_term(f, a, b, k);
}

/* f += k x.  top: x itself is what is worked out, so not taken from where it is kept. */
static void expand(const maker *g, form *f, const node *x, u32 k, bool top)
{
    x = take_factor(x, &k);
    if (x->op == N_CONST) {
        f->constant = add_p(f->constant, mul_p(k, residue(x->k)));
    } else if (is_leaf(x) || (!top && is_kept(g, x))) {
        add_term(f, x, NULL, k);
    } else if (is_sum(x)) {
        expand(g, f, x->a, k, false);
        expand(g, f, x->b, x->op == N_ADD ? k : mul_p(k, P - 1), false);
    } else {
        expand_product(g, f, x, k);
    }
}

/* --- calls ------------------------------------------------------------------------------------ */

static operand constant(u32 k) { return (operand){AT_CONST, k}; }
static operand new_value(maker *g) { return (operand){AT_TEMP, g->n_values++}; }

static void muladd(maker *g, operand out, operand a, operand b, operand c)
{
    *VEC_PUSH(g->calls, g->n_calls) = (call){.kind = CALL_MULADD, .out = out, .a = a, .b = b, .c = c};
}

static operand form_value(maker *g, form f, const operand *out);

/* Where the value of a factor or kept expression is. */
static operand node_value(maker *g, const node *x)
{
    const element *e;
    form f = {0};
    switch (x->op) {
    case N_CONST: return constant(residue(x->k));
    case N_PUBLIC: return (operand){AT_PUBLIC, (u32)x->k};
    case N_COLUMN:
        e = &g->t->elements[(u64)x->k % TABLE_COLUMNS_MAX];
        return (operand){e->is_pre ? AT_PRE : AT_MAIN, element_index(e)};
    default: break;
    }
    if (!info_of(g, x)->has_value) {
        expand(g, &f, x, 1, true);
        operand value = form_value(g, f, NULL);
        info_of(g, x)->value = value;
        info_of(g, x)->has_value = true;
    }
    return info_of(g, x)->value;
}

static int term_order(const void *a, const void *b)
{
    const term *s = a, *t = b;
    if (s->x != t->x) return s->x->value < t->x->value ? -1 : 1;
    u32 y = s->y ? s->y->value + 1 : 0, z = t->y ? t->y->value + 1 : 0;
    return y < z ? -1 : y > z;
}

static char *form_key(const form *f)
{
    buffer b = {0};
    buffer_add(&b, "%u", f->constant);
    for (u32 i = 0; i < f->n; i++)
        buffer_add(&b, " %u.%d.%u", f->terms[i].x->value, f->terms[i].y ? (int)f->terms[i].y->value : -1,
                   f->terms[i].k);
    return b.s;
}

/* A sum being added up: factors whose products are to be added, and where to start. */
typedef struct {
    operand a, b;
} product;

typedef struct {
    product *products;
    u32 n;
    operand start;
    bool has_start;
} chain;

static void chain_add(chain *c, operand a, operand b) { *VEC_PUSH(c->products, c->n) = (product){a, b}; }

static void chain_atom(chain *c, operand x)
{
    if (!c->has_start) {
        c->start = x;
        c->has_start = true;
    } else {
        chain_add(c, x, constant(1));
    }
}

static term remove_term(form *f, u32 i)
{
    term t = f->terms[i];
    memmove(f->terms + i, f->terms + i + 1, (f->n - i - 1) * sizeof t);
    f->n--;
    return t;
}

/* Products with coefficients other than 1 of which x is a factor. */
static u32 count_factor(const form *f, const node *x)
{
    u32 n = 0;
    for (u32 i = 0; i < f->n; i++)
        n += f->terms[i].y && f->terms[i].k != 1 && (f->terms[i].x == x || f->terms[i].y == x);
    return n;
}

static u32 count_coefficient(const form *f, u32 k)
{
    u32 n = 0, products = 0;
    for (u32 i = 0; i < f->n; i++) {
        n += f->terms[i].k == k;
        products += f->terms[i].k == k && f->terms[i].y;
    }
    return products ? n : 0;
}

/* x (k_1 y_1 + k_2 y_2 + ... + k_0) for all terms of f that hold x with a coefficient other than 1. */
static void take_common_factor(maker *g, form *f, chain *c, const node *x)
{
    form inner = {0};
    for (u32 i = 0; i < f->n;) {
        const term *t = &f->terms[i];
        bool plain = t->x == x && !t->y && (t->k != 1 || c->has_start);
        if (!plain && !(t->y && t->k != 1 && (t->x == x || t->y == x))) {
            i++;
            continue;
        }
        if (!t->y)
            inner.constant = add_p(inner.constant, t->k);
        else
            expand(g, &inner, t->x == x ? t->y : t->x, t->k, false);
        remove_term(f, i);
    }
    operand a = node_value(g, x), b = form_value(g, inner, NULL);
    chain_add(c, a, b);
}

/* k (sum of the terms with coefficient k). */
static void take_common_coefficient(maker *g, form *f, chain *c, u32 k)
{
    form inner = {0};
    for (u32 i = 0; i < f->n;) {
        if (f->terms[i].k != k) {
            i++;
            continue;
        }
        term t = remove_term(f, i);
        add_term(&inner, t.x, t.y, 1);
    }
    chain_add(c, form_value(g, inner, NULL), constant(k));
}

/* The products whose coefficient is not 1: none takes more than one call beside its own. */
static void take_scaled_products(maker *g, form *f, chain *c)
{
    for (u32 i = 0; i < f->n;) {
        const term t = f->terms[i];
        if (!t.y || t.k == 1) {
            i++;
            continue;
        }
        u32 nx = count_factor(f, t.x), ny = t.y == t.x ? 0 : count_factor(f, t.y);
        if (nx < 2 && ny < 2 && count_coefficient(f, t.k) > 1)
            take_common_coefficient(g, f, c, t.k);
        else if (nx != ny)
            take_common_factor(g, f, c, nx > ny ? t.x : t.y);
        else
            take_common_factor(g, f, c, is_sum(t.x) && !is_kept(g, t.x) ? t.y : t.x);
        i = 0;
    }
}

static void chain_run(maker *g, const chain *c, operand out)
{
    operand sum = c->has_start ? c->start : constant(0);
    for (u32 i = 0; i < c->n; i++) {
        muladd(g, out, c->products[i].a, c->products[i].b, sum);
        sum = out;
    }
    if (c->n == 0) muladd(g, out, sum, constant(1), constant(0));
}

/* The value of a sum, at *out or, when out is NULL, wherever it is or can be put. */
static operand form_value(maker *g, form f, const operand *out)
{
    qsort(f.terms, f.n, sizeof *f.terms, term_order);
    if (!out && f.n == 0) return constant(f.constant);
    if (!out && f.n == 1 && f.terms[0].k == 1 && !f.terms[0].y && f.constant == 0)
        return node_value(g, f.terms[0].x);
    char *key = form_key(&f);
    chain c = {0};
    for (u32 i = 0; i < g->n_kept; i++) {
        if (strcmp(g->kept[i].key, key) != 0) continue;
        if (!out) return g->kept[i].value;
        chain_atom(&c, g->kept[i].value);
        chain_run(g, &c, *out);
        return *out;
    }
    if (f.constant) chain_atom(&c, constant(f.constant));
    for (u32 i = 0; i < f.n && !c.has_start; i++)
        if (f.terms[i].k == 1 && !f.terms[i].y) {
            operand x = node_value(g, f.terms[i].x);
            remove_term(&f, i);
            chain_atom(&c, x);
        }
    take_scaled_products(g, &f, &c);
    for (u32 i = 0; i < f.n; i++) {
        const term *t = &f.terms[i];
        const operand x = node_value(g, t->x), y = t->y ? node_value(g, t->y) : constant(t->k);
        chain_add(&c, x, y);
    }
    operand value = out ? *out : new_value(g);
    chain_run(g, &c, value);
    *VEC_PUSH(g->kept, g->n_kept) = (kept){key, value};
    return value;
}

/* --- outputs ---------------------------------------------------------------------------------- */

static operand expression_value(maker *g, const node *x, u32 k, const operand *out)
{
    form f = {0};
    expand(g, &f, x, k, false);
    return form_value(g, f, out);
}

static void make_constraint(maker *g, u32 i)
{
    const operand out = {AT_CONSTRAINT, i};
    expression_value(g, g->t->constraints[i].value, 1, &out);
}

static void make_message(maker *g, u32 i)
{
    const interaction *it = &g->t->interactions[i];
    const u32 width = g->m->buses[it->bus].width;
    operand *v = air_alloc((width + 1) * sizeof *v), d = {AT_MESSAGE, i};
    operand low = {AT_BUS, it->bus};
    u32 n = 0, *at = air_alloc((width + 1) * sizeof *at);
    char *key = air_text("bus %u", it->bus);
    for (u32 k = 0; k < width; k++) {
        operand x = expression_value(g, it->values[k], 1, NULL);
        if (x.at != AT_CONST) {
            v[n] = x;
            at[n++] = k + 1;
        } else if (x.i != 0) {
            key = air_text("%s %u.%u", key, k, x.i);
            operand *value = NULL;
            for (u32 j = 0; j < g->n_kept && !value; j++)
                if (strcmp(g->kept[j].key, key) == 0) value = &g->kept[j].value;
            if (!value) {
                operand made = new_value(g);
                muladd(g, made, (operand){AT_BETA, k + 1}, x, low);
                kept *k_new = VEC_PUSH(g->kept, g->n_kept);
                *k_new = (kept){key, made};
                value = &k_new->value;
            }
            low = *value;
        }
    }
    operand m = expression_value(g, it->mult, it->kind == RECEIVE ? P - 1 : 1, NULL);
    *VEC_PUSH(g->calls, g->n_calls) = (call){.kind = CALL_MULT, .a = m};
    if (n == 0) {
        muladd(g, d, low, constant(1), constant(0));
        return;
    }
    operand sum = v[n - 1];
    for (u32 k = n; k-- > 0;) {
        const u32 step = at[k] - (k ? at[k - 1] : 0);
        muladd(g, d, sum, (operand){AT_BETA, step}, k ? v[k - 1] : low);
        sum = d;
    }
}

static maker make_calls(const model *m, const table *t)
{
    maker g = {.m = m, .t = t, .stamp = node_stamp()};
    for (u32 i = 0; i < t->n_constraints; i++) count_uses(&g, t->constraints[i].value);
    for (u32 i = 0; i < t->n_interactions; i++) {
        count_uses(&g, t->interactions[i].mult);
        for (u32 k = 0; k < m->buses[t->interactions[i].bus].width; k++)
            count_uses(&g, t->interactions[i].values[k]);
    }
    for (u32 i = 0; i < t->n_constraints; i++) make_constraint(&g, i);
    for (u32 i = 0; i < t->n_interactions; i++) make_message(&g, i);
    return g;
}

/* --- temporaries ------------------------------------------------------------------------------ */

static void note_use(u32 *last_use, operand x, u32 at)
{
    if (x.at == AT_TEMP && last_use[x.i] < at) last_use[x.i] = at;
}

static void place_operand(const u32 *places, operand *x)
{
    if (x->at == AT_TEMP) x->i = places[x->i];
}

/* Let temporaries share places where their lives do not meet; multiplicities live on.  Returns the number of places. */
static u32 share_places(maker *g)
{
    u32 *last_use = air_alloc((g->n_values + 1) * sizeof *last_use),
        *places = air_alloc((g->n_values + 1) * sizeof *places);
    bool *placed = air_alloc(g->n_values + 1);
    u32 *free_places = air_alloc((g->n_values + 1) * sizeof *free_places), n_free = 0, n_places = 0;
    for (u32 i = 0; i < g->n_calls; i++) {
        const call *c = &g->calls[i];
        const operand all[] = {c->out, c->a, c->b, c->c};
        for (u32 k = 0; k < SITU_ARRAY_LEN(all); k++)
            note_use(last_use, all[k], c->kind == CALL_MULT ? g->n_calls : i);
    }
    for (u32 i = 0; i < g->n_calls; i++) {
        call *c = &g->calls[i];
        const operand used[] = {c->a, c->b, c->c};
        for (u32 k = 0; k < SITU_ARRAY_LEN(used); k++) {
            if (used[k].at != AT_TEMP || last_use[used[k].i] != i) continue;
            last_use[used[k].i] = g->n_calls; /* once */
            free_places[n_free++] = places[used[k].i];
        }
        if (c->out.at == AT_TEMP && !placed[c->out.i]) {
            placed[c->out.i] = true;
            places[c->out.i] = n_free ? free_places[--n_free] : n_places++;
        }
        operand *all[] = {&c->out, &c->a, &c->b, &c->c};
        for (u32 k = 0; k < SITU_ARRAY_LEN(all); k++) place_operand(places, all[k]);
    }
    return n_places;
}

/* --- C ---------------------------------------------------------------------------------------- */

/* Elements that one base reaches: 12-bit signed offsets, 24 bytes each. */
enum { WINDOW = 170, WINDOW_MIDDLE = 85, WINDOWS_MAX = TABLE_OUTPUTS_MAX / WINDOW + 1 };

static const char *const PLACE_NAMES[] = {"pre",       "main",        "publics",     "constants",   "beta",
                                          "bus_gamma", "temporaries", "constraints", "denominators"};

typedef struct {
    buffer bases, body;
    bool *has_base[SITU_ARRAY_LEN(PLACE_NAMES)]; /* [WINDOWS_MAX] */
    muladd_constants *constants;
    char *set[4]; /* what out, a, b, c are */
} writer;

static u32 constant_index(muladd_constants *all, u32 k)
{
    for (u32 i = 0; i < all->n; i++)
        if (all->values[i] == k) return i;
    *VEC_PUSH(all->values, all->n) = k;
    return all->n - 1;
}

static char *operand_text(writer *w, operand x)
{
    if (x.at == AT_CONST) x.i = constant_index(w->constants, x.i);
    const u32 window = x.i / WINDOW;
    if (!w->has_base[x.at][window]) {
        w->has_base[x.at][window] = true;
        buffer_add(&w->bases, "    AIR_BASE(%s, %s, %u, %u);\n", x.at < AT_TEMP ? "const k6" : "k6",
                   PLACE_NAMES[x.at], window, window * WINDOW + WINDOW_MIDDLE);
    }
    const int offset = (int)(x.i % WINDOW) - WINDOW_MIDDLE;
    return air_text("%s_%u %c %d", PLACE_NAMES[x.at], window, offset < 0 ? '-' : '+', abs(offset));
}

static bool is_set(const writer *w, u32 k, const char *text)
{
    return w->set[k] && strcmp(w->set[k], text) == 0;
}

static void set_register(writer *w, u32 k, char *text)
{
    static const char *const NAMES[] = {"OUT", "A", "B", "C"};
    if (is_set(w, k, text)) return;
    w->set[k] = text;
    buffer_add(&w->body, "    AIR_%s(%s);\n", NAMES[k], text);
}

static void write_call(writer *w, const call *c, u32 *n_mults)
{
    char *a = operand_text(w, c->a);
    if (c->kind == CALL_MULT) {
        buffer_add(&w->body, "    AIR_MULT(%u, %s);\n", (*n_mults)++, a);
        return;
    }
    char *b = operand_text(w, c->b);
    const bool swap = is_set(w, 1, b) + is_set(w, 2, a) > is_set(w, 1, a) + is_set(w, 2, b);
    set_register(w, 0, operand_text(w, c->out));
    set_register(w, 1, swap ? b : a);
    set_register(w, 2, swap ? a : b);
    set_register(w, 3, operand_text(w, c->c));
    buffer_add(&w->body, "    AIR_MULADD();\n");
}

void emit_muladd(buffer *out, const model *m, const table *t, muladd_constants *constants)
{
    maker g = make_calls(m, t);
    writer w = {.constants = constants};
    u32 n_mults = 0, n_places = share_places(&g);
    if (n_places > constants->n_places) constants->n_places = n_places;
    for (u32 i = 0; i < SITU_ARRAY_LEN(w.has_base); i++) w.has_base[i] = air_alloc(WINDOWS_MAX);
    buffer_add(&w.bases, "%s", "");
    buffer_add(&w.body, "%s", "");
    for (u32 i = 0; i < g.n_calls; i++) write_call(&w, &g.calls[i], &n_mults);
    buffer_add(out, "%s    AIR_MULADD_BEGIN();\n%s", w.bases.s, w.body.s);
}
