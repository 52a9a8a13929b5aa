/* codeword.h — codewords in memory, and the prover's side of fri.h.
 *
 * A codeword that will be folded is stored as the matrix that is committed: row r is its elements 8 r .. 8 r + 7, six words each, three
 * tiles in all.  Tile t begins at words + t * n_rows * 16.  Others are plain arrays of k6.
 * MEMORY  the caller's, 64-byte aligned.   THREADS  results do not depend on the pool.
 */
#ifndef SITU_FRI_CODEWORD_H
#define SITU_FRI_CODEWORD_H

#include "fri/fri.h"
#include "situ/pool.h"

typedef struct {
    kb *words;      /* [6 << log2_size]      */
    u32 log2_size;  /* elements, at least 16 */
    bool is_matrix; /* to be folded          */
} situ_fri_codeword;

#define SITU_FRI_ROW_WORDS (SITU_FRI_FOLD * K6_DEGREE)
#define SITU_FRI_TILES     (SITU_FRI_ROW_WORDS / 16)

SITU_INLINE size_t situ_fri_codeword_words(u32 log2_size) { return (size_t)K6_DEGREE << log2_size; }

/* Elements first .. first + n_elements - 1; of a matrix both must be multiples of 8. */
void situ_fri_codeword_store(const situ_fri_codeword *codeword, u64 first, const k6 *elements,
                             u64 n_elements);
void situ_fri_codeword_load(k6 *elements, const situ_fri_codeword *codeword, u64 first, u64 n_elements);

/* out = fold(in, beta).
 *
 *  out   an eighth of the elements, in any layout; must not overlap `in`
 *  in    a matrix */
void situ_fri_fold(const situ_fri_codeword *out, const situ_fri_codeword *in, k6 beta, situ_pool *pool);

/* out += g lifted to out's domain; both in any layout, g no longer than out, at least 16 elements. */
void situ_fri_add_lifted(const situ_fri_codeword *out, const situ_fri_codeword *g, situ_pool *pool);

/* Interpolate the last codeword, values[2^(log2_final + log2_blowup)], to its coefficients.
 *
 *  coeffs          [2^log2_final], log2_final <= SITU_FRI_LOG2_FINAL_MAX
 *  SITU_ERR_UNSAT  it is not of degree below 2^log2_final: the prover's input was not what it should have been */
situ_err situ_fri_final(k6 *coeffs, const k6 *values, u32 log2_final, u32 log2_blowup) SITU_MUST_USE;

#endif /* SITU_FRI_CODEWORD_H */
