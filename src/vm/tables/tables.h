/* tables.h — witness code of the machine's tables: how a traced step becomes rows.
 *
 * A *rule* says which table an operation's steps go to and how a row is filled.  Operations whose table depends
 * on more than the operation (loads and stores on their address, ecalls on a7) have no rule here but a function
 * of their family.  Rows are the generated structs, plain integers below p; a row handed out is all zeros, and
 * a row of zeros is a valid padding row of every table.
 */
#ifndef SITU_VM_TABLES_H
#define SITU_VM_TABLES_H

#include "base/base.h"
#include "gen/vm/vm.h"
#include "vm/trace.h"

/* A step with what belongs to it. */
typedef struct {
    const situ_step *step;
    const situ_insn *insn;
    const situ_access *extras; /* of the step, or NULL */
} vm_step;

/* Where rows go: one per task of vm_witness_fill (witness.c). */
typedef struct vm_sink vm_sink;

/* The next row of a table: zeros, to be filled before the next call for the same table. */
void *vm_sink_row(vm_sink *sink, u32 table);

/* The next n rows, side by side. */
enum { VM_ROWS_TOGETHER_MAX = 24 };
void *vm_sink_rows(vm_sink *sink, u32 table, u32 n);

typedef void vm_fill(const vm_step *s, void *row);

typedef struct {
    u32 table;
    vm_fill *fill;
} vm_rule;

/* Rules by operation; loads, stores and ecalls have none. */
extern const vm_rule vm_rules[SITU_OPS_COUNT];

/* The rule of a load or store. */
const vm_rule *vm_memory_rule(const vm_step *s);

/* The rule of a step that is no ecall. */
SITU_INLINE const vm_rule *vm_rule_of(const vm_step *s)
{
    return situ_ops[s->insn->op].bytes ? vm_memory_rule(s) : &vm_rules[s->insn->op];
}

/* Add the rows of an ecall to n_rows[SITU_VM_TABLES]; fill them, in the same numbers. */
void vm_ecall_count(const vm_step *s, u64 *n_rows);
void vm_ecall_fill(const vm_step *s, vm_sink *sink);

/* --- parts of rows --- */

#define vm_limb(v, k) ((u32)((u64)(v) >> 16 * (k)) & 0xffff)

SITU_INLINE void vm_limbs2(u32 limbs[2], u64 v)
{
    limbs[0] = vm_limb(v, 0);
    limbs[1] = vm_limb(v, 1);
}

SITU_INLINE void vm_limbs4(u32 limbs[4], u64 v)
{
    for (u32 k = 0; k < 4; k++) limbs[k] = vm_limb(v, k);
}

SITU_INLINE void vm_bytes8(u32 bytes[8], u64 v)
{
    for (u32 k = 0; k < 8; k++) bytes[k] = (u32)(v >> 8 * k) & 0xff;
}

/* Column `gap` of an access at `time` whose token was sent at `old_time`. */
SITU_INLINE u32 vm_gap(u32 time, u32 old_time) { return time - 1 - old_time; }

/* The program bus's `imm` and `target` of an instruction: see buses.air. */
u64 vm_program_imm(const situ_insn *in);
u32 vm_program_target(const situ_insn *in);

/* `imm` of a shift by a constant, as shifti and shiftiw (shift.air) want it. */
u64 vm_shift_imm(const situ_insn *in);

/* The bias of offsets, OFFSET_BIAS of buses.air. */
#define VM_OFFSET_BIAS 2048
SITU_INLINE u32 vm_offset(const situ_insn *in) { return (u32)(in->imm + VM_OFFSET_BIAS); }

/* Components of access.air, wherever a row has them. */
#define vm_fill_fetch(at_, s_)                              \
    do {                                                    \
        (at_).place = (s_)->insn->pc / 4;                   \
        (at_).time = (s_)->step->time;                      \
    } while (0)

#define vm_fill_rs1(part_, s_)                                                        \
    do {                                                                              \
        vm_limbs4((part_).value, (s_)->step->rs1);                                    \
        (part_).gap = vm_gap((s_)->step->time + SITU_SLOT_RS1, (s_)->step->rs1_time); \
    } while (0)

#define vm_fill_rs2(part_, s_)                                                        \
    do {                                                                              \
        vm_limbs4((part_).value, (s_)->step->rs2);                                    \
        (part_).gap = vm_gap((s_)->step->time + SITU_SLOT_RS2, (s_)->step->rs2_time); \
    } while (0)

/* rs1 of read_pointer */
#define vm_fill_pointer(part_, s_)                                                    \
    do {                                                                              \
        vm_limbs2((part_).value, (s_)->step->rs1);                                    \
        (part_).gap = vm_gap((s_)->step->time + SITU_SLOT_RS1, (s_)->step->rs1_time); \
    } while (0)

#define vm_fill_rd(part_, s_)                                                       \
    do {                                                                            \
        vm_limbs4((part_).old, (s_)->step->rd_old);                                 \
        (part_).gap = vm_gap((s_)->step->time + SITU_SLOT_RD, (s_)->step->rd_time); \
    } while (0)

/* Fillers named in tables.c. */
vm_fill vm_fill_add, vm_fill_addi, vm_fill_addw, vm_fill_addiw;
vm_fill vm_fill_slt, vm_fill_slti, vm_fill_branch_equal, vm_fill_branch_less;
vm_fill vm_fill_jump, vm_fill_jalr;
vm_fill vm_fill_logic, vm_fill_logici;
vm_fill vm_fill_shift, vm_fill_shifti, vm_fill_shiftw, vm_fill_shiftiw;
vm_fill vm_fill_mul, vm_fill_mulh;
vm_fill vm_fill_div, vm_fill_divw;

/* sums[k]: products of the bytes i of x and j of y with i + j = 2k, and 256 times those with i + j = 2k + 1;
 * the product is the sum of sums[k] 65536^k.  Each is below 2^28. */
void vm_limb_sums(u64 sums[8], u64 x, u64 y);

#endif /* SITU_VM_TABLES_H */
