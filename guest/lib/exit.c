/* exit.c — exit for programs without a C library, whose own comes first where there is one. */
#include "guest.h"

void exit(int code) { _exit(code); }
