/* recursion.c — see situ/recursion.h. */
#include "situ/recursion.h"

#include "base/base.h"

_Static_assert(sizeof(situ_recursion_prefix) == 16, "the proof behind it stays 16-aligned");

const char *situ_recursion_exit_text(uint64_t exit_code)
{
    switch (exit_code) {
    case SITU_RECURSION_VERIFIED: return "verified";
    case SITU_RECURSION_PREFIX: return "the input is no recursion blob";
    case SITU_RECURSION_PREFIX_VERSION: return "the blob is of another version";
    case SITU_RECURSION_PREFIX_RESERVED: return "the blob's reserved bytes are not zero";
    case SITU_RECURSION_FORMAT: return "the inner proof is malformed";
    case SITU_RECURSION_PROOF_VERSION: return "the inner proof or its key is of another version";
    case SITU_RECURSION_SYSTEM: return "the inner key is of other constraints";
    case SITU_RECURSION_PARAMS: return "the inner proof was made with other parameters than its key's";
    case SITU_RECURSION_DIGEST: return "the inner proof was made with another key";
    case SITU_RECURSION_SECURITY: return "the inner proof's parameters have too few bits of security";
    case SITU_RECURSION_KEY: return "the inner key is malformed";
    case SITU_RECURSION_INSECURE:
        return "the inner proof's parameters are not accepted: marked insecure, or for "
               "the guest of tests, not so";
    case SITU_RECURSION_REJECTED: return "the inner proof is false";
    default: return NULL;
    }
}
