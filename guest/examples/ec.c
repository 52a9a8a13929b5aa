/* ec.c — multiples of secp256k1's generator, in plain C: no accelerator, no tables made beforehand.
 *
 * Input: scalars below 2^256, hexadecimal, one a line.  Output: for each, a line with x and y of its multiple,
 * or "infinity".  Exit code 1 for any other input.
 *
 * A field element is any number below 2^256, standing for its residue modulo p = 2^256 - FOLD; only what is
 * printed or compared is reduced. */
#include <stdio.h>

#include <situ/guest.h>

typedef unsigned __int128 u128;

typedef struct {
    uint64_t limb[4]; /* lowest first */
} fe;

typedef struct {
    fe x, y, z; /* (x / z^2, y / z^3); z = 0 at infinity */
} point;

#define FOLD 0x1000003d1 /* 2^256 modulo p */

static const fe zero = {{0}}, one = {{1}};
static const fe p = {{-(uint64_t)FOLD, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
static const point generator = {
    {{0x59f2815b16f81798, 0x029bfcdb2dce28d9, 0x55a06295ce870b07, 0x79be667ef9dcbbac}},
    {{0x9c47d08ffb10d4b8, 0xfd17b448a6855419, 0x5da4fbfc0e1108a8, 0x483ada7726a3c465}},
    {{1}},
};

/* --- field ---------------------------------------------------------------------------------------------- */

/* *r = a + n; the carry out of 2^256 is returned. */
static inline uint64_t add_small(fe *r, const fe *a, uint64_t n)
{
    u128 t = n;
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++, t >>= 64) r->limb[i] = (uint64_t)(t += a->limb[i]);
    return (uint64_t)t;
}

static inline uint64_t sub_small(fe *r, const fe *a, uint64_t n)
{
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        uint64_t limb = a->limb[i];
        r->limb[i] = limb - n;
        n = limb < n;
    }
    return n;
}

static fe add(fe a, fe b)
{
    fe r;
    u128 t = 0;
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++, t >>= 64) r.limb[i] = (uint64_t)(t += (u128)a.limb[i] + b.limb[i]);
    if (t && add_small(&r, &r, FOLD)) add_small(&r, &r, FOLD);
    return r;
}

static fe sub(fe a, fe b)
{
    fe r;
    uint64_t borrow = 0;
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        u128 t = (u128)a.limb[i] - b.limb[i] - borrow;
        r.limb[i] = (uint64_t)t;
        borrow = (uint64_t)(t >> 64) & 1;
    }
    if (borrow && sub_small(&r, &r, FOLD)) sub_small(&r, &r, FOLD);
    return r;
}

static fe mul(fe a, fe b)
{
    uint64_t wide[8] = {0};
    fe r;
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        u128 t = 0;
#pragma GCC unroll 4
        for (int j = 0; j < 4; j++, t >>= 64)
            wide[i + j] = (uint64_t)(t += (u128)a.limb[i] * b.limb[j] + wide[i + j]);
        wide[i + 4] = (uint64_t)t;
    }
    u128 t = 0; /* high half times FOLD, added to the low one; what then is above 2^256 fits in 34 bits */
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++, t >>= 64) r.limb[i] = (uint64_t)(t += (u128)wide[i + 4] * FOLD + wide[i]);
    t *= FOLD;
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++, t >>= 64) r.limb[i] = (uint64_t)(t += r.limb[i]);
    if (t) add_small(&r, &r, FOLD);
    return r;
}

static fe square(fe a) { return mul(a, a); }

static fe reduced(fe a)
{
    fe r;
    return add_small(&r, &a, FOLD) ? r : a; /* a >= p just when a + FOLD >= 2^256 */
}

static int is_zero(fe a)
{
    a = reduced(a);
    return (a.limb[0] | a.limb[1] | a.limb[2] | a.limb[3]) == 0;
}

/* 1 / a as a^(p - 2). */
static fe inverse(fe a)
{
    fe exponent, r = one;
    sub_small(&exponent, &p, 2);
    for (int bit = 255; bit >= 0; bit--) {
        r = square(r);
        if (exponent.limb[bit / 64] >> bit % 64 & 1) r = mul(r, a);
    }
    return r;
}

/* --- curve: y^2 = x^3 + 7; formulas of the Explicit-Formulas Database ---------------------------------- */

static point doubled(point q) /* dbl-2009-l; infinity stays itself, and no point has order 2 */
{
    fe a = square(q.x), b = square(q.y), c = square(b);
    fe d = sub(sub(square(add(q.x, b)), a), c), e = add(add(a, a), a);
    point r;
    d = add(d, d);
    c = add(c, c), c = add(c, c), c = add(c, c);
    r.x = sub(square(e), add(d, d));
    r.y = sub(mul(e, sub(d, r.x)), c);
    r.z = mul(add(q.y, q.y), q.z);
    return r;
}

static point sum(point q, point s) /* add-1998-cmo-2 */
{
    if (is_zero(q.z)) return s;
    if (is_zero(s.z)) return q;
    fe qzz = square(q.z), szz = square(s.z), u = mul(q.x, szz), v = mul(q.y, mul(s.z, szz));
    fe h = sub(mul(s.x, qzz), u), w = sub(mul(s.y, mul(q.z, qzz)), v);
    if (is_zero(h)) return is_zero(w) ? doubled(q) : (point){one, one, zero};
    fe hh = square(h), hhh = mul(h, hh);
    point r;
    u = mul(u, hh);
    r.x = sub(sub(square(w), hhh), add(u, u));
    r.y = sub(mul(w, sub(u, r.x)), mul(v, hhh));
    r.z = mul(mul(q.z, s.z), h);
    return r;
}

/* Four bits at a time, with the multiples 1..15 of the point. */
static point multiple(fe scalar, point q)
{
    point small[16] = {{one, one, zero}, q}, r = small[0];
    for (int i = 2; i < 16; i++) small[i] = i % 2 ? sum(small[i - 1], q) : doubled(small[i / 2]);
    int digit = 63;
    while (digit > 0 && (scalar.limb[digit / 16] >> 4 * (digit % 16) & 15) == 0) digit--;
    for (; digit >= 0; digit--) {
        for (int i = 0; i < 4; i++) r = doubled(r);
        r = sum(r, small[scalar.limb[digit / 16] >> 4 * (digit % 16) & 15]);
    }
    return r;
}

/* --- text ----------------------------------------------------------------------------------------------- */

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Read up to 64 digits and the end of the line; the bytes taken, or 0. */
static size_t read_scalar(fe *scalar, const uint8_t *text, size_t n)
{
    size_t i = 0;
    *scalar = zero;
    for (; i < n && i < 64 && hex_digit(text[i]) >= 0; i++) {
        for (int k = 3; k > 0; k--) scalar->limb[k] = scalar->limb[k] << 4 | scalar->limb[k - 1] >> 60;
        scalar->limb[0] = scalar->limb[0] << 4 | (uint64_t)hex_digit(text[i]);
    }
    return i > 0 && i < n && text[i] == '\n' ? i + 1 : 0;
}

static void print_fe(fe a)
{
    a = reduced(a);
    for (int i = 3; i >= 0; i--) printf("%016llx", (unsigned long long)a.limb[i]);
}

static void print_point(point q)
{
    if (is_zero(q.z)) {
        printf("infinity\n");
        return;
    }
    fe z = inverse(q.z), zz = square(z);
    print_fe(mul(q.x, zz));
    printf(" ");
    print_fe(mul(q.y, mul(z, zz)));
    printf("\n");
}

int main(void)
{
    const uint8_t *input;
    size_t n_bytes, taken;
    fe scalar;

    read_input(&input, &n_bytes);
    for (size_t at = 0; at < n_bytes; at += taken) {
        taken = read_scalar(&scalar, input + at, n_bytes - at);
        if (taken == 0) return 1;
        print_point(multiple(scalar, generator));
    }
    return 0;
}
