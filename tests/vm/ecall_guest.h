/* ecall_guest.h — guests that make system calls, out of LUI, ADDI and ADD alone. */
#ifndef SITU_TESTS_VM_ECALL_GUEST_H
#define SITU_TESTS_VM_ECALL_GUEST_H

#include "tests/vm/witness_forge.h"

static guest_asm g;

/* n_data random bytes of data, none of them zero. */
SITU_UNUSED static void start(u32 n_data)
{
    g.n_code = 0;
    g.n_data = n_data;
    for (u32 i = 0; i < n_data; i++) g.data[i] = (u8)(1 + test_random_below(255));
}

SITU_UNUSED static u64 data_word(u32 i)
{
    u64 word;
    memcpy(&word, g.data + 8 * i, sizeof word);
    return word;
}

/* rd = value: in two instructions if it is a signed number of 32 bits. */
SITU_UNUSED static void li(u32 rd, u64 value)
{
    i32 low = (i32)((value & 0xfff) ^ 0x800) - 0x800;
    u64 upper = value - (u64)(i64)low;
    if (upper == 0) {
        asm_at(&g, enc_i(SITU_OP_ADDI, rd, 0, low));
    } else if (upper == (u64)(i64)(i32)(u32)upper) {
        asm_at(&g, enc_u(SITU_OP_LUI, rd, (u32)upper >> 12));
        asm_at(&g, enc_i(SITU_OP_ADDI, rd, rd, low));
    } else {
        asm_at(&g, enc_i(SITU_OP_ADDI, rd, 0, (i32)(value >> 55)));
        for (int shift = 44; shift >= 0; shift -= 11) {
            for (int i = 0; i < 11; i++) asm_at(&g, enc_r(SITU_OP_ADD, rd, rd, rd));
            asm_at(&g, enc_i(SITU_OP_ADDI, rd, rd, (i32)(value >> shift & 2047)));
        }
    }
}

SITU_UNUSED static void ecall(u64 number)
{
    li(X_A7, number);
    asm_at(&g, situ_ops[SITU_OP_ECALL].match);
}

SITU_UNUSED static void guest_write(u64 file, u64 address, u64 n_bytes)
{
    li(X_A0, file);
    li(X_A1, address);
    li(X_A2, n_bytes);
    ecall(SITU_ECALL_WRITE);
}

SITU_UNUSED static void guest_keccak(u64 address)
{
    li(X_A0, address);
    ecall(SITU_ECALL_KECCAK);
}

SITU_UNUSED static void guest_blake3_halves(u64 result, u64 cv, u64 left, u64 right, u64 counter,
                                            u64 length_and_flags)
{
    li(X_A0, result);
    li(X_A1, cv);
    li(X_A2, left);
    li(X_A3, right);
    li(X_A4, length_and_flags);
    li(X_A5, counter);
    ecall(SITU_ECALL_BLAKE3);
}

/* In place, the block in one piece. */
SITU_UNUSED static void guest_blake3(u64 cv, u64 block, u64 counter, u64 length_and_flags)
{
    guest_blake3_halves(cv, cv, block, block + 32, counter, length_and_flags);
}

/* exit(0), and the run. */
SITU_UNUSED static witness_run *finish_with(const void *input, size_t n_input, u32 chunk_steps)
{
    li(X_A0, 0);
    ecall(SITU_ECALL_EXIT);
    return witness_open(asm_load(&g), input, n_input, chunk_steps);
}

SITU_UNUSED static witness_run *finish(u32 chunk_steps) { return finish_with(NULL, 0, chunk_steps); }

SITU_UNUSED static u32 data_key(u32 word) { return SITU_KEY(SITU_SPACE_RW, ASM_DATA / 8 + word); }

/* A pointer that a guest loaded with LUI and ADDI becomes one that is `address` in F: larger by p, so aligned
 * otherwise.  The guest, too, has it so. */
SITU_UNUSED static void forge_pointer(witness_run *r, u64 address)
{
    u64 low = address & 0xfff, upper = address - low;
    CHECK(low > 0 && low < 0x700);
    forge_value(r, upper, upper + KB_P - 1);
    forge_value(r, low, low + 1);
    forge_value(r, address, address + KB_P);
}

#endif /* SITU_TESTS_VM_ECALL_GUEST_H */
