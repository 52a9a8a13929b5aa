/* lifted.h — a prover who commits to words that are not below p: W + p where the honest one has W.
 *
 * The proof is consistent with itself and true, and its Merkle paths are good: only whoever looks at the words of the
 * opened rows can tell.
 */
#ifndef SITU_TESTS_STARK_LIFTED_H
#define SITU_TESTS_STARK_LIFTED_H

#include "base/base.h"
#include "hash/grind.h"
#include "stark/prover.h"
#include "tests/test.h"

static size_t lift_cap_bytes(const situ_stark_prover *p)
{
    return 32u * (size_t)stark_cap_digests(&p->layout);
}

/* Which words: bit i is lane i of every tile of the tree, or word i of every row of FRI. */
typedef struct {
    stark_tree_id tree; /* main, quotient, or STARK_TREES for FRI's layers */
    u64 words;
    u32 n_layers; /* of FRI, from the first on */
} lift;

#define LIFT_ALL(tree) ((lift){tree, UINT64_MAX, SITU_FRI_LAYERS_MAX})

/* Add p to lanes of a tile, or take it away again. */
static void lift_tile(u32 *tile, u64 n_rows, u64 lanes, bool up)
{
    for (u64 i = 0; i < n_rows * STARK_TILE_COLUMNS; i++)
        if (lanes >> i % STARK_TILE_COLUMNS & 1) tile[i] = up ? tile[i] + KB_P : tile[i] - KB_P;
}

static void lift_matrices(situ_stark_prover *p, lift what, bool up)
{
    if (what.tree >= STARK_TREES) return; /* gcc 12 does not see that it is none of FRI's */
    for (u32 g = 0; g < p->layout.n_groups; g++) {
        const stark_matrix *m = &p->extended[what.tree][g];
        for (u32 t = 0; t < p->layout.groups[g].n_tiles[what.tree]; t++)
            lift_tile(m->tiles[t], m->n_rows, what.words, up);
    }
}

static void lift_layer(situ_stark_prover *p, u32 layer, lift what, bool up)
{
    if (layer >= what.n_layers) return;
    const u64 n_rows = UINT64_C(1) << situ_fri_log2_layer_rows(&p->layout.fri, layer);
    for (u32 t = 0; t < STARK_FRI_TILES; t++)
        lift_tile(p->layers[layer].words + t * STARK_TILE_COLUMNS * n_rows, n_rows,
                  what.words >> STARK_TILE_COLUMNS * t, up);
}

/* Commit to the tree's rows once more, lifted, and draw again what is drawn after it. */
static void lift_tree(situ_stark_prover *p, lift what, situ_transcript before)
{
    const stark_tree_id tree = what.tree;
    lift_matrices(p, what, true);
    stark_tree_build(&p->trees[tree], &p->layout, tree, p->extended[tree], p->tree_memory[tree], NULL);
    lift_matrices(p, what, false);
    p->commitments -= lift_cap_bytes(p);
    if (tree == STARK_TREE_QUOTIENT) {
        p->transcript = before;
        stark_commit(p, STARK_ABSORB_QUOTIENT, &p->trees[tree]);
        stark_draw_zeta(p->challenges.zeta, &p->transcript, &p->layout);
        return;
    }
    CHECK_EQ(tree, STARK_TREE_MAIN);
    stark_transcript_begin(&p->transcript, p->key->digest, p->layout.system, p->statement, p->log2_rows,
                           p->layout.n_slots);
    stark_commit(p, STARK_ABSORB_MAIN, &p->trees[tree]);
    p->challenges.gamma = stark_challenge(&p->transcript);
    p->challenges.beta = stark_challenge(&p->transcript);
    stark_powers(p->beta_powers, STARK_WIDTH_MAX + 1, p->challenges.beta);
}

/* FRI over lifted layers. */
static void lift_fri(situ_stark_prover *p, lift what)
{
    const stark_layout *l = &p->layout;
    const size_t n_final = (size_t)l->bytes_final - sizeof(u64);
    for (u32 i = 0; i < l->fri.n_layers; i++) {
        lift_layer(p, i, what, true);
        stark_fri_tree_build(&p->fri_trees[i], p->fri_tiles[i], l, i, p->layers[i].words,
                             p->fri_tree_memory[i], NULL);
        lift_layer(p, i, what, false);
        stark_commit(p, STARK_ABSORB_FRI, &p->fri_trees[i]);
        situ_fri_fold(&p->layers[i + 1], &p->layers[i], stark_challenge(&p->transcript), NULL);
    }
    const k6 *last = (const k6 *)(const void *)p->layers[l->fri.n_layers].words;
    CHECK_EQ(situ_fri_final((k6 *)(void *)p->final, last, l->fri.log2_final, l->params.log2_blowup), SITU_OK);
    situ_transcript_absorb(&p->transcript, STARK_ABSORB_FINAL, p->final, n_final);
    const u64 nonce = situ_grind(&p->transcript, l->params.grinding_bits, NULL);
    memcpy(p->final + n_final, &nonce, sizeof nonce);
    CHECK(situ_transcript_grind_check(&p->transcript, nonce, l->params.grinding_bits));
}

/* All stages, once stark_prover_begin has been called. */
static void lift_prove(situ_stark_prover *p, lift what)
{
    situ_transcript before = p->transcript;
    CHECK_EQ(stark_prove_main(p), SITU_OK);
    if (what.tree == STARK_TREE_MAIN) lift_tree(p, what, before);
    CHECK_EQ(stark_prove_auxiliary(p), SITU_OK);
    before = p->transcript;
    CHECK_EQ(stark_prove_quotient(p), SITU_OK);
    if (what.tree == STARK_TREE_QUOTIENT) lift_tree(p, what, before);
    CHECK_EQ(stark_prove_openings(p), SITU_OK);
    stark_prove_deep(p);
    if (what.tree != STARK_TREES) {
        CHECK_EQ(stark_prove_fri(p), SITU_OK);
        lift_matrices(p, what, true);
    } else {
        lift_fri(p, what);
        for (u32 i = 0; i < p->layout.fri.n_layers; i++) lift_layer(p, i, what, true);
    }
    CHECK_EQ(stark_prove_queries(p), SITU_OK);
}

#endif /* SITU_TESTS_STARK_LIFTED_H */
