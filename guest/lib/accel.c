/* accel.c — the accelerators' calls; under Linux, where there are none, the same in software
 * (hosted_accel.c). */
#include "hosted_accel.h"

void situ_guest_keccak_f1600(uint64_t state[25])
{
    if (__builtin_expect(situ_hosted, 0))
        hosted_keccak_f1600(state);
    else
        guest_call3(GUEST_KECCAK, (long)state, 0, 0);
}

void situ_guest_blake3_compress_halves(uint32_t out[8], const uint32_t cv[8], const uint32_t left[8],
                                       const uint32_t right[8], uint64_t counter, uint32_t block_len,
                                       uint32_t flags)
{
    if (__builtin_expect(situ_hosted, 0)) {
        hosted_blake3_compress(out, cv, left, right, counter, block_len, flags);
        return;
    }
    register long a0 __asm__("a0") = (long)out;
    register long a1 __asm__("a1") = (long)cv;
    register long a2 __asm__("a2") = (long)left;
    register long a3 __asm__("a3") = (long)right;
    register long a4 __asm__("a4") = (long)(block_len | (uint64_t)flags << 32);
    register long a5 __asm__("a5") = (long)counter;
    register long a7 __asm__("a7") = GUEST_BLAKE3;
    __asm__ volatile("ecall" : : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5), "r"(a7) : "memory");
}

void situ_guest_blake3_compress(uint32_t cv[8], const uint32_t block[16], uint64_t counter,
                                uint32_t block_len, uint32_t flags)
{
    situ_guest_blake3_compress_halves(cv, cv, block, block + 8, counter, block_len, flags);
}
