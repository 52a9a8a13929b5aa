/* eval_kb.h — generated evaluators over F, on one row. */
#ifndef SITU_AIR_EVAL_KB_H
#define SITU_AIR_EVAL_KB_H

#include "air/eval.h"

#define AIR_T       kb
#define AIR_ELEMENT kb

#define AIR_K(n)        KB_CONST(n)
#define AIR_K_OF(n)     air_kb(n)
#define AIR_K_ADD(a, b) kb_add(a, b)
#define AIR_K_SUB(a, b) kb_sub(a, b)
#define AIR_K_MUL(a, b) kb_mul(a, b)

#define AIR_PRE(i)      (pre[i])
#define AIR_MAIN(i)     (main[i])
#define AIR_PUBLIC(i)   (publics[i])
#define AIR_LIFT(k)     (k)
#define AIR_ADD(a, b)   kb_add(a, b)
#define AIR_SUB(a, b)   kb_sub(a, b)
#define AIR_MUL(a, b)   kb_mul(a, b)
#define AIR_SCALE(a, k) kb_mul(a, k)
#define AIR_NEG(a)      kb_neg(a)
#define AIR_XOR(a, b)   air_kb_xor(a, b)
#define AIR_BIT(a)      air_kb_bit(a)

#define AIR_CONSTRAINT(x) ((void)(*constraints++ = (x)))
#define AIR_SENT(x)       ((void)(*mults++ = (x)))
#define AIR_RECEIVED(x)   ((void)(*mults++ = kb_neg(x)))
#define AIR_VALUE(x)      ((void)(*values++ = (x)))

/* a + b - 2ab. */
SITU_INLINE kb air_kb_xor(kb a, kb b)
{
    kb ab = kb_mul(a, b);
    return kb_sub(kb_sub(kb_add(a, b), ab), ab);
}

/* a^2 - a: zero for bits. */
SITU_INLINE kb air_kb_bit(kb a) { return kb_sub(kb_mul(a, a), a); }

#endif /* SITU_AIR_EVAL_KB_H */
