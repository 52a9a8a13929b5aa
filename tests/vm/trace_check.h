/* trace_check.h — is a traced segment consistent?  The memory bus in miniature: every access receives the
 * token that was sent before and sends its own; what is sent must be received, once. */
#ifndef SITU_TESTS_VM_TRACE_CHECK_H
#define SITU_TESTS_VM_TRACE_CHECK_H

#include "tests/test.h"
#include "vm/trace.h"

typedef struct {
    u64 balance[2]; /* sums of sent less received tokens, under two hashes */
    u32 time;       /* of the next step                                    */
} trace_check;

SITU_INLINE u64 token_hash(u64 seed, u32 key, u64 value, u32 time)
{
    u64 h = seed;
    const u64 parts[3] = {key, value, time};
    for (int i = 0; i < 3; i++) {
        h = (h ^ parts[i]) * UINT64_C(0x9e3779b97f4a7c15);
        h ^= h >> 29;
        h *= UINT64_C(0xbf58476d1ce4e5b9);
        h ^= h >> 32;
    }
    return h;
}

static void token(trace_check *c, u64 sign, u32 key, u64 value, u32 time)
{
    c->balance[0] += sign * token_hash(1, key, value, time);
    c->balance[1] += sign * token_hash(2, key, value, time);
}

static void check_renewal(trace_check *c, u32 key, u64 old, u64 new, u32 old_time, u32 time, u32 gap_max)
{
    CHECK(old_time < time);
    CHECK(time - old_time <= gap_max);
    CHECK(time < SITU_TIME_END);
    if (SITU_KEY_SPACE(key) == SITU_SPACE_RO) CHECK_EQ(old, new);
    token(c, (u64)-1, key, old, old_time);
    token(c, 1, key, new, time);
}

static void check_access(trace_check *c, u32 key, u64 old, u64 new, u32 old_time, u32 time)
{
    check_renewal(c, key, old, new, old_time, time, SITU_GAP_MAX);
}

static void check_step(trace_check *c, const situ_program *p, const situ_step *s)
{
    const situ_insn *in = &p->insns[s->insn];
    situ_format f = (situ_format)situ_ops[in->op].format;
    bool reads_rs1 = f != SITU_FORMAT_CONST && f != SITU_FORMAT_JAL;
    bool reads_rs2 =
        f == SITU_FORMAT_REG || f == SITU_FORMAT_STORE || f == SITU_FORMAT_BRANCH || f == SITU_FORMAT_ECALL;
    bool writes = f != SITU_FORMAT_STORE && f != SITU_FORMAT_BRANCH && f != SITU_FORMAT_ECALL;
    bool has_memory = f == SITU_FORMAT_LOAD || f == SITU_FORMAT_STORE;

    CHECK_EQ(s->time, c->time);
    if (reads_rs1) check_access(c, in->rs1, s->rs1, s->rs1, s->rs1_time, s->time + SITU_SLOT_RS1);
    if (reads_rs2) check_access(c, in->rs2, s->rs2, s->rs2, s->rs2_time, s->time + SITU_SLOT_RS2);
    if (has_memory) check_access(c, s->mem_key, s->mem_old, s->mem_new, s->mem_time, s->time + SITU_SLOT_MEM);
    if (writes) check_access(c, in->rd, s->rd_old, s->rd_new, s->rd_time, s->time + SITU_SLOT_RD);
    if (in->op == SITU_OP_ECALL && s->rs1 == SITU_ECALL_WRITE) {
        check_access(c, SITU_REG_A0, s->rd_old, s->rd_new, s->rd_time, s->time + SITU_SLOT_WRITE_RD);
    }
    c->time += situ_step_units(p, s);
}

static void trace_check_chunk(trace_check *c, const situ_program *p, const situ_trace_chunk *chunk)
{
    if (c->time == 0) c->time = SITU_TIME_START;
    for (u32 i = 0; i < chunk->n_steps; i++) check_step(c, p, &chunk->steps[i]);
    for (u32 i = 0; i < chunk->n_extras; i++) {
        const situ_access *e = &chunk->extras[i];
        CHECK(e->step < chunk->n_steps);
        check_access(c, e->key, e->old, e->new, e->old_time, e->time);
    }
    for (u32 i = 0; i < chunk->n_touches; i++) {
        const situ_touch *t = &chunk->touches[i];
        check_renewal(c, t->key, t->value, t->value, t->old_time, t->time, SITU_TOUCH_GAP_MAX);
    }
}

static void trace_check_end(trace_check *c, const situ_segment *s)
{
    for (u32 i = 0; i < s->n_edges; i++) {
        const situ_edge *e = &s->edges[i];
        if (i > 0) CHECK(s->edges[i - 1].key < e->key);
        CHECK(e->earlier < s->number);
        token(c, 1, e->key, e->first, e->first_time);
        token(c, (u64)-1, e->key, e->last, e->last_time);
    }
    CHECK_EQ(c->balance[0], 0);
    CHECK_EQ(c->balance[1], 0);
    CHECK_EQ(c->time, s->end_time);
    *c = (trace_check){0};
}

#endif /* SITU_TESTS_VM_TRACE_CHECK_H */
