/* std.h — contents of the standard tables (src/air/std), and the self test of generated evaluators. */
#ifndef SITU_AIR_STD_H
#define SITU_AIR_STD_H

#include "air/air.h"

/* Preprocessed columns (value, bits) of row i of the range table, plain; i below SITU_AIR_RANGE_ROWS. */
void situ_air_range_row(u32 pre[2], u32 i);

/* Preprocessed columns (a, b, and, or, xor) of row i of the byte table, plain; i below SITU_AIR_BYTE_ROWS. */
void situ_air_byte_row(u32 pre[5], u32 i);

/* Row of the range table that provides (value, bits); value < 2^bits, bits 0..16. */
SITU_INLINE u32 situ_air_range_index(u32 value, u32 bits) { return (1u << bits) - 1 + value; }

/* Index among a sink's byte counters of `operation` on bytes a and b. */
SITU_INLINE u32 situ_air_byte_index(u32 operation, u32 a, u32 b)
{
    return operation * SITU_AIR_BYTE_ROWS + a + 256 * b;
}

/* Hash of eval_row's outputs at fixed pseudo-random inputs; equals the table's `self_test` if the generated C
 * says what the source says.  scratch: situ_air_self_test_words of the table. */
u64 situ_air_self_test(const situ_air_table *t, situ_air_eval_row *eval_row, u32 n_publics, kb *scratch);
size_t situ_air_self_test_words(const situ_air_table *t, u32 n_publics);

#endif /* SITU_AIR_STD_H */
