/* g1_ifma.c — the kernels on eight lanes of radix 2^52 (AVX-512 IFMA). */
#include "curve/fpv_ifma.h"
#include "curve/g1_batch.h"
