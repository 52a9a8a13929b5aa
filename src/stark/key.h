/* key.h — private: what a prover's key holds. */
#ifndef SITU_STARK_KEY_H
#define SITU_STARK_KEY_H

#include "hash/merkle.h"
#include "stark/archive.h"
#include "stark/layout.h"
#include "stark/matrix.h"

struct situ_stark_key {
    const situ_air_prover_system *system;
    situ_stark_params params;
    u8 log2_rows[SITU_STARK_SLOTS_MAX]; /* of preprocessed tables; 0 for others          */
    bool has_preprocessed;
    stark_layout layout; /* as if only the preprocessed tables existed    */
    stark_matrix trace[SITU_STARK_GROUPS_MAX];
    stark_matrix extended[SITU_STARK_GROUPS_MAX];
    situ_merkle tree;
    void *tree_memory;
    void *ntt_memory;
    stark_vk_header *vk; /* the cap behind it */
    size_t vk_bytes;
    u8 digest[32];
};

#endif /* SITU_STARK_KEY_H */
