/* accel.c — what the accelerator calls compute: Keccak-f[1600] (FIPS 202, 3.2 and 3.3) and the BLAKE3
 * compression function (BLAKE3 paper, 2.2), on the guest's words.  One call at a time; the wide kernels of
 * hash/ hash many messages. */
#include "vm/machine.h"

#include <string.h>

#include "hash/blake3.h"

SITU_INLINE u64 rotl64(u64 x, u32 n) { return n == 0 ? x : x << n | x >> (64 - n); }

/* Round constants: the output of FIPS 202's rc(), algorithm 5; test_vm_accel recomputes them. */
static const u64 keccak_round_constants[24] = {
    UINT64_C(0x0000000000000001), UINT64_C(0x0000000000008082), UINT64_C(0x800000000000808a),
    UINT64_C(0x8000000080008000), UINT64_C(0x000000000000808b), UINT64_C(0x0000000080000001),
    UINT64_C(0x8000000080008081), UINT64_C(0x8000000000008009), UINT64_C(0x000000000000008a),
    UINT64_C(0x0000000000000088), UINT64_C(0x0000000080008009), UINT64_C(0x000000008000000a),
    UINT64_C(0x000000008000808b), UINT64_C(0x800000000000008b), UINT64_C(0x8000000000008089),
    UINT64_C(0x8000000000008003), UINT64_C(0x8000000000008002), UINT64_C(0x8000000000000080),
    UINT64_C(0x000000000000800a), UINT64_C(0x800000008000000a), UINT64_C(0x8000000080008081),
    UINT64_C(0x8000000000008080), UINT64_C(0x0000000080000001), UINT64_C(0x8000000080008008),
};

void situ_keccak_f1600(u64 a[SITU_KECCAK_WORDS])
{
    for (int round = 0; round < 24; round++) {
        u64 c[5], b[25];
        for (int x = 0; x < 5; x++) c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
        for (int i = 0; i < 25; i++) a[i] ^= c[(i + 4) % 5] ^ rotl64(c[(i + 1) % 5], 1); /* theta */

        /* rho and pi: lane (x, y) goes to (y, 2x + 3y), turned by the triangular numbers along that walk. */
        b[0] = a[0];
        for (int t = 0, x = 1, y = 0; t < 24; t++) {
            u32 turn = (u32)((t + 1) * (t + 2) / 2) % 64;
            int new_y = (2 * x + 3 * y) % 5;
            b[y + 5 * new_y] = rotl64(a[x + 5 * y], turn);
            x = y, y = new_y;
        }
        for (int i = 0; i < 25; i++) { /* chi */
            int row = i / 5 * 5;
            a[i] = b[i] ^ (~b[row + (i + 1) % 5] & b[row + (i + 2) % 5]);
        }
        a[0] ^= keccak_round_constants[round]; /* iota */
    }
}

void situ_blake3_guest_compress(u64 cv[SITU_BLAKE3_CV_WORDS], const u64 block[SITU_BLAKE3_BLOCK_WORDS],
                                u64 counter, u64 length_and_flags)
{
    u32 words[2 * SITU_BLAKE3_CV_WORDS];
    memcpy(words, cv, sizeof words);
    situ_blake3_compress(words, (const situ_file_u32 *)(const void *)block, counter, (u32)length_and_flags,
                         (u32)(length_and_flags >> 32));
    memcpy(cv, words, sizeof words);
}
