/* steps.h — the verifier's steps, marked in a guest's run by `addi x0, x0, N`, as `situ profile` knows them; on a host there are no
 * marks. */
#ifndef SITU_STARK_STEPS_H
#define SITU_STARK_STEPS_H

#if defined(SITU_GUEST_STEPS)
#define VERIFIER_STEP(n) __asm__ volatile("addi x0, x0, %0" : : "i"(n) : "memory")
#else
#define VERIFIER_STEP(n) ((void)0)
#endif

enum {
    VERIFIER_DECODE = 1,  /* prefix, and where in the input what lies    */
    VERIFIER_SETUP,       /* digests, layout                             */
    VERIFIER_REPLAY,      /* the transcript                              */
    VERIFIER_CONSTRAINTS, /* bus balance and constraints at zeta         */
    VERIFIER_OPENINGS,    /* opened rows, their paths, DEEP combinations */
    VERIFIER_FRI,         /* folds, their paths, the final polynomial    */
    VERIFIER_OUTPUT,
};

#endif /* SITU_STARK_STEPS_H */
