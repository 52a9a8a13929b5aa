/* tables.c — the rules: which table an operation's steps go to. */
#include "vm/tables/tables.h"

const vm_rule vm_rules[SITU_OPS_COUNT] = {
    /* arith.c */
    [SITU_OP_ADD] = {SITU_VM_TABLE_ADD, vm_fill_add},
    [SITU_OP_SUB] = {SITU_VM_TABLE_ADD, vm_fill_add},
    [SITU_OP_ADDI] = {SITU_VM_TABLE_ADDI, vm_fill_addi},
    [SITU_OP_ADDW] = {SITU_VM_TABLE_ADDW, vm_fill_addw},
    [SITU_OP_SUBW] = {SITU_VM_TABLE_ADDW, vm_fill_addw},
    [SITU_OP_ADDIW] = {SITU_VM_TABLE_ADDIW, vm_fill_addiw},

    /* compare.c */
    [SITU_OP_SLT] = {SITU_VM_TABLE_SLT, vm_fill_slt},
    [SITU_OP_SLTU] = {SITU_VM_TABLE_SLT, vm_fill_slt},
    [SITU_OP_SLTI] = {SITU_VM_TABLE_SLTI, vm_fill_slti},
    [SITU_OP_SLTIU] = {SITU_VM_TABLE_SLTI, vm_fill_slti},
    [SITU_OP_BEQ] = {SITU_VM_TABLE_BRANCH_EQUAL, vm_fill_branch_equal},
    [SITU_OP_BNE] = {SITU_VM_TABLE_BRANCH_EQUAL, vm_fill_branch_equal},
    [SITU_OP_BLT] = {SITU_VM_TABLE_BRANCH_LESS, vm_fill_branch_less},
    [SITU_OP_BGE] = {SITU_VM_TABLE_BRANCH_LESS, vm_fill_branch_less},
    [SITU_OP_BLTU] = {SITU_VM_TABLE_BRANCH_LESS, vm_fill_branch_less},
    [SITU_OP_BGEU] = {SITU_VM_TABLE_BRANCH_LESS, vm_fill_branch_less},

    /* jump.c */
    [SITU_OP_LUI] = {SITU_VM_TABLE_JUMP, vm_fill_jump},
    [SITU_OP_AUIPC] = {SITU_VM_TABLE_JUMP, vm_fill_jump},
    [SITU_OP_JAL] = {SITU_VM_TABLE_JUMP, vm_fill_jump},
    [SITU_OP_JALR] = {SITU_VM_TABLE_JALR, vm_fill_jalr},

    /* logic.c */
    [SITU_OP_XOR] = {SITU_VM_TABLE_LOGIC, vm_fill_logic},
    [SITU_OP_OR] = {SITU_VM_TABLE_LOGIC, vm_fill_logic},
    [SITU_OP_AND] = {SITU_VM_TABLE_LOGIC, vm_fill_logic},
    [SITU_OP_XORI] = {SITU_VM_TABLE_LOGICI, vm_fill_logici},
    [SITU_OP_ORI] = {SITU_VM_TABLE_LOGICI, vm_fill_logici},
    [SITU_OP_ANDI] = {SITU_VM_TABLE_LOGICI, vm_fill_logici},

    /* shift.c */
    [SITU_OP_SLL] = {SITU_VM_TABLE_SHIFT, vm_fill_shift},
    [SITU_OP_SRL] = {SITU_VM_TABLE_SHIFT, vm_fill_shift},
    [SITU_OP_SRA] = {SITU_VM_TABLE_SHIFT, vm_fill_shift},
    [SITU_OP_SLLW] = {SITU_VM_TABLE_SHIFTW, vm_fill_shiftw},
    [SITU_OP_SRLW] = {SITU_VM_TABLE_SHIFTW, vm_fill_shiftw},
    [SITU_OP_SRAW] = {SITU_VM_TABLE_SHIFTW, vm_fill_shiftw},
    [SITU_OP_SLLI] = {SITU_VM_TABLE_SHIFTI, vm_fill_shifti},
    [SITU_OP_SRLI] = {SITU_VM_TABLE_SHIFTI, vm_fill_shifti},
    [SITU_OP_SRAI] = {SITU_VM_TABLE_SHIFTI, vm_fill_shifti},
    [SITU_OP_SLLIW] = {SITU_VM_TABLE_SHIFTIW, vm_fill_shiftiw},
    [SITU_OP_SRLIW] = {SITU_VM_TABLE_SHIFTIW, vm_fill_shiftiw},
    [SITU_OP_SRAIW] = {SITU_VM_TABLE_SHIFTIW, vm_fill_shiftiw},

    /* multiply.c */
    [SITU_OP_MUL] = {SITU_VM_TABLE_MUL, vm_fill_mul},
    [SITU_OP_MULW] = {SITU_VM_TABLE_MUL, vm_fill_mul},
    [SITU_OP_MULH] = {SITU_VM_TABLE_MULH, vm_fill_mulh},
    [SITU_OP_MULHSU] = {SITU_VM_TABLE_MULH, vm_fill_mulh},
    [SITU_OP_MULHU] = {SITU_VM_TABLE_MULH, vm_fill_mulh},

    /* divide.c */
    [SITU_OP_DIV] = {SITU_VM_TABLE_DIV, vm_fill_div},
    [SITU_OP_DIVU] = {SITU_VM_TABLE_DIV, vm_fill_div},
    [SITU_OP_REM] = {SITU_VM_TABLE_DIV, vm_fill_div},
    [SITU_OP_REMU] = {SITU_VM_TABLE_DIV, vm_fill_div},
    [SITU_OP_DIVW] = {SITU_VM_TABLE_DIVW, vm_fill_divw},
    [SITU_OP_DIVUW] = {SITU_VM_TABLE_DIVW, vm_fill_divw},
    [SITU_OP_REMW] = {SITU_VM_TABLE_DIVW, vm_fill_divw},
    [SITU_OP_REMUW] = {SITU_VM_TABLE_DIVW, vm_fill_divw},
};

u64 vm_program_imm(const situ_insn *in)
{
    switch ((situ_format)situ_ops[in->op].format) {
    case SITU_FORMAT_IMM: return situ_ops[in->op].family == SITU_FAMILY_SHIFT ? vm_shift_imm(in) : in->imm;
    case SITU_FORMAT_CONST: return in->imm;
    case SITU_FORMAT_JAL: return (u64)in->pc + 4;
    case SITU_FORMAT_LOAD:
    case SITU_FORMAT_STORE: return vm_offset(in);
    case SITU_FORMAT_JALR: return vm_offset(in) | ((u64)in->pc + 4) << 16;
    case SITU_FORMAT_REG:
    case SITU_FORMAT_BRANCH:
    case SITU_FORMAT_ECALL:
    case SITU_FORMAT_TRAP: return 0;
    }
    return 0;
}

/* No instruction lies here, at 2^32 - 4: this is the target of what traps when it jumps. */
#define NOWHERE ((1u << 30) - 1)

u32 vm_program_target(const situ_insn *in)
{
    switch ((situ_format)situ_ops[in->op].format) {
    case SITU_FORMAT_JAL:
    case SITU_FORMAT_BRANCH: return in->imm % 4 || in->imm >> 32 ? NOWHERE : (u32)in->imm / 4;
    case SITU_FORMAT_CONST: return in->pc / 4 + 1;
    default: return 0;
    }
}
