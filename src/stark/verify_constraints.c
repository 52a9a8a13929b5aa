/* verify_constraints.c — bus balance, and the quotient identity at zeta. */
#include "stark/verifier.h"

situ_err stark_check_sums(const verifier *v, const situ_stark_statement *statement)
{
    k6 total;
    situ_err err =
        stark_boundary_sum(&total, v->layout.system, statement, v->challenges.gamma, v->challenges.beta);
    if (err) return refuse(v, err, "boundary messages", 0);
    for (u32 i = 0; i < v->layout.n_sums; i++) total = k6_add(total, v->sums[i]);
    if (!k6_is_zero(total)) return refuse(v, SITU_ERR_REJECT, "bus balance", 0);
    return SITU_OK;
}

/* gamma + bus + beta v_0 + beta^2 v_1 + ... */
static void fingerprint(const verifier *v, const situ_air_interaction *it, k6 *d)
{
    const u32 width = v->layout.system->buses[it->bus].width;
    *d = k6_horner(k6_zero(), v->tuples + it->first_value, width, v->challenges.beta);
    k6_mul_add_into(d, d, &v->challenges.beta, &v->bus_gamma[it->bus]);
}

/* Constraints, multiplicities and denominators of the point's table. */
static void evaluate(const verifier *v, const situ_air_table *table, const kb *publics)
{
    const situ_air_point *at = &v->point;
    if (table->eval_muladd) {
        table->eval_muladd(at);
        return;
    }
    table->eval_k(at->pre, at->main, publics, at->constraints, v->mults, v->tuples);
    for (u32 i = 0; i < table->n_interactions; i++) {
        at->mults[i] = &v->mults[i];
        fingerprint(v, &table->interactions[i], &at->denominators[i]);
    }
}

/* lhs prod d_i - sum_i m_i prod_{j != i} d_j  for the interactions first..end-1. */
static void logup_constraint(k6 *out, const situ_air_point *at, u32 first, u32 end, const k6 *lhs)
{
    const k6 *denominator = &at->denominators[first], *numerator = at->mults[first];
    k6 product, sum;
    for (u32 i = first + 1; i < end; i++) {
        const k6 *d = &at->denominators[i];
        k6_mul_into(out, denominator, at->mults[i]);
        k6_mul_add_into(&sum, numerator, d, out);
        k6_mul_into(&product, denominator, d);
        denominator = &product;
        numerator = &sum;
    }
    k6_mul_into(out, lhs, denominator);
    k6_sub_into(out, out, numerator);
}

/* What the running sum's step leaves over for the last fraction of a slot, whose others are committed. */
static void last_fraction(k6 *left, const verifier *v, const stark_slot *slot, const k6 *committed)
{
    const stark_group *g = &v->layout.groups[slot->group];
    const k6 *here = &v->values[g->first_value[STARK_TREE_AUX] + slot->sum_in_group];
    const k6 *next = &v->values[g->first_shifted + slot->sum_in_group];
    const kb rows_inverse = kb_from_u32(KB_P - ((KB_P - 1) >> slot->log2_rows)); /* 2^h (p - 1) / 2^h = -1 */
    *left = k6_mul_kb(v->sums[slot->sum_index], rows_inverse);
    k6_add_into(left, left, next);
    k6_sub_into(left, left, here);
    for (u32 i = 0; i + 1 < slot->n_logup_groups; i++) k6_sub_into(left, left, &committed[i]);
}

/* sum = sum alpha^n + sum_i alpha^i C_i(zeta) over a slot's n constraints. */
static void add_slot(k6 *sum, verifier *v, const stark_slot *slot, const kb *publics)
{
    const stark_layout *l = &v->layout;
    const situ_air_table *table = &l->system->tables[slot->table];
    const stark_group *g = &l->groups[slot->group];
    const k6 *committed =
        v->values + g->first_value[STARK_TREE_AUX] + slot->first_column[STARK_TREE_AUX] / K6_DEGREE;
    k6 *constraint = v->point.constraints + table->n_constraints;

    v->point.pre = v->values + g->first_value[STARK_TREE_PRE] + slot->first_column[STARK_TREE_PRE];
    v->point.main = v->values + g->first_value[STARK_TREE_MAIN] + slot->first_column[STARK_TREE_MAIN];
    evaluate(v, table, publics);
    for (u32 i = 0, first = 0; i < slot->n_logup_groups; i++) {
        const u32 end = stark_next_group(table, &l->params, g->log2_stack > 0, i, first);
        const k6 *lhs = &committed[i];
        k6 left;
        if (i + 1 == slot->n_logup_groups) {
            last_fraction(&left, v, slot, committed);
            lhs = &left;
        }
        logup_constraint(constraint++, &v->point, first, end, lhs);
        first = end;
    }
    *sum =
        k6_horner(*sum, v->point.constraints, (u32)(constraint - v->point.constraints), v->challenges.alpha);
}

/* q(zeta) from its restrictions q_k to the cosets s_k H, each a polynomial of degree below N.  The t_k = s_k^N are the m roots of
 * z^m = 3^(N m), so Lagrange's formula is
 *
 *     q(z) = sum_k q_k(z) t_k prod_{i != k} (z^N - t_i) / (m 3^(N m))
 *
 *   generator_n  3^N, and its inverse */
static void quotient_at_zeta(k6 *q, const verifier *v, const k6 *zeta_n, const kb generator_n[2])
{
    const u32 log2_blowup = v->layout.params.log2_blowup, n_cosets = 1u << log2_blowup;
    const k6 *chunks = v->values + v->layout.groups[0].first_value[STARK_TREE_QUOTIENT];
    const kb w = kb_root_of_unity(log2_blowup);
    kb t = generator_n[0], scale = kb_from_u32(KB_P - ((KB_P - 1) >> log2_blowup)), inverse = generator_n[1];
    k6 factor[1 << SITU_STARK_LOG2_BLOWUP_MAX], others[1 << SITU_STARK_LOG2_BLOWUP_MAX], before = k6_one();

    for (u32 i = 0; i < log2_blowup; i++) inverse = kb_mul(inverse, inverse);
    scale = kb_mul(scale, inverse);
    for (u32 i = 0; i < n_cosets; i++, t = kb_mul(t, w)) {
        const u32 k = u32_bit_reverse(i, log2_blowup);
        factor[k] = k6_sub_kb(*zeta_n, t);
        others[k] = k6_from_kb(kb_mul(t, scale));
    }
    for (u32 k = 0; k < n_cosets; k++) {
        k6_mul_into(&others[k], &others[k], &before);
        k6_mul_into(&before, &before, &factor[k]);
    }
    *q = k6_zero();
    before = k6_one();
    for (u32 k = n_cosets; k-- > 0;) {
        k6_mul_into(&others[k], &others[k], &before);
        k6_mul_add_into(q, &chunks[k], &others[k], q);
        k6_mul_into(&before, &before, &factor[k]);
    }
}

/* A group's constraints at its zeta. */
static void group_constraints(k6 *sum, verifier *v, u32 group, const kb *publics)
{
    const stark_layout *l = &v->layout;
    *sum = k6_zero();
    for (u32 i = l->n_present; i-- > 0;) { /* constraints are numbered slot by slot */
        const stark_slot *slot = &l->slots[l->present[i]];
        if (slot->group == group) add_slot(sum, v, slot, publics);
    }
}

static void prepare_point(verifier *v, const kb *publics)
{
    const situ_air_system *system = v->layout.system;
    u32 width = 0;
    for (u32 bus = 0; bus < system->n_buses; bus++) {
        v->bus_gamma[bus] = k6_add_kb(v->challenges.gamma, kb_from_u32(bus));
        width = (u32)u64_max(width, system->buses[bus].width);
    }
    for (u32 i = 0; i < system->n_publics; i++) v->publics_k[i] = k6_from_kb(publics[i]);
    v->beta[0] = k6_one();
    for (u32 i = 0; i < width; i++) k6_mul_into(&v->beta[i + 1], &v->beta[i], &v->challenges.beta);
    v->point.publics = v->publics_k;
    v->point.beta = v->beta;
    v->point.bus_gamma = v->bus_gamma;
}

/* zeta_g^n - 1 for the n rows of a group's tables. */
static k6 vanishing_at_zeta(const verifier *v, u32 group)
{
    const stark_group *g = &v->layout.groups[group];
    k6 z = v->challenges.zeta[group];
    for (u32 i = g->log2_stack; i < g->log2_rows; i++) k6_mul_into(&z, &z, &z);
    return k6_sub_kb(z, KB_ONE);
}

/* With y = zeta / 3 for the tallest group's zeta and N its height, the zeta of a group of height n is 3 y^(N / n), so
 *
 *     sum over groups of  C_g(zeta_g) / (3^n y^N - 1)  =  q(zeta)
 *
 * or, for a stacked group, with zeta_g to the power of its tables' rows.  No denominator is zero, zeta_g not being in F.  The sum is kept
 * as a fraction. */
situ_err stark_check_quotient(verifier *v, const kb *publics)
{
    const stark_layout *l = &v->layout;
    kb generator_n[2] = {KB_CONST(KB_GENERATOR), kb_inv(KB_CONST(KB_GENERATOR))};
    k6 y_n = k6_mul_kb(v->challenges.zeta[0], generator_n[1]), zeta_n;
    k6 numerator = k6_zero(), denominator = k6_one(), constraints;
    u32 log2_n = 0;

    prepare_point(v, publics);
    for (u32 i = 0; i < stark_log2_rows_max(l); i++) k6_mul_into(&y_n, &y_n, &y_n);
    for (u32 group = l->n_groups; group-- > 0;) { /* lowest first: powers grow by squaring */
        for (; log2_n < l->groups[group].log2_rows; log2_n++)
            for (int i = 0; i < 2; i++) generator_n[i] = kb_mul(generator_n[i], generator_n[i]);
        zeta_n = k6_mul_kb(y_n, generator_n[0]);
        const k6 vanishing =
            l->groups[group].log2_stack > 0 ? vanishing_at_zeta(v, group) : k6_sub_kb(zeta_n, KB_ONE);
        group_constraints(&constraints, v, group, publics);
        k6_mul_into(&constraints, &constraints, &denominator);
        k6_mul_add_into(&numerator, &numerator, &vanishing, &constraints);
        k6_mul_into(&denominator, &denominator, &vanishing);
    }
    k6 quotient;
    quotient_at_zeta(&quotient, v, &zeta_n, generator_n);
    k6_mul_into(&quotient, &quotient, &denominator);
    if (!k6_equal(numerator, quotient)) return refuse(v, SITU_ERR_REJECT, "quotient identity", 0);
    return SITU_OK;
}
