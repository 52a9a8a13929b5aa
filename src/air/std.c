/* std.c — contents of the standard tables, and the self test of generated evaluators. */
#include "air/std.h"

void situ_air_range_row(u32 pre[2], u32 i)
{
    SITU_ASSERT(i < SITU_AIR_RANGE_ROWS);
    bool spare = i == SITU_AIR_RANGE_ROWS - 1;
    u32 bits = spare ? 0 : u64_log2(i + 1);
    pre[0] = spare ? 0 : i + 1 - (1u << bits);
    pre[1] = bits;
}

void situ_air_byte_row(u32 pre[5], u32 i)
{
    SITU_ASSERT(i < SITU_AIR_BYTE_ROWS);
    u32 a = i & 255, b = i >> 8;
    pre[0] = a;
    pre[1] = b;
    pre[2] = a & b;
    pre[3] = a | b;
    pre[4] = a ^ b;
}

size_t situ_air_self_test_words(const situ_air_table *t, u32 n_publics)
{
    return (size_t)t->n_pre + t->n_main + n_publics + t->n_constraints + t->n_interactions + t->n_values;
}

/* A 64-bit linear congruential generator's high bits, modulo p: airc draws the same. */
static kb *draw(u64 *state, kb *values, u32 n)
{
    for (u32 i = 0; i < n; i++) {
        *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        values[i] = kb_from_u32((u32)((*state >> 33) % KB_P));
    }
    return values + n;
}

u64 situ_air_self_test(const situ_air_table *t, situ_air_eval_row *eval_row, u32 n_publics, kb *scratch)
{
    u64 state = 1, h = UINT64_C(0xcbf29ce484222325);
    kb *pre = scratch, *main = draw(&state, pre, t->n_pre), *publics = draw(&state, main, t->n_main);
    kb *out = draw(&state, publics, n_publics), *mults = out + t->n_constraints;
    kb *values = mults + t->n_interactions;
    eval_row(pre, main, publics, out, mults, values);
    for (const kb *x = out; x < values + t->n_values; x++) h = (h ^ kb_to_u32(*x)) * UINT64_C(0x100000001b3);
    return h;
}
