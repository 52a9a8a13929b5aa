/* program.h — a loaded guest program: what the prover and the executors know about it.
 *
 * The image is a sorted list of runs of words that the file gives.  All other memory is one of the zero zones
 * of map.h, so a writable segment's zero-filled part needs no word here.  Regions cover every mapped word
 * exactly once, in order.
 */
#ifndef SITU_VM_PROGRAM_H
#define SITU_VM_PROGRAM_H

#include "base/base.h"
#include "situ/vm.h"
#include "vm/isa.h"
#include "vm/map.h"

#define SITU_IMAGE_RUNS_MAX  64
#define SITU_IMAGE_WORDS_MAX (UINT32_C(1) << 24) /* 128 MiB; one row of the image table each */
#define SITU_REGIONS_MAX     (2 * SITU_IMAGE_RUNS_MAX + 8)

typedef enum {
    SITU_REGION_READ,  /* image, read-only                 */
    SITU_REGION_EXEC,  /* image, executable and read-only  */
    SITU_REGION_WRITE, /* image, writable                  */
    SITU_REGION_ZERO,  /* zero at the start, writable      */
    SITU_REGION_INPUT, /* private input, read-only         */
} situ_region_kind;

typedef struct {
    u32 first, last; /* word numbers, both inside */
    u32 kind;        /* situ_region_kind          */
    u32 at;          /* image kinds: index of the first word in image_words; EXEC: also see insn_at */
    u32 insn_at;     /* EXEC: index in insns of the first instruction */
} situ_region;

/* Where loads and stores find a word: space 1 is writable memory, space 2 is not. */
enum { SITU_SPACE_REG = 0, SITU_SPACE_RW = 1, SITU_SPACE_RO = 2 };

SITU_INLINE u32 region_space(u32 kind)
{
    return kind == SITU_REGION_WRITE || kind == SITU_REGION_ZERO ? SITU_SPACE_RW : SITU_SPACE_RO;
}

/* What not every word of a page of 4 KiB allows; for more, look at its regions.  Zero, all is allowed: so the
 * table of a program, nearly all of whose space is zero memory, is itself nearly all untouched. */
enum {
    SITU_PAGE_NO_READ = 1,
    SITU_PAGE_NO_WRITE = 2,
    SITU_PAGE_FIXED = 4, /* readable, and no word of it is writable */
};

typedef struct {
    u32 address, n_bytes; /* n_bytes 0: unknown */
    u32 name_at;          /* in names           */
} situ_symbol;

struct situ_program {
    u32 entry;
    u32 n_regions;
    situ_region regions[SITU_REGIONS_MAX];
    u32 n_image_words;
    u32 n_insns; /* sentinels included: one ILLEGAL behind each executable region */
    u32 n_symbols;
    bool has_rvc_flag; /* the file says it holds compressed instructions: a hint for messages */
    u64 *image_words;  /* of all image regions, in order */
    situ_insn *insns;  /* of all executable regions, in order */
    u8 *pages;         /* [SITU_VM_PAGES] */
    situ_symbol *symbols;
    char *names;
};

/* The region of a word, or NULL when it is unmapped. */
const situ_region *situ_program_region(const situ_program *program, u32 word);

/* Index in insns of the instruction at pc, or n_insns when pc is no multiple of 4 or not executable. */
u32 situ_program_insn_at(const situ_program *program, u64 pc);

#endif /* SITU_VM_PROGRAM_H */
