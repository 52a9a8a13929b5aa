/* merkle.c — building trees and reading paths: the prover's half of merkle.h.
 *
 * A task builds one subtree, leaves to root, while its nodes are in the cache; the few levels between the
 * subtrees' roots and the cap follow level by level.  level_range is the whole arithmetic: any range of a
 * level from the level below it, so a builder that keeps fewer levels can recompute the others from it.
 */
#include "hash/merkle.h"

#include "hash/tile_hash.h"

enum {
    SUBTREE_LOG2_MAX = 12, /* leaves of a task: 256 KB of nodes */
    SUBTREE_LOG2_MIN = 6,  /* four packed hashes, one pass of tile_hash */
    TASKS_LOG2 = 8,        /* wanted, for balance between threads */
    RANGE = 64             /* nodes a task takes of an upper level */
};

typedef struct {
    const situ_merkle *tree;
    const situ_merkle_group *groups;
    u32 n_groups;
    u32 level; /* of the subtrees' roots, then of the level in work */
} build_job;

static u8 (*level_nodes(const situ_merkle *tree, u32 level))[32]
{
    u64 leaves = UINT64_C(1) << tree->log2_leaves;
    return tree->nodes + (2 * leaves - (UINT64_C(2) << level));
}

static void inject(u8 (*nodes)[32], const situ_merkle_group *group, u64 first, u64 n)
{
    u8 digests[RANGE][32] SITU_ALIGNED(64);
    for (u64 done = 0; done < n; done += RANGE) {
        u64 n_now = u64_min(n - done, RANGE);
        situ_hash_rows(digests, group->tiles, group->n_tiles, first + done, n_now, situ_merkle_key_leaf);
        situ_hash_joins(nodes + done, (const u8(*)[32])nodes + done, (const u8(*)[32])digests, n_now,
                        situ_merkle_key_inject);
    }
}

/* Nodes [first, first + n) of `level`, from those of the level below and the group of that height. */
static void level_range(const build_job *job, u32 level, u64 first, u64 n)
{
    u8(*nodes)[32] = level_nodes(job->tree, level) + first;
    if (level == job->tree->log2_leaves) {
        situ_hash_rows(nodes, job->groups[0].tiles, job->groups[0].n_tiles, first, n, situ_merkle_key_leaf);
        return;
    }
    situ_hash_nodes(nodes, (const u8(*)[32])level_nodes(job->tree, level + 1) + 2 * first, n,
                    situ_merkle_key_node);
    for (u32 g = 1; g < job->n_groups; g++)
        if (job->groups[g].log2_rows == level) inject(nodes, &job->groups[g], first, n);
}

static void subtree_task(void *ctx, uint64_t index, uint32_t worker)
{
    const build_job *job = ctx;
    (void)worker;
    for (u32 level = job->tree->log2_leaves + 1; level-- > job->level;) {
        u32 log2_n = level - job->level;
        level_range(job, level, index << log2_n, UINT64_C(1) << log2_n);
    }
}

static void range_task(void *ctx, uint64_t index, uint32_t worker)
{
    const build_job *job = ctx;
    (void)worker;
    level_range(job, job->level, index * RANGE, u64_min(RANGE, UINT64_C(1) << job->level));
}

/* Level of the subtrees' roots: many tasks, of a size for the cache, none above the cap. */
static u32 subtree_root_level(const situ_merkle *tree)
{
    u32 h = tree->log2_leaves, level = TASKS_LOG2;
    if (level + SUBTREE_LOG2_MAX < h) level = h - SUBTREE_LOG2_MAX;
    if (level + SUBTREE_LOG2_MIN > h) level = h > SUBTREE_LOG2_MIN ? h - SUBTREE_LOG2_MIN : 0;
    return level > tree->cap_log2 ? level : tree->cap_log2;
}

static situ_err check_groups(const situ_merkle_group *groups, u32 n_groups, u32 cap_log2)
{
    u32 log2_rows[SITU_MERKLE_LOG2_ROWS_MAX + 1], n_tiles[SITU_MERKLE_LOG2_ROWS_MAX + 1];
    if (n_groups > SITU_MERKLE_LOG2_ROWS_MAX + 1) return SITU_ERR_ARG;
    for (u32 g = 0; g < n_groups; g++) {
        log2_rows[g] = groups[g].log2_rows;
        n_tiles[g] = groups[g].n_tiles;
    }
    return situ_merkle_check_shape(log2_rows, n_tiles, n_groups, cap_log2);
}

situ_err situ_merkle_build(situ_merkle *tree, const situ_merkle_group *groups, u32 n_groups, u32 cap_log2,
                           void *memory, situ_pool *pool)
{
    SITU_TRY(check_groups(groups, n_groups, cap_log2));
    u32 h = groups[0].log2_rows;
    *tree = (situ_merkle){.log2_leaves = h, .cap_log2 = situ_merkle_cap_log2(h, cap_log2), .nodes = memory};

    build_job job = {.tree = tree, .groups = groups, .n_groups = n_groups, .level = subtree_root_level(tree)};
    situ_pool_run(pool, UINT64_C(1) << job.level, subtree_task, &job);
    while (job.level > tree->cap_log2) {
        job.level--;
        situ_pool_run(pool, ((UINT64_C(1) << job.level) + RANGE - 1) / RANGE, range_task, &job);
    }
    return SITU_OK;
}

const u8 (*situ_merkle_cap(const situ_merkle *tree))[32]
{
    return (const u8(*)[32])level_nodes(tree, tree->cap_log2);
}

void situ_merkle_path(const situ_merkle *tree, u64 q, u8 *out)
{
    SITU_ASSERT(q >> tree->log2_leaves == 0);
    for (u32 level = tree->log2_leaves; level > tree->cap_log2; level--, q >>= 1, out += 32)
        __builtin_memcpy(out, level_nodes(tree, level)[q ^ 1], 32);
}
