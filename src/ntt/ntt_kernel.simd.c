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

/* From here down everything is unrolled: log2_radix is a constant in every caller. */

SITU_INLINE void level_forward(v16 *x, int log2_radix, int level, const situ_twiddle *roots, size_t node)
{
    const int half = 1 << (log2_radix - level - 1);
#pragma GCC unroll 8
    for (int b = 0; b < 1 << level; b++) {
        v16_w r = twiddle_load(&roots[(node << level) + (size_t)b]);
        v16 *lo = x + 2 * half * b, *hi = lo + half;
#pragma GCC unroll 8
        for (int i = 0; i < half; i++) {
            v16 t = v16_mul_uniform(hi[i], r);
            hi[i] = v16_sub(lo[i], t);
            lo[i] = v16_add(lo[i], t);
        }
    }
}

SITU_INLINE void radix_forward(v16 *x, int log2_radix, const situ_twiddle *roots, size_t node)
{
    if (log2_radix > 0) level_forward(x, log2_radix, 0, roots, node);
    if (log2_radix > 1) level_forward(x, log2_radix, 1, roots, node);
    if (log2_radix > 2) level_forward(x, log2_radix, 2, roots, node);
    if (log2_radix > 3) level_forward(x, log2_radix, 3, roots, node);
}

SITU_INLINE void level_inverse(v16 *x, int log2_radix, int level, const situ_twiddle *inverse_roots,
                               size_t node)
{
    const int half = 1 << (log2_radix - level - 1);
#pragma GCC unroll 8
    for (int b = 0; b < 1 << level; b++) {
        v16_w r = twiddle_load(&inverse_roots[(node << level) + (size_t)b]);
        v16 *lo = x + 2 * half * b, *hi = lo + half;
#pragma GCC unroll 8
        for (int i = 0; i < half; i++) {
            v16 s = v16_add(lo[i], hi[i]);
            hi[i] = v16_sub_mul_uniform(lo[i], hi[i], r);
            lo[i] = s;
        }
    }
}

SITU_INLINE void radix_inverse(v16 *x, int log2_radix, const situ_twiddle *inverse_roots, size_t node)
{
    if (log2_radix > 3) level_inverse(x, log2_radix, 3, inverse_roots, node);
    if (log2_radix > 2) level_inverse(x, log2_radix, 2, inverse_roots, node);
    if (log2_radix > 1) level_inverse(x, log2_radix, 1, inverse_roots, node);
    if (log2_radix > 0) level_inverse(x, log2_radix, 0, inverse_roots, node);
}

/* One step on every node of a level: 2^log2_nodes nodes, each of radix * 2^log2_stride positions. */
typedef struct {
    ntt_rows dst, src;
    size_t node;
    u32 width, log2_nodes, log2_stride;
    bool stream;
} ntt_step;

SITU_INLINE void step_run(const situ_twiddle *roots, const ntt_step *s, int log2_radix, bool inverse,
                          bool stream)
{
    const int radix = 1 << log2_radix;
    const size_t stride = (size_t)1 << s->log2_stride;
    for (size_t b = 0; b < (size_t)1 << s->log2_nodes; b++)
        for (size_t k = 0; k < stride; k++)
            for (size_t c = 0; c < s->width; c++) {
                size_t first = (b << log2_radix << s->log2_stride) + k;
                const kb *src = s->src.base + 16 * (first * s->src.pitch + c);
                kb *dst = s->dst.base + 16 * (first * s->dst.pitch + c);
                size_t src_stride = 16 * s->src.pitch << s->log2_stride;
                size_t dst_stride = 16 * s->dst.pitch << s->log2_stride;
                size_t node = (s->node << s->log2_nodes) + b;
                v16 x[16];
#pragma GCC unroll 16
                for (int i = 0; i < radix; i++) x[i] = v16_load(src + (size_t)i * src_stride);
                if (inverse)
                    radix_inverse(x, log2_radix, roots, node);
                else
                    radix_forward(x, log2_radix, roots, node);
#pragma GCC unroll 16
                for (int i = 0; i < radix; i++)
                    if (stream)
                        v16_stream(dst + (size_t)i * dst_stride, x[i]);
                    else
                        v16_store(dst + (size_t)i * dst_stride, x[i]);
            }
}

SITU_INLINE void step_pick(const situ_twiddle *roots, const ntt_step *s, u32 log2_radix, bool inverse,
                           bool stream)
{
    switch (log2_radix) {
    case 0: step_run(roots, s, 0, inverse, stream); break;
    case 1: step_run(roots, s, 1, inverse, stream); break;
    case 2: step_run(roots, s, 2, inverse, stream); break;
#if LOG2_RADIX_MAX >= 4
    case 3: step_run(roots, s, 3, inverse, stream); break;
    case 4: step_run(roots, s, 4, inverse, stream); break;
#endif
    }
}

static void step_forward(const situ_twiddle *roots, const ntt_step *s, u32 log2_radix)
{
    if (s->stream)
        step_pick(roots, s, log2_radix, false, true);
    else
        step_pick(roots, s, log2_radix, false, false);
}

static void step_inverse(const situ_twiddle *inverse_roots, const ntt_step *s, u32 log2_radix)
{
    step_pick(inverse_roots, s, log2_radix, true, false);
}

/* Cut log2_n levels into steps of nearly equal radix; returns how many.  One step of radix 1 copies. */
static u32 steps_plan(u32 log2_radix[STEPS_MAX], u32 log2_n)
{
    u32 n_steps = log2_n == 0 ? 1 : (log2_n + LOG2_RADIX_MAX - 1) / LOG2_RADIX_MAX;
    SITU_ASSERT(n_steps <= STEPS_MAX);
    for (u32 i = 0; i < n_steps; i++) log2_radix[i] = log2_n * (i + 1) / n_steps - log2_n * i / n_steps;
    return n_steps;
}

void SIMD_NAME(situ_ntt_group_forward)(const situ_twiddle *roots, const ntt_group *g, size_t node)
{
    u32 log2_radix[STEPS_MAX], n_steps = steps_plan(log2_radix, g->log2_n);
    ntt_step s = {.width = g->width, .node = node};
    for (u32 i = 0; i < n_steps; i++) {
        bool last = i + 1 == n_steps;
        s.src = i == 0 ? g->src : g->work;
        s.dst = last ? g->dst : g->work;
        s.stream = last && g->stream;
        s.log2_stride = g->log2_n - s.log2_nodes - log2_radix[i];
        step_forward(roots, &s, log2_radix[i]);
        s.log2_nodes += log2_radix[i];
    }
}

void SIMD_NAME(situ_ntt_group_inverse)(const situ_twiddle *inverse_roots, const ntt_group *g, size_t node)
{
    u32 log2_radix[STEPS_MAX], n_steps = steps_plan(log2_radix, g->log2_n);
    ntt_step s = {.width = g->width, .node = node, .log2_nodes = g->log2_n};
    for (u32 i = n_steps; i-- > 0;) {
        s.src = i + 1 == n_steps ? g->src : g->work;
        s.dst = i == 0 ? g->dst : g->work;
        s.log2_nodes -= log2_radix[i];
        s.log2_stride = g->log2_n - s.log2_nodes - log2_radix[i];
        step_inverse(inverse_roots, &s, log2_radix[i]);
    }
}

/* Four powers run side by side, or the latency of a multiplication would be the price of a row. */
void SIMD_NAME(situ_ntt_group_scale)(const ntt_group *g, const ntt_scale *scale)
{
    enum { CHAINS = 4 };
    const size_t n = (size_t)1 << g->log2_n;
    v16 ratio = v16_load(scale->ratio), column_ratio = v16_load(scale->column_ratio);
    v16 ratio2 = v16_mul(ratio, ratio), ratio4 = v16_mul(ratio2, ratio2),
        column_first = v16_load(scale->first);

    for (size_t c = 0; c < g->width; c++) {
        v16 power[CHAINS] = {column_first};
        for (int i = 1; i < CHAINS; i++) power[i] = v16_mul(power[i - 1], ratio);
        for (size_t k = 0; k < n; k += CHAINS)
            for (size_t i = 0; i < CHAINS && k + i < n; i++) {
                v16 x = v16_load(g->src.base + 16 * ((k + i) * g->src.pitch + c));
                v16_store(g->dst.base + 16 * ((k + i) * g->dst.pitch + c), v16_mul(x, power[i]));
                power[i] = v16_mul(power[i], ratio4);
            }
        column_first = v16_mul(column_first, column_ratio);
    }
}

void SIMD_NAME(situ_ntt_roots_extend)(situ_twiddle *to, const situ_twiddle *from, size_t n, kb factor)
{
    for (size_t i = 0; i < n; i++) {
        kb w = kb_mul(from[i].w, factor);
        to[i] = (situ_twiddle){w, w * KB_MU};
    }
}
