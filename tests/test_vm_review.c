/* The machine beside its instructions, as a liar sees it: where histories begin and end, time, what is preprocessed; and honest
 * runs at limits.  Lies are brought into line everywhere but in one place, which must be what catches them. */
#include "situ/recursion.h"
#include "situ/zkvm.h"
#include "stark/archive.h"
#include "tests/air_forgery.h"
#include "tests/vm/ecall_guest.h"
#include "vm/tables/memory.h"
#include "vm/zkvm_file.h"

/* --- tools ---------------------------------------------------------------------------------------------- */

/* exit(a0), and the run. */
static witness_run *finish_a0(u32 chunk_steps)
{
    ecall(SITU_ECALL_EXIT);
    return witness_open(asm_load(&g), NULL, 0, chunk_steps);
}

/* The first step of this operation. */
static situ_step *step_with(const witness_run *r, u32 op)
{
    for (u32 i = 0; i < r->n_chunks; i++)
        for (u32 k = 0; k < r->chunks[i]->n_steps; k++)
            if (r->program->insns[r->chunks[i]->steps[k].insn].op == op) return &r->chunks[i]->steps[k];
    test_fail(__FILE__, __LINE__, "no step of operation %u", op);
}

static situ_step *last_step(const witness_run *r)
{
    const situ_trace_chunk *c = r->chunks[r->n_chunks - 1];
    return &c->steps[c->n_steps - 1];
}

static situ_edge *edge_of(const witness_run *r, u32 key)
{
    situ_edge *edges = (situ_edge *)(uintptr_t)r->segment.edges;
    for (u32 i = 0; i < r->segment.n_edges; i++)
        if (edges[i].key == key) return &edges[i];
    test_fail(__FILE__, __LINE__, "no edge of key 0x%x", key);
}

/* Row `i` behind the honest ones; a table that is absent gets 2^log2_rows rows. */
static void *new_row(witness_run *r, u32 table, u32 i, u32 log2_rows)
{
    u32 slot = r->witness.first_slot[table];
    if (!r->rows.cells[slot]) {
        r->witness.log2_rows[slot] = (u8)log2_rows;
        r->rows.cells[slot] = calloc((size_t)situ_vm_system.tables[table].n_main << log2_rows, sizeof(u32));
        CHECK(r->rows.cells[slot] != NULL);
    }
    CHECK(r->witness.n_rows[table] + i < UINT64_C(1) << r->witness.log2_rows[slot]);
    return witness_row(r, table, (u32)r->witness.n_rows[table] + i);
}

/* A difference of more bits than it may have: too large is its upper part, or all of it is in the lower one. */
static bool all_in_low;
static u32 low_of(u32 difference) { return all_in_low ? difference : difference & 0xffff; }

static void in_either_part(void (*lie)(void))
{
    all_in_low = false;
    lie();
    all_in_low = true;
    lie();
}

/* --- the end of histories ------------------------------------------------------------------------------- */

/* Stores 5 into a word of zeros, loads it, exits with what it loaded.  The liar's load finds the zero that was there before the
 * store: exit code 0. */
#define STALE_AT (ASM_DATA + 0x1000)
static const u32 stale_word = STALE_AT / 8;

typedef struct {
    witness_run *r;
    u32 store_time, load_time; /* of the accesses to the word */
} stale;

/* Records only; they are to be refilled. */
static stale stale_records(void)
{
    start(8);
    li(X_A2, STALE_AT);
    li(X_A3, 5);
    asm_at(&g, enc_s(SITU_OP_SD, X_A3, X_A2, 0));
    asm_at(&g, enc_i(SITU_OP_LD, X_A0, X_A2, 0));
    stale s = {.r = finish_a0(1 << 12)};
    situ_step *load = step_with(s.r, SITU_OP_LD);
    CHECK_EQ(s.r->statement.exit_code, 5);
    witness_must_hold(s.r);
    s.store_time = step_with(s.r, SITU_OP_SD)->time + SITU_SLOT_MEM;
    s.load_time = load->time + SITU_SLOT_MEM;
    load->mem_old = load->mem_new = load->rd_new = 0;
    last_step(s.r)->rs2 = 0;
    edge_of(s.r, X_A0)->last = 0;
    s.r->statement.exit_code = 0;
    return s;
}

/* The word has two histories: one with the store, another one for the load. */
static stale two_histories(void)
{
    stale s = stale_records();
    const u32 key = SITU_KEY(SITU_SPACE_RW, stale_word);
    step_with(s.r, SITU_OP_LD)->mem_time = s.load_time - 1;
    edge_of(s.r, key)->last_time = s.store_time;
    witness_refill(s.r);

    situ_vm_edge_row *edge = new_row(s.r, SITU_VM_TABLE_EDGE, 0, 6);
    *edge = *edge_row(s.r, key);
    memset(edge->last, 0, sizeof edge->last);
    edge->first_time = s.load_time - 1, edge->first_low = low_of(edge->first_time);
    edge->last_time = s.load_time;
    situ_vm_zero_init_row *zero = witness_row(s.r, SITU_VM_TABLE_ZERO_INIT, 0);
    CHECK_EQ(zero->address, stale_word);
    *(situ_vm_zero_init_row *)new_row(s.r, SITU_VM_TABLE_ZERO_INIT, 0, 6) = *zero;
    return s;
}

static void link_final(situ_vm_final_row *f, u32 address, u32 next)
{
    f->space = SITU_SPACE_RW;
    f->address = address;
    f->next = next;
    f->low = low_of(p_sub(p_sub(next, address), p_add(f->real, f->skip)));
}

/* Four steps below 2^29 lead around p: a chain beside the verifier's, with the word's second end. */
TEST(no_chain_goes_round)
{
    const u32 at = stale_word, far = 1u << 29;
    stale s = two_histories();
    for (u32 i = 0; i < 4; i++) {
        situ_vm_final_row *f = new_row(s.r, SITU_VM_TABLE_FINAL, i, 6);
        f->real = i == 0, f->skip = i != 0;
        f->segment_last = i == 0 ? VM_SEGMENT : 0;
        link_final(f, at + i * far, i == 3 ? at : at + (i + 1) * far);
    }
    witness_breaks_only(s.r, "constraint final.skip ");
}

/* The verifier's chain stays at an address, or goes back. */
static void chain_down(void)
{
    stale s = two_histories();
    situ_vm_final_row *f = new_row(s.r, SITU_VM_TABLE_FINAL, 0, 6);
    f->real = 1, f->segment_last = VM_SEGMENT;
    link_final(f, stale_word, stale_word);
    witness_breaks_only(s.r, "bus range");

    s = two_histories();
    f = new_row(s.r, SITU_VM_TABLE_FINAL, 0, 6); /* the word, a word below it, the word again */
    f->real = 1, f->segment_last = VM_SEGMENT;
    link_final(f, stale_word, 0);
    f = new_row(s.r, SITU_VM_TABLE_FINAL, 1, 6);
    f->skip = 1;
    link_final(f, 0, stale_word);
    witness_breaks_only(s.r, "bus range");

    s = two_histories(); /* an end on no chain */
    f = new_row(s.r, SITU_VM_TABLE_FINAL, 0, 6);
    f->real = 1, f->skip = KB_P - 1, f->segment_last = VM_SEGMENT;
    link_final(f, stale_word, stale_word);
    witness_breaks_only(s.r, "constraint final.skip");

    witness_breaks_only(two_histories().r, "bus history"); /* no second end at all */
}

TEST(a_chain_goes_up) { in_either_part(chain_down); }

/* Register 0 begins once: padding of the image says that it does, too. */
TEST(padding_of_the_image_begins_nothing)
{
    start(8);
    witness_run *r = finish(1 << 12);
    situ_vm_image_row *padding = witness_row(r, SITU_VM_TABLE_IMAGE, r->program->n_image_words);
    padding->used = 1;
    witness_breaks_only(r, "bus history");
}

/* --- order of time -------------------------------------------------------------------------------------- */

/* The load first, then the store: the word's one token goes back in time between them, as `how` says. */
static stale back_in_time(void)
{
    stale s = stale_records();
    situ_edge *e = edge_of(s.r, SITU_KEY(SITU_SPACE_RW, stale_word));
    step_with(s.r, SITU_OP_LD)->mem_time = s.load_time - 1;
    e->first_time = s.load_time - 1;
    e->last_time = s.store_time;
    return s;
}

TEST(an_access_is_later)
{
    stale s = back_in_time();
    witness_refill(s.r);
    situ_vm_store_row *store = witness_row(s.r, SITU_VM_TABLE_STORE, 0);
    store->m.gap = p_sub(s.store_time - 1, s.load_time);
    witness_breaks_only(s.r, "bus range");
}

static void touch_row(situ_vm_touch_row *t, u32 old_time, u32 time)
{
    t->real = 1;
    t->space = SITU_SPACE_RW, t->address = stale_word;
    t->time = time, t->time_low = low_of(time);
    const u32 gap = p_sub(p_sub(time, 1), old_time);
    t->gap_low = gap < SITU_TOUCH_GAP_MAX ? gap & 0xffff : gap;
    t->gap_high = gap < SITU_TOUCH_GAP_MAX ? gap >> 16 : 0;
}

TEST(a_touch_is_later)
{
    stale s = back_in_time();
    step_with(s.r, SITU_OP_SD)->mem_time = s.store_time - 1;
    witness_refill(s.r);
    touch_row(new_row(s.r, SITU_VM_TABLE_TOUCH, 0, 6), s.load_time, s.store_time - 1);
    witness_breaks_only(s.r, "bus range");
}

/* Touches enough to come round modulo p: each is later than the one before, none goes by more than 2^25. */
static void touch_around(void)
{
    stale s = back_in_time();
    step_with(s.r, SITU_OP_SD)->mem_time = s.store_time - 1;
    witness_refill(s.r);
    u64 time = s.load_time, end = (u64)KB_P + s.store_time - 1;
    for (u32 i = 0; time < end; i++) {
        u64 next = u64_min(time + SITU_TOUCH_GAP_MAX, end);
        touch_row(new_row(s.r, SITU_VM_TABLE_TOUCH, i, 7), (u32)(time % KB_P), (u32)(next % KB_P));
        time = next;
    }
    witness_breaks_only(s.r, "bus range");
}

TEST(touches_do_not_go_round) { in_either_part(touch_around); }

/* An edge begins just below p, and a touch leads over it.  (Nothing follows from that; but it is not what an edge says.) */
static void begin_late(void)
{
    start(8);
    li(X_A2, STALE_AT);
    asm_at(&g, enc_i(SITU_OP_LD, X_A0, X_A2, 0));
    witness_run *r = finish_a0(1 << 12);
    situ_vm_edge_row *edge = edge_row(r, SITU_KEY(SITU_SPACE_RW, stale_word));
    touch_row(new_row(r, SITU_VM_TABLE_TOUCH, 0, 6), KB_P - 10, edge->first_time);
    edge->first_time = KB_P - 10, edge->first_low = low_of(KB_P - 10);
    witness_breaks_only(r, "bus range");
}

TEST(an_edge_begins_in_time) { in_either_part(begin_late); }

/* Two edges of this one segment, the second of which continues the first in an order of their own. */
TEST(an_edge_continues_an_earlier_segment)
{
    stale s = back_in_time();
    const u32 key = SITU_KEY(SITU_SPACE_RW, stale_word);
    situ_edge *e = edge_of(s.r, key);
    e->first_time = s.store_time - 1;
    witness_refill(s.r);
    situ_vm_edge_row *second = edge_row(s.r, key), *first = new_row(s.r, SITU_VM_TABLE_EDGE, 0, 6);
    *first = *second;
    memset(first->last, 0, sizeof first->last);
    first->first_time = s.load_time - 1, first->first_low = low_of(first->first_time);
    first->last_time = s.load_time;
    second->earlier = VM_SEGMENT;
    witness_breaks_only(s.r, "bus range");
}

/* --- where histories begin ------------------------------------------------------------------------------ */

/* Loads a word at `address` and exits with it; the liar's word began as zero.  Its beginning is left to be forged. */
static witness_run *other_beginning(u64 address, u32 space)
{
    start(64);
    li(X_A2, address);
    asm_at(&g, enc_i(SITU_OP_LD, X_A0, X_A2, 0));
    witness_run *r = finish_a0(1 << 12);
    situ_step *load = step_with(r, SITU_OP_LD);
    situ_edge *e = edge_of(r, SITU_KEY(space, address / 8));
    CHECK(r->statement.exit_code != 0);
    load->mem_old = load->mem_new = load->rd_new = e->first = e->last = 0;
    last_step(r)->rs2 = 0;
    edge_of(r, X_A0)->last = 0;
    r->statement.exit_code = 0;
    witness_refill(r);
    const situ_region *region = situ_program_region(r->program, (u32)(address / 8));
    situ_vm_image_row *row =
        witness_row(r, SITU_VM_TABLE_IMAGE, vm_image_index(r->program, region, (u32)(address / 8)));
    CHECK_EQ(row->used, 1);
    row->used = 0;
    return r;
}

static const situ_region *region_near(const situ_program *p, u32 word, u32 kind, bool is_above)
{
    for (u32 i = 0; i < p->n_regions; i++)
        if (p->regions[i].kind == kind && (p->regions[i].first > word) == is_above) return &p->regions[i];
    test_fail(__FILE__, __LINE__, "no such region");
}

static void zero_row(witness_run *r, u32 word, u32 first, u32 last)
{
    situ_vm_zero_init_row *z = new_row(r, SITU_VM_TABLE_ZERO_INIT, 0, 6);
    *z = (situ_vm_zero_init_row){.real = 1, .address = word, .first = first, .last = last};
    z->above.low = low_of(p_sub(word, first));
    z->below.low = low_of(p_sub(last, word));
}

static void begin_as_zero(void)
{
    const u32 word = ASM_DATA / 8;
    for (u32 is_above = 0; is_above < 2; is_above++) {
        witness_run *r = other_beginning(ASM_DATA, SITU_SPACE_RW);
        const situ_region *region = region_near(r->program, word, SITU_REGION_ZERO, is_above);
        zero_row(r, word, region->first, region->last);
        witness_breaks_only(r, "bus range");
    }
    witness_run *r = other_beginning(ASM_DATA, SITU_SPACE_RW); /* a region of the liar's */
    zero_row(r, word, word, word);
    witness_breaks_only(r, "bus region");
    r = other_beginning(ASM_DATA, SITU_SPACE_RW); /* the region of private input */
    const situ_region *input = region_near(r->program, word, SITU_REGION_INPUT, true);
    zero_row(r, word, input->first, input->last);
    witness_breaks_only(r, "bus");
    r = other_beginning(ASM_DATA, SITU_SPACE_RW); /* padding of the regions */
    zero_row(r, word, 1, 0);
    ((situ_vm_regions_row *)witness_row(r, SITU_VM_TABLE_REGIONS, r->program->n_regions))->mult = 1;
    witness_breaks_only(r, "bus range");
}

TEST(no_word_of_the_image_begins_as_zero) { in_either_part(begin_as_zero); }

static void begin_as_input(void)
{
    const u32 word = ASM_CODE / 8;
    for (u32 is_own = 0; is_own < 2; is_own++) {
        witness_run *r = other_beginning(ASM_CODE, SITU_SPACE_RO);
        const situ_region *region = region_near(r->program, word, SITU_REGION_INPUT, true);
        situ_vm_input_init_row *row = new_row(r, SITU_VM_TABLE_INPUT_INIT, 0, 6);
        row->real = 1;
        row->address = word;
        row->first = is_own ? word : region->first;
        row->last = is_own ? word : region->last;
        row->above.low = low_of(p_sub(word, row->first));
        row->below.low = low_of(p_sub(row->last, word));
        witness_breaks_only(r, is_own ? "bus region" : "bus range");
    }
}

TEST(no_word_of_the_image_is_input) { in_either_part(begin_as_input); }

/* A word of input is what the liar likes, but one thing throughout the run, and of limbs. */
TEST(input_has_limbs)
{
    start(8);
    li(X_A2, SITU_VM_INPUT_START + 16);
    asm_at(&g, enc_i(SITU_OP_LD, X_A0, X_A2, 0));
    witness_run *r = finish_a0(1 << 12);
    const u32 key = SITU_KEY(SITU_SPACE_RO, SITU_VM_INPUT_START / 8 + 2);
    situ_vm_input_init_row *row = witness_row(r, SITU_VM_TABLE_INPUT_INIT, 0);
    situ_vm_load_row *load = witness_row(r, SITU_VM_TABLE_LOAD, 0);
    situ_vm_exit_row *exit = witness_row(r, SITU_VM_TABLE_EXIT, 0);
    witness_must_hold(r);
    for (u32 i = 0; i < 2; i++) {
        const u32 limb = i ? 65536 : 7;
        row->value[0] = load->m.value[0] = exit->code.value[0] = limb;
        edge_row(r, key)->first[0] = limb;
        edge_row(r, key)->last[0] = edge_row(r, X_A0)->last[0] = limb;
        for (u32 k = 0; k < r->witness.n_rows[SITU_VM_TABLE_FINAL]; k++) {
            situ_vm_final_row *f = witness_row(r, SITU_VM_TABLE_FINAL, k);
            if (f->real && (SITU_KEY(f->space, f->address) == key || SITU_KEY(f->space, f->address) == X_A0))
                f->value[0] = limb;
        }
        r->statement.exit_code = limb & 0xffff;
        witness_recount(r);
        if (i == 0) witness_must_hold(r);
    }
    witness_must_break(r, "bus range");
    witness_close(r);
}

/* --- all tables ----------------------------------------------------------------------------------------- */

typedef struct {
    const situ_air_table *shape;
    const situ_air_prover_table *prover;
    kb *pre, *main, *constraints, *mults, *values;
} any_row;

static any_row row_open(u32 t)
{
    const situ_air_table *s = &situ_vm_system.tables[t];
    any_row a = {.shape = s, .prover = &situ_vm_prover.tables[t]};
    a.pre = calloc(s->n_pre + 1, sizeof(kb));
    a.main = calloc(s->n_main, sizeof(kb));
    a.constraints = calloc(s->n_constraints + 1, sizeof(kb));
    a.mults = calloc(s->n_interactions + 1, sizeof(kb));
    a.values = calloc(s->n_values + 1, sizeof(kb));
    return a;
}

static void row_close(any_row *a)
{
    free(a->pre);
    free(a->main);
    free(a->constraints);
    free(a->mults);
    free(a->values);
}

/* Random cells; bits are `bit`. */
static void row_fill(any_row *a, u32 bit)
{
    const kb segment = kb_from_u32(VM_SEGMENT);
    for (u32 i = 0; i < a->shape->n_main; i++) a->main[i] = kb_from_u32((u32)test_random_below(KB_P));
    for (u32 i = 0; i < a->shape->n_pre; i++) a->pre[i] = kb_from_u32((u32)test_random_below(KB_P));
    for (u32 i = 0; i < a->prover->n_columns_named; i++) {
        const situ_air_column *c = &a->prover->columns[i];
        for (u32 k = 0; k < c->n && c->type == SITU_AIR_BIT && !c->is_pre; k++)
            a->main[c->first + k] = kb_from_u32(bit);
    }
    a->prover->eval_row(a->pre, a->main, &segment, a->constraints, a->mults, a->values);
}

/* A row whose bits are 0 sends and receives nothing but lookups, whatever else is in it. */
TEST(sleeping_rows_say_nothing)
{
    u32 n = 0;
    for (u32 t = 0; t < SITU_VM_TABLES; t++) {
        any_row a = row_open(t);
        for (u32 run = 0; run < 4; run++) {
            row_fill(&a, 0);
            for (u32 i = 0; i < a.shape->n_interactions; i++) {
                if (situ_vm_system.buses[a.shape->interactions[i].bus].is_lookup) continue;
                n++;
                if (a.mults[i] != 0)
                    test_fail(__FILE__, __LINE__, "%s in a row that is not there",
                              a.prover->interaction_names[i]);
            }
        }
        row_close(&a);
    }
    CHECK(n > 500);
}

/* Names of the constraints that a row breaks, one behind the other. */
static void broken_by(char *names, size_t n_bytes, any_row *a)
{
    const kb segment = kb_from_u32(VM_SEGMENT);
    size_t n = 0;
    a->prover->eval_row(a->pre, a->main, &segment, a->constraints, a->mults, a->values);
    names[0] = 0;
    for (u32 i = 0; i < a->shape->n_constraints && n < n_bytes; i++)
        if (a->constraints[i] != 0)
            n += (size_t)snprintf(names + n, n_bytes - n, "%s ", a->prover->constraint_names[i]);
}

/* A flag of 2 doubles a row, a flag of -1 turns its messages round: it would receive what it sends. */
TEST(flags_of_memory_are_bits)
{
    static const struct {
        u32 table, cells[2];
        const char *broken;
    } lies[] = {
        {SITU_VM_TABLE_IMAGE, {2, 0}, "image.used.bit "},
        {SITU_VM_TABLE_IMAGE, {KB_P - 1, 0}, "image.used.bit "},
        {SITU_VM_TABLE_ZERO_INIT, {2, 0}, "zero_init.real.bit "},
        {SITU_VM_TABLE_ZERO_INIT, {KB_P - 1, 0}, "zero_init.real.bit "},
        {SITU_VM_TABLE_INPUT_INIT, {2, 0}, "input_init.real.bit "},
        {SITU_VM_TABLE_INPUT_INIT, {KB_P - 1, 0}, "input_init.real.bit "},
        {SITU_VM_TABLE_EDGE, {2, 0}, "edge.real.bit "},
        {SITU_VM_TABLE_EDGE, {KB_P - 1, 0}, "edge.real.bit "},
        {SITU_VM_TABLE_TOUCH, {2, 0}, "touch.real.bit "},
        {SITU_VM_TABLE_TOUCH, {KB_P - 1, 0}, "touch.real.bit "},
        {SITU_VM_TABLE_EXIT, {2, 0}, "exit.real.bit "},
        {SITU_VM_TABLE_EXIT, {KB_P - 1, 0}, "exit.real.bit "},
        {SITU_VM_TABLE_FINAL, {1, 1}, "final.linked.bit "},
        {SITU_VM_TABLE_FINAL, {2, KB_P - 1}, "final.real.bit final.skip.bit "},
        {SITU_VM_TABLE_FINAL, {1, 0}, ""},
        {SITU_VM_TABLE_FINAL, {0, 1}, ""},
    };
    for (u32 i = 0; i < SITU_ARRAY_LEN(lies); i++) {
        char names[256];
        any_row a = row_open(lies[i].table);
        a.main[0] = kb_from_u32(lies[i].cells[0]);
        if (a.shape->n_main > 1) a.main[1] = kb_from_u32(lies[i].cells[1]);
        broken_by(names, sizeof names, &a);
        CHECK_STR_EQ(names, lies[i].broken);
        row_close(&a);
    }
}

/* The time in a message of the execution or memory bus, or of output_part. */
static kb time_of(const any_row *a, const situ_air_interaction *x)
{
    static const u32 at[SITU_VM_BUSES] = {
        [SITU_VM_BUS_EXECUTION] = 1, [SITU_VM_BUS_MEMORY] = 6, [SITU_VM_BUS_OUTPUT_PART] = 0};
    return a->values[x->first_value + at[x->bus]];
}

/* A row that belongs to an ecall's, whose time it receives. */
static bool is_part_of_ecall(u32 bus)
{
    return bus == SITU_VM_BUS_OUTPUT_PART || bus == SITU_VM_BUS_K_SUM || bus == SITU_VM_BUS_F_SUM;
}

static bool is_part_table(u32 t)
{
    return t == SITU_VM_TABLE_OUTPUT_WORD || t == SITU_VM_TABLE_K_HORNER_ELEMENT ||
           t == SITU_VM_TABLE_F_HORNER_TILE;
}

/* When the row's instruction begins. */
static bool start_of(const any_row *a, kb *start)
{
    for (u32 i = 0; i < a->shape->n_interactions; i++) {
        const situ_air_interaction *x = &a->shape->interactions[i];
        if (!x->is_receive || (x->bus != SITU_VM_BUS_EXECUTION && !is_part_of_ecall(x->bus))) continue;
        *start = time_of(a, x);
        return true;
    }
    return false;
}

/* Time that the row's instruction takes; 0 when it has none behind it, or is none. */
static u32 units_of(const any_row *a)
{
    kb start;
    for (u32 i = 0; start_of(a, &start) && i < a->shape->n_interactions; i++) {
        const situ_air_interaction *x = &a->shape->interactions[i];
        if (x->bus == SITU_VM_BUS_EXECUTION && !x->is_receive) return kb_to_u32(kb_sub(time_of(a, x), start));
    }
    return 0;
}

/* May rows of table t be this operation?  LUI and AUIPC are JAL to the program. */
static bool is_table_of(u32 t, u32 op)
{
    const char *name = situ_vm_system.tables[t].name;
    if (op == SITU_OP_LUI || op == SITU_OP_AUIPC || op >= SITU_OP_EBREAK) return false;
    if (op == SITU_OP_ECALL)
        return t == SITU_VM_TABLE_EXIT || t == SITU_VM_TABLE_WRITE || t == SITU_VM_TABLE_KECCAK ||
               t == SITU_VM_TABLE_BLAKE3 || t == SITU_VM_TABLE_K_MULADD || t == SITU_VM_TABLE_K_HORNER ||
               t == SITU_VM_TABLE_F_HORNER || t == SITU_VM_TABLE_K_FOLD;
    if (!situ_ops[op].bytes) return vm_rules[op].table == t;
    if (strncmp(name, situ_ops[op].format == SITU_FORMAT_LOAD ? "load" : "store", 4) != 0) return false;
    switch (situ_ops[op].bytes) {
    case 1: return strstr(name, "narrow");
    case 2: return strstr(name, "narrow") || strstr(name, "misaligned");
    case 4: return strstr(name, "word") || strstr(name, "misaligned");
    default: return strstr(name, "misaligned") || strlen(name) <= 5;
    }
}

/* Two rows with the same flags, and random cells otherwise.  Where what is said to be a bit is the same in both, and is none, such flags
 * cannot be.  What operation do they fetch?  SITU_OPS_COUNT: none. */
static u32 fetched_op(any_row rows[2], const u32 *bits, u32 n_bits, u64 choice)
{
    const kb segment = kb_from_u32(VM_SEGMENT);
    const any_row *a = &rows[0];
    for (u32 r = 0; r < 2; r++) {
        for (u32 i = 0; i < n_bits; i++) rows[r].main[bits[i]] = kb_from_u32(choice >> i & 1);
        a->prover->eval_row(NULL, rows[r].main, &segment, rows[r].constraints, rows[r].mults, rows[r].values);
    }
    for (u32 i = 0; i < a->shape->n_constraints; i++) {
        const char *name = a->prover->constraint_names[i];
        const size_t n = strlen(name);
        if (n < 4 || strcmp(name + n - 4, ".bit") != 0) continue;
        if (a->constraints[i] != 0 && a->constraints[i] == rows[1].constraints[i]) return SITU_OPS_COUNT;
    }
    for (u32 i = 0; i < a->shape->n_interactions; i++) {
        const situ_air_interaction *x = &a->shape->interactions[i];
        if (x->bus != SITU_VM_BUS_PROGRAM || a->mults[i] == 0) continue;
        CHECK_EQ(kb_to_u32(kb_neg(a->mults[i])), 1);
        u32 op = kb_to_u32(a->values[x->first_value + 1]);
        CHECK(op < SITU_OPS_COUNT && a->values[x->first_value + 1] == rows[1].values[x->first_value + 1]);
        return op;
    }
    return SITU_OPS_COUNT;
}

/* Whatever the flags of a row are, what it fetches is an operation that its table is for; and each operation has one.  (Table logic has
 * no flags, but a constraint: docs/tables-logic-shifts.md.) */
TEST(flags_stand_for_operations_of_the_table)
{
    bool has_table[SITU_OPS_COUNT] = {false};
    for (u32 t = 0; t < SITU_VM_TABLES; t++) {
        any_row rows[2] = {row_open(t), row_open(t)};
        kb start;
        u32 bits[32], n_bits = 0;
        row_fill(&rows[0], 0);
        row_fill(&rows[1], 0);
        const bool is_instruction = start_of(&rows[0], &start) && !is_part_table(t);
        for (u32 i = 0; is_instruction && i < rows[0].prover->n_columns_named; i++) {
            const situ_air_column *c = &rows[0].prover->columns[i];
            for (u32 k = 0; k < c->n && c->type == SITU_AIR_BIT && n_bits < 16; k++)
                bits[n_bits++] = c->first + k;
        }
        for (u64 choice = 0; is_instruction && t != SITU_VM_TABLE_LOGIC && choice < UINT64_C(1) << n_bits;
             choice++) {
            u32 op = fetched_op(rows, bits, n_bits, choice);
            if (op == SITU_OPS_COUNT) continue;
            if (!is_table_of(t, op))
                test_fail(__FILE__, __LINE__, "table %s may be %s", rows[0].shape->name,
                          situ_ops[op].mnemonic);
            has_table[op] = true;
        }
        row_close(&rows[0]);
        row_close(&rows[1]);
    }
    for (u32 op = 0; op < SITU_OPS_COUNT; op++) {
        bool has = false;
        for (u32 t = 0; t < SITU_VM_TABLES; t++) has |= t != SITU_VM_TABLE_LOGIC && is_table_of(t, op);
        if (has != has_table[op]) test_fail(__FILE__, __LINE__, "no row can be %s", situ_ops[op].mnemonic);
    }
}

/* An instruction takes at most SITU_UNITS_MAX, which is what the verifier reckons with: rows times units stay below p.  So does the index
 * in a write's chain, which a row takes on by at most 8. */
TEST(time_cannot_go_round)
{
    u32 n_families = 0;
    for (u32 t = 0; t < SITU_VM_TABLES; t++) {
        any_row a = row_open(t);
        row_fill(&a, 1);
        u32 units = units_of(&a);
        row_fill(&a, 1);
        CHECK_EQ(units, units_of(&a));
        CHECK(units == 0 || units == SITU_UNITS || units == SITU_UNITS_MAX);
        n_families += units != 0;
        row_close(&a);
    }
    CHECK(n_families > 20);
    CHECK(((u64)situ_vm_system.tables[SITU_VM_TABLE_OUTPUT_WORD].max_instances * 8
           << SITU_STARK_LOG2_ROWS_MAX) < KB_P);
}

/* A proof of more rows is refused before anything else of it is looked at. */
TEST(too_many_rows_are_refused)
{
    u64 file[128] = {0};
    zkvm_header *h = (zkvm_header *)file;
    zkvm_vk_header *vk = (zkvm_vk_header *)(h + 1);
    stark_header *argument = (stark_header *)((u8 *)(vk + 1) + sizeof(stark_vk_header));
    situ_zkvm_expected expected = {.allow_insecure = true};
    situ_stark_reason reason;
    situ_zkvm_claim claim;
    const size_t vk_bytes = sizeof *vk + sizeof(stark_vk_header);
    const u64 rows_max = (KB_P - SITU_TIME_END) / SITU_UNITS_MAX;
    void *scratch = aligned_alloc(64, situ_zkvm_verify_scratch_bytes());
    *h = (zkvm_header){.magic = ZKVM_MAGIC,
                       .version = ZKVM_VERSION,
                       .total_bytes = sizeof *h + vk_bytes + sizeof *argument,
                       .vk_bytes = vk_bytes,
                       .argument_bytes = sizeof *argument};
    *vk = (zkvm_vk_header){.magic = ZKVM_VK_MAGIC, .version = ZKVM_VERSION};
    *(stark_vk_header *)(vk + 1) = (stark_vk_header){.magic = STARK_VK_MAGIC, .version = STARK_VERSION};
    situ_zkvm_vk_digest(expected.vk_digest, vk, vk_bytes);
    for (u32 n = 50; n < 70; n++) {
        memset(argument->log2_rows, 0, sizeof argument->log2_rows);
        memset(argument->log2_rows + 3, SITU_STARK_LOG2_ROWS_MAX, n);
        CHECK(situ_zkvm_verify(&claim, &expected, file, h->total_bytes, scratch, &reason) != SITU_OK);
        CHECK_EQ(!strncmp(reason.check, "too many rows", 13), (u64)n << SITU_STARK_LOG2_ROWS_MAX > rows_max);
    }
    memset(argument->log2_rows, 0, sizeof argument->log2_rows);
    argument->log2_rows[0] = 200;
    CHECK(situ_zkvm_verify(&claim, &expected, file, h->total_bytes, scratch, &reason) != SITU_OK);
    free(scratch);
}

static bool is_range(const any_row *a, u32 interaction, u32 n_bits, kb *x)
{
    const situ_air_interaction *r = &a->shape->interactions[interaction];
    if (r->bus != SITU_VM_BUS_RANGE || kb_to_u32(a->values[r->first_value + 1]) != n_bits) return false;
    *x = a->values[r->first_value];
    return true;
}

/* Is x one of the values that the row shows to be of 16 bits? */
static bool is_checked(const any_row *a, kb x)
{
    kb value;
    for (u32 i = 0; i < a->shape->n_interactions; i++)
        if (is_range(a, i, 16, &value) && value == x) return true;
    return false;
}

/* Is x = low + 2^16 high for two values of the row that are shown to be of 16 and of 9 bits? */
static bool is_checked_in_two(const any_row *a, kb x)
{
    kb low, high;
    for (u32 i = 0; i < a->shape->n_interactions; i++)
        for (u32 k = 0; k < a->shape->n_interactions; k++)
            if (is_range(a, i, 16, &low) && is_range(a, k, 9, &high) &&
                x == kb_add(low, kb_mul(high, kb_from_u32(1u << 16))))
                return true;
    return false;
}

/* The access that receives what interaction `received` does: sent when?  Same space and address, the next one. */
static kb sent_time(const any_row *a, u32 received)
{
    const situ_air_interaction *r = &a->shape->interactions[received];
    const kb *token = a->values + r->first_value;
    for (u32 i = received + 1; i < a->shape->n_interactions; i++) {
        const situ_air_interaction *x = &a->shape->interactions[i];
        if (x->bus == SITU_VM_BUS_MEMORY && !x->is_receive && a->values[x->first_value] == token[0] &&
            a->values[x->first_value + 1] == token[1])
            return time_of(a, x);
    }
    test_fail(__FILE__, __LINE__, "%s takes a token and gives none back",
              a->prover->interaction_names[received]);
}

/* Every access happens within its instruction, and what it receives was sent before by at most 2^16: by 16 checked bits; a touch takes 25. */
TEST(every_access_is_later_than_the_last)
{
    u32 n = 0;
    for (u32 t = 0; t < SITU_VM_TABLES; t++) {
        if (t == SITU_VM_TABLE_EDGE) continue;
        any_row a = row_open(t);
        row_fill(&a, 1);
        for (u32 i = 0; i < a.shape->n_interactions; i++) {
            const situ_air_interaction *x = &a.shape->interactions[i];
            if (x->bus != SITU_VM_BUS_MEMORY || !x->is_receive) continue;
            kb sent = sent_time(&a, i), begin = sent, old = time_of(&a, x);
            bool is_later = false, is_instruction = start_of(&a, &begin);
            u32 slot = kb_to_u32(kb_sub(sent, begin)), units = (u32)u64_max(units_of(&a), SITU_UNITS);
            if (is_part_table(t)) units = SITU_UNITS_MAX;
            CHECK(is_instruction ? slot < units : t == SITU_VM_TABLE_TOUCH);
            for (u32 late = 1; late <= slot + 1; late++)
                is_later |= is_checked(&a, kb_sub(kb_sub(sent, kb_from_u32(late)), old));
            if (t == SITU_VM_TABLE_TOUCH) is_later = is_checked_in_two(&a, kb_sub(kb_sub(sent, KB_ONE), old));
            if (!is_later) test_fail(__FILE__, __LINE__, "%s may be later", a.prover->interaction_names[i]);
            n++;
        }
        row_close(&a);
    }
    CHECK(n > 100);
}

/* --- what is preprocessed ------------------------------------------------------------------------------- */

/* An ELF file of these segments, each at 4096 times its number in the file; loaded. */
typedef struct {
    u32 flags;
    u64 address;
    const void *bytes;
    u32 n_bytes, n_memory;
} file_part;

/* NULL when the loader refuses it. */
static situ_program *try_parts(const file_part *parts, u32 n)
{
    elf_header h = {.ident = "\177ELF\2\1\1",
                    .type = ELF_TYPE_EXEC,
                    .machine = ELF_MACHINE_RISCV,
                    .version = 1,
                    .entry = parts[0].address,
                    .phoff = sizeof h,
                    .ehsize = sizeof h,
                    .phentsize = sizeof(elf_segment),
                    .phnum = (u16)n,
                    .shentsize = sizeof(elf_section)};
    char message[SITU_MESSAGE_BYTES];
    situ_program *program;
    size_t n_bytes = 4096;
    for (u32 i = 0; i < n; i++) n_bytes += u64_align_up(parts[i].n_bytes, 4096);
    u8 *elf = calloc(1, n_bytes);
    CHECK(elf != NULL);
    memcpy(elf, &h, sizeof h);
    for (u32 i = 0, at = 4096; i < n; i++) {
        elf_segment s = {.type = ELF_PT_LOAD,
                         .flags = parts[i].flags,
                         .offset = at,
                         .vaddr = parts[i].address,
                         .filesz = parts[i].n_bytes,
                         .memsz = parts[i].n_memory};
        memcpy(elf + sizeof h + i * sizeof s, &s, sizeof s);
        if (parts[i].n_bytes) memcpy(elf + at, parts[i].bytes, parts[i].n_bytes);
        at += (u32)u64_align_up(parts[i].n_bytes, 4096);
    }
    if (situ_program_load(&program, elf, n_bytes, message)) program = NULL;
    free(elf);
    return program;
}

static situ_program *load_parts(const file_part *parts, u32 n)
{
    situ_program *program = try_parts(parts, n);
    CHECK(program != NULL);
    return program;
}

/* Random instructions and words in many segments, some side by side, some of two regions' words apart. */
static situ_program *many_parts(void)
{
    static u32 words[1024];
    for (u32 i = 0; i < SITU_ARRAY_LEN(words); i++) {
        u32 op = (u32)test_random_below(SITU_OP_ILLEGAL);
        words[i] = situ_ops[op].match | ((u32)test_random() & ~situ_ops[op].mask);
    }
    const file_part parts[] = {
        {ELF_PF_R | ELF_PF_X, 0x10004, words, 4000, 4000},
        {ELF_PF_R, 0x10fa8, words, 21, 30},
        {ELF_PF_R | ELF_PF_W, 0x10fd0, words, 13, 0x3000},
        {ELF_PF_X, 0x40000, words, 4, 4},
        {ELF_PF_R, 0x50001, words + 7, 1, 1},
        {ELF_PF_R | ELF_PF_W, SITU_VM_GUARD_START - 12, words, 12, 12},
        {ELF_PF_R | ELF_PF_W, SITU_VM_STACK_END - 4, words, 4, 16},
        {ELF_PF_X, SITU_VM_INPUT_START - 64, words, 64, 64},
    };
    return load_parts(parts, SITU_ARRAY_LEN(parts));
}

static u64 program_rows(const situ_program *p, u32 table)
{
    u8 heights[SITU_STARK_SLOTS_MAX];
    CHECK_EQ(vm_key_heights(p, heights), SITU_OK);
    u32 slot = 0;
    for (u32 t = 0; t < table; t++) slot += situ_vm_system.tables[t].max_instances;
    return UINT64_C(1) << heights[slot];
}

/* The compiler took every preprocessed column's type for granted. */
static void check_types(const situ_program *p)
{
    const situ_air_column *bad;
    for (u32 t = 0; t < SITU_VM_TABLES; t++) {
        const u32 n_pre = situ_vm_system.tables[t].n_pre;
        u32 plain[SITU_VM_PRE_MAX];
        kb pre[SITU_VM_PRE_MAX];
        CHECK(n_pre <= SITU_VM_PRE_MAX);
        for (u64 row = 0; n_pre && row < program_rows(p, t); row++) {
            vm_preprocessed(p, t, (u32)row, plain);
            for (u32 i = 0; i < n_pre; i++) pre[i] = kb_from_u32(plain[i]);
            if (!situ_air_check_preprocessed(&situ_vm_prover.tables[t], pre, &bad))
                test_fail(__FILE__, __LINE__, "table %s, row %" PRIu64 ": %s", situ_vm_system.tables[t].name,
                          row, bad->name);
        }
    }
}

/* One instruction at a place; registers that there are; and none that writes register 0 or 33. */
static void check_program(const situ_program *p)
{
    static u8 seen[1 << 18];
    const u64 n = program_rows(p, SITU_VM_TABLE_PROGRAM);
    memset(seen, 0, sizeof seen);
    for (u64 row = 0; row < n; row++) {
        situ_vm_program_pre_row pre;
        vm_preprocessed(p, SITU_VM_TABLE_PROGRAM, (u32)row, (u32 *)&pre);
        if (pre.op == SITU_OP_ILLEGAL) continue;
        u64 pc = 4 * (u64)pre.place;
        const situ_region *r = situ_program_region(p, (u32)(pc / 8));
        CHECK(r && r->kind == SITU_REGION_EXEC);
        CHECK(pre.rd >= 1 && pre.rd <= SITU_REG_SINK && pre.rs1 < 32 && pre.rs2 < 32);
        CHECK(pre.op != SITU_OP_LUI && pre.op != SITU_OP_AUIPC);
        u32 at = (u32)(row % sizeof seen);
        CHECK_EQ(seen[at], 0);
        seen[at] = 1;
        CHECK_EQ(situ_program_insn_at(p, pc), row); /* so there is one row of this place */
    }
}

/* Of how many tables is each word the business?  One at most, and one of each mapped word. */
static u32 n_beginnings(const situ_program *p, u32 word, u32 *space)
{
    u32 n = 0;
    for (u64 row = 0; row < program_rows(p, SITU_VM_TABLE_REGIONS); row++) {
        situ_vm_regions_pre_row pre;
        vm_preprocessed(p, SITU_VM_TABLE_REGIONS, (u32)row, (u32 *)&pre);
        if (word < pre.first || word > pre.last) continue;
        n++;
        *space = pre.kind ? SITU_SPACE_RO : SITU_SPACE_RW;
    }
    for (u64 row = 0; row < program_rows(p, SITU_VM_TABLE_IMAGE); row++) {
        situ_vm_image_pre_row pre;
        vm_preprocessed(p, SITU_VM_TABLE_IMAGE, (u32)row, (u32 *)&pre);
        if (pre.space == SITU_SPACE_REG || pre.address != word) continue;
        n++;
        *space = pre.space;
    }
    return n;
}

static void check_word(const situ_program *p, u32 word)
{
    u32 space = 0;
    const situ_region *r = situ_program_region(p, word);
    CHECK_EQ(n_beginnings(p, word, &space), r != NULL);
    if (r) CHECK_EQ(space, region_space(r->kind));
    if (r) CHECK(space == SITU_SPACE_RO || (r->kind != SITU_REGION_EXEC && r->kind != SITU_REGION_INPUT));
}

static void check_words(const situ_program *p)
{
    for (u32 i = 0; i < p->n_regions; i++) {
        const u32 first = p->regions[i].first, last = p->regions[i].last;
        const u32 words[] = {first - 1, first, first + 1, last - 1, last, last + 1};
        for (u32 k = 0; k < SITU_ARRAY_LEN(words); k++) check_word(p, words[k]);
        for (u32 k = 0; k < 16; k++) check_word(p, first + (u32)test_random_below(last - first + 1));
    }
    check_word(p, 0);
    check_word(p, SITU_VM_WORDS - 1);
}

TEST(preprocessed_tables_say_what_others_rely_on)
{
    situ_program *p = many_parts();
    check_types(p);
    check_program(p);
    check_words(p);
    situ_program_free(p);
    start(ASM_DATA_MAX);
    li(X_A0, 0);
    ecall(SITU_ECALL_EXIT);
    p = asm_load(&g);
    check_types(p);
    check_words(p);
    situ_program_free(p);
}

/* Whoever wrote the file: what the loader lets pass has one beginning for each word, and one instruction for each place. */
TEST(any_layout_that_loads)
{
    static const u32 kinds[] = {ELF_PF_X, ELF_PF_R | ELF_PF_X, ELF_PF_R, ELF_PF_R | ELF_PF_W};
    static u8 bytes[64];
    u32 n_loaded = 0;
    for (u32 i = 0; i < sizeof bytes; i++) bytes[i] = (u8)test_random();
    for (u64 run = 0; run < test_runs(400); run++) {
        file_part parts[5] = {{0}};
        const u32 n = 1 + (u32)test_random_below(5);
        for (u32 i = 0; i < n; i++) {
            parts[i] = (file_part){.flags = kinds[i == 0 ? 0 : test_random_below(4)], .bytes = bytes};
            parts[i].address = 0x10000 + test_random_below(160);
            if (parts[i].flags & ELF_PF_X || test_random_below(2)) parts[i].address &= ~UINT64_C(3);
            parts[i].n_bytes = i == 0 ? 4 : (u32)test_random_below(24);
            parts[i].n_memory = parts[i].n_bytes + (u32)(test_random_below(2) * test_random_below(24));
        }
        situ_program *p = try_parts(parts, n);
        if (!p) continue;
        n_loaded++;
        check_program(p);
        for (u32 word = 0x10000 / 8 - 2; word < 0x10000 / 8 + 40; word++) check_word(p, word);
        check_word(p, SITU_VM_GUARD_START / 8 - 1);
        situ_program_free(p);
    }
    CHECK(n_loaded > 40);
}

/* A key depends on every word of the image, on permissions, and on the entry; the digest of the tables alone does, too. */
TEST(keys_cover_the_program)
{
    static const situ_stark_params params = {
        .log2_blowup = 1, .n_queries = 2, .grinding_bits = 0, .log2_cap = 1, .insecure = 1};
    static const u32 code[4] = {0x13, 0x13, 0x73, 0x13};
    u64 data[3] = {1, 2, 3};
    u8 digests[6][32], programs[6][32];
    for (u32 i = 0; i < 6; i++) {
        file_part parts[2] = {{ELF_PF_X, 0x10000, code, 16, 16},
                              {ELF_PF_R | ELF_PF_W, 0x20000, data, 24, 24}};
        char message[SITU_MESSAGE_BYTES];
        situ_zkvm_key *key;
        size_t vk_bytes;
        data[2] = 3;
        if (i == 1) data[2] ^= UINT64_C(1) << 63;
        if (i == 2) parts[1].flags = ELF_PF_R;
        if (i == 3) parts[1].address += 8;
        if (i == 4) parts[1].n_bytes = parts[1].n_memory = 23;
        if (i == 5) parts[0].n_bytes = parts[0].n_memory = 12;
        situ_program *p = load_parts(parts, 2);
        CHECK_EQ(situ_zkvm_key_create(&key, p, &params, NULL, message), SITU_OK);
        const u8 *vk = situ_zkvm_key_vk(key, &vk_bytes);
        situ_stark_vk_digest(digests[i], vk + sizeof(zkvm_vk_header), vk_bytes - sizeof(zkvm_vk_header));
        situ_program_digest(p, programs[i]);
        situ_zkvm_key_destroy(key);
        situ_program_free(p);
        const bool is_same = i == 4; /* the last byte of the word is 0 anyway */
        CHECK_EQ(i == 0 || is_same == !memcmp(digests[i], digests[0], 32), 1);
        CHECK_EQ(i == 0 || is_same == !memcmp(programs[i], programs[0], 32), 1);
    }
}

/* --- hostile lengths ------------------------------------------------------------------------------------ */

enum { KEY_BYTES = sizeof(zkvm_vk_header) + sizeof(stark_vk_header), FILE_WORDS = 128 };

/* A file of zeros whose key can be read, wherever it ends. */
static zkvm_header *file_of_lengths(u64 file[FILE_WORDS], u64 n_bytes)
{
    zkvm_header *h = (zkvm_header *)file;
    zkvm_vk_header *key = (zkvm_vk_header *)(h + 1);
    stark_vk_header *tables = (stark_vk_header *)(key + 1);
    memset(file, 0, FILE_WORDS * sizeof *file);
    *h = (zkvm_header){.magic = ZKVM_MAGIC, .version = ZKVM_VERSION, .total_bytes = n_bytes};
    key->magic = ZKVM_VK_MAGIC;
    key->version = ZKVM_VERSION;
    tables->magic = STARK_VK_MAGIC;
    tables->version = STARK_VERSION;
    return h;
}

/* Do the lengths add up, as integers? */
static bool is_whole(const zkvm_header *h, u64 n_bytes)
{
    const unsigned __int128 sum =
        (unsigned __int128)sizeof *h + h->vk_bytes + h->output_bytes + h->argument_bytes;
    return h->vk_bytes >= KEY_BYTES && h->vk_bytes % 8 == 0 &&
           h->output_bytes <= SITU_ZKVM_OUTPUT_BYTES_MAX && sum + -h->output_bytes % 8 == n_bytes;
}

/* A reader who adds or subtracts modulo 2^64 takes some of these: every other file has lengths that add up so. */
TEST(lengths_of_a_file_are_not_believed)
{
    static const u64 edges[] = {0,
                                1,
                                7,
                                8,
                                9,
                                KEY_BYTES - 8,
                                KEY_BYTES,
                                KEY_BYTES + 4,
                                KEY_BYTES + 8,
                                600,
                                SITU_ZKVM_OUTPUT_BYTES_MAX,
                                SITU_ZKVM_OUTPUT_BYTES_MAX + 1,
                                UINT64_C(1) << 32,
                                UINT64_C(1) << 63,
                                UINT64_MAX - 575,
                                UINT64_MAX - 8,
                                UINT64_MAX - 7,
                                UINT64_MAX - 6,
                                UINT64_MAX};
    enum { N = SITU_ARRAY_LEN(edges) };
    u64 file[FILE_WORDS];
    situ_zkvm_claim claim;
    u32 n_read = 0;
    for (u32 i = 0; i < 4 * N * N * N; i++) {
        const u64 n = sizeof(zkvm_header) + KEY_BYTES + test_random_below(600);
        zkvm_header *h = file_of_lengths(file, n);
        h->output_bytes = edges[i % N];
        h->vk_bytes = edges[i / N % N];
        h->argument_bytes = edges[i / N / N % N];
        if (i % 2) h->argument_bytes = n - sizeof *h - h->vk_bytes - u64_align_up(h->output_bytes, 8);
        const bool is_read = situ_zkvm_read(&claim, file, n, NULL) == SITU_OK;
        if (is_read != is_whole(h, n))
            test_fail(__FILE__, __LINE__,
                      "%d: a key of %" PRIu64 ", output of %" PRIu64 ", argument of %" PRIu64 " in %" PRIu64
                      " bytes",
                      is_read, (u64)h->vk_bytes, (u64)h->output_bytes, (u64)h->argument_bytes, n);
        n_read += is_read;
    }
    CHECK(n_read > 100);
}

/* An argument that ends before its header does is not looked at. */
TEST(arguments_without_a_header_are_refused)
{
    void *scratch = aligned_alloc(64, situ_zkvm_verify_scratch_bytes());
    for (u64 n = 0; n <= sizeof(stark_header); n += 8) {
        u64 file[FILE_WORDS];
        situ_zkvm_claim claim;
        situ_stark_reason reason;
        zkvm_header *h = file_of_lengths(file, sizeof *h + KEY_BYTES + n);
        h->vk_bytes = KEY_BYTES;
        h->argument_bytes = n;
        CHECK_EQ(situ_zkvm_read(&claim, file, h->total_bytes, NULL), SITU_OK);
        CHECK(situ_zkvm_verify_claim(&claim, true, scratch, &reason) != SITU_OK);
        CHECK_EQ(strcmp(reason.check, "argument too short") == 0, n < sizeof(stark_header));
    }
    free(scratch);
}

/* --- honest runs at limits ------------------------------------------------------------------------------ */

static void holds(witness_run *r)
{
    witness_must_hold(r);
    witness_close(r);
}

/* The run's last instruction is its program's, where the code segment ends; before that, jumps and branches there and from there. */
TEST(code_up_to_its_end)
{
    start(0);
    g.n_code = 0;
    li(X_A7, SITU_ECALL_EXIT);
    u32 first = g.n_code;
    asm_at(&g, enc_j(X_RA, 8));                     /* over the next */
    asm_at(&g, enc_b(SITU_OP_BEQ, 0, 0, 12));       /* to the last */
    asm_at(&g, enc_i(SITU_OP_ADDI, X_A0, 0, -1));   /* all 64 bits */
    asm_at(&g, enc_i(SITU_OP_JALR, X_T0, X_RA, 1)); /* back behind the first; bit 0 is dropped */
    asm_at(&g, situ_ops[SITU_OP_ECALL].match);
    CHECK_EQ(first, 1);
    witness_run *r = witness_open(asm_load(&g), NULL, 0, 3);
    CHECK_EQ(r->statement.exit_code, UINT64_MAX);
    holds(r);
}

/* One segment of code and nothing else; it ends where the input begins. */
TEST(code_alone)
{
    u32 code[] = {enc_i(SITU_OP_ADDI, X_A7, 0, SITU_ECALL_EXIT), enc_i(SITU_OP_LD, X_A0, X_SP, 0),
                  situ_ops[SITU_OP_ECALL].match};
    const u64 address = SITU_VM_INPUT_START - sizeof code;
    code[1] = enc_u(SITU_OP_AUIPC, X_A0, 0); /* a0 = pc */
    const file_part part = {ELF_PF_X, address, code, sizeof code, sizeof code};
    witness_run *r = witness_open(load_parts(&part, 1), NULL, 0, 3);
    CHECK_EQ(r->statement.exit_code, UINT64_C(0xffffffffbffffff8) & 0xffffffff);
    holds(r);
}

TEST(exit_codes_of_64_bits)
{
    static const u64 codes[] = {0, 1, 0xffff, UINT64_C(0x8000000000000000), UINT64_C(0xfedcba9876543210)};
    for (u32 i = 0; i < SITU_ARRAY_LEN(codes); i++) {
        start(0);
        li(X_A0, codes[i]);
        witness_run *r = finish_a0(1 << 12);
        CHECK_EQ(r->statement.exit_code, codes[i]);
        holds(r);
    }
}

/* n_calls times write(1, data, n_bytes), in a loop. */
static witness_run *long_output(u32 n_calls, u32 n_bytes)
{
    start(8192);
    li(X_A1, ASM_DATA + 3);
    li(X_A2, n_bytes);
    li(X_A3, n_calls);
    li(X_A7, SITU_ECALL_WRITE);
    asm_at(&g, enc_i(SITU_OP_ADDI, X_A0, 0, 1));
    asm_at(&g, situ_ops[SITU_OP_ECALL].match);
    asm_at(&g, enc_i(SITU_OP_ADDI, X_A3, X_A3, -1));
    asm_at(&g, enc_b(SITU_OP_BNE, X_A3, 0, -12));
    return finish(1 << 12);
}

TEST(output_up_to_the_limit)
{
    witness_run *r = long_output(1, 0);
    CHECK_EQ(r->statement.n_output, 0);
    holds(r);
    r = long_output(1, 1);
    CHECK_EQ(r->statement.n_output, 1);
    holds(r);
    r = long_output(250, 4000);
    CHECK_EQ(r->statement.n_output, VM_OUTPUT_BYTES_MAX);
    holds(r);
}

/* The verifier's own messages have room in a bus sum. */
_Static_assert(VM_OUTPUT_BYTES_MAX + SITU_REGS + 8 <= 1 << 20, "the longest output fits the verifier's room");
_Static_assert(SITU_ZKVM_OUTPUT_BYTES_MAX == VM_OUTPUT_BYTES_MAX, "one limit");

/* Loads, stores and accelerators at both ends of regions, over words of two regions, and over spaces. */
TEST(ends_of_regions)
{
    static const u64 ends[] = {SITU_VM_GUARD_START, SITU_VM_INPUT_START};
    start(24);
    for (u32 i = 0; i < SITU_ARRAY_LEN(ends); i++) {
        li(X_A1, ends[i]);
        asm_at(&g, enc_s(SITU_OP_SD, X_A1, X_A1, -8));
        asm_at(&g, enc_s(SITU_OP_SD, X_A1, X_A1, -13));
        asm_at(&g, enc_s(SITU_OP_SB, X_A1, X_A1, -1));
        asm_at(&g, enc_i(SITU_OP_LD, X_T0, X_A1, -8));
        asm_at(&g, enc_i(SITU_OP_LD, X_T0, X_A1, -9));
        asm_at(&g, enc_i(SITU_OP_LHU, X_T0, X_A1, -2));
        guest_keccak(ends[i] - 8 * SITU_KECCAK_WORDS);
        guest_blake3(ends[i] - 32, ends[i] - 64, 1, 2);
    }
    li(X_A1, SITU_VM_INPUT_START);
    asm_at(&g, enc_i(SITU_OP_LD, X_T0, X_A1, -3)); /* zeros, then input */
    asm_at(&g, enc_i(SITU_OP_LW, X_T0, X_A1, -1));
    li(X_A1, SITU_VM_INPUT_END);
    asm_at(&g, enc_i(SITU_OP_LD, X_T0, X_A1, -8));
    asm_at(&g, enc_i(SITU_OP_LD, X_T0, X_A1, -15));
    guest_blake3(SITU_VM_STACK_START, SITU_VM_INPUT_END - 64, 3, 4);
    guest_keccak(SITU_VM_STACK_START);
    guest_keccak(SITU_VM_RAM_START);
    guest_write(1, SITU_VM_INPUT_END - 5, 5);
    guest_write(1, SITU_VM_INPUT_START - 3, 9);
    holds(finish_with("x", 1, 1 << 12));
}

/* An input of no bytes has a length: 0. */
TEST(input_of_no_bytes)
{
    start(0);
    li(X_A1, SITU_VM_INPUT_START);
    asm_at(&g, enc_i(SITU_OP_LWU, X_A0, X_A1, 0));
    witness_run *r = finish_a0(4);
    CHECK_EQ(r->statement.exit_code, 0);
    holds(r);
}

/* 2 n instructions. */
static void spin(u64 n)
{
    li(X_T0, n);
    asm_at(&g, enc_i(SITU_OP_ADDI, X_T0, X_T0, -1));
    asm_at(&g, enc_b(SITU_OP_BNE, X_T0, 0, -4));
}

/* Tokens of every kind of access at all ages around 2^16, the next of which wants a touch, and twice that; and first accesses
 * long after the start. */
TEST(ages_around_the_limit)
{
    for (u32 n_nops = 0; n_nops < 6; n_nops++) {
        start(64);
        li(X_A3, ASM_DATA);
        asm_at(&g, enc_i(SITU_OP_LD, X_A2, X_A3, 0));
        li(X_A0, 1);
        li(X_A1, ASM_DATA);
        li(X_A2, 9);
        li(X_A7, SITU_ECALL_WRITE);
        asm_at(&g, situ_ops[SITU_OP_ECALL].match);
        for (u32 i = 0; i < 2; i++) {
            li(X_A0, 1);
            spin(i == 0 ? 8188 : 16384);
            for (u32 k = 0; k < n_nops; k++) asm_at(&g, enc_i(SITU_OP_ADDI, 0, 0, 0));
            asm_at(&g, situ_ops[SITU_OP_ECALL].match);
        }
        li(X_A3, STALE_AT);
        asm_at(&g, enc_s(SITU_OP_SD, X_RA, X_A3, 0));
        guest_keccak(STALE_AT + 8);
        witness_run *r = finish(1 << 16);
        u32 n_oldest = 0;
        for (u32 i = 0; i < r->witness.n_rows[SITU_VM_TABLE_WRITE]; i++) {
            const situ_vm_write_row *w = witness_row(r, SITU_VM_TABLE_WRITE, i);
            n_oldest += w->pointer.gap == 0xffff || w->at.number_read.gap == 0xffff;
        }
        CHECK(r->witness.n_rows[SITU_VM_TABLE_TOUCH] > 0);
        if (n_nops == 0) CHECK(n_oldest < 2);
        holds(r);
    }
}

/* Tables exactly full, by one row not, and split in two. */
TEST(rows_to_the_brim)
{
    static const u32 counts[] = {64, 65, 4096, 4097, 5000, 6143, 6144, 8192};
    static const u8 heights[][2] = {{6, 0}, {7, 0}, {12, 0}, {12, 6}, {12, 10}, {12, 11}, {13, 0}, {13, 0}};
    for (u32 i = 0; i < SITU_ARRAY_LEN(counts); i++) {
        start(8);
        u32 n = counts[i];
        li(X_A1, STALE_AT);
        if (n > 64) {
            li(X_T0, n / 32);
            for (u32 k = 0; k < 32; k++) asm_at(&g, enc_s(SITU_OP_SD, X_T0, X_A1, 8 * (i32)k));
            asm_at(&g, enc_i(SITU_OP_ADDI, X_T0, X_T0, -1));
            asm_at(&g, enc_b(SITU_OP_BNE, X_T0, 0, -4 * 33));
            n %= 32;
        }
        for (u32 k = 0; k < n; k++) asm_at(&g, enc_s(SITU_OP_SD, X_T0, X_A1, 8 * (i32)k));
        witness_run *r = finish(1 << 14);
        const u32 slot = r->witness.first_slot[SITU_VM_TABLE_STORE];
        CHECK_EQ(r->witness.n_rows[SITU_VM_TABLE_STORE], counts[i]);
        CHECK_EQ(r->witness.log2_rows[slot], heights[i][0]);
        CHECK_EQ(r->witness.log2_rows[slot + 1], heights[i][1]);
        holds(r);
    }
}

/* The largest program and image that a key is made for. */
TEST(largest_programs)
{
    u8 heights[SITU_STARK_SLOTS_MAX];
    situ_program p = {.n_insns = 1u << 22, .n_image_words = 1u << 22, .n_regions = 1};
    CHECK_EQ(vm_key_heights(&p, heights), SITU_OK);
    p.n_insns++;
    CHECK_EQ(vm_key_heights(&p, heights), SITU_ERR_LIMIT);
    p.n_insns--, p.n_image_words++;
    CHECK_EQ(vm_key_heights(&p, heights), SITU_ERR_LIMIT);
}

/* Every operation, aligned or not, and every system call: a row of each table, so that the small ones share one height. */
static void assemble_everything(void)
{
    start(1024);
    li(X_A3, ASM_DATA);
    li(X_A1, 0x123456789);
    li(X_A2, 0x1234);
    for (u32 op = 0; op < SITU_OPS_COUNT; op++) {
        switch ((situ_format)situ_ops[op].format) {
        case SITU_FORMAT_REG: asm_at(&g, enc_r((situ_op)op, X_T0, X_A1, X_A2)); break;
        case SITU_FORMAT_IMM: asm_at(&g, enc_i((situ_op)op, X_T0, X_A1, 5)); break;
        case SITU_FORMAT_LOAD:
            asm_at(&g, enc_i((situ_op)op, X_T0, X_A3, 8));
            asm_at(&g, enc_i((situ_op)op, X_T0, X_A3, 15));
            break;
        case SITU_FORMAT_STORE:
            asm_at(&g, enc_s((situ_op)op, X_A1, X_A3, 8));
            asm_at(&g, enc_s((situ_op)op, X_A1, X_A3, 15));
            break;
        case SITU_FORMAT_BRANCH: asm_at(&g, enc_b((situ_op)op, X_A1, X_A2, 4)); break;
        case SITU_FORMAT_CONST: asm_at(&g, enc_u((situ_op)op, X_T0, 0x80000)); break;
        case SITU_FORMAT_JAL: asm_at(&g, enc_j(X_RA, 4)); break;
        case SITU_FORMAT_JALR:
            asm_at(&g, enc_u(SITU_OP_AUIPC, X_RA, 0));
            asm_at(&g, enc_i((situ_op)op, X_RA, X_RA, 8));
            break;
        case SITU_FORMAT_ECALL:
        case SITU_FORMAT_TRAP: break;
        }
    }
    li(X_A2, SITU_VM_INPUT_START);
    asm_at(&g, enc_i(SITU_OP_LD, X_T0, X_A2, 0));
    li(X_A2, STALE_AT);
    asm_at(&g, enc_i(SITU_OP_LD, X_T0, X_A2, 0));
    guest_write(1, ASM_DATA, 9);
    guest_write(2, ASM_DATA, 9);
    guest_keccak(ASM_DATA);
    guest_blake3(ASM_DATA, ASM_DATA + 64, 1, 2);
    for (u64 number = SITU_ECALL_K_MULADD; number <= SITU_ECALL_K_FOLD;
         number++) { /* memory behind the data is zero */
        li(X_A0, ASM_DATA);
        li(X_A1, ASM_DATA + 1024);
        li(X_A2, number == SITU_ECALL_K_MULADD ? ASM_DATA : 1);
        li(X_A3, ASM_DATA + 512);
        ecall(number);
    }
    li(X_T0, 8192);
    asm_at(&g, enc_i(SITU_OP_ADDI, X_T0, X_T0, -1)); /* 2^16 units and some more */
    asm_at(&g, enc_b(SITU_OP_BNE, X_T0, 0, -4));
}

static const situ_stark_params quick = {
    .log2_blowup = 1, .n_queries = 4, .grinding_bits = 0, .log2_cap = 3, .insecure = 1};

typedef struct {
    u64 *proof;
    size_t n_bytes;
    u8 vk_digest[32];
    situ_zkvm_claim claim; /* as verified last */
} proven;

static proven prove(const situ_program *program)
{
    char message[SITU_MESSAGE_BYTES];
    situ_zkvm_cost cost;
    situ_zkvm_key *key;
    situ_zkvm_run *run;
    size_t vk_bytes;
    proven p;
    CHECK_EQ(situ_zkvm_key_create(&key, program, &quick, NULL, message), SITU_OK);
    CHECK_EQ(situ_zkvm_run_create(&run, key, NULL, 0, NULL, message), SITU_OK);
    CHECK_EQ(situ_zkvm_cost_of(&cost, run, 1), SITU_OK);
    p.n_bytes = cost.proof_bytes;
    p.proof = malloc(p.n_bytes);
    CHECK_EQ(situ_zkvm_prove(run, p.proof, p.n_bytes, NULL, NULL, NULL, NULL), SITU_OK);
    const void *vk = situ_zkvm_key_vk(key, &vk_bytes);
    situ_zkvm_vk_digest(p.vk_digest, vk, vk_bytes);
    situ_zkvm_run_destroy(run);
    situ_zkvm_key_destroy(key);
    return p;
}

static situ_err verdict(proven *p, u64 exit_code)
{
    situ_zkvm_expected expected = {.exit_code = exit_code, .allow_insecure = true};
    void *scratch = aligned_alloc(64, situ_zkvm_verify_scratch_bytes());
    memcpy(expected.vk_digest, p->vk_digest, 32);
    situ_err err = situ_zkvm_verify(&p->claim, &expected, p->proof, p->n_bytes, scratch, NULL);
    free(scratch);
    return err;
}

/* The verifier guest's evaluators of constraints are not those of the host, and only a table that a proof has shows what the guest makes
 * of it. */
static void verify_in_the_guest(const proven *p)
{
    static u8 bytes[1 << 24];
    char message[SITU_MESSAGE_BYTES];
    const situ_recursion_prefix prefix = {.magic = SITU_RECURSION_MAGIC, .version = SITU_RECURSION_VERSION};
    situ_program *guest;
    situ_machine *m;
    situ_run_report report;
    FILE *f = fopen("build/guest/verifier-insecure.elf", "rb");
    if (!f) return; /* no cross compiler */
    CHECK_EQ(situ_program_load(&guest, bytes, fread(bytes, 1, sizeof bytes, f), message), SITU_OK);
    fclose(f);

    u8 *blob = malloc(sizeof prefix + p->n_bytes);
    memcpy(blob, &prefix, sizeof prefix);
    memcpy(blob + sizeof prefix, p->proof, p->n_bytes);
    CHECK_EQ(situ_machine_create(&m, guest, blob, sizeof prefix + p->n_bytes), SITU_OK);
    CHECK_EQ(situ_machine_run(m, UINT64_C(1) << 28), SITU_STOP_HALT);
    situ_machine_report(m, &report);
    CHECK_EQ(report.exit_code, SITU_RECURSION_VERIFIED);
    CHECK_EQ(report.n_output, 40 + p->claim.n_output);
    CHECK_MEM_EQ(report.output, p->vk_digest, 32);
    situ_machine_destroy(m);
    situ_program_free(guest);
    free(blob);
}

TEST(one_run_of_everything)
{
    assemble_everything();
    witness_run *r = finish(1 << 12);
    for (u32 t = 0; t < SITU_VM_TABLES; t++)
        if (r->witness.n_rows[t] == 0)
            test_fail(__FILE__, __LINE__, "no row of %s", situ_vm_system.tables[t].name);
    holds(r);

    situ_program *program = asm_load(&g);
    for (u32 log2_blowup = 1; log2_blowup <= SITU_STARK_LOG2_BLOWUP_MAX; log2_blowup++) {
        const situ_stark_params params = situ_stark_params_default(log2_blowup);
        char message[SITU_MESSAGE_BYTES];
        situ_zkvm_key *key;
        situ_zkvm_run *run;
        CHECK_EQ(situ_zkvm_key_create(&key, program, &params, NULL, message), SITU_OK);
        if (situ_zkvm_run_create(&run, key, NULL, 0, NULL, message))
            test_fail(__FILE__, __LINE__, "%s", message);
        situ_zkvm_run_destroy(run);
        situ_zkvm_key_destroy(key);
    }
    proven p = prove(program);
    CHECK_EQ(verdict(&p, 0), SITU_OK);
    CHECK_EQ(p.claim.n_output, 9);
    verify_in_the_guest(&p);
    free(p.proof);
    situ_program_free(program);
}

/* What column is cell i of table t? */
static const char *cell_name(u32 t, u32 i)
{
    for (u32 k = 0; k < situ_vm_prover.tables[t].n_columns_named; k++) {
        const situ_air_column *c = &situ_vm_prover.tables[t].columns[k];
        if (!c->is_pre && i >= c->first && i < c->first + c->n) return c->name;
    }
    return "?";
}

/* In a row that is there no cell of the machine's own tables can be another, even if all lookups are counted for it. */
TEST(no_cell_is_free)
{
    static const u32 tables[] = {SITU_VM_TABLE_ZERO_INIT,   SITU_VM_TABLE_INPUT_INIT, SITU_VM_TABLE_EDGE,
                                 SITU_VM_TABLE_FINAL,       SITU_VM_TABLE_TOUCH,      SITU_VM_TABLE_JUMP,
                                 SITU_VM_TABLE_JALR,        SITU_VM_TABLE_WRITE,      SITU_VM_TABLE_EXIT,
                                 SITU_VM_TABLE_OUTPUT_WORD, SITU_VM_TABLE_KECCAK,     SITU_VM_TABLE_BLAKE3,
                                 SITU_VM_TABLE_KECCAK_F};
    assemble_everything();
    witness_run *r = finish(1 << 16);
    for (u32 k = 0; k < SITU_ARRAY_LEN(tables); k++) {
        const u32 t = tables[k], n_main = situ_vm_system.tables[t].n_main;
        u32 *row = witness_row(r, t, 0);
        for (u32 i = 0; i < n_main; i++) {
            const u32 honest = row[i];
            if (n_main > 40 && test_random_below(n_main) >= 12) continue;
            if (!strcmp(cell_name(t, i), "above_inverse")) continue; /* nothing is above */
            row[i] = test_random_below(2) ? p_add(honest, 1) : (u32)test_random_below(KB_P);
            if (row[i] == honest) row[i] = p_sub(honest, 1);
            witness_recount(r);
            if (witness_findings(r, NULL) == 0)
                test_fail(__FILE__, __LINE__, "%s.%s (cell %u) may be %u for %u",
                          situ_vm_system.tables[t].name, cell_name(t, i), i, row[i], honest);
            row[i] = honest;
        }
    }
    witness_recount(r);
    holds(r);
}

/* Through the prover: all 64 bits of an exit code and no output, the longest output, and one byte more. */
TEST(proofs_at_limits)
{
    const u64 code = UINT64_C(0xfedcba9876543210);
    char message[SITU_MESSAGE_BYTES];
    situ_zkvm_key *key;
    situ_zkvm_run *run;
    start(0);
    li(X_A0, code);
    ecall(SITU_ECALL_EXIT);
    situ_program *program = asm_load(&g);
    proven p = prove(program);
    CHECK_EQ(verdict(&p, code), SITU_OK);
    CHECK_EQ(p.claim.n_output, 0);
    CHECK_EQ(p.claim.exit_code, code);
    for (u32 bit = 0; bit < 64; bit += 21) {
        ((zkvm_header *)p.proof)->exit_code = code ^ UINT64_C(1) << bit;
        CHECK_EQ(verdict(&p, code ^ UINT64_C(1) << bit), SITU_ERR_REJECT);
    }
    free(p.proof);
    situ_program_free(program);

    witness_close(long_output(250, 4000)); /* assembles the guest */
    program = asm_load(&g);
    p = prove(program);
    CHECK_EQ(verdict(&p, 0), SITU_OK);
    CHECK_EQ(p.claim.n_output, VM_OUTPUT_BYTES_MAX);
    for (u32 i = 0; i < VM_OUTPUT_BYTES_MAX; i++) CHECK(p.claim.output[i] == g.data[3 + i % 4000]);
    ((u8 *)(uintptr_t)p.claim.output)[VM_OUTPUT_BYTES_MAX - 1] ^= 1;
    CHECK_EQ(verdict(&p, 0), SITU_ERR_REJECT);
    free(p.proof);
    situ_program_free(program);

    g.n_code -= 3;
    guest_write(1, ASM_DATA, 1);
    li(X_A0, 0);
    ecall(SITU_ECALL_EXIT);
    program = asm_load(&g);
    CHECK_EQ(situ_zkvm_key_create(&key, program, &quick, NULL, message), SITU_OK);
    CHECK_EQ(situ_zkvm_run_create(&run, key, NULL, 0, NULL, message), SITU_ERR_LIMIT);
    CHECK(strstr(message, "1000001 bytes") != NULL);
    situ_zkvm_key_destroy(key);
    situ_program_free(program);
}

TEST_MAIN()
