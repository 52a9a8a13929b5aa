/* keccak.c — rows of keccak.air, and of keccak_f for a call. */
#include "air/keccak_f.h"
#include "vm/tables/ecall.h"

_Static_assert(sizeof(keccak_f_row) == sizeof(situ_vm_keccak_f_row), "keccak_f.h writes this system's rows");

/* The columns of component keccak_state_of_call. */
typedef struct {
    u32 *whole, *low[8], *high[8]; /* parts by border, 1..7 */
} state_columns;

#define PARTS(x)                                              \
    {                                                         \
        NULL, x##_1, x##_2, x##_3, x##_4, x##_5, x##_6, x##_7 \
    }

static void fill_state(const state_columns *c, const u64 words[SITU_KECCAK_WORDS])
{
    for (u32 i = 0; i < 4 * SITU_KECCAK_WORDS; i++) {
        u32 limb = vm_limb(words[i / 4], i % 4), block = i / 15, border = (i % 15 + 1) / 2;
        if (i % 15 % 2 == 0) {
            c->whole[8 * block + border] = limb;
            continue;
        }
        c->low[border][block] = limb & ((1u << (16 - 2 * border)) - 1);
        c->high[border][block] = limb >> (16 - 2 * border);
    }
}

void vm_keccak_count(u64 *n_rows)
{
    n_rows[SITU_VM_TABLE_KECCAK]++;
    n_rows[SITU_VM_TABLE_KECCAK_F] += KECCAK_ROUNDS;
}

void vm_keccak_fill(const vm_step *s, vm_sink *sink)
{
    situ_vm_keccak_row *r = vm_sink_row(sink, SITU_VM_TABLE_KECCAK);
    const state_columns before = {r->old_whole, PARTS(r->old.low), PARTS(r->old.high)};
    const state_columns after = {r->new_whole, PARTS(r->new.low), PARTS(r->new.high)};
    u64 state[SITU_KECCAK_WORDS];
    r->real = 1;
    vm_fill_ecall(r->at, s);
    vm_fill_a0_pointer(r->pointer, s);
    for (u32 k = 0; k < SITU_KECCAK_WORDS; k++) {
        state[k] = s->extras[k].old;
        r->gap[k] = vm_gap(s->extras[k].time, s->extras[k].old_time);
    }
    fill_state(&before, state);
    keccak_f_rows(vm_sink_rows(sink, SITU_VM_TABLE_KECCAK_F, KECCAK_ROUNDS), s->step->time, state);
    fill_state(&after, state);
}
