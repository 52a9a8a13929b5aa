/* eval_k6.h — generated evaluators over K, at one point.  Freestanding. */
#ifndef SITU_AIR_EVAL_K6_H
#define SITU_AIR_EVAL_K6_H

#include "air/eval.h"
#include "field/k6.h"

#define AIR_T       k6
#define AIR_ELEMENT k6

#define AIR_K(n)        KB_CONST(n)
#define AIR_K_OF(n)     air_kb(n)
#define AIR_K_ADD(a, b) kb_add(a, b)
#define AIR_K_SUB(a, b) kb_sub(a, b)
#define AIR_K_MUL(a, b) kb_mul(a, b)

#define AIR_PRE(i)      (pre[i])
#define AIR_MAIN(i)     (main[i])
#define AIR_PUBLIC(i)   (publics[i])
#define AIR_LIFT(k)     k6_from_kb(k)
#define AIR_ADD(a, b)   k6_add(a, b)
#define AIR_SUB(a, b)   k6_sub(a, b)
#define AIR_MUL(a, b)   k6_mul(a, b)
#define AIR_SCALE(a, k) k6_mul_kb(a, k)
#define AIR_NEG(a)      k6_neg(a)
#define AIR_XOR(a, b)   air_k6_xor(a, b)
#define AIR_BIT(a)      air_k6_bit(a)

#define AIR_CONSTRAINT(x) ((void)(*constraints++ = (x)))
#define AIR_SENT(x)       ((void)(*mults++ = (x)))
#define AIR_RECEIVED(x)   ((void)(*mults++ = k6_neg(x)))
#define AIR_VALUE(x)      ((void)(*values++ = (x)))

/* a + b - 2ab. */
SITU_UNUSED static k6 air_k6_xor(k6 a, k6 b)
{
    k6 ab = k6_mul(a, b);
    return k6_sub(k6_sub(k6_add(a, b), ab), ab);
}

/* a^2 - a: zero for bits. */
SITU_UNUSED static k6 air_k6_bit(k6 a) { return k6_sub(k6_mul(a, a), a); }

#endif /* SITU_AIR_EVAL_K6_H */
