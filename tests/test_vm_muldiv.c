/* Multiplication and division: honest witnesses hold, forged ones break. */
#include "tests/air_forgery.h"
#include "tests/vm/witness_run.h"

/* --- guests ----------------------------------------------------------------------------------------------
 * Operands lie in the data; x3 points to them. */

enum { X_POOL = 3, FIRST_OPERAND = 5, N_OPERANDS = 27, POOL_WORDS = 256 };

static const u64 edges[N_OPERANDS] = {
    0,
    1,
    2,
    3,
    UINT64_MAX,
    UINT64_MAX - 1,
    0xff,
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
    0xffffffffffff0000,
    0x8000800080008000,
    0x0001000000000000,
    0xff00ff00ff00ff00,
    0x0123456789abcdef,
    0xfedcba9876543210,
    0x0000ffff0000ffff,
};

static const situ_op ops[] = {SITU_OP_MUL,   SITU_OP_MULH, SITU_OP_MULHSU, SITU_OP_MULHU, SITU_OP_MULW,
                              SITU_OP_DIV,   SITU_OP_DIVU, SITU_OP_REM,    SITU_OP_REMU,  SITU_OP_DIVW,
                              SITU_OP_DIVUW, SITU_OP_REMW, SITU_OP_REMUW};

static guest_asm g;

static void start(void)
{
    g.n_code = 0;
    g.n_data = POOL_WORDS * 8;
    asm_at(&g, enc_u(SITU_OP_LUI, X_POOL, ASM_DATA >> 12));
}

static void pool(u32 index, u64 value) { memcpy(g.data + 8 * index, &value, 8); }
static void load(u32 rd, u32 index) { asm_at(&g, enc_i(SITU_OP_LD, rd, X_POOL, (i32)(8 * index))); }

/* The guest so far, halted: its witness, which holds. */
static witness_run *run(void)
{
    asm_at(&g, enc_i(SITU_OP_ADDI, X_A0, 0, 0));
    asm_at(&g, enc_i(SITU_OP_ADDI, X_A7, 0, SITU_ECALL_EXIT));
    asm_at(&g, situ_ops[SITU_OP_ECALL].match);
    witness_run *r = witness_open(asm_load(&g), NULL, 0, 1 << 12);
    witness_must_hold(r);
    return r;
}

/* --- completeness --------------------------------------------------------------------------------------- */

TEST(edges_by_edges)
{
    start();
    for (u32 i = 0; i < N_OPERANDS; i++) {
        pool(i, edges[i]);
        load(FIRST_OPERAND + i, i);
    }
    for (u32 op = 0; op < SITU_ARRAY_LEN(ops); op++)
        for (u32 a = 0; a < N_OPERANDS; a++)
            for (u32 b = 0; b < N_OPERANDS; b++)
                asm_at(&g, enc_r(ops[op], 1, FIRST_OPERAND + a, FIRST_OPERAND + b));
    witness_close(run());
}

/* Of every length, and dividends at and around multiples of divisors. */
TEST(random_operands)
{
    start();
    for (u32 i = 0; i < POOL_WORDS; i += 2) {
        u64 a = test_random(), b = test_random() >> test_random_below(64);
        if (i % 4 == 0 && b != 0) a = a / b * b + test_random_below(3) - 1;
        if (i % 8 < 4) a = -a;
        if (i % 16 < 8) b = -b;
        pool(i, a);
        pool(i + 1, b);
        load(5, i);
        load(6, i + 1);
        for (u32 op = 0; op < SITU_ARRAY_LEN(ops); op++) asm_at(&g, enc_r(ops[op], 1, 5, 6));
    }
    witness_close(run());
}

/* rd, rs1 and rs2 in every way equal or x0. */
TEST(aliased_registers)
{
    static const u32 regs[] = {0, 5, 6};
    start();
    pool(0, 0x8000000180000001);
    pool(1, 0xfffffffeffff0003);
    for (u32 op = 0; op < SITU_ARRAY_LEN(ops); op++) {
        for (u32 i = 0; i < 27; i++) {
            load(5, 0);
            load(6, 1);
            asm_at(&g, enc_r(ops[op], regs[i % 3], regs[i / 3 % 3], regs[i / 9]));
        }
    }
    witness_close(run());
}

TEST_MAIN()
