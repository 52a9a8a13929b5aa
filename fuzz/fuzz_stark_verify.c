/* The verifier on altered proofs.  An input is a script: its first byte chooses between
 *
 *   even   edits of a genuine proof: records of 8 bytes (kind, 3 bytes offset, 4 bytes value), applied in
 * order odd    the bytes themselves, as a proof
 *
 * Whatever comes out must be refused unless it is the genuine proof, without a crash and without reading
 * beyond the buffer. */
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "stark/archive.h"
#include "tests/stark/toy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes);

static toy genuine;

static void prove_once(void)
{
    if (genuine.proof) return;
    toy_open(&genuine, (situ_stark_params){1, 2, 4, 2, 1}, 6, 0, 7, 60, 1);
    toy_fill(&genuine);
    if (situ_stark_prove(genuine.prover, &genuine.statement, genuine.proof, genuine.cost.proof_bytes, NULL,
                         NULL, NULL))
        abort();
}

/* A copy that ends where the proof ends, so that the sanitizer sees every byte too far. */
static void verify(const u8 *proof, size_t n_bytes)
{
    void *copy = NULL;
    if (posix_memalign(&copy, 64, n_bytes ? n_bytes : 1) != 0) abort();
    memcpy(copy, proof, n_bytes);
    situ_stark_reason reason;
    situ_err err = situ_stark_verify(&toy_system, genuine.vk, genuine.vk_bytes, &genuine.statement, copy,
                                     n_bytes, genuine.scratch, &reason);
    bool is_genuine = n_bytes == genuine.cost.proof_bytes && memcmp(copy, genuine.proof, n_bytes) == 0;
    if ((err == SITU_OK) != is_genuine || reason.check == NULL || reason.offset > n_bytes + 256) abort();
    free(copy);
}

static void edit(u8 *proof, size_t *n_bytes, const u8 record[8])
{
    u32 offset = record[1] | (u32)record[2] << 8 | (u32)record[3] << 16, value;
    memcpy(&value, record + 4, 4);
    offset %= (u32)genuine.cost.proof_bytes - 4;
    stark_header *h = (stark_header *)(void *)proof;
    switch (record[0] % 8) {
    case 0: proof[offset] ^= (u8)value; break;
    case 1: memcpy(proof + offset, &value, 4); break;
    case 2: memcpy(proof + offset / 4 * 4, &value, 4); break;
    case 3: *n_bytes = offset; break;
    case 4: h->log2_rows[offset % SITU_STARK_SLOTS_MAX] = (u8)value; break;
    case 5: h->section_bytes[offset % STARK_SECTIONS] = (u64)value << (offset % 40); break;
    case 6:
        memmove(proof + offset, proof + value % (u32)(genuine.cost.proof_bytes - 64),
                u64_min(64, genuine.cost.proof_bytes - offset));
        break;
    default: h->total_bytes = value; break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
    prove_once();
    if (n_bytes == 0) return 0;
    if (data[0] & 1) {
        verify(data + 1, n_bytes - 1);
        return 0;
    }
    size_t n_proof = genuine.cost.proof_bytes;
    u8 *proof = malloc(n_proof);
    if (!proof) abort();
    memcpy(proof, genuine.proof, n_proof);
    for (size_t i = 1; i + 8 <= n_bytes; i += 8) edit(proof, &n_proof, data + i);
    verify(proof, n_proof);
    free(proof);
    return 0;
}
