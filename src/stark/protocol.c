/* protocol.c — see protocol.h. */
#include "stark/protocol.h"

#include "stark/archive.h"

void stark_transcript_begin(situ_transcript *t, const u8 vk_digest[32], const situ_air_system *system,
                            const situ_stark_statement *statement, const u8 *log2_rows, u32 n_slots)
{
    situ_transcript_init(t, STARK_DOMAIN);
    situ_transcript_absorb(t, STARK_ABSORB_KEY, vk_digest, 32);
    situ_transcript_absorb(t, STARK_ABSORB_STATEMENT, statement->claim, sizeof statement->claim);
    if (system->n_publics > 0)
        situ_transcript_absorb(t, STARK_ABSORB_STATEMENT, statement->publics,
                               system->n_publics * sizeof(u32));
    situ_transcript_absorb(t, STARK_ABSORB_HEIGHTS, log2_rows, n_slots);
}

/* If a power is, so are those with larger k. */
bool stark_lifts_into_f(k6 z)
{
    for (u32 k = SITU_STARK_LOG2_ROWS_MIN; k < SITU_STARK_LOG2_ROWS_MAX; k++) z = k6_mul(z, z);
    return (z.c[1] | z.c[2] | z.c[3] | z.c[4] | z.c[5]) == 0;
}

void stark_draw_zeta(k6 zeta[SITU_STARK_GROUPS_MAX], situ_transcript *t, const stark_layout *l)
{
    const kb third = kb_inv(KB_CONST(KB_GENERATOR));
    k6 z;
    do z = stark_challenge(t);
    while (stark_lifts_into_f(z)); /* 2^47 elements of 2^186 */
    zeta[0] = z;
    for (u32 g = 1, lifted = 0; g < l->n_groups; g++) {
        for (; lifted < l->groups[0].log2_rows - l->groups[g].log2_rows; lifted++)
            z = k6_mul_kb(k6_mul(z, z), third); /* 3 (z / 3)^2 */
        zeta[g] = z;
    }
}

/* *d = gamma + bus + beta v_0 + beta^2 v_1 + ..., by parts from the last value. */
static void message_denominator(k6 *d, situ_stark_bus_sum *sum, u32 bus, const u32 *values, u32 n_values)
{
    const k6 low = k6_add_kb(sum->gamma, kb_from_u32(bus));
    *d = k6_zero();
    while (n_values > 0) {
        const u32 n = (n_values - 1) % STARK_MESSAGE_PART + 1;
        n_values -= n;
        for (u32 i = 0; i < n; i++) {
            const u32 value = values[n_values + i];
            if (value >= KB_P) sum->spoilt = true;
            sum->part[i].c[0] = value == 0 ? 0 : kb_from_u32(value); /* most are */
        }
        k6_horner_into(d, sum->part, n, &sum->beta);
    }
    k6_mul_add_into(d, d, &sum->beta, &low);
}

void situ_stark_bus_add(situ_stark_bus_sum *sum, uint32_t bus, int32_t multiplicity, const uint32_t *values,
                        uint32_t n_values)
{
    if (bus >= sum->system->n_buses || sum->system->buses[bus].width != n_values) {
        sum->spoilt = true;
        return;
    }
    k6 d, product;
    message_denominator(&d, sum, bus, values, n_values);
    if (k6_is_zero(d)) sum->spoilt = true;

    const u32 magnitude = (u32)(multiplicity < 0 ? -(i64)multiplicity : multiplicity);
    sum->n_messages += magnitude;
    if (sum->n_messages > STARK_BOUNDARY_MAX) sum->spoilt = true;
    const kb m = magnitude == 1 ? KB_ONE : kb_from_u32(magnitude);
    sum->multiplicity.c[0] = multiplicity < 0 ? kb_neg(m) : m;
    k6_mul_into(&product, &sum->denominator, &sum->multiplicity);
    k6_mul_add_into(&sum->numerator, &sum->numerator, &d, &product);
    k6_mul_into(&sum->denominator, &sum->denominator, &d);
}

situ_err stark_boundary_sum(k6 *sum, const situ_air_system *system, const situ_stark_statement *statement,
                            k6 gamma, k6 beta)
{
    situ_stark_bus_sum s = {
        .system = system, .gamma = gamma, .beta = beta, .numerator = k6_zero(), .denominator = k6_one()};
    if (statement->boundary) statement->boundary(statement->boundary_ctx, &s);
    if (s.spoilt) return SITU_ERR_REJECT;
    *sum = k6_mul(s.numerator, k6_inv(s.denominator));
    return SITU_OK;
}

kb stark_coset_shift(u32 log2_rows, u32 log2_blowup, u32 coset)
{
    kb w = kb_root_of_unity(log2_rows + log2_blowup);
    return kb_mul(KB_CONST(KB_GENERATOR), kb_pow(w, u32_bit_reverse(coset, log2_blowup)));
}

kb stark_coset_power(u32 log2_rows, u32 log2_blowup, u32 coset)
{
    return kb_pow(stark_coset_shift(log2_rows, log2_blowup, coset), UINT64_C(1) << log2_rows);
}

kb stark_domain_point(u32 log2_domain, u32 row)
{
    return kb_mul(KB_CONST(KB_GENERATOR),
                  kb_pow(kb_root_of_unity(log2_domain), u32_bit_reverse(row, log2_domain)));
}

void stark_powers(k6 *powers, u32 n, k6 base)
{
    k6 power = k6_one();
    for (u32 i = 0; i < n; i++) {
        powers[i] = power;
        power = k6_mul(power, base);
    }
}

void stark_position_weights(k6 *weights, u32 n, const k6 lambda[3])
{
    k6 outer = k6_one();
    for (u32 i = 0; i < n; i++) {
        if (i % 16 != 0) {
            weights[i] = k6_mul(weights[i - 1], lambda[0]);
        } else if (i % 256 != 0) {
            weights[i] = k6_mul(weights[i - 16], lambda[1]);
        } else {
            if (i != 0) outer = k6_mul(outer, lambda[2]);
            weights[i] = outer;
        }
    }
}
