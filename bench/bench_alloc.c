/* bench_alloc.c — the allocator under a prover's patterns, against its peers.
 *
 *     alloc,PATTERN,ALLOCATOR,-,THREADS,VALUE,us      median time of one round
 *     alloc_rss,PATTERN,ALLOCATOR,-,THREADS,VALUE,MiB resident when the rounds end
 *     alloc_faults,PATTERN,ALLOCATOR,-,THREADS,VALUE,faults   page faults of one round
 *     alloc_ratio,PATTERN,-,-,THREADS,VALUE,ratio     ours divided by the best peer's time: below 1 is better
 *
 * Each measurement is a process of its own (this program, as `--worker PATTERN`) with one allocator
 * preloaded; allocators take turns, so a slow minute of the machine hits all of them.
 *
 * The patterns prover_first and prover_next are Situ's own prover, a guest proven several times in one process:
 * its buffers come from situ/mem.h, or (allocators libc and libc_tuned) from the C library, by SITU_OFF=range.
 *
 * BENCH_REPEATS: turns (3).  BENCH_PATTERN: only patterns whose name contains it.  BENCH_SVG: the chart of the
 * ratios (alloc.svg beside this program).  tools/alloc_table.sh makes tables of the lines.
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
#include "situ/mem.h"
#include "situ/pool.h"
#include "situ/zkvm.h"

#define KIB ((size_t)1 << 10)
#define MIB ((size_t)1 << 20)

/* What the prover proves. */
#define GUEST "build/guest/fibonacci.elf"
enum { PROVER_THREADS = 2 };

static void *must(void *p)
{
    if (p) return p;
    perror("bench_alloc: allocation");
    exit(1);
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

/* --- patterns: one round each --------------------------------------------------------------------------- */

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
    {"prover_first", NULL, PROVER_THREADS},
    {"prover_next", NULL, PROVER_THREADS},
};

static bool is_prover(size_t pattern) { return patterns[pattern].round == NULL; }

/* --- the worker ----------------------------------------------------------------------------------------- */

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

static void report(double seconds, double mib, double faults)
{
    printf("%.9g %.6g %.6g\n", seconds * 1e6, mib, faults);
    fflush(stdout);
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

static int prover_worker(bool is_first);

static int worker(const char *name)
{
    worker_ctx w = {.round = 0};
    while (w.pattern < SITU_ARRAY_LEN(patterns) && strcmp(patterns[w.pattern].name, name) != 0) w.pattern++;
    if (w.pattern == SITU_ARRAY_LEN(patterns)) return 1;
    if (is_prover(w.pattern)) return prover_worker(strcmp(name, "prover_first") == 0);
    for (int i = 0; i < 2; i++) worker_round(&w);
    double start = bench_now();
    worker_round(&w);
    bool is_slow = bench_now() - start > 0.02;
    u64 first = w.round;
    double before = fault_count(), seconds = bench_median(worker_round, &w, is_slow ? 3 : 7, 0.12);
    report(seconds, resident_mib(), (fault_count() - before) / (double)(w.round - first));
    _exit(0);
}

/* --- the prover as a pattern ---------------------------------------------------------------------------- */

static void must_succeed(situ_err err, const char *what)
{
    if (err == SITU_OK) return;
    fprintf(stderr, "bench_alloc: %s: %s\n", what, situ_err_name(err));
    exit(1);
}

static situ_program *load_guest(const char *path)
{
    static u8 bytes[1 << 20];
    char message[SITU_MESSAGE_BYTES];
    situ_program *program;
    FILE *f = fopen(path, "rb");
    if (!f) return NULL;
    size_t n = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    must_succeed(situ_program_load(&program, bytes, n, message), path);
    return program;
}

static void prove_once(const situ_zkvm_key *key, situ_pool *pool)
{
    static const char input[] = "20000"; /* about 100,000 cycles */
    char message[SITU_MESSAGE_BYTES];
    situ_zkvm_run *run;
    situ_zkvm_cost cost;
    must_succeed(situ_zkvm_run_create(&run, key, input, sizeof input - 1, NULL, message), "run");
    must_succeed(situ_zkvm_cost_of(&cost, run, situ_pool_threads(pool)), "cost");
    void *proof = must(situ_mem_alloc(cost.proof_bytes, 0));
    must_succeed(situ_zkvm_prove(run, proof, cost.proof_bytes, NULL, NULL, NULL, pool), "prove");
    situ_mem_free(proof, cost.proof_bytes);
    situ_zkvm_run_destroy(run);
}

/* The first proof of a process, or the median of the next three. */
static int prover_worker(bool is_first)
{
    enum { NEXT = 3 };
    char message[SITU_MESSAGE_BYTES];
    double seconds[1 + NEXT], faults[1 + NEXT];
    const situ_stark_params params = situ_stark_params_default(1);
    situ_program *program = load_guest(GUEST);
    situ_pool *pool;
    situ_zkvm_key *key;
    if (!program) return 1;
    must_succeed(situ_pool_create(&pool, PROVER_THREADS), "threads");
    must_succeed(situ_zkvm_key_create(&key, program, &params, pool, message), "key");
    for (int i = 0; i < (is_first ? 1 : 1 + NEXT); i++) {
        double start = bench_now(), before = fault_count();
        prove_once(key, pool);
        seconds[i] = bench_now() - start;
        faults[i] = fault_count() - before;
    }
    report(is_first ? seconds[0] : median(seconds + 1, NEXT), resident_mib(),
           is_first ? faults[0] : median(faults + 1, NEXT));
    _exit(0);
}

/* --- allocators ----------------------------------------------------------------------------------------- */

typedef struct {
    const char *name, *preload, *tunables;
} allocator;

#define DEBIAN "/usr/lib/x86_64-linux-gnu/"

static allocator allocators[] = {
    {"situ", NULL, NULL}, /* its path follows from this program's */
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

typedef struct {
    double us, mib, faults;
} measurement;

/* In the child: an environment with this allocator and no other.  The prover gets ours without a preload, and
 * the others by being denied ours. */
static void choose(const allocator *a, bool is_prover)
{
    bool is_ours = a == allocators;
    unsetenv("LD_PRELOAD");
    if (a->preload && !(is_prover && is_ours)) setenv("LD_PRELOAD", a->preload, 1);
    if (a->tunables) setenv("GLIBC_TUNABLES", a->tunables, 1);
    if (is_prover && !is_ours) setenv("SITU_OFF", "range", 1);
}

/* Run one worker; false if it failed. */
static bool measure(const char *self, size_t pattern, const allocator *a, measurement *m)
{
    int ends[2];
    fflush(stdout);
    if (pipe(ends) != 0) return false;
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        choose(a, is_prover(pattern));
        execl(self, self, "--worker", patterns[pattern].name, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    FILE *from = fdopen(ends[0], "r");
    int n = from ? fscanf(from, "%lf %lf %lf", &m->us, &m->mib, &m->faults) : 0, status = 1;
    if (from) fclose(from);
    waitpid(child, &status, 0);
    return n == 3 && status == 0;
}

/* --- the chart ------------------------------------------------------------------------------------------ */

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

/* --- the run -------------------------------------------------------------------------------------------- */

static void print_row(const char *group, size_t p, const char *name, double value, const char *unit)
{
    printf("%s,%s,%s,-,%u,%.6g,%s\n", group, patterns[p].name, name, patterns[p].threads, value, unit);
}

static void run_pattern(const char *self, size_t p, int repeats, row *out)
{
    static double us[N_ALLOCATORS][REPEATS_MAX], mib[N_ALLOCATORS][REPEATS_MAX],
        faults[N_ALLOCATORS][REPEATS_MAX];
    int n[N_ALLOCATORS] = {0};
    double best = 0;
    for (int turn = 0; turn < repeats; turn++) {
        for (int k = 0; k < N_ALLOCATORS; k++) {
            int i = turn % 2 ? N_ALLOCATORS - 1 - k : k; /* nobody always comes after the same one */
            measurement m;
            if (!is_there(&allocators[i]) || !measure(self, p, &allocators[i], &m)) continue;
            us[i][n[i]] = m.us;
            mib[i][n[i]] = m.mib;
            faults[i][n[i]++] = m.faults;
        }
    }
    out->pattern = patterns[p].name;
    for (int i = 0; i < N_ALLOCATORS; i++) {
        if (!n[i]) continue;
        out->us[i] = median(us[i], n[i]);
        print_row("alloc", p, allocators[i].name, out->us[i], "us");
        print_row("alloc_rss", p, allocators[i].name, median(mib[i], n[i]), "MiB");
        print_row("alloc_faults", p, allocators[i].name, median(faults[i], n[i]), "faults");
        if (i > 0 && (best <= 0 || out->us[i] < best)) best = out->us[i];
    }
    if (best > 0 && out->us[0] > 0) print_row("alloc_ratio", p, "-", out->us[0] / best, "ratio");
    fflush(stdout);
}

/* Path of a file in the folder of this program; lives to the end. */
static const char *beside(const char *self, const char *name)
{
    const char *slash = strrchr(self, '/');
    char *path = must(malloc(strlen(self) + strlen(name) + 3));
    sprintf(path, "%.*s/%s", slash ? (int)(slash - self) : 1, slash ? self : ".", name);
    return path;
}

int main(int argc, char **argv)
{
    static row rows[SITU_ARRAY_LEN(patterns)];
    if (argc == 3 && strcmp(argv[1], "--worker") == 0) return worker(argv[2]);

    const char *given = getenv("BENCH_REPEATS"), *only = getenv("BENCH_PATTERN"),
               *chart = getenv("BENCH_SVG");
    int repeats = given ? atoi(given) : 3, n_rows = 0;
    if (repeats < 1 || repeats > REPEATS_MAX) repeats = 3;
    allocators[0].preload = beside(argv[0], "../libsitu-malloc.so");
    if (!is_there(&allocators[0])) {
        fprintf(stderr, "bench_alloc: %s is not built\n", allocators[0].preload);
        return 1;
    }
    for (int i = 1; i < N_ALLOCATORS; i++)
        if (!is_there(&allocators[i]))
            fprintf(stderr, "bench_alloc: %s is not installed (%s)\n", allocators[i].name,
                    allocators[i].preload);
    for (size_t p = 0; p < SITU_ARRAY_LEN(patterns); p++)
        if (!only || strstr(patterns[p].name, only)) run_pattern(argv[0], p, repeats, &rows[n_rows++]);
    return only && !chart ? 0 : draw(chart ? chart : beside(argv[0], "alloc.svg"), rows, n_rows);
}
