/* statement.c — see statement.h. */
#include "vm/statement.h"

#include "gen/vm/vm.h"
#include "vm/map.h"
#include "vm/trace.h"

#define LIMB(v, k) ((u32)((u64)(v) >> 16 * (k)) & 0xffff)

void vm_boundary(const vm_statement *s, vm_message *message, void *ctx)
{
    const u32 start[2] = {s->entry / 4, SITU_TIME_START};
    message(ctx, SITU_VM_BUS_EXECUTION, 1, start, 2);

    const u64 code = s->exit_code;
    const u32 halt[4] = {LIMB(code, 0), LIMB(code, 1), LIMB(code, 2), LIMB(code, 3)};
    message(ctx, SITU_VM_BUS_HALT, -1, halt, 4);

    for (u32 reg = 0; reg < SITU_REGS; reg++) {
        const u32 zero[7] = {SITU_SPACE_REG, reg}; /* four limbs and segment 0 */
        message(ctx, SITU_VM_BUS_HISTORY, 1, zero, 7);
    }
    for (u32 space = SITU_SPACE_REG; space <= SITU_SPACE_RO; space++) {
        const u32 first[2] = {space, 0}, behind[2] = {space, SITU_VM_WORDS};
        message(ctx, SITU_VM_BUS_CHAIN, 1, first, 2);
        message(ctx, SITU_VM_BUS_CHAIN, -1, behind, 2);
    }
    for (u64 i = 0; i < s->n_output; i++) {
        const u32 byte[2] = {(u32)i, s->output[i]};
        message(ctx, SITU_VM_BUS_OUTPUT, -1, byte, 2);
    }
}
