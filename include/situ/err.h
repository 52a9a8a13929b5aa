/* situ/err.h — the one error type of every library part.
 *
 * SITU_OK is the only success and the only zero: a caller who tests nothing
 * but `if (err)` fails closed.  FORMAT means bytes that are malformed; REJECT
 * means well-formed bytes that state something false.
 */
#ifndef SITU_ERR_H
#define SITU_ERR_H

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define SITU_API       __attribute__((visibility("default")))
#define SITU_MUST_USE  __attribute__((warn_unused_result))
#else
#define SITU_API
#define SITU_MUST_USE
#endif

typedef enum {
    SITU_OK = 0,
    SITU_ERR_ARG,     /* an argument is outside its documented range          */
    SITU_ERR_LIMIT,   /* a named maximum or a caller's bound is exceeded      */
    SITU_ERR_MEMORY,  /* memory could not be had                              */
    SITU_ERR_IO,      /* the operating system refused; errno says why         */
    SITU_ERR_FORMAT,  /* malformed bytes                                      */
    SITU_ERR_VERSION, /* well-formed, but another version or parameter set    */
    SITU_ERR_REJECT,  /* well-formed, but false: the proof does not verify    */
    SITU_ERR_UNSAT,   /* the prover's witness does not satisfy the statement  */
    SITU_ERR_CANCEL,  /* the caller's progress callback asked to stop         */
} situ_err;

/** A short constant phrase for `err`, never NULL. */
SITU_API const char *situ_err_name(situ_err err);

#ifdef __cplusplus
}
#endif

#endif /* SITU_ERR_H */
