/* grind.h — the search for a transcript's nonce (host only). */
#ifndef SITU_HASH_GRIND_H
#define SITU_HASH_GRIND_H

#include "hash/transcript.h"
#include "situ/pool.h"

/* The smallest nonce that situ_transcript_grind_check(t, nonce, n_bits) accepts; n_bits in 0..32.  Expect
 * 2^n_bits hashes.  *t is settled, and the nonce not absorbed.  The result does not depend on the pool (NULL:
 * the calling thread). */
u64 situ_grind(situ_transcript *t, u32 n_bits, situ_pool *pool);

#endif /* SITU_HASH_GRIND_H */
