/* cxx.cc — what C++ programs need beside the C library: new and delete, and the end of a pure virtual call.  There are no
 * exceptions, no run-time type information and no standard library (-fno-exceptions -fno-rtti). */
#include <stddef.h>
#include <stdlib.h>

#include "situ/guest.h"

void *operator new(size_t n)
{
    void *p = malloc(n ? n : 1);
    if (!p) situ_abort("out of memory");
    return p;
}

void *operator new[](size_t n) { return operator new(n); }
void operator delete(void *p) noexcept { free(p); }
void operator delete[](void *p) noexcept { free(p); }
void operator delete(void *p, size_t) noexcept { free(p); }
void operator delete[](void *p, size_t) noexcept { free(p); }

extern "C" {
void *__dso_handle;
void __cxa_pure_virtual() { situ_abort("pure virtual function called"); }
}
