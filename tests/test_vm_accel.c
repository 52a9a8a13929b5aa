/* The accelerators' calls as tables: honest witnesses hold, lying ones break. */
#include "air/keccak_f.h"
#include "tests/air_forgery.h"
#include "tests/vm/ecall_guest.h"

/* --- honest                              ----------------------------------------------------------------- */

/* Seven calls, of which some see what others left: 168 rounds, over the ends of chunks. */
TEST(keccak_calls)
{
    start(1024);
    for (u32 i = 0; i < 7; i++) guest_keccak(ASM_DATA + 8 * i * i);
    guest_write(1, ASM_DATA, 600);
    witness_run *r = finish(6);
    CHECK_EQ(r->segment.n_keccak, 7);
    CHECK_EQ(r->witness.n_rows[SITU_VM_TABLE_KECCAK_F], 168);
    witness_must_hold(r);
    witness_close(r);
}

/* All of a2 and a3 count; operands apart, overlapping in every way, the block in code. */
TEST(blake3_calls)
{
    static const u64 controls[] = {
        0, 64, 0xffff, UINT64_MAX, UINT64_C(0xffffffff80000000), UINT64_C(0xffffffff87654321)};
    start(512);
    for (u32 i = 0; i < SITU_ARRAY_LEN(controls); i++) {
        u64 counter = controls[i], a3 = controls[(i + 1) % SITU_ARRAY_LEN(controls)];
        guest_blake3(ASM_DATA + 256, ASM_DATA, counter, a3);
    }
    for (u32 i = 0; i <= 11; i++) guest_blake3(ASM_DATA + 8 * i, ASM_DATA + 8 * 3, i, 64);
    guest_blake3(ASM_DATA, ASM_CODE + 8, 5, 11);
    guest_write(1, ASM_DATA, 512);
    witness_run *r = finish(9);
    CHECK_EQ(r->segment.n_blake3, SITU_ARRAY_LEN(controls) + 13);
    witness_must_hold(r);
    witness_close(r);
}

TEST_MAIN()
