/* tree.c — see tree.h. */
#include "stark/tree.h"

#include <string.h>

u64 stark_tree_bytes(const stark_layout *l, stark_tree_id t)
{
    return l->trees[t].n_groups == 0 ? 0 : situ_merkle_bytes(l->trees[t].log2_leaves, l->params.log2_cap);
}

void stark_tree_build(situ_merkle *tree, const stark_layout *l, stark_tree_id t, const stark_matrix *matrices,
                      void *memory, situ_pool *pool)
{
    const stark_tree_shape *shape = &l->trees[t];
    situ_merkle_group groups[SITU_STARK_GROUPS_MAX];

    for (u32 i = 0; i < shape->n_groups; i++) {
        const stark_matrix *m = &matrices[shape->group[i]];
        groups[i] = (situ_merkle_group){
            .log2_rows = l->groups[shape->group[i]].log2_rows + l->params.log2_blowup,
            .n_tiles = m->n_tiles,
            .tiles = (const u32 *const *)m->tiles,
        };
    }
    situ_err err = situ_merkle_build(tree, groups, shape->n_groups, l->params.log2_cap, memory, pool);
    SITU_ASSERT(err == SITU_OK); /* shapes come from the layout */
}

u64 stark_fri_tree_bytes(const stark_layout *l, u32 layer)
{
    return situ_merkle_bytes(situ_fri_log2_layer_rows(&l->fri, layer), l->params.log2_cap);
}

void stark_fri_tree_build(situ_merkle *tree, const u32 *tiles[STARK_FRI_TILES], const stark_layout *l,
                          u32 layer, const kb *words, void *memory, situ_pool *pool)
{
    const u32 log2_rows = situ_fri_log2_layer_rows(&l->fri, layer);
    for (u32 t = 0; t < STARK_FRI_TILES; t++) tiles[t] = words + ((size_t)t * 16 << log2_rows);

    const situ_merkle_group group = {.log2_rows = log2_rows, .n_tiles = STARK_FRI_TILES, .tiles = tiles};
    situ_err err = situ_merkle_build(tree, &group, 1, l->params.log2_cap, memory, pool);
    SITU_ASSERT(err == SITU_OK);
}

void stark_tree_cap(u8 (*cap)[32], const situ_merkle *tree, const stark_layout *l)
{
    memcpy(cap, situ_merkle_cap(tree), 32u * (size_t)stark_cap_digests(l));
}
