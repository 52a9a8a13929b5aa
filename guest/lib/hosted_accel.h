/* hosted_accel.h — private: the accelerators in software. */
#ifndef GUEST_LIB_HOSTED_ACCEL_H
#define GUEST_LIB_HOSTED_ACCEL_H

#include "guest.h"

void hosted_keccak_f1600(uint64_t state[25]);
void hosted_blake3_compress(uint32_t cv[8], const uint32_t block[16], uint64_t counter, uint32_t block_len,
                            uint32_t flags);

#endif /* GUEST_LIB_HOSTED_ACCEL_H */
