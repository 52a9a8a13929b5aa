/* statement.h — what a proof of a run says, as messages on the buses. */
#ifndef SITU_VM_STATEMENT_H
#define SITU_VM_STATEMENT_H

#include "base/base.h"

enum {
    VM_SEGMENT = 1, /* the only one so far                                            */
    VM_MESSAGE_WIDTH_MAX = 8,
    VM_OUTPUT_BYTES_MAX = 1000000, /* of one proof: one message of the verifier's each, of 2^20 in all */
};

typedef struct {
    u32 entry;
    u64 exit_code;
    const u8 *output;
    u64 n_output;
} vm_statement;

/* One message: multiplicity 1 sends, -1 receives. */
typedef void vm_message(void *ctx, u32 bus, i32 multiplicity, const u32 *values, u32 n_values);

/* Tell all messages that the verifier adds. */
void vm_boundary(const vm_statement *s, vm_message *message, void *ctx);

#endif /* SITU_VM_STATEMENT_H */
