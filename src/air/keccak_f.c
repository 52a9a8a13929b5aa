/* keccak_f.c — limbs of a Keccak state, and the choice of a level for its rows. */
#include "air/keccak_f.h"

#include <string.h>

void keccak_limbs(u32 limbs[KECCAK_LIMBS], const u64 state[KECCAK_LANES])
{
    for (u32 j = 0; j < KECCAK_LIMBS; j++) {
        u32 word = KECCAK_LIMB_BITS * j / 64, shift = KECCAK_LIMB_BITS * j % 64;
        u64 x = state[word] >> shift;
        if (shift + KECCAK_LIMB_BITS > 64 && word + 1 < KECCAK_LANES) x |= state[word + 1] << (64 - shift);
        limbs[j] = (u32)x & ((1u << KECCAK_LIMB_BITS) - 1);
    }
}

void keccak_f_rows(keccak_f_row rows[KECCAK_ROUNDS], u32 id, u64 state[KECCAK_LANES])
{
    SIMD_PICK(keccak_f_fill)(rows, id, state);
}

void keccak_chain_rows(keccak_f_row rows[KECCAK_ROUNDS], keccak_step_row *step_row, u32 step,
                       u64 state[KECCAK_LANES])
{
    step_row->real = 1;
    step_row->step = step;
    keccak_limbs(step_row->before, state);
    keccak_f_rows(rows, step, state);
    memcpy(step_row->after, rows[KECCAK_ROUNDS - 1].limb_out, sizeof step_row->after);
}
