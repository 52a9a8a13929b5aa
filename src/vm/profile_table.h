/* profile_table.h — counters under keys of four numbers, numbered in order of appearance. */
#ifndef SITU_VM_PROFILE_TABLE_H
#define SITU_VM_PROFILE_TABLE_H

#include <stdlib.h>
#include <string.h>

#include "vm/profile.h"

SITU_INLINE u64 profile_hash(const u32 key[4])
{
    u64 low = (u64)key[0] << 32 | key[1], high = (u64)key[2] << 32 | key[3];
    u64 h = (low ^ high * UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xd6e8feb86659fd93);
    return h ^ h >> 32;
}

SITU_INLINE u32 *profile_slot(const vm_profile_table *t, const u32 key[4])
{
    u32 at = (u32)profile_hash(key) & (t->n_slots - 1);
    while (t->slots[at] && memcmp(t->entries[t->slots[at] - 1].key, key, 4 * sizeof *key) != 0)
        at = (at + 1) & (t->n_slots - 1);
    return &t->slots[at];
}

/* Twice the room, at most half of it used. */
static SITU_NOINLINE bool profile_table_grow(vm_profile_table *t)
{
    u32 n_slots = t->n_slots ? 2 * t->n_slots : 4096;
    if (n_slots > UINT32_C(1) << 30) return false;
    u32 *slots = calloc(n_slots, sizeof *slots);
    vm_profile_entry *entries = realloc(t->entries, (size_t)n_slots / 2 * sizeof *entries);
    if (entries) t->entries = entries;
    if (!slots || !entries) {
        free(slots);
        return false;
    }
    free(t->slots);
    t->slots = slots;
    t->n_slots = n_slots;
    t->n_max = n_slots / 2;
    for (u32 i = 0; i < t->n; i++) *profile_slot(t, t->entries[i].key) = i + 1;
    return true;
}

/* Index of the entry with this key, which is made where there is none; VM_PROFILE_NONE without memory. */
SITU_INLINE u32 profile_table_find(vm_profile_table *t, const u32 key[4])
{
    if (t->n == t->n_max && !profile_table_grow(t)) return VM_PROFILE_NONE;
    u32 *slot = profile_slot(t, key);
    if (*slot == 0) {
        vm_profile_entry *e = &t->entries[t->n];
        *e = (vm_profile_entry){.count = 0};
        memcpy(e->key, key, sizeof e->key);
        *slot = ++t->n;
    }
    return *slot - 1;
}

#endif /* SITU_VM_PROFILE_TABLE_H */
