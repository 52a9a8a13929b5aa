/* output.c — the files of a system: header, metadata, evaluator body, its three uses, documentation. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "air/compiler/airc.h"

/* --- writing ---------------------------------------------------------------------------------- */

static _Noreturn void fail_file(const char *path)
{
    fprintf(stderr, "airc: %s: %s\n", path, strerror(errno));
    air_stop();
}

static bool same_content(const char *path, const buffer *b)
{
    FILE *f = fopen(path, "r");
    if (!f) return false;
    char *old = air_alloc(b->n + 1);
    bool same = fread(old, 1, b->n + 1, f) == b->n && memcmp(old, b->s, b->n) == 0;
    fclose(f);
    return same;
}

/* A file whose content does not change keeps its date, so nothing is compiled again. */
static void write_file(const char *dir, const char *name, const buffer *b)
{
    if (!dir) return;
    char *path = air_text("%s/%s", dir, name), *part = air_text("%s.part", path);
    if (same_content(path, b)) return;
    FILE *f = fopen(part, "w");
    if (!f) fail_file(part);
    bool bad = fwrite(b->s, 1, b->n, f) != b->n;
    bad |= fclose(f) != 0;
    if (bad || rename(part, path) != 0) {
        unlink(part);
        fail_file(path);
    }
}

static char *upper(const char *s)
{
    char *u = air_text("%s", s);
    for (char *p = u; *p; p++) *p = (char)toupper((unsigned char)*p);
    return u;
}

static void add_head(buffer *b, const model *m, const char *what)
{
    buffer_add(b, "/* %s of the system `%s`; made from %s by airc. */\n", what, m->name, m->root);
}

/* --- the header ------------------------------------------------------------------------------- */

static void add_record(buffer *b, const record *r, bool is_pre, int indent)
{
    for (u32 i = 0; i < r->n_members; i++) {
        const member *m = &r->members[i];
        if (m->sub && (m->sub->size[is_pre] == 0 || m->sub->count == 0)) continue;
        if (m->sub && m->sub->imported) {
            add_record(b, m->sub, is_pre, indent);
            continue;
        }
        if (m->sub) {
            buffer_add(b, "%*sstruct {\n", indent, "");
            add_record(b, m->sub, is_pre, indent + 4);
            buffer_add(b, "%*s} %s", indent, "", m->name);
            if (m->sub->in_loop) buffer_add(b, "[%u]", m->sub->count);
        } else if (m->is_pre == is_pre) {
            buffer_add(b, "%*su32 %s", indent, "", m->name);
            for (u32 k = 0; k < m->n_dims; k++) buffer_add(b, "[%u]", m->dims[k]);
        } else {
            continue;
        }
        buffer_add(b, ";\n");
    }
}

static void add_row_struct(buffer *b, const model *m, const table *t, bool is_pre)
{
    u32 n = table_n_columns(t, is_pre);
    if (n == 0) return;
    const char *row_type = air_text("situ_%s_%s_%srow", m->name, t->name, is_pre ? "pre_" : "");
    buffer_add(b, "typedef struct {\n");
    add_record(b, t->root, is_pre, 4);
    buffer_add(b, "} %s;\n_Static_assert(sizeof(%s) == %u * sizeof(u32), \"columns only\");\n", row_type,
               row_type, n);
}

static void add_enums(buffer *b, const model *m)
{
    char *sys = upper(m->name);
    buffer_add(b, "/* Indices of tables, buses and public values. */\nenum {\n");
    for (u32 i = 0; i < m->n_tables; i++)
        buffer_add(b, "    SITU_%s_TABLE_%s = %u,\n", sys, upper(m->tables[i].name), i);
    buffer_add(b, "    SITU_%s_TABLES = %u,\n", sys, m->n_tables);
    for (u32 i = 0; i < m->n_buses; i++)
        buffer_add(b, "    SITU_%s_BUS_%s = %u,\n", sys, upper(m->buses[i].name), i);
    buffer_add(b, "    SITU_%s_BUSES = %u,\n", sys, m->n_buses);
    for (u32 i = 0; i < m->n_publics_named; i++)
        buffer_add(b, "    SITU_%s_PUBLIC_%s = %u,\n", sys, upper(m->publics[i].name), m->publics[i].first);
    buffer_add(b, "    SITU_%s_PUBLICS = %u,\n};\n", sys, m->n_publics);
}

static void output_header(const model *m, const char *dir)
{
    buffer b = {0};
    char *sys = upper(m->name);
    add_head(&b, m, "Row structs and indices");
    buffer_add(&b, "#ifndef SITU_GEN_%s_H\n#define SITU_GEN_%s_H\n\n#include \"air/air.h\"\n\n", sys, sys);
    add_enums(&b, m);
    buffer_add(&b, "\n/* One row of each table, plain integers below p, in the order of the columns. */\n");
    for (u32 i = 0; i < m->n_tables; i++) {
        const table *t = &m->tables[i];
        if (t->decl->title) buffer_add(&b, "\n/* %s */\n", t->decl->title);
        add_row_struct(&b, m, t, true);
        add_row_struct(&b, m, t, false);
    }
    buffer_add(&b,
               "\n/* The verifier's view; freestanding. */\nextern const situ_air_system situ_%s_system;\n",
               m->name);
    buffer_add(&b, "/* The prover's. */\nextern const situ_air_prover_system situ_%s_prover;\n\n", m->name);
    for (u32 i = 0; i < m->n_tables; i++) {
        buffer_add(&b, "situ_air_eval_row situ_%s_%s_eval_row;\n", m->name, m->tables[i].name);
        buffer_add(&b, "situ_air_lookups situ_%s_%s_lookups;\n", m->name, m->tables[i].name);
    }
    buffer_add(&b, "\n#endif\n");
    write_file(dir, air_text("%s.h", m->name), &b);
}

/* --- the evaluator and its uses --------------------------------------------------------------- */

static void add_function(buffer *b, const model *m, const table *t, body_kind kind)
{
    const char *const ALL = "const AIR_ELEMENT *pre, const AIR_ELEMENT *main, const kb *publics,\n    "
                            "AIR_ELEMENT *constraints, AIR_ELEMENT "
                            "*mults, AIR_ELEMENT *values";
    const char *const ASKS =
        "const u32 *pre, const u32 *main, const u32 *publics,\n    const situ_air_lookup_sink *sink";
    if (kind == BODY_ALL)
        buffer_add(b,
                   "\nstatic SITU_UNUSED void eval_%s(%s)\n{\n    (void)pre, (void)main, (void)publics, "
                   "(void)constraints, (void)mults, (void)values;\n",
                   t->name, ALL);
    else
        buffer_add(
            b, "\nSITU_INLINE void ask_%s(%s)\n{\n    (void)pre, (void)main, (void)publics, (void)sink;\n",
            t->name, ASKS);
    emit_body(b, m, t, kind);
    buffer_add(b, "}\n");
}

static void output_inc(const model *m, const char *dir)
{
    buffer b = {0};
    add_head(&b, m, "Evaluators over any type of value");
    emit_constants(&b, m);
    for (u32 i = 0; i < m->n_tables; i++) add_function(&b, m, &m->tables[i], BODY_ALL);
    write_file(dir, air_text("%s_eval.inc", m->name), &b);
}

static void output_packed(const model *m, const char *dir)
{
    static const char *const ARGS =
        "const kb *pre, const kb *main, const kb *publics, kb *constraints, kb *mults, kb *values";
    buffer b = {0};
    add_head(&b, m, "Evaluation of 16 rows at once");
    buffer_add(&b, "#include \"air/eval_v16.h\"\n#include \"base/cpu.h\"\n#include \"%s_eval.inc\"\n",
               m->name);
    for (u32 i = 0; i < m->n_tables; i++) {
        const char *name = m->tables[i].name;
        buffer_add(&b, "\nSIMD_DECLARE(void, situ_%s_%s_packed, (%s));\n", m->name, name, ARGS);
        buffer_add(&b,
                   "void SIMD_NAME(situ_%s_%s_packed)(%s)\n{\n    eval_%s(pre, main, publics, constraints, "
                   "mults, values);\n}\n",
                   m->name, name, ARGS, name);
    }
    write_file(dir, air_text("%s_packed.simd.c", m->name), &b);
}

static void add_lookups(buffer *b, const model *m, const table *t)
{
    u32 n_pre = table_n_columns(t, true);
    buffer_add(
        b, "\nvoid situ_%s_%s_lookups(const u32 *pre, const u32 *main, size_t n_rows, const u32 *publics,\n",
        m->name, t->name);
    buffer_add(b, "    const situ_air_lookup_sink *sink)\n{\n    for (size_t i = 0; i < n_rows; i++) ");
    /* pre may be NULL when there are no such columns. */
    buffer_add(b, "ask_%s(%s, main + i * %u, publics, sink);\n}\n", t->name,
               n_pre ? air_text("pre + i * %u", n_pre) : "pre", table_n_columns(t, false));
}

static void output_check(const model *m, const char *dir)
{
    static const char *const ARGS =
        "const kb *pre, const kb *main, const kb *publics, kb *constraints, kb *mults, kb *values";
    buffer b = {0};
    add_head(&b, m, "Evaluation of one row, and what rows ask of lookup buses");
    buffer_add(&b, "#include \"air/eval_kb.h\"\n#include \"%s.h\"\n#include \"%s_eval.inc\"\n", m->name,
               m->name);
    for (u32 i = 0; i < m->n_tables; i++)
        buffer_add(&b,
                   "\nvoid situ_%s_%s_eval_row(%s)\n{\n    eval_%s(pre, main, publics, constraints, mults, "
                   "values);\n}\n",
                   m->name, m->tables[i].name, ARGS, m->tables[i].name);
    buffer_add(&b, "\n#include \"air/eval_plain.h\"\n");
    for (u32 i = 0; i < m->n_tables; i++) {
        const table *t = &m->tables[i];
        add_function(&b, m, t, BODY_ASKS);
        add_lookups(&b, m, t);
    }
    write_file(dir, air_text("%s_check.c", m->name), &b);
}

/* Tables with more constraints and messages are better off with their loops. */
enum { MULADD_OUTPUTS_MAX = 300 };

static const bool *output_muladd(const model *m, const char *dir)
{
    static const u32 FIRST[] = {0, 1, (u32)AIR_P - 1};
    buffer b = {0}, bodies = {0};
    bool *has = air_alloc(m->n_tables + 1);
    muladd_constants constants = {0};
    for (u32 i = 0; i < SITU_ARRAY_LEN(FIRST); i++) *VEC_PUSH(constants.values, constants.n) = FIRST[i];
    for (u32 i = 0; i < m->n_tables; i++) {
        buffer body = {0};
        has[i] = m->tables[i].n_constraints + m->tables[i].n_interactions <= MULADD_OUTPUTS_MAX;
        if (!has[i]) continue;
        emit_muladd(&body, m, &m->tables[i], &constants);
        buffer_add(&bodies, "\nstatic void muladd_%s_%s(const situ_air_point *at)\n{\n%s}\n", m->name,
                   m->tables[i].name, body.s);
    }
    add_head(&b, m, "Evaluators over K as calls of a multiply-add");
    buffer_add(&b, "static const k6 constants[] = {\n");
    for (u32 i = 0; i < constants.n; i++) buffer_add(&b, "    {{KB_CONST(%u)}},\n", constants.values[i]);
    buffer_add(&b, "};\nstatic k6 temporaries[%u];\n%s", constants.n_places + 1, bodies.s ? bodies.s : "");
    buffer_add(&b, "\nstatic situ_air_eval_muladd *const muladd_tables[] SITU_UNUSED = {\n");
    for (u32 i = 0; i < m->n_tables; i++)
        buffer_add(&b, has[i] ? "    muladd_%s_%s,\n" : "    NULL, /* %s: %s */\n", m->name,
                   m->tables[i].name);
    buffer_add(&b, "};\n");
    write_file(dir, air_text("%s_muladd.inc", m->name), &b);
    return has;
}

/* --- metadata --------------------------------------------------------------------------------- */

static u32 type_bits(const type *t) { return t->kind == T_FIELD ? 0 : t->bits; }

static void add_buses(buffer *b, const model *m)
{
    buffer_add(b, "\nstatic const situ_air_bus buses[] = {\n");
    for (u32 i = 0; i < m->n_buses; i++)
        buffer_add(b, "    {\"%s\", %u, %d, %d},\n", m->buses[i].name, m->buses[i].width,
                   m->buses[i].is_lookup, m->buses[i].is_global);
    buffer_add(b, "    {0},\n};\n");
}

static void add_publics(buffer *b, const model *m)
{
    buffer_add(b, "\nstatic const char *const public_names[] = {\n");
    for (u32 i = 0; i < m->n_publics_named; i++)
        for (u32 k = 0; k < m->publics[i].n; k++) {
            const public_value *p = &m->publics[i];
            buffer_add(b, p->n_dims ? "    \"%s[%u]\",\n" : "    \"%s\",\n", p->name, k);
        }
    buffer_add(b, "    NULL,\n};\nstatic const u8 public_bits[] = {");
    for (u32 i = 0; i < m->n_publics_named; i++)
        for (u32 k = 0; k < m->publics[i].n; k++) buffer_add(b, "%u, ", type_bits(&m->publics[i].type));
    buffer_add(b, "0};\n");
}

static void add_interactions(buffer *b, const table *t)
{
    buffer_add(b, "static const situ_air_interaction %s_interactions[] = {\n", t->name);
    for (u32 i = 0; i < t->n_interactions; i++) {
        const interaction *x = &t->interactions[i];
        buffer_add(b,
                   "    {.bus = %u, .first_value = %u, .mult_max = %u, .degree_mult = %u, .degree_tuple = "
                   "%u, .is_provider = %d, .is_receive = %d},\n",
                   x->bus, x->first_value, x->mult_max, x->degree_mult, x->degree_tuple, x->kind == PROVIDE,
                   x->kind == RECEIVE);
    }
    buffer_add(b, "    {0},\n};\n");
}

enum { LOGUP_LISTS = 8 }; /* SITU_AIR_LOGUP_LISTS */

/* As stark_logup_group_end (stark/layout.c), from the same numbers; a test compares. */
static u32 group_end(const table *t, u32 first, i32 degree_max)
{
    i32 denominators = 0, excess = 1;
    u32 end = first;
    for (; end < t->n_interactions; end++) {
        const i32 degree = (i32)t->interactions[end].degree_tuple,
                  more = (i32)t->interactions[end].degree_mult - degree;
        denominators += degree;
        if (more > excess) excess = more;
        if (denominators + excess > degree_max) break;
    }
    return end;
}

static i32 list_degree(u32 list) { return (2 << list / 2) + 1 - (i32)(list % 2); }

/* Where LogUp groups of a degree end, unless an interaction does not fit alone; returns their number. */
static u32 add_group_ends(buffer *b, const table *t, u32 list)
{
    u32 n = 0;
    buffer_add(b, "static const u16 %s_ends_%u[] = {", t->name, list);
    for (u32 first = 0, end; first < t->n_interactions; first = end, n++) {
        end = group_end(t, first, list_degree(list));
        if (end == first) end++; /* refused by its degree */
        buffer_add(b, "%u, ", end);
    }
    buffer_add(b, "0};\n");
    return n;
}

static u32 message_degree(const table *t)
{
    u32 degree = 0;
    for (u32 i = 0; i < t->n_interactions; i++) {
        const interaction *x = &t->interactions[i];
        if (x->degree_tuple + 1 > degree) degree = x->degree_tuple + 1;
        if (x->degree_mult > degree) degree = x->degree_mult;
    }
    return degree;
}

static void add_table_facts(buffer *b, const table *t, const u32 n_groups[LOGUP_LISTS])
{
    buffer_add(b, "     .degree_message = %u, .n_logup_groups = {", message_degree(t));
    for (u32 i = 0; i < LOGUP_LISTS; i++) buffer_add(b, "%u, ", n_groups[i]);
    buffer_add(b, "}, .logup_ends = {");
    for (u32 i = 0; i < LOGUP_LISTS; i++) buffer_add(b, "%s_ends_%u, ", t->name, i);
    buffer_add(b, "},\n");
}

static void output_verify(const model *m, const bool *has_muladd, const char *dir)
{
    buffer b = {0};
    add_head(&b, m, "What the verifier needs: shapes, interactions, evaluation over K");
    buffer_add(&b,
               "#include \"%s.h\"\n#if defined(SITU_K6_ACCELERATED)\n#include \"air/eval_k6_at.h\"\n#include "
               "\"%s_eval.inc\"\n"
               "#include \"air/eval_muladd.h\"\n#include \"%s_muladd.inc\"\n",
               m->name, m->name, m->name);
    for (u32 i = 0; i < m->n_tables; i++)
        if (!has_muladd[i])
            buffer_add(&b, "AIR_AT_EVALUATOR(at_%s, eval_%s)\n", m->tables[i].name, m->tables[i].name);
    buffer_add(&b,
               "#define EVALUATOR(table) .eval_muladd = muladd_%s_##table\n#define LONG_EVALUATOR(table) "
               ".eval_k = at_##table\n"
               "#else\n#include \"air/eval_k6.h\"\n#include \"%s_eval.inc\"\n"
               "#define EVALUATOR(table) .eval_k = eval_##table\n#define LONG_EVALUATOR(table) .eval_k = "
               "eval_##table\n#endif\n",
               m->name, m->name);
    add_buses(&b, m);
    add_publics(&b, m);
    u32(*n_groups)[LOGUP_LISTS] = air_alloc((m->n_tables + 1) * sizeof *n_groups);
    for (u32 i = 0; i < m->n_tables; i++) {
        add_interactions(&b, &m->tables[i]);
        for (u32 k = 0; k < LOGUP_LISTS; k++) n_groups[i][k] = add_group_ends(&b, &m->tables[i], k);
    }
    buffer_add(&b, "\nstatic const situ_air_table tables[] = {\n");
    for (u32 i = 0; i < m->n_tables; i++) {
        const table *t = &m->tables[i];
        buffer_add(&b,
                   "    {.name = \"%s\", .n_pre = %u, .n_main = %u, .n_constraints = %u, .n_interactions = "
                   "%u, .n_values = %u, .degree = %u,\n",
                   t->name, table_n_columns(t, true), table_n_columns(t, false), t->n_constraints,
                   t->n_interactions, t->n_values, t->degree);
        add_table_facts(&b, t, n_groups[i]);
        buffer_add(&b, "     .max_instances = %u, .interactions = %s_interactions, %sEVALUATOR(%s)},\n",
                   t->max_instances, t->name, has_muladd[i] ? "" : "LONG_", t->name);
    }
    buffer_add(&b,
               "};\n\nconst situ_air_system situ_%s_system = {\n    .name = \"%s\", .version = %u, .n_tables "
               "= %u, .n_buses = %u, .n_publics = %u,\n"
               "    .tables = tables, .buses = buses, .public_names = public_names, .public_bits = "
               "public_bits,\n    .digest = {",
               m->name, m->name, m->version, m->n_tables, m->n_buses, m->n_publics);
    for (int i = 0; i < 32; i++) buffer_add(&b, "%s0x%02x", i ? ", " : "", m->digest[i]);
    buffer_add(&b, "},\n};\n");
    write_file(dir, air_text("%s_verify.c", m->name), &b);
}

typedef struct {
    buffer *b;
    u32 n;
} column_output;

static void add_column(void *ctx, const char *name, const member *m, u32 first)
{
    static const char *const TYPE[] = {"0", "SITU_AIR_BIT", "SITU_AIR_UINT", "SITU_AIR_INHERITED",
                                       "SITU_AIR_FIELD"};
    column_output *o = ctx;
    o->n++;
    buffer_add(o->b, "    {\"%s\", %u, %u, %s, %u, %d},\n", name, first, m->n, TYPE[m->type.kind],
               type_bits(&m->type), m->is_pre);
}

static void add_names(buffer *b, const model *m, const table *t, u32 *n_columns)
{
    column_output columns = {.b = b};
    buffer_add(b, "\nstatic const char *const %s_constraints[] = {\n", t->name);
    for (u32 i = 0; i < t->n_constraints; i++) buffer_add(b, "    \"%s\",\n", t->constraints[i].name);
    buffer_add(b, "    NULL,\n};\nstatic const char *const %s_messages[] = {\n", t->name);
    for (u32 i = 0; i < t->n_interactions; i++) buffer_add(b, "    \"%s\",\n", t->interactions[i].name);
    buffer_add(b, "    NULL,\n};\nstatic const situ_air_column %s_columns[] = {\n", t->name);
    table_columns(t, true, add_column, &columns);
    table_columns(t, false, add_column, &columns);
    buffer_add(b, "};\n");
    *n_columns = columns.n;
    (void)m;
}

static void add_prover_table(buffer *b, const model *m, const table *t, u32 n_columns)
{
    buffer_add(b,
               "    {.eval_packed = PACKED(situ_%s_%s_packed), .eval_row = situ_%s_%s_eval_row, .lookups = "
               "situ_%s_%s_lookups,\n",
               m->name, t->name, m->name, t->name, m->name, t->name);
    buffer_add(
        b,
        "     .constraint_names = %s_constraints, .interaction_names = %s_messages, .columns = %s_columns,\n",
        t->name, t->name, t->name);
    buffer_add(b, "     .n_columns_named = %u, .self_test = UINT64_C(0x%016llx)},\n", n_columns,
               (unsigned long long)self_test(m, t));
}

static void output_meta(const model *m, const char *dir)
{
    buffer b = {0};
    u32 *n_columns = air_alloc(m->n_tables * sizeof *n_columns);
    add_head(&b, m, "What the prover adds: packed evaluators and names");
    buffer_add(&b, "#include \"base/cpu.h\"\n#include \"%s.h\"\n\n", m->name);
    for (u32 i = 0; i < m->n_tables; i++)
        buffer_add(&b,
                   "SIMD_DECLARE(void, situ_%s_%s_packed, (const kb *pre, const kb *main, const kb *publics, "
                   "kb *constraints, kb *mults, kb *values));\n",
                   m->name, m->tables[i].name);
    buffer_add(&b, "#if defined(__x86_64__)\n#define PACKED(f) {f##_scalar, f##_avx2, "
                   "f##_avx512}\n#else\n#define PACKED(f) {f##_scalar}\n#endif\n");
    for (u32 i = 0; i < m->n_tables; i++) add_names(&b, m, &m->tables[i], &n_columns[i]);
    buffer_add(&b, "\nstatic const situ_air_prover_table tables[] = {\n");
    for (u32 i = 0; i < m->n_tables; i++) add_prover_table(&b, m, &m->tables[i], n_columns[i]);
    buffer_add(
        &b,
        "};\n\nconst situ_air_prover_system situ_%s_prover = {.shape = &situ_%s_system, .tables = tables};\n",
        m->name, m->name);
    write_file(dir, air_text("%s_meta.c", m->name), &b);
}

/* For make: what the folder's stamp depends on. */
static void output_depend(const model *m, const char *dir)
{
    buffer b = {0};
    buffer_add(&b, "%s/stamp:", dir ? dir : "");
    for (u32 i = 0; i < m->paths.n; i++) buffer_add(&b, " %s", m->paths.items[i]);
    buffer_add(&b, "\n");
    for (u32 i = 0; i < m->paths.n; i++) buffer_add(&b, "%s:\n", m->paths.items[i]);
    write_file(dir, "stamp.d", &b);
}

void output_files(const model *m, const char *dir)
{
    buffer page = {0};
    if (dir && mkdir(dir, 0777) != 0 && errno != EEXIST) fail_file(dir);
    output_depend(m, dir);
    output_header(m, dir);
    output_inc(m, dir);
    output_packed(m, dir);
    output_check(m, dir);
    output_verify(m, output_muladd(m, dir), dir);
    output_meta(m, dir);
    report_page(&page, m);
    write_file(dir, air_text("%s.md", m->name), &page);
}
