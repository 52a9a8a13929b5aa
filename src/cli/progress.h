/* progress.h — a line that says how far long work has come; on a terminal only. */
#ifndef SITU_CLI_PROGRESS_H
#define SITU_CLI_PROGRESS_H

#include "base/base.h"

typedef struct {
    double start;
    bool is_shown;
} progress_line;

/* Shown when standard error is a terminal and `wanted`. */
void progress_begin(progress_line *p, bool wanted);
/* `done` is the share of the time so far, 0..1; what is left is estimated from it. */
void progress_show(progress_line *p, const char *what, double done);
/* Wipe the line. */
void progress_end(progress_line *p);

/* Seconds on a clock that only goes forward. */
double progress_now(void);

#endif /* SITU_CLI_PROGRESS_H */
