/* program.c — questions to a loaded program. */
#include "vm/program.h"

#include <stdlib.h>

#include "hash/blake3.h"

void situ_program_free(situ_program *p)
{
    if (!p) return;
    free(p->image_words);
    free(p->insns);
    free(p->pages);
    free(p->symbols);
    free(p->names);
    free(p);
}

uint64_t situ_program_entry(const situ_program *p) { return p->entry; }

const situ_region *situ_program_region(const situ_program *p, u32 word)
{
    u32 low = 0, high = p->n_regions; /* the first region with last >= word is in [low, high] */
    while (low < high) {
        u32 mid = (low + high) / 2;
        if (p->regions[mid].last < word)
            low = mid + 1;
        else
            high = mid;
    }
    return low < p->n_regions && p->regions[low].first <= word ? &p->regions[low] : NULL;
}

u32 situ_program_insn_at(const situ_program *p, u64 pc)
{
    if (pc >= SITU_VM_SPACE_BYTES || pc % 4 != 0) return p->n_insns;
    const situ_region *r = situ_program_region(p, (u32)(pc / SITU_VM_WORD_BYTES));
    if (!r || r->kind != SITU_REGION_EXEC) return p->n_insns;
    return r->insn_at + ((u32)pc - r->first * SITU_VM_WORD_BYTES) / 4;
}

const char *situ_program_function(const situ_program *p, uint64_t pc, uint64_t *offset)
{
    u32 low = 0, high = p->n_symbols; /* symbols below low start at or before pc */
    while (low < high) {
        u32 mid = (low + high) / 2;
        if (p->symbols[mid].address <= pc)
            low = mid + 1;
        else
            high = mid;
    }
    if (low == 0) return NULL;
    u32 best = low - 1;
    while (best > 0 && p->symbols[best - 1].address == p->symbols[low - 1].address &&
           p->symbols[best].n_bytes == 0)
        best--;
    const situ_symbol *s = &p->symbols[best];
    if (s->n_bytes != 0 && pc - s->address >= s->n_bytes) return NULL;
    *offset = pc - s->address;
    return p->names + s->name_at;
}

void situ_program_digest(const situ_program *p, uint8_t digest[SITU_PROGRAM_DIGEST_BYTES])
{
    static const char context[] = "situ program 1: entry, number of regions, regions, image words";
    situ_blake3 h;

    situ_blake3_init_derive_key(&h, context, sizeof context - 1);
    const u32 head[2] = {p->entry, p->n_regions};
    situ_blake3_update(&h, head, sizeof head);
    for (u32 i = 0; i < p->n_regions; i++) {
        const u32 region[3] = {p->regions[i].kind, p->regions[i].first, p->regions[i].last};
        situ_blake3_update(&h, region, sizeof region);
    }
    situ_blake3_update(&h, p->image_words, (size_t)p->n_image_words * sizeof *p->image_words);
    situ_blake3_final(&h, digest, SITU_PROGRAM_DIGEST_BYTES);
}
