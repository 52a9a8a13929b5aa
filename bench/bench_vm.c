/* Execution: instructions a second of the plain and of the tracing executor, on example guests. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/harness/bench.h"
#include "base/base.h"
#include "situ/vm.h"
#include "vm/trace.h"

typedef struct {
    situ_program *program;
    const char *input;
    size_t n_input;
    u64 n_cycles;
} run_case;

static situ_program *load(const char *path)
{
    static u8 bytes[1 << 22];
    situ_program *program;
    char message[SITU_MESSAGE_BYTES];
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

static void run_plain(void *ctx)
{
    run_case *c = ctx;
    situ_machine *m;
    situ_run_report r;
    if (situ_machine_create(&m, c->program, c->input, c->n_input)) exit(1);
    if (situ_machine_run(m, UINT64_MAX) != SITU_STOP_HALT) exit(1);
    situ_machine_report(m, &r);
    c->n_cycles = r.n_cycles;
    situ_machine_destroy(m);
}

static void run_traced(void *ctx)
{
    run_case *c = ctx;
    situ_tracer *t;
    situ_trace_chunk *chunk;
    situ_segment segment;
    situ_trace_stop stop;
    if (situ_tracer_create(&t, c->program, c->input, c->n_input) || situ_trace_chunk_create(&chunk, 4096))
        exit(1);
    do {
        stop = situ_trace_run(t, chunk);
        if (stop == SITU_TRACE_SEGMENT && situ_trace_end_segment(t, &segment)) exit(1);
    } while (stop == SITU_TRACE_CHUNK || stop == SITU_TRACE_SEGMENT);
    if (stop != SITU_TRACE_HALT || situ_trace_end_segment(t, &segment)) exit(1);
    situ_trace_chunk_destroy(chunk);
    situ_tracer_destroy(t);
}

int main(void)
{
    static char text[1 << 20];
    for (size_t i = 0; i < sizeof text; i++) text[i] = (char)('a' + i * i % 23);
    const struct {
        const char *name, *path, *input;
        size_t n_input;
    } guests[] = {
        {"fibonacci", "build/guest/fibonacci.elf", "10000000", 8},
        {"sha256", "build/guest/sha256.elf", text, sizeof text},
        {"sort", "build/guest/wordcount.elf", text, sizeof text},
    };
    for (size_t i = 0; i < SITU_ARRAY_LEN(guests); i++) {
        run_case c = {.program = load(guests[i].path),
                      .input = guests[i].input,
                      .n_input = guests[i].n_input};
        if (!c.program) continue; /* no cross compiler */
        char params[64];
        double plain = bench_median(run_plain, &c, 3, 0.3);
        double traced = bench_median(run_traced, &c, 3, 0.3);
        snprintf(params, sizeof params, "guest=%s cycles=%llu", guests[i].name,
                 (unsigned long long)c.n_cycles);
        bench_report("vm", "run", params, 1, (double)c.n_cycles / plain / 1e6, "MIPS");
        bench_report("vm", "trace", params, 1, (double)c.n_cycles / traced / 1e6, "MIPS");
        situ_program_free(c.program);
    }
    return 0;
}
