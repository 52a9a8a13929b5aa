/* key.c — a prover's key: preprocessed columns, extended and committed. */
#include "stark/key.h"

#include <string.h>

#include "ntt/ntt.h"
#include "stark/group_job.h"
#include "stark/tree.h"

static void lay_out(situ_stark_key *key, stark_bump *b)
{
    const stark_layout *l = &key->layout;
    const u32 log2_blowup = key->params.log2_blowup;

    key->vk_bytes =
        sizeof(stark_vk_header) + (key->has_preprocessed ? 32u * (size_t)stark_cap_digests(l) : 0);
    key->vk = bump_take(b, key->vk_bytes);
    if (!key->has_preprocessed) return;
    for (u32 g = 0; g < l->n_groups; g++) {
        const stark_group *group = &l->groups[g];
        matrix_take(&key->trace[g], b, group->n_tiles[STARK_TREE_PRE], UINT64_C(1) << group->log2_rows);
        matrix_take(&key->extended[g], b, group->n_tiles[STARK_TREE_PRE],
                    UINT64_C(1) << (group->log2_rows + log2_blowup));
    }
    key->tree_memory = bump_take(b, stark_tree_bytes(l, STARK_TREE_PRE));
    key->ntt_memory = bump_take(b, situ_ntt_plan_bytes(stark_log2_domain(l)));
}

/* Everything about the key that needs no memory. */
static situ_err shape_key(situ_stark_key *key, const situ_air_prover_system *system,
                          const situ_stark_params *params, const u8 *log2_rows)
{
    if (!stark_params_valid(params)) return SITU_ERR_ARG;
    u32 n_slots = stark_slots_of(system->shape, params);
    if (n_slots == 0) return SITU_ERR_ARG;

    memset(key, 0, sizeof *key);
    key->system = system;
    key->params = *params;
    u32 slot = 0;
    for (u32 t = 0; t < system->shape->n_tables; t++) {
        const situ_air_table *table = &system->shape->tables[t];
        if (table->n_pre > 0) {
            key->log2_rows[slot] = log2_rows[slot];
            key->has_preprocessed = true;
        }
        slot += table->max_instances;
    }
    if (!key->has_preprocessed) {
        key->layout.params = *params; /* only the cap's size is asked of it */
        return SITU_OK;
    }
    situ_err err = stark_layout_make(&key->layout, system->shape, params, key->log2_rows);
    return err == SITU_ERR_FORMAT ? SITU_ERR_ARG : err;
}

situ_err situ_stark_key_bytes(size_t *n_bytes, const situ_air_prover_system *system,
                              const situ_stark_params *params, const uint8_t *log2_rows)
{
    situ_stark_key key;
    stark_bump b = {NULL, 0};
    SITU_TRY(shape_key(&key, system, params, log2_rows));
    bump_take(&b, sizeof key);
    lay_out(&key, &b);
    *n_bytes = b.used;
    return SITU_OK;
}

typedef struct {
    const situ_stark_key *key;
    situ_stark_preprocessed_fn *rows;
    const void *rows_ctx;
    u32 slot;
    atomic_bool *out_of_range;
} fill_job;

enum { FILL_ROWS = 64 }; /* rows of a task; the smallest table has as many */

static void fill_task(void *ctx, uint64_t index, uint32_t worker)
{
    (void)worker;
    const fill_job *job = ctx;
    const stark_slot *slot = &job->key->layout.slots[job->slot];
    const u32 n_pre = job->key->layout.system->tables[slot->table].n_pre;
    u32 cells[SITU_STARK_COLUMNS_MAX / FILL_ROWS * 4];

    SITU_ASSERT(n_pre <= SITU_ARRAY_LEN(cells));
    for (u32 row = (u32)index * FILL_ROWS; row < ((u32)index + 1) * FILL_ROWS; row++) {
        job->rows(job->rows_ctx, slot->table, row, cells);
        for (u32 i = 0; i < n_pre; i++)
            if (cells[i] >= KB_P) atomic_store(job->out_of_range, true);
        SIMD_PICK(stark_store_rows)
        (job->key->trace[slot->group].tiles, slot->first_column[STARK_TREE_PRE], n_pre, row, 1, cells);
    }
}

static situ_err commit_preprocessed(situ_stark_key *key, situ_stark_preprocessed_fn *rows,
                                    const void *rows_ctx, situ_pool *pool)
{
    const stark_layout *l = &key->layout;
    atomic_bool out_of_range = false;
    situ_ntt_plan plan;

    situ_ntt_plan_init(&plan, stark_log2_domain(l), key->ntt_memory, pool);
    for (u32 g = 0; g < l->n_groups; g++)
        for (u32 t = 0; t < key->trace[g].n_tiles; t++)
            memset(key->trace[g].tiles[t], 0, key->trace[g].n_rows * 64);
    for (u32 s = 0; s < l->n_slots; s++) {
        if (l->slots[s].log2_rows == 0) continue;
        fill_job job = {key, rows, rows_ctx, s, &out_of_range};
        situ_pool_run(pool, (UINT64_C(1) << l->slots[s].log2_rows) / FILL_ROWS, fill_task, &job);
    }
    if (out_of_range) return SITU_ERR_ARG;
    for (u32 g = 0; g < l->n_groups; g++)
        situ_lde_tiles(&plan, key->extended[g].tiles, (const kb *const *)key->trace[g].tiles,
                       key->trace[g].n_tiles, l->groups[g].log2_rows, l->params.log2_blowup, pool);
    stark_tree_build(&key->tree, l, STARK_TREE_PRE, key->extended, key->tree_memory, pool);
    stark_tree_cap((u8(*)[32])(key->vk + 1), &key->tree, l);
    return SITU_OK;
}

situ_err situ_stark_key_make(situ_stark_key **out, void *block, const situ_air_prover_system *system,
                             const situ_stark_params *params, const uint8_t *log2_rows,
                             situ_stark_preprocessed_fn *rows, const void *rows_ctx, situ_pool *pool)
{
    stark_bump b = {block, 0};
    situ_stark_key *key = bump_take(&b, sizeof *key);
    if ((uintptr_t)block % SITU_STARK_BLOCK_ALIGN != 0) return SITU_ERR_ARG;
    SITU_TRY(shape_key(key, system, params, log2_rows));
    lay_out(key, &b);

    *key->vk = (stark_vk_header){
        .magic = STARK_VK_MAGIC,
        .version = STARK_VERSION,
        .params = {params->log2_blowup, params->n_queries, params->grinding_bits, params->log2_cap,
                   params->insecure},
        .n_cap = key->has_preprocessed ? stark_cap_digests(&key->layout) : 0,
    };
    memcpy(key->vk->system_digest, system->shape->digest, 32);
    memcpy(key->vk->log2_rows, key->log2_rows, sizeof key->log2_rows);
    if (key->has_preprocessed) SITU_TRY(commit_preprocessed(key, rows, rows_ctx, pool));
    situ_stark_vk_digest(key->digest, key->vk, key->vk_bytes);
    *out = key;
    return SITU_OK;
}

const void *situ_stark_key_vk(const situ_stark_key *key, size_t *vk_bytes)
{
    *vk_bytes = key->vk_bytes;
    return key->vk;
}
