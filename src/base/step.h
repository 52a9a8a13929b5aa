/* step.h — marks in a guest's run, by which its cycles are told apart: `addi x0, x0, N` does nothing else.  On a host they are not
 * there. */
#ifndef SITU_BASE_STEP_H
#define SITU_BASE_STEP_H

#if defined(SITU_GUEST_STEPS)
#define SITU_STEP(n) __asm__ volatile("addi x0, x0, %0" : : "i"(n))
#else
#define SITU_STEP(n) ((void)0)
#endif

/* Of the verifier. */
enum {
    SITU_STEP_SETUP = 1,   /* prefix, lengths, digests, layout               */
    SITU_STEP_REPLAY,      /* the transcript                                 */
    SITU_STEP_CONSTRAINTS, /* bus balance and constraints at zeta          */
    SITU_STEP_OPENINGS,    /* opened rows, their paths, DEEP combinations    */
    SITU_STEP_FRI,         /* folds, their paths, the final polynomial       */
    SITU_STEP_OUTPUT,
};

#endif /* SITU_BASE_STEP_H */
