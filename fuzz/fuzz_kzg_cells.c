/* Cells: verification and recovery of one blob's cells, chosen, damaged and reordered by the input.
 *
 *   byte 0   what to call
 *   then     edits of 4 bytes each: a 16-bit place in the call's data, and what to xor there
 *
 * What is undamaged must be accepted, what is damaged must not. */
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "fuzz/kzg_ceremony.h"

enum { CELL = SITU_KZG_CELL_BYTES, N = SITU_KZG_CELLS, N_VERIFIED = 3 };

static u8 blob[SITU_KZG_BLOB_BYTES], cells[N * CELL], proofs[N * 48], commitment[48];

static situ_kzg *kzg;

static void end(void) { situ_kzg_destroy(kzg); }

static void prepare(void)
{
    if (kzg) return;
    kzg = kzg_ceremony();
    atexit(end);
    for (size_t i = 0; i < sizeof blob; i++) blob[i] = (u8)(i % 32 ? i * i >> 3 : 0);
    if (situ_kzg_cells(kzg, cells, proofs, blob, NULL) || situ_kzg_commit(kzg, commitment, blob, NULL))
        abort();
}

typedef struct {
    const u8 *at, *end;
} input;

static u8 next_byte(input *in) { return in->at < in->end ? *in->at++ : 0; }

/* Damage bytes; does anything differ from before? */
static bool edit(input *in, u8 *bytes, size_t len)
{
    bool differs = false;
    while (in->end - in->at >= 4) {
        size_t at = (size_t)(in->at[0] | in->at[1] << 8 | in->at[2] << 16) % len;
        bytes[at] ^= in->at[3];
        differs |= in->at[3] != 0;
        in->at += 4;
    }
    return differs;
}

/* Up to three cells, each with its index, commitment, cell and proof: 0 or more edits anywhere in them. */
static void verify(input in)
{
    struct {
        u64 indices[N_VERIFIED];
        u8 commitments[N_VERIFIED * 48], cells[N_VERIFIED * CELL], proofs[N_VERIFIED * 48];
    } call, before;
    size_t n = next_byte(&in) % (N_VERIFIED + 1);
    memset(&call, 0, sizeof call);
    for (size_t i = 0; i < N_VERIFIED; i++) {
        u64 index = next_byte(&in) % N;
        call.indices[i] = index;
        memcpy(call.commitments + 48 * i, commitment, 48);
        memcpy(call.cells + CELL * i, cells + CELL * index, CELL);
        memcpy(call.proofs + 48 * i, proofs + 48 * index, 48);
    }
    before = call;
    edit(&in, (u8 *)&call, sizeof call);
    bool same = memcmp(call.indices, before.indices, n * 8) == 0 &&
                memcmp(call.commitments, before.commitments, n * 48) == 0 &&
                memcmp(call.cells, before.cells, n * CELL) == 0 &&
                memcmp(call.proofs, before.proofs, n * 48) == 0;
    situ_err err =
        situ_kzg_verify_cells(kzg, call.commitments, call.indices, call.cells, call.proofs, n, NULL);
    if (same != (err == SITU_OK)) abort();
    for (size_t i = 0; i < n; i++) {
        if (call.indices[i] >= N && err != SITU_ERR_ARG) abort();
    }
}

/* Cells whose bit is set in 16 bytes; their indices and the cells themselves edited. */
static void recover(input in, bool with_proofs)
{
    static u64 indices[N];
    static u8 known[N * CELL], out[N * CELL], out_proofs[N * 48];
    u8 kept = 0x5a;
    size_t n = 0;
    u8 bits[N / 8];
    for (size_t i = 0; i < sizeof bits; i++) bits[i] = next_byte(&in);
    for (u64 i = 0; i < N; i++) {
        if (!(bits[i / 8] >> i % 8 & 1)) continue;
        indices[n] = i;
        memcpy(known + CELL * n++, cells + CELL * i, CELL);
    }
    size_t in_indices = next_byte(&in) & 1;
    bool damaged = false;
    if (n > 0) damaged = in_indices ? edit(&in, (u8 *)indices, n * 8) : edit(&in, known, n * CELL);
    memset(out, kept, sizeof out);
    situ_err err = situ_kzg_recover(kzg, out, with_proofs ? out_proofs : NULL, indices, known, n, NULL);
    if (n < SITU_KZG_CELLS_MIN && err != SITU_ERR_ARG) abort();
    if (!damaged && n >= SITU_KZG_CELLS_MIN) {
        if (err != SITU_OK || memcmp(out, cells, sizeof cells) != 0) abort();
        if (with_proofs && memcmp(out_proofs, proofs, sizeof proofs) != 0) abort();
    }
    for (size_t i = 0; err != SITU_OK && i < sizeof out; i++) {
        if (out[i] != kept) abort();
    }
}

/* Cells of an edited blob: its first half is the blob. */
static void extend(input in)
{
    static u8 b[sizeof blob], out[N * CELL];
    memcpy(b, blob, sizeof b);
    edit(&in, b, sizeof b);
    situ_err err = situ_kzg_cells(kzg, out, NULL, b, NULL);
    if (err != SITU_OK && err != SITU_ERR_FORMAT) abort();
    if (err == SITU_OK && memcmp(out, b, sizeof b) != 0) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    input in = {data, data + len};
    prepare();
    u8 what = next_byte(&in);
    if (what < 0xa0)
        verify(in);
    else if (what < 0xe0)
        recover(in, false);
    else if (what < 0xff)
        extend(in);
    else
        recover(in, true);
    return 0;
}
