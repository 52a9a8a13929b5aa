/* keccak_pack.h — private: what keccak_pack.simd.c makes for each CPU level. */
#ifndef SITU_HASH_KECCAK_PACK_H
#define SITU_HASH_KECCAK_PACK_H

#include "base/cpu.h"
#include "hash/keccak.h"

SIMD_DECLARE(void, situ_keccak_f8_kernel, (u64 st[SITU_KECCAK_WORDS][SITU_KECCAK_LANES]));

#endif /* SITU_HASH_KECCAK_PACK_H */
