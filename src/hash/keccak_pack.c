/* keccak_pack.c — chooses the kernel. */
#include "hash/keccak_pack.h"

void situ_keccak_f8(u64 st[SITU_KECCAK_WORDS][SITU_KECCAK_LANES]) { SIMD_PICK(situ_keccak_f8_kernel)(st); }
