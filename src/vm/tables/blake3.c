/* blake3.c — rows of blake3.air, and of blake3_round and blake3_compress for a call. */
#include "air/blake3_f.h"

#include <string.h>

#include "vm/tables/ecall.h"

_Static_assert(sizeof(blake3_round_row) == sizeof(situ_vm_blake3_round_row) &&
                   sizeof(blake3_compress_row) == sizeof(situ_vm_blake3_compress_row),
               "blake3_f.h writes this system's rows");

/* Extras of a call. */
enum { BLAKE3_A1, BLAKE3_A2, BLAKE3_A3, BLAKE3_BLOCK, BLAKE3_CV = BLAKE3_BLOCK + SITU_BLAKE3_BLOCK_WORDS };

void vm_blake3_count(u64 *n_rows)
{
    n_rows[SITU_VM_TABLE_BLAKE3]++;
    n_rows[SITU_VM_TABLE_BLAKE3_COMPRESS]++;
    n_rows[SITU_VM_TABLE_BLAKE3_ROUND] += BLAKE3_ROUNDS;
}

static void fill_words(const vm_step *s, situ_vm_blake3_row *r)
{
    const situ_access *block = s->extras + BLAKE3_BLOCK, *cv = s->extras + BLAKE3_CV;
    for (u32 k = 0; k < SITU_BLAKE3_BLOCK_WORDS; k++) {
        vm_limbs4(r->message + 4 * k, block[k].old);
        r->read_only[k] = SITU_KEY_SPACE(block[k].key) == SITU_SPACE_RO;
        r->block_gap[k] = vm_gap(block[k].time, block[k].old_time);
    }
    for (u32 k = 0; k < SITU_BLAKE3_CV_WORDS; k++) {
        vm_limbs4(r->old + 4 * k, cv[k].old);
        vm_limbs4(r->new + 4 * k, cv[k].new);
        r->cv_gap[k] = vm_gap(cv[k].time, cv[k].old_time);
    }
}

static void fill_compression(const vm_step *s, vm_sink *sink)
{
    const situ_access *e = s->extras;
    blake3_input input = {
        .counter = e[BLAKE3_A2].old,
        .block_bytes = (u32)e[BLAKE3_A3].old,
        .flags = (u32)(e[BLAKE3_A3].old >> 32),
    };
    u32 cv[2 * SITU_BLAKE3_CV_WORDS];
    for (u32 k = 0; k < SITU_ARRAY_LEN(input.block); k++)
        input.block[k] = (u32)(e[BLAKE3_BLOCK + k / 2].old >> 32 * (k % 2));
    for (u32 k = 0; k < SITU_ARRAY_LEN(cv); k++) cv[k] = (u32)(e[BLAKE3_CV + k / 2].old >> 32 * (k % 2));
    blake3_compress_rows(vm_sink_rows(sink, SITU_VM_TABLE_BLAKE3_ROUND, BLAKE3_ROUNDS),
                         vm_sink_row(sink, SITU_VM_TABLE_BLAKE3_COMPRESS), s->step->time, cv, &input);
}

void vm_blake3_fill(const vm_step *s, vm_sink *sink)
{
    const situ_access *e = s->extras;
    situ_vm_blake3_row *r = vm_sink_row(sink, SITU_VM_TABLE_BLAKE3);
    r->real = 1;
    vm_fill_ecall(r->at, s);
    vm_fill_a0_pointer(r->cv, s);
    vm_fill_extra_pointer(r->block, &e[BLAKE3_A1]);
    vm_fill_extra(r->counter, &e[BLAKE3_A2]);
    vm_fill_extra(r->length_and_flags, &e[BLAKE3_A3]);
    fill_words(s, r);
    fill_compression(s, sink);
}
