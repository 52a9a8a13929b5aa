/* witness_run.h — trace a guest to its end, make every table's rows, and check or forge them. */
#ifndef SITU_TESTS_VM_WITNESS_RUN_H
#define SITU_TESTS_VM_WITNESS_RUN_H

#include "air/blake3_f.h"
#include "air/std.h"
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
                             &r->segment, 1, &too_long),
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

/* --- counting again ------------------------------------------------------------------------------------- */

typedef struct {
    u32 range[SITU_AIR_RANGE_COUNTERS];
    u32 byte[SITU_AIR_BYTE_OPS * SITU_AIR_BYTE_PAIRS];
    u32 nibbles[BLAKE3_XOR_PAIRS];
    u32 regions[SITU_REGIONS_MAX];
    u32 insns[1 << 12];
    const witness_run *run;
} witness_counts;

static void witness_ask(void *ctx, u32 bus, const u32 *values, u32 mult)
{
    witness_counts *c = ctx;
    const situ_program *p = c->run->program;
    if (bus == SITU_VM_BUS_NIBBLES && (values[0] | values[1]) < 256)
        c->nibbles[values[0] + 256 * values[1]] += mult;
    if (bus == SITU_VM_BUS_PROGRAM) {
        u32 at = situ_program_insn_at(p, 4 * (u64)values[0]);
        if (at < p->n_insns) c->insns[at] += mult;
    }
    for (u32 i = 0; bus == SITU_VM_BUS_REGION && i < p->n_regions; i++)
        if (p->regions[i].first == values[1] && p->regions[i].last == values[2]) c->regions[i] += mult;
}

/* Give the tables that provide lookups the multiplicities that the (forged) rows ask for, as a lying prover would. */
SITU_UNUSED static void witness_recount(const witness_run *r)
{
    static const u32 publics[SITU_VM_PUBLICS] = {VM_SEGMENT};
    witness_counts *c = calloc(1, sizeof *c);
    CHECK(c != NULL && r->program->n_insns <= SITU_ARRAY_LEN(c->insns));
    c->run = r;
    const situ_air_lookup_sink sink = {c->range, c->byte, c, witness_ask};
    for (u32 t = 0; t < SITU_VM_TABLES; t++) {
        if (situ_vm_system.tables[t].n_pre) continue;
        for (u32 slot = r->witness.first_slot[t]; slot < r->witness.first_slot[t + 1]; slot++)
            if (r->rows.cells[slot])
                situ_vm_prover.tables[t].lookups(NULL, r->rows.cells[slot],
                                                 (size_t)1 << r->witness.log2_rows[slot], publics, &sink);
    }
    for (u32 i = 0; i < SITU_AIR_RANGE_ROWS; i++)
        situ_air_range_mults(witness_row(r, SITU_VM_TABLE_RANGE, i), c->range, i);
    for (u32 i = 0; i < SITU_AIR_BYTE_ROWS; i++)
        situ_air_byte_mults(witness_row(r, SITU_VM_TABLE_BYTE, i), c->byte, i);
    for (u32 i = 0; i < BLAKE3_XOR_ROWS; i++)
        blake3_xor_mults(witness_row(r, SITU_VM_TABLE_XOR_NIBBLES, i), c->nibbles, i);
    for (u32 i = 0; i < r->program->n_insns; i++)
        *(u32 *)witness_row(r, SITU_VM_TABLE_PROGRAM, i) = c->insns[i];
    for (u32 i = 0; i < r->program->n_regions; i++)
        *(u32 *)witness_row(r, SITU_VM_TABLE_REGIONS, i) = c->regions[i];
    free(c);
}

/* The first row of a table that tells `true` of itself; NULL when none does. */
SITU_UNUSED static void *witness_find(const witness_run *r, u32 table,
                                      bool (*is_it)(const void *row, u64 what), u64 what)
{
    u32 slot = r->witness.first_slot[table];
    for (u32 i = 0; r->rows.cells[slot] && i < 1u << r->witness.log2_rows[slot]; i++)
        if (is_it(witness_row(r, table, i), what)) return witness_row(r, table, i);
    return NULL;
}

#endif /* SITU_TESTS_VM_WITNESS_RUN_H */
