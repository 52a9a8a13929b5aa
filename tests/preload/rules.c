/* rules.c — what the malloc family promises, checked under the library: errno, alignment, sizes, threads, limits.
 *
 * Argument `limited`: address space is limited, so failures of large requests are expected, crashes are not.
 */
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

void free_sized(void *p, size_t bytes) __attribute__((weak));
void free_aligned_sized(void *p, size_t align, size_t bytes) __attribute__((weak));

static int n_failed;
#define CHECK(cond)                                                                                                    \
    do {                                                                                                               \
        if (!(cond)) n_failed++, fprintf(stderr, "rules.c:%d: %s (errno %d)\n", __LINE__, #cond, errno);               \
    } while (0)

#define KIB ((size_t)1 << 10)
#define MIB ((size_t)1 << 20)

static void check_huge_sizes(void)
{
    static const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 1, SIZE_MAX - 65535, SIZE_MAX - 65536, (size_t)PTRDIFF_MAX + 1,
                                   (size_t)PTRDIFF_MAX, (size_t)1 << 60, (size_t)1 << 47};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        void *p = (void *)1;
        size_t n = sizes[i];
        errno = 0;
        CHECK(malloc(n) == NULL && errno == ENOMEM);
        errno = 0;
        CHECK(calloc(n, 1) == NULL && errno == ENOMEM);
        errno = 0;
        CHECK(calloc(1, n) == NULL && errno == ENOMEM);
        errno = 0;
        CHECK(realloc(NULL, n) == NULL && errno == ENOMEM);
        errno = 0;
        CHECK(aligned_alloc(4096, n & ~(size_t)4095) == NULL && errno == ENOMEM);
        CHECK(posix_memalign(&p, 64, n) == ENOMEM && p == (void *)1);
        errno = 0;
        CHECK(pvalloc(n) == NULL && errno == ENOMEM);
    }
    errno = 0;
    CHECK(calloc(SIZE_MAX / 2, 3) == NULL && errno == ENOMEM);
    errno = 0;
    CHECK(calloc((size_t)1 << 32, (size_t)1 << 32) == NULL && errno == ENOMEM);
    errno = 0;
    CHECK(reallocarray(NULL, SIZE_MAX / 4, 5) == NULL && errno == ENOMEM);
    char *p = malloc(200 * KIB);
    memset(p, 7, 200 * KIB);
    errno = 0;
    CHECK(reallocarray(p, SIZE_MAX / 4, 5) == NULL && errno == ENOMEM);
    errno = 0;
    CHECK(realloc(p, SIZE_MAX / 4) == NULL && errno == ENOMEM);
    CHECK(p[0] == 7 && p[200 * KIB - 1] == 7);
    free(p);
}

static void check_alignment(void)
{
    static const size_t bad[] = {0, 3, 24, 65537, SIZE_MAX};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        void *p = (void *)1;
        errno = 0;
        CHECK(aligned_alloc(bad[i], 100 * KIB) == NULL && errno == EINVAL);
        errno = 0;
        CHECK(aligned_alloc(bad[i], 64) == NULL && errno == EINVAL);
        errno = 5;
        CHECK(posix_memalign(&p, bad[i], 100 * KIB) == EINVAL && p == (void *)1 && errno == 5);
    }
    void *q = (void *)1;
    CHECK(posix_memalign(&q, 4, 100 * KIB) == EINVAL);
    for (size_t align = 8; align <= 64 * MIB; align *= 2) {
        for (size_t bytes = 1; bytes <= 8 * MIB; bytes *= 32) {
            char *p = aligned_alloc(align, bytes);
            if (!p && align >= MIB) continue; /* under a limit */
            CHECK(p && (uintptr_t)p % align == 0);
            if (!p) continue;
            p[0] = p[bytes - 1] = 1;
            CHECK(malloc_usable_size(p) >= bytes);
            free(p);
        }
    }
    volatile size_t odd = 100;
    char *p = memalign(odd, 300 * KIB); /* between powers of two: the next one */
    CHECK(p && (uintptr_t)p % 128 == 0);
    free(p);
    p = valloc(70 * KIB);
    CHECK(p && (uintptr_t)p % 4096 == 0);
    free(p);
    p = pvalloc(70 * KIB + 1);
    CHECK(p && (uintptr_t)p % 4096 == 0 && malloc_usable_size(p) >= 72 * KIB);
    if (free_aligned_sized) free_aligned_sized(p, 4096, 70 * KIB + 1);
    else free(p);
    p = malloc(128 * KIB);
    if (free_sized) free_sized(p, 128 * KIB);
    else free(p);
}

static void check_realloc(void)
{
    char *p = realloc(NULL, 100 * KIB);
    CHECK(p != NULL);
    memset(p, 3, 100 * KIB);
    size_t usable = malloc_usable_size(p);
    CHECK(realloc(p, usable) == p); /* up to the usable size it must not move */
    p = realloc(p, 3 * MIB);
    CHECK(p && p[0] == 3 && p[100 * KIB - 1] == 3);
    memset(p, 4, 3 * MIB);
    p = realloc(p, 9 * MIB);
    CHECK(p && p[0] == 4 && p[3 * MIB - 1] == 4);
    p = realloc(p, 1000); /* to the next allocator */
    CHECK(p && p[0] == 4 && p[999] == 4);
    p = realloc(p, 400 * KIB); /* and back */
    CHECK(p && p[0] == 4 && p[999] == 4);
    CHECK(realloc(p, 0) == NULL); /* frees */
    CHECK(malloc_usable_size(NULL) == 0);
    free(NULL);
    p = malloc(0);
    CHECK(p != NULL);
    free(p);
    errno = 77;
    free(malloc(5 * MIB));
    free(calloc(1, 5 * MIB));
    CHECK(errno == 77); /* free keeps errno */
}

static void check_zero(void)
{
    for (int round = 0; round < 40; round++) {
        size_t bytes = 64 * KIB + (size_t)round * 90001;
        unsigned char *p = calloc(bytes / 3 + 1, 3);
        CHECK(p != NULL);
        size_t bad = 0;
        for (size_t i = 0; i < bytes; i++) bad += p[i] != 0;
        CHECK(bad == 0);
        memset(p, 0xff, round % 3 ? bytes : 5000);
        free(p);
    }
}

static void check_reports(void)
{
    char *p = malloc(10 * MIB);
    struct mallinfo2 info = mallinfo2();
    CHECK(info.hblkhd + info.uordblks >= 10 * MIB);
    free(p);
    CHECK(malloc_trim(0) == 1);
    FILE *null = fopen("/dev/null", "w");
    CHECK(malloc_info(0, null) == 0);
    errno = 0;
    CHECK(malloc_info(1, null) == -1 && errno == EINVAL);
    fclose(null);
    CHECK(mallopt(M_MMAP_THRESHOLD, 1 << 20) == 1);
}

/* --- threads -------------------------------------------------------------------------------------------- */

enum { EXCHANGED = 64, ROUNDS = 60 };
static void *exchanged[EXCHANGED];

/* Blocks made here are freed by others, after this thread is gone. */
static void *exchanging(void *arg)
{
    unsigned seed = (unsigned)(uintptr_t)arg;
    for (int i = 0; i < 200; i++) {
        seed = seed * 1664525 + 1013904223;
        size_t bytes = 40 * KIB + (seed >> 8) % (900 * KIB);
        unsigned char *p = seed & 128 ? calloc(1, bytes) : malloc(bytes);
        CHECK(p != NULL);
        if (!p) return NULL;
        p[0] = p[bytes - 1] = 0x5a;
        unsigned char *q = __atomic_exchange_n(&exchanged[seed >> 24 & (EXCHANGED - 1)], p, __ATOMIC_ACQ_REL);
        CHECK(!q || q[0] == 0x5a);
        if (q && seed & 1) q = realloc(q, 80 * KIB);
        free(q);
    }
    return NULL;
}

static void check_threads(void)
{
    for (int round = 0; round < ROUNDS; round++) {
        pthread_t threads[4];
        for (uintptr_t i = 0; i < 4; i++)
            CHECK(pthread_create(&threads[i], NULL, exchanging, (void *)(i + (uintptr_t)round * 4 + 1)) == 0);
        for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    }
    for (int i = 0; i < EXCHANGED; i++) free(exchanged[i]);
}

/* --- limits --------------------------------------------------------------------------------------------- */

static void in_child(void (*fn)(void), const char *name)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        n_failed = 0;
        fn();
        _exit(n_failed != 0);
    }
    int status = -1;
    waitpid(child, &status, 0);
    if (status != 0) n_failed++, fprintf(stderr, "rules.c: %s: status 0x%x\n", name, status);
}

/* A limit set after the range was reserved must not starve the next allocator. */
static void under_late_limit(void)
{
    free(malloc(MIB));
    struct rlimit limit = {2048 * MIB, 2048 * MIB};
    CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
    enum { N = 20000 };
    static void *small[N];
    for (int i = 0; i < N; i++) CHECK((small[i] = malloc(20000)) != NULL); /* 400 MB through the next allocator */
    for (int i = 0; i < N; i++) memset(small[i], i, 20000);
    for (int i = 0; i < N; i++) free(small[i]);
    void *large = malloc(100 * MIB);
    CHECK(large != NULL);
    if (large) memset(large, 1, 100 * MIB);
    free(large);
    CHECK(malloc(4096 * MIB) == NULL);
}

static void under_mlockall(void)
{
    free(malloc(MIB));
    if (mlockall(MCL_CURRENT | MCL_FUTURE) != 0) return; /* not allowed here */
    for (int i = 0; i < 6; i++) {
        char *p = calloc(1, 6 * MIB);
        CHECK(p && p[0] == 0 && p[5 * MIB] == 0);
        p[0] = p[5 * MIB] = 1;
        if (i % 2) memset(p, 1, 6 * MIB);
        free(p);
    }
    check_realloc();
    malloc_trim(0);
    check_zero();
}

static void without_proc(void)
{
    if (geteuid() != 0 || chroot("/tmp") != 0) return;
    check_zero();
    check_realloc();
}

/* The program closes descriptors that are not its own and opens others in their place. */
static void with_stolen_descriptors(void)
{
    free(calloc(1, MIB));
    for (int fd = 3; fd < 1024; fd++) close(fd);
    for (int fd = 3; fd < 1024; fd++) dup2(2, fd);
    check_zero();
}

int main(int argc, char **argv)
{
    bool is_limited = argc > 1 && strcmp(argv[1], "limited") == 0;
    check_huge_sizes();
    check_alignment();
    check_realloc();
    check_zero();
    check_reports();
    check_threads();
    in_child(check_zero, "allocation in a child");
    in_child(without_proc, "no /proc");
    in_child(with_stolen_descriptors, "stolen descriptors");
    if (!is_limited) {
        in_child(under_late_limit, "late RLIMIT_AS");
        in_child(under_mlockall, "mlockall");
    }
    return n_failed != 0;
}
