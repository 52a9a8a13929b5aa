/* weigh.c — weighted sums of opened values on the VM's accelerators; stands in for src/stark/weigh.c.
 *
 * A run of positions is cut at multiples of 16 (functions over K) or 256 (tiles), within which the weights are powers of one or two
 * challenges times the weight of the part's first position. */
#include "stark/weigh.h"

#include "sums.h"

enum { LANES = 16, TILES = 16 };

/* memory: weights of every sixteenth position; then as many sums of sixteen. */
size_t stark_weights_elements(u32 n_positions) { return 2 * (n_positions / LANES); }

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
    w->slots = w->memory + n_positions / LANES;
}

/* Sums over sixteen functions each, from *slots on; what lies behind the last. */
SITU_INLINE k6 *sum_elements(k6 *slot, const stark_weights *w, const void *elements, u32 n)
{
    for (const k6 *at = elements; n > 0; at += LANES, slot++) {
        const u32 part = n < LANES ? n : LANES;
        *slot = k6_zero();
        k_horner(slot, at, part, &w->lambda[0]);
        n -= part;
    }
    return slot;
}

/* *sum += the sums from w->slots on times the weights of position `first` and every sixteenth behind it. */
SITU_INLINE void add_slots(k6 *sum, const stark_weights *w, const k6 *end, u32 first)
{
    u32 tile = first / LANES;
    for (k6 *slot = w->slots; slot != end;) {
        const u64 left = (u64)(end - slot), room = TILES - tile % TILES, n = left < room ? left : room;
        k6 *last = slot + n - 1;
        if (n > 1) k_horner(last, slot, n - 1, &w->lambda[1]);
        k6_mul_add_into(sum, last, &w->memory[tile], sum);
        slot += n;
        tile += (u32)n;
    }
}

SITU_INLINE void add_tiles(k6 *sum, const stark_weights *w, const situ_file_u32 *row, u32 n_tiles, u32 first)
{
    for (u32 tile = first / LANES; n_tiles > 0;) {
        const u32 room = TILES - tile % TILES, part = n_tiles < room ? n_tiles : room;
        k6 acc = k6_zero();
        f_horner(&acc, row, part, w->lambda);
        k6_mul_add_into(sum, &acc, &w->memory[tile], sum);
        tile += part;
        row += part * LANES;
        n_tiles -= part;
    }
}

void stark_weigh_values(const stark_weights *w, const stark_group *g, const k6 *values, k6 *at_zeta,
                        k6 *at_next)
{
    *at_zeta = *at_next = k6_zero();
    for (int t = 0; t < STARK_TREES; t++)
        add_slots(at_zeta, w, sum_elements(w->slots, w, values + g->first_value[t], g->n_openings[t]),
                  g->position[t]);
    add_slots(at_next, w, sum_elements(w->slots, w, values + g->first_shifted, g->n_sums),
              g->shifted_position);
}

const situ_file_u32 *stark_weigh_rows(const stark_weights *w, const stark_group *g,
                                      const situ_file_u32 *const rows[STARK_TREES], k6 *at_zeta, k6 *at_next)
{
    const situ_file_u32 *aux = rows[STARK_TREE_AUX];
    k6 *slot = sum_elements(w->slots, w, aux, g->n_openings[STARK_TREE_AUX]);
    slot = sum_elements(slot, w, rows[STARK_TREE_QUOTIENT], g->n_openings[STARK_TREE_QUOTIENT]);
    add_slots(at_zeta, w, slot, g->position[STARK_TREE_AUX]);
    add_tiles(at_zeta, w, rows[STARK_TREE_PRE], g->n_tiles[STARK_TREE_PRE], g->position[STARK_TREE_PRE]);
    add_tiles(at_zeta, w, rows[STARK_TREE_MAIN], g->n_tiles[STARK_TREE_MAIN], g->position[STARK_TREE_MAIN]);
    add_slots(at_next, w, sum_elements(w->slots, w, aux, g->n_sums), g->shifted_position);
    return NULL;
}
