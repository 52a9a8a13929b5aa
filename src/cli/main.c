/* main.c — the `situ` command: finds the subcommand and hands over. */
#include "cli/cmd.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int cmd_kzg_or_not(int argc, char **argv)
{
    if (cmd_kzg) return cmd_kzg(argc, argv);
    return cmd_fail("kzg: this build has none; run `make setup` and build again");
}

static int cmd_bench_or_not(int argc, char **argv)
{
    if (cmd_bench) return cmd_bench(argc, argv);
    return cmd_fail("bench: this build has none; run `make setup` and build again");
}

static const cmd_entry commands[] = {
    {"run", "execute a RISC-V program: output, exit code, cycle counts", cmd_run},
    {"profile", "where the cycles of a program go, and what its proof would cost", cmd_profile},
    {"prove", "prove a run", cmd_prove},
    {"verify", "verify a proof of a run", cmd_verify},
    {"vkey", "make a program's verifying key", cmd_vkey},
    {"recurse", "make of a proof the input of the verifier guest", cmd_recurse},
    {"inspect", "what a proof contains: sizes, heights, parameters, bits of security", cmd_inspect},
    {"info", "this machine: CPU level, memory, huge pages, and what would make proving faster", cmd_info},
    {"security", "proven bits of a parameter set, round by round", cmd_security},
    {"kzg", "commitments, proofs and cells of blobs (EIP-4844, EIP-7594)", cmd_kzg_or_not},
    {"bench", "how fast sums of points and KZG are on this machine", cmd_bench_or_not},
    {NULL, NULL, NULL},
};

int cmd_fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("situ: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    return 1;
}

static void print_help(FILE *to)
{
    fputs("situ — prove, in place.\n\nUsage: situ COMMAND [OPTION]...\n\nCommands:\n", to);
    for (const cmd_entry *c = commands; c->name; c++) fprintf(to, "  %-10s %s\n", c->name, c->summary);
    fputs("\n`situ COMMAND --help` explains one command, with examples.\n", to);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return 2;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return 0;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("situ " SITU_VERSION);
        return 0;
    }
    for (const cmd_entry *c = commands; c->name; c++) {
        if (strcmp(argv[1], c->name) == 0) return c->run(argc - 1, argv + 1);
    }
    fprintf(stderr, "situ: no command '%s'; `situ --help` lists them\n", argv[1]);
    return 2;
}
