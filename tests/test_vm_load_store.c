/* Loads and stores as tables: honest witnesses hold.  Lies: test_vm_load_store_lies.c. */
#include "tests/vm/load_store_guest.h"

static void finish_and_hold(void)
{
    witness_run *r = finish();
    witness_must_hold(r);
    witness_close(r);
}

static const situ_op loads[] = {SITU_OP_LB,  SITU_OP_LH,  SITU_OP_LW, SITU_OP_LD,
                                SITU_OP_LBU, SITU_OP_LHU, SITU_OP_LWU};
static const situ_op stores[] = {SITU_OP_SB, SITU_OP_SH, SITU_OP_SW, SITU_OP_SD};

/* --- what is honest holds ------------------------------------------------------------------------------- */

/* Data whose bytes have their highest bit as `pattern` says. */
static void fill_pattern(u32 at, u32 pattern)
{
    for (u32 i = 0; i < 16; i++) {
        u8 *byte = &g.data[at + i];
        switch (pattern) {
        case 0: *byte = 0x00; break;
        case 1: *byte = 0xff; break;
        case 2: *byte = i % 2 ? 0x7f : 0x80; break;
        case 3: *byte = i % 2 ? 0x80 : 0x7f; break;
        default: break; /* random */
        }
    }
}

TEST(loads_at_every_offset)
{
    start();
    for (u32 pattern = 0; pattern < 6; pattern++) {
        u32 at = 16 + 16 * pattern;
        fill_pattern(at, pattern);
        for (u32 i = 0; i < SITU_ARRAY_LEN(loads); i++)
            for (u32 offset = 0; offset < 8; offset++)
                load(loads[i], ASM_DATA + at + offset, (i32)test_random_below(4096) - 2048);
    }
    finish_and_hold();
}

TEST(stores_at_every_offset)
{
    static const u64 values[] = {0, UINT64_MAX, UINT64_C(0x8000800080008000), UINT64_C(0x0123456789abcdef)};
    start();
    for (u32 v = 0; v < SITU_ARRAY_LEN(values); v++) {
        for (u32 i = 0; i < SITU_ARRAY_LEN(stores); i++) {
            for (u32 offset = 0; offset < 8; offset++) {
                store(stores[i], values[v], ASM_DATA + 16 * v + offset, (i32)(16 * i) - 8);
                load(SITU_OP_LD, ASM_DATA + 16 * v, 0);
            }
        }
    }
    finish_and_hold();
}

/* The offset carries into limb 1 of the address, or borrows from it; words on both sides of 2^16. */
TEST(addresses_around_limbs)
{
    static const i32 offsets[] = {-2048, -2047, -8, -1, 0, 1, 7, 8, 2047};
    start();
    for (u32 o = 0; o < SITU_ARRAY_LEN(offsets); o++) {
        for (u32 k = 0; k < 20; k++) {
            u64 address = ASM_DATA + 0xfff6 + k;
            load(loads[(k + o) % SITU_ARRAY_LEN(loads)], address, offsets[o]);
            store(stores[(k + o) % SITU_ARRAY_LEN(stores)], test_random(), address, offsets[o]);
        }
    }
    finish_and_hold();
}

TEST(aliased_registers)
{
    start();
    for (u32 i = 0; i < SITU_ARRAY_LEN(loads); i++) {
        for (u32 offset = 0; offset < 8; offset++) {
            li(X_BASE, ASM_DATA);
            asm_at(&g, enc_i(loads[i], X_BASE, X_BASE, (i32)offset)); /* rd = rs1 */
            li(X_BASE, ASM_DATA);
            asm_at(&g, enc_i(loads[i], X_ZERO, X_BASE, (i32)offset));
        }
    }
    for (u32 i = 0; i < SITU_ARRAY_LEN(stores); i++) {
        for (u32 offset = 0; offset < 8; offset++) {
            li(X_BASE, ASM_DATA + 16);
            asm_at(&g, enc_s(stores[i], X_BASE, X_BASE, (i32)offset)); /* rs2 = rs1 */
            asm_at(&g, enc_s(stores[i], X_ZERO, X_BASE, (i32)offset));
        }
    }
    finish_and_hold();
}

/* Code, private input, zero memory, the first and last words that there are. */
TEST(every_region)
{
    static const u64 starts[] = {
        0x1000,
        SITU_VM_GUARD_START - 16,
        SITU_VM_STACK_START,
        SITU_VM_STACK_END - 16,
        ASM_CODE,
        SITU_VM_INPUT_START,
        SITU_VM_INPUT_START + 16,
        SITU_VM_INPUT_END - 16,
        0x80000000,
        0xfffefff0,
        SITU_VM_INPUT_START - 16,
    };
    static const char input[] = "the private input, 40 bytes of text long";
    start();
    for (u32 i = 0; i < SITU_ARRAY_LEN(starts); i++)
        for (u32 k = 0; k < SITU_ARRAY_LEN(loads); k++)
            for (u32 at = 0; at + situ_ops[loads[k]].bytes <= 16; at++)
                load(loads[k], starts[i] + at, (i32)at + (k % 2 ? 2000 : -2048));
    witness_run *r = finish_with(input, sizeof input - 1);
    witness_must_hold(r);
    witness_close(r);
}

/* The upper word of a straddling load may lie in the other space. */
TEST(straddling_spaces)
{
    start();
    for (u32 k = 0; k < SITU_ARRAY_LEN(loads); k++)
        for (u32 at = 1; at < 8; at++) load(loads[k], SITU_VM_INPUT_START - 8 + at, 0);
    witness_run *r = finish_with("12345678", 8);
    witness_must_hold(r);
    CHECK(r->rows.cells[r->witness.first_slot[SITU_VM_TABLE_LOAD_MISALIGNED]] != NULL);
    witness_close(r);
}

TEST(random_accesses)
{
    start();
    for (u32 i = 0; i < 300; i++) {
        u64 address = ASM_DATA + test_random_below(64);
        i32 offset = (i32)test_random_below(64) - 32;
        if (test_random_below(2))
            load(loads[test_random_below(SITU_ARRAY_LEN(loads))], address, offset);
        else
            store(stores[test_random_below(SITU_ARRAY_LEN(stores))], test_random_edgy(UINT64_MAX), address,
                  offset);
        if (n_pool > POOL_WORDS_MAX - 4) break;
    }
    finish_and_hold();
}

TEST_MAIN()
