/* fold.c — one fold by 8 on the VM's accelerator; stands in for src/fri/fold.c. */
#include "fri/fri.h"

#include "sums.h"

bool situ_fri_fold_row(k6 *out, const situ_file_u32 *values, kb y_inverse, const k6 *beta)
{
    sums_call(SUMS_K_FOLD, out, values, y_inverse, beta);
    return true;
}
