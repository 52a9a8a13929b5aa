/* fold.c — one fold by 8.  Inside the VM it is the accelerator's (guest/verifier/fold.c). */
#include "fri/fri.h"

/* Inverses of the powers of the eighth root of unity, and of 8; tests compare with polynomials. */
static const kb w8_inverse[SITU_FRI_FOLD / 2] = {KB_ONE, 0x4bfa6163, 0x03fdfbfa, 0x1e0a10b4};
static const kb eighth = KB_CONST(KB_P - (KB_P - 1) / SITU_FRI_FOLD); /* 8 (p - 1) / 8 = -1 */

/* t[] in bit-reversed order becomes the sums  sum over i of t_i w^(-i j), j = 0 .. 7, by the stages of a transform that halves time; the
 * first has no factors. */
static void fold_transform(k6 t[SITU_FRI_FOLD])
{
    for (u32 half = 1; half < SITU_FRI_FOLD; half *= 2)
        for (u32 start = 0; start < SITU_FRI_FOLD; start += 2 * half)
            for (u32 j = 0; j < half; j++) {
                k6 *even = &t[start + j], *odd = even + half;
                if (j != 0) *odd = k6_mul_kb(*odd, w8_inverse[j * (SITU_FRI_FOLD / 2 / half)]);
                k6_butterfly(even, odd, even, odd);
            }
}

/* With y_0 the first point of the row, point j is y_0 w^bitrev(j), so the transform gives 8 y_0^j F_j. */
bool situ_fri_fold_row(k6 *out, const situ_file_u32 *values, kb y_inverse, const k6 *beta)
{
    k6 t[SITU_FRI_FOLD];
    u32 ok = 1;
    for (u32 i = 0; i < SITU_FRI_FOLD * K6_DEGREE; i++) {
        ok &= KB_IS_CANONICAL(values[i]);
        t[i / K6_DEGREE].c[i % K6_DEGREE] = values[i];
    }
    if (!ok) return false;
    fold_transform(t);
    *out = k6_mul_kb(k6_horner(k6_zero(), t, SITU_FRI_FOLD, k6_mul_kb(*beta, y_inverse)), eighth);
    return true;
}
