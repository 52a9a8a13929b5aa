/* emit.c — walks the checked syntax tree with every loop kept, and writes the body of an evaluator in C.
 *
 * What is known here is written as a number, the rest as an expression over the loops' C variables.  Four
 * kinds of expression: compile-time integer, element of F that is the same on all rows, value of the row, and
 * array.  The body speaks of the AIR_ macros of src/air/eval_*.h, so one text serves every type of value. */
#include "air/compiler/scope.h"

typedef enum { C_INT, C_KB, C_ROW, C_ARRAY, C_FUNCTION, C_PREFIX } c_kind;
typedef enum { AT_PRE, AT_MAIN, AT_PUBLIC, AT_LOCAL_ROW, AT_LOCAL_INT } c_place;

typedef struct cvalue {
    c_kind kind;
    bool known; /* C_INT: n is its value                               */
    i64 n;
    const char *text; /* C text of a scalar                            */
    /* arrays: element [offset + index], offset = number + text */
    c_place place;
    const char *name; /* of a local array                              */
    i64 offset;
    const char *offset_text; /* or NULL                                */
    const i64 *items;        /* known contents, from the array's start */
    u32 dims[DIMS_MAX], n_dims;
    /* functions and prefixes */
    const stmt *decl;
    scope *home;
    const record *rec;
    scope *names; /* of the prefix's first copy, which others shift     */
    const char *base[2];
    bool in_loop; /* names many copies: an index must follow              */
    bool shifted; /* one of many copies                                    */
} cvalue;

typedef struct {
    const model *m;
    const table *t;
    buffer *out;
    body_kind kind;
    const record *rec;
    const char *base[2]; /* C text of the record's first main / preprocessed column, "" for 0 */
    u32 indent, next, n_loops;
    scope *globals;
} gen;

static cvalue *expr_gen(gen *g, scope *s, const expr *e);

/* --- small text ------------------------------------------------------------------------------- */

static void line(gen *g, const char *text) { buffer_add(g->out, "%*s%s\n", (int)(4 * g->indent), "", text); }

#define LINE(g, ...) line(g, air_text(__VA_ARGS__))

static char *fresh(gen *g, const char *stem) { return air_text("%s_%u", stem, g->next++); }

static cvalue *cv(c_kind kind, const char *text)
{
    cvalue *v = air_alloc(sizeof *v);
    v->kind = kind;
    v->text = text;
    return v;
}

static cvalue *cv_known(i64 n)
{
    cvalue *v = cv(C_INT, air_text(n < 0 ? "(%lld)" : "%lld", (long long)n));
    v->known = true;
    v->n = n;
    return v;
}

static i64 mod_p(i64 n) { return (n % AIR_P + AIR_P) % AIR_P; }

/* As an element of F. */
static const char *as_kb(const cvalue *v)
{
    if (v->kind == C_KB) return v->text;
    return v->known ? air_text("AIR_K(%lld)", (long long)mod_p(v->n)) : air_text("AIR_K_OF(%s)", v->text);
}

static const char *as_row(const cvalue *v, span at)
{
    if (v->kind == C_ROW) return v->text;
    if (v->kind != C_INT && v->kind != C_KB) air_fail(at, "an array where a single value is needed");
    return air_text("AIR_LIFT(%s)", as_kb(v));
}

static const char *as_int(const cvalue *v, span at)
{
    if (v->kind != C_INT) air_fail(at, "must be a compile-time integer whatever the loops' indices");
    return v->text;
}

static i64 as_known(const cvalue *v, span at)
{
    if (v->kind != C_INT || !v->known) air_fail(at, "must not depend on the index of a loop");
    return v->n;
}

/* --- arrays ----------------------------------------------------------------------------------- */

static u32 product(const u32 *dims, u32 n)
{
    u32 p = 1;
    for (u32 i = 0; i < n; i++) p *= dims[i];
    return p;
}

static const char *offset_of(const cvalue *a)
{
    if (!a->offset_text || !a->offset_text[0]) return air_text("%lld", (long long)a->offset);
    return a->offset ? air_text("%s + %lld", a->offset_text, (long long)a->offset) : a->offset_text;
}

static cvalue *element_gen(const cvalue *a)
{
    const char *at = offset_of(a);
    bool known = !a->offset_text || !a->offset_text[0];
    switch (a->place) {
    case AT_PRE: return cv(C_ROW, air_text("AIR_PRE(%s)", at));
    case AT_MAIN: return cv(C_ROW, air_text("AIR_MAIN(%s)", at));
    case AT_PUBLIC: return cv(C_KB, air_text("AIR_PUBLIC(%s)", at));
    case AT_LOCAL_ROW: return cv(C_ROW, air_text("%s[%s]", a->name, at));
    case AT_LOCAL_INT:
        return known && a->items ? cv_known(a->items[a->offset]) : cv(C_INT, air_text("%s[%s]", a->name, at));
    }
    return NULL;
}

static cvalue *array_index(const cvalue *a, const cvalue *i, span at)
{
    cvalue *v = air_alloc(sizeof *v);
    *v = *a;
    v->n_dims = a->n_dims - 1;
    for (u32 k = 0; k < v->n_dims; k++) v->dims[k] = a->dims[k + 1];
    u32 stride = product(v->dims, v->n_dims);
    if (i->kind == C_INT && i->known) {
        v->offset += i->n * stride;
    } else {
        const char *step =
            stride == 1 ? air_text("%s", as_int(i, at)) : air_text("%s * %u", as_int(i, at), stride);
        v->offset_text =
            v->offset_text && v->offset_text[0] ? air_text("%s + %s", v->offset_text, step) : step;
    }
    return v->n_dims ? v : element_gen(v);
}

static cvalue *array_local(c_place place, const char *name, const u32 *dims, u32 n_dims)
{
    cvalue *v = cv(C_ARRAY, NULL);
    v->place = place;
    v->name = name;
    v->n_dims = n_dims;
    for (u32 i = 0; i < n_dims; i++) v->dims[i] = dims[i];
    return v;
}

/* The i-th element of the whole array, counted flat. */
static cvalue *array_flat(const cvalue *a, const char *index)
{
    cvalue v = *a;
    v.offset_text = v.offset_text && v.offset_text[0] ? air_text("%s + %s", v.offset_text, index) : index;
    return element_gen(&v);
}

/* --- expressions ------------------------------------------------------------------------------ */

static cvalue *int_op(const expr *e, const cvalue *a, const cvalue *b)
{
    static const char *const C[] = {"+", "-",  "*",  "/", "%",  NULL, "<<", ">>", "&",
                                    "|", "==", "!=", "<", "<=", ">",  ">=", "&&", "||"};
    if (e->op == OP_POW) return cv(C_INT, air_text("air_int_power(%s, %s)", a->text, b->text));
    return cv(C_INT, air_text("(%s %s %s)", a->text, C[e->op], b->text));
}

/* Values were checked when all loops were unrolled, so only the plain result matters here. */
static bool int_fold(binary_op op, i64 a, i64 b, i64 *r) /* long: dispatch */
{
    switch (op) {
    case OP_ADD: return !__builtin_add_overflow(a, b, r);
    case OP_SUB: return !__builtin_sub_overflow(a, b, r);
    case OP_MUL: return !__builtin_mul_overflow(a, b, r);
    case OP_DIV: *r = b > 0 ? a / b : 0; return b > 0 && a >= 0;
    case OP_MOD: *r = b > 0 ? a % b : 0; return b > 0 && a >= 0;
    case OP_POW:
        for (*r = 1; b > 0; b--)
            if (__builtin_mul_overflow(*r, a, r)) return false;
        return true;
    case OP_SHL: *r = a >= 0 && b >= 0 && b < 63 ? (i64)((u64)a << b) : 0; return a >= 0 && b >= 0 && b < 63;
    case OP_SHR: *r = b >= 0 && b < 63 ? a >> b : 0; return a >= 0 && b >= 0 && b < 63;
    case OP_BAND: *r = a & b; return true;
    case OP_BOR: *r = a | b; return true;
    case OP_EQ: *r = a == b; return true;
    case OP_NE: *r = a != b; return true;
    case OP_LT: *r = a < b; return true;
    case OP_LE: *r = a <= b; return true;
    case OP_GT: *r = a > b; return true;
    case OP_GE: *r = a >= b; return true;
    case OP_AND: *r = a && b; return true;
    case OP_OR: *r = a || b; return true;
    }
    return false;
}

static cvalue *row_add(gen *g, const cvalue *a, const cvalue *b, const expr *e, const char *op)
{
    (void)g;
    if (a->kind != C_ROW && b->kind != C_ROW)
        return cv(C_KB, air_text("AIR_K_%s(%s, %s)", op, as_kb(a), as_kb(b)));
    if (a->known && a->n == 0 && strcmp(op, "ADD") == 0) return cv(C_ROW, b->text);
    if (b->known && b->n == 0) return cv(C_ROW, a->text);
    return cv(C_ROW, air_text("AIR_%s(%s, %s)", op, as_row(a, e->a->at), as_row(b, e->b->at)));
}

static cvalue *row_mul(const cvalue *a, const cvalue *b)
{
    if (a->kind != C_ROW && b->kind != C_ROW)
        return cv(C_KB, air_text("AIR_K_MUL(%s, %s)", as_kb(a), as_kb(b)));
    if (a->kind == C_ROW && b->kind == C_ROW) return cv(C_ROW, air_text("AIR_MUL(%s, %s)", a->text, b->text));
    const cvalue *row = a->kind == C_ROW ? a : b, *k = a->kind == C_ROW ? b : a;
    if (k->known && k->n == 1) return cv(C_ROW, row->text);
    return cv(C_ROW, air_text("AIR_SCALE(%s, %s)", row->text, as_kb(k)));
}

/* Text that may stand twice without being computed twice. */
static bool is_atom(const char *text)
{
    for (const char *s = text; *s; s++)
        if (strchr("(){}?", *s))
            return strncmp(text, "AIR_MAIN(", 9) == 0 && !strchr(text + 9, '(')
                       ? true
                       : strncmp(text, "AIR_PRE(", 8) == 0 && !strchr(text + 8, '(');
    return true;
}

static const char *c_type(c_kind kind) { return kind == C_INT ? "i64" : kind == C_KB ? "kb" : "AIR_T"; }

/* Bind a scalar to a C variable by a line of `before`, unless it is cheap to repeat. */
static cvalue *bind(gen *g, buffer *before, const cvalue *v, const char *stem)
{
    cvalue *r = air_alloc(sizeof *r);
    *r = *v;
    if (v->known || (v->kind != C_INT && v->kind != C_KB && v->kind != C_ROW) || is_atom(v->text)) return r;
    r->text = fresh(g, stem);
    buffer_add(before, "const %s %s = %s; ", c_type(v->kind), r->text, v->text);
    return r;
}

static cvalue *wrap(const cvalue *v, const buffer *before)
{
    cvalue *r = air_alloc(sizeof *r);
    *r = *v;
    if (before->n) r->text = air_text("({ %s%s; })", before->s, v->text);
    return r;
}

static cvalue *power_gen(gen *g, const cvalue *a, i64 n, const expr *e)
{
    buffer before = {0};
    cvalue *x = bind(g, &before, a, "x");
    if (n == 0) return cv_known(1);
    cvalue *r = x;
    for (; n > 1; n--) r = row_mul(r, x);
    (void)e;
    return wrap(r, &before);
}

static cvalue *binary_gen(gen *g, scope *s, const expr *e)
{
    cvalue *a = expr_gen(g, s, e->a);
    if (e->op == OP_AND && a->kind == C_INT && a->known && !a->n) return cv_known(0);
    if (e->op == OP_OR && a->kind == C_INT && a->known && a->n) return cv_known(1);
    cvalue *b = expr_gen(g, s, e->b);
    i64 r;
    if (a->kind == C_INT && b->kind == C_INT) {
        if (a->known && b->known && int_fold(e->op, a->n, b->n, &r)) return cv_known(r);
        return int_op(e, a, b);
    }
    switch (e->op) {
    case OP_ADD: return row_add(g, a, b, e, "ADD");
    case OP_SUB: return row_add(g, a, b, e, "SUB");
    case OP_MUL: return row_mul(a, b);
    case OP_POW: return power_gen(g, a, as_known(b, e->b->at), e);
    default: air_fail(e->at, "an operator of compile-time integers only");
    }
}

static const char *text_plus(const char *base, u32 offset)
{
    if (offset == 0) return base;
    return air_text("%s%s%u", base, base[0] ? " + " : "", offset);
}

/* Offset of a column in its record, or in what that takes in without a prefix; false if it is not there. */
static bool find_column(const record *r, const stmt *decl, u32 *offset)
{
    const member *m = member_find(r, decl);
    if (m) {
        *offset += m->offset;
        return true;
    }
    for (u32 i = 0; i < r->n_members; i++) {
        const record *sub = r->members[i].sub;
        if (!sub || !sub->imported || !find_column(sub, decl, offset)) continue;
        *offset += sub->offset[decl->is_pre];
        return true;
    }
    return false;
}

/* A name inside one copy of a component used in a loop: as in the copy it was bound in, moved. */
static cvalue *shifted_gen(const cvalue *p, const cvalue *v, const expr *e)
{
    cvalue *out = air_alloc(sizeof *out);
    u32 offset = 0;
    *out = *v;
    if (v->kind == C_PREFIX && member_find(p->rec, v->rec->site)) {
        out->shifted = true;
        for (int k = 0; k < 2; k++)
            out->base[k] = v->in_loop ? p->base[k] : text_plus(p->base[k], v->rec->offset[k]);
        return out;
    }
    if (v->kind == C_PREFIX || !v->decl || v->decl->kind != S_COLUMN ||
        !find_column(p->rec, v->decl, &offset))
        air_fail(e->at, "of a `use` in a loop, only its own columns have names outside");
    out->place = v->decl->is_pre ? AT_PRE : AT_MAIN;
    out->offset_text = p->base[v->decl->is_pre];
    out->offset = offset;
    return v->kind == C_ROW ? element_gen(out) : out;
}

static cvalue *member_gen(gen *g, scope *s, const expr *e)
{
    cvalue *p = expr_gen(g, s, e->a);
    if (p->kind != C_PREFIX || p->in_loop) air_fail(e->at, "not the prefix of a `use`");
    binding *b = scope_own(p->names, e->name);
    if (!b) air_fail(e->at, "the component has no column or let `%s`", e->name);
    cvalue *v = b->value;
    return !p->shifted || v->known ? v : shifted_gen(p, v, e);
}

static cvalue *index_gen(gen *g, scope *s, const expr *e)
{
    cvalue *a = expr_gen(g, s, e->a), *i = expr_gen(g, s, e->b);
    if (a->kind == C_ARRAY) return array_index(a, i, e->b->at);
    if (a->kind != C_PREFIX || !a->in_loop) air_fail(e->at, "not an array");
    cvalue *v = air_alloc(sizeof *v);
    *v = *a;
    v->in_loop = false;
    v->shifted = true;
    for (int k = 0; k < 2; k++)
        v->base[k] = air_text("%s%s%u + %s * %u", a->base[k], a->base[k][0] ? " + " : "", a->rec->offset[k],
                              as_int(i, e->b->at), a->rec->size[k]);
    return v;
}

static cvalue *xor_gen(gen *g, scope *s, const expr *e)
{
    buffer before = {0};
    cvalue *r = expr_gen(g, s, e->args[0]);
    for (u32 i = 1; i < e->n_args; i++) {
        cvalue *x = bind(g, &before, cv(C_ROW, as_row(r, e->at)), "x");
        cvalue *y = bind(g, &before, cv(C_ROW, as_row(expr_gen(g, s, e->args[i]), e->at)), "y");
        r = cv(C_ROW, air_text("AIR_XOR(%s, %s)", x->text, y->text));
    }
    return wrap(r, &before);
}

static cvalue *select_gen(gen *g, scope *s, const expr *e)
{
    buffer before = {0};
    const char *c = as_row(expr_gen(g, s, e->args[0]), e->at);
    const char *a = as_row(expr_gen(g, s, e->args[1]), e->at);
    cvalue *b = bind(g, &before, cv(C_ROW, as_row(expr_gen(g, s, e->args[2]), e->at)), "x");
    return wrap(cv(C_ROW, air_text("AIR_ADD(%s, AIR_MUL(%s, AIR_SUB(%s, %s)))", b->text, c, a, b->text)),
                &before);
}

static cvalue *call_gen(gen *g, scope *s, const expr *e)
{
    binding *b = scope_find(s, e->name);
    if (!b && strcmp(e->name, "xor") == 0) return xor_gen(g, s, e);
    if (!b && strcmp(e->name, "select") == 0) return select_gen(g, s, e);
    if (!b && strcmp(e->name, "len") == 0) return cv_known(expr_gen(g, s, e->args[0])->dims[0]);
    if (!b) air_fail(e->at, "`%s` is not defined", e->name);
    const cvalue *f = b->value;
    if (f->kind != C_FUNCTION || f->decl->n_fields != e->n_args)
        air_fail(e->at, "`%s` is called wrongly", e->name);
    buffer before = {0};
    scope *inner = scope_make(f->home);
    for (u32 i = 0; i < e->n_args; i++) {
        const field *p = &f->decl->fields[i];
        scope_define(inner, p->name, p->at, bind(g, &before, expr_gen(g, s, e->args[i]), p->name));
    }
    return wrap(expr_gen(g, inner, f->decl->a), &before);
}

static cvalue *if_gen(gen *g, scope *s, const expr *e)
{
    cvalue *c = expr_gen(g, s, e->a);
    if (c->kind == C_INT && c->known) return expr_gen(g, s, c->n ? e->b : e->c);
    cvalue *a = expr_gen(g, s, e->b), *b = expr_gen(g, s, e->c);
    const char *condition = as_int(c, e->a->at);
    if (a->kind == C_INT && b->kind == C_INT)
        return cv(C_INT, air_text("(%s ? %s : %s)", condition, a->text, b->text));
    if (a->kind != C_ROW && b->kind != C_ROW && a->kind != C_ARRAY && b->kind != C_ARRAY)
        return cv(C_KB, air_text("(%s ? %s : %s)", condition, as_kb(a), as_kb(b)));
    return cv(C_ROW, air_text("(%s ? %s : %s)", condition, as_row(a, e->b->at), as_row(b, e->c->at)));
}

static cvalue *sum_gen(gen *g, scope *s, const expr *e)
{
    cvalue *lo = expr_gen(g, s, e->a), *hi = expr_gen(g, s, e->b);
    if (lo->known && hi->known && lo->n == hi->n) return cv_known(0);
    char *i = fresh(g, e->name), *sum = fresh(g, "sum");
    scope *inner = scope_make(s);
    scope_define(inner, e->name, e->at, cv(C_INT, i));
    cvalue *x = expr_gen(g, inner, e->c);
    const char *head =
        air_text("for (i64 %s = %s; %s < %s; %s++)", i, as_int(lo, e->a->at), i, as_int(hi, e->b->at), i);
    if (x->kind == C_INT)
        return cv(C_INT, air_text("({ i64 %s = 0; %s %s += %s; %s; })", sum, head, sum, x->text, sum));
    return cv(C_ROW, air_text("({ AIR_T %s = AIR_LIFT(0); %s %s = AIR_ADD(%s, %s); %s; })", sum, head, sum,
                              sum, as_row(x, e->c->at), sum));
}

static cvalue *neg_gen(gen *g, scope *s, const expr *e)
{
    cvalue *a = expr_gen(g, s, e->a);
    if (a->kind == C_INT) return a->known ? cv_known(-a->n) : cv(C_INT, air_text("(-%s)", a->text));
    if (a->kind == C_KB) return cv(C_KB, air_text("AIR_K_SUB(0, %s)", a->text));
    return cv(C_ROW, air_text("AIR_NEG(%s)", as_row(a, e->at)));
}

static cvalue *expr_gen(gen *g, scope *s, const expr *e)
{
    switch (e->kind) {
    case E_INT: return cv_known(e->value);
    case E_NAME: {
        binding *b = scope_find(s, e->name);
        if (!b) air_fail(e->at, "`%s` is not defined", e->name);
        return b->value;
    }
    case E_INDEX: return index_gen(g, s, e);
    case E_MEMBER: return member_gen(g, s, e);
    case E_CALL: return call_gen(g, s, e);
    case E_NEG: return neg_gen(g, s, e);
    case E_NOT: {
        cvalue *a = expr_gen(g, s, e->a);
        return a->known ? cv_known(!a->n) : cv(C_INT, air_text("(!%s)", as_int(a, e->at)));
    }
    case E_BINARY: return binary_gen(g, s, e);
    case E_IF: return if_gen(g, s, e);
    case E_SUM: return sum_gen(g, s, e);
    case E_LIST:
    case E_EACH: air_fail(e->at, "a list can only be passed to a component or a bus");
    }
    return NULL;
}

/* --- lists ------------------------------------------------------------------------------------ */

static void list_fill(gen *g, scope *s, const expr *e, const char *name, const char *at, c_kind kind,
                      u32 stride);

/* Shape and kind of a list or array expression, without writing it. */
static c_kind list_shape(gen *g, scope *s, const expr *e, u32 *dims, u32 *n_dims)
{
    scope *inner = s;
    c_kind kind = C_INT;
    if (e->kind == E_LIST) {
        dims[(*n_dims)++] = e->n_args;
        u32 at = *n_dims;
        for (u32 i = 0; i < e->n_args; i++) {
            *n_dims = at;
            if (list_shape(g, s, e->args[i], dims, n_dims) != C_INT) kind = C_ROW;
        }
        return kind;
    }
    if (e->kind == E_EACH) {
        i64 lo = as_known(expr_gen(g, s, e->a), e->a->at), hi = as_known(expr_gen(g, s, e->b), e->b->at);
        dims[(*n_dims)++] = (u32)(hi - lo);
        inner = scope_make(s);
        scope_define(inner, e->name, e->at, cv(C_INT, "0"));
        return list_shape(g, inner, e->c, dims, n_dims);
    }
    cvalue *v = expr_gen(g, s, e);
    if (v->kind != C_ARRAY) return v->kind == C_INT ? C_INT : C_ROW;
    for (u32 i = 0; i < v->n_dims; i++) dims[(*n_dims)++] = v->dims[i];
    return v->place == AT_LOCAL_INT ? C_INT : C_ROW;
}

static void item_fill(gen *g, scope *s, const expr *e, const char *name, const char *at, c_kind kind,
                      u32 stride)
{
    if (e->kind == E_LIST || e->kind == E_EACH) {
        list_fill(g, s, e, name, at, kind, stride);
        return;
    }
    cvalue *v = expr_gen(g, s, e);
    if (v->kind != C_ARRAY) {
        LINE(g, "%s[%s] = %s;", name, at, kind == C_INT ? as_int(v, e->at) : as_row(v, e->at));
        return;
    }
    char *i = fresh(g, "i");
    cvalue *x = array_flat(v, i);
    LINE(g, "for (i64 %s = 0; %s < %u; %s++) %s[%s + %s] = %s;", i, i, product(v->dims, v->n_dims), i, name,
         at, i, kind == C_INT ? x->text : as_row(x, e->at));
}

static void list_fill(gen *g, scope *s, const expr *e, const char *name, const char *at, c_kind kind,
                      u32 stride)
{
    if (e->kind == E_LIST) {
        u32 inner = stride / e->n_args;
        for (u32 i = 0; i < e->n_args; i++)
            item_fill(g, s, e->args[i], name, air_text("%s + %u", at, i * inner), kind, inner);
        return;
    }
    i64 lo = as_known(expr_gen(g, s, e->a), e->a->at), hi = as_known(expr_gen(g, s, e->b), e->b->at);
    u32 each = stride / (u32)(hi - lo);
    char *i = fresh(g, e->name);
    scope *inner = scope_make(s);
    scope_define(inner, e->name, e->at, cv(C_INT, i));
    LINE(g, "for (i64 %s = %lld; %s < %lld; %s++) {", i, (long long)lo, i, (long long)hi, i);
    g->indent++;
    item_fill(g, inner, e->c, name, air_text("%s + (%s - %lld) * %u", at, i, (long long)lo, each), kind,
              each);
    g->indent--;
    line(g, "}");
}

/* A value that may be a list: lists become local C arrays. */
static cvalue *value_gen(gen *g, scope *s, const expr *e, const char *stem)
{
    if (e->kind != E_LIST && e->kind != E_EACH) return expr_gen(g, s, e);
    u32 dims[2 * DIMS_MAX + DEPTH_MAX] = {0}, n_dims = 0;
    c_kind kind = list_shape(g, s, e, dims, &n_dims);
    char *name = fresh(g, stem);
    u32 n = product(dims, n_dims);
    LINE(g, "%s %s[%u] SITU_UNUSED;", c_type(kind), name, n);
    list_fill(g, s, e, name, "0", kind, n);
    return array_local(kind == C_INT ? AT_LOCAL_INT : AT_LOCAL_ROW, name, dims, n_dims);
}

/* --- statements ------------------------------------------------------------------------------- */

static void block_gen(gen *g, scope *s, const block *b);

static void ask_gen(gen *g, const bus *b, const char *mult, const char *values)
{
    if (b == g->m->range)
        LINE(g, "AIR_ASK_RANGE(%u, %s, %s);", b->index, mult, values);
    else if (b == g->m->byte)
        LINE(g, "AIR_ASK_BYTE(%u, %s, %s);", b->index, mult, values);
    else
        LINE(g, "AIR_ASK(%u, %u, %s, %s);", b->index, b->width, mult, values);
}

static void range_gen(gen *g, const char *x, u32 bits)
{
    if (g->kind == BODY_ASKS) {
        ask_gen(g, g->m->range, "AIR_LIFT(AIR_K(1))", air_text("%s, AIR_LIFT(AIR_K(%u))", x, bits));
        return;
    }
    line(g, "AIR_RECEIVED(AIR_LIFT(AIR_K(1)));");
    LINE(g, "AIR_VALUE(%s);", x);
    LINE(g, "AIR_VALUE(AIR_LIFT(AIR_K(%u)));", bits);
}

static void type_check_gen(gen *g, const char *x, const type *t)
{
    if (t->kind == T_UINT) range_gen(g, x, t->bits);
    if (t->kind == T_BIT && g->kind == BODY_ALL) LINE(g, "AIR_CONSTRAINT(AIR_BIT(%s));", x);
}

static void column_gen(gen *g, scope *s, const stmt *st)
{
    const member *m = member_find(g->rec, st);
    cvalue *v = array_local(st->is_pre ? AT_PRE : AT_MAIN, NULL, m->dims, m->n_dims);
    v->offset = m->offset;
    v->offset_text = g->base[st->is_pre];
    v->decl = st;
    cvalue *scalar = element_gen(v);
    scalar->decl = st;
    scope_define(s, st->name, st->name_at, m->n_dims ? v : scalar);
    if (st->is_pre || (st->type.kind != T_BIT && st->type.kind != T_UINT)) return;
    if (!m->n_dims) {
        type_check_gen(g, scalar->text, &st->type);
        return;
    }
    if (st->type.kind == T_BIT && g->kind != BODY_ALL) return;
    char *i = fresh(g, "i");
    LINE(g, "for (i64 %s = 0; %s < %u; %s++) {", i, i, m->n, i);
    g->indent++;
    type_check_gen(g, array_flat(v, i)->text, &st->type);
    g->indent--;
    line(g, "}");
}

static void array_let_gen(gen *g, scope *s, const stmt *st)
{
    u32 dims[DIMS_MAX];
    for (u32 k = 0; k < st->n_fields; k++)
        dims[k] = (u32)as_known(expr_gen(g, s, st->fields[k].hi), st->fields[k].hi->at);
    char *name = fresh(g, st->name), *at = air_text("%s", "0");
    LINE(g, "AIR_T %s[%u] SITU_UNUSED;", name, product(dims, st->n_fields));
    scope *inner = s;
    for (u32 k = 0; k < st->n_fields; k++) {
        char *i = fresh(g, st->fields[k].name);
        inner = scope_make(inner);
        scope_define(inner, st->fields[k].name, st->fields[k].at, cv(C_INT, i));
        LINE(g, "for (i64 %s = 0; %s < %u; %s++) {", i, i, dims[k], i);
        g->indent++;
        at = air_text("%s + %s * %u", at, i, product(dims + k + 1, st->n_fields - k - 1));
    }
    LINE(g, "%s[%s] = %s;", name, at, as_row(expr_gen(g, inner, st->a), st->a->at));
    for (u32 k = 0; k < st->n_fields; k++) {
        g->indent--;
        line(g, "}");
    }
    scope_define(s, st->name, st->name_at, array_local(AT_LOCAL_ROW, name, dims, st->n_fields));
}

static void let_gen(gen *g, scope *s, const stmt *st)
{
    cvalue *v;
    if (st->is_function) {
        v = cv(C_FUNCTION, NULL);
        v->decl = st;
        v->home = s;
    } else if (st->n_fields) {
        array_let_gen(g, s, st);
        return;
    } else {
        v = expr_gen(g, s, st->a);
        if (st->type.kind != T_NONE) v = cv(C_ROW, as_row(v, st->a->at));
        if (!v->known && !is_atom(v->text)) {
            char *name = fresh(g, st->name);
            LINE(g, "const %s %s SITU_UNUSED = %s;", c_type(v->kind), name, v->text);
            v = cv(v->kind, name);
        }
        if (st->type.kind != T_NONE) type_check_gen(g, v->text, &st->type);
    }
    scope_define(s, st->name, st->name_at, v);
}

static void for_gen(gen *g, scope *s, const stmt *st)
{
    cvalue *lo = expr_gen(g, s, st->a), *hi = expr_gen(g, s, st->b);
    if (lo->known && hi->known && lo->n >= hi->n) return;
    char *i = fresh(g, st->name);
    scope *inner = scope_make(s);
    scope_define(inner, st->name, st->name_at, cv(C_INT, i));
    LINE(g, "for (i64 %s = %s; %s < %s; %s++) {", i, as_int(lo, st->a->at), i, as_int(hi, st->b->at), i);
    g->indent++;
    g->n_loops++;
    block_gen(g, inner, &st->body);
    g->n_loops--;
    g->indent--;
    line(g, "}");
}

static void if_stmt_gen(gen *g, scope *s, const stmt *st)
{
    cvalue *c = expr_gen(g, s, st->a);
    g->n_loops++;
    if (c->kind == C_INT && c->known) {
        line(g, "{");
        g->indent++;
        block_gen(g, scope_make(s), c->n ? &st->body : &st->other);
    } else {
        LINE(g, "if (%s != 0) {", as_int(c, st->a->at));
        g->indent++;
        block_gen(g, scope_make(s), &st->body);
        g->indent--;
        line(g, "} else {");
        g->indent++;
        block_gen(g, scope_make(s), &st->other);
    }
    g->n_loops--;
    g->indent--;
    line(g, "}");
}

static void constrain_gen(gen *g, scope *s, const stmt *st)
{
    if (g->kind != BODY_ALL) return;
    cvalue *a = expr_gen(g, s, st->a), *b = expr_gen(g, s, st->b), *x;
    expr both = {.a = st->a, .b = st->b, .at = st->at};
    if (a->kind == C_INT && b->kind == C_INT) {
        x = a->known && b->known ? cv_known(a->n - b->n) : cv(C_INT, air_text("(%s - %s)", a->text, b->text));
    } else {
        x = row_add(g, a, b, &both, "SUB");
    }
    if (st->when) {
        cvalue *w = expr_gen(g, s, st->when);
        x = row_mul(cv(C_ROW, as_row(w, st->when->at)), cv(C_ROW, as_row(x, st->at)));
    }
    LINE(g, "AIR_CONSTRAINT(%s);", as_row(x, st->at));
}

static const bus *bus_named(const model *m, const char *name)
{
    for (u32 i = 0; i < m->n_buses; i++)
        if (strcmp(m->buses[i].name, name) == 0) return &m->buses[i];
    return NULL;
}

static void tuple_gen(gen *g, const cvalue *const *args, const stmt *st)
{
    for (u32 i = 0; i < st->n_args; i++) {
        if (args[i]->kind != C_ARRAY) {
            LINE(g, "AIR_VALUE(%s);", as_row(args[i], st->args[i]->at));
            continue;
        }
        char *k = fresh(g, "i");
        LINE(g, "for (i64 %s = 0; %s < %u; %s++) AIR_VALUE(%s);", k, k,
             product(args[i]->dims, args[i]->n_dims), k, as_row(array_flat(args[i], k), st->at));
    }
}

static const char *ask_values(const cvalue *const *args, const stmt *st)
{
    char *s = air_text("%s", "");
    for (u32 i = 0; i < st->n_args; i++) {
        u32 n = args[i]->kind == C_ARRAY ? product(args[i]->dims, args[i]->n_dims) : 1;
        for (u32 k = 0; k < n; k++) {
            const cvalue *x = args[i]->kind == C_ARRAY ? array_flat(args[i], air_text("%u", k)) : args[i];
            s = air_text("%s%s%s", s, s[0] ? ", " : "", as_row(x, st->at));
        }
    }
    return s;
}

static void interact_gen(gen *g, scope *s, const stmt *st)
{
    const bus *b = bus_named(g->m, st->name);
    if (g->kind == BODY_ASKS && !(b->is_lookup && st->interact == RECEIVE)) return;
    line(g, "{");
    g->indent++;
    const cvalue **args = air_alloc(st->n_args * sizeof *args);
    for (u32 i = 0; i < st->n_args; i++) args[i] = value_gen(g, s, st->args[i], "list");
    const char *mult = st->times ? as_row(expr_gen(g, s, st->times), st->times->at) : "AIR_LIFT(AIR_K(1))";
    if (g->kind == BODY_ASKS) {
        ask_gen(g, b, mult, ask_values(args, st));
    } else {
        LINE(g, "AIR_%s(%s);", st->interact == RECEIVE ? "RECEIVED" : "SENT", mult);
        tuple_gen(g, args, st);
    }
    g->indent--;
    line(g, "}");
}

static const stmt *component_named(const model *m, const char *name)
{
    for (u32 i = 0; i < m->decls.n; i++)
        if (m->decls.items[i]->kind == S_COMPONENT && strcmp(m->decls.items[i]->name, name) == 0)
            return m->decls.items[i];
    return NULL;
}

static const expr *argument(const stmt *use, const field *f, u32 k)
{
    for (u32 i = 0; i < use->n_args; i++)
        if (use->arg_names[i] ? strcmp(use->arg_names[i], f->name) == 0 : i == k) return use->args[i];
    return NULL;
}

static cvalue *pass_gen(gen *g, scope *s, const field *f, const expr *e)
{
    cvalue *v = value_gen(g, s, e, f->name);
    if (v->kind == C_ARRAY || v->known || is_atom(v->text)) return v;
    char *name = fresh(g, f->name);
    LINE(g, "const %s %s SITU_UNUSED = %s;", c_type(v->kind), name, v->text);
    return cv(v->kind, name);
}

static void body_gen(gen *g, scope *s, const record *r, const block *b);

/* How often each `use` inside loops has been executed is counted in C: copies lie side by side in that order.
 */
static void use_base(gen *g, const record *r, const char *counter, const char *base[2])
{
    for (int k = 0; k < 2; k++) {
        const char *outer = g->base[k];
        if (!counter) {
            base[k] = r->offset[k] ? air_text("%s%s%u", outer, outer[0] ? " + " : "", r->offset[k]) : outer;
            continue;
        }
        base[k] = fresh(g, k ? "pre" : "main");
        LINE(g, "const i64 %s SITU_UNUSED = %s%s%u + %s * %u;", base[k], outer, outer[0] ? " + " : "",
             r->offset[k], counter, r->size[k]);
    }
    if (counter) LINE(g, "%s++;", counter);
}

static void bind_prefix_gen(gen *g, scope *s, const stmt *use, const record *r, scope *names,
                            const char *base[2])
{
    if (!use->prefix) {
        for (const binding *b = names->bindings; b; b = b->next)
            if (!b->is_argument) scope_define(s, b->name, use->at, b->value);
        return;
    }
    scope *outer = s;
    while (g->n_loops && outer->parent && !scope_own(outer, "")) outer = outer->parent;
    cvalue *v = cv(C_PREFIX, NULL);
    v->rec = r;
    v->names = names;
    v->in_loop = r->in_loop;
    for (int k = 0; k < 2; k++) v->base[k] = r->in_loop ? g->base[k] : base[k];
    scope_define(outer, use->prefix, use->at, v);
}

static void use_gen(gen *g, scope *s, const stmt *use)
{
    const record *r = record_find(g->rec, use);
    if (!r) return; /* never executed */
    const stmt *component = component_named(g->m, use->name);
    scope *inner = scope_make(g->globals);
    scope_define(inner, "", use->at, NULL)->is_argument = true;
    for (u32 k = 0; k < component->n_fields; k++) {
        const field *f = &component->fields[k];
        scope_define(inner, f->name, f->at, pass_gen(g, s, f, argument(use, f, k)))->is_argument = true;
    }
    const char *base[2];
    use_base(g, r, r->in_loop ? scope_find(s, air_text("#%p", (const void *)use))->value : NULL, base);
    gen outer = *g;
    g->base[0] = base[0];
    g->base[1] = base[1];
    g->n_loops = 0;
    body_gen(g, inner, r, &component->body);
    g->base[0] = outer.base[0];
    g->base[1] = outer.base[1];
    g->rec = outer.rec;
    g->n_loops = outer.n_loops;
    bind_prefix_gen(g, s, use, r, inner, base);
}

static void stmt_gen(gen *g, scope *s, const stmt *st)
{
    switch (st->kind) {
    case S_COLUMN: column_gen(g, s, st); return;
    case S_LET: let_gen(g, s, st); return;
    case S_CONST: scope_define(s, st->name, st->name_at, expr_gen(g, s, st->a)); return;
    case S_FOR: for_gen(g, s, st); return;
    case S_IF: if_stmt_gen(g, s, st); return;
    case S_CONSTRAIN: constrain_gen(g, s, st); return;
    case S_INTERACT: interact_gen(g, s, st); return;
    case S_USE: use_gen(g, s, st); return;
    default: return;
    }
}

static void block_gen(gen *g, scope *s, const block *b)
{
    for (u32 i = 0; i < b->n; i++) stmt_gen(g, s, b->items[i]);
}

/* The body of a table or component: first the counters of the uses in its loops. */
static void body_gen(gen *g, scope *s, const record *r, const block *b)
{
    g->rec = r;
    for (u32 i = 0; i < r->n_members; i++) {
        const record *sub = r->members[i].sub;
        if (!sub || !sub->in_loop) continue;
        char *name = fresh(g, "n");
        LINE(g, "i64 %s SITU_UNUSED = 0;", name);
        scope_define(s, air_text("#%p", (const void *)sub->site), sub->site->at, name)->is_argument = true;
    }
    block_gen(g, s, b);
}

/* --- names outside tables --------------------------------------------------------------------- */

static void collect_items(const expr *e, gen *g, scope *s, i64 *items, u32 *n)
{
    if (e->kind == E_LIST) {
        for (u32 i = 0; i < e->n_args; i++) collect_items(e->args[i], g, s, items, n);
    } else if (e->kind == E_EACH) {
        i64 lo = as_known(expr_gen(g, s, e->a), e->a->at), hi = as_known(expr_gen(g, s, e->b), e->b->at);
        for (i64 i = lo; i < hi; i++) {
            scope *inner = scope_make(s);
            scope_define(inner, e->name, e->at, cv_known(i));
            collect_items(e->c, g, inner, items, n);
        }
    } else {
        cvalue *v = expr_gen(g, s, e);
        u32 count = v->kind == C_ARRAY ? product(v->dims, v->n_dims) : 1;
        for (u32 i = 0; i < count; i++)
            items[(*n)++] = v->kind == C_ARRAY ? v->items[v->offset + i] : as_known(v, e->at);
    }
}

static cvalue *const_value(gen *g, scope *s, const stmt *st)
{
    if (st->a->kind != E_LIST && st->a->kind != E_EACH) return expr_gen(g, s, st->a);
    u32 dims[2 * DIMS_MAX + DEPTH_MAX] = {0}, n_dims = 0, n = 0;
    list_shape(g, s, st->a, dims, &n_dims);
    i64 *items = air_alloc(product(dims, n_dims) * sizeof *items);
    collect_items(st->a, g, s, items, &n);
    cvalue *v = array_local(AT_LOCAL_INT, air_text("AIR_CONST_%s", st->name), dims, n_dims);
    v->items = items;
    return v;
}

static cvalue *public_gen(const model *m, const stmt *st)
{
    for (u32 i = 0; i < m->n_publics_named; i++) {
        const public_value *p = &m->publics[i];
        if (strcmp(p->name, st->name) != 0) continue;
        cvalue *v = array_local(AT_PUBLIC, NULL, p->dims, p->n_dims);
        v->offset = p->first;
        return p->n_dims ? v : element_gen(v);
    }
    return NULL;
}

static scope *global_scope(gen *g)
{
    scope *s = g->globals = scope_make(NULL);
    for (u32 i = 0; i < g->m->decls.n; i++) {
        const stmt *st = g->m->decls.items[i];
        if (st->kind == S_CONST) scope_define(s, st->name, st->name_at, const_value(g, s, st));
        if (st->kind == S_PUBLIC) scope_define(s, st->name, st->name_at, public_gen(g->m, st));
        if (st->kind == S_LET) let_gen(g, s, st);
    }
    return s;
}

void emit_constants(buffer *out, const model *m)
{
    gen g = {.m = m, .out = out};
    for (const binding *b = global_scope(&g)->bindings; b; b = b->next) {
        const cvalue *v = b->value;
        if (v->kind != C_ARRAY || !v->items) continue;
        u32 n = product(v->dims, v->n_dims);
        buffer_add(out, "static const i64 %s[%u] SITU_UNUSED = {", v->name, n);
        for (u32 i = 0; i < n; i++)
            buffer_add(out, "%s%lld", i ? (i % 16 ? ", " : ",\n    ") : "\n    ", (long long)v->items[i]);
        buffer_add(out, "};\n");
    }
}

void emit_body(buffer *out, const model *m, const table *t, body_kind kind)
{
    gen g = {.m = m, .t = t, .out = out, .kind = kind, .base = {"", ""}, .indent = 1};
    scope *s = scope_make(global_scope(&g));
    scope_define(s, "", t->decl->at, NULL);
    body_gen(&g, s, t->root, &t->decl->body);
}
