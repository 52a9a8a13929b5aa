/* ntt_kernel.simd.c — see ntt_kernel.h.
 *
 * The forward transform walks down the tree of X^(2m) - r^2 = (X^m - r)(X^m + r): node j at any level has r =
 * roots[j] and the children 2j and 2j + 1.  One step takes a node down up to LOG2_RADIX_MAX levels in
 * registers; the inverse takes the same steps in the opposite order.
 */
#include "ntt/ntt_kernel.h"

#include "field/v16.h"

/* Rows held in registers by one step: AVX-512 has 32 registers. */
#if defined(SITU_SIMD_AVX512)
#define LOG2_RADIX_MAX 4
#else
#define LOG2_RADIX_MAX 2
#endif
#define STEPS_MAX 16

SITU_INLINE v16_w twiddle_load(const situ_twiddle *t) { return (v16_w){v16_set1(t->w), v16_set1(t->w_mu)}; }

/* The butterflies of one node with root r on registers: lower half against upper half.  Spelled out and
 * nested by inlining, because loops over an array of registers are not reliably unrolled. */

SITU_INLINE void forward_pair(v16 *x, int half, v16_w r)
{
    v16 t = v16_mul_uniform(x[half], r);
    x[half] = v16_sub(x[0], t);
    x[0] = v16_add(x[0], t);
}

SITU_INLINE void inverse_pair(v16 *x, int half, v16_w r)
{
    v16 s = v16_add(x[0], x[half]);
    x[half] = v16_sub_mul_uniform(x[0], x[half], r);
    x[0] = s;
}

SITU_INLINE void node_pair(v16 *x, int half, v16_w r, bool inverse)
{
    if (inverse)
        inverse_pair(x, half, r);
    else
        forward_pair(x, half, r);
}

/* One level of a node of 2 half rows, its root at *root. */
SITU_INLINE void node_level(v16 *x, int half, const situ_twiddle *root, bool inverse)
{
    v16_w r = twiddle_load(root);
    node_pair(x, half, r, inverse);
    if (half > 1) node_pair(x + 1, half, r, inverse);
    if (half > 2) node_pair(x + 2, half, r, inverse), node_pair(x + 3, half, r, inverse);
    if (half > 4) {
        node_pair(x + 4, half, r, inverse), node_pair(x + 5, half, r, inverse);
        node_pair(x + 6, half, r, inverse), node_pair(x + 7, half, r, inverse);
    }
}

/* The same level of 1, 2, 4, 8 neighbouring nodes of 2 half rows. */
SITU_INLINE void nodes_1(v16 *x, int half, const situ_twiddle *root, bool inverse)
{
    node_level(x, half, root, inverse);
}

SITU_INLINE void nodes_2(v16 *x, int half, const situ_twiddle *root, bool inverse)
{
    node_level(x, half, root, inverse);
    node_level(x + 2 * half, half, root + 1, inverse);
}

SITU_INLINE void nodes_4(v16 *x, int half, const situ_twiddle *root, bool inverse)
{
    nodes_2(x, half, root, inverse);
    nodes_2(x + 4 * half, half, root + 2, inverse);
}

SITU_INLINE void nodes_8(v16 *x, int half, const situ_twiddle *root, bool inverse)
{
    nodes_4(x, half, root, inverse);
    nodes_4(x + 8 * half, half, root + 4, inverse);
}

/* All levels of a node of 2^log2_radix rows. */
SITU_INLINE void node_run(v16 *x, int log2_radix, const situ_twiddle *roots, size_t node, bool inverse)
{
    const int half = 1 << log2_radix >> 1;
    if (inverse) {
        if (log2_radix > 3) nodes_8(x, half >> 3, roots + 8 * node, true);
        if (log2_radix > 2) nodes_4(x, half >> 2, roots + 4 * node, true);
        if (log2_radix > 1) nodes_2(x, half >> 1, roots + 2 * node, true);
        if (log2_radix > 0) nodes_1(x, half, roots + node, true);
    } else {
        if (log2_radix > 0) nodes_1(x, half, roots + node, false);
        if (log2_radix > 1) nodes_2(x, half >> 1, roots + 2 * node, false);
        if (log2_radix > 2) nodes_4(x, half >> 2, roots + 4 * node, false);
        if (log2_radix > 3) nodes_8(x, half >> 3, roots + 8 * node, false);
    }
}

/* Rows at p, p + stride, ...; spelled out for the same reason. */

SITU_INLINE void rows_load(v16 *x, int log2_radix, const kb *p, size_t stride)
{
    x[0] = v16_load(p);
    if (log2_radix > 0) x[1] = v16_load(p + stride);
    if (log2_radix > 1) x[2] = v16_load(p + 2 * stride), x[3] = v16_load(p + 3 * stride);
    if (log2_radix > 2) {
        x[4] = v16_load(p + 4 * stride), x[5] = v16_load(p + 5 * stride);
        x[6] = v16_load(p + 6 * stride), x[7] = v16_load(p + 7 * stride);
    }
    if (log2_radix > 3) {
        x[8] = v16_load(p + 8 * stride), x[9] = v16_load(p + 9 * stride);
        x[10] = v16_load(p + 10 * stride), x[11] = v16_load(p + 11 * stride);
        x[12] = v16_load(p + 12 * stride), x[13] = v16_load(p + 13 * stride);
        x[14] = v16_load(p + 14 * stride), x[15] = v16_load(p + 15 * stride);
    }
}

SITU_INLINE void rows_store(kb *p, size_t stride, const v16 *x, int log2_radix)
{
    v16_store(p, x[0]);
    if (log2_radix > 0) v16_store(p + stride, x[1]);
    if (log2_radix > 1) v16_store(p + 2 * stride, x[2]), v16_store(p + 3 * stride, x[3]);
    if (log2_radix > 2) {
        v16_store(p + 4 * stride, x[4]), v16_store(p + 5 * stride, x[5]);
        v16_store(p + 6 * stride, x[6]), v16_store(p + 7 * stride, x[7]);
    }
    if (log2_radix > 3) {
        v16_store(p + 8 * stride, x[8]), v16_store(p + 9 * stride, x[9]);
        v16_store(p + 10 * stride, x[10]), v16_store(p + 11 * stride, x[11]);
        v16_store(p + 12 * stride, x[12]), v16_store(p + 13 * stride, x[13]);
        v16_store(p + 14 * stride, x[14]), v16_store(p + 15 * stride, x[15]);
    }
}

SITU_INLINE void rows_fetch(const kb *p, size_t stride, int log2_radix)
{
    for (size_t i = 0; i < (size_t)1 << log2_radix; i++) __builtin_prefetch(p + i * stride, 0, 2);
}

/* One step on every node of a level: 2^log2_nodes nodes, each of radix * 2^log2_stride positions. */
typedef struct {
    ntt_rows dst, src;
    size_t node;
    u32 width, log2_nodes, log2_stride;
    size_t fetch_ahead; /* kbs from a source row to one to be asked for; 0 for none */
} ntt_step;

SITU_INLINE void step_run(const situ_twiddle *roots, const ntt_step *s, int log2_radix, bool inverse)
{
    const size_t src_stride = 16 * s->src.pitch << s->log2_stride,
                 dst_stride = 16 * s->dst.pitch << s->log2_stride;
    for (size_t b = 0; b < (size_t)1 << s->log2_nodes; b++)
        for (size_t k = 0; k < (size_t)1 << s->log2_stride; k++)
            for (size_t c = 0; c < s->width; c++) {
                size_t position = (b << log2_radix << s->log2_stride) + k;
                const kb *src = s->src.base + 16 * (position * s->src.pitch + c);
                kb *dst = s->dst.base + 16 * (position * s->dst.pitch + c);
                v16 x[16];
                if (s->fetch_ahead) rows_fetch(src + s->fetch_ahead, src_stride, log2_radix);
                rows_load(x, log2_radix, src, src_stride);
                node_run(x, log2_radix, roots, (s->node << s->log2_nodes) + b, inverse);
                rows_store(dst, dst_stride, x, log2_radix);
            }
}

SITU_INLINE void step_pick(const situ_twiddle *roots, const ntt_step *s, u32 log2_radix, bool inverse)
{
    switch (log2_radix) {
    case 0: step_run(roots, s, 0, inverse); break;
    case 1: step_run(roots, s, 1, inverse); break;
    case 2: step_run(roots, s, 2, inverse); break;
#if LOG2_RADIX_MAX >= 4
    case 3: step_run(roots, s, 3, inverse); break;
    case 4: step_run(roots, s, 4, inverse); break;
#endif
    }
}

/* Cut log2_n levels into steps of nearly equal radix; returns how many.  One step of radix 1 copies. */
static u32 steps_plan(u32 log2_radix[STEPS_MAX], u32 log2_n)
{
    u32 n_steps = log2_n == 0 ? 1 : (log2_n + LOG2_RADIX_MAX - 1) / LOG2_RADIX_MAX;
    SITU_ASSERT(n_steps <= STEPS_MAX);
    for (u32 i = 0; i < n_steps; i++) log2_radix[i] = log2_n * (i + 1) / n_steps - log2_n * i / n_steps;
    return n_steps;
}

/* Rows of a tile of which a group takes a few in a line lie where the hardware does not foresee them. */
static bool rows_are_sparse(ntt_rows rows, u32 width) { return rows.pitch > width; }

void SIMD_NAME(situ_ntt_group_forward)(const situ_twiddle *roots, const ntt_group *g, size_t node)
{
    u32 log2_radix[STEPS_MAX], n_steps = steps_plan(log2_radix, g->log2_n);
    ntt_step s = {.width = g->width, .node = node};
    for (u32 i = 0; i < n_steps; i++) {
        bool last = i + 1 == n_steps;
        s.src = i == 0 ? g->src : g->work;
        s.dst = last ? g->dst : g->work;
        s.log2_stride = g->log2_n - s.log2_nodes - log2_radix[i];
        s.fetch_ahead = 0;
        if (i == 0 && rows_are_sparse(g->src, g->width)) s.fetch_ahead = 2 * 16 * g->src.pitch;
        if (last && g->fetch_next) s.fetch_ahead = (size_t)16 << g->log2_n;
        step_pick(roots, &s, log2_radix[i], false);
        s.log2_nodes += log2_radix[i];
    }
}

void SIMD_NAME(situ_ntt_group_inverse)(const situ_twiddle *inverse_roots, const ntt_group *g, size_t node)
{
    u32 log2_radix[STEPS_MAX], n_steps = steps_plan(log2_radix, g->log2_n);
    ntt_step s = {.width = g->width, .node = node, .log2_nodes = g->log2_n};
    for (u32 i = n_steps; i-- > 0;) {
        bool first = i + 1 == n_steps;
        s.src = first ? g->src : g->work;
        s.dst = i == 0 ? g->dst : g->work;
        s.log2_nodes -= log2_radix[i];
        s.log2_stride = g->log2_n - s.log2_nodes - log2_radix[i];
        s.fetch_ahead = first && rows_are_sparse(g->src, g->width) ? 16 * g->src.pitch << log2_radix[i]
                                                                   : 0; /* next node */
        step_pick(inverse_roots, &s, log2_radix[i], true);
    }
}

/* Four powers run side by side, or the latency of a multiplication would be the price of a row: of four
 * neighbouring columns, or of one or two columns at several positions. */
void SIMD_NAME(situ_ntt_group_scale)(const ntt_group *g, const ntt_scale *scale)
{
    enum { CHAINS = 4 };
    const size_t n = (size_t)1 << g->log2_n, columns = u64_min(g->width, CHAINS),
                 positions = CHAINS / columns;
    v16 ratio = v16_load(scale->ratio), column_ratio = v16_load(scale->column_ratio);
    v16 column_first = v16_load(scale->first), ratio_step = ratio;

    for (size_t i = 1; i < positions; i++) ratio_step = v16_mul(ratio_step, ratio);
    for (size_t c = 0; c < g->width; c += columns) {
        v16 power[CHAINS];
        for (size_t i = 0; i < columns; i++) {
            power[i] = column_first;
            column_first = v16_mul(column_first, column_ratio);
        }
        for (size_t i = columns; i < CHAINS; i++) power[i] = v16_mul(power[i - columns], ratio);
        for (size_t k = 0; k < n; k += positions)
            for (size_t i = 0; i < CHAINS && k + i / columns < n; i++) {
                size_t position = k + i / columns, column = c + i % columns;
                v16 x = v16_load(g->src.base + 16 * (position * g->src.pitch + column));
                v16_store(g->dst.base + 16 * (position * g->dst.pitch + column), v16_mul(x, power[i]));
                power[i] = v16_mul(power[i], ratio_step);
            }
    }
}

void SIMD_NAME(situ_ntt_roots_extend)(situ_twiddle *to, const situ_twiddle *from, size_t n, kb factor)
{
    for (size_t i = 0; i < n; i++) {
        kb w = kb_mul(from[i].w, factor);
        to[i] = (situ_twiddle){w, w * KB_MU};
    }
}
