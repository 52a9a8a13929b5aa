/* process.c — what the AIR compiler asks of its process. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "air/compiler/airc.h"

void air_stop(void) { exit(1); }

void *air_alloc(size_t bytes)
{
    void *p = calloc(1, bytes ? bytes : 1);
    if (!p) {
        fprintf(stderr, "airc: out of memory\n");
        exit(1);
    }
    return p;
}

static const char *read_all(FILE *f, const char **why)
{
    buffer b = {0};
    char part[4096];
    buffer_add(&b, "%s", "");
    for (size_t n; (n = fread(part, 1, sizeof part, f)) > 0;) {
        if (memchr(part, 0, n)) return *why = "not a text file", NULL;
        buffer_add(&b, "%.*s", (int)n, part);
    }
    if (ferror(f)) return *why = strerror(errno), NULL;
    return b.s;
}

const char *air_read(const char *path, const char **why)
{
    FILE *f = fopen(path, "r");
    if (!f) return *why = strerror(errno), NULL;
    const char *text = read_all(f, why);
    fclose(f);
    return text;
}
