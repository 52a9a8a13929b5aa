/* g1_bytes.c — points from and to their compressed form. */
#include <string.h>

#include "base/cpu.h"
#include "curve/g1.h"
#include "situ/msm.h"

void situ_g1_write(uint8_t bytes[48], const situ_g1 *point)
{
    blst_p1_affine p;
    memcpy(&p, point, sizeof p);
    blst_p1_affine_compress(bytes, &p);
}

situ_err situ_g1_read(situ_g1 *point, const uint8_t bytes[48])
{
    blst_p1_affine p;
    if (blst_p1_uncompress(&p, bytes) != BLST_SUCCESS) return SITU_ERR_FORMAT;
    if (!blst_p1_affine_in_g1(&p)) return SITU_ERR_REJECT;
    memcpy(point, &p, sizeof p);
    return SITU_OK;
}

#define READ_TASK_POINTS 64

typedef struct {
    situ_g1 *points;
    const u8 *bytes;
    size_t n;
    size_t first_bad; /* of all, once every task is done */
} read_job;

static void read_task(void *ctx, u64 index, u32 worker)
{
    (void)worker;
    read_job *job = ctx;
    size_t end = u64_min((index + 1) * READ_TASK_POINTS, job->n);
    for (size_t i = index * READ_TASK_POINTS; i < end; i++) {
        if (situ_g1_read(&job->points[i], job->bytes + 48 * i) == SITU_OK) continue;
        size_t seen = __atomic_load_n(&job->first_bad, __ATOMIC_RELAXED);
        while (i < seen && !__atomic_compare_exchange_n(&job->first_bad, &seen, i, true, __ATOMIC_RELAXED,
                                                        __ATOMIC_RELAXED)) {}
        return;
    }
}

situ_err situ_g1_read_many(situ_g1 *points, const uint8_t *bytes, size_t n, size_t *n_bad, situ_pool *threads)
{
    read_job job = {.points = points, .bytes = bytes, .n = n, .first_bad = n};
    situ_pool_run(threads, (n + READ_TASK_POINTS - 1) / READ_TASK_POINTS, read_task, &job);
    if (n_bad) *n_bad = job.first_bad;
    if (job.first_bad == n) return SITU_OK;
    return situ_g1_read(&points[job.first_bad], bytes + 48 * job.first_bad);
}
