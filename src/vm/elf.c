/* elf.c — from the bytes of an ELF file to a situ_program.
 *
 * Only PT_LOAD segments and the entry count.  Section headers are read for the names of functions alone, and
 * whatever is wrong with them only loses names.
 */
#include "vm/elf.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm/program.h"

#define SEGMENTS_MAX 1024 /* program headers of any type */
#define SYMBOLS_MAX  (UINT32_C(1) << 22)

typedef struct {
    const u8 *bytes;
    size_t n_bytes;
    elf_header header;
    char *message; /* [SITU_MESSAGE_BYTES] or NULL */
} elf_file;

/* A PT_LOAD segment that passed the checks; image words are those that hold bytes of the file. */
typedef struct {
    u64 start, end, file_end; /* addresses; end and file_end are behind the last byte */
    u64 offset;
    u32 kind; /* situ_region_kind */
    u32 index;
} load_segment;

SITU_PRINTF(3, 4) static situ_err refuse(const elf_file *f, situ_err err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (f->message) vsnprintf(f->message, SITU_MESSAGE_BYTES, format, args);
    va_end(args);
    return err;
}

/* Is [offset, offset + n) inside the file? */
static bool is_inside(const elf_file *f, u64 offset, u64 n)
{
    return offset <= f->n_bytes && n <= f->n_bytes - offset;
}

static situ_err check_header(elf_file *f)
{
    elf_header *h = &f->header;

    if (f->n_bytes < sizeof *h) {
        return refuse(f, SITU_ERR_FORMAT, "no ELF file: %zu bytes, a header alone has %zu", f->n_bytes,
                      sizeof *h);
    }
    memcpy(h, f->bytes, sizeof *h);
    if (memcmp(h->ident, "\177ELF", 4) != 0) {
        return refuse(f, SITU_ERR_FORMAT, "no ELF file: it starts with %02x %02x %02x %02x, not 7f 45 4c 46",
                      h->ident[0], h->ident[1], h->ident[2], h->ident[3]);
    }
    if (h->ident[4] != ELF_CLASS64) {
        return refuse(f, SITU_ERR_FORMAT,
                      "ELF class is %u, expected 2 (64 bits): build with -march=rv64im -mabi=lp64",
                      h->ident[4]);
    }
    if (h->ident[5] != ELF_DATA_LSB) {
        return refuse(f, SITU_ERR_FORMAT, "ELF byte order is %u, expected 1 (little-endian)", h->ident[5]);
    }
    if (h->ident[6] != 1 || h->version != 1) {
        return refuse(f, SITU_ERR_FORMAT, "ELF version is %u and %" PRIu32 ", expected 1", h->ident[6],
                      h->version);
    }
    if (h->machine != ELF_MACHINE_RISCV) {
        return refuse(f, SITU_ERR_FORMAT, "ELF machine is %u, expected 243 (RISC-V)", h->machine);
    }
    if (h->type == ELF_TYPE_DYN) {
        return refuse(f, SITU_ERR_FORMAT,
                      "ELF type is 3 (position-independent), expected 2: link with -static -no-pie");
    }
    if (h->type != ELF_TYPE_EXEC) {
        return refuse(f, SITU_ERR_FORMAT, "ELF type is %u, expected 2 (executable)", h->type);
    }
    if (h->phentsize != sizeof(elf_segment)) {
        return refuse(f, SITU_ERR_FORMAT, "program headers have %u bytes each, expected 56", h->phentsize);
    }
    if (h->phnum == 0) return refuse(f, SITU_ERR_FORMAT, "no program headers: this is not a linked program");
    if (h->phnum > SEGMENTS_MAX) {
        return refuse(f, SITU_ERR_LIMIT, "%u program headers, at most %u", h->phnum, SEGMENTS_MAX);
    }
    if (!is_inside(f, h->phoff, (u64)h->phnum * sizeof(elf_segment))) {
        return refuse(f, SITU_ERR_FORMAT,
                      "truncated: %u program headers at offset 0x%" PRIx64 ", the file has %zu bytes",
                      h->phnum, h->phoff, f->n_bytes);
    }
    return SITU_OK;
}

static situ_err check_place(const elf_file *f, u32 i, u64 start, u64 end)
{
    static const struct {
        u64 start, end;
        const char *what;
    } closed[] = {
        {0, SITU_VM_RAM_START, "below 0x1000"},
        {SITU_VM_GUARD_START, SITU_VM_STACK_START, "in the guard below the stack"},
        {SITU_VM_INPUT_START, SITU_VM_SPACE_BYTES, "at or above 0xc0000000, where the input is"},
    };
    for (size_t k = 0; k < SITU_ARRAY_LEN(closed); k++) {
        if (start < closed[k].end && end > closed[k].start) {
            return refuse(f, SITU_ERR_FORMAT, "segment %" PRIu32 ", 0x%" PRIx64 "..0x%" PRIx64 ", lies %s", i,
                          start, end - 1, closed[k].what);
        }
    }
    return SITU_OK;
}

static situ_err check_segment(const elf_file *f, u32 i, const elf_segment *s, load_segment *load)
{
    if (s->filesz > s->memsz) {
        return refuse(f, SITU_ERR_FORMAT,
                      "segment %" PRIu32 " has 0x%" PRIx64 " bytes in the file but 0x%" PRIx64 " in memory",
                      i, s->filesz, s->memsz);
    }
    if (!is_inside(f, s->offset, s->filesz)) {
        return refuse(f, SITU_ERR_FORMAT,
                      "truncated: segment %" PRIu32 " has 0x%" PRIx64 " bytes at offset 0x%" PRIx64
                      ", the file has %zu",
                      i, s->filesz, s->offset, f->n_bytes);
    }
    if (s->vaddr >= SITU_VM_SPACE_BYTES || s->memsz > SITU_VM_SPACE_BYTES - s->vaddr) {
        return refuse(f, SITU_ERR_FORMAT,
                      "segment %" PRIu32 ", 0x%" PRIx64 " bytes at 0x%" PRIx64
                      ", reaches beyond 32-bit addresses",
                      i, s->memsz, s->vaddr);
    }
    SITU_TRY(check_place(f, i, s->vaddr, s->vaddr + s->memsz));
    if ((s->flags & ELF_PF_W) && (s->flags & ELF_PF_X)) {
        return refuse(f, SITU_ERR_FORMAT,
                      "segment %" PRIu32 " at 0x%" PRIx64 " is both writable and executable", i, s->vaddr);
    }
    if (!(s->flags & (ELF_PF_R | ELF_PF_W | ELF_PF_X))) {
        return refuse(f, SITU_ERR_FORMAT, "segment %" PRIu32 " at 0x%" PRIx64 " allows no access at all", i,
                      s->vaddr);
    }
    if ((s->flags & ELF_PF_X) && s->vaddr % 4 != 0) {
        return refuse(f, SITU_ERR_FORMAT,
                      "executable segment %" PRIu32 " starts at 0x%" PRIx64 ", no multiple of 4", i,
                      s->vaddr);
    }
    *load = (load_segment){.start = s->vaddr,
                           .end = s->vaddr + s->memsz,
                           .file_end = s->vaddr + s->filesz,
                           .offset = s->offset,
                           .index = i};
    load->kind = s->flags & ELF_PF_X   ? SITU_REGION_EXEC
                 : s->flags & ELF_PF_W ? SITU_REGION_WRITE
                                       : SITU_REGION_READ;
    return SITU_OK;
}

static int compare_segments(const void *a, const void *b)
{
    const load_segment *x = a, *y = b;
    return x->start < y->start ? -1 : x->start > y->start;
}

/* Sorted by address, nothing overlaps, and no word has two permissions. */
static situ_err check_order(const elf_file *f, const load_segment *s, u32 n)
{
    for (u32 i = 1; i < n; i++) {
        if (s[i].start < s[i - 1].end) {
            return refuse(f, SITU_ERR_FORMAT, "segments %" PRIu32 " and %" PRIu32 " overlap at 0x%" PRIx64,
                          s[i - 1].index, s[i].index, s[i].start);
        }
        if (s[i].kind != s[i - 1].kind &&
            s[i].start / SITU_VM_WORD_BYTES == (s[i - 1].end - 1) / SITU_VM_WORD_BYTES) {
            return refuse(f, SITU_ERR_FORMAT,
                          "segments %" PRIu32 " and %" PRIu32
                          " have different permissions in the 8-byte word at 0x%" PRIx64
                          ": align them to pages",
                          s[i - 1].index, s[i].index, s[i].start & ~UINT64_C(7));
        }
    }
    return SITU_OK;
}

static situ_err read_segments(const elf_file *f, load_segment *segments, u32 *n_segments)
{
    u32 n = 0;
    for (u32 i = 0; i < f->header.phnum; i++) {
        elf_segment s;
        memcpy(&s, f->bytes + f->header.phoff + i * sizeof s, sizeof s);
        if (s.type == ELF_PT_INTERP || s.type == ELF_PT_DYNAMIC) {
            return refuse(f, SITU_ERR_FORMAT, "dynamically linked: link with -static -no-pie");
        }
        if (s.type != ELF_PT_LOAD || s.memsz == 0) continue;
        if (n == SITU_IMAGE_RUNS_MAX) {
            return refuse(f, SITU_ERR_LIMIT, "more than %u segments to load", SITU_IMAGE_RUNS_MAX);
        }
        SITU_TRY(check_segment(f, i, &s, &segments[n]));
        n++;
    }
    if (n == 0) return refuse(f, SITU_ERR_FORMAT, "nothing to load: no PT_LOAD segment with bytes in it");
    qsort(segments, n, sizeof *segments, compare_segments);
    SITU_TRY(check_order(f, segments, n));
    *n_segments = n;
    return SITU_OK;
}

/* Words of the segment that are part of the image.  What a writable segment has beyond the file's bytes is
 * zero memory like any other; a read-only one must keep its zeros apart from writable memory. */
SITU_INLINE u64 image_end(const load_segment *s)
{
    return s->kind == SITU_REGION_WRITE ? s->file_end : s->end;
}

static void add_region(situ_program *p, u32 first, u32 last, u32 kind)
{
    SITU_ASSERT(p->n_regions < SITU_REGIONS_MAX);
    p->regions[p->n_regions++] = (situ_region){.first = first, .last = last, .kind = kind};
}

/* Append the zero regions between words `from` and `to` (the latter outside) that the zones of map.h leave.
 */
static void add_zero_regions(situ_program *p, u32 from, u32 to)
{
    static const u32 zones[][2] = {
        {SITU_VM_RAM_START / SITU_VM_WORD_BYTES, SITU_VM_GUARD_START / SITU_VM_WORD_BYTES},
        {SITU_VM_STACK_START / SITU_VM_WORD_BYTES, SITU_VM_INPUT_START / SITU_VM_WORD_BYTES},
    };
    for (size_t k = 0; k < SITU_ARRAY_LEN(zones); k++) {
        u32 first = from > zones[k][0] ? from : zones[k][0];
        u32 end = to < zones[k][1] ? to : zones[k][1];
        if (first < end) add_region(p, first, end - 1, SITU_REGION_ZERO);
    }
}

static situ_err make_regions(const elf_file *f, situ_program *p, const load_segment *segments, u32 n_segments)
{
    u32 next = 0; /* first word not yet in a region */
    u64 n_words = 0;

    for (u32 i = 0; i < n_segments; i++) {
        const load_segment *s = &segments[i];
        if (image_end(s) == s->start) continue;
        u32 first = (u32)(s->start / SITU_VM_WORD_BYTES);
        u32 last = (u32)((image_end(s) - 1) / SITU_VM_WORD_BYTES);
        situ_region *before = p->n_regions ? &p->regions[p->n_regions - 1] : NULL;
        if (before && before->kind == s->kind && first <= before->last + 1) {
            before->last = last > before->last ? last : before->last; /* one run: neighbours of one kind */
        } else {
            add_zero_regions(p, next, first);
            add_region(p, first, last, s->kind);
        }
        next = last + 1;
    }
    add_zero_regions(p, next, SITU_VM_INPUT_START / SITU_VM_WORD_BYTES);
    add_region(p, SITU_VM_INPUT_START / SITU_VM_WORD_BYTES, SITU_VM_INPUT_END / SITU_VM_WORD_BYTES - 1,
               SITU_REGION_INPUT);

    for (u32 i = 0; i < p->n_regions; i++) {
        situ_region *r = &p->regions[i];
        if (r->kind > SITU_REGION_WRITE) continue;
        r->at = (u32)n_words;
        n_words += r->last - r->first + 1;
        if (n_words > SITU_IMAGE_WORDS_MAX) {
            return refuse(f, SITU_ERR_LIMIT, "the image has more than %u words of 8 bytes",
                          SITU_IMAGE_WORDS_MAX);
        }
    }
    p->n_image_words = (u32)n_words;
    return SITU_OK;
}

static situ_err copy_image(const elf_file *f, situ_program *p, const load_segment *segments, u32 n_segments)
{
    p->image_words = calloc((size_t)p->n_image_words + 1, sizeof *p->image_words);
    if (!p->image_words)
        return refuse(f, SITU_ERR_MEMORY, "no memory for an image of %" PRIu32 " words", p->n_image_words);

    for (u32 i = 0; i < n_segments; i++) {
        const load_segment *s = &segments[i];
        if (s->file_end == s->start) continue;
        const situ_region *r = situ_program_region(p, (u32)(s->start / SITU_VM_WORD_BYTES));
        u64 shift = s->start - (u64)r->first * SITU_VM_WORD_BYTES;
        memcpy((u8 *)(p->image_words + r->at) + shift, f->bytes + s->offset,
               (size_t)(s->file_end - s->start));
    }
    return SITU_OK;
}

/* Decode every executable region, an ILLEGAL behind each. */
static situ_err decode_image(const elf_file *f, situ_program *p)
{
    u64 n = 0;
    for (u32 i = 0; i < p->n_regions; i++) {
        situ_region *r = &p->regions[i];
        if (r->kind != SITU_REGION_EXEC) continue;
        r->insn_at = (u32)n;
        n += 2 * ((u64)r->last - r->first + 1) + 1;
    }
    p->insns = malloc((size_t)(n + 1) * sizeof *p->insns);
    if (!p->insns) return refuse(f, SITU_ERR_MEMORY, "no memory for %" PRIu64 " instructions", n);
    for (u32 i = 0; i < p->n_regions; i++) {
        const situ_region *r = &p->regions[i];
        if (r->kind != SITU_REGION_EXEC) continue;
        situ_insn *out = p->insns + r->insn_at;
        for (u32 word = r->first; word <= r->last; word++) {
            u64 both = p->image_words[r->at + (word - r->first)];
            *out++ = situ_isa_decode((u32)both, word * SITU_VM_WORD_BYTES);
            *out++ = situ_isa_decode((u32)(both >> 32), word * SITU_VM_WORD_BYTES + 4);
        }
        *out = situ_isa_decode(0, (r->last + 1) * SITU_VM_WORD_BYTES);
    }
    p->n_insns = (u32)n;
    return SITU_OK;
}

enum {
    PAGE_WORDS = SITU_VM_PAGE_BYTES / SITU_VM_WORD_BYTES,
    PAGE_UNMAPPED = SITU_PAGE_NO_READ | SITU_PAGE_NO_WRITE
};

SITU_INLINE u8 region_limits(const situ_region *r)
{
    return region_space(r->kind) == SITU_SPACE_RO ? SITU_PAGE_NO_WRITE | SITU_PAGE_FIXED : 0;
}

/* Of a page that several regions may share, or a region and nothing. */
static u8 page_limits(const situ_program *p, u32 page)
{
    u8 limits = 0, common = SITU_PAGE_FIXED;
    for (u32 word = page * PAGE_WORDS; word < (page + 1) * PAGE_WORDS;) {
        const situ_region *r = situ_program_region(p, word);
        if (!r) return PAGE_UNMAPPED;
        limits |= region_limits(r);
        common &= region_limits(r);
        word = r->last + 1;
    }
    return (u8)((limits & ~SITU_PAGE_FIXED) | common);
}

/* Mark the pages that lie in words first..end-1 wholly. */
static void limit_pages(situ_program *p, u32 first, u32 end, u8 limits)
{
    const u32 first_page = (first + PAGE_WORDS - 1) / PAGE_WORDS, end_page = end / PAGE_WORDS;
    if (limits && first_page < end_page) memset(p->pages + first_page, limits, end_page - first_page);
}

static situ_err make_pages(const elf_file *f, situ_program *p)
{
    u32 mapped_end = 0; /* regions are in order */
    p->pages = calloc(SITU_VM_PAGES, 1);
    if (!p->pages) return refuse(f, SITU_ERR_MEMORY, "no memory for the page table");

    for (u32 i = 0; i < p->n_regions; i++) {
        const situ_region *r = &p->regions[i];
        limit_pages(p, mapped_end, r->first, PAGE_UNMAPPED);
        mapped_end = r->last + 1;
        limit_pages(p, r->first, mapped_end, region_limits(r));
        p->pages[r->first / PAGE_WORDS] = page_limits(p, r->first / PAGE_WORDS);
        p->pages[r->last / PAGE_WORDS] = page_limits(p, r->last / PAGE_WORDS);
    }
    limit_pages(p, mapped_end, SITU_VM_PAGES * PAGE_WORDS, PAGE_UNMAPPED);
    return SITU_OK;
}

static int compare_symbols(const void *a, const void *b)
{
    const situ_symbol *x = a, *y = b;
    return x->address < y->address ? -1 : x->address > y->address;
}

/* The symbol table's functions; any fault in it leaves the program without names. */
static void read_symbols(const elf_file *f, situ_program *p)
{
    const elf_header *h = &f->header;
    elf_section table, strings;
    u32 i;

    if (h->shentsize != sizeof table || !is_inside(f, h->shoff, (u64)h->shnum * sizeof table)) return;
    for (i = 0; i < h->shnum; i++) {
        memcpy(&table, f->bytes + h->shoff + i * sizeof table, sizeof table);
        if (table.type == ELF_SHT_SYMTAB) break;
    }
    if (i == h->shnum || table.link >= h->shnum || !is_inside(f, table.offset, table.size)) return;
    memcpy(&strings, f->bytes + h->shoff + table.link * sizeof strings, sizeof strings);
    if (strings.size == 0 || !is_inside(f, strings.offset, strings.size)) return;

    u64 n = u64_min(table.size / sizeof(elf_symbol), SYMBOLS_MAX);
    p->names = malloc((size_t)strings.size + 1);
    p->symbols = malloc((size_t)(n + 1) * sizeof *p->symbols);
    if (!p->names || !p->symbols) return;
    memcpy(p->names, f->bytes + strings.offset, (size_t)strings.size);
    p->names[strings.size] = 0;

    for (u64 k = 0; k < n; k++) {
        elf_symbol s;
        memcpy(&s, f->bytes + table.offset + k * sizeof s, sizeof s);
        u8 type = s.info & 15;
        bool is_name =
            s.name != 0 && s.name < strings.size && p->names[s.name] != '$' && p->names[s.name] != '.';
        if ((type != ELF_STT_FUNC && type != ELF_STT_NOTYPE) || !is_name) continue;
        if (situ_program_insn_at(p, s.value) == p->n_insns) continue;
        p->symbols[p->n_symbols++] = (situ_symbol){(u32)s.value, (u32)u64_min(s.size, UINT32_MAX), s.name};
    }
    qsort(p->symbols, p->n_symbols, sizeof *p->symbols, compare_symbols);
}

static situ_err load(elf_file *f, situ_program *p)
{
    load_segment segments[SITU_IMAGE_RUNS_MAX];
    u32 n_segments = 0;

    SITU_TRY(check_header(f));
    SITU_TRY(read_segments(f, segments, &n_segments));
    SITU_TRY(make_regions(f, p, segments, n_segments));
    SITU_TRY(copy_image(f, p, segments, n_segments));
    SITU_TRY(decode_image(f, p));
    if (f->header.entry % 4 != 0) {
        return refuse(f, SITU_ERR_FORMAT, "entry 0x%" PRIx64 " is no multiple of 4", f->header.entry);
    }
    if (situ_program_insn_at(p, f->header.entry) == p->n_insns) {
        return refuse(f, SITU_ERR_FORMAT, "entry 0x%" PRIx64 " is not in an executable segment",
                      f->header.entry);
    }
    p->entry = (u32)f->header.entry;
    p->has_rvc_flag = f->header.flags & ELF_FLAG_RVC;
    SITU_TRY(make_pages(f, p));
    read_symbols(f, p);
    return SITU_OK;
}

situ_err situ_program_load(situ_program **program, const void *elf, size_t n_bytes,
                           char message[SITU_MESSAGE_BYTES])
{
    elf_file f = {.bytes = elf, .n_bytes = n_bytes, .message = message};

    *program = NULL;
    if (message) message[0] = 0;
    situ_program *p = calloc(1, sizeof *p);
    if (!p) return refuse(&f, SITU_ERR_MEMORY, "no memory for the program");
    situ_err err = load(&f, p);
    if (err) {
        situ_program_free(p);
        return err;
    }
    *program = p;
    return SITU_OK;
}
