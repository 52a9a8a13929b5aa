/* The loader: what it accepts, and each refusal with its message. */
#include <stddef.h>

#include "tests/vm/guest_asm.h"
#include "vm/program.h"

static guest_asm g;

enum { HEAD = sizeof(elf_header), CODE_SEGMENT = HEAD, DATA_SEGMENT = HEAD + sizeof(elf_segment) };

static u8 *elf;
static size_t n_elf;

/* A good file: code at 0x10000, data at 0x400000. */
static void good(void)
{
    g.n_code = 0;
    asm_exit(&g, 0);
    g.n_data = 64;
    for (u32 i = 0; i < 64; i++) g.data[i] = (u8)(i + 1);
    free(elf);
    elf = asm_elf(&g, &n_elf);
}

static void put(size_t offset, u64 value, size_t n_bytes) { memcpy(elf + offset, &value, n_bytes); }

#define PUT_HEAD(field, value) put(offsetof(elf_header, field), value, sizeof((elf_header){0}.field))
#define PUT_SEGMENT(at, field, value) \
    put((at) + offsetof(elf_segment, field), value, sizeof((elf_segment){0}.field))

static void refused_n(situ_err err, const char *part, size_t n_bytes)
{
    situ_program *p;
    char message[SITU_MESSAGE_BYTES];
    CHECK_EQ(situ_program_load(&p, elf, n_bytes, message), err);
    CHECK(p == NULL);
    if (!strstr(message, part)) test_fail(__FILE__, __LINE__, "message '%s' lacks '%s'", message, part);
    CHECK(strchr(message, '\n') == NULL);
    CHECK_EQ(situ_program_load(&p, elf, n_bytes, NULL), err); /* a message is not needed */
}

static void refused(const char *part) { refused_n(SITU_ERR_FORMAT, part, n_elf); }

static situ_program *accepted(void)
{
    situ_program *p;
    char message[SITU_MESSAGE_BYTES];
    if (situ_program_load(&p, elf, n_elf, message)) test_fail(__FILE__, __LINE__, "%s", message);
    return p;
}

TEST(a_good_file_is_accepted)
{
    good();
    situ_program *p = accepted();
    CHECK_EQ(situ_program_entry(p), ASM_CODE);
    CHECK_EQ(p->n_insns, ((g.n_code + 1) & ~1u) + 1);
    const situ_region *r = situ_program_region(p, ASM_DATA / 8);
    CHECK_EQ(r->kind, SITU_REGION_WRITE);
    CHECK_EQ(r->last - r->first + 1, 8);
    CHECK_MEM_EQ(p->image_words + r->at, g.data, 64);
    CHECK_EQ(situ_program_region(p, ASM_DATA / 8 + 8)->kind, SITU_REGION_ZERO);
    CHECK(situ_program_region(p, 0x6ffff000 / 8) == NULL);
    CHECK(situ_program_region(p, 0xff8 / 8) == NULL);
    CHECK_EQ(situ_program_region(p, 0x1000 / 8)->kind, SITU_REGION_ZERO);
    CHECK_EQ(situ_program_region(p, 0xffffeff8u / 8)->kind, SITU_REGION_INPUT);
    CHECK(situ_program_region(p, 0xfffff000u / 8) == NULL);
    for (u32 i = 1; i < p->n_regions; i++) CHECK(p->regions[i].first > p->regions[i - 1].last);
    situ_program_free(p);
}

/* The page table against every region's share of every page. */
TEST(pages_allow_what_all_their_words_allow)
{
    enum { WORDS = SITU_VM_PAGE_BYTES / 8 };
    good();
    PUT_SEGMENT(DATA_SEGMENT, flags, ELF_PF_R); /* constants, in pages of their own and beside zero memory */
    PUT_SEGMENT(DATA_SEGMENT, vaddr, 0x40ff0);
    PUT_SEGMENT(DATA_SEGMENT, memsz, 0x3000);
    situ_program *p = accepted();
    u32 seen = 0;
    for (u32 page = 0; page < SITU_VM_PAGES; page++) {
        const u32 first = page * WORDS, end = first + WORDS;
        u32 n_ro = 0, n_rw = 0;
        for (u32 i = 0; i < p->n_regions; i++) {
            const situ_region *r = &p->regions[i];
            const u32 from = r->first > first ? r->first : first, to = r->last + 1 < end ? r->last + 1 : end;
            if (from < to) *(region_space(r->kind) == SITU_SPACE_RO ? &n_ro : &n_rw) += to - from;
        }
        u32 want = 0;
        if (n_ro + n_rw < WORDS)
            want = SITU_PAGE_NO_READ | SITU_PAGE_NO_WRITE;
        else if (n_ro)
            want = n_rw ? SITU_PAGE_NO_WRITE : SITU_PAGE_NO_WRITE | SITU_PAGE_FIXED;
        CHECK_EQ(p->pages[page], want);
        seen |= 1u << want;
    }
    CHECK_EQ(seen, 1 << 0 | 1 << 2 | 1 << 3 | 1 << 6); /* all four occur */
    situ_program_free(p);
}

TEST(bad_headers)
{
    good();
    refused_n(SITU_ERR_FORMAT, "header alone has 64", 0);
    refused_n(SITU_ERR_FORMAT, "63 bytes", 63);
#define BAD(part, ...) \
    do {               \
        good();        \
        __VA_ARGS__;   \
        refused(part); \
    } while (0)
    BAD("starts with 7e 45", elf[0] = 0x7e);
    BAD("class is 1", elf[4] = 1);
    BAD("byte order is 2", elf[5] = 2);
    BAD("version is 0", elf[6] = 0);
    BAD("version is 1 and 2", PUT_HEAD(version, 2));
    BAD("machine is 62", PUT_HEAD(machine, 62));
    BAD("position-independent", PUT_HEAD(type, 3));
    BAD("type is 1", PUT_HEAD(type, 1));
    BAD("have 32 bytes each", PUT_HEAD(phentsize, 32));
    BAD("no program headers", PUT_HEAD(phnum, 0));
    BAD("2 program headers at offset 0xffffffffffffffff", PUT_HEAD(phoff, UINT64_MAX));
    BAD("truncated: 2 program headers", PUT_HEAD(phoff, n_elf - 111));
    good();
    PUT_HEAD(phnum, 1025);
    refused_n(SITU_ERR_LIMIT, "1025 program headers", n_elf);
    good();
    refused_n(SITU_ERR_FORMAT, "truncated: 2 program headers", HEAD + 111);
    refused_n(SITU_ERR_FORMAT, "truncated: segment 1", n_elf - 1);
}

TEST(bad_segments)
{
    BAD("segment 0 has 0x1000 bytes in the file but 0x10 in memory",
        PUT_SEGMENT(CODE_SEGMENT, filesz, 0x1000), PUT_SEGMENT(CODE_SEGMENT, memsz, 0x10));
    BAD("truncated: segment 1", PUT_SEGMENT(DATA_SEGMENT, offset, UINT64_MAX - 8));
    BAD("reaches beyond 32-bit addresses", PUT_SEGMENT(DATA_SEGMENT, vaddr, UINT64_C(1) << 32));
    BAD("reaches beyond 32-bit addresses", PUT_SEGMENT(DATA_SEGMENT, memsz, UINT64_MAX));
    BAD("lies below 0x1000", PUT_SEGMENT(DATA_SEGMENT, vaddr, 0xfff));
    BAD("guard below the stack", PUT_SEGMENT(DATA_SEGMENT, vaddr, 0x6ffffff8));
    BAD("where the input is", PUT_SEGMENT(DATA_SEGMENT, vaddr, 0xc0000000));
    BAD("both writable and executable", PUT_SEGMENT(CODE_SEGMENT, flags, 7));
    BAD("allows no access", PUT_SEGMENT(DATA_SEGMENT, flags, 0));
    BAD("no multiple of 4", PUT_SEGMENT(CODE_SEGMENT, vaddr, 0x10002), PUT_HEAD(entry, 0x10004));
    BAD("segments 0 and 1 overlap at 0x10008", PUT_SEGMENT(DATA_SEGMENT, vaddr, 0x10008));
    BAD("overlap", PUT_SEGMENT(DATA_SEGMENT, vaddr, 0x10000));
    BAD("different permissions in the 8-byte word",
        PUT_SEGMENT(DATA_SEGMENT, vaddr, 0x10000 + 4 * (g.n_code)));
    BAD("dynamically linked", PUT_SEGMENT(DATA_SEGMENT, type, ELF_PT_INTERP));
    BAD("dynamically linked", PUT_SEGMENT(DATA_SEGMENT, type, ELF_PT_DYNAMIC));
    BAD("nothing to load", PUT_SEGMENT(CODE_SEGMENT, type, 4), PUT_SEGMENT(DATA_SEGMENT, memsz, 0),
        PUT_SEGMENT(DATA_SEGMENT, filesz, 0));
    BAD("entry 0x10002 is no multiple of 4", PUT_HEAD(entry, 0x10002));
    BAD("entry 0x400000 is not in an executable", PUT_HEAD(entry, 0x400000));
    BAD("entry 0x7fffffffffffff00 is not in an executable", PUT_HEAD(entry, UINT64_C(0x7fffffffffffff00)));
    good();
    PUT_SEGMENT(DATA_SEGMENT, flags, ELF_PF_R);
    PUT_SEGMENT(DATA_SEGMENT, memsz, (u64)SITU_IMAGE_WORDS_MAX * 8);
    refused_n(SITU_ERR_LIMIT, "words of 8 bytes", n_elf);
}

/* A gigabyte of zeros that may be written costs nothing. */
TEST(large_bss_is_free)
{
    good();
    PUT_SEGMENT(DATA_SEGMENT, memsz, UINT64_C(1) << 30);
    situ_program *p = accepted();
    CHECK(p->n_image_words < 100);
    situ_program_free(p);
}

static void digest_of(u8 digest[SITU_PROGRAM_DIGEST_BYTES])
{
    situ_program *p = accepted();
    situ_program_digest(p, digest);
    situ_program_free(p);
}

TEST(digest_covers_image_permissions_and_entry_only)
{
    u8 a[SITU_PROGRAM_DIGEST_BYTES], b[SITU_PROGRAM_DIGEST_BYTES];
    good();
    digest_of(a);

    /* the same program: other file layout, physical addresses, alignment, flags without meaning, section
     * headers */
    PUT_SEGMENT(DATA_SEGMENT, paddr, 123);
    PUT_SEGMENT(CODE_SEGMENT, align, 0);
    PUT_HEAD(flags, 0);
    PUT_HEAD(shoff, 77);
    PUT_HEAD(shnum, 3);
    digest_of(b);
    CHECK_MEM_EQ(a, b, sizeof a);
    elf_segment first, second;
    memcpy(&first, elf + CODE_SEGMENT, sizeof first);
    memcpy(&second, elf + DATA_SEGMENT, sizeof second);
    memcpy(elf + CODE_SEGMENT, &second, sizeof second);
    memcpy(elf + DATA_SEGMENT, &first, sizeof first);
    digest_of(b);
    CHECK_MEM_EQ(a, b, sizeof a);

    /* others */
    for (int i = 0; i < 4; i++) {
        good();
        if (i == 0) elf[4096] ^= 1;                             /* code          */
        if (i == 1) elf[n_elf - 1] ^= 1;                        /* data          */
        if (i == 2) PUT_SEGMENT(DATA_SEGMENT, flags, ELF_PF_R); /* permission    */
        if (i == 3) PUT_HEAD(entry, ASM_CODE + 4);              /* entry         */
        digest_of(b);
        CHECK(memcmp(a, b, sizeof a) != 0);
    }
    good();
    PUT_SEGMENT(DATA_SEGMENT, vaddr, ASM_DATA + 8); /* place */
    digest_of(b);
    CHECK(memcmp(a, b, sizeof a) != 0);
}

/* Two segments of one kind whose ends share a word are one region. */
TEST(segments_of_one_kind_may_share_a_word)
{
    good();
    PUT_SEGMENT(CODE_SEGMENT, flags, ELF_PF_R);
    PUT_SEGMENT(DATA_SEGMENT, flags, ELF_PF_R | ELF_PF_X);
    PUT_SEGMENT(DATA_SEGMENT, memsz, 64);
    PUT_HEAD(entry, ASM_DATA);
    situ_program *p = accepted();
    CHECK_EQ(situ_program_region(p, ASM_CODE / 8)->kind, SITU_REGION_READ);
    situ_program_free(p);

    good();
    u32 code_bytes = 4 * g.n_code;
    CHECK_EQ(code_bytes % 8, 4);
    PUT_SEGMENT(DATA_SEGMENT, flags, ELF_PF_X); /* executable implies readable */
    PUT_SEGMENT(DATA_SEGMENT, vaddr, ASM_CODE + code_bytes);
    PUT_SEGMENT(DATA_SEGMENT, memsz, 64);
    p = accepted();
    const situ_region *r = situ_program_region(p, ASM_CODE / 8);
    CHECK_EQ(r->last, (ASM_CODE + code_bytes + 63) / 8);
    CHECK_MEM_EQ((u8 *)(p->image_words + r->at) + code_bytes, g.data, 64);
    CHECK_EQ(p->insns[g.n_code].pc, ASM_CODE + code_bytes);
    situ_program_free(p);
}

/* Cut at every length, and every byte of the headers damaged: an error with a message, or a program. */
TEST(damaged_files_never_break_the_loader)
{
    char message[SITU_MESSAGE_BYTES];
    situ_program *p;
    good();
    for (size_t n = 0; n < n_elf; n += n < 256 ? 1 : 97) {
        u8 *cut = malloc(n ? n : 1); /* so that sanitizers see reads behind the end */
        memcpy(cut, elf, n);
        CHECK(situ_program_load(&p, cut, n, message) != SITU_OK);
        CHECK(message[0] != 0);
        free(cut);
    }
    for (size_t i = 0; i < HEAD + 2 * sizeof(elf_segment); i++) {
        for (u32 k = 0; k < 4; k++) {
            static const u8 changes[4] = {1, 0x80, 0xff, 0x10};
            good();
            elf[i] ^= changes[k];
            situ_err err = situ_program_load(&p, elf, n_elf, message);
            CHECK(err == SITU_OK || message[0] != 0);
            situ_program_free(p);
        }
    }
}

TEST_MAIN()
