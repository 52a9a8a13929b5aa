/* layout.h — the shape of a proof: which columns lie in which tile of which tree, and how long everything is.
 *
 * Everything here is computed from the system, the parameters and the heights alone, by the same code for
 * prover and verifier; a proof contributes nothing but its (checked) heights.  Freestanding.
 *
 * Tables of one height form a *group*; groups are ordered tallest first.  Each of the four trees holds, for
 * every group, the columns of the group's tables side by side in slot order, padded to whole tiles once per
 * group:
 *
 *     preprocessed   n_pre columns a table
 *     main           n_main
 *     auxiliary      6 columns per running sum, of all tables; then 6 per committed LogUp group, table by table
 *     quotient       of the tallest group only: 6 columns per coset of its trace domain in the extended one, the quotient of all
 *                    groups on that coset, interpolated
 *
 * Six columns of the last two trees are one function with values in K, coefficient by coefficient, and opened as one.
 *
 * What is opened of a group has *positions* in its DEEP combination: a column of the first two trees that of its tile and lane, then,
 * each run beginning at a multiple of 16, the auxiliary functions, the quotient's, and the running sums once more, at the next row.
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
    u32 log2_rows;      /* 0 when absent                       */
    u32 n_logup_groups; /* 0 when the table has no interaction */
    u32 first_column
        [STARK_TREES];    /* among its group's columns of a tree; auxiliary: of its committed LogUp groups */
    u32 sum_in_group;     /* among the group's running sums      */
    u32 first_constraint; /* exponent of alpha                   */
    u32 sum_index;        /* among the claimed sums              */
} stark_slot;

typedef struct {
    u32 log2_rows;
    u32 n_columns[STARK_TREES];
    u32 n_tiles[STARK_TREES];
    u32 n_openings[STARK_TREES];  /* values at zeta: of columns over F, of functions over K      */
    u32 first_value[STARK_TREES]; /* of them among the out-of-domain values                      */
    u32 first_shifted;            /* of its running sums at omega zeta, likewise                 */
    u32 position[STARK_TREES];    /* of a tree's first opening in the DEEP combination           */
    u32 shifted_position;         /* of the running sums at omega zeta                           */
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
    stark_slot slots[SITU_STARK_SLOTS_MAX];
    u8 present[SITU_STARK_SLOTS_MAX]; /* [n_present] slots with a table, in order */
    stark_group groups[SITU_STARK_GROUPS_MAX];
    stark_tree_shape trees[STARK_TREES];
    situ_fri_schedule fri;

    u32 n_values;          /* out-of-domain values, shifted ones included                     */
    u32 n_tiles_max;       /* of any group, over all trees, those with running sums once more */
    u32 n_positions_max;   /* of any group, a multiple of 16                                  */
    u64 bytes_commitments; /* caps: main, auxiliary, quotient, FRI layers */
    u64 bytes_sums, bytes_values, bytes_final;
    u64 query_stride, bytes_queries;
    u64 proof_bytes;
} stark_layout;

/* Largest degree of a constraint at this blowup: blowup + 1. */
SITU_INLINE u32 stark_degree_max(const situ_stark_params *params) { return (1u << params->log2_blowup) + 1; }

/* LogUp groups of a table: the interactions from `first` up to the returned index share one fraction
 *
 *     g prod d_i = sum_i m_i prod_{j != i} d_j
 *
 * as many as the degree allows, at least one. */
u32 stark_logup_group_end(const situ_air_table *table, u32 first, u32 degree_max);

/* The same from the table's own list, if it has one; `first` is the first interaction of `group`. */
u32 stark_next_group(const situ_air_table *table, const situ_stark_params *params, u32 group, u32 first);

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
