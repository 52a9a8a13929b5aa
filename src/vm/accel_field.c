/* accel_field.c — what the calls for arithmetic of F and K compute.  The proof's tables are apart (tables/field.c). */
#include "fri/fri.h"
#include "vm/machine.h"

/* Below 2^32 < 3 p. */
SITU_INLINE kb word_mod_p(u32 w)
{
    w = w >= 2 * KB_P ? w - 2 * KB_P : w;
    return w >= KB_P ? w - KB_P : w;
}

k6 situ_guest_k6(const situ_file_u32 words[K6_DEGREE])
{
    k6 a;
    for (u32 k = 0; k < K6_DEGREE; k++) a.c[k] = word_mod_p(words[k]);
    return a;
}

void situ_guest_k6_store(situ_file_u32 words[K6_DEGREE], k6 a)
{
    for (u32 k = 0; k < K6_DEGREE; k++) words[k] = a.c[k];
}

u32 situ_guest_first_not_canonical(const situ_file_u32 *words, u32 n)
{
    u32 i = 0;
    while (i < n && KB_IS_CANONICAL(words[i])) i++;
    return i;
}

k6 situ_guest_k_horner(k6 acc, const situ_file_u32 *elements, u32 n, k6 x)
{
    while (n-- > 0) acc = k6_add(k6_mul(acc, x), situ_guest_k6(elements + (size_t)K6_DEGREE * n));
    return acc;
}

k6 situ_guest_f_horner(k6 acc, const situ_file_u32 *tiles, u32 n, k6 x, k6 y)
{
    enum { TILE = 2 * SITU_TILE_WORDS };
    k6 powers[TILE];
    powers[0] = k6_one();
    for (u32 l = 1; l < TILE; l++) powers[l] = k6_mul(powers[l - 1], x);
    while (n-- > 0) {
        acc = k6_mul(acc, y);
        for (u32 l = 0; l < TILE; l++) acc = k6_add(acc, k6_mul_kb(powers[l], tiles[(size_t)TILE * n + l]));
    }
    return acc;
}

k6 situ_guest_k_fold(const situ_file_u32 *values, u32 s, k6 x)
{
    const bool canonical = situ_fri_fold_row(&x, values, word_mod_p(s), &x);
    SITU_ASSERT(canonical); /* the call was checked */
    return x;
}
