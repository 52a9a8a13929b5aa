/* airc.h — the AIR compiler: source text to syntax tree, to checked expressions, to C.
 *
 *   lexer.c    characters to tokens
 *   parser.c   tokens to the syntax tree below
 *   node.c     expressions over columns: hashed, with degree and interval of integer values
 *   check.c    walks the tree with every loop unrolled: types, ranges, degrees, names; fills the model
 *   emit.c     walks the same tree with every loop kept: the C bodies
 *   muladd.c   another body over K, from the checked expressions: calls of one multiply-add
 *   output.c   the files around them
 *   report.c   documentation page, cost
 *   process.c  memory, reading files, the end
 *
 * A build tool: it allocates freely, frees nothing, and ends at the first error.
 */
#ifndef SITU_AIR_COMPILER_AIRC_H
#define SITU_AIR_COMPILER_AIRC_H

#include <stdio.h>

#include "base/base.h"

#define AIR_P    INT64_C(0x7f000001)
#define DIMS_MAX 3

/* Language limits, each with the error that names it. */
enum {
    COLUMN_BITS_MAX = 16,        /* widest range check: the range table has 2^17 rows           */
    TYPE_BITS_MAX = 30,          /* widest integer type of a bus field; below p                 */
    TABLE_COLUMNS_MAX = 1 << 16, /* of one table                                                */
    TABLE_OUTPUTS_MAX = 1 << 17, /* constraints, interactions or tuple values of one table      */
    LOCAL_VALUES_MAX = 256,      /* array lets and array arguments alive in one table: verifier stack */
    DEPTH_MAX = 64,              /* nesting of expressions, lets, components and blocks         */
    DEGREE_MAX = 9,              /* largest settable degree bound: blowup 8                     */
    STEPS_MAX = 1 << 20,         /* expressions and statements worked out, loops unrolled */
    BUS_WIDTH_MAX = 256,
};

__extension__ typedef __int128 i128;

/* --- process (process.c; the fuzz target has its own) ------------------------------------------ */

void *air_alloc(size_t bytes); /* zeroed, never freed */
_Noreturn void air_stop(void); /* after a message: exit(1) */

/* The text of a file, or NULL and why not. */
const char *air_read(const char *path, const char **why);

/* --- text (util.c) ----------------------------------------------------------------------------- */

char *air_text(const char *format, ...) SITU_PRINTF(1, 2);
char *air_copy(const char *begin, size_t n);

typedef struct {
    char *s;
    size_t n, capacity;
} buffer;

void buffer_add(buffer *b, const char *format, ...) SITU_PRINTF(2, 3);

/* vec_push(array, n) grows `array` (a pointer) when n is 0 or a power of two; returns &array[n++]. */
void *vec_grow(void *items, u32 n, size_t item_bytes);
#define VEC_PUSH(items, n) ((items) = vec_grow((items), (n), sizeof *(items)), &(items)[(n)++])

/* --- source ----------------------------------------------------------------------------------- */

typedef struct {
    const char *path;
    const char *text;
} source;

typedef struct {
    const source *src;
    const char *begin, *end; /* the text itself */
    u32 line, col;           /* from 1          */
} span;

/* `file:line:col: message` and the text of `at`, then exit. */
_Noreturn void air_fail(span at, const char *format, ...) SITU_PRINTF(2, 3);
const source *source_read(const char *path, const span *included_from);
char *span_text(span at); /* on one line */
span span_join(span a, span b);

typedef enum {
    TOK_END,
    TOK_NEWLINE,
    TOK_NAME,
    TOK_INT,
    TOK_STRING,
    TOK_PUNCT,
} token_kind;

typedef struct {
    token_kind kind;
    span at;
    const char *text; /* name, string's contents, or punctuation */
    i64 value;
} token;

typedef struct {
    token *tokens;
    u32 n;
} token_list;

token_list lex(const source *src);

/* Comment at the end of the line that holds `at`, or NULL. */
char *source_comment(span at);

/* --- syntax tree ------------------------------------------------------------------------------ */

typedef enum {
    E_INT,
    E_NAME,
    E_INDEX,  /* a[b]                        */
    E_MEMBER, /* a.name                      */
    E_CALL,   /* name(args)                  */
    E_NEG,
    E_NOT,
    E_BINARY, /* op                          */
    E_IF,     /* if a then b else c          */
    E_SUM,    /* sum name in a..b : c        */
    E_LIST,   /* [args]                      */
    E_EACH,   /* [c for name in a..b]        */
} expr_kind;

typedef enum {
    OP_ADD,
    OP_SUB,
    OP_MUL,
    OP_DIV,
    OP_MOD,
    OP_POW,
    OP_SHL,
    OP_SHR,
    OP_BAND,
    OP_BOR,
    OP_EQ,
    OP_NE,
    OP_LT,
    OP_LE,
    OP_GT,
    OP_GE,
    OP_AND,
    OP_OR,
} binary_op;

typedef struct expr {
    expr_kind kind;
    binary_op op;
    span at;
    i64 value;
    const char *name;
    struct expr *a, *b, *c;
    struct expr **args;
    u32 n_args;
} expr;

typedef enum { T_NONE, T_BIT, T_UINT, T_INHERITED, T_FIELD } type_kind;

typedef struct {
    type_kind kind;
    u32 bits;
    const char *reason; /* of a field column */
    span at;
} type;

typedef enum {
    S_SYSTEM,
    S_DEGREE_BOUND,
    S_BUS,
    S_PUBLIC,
    S_CONST,
    S_COLUMN,
    S_LET,
    S_FOR,
    S_IF,
    S_CONSTRAIN,
    S_INTERACT,
    S_USE,
    S_COMPONENT,
    S_TABLE,
} stmt_kind;

typedef struct {
    const char *name;
    span at;
    type type;
    bool is_const; /* component parameter that must be a compile-time integer */
    expr *dims[DIMS_MAX];
    u32 n_dims;
    expr *lo, *hi; /* array let: index bounds */
} field;

typedef struct stmt stmt;
typedef struct {
    stmt **items;
    u32 n;
} block;

typedef enum { SEND, RECEIVE, PROVIDE } interact_kind;

struct stmt {
    stmt_kind kind;
    span at;
    const char *name;
    span name_at;
    const char *title; /* table's title, constraint's or interaction's name */
    type type;
    expr *dims[DIMS_MAX];
    u32 n_dims;
    expr *a, *b; /* constrain a = b; for in a..b; if a; let = a; const = a */
    expr *when, *under;
    const char *modular;
    interact_kind interact;
    expr *times;
    expr **args; /* tuple, or component arguments */
    const char **arg_names;
    u32 n_args;
    field *fields; /* bus fields, parameters, array let indices */
    u32 n_fields;
    bool is_pre, is_lookup, is_global, is_function;
    const char *prefix; /* use ... as prefix */
    block body, other;
    span doc_at; /* for source_comment */
};

/* The root file and everything it includes, in order; `paths` gets the files read. */
typedef struct {
    const char **items;
    u32 n;
} path_list;
block parse_root(const char *path, const char *const *include_dirs, u32 n_include_dirs, path_list *paths);

/* --- expressions over columns (node.c) -------------------------------------------------------- */

typedef enum { N_CONST, N_COLUMN, N_PUBLIC, N_ADD, N_SUB, N_MUL, N_TYPED } node_op;

typedef struct node {
    node_op op;
    u32 id; /* order of creation in its table */
    struct node *a, *b;
    i64 k;                 /* constant; table * TABLE_COLUMNS_MAX + element; index of a public */
    i128 lo, hi;           /* as an integer, where inherited columns are valid               */
    i128 free_lo, free_hi; /* as an integer, inherited columns being any field element      */
    u32 degree;
    bool has_field; /* has a column that is no integer of known range                 */
    bool has_inherited;
    u32 mark;
    u32 value; /* of the self test */
    struct node *chain;
} node;

typedef struct node_pool node_pool;
node_pool *node_pool_make(void);
node *node_const(node_pool *p, i128 k);
node *node_column(node_pool *p, u32 index, const type *t);
node *node_public(node_pool *p, u32 index, const type *t);
node *node_add(node_pool *p, node *a, node *b);
node *node_sub(node_pool *p, node *a, node *b);
node *node_mul(node_pool *p, node *a, node *b);
/* a, held in [lo, hi] by a constraint or range message on every row. */
node *node_typed(node_pool *p, node *a, i64 lo, i64 hi);
/* a, in [lo, hi] because its columns have the types they have. */
node *node_derived(node_pool *p, node *a, i64 lo, i64 hi);
SITU_INLINE bool node_is_const(const node *x, i64 k) { return x->op == N_CONST && x->k == k; }

/* A mark that no node bears yet, for a walk that visits each node once. */
u32 node_stamp(void);

/* Is m nonzero wherever c is, whatever the columns hold? */
bool node_implies(const node *c, const node *m);

/* --- the model: what check.c finds out -------------------------------------------------------- */

typedef struct record record;

typedef struct {
    const stmt *decl;
    const char *name;
    bool is_pre;
    type type;
    u32 dims[DIMS_MAX], n_dims, n;
    u32 offset;  /* in its record's preprocessed or main columns */
    record *sub; /* a component's columns, or NULL: a column */
} member;

/* The columns of a table or of one use of a component. */
struct record {
    const stmt *site; /* the table or the `use` */
    record *parent;
    bool in_loop;  /* its `use` stands in a loop: `count` copies side by side          */
    bool imported; /* `use` without a prefix: its names belong to the parent           */
    u32 count;
    u32 offset[2]; /* of the first copy in the parent: main, preprocessed */
    u32 size[2];   /* columns of one copy                                 */
    member *members;
    u32 n_members;
};

typedef struct instance {
    record *rec;
    struct instance *parent;
    u32 copy;
    u32 *n_subs; /* [rec->n_members] executions of each use, in this instance */
} instance;

typedef struct {
    const instance *owner;
    u32 member, index;
    bool is_pre, used;
    type type;
    node *x;
    node **sources; /* multiplicities of the receives that fill an inherited column */
    u32 n_sources;
} element;

typedef struct {
    const char *name;
    const char *text; /* source, one line */
    span at;
    node *value;
    bool automatic;   /* of a column's type                                      */
    node *difference; /* left minus right; NULL when no equality of integers     */
    node *condition;  /* where it is claimed: when, under, or NULL: on every row */
    bool modular;
} constraint;

typedef struct {
    const char *name;
    const char *text;
    span at;
    u32 bus, first_value;
    interact_kind kind;
    bool automatic;
    node *mult; /* without sign */
    node **values;
    span *value_at;
    u32 degree_mult, degree_tuple, mult_max;
} interaction;

typedef struct {
    const stmt *decl;
    const char *name;
    u32 index; /* of the table in the system */
    u32 max_instances;
    node_pool *pool;
    record *root;
    element *elements;
    u32 n_elements;
    constraint *constraints;
    u32 n_constraints;
    interaction *interactions;
    u32 n_interactions, n_values, degree;
    u32 n_locals;
} table;

typedef struct {
    const char *name;
    u32 index, width;
    bool is_lookup, is_global;
    const type *types; /* [width]                                      */
    const u32 *counts; /* [decl->n_fields] values of each field        */
    const stmt *decl;
} bus;

typedef struct {
    const char *name;
    u32 first, n, dims[DIMS_MAX], n_dims;
    type type;
} public_value;

typedef struct {
    const char *root;
    u32 n_steps_max; /* of unrolling; 0: STEPS_MAX */
    const char *name;
    u32 version, degree_bound;
    block decls;
    path_list paths;
    bus *buses;
    u32 n_buses;
    public_value *publics;
    u32 n_publics_named, n_publics;
    table *tables;
    u32 n_tables;
    const bus *range, *byte; /* the standard ones, when there */
    u8 digest[32];
} model;

void check_system(model *m, block decls);

/* Physical index of an element among its table's preprocessed or main columns. */
u32 element_index(const element *e);
record *record_find(const record *parent, const stmt *site);
const member *member_find(const record *rec, const stmt *decl);
char *element_name(const table *t, const element *e);

/* Every column of a table, in order: calls with the dotted name and index of its first element. */
typedef void column_visit(void *ctx, const char *name, const member *m, u32 first);
void table_columns(const table *t, bool is_pre, column_visit *visit, void *ctx);
u32 table_n_columns(const table *t, bool is_pre);

/* --- output ----------------------------------------------------------------------------------- */

/* The body of table t's evaluator, all outputs or only what it asks of lookup buses. */
typedef enum { BODY_ALL, BODY_ASKS } body_kind;
void emit_body(buffer *out, const model *m, const table *t, body_kind kind);

/* What the bodies below share: constants, as residues modulo p, and the largest number of temporaries. */
typedef struct {
    u32 *values, n, n_places;
} muladd_constants;

/* The body of table t's evaluator as calls of a multiply-add. */
void emit_muladd(buffer *out, const model *m, const table *t, muladd_constants *constants);

/* Compile-time constants of the system as C arrays. */
void emit_constants(buffer *out, const model *m);

void output_files(const model *m, const char *dir);
/* mix: rows of each table, "add=40,load=25", or NULL.  False if it names no table or holds no numbers. */
bool report_cost(FILE *out, const model *m, u32 blowup, const char *mix);
void report_page(buffer *out, const model *m);
void digest_system(model *m);
u64 self_test(const model *m, const table *t);

#endif /* SITU_AIR_COMPILER_AIRC_H */
