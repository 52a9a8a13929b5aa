/* witness_run.h — trace a guest to its end, make every table's rows, and check or forge them. */
#ifndef SITU_TESTS_VM_WITNESS_RUN_H
#define SITU_TESTS_VM_WITNESS_RUN_H

#include "tests/vm/guest_asm.h"
#include "vm/check.h"

enum { WITNESS_CHUNKS_MAX = 64 };

typedef struct {
    situ_program *program;
    situ_tracer *tracer;
    situ_trace_chunk *chunks[WITNESS_CHUNKS_MAX];
    u32 n_chunks;
    situ_segment segment;
    vm_witness witness;
    vm_rows rows;
    vm_statement statement;
} witness_run;

/* Run `program`, which the run then owns, in chunks of chunk_steps. */
SITU_UNUSED static witness_run *witness_open(situ_program *program, const void *input, size_t n_input,
                                             u32 chunk_steps)
{
    witness_run *r = calloc(1, sizeof *r);
    situ_trace_stop stop;
    situ_run_report report;
    u32 too_long;
    CHECK(r != NULL);
    r->program = program;
    CHECK_EQ(situ_tracer_create(&r->tracer, program, input, n_input), SITU_OK);
    do {
        CHECK(r->n_chunks < WITNESS_CHUNKS_MAX);
        CHECK_EQ(situ_trace_chunk_create(&r->chunks[r->n_chunks], chunk_steps), SITU_OK);
        stop = situ_trace_run(r->tracer, r->chunks[r->n_chunks++]);
    } while (stop == SITU_TRACE_CHUNK);
    CHECK_EQ(stop, SITU_TRACE_HALT);
    CHECK_EQ(situ_trace_end_segment(r->tracer, &r->segment), SITU_OK);
    situ_machine_report(situ_tracer_machine(r->tracer), &report);
    r->statement = (vm_statement){.entry = (u32)situ_program_entry(program),
                                  .exit_code = r->segment.exit_code,
                                  .output = report.output,
                                  .n_output = report.n_output};
    CHECK_EQ(vm_witness_plan(&r->witness, program, (const situ_trace_chunk *const *)r->chunks, r->n_chunks,
                             &r->segment, &too_long),
             SITU_OK);
    CHECK_EQ(vm_rows_make(&r->rows, &r->witness, NULL), SITU_OK);
    return r;
}

SITU_UNUSED static void witness_close(witness_run *r)
{
    vm_rows_free(&r->rows);
    vm_witness_close(&r->witness);
    for (u32 i = 0; i < r->n_chunks; i++) situ_trace_chunk_destroy(r->chunks[i]);
    situ_tracer_destroy(r->tracer);
    situ_program_free(r->program);
    free(r);
}

typedef struct {
    char first[1024];
    u32 n;
    bool is_loud;
} witness_reports;

static void witness_report(void *ctx, const char *line)
{
    witness_reports *w = ctx;
    if (w->n++ == 0) snprintf(w->first, sizeof w->first, "%s", line);
    if (w->is_loud) fprintf(stderr, "  %s\n", line);
}

/* Findings of the checker, 0 for a good witness; the first one's line in `first` (1024 bytes) unless NULL. */
SITU_UNUSED static u64 witness_findings(const witness_run *r, char *first)
{
    u64 n;
    witness_reports reports = {.first = ""};
    CHECK_EQ(vm_rows_check(&n, &r->rows, &r->statement, 20, witness_report, &reports), SITU_OK);
    if (first) memcpy(first, reports.first, sizeof reports.first);
    return n;
}

SITU_UNUSED static void witness_must_hold(const witness_run *r)
{
    u64 n;
    witness_reports reports = {.first = "", .is_loud = true};
    CHECK_EQ(vm_rows_check(&n, &r->rows, &r->statement, 20, witness_report, &reports), SITU_OK);
    if (n) test_fail(__FILE__, __LINE__, "%llu findings in an honest witness", (unsigned long long)n);
}

/* Row `row` of a table's first instance, plain, to be forged in place. */
SITU_UNUSED static void *witness_row(const witness_run *r, u32 table, u32 row)
{
    u32 *cells = r->rows.cells[r->witness.first_slot[table]];
    CHECK(cells != NULL);
    return cells + (size_t)row * situ_vm_system.tables[table].n_main;
}

/* The forgery in r's rows must be found, and its first report must contain `what`. */
SITU_UNUSED static void witness_must_break(const witness_run *r, const char *what)
{
    char first[1024];
    if (witness_findings(r, first) == 0) test_fail(__FILE__, __LINE__, "a forgery passes: %s", what);
    if (!strstr(first, what)) test_fail(__FILE__, __LINE__, "expected %s, found: %s", what, first);
}

#endif /* SITU_TESTS_VM_WITNESS_RUN_H */
