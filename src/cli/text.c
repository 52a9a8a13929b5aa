/* text.c — see text.h. */
#include "cli/text.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

void print_number(FILE *to, uint64_t n)
{
    char digits[24], text[32];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, n), at = 0;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0) text[at++] = ',';
        text[at++] = digits[i];
    }
    text[at] = 0;
    fputs(text, to);
}

static bool is_text(const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!isprint(bytes[i]) && bytes[i] != '\n' && bytes[i] != '\t') return false;
    }
    return true;
}

void print_hex(FILE *to, const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) fprintf(to, "%02x", bytes[i]);
}

#define SHOWN_BYTES_MAX 4096

void print_output(FILE *to, const uint8_t *output, size_t n_output)
{
    size_t shown = n_output < SHOWN_BYTES_MAX ? n_output : SHOWN_BYTES_MAX;
    fprintf(to, "output       %zu bytes%s\n", n_output, n_output == 0 ? "" : ":");
    if (shown == 0) return;
    if (is_text(output, shown)) {
        fwrite(output, 1, shown, to);
        if (output[shown - 1] != '\n') fputc('\n', to);
    } else {
        for (size_t i = 0; i < shown; i += 32) {
            fputs("  ", to);
            print_hex(to, output + i, shown - i < 32 ? shown - i : 32);
            fputc('\n', to);
        }
    }
    if (shown < n_output) fprintf(to, "  (%zu more; --output FILE has them all)\n", n_output - shown);
}

const char *text_bytes(char text[24], uint64_t n)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    double x = (double)n;
    u32 unit = 0;
    for (; x >= 1024 && unit + 1 < SITU_ARRAY_LEN(units); unit++) x /= 1024;
    snprintf(text, 24, unit ? "%.1f %s" : "%.0f %s", x, units[unit]);
    return text;
}

const char *text_seconds(char text[24], double seconds)
{
    if (seconds < 1e-3)
        snprintf(text, 24, "%.0f us", seconds * 1e6);
    else if (seconds < 1)
        snprintf(text, 24, "%.1f ms", seconds * 1e3);
    else if (seconds < 120)
        snprintf(text, 24, "%.2f s", seconds);
    else
        snprintf(text, 24, "%.0f min %02.0f s", (double)(int)(seconds / 60),
                 seconds - 60 * (double)(int)(seconds / 60));
    return text;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool text_parse_hex(uint8_t *bytes, size_t n, const char *text)
{
    if (strlen(text) != 2 * n) return false;
    for (size_t i = 0; i < n; i++) {
        int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);
        if (high < 0 || low < 0) return false;
        bytes[i] = (uint8_t)(16 * high + low);
    }
    return true;
}

bool text_parse_u64(const char *text, uint64_t *n)
{
    uint64_t value = 0;
    if (!*text) return false;
    for (; *text; text++) {
        u32 digit = (u32)*text - '0';
        if (digit > 9 || value > (UINT64_MAX - digit) / 10) return false;
        value = 10 * value + digit;
    }
    *n = value;
    return true;
}

bool text_parse_bytes(const char *text, uint64_t *n)
{
    char digits[24];
    size_t length = strspn(text, "0123456789");
    static const char units[] = "KMGT";
    if (length == 0 || length >= sizeof digits) return false;
    memcpy(digits, text, length);
    digits[length] = 0;
    if (!text_parse_u64(digits, n)) return false;
    const char *unit = text + length;
    if (!*unit || !strcmp(unit, "B")) return true;
    const char *found = strchr(units, toupper((unsigned char)*unit));
    if (!found || (unit[1] && strcmp(unit + 1, "iB") && strcmp(unit + 1, "B"))) return false;
    u32 shift = 10 * (u32)(found - units + 1);
    if (*n > UINT64_MAX >> shift) return false;
    *n <<= shift;
    return true;
}
