/* tree.h — a round's Merkle tree over the groups' extended columns. */
#ifndef SITU_STARK_TREE_H
#define SITU_STARK_TREE_H

#include "fri/codeword.h"
#include "hash/merkle.h"
#include "stark/layout.h"
#include "stark/matrix.h"

/* Memory of the nodes of tree `t`. */
u64 stark_tree_bytes(const stark_layout *l, stark_tree_id t);

/* Build tree `t` over matrices[group]. */
void stark_tree_build(situ_merkle *tree, const stark_layout *l, stark_tree_id t, const stark_matrix *matrices,
                      void *memory, situ_pool *pool);

/* The same for the matrix of one FRI layer.  tiles lasts as long as the tree. */
u64 stark_fri_tree_bytes(const stark_layout *l, u32 layer);
void stark_fri_tree_build(situ_merkle *tree, const u32 *tiles[STARK_FRI_TILES], const stark_layout *l,
                          u32 layer, const kb *words, void *memory, situ_pool *pool);

/* Copy the cap out. */
void stark_tree_cap(u8 (*cap)[32], const situ_merkle *tree, const stark_layout *l);

#endif /* SITU_STARK_TREE_H */
