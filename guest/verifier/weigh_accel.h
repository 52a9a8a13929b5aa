/* weigh_accel.h — weighted sums of opened rows on the VM's accelerators; what stark/weigh.h has in its place in a guest.
 *
 * Sixteen positions are a slot; a tile is one.  Horner's rule goes down the slots with one accumulator: by lambda_2, and, as that would be
 * lambda_2^16 from one sixteen of slots to the next, where lambda_3 is meant, times the quotient of the two there.  So there are calls for
 * the slots and hardly a product. */
#ifndef GUEST_VERIFIER_WEIGH_ACCEL_H
#define GUEST_VERIFIER_WEIGH_ACCEL_H

#include "sums.h"

enum { WEIGH_LANES = 16, WEIGH_SLOTS = 16 };

_Static_assert(1 << SITU_STARK_LOG2_BLOWUP_MAX <= WEIGH_LANES, "the quotient has one slot");

/* *acc, at `slot`, goes down by n slots: sums of elements, or tiles, of `bytes` bytes, the lowest one first.  Where it is then. */
SITU_INLINE u32 weigh_down(k6 *acc, const stark_weights *w, u32 slot, long number, const void *first,
                           u32 bytes, u32 n, const k6 *points)
{
    while (n > 0) {
        u32 part = slot % WEIGH_SLOTS;
        if (part == 0) {
            k6_mul_add_into(acc, acc, &w->next_sixteen, &w->zero);
            part = WEIGH_SLOTS;
        }
        if (part > n) part = n;
        n -= part;
        slot -= part;
        sums_call(number, acc, (const u8 *)first + (u64)n * bytes, part, points);
    }
    return slot;
}

/* Slots under the last one of n elements over K, and n_quotient more in a slot of their own. */
SITU_INLINE u32 weigh_slots_under(u32 n, u32 n_quotient)
{
    return n == 0 ? 0 : n_quotient > 0 ? (n - 1) / WEIGH_LANES + 1 : (n - 1) / WEIGH_LANES;
}

/* n elements, sixteen a slot: the last slot's sum is added to *last times a power of lambda_1, the others go to w->memory.  How many
 * these are. */
SITU_INLINE u32 weigh_elements(k6 *last, const stark_weights *w, const void *elements, u32 n)
{
    const k6 *at = elements;
    k6 *slot = w->memory;
    u32 under = 0;
    for (; n > WEIGH_LANES; n -= WEIGH_LANES, at += WEIGH_LANES, under++) {
        *slot = k6_zero();
        k_horner(slot++, at, WEIGH_LANES, &w->lambda[0]);
    }
    if (n > 0) k_horner(last, at, n, &w->lambda[0]);
    return under;
}

/* The functions of a group: those of the quotient, if there are any, in the last slot. */
SITU_INLINE u32 weigh_functions(k6 *last, const stark_weights *w, const stark_group *g,
                                const situ_file_u32 *const rows[STARK_TREES])
{
    const u32 n_aux = g->n_openings[STARK_TREE_AUX], n_quotient = g->n_openings[STARK_TREE_QUOTIENT];
    if (n_quotient == 0) return weigh_elements(last, w, rows[STARK_TREE_AUX], n_aux);
    k_horner(last, rows[STARK_TREE_QUOTIENT], n_quotient, &w->lambda[0]);
    if (n_aux == 0) return 0;
    k6 *last_aux = w->memory + (n_aux - 1) / WEIGH_LANES;
    *last_aux = k6_zero();
    return weigh_elements(last_aux, w, rows[STARK_TREE_AUX], n_aux) + 1;
}

SITU_INLINE const situ_file_u32 *stark_weigh_rows(const stark_weights *w, const stark_group *g,
                                                  const situ_file_u32 *const rows[STARK_TREES], k6 *at_zeta,
                                                  k6 *at_next)
{
    u32 under = weigh_functions(at_zeta, w, g, rows),
        slot = g->position[STARK_TREE_AUX] / WEIGH_LANES + under;
    slot = weigh_down(at_zeta, w, slot, SUMS_K_HORNER, w->memory, sizeof(k6), under, &w->lambda[1]);
    slot = weigh_down(at_zeta, w, slot, SUMS_F_HORNER, rows[STARK_TREE_MAIN], STARK_TILE_ROW_BYTES,
                      g->n_tiles[STARK_TREE_MAIN], w->lambda);
    weigh_down(at_zeta, w, slot, SUMS_F_HORNER, rows[STARK_TREE_PRE], STARK_TILE_ROW_BYTES,
               g->n_tiles[STARK_TREE_PRE], w->lambda);

    under = weigh_elements(at_next, w, rows[STARK_TREE_AUX], g->n_shifted);
    slot = g->shifted_position / WEIGH_LANES + under;
    weigh_down(at_next, w, slot, SUMS_K_HORNER, w->memory, sizeof(k6), under, &w->lambda[1]);
    return NULL;
}

#endif /* GUEST_VERIFIER_WEIGH_ACCEL_H */
