/* keccak_f.h — witness of Keccak-f[1600]: the rows of the tables in keccak_f.air and keccak_chain.air.
 *
 * Rows are plain integers, in the layout of the generated row structs of any system that includes these
 * tables.  A row of zeros is a valid padding row of both tables.
 */
#ifndef SITU_AIR_KECCAK_F_H
#define SITU_AIR_KECCAK_F_H

#include "base/base.h"
#include "base/cpu.h"

enum {
    KECCAK_ROUNDS = 24,
    KECCAK_LANES = 25,
    KECCAK_LIMBS = 54, /* of a state: 30 bits each, the last 10 */
    KECCAK_LIMB_BITS = 30,
};

/* Table keccak_f: one round. */
typedef struct {
    u32 id;
    u32 p[6], q[4]; /* the round, 4 i + j                                             */
    u32 iota[7];    /* bits 2^j - 1 of lane 0 behind pi, round constant added         */
    u32 theta[512]; /* column parities: behind theta 5 x 64; before it of x = 0, 2, 3 */
    u32 a[1600];    /* bits behind theta                                              */
    u32 limb_in[KECCAK_LIMBS], limb_out[KECCAK_LIMBS];
} keccak_f_row;

/* Table keccak_step: one permutation of a chain. */
typedef struct {
    u32 real, step;
    u32 before[KECCAK_LIMBS], after[KECCAK_LIMBS];
} keccak_step_row;

/* The limbs of a state, as buses carry it. */
void keccak_limbs(u32 limbs[KECCAK_LIMBS], const u64 state[KECCAK_LANES]);

/* The 24 rows of permutation `id`, lane x + 5 y being state[x + 5 y]; state is permuted. */
void keccak_f_rows(keccak_f_row rows[KECCAK_ROUNDS], u32 id, u64 state[KECCAK_LANES]);

/* keccak_f_rows, one function per CPU level. */
SIMD_DECLARE(void, keccak_f_fill, (keccak_f_row * rows, u32 id, u64 *state));

/* 24 rows and a step of a chain: permutation number `step`. */
void keccak_chain_rows(keccak_f_row rows[KECCAK_ROUNDS], keccak_step_row *step_row, u32 step,
                       u64 state[KECCAK_LANES]);

#endif /* SITU_AIR_KECCAK_F_H */
