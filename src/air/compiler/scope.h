/* scope.h — names in force, for both walks over the tree.  A binding's meaning belongs to the walk. */
#ifndef SITU_AIR_COMPILER_SCOPE_H
#define SITU_AIR_COMPILER_SCOPE_H

#include <string.h>

#include "air/compiler/airc.h"

typedef struct binding {
    const char *name;
    span at;
    void *value;
    bool used, is_argument;
    struct binding *next;
} binding;

typedef struct scope {
    struct scope *parent;
    binding *bindings;
} scope;

SITU_INLINE scope *scope_make(scope *parent)
{
    scope *s = air_alloc(sizeof *s);
    s->parent = parent;
    return s;
}

SITU_INLINE binding *scope_own(const scope *s, const char *name)
{
    for (binding *b = s->bindings; b; b = b->next)
        if (strcmp(b->name, name) == 0) return b;
    return NULL;
}

SITU_INLINE binding *scope_find(const scope *s, const char *name)
{
    for (; s; s = s->parent) {
        binding *b = scope_own(s, name);
        if (b) return b;
    }
    return NULL;
}

SITU_INLINE binding *scope_define(scope *s, const char *name, span at, void *value)
{
    binding *old = scope_find(s, name);
    if (old) air_fail(at, "`%s` is already defined at %s:%u", name, old->at.src->path, old->at.line);
    binding *b = air_alloc(sizeof *b);
    *b = (binding){.name = name, .at = at, .value = value, .next = s->bindings};
    return s->bindings = b;
}

#endif /* SITU_AIR_COMPILER_SCOPE_H */
