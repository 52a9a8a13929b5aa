/* std.c — contents of the standard tables, and the self test of generated evaluators. */
#include "air/std.h"

void situ_air_range_row(u32 pre[SITU_AIR_RANGE_PRE], u32 row)
{
    SITU_ASSERT(row < SITU_AIR_RANGE_ROWS);
    u32 bits = row == 0 ? 0 : 4 + u64_log2(row); /* its runs start at row 2^(bits - 4) */
    pre[0] = row == 0 ? 0 : 16 * row - (1u << bits);
    pre[1] = bits;
    pre[2] = row == 0;
}

/* Message k of row `row` has index 16 row + k: in row 0 too, but for the spare one. */
void situ_air_range_mults(u32 mults[SITU_AIR_RANGE_MULTS], const u32 *counters, u32 row)
{
    for (u32 k = 0; k < SITU_AIR_RANGE_MULTS; k++) mults[k] = counters[SITU_AIR_RANGE_MULTS * row + k];
    if (row == 0) mults[0] = 0;
}

void situ_air_byte_row(u32 pre[SITU_AIR_BYTE_PRE], u32 row)
{
    SITU_ASSERT(row < SITU_AIR_BYTE_ROWS);
    u32 a = row & 0xff, b_high = row >> 8, a_high = a >> 3;
    const u32 cells[SITU_AIR_BYTE_PRE] = {a_high, a & 1,           a >> 1 & 1,      a >> 2 & 1,
                                          b_high, a_high & b_high, a_high | b_high, a_high ^ b_high};
    for (u32 i = 0; i < SITU_AIR_BYTE_PRE; i++) pre[i] = cells[i];
}

void situ_air_byte_mults(u32 mults[SITU_AIR_BYTE_MULTS], const u32 *counters, u32 row)
{
    for (u32 op = 0; op < SITU_AIR_BYTE_OPS; op++)
        for (u32 k = 0; k < SITU_AIR_BYTE_LANES; k++)
            mults[op * SITU_AIR_BYTE_LANES + k] =
                counters[situ_air_byte_index(op, row & 0xff, SITU_AIR_BYTE_LANES * (row >> 8) + k)];
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
