/* load_store.c — rows of load_store.air, narrow.air and misaligned.air. */
#include "vm/tables/tables.h"

SITU_INLINE u32 address_of(const vm_step *s) { return (u32)(s->step->rs1 + s->insn->imm); }

/* Column `low` of word_address: the word's number below the 64 KiB limb. */
SITU_INLINE u32 word_low(const vm_step *s) { return address_of(s) >> 3 & 0x1fff; }

SITU_INLINE u32 is_read_only(u32 key) { return SITU_KEY_SPACE(key) - SITU_SPACE_RW; }

SITU_INLINE u32 memory_gap(const vm_step *s)
{
    return vm_gap(s->step->time + SITU_SLOT_MEM, s->step->mem_time);
}

/* What every row here has, by the same names. */
#define FILL_COMMON(r, s)                \
    do {                                 \
        (r)->rs1 = (s)->insn->rs1;       \
        (r)->imm = vm_offset((s)->insn); \
        vm_fill_fetch((r)->at, s);       \
        vm_fill_pointer((r)->base, s);   \
        (r)->word.low = word_low(s);     \
        (r)->m.gap = memory_gap(s);      \
    } while (0)

#define FILL_LOAD(r, s)                              \
    do {                                             \
        FILL_COMMON(r, s);                           \
        (r)->real = 1;                               \
        (r)->rd = (s)->insn->rd;                     \
        (r)->ro = is_read_only((s)->step->mem_key);  \
        vm_limbs4((r)->m.value, (s)->step->mem_old); \
        vm_fill_rd((r)->d, s);                       \
    } while (0)

#define FILL_STORE(r, s)           \
    do {                           \
        FILL_COMMON(r, s);         \
        (r)->real = 1;             \
        (r)->rs2 = (s)->insn->rs2; \
        vm_fill_rs2((r)->b, s);    \
    } while (0)

/* The highest bit of a loaded value, as the row has it: of a signed load only. */
SITU_INLINE u32 sign_of(const vm_step *s, bool is_unsigned) { return !is_unsigned && s->step->rd_new >> 63; }

/* --- whole words and halves of them --------------------------------------------------------------------- */

static void fill_load(const vm_step *s, void *row)
{
    situ_vm_load_row *r = row;
    FILL_LOAD(r, s);
}

static void fill_store(const vm_step *s, void *row)
{
    situ_vm_store_row *r = row;
    FILL_STORE(r, s);
    vm_limbs4(r->m.old, s->step->mem_old);
}

static void fill_load_word(const vm_step *s, void *row)
{
    situ_vm_load_word_row *r = row;
    FILL_LOAD(r, s);
    r->is_unsigned = s->insn->op == SITU_OP_LWU;
    r->high = address_of(s) >> 2 & 1;
    r->sign = sign_of(s, r->is_unsigned);
}

static void fill_store_word(const vm_step *s, void *row)
{
    situ_vm_store_word_row *r = row;
    FILL_STORE(r, s);
    r->high = address_of(s) >> 2 & 1;
    vm_limbs4(r->old, s->step->mem_old);
}

/* --- within a limb -------------------------------------------------------------------------------------- */

static void fill_load_narrow(const vm_step *s, void *row)
{
    situ_vm_load_narrow_row *r = row;
    u32 op = s->insn->op, address = address_of(s), limb = vm_limb(s->step->mem_old, address >> 1 & 3);
    FILL_LOAD(r, s);
    r->half = op == SITU_OP_LH || op == SITU_OP_LHU;
    r->is_unsigned = op == SITU_OP_LBU || op == SITU_OP_LHU;
    r->odd = address & 1;
    r->at_limb[0] = address >> 1 & 1;
    r->at_limb[1] = address >> 2 & 1;
    r->sign = sign_of(s, r->is_unsigned);
    u32 is_upper = r->half | r->odd;
    r->top = is_upper ? limb >> 8 : limb & 0xff;
    r->other = is_upper ? limb & 0xff : limb >> 8;
}

static void fill_store_narrow(const vm_step *s, void *row)
{
    situ_vm_store_narrow_row *r = row;
    u32 address = address_of(s), at = address >> 1 & 3;
    u32 old = vm_limb(s->step->mem_old, at), new = vm_limb(s->step->mem_new, at);
    FILL_STORE(r, s);
    r->half = s->insn->op == SITU_OP_SH;
    r->odd = address & 1;
    if (at) r->later[at - 1] = 1;
    r->new[0] = new & 0xff;
    r->new[1] = new >> 8;
    r->unused = vm_limb(s->step->rs2, 0) >> 8;
    r->gone = r->half ? 0 : old >> 8 * r->odd & 0xff;
    vm_limbs4(r->old, s->step->mem_old);
}

/* --- anywhere ------------------------------------------------------------------------------------------- */

static void fill_load_misaligned(const vm_step *s, void *row)
{
    situ_vm_load_misaligned_row *r = row;
    u32 op = s->insn->op;
    FILL_COMMON(r, s);
    r->is_lh = op == SITU_OP_LH;
    r->is_lhu = op == SITU_OP_LHU;
    r->is_lw = op == SITU_OP_LW;
    r->is_lwu = op == SITU_OP_LWU;
    r->is_ld = op == SITU_OP_LD;
    r->offset[(address_of(s) & 7) - 1] = 1;
    r->rd = s->insn->rd;
    r->sign = (r->is_lh | r->is_lw) & (u32)(s->step->rd_new >> 63);
    r->ro[0] = is_read_only(s->step->mem_key);
    vm_bytes8(r->low, s->step->mem_old);
    vm_limbs4(r->result, s->step->rd_new);
    vm_fill_rd(r->d, s);
    if (s->extras) {
        r->two = 1;
        r->ro[1] = is_read_only(s->extras->key);
        vm_bytes8(r->high, s->extras->old);
        r->upper.gap = vm_gap(s->extras->time, s->extras->old_time);
    }
}

static void fill_store_misaligned(const vm_step *s, void *row)
{
    situ_vm_store_misaligned_row *r = row;
    u32 op = s->insn->op;
    FILL_COMMON(r, s);
    r->is_sh = op == SITU_OP_SH;
    r->is_sw = op == SITU_OP_SW;
    r->is_sd = op == SITU_OP_SD;
    r->offset[(address_of(s) & 7) - 1] = 1;
    r->rs2 = s->insn->rs2;
    r->b.gap = vm_gap(s->step->time + SITU_SLOT_RS2, s->step->rs2_time);
    vm_bytes8(r->source, s->step->rs2);
    vm_bytes8(r->old, s->step->mem_old);
    vm_limbs4(r->new, s->step->mem_new);
    if (s->extras) {
        r->two = 1;
        vm_bytes8(r->old + 8, s->extras->old);
        vm_limbs4(r->new + 4, s->extras->new);
        r->upper.gap = vm_gap(s->extras->time, s->extras->old_time);
    }
}

/* --- rules ---------------------------------------------------------------------------------------------- */

enum { LOAD, STORE, LOAD_WORD, STORE_WORD, LOAD_NARROW, STORE_NARROW, LOAD_MISALIGNED, STORE_MISALIGNED };

static const vm_rule rules[] = {
    [LOAD] = {SITU_VM_TABLE_LOAD, fill_load},
    [STORE] = {SITU_VM_TABLE_STORE, fill_store},
    [LOAD_WORD] = {SITU_VM_TABLE_LOAD_WORD, fill_load_word},
    [STORE_WORD] = {SITU_VM_TABLE_STORE_WORD, fill_store_word},
    [LOAD_NARROW] = {SITU_VM_TABLE_LOAD_NARROW, fill_load_narrow},
    [STORE_NARROW] = {SITU_VM_TABLE_STORE_NARROW, fill_store_narrow},
    [LOAD_MISALIGNED] = {SITU_VM_TABLE_LOAD_MISALIGNED, fill_load_misaligned},
    [STORE_MISALIGNED] = {SITU_VM_TABLE_STORE_MISALIGNED, fill_store_misaligned},
};

/* By the address's offset in its word: what is aligned, of 1, 2, 4 and 8 bytes, or else misaligned. */
#define OF_1(rule)                                     \
    {                                                  \
        rule, rule, rule, rule, rule, rule, rule, rule \
    }
#define OF_2(rule, other)                                  \
    {                                                      \
        rule, other, rule, other, rule, other, rule, other \
    }
#define OF_4(rule, other)                                    \
    {                                                        \
        rule, other, other, other, rule, other, other, other \
    }
#define OF_8(rule, other)                                     \
    {                                                         \
        rule, other, other, other, other, other, other, other \
    }

static const u8 rule_at[SITU_OPS_COUNT][SITU_VM_WORD_BYTES] = {
    [SITU_OP_LB] = OF_1(LOAD_NARROW),
    [SITU_OP_LBU] = OF_1(LOAD_NARROW),
    [SITU_OP_LH] = OF_2(LOAD_NARROW, LOAD_MISALIGNED),
    [SITU_OP_LHU] = OF_2(LOAD_NARROW, LOAD_MISALIGNED),
    [SITU_OP_LW] = OF_4(LOAD_WORD, LOAD_MISALIGNED),
    [SITU_OP_LWU] = OF_4(LOAD_WORD, LOAD_MISALIGNED),
    [SITU_OP_LD] = OF_8(LOAD, LOAD_MISALIGNED),
    [SITU_OP_SB] = OF_1(STORE_NARROW),
    [SITU_OP_SH] = OF_2(STORE_NARROW, STORE_MISALIGNED),
    [SITU_OP_SW] = OF_4(STORE_WORD, STORE_MISALIGNED),
    [SITU_OP_SD] = OF_8(STORE, STORE_MISALIGNED),
};

const vm_rule *vm_memory_rule(const vm_step *s)
{
    return &rules[rule_at[s->insn->op][address_of(s) % SITU_VM_WORD_BYTES]];
}
