/* parser.c — tokens to the syntax tree, by recursive descent (grammar: docs/air-language.md). */
#include <string.h>
#include <unistd.h>

#include "air/compiler/airc.h"

typedef struct {
    const token *t;
    u32 depth;
    const char *const *include_dirs;
    u32 n_include_dirs;
    const char **included; /* paths of all files so far */
    u32 n_included;
    block decls;
} parser;

static const char *const KEYWORDS[] = {
    "system", "version", "include", "degree_bound", "bus", "public", "const", "let", "table", "instances",
    "component", "column", "preprocessed", "use", "as", "for", "in", "if", "then", "else", "end", "sum",
    "constrain", "when", "under", "modular", "send", "receive", "provide", "times", "and", "or", "not",
    "lookup", "global", "bit", "field", "inherited",
    /* words of C that would clash in the generated structs */
    "auto", "break", "case", "char", "continue", "default", "do", "double", "enum", "extern", "float", "goto",
    "inline", "int", "long", "register", "restrict", "return", "short", "signed", "sizeof", "static",
    "struct", "switch", "typedef", "union", "unsigned", "void", "volatile", "while", "asm", "typeof", "bool",
    "true", "false", "u8", "u16", "u32", "u64", "i32", "i64", "kb", "k6", "v16", NULL};

/* --- tokens ----------------------------------------------------------------------------------- */

static bool is(const parser *p, const char *text)
{
    return (p->t->kind == TOK_PUNCT || p->t->kind == TOK_NAME) && strcmp(p->t->text, text) == 0;
}

static bool accept(parser *p, const char *text)
{
    if (!is(p, text)) return false;
    p->t++;
    return true;
}

static _Noreturn void fail_expected(const parser *p, const char *what)
{
    if (p->t->kind == TOK_NEWLINE || p->t->kind == TOK_END)
        air_fail(p->t->at, "expected %s at the end of the line", what);
    air_fail(p->t->at, "expected %s", what);
}

static const token *expect(parser *p, const char *text)
{
    if (!is(p, text)) fail_expected(p, air_text("`%s`", text));
    return p->t++;
}

static bool is_keyword(const char *s)
{
    for (int i = 0; KEYWORDS[i]; i++)
        if (strcmp(KEYWORDS[i], s) == 0) return true;
    return false;
}

static const token *expect_name(parser *p, const char *what)
{
    if (p->t->kind != TOK_NAME) fail_expected(p, what);
    if (is_keyword(p->t->text)) air_fail(p->t->at, "a reserved word cannot be %s", what);
    return p->t++;
}

static const token *expect_string(parser *p, const char *what)
{
    if (p->t->kind != TOK_STRING) fail_expected(p, what);
    return p->t++;
}

static void expect_newline(parser *p)
{
    if (p->t->kind != TOK_NEWLINE && p->t->kind != TOK_END)
        air_fail(p->t->at, "unexpected text, the statement ended before");
    while (p->t->kind == TOK_NEWLINE) p->t++;
}

static void skip_newlines(parser *p)
{
    while (p->t->kind == TOK_NEWLINE) p->t++;
}

/* No statement begins with one of these, so a line that does continues the one before. */
static bool continues(const token *t)
{
    static const char *const WORDS[] = {"when", "under", "modular", "times", "and", "or", "then",
                                        "as",   "=",     "==",      "!=",    "<",   ">",  "<=",
                                        ">=",   "+",     "-",       "*",     "/",   "%",  "<<",
                                        ">>",   "&",     "|",       "^",     ":",   ",",  NULL};
    if (t->kind == TOK_STRING) return true;
    if (t->kind != TOK_PUNCT && t->kind != TOK_NAME) return false;
    for (int i = 0; WORDS[i]; i++)
        if (strcmp(WORDS[i], t->text) == 0) return true;
    return false;
}

static void skip_continuation(parser *p)
{
    const token *t = p->t;
    while (t->kind == TOK_NEWLINE) t++;
    if (t != p->t && continues(t)) p->t = t;
}

/* Only of an `if` expression, which cannot do without: an `if` statement keeps its own. */
static void skip_to_else(parser *p)
{
    const token *t = p->t;
    skip_newlines(p);
    if (!is(p, "else")) p->t = t;
}

static void enter(parser *p)
{
    if (++p->depth > DEPTH_MAX) air_fail(p->t->at, "nested more than %d deep", DEPTH_MAX);
}

/* --- expressions ------------------------------------------------------------------------------ */

static expr *parse_expr(parser *p);

static expr *expr_make(expr_kind kind, span at)
{
    expr *e = air_alloc(sizeof *e);
    e->kind = kind;
    e->at = at;
    return e;
}

static expr *expr_close(parser *p, expr *e)
{
    e->at = span_join(e->at, p->t[-1].at);
    return e;
}

static expr *parse_if(parser *p)
{
    expr *e = expr_make(E_IF, p->t->at);
    expect(p, "if");
    e->a = parse_expr(p);
    skip_continuation(p);
    expect(p, "then");
    skip_newlines(p);
    e->b = parse_expr(p);
    skip_to_else(p);
    expect(p, "else");
    skip_newlines(p);
    e->c = parse_expr(p);
    return expr_close(p, e);
}

static void parse_range(parser *p, expr **lo, expr **hi)
{
    *lo = parse_expr(p);
    expect(p, "..");
    *hi = parse_expr(p);
}

static expr *parse_sum(parser *p)
{
    expr *e = expr_make(E_SUM, p->t->at);
    expect(p, "sum");
    e->name = expect_name(p, "the name of an index")->text;
    expect(p, "in");
    parse_range(p, &e->a, &e->b);
    expect(p, ":");
    skip_newlines(p);
    e->c = parse_expr(p);
    return expr_close(p, e);
}

static expr *parse_list(parser *p)
{
    expr *e = expr_make(E_LIST, p->t->at);
    expect(p, "[");
    do {
        expr *item = parse_expr(p);
        if (e->n_args == 0 && accept(p, "for")) {
            e->kind = E_EACH;
            e->c = item;
            e->name = expect_name(p, "the name of an index")->text;
            expect(p, "in");
            parse_range(p, &e->a, &e->b);
            break;
        }
        *VEC_PUSH(e->args, e->n_args) = item;
    } while (accept(p, ",") && !is(p, "]"));
    expect(p, "]");
    return expr_close(p, e);
}

static expr *parse_primary(parser *p)
{
    if (is(p, "if")) return parse_if(p);
    if (is(p, "sum")) return parse_sum(p);
    if (is(p, "[")) return parse_list(p);
    if (is(p, "(")) {
        span at = p->t->at;
        p->t++;
        expr *e = parse_expr(p);
        expect(p, ")");
        e->at = span_join(at, p->t[-1].at);
        return e;
    }
    if (p->t->kind == TOK_INT) {
        expr *e = expr_make(E_INT, p->t->at);
        e->value = (p->t++)->value;
        return e;
    }
    if (p->t->kind != TOK_NAME || is_keyword(p->t->text)) fail_expected(p, "an expression");
    expr *e = expr_make(E_NAME, p->t->at);
    e->name = (p->t++)->text;
    return e;
}

static expr *parse_postfix(parser *p)
{
    expr *e = parse_primary(p);
    for (;;) {
        expr *outer = NULL;
        if (is(p, "[")) {
            outer = expr_make(E_INDEX, e->at);
            outer->a = e;
            p->t++;
            outer->b = parse_expr(p);
            expect(p, "]");
        } else if (is(p, ".")) {
            outer = expr_make(E_MEMBER, e->at);
            outer->a = e;
            p->t++;
            outer->name = expect_name(p, "the name of a column")->text;
        } else if (is(p, "(") && e->kind == E_NAME) {
            outer = expr_make(E_CALL, e->at);
            outer->name = e->name;
            p->t++;
            if (!is(p, ")")) do
                    *VEC_PUSH(outer->args, outer->n_args) = parse_expr(p);
                while (accept(p, ","));
            expect(p, ")");
        } else {
            return e;
        }
        e = expr_close(p, outer);
    }
}

static expr *parse_unary(parser *p);

static expr *parse_power(parser *p)
{
    expr *base = parse_postfix(p);
    if (!accept(p, "^")) return base;
    expr *e = expr_make(E_BINARY, base->at);
    e->op = OP_POW;
    e->a = base;
    enter(p);
    e->b = parse_unary(p);
    p->depth--;
    return expr_close(p, e);
}

static expr *parse_unary(parser *p)
{
    if (!is(p, "-")) return parse_power(p);
    expr *e = expr_make(E_NEG, p->t->at);
    p->t++;
    enter(p);
    e->a = parse_unary(p);
    p->depth--;
    return expr_close(p, e);
}

static const struct {
    const char *text;
    int level; /* binds tighter when larger */
    binary_op op;
} BINARY[] = {
    {"or", 1, OP_OR},  {"and", 2, OP_AND}, {"==", 4, OP_EQ}, {"!=", 4, OP_NE}, {"<", 4, OP_LT},
    {"<=", 4, OP_LE},  {">", 4, OP_GT},    {">=", 4, OP_GE}, {"|", 5, OP_BOR}, {"&", 6, OP_BAND},
    {"<<", 7, OP_SHL}, {">>", 7, OP_SHR},  {"+", 8, OP_ADD}, {"-", 8, OP_SUB}, {"*", 9, OP_MUL},
    {"/", 9, OP_DIV},  {"%", 9, OP_MOD},
};

static int binary_find(const parser *p, int level)
{
    for (int i = 0; i < (int)SITU_ARRAY_LEN(BINARY); i++)
        if (BINARY[i].level >= level && is(p, BINARY[i].text)) return i;
    return -1;
}

static expr *parse_binary(parser *p, int level)
{
    expr *e;
    if (level <= 3 && is(p, "not")) {
        e = expr_make(E_NOT, p->t->at);
        p->t++;
        e->a = parse_binary(p, 4);
        expr_close(p, e);
    } else {
        e = parse_unary(p);
    }
    for (;;) {
        skip_continuation(p);
        int i = binary_find(p, level);
        if (i < 0) return e;
        p->t++;
        skip_newlines(p);
        expr *outer = expr_make(E_BINARY, e->at);
        outer->op = BINARY[i].op;
        outer->a = e;
        outer->b = parse_binary(p, BINARY[i].level + 1);
        e = expr_close(p, outer);
    }
}

static expr *parse_expr(parser *p)
{
    enter(p);
    expr *e = parse_binary(p, 1);
    p->depth--;
    return e;
}

/* --- statements ------------------------------------------------------------------------------- */

static stmt *stmt_make(parser *p, stmt_kind kind)
{
    stmt *s = air_alloc(sizeof *s);
    s->kind = kind;
    s->at = (p->t++)->at;
    return s;
}

static void parse_stmt_name(parser *p, stmt *s, const char *what)
{
    const token *t = expect_name(p, what);
    s->name = t->text;
    s->name_at = t->at;
}

static u32 parse_dims(parser *p, expr **dims)
{
    u32 n = 0;
    while (is(p, "[")) {
        if (n == DIMS_MAX) air_fail(p->t->at, "more than %d dimensions", DIMS_MAX);
        p->t++;
        dims[n++] = parse_expr(p);
        expect(p, "]");
    }
    return n;
}

static bool parse_bits(const token *t, u32 *bits)
{
    if (t->kind != TOK_NAME || t->text[0] != 'u' || !t->text[1] || strlen(t->text) > 4) return false;
    u32 n = 0;
    for (const char *s = t->text + 1; *s; s++) {
        if (*s < '0' || *s > '9') return false;
        n = n * 10 + (u32)(*s - '0');
    }
    *bits = n;
    return true;
}

static type parse_type(parser *p)
{
    type t = {.at = p->t->at};
    if (accept(p, "bit")) {
        t.kind = T_BIT;
        t.bits = 1;
    } else if (accept(p, "field")) {
        t.kind = T_FIELD;
        if (p->t->kind == TOK_STRING) t.reason = (p->t++)->text;
    } else {
        t.kind = accept(p, "inherited") ? T_INHERITED : T_UINT;
        if (t.kind == T_INHERITED && accept(p, "bit")) {
            t.bits = 1;
        } else {
            if (!parse_bits(p->t, &t.bits)) fail_expected(p, "a type: bit, u<n>, inherited u<n> or field");
            p->t++;
        }
        if (t.bits < 1 || t.bits > TYPE_BITS_MAX)
            air_fail(p->t[-1].at, "integer types have 1 to %d bits", TYPE_BITS_MAX);
    }
    t.at = span_join(t.at, p->t[-1].at);
    return t;
}

static block parse_block(parser *p);

static stmt *parse_column(parser *p)
{
    stmt *s = stmt_make(p, S_COLUMN);
    s->is_pre = strcmp(p->t[-1].text, "preprocessed") == 0;
    parse_stmt_name(p, s, "the name of a column");
    s->n_dims = parse_dims(p, s->dims);
    expect(p, ":");
    s->type = parse_type(p);
    s->doc_at = p->t[-1].at;
    return s;
}

static stmt *parse_let(parser *p)
{
    stmt *s = stmt_make(p, S_LET);
    parse_stmt_name(p, s, "the name of a let");
    if (accept(p, "(")) {
        s->is_function = true;
        do {
            const token *t = expect_name(p, "the name of an argument");
            *VEC_PUSH(s->fields, s->n_fields) = (field){.name = t->text, .at = t->at};
        } while (accept(p, ","));
        expect(p, ")");
    }
    while (!s->is_function && accept(p, "[")) {
        if (s->n_fields == DIMS_MAX) air_fail(p->t[-1].at, "more than %d dimensions", DIMS_MAX);
        const token *t = expect_name(p, "the name of an index");
        field f = {.name = t->text, .at = t->at};
        expect(p, "in");
        parse_range(p, &f.lo, &f.hi);
        expect(p, "]");
        *VEC_PUSH(s->fields, s->n_fields) = f;
    }
    if (!s->is_function && accept(p, ":")) s->type = parse_type(p);
    expect(p, "=");
    skip_newlines(p);
    s->a = parse_expr(p);
    return s;
}

static stmt *parse_for(parser *p)
{
    stmt *s = stmt_make(p, S_FOR);
    parse_stmt_name(p, s, "the name of an index");
    expect(p, "in");
    parse_range(p, &s->a, &s->b);
    s->at = span_join(s->at, p->t[-1].at);
    expect_newline(p);
    s->body = parse_block(p);
    expect(p, "end");
    return s;
}

static stmt *parse_if_stmt(parser *p)
{
    stmt *s = stmt_make(p, S_IF);
    s->a = parse_expr(p);
    expect_newline(p);
    s->body = parse_block(p);
    if (is(p, "else")) {
        p->t++;
        if (is(p, "if")) {
            enter(p);
            *VEC_PUSH(s->other.items, s->other.n) = parse_if_stmt(p);
            p->depth--;
            return s; /* the inner one has taken the `end` */
        }
        expect_newline(p);
        s->other = parse_block(p);
    }
    expect(p, "end");
    return s;
}

/* when, under, times, modular and a name, in any order, each once. */
static void parse_clauses(parser *p, stmt *s)
{
    for (;;) {
        skip_continuation(p);
        span at = p->t->at;
        expr **slot = NULL;
        if (p->t->kind == TOK_STRING) {
            if (s->title) air_fail(at, "a second name");
            s->title = (p->t++)->text;
            continue;
        }
        if (s->kind == S_CONSTRAIN && accept(p, "modular")) {
            if (s->modular) air_fail(at, "`modular` twice");
            s->modular = expect_string(p, "the reason, in quotes, why the equality is meant modulo p")->text;
            continue;
        }
        if (s->kind == S_CONSTRAIN && accept(p, "when"))
            slot = &s->when;
        else if (s->kind == S_CONSTRAIN && accept(p, "under"))
            slot = &s->under;
        else if (s->kind == S_INTERACT && accept(p, "times"))
            slot = &s->times;
        else
            return;
        if (*slot) air_fail(at, "the clause stands here twice");
        *slot = parse_expr(p);
    }
}

static stmt *parse_constrain(parser *p)
{
    stmt *s = stmt_make(p, S_CONSTRAIN);
    s->a = parse_expr(p);
    skip_continuation(p);
    expect(p, "=");
    skip_newlines(p);
    s->b = parse_expr(p);
    parse_clauses(p, s);
    return s;
}

static stmt *parse_interact(parser *p, interact_kind kind)
{
    stmt *s = stmt_make(p, S_INTERACT);
    s->interact = kind;
    parse_stmt_name(p, s, "the name of a bus");
    expect(p, "(");
    do *VEC_PUSH(s->args, s->n_args) = parse_expr(p);
    while (accept(p, ","));
    expect(p, ")");
    parse_clauses(p, s);
    return s;
}

static stmt *parse_use(parser *p)
{
    stmt *s = stmt_make(p, S_USE);
    parse_stmt_name(p, s, "the name of a component");
    expect(p, "(");
    u32 n_names = 0;
    if (!is(p, ")")) do {
            bool named =
                p->t->kind == TOK_NAME && p->t[1].kind == TOK_PUNCT && strcmp(p->t[1].text, "=") == 0;
            *VEC_PUSH(s->arg_names, n_names) = named ? p->t->text : NULL;
            if (named) p->t += 2;
            *VEC_PUSH(s->args, s->n_args) = parse_expr(p);
        } while (accept(p, ",") && !is(p, ")"));
    expect(p, ")");
    skip_continuation(p);
    if (accept(p, "as")) s->prefix = expect_name(p, "a prefix")->text;
    return s;
}

static stmt *parse_const(parser *p)
{
    stmt *s = stmt_make(p, S_CONST);
    parse_stmt_name(p, s, "the name of a constant");
    s->n_dims = parse_dims(p, s->dims);
    expect(p, "=");
    skip_newlines(p);
    s->a = parse_expr(p);
    return s;
}

static stmt *parse_stmt(parser *p)
{
    if (is(p, "column") || is(p, "preprocessed")) return parse_column(p);
    if (is(p, "let")) return parse_let(p);
    if (is(p, "const")) return parse_const(p);
    if (is(p, "for")) return parse_for(p);
    if (is(p, "if")) return parse_if_stmt(p);
    if (is(p, "constrain")) return parse_constrain(p);
    if (is(p, "send")) return parse_interact(p, SEND);
    if (is(p, "receive")) return parse_interact(p, RECEIVE);
    if (is(p, "provide")) return parse_interact(p, PROVIDE);
    if (is(p, "use")) return parse_use(p);
    fail_expected(p, "a statement");
}

static block parse_block(parser *p)
{
    block b = {0};
    enter(p);
    skip_newlines(p);
    while (!is(p, "end") && !is(p, "else")) {
        if (p->t->kind == TOK_END) air_fail(p->t->at, "`end` is missing");
        stmt *s = parse_stmt(p);
        s->at = span_join(s->at, s->kind == S_FOR || s->kind == S_IF ? s->at : p->t[-1].at);
        expect_newline(p);
        *VEC_PUSH(b.items, b.n) = s;
    }
    p->depth--;
    return b;
}

/* --- declarations ----------------------------------------------------------------------------- */

static stmt *parse_bus(parser *p)
{
    stmt *s = stmt_make(p, S_BUS);
    parse_stmt_name(p, s, "the name of a bus");
    expect(p, "(");
    do {
        const token *t = expect_name(p, "the name of a field of the bus");
        field f = {.name = t->text, .at = t->at};
        f.n_dims = parse_dims(p, f.dims);
        expect(p, ":");
        f.type = parse_type(p);
        if (f.type.kind == T_INHERITED) air_fail(f.type.at, "a field of a bus is bit, u<n> or field");
        *VEC_PUSH(s->fields, s->n_fields) = f;
    } while (accept(p, ","));
    expect(p, ")");
    for (;;) {
        if (accept(p, "lookup"))
            s->is_lookup = true;
        else if (accept(p, "global"))
            s->is_global = true;
        else
            break;
    }
    if (s->n_fields > BUS_WIDTH_MAX) air_fail(s->name_at, "a message has at most %d values", BUS_WIDTH_MAX);
    s->doc_at = p->t[-1].at;
    return s;
}

static stmt *parse_public(parser *p)
{
    stmt *s = stmt_make(p, S_PUBLIC);
    parse_stmt_name(p, s, "the name of a public value");
    s->n_dims = parse_dims(p, s->dims);
    expect(p, ":");
    s->type = parse_type(p);
    if (s->type.kind == T_INHERITED) air_fail(s->type.at, "a public value is bit, u<n> or field");
    s->doc_at = p->t[-1].at;
    return s;
}

static stmt *parse_component(parser *p)
{
    stmt *s = stmt_make(p, S_COMPONENT);
    parse_stmt_name(p, s, "the name of a component");
    expect(p, "(");
    if (!is(p, ")")) do {
            field f = {.is_const = accept(p, "const")};
            const token *t = expect_name(p, "the name of an argument");
            f.name = t->text;
            f.at = t->at;
            f.n_dims = parse_dims(p, f.dims);
            if (accept(p, ":")) f.type = parse_type(p);
            if (f.type.kind == T_INHERITED) air_fail(f.type.at, "an argument is bit, u<n> or field");
            *VEC_PUSH(s->fields, s->n_fields) = f;
        } while (accept(p, ","));
    expect(p, ")");
    s->at = span_join(s->at, p->t[-1].at);
    expect_newline(p);
    s->body = parse_block(p);
    expect(p, "end");
    return s;
}

static stmt *parse_table(parser *p)
{
    stmt *s = stmt_make(p, S_TABLE);
    parse_stmt_name(p, s, "the name of a table");
    if (p->t->kind == TOK_STRING) s->title = (p->t++)->text;
    if (accept(p, "instances")) s->a = parse_expr(p);
    s->at = span_join(s->at, p->t[-1].at);
    expect_newline(p);
    s->body = parse_block(p);
    expect(p, "end");
    return s;
}

static stmt *parse_system(parser *p)
{
    stmt *s = stmt_make(p, S_SYSTEM);
    parse_stmt_name(p, s, "the name of the system");
    if (accept(p, "version")) s->a = parse_expr(p);
    return s;
}

static stmt *parse_degree_bound(parser *p)
{
    stmt *s = stmt_make(p, S_DEGREE_BOUND);
    s->a = parse_expr(p);
    s->at = span_join(s->at, p->t[-1].at);
    return s;
}

static void parse_file(parser *p, const char *path, const span *from);

/* The including file's folder first, then the -I folders in order. */
static void parse_include(parser *p)
{
    p->t++;
    const token *t = expect_string(p, "a file name in quotes");
    const char *own = t->at.src->path, *slash = strrchr(own, '/');
    char *path = slash ? air_text("%.*s/%s", (int)(slash - own), own, t->text) : air_text("%s", t->text);
    for (u32 i = 0; i < p->n_include_dirs && access(path, R_OK) != 0; i++)
        path = air_text("%s/%s", p->include_dirs[i], t->text);
    expect_newline(p);
    const token *after = p->t;
    parse_file(p, path, &t->at);
    p->t = after;
}

static stmt *parse_decl(parser *p)
{
    if (is(p, "system")) return parse_system(p);
    if (is(p, "degree_bound")) return parse_degree_bound(p);
    if (is(p, "bus")) return parse_bus(p);
    if (is(p, "public")) return parse_public(p);
    if (is(p, "const")) return parse_const(p);
    if (is(p, "let")) return parse_let(p);
    if (is(p, "component")) return parse_component(p);
    if (is(p, "table")) return parse_table(p);
    fail_expected(p, "a declaration");
}

static void parse_file(parser *p, const char *path, const span *from)
{
    for (u32 i = 0; i < p->n_included; i++)
        if (strcmp(p->included[i], path) == 0) return;
    *VEC_PUSH(p->included, p->n_included) = path;
    enter(p);
    p->t = lex(source_read(path, from)).tokens;
    skip_newlines(p);
    while (p->t->kind != TOK_END) {
        if (is(p, "include")) {
            parse_include(p);
            continue;
        }
        stmt *s = parse_decl(p);
        if (s->kind != S_TABLE && s->kind != S_COMPONENT) s->at = span_join(s->at, p->t[-1].at);
        expect_newline(p);
        *VEC_PUSH(p->decls.items, p->decls.n) = s;
    }
    p->depth--;
}

block parse_root(const char *path, const char *const *include_dirs, u32 n_include_dirs, path_list *paths)
{
    token none = {.kind = TOK_END};
    parser p = {.t = &none, .include_dirs = include_dirs, .n_include_dirs = n_include_dirs};
    parse_file(&p, path, NULL);
    *paths = (path_list){p.included, p.n_included};
    return p.decls;
}
