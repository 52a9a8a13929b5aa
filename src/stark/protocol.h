/* protocol.h — what prover and verifier must do alike: the transcript, bus sums, and the algebra at the
 * out-of-domain point.
 *
 * Everything that shapes the verifier's work is absorbed before the first challenge (docs/protocol.md has the
 * order and the reasons).  Freestanding.
 */
#ifndef SITU_STARK_PROTOCOL_H
#define SITU_STARK_PROTOCOL_H

#include "hash/transcript.h"
#include "stark/layout.h"

/* Labels of what is absorbed, in order. */
typedef enum {
    STARK_ABSORB_KEY = 1,   /* digest of the verifying key: version, parameters, system, preprocessed cap */
    STARK_ABSORB_STATEMENT, /* claim, then publics                                                        */
    STARK_ABSORB_HEIGHTS,   /* of every slot                                                              */
    STARK_ABSORB_MAIN,      /* cap; then gamma, beta are drawn                                            */
    STARK_ABSORB_AUX,       /* cap                                                                        */
    STARK_ABSORB_SUMS,      /* claimed sums; then alpha                                                   */
    STARK_ABSORB_QUOTIENT,  /* cap; then zeta                                                             */
    STARK_ABSORB_VALUES,    /* out-of-domain values; then the lambdas and mu                              */
    STARK_ABSORB_FRI,       /* a layer's cap; then its folding challenge                                  */
    STARK_ABSORB_FINAL,     /* coefficients; then grinding and the queries                                */
} stark_absorb;

typedef struct {
    k6 gamma, beta, alpha;
    k6 zeta[SITU_STARK_GROUPS_MAX]; /* of each group: the one drawn, lifted (stark_draw_zeta) */
    k6 lambda[3];                   /* weights of positions in a group's DEEP combination    */
    k6 mu;                          /* group g's combination, lifted, has the weight mu^g   */
} stark_challenges;

#define STARK_DOMAIN "situ stark v4" /* of the transcript */

void stark_transcript_begin(situ_transcript *t, const u8 vk_digest[32], const situ_air_system *system,
                            const situ_stark_statement *statement, const u8 *log2_rows, u32 n_slots);

/* A uniform element of K. */
SITU_INLINE k6 stark_challenge(situ_transcript *t)
{
    k6 r;
    situ_transcript_challenge_k6(t, r.c);
    return r;
}

/* Is a power z^(2^k) in F, for a k by which a table can be shorter than another? */
bool stark_lifts_into_f(k6 z);

/* The point at which the tallest group is opened, zeta[0], and where that puts the others: t(y) = 3 y^(2^k) maps the tallest domain
 * onto one 2^k times shorter, and zeta[0] / 3 to the shorter group's point.  Drawn again while one of them could lie in F, so that
 * none is in a domain and no denominator is zero. */
void stark_draw_zeta(k6 zeta[SITU_STARK_GROUPS_MAX], situ_transcript *t, const stark_layout *l);

enum { STARK_MESSAGE_PART = 8 };

/* The verifier's messages: a fraction, so that one inversion serves them all. */
struct situ_stark_bus_sum {
    const situ_air_system *system;
    k6 gamma, beta;
    k6 numerator, denominator;
    k6 part[STARK_MESSAGE_PART]; /* some of a message's values, and its multiplicity, as elements of K */
    k6 multiplicity;
    u64 n_messages; /* counted with multiplicity; at most STARK_BOUNDARY_MAX                         */
    bool spoilt;    /* a message had the wrong width, a denominator was zero, or there were too many */
};

/* sum = what the statement's own messages contribute.  REJECT when the sum is spoilt. */
situ_err stark_boundary_sum(k6 *sum, const situ_air_system *system, const situ_stark_statement *statement,
                            k6 gamma, k6 beta) SITU_MUST_USE;

/* Constants of one group at a point or on a coset: z^N and the like. */

/* t_k = s_k^N for the coset s_k H number k of the extended domain, s_k = 3 w_{h+b}^{bitrev_b(k)}, N = 2^h:
 * the value that x^N has on all of it. */
kb stark_coset_power(u32 log2_rows, u32 log2_blowup, u32 coset);

/* s_k itself. */
kb stark_coset_shift(u32 log2_rows, u32 log2_blowup, u32 coset);

/* x_i = 3 w_{h+b}^{bitrev(i)}: the point of row i of an extended column. */
kb stark_domain_point(u32 log2_domain, u32 row);

/* weights[i] of position i in a group's DEEP combination: lambda_1^(i mod 16) lambda_2^(i div 16 mod 16) lambda_3^(i div 256).
 * n is a multiple of 16. */
void stark_position_weights(k6 *weights, u32 n, const k6 lambda[3]);

/* powers[i] = base^i. */
void stark_powers(k6 *powers, u32 n, k6 base);

#endif /* SITU_STARK_PROTOCOL_H */
