/* MSM: against blst by known discrete logarithms, edge cases, plans, pools, and EIP-2537's vectors. */
#include "tests/test.h"

#include <blst.h>
#include <stdlib.h>

#include "base/base.h"
#include "base/cpu.h"
#include "curve/bucket.h"
#include "curve/measure.h"
#include "situ/msm.h"

/* Points e G with e known: then any sum is one multiplication of the generator. */
typedef struct {
    situ_g1 *points;
    blst_fr *logs;
    situ_scalar *scalars;
    size_t n;
} instance;

static const char order_minus_1[] = "\x00\x00\x00\x00\xff\xff\xff\xff\xfe\x5b\xfe\xff\x02\xa4\xbd\x53"
                                    "\x05\xd8\xa1\x09\x08\xd8\x39\x33\x48\x7d\x9d\x29\x53\xa7\xed\x73";

static void random_scalar(situ_scalar *s)
{
    for (int i = 0; i < 32; i++) s->le[i] = (u8)test_random();
}

/* 0, 1, r - 1, r, r + 1, all ones, small, one window only, a power of two. */
static void edge_scalar(situ_scalar *s)
{
    memset(s, 0, sizeof *s);
    switch (test_random_below(10)) {
    case 0: break;
    case 1: s->le[0] = 1; break;
    case 2: memcpy(s, order_minus_1, 32); break;
    case 3: memcpy(s, order_minus_1, 32), s->le[0] = 1; break;
    case 4: memcpy(s, order_minus_1, 32), s->le[0] = 2; break;
    case 5: memset(s, 0xff, 32); break;
    case 6: s->le[0] = (u8)test_random(); break;
    case 7: s->le[test_random_below(32)] = (u8)test_random(); break;
    case 8: s->le[test_random_below(32)] = (u8)(1 << test_random_below(8)); break;
    default: random_scalar(s);
    }
}

static void fr_of(blst_fr *out, const situ_scalar *s)
{
    /* any 256 bits: low half + 2^128 high half */
    u64 low[4] = {0}, high[4] = {0}, shift[4] = {0, 0, 1, 0};
    blst_fr a, b, c;
    memcpy(low, s->le, 16);
    memcpy(high, s->le + 16, 16);
    blst_fr_from_uint64(&a, low);
    blst_fr_from_uint64(&b, high);
    blst_fr_from_uint64(&c, shift);
    blst_fr_mul(&b, &b, &c);
    blst_fr_add(out, &a, &b);
}

static void times_generator(situ_g1 *out, const blst_fr *e)
{
    blst_scalar s;
    blst_p1 p;
    blst_p1_affine a;
    blst_scalar_from_fr(&s, e);
    blst_p1_mult(&p, blst_p1_generator(), s.b, 255);
    blst_p1_to_affine(&a, &p);
    memcpy(out, &a, sizeof a);
}

static void instance_alloc(instance *t, size_t n)
{
    t->n = n;
    t->points = calloc(n + 1, sizeof *t->points);
    t->logs = calloc(n + 1, sizeof *t->logs);
    t->scalars = calloc(n + 1, sizeof *t->scalars);
    CHECK(t->points && t->logs && t->scalars);
}

static void instance_free(instance *t)
{
    free(t->points);
    free(t->logs);
    free(t->scalars);
}

/* Points are an arithmetic progression: a G, (a + d) G, ... */
static void progression(instance *t, size_t n)
{
    instance_alloc(t, n);
    situ_scalar s;
    blst_fr a, d;
    random_scalar(&s);
    fr_of(&a, &s);
    random_scalar(&s);
    fr_of(&d, &s);
    situ_g1 step;
    times_generator(&step, &d);
    times_generator(&t->points[0], &a);
    blst_p1 at;
    blst_p1_affine at_affine, step_affine;
    memcpy(&at_affine, &t->points[0], sizeof at_affine);
    memcpy(&step_affine, &step, sizeof step_affine);
    blst_p1_from_affine(&at, &at_affine);
    for (size_t i = 0; i < n; i++) {
        blst_p1_to_affine(&at_affine, &at);
        memcpy(&t->points[i], &at_affine, sizeof at_affine);
        t->logs[i] = a;
        blst_fr_add(&a, &a, &d);
        blst_p1_add_or_double_affine(&at, &at, &step_affine);
        random_scalar(&t->scalars[i]);
    }
}

static situ_g1 expected(const instance *t, size_t n)
{
    blst_fr sum = {{0}}, s;
    for (size_t i = 0; i < n; i++) {
        fr_of(&s, &t->scalars[i]);
        blst_fr_mul(&s, &s, &t->logs[i]);
        blst_fr_add(&sum, &sum, &s);
    }
    situ_g1 out;
    times_generator(&out, &sum);
    return out;
}

static void check_first(const instance *t, size_t n, situ_msm_pool *memory, situ_pool *threads)
{
    situ_g1 want = expected(t, n), got;
    CHECK_EQ(situ_msm_g1_pooled(&got, t->points, t->scalars, n, memory, threads), SITU_OK);
    CHECK_MEM_EQ(&got, &want, sizeof want);
}

static void every_size(void)
{
    instance t;
    situ_msm_pool *memory;
    CHECK_EQ(situ_msm_pool_create(&memory, SIZE_MAX), SITU_OK);
    progression(&t, 300);
    for (size_t n = 0; n <= t.n; n++) check_first(&t, n, memory, NULL);
    instance_free(&t);
    situ_msm_pool_destroy(memory);
}
TEST(every_size_to_300) { test_every_cpu_level(every_size); }

/* Straus' method and buckets, each where the plan would take the other, and where it changes over. */
static void either_method(void)
{
    static const size_t sizes[] = {1, 2, 3, 4, 5, 8, 9, 31, 55, 56, 57, 63, 64, 65, 159, 160, 161, 200};
    instance t;
    situ_pool *threads;
    CHECK_EQ(situ_pool_create(&threads, 2), SITU_OK);
    progression(&t, 200);
    for (size_t i = 0; i < t.n; i++) {
        if (i % 3 == 0) edge_scalar(&t.scalars[i]);
        if (i % 7 == 6) t.points[i] = t.points[i - 1], t.logs[i] = t.logs[i - 1];
    }
    for (size_t k = 0; k < SITU_ARRAY_LEN(sizes); k++) {
        situ_g1 want = expected(&t, sizes[k]), got;
        for (u32 window = 0; window <= 6; window += 3) {
            situ_msm_plan plan = {.n_points = sizes[k],
                                  .n_tables = 1,
                                  .chunk_points = sizes[k],
                                  .window_bits = window,
                                  .n_threads = 2};
            void *scratch = aligned_alloc(64, situ_msm_scratch_bytes(&plan));
            CHECK(scratch != NULL);
            situ_msm_g1(&got, t.points, t.scalars, &plan, scratch, NULL);
            CHECK_MEM_EQ(&got, &want, sizeof want);
            situ_msm_g1(&got, t.points, t.scalars, &plan, scratch, threads);
            CHECK_MEM_EQ(&got, &want, sizeof want);
            free(scratch);
        }
    }
    instance_free(&t);
    situ_pool_destroy(threads);
}
TEST(either_method_at_any_size) { test_every_cpu_level(either_method); }

/* --- kernels --- */

/* p, in words */
static const u64 prime[6] = {0xb9feffffffffaaab, 0x1eabfffeb153ffff, 0x6730d2a0f6b0f624,
                             0x64774b84f38512bf, 0x4b1ba7b6434bacd7, 0x1a0111ea397fe69a};

/* Add p to a row's coordinate, or take it away if that leaves the coordinate's value alone: rows need not be fully
 * reduced, only below 1.001 p.  False if there is no other form, as nearly always, and as with blst's words. */
static bool other_form(u64 row[8], u32 table)
{
    u32 bits = table == 8 ? 52 : 28;
    u64 limbs[14], p[14], sum[14], carry = 0;
    if (table == 0) return false;
    u32 n = table == 8 ? 8 : 14;
    for (u32 j = 0; j < n; j++) {
        u32 at = j * bits, word = at / 64, shift = at % 64;
        limbs[j] = table == 8 ? row[j] : row[j / 2] >> 32 * (j & 1) & UINT32_MAX;
        p[j] = word < 6 ? prime[word] >> shift : 0;
        if (shift && word + 1 < 6) p[j] |= prime[word + 1] << (64 - shift);
        p[j] &= (UINT64_C(1) << bits) - 1;
    }
    bool is_small = limbs[n - 1] == 0, is_large = limbs[n - 1] >= p[n - 1];
    if (!is_small && !is_large) return false;
    for (u32 j = 0; j < n; j++) {
        u64 v = is_small ? limbs[j] + p[j] + carry : limbs[j] - p[j] - carry;
        sum[j] = v & ((UINT64_C(1) << bits) - 1);
        carry = v >> bits & 1;
    }
    if (carry) return false;
    memset(row, 0, 64);
    for (u32 j = 0; j < n; j++) row[table == 8 ? j : j / 2] |= sum[j] << (table == 8 ? 0 : 32 * (j & 1));
    return true;
}

static void expect_sum(const situ_g1 *got, const situ_g1 *a, bool negate_a, const situ_g1 *b, bool negate_b)
{
    blst_p1 sum, second;
    blst_p1_affine pa, pb, want;
    memcpy(&pa, a, sizeof pa);
    memcpy(&pb, b, sizeof pb);
    blst_fp_cneg(&pa.y, &pa.y, negate_a);
    blst_fp_cneg(&pb.y, &pb.y, negate_b);
    blst_p1_from_affine(&sum, &pa);
    blst_p1_from_affine(&second, &pb);
    blst_p1_add_or_double(&sum, &sum, &second);
    blst_p1_to_affine(&want, &sum);
    CHECK_MEM_EQ(got, &want, sizeof want);
}

static bool row_is_zero(const g1_row *row)
{
    u64 any = 0;
    for (int j = 0; j < 8; j++) any |= row->x[j] | row->y[j];
    return any == 0;
}

/* A negated copy, negated again in an addition, is the point: doubled. */
static void check_negated_copy(const g1_kernels *kernels, const situ_g1 *point, void *work)
{
    g1_row row, negated, sum, *d[8] = {&sum};
    situ_g1 got;
    kernels->rows_from_affine(&row, point, 1);
    other_form(row.y, kernels->id); /* the smaller, for a small y: 2p - y is then largest */
    kernels->copy(&negated, g1_ref(&row, G1_REF_NEG));
    u64 a[8] = {g1_ref(&negated, G1_REF_NEG)}, b[8] = {g1_ref(&row, 0)};
    kernels->add(a, b, d, 1, work);
    kernels->rows_to_affine(&got, &sum, 1);
    expect_sum(&got, point, false, point, false);
}

/* Batches of every length up to some groups, of any operands with any sign, some of them in two forms.  Points
 * (k, y) with small k lie on some curve y^2 = x^3 + b, and sums of a point with itself, its opposite or infinity
 * do not depend on b. */
static void kernel_additions(void)
{
    enum { N = 40 };
    const g1_kernels *kernels = situ_g1_kernels();
    static g1_row rows[2][N], sums[N] SITU_ALIGNED(64);
    void *work = aligned_alloc(64, (size_t)u64_align_up(kernels->add_work_bytes, 64));
    CHECK(work != NULL);
    u64 n_other = 0;
    for (u64 run = 0; run < test_runs(150); run++) {
        size_t n = 1 + test_random_below(N);
        instance t;
        progression(&t, 2 * n);
        situ_g1 *a = t.points, *b = t.points + n, got[N];
        u64 refs[2][N + 8];
        g1_row *d[N + 8];
        for (size_t i = 0; i < n; i++) {
            u64 kind = test_random_below(7);
            if (kind == 0 || kind == 4) memset(&a[i], 0, sizeof a[i]);
            if (kind == 1 || kind == 4) memset(&b[i], 0, sizeof b[i]);
            if (kind == 2) b[i] = a[i];
            if (kind == 3) { /* x and y of few bits in one table's form or the other */
                memset(&a[i], 0, sizeof a[i]);
                a[i].x[0] = 1 + test_random_below(1000);
                a[i].y[0] = 1 + test_random_below(1000);
                b[i] = a[i];
            }
        }
        kernels->rows_from_affine(rows[0], a, n);
        kernels->rows_from_affine(rows[1], b, n);
        for (size_t i = 0; i < n; i++) {
            if (memcmp(&a[i], &b[i], sizeof a[i]) == 0 && a[i].x[1] == 0 && a[i].y[0] != 0) {
                n_other += other_form(rows[0][i].x, kernels->id);
                n_other += other_form(rows[1][i].y, kernels->id);
            }
            refs[0][i] = g1_ref(&rows[0][i], test_random_below(2) ? G1_REF_NEG : 0);
            refs[1][i] = g1_ref(&rows[1][i], test_random_below(2) ? G1_REF_NEG : 0);
            d[i] = test_random_below(2) ? &sums[i] : &rows[test_random_below(2)][i]; /* in place, too */
        }
        u64 flags[2][N];
        for (int k = 0; k < 2; k++)
            for (size_t i = 0; i < n; i++) flags[k][i] = refs[k][i] & G1_REF_NEG;
        kernels->add(refs[0], refs[1], d, n, work);
        for (size_t i = 0; i < n; i++) {
            static const situ_g1 infinity;
            kernels->rows_to_affine(&got[i], d[i], 1);
            expect_sum(&got[i], &a[i], flags[0][i], &b[i], flags[1][i]);
            if (memcmp(&got[i], &infinity, sizeof infinity) == 0) CHECK(row_is_zero(d[i]));
            check_negated_copy(kernels, &a[i], work);
        }
        instance_free(&t);
    }
    if (kernels->id != 0) CHECK(n_other > 0);
    free(work);
}
static void table_of_level(void)
{
    const char *name = situ_g1_kernels()->name;
    switch (situ_cpu_current()) {
    case SITU_CPU_SCALAR: CHECK(strcmp(name, "portable") == 0); break;
    case SITU_CPU_AVX2: CHECK(strcmp(name, "avx2") == 0); break;
    default: CHECK(strcmp(name, situ_cpu_has_ifma() ? "ifma" : "avx2") == 0);
    }
}
TEST(every_level_has_its_kernels) { test_every_cpu_level(table_of_level); }

TEST(kernels_add_as_blst_does) { test_every_cpu_level(kernel_additions); }

static void larger(void)
{
    instance t;
    situ_pool *threads;
    CHECK_EQ(situ_pool_create(&threads, 2), SITU_OK);
    progression(&t, 20000);
    static const size_t sizes[] = {511, 512, 1000, 1024, 2047, 4096, 5000, 8191, 20000};
    for (size_t i = 0; i < SITU_ARRAY_LEN(sizes); i++) {
        check_first(&t, sizes[i], NULL, NULL);
        check_first(&t, sizes[i], NULL, threads);
    }
    instance_free(&t);
    situ_pool_destroy(threads);
}
TEST(larger_sizes_and_threads) { test_every_cpu_level(larger); }

/* Infinity, equal and opposite points, scalars from the edges, all mixed. */
static void edges(void)
{
    for (u64 run = 0; run < test_runs(60); run++) {
        instance t;
        progression(&t, 1 + test_random_below(run % 10 == 0 ? 3000 : 200));
        u64 kinds = test_random_below(32);
        for (size_t i = 0; i < t.n; i++) {
            size_t j = test_random_below(t.n);
            u64 kind = test_random_below(8);
            if (kind < 3 && (kinds & (UINT64_C(1) << kind))) {
                t.points[i] = t.points[j];
                t.logs[i] = t.logs[j];
                if (kind == 1) {
                    blst_fr_cneg(&t.logs[i], &t.logs[i], true);
                    blst_fp y;
                    memcpy(&y, t.points[i].y, sizeof y);
                    blst_fp_cneg(&y, &y, true);
                    memcpy(t.points[i].y, &y, sizeof y);
                }
                if (kind == 2) {
                    memset(&t.points[i], 0, sizeof t.points[i]);
                    memset(&t.logs[i], 0, sizeof t.logs[i]);
                }
            }
            if (kinds & 8) edge_scalar(&t.scalars[i]);
            if (kinds & 16) t.scalars[i] = t.scalars[i / 4];
        }
        check_first(&t, t.n, NULL, NULL);
        instance_free(&t);
    }
}
TEST(edge_points_and_scalars) { test_every_cpu_level(edges); }

/* One point many times, one scalar for all: every addition is a doubling or hits one bucket. */
static void uniform(void)
{
    for (int same_points = 0; same_points < 2; same_points++) {
        instance t;
        progression(&t, 20000);
        for (size_t i = 1; i < t.n; i++) {
            if (same_points) t.points[i] = t.points[0], t.logs[i] = t.logs[0];
            t.scalars[i] = t.scalars[0];
        }
        check_first(&t, t.n, NULL, NULL);
        memset(t.points, 0, t.n * sizeof t.points[0]);
        memset(t.logs, 0, t.n * sizeof t.logs[0]);
        check_first(&t, 1000, NULL, NULL);
        instance_free(&t);
    }
}
TEST(equal_points_and_equal_scalars) { test_every_cpu_level(uniform); }

static void bases(void)
{
    static const size_t sizes[] = {1, 2, 7, 64, 300, 2500};
    for (size_t k = 0; k < SITU_ARRAY_LEN(sizes); k++) {
        instance t;
        progression(&t, sizes[k]);
        situ_g1 want = expected(&t, t.n), got;
        for (size_t tables = 1; tables <= 33; tables += tables < 4 ? 1 : 7) {
            situ_msm_base base;
            CHECK_EQ(situ_msm_base_choose(&base, t.n, tables * t.n * 192), SITU_OK);
            CHECK(situ_msm_base_bytes(&base) <= tables * t.n * 192);
            void *rows = aligned_alloc(64, situ_msm_base_bytes(&base));
            void *scratch = aligned_alloc(64, situ_msm_base_scratch_bytes(&base, 1));
            CHECK(rows && scratch);
            situ_msm_base_fill(&base, rows, t.points, scratch, NULL);
            CHECK_EQ(situ_msm_g1_base_pooled(&got, &base, t.scalars, NULL, NULL), SITU_OK);
            CHECK_MEM_EQ(&got, &want, sizeof want);
            free(rows);
            free(scratch);
        }
        instance_free(&t);
    }
}
TEST(prepared_bases_with_tables) { test_every_cpu_level(bases); }

/* The engine's own parameters: every window width, several tables and sums. */
static void windows(void)
{
    instance t;
    progression(&t, 40);
    situ_g1 want[5];
    for (size_t m = 0; m < 5; m++) {
        instance part = {t.points + 8 * m, t.logs + 8 * m, t.scalars + 8 * m, 8};
        want[m] = expected(&part, 8);
    }
    for (u32 c = 2; c <= 14; c++) {
        bucket_job job = {.n_sums = 5, .n_points = 8, .n_tables = 1, .window_bits = c, .n_threads = 1};
        g1_base_row *rows = aligned_alloc(64, 40 * sizeof *rows);
        void *scratch = aligned_alloc(64, situ_bucket_scratch_bytes(&job));
        blst_p1 sums[5];
        CHECK(rows && scratch);
        situ_g1_kernels()->base_from_affine(rows, t.points, 40);
        situ_bucket_sum(sums, &job, rows, t.scalars, scratch, NULL);
        for (int m = 0; m < 5; m++) {
            blst_p1_affine a;
            blst_p1_to_affine(&a, &sums[m]);
            CHECK_MEM_EQ(&a, &want[m], sizeof a);
        }
        free(rows);
        free(scratch);
    }
    instance_free(&t);
}
TEST(every_window_width) { test_every_cpu_level(windows); }

TEST(plans_keep_to_their_bound)
{
    situ_msm_plan plan, free_plan;
    CHECK_EQ(situ_msm_plan_make(&plan, SITU_MSM_POINTS_MAX + 1, 1, SIZE_MAX), SITU_ERR_ARG);
    CHECK_EQ(situ_msm_plan_make(&plan, 1, 0, SIZE_MAX), SITU_ERR_ARG);
    CHECK_EQ(situ_msm_plan_make(&plan, 1, SITU_THREADS_MAX + 1, SIZE_MAX), SITU_ERR_ARG);
    CHECK_EQ(situ_msm_plan_make(&plan, 100000, 1, 1000), SITU_ERR_LIMIT);
    size_t least = situ_msm_scratch_bytes(&plan);
    CHECK(least > 1000);
    CHECK_EQ(situ_msm_plan_make(&plan, 100000, 1, least), SITU_OK);
    CHECK(situ_msm_scratch_bytes(&plan) <= least);
    CHECK_EQ(situ_msm_plan_make(&free_plan, 100000, 1, SIZE_MAX), SITU_OK);
    u32 window = 0;
    for (u64 n = 1; n < SITU_MSM_POINTS_MAX; n += n / 3 + 1) { /* monotone in n */
        CHECK_EQ(situ_msm_plan_make(&plan, n, 1, SIZE_MAX), SITU_OK);
        CHECK(plan.window_bits >= window);
        window = plan.window_bits;
    }

    instance t;
    progression(&t, 3000);
    situ_g1 want = expected(&t, t.n), got;
    CHECK_EQ(situ_msm_plan_make(&free_plan, t.n, 1, SIZE_MAX), SITU_OK);
    for (size_t bytes = situ_msm_scratch_bytes(&free_plan);; bytes -= bytes / 8) {
        if (situ_msm_plan_make(&plan, t.n, 1, bytes) != SITU_OK) break;
        CHECK(situ_msm_scratch_bytes(&plan) <= bytes);
        void *scratch = aligned_alloc(64, situ_msm_scratch_bytes(&plan));
        situ_msm_g1(&got, t.points, t.scalars, &plan, scratch, NULL);
        CHECK_MEM_EQ(&got, &want, sizeof want);
        free(scratch);
    }
    instance_free(&t);
}

TEST(pool_does_not_grow_after_warm_up)
{
    instance t;
    progression(&t, 2000);
    situ_msm_pool *memory;
    situ_msm_pool_stats stats;
    CHECK_EQ(situ_msm_pool_create(&memory, SIZE_MAX), SITU_OK);
    check_first(&t, 2000, memory, NULL);
    situ_msm_pool_read_stats(memory, &stats);
    CHECK_EQ(stats.n_grown, 1);
    CHECK(stats.held_bytes > 0 && stats.lent_bytes == 0);
    u64 held = stats.held_bytes;
    for (size_t n = 1; n <= 2000; n += 97) check_first(&t, n, memory, NULL);
    situ_msm_pool_read_stats(memory, &stats);
    CHECK_EQ(stats.n_grown, 1);
    CHECK_EQ(stats.held_bytes, held);
    CHECK_EQ(stats.n_hits, stats.n_calls - 1);
    CHECK_EQ(situ_msm_pool_shrink(memory, 0), held);
    situ_msm_pool_read_stats(memory, &stats);
    CHECK_EQ(stats.held_bytes, 0);
    check_first(&t, 50, memory, NULL);
    situ_msm_pool_destroy(memory);
    CHECK_EQ(situ_msm_pool_create(&memory, 1000), SITU_OK);
    situ_g1 sum;
    CHECK_EQ(situ_msm_g1_pooled(&sum, t.points, t.scalars, 2000, memory, NULL), SITU_ERR_LIMIT);
    situ_msm_pool_destroy(memory);
    instance_free(&t);
}

/* Calls that reach the C library's allocator while `is_counting`; sanitizers have allocators of their own.
 * Volatile, as a compiler may think that allocators touch no variable of ours. */
static volatile bool is_counting;
static volatile int n_allocations;
#if !defined(SITU_VERIFY) && !defined(__SANITIZE_THREAD__) && defined(__GLIBC__)
#define COUNTS_ALLOCATIONS 1
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_memalign(size_t, size_t);
void *malloc(size_t n)
{
    n_allocations += is_counting;
    return __libc_malloc(n);
}
void *calloc(size_t n, size_t size)
{
    n_allocations += is_counting;
    return __libc_calloc(n, size);
}
void *aligned_alloc(size_t align, size_t n)
{
    n_allocations += is_counting;
    return __libc_memalign(align, n);
}
#else
#define COUNTS_ALLOCATIONS 0
#endif

static void warm_calls(void)
{
    static const size_t sizes[] = {1, 40, 300, 2000};
    instance t;
    situ_pool *threads;
    situ_msm_pool *memory;
    situ_msm_pool_stats before, after;
    situ_g1 sum;
    CHECK_EQ(situ_pool_create(&threads, 2), SITU_OK);
    CHECK_EQ(situ_msm_pool_create(&memory, SIZE_MAX), SITU_OK);
    progression(&t, 2000);
    for (int round = 0; round < 3; round++) {
        situ_msm_pool_read_stats(memory, &before);
        is_counting = round > 0;
        for (size_t k = SITU_ARRAY_LEN(sizes); k-- > 0;)
            CHECK_EQ(situ_msm_g1_pooled(&sum, t.points, t.scalars, sizes[k], memory, threads), SITU_OK);
        is_counting = false;
        situ_msm_pool_read_stats(memory, &after);
        CHECK_EQ(after.n_grown - before.n_grown, round == 0); /* the largest first, and the rest fit */
    }
    CHECK_EQ(n_allocations, 0);
    if (COUNTS_ALLOCATIONS) { /* and the counter counts */
        is_counting = true;
        void *volatile block = aligned_alloc(64, 64); /* volatile: not for the compiler to leave out */
        free(block);
        is_counting = false;
        CHECK_EQ(n_allocations, 1);
        n_allocations = 0;
    }
    instance_free(&t);
    situ_msm_pool_destroy(memory);
    situ_pool_destroy(threads);
}
TEST(no_allocation_after_warm_up) { test_every_cpu_level(warm_calls); }

/* What is measured against gives the same sums. */
TEST(measured_against_blst)
{
    enum { N = 700 };
    situ_g1 *points = malloc(N * sizeof *points), want, got;
    situ_scalar *scalars = malloc(N * sizeof *scalars);
    situ_pool *threads;
    CHECK(points && scalars);
    CHECK_EQ(situ_pool_create(&threads, 2), SITU_OK);
    situ_measure_points(points, N);
    situ_measure_scalars(scalars, N);
    for (u64 n = 1; n <= N; n += 1 + n / 2) {
        CHECK_EQ(situ_msm_g1_pooled(&want, points, scalars, n, NULL, NULL), SITU_OK);
        for (u32 n_threads = 1; n_threads <= 2; n_threads++) {
            blst_plan plan = situ_blst_plan_make(n, n_threads);
            void *scratch = malloc(plan.scratch_bytes);
            CHECK(scratch != NULL);
            situ_blst_sum(&got, points, scalars, n, &plan, scratch, n_threads > 1 ? threads : NULL);
            CHECK_MEM_EQ(&got, &want, sizeof want);
            free(scratch);
        }
    }
    double times[4] = {3, 1, 9, 2};
    CHECK(situ_measure_median(times, 4) == 2.5 && situ_measure_median(times, 3) == 2);
    situ_pool_destroy(threads);
    free(points);
    free(scalars);
}

TEST(halves_recombine)
{
    blst_fr lambda;
    u64 lambda_words[4] = {0x00000000ffffffff, 0xac45a4010001a402, 0, 0};
    blst_fr_from_uint64(&lambda, lambda_words);
    for (u64 run = 0; run < test_runs(20000); run++) {
        situ_scalar s;
        if (run % 2)
            edge_scalar(&s);
        else
            random_scalar(&s);
        glv_half h[2];
        blst_fr want, part[2];
        situ_glv_split(h, &s);
        fr_of(&want, &s);
        for (int i = 0; i < 2; i++) {
            u64 w[4] = {h[i].word[0] >> 1 | h[i].word[1] << 63, h[i].word[1] >> 1, 0, 0};
            blst_fr_from_uint64(&part[i], w);
            blst_fr_cneg(&part[i], &part[i], h[i].word[0] & 1);
        }
        blst_fr_mul(&part[1], &part[1], &lambda);
        blst_fr_add(&part[0], &part[0], &part[1]);
        CHECK_MEM_EQ(&part[0], &want, sizeof want);
    }
}

TEST(g2_sums)
{
    enum { N = 40 };
    situ_g2 points[N], got;
    situ_scalar scalars[N];
    blst_p2 sum, p;
    blst_p2_affine a;
    memset(&sum, 0, sizeof sum);
    for (int i = 0; i < N; i++) {
        situ_scalar e;
        random_scalar(&e);
        random_scalar(&scalars[i]);
        if (i % 5 == 0) edge_scalar(&scalars[i]);
        blst_p2_mult(&p, blst_p2_generator(), e.le, 256);
        if (i % 7 == 0) memset(&p, 0, sizeof p);
        blst_p2_to_affine(&a, &p);
        memcpy(&points[i], &a, sizeof a);
        blst_fr k;
        blst_scalar reduced;
        fr_of(&k, &scalars[i]);
        blst_scalar_from_fr(&reduced, &k);
        blst_p2_mult(&p, &p, reduced.b, 255);
        blst_p2_add_or_double(&sum, &sum, &p);
        CHECK_EQ(situ_msm_g2_pooled(&got, points, scalars, (u64)i + 1, NULL, NULL), SITU_OK);
        blst_p2_to_affine(&a, &sum);
        CHECK_MEM_EQ(&got, &a, sizeof a);
    }
}

/* Every verdict on random and special bytes is blst's. */
static void bytes_against_blst(void)
{
    for (u64 run = 0; run < test_runs(400); run++) {
        u8 bytes[8 * 48];
        situ_g1 points[8];
        for (int i = 0; i < 8; i++) {
            u8 *b = bytes + 48 * i;
            u64 kind = test_random_below(6);
            for (int k = 0; k < 48; k++) b[k] = (u8)test_random();
            b[0] = (u8)((b[0] & 0x3f) | 0x80);
            if (kind == 0)
                b[0] &= 0x9f; /* x below p about half of the time; half of those on the curve, none in G1 */
            if (kind == 1)
                memset(b, 0, 48), b[0] = (u8)(0x80 | (test_random() & 0x60)),
                                  b[47] = (u8)test_random_below(5);
            if (kind >= 3) {
                blst_p1 p;
                situ_scalar s;
                random_scalar(&s);
                if (kind == 5) { /* off the subgroup: a map to the curve without clearing */
                    blst_fp u;
                    memset(&u, 0, sizeof u);
                    memcpy(&u, s.le, 32);
                    blst_map_to_g1(&p, &u, NULL);
                } else {
                    blst_p1_mult(&p, blst_p1_generator(), s.le, 256);
                }
                blst_p1_compress(b, &p);
                if (test_random_below(8) == 0) b[test_random_below(48)] ^= (u8)(1 << test_random_below(8));
            }
        }
        for (size_t i = 0; i < 8; i++) {
            blst_p1_affine want;
            situ_err err = situ_g1_read(&points[i], bytes + 48 * i);
            BLST_ERROR verdict = blst_p1_uncompress(&want, bytes + 48 * i);
            if (verdict != BLST_SUCCESS) {
                CHECK_EQ(err, verdict == BLST_POINT_NOT_IN_GROUP ? SITU_ERR_REJECT : SITU_ERR_FORMAT);
            } else if (!blst_p1_affine_in_g1(&want)) {
                CHECK_EQ(err, SITU_ERR_REJECT);
            } else {
                CHECK_EQ(err, SITU_OK);
                CHECK_MEM_EQ(&points[i], &want, sizeof want);
            }
        }
    }
}
TEST(bytes_to_points_agree_with_blst) { test_every_cpu_level(bytes_against_blst); }

TEST(points_from_bytes)
{
    instance t;
    enum { N = 100 };
    progression(&t, N);
    u8 bytes[N * 48];
    situ_g1 back[N];
    size_t bad;
    memset(&t.points[3], 0, sizeof t.points[3]);
    for (int i = 0; i < N; i++) situ_g1_write(bytes + 48 * i, &t.points[i]);
    CHECK_EQ(situ_g1_read_many(back, bytes, N, &bad, NULL), SITU_OK);
    CHECK_EQ(bad, N);
    CHECK_MEM_EQ(back, t.points, sizeof back);
    bytes[48 * 70] ^= 0x80; /* not compressed */
    CHECK_EQ(situ_g1_read_many(back, bytes, N, &bad, NULL), SITU_ERR_FORMAT);
    CHECK_EQ(bad, 70);
    memset(bytes + 48 * 20, 0, 48);
    bytes[48 * 20] = 0x80;
    bytes[48 * 20 + 47] = 4; /* x = 4: on the curve, outside the subgroup */
    situ_err err = situ_g1_read_many(back, bytes, N, &bad, NULL);
    CHECK_EQ(bad, 20);
    CHECK(err == SITU_ERR_REJECT || err == SITU_ERR_FORMAT);
    bytes[48 * 10] = 0xc0;
    bytes[48 * 10 + 1] = 1; /* infinity with a bit set */
    CHECK_EQ(situ_g1_read_many(back, bytes, N, &bad, NULL), SITU_ERR_FORMAT);
    CHECK_EQ(bad, 10);
    memset(bytes, 0xff, 48); /* x >= p */
    bytes[0] = 0x9f;
    CHECK_EQ(situ_g1_read(back, bytes), SITU_ERR_FORMAT);
    instance_free(&t);
}

/* --- EIP-2537 --- */

static int nibble(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static size_t hex_decode(u8 *out, size_t max, const char *hex)
{
    size_t n = 0;
    for (; n < max && nibble(hex[2 * n]) >= 0; n++)
        out[n] = (u8)(nibble(hex[2 * n]) << 4 | nibble(hex[2 * n + 1]));
    return n;
}

static void read_padded(situ_g1 *p, const u8 *in)
{
    blst_fp x, y;
    blst_fp_from_bendian(&x, in + 16);
    blst_fp_from_bendian(&y, in + 80);
    memcpy(p->x, &x, sizeof x);
    memcpy(p->y, &y, sizeof y);
}

TEST(eip_2537_vectors)
{
    const char *file = NULL,
               *places[] = {"../shared/vectors", "../../shared/vectors", "../../../shared/vectors"};
    char path[200], command[260];
    for (size_t i = 0; i < SITU_ARRAY_LEN(places) && !file; i++) {
        snprintf(path, sizeof path, "%s/eip2537_msm_G1.json.xz", places[i]);
        FILE *f = fopen(path, "rb");
        if (f) file = path, fclose(f);
    }
    if (!file) test_skip("../shared/vectors/eip2537_msm_G1.json.xz is not here");
    snprintf(command, sizeof command, "xz -dc %s", file);
    FILE *f = popen(command, "r");
    CHECK(f != NULL);
    enum { TEXT_MAX = 4 << 20, POINTS_MAX = 512 };
    char *text = calloc(1, TEXT_MAX + 1);
    u8 *raw = malloc(160 * POINTS_MAX);
    size_t n_text = fread(text, 1, TEXT_MAX, f);
    pclose(f);
    CHECK(n_text > 1000);
    int n_cases = 0;
    for (char *at = text; (at = strstr(at, "\"Input\": \"")); n_cases++) {
        static situ_g1 points[POINTS_MAX], got, want;
        static situ_scalar scalars[POINTS_MAX];
        u8 expect[128];
        at += strlen("\"Input\": \"");
        size_t n = hex_decode(raw, 160 * POINTS_MAX, at) / 160;
        at = strstr(at, "\"Expected\": \"");
        CHECK(at != NULL);
        CHECK_EQ(hex_decode(expect, 128, at + strlen("\"Expected\": \"")), 128);
        for (size_t i = 0; i < n; i++) {
            read_padded(&points[i], raw + 160 * i);
            for (int k = 0; k < 32; k++) scalars[i].le[k] = raw[160 * i + 159 - (size_t)k];
        }
        read_padded(&want, expect);
        CHECK_EQ(situ_msm_g1_pooled(&got, points, scalars, n, NULL, NULL), SITU_OK);
        CHECK_MEM_EQ(&got, &want, sizeof want);
    }
    CHECK(n_cases > 10);
    free(text);
    free(raw);
}

TEST_MAIN()
