/* eval.h — compile-time integers inside generated evaluators.
 *
 * The header included chooses the type of value that the evaluators work on: eval_v16.h (16 rows at once),
 * eval_k6.h (K), eval_kb.h (one row), eval_plain.h (lookups).
 */
#ifndef SITU_AIR_EVAL_H
#define SITU_AIR_EVAL_H

#include "air/air.h"

/* airc has computed the same power without overflow. */
SITU_INLINE i64 air_int_power(i64 a, i64 n)
{
    i64 r = 1;
    for (; n > 0; n--) r *= a;
    return r;
}

/* n mod p, for n that depends on the index of a loop. */
SITU_INLINE u32 air_residue(i64 n)
{
    i64 r = n % (i64)KB_P;
    return (u32)(r < 0 ? r + (i64)KB_P : r);
}

SITU_INLINE kb air_kb(i64 n) { return kb_from_u32(air_residue(n)); }

#endif /* SITU_AIR_EVAL_H */
