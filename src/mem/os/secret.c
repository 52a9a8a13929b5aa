/* secret.c — guarded, locked mappings for secrets. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "mem/os/os.h"
#include "situ/mem.h"

#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447 /* Linux 5.14 */
#endif
#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

static u8 *reserve_guards(os_secret *secret, size_t body_bytes)
{
    secret->map_bytes = body_bytes + 2 * OS_PAGE_BYTES;
    u8 *map = mmap(NULL, secret->map_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    secret->map = map == MAP_FAILED ? NULL : map;
    return secret->map;
}

/* Pages that even the kernel does not map.  Shared by nature, so a child must not get them at all. */
static bool map_hidden(os_secret *secret, size_t body_bytes)
{
    u8 *body = secret->map + OS_PAGE_BYTES;
    if (os_is_off(OS_OFF_SECRET) || os_is_off(OS_OFF_LOCK)) return false;
    int fd = (int)syscall(SYS_memfd_secret, O_CLOEXEC);
    if (fd < 0) return false;
    bool ok = ftruncate(fd, (off_t)body_bytes) == 0 &&
              mmap(body, body_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) == body;
    close(fd); /* the mapping keeps it */
    if (!ok) return false;
    secret->protections |= SITU_SECRET_HIDDEN | SITU_SECRET_LOCKED | SITU_SECRET_NO_DUMP;
    if (madvise(body, body_bytes, MADV_DONTFORK) == 0) secret->protections |= SITU_SECRET_NO_FORK;
    memset(body, 0, body_bytes);
    return true;
}

static bool map_locked(os_secret *secret, size_t body_bytes)
{
    u8 *body = secret->map + OS_PAGE_BYTES;
    if (mmap(body, body_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
        body)
        return false;
    errno = EPERM; /* not mlock(): the sanitizers make that do nothing */
    if (!os_is_off(OS_OFF_LOCK) && syscall(SYS_mlock, body, body_bytes) == 0)
        secret->protections |= SITU_SECRET_LOCKED;
    else
        secret->error = errno;
    if (madvise(body, body_bytes, MADV_DONTDUMP) == 0) secret->protections |= SITU_SECRET_NO_DUMP;
    bool wipes = !os_is_off(OS_OFF_WIPE) && madvise(body, body_bytes, MADV_WIPEONFORK) == 0;
    if (wipes || madvise(body, body_bytes, MADV_DONTFORK) == 0) secret->protections |= SITU_SECRET_NO_FORK;
    return true;
}

bool os_secret_map(os_secret *secret, size_t body_bytes)
{
    int saved = errno;
    memset(secret, 0, sizeof *secret);
    bool ok = reserve_guards(secret, body_bytes) != NULL;
    if (ok) {
        secret->protections = SITU_SECRET_GUARDED;
        ok = map_hidden(secret, body_bytes) || map_locked(secret, body_bytes);
        if (!ok) os_secret_unmap(secret);
    }
    errno = saved;
    return ok;
}

void os_secret_unmap(os_secret *secret)
{
    int saved = errno;
    if (secret->map) munmap(secret->map, secret->map_bytes);
    errno = saved;
}

/* A forked child does not have MADV_DONTFORK pages. */
bool os_secret_is_mapped(const os_secret *secret)
{
    unsigned char present;
    int saved = errno;
    bool ok = mincore(secret->map + OS_PAGE_BYTES, OS_PAGE_BYTES, &present) == 0;
    errno = saved;
    return ok;
}

void os_process_key(u64 key[2])
{
    static u64 process_key[2];
    static u32 made; /* 0 no, 1 being made, 2 yes */
    int saved = errno;
    if (__atomic_load_n(&made, __ATOMIC_ACQUIRE) != 2) {
        u64 fresh[2] = {os_coarse_ms(), (u64)(uintptr_t)&made};
        u32 expected = 0;
        if (getrandom(fresh, sizeof fresh, GRND_NONBLOCK) < 0) fresh[0] ^= (u64)getpid() << 32;
        if (__atomic_compare_exchange_n(&made, &expected, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
            memcpy(process_key, fresh, sizeof fresh);
            __atomic_store_n(&made, 2, __ATOMIC_RELEASE);
        }
        while (__atomic_load_n(&made, __ATOMIC_ACQUIRE) != 2) {}
    }
    memcpy(key, process_key, sizeof process_key);
    errno = saved;
}
