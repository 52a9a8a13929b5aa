/* main.c — the verifier as a guest: a proof of a run, verified inside the VM where it lies in the input.
 *
 * INPUT    a recursion blob (situ/recursion.h): a prefix of 16 bytes, then a proof as `situ prove` writes it
 * OUTPUT   digest of the verifying key of the inner program, 32 bytes; its exit code, 8 bytes, little-endian;
 *          its public output
 * EXIT     0 when the proof was verified, else the reason: SITU_RECURSION_... ; then nothing is output
 *
 * What the inner program was the output says; whether that is the right one, who verifies the outer proof must
 * ask.  The inner parameters are part of the key and so of its digest.
 *
 * The guest proper refuses proofs made with parameters marked insecure.  Compiled with
 * SITU_RECURSION_ACCEPT_INSECURE it accepts no others: two programs with two keys, so no proof of one passes for
 * a proof of the other.
 */
#include <situ/guest.h>

#include "base/base.h"
#include "situ/recursion.h"
#include "situ/zkvm.h"
#include "stark/steps.h"

#if defined(SITU_RECURSION_ACCEPT_INSECURE)
enum { WANT_INSECURE = 1 };
#else
enum { WANT_INSECURE = 0 };
#endif

extern u8 _heap_start[]; /* guest.ld: zeros up to the stack's guard */

static int check_prefix(const u8 *input, size_t n_bytes)
{
    const situ_recursion_prefix *p = (const void *)input;
    if (n_bytes < sizeof *p || p->magic != SITU_RECURSION_MAGIC) return SITU_RECURSION_PREFIX;
    if (p->version != SITU_RECURSION_VERSION) return SITU_RECURSION_PREFIX_VERSION;
    if (p->reserved != 0) return SITU_RECURSION_PREFIX_RESERVED;
    return SITU_RECURSION_VERIFIED;
}

static int explain(situ_err err, const situ_stark_reason *reason)
{
    situ_print("verifier: ");
    situ_print(reason->check);
    situ_print("\n");
    switch (reason->another) {
    case SITU_STARK_ANOTHER_VERSION: return SITU_RECURSION_PROOF_VERSION;
    case SITU_STARK_ANOTHER_SYSTEM: return SITU_RECURSION_SYSTEM;
    case SITU_STARK_ANOTHER_PARAMS: return SITU_RECURSION_PARAMS;
    case SITU_STARK_ANOTHER_KEY: return SITU_RECURSION_DIGEST;
    case SITU_STARK_ANOTHER_SECURITY: return SITU_RECURSION_SECURITY;
    case SITU_STARK_ANOTHER_TRUST: return SITU_RECURSION_INSECURE;
    case SITU_STARK_SAME: break;
    }
    switch (err) {
    case SITU_ERR_FORMAT: return SITU_RECURSION_FORMAT;
    case SITU_ERR_REJECT: return SITU_RECURSION_REJECTED;
    default: return SITU_RECURSION_KEY;
    }
}

int main(void)
{
    const u8 *input;
    size_t n_bytes;
    situ_zkvm_claim claim;
    situ_stark_reason reason;

    VERIFIER_STEP(VERIFIER_DECODE);
    read_input(&input, &n_bytes);
    int status = check_prefix(input, n_bytes);
    if (status != SITU_RECURSION_VERIFIED) return status;
    situ_err err = situ_zkvm_read(&claim, input + sizeof(situ_recursion_prefix),
                                  n_bytes - sizeof(situ_recursion_prefix), &reason);
    if (err) return explain(err, &reason);
    if (claim.params.insecure != WANT_INSECURE) return SITU_RECURSION_INSECURE;

    void *scratch = (void *)u64_align_up((uintptr_t)_heap_start, 64);
    err = situ_zkvm_verify_claim(&claim, WANT_INSECURE, scratch, &reason);
    if (err) return explain(err, &reason);

    VERIFIER_STEP(VERIFIER_OUTPUT);
    write_output(claim.vk_digest, sizeof claim.vk_digest);
    write_output((const u8 *)&claim.exit_code, sizeof claim.exit_code);
    write_output(claim.output, claim.n_output);
    return SITU_RECURSION_VERIFIED;
}
