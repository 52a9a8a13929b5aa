/* isa.c — decoder and disassembler: expansions of the lists of isa.h. */
#include "vm/isa.h"

#include <inttypes.h>
#include <stdio.h>

#include "vm/map.h"

const situ_op_info situ_ops[SITU_OPS_COUNT] = {
#define X(name, text, family, match, mask, result) \
    [SITU_OP_##name] = {text, match, mask, SITU_FAMILY_##family, SITU_FORMAT_REG, 0},
    SITU_ISA_REG(X)
#undef X
#define X(name, text, family, match, mask, result) \
    [SITU_OP_##name] = {text, match, mask, SITU_FAMILY_##family, SITU_FORMAT_IMM, 0},
        SITU_ISA_IMM(X)
#undef X
#define X(name, text, family, match, mask, bytes, result) \
    [SITU_OP_##name] = {text, match, mask, SITU_FAMILY_##family, SITU_FORMAT_LOAD, bytes},
            SITU_ISA_LOAD(X)
#undef X
#define X(name, text, family, match, mask, bytes) \
    [SITU_OP_##name] = {text, match, mask, SITU_FAMILY_##family, SITU_FORMAT_STORE, bytes},
                SITU_ISA_STORE(X)
#undef X
#define X(name, text, family, match, mask, taken) \
    [SITU_OP_##name] = {text, match, mask, SITU_FAMILY_##family, SITU_FORMAT_BRANCH, 0},
                    SITU_ISA_BRANCH(X)
#undef X
#define FORMAT_LUI     SITU_FORMAT_CONST
#define FORMAT_AUIPC   SITU_FORMAT_CONST
#define FORMAT_JAL     SITU_FORMAT_JAL
#define FORMAT_JALR    SITU_FORMAT_JALR
#define FORMAT_ECALL   SITU_FORMAT_ECALL
#define FORMAT_EBREAK  SITU_FORMAT_TRAP
#define FORMAT_ILLEGAL SITU_FORMAT_TRAP
#define X(name, text, family, match, mask) \
    [SITU_OP_##name] = {text, match, mask, SITU_FAMILY_##family, FORMAT_##name, 0},
                        SITU_ISA_OTHER(X)
#undef X
};

static const char *const family_names[] = {
#define X(name, text) text,
    SITU_FAMILIES(X)
#undef X
};

const char *situ_family_name(situ_family family)
{
    SITU_ASSERT(family < SITU_FAMILIES_COUNT);
    return family_names[family];
}

static situ_op find_op(u32 word)
{
    if ((word & SITU_ISA_FENCE_MASK) == SITU_ISA_FENCE_MATCH) return SITU_OP_ADDI;
    if (word % 4 != 3) return SITU_OP_ILLEGAL; /* a compressed one, or zeros */
    for (u32 op = 0; op < SITU_OP_ILLEGAL; op++) {
        if ((word & situ_ops[op].mask) == situ_ops[op].match) return (situ_op)op;
    }
    return SITU_OP_ILLEGAL;
}

/* Bits hi..lo of word, moved to `at`. */
SITU_INLINE u32 field(u32 word, u32 hi, u32 lo, u32 at)
{
    return (word >> lo & ((2u << (hi - lo)) - 1)) << at;
}

/* Sign-extend from bit `sign`. */
SITU_INLINE u64 sext(u32 value, u32 sign) { return (u64)((i64)((u64)value << (63 - sign)) >> (63 - sign)); }

SITU_INLINE u64 imm_i(u32 w) { return sext(field(w, 31, 20, 0), 11); }
SITU_INLINE u64 imm_s(u32 w) { return sext(field(w, 31, 25, 5) | field(w, 11, 7, 0), 11); }
SITU_INLINE u64 imm_b(u32 w)
{
    return sext(field(w, 31, 31, 12) | field(w, 7, 7, 11) | field(w, 30, 25, 5) | field(w, 11, 8, 1), 12);
}
SITU_INLINE u64 imm_u(u32 w) { return sext(w & 0xfffff000u, 31); }
SITU_INLINE u64 imm_j(u32 w)
{
    return sext(field(w, 31, 31, 20) | field(w, 19, 12, 12) | field(w, 20, 20, 11) | field(w, 30, 21, 1), 20);
}

/* Shifts by an immediate have an operation code in the immediate's upper bits; the amount is what the mask
 * leaves. */
static u64 imm_operand(situ_op op, u32 w)
{
    u32 upper = situ_ops[op].mask >> 20;
    return upper ? w >> 20 & ~upper & 0x3f : imm_i(w);
}

situ_insn situ_isa_decode(u32 word, u32 pc)
{
    if ((word & SITU_ISA_FENCE_MASK) == SITU_ISA_FENCE_MATCH) word = 0x00000013; /* addi x0, x0, 0 */
    situ_op op = find_op(word);
    u8 rd = (u8)field(word, 11, 7, 0);
    u8 rs1 = (u8)field(word, 19, 15, 0);
    u8 rs2 = (u8)field(word, 24, 20, 0);
    situ_insn in = {.op = (u8)op, .pc = pc, .rd = rd == 0 ? SITU_REG_SINK : rd};

    switch ((situ_format)situ_ops[op].format) {
    case SITU_FORMAT_REG: in.rs1 = rs1, in.rs2 = rs2; break;
    case SITU_FORMAT_IMM: in.rs1 = rs1, in.imm = imm_operand(op, word); break;
    case SITU_FORMAT_LOAD:
    case SITU_FORMAT_JALR: in.rs1 = rs1, in.imm = imm_i(word); break;
    case SITU_FORMAT_STORE: in.rs1 = rs1, in.rs2 = rs2, in.rd = SITU_REG_SINK, in.imm = imm_s(word); break;
    case SITU_FORMAT_BRANCH:
        in.rs1 = rs1, in.rs2 = rs2, in.rd = SITU_REG_SINK, in.imm = pc + imm_b(word);
        break;
    case SITU_FORMAT_CONST: in.imm = imm_u(word) + (op == SITU_OP_AUIPC ? pc : 0); break;
    case SITU_FORMAT_JAL: in.imm = pc + imm_j(word); break;
    case SITU_FORMAT_ECALL: in.rs1 = SITU_REG_A7, in.rs2 = SITU_REG_A0, in.rd = SITU_REG_A0; break;
    case SITU_FORMAT_TRAP: in.rd = SITU_REG_SINK; break;
    }
    return in;
}

static const char *const reg_names[32] = {"zero", "ra", "sp",  "gp",  "tp", "t0", "t1", "t2",
                                          "s0",   "s1", "a0",  "a1",  "a2", "a3", "a4", "a5",
                                          "a6",   "a7", "s2",  "s3",  "s4", "s5", "s6", "s7",
                                          "s8",   "s9", "s10", "s11", "t3", "t4", "t5", "t6"};

void situ_isa_disassemble(char *buf, size_t n_bytes, u32 word, u32 pc)
{
    situ_insn in = situ_isa_decode(word, pc);
    const situ_op_info *info = &situ_ops[in.op];
    const char *name = info->mnemonic;
    const char *rd = reg_names[in.rd & 31], *rs1 = reg_names[in.rs1], *rs2 = reg_names[in.rs2];

    if ((word & SITU_ISA_FENCE_MASK) == SITU_ISA_FENCE_MATCH) {
        snprintf(buf, n_bytes, "fence");
        return;
    }
    switch ((situ_format)info->format) {
    case SITU_FORMAT_REG: snprintf(buf, n_bytes, "%s %s, %s, %s", name, rd, rs1, rs2); break;
    case SITU_FORMAT_IMM: snprintf(buf, n_bytes, "%s %s, %s, %" PRId64, name, rd, rs1, (i64)in.imm); break;
    case SITU_FORMAT_JALR:
    case SITU_FORMAT_LOAD:
        snprintf(buf, n_bytes, "%s %s, %" PRId64 "(%s)", name, rd, (i64)in.imm, rs1);
        break;
    case SITU_FORMAT_STORE:
        snprintf(buf, n_bytes, "%s %s, %" PRId64 "(%s)", name, rs2, (i64)in.imm, rs1);
        break;
    case SITU_FORMAT_BRANCH: snprintf(buf, n_bytes, "%s %s, %s, 0x%" PRIx64, name, rs1, rs2, in.imm); break;
    case SITU_FORMAT_CONST: snprintf(buf, n_bytes, "%s %s, 0x%" PRIx32, name, rd, word >> 12); break;
    case SITU_FORMAT_JAL: snprintf(buf, n_bytes, "%s %s, 0x%" PRIx64, name, rd, in.imm); break;
    case SITU_FORMAT_ECALL: snprintf(buf, n_bytes, "%s", name); break;
    case SITU_FORMAT_TRAP:
        snprintf(buf, n_bytes, in.op == SITU_OP_EBREAK ? "ebreak" : ".word 0x%08" PRIx32, word);
        break;
    }
}
