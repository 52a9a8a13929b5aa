/* cmd_info.c — `situ info`: what this machine has, and what would make proving faster on it. */
#include "cli/cmd.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "base/cpu.h"
#include "cli/guest.h"
#include "cli/text.h"
#include "situ/pool.h"

static const char help[] = "Usage: situ info [--json]\n"
                           "\n"
                           "Show what matters for proving on this machine: instruction sets, threads, "
                           "memory, huge pages, the limit on locked\n"
                           "memory; and what to change for speed.\n"
                           "\n"
                           "SITU_CPU=scalar|avx2|avx512 makes every command use at most that level.\n";

typedef struct {
    const char *level, *best;
    bool has_ifma;
    uint32_t n_threads;
    uint64_t memory_available, memlock;
    char huge[32]; /* always, madvise, never, or unknown */
} machine_info;

/* The bracketed word of a sysfs choice like "always [madvise] never". */
static void read_choice(char *choice, size_t n_bytes, const char *path)
{
    char line[128] = "";
    snprintf(choice, n_bytes, "unknown");
    FILE *f = fopen(path, "r");
    if (!f) return;
    bool ok = fgets(line, sizeof line, f) != NULL;
    fclose(f);
    char *from = ok ? strchr(line, '[') : NULL, *to = from ? strchr(from, ']') : NULL;
    if (!to || (size_t)(to - from) > n_bytes) return;
    *to = 0;
    snprintf(choice, n_bytes, "%s", from + 1);
}

static machine_info look(void)
{
    machine_info m = {.level = situ_cpu_level_name(situ_cpu_current()),
                      .best = situ_cpu_level_name(situ_cpu_best()),
                      .has_ifma = situ_cpu_has_ifma(),
                      .memory_available = guest_memory_available()};
    situ_pool *pool = NULL;
    struct rlimit limit;
    if (!situ_pool_create(&pool, 0)) m.n_threads = situ_pool_threads(pool);
    situ_pool_destroy(pool);
    m.memlock = getrlimit(RLIMIT_MEMLOCK, &limit) ? 0
                : limit.rlim_cur == RLIM_INFINITY ? UINT64_MAX
                                                  : limit.rlim_cur;
    read_choice(m.huge, sizeof m.huge, "/sys/kernel/mm/transparent_hugepage/enabled");
    return m;
}

static void print_advice(const machine_info *m)
{
    bool any = false;
    if (strcmp(m->huge, "never") == 0) {
        puts("  huge pages are off: echo madvise > /sys/kernel/mm/transparent_hugepage/enabled");
        any = true;
    }
    if (strcmp(m->level, m->best) != 0) {
        printf("  SITU_CPU holds this machine to %s; it has %s\n", m->level, m->best);
        any = true;
    }
    if (m->memory_available < UINT64_C(4) << 30) {
        puts("  little memory is free: about a KiB is needed for each cycle proven");
        any = true;
    }
    if (!any) puts("  nothing");
}

static void print_info(const machine_info *m)
{
    char text[24];
    printf("situ         %s\n", SITU_VERSION);
    printf("CPU level    %s%s\n", m->level, m->has_ifma ? ", with 52-bit multiplication (IFMA)" : "");
    printf("threads      %u\n", m->n_threads);
    printf("memory       %s available\n",
           m->memory_available == UINT64_MAX ? "unknown" : text_bytes(text, m->memory_available));
    printf("huge pages   %s\n", m->huge);
    printf("locked       %s may be locked (secrets)\n",
           m->memlock == UINT64_MAX ? "any amount" : text_bytes(text, m->memlock));
    puts("\nto change for speed:");
    print_advice(m);
}

static void print_json(const machine_info *m)
{
    printf("{\"version\":\"%s\",\"cpu_level\":\"%s\",\"cpu_best\":\"%s\",\"ifma\":%s,\"threads\":%u,",
           SITU_VERSION, m->level, m->best, m->has_ifma ? "true" : "false", m->n_threads);
    printf("\"memory_available\":%" PRIu64 ",\"huge_pages\":\"%s\",\"memlock\":%" PRIu64 "}\n",
           m->memory_available, m->huge, m->memlock);
}

int cmd_info(int argc, char **argv)
{
    bool is_json = false;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--help")) return fputs(help, stdout) < 0;
        if (strcmp(argv[i], "--json")) return guest_usage("info", "no option", argv[i]);
        is_json = true;
    }
    const machine_info m = look();
    if (is_json)
        print_json(&m);
    else
        print_info(&m);
    return 0;
}
