/* ecall.h — what the rows of all system calls share. */
#ifndef SITU_VM_TABLES_ECALL_H
#define SITU_VM_TABLES_ECALL_H

#include "vm/tables/tables.h"

/* Parts of ecall.air and access.air, wherever a row has them; the accesses are extras of the step. */
#define vm_fill_ecall(at_, s_)                                                                  \
    do {                                                                                        \
        vm_fill_fetch(at_, s_);                                                                 \
        (at_).number_read.gap = vm_gap((s_)->step->time + SITU_SLOT_RS1, (s_)->step->rs1_time); \
    } while (0)

#define vm_fill_extra(part_, access_)                               \
    do {                                                            \
        vm_limbs4((part_).value, (access_)->old);                   \
        (part_).gap = vm_gap((access_)->time, (access_)->old_time); \
    } while (0)

#define vm_fill_extra_pointer(part_, access_)                       \
    do {                                                            \
        vm_limbs2((part_).value, (access_)->old);                   \
        (part_).gap = vm_gap((access_)->time, (access_)->old_time); \
    } while (0)

/* a0 as a pointer. */
#define vm_fill_a0_pointer(part_, s_)                                                 \
    do {                                                                              \
        vm_limbs2((part_).value, (s_)->step->rs2);                                    \
        (part_).gap = vm_gap((s_)->step->time + SITU_SLOT_RS2, (s_)->step->rs2_time); \
    } while (0)

/* All rows of an accelerator's call, those of its own tables too. */
void vm_keccak_count(u64 *n_rows);
void vm_keccak_fill(const vm_step *s, vm_sink *sink);
void vm_blake3_count(u64 *n_rows);
void vm_blake3_fill(const vm_step *s, vm_sink *sink);

/* The calls for arithmetic of F and K. */
void vm_field_count(const vm_step *s, u64 *n_rows);
void vm_field_fill(const vm_step *s, vm_sink *sink);

#endif /* SITU_VM_TABLES_ECALL_H */
