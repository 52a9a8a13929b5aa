/* check.h — does a witness satisfy its system?  Every constraint on every row, every bus's balance, exactly.
 *
 * No randomness and no proof: what the prover would refuse or a verifier reject is found here with its name,
 * table and row.  For debugging a witness, for `--check`, and for tests that forge rows.
 *
 * TRACE     a list of tables; one may occur several times (instances) or not at all.  Rows are Montgomery
 * form. BALANCE   is of integers: a multiplicity of a receive counts as minus its value, of all others as
 * plus. MEMORY    allocates: one entry per distinct message in flight. COST      tens of nanoseconds per
 * constraint, about 100 per message.
 */
#ifndef SITU_AIR_CHECK_H
#define SITU_AIR_CHECK_H

#include "air/air.h"

typedef struct {
    u32 table; /* index in the system */
    u64 n_rows;
    void *ctx;
    /* Sets *pre (may stay NULL when there are no preprocessed columns) and *main to row `row`; valid until
     * the next call. */
    void (*row)(void *ctx, u64 row, const kb **pre, const kb **main);
} situ_air_trace_table;

/* A message of the verifier's own. */
typedef struct {
    u32 bus;
    u32 n; /* how often */
    bool is_receive;
    const kb *values; /* [width of the bus] */
} situ_air_boundary;

typedef struct {
    const situ_air_trace_table *tables;
    u32 n_tables;
    const situ_air_boundary *boundary;
    u32 n_boundary;
    const kb *publics;
    bool with_global; /* must global buses balance here too? */
} situ_air_trace;

/* One line for each finding, without newline. */
typedef void situ_air_report(void *ctx, const char *line);

/* Check `trace` against `system`.
 *
 *  n_found      out  findings: violated constraints (row by row), preprocessed values outside their type,
 * unbalanced messages system       in trace        in report       in   called for the first n_reports_max
 * findings; NULL for none
 *
 *  Returns  SITU_OK         checked; all is well exactly when *n_found is 0
 *           SITU_ERR_MEMORY the messages in flight do not fit memory
 */
situ_err situ_air_check(u64 *n_found, const situ_air_prover_system *system, const situ_air_trace *trace,
                        u32 n_reports_max, situ_air_report *report, void *report_ctx);

/* Are the row's preprocessed values of their columns' types?  Otherwise *bad is the first column that is not.
 */
bool situ_air_check_preprocessed(const situ_air_prover_table *t, const kb *pre, const situ_air_column **bad);

#endif /* SITU_AIR_CHECK_H */
