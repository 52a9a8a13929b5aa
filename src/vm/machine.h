/* machine.h — a guest in execution: registers, memory, what both executors (exec.c, trace.c) share.
 *
 * Plain runs count nothing per instruction.  Every jump that is taken bumps one counter, and how often each
 * instruction ran follows from the flow: what comes in at or before it, less what went out before it.
 */
#ifndef SITU_VM_MACHINE_H
#define SITU_VM_MACHINE_H

#include "base/base.h"
#include "field/k6.h"
#include "situ/vm.h"
#include "vm/map.h"
#include "vm/program.h"

/* An instruction as the fast executor runs it; exec.c. */
typedef struct {
    const void *handler;
    i32 imm; /* operand or offset; branches and JAL: target's index minus own index */
    u8 op, rd, rs1, rs2;
} fast_insn;

_Static_assert(sizeof(fast_insn) == sizeof(situ_insn), "one index, shifted once, serves both arrays");

struct situ_machine {
    u64 x[SITU_REGS];
    u8 *mem; /* SITU_VM_SPACE_BYTES of address space; what the guest may not touch is zero */
    const situ_program *program;

    u32 at;       /* index in program->insns of the next instruction, or of the one that stopped */
    i64 base;     /* cycles so far = base + at, before instruction `at` runs                       */
    u64 n_cycles; /* once stopped                                                                  */
    bool has_halted;
    bool is_traced; /* n_taken and n_entered stay zero */
    situ_trap trap;
    u64 trap_address;

    fast_insn
        *fast; /* [n_fast] program->insns and, behind them, one landing place per branch that leads nowhere */
    u32 n_fast;
    u64 *n_taken;   /* [n_fast] taken branches, JAL, JALR, by source */
    u64 *n_entered; /* [n_fast] JALR, by target                      */

    u64 n_straddles[SITU_OPS_COUNT];
    u64 n_misaligned_loads, n_misaligned_stores;
    u64 n_keccak, n_blake3;
    u64 n_k_muladd, n_k_horner, n_f_horner, n_k_fold, n_k_elements, n_f_tiles;

    u8 *output;
    size_t output_bytes_max; /* allocated */
    situ_debug_fn *on_debug;
    void *debug_ctx;
};

/* Stop with a trap at the current instruction; returns false, to be returned. */
bool situ_machine_trap(situ_machine *m, situ_trap trap, u64 address);

/* A load or store the executors' quick checks do not pass: misaligned, in a page of mixed regions, or
 * forbidden. op is the instruction, for the counts; false is a trap. */
bool situ_machine_load(situ_machine *m, u64 address, u32 op, u64 *value);
bool situ_machine_store(situ_machine *m, u64 address, u32 op, u64 value);

/* May [address, address + n_bytes) be read, or written?  n_bytes > 0. */
bool situ_machine_can_read(const situ_machine *m, u64 address, u64 n_bytes);
bool situ_machine_can_write(const situ_machine *m, u64 address, u64 n_bytes);

/* Space (program.h) of a mapped word. */
u32 situ_machine_space(const situ_machine *m, u32 word);

/* Carry out the system call at the current instruction: true to go on; false when the guest halted or
 * trapped. */
bool situ_machine_ecall(situ_machine *m);

/* exec.c */
situ_err situ_exec_prepare(situ_machine *m);
situ_stop situ_exec_run(situ_machine *m, i64 base_max);

/* accel.c.  (Keccak-f is that of hash/keccak.h.) */
void situ_blake3_guest_compress(u64 cv[SITU_BLAKE3_CV_WORDS], const u64 block[SITU_BLAKE3_BLOCK_WORDS],
                                u64 counter, u64 length_and_flags);

/* accel_field.c.  Elements of K are six words each, in memory of the guest. */
k6 situ_guest_k6(const situ_file_u32 words[K6_DEGREE]); /* words modulo p */
void situ_guest_k6_store(situ_file_u32 words[K6_DEGREE], k6 a);
k6 situ_guest_k_horner(k6 acc, const situ_file_u32 *elements, u32 n, k6 x);
k6 situ_guest_f_horner(k6 acc, const situ_file_u32 *tiles, u32 n, k6 x, k6 y);
k6 situ_guest_k_fold(const situ_file_u32 *values, u32 s, k6 x);

/* Index of the first word that is not below p, or n. */
u32 situ_guest_first_not_canonical(const situ_file_u32 *words, u32 n);

#endif /* SITU_VM_MACHINE_H */
