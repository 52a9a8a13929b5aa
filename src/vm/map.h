/* map.h — the guest's address space and the numbers of its system calls.
 *
 *     0x00000000 .. 0x00000fff    unmapped
 *     0x00001000 .. 0x6fffefff    image, then zero memory (heap)
 *     0x6ffff000 .. 0x6fffffff    unmapped: the guard below the stack
 *     0x70000000 .. 0x7fffffff    zero memory (stack; it starts at the top and grows down)
 *     0x80000000 .. 0xbfffffff    image or zero memory
 *     0xc0000000 .. 0xffffefff    private input, read-only: u32 length, 12 zero bytes, payload
 *     0xfffff000 .. 0xffffffff    unmapped
 *
 * Memory is words of 8 bytes; word number = address / 8 < 2^29.  The guest library (guest/lib/guest.h) and the
 * linker script (guest/guest.ld) have the same numbers.
 */
#ifndef SITU_VM_MAP_H
#define SITU_VM_MAP_H

#include "base/base.h"

#define SITU_VM_WORD_BYTES  8
#define SITU_VM_WORDS       (UINT32_C(1) << 29)
#define SITU_VM_SPACE_BYTES (UINT64_C(1) << 32)
#define SITU_VM_PAGE_BYTES  4096
#define SITU_VM_PAGES       (UINT32_C(1) << 20)

#define SITU_VM_RAM_START   UINT32_C(0x00001000)
#define SITU_VM_GUARD_START UINT32_C(0x6ffff000)
#define SITU_VM_STACK_START UINT32_C(0x70000000)
#define SITU_VM_STACK_END   UINT32_C(0x80000000)
#define SITU_VM_INPUT_START UINT32_C(0xc0000000)
#define SITU_VM_INPUT_END   UINT32_C(0xfffff000)

#define SITU_VM_INPUT_HEADER_BYTES 16
#define SITU_VM_INPUT_BYTES_MAX    (SITU_VM_INPUT_END - SITU_VM_INPUT_START - SITU_VM_INPUT_HEADER_BYTES)

/* Registers: 0..31 as the guest knows them, and two that it does not. */
enum {
    SITU_REG_RA = 1,
    SITU_REG_SP = 2,
    SITU_REG_A0 = 10,
    SITU_REG_A1 = 11,
    SITU_REG_A2 = 12,
    SITU_REG_A3 = 13,
    SITU_REG_A4 = 14,
    SITU_REG_A5 = 15,
    SITU_REG_A7 = 17,
    SITU_REG_SINK = 32,   /* takes writes to x0; nobody reads it      */
    SITU_REG_OUTPUT = 33, /* bytes of public output written so far    */
    SITU_REGS = 34,
};

/* System calls: the number is in a7. */
enum {
    SITU_ECALL_WRITE =
        64, /* a0 = 1 output, 2 debugging text; a1 = pointer, a2 = bytes; a0 becomes bytes taken */
    SITU_ECALL_EXIT = 93,       /* a0 = exit code       */
    SITU_ECALL_KECCAK = 0x1000, /* a0 = pointer to 25 words, replaced by Keccak-f[1600] of them */
    SITU_ECALL_BLAKE3 =
        0x1001, /* pointers to 4 words each: a0 = chaining value out, a1 = chaining value in, a2,
                                   a3 = halves of the block; a4 = block length + flags * 2^32, a5 = counter */

    /* Arithmetic of F and K on u32 in Montgomery form (field/k6.h); an element of K is 3 words.  Results are canonical. */
    SITU_ECALL_K_MULADD =
        0x1002, /* a0 = pointer to the result, a1, a2, a3 = to elements: a0[] = a1[] a2[] + a3[] */
    SITU_ECALL_K_HORNER =
        0x1003, /* a0 = pointer to an element, replaced: a0[] a3[]^n + the sum of a3[]^i times the
                                     i-th of n = a2 canonical elements at a1 */
    SITU_ECALL_F_HORNER =
        0x1004, /* a0 = pointer to an element, replaced: a0[] y^n + the sum of y^t x^l w[16 t + l],
                                     a1 = pointer to n = a2 tiles of 16 canonical u32 w, a3 = to x and y */
    SITU_ECALL_K_FOLD =
        0x1005, /* a0 = pointer to the result, a1 = to 8 canonical elements, a2 = s below 2^32, a3 = to x: the fold
                                     by 8 at s x (fri/fri.h) */
};

#define SITU_WRITE_BYTES_MAX    4096                /* taken by one write call                          */
#define SITU_OUTPUT_BYTES_MAX   (UINT32_C(1) << 29) /* of a whole run; keeps the output index one limb pair */
#define SITU_KECCAK_WORDS       25
#define SITU_BLAKE3_CV_WORDS    4
#define SITU_BLAKE3_HALF_WORDS  4 /* of a block */
#define SITU_BLAKE3_BLOCK_WORDS 8
#define SITU_K_WORDS            3     /* an element of K                */
#define SITU_TILE_WORDS         8     /* 16 elements of F               */
#define SITU_HORNER_COUNT_MAX   65535 /* elements or tiles of one call  */
#define SITU_FOLD_VALUES        8
#define SITU_FOLD_WORDS         (SITU_FOLD_VALUES * SITU_K_WORDS)

_Static_assert(SITU_VM_SPACE_BYTES / SITU_VM_WORD_BYTES == SITU_VM_WORDS, "a word number has 29 bits");
_Static_assert(SITU_VM_SPACE_BYTES / SITU_VM_PAGE_BYTES == SITU_VM_PAGES, "pages cover the space");
_Static_assert(SITU_VM_STACK_START - SITU_VM_GUARD_START >= 4096,
               "at least 4 KiB below the stack are unmapped");
_Static_assert(SITU_VM_INPUT_START % 16 == 0, "input is 16-aligned");

#endif /* SITU_VM_MAP_H */
