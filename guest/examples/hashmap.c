/* hashmap.c — a hash map with open addressing: insert N keys, look up all of them and as many others, delete
 * every third, look them up again.  Input: N, decimal.  Output, as text: what was found, and a checksum of the
 * values found.
 *
 * Linear probing; a deletion moves later entries back, so that no marks of deleted ones are left behind (Knuth,
 * The Art of Computer Programming, 6.4, algorithm R). */
#include <stdio.h>
#include <stdlib.h>

#include <situ/guest.h>

typedef struct {
    uint64_t key, value; /* key 0: free */
} entry;

typedef struct {
    entry *entries;
    uint64_t mask, n_used; /* a power of two minus 1 */
} map;

/* Mixes well and loses nothing: a permutation of the 64-bit numbers (the output function of splitmix64). */
static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
}

/* The entry with this key, or the free one where it would go. */
static entry *map_find(const map *m, uint64_t key)
{
    uint64_t at = mix(key) & m->mask;
    while (m->entries[at].key != key && m->entries[at].key != 0) at = (at + 1) & m->mask;
    return &m->entries[at];
}

static void map_insert(map *m, uint64_t key, uint64_t value)
{
    entry *e = map_find(m, key);
    m->n_used += e->key == 0;
    *e = (entry){key, value};
}

static int map_delete(map *m, uint64_t key)
{
    entry *e = map_find(m, key);
    if (e->key == 0) return 0;
    uint64_t hole = (uint64_t)(e - m->entries);
    for (uint64_t at = (hole + 1) & m->mask; m->entries[at].key != 0; at = (at + 1) & m->mask) {
        uint64_t home = mix(m->entries[at].key) & m->mask;
        if (((at - home) & m->mask) < ((at - hole) & m->mask)) continue; /* its home lies behind the hole */
        m->entries[hole] = m->entries[at];
        hole = at;
    }
    m->entries[hole].key = 0;
    m->n_used--;
    return 1;
}

static uint64_t key_of(uint64_t i) { return 0x9e3779b97f4a7c15 * i; } /* odd factor: 0 only for i = 0 */

/* Look up the keys 1..n; returns how many there are and adds their values up. */
static uint64_t count_found(const map *m, uint64_t n, uint64_t *checksum)
{
    uint64_t n_found = 0;
    for (uint64_t i = 1; i <= n; i++) {
        const entry *e = map_find(m, key_of(i));
        if (e->key == 0) continue;
        n_found++;
        *checksum = *checksum * 31 + e->value;
    }
    return n_found;
}

int main(void)
{
    const uint8_t *input;
    size_t n_bytes;
    uint64_t n = 0, n_deleted = 0, checksum = 0, n_slots = 16;

    read_input(&input, &n_bytes);
    for (size_t i = 0; i < n_bytes && input[i] >= '0' && input[i] <= '9'; i++) n = 10 * n + (input[i] - '0');
    if (n < 1 || n > 1 << 24) return 1;
    while (n_slots < 2 * n) n_slots *= 2;
    map m = {.entries = calloc(n_slots, sizeof(entry)), .mask = n_slots - 1};
    if (!m.entries) situ_abort("out of memory");

    for (uint64_t i = 1; i <= n; i++) map_insert(&m, key_of(i), i * i);
    uint64_t n_first = count_found(&m, 2 * n, &checksum);
    for (uint64_t i = 3; i <= 2 * n; i += 3) n_deleted += (uint64_t)map_delete(&m, key_of(i));
    uint64_t n_second = count_found(&m, 2 * n, &checksum);
    if (n_second != m.n_used) situ_abort("entries were lost");
    printf("%llu found, %llu deleted, %llu found, checksum %016llx\n", (unsigned long long)n_first,
           (unsigned long long)n_deleted, (unsigned long long)n_second, (unsigned long long)checksum);
    return 0;
}
