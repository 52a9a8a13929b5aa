/* Proving runs of example guests: thousands of cycles a second, the split by stage, memory, sizes, verification.
 *
 *     vm,prove        guest, cycles             kHz: cycles a second of wall clock: tables and proof, the key made before
 *     vm,stage        guest, cycles, stage      share of that time
 *     vm,memory       guest, cycles             bytes a cycle
 *     vm,proof_size   guest, cycles             bytes
 *     vm,verify       guest, cycles             ms
 *     vm,cells        guest, cycles, table      committed main and auxiliary cells a cycle, padded
 *     vm,empty        -                         s, key included
 *
 * Inputs are made as long as the wanted number of cycles allows. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "bench/guest_inputs.h"
#include "bench/harness/bench.h"
#include "gen/vm/vm.h"
#include "situ/mem.h"
#include "situ/zkvm.h"
#include "stark/layout.h"

enum { INPUT_MAX = 1 << 20, REPEATS = 3 };

static char input[INPUT_MAX];

typedef struct {
    const char *name;
    guest_input *make;
} guest;

static situ_program *load(const char *name)
{
    static u8 bytes[1 << 22];
    char path[256], message[SITU_MESSAGE_BYTES];
    situ_program *program;
    snprintf(path, sizeof path, "build/guest/%s.elf", name);
    FILE *f = fopen(path, "rb");
    if (!f) return NULL;
    size_t n = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    if (situ_program_load(&program, bytes, n, message)) {
        fprintf(stderr, "%s: %s\n", path, message);
        exit(1);
    }
    return program;
}

static u64 count_cycles(const situ_program *program, size_t n_input)
{
    situ_machine *m;
    situ_run_report r;
    if (situ_machine_create(&m, program, input, n_input)) exit(1);
    situ_stop stop = situ_machine_run(m, UINT64_C(1) << 30);
    situ_machine_report(m, &r);
    situ_machine_destroy(m);
    return stop == SITU_STOP_HALT ? r.n_cycles : UINT64_MAX;
}

/* The longest input whose run takes at most n_cycles. */
static size_t fit_input(const situ_program *program, guest_input *make, u64 n_cycles)
{
    size_t low = 1, high = INPUT_MAX;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (count_cycles(program, make(input, sizeof input, middle)) <= n_cycles)
            low = middle;
        else
            high = middle;
    }
    return make(input, sizeof input, low);
}

typedef struct {
    double seconds, stages[SITU_ZKVM_STAGES], verify_seconds;
    situ_zkvm_cost cost;
    u64 n_cycles;
} proven;

static void fail(const char *what, situ_err err)
{
    fprintf(stderr, "%s: %s\n", what, situ_err_name(err));
    exit(1);
}

static void verify(proven *p, const situ_zkvm_key *key, const void *proof)
{
    size_t vk_bytes;
    situ_zkvm_claim claim;
    situ_zkvm_expected expected = {0};
    const void *vk = situ_zkvm_key_vk(key, &vk_bytes);
    situ_zkvm_vk_digest(expected.vk_digest, vk, vk_bytes);
    void *scratch = aligned_alloc(64, situ_zkvm_verify_scratch_bytes());
    double start = bench_now();
    situ_err err = situ_zkvm_verify(&claim, &expected, proof, p->cost.proof_bytes, scratch, NULL);
    p->verify_seconds = bench_now() - start;
    if (err) fail("verify", err);
    free(scratch);
}

static void report_cells(const situ_zkvm_run *run, const char *params, u64 n_cycles)
{
    u8 log2_rows[SITU_STARK_SLOTS_MAX];
    const char *name;
    u64 n_rows;
    for (u32 t = 0;; t++) {
        u32 n = situ_zkvm_run_table(run, t, &name, &n_rows, log2_rows, SITU_STARK_SLOTS_MAX);
        if (!name) return;
        u64 cells = 0;
        for (u32 i = 0; i < n; i++)
            cells +=
                (u64)(situ_vm_system.tables[t].n_main + 6 * stark_logup_groups(&situ_vm_system.tables[t], 3))
                << log2_rows[i];
        char with_table[128];
        snprintf(with_table, sizeof with_table, "%s table=%s rows=%llu", params, name,
                 (unsigned long long)n_rows);
        if (cells)
            bench_report("vm", "cells", with_table, 1, (double)cells / (double)n_cycles, "cells/cycle");
    }
}

/* Run and prove once. */
static proven prove(const situ_zkvm_key *key, size_t n_input, situ_pool *pool, const char *cells_params)
{
    char message[SITU_MESSAGE_BYTES];
    situ_run_report report;
    situ_zkvm_run *run;
    proven p;
    double start = bench_now();
    situ_err err = situ_zkvm_run_create(&run, key, input, n_input, &report, message);
    if (err) fail(message, err);
    p.n_cycles = report.n_cycles;
    if (situ_zkvm_cost_of(&p.cost, run, situ_pool_threads(pool))) exit(1);
    if (cells_params) report_cells(run, cells_params, p.n_cycles);
    void *proof = situ_mem_alloc(p.cost.proof_bytes, 64);
    err = situ_zkvm_prove(run, proof, p.cost.proof_bytes, p.stages, NULL, NULL, pool);
    p.seconds = bench_now() - start;
    if (err) fail("prove", err);
    verify(&p, key, proof);
    situ_mem_free(proof, p.cost.proof_bytes);
    situ_zkvm_run_destroy(run);
    return p;
}

static int by_seconds(const void *a, const void *b)
{
    double x = ((const proven *)a)->seconds, y = ((const proven *)b)->seconds;
    return (x > y) - (x < y);
}

static proven median_of(const situ_zkvm_key *key, size_t n_input, situ_pool *pool, const char *params)
{
    proven runs[REPEATS];
    prove(key, n_input, pool, params); /* warms memory up */
    for (int i = 0; i < REPEATS; i++) runs[i] = prove(key, n_input, pool, NULL);
    qsort(runs, REPEATS, sizeof *runs, by_seconds);
    return runs[REPEATS / 2];
}

static void bench_guest(const guest *g, u32 log2_cycles, situ_pool *pool)
{
    char message[SITU_MESSAGE_BYTES], params[128], with_stage[160];
    const situ_stark_params stark = situ_stark_params_default(1);
    situ_zkvm_key *key;
    situ_program *program = load(g->name);
    if (!program) return; /* no cross compiler */
    size_t n_input = fit_input(program, g->make, UINT64_C(1) << log2_cycles);
    if (situ_zkvm_key_create(&key, program, &stark, pool, message)) fail(message, SITU_ERR_ARG);
    snprintf(params, sizeof params, "guest=%s cycles=%llu", g->name,
             (unsigned long long)count_cycles(program, n_input));
    proven p = median_of(key, n_input, pool, params);
    u32 threads = situ_pool_threads(pool);
    bench_report("vm", "prove", params, threads, (double)p.n_cycles / p.seconds / 1e3, "kHz");
    double staged = 0;
    for (u32 s = 0; s < SITU_ZKVM_STAGES; s++) {
        snprintf(with_stage, sizeof with_stage, "%s stage=%s", params, situ_zkvm_stage_name(s));
        bench_report("vm", "stage", with_stage, threads, p.stages[s] / p.seconds, "share");
        staged += p.stages[s];
    }
    snprintf(with_stage, sizeof with_stage, "%s stage=run", params);
    bench_report("vm", "stage", with_stage, threads, (p.seconds - staged) / p.seconds, "share");
    bench_report("vm", "memory", params, threads, (double)p.cost.memory_bytes / (double)p.n_cycles,
                 "B/cycle");
    bench_report("vm", "proof_size", params, threads, (double)p.cost.proof_bytes, "B");
    bench_report("vm", "verify", params, 1, p.verify_seconds * 1e3, "ms");
    situ_zkvm_key_destroy(key);
    situ_program_free(program);
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
    if (situ_program_load(&program, elf, sizeof elf, message)) fail(message, SITU_ERR_FORMAT);
    return program;
}

static void prove_empty(void *ctx)
{
    char message[SITU_MESSAGE_BYTES];
    const situ_stark_params stark = situ_stark_params_default(1);
    situ_program *program = empty_program();
    situ_zkvm_key *key;
    if (situ_zkvm_key_create(&key, program, &stark, ctx, message)) fail(message, SITU_ERR_ARG);
    proven p = prove(key, 0, ctx, NULL);
    BENCH_KEEP(&p);
    situ_zkvm_key_destroy(key);
    situ_program_free(program);
}

static void bench_empty(situ_pool *pool)
{
    const situ_stark_params stark = situ_stark_params_default(1);
    char message[SITU_MESSAGE_BYTES];
    situ_program *program = empty_program();
    situ_zkvm_key *key;
    bench_report("vm", "empty", "-", situ_pool_threads(pool), bench_median(prove_empty, pool, 3, 0.3), "s");
    if (situ_zkvm_key_create(&key, program, &stark, pool, message)) fail(message, SITU_ERR_ARG);
    proven p = prove(key, 0, pool, NULL);
    bench_report("vm", "verify", "guest=empty", 1, p.verify_seconds * 1e3, "ms");
    bench_report("vm", "proof_size", "guest=empty", 1, (double)p.cost.proof_bytes, "B");
    situ_zkvm_key_destroy(key);
    situ_program_free(program);
}

int main(void)
{
    static const guest guests[] = {{"sha256", guest_input_noise},
                                   {"sort", guest_input_noise},
                                   {"json", guest_input_json},
                                   {"fibonacci", guest_input_number}};
    situ_pool *pool;
    if (situ_pool_create(&pool, 0)) return 1;
    bench_empty(pool);
    for (u32 log2_cycles = 18; log2_cycles <= 20; log2_cycles += 2)
        for (size_t i = 0; i < SITU_ARRAY_LEN(guests); i++) bench_guest(&guests[i], log2_cycles, pool);
    situ_pool_destroy(pool);
    return 0;
}
