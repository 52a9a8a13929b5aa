/* security.c — errors of the rounds, see security.h; formulas and sources in docs/security.md. */
#include "stark/security.h"

#include <math.h>
#include <stdio.h>

#define HASH_BITS 128 /* collisions of a 256-bit digest */

/* What all rounds of one account share. */
typedef struct {
    const situ_security_params *params;
    double rate, radius, list_size;
    double m_half; /* m + 1/2; 0 in the unique regime */
    situ_security_report *report;
} account;

double situ_security_log2_field(void) { return K6_DEGREE * log2((double)KB_P); }

const char *situ_security_regime_name(situ_security_regime regime)
{
    return regime == SITU_REGIME_JOHNSON ? "Johnson" : "unique decoding";
}

static void add_round(account *a, const char *name, double bits)
{
    situ_security_round *round = &a->report->rounds[a->report->n_rounds++];
    snprintf(round->name, sizeof round->name, "%s", name);
    round->bits = bits;
    if (bits < a->report->total) a->report->total = bits;
}

/* log2 of the number of challenges that may make two words of dimension 2^log2_rows agree with the code
 * without agreeing together. */
static double log2_exceptional(const account *a, u32 log2_rows)
{
    const double n = ldexp(1 / a->rate, (int)log2_rows), root = sqrt(a->rate), m = a->m_half;
    if (m == 0) return log2(n);
    return log2((2 * pow(m, 5) + 3 * m * a->radius * a->rate) * n / (3 * a->rate * root) + m / root);
}

static double combination_bits(const account *a, u32 log2_rows, double n_combinations)
{
    return situ_security_log2_field() - log2_exceptional(a, log2_rows) - log2(n_combinations);
}

/* Degree of the combination of the columns, summed over the levels. */
static double batching_factor(u32 n_columns, situ_security_batching batching)
{
    if (batching == SITU_BATCHING_POWERS) return n_columns > 1 ? n_columns - 1 : 1;
    u32 levels = 1;
    while (levels < 3 && n_columns > 1u << (4 * levels)) levels++;
    return 15 * levels;
}

/* All heights are lifted to the tallest domain; the combinations of all their points, with the same challenges, are combined by powers of
 * one more. */
static double batching_bits(const account *a, u32 log2_rows_max, situ_security_batching batching)
{
    const u32 n_heights = (u32)__builtin_popcount(a->params->heights);
    const double n_more = (double)u64_max(n_heights, a->params->n_points) - 1;
    return combination_bits(a, log2_rows_max, batching_factor(a->params->n_columns, batching) + n_more);
}

static void add_folds(account *a, const situ_fri_schedule *schedule)
{
    for (u32 i = 0; i < schedule->n_layers; i++) {
        const u32 log2_after = situ_fri_log2_size(schedule, i + 1) - schedule->log2_blowup;
        char name[40];
        snprintf(name, sizeof name, "fold %u: 2^%u to 2^%u", i + 1, log2_after + SITU_FRI_LOG2_FOLD,
                 log2_after);
        add_round(a, name, combination_bits(a, log2_after, SITU_FRI_FOLD - 1));
    }
}

static void add_rounds(account *a, const situ_fri_schedule *schedule, situ_security_batching batching)
{
    const situ_security_params *p = a->params;
    const double field = situ_security_log2_field(), list = log2(a->list_size);
    const double n_rows = ldexp(1, (int)schedule->log2_rows), width = p->tuple_width < 2 ? 2 : p->tuple_width;
    const u32 n_heights = (u32)__builtin_popcount(p->heights);
    const double lift_max = n_rows / (p->heights & -p->heights); /* of the shortest table */
    const double not_lifts =
        n_heights > 1 ? 8 * 2 * n_rows : 0; /* candidates that are no lifts: 8 L of 2 N points */
    const double roots = p->constraint_degree * (n_rows + lift_max) + n_heights * n_rows - 1 + not_lifts;
    const double excluded = exp2(31 + SITU_FRI_LOG2_ROWS_MAX - SITU_FRI_LOG2_FINAL_MIN -
                                 field); /* zetas drawn again, as a share of K */

    if (p->n_bus_messages > 0)
        add_round(a, "buses", field - 1 - list - log2((double)p->n_bus_messages) - log2(width));
    add_round(a, "constraints", field - list - log2(p->n_constraints));
    add_round(a, "out of domain", field + log1p(-excluded) / log(2) - list - log2(roots));
    add_round(a, "linear combination", combination_bits(a, schedule->log2_rows, 1));
    add_round(a, "batching", batching_bits(a, schedule->log2_rows, batching));
    add_folds(a, schedule);
    add_round(a, "queries", -log2(1 - a->radius) * p->n_queries + p->grinding);
    add_round(a, "hash", HASH_BITS);
}

situ_err situ_security_account(situ_security_report *report, const situ_security_params *params,
                               situ_security_regime regime, u32 multiplicity, situ_security_batching batching)
{
    situ_fri_schedule schedule;
    const u32 allowed = (2u << SITU_FRI_LOG2_ROWS_MAX) - (1u << SITU_FRI_LOG2_FINAL_MIN);
    if (params->heights == 0 || (params->heights & ~allowed) != 0) return SITU_ERR_ARG;
    SITU_TRY(situ_fri_schedule_make(&schedule, u64_log2(params->heights), params->log2_blowup));
    if (params->n_columns == 0 || params->n_constraints == 0 || params->n_queries == 0) return SITU_ERR_ARG;
    if (params->constraint_degree == 0 || (regime == SITU_REGIME_JOHNSON && multiplicity < 3))
        return SITU_ERR_ARG;

    const double rate = ldexp(1, -(int)params->log2_blowup), root = sqrt(rate);
    account a = {.params = params, .rate = rate, .report = report};
    if (regime == SITU_REGIME_JOHNSON) {
        a.m_half = multiplicity + 0.5;
        a.radius = 1 - root - root / (2 * multiplicity);
        a.list_size = a.m_half / root;
    } else {
        a.radius = (1 - rate) / 2;
        a.list_size = 1;
    }
    *report = (situ_security_report){.regime = regime,
                                     .multiplicity = multiplicity,
                                     .radius = a.radius,
                                     .list_size = a.list_size,
                                     .total = HASH_BITS};
    add_rounds(&a, &schedule, batching);
    return SITU_OK;
}
