/* compress.h — BLAKE3's compression function on the VM's accelerator; what hash/blake3.h has in its place in a guest.
 *
 * Inline, and the loops with their constants bound to the call's registers: a call takes what changes from the one
 * before it, and the loop. */
#ifndef GUEST_VERIFIER_COMPRESS_H
#define GUEST_VERIFIER_COMPRESS_H

#include "base/base.h"

enum { SITU_BLAKE3_CALL = 0x1001 }; /* its number (docs/vm.md) */

#define SITU_BLAKE3_ALIGN 8 /* what the accelerator asks of its operands */

/* The call's registers, and the call: operands are kept by it. */
#define SITU_BLAKE3_REGISTERS(out_, cv_, left_, right_, length_and_flags_, counter_) \
    register u64 a0 __asm__("a0") = (u64)(out_);                                     \
    register u64 a1 __asm__("a1") = (u64)(cv_);                                      \
    register u64 a2 __asm__("a2") = (u64)(left_);                                    \
    register u64 a3 __asm__("a3") = (u64)(right_);                                   \
    register u64 a4 __asm__("a4") = (length_and_flags_);                             \
    register u64 a5 __asm__("a5") = (counter_);                                      \
    register u64 a7 __asm__("a7") = SITU_BLAKE3_CALL

/* As if the registers changed: so that they are not loaded again for the next call. */
#define SITU_BLAKE3_ECALL() \
    __asm__ volatile("ecall" : "+r"(a0), "+r"(a1), "+r"(a2), "+r"(a3), "+r"(a4), "+r"(a5), "+r"(a7)::"memory")

SITU_INLINE void situ_blake3_compress_halves(u32 out[8], const u32 cv[8], const situ_file_u32 *left,
                                             const situ_file_u32 *right, u64 counter, u32 block_bytes,
                                             u32 flags)
{
    SITU_BLAKE3_REGISTERS(out, cv, left, right, block_bytes | (u64)flags << 32, counter);
    SITU_BLAKE3_ECALL();
}

SITU_INLINE void situ_blake3_compress_blocks(u32 out[8], const u32 cv[8], const situ_file_u32 *blocks, u64 n,
                                             u64 counter, u32 flags)
{
    if (n == 0) return;
    SITU_BLAKE3_REGISTERS(out, cv, blocks, blocks + 8, 64 | (u64)flags << 32, counter);
    const u64 end = a3 + 64 * n;
    do {
        SITU_BLAKE3_ECALL();
        a1 = a0;
        a2 += 64;
        a3 += 64;
    } while (a3 != end);
}

SITU_INLINE const situ_file_u32 *situ_blake3_compress_path(u32 node[8], const situ_file_u32 *siblings,
                                                           u64 index, u32 n, const u32 key[8], u32 flags)
{
    if (n == 0) return siblings;
    u64 sibling = (u64)siblings;
    const u64 end = sibling + 32 * (u64)n;
    SITU_BLAKE3_REGISTERS(node, key, sibling, sibling, 64 | (u64)flags << 32, 0);
    do {
        if (index & 1) {
            a2 = sibling;
            a3 = a0;
        } else {
            a2 = a0;
            a3 = sibling;
        }
        index >>= 1;
        sibling += 32;
        SITU_BLAKE3_ECALL();
    } while (sibling != end);
    return (const situ_file_u32 *)sibling;
}

#endif /* GUEST_VERIFIER_COMPRESS_H */
