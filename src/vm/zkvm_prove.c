/* zkvm_prove.c — a run, recorded and proven: see situ/zkvm.h. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "situ/mem.h"
#include "vm/check.h"
#include "vm/zkvm_key.h"

enum {
    CHUNK_STEPS = 1 << 15,
    CYCLES_MAX = SITU_TIME_END / SITU_UNITS, /* of one segment; fewer when ecalls take longer */
};

#define COUNTED_CYCLES_MAX (UINT64_C(1) << 34) /* how far a run is followed that is too long anyway */

struct situ_zkvm_run {
    const situ_zkvm_key *key;
    situ_tracer *tracer;
    situ_trace_chunk **chunks;
    u32 n_chunks, n_chunks_max;
    situ_segment segment;
    vm_witness witness;
    situ_machine *machine; /* ran to its end; for its report */
    situ_run_report report;
};

/* --- running -------------------------------------------------------------------------------------------- */

static situ_err say(char message[SITU_MESSAGE_BYTES], situ_err err, const char *format, ...)
    SITU_PRINTF(3, 4);
static situ_err say(char message[SITU_MESSAGE_BYTES], situ_err err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(message, SITU_MESSAGE_BYTES, format, args);
    va_end(args);
    return err;
}

static situ_err too_long(char message[SITU_MESSAGE_BYTES], u64 n_cycles)
{
    return say(message, SITU_ERR_LIMIT,
               "the run takes %s%" PRIu64
               " cycles; one proof holds at most %u (runs of several segments are not "
               "supported yet)",
               n_cycles >= COUNTED_CYCLES_MAX ? "more than " : "", n_cycles, CYCLES_MAX);
}

/* The plain run: finds traps and length before anything is recorded. */
static situ_err run_plainly(situ_zkvm_run *r, const void *input, size_t n_input,
                            char message[SITU_MESSAGE_BYTES])
{
    situ_err err = situ_machine_create(&r->machine, r->key->program, input, n_input);
    if (err == SITU_ERR_LIMIT)
        return say(message, err, "%zu bytes of input, at most %zu", n_input, situ_machine_input_max());
    if (err) return say(message, err, "no machine for the guest: %s", situ_err_name(err));
    situ_stop stop = situ_machine_run(r->machine, COUNTED_CYCLES_MAX);
    situ_machine_report(r->machine, &r->report);
    if (stop == SITU_STOP_TRAP) {
        char trap[128];
        situ_trap_describe(trap, sizeof trap, &r->report);
        return say(message, SITU_ERR_UNSAT, "trap: %s, at pc 0x%08" PRIx64 ": such a run has no proof", trap,
                   r->report.pc);
    }
    if (stop == SITU_STOP_LIMIT || r->report.n_cycles > CYCLES_MAX)
        return too_long(message, r->report.n_cycles);
    if (r->report.n_output > SITU_ZKVM_OUTPUT_BYTES_MAX)
        return say(message, SITU_ERR_LIMIT, "the program prints %zu bytes; one proof holds at most %u",
                   r->report.n_output, SITU_ZKVM_OUTPUT_BYTES_MAX);
    return SITU_OK;
}

static situ_err add_chunk(situ_zkvm_run *r)
{
    if (r->n_chunks == r->n_chunks_max) {
        u32 grown = 2 * r->n_chunks_max + 16;
        void *moved = realloc(r->chunks, grown * sizeof *r->chunks);
        if (!moved) return SITU_ERR_MEMORY;
        r->chunks = moved;
        r->n_chunks_max = grown;
    }
    SITU_TRY(situ_trace_chunk_create(&r->chunks[r->n_chunks], CHUNK_STEPS));
    r->n_chunks++;
    return SITU_OK;
}

static situ_err record(situ_zkvm_run *r, const void *input, size_t n_input, char message[SITU_MESSAGE_BYTES])
{
    situ_trace_stop stop;
    situ_err err = situ_tracer_create(&r->tracer, r->key->program, input, n_input);
    if (err) return say(message, err, "no room to record the run: %s", situ_err_name(err));
    do {
        if (add_chunk(r)) return say(message, SITU_ERR_MEMORY, "no memory to record the run");
        stop = situ_trace_run(r->tracer, r->chunks[r->n_chunks - 1]);
    } while (stop == SITU_TRACE_CHUNK);
    if (stop == SITU_TRACE_SEGMENT) return too_long(message, r->report.n_cycles);
    if (stop != SITU_TRACE_HALT || situ_trace_end_segment(r->tracer, &r->segment))
        return say(message, SITU_ERR_MEMORY, "no memory to record the run");
    return SITU_OK;
}

static situ_err plan(situ_zkvm_run *r, char message[SITU_MESSAGE_BYTES])
{
    u32 table;
    situ_err err = vm_witness_plan(&r->witness, r->key->program, (const situ_trace_chunk *const *)r->chunks,
                                   r->n_chunks, &r->segment, r->key->params.log2_blowup, &table);
    if (err == SITU_ERR_LIMIT)
        return say(message, err,
                   "the run takes %" PRIu64
                   " cycles and needs more rows of table `%s` than one proof has (runs of several "
                   "segments are not supported yet)",
                   r->report.n_cycles, situ_vm_system.tables[table].name);
    if (!err) err = vm_fit_heights(r->witness.log2_rows, r->witness.first_slot, &r->key->params);
    if (err == SITU_ERR_LIMIT)
        return say(message, err,
                   "the run's %" PRIu64 " cycles need more rows than %u proven bits allow at this blowup",
                   r->report.n_cycles, 128u);
    return err ? say(message, err, "out of memory") : SITU_OK;
}

situ_err situ_zkvm_run_create(situ_zkvm_run **run, const situ_zkvm_key *key, const void *input,
                              size_t n_input, situ_run_report *report, char message[SITU_MESSAGE_BYTES])
{
    char unheard[SITU_MESSAGE_BYTES];
    situ_zkvm_run *r = calloc(1, sizeof *r);
    *run = NULL;
    if (report) *report = (situ_run_report){0};
    if (!message) message = unheard;
    if (!r) return say(message, SITU_ERR_MEMORY, "out of memory");
    r->key = key;
    situ_err err = run_plainly(r, input, n_input, message);
    if (!err) err = record(r, input, n_input, message);
    if (!err) err = plan(r, message);
    if (report) *report = r->report;
    if (!err) {
        *run = r;
        return SITU_OK;
    }
    if (report) {
        report->output = NULL;
        report->n_output = 0;
    }
    situ_zkvm_run_destroy(r);
    return err;
}

/* What only the tables need. */
static void forget_record(situ_zkvm_run *r)
{
    for (u32 i = 0; i < r->n_chunks; i++) situ_trace_chunk_destroy(r->chunks[i]);
    free(r->chunks);
    r->chunks = NULL;
    r->n_chunks = 0;
    situ_tracer_destroy(r->tracer);
    r->tracer = NULL;
    vm_witness_close(&r->witness);
}

void situ_zkvm_run_destroy(situ_zkvm_run *r)
{
    if (!r) return;
    forget_record(r);
    situ_machine_destroy(r->machine);
    free(r);
}

/* --- cost ----------------------------------------------------------------------------------------------- */

static size_t prefix_bytes(const situ_zkvm_run *r)
{
    return sizeof(zkvm_header) + r->key->vk_bytes + u64_align_up(r->report.n_output, 8);
}

situ_err situ_zkvm_cost_of(situ_zkvm_cost *cost, const situ_zkvm_run *r, uint32_t n_threads)
{
    situ_stark_cost stark;
    SITU_TRY(situ_stark_cost_of(&stark, r->key->stark, r->witness.log2_rows, n_threads));
    cost->proof_bytes = prefix_bytes(r) + stark.proof_bytes;
    cost->memory_bytes = r->key->block_bytes + stark.block_bytes + cost->proof_bytes;
    cost->n_cells = stark.n_cells;
    return SITU_OK;
}

uint32_t situ_zkvm_run_table(const situ_zkvm_run *r, uint32_t table, const char **name, uint64_t *n_rows,
                             uint8_t *log2_rows, uint32_t n_max)
{
    u32 n = 0;
    *name = NULL;
    if (table >= SITU_VM_TABLES) return 0;
    *name = situ_vm_system.tables[table].name;
    *n_rows = r->witness.n_rows[table];
    for (u32 slot = r->witness.first_slot[table]; slot < r->witness.first_slot[table + 1]; slot++)
        if (r->witness.log2_rows[slot] && n < n_max) log2_rows[n++] = r->witness.log2_rows[slot];
    return n;
}

/* --- proving -------------------------------------------------------------------------------------------- */

static const char *const stage_names[SITU_ZKVM_STAGES] = {
    "tables", "commit main", "commit auxiliary", "quotient", "openings", "FRI", "queries", "check",
};

const char *situ_zkvm_stage_name(uint32_t stage)
{
    SITU_ASSERT(stage < SITU_ZKVM_STAGES);
    return stage_names[stage];
}

typedef struct {
    situ_zkvm_progress *progress;
    void *ctx;
} progress_view;

#define SHARE_OF_TABLES 0.08 /* of all time, as measured */

static int show_stage(void *ctx, situ_stark_stage stage, double done)
{
    const progress_view *v = ctx;
    return v->progress(v->ctx, 1 + (u32)stage, SHARE_OF_TABLES + (1 - SHARE_OF_TABLES) * done);
}

static void put_rows(void *ctx, u32 slot, u32 first, u32 n, const u32 *cells)
{
    situ_stark_put_rows(ctx, slot, first, n, cells);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void write_prefix(const situ_zkvm_run *r, u8 *proof, size_t proof_bytes, size_t argument_bytes)
{
    u8 *at = proof + sizeof(zkvm_header);
    *(zkvm_header *)(void *)proof = (zkvm_header){.magic = ZKVM_MAGIC,
                                                  .version = ZKVM_VERSION,
                                                  .total_bytes = proof_bytes,
                                                  .exit_code = r->report.exit_code,
                                                  .output_bytes = r->report.n_output,
                                                  .vk_bytes = r->key->vk_bytes,
                                                  .argument_bytes = argument_bytes};
    memcpy(at, r->key->vk, r->key->vk_bytes);
    at += r->key->vk_bytes;
    memset(at, 0, u64_align_up(r->report.n_output, 8));
    if (r->report.n_output) memcpy(at, r->report.output, r->report.n_output);
}

/* Fill the tables and prove in `block`. */
static situ_err prove_in(situ_zkvm_run *r, void *block, const situ_stark_statement *statement, void *argument,
                         size_t argument_bytes, double *seconds, const progress_view *view, situ_pool *pool)
{
    situ_stark_prover *prover;
    double start = now();
    SITU_TRY(
        situ_stark_prover_open(&prover, block, r->key->stark, r->witness.log2_rows, situ_pool_threads(pool)));
    SITU_TRY(vm_witness_fill(&r->witness, statement->publics, put_rows, prover, pool));
    forget_record(r);
    seconds[0] = now() - start;
    situ_err err = situ_stark_prove(prover, statement, argument, argument_bytes,
                                    view->progress ? show_stage : NULL, (void *)(uintptr_t)view, pool);
    memcpy(seconds + 1, situ_stark_prover_seconds(prover), SITU_STAGE_COUNT * sizeof *seconds);
    return err;
}

situ_err situ_zkvm_prove(situ_zkvm_run *r, void *proof, size_t proof_bytes, double *seconds,
                         situ_zkvm_progress *progress, void *progress_ctx, situ_pool *pool)
{
    double unheard[SITU_ZKVM_STAGES];
    const progress_view view = {progress, progress_ctx};
    situ_stark_cost cost;
    situ_zkvm_claim claim;
    vm_statement vm;

    if (!r->tracer) return SITU_ERR_ARG; /* proven before */
    SITU_TRY(situ_stark_cost_of(&cost, r->key->stark, r->witness.log2_rows, situ_pool_threads(pool)));
    if ((uintptr_t)proof % 8 != 0 || proof_bytes != prefix_bytes(r) + cost.proof_bytes) return SITU_ERR_ARG;
    if (progress && progress(progress_ctx, 0, 0)) return SITU_ERR_CANCEL;
    write_prefix(r, proof, proof_bytes, cost.proof_bytes);
    SITU_TRY(situ_zkvm_read(&claim, proof, proof_bytes, NULL));
    situ_stark_statement statement = zkvm_statement(&vm, &claim);
    statement.allow_insecure = r->key->params.insecure;

    void *block = situ_mem_alloc(cost.block_bytes, SITU_STARK_BLOCK_ALIGN);
    if (!block) return SITU_ERR_MEMORY;
    situ_err err = prove_in(r, block, &statement, (u8 *)proof + prefix_bytes(r), cost.proof_bytes,
                            seconds ? seconds : unheard, &view, pool);
    situ_mem_free(block, cost.block_bytes);
    return err;
}

situ_err situ_zkvm_run_check(uint64_t *n_found, const situ_zkvm_run *r, uint32_t n_reports_max,
                             situ_zkvm_report_fn *report, void *report_ctx, situ_pool *pool)
{
    const vm_statement statement = {.entry = (u32)situ_program_entry(r->key->program),
                                    .exit_code = r->report.exit_code,
                                    .output = r->report.output,
                                    .n_output = r->report.n_output};
    vm_rows rows;
    SITU_TRY(vm_rows_make(&rows, &r->witness, pool));
    situ_err err = vm_rows_check(n_found, &rows, &statement, n_reports_max, report, report_ctx);
    vm_rows_free(&rows);
    return err;
}
