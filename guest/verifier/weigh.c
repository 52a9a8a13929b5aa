/* weigh.c — the part of stark/weigh.h before the queries, on the VM's accelerators; stands in for src/stark/weigh.c. */
#include "stark/weigh.h"

#include "stark/protocol.h"

enum { POWERS = WEIGH_LANES + 1 };

/* memory: a sum for each slot; powers of lambda_1^-1, lambda_2 and lambda_2^-1. */
size_t stark_weights_elements(u32 n_positions) { return n_positions / WEIGH_LANES + 3 * POWERS; }

void stark_weights_init(stark_weights *w, u32 n_positions, const k6 *lambda)
{
    const k6 first_two = k6_mul(lambda[0], lambda[1]), inverse = k6_inv(k6_mul(first_two, lambda[2]));
    const k6 inverse_of_two = k6_mul(inverse, lambda[2]);
    k6 *powers = w->memory + n_positions / WEIGH_LANES;
    stark_powers(powers, POWERS, k6_mul(inverse_of_two, lambda[1]));
    stark_powers(powers + POWERS, POWERS, lambda[1]);
    stark_powers(powers + 2 * POWERS, POWERS, k6_mul(inverse_of_two, lambda[0]));
    w->inverse_powers[0] = powers;
    w->powers = powers + POWERS;
    w->inverse_powers[1] = powers + 2 * POWERS;
    w->last_inverse = k6_mul(inverse, first_two);
    w->next_sixteen = k6_mul(lambda[2], w->inverse_powers[1][WEIGH_SLOTS]);
    w->zero = k6_zero();
    w->lambda = lambda;
    w->n_positions = n_positions;
}

/* The weight of a slot's first position, and its inverse. */
static k6 slot_weight(const stark_weights *w, u32 slot)
{
    return k6_mul(w->powers[slot % WEIGH_SLOTS], k6_pow(w->lambda[2], slot / WEIGH_SLOTS));
}

static k6 slot_inverse(const stark_weights *w, u32 slot)
{
    return k6_mul(w->inverse_powers[1][slot % WEIGH_SLOTS], k6_pow(w->last_inverse, slot / WEIGH_SLOTS));
}

/* Sum of n values from the position `first` on, over the weight of `first`. */
static k6 sum_of_values(const stark_weights *w, u32 first, const k6 *values, u32 n)
{
    k6 sum = k6_zero();
    const u32 under = weigh_elements(&sum, w, values, n);
    weigh_down(&sum, w, first / WEIGH_LANES + under, SUMS_K_HORNER, w->memory, sizeof(k6), under,
               &w->lambda[1]);
    return sum;
}

/* What an accumulator at a slot begins with so as to end as minus the sum at slot 0, the n elements of its slot being summed to it. */
static k6 start_for(const stark_weights *w, k6 sum, u32 slot, u32 n)
{
    return k6_neg(k6_mul(sum, k6_mul(slot_inverse(w, slot), w->inverse_powers[0][n])));
}

/* Elements in the last slot of n. */
static u32 in_last(u32 n) { return n == 0 ? 0 : (n - 1) % WEIGH_LANES + 1; }

/* sums[i] += the sum over the i-th n of the values, the first of which has this position. */
static void add_points(k6 *sums, u32 n_points, const stark_weights *w, u32 position, const k6 *values, u32 n)
{
    if (n == 0) return;
    const k6 weight = slot_weight(w, position / WEIGH_LANES);
    for (u32 i = 0; i < n_points; i++, values += n) {
        const k6 part = sum_of_values(w, position, values, n);
        k6_mul_add_into(&sums[i], &part, &weight, &sums[i]);
    }
}

void stark_weigh_points(k6 *sums, const stark_weights *w, const stark_group *g, const k6 *values)
{
    for (u32 i = 0; i < stark_n_points(g); i++) sums[i] = k6_zero();
    for (int t = 0; t < STARK_TREES; t++)
        add_points(sums, stark_n_points(g), w, g->position[t], values + g->first_value[t], g->n_openings[t]);
}

void stark_weigh_next_points(k6 *sums, const stark_weights *w, const stark_group *g, const k6 *values)
{
    for (u32 i = 0; i < g->n_shifted_points; i++) sums[i] = k6_zero();
    add_points(sums, g->n_shifted_points, w, g->shifted_position, values + g->first_shifted, g->n_shifted);
}

void stark_weigh_nothing(stark_weigh_start *start, const stark_weights *w, const stark_group *g)
{
    *start = (stark_weigh_start){k6_zero(), k6_zero(), slot_inverse(w, g->shifted_position / WEIGH_LANES)};
}

void stark_weigh_values(stark_weigh_start *start, const stark_weights *w, const stark_group *g,
                        const k6 *values)
{
    const u32 n_aux = g->n_openings[STARK_TREE_AUX], n_quotient = g->n_openings[STARK_TREE_QUOTIENT];
    const u32 slot = g->position[STARK_TREE_AUX] / WEIGH_LANES + weigh_slots_under(n_aux, n_quotient),
              next_slot = g->shifted_position / WEIGH_LANES;
    k6 sum, next = k6_zero();
    stark_weigh_points(&sum, w, g, values);
    stark_weigh_next_points(&next, w, g, values);
    start->at_zeta = start_for(w, sum, slot, in_last(n_quotient > 0 ? n_quotient : n_aux));
    start->at_next =
        start_for(w, next, next_slot + weigh_slots_under(g->n_shifted, 0), in_last(g->n_shifted));
    start->next_divisor = slot_inverse(w, next_slot);
}
