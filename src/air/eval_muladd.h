/* eval_muladd.h — generated evaluators over K as calls of one multiply-add on operands in memory (compiler/muladd.c).  Freestanding.
 *
 * Bodies set what changes from the call before, and call.  In the VM the operands' addresses stay in the registers of its accelerator
 * K_MULADD; elsewhere the same text is for tests. */
#ifndef SITU_AIR_EVAL_MULADD_H
#define SITU_AIR_EVAL_MULADD_H

#include "air/air.h"

#define AIR_MULT(i, x) (at->mults[i] = (x))

#if defined(SITU_K6_ACCELERATED)
/* Opaque, so that offsets from it stay within an instruction. */
#define AIR_BASE(type, name, window, first)                                               \
    type *name##_##window = (void *)((uintptr_t)AIR_ARRAY_##name + sizeof(k6) * (first)); \
    __asm__("" : "+r"(name##_##window))
#define AIR_MULADD_BEGIN()                         \
    register k6 *air_out __asm__("a0") = NULL;     \
    register const k6 *air_a __asm__("a1") = NULL; \
    register const k6 *air_b __asm__("a2") = NULL; \
    register const k6 *air_c __asm__("a3") = NULL; \
    register long air_number __asm__("a7") = 0x1002
#define AIR_MULADD()                                                                          \
    __asm__ volatile("ecall"                                                                  \
                     : "+r"(air_out), "+r"(air_a), "+r"(air_b), "+r"(air_c), "+r"(air_number) \
                     :                                                                        \
                     : "memory")
#else
/* The base itself may lie outside of its array. */
#define AIR_BASE(type, name, window, first) \
    type *name##_##window = (void *)((uintptr_t)AIR_ARRAY_##name + sizeof(k6) * (first))
#define AIR_MULADD_BEGIN() \
    k6 *air_out = NULL;    \
    const k6 *air_a = NULL, *air_b = NULL, *air_c = NULL
#define AIR_MULADD() k6_mul_add_into(air_out, air_a, air_b, air_c)
#endif

#define AIR_OUT(x) (air_out = (x))
#define AIR_A(x)   (air_a = (x))
#define AIR_B(x)   (air_b = (x))
#define AIR_C(x)   (air_c = (x))

#define AIR_ARRAY_pre          at->pre
#define AIR_ARRAY_main         at->main
#define AIR_ARRAY_publics      at->publics
#define AIR_ARRAY_constants    constants
#define AIR_ARRAY_beta         at->beta
#define AIR_ARRAY_bus_gamma    at->bus_gamma
#define AIR_ARRAY_temporaries  temporaries
#define AIR_ARRAY_constraints  at->constraints
#define AIR_ARRAY_denominators at->denominators

#endif /* SITU_AIR_EVAL_MULADD_H */
