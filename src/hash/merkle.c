/* merkle.c — building trees and reading paths: the prover's half of merkle.h.
 *
 * A task builds one subtree, leaves to root, while its nodes are in the cache; the few levels between the
 * subtrees' roots and the cap follow level by level.  The low levels pass through a small buffer, when the tree
 * is built and again for every path.
 */
#include "hash/merkle.h"

#include "hash/tile_hash.h"

enum {
    SUBTREE_LOG2_MAX = 12, /* leaves of a task */
    SUBTREE_LOG2_MIN = 6,  /* four packed hashes, one pass of tile_hash */
    TASKS_LOG2 = 8,        /* wanted, for balance between threads */
    RANGE = 64,            /* nodes a task takes of an upper level */
    LOW_LEAVES = 256       /* leaves that pass through the buffer at once */
};

typedef struct {
    const situ_merkle *tree;
    u32 level; /* of the subtrees' roots, then of the level in work */
} build_job;

static u8 (*level_nodes(const situ_merkle *tree, u32 level))[32]
{
    SITU_ASSERT(level <= tree->log2_kept);
    return tree->nodes + ((UINT64_C(2) << tree->log2_kept) - (UINT64_C(2) << level));
}

/* Join n nodes of `level`, the first of them number `first`, with the rows of the groups of that height. */
static void inject(const situ_merkle *tree, u32 level, u8 (*nodes)[32], u64 first, u64 n)
{
    u8 digests[RANGE][32] SITU_ALIGNED(64);
    for (u32 g = 1; g < tree->n_groups; g++) {
        const situ_merkle_group *group = &tree->groups[g];
        if (group->log2_rows != level) continue;
        for (u64 done = 0; done < n; done += RANGE) {
            u64 n_now = u64_min(n - done, RANGE);
            situ_hash_rows(digests, group->tiles, group->n_tiles, first + done, n_now, situ_merkle_key_leaf);
            situ_hash_joins(nodes + done, (const u8(*)[32])nodes + done, (const u8(*)[32])digests, n_now,
                            situ_merkle_key_inject);
        }
    }
}

/* Nodes [first, first + n) of `level`, from those of the level below. */
static void join_level(const situ_merkle *tree, u32 level, u8 (*nodes)[32], const u8 (*below)[32], u64 first,
                       u64 n)
{
    situ_hash_nodes(nodes, below, n, situ_merkle_key_node);
    inject(tree, level, nodes, first, n);
}

/* Nodes [first, first + n) of the lowest kept level, from the rows; n leaves at most LOW_LEAVES below them. */
static void low_nodes(const situ_merkle *tree, u8 (*out)[32], u64 first, u64 n)
{
    u8 buffers[2][LOW_LEAVES][32] SITU_ALIGNED(64);
    const u32 n_low = tree->log2_leaves - tree->log2_kept;
    for (u32 k = 0; k <= n_low; k++) {
        u32 level = tree->log2_leaves - k;
        u64 n_here = n << (n_low - k), first_here = first << (n_low - k);
        u8(*to)[32] = k == n_low ? out : buffers[k % 2];
        if (k == 0)
            situ_hash_rows(to, tree->groups[0].tiles, tree->groups[0].n_tiles, first_here, n_here,
                           situ_merkle_key_leaf);
        else
            join_level(tree, level, to, (const u8(*)[32])buffers[(k + 1) % 2], first_here, n_here);
    }
}

static void level_range(const situ_merkle *tree, u32 level, u64 first, u64 n)
{
    u8(*nodes)[32] = level_nodes(tree, level) + first;
    if (level < tree->log2_kept) {
        join_level(tree, level, nodes, (const u8(*)[32])level_nodes(tree, level + 1) + 2 * first, first, n);
        return;
    }
    const u64 step = LOW_LEAVES >> (tree->log2_leaves - tree->log2_kept);
    for (u64 done = 0; done < n; done += step)
        low_nodes(tree, nodes + done, first + done, u64_min(step, n - done));
}

static void subtree_task(void *ctx, uint64_t index, uint32_t worker)
{
    const build_job *job = ctx;
    (void)worker;
    for (u32 level = job->tree->log2_kept + 1; level-- > job->level;) {
        u32 log2_n = level - job->level;
        level_range(job->tree, level, index << log2_n, UINT64_C(1) << log2_n);
    }
}

static void range_task(void *ctx, uint64_t index, uint32_t worker)
{
    const build_job *job = ctx;
    (void)worker;
    level_range(job->tree, job->level, index * RANGE, u64_min(RANGE, UINT64_C(1) << job->level));
}

/* Level of the subtrees' roots: many tasks, of a size for the cache, none above the cap. */
static u32 subtree_root_level(const situ_merkle *tree)
{
    u32 h = tree->log2_leaves, level = TASKS_LOG2;
    if (level + SUBTREE_LOG2_MAX < h) level = h - SUBTREE_LOG2_MAX;
    if (level + SUBTREE_LOG2_MIN > h) level = h > SUBTREE_LOG2_MIN ? h - SUBTREE_LOG2_MIN : 0;
    level = (u32)u64_min(level, tree->log2_kept);
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
    *tree = (situ_merkle){.log2_leaves = h,
                          .cap_log2 = situ_merkle_cap_log2(h, cap_log2),
                          .log2_kept = situ_merkle_log2_kept(h, cap_log2),
                          .n_groups = n_groups,
                          .nodes = memory};
    for (u32 g = 0; g < n_groups; g++) tree->groups[g] = groups[g];

    build_job job = {.tree = tree, .level = subtree_root_level(tree)};
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

/* The siblings below the lowest kept level, from the rows again. */
static u8 *low_path(const situ_merkle *tree, u64 q, u8 *out)
{
    enum { LEAVES = 1 << SITU_MERKLE_LOW_LEVELS };
    u8 buffers[2][LEAVES][32] SITU_ALIGNED(64);
    const u32 n_low = tree->log2_leaves - tree->log2_kept;
    const u64 first = q >> n_low << n_low;
    for (u32 k = 0; k < n_low; k++, out += 32) {
        u64 n = UINT64_C(1) << (n_low - k);
        u8(*nodes)[32] = buffers[k % 2];
        if (k == 0)
            situ_hash_rows(nodes, tree->groups[0].tiles, tree->groups[0].n_tiles, first, n,
                           situ_merkle_key_leaf);
        else
            join_level(tree, tree->log2_leaves - k, nodes, (const u8(*)[32])buffers[(k + 1) % 2], first >> k,
                       n);
        __builtin_memcpy(out, nodes[((q - first) >> k) ^ 1], 32);
    }
    return out;
}

void situ_merkle_path(const situ_merkle *tree, u64 q, u8 *out)
{
    SITU_ASSERT(q >> tree->log2_leaves == 0);
    out = low_path(tree, q, out);
    q >>= tree->log2_leaves - tree->log2_kept;
    for (u32 level = tree->log2_kept; level > tree->cap_log2; level--, q >>= 1, out += 32)
        __builtin_memcpy(out, level_nodes(tree, level)[q ^ 1], 32);
}
