/* weigh.c — weighted sums of opened values on the VM's accelerators; stands in for src/stark/weigh.c.
 *
 * A run of positions is cut at multiples of 16 (functions over K) or 256 (tiles), within which the weights are powers of one or two
 * challenges times the weight of the part's first position. */
#include "stark/weigh.h"

#include "sums.h"

enum { LANES = 16, TILES = 16 };

/* memory: weights of the first position of each tile. */
size_t stark_weights_elements(u32 n_positions) { return n_positions / LANES; }

void stark_weights_init(stark_weights *w, u32 n_positions, const k6 lambda[3])
{
    k6 outer = k6_one();
    for (int i = 0; i < 3; i++) w->lambda[i] = lambda[i];
    for (u32 tile = 0; tile < n_positions / LANES; tile++) {
        if (tile % TILES != 0) {
            w->memory[tile] = k6_mul(w->memory[tile - 1], lambda[1]);
        } else {
            if (tile != 0) outer = k6_mul(outer, lambda[2]);
            w->memory[tile] = outer;
        }
    }
    w->n_positions = n_positions;
}

bool stark_weigh_elements(k6 *sum, const stark_weights *w, u32 first, const situ_file_u32 *row, u32 n)
{
    const k6 *weight = w->memory + first / LANES;
    for (; n > 0; row += LANES * K6_DEGREE, weight++) {
        const u32 part = n < LANES ? n : LANES;
        k6 acc = k6_zero();
        k_horner(&acc, row, part, &w->lambda[0]);
        k6_mul_add_into(sum, &acc, weight, sum);
        n -= part;
    }
    return true;
}

bool stark_weigh_tiles(k6 *sum, const stark_weights *w, u32 first, const situ_file_u32 *row, u32 n_tiles)
{
    u32 tile = first / LANES;
    while (n_tiles > 0) {
        const u32 left = TILES - tile % TILES, part = n_tiles < left ? n_tiles : left;
        k6 acc = k6_zero();
        f_horner(&acc, row, part, w->lambda);
        k6_mul_add_into(sum, &acc, &w->memory[tile], sum);
        tile += part;
        row += part * LANES;
        n_tiles -= part;
    }
    return true;
}

k6 stark_weigh_values(const stark_weights *w, u32 first, const k6 *values, u32 n)
{
    k6 sum = k6_zero();
    (void)stark_weigh_elements(&sum, w, first, (const situ_file_u32 *)(const void *)values, n);
    return sum;
}
