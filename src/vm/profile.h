/* profile.h — where the cycles of a run go, counted and not sampled.
 *
 * A run is cut into *stretches*: instructions that follow one another without a jump, in one step and under one chain
 * of calls.  How often each stretch ran is all that is counted per jump; what a function, a line or a step took is
 * added up from that afterwards.
 *
 * CALLS   follow the psABI: JAL and JALR that link x1 or x5 call; JALR to x1 or x5 that does not link returns, to the
 *         innermost call that comes back there; any other way into another function is a tail call, which takes the
 *         caller's place.
 * STEPS   ADDI x0, x0, N with N != 0 (SITU_STEP of guest/include/situ/guest.h) ends a step and starts step N.  Before
 *         the first marker is step 0.
 * CELLS   a row costs its main columns and those of its sums, at blowup 2; what is padded, preprocessed or shared by
 *         all tables comes on top and is in `padded_cells` only.
 */
#ifndef SITU_VM_PROFILE_H
#define SITU_VM_PROFILE_H

#include "base/base.h"
#include "gen/vm/vm.h"
#include "situ/stark.h"
#include "situ/vm.h"

enum {
    VM_PROFILE_STEPS_MAX = 256, /* later markers go on with the last step of their number, or of all */
    VM_PROFILE_DEPTH_MAX = 512, /* deeper calls count as their caller in the call graph            */
    VM_PROFILE_NODES_MAX = 1 << 20,
};

#define VM_PROFILE_NONE UINT32_MAX

/* Kinds of events: system calls by number, and two that no system call has. */
#define VM_PROFILE_MISALIGNED UINT32_C(0xfffffffe)
#define VM_PROFILE_STRADDLING UINT32_C(0xffffffff) /* misaligned, and in two words */

/* Something counted under four numbers. */
typedef struct {
    union {
        u32 key[4];
        struct { /* a chain of calls: count is how often it was entered by its function's first instruction */
            u32 parent;    /* VM_PROFILE_NONE at the root      */
            u32 call_insn; /* in the parent; VM_PROFILE_NONE   */
            u32 function;
            u32 depth;
        } node;
        struct { /* instructions first..last */
            u32 step, node, first, last;
        } stretch;
        struct { /* cells: beyond what the instruction costs else */
            u32 step, node, insn, kind;
        } event;
    };
    u64 count;
    i64 cells;
} vm_profile_entry;

typedef struct {
    vm_profile_entry *entries;
    u32 n, n_max;
    u32 *slots; /* [n_slots] index + 1 of an entry, open addressing */
    u32 n_slots;
} vm_profile_table;

typedef struct {
    u32 number;     /* of the marker, as a signed value; 0: before any */
    u32 occurrence; /* from 1, of this number                          */
    u64 start;      /* cycles before it                                */
} vm_profile_step;

/* Where loads, stores and system calls went. */
typedef enum {
    VM_PROFILE_CONSTANTS, /* read-only and executable segments */
    VM_PROFILE_DATA,      /* writable image                    */
    VM_PROFILE_HEAP,      /* zero at the start, below the stack or above it */
    VM_PROFILE_STACK,
    VM_PROFILE_INPUT,
    VM_PROFILE_PLACES,
} vm_profile_place;

typedef struct {
    const situ_program *program;
    u64 n_cycles;
    situ_stop stop;
    u64 exit_code;
    char trap[128]; /* what happened, after SITU_STOP_TRAP */
    u64 pc;         /* where it stopped                    */
    u64 n_output;   /* bytes of public output              */

    /* by instruction, index as in program->insns */
    u32 n_functions;
    u32 *function_of;     /* [n_insns]                                       */
    u32 *function_start;  /* [n_functions] first instruction                 */
    char **function_name; /* [n_functions]                                  */
    u32 *cells_of;        /* [n_insns] of one execution, by operation alone  */
    u64 *executed;        /* [n_insns] how often                             */

    vm_profile_table nodes, stretches, events;
    u32 n_steps;
    vm_profile_step steps[VM_PROFILE_STEPS_MAX];
    bool is_cut; /* the call graph, at VM_PROFILE_DEPTH_MAX or VM_PROFILE_NODES_MAX */

    u64 n_loads, n_stores;
    u64 words_touched[VM_PROFILE_PLACES]; /* of 8 bytes, distinct */
    u64 n_pages;                          /* of 4 KiB, distinct   */
    u64 stack_bytes;                      /* deepest              */

    /* the proof */
    u32 n_segments; /* more than one: no proof yet */
    u64 n_rows[SITU_VM_TABLES];
    u32 row_cells[SITU_VM_TABLES];
    bool fits; /* one proof; then: */
    u8 log2_rows[SITU_STARK_SLOTS_MAX];
    u32 first_slot[SITU_VM_TABLES + 1];
    u64 padded_cells; /* as situ_zkvm_cost: all that is committed at blowup 2 */
} vm_profile;

/* Run the program to its end, or until n_cycles_max or a few thousand more have passed, and count.
 *
 *  profile   out  NULL on error; the program must outlive it
 *  on_debug  in   or NULL
 *
 *  A trap is no error: see profile->stop.
 *  SITU_ERR_LIMIT   the input is too long      SITU_ERR_MEMORY */
situ_err vm_profile_make(vm_profile **profile, const situ_program *program, const void *input, size_t n_input,
                         u64 n_cycles_max, situ_debug_fn *on_debug, void *debug_ctx) SITU_MUST_USE;
void vm_profile_free(vm_profile *profile);

/* "stack", ... */
const char *vm_profile_place_name(vm_profile_place place);

/* Name of a system call by its number, or NULL; is it an accelerator? */
const char *vm_profile_ecall_name(u32 number);
bool vm_profile_is_accelerator(u32 number);

#endif /* SITU_VM_PROFILE_H */
