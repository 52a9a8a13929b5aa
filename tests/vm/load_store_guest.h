/* load_store_guest.h — guests of loads and stores, which need no other instructions. */
#ifndef SITU_TESTS_VM_LOAD_STORE_GUEST_H
#define SITU_TESTS_VM_LOAD_STORE_GUEST_H

#include "tests/vm/witness_run.h"

static guest_asm g;

/* The guest's constants lie in its data, and x3 points into them. */
enum { X_POOL = 3, X_BASE = 5, X_VALUE = 6, X_DEST = 7, POOL_AT = 0x800, POOL_WORDS_MAX = 512 };
#define POOL_BASE (ASM_DATA + POOL_AT + 2048)

static u32 n_pool;

static void start(void)
{
    g.n_code = 0;
    g.n_data = POOL_AT + POOL_WORDS_MAX * 8;
    n_pool = 0;
    for (u32 i = 0; i < g.n_data; i++) g.data[i] = (u8)test_random();
    asm_at(&g, enc_u(SITU_OP_LUI, X_POOL, POOL_BASE >> 12));
}

/* rd = value. */
static void li(u32 rd, u64 value)
{
    u32 i = 0;
    u64 word;
    for (; i < n_pool; i++) {
        memcpy(&word, g.data + POOL_AT + 8 * i, 8);
        if (word == value) break;
    }
    CHECK(i < POOL_WORDS_MAX);
    n_pool = (u32)u64_max(n_pool, i + 1);
    memcpy(g.data + POOL_AT + 8 * i, &value, 8);
    asm_at(&g, enc_i(SITU_OP_LD, rd, X_POOL, (i32)(8 * i) - 2048));
}

SITU_UNUSED static void load(situ_op op, u64 address, i32 offset)
{
    li(X_BASE, address - (u64)(i64)offset);
    asm_at(&g, enc_i(op, X_DEST, X_BASE, offset));
}

SITU_UNUSED static void store(situ_op op, u64 value, u64 address, i32 offset)
{
    li(X_BASE, address - (u64)(i64)offset);
    li(X_VALUE, value);
    asm_at(&g, enc_s(op, X_VALUE, X_BASE, offset));
}

static witness_run *finish_with(const void *input, size_t n_input)
{
    asm_at(&g, enc_i(SITU_OP_ADDI, X_A0, 0, 0));
    asm_at(&g, enc_i(SITU_OP_ADDI, X_A7, 0, SITU_ECALL_EXIT));
    asm_at(&g, situ_ops[SITU_OP_ECALL].match);
    return witness_open(asm_load(&g), input, n_input, 1 << 12);
}

static witness_run *finish(void) { return finish_with(NULL, 0); }

#endif /* SITU_TESTS_VM_LOAD_STORE_GUEST_H */
