/* tables.c — the rules: which table an operation's steps go to. */
#include "vm/tables/tables.h"

const vm_rule vm_rules[SITU_OPS_COUNT] = {
    /* arith.c */
    [SITU_OP_ADDI] = {SITU_VM_TABLE_ADDI, vm_fill_addi},

    /* compare.c */

    /* jump.c */
    [SITU_OP_LUI] = {SITU_VM_TABLE_JUMP, vm_fill_jump},
    [SITU_OP_AUIPC] = {SITU_VM_TABLE_JUMP, vm_fill_jump},
    [SITU_OP_JAL] = {SITU_VM_TABLE_JUMP, vm_fill_jump},

    /* logic.c */

    /* shift.c */

    /* multiply.c */

    /* divide.c */

};

u64 vm_program_imm(const situ_insn *in)
{
    switch ((situ_format)situ_ops[in->op].format) {
    case SITU_FORMAT_IMM:
    case SITU_FORMAT_CONST: return in->imm;
    case SITU_FORMAT_BRANCH: return (u32)in->imm;
    case SITU_FORMAT_JAL: return (u64)in->pc + 4;
    case SITU_FORMAT_LOAD:
    case SITU_FORMAT_STORE:
    case SITU_FORMAT_JALR: return vm_offset(in);
    case SITU_FORMAT_REG:
    case SITU_FORMAT_ECALL:
    case SITU_FORMAT_TRAP: return 0;
    }
    return 0;
}

u32 vm_program_next(const situ_insn *in)
{
    return situ_ops[in->op].format == SITU_FORMAT_JAL ? (u32)in->imm : in->pc + 4;
}
