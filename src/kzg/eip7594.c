/* eip7594.c — consensus-specs/specs/fulu/polynomial-commitments-sampling.md, function by function. */
#include "kzg/kzg_internal.h"

static const char cells_domain[] = "RCKZGCBATCH__V1_";

typedef struct {
    fr coefficients[EXT_N];
    fr values[EXT_N];
} ext_work;

static void write_cells(u8 *cells, const fr *values)
{
    for (size_t i = 0; i < EXT_N; i++) situ_fr_write(cells + 32 * i, &values[i]);
}

/* Values of the polynomial on the extended domain, bit-reversed: the cells. */
static void extend(const situ_kzg *kzg, fr values[EXT_N], const fr coefficients[BLOB_N])
{
    memcpy(values, coefficients, BLOB_N * sizeof(fr));
    memset(values + BLOB_N, 0, BLOB_N * sizeof(fr));
    situ_fft(values, EXT_LOG2, kzg->domain);
}

situ_err situ_kzg_cells(const situ_kzg *kzg, uint8_t *cells, uint8_t *proofs, const uint8_t *blob,
                        situ_pool *threads)
{
    if (!cells && !proofs) return SITU_ERR_ARG;
    ext_work *w = situ_pool_borrow(kzg->memory, sizeof *w);
    if (!w) return SITU_ERR_MEMORY;
    situ_err err = SITU_ERR_FORMAT;
    if (situ_fr_kernels()->read(w->coefficients, blob, BLOB_N)) {
        situ_fft_inverse(w->coefficients, BLOB_LOG2, kzg->domain);
        err = proofs ? situ_kzg_fk20_proofs(kzg, proofs, w->coefficients, threads) : SITU_OK;
        if (err == SITU_OK && cells) {
            extend(kzg, w->values, w->coefficients);
            write_cells(cells, w->values);
        }
    }
    situ_pool_return(kzg->memory, w);
    return err;
}

/* --- recovery ----------------------------------------------------------------------------------------- */

/* Generator of the group: 7^i w^j are 8192 points off the domain. */
#define COSET_SHIFT 7

/* construct_vanishing_polynomial: the polynomial that vanishes on the missing cells' points is one in X^64, of
 * degree at most 64 in that, with the roots w_128^(bit-reversed index); so the transform of 128 has all its values
 * on the domain, one for each cell. */
static void vanishing_polynomial(const situ_kzg *kzg, fr out[N_CELLS], const bool *is_known)
{
    u64 missing[N_CELLS];
    size_t n = 0;
    for (u32 cell = 0; cell < N_CELLS; cell++) {
        if (!is_known[cell]) missing[n++] = u32_bit_reverse(cell, CELLS_LOG2);
    }
    memset(out, 0, N_CELLS * sizeof out[0]);
    situ_err err = situ_poly_vanishing(kzg->domain, out, CELLS_LOG2, missing, n);
    SITU_ASSERT(err == SITU_OK);
}

/* Each cell's values times its factor. */
static void scale_cells(fr *values, const fr_mont factor[N_CELLS])
{
    for (size_t cell = 0; cell < N_CELLS; cell++)
        situ_fr_kernels()->scale(values + cell * CELL_N, values + cell * CELL_N, &factor[cell], CELL_N);
}

/* recover_polynomialcoeff: (P Z) is known everywhere on the domain (0 where cells are missing); off the
 * domain divide by Z.
 *   a  in: known values, 0 elsewhere; out: coefficients */
static void recover_coefficients(const situ_kzg *kzg, fr a[EXT_N], const bool *is_known)
{
    const fr_kernels *kernels = situ_fr_kernels();
    fr zero_poly[N_CELLS], z_values[N_CELLS];
    fr_mont z[N_CELLS], spare[N_CELLS];
    vanishing_polynomial(kzg, zero_poly, is_known);

    memcpy(z_values, zero_poly, sizeof z_values);
    situ_fft(z_values, CELLS_LOG2, kzg->domain);
    for (size_t i = 0; i < N_CELLS; i++) z[i] = situ_fr_to_mont(&z_values[i]);
    scale_cells(a, z);
    situ_fft_inverse(a, EXT_LOG2, kzg->domain);

    fr_mont shift = situ_frm_from_u64(COSET_SHIFT), shift64 = situ_frm_pow(&shift, CELL_N);
    fr_mont inverse = frm_inverse(&shift);
    kernels->mul_powers(a, &shift, EXT_N);
    situ_fft(a, EXT_LOG2, kzg->domain);
    kernels->mul_powers(zero_poly, &shift64, N_CELLS);
    situ_fft(zero_poly, CELLS_LOG2, kzg->domain);
    for (size_t i = 0; i < N_CELLS; i++) z[i] = situ_fr_to_mont(&zero_poly[i]);
    kernels->invert(z, spare, N_CELLS);
    scale_cells(a, z);
    situ_fft_inverse(a, EXT_LOG2, kzg->domain);
    kernels->mul_powers(a, &inverse, EXT_N);
}

static situ_err recover(const situ_kzg *kzg, u8 *cells, u8 *proofs, ext_work *w, const u64 *indices,
                        const u8 *known, size_t n, situ_pool *threads)
{
    bool is_known[N_CELLS] = {false};
    memset(w->coefficients, 0, sizeof w->coefficients);
    for (size_t i = 0; i < n; i++) {
        is_known[indices[i]] = true;
        if (!situ_fr_kernels()->read(w->coefficients + indices[i] * CELL_N, known + i * SITU_KZG_CELL_BYTES,
                                     CELL_N))
            return SITU_ERR_FORMAT;
    }
    if (n < N_CELLS)
        recover_coefficients(kzg, w->coefficients, is_known);
    else
        situ_fft_inverse(w->coefficients, EXT_LOG2, kzg->domain);
    if (proofs) SITU_TRY(situ_kzg_fk20_proofs(kzg, proofs, w->coefficients, threads));
    if (n == N_CELLS) {
        memmove(cells, known, N_CELLS * SITU_KZG_CELL_BYTES);
        return SITU_OK;
    }
    memcpy(w->values, w->coefficients, sizeof w->values);
    situ_fft(w->values, EXT_LOG2, kzg->domain);
    write_cells(cells, w->values);
    return SITU_OK;
}

situ_err situ_kzg_recover(const situ_kzg *kzg, uint8_t *cells, uint8_t *proofs, const uint64_t *known_indices,
                          const uint8_t *known_cells, size_t n_known, situ_pool *threads)
{
    if (n_known < SITU_KZG_CELLS_MIN || n_known > N_CELLS) return SITU_ERR_ARG;
    for (size_t i = 0; i < n_known; i++) {
        if (known_indices[i] >= N_CELLS || (i > 0 && known_indices[i] <= known_indices[i - 1]))
            return SITU_ERR_ARG;
    }
    ext_work *w = situ_pool_borrow(kzg->memory, sizeof *w);
    if (!w) return SITU_ERR_MEMORY;
    situ_err err = recover(kzg, cells, proofs, w, known_indices, known_cells, n_known, threads);
    situ_pool_return(kzg->memory, w);
    return err;
}

/* --- verification ------------------------------------------------------------------------------------- */

size_t situ_kzg_cells_challenge_bytes(size_t n_commitments, size_t n_cells)
{
    return 16 + 4 * 8 + n_commitments * 48 + n_cells * (8 + 8 + SITU_KZG_CELL_BYTES + 48);
}

fr situ_kzg_cells_challenge(const u8 *commitments, size_t n_commitments, const u32 *commitment_of,
                            const u64 *indices, const u8 *cells, const u8 *proofs, size_t n_cells,
                            u8 *scratch)
{
    u8 *at = scratch, digest[32];
    memcpy(at, cells_domain, 16);
    put_be64(at + 16, BLOB_N);
    put_be64(at + 24, CELL_N);
    put_be64(at + 32, n_commitments);
    put_be64(at + 40, n_cells);
    at += 48;
    memcpy(at, commitments, 48 * n_commitments);
    at += 48 * n_commitments;
    for (size_t i = 0; i < n_cells; i++) {
        put_be64(at, commitment_of[i]);
        put_be64(at + 8, indices[i]);
        memcpy(at + 16, cells + i * SITU_KZG_CELL_BYTES, SITU_KZG_CELL_BYTES);
        memcpy(at + 16 + SITU_KZG_CELL_BYTES, proofs + 48 * i, 48);
        at += 16 + SITU_KZG_CELL_BYTES + 48;
    }
    blst_sha256(digest, scratch, (size_t)(at - scratch));
    return situ_fr_from_hash(digest);
}

/* Buffers of a batch of n cells. */
typedef struct {
    fr column[N_CELLS][CELL_N]; /* sum of r^k times the cells of one index */
    fr interpolation[CELL_N];
    bool has_column[N_CELLS];
    situ_g1 *points; /* commitments [n], proofs [n], monomial [64]: the terms of the right side */
    fr *scalars;     /* [2n + 64]                                                               */
    fr *powers;      /* r^k [n]                                                                 */
    u8 *unique;      /* commitments without repetition [48 n]                                   */
    u32 *commitment_of;
    u32 *slots; /* hash table over `unique`, n_slots, index + 1                            */
    size_t n_slots, n_unique;
    u8 *message;
} cells_batch;

static size_t cells_slots(size_t n) { return (size_t)2 << u64_log2(n); }

static size_t cells_batch_bytes(size_t n)
{
    return sizeof(cells_batch) + (2 * n + CELL_N) * (sizeof(situ_g1) + sizeof(fr)) + n * sizeof(fr) + n * 48 +
           n * 4 + cells_slots(n) * 4 + situ_kzg_cells_challenge_bytes(n, n) + 64;
}

static cells_batch *cells_batch_at(void *memory, size_t n)
{
    cells_batch *b = memory;
    memset(b, 0, sizeof *b);
    b->points = (situ_g1 *)(void *)(b + 1);
    b->scalars = (fr *)(void *)(b->points + 2 * n + CELL_N);
    b->powers = b->scalars + 2 * n + CELL_N;
    b->unique = (u8 *)(b->powers + n);
    b->commitment_of = (u32 *)(void *)(b->unique + 48 * n);
    b->slots = b->commitment_of + n;
    b->n_slots = cells_slots(n);
    b->message = (u8 *)(b->slots + b->n_slots);
    return b;
}

/* Keys of a hash that whoever chose the commitments could not foresee: they depend on all of them. */
static void hash_keys(u64 keys[6], const u8 *commitments, size_t n)
{
    u8 digest[64];
    blst_sha256(digest, commitments, 48 * n);
    blst_sha256(digest + 32, digest, 32);
    memcpy(keys, digest, 6 * sizeof keys[0]);
}

/* Multilinear modulo 2^64; its high bits are the good ones. */
static size_t hash_slot(const u64 keys[6], const u8 commitment[48], size_t n_slots)
{
    u64 word[6], sum = 0;
    memcpy(word, commitment, sizeof word);
    for (int i = 0; i < 6; i++) sum += (keys[i] | 1) * word[i];
    return (size_t)(sum >> 40) & (n_slots - 1);
}

/* Distinct commitments in the order of their first appearance. */
static void deduplicate(cells_batch *b, const u8 *commitments, size_t n)
{
    u64 keys[6];
    hash_keys(keys, commitments, n);
    memset(b->slots, 0, b->n_slots * sizeof b->slots[0]);
    for (size_t i = 0; i < n; i++) {
        const u8 *c = commitments + 48 * i;
        size_t slot = hash_slot(keys, c, b->n_slots);
        while (b->slots[slot] && memcmp(b->unique + 48 * (b->slots[slot] - 1), c, 48) != 0)
            slot = (slot + 1) & (b->n_slots - 1);
        if (!b->slots[slot]) {
            memcpy(b->unique + 48 * b->n_unique, c, 48);
            b->slots[slot] = (u32)++b->n_unique;
        }
        b->commitment_of[i] = b->slots[slot] - 1;
    }
}

typedef struct {
    const situ_kzg *kzg;
    cells_batch *b;
    const u64 *indices;
    const u8 *cells, *proofs;
    size_t n;
    bool is_bad;
} cells_job;

/* Column `index`: sum its cells with their powers of r, and turn values on the coset into coefficients. */
static bool sum_column(const cells_job *job, u32 index)
{
    const fr_kernels *kernels = situ_fr_kernels();
    fr *column = job->b->column[index], cell[CELL_N];
    bool *any = &job->b->has_column[index];
    for (size_t k = 0; k < job->n; k++) {
        if (job->indices[k] != index) continue;
        if (!kernels->read(cell, job->cells + k * SITU_KZG_CELL_BYTES, CELL_N)) return false;
        fr_mont power = situ_fr_to_mont(&job->b->powers[k]);
        kernels->axpy(column, cell, &power, CELL_N);
        *any = true;
    }
    if (!*any) return true;
    u32 coset = u32_bit_reverse(index, CELLS_LOG2); /* the coset is w^coset times the 64th roots */
    situ_fft_inverse(column, CELL_LOG2, job->kzg->domain);
    kernels->mul_powers(column, domain_root(job->kzg->domain, EXT_LOG2, EXT_N - coset), CELL_N);
    return true;
}

/* Columns, then groups of commitments, then of proofs. */
static void cells_task(void *ctx, u64 i, u32 worker)
{
    (void)worker;
    cells_job *job = ctx;
    cells_batch *b = job->b;
    u64 groups = situ_kzg_point_groups(b->n_unique);
    bool ok;
    if (i < N_CELLS)
        ok = sum_column(job, (u32)i);
    else if (i < N_CELLS + groups)
        ok = situ_kzg_read_group(b->points, b->unique, b->n_unique, i - N_CELLS);
    else
        ok = situ_kzg_read_group(b->points + b->n_unique, job->proofs, job->n, i - N_CELLS - groups);
    if (!ok) __atomic_store_n(&job->is_bad, true, __ATOMIC_RELAXED);
}

/* verify_cell_kzg_proof_batch_impl (the "universal verification equation"):
 *   e(sum r^k proof_k, [s^64]) == e(sum r^k C_k - [sum r^k I_k(s)] + sum r^k h_k^64 proof_k, [1]) */
static situ_err verify_cells(const situ_kzg *kzg, cells_batch *b, const u64 *indices, const u8 *cells,
                             const u8 *proofs, size_t n, situ_pool *threads)
{
    size_t n_unique = b->n_unique;
    situ_g1 *proof_points = b->points + n_unique, left, right;
    fr r = situ_kzg_cells_challenge(b->unique, n_unique, b->commitment_of, indices, cells, proofs, n,
                                    b->message);
    fr power = {{1, 0, 0, 0}};
    fr_mont rm = situ_fr_to_mont(&r);
    fr *commitment_scalars = b->scalars, *proof_scalars = b->scalars + n_unique,
       *monomial_scalars = proof_scalars + n;
    memset(b->scalars, 0, (n_unique + n + CELL_N) * sizeof(fr));
    for (size_t k = 0; k < n; k++) {
        fr *c = &commitment_scalars[b->commitment_of[k]];
        *c = fr_add(c, &power);
        b->powers[k] = power;
        /* h^64 for h = w^coset */
        u32 coset = u32_bit_reverse((u32)indices[k], CELLS_LOG2);
        proof_scalars[k] = fr_mul(&power, domain_root(kzg->domain, CELLS_LOG2, coset));
        power = fr_mul(&power, &rm);
    }
    cells_job job = {.kzg = kzg, .b = b, .indices = indices, .cells = cells, .proofs = proofs, .n = n};
    situ_pool_run(threads, N_CELLS + situ_kzg_point_groups(n_unique) + situ_kzg_point_groups(n), cells_task,
                  &job);
    if (job.is_bad) return SITU_ERR_FORMAT;
    memcpy(proof_points + n, kzg->points.g1_monomial, CELL_N * sizeof(situ_g1));
    for (size_t c = 0; c < N_CELLS; c++) {
        for (size_t i = 0; b->has_column[c] && i < CELL_N; i++)
            monomial_scalars[i] = fr_sub(&monomial_scalars[i], &b->column[c][i]);
    }
    SITU_TRY(situ_kzg_lincomb(kzg, &left, proof_points, b->powers, n, threads));
    SITU_TRY(situ_kzg_lincomb(kzg, &right, b->points, b->scalars, n_unique + n + CELL_N, threads));
    return situ_kzg_pairings_agree(kzg, &left, LINES_CELL, &right) ? SITU_OK : SITU_ERR_REJECT;
}

situ_err situ_kzg_verify_cells(const situ_kzg *kzg, const uint8_t *commitments, const uint64_t *indices,
                               const uint8_t *cells, const uint8_t *proofs, size_t n, situ_pool *threads)
{
    if (n > SITU_KZG_BATCH_MAX) return SITU_ERR_ARG;
    if (n == 0) return SITU_OK;
    for (size_t i = 0; i < n; i++) {
        if (indices[i] >= N_CELLS) return SITU_ERR_ARG;
    }
    void *memory = situ_pool_borrow(kzg->memory, cells_batch_bytes(n));
    if (!memory) return SITU_ERR_MEMORY;
    cells_batch *b = cells_batch_at(memory, n);
    deduplicate(b, commitments, n);
    situ_err err = verify_cells(kzg, b, indices, cells, proofs, n, threads);
    situ_pool_return(kzg->memory, memory);
    return err;
}
