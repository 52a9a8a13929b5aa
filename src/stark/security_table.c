/* security_table.c — the parameters that reach the target, see security.h.  Freestanding. */
#include "stark/security.h"

/* tests/test_security.c recomputes each row: the fewest queries for its multiplicity, and every round at the
 * limits of security.h at SITU_SECURITY_TARGET bits or more. */
static const situ_security_row rows[] = {
    {1, 224, 42, 22},
    {2, 111, 27, 22},
    {3, 74, 18, 21},
    {4, 55, 20, 20},
};

_Static_assert(SITU_ARRAY_LEN(rows) == SITU_FRI_LOG2_BLOWUP_MAX, "one row per blowup");

const situ_security_row *situ_security_row_for(u32 log2_blowup)
{
    return log2_blowup >= 1 && log2_blowup <= SITU_ARRAY_LEN(rows) ? &rows[log2_blowup - 1] : NULL;
}

situ_err situ_security_check(const situ_security_params *params)
{
    const situ_security_row *row = situ_security_row_for(params->log2_blowup);
    bool ok = row != NULL && params->n_queries >= row->n_queries &&
              params->grinding >= SITU_SECURITY_GRINDING && params->heights != 0 &&
              params->heights < 2u << row->log2_rows_max && params->n_columns <= SITU_SECURITY_COLUMNS_MAX &&
              params->n_points <= SITU_SECURITY_POINTS_MAX &&
              params->n_constraints <= SITU_SECURITY_CONSTRAINTS_MAX &&
              params->constraint_degree <= (1u << params->log2_blowup) + 1 &&
              params->n_bus_messages <= SITU_SECURITY_BUS_MESSAGES_MAX &&
              params->tuple_width <= SITU_SECURITY_TUPLE_MAX;
    return ok ? SITU_OK : SITU_ERR_VERSION;
}
