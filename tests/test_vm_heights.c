/* The heights chosen for a run: room for every row, in descending order, those of the key as they are, and what they save. */
#include "stark/layout.h"
#include "tests/vm/guest_asm.h"
#include "vm/witness.h"

static guest_asm g;

static situ_program *small_program(void)
{
    g.n_code = 0;
    asm_at(&g, enc_i(SITU_OP_ADDI, X_A7, 0, SITU_ECALL_EXIT));
    asm_at(&g, situ_ops[SITU_OP_ECALL].match);
    return asm_load(&g);
}

typedef struct {
    u8 log2_rows[SITU_STARK_SLOTS_MAX];
    u32 first_slot[SITU_VM_TABLES + 1];
} heights;

static void check_room(const heights *h, const u64 *n_rows)
{
    for (u32 t = 0; t < SITU_VM_TABLES; t++) {
        u64 room = 0;
        for (u32 s = h->first_slot[t]; s < h->first_slot[t + 1]; s++) {
            if (h->log2_rows[s] != 0) room += UINT64_C(1) << h->log2_rows[s];
            if (s > h->first_slot[t]) CHECK(h->log2_rows[s] <= h->log2_rows[s - 1]);
        }
        CHECK(room >= n_rows[t]);
    }
}

static void choose(heights *h, u64 *n_rows, const situ_program *p, u32 log2_blowup, bool fit)
{
    const situ_stark_params params = situ_stark_params_default(log2_blowup);
    u8 key_heights[SITU_STARK_SLOTS_MAX];
    u32 too_long;
    CHECK_EQ(vm_choose_heights(p, log2_blowup, n_rows, h->log2_rows, h->first_slot, &too_long), SITU_OK);
    check_room(h, n_rows);
    if (!fit) return;
    CHECK_EQ(vm_fit_heights(h->log2_rows, h->first_slot, &params), SITU_OK);
    check_room(h, n_rows);
    CHECK_EQ(vm_key_heights(p, key_heights), SITU_OK);
    for (u32 s = 0; s < SITU_STARK_SLOTS_MAX; s++)
        if (key_heights[s]) CHECK_EQ(h->log2_rows[s], key_heights[s]);
}

TEST(heights_have_room_for_any_number_of_rows)
{
    situ_program *p = small_program();
    for (u32 k = 0; k < 200; k++) {
        u64 n_rows[SITU_VM_TABLES];
        heights h;
        for (u32 t = 0; t < SITU_VM_TABLES; t++) {
            const u32 log2 = (u32)test_random_below(t == SITU_VM_TABLE_ADDI ? 21 : 17);
            n_rows[t] = test_random_below(3) == 0 ? 0 : 1 + test_random_below(1u << log2);
        }
        choose(&h, n_rows, p, 1 + k % 3, true);
    }
    situ_program_free(p);
}

static void measure(u64 *n_cells, u64 *opened, const heights *h, u32 log2_blowup)
{
    const situ_stark_params params = situ_stark_params_default(log2_blowup);
    stark_layout l;
    CHECK_EQ(stark_layout_make(&l, &situ_vm_system, &params, h->log2_rows), SITU_OK);
    *n_cells = 0;
    *opened = l.query_stride;
    for (u32 i = 0; i < l.n_groups; i++)
        for (u32 t = 0; t < STARK_TREES; t++)
            *n_cells += (u64)l.groups[i].n_tiles[t] * 16 << l.groups[i].log2_rows;
}

/* A run of mostly one instruction: its table, alone at the greatest height, is split. */
TEST(a_tallest_table_alone_is_split)
{
    situ_program *p = small_program();
    for (u32 log2_blowup = 1; log2_blowup <= 3; log2_blowup++) {
        u64 n_rows[SITU_VM_TABLES] = {0}, n_cells, opened, n_cells_fit, opened_fit;
        heights chosen, fit;
        n_rows[SITU_VM_TABLE_ADDI] = 524000;
        n_rows[SITU_VM_TABLE_ADD] = 100000;
        n_rows[SITU_VM_TABLE_BRANCH_EQUAL] = 120000;
        choose(&chosen, n_rows, p, log2_blowup, false);
        choose(&fit, n_rows, p, log2_blowup, true);
        measure(&n_cells, &opened, &chosen, log2_blowup);
        measure(&n_cells_fit, &opened_fit, &fit, log2_blowup);
        CHECK_EQ(chosen.log2_rows[chosen.first_slot[SITU_VM_TABLE_ADDI]], 19);
        CHECK(fit.log2_rows[fit.first_slot[SITU_VM_TABLE_ADDI]] < 19);
        CHECK(n_cells_fit < n_cells);
        CHECK((double)n_cells_fit * (double)opened_fit < (double)n_cells * (double)opened);
    }
    situ_program_free(p);
}

TEST_MAIN()
