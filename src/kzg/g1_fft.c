/* g1_fft.c — many scalar multiplications in step, and transforms over G1. */
#include "curve/block.h"
#include "kzg/fft.h"

#define WINDOW_BITS 4
#define N_WINDOWS   (GLV_BITS / WINDOW_BITS)
#define N_MULTIPLES (1 << (WINDOW_BITS - 1))

typedef struct {
    const g1_kernels *kernels;
    size_t n;
    u64 a[G1_BATCH_MAX], b[G1_BATCH_MAX];
    g1_row *d[G1_BATCH_MAX];
    g1_row multiple[N_MULTIPLES][G1_SCALE_MAX] SITU_ALIGNED(64); /* multiple[k][i] = (k + 1) * point i */
    g1_base_row table[N_MULTIPLES][G1_SCALE_MAX];
    u8 is_set[G1_SCALE_MAX]; /* the accumulator of point i is in use */
    /* the kernels' scratch follows */
} SITU_ALIGNED(64) scale_memory;

size_t situ_g1_fft_scratch_bytes(void)
{
    return (size_t)u64_align_up(sizeof(scale_memory) + situ_g1_kernels()->add_work_bytes, 64);
}

static void flush(scale_memory *m)
{
    m->kernels->add(m->a, m->b, m->d, m->n, m + 1);
    m->n = 0;
}

SITU_INLINE void push(scale_memory *m, u64 a, u64 b, g1_row *d)
{
    m->a[m->n] = a;
    m->b[m->n] = b;
    m->d[m->n] = d;
    if (++m->n == G1_BATCH_MAX) flush(m);
}

/* 1P .. 8P: 2P, then 3P 4P, then 5P .. 8P. */
static void make_tables(scale_memory *m, g1_row *const *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) m->multiple[0][i] = *rows[i];
    for (int known = 1; known < N_MULTIPLES; known *= 2) {
        for (int k = 0; k < known; k++) {
            for (size_t i = 0; i < n; i++)
                push(m, g1_ref(&m->multiple[known - 1][i], 0), g1_ref(&m->multiple[k][i], 0),
                     &m->multiple[known + k][i]);
        }
        flush(m);
    }
    for (int k = 0; k < N_MULTIPLES; k++) m->kernels->base_from_rows(m->table[k], m->multiple[k], n);
}

static void double_all(scale_memory *m, g1_row *const *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (m->is_set[i]) push(m, g1_ref(rows[i], 0), g1_ref(rows[i], 0), rows[i]);
    }
    flush(m);
}

/* Add window w of half `h` of every scalar. */
static void add_window(scale_memory *m, g1_row *const *rows, const glv_half *const *halves, size_t n, u32 w,
                       int h)
{
    glv_window window = glv_window_at(w, WINDOW_BITS);
    for (size_t i = 0; i < n; i++) {
        u32 digit = glv_digit(&halves[i][h], window);
        if (digit >> 1 == 0) continue;
        u64 ref = g1_ref(&m->table[(digit >> 1) - 1][i], (digit & 1 ? G1_REF_NEG : 0) | (h ? G1_REF_PHI : 0));
        if (m->is_set[i]) {
            push(m, g1_ref(rows[i], 0), ref, rows[i]);
        } else {
            m->kernels->copy(rows[i], ref);
            m->is_set[i] = 1;
        }
    }
    flush(m);
}

void situ_g1_scale(g1_row **rows, const glv_half *const *halves, size_t n, void *scratch)
{
    SITU_ASSERT(n <= G1_SCALE_MAX && (uintptr_t)scratch % 64 == 0);
    scale_memory *m = scratch;
    m->kernels = situ_g1_kernels();
    m->n = 0;
    make_tables(m, rows, n);
    memset(m->is_set, 0, n);
    for (u32 w = N_WINDOWS; w-- > 0;) {
        for (int k = 0; k < WINDOW_BITS && w + 1 < N_WINDOWS; k++) double_all(m, rows, n);
        add_window(m, rows, halves, n, w, 0);
        add_window(m, rows, halves, n, w, 1);
    }
    for (size_t i = 0; i < n; i++) {
        if (!m->is_set[i]) memset(rows[i], 0, sizeof *rows[i]);
    }
}

void situ_g1_roots_make(g1_root *roots, u32 log2_n, const situ_domain *d)
{
    for (u64 i = 0; i < UINT64_C(1) << log2_n; i++) {
        fr w = situ_fr_from_mont(domain_root(d, log2_n, i));
        situ_scalar s;
        memcpy(&s, &w, sizeof s);
        situ_glv_split(roots[i].half, &s);
    }
}

/* Multiply the odd inputs of a level by their twiddles, in blocks; each transform has n_one rows. */
static void apply_twiddles(g1_row *rows, size_t n, size_t n_one, size_t half, const g1_root *roots,
                           bool inverse, void *scratch)
{
    g1_row *list[G1_SCALE_MAX];
    const glv_half *factor[G1_SCALE_MAX];
    size_t stride = n_one / (2 * half), n_list = 0;
    for (size_t block = 0; block < n; block += 2 * half) {
        for (size_t i = 1; i < half; i++) { /* i = 0 has twiddle 1 */
            list[n_list] = &rows[block + half + i];
            factor[n_list] = roots[inverse ? n_one - i * stride : i * stride].half;
            if (++n_list < G1_SCALE_MAX) continue;
            situ_g1_scale(list, factor, n_list, scratch);
            n_list = 0;
        }
    }
    if (n_list) situ_g1_scale(list, factor, n_list, scratch);
}

void situ_g1_fft(g1_row *rows, g1_row *spare, size_t n_transforms, u32 log2_n, const g1_root *roots,
                 bool inverse, void *scratch)
{
    size_t n_one = (size_t)1 << log2_n, n = n_transforms * n_one;
    scale_memory *m = scratch;
    g1_row *from = spare, *to = rows;
    for (size_t i = 0; i < n; i++)
        spare[i] = rows[(i & ~(n_one - 1)) + u32_bit_reverse((u32)(i & (n_one - 1)), log2_n)];
    for (size_t half = 1; half < n_one; half *= 2) {
        if (half > 1) apply_twiddles(from, n, n_one, half, roots, inverse, scratch);
        m->kernels = situ_g1_kernels();
        m->n = 0;
        for (size_t block = 0; block < n; block += 2 * half) {
            for (size_t i = block; i < block + half; i++) {
                push(m, g1_ref(&from[i], 0), g1_ref(&from[i + half], 0), &to[i]);
                push(m, g1_ref(&from[i], 0), g1_ref(&from[i + half], G1_REF_NEG), &to[i + half]);
            }
        }
        flush(m);
        g1_row *t = from;
        from = to;
        to = t;
    }
    if (from != rows) memcpy(rows, from, n * sizeof *rows);
}

/* --- the public transforms ---------------------------------------------------------------------------- */

void situ_g1_bit_reverse(situ_g1 *a, uint32_t log2_n)
{
    for (u32 i = 0; i < UINT32_C(1) << log2_n; i++) {
        u32 j = u32_bit_reverse(i, log2_n);
        if (i >= j) continue;
        situ_g1 t = a[i];
        a[i] = a[j];
        a[j] = t;
    }
}

/* All rows times 2^-log2_n. */
static void divide(g1_row *rows, u32 log2_n, void *scratch)
{
    g1_row *list[G1_SCALE_MAX];
    const glv_half *factor[G1_SCALE_MAX];
    glv_half half[2];
    situ_scalar s;
    fr_mont n = situ_frm_from_u64(UINT64_C(1) << log2_n), n_inverse = frm_inverse(&n);
    fr plain = situ_fr_from_mont(&n_inverse);
    memcpy(&s, &plain, sizeof s);
    situ_glv_split(half, &s);
    for (size_t first = 0; first < (size_t)1 << log2_n; first += G1_SCALE_MAX) {
        size_t k = 0;
        for (; k < G1_SCALE_MAX && first + k < (size_t)1 << log2_n; k++) {
            list[k] = &rows[first + k];
            factor[k] = half;
        }
        situ_g1_scale(list, factor, k, scratch);
    }
}

static situ_err fft_points(const situ_domain *domain, situ_g1 *a, u32 log2_n, bool inverse)
{
    if (log2_n > domain->log2_max) return SITU_ERR_LIMIT;
    size_t n = (size_t)1 << log2_n;
    g1_row *rows = situ_block_alloc(2 * n * sizeof *rows + n * sizeof(g1_root));
    void *scratch = situ_block_alloc(situ_g1_fft_scratch_bytes());
    situ_err err = SITU_ERR_MEMORY;
    if (rows && scratch) {
        const g1_kernels *kernels = situ_g1_kernels();
        g1_root *roots = (g1_root *)(void *)(rows + 2 * n);
        situ_g1_roots_make(roots, log2_n, domain);
        kernels->rows_from_affine(rows, a, n);
        situ_g1_fft(rows, rows + n, 1, log2_n, roots, inverse, scratch);
        if (inverse && n > 1) divide(rows, log2_n, scratch);
        kernels->rows_to_affine(a, rows, n);
        err = SITU_OK;
    }
    situ_block_free(scratch);
    situ_block_free(rows);
    return err;
}

situ_err situ_fft_g1(const situ_domain *domain, situ_g1 *a, uint32_t log2_n)
{
    return fft_points(domain, a, log2_n, false);
}

situ_err situ_fft_g1_inverse(const situ_domain *domain, situ_g1 *a, uint32_t log2_n)
{
    return fft_points(domain, a, log2_n, true);
}
