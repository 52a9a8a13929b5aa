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
    return kb_pow(KB_CONST(KB_GENERATOR), (KB_P - 1) >> log2_order);
}
