/* elf.h — the parts of the ELF-64 format that the loader reads (System V ABI, chapters 4 and 5; RISC-V
 * psABI). */
#ifndef SITU_VM_ELF_H
#define SITU_VM_ELF_H

#include "base/base.h"

typedef struct {
    u8 ident[16];
    u16 type, machine;
    u32 version;
    u64 entry, phoff, shoff;
    u32 flags;
    u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
} elf_header;

typedef struct {
    u32 type, flags;
    u64 offset, vaddr, paddr, filesz, memsz, align;
} elf_segment;

typedef struct {
    u32 name, type;
    u64 flags, addr, offset, size;
    u32 link, info;
    u64 addralign, entsize;
} elf_section;

typedef struct {
    u32 name;
    u8 info, other;
    u16 shndx;
    u64 value, size;
} elf_symbol;

_Static_assert(sizeof(elf_header) == 64 && sizeof(elf_segment) == 56, "file format");
_Static_assert(sizeof(elf_section) == 64 && sizeof(elf_symbol) == 24, "file format");

enum {
    ELF_CLASS64 = 2,
    ELF_DATA_LSB = 1,
    ELF_TYPE_EXEC = 2,
    ELF_TYPE_DYN = 3,
    ELF_MACHINE_RISCV = 243,
    ELF_PT_LOAD = 1,
    ELF_PT_DYNAMIC = 2,
    ELF_PT_INTERP = 3,
    ELF_PF_X = 1,
    ELF_PF_W = 2,
    ELF_PF_R = 4,
    ELF_FLAG_RVC = 1,
    ELF_SHT_SYMTAB = 2,
    ELF_STT_NOTYPE = 0,
    ELF_STT_FUNC = 2,
};

#endif /* SITU_VM_ELF_H */
