/* hosted_accel.h — private: the accelerators in software. */
#ifndef GUEST_LIB_HOSTED_ACCEL_H
#define GUEST_LIB_HOSTED_ACCEL_H

#include "guest.h"

void hosted_keccak_f1600(uint64_t state[25]);
void hosted_blake3_compress(uint32_t out[8], const uint32_t cv[8], const uint32_t left[8],
                            const uint32_t right[8], uint64_t counter, uint32_t block_len, uint32_t flags);

/* hosted_field.c */
void hosted_k6_muladd(situ_k6 *out, const situ_k6 *a, const situ_k6 *b, const situ_k6 *c);
void hosted_k6_horner(situ_k6 *acc, const situ_k6 *elements, size_t n, const situ_k6 *x);
void hosted_f_horner(situ_k6 *acc, const uint32_t (*tiles)[16], size_t n, const situ_k6 points[2]);
void hosted_k6_fold(situ_k6 *out, const situ_k6 values[8], uint32_t s, const situ_k6 *x);

#endif /* GUEST_LIB_HOSTED_ACCEL_H */
