/* cmd_bench.c — `situ bench`: how fast sums of points and blobs' commitments are on this machine. */
#include "cli/cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"
#include "cli/guest.h"
#include "cli/kzg_setup.h"
#include "cli/progress.h"
#include "cli/text.h"
#include "curve/measure.h"
#include "situ/kzg.h"

static const char help[] =
    "Usage: situ bench msm|kzg [OPTION]...\n"
    "\n"
    "  msm   sums of scalars times points of BLS12-381's G1, beside blst's on the same points\n"
    "  kzg   commitments, proofs and cells of one random blob (EIP-4844, EIP-7594)\n"
    "\n"
    "  --points N[,N]...  msm: how many points, as 4096 or 2^12 (default: 2^8,2^10,2^12,2^14,2^16)\n"
    "  --setup FILE       kzg: the ceremony's set-up: text, JSON or cache (default: $SITU_KZG_SETUP)\n"
    "  --threads N        default: all\n"
    "  --runs N           of each, medians are shown (default: 7)\n"
    "  --json             one object instead of a table; times in seconds\n"
    "\n"
    "`prepared` is a sum of points that were converted before, as for points used again; `affine` converts\n"
    "them first.  SITU_CPU=scalar|avx2|avx512 measures a lower level.\n"
    "\n"
    "Examples:\n"
    "  situ bench msm --points 1000,2^16 --threads 1\n"
    "  SITU_CPU=avx2 situ bench kzg --setup trusted_setup.txt --json\n";

enum { SIZES_MAX = 32, RUNS_MAX = 1000, BENCH_POINTS_LOG2_MAX = 24 };

typedef struct {
    u64 sizes[SIZES_MAX], n_sizes, runs;
    const char *setup, *threads;
    bool is_json;
    situ_pool *pool;
} bench_run;

/* --- msm --- */

typedef struct {
    const situ_g1 *points;
    const situ_scalar *scalars;
    u64 n;
    situ_msm_base base;
    situ_msm_pool *memory;
    situ_pool *pool;
    blst_plan plan;
    void *blst_scratch;
    situ_g1 sums[3];
} msm_case;

enum { MSM_PREPARED, MSM_AFFINE, MSM_BLST, MSM_WAYS };

static situ_err msm_sum(msm_case *c, int way)
{
    switch (way) {
    case MSM_PREPARED:
        return situ_msm_g1_base_pooled(&c->sums[way], &c->base, c->scalars, c->memory, c->pool);
    case MSM_AFFINE:
        return situ_msm_g1_pooled(&c->sums[way], c->points, c->scalars, c->n, c->memory, c->pool);
    default:
        situ_blst_sum(&c->sums[way], c->points, c->scalars, c->n, &c->plan, c->blst_scratch, c->pool);
        return SITU_OK;
    }
}

/* Every way once for warmth, then all in turn, so that a slow moment of the machine hits all. */
static int msm_measure(const bench_run *run, msm_case *c, double medians[MSM_WAYS])
{
    static double seconds[MSM_WAYS][RUNS_MAX];
    for (u64 k = 0; k <= run->runs; k++) {
        for (int way = 0; way < MSM_WAYS; way++) {
            double start = progress_now();
            situ_err err = msm_sum(c, way);
            if (err)
                return cmd_fail("bench msm: %llu points: %s", (unsigned long long)c->n, situ_err_name(err));
            if (k > 0) seconds[way][k - 1] = progress_now() - start;
        }
    }
    for (int way = 0; way < MSM_WAYS; way++) {
        medians[way] = situ_measure_median(seconds[way], run->runs);
        if (memcmp(&c->sums[way], &c->sums[MSM_BLST], sizeof c->sums[way]) != 0)
            return cmd_fail("bench msm: %llu points: the sum is not blst's", (unsigned long long)c->n);
    }
    return 0;
}

static void msm_print(const bench_run *run, u64 index, u64 n, const double s[MSM_WAYS], u64 scratch_bytes)
{
    char text[MSM_WAYS][24], memory[24];
    if (run->is_json) {
        printf("%s{\"points\":%llu,\"prepared\":%.6g,\"affine\":%.6g,\"blst\":%.6g,\"scratch_bytes\":%llu}",
               index ? "," : "", (unsigned long long)n, s[MSM_PREPARED], s[MSM_AFFINE], s[MSM_BLST],
               (unsigned long long)scratch_bytes);
        return;
    }
    for (int way = 0; way < MSM_WAYS; way++) text_seconds(text[way], s[way]);
    printf("%10llu %12s %12s %12s %8.2fx %12s\n", (unsigned long long)n, text[MSM_PREPARED], text[MSM_AFFINE],
           text[MSM_BLST], s[MSM_BLST] / s[MSM_PREPARED], text_bytes(memory, scratch_bytes));
    fflush(stdout);
}

/* Prepare one size, measure, print. */
static int msm_size(const bench_run *run, msm_case *c, u64 index)
{
    double medians[MSM_WAYS];
    situ_msm_plan plan;
    c->n = run->sizes[index];
    c->plan = situ_blst_plan_make(c->n, situ_pool_threads(run->pool));
    if (situ_msm_base_choose(&c->base, c->n, c->n * 192) ||
        situ_msm_plan_make(&plan, c->n, situ_pool_threads(run->pool), SIZE_MAX))
        return cmd_fail("bench msm: %llu points: too many", (unsigned long long)c->n);
    void *rows = aligned_alloc(SITU_MSM_ALIGN, situ_msm_base_bytes(&c->base));
    void *scratch =
        aligned_alloc(SITU_MSM_ALIGN, situ_msm_base_scratch_bytes(&c->base, situ_pool_threads(run->pool)));
    c->blst_scratch = malloc(c->plan.scratch_bytes);
    int status = 1;
    if (!rows || !scratch || !c->blst_scratch) {
        cmd_fail("bench msm: %llu points: no memory", (unsigned long long)c->n);
    } else {
        situ_msm_base_fill(&c->base, rows, c->points, scratch, run->pool);
        status = msm_measure(run, c, medians);
        if (status == 0) msm_print(run, index, c->n, medians, situ_msm_scratch_bytes(&plan));
    }
    free(rows);
    free(scratch);
    free(c->blst_scratch);
    return status;
}

static void print_head(const bench_run *run, const char *what)
{
    if (run->is_json)
        printf(
            "{\"bench\":\"%s\",\"cpu_level\":\"%s\",\"ifma\":%s,\"threads\":%u,\"runs\":%llu,\"results\":[",
            what, situ_cpu_level_name(situ_cpu_current()), situ_cpu_has_ifma() ? "true" : "false",
            situ_pool_threads(run->pool), (unsigned long long)run->runs);
    else
        printf("CPU level %s%s, %u thread%s, medians of %llu\n\n", situ_cpu_level_name(situ_cpu_current()),
               situ_cpu_has_ifma() ? " with IFMA" : "", situ_pool_threads(run->pool),
               situ_pool_threads(run->pool) > 1 ? "s" : "", (unsigned long long)run->runs);
}

static int bench_msm(const bench_run *run)
{
    msm_case c = {.pool = run->pool};
    u64 n_max = 0;
    for (u64 i = 0; i < run->n_sizes; i++) n_max = u64_max(n_max, run->sizes[i]);
    situ_g1 *points = malloc(n_max * sizeof *points);
    situ_scalar *scalars = malloc(n_max * sizeof *scalars);
    int status = 0;
    if (!points || !scalars || situ_msm_pool_create(&c.memory, SIZE_MAX)) {
        status = cmd_fail("bench msm: %llu points: no memory", (unsigned long long)n_max);
    } else {
        situ_measure_points(points, n_max);
        situ_measure_scalars(scalars, n_max);
        c.points = points;
        c.scalars = scalars;
        print_head(run, "msm");
        if (!run->is_json)
            printf("%10s %12s %12s %12s %9s %12s\n", "points", "prepared", "affine", "blst", "ratio",
                   "scratch");
        for (u64 i = 0; i < run->n_sizes && status == 0; i++) status = msm_size(run, &c, i);
        if (run->is_json && status == 0) puts("]}");
    }
    situ_msm_pool_destroy(c.memory);
    free(points);
    free(scalars);
    return status;
}

/* --- kzg --- */

typedef struct {
    situ_kzg *kzg;
    situ_pool *pool;
    u8 blob[SITU_KZG_BLOB_BYTES], commitment[48], proof[48];
    u8 cells[SITU_KZG_CELLS * SITU_KZG_CELL_BYTES], cell_proofs[SITU_KZG_CELLS * 48];
    u8 half[SITU_KZG_CELLS_MIN * SITU_KZG_CELL_BYTES], commitments[SITU_KZG_CELLS * 48];
    u8 out_cells[SITU_KZG_CELLS * SITU_KZG_CELL_BYTES], out_proofs[SITU_KZG_CELLS * 48], out[48];
    u64 indices[SITU_KZG_CELLS], half_indices[SITU_KZG_CELLS_MIN];
} kzg_case;

static situ_err run_commit(kzg_case *c) { return situ_kzg_commit(c->kzg, c->out, c->blob, c->pool); }
static situ_err run_prove(kzg_case *c)
{
    return situ_kzg_prove_blob(c->kzg, c->out, c->blob, c->commitment, c->pool);
}
static situ_err run_verify(kzg_case *c)
{
    return situ_kzg_verify_blob(c->kzg, c->blob, c->commitment, c->proof, c->pool);
}
static situ_err run_cells(kzg_case *c)
{
    return situ_kzg_cells(c->kzg, c->out_cells, c->out_proofs, c->blob, c->pool);
}
static situ_err run_recover(kzg_case *c)
{
    return situ_kzg_recover(c->kzg, c->out_cells, c->out_proofs, c->half_indices, c->half, SITU_KZG_CELLS_MIN,
                            c->pool);
}
static situ_err run_verify_cells(kzg_case *c)
{
    return situ_kzg_verify_cells(c->kzg, c->commitments, c->indices, c->cells, c->cell_proofs, SITU_KZG_CELLS,
                                 c->pool);
}

static const struct {
    const char *name;
    situ_err (*run)(kzg_case *);
} kzg_functions[] = {
    {"blob_to_kzg_commitment", run_commit},        {"compute_blob_kzg_proof", run_prove},
    {"verify_blob_kzg_proof", run_verify},         {"compute_cells_and_kzg_proofs", run_cells},
    {"recover_cells_and_kzg_proofs", run_recover}, {"verify_cell_kzg_proof_batch", run_verify_cells},
};

/* A blob of random field elements, and all that verification and recovery take. */
static situ_err kzg_prepare(kzg_case *c)
{
    u64 state = 1;
    for (size_t i = 0; i < sizeof c->blob; i++) {
        state = state * 6364136223846793005 + 1442695040888963407;
        c->blob[i] = i % 32 == 0 ? (u8)(state >> 59) : (u8)(state >> 56);
    }
    SITU_TRY(situ_kzg_commit(c->kzg, c->commitment, c->blob, c->pool));
    SITU_TRY(situ_kzg_prove_blob(c->kzg, c->proof, c->blob, c->commitment, c->pool));
    SITU_TRY(situ_kzg_cells(c->kzg, c->cells, c->cell_proofs, c->blob, c->pool));
    for (u64 i = 0; i < SITU_KZG_CELLS; i++) {
        c->indices[i] = i;
        memcpy(c->commitments + 48 * i, c->commitment, 48);
        if (i % 2) continue;
        c->half_indices[i / 2] = i;
        memcpy(c->half + i / 2 * SITU_KZG_CELL_BYTES, c->cells + i * SITU_KZG_CELL_BYTES,
               SITU_KZG_CELL_BYTES);
    }
    return SITU_OK;
}

static int kzg_function(const bench_run *run, kzg_case *c, size_t which)
{
    static double seconds[RUNS_MAX];
    char text[24];
    for (u64 k = 0; k <= run->runs; k++) {
        double start = progress_now();
        situ_err err = kzg_functions[which].run(c);
        if (err) return cmd_fail("bench kzg: %s: %s", kzg_functions[which].name, situ_err_name(err));
        if (k > 0) seconds[k - 1] = progress_now() - start;
    }
    double median = situ_measure_median(seconds, run->runs);
    if (run->is_json)
        printf("%s{\"function\":\"%s\",\"seconds\":%.6g}", which ? "," : "", kzg_functions[which].name,
               median);
    else
        printf("%-30s %12s\n", kzg_functions[which].name, text_seconds(text, median));
    fflush(stdout);
    return 0;
}

static int bench_kzg(const bench_run *run)
{
    kzg_case *c = calloc(1, sizeof *c);
    if (!c) return cmd_fail("bench kzg: no memory");
    c->pool = run->pool;
    int status = kzg_setup_load(&c->kzg, run->setup, run->pool);
    situ_err err = status ? SITU_OK : kzg_prepare(c);
    if (err) status = cmd_fail("bench kzg: %s", situ_err_name(err));
    if (status == 0) print_head(run, "kzg");
    for (size_t i = 0; i < SITU_ARRAY_LEN(kzg_functions) && status == 0; i++)
        status = kzg_function(run, c, i);
    if (run->is_json && status == 0) puts("]}");
    situ_kzg_destroy(c->kzg);
    free(c);
    return status;
}

/* --- arguments --- */

static int usage(const char *what, const char *which) { return guest_usage("bench", what, which); }

/* "4096" or "2^12" */
static bool parse_size(const char *text, u64 *n)
{
    if (strncmp(text, "2^", 2) == 0) {
        if (!text_parse_u64(text + 2, n) || *n > BENCH_POINTS_LOG2_MAX) return false;
        *n = UINT64_C(1) << *n;
    } else if (!text_parse_u64(text, n)) {
        return false;
    }
    return *n > 0 && *n <= UINT64_C(1) << BENCH_POINTS_LOG2_MAX;
}

static int parse_sizes(bench_run *run, const char *list)
{
    run->n_sizes = 0;
    while (*list) {
        char word[16];
        size_t len = strcspn(list, ",");
        if (run->n_sizes == SIZES_MAX) return usage("--points: more than 32 sizes, from", list);
        if (len >= sizeof word) return usage("--points: expected 1 to 2^24, found", list);
        memcpy(word, list, len);
        word[len] = 0;
        if (!parse_size(word, &run->sizes[run->n_sizes++]))
            return usage("--points: expected 1 to 2^24, found", list);
        list += len + (list[len] == ',');
    }
    return run->n_sizes ? 0 : usage("--points: expected 1 to 2^24, found", "nothing");
}

static int parse_args(bench_run *run, int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        const char *name = argv[i], *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (strcmp(name, "--json") == 0) {
            run->is_json = true;
            continue;
        }
        bool is_known = !strcmp(name, "--points") || !strcmp(name, "--runs") || !strcmp(name, "--threads") ||
                        !strcmp(name, "--setup");
        if (!is_known) return usage("no option", name);
        if (!value) return usage("a value is missing after", name);
        i++;
        if (!strcmp(name, "--setup")) run->setup = value;
        if (!strcmp(name, "--threads")) run->threads = value;
        if (!strcmp(name, "--points") && parse_sizes(run, value)) return 2;
        if (!strcmp(name, "--runs") &&
            (!text_parse_u64(value, &run->runs) || run->runs == 0 || run->runs > RUNS_MAX))
            return usage("--runs: expected 1 to 1000, found", value);
    }
    return 0;
}

static int make_pool(bench_run *run)
{
    u64 n = 0;
    if (run->threads && (!text_parse_u64(run->threads, &n) || n == 0 || n > SITU_THREADS_MAX))
        return usage("--threads: expected 1 to 1024, found", run->threads);
    if (situ_pool_create(&run->pool, (u32)n)) return cmd_fail("bench: threads could not be started");
    return 0;
}

int cmd_bench(int argc, char **argv)
{
    bench_run run = {.runs = 7, .n_sizes = 5, .sizes = {1 << 8, 1 << 10, 1 << 12, 1 << 14, 1 << 16}};
    if (argc < 2) return usage("expected msm or kzg, found", "nothing");
    if (strcmp(argv[1], "--help") == 0) return fputs(help, stdout) < 0;
    bool is_msm = strcmp(argv[1], "msm") == 0;
    if (!is_msm && strcmp(argv[1], "kzg") != 0) return usage("expected msm or kzg, found", argv[1]);
    int status = parse_args(&run, argc - 2, argv + 2);
    if (status == 0) status = make_pool(&run);
    if (status) return status;
    status = is_msm ? bench_msm(&run) : bench_kzg(&run);
    situ_pool_destroy(run.pool);
    return status;
}
