/* codeword.c — layouts, the fold over a pool, the final polynomial; see codeword.h. */
#include "fri/codeword.h"

#include <string.h>

#include "fri/fold_kernel.h"

#define FOLD_TASK_GROUPS 64 /* 1024 rows, up to 192 KB read */

/* Word `at` of a matrix's row. */
static kb *matrix_word(const situ_fri_codeword *codeword, u64 row, u64 at)
{
    const size_t tile_words = (size_t)16 << (codeword->log2_size - SITU_FRI_LOG2_FOLD);
    return codeword->words + (at / 16) * tile_words + row * 16 + at % 16;
}

void situ_fri_codeword_store(const situ_fri_codeword *codeword, u64 first, const k6 *elements, u64 n_elements)
{
    if (!codeword->is_matrix) {
        memcpy(codeword->words + first * K6_DEGREE, elements, n_elements * sizeof *elements);
        return;
    }
    SITU_ASSERT((first | n_elements) % SITU_FRI_FOLD == 0);
    for (u64 i = 0; i < n_elements * K6_DEGREE; i++)
        *matrix_word(codeword, first / SITU_FRI_FOLD + i / SITU_FRI_ROW_WORDS, i % SITU_FRI_ROW_WORDS) =
            elements[i / K6_DEGREE].c[i % K6_DEGREE];
}

void situ_fri_codeword_load(k6 *elements, const situ_fri_codeword *codeword, u64 first, u64 n_elements)
{
    if (!codeword->is_matrix) {
        memcpy(elements, codeword->words + first * K6_DEGREE, n_elements * sizeof *elements);
        return;
    }
    SITU_ASSERT((first | n_elements) % SITU_FRI_FOLD == 0);
    for (u64 i = 0; i < n_elements * K6_DEGREE; i++)
        elements[i / K6_DEGREE].c[i % K6_DEGREE] =
            *matrix_word(codeword, first / SITU_FRI_FOLD + i / SITU_FRI_ROW_WORDS, i % SITU_FRI_ROW_WORDS);
}

static u64 task_count(const situ_fri_codeword *out)
{
    u64 n_groups = (UINT64_C(1) << out->log2_size) / 16;
    return (n_groups + FOLD_TASK_GROUPS - 1) / FOLD_TASK_GROUPS;
}

static u64 task_end(const situ_fri_codeword *out, u64 index)
{
    return u64_min((index + 1) * FOLD_TASK_GROUPS, (UINT64_C(1) << out->log2_size) / 16);
}

static void fold_task(void *ctx, u64 index, u32 worker)
{
    (void)worker;
    const fold_job *job = ctx;
    SIMD_PICK(situ_fri_fold_rows)(job, index * FOLD_TASK_GROUPS, task_end(job->out, index));
}

void situ_fri_fold(const situ_fri_codeword *out, const situ_fri_codeword *in, k6 beta, situ_pool *pool)
{
    SITU_ASSERT(in->is_matrix);
    SITU_ASSERT(out->log2_size >= 4 && out->log2_size + SITU_FRI_LOG2_FOLD == in->log2_size);

    fold_job job = {.out = out, .in = in, .beta = beta};
    /* Bit b of a row's number is bit b + 3 of its first element's. */
    situ_points_init(&job.points, out->log2_size, SITU_FRI_LOG2_FOLD, KB_ONE, true);
    job.w8_inv[0] = KB_ONE;
    kb w8_inv = kb_inv(kb_root_of_unity(SITU_FRI_LOG2_FOLD));
    for (int j = 1; j < 4; j++) job.w8_inv[j] = kb_mul(job.w8_inv[j - 1], w8_inv);
    job.eighth = kb_inv(kb_from_u32(SITU_FRI_FOLD));

    situ_pool_run(pool, task_count(out), fold_task, &job);
}

static void lift_task(void *ctx, u64 index, u32 worker)
{
    (void)worker;
    const lift_job *job = ctx;
    SIMD_PICK(situ_fri_lift_groups)(job, index * FOLD_TASK_GROUPS, task_end(job->out, index));
}

void situ_fri_add_lifted(const situ_fri_codeword *out, const situ_fri_codeword *g, situ_pool *pool)
{
    SITU_ASSERT(g->log2_size >= 4 && g->log2_size <= out->log2_size);
    lift_job job = {out, g};
    situ_pool_run(pool, task_count(out), lift_task, &job);
}

situ_err situ_fri_final(k6 *coeffs, const k6 *values, u32 log2_final, u32 log2_blowup)
{
    SITU_ASSERT(log2_final <= SITU_FRI_LOG2_FINAL_MAX && log2_blowup <= SITU_FRI_LOG2_BLOWUP_MAX);
    k6 t[SITU_FRI_FINAL_MAX << SITU_FRI_LOG2_BLOWUP_MAX];
    const u32 log2_size = log2_final + log2_blowup, n_values = 1u << log2_size;
    memcpy(t, values, n_values * sizeof *t);

    /* Bit-reversed values to coefficients in natural order, times n_values. */
    for (u32 stage = 1; stage <= log2_size; stage++) {
        const u32 half = 1u << (stage - 1);
        const kb w_inv = kb_inv(kb_root_of_unity(stage));
        kb twiddle = KB_ONE;
        for (u32 j = 0; j < half; j++, twiddle = kb_mul(twiddle, w_inv)) {
            for (u32 at = j; at < n_values; at += 2 * half) {
                k6 odd = k6_mul_kb(t[at + half], twiddle);
                t[at + half] = k6_sub(t[at], odd);
                t[at] = k6_add(t[at], odd);
            }
        }
    }
    for (u32 j = 1u << log2_final; j < n_values; j++)
        if (!k6_is_zero(t[j])) return SITU_ERR_UNSAT;
    const kb n_inv = kb_inv(kb_from_u32(n_values));
    for (u32 j = 0; j < 1u << log2_final; j++) coeffs[j] = k6_mul_kb(t[j], n_inv);
    return SITU_OK;
}
