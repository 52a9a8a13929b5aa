/* g1_read.h — private: eight points from bytes at once. */
#ifndef SITU_CURVE_G1_READ_H
#define SITU_CURVE_G1_READ_H

#include "base/base.h"
#include "situ/msm.h"

/* Points [n] from 48 bytes each, n in 1..8; verdict[i] is what situ_g1_read returns for point i. */
void situ_g1_read8_ifma(situ_g1 *points, situ_err verdict[8], const u8 *bytes, size_t n);

#endif /* SITU_CURVE_G1_READ_H */
