/* profile_functions.c — see profile_functions.h.
 *
 * Symbols with a size come first: labels inside them, which assembly leaves behind, are no functions of their own.
 * Then symbols without, each up to the next.  What no symbol names is called by its address.
 */
#include "vm/profile_functions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm/program.h"

/* What an instruction's place says before functions are numbered. */
typedef struct {
    u32 symbol; /* index + 1, or 0 */
    bool starts, names, is_sized;
} mark;

static void mark_sized(const situ_program *p, mark *marks)
{
    for (u32 s = 0; s < p->n_symbols; s++) {
        const situ_symbol *symbol = &p->symbols[s];
        u32 at = situ_program_insn_at(p, symbol->address);
        if (symbol->n_bytes == 0 || at == p->n_insns) continue;
        u32 end = (u32)u64_min(p->n_insns, (u64)at + (symbol->n_bytes + 3) / 4);
        if (marks[at].is_sized) continue; /* two names for one place: the first */
        marks[at].starts = true;
        for (u32 i = at; i < end; i++) {
            marks[i].symbol = s + 1;
            marks[i].is_sized = true;
        }
    }
}

/* Up to the next mark. */
static void mark_unsized(const situ_program *p, mark *marks)
{
    for (u32 s = 0; s < p->n_symbols; s++) {
        const situ_symbol *symbol = &p->symbols[s];
        u32 at = situ_program_insn_at(p, symbol->address);
        if (symbol->n_bytes != 0 || at == p->n_insns || marks[at].is_sized || marks[at].names) continue;
        marks[at].names = marks[at].starts = true;
        for (u32 i = at; i < p->n_insns && (i == at || !marks[i].starts) && !marks[i].is_sized; i++)
            marks[i].symbol = s + 1;
    }
}

static void mark_regions(const situ_program *p, mark *marks)
{
    for (u32 r = 0; r < p->n_regions; r++)
        if (p->regions[r].kind == SITU_REGION_EXEC) marks[p->regions[r].insn_at].starts = true;
}

/* The entry, and calls into places without a name. */
static void mark_calls(const situ_program *p, mark *marks)
{
    u32 entry = situ_program_insn_at(p, p->entry);
    if (!marks[entry].symbol) marks[entry].starts = true;
    for (u32 i = 0; i < p->n_insns; i++) {
        if (p->insns[i].op != SITU_OP_JAL || (p->insns[i].rd != 1 && p->insns[i].rd != 5)) continue;
        u32 to = situ_program_insn_at(p, p->insns[i].imm);
        if (to != p->n_insns && !marks[to].symbol) marks[to].starts = true;
    }
}

static char *name_of(const situ_program *p, const mark *m, u32 insn)
{
    char text[32];
    if (m->symbol) return strdup(p->names + p->symbols[m->symbol - 1].name_at);
    snprintf(text, sizeof text, "0x%08x", p->insns[insn].pc);
    return strdup(text);
}

static bool is_start(const mark *marks, u32 i)
{
    return i == 0 || marks[i].starts || marks[i - 1].symbol != marks[i].symbol;
}

static situ_err number_functions(vm_profile *f, const mark *marks)
{
    const situ_program *p = f->program;
    u32 n = 0;
    for (u32 i = 0; i < p->n_insns; i++) n += is_start(marks, i);
    f->function_start = malloc(n * sizeof *f->function_start);
    f->function_name = calloc(n, sizeof *f->function_name);
    f->function_of = malloc(p->n_insns * sizeof *f->function_of);
    if (!f->function_start || !f->function_name || !f->function_of) return SITU_ERR_MEMORY;
    for (u32 i = 0; i < p->n_insns; i++) {
        if (is_start(marks, i)) {
            f->function_start[f->n_functions] = i;
            f->function_name[f->n_functions] = name_of(p, &marks[i], i);
            if (!f->function_name[f->n_functions++]) return SITU_ERR_MEMORY;
        }
        f->function_of[i] = f->n_functions - 1;
    }
    return SITU_OK;
}

situ_err vm_profile_find_functions(vm_profile *f)
{
    const situ_program *p = f->program;
    mark *marks = calloc(p->n_insns, sizeof *marks);
    if (!marks) return SITU_ERR_MEMORY;
    mark_regions(p, marks);
    mark_sized(p, marks);
    mark_unsized(p, marks);
    mark_calls(p, marks);
    situ_err err = number_functions(f, marks);
    free(marks);
    return err;
}
