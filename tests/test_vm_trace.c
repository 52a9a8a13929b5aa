/* The tracer where ordinary programs do not lead it: long gaps, system calls, several segments, the end of
 * time. */
#include "hash/keccak.h"
#include "tests/vm/guest_asm.h"
#include "tests/vm/trace_check.h"

static guest_asm g;

typedef struct {
    situ_program *program;
    situ_tracer *tracer;
    situ_trace_chunk *chunk;
    trace_check check;
    situ_segment segment; /* the last one */
    u32 n_segments;
    u64 n_touches, n_steps;
    u32 gap_max;
} traced;

static void start(u32 n_data)
{
    g.n_code = 0;
    g.n_data = n_data;
    memset(g.data, 0, sizeof g.data);
}

static void asm_ecall(u64 number)
{
    asm_li(&g, X_A7, number);
    asm_at(&g, situ_ops[SITU_OP_ECALL].match);
}

/* Spin for 2 * n + 11 instructions. */
static void asm_spin(u64 n)
{
    asm_li(&g, X_T0, n);
    asm_at(&g, enc_i(SITU_OP_ADDI, X_T0, X_T0, -1));
    asm_at(&g, enc_b(SITU_OP_BNE, X_T0, 0, -4));
}

static traced trace_open(u32 chunk_steps)
{
    traced t = {.program = asm_load(&g)};
    CHECK_EQ(situ_tracer_create(&t.tracer, t.program, NULL, 0), SITU_OK);
    CHECK_EQ(situ_trace_chunk_create(&t.chunk, chunk_steps), SITU_OK);
    return t;
}

static void trace_close(traced *t)
{
    situ_trace_chunk_destroy(t->chunk);
    situ_tracer_destroy(t->tracer);
    situ_program_free(t->program);
}

/* Trace to the end, checking all records. */
static void trace_all(traced *t)
{
    for (;;) {
        situ_trace_stop stop = situ_trace_run(t->tracer, t->chunk);
        CHECK(stop == SITU_TRACE_CHUNK || stop == SITU_TRACE_SEGMENT || stop == SITU_TRACE_HALT);
        trace_check_chunk(&t->check, t->program, t->chunk);
        t->n_steps += t->chunk->n_steps;
        t->n_touches += t->chunk->n_touches;
        if (stop == SITU_TRACE_CHUNK) continue;
        CHECK_EQ(situ_trace_end_segment(t->tracer, &t->segment), SITU_OK);
        trace_check_end(&t->check, &t->segment);
        CHECK_EQ(t->segment.number, ++t->n_segments);
        if (stop == SITU_TRACE_HALT) return;
    }
}

static const situ_edge *edge_of(const situ_segment *s, u32 key)
{
    for (u32 i = 0; i < s->n_edges; i++) {
        if (s->edges[i].key == key) return &s->edges[i];
    }
    test_fail(__FILE__, __LINE__, "no edge for key 0x%x", key);
}

TEST(gaps_are_touched)
{
    start(64);
    g.data[0] = 42;
    asm_li(&g, X_A0, ASM_DATA);
    asm_at(&g, enc_i(SITU_OP_LD, X_A1, X_A0, 0));
    asm_spin(100000); /* about 2^19.6 units */
    asm_at(&g, enc_i(SITU_OP_LD, X_A2, X_A0, 0));
    asm_exit(&g, 0);
    traced t = trace_open(1 << 16);
    trace_all(&t);
    CHECK_EQ(t.n_touches, 2); /* a0 and the word */
    CHECK_EQ(t.n_segments, 1);
    CHECK_EQ(t.segment.n_touches, t.n_touches);
    CHECK_EQ(t.segment.n_steps, t.n_steps);
    const situ_edge *e = edge_of(&t.segment, SITU_KEY(SITU_SPACE_RW, ASM_DATA / 8));
    CHECK_EQ(e->first, 42);
    CHECK_EQ(e->last, 42);
    CHECK_EQ(e->first_time, SITU_TIME_START + 4 * 11 + SITU_SLOT_MEM - 1);
    trace_close(&t);
}

/* Of more than 2^25, which is what a touch can show, two. */
TEST(longest_gaps_are_touched_twice)
{
    for (u32 twice = 0; twice < 2; twice++) {
        start(64);
        asm_li(&g, X_A0, ASM_DATA);
        asm_at(&g, enc_i(SITU_OP_LD, X_A1, X_A0, 0));
        asm_spin(twice ? 4300000 : 4100000); /* 8 units each */
        asm_at(&g, enc_i(SITU_OP_LD, X_A2, X_A0, 0));
        asm_exit(&g, 0);
        traced t = trace_open(1 << 16);
        trace_all(&t);
        CHECK_EQ(t.n_touches, 2u << twice);
        CHECK_EQ(t.n_segments, 1);
        trace_close(&t);
    }
}

/* Gaps of exactly 2^16 need no touch; of one cycle more, one. */
TEST(gap_at_the_limit)
{
    for (u32 more = 0; more < 2; more++) {
        start(64);
        asm_li(&g, X_A0, ASM_DATA);
        asm_at(&g, enc_i(SITU_OP_ADDI, X_A3, 0, 1));
        u32 from = g.n_code - 1;
        asm_li(&g, X_T0, 8000);
        asm_at(&g, enc_i(SITU_OP_ADDI, X_T0, X_T0, -1));
        asm_at(&g, enc_b(SITU_OP_BNE, X_T0, 0, -4));
        /* a3 written at slot 3 of instruction k, written again at slot 3 of instruction k + 2^14 (+ 1) */
        u32 so_far = 1 + 11 + 2 * 8000;
        CHECK(so_far < 16384 && from > 0);
        for (u32 i = so_far; i < 16384 + more; i++) asm_at(&g, enc_i(SITU_OP_ADDI, 0, 0, 0));
        asm_at(&g, enc_i(SITU_OP_ADDI, X_A3, 0, 2));
        asm_exit(&g, 0);
        traced t = trace_open(100);
        trace_all(&t);
        CHECK_EQ(t.n_touches,
                 more + 1); /* the other one is for a0, first written at the start and then by exit */
        trace_close(&t);
    }
}

TEST(write_reads_each_word_once)
{
    static const struct {
        u32 offset, n_bytes, n_words;
    } cases[] = {{0, 0, 0}, {3, 0, 0}, {0, 1, 1},  {7, 1, 1},      {7, 2, 2},
                 {0, 8, 1}, {1, 8, 2}, {5, 20, 4}, {1, 4096, 513}, {0, 4097, 512}};
    for (u32 i = 0; i < SITU_ARRAY_LEN(cases); i++) {
        start(8192);
        for (u32 k = 0; k < g.n_data; k++) g.data[k] = (u8)(k * 7);
        asm_li(&g, X_A0, 1);
        asm_li(&g, X_A1, ASM_DATA + cases[i].offset);
        asm_li(&g, X_A2, cases[i].n_bytes);
        asm_ecall(SITU_ECALL_WRITE);
        u32 call = g.n_code - 1;
        asm_exit(&g, 3);
        traced t = trace_open(1 << 12);
        CHECK_EQ(situ_trace_run(t.tracer, t.chunk), SITU_TRACE_HALT);
        const situ_step *s = &t.chunk->steps[call];
        const situ_access *e = t.chunk->extras + s->extra_at;
        u32 n_taken = cases[i].n_bytes > 4096 ? 4096 : cases[i].n_bytes;
        CHECK_EQ(s->rs1, SITU_ECALL_WRITE);
        CHECK_EQ(s->rs2, 1);
        CHECK_EQ(s->rd_old, 1);
        CHECK_EQ(s->rd_new, n_taken);
        CHECK_EQ(t.chunk->n_extras, 3 + cases[i].n_words);
        CHECK_EQ(e[0].key, X_A1);
        CHECK_EQ(e[1].key, X_A2);
        CHECK_EQ(e[2].key, SITU_REG_OUTPUT);
        CHECK_EQ(e[2].old, 0);
        CHECK_EQ(e[2].new, n_taken);
        for (u32 k = 0; k < cases[i].n_words; k++) {
            CHECK_EQ(e[3 + k].key, SITU_KEY(SITU_SPACE_RW, ASM_DATA / 8 + k));
            CHECK_EQ(e[3 + k].time, s->time + SITU_SLOT_WRITE_WORDS);
        }
        situ_run_report r;
        situ_machine_report(situ_tracer_machine(t.tracer), &r);
        CHECK_EQ(r.n_output, n_taken);
        CHECK_MEM_EQ(r.output, g.data + cases[i].offset, n_taken);
        CHECK_EQ(r.exit_code, 3);
        trace_check_chunk(&t.check, t.program, t.chunk);
        CHECK_EQ(situ_trace_end_segment(t.tracer, &t.segment), SITU_OK);
        trace_check_end(&t.check, &t.segment);
        CHECK_EQ(t.segment.n_write_words, cases[i].n_words);
        CHECK_EQ(t.segment.end_output, n_taken);
        trace_close(&t);
    }
}

TEST(debugging_text_is_no_output)
{
    start(64);
    asm_li(&g, X_A0, 2);
    asm_li(&g, X_A1, ASM_DATA);
    asm_li(&g, X_A2, 10);
    asm_ecall(SITU_ECALL_WRITE);
    asm_exit(&g, 0);
    traced t = trace_open(1 << 12);
    trace_all(&t);
    CHECK_EQ(t.segment.end_output, 0);
    CHECK_EQ(t.segment.n_extras, 2);
    trace_close(&t);
}

TEST(accelerators_record_old_and_new)
{
    u64 state[25], old[25], block[8], cv[4];
    start(4096);
    for (u32 i = 0; i < 25; i++) state[i] = old[i] = test_random();
    memcpy(g.data, state, sizeof state);
    asm_li(&g, X_A0, ASM_DATA);
    asm_ecall(SITU_ECALL_KECCAK);
    u32 keccak = g.n_code - 1;
    /* the chaining value lies inside the block */
    asm_li(&g, X_A0, ASM_DATA + 16);
    asm_li(&g, X_A1, ASM_DATA + 16);
    asm_li(&g, X_A2, ASM_DATA);
    asm_li(&g, X_A3, ASM_DATA + 32);
    asm_li(&g, X_A4, UINT64_C(0x300000040));
    asm_li(&g, X_A5, UINT64_C(0x123456789));
    asm_ecall(SITU_ECALL_BLAKE3);
    u32 blake3 = g.n_code - 1;
    asm_exit(&g, 0);

    traced t = trace_open(1 << 12);
    CHECK_EQ(situ_trace_run(t.tracer, t.chunk), SITU_TRACE_HALT);
    situ_keccak_f(state);
    const situ_access *e = t.chunk->extras + t.chunk->steps[keccak].extra_at;
    for (u32 i = 0; i < 25; i++) {
        CHECK_EQ(e[i].key, SITU_KEY(SITU_SPACE_RW, ASM_DATA / 8 + i));
        CHECK_EQ(e[i].old, old[i]);
        CHECK_EQ(e[i].new, state[i]);
    }
    memcpy(block, state, sizeof block);
    memcpy(cv, state + 2, sizeof cv);
    situ_blake3_guest_compress(cv, block, UINT64_C(0x123456789), UINT64_C(0x300000040));
    e = t.chunk->extras + t.chunk->steps[blake3].extra_at;
    for (u32 i = 0; i < 5; i++) CHECK_EQ(e[i].key, (u32)X_A1 + i);
    for (u32 i = 0; i < 16; i++) { /* chaining value, halves of the block, result */
        static const u32 slots[] = {SITU_SLOT_BLAKE3_CV, SITU_SLOT_BLAKE3_LEFT, SITU_SLOT_BLAKE3_RIGHT,
                                    SITU_SLOT_BLAKE3_RESULT};
        u64 before = i < 4 ? block[2 + i] : i < 12 ? block[i - 4] : block[2 + i - 12];
        CHECK_EQ(e[5 + i].old, before);
        CHECK_EQ(e[5 + i].new, i < 12 ? before : cv[i - 12]);
        CHECK_EQ(e[5 + i].time, t.chunk->steps[blake3].time + slots[i / 4]);
    }
    trace_check_chunk(&t.check, t.program, t.chunk);
    CHECK_EQ(situ_trace_end_segment(t.tracer, &t.segment), SITU_OK);
    trace_check_end(&t.check, &t.segment);
    CHECK_EQ(t.segment.n_keccak, 1);
    CHECK_EQ(t.segment.n_blake3, 1);
    trace_close(&t);
}

TEST(loads_of_code_are_in_the_read_only_space)
{
    start(64);
    asm_li(&g, X_A0, ASM_CODE);
    asm_at(&g, enc_i(SITU_OP_LD, X_A1, X_A0, 1));
    u32 load = g.n_code - 1;
    asm_exit(&g, 0);
    traced t = trace_open(1 << 12);
    CHECK_EQ(situ_trace_run(t.tracer, t.chunk), SITU_TRACE_HALT);
    const situ_step *s = &t.chunk->steps[load];
    CHECK_EQ(situ_step_family(t.program, s), SITU_FAMILY_STRADDLE);
    CHECK_EQ(s->mem_key, SITU_KEY(SITU_SPACE_RO, ASM_CODE / 8));
    CHECK_EQ(s->mem_old, g.code[0] | (u64)g.code[1] << 32);
    CHECK_EQ(t.chunk->extras[s->extra_at].key, SITU_KEY(SITU_SPACE_RO, ASM_CODE / 8 + 1));
    CHECK_EQ(t.chunk->extras[s->extra_at].time, s->time + SITU_SLOT_MEM);
    trace_close(&t);
}

/* Values and segments go on across ends that the caller chooses; `earlier` names the segment that touched a
 * word last. */
TEST(segments_continue)
{
    start(64);
    g.data[8] = 7;
    asm_li(&g, X_A0, ASM_DATA);
    asm_at(&g, enc_i(SITU_OP_LD, X_A1, X_A0, 8));
    asm_at(&g, enc_s(SITU_OP_SD, X_A0, X_A0, 8));
    asm_spin(2000);
    asm_at(&g, enc_i(SITU_OP_LD, X_A1, X_A0, 8));
    asm_exit(&g, 9);
    traced t = trace_open(1000);
    u32 key = SITU_KEY(SITU_SPACE_RW, ASM_DATA / 8 + 1);
    for (u32 number = 1;; number++) {
        situ_trace_stop stop = situ_trace_run(t.tracer, t.chunk);
        trace_check_chunk(&t.check, t.program, t.chunk);
        CHECK_EQ(situ_trace_end_segment(t.tracer, &t.segment), SITU_OK);
        trace_check_end(&t.check, &t.segment);
        CHECK_EQ(t.segment.number, number);
        CHECK_EQ(t.segment.n_steps, t.chunk->n_steps);
        CHECK_EQ(t.chunk->steps[0].time, SITU_TIME_START);
        CHECK_EQ(t.chunk->steps[0].insn, t.segment.start_insn);
        if (number == 1) {
            CHECK_EQ(edge_of(&t.segment, key)->earlier, 0);
            CHECK_EQ(edge_of(&t.segment, key)->first, 7);
            CHECK_EQ(edge_of(&t.segment, key)->last, ASM_DATA);
        }
        CHECK_EQ(t.segment.has_halted, stop == SITU_TRACE_HALT);
        if (stop == SITU_TRACE_HALT) break;
    }
    CHECK_EQ(t.segment.number, 5);
    CHECK_EQ(edge_of(&t.segment, key)->earlier, 1);
    CHECK_EQ(edge_of(&t.segment, key)->first, ASM_DATA);
    CHECK_EQ(edge_of(&t.segment, X_T0)->earlier, 4);
    CHECK_EQ(t.segment.exit_code, 9);
    trace_close(&t);
}

TEST(time_ends_a_segment)
{
    start(64);
    asm_spin(9000000); /* 18 million instructions: 1.07 * 2^26 units */
    asm_exit(&g, 0);
    traced t = trace_open(1 << 16);
    trace_all(&t);
    CHECK_EQ(t.n_segments, 2);
    CHECK(t.n_steps > (SITU_TIME_END - 64) / 4);
    trace_close(&t);
}

TEST(a_trapped_run_has_no_proof)
{
    start(64);
    asm_at(&g, enc_i(SITU_OP_LD, X_A1, 0, 0));
    traced t = trace_open(10);
    CHECK_EQ(situ_trace_run(t.tracer, t.chunk), SITU_TRACE_TRAP);
    CHECK_EQ(t.chunk->n_steps, 0);
    CHECK_EQ(situ_trace_run(t.tracer, t.chunk), SITU_TRACE_TRAP);
    trace_close(&t);
}

TEST_MAIN()
