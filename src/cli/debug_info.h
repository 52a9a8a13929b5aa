/* debug_info.h — files, lines and inlined functions of a guest's instructions, from its DWARF sections.
 *
 * Read with elfutils' libdw; a build without it, and a file without DWARF, know none.
 */
#ifndef SITU_CLI_DEBUG_INFO_H
#define SITU_CLI_DEBUG_INFO_H

#include "vm/profile_table.h"
#include "vm/program.h"

typedef struct {
    u32 file, line;
} debug_line;

/* A function inlined at some place. */
typedef struct {
    u32 parent; /* scope it is inlined into + 1; 0: the function that the symbol names */
    const char *name;
} debug_scope;

typedef struct {
    bool is_there;
    u32 n_insns;
    u32 *line_of;  /* [n_insns] index in lines + 1, or 0                        */
    u32 *scope_of; /* [n_insns] index in scopes + 1 of the innermost; 0: none   */

    debug_line *lines;
    u32 n_lines, n_lines_max;
    debug_scope *scopes;
    u32 n_scopes, n_scopes_max;
    char **files;
    u32 n_files, n_files_max;

    vm_profile_table line_index; /* key: file, line */

    /* C++ and Rust: names with namespaces and classes */
    char **names;
    u32 n_names, n_names_max;
    vm_profile_table
        declarations; /* key: offset of a function's entry, low and high half; count: index in names + 1 */
    vm_profile_table
        definitions; /* key: first instruction; count: likewise                                        */

    void *dwarf, *elf, *copy; /* names live there */
} debug_info;

/* Read what there is; memory that runs out, or broken sections, leave some or all of it out. */
void debug_info_read(debug_info *d, const situ_program *program, const void *elf, size_t n_bytes);
void debug_info_free(debug_info *d);

/* Name of the function that starts at an instruction, with its namespaces and classes; NULL when the file tells none, as for C. */
const char *debug_info_qualified_name(const debug_info *d, u32 insn);

/* Was this build made with libdw? */
bool debug_info_is_built(void);

#endif /* SITU_CLI_DEBUG_INFO_H */
