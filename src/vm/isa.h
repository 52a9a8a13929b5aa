/* isa.h — RV64IM as data: each instruction is one line of one of the lists below, and the decoder, both
 * executors, the disassembler and the documentation are expansions of them.
 *
 * Unprivileged specification 20191213, chapters 2, 5 and 7.  FENCE does nothing and is decoded as ADDI x0,
 * x0, 0.
 */
#ifndef SITU_VM_ISA_H
#define SITU_VM_ISA_H

#include "base/base.h"

/* Families: one table of the prover each (docs/vm.md), so also how runs are counted. */
#define SITU_FAMILIES(X)        \
    X(ADDSUB, "add/sub")        \
    X(LOGIC, "and/or/xor")      \
    X(SHIFT, "shift")           \
    X(COMPARE, "set/branch")    \
    X(JUMP, "jump/upper")       \
    X(MUL, "multiply")          \
    X(DIV, "divide")            \
    X(LOAD, "load 8 bytes")     \
    X(STORE, "store 8 bytes")   \
    X(NARROW, "load/store 1-4") \
    X(STRADDLE, "straddling")   \
    X(ECALL, "ecall")

/* X(name, mnemonic, family, match, mask, result of a and b)
 *
 * Register-register: a = rs1, b = rs2. */
#define SITU_ISA_REG(X)                                                                             \
    X(ADD, "add", ADDSUB, 0x00000033, 0xfe00707f, a + b)                                            \
    X(SUB, "sub", ADDSUB, 0x40000033, 0xfe00707f, a - b)                                            \
    X(ADDW, "addw", ADDSUB, 0x0000003b, 0xfe00707f, isa_sext32(a + b))                              \
    X(SUBW, "subw", ADDSUB, 0x4000003b, 0xfe00707f, isa_sext32(a - b))                              \
    X(XOR, "xor", LOGIC, 0x00004033, 0xfe00707f, a ^ b)                                             \
    X(OR, "or", LOGIC, 0x00006033, 0xfe00707f, a | b)                                               \
    X(AND, "and", LOGIC, 0x00007033, 0xfe00707f, a &b)                                              \
    X(SLL, "sll", SHIFT, 0x00001033, 0xfe00707f, a << (b & 63))                                     \
    X(SRL, "srl", SHIFT, 0x00005033, 0xfe00707f, a >> (b & 63))                                     \
    X(SRA, "sra", SHIFT, 0x40005033, 0xfe00707f, (u64)((i64)a >> (b & 63)))                         \
    X(SLLW, "sllw", SHIFT, 0x0000103b, 0xfe00707f, isa_sext32((u32)a << (b & 31)))                  \
    X(SRLW, "srlw", SHIFT, 0x0000503b, 0xfe00707f, isa_sext32((u32)a >> (b & 31)))                  \
    X(SRAW, "sraw", SHIFT, 0x4000503b, 0xfe00707f, isa_sext32((u64)((i32)(u32)a >> (b & 31))))      \
    X(SLT, "slt", COMPARE, 0x00002033, 0xfe00707f, (u64)((i64)a < (i64)b))                          \
    X(SLTU, "sltu", COMPARE, 0x00003033, 0xfe00707f, (u64)(a < b))                                  \
    X(MUL, "mul", MUL, 0x02000033, 0xfe00707f, a *b)                                                \
    X(MULH, "mulh", MUL, 0x02001033, 0xfe00707f, isa_mulh(a, b))                                    \
    X(MULHSU, "mulhsu", MUL, 0x02002033, 0xfe00707f, isa_mulhsu(a, b))                              \
    X(MULHU, "mulhu", MUL, 0x02003033, 0xfe00707f, (u64)((u128)a * b >> 64))                        \
    X(MULW, "mulw", MUL, 0x0200003b, 0xfe00707f, isa_sext32(a *b))                                  \
    X(DIV, "div", DIV, 0x02004033, 0xfe00707f, isa_div(a, b))                                       \
    X(DIVU, "divu", DIV, 0x02005033, 0xfe00707f, isa_divu(a, b))                                    \
    X(REM, "rem", DIV, 0x02006033, 0xfe00707f, isa_rem(a, b))                                       \
    X(REMU, "remu", DIV, 0x02007033, 0xfe00707f, isa_remu(a, b))                                    \
    X(DIVW, "divw", DIV, 0x0200403b, 0xfe00707f, isa_sext32(isa_div(isa_sext32(a), isa_sext32(b)))) \
    X(DIVUW, "divuw", DIV, 0x0200503b, 0xfe00707f, isa_sext32(isa_divu32((u32)a, (u32)b)))          \
    X(REMW, "remw", DIV, 0x0200603b, 0xfe00707f, isa_sext32(isa_rem(isa_sext32(a), isa_sext32(b)))) \
    X(REMUW, "remuw", DIV, 0x0200703b, 0xfe00707f, isa_sext32(isa_remu((u32)a, (u32)b)))

/* Register-immediate: a = rs1, b = the immediate, sign-extended (or the shift amount). */
#define SITU_ISA_IMM(X)                                                                   \
    X(ADDI, "addi", ADDSUB, 0x00000013, 0x0000707f, a + b)                                \
    X(ADDIW, "addiw", ADDSUB, 0x0000001b, 0x0000707f, isa_sext32(a + b))                  \
    X(XORI, "xori", LOGIC, 0x00004013, 0x0000707f, a ^ b)                                 \
    X(ORI, "ori", LOGIC, 0x00006013, 0x0000707f, a | b)                                   \
    X(ANDI, "andi", LOGIC, 0x00007013, 0x0000707f, a &b)                                  \
    X(SLLI, "slli", SHIFT, 0x00001013, 0xfc00707f, a << b)                                \
    X(SRLI, "srli", SHIFT, 0x00005013, 0xfc00707f, a >> b)                                \
    X(SRAI, "srai", SHIFT, 0x40005013, 0xfc00707f, (u64)((i64)a >> b))                    \
    X(SLLIW, "slliw", SHIFT, 0x0000101b, 0xfe00707f, isa_sext32((u32)a << b))             \
    X(SRLIW, "srliw", SHIFT, 0x0000501b, 0xfe00707f, isa_sext32((u32)a >> b))             \
    X(SRAIW, "sraiw", SHIFT, 0x4000501b, 0xfe00707f, isa_sext32((u64)((i32)(u32)a >> b))) \
    X(SLTI, "slti", COMPARE, 0x00002013, 0x0000707f, (u64)((i64)a < (i64)b))              \
    X(SLTIU, "sltiu", COMPARE, 0x00003013, 0x0000707f, (u64)(a < b))

/* X(name, mnemonic, family, match, mask, bytes, result of the bytes v, zero-extended) */
#define SITU_ISA_LOAD(X)                                                 \
    X(LB, "lb", NARROW, 0x00000003, 0x0000707f, 1, (u64)(i64)(int8_t)v)  \
    X(LH, "lh", NARROW, 0x00001003, 0x0000707f, 2, (u64)(i64)(int16_t)v) \
    X(LW, "lw", NARROW, 0x00002003, 0x0000707f, 4, isa_sext32(v))        \
    X(LD, "ld", LOAD, 0x00003003, 0x0000707f, 8, v)                      \
    X(LBU, "lbu", NARROW, 0x00004003, 0x0000707f, 1, v)                  \
    X(LHU, "lhu", NARROW, 0x00005003, 0x0000707f, 2, v)                  \
    X(LWU, "lwu", NARROW, 0x00006003, 0x0000707f, 4, v)

/* X(name, mnemonic, family, match, mask, bytes) */
#define SITU_ISA_STORE(X)                          \
    X(SB, "sb", NARROW, 0x00000023, 0x0000707f, 1) \
    X(SH, "sh", NARROW, 0x00001023, 0x0000707f, 2) \
    X(SW, "sw", NARROW, 0x00002023, 0x0000707f, 4) \
    X(SD, "sd", STORE, 0x00003023, 0x0000707f, 8)

/* X(name, mnemonic, family, match, mask, taken, of a = rs1 and b = rs2) */
#define SITU_ISA_BRANCH(X)                                           \
    X(BEQ, "beq", COMPARE, 0x00000063, 0x0000707f, a == b)           \
    X(BNE, "bne", COMPARE, 0x00001063, 0x0000707f, a != b)           \
    X(BLT, "blt", COMPARE, 0x00004063, 0x0000707f, (i64)a < (i64)b)  \
    X(BGE, "bge", COMPARE, 0x00005063, 0x0000707f, (i64)a >= (i64)b) \
    X(BLTU, "bltu", COMPARE, 0x00006063, 0x0000707f, a < b)          \
    X(BGEU, "bgeu", COMPARE, 0x00007063, 0x0000707f, a >= b)

/* The rest, each with a meaning of its own.  ILLEGAL stands for every word that decodes to nothing, and for
 * the place behind the last instruction of a segment. */
#define SITU_ISA_OTHER(X)                              \
    X(LUI, "lui", JUMP, 0x00000037, 0x0000007f)        \
    X(AUIPC, "auipc", JUMP, 0x00000017, 0x0000007f)    \
    X(JAL, "jal", JUMP, 0x0000006f, 0x0000007f)        \
    X(JALR, "jalr", JUMP, 0x00000067, 0x0000707f)      \
    X(ECALL, "ecall", ECALL, 0x00000073, 0xffffffff)   \
    X(EBREAK, "ebreak", ECALL, 0x00100073, 0xffffffff) \
    X(ILLEGAL, "illegal", ECALL, 0x00000000, 0xffffffff)

#define SITU_ISA_FENCE_MATCH UINT32_C(0x0000000f)
#define SITU_ISA_FENCE_MASK  UINT32_C(0x0000707f)

typedef enum {
#define X(name, text) SITU_FAMILY_##name,
    SITU_FAMILIES(X)
#undef X
        SITU_FAMILIES_COUNT
} situ_family;

typedef enum {
#define X(name, ...) SITU_OP_##name,
    SITU_ISA_REG(X) SITU_ISA_IMM(X) SITU_ISA_LOAD(X) SITU_ISA_STORE(X) SITU_ISA_BRANCH(X) SITU_ISA_OTHER(X)
#undef X
        SITU_OPS_COUNT
} situ_op;

/* What an instruction does with its operands: which registers it reads and writes, and what imm means. */
typedef enum {
    SITU_FORMAT_REG,    /* reads rs1, rs2; writes rd                                               */
    SITU_FORMAT_IMM,    /* reads rs1;      writes rd;  imm operand                                 */
    SITU_FORMAT_LOAD,   /* reads rs1, memory; writes rd;  imm offset                               */
    SITU_FORMAT_STORE,  /* reads rs1, rs2; writes memory; imm offset                               */
    SITU_FORMAT_BRANCH, /* reads rs1, rs2;                imm target's address                     */
    SITU_FORMAT_CONST,  /*                 writes rd = imm (LUI, AUIPC)                            */
    SITU_FORMAT_JAL,    /*                 writes rd = pc + 4; imm target's address                */
    SITU_FORMAT_JALR,   /* reads rs1;      writes rd = pc + 4; imm offset                          */
    SITU_FORMAT_ECALL,  /* reads rs1 = a7, rs2 = a0; then as docs/vm.md says                       */
    SITU_FORMAT_TRAP,   /* EBREAK, ILLEGAL                                                         */
} situ_format;

typedef struct {
    const char *mnemonic;
    u32 match, mask;
    u8 family; /* situ_family of the instruction when it does not straddle two words */
    u8 format; /* situ_format                                                        */
    u8 bytes;  /* of a load or store, else 0                                         */
} situ_op_info;

extern const situ_op_info situ_ops[SITU_OPS_COUNT];

const char *situ_family_name(situ_family family);

/* A decoded instruction.  Everything that follows from pc and immediate alone is computed here, once: imm is
 * AUIPC's result and the absolute target of a branch or JAL, modulo 2^64. */
typedef struct {
    u64 imm;
    u32 pc;
    u8 op;  /* situ_op                                              */
    u8 rd;  /* 1..31, or SITU_REG_SINK where there is none or is x0 */
    u8 rs1; /* 0 where there is none                                */
    u8 rs2; /* 0 where there is none                                */
} situ_insn;

_Static_assert(sizeof(situ_insn) == 16, "no hidden padding");

/* Decode the instruction word at pc, a multiple of 4.  Never fails: op is SITU_OP_ILLEGAL for what RV64IM
 * lacks. */
situ_insn situ_isa_decode(u32 word, u32 pc);

/* Assembler text of an instruction word at pc, without symbols; buf holds at least 48 bytes. */
void situ_isa_disassemble(char *buf, size_t n_bytes, u32 word, u32 pc);

/* --- meanings used by the lists ------------------------------------------------------------------------- */

SITU_INLINE u64 isa_sext32(u64 a) { return (u64)(i64)(i32)(u32)a; }

__extension__ typedef __int128 isa_i128;

SITU_INLINE u64 isa_mulh(u64 a, u64 b) { return (u64)((isa_i128)(i64)a * (i64)b >> 64); }
SITU_INLINE u64 isa_mulhsu(u64 a, u64 b) { return (u64)((isa_i128)(i64)a * (isa_i128)b >> 64); }

/* Division by zero gives all ones and the dividend; the one overflow gives the dividend and zero
 * (chapter 7.2). */
SITU_INLINE bool isa_div_overflows(u64 a, u64 b) { return a == UINT64_C(1) << 63 && b == UINT64_MAX; }
SITU_INLINE u64 isa_div(u64 a, u64 b)
{
    return b == 0 ? UINT64_MAX : isa_div_overflows(a, b) ? a : (u64)((i64)a / (i64)b);
}
SITU_INLINE u64 isa_rem(u64 a, u64 b)
{
    return b == 0 ? a : isa_div_overflows(a, b) ? 0 : (u64)((i64)a % (i64)b);
}
SITU_INLINE u64 isa_divu(u64 a, u64 b) { return b == 0 ? UINT64_MAX : a / b; }
SITU_INLINE u64 isa_remu(u64 a, u64 b) { return b == 0 ? a : a % b; }
SITU_INLINE u64 isa_divu32(u32 a, u32 b) { return b == 0 ? UINT32_MAX : a / b; }

#endif /* SITU_VM_ISA_H */
