/* panic.c — the end of a broken contract on a host. */
#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>

void situ_panic(const char *file, int line, const char *what)
{
    fprintf(stderr, "situ: internal error at %s:%d: %s\n", file, line, what);
    abort();
}
