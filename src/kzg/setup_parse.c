/* setup_parse.c — the ceremony's text and JSON forms. */
#include "curve/block.h"
#include "kzg/kzg_internal.h"

typedef struct {
    u8 g1_lagrange[BLOB_N * 48], g2_monomial[N_G2 * 96], g1_monomial[BLOB_N * 48];
    size_t place[KZG_LISTS][BLOB_N]; /* where in the text each point stands */
} setup_bytes;

typedef struct {
    const char *text;
    size_t len, at;
    situ_kzg_fault *fault;
} cursor;

static situ_err fail(const cursor *c, const char *expected)
{
    if (c->fault) *c->fault = (situ_kzg_fault){.offset = c->at, .expected = expected};
    return SITU_ERR_FORMAT;
}

static bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

static void skip_space(cursor *c)
{
    while (c->at < c->len && is_space(c->text[c->at])) c->at++;
}

static int nibble(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

static situ_err parse_hex(cursor *c, u8 *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int high = c->at < c->len ? nibble(c->text[c->at]) : -1;
        if (high < 0) return fail(c, "a hexadecimal digit");
        c->at++;
        int low = c->at < c->len ? nibble(c->text[c->at]) : -1;
        if (low < 0) return fail(c, "a hexadecimal digit");
        c->at++;
        out[i] = (u8)(high << 4 | low);
    }
    return SITU_OK;
}

/* A decimal number and white space after it. */
static situ_err parse_count(cursor *c, u64 wanted, const char *expected)
{
    u64 value = 0;
    skip_space(c);
    size_t start = c->at;
    while (c->at < c->len && c->text[c->at] >= '0' && c->text[c->at] <= '9' && c->at - start < 6)
        value = 10 * value + (u64)(c->text[c->at++] - '0');
    if (value == wanted && c->at < c->len && is_space(c->text[c->at])) return SITU_OK;
    c->at = start;
    return fail(c, expected);
}

static situ_err parse_points(cursor *c, u8 *out, size_t *place, size_t n_points, size_t point_bytes)
{
    for (size_t i = 0; i < n_points; i++) {
        skip_space(c);
        place[i] = c->at;
        SITU_TRY(parse_hex(c, out + i * point_bytes, point_bytes));
        if (c->at < c->len && !is_space(c->text[c->at])) return fail(c, "white space after a point");
    }
    return SITU_OK;
}

static situ_err parse_text(cursor *c, setup_bytes *b)
{
    SITU_TRY(parse_count(c, BLOB_N, "4096, the number of G1 points"));
    SITU_TRY(parse_count(c, N_G2, "65, the number of G2 points"));
    SITU_TRY(parse_points(c, b->g1_lagrange, b->place[KZG_G1_LAGRANGE], BLOB_N, 48));
    SITU_TRY(parse_points(c, b->g2_monomial, b->place[KZG_G2_MONOMIAL], N_G2, 96));
    SITU_TRY(parse_points(c, b->g1_monomial, b->place[KZG_G1_MONOMIAL], BLOB_N, 48));
    skip_space(c);
    return c->at == c->len ? SITU_OK : fail(c, "the end of the file");
}

/* --- JSON: one object of arrays of strings, which is all that a set-up needs -------------------------- */

static situ_err expect(cursor *c, char wanted, const char *expected)
{
    skip_space(c);
    if (c->at >= c->len || c->text[c->at] != wanted) return fail(c, expected);
    c->at++;
    return SITU_OK;
}

/* A string without escapes; *start and *n are what is between the quotes. */
static situ_err parse_string(cursor *c, const char **start, size_t *n)
{
    SITU_TRY(expect(c, '"', "a string"));
    *start = c->text + c->at;
    size_t first = c->at;
    while (c->at < c->len && c->text[c->at] != '"' && c->text[c->at] != '\\') c->at++;
    *n = c->at - first;
    return expect(c, '"', "the end of a string without escapes");
}

static situ_err parse_json_points(cursor *c, u8 *out, size_t *place, size_t n_points, size_t point_bytes)
{
    SITU_TRY(expect(c, '[', "'[' before points"));
    for (size_t i = 0; i < n_points; i++) {
        if (i > 0) SITU_TRY(expect(c, ',', "',' and another point"));
        SITU_TRY(expect(c, '"', "a point in quotes"));
        if (c->len - c->at < 2 || c->text[c->at] != '0' || c->text[c->at + 1] != 'x')
            return fail(c, "0x before a point");
        c->at += 2;
        place[i] = c->at;
        SITU_TRY(parse_hex(c, out + i * point_bytes, point_bytes));
        SITU_TRY(expect(c, '"', "'\"' after a point"));
    }
    return expect(c, ']', "']' after the last point");
}

static bool is_key(const char *key, size_t n, const char *name)
{
    return n == strlen(name) && memcmp(key, name, n) == 0;
}

/* An array of strings that is not needed (some files carry g2_lagrange or roots of unity). */
static situ_err skip_array(cursor *c)
{
    const char *s;
    size_t n;
    SITU_TRY(expect(c, '[', "'[' before an array of strings"));
    skip_space(c);
    if (c->at < c->len && c->text[c->at] == ']') return expect(c, ']', "']'");
    for (;;) {
        SITU_TRY(parse_string(c, &s, &n));
        skip_space(c);
        if (c->at >= c->len || c->text[c->at] != ',') return expect(c, ']', "',' or ']' after a string");
        c->at++;
    }
}

static situ_err parse_member(cursor *c, setup_bytes *b, u32 *seen)
{
    const char *key;
    size_t n;
    SITU_TRY(parse_string(c, &key, &n));
    SITU_TRY(expect(c, ':', "':' after a key"));
    u32 bit = is_key(key, n, "g1_lagrange")   ? 1
              : is_key(key, n, "g2_monomial") ? 2
              : is_key(key, n, "g1_monomial") ? 4
                                              : 0;
    if (bit & *seen) return fail(c, "each key once");
    *seen |= bit;
    switch (bit) {
    case 1: return parse_json_points(c, b->g1_lagrange, b->place[KZG_G1_LAGRANGE], BLOB_N, 48);
    case 2: return parse_json_points(c, b->g2_monomial, b->place[KZG_G2_MONOMIAL], N_G2, 96);
    case 4: return parse_json_points(c, b->g1_monomial, b->place[KZG_G1_MONOMIAL], BLOB_N, 48);
    default: return skip_array(c);
    }
}

static situ_err parse_json(cursor *c, setup_bytes *b)
{
    u32 seen = 0;
    SITU_TRY(expect(c, '{', "'{'"));
    for (bool more = true; more;) {
        SITU_TRY(parse_member(c, b, &seen));
        skip_space(c);
        more = c->at < c->len && c->text[c->at] == ',';
        if (more) c->at++;
    }
    SITU_TRY(expect(c, '}', "',' or '}'"));
    skip_space(c);
    if (c->at != c->len) return fail(c, "the end of the file");
    return seen == 7 ? SITU_OK : fail(c, "the keys g1_lagrange, g2_monomial and g1_monomial");
}

situ_err situ_kzg_parse(situ_kzg **kzg, const char *text, size_t len, situ_kzg_fault *fault,
                        situ_pool *threads)
{
    *kzg = NULL;
    setup_bytes *b = situ_block_alloc(sizeof *b);
    if (!b) return SITU_ERR_MEMORY;
    cursor c = {.text = text, .len = len, .fault = fault};
    kzg_bad_point bad;
    skip_space(&c);
    situ_err err = c.at < len && text[c.at] == '{' ? parse_json(&c, b) : parse_text(&c, b);
    if (err == SITU_OK) {
        err = situ_kzg_create_checked(kzg, b->g1_monomial, b->g1_lagrange, b->g2_monomial, &bad, threads);
        c.at = err == SITU_ERR_FORMAT ? b->place[bad.list][bad.index] : 0;
        if (err == SITU_ERR_FORMAT) err = fail(&c, "a point of the subgroup, compressed");
        if (err == SITU_ERR_REJECT) (void)fail(&c, "points that are powers of one secret, in both forms");
    }
    situ_block_free(b);
    return err;
}
