/* situ/recursion.h — proofs about proofs: what the verifier guest (guest/verifier) reads, writes and returns.
 *
 * BLOB      the guest's private input: this prefix, then a proof of situ/zkvm.h, unchanged.  The prefix has 16
 *           bytes and a guest's input is 16-aligned, so the proof is read where it lies; and whoever makes a
 *           proof can have it written straight behind a prefix.
 * OUTPUT    of the guest, on success only: digest of the inner verifying key (SITU_ZKVM_DIGEST_BYTES), exit code
 *           of the inner run (8 bytes, little-endian), its public output.
 * TRAP      the guest traps at a word in an opened row that is not below p, which only a prover who committed to
 *           it can bring there; such a run has no proof either.
 * MEANING   a proof of the guest with exit code 0 shows that there is a proof of the program of that key, with
 *           that exit code and output.  The key's digest covers program, constraints and parameters; compare it
 *           with one from elsewhere (`situ vkey`).
 */
#ifndef SITU_RECURSION_H
#define SITU_RECURSION_H

#include <stdint.h>

#include "situ/zkvm.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SITU_RECURSION_MAGIC   UINT64_C(0x4345522d55544953) /* "SITU-REC" */
#define SITU_RECURSION_VERSION 1

/** First bytes of a blob; everything little-endian. */
typedef struct {
    uint64_t magic;
    uint32_t version;
    uint32_t reserved; /* zero */
} situ_recursion_prefix;

/** The guest's exit codes. */
typedef enum {
    SITU_RECURSION_VERIFIED = 0,
    SITU_RECURSION_PREFIX = 10,     /* no blob: too short, or another magic                              */
    SITU_RECURSION_PREFIX_VERSION,  /* blob of another version                                           */
    SITU_RECURSION_PREFIX_RESERVED, /* reserved bytes are not zero                                       */
    SITU_RECURSION_FORMAT = 20,     /* malformed proof                                                   */
    SITU_RECURSION_PROOF_VERSION,   /* proof, argument or key in it of another version                   */
    SITU_RECURSION_SYSTEM,          /* key of other constraints                                          */
    SITU_RECURSION_PARAMS,          /* made with other parameters than its key's                         */
    SITU_RECURSION_DIGEST,          /* made with another key than the one beside it                      */
    SITU_RECURSION_SECURITY,        /* parameters with too few bits of security                          */
    SITU_RECURSION_INSECURE,        /* parameters marked insecure (or, for the guest of tests, not so)   */
    SITU_RECURSION_KEY,             /* malformed key                                                     */
    SITU_RECURSION_REJECTED = 30,   /* the proof is false                                                */
} situ_recursion_exit;

/** One line about an exit code; NULL for one that the guest does not have. */
SITU_API const char *situ_recursion_exit_text(uint64_t exit_code);

#ifdef __cplusplus
}
#endif

#endif /* SITU_RECURSION_H */
