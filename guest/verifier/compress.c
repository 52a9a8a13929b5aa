/* compress.c — BLAKE3's compression function on the VM's accelerator; stands in for src/hash/blake3_compress.c. */
#include "hash/blake3.h"

enum { ALIGN = 8, CALL = 0x1001 }; /* what the accelerator asks of its operands; its number (docs/vm.md) */

SITU_INLINE void call(u32 *cv, const situ_file_u32 *block, u64 counter, u32 block_bytes, u32 flags)
{
    register long a0 __asm__("a0") = (long)cv;
    register long a1 __asm__("a1") = (long)block;
    register long a2 __asm__("a2") = (long)counter;
    register long a3 __asm__("a3") = (long)(block_bytes | (u64)flags << 32);
    register long a7 __asm__("a7") = CALL;
    __asm__ volatile("ecall" : : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(a7) : "memory");
}

/* Operands anywhere: over copies. */
static SITU_NOINLINE void compress_misaligned(u32 cv[8], const situ_file_u32 *block, u64 counter,
                                              u32 block_bytes, u32 flags)
{
    u32 own_cv[8] SITU_ALIGNED(ALIGN), own_block[16] SITU_ALIGNED(ALIGN);
    for (int i = 0; i < 16; i++) own_block[i] = block[i];
    for (int i = 0; i < 8; i++) own_cv[i] = cv[i];
    call(own_cv, own_block, counter, block_bytes, flags);
    for (int i = 0; i < 8; i++) cv[i] = own_cv[i];
}

void situ_blake3_compress(u32 cv[8], const situ_file_u32 *block, u64 counter, u32 block_bytes, u32 flags)
{
    if (SITU_UNLIKELY((((uintptr_t)block | (uintptr_t)cv) & (ALIGN - 1)) != 0))
        compress_misaligned(cv, block, counter, block_bytes, flags);
    else
        call(cv, block, counter, block_bytes, flags);
}
