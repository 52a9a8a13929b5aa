/* util.c — memory, text and messages of the AIR compiler. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "air/compiler/airc.h"

void *air_alloc(size_t bytes)
{
    void *p = calloc(1, bytes ? bytes : 1);
    if (!p) {
        fprintf(stderr, "airc: out of memory\n");
        exit(1);
    }
    return p;
}

static char *text_v(const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *s = air_alloc((size_t)n + 1);
    vsnprintf(s, (size_t)n + 1, format, args);
    return s;
}

char *air_text(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *s = text_v(format, args);
    va_end(args);
    return s;
}

char *air_copy(const char *begin, size_t n)
{
    char *s = air_alloc(n + 1);
    memcpy(s, begin, n);
    return s;
}

void buffer_add(buffer *b, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    size_t n = (size_t)vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (b->n + n + 1 > b->capacity) {
        b->capacity = (b->n + n + 1) * 2;
        b->s = realloc(b->s, b->capacity);
        if (!b->s) {
            fprintf(stderr, "airc: out of memory\n");
            exit(1);
        }
    }
    vsnprintf(b->s + b->n, n + 1, format, args);
    b->n += n;
    va_end(args);
}

void *vec_grow(void *items, u32 n, size_t item_bytes)
{
    if (n & (n - 1) || (n && !items)) return items;
    size_t capacity = n ? (size_t)n * 2 : 1;
    char *grown = air_alloc(capacity * item_bytes);
    if (n) memcpy(grown, items, n * item_bytes);
    free(items);
    return grown;
}

/* Long texts are cut: the message is one line. */
char *span_text(span at)
{
    size_t n = (size_t)(at.end - at.begin), k = 0;
    char *s = air_alloc(n + 1);
    for (size_t i = 0; i < n; i++) {
        if (at.begin[i] == '#')
            while (i + 1 < n && at.begin[i + 1] != '\n') i++;
        bool blank = strchr(" \t\r\n#", at.begin[i]) != NULL;
        if (!blank) s[k++] = at.begin[i];
        if (blank && k && s[k - 1] != ' ') s[k++] = ' ';
    }
    while (k && s[k - 1] == ' ') k--;
    s[k] = 0;
    return s;
}

span span_join(span a, span b)
{
    if (b.src == a.src && b.end > a.end) a.end = b.end;
    return a;
}

void air_fail(span at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *message = text_v(format, args);
    va_end(args);
    char *text = span_text(at);
    if (strlen(text) > 120) strcpy(text + 117, "...");
    fprintf(stderr, "%s:%u:%u: %s%s%s\n", at.src->path, at.line, at.col, message, text[0] ? ": " : "", text);
    exit(1);
}

static char *read_all(FILE *f)
{
    buffer b = {0};
    char part[4096];
    buffer_add(&b, "%s", "");
    for (size_t n; (n = fread(part, 1, sizeof part, f)) > 0;) {
        if (memchr(part, 0, n)) return NULL;
        buffer_add(&b, "%.*s", (int)n, part);
    }
    return b.s;
}

const source *source_read(const char *path, const span *included_from)
{
    FILE *f = fopen(path, "r");
    if (!f && included_from)
        air_fail(*included_from, "cannot read the included file %s: %s", path, strerror(errno));
    if (!f) {
        fprintf(stderr, "airc: %s: %s\n", path, strerror(errno));
        exit(1);
    }
    source *src = air_alloc(sizeof *src);
    src->path = path;
    src->text = read_all(f);
    bool bad = ferror(f) || !src->text;
    fclose(f);
    if (bad) {
        fprintf(stderr, "airc: %s: not a text file\n", path);
        exit(1);
    }
    return src;
}
