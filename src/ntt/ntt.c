/* ntt.c — cuts transforms of tiles into groups of rows that fit a core's cache, and shares these among
 * threads.
 *
 * A tile of up to 2^LOG2_WHOLE_MAX rows is one group.  A larger one of 2^h rows is 2^upper columns of stride
 * 2^lower, h = upper + lower: the upper levels of the tree run along columns, of which a group takes several
 * neighbours through a buffer; the lower levels run within blocks of 2^lower consecutive rows.  Either way
 * each row is moved as whole cache lines, and memory is swept twice per transform.
 */
#include "ntt/ntt.h"

#include "ntt/ntt_kernel.h"

#define LOG2_WHOLE_MAX 13 /* rows: half of a 1 MiB second-level cache */
#define LOG2_LOWER_MIN 10
#define LOG2_UPPER_MAX 11
#define LOG2_BUFFER    12 /* rows of a column group */
#define LOG2_COLUMNS   5  /* of a column group, at most */
#define LOG2_TASK      2  /* blocks of a task: one is asked for while the one before is transformed */

_Static_assert(LOG2_UPPER_MAX + LOG2_WHOLE_MAX >= SITU_NTT_LOG2_MAX, "two sweeps reach every size");
_Static_assert(LOG2_WHOLE_MAX + 1 - LOG2_LOWER_MIN >= LOG2_TASK, "a large tile is a whole number of tasks");
_Static_assert(2 * (64u << LOG2_BUFFER) < SITU_NTT_STACK_BYTES, "a task keeps two buffers on its stack");

/* --- plan
 * ------------------------------------------------------------------------------------------------------------
 */

static size_t plan_entries(u32 log2_max) { return log2_max == 0 ? 1 : (size_t)1 << (log2_max - 1); }

static size_t plan_table_bytes(u32 log2_max)
{
    return u64_align_up(plan_entries(log2_max) * sizeof(situ_twiddle), 64);
}

size_t situ_ntt_plan_bytes(u32 log2_max)
{
    SITU_ASSERT(log2_max <= SITU_NTT_LOG2_MAX);
    return 2 * plan_table_bytes(log2_max);
}

typedef struct {
    situ_twiddle *table;
    size_t n, piece; /* entries n..2n-1 follow from 0..n-1 */
    kb factor;
} plan_job;

static void plan_extend(void *ctx, uint64_t index, uint32_t worker)
{
    const plan_job *job = ctx;
    size_t from = index * job->piece, n = u64_min(job->piece, job->n - from);
    (void)worker;
    SIMD_PICK(situ_ntt_roots_extend)(job->table + job->n + from, job->table + from, n, job->factor);
}

/* bitrev(2^k + i) = 1 + 2 bitrev(i) on k + 1 bits, so roots[2^k + i] = w_{k+2} roots[i]. */
static void plan_fill(situ_twiddle *table, u32 log2_max, bool inverse, situ_pool *pool)
{
    table[0] = (situ_twiddle){KB_ONE, KB_ONE * KB_MU};
    for (u32 k = 0; k + 1 < log2_max; k++) {
        kb root = kb_root_of_unity(k + 2);
        plan_job job = {table, (size_t)1 << k, 1 << 14, inverse ? kb_inv(root) : root};
        situ_pool_run(pool, (job.n + job.piece - 1) / job.piece, plan_extend, &job);
    }
}

void situ_ntt_plan_init(situ_ntt_plan *plan, u32 log2_max, void *memory, situ_pool *pool)
{
    SITU_ASSERT(log2_max <= SITU_NTT_LOG2_MAX && (uintptr_t)memory % 64 == 0);
    situ_twiddle *roots = memory, *inverse_roots = roots + plan_table_bytes(log2_max) / sizeof *roots;
    plan_fill(roots, log2_max, false, pool);
    plan_fill(inverse_roots, log2_max, true, pool);
    *plan = (situ_ntt_plan){roots, inverse_roots, log2_max};
}

/* --- jobs
 * ------------------------------------------------------------------------------------------------------------
 */

/* One kind of work on several tiles of one shape.  For a plain transform n_blowup is 1 and outs = tiles. */
typedef struct {
    const situ_ntt_plan *plan;
    kb *const *outs;
    const kb *const *traces;
    u32 log2_rows, log2_blowup;
    u32 log2_lower, log2_upper, log2_columns;              /* how a large tile is cut */
    kb first[SITU_TILE_COLUMNS], ratio[SITU_TILE_COLUMNS]; /* coefficient i is scaled by first * ratio^i */
    bool extend;                                           /* forward transforms follow the inverse one */
    u64 units_per_tile;
} ntt_job;

static void job_cut(ntt_job *job, u32 log2_rows)
{
    job->log2_rows = log2_rows;
    u32 upper = log2_rows / 2 < LOG2_UPPER_MAX ? log2_rows / 2 : LOG2_UPPER_MAX;
    job->log2_lower = log2_rows - upper < LOG2_LOWER_MIN ? LOG2_LOWER_MIN : log2_rows - upper;
    if (log2_rows <= LOG2_WHOLE_MAX) job->log2_lower = log2_rows;
    job->log2_upper = log2_rows - job->log2_lower;
    job->log2_columns =
        LOG2_BUFFER - job->log2_upper < LOG2_COLUMNS ? LOG2_BUFFER - job->log2_upper : LOG2_COLUMNS;
}

static void job_run(ntt_job *job, size_t tile, size_t n_tiles, u64 units_per_tile, situ_pool_task *task,
                    situ_pool *pool)
{
    ntt_job part = *job;
    part.outs += tile;
    part.traces += tile;
    part.units_per_tile = units_per_tile;
    situ_pool_run(pool, n_tiles * units_per_tile, task, &part);
}

/* Where the coefficients come to lie: the last 2^log2_rows rows. */
static kb *job_coefficients(const ntt_job *job, kb *out)
{
    return out + (((((size_t)1 << job->log2_blowup) - 1) << job->log2_rows) * 16);
}

static ntt_rows rows_at(kb *base, size_t pitch) { return (ntt_rows){base, pitch}; }

/* Lets a const trace be a source; the kernels never write to a source that is not their work space too. */
static ntt_rows rows_source(const kb *base, size_t pitch) { return (ntt_rows){(kb *)(uintptr_t)base, pitch}; }

static ntt_scale job_scale(const ntt_job *job, size_t column, u64 stride)
{
    ntt_scale s;
    for (int l = 0; l < SITU_TILE_COLUMNS; l++) {
        bool same = l > 0 && job->ratio[l] == job->ratio[l - 1] && job->first[l] == job->first[l - 1];
        s.column_ratio[l] = job->ratio[l];
        s.first[l] = same ? s.first[l - 1] : kb_mul(job->first[l], kb_pow(job->ratio[l], column));
        s.ratio[l] = same ? s.ratio[l - 1] : kb_pow(job->ratio[l], stride);
    }
    return s;
}

/* --- tiles that are one group
 * ---------------------------------------------------------------------------------------- */

static void whole_tile(const ntt_job *job, kb *out, const kb *trace)
{
    const situ_ntt_plan *plan = job->plan;
    ntt_rows coefficients = rows_at(job_coefficients(job, out), 1);
    ntt_group g = {.dst = coefficients,
                   .src = rows_source(trace, 1),
                   .work = coefficients,
                   .width = 1,
                   .log2_n = job->log2_rows};
    ntt_scale scale = job_scale(job, 0, 1);

    SIMD_PICK(situ_ntt_group_inverse)(plan->inverse_roots, &g, 0);
    g.src = coefficients;
    SIMD_PICK(situ_ntt_group_scale)(&g, &scale);
    if (!job->extend) return;
    for (size_t k = 0; k < (size_t)1 << job->log2_blowup; k++) { /* the last overwrites the coefficients */
        g.dst = g.work = rows_at(out + (k << job->log2_rows) * 16, 1);
        SIMD_PICK(situ_ntt_group_forward)(plan->roots, &g, k);
    }
}

static void whole_tile_task(void *ctx, uint64_t index, uint32_t worker)
{
    const ntt_job *job = ctx;
    (void)worker;
    whole_tile(job, job->outs[index], job->traces[index]);
}

/* --- large tiles
 * ----------------------------------------------------------------------------------------------------- */

static void inverse_blocks_task(void *ctx, uint64_t index, uint32_t worker)
{
    const ntt_job *job = ctx;
    size_t tile = index / job->units_per_tile, block = index % job->units_per_tile << LOG2_TASK;
    (void)worker;
    for (size_t end = block + (1u << LOG2_TASK); block < end; block++) {
        size_t offset = (block << job->log2_lower) * 16;
        ntt_rows dst = rows_at(job_coefficients(job, job->outs[tile]) + offset, 1);
        ntt_rows src = rows_source(job->traces[tile] + offset, 1);
        ntt_group g = {.dst = dst, .src = src, .work = dst, .width = 1, .log2_n = job->log2_lower};
        SIMD_PICK(situ_ntt_group_inverse)(job->plan->inverse_roots, &g, block);
    }
}

/* The upper levels of the inverse, the scaling, and the upper levels of all forward transforms: one sweep. */
static void columns_task(void *ctx, uint64_t index, uint32_t worker)
{
    const ntt_job *job = ctx;
    size_t tile = index / job->units_per_tile, column = index % job->units_per_tile << job->log2_columns;
    size_t pitch = (size_t)1 << job->log2_lower, width = (size_t)1 << job->log2_columns;
    kb *out = job->outs[tile];
    SITU_ALIGNED(64) kb coefficients[16 << LOG2_BUFFER], work[16 << LOG2_BUFFER];
    ntt_rows in_tile = rows_at(job_coefficients(job, out) + column * 16, pitch);
    ntt_rows buffer = rows_at(coefficients, width);
    ntt_group g = {
        .dst = buffer, .src = in_tile, .work = buffer, .width = (u32)width, .log2_n = job->log2_upper};
    ntt_scale scale = job_scale(job, column, pitch);

    (void)worker;
    SIMD_PICK(situ_ntt_group_inverse)(job->plan->inverse_roots, &g, 0);
    g.src = buffer;
    g.dst = job->extend ? buffer : in_tile;
    SIMD_PICK(situ_ntt_group_scale)(&g, &scale);
    if (!job->extend) return;
    g.work = rows_at(work, width);
    for (size_t k = 0; k < (size_t)1 << job->log2_blowup; k++) {
        g.dst = rows_at(out + ((k << job->log2_rows) + column) * 16, pitch);
        SIMD_PICK(situ_ntt_group_forward)(job->plan->roots, &g, k);
    }
}

static void forward_columns_task(void *ctx, uint64_t index, uint32_t worker)
{
    const ntt_job *job = ctx;
    size_t pitch = (size_t)1 << job->log2_lower, width = (size_t)1 << job->log2_columns;
    SITU_ALIGNED(64) kb work[16 << LOG2_BUFFER];
    ntt_rows in_tile = rows_at(job->outs[0] + (index << job->log2_columns) * 16, pitch);
    ntt_group g = {.dst = in_tile,
                   .src = in_tile,
                   .work = rows_at(work, width),
                   .width = (u32)width,
                   .log2_n = job->log2_upper};
    (void)worker;
    SIMD_PICK(situ_ntt_group_forward)(job->plan->roots, &g, 0);
}

static void forward_blocks_task(void *ctx, uint64_t index, uint32_t worker)
{
    const ntt_job *job = ctx;
    size_t tile = index / job->units_per_tile, block = index % job->units_per_tile << LOG2_TASK;
    (void)worker;
    for (size_t end = block + (1u << LOG2_TASK); block < end; block++) {
        ntt_rows rows = rows_at(job->outs[tile] + (block << job->log2_lower) * 16, 1);
        ntt_group g = {.dst = rows, .src = rows, .work = rows, .width = 1, .log2_n = job->log2_lower};
        g.fetch_next = block + 1 < end;
        SIMD_PICK(situ_ntt_group_forward)(job->plan->roots, &g, block);
    }
}

/* --- entry points
 * ---------------------------------------------------------------------------------------------------- */

static void job_check(const ntt_job *job, size_t n_tiles)
{
    SITU_ASSERT(job->log2_blowup <= SITU_NTT_LOG2_BLOWUP_MAX);
    SITU_ASSERT(job->log2_rows + job->log2_blowup <= job->plan->log2_max);
    for (size_t i = 0; i < n_tiles; i++)
        SITU_ASSERT((uintptr_t)job->outs[i] % 64 == 0 && (uintptr_t)job->traces[i] % 64 == 0);
}

static void job_inverse_and_extend(ntt_job *job, size_t n_tiles, situ_pool *pool)
{
    job_check(job, n_tiles);
    if (job->log2_upper == 0) {
        job_run(job, 0, n_tiles, 1, whole_tile_task, pool);
        return;
    }
    /* Few tiles at a time, for the caches, but enough to keep all threads busy. */
    const u64 tasks = (u64)1 << (job->log2_upper - LOG2_TASK);
    const u64 column_groups = (u64)1 << (job->log2_lower - job->log2_columns);
    size_t batch = 1;
    while (batch < n_tiles && batch * tasks < (u64)8 * situ_pool_threads(pool)) batch++;
    for (size_t tile = 0; tile < n_tiles; tile += batch) {
        size_t n = u64_min(batch, n_tiles - tile);
        job_run(job, tile, n, tasks, inverse_blocks_task, pool);
        job_run(job, tile, n, column_groups, columns_task, pool);
        if (job->extend) job_run(job, tile, n, tasks << job->log2_blowup, forward_blocks_task, pool);
    }
}

static kb inverse_of_rows(u32 log2_rows) { return kb_inv(kb_from_u32((u32)1 << log2_rows)); }

void situ_lde_tiles(const situ_ntt_plan *plan, kb *const *outs, const kb *const *traces, size_t n_tiles,
                    u32 log2_rows, u32 log2_blowup, situ_pool *pool)
{
    ntt_job job = {.plan = plan, .outs = outs, .traces = traces, .log2_blowup = log2_blowup, .extend = true};
    job_cut(&job, log2_rows);
    for (int l = 0; l < SITU_TILE_COLUMNS; l++) {
        job.first[l] = inverse_of_rows(log2_rows);
        job.ratio[l] = KB_CONST(KB_GENERATOR);
    }
    job_inverse_and_extend(&job, n_tiles, pool);
}

void situ_lde_tile(const situ_ntt_plan *plan, kb *out, const kb *trace, u32 log2_rows, u32 log2_blowup,
                   situ_pool *pool)
{
    situ_lde_tiles(plan, &out, &trace, 1, log2_rows, log2_blowup, pool);
}

void situ_lde_tile_cosets(const situ_ntt_plan *plan, kb *out, const kb *values,
                          const kb lane_shifts[SITU_TILE_COLUMNS], u32 log2_rows, u32 log2_blowup,
                          situ_pool *pool)
{
    ntt_job job = {.plan = plan, .outs = &out, .traces = &values, .log2_blowup = log2_blowup, .extend = true};
    job_cut(&job, log2_rows);
    for (int l = 0; l < SITU_TILE_COLUMNS; l++) {
        SITU_ASSERT(lane_shifts[l] != 0);
        job.first[l] = inverse_of_rows(log2_rows);
        job.ratio[l] = kb_mul(KB_CONST(KB_GENERATOR), kb_inv(lane_shifts[l]));
    }
    job_inverse_and_extend(&job, 1, pool);
}

void situ_ntt_tile_inverse(const situ_ntt_plan *plan, kb *tile, u32 log2_rows, situ_pool *pool)
{
    const kb *trace = tile;
    ntt_job job = {.plan = plan, .outs = &tile, .traces = &trace};
    job_cut(&job, log2_rows);
    for (int l = 0; l < SITU_TILE_COLUMNS; l++) {
        job.first[l] = inverse_of_rows(log2_rows);
        job.ratio[l] = KB_ONE;
    }
    job_inverse_and_extend(&job, 1, pool);
}

void situ_ntt_tile_forward(const situ_ntt_plan *plan, kb *tile, u32 log2_rows, situ_pool *pool)
{
    const kb *trace = tile;
    ntt_job job = {.plan = plan, .outs = &tile, .traces = &trace};
    job_cut(&job, log2_rows);
    job_check(&job, 1);
    if (job.log2_upper == 0) {
        ntt_rows rows = rows_at(tile, 1);
        ntt_group g = {.dst = rows, .src = rows, .work = rows, .width = 1, .log2_n = log2_rows};
        SIMD_PICK(situ_ntt_group_forward)(plan->roots, &g, 0);
        return;
    }
    job_run(&job, 0, 1, (u64)1 << (job.log2_lower - job.log2_columns), forward_columns_task, pool);
    job_run(&job, 0, 1, (u64)1 << (job.log2_upper - LOG2_TASK), forward_blocks_task, pool);
}
