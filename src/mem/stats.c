/* stats.c — what the heap did, as numbers and as text without stdio. */
#include "mem/slots.h"

#include <string.h>

void heap_read_stats(situ_mem_stats *out)
{
    memset(out, 0, sizeof *out);
    if (!heap_ready()) return;
    u64 slot_units = 0, hit_units;
    heap_lock();
    out->n_hits = heap.n_hits;
    out->n_misses = heap.n_misses;
    u64 reused_pages = heap.n_reused_pages;
    for (const heap_thread *t = heap.threads; t; t = t->next) {
        slot_units += slots_units(t);
        out->n_hits += slots_hits(t, &hit_units);
        reused_pages += hit_units * UNIT_PAGES;
    }
    out->faults_avoided = reused_pages;
    out->live_bytes = (heap.n_live_units - slot_units) * UNIT_BYTES;
    out->live_bytes_max = heap.n_live_units_max * UNIT_BYTES;
    out->cached_bytes =
        (heap.dense.n_dirty_pages + heap.sparse.n_dirty_pages) * OS_PAGE_BYTES + slot_units * UNIT_BYTES;
    out->cache_bytes_max = heap.cache_max_bytes;
    out->purged_bytes = heap.n_purged_bytes;
    out->donated_bytes = heap.n_donated_bytes;
    out->grown_bytes = heap.n_grown_bytes;
    out->range_bytes = heap_range_bytes;
    heap_unlock();
}

/* --- text ----------------------------------------------------------------------------------------------- */

typedef struct {
    char buf[1024];
    size_t len;
} text;

static void text_add(text *t, const char *s)
{
    size_t n = strlen(s);
    if (n > sizeof t->buf - 1 - t->len) n = sizeof t->buf - 1 - t->len;
    memcpy(t->buf + t->len, s, n);
    t->len += n;
    t->buf[t->len] = 0;
}

static void text_add_number(text *t, u64 value)
{
    char digits[24];
    size_t at = sizeof digits;
    digits[--at] = 0;
    do digits[--at] = (char)('0' + value % 10);
    while ((value /= 10) != 0);
    text_add(t, digits + at);
}

static void text_add_row(text *t, const char *name, u64 value, const char *unit)
{
    text_add(t, "situ: ");
    text_add(t, name);
    text_add_number(t, value);
    text_add(t, unit);
}

void heap_print_stats(void)
{
    enum { MIB = 20 };
    situ_mem_stats stats;
    text t = {.len = 0};
    if (!heap_range_base) return; /* no large request ever came */
    heap_read_stats(&stats);
    u64 huge = os_count_huge_bytes(heap_range_base, heap_range_bytes);
    u64 resident = stats.live_bytes + stats.cached_bytes;
    text_add_row(&t, "large requests    ", stats.n_hits + stats.n_misses, "\n");
    text_add_row(&t, "  from the cache  ", stats.n_hits, "\n");
    text_add_row(&t, "  from the kernel ", stats.n_misses, "\n");
    text_add_row(&t, "live              ", stats.live_bytes >> MIB, " MiB\n");
    text_add_row(&t, "live at most      ", stats.live_bytes_max >> MIB, " MiB\n");
    text_add_row(&t, "cached            ", stats.cached_bytes >> MIB, " MiB of at most ");
    text_add_number(&t, stats.cache_bytes_max >> MIB);
    text_add(&t, " MiB\n");
    text_add_row(&t, "given back        ", stats.purged_bytes >> MIB, " MiB\n");
    text_add_row(&t, "moved, not copied ", (stats.donated_bytes + stats.grown_bytes) >> MIB, " MiB\n");
    text_add_row(&t, "faults avoided    ", stats.faults_avoided, " (of 4 KiB)\n");
    text_add_row(&t, "in huge pages     ", huge >> MIB, " MiB, ");
    text_add_number(&t, resident ? u64_min(huge * 100 / resident, 100) : 0);
    text_add(&t, " % of live and cached\n");
    text_add_row(&t, "page faults       ", os_fault_count(), "\n");
    os_message(t.buf);
}
