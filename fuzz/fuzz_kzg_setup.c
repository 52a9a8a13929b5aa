/* Set-up files: text and JSON.
 *
 * An input that begins with 'E' is a list of edits of the ceremony's file, each of 6 bytes or more: 24 bits of place, how
 * many characters to remove (up to 255), how many to insert (up to 15), and these.  Any other input is the file. */
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "fuzz/kzg_ceremony.h"

static void parse(const char *text, size_t len, bool is_good)
{
    situ_kzg *kzg = NULL;
    situ_kzg_fault fault = {0, NULL};
    situ_err err = situ_kzg_parse(&kzg, text, len, &fault, NULL);
    if (is_good && err != SITU_OK) abort();
    if (err == SITU_OK)
        situ_kzg_destroy(kzg);
    else if (kzg || !fault.expected || fault.offset > len)
        abort();
}

static void parse_edited(const u8 *data, size_t len)
{
    static char *good;
    static size_t good_len;
    if (!good) good = kzg_ceremony_text(&good_len);
    size_t n = good_len;
    char *text = malloc(n + len);
    if (!text) abort();
    memcpy(text, good, n);
    while (len >= 5 && n > 0) {
        size_t at = (size_t)(data[0] | data[1] << 8 | data[2] << 16) % n, remove = u64_min(data[3], n - at);
        size_t insert = u64_min(data[4] & 15, len - 5);
        memmove(text + at + insert, text + at + remove, n - at - remove);
        memcpy(text + at, data + 5, insert);
        n = n - remove + insert;
        data += 5 + insert;
        len -= 5 + insert;
    }
    char *exact = malloc(n); /* so that reading behind it is seen */
    if (!exact) abort();
    memcpy(exact, text, n);
    parse(exact, n, n == good_len && memcmp(exact, good, n) == 0);
    free(exact);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len > 0 && data[0] == 'E')
        parse_edited(data + 1, len - 1);
    else
        parse((const char *)data, len, false);
    return 0;
}
