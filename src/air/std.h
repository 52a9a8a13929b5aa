/* std.h — contents of the standard tables (src/air/std), and the self test of generated evaluators. */
#ifndef SITU_AIR_STD_H
#define SITU_AIR_STD_H

#include "air/air.h"

enum {
    SITU_AIR_RANGE_PRE = 3,
    SITU_AIR_RANGE_MULTS = 16,
    SITU_AIR_BYTE_PRE = 8,
    SITU_AIR_BYTE_LANES = 8, /* messages of one operation that a row provides */
    SITU_AIR_BYTE_MULTS = SITU_AIR_BYTE_OPS * SITU_AIR_BYTE_LANES,
};

/* Row `row` of the range table, below SITU_AIR_RANGE_ROWS, plain: preprocessed columns, and multiplicities from a sink's counters. */
void situ_air_range_row(u32 pre[SITU_AIR_RANGE_PRE], u32 row);
void situ_air_range_mults(u32 mults[SITU_AIR_RANGE_MULTS], const u32 *counters, u32 row);

/* The same of the byte table, below SITU_AIR_BYTE_ROWS. */
void situ_air_byte_row(u32 pre[SITU_AIR_BYTE_PRE], u32 row);
void situ_air_byte_mults(u32 mults[SITU_AIR_BYTE_MULTS], const u32 *counters, u32 row);

/* Index among a sink's range counters of (value, bits); value < 2^bits, bits 0..16. */
SITU_INLINE u32 situ_air_range_index(u32 value, u32 bits) { return (1u << bits) + value; }

/* Index among a sink's byte counters of `operation` on bytes a and b. */
SITU_INLINE u32 situ_air_byte_index(u32 operation, u32 a, u32 b)
{
    return operation * SITU_AIR_BYTE_PAIRS + a + 256 * b;
}

/* Hash of eval_row's outputs at fixed pseudo-random inputs; equals the table's `self_test` if the generated C
 * says what the source says.  scratch: situ_air_self_test_words of the table. */
u64 situ_air_self_test(const situ_air_table *t, situ_air_eval_row *eval_row, u32 n_publics, kb *scratch);
size_t situ_air_self_test_words(const situ_air_table *t, u32 n_publics);

#endif /* SITU_AIR_STD_H */
