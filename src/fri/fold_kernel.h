/* fold_kernel.h — private: the packed fold and lift, one variant per CPU level. */
#ifndef SITU_FRI_FOLD_KERNEL_H
#define SITU_FRI_FOLD_KERNEL_H

#include "base/cpu.h"
#include "fri/codeword.h"

/* What every task of one fold reads. */
typedef struct {
    const situ_fri_codeword *out, *in;
    k6 beta;
    situ_points points; /* 1 / y for the first point y of each row of `in`: see codeword.c */
    kb w8_inv[4];       /* inverses of the powers of the eighth root of unity */
    kb eighth;
} fold_job;

/* Groups of sixteen rows, first_group <= group < end_group. */
SIMD_DECLARE(void, situ_fri_fold_rows, (const fold_job *job, u64 first_group, u64 end_group));

typedef struct {
    const situ_fri_codeword *out, *g;
} lift_job;

/* Groups of sixteen elements of out. */
SIMD_DECLARE(void, situ_fri_lift_groups, (const lift_job *job, u64 first_group, u64 end_group));

#endif /* SITU_FRI_FOLD_KERNEL_H */
