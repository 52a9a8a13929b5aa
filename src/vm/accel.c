/* accel.c — what the BLAKE3 accelerator computes: the compression function (BLAKE3 paper, 2.2) on the guest's
 * words. */
#include "vm/machine.h"

#include <string.h>

#include "hash/blake3.h"

void situ_blake3_guest_compress(u64 cv[SITU_BLAKE3_CV_WORDS], const u64 block[SITU_BLAKE3_BLOCK_WORDS],
                                u64 counter, u64 length_and_flags)
{
    u32 words[2 * SITU_BLAKE3_CV_WORDS];
    memcpy(words, cv, sizeof words);
    situ_blake3_compress(words, (const situ_file_u32 *)(const void *)block, counter, (u32)length_and_flags,
                         (u32)(length_and_flags >> 32));
    memcpy(cv, words, sizeof words);
}
