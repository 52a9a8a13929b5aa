/* straus.c — see straus.h. */
#include "curve/straus.h"

#include <string.h>

#include "curve/adder.h"

#define WINDOW_BITS 4
#define N_WINDOWS   (GLV_BITS / WINDOW_BITS)
#define N_MULTIPLES (1 << (WINDOW_BITS - 1)) /* digits are -8..8 */

/* So many points are worth waking other threads: with two, 32 points take a fifth longer than with one, 64 as long. */
#define TASK_POINTS_MIN 64

typedef struct {
    size_t multiples, table, partial, refs, sums, workers, worker_bytes, total;
} straus_layout;

typedef struct {
    u64 n, n_tasks;
    const g1_base_row *rows;
    const situ_g1 *points;
    const situ_scalar *scalars;
    g1_row *multiples;  /* [N_MULTIPLES][n]: point i times k + 1 */
    g1_base_row *table; /* the same */
    g1_row *partial;    /* [N_WINDOWS][2 n]: sums inside the trees */
    u64 *refs;          /* [N_WINDOWS][2 n] */
    g1_row *sums;       /* [N_WINDOWS] */
    u8 *workers;
    size_t worker_bytes;
} straus_state;

static size_t take(straus_layout *layout, u64 bytes)
{
    size_t at = layout->total;
    layout->total += (size_t)u64_align_up(bytes, 64);
    return at;
}

static straus_layout layout_make(u64 n, u32 n_threads)
{
    straus_layout l = {0};
    l.multiples = take(&l, sizeof(g1_row) * N_MULTIPLES * n);
    l.table = take(&l, sizeof(g1_base_row) * N_MULTIPLES * n);
    l.partial = take(&l, sizeof(g1_row) * N_WINDOWS * 2 * n);
    l.refs = take(&l, sizeof(u64) * N_WINDOWS * 2 * n);
    l.sums = take(&l, sizeof(g1_row) * N_WINDOWS);
    l.worker_bytes = (size_t)u64_align_up(sizeof(adder), 64) + situ_g1_kernels()->add_work_bytes;
    l.worker_bytes = (size_t)u64_align_up(l.worker_bytes, 64);
    l.workers = take(&l, l.worker_bytes * n_threads);
    return l;
}

size_t situ_straus_scratch_bytes(u64 n_points, u32 n_threads)
{
    return layout_make(n_points, n_threads).total;
}

static adder *adder_at(const straus_state *s, u32 worker)
{
    adder *adds = (adder *)(void *)(s->workers + s->worker_bytes * worker);
    adds->kernels = situ_g1_kernels();
    adds->work = (u8 *)adds + u64_align_up(sizeof(adder), 64);
    adds->n = 0;
    return adds;
}

/* 1P .. 8P of a part of the points: 2P, then 3P 4P, then 5P .. 8P. */
static void table_task(void *ctx, u64 index, u32 worker)
{
    const straus_state *s = ctx;
    const g1_kernels *kernels = situ_g1_kernels();
    adder *adds = adder_at(s, worker);
    u64 first = s->n * index / s->n_tasks, end = s->n * (index + 1) / s->n_tasks;
    if (s->rows) {
        for (u64 i = first; i < end; i++) kernels->copy(&s->multiples[i], g1_ref(&s->rows[i], 0));
    } else {
        kernels->rows_from_affine(s->multiples + first, s->points + first, end - first);
    }
    for (u64 known = 1; known < N_MULTIPLES; known *= 2) {
        const g1_row *most = s->multiples + (known - 1) * s->n;
        for (u64 k = 0; k < known; k++) {
            const g1_row *row = s->multiples + k * s->n;
            for (u64 i = first; i < end; i++)
                adder_push(adds, g1_ref(&most[i], 0), g1_ref(&row[i], 0),
                           &s->multiples[(known + k) * s->n + i]);
        }
        adder_flush(adds);
    }
    for (u64 k = 0; k < N_MULTIPLES; k++)
        kernels->base_from_rows(s->table + k * s->n + first, s->multiples + k * s->n + first, end - first);
}

/* References to what the scalars' digits in windows [first, end) select; lens[w] of them in window w. */
static void select_entries(const straus_state *s, u64 first, u64 end, u32 lens[N_WINDOWS])
{
    memset(lens, 0, N_WINDOWS * sizeof lens[0]);
    for (u64 i = 0; i < s->n; i++) {
        glv_half halves[2];
        situ_glv_split(halves, &s->scalars[i]);
        for (u64 w = first; w < end; w++) {
            glv_window window = glv_window_at((u32)w, WINDOW_BITS);
            for (int h = 0; h < 2; h++) {
                u32 digit = glv_digit(&halves[h], window);
                if (digit >> 1 == 0) continue;
                const g1_base_row *entry = &s->table[((digit >> 1) - 1) * s->n + i];
                u64 flags = (digit & 1 ? G1_REF_NEG : 0) | (h ? G1_REF_PHI : 0);
                s->refs[w * 2 * s->n + lens[w]++] = g1_ref(entry, flags);
            }
        }
    }
}

/* Halve the lists of a part of the windows, level by level, until one reference is left in each. */
static void window_task(void *ctx, u64 index, u32 worker)
{
    const straus_state *s = ctx;
    adder *adds = adder_at(s, worker);
    u64 first = N_WINDOWS * index / s->n_tasks, end = N_WINDOWS * (index + 1) / s->n_tasks;
    u32 lens[N_WINDOWS], n_partial[N_WINDOWS] = {0};
    select_entries(s, first, end, lens);
    for (bool more = true; more;) {
        more = false;
        for (u64 w = first; w < end; w++) {
            u64 *refs = s->refs + w * 2 * s->n;
            u32 half = lens[w] / 2, odd = lens[w] & 1;
            for (u32 i = 0; i < half; i++) {
                g1_row *d = &s->partial[w * 2 * s->n + n_partial[w]++];
                adder_push(adds, refs[2 * i], refs[2 * i + 1], d);
                refs[i] = g1_ref(d, 0);
            }
            if (odd) refs[half] = refs[lens[w] - 1];
            lens[w] = half + odd;
            more |= lens[w] > 1;
        }
        adder_flush(adds);
    }
    for (u64 w = first; w < end; w++) {
        if (lens[w] == 0)
            memset(&s->sums[w], 0, sizeof s->sums[w]);
        else
            adds->kernels->copy(&s->sums[w], s->refs[w * 2 * s->n]);
    }
}

void situ_straus_sum(blst_p1 *sum, const g1_base_row *rows, const situ_g1 *points, const situ_scalar *scalars,
                     u64 n, u32 n_threads, void *scratch, situ_pool *pool)
{
    SITU_ASSERT((uintptr_t)scratch % 64 == 0 && situ_pool_threads(pool) <= n_threads);
    u8 *mem = scratch;
    straus_layout l = layout_make(n, n_threads);
    straus_state s = {
        .n = n,
        .n_tasks = n < TASK_POINTS_MIN ? 1 : u64_min(n_threads, N_WINDOWS),
        .rows = rows,
        .points = points,
        .scalars = scalars,
        .multiples = (g1_row *)(void *)(mem + l.multiples),
        .table = (g1_base_row *)(void *)(mem + l.table),
        .partial = (g1_row *)(void *)(mem + l.partial),
        .refs = (u64 *)(void *)(mem + l.refs),
        .sums = (g1_row *)(void *)(mem + l.sums),
        .workers = mem + l.workers,
        .worker_bytes = l.worker_bytes,
    };
    situ_pool_run(pool, s.n_tasks, table_task, &s);
    situ_pool_run(pool, s.n_tasks, window_task, &s);

    blst_p1_affine tops[N_WINDOWS];
    situ_g1_kernels()->rows_to_affine((situ_g1 *)(void *)tops, s.sums, N_WINDOWS);
    memset(sum, 0, sizeof *sum);
    for (int w = N_WINDOWS - 1; w >= 0; w--) {
        for (int i = 0; i < WINDOW_BITS && !blst_p1_is_inf(sum); i++) blst_p1_double(sum, sum);
        blst_p1_add_or_double_affine(sum, sum, &tops[w]);
    }
}
