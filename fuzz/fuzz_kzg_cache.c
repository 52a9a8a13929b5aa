/* Cache files: a good one, edited by the input.
 *
 *   byte 0   bit 0: make the digest again after the edits, so that what lies behind it is reached
 *            bit 1: cut the file to the length in the next 3 bytes
 *   then     edits of 4 bytes each: a 24-bit place, and what to xor there
 *
 * Without a new digest any change must be refused.  With one, a cache is trusted: reading and using it must not break
 * memory, whatever the points are. */
#include <blst.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "fuzz/kzg_ceremony.h"

enum { DIGEST_AT = 16, BODY_AT = 48 };

/* Verification with the set-up, for its lines, roots and points. */
static void use(const situ_kzg *kzg)
{
    u8 infinity[48] = {0xc0}, field[32] = {0};
    situ_err err = situ_kzg_verify(kzg, infinity, field, field, infinity);
    if (err != SITU_OK && err != SITU_ERR_REJECT) abort();
    const situ_fr p[2] = {{{1, 2, 3, 4}}, {{5, 6, 7, 8}}};
    u8 out[48];
    if (situ_kzg_commit_poly(kzg, out, p, 2, NULL) != SITU_OK) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static u8 *good, *bytes;
    size_t full = situ_kzg_cache_bytes(), n = full;
    if (!good) {
        situ_kzg *kzg = kzg_ceremony();
        good = malloc(full);
        bytes = malloc(full);
        if (!good || !bytes) abort();
        situ_kzg_cache_write(good, kzg);
        situ_kzg_destroy(kzg);
    }
    if (len < 1) return 0;
    u8 flags = *data++;
    len--;
    memcpy(bytes, good, full);
    if (flags & 2 && len >= 3) {
        n = (size_t)(data[0] | data[1] << 8 | data[2] << 16) % full;
        data += 3;
        len -= 3;
    }
    for (; len >= 4; data += 4, len -= 4)
        bytes[(size_t)(data[0] | data[1] << 8 | data[2] << 16) % full] ^= data[3];
    if (flags & 1) blst_sha256(bytes + DIGEST_AT, bytes + BODY_AT, full - BODY_AT);

    situ_kzg *kzg = (situ_kzg *)(void *)bytes;
    bool same = n == full && memcmp(bytes, good, full) == 0;
    situ_err err = situ_kzg_cache_read(&kzg, bytes, n, NULL);
    if ((same && err != SITU_OK) || (n < full && err == SITU_OK)) abort();
    if (!same && !(flags & 1) && err == SITU_OK) abort();
    if ((err == SITU_OK) != (kzg != NULL)) abort();
    if (kzg) use(kzg);
    situ_kzg_destroy(kzg);
    return 0;
}
