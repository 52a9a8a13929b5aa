/* fr.c — see fr.h. */
#include "kzg/fr.h"

static const u64 order[4] = {0xffffffff00000001, 0x53bda402fffe5bfe, 0x3339d80809a1d805, 0x73eda753299d7d48};

SITU_INLINE u64 sub_words(u64 out[4], const u64 a[4], const u64 b[4])
{
    u64 borrow = 0;
    for (int i = 0; i < 4; i++) {
        u128 t = (u128)a[i] - b[i] - borrow;
        out[i] = (u64)t;
        borrow = (u64)(t >> 64) & 1;
    }
    return borrow;
}

SITU_INLINE void add_words(u64 out[4], const u64 a[4], const u64 b[4])
{
    u64 carry = 0;
    for (int i = 0; i < 4; i++) {
        u128 t = (u128)a[i] + b[i] + carry;
        out[i] = (u64)t;
        carry = (u64)(t >> 64);
    }
}

void situ_fr_words_add(u64 out[4], const u64 a[4], const u64 b[4])
{
    u64 sum[4], less[4];
    add_words(sum, a, b); /* below 2r < 2^256 */
    memcpy(out, sub_words(less, sum, order) ? sum : less, sizeof sum);
}

void situ_fr_words_sub(u64 out[4], const u64 a[4], const u64 b[4])
{
    u64 diff[4];
    if (sub_words(diff, a, b)) add_words(diff, diff, order);
    memcpy(out, diff, sizeof diff);
}

fr_mont situ_fr_to_mont(const fr *a)
{
    fr_mont r;
    blst_fr_from_uint64(&r, a->word);
    return r;
}

fr situ_fr_from_mont(const fr_mont *a)
{
    fr r;
    blst_uint64_from_fr(r.word, a);
    return r;
}

fr_mont situ_frm_from_u64(u64 x)
{
    fr a = {{x, 0, 0, 0}};
    return situ_fr_to_mont(&a);
}

fr_mont situ_frm_pow(const fr_mont *a, u64 e)
{
    fr_mont r = situ_frm_from_u64(1), square = *a;
    for (; e; e >>= 1) {
        if (e & 1) r = frm_mul(&r, &square);
        square = frm_mul(&square, &square);
    }
    return r;
}

SITU_INLINE void load_be(u64 out[4], const u8 bytes[32])
{
    for (int i = 0; i < 4; i++) {
        u64 w;
        memcpy(&w, bytes + 8 * i, 8);
        out[3 - i] = __builtin_bswap64(w);
    }
}

situ_err situ_fr_read(situ_fr *out, const uint8_t bytes[32])
{
    fr read;
    u64 less[4];
    load_be(read.word, bytes);
    if (!sub_words(less, read.word, order)) return SITU_ERR_FORMAT;
    *out = read;
    return SITU_OK;
}

void situ_fr_write(uint8_t bytes[32], const situ_fr *a)
{
    for (int i = 0; i < 4; i++) {
        u64 w = __builtin_bswap64(a->word[3 - i]);
        memcpy(bytes + 8 * i, &w, 8);
    }
}

fr situ_fr_from_hash(const u8 hash[32])
{
    fr r;
    u64 less[4];
    load_be(r.word, hash);
    while (!sub_words(less, r.word, order)) memcpy(r.word, less, sizeof less); /* at most twice: 2^256 < 3r */
    return r;
}

/* --- the public functions: one conversion a product is no matter for single ones ---------------------- */

situ_fr situ_fr_add(const situ_fr *a, const situ_fr *b) { return fr_add(a, b); }
situ_fr situ_fr_sub(const situ_fr *a, const situ_fr *b) { return fr_sub(a, b); }

situ_fr situ_fr_mul(const situ_fr *a, const situ_fr *b)
{
    fr_mont m = situ_fr_to_mont(b);
    return fr_mul(a, &m);
}

situ_fr situ_fr_pow(const situ_fr *a, uint64_t e)
{
    fr_mont m = situ_fr_to_mont(a);
    m = situ_frm_pow(&m, e);
    return situ_fr_from_mont(&m);
}

situ_err situ_fr_inverse(situ_fr *out, const situ_fr *a)
{
    if (fr_is_zero(a)) return SITU_ERR_ARG;
    fr_mont m = situ_fr_to_mont(a);
    m = frm_inverse(&m);
    *out = situ_fr_from_mont(&m);
    return SITU_OK;
}

fr situ_poly_eval_mont(const fr *p, size_t n, const fr_mont *x)
{
    fr r = {{0}};
    for (size_t i = n; i-- > 0;) {
        r = fr_mul(&r, x);
        r = fr_add(&r, &p[i]);
    }
    return r;
}
