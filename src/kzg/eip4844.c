/* eip4844.c — consensus-specs/specs/deneb/polynomial-commitments.md, function by function. */
#include "kzg/kzg_internal.h"

static const char challenge_domain[] = "FSBLOBVERIFY_V1_", batch_domain[] = "RCKZGBATCH___V1_";

situ_err situ_kzg_read_point(situ_g1 *point, const u8 bytes[48])
{
    return situ_g1_read(point, bytes) == SITU_OK ? SITU_OK : SITU_ERR_FORMAT;
}

situ_err situ_kzg_lincomb(const situ_kzg *kzg, situ_g1 *sum, const situ_g1 *points, const fr *scalars,
                          size_t n, situ_pool *threads)
{
    return situ_msm_g1_pooled(sum, points, (const situ_scalar *)(const void *)scalars, n, kzg->memory,
                              threads);
}

bool situ_kzg_read_group(situ_g1 *points, const u8 *bytes, size_t n, u64 group)
{
    size_t first = group * SITU_KZG_GROUP_POINTS;
    size_t n_group = u64_min(n - first, SITU_KZG_GROUP_POINTS);
    return situ_g1_read_many(points + first, bytes + 48 * first, n_group, NULL, NULL) == SITU_OK;
}

/* f *= Miller's loop of `lines` at p; infinity pairs to 1. */
static void miller_loop(blst_fp12 *f, const blst_fp6 *lines, const blst_p1_affine *p)
{
    blst_fp12 g;
    if (blst_p1_affine_is_inf(p)) return;
    blst_miller_loop_lines(&g, lines, p);
    blst_fp12_mul(f, f, &g);
}

/* e(a, [power]) e(-b, [1]) == 1 */
bool situ_kzg_pairings_agree(const situ_kzg *kzg, const situ_g1 *a, u32 power, const situ_g1 *b)
{
    blst_p1_affine p, q;
    blst_fp12 f = *blst_fp12_one();
    memcpy(&p, a, sizeof p);
    memcpy(&q, b, sizeof q);
    blst_fp_cneg(&q.y, &q.y, true);
    miller_loop(&f, kzg->lines[power], &p);
    miller_loop(&f, kzg->lines[LINES_ONE], &q);
    blst_final_exp(&f, &f);
    return blst_fp12_is_one(&f);
}

fr situ_kzg_challenge(const u8 *blob, const u8 commitment[48], u8 *scratch)
{
    u8 digest[32];
    memcpy(scratch, challenge_domain, 16);
    put_be64(scratch + 16, 0);
    put_be64(scratch + 24, BLOB_N);
    memcpy(scratch + 32, blob, SITU_KZG_BLOB_BYTES);
    memcpy(scratch + 32 + SITU_KZG_BLOB_BYTES, commitment, 48);
    blst_sha256(digest, scratch, SITU_KZG_CHALLENGE_BYTES);
    return situ_fr_from_hash(digest);
}

/* Index of z in the domain, or BLOB_N. */
static size_t domain_index(const situ_kzg *kzg, const fr_mont *z)
{
    fr_mont one = situ_frm_from_u64(1), power = situ_frm_pow(z, BLOB_N);
    size_t i = 0;
    if (memcmp(&power, &one, sizeof one) != 0) return BLOB_N;
    while (memcmp(&kzg->blob_domain[i], z, sizeof *z) != 0) i++;
    return i;
}

/* Sum over the Lagrange points. */
static situ_err commit_values(const situ_kzg *kzg, u8 out[48], const fr *values, situ_pool *threads)
{
    const situ_msm_base *base;
    situ_g1 sum;
    SITU_TRY(situ_kzg_need_lagrange(kzg, &base, threads));
    SITU_TRY(
        situ_msm_g1_base_pooled(&sum, base, (const situ_scalar *)(const void *)values, kzg->memory, threads));
    situ_g1_write(out, &sum);
    return SITU_OK;
}

typedef struct {
    fr values[BLOB_N], quotient[BLOB_N], folded[BLOB_N / 2];
    fr_mont inverses[BLOB_N], spare[BLOB_N];
    u8 message[SITU_KZG_CHALLENGE_BYTES];
} blob_work;

situ_err situ_kzg_commit(const situ_kzg *kzg, uint8_t commitment[48], const uint8_t *blob, situ_pool *threads)
{
    fr *values = situ_pool_borrow(kzg->memory, BLOB_N * sizeof *values);
    if (!values) return SITU_ERR_MEMORY;
    situ_err err = situ_fr_kernels()->read(values, blob, BLOB_N)
                       ? commit_values(kzg, commitment, values, threads)
                       : SITU_ERR_FORMAT;
    situ_pool_return(kzg->memory, values);
    return err;
}

situ_err situ_kzg_commit_poly(const situ_kzg *kzg, uint8_t commitment[48], const situ_fr *p, size_t n,
                              situ_pool *threads)
{
    situ_g1 sum;
    if (n > BLOB_N) return SITU_ERR_ARG;
    SITU_TRY(situ_kzg_lincomb(kzg, &sum, kzg->points.g1_monomial, p, n, threads));
    situ_g1_write(commitment, &sum);
    return SITU_OK;
}

/* q(X) = (p(X) - y) / (X - z) on the domain; y = p(z).  compute_kzg_proof_impl,
 * compute_quotient_eval_within_domain. */
static fr quotient(const situ_kzg *kzg, blob_work *w, const fr *z)
{
    const fr_kernels *kernels = situ_fr_kernels();
    fr_mont zm = situ_fr_to_mont(z);
    size_t at = domain_index(kzg, &zm);
    fr y = situ_fft_evaluate(w->values, BLOB_LOG2, &zm, kzg->domain, w->folded);
    for (size_t i = 0; i < BLOB_N; i++) w->inverses[i] = frm_sub(&zm, &kzg->blob_domain[i]);
    if (at < BLOB_N) w->inverses[at] = zm;
    kernels->invert(w->inverses, w->spare, BLOB_N);
    kernels->quotient(w->quotient, w->values, &y, w->inverses, BLOB_N); /* (p_i - y) / (w_i - z) */
    if (at == BLOB_N) return y;
    /* q(z) = sum over i != at of (p_i - y) w_i / (z (z - w_i)) = -(1/z) sum of q_i w_i; 1/z is inverses[at] */
    fr sum = {{0}};
    for (size_t i = 0; i < BLOB_N; i++) {
        if (i == at) continue;
        fr t = fr_mul(&w->quotient[i], &kzg->blob_domain[i]);
        sum = fr_sub(&sum, &t);
    }
    w->quotient[at] = fr_mul(&sum, &w->inverses[at]);
    return y;
}

static situ_err prove(const situ_kzg *kzg, u8 proof[48], u8 y_out[32], blob_work *w, const fr *z,
                      situ_pool *threads)
{
    fr y = quotient(kzg, w, z);
    SITU_TRY(commit_values(kzg, proof, w->quotient, threads));
    if (y_out) situ_fr_write(y_out, &y);
    return SITU_OK;
}

situ_err situ_kzg_prove(const situ_kzg *kzg, uint8_t proof[48], uint8_t y[32], const uint8_t *blob,
                        const uint8_t z_bytes[32], situ_pool *threads)
{
    fr z;
    SITU_TRY(situ_fr_read(&z, z_bytes));
    blob_work *w = situ_pool_borrow(kzg->memory, sizeof *w);
    if (!w) return SITU_ERR_MEMORY;
    situ_err err = situ_fr_kernels()->read(w->values, blob, BLOB_N) ? prove(kzg, proof, y, w, &z, threads)
                                                                    : SITU_ERR_FORMAT;
    situ_pool_return(kzg->memory, w);
    return err;
}

situ_err situ_kzg_prove_blob(const situ_kzg *kzg, uint8_t proof[48], const uint8_t *blob,
                             const uint8_t commitment[48], situ_pool *threads)
{
    situ_g1 point;
    SITU_TRY(situ_kzg_read_point(&point, commitment));
    blob_work *w = situ_pool_borrow(kzg->memory, sizeof *w);
    if (!w) return SITU_ERR_MEMORY;
    situ_err err = SITU_ERR_FORMAT;
    if (situ_fr_kernels()->read(w->values, blob, BLOB_N)) {
        fr z = situ_kzg_challenge(blob, commitment, w->message);
        err = prove(kzg, proof, NULL, w, &z, threads);
    }
    situ_pool_return(kzg->memory, w);
    return err;
}

/* --- verification ------------------------------------------------------------------------------------- */

/* Buffers of a batch of n openings. */
typedef struct {
    situ_g1 *points; /* commitments [n], proofs [n], the generator */
    fr *scalars;     /* [2n + 1]                                   */
    fr *z, *y;
    u8 *message;
} batch;

static size_t batch_message_bytes(size_t n) { return 32 + n * (48 + 32 + 32 + 48); }

static size_t batch_bytes(size_t n)
{
    return (2 * n + 1) * (sizeof(situ_g1) + sizeof(fr)) + 2 * n * sizeof(fr) + batch_message_bytes(n) + 64;
}

static batch batch_at(void *memory, size_t n)
{
    batch b = {.points = memory};
    b.scalars = (fr *)(void *)(b.points + 2 * n + 1);
    b.z = b.scalars + 2 * n + 1;
    b.y = b.z + n;
    b.message = (u8 *)(b.y + n);
    return b;
}

/* verify_kzg_proof_batch: e(sum r^i proof_i, [s]) == e(sum r^i (C_i - y_i G + z_i proof_i), [1]), with `r`
 * from the transcript; r^0 = 1, so n = 1 needs none. */
static situ_err verify_batch(const situ_kzg *kzg, batch *b, const fr *r, size_t n, situ_pool *threads)
{
    situ_g1 left, right;
    fr power = {{1, 0, 0, 0}}, y_sum = {{0}};
    fr_mont rm = situ_fr_to_mont(r);
    for (size_t i = 0; i < n; i++) {
        fr_mont pm = situ_fr_to_mont(&power);
        fr t = fr_mul(&b->y[i], &pm);
        y_sum = fr_sub(&y_sum, &t);
        b->scalars[i] = power;
        b->scalars[n + i] = fr_mul(&b->z[i], &pm);
        power = fr_mul(&power, &rm);
    }
    memcpy(&b->points[2 * n], blst_p1_affine_generator(), sizeof(situ_g1));
    b->scalars[2 * n] = y_sum;
    SITU_TRY(situ_kzg_lincomb(kzg, &right, b->points, b->scalars, 2 * n + 1, threads));
    SITU_TRY(situ_kzg_lincomb(kzg, &left, b->points + n, b->scalars, n, threads));
    return situ_kzg_pairings_agree(kzg, &left, LINES_BLOB, &right) ? SITU_OK : SITU_ERR_REJECT;
}

situ_err situ_kzg_verify(const situ_kzg *kzg, const uint8_t commitment[48], const uint8_t z[32],
                         const uint8_t y[32], const uint8_t proof[48])
{
    situ_g1 points[3];
    fr scalars[3], zy[2], r = {{1, 0, 0, 0}};
    batch b = {.points = points, .scalars = scalars, .z = &zy[0], .y = &zy[1]};
    SITU_TRY(situ_kzg_read_point(&points[0], commitment));
    SITU_TRY(situ_fr_read(b.z, z));
    SITU_TRY(situ_fr_read(b.y, y));
    SITU_TRY(situ_kzg_read_point(&points[1], proof));
    return verify_batch(kzg, &b, &r, 1, NULL);
}

/* compute_r_powers: r from all of the batch */
static fr batch_challenge(const batch *b, const u8 *commitments, const u8 *proofs, size_t n)
{
    u8 *at = b->message, digest[32];
    memcpy(at, batch_domain, 16);
    put_be64(at + 16, BLOB_N);
    put_be64(at + 24, n);
    at += 32;
    for (size_t i = 0; i < n; i++, at += 160) {
        memcpy(at, commitments + 48 * i, 48);
        situ_fr_write(at + 48, &b->z[i]);
        situ_fr_write(at + 80, &b->y[i]);
        memcpy(at + 112, proofs + 48 * i, 48);
    }
    blst_sha256(digest, b->message, batch_message_bytes(n));
    return situ_fr_from_hash(digest);
}

typedef struct {
    const situ_kzg *kzg;
    const u8 *blobs, *commitments, *proofs;
    size_t n;
    batch *b;
    blob_work *work; /* one a thread */
    bool is_bad;
} blobs_job;

/* z and y of one blob */
static bool open_blob(const blobs_job *job, size_t i, blob_work *w)
{
    const u8 *blob = job->blobs + i * SITU_KZG_BLOB_BYTES;
    if (!situ_fr_kernels()->read(w->values, blob, BLOB_N)) return false;
    job->b->z[i] = situ_kzg_challenge(blob, job->commitments + 48 * i, w->message);
    fr_mont z = situ_fr_to_mont(&job->b->z[i]);
    job->b->y[i] = situ_fft_evaluate(w->values, BLOB_LOG2, &z, job->kzg->domain, w->folded);
    return true;
}

/* Blobs, then groups of commitments, then of proofs. */
static void blobs_task(void *ctx, u64 i, u32 worker)
{
    blobs_job *job = ctx;
    u64 groups = situ_kzg_point_groups(job->n);
    bool ok;
    if (i < job->n)
        ok = open_blob(job, i, &job->work[worker]);
    else if (i < job->n + groups)
        ok = situ_kzg_read_group(job->b->points, job->commitments, job->n, i - job->n);
    else
        ok = situ_kzg_read_group(job->b->points + job->n, job->proofs, job->n, i - job->n - groups);
    if (!ok) __atomic_store_n(&job->is_bad, true, __ATOMIC_RELAXED);
}

static situ_err verify_blobs(const situ_kzg *kzg, batch *b, blob_work *work, const u8 *blobs,
                             const u8 *commitments, const u8 *proofs, size_t n, situ_pool *threads)
{
    blobs_job job = {.kzg = kzg,
                     .blobs = blobs,
                     .commitments = commitments,
                     .proofs = proofs,
                     .n = n,
                     .b = b,
                     .work = work};
    situ_pool_run(threads, n + 2 * situ_kzg_point_groups(n), blobs_task, &job);
    if (job.is_bad) return SITU_ERR_FORMAT;
    fr r = batch_challenge(b, commitments, proofs, n);
    return verify_batch(kzg, b, &r, n, threads);
}

situ_err situ_kzg_verify_blobs(const situ_kzg *kzg, const uint8_t *blobs, const uint8_t *commitments,
                               const uint8_t *proofs, size_t n, situ_pool *threads)
{
    if (n > SITU_KZG_BATCH_MAX) return SITU_ERR_ARG;
    if (n == 0) return SITU_OK;
    u32 n_threads = situ_pool_threads(threads);
    void *memory = situ_pool_borrow(kzg->memory, batch_bytes(n));
    blob_work *work = situ_pool_borrow(kzg->memory, n_threads * sizeof *work);
    situ_err err = SITU_ERR_MEMORY;
    if (memory && work) {
        batch b = batch_at(memory, n);
        err = verify_blobs(kzg, &b, work, blobs, commitments, proofs, n, threads);
    }
    situ_pool_return(kzg->memory, work);
    situ_pool_return(kzg->memory, memory);
    return err;
}

situ_err situ_kzg_verify_blob(const situ_kzg *kzg, const uint8_t *blob, const uint8_t commitment[48],
                              const uint8_t proof[48], situ_pool *threads)
{
    return situ_kzg_verify_blobs(kzg, blob, commitment, proof, 1, threads);
}
