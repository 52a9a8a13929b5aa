/* wordcount.c — the ten most frequent words of a text: a hash map of words, then a sort.
 *
 * A word is a run of ASCII letters, in lower case.  Ties are in alphabetical order. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <situ/guest.h>

#define SHOWN 10

typedef struct {
    const char *text; /* in the input, in whatever case it first had */
    uint32_t n_bytes, hash, count;
} word;

static word *map;
static size_t n_slots, n_words; /* n_slots is a power of two, at least twice n_words */

static int is_letter(uint8_t c) { return (uint8_t)((c | 32) - 'a') < 26; }

static int same(const word *w, const char *text, uint32_t n_bytes, uint32_t hash)
{
    if (w->hash != hash || w->n_bytes != n_bytes) return 0;
    for (uint32_t i = 0; i < n_bytes; i++) {
        if ((w->text[i] | 32) != (text[i] | 32)) return 0;
    }
    return 1;
}

/* The slot of a word, or the free slot where it belongs. */
static word *find(const char *text, uint32_t n_bytes, uint32_t hash)
{
    size_t i = hash & (n_slots - 1);
    while (map[i].count && !same(&map[i], text, n_bytes, hash)) i = (i + 1) & (n_slots - 1);
    return &map[i];
}

static void grow(void)
{
    word *old = map;
    size_t n_old = n_slots;
    n_slots = n_slots ? 2 * n_slots : 1024;
    map = calloc(n_slots, sizeof *map);
    if (!map) situ_abort("out of memory");
    for (size_t i = 0; i < n_old; i++) {
        if (old[i].count) *find(old[i].text, old[i].n_bytes, old[i].hash) = old[i];
    }
    free(old);
}

static void count(const char *text, uint32_t n_bytes, uint32_t hash)
{
    if (2 * n_words >= n_slots) grow();
    word *w = find(text, n_bytes, hash);
    if (w->count == 0) *w = (word){text, n_bytes, hash, 0}, n_words++;
    w->count++;
}

static int compare(const void *a, const void *b)
{
    const word *x = a, *y = b;
    if (x->count != y->count) return x->count > y->count ? -1 : 1;
    for (uint32_t i = 0; i < x->n_bytes && i < y->n_bytes; i++) {
        int d = (x->text[i] | 32) - (y->text[i] | 32);
        if (d) return d;
    }
    return x->n_bytes < y->n_bytes ? -1 : x->n_bytes > y->n_bytes;
}

int main(void)
{
    const uint8_t *input;
    size_t n_bytes, n_kept = 0;
    uint64_t n_total = 0;

    read_input(&input, &n_bytes);
    for (size_t i = 0; i < n_bytes;) {
        uint32_t hash = 2166136261u; /* FNV-1a */
        size_t start = i;
        for (; i < n_bytes && is_letter(input[i]); i++) hash = (hash ^ (input[i] | 32u)) * 16777619u;
        if (i > start)
            count((const char *)input + start, (uint32_t)(i - start), hash), n_total++;
        else
            i++;
    }
    for (size_t i = 0; i < n_slots; i++) {
        if (map[i].count) map[n_kept++] = map[i];
    }
    if (n_kept) qsort(map, n_kept, sizeof *map, compare);
    printf("%llu words, %llu different\n", (unsigned long long)n_total, (unsigned long long)n_kept);
    for (size_t i = 0; i < n_kept && i < SHOWN; i++) {
        printf("%lu ", (unsigned long)map[i].count);
        for (uint32_t k = 0; k < map[i].n_bytes; k++) putchar(map[i].text[k] | 32);
        putchar('\n');
    }
    return 0;
}
