/* cmd_run.c — `situ run`: execute a guest and say what came of it. */
#include "cli/cmd.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/files.h"
#include "cli/text.h"
#include "situ/vm.h"
#include "vm/backtrace.h"

static const char help[] =
    "Usage: situ run PROGRAM [OPTION]...\n"
    "\n"
    "Execute a RISC-V program (static RV64IM ELF file) and print its output, exit code and cycle counts.\n"
    "Nothing is proven.\n"
    "\n"
    "  --input FILE       private input of the program (- reads standard input)\n"
    "  --output FILE      write the public output there instead of showing it (- is standard output; the "
    "report\n"
    "                     then goes to standard error)\n"
    "  --max-cycles N     stop at the first jump after N cycles\n"
    "  --json             report as one JSON object on standard output, output in hex\n"
    "  --quiet            no report and no debugging text\n"
    "  --help             this text\n"
    "\n"
    "The exit status is the program's exit code (255 for codes above that), 1 when it trapped or could not "
    "be\n"
    "loaded, 2 for wrong usage.\n"
    "\n"
    "Examples:\n"
    "  situ run fibonacci.elf --input n.bin\n"
    "  situ run sha256.elf --input book.txt --output digest.bin\n"
    "  situ run guest.elf --json | jq .cycles\n";

typedef struct {
    const char *program, *input, *output;
    uint64_t n_cycles_max;
    bool is_json, is_quiet, shows_help;
} run_options;

static int usage(const char *what, const char *arg)
{
    fprintf(stderr, "situ run: %s%s%s; `situ run --help` explains\n", what, arg ? " " : "", arg ? arg : "");
    return 2;
}

static int parse(int argc, char **argv, run_options *o)
{
    *o = (run_options){.n_cycles_max = UINT64_MAX};
    for (int i = 1; i < argc; i++) {
        const char *arg = argv[i];
        bool takes_value =
            !strcmp(arg, "--input") || !strcmp(arg, "--output") || !strcmp(arg, "--max-cycles");
        if (takes_value && i + 1 == argc) return usage("a value is missing after", arg);
        if (!strcmp(arg, "--help"))
            o->shows_help = true;
        else if (!strcmp(arg, "--json"))
            o->is_json = true;
        else if (!strcmp(arg, "--quiet"))
            o->is_quiet = true;
        else if (!strcmp(arg, "--input"))
            o->input = argv[++i];
        else if (!strcmp(arg, "--output"))
            o->output = argv[++i];
        else if (takes_value) {
            if (!text_parse_u64(argv[++i], &o->n_cycles_max))
                return usage("--max-cycles wants a number, not", argv[i]);
        } else if (arg[0] == '-' && arg[1])
            return usage("no option", arg);
        else if (o->program)
            return usage("more than one program:", arg);
        else
            o->program = arg;
    }
    if (!o->program && !o->shows_help) return usage("which program?", NULL);
    return 0;
}

/* --- report --------------------------------------------------------------------------------------------- */

static void print_counts(FILE *to, const situ_run_report *r, double seconds)
{
    fputs("cycles       ", to);
    print_number(to, r->n_cycles);
    fprintf(to, "  (%.3f s, %.0f million a second)\n", seconds,
            (double)r->n_cycles / (seconds > 0 ? seconds : 1e-9) / 1e6);
    for (uint32_t i = 0; i < SITU_RUN_FAMILIES; i++) {
        if (r->n_family[i] == 0) continue;
        fprintf(to, "  %-16s %5.1f %%  ", situ_machine_family_name(i),
                100.0 * (double)r->n_family[i] / (double)r->n_cycles);
        print_number(to, r->n_family[i]);
        fputc('\n', to);
    }
    fputs("misaligned   ", to);
    print_number(to, r->n_misaligned_loads);
    fputs(" loads, ", to);
    print_number(to, r->n_misaligned_stores);
    fputs(" stores\naccelerators ", to);
    print_number(to, r->n_keccak);
    fputs(" Keccak-f, ", to);
    print_number(to, r->n_blake3);
    fputs(" BLAKE3, ", to);
    print_number(to, r->n_k_muladd);
    fputs(" K_MULADD, ", to);
    print_number(to, r->n_k_horner);
    fputs(" K_HORNER of ", to);
    print_number(to, r->n_k_elements);
    fputs(", ", to);
    print_number(to, r->n_f_horner);
    fputs(" F_HORNER of ", to);
    print_number(to, r->n_f_tiles);
    fputs(", ", to);
    print_number(to, r->n_k_fold);
    fputs(" K_FOLD\n", to);
}

static void print_place(FILE *to, const situ_program *program, uint64_t pc)
{
    uint64_t offset;
    const char *function = situ_program_function(program, pc, &offset);
    fprintf(to, "0x%08" PRIx64, pc);
    if (function) fprintf(to, " in %s+0x%" PRIx64, function, offset);
}

static void print_trap(const situ_program *program, const situ_run_report *r, const file_bytes *input)
{
    static const char *const names[32] = {"zero", "ra", "sp",  "gp",  "tp", "t0", "t1", "t2",
                                          "s0",   "s1", "a0",  "a1",  "a2", "a3", "a4", "a5",
                                          "a6",   "a7", "s2",  "s3",  "s4", "s5", "s6", "s7",
                                          "s8",   "s9", "s10", "s11", "t3", "t4", "t5", "t6"};
    char text[128];
    uint64_t frames[SITU_BACKTRACE_MAX];

    situ_trap_describe(text, sizeof text, r);
    fprintf(stderr, "situ: trap: %s, at pc ", text);
    print_place(stderr, program, r->pc);
    fprintf(stderr, ", after %" PRIu64 " cycles\n", r->n_cycles);
    for (int i = 0; i < 32; i++) {
        fprintf(stderr, "%5s %016" PRIx64 "%s", names[i], r->registers[i], i % 4 == 3 ? "\n" : "");
    }
    size_t n = situ_backtrace(frames, program, input->bytes, input->n_bytes, r->n_cycles);
    for (size_t i = 0; i < n; i++) {
        fputs("  called from ", stderr);
        print_place(stderr, program, frames[i]);
        fputc('\n', stderr);
    }
    const char *hint = situ_program_trap_hint(program, r);
    if (hint) fprintf(stderr, "  %s\n", hint);
}

static void print_json(const situ_program *program, const situ_run_report *r, situ_stop stop, double seconds)
{
    static const char *const stops[] = {"halt", "limit", "trap"};
    char text[128];
    uint64_t offset;
    const char *function = situ_program_function(program, r->pc, &offset);

    printf("{\"stop\":\"%s\",", stops[stop]);
    if (stop == SITU_STOP_HALT) printf("\"exit_code\":%" PRIu64 ",", r->exit_code);
    if (stop == SITU_STOP_TRAP) {
        situ_trap_describe(text, sizeof text, r);
        printf("\"trap\":\"%s\",", text);
    }
    printf("\"pc\":%" PRIu64 ",\"function\":", r->pc);
    if (function) {
        putchar('"');
        for (const char *c = function; *c; c++) {
            if (*c == '"' || *c == '\\' || (unsigned char)*c < 32)
                printf("\\u%04x", (unsigned char)*c);
            else
                putchar(*c);
        }
        putchar('"');
    } else {
        fputs("null", stdout);
    }
    printf(",\"cycles\":%" PRIu64 ",\"seconds\":%.6f,\"families\":{", r->n_cycles, seconds);
    for (uint32_t i = 0; i < SITU_RUN_FAMILIES; i++) {
        printf("%s\"%s\":%" PRIu64, i ? "," : "", situ_machine_family_name(i), r->n_family[i]);
    }
    printf("},\"misaligned_loads\":%" PRIu64 ",\"misaligned_stores\":%" PRIu64, r->n_misaligned_loads,
           r->n_misaligned_stores);
    printf(",\"accelerators\":{\"keccak_f1600\":%" PRIu64 ",\"blake3\":%" PRIu64, r->n_keccak, r->n_blake3);
    printf(",\"k_muladd\":%" PRIu64 ",\"k_horner\":%" PRIu64 ",\"k_elements\":%" PRIu64, r->n_k_muladd,
           r->n_k_horner, r->n_k_elements);
    printf(",\"f_horner\":%" PRIu64 ",\"f_tiles\":%" PRIu64 ",\"k_fold\":%" PRIu64 "}", r->n_f_horner,
           r->n_f_tiles, r->n_k_fold);
    printf(",\"output_bytes\":%zu,\"output\":\"", r->n_output);
    print_hex(stdout, r->output, r->n_output);
    puts("\"}");
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void show_debug(void *ctx, const void *text, size_t n_bytes)
{
    (void)ctx;
    fwrite(text, 1, n_bytes, stderr);
}

/* Run a loaded machine and report; the result is the command's exit status. */
static int run_machine(const run_options *o, const situ_program *program, situ_machine *machine,
                       const file_bytes *input)
{
    situ_run_report r;

    if (!o->is_quiet) situ_machine_on_debug(machine, show_debug, NULL);
    double start = now();
    situ_stop stop = situ_machine_run(machine, o->n_cycles_max);
    double seconds = now() - start;
    situ_machine_report(machine, &r);

    if (stop == SITU_STOP_HALT && o->output && file_write(o->output, r.output, r.n_output)) return 1;
    FILE *to = o->output && !strcmp(o->output, "-") ? stderr : stdout;
    if (o->is_json) {
        print_json(program, &r, stop, seconds);
    } else if (!o->is_quiet) {
        if (stop == SITU_STOP_HALT) fprintf(to, "exit code    %" PRIu64 "\n", r.exit_code);
        if (!o->output) print_output(to, r.output, r.n_output);
        print_counts(to, &r, seconds);
        fflush(to);
    }
    if (stop == SITU_STOP_TRAP) {
        print_trap(program, &r, input);
        return 1;
    }
    if (stop == SITU_STOP_LIMIT)
        return cmd_fail("stopped after %" PRIu64 " cycles (--max-cycles)", r.n_cycles);
    return r.exit_code > 255 ? 255 : (int)r.exit_code;
}

static int run_program(const run_options *o, const situ_program *program)
{
    situ_machine *machine;
    file_bytes input = {0};

    if (o->input && file_read(o->input, &input)) return 1;
    situ_err err = situ_machine_create(&machine, program, input.bytes, input.n_bytes);
    if (err == SITU_ERR_LIMIT) {
        cmd_fail("%s: %zu bytes of input, at most %zu", o->input, input.n_bytes, situ_machine_input_max());
    } else if (err) {
        cmd_fail("no machine for the guest: %s (it reserves 4 GiB of address space)", situ_err_name(err));
    }
    int status = err ? 1 : run_machine(o, program, machine, &input);
    situ_machine_destroy(machine);
    file_free(&input);
    return status;
}

int cmd_run(int argc, char **argv)
{
    run_options o;
    situ_program *program;
    file_bytes elf;
    char message[SITU_MESSAGE_BYTES];

    int status = parse(argc, argv, &o);
    if (status) return status;
    if (o.shows_help) return fputs(help, stdout) < 0;
    if (file_read(o.program, &elf)) return 1;
    situ_err err = situ_program_load(&program, elf.bytes, elf.n_bytes, message);
    file_free(&elf);
    if (err) return cmd_fail("%s: %s", o.program, message);
    status = run_program(&o, program);
    situ_program_free(program);
    return status;
}
