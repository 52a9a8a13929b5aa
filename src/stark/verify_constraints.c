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

/* gamma + bus + beta v_1 + beta^2 v_2 + ... */
static void fingerprint(k6 *d, const verifier *v, const situ_air_interaction *it)
{
    const u32 width = v->layout.system->buses[it->bus].width;
    *d = k6_horner(k6_zero(), v->tuples + it->first_value, width, v->challenges.beta);
    k6_mul_add_into(d, d, &v->challenges.beta, &v->bus_gamma[it->bus]);
}

/* lhs prod d_i - sum_i m_i prod_{j != i} d_j  for the interactions first..end-1. */
static k6 logup_constraint(const verifier *v, const situ_air_table *table, u32 first, u32 end, k6 lhs)
{
    k6 denominator, numerator = v->mults[first];
    fingerprint(&denominator, v, &table->interactions[first]);
    for (u32 i = first + 1; i < end; i++) {
        k6 d, product = k6_mul(denominator, v->mults[i]);
        fingerprint(&d, v, &table->interactions[i]);
        k6_mul_add_into(&numerator, &numerator, &d, &product);
        denominator = k6_mul(denominator, d);
    }
    return k6_sub(k6_mul(lhs, denominator), numerator);
}

/* Where the last fraction of a slot stands: what the running sum's step leaves over. */
static k6 last_fraction(const verifier *v, const stark_slot *slot, const k6 *committed)
{
    const stark_group *g = &v->layout.groups[slot->group];
    k6 here = v->values[g->first_value[STARK_TREE_AUX] + slot->sum_in_group];
    k6 next = v->values[g->first_shifted + slot->sum_in_group];
    kb rows_inverse = kb_from_u32(KB_P - ((KB_P - 1) >> slot->log2_rows)); /* 2^h (p - 1) / 2^h = -1 */
    k6 mean = k6_mul_kb(v->sums[slot->sum_index], rows_inverse);
    k6 left = k6_add(k6_sub(next, here), mean);
    for (u32 i = 0; i + 1 < slot->n_logup_groups; i++) left = k6_sub(left, committed[i]);
    return left;
}

/* sum_i alpha^i C_i(zeta) over one slot's constraints, low powers first. */
static k6 slot_constraints(const verifier *v, const stark_slot *slot, const kb *publics)
{
    const stark_layout *l = &v->layout;
    const situ_air_table *table = &l->system->tables[slot->table];
    const stark_group *g = &l->groups[slot->group];
    const k6 *pre = v->values + g->first_value[STARK_TREE_PRE] + slot->first_column[STARK_TREE_PRE];
    const k6 *main = v->values + g->first_value[STARK_TREE_MAIN] + slot->first_column[STARK_TREE_MAIN];
    const k6 *committed =
        v->values + g->first_value[STARK_TREE_AUX] + slot->first_column[STARK_TREE_AUX] / K6_DEGREE;
    k6 *constraints = v->constraints;

    table->eval_k(pre, main, publics, constraints, v->mults, v->tuples);
    constraints += table->n_constraints;
    for (u32 i = 0, first = 0; i < slot->n_logup_groups; i++) {
        u32 end = stark_logup_group_end(table, first, stark_degree_max(&l->params));
        k6 lhs = i + 1 < slot->n_logup_groups ? committed[i] : last_fraction(v, slot, committed);
        *constraints++ = logup_constraint(v, table, first, end, lhs);
        first = end;
    }
    return k6_horner(k6_zero(), v->constraints, (u32)(constraints - v->constraints), v->challenges.alpha);
}

/* q(zeta) from its restrictions q_k to the cosets s_k H, each a polynomial of degree below N.  The t_k = s_k^N are the m roots of
 * z^m = 3^(N m), so Lagrange's formula is
 *
 *     q(z) = sum_k q_k(z) t_k prod_{i != k} (z^N - t_i) / (m 3^(N m))
 *
 *   generator_n  3^N */
static k6 quotient_at_zeta(const verifier *v, k6 zeta_n, kb generator_n)
{
    const u32 log2_blowup = v->layout.params.log2_blowup, n_cosets = 1u << log2_blowup;
    const k6 *chunks = v->values + v->layout.groups[0].first_value[STARK_TREE_QUOTIENT];
    const kb w = kb_root_of_unity(log2_blowup);
    kb t[1 << SITU_STARK_LOG2_BLOWUP_MAX], generator_nm = generator_n;
    k6 behind[1 << SITU_STARK_LOG2_BLOWUP_MAX], before = k6_one(), q = k6_zero();

    t[0] = generator_n;
    for (u32 i = 1; i < n_cosets; i++)
        t[u32_bit_reverse(i, log2_blowup)] = kb_mul(t[u32_bit_reverse(i - 1, log2_blowup)], w);
    behind[n_cosets - 1] = k6_one();
    for (u32 k = n_cosets - 1; k > 0; k--) behind[k - 1] = k6_mul(behind[k], k6_sub_kb(zeta_n, t[k]));
    for (u32 k = 0; k < n_cosets; k++) {
        k6 others = k6_mul_kb(k6_mul(before, behind[k]), t[k]);
        q = k6_mul_add(chunks[k], others, q);
        before = k6_mul(before, k6_sub_kb(zeta_n, t[k]));
    }
    for (u32 i = 0; i < log2_blowup; i++) generator_nm = kb_mul(generator_nm, generator_nm);
    return k6_mul_kb(q, kb_inv(kb_mul(kb_from_u32(n_cosets), generator_nm)));
}

/* A group's constraints at its zeta. */
static k6 group_constraints(const verifier *v, u32 group, const kb *publics)
{
    const stark_layout *l = &v->layout;
    k6 sum = k6_zero();
    for (u32 s = l->n_slots; s-- > 0;) { /* constraints are numbered slot by slot */
        const stark_slot *slot = &l->slots[s];
        if (slot->log2_rows != l->groups[group].log2_rows) continue;
        u32 n_constraints = l->system->tables[slot->table].n_constraints + slot->n_logup_groups;
        sum = k6_mul_add(sum, k6_pow(v->challenges.alpha, n_constraints), slot_constraints(v, slot, publics));
    }
    return sum;
}

/* With y = zeta / 3 for the tallest group's zeta and N its height, the zeta of a group of height n is 3 y^(N / n), so
 *
 *     sum over groups of  C_g(zeta_g) / (3^n y^N - 1)  =  q(zeta)
 *
 * where no denominator is zero, zeta_g not being in F.  The sum is kept as a fraction. */
situ_err stark_check_quotient(verifier *v, const kb *publics)
{
    const stark_layout *l = &v->layout;
    for (u32 bus = 0; bus < l->system->n_buses; bus++)
        v->bus_gamma[bus] = k6_add_kb(v->challenges.gamma, kb_from_u32(bus));

    k6 y_n = k6_mul_kb(v->challenges.zeta[0], kb_inv(KB_CONST(KB_GENERATOR)));
    for (u32 i = 0; i < stark_log2_rows_max(l); i++) y_n = k6_mul(y_n, y_n);

    k6 numerator = k6_zero(), denominator = k6_one();
    kb generator_n = KB_CONST(KB_GENERATOR);
    u32 log2_n = 0;
    for (u32 group = l->n_groups; group-- > 0;) { /* lowest first: powers grow by squaring */
        for (; log2_n < l->groups[group].log2_rows; log2_n++) generator_n = kb_mul(generator_n, generator_n);
        const k6 vanishing = k6_sub_kb(k6_mul_kb(y_n, generator_n), KB_ONE);
        const k6 constraints = group_constraints(v, group, publics);
        numerator = k6_mul_add(numerator, vanishing, k6_mul(constraints, denominator));
        denominator = k6_mul(denominator, vanishing);
    }
    const k6 quotient = quotient_at_zeta(v, k6_mul_kb(y_n, generator_n), generator_n);
    if (!k6_equal(numerator, k6_mul(quotient, denominator)))
        return refuse(v, SITU_ERR_REJECT, "quotient identity", 0);
    return SITU_OK;
}
