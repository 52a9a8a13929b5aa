/* load_store.c — rows of load_store.air. */
#include "vm/tables/tables.h"

const vm_rule *vm_memory_rule(const vm_step *s) { return &vm_rules[s->insn->op]; }
