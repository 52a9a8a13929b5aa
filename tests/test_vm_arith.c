/* Additions, comparisons, branches and jumps: honest witnesses hold, forged ones break. */
#include "tests/vm/witness_run.h"

/* --- guests ----------------------------------------------------------------------------------------------
 * x5..x31 hold operands; x1..x4 take results.  Only instructions of these tables are used. */

enum { FIRST_OPERAND = 5, N_OPERANDS = 27 };

static const u64 edges[N_OPERANDS] = {
    0,
    1,
    2,
    UINT64_MAX,
    UINT64_MAX - 1,
    0x7fff,
    0x8000,
    0xffff,
    0x10000,
    0x7fffffff,
    0x80000000,
    0x80000001,
    0xffffffff,
    0x100000000,
    0x7fffffffffffffff,
    0x8000000000000000,
    0x8000000000000001,
    0xffffffff80000000,
    0xffffffff7fffffff,
    0xfffffffffffff800,
    0x00000000000007ff,
    0x7fff800080008000,
    0x8000800080008000,
    0x8000800080007fff,
    0x0123456789abcdef,
    0xfedcba9876543210,
    0x0000ffff0000ffff,
};

static guest_asm g;

static void start(void)
{
    g.n_code = 0;
    g.n_data = 0;
}

/* rd = value, by doubling. */
static void set(u32 rd, u64 value)
{
    asm_at(&g, enc_i(SITU_OP_ADDI, rd, 0, (i32)(value >> 55)));
    for (int shift = 44; shift >= 0; shift -= 11) {
        for (int i = 0; i < 11; i++) asm_at(&g, enc_r(SITU_OP_ADD, rd, rd, rd));
        asm_at(&g, enc_i(SITU_OP_ADDI, rd, rd, (i32)(value >> shift & 2047)));
    }
}

static void set_edges(void)
{
    for (u32 i = 0; i < N_OPERANDS; i++) set(FIRST_OPERAND + i, edges[i]);
}

static void halt(void)
{
    asm_at(&g, enc_i(SITU_OP_ADDI, X_A0, 0, 0));
    asm_at(&g, enc_i(SITU_OP_ADDI, X_A7, 0, SITU_ECALL_EXIT));
    asm_at(&g, situ_ops[SITU_OP_ECALL].match);
}

/* The guest so far, halted: its witness, which holds. */
static witness_run *run(void)
{
    halt();
    witness_run *r = witness_open(asm_load(&g), NULL, 0, 1 << 16);
    witness_must_hold(r);
    return r;
}

static void go(void) { witness_close(run()); }

static u32 address_of(u32 index) { return (u32)ASM_CODE + 4 * index; }

/* --- completeness --------------------------------------------------------------------------------------- */

static const situ_op reg_ops[] = {SITU_OP_ADD,  SITU_OP_SUB, SITU_OP_ADDW,
                                  SITU_OP_SUBW, SITU_OP_SLT, SITU_OP_SLTU};
static const situ_op imm_ops[] = {SITU_OP_ADDI, SITU_OP_ADDIW, SITU_OP_SLTI, SITU_OP_SLTIU};
static const situ_op branch_ops[] = {SITU_OP_BEQ, SITU_OP_BNE,  SITU_OP_BLT,
                                     SITU_OP_BGE, SITU_OP_BLTU, SITU_OP_BGEU};

TEST(registers_at_edges)
{
    start();
    set_edges();
    for (u32 op = 0; op < SITU_ARRAY_LEN(reg_ops); op++)
        for (u32 a = 0; a < N_OPERANDS; a++)
            for (u32 b = 0; b < N_OPERANDS; b++)
                asm_at(&g, enc_r(reg_ops[op], 1, FIRST_OPERAND + a, FIRST_OPERAND + b));
    go();
}

TEST(immediates_at_edges)
{
    static const i32 imms[] = {0, 1, 2, -1, -2, 1024, 2047, -2047, -2048};
    start();
    set_edges();
    for (u32 op = 0; op < SITU_ARRAY_LEN(imm_ops); op++)
        for (u32 a = 0; a < N_OPERANDS; a++)
            for (u32 i = 0; i < SITU_ARRAY_LEN(imms); i++)
                asm_at(&g, enc_i(imm_ops[op], 1, FIRST_OPERAND + a, imms[i]));
    go();
}

/* rd, rs1 and rs2 in every way equal or x0. */
TEST(aliased_registers)
{
    static const u32 regs[] = {0, 1, 6};
    start();
    set(1, 0x8000000080000001);
    set(6, 0xfffffffeffff);
    for (u32 op = 0; op < SITU_ARRAY_LEN(reg_ops) + SITU_ARRAY_LEN(imm_ops); op++)
        for (u32 i = 0; i < 27; i++) {
            u32 d = regs[i % 3], a = regs[i / 3 % 3], b = regs[i / 9];
            asm_at(&g, op < SITU_ARRAY_LEN(reg_ops)
                           ? enc_r(reg_ops[op], d, a, b)
                           : enc_i(imm_ops[op - SITU_ARRAY_LEN(reg_ops)], d, a, (i32)i - 13));
        }
    go();
}

/* Each branch on all pairs; one that is taken skips an instruction or goes to the next. */
TEST(branches_at_edges)
{
    start();
    set_edges();
    for (u32 op = 0; op < SITU_ARRAY_LEN(branch_ops); op++)
        for (u32 a = 0; a < N_OPERANDS; a++)
            for (u32 b = 0; b < N_OPERANDS; b++) {
                asm_at(&g, enc_b(branch_ops[op], FIRST_OPERAND + a, FIRST_OPERAND + b, (a ^ b) & 1 ? 4 : 8));
                asm_at(&g, enc_i(SITU_OP_ADDI, 1, 1, 1));
            }
    go();
}

/* The farthest targets, and the end of the pc's low limb between branch and target. */
TEST(branches_far)
{
    for (u32 op = 0; op < SITU_ARRAY_LEN(branch_ops); op++)
        for (u32 at = 0; at < 2; at++) { /* at 1: the two lie around 0x20000 */
            u32 first = at ? 0x10000 / 4 - 500 : 2000;
            start();
            memset(g.code, 0, sizeof g.code);
            asm_at(&g, enc_i(SITU_OP_ADDI, 1, 0, 1));
            asm_at(&g, enc_j(0, (i32)(first - 1) * 4));
            bool is_strict = op == 1 || op == 2 || op == 4; /* x0 against x1; else x0 against x0 */
            g.code[first] = enc_b(branch_ops[op], 0, is_strict, 4092);
            g.code[first + 1023] = enc_b(branch_ops[op], 0, is_strict, 4);
            g.code[first + 1024] = enc_b(branch_ops[op], 0, is_strict, 8);
            g.code[first + 1026] = enc_b(branch_ops[op], 0, is_strict, -4096);
            g.n_code = first + 2; /* where the last goes; the code goes on from there */
            halt();
            g.n_code = first + 1027;
            go();
        }
}

TEST(loops)
{
    start();
    asm_at(&g, enc_i(SITU_OP_ADDI, 1, 0, 50));
    asm_at(&g, enc_i(SITU_OP_ADDI, 1, 1, -1));
    asm_at(&g, enc_b(SITU_OP_BNE, 1, 0, -4));
    asm_at(&g, enc_i(SITU_OP_ADDI, 1, 1, 1));
    asm_at(&g, enc_i(SITU_OP_SLTI, 2, 1, 50));
    asm_at(&g, enc_b(SITU_OP_BLTU, 0, 2, -8));
    go();
}

/* rd = base: the program has its low bits only. */
static void set_address(u32 rd, u32 address)
{
    i32 low = (i32)(address << 20) >> 20;
    asm_at(&g, enc_u(SITU_OP_LUI, rd, (address - (u32)low) >> 12));
    asm_at(&g, enc_i(SITU_OP_ADDIW, rd, rd, low));
}

/* JALR from here to `target` (an index), through base + offset, which may be odd. */
static void jump_by(u32 rd, u32 rs1, u32 target, i32 offset)
{
    set_address(rs1, address_of(target) - (u32)offset);
    asm_at(&g, enc_i(SITU_OP_JALR, rd, rs1, offset));
    g.n_code = target;
}

TEST(indirect_jumps)
{
    static const i32 offsets[] = {0, 4, -4, 2047, -2048, 2, -1, 1};
    start();
    memset(g.code, 0, sizeof g.code);
    for (u32 i = 0; i < SITU_ARRAY_LEN(offsets); i++) {
        jump_by(1, 2, g.n_code + 5, offsets[i]);      /* forward                               */
        jump_by(2, 2, g.n_code + 3, offsets[i]);      /* to the next, over its own operand     */
        jump_by(0, 31, g.n_code + 70, offsets[i]);    /* no link                               */
        set_address(7, address_of(g.n_code + 4) + 1); /* odd sum: the lowest bit is cleared    */
        asm_at(&g, enc_i(SITU_OP_JALR, 7, 7, 0));
        g.n_code++;
    }
    /* Sums that carry out of the low limb, both ways. */
    u32 edge = 0x10000 / 4;
    jump_by(1, 2, edge - 8, 0);
    jump_by(1, 2, edge + 2, 64);    /* 0x1ffc8 + 64   */
    jump_by(1, 2, edge - 16, -128); /* 0x20040 - 128  */
    halt();
    g.n_code = edge + 100;
    go();
}

/* Straight lines of random instructions, so that operands are whatever came about. */
TEST(random_lines)
{
    for (u32 round = 0; round < 4; round++) {
        start();
        for (u32 i = 0; i < N_OPERANDS; i++)
            set(FIRST_OPERAND + i,
                test_random_edgy(UINT64_MAX) >> test_random_below(2) * test_random_below(64));
        for (u32 i = 0; i < 3000; i++) {
            u32 d = (u32)test_random_below(32), a = (u32)test_random_below(32),
                b = (u32)test_random_below(32);
            switch (test_random_below(4)) {
            case 0:
            case 1: asm_at(&g, enc_r(reg_ops[test_random_below(SITU_ARRAY_LEN(reg_ops))], d, a, b)); break;
            case 2:
                asm_at(&g, enc_i(imm_ops[test_random_below(SITU_ARRAY_LEN(imm_ops))], d, a,
                                 (i32)test_random_below(4096) - 2048));
                break;
            default:
                asm_at(&g, enc_b(branch_ops[test_random_below(SITU_ARRAY_LEN(branch_ops))], a, b,
                                 4 + 4 * (i32)test_random_below(3)));
            }
        }
        for (u32 i = 0; i < 4; i++) asm_at(&g, enc_i(SITU_OP_ADDI, 1, 1, 1));
        go();
    }
}

TEST_MAIN()
