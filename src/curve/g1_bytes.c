/* g1_bytes.c — points from and to their compressed form. */
#include <string.h>

#include "base/cpu.h"
#include "curve/g1.h"
#include "curve/g1_read.h"
#include "situ/msm.h"

void situ_g1_write(uint8_t bytes[48], const situ_g1 *point)
{
    blst_p1_affine p;
    memcpy(&p, point, sizeof p);
    blst_p1_affine_compress(bytes, &p);
}

static situ_err read_portable(situ_g1 *point, const u8 bytes[48])
{
    blst_p1_affine p;
    BLST_ERROR err = blst_p1_uncompress(&p, bytes); /* tells x = 0, of order 3, apart */
    if (err != BLST_SUCCESS) return err == BLST_POINT_NOT_IN_GROUP ? SITU_ERR_REJECT : SITU_ERR_FORMAT;
    if (!blst_p1_affine_in_g1(&p)) return SITU_ERR_REJECT;
    memcpy(point, &p, sizeof p);
    return SITU_OK;
}

/* Up to 8 points; verdicts of the first n. */
static void read_group(situ_g1 *points, situ_err verdict[8], const u8 *bytes, size_t n)
{
#if defined(__x86_64__)
    if (situ_cpu_has_ifma()) {
        situ_g1_read8_ifma(points, verdict, bytes, n);
        return;
    }
#endif
    for (size_t i = 0; i < n; i++) verdict[i] = read_portable(&points[i], bytes + 48 * i);
}

situ_err situ_g1_read(situ_g1 *point, const uint8_t bytes[48])
{
    situ_err verdict[8];
    situ_g1 read;
    read_group(&read, verdict, bytes, 1);
    if (verdict[0] == SITU_OK) *point = read;
    return verdict[0];
}

#define READ_TASK_POINTS 64

typedef struct {
    situ_g1 *points;
    const u8 *bytes;
    size_t n;
    size_t first_bad; /* of all, once every task is done */
} read_job;

/* first_bad = min(first_bad, i) */
static void note_bad(read_job *job, size_t i)
{
    size_t seen = __atomic_load_n(&job->first_bad, __ATOMIC_RELAXED);
    while (i < seen && !__atomic_compare_exchange_n(&job->first_bad, &seen, i, true, __ATOMIC_RELAXED,
                                                    __ATOMIC_RELAXED)) {}
}

static void read_task(void *ctx, u64 index, u32 worker)
{
    (void)worker;
    read_job *job = ctx;
    size_t end = u64_min((index + 1) * READ_TASK_POINTS, job->n);
    for (size_t first = index * READ_TASK_POINTS; first < end; first += 8) {
        situ_err verdict[8];
        size_t n = end - first < 8 ? end - first : 8;
        read_group(job->points + first, verdict, job->bytes + 48 * first, n);
        for (size_t i = 0; i < n; i++) {
            if (verdict[i] == SITU_OK) continue;
            note_bad(job, first + i);
            return;
        }
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
