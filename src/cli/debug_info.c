/* debug_info.c — see debug_info.h. */
#include "cli/debug_info.h"

#include <stdlib.h>
#include <string.h>

#if defined(SITU_HAVE_LIBDW)

#include <dwarf.h>
#include <elfutils/libdw.h>

enum { NESTING_MAX = 256 };

typedef struct {
    debug_info *d;
    const situ_program *p;
    const char *folder; /* of the compilation unit */
    const char *source; /* the path that was asked for last, and its file */
    u32 source_file;
} reader;

bool debug_info_is_built(void) { return true; }

/* Room for one more element. */
static bool make_room(void **array, u32 n, u32 *n_max, size_t element_bytes)
{
    if (n < *n_max) return true;
    u32 grown = *n_max ? 2 * *n_max : 256;
    void *moved = realloc(*array, grown * element_bytes);
    if (!moved) return false;
    *array = moved;
    *n_max = grown;
    return true;
}

/* --- instructions of an address range -------------------------------------------------------------------- */

typedef struct {
    u32 first, end;
} insn_range;

/* Instructions in [low, high), which lie in one executable region; an empty range otherwise. */
static insn_range range_of(const situ_program *p, u64 low, u64 high)
{
    u32 first = situ_program_insn_at(p, low);
    if (first == p->n_insns || high <= low) return (insn_range){0, 0};
    const situ_region *r = situ_program_region(p, (u32)(low / SITU_VM_WORD_BYTES));
    u64 end = u64_min(high, ((u64)r->last + 1) * SITU_VM_WORD_BYTES);
    return (insn_range){first, first + (u32)((end - low + 3) / 4)};
}

/* --- lines ---------------------------------------------------------------------------------------------- */

/* Paths below the folder of the compilation are told from there. */
static const char *shorten(const char *path, const char *folder)
{
    size_t n = folder ? strlen(folder) : 0;
    if (n > 0 && strncmp(path, folder, n) == 0 && path[n] == '/') path += n + 1;
    while (strncmp(path, "./", 2) == 0) path += 2;
    return path;
}

static u32 find_file(reader *r, const char *source)
{
    debug_info *d = r->d;
    if (source == r->source) return r->source_file;
    const char *path = shorten(source, r->folder);
    u32 file = 0;
    while (file < d->n_files && strcmp(d->files[file], path) != 0) file++;
    if (file == d->n_files) {
        if (!make_room((void **)&d->files, d->n_files, &d->n_files_max, sizeof *d->files))
            return VM_PROFILE_NONE;
        if (!(d->files[file] = strdup(path))) return VM_PROFILE_NONE;
        d->n_files++;
    }
    r->source = source;
    r->source_file = file;
    return file;
}

/* Index + 1 of a line, or 0. */
static u32 find_line(reader *r, Dwarf_Line *line)
{
    debug_info *d = r->d;
    int number;
    const char *source = dwarf_linesrc(line, NULL, NULL);
    if (!source || dwarf_lineno(line, &number) || number <= 0) return 0;
    const u32 key[4] = {find_file(r, source), (u32)number};
    if (key[0] == VM_PROFILE_NONE) return 0;
    u32 at = profile_table_find(&d->line_index, key);
    if (at == VM_PROFILE_NONE || at < d->n_lines) return at + 1;
    if (!make_room((void **)&d->lines, d->n_lines, &d->n_lines_max, sizeof *d->lines)) return 0;
    d->lines[d->n_lines++] = (debug_line){key[0], key[1]};
    return at + 1;
}

/* A sequence that starts in no code is of a section that the linker dropped. */
static void read_lines(reader *r, Dwarf_Die *unit)
{
    Dwarf_Lines *lines;
    size_t n;
    bool is_new = true, is_dropped = false;
    if (dwarf_getsrclines(unit, &lines, &n)) return;
    for (size_t i = 0; i + 1 < n; i++) {
        Dwarf_Line *line = dwarf_onesrcline(lines, i);
        Dwarf_Addr low, high;
        bool is_end = false;
        if (dwarf_lineaddr(line, &low) || dwarf_lineaddr(dwarf_onesrcline(lines, i + 1), &high)) continue;
        dwarf_lineendsequence(line, &is_end);
        if (is_new) is_dropped = situ_program_insn_at(r->p, low) == r->p->n_insns;
        is_new = is_end;
        if (is_end || is_dropped) continue;
        insn_range range = range_of(r->p, low, high);
        u32 at = range.first < range.end ? find_line(r, line) : 0;
        for (u32 k = range.first; k < range.end; k++) r->d->line_of[k] = at;
    }
}

/* --- inlined functions ----------------------------------------------------------------------------------- */

static const char *name_of(Dwarf_Die *die)
{
    Dwarf_Attribute attribute;
    const char *name = dwarf_formstring(dwarf_attr_integrate(die, DW_AT_name, &attribute));
    return name ? name : "(inlined)";
}

/* Scope + 1 of an inlined function, its instructions marked; 0 without memory. */
static u32 add_scope(reader *r, Dwarf_Die *die, u32 parent)
{
    debug_info *d = r->d;
    Dwarf_Addr base, low, high;
    if (!make_room((void **)&d->scopes, d->n_scopes, &d->n_scopes_max, sizeof *d->scopes)) return 0;
    d->scopes[d->n_scopes++] = (debug_scope){parent, name_of(die)};
    for (ptrdiff_t at = 0; (at = dwarf_ranges(die, at, &base, &low, &high)) > 0;) {
        insn_range range = range_of(r->p, low, high);
        for (u32 k = range.first; k < range.end; k++) d->scope_of[k] = d->n_scopes;
    }
    return d->n_scopes;
}

/* Outer scopes come before inner ones, so the innermost stays. */
static void read_scopes(reader *r, Dwarf_Die *first, u32 parent, u32 nesting)
{
    Dwarf_Die die = *first, child;
    if (nesting == NESTING_MAX) return;
    do {
        u32 scope = parent;
        int tag = dwarf_tag(&die);
        if (tag == DW_TAG_inlined_subroutine) scope = add_scope(r, &die, parent);
        if (tag == DW_TAG_subprogram) scope = 0;
        if (dwarf_child(&die, &child) == 0) read_scopes(r, &child, scope, nesting + 1);
    } while (dwarf_siblingof(&die, &die) == 0);
}

static void read_unit(reader *r, Dwarf_Die *unit)
{
    Dwarf_Attribute attribute;
    Dwarf_Die child;
    r->folder = dwarf_formstring(dwarf_attr(unit, DW_AT_comp_dir, &attribute));
    r->source = NULL;
    read_lines(r, unit);
    if (dwarf_child(unit, &child) == 0) read_scopes(r, &child, 0, 0);
    r->d->is_there = true;
}

static void read_units(reader *r)
{
    Dwarf *dwarf = r->d->dwarf;
    Dwarf_Off offset = 0, next;
    size_t header_bytes;
    while (dwarf_nextcu(dwarf, offset, &next, &header_bytes, NULL, NULL, NULL) == 0) {
        Dwarf_Die unit;
        if (dwarf_offdie(dwarf, offset + header_bytes, &unit)) read_unit(r, &unit);
        offset = next;
    }
}

static bool open_dwarf(debug_info *d, const void *elf, size_t n_bytes)
{
    elf_version(EV_CURRENT);
    d->copy = malloc(n_bytes);
    if (!d->copy) return false;
    memcpy(d->copy, elf, n_bytes); /* libelf wants to write there */
    d->elf = elf_memory(d->copy, n_bytes);
    d->dwarf = d->elf ? dwarf_begin_elf(d->elf, DWARF_C_READ, NULL) : NULL;
    return d->dwarf != NULL;
}

void debug_info_read(debug_info *d, const situ_program *program, const void *elf, size_t n_bytes)
{
    reader r = {.d = d, .p = program};
    *d = (debug_info){.n_insns = program->n_insns};
    d->line_of = calloc(program->n_insns, sizeof *d->line_of);
    d->scope_of = calloc(program->n_insns, sizeof *d->scope_of);
    if (d->line_of && d->scope_of && open_dwarf(d, elf, n_bytes)) read_units(&r);
}

static void close_dwarf(debug_info *d)
{
    if (d->dwarf) dwarf_end(d->dwarf);
    if (d->elf) elf_end(d->elf);
    free(d->copy);
}

#else

bool debug_info_is_built(void) { return false; }

void debug_info_read(debug_info *d, const situ_program *program, const void *elf, size_t n_bytes)
{
    (void)elf;
    (void)n_bytes;
    *d = (debug_info){.n_insns = program->n_insns};
    d->line_of = calloc(program->n_insns, sizeof *d->line_of);
    d->scope_of = calloc(program->n_insns, sizeof *d->scope_of);
}

static void close_dwarf(debug_info *d) { (void)d; }

#endif

void debug_info_free(debug_info *d)
{
    for (u32 i = 0; i < d->n_files; i++) free(d->files[i]);
    free(d->files);
    free(d->lines);
    free(d->scopes);
    free(d->line_of);
    free(d->scope_of);
    free(d->line_index.entries);
    free(d->line_index.slots);
    close_dwarf(d);
}
