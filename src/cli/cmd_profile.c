/* cmd_profile.c — `situ profile`: where the cycles of a guest go. */
#include "cli/cmd.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/files.h"
#include "cli/guest.h"
#include "cli/profile_out.h"
#include "cli/text.h"

static const char help[] =
    "Usage: situ profile PROGRAM [OPTION]...\n"
    "\n"
    "Run a RISC-V program (static RV64IM ELF file) and say where its cycles went, and what its proof would "
    "cost:\n"
    "by function, by line (compile with -g), by step, by table.  Every instruction is counted; nothing is "
    "sampled\n"
    "and nothing is proven.\n"
    "\n"
    "  -i, --input FILE      private input of the program (- reads standard input)\n"
    "      --html FILE       report as one page: sortable tables, flame graph; needs no network\n"
    "      --json FILE       all figures, for programs; tools/profile_compare.py compares two (- is standard "
    "output)\n"
    "      --svg FILE        flame graph\n"
    "      --folded FILE     folded stacks, for other flame graph tools\n"
    "      --top N           rows of a table of functions or lines, 25 if not told\n"
    "      --step N=NAME     name the step that SITU_STEP(N) begins; any number of times\n"
    "      --max-cycles N    stop some thousand instructions after N cycles, and report so far\n"
    "      --quiet           no report on standard output, and none of the program's debugging text\n"
    "      --help            this text\n"
    "\n"
    "The exit status is 0 when the program halted, whatever its exit code; 1 when it trapped (what ran until "
    "then\n"
    "is reported) or could not be loaded; 2 for wrong usage.\n"
    "\n"
    "Examples:\n"
    "  situ profile guest.elf --input in.bin --html profile.html\n"
    "  situ profile guest.elf --json after.json --quiet && tools/profile_compare.py before.json after.json\n"
    "  situ profile guest.elf --step 1=parse --step 2=hash\n";

typedef struct {
    const char *html, *json, *svg, *folded;
    profile_about about;
    uint64_t n_cycles_max;
    bool is_quiet, shows_help;
} profile_options;

enum { OPT_HTML = 256, OPT_JSON, OPT_SVG, OPT_FOLDED, OPT_TOP, OPT_STEP, OPT_CYCLES, OPT_QUIET, OPT_HELP };

static const struct option long_options[] = {
    {"input", required_argument, NULL, 'i'},
    {"html", required_argument, NULL, OPT_HTML},
    {"json", required_argument, NULL, OPT_JSON},
    {"svg", required_argument, NULL, OPT_SVG},
    {"folded", required_argument, NULL, OPT_FOLDED},
    {"top", required_argument, NULL, OPT_TOP},
    {"step", required_argument, NULL, OPT_STEP},
    {"max-cycles", required_argument, NULL, OPT_CYCLES},
    {"quiet", no_argument, NULL, OPT_QUIET},
    {"help", no_argument, NULL, OPT_HELP},
    {NULL, 0, NULL, 0},
};

static int usage(const char *what, const char *arg) { return guest_usage("profile", what, arg); }

/* "3=hash"; markers are -2048..2047. */
static int take_name(profile_about *about, const char *text)
{
    char *end;
    long number = strtol(text, &end, 10);
    if (end == text || *end != '=' || !end[1] || number < -2048 || number > 2047)
        return usage("--step wants N=NAME, not", text);
    if (about->n_names == PROFILE_NAMES_MAX) return usage("too many names of steps:", text);
    about->names[about->n_names].number = (i32)number;
    about->names[about->n_names++].name = end + 1;
    return 0;
}

static int take_top(profile_about *about, const char *text)
{
    uint64_t n;
    if (!text_parse_u64(text, &n) || n == 0 || n > UINT32_MAX)
        return usage("--top wants a number, not", text);
    about->n_top = (u32)n;
    return 0;
}

static int take_option(profile_options *o, int option, char **argv)
{
    switch (option) {
    case 'i': o->about.input = optarg; return 0;
    case OPT_HTML: o->html = optarg; return 0;
    case OPT_JSON: o->json = optarg; return 0;
    case OPT_SVG: o->svg = optarg; return 0;
    case OPT_FOLDED: o->folded = optarg; return 0;
    case OPT_TOP: return take_top(&o->about, optarg);
    case OPT_STEP: return take_name(&o->about, optarg);
    case OPT_CYCLES:
        return text_parse_u64(optarg, &o->n_cycles_max) && o->n_cycles_max > 0
                   ? 0
                   : usage("--max-cycles wants a number, not", optarg);
    case OPT_QUIET: o->is_quiet = true; return 0;
    case OPT_HELP: o->shows_help = true; return 0;
    case ':': return usage("a value is missing after", argv[optind - 1]);
    default: return usage("no option", argv[optind - 1]);
    }
}

static int parse(int argc, char **argv, profile_options *o)
{
    int option, status;
    *o = (profile_options){.about.n_top = 25, .n_cycles_max = UINT64_MAX};
    optind = 1;
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":i:", long_options, NULL)) != -1)
        if ((status = take_option(o, option, argv))) return status;
    if (o->shows_help) return 0;
    if (optind < argc) o->about.program = argv[optind++];
    if (optind < argc) return usage("more than one program:", argv[optind]);
    return o->about.program ? 0 : usage("which program?", NULL);
}

/* --- reports -------------------------------------------------------------------------------------------- */

typedef enum { WRITE_HTML, WRITE_JSON, WRITE_SVG, WRITE_FOLDED } write_kind;

/* In memory first, so that there is a whole file or none. */
static int write_report(const char *path, write_kind kind, const profile_model *m, const profile_about *about)
{
    char *bytes = NULL;
    size_t n_bytes = 0;
    bool has_memory = true;
    if (!path) return 0;
    FILE *f = open_memstream(&bytes, &n_bytes);
    if (!f) return cmd_fail("%s: no memory for the report", path);
    switch (kind) {
    case WRITE_HTML: profile_print_html(f, m, about); break;
    case WRITE_JSON: profile_print_json(f, m, about); break;
    case WRITE_SVG: has_memory = profile_print_svg(f, m, about); break;
    case WRITE_FOLDED: has_memory = profile_print_folded(f, m); break;
    }
    has_memory = !ferror(f) && has_memory;
    has_memory = fclose(f) == 0 && has_memory;
    int status =
        has_memory ? file_write(path, bytes, n_bytes) : cmd_fail("%s: no memory for the report", path);
    free(bytes);
    return status;
}

static bool is_stdout(const char *path) { return path && !strcmp(path, "-"); }

static int report(const profile_options *o, const profile_model *m)
{
    bool is_taken = is_stdout(o->html) || is_stdout(o->json) || is_stdout(o->svg) || is_stdout(o->folded);
    int status = write_report(o->html, WRITE_HTML, m, &o->about); /* before the text: `| head` may end this process */
    if (!status) status = write_report(o->json, WRITE_JSON, m, &o->about);
    if (!status) status = write_report(o->svg, WRITE_SVG, m, &o->about);
    if (!status) status = write_report(o->folded, WRITE_FOLDED, m, &o->about);
    if (!o->is_quiet) profile_print(is_taken ? stderr : stdout, m, &o->about);
    fflush(stdout);
    return status;
}

/* --- work ----------------------------------------------------------------------------------------------- */

static int with_profile(const profile_options *o, const vm_profile *f, const file_bytes *elf)
{
    debug_info debug;
    profile_model model;
    debug_info_read(&debug, f->program, elf->bytes, elf->n_bytes);
    int status =
        profile_model_make(&model, f, &debug) ? report(o, &model) : cmd_fail("no memory for the profile");
    profile_model_free(&model);
    debug_info_free(&debug);
    if (!status && f->stop == SITU_STOP_TRAP)
        status = cmd_fail("trap: %s, at pc 0x%08" PRIx64 ", after %" PRIu64 " cycles; `situ run` tells more",
                          f->trap, f->pc, f->n_cycles);
    if (!status && f->stop == SITU_STOP_LIMIT && !o->is_quiet)
        fprintf(stderr, "situ: stopped after %" PRIu64 " cycles (--max-cycles)\n", f->n_cycles);
    return status;
}

static void show_debug(void *ctx, const void *text, size_t n_bytes)
{
    (void)ctx;
    fwrite(text, 1, n_bytes, stderr);
}

static int with_program(const profile_options *o, const situ_program *program, const file_bytes *elf)
{
    file_bytes input = {0};
    vm_profile *profile;
    if (o->about.input && file_read(o->about.input, &input)) return 1;
    situ_err err = vm_profile_make(&profile, program, input.bytes, input.n_bytes, o->n_cycles_max,
                                   o->is_quiet ? NULL : show_debug, NULL);
    int status;
    if (err == SITU_ERR_LIMIT)
        status = cmd_fail("%s: %zu bytes of input, at most %zu", o->about.input, input.n_bytes,
                          situ_machine_input_max());
    else if (err)
        status = cmd_fail("no memory for the run: %s", situ_err_name(err));
    else
        status = with_profile(o, profile, elf);
    if (!err) vm_profile_free(profile);
    file_free(&input);
    return status;
}

int cmd_profile(int argc, char **argv)
{
    profile_options o;
    situ_program *program;
    file_bytes elf;
    char message[SITU_MESSAGE_BYTES];

    int status = parse(argc, argv, &o);
    if (status) return status;
    if (o.shows_help) return fputs(help, stdout) < 0;
    if (file_read(o.about.program, &elf)) return 1;
    if (situ_program_load(&program, elf.bytes, elf.n_bytes, message)) {
        status = cmd_fail("%s: %s", o.about.program, message);
    } else {
        status = with_program(&o, program, &elf);
        situ_program_free(program);
    }
    file_free(&elf);
    return status;
}
