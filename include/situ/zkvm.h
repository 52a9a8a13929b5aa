/* situ/zkvm.h — prove that a RISC-V program ran and printed what it printed, and verify that.
 *
 * CLAIM      "the program of this verifying key halted with this exit code, and this is its public output": for
 *            some private input.  Nothing else is said, about the input in particular; nor is the input hidden
 *            (docs/security.md).
 * KEY        what follows from the program and the parameters alone.  A verifying key is flat bytes, identified
 *            by its digest; who verifies must have the digest, the key or the program from somewhere else than
 *            the proof.
 * PROOF      flat bytes, 8-byte aligned, verified where they lie; they hold claim, key and argument.
 * ERRORS     functions with a `message` explain a failure there in one line.
 */
#ifndef SITU_ZKVM_H
#define SITU_ZKVM_H

#include "situ/stark.h"
#include "situ/vm.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SITU_ZKVM_DIGEST_BYTES 32

/** Public output of one proof, at most. */
#define SITU_ZKVM_OUTPUT_BYTES_MAX 1000000

/* --- verifying ------------------------------------------------------------------------------------------ */

/** What a proof claims.  Pointers lead into the proof. */
typedef struct {
    uint64_t exit_code;
    const uint8_t *output; /* [n_output] */
    size_t n_output;
    const void *vk; /* [vk_bytes] the verifying key it was made with */
    size_t vk_bytes;
    uint8_t vk_digest[SITU_ZKVM_DIGEST_BYTES];
    uint8_t program_digest[SITU_ZKVM_DIGEST_BYTES]; /* as the key says; trust it as far as the key */
    situ_stark_params params;
    const void *argument; /* [argument_bytes] the proof proper, of situ/stark.h */
    size_t argument_bytes;
} situ_zkvm_claim;

/** Read what a proof claims.  Nothing is verified.
 *
 *  SITU_ERR_FORMAT, SITU_ERR_VERSION; *reason says where. */
SITU_API situ_err situ_zkvm_read(situ_zkvm_claim *claim, const void *proof, size_t n_bytes,
                                 situ_stark_reason *reason) SITU_MUST_USE;

/** Bytes of scratch for situ_zkvm_verify, 64-byte aligned. */
SITU_API size_t situ_zkvm_verify_scratch_bytes(void);

/** What the verifier knows beforehand. */
typedef struct {
    uint8_t vk_digest[SITU_ZKVM_DIGEST_BYTES];
    uint64_t exit_code;
    bool allow_insecure; /* accept parameters marked insecure; for tests */
} situ_zkvm_expected;

/** Verify a proof where it lies.
 *
 *  claim     out  what was proven; meaningful on SITU_OK only
 *  expected  in
 *  proof     in   hostile bytes, 8-byte aligned
 *  scratch   in   64-byte aligned
 *  reason    out  NULL, or which check refused
 *
 *  SITU_ERR_VERSION  another key, or parameters that are not accepted
 *  SITU_ERR_REJECT   another exit code, or no proof of the claim
 *  SITU_ERR_FORMAT, SITU_ERR_ARG as situ_stark_verify
 *
 *  Freestanding: no allocation, no globals. */
SITU_API situ_err situ_zkvm_verify(situ_zkvm_claim *claim, const situ_zkvm_expected *expected,
                                   const void *proof, size_t n_bytes, void *scratch,
                                   situ_stark_reason *reason) SITU_MUST_USE;

/** Verify what situ_zkvm_read has read from a proof: the claim holds for the program of the claim's own key.
 * Whether that is the right key, and the exit code the right one, the caller decides.
 *
 *  claim, scratch, reason, errors  as situ_zkvm_verify
 *
 *  Freestanding. */
SITU_API situ_err situ_zkvm_verify_claim(const situ_zkvm_claim *claim, bool allow_insecure, void *scratch,
                                         situ_stark_reason *reason) SITU_MUST_USE;

/** Digest of a verifying key. */
SITU_API void situ_zkvm_vk_digest(uint8_t digest[SITU_ZKVM_DIGEST_BYTES], const void *vk, size_t vk_bytes);

/** Parameters and program digest of a verifying key, whose form is checked.  SITU_ERR_FORMAT, SITU_ERR_VERSION. */
SITU_API situ_err situ_zkvm_vk_read(situ_stark_params *params, uint8_t program_digest[SITU_ZKVM_DIGEST_BYTES],
                                    const void *vk, size_t vk_bytes) SITU_MUST_USE;

/* --- keys ----------------------------------------------------------------------------------------------- */

/** Preprocessed tables of a program, committed.  Serves any number of proofs, one at a time per thread. */
typedef struct situ_zkvm_key situ_zkvm_key;

/** Make the key of a program, which must outlive it.
 *
 *  SITU_ERR_LIMIT  more instructions or image words than a table has rows (2^22)
 *  SITU_ERR_ARG    unusable parameters      SITU_ERR_MEMORY */
SITU_API situ_err situ_zkvm_key_create(situ_zkvm_key **key, const situ_program *program,
                                       const situ_stark_params *params, situ_pool *pool,
                                       char message[SITU_MESSAGE_BYTES]) SITU_MUST_USE;

/** NULL is allowed. */
SITU_API void situ_zkvm_key_destroy(situ_zkvm_key *key);

/** The verifying key: flat bytes, valid as long as `key`. */
SITU_API const void *situ_zkvm_key_vk(const situ_zkvm_key *key, size_t *vk_bytes);

/* --- proving -------------------------------------------------------------------------------------------- */

/** A run, recorded and ready to be proven. */
typedef struct situ_zkvm_run situ_zkvm_run;

/** Run the key's program to its end and record it.
 *
 *  report  out  NULL, or what the run came to, also when it trapped; pointers live as long as the run, and are
 *               NULL when there is none
 *
 *  SITU_ERR_UNSAT   the program trapped: no proof of that
 *  SITU_ERR_LIMIT   the input is too long, the run does not fit one segment, or it prints too much
 *  SITU_ERR_MEMORY */
SITU_API situ_err situ_zkvm_run_create(situ_zkvm_run **run, const situ_zkvm_key *key, const void *input,
                                       size_t n_input, situ_run_report *report,
                                       char message[SITU_MESSAGE_BYTES]) SITU_MUST_USE;

/** NULL is allowed. */
SITU_API void situ_zkvm_run_destroy(situ_zkvm_run *run);

/** What proving a run will take. */
typedef struct {
    size_t memory_bytes; /* most at one time: key, record, prover */
    size_t proof_bytes;  /* exact                                 */
    uint64_t n_cells;    /* committed, padded                     */
} situ_zkvm_cost;

SITU_API situ_err situ_zkvm_cost_of(situ_zkvm_cost *cost, const situ_zkvm_run *run,
                                    uint32_t n_threads) SITU_MUST_USE;

/** Rows of table `table`, and the heights (log2) of its up to `n_max` instances; the number of instances used is
 * returned, and *name set, NULL behind the last table. */
SITU_API uint32_t situ_zkvm_run_table(const situ_zkvm_run *run, uint32_t table, const char **name,
                                      uint64_t *n_rows, uint8_t *log2_rows, uint32_t n_max);

/** Stages of proving: filling the tables, then those of situ/stark.h. */
#define SITU_ZKVM_STAGES (1 + SITU_STAGE_COUNT)
SITU_API const char *situ_zkvm_stage_name(uint32_t stage);

/** Called at the start of each stage with the share of the work done so far; non-zero cancels. */
typedef int situ_zkvm_progress(void *ctx, uint32_t stage, double done);

/** Prove a run.
 *
 *  proof    [proof_bytes]        out  8-byte aligned, as situ_zkvm_cost_of says
 *  seconds  [SITU_ZKVM_STAGES]   out  time spent; NULL is allowed
 *
 *  The proof is verified before this returns.
 *  SITU_ERR_UNSAT  a fault of this program; situ_zkvm_run_check says where
 *  SITU_ERR_CANCEL, SITU_ERR_MEMORY, SITU_ERR_ARG */
SITU_API situ_err situ_zkvm_prove(situ_zkvm_run *run, void *proof, size_t proof_bytes, double *seconds,
                                  situ_zkvm_progress *progress, void *progress_ctx,
                                  situ_pool *pool) SITU_MUST_USE;

/** One finding of the checker: table, row, constraint and values, or a message without partner. */
typedef void situ_zkvm_report_fn(void *ctx, const char *line);

/** Evaluate every constraint on every row of the run and every bus's balance, without proving.
 *
 *  n_found  out  findings; the first n_reports_max are reported
 *
 *  SITU_ERR_MEMORY */
SITU_API situ_err situ_zkvm_run_check(uint64_t *n_found, const situ_zkvm_run *run, uint32_t n_reports_max,
                                      situ_zkvm_report_fn *report, void *report_ctx,
                                      situ_pool *pool) SITU_MUST_USE;

#ifdef __cplusplus
}
#endif

#endif /* SITU_ZKVM_H */
