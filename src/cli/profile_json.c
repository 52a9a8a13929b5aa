/* profile_json.c — a profile for programs, and inside a page for people. */
#include <inttypes.h>
#include <string.h>

#include "cli/profile_out.h"
#include "vm/program.h"

/* --- values --------------------------------------------------------------------------------------------- */

/* Bytes that are no plain text, and '<', which could end a script element, are escaped. */
static void print_string(FILE *to, const char *text)
{
    putc('"', to);
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if (*c < 32 || *c > 126 || *c == '"' || *c == '\\' || *c == '<')
            fprintf(to, "\\u%04x", *c);
        else
            putc(*c, to);
    }
    putc('"', to);
}

static void print_text(FILE *to, const char *name, const char *text)
{
    fprintf(to, "\"%s\":", name);
    if (text)
        print_string(to, text);
    else
        fputs("null", to);
}

static void print_count(FILE *to, const char *name, u64 n) { fprintf(to, ",\"%s\":%" PRIu64, name, n); }

static void print_costs(FILE *to, const model_cost *c)
{
    print_count(to, "self", c->self);
    print_count(to, "total", c->total);
    print_count(to, "self_cells", c->self_cells);
    print_count(to, "total_cells", c->total_cells);
}

/* File and line of an instruction, null where they are not known. */
static void print_place(FILE *to, const profile_model *m, u32 insn)
{
    u32 line = m->debug->line_of[insn];
    const debug_line *l = line ? &m->debug->lines[line - 1] : NULL;
    putc(',', to);
    print_text(to, "file", l ? m->debug->files[l->file] : NULL);
    fprintf(to, ",\"line\":%u", l ? l->line : 0);
}

/* --- parts ---------------------------------------------------------------------------------------------- */

static void print_head(FILE *to, const profile_model *m, const profile_about *about)
{
    static const char *const stops[] = {"halt", "limit", "trap"};
    const vm_profile *f = m->profile;
    fputs("{\"format\":\"situ-profile\",\"version\":1,", to);
    print_text(to, "program", about->program);
    putc(',', to);
    print_text(to, "input", about->input);
    fprintf(to, ",\"stop\":\"%s\",\"exit_code\":%" PRIu64 ",", stops[f->stop], f->exit_code);
    print_text(to, "trap", f->stop == SITU_STOP_TRAP ? f->trap : NULL);
    print_count(to, "pc", f->pc);
    print_count(to, "cycles", f->n_cycles);
    print_count(to, "cells", m->step_cells[m->n_steps]);
    print_count(to, "output_bytes", f->n_output);
    fprintf(to, ",\"has_lines\":%s,\"call_graph_cut\":%s", m->debug->is_there ? "true" : "false",
            f->is_cut ? "true" : "false");
    fprintf(to, ",\n\"proof\":{\"segments\":%u,\"fits\":%s,\"padded_cells\":", f->n_segments,
            f->fits ? "true" : "false");
    if (f->fits)
        fprintf(to, "%" PRIu64 "}", f->padded_cells);
    else
        fputs("null}", to);
}

static void print_functions(FILE *to, const profile_model *m)
{
    fputs(",\n\"functions\":[", to);
    for (u32 i = 0; i < m->n_frames; i++) {
        const model_frame *frame = &m->frames[i];
        fputs(i ? ",\n{" : "\n{", to);
        print_text(to, "name", frame->name);
        fprintf(to, ",\"inlined\":%s,\"address\":%u,\"calls\":%" PRIu64, frame->is_inlined ? "true" : "false",
                m->profile->program->insns[frame->insn].pc, frame->n_calls);
        print_place(to, m, frame->insn);
        print_costs(to, model_cost_of(m, m->n_steps, i));
        putc('}', to);
    }
    putc(']', to);
}

static void print_step_functions(FILE *to, const profile_model *m, u32 step)
{
    const char *separator = "";
    fputs(",\"functions\":[", to);
    for (u32 i = 0; i < m->n_frames; i++) {
        const model_cost *c = model_cost_of(m, step, i);
        if (c->total == 0) continue;
        fprintf(to, "%s{\"function\":%u", separator, i);
        print_costs(to, c);
        putc('}', to);
        separator = ",";
    }
    putc(']', to);
}

static void print_steps(FILE *to, const profile_model *m, const profile_about *about)
{
    fputs(",\n\"steps\":[", to);
    for (u32 s = 0; s < m->n_steps; s++) {
        const vm_profile_step *step = &m->profile->steps[s];
        fprintf(to, "%s\n{\"number\":%d,\"occurrence\":%u,", s ? "," : "", (i32)step->number,
                step->occurrence);
        print_text(to, "name", profile_given_name(about, step->number));
        print_count(to, "start", step->start);
        print_count(to, "cycles", m->step_cycles[s]);
        print_count(to, "cells", m->step_cells[s]);
        print_step_functions(to, m, s);
        putc('}', to);
    }
    putc(']', to);
}

/* Every line with the step it counts for; the whole run is step -1. */
static void print_lines(FILE *to, const profile_model *m)
{
    fprintf(to, ",\n\"cycles_without_line\":%" PRIu64 ",\n\"lines\":[", m->cycles_without_line);
    for (u32 i = 0; i < m->n_lines; i++) {
        const model_line *l = &m->lines[i];
        const debug_line *line = &m->debug->lines[l->line];
        fprintf(to, "%s\n{\"step\":%d,", i ? "," : "", l->step == m->n_steps ? -1 : (i32)l->step);
        print_text(to, "file", m->debug->files[line->file]);
        fprintf(to, ",\"line\":%u,\"function\":%u", line->line, l->frame);
        print_count(to, "cycles", l->cycles);
        print_count(to, "cells", l->cells);
        putc('}', to);
    }
    putc(']', to);
}

static void print_heights(FILE *to, const vm_profile *f, u32 table)
{
    const char *separator = "";
    fputs(",\"log2_rows\":[", to);
    for (u32 slot = f->first_slot[table]; f->fits && slot < f->first_slot[table + 1]; slot++) {
        if (f->log2_rows[slot] == 0) continue;
        fprintf(to, "%s%u", separator, f->log2_rows[slot]);
        separator = ",";
    }
    putc(']', to);
}

static void print_tables(FILE *to, const profile_model *m)
{
    const vm_profile *f = m->profile;
    const char *separator = "";
    fputs(",\n\"tables\":[", to);
    for (u32 t = 0; t < SITU_VM_TABLES; t++) {
        if (f->n_rows[t] == 0) continue;
        fprintf(to, "%s\n{", separator);
        print_text(to, "name", situ_vm_system.tables[t].name);
        print_count(to, "rows", f->n_rows[t]);
        print_count(to, "row_cells", f->row_cells[t]);
        print_count(to, "cells", f->n_rows[t] * f->row_cells[t]);
        fprintf(to, ",\"fixed\":%s", situ_vm_system.tables[t].n_pre ? "true" : "false");
        print_heights(to, f, t);
        putc('}', to);
        separator = ",";
    }
    putc(']', to);
}

static void print_families(FILE *to, const profile_model *m)
{
    const vm_profile *f = m->profile;
    u64 n[SITU_OPS_COUNT] = {0};
    const char *separator = "";
    for (u32 i = 0; i < f->program->n_insns; i++) n[f->program->insns[i].op] += f->executed[i];
    fputs(",\n\"instructions\":{", to);
    for (u32 op = 0; op < SITU_OPS_COUNT; op++) {
        if (n[op] == 0) continue;
        fprintf(to, "%s\"%s\":%" PRIu64, separator, situ_ops[op].mnemonic, n[op]);
        separator = ",";
    }
    putc('}', to);
}

static void print_memory(FILE *to, const profile_model *m)
{
    const vm_profile *f = m->profile;
    fprintf(to, ",\n\"memory\":{\"loads\":%" PRIu64 ",\"stores\":%" PRIu64, f->n_loads, f->n_stores);
    print_count(to, "pages", f->n_pages);
    print_count(to, "stack_bytes", f->stack_bytes);
    fputs(",\"words\":{", to);
    for (u32 k = 0; k < VM_PROFILE_PLACES; k++)
        fprintf(to, "%s\"%s\":%" PRIu64, k ? "," : "", vm_profile_place_name((vm_profile_place)k),
                f->words_touched[k]);
    fputs("}}", to);
}

static void print_sites(FILE *to, const profile_model *m, bool misaligned)
{
    const char *separator = "";
    fprintf(to, ",\n\"%s\":[", misaligned ? "misaligned" : "ecalls");
    for (u32 i = 0; i < m->n_sites; i++) {
        const model_site *s = &m->sites[i];
        const situ_insn *in = &m->profile->program->insns[s->insn];
        if ((s->kind == VM_PROFILE_MISALIGNED) != misaligned) continue;
        fprintf(to, "%s\n{\"address\":%u,\"function\":%u", separator, in->pc, s->frame);
        print_place(to, m, s->insn);
        print_count(to, "count", s->count);
        if (misaligned) {
            fprintf(to, ",\"instruction\":\"%s\"", situ_ops[in->op].mnemonic);
            print_count(to, "straddling", s->straddling);
            print_count(to, "extra_cells", s->cells);
        } else {
            print_count(to, "number", s->kind);
            putc(',', to);
            print_text(to, "name", vm_profile_ecall_name(s->kind));
            fprintf(to, ",\"accelerator\":%s", vm_profile_is_accelerator(s->kind) ? "true" : "false");
            print_count(to, "cells", s->cells);
        }
        putc('}', to);
        separator = ",";
    }
    putc(']', to);
}

/* flames: [parent or -1, function]; own: [step, flame, cycles, cells]. */
static void print_flames(FILE *to, const profile_model *m)
{
    fputs(",\n\"flames\":[", to);
    for (u32 i = 0; i < m->flames.n; i++) {
        const u32 *key = m->flames.entries[i].key;
        fprintf(to, "%s[%d,%u]", i ? "," : "", key[0] == VM_PROFILE_NONE ? -1 : (i32)key[0], key[1]);
    }
    fputs("],\n\"own\":[", to);
    for (u32 i = 0; i < m->selfs.n; i++) {
        const vm_profile_entry *e = &m->selfs.entries[i];
        fprintf(to, "%s[%u,%u,%" PRIu64 ",%" PRIi64 "]", i ? "," : "", e->key[0], e->key[1], e->count,
                e->cells);
    }
    putc(']', to);
}

void profile_print_json(FILE *to, const profile_model *m, const profile_about *about)
{
    print_head(to, m, about);
    print_functions(to, m);
    print_steps(to, m, about);
    print_lines(to, m);
    print_tables(to, m);
    print_families(to, m);
    print_memory(to, m);
    print_sites(to, m, true);
    print_sites(to, m, false);
    print_flames(to, m);
    fputs("}\n", to);
}

/* --- page ----------------------------------------------------------------------------------------------- */

static const char page[] =
#include "gen/cli/profile_page.inc"
    ;

void profile_print_html(FILE *to, const profile_model *m, const profile_about *about)
{
    static const char mark[] = "@PROFILE@";
    const char *at = strstr(page, mark);
    SITU_ASSERT(at);
    fwrite(page, 1, (size_t)(at - page), to);
    profile_print_json(to, m, about);
    fputs(at + sizeof mark - 1, to);
}
