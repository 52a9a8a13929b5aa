/* fr.h — the scalar field, in two forms that the types keep apart.
 *
 *     fr        the integer in [0, r) itself: what blobs, proofs and MSM scalars are
 *     fr_mont   times 2^256 mod r (Montgomery): constants, powers, inverses
 *
 * A product of an fr and an fr_mont is an fr, so data is never converted.  Sums stay in their form.
 */
#ifndef SITU_KZG_FR_H
#define SITU_KZG_FR_H

#include <blst.h>
#include <string.h>

#include "base/base.h"
#include "situ/poly.h"

typedef situ_fr fr;
typedef blst_fr fr_mont;

_Static_assert(sizeof(fr) == sizeof(blst_fr), "one layout");

SITU_INLINE fr fr_mul(const fr *a, const fr_mont *b)
{
    blst_fr t;
    fr r;
    memcpy(&t, a, sizeof t);
    blst_fr_mul(&t, &t, b);
    memcpy(&r, &t, sizeof r);
    return r;
}

SITU_INLINE fr_mont frm_mul(const fr_mont *a, const fr_mont *b)
{
    fr_mont r;
    blst_fr_mul(&r, a, b);
    return r;
}

SITU_INLINE fr_mont frm_inverse(const fr_mont *a)
{
    fr_mont r;
    blst_fr_eucl_inverse(&r, a);
    return r;
}

/* Sums and differences mod r, of either form. */
void situ_fr_words_add(u64 out[4], const u64 a[4], const u64 b[4]);
void situ_fr_words_sub(u64 out[4], const u64 a[4], const u64 b[4]);

SITU_INLINE fr fr_add(const fr *a, const fr *b)
{
    fr r;
    situ_fr_words_add(r.word, a->word, b->word);
    return r;
}
SITU_INLINE fr fr_sub(const fr *a, const fr *b)
{
    fr r;
    situ_fr_words_sub(r.word, a->word, b->word);
    return r;
}
SITU_INLINE fr_mont frm_sub(const fr_mont *a, const fr_mont *b)
{
    fr_mont r;
    situ_fr_words_sub(r.l, a->l, b->l);
    return r;
}

SITU_INLINE bool fr_is_zero(const fr *a) { return (a->word[0] | a->word[1] | a->word[2] | a->word[3]) == 0; }

fr_mont situ_fr_to_mont(const fr *a);
fr situ_fr_from_mont(const fr_mont *a);
fr_mont situ_frm_from_u64(u64 x);
fr_mont situ_frm_pow(const fr_mont *a, u64 e);

/* Big-endian bytes of any value, reduced. */
fr situ_fr_from_hash(const u8 hash[32]);

/* p(x), n coefficients from the constant up. */
fr situ_poly_eval_mont(const fr *p, size_t n, const fr_mont *x);

#endif /* SITU_KZG_FR_H */
