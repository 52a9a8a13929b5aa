/* main.c — the command line of the AIR compiler. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "air/compiler/airc.h"

static const char USAGE[] =
    "usage: airc ROOT.air -o DIR [-I DIR]...     write the system's C and documentation into DIR\n"
    "       airc ROOT.air --cost [--blowup N] [--mix TABLE=ROWS,...]\n"
    "                                         print what a row of each table costs\n"
    "       airc ROOT.air --check                check only\n";

#if defined(__SANITIZE_ADDRESS__)
#define AIRC_ASAN
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define AIRC_ASAN
#endif
#endif
#if defined(AIRC_ASAN)
/* Nothing is freed, on purpose. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "detect_leaks=0"; }
#endif

typedef struct {
    const char *out_dir;
    const char **include_dirs;
    u32 n_include_dirs;
    u32 blowup;
    const char *mix;
    bool cost, check;
} options;

static _Noreturn void fail_usage(const char *why)
{
    fprintf(stderr, "airc: %s\n%s", why, USAGE);
    exit(2);
}

static u32 parse_blowup(const char *s)
{
    if (strcmp(s, "2") == 0 || strcmp(s, "4") == 0 || strcmp(s, "8") == 0) return (u32)(s[0] - '0');
    if (strcmp(s, "16") == 0) return 16;
    fail_usage("--blowup is 2, 4, 8 or 16");
}

static options parse_options(int argc, char **argv)
{
    static const struct option LONG[] = {
        {"output", required_argument, NULL, 'o'}, {"include", required_argument, NULL, 'I'},
        {"cost", no_argument, NULL, 'c'},         {"blowup", required_argument, NULL, 'b'},
        {"mix", required_argument, NULL, 'm'},    {"check", no_argument, NULL, 'k'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};
    options o = {.blowup = 2};
    for (int c; (c = getopt_long(argc, argv, "o:I:h", LONG, NULL)) != -1;) {
        switch (c) {
        case 'o': o.out_dir = optarg; break;
        case 'I': *VEC_PUSH(o.include_dirs, o.n_include_dirs) = optarg; break;
        case 'c': o.cost = true; break;
        case 'b': o.blowup = parse_blowup(optarg); break;
        case 'm': o.mix = optarg; break;
        case 'k': o.check = true; break;
        case 'h': fputs(USAGE, stdout); exit(0);
        default: fail_usage("bad option");
        }
    }
    return o;
}

int main(int argc, char **argv)
{
    options o = parse_options(argc, argv);
    if (optind + 1 != argc) fail_usage("one root file is needed");
    if (!o.out_dir && !o.cost && !o.check) fail_usage("nothing to do: give -o, --cost or --check");
    model m = {.root = argv[optind]};
    check_system(&m, parse_root(argv[optind], o.include_dirs, o.n_include_dirs, &m.paths));
    digest_system(&m);
    if (o.cost && !report_cost(stdout, &m, o.blowup, o.mix)) fail_usage("--mix is TABLE=ROWS,TABLE=ROWS,...");
    if (o.out_dir) output_files(&m, o.out_dir);
    return fflush(stdout) == 0 ? 0 : 1;
}
