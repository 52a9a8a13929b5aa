/* exec.c — the fast executor: pre-decoded instructions, each of which jumps straight to the next one's code.
 *
 * An instruction's index is its own bookkeeping: cycles so far are `base` + index.  Straight-line code leaves
 * base alone, and a jump from i to t adds i + 1 - t to it, a constant for all but JALR.
 */
#include "vm/machine.h"

#include <stdlib.h>
#include <string.h>

/* Handlers beyond the instructions of the lists. */
enum {
    FAST_CONST_U = SITU_OPS_COUNT, /* rd = imm, zero-extended (AUIPC's result, mostly)        */
    FAST_CONST_HIGH,               /* rd = 2^32 + imm, zero-extended (AUIPC beyond the space) */
    FAST_JUMP,                     /* JAL that drops its link                                 */
    FAST_JAL_NOWHERE,              /* JAL to an address that holds no instruction             */
    FAST_NOWHERE,                  /* landing place of a branch to such an address            */
    FAST_COUNT,
};

/* Index of the target, or -1 when it holds no instruction. */
static i64 target_index(const situ_program *p, u64 pc)
{
    u32 t = situ_program_insn_at(p, pc);
    return t == p->n_insns ? -1 : (i64)t;
}

static void prepare_branch(situ_machine *m, u32 i)
{
    i64 t = target_index(m->program, m->program->insns[i].imm);
    if (t < 0) {
        t = m->n_fast++;
        m->fast[t] = (fast_insn){.op = FAST_NOWHERE, .imm = (i32)((i64)i - t)};
    }
    m->fast[i].imm = (i32)(t - i);
}

static void prepare_jal(situ_machine *m, u32 i)
{
    i64 t = target_index(m->program, m->program->insns[i].imm);
    fast_insn *f = &m->fast[i];
    f->op = t < 0 ? FAST_JAL_NOWHERE : f->rd == SITU_REG_SINK ? FAST_JUMP : SITU_OP_JAL;
    f->imm = t < 0 ? 0 : (i32)(t - i);
}

static void prepare_const(fast_insn *f, u64 value)
{
    f->imm = (i32)(u32)value;
    f->op = value == (u64)(i64)f->imm     ? SITU_OP_LUI
            : value < SITU_VM_SPACE_BYTES ? FAST_CONST_U
                                          : FAST_CONST_HIGH;
}

situ_err situ_exec_prepare(situ_machine *m)
{
    const situ_program *p = m->program;
    u64 n_max = p->n_insns;
    for (u32 i = 0; i < p->n_insns; i++) {
        n_max +=
            situ_ops[p->insns[i].op].format == SITU_FORMAT_BRANCH && target_index(p, p->insns[i].imm) < 0;
    }
    if (n_max > INT32_MAX) return SITU_ERR_LIMIT;
    m->fast = malloc(n_max * sizeof *m->fast);
    m->n_taken = calloc(n_max, sizeof *m->n_taken);
    m->n_entered = calloc(n_max, sizeof *m->n_entered);
    if (!m->fast || !m->n_taken || !m->n_entered) return SITU_ERR_MEMORY;

    m->n_fast = p->n_insns;
    for (u32 i = 0; i < p->n_insns; i++) {
        const situ_insn *in = &p->insns[i];
        m->fast[i] = (fast_insn){NULL, (i32)(u32)in->imm, in->op, in->rd, in->rs1, in->rs2};
        switch ((situ_format)situ_ops[in->op].format) {
        case SITU_FORMAT_BRANCH: prepare_branch(m, i); break;
        case SITU_FORMAT_JAL: prepare_jal(m, i); break;
        case SITU_FORMAT_CONST: prepare_const(&m->fast[i], in->imm); break;
        default: break;
        }
    }
    SITU_ASSERT(m->n_fast == n_max);
    situ_exec_run(m, -1); /* fills in the handlers */
    return SITU_OK;
}

/* Set the trap of an instruction that has no meaning; the word is read back for the message. */
static void trap_illegal(situ_machine *m, u32 at)
{
    u32 pc = m->program->insns[at].pc, word;
    const situ_region *r = situ_program_region(m->program, pc / SITU_VM_WORD_BYTES);
    if (!r || r->kind != SITU_REGION_EXEC) {
        situ_machine_trap(m, SITU_TRAP_FETCH, pc);
        return;
    }
    memcpy(&word, m->mem + pc, sizeof word);
    situ_machine_trap(m, SITU_TRAP_ILLEGAL, word);
}

/* Run from m->at.  base_max bounds m->base at jumps that are taken; -1 only fills in the handlers.
 *
 * long: dispatch */
situ_stop situ_exec_run(situ_machine *m, i64 base_max)
{
#define X(name, ...) [SITU_OP_##name] = &&do_##name,
    static const void *const handlers[FAST_COUNT] = {
        SITU_ISA_REG(X) SITU_ISA_IMM(X) SITU_ISA_LOAD(X) SITU_ISA_STORE(X) SITU_ISA_BRANCH(X)
            SITU_ISA_OTHER(X)
#undef X
                [FAST_CONST_U] = &&do_const_u,
        [FAST_CONST_HIGH] = &&do_const_high,
        [FAST_JUMP] = &&do_jump,
        [FAST_JAL_NOWHERE] = &&do_jal_nowhere,
        [FAST_NOWHERE] = &&do_nowhere,
    };
    if (base_max < 0) {
        for (u32 i = 0; i < m->n_fast; i++) m->fast[i].handler = handlers[m->fast[i].op];
        return SITU_STOP_LIMIT;
    }

    const situ_program *p = m->program;
    const situ_region *code_region = situ_program_region(p, p->entry / SITU_VM_WORD_BYTES);
    const u64 code_start = (u64)code_region->first * SITU_VM_WORD_BYTES;
    const u64 code_bytes = ((u64)code_region->last - code_region->first + 1) * SITU_VM_WORD_BYTES;
    const u32 code_at = code_region->insn_at;

    u64 *const x = m->x;
    u8 *const mem = m->mem;
    const u8 *const pages = p->pages;
    const fast_insn *const fast = m->fast;
    u64 *const n_taken = m->n_taken;
    const fast_insn *ip = fast + m->at;
    i64 base = m->base;
    u64 value;

#define GO()      goto * ip->handler
#define NEXT()    goto *(++ip)->handler
#define INDEX()   ((u32)(ip - fast))
#define IMM()     ((u64)(i64)ip->imm)
#define ADDRESS() (x[ip->rs1] + IMM())
/* One test for both: below 2^32, and a multiple of the access's size. */
#define IS_PLAIN(address, bytes) (((address) & (~(u64)UINT32_MAX | ((bytes)-1))) == 0)
#define TAKE()                                          \
    do {                                                \
        n_taken[INDEX()]++;                             \
        base += 1 - (i64)ip->imm;                       \
        ip += ip->imm;                                  \
        if (SITU_UNLIKELY(base > base_max)) goto limit; \
        GO();                                           \
    } while (0)

    if (base + m->at >= base_max) goto limit;
    GO();

#define X(name, text, family, match, mask, result) \
    do_##name:                                     \
    {                                              \
        u64 a = x[ip->rs1], b = x[ip->rs2];        \
        x[ip->rd] = result;                        \
        NEXT();                                    \
    }
    SITU_ISA_REG(X)
#undef X

#define X(name, text, family, match, mask, result) \
    do_##name:                                     \
    {                                              \
        u64 a = x[ip->rs1], b = IMM();             \
        x[ip->rd] = result;                        \
        NEXT();                                    \
    }
    SITU_ISA_IMM(X)
#undef X

#define X(name, text, family, match, mask, bytes, result)                              \
    do_##name:                                                                         \
    {                                                                                  \
        u64 address = ADDRESS(), v = 0;                                                \
        if (SITU_LIKELY(IS_PLAIN(address, bytes) &&                                    \
                        !(pages[address / SITU_VM_PAGE_BYTES] & SITU_PAGE_NO_READ))) { \
            memcpy(&v, mem + address, bytes);                                          \
        } else {                                                                       \
            if (!situ_machine_load(m, address, SITU_OP_##name, &value)) goto trap;     \
            v = value;                                                                 \
        }                                                                              \
        x[ip->rd] = result;                                                            \
        NEXT();                                                                        \
    }
    SITU_ISA_LOAD(X)
#undef X

#define X(name, text, family, match, mask, bytes)                                       \
    do_##name:                                                                          \
    {                                                                                   \
        u64 address = ADDRESS();                                                        \
        if (SITU_LIKELY(IS_PLAIN(address, bytes) &&                                     \
                        !(pages[address / SITU_VM_PAGE_BYTES] & SITU_PAGE_NO_WRITE))) { \
            memcpy(mem + address, &x[ip->rs2], bytes);                                  \
        } else if (!situ_machine_store(m, address, SITU_OP_##name, x[ip->rs2])) {       \
            goto trap;                                                                  \
        }                                                                               \
        NEXT();                                                                         \
    }
    SITU_ISA_STORE(X)
#undef X

#define X(name, text, family, match, mask, taken) \
    do_##name:                                    \
    {                                             \
        u64 a = x[ip->rs1], b = x[ip->rs2];       \
        if (taken) TAKE();                        \
        NEXT();                                   \
    }
    SITU_ISA_BRANCH(X)
#undef X

do_LUI:
    x[ip->rd] = IMM();
    NEXT();
do_AUIPC: /* always one of the constants */
do_const_u:
    x[ip->rd] = (u32)ip->imm;
    NEXT();
do_const_high:
    x[ip->rd] = SITU_VM_SPACE_BYTES + (u32)ip->imm;
    NEXT();
do_JAL:
    x[ip->rd] = (u64)p->insns[INDEX()].pc + 4;
do_jump:
    TAKE();
do_JALR : {
    u64 target = ADDRESS() & ~UINT64_C(1);
    u64 offset = target - code_start;
    u32 t;
    if (SITU_LIKELY(offset < code_bytes && offset % 4 == 0)) {
        t = code_at + (u32)(offset / 4);
    } else {
        t = situ_program_insn_at(p, target);
        if (t == p->n_insns) {
            situ_machine_trap(m, SITU_TRAP_JUMP, target);
            goto trap;
        }
    }
    u32 i = INDEX();
    x[ip->rd] = (u64)p->insns[i].pc + 4;
    n_taken[i]++;
    m->n_entered[t]++;
    base += (i64)i + 1 - (i64)t;
    ip = fast + t;
    if (SITU_UNLIKELY(base > base_max)) goto limit;
    GO();
}
do_ECALL:
    m->at = INDEX();
    if (!situ_machine_ecall(m)) goto trap;
    NEXT();

do_jal_nowhere:
    situ_machine_trap(m, SITU_TRAP_JUMP, p->insns[INDEX()].imm);
    goto trap;
do_nowhere: /* take the branch back: it is the instruction that traps */
    base -= 1 + (i64)ip->imm;
    ip += ip->imm;
    n_taken[INDEX()]--;
    situ_machine_trap(m, SITU_TRAP_JUMP, p->insns[INDEX()].imm);
    goto trap;
do_EBREAK:
    situ_machine_trap(m, SITU_TRAP_BREAK, p->insns[INDEX()].pc);
    goto trap;
do_ILLEGAL:
    trap_illegal(m, INDEX());
    goto trap;

trap:
    m->at = INDEX();
    m->base = base;
    return m->has_halted ? SITU_STOP_HALT : SITU_STOP_TRAP;
limit:
    if (INDEX() >= p->n_insns) goto do_nowhere;
    m->at = INDEX();
    m->base = base;
    return SITU_STOP_LIMIT;
#undef GO
#undef NEXT
#undef INDEX
#undef IMM
#undef ADDRESS
#undef IS_PLAIN
#undef TAKE
}
