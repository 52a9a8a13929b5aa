/* verifier.h — private: a verification in progress, and its parts.
 *
 *     verify.c              key, archive, transcript; the order of everything
 *     verify_constraints.c  bus balance and quotient identity, at zeta
 *     verify_queries.c      openings, DEEP combinations, FRI
 */
#ifndef SITU_STARK_VERIFIER_H
#define SITU_STARK_VERIFIER_H

#include "hash/merkle.h"
#include "stark/archive.h"
#include "stark/protocol.h"
#include "stark/steps.h"
#include "stark/weigh.h"

/* A denominator at the points x = 3 y, as slope y + constant. */
typedef struct {
    k6 slope, constant;
} verifier_denominator;

/* A stacked group's DEEP combination for some of its points z_i and their powers mu_i of mu: R being the weighted sum of a row and V_i
 * that of the values at z_i,
 *
 *     sum of mu_i (R - V_i) / (z_i - x)  =  (R a(t) - b(t)) / d(t),    t = -x
 *
 * by polynomials over K, lowest coefficient first; d's degree is the number of points. */
typedef struct {
    k6 a[STARK_STACK_MAX + 2], b[STARK_STACK_MAX + 2], d[STARK_STACK_MAX + 2];
    k6 zero;
    u32 degree;
} verifier_sum_of_points;

typedef struct {
    verifier_sum_of_points here, next; /* at w^i zeta, and at the next row */
} verifier_points;

/* What a group's DEEP combination has that does not depend on the query.  The denominators are mu^-g (zeta - x) and mu^-g (omega zeta - x)
 * for group g and its zeta, the second one times start.next_divisor. */
typedef struct {
    stark_weigh_start start;
    verifier_denominator at_zeta, at_next;
    const verifier_points *points; /* instead of these, where the group is stacked         */
    u32 row[STARK_TREES];          /* bytes before its opened rows in the record of a query */
    u32 n_squarings;               /* between y of the group before and this one's          */
} verifier_group;

enum { POINT_BITS = 4, POINT_PARTS = (KB_TWO_ADICITY + POINT_BITS - 1) / POINT_BITS };

/* Everything that outlives one function; lives at the start of the caller's scratch. */
typedef struct {
    stark_layout layout;
    situ_transcript transcript;
    stark_challenges challenges;
    situ_stark_reason *reason;

    const stark_header *header;
    const u8 *section[STARK_SECTIONS];
    const u8 (*cap[STARK_TREES])[32];
    const u8 (*fri_cap[SITU_FRI_LAYERS_MAX])[32];
    const k6 *sums, *values, *final;

    k6 fri_challenge[SITU_FRI_LAYERS_MAX];
    verifier_group groups[SITU_STARK_GROUPS_MAX];
    verifier_points stacked[SITU_STARK_GROUPS_MAX];
    situ_merkle_opening trees[STARK_TREES]; /* those that there are */
    u32 n_trees;
    u32 fri_at;                              /* where FRI's part of a query's record begins, in bytes */
    kb points[POINT_PARTS][1 << POINT_BITS]; /* factors of a point, for four bits of its index each     */
    stark_weights weights;
    k6 bus_gamma[SITU_STARK_BUSES_MAX]; /* gamma + bus                                           */
    k6 publics_k[SITU_STARK_PUBLICS_MAX];
    k6 *beta;             /* [widest bus + 1] powers                               */
    situ_air_point point; /* one table at zeta: constraints and messages           */
    k6 *mults, *tuples;   /* of messages, where their evaluator gives these        */
} verifier;

SITU_INLINE u64 offset_in(const verifier *v, const void *at)
{
    return (u64)((const u8 *)at - (const u8 *)v->header);
}

SITU_INLINE situ_err refuse(const verifier *v, situ_err err, const char *check, u64 offset)
{
    if (v->reason) *v->reason = (situ_stark_reason){check, offset, SITU_STARK_SAME};
    return err;
}

SITU_INLINE situ_err refuse_another(const verifier *v, situ_stark_another another, const char *check,
                                    u64 offset)
{
    if (v->reason) *v->reason = (situ_stark_reason){check, offset, another};
    return SITU_ERR_VERSION;
}

/* The claimed sums and the statement's own messages balance. */
situ_err stark_check_sums(const verifier *v, const situ_stark_statement *statement) SITU_MUST_USE;

/* The constraints hold at zeta. */
situ_err stark_check_quotient(verifier *v, const kb *publics) SITU_MUST_USE;

/* What is opened is what was committed, and everything opened is of low degree. */
situ_err stark_check_queries(verifier *v) SITU_MUST_USE;

#endif /* SITU_STARK_VERIFIER_H */
