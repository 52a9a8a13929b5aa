/* secret.c — a buffer between guard pages that is locked, undumped, not inherited, and wiped.
 *
 *     guard page | canary ... 0 | canary (16) | data | guard page
 */
#include <errno.h>
#include <string.h>

#include "mem/os/os.h"
#include "situ/mem.h"

enum { CANARY_BYTES = 16 };
#define SECRET_BYTES_MAX ((size_t)1 << 30)

/* The canary is a function of the address and of a per-process key that the kernel gave. */
static void canary_of(u8 canary[CANARY_BYTES], const situ_secret *secret)
{
    u64 key[2], at = (u64)(uintptr_t)secret->bytes;
    os_process_key(key);
    key[0] ^= at;
    key[1] ^= at * UINT64_C(0x9e3779b97f4a7c15);
    memcpy(canary, key, CANARY_BYTES);
}

situ_err situ_secret_create(situ_secret *secret, size_t n_bytes, uint32_t required)
{
    os_secret made;
    memset(secret, 0, sizeof *secret);
    if (n_bytes == 0 || n_bytes > SECRET_BYTES_MAX || required > 31) return SITU_ERR_ARG;

    size_t body_bytes = u64_align_up(n_bytes + CANARY_BYTES, OS_PAGE_BYTES);
    if (!os_secret_map(&made, body_bytes)) return SITU_ERR_MEMORY;
    if ((made.protections & required) != required) {
        os_secret_unmap(&made);
        errno = made.error ? made.error : ENOTSUP;
        return SITU_ERR_IO;
    }
    secret->map = made.map;
    secret->map_bytes = made.map_bytes;
    secret->protections = made.protections;
    secret->lock_error = made.error;
    secret->n_bytes = n_bytes;
    secret->bytes = made.map + OS_PAGE_BYTES + body_bytes - n_bytes;

    u8 canary[CANARY_BYTES];
    canary_of(canary, secret);
    memcpy(secret->bytes - CANARY_BYTES, canary, CANARY_BYTES);
    return SITU_OK;
}

/* In a child that inherited nothing, the canary is gone with the rest; that is no damage. */
static bool is_wiped_copy(const situ_secret *secret)
{
    u8 any = 0;
    for (int i = 0; i < CANARY_BYTES; i++) any |= secret->bytes[i - CANARY_BYTES];
    return any == 0;
}

void situ_secret_destroy(situ_secret *secret)
{
    u8 canary[CANARY_BYTES];
    if (!secret->map) return;
    os_secret made = {.map = secret->map, .map_bytes = secret->map_bytes};
    bool is_here = os_secret_is_mapped(&made);
    bool is_whole = true;
    if (is_here) {
        canary_of(canary, secret);
        is_whole = memcmp(secret->bytes - CANARY_BYTES, canary, CANARY_BYTES) == 0 || is_wiped_copy(secret);
        explicit_bzero(made.map + OS_PAGE_BYTES, made.map_bytes - 2 * OS_PAGE_BYTES);
    }
    memset(secret, 0, sizeof *secret);
    if (!is_whole) situ_panic(__FILE__, __LINE__, "somebody wrote before a secret buffer");
    os_secret_unmap(&made);
}
