/* prover.h — private: a proof in the making, and where everything of it lies in the caller's block.
 *
 * The block has a lasting part (extended columns, trees) and an overlay that serves three times: for the
 * traces until the auxiliary columns are made, for the quotients' values, and for codewords and FRI layers.
 */
#ifndef SITU_STARK_PROVER_H
#define SITU_STARK_PROVER_H

#include "fri/codeword.h"
#include "ntt/ntt.h"
#include "stark/group_job.h"
#include "stark/key.h"
#include "stark/protocol.h"
#include "stark/tree.h"

struct situ_stark_prover {
    const situ_stark_key *key;
    stark_layout layout;
    u8 log2_rows[SITU_STARK_SLOTS_MAX];
    u32 n_threads;
    double seconds[SITU_STAGE_COUNT];

    /* lasting */
    stark_matrix extended[STARK_TREES][SITU_STARK_GROUPS_MAX]; /* preprocessed ones borrowed from the key */
    situ_merkle trees[STARK_TREES];
    void *tree_memory[STARK_TREES];
    situ_ntt_plan ntt;
    void *ntt_memory;
    group_scratch *scratch; /* [n_threads] */
    k6 *alpha_powers;       /* [largest n_constraints of a group] */
    k6 *beta_powers;        /* [STARK_WIDTH_MAX + 1] */
    k6 *position_weights;   /* [n_positions_max] */
    k6 (*lane_weights)[16]; /* [n_tiles_max] weights of each lane in the DEEP combination */
    const kb **deep_tiles;  /* [n_tiles_max] */
    void *verify_scratch;

    /* overlay, until the auxiliary columns are made */
    stark_matrix trace[SITU_STARK_GROUPS_MAX]; /* of the tables' own columns */
    stark_matrix
        aux_trace[SITU_STARK_GROUPS_MAX]; /* likewise, of stacked groups; others have it in their extension */
    k6 *totals[SITU_STARK_SLOTS_MAX];     /* [sums][rows] */

    /* overlay, for the quotient: of each group and all shorter ones together */
    stark_matrix quotient[SITU_STARK_GROUPS_MAX];

    /* overlay, openings and FRI */
    kb *ood_weights;
    k6 *ood_values; /* [16 n_tiles_max] */
    void *kernel_scratch;
    situ_fri_codeword deep[SITU_STARK_GROUPS_MAX];
    situ_fri_codeword
        layers[SITU_FRI_LAYERS_MAX +
               1]; /* the first is deep[0], where the others were lifted to; the last a plain array */
    situ_merkle fri_trees[SITU_FRI_LAYERS_MAX];
    const u32 *fri_tiles[SITU_FRI_LAYERS_MAX][STARK_FRI_TILES];
    void *fri_tree_memory[SITU_FRI_LAYERS_MAX];

    /* during situ_stark_prove */
    const situ_stark_statement *statement;
    situ_pool *pool;
    situ_stark_progress *progress;
    void *progress_ctx;
    double stage_start;
    situ_transcript transcript;
    stark_challenges challenges;
    kb publics[SITU_STARK_PUBLICS_MAX];
    k6 means[SITU_STARK_SLOTS_MAX];                             /* claimed sum / rows, by sum index */
    u8 *header, *commitments, *sums, *values, *final, *queries; /* into the caller's proof */
};

/* What situ_stark_prove does before the first stage: take the arguments, write the header. */
situ_err stark_prover_begin(situ_stark_prover *p, const situ_stark_statement *statement, void *proof,
                            size_t proof_bytes, situ_pool *pool) SITU_MUST_USE;

/* Stages, in order; each draws what it needs from the transcript and writes its part of the proof. */
situ_err stark_prove_main(situ_stark_prover *p);
situ_err stark_prove_auxiliary(situ_stark_prover *p);
situ_err stark_prove_quotient(situ_stark_prover *p);
situ_err stark_prove_openings(situ_stark_prover *p); /* values, then the lambdas        */
void stark_prove_deep(situ_stark_prover *p);         /* the groups' codewords, and their sum in the first */
situ_err stark_prove_fri(situ_stark_prover *p);      /* layers, final polynomial, nonce */
situ_err stark_prove_queries(situ_stark_prover *p);

/* Tiles of a group's columns of a tree as the tables have them, not stacked. */
SITU_INLINE u32 stark_trace_tiles(const stark_group *g, u32 tree)
{
    return (g->n_columns[tree] + STARK_TILE_COLUMNS - 1) / STARK_TILE_COLUMNS;
}

SITU_INLINE u32 stark_log2_trace_rows(const stark_group *g) { return g->log2_rows - g->log2_stack; }

/* Announce a stage; CANCEL when the callback says so. */
situ_err stark_enter_stage(situ_stark_prover *p, situ_stark_stage stage);

/* Write a cap behind the commitments so far and absorb it. */
void stark_commit(situ_stark_prover *p, stark_absorb label, const situ_merkle *tree);

#endif /* SITU_STARK_PROVER_H */
