/* report.c — what a reader sees of a system: its documentation page, and what its rows cost. */
#include <stdlib.h>
#include <string.h>

#include "air/compiler/airc.h"

/* The quotient's columns, shared by all tables of a height. */
enum { QUOTIENT_CELLS = 12 };

/* --- cost ------------------------------------------------------------------------------------- */

typedef struct {
    u32 n_bits, n_uints, n_inherited, n_fields, n_pre;
} column_counts;

static void count_column(void *ctx, const char *name, const member *m, u32 first)
{
    column_counts *c = ctx;
    (void)name;
    (void)first;
    if (m->is_pre)
        c->n_pre += m->n;
    else if (m->type.kind == T_BIT)
        c->n_bits += m->n;
    else if (m->type.kind == T_UINT)
        c->n_uints += m->n;
    else if (m->type.kind == T_INHERITED)
        c->n_inherited += m->n;
    else
        c->n_fields += m->n;
}

/* Is [first, end) a group: g prod d_i = sum m_i prod_{j != i} d_j within the bound? */
static bool group_fits(const table *t, u32 first, u32 end, u32 bound)
{
    u32 sum = 0;
    for (u32 i = first; i < end; i++) sum += t->interactions[i].degree_tuple;
    if (1 + sum > bound) return false;
    for (u32 i = first; i < end; i++)
        if (t->interactions[i].degree_mult + sum - t->interactions[i].degree_tuple > bound) return false;
    return true;
}

/* Interactions are grouped greedily, in order, as the prover does. */
static u32 n_groups(const table *t, u32 bound)
{
    u32 n = 0, first = 0;
    for (u32 i = 0; i < t->n_interactions; i++) {
        if (i > first && !group_fits(t, first, i + 1, bound)) first = i;
        if (i == first) n++;
    }
    return n;
}

static u32 table_cells(const table *t, u32 blowup)
{
    return table_n_columns(t, false) + 6 * n_groups(t, blowup + 1) + QUOTIENT_CELLS;
}

static void cost_line(FILE *out, const table *t, u32 blowup)
{
    column_counts c = {0};
    table_columns(t, true, count_column, &c);
    table_columns(t, false, count_column, &c);
    u32 n_main = table_n_columns(t, false), groups = n_groups(t, blowup + 1);
    fprintf(out, "%-20s %5u %5u %5u %5u %5u %5u | %5u %5u %6u | %6u %6u %6u %6u\n", t->name, c.n_pre,
            c.n_bits, c.n_uints, c.n_inherited, c.n_fields, n_main, t->n_constraints, t->n_interactions,
            groups, (n_main + 15) / 16 * 16, 6 * groups, (u32)QUOTIENT_CELLS, table_cells(t, blowup));
}

/* mix is "add=40,load=25": rows of each table in some run. */
static bool mix_cost(FILE *out, const model *m, u32 blowup, const char *mix)
{
    double cells = 0, rows = 0;
    while (*mix) {
        size_t n = strcspn(mix, "=,");
        char *end;
        const table *t = NULL;
        for (u32 i = 0; i < m->n_tables; i++)
            if (strlen(m->tables[i].name) == n && memcmp(m->tables[i].name, mix, n) == 0) t = &m->tables[i];
        if (!t || mix[n] != '=') return false;
        double weight = strtod(mix + n + 1, &end);
        if (end == mix + n + 1 || (*end && *end != ',') || !(weight > 0)) return false;
        cells += weight * table_cells(t, blowup);
        rows += weight;
        mix = *end ? end + 1 : end;
    }
    if (rows > 0) fprintf(out, "mix: %.1f cells a row\n", cells / rows);
    return rows > 0;
}

bool report_cost(FILE *out, const model *m, u32 blowup, const char *mix)
{
    fprintf(out,
            "system %s, blowup %u, cells a row (the quotient's are shared by all tables of a height)\n\n",
            m->name, blowup);
    fprintf(out, "%-20s %5s %5s %5s %5s %5s %5s | %5s %5s %6s | %6s %6s %6s %6s\n", "table", "pre", "bit",
            "u<n>", "inh", "field", "main", "cons", "inter", "groups", "main16", "aux", "quot", "total");
    for (u32 i = 0; i < m->n_tables; i++) cost_line(out, &m->tables[i], blowup);
    return !mix || mix_cost(out, m, blowup, mix);
}

/* --- the documentation page ------------------------------------------------------------------- */

static char *type_text(const type *t)
{
    if (t->kind == T_BIT) return "bit";
    if (t->kind == T_FIELD) return "field";
    return air_text("%su%u", t->kind == T_INHERITED ? "inherited " : "", t->bits);
}

/* `|` ends a cell of a table. */
static char *cell(const char *s)
{
    char *out = air_alloc(2 * strlen(s) + 1), *p = out;
    for (; *s; s++) {
        if (*s == '|') *p++ = '\\';
        *p++ = *s;
    }
    return out;
}

static void page_column(void *ctx, const char *name, const member *m, u32 first)
{
    char *dims = air_text("%s", "");
    for (u32 k = 0; k < m->n_dims; k++) dims = air_text("%s[%u]", dims, m->dims[k]);
    char *note = source_comment(m->decl->doc_at);
    const char *reason = m->type.kind == T_FIELD && m->type.reason ? m->type.reason : "";
    buffer_add(ctx, "| %u | `%s%s` | %s%s | %s%s%s |\n", first, name, dims, m->is_pre ? "preprocessed " : "",
               type_text(&m->type), note ? cell(note) : "", note && reason[0] ? "; " : "", cell(reason));
}

static void page_buses(buffer *b, const model *m)
{
    buffer_add(b, "## Buses\n\n| bus | message | kind | |\n|---|---|---|---|\n");
    for (u32 i = 0; i < m->n_buses; i++) {
        const bus *x = &m->buses[i];
        buffer_add(b, "| `%s` | ", x->name);
        for (u32 k = 0; k < x->decl->n_fields; k++) {
            const field *f = &x->decl->fields[k];
            buffer_add(b, "%s%s", k ? ", " : "", f->name);
            if (f->n_dims) buffer_add(b, "[%u]", x->counts[k]);
            buffer_add(b, ": %s", type_text(&f->type));
        }
        char *note = source_comment(x->decl->doc_at);
        buffer_add(b, " | %s | %s |\n",
                   x->is_lookup   ? "lookup"
                   : x->is_global ? "global"
                                  : "",
                   note ? cell(note) : "");
    }
}

static void page_table(buffer *b, const model *m, const table *t)
{
    static const char *const VERB[] = {"send", "receive", "provide"};
    buffer_add(b, "\n## Table `%s`\n\n%s%s", t->name, t->decl->title ? t->decl->title : "",
               t->decl->title ? "\n\n" : "");
    buffer_add(b,
               "%u preprocessed and %u main columns, %u constraints of degree up to %u, %u messages in %u "
               "groups at blowup 2.\n\n",
               table_n_columns(t, true), table_n_columns(t, false), t->n_constraints, t->degree,
               t->n_interactions, n_groups(t, 3));
    buffer_add(b, "| first | column | type | |\n|---|---|---|---|\n");
    table_columns(t, true, page_column, b);
    table_columns(t, false, page_column, b);
    buffer_add(b, "\n| constraint | degree | |\n|---|---|---|\n");
    for (u32 i = 0; i < t->n_constraints; i++) {
        const constraint *c = &t->constraints[i];
        bool again = i && strcmp(c->text, t->constraints[i - 1].text) == 0;
        buffer_add(b, "| `%s` | %u | %s |\n", c->name, c->value->degree,
                   again ? "as above" : air_text("`%s`", cell(c->text)));
    }
    buffer_add(b, "\n| message | bus | multiplicity | |\n|---|---|---|---|\n");
    for (u32 i = 0; i < t->n_interactions; i++) {
        const interaction *x = &t->interactions[i];
        buffer_add(b, "| `%s` | %s %s | %s | `%s` |\n", x->name, VERB[x->kind], m->buses[x->bus].name,
                   x->kind == PROVIDE ? "any" : air_text("up to %u", x->mult_max), cell(x->text));
    }
}

void report_page(buffer *b, const model *m)
{
    buffer_add(b, "# System `%s`, version %u\n\nMade from %s by airc.\n\n", m->name, m->version, m->root);
    page_buses(b, m);
    if (m->n_publics_named) buffer_add(b, "\n## Public values\n\n| | type | |\n|---|---|---|\n");
    for (u32 i = 0; i < m->n_publics_named; i++)
        buffer_add(b, "| `%s` | %s | %u |\n", m->publics[i].name, type_text(&m->publics[i].type),
                   m->publics[i].n);
    for (u32 i = 0; i < m->n_tables; i++) page_table(b, m, &m->tables[i]);
}
