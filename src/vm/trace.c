/* trace.c — the tracing executor.
 *
 * Each register and word has the time its token was last sent (0: not yet in this segment).  An access looks
 * only at that time; what is rare — a first access, a gap that wants touches — is behind one branch.
 */
#include "vm/trace.h"

#include <stdlib.h>
#include <string.h>

#include "situ/mem.h"
#include "vm/space.h"

typedef u64 __attribute__((may_alias)) guest_word;

struct situ_tracer {
    situ_machine *m;
    u32 time; /* of the next instruction */
    u32 reg_time[SITU_REGS];
    u32 *word_time; /* [SITU_VM_WORDS], address space until touched */

    situ_edge *edges; /* of this segment; last and last_time are filled in at its end */
    u32 n_edges, n_edges_max;
    u32 reg_segment[SITU_REGS]; /* segment that touched it last */
    u32 *word_segment;          /* [SITU_VM_WORDS], from the second segment on */

    situ_segment segment; /* so far */
    situ_trace_chunk *chunk;
    bool is_out_of_memory;
};

/* --- growing arrays ------------------------------------------------------------------------------------- */

/* Make room for n_more elements behind the n there are. */
static bool make_room(situ_tracer *t, void **array, u32 *n_max, u32 n, u32 n_more, size_t element_bytes)
{
    if (n_more <= *n_max - n) return true;
    u64 grown = u64_max(2 * (u64)*n_max, (u64)n + n_more + 1024);
    void *moved = grown < UINT32_MAX ? situ_mem_realloc(*array, (size_t)*n_max * element_bytes,
                                                        (size_t)grown * element_bytes, 0)
                                     : NULL;
    if (!moved) {
        t->is_out_of_memory = true;
        return false;
    }
    *array = moved;
    *n_max = (u32)grown;
    return true;
}

static bool room_for_extras(situ_tracer *t, u32 n_more)
{
    situ_trace_chunk *c = t->chunk;
    return make_room(t, (void **)&c->extras, &c->n_extras_max, c->n_extras, n_more, sizeof *c->extras);
}

/* --- accesses ------------------------------------------------------------------------------------------- */

static void add_edge(situ_tracer *t, u32 key, u64 value, u32 time)
{
    if (!make_room(t, (void **)&t->edges, &t->n_edges_max, t->n_edges, 1, sizeof *t->edges)) return;
    t->edges[t->n_edges++] = (situ_edge){.first = value, .key = key, .first_time = time};
}

/* The rare cases of an access at `time` to a token sent at old_time: returns a time that is near enough. */
static SITU_NOINLINE u32 renew(situ_tracer *t, u32 key, u64 value, u32 old_time, u32 time)
{
    if (old_time == 0) {
        add_edge(t, key, value, time - 1);
        return time - 1;
    }
    situ_trace_chunk *c = t->chunk;
    const u32 n = (time - old_time - 1) / SITU_TOUCH_GAP_MAX + 1;
    if (!make_room(t, (void **)&c->touches, &c->n_touches_max, c->n_touches, n, sizeof *c->touches))
        return old_time;
    while (time - old_time > SITU_GAP_MAX) {
        const u32 next = (u32)u64_min((u64)old_time + SITU_TOUCH_GAP_MAX, time - 1);
        c->touches[c->n_touches++] =
            (situ_touch){.value = value, .key = key, .old_time = old_time, .time = next};
        old_time = next;
    }
    return old_time;
}

/* Access a token at `time`: *last is when it was sent, and becomes `time`.  Returns the time to show as old.
 */
SITU_INLINE u32 access_token(situ_tracer *t, u32 *last, u32 key, u64 value, u32 time)
{
    u32 old_time = *last;
    *last = time;
    SITU_VERIFY_THAT(old_time < time);
    if (SITU_UNLIKELY(old_time == 0 || time - old_time > SITU_GAP_MAX))
        return renew(t, key, value, old_time, time);
    return old_time;
}

SITU_INLINE u32 access_reg(situ_tracer *t, u32 reg, u32 time)
{
    return access_token(t, &t->reg_time[reg], SITU_KEY(SITU_SPACE_REG, reg), t->m->x[reg], time);
}

SITU_INLINE u64 word_value(const situ_tracer *t, u32 word)
{
    return ((const guest_word *)(const void *)t->m->mem)[word];
}

SITU_INLINE u32 word_key(const situ_tracer *t, u32 word)
{
    u8 page = t->m->program->pages[word / (SITU_VM_PAGE_BYTES / SITU_VM_WORD_BYTES)];
    u32 space = !(page & SITU_PAGE_NO_WRITE) ? SITU_SPACE_RW
                : page & SITU_PAGE_FIXED     ? SITU_SPACE_RO
                                             : situ_machine_space(t->m, word);
    return SITU_KEY(space, word);
}

/* An extra access; the token's old value is what the register or word holds now.  Room was made before. */
static void extra_reg(situ_tracer *t, u32 reg, u64 new_value, u32 time)
{
    situ_trace_chunk *c = t->chunk;
    u32 old_time = access_reg(t, reg, time);
    c->extras[c->n_extras++] = (situ_access){.old = t->m->x[reg],
                                             .new = new_value,
                                             .key = SITU_KEY(SITU_SPACE_REG, reg),
                                             .time = time,
                                             .old_time = old_time,
                                             .step = c->n_steps};
}

static void extra_word(situ_tracer *t, u32 word, u64 new_value, u32 time)
{
    situ_trace_chunk *c = t->chunk;
    u32 key = word_key(t, word);
    u64 old = word_value(t, word);
    u32 old_time = access_token(t, &t->word_time[word], key, old, time);
    c->extras[c->n_extras++] = (situ_access){
        .old = old, .new = new_value, .key = key, .time = time, .old_time = old_time, .step = c->n_steps};
}

/* --- loads and stores ----------------------------------------------------------------------------------- */

SITU_INLINE u64 low_mask(u32 n_bytes)
{
    return n_bytes == 8 ? UINT64_MAX : (UINT64_C(1) << (8 * n_bytes)) - 1;
}

/* Is the access allowed?  `page_limit` is what a page must not have for the quick yes. */
SITU_INLINE bool is_quick(const situ_tracer *t, u64 address, u32 n_bytes, u8 page_limit)
{
    return (address & (~(u64)UINT32_MAX | (n_bytes - 1))) == 0 &&
           !(t->m->program->pages[address / SITU_VM_PAGE_BYTES] & page_limit);
}

/* Record the lower word and return its number. */
SITU_INLINE u32 step_word(situ_tracer *t, situ_step *s, u64 address, u64 new_value)
{
    u32 word = (u32)(address / SITU_VM_WORD_BYTES);
    s->mem_key = word_key(t, word);
    s->mem_old = word_value(t, word);
    s->mem_new = new_value;
    s->mem_time = access_token(t, &t->word_time[word], s->mem_key, s->mem_old, s->time + SITU_SLOT_MEM);
    return word;
}

/* The bytes of a load, zero-extended, or false for a trap. */
SITU_INLINE bool step_load(situ_tracer *t, situ_step *s, u64 address, u32 op, u32 n_bytes, u64 *value)
{
    if (SITU_UNLIKELY(!is_quick(t, address, n_bytes, SITU_PAGE_NO_READ)) &&
        !situ_machine_load(t->m, address, op, value)) {
        return false;
    }
    u32 at = (u32)(address % SITU_VM_WORD_BYTES);
    u32 word = (u32)(address / SITU_VM_WORD_BYTES);
    u64 low = word_value(t, word);
    step_word(t, s, address, low);
    *value = low >> (8 * at);
    if (SITU_UNLIKELY(at + n_bytes > SITU_VM_WORD_BYTES)) {
        if (!room_for_extras(t, 1)) return false;
        s->extra_at = t->chunk->n_extras;
        *value |= word_value(t, word + 1) << (64 - 8 * at);
        extra_word(t, word + 1, word_value(t, word + 1), s->time + SITU_SLOT_MEM);
    }
    *value &= low_mask(n_bytes);
    return true;
}

SITU_INLINE bool step_store(situ_tracer *t, situ_step *s, u64 address, u32 op, u32 n_bytes, u64 value)
{
    u32 at = (u32)(address % SITU_VM_WORD_BYTES);
    u32 word = (u32)(address / SITU_VM_WORD_BYTES);

    if (SITU_LIKELY(is_quick(t, address, n_bytes, SITU_PAGE_NO_WRITE))) {
        u64 mask = low_mask(n_bytes) << (8 * at);
        step_word(t, s, address, (word_value(t, word) & ~mask) | (value << (8 * at) & mask));
        memcpy(t->m->mem + address, &value, n_bytes);
        return true;
    }
    /* Anything may be wrong: let the machine decide, on a copy of the words before. */
    if (!situ_machine_can_write(t->m, address, n_bytes)) return situ_machine_store(t->m, address, op, value);
    u64 mask = low_mask(n_bytes), high_old, high_new;
    step_word(t, s, address, (word_value(t, word) & ~(mask << (8 * at))) | (value & mask) << (8 * at));
    if (at + n_bytes > SITU_VM_WORD_BYTES) {
        u32 turn = 64 - 8 * at;
        if (!room_for_extras(t, 1)) return false;
        s->extra_at = t->chunk->n_extras;
        high_old = word_value(t, word + 1);
        high_new = (high_old & ~(mask >> turn)) | (value & mask) >> turn;
        extra_word(t, word + 1, high_new, s->time + SITU_SLOT_MEM);
    }
    return situ_machine_store(t->m, address, op, value);
}

/* --- system calls --------------------------------------------------------------------------------------- */

/* Values that the machine has now computed, put into the extras recorded before it did. */
static void take_new_words(situ_tracer *t, u32 extra_at, u32 n)
{
    situ_access *e = t->chunk->extras + extra_at;
    for (u32 i = 0; i < n; i++) e[i].new = word_value(t, SITU_KEY_ADDRESS(e[i].key));
}

static void extra_words(situ_tracer *t, u64 address, u32 n, u32 time)
{
    u32 word = (u32)(address / SITU_VM_WORD_BYTES);
    for (u32 i = 0; i < n; i++) extra_word(t, word + i, word_value(t, word + i), time);
}

static bool step_write(situ_tracer *t, situ_step *s)
{
    situ_machine *m = t->m;
    u64 address = m->x[SITU_REG_A1], old_a0 = m->x[SITU_REG_A0], old_output = m->x[SITU_REG_OUTPUT];
    u64 n_bytes = u64_min(m->x[SITU_REG_A2], SITU_WRITE_BYTES_MAX);
    u32 n_words = n_bytes == 0 ? 0 : (u32)((address % SITU_VM_WORD_BYTES + n_bytes + 7) / SITU_VM_WORD_BYTES);

    if (!situ_machine_ecall(m))
        return false; /* changes a0 and register 33, whose old values are wanted below */
    u64 new_output = m->x[SITU_REG_OUTPUT];
    m->x[SITU_REG_A0] = old_a0;
    m->x[SITU_REG_OUTPUT] = old_output;

    extra_reg(t, SITU_REG_A1, address, s->time + SITU_SLOT_WRITE_A1);
    extra_reg(t, SITU_REG_A2, m->x[SITU_REG_A2], s->time + SITU_SLOT_WRITE_A2);
    if (s->rs2 == 1) {
        extra_reg(t, SITU_REG_OUTPUT, new_output, s->time + SITU_SLOT_WRITE_INDEX);
        extra_words(t, address, n_words, s->time + SITU_SLOT_WRITE_WORDS);
        t->segment.n_write_words += n_words;
        m->x[SITU_REG_OUTPUT] = new_output;
    }
    s->rd_old = old_a0;
    s->rd_new = n_bytes;
    s->rd_time = access_reg(t, SITU_REG_A0, s->time + SITU_SLOT_WRITE_RD);
    m->x[SITU_REG_A0] = n_bytes;
    return true;
}

/* Are the operands such that the call will not trap?  Asked before anything is recorded. */
static bool is_operand(const situ_machine *m, u64 address, u64 n_words, bool writes)
{
    u64 n_bytes = n_words * SITU_VM_WORD_BYTES;
    if (address % SITU_VM_WORD_BYTES != 0) return false;
    return writes ? situ_machine_can_write(m, address, n_bytes) : situ_machine_can_read(m, address, n_bytes);
}

static bool step_keccak(situ_tracer *t, situ_step *s)
{
    u64 address = t->m->x[SITU_REG_A0];
    u32 at = t->chunk->n_extras;

    if (is_operand(t->m, address, SITU_KECCAK_WORDS, true)) {
        extra_words(t, address, SITU_KECCAK_WORDS, s->time + SITU_SLOT_KECCAK_WORDS);
    }
    if (!situ_machine_ecall(t->m)) return false;
    take_new_words(t, at, SITU_KECCAK_WORDS);
    t->segment.n_keccak++;
    return true;
}

static bool are_blake3_operands(const situ_machine *m)
{
    for (u32 reg = SITU_REG_A0; reg <= SITU_REG_A3; reg++)
        if (!is_operand(m, m->x[reg], SITU_BLAKE3_CV_WORDS, reg == SITU_REG_A0)) return false;
    return true;
}

static bool step_blake3(situ_tracer *t, situ_step *s)
{
    const u64 *x = t->m->x;
    if (are_blake3_operands(t->m)) {
        for (u32 reg = SITU_REG_A1; reg <= SITU_REG_A5; reg++)
            extra_reg(t, reg, x[reg], s->time + SITU_SLOT_BLAKE3_ARGS);
        extra_words(t, x[SITU_REG_A1], SITU_BLAKE3_CV_WORDS, s->time + SITU_SLOT_BLAKE3_CV);
        extra_words(t, x[SITU_REG_A2], SITU_BLAKE3_HALF_WORDS, s->time + SITU_SLOT_BLAKE3_LEFT);
        extra_words(t, x[SITU_REG_A3], SITU_BLAKE3_HALF_WORDS, s->time + SITU_SLOT_BLAKE3_RIGHT);
        extra_words(t, x[SITU_REG_A0], SITU_BLAKE3_CV_WORDS, s->time + SITU_SLOT_BLAKE3_RESULT);
    }
    if (!situ_machine_ecall(t->m)) return false;
    take_new_words(t, t->chunk->n_extras - SITU_BLAKE3_CV_WORDS, SITU_BLAKE3_CV_WORDS);
    t->segment.n_blake3++;
    return true;
}

/* --- arithmetic of F and K --- */

static void extra_arguments(situ_tracer *t, const situ_step *s)
{
    const u64 *x = t->m->x;
    extra_reg(t, SITU_REG_A1, x[SITU_REG_A1], s->time + SITU_SLOT_FIELD_A1);
    extra_reg(t, SITU_REG_A2, x[SITU_REG_A2], s->time + SITU_SLOT_FIELD_A2);
    extra_reg(t, SITU_REG_A3, x[SITU_REG_A3], s->time + SITU_SLOT_FIELD_A3);
}

static bool step_k_muladd(situ_tracer *t, situ_step *s)
{
    const situ_machine *m = t->m;
    const u64 to = m->x[SITU_REG_A0], a = m->x[SITU_REG_A1], b = m->x[SITU_REG_A2], c = m->x[SITU_REG_A3];

    if (is_operand(m, to, SITU_K_WORDS, true) && is_operand(m, a, SITU_K_WORDS, false) &&
        is_operand(m, b, SITU_K_WORDS, false) && is_operand(m, c, SITU_K_WORDS, false)) {
        extra_arguments(t, s);
        extra_words(t, a, SITU_K_WORDS, s->time + SITU_SLOT_MULADD_A);
        extra_words(t, b, SITU_K_WORDS, s->time + SITU_SLOT_MULADD_B);
        extra_words(t, c, SITU_K_WORDS, s->time + SITU_SLOT_MULADD_C);
        extra_words(t, to, SITU_K_WORDS, s->time + SITU_SLOT_MULADD_TO);
    }
    if (!situ_machine_ecall(t->m)) return false;
    take_new_words(t, t->chunk->n_extras - SITU_K_WORDS, SITU_K_WORDS);
    t->segment.n_k_muladd++;
    return true;
}

/* The accesses of one that takes n_words at a1, with points of point_words, if it will not trap for its operands. */
static bool step_elements(situ_tracer *t, const situ_step *s, u32 n_words, u32 point_words)
{
    const situ_machine *m = t->m;
    const u64 acc = m->x[SITU_REG_A0], words = m->x[SITU_REG_A1], points = m->x[SITU_REG_A3];

    if (is_operand(m, acc, SITU_K_WORDS, true) && is_operand(m, words, n_words, false) &&
        is_operand(m, points, point_words, false)) {
        if (!room_for_extras(t, 3 + point_words + n_words + SITU_K_WORDS)) return false;
        extra_arguments(t, s);
        extra_words(t, points, point_words, s->time + SITU_SLOT_HORNER_POINTS);
        extra_words(t, words, n_words, s->time + SITU_SLOT_HORNER_WORDS);
        extra_words(t, acc, SITU_K_WORDS, s->time + SITU_SLOT_HORNER_ACC);
    }
    if (!situ_machine_ecall(t->m)) return false;
    take_new_words(t, t->chunk->n_extras - SITU_K_WORDS, SITU_K_WORDS);
    return true;
}

/* n records of record_words. */
static bool step_horner(situ_tracer *t, const situ_step *s, u32 record_words, u32 point_words, u64 *n_records)
{
    const u64 n = t->m->x[SITU_REG_A2];
    if (n < 1 || n > SITU_HORNER_COUNT_MAX) return situ_machine_ecall(t->m); /* traps */
    if (!step_elements(t, s, (u32)n * record_words, point_words)) return false;
    *n_records += n;
    return true;
}

static bool step_k_fold(situ_tracer *t, const situ_step *s)
{
    if (t->m->x[SITU_REG_A2] > UINT32_MAX) return situ_machine_ecall(t->m); /* traps */
    if (!step_elements(t, s, SITU_FOLD_WORDS, SITU_K_WORDS)) return false;
    t->segment.n_k_fold++;
    return true;
}

/* But for sums, which make their own. */
#define EXTRAS_OF_A_STEP_MAX (3 + SITU_WRITE_BYTES_MAX / SITU_VM_WORD_BYTES + 1)

/* a7 and a0 are recorded already.  False: halted, trapped or out of memory. */
static bool step_ecall(situ_tracer *t, situ_step *s)
{
    if (!room_for_extras(t, EXTRAS_OF_A_STEP_MAX)) return false;
    if (s->rs1 != SITU_ECALL_EXIT) s->extra_at = t->chunk->n_extras;
    switch (s->rs1) {
    case SITU_ECALL_WRITE: return step_write(t, s);
    case SITU_ECALL_KECCAK: return step_keccak(t, s);
    case SITU_ECALL_BLAKE3: return step_blake3(t, s);
    case SITU_ECALL_K_MULADD: return step_k_muladd(t, s);
    case SITU_ECALL_K_HORNER: return step_horner(t, s, SITU_K_WORDS, SITU_K_WORDS, &t->segment.n_k_elements);
    case SITU_ECALL_F_HORNER:
        return step_horner(t, s, SITU_TILE_WORDS, 2 * SITU_K_WORDS, &t->segment.n_f_tiles);
    case SITU_ECALL_K_FOLD: return step_k_fold(t, s);
    default: return situ_machine_ecall(t->m); /* halts or traps */
    }
}

/* --- the run -------------------------------------------------------------------------------------------- */

static void trap_illegal(situ_machine *m, const situ_insn *in)
{
    u32 word;
    if (in->op == SITU_OP_EBREAK) {
        situ_machine_trap(m, SITU_TRAP_BREAK, in->pc);
        return;
    }
    const situ_region *r = situ_program_region(m->program, in->pc / SITU_VM_WORD_BYTES);
    if (!r || r->kind != SITU_REGION_EXEC) {
        situ_machine_trap(m, SITU_TRAP_FETCH, in->pc);
        return;
    }
    memcpy(&word, m->mem + in->pc, sizeof word);
    situ_machine_trap(m, SITU_TRAP_ILLEGAL, word);
}

/* Index of the instruction at `target`, or n_insns after a trap. */
SITU_INLINE u32 jump(situ_tracer *t, const situ_insn *in, u32 at, u64 target)
{
    const situ_program *p = t->m->program;
    u64 distance = target - in->pc; /* within the region of `in`, indices go with addresses */
    i64 to = (i64)at + (i64)distance / 4;
    if (SITU_LIKELY(target % 4 == 0 && to >= 0 && to < p->n_insns && p->insns[to].pc == target &&
                    p->insns[to].op != SITU_OP_ILLEGAL)) {
        return (u32)to;
    }
    u32 found = situ_program_insn_at(p, target);
    if (found == p->n_insns) situ_machine_trap(t->m, SITU_TRAP_JUMP, target);
    return found;
}

/* Execute one instruction and fill in its step.  Returns the index of the next; n_insns when there is none:
 * halt (the step counts), trap or out of memory (it does not).
 *
 * long: dispatch */
SITU_INLINE u32 trace_step(situ_tracer *t, situ_step *s, u32 at)
{
    situ_machine *m = t->m;
    u64 *x = m->x;
    const situ_program *p = m->program;
    const situ_insn *in = &p->insns[at];
    const u32 time = t->time;
    u32 next = at + 1;
    u64 a, b, v, address, result;

    *s = (situ_step){.time = time, .insn = at, .extra_at = SITU_NO_EXTRA};

#define READ_RS1() (s->rs1 = a = x[in->rs1], s->rs1_time = access_reg(t, in->rs1, time + SITU_SLOT_RS1))
#define READ_RS2() (s->rs2 = b = x[in->rs2], s->rs2_time = access_reg(t, in->rs2, time + SITU_SLOT_RS2))

    switch (in->op) {
#define X(name, text, family, match, mask, value) \
    case SITU_OP_##name:                          \
        READ_RS1();                               \
        READ_RS2();                               \
        result = value;                           \
        goto write_rd;
        SITU_ISA_REG(X)
#undef X
#define X(name, text, family, match, mask, value) \
    case SITU_OP_##name:                          \
        READ_RS1();                               \
        s->rs2 = b = in->imm;                     \
        result = value;                           \
        goto write_rd;
        SITU_ISA_IMM(X)
#undef X
#define X(name, text, family, match, mask, bytes, value)                             \
    case SITU_OP_##name:                                                             \
        READ_RS1();                                                                  \
        address = a + in->imm;                                                       \
        s->rs2 = in->imm;                                                            \
        if (!step_load(t, s, address, SITU_OP_##name, bytes, &v)) return p->n_insns; \
        result = value;                                                              \
        goto write_rd;
        SITU_ISA_LOAD(X)
#undef X
#define X(name, text, family, match, mask, bytes)                                    \
    case SITU_OP_##name:                                                             \
        READ_RS1();                                                                  \
        READ_RS2();                                                                  \
        address = a + in->imm;                                                       \
        if (!step_store(t, s, address, SITU_OP_##name, bytes, b)) return p->n_insns; \
        return next;
        SITU_ISA_STORE(X)
#undef X
#define X(name, text, family, match, mask, taken) \
    case SITU_OP_##name:                          \
        READ_RS1();                               \
        READ_RS2();                               \
        return taken ? jump(t, in, at, in->imm) : next;
        SITU_ISA_BRANCH(X)
#undef X
    case SITU_OP_LUI:
    case SITU_OP_AUIPC: result = in->imm; goto write_rd;
    case SITU_OP_JAL:
        result = (u64)in->pc + 4;
        next = jump(t, in, at, in->imm);
        goto write_link;
    case SITU_OP_JALR:
        READ_RS1();
        s->rs2 = in->imm;
        result = (u64)in->pc + 4;
        next = jump(t, in, at, (a + in->imm) & ~UINT64_C(1));
        goto write_link;
    case SITU_OP_ECALL:
        READ_RS1();
        READ_RS2();
        return step_ecall(t, s) ? next : p->n_insns;
    default: trap_illegal(m, in); return p->n_insns;
    }
write_link:
    if (next == p->n_insns) return next;
write_rd:
    s->rd_old = x[in->rd];
    s->rd_time = access_reg(t, in->rd, time + SITU_SLOT_RD);
    s->rd_new = x[in->rd] = result;
    return next;
#undef READ_RS1
#undef READ_RS2
}

static void count_step(situ_tracer *t, const situ_step *s)
{
    t->time += situ_step_units(t->m->program, s);
    t->segment.n_family[situ_step_family(t->m->program, s)]++;
    t->chunk->n_steps++;
}

static situ_trace_stop run_chunk(situ_tracer *t)
{
    situ_machine *m = t->m;
    situ_trace_chunk *c = t->chunk;
    const u32 n_insns = m->program->n_insns;

    while (c->n_steps < c->n_steps_max) {
        if (t->time > SITU_TIME_END - SITU_UNITS_MAX) return SITU_TRACE_SEGMENT;
        situ_step *s = &c->steps[c->n_steps];
        u32 next = trace_step(t, s, m->at);
        if (SITU_UNLIKELY(next == n_insns || t->is_out_of_memory)) {
            if (t->is_out_of_memory) return SITU_TRACE_MEMORY;
            if (!m->has_halted) return SITU_TRACE_TRAP;
            count_step(t, s);
            return SITU_TRACE_HALT;
        }
        count_step(t, s);
        m->base += (i64)m->at + 1 - (i64)next;
        m->at = next;
    }
    return SITU_TRACE_CHUNK;
}

situ_trace_stop situ_trace_run(situ_tracer *t, situ_trace_chunk *chunk)
{
    t->chunk = chunk;
    chunk->n_steps = chunk->n_extras = chunk->n_touches = 0;
    if (t->m->has_halted) return SITU_TRACE_HALT;
    if (t->m->trap) return SITU_TRACE_TRAP;
    if (t->is_out_of_memory) return SITU_TRACE_MEMORY;

    situ_trace_stop stop = run_chunk(t);
    t->segment.n_steps += chunk->n_steps;
    t->segment.n_extras += chunk->n_extras;
    t->segment.n_touches += chunk->n_touches;
    return stop;
}

/* --- edges ---------------------------------------------------------------------------------------------- */

static int compare_edges(const void *a, const void *b)
{
    const situ_edge *x = a, *y = b;
    return x->key < y->key ? -1 : x->key > y->key;
}

#define WORD_MAP_BYTES ((size_t)SITU_VM_WORDS * sizeof(u32))

/* Complete an edge, and forget the segment's times. */
static void close_edge(situ_tracer *t, situ_edge *e)
{
    u32 address = SITU_KEY_ADDRESS(e->key);
    bool is_reg = SITU_KEY_SPACE(e->key) == SITU_SPACE_REG;
    u32 *time = is_reg ? &t->reg_time[address] : &t->word_time[address];
    u32 *segment = is_reg ? &t->reg_segment[address] : &t->word_segment[address];

    e->last = is_reg ? t->m->x[address] : word_value(t, address);
    e->last_time = *time;
    e->earlier = *segment;
    *segment = t->segment.number;
    *time = 0;
}

static void start_segment(situ_tracer *t, u32 number)
{
    t->segment =
        (situ_segment){.number = number, .start_insn = t->m->at, .start_output = t->m->x[SITU_REG_OUTPUT]};
    t->time = SITU_TIME_START;
    t->n_edges = 0;
}

situ_err situ_trace_end_segment(situ_tracer *t, situ_segment *segment)
{
    situ_machine *m = t->m;
    if (!t->word_segment && !(t->word_segment = space_reserve(WORD_MAP_BYTES))) return SITU_ERR_MEMORY;

    for (u32 i = 0; i < t->n_edges; i++) close_edge(t, &t->edges[i]);
    qsort(t->edges, t->n_edges, sizeof *t->edges, compare_edges);

    situ_segment *s = &t->segment;
    s->end_insn = m->at;
    s->end_output = m->x[SITU_REG_OUTPUT];
    s->end_time = t->time;
    s->has_halted = m->has_halted;
    s->exit_code = m->has_halted ? m->x[SITU_REG_A0] : 0;
    s->edges = t->edges;
    s->n_edges = t->n_edges;
    *segment = *s;
    start_segment(t, s->number + 1);
    return SITU_OK;
}

/* --- life ----------------------------------------------------------------------------------------------- */

situ_err situ_tracer_create(situ_tracer **tracer, const situ_program *program, const void *input,
                            size_t n_input)
{
    *tracer = NULL;
    situ_tracer *t = calloc(1, sizeof *t);
    if (!t) return SITU_ERR_MEMORY;
    situ_err err = situ_machine_create(&t->m, program, input, n_input);
    if (!err && !(t->word_time = space_reserve(WORD_MAP_BYTES))) err = SITU_ERR_MEMORY;
    if (err) {
        situ_tracer_destroy(t);
        return err;
    }
    t->m->is_traced = true;
    start_segment(t, 1);
    *tracer = t;
    return SITU_OK;
}

void situ_tracer_destroy(situ_tracer *t)
{
    if (!t) return;
    situ_machine_destroy(t->m);
    space_release(t->word_time, WORD_MAP_BYTES);
    space_release(t->word_segment, WORD_MAP_BYTES);
    situ_mem_free(t->edges, (size_t)t->n_edges_max * sizeof *t->edges);
    free(t);
}

situ_machine *situ_tracer_machine(situ_tracer *t) { return t->m; }

situ_err situ_trace_chunk_create(situ_trace_chunk **chunk, u32 n_steps_max)
{
    situ_trace_chunk *c = calloc(1, sizeof *c);
    *chunk = NULL;
    if (!c) return SITU_ERR_MEMORY;
    c->steps = situ_mem_alloc((size_t)n_steps_max * sizeof *c->steps, 0);
    c->n_steps_max = n_steps_max;
    if (!c->steps) {
        free(c);
        return SITU_ERR_MEMORY;
    }
    *chunk = c;
    return SITU_OK;
}

void situ_trace_chunk_destroy(situ_trace_chunk *c)
{
    if (!c) return;
    situ_mem_free(c->steps, (size_t)c->n_steps_max * sizeof *c->steps);
    situ_mem_free(c->extras, (size_t)c->n_extras_max * sizeof *c->extras);
    situ_mem_free(c->touches, (size_t)c->n_touches_max * sizeof *c->touches);
    free(c);
}
