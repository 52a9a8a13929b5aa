/* abort.c — abort for programs without a C library. */
#include "guest.h"

void abort(void) { situ_abort("abort() was called"); }
