/* Logic and shifts: honest witnesses hold, forged ones break. */
#include "tests/air_forgery.h"
#include "tests/vm/witness_run.h"

static guest_asm g;

static const situ_op logic_ops[] = {SITU_OP_AND, SITU_OP_OR, SITU_OP_XOR};
static const situ_op logici_ops[] = {SITU_OP_ANDI, SITU_OP_ORI, SITU_OP_XORI};
static const situ_op shift_ops[] = {SITU_OP_SLL,  SITU_OP_SRL,  SITU_OP_SRA,
                                    SITU_OP_SLLW, SITU_OP_SRLW, SITU_OP_SRAW};
static const situ_op shifti_ops[] = {SITU_OP_SLLI,  SITU_OP_SRLI,  SITU_OP_SRAI,
                                     SITU_OP_SLLIW, SITU_OP_SRLIW, SITU_OP_SRAIW};

static const u64 edges[] = {0,
                            1,
                            UINT64_MAX,
                            UINT64_C(0x8000000000000000),
                            UINT64_C(0x7fffffffffffffff),
                            UINT64_C(0x0000000080000000),
                            UINT64_C(0x000000007fffffff),
                            UINT64_C(0xffffffff00000000),
                            UINT64_C(0x0001000100010001),
                            UINT64_C(0x8000800080008000),
                            UINT64_C(0xfe01fe02fe00fe03),
                            UINT64_C(0x123456789abcdef0)};

enum { X_A = 11, X_B = 12, X_D = 13 }; /* operands and result */

static void start(void)
{
    g.n_code = 0;
    g.n_data = 0;
}

/* Values come by the operations that are tested: ADDI, SLLI, ORI. */
static u64 any_value(void)
{
    return test_random_below(2) ? test_random_edgy(UINT64_MAX)
                                : edges[test_random_below(SITU_ARRAY_LEN(edges))];
}

static witness_run *finish(void)
{
    asm_exit(&g, 0);
    return witness_open(asm_load(&g), NULL, 0, 1 << 14);
}

static void must_hold(void)
{
    witness_run *r = finish();
    witness_must_hold(r);
    witness_close(r);
}

/* --- honest rows ---------------------------------------------------------------------------------------- */

TEST(logic_holds)
{
    start();
    for (u32 i = 0; i < SITU_ARRAY_LEN(edges); i++) {
        asm_li(&g, X_A, edges[i]);
        for (u32 k = 0; k < 4; k++) {
            asm_li(&g, X_B, k < 3 ? edges[(i + 5 * k) % SITU_ARRAY_LEN(edges)] : any_value());
            for (u32 op = 0; op < 3; op++) asm_at(&g, enc_r(logic_ops[op], X_D, X_A, X_B));
        }
    }
    must_hold();
}

TEST(logic_by_a_constant_holds)
{
    static const i32 imms[] = {0, 1, -1, 255, 256, -256, -257, 2047, -2048, 0x5a5};
    start();
    for (u32 i = 0; i < SITU_ARRAY_LEN(edges); i++) {
        asm_li(&g, X_A, edges[i]);
        for (u32 op = 0; op < 3; op++) {
            for (u32 k = 0; k < SITU_ARRAY_LEN(imms); k++)
                asm_at(&g, enc_i(logici_ops[op], X_D, X_A, imms[k]));
            asm_at(&g, enc_i(logici_ops[op], X_D, X_A, (i32)test_random_below(4096) - 2048));
        }
    }
    must_hold();
}

/* Every amount; the register's other bits count for nothing. */
TEST(shifts_hold)
{
    start();
    for (u32 amount = 0; amount < 64; amount++) {
        for (u32 k = 0; k < 4; k++) {
            asm_li(&g, X_A, k < 2 ? edges[(amount * 2 + k) % SITU_ARRAY_LEN(edges)] : any_value());
            asm_li(&g, X_B, amount | (k ? any_value() & ~UINT64_C(63) : 0));
            for (u32 op = 0; op < SITU_ARRAY_LEN(shift_ops); op++)
                asm_at(&g, enc_r(shift_ops[op], X_D, X_A, X_B));
        }
    }
    must_hold();
}

TEST(shifts_by_a_constant_hold)
{
    start();
    for (u32 i = 0; i < SITU_ARRAY_LEN(edges) + 4; i++) {
        asm_li(&g, X_A, i < SITU_ARRAY_LEN(edges) ? edges[i] : test_random());
        for (u32 op = 0; op < SITU_ARRAY_LEN(shifti_ops); op++)
            for (i32 amount = 0; amount < (op < 3 ? 64 : 32); amount++)
                asm_at(&g, enc_i(shifti_ops[op], X_D, X_A, amount));
    }
    must_hold();
}

/* One register in several parts of an instruction, and x0 in each. */
TEST(aliases_hold)
{
    static const u32 regs[] = {0, X_A, X_B};
    start();
    asm_li(&g, X_A, UINT64_C(0x8123456789abcdef));
    asm_li(&g, X_B, UINT64_C(0xfedcba9876543219));
    for (u32 d = 0; d < 3; d++)
        for (u32 i = 0; i < 3; i++) {
            for (u32 op = 0; op < 6; op++) asm_at(&g, enc_i(shifti_ops[op], regs[d], regs[i], 7));
            for (u32 op = 0; op < 3; op++) asm_at(&g, enc_i(logici_ops[op], regs[d], regs[i], -7));
            for (u32 j = 0; j < 3; j++) {
                for (u32 op = 0; op < 3; op++) asm_at(&g, enc_r(logic_ops[op], regs[d], regs[i], regs[j]));
                for (u32 op = 0; op < 6; op++) asm_at(&g, enc_r(shift_ops[op], regs[d], regs[i], regs[j]));
            }
        }
    must_hold();
}

/* The byte bus has a fourth operation, whose results are 0, and 3 below OP_AND is SUBW. */
TEST(no_fourth_logic_operation)
{
    forgery_table t = forgery_open(&situ_vm_prover, "logic");
    situ_vm_logic_row row = {.real = 1, .operation = 3};
    forgery_must(&t, (const u32 *)&row, "logic.operation");
    forgery_close(&t);
}

TEST_MAIN()
