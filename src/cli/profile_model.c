/* profile_model.c — see profile_model.h. */
#include "cli/profile_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm/program.h"

enum { INLINED_MAX = 64 }; /* frames of one instruction */

/* Add to the counter under a key; false without memory. */
static bool add(vm_profile_table *t, const u32 key[4], u64 count, i64 cells)
{
    u32 i = profile_table_find(t, key);
    if (i == VM_PROFILE_NONE) return false;
    t->entries[i].count += count;
    t->entries[i].cells += cells;
    return true;
}

/* --- frames --------------------------------------------------------------------------------------------- */

/* Room was made for all that can come. */
static u32 new_frame(profile_model *m, const char *name, bool is_inlined, u32 insn)
{
    m->frames[m->n_frames] = (model_frame){name, is_inlined, insn, 0};
    return ++m->n_frames;
}

/* Mangled symbols (C++, Rust) give way to the names that the debugging data has. */
static const char *function_name(const profile_model *m, u32 function)
{
    const char *symbol = m->profile->function_name[function];
    const char *name = debug_info_qualified_name(m->debug, m->profile->function_start[function]);
    bool is_mangled = strncmp(symbol, "_Z", 2) == 0 || strncmp(symbol, "_R", 2) == 0;
    return is_mangled && name ? name : symbol;
}

static u32 frame_of_function(profile_model *m, u32 function)
{
    u32 *frame = &m->frame_of_function[function];
    if (!*frame)
        *frame = new_frame(m, function_name(m, function), false, m->profile->function_start[function]);
    return *frame - 1;
}

/* Inlined functions of one name are one frame. */
static u32 frame_of_scope(profile_model *m, u32 scope, u32 insn)
{
    u32 *frame = &m->frame_of_scope[scope];
    const char *name = m->debug->scopes[scope].name;
    for (u32 i = 0; i < m->n_frames && !*frame; i++)
        if (m->frames[i].is_inlined && strcmp(m->frames[i].name, name) == 0) *frame = i + 1;
    if (!*frame) *frame = new_frame(m, name, true, insn);
    return *frame - 1;
}

/* --- flames --------------------------------------------------------------------------------------------- */

/* The flame of a frame under another flame, or VM_PROFILE_NONE without memory. */
static u32 flame_below(profile_model *m, u32 parent, u32 frame)
{
    const u32 key[4] = {parent, frame};
    return profile_table_find(&m->flames, key);
}

/* The flame of an instruction under that of its function: inlined frames, the outermost first. */
static u32 flame_of_insn(profile_model *m, u32 flame, u32 insn)
{
    u32 scopes[INLINED_MAX], n = 0;
    for (u32 s = m->debug->scope_of[insn]; s && n < INLINED_MAX; s = m->debug->scopes[s - 1].parent)
        scopes[n++] = s - 1;
    while (n > 0 && flame != VM_PROFILE_NONE)
        flame = flame_below(m, flame, frame_of_scope(m, scopes[--n], insn));
    return flame;
}

/* Where the call graph was cut, a stretch may be of another function than its node. */
static u32 flame_in_node(profile_model *m, u32 node, u32 insn)
{
    u32 function = m->profile->function_of[insn], flame = m->flame_of_node[node];
    if (m->profile->nodes.entries[node].node.function != function)
        flame = flame_below(m, flame, frame_of_function(m, function));
    return flame == VM_PROFILE_NONE ? flame : flame_of_insn(m, flame, insn);
}

static bool make_flames(profile_model *m)
{
    const vm_profile *f = m->profile;
    for (u32 i = 0; i < f->nodes.n; i++) {
        const vm_profile_entry *e = &f->nodes.entries[i];
        u32 above = VM_PROFILE_NONE, frame = frame_of_function(m, e->node.function);
        if (e->node.parent != VM_PROFILE_NONE) {
            above = flame_in_node(m, e->node.parent, e->node.call_insn);
            if (above == VM_PROFILE_NONE) return false;
        }
        m->frames[frame].n_calls += e->count;
        m->flame_of_node[i] = flame_below(m, above, frame);
        if (m->flame_of_node[i] == VM_PROFILE_NONE) return false;
    }
    return true;
}

/* --- costs of stretches and events ----------------------------------------------------------------------- */

static bool add_cost(profile_model *m, u32 step, u32 flame, u32 insn, u64 cycles, i64 cells)
{
    u32 frame = m->flames.entries[flame].key[1];
    const u32 self[4] = {step, flame};
    const u32 line[4] = {step, m->debug->line_of[insn], frame};
    return add(&m->selfs, self, cycles, cells) && add(&m->line_costs, line, cycles, cells);
}

static bool add_stretch(profile_model *m, const vm_profile_entry *e)
{
    u32 flame = VM_PROFILE_NONE;
    for (u32 i = e->stretch.first; i <= e->stretch.last; i++) {
        bool is_same = i > e->stretch.first && m->debug->scope_of[i] == m->debug->scope_of[i - 1];
        if (!is_same) flame = flame_in_node(m, e->stretch.node, i);
        if (flame == VM_PROFILE_NONE) return false;
        if (!add_cost(m, e->stretch.step, flame, i, e->count, (i64)(e->count * m->profile->cells_of[i])))
            return false;
    }
    return true;
}

static bool add_event(profile_model *m, const vm_profile_entry *e)
{
    u32 flame = flame_in_node(m, e->event.node, e->event.insn);
    if (flame == VM_PROFILE_NONE || !add_cost(m, e->event.step, flame, e->event.insn, 0, e->cells))
        return false;
    const u32 key[4] = {e->event.insn, e->event.kind, m->flames.entries[flame].key[1]};
    return add(&m->site_counts, key, e->count, e->cells);
}

static bool add_all(profile_model *m)
{
    const vm_profile *f = m->profile;
    for (u32 i = 0; i < f->stretches.n; i++)
        if (!add_stretch(m, &f->stretches.entries[i])) return false;
    for (u32 i = 0; i < f->events.n; i++)
        if (!add_event(m, &f->events.entries[i])) return false;
    return true;
}

/* --- sums ----------------------------------------------------------------------------------------------- */

static void add_total(profile_model *m, u32 step, u32 frame, u64 cycles, u64 cells)
{
    model_cost *one = &m->costs[(size_t)step * m->n_frames + frame];
    model_cost *all = &m->costs[(size_t)m->n_steps * m->n_frames + frame];
    one->total += cycles;
    all->total += cycles;
    one->total_cells += cells;
    all->total_cells += cells;
}

static void add_self(profile_model *m, u32 step, u32 frame, u64 cycles, u64 cells)
{
    for (int k = 0; k < 2; k++) {
        u32 s = k == 0 ? step : m->n_steps;
        model_cost *c = &m->costs[(size_t)s * m->n_frames + frame];
        c->self += cycles;
        c->self_cells += cells;
        m->step_cycles[s] += cycles;
        m->step_cells[s] += cells;
    }
}

/* Own cycles go to the innermost frame, and in total to every frame of the chain once, however often it recurs. */
static bool sum_frames(profile_model *m)
{
    size_t n = (size_t)(m->n_steps + 1) * m->n_frames;
    u32 *seen = calloc(m->n_frames, sizeof *seen);
    m->costs = calloc(n, sizeof *m->costs);
    m->step_cycles = calloc(m->n_steps + 1, sizeof *m->step_cycles);
    m->step_cells = calloc(m->n_steps + 1, sizeof *m->step_cells);
    bool has_memory = seen && m->costs && m->step_cycles && m->step_cells;
    for (u32 i = 0; has_memory && i < m->selfs.n; i++) {
        const vm_profile_entry *e = &m->selfs.entries[i];
        add_self(m, e->key[0], m->flames.entries[e->key[1]].key[1], e->count, (u64)e->cells);
        for (u32 at = e->key[1]; at != VM_PROFILE_NONE; at = m->flames.entries[at].key[0]) {
            u32 frame = m->flames.entries[at].key[1];
            if (seen[frame] != i + 1) add_total(m, e->key[0], frame, e->count, (u64)e->cells);
            seen[frame] = i + 1;
        }
    }
    free(seen);
    return has_memory;
}

static int compare_lines(const void *a, const void *b)
{
    const model_line *x = a, *y = b;
    if (x->step != y->step) return x->step < y->step ? -1 : 1;
    if (x->cycles != y->cycles) return x->cycles > y->cycles ? -1 : 1;
    return x->line != y->line ? (x->line < y->line ? -1 : 1) : x->frame < y->frame ? -1 : x->frame > y->frame;
}

/* Lines of every step, and once more of the whole run. */
static bool sum_lines(profile_model *m)
{
    vm_profile_table *t = &m->line_costs;
    for (u32 i = 0, n = t->n; i < n; i++) {
        const vm_profile_entry e = t->entries[i];
        const u32 whole[4] = {m->n_steps, e.key[1], e.key[2]};
        if (!add(t, whole, e.count, e.cells)) return false;
    }
    m->lines = malloc((t->n + 1) * sizeof *m->lines);
    if (!m->lines) return false;
    for (u32 i = 0; i < t->n; i++) {
        const vm_profile_entry *e = &t->entries[i];
        if (e->key[1])
            m->lines[m->n_lines++] =
                (model_line){e->key[0], e->key[1] - 1, e->key[2], e->count, (u64)e->cells};
        else if (e->key[0] == m->n_steps)
            m->cycles_without_line += e->count;
    }
    qsort(m->lines, m->n_lines, sizeof *m->lines, compare_lines);
    return true;
}

static int compare_sites(const void *a, const void *b)
{
    const model_site *x = a, *y = b;
    if (x->count != y->count) return x->count > y->count ? -1 : 1;
    return x->insn != y->insn ? (x->insn < y->insn ? -1 : 1) : x->kind < y->kind ? -1 : x->kind > y->kind;
}

/* Both kinds of misaligned accesses of an instruction are one site. */
static bool sum_sites(profile_model *m)
{
    vm_profile_table merged = {0};
    m->sites = calloc(m->site_counts.n + 1, sizeof *m->sites);
    bool has_memory = m->sites != NULL;
    for (u32 i = 0; has_memory && i < m->site_counts.n; i++) {
        const vm_profile_entry *e = &m->site_counts.entries[i];
        bool is_straddling = e->key[1] == VM_PROFILE_STRADDLING;
        const u32 key[4] = {e->key[0], is_straddling ? VM_PROFILE_MISALIGNED : e->key[1], e->key[2]};
        u32 at = profile_table_find(&merged, key);
        if (!(has_memory = at != VM_PROFILE_NONE)) break;
        model_site *s = &m->sites[at];
        s->insn = key[0];
        s->kind = key[1];
        s->frame = key[2];
        s->count += e->count;
        s->straddling += is_straddling ? e->count : 0;
        s->cells += (u64)e->cells;
    }
    m->n_sites = merged.n;
    free(merged.entries);
    free(merged.slots);
    if (has_memory) qsort(m->sites, m->n_sites, sizeof *m->sites, compare_sites);
    return has_memory;
}

/* --- life ----------------------------------------------------------------------------------------------- */

bool profile_model_make(profile_model *m, const vm_profile *profile, const debug_info *debug)
{
    *m = (profile_model){.profile = profile, .debug = debug, .n_steps = profile->n_steps};
    m->n_frames_max = profile->n_functions + debug->n_scopes;
    m->frames = malloc(m->n_frames_max * sizeof *m->frames);
    m->frame_of_function = calloc(profile->n_functions, sizeof *m->frame_of_function);
    m->frame_of_scope = calloc(debug->n_scopes + 1, sizeof *m->frame_of_scope);
    m->flame_of_node = malloc(profile->nodes.n * sizeof *m->flame_of_node);
    if (!m->frames || !m->frame_of_function || !m->frame_of_scope || !m->flame_of_node) return false;
    return make_flames(m) && add_all(m) && sum_frames(m) && sum_lines(m) && sum_sites(m);
}

static void free_table(vm_profile_table *t)
{
    free(t->entries);
    free(t->slots);
}

void profile_model_free(profile_model *m)
{
    free(m->frames);
    free(m->costs);
    free(m->step_cycles);
    free(m->step_cells);
    free(m->lines);
    free(m->sites);
    free(m->frame_of_function);
    free(m->frame_of_scope);
    free(m->flame_of_node);
    free_table(&m->flames);
    free_table(&m->selfs);
    free_table(&m->line_costs);
    free_table(&m->site_counts);
}

/* --- questions ------------------------------------------------------------------------------------------ */

static int compare_costs(const void *a, const void *b, void *costs)
{
    const model_cost *x = &((const model_cost *)costs)[*(const u32 *)a];
    const model_cost *y = &((const model_cost *)costs)[*(const u32 *)b];
    if (x->self != y->self) return x->self > y->self ? -1 : 1;
    if (x->total != y->total) return x->total > y->total ? -1 : 1;
    return *(const u32 *)a < *(const u32 *)b ? -1 : 1;
}

u32 profile_model_order(const profile_model *m, u32 step, u32 *order)
{
    u32 n = 0;
    for (u32 i = 0; i < m->n_frames; i++)
        if (model_cost_of(m, step, i)->total) order[n++] = i;
    qsort_r(order, n, sizeof *order, compare_costs, (void *)(uintptr_t)model_cost_of(m, step, 0));
    return n;
}

const char *profile_model_step_name(const profile_model *m, u32 step, char text[64])
{
    if (step == m->n_steps) return "whole run";
    const vm_profile_step *s = &m->profile->steps[step];
    if (s->number == 0) return "before any marker";
    if (s->occurrence == 1)
        snprintf(text, 64, "%d", (i32)s->number);
    else
        snprintf(text, 64, "%d (time %u)", (i32)s->number, s->occurrence);
    return text;
}

const char *profile_model_place(const profile_model *m, u32 insn, char text[256])
{
    u32 line = m->debug->line_of[insn];
    if (!line) return "";
    const debug_line *l = &m->debug->lines[line - 1];
    snprintf(text, 256, "%s:%u", m->debug->files[l->file], l->line);
    return text;
}
