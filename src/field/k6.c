/* k6.c — powers, Frobenius and inversion in K. */
#include "field/k6.h"

k6 k6_pow(k6 a, u64 exponent)
{
    k6 result = k6_one();
    for (; exponent != 0; exponent >>= 1) {
        if (exponent & 1) result = k6_mul(result, a);
        a = k6_mul(a, a);
    }
    return result;
}

/* X^p = X^2, so a_i moves to X^(2 i): 1, X^2, X^4, X^6 = -X^3 - 1, X^8 = -X^5 - X^2, X^10 = X. */
k6 k6_frobenius(k6 a)
{
    return (k6){{
        kb_sub(a.c[0], a.c[3]),
        a.c[5],
        kb_sub(a.c[1], a.c[4]),
        kb_neg(a.c[3]),
        a.c[2],
        kb_neg(a.c[4]),
    }};
}

/* a^-1 = a^(p + p^2 + ... + p^5) / norm(a), the norm a^(1 + p + ... + p^5) being in F (Itoh and Tsujii,
 * 1988). */
k6 k6_inv(k6 a)
{
    SITU_VERIFY_THAT(!k6_is_zero(a));
    k6 a_p = k6_frobenius(a);
    k6 pair = k6_mul(a, a_p);                     /* a^(1 + p)     */
    k6 pair_2 = k6_frobenius(k6_frobenius(pair)); /* a^(p^2 + p^3) */
    k6 pair_4 = k6_frobenius(k6_frobenius(pair_2));
    k6 conjugates = k6_mul(a_p, k6_mul(pair_2, pair_4));
    k6 norm = k6_mul(a, conjugates);
    SITU_VERIFY_THAT((norm.c[1] | norm.c[2] | norm.c[3] | norm.c[4] | norm.c[5]) == 0);
    return k6_mul_kb(conjugates, kb_inv(norm.c[0]));
}
