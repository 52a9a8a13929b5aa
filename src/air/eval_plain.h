/* eval_plain.h — generated counting of lookups: values are plain residues modulo p, as witness code has them.
 *
 * Included behind eval_kb.h, whose macros it replaces; only messages asked for are evaluated. */
#ifndef SITU_AIR_EVAL_PLAIN_H
#define SITU_AIR_EVAL_PLAIN_H

#include "air/eval.h"

#undef AIR_T
#undef AIR_K
#undef AIR_K_OF
#undef AIR_K_MUL
#undef AIR_MUL
#undef AIR_SCALE
#undef AIR_XOR
#define AIR_T           u32
#define AIR_K(n)        ((u32)(n))
#define AIR_K_OF(n)     air_residue(n)
#define AIR_K_MUL(a, b) air_plain_mul(a, b)
#define AIR_MUL(a, b)   air_plain_mul(a, b)
#define AIR_SCALE(a, k) air_plain_mul(a, k)
#define AIR_XOR(a, b)   air_plain_xor(a, b)

#define AIR_ASK_RANGE(bus, mult, value, bits) air_ask_range(sink, bus, mult, value, bits)
#define AIR_ASK_BYTE(bus, mult, op, a, b, c)  air_ask_byte(sink, bus, mult, op, a, b, c)
#define AIR_ASK(bus, width, mult, ...)                                                 \
    do {                                                                               \
        const u32 ask_mult_ = (mult);                                                  \
        const u32 ask_values_[width] = {__VA_ARGS__};                                  \
        if (ask_mult_ && sink->ask) sink->ask(sink->ctx, bus, ask_values_, ask_mult_); \
    } while (0)

SITU_INLINE u32 air_plain_mul(u32 a, u32 b) { return (u32)((u64)a * b % KB_P); }

SITU_INLINE u32 air_plain_xor(u32 a, u32 b)
{
    u32 ab = air_plain_mul(a, b);
    return kb_sub(kb_sub(kb_add(a, b), ab), ab);
}

SITU_INLINE void air_ask_range(const situ_air_lookup_sink *sink, u32 bus, u32 mult, u32 value, u32 bits)
{
    if (SITU_LIKELY(sink->range && bits <= 16 && value >> bits == 0)) {
        sink->range[(1u << bits) + value] += mult;
        return;
    }
    const u32 values[2] = {value, bits};
    if (mult && sink->ask) sink->ask(sink->ctx, bus, values, mult);
}

/* op below SITU_AIR_BYTE_OPS */
SITU_INLINE u32 air_byte_result(u32 op, u32 a, u32 b)
{
    return op == 0 ? a & b : op == 1 ? a | b : op == 2 ? a ^ b : 0;
}

SITU_INLINE void air_ask_byte(const situ_air_lookup_sink *sink, u32 bus, u32 mult, u32 op, u32 a, u32 b,
                              u32 c)
{
    if (SITU_LIKELY(sink->byte && op < SITU_AIR_BYTE_OPS && (a | b) < 256 &&
                    c == air_byte_result(op, a, b))) {
        sink->byte[op * SITU_AIR_BYTE_PAIRS + a + 256 * b] += mult;
        return;
    }
    const u32 values[4] = {op, a, b, c};
    if (mult && sink->ask) sink->ask(sink->ctx, bus, values, mult);
}

#endif /* SITU_AIR_EVAL_PLAIN_H */
