/* System calls as tables: honest witnesses hold, lying ones break. */
#include "tests/vm/witness_run.h"

static guest_asm g;

static void start(u32 n_data)
{
    g.n_code = 0;
    g.n_data = n_data;
    for (u32 i = 0; i < n_data; i++) g.data[i] = (u8)test_random();
}

/* rd = value: by two instructions where that is enough. */
static void li(u32 rd, u64 value)
{
    i32 low = (i32)((value & 0xfff) ^ 0x800) - 0x800;
    if (value == (u64)(i64)low) {
        asm_at(&g, enc_i(SITU_OP_ADDI, rd, 0, low));
        return;
    }
    u64 upper = value - (u64)(i64)low;
    if (upper == (u64)(i64)(i32)(u32)upper) {
        asm_at(&g, enc_u(SITU_OP_LUI, rd, (u32)upper >> 12));
        if (low) asm_at(&g, enc_i(SITU_OP_ADDI, rd, rd, low));
        return;
    }
    asm_li(&g, rd, value);
}

static void ecall(u64 number)
{
    li(X_A7, number);
    asm_at(&g, situ_ops[SITU_OP_ECALL].match);
}

static void guest_write(u64 file, u64 address, u64 n_bytes)
{
    li(X_A0, file);
    li(X_A1, address);
    li(X_A2, n_bytes);
    ecall(SITU_ECALL_WRITE);
}

static witness_run *finish(u32 chunk_steps)
{
    li(X_A0, 0);
    ecall(SITU_ECALL_EXIT);
    return witness_open(asm_load(&g), NULL, 0, chunk_steps);
}

/* --- write: what is honest holds ------------------------------------------------------------------------ */

TEST(write_places_and_counts)
{
    u8 expected[4096];
    u32 n = 0;
    start(64);
    for (u32 offset = 0; offset < 8; offset++) {
        static const u32 counts[] = {0, 1, 7, 8, 9, 16, 17};
        for (u32 i = 0; i < SITU_ARRAY_LEN(counts); i++) {
            guest_write(1, ASM_DATA + offset, counts[i]);
            memcpy(expected + n, g.data + offset, counts[i]);
            n += counts[i];
        }
    }
    witness_run *r = finish(50);
    CHECK_EQ(r->statement.n_output, n);
    CHECK_MEM_EQ(r->statement.output, expected, n);
    witness_must_hold(r);
    witness_close(r);
}

/* Counts that are cut to 4096, and the index past 65536. */
TEST(write_large_counts)
{
    static const u64 counts[] = {
        4095, 4096, 4097, 65536, 0x7ffff7ff, UINT64_MAX, UINT64_C(0xffffffff80000000)};
    u64 n = 0;
    start(8192);
    for (u32 i = 0; i < 3 * SITU_ARRAY_LEN(counts); i++) {
        u64 count = counts[i % SITU_ARRAY_LEN(counts)];
        guest_write(1, ASM_DATA + i, count);
        n += u64_min(count, 4096);
    }
    witness_run *r = finish(1 << 12);
    CHECK_EQ(r->statement.n_output, n);
    CHECK(n > 65536);
    witness_must_hold(r);
    witness_close(r);
}

/* Code is read-only; a pointer that is not read may be anything; text is no output. */
TEST(write_other_sources)
{
    start(16);
    guest_write(1, ASM_CODE + 1, 30);
    guest_write(1, UINT64_MAX, 0);
    guest_write(2, UINT64_MAX, 0);
    guest_write(2, ASM_DATA + 3, 11);
    guest_write(2, ASM_DATA, 5000);
    guest_write(1, ASM_DATA + 3, 1);
    witness_run *r = finish(7);
    CHECK_EQ(r->statement.n_output, 31);
    CHECK_EQ(r->statement.output[30], g.data[3]);
    witness_must_hold(r);
    witness_close(r);
}

/* --- accelerators: what is honest holds ----------------------------------------------------------------- */

static void guest_keccak(u64 address)
{
    li(X_A0, address);
    ecall(SITU_ECALL_KECCAK);
}

static void guest_blake3(u64 cv, u64 block, u64 counter, u64 length_and_flags)
{
    li(X_A0, cv);
    li(X_A1, block);
    li(X_A2, counter);
    li(X_A3, length_and_flags);
    ecall(SITU_ECALL_BLAKE3);
}

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
