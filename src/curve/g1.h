/* g1.h — G1 points as rows, and the kernels that add many of them.
 *
 * A row is one affine point in the form the kernel table in force computes with: a coordinate takes a cache
 * line, and what its words mean is the table's business (IFMA: radix 2^52; AVX2: radix 2^28; portable: blst's
 * six limbs).
 * All-zero is infinity, for every table.  A base row is a point that will be multiplied: beside P it has
 * phi(P) = (beta x, y) = [z^2 - 1] P, of which only the x differs.
 *
 * A reference names a row or base row, possibly negated: its address (64-byte aligned) with flags in the low
 * bits.  So sorting and summing move 8 bytes a point, never the point.
 */
#ifndef SITU_CURVE_G1_H
#define SITU_CURVE_G1_H

#include <blst.h>

#include "base/base.h"
#include "situ/msm.h"

typedef struct {
    u64 x[8], y[8];
} SITU_ALIGNED(64) g1_row;

typedef struct {
    u64 x[8], y[8], beta_x[8];
} SITU_ALIGNED(64) g1_base_row;

_Static_assert(sizeof(g1_row) == 128 && sizeof(g1_base_row) == 192, "rows are whole cache lines");
_Static_assert(offsetof(g1_row, y) == 64 && offsetof(g1_base_row, y) == 64, "one offset for y in both kinds");
_Static_assert(offsetof(g1_base_row, beta_x) == 128, "G1_REF_PHI moves x by 128 bytes");

#define G1_REF_NEG  UINT64_C(1) /* minus the point                     */
#define G1_REF_PHI  UINT64_C(2) /* phi of the point; base rows only    */
#define G1_REF_MASK UINT64_C(63)

SITU_INLINE u64 g1_ref(const void *row, u64 flags) { return (u64)(uintptr_t)row | flags; }
SITU_INLINE const u64 *g1_ref_x(u64 ref)
{
    return (const u64 *)(uintptr_t)((ref & ~G1_REF_MASK) + ((ref & G1_REF_PHI) << 6));
}
SITU_INLINE const u64 *g1_ref_y(u64 ref) { return (const u64 *)(uintptr_t)((ref & ~G1_REF_MASK) + 64); }

/* Most additions one call of `add` may get; larger batches would not help: the one inversion a batch is then
 * below 1 ns an addition, and operands and products of a batch should stay in the L2 cache. */
#define G1_BATCH_MAX 4096

typedef struct {
    const char *name;
    u32 id;             /* tells tables, and so their rows, apart                            */
    u32 few_points_max; /* up to so many points Straus' method is faster than buckets (measured) */

    /* Row i of `rows` from points[i]; base rows get beta x too. */
    void (*rows_from_affine)(g1_row *rows, const situ_g1 *points, size_t n);
    void (*base_from_affine)(g1_base_row *rows, const situ_g1 *points, size_t n);

    void (*base_from_rows)(g1_base_row *out, const g1_row *rows, size_t n);

    /* And back, fully reduced. */
    void (*rows_to_affine)(situ_g1 *points, const g1_row *rows, size_t n);

    /* *d[i] = a[i] + b[i] for i in [0, n): n affine additions with one inversion.
     *
     *   a b d  [n rounded up to 8]  references, references, rows; entries from n on are scratch
     *   work   add_work_bytes, 64-byte aligned
     *
     * Any operands: infinity, equal and opposite points give what they should.  d[i] may be the row that a[i]
     * or b[i] names, but no row may be written by one and used by another addition of the call. */
    void (*add)(u64 *a, u64 *b, g1_row **d, size_t n, void *work);
    size_t add_work_bytes;

    /* *row = the point that `ref` names. */
    void (*copy)(g1_row *row, u64 ref);
} g1_kernels;

extern const g1_kernels situ_g1_kernels_portable;
#if defined(__x86_64__)
extern const g1_kernels situ_g1_kernels_avx2;
extern const g1_kernels situ_g1_kernels_ifma;
#endif

/* The table for the CPU level in force. */
const g1_kernels *situ_g1_kernels(void);

#endif /* SITU_CURVE_G1_H */
