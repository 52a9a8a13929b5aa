/* ecall.c — rows of ecall.air. */
#include "vm/tables/ecall.h"

static void fill_exit(const vm_step *s, situ_vm_exit_row *r)
{
    r->real = 1;
    vm_fill_ecall(r->at, s);
    vm_fill_rs2(r->code, s);
}

/* --- write ---------------------------------------------------------------------------------------------- */

/* Extras of a write: a1, a2; to the output also register 33 and the words. */
enum { WRITE_A1, WRITE_A2, WRITE_INDEX, WRITE_WORDS };

static u32 n_write_words(const vm_step *s)
{
    u32 n_bytes = (u32)s->step->rd_new, offset = (u32)s->extras[WRITE_A1].old % SITU_VM_WORD_BYTES;
    if (s->step->rs2 != 1 || n_bytes == 0) return 0;
    return (offset + n_bytes + SITU_VM_WORD_BYTES - 1) / SITU_VM_WORD_BYTES;
}

/* 1 / x in F; few rows need it. */
static u32 inverse(u32 x) { return kb_to_u32(kb_inv(kb_from_u32(x))); }

static void fill_count(situ_vm_write_row *r, u64 asked, u32 count)
{
    u32 above = (vm_limb(asked, 0) >> 12) + vm_limb(asked, 1) + vm_limb(asked, 2) + vm_limb(asked, 3);
    r->low = (u32)asked & 0xfff;
    r->above_inverse = above ? inverse(above) : 0;
    r->count = count;
}

static void fill_write(const vm_step *s, situ_vm_write_row *r)
{
    const situ_access *e = s->extras;
    u32 count = (u32)s->step->rd_new;
    r->to_output = s->step->rs2 == 1;
    r->to_text = s->step->rs2 == 2;
    vm_fill_ecall(r->at, s);
    vm_fill_extra(r->pointer, &e[WRITE_A1]);
    vm_fill_extra(r->asked, &e[WRITE_A2]);
    fill_count(r, e[WRITE_A2].old, count);
    r->file_gap = vm_gap(s->step->time + SITU_SLOT_RS2, s->step->rs2_time);
    r->offset = (u32)e[WRITE_A1].old % SITU_VM_WORD_BYTES;
    r->next_low = count;
    if (!r->to_output) return;
    u64 end = e[WRITE_A1].old % SITU_VM_SPACE_BYTES + count;
    vm_limbs2(r->index, e[WRITE_INDEX].old);
    r->index_gap = vm_gap(e[WRITE_INDEX].time, e[WRITE_INDEX].old_time);
    r->next_low = vm_limb(e[WRITE_INDEX].new, 0);
    r->end_word = (u32)(end / SITU_VM_WORD_BYTES);
    r->end_offset = (u32)end % SITU_VM_WORD_BYTES;
}

/* Bytes first..behind - 1 of a word, the first of which is byte `index` of the output. */
static void fill_output_word(situ_vm_output_word_row *r, const vm_step *s, const situ_access *e, u32 first,
                             u32 behind, u64 index)
{
    r->time = s->step->time;
    r->word = SITU_KEY_ADDRESS(e->key);
    r->offset = first;
    r->index = (u32)index;
    for (u32 k = first; k < behind; k++) r->taken[k] = 1;
    r->real = 1;
    r->read_only = SITU_KEY_SPACE(e->key) == SITU_SPACE_RO;
    vm_bytes8(r->bytes, e->old);
    r->gap = vm_gap(e->time, e->old_time);
}

static void fill_output(const vm_step *s, vm_sink *sink)
{
    const situ_access *e = s->extras;
    u32 n_words = n_write_words(s), left = (u32)s->step->rd_new;
    u32 first = (u32)e[WRITE_A1].old % SITU_VM_WORD_BYTES;
    for (u32 i = 0; i < n_words; i++) {
        u32 behind = (u32)u64_min(SITU_VM_WORD_BYTES, first + left);
        fill_output_word(vm_sink_row(sink, SITU_VM_TABLE_OUTPUT_WORD), s, &e[WRITE_WORDS + i], first, behind,
                         e[WRITE_INDEX].new - left);
        left -= behind - first;
        first = 0;
    }
}

/* --- all ------------------------------------------------------------------------------------------------ */

void vm_ecall_count(const vm_step *s, u64 *n_rows)
{
    switch (s->step->rs1) {
    case SITU_ECALL_WRITE:
        n_rows[SITU_VM_TABLE_WRITE]++;
        n_rows[SITU_VM_TABLE_OUTPUT_WORD] += n_write_words(s);
        break;
    case SITU_ECALL_KECCAK: vm_keccak_count(n_rows); break;
    case SITU_ECALL_BLAKE3: vm_blake3_count(n_rows); break;
    case SITU_ECALL_K_MULADD:
    case SITU_ECALL_K_HORNER:
    case SITU_ECALL_F_HORNER:
    case SITU_ECALL_K_FOLD: vm_field_count(s, n_rows); break;
    case SITU_ECALL_EXIT: n_rows[SITU_VM_TABLE_EXIT]++; break;
    default: break;
    }
}

void vm_ecall_fill(const vm_step *s, vm_sink *sink)
{
    switch (s->step->rs1) {
    case SITU_ECALL_WRITE:
        fill_write(s, vm_sink_row(sink, SITU_VM_TABLE_WRITE));
        fill_output(s, sink);
        break;
    case SITU_ECALL_KECCAK: vm_keccak_fill(s, sink); break;
    case SITU_ECALL_BLAKE3: vm_blake3_fill(s, sink); break;
    case SITU_ECALL_K_MULADD:
    case SITU_ECALL_K_HORNER:
    case SITU_ECALL_F_HORNER:
    case SITU_ECALL_K_FOLD: vm_field_fill(s, sink); break;
    case SITU_ECALL_EXIT: fill_exit(s, vm_sink_row(sink, SITU_VM_TABLE_EXIT)); break;
    default: break;
    }
}
