/* cmd.h — subcommands of `situ`.  Each lives in a file cmd_<name>.c and has one row in the table of main.c.
 */
#ifndef SITU_CLI_CMD_H
#define SITU_CLI_CMD_H

#include "base/base.h"

/* A subcommand: argv[0] is its name.  Returns the exit status: 0 success, 1 failure or rejection, 2 wrong
 * usage. */
typedef int cmd_fn(int argc, char **argv);

typedef struct {
    const char *name;
    const char *summary; /* one line for `situ --help` */
    cmd_fn *run;
} cmd_entry;

/* Print `situ: <message>` on standard error and return 1, to be returned from a command. */
int cmd_fail(const char *format, ...) SITU_PRINTF(1, 2);

/* Left out where blst's source is not there (src/curve/module.mk). */
cmd_fn cmd_bench __attribute__((weak));
cmd_fn cmd_kzg __attribute__((weak));
cmd_fn cmd_info;
cmd_fn cmd_inspect;
cmd_fn cmd_profile;
cmd_fn cmd_prove;
cmd_fn cmd_recurse;
cmd_fn cmd_run;
cmd_fn cmd_security;
cmd_fn cmd_verify;
cmd_fn cmd_vkey;

#endif /* SITU_CLI_CMD_H */
