/* codeword16.h — sixteen elements of a codeword at once.  For kernels; see v16.h. */
#ifndef SITU_FRI_CODEWORD16_H
#define SITU_FRI_CODEWORD16_H

#include <string.h>

#include "field/k16_io.h"
#include "fri/codeword.h"

/* Elements 16 g .. 16 g + 15 from their words.  A row's words are its elements' words in order, so the
 * sixteen elements are cut into rows and rows into tiles. */
SITU_INLINE void codeword_store_words(const situ_fri_codeword *codeword, u64 group,
                                      const kb words[16 * K6_DEGREE])
{
    if (!codeword->is_matrix) {
        memcpy(codeword->words + group * (16 * K6_DEGREE), words, 16 * K6_DEGREE * sizeof *words);
        return;
    }
    const u32 n_group_rows = 16 / SITU_FRI_FOLD;
    const size_t tile_words = (size_t)16 << (codeword->log2_size - SITU_FRI_LOG2_FOLD);
    for (u32 r = 0; r < n_group_rows; r++) {
        kb *to = codeword->words + (group * n_group_rows + r) * 16;
        for (u32 t = 0; t < SITU_FRI_TILES; t++, to += tile_words)
            memcpy(to, words + r * SITU_FRI_ROW_WORDS + 16 * t, 16 * sizeof *to);
    }
}

/* The same from the lanes of a. */
SITU_INLINE void codeword_store16(const situ_fri_codeword *codeword, u64 group, k16 a)
{
    kb words[16 * K6_DEGREE];
    k16_store_elements(words, a);
    codeword_store_words(codeword, group, words);
}

SITU_INLINE k16 codeword_load16(const situ_fri_codeword *codeword, u64 group)
{
    k6 elements[16];
    situ_fri_codeword_load(elements, codeword, group * 16, 16);
    return k16_load_elements(elements);
}

#endif /* SITU_FRI_CODEWORD16_H */
