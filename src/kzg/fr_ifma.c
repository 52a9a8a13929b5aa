/* fr_ifma.c — the kernels of fr_kernels.h, eight elements at a time (AVX-512 IFMA). */
#include "kzg/fr8.h"
#include "kzg/fr_kernels.h"

/* What is left after the last whole group of eight. */
#define TAIL(n) ((n) & ~(size_t)(FR8_LANES - 1))

static const fr_kernels *const tail = &situ_fr_kernels_portable;

static bool read_all(fr *out, const u8 *bytes, size_t n)
{
    /* Bytes of each 128 bits, then the two halves of each element, in reverse order. */
    const v8 reverse = _mm512_broadcast_i32x4(_mm_set_epi64x(0x0001020304050607, 0x08090a0b0c0d0e0f));
    __mmask8 below = 0xff;
    for (size_t i = 0; i < TAIL(n); i += FR8_LANES) {
        v8 row[4];
        for (size_t k = 0; k < 4; k++) {
            row[k] = _mm512_shuffle_epi8(_mm512_loadu_si512(bytes + 32 * i + 64 * k), reverse);
            row[k] = _mm512_shuffle_i64x2(row[k], row[k], 0xb1);
            _mm512_storeu_si512(&out[i + 2 * k], row[k]);
        }
        fr8_words w = fr8_words_from_rows(row);
        fr8 a = fr8_from_words(&w);
        for (int j = 0; j < 5; j++) a.limb[j] = v8_sub(a.limb[j], v8_set(FR8_R[j]));
        below &= _mm512_movepi64_mask(fr8_carry(a).limb[4]);
    }
    return tail->read(out + TAIL(n), bytes + 32 * TAIL(n), n - TAIL(n)) && below == 0xff;
}

SITU_INLINE void store_canon(void *out, fr8 a)
{
    a = fr8_canon(a);
    fr8_store(out, &a);
}

static void mul(fr *out, const fr *a, const fr_mont *b, size_t n)
{
    for (size_t i = 0; i < TAIL(n); i += FR8_LANES) {
        fr8 x = fr8_load(&a[i]), y = fr8_load_factor(&b[i]);
        store_canon(&out[i], fr8_mul(&x, &y));
    }
    tail->mul(out + TAIL(n), a + TAIL(n), b + TAIL(n), n - TAIL(n));
}

static void scale(fr *out, const fr *a, const fr_mont *c, size_t n)
{
    const fr8 factor = fr8_broadcast_factor(c);
    for (size_t i = 0; i < TAIL(n); i += FR8_LANES) {
        fr8 x = fr8_load(&a[i]);
        store_canon(&out[i], fr8_mul(&x, &factor));
    }
    tail->scale(out + TAIL(n), a + TAIL(n), c, n - TAIL(n));
}

static void axpy(fr *acc, const fr *x, const fr_mont *c, size_t n)
{
    const fr8 factor = fr8_broadcast_factor(c);
    for (size_t i = 0; i < TAIL(n); i += FR8_LANES) {
        fr8 t = fr8_load(&x[i]), a = fr8_load(&acc[i]);
        t = fr8_mul(&t, &factor);
        store_canon(&acc[i], fr8_add_loose(&a, &t));
    }
    tail->axpy(acc + TAIL(n), x + TAIL(n), c, n - TAIL(n));
}

static void mul_powers(fr *a, const fr_mont *c, size_t n)
{
    /* 2^264 mod r: times this turns an fr_mont into a factor that is reduced */
    static const u64 to_factor[5] = {0x234fffffdcb, 0x61039ef635000, 0xdce3c3e2e7505, 0x7fa6f1563642b,
                                     0x247db575276a};
    fr_mont power[FR8_LANES + 1];
    power[0] = situ_frm_from_u64(1);
    for (int i = 0; i < FR8_LANES; i++) power[i + 1] = frm_mul(&power[i], c);
    fr8 p = fr8_load(power), to, step = fr8_broadcast_factor(&power[FR8_LANES]);
    for (int j = 0; j < 5; j++) to.limb[j] = v8_set(to_factor[j]);
    p = fr8_mul(&p, &to);
    for (size_t i = 0; i < TAIL(n); i += FR8_LANES) {
        fr8 x = fr8_load(&a[i]);
        store_canon(&a[i], fr8_mul(&x, &p));
        p = fr8_mul(&p, &step);
    }
    fr_mont first = situ_frm_pow(c, TAIL(n));
    for (size_t i = TAIL(n); i < n; i++) {
        fr t = fr_mul(&a[i], &first);
        a[i] = t;
        first = frm_mul(&first, c);
    }
}

static void quotient(fr *out, const fr *p, const fr *y, const fr_mont *inverse, size_t n)
{
    const fr8 y8 = fr8_broadcast(y->word);
    for (size_t i = 0; i < TAIL(n); i += FR8_LANES) {
        fr8 x = fr8_load(&p[i]), factor = fr8_load_factor(&inverse[i]);
        x = fr8_sub(&y8, &x);
        store_canon(&out[i], fr8_mul(&x, &factor));
    }
    tail->quotient(out + TAIL(n), p + TAIL(n), y, inverse + TAIL(n), n - TAIL(n));
}

/* Eight chains of products side by side; tmp holds their prefixes, reduced. */
static void invert(fr_mont *a, fr_mont *tmp, size_t n)
{
    size_t end = TAIL(n);
    tail->invert(a + end, tmp, n - end);
    if (end == 0) return;
    fr8 product = fr8_load(a);
    fr8_store(tmp, &product);
    for (size_t i = FR8_LANES; i < end; i += FR8_LANES) {
        fr8 factor = fr8_load_factor(&a[i]);
        product = fr8_mul(&product, &factor);
        fr8 reduced = fr8_reduce(product);
        fr8_store(&tmp[i], &reduced);
    }
    fr_mont last[FR8_LANES], spare[FR8_LANES];
    store_canon(last, product);
    tail->invert(last, spare, FR8_LANES);
    fr8 inverse = fr8_load(last);
    for (size_t i = end - FR8_LANES; i > 0; i -= FR8_LANES) {
        fr8 prefix = fr8_load_factor(&tmp[i - FR8_LANES]), factor = fr8_load_factor(&a[i]);
        store_canon(&a[i], fr8_mul(&inverse, &prefix));
        inverse = fr8_mul(&inverse, &factor);
    }
    store_canon(a, inverse);
}

static void fold(fr *out, const fr *in, const fr_mont *zeta_inverse, const fr_mont *z, size_t n_pairs)
{
    const fr8 z8 = fr8_broadcast_factor(z);
    for (size_t i = 0; i < TAIL(n_pairs); i += FR8_LANES) {
        fr8 a = fr8_load_runs(&in[2 * i], 1, 2), b = fr8_load_runs(&in[2 * i + 1], 1, 2);
        fr8 sum = fr8_add_loose(&a, &b), odd = fr8_sub(&a, &b), factor = fr8_load_factor(&zeta_inverse[i]);
        odd = fr8_mul(&odd, &factor);
        odd = fr8_mul(&odd, &z8);
        store_canon(&out[i], fr8_add_loose(&sum, &odd));
    }
    size_t done = TAIL(n_pairs);
    tail->fold(out + done, in + 2 * done, zeta_inverse + done, z, n_pairs - done);
}

/* --- transforms --------------------------------------------------------------------------------------- */

/* Between levels elements are only below 1.001 r. */
SITU_INLINE void store_level(fr *out, fr8 a, size_t run, bool is_last)
{
    a = is_last ? fr8_canon(a) : fr8_reduce(a);
    fr8_store_runs(out, &a, run, 2 * run);
}

/* (a, b) -> (a + zeta b, a - zeta b), eight pairs in runs of `run` */
SITU_INLINE void forward(fr *a, fr *b, const fr8 *zeta, size_t run, bool is_last)
{
    fr8 x = fr8_load_runs(a, run, 2 * run), y = fr8_load_runs(b, run, 2 * run);
    y = fr8_mul(&y, zeta);
    store_level(a, fr8_add_loose(&x, &y), run, is_last);
    store_level(b, fr8_sub_loose(&x, &y), run, is_last);
}

/* (a, b) -> (a + b, (a - b) / zeta) */
SITU_INLINE void backward(fr *a, fr *b, const fr8 *zeta_inverse, size_t run, bool is_last)
{
    fr8 x = fr8_load_runs(a, run, 2 * run), y = fr8_load_runs(b, run, 2 * run);
    fr8 difference = fr8_sub(&x, &y);
    store_level(a, fr8_add_loose(&x, &y), run, is_last);
    store_level(b, fr8_mul(&difference, zeta_inverse), run, is_last);
}

/* A level of blocks shorter than eight: 8 / half blocks at once, each with its own zeta. */
SITU_INLINE void small_level(fr *a, size_t n, const fr_mont *zeta, size_t half, bool is_inverse)
{
    for (size_t first = 0; first < n; first += 2 * FR8_LANES) {
        fr_mont factors[FR8_LANES];
        for (size_t i = 0; i < FR8_LANES; i++) factors[i] = zeta[first / (2 * half) + i / half];
        fr8 factor = fr8_load_factor(factors);
        if (is_inverse)
            backward(a + first, a + first + half, &factor, half, false);
        else
            forward(a + first, a + first + half, &factor, half, half == 1);
    }
}

static void fft(fr *a, u32 log2_n, const fr_mont *zeta)
{
    size_t n = (size_t)1 << log2_n;
    if (n < 2 * FR8_LANES) {
        tail->fft(a, log2_n, zeta);
        return;
    }
    for (size_t half = n / 2; half >= FR8_LANES; half /= 2) {
        for (size_t first = 0, k = 0; first < n; first += 2 * half, k++) {
            const fr8 factor = fr8_broadcast_factor(&zeta[k]);
            for (fr *x = a + first; x < a + first + half; x += FR8_LANES)
                forward(x, x + half, &factor, 8, false);
        }
    }
    small_level(a, n, zeta, 4, false);
    small_level(a, n, zeta, 2, false);
    small_level(a, n, zeta, 1, false);
}

static void fft_inverse(fr *a, u32 log2_n, const fr_mont *zeta_inverse)
{
    size_t n = (size_t)1 << log2_n;
    if (n < 2 * FR8_LANES) {
        tail->fft_inverse(a, log2_n, zeta_inverse);
        return;
    }
    small_level(a, n, zeta_inverse, 1, true);
    small_level(a, n, zeta_inverse, 2, true);
    small_level(a, n, zeta_inverse, 4, true);
    for (size_t half = FR8_LANES; half < n; half *= 2) {
        for (size_t first = 0, k = 0; first < n; first += 2 * half, k++) {
            const fr8 factor = fr8_broadcast_factor(&zeta_inverse[k]);
            for (fr *x = a + first; x < a + first + half; x += FR8_LANES)
                backward(x, x + half, &factor, 8, half == n / 2);
        }
    }
}

const fr_kernels situ_fr_kernels_ifma = {.name = "ifma",
                                         .read = read_all,
                                         .mul = mul,
                                         .scale = scale,
                                         .axpy = axpy,
                                         .mul_powers = mul_powers,
                                         .quotient = quotient,
                                         .invert = invert,
                                         .fold = fold,
                                         .fft = fft,
                                         .fft_inverse = fft_inverse};
