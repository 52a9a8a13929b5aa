/* cmd_kzg.c — `situ kzg`: commitments, proofs and cells of blobs in files. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "cli/kzg_setup.h"
#include "situ/kzg.h"

static const char help[] =
    "Usage: situ kzg commit|prove|verify|cells|recover|setup [OPTION]... FILE...\n"
    "\n"
    "  commit BLOB...     a line `COMMITMENT BLOB` for each\n"
    "  prove BLOB...      a line `COMMITMENT PROOF BLOB` for each; with --z, `COMMITMENT PROOF Z Y BLOB`\n"
    "  verify LIST        check the lines of `prove`, all blob proofs in one batch\n"
    "  verify --cells --commitment HEX CELLS    check the cells of one blob\n"
    "  cells BLOB         128 lines `INDEX CELL PROOF`\n"
    "  recover CELLS      all 128 lines from 64 or more of them, in ascending order (proofs in them are not "
    "read)\n"
    "  setup SETUP        check a set-up and write it as a cache file, which loads in milliseconds\n"
    "\n"
    "  --setup FILE       the ceremony's set-up: text, JSON or cache (default: $SITU_KZG_SETUP)\n"
    "  -o FILE            write there instead of standard output; nothing is written after an error\n"
    "  --z HEX            prove: at this point\n"
    "  --threads N        default: all\n"
    "\n"
    "A blob is 131072 raw bytes, or as many in hexadecimal with or without 0x.  Values are hexadecimal with "
    "0x.\n"
    "\n"
    "Examples:\n"
    "  situ kzg setup trusted_setup.txt -o setup.cache\n"
    "  situ kzg prove --setup setup.cache *.blob -o proofs && situ kzg verify --setup setup.cache proofs\n";

typedef struct {
    const char *setup, *out, *z, *commitment, *threads;
    u8 z_bytes[32], commitment_bytes[48];
    bool is_cells;
    char **files;
    int n_files;
    situ_kzg *kzg;
    situ_pool *pool;
    char *text; /* what will be written */
    size_t text_len, text_room;
} kzg_run;

/* --- files -------------------------------------------------------------------------------------------- */

#define FILE_BYTES_MAX ((size_t)64 << 20)

static int read_file(const char *path, u8 **bytes, size_t *len)
{
    *bytes = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return cmd_fail("%s: %s", path, strerror(errno));
    size_t room = 1 << 18, n = 0;
    u8 *b = malloc(room + 1);
    for (ssize_t got = 1; b && got != 0;) {
        if (n == room) {
            room *= 2;
            u8 *larger = room <= FILE_BYTES_MAX ? realloc(b, room + 1) : NULL;
            if (!larger) break;
            b = larger;
        }
        got = read(fd, b + n, room - n);
        if (got < 0) {
            int status = cmd_fail("%s: %s", path, strerror(errno));
            close(fd);
            free(b);
            return status;
        }
        n += (size_t)got;
    }
    close(fd);
    if (!b || room > FILE_BYTES_MAX) {
        free(b);
        return cmd_fail("%s: too large, or no memory: expected at most %zu bytes", path, FILE_BYTES_MAX);
    }
    b[n] = 0;
    *bytes = b;
    *len = n;
    return 0;
}

/* All of it under a temporary name, then renamed. */
static int write_file(const char *path, const void *bytes, size_t len)
{
    char temporary[4096];
    if ((size_t)snprintf(temporary, sizeof temporary, "%s.%ld.tmp", path, (long)getpid()) >= sizeof temporary)
        return cmd_fail("%s: name too long", path);
    FILE *f = fopen(temporary, "wb");
    if (!f) return cmd_fail("%s: %s", path, strerror(errno));
    bool ok = fwrite(bytes, 1, len, f) == len;
    ok &= fclose(f) == 0;
    if (ok && rename(temporary, path) == 0) return 0;
    int status = cmd_fail("%s: %s", path, strerror(errno));
    unlink(temporary);
    return status;
}

static int put_text(kzg_run *run, const char *s, size_t n)
{
    if (run->text_room - run->text_len < n) {
        size_t room = 2 * run->text_room + n;
        char *larger = realloc(run->text, room);
        if (!larger) return cmd_fail("no memory for the output");
        run->text = larger;
        run->text_room = room;
    }
    memcpy(run->text + run->text_len, s, n);
    run->text_len += n;
    return 0;
}

static int put_string(kzg_run *run, const char *s) { return put_text(run, s, strlen(s)); }

static int put_hex(kzg_run *run, const u8 *bytes, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    if (put_text(run, "0x", 2)) return 1;
    for (size_t i = 0; i < n; i++) {
        char pair[2] = {digits[bytes[i] >> 4], digits[bytes[i] & 15]};
        if (put_text(run, pair, 2)) return 1;
    }
    return 0;
}

static int write_text(const kzg_run *run)
{
    if (run->out) return write_file(run->out, run->text, run->text_len);
    if (fwrite(run->text, 1, run->text_len, stdout) == run->text_len && fflush(stdout) == 0) return 0;
    return cmd_fail("standard output: %s", strerror(errno));
}

/* --- hexadecimal -------------------------------------------------------------------------------------- */

static int nibble(u8 c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* Exactly n bytes out of the len characters of `text`, 0x or not; the offset of the fault, or SIZE_MAX. */
static size_t parse_hex(u8 *out, size_t n, const u8 *text, size_t len)
{
    size_t at = len >= 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X') ? 2 : 0;
    for (size_t i = 0; i < 2 * n; i++, at++) {
        int v = at < len ? nibble(text[at]) : -1;
        if (v < 0) return at;
        out[i / 2] = (u8)(i % 2 ? out[i / 2] | v : v << 4);
    }
    return at == len ? SIZE_MAX : at;
}

static int hex_option(u8 *out, size_t n, const char *name, const char *value)
{
    size_t at = parse_hex(out, n, (const u8 *)value, strlen(value));
    if (at == SIZE_MAX) return 0;
    return cmd_fail("%s: expected %zu bytes in hexadecimal, fault at character %zu", name, n, at);
}

/* Index of the first of n field elements that is not below the group order, or n. */
static size_t bad_element(const u8 *bytes, size_t n)
{
    situ_fr a;
    size_t i = 0;
    while (i < n && situ_fr_read(&a, bytes + i * SITU_KZG_FIELD_BYTES) == SITU_OK) i++;
    return i;
}

/* What is wrong with a point's bytes; NULL: nothing. */
static const char *point_fault(const u8 bytes[48])
{
    situ_g1 point;
    switch (situ_g1_read(&point, bytes)) {
    case SITU_OK: return NULL;
    case SITU_ERR_REJECT: return "a point of the curve, but not in the group";
    default: return "not the compressed form of a point on the curve";
    }
}

/* A blob, all its elements below the group order. */
static int read_blob(const char *path, u8 *blob)
{
    u8 *bytes;
    size_t len, at = SIZE_MAX;
    if (read_file(path, &bytes, &len)) return 1;
    size_t found = len;
    if (len == SITU_KZG_BLOB_BYTES) {
        memcpy(blob, bytes, len);
    } else {
        while (len > 0 && (bytes[len - 1] == '\n' || bytes[len - 1] == '\r')) len--;
        at = parse_hex(blob, SITU_KZG_BLOB_BYTES, bytes, len);
    }
    free(bytes);
    if (at != SIZE_MAX)
        return cmd_fail(
            "%s: expected a blob of %d bytes, raw or in hexadecimal; found %zu bytes, no hexadecimal "
            "digit at offset %zu",
            path, SITU_KZG_BLOB_BYTES, found, at);
    size_t bad = bad_element(blob, SITU_KZG_BLOB_ELEMENTS);
    if (bad < SITU_KZG_BLOB_ELEMENTS)
        return cmd_fail("%s: field element %zu (byte %zu of the blob) is not below the group order", path,
                        bad, bad * SITU_KZG_FIELD_BYTES);
    return 0;
}

/* --- set-up ------------------------------------------------------------------------------------------- */

int kzg_setup_load(situ_kzg **kzg, const char *path, situ_pool *pool)
{
    u8 *bytes;
    size_t len;
    situ_kzg_fault fault = {0, ""};
    if (!path) path = getenv("SITU_KZG_SETUP");
    if (!path) return cmd_fail("kzg: no set-up: give --setup FILE or set SITU_KZG_SETUP");
    if (read_file(path, &bytes, &len)) return 1;
    bool is_cache = len >= 8 && memcmp(bytes, "SITUKZG", 8) == 0;
    situ_err err = is_cache ? situ_kzg_cache_read(kzg, bytes, len, pool)
                            : situ_kzg_parse(kzg, (const char *)bytes, len, &fault, pool);
    free(bytes);
    if (err == SITU_OK) return 0;
    if (is_cache)
        return cmd_fail("%s: damaged cache file, or of another version; make it again (situ kzg setup)",
                        path);
    if (err == SITU_ERR_FORMAT)
        return cmd_fail("%s: at byte %zu: expected %s", path, fault.offset, fault.expected);
    return cmd_fail("%s: the points are no powers of one secret, or the two forms differ (%s)", path,
                    situ_err_name(err));
}

static int do_setup(kzg_run *run)
{
    if (kzg_setup_load(&run->kzg, run->files[0], run->pool)) return 1;
    void *cache = malloc(situ_kzg_cache_bytes());
    if (!cache) return cmd_fail("no memory");
    situ_kzg_cache_write(cache, run->kzg);
    int status = write_file(run->out, cache, situ_kzg_cache_bytes());
    free(cache);
    return status;
}

/* --- commands ----------------------------------------------------------------------------------------- */

/* A line that is written over, for who watches. */
static void show_progress(size_t done, size_t all)
{
    if (all > 1 && isatty(STDERR_FILENO))
        fprintf(stderr, "\rkzg: %zu of %zu%s", done, all, done == all ? "\n" : "");
}

static u8 blob[SITU_KZG_BLOB_BYTES];

static int commit_one(kzg_run *run, const char *path, u8 commitment[48])
{
    if (read_blob(path, blob)) return 1;
    situ_err err = situ_kzg_commit(run->kzg, commitment, blob, run->pool);
    if (err) return cmd_fail("%s: %s", path, situ_err_name(err));
    return put_hex(run, commitment, 48) || put_string(run, " ");
}

static int prove_one(kzg_run *run, const char *path)
{
    u8 commitment[48], proof[48], y[32];
    if (commit_one(run, path, commitment)) return 1;
    situ_err err = run->z ? situ_kzg_prove(run->kzg, proof, y, blob, run->z_bytes, run->pool)
                          : situ_kzg_prove_blob(run->kzg, proof, blob, commitment, run->pool);
    if (err) return cmd_fail("%s: %s", path, situ_err_name(err));
    if (put_hex(run, proof, 48) || put_string(run, " ")) return 1;
    if (!run->z) return 0;
    return put_hex(run, run->z_bytes, 32) || put_string(run, " ") || put_hex(run, y, 32) ||
           put_string(run, " ");
}

static int do_files(kzg_run *run, bool with_proof)
{
    u8 commitment[48];
    for (int i = 0; i < run->n_files; i++) {
        const char *path = run->files[i];
        if (with_proof ? prove_one(run, path) : commit_one(run, path, commitment)) return 1;
        if (put_string(run, path) || put_string(run, "\n")) return 1;
        show_progress((size_t)i + 1, (size_t)run->n_files);
    }
    return write_text(run);
}

/* A word of a line and what is behind it. */
static char *next_word(char **line)
{
    char *word = *line + strspn(*line, " ");
    *line = word + strcspn(word, " ");
    if (**line) *(*line)++ = 0;
    return word;
}

static int field_fail(const char *path, size_t line, const char *what)
{
    return cmd_fail("%s: line %zu: expected %s", path, line, what);
}

static bool word_is_hex(u8 *out, size_t n, const char *word)
{
    return word[0] == '0' && parse_hex(out, n, (const u8 *)word, strlen(word)) == SIZE_MAX;
}

#define VERIFY_BATCH 64

typedef struct {
    u8 *blobs;
    u8 commitments[VERIFY_BATCH * 48], proofs[VERIFY_BATCH * 48];
    size_t line[VERIFY_BATCH];
    size_t n;
    size_t n_done, n_lines; /* proofs that hold; lines of the file, about */
} verify_batch;

/* A line's fault: of its points, or its proof alone. */
static int line_fault(const char *path, size_t line, const u8 *commitment, const u8 *proof, situ_err err)
{
    const char *fault = point_fault(commitment);
    if (fault) return cmd_fail("%s: line %zu: the commitment is %s", path, line, fault);
    fault = point_fault(proof);
    if (fault) return cmd_fail("%s: line %zu: the proof is %s", path, line, fault);
    if (err == SITU_ERR_REJECT) return cmd_fail("%s: line %zu: the proof does not hold", path, line);
    return cmd_fail("%s: line %zu: %s", path, line, situ_err_name(err));
}

/* All at once; if that fails, one after the other for the first that is wrong. */
static int verify_flush(const kzg_run *run, verify_batch *b, const char *path)
{
    situ_err err = situ_kzg_verify_blobs(run->kzg, b->blobs, b->commitments, b->proofs, b->n, run->pool);
    for (size_t i = 0; err && i < b->n; i++) {
        const u8 *c = b->commitments + 48 * i, *p = b->proofs + 48 * i;
        situ_err one = situ_kzg_verify_blob(run->kzg, b->blobs + i * SITU_KZG_BLOB_BYTES, c, p, run->pool);
        if (one) return line_fault(path, b->line[i], c, p, one);
    }
    if (err)
        return cmd_fail("%s: lines %zu to %zu: %s", path, b->line[0], b->line[b->n - 1], situ_err_name(err));
    b->n_done += b->n;
    b->n = 0;
    return 0;
}

/* A line `COMMITMENT PROOF [Z Y] BLOB`. */
static int verify_line(const kzg_run *run, verify_batch *b, const char *path, size_t number, char *line)
{
    u8 *commitment = b->commitments + 48 * b->n, *proof = b->proofs + 48 * b->n, zy[2][32];
    static const char *const names[] = {"a point of 32 bytes", "a value of 32 bytes"};
    if (!word_is_hex(commitment, 48, next_word(&line)))
        return field_fail(path, number, "a commitment of 48 bytes");
    if (!word_is_hex(proof, 48, next_word(&line))) return field_fail(path, number, "a proof of 48 bytes");
    char *name = line + strspn(line, " ");
    bool has_point = strncmp(name, "0x", 2) == 0 && strcspn(name, " ") == 66 && name[66] == ' ';
    for (int i = 0; has_point && i < 2; i++) {
        if (!word_is_hex(zy[i], 32, next_word(&line))) return field_fail(path, number, names[i]);
        if (bad_element(zy[i], 1) == 0)
            return cmd_fail("%s: line %zu: %s is not below the group order", path, number,
                            i ? "the value" : "the point");
    }
    if (has_point) {
        situ_err err = situ_kzg_verify(run->kzg, commitment, zy[0], zy[1], proof);
        if (err) return line_fault(path, number, commitment, proof, err);
        b->n_done++;
        return 0;
    }
    if (!*name) return field_fail(path, number, "the name of a blob's file");
    if (read_blob(name, b->blobs + b->n * SITU_KZG_BLOB_BYTES)) return 1;
    b->line[b->n++] = number;
    return b->n == VERIFY_BATCH ? verify_flush(run, b, path) : 0;
}

static int verify_list(const kzg_run *run, verify_batch *b, const char *path, char *text)
{
    size_t number = 0;
    for (const char *at = text; (at = strchr(at, '\n')); at++) b->n_lines++;
    for (char *end; *text; text = end) {
        end = text + strcspn(text, "\n");
        if (*end) *end++ = 0;
        number++;
        if (*text && verify_line(run, b, path, number, text)) return 1;
        show_progress(number, b->n_lines);
    }
    if (b->n > 0 && verify_flush(run, b, path)) return 1;
    if (b->n_done == 0)
        return cmd_fail("%s: nothing to verify: expected the lines of `situ kzg prove`", path);
    return printf("%zu proof%s hold%s\n", b->n_done, b->n_done > 1 ? "s" : "", b->n_done > 1 ? "" : "s") < 0;
}

/* --- cells -------------------------------------------------------------------------------------------- */

static u8 cells[SITU_KZG_CELLS * SITU_KZG_CELL_BYTES], proofs[SITU_KZG_CELLS * 48];

static int write_cells(kzg_run *run)
{
    for (int i = 0; i < SITU_KZG_CELLS; i++) {
        char index[8];
        snprintf(index, sizeof index, "%d ", i);
        if (put_string(run, index) || put_hex(run, cells + i * SITU_KZG_CELL_BYTES, SITU_KZG_CELL_BYTES) ||
            put_string(run, " ") || put_hex(run, proofs + i * 48, 48) || put_string(run, "\n"))
            return 1;
    }
    return write_text(run);
}

static int do_cells(kzg_run *run)
{
    if (read_blob(run->files[0], blob)) return 1;
    situ_err err = situ_kzg_cells(run->kzg, cells, proofs, blob, run->pool);
    if (err) return cmd_fail("%s: %s", run->files[0], situ_err_name(err));
    return write_cells(run);
}

typedef struct {
    u64 indices[SITU_KZG_CELLS];
    u8 cells[SITU_KZG_CELLS * SITU_KZG_CELL_BYTES], proofs[SITU_KZG_CELLS * 48];
    size_t line[SITU_KZG_CELLS];
    size_t n;
} known_cells;

/* Lines `INDEX CELL [PROOF]`, indices strictly ascending. */
static int parse_cells(known_cells *k, const char *path, char *text, bool with_proofs)
{
    size_t number = 0;
    for (char *end; *text; text = end) {
        end = text + strcspn(text, "\n");
        if (*end) *end++ = 0;
        number++;
        if (!*text) continue;
        char *line = text, *word = next_word(&line), *after;
        unsigned long index = strtoul(word, &after, 10);
        if (*after || after == word || index >= SITU_KZG_CELLS)
            return field_fail(path, number, "a cell index, 0 to 127");
        if (k->n > 0 && index <= k->indices[k->n - 1])
            return field_fail(path, number,
                              index == k->indices[k->n - 1] ? "each cell once" : "ascending cell indices");
        u8 *cell = k->cells + k->n * SITU_KZG_CELL_BYTES;
        if (!word_is_hex(cell, SITU_KZG_CELL_BYTES, next_word(&line)))
            return field_fail(path, number, "a cell of 2048 bytes");
        size_t bad = bad_element(cell, SITU_KZG_CELL_ELEMENTS);
        if (bad < SITU_KZG_CELL_ELEMENTS)
            return cmd_fail("%s: line %zu: field element %zu of the cell is not below the group order", path,
                            number, bad);
        if (with_proofs && !word_is_hex(k->proofs + k->n * 48, 48, next_word(&line)))
            return field_fail(path, number, "a proof of 48 bytes");
        k->line[k->n] = number;
        k->indices[k->n++] = index;
    }
    return 0;
}

static int recover_cells(kzg_run *run, known_cells *k, const char *path)
{
    if (k->n < SITU_KZG_CELLS_MIN)
        return cmd_fail("%s: expected at least %d cells, found %zu", path, SITU_KZG_CELLS_MIN, k->n);
    situ_err err = situ_kzg_recover(run->kzg, cells, proofs, k->indices, k->cells, k->n, run->pool);
    if (err) return cmd_fail("%s: %s", path, situ_err_name(err));
    return write_cells(run);
}

/* As verify_flush: all at once, then for the first that is wrong. */
static int verify_cells(const kzg_run *run, const known_cells *k, const char *path)
{
    u8 commitments[SITU_KZG_CELLS * 48];
    for (size_t i = 0; i < k->n; i++) memcpy(commitments + 48 * i, run->commitment_bytes, 48);
    if (k->n == 0) return cmd_fail("%s: nothing to verify: expected the lines of `situ kzg cells`", path);
    situ_err err =
        situ_kzg_verify_cells(run->kzg, commitments, k->indices, k->cells, k->proofs, k->n, run->pool);
    for (size_t i = 0; err && i < k->n; i++) {
        const char *fault = point_fault(k->proofs + 48 * i);
        if (fault) return cmd_fail("%s: line %zu: the proof is %s", path, k->line[i], fault);
        if (situ_kzg_verify_cells(run->kzg, commitments, &k->indices[i], k->cells + i * SITU_KZG_CELL_BYTES,
                                  k->proofs + 48 * i, 1, run->pool) == SITU_ERR_REJECT)
            return cmd_fail("%s: line %zu: the cell does not belong to the commitment", path, k->line[i]);
    }
    if (err) return cmd_fail("%s: %s", path, situ_err_name(err));
    return printf("%zu cell%s to the commitment\n", k->n, k->n > 1 ? "s belong" : " belongs") < 0;
}

/* Commands whose file is lines of text. */
static int do_lines(kzg_run *run, bool is_recover)
{
    static known_cells known;
    static verify_batch batch;
    u8 *text;
    size_t len;
    const char *path = run->files[0];
    if (read_file(path, &text, &len)) return 1;
    int status;
    if (strlen((char *)text) != len) {
        status = cmd_fail("%s: expected text, found a zero byte at offset %zu", path, strlen((char *)text));
    } else if (is_recover || run->is_cells) {
        status = parse_cells(&known, path, (char *)text, !is_recover);
        if (status == 0)
            status = is_recover ? recover_cells(run, &known, path) : verify_cells(run, &known, path);
    } else {
        batch.blobs = malloc((size_t)VERIFY_BATCH * SITU_KZG_BLOB_BYTES);
        status = batch.blobs ? verify_list(run, &batch, path, (char *)text) : cmd_fail("no memory");
        free(batch.blobs);
    }
    free(text);
    return status;
}

/* --- arguments ---------------------------------------------------------------------------------------- */

static int usage(const char *command, const char *what, const char *which)
{
    fprintf(stderr, "situ: kzg: %s%s%s; `situ kzg --help` explains\n", command, what, which);
    return 2;
}

enum { COMMIT, PROVE, VERIFY, CELLS, RECOVER, SETUP, N_COMMANDS };
static const char *const names[N_COMMANDS] = {"commit", "prove", "verify", "cells", "recover", "setup"};
#define FOR(command) (1u << (command))
#define FOR_OUTPUT   (FOR(COMMIT) | FOR(PROVE) | FOR(CELLS) | FOR(RECOVER) | FOR(SETUP))
#define FOR_ALL      (FOR(N_COMMANDS) - 1)

static int parse_args(kzg_run *run, int which, int argc, char **argv)
{
    const struct {
        const char *name;
        const char **value;
        u32 commands; /* that have the option */
    } options[] = {{"--setup", &run->setup, FOR_ALL & ~FOR(SETUP)},
                   {"-o", &run->out, FOR_OUTPUT},
                   {"--output", &run->out, FOR_OUTPUT},
                   {"--z", &run->z, FOR(PROVE)},
                   {"--threads", &run->threads, FOR_ALL},
                   {"--commitment", &run->commitment, FOR(VERIFY)}};
    run->files = argv;
    for (int i = 0; i < argc; i++) {
        if (which == VERIFY && strcmp(argv[i], "--cells") == 0) {
            run->is_cells = true;
            continue;
        }
        if (argv[i][0] != '-' || !argv[i][1]) {
            run->files[run->n_files++] = argv[i];
            continue;
        }
        size_t k = 0;
        while (k < SITU_ARRAY_LEN(options) &&
               (strcmp(argv[i], options[k].name) != 0 || !(options[k].commands & FOR(which))))
            k++;
        if (k == SITU_ARRAY_LEN(options)) return usage(names[which], " has no option ", argv[i]);
        if (i + 1 == argc) return usage(names[which], ": a value is missing after ", argv[i]);
        *options[k].value = argv[++i];
    }
    return 0;
}

/* What the options must be together, and the values of those in hexadecimal. */
static int check_args(kzg_run *run, int which)
{
    if (run->n_files == 0) return usage(names[which], ": no file", "");
    if (run->n_files > 1 && which > PROVE)
        return usage(names[which], ": one file only, found also ", run->files[1]);
    if (which == SETUP && !run->out) return usage("setup", ": -o FILE is missing", "");
    if (run->is_cells != (run->commitment != NULL))
        return usage("verify",
                     run->is_cells ? ": --cells wants --commitment HEX" : ": --commitment is for --cells",
                     "");
    if (run->z && hex_option(run->z_bytes, 32, "--z", run->z)) return 1;
    if (run->z && bad_element(run->z_bytes, 1) == 0) return cmd_fail("--z: not below the group order");
    if (!run->commitment) return 0;
    if (hex_option(run->commitment_bytes, 48, "--commitment", run->commitment)) return 1;
    const char *fault = point_fault(run->commitment_bytes);
    return fault ? cmd_fail("--commitment: %s", fault) : 0;
}

static int make_pool(kzg_run *run)
{
    char *after;
    unsigned long n = run->threads ? strtoul(run->threads, &after, 10) : 0;
    if (run->threads && (*after || after == run->threads || n == 0 || n > SITU_THREADS_MAX))
        return usage("--threads", ": expected 1 to 1024, found ", run->threads);
    if (situ_pool_create(&run->pool, (uint32_t)n)) return cmd_fail("threads could not be started");
    return 0;
}

static int run_command(kzg_run *run, int which)
{
    switch (which) {
    case COMMIT: return do_files(run, false);
    case PROVE: return do_files(run, true);
    case VERIFY: return do_lines(run, false);
    case CELLS: return do_cells(run);
    case RECOVER: return do_lines(run, true);
    default: return do_setup(run);
    }
}

int cmd_kzg(int argc, char **argv)
{
    kzg_run run = {0};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") != 0 && strcmp(argv[i], "-h") != 0) continue;
        fputs(help, stdout);
        return 0;
    }
    if (argc < 2) return usage("no command", "", "");
    int which = 0;
    while (which < N_COMMANDS && strcmp(argv[1], names[which]) != 0) which++;
    if (which == N_COMMANDS) return usage("no command ", argv[1], "");
    int status = parse_args(&run, which, argc - 2, argv + 2);
    if (status == 0) status = check_args(&run, which);
    if (status == 0) status = make_pool(&run);
    if (status == 0 && which != SETUP) status = kzg_setup_load(&run.kzg, run.setup, run.pool);
    if (status == 0) status = run_command(&run, which);
    situ_kzg_destroy(run.kzg);
    situ_pool_destroy(run.pool);
    free(run.text);
    return status;
}
