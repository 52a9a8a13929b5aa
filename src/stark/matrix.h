/* matrix.h — the columns of one group in one tree: tiles of equal height, one after the other. */
#ifndef SITU_STARK_MATRIX_H
#define SITU_STARK_MATRIX_H

#include "field/kb.h"
#include "stark/bump.h"

typedef struct {
    kb **tiles; /* [n_tiles] pointers, as kernels want them */
    u32 n_tiles;
    u64 n_rows;
} stark_matrix;

/* Shape and pointers, and words, from two places: words in an overlay may be overwritten, pointers may not.
 */
SITU_INLINE void matrix_take_shape(stark_matrix *m, stark_bump *b, u32 n_tiles, u64 n_rows)
{
    *m = (stark_matrix){bump_take(b, n_tiles * sizeof(kb *)), n_tiles, n_rows};
}

SITU_INLINE void matrix_take_words(stark_matrix *m, stark_bump *b)
{
    kb *words = bump_take(b, (u64)m->n_tiles * m->n_rows * 64);
    if (!b->base) return;
    for (u32 t = 0; t < m->n_tiles; t++) m->tiles[t] = words + (size_t)t * m->n_rows * 16;
}

SITU_INLINE void matrix_take(stark_matrix *m, stark_bump *b, u32 n_tiles, u64 n_rows)
{
    matrix_take_shape(m, b, n_tiles, n_rows);
    matrix_take_words(m, b);
}

#endif /* SITU_STARK_MATRIX_H */
