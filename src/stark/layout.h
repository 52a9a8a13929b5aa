/* layout.h — the shape of a proof: which columns lie in which tile of which tree, and how long everything is.
 *
 * Everything here is computed from the system, the parameters and the heights alone, by the same code for
 * prover and verifier; a proof contributes nothing but its (checked) heights.  Freestanding.
 *
 * Tables of one height form a *group*.  Each of the four trees holds, for every group, the columns of the group's tables side by side in
 * slot order, padded to whole tiles once per group:
 *
 *     preprocessed   n_pre columns a table
 *     main           n_main
 *     auxiliary      6 columns per running sum, of all tables; then 6 per committed LogUp group, table by table
 *     quotient       of the tallest group only: 6 columns per coset of its trace domain in the extended one, the quotient of all
 *                    groups on that coset, interpolated
 *
 * Six columns of the last two trees are one function with values in K, coefficient by coefficient, and opened as one.
 *
 * A short group is *stacked* at blowup 4 and above, where that saves tiles, which every query opens: m = 2^log2_stack columns of n rows become
 * one of m n.  With w of order m n, row r of the i-th of them is the value at w^(m r + i): a column C_i of the table is the function
 * x -> S(w^i x) on the points x of order n.  Of n columns (or functions over K) c = ceil(n / m) are left; column q is S_(q mod c), i = q / c.
 * Stacked columns are opened at zeta, w zeta, .. w^(m - 1) zeta, which gives every column of the tables at zeta.  Groups are in the
 * order of their heights as committed, tallest first, and no two of these are equal.
 *
 * What is opened of a group at a point has *positions* in its DEEP combination: a column of the first two trees that of its tile and lane,
 * then, each run beginning at a multiple of 16, the auxiliary functions, the quotient's, and the running sums once more, at the next row.
 */
#ifndef SITU_STARK_LAYOUT_H
#define SITU_STARK_LAYOUT_H

#include "air/air.h"
#include "base/base.h"
#include "fri/fri.h"
#include "situ/stark.h"
#include "stark/security.h"

#define SITU_STARK_GROUPS_MAX  (SITU_STARK_LOG2_ROWS_MAX - SITU_STARK_LOG2_ROWS_MIN + 1)
#define SITU_STARK_TABLES_MAX  SITU_STARK_SLOTS_MAX
#define SITU_STARK_COLUMNS_MAX 16384 /* in one group and tree: bounds every count below */
#define SITU_STARK_PUBLICS_MAX 64
#define SITU_STARK_BUSES_MAX   64
#define STARK_BOUNDARY_MAX     (1u << 20) /* messages of the verifier itself, counted with multiplicity */
#define STARK_LOG2_STACK_MAX   4
#define STARK_STACK_MAX        (1 << STARK_LOG2_STACK_MAX)
#define STARK_STACK_SHARE      3 /* of all cells, what one stacked group's constraints may cost */
#define STARK_TILE_COLUMNS     16
#define STARK_TILE_ROW_BYTES   64
#define STARK_FRI_TILES        3 /* of a row of a FRI layer */
#define STARK_FRI_ROW_BYTES    (STARK_FRI_TILES * STARK_TILE_ROW_BYTES)

typedef enum {
    STARK_TREE_PRE,
    STARK_TREE_MAIN,
    STARK_TREE_AUX,
    STARK_TREE_QUOTIENT,
    STARK_TREES,
} stark_tree_id;

typedef struct {
    u32 table;
    u32 group;          /* index of its group, if present      */
    u32 log2_rows;      /* of the table; 0 when absent         */
    u32 n_logup_groups; /* 0 when the table has no interaction */
    u32 first_column
        [STARK_TREES];    /* among its group's columns of a tree; auxiliary: of its committed LogUp groups */
    u32 sum_in_group;     /* among the group's running sums      */
    u32 first_constraint; /* exponent of alpha                   */
    u32 sum_index;        /* among the claimed sums              */
} stark_slot;

typedef struct {
    u32 log2_rows;               /* as committed: of its tables, plus log2_stack                */
    u32 log2_stack;              /* 0 when not stacked                                          */
    u32 n_columns[STARK_TREES];  /* of the tables                                               */
    u32 n_stacked[STARK_TREES];  /* the same as committed                                       */
    u32 n_tiles[STARK_TREES];    /* of these                                                    */
    u32 n_openings[STARK_TREES]; /* at each point: columns over F, functions over K; as committed */
    u32 first_value
        [STARK_TREES]; /* of the out-of-domain values: n_openings of each point, as the tables number them */
    u32 n_shifted;     /* functions with running sums in them, as committed            */
    u32 n_shifted_points;      /* of omega w^i zeta, i from 0 on: as many as have running sums */
    u32 first_shifted;         /* of their values, likewise                                    */
    u32 position[STARK_TREES]; /* of a tree's first opening in the DEEP combination           */
    u32 shifted_position;      /* of the running sums at omega zeta                           */
    u32 n_positions;
    u32 n_sums;        /* tables with a running sum                                   */
    u32 n_constraints; /* all tables' together                                        */
} stark_group;

/* One tree: its groups with any tile, tallest first. */
typedef struct {
    u32 n_groups;
    u32 group[SITU_STARK_GROUPS_MAX];
    u32 log2_rows[SITU_STARK_GROUPS_MAX]; /* of its matrices: of extended columns */
    u32 n_tiles[SITU_STARK_GROUPS_MAX];
    u32 log2_leaves;
    u32 n_tiles_all; /* tiles of an opened position, over all groups */
    u32 n_path;      /* digests of a path                            */
} stark_tree_shape;

typedef struct {
    const situ_air_system *system;
    situ_stark_params params;
    u32 n_slots, n_groups, n_sums, n_present;
    u32 n_points; /* at which groups are opened, running sums at the next row aside */
    stark_slot slots[SITU_STARK_SLOTS_MAX];
    u8 present[SITU_STARK_SLOTS_MAX]; /* [n_present] slots with a table, in order */
    stark_group groups[SITU_STARK_GROUPS_MAX];
    stark_tree_shape trees[STARK_TREES];
    situ_fri_schedule fri;

    u32 n_values;          /* out-of-domain values, shifted ones included                     */
    u32 n_tiles_max;       /* of any group, over all trees and points, those with running sums once more */
    u32 n_positions_max;   /* of any group, a multiple of 16                                  */
    u64 bytes_commitments; /* caps: main, auxiliary, quotient, FRI layers */
    u64 bytes_sums, bytes_values, bytes_final;
    u64 query_stride, bytes_queries;
    u64 proof_bytes;
} stark_layout;

/* Largest degree of a constraint at this blowup: blowup + 1. */
SITU_INLINE u32 stark_degree_max(const situ_stark_params *params) { return (1u << params->log2_blowup) + 1; }

/* And of one in a group: 1 less where stacked, since the polynomial that a constraint is divided by is then of lower degree. */
SITU_INLINE u32 stark_group_degree_max(const situ_stark_params *params, bool is_stacked)
{
    return stark_degree_max(params) - is_stacked;
}

/* Points at which a group is opened, running sums at the next row aside. */
SITU_INLINE u32 stark_n_points(const stark_group *g) { return 1u << g->log2_stack; }

/* The trees whose columns are functions over K, by sixes. */
SITU_INLINE bool stark_is_over_k(u32 tree) { return tree == STARK_TREE_AUX || tree == STARK_TREE_QUOTIENT; }

/* LogUp groups of a table: the interactions from `first` up to the returned index share one fraction
 *
 *     g prod d_i = sum_i m_i prod_{j != i} d_j
 *
 * as many as the degree allows, at least one. */
u32 stark_logup_group_end(const situ_air_table *table, u32 first, u32 degree_max);

/* The same from the table's own list, if it has one; `first` is the first interaction of `group`. */
u32 stark_next_group(const situ_air_table *table, const situ_stark_params *params, bool is_stacked, u32 group,
                     u32 first);

/* Number of such groups of a table. */
u32 stark_logup_groups(const situ_air_table *table, u32 degree_max);

/* Are parameters within their documented ranges? */
bool stark_params_valid(const situ_stark_params *params);

/* Number of slots of a system, or 0 if it exceeds a maximum or no constraint of it fits the degree. */
u32 stark_slots_of(const situ_air_system *system, const situ_stark_params *params);

/* Compute a layout.
 *   log2_rows  [slots] hostile; 0 for absent
 *
 *   SITU_ERR_ARG    the parameters or the system are unusable
 *   SITU_ERR_FORMAT a height is out of range, a table with preprocessed columns is absent, or nothing is
 * present SITU_ERR_LIMIT  some bus could wrap modulo p
 */
situ_err stark_layout_make(stark_layout *layout, const situ_air_system *system,
                           const situ_stark_params *params, const u8 *log2_rows) SITU_MUST_USE;

/* log2 of the tallest trace and of the tallest extended domain. */
SITU_INLINE u32 stark_log2_rows_max(const stark_layout *l) { return l->groups[0].log2_rows; }
SITU_INLINE u32 stark_log2_domain(const stark_layout *l)
{
    return l->groups[0].log2_rows + l->params.log2_blowup;
}

/* What the security of proofs of this shape depends on. */
situ_security_params stark_layout_security(const stark_layout *l);

/* Do proofs of this shape reach the target of proven bits?  VERSION when not; parameters marked insecure are
 * not asked. */
situ_err stark_layout_check_security(const stark_layout *l) SITU_MUST_USE;

/* Digests in a tree's cap. */
SITU_INLINE u32 stark_cap_digests(const stark_layout *l) { return 1u << l->params.log2_cap; }

#endif /* SITU_STARK_LAYOUT_H */
