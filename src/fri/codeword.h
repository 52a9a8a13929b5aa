/* codeword.h — codewords in memory, and the prover's side of fri.h.
 *
 * A codeword that will be folded by k = 2^s is stored as the matrix that is committed: row r is its elements
 * k r .. k r + k - 1, six words each, padded with zeros to whole tiles:
 *
 *     k = 8   48 words   3 tiles          k = 4   24 words   2 tiles          k = 2   12 words   1 tile
 *
 * Tile t begins at words + t * n_rows * 16.  With log2_fold = 0 the codeword is a plain array of k6.
 * MEMORY  the caller's, 64-byte aligned.   THREADS  results do not depend on the pool.
 */
#ifndef SITU_FRI_CODEWORD_H
#define SITU_FRI_CODEWORD_H

#include "fri/fri.h"
#include "situ/pool.h"

typedef struct {
    kb *words;     /* situ_fri_codeword_words(log2_size, log2_fold) */
    u32 log2_size; /* elements, at least 16                         */
    u32 log2_fold; /* 1..3: matrix; 0: plain array                  */
} situ_fri_codeword;

SITU_INLINE u32 situ_fri_tiles(u32 log2_fold) { return log2_fold == 3 ? 3 : log2_fold == 2 ? 2 : 1; }

SITU_INLINE size_t situ_fri_codeword_words(u32 log2_size, u32 log2_fold)
{
    if (log2_fold == 0) return (size_t)K6_DEGREE << log2_size;
    return (size_t)situ_fri_tiles(log2_fold) * 16 << (log2_size - log2_fold);
}

/* Elements first .. first + n_elements - 1; both must be multiples of k.  Storing writes the padding too. */
void situ_fri_codeword_store(const situ_fri_codeword *codeword, u64 first, const k6 *elements,
                             u64 n_elements);
void situ_fri_codeword_load(k6 *elements, const situ_fri_codeword *codeword, u64 first, u64 n_elements);

/* out = fold(in, beta).
 *
 *  out   2^(in->log2_size - in->log2_fold) elements, in any layout; must not overlap `in`
 *  in    a matrix */
void situ_fri_fold(const situ_fri_codeword *out, const situ_fri_codeword *in, k6 beta, situ_pool *pool);

/* out += g lifted to out's domain; both in any layout, g no longer than out, at least 16 elements. */
void situ_fri_add_lifted(const situ_fri_codeword *out, const situ_fri_codeword *g, situ_pool *pool);

/* Interpolate the last codeword, values[64 << log2_blowup], to its coefficients.
 *
 *  SITU_ERR_UNSAT  it is not of degree below 64: the prover's input was not what it should have been */
situ_err situ_fri_final(k6 coeffs[SITU_FRI_FINAL], const k6 *values, u32 log2_blowup) SITU_MUST_USE;

#endif /* SITU_FRI_CODEWORD_H */
