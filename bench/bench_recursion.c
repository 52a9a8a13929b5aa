/* What verifying a proof inside the VM takes.
 *
 *     recursion,cycles,<inner>/<blowup>/<queries>/<step>      cycles of the verifier guest; step "total": all of them
 *     recursion,compressions,<inner>/<blowup>/<queries>       calls of the BLAKE3 accelerator
 *     recursion,cells,<inner>/<blowup>/<queries>              what proving the guest's run commits at blowup 2, padding included
 *     recursion,segment,<program>                             the same of a run of about 2^22 cycles of an example
 *     recursion,share,<inner>/<blowup>/<queries>/<program>    cells over those of such a run
 *
 * Inner runs: the empty program, and fibonacci of about 2^18 cycles; parameters: one query at blowup 2 (insecure), and the full sets
 * at blowup 2, 4 and 8; and fibonacci of 2^20 cycles at blowup 8.  Steps are told apart by the guest's markers (`addi x0, x0, N`, guest/verifier).
 *
 * Arguments: a number of functions to list instead, those that take the most cycles, for each case. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "bench/guest_inputs.h"
#include "bench/harness/bench.h"
#include "situ/mem.h"
#include "situ/recursion.h"
#include "stark/steps.h"
#include "vm/program.h"
#include "vm/trace.h"

enum { CHUNK_STEPS = 1 << 16, PREFIX = sizeof(situ_recursion_prefix) };

static const char *const steps[] = {[0] = "start",
                                    [VERIFIER_DECODE] = "decode",
                                    [VERIFIER_SETUP] = "setup",
                                    [VERIFIER_REPLAY] = "replay",
                                    [VERIFIER_CONSTRAINTS] = "constraints",
                                    [VERIFIER_OPENINGS] = "openings",
                                    [VERIFIER_FRI] = "fri",
                                    [VERIFIER_OUTPUT] = "output"};

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "bench_recursion: %s\n", what);
    exit(1);
}

static situ_program *load(const char *path)
{
    static u8 bytes[1 << 24];
    char message[SITU_MESSAGE_BYTES];
    situ_program *program;
    FILE *f = fopen(path, "rb");
    if (!f) return NULL;
    size_t n = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    if (situ_program_load(&program, bytes, n, message)) fail(message);
    return program;
}

/* exit(0) and nothing else. */
static situ_program *empty_program(void)
{
    static const u32 code[] = {0x00000513, 0x05d00893, 0x00000073}; /* li a0, 0; li a7, 93; ecall */
    char message[SITU_MESSAGE_BYTES];
    situ_program *program;
    u8 elf[4096 + sizeof code] = {0x7f, 'E', 'L', 'F', 2, 1, 1};
    const u64 entry = 0x10000, segment_at = 64;
    elf[16] = 2, elf[18] = 243, elf[20] = 1; /* ET_EXEC, EM_RISCV */
    memcpy(elf + 24, &entry, 8);
    memcpy(elf + 32, &segment_at, 8);
    elf[52] = 64, elf[54] = 56, elf[56] = 1, elf[58] = 64;
    const u32 type_flags[2] = {1, 5};
    const u64 rest[6] = {4096, entry, entry, sizeof code, sizeof code, 4096};
    memcpy(elf + 64, type_flags, 8);
    memcpy(elf + 72, rest, sizeof rest);
    memcpy(elf + 4096, code, sizeof code);
    if (situ_program_load(&program, elf, sizeof elf, message)) fail(message);
    return program;
}

/* A recursion blob of a run. */
static u8 *prove(const situ_program *program, const char *input, const situ_stark_params *params,
                 size_t *n_bytes)
{
    const situ_recursion_prefix prefix = {.magic = SITU_RECURSION_MAGIC, .version = SITU_RECURSION_VERSION};
    char message[SITU_MESSAGE_BYTES];
    situ_zkvm_cost cost;
    situ_zkvm_key *key;
    situ_zkvm_run *run;
    situ_pool *pool;
    if (situ_pool_create(&pool, 0)) fail("no threads");
    if (situ_zkvm_key_create(&key, program, params, pool, message)) fail(message);
    if (situ_zkvm_run_create(&run, key, input, strlen(input), NULL, message)) fail(message);
    if (situ_zkvm_cost_of(&cost, run, situ_pool_threads(pool))) fail("cost");
    *n_bytes = PREFIX + cost.proof_bytes;
    u8 *blob = malloc(*n_bytes);
    if (!blob) fail("out of memory");
    memcpy(blob, &prefix, PREFIX);
    if (situ_zkvm_prove(run, blob + PREFIX, cost.proof_bytes, NULL, NULL, NULL, pool)) fail("prove");
    situ_zkvm_run_destroy(run);
    situ_zkvm_key_destroy(key);
    situ_pool_destroy(pool);
    return blob;
}

/* --- counting ------------------------------------------------------------------------------------------- */

typedef struct {
    u64 cycles[SITU_ARRAY_LEN(steps)], n_blake3;
    u64 *by_insn; /* [program->n_insns] */
} counts;

static bool is_marker(const situ_insn *i)
{
    return i->op == SITU_OP_ADDI && i->rd == SITU_REG_SINK && i->rs1 == 0 && i->imm != 0 &&
           i->imm < SITU_ARRAY_LEN(steps);
}

static void count(counts *c, const situ_program *guest, const u8 *blob, size_t n_bytes)
{
    situ_trace_chunk *chunk = NULL;
    situ_tracer *tracer;
    situ_segment segment;
    situ_trace_stop stop;
    u64 step = 0;
    if (situ_tracer_create(&tracer, guest, blob, n_bytes) || situ_trace_chunk_create(&chunk, CHUNK_STEPS))
        fail("out of memory");
    do {
        stop = situ_trace_run(tracer, chunk);
        for (u32 i = 0; i < chunk->n_steps; i++) {
            const u32 insn = chunk->steps[i].insn;
            if (is_marker(&guest->insns[insn])) step = guest->insns[insn].imm;
            c->cycles[step]++;
            c->by_insn[insn]++;
        }
        if (stop == SITU_TRACE_SEGMENT || stop == SITU_TRACE_HALT) {
            if (situ_trace_end_segment(tracer, &segment)) fail("out of memory");
            c->n_blake3 += segment.n_blake3;
            if (stop == SITU_TRACE_HALT && segment.exit_code != 0) fail("the guest refused the proof");
        }
    } while (stop == SITU_TRACE_CHUNK || stop == SITU_TRACE_SEGMENT);
    if (stop != SITU_TRACE_HALT) fail("the guest trapped");
    situ_trace_chunk_destroy(chunk);
    situ_tracer_destroy(tracer);
}

typedef struct {
    const char *name;
    u64 cycles;
} function_cycles;

static int by_cycles(const void *a, const void *b)
{
    u64 x = ((const function_cycles *)a)->cycles, y = ((const function_cycles *)b)->cycles;
    return (x < y) - (x > y);
}

static void list_functions(const counts *c, const situ_program *guest, u32 n_list)
{
    function_cycles *f = calloc(guest->n_insns, sizeof *f);
    u32 n = 0;
    u64 offset;
    if (!f) fail("out of memory");
    for (u32 i = 0; i < guest->n_insns; i++) {
        const char *name = situ_program_function(guest, guest->insns[i].pc, &offset);
        if (!name) name = "?";
        if (n == 0 || f[n - 1].name != name) f[n++].name = name;
        f[n - 1].cycles += c->by_insn[i];
    }
    qsort(f, n, sizeof *f, by_cycles);
    for (u32 i = 0; i < n && i < n_list; i++)
        fprintf(stderr, "%12llu  %s\n", (unsigned long long)f[i].cycles, f[i].name);
    free(f);
}

/* --- cases ---------------------------------------------------------------------------------------------- */

/* Cells that proving this run takes, at blowup 2. */
static u64 cells_of(const situ_program *program, const void *input, size_t n_input)
{
    const situ_stark_params params = situ_stark_params_default(1);
    char message[SITU_MESSAGE_BYTES];
    situ_zkvm_cost cost;
    situ_zkvm_key *key;
    situ_zkvm_run *run;
    if (situ_zkvm_key_create(&key, program, &params, NULL, message)) fail(message);
    if (situ_zkvm_run_create(&run, key, input, n_input, NULL, message)) fail(message);
    if (situ_zkvm_cost_of(&cost, run, 1)) fail("cost");
    situ_zkvm_run_destroy(run);
    situ_zkvm_key_destroy(key);
    return cost.n_cells;
}

/* Runs of about 2^22 cycles, which is what a segment is to have. */
static struct {
    const char *program;
    guest_input *input;
    size_t size;
    u64 n_cells; /* 0: not measured */
} segments[] = {{"fibonacci", guest_input_number, 838000, 0},
                {"sha256", guest_input_noise, 48400, 0},
                {"sort", guest_input_noise, 63000, 0},
                {"json", guest_input_json, 2453, 0}};

static void measure_segments(void)
{
    static char input[1 << 18];
    for (u32 i = 0; i < SITU_ARRAY_LEN(segments); i++) {
        char path[64];
        snprintf(path, sizeof path, "build/guest/%s.elf", segments[i].program);
        situ_program *program = load(path);
        if (!program) fail(path);
        const size_t n = segments[i].input(input, sizeof input, segments[i].size);
        segments[i].n_cells = cells_of(program, input, n);
        bench_report("recursion", "segment", segments[i].program, 1, (double)segments[i].n_cells, "cells");
        situ_program_free(program);
    }
}

static void measure(const char *name, const situ_program *inner, const char *input,
                    const situ_stark_params *params, u32 n_list)
{
    situ_program *guest =
        load(params->insecure ? "build/guest/verifier-insecure.elf" : "build/guest/verifier.elf");
    char text[128];
    size_t n_bytes;
    u8 *blob = prove(inner, input, params, &n_bytes);
    counts c = {.by_insn = calloc(guest->n_insns, sizeof *c.by_insn)};
    u64 total = 0;
    if (!c.by_insn) fail("out of memory");
    count(&c, guest, blob, n_bytes);
    for (u32 s = 0; s < SITU_ARRAY_LEN(steps); s++) {
        snprintf(text, sizeof text, "%s/%u/%u/%s", name, 1u << params->log2_blowup, params->n_queries,
                 steps[s]);
        bench_report("recursion", "cycles", text, 1, (double)c.cycles[s], "cycles");
        total += c.cycles[s];
    }
    snprintf(text, sizeof text, "%s/%u/%u/total", name, 1u << params->log2_blowup, params->n_queries);
    bench_report("recursion", "cycles", text, 1, (double)total, "cycles");
    snprintf(text, sizeof text, "%s/%u/%u", name, 1u << params->log2_blowup, params->n_queries);
    bench_report("recursion", "compressions", text, 1, (double)c.n_blake3, "calls");
    const u64 n_cells = cells_of(guest, blob, n_bytes);
    bench_report("recursion", "cells", text, 1, (double)n_cells, "cells");
    for (u32 i = 0; i < SITU_ARRAY_LEN(segments) && segments[i].n_cells != 0; i++) {
        snprintf(text, sizeof text, "%s/%u/%u/%s", name, 1u << params->log2_blowup, params->n_queries,
                 segments[i].program);
        bench_report("recursion", "share", text, 1, (double)n_cells / (double)segments[i].n_cells,
                     "of 2^22 cycles");
    }
    if (n_list) list_functions(&c, guest, n_list);
    free(c.by_insn);
    free(blob);
    situ_program_free(guest);
}

static void measure_inner(const char *name, const situ_program *inner, const char *input, u32 n_list)
{
    situ_stark_params one = situ_stark_params_default(1);
    one.n_queries = 1;
    one.grinding_bits = 0;
    one.insecure = 1;
    measure(name, inner, input, &one, n_list);
    for (u32 log2_blowup = 1; log2_blowup <= 3; log2_blowup++) {
        const situ_stark_params full = situ_stark_params_default(log2_blowup);
        measure(name, inner, input, &full, n_list);
    }
}

int main(int argc, char **argv)
{
    const u32 n_list = argc > 1 ? (u32)atoi(argv[1]) : 0;
    situ_program *guest = load("build/guest/verifier.elf"), *empty = empty_program(),
                 *fibonacci = load("build/guest/fibonacci.elf");
    if (!guest || !fibonacci) return 0; /* no cross compiler */
    measure_inner("empty", empty, "", n_list);
    measure_inner("fibonacci-2^18", fibonacci, "51900", n_list);
    const situ_stark_params short_proofs = situ_stark_params_default(3);
    measure_segments();
    measure("fibonacci-2^20", fibonacci, "208000", &short_proofs, n_list);
    situ_program_free(guest);
    situ_program_free(empty);
    situ_program_free(fibonacci);
    return 0;
}
