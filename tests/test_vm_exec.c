/* The executors against qemu-riscv64, an independent emulator: every instruction with edge operands, aliased
 * registers, all alignments, branches at their limits, and random programs.  Every program also runs under
 * the tracer, whose records must balance, and every table that is made of the records must hold. */
#include "tests/vm/trace_check.h"
#include "tests/vm/witness_run.h"

static guest_asm g; /* one test, one process */

static void asm_start(void)
{
    g.n_code = 0;
    g.n_data = ASM_DATA_MAX;
    memset(g.data, 0, sizeof g.data);
    if (!qemu_is_there()) test_skip("qemu-riscv64 is not installed");
}

/* --- one program, three emulators ----------------------------------------------------------------------- */

static void check_traced(const situ_program *p, const situ_run_report *plain)
{
    situ_tracer *tracer;
    situ_trace_chunk *chunk;
    situ_segment segment;
    situ_run_report r;
    trace_check check = {0};
    situ_trace_stop stop;
    u64 n_steps = 0, n_family[SITU_FAMILIES_COUNT] = {0};

    CHECK_EQ(situ_tracer_create(&tracer, p, NULL, 0), SITU_OK);
    CHECK_EQ(situ_trace_chunk_create(&chunk, 1000), SITU_OK);
    do {
        stop = situ_trace_run(tracer, chunk);
        trace_check_chunk(&check, p, chunk);
        n_steps += chunk->n_steps;
        for (u32 i = 0; i < chunk->n_steps; i++) n_family[situ_step_family(p, &chunk->steps[i])]++;
        if (stop == SITU_TRACE_SEGMENT || stop == SITU_TRACE_HALT || n_steps % 7 == 0) {
            CHECK_EQ(situ_trace_end_segment(tracer, &segment), SITU_OK);
            trace_check_end(&check, &segment);
        }
    } while (stop == SITU_TRACE_CHUNK || stop == SITU_TRACE_SEGMENT);
    CHECK_EQ(stop, SITU_TRACE_HALT);
    CHECK_EQ(n_steps, plain->n_cycles);
    situ_machine_report(situ_tracer_machine(tracer), &r);
    CHECK_EQ(r.n_output, plain->n_output);
    CHECK_MEM_EQ(r.output, plain->output, plain->n_output);
    CHECK_MEM_EQ(r.registers, plain->registers, sizeof r.registers);
    CHECK_MEM_EQ(n_family, plain->n_family, sizeof n_family);
    situ_trace_chunk_destroy(chunk);
    situ_tracer_destroy(tracer);
}

/* What would be proven of the run. */
static void check_tables(void)
{
    witness_run *r = witness_open(asm_load(&g), NULL, 0, 1 << 14);
    witness_must_hold(r);
    witness_close(r);
}

/* Run g here, traced and under qemu; outputs must agree. */
static void check_against_qemu(void)
{
    situ_program *p = asm_load(&g);
    situ_machine *m;
    situ_run_report r;
    u8 *expected;
    size_t n_expected;

    CHECK_EQ(situ_machine_create(&m, p, NULL, 0), SITU_OK);
    situ_stop stop = situ_machine_run(m, UINT64_MAX);
    situ_machine_report(m, &r);
    if (stop != SITU_STOP_HALT) {
        char text[128];
        situ_trap_describe(text, sizeof text, &r);
        test_fail(__FILE__, __LINE__, "trap at 0x%" PRIx64 ": %s", r.pc, text);
    }
    u64 n_all = 0;
    for (u32 i = 0; i < SITU_RUN_FAMILIES; i++) n_all += r.n_family[i];
    CHECK_EQ(n_all, r.n_cycles);
    CHECK_EQ(qemu_run_asm(&g, &expected, &n_expected), r.exit_code);
    CHECK_EQ(r.n_output, n_expected);
    for (size_t i = 0; i < n_expected; i++) {
        if (r.output[i] != expected[i]) {
            u64 got, want;
            size_t at = i & ~(size_t)7;
            memcpy(&got, r.output + at, 8);
            memcpy(&want, expected + at, 8);
            test_fail(__FILE__, __LINE__, "result %zu is 0x%" PRIx64 ", qemu has 0x%" PRIx64, at / 8, got,
                      want);
        }
    }
    check_traced(p, &r);
    check_tables();
    free(expected);
    situ_machine_destroy(m);
    situ_program_free(p);
}

/* Append rs to the results at `*at` through the base register x31. */
enum { BASE = 31, RESULTS = 0x10000 };

static void asm_keep(u32 rs, u32 *at)
{
    asm_at(&g, enc_s(SITU_OP_SD, rs, BASE, 0));
    asm_at(&g, enc_i(SITU_OP_ADDI, BASE, BASE, 8));
    *at += 8;
    SITU_ASSERT(RESULTS + *at <= ASM_DATA_MAX);
}

static void asm_finish(u32 at)
{
    asm_write(&g, ASM_DATA + RESULTS, at);
    asm_exit(&g, 0);
    check_against_qemu();
}

/* --- every instruction ---------------------------------------------------------------------------------- */

static const u64 edges[] = {0,
                            1,
                            2,
                            UINT64_MAX,
                            UINT64_MAX - 1,
                            UINT64_C(0x7fffffffffffffff),
                            UINT64_C(0x8000000000000000),
                            UINT64_C(0x8000000000000001),
                            UINT64_C(0x000000007fffffff),
                            UINT64_C(0x0000000080000000),
                            UINT64_C(0x00000000ffffffff),
                            UINT64_C(0x0000000100000000),
                            UINT64_C(0xffffffff80000000),
                            UINT64_C(0xffffffff7fffffff),
                            UINT64_C(0x0123456789abcdef),
                            UINT64_C(0xfedcba9876543210)};
enum { N_EDGES = SITU_ARRAY_LEN(edges), A = 5, B = 6, D = 7, OPERANDS = 30 };

/* A and B from the table of edges, through x30. */
static void asm_load_edges(u32 i, u32 j)
{
    asm_at(&g, enc_i(SITU_OP_LD, A, OPERANDS, (i32)(8 * i)));
    asm_at(&g, enc_i(SITU_OP_LD, B, OPERANDS, (i32)(8 * j)));
}

static void asm_start_edges(void)
{
    asm_start();
    memcpy(g.data, edges, sizeof edges);
    asm_li(&g, OPERANDS, ASM_DATA);
    asm_li(&g, BASE, ASM_DATA + RESULTS);
}

TEST(register_instructions_at_edges)
{
    asm_start_edges();
    u32 at = 0;
    for (u32 op = SITU_OP_ADD; op <= SITU_OP_REMUW; op++) {
        for (u32 i = 0; i < N_EDGES; i++) {
            for (u32 j = 0; j < N_EDGES; j++) {
                asm_load_edges(i, j);
                asm_at(&g, enc_r((situ_op)op, D, A, B));
                asm_keep(D, &at);
            }
        }
    }
    asm_finish(at);
}

TEST(immediate_instructions_at_edges)
{
    static const i32 immediates[] = {0, 1, -1, 2, -2, 31, 32, 63, 1023, 2047, -2047, -2048, 0x555, -0x556};
    asm_start_edges();
    u32 at = 0;
    for (u32 op = SITU_OP_ADDI; op <= SITU_OP_SLTIU; op++) {
        bool is_shift = situ_ops[op].family == SITU_FAMILY_SHIFT;
        i32 shift_mask = situ_ops[op].mask >> 25 & 1 ? 31 : 63;
        for (u32 i = 0; i < N_EDGES; i++) {
            asm_load_edges(i, 0);
            for (u32 k = 0; k < SITU_ARRAY_LEN(immediates); k++) {
                i32 imm = is_shift ? immediates[k] & shift_mask : immediates[k];
                asm_at(&g, enc_i((situ_op)op, D, A, imm));
                asm_keep(D, &at);
            }
        }
    }
    asm_finish(at);
}

/* rd, rs1, rs2 the same in every way, and x0 in every place. */
TEST(aliased_registers_and_x0)
{
    static const u8 ways[][3] = {{A, A, A}, {A, A, B}, {B, A, B}, {A, B, B}, {D, A, A}, {D, 0, A},
                                 {D, A, 0}, {D, 0, 0}, {0, A, B}, {0, 0, 0}, {A, 0, A}, {A, A, 0}};
    asm_start_edges();
    u32 at = 0;
    for (u32 op = SITU_OP_ADD; op <= SITU_OP_REMUW; op++) {
        for (u32 k = 0; k < SITU_ARRAY_LEN(ways); k++) {
            asm_load_edges(14, 6);
            asm_at(&g, enc_i(SITU_OP_ADDI, D, 0, 77));
            asm_at(&g, enc_r((situ_op)op, ways[k][0], ways[k][1], ways[k][2]));
            asm_keep(0, &at);
            asm_keep(A, &at);
            asm_keep(B, &at);
            asm_keep(D, &at);
        }
    }
    for (u32 op = SITU_OP_ADDI; op <= SITU_OP_SLTIU; op++) {
        asm_load_edges(15, 0);
        asm_at(&g, enc_i((situ_op)op, A, A, 5));
        asm_keep(A, &at);
        asm_at(&g, enc_i((situ_op)op, 0, A, 5));
        asm_keep(0, &at);
        asm_at(&g, enc_i((situ_op)op, D, 0, 9));
        asm_keep(D, &at);
    }
    for (u32 op = SITU_OP_LB; op <= SITU_OP_LWU; op++) { /* base is the result; result is dropped */
        asm_at(&g, enc_i(SITU_OP_ADDI, A, OPERANDS, 112));
        asm_at(&g, enc_i((situ_op)op, A, A, 3));
        asm_keep(A, &at);
        asm_at(&g, enc_i((situ_op)op, 0, OPERANDS, 112));
        asm_keep(0, &at);
    }
    asm_finish(at);
}

TEST(loads_and_stores_at_every_alignment)
{
    enum { HERE = 0x1000, FIELD = 40 };
    asm_start_edges();
    for (u32 i = 0; i < 64; i++) g.data[HERE + i] = (u8)(0x70 + 5 * i);
    asm_li(&g, A, ASM_DATA + HERE + 16);
    u32 at = 0;
    for (i32 offset = -9; offset <= 17; offset++) {
        for (u32 op = SITU_OP_LB; op <= SITU_OP_LWU; op++) {
            asm_at(&g, enc_i((situ_op)op, D, A, offset));
            asm_keep(D, &at);
        }
    }
    asm_li(&g, B, UINT64_C(0x8877665544332211));
    for (u32 op = SITU_OP_SB; op <= SITU_OP_SD; op++) {
        for (i32 offset = -9; offset <= 17; offset++) {
            asm_at(&g, enc_s((situ_op)op, B, A, offset));
            for (i32 k = -16; k < 32; k += 8) { /* look, then put back */
                asm_at(&g, enc_i(SITU_OP_LD, D, A, k));
                asm_keep(D, &at);
            }
            for (i32 k = -16; k < 32; k += 8) asm_at(&g, enc_s(SITU_OP_SD, OPERANDS, A, k));
        }
    }
    /* a load of the last bytes before an unmapped page, and across pages */
    asm_li(&g, A, ASM_DATA + 0x2000);
    for (i32 offset = -8; offset < 8; offset++) {
        asm_at(&g, enc_s(SITU_OP_SD, B, A, offset));
        asm_at(&g, enc_i(SITU_OP_LD, D, A, offset));
        asm_keep(D, &at);
    }
    asm_finish(at);
}

TEST(branches_at_edges)
{
    asm_start_edges();
    u32 at = 0;
    for (u32 op = SITU_OP_BEQ; op <= SITU_OP_BGEU; op++) {
        for (u32 i = 0; i < N_EDGES; i++) {
            for (u32 j = 0; j < N_EDGES; j++) {
                asm_load_edges(i, j);
                asm_at(&g, enc_i(SITU_OP_ADDI, D, 0, 1));
                asm_at(&g, enc_b((situ_op)op, A, B, 8));
                asm_at(&g, enc_i(SITU_OP_ADDI, D, 0, 2));
                asm_keep(D, &at);
            }
        }
    }
    asm_finish(at);
}

TEST(jumps_and_branches_at_their_limits)
{
    asm_start_edges();
    u32 at = 0;

    /* a branch 4094 forward (4092 is the last multiple of 4), and back 4096 */
    u32 start = g.n_code;
    asm_at(&g, enc_b(SITU_OP_BEQ, 0, 0, 4092));
    u32 back = g.n_code; /* landing place of the backward branch */
    asm_at(&g, enc_i(SITU_OP_ADDI, D, 0, 111));
    u32 over = asm_at(&g, 0);
    while (g.n_code < start + 4092 / 4) asm_at(&g, enc_i(SITU_OP_ADDI, D, 0, 99));
    asm_at(&g, enc_i(SITU_OP_ADDI, A, 0, 222));
    while (g.n_code < back + 4096 / 4) asm_at(&g, enc_i(SITU_OP_ADDI, A, A, 1));
    asm_at(&g, enc_b(SITU_OP_BEQ, 0, 0, -4096));
    g.code[over] = enc_j(0, (i32)(g.n_code - over) * 4);
    asm_keep(D, &at);
    asm_keep(A, &at);

    /* JAL over 256 KiB and back, links kept; AUIPC both ways; LUI */
    asm_at(&g, enc_u(SITU_OP_AUIPC, D, 0));
    asm_keep(D, &at);
    asm_at(&g, enc_u(SITU_OP_AUIPC, D, 0x80000));
    asm_keep(D, &at);
    asm_at(&g, enc_u(SITU_OP_AUIPC, D, 0xfffff));
    asm_keep(D, &at);
    asm_at(&g, enc_u(SITU_OP_LUI, D, 0xfffff));
    asm_keep(D, &at);
    asm_at(&g, enc_u(SITU_OP_LUI, D, 0x7ffff));
    asm_keep(D, &at);
    u32 from = asm_at(&g, enc_j(X_RA, 65536 * 4));
    u32 returned = g.n_code;
    asm_keep(X_RA, &at);
    asm_keep(X_T0, &at);
    u32 out = asm_at(&g, 0);
    while (g.n_code < from + 65536) asm_at(&g, 0);
    asm_at(&g, enc_j(X_T0, -(i32)(g.n_code - returned) * 4));
    g.code[out] = enc_j(0, (i32)(g.n_code - out) * 4);

    /* JALR: link and base the same register, an odd target, offsets at their limits, dropped link */
    for (u32 k = 0; k < 4; k++) {
        static const i32 offsets[4] = {0, 1, 2047, -2048};
        u64 target = ASM_CODE + 4 * ((u64)g.n_code + 11 + 1 + 1);
        asm_li(&g, A, target - (u64)(i64)offsets[k]);
        asm_at(&g, enc_i(SITU_OP_JALR, k == 3 ? 0 : A, A, offsets[k]));
        asm_at(&g, enc_i(SITU_OP_ADDI, A, 0, 13));
        asm_keep(A, &at);
    }
    asm_finish(at);
}

TEST(fence_does_nothing)
{
    asm_start_edges();
    u32 at = 0;
    asm_at(&g, enc_i(SITU_OP_ADDI, D, 0, 5));
    asm_at(&g, 0x0ff0000f); /* fence */
    asm_at(&g, 0x8330000f); /* fence.tso */
    asm_at(&g, 0x0000000f);
    asm_keep(D, &at);
    asm_finish(at);
}

/* --- random programs ------------------------------------------------------------------------------------ */

/* Registers 1..27 are free; x28 counts the loop, x29 points into the data that loads and stores use. */
enum { FREE_REGS = 27, COUNTER = 28, WINDOW = 29, WINDOW_AT = 0x4000, WINDOW_BYTES = 4096, REGS_AT = 0x8000 };

static u32 random_reg(void) { return (u32)test_random_below(FREE_REGS + 1); }

static i32 random_imm(void) { return (i32)test_random_below(4096) - 2048; }

static void random_alu(void)
{
    if (test_random_below(3) < 2) {
        situ_op op = (situ_op)(SITU_OP_ADD + test_random_below(SITU_OP_REMUW - SITU_OP_ADD + 1));
        asm_at(&g, enc_r(op, random_reg(), random_reg(), random_reg()));
        return;
    }
    situ_op op = (situ_op)(SITU_OP_ADDI + test_random_below(SITU_OP_SLTIU - SITU_OP_ADDI + 1));
    bool is_shift = situ_ops[op].family == SITU_FAMILY_SHIFT;
    i32 imm = is_shift ? random_imm() & (situ_ops[op].mask >> 25 & 1 ? 31 : 63) : random_imm();
    asm_at(&g, enc_i(op, random_reg(), random_reg(), imm));
}

static void random_memory(void)
{
    i32 offset = (i32)test_random_below(WINDOW_BYTES - 8) - WINDOW_BYTES / 2;
    if (test_random_below(2)) offset &= ~7;
    if (test_random_below(2)) {
        asm_at(&g, enc_i((situ_op)(SITU_OP_LB + test_random_below(7)), random_reg(), WINDOW, offset));
    } else {
        asm_at(&g, enc_s((situ_op)(SITU_OP_SB + test_random_below(4)), random_reg(), WINDOW, offset));
    }
}

/* Jump over a few of the instructions that follow. */
static void random_jump(void)
{
    i32 offset = 4 * (1 + (i32)test_random_below(6));
    u32 kind = (u32)test_random_below(8);
    if (kind == 0)
        asm_at(&g, enc_j(random_reg(), offset));
    else if (kind == 1)
        asm_at(&g, enc_u(test_random_below(2) ? SITU_OP_LUI : SITU_OP_AUIPC, random_reg(),
                         (u32)test_random_below(1 << 20)));
    else
        asm_at(&g, enc_b((situ_op)(SITU_OP_BEQ + test_random_below(6)), random_reg(), random_reg(), offset));
}

static void random_program(u32 n_insns, u32 n_rounds)
{
    asm_start();
    for (u32 i = 0; i < REGS_AT + 256; i++) g.data[i] = (u8)test_random();
    for (u32 reg = 1; reg <= FREE_REGS; reg++) asm_li(&g, reg, test_random_edgy(UINT64_MAX));
    asm_li(&g, COUNTER, n_rounds);
    asm_li(&g, WINDOW, ASM_DATA + WINDOW_AT + WINDOW_BYTES / 2);
    u32 loop = g.n_code;
    for (u32 i = 0; i < n_insns; i++) {
        u64 kind = test_random_below(10);
        if (kind < 6)
            random_alu();
        else if (kind < 8)
            random_memory();
        else
            random_jump();
    }
    for (u32 i = 0; i < 6; i++) asm_at(&g, enc_i(SITU_OP_ADDI, 0, 0, 0)); /* where the last jumps land */
    asm_at(&g, enc_i(SITU_OP_ADDI, COUNTER, COUNTER, -1));
    u32 test = asm_at(&g, enc_b(SITU_OP_BEQ, COUNTER, 0, 8));
    asm_at(&g, enc_j(0, (i32)(loop - test - 1) * 4));
    asm_li(&g, BASE, ASM_DATA + REGS_AT);
    for (u32 reg = 0; reg < 32; reg++) asm_at(&g, enc_s(SITU_OP_SD, reg, BASE, (i32)(8 * reg)));
    asm_write(&g, ASM_DATA + REGS_AT, 256);
    asm_write(&g, ASM_DATA + WINDOW_AT, WINDOW_BYTES);
    asm_exit(&g, test_random_below(256));
    check_against_qemu();
}

TEST(random_programs)
{
    for (u64 i = 0; i < test_runs(60); i++) random_program(200 + 50 * (u32)i, 1 + (u32)i % 20);
}

TEST(random_loops)
{
    for (u64 i = 0; i < test_runs(20); i++) random_program(20 + 5 * (u32)i, 1000);
}

TEST_MAIN()
