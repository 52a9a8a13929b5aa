/* bench_alloc.c — the allocator under a prover's patterns, against its peers.
 *
 *     alloc,PATTERN,ALLOCATOR,-,THREADS,VALUE,us      median time of one round
 *     alloc_rss,PATTERN,ALLOCATOR,-,THREADS,VALUE,MiB resident when the rounds end
 *     alloc_faults,PATTERN,ALLOCATOR,-,THREADS,VALUE,faults   page faults of one round
 *     alloc_ratio,PATTERN,-,-,THREADS,VALUE,ratio     ours divided by the best peer's time: below 1 is better
 *
 * Each measurement is a process of its own (this program, as `--worker PATTERN`) with one allocator
 * preloaded; allocators take turns, so a slow minute of the machine hits all of them.  BENCH_REPEATS: turns
 * (3).  BENCH_PATTERN: only patterns whose name contains it.  BENCH_SVG: also draw the ratios into this file.
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base.h"
#include "bench/harness/bench.h"

#define KIB ((size_t)1 << 10)
#define MIB ((size_t)1 << 20)

static void *must(void *p)
{
    if (p) return p;
    perror("bench_alloc: allocation");
    exit(1);
}

/* --- patterns: one round each
 * --------------------------------------------------------------------------------------*/

static void fill_once(size_t bytes)
{
    u8 *p = must(malloc(bytes));
    memset(p, 1, bytes);
    BENCH_KEEP(p);
    free(p);
}

static void fill_32(u64 round) { (void)round, fill_once(32 * MIB); }
static void fill_128(u64 round) { (void)round, fill_once(128 * MIB); }

static void many_callocs(size_t first, size_t step, bool is_filled)
{
    u8 *p[16];
    for (size_t i = 0; i < 16; i++) {
        size_t bytes = first + i * step;
        p[i] = must(calloc(1, bytes));
        if (is_filled) memset(p[i], 1, bytes);
        p[i][bytes / 3] = p[i][bytes - 8] = 1;
    }
    for (size_t i = 0; i < 16; i++) free(p[i]);
}

static void burst(u64 round) { (void)round, many_callocs(2 * MIB, 256 * KIB, false); }
static void calloc_6_sparse(u64 round) { (void)round, many_callocs(6 * MIB, 0, false); }
static void calloc_6_full(u64 round) { (void)round, many_callocs(6 * MIB, 0, true); }

static void calloc_8_recycled(u64 round)
{
    u8 *p = must(calloc(1, 8 * MIB));
    for (size_t i = round % 8 * 4 * KIB; i < 8 * MIB; i += 32 * KIB) p[i] = 1;
    BENCH_KEEP(p);
    free(p);
}

static void grow_to(size_t bytes, size_t end, size_t times, size_t per)
{
    u8 *p = must(malloc(bytes));
    memset(p, 1, bytes);
    while (bytes < end) {
        size_t more = bytes / per * times;
        p = must(realloc(p, more));
        memset(p + bytes, 1, more - bytes);
        bytes = more;
    }
    BENCH_KEEP(p);
    free(p);
}

static void realloc_double(u64 round) { (void)round, grow_to(MIB, 256 * MIB, 2, 1); }
static void realloc_quarter(u64 round) { (void)round, grow_to(256 * KIB, 128 * MIB, 5, 4); }

static void drifting(u64 round)
{
    u8 *p[8];
    for (size_t i = 0; i < 8; i++) {
        size_t bytes = 12 * MIB + (round * 311 * KIB + i * 1700 * KIB) % (12 * MIB);
        p[i] = must(malloc(bytes));
        memset(p[i], 1, bytes);
    }
    for (size_t i = 0; i < 8; i++) free(p[i]);
}

/* One block in flight: made and filled here, read and freed there. */
static struct {
    sem_t full, empty;
    u8 *block;
    pthread_t thread;
} pipe_;

enum { PIPE_BLOCKS = 8 };
#define PIPE_BYTES (4 * MIB)

static void *consume(void *unused)
{
    (void)unused;
    for (;;) {
        sem_wait(&pipe_.full);
        u8 *p = pipe_.block;
        sem_post(&pipe_.empty);
        if (!p) return NULL;
        for (size_t i = 0; i < PIPE_BYTES; i += 4096) BENCH_KEEP((size_t)p[i]);
        free(p);
    }
}

static void produce(u8 *p)
{
    sem_wait(&pipe_.empty);
    pipe_.block = p;
    sem_post(&pipe_.full);
}

static void producer_consumer(u64 round)
{
    if (round == 0) {
        sem_init(&pipe_.full, 0, 0);
        sem_init(&pipe_.empty, 0, 1);
        pthread_create(&pipe_.thread, NULL, consume, NULL);
    }
    for (int i = 0; i < PIPE_BLOCKS; i++) {
        u8 *p = must(malloc(PIPE_BYTES));
        memset(p, 1, PIPE_BYTES);
        produce(p);
    }
}

static void *fill_16(void *unused)
{
    fill_once(16 * MIB);
    return unused;
}

static void new_thread(u64 round)
{
    pthread_t thread;
    (void)round;
    if (pthread_create(&thread, NULL, fill_16, NULL) != 0) exit(1);
    pthread_join(thread, NULL);
}

/* A segment's buffers on each of two threads: columns, their extension, digests, a table that is hardly
 * touched. */
static void *prove(void *arg)
{
    enum { COLUMNS = 8 };
    size_t shift = (size_t)(uintptr_t)arg;
    u8 *columns[COLUMNS], *extended, *digests, *table;
    for (size_t i = 0; i < COLUMNS; i++) {
        columns[i] = must(malloc((2 + (i + shift) % 3) * MIB));
        memset(columns[i], 1, (2 + (i + shift) % 3) * MIB);
    }
    extended = must(malloc(48 * MIB));
    memset(extended, 1, 48 * MIB);
    digests = must(calloc(1, 6 * MIB));
    memset(digests, 1, 6 * MIB);
    table = must(calloc(1, 16 * MIB));
    for (size_t i = 0; i < 64; i++) table[i * 256 * KIB] = 1;
    for (size_t i = 0; i < COLUMNS; i++) free(columns[i]);
    columns[0] = must(malloc(12 * MIB));
    memset(columns[0], 1, 12 * MIB);
    free(extended);
    free(columns[0]);
    free(digests);
    free(table);
    return NULL;
}

static void proof(u64 round)
{
    pthread_t other;
    if (pthread_create(&other, NULL, prove, (void *)(uintptr_t)(round + 1)) != 0) exit(1);
    prove((void *)(uintptr_t)round);
    pthread_join(other, NULL);
}

/* A thousand requests each, first word written. */
static void thousand(size_t bytes)
{
    for (int i = 0; i < 1000; i++) {
        u64 *volatile p = must(malloc(bytes));
        *p = 1;
        free(p);
    }
}

static void small_64(u64 round) { (void)round, thousand(64); }
static void small_4k(u64 round) { (void)round, thousand(4 * KIB); }
static void middle_64k(u64 round) { (void)round, thousand(64 * KIB); }
static void middle_256k(u64 round) { (void)round, thousand(256 * KIB); }
static void middle_1m(u64 round) { (void)round, thousand(MIB); }

/* Sixteen sizes from 64 KiB to 2 MiB, live together, filled. */
static void middle_mixed(u64 round)
{
    u8 *p[16];
    for (size_t i = 0; i < 16; i++) {
        size_t bytes = 64 * KIB + ((i * 7 + round) % 16) * 124 * KIB;
        p[i] = must(malloc(bytes));
        memset(p[i], 1, bytes);
    }
    for (size_t i = 0; i < 16; i++) free(p[(i * 5) % 16]);
}

static const struct {
    const char *name;
    void (*round)(u64 round);
    unsigned threads;
} patterns[] = {
    {"fill_32m", fill_32, 1},
    {"fill_128m", fill_128, 1},
    {"burst", burst, 1},
    {"calloc_6m_sparse", calloc_6_sparse, 1},
    {"calloc_6m_full", calloc_6_full, 1},
    {"calloc_8m_recycled", calloc_8_recycled, 1},
    {"realloc_double", realloc_double, 1},
    {"realloc_quarter", realloc_quarter, 1},
    {"drifting", drifting, 1},
    {"producer_consumer", producer_consumer, 2},
    {"new_thread", new_thread, 2},
    {"proof", proof, 2},
    {"middle_mixed", middle_mixed, 1},
    {"middle_64k_x1000", middle_64k, 1},
    {"middle_256k_x1000", middle_256k, 1},
    {"middle_1m_x1000", middle_1m, 1},
    {"small_64_x1000", small_64, 1},
    {"small_4k_x1000", small_4k, 1},
};

/* --- the worker
 * ----------------------------------------------------------------------------------------------------*/

static double resident_mib(void)
{
    unsigned long total = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f || fscanf(f, "%lu %lu", &total, &resident) != 2) resident = 0;
    if (f) fclose(f);
    return (double)resident * 4096 / (double)MIB;
}

static double fault_count(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? (double)(usage.ru_minflt + usage.ru_majflt) : 0;
}

typedef struct {
    size_t pattern;
    u64 round;
} worker_ctx;

static void worker_round(void *ctx)
{
    worker_ctx *w = ctx;
    patterns[w->pattern].round(w->round++);
}

static int worker(const char *name)
{
    worker_ctx w = {.round = 0};
    while (w.pattern < SITU_ARRAY_LEN(patterns) && strcmp(patterns[w.pattern].name, name) != 0) w.pattern++;
    if (w.pattern == SITU_ARRAY_LEN(patterns)) return 1;
    for (int i = 0; i < 3; i++) worker_round(&w);
    u64 first = w.round;
    double before = fault_count(), seconds = bench_median(worker_round, &w, 7, 0.08);
    printf("%.9g %.6g %.6g\n", seconds * 1e6, resident_mib(),
           (fault_count() - before) / (double)(w.round - first));
    fflush(stdout);
    _exit(0);
}

/* --- allocators
 * ----------------------------------------------------------------------------------------------------*/

typedef struct {
    const char *name, *preload, *tunables;
} allocator;

#define DEBIAN "/usr/lib/x86_64-linux-gnu/"

static char ours_path[4096];
static allocator allocators[] = {
    {"situ", ours_path, NULL},
    {"glibc", NULL, NULL},
    {"glibc_tuned", NULL,
     "glibc.malloc.mmap_max=0:glibc.malloc.trim_threshold=68719476736:glibc.malloc.top_pad=67108864:"
     "glibc.malloc.arena_max=1:glibc.malloc.hugetlb=1"},
    {"jemalloc", DEBIAN "libjemalloc.so.2", NULL},
    {"mimalloc2", DEBIAN "libmimalloc.so.2", NULL},
    {"tcmalloc", DEBIAN "libtcmalloc_minimal.so.4", NULL},
};
enum { N_ALLOCATORS = SITU_ARRAY_LEN(allocators), REPEATS_MAX = 101 };

static bool is_there(const allocator *a) { return !a->preload || access(a->preload, R_OK) == 0; }

/* Run one worker; false if it failed. */
static bool measure(const char *self, const char *pattern, const allocator *a, double *us, double *mib,
                    double *faults)
{
    int ends[2];
    fflush(stdout);
    if (pipe(ends) != 0) return false;
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        if (a->preload)
            setenv("LD_PRELOAD", a->preload, 1);
        else
            unsetenv("LD_PRELOAD");
        if (a->tunables) setenv("GLIBC_TUNABLES", a->tunables, 1);
        execl(self, self, "--worker", pattern, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    FILE *from = fdopen(ends[0], "r");
    int n = from ? fscanf(from, "%lf %lf %lf", us, mib, faults) : 0, status = 1;
    if (from) fclose(from);
    waitpid(child, &status, 0);
    return n == 3 && status == 0;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, int n)
{
    qsort(values, (size_t)n, sizeof *values, compare);
    return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

/* --- the chart
 * -----------------------------------------------------------------------------------------------------*/

typedef struct {
    const char *pattern;
    double us[N_ALLOCATORS]; /* 0: not measured */
} row;

static const char *const colours[N_ALLOCATORS] = {"#c0392b", "#7f8c8d", "#34495e",
                                                  "#2980b9", "#27ae60", "#d4a017"};

static double log10_of(double x) { return x <= 0 ? 0 : (double)__builtin_log10(x); }

/* A row per pattern, a dot per allocator: time divided by ours, on a logarithmic axis from 1/3 to 1000. */
static int draw(const char *path, const row *rows, int n_rows)
{
    enum { LEFT = 190, WIDTH = 620, ROW = 24, TOP = 60 };
    FILE *f = fopen(path, "w");
    if (!f) {
        fprintf(stderr, "bench_alloc: %s: %s\n", path, strerror(errno));
        return 1;
    }
    fprintf(f,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" "
            "font-size=\"12\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n"
            "<text x=\"10\" y=\"18\" font-size=\"14\">Time of one round, divided by Situ's (right of 1: "
            "slower)</text>\n",
            LEFT + WIDTH + 40, TOP + n_rows * ROW + 30);
    for (int i = 0; i < N_ALLOCATORS; i++)
        fprintf(f, "<circle cx=\"%d\" cy=\"36\" r=\"5\" fill=\"%s\"/><text x=\"%d\" y=\"40\">%s</text>\n",
                LEFT + i * 100, colours[i], LEFT + i * 100 + 10, allocators[i].name);
    for (int tick = 0; tick <= 3; tick++) {
        double x = LEFT + (tick + 0.5) / 3.5 * WIDTH;
        fprintf(f, "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#ddd\"/>", x, TOP - 8, x,
                TOP + n_rows * ROW);
        fprintf(f, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%d</text>\n", x, TOP + n_rows * ROW + 18,
                tick == 0   ? 1
                : tick == 1 ? 10
                : tick == 2 ? 100
                            : 1000);
    }
    for (int r = 0; r < n_rows; r++) {
        int y = TOP + r * ROW + ROW / 2;
        fprintf(f, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n", LEFT - 10, y + 4,
                rows[r].pattern);
        for (int i = N_ALLOCATORS; i-- > 0;) {
            if (rows[r].us[i] <= 0 || rows[r].us[0] <= 0) continue;
            double at = (log10_of(rows[r].us[i] / rows[r].us[0]) + 0.5) / 3.5;
            at = at < 0 ? 0 : at > 1 ? 1 : at;
            fprintf(f, "<circle cx=\"%.1f\" cy=\"%d\" r=\"5\" fill=\"%s\" fill-opacity=\"0.85\"/>\n",
                    LEFT + at * WIDTH, y, colours[i]);
        }
    }
    fputs("</svg>\n", f);
    return fclose(f) != 0;
}

/* --- the run
 * -------------------------------------------------------------------------------------------------------*/

static void run_pattern(const char *self, size_t p, int repeats, row *out)
{
    static double us[N_ALLOCATORS][REPEATS_MAX], mib[N_ALLOCATORS][REPEATS_MAX],
        faults[N_ALLOCATORS][REPEATS_MAX];
    int n[N_ALLOCATORS] = {0};
    for (int turn = 0; turn < repeats; turn++) {
        for (int i = 0; i < N_ALLOCATORS; i++) {
            const allocator *a = &allocators[i];
            if (is_there(a) &&
                measure(self, patterns[p].name, a, &us[i][n[i]], &mib[i][n[i]], &faults[i][n[i]]))
                n[i]++;
        }
    }
    double best = 0;
    out->pattern = patterns[p].name;
    for (int i = 0; i < N_ALLOCATORS; i++) {
        out->us[i] = n[i] ? median(us[i], n[i]) : 0;
        if (!n[i]) continue;
        printf("alloc,%s,%s,-,%u,%.6g,us\n", patterns[p].name, allocators[i].name, patterns[p].threads,
               out->us[i]);
        printf("alloc_rss,%s,%s,-,%u,%.6g,MiB\n", patterns[p].name, allocators[i].name, patterns[p].threads,
               median(mib[i], n[i]));
        printf("alloc_faults,%s,%s,-,%u,%.6g,faults\n", patterns[p].name, allocators[i].name,
               patterns[p].threads, median(faults[i], n[i]));
        if (i > 0 && (best <= 0 || out->us[i] < best)) best = out->us[i];
    }
    if (best > 0 && out->us[0] > 0)
        printf("alloc_ratio,%s,-,-,%u,%.3f,ratio\n", patterns[p].name, patterns[p].threads,
               out->us[0] / best);
    fflush(stdout);
}

/* Faults and seconds of a command. */
static bool run_command(const char *command, bool has_heap, double *faults, double *seconds)
{
    struct rusage usage;
    int status = 1;
    double start = bench_now();
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        dup2(STDERR_FILENO, STDOUT_FILENO);
        if (!has_heap) setenv("SITU_OFF", "range", 1);
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &usage) != child) return false;
    *seconds = bench_now() - start;
    *faults = (double)(usage.ru_minflt + usage.ru_majflt);
    return status == 0;
}

static void run_prover(const char *command, int repeats)
{
    static double faults[2][REPEATS_MAX], seconds[2][REPEATS_MAX];
    int n[2] = {0};
    for (int turn = 0; turn < repeats; turn++)
        for (int i = 0; i < 2; i++)
            if (run_command(command, i == 0, &faults[i][n[i]], &seconds[i][n[i]])) n[i]++;
    for (int i = 0; i < 2; i++) {
        if (n[i] == 0) continue;
        const char *name = i == 0 ? "situ" : "libc";
        printf("alloc,prover,%s,-,0,%.6g,us\n", name, median(seconds[i], n[i]) * 1e6);
        printf("alloc_faults,prover,%s,-,0,%.6g,faults\n", name, median(faults[i], n[i]));
    }
}

int main(int argc, char **argv)
{
    static row rows[SITU_ARRAY_LEN(patterns)];
    if (argc == 3 && strcmp(argv[1], "--worker") == 0) return worker(argv[2]);

    const char *slash = strrchr(argv[0], '/'), *given = getenv("BENCH_REPEATS"),
               *only = getenv("BENCH_PATTERN");
    int repeats = given ? atoi(given) : 3, n_rows = 0;
    if (repeats < 1 || repeats > REPEATS_MAX) repeats = 3;
    snprintf(ours_path, sizeof ours_path, "%.*s/../libsitu-malloc.so", slash ? (int)(slash - argv[0]) : 1,
             slash ? argv[0] : ".");
    if (!is_there(&allocators[0])) {
        fprintf(stderr, "bench_alloc: %s is not built\n", ours_path);
        return 1;
    }
    for (int i = 1; i < N_ALLOCATORS; i++)
        if (!is_there(&allocators[i]))
            fprintf(stderr, "bench_alloc: %s is not installed (%s)\n", allocators[i].name,
                    allocators[i].preload);
    for (size_t p = 0; p < SITU_ARRAY_LEN(patterns); p++)
        if (!only || strstr(patterns[p].name, only)) run_pattern(argv[0], p, repeats, &rows[n_rows++]);
    if (getenv("BENCH_PROVER")) run_prover(getenv("BENCH_PROVER"), repeats);
    return getenv("BENCH_SVG") ? draw(getenv("BENCH_SVG"), rows, n_rows) : 0;
}
