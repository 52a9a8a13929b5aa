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

/* From a block to the next one, whose chaining value is the result of the one before. */
#define SITU_BLAKE3_NEXT_BLOCK() \
    do {                         \
        SITU_BLAKE3_ECALL();     \
        a2 += 64;                \
        a3 += 64;                \
    } while (0)

SITU_INLINE void situ_blake3_compress_chunk(u32 out[8], const u32 key[8], const situ_file_u32 *blocks, u32 n,
                                            u64 counter, u32 flags, u32 last)
{
    const u64 middle = 64 | (u64)flags << 32, first = middle | (u64)SITU_BLAKE3_CHUNK_START << 32;
    SITU_BLAKE3_REGISTERS(out, key, blocks, blocks + 8, first, counter);
    if (n > 1) {
        SITU_BLAKE3_NEXT_BLOCK();
        a1 = a0;
        a4 = middle;
        switch (n) {
        case 16: SITU_BLAKE3_NEXT_BLOCK(); /* fall through */
        case 15: SITU_BLAKE3_NEXT_BLOCK(); /* fall through */
        case 14: SITU_BLAKE3_NEXT_BLOCK(); /* fall through */
        case 13: SITU_BLAKE3_NEXT_BLOCK(); /* fall through */
        case 12: SITU_BLAKE3_NEXT_BLOCK(); /* fall through */
        case 11: SITU_BLAKE3_NEXT_BLOCK(); /* fall through */
        case 10: SITU_BLAKE3_NEXT_BLOCK(); /* fall through */
        case 9: SITU_BLAKE3_NEXT_BLOCK();  /* fall through */
        case 8: SITU_BLAKE3_NEXT_BLOCK();  /* fall through */
        case 7: SITU_BLAKE3_NEXT_BLOCK();  /* fall through */
        case 6: SITU_BLAKE3_NEXT_BLOCK();  /* fall through */
        case 5: SITU_BLAKE3_NEXT_BLOCK();  /* fall through */
        case 4: SITU_BLAKE3_NEXT_BLOCK();  /* fall through */
        case 3: SITU_BLAKE3_NEXT_BLOCK();  /* fall through */
        default: break;
        }
    }
    a4 |= (u64)(SITU_BLAKE3_CHUNK_END | last) << 32;
    SITU_BLAKE3_ECALL();
}

SITU_INLINE void situ_blake3_compress_blocks(u32 out[8], const u32 cv[8], const situ_file_u32 *blocks, u64 n,
                                             u64 counter, u32 flags)
{
    if (n == 0) return;
    SITU_BLAKE3_REGISTERS(out, cv, blocks, blocks + 8, 64 | (u64)flags << 32, counter);
    const u64 end = a3 + 64 * n;
    do {
        SITU_BLAKE3_NEXT_BLOCK();
        a1 = a0;
    } while (a3 != end);
}

/* Siblings are left or right in runs, within which only their address changes. */
SITU_INLINE const situ_file_u32 *situ_blake3_compress_path(u32 node[8], const situ_file_u32 *siblings,
                                                           u64 *index, u32 n, const u32 key[8], u32 flags)
{
    if (n == 0) return siblings;
    const u64 end = (u64)siblings + 32 * (u64)n;
    u64 bits = *index, bit;
    SITU_BLAKE3_REGISTERS(node, key, siblings, siblings, 64 | (u64)flags << 32, 0);
    __asm__ volatile("   andi %[bit], %[bits], 1\n"
                     "   bnez %[bit], 3f\n"
                     "1: mv a2, a0\n" /* a3 is the sibling, the right one */
                     "2: ecall\n"
                     "   addi a3, a3, 32\n"
                     "   srli %[bits], %[bits], 1\n"
                     "   beq a3, %[end], 5f\n"
                     "   andi %[bit], %[bits], 1\n"
                     "   beqz %[bit], 2b\n"
                     "   mv a2, a3\n"
                     "3: mv a3, a0\n" /* a2 is the sibling, the left one */
                     "4: ecall\n"
                     "   addi a2, a2, 32\n"
                     "   srli %[bits], %[bits], 1\n"
                     "   beq a2, %[end], 5f\n"
                     "   andi %[bit], %[bits], 1\n"
                     "   bnez %[bit], 4b\n"
                     "   mv a3, a2\n"
                     "   j 1b\n"
                     "5:"
                     : "+r"(a0), "+r"(a1), "+r"(a2), "+r"(a3), "+r"(a4), "+r"(a5),
                       "+r"(a7), [bits] "+r"(bits), [bit] "=&r"(bit)
                     : [end] "r"(end)
                     : "memory");
    *index = bits;
    return (const situ_file_u32 *)end;
}

#endif /* GUEST_VERIFIER_COMPRESS_H */
