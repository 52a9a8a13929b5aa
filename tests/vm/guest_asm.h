/* guest_asm.h — make small guests out of encoded instructions, run them here and under qemu-riscv64. */
#ifndef SITU_TESTS_VM_GUEST_ASM_H
#define SITU_TESTS_VM_GUEST_ASM_H

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base.h"
#include "situ/vm.h"
#include "tests/test.h"
#include "vm/elf.h"
#include "vm/isa.h"
#include "vm/map.h"

#define ASM_CODE      UINT64_C(0x10000)
#define ASM_DATA      UINT64_C(0x400000)
#define ASM_WORDS_MAX (1u << 17)
#define ASM_DATA_MAX  (1u << 18)

typedef struct {
    u32 code[ASM_WORDS_MAX];
    u32 n_code;
    u8 data[ASM_DATA_MAX]; /* the writable segment */
    u32 n_data;
} guest_asm;

enum {
    X_ZERO = 0,
    X_RA = 1,
    X_SP = 2,
    X_T0 = 5,
    X_A0 = 10,
    X_A1 = 11,
    X_A2 = 12,
    X_A3 = 13,
    X_A4 = 14,
    X_A5 = 15,
    X_A7 = 17
};

SITU_INLINE u32 asm_at(guest_asm *g, u32 word)
{
    SITU_ASSERT(g->n_code < ASM_WORDS_MAX);
    g->code[g->n_code] = word;
    return g->n_code++;
}

SITU_INLINE u32 enc_r(situ_op op, u32 rd, u32 rs1, u32 rs2)
{
    return situ_ops[op].match | rd << 7 | rs1 << 15 | rs2 << 20;
}
SITU_INLINE u32 enc_i(situ_op op, u32 rd, u32 rs1, i32 imm)
{
    return situ_ops[op].match | rd << 7 | rs1 << 15 | ((u32)imm & 0xfff) << 20;
}
SITU_INLINE u32 enc_s(situ_op op, u32 rs2, u32 rs1, i32 imm)
{
    u32 i = (u32)imm;
    return situ_ops[op].match | (i & 31) << 7 | rs1 << 15 | rs2 << 20 | (i >> 5 & 127) << 25;
}
SITU_INLINE u32 enc_b(situ_op op, u32 rs1, u32 rs2, i32 offset)
{
    u32 o = (u32)offset;
    return situ_ops[op].match | (o >> 11 & 1) << 7 | (o >> 1 & 15) << 8 | rs1 << 15 | rs2 << 20 |
           (o >> 5 & 63) << 25 | (o >> 12 & 1) << 31;
}
SITU_INLINE u32 enc_u(situ_op op, u32 rd, u32 upper) { return situ_ops[op].match | rd << 7 | upper << 12; }
SITU_INLINE u32 enc_j(u32 rd, i32 offset)
{
    u32 o = (u32)offset;
    return situ_ops[SITU_OP_JAL].match | rd << 7 | (o >> 12 & 255) << 12 | (o >> 11 & 1) << 20 |
           (o >> 1 & 1023) << 21 | (o >> 20 & 1) << 31;
}

/* rd = value, whatever was in it. */
SITU_UNUSED static void asm_li(guest_asm *g, u32 rd, u64 value)
{
    asm_at(g, enc_i(SITU_OP_ADDI, rd, 0, (i32)(value >> 55)));
    for (int shift = 44; shift >= 0; shift -= 11) {
        asm_at(g, enc_i(SITU_OP_SLLI, rd, rd, 11));
        asm_at(g, enc_i(SITU_OP_ORI, rd, rd, (i32)(value >> shift & 2047)));
    }
}

/* write(1, address, n_bytes), in calls of at most 4096 bytes. */
SITU_UNUSED static void asm_write(guest_asm *g, u64 address, u64 n_bytes)
{
    for (u64 n; n_bytes > 0; address += n, n_bytes -= n) {
        n = u64_min(n_bytes, SITU_WRITE_BYTES_MAX);
        asm_li(g, X_A0, 1);
        asm_li(g, X_A1, address);
        asm_li(g, X_A2, n);
        asm_li(g, X_A7, SITU_ECALL_WRITE);
        asm_at(g, situ_ops[SITU_OP_ECALL].match);
    }
}

SITU_UNUSED static void asm_exit(guest_asm *g, u64 code)
{
    asm_li(g, X_A0, code);
    asm_li(g, X_A7, SITU_ECALL_EXIT);
    asm_at(g, situ_ops[SITU_OP_ECALL].match);
}

/* The ELF file: code readable and executable, data writable.  To be freed. */
SITU_UNUSED static u8 *asm_elf(const guest_asm *g, size_t *n_bytes)
{
    enum { CODE_AT = 4096 };
    u32 code_bytes = g->n_code * 4;
    u32 data_at = (CODE_AT + code_bytes + 4095) & ~4095u;
    elf_header h = {.ident = "\177ELF\2\1\1",
                    .type = ELF_TYPE_EXEC,
                    .machine = ELF_MACHINE_RISCV,
                    .version = 1,
                    .entry = ASM_CODE,
                    .phoff = sizeof h,
                    .ehsize = sizeof h,
                    .phentsize = sizeof(elf_segment),
                    .phnum = 2,
                    .shentsize = sizeof(elf_section)};
    elf_segment s[2] = {{.type = ELF_PT_LOAD,
                         .flags = ELF_PF_R | ELF_PF_X,
                         .offset = CODE_AT,
                         .vaddr = ASM_CODE,
                         .paddr = ASM_CODE,
                         .filesz = code_bytes,
                         .memsz = code_bytes,
                         .align = 4096},
                        {.type = ELF_PT_LOAD,
                         .flags = ELF_PF_R | ELF_PF_W,
                         .offset = data_at,
                         .vaddr = ASM_DATA,
                         .paddr = ASM_DATA,
                         .filesz = g->n_data,
                         .memsz = ASM_DATA_MAX,
                         .align = 4096}};
    u8 *elf = calloc(1, (size_t)data_at + g->n_data + 1);
    SITU_ASSERT(elf);
    memcpy(elf, &h, sizeof h);
    memcpy(elf + sizeof h, s, sizeof s);
    memcpy(elf + CODE_AT, g->code, code_bytes);
    memcpy(elf + data_at, g->data, g->n_data);
    *n_bytes = (size_t)data_at + g->n_data;
    return elf;
}

SITU_UNUSED static situ_program *asm_load(const guest_asm *g)
{
    situ_program *program;
    char message[SITU_MESSAGE_BYTES];
    size_t n_bytes;
    u8 *elf = asm_elf(g, &n_bytes);
    if (situ_program_load(&program, elf, n_bytes, message)) test_fail(__FILE__, __LINE__, "%s", message);
    free(elf);
    return program;
}

/* Run a program file under qemu-riscv64: its standard output into *output (to be freed), and its exit status.
 */
SITU_UNUSED static int qemu_run(const char *path, const char *input_path, u8 **output, size_t *n_output)
{
    int ends[2];
    SITU_ASSERT(pipe(ends) == 0);
    pid_t child = fork();
    if (child == 0) {
        int input = open(input_path ? input_path : "/dev/null", O_RDONLY);
        dup2(input, 0);
        dup2(ends[1], 1);
        close(ends[0]);
        close(ends[1]);
        execlp("qemu-riscv64", "qemu-riscv64", path, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    size_t room = 1 << 20;
    *output = malloc(room);
    *n_output = 0;
    for (ssize_t n; (n = read(ends[0], *output + *n_output, room - *n_output)) > 0;) {
        *n_output += (size_t)n;
        if (*n_output == room) *output = realloc(*output, room *= 2);
    }
    close(ends[0]);
    int status;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

SITU_UNUSED static bool qemu_is_there(void) { return system("command -v qemu-riscv64 >/dev/null 2>&1") == 0; }

/* The same for a guest in memory. */
SITU_UNUSED static int qemu_run_asm(const guest_asm *g, u8 **output, size_t *n_output)
{
    char path[] = "/tmp/situ-guest-XXXXXX";
    size_t n_bytes;
    u8 *elf = asm_elf(g, &n_bytes);
    int fd = mkstemp(path);
    SITU_ASSERT(fd >= 0 && write(fd, elf, n_bytes) == (ssize_t)n_bytes && fchmod(fd, 0700) == 0);
    close(fd);
    free(elf);
    int status = qemu_run(path, NULL, output, n_output);
    unlink(path);
    return status;
}

#endif /* SITU_TESTS_VM_GUEST_ASM_H */
