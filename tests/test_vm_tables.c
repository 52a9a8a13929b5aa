/* The machine's tables: honest witnesses hold, forged ones break. */
#include "tests/vm/witness_run.h"

static guest_asm g;

static void start(u32 n_data)
{
    g.n_code = 0;
    g.n_data = n_data;
    memset(g.data, 0, sizeof g.data);
}

static u64 stdop(const char *name)
{
    static const char *const names[] = {
#define X(name, ...) #name,
        SITU_ISA_REG(X) SITU_ISA_IMM(X) SITU_ISA_LOAD(X) SITU_ISA_STORE(X) SITU_ISA_BRANCH(X)
            SITU_ISA_OTHER(X)
#undef X
    };
    for (u32 i = 0; i < SITU_ARRAY_LEN(names); i++)
        if (strcmp(name, names[i]) == 0) return i;
    return UINT64_MAX;
}

/* The tables' names of operations are the decoder's. */
TEST(operation_numbers)
{
    FILE *f = fopen("src/vm/tables/isa.air", "r");
    char line[256], name[64];
    unsigned number, n = 0;
    CHECK(f != NULL);
    while (fgets(line, sizeof line, f)) {
        if (sscanf(line, "const OP_%63s = %u", name, &number) != 2) continue;
        CHECK_EQ(stdop(name), number);
        n++;
    }
    fclose(f);
    CHECK_EQ(n, SITU_OPS_COUNT);
}

TEST(smallest_program)
{
    start(0);
    asm_at(&g, enc_u(SITU_OP_LUI, X_A0, 0x80000));
    asm_at(&g, enc_i(SITU_OP_ADDI, X_A0, X_A0, -1));
    asm_at(&g, enc_i(SITU_OP_ADDI, X_A7, 0, SITU_ECALL_EXIT));
    asm_at(&g, enc_j(0, 4));
    asm_at(&g, situ_ops[SITU_OP_ECALL].match);
    witness_run *r = witness_open(asm_load(&g), NULL, 0, 3);
    witness_must_hold(r);
    CHECK_EQ(r->statement.exit_code, UINT64_C(0xffffffff7fffffff));

    r->statement.exit_code ^= 1;
    witness_must_break(r, "halt");
    r->statement.exit_code ^= 1;
    situ_vm_addi_row *row = witness_row(r, SITU_VM_TABLE_ADDI, 0);
    row->result[0] ^= 1;
    witness_must_break(r, "addi");
    witness_close(r);
}

TEST_MAIN()
