/* cmd_security.c — `situ security`: proven bits of a parameter set, round by round. */
#include "cli/cmd.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stark/security.h"

static const char help[] =
    "Usage: situ security [OPTION]...\n"
    "\n"
    "Print the proven soundness of a parameter set: the bits of every round of the protocol, the regime of\n"
    "the argument and the total, which is the least.  No conjecture is used; docs/security.md derives every\n"
    "line.\n"
    "\n"
    "  --blowup N         rate of the code is 1 / N: 2, 4, 8 or 16 (default 2)\n"
    "  --rows N[,N]...    heights of the tables, powers of two, also as 2^20 (default 2^20)\n"
    "  --columns N        openings combined into one codeword (default 1000)\n"
    "  --constraints N    constraints of one height (default 1000)\n"
    "  --degree N         largest degree of a constraint (default 3)\n"
    "  --interactions N   bus messages a row (default 64); 0 leaves buses out\n"
    "  --tuple N          widest bus message (default 16)\n"
    "  --queries N        default: the protocol's for this blowup\n"
    "  --grinding N       bits of work before the queries (default 20)\n"
    "  --multiplicity N   closeness to the Johnson radius (default: the protocol's for this blowup)\n"
    "  --powers           combine columns by powers of one challenge instead of three levels\n"
    "  --require BITS     fail unless the total reaches BITS\n"
    "  --table            the parameters the prover uses, and what they reach at their limits\n"
    "  --json             one JSON object\n"
    "  --help             this text\n"
    "\n"
    "The exit status is 0, 1 if --require is not met, 2 for wrong usage.\n"
    "\n"
    "Examples:\n"
    "  situ security\n"
    "  situ security --blowup 8 --rows 2^21,2^16 --columns 2500\n"
    "  situ security --rows 2^21 --columns 200 --powers --multiplicity 41\n"
    "  situ security --blowup 2 --queries 100 --require 128\n"
    "  situ security --table\n";

typedef struct {
    situ_security_params params;
    u64 n_rows; /* of all heights */
    u64 interactions;
    u64 multiplicity, require;
    situ_security_batching batching;
    bool shows_table, is_json, shows_help;
} security_options;

static int usage(const char *what, const char *arg)
{
    fprintf(stderr, "situ security: %s%s%s; `situ security --help` explains\n", what, arg ? " " : "",
            arg ? arg : "");
    return 2;
}

/* A number from min to max in decimal; *rest is what follows it. */
static bool parse_number(const char *text, u64 min, u64 max, u64 *n, const char **rest)
{
    char *end;
    errno = 0;
    *n = strtoull(text, &end, 10);
    *rest = end;
    return isdigit((unsigned char)text[0]) && errno == 0 && *n >= min && *n <= max;
}

static bool parse_whole(const char *text, u64 min, u64 max, u64 *n)
{
    const char *rest;
    return parse_number(text, min, max, n, &rest) && *rest == 0;
}

/* One height, `1048576` or `2^20`. */
static bool parse_height(const char **text, u32 *log2_rows)
{
    u64 n;
    if (strncmp(*text, "2^", 2) == 0) {
        if (!parse_number(*text + 2, SITU_FRI_LOG2_FINAL_MIN, SITU_FRI_LOG2_ROWS_MAX, &n, text)) return false;
        *log2_rows = (u32)n;
        return true;
    }
    if (!parse_number(*text, 1u << SITU_FRI_LOG2_FINAL_MIN, 1u << SITU_FRI_LOG2_ROWS_MAX, &n, text))
        return false;
    *log2_rows = u64_log2(n);
    return n == UINT64_C(1) << *log2_rows;
}

static bool parse_heights(const char *text, security_options *o)
{
    o->params.heights = 0;
    o->n_rows = 0;
    for (;;) {
        u32 log2_rows;
        if (!parse_height(&text, &log2_rows)) return false;
        o->params.heights |= 1u << log2_rows;
        o->n_rows += UINT64_C(1) << log2_rows;
        if (*text == 0) return true;
        if (*text++ != ',') return false;
    }
}

static bool parse_blowup(const char *text, security_options *o)
{
    u64 n;
    if (!parse_whole(text, 2, 16, &n) || (n & (n - 1)) != 0) return false;
    o->params.log2_blowup = u64_log2(n);
    return true;
}

/* An option that takes a number: into 32 or 64 bits. */
typedef struct {
    const char *name;
    u64 min, max;
    u32 *to32;
    u64 *to64;
} number_option;

static bool parse_number_option(const number_option *option, const char *text)
{
    u64 n;
    if (!parse_whole(text, option->min, option->max, &n)) return false;
    if (option->to32)
        *option->to32 = (u32)n;
    else
        *option->to64 = n;
    return true;
}

/* 0, or the exit status. */
static int parse(int argc, char **argv, security_options *o)
{
    *o = (security_options){.params = {.log2_blowup = 1,
                                       .heights = 1u << 20,
                                       .n_columns = 1000,
                                       .n_constraints = 1000,
                                       .constraint_degree = 3,
                                       .tuple_width = 16,
                                       .grinding = SITU_SECURITY_GRINDING},
                            .n_rows = 1u << 20,
                            .interactions = 64};
    const number_option numbers[] = {
        {"--columns", 1, 1u << 20, &o->params.n_columns, NULL},
        {"--constraints", 1, 1u << 20, &o->params.n_constraints, NULL},
        {"--degree", 1, 17, &o->params.constraint_degree, NULL},
        {"--tuple", 1, 1u << 16, &o->params.tuple_width, NULL},
        {"--queries", 1, 4096, &o->params.n_queries, NULL},
        {"--grinding", 0, 64, &o->params.grinding, NULL},
        {"--interactions", 0, 1u << 20, NULL, &o->interactions},
        {"--multiplicity", 3, 1000, NULL, &o->multiplicity},
        {"--require", 0, 256, NULL, &o->require},
    };
    for (int i = 1; i < argc; i++) {
        const char *arg = argv[i], *value = i + 1 < argc ? argv[i + 1] : NULL;
        const number_option *number = NULL;
        for (size_t k = 0; k < SITU_ARRAY_LEN(numbers); k++)
            if (!strcmp(arg, numbers[k].name)) number = &numbers[k];

        bool takes_value = number || !strcmp(arg, "--blowup") || !strcmp(arg, "--rows");
        if (takes_value && !value) return usage("a value is missing after", arg);
        if (number && !parse_number_option(number, value)) return usage("not a value in range:", value);
        if (!strcmp(arg, "--blowup") && !parse_blowup(value, o))
            return usage("--blowup is 2, 4, 8 or 16, not", value);
        if (!strcmp(arg, "--rows") && !parse_heights(value, o))
            return usage("--rows wants powers of two from 2^6 to 2^22, not", value);
        if (takes_value)
            i++;
        else if (!strcmp(arg, "--powers"))
            o->batching = SITU_BATCHING_POWERS;
        else if (!strcmp(arg, "--table"))
            o->shows_table = true;
        else if (!strcmp(arg, "--json"))
            o->is_json = true;
        else if (!strcmp(arg, "--help"))
            o->shows_help = true;
        else
            return usage("no option", arg);
    }
    const situ_security_row *row = situ_security_row_for(o->params.log2_blowup);
    if (o->params.n_queries == 0) o->params.n_queries = row->n_queries;
    if (o->multiplicity == 0) o->multiplicity = row->multiplicity;
    o->params.n_bus_messages = o->n_rows * o->interactions;
    return 0;
}

/* The better of the two regimes; an error is of the arguments. */
static situ_err account_best(situ_security_report *best, const security_options *o)
{
    situ_security_report unique;
    u32 m = (u32)o->multiplicity;
    SITU_TRY(situ_security_account(best, &o->params, SITU_REGIME_JOHNSON, m, o->batching));
    SITU_TRY(situ_security_account(&unique, &o->params, SITU_REGIME_UNIQUE, 0, o->batching));
    if (unique.total > best->total) *best = unique;
    return SITU_OK;
}

static void print_heights(u32 heights, const char *before, const char *between)
{
    for (u32 h = 32; h-- > 0;)
        if (heights >> h & 1) {
            printf("%s%" PRIu32, before, h);
            before = between;
        }
}

static void print_report(const security_options *o, const situ_security_report *r)
{
    const situ_security_params *p = &o->params;
    printf("blowup %u, rows", 1u << p->log2_blowup);
    print_heights(p->heights, " 2^", ", 2^");
    printf(", %u columns, %u constraints of degree %u\n", p->n_columns, p->n_constraints,
           p->constraint_degree);
    printf("%u queries, %u bits of grinding, columns combined by %s\n", p->n_queries, p->grinding,
           o->batching == SITU_BATCHING_POWERS ? "powers of one challenge" : "three levels of powers");
    printf("regime: %s, radius %.4f", situ_security_regime_name(r->regime), r->radius);
    if (r->regime == SITU_REGIME_JOHNSON)
        printf(", multiplicity %u, list size %.1f", r->multiplicity, r->list_size);
    printf("; log2 |K| = %.6f\n\n", situ_security_log2_field());
    for (u32 i = 0; i < r->n_rounds; i++)
        printf("  %-40s %8.2f bits\n", r->rounds[i].name, r->rounds[i].bits);
    printf("\n  %-40s %8.2f bits, proven\n", "total: the least", r->total);
    if (situ_security_check(p) != SITU_OK)
        puts("\nThese are not parameters of the protocol: the verifier refuses them (see --table).");
}

static void print_json(const security_options *o, const situ_security_report *r)
{
    const situ_security_params *p = &o->params;
    printf("{\"blowup\":%u,\"log2_rows\":[", 1u << p->log2_blowup);
    print_heights(p->heights, "", ",");
    printf("],\"columns\":%u,\"constraints\":%u,\"degree\":%u,\"bus_messages\":%" PRIu64 ",\"tuple\":%u,",
           p->n_columns, p->n_constraints, p->constraint_degree, p->n_bus_messages, p->tuple_width);
    printf("\"queries\":%u,\"grinding\":%u,\"batching\":\"%s\",\"regime\":\"%s\",", p->n_queries, p->grinding,
           o->batching == SITU_BATCHING_POWERS ? "powers" : "levels", situ_security_regime_name(r->regime));
    printf("\"multiplicity\":%u,\"radius\":%.9f,\"list_size\":%.6f,\"log2_field\":%.6f,\"rounds\":[",
           r->multiplicity, r->radius, r->list_size, situ_security_log2_field());
    for (u32 i = 0; i < r->n_rounds; i++)
        printf("%s{\"name\":\"%s\",\"bits\":%.4f}", i ? "," : "", r->rounds[i].name, r->rounds[i].bits);
    printf("],\"total\":%.4f,\"accepted\":%s}\n", r->total,
           situ_security_check(p) == SITU_OK ? "true" : "false");
}

/* The weakest round but the hash, which is last and everywhere the same. */
static const situ_security_round *weakest_round(const situ_security_report *r)
{
    const situ_security_round *weakest = &r->rounds[0];
    for (u32 i = 1; i + 1 < r->n_rounds; i++)
        if (r->rounds[i].bits < weakest->bits) weakest = &r->rounds[i];
    return weakest;
}

/* Every row with all limits reached at once. */
static int print_table(void)
{
    printf("Up to %u columns, %u points, %u constraints, 2^%u bus messages of at most %u elements:\n\n",
           SITU_SECURITY_COLUMNS_MAX, SITU_SECURITY_POINTS_MAX, SITU_SECURITY_CONSTRAINTS_MAX, u64_log2(SITU_SECURITY_BUS_MESSAGES_MAX),
           SITU_SECURITY_TUPLE_MAX);
    printf("%-8s %8s %6s %10s %10s   %s\n", "blowup", "queries", "m", "rows", "grinding", "weakest round");
    for (u32 b = 1; b <= SITU_FRI_LOG2_BLOWUP_MAX; b++) {
        const situ_security_row *row = situ_security_row_for(b);
        const situ_security_params p = {
            .log2_blowup = b,
            .heights = (2u << row->log2_rows_max) - (1u << SITU_FRI_LOG2_FINAL_MIN),
            .n_columns = SITU_SECURITY_COLUMNS_MAX,
            .n_points = SITU_SECURITY_POINTS_MAX,
            .n_constraints = SITU_SECURITY_CONSTRAINTS_MAX,
            .constraint_degree = (1u << b) + 1,
            .n_bus_messages = SITU_SECURITY_BUS_MESSAGES_MAX,
            .tuple_width = SITU_SECURITY_TUPLE_MAX,
            .n_queries = row->n_queries,
            .grinding = SITU_SECURITY_GRINDING,
        };
        situ_security_report r;
        if (situ_security_account(&r, &p, SITU_REGIME_JOHNSON, row->multiplicity, SITU_BATCHING_LEVELS))
            return cmd_fail("security: the table's row for blowup %u is broken", 1u << b);
        printf("%-8u %8u %6u       2^%-2u %10u   %s, %.2f bits\n", 1u << b, row->n_queries, row->multiplicity,
               row->log2_rows_max, SITU_SECURITY_GRINDING, weakest_round(&r)->name, weakest_round(&r)->bits);
    }
    return 0;
}

int cmd_security(int argc, char **argv)
{
    security_options o;
    situ_security_report r;
    int status = parse(argc, argv, &o);
    if (status) return status;
    if (o.shows_help) {
        fputs(help, stdout);
        return 0;
    }
    if (o.shows_table) return print_table();
    if (account_best(&r, &o)) return usage("rows times blowup may be at most 2^24", NULL);
    if (o.is_json)
        print_json(&o, &r);
    else
        print_report(&o, &r);
    if (r.total < (double)o.require)
        return cmd_fail("security: %.2f bits, %" PRIu64 " required", r.total, o.require);
    return 0;
}
