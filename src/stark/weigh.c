/* weigh.c — see weigh.h: sums of products with weights computed once, reduced once. */
#include "stark/weigh.h"

#include "stark/protocol.h"

/* memory: weights of positions; then, for functions over K, those times X^j, six for each position. */
size_t stark_weights_elements(u32 n_positions) { return (size_t)n_positions * (1 + K6_DEGREE); }

void stark_weights_init(stark_weights *w, u32 n_positions, const k6 *lambda)
{
    k6 *out = w->memory + n_positions;
    w->n_positions = n_positions;
    w->lambda = lambda;
    stark_position_weights(w->memory, n_positions, lambda);
    for (u32 i = 0; i < n_positions; i++) {
        k6 weight = w->memory[i];
        for (u32 j = 0; j < K6_DEGREE; j++, weight = k6_mul_x(weight)) *out++ = weight;
    }
}

/* *sum += weights[0] row[0] + ... ; n is even.  Sums of products of canonical words are kept below p 2^32, where two products more fit
 * a u64. */
static bool add_products(k6 *sum, const k6 *weights, const situ_file_u32 *row, u32 n)
{
    const u64 fold = (u64)KB_P << 32;
    u64 s[K6_DEGREE] = {0};
    for (const situ_file_u32 *end = row + n; row != end; row += 2, weights += 2) {
        const u64 a = row[0], b = row[1];
        if (a >= KB_P || b >= KB_P) return false;
#pragma GCC unroll 6
        for (int j = 0; j < K6_DEGREE; j++) {
            s[j] += a * weights[0].c[j] + b * weights[1].c[j];
            if (s[j] >= fold) s[j] -= fold;
        }
    }
    for (int j = 0; j < K6_DEGREE; j++) sum->c[j] = kb_add(sum->c[j], kb_reduce(s[j]));
    return true;
}

static k6 sum_of_values(const k6 *weights, const k6 *values, u32 n)
{
    k6 sum = k6_zero();
    for (u32 i = 0; i < n; i++) sum = k6_add(sum, k6_mul(weights[i], values[i]));
    return sum;
}

void stark_weigh_points(k6 *sums, const stark_weights *w, const stark_group *g, const k6 *values)
{
    for (u32 i = 0; i < stark_n_points(g); i++) {
        sums[i] = k6_zero();
        for (int t = 0; t < STARK_TREES; t++) {
            const k6 *first = values + g->first_value[t] + (size_t)i * g->n_openings[t];
            sums[i] = k6_add(sums[i], sum_of_values(w->memory + g->position[t], first, g->n_openings[t]));
        }
    }
}

void stark_weigh_next_points(k6 *sums, const stark_weights *w, const stark_group *g, const k6 *values)
{
    for (u32 i = 0; i < g->n_shifted_points; i++)
        sums[i] = sum_of_values(w->memory + g->shifted_position,
                                values + g->first_shifted + (size_t)i * g->n_shifted, g->n_shifted);
}

void stark_weigh_nothing(stark_weigh_start *start, const stark_weights *w, const stark_group *g)
{
    (void)w, (void)g;
    *start = (stark_weigh_start){k6_zero(), k6_zero(), k6_one()};
}

void stark_weigh_values(stark_weigh_start *start, const stark_weights *w, const stark_group *g,
                        const k6 *values)
{
    k6 sum, next = k6_zero();
    stark_weigh_points(&sum, w, g, values);
    stark_weigh_next_points(&next, w, g, values);
    *start = (stark_weigh_start){k6_neg(sum), k6_neg(next), k6_one()};
}

const situ_file_u32 *stark_weigh_rows(const stark_weights *w, const stark_group *g,
                                      const situ_file_u32 *const rows[STARK_TREES], k6 *at_zeta, k6 *at_next)
{
    const k6 *over_k = w->memory + w->n_positions;
    for (int t = 0; t < STARK_TREES; t++) {
        const bool columns = t == STARK_TREE_PRE || t == STARK_TREE_MAIN;
        const k6 *weights =
            columns ? w->memory + g->position[t] : over_k + (size_t)g->position[t] * K6_DEGREE;
        const u32 n_words = columns ? STARK_TILE_COLUMNS * g->n_tiles[t] : K6_DEGREE * g->n_openings[t];
        if (n_words > 0 && !add_products(at_zeta, weights, rows[t], n_words)) return rows[t];
    }
    const k6 *weights = over_k + (size_t)g->shifted_position * K6_DEGREE;
    const bool ok =
        g->n_sums == 0 || add_products(at_next, weights, rows[STARK_TREE_AUX], K6_DEGREE * g->n_shifted);
    return ok ? NULL : rows[STARK_TREE_AUX];
}
