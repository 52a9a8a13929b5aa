/* progress.c — see progress.h. */
#include "cli/progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "cli/text.h"

double progress_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void progress_begin(progress_line *p, bool wanted)
{
    *p = (progress_line){progress_now(), wanted && isatty(STDERR_FILENO)};
}

void progress_show(progress_line *p, const char *what, double done)
{
    char left[24];
    if (!p->is_shown) return;
    double spent = progress_now() - p->start;
    fprintf(stderr, "\r\033[K%3.0f %%  %s", 100 * done, what);
    if (done > 0.05 && spent > 0.5)
        fprintf(stderr, ", about %s left", text_seconds(left, spent * (1 - done) / done));
    fflush(stderr);
}

void progress_end(progress_line *p)
{
    if (p->is_shown) fputs("\r\033[K", stderr);
}
