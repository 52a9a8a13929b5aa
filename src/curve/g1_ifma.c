/* g1_ifma.c — the kernels on eight lanes of radix 2^52 (AVX-512 IFMA). */
#include "curve/fpv_ifma.h"
#include "curve/g1_batch.h"

const g1_kernels situ_g1_kernels_ifma = G1_BATCH_KERNELS("ifma");
