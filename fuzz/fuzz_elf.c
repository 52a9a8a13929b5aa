/* The ELF loader on arbitrary bytes; what loads is also run for a while, plainly and traced, which must
 * agree. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "situ/vm.h"
#include "vm/isa.h"
#include "vm/trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes);

#define STEPS_MAX 2000

/* Where the plain run stops within STEPS_MAX steps, the traced one stops at the same place. */
static void compare_runs(const situ_program *program)
{
    situ_machine *plain;
    situ_tracer *tracer = NULL;
    situ_trace_chunk *chunk = NULL;
    situ_run_report a, b;

    if (situ_machine_create(&plain, program, "input", 5)) return;
    situ_stop stop = situ_machine_run(plain, STEPS_MAX);
    situ_machine_report(plain, &a);
    if (situ_tracer_create(&tracer, program, "input", 5) == SITU_OK &&
        situ_trace_chunk_create(&chunk, STEPS_MAX) == SITU_OK && a.n_cycles < STEPS_MAX &&
        stop != SITU_STOP_LIMIT) {
        situ_trace_stop traced = situ_trace_run(tracer, chunk);
        situ_machine_report(situ_tracer_machine(tracer), &b);
        SITU_ASSERT(traced == (stop == SITU_STOP_HALT ? SITU_TRACE_HALT : SITU_TRACE_TRAP));
        SITU_ASSERT(a.n_cycles == b.n_cycles && a.pc == b.pc && a.trap == b.trap &&
                    a.trap_address == b.trap_address);
        SITU_ASSERT(memcmp(a.registers, b.registers, sizeof a.registers) == 0);
        SITU_ASSERT(a.n_output == b.n_output &&
                    (a.n_output == 0 || memcmp(a.output, b.output, a.n_output) == 0));
    }
    situ_trace_chunk_destroy(chunk);
    situ_tracer_destroy(tracer);
    situ_machine_destroy(plain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
    situ_program *program;
    char message[SITU_MESSAGE_BYTES];
    uint8_t digest[SITU_PROGRAM_DIGEST_BYTES];
    uint64_t offset;

    if (situ_program_load(&program, data, n_bytes, message)) {
        SITU_ASSERT(message[0] != 0 && program == NULL);
        return 0;
    }
    situ_program_digest(program, digest);
    situ_program_function(program, situ_program_entry(program), &offset);
    compare_runs(program);
    situ_program_free(program);
    return 0;
}
