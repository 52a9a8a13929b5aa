/* k16_io.h — sixteen elements of K between lanes and memory, where an element is six words in a row.  For
 * kernels; see v16.h. */
#ifndef SITU_FIELD_K16_IO_H
#define SITU_FIELD_K16_IO_H

#include "field/k16.h"

SITU_INLINE void k16_store_elements(kb words[16 * K6_DEGREE], k16 a)
{
    kb lanes[K6_DEGREE][16];
    for (int j = 0; j < K6_DEGREE; j++) v16_store(lanes[j], a.c[j]);
    for (int i = 0; i < 16; i++)
        for (int j = 0; j < K6_DEGREE; j++) words[K6_DEGREE * i + j] = lanes[j][i];
}

SITU_INLINE k16 k16_load_elements(const k6 *elements)
{
    kb lanes[K6_DEGREE][16];
    for (int i = 0; i < 16; i++)
        for (int j = 0; j < K6_DEGREE; j++) lanes[j][i] = elements[i].c[j];
    k16 a;
    for (int j = 0; j < K6_DEGREE; j++) a.c[j] = v16_load(lanes[j]);
    return a;
}

#endif /* SITU_FIELD_K16_IO_H */
