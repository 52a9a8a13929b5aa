/* json.c — one value out of a JSON document.  The input's first line is a path, such as .users[2].name; the rest is the
 * document.  The output is the value as it is written there.  A proof of it says: I know a document (with this hash, which is
 * output first) that has this value at this place.
 *
 * The document is scanned once, in place; nothing is allocated.  Exit codes: 1 no such value, 2 malformed. */
#include <stdio.h>
#include <string.h>

#include <situ/guest.h>
#include <zkvm_accelerators.h>

#define DEPTH_MAX 256

typedef struct {
    const char *at, *end;
} text;

static void malformed(const char *what)
{
    situ_print("json: ");
    situ_print(what);
    situ_print("\n");
    situ_exit(2);
}

static char peek(text *t)
{
    while (t->at < t->end && (*t->at == ' ' || *t->at == '\n' || *t->at == '\r' || *t->at == '\t')) t->at++;
    if (t->at == t->end) malformed("the document ends too early");
    return *t->at;
}

static void expect(text *t, char c)
{
    if (peek(t) != c) malformed("unexpected character");
    t->at++;
}

/* Scan a string; *out is what is between the quotes, escapes as they are. */
static void scan_string(text *t, text *out)
{
    expect(t, '"');
    out->at = t->at;
    for (; t->at < t->end && *t->at != '"'; t->at++) {
        if (*t->at == '\\') t->at++;
    }
    if (t->at >= t->end) malformed("a string does not end");
    out->end = t->at++;
}

static void scan_scalar(text *t)
{
    const char *start = t->at;
    while (t->at < t->end && !strchr(",]} \n\r\t", *t->at)) t->at++;
    if (t->at == start) malformed("a value is missing");
}

/* Pass over a whole value. */
static void skip_value(text *t)
{
    char closers[DEPTH_MAX];
    int depth = 0;
    text key;
    for (;;) {
        char c = peek(t);
        if (c == '{' || c == '[') {
            if (depth == DEPTH_MAX) malformed("too deep");
            closers[depth++] = c == '{' ? '}' : ']';
            t->at++;
            if (peek(t) != closers[depth - 1]) {
                if (c == '{') scan_string(t, &key), expect(t, ':');
                continue;
            }
        } else if (c == '"') {
            scan_string(t, &key);
        } else {
            scan_scalar(t);
        }
        while (depth > 0 && peek(t) == closers[depth - 1]) t->at++, depth--;
        if (depth == 0) return;
        expect(t, ',');
        if (closers[depth - 1] == '}') scan_string(t, &key), expect(t, ':');
    }
}

/* Go to member `name` of the object at t, or to element `index` of the array; 0 when there is none. */
static int enter_member(text *t, const char *name, size_t n_name)
{
    text key;
    expect(t, '{');
    while (peek(t) != '}') {
        scan_string(t, &key);
        expect(t, ':');
        if ((size_t)(key.end - key.at) == n_name && memcmp(key.at, name, n_name) == 0) return 1;
        skip_value(t);
        if (peek(t) != ',') return 0;
        t->at++;
    }
    return 0;
}

static int enter_element(text *t, unsigned long index)
{
    expect(t, '[');
    for (; peek(t) != ']'; index--) {
        if (index == 0) return 1;
        skip_value(t);
        if (peek(t) != ',') return 0;
        t->at++;
    }
    return 0;
}

/* Follow the path; t is then at the value. */
static int follow(text *t, text path)
{
    while (path.at < path.end) {
        char kind = *path.at++;
        const char *start = path.at;
        if (kind == '.') {
            while (path.at < path.end && *path.at != '.' && *path.at != '[') path.at++;
            if (peek(t) != '{' || !enter_member(t, start, (size_t)(path.at - start))) return 0;
        } else if (kind == '[') {
            unsigned long index = 0;
            for (; path.at < path.end && *path.at >= '0' && *path.at <= '9'; path.at++)
                index = 10 * index + (unsigned long)(*path.at - '0');
            if (path.at == start || path.at == path.end || *path.at++ != ']') malformed("bad path");
            if (peek(t) != '[' || !enter_element(t, index)) return 0;
        } else {
            malformed("a path is made of .name and [index]");
        }
    }
    return 1;
}

int main(void)
{
    const uint8_t *input;
    size_t n_bytes;
    zkvm_keccak256_hash hash;

    read_input(&input, &n_bytes);
    const char *start = (const char *)input, *line = memchr(start, '\n', n_bytes);
    if (!line) malformed("no document behind the path's line");
    text path = {start, line}, t = {line + 1, start + n_bytes};

    zkvm_keccak256((const uint8_t *)t.at, (size_t)(t.end - t.at), &hash);
    for (int i = 0; i < 32; i++) printf("%02x", hash.data[i]);
    putchar('\n');
    if (!follow(&t, path)) return 1;
    peek(&t);
    const char *value = t.at;
    skip_value(&t);
    write_output((const uint8_t *)value, (size_t)(t.at - value));
    return 0;
}
