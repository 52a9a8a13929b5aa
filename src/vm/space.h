/* space.h — large ranges of zero memory that cost only what is touched: a guest's memory, a number per word
 * of it. */
#ifndef SITU_VM_SPACE_H
#define SITU_VM_SPACE_H

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/base.h"

/* Zero memory of n_bytes, aligned to a page; NULL when address space cannot be had.
 *
 * The kernel is called directly: the sanitizers' mmap would touch a shadow of the whole range, an eighth of
 * it, each time. */
SITU_INLINE void *space_reserve(size_t n_bytes)
{
    long at = syscall(SYS_mmap, NULL, n_bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0L);
    return at == -1 ? NULL : (void *)(uintptr_t)at;
}

/* NULL is allowed. */
SITU_INLINE void space_release(void *at, size_t n_bytes)
{
    if (at) syscall(SYS_munmap, at, n_bytes);
}

#endif /* SITU_VM_SPACE_H */
