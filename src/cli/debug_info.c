/* debug_info.c — see debug_info.h. */
#include "cli/debug_info.h"

#include <stdio.h>
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

/* Lines come sorted by address, sequences mixed; those of sections that the linker dropped are at 0 and above, where no code
 * is. */
static void read_lines(reader *r, Dwarf_Die *unit)
{
    Dwarf_Lines *lines;
    size_t n;
    if (dwarf_getsrclines(unit, &lines, &n)) return;
    for (size_t i = 0; i + 1 < n; i++) {
        Dwarf_Line *line = dwarf_onesrcline(lines, i);
        Dwarf_Addr low, high;
        bool is_end = false;
        if (dwarf_lineaddr(line, &low) || dwarf_lineaddr(dwarf_onesrcline(lines, i + 1), &high)) continue;
        if (dwarf_lineendsequence(line, &is_end) || is_end) continue;
        insn_range range = range_of(r->p, low, high);
        u32 at = range.first < range.end ? find_line(r, line) : 0;
        for (u32 k = range.first; k < range.end; k++) r->d->line_of[k] = at;
    }
}

/* --- inlined functions ----------------------------------------------------------------------------------- */

enum { NAME_BYTES = 512, HOPS_MAX = 8 };

/* Keep a name under a key, where there is memory. */
static void keep_name(vm_profile_table *t, u64 key, u64 name)
{
    const u32 parts[4] = {(u32)key, (u32)(key >> 32)};
    u32 at = profile_table_find(t, parts);
    if (at != VM_PROFILE_NONE) t->entries[at].count = name;
}

/* Index + 1 of a copy of a name; 0 without memory. */
static u64 copy_name(debug_info *d, const char *name)
{
    if (!make_room((void **)&d->names, d->n_names, &d->n_names_max, sizeof *d->names)) return 0;
    d->names[d->n_names] = strdup(name);
    return d->names[d->n_names] ? ++d->n_names : 0;
}

static u64 kept_name(const vm_profile_table *t, u64 key)
{
    const u32 parts[4] = {(u32)key, (u32)(key >> 32)};
    u32 slot = t->n_slots ? *profile_slot(t, parts) : 0;
    return slot ? t->entries[slot - 1].count : 0;
}

static bool opens_names(int tag)
{
    return tag == DW_TAG_namespace || tag == DW_TAG_class_type || tag == DW_TAG_structure_type ||
           tag == DW_TAG_union_type || tag == DW_TAG_enumeration_type;
}

/* Names of all functions below namespaces and classes, and of others with mangled symbols; `path` is what they are in. */
static void read_names(reader *r, Dwarf_Die *first, const char *path, u32 nesting)
{
    Dwarf_Die die = *first, child;
    Dwarf_Attribute attribute;
    char qualified[NAME_BYTES];
    if (nesting == NESTING_MAX) return;
    do {
        int tag = dwarf_tag(&die);
        const char *name = dwarf_formstring(dwarf_attr(&die, DW_AT_name, &attribute));
        bool is_named = name && (opens_names(tag) || tag == DW_TAG_subprogram);
        /* A name that is too long stays as it is. */
        is_named = is_named && snprintf(qualified, sizeof qualified, "%s%s%s", path, *path ? "::" : "",
                                        name) < (int)sizeof qualified;
        if (is_named && tag == DW_TAG_subprogram && (*path || dwarf_hasattr(&die, DW_AT_linkage_name)))
            keep_name(&r->d->declarations, dwarf_dieoffset(&die), copy_name(r->d, qualified));
        if (opens_names(tag) && dwarf_child(&die, &child) == 0)
            read_names(r, &child, is_named ? qualified : path, nesting + 1);
    } while (dwarf_siblingof(&die, &die) == 0);
}

/* Index + 1 of a function's qualified name: its own, or that of what it is a copy or definition of. */
static u64 qualified_name(const reader *r, const Dwarf_Die *function)
{
    Dwarf_Die die = *function, origin;
    Dwarf_Attribute attribute;
    for (u32 i = 0; i < HOPS_MAX; i++) {
        u64 name = kept_name(&r->d->declarations, dwarf_dieoffset(&die));
        if (name) return name;
        bool has_origin = dwarf_attr(&die, DW_AT_abstract_origin, &attribute) ||
                          dwarf_attr(&die, DW_AT_specification, &attribute);
        if (!has_origin || !dwarf_formref_die(&attribute, &origin)) return 0;
        die = origin;
    }
    return 0;
}

static const char *name_of(const reader *r, Dwarf_Die *die)
{
    Dwarf_Attribute attribute;
    u64 qualified = qualified_name(r, die);
    if (qualified) return r->d->names[qualified - 1];
    const char *name = dwarf_formstring(dwarf_attr_integrate(die, DW_AT_name, &attribute));
    return name ? name : "(inlined)";
}

static void name_definition(reader *r, Dwarf_Die *die)
{
    Dwarf_Addr start;
    if (dwarf_lowpc(die, &start)) return;
    u64 name = qualified_name(r, die);
    u32 insn = situ_program_insn_at(r->p, start);
    if (name && insn != r->p->n_insns) keep_name(&r->d->definitions, insn, name);
}

/* Scope + 1 of an inlined function, its instructions marked; 0 without memory. */
static u32 add_scope(reader *r, Dwarf_Die *die, u32 parent)
{
    debug_info *d = r->d;
    Dwarf_Addr base, low, high;
    if (!make_room((void **)&d->scopes, d->n_scopes, &d->n_scopes_max, sizeof *d->scopes)) return 0;
    d->scopes[d->n_scopes++] = (debug_scope){parent, name_of(r, die)};
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
        if (tag == DW_TAG_subprogram) {
            name_definition(r, &die);
            scope = 0;
        }
        if (dwarf_child(&die, &child) == 0) read_scopes(r, &child, scope, nesting + 1);
    } while (dwarf_siblingof(&die, &die) == 0);
}

static void read_unit_names(reader *r, Dwarf_Die *unit)
{
    Dwarf_Die child;
    if (dwarf_child(unit, &child) == 0) read_names(r, &child, "", 0);
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

static void each_unit(reader *r, void read(reader *r, Dwarf_Die *unit))
{
    Dwarf *dwarf = r->d->dwarf;
    Dwarf_Off offset = 0, next;
    size_t header_bytes;
    while (dwarf_nextcu(dwarf, offset, &next, &header_bytes, NULL, NULL, NULL) == 0) {
        Dwarf_Die unit;
        if (dwarf_offdie(dwarf, offset + header_bytes, &unit)) read(r, &unit);
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
    if (!d->line_of || !d->scope_of || !open_dwarf(d, elf, n_bytes)) return;
    each_unit(&r, read_unit_names); /* of all units first: they refer to one another */
    each_unit(&r, read_unit);
}

static void close_dwarf(debug_info *d)
{
    if (d->dwarf) dwarf_end(d->dwarf);
    if (d->elf) elf_end(d->elf);
    free(d->copy);
}

const char *debug_info_qualified_name(const debug_info *d, u32 insn)
{
    u64 name = kept_name(&d->definitions, insn);
    return name ? d->names[name - 1] : NULL;
}

#else

const char *debug_info_qualified_name(const debug_info *d, u32 insn)
{
    (void)d;
    (void)insn;
    return NULL;
}

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

static void free_table(vm_profile_table *t)
{
    free(t->entries);
    free(t->slots);
}

void debug_info_free(debug_info *d)
{
    for (u32 i = 0; i < d->n_files; i++) free(d->files[i]);
    free(d->files);
    free(d->lines);
    free(d->scopes);
    free(d->line_of);
    free(d->scope_of);
    for (u32 i = 0; i < d->n_names; i++) free(d->names[i]);
    free(d->names);
    free_table(&d->line_index);
    free_table(&d->declarations);
    free_table(&d->definitions);
    close_dwarf(d);
}
