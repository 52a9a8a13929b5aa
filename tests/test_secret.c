/* test_secret.c — secret buffers: guards, locks, dumps, forks, wiping, and honest reports. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "situ/mem.h"
#include "tests/test.h"

static situ_secret make(size_t n_bytes)
{
    situ_secret s;
    CHECK_EQ(situ_secret_create(&s, n_bytes, SITU_SECRET_GUARDED), SITU_OK);
    CHECK_EQ(s.n_bytes, n_bytes);
    return s;
}

/* Signal that ends a child which writes at p; 0 if none does.  The sanitizer turns it into an exit status. */
static int write_kills(volatile uint8_t *p)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        signal(SIGSEGV, SIG_DFL);
        *p = 1;
        _exit(0);
    }
    int status = 0;
    CHECK_EQ(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void check_life(void)
{
    static const size_t sizes[] = {1, 31, 32, 4096, 4097, 100000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        situ_secret s = make(sizes[i]);
        for (size_t at = 0; at < s.n_bytes; at++) CHECK_EQ(s.bytes[at], 0);
        memset(s.bytes, 0xa5, s.n_bytes);
        CHECK_EQ((uintptr_t)(s.bytes + s.n_bytes) % 4096, 0); /* the data ends at the guard */
        CHECK_EQ(write_kills(s.bytes + s.n_bytes), SIGSEGV);
        CHECK_EQ(write_kills((uint8_t *)s.map + 4095), SIGSEGV);
        situ_secret_destroy(&s);
        CHECK(s.bytes == NULL);
        situ_secret_destroy(&s);
    }
}

TEST(guards_trap) { check_life(); }

TEST(guards_trap_without_memfd_secret)
{
    setenv("SITU_OFF", "secret", 1);
    check_life();
}

static unsigned long locked_kib(void)
{
    unsigned long kib = 0;
    char line[256];
    FILE *f = fopen("/proc/self/status", "r");
    CHECK(f != NULL);
    while (fgets(line, sizeof line, f))
        if (sscanf(line, "VmLck: %lu", &kib) == 1) break;
    fclose(f);
    return kib;
}

TEST(the_buffer_is_locked)
{
    setenv("SITU_OFF", "secret", 1);
    unsigned long before = locked_kib();
    situ_secret s = make(40000);
    if (!(s.protections & SITU_SECRET_LOCKED)) test_skip("mlock is not allowed here");
    CHECK_EQ(s.lock_error, 0);
    CHECK(locked_kib() - before >= 40);
    situ_secret_destroy(&s);
    CHECK_EQ(locked_kib(), before);
}

TEST(memfd_secret_is_used_where_it_is)
{
    situ_secret s = make(40000);
    if (!(s.protections & SITU_SECRET_HIDDEN)) test_skip("the kernel has no memfd_secret");
    CHECK(s.protections & SITU_SECRET_LOCKED);
    CHECK(s.protections & SITU_SECRET_NO_FORK);
    int fd = open("/proc/self/mem", O_RDONLY); /* even this way the kernel does not read it */
    char c;
    CHECK(fd >= 0);
    CHECK(pread(fd, &c, 1, (off_t)(uintptr_t)s.bytes) != 1);
    close(fd);
    situ_secret_destroy(&s);
}

TEST(a_refused_lock_is_reported)
{
    setenv("SITU_OFF", "lock", 1);
    situ_secret s;
    CHECK_EQ(situ_secret_create(&s, 100, 0), SITU_OK);
    CHECK(!(s.protections & SITU_SECRET_LOCKED));
    CHECK_EQ(s.lock_error, EPERM);
    CHECK(s.protections & SITU_SECRET_NO_FORK);
    situ_secret_destroy(&s);
    errno = 0;
    CHECK_EQ(situ_secret_create(&s, 100, SITU_SECRET_LOCKED), SITU_ERR_IO);
    CHECK_EQ(errno, EPERM);
    CHECK(s.bytes == NULL && s.map == NULL);
    situ_secret_destroy(&s);
}

TEST(the_kernels_refusal_is_reported)
{
    setenv("SITU_OFF", "secret", 1);
    struct rlimit none = {0, 0};
    CHECK_EQ(setrlimit(RLIMIT_MEMLOCK, &none), 0);
    if (geteuid() == 0 && setuid(65534) != 0) test_skip("cannot give up root");
    situ_secret s;
    CHECK_EQ(situ_secret_create(&s, 100, 0), SITU_OK);
    CHECK(!(s.protections & SITU_SECRET_LOCKED));
    CHECK(s.lock_error == EPERM || s.lock_error == ENOMEM || s.lock_error == EAGAIN);
    situ_secret_destroy(&s);
}

TEST(bad_arguments_make_nothing)
{
    situ_secret s;
    CHECK_EQ(situ_secret_create(&s, 0, 0), SITU_ERR_ARG);
    CHECK_EQ(situ_secret_create(&s, ((size_t)1 << 30) + 1, 0), SITU_ERR_ARG);
    CHECK_EQ(situ_secret_create(&s, SIZE_MAX, 0), SITU_ERR_ARG);
    CHECK_EQ(situ_secret_create(&s, 1, 32), SITU_ERR_ARG);
    CHECK(s.map == NULL);
}

/* A child sees zeros, or nothing at all; destroying it there does no harm to the parent. */
static void check_fork(void)
{
    situ_secret s = make(5000);
    memset(s.bytes, 0x77, s.n_bytes);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        int fd = open("/proc/self/mem", O_RDONLY);
        uint8_t seen[5000];
        ssize_t n = pread(fd, seen, sizeof seen, (off_t)(uintptr_t)s.bytes);
        for (ssize_t i = 0; i < n; i++)
            if (seen[i] != 0) _exit(1);
        situ_secret_destroy(&s);
        _exit(0);
    }
    int status;
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
    for (size_t i = 0; i < s.n_bytes; i++) CHECK_EQ(s.bytes[i], 0x77);
    situ_secret_destroy(&s);
}

TEST(a_child_does_not_inherit) { check_fork(); }

TEST(a_child_does_not_inherit_without_memfd_secret)
{
    setenv("SITU_OFF", "secret", 1);
    check_fork();
}

TEST(a_child_does_not_inherit_without_wipeonfork)
{
    setenv("SITU_OFF", "secret,wipe", 1);
    check_fork();
}

/* A damaged canary ends the program after the wipe and before the pages go: the handler of that signal can
 * look. */
static situ_secret damaged;
static uint8_t *damaged_bytes;

static void look_at_abort(int signal_number)
{
    (void)signal_number;
    for (size_t i = 0; i < 3000; i++)
        if (damaged_bytes[i] != 0) _exit(3);
    _exit(42);
}

TEST(contents_are_wiped_and_a_canary_is_watched)
{
    setenv("SITU_OFF", "secret", 1);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        damaged = make(3000);
        damaged_bytes = damaged.bytes;
        memset(damaged.bytes, 0x3c, damaged.n_bytes);
        damaged.bytes[-1] ^= 1;
        fclose(stderr);
        signal(SIGABRT, look_at_abort);
        situ_secret_destroy(&damaged);
        _exit(0);
    }
    int status;
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK(WIFEXITED(status));
    CHECK_EQ(WEXITSTATUS(status), 42);
}

/* A core dump of a process that holds a secret and an open copy of another pattern has only the latter. */
TEST(a_core_dump_has_no_secret)
{
#if defined(SITU_VERIFY)
    test_skip("the sanitizer catches the signal, and its shadow makes cores too large");
#endif
    char dir[] = "/tmp/situ_core_XXXXXX", path[128], pattern[256] = "";
    FILE *f = fopen("/proc/sys/kernel/core_pattern", "r");
    if (f && !fgets(pattern, sizeof pattern, f)) pattern[0] = 0;
    if (f) fclose(f);
    if (strchr(pattern, '|') || strchr(pattern, '/') || pattern[0] == 0)
        test_skip("cores do not go to files here");
    CHECK(mkdtemp(dir) != NULL);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        struct rlimit core = {256 << 20, 256 << 20};
        setenv("SITU_OFF", "secret", 1);
        if (chdir(dir) != 0 || setrlimit(RLIMIT_CORE, &core) != 0) _exit(1);
        situ_secret s = make(64);
        volatile uint8_t *open_copy =
            mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        for (unsigned i = 0; i < 64; i++) {
            ((volatile uint8_t *)s.bytes)[i] = (uint8_t)(0x91 + i * 29);
            open_copy[i] = (uint8_t)(0x92 + i * 31);
        }
        signal(SIGABRT, SIG_DFL);
        abort();
    }
    int status;
    CHECK_EQ(waitpid(child, &status, 0), child);
    uint8_t secret[64], open_copy[64];
    for (unsigned i = 0; i < 64; i++) {
        secret[i] = (uint8_t)(0x91 + i * 29);
        open_copy[i] = (uint8_t)(0x92 + i * 31);
    }
    snprintf(path, sizeof path, "%s/core", dir);
    if (access(path, R_OK) != 0) snprintf(path, sizeof path, "%s/core.%d", dir, child);
    int fd = open(path, O_RDONLY);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0 || st.st_size == 0) test_skip("no core file was written");
    void *core = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    CHECK(core != MAP_FAILED);
    bool has_open = memmem(core, (size_t)st.st_size, open_copy, 64) != NULL;
    bool has_secret = memmem(core, (size_t)st.st_size, secret, 64) != NULL;
    unlink(path);
    rmdir(dir);
    CHECK(has_open);
    CHECK(!has_secret);
}

TEST_MAIN()
