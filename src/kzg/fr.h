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

typedef struct {
    u64 word[4];
} fr;

typedef blst_fr fr_mont;

_Static_assert(sizeof(fr) == sizeof(blst_fr), "one layout");

SITU_INLINE const blst_fr *fr_raw(const fr *a) { return (const blst_fr *)(const void *)a; }
SITU_INLINE blst_fr *fr_raw_out(fr *a) { return (blst_fr *)(void *)a; }

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

/* Sums and differences mod r, of either form. */
void situ_fr_add(u64 out[4], const u64 a[4], const u64 b[4]);
void situ_fr_sub(u64 out[4], const u64 a[4], const u64 b[4]);

SITU_INLINE fr fr_add(const fr *a, const fr *b)
{
    fr r;
    situ_fr_add(r.word, a->word, b->word);
    return r;
}
SITU_INLINE fr fr_sub(const fr *a, const fr *b)
{
    fr r;
    situ_fr_sub(r.word, a->word, b->word);
    return r;
}
SITU_INLINE fr_mont frm_sub(const fr_mont *a, const fr_mont *b)
{
    fr_mont r;
    situ_fr_sub(r.l, a->l, b->l);
    return r;
}

fr_mont situ_fr_to_mont(const fr *a);
fr situ_fr_from_mont(const fr_mont *a);
fr_mont situ_frm_from_u64(u64 x);
fr_mont situ_frm_pow(const fr_mont *a, u64 e);

/* a[i] = 1 / a[i], with one inversion; no a[i] is 0.  tmp [n]. */
void situ_frm_invert_many(fr_mont *a, size_t n, fr_mont *tmp);

/* 32 big-endian bytes.  read: false if not below r.  hash: any value, reduced. */
bool situ_fr_read(fr *out, const u8 bytes[32]);
void situ_fr_write(u8 bytes[32], const fr *a);
fr situ_fr_from_hash(const u8 hash[32]);

/* n elements back to back; false if one is not below r. */
bool situ_fr_read_many(fr *out, const u8 *bytes, size_t n);

/* p(x), n coefficients from the constant up. */
fr situ_poly_eval(const fr *p, size_t n, const fr_mont *x);

#endif /* SITU_KZG_FR_H */
