/* situ/stark.h — prove and verify that tables satisfy a system of constraints.
 *
 * SYSTEM     what `airc` makes of your *.air files: tables, columns, constraints, buses (docs/air-language.md).
 * TABLE      a set of 2^h rows, h in 6..22; a table may have several instances, and one that is not used is
 *            absent.
 * SLOT       one possible instance of one table.  Slots are numbered table by table, instance by instance; every
 *            array over slots has that order.
 * STATEMENT  what a proof is about: public values, a digest of whatever else the caller wants bound, and the
 *            messages that the verifier itself puts on the buses.
 * KEY        what both sides fix beforehand: parameters, system, preprocessed columns.  The verifying key is flat
 *            bytes.
 *
 * A proof shows that the prover knew tables whose every row satisfies every constraint, with every bus
 * balanced, the verifier's messages included.  It hides nothing: opened rows and out-of-domain values speak
 * about the witness.
 *
 * MEMORY     nothing here allocates.  Sizes are pure functions, known before any work is done; blocks belong to
 *            the caller.
 * THREADS    a call uses the pool it is given; results do not depend on it, nor on the CPU level.
 */
#ifndef SITU_STARK_H
#define SITU_STARK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "situ/err.h"
#include "situ/pool.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SITU_STARK_SLOTS_MAX       160
#define SITU_STARK_LOG2_ROWS_MIN   6
#define SITU_STARK_LOG2_ROWS_MAX   22
#define SITU_STARK_LOG2_BLOWUP_MAX 4
#define SITU_STARK_QUERIES_MAX     256
#define SITU_STARK_LOG2_CAP        7 /* default */
#define SITU_STARK_BLOCK_ALIGN     64

typedef struct situ_air_system situ_air_system;               /* the verifier's view: generated, <system>.h */
typedef struct situ_air_prover_system situ_air_prover_system; /* the prover's view */

/** Parameters of the proof system; docs/security.md says which reach 128 proven bits. */
typedef struct {
    uint32_t log2_blowup;   /* 1..4                                    */
    uint32_t n_queries;     /* 1..SITU_STARK_QUERIES_MAX               */
    uint32_t grinding_bits; /* before the queries, 0..32               */
    uint32_t log2_cap;      /* digests a tree is cut at, 0..6 + blowup */
    uint32_t
        insecure; /* 1: for tests, need not reach 128 bits; a verifier that was not told to refuses; else 0 */
} situ_stark_params;

/** The parameters this project uses by default at a blowup of 2^log2_blowup, 1..4: 128 proven bits up to 2^22
 * rows (2^21 at blowup 8, 2^20 at blowup 16) and 4096 columns of one height. */
SITU_API situ_stark_params situ_stark_params_default(uint32_t log2_blowup);

/** A sum over buses that the verifier fills with its own messages; see situ_stark_bus_add. */
typedef struct situ_stark_bus_sum situ_stark_bus_sum;

/** Put one message on a bus, as if a table's row had: multiplicity +1 sends, -1 receives.
 *  values  [n_values] plain integers below p; n_values must be the bus's width (else the sum is spoilt and
 * verification fails).  So it is when multiplicities add up, by magnitude, to more than 2^20: the tables leave
 * that much room below p. */
SITU_API void situ_stark_bus_add(situ_stark_bus_sum *sum, uint32_t bus, int32_t multiplicity,
                                 const uint32_t *values, uint32_t n_values);

/** What a proof states. */
typedef struct {
    const uint32_t *publics; /* [system's number of publics], plain integers below p             */
    uint8_t claim[32];       /* digest of everything else that is public; the proof is bound to it */
    bool allow_insecure;     /* accept parameters that are marked insecure; for tests             */

    /** Adds the verifier's own messages; NULL for none.  Must depend on nothing but what `publics` and
     * `claim` bind. */
    void (*boundary)(const void *ctx, situ_stark_bus_sum *sum);
    const void *boundary_ctx;
} situ_stark_statement;

/* --- verifying
 * ------------------------------------------------------------------------------------------------------ */

/** What a proof or its key has other than the verifier's. */
typedef enum {
    SITU_STARK_SAME = 0,         /* nothing: the bytes are malformed, or false              */
    SITU_STARK_ANOTHER_VERSION,  /* of the format                                           */
    SITU_STARK_ANOTHER_SYSTEM,   /* the key is of other tables or constraints               */
    SITU_STARK_ANOTHER_PARAMS,   /* the proof was made with other parameters than its key's */
    SITU_STARK_ANOTHER_KEY,      /* the proof was made with another key                     */
    SITU_STARK_ANOTHER_SECURITY, /* the parameters reach too few bits                       */
    SITU_STARK_ANOTHER_TRUST,    /* the parameters are marked insecure                      */
} situ_stark_another;

/** Why a proof was refused: `check` for messages and tests, `another` for programs. */
typedef struct {
    const char *check;          /* constant text such as "quotient identity", never NULL */
    uint64_t offset;            /* of the bytes concerned, where that makes sense        */
    situ_stark_another another; /* not SAME whenever SITU_ERR_VERSION was returned       */
} situ_stark_reason;

/** Bytes of scratch for situ_stark_verify; a multiple of 64. */
SITU_API size_t situ_stark_verify_scratch_bytes(const situ_air_system *system);

/** Verify a proof where it lies.
 *
 *  system                     in   the tables and constraints
 *  vk [vk_bytes]              in   verifying key, trusted, 8-byte aligned
 *  statement                  in   what is claimed
 *  proof [proof_bytes]        in   hostile bytes, 8-byte aligned
 *  scratch                    in   64-byte aligned, situ_stark_verify_scratch_bytes(system) bytes
 *  reason                     out  NULL, or told why a proof was refused
 *
 *  SITU_OK           the statement is proven
 *  SITU_ERR_ARG      misaligned pointers, or a key that is malformed or does not belong to the system
 *  SITU_ERR_FORMAT   malformed bytes      SITU_ERR_VERSION  another version, other parameters or another key
 *  SITU_ERR_REJECT   well-formed, but not a proof of this statement
 *
 *  Freestanding: no allocation, no globals, at most 16 KiB of stack.
 */
SITU_API situ_err situ_stark_verify(const situ_air_system *system, const void *vk, size_t vk_bytes,
                                    const situ_stark_statement *statement, const void *proof,
                                    size_t proof_bytes, void *scratch,
                                    situ_stark_reason *reason) SITU_MUST_USE;

/** Digest of a verifying key: all that identifies system, parameters and preprocessed columns. */
SITU_API void situ_stark_vk_digest(uint8_t digest[32], const void *vk, size_t vk_bytes);

/* --- proving
 * -------------------------------------------------------------------------------------------------------- */

/** A prover's key: the preprocessed columns extended and committed.  Read-only once made; may serve many
 * proofs. */
typedef struct situ_stark_key situ_stark_key;

/** Writes the preprocessed row `row` of `table` as plain integers below p. */
typedef void situ_stark_preprocessed_fn(const void *ctx, uint32_t table, uint32_t row, uint32_t *cells);

/** Bytes of the block for situ_stark_key_make.
 *  log2_rows  [slots] heights of the tables that have preprocessed columns; others are ignored. */
SITU_API situ_err situ_stark_key_bytes(size_t *n_bytes, const situ_air_prover_system *system,
                                       const situ_stark_params *params,
                                       const uint8_t *log2_rows) SITU_MUST_USE;

/** Make a key in `block` (64-byte aligned).  *key points into the block. */
SITU_API situ_err situ_stark_key_make(situ_stark_key **key, void *block, const situ_air_prover_system *system,
                                      const situ_stark_params *params, const uint8_t *log2_rows,
                                      situ_stark_preprocessed_fn *rows, const void *rows_ctx,
                                      situ_pool *pool) SITU_MUST_USE;

/** The verifying key that belongs to `key`: flat bytes, valid as long as the key. */
SITU_API const void *situ_stark_key_vk(const situ_stark_key *key, size_t *vk_bytes);

/** A proof in the making. */
typedef struct situ_stark_prover situ_stark_prover;

/** What a proof will take, before anything is done. */
typedef struct {
    size_t block_bytes; /* memory for the prover: all of it  */
    size_t proof_bytes; /* exact                             */
    uint64_t n_cells;   /* base-field cells committed, padded */
} situ_stark_cost;

/** Cost of a proof with tables of these heights.
 *  log2_rows  [slots], 0 for an absent instance
 *
 *  SITU_ERR_ARG    a height is out of range, or differs from the key's
 *  SITU_ERR_LIMIT  more rows than the buses' multiplicities allow, or than reach 128 bits with these
 * parameters */
SITU_API situ_err situ_stark_cost_of(situ_stark_cost *cost, const situ_stark_key *key,
                                     const uint8_t *log2_rows, uint32_t n_threads) SITU_MUST_USE;

/** Open a prover in `block`, 64-byte aligned, cost.block_bytes long; the cost must have been asked for the
 * same arguments. */
SITU_API situ_err situ_stark_prover_open(situ_stark_prover **prover, void *block, const situ_stark_key *key,
                                         const uint8_t *log2_rows, uint32_t n_threads) SITU_MUST_USE;

/** Fill rows first..first + n - 1 of a slot with plain integers below p, `cells` being n rows of n_main words
 * each (the generated row struct).  Every row must be filled exactly once; any thread may fill any rows. */
SITU_API void situ_stark_put_rows(situ_stark_prover *prover, uint32_t slot, uint32_t first, uint32_t n,
                                  const uint32_t *cells);

typedef enum {
    SITU_STAGE_MAIN,
    SITU_STAGE_AUXILIARY,
    SITU_STAGE_QUOTIENT,
    SITU_STAGE_OPENINGS,
    SITU_STAGE_FRI,
    SITU_STAGE_QUERIES,
    SITU_STAGE_CHECK,
    SITU_STAGE_COUNT,
} situ_stark_stage;

/** Called at the start of each stage with the share of the work done so far, 0..1; non-zero cancels. */
typedef int situ_stark_progress(void *ctx, situ_stark_stage stage, double done);

/** Prove.  Consumes the prover: fill and open again for another proof.
 *
 *  proof [proof_bytes]   out  8-byte aligned, cost.proof_bytes
 *
 *  The proof is verified before this returns.
 *  SITU_ERR_UNSAT   the rows satisfy some constraint or balance some bus not; situ_stark_check says where
 *  SITU_ERR_CANCEL  the callback said so */
SITU_API situ_err situ_stark_prove(situ_stark_prover *prover, const situ_stark_statement *statement,
                                   void *proof, size_t proof_bytes, situ_stark_progress *progress,
                                   void *progress_ctx, situ_pool *pool) SITU_MUST_USE;

/** Seconds spent in each stage of the last situ_stark_prove on this prover. */
SITU_API const double *situ_stark_prover_seconds(const situ_stark_prover *prover);

#ifdef __cplusplus
}
#endif

#endif /* SITU_STARK_H */
