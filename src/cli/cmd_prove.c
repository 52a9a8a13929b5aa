/* cmd_prove.c — `situ prove`: run a guest and prove that it did. */
#include "cli/cmd.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/files.h"
#include "cli/guest.h"
#include "cli/progress.h"
#include "cli/text.h"
#include "situ/recursion.h"

static const char help[] =
    "Usage: situ prove PROGRAM -o PROOF [OPTION]...\n"
    "\n"
    "Run a RISC-V program (static RV64IM ELF file) and prove: this program, with some input, halted with "
    "this\n"
    "exit code and printed this output.  The proof holds the output and the exit code.  It does not hide "
    "the\n"
    "input: treat a proof as if it told what the program read.\n"
    "\n"
    "  -i, --input FILE        private input of the program (- reads standard input)\n"
    "  -o, --output FILE       the proof (- is standard output; the report then goes to standard error)\n"
    "      --recursion-blob    write what the verifier guest reads instead: the proof behind a prefix of 16 "
    "bytes,\n"
    "                          as `situ recurse` makes it of a proof\n"
    "      --blowup N          2 (fastest, the default), 4, 8 or 16 (smallest proof)\n"
    "      --threads N         threads to use; default: all of this machine's processors\n"
    "      --max-memory SIZE   refuse when more would be needed, as in 8GiB; default: what is available\n"
    "      --check             do not prove: evaluate every constraint on every row and every bus's balance, "
    "and\n"
    "                          name what does not hold (a fault of Situ, never of the program)\n"
    "      --insecure-test-parameters\n"
    "                          a quick proof that proves nothing; it says so, and `verify` refuses it "
    "without the\n"
    "                          same words\n"
    "      --json              report as one JSON object on standard output\n"
    "      --quiet             no report, no progress, none of the program's debugging text\n"
    "      --help              this text\n"
    "\n"
    "The exit status is 0 when a proof was written (whatever the program's own exit code), 1 when not, 2 "
    "for\n"
    "wrong usage.\n"
    "\n"
    "Examples:\n"
    "  situ prove sha256.elf --input book.txt -o book.proof\n"
    "  situ verify book.proof --program sha256.elf\n"
    "  situ prove guest.elf --input in.bin -o run.proof --blowup 8 --threads 1 --max-memory 4GiB\n"
    "  situ prove guest.elf --input in.bin -o run.blob --recursion-blob --blowup 8\n"
    "  situ prove verifier.elf --input run.blob -o outer.proof\n";

typedef struct {
    const char *program, *input, *proof;
    uint32_t log2_blowup;
    uint64_t n_threads, max_memory;
    bool checks, is_blob, is_insecure, is_json, is_quiet, shows_help;
} prove_options;

enum {
    OPT_BLOWUP = 256,
    OPT_BLOB,
    OPT_THREADS,
    OPT_MEMORY,
    OPT_CHECK,
    OPT_INSECURE,
    OPT_JSON,
    OPT_QUIET,
    OPT_HELP
};

static const struct option long_options[] = {
    {"input", required_argument, NULL, 'i'},
    {"output", required_argument, NULL, 'o'},
    {"recursion-blob", no_argument, NULL, OPT_BLOB},
    {"blowup", required_argument, NULL, OPT_BLOWUP},
    {"threads", required_argument, NULL, OPT_THREADS},
    {"max-memory", required_argument, NULL, OPT_MEMORY},
    {"check", no_argument, NULL, OPT_CHECK},
    {"insecure-test-parameters", no_argument, NULL, OPT_INSECURE},
    {"json", no_argument, NULL, OPT_JSON},
    {"quiet", no_argument, NULL, OPT_QUIET},
    {"help", no_argument, NULL, OPT_HELP},
    {NULL, 0, NULL, 0},
};

static int usage(const char *what, const char *arg) { return guest_usage("prove", what, arg); }

static int take_option(prove_options *o, int option, char **argv)
{
    switch (option) {
    case 'i': o->input = optarg; return 0;
    case 'o': o->proof = optarg; return 0;
    case OPT_BLOB: o->is_blob = true; return 0;
    case OPT_BLOWUP:
        return guest_parse_blowup(&o->log2_blowup, optarg)
                   ? 0
                   : usage("--blowup wants 2, 4, 8 or 16, not", optarg);
    case OPT_THREADS:
        return text_parse_u64(optarg, &o->n_threads) && o->n_threads >= 1 && o->n_threads <= SITU_THREADS_MAX
                   ? 0
                   : usage("--threads wants a number from 1 to 1024, not", optarg);
    case OPT_MEMORY:
        return text_parse_bytes(optarg, &o->max_memory)
                   ? 0
                   : usage("--max-memory wants a size like 8GiB, not", optarg);
    case OPT_CHECK: o->checks = true; return 0;
    case OPT_INSECURE: o->is_insecure = true; return 0;
    case OPT_JSON: o->is_json = true; return 0;
    case OPT_QUIET: o->is_quiet = true; return 0;
    case OPT_HELP: o->shows_help = true; return 0;
    case ':': return usage("a value is missing after", argv[optind - 1]);
    default: return usage("no option", argv[optind - 1]);
    }
}

static int parse(int argc, char **argv, prove_options *o)
{
    int option, status;
    *o = (prove_options){.log2_blowup = 1};
    optind = 1;
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":i:o:", long_options, NULL)) != -1)
        if ((status = take_option(o, option, argv))) return status;
    if (o->shows_help) return 0;
    if (optind < argc) o->program = argv[optind++];
    if (optind < argc) return usage("more than one program:", argv[optind]);
    if (!o->program) return usage("which program?", NULL);
    if (o->is_blob && o->checks) return usage("--check makes no proof, so no", "--recursion-blob");
    if (!o->proof && !o->checks) return usage("where to? -o FILE", NULL);
    return 0;
}

/* --- report --------------------------------------------------------------------------------------------- */

typedef struct {
    const prove_options *options;
    situ_run_report run;
    situ_zkvm_cost cost;
    double seconds[SITU_ZKVM_STAGES], key_seconds, run_seconds, prove_seconds;
} prove_report;

/* What is written before the proof. */
static size_t prefix_bytes(const prove_options *o) { return o->is_blob ? sizeof(situ_recursion_prefix) : 0; }

/* The report gives way to a proof on standard output. */
static FILE *report_to(const prove_options *o) { return strcmp(o->proof, "-") ? stdout : stderr; }

static void print_report(const prove_report *r)
{
    FILE *to = report_to(r->options);
    char a[24], b[24];
    double total = r->key_seconds + r->run_seconds + r->prove_seconds;
    fprintf(to, "exit code    %" PRIu64 "\ncycles       ", r->run.exit_code);
    print_number(to, r->run.n_cycles);
    fprintf(to, "  (%.0f thousand a second, all told)\n", (double)r->run.n_cycles / total / 1e3);
    print_output(to, r->run.output, r->run.n_output);
    fprintf(to, "%s        %s, %s\n", r->options->is_blob ? "blob " : "proof", r->options->proof,
            text_bytes(a, prefix_bytes(r->options) + r->cost.proof_bytes));
    fprintf(to, "memory       %s for the prover (%.0f bytes a cycle)\n", text_bytes(a, r->cost.memory_bytes),
            (double)r->cost.memory_bytes / (double)r->run.n_cycles);
    fprintf(to, "time         %s: key %s, ", text_seconds(a, total), text_seconds(b, r->key_seconds));
    fprintf(to, "run %s", text_seconds(b, r->run_seconds));
    for (uint32_t s = 0; s < SITU_ZKVM_STAGES; s++)
        fprintf(to, ", %s %s", situ_zkvm_stage_name(s), text_seconds(b, r->seconds[s]));
    fputc('\n', to);
}

static void print_json(const prove_report *r)
{
    FILE *to = report_to(r->options);
    fprintf(to, "{\"exit_code\":%" PRIu64 ",\"cycles\":%" PRIu64 ",\"output\":\"", r->run.exit_code,
            r->run.n_cycles);
    print_hex(to, r->run.output, r->run.n_output);
    fprintf(to, "\",\"proof_bytes\":%zu,\"memory_bytes\":%zu,\"cells\":%" PRIu64, r->cost.proof_bytes,
            r->cost.memory_bytes, r->cost.n_cells);
    fprintf(to, ",\"seconds\":{\"key\":%.6f,\"run\":%.6f", r->key_seconds, r->run_seconds);
    for (uint32_t s = 0; s < SITU_ZKVM_STAGES; s++)
        fprintf(to, ",\"%s\":%.6f", situ_zkvm_stage_name(s), r->seconds[s]);
    fprintf(to, "},\"recursion_blob\":%s,\"insecure\":%s}\n", r->options->is_blob ? "true" : "false",
            r->options->is_insecure ? "true" : "false");
}

/* --- work ----------------------------------------------------------------------------------------------- */

static int show_stage(void *ctx, uint32_t stage, double done)
{
    progress_show(ctx, situ_zkvm_stage_name(stage), done);
    return 0;
}

static int refuse_memory(const prove_options *o, const situ_zkvm_cost *cost)
{
    char needs[24], has[24];
    uint64_t max = o->max_memory ? o->max_memory : guest_memory_available();
    if (cost->memory_bytes <= max) return 0;
    return cmd_fail("the proof would take %s of memory, %s %s; fewer cycles%s take less",
                    text_bytes(needs, cost->memory_bytes),
                    o->max_memory ? "--max-memory allows" : "available are", text_bytes(has, max),
                    o->log2_blowup > 1 ? " or a smaller --blowup" : "");
}

/* A blob's prefix has 16 bytes, and the proof behind it is made where it will be written from. */
static int prove_run(const prove_options *o, prove_report *r, situ_zkvm_run *run, situ_pool *pool)
{
    const situ_recursion_prefix prefix = {.magic = SITU_RECURSION_MAGIC, .version = SITU_RECURSION_VERSION};
    const size_t n_prefix = prefix_bytes(o);
    progress_line line;
    situ_err err = situ_zkvm_cost_of(&r->cost, run, situ_pool_threads(pool));
    if (err) return cmd_fail("%s", situ_err_name(err));
    if (refuse_memory(o, &r->cost)) return 1;
    uint8_t *file = malloc(n_prefix + r->cost.proof_bytes);
    if (!file) return cmd_fail("no memory for the proof");
    memcpy(file, &prefix, n_prefix);
    if (!o->is_quiet && !o->is_json) {
        char memory[24];
        fprintf(report_to(o), "proving      %" PRIu64 " cycles in %s of memory\n", r->run.n_cycles,
                text_bytes(memory, r->cost.memory_bytes));
        fflush(report_to(o));
    }
    double start = progress_now();
    progress_begin(&line, !o->is_quiet && !o->is_json);
    err = situ_zkvm_prove(run, file + n_prefix, r->cost.proof_bytes, r->seconds, show_stage, &line, pool);
    progress_end(&line);
    r->prove_seconds = progress_now() - start;
    int status = 0;
    if (err == SITU_ERR_UNSAT)
        status = cmd_fail("the tables do not hold: a fault of Situ; `situ prove --check` names it");
    else if (err)
        status = cmd_fail("no proof: %s", situ_err_name(err));
    if (!status) status = file_write(o->proof, file, n_prefix + r->cost.proof_bytes);
    free(file);
    return status;
}

static void show_finding(void *ctx, const char *line)
{
    (void)ctx;
    fprintf(stderr, "  %s\n", line);
}

enum { FINDINGS_SHOWN = 20 };

static int check_run(const prove_options *o, const situ_zkvm_run *run, situ_pool *pool)
{
    uint64_t n_found;
    situ_err err = situ_zkvm_run_check(&n_found, run, FINDINGS_SHOWN, show_finding, NULL, pool);
    if (err) return cmd_fail("no check: %s", situ_err_name(err));
    if (n_found) return cmd_fail("%" PRIu64 " findings: a fault of Situ", n_found);
    if (!o->is_quiet) puts("every constraint holds, every bus balances");
    return 0;
}

static int with_key(const prove_options *o, prove_report *r, const situ_zkvm_key *key, situ_pool *pool)
{
    char message[SITU_MESSAGE_BYTES];
    file_bytes input = {0};
    situ_zkvm_run *run;
    if (o->input && file_read(o->input, &input)) return 1;
    double start = progress_now();
    situ_err err = situ_zkvm_run_create(&run, key, input.bytes, input.n_bytes, &r->run, message);
    r->run_seconds = progress_now() - start;
    file_free(&input);
    if (err == SITU_ERR_UNSAT) return cmd_fail("%s; `situ run` tells more", message);
    if (err) return cmd_fail("%s", message);
    int status = o->checks ? check_run(o, run, pool) : prove_run(o, r, run, pool);
    if (!status && !o->checks && o->is_json) print_json(r);
    if (!status && !o->checks && !o->is_json && !o->is_quiet) print_report(r);
    situ_zkvm_run_destroy(run);
    return status;
}

static int with_pool(const prove_options *o, const situ_program *program, situ_pool *pool)
{
    char message[SITU_MESSAGE_BYTES];
    prove_report report = {.options = o};
    situ_zkvm_key *key;
    const situ_stark_params params = guest_params(o->log2_blowup, o->is_insecure);
    double start = progress_now();
    situ_err err = situ_zkvm_key_create(&key, program, &params, pool, message);
    report.key_seconds = progress_now() - start;
    if (err) return cmd_fail("%s: %s", o->program, message);
    int status = with_key(o, &report, key, pool);
    situ_zkvm_key_destroy(key);
    return status;
}

int cmd_prove(int argc, char **argv)
{
    prove_options o;
    situ_program *program;
    situ_pool *pool;
    int status = parse(argc, argv, &o);
    if (status) return status;
    if (o.shows_help) return fputs(help, stdout) < 0;
    if (guest_load(&program, o.program)) return 1;
    situ_err err = situ_pool_create(&pool, (uint32_t)o.n_threads);
    status = err ? cmd_fail("no threads: %s", situ_err_name(err)) : with_pool(&o, program, pool);
    situ_pool_destroy(pool);
    situ_program_free(program);
    return status;
}
