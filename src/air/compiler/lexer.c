/* lexer.c — characters to tokens.  Newlines are tokens, except inside ( ) and [ ]. */
#include <ctype.h>
#include <string.h>

#include "air/compiler/airc.h"

typedef struct {
    const source *src;
    const char *p, *line_start;
    u32 line, depth;
    token_list out;
} lexer;

static span here(const lexer *l, const char *end)
{
    return (span){l->src, l->p, end, l->line, (u32)(l->p - l->line_start) + 1};
}

static token *push(lexer *l, token_kind kind, const char *end)
{
    token *t = VEC_PUSH(l->out.tokens, l->out.n);
    *t = (token){.kind = kind, .at = here(l, end), .text = air_copy(l->p, (size_t)(end - l->p))};
    l->p = end;
    return t;
}

static int digit_value(char c)
{
    if (isdigit((unsigned char)c)) return c - '0';
    if (isalpha((unsigned char)c)) return tolower((unsigned char)c) - 'a' + 10;
    return 99;
}

static void lex_int(lexer *l)
{
    const char *end = l->p;
    while (isalnum((unsigned char)*end) || *end == '_') end++;
    token *t = push(l, TOK_INT, end);
    const char *s = t->text;
    int base = s[0] == '0' && s[1] == 'x' ? 16 : s[0] == '0' && s[1] == 'b' ? 2 : 10;
    for (s += base == 10 ? 0 : 2; *s; s++) {
        if (*s == '_') continue;
        if (digit_value(*s) >= base) air_fail(t->at, "bad digit `%c` in a number", *s);
        if (__builtin_mul_overflow(t->value, (i64)base, &t->value) ||
            __builtin_add_overflow(t->value, (i64)digit_value(*s), &t->value))
            air_fail(t->at, "number does not fit 63 bits");
    }
}

static void lex_string(lexer *l)
{
    const char *end = l->p + 1;
    while (*end && *end != '"' && *end != '\n') end++;
    if (*end != '"') air_fail(here(l, end), "string without its closing quote");
    token *t = push(l, TOK_STRING, end + 1);
    t->text = air_copy(t->at.begin + 1, (size_t)(end - t->at.begin) - 1);
}

static void lex_punct(lexer *l)
{
    static const char *const PUNCT[] = {"..", "==", "!=", "<=", ">=", "<<", ">>", "(", ")",
                                        "[",  "]",  ",",  ":",  "=",  "+",  "-",  "*", "/",
                                        "%",  "^",  "<",  ">",  "&",  "|",  ".",  NULL};
    for (int i = 0; PUNCT[i]; i++) {
        size_t n = strlen(PUNCT[i]);
        if (strncmp(l->p, PUNCT[i], n) != 0) continue;
        if (strchr("([", PUNCT[i][0])) l->depth++;
        if (strchr(")]", PUNCT[i][0]) && l->depth) l->depth--;
        push(l, TOK_PUNCT, l->p + n);
        return;
    }
    air_fail(here(l, l->p + 1), "unexpected character");
}

static void lex_one(lexer *l)
{
    char c = *l->p;
    if (c == '\n') {
        if (!l->depth) push(l, TOK_NEWLINE, l->p);
        l->p++;
        l->line++;
        l->line_start = l->p;
    } else if (isspace((unsigned char)c)) {
        l->p++;
    } else if (c == '#') {
        while (*l->p && *l->p != '\n') l->p++;
    } else if (isalpha((unsigned char)c) || c == '_') {
        const char *end = l->p;
        while (isalnum((unsigned char)*end) || *end == '_') end++;
        push(l, TOK_NAME, end);
    } else if (isdigit((unsigned char)c)) {
        lex_int(l);
    } else if (c == '"') {
        lex_string(l);
    } else {
        lex_punct(l);
    }
}

token_list lex(const source *src)
{
    lexer l = {.src = src, .p = src->text, .line_start = src->text, .line = 1};
    while (*l.p) lex_one(&l);
    push(&l, TOK_NEWLINE, l.p);
    push(&l, TOK_END, l.p);
    return l.out;
}

char *source_comment(span at)
{
    const char *p = at.end;
    while (*p && *p != '\n' && *p != '#') p++;
    if (*p != '#') return NULL;
    p++;
    while (*p == ' ' || *p == '\t') p++;
    const char *end = p;
    while (*end && *end != '\n') end++;
    while (end > p && isspace((unsigned char)end[-1])) end--;
    return end > p ? air_copy(p, (size_t)(end - p)) : NULL;
}
