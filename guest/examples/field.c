/* field.c — arithmetic in K on the accelerators.
 *
 * Input: three elements of K, a, x and y; then tiles of 16 elements of F, a multiple of 3 of them.
 * Output: a x + y; the value at x of the polynomial whose coefficients are the tiles taken as elements of K, with a in front; the tiles'
 * sums of powers of x and y, with a in front; the fold at x, scaled by a's first word, of the first 8 elements of K that the tiles are.
 * Exit code 2: malformed. */
#include <situ/guest.h>

typedef uint32_t tile[16];

int main(void)
{
    const uint8_t *input;
    size_t n_bytes;
    read_input(&input, &n_bytes);
    const situ_k6 *head = (const situ_k6 *)(const void *)input;
    const size_t n_tiles = n_bytes < 72 ? 0 : (n_bytes - 72) / sizeof(tile);
    if (n_tiles % 3 != 0 || n_bytes != 72 + n_tiles * sizeof(tile)) return 2;

    situ_k6 results[4] = {head[0], head[0], head[0]};
    situ_k6_muladd(&results[0], &results[0], &head[1], &head[2]);
    situ_k6_horner(&results[1], head + 3, n_tiles * sizeof(tile) / sizeof(situ_k6), &head[1]);
    situ_f_horner(&results[2], (const tile *)(const void *)(head + 3), n_tiles, head + 1);
    if (n_tiles > 0) situ_k6_fold(&results[3], head + 3, head[0].c[0], &head[1]);
    write_output((const uint8_t *)results, sizeof results);
    return 0;
}
