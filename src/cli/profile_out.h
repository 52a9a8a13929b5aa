/* profile_out.h — a profile as text, JSON, folded stacks, SVG and HTML. */
#ifndef SITU_CLI_PROFILE_OUT_H
#define SITU_CLI_PROFILE_OUT_H

#include <stdio.h>

#include "cli/profile_model.h"

enum { PROFILE_NAMES_MAX = 64 };

/* What a report says beside the figures. */
typedef struct {
    const char *program, *input; /* paths; input may be NULL */
    u32 n_top;                   /* rows of a table of the text */
    struct {
        i32 number;
        const char *name;
    } names[PROFILE_NAMES_MAX]; /* of steps */
    u32 n_names;
} profile_about;

/* Name given to a step's number, or NULL. */
const char *profile_given_name(const profile_about *about, u32 number);

void profile_print(FILE *to, const profile_model *m, const profile_about *about);

/* One object, documented in docs/profile.md; '<' never occurs in it. */
void profile_print_json(FILE *to, const profile_model *m, const profile_about *about);

/* A page of its own: the JSON above inside src/cli/profile_page.html. */
void profile_print_html(FILE *to, const profile_model *m, const profile_about *about);

/* "main;f;g 123": one line a chain of frames, own cycles of the whole run.  False without memory. */
bool profile_print_folded(FILE *to, const profile_model *m);

/* Flame graph of the whole run.  False without memory. */
bool profile_print_svg(FILE *to, const profile_model *m, const profile_about *about);

/* Share in percent; 0 of nothing. */
SITU_INLINE double profile_percent(u64 part, u64 whole)
{
    return whole ? 100.0 * (double)part / (double)whole : 0;
}

#endif /* SITU_CLI_PROFILE_OUT_H */
