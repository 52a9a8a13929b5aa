/* zkvm_key.c — keys of programs: preprocessed tables, committed. */
#include "vm/zkvm_key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "air/check.h"
#include "situ/mem.h"
#include "vm/witness.h"

static situ_err make_vk(situ_zkvm_key *k)
{
    size_t stark_bytes;
    const void *stark_vk = situ_stark_key_vk(k->stark, &stark_bytes);
    zkvm_vk_header *h;
    k->vk_bytes = sizeof *h + stark_bytes;
    k->vk = h = malloc(k->vk_bytes);
    if (!h) return SITU_ERR_MEMORY;
    *h = (zkvm_vk_header){.magic = ZKVM_VK_MAGIC,
                          .version = ZKVM_VERSION,
                          .entry = (u32)situ_program_entry(k->program)};
    situ_program_digest(k->program, h->program_digest);
    memcpy(h + 1, stark_vk, stark_bytes);
    situ_zkvm_vk_digest(k->vk_digest, k->vk, k->vk_bytes);
    return SITU_OK;
}

/* The tables' compiler takes the types of preprocessed columns for granted.  No file should get past the loader that breaks one; none
 * that does gets a key. */
static void check_types(const situ_program *program, const u8 *log2_rows)
{
    u32 slot = 0, plain[SITU_VM_PRE_MAX];
    kb cells[SITU_VM_PRE_MAX];
    const situ_air_column *bad;
    for (u32 t = 0; t < SITU_VM_TABLES; t++) {
        const u32 n_pre = situ_vm_system.tables[t].n_pre;
        for (u32 row = 0; n_pre && row >> log2_rows[slot] == 0; row++) {
            vm_preprocessed(program, t, row, plain);
            for (u32 i = 0; i < n_pre; i++) cells[i] = kb_from_u32(plain[i]);
            SITU_ASSERT(situ_air_check_preprocessed(&situ_vm_prover.tables[t], cells, &bad));
        }
        slot += situ_vm_system.tables[t].max_instances;
    }
}

static situ_err make_key(situ_zkvm_key *k, const situ_stark_params *params, situ_pool *pool,
                         char message[SITU_MESSAGE_BYTES])
{
    u8 heights[SITU_STARK_SLOTS_MAX];
    if (vm_key_heights(k->program, heights)) {
        snprintf(message, SITU_MESSAGE_BYTES,
                 "the program has %u instructions and %u words of image; a proof holds %u each",
                 k->program->n_insns, k->program->n_image_words, 1u << SITU_STARK_LOG2_ROWS_MAX);
        return SITU_ERR_LIMIT;
    }
    check_types(k->program, heights);
    situ_err err = situ_stark_key_bytes(&k->block_bytes, &situ_vm_prover, params, heights);
    if (!err && !(k->block = situ_mem_alloc(k->block_bytes, SITU_STARK_BLOCK_ALIGN))) err = SITU_ERR_MEMORY;
    if (!err)
        err = situ_stark_key_make(&k->stark, k->block, &situ_vm_prover, params, heights, vm_preprocessed,
                                  k->program, pool);
    if (!err) err = make_vk(k);
    if (err) snprintf(message, SITU_MESSAGE_BYTES, "no key for the program: %s", situ_err_name(err));
    return err;
}

situ_err situ_zkvm_key_create(situ_zkvm_key **key, const situ_program *program,
                              const situ_stark_params *params, situ_pool *pool,
                              char message[SITU_MESSAGE_BYTES])
{
    char unheard[SITU_MESSAGE_BYTES];
    situ_zkvm_key *k = calloc(1, sizeof *k);
    *key = NULL;
    if (!message) message = unheard;
    snprintf(message, SITU_MESSAGE_BYTES, "out of memory");
    if (!k) return SITU_ERR_MEMORY;
    k->program = program;
    k->params = *params;
    situ_err err = make_key(k, params, pool, message);
    if (err)
        situ_zkvm_key_destroy(k);
    else
        *key = k;
    return err;
}

void situ_zkvm_key_destroy(situ_zkvm_key *k)
{
    if (!k) return;
    if (k->block) situ_mem_free(k->block, k->block_bytes);
    free(k->vk);
    free(k);
}

const void *situ_zkvm_key_vk(const situ_zkvm_key *k, size_t *vk_bytes)
{
    *vk_bytes = k->vk_bytes;
    return k->vk;
}
