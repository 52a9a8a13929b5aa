/* field_check.h — every packed operation as a function over arrays: for differential tests of the levels, and
 * to be timed. */
#ifndef SITU_FIELD_FIELD_CHECK_H
#define SITU_FIELD_FIELD_CHECK_H

#include "base/cpu.h"
#include "field/k6.h"

/* What one operation of v16.h or k16.h makes of sixteen elements of K (only coefficient 0 for the v16 ones).
 */
typedef enum {
    FIELD_OP_ADD,
    FIELD_OP_SUB,
    FIELD_OP_MUL,
    FIELD_OP_MUL_W, /* by b[0] in all lanes                               */
    FIELD_OP_INV,   /* of a; 0 gives 0                                    */
    FIELD_OP_DOT6,  /* sum over the coefficients of a_i b_i, as one v16_sum */
    FIELD_OP_K_ADD,
    FIELD_OP_K_SUB,
    FIELD_OP_K_MUL,
    FIELD_OP_K_MUL_V, /* by coefficient 0 of b */
    FIELD_OP_K_FROBENIUS,
    FIELD_OP_K_INV,
    FIELD_OP_COUNT,
} field_op;

SIMD_DECLARE(void, situ_field_apply, (k6 out[16], field_op op, const k6 a[16], const k6 b[16]));
SIMD_DECLARE(void, situ_field_transpose, (kb m[16][16]));

/* Throughput: x[i] = x[i] * y[i], `rounds` times; n a multiple of 16. */
SIMD_DECLARE(void, situ_field_mul_many, (kb * x, const kb *y, size_t n, u32 rounds));

/* The same in K, on groups of sixteen elements stored as six v16 each; n_groups groups. */
SIMD_DECLARE(void, situ_field_k_mul_many, (kb(*x)[6][16], const kb (*y)[6][16], size_t n_groups, u32 rounds));

#endif /* SITU_FIELD_FIELD_CHECK_H */
