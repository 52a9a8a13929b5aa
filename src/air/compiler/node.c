/* node.c — expressions over columns: one node per distinct expression of a table, so that equal expressions
 * are equal pointers, each with its degree and the interval of its integer value. */
#include "air/compiler/airc.h"

enum { N_BUCKETS = 1 << 14 };

struct node_pool {
    node *buckets[N_BUCKETS];
    u32 n;
};

/* Intervals saturate here: far above any multiple of p that matters, far below the end of i128. */
#define HUGE_BOUND ((i128)1 << 120)

node_pool *node_pool_make(void) { return air_alloc(sizeof(node_pool)); }

static u32 node_hash(const node *x)
{
    u64 h = (u64)x->op * 0x9e3779b97f4a7c15u + (u64)x->k;
    h = (h ^ h >> 29) * 0xbf58476d1ce4e5b9u + (x->a ? x->a->id : 0);
    h = (h ^ h >> 32) * 0x94d049bb133111ebu + (x->b ? x->b->id : 0);
    h = (h ^ h >> 29) * 0xbf58476d1ce4e5b9u;
    return (u32)(h >> 32) % N_BUCKETS;
}

static bool node_same(const node *x, const node *y)
{
    if (x->op != y->op || x->a != y->a || x->b != y->b || x->k != y->k) return false;
    return x->op != N_TYPED || (x->lo == y->lo && x->hi == y->hi && x->free_hi == y->free_hi);
}

static node *node_intern(node_pool *p, node x)
{
    node **bucket = &p->buckets[node_hash(&x)];
    for (node *y = *bucket; y; y = y->chain)
        if (node_same(&x, y)) return y;
    node *made = air_alloc(sizeof *made);
    *made = x;
    made->id = p->n++;
    made->chain = *bucket;
    *bucket = made;
    return made;
}

static i128 clamp(i128 x) { return x > HUGE_BOUND ? HUGE_BOUND : x < -HUGE_BOUND ? -HUGE_BOUND : x; }

/* Neither factor exceeds 2^120, so one test by division finds what would overflow. */
static i128 mul_clamped(i128 x, i128 y)
{
    i128 ax = x < 0 ? -x : x, ay = y < 0 ? -y : y;
    if (ax != 0 && ay > HUGE_BOUND / ax) return (x < 0) == (y < 0) ? HUGE_BOUND : -HUGE_BOUND;
    return x * y;
}

static void mul_interval(i128 alo, i128 ahi, i128 blo, i128 bhi, i128 *lo, i128 *hi)
{
    i128 c[4] = {mul_clamped(alo, blo), mul_clamped(alo, bhi), mul_clamped(ahi, blo), mul_clamped(ahi, bhi)};
    *lo = *hi = c[0];
    for (int i = 1; i < 4; i++) {
        if (c[i] < *lo) *lo = c[i];
        if (c[i] > *hi) *hi = c[i];
    }
}

node *node_const(node_pool *p, i128 k)
{
    node x = {.op = N_CONST, .k = (i64)k, .lo = k, .hi = k, .free_lo = k, .free_hi = k};
    return node_intern(p, x);
}

static node node_leaf(node_op op, u32 index, const type *t)
{
    node x = {.op = op, .k = index, .hi = AIR_P - 1, .free_hi = AIR_P - 1};
    if (t->kind != T_FIELD) x.hi = ((i64)1 << t->bits) - 1;
    if (t->kind == T_BIT || t->kind == T_UINT) x.free_hi = x.hi;
    x.has_field = t->kind == T_FIELD;
    x.has_inherited = t->kind == T_INHERITED;
    return x;
}

node *node_column(node_pool *p, u32 index, const type *t)
{
    node x = node_leaf(N_COLUMN, index, t);
    x.degree = 1;
    return node_intern(p, x);
}

node *node_public(node_pool *p, u32 index, const type *t)
{
    return node_intern(p, node_leaf(N_PUBLIC, index, t));
}

static node node_of(node_op op, node *a, node *b)
{
    node x = {.op = op, .a = a, .b = b};
    x.has_field = a->has_field || b->has_field;
    x.has_inherited = a->has_inherited || b->has_inherited;
    x.degree = op == N_MUL ? a->degree + b->degree : a->degree > b->degree ? a->degree : b->degree;
    return x;
}

static void node_order(node **a, node **b)
{
    if ((*a)->id <= (*b)->id) return;
    node *t = *a;
    *a = *b;
    *b = t;
}

/* Folding keeps within i64: sums and products of constants beyond it stay unfolded (and out of every honest
 * range). */
static bool fits(i128 x) { return x >= INT64_MIN / 2 && x <= INT64_MAX / 2; }

node *node_add(node_pool *p, node *a, node *b)
{
    if (node_is_const(a, 0)) return b;
    if (node_is_const(b, 0)) return a;
    if (a->op == N_CONST && b->op == N_CONST && fits((i128)a->k + b->k))
        return node_const(p, (i128)a->k + b->k);
    node_order(&a, &b);
    node x = node_of(N_ADD, a, b);
    x.lo = clamp(a->lo + b->lo);
    x.hi = clamp(a->hi + b->hi);
    x.free_lo = clamp(a->free_lo + b->free_lo);
    x.free_hi = clamp(a->free_hi + b->free_hi);
    return node_intern(p, x);
}

node *node_sub(node_pool *p, node *a, node *b)
{
    if (node_is_const(b, 0)) return a;
    if (a->op == N_CONST && b->op == N_CONST && fits((i128)a->k - b->k))
        return node_const(p, (i128)a->k - b->k);
    node x = node_of(N_SUB, a, b);
    x.lo = clamp(a->lo - b->hi);
    x.hi = clamp(a->hi - b->lo);
    x.free_lo = clamp(a->free_lo - b->free_hi);
    x.free_hi = clamp(a->free_hi - b->free_lo);
    return node_intern(p, x);
}

node *node_mul(node_pool *p, node *a, node *b)
{
    if (node_is_const(a, 0) || node_is_const(b, 1)) return a;
    if (node_is_const(b, 0) || node_is_const(a, 1)) return b;
    if (a->op == N_CONST && b->op == N_CONST && fits((i128)a->k * b->k))
        return node_const(p, (i128)a->k * b->k);
    node_order(&a, &b);
    node x = node_of(N_MUL, a, b);
    mul_interval(a->lo, a->hi, b->lo, b->hi, &x.lo, &x.hi);
    mul_interval(a->free_lo, a->free_hi, b->free_lo, b->free_hi, &x.free_lo, &x.free_hi);
    if (a == b && x.lo < 0) x.lo = 0;
    if (a == b && x.free_lo < 0) x.free_lo = 0;
    return node_intern(p, x);
}

node *node_typed(node_pool *p, node *a, i64 lo, i64 hi)
{
    node x = {.op = N_TYPED, .a = a, .degree = a->degree};
    x.lo = x.free_lo = lo;
    x.hi = x.free_hi = hi;
    return node_intern(p, x);
}

node *node_derived(node_pool *p, node *a, i64 lo, i64 hi)
{
    node x = {.op = N_TYPED,
              .a = a,
              .degree = a->degree,
              .has_inherited = a->has_inherited,
              .has_field = a->has_field};
    x.lo = x.free_lo = lo;
    x.hi = x.free_hi = hi;
    if (a->has_inherited) {
        x.free_lo = a->free_lo;
        x.free_hi = a->free_hi;
    }
    return node_intern(p, x);
}

u32 node_stamp(void)
{
    static u32 last;
    return ++last;
}

/* Sum of two values that are never negative and cannot reach p together: nonzero when either is. */
static bool sum_is_safe(const node *x)
{
    return x->op == N_ADD && x->a->free_lo >= 0 && x->b->free_lo >= 0 && !x->has_field && x->free_hi < AIR_P;
}

bool node_implies(const node *c, const node *m)
{
    if (c == m || node_is_const(c, 0)) return true;
    if (m->op == N_CONST && m->k % AIR_P != 0) return true;
    if (m->op == N_TYPED && node_implies(c, m->a)) return true;
    if (c->op == N_TYPED && node_implies(c->a, m)) return true;
    if (c->op == N_MUL && (node_implies(c->a, m) || node_implies(c->b, m))) return true;
    if ((c->op == N_ADD || c->op == N_SUB) && node_implies(c->a, m) && node_implies(c->b, m)) return true;
    if (m->op == N_MUL && node_implies(c, m->a) && node_implies(c, m->b))
        return true; /* F has no zero divisors */
    return sum_is_safe(m) && (node_implies(c, m->a) || node_implies(c, m->b));
}
