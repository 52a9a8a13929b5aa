/* blake3.c — rows of blake3.air, and of blake3_round and blake3_compress for a call. */
#include "air/blake3_f.h"

#include <string.h>

#include "vm/tables/ecall.h"

_Static_assert(sizeof(blake3_round_row) == sizeof(situ_vm_blake3_round_row) &&
                   sizeof(blake3_compress_row) == sizeof(situ_vm_blake3_compress_row),
               "blake3_f.h writes this system's rows");

/* Extras of a call. */
enum {
    BLAKE3_A1,
    BLAKE3_A2,
    BLAKE3_A3,
    BLAKE3_A4,
    BLAKE3_A5,
    BLAKE3_CV,
    BLAKE3_LEFT = BLAKE3_CV + SITU_BLAKE3_CV_WORDS,
    BLAKE3_RIGHT = BLAKE3_LEFT + SITU_BLAKE3_HALF_WORDS,
    BLAKE3_RESULT = BLAKE3_RIGHT + SITU_BLAKE3_HALF_WORDS,
};

void vm_blake3_count(u64 *n_rows)
{
    n_rows[SITU_VM_TABLE_BLAKE3]++;
    n_rows[SITU_VM_TABLE_BLAKE3_COMPRESS]++;
    n_rows[SITU_VM_TABLE_BLAKE3_ROUND] += BLAKE3_ROUNDS;
}

_Static_assert(SITU_BLAKE3_CV_WORDS == 4 && SITU_BLAKE3_HALF_WORDS == 4, "operands are alike");

/* Part `operand` of blake3.air: the pointer and the four words. */
#define fill_operand(part_, pointer_, words_)                               \
    do {                                                                    \
        vm_fill_extra_pointer((part_).pointer, pointer_);                   \
        for (u32 k = 0; k < SITU_BLAKE3_CV_WORDS; k++) {                    \
            const situ_access *w = (words_) + k;                            \
            vm_limbs4((part_).value + 4 * k, w->old);                       \
            (part_).read_only[k] = SITU_KEY_SPACE(w->key) == SITU_SPACE_RO; \
            (part_).gap[k] = vm_gap(w->time, w->old_time);                  \
        }                                                                   \
    } while (0)

static void fill_result(situ_vm_blake3_row *r, const situ_access *words)
{
    for (u32 k = 0; k < SITU_BLAKE3_CV_WORDS; k++) {
        vm_limbs4(r->old + 4 * k, words[k].old);
        vm_limbs4(r->new + 4 * k, words[k].new);
        r->gap[k] = vm_gap(words[k].time, words[k].old_time);
    }
}

static void fill_compression(const vm_step *s, vm_sink *sink)
{
    const situ_access *e = s->extras;
    blake3_input input = {
        .counter = e[BLAKE3_A5].old,
        .block_bytes = (u32)e[BLAKE3_A4].old,
        .flags = (u32)(e[BLAKE3_A4].old >> 32),
    };
    u32 cv[2 * SITU_BLAKE3_CV_WORDS];
    for (u32 k = 0; k < SITU_ARRAY_LEN(input.block); k++) /* right lies behind left */
        input.block[k] = (u32)(e[BLAKE3_LEFT + k / 2].old >> 32 * (k % 2));
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
    vm_fill_a0_pointer(r->result, s);
    vm_fill_extra(r->length_and_flags, &e[BLAKE3_A4]);
    vm_fill_extra(r->counter, &e[BLAKE3_A5]);
    fill_operand(r->cv, &e[BLAKE3_A1], &e[BLAKE3_CV]);
    fill_operand(r->left, &e[BLAKE3_A2], &e[BLAKE3_LEFT]);
    fill_operand(r->right, &e[BLAKE3_A3], &e[BLAKE3_RIGHT]);
    fill_result(r, &e[BLAKE3_RESULT]);
    fill_compression(s, sink);
}
