/* setup.c — a set-up from points, from its text forms, and from a cache file. */
#include <stdlib.h>

#include "base/cpu.h"
#include "curve/block.h"
#include "kzg/kzg_internal.h"

/* Bytes of tables: 4096 points with every window's multiple; the cell proofs' 8192 points with 8 tables of
 * theirs. */
#define LAGRANGE_TABLE_BYTES ((size_t)10 * BLOB_N * sizeof(g1_base_row))
#define FK20_WINDOW_BITS     8
#define FK20_TABLES          8

void situ_kzg_destroy(situ_kzg *kzg)
{
    if (!kzg) return;
    situ_msm_pool_destroy(kzg->memory);
    situ_domain_destroy(kzg->domain);
    situ_block_free(kzg->lagrange_rows);
    situ_block_free(kzg->fk20_rows);
    pthread_mutex_destroy(&kzg->table_lock);
    situ_block_free(kzg);
}

/* Everything but the points. */
static situ_err create_empty(situ_kzg **out)
{
    situ_kzg *kzg = situ_block_alloc(sizeof *kzg);
    *out = kzg;
    if (!kzg) return SITU_ERR_MEMORY;
    memset(kzg, 0, sizeof *kzg);
    pthread_mutex_init(&kzg->table_lock, NULL);
    situ_err err = situ_domain_create(&kzg->domain, EXT_LOG2);
    if (err == SITU_OK) err = situ_msm_pool_create(&kzg->memory, SIZE_MAX);
    if (err == SITU_OK) {
        for (u32 i = 0; i < BLOB_N; i++)
            kzg->blob_domain[i] = *domain_root(kzg->domain, BLOB_LOG2, u32_bit_reverse(i, BLOB_LOG2));
        situ_g1_roots_make(kzg->g1_roots, CELLS_LOG2, kzg->domain);
    } else {
        situ_kzg_destroy(kzg);
        *out = NULL;
    }
    return err;
}

/* What verification wants of the points in G2. */
static void make_lines(situ_kzg *kzg)
{
    static const u32 powers[N_LINES] = {[LINES_ONE] = 0, [LINES_BLOB] = 1, [LINES_CELL] = CELL_N};
    for (size_t i = 0; i < N_LINES; i++) {
        blst_p2_affine q;
        memcpy(&q, &kzg->points.g2_monomial[powers[i]], sizeof q);
        blst_precompute_lines(kzg->lines[i], &q);
    }
}

/* --- checks ------------------------------------------------------------------------------------------- */

typedef struct {
    fr values[BLOB_N], coefficients[BLOB_N];
} check_work;

/* e(a, g) == e(b, h)? */
static bool pairings_agree(const situ_g1 *a, const situ_g2 *g, const situ_g1 *b, const situ_g2 *h)
{
    blst_p1_affine p[2];
    blst_p2_affine q[2];
    blst_fp12 f[2];
    memcpy(&p[0], a, sizeof p[0]);
    memcpy(&p[1], b, sizeof p[1]);
    memcpy(&q[0], g, sizeof q[0]);
    memcpy(&q[1], h, sizeof q[1]);
    for (int i = 0; i < 2; i++) blst_miller_loop(&f[i], &q[i], &p[i]);
    return blst_fp12_finalverify(&f[0], &f[1]);
}

/* One random combination stands for all 4096 equations of each kind; `r` comes from a digest of all the
 * points. (a) powers: e(sum r^i M_(i+1), G2_0) == e(sum r^i M_i, G2_1), and the same on G2 (b) forms:  sum
 * v_i L_i == sum c_i M_i for values v_i = r^(i+1), bit-reversed like L, and their coefficients c */
static situ_err check_points(const situ_kzg *kzg, const fr *r, check_work *w, situ_pool *threads)
{
    const kzg_points *p = &kzg->points;
    const situ_g2 *g2 = p->g2_monomial;
    fr_mont rm = situ_fr_to_mont(r);
    w->values[0] = *r;
    for (size_t i = 1; i < BLOB_N; i++) w->values[i] = fr_mul(&w->values[i - 1], &rm);

    situ_g1 low, high, from_values, from_coefficients;
    situ_g2 low2, high2;
    SITU_TRY(situ_kzg_lincomb(kzg, &low, p->g1_monomial, w->values, BLOB_N - 1, threads));
    SITU_TRY(situ_kzg_lincomb(kzg, &high, p->g1_monomial + 1, w->values, BLOB_N - 1, threads));
    if (!situ_kzg_pairings_agree(kzg, &low, LINES_BLOB, &high)) return SITU_ERR_REJECT;

    const situ_scalar *scalars = (const situ_scalar *)(const void *)w->values;
    SITU_TRY(situ_msm_g2_pooled(&low2, g2, scalars, N_G2 - 1, kzg->memory, threads));
    SITU_TRY(situ_msm_g2_pooled(&high2, g2 + 1, scalars, N_G2 - 1, kzg->memory, threads));
    if (!pairings_agree(&p->g1_monomial[0], &high2, &p->g1_monomial[1], &low2)) return SITU_ERR_REJECT;

    memcpy(w->coefficients, w->values, sizeof w->values);
    situ_fft_inverse(w->coefficients, BLOB_LOG2, kzg->domain);
    SITU_TRY(situ_kzg_lincomb(kzg, &from_values, p->g1_lagrange, w->values, BLOB_N, threads));
    SITU_TRY(situ_kzg_lincomb(kzg, &from_coefficients, p->g1_monomial, w->coefficients, BLOB_N, threads));
    return memcmp(&from_values, &from_coefficients, sizeof from_values) == 0 ? SITU_OK : SITU_ERR_REJECT;
}

/* The pairing's base points must be the generators: proofs are checked against them. */
static bool starts_at_generators(const kzg_points *p)
{
    return memcmp(&p->g1_monomial[0], blst_p1_affine_generator(), sizeof(situ_g1)) == 0 &&
           memcmp(&p->g2_monomial[0], blst_p2_affine_generator(), sizeof(situ_g2)) == 0;
}

static fr digest_points(const u8 *g1_monomial, const u8 *g1_lagrange, const u8 *g2_monomial)
{
    u8 digests[3][32], digest[32];
    blst_sha256(digests[0], g1_monomial, BLOB_N * 48);
    blst_sha256(digests[1], g1_lagrange, BLOB_N * 48);
    blst_sha256(digests[2], g2_monomial, N_G2 * 96);
    blst_sha256(digest, digests[0], sizeof digests);
    return situ_fr_from_hash(digest);
}

static situ_err read_g1(situ_g1 *out, const u8 *bytes, kzg_bad_point *bad, u32 list, situ_pool *threads)
{
    bad->list = list;
    return situ_g1_read_many(out, bytes, BLOB_N, &bad->index, threads) == SITU_OK ? SITU_OK : SITU_ERR_FORMAT;
}

static situ_err read_g2(situ_g2 *out, const u8 *bytes, kzg_bad_point *bad)
{
    bad->list = KZG_G2_MONOMIAL;
    for (size_t i = 0; i < N_G2; i++) {
        blst_p2_affine p;
        bad->index = i;
        if (blst_p2_uncompress(&p, bytes + 96 * i) != BLST_SUCCESS || !blst_p2_affine_in_g2(&p))
            return SITU_ERR_FORMAT;
        memcpy(&out[i], &p, sizeof p);
    }
    return SITU_OK;
}

static situ_err fill_points(situ_kzg *kzg, const u8 *g1_monomial, const u8 *g1_lagrange,
                            const u8 *g2_monomial, kzg_bad_point *bad, situ_pool *threads)
{
    kzg_points *p = &kzg->points;
    SITU_TRY(read_g1(p->g1_lagrange, g1_lagrange, bad, KZG_G1_LAGRANGE, threads));
    SITU_TRY(read_g2(p->g2_monomial, g2_monomial, bad));
    SITU_TRY(read_g1(p->g1_monomial, g1_monomial, bad, KZG_G1_MONOMIAL, threads));
    if (!starts_at_generators(p)) return SITU_ERR_REJECT;
    situ_g1_bit_reverse(p->g1_lagrange, BLOB_LOG2);
    make_lines(kzg);

    fr r = digest_points(g1_monomial, g1_lagrange, g2_monomial);
    check_work *w = situ_pool_borrow(kzg->memory, sizeof *w);
    if (!w) return SITU_ERR_MEMORY;
    situ_err err = check_points(kzg, &r, w, threads);
    situ_pool_return(kzg->memory, w);
    if (err) return err;
    return situ_kzg_fk20_points(kzg, threads);
}

situ_err situ_kzg_create_checked(situ_kzg **out, const u8 *g1_monomial, const u8 *g1_lagrange,
                                 const u8 *g2_monomial, kzg_bad_point *bad, situ_pool *threads)
{
    SITU_TRY(create_empty(out));
    situ_err err = fill_points(*out, g1_monomial, g1_lagrange, g2_monomial, bad, threads);
    if (err) {
        situ_kzg_destroy(*out);
        *out = NULL;
    }
    return err;
}

situ_err situ_kzg_create(situ_kzg **out, const uint8_t *g1_monomial, const uint8_t *g1_lagrange,
                         const uint8_t *g2_monomial, situ_pool *threads)
{
    kzg_bad_point bad;
    return situ_kzg_create_checked(out, g1_monomial, g1_lagrange, g2_monomial, &bad, threads);
}

/* --- tables ------------------------------------------------------------------------------------------- */

static situ_err make_lagrange(situ_kzg *kzg, situ_pool *threads)
{
    situ_msm_base base;
    SITU_TRY(situ_msm_base_choose(&base, BLOB_N, LAGRANGE_TABLE_BYTES));
    size_t scratch_bytes = situ_msm_base_scratch_bytes(&base, situ_pool_threads(threads));
    void *rows = situ_block_alloc(situ_msm_base_bytes(&base)), *scratch = situ_block_alloc(scratch_bytes);
    if (rows && scratch) {
        situ_msm_base_fill(&base, rows, kzg->points.g1_lagrange, scratch, threads);
        kzg->lagrange_rows = rows;
        kzg->lagrange = base;
    } else {
        situ_block_free(rows);
    }
    situ_block_free(scratch);
    return kzg->lagrange_rows ? SITU_OK : SITU_ERR_MEMORY;
}

static situ_err make_fk20(situ_kzg *kzg, situ_pool *threads)
{
    bucket_job job = {.n_sums = N_CELLS,
                      .n_points = CELL_N,
                      .n_tables = FK20_TABLES,
                      .window_bits = FK20_WINDOW_BITS,
                      .n_threads = 1};
    size_t rows_bytes = N_CELLS * CELL_N * FK20_TABLES * sizeof(g1_base_row);
    void *rows = situ_block_alloc(rows_bytes);
    void *scratch = situ_block_alloc(situ_bucket_rows_scratch_bytes(situ_pool_threads(threads)));
    if (rows && scratch) {
        situ_bucket_rows_fill(rows, &job, kzg->points.fk20[0], scratch, threads);
        kzg->fk20_job = job;
        kzg->fk20_rows = rows;
    } else {
        situ_block_free(rows);
    }
    situ_block_free(scratch);
    return kzg->fk20_rows ? SITU_OK : SITU_ERR_MEMORY;
}

/* The tables are a cache: making them does not change what the set-up is. */
SITU_INLINE situ_kzg *without_const(const situ_kzg *kzg) { return (situ_kzg *)(uintptr_t)kzg; }

situ_err situ_kzg_need_lagrange(const situ_kzg *kzg, const situ_msm_base **base, situ_pool *threads)
{
    situ_kzg *k = without_const(kzg);
    pthread_mutex_lock(&k->table_lock);
    situ_err err = k->lagrange_rows ? SITU_OK : make_lagrange(k, threads);
    pthread_mutex_unlock(&k->table_lock);
    *base = &kzg->lagrange;
    return err;
}

situ_err situ_kzg_need_fk20(const situ_kzg *kzg, const g1_base_row **rows, situ_pool *threads)
{
    situ_kzg *k = without_const(kzg);
    pthread_mutex_lock(&k->table_lock);
    situ_err err = k->fk20_rows ? SITU_OK : make_fk20(k, threads);
    pthread_mutex_unlock(&k->table_lock);
    *rows = k->fk20_rows;
    return err;
}

const situ_domain *situ_kzg_domain(const situ_kzg *kzg) { return kzg->domain; }

void situ_kzg_pool_stats(const situ_kzg *kzg, situ_msm_pool_stats *stats)
{
    situ_msm_pool_read_stats(kzg->memory, stats);
}

size_t situ_kzg_pool_shrink(situ_kzg *kzg, size_t keep_bytes)
{
    return situ_msm_pool_shrink(kzg->memory, keep_bytes);
}

/* --- cache file --------------------------------------------------------------------------------------- */

/* OFFSET  BYTES  FIELD
 *      0      8  magic   "SITUKZG\0"
 *      8      4  version 1
 *     12      4  reserved, zero
 *     16     32  SHA-256 of what follows
 *     48    ...  kzg_points: affine coordinates as blst holds them (6 words, Montgomery form, little-endian)
 */
typedef struct {
    u8 magic[8];
    situ_file_u32 version, reserved;
    u8 digest[32];
} cache_header;

_Static_assert(sizeof(cache_header) == 48 && offsetof(cache_header, digest) == 16, "file format");
_Static_assert(sizeof(kzg_points) == (2 * 4096 + 128 * 64) * 96 + 65 * 192, "file format: no padding");

#define CACHE_VERSION 1
static const u8 cache_magic[8] = "SITUKZG";

size_t situ_kzg_cache_bytes(void) { return sizeof(cache_header) + sizeof(kzg_points); }

void situ_kzg_cache_write(void *out, const situ_kzg *kzg)
{
    cache_header h = {.version = CACHE_VERSION};
    memcpy(h.magic, cache_magic, sizeof h.magic);
    blst_sha256(h.digest, (const u8 *)&kzg->points, sizeof kzg->points);
    memcpy(out, &h, sizeof h);
    memcpy((u8 *)out + sizeof h, &kzg->points, sizeof kzg->points);
}

situ_err situ_kzg_cache_read(situ_kzg **out, const void *bytes, size_t len, situ_pool *threads)
{
    (void)threads;
    cache_header h;
    u8 digest[32];
    *out = NULL;
    if (len < sizeof h) return SITU_ERR_FORMAT;
    memcpy(&h, bytes, sizeof h);
    if (memcmp(h.magic, cache_magic, sizeof h.magic) != 0) return SITU_ERR_FORMAT;
    if (h.version != CACHE_VERSION) return SITU_ERR_VERSION;
    if (len != situ_kzg_cache_bytes() || h.reserved != 0) return SITU_ERR_FORMAT;
    blst_sha256(digest, (const u8 *)bytes + sizeof h, sizeof(kzg_points));
    if (memcmp(digest, h.digest, sizeof digest) != 0) return SITU_ERR_FORMAT;
    SITU_TRY(create_empty(out));
    memcpy(&(*out)->points, (const u8 *)bytes + sizeof h, sizeof(kzg_points));
    make_lines(*out);
    return SITU_OK;
}
