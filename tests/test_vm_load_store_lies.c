/* Loads and stores as tables: what a lying prover could try, and what catches it. */
#include "tests/air_forgery.h"
#include "tests/vm/load_store_guest.h"
#include "tests/vm/witness_lie.h"

#define MINUS_1 (KB_P - 1)

/* --- rows: every constraint alone catches a lie --------------------------------------------------------- */

static witness_run *run;
static forgery_table table;

/* The guest's run, and what `name` demands of a row. */
static void open_table(const char *name)
{
    run = finish();
    table = forgery_open(&situ_vm_prover, name);
}

static void close_table(void)
{
    forgery_close(&table);
    witness_close(run);
}

/* Row `row` of the table holds; copies of it are what HONEST and LIE change. */
#define ROWS_LIKE(type, index, row)                      \
    typedef type row_type;                               \
    const row_type *like = witness_row(run, index, row); \
    forgery_honest(&table, (const u32 *)(const void *)like)

static void must_catch(const void *cells, const char *constraint)
{
    char family[128];
    snprintf(family, sizeof family, "%s.%s", table.shape->name, constraint);
    forgery_must(&table, cells, family);
}

#define LIE(constraint, ...)        \
    do {                            \
        row_type f = *like;         \
        __VA_ARGS__;                \
        must_catch(&f, constraint); \
    } while (0)

/* Lies about `real`, and about the address: the word that they tell of is another. */
#define LIES_OF_REAL LIE("real.bit", f.real = 2; f.imm += 2048)
#define LIES_OF_ADDRESS                                              \
    do {                                                             \
        LIE("word.carry", f.word.low++);                             \
        LIE("word.carry", f.base.value[0]++);                        \
        LIE("word.carry", f.word.low = p_sub(f.word.low, 3 * 8192)); \
        LIE("word.carry", f.word.low = p_add(f.word.low, 3 * 8192)); \
    } while (0)

TEST(load_rows)
{
    start();
    load(SITU_OP_LD, ASM_DATA + 8, 16);
    open_table("load");
    ROWS_LIKE(situ_vm_load_row, SITU_VM_TABLE_LOAD, 1);
    LIES_OF_REAL;
    LIES_OF_ADDRESS;
    LIE("ro.bit", f.ro = 2);
    forgery_all_owned(&table);
    close_table();
}

TEST(store_rows)
{
    start();
    store(SITU_OP_SD, 5, ASM_DATA + 8, 16);
    open_table("store");
    ROWS_LIKE(situ_vm_store_row, SITU_VM_TABLE_STORE, 0);
    LIES_OF_REAL;
    LIES_OF_ADDRESS;
    forgery_all_owned(&table);
    close_table();
}

TEST(load_word_rows)
{
    start();
    load(SITU_OP_LW, ASM_DATA + 8, 16);
    open_table("load_word");
    ROWS_LIKE(situ_vm_load_word_row, SITU_VM_TABLE_LOAD_WORD, 0);
    LIES_OF_REAL;
    LIES_OF_ADDRESS;
    LIE("ro.bit", f.ro = 2);
    LIE("is_unsigned.bit", f.is_unsigned = 2; f.sign = 0);
    LIE("high.bit", f.high = 2; f.base.value[0] += 8);
    LIE("sign.bit", f.sign = 2);
    LIE("unsigned", f.is_unsigned = f.sign = 1);
    forgery_all_owned(&table);
    close_table();
}

TEST(store_word_rows)
{
    start();
    store(SITU_OP_SW, 5, ASM_DATA + 8, 16);
    open_table("store_word");
    ROWS_LIKE(situ_vm_store_word_row, SITU_VM_TABLE_STORE_WORD, 0);
    LIES_OF_REAL;
    LIES_OF_ADDRESS;
    LIE("high.bit", f.high = 2; f.base.value[0] += 8);
    forgery_all_owned(&table);
    close_table();
}

/* From here on the word is zero, so that wrong places alone change nothing. */
static void start_zero(void)
{
    start();
    memset(g.data, 0, 64);
}

TEST(load_narrow_rows)
{
    start_zero();
    load(SITU_OP_LB, ASM_DATA + 16, 4);
    open_table("load_narrow");
    ROWS_LIKE(situ_vm_load_narrow_row, SITU_VM_TABLE_LOAD_NARROW, 0);
    LIES_OF_REAL;
    LIES_OF_ADDRESS;
    LIE("ro.bit", f.ro = 2);
    LIE("half.bit", f.half = MINUS_1; f.odd = 1; f.base.value[0]++);
    LIE("odd.bit", f.odd = MINUS_1; f.half = 1; f.base.value[0]--);
    LIE("even.bit", f.half = f.odd = 1; f.base.value[0]++); /* LH at an odd place */
    LIE("is_unsigned.bit", f.is_unsigned = 2);
    LIE("at_limb.bit", f.at_limb[0] = 2; f.base.value[0] += 4);
    LIE("at_limb.bit", f.at_limb[1] = 2; f.base.value[0] += 8);
    LIE("sign.bit", f.sign = 2);
    LIE("unsigned", f.is_unsigned = f.sign = 1);
    LIE("limb", f.top = 1);
    LIE("limb", f.other = 1);
    forgery_all_owned(&table);
    close_table();
}

TEST(store_narrow_rows)
{
    start_zero();
    store(SITU_OP_SB, 0x3434, ASM_DATA + 16, 4);
    open_table("store_narrow");
    ROWS_LIKE(situ_vm_store_narrow_row, SITU_VM_TABLE_STORE_NARROW, 0);
    LIES_OF_REAL;
    LIES_OF_ADDRESS;
    LIE("half.bit", f.half = MINUS_1; f.odd = 1; f.base.value[0]++; f.new[0] = 0; f.new[1] = 0x34);
    LIE("odd.bit", f.odd = MINUS_1; f.half = 1; f.base.value[0]--; f.new[1] = 0x34);
    LIE("even.bit", f.half = f.odd = 1; f.base.value[0]++; f.new[1] = 0x34); /* SH at an odd place */
    LIE("later.bit", f.later[0] = MINUS_1; f.later[1] = 1; f.base.value[0] += 2);
    LIE("later.bit", f.later[1] = MINUS_1; f.later[0] = 1; f.base.value[0] -= 2);
    LIE("later.bit", f.later[2] = MINUS_1; f.later[0] = 1; f.base.value[0] -= 4);
    LIE("first.bit", f.later[0] = f.later[1] = 1; f.base.value[0] += 6); /* two limbs at once */
    LIE("source", f.new[0]++);
    LIE("source", f.unused++);
    LIE("half", f.half = 1; f.new[1] = 0x33);
    LIE("kept", f.new[1] = 1); /* the limb's other byte */
    LIE("kept", f.gone = 1);
    forgery_all_owned(&table);
    close_table();
}

/* All but `redundant`: its column equals an expression that is a bit already, which the compiler does not see. */
static void all_owned_but(const char *redundant)
{
    for (u32 i = 0; i < table.shape->n_constraints; i++)
        if (strcmp(table.prover->constraint_names[i], redundant) == 0) table.owned[i] = true;
    forgery_all_owned(&table);
}

/* Offsets that are no bits but add up to one place. */
#define LIES_OF_OFFSETS                                                                               \
    do {                                                                                              \
        for (u32 i = 0; i < 7; i++)                                                                   \
            LIE("offset.bit", f.offset[0] = 0; f.offset[i] = MINUS_1; f.offset[(i + 1) % 7] = 1;      \
                f.offset[(i + 2) % 7] = 1; f.base.value[0] += (i + 1) % 7 + (i + 2) % 7 + 1 - i - 1); \
        LIE("offset", f.offset[1] = 1; f.base.value[0] += 2);                                         \
        LIE("offset", f.offset[0] = 0; f.base.value[0] -= 1);                                         \
    } while (0)

TEST(load_misaligned_rows)
{
    start_zero();
    load(SITU_OP_LD, ASM_DATA + 17, 4);
    open_table("load_misaligned");
    ROWS_LIKE(situ_vm_load_misaligned_row, SITU_VM_TABLE_LOAD_MISALIGNED, 0);
    LIES_OF_ADDRESS;
    LIES_OF_OFFSETS;
    LIE("ro.bit", f.ro[0] = 2);
    LIE("ro.bit", f.ro[1] = 2);
    LIE("is_lh.bit", f.is_lh = MINUS_1; f.is_lhu = 1);
    LIE("is_lhu.bit", f.is_lhu = MINUS_1; f.is_lh = 1);
    LIE("is_lw.bit", f.is_lw = MINUS_1; f.is_lwu = 1);
    LIE("is_lwu.bit", f.is_lwu = MINUS_1; f.is_lw = 1);
    LIE("is_ld.bit", f.is_ld = MINUS_1; f.is_lh = f.is_lhu = 1; f.offset[0] = 0; f.offset[6] = 1;
        f.base.value[0] += 6);
    LIE("real.bit", f.is_lh = 1; f.offset[1] = 1; f.base.value[0] += 2; f.imm += 2048);
    LIE("sign.bit", f.sign = 2);
    LIE("two", f.two = 0);
    LIE("two", memset(&f, 0, sizeof f); f.two = 1); /* padding that accesses memory */
    LIE("two", f.is_ld = 0; f.is_lw = 1);           /* a second word that LW does not have here */
    for (u32 k = 0; k < 4; k++) LIE("result", f.result[k] = 1);
    LIE("result", f.is_ld = f.two = 0; f.is_lw = 1; f.result[1] = 1);
    for (u32 k = 1; k < 4; k++) LIE("fill", f.is_ld = f.two = 0; f.is_lh = 1; f.result[k] = 1);
    for (u32 k = 2; k < 4; k++) LIE("fill", f.is_ld = f.two = 0; f.is_lwu = 1; f.result[k] = 65535);
    all_owned_but("load_misaligned.two.bit");
    close_table();
}

TEST(store_misaligned_rows)
{
    start_zero();
    store(SITU_OP_SD, 0, ASM_DATA + 17, 4);
    open_table("store_misaligned");
    ROWS_LIKE(situ_vm_store_misaligned_row, SITU_VM_TABLE_STORE_MISALIGNED, 0);
    LIES_OF_ADDRESS;
    LIES_OF_OFFSETS;
    LIE("is_sh.bit", f.is_sh = MINUS_1; f.is_sw = 1);
    LIE("is_sw.bit", f.is_sw = MINUS_1; f.is_sh = 1);
    LIE("is_sd.bit", f.is_sd = MINUS_1; f.is_sh = f.is_sw = 1; f.offset[0] = 0; f.offset[6] = 1;
        f.base.value[0] += 6);
    LIE("real.bit", f.is_sh = 1; f.offset[1] = 1; f.base.value[0] += 2; f.imm += 2048);
    LIE("two", f.two = 0);
    LIE("two", memset(&f, 0, sizeof f); f.two = 1);
    LIE("two", f.is_sd = 0; f.is_sw = 1);
    for (u32 k = 0; k < 8; k++) LIE("new", f.new[k] = 1);
    all_owned_but("store_misaligned.two.bit");
    close_table();
}

/* --- messages ------------------------------------------------------------------------------------------- */

/* The first and second value of a message of the row just evaluated, and how often it is sent. */
static const kb *message_of(const char *name, kb *mult)
{
    for (u32 i = 0; i < table.shape->n_interactions; i++) {
        if (strcmp(table.prover->interaction_names[i] + strlen(table.shape->name) + 1, name) != 0) continue;
        if (mult) *mult = table.mults[i];
        return table.values + table.shape->interactions[i].first_value;
    }
    test_fail(__FILE__, __LINE__, "no message %s", name);
}

static void random_cells(u32 *cells)
{
    for (u32 i = 0; i < table.shape->n_main; i++) cells[i] = (u32)test_random_below(KB_P);
}

/* Whatever a row says, stores go to writable words, and the second word is the one behind the first. */
TEST(stores_reach_writable_words_only)
{
    static const char *const names[] = {"store", "store_word", "store_narrow", "store_misaligned"};
    u32 cells[128];
    for (u32 i = 0; i < SITU_ARRAY_LEN(names); i++) {
        table = forgery_open(&situ_vm_prover, names[i]);
        random_cells(cells);
        forgery_eval(&table, cells);
        CHECK_EQ(kb_to_u32(message_of("m.send.memory", NULL)[0]), SITU_SPACE_RW);
        CHECK_EQ(kb_to_u32(message_of("m.receive.memory", NULL)[0]), SITU_SPACE_RW);
        forgery_close(&table);
    }
    static const char *const wide[] = {"load_misaligned", "store_misaligned"};
    for (u32 i = 0; i < SITU_ARRAY_LEN(wide); i++) {
        table = forgery_open(&situ_vm_prover, wide[i]);
        random_cells(cells);
        forgery_eval(&table, cells);
        kb word = message_of("m.send.memory", NULL)[1], upper = message_of("upper.send.memory", NULL)[1];
        CHECK_EQ(upper, kb_add(word, kb_from_u32(1)));
        CHECK_EQ(message_of("upper.receive.memory", NULL)[1], upper);
        if (i == 1) CHECK_EQ(kb_to_u32(message_of("upper.send.memory", NULL)[0]), SITU_SPACE_RW);
        forgery_close(&table);
    }
}

/* A row without an operation has no effect, whatever else it says. */
TEST(padding_is_dead)
{
    static const struct {
        const char *table;
        const char *flags[6];
    } cases[] = {
        {"load", {"real"}},
        {"store", {"real"}},
        {"load_word", {"real"}},
        {"store_word", {"real"}},
        {"load_narrow", {"real"}},
        {"store_narrow", {"real"}},
        {"load_misaligned", {"is_lh", "is_lhu", "is_lw", "is_lwu", "is_ld", "two"}}, /* 0 by "two" */
        {"store_misaligned", {"is_sh", "is_sw", "is_sd", "two"}},
    };
    u32 cells[128];
    for (u32 i = 0; i < SITU_ARRAY_LEN(cases); i++) {
        table = forgery_open(&situ_vm_prover, cases[i].table);
        random_cells(cells);
        for (u32 c = 0; c < table.prover->n_columns_named; c++)
            for (u32 k = 0; k < 6 && cases[i].flags[k]; k++)
                if (strcmp(table.prover->columns[c].name, cases[i].flags[k]) == 0)
                    cells[table.prover->columns[c].first] = 0;
        forgery_eval(&table, cells);
        for (u32 k = 0; k < table.shape->n_interactions; k++)
            if (!situ_vm_system.buses[table.shape->interactions[k].bus].is_lookup)
                CHECK_EQ(table.mults[k], 0);
        forgery_close(&table);
    }
}

/* --- whole witnesses: one lie, consistent with all the rest ---------------------------------------------- */

#define REG_KEY(reg)   SITU_KEY(SITU_SPACE_REG, reg)
#define WORD_KEY(addr) SITU_KEY(SITU_SPACE_RW, (addr) / 8)

/* ASM_DATA + 7 + p, which is a multiple of 8, and memory. */
#define FAR (ASM_DATA + 7 + KB_P)
_Static_assert(FAR % 8 == 0 && FAR >= SITU_VM_STACK_START && FAR < SITU_VM_STACK_END, "a word of the stack");

#define COPY(to, from)                                               \
    do {                                                             \
        _Static_assert(sizeof(to) == sizeof(from), "the same part"); \
        memcpy(&(to), &(from), sizeof(to));                          \
    } while (0)

/* The word at address + p for the one at address: only 13 bits of `low` stand against it. */
TEST(load_from_address_plus_p)
{
    const u64 foreign = UINT64_C(0xfeedfacecafef00d);
    start();
    store(SITU_OP_SD, foreign, FAR, 0);
    load(SITU_OP_LD, ASM_DATA + 7, 7);
    witness_run *r = finish();
    situ_vm_load_misaligned_row *was = witness_row(r, SITU_VM_TABLE_LOAD_MISALIGNED, 0);
    situ_vm_load_row *f = lie_new_row(r, SITU_VM_TABLE_LOAD);
    u32 time = was->at.time;
    f->real = 1;
    f->rd = was->rd;
    f->rs1 = was->rs1;
    f->imm = was->imm;
    COPY(f->at, was->at);
    COPY(f->base, was->base);
    COPY(f->d, was->d);
    f->word.low = p_mul(7, p_inv(8));
    vm_limbs4(f->m.value, foreign);
    f->m.gap = vm_gap(time + SITU_SLOT_MEM, lie_edge(r, WORD_KEY(FAR))->last_time);
    memset(was, 0, sizeof *was);
    lie_last(r, WORD_KEY(FAR), foreign, time + SITU_SLOT_MEM);
    lie_last(r, REG_KEY(X_DEST), foreign, time + SITU_SLOT_RD);
    lie_untouched(r, WORD_KEY(ASM_DATA));
    lie_untouched(r, WORD_KEY(ASM_DATA + 8));
    lie_caught_by(r, "range");
    witness_close(r);
}

/* The address again, by another carry: the same word, but one way to say it is enough. */
TEST(carry_is_determined)
{
    start();
    load(SITU_OP_LD, ASM_DATA + 8, 16);
    witness_run *r = finish();
    situ_vm_load_row *f = witness_row(r, SITU_VM_TABLE_LOAD, 1); /* carry is 1 */
    f->word.low += 8192;
    lie_caught_by(r, "range");
    witness_close(r);
}

TEST(store_to_address_plus_p)
{
    const u64 value = UINT64_C(0xfeedfacecafef00d);
    start();
    store(SITU_OP_SD, 1, FAR, 0);
    store(SITU_OP_SD, value, ASM_DATA + 7, 7);
    witness_run *r = finish();
    situ_vm_store_misaligned_row *was = witness_row(r, SITU_VM_TABLE_STORE_MISALIGNED, 0);
    situ_vm_store_row *f = lie_new_row(r, SITU_VM_TABLE_STORE);
    u32 time = was->at.time;
    f->real = 1;
    f->rs1 = was->rs1;
    f->rs2 = was->rs2;
    f->imm = was->imm;
    COPY(f->at, was->at);
    COPY(f->base, was->base);
    f->word.low = p_mul(7, p_inv(8));
    vm_limbs4(f->b.value, value);
    f->b.gap = was->b.gap;
    vm_limbs4(f->m.old, 1);
    f->m.gap = vm_gap(time + SITU_SLOT_MEM, lie_edge(r, WORD_KEY(FAR))->last_time);
    memset(was, 0, sizeof *was);
    lie_last(r, WORD_KEY(FAR), value, time + SITU_SLOT_MEM);
    lie_untouched(r, WORD_KEY(ASM_DATA));
    lie_untouched(r, WORD_KEY(ASM_DATA + 8));
    lie_caught_by(r, "range");
    witness_close(r);
}

/* The byte at address + p, at another place in its word. */
TEST(load_byte_from_address_plus_p)
{
    const u64 foreign = UINT64_C(0xfeedfacecafef00d);
    const u64 word = FAR - 8, address = ASM_DATA + 5; /* FAR - 2, byte 6 */
    start();
    store(SITU_OP_SD, foreign, word, 0);
    load(SITU_OP_LBU, address, 5);
    witness_run *r = finish();
    situ_vm_load_narrow_row *f = witness_row(r, SITU_VM_TABLE_LOAD_NARROW, 0);
    u32 time = f->at.time;
    f->odd = 0;
    f->at_limb[0] = f->at_limb[1] = 1;
    f->word.low = p_mul(MINUS_1, p_inv(8)); /* (5 - 6) / 8 */
    vm_limbs4(f->m.value, foreign);
    f->m.gap = vm_gap(time + SITU_SLOT_MEM, lie_edge(r, WORD_KEY(word))->last_time);
    f->top = foreign >> 48 & 0xff;
    f->other = foreign >> 56;
    lie_last(r, WORD_KEY(word), foreign, time + SITU_SLOT_MEM);
    lie_last(r, REG_KEY(X_DEST), f->top, time + SITU_SLOT_RD);
    lie_untouched(r, WORD_KEY(ASM_DATA));
    lie_caught_by(r, "range");
    witness_close(r);
}

/* --- signs --- */

static void set_data(u64 word, u64 next)
{
    memcpy(g.data, &word, 8);
    memcpy(g.data + 8, &next, 8);
}

/* A load of `n_bits` bits that says the contrary of their sign. */
static void lie_about_sign(situ_op op, u64 word, u32 offset, u32 n_bits)
{
    start();
    set_data(word, 0);
    load(op, ASM_DATA + offset, 0);
    witness_run *r = finish();
    u64 value = word >> 8 * offset, mask = UINT64_MAX << n_bits, time;
    if (r->witness.n_rows[SITU_VM_TABLE_LOAD_WORD]) {
        situ_vm_load_word_row *f = witness_row(r, SITU_VM_TABLE_LOAD_WORD, 0);
        value = (f->sign ^= 1) ? value | mask : value & ~mask;
        time = f->at.time;
    } else if (r->witness.n_rows[SITU_VM_TABLE_LOAD_NARROW]) {
        situ_vm_load_narrow_row *f = witness_row(r, SITU_VM_TABLE_LOAD_NARROW, 0);
        value = (f->sign ^= 1) ? value | mask : value & ~mask;
        time = f->at.time;
    } else {
        situ_vm_load_misaligned_row *f = witness_row(r, SITU_VM_TABLE_LOAD_MISALIGNED, 0);
        value = (f->sign ^= 1) ? value | mask : value & ~mask;
        time = f->at.time;
        vm_limbs4(f->result, value);
    }
    lie_last(r, REG_KEY(X_DEST), value, (u32)time + SITU_SLOT_RD);
    lie_caught_by(r, "range");
    witness_close(r);
}

TEST(signs)
{
    const u64 mixed = UINT64_C(0x7f00ff8000007fff), high = UINT64_C(0x80ffff7fff80ff7f);
    const u64 words[] = {mixed, high, 0, UINT64_MAX};
    for (u32 i = 0; i < SITU_ARRAY_LEN(words); i++) {
        for (u32 offset = 0; offset < 8; offset++) {
            lie_about_sign(SITU_OP_LB, words[i], offset, 8);
            if (offset < 7) lie_about_sign(SITU_OP_LH, words[i], offset, 16);
            if (offset < 5) lie_about_sign(SITU_OP_LW, words[i], offset, 32);
        }
        /* Unsigned ones: the aligned tables have a constraint for them, see load_word_rows. */
        lie_about_sign(SITU_OP_LHU, words[i] & ~(UINT64_C(0x8000) << 24), 3, 16);
        lie_about_sign(SITU_OP_LWU, words[i] & ~(UINT64_C(0x80000000) << 24), 3, 32);
    }
}

/* --- bytes that are none --- */

/* LBU of an odd place: a smaller byte, and more in the other one. */
TEST(load_bytes)
{
    start();
    set_data(0x1234, 0);
    load(SITU_OP_LBU, ASM_DATA + 1, 0);
    witness_run *r = finish();
    situ_vm_load_narrow_row *f = witness_row(r, SITU_VM_TABLE_LOAD_NARROW, 0);
    f->top -= 1;
    f->other += 256;
    lie_last(r, REG_KEY(X_DEST), f->top, f->at.time + SITU_SLOT_RD);
    lie_caught_by(r, "byte");
    witness_close(r);
}

static witness_run *run_store(situ_op op, u64 value, u64 word, u32 offset)
{
    start();
    set_data(word, 0);
    store(op, value, ASM_DATA + offset, 0);
    return finish();
}

TEST(store_bytes)
{
    /* More than a byte is stored: it reaches into the byte that is to be kept. */
    witness_run *r = run_store(SITU_OP_SB, 0x5678, 0x1234, 0);
    situ_vm_store_narrow_row *f = witness_row(r, SITU_VM_TABLE_STORE_NARROW, 0);
    f->new[0] += 256;
    f->unused -= 1;
    lie_last(r, WORD_KEY(ASM_DATA), 0x1378, f->at.time + SITU_SLOT_MEM);
    lie_caught_by(r, "byte");
    witness_close(r);

    /* The byte that goes takes from the one that stays. */
    r = run_store(SITU_OP_SB, 0x5678, 0x1234, 0);
    f = witness_row(r, SITU_VM_TABLE_STORE_NARROW, 0);
    f->new[1] -= 1;
    f->gone += 256;
    lie_last(r, WORD_KEY(ASM_DATA), 0x1178, f->at.time + SITU_SLOT_MEM);
    lie_caught_by(r, "byte");
    witness_close(r);

    r = run_store(SITU_OP_SB, 0x5678, 0x1234, 1);
    f = witness_row(r, SITU_VM_TABLE_STORE_NARROW, 0);
    f->new[0] += 1;
    f->gone = p_sub(f->gone, p_inv(256));
    lie_last(r, WORD_KEY(ASM_DATA), 0x7835, f->at.time + SITU_SLOT_MEM);
    lie_caught_by(r, "byte");
    witness_close(r);

    /* Another byte than the source's, the rest of the source a fraction. */
    r = run_store(SITU_OP_SB, 0x5678, 0x1234, 1);
    f = witness_row(r, SITU_VM_TABLE_STORE_NARROW, 0);
    f->new[1] += 1;
    f->unused = p_sub(f->unused, p_inv(256));
    lie_last(r, WORD_KEY(ASM_DATA), 0x7934, f->at.time + SITU_SLOT_MEM);
    lie_caught_by(r, "byte");
    witness_close(r);
}

TEST(misaligned_load_bytes)
{
    const u64 word = UINT64_C(0x0706050403020100), next = UINT64_C(0x0f0e0d0c0b0a0908);
    start();
    set_data(word, next);
    load(SITU_OP_LW, ASM_DATA + 1, 0);
    witness_run *r = finish();
    situ_vm_load_misaligned_row *f = witness_row(r, SITU_VM_TABLE_LOAD_MISALIGNED, 0);
    f->low[0] += 256; /* not loaded; its neighbour is */
    f->low[1] -= 1;
    f->result[0] -= 1;
    lie_last(r, REG_KEY(X_DEST), 0x04030200, f->at.time + SITU_SLOT_RD);
    lie_caught_by(r, "byte");
    witness_close(r);

    start();
    set_data(word, next);
    load(SITU_OP_LW, ASM_DATA + 7, 0);
    r = finish();
    f = witness_row(r, SITU_VM_TABLE_LOAD_MISALIGNED, 0);
    f->high[2] -= 1;
    f->high[3] = p_add(f->high[3], p_inv(256));
    f->result[1] -= 256;
    lie_last(r, REG_KEY(X_DEST), 0x09090807, f->at.time + SITU_SLOT_RD);
    lie_caught_by(r, "byte");
    witness_close(r);
}

TEST(misaligned_store_bytes)
{
    /* A byte that is to be kept changes, and the one that goes makes up for it. */
    witness_run *r = run_store(SITU_OP_SH, 0x5678, 0x1234, 1);
    situ_vm_store_misaligned_row *f = witness_row(r, SITU_VM_TABLE_STORE_MISALIGNED, 0);
    f->old[0] += 1;
    f->old[1] = p_sub(f->old[1], p_inv(256));
    f->new[0] += 1;
    lie_last(r, WORD_KEY(ASM_DATA), 0x567835, f->at.time + SITU_SLOT_MEM);
    lie_caught_by(r, "byte");
    witness_close(r);

    /* 256 t more in the source's first byte, t less in its second: in the words that are 65536 t = -1 more in one limb and t
     * less in the next, both limbs still of 16 bits. */
    enum { T = (KB_P - 1) / 65536 };
    r = run_store(SITU_OP_SH, 0x5678, UINT64_C(0xff001234), 1);
    f = witness_row(r, SITU_VM_TABLE_STORE_MISALIGNED, 0);
    f->source[0] += 256 * T;
    f->source[1] = p_sub(f->source[1], T);
    f->new[0] -= 1;
    f->new[1] -= T;
    lie_last(r, WORD_KEY(ASM_DATA), f->new[0] | (u64)f->new[1] << 16, f->at.time + SITU_SLOT_MEM);
    lie_caught_by(r, "byte");
    witness_close(r);
}

/* --- which word, which size --- */

static void break_row(situ_op op, u32 offset, u32 table_index, void (*forge)(void *row), const char *what)
{
    start();
    if (situ_ops[op].format == SITU_FORMAT_LOAD)
        load(op, ASM_DATA + offset, 0);
    else
        store(op, 0x123456, ASM_DATA + offset, 0);
    witness_run *r = finish();
    forge(witness_row(r, table_index, (u32)r->witness.n_rows[table_index] - 1));
    witness_recount(r);
    witness_must_break(r, what);
    witness_close(r);
}

static void ro_load(void *row) { ((situ_vm_load_row *)row)->ro = 1; }
static void ro_word(void *row) { ((situ_vm_load_word_row *)row)->ro = 1; }
static void ro_narrow(void *row) { ((situ_vm_load_narrow_row *)row)->ro = 1; }
static void ro_low(void *row) { ((situ_vm_load_misaligned_row *)row)->ro[0] = 1; }
static void ro_high(void *row) { ((situ_vm_load_misaligned_row *)row)->ro[1] = 1; }

TEST(space_is_the_words_own)
{
    break_row(SITU_OP_LD, 0, SITU_VM_TABLE_LOAD, ro_load, "memory");
    break_row(SITU_OP_LW, 0, SITU_VM_TABLE_LOAD_WORD, ro_word, "memory");
    break_row(SITU_OP_LB, 0, SITU_VM_TABLE_LOAD_NARROW, ro_narrow, "memory");
    break_row(SITU_OP_LD, 1, SITU_VM_TABLE_LOAD_MISALIGNED, ro_low, "memory");
    break_row(SITU_OP_LD, 1, SITU_VM_TABLE_LOAD_MISALIGNED, ro_high, "memory");
}

static void word_is_unsigned(void *row)
{
    situ_vm_load_word_row *f = row;
    f->is_unsigned ^= 1;
    f->sign = 0;
}
static void byte_is_unsigned(void *row)
{
    situ_vm_load_narrow_row *f = row;
    f->is_unsigned ^= 1;
    f->sign = 0;
}
static void byte_is_half(void *row)
{
    situ_vm_load_narrow_row *f = row;
    u32 top = f->other;
    f->half = 1;
    f->other = f->top;
    f->top = top;
    f->is_unsigned = 1;
    f->sign = 0;
}
static void store_is_half(void *row)
{
    situ_vm_store_narrow_row *f = row;
    f->half = 1;
    f->new[1] = f->unused;
}
static void misaligned_is_half(void *row)
{
    situ_vm_load_misaligned_row *f = row;
    f->is_lw = 0;
    f->is_lhu = 1;
    f->sign = 0;
    f->result[1] = f->result[2] = f->result[3] = 0;
}
static void store_misaligned_is_half(void *row)
{
    situ_vm_store_misaligned_row *f = row;
    f->is_sw = 0;
    f->is_sh = 1;
}

TEST(operation_is_the_programs)
{
    break_row(SITU_OP_LW, 0, SITU_VM_TABLE_LOAD_WORD, word_is_unsigned, "program");
    break_row(SITU_OP_LB, 0, SITU_VM_TABLE_LOAD_NARROW, byte_is_unsigned, "program");
    break_row(SITU_OP_LB, 0, SITU_VM_TABLE_LOAD_NARROW, byte_is_half, "program");
    break_row(SITU_OP_SB, 0, SITU_VM_TABLE_STORE_NARROW, store_is_half, "program");
    break_row(SITU_OP_LW, 1, SITU_VM_TABLE_LOAD_MISALIGNED, misaligned_is_half, "program");
    break_row(SITU_OP_SW, 1, SITU_VM_TABLE_STORE_MISALIGNED, store_misaligned_is_half,
              "store_misaligned.new");
}

/* The pointer comes from the input, which the prover may choose anew: its load would end in the guard page, where
 * there is no token. */
TEST(straddling_the_end)
{
    u64 pointer = SITU_VM_GUARD_START - 15;
    start();
    li(X_BASE, SITU_VM_INPUT_START + 16);
    asm_at(&g, enc_i(SITU_OP_LD, X_BASE, X_BASE, 0));
    asm_at(&g, enc_i(SITU_OP_LD, X_DEST, X_BASE, 0));
    witness_run *r = finish_with(&pointer, 8);
    witness_must_hold(r);

    const u32 input_key = SITU_KEY(SITU_SPACE_RO, (SITU_VM_INPUT_START + 16) / 8);
    situ_vm_load_misaligned_row *f = witness_row(r, SITU_VM_TABLE_LOAD_MISALIGNED, 0);
    situ_vm_load_row *source = witness_row(r, SITU_VM_TABLE_LOAD, 1);
    EACH_ROW(r, SITU_VM_TABLE_INPUT_INIT, situ_vm_input_init_row, i)
    if (i->real && i->address == SITU_KEY_ADDRESS(input_key)) vm_limbs4(i->value, pointer + 8);
    vm_limbs4(lie_edge(r, input_key)->first, pointer + 8);
    lie_last(r, input_key, pointer + 8, lie_edge(r, input_key)->last_time);
    vm_limbs4(source->m.value, pointer + 8);
    vm_limbs2(f->base.value, pointer + 8);
    f->word.low++;
    lie_last(r, REG_KEY(X_BASE), pointer + 8, lie_edge(r, REG_KEY(X_BASE))->last_time);
    /* The last word is now the lower one; the one before is not touched. */
    const u32 last_key = WORD_KEY(SITU_VM_GUARD_START - 8);
    f->m.gap = vm_gap(f->at.time + SITU_SLOT_MEM, lie_edge(r, last_key)->first_time);
    lie_untouched(r, last_key - 1);
    witness_recount(r);

    char first[1024];
    CHECK_EQ(witness_findings(r, first),
             2); /* the token that is missing, and the one that it leaves behind */
    CHECK(strstr(first, "memory") != NULL);
    witness_close(r);
}

/* Every cell of an honest row counts. */
TEST(no_cell_is_free)
{
    static const struct {
        situ_op op;
        u32 offset, table;
    } cases[] = {
        {SITU_OP_LD, 0, SITU_VM_TABLE_LOAD},
        {SITU_OP_SD, 0, SITU_VM_TABLE_STORE},
        {SITU_OP_LW, 4, SITU_VM_TABLE_LOAD_WORD},
        {SITU_OP_SW, 4, SITU_VM_TABLE_STORE_WORD},
        {SITU_OP_LB, 3, SITU_VM_TABLE_LOAD_NARROW},
        {SITU_OP_SB, 3, SITU_VM_TABLE_STORE_NARROW},
        {SITU_OP_LD, 3, SITU_VM_TABLE_LOAD_MISALIGNED},
        {SITU_OP_SD, 3, SITU_VM_TABLE_STORE_MISALIGNED},
    };
    for (u32 i = 0; i < SITU_ARRAY_LEN(cases); i++) {
        start();
        if (situ_ops[cases[i].op].format == SITU_FORMAT_LOAD)
            load(cases[i].op, ASM_DATA + cases[i].offset, 0);
        else
            store(cases[i].op, test_random(), ASM_DATA + cases[i].offset, 0);
        witness_run *r = finish();
        u32 *cells = witness_row(r, cases[i].table, (u32)r->witness.n_rows[cases[i].table] - 1);
        for (u32 c = 0; c < situ_vm_system.tables[cases[i].table].n_main; c++) {
            u32 honest = cells[c];
            cells[c] = p_add(honest, 1);
            witness_recount(r);
            if (witness_findings(r, NULL) == 0)
                test_fail(__FILE__, __LINE__, "column %u of %s is free", c,
                          situ_vm_system.tables[cases[i].table].name);
            cells[c] = honest;
        }
        witness_close(r);
    }
}

TEST_MAIN()
