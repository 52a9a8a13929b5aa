/* profile_text.c — a profile on a terminal. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/profile_out.h"
#include "cli/text.h"
#include "vm/program.h"

enum { STEPS_SHOWN = 32, SITES_SHOWN = 10, NUMBER_WIDTH = 17 };

const char *profile_given_name(const profile_about *about, u32 number)
{
    for (u32 i = 0; i < about->n_names; i++)
        if ((u32)about->names[i].number == number) return about->names[i].name;
    return NULL;
}

/* A number with commas, to the right. */
static void print_column(FILE *to, u64 n)
{
    char text[32];
    FILE *f = fmemopen(text, sizeof text, "w");
    if (!f) return;
    print_number(f, n);
    fclose(f);
    fprintf(to, "%*s", NUMBER_WIDTH, text);
}

static void print_line_of(FILE *to, const char *name, u64 n, const char *what)
{
    fprintf(to, "%-12s ", name);
    print_number(to, n);
    fprintf(to, "%s\n", what);
}

static void print_head(FILE *to, const profile_model *m)
{
    const vm_profile *f = m->profile;
    u64 cells = m->step_cells[m->n_steps];
    if (f->stop == SITU_STOP_HALT) fprintf(to, "exit code    %" PRIu64 "\n", f->exit_code);
    print_line_of(to, "cycles", f->n_cycles, "");
    fputs("cells        ", to);
    print_number(to, cells);
    fprintf(to, "  (%.1f a cycle)\n", f->n_cycles ? (double)cells / (double)f->n_cycles : 0);
    fputs("proof        ", to);
    if (f->fits) {
        fputs("one; ", to);
        print_number(to, f->padded_cells);
        fputs(" cells with padding and all that is fixed, at blowup 2\n", to);
    } else if (f->n_segments > 1) {
        fprintf(to, "%u segments: too long for one proof\n", f->n_segments);
    } else {
        fputs("none of this run\n", to);
    }
}

static void print_functions(FILE *to, const profile_model *m, const profile_about *about, u32 step,
                            u32 *order)
{
    char place[256];
    u32 n = profile_model_order(m, step, order);
    u64 cycles = m->step_cycles[step], cells = m->step_cells[step];
    fputs("     own %       own cycles  total %  cells %  function\n", to);
    for (u32 i = 0; i < n && i < about->n_top; i++) {
        const model_frame *frame = &m->frames[order[i]];
        const model_cost *c = model_cost_of(m, step, order[i]);
        fprintf(to, "  %6.2f %%", profile_percent(c->self, cycles));
        print_column(to, c->self);
        place[0] = 0;
        profile_model_place(m, frame->insn, place);
        fprintf(to, " %6.2f %% %6.2f %%  %s%s%s%s\n", profile_percent(c->total, cycles),
                profile_percent(c->self_cells, cells), frame->name, frame->is_inlined ? " (inlined)" : "",
                place[0] ? "  " : "", place);
    }
    if (n > about->n_top) fprintf(to, "  and %u more\n", n - about->n_top);
}

static void print_lines(FILE *to, const profile_model *m, const profile_about *about)
{
    u32 i = 0, n = 0;
    while (i < m->n_lines && m->lines[i].step != m->n_steps) i++; /* the whole run is last */
    if (i == m->n_lines) {
        fprintf(to, "\nlines        %s\n",
                debug_info_is_built() ? "none: compile the program with -g"
                                      : "none: this build cannot read them; install libdw-dev and build again");
        return;
    }
    fprintf(to, "\nlines\n     own %%       own cycles  line\n");
    for (; i < m->n_lines && n < about->n_top; i++, n++) {
        const model_line *l = &m->lines[i];
        const debug_line *line = &m->debug->lines[l->line];
        fprintf(to, "  %6.2f %%", profile_percent(l->cycles, m->profile->n_cycles));
        print_column(to, l->cycles);
        fprintf(to, "  %s:%u  %s\n", m->debug->files[line->file], line->line, m->frames[l->frame].name);
    }
    if (m->cycles_without_line)
        print_line_of(to, "  elsewhere ", m->cycles_without_line,
                      " cycles in code whose lines the file does not tell");
}

static void print_steps(FILE *to, const profile_model *m, const profile_about *about, u32 *order)
{
    char text[64];
    if (m->n_steps < 2) return;
    for (u32 s = 0; s < m->n_steps && s < STEPS_SHOWN; s++) {
        const char *given = profile_given_name(about, m->profile->steps[s].number);
        fprintf(to, "\nstep %s%s%s: ", profile_model_step_name(m, s, text), given ? " " : "",
                given ? given : "");
        print_number(to, m->step_cycles[s]);
        fprintf(to, " cycles, %.2f %% of the run\n",
                profile_percent(m->step_cycles[s], m->profile->n_cycles));
        print_functions(to, m, about, s, order);
    }
    if (m->n_steps > STEPS_SHOWN)
        fprintf(to, "\nand %u more steps; --json and --html have them\n", m->n_steps - STEPS_SHOWN);
}

/* Tables by cells. */
static int compare_tables(const void *a, const void *b, void *ctx)
{
    const vm_profile *f = ctx;
    u32 x = *(const u32 *)a, y = *(const u32 *)b;
    u64 cells_x = f->n_rows[x] * f->row_cells[x], cells_y = f->n_rows[y] * f->row_cells[y];
    return cells_x != cells_y ? (cells_x > cells_y ? -1 : 1) : (int)x - (int)y;
}

static void print_table(FILE *to, const vm_profile *f, u32 t)
{
    u64 padded = 0;
    fprintf(to, "  %-18s", situ_vm_system.tables[t].name);
    print_column(to, f->n_rows[t]);
    fprintf(to, " %6u", f->row_cells[t]);
    print_column(to, f->n_rows[t] * f->row_cells[t]);
    for (u32 slot = f->first_slot[t]; f->fits && slot < f->first_slot[t + 1]; slot++) {
        if (f->log2_rows[slot] == 0) continue;
        fprintf(to, "%s2^%u", padded ? " + " : "  ", f->log2_rows[slot]);
        padded += UINT64_C(1) << f->log2_rows[slot];
    }
    fprintf(to, "%s\n", situ_vm_system.tables[t].n_pre ? "  (whatever runs)" : "");
}

static void print_tables(FILE *to, const profile_model *m)
{
    vm_profile *f = (vm_profile *)(uintptr_t)m->profile; /* as qsort_r wants it; nothing is changed */
    u32 order[SITU_VM_TABLES], n = 0;
    for (u32 t = 0; t < SITU_VM_TABLES; t++)
        if (f->n_rows[t]) order[n++] = t;
    qsort_r(order, n, sizeof *order, compare_tables, f);
    fprintf(to, "\ntables                          rows  x each            cells%s\n",
            f->fits ? "  height" : "");
    for (u32 i = 0; i < n; i++) print_table(to, f, order[i]);
}

static void print_memory(FILE *to, const profile_model *m)
{
    const vm_profile *f = m->profile;
    char text[24];
    fputs("\nmemory       ", to);
    print_number(to, f->n_loads);
    fputs(" loads, ", to);
    print_number(to, f->n_stores);
    fputs(" stores; touched ", to);
    for (u32 k = 0; k < VM_PROFILE_PLACES; k++)
        fprintf(to, "%s%s of %s", k ? ", " : "", text_bytes(text, f->words_touched[k] * SITU_VM_WORD_BYTES),
                vm_profile_place_name((vm_profile_place)k));
    fprintf(to, "; %" PRIu64 " pages\n", f->n_pages);
    fprintf(to, "stack        %s at its deepest\n", text_bytes(text, f->stack_bytes));
}

/* Sites of misaligned accesses, or of system calls. */
static void print_sites(FILE *to, const profile_model *m, bool misaligned)
{
    char place[256];
    u64 n_all = 0, n_straddling = 0;
    u32 shown = 0;
    for (u32 i = 0; i < m->n_sites; i++) {
        if ((m->sites[i].kind == VM_PROFILE_MISALIGNED) != misaligned) continue;
        n_all += m->sites[i].count;
        n_straddling += m->sites[i].straddling;
    }
    fprintf(to, "%-12s ", misaligned ? "misaligned" : "system calls");
    print_number(to, n_all);
    if (misaligned) fprintf(to, ", %" PRIu64 " of them in two words", n_straddling);
    putc('\n', to);
    for (u32 i = 0; i < m->n_sites && shown < SITES_SHOWN; i++) {
        const model_site *s = &m->sites[i];
        const situ_insn *in = &m->profile->program->insns[s->insn];
        if ((s->kind == VM_PROFILE_MISALIGNED) != misaligned) continue;
        const char *name = misaligned ? situ_ops[in->op].mnemonic : vm_profile_ecall_name(s->kind);
        place[0] = 0;
        profile_model_place(m, s->insn, place);
        fputs("  ", to);
        print_column(to, s->count);
        fprintf(to, "  %s in %s at 0x%08x%s%s\n", name ? name : "accelerator", m->frames[s->frame].name,
                in->pc, place[0] ? ", " : "", place);
        shown++;
    }
}

void profile_print(FILE *to, const profile_model *m, const profile_about *about)
{
    u32 *order = malloc(m->n_frames * sizeof *order);
    print_head(to, m);
    if (order) {
        fputs("\nfunctions\n", to);
        print_functions(to, m, about, m->n_steps, order);
        print_lines(to, m, about);
        print_steps(to, m, about, order);
    }
    print_tables(to, m);
    print_memory(to, m);
    print_sites(to, m, true);
    print_sites(to, m, false);
    if (m->profile->is_cut)
        fputs("the call graph is cut: calls are too deep, or too many chains of them\n", to);
    free(order);
}
