/* Whole processes: `situ run` of example guests, from before fork to the end of wait, on the wall clock.
 *
 *     process,<guest>/<input>,mean|deviation|minimum|maximum     milliseconds of `situ run GUEST --input FILE`
 *     process,<guest>/<input>,runs                               how many they are of
 *     process,<guest>/<input>,cycles                             instructions that the guest executes
 *     process,<guest>/<input>,speed                              cycles by the mean
 *     process,<guest>/<input>,native                             minimum of the same program compiled for this machine
 *     process,<guest>/<input>,slowdown                           the one minimum by the other
 *
 * "empty" is a guest without work: what starting costs, in all the others too.  Every round runs each program once, so
 * that a slow moment of the machine hits all alike.  The output of both programs is compared before.
 *
 * Arguments: how many runs (default 20). */
#include <fcntl.h>
#include <math.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base.h"
#include "bench/harness/bench.h"
#include "situ/vm.h"

enum { RUNS_MAX = 1000, SCALARS = 32, FILE_BYTES_MAX = 1 << 24 };

typedef struct {
    const char *guest, *input_name, *input;
    char elf[256], native[512];
    int input_file;
    u64 n_cycles;
    double seconds[RUNS_MAX], native_seconds[RUNS_MAX];
} work;

static char scalars[65 * SCALARS + 1]; /* hexadecimal, one a line */

static work works[] = {
    {.guest = "empty", .input_name = "nothing", .input = ""},
    {.guest = "ec", .input_name = "32-scalars", .input = scalars},
    {.guest = "hashmap", .input_name = "200000-keys", .input = "200000"},
    {.guest = "keccak_chain", .input_name = "100000-accelerated", .input = "100000"},
    {.guest = "keccak_chain", .input_name = "10000-software", .input = "10000 software"},
    {.guest = "output", .input_name = "16-MiB", .input = "16777216"},
};

static _Noreturn void fail(const char *what, const char *which)
{
    fprintf(stderr, "bench_process: %s: %s\n", what, which);
    exit(1);
}

/* An unnamed file with this text. */
static int memory_file(const char *text)
{
    int file = memfd_create("situ", 0);
    if (file < 0 || write(file, text, strlen(text)) != (ssize_t)strlen(text)) fail("input", "no memory");
    return file;
}

/* Run a program with files as its standard input and output; seconds from before fork to the end of wait.
 *
 * posix_spawn, whose child borrows the parent's memory until exec: a fork that copies this process's page tables
 * would add a millisecond that is not the program's. */
static double run_process(char *const argv[], int input, int output)
{
    posix_spawn_file_actions_t files;
    pid_t child;
    int status;
    if (lseek(input, 0, SEEK_SET) != 0) fail(argv[0], "input");
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
    double start = bench_now();
    if (posix_spawn(&child, argv[0], &files, NULL, argv, environ) != 0) fail(argv[0], "cannot be started");
    if (waitpid(child, &status, 0) != child) fail(argv[0], "lost");
    double seconds = bench_now() - start;
    posix_spawn_file_actions_destroy(&files);
    if (status != 0) fail(argv[0], "ended badly");
    return seconds;
}

static double run_situ(const char *situ, work *w, int output)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", w->input_file);
    char *argv[] = {(char *)situ, "run", w->elf, "--input", path, "--output", "-", "--quiet", NULL};
    return run_process(argv, w->input_file, output);
}

static double run_native(work *w, int output)
{
    char *argv[] = {w->native, NULL};
    return run_process(argv, w->input_file, output);
}

static bool is_same(int a, int b)
{
    struct stat of_a, of_b;
    if (fstat(a, &of_a) || fstat(b, &of_b) || of_a.st_size != of_b.st_size) return false;
    if (of_a.st_size == 0) return true;
    size_t n = (size_t)of_a.st_size;
    void *at_a = mmap(NULL, n, PROT_READ, MAP_SHARED, a, 0),
         *at_b = mmap(NULL, n, PROT_READ, MAP_SHARED, b, 0);
    bool same = at_a != MAP_FAILED && at_b != MAP_FAILED && memcmp(at_a, at_b, n) == 0;
    if (at_a != MAP_FAILED) munmap(at_a, n);
    if (at_b != MAP_FAILED) munmap(at_b, n);
    return same;
}

static void compare_outputs(const char *situ, work *w)
{
    int a = memory_file(""), b = memory_file("");
    run_situ(situ, w, a);
    run_native(w, b);
    if (!is_same(a, b)) fail(w->guest, "natively it gives another output");
    close(a);
    close(b);
}

static u64 count_cycles(const work *w)
{
    char message[SITU_MESSAGE_BYTES];
    situ_program *program;
    situ_machine *machine;
    situ_run_report report;
    u8 *bytes = malloc(FILE_BYTES_MAX);
    FILE *f = fopen(w->elf, "rb");
    if (!f || !bytes) fail(w->elf, "cannot be read");
    size_t n = fread(bytes, 1, FILE_BYTES_MAX, f);
    fclose(f);
    if (situ_program_load(&program, bytes, n, message)) fail(w->elf, message);
    free(bytes);
    if (situ_machine_create(&machine, program, w->input, strlen(w->input))) fail(w->elf, "out of memory");
    if (situ_machine_run(machine, UINT64_MAX) != SITU_STOP_HALT) fail(w->elf, "trapped");
    situ_machine_report(machine, &report);
    if (report.exit_code != 0) fail(w->elf, "another exit code than 0");
    situ_machine_destroy(machine);
    situ_program_free(program);
    return report.n_cycles;
}

typedef struct {
    double mean, deviation, minimum, maximum;
} statistics;

static statistics statistics_of(const double *x, int n)
{
    statistics s = {.minimum = x[0], .maximum = x[0]};
    double squares = 0;
    for (int i = 0; i < n; i++) {
        s.mean += x[i] / n;
        s.minimum = fmin(s.minimum, x[i]);
        s.maximum = fmax(s.maximum, x[i]);
    }
    for (int i = 0; i < n; i++) squares += (x[i] - s.mean) * (x[i] - s.mean);
    s.deviation = n > 1 ? sqrt(squares / (n - 1)) : 0;
    return s;
}

static void report(const work *w, int n_runs)
{
    const statistics s = statistics_of(w->seconds, n_runs), native = statistics_of(w->native_seconds, n_runs);
    char name[128];
    snprintf(name, sizeof name, "%s/%s", w->guest, w->input_name);
    bench_report("process", name, "mean", 1, 1e3 * s.mean, "ms");
    bench_report("process", name, "deviation", 1, 1e3 * s.deviation, "ms");
    bench_report("process", name, "minimum", 1, 1e3 * s.minimum, "ms");
    bench_report("process", name, "maximum", 1, 1e3 * s.maximum, "ms");
    bench_report("process", name, "runs", 1, n_runs, "runs");
    bench_report("process", name, "cycles", 1, (double)w->n_cycles, "cycles");
    bench_report("process", name, "speed", 1, (double)w->n_cycles / s.mean / 1e6, "MHz");
    bench_report("process", name, "native", 1, 1e3 * native.minimum, "ms");
    bench_report("process", name, "slowdown", 1, s.minimum / native.minimum, "times");
}

/* Scalars of 256 bits: powers of an odd number, lowest limb last. */
static void write_scalars(void)
{
    u64 limb = 1;
    char *at = scalars;
    for (int i = 0; i < SCALARS; i++, at += sprintf(at, "\n"))
        for (int k = 0; k < 4; k++)
            at += sprintf(at, "%016llx", (unsigned long long)(limb *= 0x9e3779b97f4a7c15));
}

/* Folder of this program: <build>/bench/. */
static void own_folder(char folder[256])
{
    ssize_t n = readlink("/proc/self/exe", folder, 255);
    if (n <= 0) fail("/proc/self/exe", "cannot be read");
    folder[n] = 0;
    *strrchr(folder, '/') = 0;
}

int main(int argc, char **argv)
{
    char folder[256], situ[512];
    const int n_runs = argc > 1 ? atoi(argv[1]) : 20;
    if (n_runs < 1 || n_runs > RUNS_MAX) fail("how many runs?", "1 to 1000");
    own_folder(folder);
    snprintf(situ, sizeof situ, "%s/../situ", folder);
    write_scalars();
    int nowhere = open("/dev/null", O_WRONLY);
    if (nowhere < 0) fail("/dev/null", "cannot be opened");

    for (size_t i = 0; i < SITU_ARRAY_LEN(works); i++) {
        work *w = &works[i];
        snprintf(w->elf, sizeof w->elf, "build/guest/%s.elf", w->guest);
        if (access(w->elf, R_OK) != 0) return 0; /* no cross compiler */
        snprintf(w->native, sizeof w->native, "%s/native/%s", folder, w->guest);
        w->input_file = memory_file(w->input);
        w->n_cycles = count_cycles(w);
        compare_outputs(situ, w);
    }
    for (int run = 0; run < n_runs; run++) {
        for (size_t i = 0; i < SITU_ARRAY_LEN(works); i++) {
            works[i].seconds[run] = run_situ(situ, &works[i], nowhere);
            works[i].native_seconds[run] = run_native(&works[i], nowhere);
        }
    }
    for (size_t i = 0; i < SITU_ARRAY_LEN(works); i++) report(&works[i], n_runs);
    return 0;
}
