/* The verifier of runs on altered proofs.  An input is a script: its first byte's lowest bits choose
 *
 *   0  edits of a genuine proof: records of 8 bytes (kind, 3 bytes offset, 4 bytes value), applied in order
 *   1  the bytes themselves, as a proof
 *   2  as 0, and whoever verifies expects the verifying key that the altered proof has in it
 *
 * Whatever comes out must be refused unless it is the genuine proof, without a crash and without reading
 * beyond the buffer. */
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "stark/archive.h"
#include "vm/zkvm_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes);

static u8 *genuine;
static size_t n_genuine;
static void *scratch;
static situ_zkvm_expected expected = {.exit_code = 0, .allow_insecure = true};

/* exit(0): li a0, 0; li a7, 93; ecall. */
static situ_program *small_program(void)
{
    static const u32 code[] = {0x00000513, 0x05d00893, 0x00000073};
    static u8 elf[4096 + sizeof code] = {0x7f, 'E', 'L', 'F', 2, 1, 1};
    const u64 entry = 0x10000, header[2] = {entry, 64},
              segment[6] = {4096, entry, entry, sizeof code, sizeof code, 4096};
    const u32 type_flags[2] = {1, 5};
    char message[SITU_MESSAGE_BYTES];
    situ_program *program;
    elf[16] = 2, elf[18] = 243, elf[20] = 1;
    memcpy(elf + 24, header, sizeof header);
    elf[52] = 64, elf[54] = 56, elf[56] = 1, elf[58] = 64;
    memcpy(elf + 64, type_flags, sizeof type_flags);
    memcpy(elf + 72, segment, sizeof segment);
    memcpy(elf + 4096, code, sizeof code);
    if (situ_program_load(&program, elf, sizeof elf, message)) abort();
    return program;
}

static void prove_once(void)
{
    const situ_stark_params params = {
        .log2_blowup = 1, .n_queries = 2, .grinding_bits = 0, .log2_cap = 2, .insecure = 1};
    char message[SITU_MESSAGE_BYTES];
    situ_zkvm_cost cost;
    situ_zkvm_key *key;
    situ_zkvm_run *run;
    size_t vk_bytes;
    if (genuine) return;
    situ_program *program = small_program();
    if (situ_zkvm_key_create(&key, program, &params, NULL, message)) abort();
    if (situ_zkvm_run_create(&run, key, NULL, 0, NULL, message)) abort();
    if (situ_zkvm_cost_of(&cost, run, 1)) abort();
    n_genuine = cost.proof_bytes;
    genuine = malloc(n_genuine);
    scratch = aligned_alloc(64, situ_zkvm_verify_scratch_bytes());
    if (!genuine || !scratch) abort();
    if (situ_zkvm_prove(run, genuine, n_genuine, NULL, NULL, NULL, NULL)) abort();
    const void *vk = situ_zkvm_key_vk(key, &vk_bytes);
    situ_zkvm_vk_digest(expected.vk_digest, vk, vk_bytes);
    situ_zkvm_run_destroy(run);
    situ_zkvm_key_destroy(key);
    situ_program_free(program);
}

/* A copy that ends where the proof ends, so that the sanitizer sees every byte too far. */
static void verify(const u8 *proof, size_t n_bytes, bool trusts_its_key)
{
    situ_zkvm_expected e = expected;
    situ_zkvm_claim claim;
    situ_stark_reason reason = {.check = NULL};
    void *copy = NULL;
    if (posix_memalign(&copy, 64, n_bytes ? n_bytes : 1) != 0) abort();
    memcpy(copy, proof, n_bytes);
    if (trusts_its_key && situ_zkvm_read(&claim, copy, n_bytes, &reason) == SITU_OK) {
        memcpy(e.vk_digest, claim.vk_digest, sizeof e.vk_digest);
        e.exit_code = claim.exit_code;
    }
    situ_err err = situ_zkvm_verify(&claim, &e, copy, n_bytes, scratch, &reason);
    bool is_genuine = n_bytes == n_genuine && memcmp(copy, genuine, n_bytes) == 0;
    if ((err == SITU_OK) != is_genuine) abort();
    free(copy);
}

static void edit(u8 *proof, size_t *n_bytes, const u8 record[8])
{
    u32 offset = record[1] | (u32)record[2] << 8 | (u32)record[3] << 16, value;
    memcpy(&value, record + 4, 4);
    offset %= (u32)n_genuine - 4;
    zkvm_header *h = (zkvm_header *)(void *)proof;
    situ_file_u64 *lengths = &h->total_bytes;
    const size_t argument_at = n_genuine - ((const zkvm_header *)(const void *)genuine)->argument_bytes;
    stark_header *argument = (stark_header *)(void *)(proof + argument_at);
    switch (record[0] % 8) {
    case 0: proof[offset] ^= (u8)value; break;
    case 1: memcpy(proof + offset, &value, 4); break;
    case 2: memcpy(proof + offset / 4 * 4, &value, 4); break;
    case 3: *n_bytes = offset; break;
    case 4: argument->log2_rows[offset % SITU_STARK_SLOTS_MAX] = (u8)value; break;
    case 5: lengths[offset % 5] = (u64)value << (offset % 40); break;
    case 6: proof[offset % (u32)(argument_at + sizeof *argument)] ^= (u8)value; break;
    default:
        memmove(proof + offset, proof + value % (u32)(n_genuine - 64), u64_min(64, n_genuine - offset));
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
    prove_once();
    if (n_bytes == 0) return 0;
    if (data[0] % 4 == 1) {
        verify(data + 1, n_bytes - 1, false);
        return 0;
    }
    size_t n_proof = n_genuine;
    u8 *proof = malloc(n_proof);
    if (!proof) abort();
    memcpy(proof, genuine, n_proof);
    for (size_t i = 1; i + 8 <= n_bytes; i += 8) edit(proof, &n_proof, data + i);
    verify(proof, n_proof, data[0] % 4 >= 2);
    free(proof);
    return 0;
}
