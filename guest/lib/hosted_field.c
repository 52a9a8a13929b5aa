/* hosted_field.c — arithmetic of F and K in software, by plain remainders and apart from src/field, as hosted_accel.c. */
#include "hosted_accel.h"

#define P        UINT64_C(0x7f000001)
#define INV_2_32 UINT64_C(1057030144) /* 1 / 2^32 modulo p */

/* Words stay in Montgomery form: a product is a b / 2^32. */
static uint64_t mul(uint64_t a, uint64_t b) { return a % P * (b % P) % P * INV_2_32 % P; }

static uint64_t element(uint32_t w)
{
    if (w >= P) situ_abort("a field element is not below p");
    return w;
}

static situ_k6 mul_add(const situ_k6 *a, const situ_k6 *b, const situ_k6 *c)
{
    uint64_t t[11] = {0};
    situ_k6 r;
    for (int k = 0; k < 6; k++) t[k] = c->c[k];
    for (int i = 0; i < 6; i++)
        for (int j = 0; j < 6; j++) t[i + j] += mul(a->c[i], b->c[j]);
    for (int m = 10; m >= 6; m--) { /* X^6 = -X^3 - 1 */
        t[m - 3] += P - t[m] % P;
        t[m - 6] += P - t[m] % P;
    }
    for (int k = 0; k < 6; k++) r.c[k] = (uint32_t)(t[k] % P);
    return r;
}

void hosted_k6_muladd(situ_k6 *out, const situ_k6 *a, const situ_k6 *b, const situ_k6 *c)
{
    *out = mul_add(a, b, c);
}

void hosted_k6_horner(situ_k6 *acc, const situ_k6 *elements, size_t n, const situ_k6 *x)
{
    situ_k6 sum = *acc;
    while (n-- > 0) {
        for (int k = 0; k < 6; k++) element(elements[n].c[k]);
        sum = mul_add(&sum, x, &elements[n]);
    }
    *acc = sum;
}

void hosted_f_horner(situ_k6 *acc, const uint32_t (*tiles)[16], size_t n, const situ_k6 points[2])
{
    static const situ_k6 zero;
    situ_k6 sum = *acc;
    while (n-- > 0) {
        situ_k6 tile = zero;
        for (int l = 15; l >= 0; l--) {
            const situ_k6 word = {{(uint32_t)element(tiles[n][l])}};
            tile = mul_add(&tile, &points[0], &word);
        }
        sum = mul_add(&sum, &points[1], &tile);
    }
    *acc = sum;
}

/* By definition: the sum over i, j of (s x)^i w^(-i j) values[bitrev(j)], and an eighth of it. */
void hosted_k6_fold(situ_k6 *out, const situ_k6 values[8], uint32_t s, const situ_k6 *x)
{
    static const uint8_t reversed[8] = {0, 4, 2, 6, 1, 5, 3, 7};
    static const situ_k6 zero, one = {{0x01fffffe}}, eighth = {{0x20000000}};
    static const situ_k6 w_inverse = {{0x4bfa6163}}; /* w = 3^((p - 1) / 8) */
    const situ_k6 scale = {{s}}, u = mul_add(x, &scale, &zero);
    situ_k6 sum = zero, roots[8] = {one};
    for (int i = 0; i < 7; i++) roots[i + 1] = mul_add(&roots[i], &w_inverse, &zero);
    for (int i = 7; i >= 0; i--) {
        situ_k6 t = zero;
        for (int j = 7; j >= 0; j--) {
            for (int k = 0; k < 6; k++) element(values[reversed[j]].c[k]);
            t = mul_add(&t, &roots[i], &values[reversed[j]]);
        }
        sum = mul_add(&sum, &u, &t);
    }
    *out = mul_add(&sum, &eighth, &zero);
}
