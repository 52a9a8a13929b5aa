/* k6_mul.c — sums of powers on the VM's accelerator; stands in for src/field/k6_mul.c. */
#include "sums.h"

k6 k6_horner(k6 acc, const k6 *elements, u32 n, k6 x)
{
    if (n > 0) k_horner(&acc, elements, n, &x);
    return acc;
}

void k6_horner_into(k6 *acc, const k6 *elements, u32 n, const k6 *x)
{
    if (n > 0) k_horner(acc, elements, n, x);
}

k6 k6_horner_kb(const k6 *elements, u32 n, kb x) { return k6_horner(k6_zero(), elements, n, k6_from_kb(x)); }
