/* backtrace.c — follow calls through a traced run. */
#include "vm/backtrace.h"

#include <stdlib.h>

#include "vm/trace.h"

#define CALLS_MAX   (1u << 16) /* deeper ones are not followed until they return */
#define CHUNK_STEPS 4096

typedef struct {
    u32 insn;        /* the call                                                */
    u32 return_insn; /* where it comes back; a return that matches ends it      */
} call;

typedef struct {
    call *calls; /* [CALLS_MAX] */
    u32 n_calls;
} call_stack;

/* The psABI's hint of what is a call and what a return: link in x1 or x5. */
static bool is_link(u32 reg) { return reg == 1 || reg == 5; }

static void follow(call_stack *s, const situ_insn *insns, u32 from, u32 to)
{
    const situ_insn *in = &insns[from];
    if (in->op != SITU_OP_JAL && in->op != SITU_OP_JALR) return;
    if (is_link(in->rd)) {
        if (s->n_calls < CALLS_MAX) s->calls[s->n_calls++] = (call){from, from + 1};
    } else if (in->op == SITU_OP_JALR && is_link(in->rs1)) {
        u32 n = s->n_calls;
        while (n > 0 && s->calls[n - 1].return_insn != to) n--;
        if (n > 0) s->n_calls = n - 1; /* a longjmp drops several */
    }
}

static void follow_run(call_stack *s, situ_tracer *t, situ_trace_chunk *chunk, u64 n_cycles)
{
    const situ_program *p = situ_tracer_machine(t)->program;
    for (u64 n_left = n_cycles; n_left > 0;) {
        situ_trace_stop stop = situ_trace_run(t, chunk);
        for (u32 i = 0; i < chunk->n_steps && n_left > 0; i++, n_left--) {
            u32 to = i + 1 < chunk->n_steps ? chunk->steps[i + 1].insn : situ_tracer_machine(t)->at;
            follow(s, p->insns, chunk->steps[i].insn, to);
        }
        situ_segment segment;
        if (stop == SITU_TRACE_SEGMENT && situ_trace_end_segment(t, &segment) == SITU_OK) continue;
        if (stop != SITU_TRACE_CHUNK) return;
    }
}

size_t situ_backtrace(u64 frames[SITU_BACKTRACE_MAX], const situ_program *program, const void *input,
                      size_t n_input, u64 n_cycles)
{
    call_stack s = {.calls = malloc(CALLS_MAX * sizeof(call))};
    situ_tracer *tracer = NULL;
    situ_trace_chunk *chunk = NULL;
    size_t n = 0;

    if (s.calls && situ_tracer_create(&tracer, program, input, n_input) == SITU_OK &&
        situ_trace_chunk_create(&chunk, CHUNK_STEPS) == SITU_OK) {
        follow_run(&s, tracer, chunk, n_cycles);
        while (n < SITU_BACKTRACE_MAX && n < s.n_calls) {
            frames[n] = program->insns[s.calls[s.n_calls - 1 - n].insn].pc;
            n++;
        }
    }
    situ_trace_chunk_destroy(chunk);
    situ_tracer_destroy(tracer);
    free(s.calls);
    return n;
}

const char *situ_program_trap_hint(const situ_program *program, const situ_run_report *report)
{
    bool is_code = report->trap == SITU_TRAP_ILLEGAL ||
                   (report->trap == SITU_TRAP_JUMP && report->trap_address % 2 == 0);
    if (is_code && program->has_rvc_flag) {
        return "the file has compressed instructions: build with -march=rv64im -mabi=lp64";
    }
    if (report->trap == SITU_TRAP_STORE && report->trap_address >= SITU_VM_GUARD_START &&
        report->trap_address < SITU_VM_STACK_START) {
        return "this is the guard below the stack: the stack has overflowed";
    }
    return NULL;
}
