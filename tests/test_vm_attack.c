/* An attacker against the rows of instructions: given what an instruction reads, is there any row that satisfies the
 * table and says something else?
 *
 * A *row* is judged by all its table's constraints and all its messages: lookups must be in the range and byte tables,
 * what it receives must be what is there (the instruction at pc, the operands in their registers, the word in memory).
 * It is a *forgery* if all that holds and it sends anything but what the instruction does.
 *
 * The search starts at honest rows and at rows that another operation, operand or decision would have given, changes
 * some columns, and then repairs what is broken, column by column: by roots of a constraint in one column, or by the
 * exact solutions of one in two columns of limited range (which is how equations are made to hold modulo p and not as
 * integers).
 *
 * Constraints and lookups are ignored one at a time: then the search must find a forgery.  That measures the attacker.
 */
#include <fnmatch.h>

#include "tests/air_forgery.h"
#include "tests/vm/witness_run.h"
#include "vm/tables/memory.h"

enum { COLUMNS_MAX = 160, CONSTRAINTS_MAX = 160, MESSAGES_MAX = 96, VALUES_MAX = 640, DEPS_MAX = 128 };

/* --- a table -------------------------------------------------------------------------------------------- */

typedef struct {
    u32 n;
    u8 column[DEPS_MAX];
} columns;

/* What is to have a certain value: constraints first, then multiplicities, then the values of messages. */
enum { TARGETS_MAX = CONSTRAINTS_MAX + MESSAGES_MAX + VALUES_MAX };

typedef struct {
    const situ_air_table *shape;
    const situ_air_prover_table *prover;
    u8 type[COLUMNS_MAX];       /* situ_air_type of a column */
    u8 bits[COLUMNS_MAX];       /* from its type, or for a field from a lookup; else 0 */
    bool is_input[COLUMNS_MAX]; /* fixed by what is received */
    u8 partner[COLUMNS_MAX];    /* the other byte of an input limb, or the column itself */
    u16 range_of[COLUMNS_MAX];  /* 1 + the range message that shows this column alone */
    columns deps[TARGETS_MAX];
    u32 free[COLUMNS_MAX], n_free;
    u32 result[COLUMNS_MAX], n_result; /* free columns of what is sent */
} table;

typedef struct {
    kb main[COLUMNS_MAX], constraints[CONSTRAINTS_MAX], mults[MESSAGES_MAX], values[VALUES_MAX];
} row;

static void eval(const table *t, row *r)
{
    t->prover->eval_row(NULL, r->main, NULL, r->constraints, r->mults, r->values);
}

static kb target_of(const table *t, const row *r, u32 target)
{
    const u32 n = t->shape->n_constraints, n_messages = t->shape->n_interactions;
    return target < n                ? r->constraints[target]
           : target < n + n_messages ? r->mults[target - n]
                                     : r->values[target - n - n_messages];
}

static u32 value_target(const table *t, u32 value)
{
    return t->shape->n_constraints + t->shape->n_interactions + value;
}

static void add_dep(columns *c, u32 column)
{
    if (c->n && c->column[c->n - 1] == column) return;
    CHECK(c->n < DEPS_MAX);
    c->column[c->n++] = (u8)column;
}

/* Which columns each target depends on, by trying. */
static void find_deps(table *t)
{
    row base, other;
    const u32 n_targets = value_target(t, t->shape->n_values);
    for (u32 c = 0; c < t->shape->n_main; c++) {
        for (u32 k = 0; k < 3; k++) {
            for (u32 i = 0; i < t->shape->n_main; i++)
                base.main[i] = kb_from_u32((u32)test_random_below(KB_P));
            other = base;
            other.main[c] = kb_from_u32((u32)test_random_below(KB_P));
            eval(t, &base);
            eval(t, &other);
            for (u32 i = 0; i < n_targets; i++)
                if (target_of(t, &base, i) != target_of(t, &other, i)) add_dep(&t->deps[i], c);
        }
    }
}

static bool is_lookup(u32 bus) { return bus == SITU_VM_BUS_RANGE || bus == SITU_VM_BUS_BYTE; }

static const situ_air_interaction *message(const table *t, u32 i) { return &t->shape->interactions[i]; }

/* How many values of what is received are given; not when a token was sent. */
static u32 pinned_values(const situ_air_interaction *m)
{
    return situ_vm_system.buses[m->bus].width - (m->bus == SITU_VM_BUS_MEMORY);
}

/* A received value that is one unfixed column, or two bytes. */
static void find_inputs(table *t)
{
    for (bool again = true; again;) {
        again = false;
        for (u32 i = 0; i < t->shape->n_interactions; i++) {
            const situ_air_interaction *m = message(t, i);
            if (is_lookup(m->bus) || !m->is_receive) continue;
            for (u32 k = 0; k < pinned_values(m); k++) {
                const columns *deps = &t->deps[value_target(t, m->first_value + k)];
                u32 n = 0, unfixed[DEPS_MAX];
                for (u32 j = 0; j < deps->n; j++)
                    if (!t->is_input[deps->column[j]]) unfixed[n++] = deps->column[j];
                if (n == 0 || n > 2 || t->type[unfixed[0]] == SITU_AIR_BIT) continue;
                if (n == 2 && (t->bits[unfixed[0]] != 8 || t->bits[unfixed[1]] != 8)) continue;
                for (u32 j = 0; j < n; j++) {
                    t->is_input[unfixed[j]] = again = true;
                    t->partner[unfixed[j]] = (u8)unfixed[n - 1 - j];
                }
            }
        }
    }
}

/* Range messages of one column; columns that lie in bytes. */
static void find_ranges(table *t)
{
    for (u32 i = 0; i < t->shape->n_interactions; i++) {
        const situ_air_interaction *m = message(t, i);
        const columns *deps = &t->deps[value_target(t, m->first_value)];
        if (m->bus == SITU_VM_BUS_BYTE)
            for (u32 k = 1; k < 4; k++)
                if (deps[k].n == 1) t->bits[deps[k].column[0]] = 8;
        if (m->bus != SITU_VM_BUS_RANGE || deps[0].n != 1) continue;
        u32 c = deps[0].column[0];
        t->range_of[c] = (u16)(i + 1);
        if (t->bits[c] == 0) t->bits[c] = 16;
    }
}

static void find_results(table *t)
{
    bool is_result[COLUMNS_MAX] = {false};
    for (u32 i = 0; i < t->shape->n_interactions; i++) {
        const situ_air_interaction *m = message(t, i);
        if (is_lookup(m->bus) || m->is_receive) continue;
        for (u32 k = 0; k < situ_vm_system.buses[m->bus].width; k++) {
            const columns *deps = &t->deps[value_target(t, m->first_value + k)];
            for (u32 j = 0; j < deps->n; j++) is_result[deps->column[j]] = true;
        }
    }
    for (u32 c = 0; c < t->shape->n_main; c++) {
        if (t->is_input[c]) continue;
        t->free[t->n_free++] = c;
        if (is_result[c]) t->result[t->n_result++] = c;
    }
}

static const table *table_at(u32 index)
{
    static table tables[SITU_VM_TABLES];
    table *t = &tables[index];
    if (t->shape) return t;
    t->shape = &situ_vm_system.tables[index];
    t->prover = &situ_vm_prover.tables[index];
    CHECK(t->shape->n_main <= COLUMNS_MAX && t->shape->n_constraints <= CONSTRAINTS_MAX);
    CHECK(t->shape->n_interactions <= MESSAGES_MAX && t->shape->n_values <= VALUES_MAX &&
          t->shape->n_pre == 0);
    for (u32 i = 0; i < t->prover->n_columns_named; i++) {
        const situ_air_column *c = &t->prover->columns[i];
        for (u32 k = 0; k < c->n; k++) {
            t->type[c->first + k] = c->type;
            t->bits[c->first + k] = c->type == SITU_AIR_BIT ? 1 : c->bits;
        }
    }
    for (u32 c = 0; c < t->shape->n_main; c++) t->partner[c] = (u8)c;
    find_deps(t);
    find_ranges(t);
    find_inputs(t);
    find_results(t);
    return t;
}

/* --- instructions --------------------------------------------------------------------------------------- */

/* An instruction with what it reads and what it ought to do. */
typedef struct {
    situ_insn insn;
    situ_step step;
    situ_access upper;
    situ_vm_program_pre_row program;
    const table *table;
    vm_fill *fill;
} deed;

static u64 result_of(u32 op, u64 a, u64 b)
{
    switch (op) {
#define X(name, text, family, match, mask, result) \
    case SITU_OP_##name: return result;
        SITU_ISA_REG(X)
        SITU_ISA_IMM(X)
#undef X
    }
    return 0;
}

static u64 loaded(u32 op, u64 v)
{
    switch (op) {
#define X(name, text, family, match, mask, bytes, result) \
    case SITU_OP_##name: return result;
        SITU_ISA_LOAD(X)
#undef X
    }
    return 0;
}

static bool taken(u32 op, u64 a, u64 b)
{
    switch (op) {
#define X(name, text, family, match, mask, condition) \
    case SITU_OP_##name: return condition;
        SITU_ISA_BRANCH(X)
#undef X
    }
    return false;
}

/* Operands at which carries, signs and lengths change. */
static u64 operand(void)
{
    u64 v = test_random_below(3) ? test_random_edgy(UINT64_MAX) : test_random();
    switch (test_random_below(9)) {
    case 8: return test_random_below(3) - 1;
    case 0: return v >> test_random_below(64);
    case 1: return (u64)(i64)(i32)v;
    case 2: return test_random_below(8) - 4;
    case 3: return UINT64_MAX << test_random_below(64);
    case 4: return (v & UINT64_C(0x0001000100010001)) * 0xffff;
    case 5: return (v & UINT64_C(0x8000800080008000)) + test_random_below(3) - 1;
    default: return v;
    }
}

static u64 operand_like(u64 a)
{
    switch (test_random_below(8)) {
    case 0: return a;
    case 1: return a + test_random_below(3) - 1;
    case 2: return -a;
    case 3: return a ^ UINT64_C(1) << test_random_below(64);
    case 4: return a ^ UINT64_C(0xffff) << 16 * test_random_below(4);
    default: return operand();
    }
}

static u64 put_bytes(u64 into, u64 from, u32 at, u32 n)
{
    for (u32 i = 0; i < n; i++) {
        u64 mask = UINT64_C(0xff) << 8 * (at + i);
        into = (into & ~mask) | ((from >> 8 * i & 0xff) << 8 * (at + i));
    }
    return into;
}

static void do_memory(deed *d, u64 address)
{
    situ_step *s = &d->step;
    const u32 op = d->insn.op, bytes = situ_ops[op].bytes, at = (u32)address & 7,
              n_low = (u32)u64_min(bytes, 8 - at);
    const bool is_store = situ_ops[op].format == SITU_FORMAT_STORE, has_upper = at + bytes > 8;
    u32 space = is_store ? SITU_SPACE_RW : SITU_SPACE_RW + (u32)test_random_below(2);
    s->mem_old = s->mem_new = operand();
    s->mem_key = SITU_KEY(space, address >> 3);
    s->mem_time = s->time + SITU_SLOT_MEM - 1 - (u32)test_random_below(65536);
    d->upper = (situ_access){.old = operand(), .time = s->time + SITU_SLOT_MEM};
    d->upper.old_time = d->upper.time - 1 - (u32)test_random_below(65536);
    d->upper.new = d->upper.old;
    d->upper.key = SITU_KEY(is_store ? space : SITU_SPACE_RW + (u32)test_random_below(2), (address >> 3) + 1);
    if (has_upper) s->extra_at = 0;
    if (is_store) {
        s->mem_new = put_bytes(s->mem_old, s->rs2, at, n_low);
        if (has_upper) d->upper.new = put_bytes(d->upper.old, s->rs2 >> 8 * n_low, 0, bytes - n_low);
        return;
    }
    u64 v = s->mem_old >> 8 * at;
    if (has_upper) v |= d->upper.old << (64 - 8 * at);
    if (bytes < 8) v &= (UINT64_C(1) << 8 * bytes) - 1;
    s->rd_new = loaded(op, v);
}

/* A random instruction; what jumps goes to a multiple of 4. */
static u32 encode(u32 op)
{
    u32 word = situ_ops[op].match | ((u32)test_random() & ~situ_ops[op].mask);
    if (situ_ops[op].family == SITU_FAMILY_SHIFT && test_random_below(3) == 0)
        word |= 15u << 20 & ~situ_ops[op].mask;
    if (situ_ops[op].format == SITU_FORMAT_BRANCH) word &= ~(1u << 8);
    if (situ_ops[op].format == SITU_FORMAT_JAL) word &= ~(1u << 21);
    return word;
}

static const vm_step *step_of(const deed *d, vm_step *s)
{
    *s = (vm_step){&d->step, &d->insn, d->step.extra_at == SITU_NO_EXTRA ? NULL : &d->upper};
    return s;
}

/* By table, once an instruction of it was made. */
static vm_fill *fills[SITU_VM_TABLES];

static void finish_deed(deed *d)
{
    vm_step s;
    situ_insn insns[1] = {d->insn};
    const situ_program program = {.n_insns = 1, .insns = insns};
    vm_program_pre_row(&program, 0, &d->program);
    const vm_rule *rule = vm_rule_of(step_of(d, &s));
    d->fill = fills[rule->table] = rule->fill;
    d->table = table_at(rule->table);
}

/* Where loads and stores go: around the limbs of addresses, or anywhere. */
static u64 random_address(void)
{
    u64 address = 0x10000 + test_random_below(0x60000000);
    return test_random_below(2) ? (address & ~UINT64_C(0xffff)) + (test_random_below(64) - 32) : address;
}

/* A random instruction with this operation, at random operands, and at this address if it is a load or store. */
static deed deed_at(u32 op, u64 address)
{
    deed d = {.step = {.time = 65536 + 4 * (u32)test_random_below(1 << 22), .extra_at = SITU_NO_EXTRA}};
    situ_step *s = &d.step;
    u32 pc = 0x1000000 + 4 * (u32)test_random_below(1 << 20), word = encode(op);
    d.insn = situ_isa_decode(word, pc);
    CHECK_EQ(d.insn.op, op);
    s->rs1 = operand();
    s->rs2 = operand_like(s->rs1);
    if (situ_ops[op].family == SITU_FAMILY_SHIFT && test_random_below(3) == 0) s->rs2 |= 15;
    s->rd_old = operand();
    s->rs1_time = s->time + SITU_SLOT_RS1 - 1 - (u32)test_random_below(65536);
    s->rs2_time = s->time + SITU_SLOT_RS2 - 1 - (u32)test_random_below(65536);
    s->rd_time = s->time + SITU_SLOT_RD - 1 - (u32)test_random_below(65536);
    switch ((situ_format)situ_ops[op].format) {
    case SITU_FORMAT_REG: s->rd_new = result_of(op, s->rs1, s->rs2); break;
    case SITU_FORMAT_IMM:
        if (test_random_below(4) == 0) s->rs1 = operand_like(d.insn.imm);
        s->rd_new = result_of(op, s->rs1, d.insn.imm);
        break;
    case SITU_FORMAT_LOAD:
    case SITU_FORMAT_STORE:
        s->rs1 = (u32)(address - d.insn.imm);
        do_memory(&d, address);
        break;
    case SITU_FORMAT_BRANCH: break;
    case SITU_FORMAT_CONST: s->rd_new = d.insn.imm; break;
    case SITU_FORMAT_JAL: s->rd_new = (u64)pc + 4; break;
    case SITU_FORMAT_JALR:
        s->rs1 = 0x1000000 + 4 * test_random_below(1 << 20) + test_random_below(2) - d.insn.imm;
        if (test_random_below(2))
            s->rs1 = 0x1000000 + (test_random_below(64) << 16) - 4 * test_random_below(3) - d.insn.imm;
        s->rd_new = (u64)pc + 4;
        break;
    case SITU_FORMAT_ECALL:
    case SITU_FORMAT_TRAP: break;
    }
    finish_deed(&d);
    return d;
}

static deed random_deed(u32 op) { return deed_at(op, random_address()); }

static u64 next_of(const deed *d)
{
    const u64 a = d->step.rs1, b = d->step.rs2;
    switch ((situ_format)situ_ops[d->insn.op].format) {
    case SITU_FORMAT_BRANCH: return taken(d->insn.op, a, b) ? d->insn.imm : (u64)d->insn.pc + 4;
    case SITU_FORMAT_JAL: return d->insn.imm;
    case SITU_FORMAT_JALR: return (a + d->insn.imm) & ~UINT64_C(1);
    default: return (u64)d->insn.pc + 4;
    }
}

/* Are the cells as rows' cells must be?  Those of an instruction that is not for the table may be negative. */
static bool fill_row(const deed *d, row *r)
{
    bool is_plain = true;
    u32 cells[COLUMNS_MAX] = {0};
    vm_step s;
    d->fill(step_of(d, &s), cells);
    for (u32 i = 0; i < d->table->shape->n_main; i++) {
        is_plain &= cells[i] < KB_P;
        r->main[i] = kb_from_u32(cells[i] < KB_P ? cells[i] : cells[i] + KB_P);
    }
    eval(d->table, r);
    return is_plain;
}

/* --- the judge ------------------------------------------------------------------------------------------ */

enum { NOTHING = UINT32_MAX };

/* Message i as a thing to ignore; constraints are their own numbers. */
static u32 ignored_message(const table *t, u32 i) { return t->shape->n_constraints + i; }

/* A target that has not the value it should, or a lookup that is in no table. */
typedef struct {
    u32 target;
    kb goal;
    bool is_lookup; /* other goals would do as well */
} fault;

enum { FAULTS_MAX = 24 };

typedef struct {
    u32 n;
    fault list[FAULTS_MAX];
} faults;

static void add_fault(faults *f, u32 target, u32 goal, bool is_lookup)
{
    if (f->n < FAULTS_MAX) f->list[f->n] = (fault){target, kb_from_u32(goal), is_lookup};
    f->n++;
}

static u32 value_at(const table *t, const row *r, u32 i, u32 k)
{
    return kb_to_u32(r->values[message(t, i)->first_value + k]);
}

static void judge_range(const table *t, const row *honest, const row *r, u32 i, faults *f)
{
    u32 was = value_at(t, honest, i, 0);
    u32 value = value_at(t, r, i, 0), bits = value_at(t, r, i, 1), at = message(t, i)->first_value;
    if (bits > 16)
        add_fault(f, value_target(t, at + 1), (u32)test_random_below(17), true);
    else if (value >> bits)
        add_fault(f, value_target(t, at),
                  test_random_below(2) && was >> bits == 0 ? was
                                                           : (u32)test_random_below(UINT64_C(1) << bits),
                  true);
}

static void judge_byte(const table *t, const row *r, u32 i, faults *f)
{
    u32 v[4], at = message(t, i)->first_value;
    for (u32 k = 0; k < 4; k++) v[k] = value_at(t, r, i, k);
    if (v[0] > 3) return add_fault(f, value_target(t, at), (u32)test_random_below(4), true);
    for (u32 k = 1; k < 3; k++)
        if (v[k] > 255) return add_fault(f, value_target(t, at + k), (u32)test_random_below(256), true);
    const u32 result[4] = {v[1] & v[2], v[1] | v[2], v[1] ^ v[2], 0};
    if (v[3] != result[v[0]]) add_fault(f, value_target(t, at + 3), result[v[0]], true);
}

static bool is_word_access(const table *t, const row *r, u32 i)
{
    return message(t, i)->bus == SITU_VM_BUS_MEMORY && value_at(t, r, i, 0) != SITU_SPACE_REG;
}

/* Is there a token of this register or word?  Not of words below 4096, nor of one in the space where it did not begin. */
static bool has_token(u32 space, u32 address, const u32 known[2])
{
    if (space == SITU_SPACE_REG) return address < SITU_REGS;
    if (space > SITU_SPACE_RO || address < 512 || address >= SITU_VM_WORDS) return false;
    return address != known[1] || space == known[0];
}

/* What is received must be there: what the honest row receives, or another word. */
static void judge_received(const table *t, const row *honest, const row *r, u32 i, faults *f)
{
    const situ_air_interaction *m = message(t, i);
    const u32 at = m->first_value;
    if (r->mults[i] == 0 || honest->mults[i] == 0) return;
    bool is_access = is_word_access(t, honest, i), is_elsewhere = false;
    if (is_access) {
        const u32 known[2] = {value_at(t, honest, i, 0), value_at(t, honest, i, 1)};
        const u32 is[2] = {value_at(t, r, i, 0), value_at(t, r, i, 1)};
        is_elsewhere = is[0] != known[0] || is[1] != known[1];
        if (!has_token(is[0], is[1], known)) {
            if (is[0] != known[0]) add_fault(f, value_target(t, at), known[0], true);
            u32 other = is[0] == SITU_SPACE_REG ? (u32)test_random_below(SITU_REGS)
                                                : 512 + (u32)test_random_below(SITU_VM_WORDS - 512);
            add_fault(f, value_target(t, at + 1), test_random_below(2) && known[1] >= 512 ? known[1] : other,
                      true);
            return;
        }
    }
    for (u32 k = is_access ? 2 : 0; k < pinned_values(m); k++) {
        u32 is = value_at(t, r, i, k), should = value_at(t, honest, i, k);
        if (is_elsewhere ? is >> 16 != 0 : is != should)
            add_fault(f, value_target(t, at + k), should, is_elsewhere);
    }
}

/* The next instruction must be one: its place is below 2^30. */
static void judge_next(const table *t, const row *r, u32 i, faults *f)
{
    if (value_at(t, r, i, 0) >> 30)
        add_fault(f, value_target(t, message(t, i)->first_value), (u32)test_random_below(1 << 30), true);
}

/* What is wrong with a row, but for one thing that is ignored. */
static faults judge(const table *t, const row *honest, const row *r, u32 ignored)
{
    faults f = {.n = 0};
    for (u32 i = 0; i < t->shape->n_constraints; i++)
        if (r->constraints[i] != 0 && i != ignored) add_fault(&f, i, 0, false);
    for (u32 i = 0; i < t->shape->n_interactions; i++) {
        const situ_air_interaction *m = message(t, i);
        if (!m->is_receive && m->bus == SITU_VM_BUS_EXECUTION && r->mults[i] != 0) judge_next(t, r, i, &f);
        if (!m->is_receive) continue;
        if (!is_lookup(m->bus))
            judge_received(t, honest, r, i, &f);
        else if (r->mults[i] == 0 || ignored_message(t, i) == ignored)
            continue;
        else if (m->bus == SITU_VM_BUS_RANGE)
            judge_range(t, honest, r, i, &f);
        else
            judge_byte(t, r, i, &f);
    }
    return f;
}

/* Padding: nothing is sent or received but lookups. */
static bool is_silent(const table *t, const row *r)
{
    for (u32 i = 0; i < t->shape->n_interactions; i++)
        if (!is_lookup(message(t, i)->bus) && r->mults[i] != 0) return false;
    return true;
}

static bool is_instruction(const table *t, const row *r)
{
    for (u32 i = 0; i < t->shape->n_interactions; i++)
        if (message(t, i)->bus == SITU_VM_BUS_EXECUTION && message(t, i)->is_receive)
            return r->mults[i] == kb_neg(kb_from_u32(1));
    return false;
}

/* Does a row that nothing allows take part in the run?  As an instruction, or in tables that have none, by any message. */
static bool takes_part(const table *t, const row *r)
{
    for (u32 i = 0; i < t->shape->n_interactions; i++)
        if (message(t, i)->bus == SITU_VM_BUS_EXECUTION) return is_instruction(t, r);
    return !is_silent(t, r);
}

/* Does it say anything else than the honest row?  Not what lookups it makes, nor when within reach a token was sent. */
static bool says_other(const table *t, const row *honest, const row *r)
{
    if (is_silent(t, r)) return false;
    if (is_silent(t, honest)) return !is_instruction(t, r);
    for (u32 i = 0; i < t->shape->n_interactions; i++) {
        const situ_air_interaction *m = message(t, i);
        if (is_lookup(m->bus)) continue;
        if (r->mults[i] != honest->mults[i]) return true;
        if (r->mults[i] == 0) continue;
        u32 n = m->is_receive ? pinned_values(m) : situ_vm_system.buses[m->bus].width;
        if (memcmp(r->values + m->first_value, honest->values + m->first_value, n * sizeof(kb)) != 0)
            return true;
        if (n == situ_vm_system.buses[m->bus].width) continue;
        /* Honest times are above 2^16, so reach is a difference of integers; the send is the next message. */
        CHECK(message(t, i + 1)->bus == m->bus && !message(t, i + 1)->is_receive);
        kb age = kb_sub(r->values[message(t, i + 1)->first_value + n], r->values[m->first_value + n]);
        if (kb_to_u32(age) - 1 >= SITU_GAP_MAX) return true;
    }
    return false;
}

/* --- algebra -------------------------------------------------------------------------------------------- */

static kb kb_power(kb a, u32 n)
{
    kb result = kb_from_u32(1);
    for (; n; n >>= 1, a = kb_mul(a, a))
        if (n & 1) result = kb_mul(result, a);
    return result;
}

/* A square root by Tonelli and Shanks: p - 1 = 2^24 * 127, and 3 generates. */
static bool square_root(kb *root, kb a)
{
    kb one = kb_from_u32(1), z = kb_power(kb_from_u32(3), 127), x = kb_power(a, 64), b = kb_power(a, 127);
    if (a == 0) return *root = 0, true;
    for (u32 m = 24; b != one;) {
        u32 i = 0;
        for (kb c = b; c != one; c = kb_mul(c, c)) i++;
        if (i >= m) return false;
        for (u32 k = 0; k + i + 1 < m; k++) z = kb_mul(z, z);
        x = kb_mul(x, z);
        z = kb_mul(z, z);
        b = kb_mul(b, z);
        m = i;
    }
    return *root = x, true;
}

/* Roots of a x^2 + b x + c. */
static u32 quadratic_roots(kb roots[3], kb a, kb b, kb c)
{
    kb root, half = kb_inv(kb_from_u32(2));
    if (a == 0) {
        if (b == 0) return 0;
        roots[0] = kb_neg(kb_mul(c, kb_inv(b)));
        return 1;
    }
    b = kb_mul(kb_mul(b, half), kb_inv(a));
    c = kb_mul(c, kb_inv(a));
    if (!square_root(&root, kb_sub(kb_mul(b, b), c))) return 0;
    roots[0] = kb_sub(root, b);
    roots[1] = kb_sub(kb_neg(root), b);
    return 1 + (root != 0);
}

/* Roots of the polynomial of degree 3 at most with these values at 0, 1, 2, 3.  Of a cubic only those that lie evenly. */
static u32 roots_of(kb roots[3], const kb at[4])
{
    kb d1 = kb_sub(at[1], at[0]), d2 = kb_sub(kb_sub(at[2], at[1]), d1);
    kb d3 = kb_sub(kb_sub(kb_sub(at[3], at[2]), kb_sub(at[2], at[1])), d2);
    kb half = kb_inv(kb_from_u32(2)), sixth = kb_inv(kb_from_u32(6));
    /* at[0] + d1 x + d2 x (x - 1) / 2 + d3 x (x - 1) (x - 2) / 6 */
    kb c3 = kb_mul(d3, sixth), c2 = kb_sub(kb_mul(d2, half), kb_mul(d3, half));
    kb c1 = kb_add(kb_sub(d1, kb_mul(d2, half)), kb_mul(d3, kb_inv(kb_from_u32(3))));
    if (c3 == 0) return quadratic_roots(roots, c2, c1, at[0]);
    kb middle = kb_neg(kb_mul(c2, kb_inv(kb_mul(kb_from_u32(3), c3))));
    kb b = kb_add(c2, kb_mul(c3, middle)), c = kb_add(c1, kb_mul(b, middle));
    if (kb_add(at[0], kb_mul(c, middle)) != 0) return 0;
    u32 n = quadratic_roots(roots, c3, b, c);
    roots[n] = middle;
    return n + 1;
}

/* The least t >= 0 with low <= a t mod m <= high, where low <= high < m; m if there is none. */
static u64 first_multiple_in(u64 a, u64 m, u64 low, u64 high)
{
    if (low == 0) return 0;
    if (a == 0) return m;
    if (2 * a > m) return first_multiple_in(m - a, m, m - high, m - low);
    u64 t = (low + a - 1) / a;
    if (a * t <= high) return t;
    u64 k = first_multiple_in((a - m % a) % a, a, low % a, high % a);
    return k == a ? m : (low + m * k + a - 1) / a;
}

/* --- the attacker --------------------------------------------------------------------------------------- */

typedef struct {
    const table *table;
    row honest, row;
    bool is_foreign; /* `honest` breaks the table: its instruction is not for it */
    bool is_held[COLUMNS_MAX];
    u32 ignored, unlimited; /* what is ignored, and a column that nothing limits then */
} attack;

static u32 random_of(const u32 *list, u32 n) { return list[test_random_below(n)]; }

/* How many values a column may have: what its lookup asks for, else its type. */
static u64 column_size(const attack *a, u32 c)
{
    const table *t = a->table;
    u32 i = t->range_of[c];
    if (i && a->row.mults[i - 1] != 0) return UINT64_C(1) << u64_min(16, value_at(t, &a->row, i - 1, 1));
    return t->bits[c] ? UINT64_C(1) << t->bits[c] : KB_P;
}

/* Is what limits the column what is ignored? */
static bool is_unlimited(const attack *a, u32 c)
{
    const u32 n = a->table->shape->n_constraints;
    if (a->ignored == NOTHING) return false;
    if (a->ignored < n) return a->table->deps[a->ignored].n == 1 && a->table->deps[a->ignored].column[0] == c;
    const situ_air_interaction *m = message(a->table, a->ignored - n);
    for (u32 k = 0; k < situ_vm_system.buses[m->bus].width; k++) {
        const columns *deps = &a->table->deps[value_target(a->table, m->first_value + k)];
        if (deps->n == 1 && deps->column[0] == c) return true;
    }
    return false;
}

static bool is_fixed(const attack *a, u32 c)
{
    return a->table->is_input[c] && !is_unlimited(a, c) && !is_unlimited(a, a->table->partner[c]);
}

static bool may_be(const attack *a, u32 c, kb value)
{
    return is_unlimited(a, c) || kb_to_u32(value) < column_size(a, c) || test_random_below(32) == 0;
}

static void set(attack *a, u32 c, kb value)
{
    a->row.main[c] = value;
    a->is_held[c] = true;
}

/* Another value for a column, likely one that makes sense. */
static kb other_value(const attack *a, u32 c)
{
    const u64 size = is_unlimited(a, c) ? KB_P : column_size(a, c);
    const u32 now = kb_to_u32(a->row.main[c]);
    u64 v = now;
    if (size == 2) return kb_from_u32(now ^ 1);
    switch (test_random_below(size == KB_P ? 10 : 6)) {
    case 0: v = now + 1; break;
    case 1: v = now + size - 1; break;
    case 2:
        v = now ^ UINT64_C(1) << test_random_below(size == KB_P ? 16 : 63 - (u32)__builtin_clzll(size));
        break;
    case 3: v = test_random_edgy(size - 1); break;
    case 4: v = now + size / 2; break;
    case 5: v = test_random_below(size); break;
    case 6: v = test_random_below(4); break;
    case 7: v = test_random_edgy(65535); break;
    case 8: v = now + KB_P - (u64)65536; break;
    default: v = now + 65536; break;
    }
    return kb_from_u32((u32)(v % size));
}

/* The row with column c changed to each of 0..3, as a polynomial's values of what is to vanish. */
static void sample(const attack *a, const fault *f, u32 c, kb at[4])
{
    row probe = a->row;
    for (u32 i = 0; i < 4; i++) {
        probe.main[c] = kb_from_u32(i);
        eval(a->table, &probe);
        at[i] = kb_sub(target_of(a->table, &probe, f->target), f->goal);
    }
}

static u32 candidates_of(const attack *a, const fault *f, u32 list[DEPS_MAX])
{
    const columns *deps = &a->table->deps[f->target];
    u32 n = 0;
    for (u32 i = 0; i < deps->n; i++)
        if (!is_fixed(a, deps->column[i]) && !a->is_held[deps->column[i]]) list[n++] = deps->column[i];
    return n;
}

/* Repair by one column. */
static bool repair_by_one(attack *a, const fault *f)
{
    u32 list[DEPS_MAX], n = candidates_of(a, f, list), first = n ? (u32)test_random_below(n) : 0;
    for (u32 i = 0; i < n && i < 6; i++) {
        u32 c = list[(first + i) % n];
        kb at[4], roots[3];
        if (f->is_lookup && column_size(a, c) == 2 && !is_unlimited(a, c)) {
            set(a, c, kb_sub(kb_from_u32(1), a->row.main[c]));
            return true;
        }
        sample(a, f, c, at);
        u32 n_roots = roots_of(roots, at);
        if (n_roots == 0) continue;
        kb root = roots[test_random_below(n_roots)];
        if (!may_be(a, c, root)) continue;
        set(a, c, root);
        return true;
    }
    return false;
}

/* x as a walk: x = start + step * t for t < size are values for which a lookup of it holds. */
typedef struct {
    kb start, step;
    u64 size;
} walk;

static bool walk_of(const attack *a, u32 x, walk *w)
{
    const table *t = a->table;
    *w = (walk){0, kb_from_u32(1), column_size(a, x)};
    if (w->size < KB_P && !is_unlimited(a, x)) return true;
    for (u32 i = 0; i < t->shape->n_interactions; i++) {
        const u32 at = message(t, i)->first_value;
        const columns *deps = &t->deps[value_target(t, at)];
        if (message(t, i)->bus != SITU_VM_BUS_RANGE || ignored_message(t, i) == a->ignored) continue;
        if (a->row.mults[i] == 0 || !memchr(deps->column, (int)x, deps->n)) continue;
        kb at_x[4];
        sample(a, &(fault){value_target(t, at), 0, true}, x, at_x);
        kb slope = kb_sub(at_x[1], at_x[0]);
        if (slope == 0) continue;
        w->step = kb_inv(slope);
        w->start = kb_neg(kb_mul(at_x[0], w->step));
        w->size = UINT64_C(1) << u64_min(16, value_at(t, &a->row, i, 1));
        return true;
    }
    return false;
}

/* Repair by two columns of limited range, from a random place on. */
static bool repair_by_two(attack *a, const fault *f)
{
    u32 list[DEPS_MAX], n = candidates_of(a, f, list);
    if (n < 2) return false;
    u32 i = (u32)test_random_below(n), j = (u32)test_random_below(n - 1), x = list[i], y = list[j + (j >= i)];
    u64 y_size = column_size(a, y);
    walk w;
    kb along_x[4], along_y[4];
    if (y_size == KB_P || !walk_of(a, x, &w)) return false;
    const kb was = a->row.main[x];
    for (u64 from = test_random_below(w.size), again = 0; again < 2; again++, from = 0) {
        const kb x_0 = kb_add(w.start, kb_mul(w.step, kb_from_u32((u32)from)));
        a->row.main[x] = x_0;
        sample(a, f, x, along_x);
        sample(a, f, y, along_y);
        kb slope_x = kb_mul(kb_sub(along_x[1], along_x[0]), w.step), slope_y = kb_sub(along_y[1], along_y[0]);
        if (slope_x == 0 || slope_y == 0 || kb_sub(along_y[2], along_y[1]) != slope_y) break;
        /* y = y_0 + t step */
        kb per = kb_neg(kb_inv(slope_y));
        u64 y_0 = kb_to_u32(kb_mul(along_y[0], per)), step = kb_to_u32(kb_mul(slope_x, per));
        u64 low = (KB_P - y_0) % KB_P, high = low + y_size - 1;
        u64 t = high >= KB_P ? 0 : first_multiple_in(step, KB_P, low, high);
        if (t >= KB_P || from + t >= w.size) continue;
        set(a, x, kb_add(x_0, kb_mul(w.step, kb_from_u32((u32)t))));
        set(a, y, kb_from_u32((u32)((y_0 + t * step) % KB_P)));
        return true;
    }
    a->row.main[x] = was;
    return false;
}

/* From the row as it is, changed: a forgery? */
static bool pursue(attack *a)
{
    u32 n_failed = 0;
    for (u32 step = 0; step < 24 && n_failed < 4; step++) {
        eval(a->table, &a->row);
        faults f = judge(a->table, &a->honest, &a->row, a->ignored);
        if (f.n == 0)
            return a->is_foreign ? takes_part(a->table, &a->row) : says_other(a->table, &a->honest, &a->row);
        if (f.n > FAULTS_MAX) return false;
        const fault *one = &f.list[test_random_below(f.n)];
        bool is_by_two_first = test_random_below(4) == 0;
        bool is_repaired =
            (is_by_two_first && repair_by_two(a, one)) || repair_by_one(a, one) || repair_by_two(a, one);
        if (!is_repaired) n_failed++;
        /* What was changed may be changed again. */
        if (!is_repaired || test_random_below(4) == 0)
            a->is_held[random_of(a->table->free, a->table->n_free)] = false;
    }
    return false;
}

/* The same instruction and operands, seen another way: another operation, operand or decision of the same table. */
static deed donor_of(const deed *d, const u32 *ops, u32 n_ops)
{
    deed other = *d;
    const u32 op = random_of(ops, n_ops);
    situ_step *s = &other.step;
    if (situ_ops[op].format != situ_ops[d->insn.op].format) return other;
    other.insn.op = (u8)op;
    u64 *changed[] = {&s->rs1, &s->rs2, &s->mem_old, &other.insn.imm};
    if (situ_ops[op].family == SITU_FAMILY_SHIFT) other.insn.imm &= 31;
    switch ((situ_format)situ_ops[op].format) {
    case SITU_FORMAT_REG:
        if (test_random_below(2))
            *changed[test_random_below(2)] = operand_like(test_random_below(2) ? s->rs1 : s->rs2);
        s->rd_new = result_of(op, s->rs1, s->rs2);
        break;
    case SITU_FORMAT_IMM:
        if (test_random_below(2)) s->rs1 = operand_like(s->rs1);
        if (situ_ops[op].family == SITU_FAMILY_SHIFT && test_random_below(2))
            other.insn.imm = test_random_below(32);
        s->rd_new = result_of(op, s->rs1, other.insn.imm);
        break;
    case SITU_FORMAT_LOAD:
    case SITU_FORMAT_STORE: {
        u64 address = s->rs1 + d->insn.imm;
        if (test_random_below(2)) address += test_random_below(16) - 8;
        s->rs1 = address - d->insn.imm;
        s->extra_at = SITU_NO_EXTRA;
        do_memory(&other, address);
        break;
    }
    case SITU_FORMAT_BRANCH: s->rs2 = operand_like(s->rs1); break;
    default: break;
    }
    finish_deed(&other);
    return other;
}

/* --- divisions that are wrong but plausible ---
 * Claims about signs and zero, most of them true, a quotient and a remainder that fit modulo 2^(16 n) or not at all;
 * everything else follows. */

typedef struct {
    u64 a, b, q, r, d; /* |a|, |b|; q and r as written */
    u32 n, minus_a, minus_b, minus_q, minus_r, is_zero, unit;
} claim;

static bool mostly(bool is_true) { return is_true ^ (test_random_below(8) == 0); }

static u64 inverse_of(u64 odd)
{
    u64 x = odd;
    for (u32 i = 0; i < 6; i++) x *= 2 - odd * x;
    return x;
}

static claim random_claim(u64 a, u64 b, u32 n, bool is_signed)
{
    const u64 mask = n == 4 ? UINT64_MAX : UINT32_MAX, top = UINT64_C(1) << (16 * n - 1);
    claim c = {.n = n};
    a &= mask, b &= mask;
    c.minus_a = mostly(is_signed && (a & top));
    c.minus_b = mostly(is_signed && (b & top));
    c.is_zero = mostly(b == 0);
    c.a = (c.minus_a ? -a : a) & mask;
    /* What sums of limbs modulo p would let through. */
    u64 off = test_random_below(4) ? 0 : (u64)KB_P << 16 * test_random_below(n - 1);
    if (c.minus_b) off = 0;
    if (test_random_below(2)) off = -off;
    c.b = ((c.minus_b ? -b : b) + off) & mask;
    u64 q = c.b ? c.a / c.b : operand() & mask, r = c.a - q * c.b;
    switch (test_random_below(7)) {
    case 0: q += test_random_below(5) - 2, r = c.a - q * c.b; break;
    case 1:
        r = c.b ? operand() % c.b : operand();
        q = (c.a - r) * inverse_of(c.b | 1);
        break;
    case 2: q = 0, r = c.a; break;
    case 3: q = mask, r = c.a - q * c.b; break;
    case 4: q = operand(), r = c.a - q * c.b; break;
    case 5: r += (test_random_below(2) ? KB_P : -(u64)KB_P) << 16 * test_random_below(n - 1); break;
    default: break;
    }
    q &= mask, r &= mask;
    c.minus_q = mostly((c.minus_a ^ c.minus_b) && (q || c.is_zero));
    c.minus_r = mostly(c.minus_a && r);
    c.unit = mostly(!c.is_zero && (c.minus_b | c.minus_r));
    c.q = c.is_zero && test_random_below(4) ? mask : (c.minus_q ? -q : q) & mask;
    c.r = (c.minus_r ? -r : r) & mask;
    c.d = (c.minus_b ? ~b : b - c.unit + off) & mask;
    return c;
}

/* Into a row of div or divw, whose columns have the same names. */
#define CLAIM(r_, c_, n_)                                                                             \
    do {                                                                                              \
        const u64 mask_ = (n_) == 4 ? UINT64_MAX : UINT32_MAX;                                        \
        u64 sums_[8], q_ = ((c_)->q ^ -(u64)(c_)->minus_q) & mask_;                                   \
        u64 rest_ = ((c_)->r ^ -(u64)(c_)->minus_r) & mask_, a_ = ((c_)->a - (c_)->minus_a) & mask_;  \
        i64 carry_ = (i64)((c_)->minus_q & (c_)->unit) + (c_)->minus_r - (c_)->minus_a;               \
        (r_)->minus_a = (c_)->minus_a, (r_)->minus_b = (c_)->minus_b, (r_)->minus_q = (c_)->minus_q;  \
        (r_)->minus_r = (c_)->minus_r, (r_)->is_zero = (c_)->is_zero, (r_)->unit = (c_)->unit;        \
        for (u32 i_ = 0; i_ < 2 * (n_)-1; i_++) (r_)->d[i_] = (u32)((c_)->d >> 8 * i_) & 0xff;        \
        i32 top_ = (i32)((c_)->d >> (16 * (n_)-8) & 0xff);                                            \
        if ((r_)->is_signed) top_ = (top_ + 128) % 256;                                               \
        (r_)->d_top = (u32)top_;                                                                      \
        for (u32 i_ = 0; i_ < 2 * (n_); i_++) (r_)->q[i_] = (u32)((c_)->q >> 8 * i_) & 0xff;          \
        vm_limb_sums(sums_, q_, (c_)->d);                                                             \
        for (u32 k_ = 0; k_ < (n_); k_++) {                                                           \
            (r_)->r[k_] = vm_limb((c_)->r, k_);                                                       \
            carry_ += (i64)(sums_[k_] + (c_)->minus_q * vm_limb((c_)->d, k_) +                        \
                            (c_)->unit * vm_limb(q_, k_) + vm_limb(rest_, k_)) -                      \
                      vm_limb(a_, k_);                                                                \
            carry_ >>= 16;                                                                            \
            if (k_ < (n_)-1)                                                                          \
                (r_)->carry[k_] =                                                                     \
                    p_add((u32)(carry_ + 1 < 0), (u32)(carry_ + 1 < 0 ? KB_P - 2 : (u64)carry_ + 1)); \
        }                                                                                             \
        u64 unlike_ = ((c_)->d ^ rest_) & mask_;                                                      \
        u32 at_ = unlike_ ? u64_log2(unlike_) / 16 : 0;                                               \
        if (test_random_below(8) == 0) at_ = (u32)test_random_below(n_);                              \
        if ((c_)->is_zero) at_ = n_;                                                                  \
        for (u32 k_ = 0; k_ < (n_)-1; k_++) (r_)->differ[k_] = at_ == k_ + 1;                         \
        i64 excess_ = (i64)vm_limb((c_)->d, at_ & 3) - vm_limb(rest_, at_ & 3) - 1;                   \
        if (at_ == 0) excess_ += (i64)(c_)->unit - (c_)->minus_r;                                     \
        if (at_ == (n_)) excess_ = 0;                                                                 \
        (r_)->excess = excess_ < 0 ? p_sub(0, (u32)-excess_) : (u32)excess_;                          \
    } while (0)

static void claim_division(attack *a, const deed *d)
{
    u32 cells[COLUMNS_MAX];
    const u32 n_main = a->table->shape->n_main;
    for (u32 i = 0; i < n_main; i++) cells[i] = kb_to_u32(a->row.main[i]);
    if (a->table == table_at(SITU_VM_TABLE_DIV)) {
        situ_vm_div_row *r = (situ_vm_div_row *)cells;
        claim c = random_claim(d->step.rs1, d->step.rs2, 4, r->is_signed);
        CLAIM(r, &c, 4);
    } else {
        situ_vm_divw_row *r = (situ_vm_divw_row *)cells;
        claim c = random_claim(d->step.rs1, d->step.rs2, 2, r->is_signed);
        CLAIM(r, &c, 2);
        r->sign = (u32)((r->remainder ? c.r : c.q) >> 31) & 1;
    }
    for (u32 i = 0; i < n_main; i++) a->row.main[i] = kb_from_u32(cells[i]);
}

/* Solve a constraint in another way, if there is one. */
static void solve_otherwise(attack *a)
{
    eval(a->table, &a->row);
    for (u32 i = 0; i < 8; i++) {
        const fault f = {(u32)test_random_below(a->table->shape->n_constraints), 0, false};
        if (repair_by_two(a, &f)) return;
    }
}

static void change(attack *a, const deed *d, const u32 *ops, u32 n_ops)
{
    const table *t = a->table;
    u32 n_changes = 1 + (u32)test_random_below(3);
    a->row = a->honest;
    memset(a->is_held, 0, sizeof a->is_held);
    bool is_division = a->table == table_at(SITU_VM_TABLE_DIV) || a->table == table_at(SITU_VM_TABLE_DIVW);
    if (d && is_division && test_random_below(3)) {
        claim_division(a, d);
        n_changes = (u32)test_random_below(2);
    } else if (d && test_random_below(3) == 0) {
        deed other = donor_of(d, ops, n_ops);
        row r;
        if (other.table == t) {
            fill_row(&other, &r);
            u64 some = test_random_below(2) ? UINT64_MAX : test_random();
            for (u32 i = 0; i < t->n_free; i++)
                if (some >> i % 64 & 1) a->row.main[t->free[i]] = r.main[t->free[i]];
            n_changes = (u32)test_random_below(3);
        }
    }
    if (test_random_below(4) == 0) {
        solve_otherwise(a);
        n_changes = (u32)test_random_below(2);
    }
    u32 near = (u32)test_random_below(t->n_free);
    for (u32 i = 0; i < n_changes; i++) {
        u32 c = random_of(t->free, t->n_free);
        if (t->n_result && test_random_below(2)) c = random_of(t->result, t->n_result);
        if (test_random_below(2)) c = t->free[(near + test_random_below(8)) % t->n_free];
        if (a->unlimited != NOTHING && test_random_below(4) == 0) c = a->unlimited;
        if (test_random_below(4))
            set(a, c, other_value(a, c));
        else
            a->row.main[c] = other_value(a, c);
    }
}

/* The operations whose instructions can be rows of a table. */
static u32 operations_of(u32 index, u32 ops[SITU_OPS_COUNT])
{
    u32 n = 0;
    for (u32 op = 0; op < SITU_OP_ECALL; op++) {
        for (u32 k = 0; k < 64; k++) {
            if (random_deed(op).table != table_at(index)) continue;
            ops[n++] = op;
            break;
        }
    }
    return n;
}

enum { TRIES_PER_ROW = 40 };

static bool is_misaligned(u32 index)
{
    return index == SITU_VM_TABLE_LOAD_MISALIGNED || index == SITU_VM_TABLE_STORE_MISALIGNED;
}

static bool is_for_shifts(u32 index)
{
    return index >= SITU_VM_TABLE_SHIFT && index <= SITU_VM_TABLE_SHIFTIW;
}

/* An instruction for a table.  Now and then, and often if a flag of the table may be anything, one that is not: another
 * operation, or a load or store that belongs to another table or goes where no word is.  It is filled as if it were, and
 * any row that holds is a forgery. */
static deed deed_for(u32 index, const u32 *ops, u32 n_ops, bool is_flag_free)
{
    deed d;
    const u32 op = random_of(ops, n_ops);
    if (test_random_below(is_flag_free ? 2 : 6) == 0) {
        u32 other = (u32)test_random_below(SITU_OP_ECALL);
        d = deed_at(other, random_address());
        d.fill = fills[index];
        d.table = table_at(index);
        if (!situ_ops[op].bytes && !(is_for_shifts(index) && d.insn.imm > 63)) return d;
    }
    if (situ_ops[op].bytes && test_random_below(is_flag_free ? 2 : 3) == 0) {
        u32 other = op;
        while (test_random_below(3) == 0)
            other = (u32)(SITU_OP_LB + test_random_below(SITU_OP_BEQ - SITU_OP_LB));
        if (situ_ops[other].format != situ_ops[op].format) other = op;
        d = deed_at(other, test_random_below(4) ? random_address() : test_random_below(SITU_REGS * 8));
        d.fill = fills[index];
        d.table = table_at(index);
        if (!is_misaligned(index) || SITU_KEY_ADDRESS(d.step.mem_key) * 8 != (u32)(d.step.rs1 + d.insn.imm))
            return d;
    }
    do d = random_deed(random_of(ops, n_ops));
    while (d.table != table_at(index));
    return d;
}

/* What is fetched is what the program has, and it is fetched, whatever the row was filled with. */
static void know_program(attack *a, const deed *d)
{
    const u32 *program = (const u32 *)&d->program, n = a->table->shape->n_constraints;
    const columns *flags = NULL;
    for (u32 i = 0; i < a->table->shape->n_interactions; i++) {
        const situ_air_interaction *m = message(a->table, i);
        if (is_lookup(m->bus)) continue;
        if (m->bus == SITU_VM_BUS_EXECUTION) flags = &a->table->deps[n + i];
        for (u32 k = 0; m->bus == SITU_VM_BUS_PROGRAM && k < sizeof d->program / sizeof(u32); k++)
            a->honest.values[m->first_value + k] = kb_from_u32(program[k]);
        if (flags && memcmp(flags, &a->table->deps[n + i], sizeof *flags) == 0)
            a->honest.mults[i] = m->is_receive ? kb_neg(kb_from_u32(1)) : kb_from_u32(1);
    }
}

/* Look for a forgery for so many tries, at honest rows or at padding. */
static bool attack_table(u32 index, u32 ignored, u64 n_tries, bool is_padding, attack *a)
{
    u32 ops[SITU_OPS_COUNT], n_ops = operations_of(index, ops);
    deed d = {.insn = {0}};
    *a = (attack){.table = table_at(index), .ignored = ignored, .unlimited = NOTHING};
    for (u32 c = 0; c < a->table->shape->n_main; c++)
        if (is_unlimited(a, c)) a->unlimited = c;
    bool is_flag_free = a->unlimited != NOTHING && a->table->type[a->unlimited] == SITU_AIR_BIT;
    for (u64 i = 0; i < n_tries; i++) {
        if (i % TRIES_PER_ROW == 0 && !is_padding) {
            d = deed_for(index, ops, n_ops, is_flag_free);
            fill_row(&d, &a->honest);
            a->row = a->honest;
            know_program(a, &d);
            a->is_foreign =
                !is_instruction(a->table, &a->row) || judge(a->table, &a->honest, &a->row, NOTHING).n != 0;
        } else if (i == 0) {
            memset(a->honest.main, 0, sizeof a->honest.main);
            eval(a->table, &a->honest);
        }
        change(a, is_padding ? NULL : &d, ops, n_ops);
        if (pursue(a)) return true;
    }
    return false;
}

static void show(const attack *a)
{
    for (u32 i = 0; i < a->table->prover->n_columns_named; i++) {
        const situ_air_column *c = &a->table->prover->columns[i];
        for (u32 k = 0; k < c->n; k++) {
            kb is = a->row.main[c->first + k], was = a->honest.main[c->first + k];
            fprintf(stderr, "  %s[%u] = %u%s", c->name, k, kb_to_u32(is), is == was ? "\n" : "");
            if (is != was) fprintf(stderr, ", honest %u\n", kb_to_u32(was));
        }
    }
}

/* --- calls of accelerators ---
 * Rows of a run: of the calls, and of the elements and tiles that they sum.  What is received, also from another table, is as it is
 * there; so each row is attacked by itself.  (Rows of BLAKE3's rounds have more columns than a search like this one can solve
 * for.) */

enum { CALLS = 40, CALL_ROWS_MAX = 256 };

static const u32 call_tables[] = {SITU_VM_TABLE_BLAKE3,   SITU_VM_TABLE_K_MULADD,
                                  SITU_VM_TABLE_K_HORNER, SITU_VM_TABLE_K_HORNER_ELEMENT,
                                  SITU_VM_TABLE_F_HORNER, SITU_VM_TABLE_F_HORNER_TILE};

typedef struct {
    u32 n;
    row rows[CALL_ROWS_MAX];
} call_rows;

static void call(guest_asm *g, u64 number, const u64 a[6])
{
    for (u32 i = 0; i < 6; i++) asm_li(g, X_A0 + i, a[i]);
    asm_li(g, X_A7, number);
    asm_at(g, situ_ops[SITU_OP_ECALL].match);
}

/* Words below p: at edges; zeros; and those of which W + p has an upper or a lower limb that is 0. */
static u32 call_word(u32 i)
{
    static const u32 few[] = {0, 1, 0xffff, 0x1ffff, 0x2ffff, 5, 0xfffe, 0x10000};
    return i < 160 ? (u32)test_random_edgy(KB_P - 1) : i < 224 ? 0 : few[test_random_below(8)];
}

/* Random calls on these, operands apart or overlapping. */
static witness_run *run_calls(void)
{
    static guest_asm g;
    enum { WORDS = 512 };
    g.n_code = 0;
    g.n_data = 4 * WORDS;
    for (u32 i = 0; i < WORDS; i++) {
        const u32 w = call_word(i);
        memcpy(g.data + 4 * i, &w, 4);
    }
    for (u32 i = 0; i < 4 * CALLS; i++) {
        static const u64 numbers[4] = {SITU_ECALL_BLAKE3, SITU_ECALL_K_MULADD, SITU_ECALL_K_HORNER,
                                       SITU_ECALL_F_HORNER};
        const u64 number = numbers[i % 4];
        u64 a[6];
        for (u32 k = 0; k < 6; k++) a[k] = ASM_DATA + 8 * test_random_below(128);
        a[0] = ASM_DATA + 8 * (140 + test_random_below(40)); /* what is read stays as it is */
        if (i % 4 >= 2) a[2] = 1 + test_random_below(4);
        if (i % 4 == 0) { /* digests are not below p: at the end */
            a[0] = ASM_DATA + 4 * WORDS - 32;
            a[4] = test_random() & UINT64_C(0x0000007f0000007f);
            a[5] = test_random() >> test_random_below(64);
        }
        call(&g, number, a);
    }
    asm_exit(&g, 0);
    return witness_open(asm_load(&g), NULL, 0, 1 << 14);
}

static const call_rows *rows_of_calls(u32 index)
{
    static call_rows all[SITU_VM_TABLES];
    static witness_run *run;
    call_rows *list = &all[index];
    const table *t = table_at(index);
    if (list->n) return list;
    if (!run) run = run_calls();
    list->n = (u32)u64_min(run->witness.n_rows[index], CALL_ROWS_MAX);
    CHECK(list->n > 1);
    for (u32 i = 0; i < list->n; i++) {
        const u32 *cells = witness_row(run, index, i);
        for (u32 c = 0; c < t->shape->n_main; c++) list->rows[i].main[c] = kb_from_u32(cells[c]);
        eval(t, &list->rows[i]);
    }
    return list;
}

/* Make of an honest row what no run has: a pointer that is misaligned or goes to where registers would be, a count of 0, an
 * element that is not below p.  False where the column is none of these. */
static bool spoil(const situ_air_column *c, kb *cells)
{
    u32 v[2] = {kb_to_u32(cells[0]), c->n > 1 ? kb_to_u32(cells[1]) : 0};
    if (fnmatch("*.value", c->name, 0) == 0 && c->n == 2) { /* limbs of a pointer */
        const bool is_read_elsewhere = strcmp(c->name, "first_at.value") == 0;
        if (is_read_elsewhere || test_random_below(2))
            v[0] += 1 + (u32)test_random_below(7);
        else
            v[0] = 8 * (u32)test_random_below(SITU_REGS), v[1] = 0;
        cells[1] = kb_from_u32(v[1]);
    } else if (strcmp(c->name, "n.value") == 0) {
        v[0] = 0;
    } else if (strcmp(c->name, "e.limb") == 0) {
        cells += 2 * test_random_below(c->n / 2);
        const u32 w = kb_to_u32(cells[0]) + 65536 * kb_to_u32(cells[1]) + KB_P;
        v[0] = w & 0xffff;
        cells[1] = kb_from_u32(w >> 16);
    } else {
        return false;
    }
    cells[0] = kb_from_u32(v[0]);
    return true;
}

static void start_call(attack *a, const call_rows *list)
{
    const table *t = a->table;
    a->honest = list->rows[test_random_below(list->n)];
    a->is_foreign = false;
    for (u32 i = 0; i < 64 && !a->is_foreign && test_random_below(32); i++) {
        const situ_air_column *c = &t->prover->columns[test_random_below(t->prover->n_columns_named)];
        a->is_foreign = spoil(c, a->honest.main + c->first);
    }
    eval(t, &a->honest);
}

static bool attack_calls(u32 index, u32 ignored, u64 n_tries, attack *a)
{
    const call_rows *list = rows_of_calls(index);
    *a = (attack){.table = table_at(index), .ignored = ignored, .unlimited = NOTHING};
    const table *t = a->table;
    for (u32 c = 0; c < t->shape->n_main; c++)
        if (is_unlimited(a, c)) a->unlimited = c;
    for (u64 i = 0; i < n_tries; i++) {
        if (i % TRIES_PER_ROW == 0) start_call(a, list);
        change(a, NULL, NULL, 0);
        if (test_random_below(3) == 0) { /* some of what another row says */
            const row *other = &list->rows[test_random_below(list->n)];
            const u64 some = test_random_below(2) ? UINT64_MAX : test_random();
            for (u32 k = 0; k < t->n_free; k++)
                if (some >> k % 64 & 1) a->row.main[t->free[k]] = other->main[t->free[k]];
        }
        if (pursue(a)) return true;
    }
    return false;
}

/* --- tests ---------------------------------------------------------------------------------------------- */

enum { FIRST_TABLE = SITU_VM_TABLE_ADD, TABLES_END = SITU_VM_TABLE_DIVW + 1 };

/* A message: bus, whether it is received, values. */
typedef struct {
    u32 bus, is_receive, v[16];
} said;

static void expect(said *list, u32 *n, u32 bus, bool is_receive, u32 n_values, const u32 *values)
{
    said *m = &list[(*n)++];
    *m = (said){.bus = bus, .is_receive = is_receive};
    memcpy(m->v, values, n_values * sizeof *values);
}

static void expect_access(said *list, u32 *n, u32 key, u64 old, u64 new, u32 old_time, u32 time)
{
    u32 m[7] = {SITU_KEY_SPACE(key), SITU_KEY_ADDRESS(key)};
    vm_limbs4(m + 2, old);
    m[6] = old_time;
    expect(list, n, SITU_VM_BUS_MEMORY, true, 7, m);
    vm_limbs4(m + 2, new);
    m[6] = time;
    expect(list, n, SITU_VM_BUS_MEMORY, false, 7, m);
}

/* What the row of an instruction must say, by its format. */
static u32 expected(const deed *d, said list[16])
{
    const situ_step *s = &d->step;
    const u32 format = situ_ops[d->insn.op].format;
    u32 n = 0, m[2] = {d->insn.pc / 4, s->time};
    expect(list, &n, SITU_VM_BUS_EXECUTION, true, 2, m);
    m[0] = (u32)(next_of(d) / 4);
    m[1] += SITU_UNITS;
    expect(list, &n, SITU_VM_BUS_EXECUTION, false, 2, m);
    expect(list, &n, SITU_VM_BUS_PROGRAM, true, sizeof d->program / sizeof(u32), (const u32 *)&d->program);
    if (format != SITU_FORMAT_CONST && format != SITU_FORMAT_JAL)
        expect_access(list, &n, d->insn.rs1, s->rs1, s->rs1, s->rs1_time, s->time + SITU_SLOT_RS1);
    if (format == SITU_FORMAT_REG || format == SITU_FORMAT_STORE || format == SITU_FORMAT_BRANCH)
        expect_access(list, &n, d->insn.rs2, s->rs2, s->rs2, s->rs2_time, s->time + SITU_SLOT_RS2);
    if (situ_ops[d->insn.op].bytes)
        expect_access(list, &n, s->mem_key, s->mem_old, s->mem_new, s->mem_time, s->time + SITU_SLOT_MEM);
    if (s->extra_at != SITU_NO_EXTRA)
        expect_access(list, &n, d->upper.key, d->upper.old, d->upper.new, d->upper.old_time, d->upper.time);
    if (format != SITU_FORMAT_STORE && format != SITU_FORMAT_BRANCH)
        expect_access(list, &n, d->insn.rd, s->rd_old, s->rd_new, s->rd_time, s->time + SITU_SLOT_RD);
    return n;
}

/* Each expected message is said once, and no other. */
static void check_said(const deed *d, const row *r)
{
    said list[16], one;
    u32 n = expected(d, list);
    for (u32 i = 0; i < d->table->shape->n_interactions; i++) {
        const situ_air_interaction *m = message(d->table, i);
        if (is_lookup(m->bus) || r->mults[i] == 0) continue;
        CHECK_EQ(kb_to_u32(r->mults[i]), m->is_receive ? KB_P - 1 : 1);
        one = (said){.bus = m->bus, .is_receive = m->is_receive};
        for (u32 k = 0; k < situ_vm_system.buses[m->bus].width; k++) one.v[k] = value_at(d->table, r, i, k);
        u32 at = 0;
        while (at < n && memcmp(&list[at], &one, sizeof one) != 0) at++;
        if (at == n)
            test_fail(__FILE__, __LINE__, "%s says what it should not",
                      d->table->prover->interaction_names[i]);
        list[at] = list[--n];
    }
    CHECK_EQ(n, 0);
}

/* Every operation, at many operands: all constraints hold, all lookups are in the tables, and what is said is right. */
TEST(honest_rows)
{
    for (u32 op = 0; op < SITU_OP_ECALL; op++) {
        for (u64 i = 0; i < test_runs(20000); i++) {
            row r;
            deed d = random_deed(op);
            CHECK(fill_row(&d, &r));
            faults f = judge(d.table, &r, &r, NOTHING);
            if (f.n)
                test_fail(__FILE__, __LINE__, "an honest %s breaks target %u of %s", situ_ops[op].mnemonic,
                          f.list[0].target, d.table->shape->name);
            check_said(&d, &r);
        }
    }
}

TEST(no_forgeries)
{
    for (u32 index = FIRST_TABLE; index < TABLES_END; index++) {
        attack a;
        for (u32 is_padding = 0; is_padding < 2; is_padding++) {
            if (!attack_table(index, NOTHING, test_runs(is_padding ? 500 : 4000), is_padding, &a)) continue;
            show(&a);
            test_fail(__FILE__, __LINE__, "a forged row of %s passes", a.table->shape->name);
        }
    }
}

/* What the attacker is not asked to find when it is ignored. */
static const char *const not_asked[] = {
    /* Implied by others: types that the compiler wants to see. */
    "load_misaligned.two.bit",
    "load_misaligned.ro?1?.bit", /* the register space has words only where the lower word is unmapped */
    "load_misaligned.result*.range",
    "store_misaligned.two.bit",
    "store_misaligned.new*.range",
    "logici.sign.bit",
    "logici.result_high*.range",
    "mul.sign",          /* result[1] has no room for another */
    "div*.unit_of_zero", /* b = 0 leaves D = -1 then, and D + unit is 0 again */
    "mul.is_mul.bit",
    "mul.is_mulw.bit",
    /* Multiplicities must be bits: without, the compiler refuses the table. */
    "*.real.bit",
    /* Flags that only rare instructions at rare operands could abuse. */
    "add.is_sub.bit",
    "addw.is_subw.bit",
    "slt*.is_unsigned.bit",
    "branch_equal.is_bne.bit",
    "load_word.is_unsigned.bit",
    "load_word.ro.bit",
    "load_narrow.half.bit",
    "load_narrow.is_unsigned.bit",
    "load_narrow.ro.bit",
    "store_narrow.half.bit",
    "load_misaligned.is_l*.bit",
    "load_misaligned.sign.bit",
    "load_misaligned.ro?0?.bit",
    "store_misaligned.is_s?.bit",
    "*_misaligned.offset*.bit",
    "load_misaligned.high*",
    "logici.is_*.bit",
    "shift*.s??.bit",
    "mulh.is_*.bit",
    "div*.bit",
    /* Rows that exist, or may, at few operands only: left to the families' own forgeries. */
    "shift*.amount.bits*.bit",
    "shift*.amount.*_15",
    "shift*.x.*_15*",
    "shift*.x.carry*",
    "mulh.carry*.range",
    "mulh.a.receive.byte*",
    "mulh.b.receive.byte*",
    "mulh.limb*",
    "div*.complement*",
    "div*.d_bytes*",
    "*.check*.top.bit",
    /* The register space has words only where the other words of the operand are unmapped. */
    "blake3.*.read_only*.bit",
    "k_*.read_only*.bit",
    "f_horner*.read_only*.bit",
    /* Tiles hand on what they are given: in a call's row alone nothing says what comes back. */
    "f_horner.x2*",
    "f_horner.x3*",
};

static bool is_asked(const char *name)
{
    for (u32 i = 0; i < SITU_ARRAY_LEN(not_asked); i++)
        if (fnmatch(not_asked[i], name, 0) == 0) return false;
    return true;
}

/* Whatever else is ignored, it finds a forgery. */
TEST(everything_counts)
{
    for (u32 index = FIRST_TABLE; index < TABLES_END; index++) {
        const table *t = table_at(index);
        const u32 n = t->shape->n_constraints;
        attack a;
        for (u32 ignored = 0; ignored < n + t->shape->n_interactions; ignored++) {
            if (ignored >= n && !is_lookup(message(t, ignored - n)->bus)) continue;
            const char *name = ignored < n ? t->prover->constraint_names[ignored]
                                           : t->prover->interaction_names[ignored - n];
            if (is_asked(name) && !attack_table(index, ignored, test_runs(200000), false, &a))
                test_fail(__FILE__, __LINE__, "nothing is found when %s is ignored", name);
        }
    }
}

TEST(honest_calls)
{
    for (u32 i = 0; i < SITU_ARRAY_LEN(call_tables); i++) {
        const table *t = table_at(call_tables[i]);
        const call_rows *list = rows_of_calls(call_tables[i]);
        for (u32 k = 0; k < list->n; k++) {
            faults f = judge(t, &list->rows[k], &list->rows[k], NOTHING);
            if (f.n)
                test_fail(__FILE__, __LINE__, "an honest row breaks target %u of %s", f.list[0].target,
                          t->shape->name);
        }
    }
}

TEST(no_forgeries_of_calls)
{
    for (u32 i = 0; i < SITU_ARRAY_LEN(call_tables); i++) {
        attack a;
        if (!attack_calls(call_tables[i], NOTHING, test_runs(4000), &a)) continue;
        show(&a);
        test_fail(__FILE__, __LINE__, "a forged row of %s passes", a.table->shape->name);
    }
}

TEST(everything_counts_in_calls)
{
    for (u32 i = 0; i < SITU_ARRAY_LEN(call_tables); i++) {
        const table *t = table_at(call_tables[i]);
        const u32 n = t->shape->n_constraints;
        attack a;
        for (u32 ignored = 0; ignored < n + t->shape->n_interactions; ignored++) {
            if (ignored >= n && !is_lookup(message(t, ignored - n)->bus)) continue;
            const char *name = ignored < n ? t->prover->constraint_names[ignored]
                                           : t->prover->interaction_names[ignored - n];
            if (is_asked(name) && !attack_calls(call_tables[i], ignored, test_runs(200000), &a))
                test_fail(__FILE__, __LINE__, "nothing is found when %s is ignored", name);
        }
    }
}

TEST_MAIN()
