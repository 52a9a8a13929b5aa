/* adder.h — additions waiting for a batch. */
#ifndef SITU_CURVE_ADDER_H
#define SITU_CURVE_ADDER_H

#include "curve/g1.h"

typedef struct {
    const g1_kernels *kernels;
    void *work;
    size_t n;
    u64 a[G1_BATCH_MAX], b[G1_BATCH_MAX];
    g1_row *d[G1_BATCH_MAX];
} adder;

SITU_INLINE void adder_flush(adder *adds)
{
    adds->kernels->add(adds->a, adds->b, adds->d, adds->n, adds->work);
    adds->n = 0;
}

/* *d = a + b, at the latest with adder_flush; until then no other addition may write or read *d. */
SITU_INLINE void adder_push(adder *adds, u64 a, u64 b, g1_row *d)
{
    adds->a[adds->n] = a;
    adds->b[adds->n] = b;
    adds->d[adds->n] = d;
    if (++adds->n == G1_BATCH_MAX) adder_flush(adds);
}

#endif /* SITU_CURVE_ADDER_H */
