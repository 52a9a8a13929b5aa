/* fk20.c — all 128 cell proofs at once.
 *
 * Feist, Khovratovich, "Fast amortized KZG proofs", section 3 (cosets): the proofs are the transform over G1
 * of h_0 .. h_63, h_k = sum over columns i < 64 of a Toeplitz product of coefficients and powers of the
 * secret.  Each product is a circulant one of twice the size, so in the transformed domain it is, for each of
 * 128 positions m,
 *
 *     hat h_m = sum over i of hat c_i[m] * X_i[m],
 *
 * X_i the transform of column i's powers: fixed points (kzg_points.fk20), with tables of multiples.  128 sums
 * of 64 fixed points, then an inverse transform, the upper half dropped, and a transform.
 */
#include "kzg/kzg_internal.h"

#include <stdlib.h>

#include "curve/block.h"

enum { COLUMNS = CELL_N, HALF = N_CELLS / 2 };

/* Column i's points: powers n - 65 - i, n - 129 - i, ..., 63 of them, then infinity; and as many infinities.
 */
static void column_points(situ_g1 out[N_CELLS], const situ_g1 *monomial, size_t i)
{
    memset(out, 0, N_CELLS * sizeof out[0]);
    for (size_t j = 0; j + 1 < HALF; j++) out[j] = monomial[BLOB_N - CELL_N - 1 - i - j * CELL_N];
}

/* Column i's circulant: coefficient n - 1 - i, 65 zeros, then 127 - i, 191 - i, ... */
static void column_coefficients(fr out[N_CELLS], const fr *coefficients, size_t i)
{
    memset(out, 0, N_CELLS * sizeof out[0]);
    out[0] = coefficients[BLOB_N - 1 - i];
    for (size_t j = HALF + 2; j < N_CELLS; j++)
        out[j] = coefficients[2 * CELL_N - 1 - i + (j - HALF - 2) * CELL_N];
}

#define COLUMNS_A_TASK 16

typedef struct {
    situ_kzg *kzg;
    u8 *scratch;
    size_t scratch_bytes;
} columns_job;

static size_t columns_scratch_bytes(void)
{
    size_t rows = COLUMNS_A_TASK * N_CELLS;
    return 2 * rows * sizeof(g1_row) + rows * sizeof(situ_g1) + situ_g1_fft_scratch_bytes();
}

static void columns_task(void *ctx, u64 index, u32 worker)
{
    const columns_job *job = ctx;
    size_t n = COLUMNS_A_TASK * N_CELLS;
    g1_row *rows = (g1_row *)(void *)(job->scratch + job->scratch_bytes * worker), *spare = rows + n;
    situ_g1 *points = (situ_g1 *)(void *)(spare + n);
    void *work = points + n;
    for (size_t k = 0; k < COLUMNS_A_TASK; k++)
        column_points(points + k * N_CELLS, job->kzg->points.g1_monomial, index * COLUMNS_A_TASK + k);
    situ_g1_kernels()->rows_from_affine(rows, points, n);
    situ_g1_fft(rows, spare, COLUMNS_A_TASK, CELLS_LOG2, job->kzg->g1_roots, false, work);
    situ_g1_kernels()->rows_to_affine(points, rows, n);
    for (size_t k = 0; k < n; k++)
        job->kzg->points.fk20[k % N_CELLS][index * COLUMNS_A_TASK + k / N_CELLS] = points[k];
}

situ_err situ_kzg_fk20_points(situ_kzg *kzg, situ_pool *threads)
{
    columns_job job = {.kzg = kzg, .scratch_bytes = columns_scratch_bytes()};
    job.scratch = situ_pool_borrow(kzg->memory, job.scratch_bytes * situ_pool_threads(threads));
    if (!job.scratch) return SITU_ERR_MEMORY;
    situ_pool_run(threads, COLUMNS / COLUMNS_A_TASK, columns_task, &job);
    situ_pool_return(kzg->memory, job.scratch);
    return SITU_OK;
}

/* --- proofs ------------------------------------------------------------------------------------------- */

typedef struct {
    fr scalars[N_CELLS][COLUMNS]; /* [m][i], as the sums want them */
    blst_p1 sums[N_CELLS];
    situ_g1 points[N_CELLS];
    g1_row rows[N_CELLS] SITU_ALIGNED(64);
    g1_row spare[N_CELLS];
} proofs_memory;

typedef struct {
    const situ_kzg *kzg;
    proofs_memory *m;
    const fr *coefficients;
    fr_mont n_inverse;
} scalars_job;

/* The division by 128 that the transform over G1 leaves out is done here. */
static void scalars_task(void *ctx, u64 i, u32 worker)
{
    (void)worker;
    const scalars_job *job = ctx;
    fr column[N_CELLS];
    column_coefficients(column, job->coefficients, i);
    situ_fft(column, CELLS_LOG2, job->kzg->domain);
    situ_fr_kernels()->scale(column, column, &job->n_inverse, N_CELLS);
    for (u32 k = 0; k < N_CELLS; k++) job->m->scalars[u32_bit_reverse(k, CELLS_LOG2)][i] = column[k];
}

/* Jacobian to affine with one inversion; infinity stays. */
static void to_affine(situ_g1 *out, const blst_p1 *in, size_t n)
{
    blst_fp prefix[N_CELLS], inverse = blst_p1_generator()->z, z2;
    SITU_ASSERT(n <= N_CELLS);
    for (size_t i = 0; i < n; i++) {
        prefix[i] = inverse;
        if (!blst_p1_is_inf(&in[i])) blst_fp_mul(&inverse, &inverse, &in[i].z);
    }
    blst_fp_eucl_inverse(&inverse, &inverse);
    for (size_t i = n; i-- > 0;) {
        memset(&out[i], 0, sizeof out[i]);
        if (blst_p1_is_inf(&in[i])) continue;
        blst_fp one, x, y;
        blst_fp_mul(&one, &inverse, &prefix[i]);
        blst_fp_mul(&inverse, &inverse, &in[i].z);
        blst_fp_sqr(&z2, &one);
        blst_fp_mul(&x, &in[i].x, &z2);
        blst_fp_mul(&y, &in[i].y, &z2);
        blst_fp_mul(&y, &y, &one);
        memcpy(out[i].x, &x, sizeof x);
        memcpy(out[i].y, &y, sizeof y);
    }
}

static void proofs_from_sums(const situ_kzg *kzg, u8 *proofs, proofs_memory *m, void *work)
{
    const g1_kernels *kernels = situ_g1_kernels();
    to_affine(m->points, m->sums, N_CELLS);
    kernels->rows_from_affine(m->rows, m->points, N_CELLS);
    situ_g1_fft(m->rows, m->spare, 1, CELLS_LOG2, kzg->g1_roots, true, work);
    memset(m->rows + HALF, 0, HALF * sizeof m->rows[0]);
    situ_g1_fft(m->rows, m->spare, 1, CELLS_LOG2, kzg->g1_roots, false, work);
    kernels->rows_to_affine(m->points, m->rows, N_CELLS);
    for (u32 i = 0; i < N_CELLS; i++)
        situ_g1_write(proofs + 48 * i, &m->points[u32_bit_reverse(i, CELLS_LOG2)]);
}

situ_err situ_kzg_fk20_proofs(const situ_kzg *kzg, u8 *proofs, const fr *coefficients, situ_pool *threads)
{
    const g1_base_row *rows;
    SITU_TRY(situ_kzg_need_fk20(kzg, &rows, threads));
    bucket_job job = kzg->fk20_job;
    job.n_threads = situ_pool_threads(threads);
    size_t work_bytes = situ_bucket_scratch_bytes(&job);
    work_bytes = work_bytes > situ_g1_fft_scratch_bytes() ? work_bytes : situ_g1_fft_scratch_bytes();
    proofs_memory *m = situ_pool_borrow(kzg->memory, sizeof *m);
    void *work = situ_pool_borrow(kzg->memory, work_bytes);
    situ_err err = SITU_ERR_MEMORY;
    if (m && work) {
        scalars_job scalars = {.kzg = kzg,
                               .m = m,
                               .coefficients = coefficients,
                               .n_inverse = situ_frm_from_u64(N_CELLS)};
        scalars.n_inverse = frm_inverse(&scalars.n_inverse);
        situ_pool_run(threads, COLUMNS, scalars_task, &scalars);
        situ_bucket_sum(m->sums, &job, rows, (const situ_scalar *)(const void *)m->scalars, work, threads);
        proofs_from_sums(kzg, proofs, m, work);
        err = SITU_OK;
    }
    situ_pool_return(kzg->memory, work);
    situ_pool_return(kzg->memory, m);
    return err;
}
