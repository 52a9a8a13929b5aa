/* check.c — walks the syntax tree with every loop unrolled and fills the model: columns, constraints and
 * messages as nodes over columns.  What a table then promises is judged in judge.c. */
#include <stdlib.h>

#include "air/compiler/judge.h"
#include "air/compiler/scope.h"

typedef enum { V_INT, V_NODE, V_ARRAY, V_FUNCTION, V_COMPONENT, V_BUS, V_PREFIX } value_kind;

typedef struct value {
    value_kind kind;
    i64 n;               /* V_INT                              */
    node *x;             /* V_NODE                             */
    struct value *items; /* V_ARRAY: scalars, last index fastest */
    u32 dims[DIMS_MAX], n_dims;
    const stmt *decl; /* V_FUNCTION, V_COMPONENT            */
    scope *home;      /* where a function was written        */
    scope **copies;   /* V_PREFIX: names of each execution  */
    u32 n_copies;
    bool in_loop;
    u32 index; /* V_BUS */
} value;

typedef struct {
    model *m;
    table *t; /* NULL outside tables */
    node_pool *pool;
    instance *inst;
    const char *path; /* "add.addr[1]."       */
    char *indices;    /* "[0][3]": enclosing loops of this component */
    u32 depth, n_loops, n_steps;
    scope *globals;
} walk;

static value *eval(walk *w, scope *s, const expr *e);

/* --- values ----------------------------------------------------------------------------------- */

static value *value_make(value_kind kind)
{
    value *v = air_alloc(sizeof *v);
    v->kind = kind;
    return v;
}

static value *value_int(i64 n)
{
    value *v = value_make(V_INT);
    v->n = n;
    return v;
}

static value *value_node(node *x)
{
    value *v = value_make(V_NODE);
    v->x = x;
    return v;
}

static u32 dims_product(const u32 *dims, u32 n_dims)
{
    u32 n = 1;
    for (u32 i = 0; i < n_dims; i++) n *= dims[i];
    return n;
}

static value *value_array(const u32 *dims, u32 n_dims)
{
    value *v = value_make(V_ARRAY);
    v->n_dims = n_dims;
    for (u32 i = 0; i < n_dims; i++) v->dims[i] = dims[i];
    v->items = air_alloc(dims_product(dims, n_dims) * sizeof *v->items);
    return v;
}

static i64 want_int(const value *v, span at, const char *what)
{
    if (v->kind != V_INT) air_fail(at, "%s must be a compile-time integer", what);
    return v->n;
}

static i64 eval_int(walk *w, scope *s, const expr *e, const char *what)
{
    return want_int(eval(w, s, e), e->at, what);
}

static node *want_node(walk *w, const value *v, span at)
{
    if (v->kind == V_INT) {
        if (v->n <= -((i64)1 << 62) || v->n >= (i64)1 << 62)
            air_fail(at, "integer too large for an expression over columns");
        return node_const(w->pool, v->n);
    }
    if (v->kind == V_NODE) return v->x;
    if (v->kind == V_ARRAY)
        air_fail(at, "an array where a single value is needed: it has %u dimension%s left", v->n_dims,
                 v->n_dims == 1 ? "" : "s");
    air_fail(at, "not a value");
}

static node *eval_node(walk *w, scope *s, const expr *e)
{
    node *x = want_node(w, eval(w, s, e), e->at);
    if (!w->t && x->op == N_COLUMN) air_fail(e->at, "a column outside a table");
    return x;
}

static u32 eval_dim(walk *w, scope *s, const expr *e)
{
    i64 n = eval_int(w, s, e, "the size of an array");
    if (n < 1 || n > TABLE_COLUMNS_MAX)
        air_fail(e->at, "the size of an array is %lld, not 1 to %d", (long long)n, TABLE_COLUMNS_MAX);
    return (u32)n;
}

static u32 eval_dims(walk *w, scope *s, expr *const *exprs, u32 n_dims, u32 *dims)
{
    u64 n = 1;
    for (u32 i = 0; i < n_dims; i++) {
        dims[i] = eval_dim(w, s, exprs[i]);
        n *= dims[i];
        if (n > TABLE_COLUMNS_MAX)
            air_fail(exprs[i]->at, "an array of more than %d elements", TABLE_COLUMNS_MAX);
    }
    return (u32)n;
}

/* --- expressions ------------------------------------------------------------------------------ */

static i64 int_power(i64 a, i64 b, span at)
{
    i64 r = 1;
    if (b < 0 || b > 4096) air_fail(at, "exponent %lld is not 0 to 4096", (long long)b);
    for (; b > 0; b--)
        if (__builtin_mul_overflow(r, a, &r)) air_fail(at, "the power does not fit 63 bits");
    return r;
}

static i64 int_shift(binary_op op, i64 a, i64 b, span at)
{
    if (a < 0 || b < 0 || b > 62)
        air_fail(at, "shift of %lld by %lld: the first must not be negative, the second be 0 to 62",
                 (long long)a, (long long)b);
    if (op == OP_SHR) return a >> b;
    if (a > INT64_MAX >> b) air_fail(at, "the shifted number does not fit 63 bits");
    return a << b;
}

static i64 int_divide(binary_op op, i64 a, i64 b, span at)
{
    if (a < 0 || b <= 0)
        air_fail(at, "division of %lld by %lld: only of integers from 0 by positive ones", (long long)a,
                 (long long)b);
    return op == OP_DIV ? a / b : a % b;
}

static i64 int_binary(binary_op op, i64 a, i64 b, span at) /* long: dispatch */
{
    i64 r = 0;
    bool wraps = false;
    switch (op) {
    case OP_ADD: wraps = __builtin_add_overflow(a, b, &r); break;
    case OP_SUB: wraps = __builtin_sub_overflow(a, b, &r); break;
    case OP_MUL: wraps = __builtin_mul_overflow(a, b, &r); break;
    case OP_DIV:
    case OP_MOD: return int_divide(op, a, b, at);
    case OP_POW: return int_power(a, b, at);
    case OP_SHL:
    case OP_SHR: return int_shift(op, a, b, at);
    case OP_BAND: return a & b;
    case OP_BOR: return a | b;
    case OP_EQ: return a == b;
    case OP_NE: return a != b;
    case OP_LT: return a < b;
    case OP_LE: return a <= b;
    case OP_GT: return a > b;
    case OP_GE: return a >= b;
    case OP_AND: return a && b;
    case OP_OR: return a || b;
    }
    if (wraps) air_fail(at, "the number does not fit 63 bits");
    return r;
}

static node *node_power(walk *w, node *x, i64 n, span at)
{
    if (n < 0 || n > DEGREE_MAX)
        air_fail(at, "exponent %lld of an expression over columns is not 0 to %d", (long long)n, DEGREE_MAX);
    node *r = node_const(w->pool, 1);
    for (; n > 0; n--) r = node_mul(w->pool, r, x);
    return r;
}

static value *eval_binary(walk *w, scope *s, const expr *e)
{
    value *a = eval(w, s, e->a);
    /* `and` and `or` need not look at the right side, which may be out of range there. */
    if (e->op == OP_AND && a->kind == V_INT && !a->n) return value_int(0);
    if (e->op == OP_OR && a->kind == V_INT && a->n) return value_int(1);
    value *b = eval(w, s, e->b);
    if (a->kind == V_INT && b->kind == V_INT) return value_int(int_binary(e->op, a->n, b->n, e->at));
    if (e->op == OP_POW)
        return value_node(
            node_power(w, want_node(w, a, e->a->at), want_int(b, e->b->at, "the exponent"), e->at));
    if (e->op != OP_ADD && e->op != OP_SUB && e->op != OP_MUL) {
        want_int(a, e->a->at, "an operand of this operator");
        want_int(b, e->b->at, "an operand of this operator");
    }
    node *x = want_node(w, a, e->a->at), *y = want_node(w, b, e->b->at);
    return value_node(e->op == OP_ADD   ? node_add(w->pool, x, y)
                      : e->op == OP_SUB ? node_sub(w->pool, x, y)
                                        : node_mul(w->pool, x, y));
}

static value *eval_name(scope *s, const expr *e)
{
    binding *b = scope_find(s, e->name);
    if (!b) air_fail(e->at, "`%s` is not defined", e->name);
    b->used = true;
    return b->value;
}

static value *index_array(const value *a, i64 i, span at)
{
    if (i < 0 || i >= a->dims[0])
        air_fail(at, "index %lld is out of range: the array has %u elements", (long long)i, a->dims[0]);
    u32 stride = dims_product(a->dims + 1, a->n_dims - 1);
    value *first = &a->items[(u64)i * stride];
    if (a->n_dims == 1) return first;
    value *v = value_make(V_ARRAY);
    v->items = first;
    v->n_dims = a->n_dims - 1;
    for (u32 k = 0; k < v->n_dims; k++) v->dims[k] = a->dims[k + 1];
    return v;
}

static void refuse_list(const expr *e)
{
    if (e->kind == E_LIST || e->kind == E_EACH)
        air_fail(e->at, "a list stands here; it can only be passed to a component or in a message");
}

static value *eval_index(walk *w, scope *s, const expr *e)
{
    refuse_list(e->a);
    value *a = eval(w, s, e->a);
    i64 i = eval_int(w, s, e->b, "an index");
    if (a->kind == V_ARRAY) return index_array(a, i, e->at);
    if (a->kind != V_PREFIX || !a->in_loop) air_fail(e->at, "`%s` is not an array", span_text(e->a->at));
    if (i < 0 || i >= a->n_copies)
        air_fail(e->at, "index %lld is out of range: the `use` was executed %u times so far", (long long)i,
                 a->n_copies);
    value *v = value_make(V_PREFIX);
    v->copies = a->copies + i;
    v->n_copies = 1;
    return v;
}

static value *eval_member(walk *w, scope *s, const expr *e)
{
    value *a = eval(w, s, e->a);
    if (a->kind != V_PREFIX) air_fail(e->at, "`%s` is not the prefix of a `use`", span_text(e->a->at));
    if (a->in_loop)
        air_fail(e->at, "the `use` stands in a loop: write `%s[k].%s`", span_text(e->a->at), e->name);
    binding *b = scope_own(a->copies[0], e->name);
    if (!b || b->is_argument) air_fail(e->at, "the component has no column or let `%s`", e->name);
    b->used = true;
    return b->value;
}

static value *eval_xor(walk *w, scope *s, const expr *e)
{
    if (e->n_args < 2) air_fail(e->at, "xor needs at least two bits");
    node *r = eval_node(w, s, e->args[0]);
    for (u32 i = 0; i < e->n_args; i++) {
        node *x = eval_node(w, s, e->args[i]);
        if (x->lo < 0 || x->hi > 1 || x->has_field)
            air_fail(e->args[i]->at, "xor works on bits; this can be something else");
        if (i == 0) continue;
        node *ab = node_mul(w->pool, r, x);
        node *sum = node_sub(w->pool, node_add(w->pool, r, x), node_add(w->pool, ab, ab));
        r = sum->op == N_CONST ? sum : node_derived(w->pool, sum, 0, 1);
    }
    return value_node(r);
}

static value *eval_select(walk *w, scope *s, const expr *e)
{
    if (e->n_args != 3) air_fail(e->at, "select(bit, then, else) has three arguments, not %u", e->n_args);
    node *c = eval_node(w, s, e->args[0]), *a = eval_node(w, s, e->args[1]), *b = eval_node(w, s, e->args[2]);
    if (c->lo < 0 || c->hi > 1 || c->has_field)
        air_fail(e->args[0]->at, "select chooses by a bit; this can be something else");
    node *r = node_add(w->pool, b, node_mul(w->pool, c, node_sub(w->pool, a, b)));
    i128 lo = a->lo < b->lo ? a->lo : b->lo, hi = a->hi > b->hi ? a->hi : b->hi;
    if (r->op == N_CONST || lo < INT64_MIN / 2 || hi > INT64_MAX / 2) return value_node(r);
    return value_node(node_derived(w->pool, r, (i64)lo, (i64)hi));
}

static value *eval_len(walk *w, scope *s, const expr *e)
{
    if (e->n_args != 1) air_fail(e->at, "len has one argument, not %u", e->n_args);
    value *a = eval(w, s, e->args[0]);
    if (a->kind != V_ARRAY) air_fail(e->at, "len of something that is not an array");
    return value_int(a->dims[0]);
}

static value *eval_call(walk *w, scope *s, const expr *e)
{
    for (u32 i = 0; i < e->n_args; i++) refuse_list(e->args[i]);
    binding *b = scope_find(s, e->name);
    if (!b && strcmp(e->name, "xor") == 0) return eval_xor(w, s, e);
    if (!b && strcmp(e->name, "select") == 0) return eval_select(w, s, e);
    if (!b && strcmp(e->name, "len") == 0) return eval_len(w, s, e);
    if (!b) air_fail(e->at, "`%s` is not defined", e->name);
    b->used = true;
    const value *f = b->value;
    if (f->kind != V_FUNCTION) air_fail(e->at, "`%s` takes no arguments", e->name);
    if (f->decl->n_fields != e->n_args)
        air_fail(e->at, "`%s` takes %u arguments, not %u", e->name, f->decl->n_fields, e->n_args);
    scope *inner = scope_make(f->home);
    for (u32 i = 0; i < e->n_args; i++)
        scope_define(inner, f->decl->fields[i].name, f->decl->fields[i].at, eval(w, s, e->args[i]));
    return eval(w, inner, f->decl->a);
}

static void eval_bounds(walk *w, scope *s, const expr *lo, const expr *hi, i64 *from, i64 *to)
{
    *from = eval_int(w, s, lo, "a bound");
    *to = eval_int(w, s, hi, "a bound");
    if (*from > *to)
        air_fail(span_join(lo->at, hi->at), "the range goes from %lld down to %lld", (long long)*from,
                 (long long)*to);
    if ((u64)*to - (u64)*from > TABLE_OUTPUTS_MAX)
        air_fail(span_join(lo->at, hi->at), "a range of more than %d", TABLE_OUTPUTS_MAX);
}

static scope *scope_index(scope *s, const char *name, span at, i64 i)
{
    scope *inner = scope_make(s);
    scope_define(inner, name, at, value_int(i));
    return inner;
}

static value *eval_sum(walk *w, scope *s, const expr *e)
{
    i64 lo, hi, total = 0;
    eval_bounds(w, s, e->a, e->b, &lo, &hi);
    node *x = NULL;
    for (i64 i = lo; i < hi; i++) {
        value *v = eval(w, scope_index(s, e->name, e->at, i), e->c);
        if (v->kind == V_INT && !x) {
            total = int_binary(OP_ADD, total, v->n, e->at);
            continue;
        }
        node *y = want_node(w, v, e->c->at);
        x = node_add(w->pool, x ? x : node_const(w->pool, total), y);
    }
    return x ? value_node(x) : value_int(total);
}

static void array_put(value *array, u32 at, const value *item, span where)
{
    if (item->kind == V_INT || item->kind == V_NODE) {
        array->items[at] = *item;
        return;
    }
    if (item->kind != V_ARRAY) air_fail(where, "not a value");
    u32 n = dims_product(item->dims, item->n_dims);
    memcpy(array->items + (u64)at * n, item->items, n * sizeof *item->items);
}

/* An array of n items, each shaped like `first`. */
static value *array_of(u32 n, const value *first, span at)
{
    u32 dims[DIMS_MAX] = {n};
    if (first->kind == V_ARRAY && first->n_dims == DIMS_MAX)
        air_fail(at, "more than %d dimensions", DIMS_MAX);
    u32 inner = first->kind == V_ARRAY ? first->n_dims : 0;
    u64 n_elements = n;
    for (u32 i = 0; i < inner; i++) n_elements *= dims[i + 1] = first->dims[i];
    if (n_elements > TABLE_OUTPUTS_MAX) air_fail(at, "a list of more than %d elements", TABLE_OUTPUTS_MAX);
    return value_array(dims, inner + 1);
}

static void same_shape(const value *a, const value *b, span at)
{
    u32 n = a->kind == V_ARRAY ? a->n_dims : 0, k = b->kind == V_ARRAY ? b->n_dims : 0;
    if (n != k || (n && memcmp(a->dims, b->dims, n * sizeof *a->dims) != 0))
        air_fail(at, "the list's items differ in shape");
}

static value *eval_list(walk *w, scope *s, const expr *e)
{
    value *first = eval(w, s, e->args[0]);
    value *list = array_of(e->n_args, first, e->at);
    for (u32 i = 0; i < e->n_args; i++) {
        value *v = i ? eval(w, s, e->args[i]) : first;
        same_shape(first, v, e->args[i]->at);
        array_put(list, i, v, e->args[i]->at);
    }
    return list;
}

static value *eval_each(walk *w, scope *s, const expr *e)
{
    i64 lo, hi;
    eval_bounds(w, s, e->a, e->b, &lo, &hi);
    if (lo == hi) air_fail(e->at, "an empty list");
    value *list = NULL, *first = NULL;
    for (i64 i = lo; i < hi; i++) {
        value *v = eval(w, scope_index(s, e->name, e->at, i), e->c);
        if (!list) list = array_of((u32)(hi - lo), first = v, e->at);
        same_shape(first, v, e->c->at);
        array_put(list, (u32)(i - lo), v, e->c->at);
    }
    return list;
}

static value *eval_neg(walk *w, scope *s, const expr *e)
{
    value *a = eval(w, s, e->a);
    if (a->kind == V_INT) return value_int(int_binary(OP_SUB, 0, a->n, e->at));
    return value_node(node_sub(w->pool, node_const(w->pool, 0), want_node(w, a, e->a->at)));
}

static value *eval_if(walk *w, scope *s, const expr *e)
{
    refuse_list(e->b);
    refuse_list(e->c);
    return eval(w, s, eval_int(w, s, e->a, "the condition") ? e->b : e->c);
}

static value *eval_kind(walk *w, scope *s, const expr *e)
{
    switch (e->kind) {
    case E_INT: return value_int(e->value);
    case E_NAME: return eval_name(s, e);
    case E_INDEX: return eval_index(w, s, e);
    case E_MEMBER: return eval_member(w, s, e);
    case E_CALL: return eval_call(w, s, e);
    case E_NEG: return eval_neg(w, s, e);
    case E_NOT: return value_int(!eval_int(w, s, e->a, "the operand of `not`"));
    case E_BINARY: return eval_binary(w, s, e);
    case E_IF: return eval_if(w, s, e);
    case E_SUM: return eval_sum(w, s, e);
    case E_LIST: return eval_list(w, s, e);
    case E_EACH: return eval_each(w, s, e);
    }
    air_fail(e->at, "not an expression");
}

/* Everything a system may ask to be worked out: far above any real one, and reached in seconds. */
static void count_step(walk *w, span at)
{
    const u32 n_max = w->m->n_steps_max ? w->m->n_steps_max : STEPS_MAX;
    if (++w->n_steps > n_max) air_fail(at, "the system's loops take more than %u steps to unroll", n_max);
}

static value *eval(walk *w, scope *s, const expr *e)
{
    count_step(w, e->at);
    if (++w->depth > 8 * DEPTH_MAX) air_fail(e->at, "nested too deeply");
    value *v = eval_kind(w, s, e);
    w->depth--;
    return v;
}

/* --- what a table emits ----------------------------------------------------------------------- */

static constraint *add_constraint(walk *w, const char *name, span at, node *x)
{
    table *t = w->t;
    if (t->n_constraints == TABLE_OUTPUTS_MAX)
        air_fail(at, "more than %d constraints in a table", TABLE_OUTPUTS_MAX);
    constraint *c = VEC_PUSH(t->constraints, t->n_constraints);
    *c = (constraint){.name = name, .text = span_text(at), .at = at, .value = x};
    return c;
}

static interaction *add_interaction(walk *w, const char *name, span at, const bus *b, interact_kind kind,
                                    node *mult)
{
    table *t = w->t;
    if (t->n_values + b->width > TABLE_OUTPUTS_MAX)
        air_fail(at, "more than %d message values in a table", TABLE_OUTPUTS_MAX);
    interaction *i = VEC_PUSH(t->interactions, t->n_interactions);
    *i = (interaction){.name = name,
                       .text = span_text(at),
                       .at = at,
                       .bus = b->index,
                       .first_value = t->n_values,
                       .kind = kind,
                       .mult = mult};
    i->values = air_alloc(b->width * sizeof(node *));
    i->value_at = air_alloc(b->width * sizeof(span));
    t->n_values += b->width;
    return i;
}

/* What `x : type` promises on every row: a constraint for bits, a range message for integers. */
static void add_type_check(walk *w, const char *name, span at, node *x, const type *t, bool automatic)
{
    if (t->kind == T_BIT) {
        node *one = node_const(w->pool, 1);
        constraint *c =
            add_constraint(w, air_text("%s.bit", name), at, node_mul(w->pool, x, node_sub(w->pool, x, one)));
        c->automatic = automatic;
    } else if (t->kind == T_UINT) {
        const bus *range = w->m->range;
        if (!range) air_fail(at, "u%u needs the range bus: include \"std/range.air\"", t->bits);
        interaction *i =
            add_interaction(w, air_text("%s.range", name), at, range, RECEIVE, node_const(w->pool, 1));
        i->values[0] = x;
        i->values[1] = node_const(w->pool, t->bits);
        i->value_at[0] = i->value_at[1] = at;
        i->automatic = automatic;
    }
}

/* --- columns ---------------------------------------------------------------------------------- */

static member *member_of(record *r, const stmt *decl)
{
    for (u32 i = 0; i < r->n_members; i++)
        if (r->members[i].decl == decl) return &r->members[i];
    return NULL;
}

const member *member_find(const record *r, const stmt *decl)
{
    for (u32 i = 0; i < r->n_members; i++)
        if (r->members[i].decl == decl) return &r->members[i];
    return NULL;
}

record *record_find(const record *parent, const stmt *site)
{
    const member *m = member_find(parent, site);
    return m ? m->sub : NULL;
}

static void check_column_type(const stmt *s)
{
    const type *t = &s->type;
    if (s->is_pre && t->kind == T_INHERITED)
        air_fail(t->at, "a preprocessed column inherits nothing: its type is proven when the key is built");
    if (!s->is_pre && t->kind == T_UINT && t->bits > COLUMN_BITS_MAX)
        air_fail(t->at, "a range-checked column has at most %d bits", COLUMN_BITS_MAX);
    if (!s->is_pre && t->kind == T_FIELD && (!t->reason || !t->reason[0]))
        air_fail(t->at, "a field column says why it is not range-checked: field \"reason\"");
}

static u32 instance_member(walk *w, const stmt *s, const u32 *dims, u32 n)
{
    record *r = w->inst->rec;
    member *old = member_of(r, s);
    if (old && (old->n_dims != s->n_dims || memcmp(old->dims, dims, s->n_dims * sizeof *dims) != 0))
        air_fail(s->at, "the array's size differs between executions of one `use` in a loop");
    if (!old) {
        member *m = VEC_PUSH(r->members, r->n_members);
        *m = (member){
            .decl = s, .name = s->name, .is_pre = s->is_pre, .type = s->type, .n_dims = s->n_dims, .n = n};
        memcpy(m->dims, dims, s->n_dims * sizeof *dims);
        old = m;
    }
    return (u32)(old - r->members);
}

/* "[1][2]" of the index-th element of an array. */
static char *index_text(const u32 *dims, u32 n_dims, u32 index)
{
    char *s = air_text("%s", "");
    for (u32 k = 0; k < n_dims; k++) {
        u32 stride = dims_product(dims + k + 1, n_dims - k - 1);
        s = air_text("%s[%u]", s, index / stride % dims[k]);
    }
    return s;
}

static value *make_elements(walk *w, const stmt *s, const u32 *dims, u32 n)
{
    table *t = w->t;
    u32 at = instance_member(w, s, dims, n);
    if (t->n_elements + n > TABLE_COLUMNS_MAX)
        air_fail(s->at, "more than %d columns in a table", TABLE_COLUMNS_MAX);
    value *v = value_array(dims, s->n_dims);
    for (u32 i = 0; i < n; i++) {
        u32 index = t->n_elements;
        element *e = VEC_PUSH(t->elements, t->n_elements);
        *e = (element){.owner = w->inst, .member = at, .index = i, .is_pre = s->is_pre, .type = s->type};
        node *x = node_column(w->pool, t->index * TABLE_COLUMNS_MAX + index, &s->type);
        t->elements[index].x = x;
        v->items[i] = *value_node(x);
        if (!s->is_pre)
            add_type_check(w, air_text("%s%s%s", w->path, s->name, index_text(dims, s->n_dims, i)), s->at, x,
                           &s->type, true);
    }
    return s->n_dims ? v : &v->items[0];
}

static void run_column(walk *w, scope *s, const stmt *st)
{
    u32 dims[DIMS_MAX] = {0};
    if (w->n_loops) air_fail(st->at, "a column inside a loop or `if`: declare it before, as an array");
    check_column_type(st);
    u32 n = eval_dims(w, s, st->dims, st->n_dims, dims);
    scope_define(s, st->name, st->name_at, make_elements(w, st, dims, n));
}

/* --- statements ------------------------------------------------------------------------------- */

static void run_block(walk *w, scope *s, const block *b);

static node *type_value(walk *w, const stmt *st, node *x)
{
    const type *t = &st->type;
    if (t->kind == T_INHERITED || t->kind == T_FIELD)
        air_fail(t->at, "a let is typed bit or u<n>, or not at all");
    if (t->kind == T_UINT && t->bits > COLUMN_BITS_MAX)
        air_fail(t->at, "a range check has at most %d bits", COLUMN_BITS_MAX);
    add_type_check(w, air_text("%s%s%s", w->path, st->name, w->indices), st->at, x, t, false);
    return node_typed(w->pool, x, 0, ((i64)1 << t->bits) - 1);
}

static void count_locals(walk *w, u32 n, span at)
{
    w->t->n_locals += n;
    if (w->t->n_locals > LOCAL_VALUES_MAX)
        air_fail(at,
                 "array lets and list arguments of the table hold more than %d values: use columns or a let "
                 "with arguments",
                 LOCAL_VALUES_MAX);
}

static value *eval_array_let(walk *w, scope *s, const stmt *st, u32 depth, value *array, u32 *at)
{
    if (depth == st->n_fields) {
        array->items[(*at)++] = *value_node(eval_node(w, s, st->a));
        return array;
    }
    const field *f = &st->fields[depth];
    for (i64 i = 0; i < array->dims[depth]; i++)
        eval_array_let(w, scope_index(s, f->name, f->at, i), st, depth + 1, array, at);
    return array;
}

static value *run_array_let(walk *w, scope *s, const stmt *st)
{
    u32 dims[DIMS_MAX] = {0}, at = 0;
    for (u32 k = 0; k < st->n_fields; k++) {
        i64 lo, hi;
        eval_bounds(w, s, st->fields[k].lo, st->fields[k].hi, &lo, &hi);
        if (lo != 0 || hi == 0)
            air_fail(st->fields[k].at, "the indices of an array let go from 0 to at least 1");
        dims[k] = (u32)hi;
        if (hi > LOCAL_VALUES_MAX)
            air_fail(st->fields[k].at, "an array let holds at most %d values", LOCAL_VALUES_MAX);
    }
    if (st->type.kind != T_NONE) air_fail(st->type.at, "an array let has no type");
    value *array = value_array(dims, st->n_fields);
    if (!w->n_loops) count_locals(w, dims_product(dims, st->n_fields), st->at);
    if (dims_product(dims, st->n_fields) > LOCAL_VALUES_MAX)
        air_fail(st->at, "an array let holds at most %d values", LOCAL_VALUES_MAX);
    return eval_array_let(w, s, st, 0, array, &at);
}

static void run_let(walk *w, scope *s, const stmt *st)
{
    value *v;
    if (st->is_function) {
        v = value_make(V_FUNCTION);
        v->decl = st;
        v->home = s;
    } else if (!w->t) {
        air_fail(st->at, "outside tables a let has arguments; for numbers there is `const`");
    } else if (st->n_fields) {
        v = run_array_let(w, s, st);
    } else {
        v = eval(w, s, st->a);
        if (v->kind == V_ARRAY || st->type.kind != T_NONE) {
            node *x = want_node(w, v, st->a->at);
            v = value_node(type_value(w, st, x));
        }
        if (v->kind != V_INT && v->kind != V_NODE) air_fail(st->a->at, "not a value");
    }
    scope_define(s, st->name, st->name_at, v);
}

static void run_const(walk *w, scope *s, const stmt *st)
{
    value *v = eval(w, s, st->a);
    u32 dims[DIMS_MAX];
    if (w->t && v->kind == V_ARRAY)
        air_fail(st->at, "constant arrays are declared outside tables and components");
    u32 n = v->kind == V_ARRAY ? dims_product(v->dims, v->n_dims) : 1;
    for (u32 i = 0; i < n; i++) want_int(v->kind == V_ARRAY ? &v->items[i] : v, st->a->at, "a constant");
    eval_dims(w, s, st->dims, st->n_dims, dims);
    for (u32 i = 0; i < st->n_dims; i++)
        if (v->kind != V_ARRAY || v->n_dims != st->n_dims || v->dims[i] != dims[i])
            air_fail(st->name_at, "`%s` is declared with another shape than its list has", st->name);
    scope_define(s, st->name, st->name_at, v);
}

static void run_for(walk *w, scope *s, const stmt *st)
{
    i64 lo, hi;
    eval_bounds(w, s, st->a, st->b, &lo, &hi);
    char *indices = w->indices;
    w->n_loops++;
    for (i64 i = lo; i < hi; i++) {
        w->indices = air_text("%s[%lld]", indices, (long long)i);
        run_block(w, scope_index(s, st->name, st->name_at, i), &st->body);
    }
    w->n_loops--;
    w->indices = indices;
}

static void run_if(walk *w, scope *s, const stmt *st)
{
    bool yes = eval_int(w, s, st->a, "the condition") != 0;
    w->n_loops++;
    run_block(w, scope_make(s), yes ? &st->body : &st->other);
    w->n_loops--;
}

static const char *output_name(const walk *w, const stmt *st, const char *kind)
{
    const char *base = st->title ? st->title : kind;
    return air_text("%s%s%s", w->path, base, w->indices);
}

static void run_constrain(walk *w, scope *s, const stmt *st)
{
    node *a = eval_node(w, s, st->a), *b = eval_node(w, s, st->b);
    node *difference = node_sub(w->pool, a, b), *x = difference;
    node *when = st->when ? eval_node(w, s, st->when) : NULL;
    node *under = st->under ? eval_node(w, s, st->under) : NULL;
    if (when) x = node_mul(w->pool, when, difference);
    if (x->op == N_CONST && !node_is_const(x, 0)) air_fail(st->at, "never true");
    if (st->modular && !st->modular[0]) air_fail(st->at, "`modular` needs a reason");
    constraint *c = add_constraint(w, output_name(w, st, air_text("line%u", st->at.line)), st->at, x);
    c->difference = difference;
    c->condition = when && under ? node_mul(w->pool, when, under) : when ? when : under;
    c->modular = st->modular != NULL;
}

static const bus *find_bus(walk *w, const stmt *st)
{
    binding *b = scope_find(w->globals, st->name);
    const value *v = b ? b->value : NULL;
    if (!v || v->kind != V_BUS) air_fail(st->name_at, "there is no bus `%s`", st->name);
    b->used = true;
    return &w->m->buses[v->index];
}

static void fill_tuple(walk *w, scope *s, const stmt *st, const bus *b, interaction *out)
{
    u32 at = 0;
    if (st->n_args != b->decl->n_fields)
        air_fail(st->at, "bus `%s` has %u fields, not %u", b->name, b->decl->n_fields, st->n_args);
    for (u32 i = 0; i < st->n_args; i++) {
        value *v = eval(w, s, st->args[i]);
        u32 n = v->kind == V_ARRAY ? dims_product(v->dims, v->n_dims) : 1;
        if (n != b->counts[i] || (v->kind == V_ARRAY) != (b->decl->fields[i].n_dims != 0))
            air_fail(st->args[i]->at, "field `%s` of bus `%s` holds %u value%s, not %u",
                     b->decl->fields[i].name, b->name, b->counts[i], b->counts[i] == 1 ? "" : "s", n);
        for (u32 k = 0; k < n; k++, at++) {
            out->values[at] = want_node(w, v->kind == V_ARRAY ? &v->items[k] : v, st->args[i]->at);
            out->value_at[at] = st->args[i]->at;
        }
    }
}

static void check_side(const stmt *st, const bus *b)
{
    if (st->interact == SEND && b->is_lookup)
        air_fail(st->at, "bus `%s` is a lookup: rows `provide` or `receive`", b->name);
    if (st->interact == PROVIDE && !b->is_lookup)
        air_fail(st->at, "bus `%s` is not declared `lookup`: rows `send` or `receive`", b->name);
    if (st->interact == PROVIDE && !st->times)
        air_fail(st->at, "`provide` needs `times` and how often the message is asked for");
}

static void run_interact(walk *w, scope *s, const stmt *st)
{
    static const char *const VERB[] = {"send", "receive", "provide"};
    const bus *b = find_bus(w, st);
    check_side(st, b);
    node *mult = st->times ? eval_node(w, s, st->times) : node_const(w->pool, 1);
    const char *name = output_name(w, st, air_text("%s.%s", VERB[st->interact], b->name));
    interaction *i = add_interaction(w, name, st->at, b, st->interact, mult);
    fill_tuple(w, s, st, b, i);
}

/* --- components ------------------------------------------------------------------------------- */

static const expr *find_argument(const stmt *use, const stmt *component, u32 k)
{
    const char *name = component->fields[k].name;
    for (u32 i = 0; i < use->n_args; i++)
        if (use->arg_names[i] ? strcmp(use->arg_names[i], name) == 0 : i == k) return use->args[i];
    air_fail(use->at, "argument `%s` of `%s` is missing", name, component->name);
}

static void check_argument_names(const stmt *use, const stmt *component)
{
    if (use->n_args > component->n_fields)
        air_fail(use->at, "`%s` takes %u arguments, not %u", component->name, component->n_fields,
                 use->n_args);
    for (u32 i = 0; i < use->n_args; i++) {
        bool found = !use->arg_names[i];
        if (!use->arg_names[i] && i && use->arg_names[i - 1])
            air_fail(use->args[i]->at, "an argument without a name behind one with a name");
        for (u32 k = 0; !found && k < component->n_fields; k++)
            found = strcmp(component->fields[k].name, use->arg_names[i]) == 0;
        if (!found)
            air_fail(use->args[i]->at, "`%s` has no argument `%s`", component->name, use->arg_names[i]);
        for (u32 k = 0; k < i; k++)
            if (use->arg_names[i] && use->arg_names[k] && strcmp(use->arg_names[i], use->arg_names[k]) == 0)
                air_fail(use->args[i]->at, "argument `%s` twice", use->arg_names[i]);
        for (u32 k = 0; k < i; k++)
            if (use->arg_names[i] && !use->arg_names[k] &&
                strcmp(use->arg_names[i], component->fields[k].name) == 0)
                air_fail(use->args[i]->at, "argument `%s` twice", use->arg_names[i]);
    }
}

/* The type is kept, not checked by rows: what is passed must have it. */
static void check_argument_type(const value *v, const field *f, span at)
{
    if (f->type.kind != T_BIT && f->type.kind != T_UINT) return;
    u32 n = v->kind == V_ARRAY ? dims_product(v->dims, v->n_dims) : 1;
    for (u32 i = 0; i < n; i++) {
        const value *x = v->kind == V_ARRAY ? &v->items[i] : v;
        i128 lo = x->kind == V_INT ? x->n : x->x->lo, hi = x->kind == V_INT ? x->n : x->x->hi;
        bool loose = x->kind == V_NODE && x->x->has_field;
        if (loose || lo < 0 || hi >= (i128)1 << f->type.bits)
            air_fail(at, "argument `%s` is a u%u, and this can be something else", f->name, f->type.bits);
    }
}

static value *pass_argument(walk *w, scope *s, scope *inner, const field *f, const expr *e)
{
    value *v = eval(w, s, e);
    u32 dims[DIMS_MAX];
    eval_dims(w, inner, f->dims, f->n_dims, dims);
    if (f->is_const) want_int(v, e->at, air_text("argument `%s`", f->name));
    if (v->kind != V_INT && v->kind != V_NODE && v->kind != V_ARRAY) air_fail(e->at, "not a value");
    u32 n_dims = v->kind == V_ARRAY ? v->n_dims : 0;
    if (n_dims != f->n_dims || (n_dims && memcmp(dims, v->dims, n_dims * sizeof *dims) != 0))
        air_fail(e->at, "argument `%s` has another shape than what is passed", f->name);
    check_argument_type(v, f, e->at);
    if ((e->kind == E_LIST || e->kind == E_EACH) && !w->n_loops)
        count_locals(w, dims_product(v->dims, v->n_dims), e->at);
    return v;
}

/* The record of this use, made at its first execution, and a new copy of it. */
static instance *instance_open(walk *w, const stmt *use)
{
    record *outer = w->inst->rec;
    member *m = member_of(outer, use);
    if (!m) {
        record *r = air_alloc(sizeof *r);
        *r = (record){.site = use, .parent = outer, .in_loop = w->n_loops != 0, .imported = !use->prefix};
        m = VEC_PUSH(outer->members, outer->n_members);
        *m = (member){.decl = use, .name = use->prefix, .sub = r, .n = 1};
    }
    u32 at = (u32)(m - outer->members);
    if (at >= TABLE_COLUMNS_MAX / 64) air_fail(use->at, "too many declarations in one table or component");
    instance *i = air_alloc(sizeof *i);
    *i = (instance){.rec = m->sub, .parent = w->inst, .copy = w->inst->n_subs[at]++};
    i->n_subs = air_alloc(TABLE_COLUMNS_MAX / 64 * sizeof *i->n_subs);
    if (i->copy + 1 > m->sub->count) m->sub->count = i->copy + 1;
    return i;
}

/* Copies of one record lie side by side, so each must be whole. */
static void instance_close(const walk *w, const instance *i, span at)
{
    (void)w;
    for (u32 k = 0; k < i->rec->n_members; k++)
        if (i->rec->members[k].sub && i->n_subs[k] != i->rec->members[k].sub->count)
            air_fail(at, "executions of one `use` in a loop differ in the components they use");
}

static void export_names(scope *to, const scope *from, span at)
{
    for (const binding *b = from->bindings; b; b = b->next)
        if (!b->is_argument) scope_define(to, b->name, at, b->value);
}

static void bind_prefix(walk *w, scope *s, const stmt *use, scope *names, const instance *i)
{
    if (!use->prefix) {
        if (w->n_loops) air_fail(use->at, "a `use` inside a loop or `if` needs a prefix: use ... as name");
        export_names(s, names, use->at);
        return;
    }
    /* In a loop the prefix belongs to the scope around all loops: it names all copies. */
    scope *outer = s;
    while (w->n_loops && outer->parent && !scope_own(outer, "")) outer = outer->parent;
    binding *old = scope_find(outer, use->prefix);
    value *v = old ? old->value : NULL;
    if (old && (i->copy == 0 || v->kind != V_PREFIX)) scope_define(outer, use->prefix, use->at, NULL);
    if (!old) {
        v = value_make(V_PREFIX);
        v->in_loop = w->n_loops != 0;
        scope_define(outer, use->prefix, use->at, v);
    }
    *VEC_PUSH(v->copies, v->n_copies) = names;
}

static void run_component(walk *w, scope *inner, const stmt *use, const stmt *component, instance *i)
{
    walk outer = *w;
    const char *prefix =
        use->prefix ? air_text(i->rec->in_loop ? "%s[%u]." : "%s.", use->prefix, i->copy) : "";
    w->path = air_text("%s%s", w->path, prefix);
    w->indices = "";
    w->inst = i;
    w->n_loops = 0;
    run_block(w, inner, &component->body);
    instance_close(w, i, use->at);
    w->path = outer.path;
    w->indices = outer.indices;
    w->inst = outer.inst;
    w->n_loops = outer.n_loops;
}

static void run_use(walk *w, scope *s, const stmt *use)
{
    binding *b = scope_find(w->globals, use->name);
    const value *c = b ? b->value : NULL;
    if (!c || c->kind != V_COMPONENT) air_fail(use->name_at, "there is no component `%s` above", use->name);
    b->used = true;
    check_argument_names(use, c->decl);
    if (++w->depth > DEPTH_MAX) air_fail(use->at, "components nested more than %d deep", DEPTH_MAX);
    scope *inner = scope_make(w->globals);
    scope_define(inner, "", use->at, NULL); /* marks the scope of a body: see bind_prefix */
    inner->bindings->is_argument = true;
    for (u32 k = 0; k < c->decl->n_fields; k++) {
        const field *f = &c->decl->fields[k];
        value *v = pass_argument(w, s, inner, f, find_argument(use, c->decl, k));
        scope_define(inner, f->name, f->at, v)->is_argument = true;
    }
    instance *i = instance_open(w, use);
    run_component(w, inner, use, c->decl, i);
    for (binding *p = inner->bindings; p; p = p->next)
        if (p->is_argument && !p->used && p->name[0])
            air_fail(p->at, "argument `%s` of component `%s` is never used", p->name, use->name);
    bind_prefix(w, s, use, inner, i);
    w->depth--;
}

static void run_stmt(walk *w, scope *s, const stmt *st)
{
    count_step(w, st->at);
    switch (st->kind) {
    case S_COLUMN: run_column(w, s, st); return;
    case S_LET: run_let(w, s, st); return;
    case S_CONST: run_const(w, s, st); return;
    case S_FOR: run_for(w, s, st); return;
    case S_IF: run_if(w, s, st); return;
    case S_CONSTRAIN: run_constrain(w, s, st); return;
    case S_INTERACT: run_interact(w, s, st); return;
    case S_USE: run_use(w, s, st); return;
    default: air_fail(st->at, "not a statement of a table");
    }
}

static void run_block(walk *w, scope *s, const block *b)
{
    if (++w->depth > 8 * DEPTH_MAX && b->n) air_fail(b->items[0]->at, "nested too deeply");
    for (u32 i = 0; i < b->n; i++) run_stmt(w, s, b->items[i]);
    w->depth--;
}

/* --- layout ----------------------------------------------------------------------------------- */

/* Columns lie in the order of their declarations; a component's where its `use` stands. */
static void record_layout(record *r)
{
    for (u32 i = 0; i < r->n_members; i++) {
        member *m = &r->members[i];
        if (m->sub) {
            record_layout(m->sub);
            for (int k = 0; k < 2; k++) {
                m->sub->offset[k] = r->size[k];
                r->size[k] += m->sub->size[k] * m->sub->count;
            }
        } else {
            m->offset = r->size[m->is_pre];
            r->size[m->is_pre] += m->n;
        }
    }
}

u32 element_index(const element *e)
{
    u32 at = e->owner->rec->members[e->member].offset + e->index;
    for (const instance *i = e->owner; i; i = i->parent)
        at += i->rec->offset[e->is_pre] + i->copy * i->rec->size[e->is_pre];
    return at;
}

static char *instance_path(const instance *i)
{
    if (!i->parent) return air_text("%s.", i->rec->site->name);
    char *path = instance_path(i->parent);
    if (i->rec->imported) return path;
    return i->rec->in_loop ? air_text("%s%s[%u].", path, i->rec->site->prefix, i->copy)
                           : air_text("%s%s.", path, i->rec->site->prefix);
}

char *element_name(const table *t, const element *e)
{
    (void)t;
    const member *m = &e->owner->rec->members[e->member];
    return air_text("%s%s%s", instance_path(e->owner), m->name, index_text(m->dims, m->n_dims, e->index));
}

u32 table_n_columns(const table *t, bool is_pre) { return t->root->size[is_pre]; }

static void visit_record(const record *r, const char *path, bool is_pre, u32 base, column_visit *visit,
                         void *ctx)
{
    for (u32 i = 0; i < r->n_members; i++) {
        const member *m = &r->members[i];
        if (!m->sub && m->is_pre == is_pre) visit(ctx, air_text("%s%s", path, m->name), m, base + m->offset);
        for (u32 k = 0; m->sub && k < m->sub->count; k++) {
            const char *inner = m->sub->imported  ? path
                                : m->sub->in_loop ? air_text("%s%s[%u].", path, m->name, k)
                                                  : air_text("%s%s.", path, m->name);
            visit_record(m->sub, inner, is_pre, base + m->sub->offset[is_pre] + k * m->sub->size[is_pre],
                         visit, ctx);
        }
    }
}

void table_columns(const table *t, bool is_pre, column_visit *visit, void *ctx)
{
    visit_record(t->root, "", is_pre, 0, visit, ctx);
}

/* --- declarations ----------------------------------------------------------------------------- */

static void run_system(walk *w, const stmt *st)
{
    if (w->m->name) air_fail(st->at, "a second `system`");
    w->m->name = st->name;
    i64 version = st->a ? eval_int(w, w->globals, st->a, "the version") : 1;
    if (version < 0 || version > UINT32_MAX) air_fail(st->at, "the version does not fit 32 bits");
    w->m->version = (u32)version;
}

static void run_degree_bound(walk *w, const stmt *st)
{
    i64 n = eval_int(w, w->globals, st->a, "the degree bound");
    if (n < 2 || n > DEGREE_MAX) air_fail(st->at, "the degree bound is 2 to %d", DEGREE_MAX);
    if (w->m->n_tables) air_fail(st->at, "the degree bound stands before the first table");
    w->m->degree_bound = (u32)n;
}

static void run_bus(walk *w, const stmt *st)
{
    bus *b = VEC_PUSH(w->m->buses, w->m->n_buses);
    *b = (bus){.name = st->name,
               .index = w->m->n_buses - 1,
               .is_lookup = st->is_lookup,
               .is_global = st->is_global,
               .decl = st};
    type *types = air_alloc(BUS_WIDTH_MAX * sizeof *types);
    u32 *counts = air_alloc(BUS_WIDTH_MAX * sizeof *counts);
    for (u32 i = 0; i < st->n_fields; i++) {
        u32 dims[DIMS_MAX];
        counts[i] = eval_dims(w, w->globals, st->fields[i].dims, st->fields[i].n_dims, dims);
        for (u32 k = 0; k < i; k++)
            if (strcmp(st->fields[k].name, st->fields[i].name) == 0)
                air_fail(st->fields[i].at, "field `%s` twice", st->fields[i].name);
        for (u32 k = 0; k < counts[i]; k++) {
            if (b->width == BUS_WIDTH_MAX)
                air_fail(st->name_at, "a message has at most %d values", BUS_WIDTH_MAX);
            types[b->width++] = st->fields[i].type;
        }
    }
    b->types = types;
    b->counts = counts;
    if (b->is_lookup && b->is_global) air_fail(st->name_at, "a lookup bus cannot be global");
    value *v = value_make(V_BUS);
    v->index = b->index;
    scope_define(w->globals, st->name, st->name_at, v);
}

/* Again after every bus: the array may have moved. */
static void find_standard_buses(model *m)
{
    for (u32 i = 0; i < m->n_buses; i++) {
        const bus *b = &m->buses[i];
        bool range = strcmp(b->name, "range") == 0, byte = strcmp(b->name, "byte") == 0;
        if ((range || byte) && (!b->is_lookup || b->width != (range ? 2 : 4)))
            air_fail(b->decl->name_at, "`%s` is the name of the standard %s bus: include \"std/%s.air\"",
                     b->name, b->name, b->name);
        if (range) m->range = b;
        if (byte) m->byte = b;
    }
}

static void run_public(walk *w, const stmt *st)
{
    model *m = w->m;
    public_value *p = VEC_PUSH(m->publics, m->n_publics_named);
    *p = (public_value){.name = st->name, .first = m->n_publics, .n_dims = st->n_dims, .type = st->type};
    p->n = eval_dims(w, w->globals, st->dims, st->n_dims, p->dims);
    m->n_publics += p->n;
    value *v = value_array(p->dims, p->n_dims);
    for (u32 i = 0; i < p->n; i++) v->items[i] = *value_node(node_public(w->pool, p->first + i, &st->type));
    scope_define(w->globals, st->name, st->name_at, p->n_dims ? v : &v->items[0]);
}

static void run_table(walk *w, const stmt *st)
{
    model *m = w->m;
    table *t = VEC_PUSH(m->tables, m->n_tables);
    i64 instances = st->a ? eval_int(w, w->globals, st->a, "the number of instances") : 1;
    if (instances < 1 || instances > 64) air_fail(st->at, "a table has 1 to 64 instances");
    for (u32 i = 0; i + 1 < m->n_tables; i++)
        if (strcmp(m->tables[i].name, st->name) == 0) air_fail(st->name_at, "a second table `%s`", st->name);
    *t = (table){.decl = st,
                 .name = st->name,
                 .index = m->n_tables - 1,
                 .max_instances = (u32)instances,
                 .pool = w->pool};
    record *r = air_alloc(sizeof *r);
    *r = (record){.site = st, .count = 1};
    t->root = r;
    instance *root = air_alloc(sizeof *root);
    *root = (instance){.rec = r, .n_subs = air_alloc(TABLE_COLUMNS_MAX / 64 * sizeof(u32))};
    walk inner = *w;
    inner.t = t;
    inner.inst = root;
    inner.path = air_text("%s.", st->name);
    inner.indices = "";
    scope *s = scope_make(w->globals);
    scope_define(s, "", st->at, NULL);
    run_block(&inner, s, &st->body);
    record_layout(r);
    judge_table(m, t);
}

static void run_component_decl(walk *w, const stmt *st)
{
    value *v = value_make(V_COMPONENT);
    v->decl = st;
    scope_define(w->globals, st->name, st->name_at, v);
}

static void run_decl(walk *w, const stmt *st)
{
    switch (st->kind) {
    case S_SYSTEM: run_system(w, st); return;
    case S_DEGREE_BOUND: run_degree_bound(w, st); return;
    case S_PUBLIC: run_public(w, st); return;
    case S_CONST: run_const(w, w->globals, st); return;
    case S_LET: run_let(w, w->globals, st); return;
    case S_COMPONENT: run_component_decl(w, st); return;
    case S_TABLE: run_table(w, st); return;
    default: return;
    }
}

void check_system(model *m, block decls)
{
    walk w = {.m = m, .pool = node_pool_make(), .globals = scope_make(NULL), .path = "", .indices = ""};
    m->decls = decls;
    m->degree_bound = 3;
    for (u32 i = 0; i < decls.n; i++) {
        if (decls.items[i]->kind == S_BUS) {
            run_bus(&w, decls.items[i]);
            find_standard_buses(m);
        }
        run_decl(&w, decls.items[i]);
    }
    if (!m->name) {
        fprintf(stderr, "%s: `system NAME` is missing\n", m->root);
        air_stop();
    }
    judge_system(m);
}
