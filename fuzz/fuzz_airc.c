/* The AIR compiler on arbitrary text, up to the C that it would write: it ends, and either says nothing or one line with
 * a place.  Its process (src/air/compiler/process.c) is here: blocks that can be freed, an end that comes back. */
#include <errno.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "air/compiler/airc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes);

#define ROOT "fuzz.air"
#define STD  "src/air/std/"

static struct {
    const uint8_t *data;
    size_t n_bytes;
    void **blocks;
    size_t n_blocks, n_blocks_max;
    jmp_buf stop;
} run;

void air_stop(void) { longjmp(run.stop, 1); }

void *air_alloc(size_t bytes)
{
    if (run.n_blocks == run.n_blocks_max) {
        run.n_blocks_max = 2 * run.n_blocks_max + 64;
        run.blocks = realloc(run.blocks, run.n_blocks_max * sizeof *run.blocks);
        SITU_ASSERT(run.blocks);
    }
    void *p = calloc(1, bytes ? bytes : 1);
    SITU_ASSERT(p);
    return run.blocks[run.n_blocks++] = p;
}

/* The input, and the standard library; nothing else of this machine. */
const char *air_read(const char *path, const char **why)
{
    *why = "not a text file";
    if (strcmp(path, ROOT) == 0)
        return memchr(run.data, 0, run.n_bytes) ? NULL : air_copy((const char *)run.data, run.n_bytes);
    FILE *f = NULL;
    if (strncmp(path, STD, strlen(STD)) == 0 && !strstr(path, "..")) f = fopen(path, "r");
    *why = strerror(ENOENT);
    if (!f) return NULL;
    char *text = air_alloc(1 << 16);
    size_t n = fread(text, 1, (1 << 16) - 1, f);
    fclose(f);
    return n > 0 ? text : NULL;
}

static void compile(FILE *nowhere)
{
    static const char *const include_dirs[] = {"src/air"};
    model m = {.root = ROOT, .n_steps_max = 1 << 14}; /* so that runs are short */
    check_system(&m, parse_root(ROOT, include_dirs, 1, &m.paths));
    digest_system(&m);
    (void)report_cost(nowhere, &m, 2, NULL);
    output_files(&m, NULL);
}

/* One line, and of a file. */
static bool is_clear(const char *said, size_t n)
{
    const bool has_place = strncmp(said, ROOT ":", strlen(ROOT ":")) == 0 ||
                           strncmp(said, STD, strlen(STD)) == 0 || strncmp(said, "airc: ", 6) == 0;
    if (!has_place || said[n - 1] != '\n') return false;
    for (size_t i = 0; i + 1 < n; i++)
        if ((unsigned char)said[i] < ' ') return false;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
    static FILE *nowhere;
    FILE *const kept = stderr;
    char *said = NULL;
    size_t n_said = 0;
    if (!nowhere) nowhere = fopen("/dev/null", "w");
    SITU_ASSERT(nowhere);
    run.data = data;
    run.n_bytes = n_bytes;
    stderr = open_memstream(&said, &n_said);
    SITU_ASSERT(stderr);

    const bool is_refused = setjmp(run.stop) != 0;
    if (!is_refused) compile(nowhere);

    fclose(stderr);
    stderr = kept;
    while (run.n_blocks > 0) free(run.blocks[--run.n_blocks]);
    if (is_refused ? n_said == 0 || !is_clear(said, n_said) : n_said != 0) {
        fprintf(stderr, "said: %s\n", said);
        situ_panic(__FILE__, __LINE__, "airc's message is not one line with a place");
    }
    free(said);
    return 0;
}
