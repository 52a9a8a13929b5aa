/* bucket.c — see bucket.h. */
#include "curve/bucket.h"

#include <string.h>

#include "curve/adder.h"

/* References a worker sums at a time: rows of the tree's first level are then 1 MiB at most. */
#define CHUNK_REFS 8192

/* --- memory --- */

/* The part of a bucket's list that is in the chunk. */
typedef struct {
    u32 bucket; /* index into the group's buckets */
    u32 start;  /* in chunk.refs                  */
    u32 len;
    u32 is_single; /* nothing was added: the sum is a copy */
} bucket_run;

/* One worker's memory; kernels' scratch follows. */
typedef struct {
    adder adds;
    u64 refs[CHUNK_REFS];
    bucket_run runs[CHUNK_REFS];
    g1_row partial[CHUNK_REFS] SITU_ALIGNED(64); /* sums inside the trees */
    u32 n_refs, n_runs, n_partial;
} SITU_ALIGNED(64) worker_memory;

typedef struct {
    u32 sets, log2_buckets, n_groups_sets; /* sets of a sum; of a group treated at a time */
    u64 total_sets, n_buckets, set_refs_max, n_workers;
    size_t halves, offsets, refs, buckets, full, tops, top_points, workers, worker_bytes, total;
} bucket_layout;

u32 situ_bucket_sets(const bucket_job *job)
{
    u32 windows = glv_windows(job->window_bits);
    return (u32)((windows + job->n_tables - 1) / job->n_tables);
}

static size_t take(bucket_layout *layout, u64 bytes)
{
    size_t at = layout->total;
    layout->total += (size_t)u64_align_up(bytes, 64);
    return at;
}

static bucket_layout layout_make(const bucket_job *job)
{
    bucket_layout l = {.sets = situ_bucket_sets(job), .log2_buckets = job->window_bits - 1};
    l.total_sets = l.sets * job->n_sums;
    l.n_buckets = UINT64_C(1) << l.log2_buckets;
    l.set_refs_max = 2 * job->n_points * job->n_tables;
    l.n_workers = job->n_threads;

    /* A group has work for every thread and fills a few chunks. */
    u64 fill = 4 * CHUNK_REFS / (l.set_refs_max ? l.set_refs_max : 1);
    u64 group = u64_max(u64_max(fill, 1), job->n_threads);
    l.n_groups_sets = (u32)u64_min(group, l.total_sets);

    l.halves = take(&l, 2 * sizeof(glv_half) * job->n_points * job->n_sums);
    l.offsets = take(&l, 4 * (l.n_buckets + 1) * l.n_groups_sets);
    l.refs = take(&l, 4 * l.set_refs_max * l.n_groups_sets);
    l.buckets = take(&l, sizeof(g1_row) * l.n_buckets * l.total_sets);
    l.full = take(&l, l.n_buckets * l.total_sets);
    l.tops = take(&l, sizeof(g1_row) * job->window_bits * l.total_sets);
    l.top_points = take(&l, sizeof(situ_g1) * job->window_bits * l.total_sets);
    size_t work = situ_g1_kernels()->add_work_bytes;
    l.worker_bytes = (size_t)u64_align_up(sizeof(worker_memory) + work, 64);
    l.workers = take(&l, l.worker_bytes * l.n_workers);
    return l;
}

size_t situ_bucket_scratch_bytes(const bucket_job *job) { return layout_make(job).total; }

typedef struct {
    const bucket_job *job;
    bucket_layout layout;
    const g1_base_row *rows;
    const situ_scalar *scalars;
    glv_half *halves;
    u32 *offsets, *refs;
    g1_row *buckets, *tops;
    situ_g1 *top_points;
    u8 *full;
    u8 *workers;
    u64 first_set, n_sets; /* of the group              */
    u64 parts;             /* of a set, for accumulation */
    blst_p1 *sums;
} bucket_state;

static worker_memory *worker_at(const bucket_state *s, u32 worker)
{
    worker_memory *w = (worker_memory *)(void *)(s->workers + s->layout.worker_bytes * worker);
    w->adds.kernels = situ_g1_kernels();
    w->adds.work = w + 1;
    return w;
}

/* --- sort --- */

#define SPLIT_TASK_SCALARS 1024

static void split_task(void *ctx, u64 index, u32 worker)
{
    (void)worker;
    bucket_state *s = ctx;
    u64 end = u64_min((index + 1) * SPLIT_TASK_SCALARS, s->job->n_points * s->job->n_sums);
    for (u64 i = index * SPLIT_TASK_SCALARS; i < end; i++) situ_glv_split(s->halves + 2 * i, s->scalars + i);
}

/* A reference in 4 bytes: row index in the sum's block, phi, sign. */
#define REF_INDEX_SHIFT 2

/* Counting sort of set `index` of the group.  Afterwards bucket b's references are refs[offsets[b] ..
 * offsets[b + 1]). */
static void sort_task(void *ctx, u64 index, u32 worker)
{
    (void)worker;
    const bucket_state *s = ctx;
    const bucket_job *job = s->job;
    u64 set = s->first_set + index, sum = set / s->layout.sets, n_halves = 2 * job->n_points;
    u32 row = (u32)(set % s->layout.sets), n_windows = glv_windows(job->window_bits);
    const glv_half *halves = s->halves + sum * n_halves;
    u32 *offsets = s->offsets + index * (s->layout.n_buckets + 1);
    u32 *refs = s->refs + index * s->layout.set_refs_max;

    memset(offsets, 0, 4 * (s->layout.n_buckets + 1));
    for (u32 table = 0, w = row; w < n_windows; table++, w += s->layout.sets) {
        glv_window window = glv_window_at(w, job->window_bits);
        for (u64 i = 0; i < n_halves; i++) offsets[glv_digit(&halves[i], window) >> 1]++;
    }
    /* Digit d is bucket d - 1; digit 0 is none. */
    u32 at = 0;
    for (u64 d = 1; d <= s->layout.n_buckets; d++) {
        u32 count = offsets[d];
        offsets[d] = at;
        at += count;
    }
    offsets[0] = 0;
    for (u32 table = 0, w = row; w < n_windows; table++, w += s->layout.sets) {
        glv_window window = glv_window_at(w, job->window_bits);
        u32 base = (u32)(table * job->n_points) << REF_INDEX_SHIFT;
        for (u64 i = 0; i < n_halves; i++) {
            u32 digit = glv_digit(&halves[i], window);
            if (digit >> 1) refs[offsets[digit >> 1]++] = base + ((u32)i << 1 | (digit & 1));
        }
    }
}

/* --- accumulate --- */

/* Sum each run of the chunk into its bucket: halve all lists, level by level, until one reference is left in
 * each. */
static void chunk_sum(const bucket_state *s, worker_memory *w)
{
    g1_row *buckets = s->buckets;
    w->n_partial = 0;
    for (bool more = true; more;) {
        more = false;
        for (u32 r = 0; r < w->n_runs; r++) {
            bucket_run *run = &w->runs[r];
            if (run->len < 2) continue;
            u64 *refs = w->refs + run->start;
            u32 half = run->len / 2;
            for (u32 i = 0; i < half; i++) {
                g1_row *d = run->len == 2 ? &buckets[run->bucket] : &w->partial[w->n_partial++];
                adder_push(&w->adds, refs[2 * i], refs[2 * i + 1], d);
                refs[i] = g1_ref(d, 0);
            }
            if (run->len & 1) refs[half] = refs[run->len - 1];
            run->len = half + (run->len & 1);
            more |= run->len > 1;
        }
        adder_flush(&w->adds);
    }
    for (u32 r = 0; r < w->n_runs; r++) {
        const bucket_run *run = &w->runs[r];
        if (run->is_single) w->adds.kernels->copy(&buckets[run->bucket], w->refs[run->start]);
        s->full[run->bucket] = 1;
    }
    w->n_refs = w->n_runs = 0;
}

/* Append the references of one bucket, with a chunk_sum whenever the chunk is full; what a full chunk left in
 * the bucket goes on as one more reference. */
static void chunk_add_bucket(const bucket_state *s, worker_memory *w, u64 bucket, const g1_base_row *rows,
                             const u32 *refs, u32 n_refs)
{
    bool begun = false;
    while (n_refs > 0) {
        if (w->n_refs + 2 > CHUNK_REFS) chunk_sum(s, w);
        bucket_run *run = &w->runs[w->n_runs++];
        u64 *to = w->refs + w->n_refs;
        u32 n = 0, room = CHUNK_REFS - w->n_refs;
        if (begun) to[n++] = g1_ref(&s->buckets[bucket], 0);
        for (; n_refs > 0 && n < room; n_refs--, refs++)
            to[n++] = g1_ref(&rows[*refs >> REF_INDEX_SHIFT], *refs & (G1_REF_NEG | G1_REF_PHI));
        *run = (bucket_run){.bucket = (u32)bucket, .start = w->n_refs, .len = n, .is_single = n == 1};
        w->n_refs += n;
        begun = true;
    }
}

/* Part index % parts of set index / parts: buckets that hold about that part of the references. */
static void accumulate_task(void *ctx, u64 index, u32 worker)
{
    const bucket_state *s = ctx;
    worker_memory *w = worker_at(s, worker);
    u64 in_group = index / s->parts, part = index % s->parts, n_buckets = s->layout.n_buckets;
    u64 set = s->first_set + in_group;
    const g1_base_row *rows = s->rows + set / s->layout.sets * s->job->n_points * s->job->n_tables;
    const u32 *offsets = s->offsets + in_group * (n_buckets + 1),
              *refs = s->refs + in_group * s->layout.set_refs_max;
    u64 n_refs = offsets[n_buckets], from = n_refs * part / s->parts, to = n_refs * (part + 1) / s->parts;

    for (u64 b = 0; b < n_buckets; b++) {
        /* A bucket belongs to the part in which its references begin. */
        u32 start = offsets[b], end = offsets[b + 1];
        if (start == end || start < from || start >= to) continue;
        chunk_add_bucket(s, w, set * n_buckets + b, rows, refs + start, end - start);
    }
    chunk_sum(s, w);
}

/* --- reduce --- */

/* left += right, by a copy when left is empty. */
SITU_INLINE void fold(const bucket_state *s, adder *adds, u64 left, u64 right)
{
    if (!s->full[right]) return;
    if (s->full[left]) {
        adder_push(adds, g1_ref(&s->buckets[left], 0), g1_ref(&s->buckets[right], 0), &s->buckets[left]);
    } else {
        s->buckets[left] = s->buckets[right];
        s->full[left] = 1;
    }
}

/* With B[b] the buckets of a set, sum of b B[b] = 2 * sum of j (B[2j] + B[2j+1]) + sum of B[2j+1]: each level
 * halves the number of buckets and leaves the sum of the odd ones to be taken with weight 2^level.  All in
 * place: after the last level, position 2^l holds the sum of level l's odd ones and position 0 the sum of
 * all.  The sums of odd ones are trees, of which level l's advances in the rounds after l, beside the
 * folding; so a set takes log2(buckets) rounds of large batches. */
static void reduce_sets(const bucket_state *s, adder *adds, u64 first, u64 end)
{
    u32 log2_n = s->layout.log2_buckets;
    u64 n = s->layout.n_buckets;
    for (u32 round = 0; round < log2_n; round++) {
        for (u64 set = first; set < end; set++) {
            u64 at = set * n;
            for (u64 i = 0; i < n; i += UINT64_C(2) << round)
                fold(s, adds, at + i, at + i + (UINT64_C(1) << round));
            for (u32 level = 0; level < round; level++) {
                /* odd ones of `level`: every 2^(level+1) from 2^level; this is step round - level - 1 of
                 * their tree */
                u64 step = UINT64_C(1) << round, odd = at + (UINT64_C(1) << level);
                for (u64 i = 0; i + step < n; i += 2 * step) fold(s, adds, odd + i, odd + i + step);
            }
        }
        adder_flush(adds);
    }
}

static void reduce_task(void *ctx, u64 index, u32 worker)
{
    const bucket_state *s = ctx;
    worker_memory *w = worker_at(s, worker);
    const bucket_layout *l = &s->layout;
    u64 n_tasks = u64_min(s->job->n_threads, l->total_sets);
    u64 first = l->total_sets * index / n_tasks, end = l->total_sets * (index + 1) / n_tasks;
    reduce_sets(s, &w->adds, first, end);

    u32 c = s->job->window_bits;
    for (u64 set = first; set < end; set++) {
        for (u32 i = 0; i < c; i++) {
            u64 at = set * l->n_buckets + (i == 0 ? 0 : UINT64_C(1) << (i - 1));
            g1_row *top = &s->tops[set * c + i];
            if (s->full[at])
                *top = s->buckets[at];
            else
                memset(top, 0, sizeof *top);
        }
    }
    w->adds.kernels->rows_to_affine(s->top_points + first * c, s->tops + first * c, (end - first) * c);
}

/* --- finish --- */

static void add_top(blst_p1 *sum, const situ_g1 *point)
{
    blst_p1_affine p;
    memcpy(&p, point, sizeof p);
    blst_p1_add_or_double_affine(sum, sum, &p);
}

/* Horner's rule over the bits of a sum's windows: bit l of set r has weight 2^(c r + l). */
static void finish_task(void *ctx, u64 index, u32 worker)
{
    (void)worker;
    const bucket_state *s = ctx;
    u32 c = s->job->window_bits;
    blst_p1 sum;
    memset(&sum, 0, sizeof sum);
    for (u32 set = s->layout.sets; set-- > 0;) {
        const situ_g1 *tops = s->top_points + (index * s->layout.sets + set) * c;
        for (u32 bit = c; bit-- > 0;) {
            blst_p1_double(&sum, &sum);
            if (bit + 1 < c) add_top(&sum, &tops[bit + 1]);
        }
        add_top(&sum, &tops[0]);
    }
    s->sums[index] = sum;
}

void situ_bucket_sum(blst_p1 *sums, const bucket_job *job, const g1_base_row *rows,
                     const situ_scalar *scalars, void *scratch, situ_pool *pool)
{
    SITU_ASSERT((uintptr_t)scratch % 64 == 0 && situ_pool_threads(pool) <= job->n_threads);
    SITU_ASSERT(job->window_bits >= 2 && job->window_bits <= BUCKET_WINDOW_MAX && job->n_tables > 0);
    u8 *mem = scratch;
    bucket_layout l = layout_make(job);
    bucket_state s = {
        .job = job,
        .layout = l,
        .rows = rows,
        .scalars = scalars,
        .halves = (glv_half *)(void *)(mem + l.halves),
        .offsets = (u32 *)(void *)(mem + l.offsets),
        .refs = (u32 *)(void *)(mem + l.refs),
        .buckets = (g1_row *)(void *)(mem + l.buckets),
        .tops = (g1_row *)(void *)(mem + l.tops),
        .top_points = (situ_g1 *)(void *)(mem + l.top_points),
        .full = mem + l.full,
        .workers = mem + l.workers,
        .sums = sums,
    };
    for (u32 i = 0; i < job->n_threads; i++) {
        worker_memory *w = worker_at(&s, i);
        w->n_refs = w->n_runs = 0;
        w->adds.n = 0;
    }
    memset(s.full, 0, l.n_buckets * l.total_sets);
    u64 n_scalars = job->n_points * job->n_sums;
    situ_pool_run(pool, (n_scalars + SPLIT_TASK_SCALARS - 1) / SPLIT_TASK_SCALARS, split_task, &s);
    for (s.first_set = 0; s.first_set < l.total_sets; s.first_set += s.n_sets) {
        s.n_sets = u64_min(l.n_groups_sets, l.total_sets - s.first_set);
        /* Few sets for the threads: cut them, so that none waits long for the last. */
        s.parts =
            job->n_threads == 1 || s.n_sets >= 8 * job->n_threads || l.set_refs_max < CHUNK_REFS ? 1 : 4;
        situ_pool_run(pool, s.n_sets, sort_task, &s);
        situ_pool_run(pool, s.n_sets * s.parts, accumulate_task, &s);
    }
    situ_pool_run(pool, u64_min(job->n_threads, l.total_sets), reduce_task, &s);
    situ_pool_run(pool, job->n_sums, finish_task, &s);
}
