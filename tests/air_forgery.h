/* air_forgery.h — lying rows: what each constraint alone must catch.
 *
 * A *family* is a constraint's name without its indices.  A forgery is a row that breaks constraints of one
 * family and no other; every constraint of a table must be broken by one.
 */
#ifndef SITU_TESTS_AIR_FORGERY_H
#define SITU_TESTS_AIR_FORGERY_H

#include <stdlib.h>

#include "air/air.h"
#include "test.h"

typedef struct {
    const situ_air_table *shape;
    const situ_air_prover_table *prover;
    bool *owned; /* [n_constraints] */
    kb *main, *constraints, *mults, *values;
} forgery_table;

SITU_UNUSED static forgery_table forgery_open(const situ_air_prover_system *system, const char *name)
{
    for (u32 i = 0; i < system->shape->n_tables; i++) {
        const situ_air_table *t = &system->shape->tables[i];
        if (strcmp(t->name, name) != 0) continue;
        return (forgery_table){
            .shape = t,
            .prover = &system->tables[i],
            .owned = calloc(t->n_constraints, 1),
            .main = calloc(t->n_main, sizeof(kb)),
            .constraints = calloc(t->n_constraints + 1, sizeof(kb)),
            .mults = calloc(t->n_interactions + 1, sizeof(kb)),
            .values = calloc(t->n_values + 1, sizeof(kb)),
        };
    }
    test_fail(__FILE__, __LINE__, "no table %s", name);
}

SITU_UNUSED static void forgery_close(forgery_table *t)
{
    free(t->owned);
    free(t->main);
    free(t->constraints);
    free(t->mults);
    free(t->values);
}

/* Evaluate a row of plain integers; the table has no preprocessed columns and its system no publics. */
SITU_UNUSED static void forgery_eval(forgery_table *t, const u32 *cells)
{
    CHECK_EQ(t->shape->n_pre, 0);
    for (u32 i = 0; i < t->shape->n_main; i++) {
        CHECK(cells[i] < KB_P);
        t->main[i] = kb_from_u32(cells[i]);
    }
    t->prover->eval_row(NULL, t->main, NULL, t->constraints, t->mults, t->values);
}

SITU_UNUSED static void forgery_family(char family[128], const char *name)
{
    u32 n = 0, depth = 0;
    for (; *name; name++) {
        depth += *name == '[';
        if (depth == 0 && n < 127) family[n++] = *name;
        depth -= *name == ']';
    }
    family[n] = 0;
}

/* The row breaks nothing. */
SITU_UNUSED static void forgery_honest(forgery_table *t, const u32 *cells)
{
    forgery_eval(t, cells);
    for (u32 i = 0; i < t->shape->n_constraints; i++)
        if (t->constraints[i] != 0)
            test_fail(__FILE__, __LINE__, "an honest row breaks %s", t->prover->constraint_names[i]);
}

/* Does the row break constraints of `family` and no others?  If so they are owned. */
SITU_UNUSED static bool forgery_caught(forgery_table *t, const u32 *cells, const char *family)
{
    u32 n_broken = 0;
    char broken[128];
    forgery_eval(t, cells);
    for (u32 i = 0; i < t->shape->n_constraints; i++) {
        if (t->constraints[i] == 0) continue;
        forgery_family(broken, t->prover->constraint_names[i]);
        if (strcmp(broken, family) != 0) return false;
        n_broken++;
    }
    for (u32 i = 0; i < t->shape->n_constraints; i++) t->owned[i] |= t->constraints[i] != 0;
    return n_broken > 0;
}

SITU_UNUSED static void forgery_must(forgery_table *t, const u32 *cells, const char *family)
{
    char broken[128];
    if (forgery_caught(t, cells, family)) return;
    for (u32 i = 0; i < t->shape->n_constraints; i++) {
        if (t->constraints[i] == 0) continue;
        forgery_family(broken, t->prover->constraint_names[i]);
        if (strcmp(broken, family) != 0)
            test_fail(__FILE__, __LINE__, "the forgery for %s also breaks %s", family,
                      t->prover->constraint_names[i]);
    }
    test_fail(__FILE__, __LINE__, "%s lets its forgery through", family);
}

/* Every constraint has its forgery. */
SITU_UNUSED static void forgery_all_owned(const forgery_table *t)
{
    for (u32 i = 0; i < t->shape->n_constraints; i++)
        if (!t->owned[i]) test_fail(__FILE__, __LINE__, "%s has no forgery", t->prover->constraint_names[i]);
}

/* --- arithmetic on plain integers below p
 * ---------------------------------------------------------------------- */

SITU_INLINE u32 p_add(u32 a, u32 b) { return (u32)(((u64)a + b) % KB_P); }
SITU_INLINE u32 p_sub(u32 a, u32 b) { return (u32)(((u64)a + KB_P - b) % KB_P); }
SITU_INLINE u32 p_mul(u32 a, u32 b) { return (u32)((u64)a * b % KB_P); }
SITU_INLINE u32 p_xor(u32 a, u32 b) { return p_sub(p_add(a, b), p_mul(2, p_mul(a, b))); }
SITU_INLINE u32 p_inv(u32 a) { return kb_to_u32(kb_inv(kb_from_u32(a))); }

#endif /* SITU_TESTS_AIR_FORGERY_H */
