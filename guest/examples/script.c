/* script.c — an interpreter for a small Forth: the input is a program, the output what it prints.
 *
 *     numbers   + - * / mod   = < >   and or xor   dup drop swap over rot   . cr
 *     : name ... ;   if ... else ... then   begin ... until   do i ... loop   variable name   ! @
 *
 * Words are compiled to a list of cells and run from there.  Exit code 1 for an error in the script. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <situ/guest.h>

#define CODE_MAX  16384
#define WORDS_MAX 512
#define STACK_MAX 1024

typedef enum {
    DO_NUMBER,
    DO_CALL,
    DO_RETURN,
    DO_JUMP,
    DO_JUMP_IF_ZERO,
    DO_DO,
    DO_LOOP,
    DO_I,
    DO_ADD,
    DO_SUB,
    DO_MUL,
    DO_DIV,
    DO_MOD,
    DO_EQUAL,
    DO_LESS,
    DO_MORE,
    DO_AND,
    DO_OR,
    DO_XOR,
    DO_DUP,
    DO_DROP,
    DO_SWAP,
    DO_OVER,
    DO_ROT,
    DO_PRINT,
    DO_CR,
    DO_STORE,
    DO_FETCH,
    DO_END,
} action;

typedef struct {
    const char *name;
    size_t n_name;
    long code; /* where it starts, or -1 - action */
} word;

static const struct {
    const char *name;
    action act;
} builtins[] = {{"+", DO_ADD},   {"-", DO_SUB},   {"*", DO_MUL},     {"/", DO_DIV},     {"mod", DO_MOD},
                {"=", DO_EQUAL}, {"<", DO_LESS},  {">", DO_MORE},    {"and", DO_AND},   {"or", DO_OR},
                {"xor", DO_XOR}, {"dup", DO_DUP}, {"drop", DO_DROP}, {"swap", DO_SWAP}, {"over", DO_OVER},
                {"rot", DO_ROT}, {".", DO_PRINT}, {"cr", DO_CR},     {"!", DO_STORE},   {"@", DO_FETCH},
                {"i", DO_I}};

static long code[CODE_MAX], stack[STACK_MAX], calls[STACK_MAX], variables[WORDS_MAX], open[STACK_MAX];
static size_t n_code, n_words, n_open, n_variables;
static word words[WORDS_MAX];
static const char *at, *end;

static void fail(const char *what, const char *text, size_t n)
{
    fprintf(stderr, "script: %s %.*s\n", what, (int)n, text);
    exit(1);
}

static void emit(long cell)
{
    if (n_code == CODE_MAX) fail("too long", "", 0);
    code[n_code++] = cell;
}

static size_t next_name(const char **name)
{
    while (at < end && (unsigned char)*at <= ' ') at++;
    *name = at;
    while (at < end && (unsigned char)*at > ' ') at++;
    return (size_t)(at - *name);
}

static int is(const char *name, size_t n, const char *text)
{
    return strlen(text) == n && memcmp(name, text, n) == 0;
}

static void define(long where)
{
    const char *name;
    size_t n = next_name(&name);
    if (n == 0 || n_words == WORDS_MAX) fail("cannot define", name, n);
    words[n_words++] = (word){name, n, where};
}

static void push_open(long place)
{
    if (n_open == STACK_MAX) fail("nested too deeply", "", 0);
    open[n_open++] = place;
}

static long pop_open(const char *name, size_t n)
{
    if (n_open == 0) fail("nothing open for", name, n);
    return open[--n_open];
}

/* Words that shape the code instead of becoming part of it; 0 if `name` is none. */
static int compile_structure(const char *name, size_t n)
{
    if (is(name, n, ":")) {
        emit(DO_JUMP), push_open((long)n_code), emit(0);
        define((long)n_code);
    } else if (is(name, n, ";")) {
        emit(DO_RETURN);
        code[pop_open(name, n)] = (long)n_code;
    } else if (is(name, n, "if")) {
        emit(DO_JUMP_IF_ZERO), push_open((long)n_code), emit(0);
    } else if (is(name, n, "else")) {
        long from = pop_open(name, n);
        emit(DO_JUMP), push_open((long)n_code), emit(0);
        code[from] = (long)n_code;
    } else if (is(name, n, "then")) {
        code[pop_open(name, n)] = (long)n_code;
    } else if (is(name, n, "begin")) {
        push_open((long)n_code);
    } else if (is(name, n, "until")) {
        emit(DO_JUMP_IF_ZERO), emit(pop_open(name, n));
    } else if (is(name, n, "do")) {
        emit(DO_DO), push_open((long)n_code);
    } else if (is(name, n, "loop")) {
        emit(DO_LOOP), emit(pop_open(name, n));
    } else if (is(name, n, "variable")) {
        emit(DO_JUMP), emit((long)n_code + 4);
        define((long)n_code);
        emit(DO_NUMBER), emit((long)n_variables++), emit(DO_RETURN);
        code[n_code - 4] = (long)n_code;
    } else {
        return 0;
    }
    return 1;
}

static void compile_word(const char *name, size_t n)
{
    for (size_t i = n_words; i-- > 0;) {
        if (words[i].n_name != n || memcmp(words[i].name, name, n) != 0) continue;
        if (words[i].code < 0)
            emit(-1 - words[i].code);
        else
            emit(DO_CALL), emit(words[i].code);
        return;
    }
    long value = 0;
    size_t i = n > 1 && name[0] == '-';
    for (; i < n && name[i] >= '0' && name[i] <= '9'; i++) value = 10 * value + (name[i] - '0');
    if (i < n) fail("unknown word", name, n);
    emit(DO_NUMBER), emit(name[0] == '-' ? -value : value);
}

static void compile(void)
{
    const char *name;
    for (size_t i = 0; i < sizeof builtins / sizeof *builtins; i++) {
        words[n_words++] = (word){builtins[i].name, strlen(builtins[i].name), -1 - (long)builtins[i].act};
    }
    for (size_t n; (n = next_name(&name)) > 0;) {
        if (!compile_structure(name, n)) compile_word(name, n);
    }
    if (n_open) fail("something is not closed", "", 0);
    emit(DO_END);
}

static void run(void)
{
    long *s = stack + 2; /* top is s[-1]; two spare cells below, so that reading s[-2] is never outside */
    long *c = calls;
    const long *ip = code;
    for (;;) {
        long top = s[-1], below = s[-2];
        if (s < stack + 2 || s > stack + STACK_MAX - 4) fail("stack empty or full", "", 0);
        if (c > calls + STACK_MAX - 4) fail("calls too deep", "", 0);
        switch ((action)*ip++) {
        case DO_NUMBER: *s++ = *ip++; break;
        case DO_CALL: *c++ = ip + 1 - code, ip = code + *ip; break;
        case DO_RETURN: ip = code + *--c; break;
        case DO_JUMP: ip = code + *ip; break;
        case DO_JUMP_IF_ZERO: s--, ip = top ? ip + 1 : code + *ip; break;
        case DO_DO: *c++ = below, *c++ = top, s -= 2; break;
        case DO_LOOP:
            if (++c[-1] < c[-2])
                ip = code + *ip;
            else
                c -= 2, ip++;
            break;
        case DO_I: *s++ = c[-1]; break;
        case DO_ADD: *--s = 0, s[-1] = below + top; break;
        case DO_SUB: *--s = 0, s[-1] = below - top; break;
        case DO_MUL: *--s = 0, s[-1] = below * top; break;
        case DO_DIV:
        case DO_MOD:
            if (top == 0) fail("division by zero", "", 0);
            *--s = 0, s[-1] = ip[-1] == DO_DIV ? below / top : below % top;
            break;
        case DO_EQUAL: *--s = 0, s[-1] = -(below == top); break;
        case DO_LESS: *--s = 0, s[-1] = -(below < top); break;
        case DO_MORE: *--s = 0, s[-1] = -(below > top); break;
        case DO_AND: *--s = 0, s[-1] = below & top; break;
        case DO_OR: *--s = 0, s[-1] = below | top; break;
        case DO_XOR: *--s = 0, s[-1] = below ^ top; break;
        case DO_DUP: *s++ = top; break;
        case DO_DROP: s--; break;
        case DO_SWAP: s[-1] = below, s[-2] = top; break;
        case DO_OVER: *s++ = below; break;
        case DO_ROT: s[-1] = s[-3], s[-3] = below, s[-2] = top; break;
        case DO_PRINT: s--, printf("%ld ", top); break;
        case DO_CR: putchar('\n'); break;
        case DO_STORE: s -= 2, variables[(size_t)top % WORDS_MAX] = below; break;
        case DO_FETCH: s[-1] = variables[(size_t)top % WORDS_MAX]; break;
        case DO_END: return;
        }
    }
}

int main(void)
{
    const uint8_t *input;
    size_t n_bytes;

    read_input(&input, &n_bytes);
    at = (const char *)input;
    end = at + n_bytes;
    compile();
    run();
    return 0;
}
