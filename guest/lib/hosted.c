/* hosted.c — under Linux (qemu-riscv64): map heap, stack-sized memory and the input where Situ has them, and
 * read standard input into the latter.  Inside Situ nothing of this runs. */
#include "guest.h"

#define LINUX_READ 63
#define LINUX_MMAP 222

int situ_hosted;

void situ_hosted_start(void);

static long linux_mmap(unsigned long at, unsigned long n)
{
    register long a0 __asm__("a0") = (long)at;
    register long a1 __asm__("a1") = (long)n;
    register long a2 __asm__("a2") = 3;      /* read, write                              */
    register long a3 __asm__("a3") = 0x4032; /* private, anonymous, fixed, no reserve    */
    register long a4 __asm__("a4") = -1;
    register long a5 __asm__("a5") = 0;
    register long a7 __asm__("a7") = LINUX_MMAP;
    __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5), "r"(a7) : "memory");
    return a0;
}

void situ_hosted_start(void)
{
    extern char _heap_start[], _heap_end[];
    unsigned long heap = ((unsigned long)_heap_start + 0xfff) & ~0xffful, n = 0;

    situ_hosted = 1;
    linux_mmap(heap, 256ul << 20); /* enough for tests; the end of Situ's heap is _heap_end */
    (void)_heap_end;
    linux_mmap(GUEST_INPUT_START, 64ul << 20);
    for (;;) {
        long got = guest_call3(LINUX_READ, 0, (long)(GUEST_INPUT_START + GUEST_INPUT_HEADER + n), 1l << 20);
        if (got <= 0) break;
        n += (unsigned long)got;
    }
    *(volatile uint32_t *)GUEST_INPUT_START = (uint32_t)n;
}
