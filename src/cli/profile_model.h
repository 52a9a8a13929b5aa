/* profile_model.h — a profile as people read it: frames, lines and steps with names, added up.
 *
 * FRAME   a function of the program, or an inlined one, by name.
 * FLAME   a chain of frames, inlined ones included; the tree that a flame graph shows.
 * STEP    0 .. n_steps - 1 as in the profile; n_steps is the whole run.
 */
#ifndef SITU_CLI_PROFILE_MODEL_H
#define SITU_CLI_PROFILE_MODEL_H

#include "cli/debug_info.h"
#include "vm/profile.h"

typedef struct {
    const char *name;
    bool is_inlined;
    u32 insn;    /* its first, or the first that ran: where it lies */
    u64 n_calls; /* of functions that are not inlined               */
} model_frame;

typedef struct {
    u64 self, total; /* cycles                      */
    u64 self_cells, total_cells;
} model_cost;

/* What a line took, inside one frame. */
typedef struct {
    u32 step, line, frame; /* line: index in debug->lines */
    u64 cycles, cells;
} model_line;

/* Misaligned accesses or system calls of one instruction. */
typedef struct {
    u32 insn, frame, kind; /* kind: VM_PROFILE_MISALIGNED, or a system call's number */
    u64 count, straddling, cells;
} model_site;

typedef struct {
    const vm_profile *profile;
    const debug_info *debug;
    u32 n_steps;

    model_frame *frames;
    u32 n_frames;
    model_cost *costs; /* [(n_steps + 1) * n_frames] */
    u64 *step_cycles;  /* [n_steps + 1]              */
    u64 *step_cells;

    vm_profile_table flames; /* key: parent flame or VM_PROFILE_NONE, frame; parents come first */
    vm_profile_table selfs;  /* key: step, flame; count: own cycles; cells                       */

    model_line *lines; /* of every step, the whole run's too; most cycles first */
    u32 n_lines;
    u64 cycles_without_line;
    model_site *sites; /* highest count first */
    u32 n_sites;

    /* in the making */
    u32 n_frames_max;
    u32 *frame_of_function; /* [n_functions] frame + 1 */
    u32 *frame_of_scope;    /* [n_scopes]    frame + 1 */
    u32 *flame_of_node;
    vm_profile_table line_costs, site_counts;
} profile_model;

/* Returns false without memory; free it in any case. */
bool profile_model_make(profile_model *m, const vm_profile *profile, const debug_info *debug);
void profile_model_free(profile_model *m);

SITU_INLINE const model_cost *model_cost_of(const profile_model *m, u32 step, u32 frame)
{
    return &m->costs[(size_t)step * m->n_frames + frame];
}

/* Frames with any cycles in a step, most own cycles first; returns how many.  order holds n_frames. */
u32 profile_model_order(const profile_model *m, u32 step, u32 *order);

/* "3", "3 (2nd time)", "before any marker", "whole run". */
const char *profile_model_step_name(const profile_model *m, u32 step, char text[64]);

/* "src/a.c:12" of an instruction, or "". */
const char *profile_model_place(const profile_model *m, u32 insn, char text[256]);

#endif /* SITU_CLI_PROFILE_MODEL_H */
