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

/* The accelerator takes nothing but elements: a sum of all asks for every word, whatever it is of. */
size_t k6_count_canonical(const k6 *elements, size_t n)
{
    enum { PART = 65535 };
    k6 sum = k6_zero();
    for (size_t i = 0; i < n; i += PART)
        k_horner(&sum, elements + i, n - i < PART ? n - i : PART, &k6_constant_one);
    return n;
}

k6 k6_horner_kb(const k6 *elements, u32 n, kb x) { return k6_horner(k6_zero(), elements, n, k6_from_kb(x)); }
