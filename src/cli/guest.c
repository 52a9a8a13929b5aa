/* guest.c — see guest.h. */
#include "base/base.h"
#include "cli/guest.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/files.h"
#include "cli/text.h"

int guest_load(situ_program **program, const char *path)
{
    file_bytes elf;
    char message[SITU_MESSAGE_BYTES];
    *program = NULL;
    if (file_read(path, &elf)) return 1;
    situ_err err = situ_program_load(program, elf.bytes, elf.n_bytes, message);
    file_free(&elf);
    return err ? cmd_fail("%s: %s", path, message) : 0;
}

bool guest_parse_blowup(uint32_t *log2_blowup, const char *text)
{
    uint64_t blowup;
    if (!text_parse_u64(text, &blowup) || blowup < 2 || blowup > 16 || (blowup & (blowup - 1))) return false;
    *log2_blowup = u64_log2(blowup);
    return true;
}

enum { INSECURE_QUERIES = 8 };

situ_stark_params guest_params(uint32_t log2_blowup, bool insecure)
{
    situ_stark_params p = situ_stark_params_default(log2_blowup);
    if (insecure) {
        p.n_queries = INSECURE_QUERIES;
        p.grinding_bits = 0;
        p.insecure = 1;
    }
    return p;
}

int guest_usage(const char *command, const char *what, const char *arg)
{
    fprintf(stderr, "situ %s: %s%s%s; `situ %s --help` explains\n", command, what, arg ? " " : "",
            arg ? arg : "", command);
    return 2;
}

/* The number behind `name` in a file of lines, or the file's only number when name is NULL. */
static bool read_number(const char *path, const char *name, uint64_t *n)
{
    char line[256];
    bool found = false;
    FILE *f = fopen(path, "r");
    if (!f) return false;
    while (!found && fgets(line, sizeof line, f)) {
        if (!name)
            found = sscanf(line, "%" SCNu64, n) == 1;
        else if (!strncmp(line, name, strlen(name)))
            found = sscanf(line + strlen(name), " %" SCNu64, n) == 1;
    }
    fclose(f);
    return found;
}

/* Room in the control group: version 2, then 1. */
static uint64_t group_room(void)
{
    uint64_t max, used;
    if (read_number("/sys/fs/cgroup/memory.max", NULL, &max) &&
        read_number("/sys/fs/cgroup/memory.current", NULL, &used))
        return max > used ? max - used : 0;
    if (read_number("/sys/fs/cgroup/memory/memory.limit_in_bytes", NULL, &max) &&
        read_number("/sys/fs/cgroup/memory/memory.usage_in_bytes", NULL, &used))
        return max > used ? max - used : 0;
    return UINT64_MAX;
}

uint64_t guest_memory_available(void)
{
    uint64_t kib;
    uint64_t machine = read_number("/proc/meminfo", "MemAvailable:", &kib) ? kib << 10 : UINT64_MAX;
    return u64_min(machine, group_room());
}
