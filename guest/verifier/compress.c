/* compress.c — BLAKE3's compression function on the VM's accelerator; stands in for src/hash/blake3_compress.c. */
#include <situ/guest.h>

#include "hash/blake3.h"

enum { ALIGN = 8 }; /* what the accelerator asks of its operands */

void situ_blake3_compress(u32 cv[8], const situ_file_u32 *block, u64 counter, u32 block_bytes, u32 flags)
{
    u32 own_cv[8] SITU_ALIGNED(8), own_block[16] SITU_ALIGNED(8), *at = cv;
    if (SITU_UNLIKELY((uintptr_t)block % ALIGN != 0)) {
        for (int i = 0; i < 16; i++) own_block[i] = block[i];
        block = own_block;
    }
    if (SITU_UNLIKELY((uintptr_t)cv % ALIGN != 0)) {
        for (int i = 0; i < 8; i++) own_cv[i] = cv[i];
        at = own_cv;
    }
    situ_guest_blake3_compress(at, (const uint32_t *)block, counter, block_bytes, flags);
    if (SITU_UNLIKELY(at != cv))
        for (int i = 0; i < 8; i++) cv[i] = own_cv[i];
}
