/* profile.c — see profile.h.
 *
 * A loop over the tracer's records.  What happens at every instruction is one test: does it follow the one before
 * without a jump, and is nothing special about either?  All else is behind it.
 */
#include "vm/profile.h"

#include <stdlib.h>
#include <string.h>

#include "situ/zkvm.h"
#include "stark/layout.h"
#include "vm/profile_functions.h"
#include "vm/profile_table.h"
#include "vm/program.h"
#include "vm/witness.h"

enum {
    CHUNK_STEPS = 2048, /* 160 KiB of records, which stay in the cache */
    STACK_MAX = 1 << 22,
    SEARCH_MAX = 4096, /* how far down a return looks for where it goes */
    REG_LINK = 1,
    REG_LINK_TOO = 5,
};

/* What is special about an instruction. */
enum {
    IS_CALL = 1,
    IS_RETURN = 2,
    IS_MARKER = 4,
    IS_START = 8, /* of a function */
    IS_ECALL = 16,
    IS_MEMORY = 32, /* could be misaligned */
    ENDS_STRETCH = IS_CALL | IS_RETURN,
    STARTS_STRETCH = IS_MARKER | IS_START,
};

typedef struct {
    u32 return_insn, node; /* of the caller */
} frame;

typedef struct {
    vm_profile *f;
    u8 *flags; /* [n_insns] */
    frame *stack;
    u32 n_stack, n_stack_max;
    u32 n_too_deep; /* calls that the stack had no room for: they count as their caller */

    u32 step, node;  /* now            */
    u32 first, last; /* of the stretch */
    u64 n_before;    /* cycles before the chunk */
    u8 *pages;       /* [SITU_VM_PAGES] touched */
    bool is_out_of_memory;
} collector;

/* --- instructions --------------------------------------------------------------------------------------- */

static bool is_link(u32 reg) { return reg == REG_LINK || reg == REG_LINK_TOO; }

static u8 flags_of(const situ_insn *in)
{
    const situ_op_info *op = &situ_ops[in->op];
    if (in->op == SITU_OP_ECALL) return IS_ECALL;
    if (op->bytes > 1) return IS_MEMORY;
    if (in->op == SITU_OP_ADDI && in->rd == SITU_REG_SINK && in->rs1 == 0 && in->imm != 0) return IS_MARKER;
    if (in->op != SITU_OP_JAL && in->op != SITU_OP_JALR) return 0;
    if (is_link(in->rd)) return IS_CALL;
    return in->op == SITU_OP_JALR && is_link(in->rs1) ? IS_RETURN : 0;
}

static u32 row_cells(u32 table)
{
    const situ_air_table *t = &situ_vm_system.tables[table];
    const situ_stark_params params = situ_stark_params_default(1);
    return t->n_main + K6_DEGREE * stark_logup_groups(t, stark_degree_max(&params));
}

/* The table of an execution, of loads and stores an aligned one; SITU_VM_TABLES for system calls. */
static u32 table_of(const situ_insn *in)
{
    const situ_step step = {.rs1 = -in->imm, .extra_at = SITU_NO_EXTRA};
    const vm_step s = {&step, in, NULL};
    return in->op >= SITU_OP_ECALL ? SITU_VM_TABLES : vm_rule_of(&s)->table;
}

static situ_err look_at_program(collector *c)
{
    vm_profile *f = c->f;
    const situ_program *p = f->program;
    SITU_TRY(vm_profile_find_functions(f));
    c->flags = malloc(p->n_insns);
    f->cells_of = malloc(p->n_insns * sizeof *f->cells_of);
    c->pages = calloc(SITU_VM_PAGES, 1);
    if (!c->flags || !f->cells_of || !c->pages) return SITU_ERR_MEMORY;
    for (u32 t = 0; t < SITU_VM_TABLES; t++) f->row_cells[t] = row_cells(t);
    for (u32 i = 0; i < p->n_insns; i++) {
        c->flags[i] = flags_of(&p->insns[i]);
        u32 table = table_of(&p->insns[i]);
        f->cells_of[i] = table < SITU_VM_TABLES ? f->row_cells[table] : 0;
    }
    for (u32 k = 0; k < f->n_functions; k++) c->flags[f->function_start[k]] |= IS_START;
    return SITU_OK;
}

/* --- calls ---------------------------------------------------------------------------------------------- */

SITU_INLINE vm_profile_entry *node_at(const collector *c, u32 node) { return &c->f->nodes.entries[node]; }

static u32 find_node(collector *c, u32 parent, u32 call_insn, u32 function)
{
    vm_profile *f = c->f;
    u32 depth = parent == VM_PROFILE_NONE ? 0 : node_at(c, parent)->node.depth + 1;
    const u32 key[4] = {parent, call_insn, function, depth};
    if (depth >= VM_PROFILE_DEPTH_MAX || f->nodes.n >= VM_PROFILE_NODES_MAX) {
        f->is_cut = true;
        return parent == VM_PROFILE_NONE ? 0 : parent;
    }
    u32 node = profile_table_find(&f->nodes, key);
    if (node == VM_PROFILE_NONE) c->is_out_of_memory = true;
    return node == VM_PROFILE_NONE ? 0 : node;
}

static void call(collector *c, u32 from, u32 to)
{
    if (c->n_stack == c->n_stack_max) {
        u32 grown = c->n_stack_max ? 2 * c->n_stack_max : 1024;
        frame *moved = grown <= STACK_MAX ? realloc(c->stack, grown * sizeof *moved) : NULL;
        if (!moved) {
            c->f->is_cut = true;
            c->n_too_deep++;
            return;
        }
        c->stack = moved;
        c->n_stack_max = grown;
    }
    c->stack[c->n_stack++] = (frame){from + 1, c->node};
    c->node = find_node(c, c->node, from, c->f->function_of[to]);
}

/* Into another function without a call: it takes the place of this one. */
static void tail_call(collector *c, u32 to)
{
    const vm_profile_entry *now = node_at(c, c->node);
    u32 function = c->f->function_of[to];
    if (now->node.function != function)
        c->node = find_node(c, now->node.parent, now->node.call_insn, function);
}

static void leave(collector *c, u32 n_left)
{
    c->n_stack = n_left;
    c->node = c->stack[n_left].node;
}

/* To the innermost call that comes back here; failing that (longjmp, exceptions), to the innermost activation of the
 * function that it goes to. */
static void come_back(collector *c, u32 to)
{
    u32 lowest = c->n_stack > SEARCH_MAX ? c->n_stack - SEARCH_MAX : 0;
    u32 function = c->f->function_of[to];
    if (c->n_too_deep > 0) {
        c->n_too_deep--;
        return;
    }
    for (u32 n = c->n_stack; n > lowest; n--)
        if (c->stack[n - 1].return_insn == to) {
            leave(c, n - 1);
            return;
        }
    if (node_at(c, c->node)->node.function == function) return;
    for (u32 n = c->n_stack; n > lowest; n--)
        if (node_at(c, c->stack[n - 1].node)->node.function == function) {
            leave(c, n - 1);
            return;
        }
    tail_call(c, to);
}

/* --- steps ---------------------------------------------------------------------------------------------- */

static void start_step(collector *c, u32 number, u64 n_cycles)
{
    vm_profile *f = c->f;
    u32 last = VM_PROFILE_NONE;
    for (u32 i = f->n_steps; i > 0 && last == VM_PROFILE_NONE; i--)
        if (f->steps[i - 1].number == number) last = i - 1;
    if (f->n_steps == VM_PROFILE_STEPS_MAX) {
        if (last != VM_PROFILE_NONE) c->step = last;
        return;
    }
    u32 occurrence = last == VM_PROFILE_NONE ? 1 : f->steps[last].occurrence + 1;
    c->step = f->n_steps;
    f->steps[f->n_steps++] = (vm_profile_step){number, occurrence, n_cycles};
}

/* --- counting ------------------------------------------------------------------------------------------- */

static void count_entry(collector *c, u32 to)
{
    if (c->flags[to] & IS_START) node_at(c, c->node)->count++;
}

static void end_stretch(collector *c)
{
    const u32 key[4] = {c->step, c->node, c->first, c->last};
    u32 i = profile_table_find(&c->f->stretches, key);
    if (i == VM_PROFILE_NONE)
        c->is_out_of_memory = true;
    else
        c->f->stretches.entries[i].count++;
}

/* A new stretch begins at `to`; n_cycles have gone before. */
static SITU_NOINLINE void turn(collector *c, u32 to, u64 n_cycles)
{
    if (n_cycles > 0) {
        end_stretch(c);
        if (c->flags[c->last] & IS_CALL)
            call(c, c->last, to);
        else if (c->flags[c->last] & IS_RETURN)
            come_back(c, to);
        else
            tail_call(c, to);
    }
    count_entry(c, to);
    if (c->flags[to] & IS_MARKER) start_step(c, (u32)c->f->program->insns[to].imm, n_cycles);
    c->first = to;
}

static void add_event(collector *c, u32 insn, u32 kind, i64 cells)
{
    const u32 key[4] = {c->step, c->node, insn, kind};
    u32 i = profile_table_find(&c->f->events, key);
    if (i == VM_PROFILE_NONE) {
        c->is_out_of_memory = true;
        return;
    }
    c->f->events.entries[i].count++;
    c->f->events.entries[i].cells += cells;
}

static SITU_NOINLINE void count_misaligned(collector *c, const situ_step *step)
{
    vm_profile *f = c->f;
    const vm_step s = {step, &f->program->insns[step->insn], NULL};
    const u32 table = vm_memory_rule(&s)->table;
    u32 kind = step->extra_at == SITU_NO_EXTRA ? VM_PROFILE_MISALIGNED : VM_PROFILE_STRADDLING;
    i64 cells = (i64)f->row_cells[table] - f->cells_of[step->insn];
    add_event(c, step->insn, kind, cells);
    f->n_rows[table]++;
}

static SITU_NOINLINE void count_ecall(collector *c, const situ_trace_chunk *chunk, const situ_step *step)
{
    vm_profile *f = c->f;
    const vm_step s = {step, &f->program->insns[step->insn],
                       step->extra_at == SITU_NO_EXTRA ? NULL : chunk->extras + step->extra_at};
    u64 n_rows[SITU_VM_TABLES] = {0};
    i64 cells = 0;
    vm_ecall_count(&s, n_rows);
    for (u32 t = 0; t < SITU_VM_TABLES; t++) {
        f->n_rows[t] += n_rows[t];
        cells += (i64)(n_rows[t] * f->row_cells[t]);
    }
    add_event(c, step->insn, (u32)step->rs1, cells);
}

SITU_INLINE bool is_misaligned(const situ_insn *in, const situ_step *s)
{
    return ((s->rs1 + in->imm) & (situ_ops[in->op].bytes - 1u)) != 0;
}

static void follow_chunk(collector *c, const situ_trace_chunk *chunk)
{
    const situ_insn *insns = c->f->program->insns;
    const u8 *flags = c->flags;
    u32 last = c->last;
    for (u32 i = 0; i < chunk->n_steps; i++) {
        const situ_step *s = &chunk->steps[i];
        u32 at = s->insn;
        if (SITU_UNLIKELY(at != last + 1 || (flags[at] & STARTS_STRETCH) || (flags[last] & ENDS_STRETCH))) {
            c->last = last;
            turn(c, at, c->n_before + i);
        }
        last = at;
        if (flags[at] & (IS_MEMORY | IS_ECALL)) {
            if (flags[at] & IS_ECALL)
                count_ecall(c, chunk, s);
            else if (SITU_UNLIKELY(is_misaligned(&insns[at], s)))
                count_misaligned(c, s);
        }
    }
    c->last = last;
    c->n_before += chunk->n_steps;
    c->f->n_rows[SITU_VM_TABLE_TOUCH] += chunk->n_touches;
}

/* --- memory --------------------------------------------------------------------------------------------- */

static vm_profile_place place_of(const situ_program *p, u32 word)
{
    u64 address = (u64)word * SITU_VM_WORD_BYTES;
    switch (situ_program_region(p, word)->kind) {
    case SITU_REGION_INPUT: return VM_PROFILE_INPUT;
    case SITU_REGION_WRITE: return VM_PROFILE_DATA;
    case SITU_REGION_ZERO:
        return address >= SITU_VM_STACK_START && address < SITU_VM_STACK_END ? VM_PROFILE_STACK
                                                                             : VM_PROFILE_HEAP;
    default: return VM_PROFILE_CONSTANTS;
    }
}

static void count_edge(collector *c, const situ_edge *e)
{
    vm_profile *f = c->f;
    u32 word = SITU_KEY_ADDRESS(e->key), page = word / (SITU_VM_PAGE_BYTES / SITU_VM_WORD_BYTES);
    if (SITU_KEY_SPACE(e->key) == SITU_SPACE_REG || e->earlier) return;
    vm_profile_place place = place_of(f->program, word);
    f->words_touched[place]++;
    f->n_pages += !c->pages[page];
    c->pages[page] = 1;
    if (place == VM_PROFILE_STACK)
        f->stack_bytes = u64_max(f->stack_bytes, SITU_VM_STACK_END - (u64)word * SITU_VM_WORD_BYTES);
}

static situ_err end_segment(collector *c, situ_tracer *t)
{
    situ_segment segment;
    SITU_TRY(situ_trace_end_segment(t, &segment));
    vm_count_edges(c->f->program, &segment, c->f->n_rows);
    for (u32 i = 0; i < segment.n_edges; i++) count_edge(c, &segment.edges[i]);
    c->f->n_segments++;
    return SITU_OK;
}

/* --- the run -------------------------------------------------------------------------------------------- */

static situ_stop stop_of(situ_trace_stop stop)
{
    return stop == SITU_TRACE_HALT   ? SITU_STOP_HALT
           : stop == SITU_TRACE_TRAP ? SITU_STOP_TRAP
                                     : SITU_STOP_LIMIT;
}

static void start(collector *c)
{
    vm_profile *f = c->f;
    u32 entry = situ_program_insn_at(f->program, situ_program_entry(f->program));
    start_step(c, 0, 0);
    c->node = find_node(c, VM_PROFILE_NONE, VM_PROFILE_NONE, f->function_of[entry]);
    c->last = f->program->n_insns; /* nothing comes behind it, so the first instruction turns */
}

static situ_err follow_run(collector *c, situ_tracer *t, situ_trace_chunk *chunk, u64 n_cycles_max)
{
    situ_trace_stop stop;
    do {
        stop = situ_trace_run(t, chunk);
        if (stop == SITU_TRACE_MEMORY) return SITU_ERR_MEMORY;
        follow_chunk(c, chunk);
        if (c->is_out_of_memory) return SITU_ERR_MEMORY;
        if (stop == SITU_TRACE_SEGMENT) SITU_TRY(end_segment(c, t));
    } while ((stop == SITU_TRACE_CHUNK || stop == SITU_TRACE_SEGMENT) && c->n_before < n_cycles_max);
    if (c->n_before > 0) end_stretch(c);
    if (c->is_out_of_memory) return SITU_ERR_MEMORY;
    c->f->stop = stop_of(stop);
    return stop == SITU_TRACE_SEGMENT ? SITU_OK : end_segment(c, t);
}

/* How often each instruction ran. */
static situ_err count_executed(vm_profile *f)
{
    const u32 n = f->program->n_insns;
    f->executed = calloc((size_t)n + 1, sizeof *f->executed);
    if (!f->executed) return SITU_ERR_MEMORY;
    for (u32 i = 0; i < f->stretches.n; i++) {
        const vm_profile_entry *e = &f->stretches.entries[i];
        f->executed[e->stretch.first] += e->count;
        f->executed[e->stretch.last + 1] -= e->count; /* modulo 2^64, until summed */
    }
    for (u32 i = 1; i < n; i++) f->executed[i] += f->executed[i - 1];
    return SITU_OK;
}

/* Rows, loads and stores by instruction; misaligned ones and system calls have been counted as they came. */
static void count_rows(vm_profile *f)
{
    const situ_insn *insns = f->program->insns;
    for (u32 i = 0; i < f->program->n_insns; i++) {
        u32 table = table_of(&insns[i]), format = situ_ops[insns[i].op].format;
        if (table < SITU_VM_TABLES) f->n_rows[table] += f->executed[i];
        f->n_loads += format == SITU_FORMAT_LOAD ? f->executed[i] : 0;
        f->n_stores += format == SITU_FORMAT_STORE ? f->executed[i] : 0;
    }
    for (u32 i = 0; i < f->events.n; i++) {
        const vm_profile_entry *e = &f->events.entries[i];
        u32 table = table_of(&insns[e->event.insn]);
        if (table < SITU_VM_TABLES) f->n_rows[table] -= e->count;
    }
}

/* Heights, and all that would be committed. */
static void plan_proof(vm_profile *f)
{
    const situ_stark_params params = situ_stark_params_default(1);
    stark_layout layout;
    u32 too_long;
    if (f->n_segments != 1 || f->stop != SITU_STOP_HALT || f->n_output > SITU_ZKVM_OUTPUT_BYTES_MAX) return;
    if (vm_choose_heights(f->program, params.log2_blowup, f->n_rows, f->log2_rows, f->first_slot, &too_long))
        return;
    if (vm_fit_heights(f->log2_rows, f->first_slot, &params)) return;
    if (stark_layout_make(&layout, &situ_vm_system, &params, f->log2_rows)) return;
    f->fits = true;
    for (u32 g = 0; g < layout.n_groups; g++)
        for (int t = 0; t < STARK_TREES; t++)
            f->padded_cells += (u64)layout.groups[g].n_tiles[t] * STARK_TILE_COLUMNS
                               << layout.groups[g].log2_rows;
}

static void take_report(vm_profile *f, const situ_machine *m)
{
    situ_run_report r;
    situ_machine_report(m, &r);
    f->exit_code = r.exit_code;
    f->pc = r.pc;
    f->n_output = r.n_output;
    if (f->stop == SITU_STOP_TRAP) situ_trap_describe(f->trap, sizeof f->trap, &r);
}

static situ_err collect(collector *c, situ_tracer *t, situ_trace_chunk *chunk, u64 n_cycles_max)
{
    vm_profile *f = c->f;
    SITU_TRY(look_at_program(c));
    start(c);
    SITU_TRY(follow_run(c, t, chunk, n_cycles_max));
    f->n_cycles = c->n_before;
    take_report(f, situ_tracer_machine(t));
    SITU_TRY(count_executed(f));
    count_rows(f);
    plan_proof(f);
    return SITU_OK;
}

situ_err vm_profile_make(vm_profile **profile, const situ_program *program, const void *input, size_t n_input,
                         u64 n_cycles_max, situ_debug_fn *on_debug, void *debug_ctx)
{
    collector c = {.f = calloc(1, sizeof *c.f)};
    situ_tracer *tracer = NULL;
    situ_trace_chunk *chunk = NULL;

    *profile = NULL;
    if (!c.f) return SITU_ERR_MEMORY;
    c.f->program = program;
    situ_err err = situ_tracer_create(&tracer, program, input, n_input);
    if (!err) err = situ_trace_chunk_create(&chunk, CHUNK_STEPS);
    if (!err && on_debug) situ_machine_on_debug(situ_tracer_machine(tracer), on_debug, debug_ctx);
    if (!err) err = collect(&c, tracer, chunk, n_cycles_max);
    situ_trace_chunk_destroy(chunk);
    situ_tracer_destroy(tracer);
    free(c.flags);
    free(c.stack);
    free(c.pages);
    if (err)
        vm_profile_free(c.f);
    else
        *profile = c.f;
    return err;
}

static void free_table(vm_profile_table *t)
{
    free(t->entries);
    free(t->slots);
}

void vm_profile_free(vm_profile *f)
{
    if (!f) return;
    for (u32 i = 0; f->function_name && i < f->n_functions; i++) free(f->function_name[i]);
    free(f->function_of);
    free(f->function_start);
    free(f->function_name);
    free(f->cells_of);
    free(f->executed);
    free_table(&f->nodes);
    free_table(&f->stretches);
    free_table(&f->events);
    free(f);
}

/* --- names ---------------------------------------------------------------------------------------------- */

const char *vm_profile_place_name(vm_profile_place place)
{
    static const char *const names[VM_PROFILE_PLACES] = {"constants", "data", "zero data and heap", "stack",
                                                         "input"};
    return names[place];
}

static const struct {
    u32 number;
    const char *name;
    bool is_accelerator;
} ecalls[] = {
    {SITU_ECALL_WRITE, "write", false},
    {SITU_ECALL_EXIT, "exit", false},
    {SITU_ECALL_KECCAK, "Keccak-f[1600]", true},
    {SITU_ECALL_BLAKE3, "BLAKE3 compression", true},
    {SITU_ECALL_K_MULADD, "K multiply-add", true},
    {SITU_ECALL_K_HORNER, "sum over elements of K", true},
    {SITU_ECALL_F_HORNER, "sum over tiles of F", true},
    {SITU_ECALL_K_FOLD, "fold of 8 elements of K", true},
};

const char *vm_profile_ecall_name(u32 number)
{
    for (size_t i = 0; i < SITU_ARRAY_LEN(ecalls); i++)
        if (ecalls[i].number == number) return ecalls[i].name;
    return NULL;
}

bool vm_profile_is_accelerator(u32 number)
{
    for (size_t i = 0; i < SITU_ARRAY_LEN(ecalls); i++)
        if (ecalls[i].number == number) return ecalls[i].is_accelerator;
    return true; /* whatever comes later */
}
