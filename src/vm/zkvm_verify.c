/* zkvm_verify.c — the verifier of runs, over the bytes of a proof where they lie.  Freestanding. */
#include "gen/vm/vm.h"
#include "hash/blake3.h"
#include "stark/archive.h"
#include "stark/steps.h"
#include "vm/trace.h"
#include "vm/zkvm_file.h"

static const u32 publics[SITU_VM_PUBLICS] = {[SITU_VM_PUBLIC_SEGMENT] = VM_SEGMENT};

#define BASE_CONTEXT "situ zkvm 1 "

static void hash_begin(situ_blake3 *h, const char *context)
{
    size_t n = 0;
    while (context[n]) n++;
    situ_blake3_init_derive_key(h, context, n);
}

void situ_zkvm_vk_digest(uint8_t digest[SITU_ZKVM_DIGEST_BYTES], const void *vk, size_t vk_bytes)
{
    situ_blake3 h;
    hash_begin(&h, BASE_CONTEXT "verifying key");
    situ_blake3_update(&h, vk, vk_bytes);
    situ_blake3_final(&h, digest, SITU_ZKVM_DIGEST_BYTES);
}

/* --- statement ------------------------------------------------------------------------------------------ */

static void add(void *ctx, u32 bus, i32 multiplicity, const u32 *values, u32 n_values)
{
    situ_stark_bus_add(ctx, bus, multiplicity, values, n_values);
}

static void boundary(const void *ctx, situ_stark_bus_sum *sum) { vm_boundary(ctx, add, sum); }

situ_stark_statement zkvm_statement(vm_statement *vm, const situ_zkvm_claim *c)
{
    situ_stark_statement s = {.publics = publics, .boundary = boundary, .boundary_ctx = vm};
    const u64 numbers[2] = {c->exit_code, c->n_output};
    situ_blake3 h;

    *vm = (vm_statement){.entry = ((const zkvm_vk_header *)c->vk)->entry,
                         .exit_code = c->exit_code,
                         .output = c->output,
                         .n_output = c->n_output};
    hash_begin(&h, BASE_CONTEXT "claim: key digest, exit code, output length, output");
    situ_blake3_update(&h, c->vk_digest, sizeof c->vk_digest);
    situ_blake3_update(&h, numbers, sizeof numbers);
    situ_blake3_update(&h, c->output, c->n_output);
    situ_blake3_final(&h, s.claim, sizeof s.claim);
    return s;
}

/* --- reading -------------------------------------------------------------------------------------------- */

static situ_err refuse(situ_stark_reason *reason, situ_err err, const char *check, u64 offset)
{
    if (reason) *reason = (situ_stark_reason){check, offset, SITU_STARK_SAME};
    return err;
}

static situ_err refuse_another(situ_stark_reason *reason, situ_stark_another another, const char *check,
                               u64 offset)
{
    if (reason) *reason = (situ_stark_reason){check, offset, another};
    return SITU_ERR_VERSION;
}

situ_err situ_zkvm_vk_read(situ_stark_params *params, uint8_t program_digest[SITU_ZKVM_DIGEST_BYTES],
                           const void *vk, size_t vk_bytes)
{
    const zkvm_vk_header *h = vk;
    if ((uintptr_t)vk % 8 != 0) return SITU_ERR_ARG;
    if (vk_bytes < sizeof *h + sizeof(stark_vk_header) || vk_bytes % 8 != 0 || h->magic != ZKVM_VK_MAGIC)
        return SITU_ERR_FORMAT;
    if (h->version != ZKVM_VERSION) return SITU_ERR_VERSION;
    const stark_vk_header *s = (const void *)(h + 1);
    if (s->magic != STARK_VK_MAGIC) return SITU_ERR_FORMAT;
    if (s->version != STARK_VERSION) return SITU_ERR_VERSION;
    *params = (situ_stark_params){s->params[0], s->params[1], s->params[2], s->params[3], s->params[4]};
    for (u32 i = 0; i < SITU_ZKVM_DIGEST_BYTES; i++) program_digest[i] = h->program_digest[i];
    return SITU_OK;
}

situ_err situ_zkvm_read(situ_zkvm_claim *c, const void *proof, size_t n_bytes, situ_stark_reason *reason)
{
    const zkvm_header *h = proof;
    const u8 *at = (const u8 *)proof + sizeof *h;
    if ((uintptr_t)proof % 8 != 0) return refuse(reason, SITU_ERR_ARG, "alignment", 0);
    if (n_bytes < sizeof *h) return refuse(reason, SITU_ERR_FORMAT, "file too short", n_bytes);
    if (h->magic != ZKVM_MAGIC) return refuse(reason, SITU_ERR_FORMAT, "magic", 0);
    if (h->version != ZKVM_VERSION) return refuse_another(reason, SITU_STARK_ANOTHER_VERSION, "version", 8);
    if (h->reserved != 0) return refuse(reason, SITU_ERR_FORMAT, "reserved bytes", 12);
    if (h->total_bytes != n_bytes) return refuse(reason, SITU_ERR_FORMAT, "total length", 16);
    if (h->output_bytes > SITU_ZKVM_OUTPUT_BYTES_MAX)
        return refuse(reason, SITU_ERR_FORMAT, "output length", 32);
    const u64 padded = u64_align_up(h->output_bytes, 8), room = n_bytes - sizeof *h;
    if (h->vk_bytes % 8 != 0 || h->vk_bytes > room) return refuse(reason, SITU_ERR_FORMAT, "key length", 40);
    if (padded > room - h->vk_bytes || h->argument_bytes != room - h->vk_bytes - padded)
        return refuse(reason, SITU_ERR_FORMAT, "argument length", 48);

    c->exit_code = h->exit_code;
    c->vk = at;
    c->vk_bytes = h->vk_bytes;
    c->output = at + h->vk_bytes;
    c->n_output = h->output_bytes;
    c->argument = c->output + padded;
    c->argument_bytes = h->argument_bytes;
    if (c->n_output % 8 != 0) {
        u64 padding = *(const situ_file_u64 *)(const void *)(c->output + padded - 8) >> 8 * (c->n_output % 8);
        u64 padding_at = sizeof *h + c->vk_bytes + c->n_output;
        if (padding) {
            for (; padding % 256 == 0; padding /= 256) padding_at++;
            return refuse(reason, SITU_ERR_FORMAT, "padding of the output", padding_at);
        }
    }
    situ_err err = situ_zkvm_vk_read(&c->params, c->program_digest, c->vk, c->vk_bytes);
    if (err == SITU_ERR_VERSION)
        return refuse_another(reason, SITU_STARK_ANOTHER_VERSION, "version of the key", sizeof *h);
    if (err) return refuse(reason, err, "verifying key", sizeof *h);
    VERIFIER_STEP(VERIFIER_SETUP);
    situ_zkvm_vk_digest(c->vk_digest, c->vk, c->vk_bytes);
    return SITU_OK;
}

/* --- verifying ------------------------------------------------------------------------------------------ */

/* An instruction adds its units to the time, at most SITU_UNITS_MAX, and has a row: so no run of rows leads from a time below 2^26
 * around modulo p.  `argument` is long enough for its header. */
static bool time_cannot_wrap(const void *argument)
{
    const stark_header *h = argument;
    u64 n_rows = 0;
    for (u32 s = 0; s < SITU_STARK_SLOTS_MAX; s++) {
        if (h->log2_rows[s] > SITU_STARK_LOG2_ROWS_MAX) return false;
        if (h->log2_rows[s]) n_rows += UINT64_C(1) << h->log2_rows[s];
    }
    return n_rows * SITU_UNITS_MAX < KB_P - SITU_TIME_END;
}

size_t situ_zkvm_verify_scratch_bytes(void) { return situ_stark_verify_scratch_bytes(&situ_vm_system); }

situ_err situ_zkvm_verify_claim(const situ_zkvm_claim *c, bool allow_insecure, void *scratch,
                                situ_stark_reason *reason)
{
    const u64 argument_at = (u64)((const u8 *)c->argument - (const u8 *)c->vk) + sizeof(zkvm_header);
    vm_statement vm;
    if (c->argument_bytes < sizeof(stark_header))
        return refuse(reason, SITU_ERR_FORMAT, "argument too short", argument_at + c->argument_bytes);
    if (!time_cannot_wrap(c->argument))
        return refuse(reason, SITU_ERR_REJECT, "too many rows for the times to stay apart", argument_at);
    situ_stark_statement statement = zkvm_statement(&vm, c);
    statement.allow_insecure = allow_insecure;
    const u8 *stark_vk = (const u8 *)c->vk + sizeof(zkvm_vk_header);
    return situ_stark_verify(&situ_vm_system, stark_vk, c->vk_bytes - sizeof(zkvm_vk_header), &statement,
                             c->argument, c->argument_bytes, scratch, reason);
}

situ_err situ_zkvm_verify(situ_zkvm_claim *c, const situ_zkvm_expected *expected, const void *proof,
                          size_t n_bytes, void *scratch, situ_stark_reason *reason)
{
    SITU_TRY(situ_zkvm_read(c, proof, n_bytes, reason));
    u32 differs = 0;
    for (u32 i = 0; i < SITU_ZKVM_DIGEST_BYTES; i++) differs |= c->vk_digest[i] ^ expected->vk_digest[i];
    if (differs)
        return refuse_another(reason, SITU_STARK_ANOTHER_KEY, "verifying key is another",
                              sizeof(zkvm_header));
    if (c->exit_code != expected->exit_code) return refuse(reason, SITU_ERR_REJECT, "exit code", 24);
    return situ_zkvm_verify_claim(c, expected->allow_insecure, scratch, reason);
}
