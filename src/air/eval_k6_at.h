/* eval_k6_at.h — generated evaluators over K whose values are addresses: for machines where a call of a multiply-add on memory is the
 * fast arithmetic, and code is dear.  What is worked out within a constraint is dropped behind it.  Freestanding. */
#ifndef SITU_AIR_EVAL_K6_AT_H
#define SITU_AIR_EVAL_K6_AT_H

#include "air/eval.h"
#include "field/k6.h"

enum { AIR_AT_VALUES = 4096 };

typedef const k6 *air_at;

static k6 air_at_values[AIR_AT_VALUES];
static k6 *air_at_next;
static const k6 air_at_zero = {{0}}, air_at_one = {{KB_ONE}}, air_at_minus_one = {{KB_P - KB_ONE}};

/* a b + c; ends the program rather than run out of values. */
SITU_UNUSED static SITU_NOINLINE air_at air_at_mul_add(air_at a, air_at b, air_at c)
{
    k6 *out = air_at_next++;
    if (out == air_at_values + AIR_AT_VALUES) __builtin_trap();
    k6_mul_add_into(out, a, b, c);
    return out;
}

SITU_UNUSED static SITU_NOINLINE air_at air_at_add(air_at a, air_at b)
{
    return air_at_mul_add(a, &air_at_one, b);
}
SITU_UNUSED static SITU_NOINLINE air_at air_at_mul(air_at a, air_at b)
{
    return air_at_mul_add(a, b, &air_at_zero);
}
SITU_UNUSED static SITU_NOINLINE air_at air_at_neg(air_at a) { return air_at_mul(a, &air_at_minus_one); }
SITU_UNUSED static SITU_NOINLINE air_at air_at_sub(air_at a, air_at b)
{
    return air_at_mul_add(b, &air_at_minus_one, a);
}

SITU_UNUSED static SITU_NOINLINE air_at air_at_lift(kb k)
{
    k6 *out = air_at_next++;
    if (out == air_at_values + AIR_AT_VALUES) __builtin_trap();
    *out = k6_from_kb(k);
    return out;
}

SITU_UNUSED static SITU_NOINLINE air_at air_at_scale(air_at a, kb k) { return air_at_mul(a, air_at_lift(k)); }

/* a + b - 2ab. */
SITU_UNUSED static SITU_NOINLINE air_at air_at_xor(air_at a, air_at b)
{
    air_at minus_2a = air_at_scale(a, KB_CONST(KB_P - 2));
    return air_at_mul_add(minus_2a, b, air_at_add(a, b));
}

/* a^2 - a: zero for bits. */
SITU_UNUSED static SITU_NOINLINE air_at air_at_bit(air_at a) { return air_at_mul_add(a, a, air_at_neg(a)); }

#define AIR_T       air_at
#define AIR_ELEMENT k6

#define AIR_K(n)        KB_CONST(n)
#define AIR_K_OF(n)     air_kb(n)
#define AIR_K_ADD(a, b) kb_add(a, b)
#define AIR_K_SUB(a, b) kb_sub(a, b)
#define AIR_K_MUL(a, b) kb_mul(a, b)

#define AIR_PRE(i)      (pre + (i))
#define AIR_MAIN(i)     (main + (i))
#define AIR_PUBLIC(i)   (publics[i])
#define AIR_LIFT(k)     air_at_lift(k)
#define AIR_ADD(a, b)   air_at_add(a, b)
#define AIR_SUB(a, b)   air_at_sub(a, b)
#define AIR_MUL(a, b)   air_at_mul(a, b)
#define AIR_SCALE(a, k) air_at_scale(a, k)
#define AIR_NEG(a)      air_at_neg(a)
#define AIR_XOR(a, b)   air_at_xor(a, b)
#define AIR_BIT(a)      air_at_bit(a)

#define AIR_CONSTRAINT(x)              \
    do {                               \
        k6 *const next_ = air_at_next; \
        *constraints++ = *(x);         \
        air_at_next = next_;           \
    } while (0)
#define AIR_SENT(x)     ((void)(*mults++ = *(x)))
#define AIR_RECEIVED(x) ((void)(*mults++ = *air_at_neg(x)))
#define AIR_VALUE(x)    ((void)(*values++ = *(x)))

/* The evaluator `eval` as a table's eval_k. */
#define AIR_AT_EVALUATOR(name, eval)                                                               \
    static void name(const k6 *pre, const k6 *main, const kb *publics, k6 *constraints, k6 *mults, \
                     k6 *values)                                                                   \
    {                                                                                              \
        air_at_next = air_at_values;                                                               \
        eval(pre, main, publics, constraints, mults, values);                                      \
    }

#endif /* SITU_AIR_EVAL_K6_AT_H */
