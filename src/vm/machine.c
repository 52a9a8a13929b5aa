/* machine.c — memory, system calls, traps and the report of a run. */
#include "vm/machine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hash/keccak.h"
#include "vm/space.h"

_Static_assert(SITU_RUN_FAMILIES == SITU_FAMILIES_COUNT, "the public header counts the families");

/* --- memory --------------------------------------------------------------------------------------------- */

static situ_err map_memory(situ_machine *m)
{
    m->mem = space_reserve(SITU_VM_SPACE_BYTES);
    if (!m->mem) return SITU_ERR_MEMORY;

    const situ_program *p = m->program;
    for (u32 i = 0; i < p->n_regions; i++) {
        const situ_region *r = &p->regions[i];
        if (r->kind > SITU_REGION_WRITE) continue;
        memcpy(m->mem + (u64)r->first * SITU_VM_WORD_BYTES, p->image_words + r->at,
               ((size_t)r->last - r->first + 1) * SITU_VM_WORD_BYTES);
    }
    return SITU_OK;
}

size_t situ_machine_input_max(void) { return SITU_VM_INPUT_BYTES_MAX; }

static void write_input(situ_machine *m, const void *input, size_t n_input)
{
    u32 length = (u32)n_input;
    memcpy(m->mem + SITU_VM_INPUT_START, &length, sizeof length);
    if (n_input) memcpy(m->mem + SITU_VM_INPUT_START + SITU_VM_INPUT_HEADER_BYTES, input, n_input);
}

u32 situ_machine_space(const situ_machine *m, u32 word)
{
    u8 page = m->program->pages[word / (SITU_VM_PAGE_BYTES / SITU_VM_WORD_BYTES)];
    if (!(page & SITU_PAGE_NO_WRITE)) return SITU_SPACE_RW;
    const situ_region *r = situ_program_region(m->program, word);
    SITU_ASSERT(r);
    return region_space(r->kind);
}

static bool can_access(const situ_machine *m, u64 address, u64 n_bytes, bool writes)
{
    if (address >= SITU_VM_SPACE_BYTES || n_bytes > SITU_VM_SPACE_BYTES - address) return false;
    u32 word = (u32)(address / SITU_VM_WORD_BYTES),
        last = (u32)((address + n_bytes - 1) / SITU_VM_WORD_BYTES);
    for (;;) {
        const situ_region *r = situ_program_region(m->program, word);
        if (!r || (writes && region_space(r->kind) != SITU_SPACE_RW)) return false;
        if (r->last >= last) return true;
        word = r->last + 1;
    }
}

bool situ_machine_can_read(const situ_machine *m, u64 address, u64 n_bytes)
{
    return can_access(m, address, n_bytes, false);
}

bool situ_machine_can_write(const situ_machine *m, u64 address, u64 n_bytes)
{
    return can_access(m, address, n_bytes, true);
}

bool situ_machine_trap(situ_machine *m, situ_trap trap, u64 address)
{
    m->trap = trap;
    m->trap_address = address;
    return false;
}

static bool trap_store(situ_machine *m, u64 address, u64 n_bytes)
{
    bool is_mapped = situ_machine_can_read(m, address, n_bytes);
    return situ_machine_trap(m, is_mapped ? SITU_TRAP_READ_ONLY : SITU_TRAP_STORE, address);
}

SITU_INLINE bool straddles(u64 address, u64 n_bytes)
{
    return address % SITU_VM_WORD_BYTES + n_bytes > SITU_VM_WORD_BYTES;
}

bool situ_machine_load(situ_machine *m, u64 address, u32 op, u64 *value)
{
    u32 n_bytes = situ_ops[op].bytes;
    if (!situ_machine_can_read(m, address, n_bytes)) return situ_machine_trap(m, SITU_TRAP_LOAD, address);
    m->n_misaligned_loads += address % n_bytes != 0;
    m->n_straddles[op] += straddles(address, n_bytes);
    *value = 0;
    memcpy(value, m->mem + address, n_bytes);
    return true;
}

bool situ_machine_store(situ_machine *m, u64 address, u32 op, u64 value)
{
    u32 n_bytes = situ_ops[op].bytes;
    if (!situ_machine_can_write(m, address, n_bytes)) return trap_store(m, address, n_bytes);
    m->n_misaligned_stores += address % n_bytes != 0;
    m->n_straddles[op] += straddles(address, n_bytes);
    memcpy(m->mem + address, &value, n_bytes);
    return true;
}

/* --- system calls --------------------------------------------------------------------------------------- */

static bool append_output(situ_machine *m, u64 address, u64 n_bytes)
{
    u64 n_output = m->x[SITU_REG_OUTPUT];
    if (n_bytes > SITU_OUTPUT_BYTES_MAX - n_output)
        return situ_machine_trap(m, SITU_TRAP_OUTPUT_LIMIT, n_output);
    if (n_bytes > m->output_bytes_max - n_output) {
        size_t grown = m->output_bytes_max ? 2 * m->output_bytes_max : 4 * SITU_WRITE_BYTES_MAX;
        u8 *output = realloc(m->output, grown);
        if (!output) return situ_machine_trap(m, SITU_TRAP_OUTPUT_LIMIT, n_output);
        m->output = output;
        m->output_bytes_max = grown;
    }
    memcpy(m->output + n_output, m->mem + address, n_bytes);
    m->x[SITU_REG_OUTPUT] += n_bytes;
    return true;
}

static bool ecall_write(situ_machine *m)
{
    u64 file = m->x[SITU_REG_A0], address = m->x[SITU_REG_A1];
    u64 n_bytes = u64_min(m->x[SITU_REG_A2], SITU_WRITE_BYTES_MAX);

    if (file != 1 && file != 2) return situ_machine_trap(m, SITU_TRAP_ECALL_ARG, file);
    if (n_bytes > 0) {
        if (!situ_machine_can_read(m, address, n_bytes)) return situ_machine_trap(m, SITU_TRAP_LOAD, address);
        if (file == 1 && !append_output(m, address, n_bytes)) return false;
        if (file == 2 && m->on_debug) m->on_debug(m->debug_ctx, m->mem + address, n_bytes);
    }
    m->x[SITU_REG_A0] = n_bytes;
    return true;
}

/* Accelerators want whole words. */
static bool check_operand(situ_machine *m, u64 address, u64 n_words, bool writes)
{
    u64 n_bytes = n_words * SITU_VM_WORD_BYTES;
    if (address % SITU_VM_WORD_BYTES != 0) return situ_machine_trap(m, SITU_TRAP_ECALL_ARG, address);
    if (writes && !situ_machine_can_write(m, address, n_bytes)) return trap_store(m, address, n_bytes);
    if (!situ_machine_can_read(m, address, n_bytes)) return situ_machine_trap(m, SITU_TRAP_LOAD, address);
    return true;
}

static bool ecall_keccak(situ_machine *m)
{
    u64 address = m->x[SITU_REG_A0], state[SITU_KECCAK_WORDS];
    if (!check_operand(m, address, SITU_KECCAK_WORDS, true)) return false;
    memcpy(state, m->mem + address, sizeof state);
    situ_keccak_f(state);
    memcpy(m->mem + address, state, sizeof state);
    m->n_keccak++;
    return true;
}

static bool ecall_blake3(situ_machine *m)
{
    u64 cv[SITU_BLAKE3_CV_WORDS], block[SITU_BLAKE3_BLOCK_WORDS];
    u64 result_at = m->x[SITU_REG_A0], cv_at = m->x[SITU_REG_A1];
    u64 left_at = m->x[SITU_REG_A2], right_at = m->x[SITU_REG_A3];
    if (!check_operand(m, result_at, SITU_BLAKE3_CV_WORDS, true)) return false;
    if (!check_operand(m, cv_at, SITU_BLAKE3_CV_WORDS, false)) return false;
    if (!check_operand(m, left_at, SITU_BLAKE3_HALF_WORDS, false)) return false;
    if (!check_operand(m, right_at, SITU_BLAKE3_HALF_WORDS, false)) return false;
    memcpy(cv, m->mem + cv_at, sizeof cv);
    memcpy(block, m->mem + left_at, SITU_BLAKE3_HALF_WORDS * sizeof *block);
    memcpy(block + SITU_BLAKE3_HALF_WORDS, m->mem + right_at, SITU_BLAKE3_HALF_WORDS * sizeof *block);
    situ_blake3_guest_compress(cv, block, m->x[SITU_REG_A5], m->x[SITU_REG_A4]);
    memcpy(m->mem + result_at, cv, sizeof cv);
    m->n_blake3++;
    return true;
}

/* --- arithmetic of F and K --- */

static situ_file_u32 *guest_words(const situ_machine *m, u64 address)
{
    return (situ_file_u32 *)(void *)(m->mem + address);
}

static k6 guest_k6(const situ_machine *m, u64 address) { return situ_guest_k6(guest_words(m, address)); }

static bool ecall_k_muladd(situ_machine *m)
{
    const u64 to = m->x[SITU_REG_A0], a = m->x[SITU_REG_A1], b = m->x[SITU_REG_A2], c = m->x[SITU_REG_A3];
    if (!check_operand(m, to, SITU_K_WORDS, true)) return false;
    if (!check_operand(m, a, SITU_K_WORDS, false)) return false;
    if (!check_operand(m, b, SITU_K_WORDS, false)) return false;
    if (!check_operand(m, c, SITU_K_WORDS, false)) return false;
    situ_guest_k6_store(guest_words(m, to), k6_add(k6_mul(guest_k6(m, a), guest_k6(m, b)), guest_k6(m, c)));
    m->n_k_muladd++;
    return true;
}

/* a0: an element to replace; a1: n_words of canonical u32; a3: point_words. */
static bool check_elements(situ_machine *m, u32 n_words, u32 point_words)
{
    const u64 elements = m->x[SITU_REG_A1];
    if (!check_operand(m, m->x[SITU_REG_A0], SITU_K_WORDS, true)) return false;
    if (!check_operand(m, elements, n_words, false)) return false;
    if (!check_operand(m, m->x[SITU_REG_A3], point_words, false)) return false;
    const u32 bad = situ_guest_first_not_canonical(guest_words(m, elements), 2 * n_words);
    return bad == 2 * n_words || situ_machine_trap(m, SITU_TRAP_NOT_CANONICAL, elements + 4 * (u64)bad);
}

/* a1: a2 records of record_words. */
static bool check_horner(situ_machine *m, u32 record_words, u32 point_words)
{
    const u64 n = m->x[SITU_REG_A2];
    if (n < 1 || n > SITU_HORNER_COUNT_MAX) return situ_machine_trap(m, SITU_TRAP_ECALL_ARG, n);
    return check_elements(m, (u32)n * record_words, point_words);
}

static bool ecall_k_horner(situ_machine *m)
{
    if (!check_horner(m, SITU_K_WORDS, SITU_K_WORDS)) return false;
    const u64 acc = m->x[SITU_REG_A0], n = m->x[SITU_REG_A2];
    const k6 sum = situ_guest_k_horner(guest_k6(m, acc), guest_words(m, m->x[SITU_REG_A1]), (u32)n,
                                       guest_k6(m, m->x[SITU_REG_A3]));
    situ_guest_k6_store(guest_words(m, acc), sum);
    m->n_k_horner++;
    m->n_k_elements += n;
    return true;
}

static bool ecall_f_horner(situ_machine *m)
{
    if (!check_horner(m, SITU_TILE_WORDS, 2 * SITU_K_WORDS)) return false;
    const u64 acc = m->x[SITU_REG_A0], n = m->x[SITU_REG_A2], points = m->x[SITU_REG_A3];
    const k6 sum = situ_guest_f_horner(guest_k6(m, acc), guest_words(m, m->x[SITU_REG_A1]), (u32)n,
                                       guest_k6(m, points), guest_k6(m, points + sizeof(k6)));
    situ_guest_k6_store(guest_words(m, acc), sum);
    m->n_f_horner++;
    m->n_f_tiles += n;
    return true;
}

static bool ecall_k_fold(situ_machine *m)
{
    const u64 s = m->x[SITU_REG_A2];
    if (s > UINT32_MAX) return situ_machine_trap(m, SITU_TRAP_ECALL_ARG, s);
    if (!check_elements(m, SITU_FOLD_WORDS, SITU_K_WORDS)) return false;
    const k6 fold =
        situ_guest_k_fold(guest_words(m, m->x[SITU_REG_A1]), (u32)s, guest_k6(m, m->x[SITU_REG_A3]));
    situ_guest_k6_store(guest_words(m, m->x[SITU_REG_A0]), fold);
    m->n_k_fold++;
    return true;
}

bool situ_machine_ecall(situ_machine *m)
{
    switch (m->x[SITU_REG_A7]) {
    case SITU_ECALL_WRITE: return ecall_write(m);
    case SITU_ECALL_EXIT: m->has_halted = true; return false;
    case SITU_ECALL_KECCAK: return ecall_keccak(m);
    case SITU_ECALL_BLAKE3: return ecall_blake3(m);
    case SITU_ECALL_K_MULADD: return ecall_k_muladd(m);
    case SITU_ECALL_K_HORNER: return ecall_k_horner(m);
    case SITU_ECALL_F_HORNER: return ecall_f_horner(m);
    case SITU_ECALL_K_FOLD: return ecall_k_fold(m);
    default: return situ_machine_trap(m, SITU_TRAP_ECALL, m->x[SITU_REG_A7]);
    }
}

/* --- life ----------------------------------------------------------------------------------------------- */

static situ_err machine_init(situ_machine *m, const situ_program *program, const void *input, size_t n_input)
{
    if (n_input > SITU_VM_INPUT_BYTES_MAX) return SITU_ERR_LIMIT;
    m->program = program;
    m->at = situ_program_insn_at(program, program->entry);
    m->base = -(i64)m->at;
    SITU_TRY(map_memory(m));
    write_input(m, input, n_input);
    return situ_exec_prepare(m);
}

situ_err situ_machine_create(situ_machine **machine, const situ_program *program, const void *input,
                             size_t n_input)
{
    *machine = NULL;
    situ_machine *m = calloc(1, sizeof *m);
    if (!m) return SITU_ERR_MEMORY;
    situ_err err = machine_init(m, program, input, n_input);
    if (err) {
        situ_machine_destroy(m);
        return err;
    }
    *machine = m;
    return SITU_OK;
}

void situ_machine_destroy(situ_machine *m)
{
    if (!m) return;
    space_release(m->mem, SITU_VM_SPACE_BYTES);
    free(m->fast);
    free(m->n_taken);
    free(m->n_entered);
    free(m->output);
    free(m);
}

void situ_machine_on_debug(situ_machine *m, situ_debug_fn *fn, void *ctx)
{
    m->on_debug = fn;
    m->debug_ctx = ctx;
}

situ_stop situ_machine_run(situ_machine *m, uint64_t n_cycles_max)
{
    if (m->has_halted) return SITU_STOP_HALT;
    if (m->trap) return SITU_STOP_TRAP;
    return situ_exec_run(m, n_cycles_max > INT64_MAX / 2 ? INT64_MAX / 2 : (i64)n_cycles_max);
}

/* --- report --------------------------------------------------------------------------------------------- */

/* How often each instruction ran, added up by family; machine.h says how. */
static void count_families(const situ_machine *m, u64 n_family[SITU_RUN_FAMILIES])
{
    const situ_program *p = m->program;
    u64 *n_in = calloc(m->n_fast, sizeof *n_in);
    SITU_ASSERT(n_in);

    n_in[situ_program_insn_at(p, p->entry)] = 1;
    for (u32 i = 0; i < m->n_fast; i++) {
        n_in[i] += m->n_entered[i];
        if (m->fast[i].op != SITU_OP_JALR && m->n_taken[i]) n_in[i + (u32)m->fast[i].imm] += m->n_taken[i];
    }
    u64 n = 0;
    for (u32 i = 0; i < p->n_insns; i++) {
        u32 op = p->insns[i].op;
        n += n_in[i];
        if (i == m->at && !m->has_halted) n--; /* it stopped here, before this instruction */
        n_family[situ_ops[op].family] += n;
        n -= m->n_taken[i];
        if (i == m->at && m->has_halted) n--;
    }
    free(n_in);
    for (u32 op = 0; op < SITU_OPS_COUNT; op++) {
        n_family[situ_ops[op].family] -= m->n_straddles[op];
        n_family[SITU_FAMILY_STRADDLE] += m->n_straddles[op];
    }
}

void situ_machine_report(const situ_machine *m, situ_run_report *report)
{
    const situ_insn *in = &m->program->insns[m->at];

    *report = (situ_run_report){
        .exit_code = m->has_halted ? m->x[SITU_REG_A0] : 0,
        .n_cycles = (u64)(m->base + m->at) + m->has_halted,
        .output = m->output,
        .n_output = m->x[SITU_REG_OUTPUT],
        .pc = in->pc,
        .trap = m->trap,
        .trap_address = m->trap_address,
        .n_misaligned_loads = m->n_misaligned_loads,
        .n_misaligned_stores = m->n_misaligned_stores,
        .n_keccak = m->n_keccak,
        .n_blake3 = m->n_blake3,
        .n_k_muladd = m->n_k_muladd,
        .n_k_horner = m->n_k_horner,
        .n_f_horner = m->n_f_horner,
        .n_k_fold = m->n_k_fold,
        .n_k_elements = m->n_k_elements,
        .n_f_tiles = m->n_f_tiles,
    };
    memcpy(report->registers, m->x, sizeof report->registers);
    if (!m->is_traced) count_families(m, report->n_family);
}

const char *situ_machine_family_name(uint32_t family) { return situ_family_name((situ_family)family); }

void situ_trap_describe(char *text, size_t n_bytes, const situ_run_report *r)
{
    u64 a = r->trap_address;
    switch (r->trap) {
    case SITU_TRAP_NONE: snprintf(text, n_bytes, "no trap"); break;
    case SITU_TRAP_ILLEGAL: snprintf(text, n_bytes, "illegal instruction 0x%08" PRIx64, a); break;
    case SITU_TRAP_BREAK: snprintf(text, n_bytes, "breakpoint (ebreak)"); break;
    case SITU_TRAP_JUMP:
        snprintf(text, n_bytes, "jump to 0x%" PRIx64 ", which is %s", a,
                 a % 4 ? "no multiple of 4" : "not executable");
        break;
    case SITU_TRAP_FETCH:
        snprintf(text, n_bytes, "ran past the end of executable memory, to 0x%" PRIx64, a);
        break;
    case SITU_TRAP_LOAD: snprintf(text, n_bytes, "read of unmapped memory at 0x%" PRIx64, a); break;
    case SITU_TRAP_STORE: snprintf(text, n_bytes, "write to unmapped memory at 0x%" PRIx64, a); break;
    case SITU_TRAP_READ_ONLY: snprintf(text, n_bytes, "write to read-only memory at 0x%" PRIx64, a); break;
    case SITU_TRAP_ECALL:
        snprintf(text, n_bytes, "unknown system call %" PRIu64 " (0x%" PRIx64 ")", a, a);
        break;
    case SITU_TRAP_ECALL_ARG: snprintf(text, n_bytes, "system call with bad argument 0x%" PRIx64, a); break;
    case SITU_TRAP_OUTPUT_LIMIT:
        snprintf(text, n_bytes, "more than %u bytes of output", SITU_OUTPUT_BYTES_MAX);
        break;
    case SITU_TRAP_NOT_CANONICAL:
        snprintf(text, n_bytes, "field element at 0x%" PRIx64 " is not below p = 0x%x", a, KB_P);
        break;
    }
}
