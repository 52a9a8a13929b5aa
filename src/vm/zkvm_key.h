/* zkvm_key.h — inside of a key: see situ/zkvm.h. */
#ifndef SITU_VM_ZKVM_KEY_H
#define SITU_VM_ZKVM_KEY_H

#include "vm/program.h"
#include "vm/zkvm_file.h"

struct situ_zkvm_key {
    const situ_program *program;
    situ_stark_params params;
    situ_stark_key *stark;
    void *block; /* of stark */
    size_t block_bytes;
    void *vk;
    size_t vk_bytes;
    u8 vk_digest[SITU_ZKVM_DIGEST_BYTES];
};

#endif /* SITU_VM_ZKVM_KEY_H */
