/* util.c — text and messages of the AIR compiler. */
#include <stdarg.h>
#include <string.h>

#include "air/compiler/airc.h"

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
        char *grown = air_alloc(b->capacity);
        if (b->n) memcpy(grown, b->s, b->n);
        b->s = grown;
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
    return grown;
}

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

/* Control characters would be a terminal's to obey. */
static void print_plain(const char *text, size_t n_max)
{
    for (size_t i = 0; text[i] && i < n_max; i++)
        if ((unsigned char)text[i] < ' ' || text[i] == 127)
            fprintf(stderr, "\\x%02x", (unsigned)(unsigned char)text[i]);
        else
            fputc(text[i], stderr);
    if (strlen(text) > n_max) fputs("...", stderr);
}

/* One line; long texts are cut. */
void air_fail(span at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *message = text_v(format, args);
    va_end(args);
    char *text = span_text(at);
    fprintf(stderr, "%s:%u:%u: ", at.src->path, at.line, at.col);
    print_plain(message, 240);
    if (text[0]) fputs(": ", stderr);
    print_plain(text, 117);
    fputc('\n', stderr);
    air_stop();
}

const source *source_read(const char *path, const span *included_from)
{
    const char *why;
    const char *text = air_read(path, &why);
    if (!text && included_from) air_fail(*included_from, "cannot read the included file %s: %s", path, why);
    if (!text) {
        fprintf(stderr, "airc: %s: %s\n", path, why);
        air_stop();
    }
    source *src = air_alloc(sizeof *src);
    *src = (source){.path = path, .text = text};
    return src;
}
