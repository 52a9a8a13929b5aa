/* g1_avx2.c — the kernels on four lanes of radix 2^28 (AVX2). */
#include "curve/fpv_avx2.h"
#include "curve/g1_batch.h"
