/* situ/vm.h — load and run RISC-V programs: RV64IM with misaligned loads and stores, static ELF, no operating
 * system.
 *
 * UNITS    n_... counts elements, ..._bytes counts bytes; addresses and pc are 64-bit, though a guest has 2^32
 *          bytes.
 * MEMORY   a program and a machine own what they point to; both allocate.  A machine reserves 4 GiB of address
 *          space and uses as much memory as its guest touches.
 * THREADS  a program may be shared by threads once loaded; a machine belongs to one.
 * ERRORS   hostile ELF files and guests cause errors and traps, never undefined behaviour.
 */
#ifndef SITU_VM_H
#define SITU_VM_H

#include <stddef.h>
#include <stdint.h>

#include "situ/err.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Room for the one line that says what is wrong with a file. */
#define SITU_MESSAGE_BYTES 256

/** A loaded guest: image, permissions, entry, decoded instructions, and names of functions if the file has
 * any. */
typedef struct situ_program situ_program;

/** Load a static ELF file.
 *
 *  program            out  NULL on error
 *  elf      [n_bytes] in   the file; not needed afterwards; any alignment
 *  message            out  on error one line: what, where, what was expected; NULL is allowed
 *
 *  SITU_ERR_FORMAT  no file that this machine runs
 *  SITU_ERR_LIMIT   too large: more segments or words than the maximum
 *  SITU_ERR_MEMORY */
SITU_API situ_err situ_program_load(situ_program **program, const void *elf, size_t n_bytes,
                                    char message[SITU_MESSAGE_BYTES]) SITU_MUST_USE;

/** NULL is allowed. */
SITU_API void situ_program_free(situ_program *program);

#define SITU_PROGRAM_DIGEST_BYTES 32

/** The program's identity: a hash of entry, memory regions with their permissions, and image words.  Names of
 * sections and functions, debugging data and the file's layout do not change it. */
SITU_API void situ_program_digest(const situ_program *program, uint8_t digest[SITU_PROGRAM_DIGEST_BYTES]);

SITU_API uint64_t situ_program_entry(const situ_program *program);

/** Name of the function that holds pc and the distance from its start, or NULL when the file does not tell.
 * The name lives as long as the program. */
SITU_API const char *situ_program_function(const situ_program *program, uint64_t pc, uint64_t *offset);

/** One guest in execution. */
typedef struct situ_machine situ_machine;

/** Make a machine at the program's entry, all registers zero.
 *
 *  machine            out  NULL on error
 *  program            in   must outlive the machine
 *  input    [n_input] in   the private input, copied
 *
 *  SITU_ERR_LIMIT   the input exceeds situ_machine_input_max()
 *  SITU_ERR_MEMORY  4 GiB of address space could not be reserved */
SITU_API situ_err situ_machine_create(situ_machine **machine, const situ_program *program, const void *input,
                                      size_t n_input) SITU_MUST_USE;

/** NULL is allowed. */
SITU_API void situ_machine_destroy(situ_machine *machine);

SITU_API size_t situ_machine_input_max(void);

/** Called with the guest's debugging text (write to file 2). */
typedef void situ_debug_fn(void *ctx, const void *text, size_t n_bytes);
SITU_API void situ_machine_on_debug(situ_machine *machine, situ_debug_fn *fn, void *ctx);

typedef enum {
    SITU_STOP_HALT,  /* the guest called exit, with any code               */
    SITU_STOP_LIMIT, /* n_cycles_max was reached                           */
    SITU_STOP_TRAP,  /* the guest did something that has no meaning        */
} situ_stop;

typedef enum {
    SITU_TRAP_NONE,
    SITU_TRAP_ILLEGAL,       /* no RV64IM instruction; `address` is the instruction word        */
    SITU_TRAP_BREAK,         /* EBREAK                                                          */
    SITU_TRAP_JUMP,          /* jump to `address`, no multiple of 4 or not executable            */
    SITU_TRAP_FETCH,         /* ran past the end of executable memory, to `address`              */
    SITU_TRAP_LOAD,          /* read of unmapped memory at `address`                             */
    SITU_TRAP_STORE,         /* write to unmapped memory at `address`                            */
    SITU_TRAP_READ_ONLY,     /* write to read-only or executable memory or to the input          */
    SITU_TRAP_ECALL,         /* system call number `address` does not exist                      */
    SITU_TRAP_ECALL_ARG,     /* argument `address` of a system call is out of range or alignment */
    SITU_TRAP_OUTPUT_LIMIT,  /* more public output than 2^29 bytes                               */
    SITU_TRAP_NOT_CANONICAL, /* an accelerator read the u32 at `address`, which is not below p   */
} situ_trap;

/** Run until the guest halts or traps, or at least n_cycles_max cycles have passed since its start (the limit
 * is tested at jumps, so a few more may have passed; UINT64_MAX for none).  After a limit the run may be
 * continued. */
SITU_API situ_stop situ_machine_run(situ_machine *machine, uint64_t n_cycles_max);

/** Kinds of instructions that are counted (and proven) apart; situ_machine_family_name() says what is in
 * each. */
#define SITU_RUN_FAMILIES 12

/** What a run has come to.  Pointers live until the machine runs on or is destroyed. */
typedef struct {
    uint64_t exit_code;    /* all 64 bits of a0, after SITU_STOP_HALT   */
    uint64_t n_cycles;     /* instructions executed, the last included; one that trapped is not counted */
    const uint8_t *output; /* [n_output] public output so far           */
    size_t n_output;
    uint64_t pc; /* of the next instruction, or of the one that trapped or halted */
    situ_trap trap;
    uint64_t trap_address; /* see situ_trap */
    uint64_t registers[32];
    uint64_t n_family[SITU_RUN_FAMILIES];
    uint64_t n_misaligned_loads; /* address no multiple of the access's size */
    uint64_t n_misaligned_stores;
    uint64_t n_keccak, n_blake3; /* calls of the accelerators */
    uint64_t n_k_muladd, n_k_horner, n_f_horner, n_k_fold;
    uint64_t n_k_elements, n_f_tiles; /* what calls of K_HORNER, F_HORNER have read */
} situ_run_report;

SITU_API void situ_machine_report(const situ_machine *machine, situ_run_report *report);

/** "add/sub", ...; family < SITU_RUN_FAMILIES. */
SITU_API const char *situ_machine_family_name(uint32_t family);

/** One line about the trap in *report, without pc and function. */
SITU_API void situ_trap_describe(char *text, size_t n_bytes, const situ_run_report *report);

#ifdef __cplusplus
}
#endif

#endif /* SITU_VM_H */
