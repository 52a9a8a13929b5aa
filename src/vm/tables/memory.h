/* memory.h — rows of the tables beside the instructions, and the preprocessed rows of a program. */
#ifndef SITU_VM_TABLES_MEMORY_H
#define SITU_VM_TABLES_MEMORY_H

#include <string.h>

#include "vm/tables/tables.h"

/* The end of a register's or word's history, or an address that the chain passes over. */
typedef struct {
    u64 value;
    u32 key, segment;
    u32 next; /* the next address of the space's chain; SITU_VM_WORDS behind the last */
    bool is_skip;
} vm_final;

void vm_touch_row(vm_sink *sink, const situ_touch *t);
void vm_edge_row(vm_sink *sink, const situ_edge *e);
void vm_final_row(vm_sink *sink, const vm_final *f);

/* Where a word outside the image begins; nothing for regions of the image. */
void vm_init_row(vm_sink *sink, const situ_region *region, const situ_edge *e);

/* Index of an image word, of region r: its row in table `image`. */
u32 vm_image_index(const situ_program *p, const situ_region *r, u32 word);

void vm_program_pre_row(const situ_program *p, u32 row, situ_vm_program_pre_row *pre);
void vm_image_pre_row(const situ_program *p, u32 row, situ_vm_image_pre_row *pre);
void vm_regions_pre_row(const situ_program *p, u32 row, situ_vm_regions_pre_row *pre);

#endif /* SITU_VM_TABLES_MEMORY_H */
