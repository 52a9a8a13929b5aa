/* kb.c — powers and roots of unity. */
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

kb kb_inv(kb a)
{
    SITU_VERIFY_THAT(a != 0);
    return kb_pow(a, KB_P - 2);
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
