/* linux.c — memory calls of Linux, with what each kernel version lacks reported as false. */
#include "mem/os/os.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif
#ifndef MADV_DONTNEED_LOCKED
#define MADV_DONTNEED_LOCKED 24 /* Linux 5.18 */
#endif
#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4 /* Linux 5.7 */
#endif

/* --- switches ------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    os_switch what;
} switches[] = {
    {"range", OS_OFF_RANGE}, {"huge", OS_OFF_HUGE},       {"scan", OS_OFF_SCAN},
    {"move", OS_OFF_MOVE},   {"wipe", OS_OFF_WIPE},       {"secret", OS_OFF_SECRET},
    {"lock", OS_OFF_LOCK},   {"slots", OS_OFF_SLOTS},     {"sparse", OS_OFF_SPARSE},
    {"steps", OS_OFF_STEPS}, {"barrier", OS_OFF_BARRIER},
};

#define OFF_UNREAD UINT32_MAX
static _Atomic u32 switched_off = OFF_UNREAD;

/* Not getenv: it may be called before libc's own start, when environ is still NULL. */
const char *os_env(const char *name)
{
    size_t len = strlen(name);
    for (char **e = environ; e && *e; e++)
        if (strncmp(*e, name, len) == 0 && (*e)[len] == '=') return *e + len + 1;
    return NULL;
}

static u32 read_switches(void)
{
    const char *list = os_env("SITU_OFF");
    u32 off = 0;
    while (list && *list) {
        size_t len = strcspn(list, ",");
        for (size_t i = 0; i < SITU_ARRAY_LEN(switches); i++)
            if (strlen(switches[i].name) == len && strncmp(list, switches[i].name, len) == 0)
                off |= switches[i].what;
        list += len + (list[len] == ',');
    }
    return off;
}

bool os_is_off(os_switch what)
{
    u32 off = atomic_load_explicit(&switched_off, memory_order_relaxed);
    if (SITU_UNLIKELY(off == OFF_UNREAD)) {
        off = read_switches();
        if (environ) atomic_store_explicit(&switched_off, off, memory_order_relaxed);
    }
    return (off & (u32)what) != 0;
}

u64 os_env_bytes(const char *name, u64 otherwise)
{
    const char *s = os_env(name);
    u64 value = 0;
    if (!s || *s < '0' || *s > '9') return otherwise;
    for (; *s >= '0' && *s <= '9'; s++) {
        if (value > (UINT64_MAX >> 4) / 10) return otherwise;
        value = value * 10 + (u64)(*s - '0');
    }
    u32 shift = 0;
    switch (*s | 0x20) {
    case 'k': shift = 10; break;
    case 'm': shift = 20; break;
    case 'g': shift = 30; break;
    case 't': shift = 40; break;
    default: return *s ? otherwise : value;
    }
    return s[1] || value > UINT64_MAX >> shift ? otherwise : value << shift;
}

/* --- address space -------------------------------------------------------------------------------------- */

void *os_reserve(size_t bytes, size_t align)
{
    int saved = errno;
    size_t total = bytes + align;
    u8 *at = mmap(NULL, total, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    errno = saved;
    if (at == MAP_FAILED) return NULL;
    u8 *start = (u8 *)u64_align_up((u64)(uintptr_t)at, align);
    u8 *end = start + bytes;
    if (start != at) munmap(at, (size_t)(start - at));
    if (end != at + total) munmap(end, (size_t)(at + total - end));
    return start;
}

void os_unreserve(void *addr, size_t bytes)
{
    int saved = errno;
    munmap(addr, bytes);
    errno = saved;
}

bool os_open(void *addr, size_t bytes)
{
    int saved = errno;
    bool ok = mprotect(addr, bytes, PROT_READ | PROT_WRITE) == 0;
    errno = saved;
    return ok;
}

void *os_map(size_t bytes)
{
    int saved = errno;
    void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    errno = saved;
    return at == MAP_FAILED ? NULL : at;
}

void os_unmap(void *addr, size_t bytes) { os_unreserve(addr, bytes); }

size_t os_reserve_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return SIZE_MAX;
    return limit.rlim_cur / 2;
}

/* --- pages ---------------------------------------------------------------------------------------------- */

void os_advise_huge(void *addr, size_t bytes, bool want_huge)
{
    int saved = errno;
    if (!want_huge || !os_is_off(OS_OFF_HUGE))
        madvise(addr, bytes, want_huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
    errno = saved;
}

void os_purge(void *addr, size_t bytes)
{
    int saved = errno;
    if (madvise(addr, bytes, MADV_DONTNEED) != 0 && madvise(addr, bytes, MADV_DONTNEED_LOCKED) != 0)
        memset(addr, 0, bytes); /* mlockall on an old kernel */
    errno = saved;
}

void os_soften(void *addr, size_t bytes)
{
    int saved = errno;
    madvise(addr, bytes, MADV_FREE);
    errno = saved;
}

bool os_reset(void *addr, size_t bytes)
{
    int saved = errno;
    void *at = mmap(addr, bytes, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
    errno = saved;
    return at == addr;
}

static _Atomic int move_works; /* 0 not tried, 1 yes, -1 no */

static void try_move(void)
{
    u8 *two = os_map(2 * OS_PAGE_BYTES);
    bool works = false;
    if (two) {
        two[0] = 1;
        works = mremap(two, OS_PAGE_BYTES, OS_PAGE_BYTES, MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP,
                       two + OS_PAGE_BYTES) != MAP_FAILED;
        os_unmap(two, 2 * OS_PAGE_BYTES);
    }
    atomic_store_explicit(&move_works, works ? 1 : -1, memory_order_relaxed);
}

bool os_can_move(void)
{
    int saved = errno;
    if (os_is_off(OS_OFF_MOVE)) return false;
    if (atomic_load_explicit(&move_works, memory_order_relaxed) == 0) try_move();
    errno = saved;
    return atomic_load_explicit(&move_works, memory_order_relaxed) > 0;
}

bool os_move(void *to, void *from, size_t bytes)
{
    int saved = errno;
    bool ok = mremap(from, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP, to) != MAP_FAILED;
    errno = saved;
    return ok;
}

/* --- PAGEMAP_SCAN: which pages are resident ------------------------------------------------------------- */

/* Linux 6.7, include/uapi/linux/fs.h; repeated here because the headers of older systems lack it. */
typedef struct {
    u64 start, end, categories;
} scan_region;

typedef struct {
    u64 size, flags, start, end, walk_end, vec, vec_len, max_pages;
    u64 category_inverted, category_mask, category_anyof_mask, return_mask;
} scan_arg;

#define SCAN_IOCTL   _IOWR('f', 16, scan_arg)
#define SCAN_PRESENT (UINT64_C(1) << 3)
#define SCAN_SWAPPED (UINT64_C(1) << 4)
#define SCAN_ZERO    (UINT64_C(1) << 5) /* the shared zero page: reads zero, needs nothing */

_Static_assert(sizeof(scan_arg) == 96, "kernel interface");

/* A pagemap descriptor shows the memory of the process that opened it.  The page that holds its number is
 * wiped by the kernel in a forked child, however that was made, so a child can never use its parent's. */
typedef struct {
    _Atomic int fd_plus_1;
    _Atomic int n_failures;
} scan_state;

static scan_state *_Atomic scan;
static _Atomic bool scan_unavailable;
enum { SCAN_FAILURES_MAX = 16, SCAN_FD_MIN = 700 };

static scan_state *scan_state_get(void)
{
    scan_state *s = atomic_load_explicit(&scan, memory_order_acquire);
    if (SITU_LIKELY(s != NULL) || os_is_off(OS_OFF_WIPE)) return s;
    s = os_map(OS_PAGE_BYTES);
    if (!s) return NULL;
    scan_state *expected = NULL;
    if (madvise(s, OS_PAGE_BYTES, MADV_WIPEONFORK) != 0 ||
        !atomic_compare_exchange_strong(&scan, &expected, s)) {
        os_unmap(s, OS_PAGE_BYTES);
        return expected;
    }
    return s;
}

/* Out of the way of programs that count on low numbers. */
static int open_pagemap(void)
{
    int low = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    if (low < 0) return -1;
    int high = fcntl(low, F_DUPFD_CLOEXEC, SCAN_FD_MIN);
    if (high < 0) return low;
    close(low);
    return high;
}

static int scan_fd(scan_state *s)
{
    int fd_plus_1 = atomic_load_explicit(&s->fd_plus_1, memory_order_relaxed);
    if (SITU_LIKELY(fd_plus_1 != 0)) return fd_plus_1 - 1;
    int fd = open_pagemap();
    if (fd < 0) return -1;
    if (!atomic_compare_exchange_strong(&s->fd_plus_1, &fd_plus_1, fd + 1)) {
        close(fd);
        return fd_plus_1 - 1;
    }
    return fd;
}

/* One ioctl; false: not possible in this process, now or ever. */
static bool scan_once(scan_arg *arg, long *n_regions)
{
    if (atomic_load_explicit(&scan_unavailable, memory_order_relaxed) || os_is_off(OS_OFF_SCAN)) return false;
    scan_state *s = scan_state_get();
    if (!s) return false;
    while (atomic_load_explicit(&s->n_failures, memory_order_relaxed) < SCAN_FAILURES_MAX) {
        int fd = scan_fd(s);
        if (fd < 0) break;
        *n_regions = ioctl(fd, SCAN_IOCTL, arg);
        if (*n_regions >= 0) return true;
        /* The program closed our descriptor and may have opened another file under its number: forget it. */
        int mine = fd + 1;
        atomic_compare_exchange_strong(&s->fd_plus_1, &mine, 0);
        atomic_fetch_add_explicit(&s->n_failures, 1, memory_order_relaxed);
    }
    atomic_store_explicit(&scan_unavailable, true, memory_order_relaxed);
    return false;
}

static void zero_region(const scan_region *r)
{
    size_t bytes = (size_t)(r->end - r->start);
    void *at = (void *)(uintptr_t)r->start;
    if (r->categories & SCAN_ZERO) return;
    if (r->categories & SCAN_SWAPPED)
        os_purge(at, bytes);
    else
        memset(at, 0, bytes);
}

static u64 region_pages(const scan_region *r)
{
    return r->categories & SCAN_ZERO ? 0 : (r->end - r->start) / OS_PAGE_BYTES;
}

bool os_zero_resident(void *addr, size_t bytes, u64 pages_max, u64 *n_pages, bool *is_zero)
{
    enum { N_REGIONS = 64 };
    scan_region regions[N_REGIONS];
    int saved = errno;
    scan_arg arg = {.size = sizeof arg,
                    .start = (u64)(uintptr_t)addr,
                    .end = (u64)(uintptr_t)addr + bytes,
                    .vec = (u64)(uintptr_t)regions,
                    .vec_len = N_REGIONS,
                    .category_anyof_mask = SCAN_PRESENT | SCAN_SWAPPED,
                    .return_mask = SCAN_PRESENT | SCAN_SWAPPED | SCAN_ZERO};
    *n_pages = 0;
    *is_zero = true;
    do {
        long n = 0;
        if (!scan_once(&arg, &n)) {
            *is_zero = false;
            errno = saved;
            return false;
        }
        for (long i = 0; i < n; i++) *n_pages += region_pages(&regions[i]);
        if (*n_pages > pages_max) {
            *is_zero = false;
            break;
        }
        for (long i = 0; i < n; i++) zero_region(&regions[i]);
        arg.start = arg.walk_end;
    } while (arg.start < arg.end);
    errno = saved;
    return true;
}

u64 os_count_resident(void *addr, size_t bytes)
{
    unsigned char present[4096];
    u64 n = 0;
    int saved = errno;
    for (size_t done = 0; done < bytes;) {
        size_t step = bytes - done;
        if (step > sizeof present * OS_PAGE_BYTES) step = sizeof present * OS_PAGE_BYTES;
        if (mincore((u8 *)addr + done, step, present) != 0) break;
        for (size_t i = 0; i < step / OS_PAGE_BYTES; i++) n += present[i] & 1;
        done += step;
    }
    errno = saved;
    return n;
}

/* --- small files ---------------------------------------------------------------------------------------- */

/* Read a whole small file into buf, terminated; false if it is not there. */
static bool read_small(const char *path, char *buf, size_t buf_bytes)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t len = 0;
    if (fd < 0) return false;
    for (ssize_t got; len < buf_bytes - 1 && (got = read(fd, buf + len, buf_bytes - 1 - len)) > 0;)
        len += (size_t)got;
    close(fd);
    buf[len] = 0;
    return len > 0;
}

static bool parse_u64(const char *s, u64 *value)
{
    if (*s < '0' || *s > '9') return false;
    for (*value = 0; *s >= '0' && *s <= '9'; s++) {
        if (*value > UINT64_MAX / 10 - 1) return false;
        *value = *value * 10 + (u64)(*s - '0');
    }
    return true;
}

static u64 read_number(const char *path, u64 otherwise)
{
    char text[64];
    u64 value;
    return read_small(path, text, sizeof text) && parse_u64(text, &value) ? value : otherwise;
}

/* Calls fn for each line of a file of any length; lines beyond 255 bytes are cut. */
static bool for_each_line(const char *path, void (*fn)(void *ctx, const char *line), void *ctx)
{
    char buf[4096], line[256];
    size_t len = 0;
    ssize_t got;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    while ((got = read(fd, buf, sizeof buf)) > 0) {
        for (ssize_t i = 0; i < got; i++) {
            if (buf[i] == '\n') {
                line[len] = 0;
                fn(ctx, line);
                len = 0;
            } else if (len < sizeof line - 1) {
                line[len++] = buf[i];
            }
        }
    }
    close(fd);
    return true;
}

static u64 parse_hex(const char **s)
{
    u64 value = 0;
    for (;; (*s)++) {
        char c = **s;
        if (c >= '0' && c <= '9')
            value = value << 4 | (u64)(c - '0');
        else if (c >= 'a' && c <= 'f')
            value = value << 4 | (u64)(c - 'a' + 10);
        else
            return value;
    }
}

typedef struct {
    u64 start, end; /* of interest */
    bool is_inside; /* the mapping whose lines follow */
    u64 n_mappings, huge_bytes;
} maps_count;

static void count_maps_line(void *ctx, const char *line)
{
    maps_count *count = ctx;
    const char *s = line;
    u64 start = parse_hex(&s), kib;
    if (*s == '-') {
        s++;
        u64 end = parse_hex(&s);
        count->is_inside = *s == ' ' && start < count->end && end > count->start;
        count->n_mappings += count->is_inside;
    } else if (count->is_inside && strncmp(line, "AnonHugePages:", 14) == 0) {
        s = line + 14;
        while (*s == ' ') s++;
        if (parse_u64(s, &kib)) count->huge_bytes += kib * 1024;
    }
}

u64 os_count_mappings(const void *addr, size_t bytes)
{
    int saved = errno;
    maps_count count = {.start = (u64)(uintptr_t)addr, .end = (u64)(uintptr_t)addr + bytes};
    for_each_line("/proc/self/maps", count_maps_line, &count);
    errno = saved;
    return count.n_mappings;
}

u64 os_count_huge_bytes(const void *addr, size_t bytes)
{
    int saved = errno;
    maps_count count = {.start = (u64)(uintptr_t)addr, .end = (u64)(uintptr_t)addr + bytes};
    for_each_line("/proc/self/smaps", count_maps_line, &count);
    errno = saved;
    return count.huge_bytes;
}

/* --- limits --------------------------------------------------------------------------------------------- */

typedef struct {
    char dir[512]; /* this process's memory cgroup, "" if there is none */
    bool is_v2;
} cgroup_place;

static cgroup_place cgroup;

static void cgroup_dir(const char *root, const char *relative)
{
    size_t n = strlen(root), m = strlen(relative);
    if (n + m + 32 > sizeof cgroup.dir) return;
    memcpy(cgroup.dir, root, n);
    memcpy(cgroup.dir + n, relative, m + 1);
    /* Inside a container the path may be the host's while the mount shows only the container's own group. */
    if (access(cgroup.dir, F_OK) != 0) cgroup.dir[n] = 0;
}

/* A line of /proc/self/cgroup: `4:memory:/path` (v1) or `0::/path` (v2). */
static void cgroup_line(void *ctx, const char *line)
{
    (void)ctx;
    const char *controllers = strchr(line, ':');
    const char *path = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!path) return;
    if (strncmp(controllers, ":memory:", 8) == 0) {
        cgroup.is_v2 = false;
        cgroup_dir("/sys/fs/cgroup/memory", path + 1);
    } else if (controllers + 1 == path && line[0] == '0' && cgroup.dir[0] == 0) {
        cgroup.is_v2 = true;
        cgroup_dir("/sys/fs/cgroup", path + 1);
    }
}

static u64 cgroup_read(const char *dir, const char *file)
{
    char path[640];
    size_t n = strlen(dir), m = strlen(file);
    memcpy(path, dir, n);
    memcpy(path + n, file, m + 1);
    return read_number(path, UINT64_MAX);
}

/* The least limit of the group and its ancestors. */
static u64 cgroup_limit(void)
{
    char dir[512];
    u64 least = UINT64_MAX;
    size_t root = strlen(cgroup.is_v2 ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory");
    memcpy(dir, cgroup.dir, sizeof dir);
    while (strlen(dir) >= root) {
        least = u64_min(least, cgroup_read(dir, cgroup.is_v2 ? "/memory.max" : "/memory.limit_in_bytes"));
        if (cgroup.is_v2) least = u64_min(least, cgroup_read(dir, "/memory.high"));
        char *slash = strrchr(dir, '/');
        if (!slash) break;
        *slash = 0;
    }
    return least;
}

void os_read_limits(os_limits *limits)
{
    struct sysinfo info;
    int saved = errno;
    memset(limits, 0, sizeof *limits);
    if (sysinfo(&info) == 0) {
        limits->memory_bytes = (u64)info.totalram * info.mem_unit;
        limits->machine_bytes = ((u64)info.totalram + info.totalswap) * info.mem_unit;
    }
    cgroup.dir[0] = 0;
    for_each_line("/proc/self/cgroup", cgroup_line, NULL);
    if (cgroup.dir[0]) limits->memory_bytes = u64_min(limits->memory_bytes, cgroup_limit());
    limits->overcommit = (u32)read_number("/proc/sys/vm/overcommit_memory", 0);
    limits->mappings_max = (u32)read_number("/proc/sys/vm/max_map_count", 65530);
    errno = saved;
}

typedef struct {
    const char *key;
    u64 value;
} stat_key;

static void stat_line(void *ctx, const char *line)
{
    stat_key *want = ctx;
    size_t len = strlen(want->key);
    if (strncmp(line, want->key, len) != 0) return;
    for (line += len; *line == ' ';) line++;
    parse_u64(line, &want->value);
}

u64 os_anonymous_bytes(void)
{
    char path[640];
    int saved = errno;
    stat_key want = {cgroup.is_v2 ? "anon " : "total_rss ", 0};
    if (cgroup.dir[0]) {
        size_t n = strlen(cgroup.dir);
        memcpy(path, cgroup.dir, n);
        memcpy(path + n, "/memory.stat", sizeof "/memory.stat");
        for_each_line(path, stat_line, &want);
    } else {
        want.key = "AnonPages:";
        for_each_line("/proc/meminfo", stat_line, &want);
        want.value *= 1024;
    }
    errno = saved;
    return want.value;
}

u64 os_fault_count(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? (u64)usage.ru_minflt + (u64)usage.ru_majflt : 0;
}

/* --- time, locks, messages ------------------------------------------------------------------------------ */

u64 os_coarse_ms(void)
{
    struct timespec t;
    if (clock_gettime(CLOCK_MONOTONIC_COARSE, &t) != 0) return 0;
    return (u64)t.tv_sec * 1000 + (u64)t.tv_nsec / 1000000;
}

/* U. Drepper, "Futexes are tricky", mutex 2: 0 open, 1 taken, 2 taken and somebody may wait. */
void os_lock_take(os_lock *lock)
{
    u32 was = 0;
    if (__atomic_compare_exchange_n(&lock->word, &was, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) return;
    for (int spin = 0; spin < 64; spin++) {
        was = 0;
        if (__atomic_compare_exchange_n(&lock->word, &was, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
            return;
        __asm__ volatile("" ::: "memory");
#if defined(__x86_64__)
        __builtin_ia32_pause();
#endif
    }
    int saved = errno;
    while (__atomic_exchange_n(&lock->word, 2, __ATOMIC_ACQUIRE) != 0)
        syscall(SYS_futex, &lock->word, FUTEX_WAIT_PRIVATE, 2, NULL, NULL, 0);
    errno = saved;
}

void os_lock_release(os_lock *lock)
{
    if (__atomic_exchange_n(&lock->word, 0, __ATOMIC_RELEASE) != 2) return;
    int saved = errno;
    syscall(SYS_futex, &lock->word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    errno = saved;
}

static bool membarrier(int command) { return syscall(SYS_membarrier, command, 0, 0) == 0; }

bool os_barrier_register(void)
{
    int saved = errno;
    bool ok = !os_is_off(OS_OFF_BARRIER) && membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
    errno = saved;
    return ok;
}

bool os_barrier_threads(void)
{
    int saved = errno;
    bool ok = membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
    if (!ok && errno == EPERM) /* a process that did not inherit the registration */
        ok = os_barrier_register() && membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
    errno = saved;
    return ok;
}

void os_message(const char *text)
{
    int saved = errno;
    size_t left = strlen(text);
    while (left > 0) {
        ssize_t n = write(STDERR_FILENO, text, left);
        if (n <= 0 && errno != EINTR) break;
        if (n > 0) text += n, left -= (size_t)n;
    }
    errno = saved;
}

_Noreturn void os_fatal(const char *text)
{
    os_message(text);
    abort();
}
