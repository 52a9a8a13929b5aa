/* Points and scalars: any bytes as 48-byte points and 32-byte scalars; what is read as points is summed and
 * compared with one multiplication after the other. */
#include <blst.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "situ/msm.h"

#define POINTS_MAX 40

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    situ_g1 points[POINTS_MAX], got;
    situ_scalar scalars[POINTS_MAX];
    size_t n = 0;
    blst_p1 sum, p;
    blst_p1_affine affine;
    memset(&sum, 0, sizeof sum);
    for (; len >= 80 && n < POINTS_MAX; data += 80, len -= 80) {
        if (situ_g1_read(&points[n], data) != SITU_OK) {
            /* Not a point: a small multiple of the generator instead, so that sums meet equal and opposite
             * points. */
            byte multiple[1] = {(byte)(data[0] % 5)};
            blst_p1_mult(&p, blst_p1_generator(), multiple, 8);
            if (data[1] & 1) blst_p1_cneg(&p, true);
            blst_p1_to_affine(&affine, &p);
            memcpy(&points[n], &affine, sizeof affine);
        }
        memcpy(scalars[n].le, data + 48, 32);
        memcpy(&affine, &points[n], sizeof affine);
        blst_p1_from_affine(&p, &affine);
        blst_p1_mult(&p, &p, scalars[n].le, 256);
        blst_p1_add_or_double(&sum, &sum, &p);
        n++;
    }
    if (situ_msm_g1_pooled(&got, points, scalars, n, NULL, NULL) != SITU_OK) abort();
    blst_p1_to_affine(&affine, &sum);
    if (memcmp(&got, &affine, sizeof got) != 0) abort();
    return 0;
}
