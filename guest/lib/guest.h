/* guest.h — private to the guest library: system calls and little-endian words. */
#ifndef GUEST_LIB_GUEST_H
#define GUEST_LIB_GUEST_H

#include <stddef.h>
#include <stdint.h>

#include "situ/guest.h"

#define GUEST_INPUT_START  UINT64_C(0xc0000000)
#define GUEST_INPUT_END    UINT64_C(0xfffff000)
#define GUEST_INPUT_HEADER 16
#define GUEST_WRITE        64
#define GUEST_EXIT         93
#define GUEST_KECCAK       0x1000
#define GUEST_BLAKE3       0x1001
#define GUEST_K_MULADD     0x1002
#define GUEST_K_HORNER     0x1003
#define GUEST_F_HORNER     0x1004
#define GUEST_K_FOLD       0x1005

typedef uint32_t __attribute__((may_alias)) guest_u32;
typedef uint64_t __attribute__((may_alias)) guest_u64;

static inline long guest_call3(long number, long a, long b, long c)
{
    register long a0 __asm__("a0") = a;
    register long a1 __asm__("a1") = b;
    register long a2 __asm__("a2") = c;
    register long a7 __asm__("a7") = number;
    __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a7) : "memory");
    return a0;
}

/* Write all of it to file 1 (public output) or 2 (debugging text). */
void guest_write(int file, const void *bytes, size_t n);

/* What printf has gathered and not yet written. */
void guest_flush(void);

/* Abort on a pointer that must not be NULL. */
static inline void guest_check(const void *p)
{
    if (__builtin_expect(p == NULL, 0)) situ_abort("NULL pointer given to an accelerator");
}

#endif /* GUEST_LIB_GUEST_H */
