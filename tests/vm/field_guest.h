/* field_guest.h — guests that call for arithmetic of F and K, on words at edges. */
#ifndef SITU_TESTS_VM_FIELD_GUEST_H
#define SITU_TESTS_VM_FIELD_GUEST_H

#include "field/k6.h"
#include "tests/vm/ecall_guest.h"

#define A(word) (ASM_DATA + 8 * (u64)(word)) /* a word of data */

enum { CALLS_MAX = 256 };
static struct {
    u64 number, a[4];
} calls[CALLS_MAX];
static u32 n_calls;

SITU_UNUSED static void guest_field(u64 number, u64 a0, u64 a1, u64 a2, u64 a3)
{
    CHECK(n_calls < CALLS_MAX);
    calls[n_calls].number = number;
    memcpy(calls[n_calls++].a, (u64[4]){a0, a1, a2, a3}, sizeof calls->a);
    li(X_A0, a0);
    li(X_A1, a1);
    li(X_A2, a2);
    li(X_A3, a3);
    ecall(number);
}

SITU_UNUSED static u32 edge_word(u32 i)
{
    static const u32 edges[] = {0,
                                1,
                                KB_P - 1,
                                KB_P,
                                KB_P + 1,
                                2 * KB_P - 1,
                                2 * KB_P,
                                2 * KB_P + 1,
                                UINT32_MAX,
                                0x80000000,
                                0x7fffffff,
                                0xffff,
                                0x10000,
                                0x7f000000,
                                0x7effffff,
                                KB_ONE,
                                KB_P - KB_ONE};
    return edges[i % SITU_ARRAY_LEN(edges)];
}

/* n_words words of 8 bytes; `canonical` or any, edges among them. */
SITU_UNUSED static void start_field(u32 n_words, bool canonical)
{
    start(8 * n_words);
    n_calls = 0;
    for (u32 i = 0; i < 2 * n_words; i++) {
        u32 w = test_random_below(3) == 0 ? edge_word((u32)test_random_below(64))
                                          : (u32)test_random_below(UINT32_MAX);
        if (canonical && w >= KB_P) w = test_random_below(2) ? w % KB_P : KB_P - 1;
        memcpy(g.data + 4 * i, &w, 4);
    }
}

#endif /* SITU_TESTS_VM_FIELD_GUEST_H */
