/* backtrace.h — who called whom when a guest stopped. */
#ifndef SITU_VM_BACKTRACE_H
#define SITU_VM_BACKTRACE_H

#include "base/base.h"
#include "situ/vm.h"

#define SITU_BACKTRACE_MAX 16

/* The innermost calls that had not returned after n_cycles of this program and input, innermost first, as the
 * addresses of the calls; returns how many.  The guest is run again for it, with calls followed (a run is
 * deterministic), so nothing is guessed from the stack and plain runs pay nothing. */
size_t situ_backtrace(u64 frames[SITU_BACKTRACE_MAX], const situ_program *program, const void *input,
                      size_t n_input, u64 n_cycles);

/* A likely cause of the trap in *report that the file itself shows, as a sentence, or NULL. */
const char *situ_program_trap_hint(const situ_program *program, const situ_run_report *report);

#endif /* SITU_VM_BACKTRACE_H */
