/* eval_v16.h — generated evaluators over 16 rows at once. */
#ifndef SITU_AIR_EVAL_V16_H
#define SITU_AIR_EVAL_V16_H

#include "air/eval.h"
#include "field/v16.h"

#define AIR_T       v16
#define AIR_ELEMENT kb

#define AIR_K(n)        KB_CONST(n)
#define AIR_K_OF(n)     air_kb(n)
#define AIR_K_ADD(a, b) kb_add(a, b)
#define AIR_K_SUB(a, b) kb_sub(a, b)
#define AIR_K_MUL(a, b) kb_mul(a, b)

#define AIR_PRE(i)      v16_load(pre + 16 * (i))
#define AIR_MAIN(i)     v16_load(main + 16 * (i))
#define AIR_PUBLIC(i)   (publics[i])
#define AIR_LIFT(k)     v16_set1(k)
#define AIR_ADD(a, b)   air_v16_add(a, b)
#define AIR_SUB(a, b)   air_v16_sub(a, b)
#define AIR_MUL(a, b)   air_v16_mul(a, b)
#define AIR_SCALE(a, k) air_v16_mul(a, v16_set1(k))
#define AIR_NEG(a)      v16_neg(a)
#define AIR_XOR(a, b)   air_v16_xor(a, b)
#define AIR_BIT(a)      air_v16_bit(a)

#define AIR_CONSTRAINT(x) (v16_store(constraints, x), constraints += 16)
#define AIR_SENT(x)       (v16_store(mults, x), mults += 16)
#define AIR_RECEIVED(x)   (v16_store(mults, v16_neg(x)), mults += 16)
#define AIR_VALUE(x)      (v16_store(values, x), values += 16)

/* Sixteen scalar operations inlined at every place make wide tables take minutes to compile. */
#if defined(SITU_SIMD_AVX512) || defined(SITU_SIMD_AVX2)
SITU_INLINE v16 air_v16_mul(v16 a, v16 b) { return v16_mul(a, b); }
SITU_INLINE v16 air_v16_add(v16 a, v16 b) { return v16_add(a, b); }
SITU_INLINE v16 air_v16_sub(v16 a, v16 b) { return v16_sub(a, b); }
#else
static SITU_NOINLINE SITU_UNUSED v16 air_v16_mul(v16 a, v16 b) { return v16_mul(a, b); }
static SITU_NOINLINE SITU_UNUSED v16 air_v16_add(v16 a, v16 b) { return v16_add(a, b); }
static SITU_NOINLINE SITU_UNUSED v16 air_v16_sub(v16 a, v16 b) { return v16_sub(a, b); }
#endif

/* a + b - 2ab. */
SITU_INLINE v16 air_v16_xor(v16 a, v16 b)
{
    v16 ab = air_v16_mul(a, b);
    return v16_sub(v16_sub(v16_add(a, b), ab), ab);
}

/* a^2 - a: zero for bits. */
SITU_INLINE v16 air_v16_bit(v16 a) { return v16_sub(air_v16_mul(a, a), a); }

#endif /* SITU_AIR_EVAL_V16_H */
