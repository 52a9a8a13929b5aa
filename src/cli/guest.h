/* guest.h — what the commands on guests share: loading programs, parameters, options. */
#ifndef SITU_CLI_GUEST_H
#define SITU_CLI_GUEST_H

#include "situ/vm.h"
#include "situ/zkvm.h"

/* Load an ELF file; failures are reported.  Returns the exit status. */
int guest_load(situ_program **program, const char *path) SITU_MUST_USE;

/* log2 of a blowup factor: 2, 4, 8 or 16. */
bool guest_parse_blowup(uint32_t *log2_blowup, const char *text);

/* Parameters at this blowup: the default ones; or few queries, for tests, and marked so. */
situ_stark_params guest_params(uint32_t log2_blowup, bool insecure);

/* Say that an option or argument is wrong; returns 2. */
int guest_usage(const char *command, const char *what, const char *arg);

/* Bytes of memory that this process may still take: what the machine has free, within its control group. */
uint64_t guest_memory_available(void);

#endif /* SITU_CLI_GUEST_H */
