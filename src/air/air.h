/* air.h — what the AIR compiler's output is made of: shapes for the verifier, evaluators for the prover.
 *
 * A *system* is a set of tables joined by buses.  From one root .air file, airc makes
 *
 *     situ_air_system          for the verifier: shapes, interactions, evaluation over K; freestanding
 *     situ_air_prover_system   for the prover: packed evaluation, one-row evaluation, names, lookups
 *
 * The two have the same tables in the same order.  Every number in them is fixed at build time.
 *
 * EVALUATION  of one row yields, in a fixed order: each constraint's value (zero on a good row), each
 *             interaction's multiplicity (+m for send and provide, -m for receive), each interaction's tuple,
 *             one after the other.
 * ELEMENTS    columns, publics and results are in Montgomery form, except where "plain" is said.
 * BITS        of a column or public: 1..30, value < 2^bits; 0 is any field element.
 *
 * The language is described in docs/air-language.md.
 */
#ifndef SITU_AIR_AIR_H
#define SITU_AIR_AIR_H

#include "base/base.h"
#include "field/k6.h"
#include "field/kb.h"

enum {
    SITU_AIR_LEVELS = 3, /* as situ_cpu_level: scalar, avx2, avx512 */
    SITU_AIR_LANES = 16,
    SITU_AIR_RANGE_COUNTERS = 1 << 17, /* (value, bits) at 2^bits + value                 */
    SITU_AIR_RANGE_ROWS = 1 << 13,     /* each provides 16 messages                       */
    SITU_AIR_BYTE_PAIRS = 1 << 16,     /* (a, b) at a + 256 b                             */
    SITU_AIR_BYTE_ROWS = 1 << 13,      /* each provides 8 messages of every operation     */
    SITU_AIR_BYTE_OPS = 4,             /* 0 and, 1 or, 2 xor, 3 pair (c is 0)             */
    SITU_AIR_DIGEST_BYTES = 32,
    SITU_AIR_LOGUP_LISTS =
        8, /* for degrees 3, 2, 5, 4, 9, 8, 17, 16: at blowups 2, 4, 8, 16, not stacked and stacked */
};

typedef struct {
    const char *name;
    u32 width;      /* values in a message                                      */
    bool is_lookup; /* one side provides with any multiplicity, the others ask  */
    bool is_global; /* balances over all proofs of a run, challenges of its own */
} situ_air_bus;

typedef struct {
    u32 bus;          /* index into the system's buses                                                 */
    u32 first_value;  /* where its tuple starts among the table's values; the bus's width values       */
    u32 mult_max;     /* largest |multiplicity|, from the columns' types; 0 for providers              */
    u8 degree_mult;   /* total degree of the multiplicity in the columns                               */
    u8 degree_tuple;  /* largest total degree of a tuple entry; 0 when all are constant                */
    bool is_provider; /* providing side of a lookup bus                                                */
    bool is_receive;  /* the multiplicity is emitted negated                                           */
} situ_air_interaction;

/* Evaluation over K at one point.
 *
 *  pre          [n_pre]           in
 *  main         [n_main]          in
 *  publics      [n_publics]       in
 *  constraints  [n_constraints]   out
 *  mults        [n_interactions]  out
 *  values       [n_values]        out
 */
typedef void situ_air_eval_k(const k6 *pre, const k6 *main, const kb *publics, k6 *constraints, k6 *mults,
                             k6 *values);

/* The same at one point as calls of a multiply-add, for machines where that is an instruction; with the messages' denominators in the
 * LogUp argument,
 *
 *     gamma + bus + beta v_0 + beta^2 v_1 + ...
 *
 * instead of their values. */
typedef struct {
    const k6 *pre, *main, *publics; /* in */
    const k6 *beta;                 /* in: beta^i, i = 0..width of the widest bus                          */
    const k6 *bus_gamma;            /* in: gamma + bus, for each bus                                       */
    k6 *constraints;                /* out: [n_constraints]                                                */
    const k6 **mults;               /* out: [n_interactions] where they are, until any table is evaluated  */
    k6 *denominators;               /* out: [n_interactions]                                               */
} situ_air_point;

typedef void situ_air_eval_muladd(const situ_air_point *at);

/* A table as the verifier sees it. */
typedef struct {
    const char *name;
    u32 n_pre, n_main; /* columns                                     */
    u32 n_constraints;
    u32 n_interactions;
    u32 n_values;      /* sum of the interactions' widths             */
    u32 degree;        /* largest total degree of a constraint        */
    u32 max_instances; /* how many tables of this shape a proof may have */
    const situ_air_interaction *interactions;
    u32 degree_message; /* least bound on degrees that each interaction alone keeps: max(mult, tuple + 1) */
    /* LogUp groups for each degree: how many, and where each ends, or NULL, to be found out (stark/layout.h) */
    u32 n_logup_groups[SITU_AIR_LOGUP_LISTS];
    const u16 *logup_ends[SITU_AIR_LOGUP_LISTS];
    situ_air_eval_k *eval_k;           /* NULL where the next one is there */
    situ_air_eval_muladd *eval_muladd; /* NULL on most machines            */
} situ_air_table;

typedef struct situ_air_system {
    const char *name;
    u32 version;
    u32 n_tables;
    u32 n_buses;
    u32 n_publics;
    const situ_air_table *tables;
    const situ_air_bus *buses;
    const char *const *public_names;
    const u8 *public_bits;            /* the statement's author checks publics against these */
    u8 digest[SITU_AIR_DIGEST_BYTES]; /* BLAKE3 of the canonical text of tables, columns, constraints,
                                         interactions, buses */
} situ_air_system;

typedef enum {
    SITU_AIR_BIT,       /* constrained to 0 or 1                                          */
    SITU_AIR_UINT,      /* range-checked through the range bus on every row               */
    SITU_AIR_INHERITED, /* checked by whoever sent it; valid where its receive is active  */
    SITU_AIR_FIELD,     /* any field element                                              */
} situ_air_type;

typedef struct situ_air_column {
    const char *name; /* "carry", "addr.lo"; one entry per declaration         */
    u32 first;        /* index of its first element among the preprocessed or main columns */
    u32 n;            /* elements of the array; 1 for a scalar                 */
    u8 type;          /* situ_air_type                                         */
    u8 bits;
    bool is_pre;
} situ_air_column;

/* Evaluation of 16 rows at once.  Every element is a block of 16 kb, one a row, 64-byte aligned; arrays as in
 * situ_air_eval_k.  publics are single elements. */
typedef void situ_air_eval_packed(const kb *pre, const kb *main, const kb *publics, kb *constraints,
                                  kb *mults, kb *values);

/* Evaluation of one row. */
typedef void situ_air_eval_row(const kb *pre, const kb *main, const kb *publics, kb *constraints, kb *mults,
                               kb *values);

/* Where asked messages are counted.  All values are plain. */
typedef struct {
    u32 *range; /* [SITU_AIR_RANGE_COUNTERS] of the `range` bus: situ_air_range_index           */
    u32 *byte;  /* [SITU_AIR_BYTE_OPS * SITU_AIR_BYTE_PAIRS] of the `byte` bus: situ_air_byte_index */
    void *ctx;  /* messages of all other lookup buses, and range or byte messages that no row provides */
    void (*ask)(void *ctx, u32 bus, const u32 *values, u32 mult);
} situ_air_lookup_sink;

/* Count every message that these rows ask for on lookup buses, automatic range checks included.
 *
 *  pre      [n_rows * n_pre]   in      plain integers below p, as in the generated row structs
 *  main     [n_rows * n_main]  in      plain integers below p
 *  publics  [n_publics]        in      plain
 *  sink                        in/out
 */
typedef void situ_air_lookups(const u32 *pre, const u32 *main, size_t n_rows, const u32 *publics,
                              const situ_air_lookup_sink *sink);

typedef struct {
    situ_air_eval_packed
        *eval_packed[SITU_AIR_LEVELS]; /* by situ_cpu_level; NULL where the machine has no such level */
    situ_air_eval_row *eval_row;
    situ_air_lookups *lookups;
    const char *const *constraint_names;  /* [n_constraints], "add.is_sub.bit", "add.limb[2]" */
    const char *const *interaction_names; /* [n_interactions], "add.receive.program"          */
    const situ_air_column *columns;
    u32 n_columns_named;
    u64 self_test; /* situ_air_self_test() of eval_row, computed by the compiler from its own expressions */
} situ_air_prover_table;

typedef struct situ_air_prover_system {
    const situ_air_system *shape;
    const situ_air_prover_table *tables; /* [shape->n_tables] */
} situ_air_prover_system;

#endif /* SITU_AIR_AIR_H */
