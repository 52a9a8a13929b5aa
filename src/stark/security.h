/* security.h — how many bits of soundness a set of parameters has, proven; docs/security.md has the argument.
 *
 * Two parts.  The accounting (security.c, floating point, host only) gives the error of every round of the
 * protocol.  The verifier, which has no floating point, compares with a fixed table of parameters
 * (security_table.c, freestanding), and a test keeps the table true to the accounting.
 *
 * BITS   -log2 of a round's error, after its grinding.  A proof's security is the least of its rounds': the
 * Fiat-Shamir transform is as sound as the weakest round (round-by-round soundness), and a hash of 256 bits
 * adds a bound of 128.
 */
#ifndef SITU_STARK_SECURITY_H
#define SITU_STARK_SECURITY_H

#include "base/base.h"
#include "fri/fri.h"

#define SITU_SECURITY_TARGET 128

/* Limits under which every row of the table reaches the target. */
#define SITU_SECURITY_GRINDING         20
#define SITU_SECURITY_COLUMNS_MAX      4096 /* 16^3: three levels of powers below 16 */
#define SITU_SECURITY_POINTS_MAX       48
#define SITU_SECURITY_CONSTRAINTS_MAX  65536
#define SITU_SECURITY_BUS_MESSAGES_MAX (UINT64_C(1) << 40) /* rows times interactions, all tables */
#define SITU_SECURITY_TUPLE_MAX        128

/* What the errors depend on. */
typedef struct {
    u32 log2_blowup;       /* 1..4                                                               */
    u32 heights;           /* bit h: there are tables of 2^h rows; at most 22, at least 6            */
    u32 n_columns;         /* positions of one DEEP combination                                   */
    u32 n_points;          /* DEEP combinations: each height's, several where stacked; 0: one a height */
    u32 n_constraints;     /* combined by powers of alpha                                        */
    u32 constraint_degree; /* largest total degree, at most 2^log2_blowup + 1                    */
    u64 n_bus_messages;    /* sum over tables of rows times interactions                         */
    u32 tuple_width;       /* widest bus, at least 2: the error of zero denominators             */
    u32 n_queries;
    u32 grinding; /* bits before the queries */
} situ_security_params;

/* One row per blowup. */
typedef struct {
    u32 log2_blowup;
    u32 n_queries;    /* at SITU_SECURITY_GRINDING bits of grinding                                */
    u32 multiplicity; /* m: how near the Johnson radius the argument goes; not part of the protocol */
    u32 log2_rows_max;
} situ_security_row;

/* The row for a blowup of 2^log2_blowup; NULL outside 1..4.  Freestanding. */
const situ_security_row *situ_security_row_for(u32 log2_blowup);

/* Do the parameters keep to the table, so that they have SITU_SECURITY_TARGET bits?  Freestanding, integers
 * only.
 *
 *  SITU_ERR_VERSION  they do not */
situ_err situ_security_check(const situ_security_params *params) SITU_MUST_USE;

/* --- accounting: host only
 * ------------------------------------------------------------------------------------- */

typedef enum {
    SITU_REGIME_JOHNSON, /* list decoding up to 1 - sqrt(rate) - sqrt(rate) / (2 m) */
    SITU_REGIME_UNIQUE,  /* unique decoding: half the distance                      */
} situ_security_regime;

typedef enum {
    SITU_BATCHING_LEVELS, /* three levels of powers below 16: the protocol */
    SITU_BATCHING_POWERS, /* powers of one challenge, for comparison       */
} situ_security_batching;

#define SITU_SECURITY_ROUNDS_MAX (8 + SITU_FRI_LAYERS_MAX)

typedef struct {
    char name[40];
    double bits;
} situ_security_round;

typedef struct {
    situ_security_regime regime;
    u32 multiplicity; /* of the Johnson regime */
    double radius;    /* theta                 */
    double list_size; /* L                     */
    u32 n_rounds;
    situ_security_round rounds[SITU_SECURITY_ROUNDS_MAX];
    double total; /* the least of the rounds */
} situ_security_report;

/* Bits of every round.
 *
 *  SITU_ERR_ARG  heights or blowup that situ_fri_schedule_make refuses, a count that is zero, multiplicity
 * below 3 */
situ_err situ_security_account(situ_security_report *report, const situ_security_params *params,
                               situ_security_regime regime, u32 multiplicity,
                               situ_security_batching batching) SITU_MUST_USE;

/* log2 |K|. */
double situ_security_log2_field(void);

const char *situ_security_regime_name(situ_security_regime regime);

#endif /* SITU_STARK_SECURITY_H */
