/* kb.c — powers, inverses and roots of unity. */
#include "field/kb.h"

kb kb_pow(kb a, u64 exponent)
{
    kb result = KB_ONE;
    for (; exponent != 0; exponent >>= 1) {
        if (exponent & 1) result = kb_mul(result, a);
        a = kb_mul(a, a);
    }
    return result;
}

#define KB_R3 UINT32_C(0x18af7f37) /* 2^96 mod p */

/* Euclid's algorithm: b = s a modulo p all the way, for the word a; then 1 / a times 2^64 is the word of the inverse.  |s| < p. */
kb kb_inv(kb a)
{
    SITU_VERIFY_THAT(a != 0);
    u32 b = KB_P, c = a;
    i64 s = 0, t = 1;
    while (c != 0) {
        const u32 q = b / c, rest = b - q * c;
        const i64 next = s - (i64)q * t;
        b = c, c = rest;
        s = t, t = next;
    }
    return kb_mul((kb)(s < 0 ? s + (i64)KB_P : s), KB_R3);
}

kb kb_root_of_unity(u32 log2_order)
{
    SITU_ASSERT(log2_order <= KB_TWO_ADICITY);
    /* 3^((p - 1) / 2^k); tests/test_fri.c recomputes them. */
    static const kb roots[KB_TWO_ADICITY + 1] = {
        0x01fffffe, 0x7d000003, 0x7b020407, 0x60f5ef4d, 0x6d249c01, 0x788529f3, 0x07f7373e,
        0x6fe91d3c, 0x3fd49211, 0x1e056392, 0x6d969bab, 0x439600cc, 0x150276fc, 0x68cacc36,
        0x42336c40, 0x019b1972, 0x34e52f6d, 0x1c2eb437, 0x7cb65829, 0x29306fae, 0x351c7fa7,
        0x6e3e9a00, 0x47c2bdf7, 0x0c895820, 0x13c85195,
    };
    return roots[log2_order];
}
