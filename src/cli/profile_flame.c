/* profile_flame.c — the call graph as folded stacks and as a drawing. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/profile_out.h"

/* --- folded stacks --------------------------------------------------------------------------------------- */

/* ';' and line ends would part a name. */
static void print_folded_name(FILE *to, const model_frame *frame)
{
    for (const char *c = frame->name; *c; c++) putc(*c == ';' ? ':' : (unsigned char)*c < 32 ? ' ' : *c, to);
    if (frame->is_inlined) fputs("_[i]", to); /* what flame graph tools colour as inlined */
}

static void print_chain(FILE *to, const profile_model *m, u32 flame)
{
    u32 chain[VM_PROFILE_DEPTH_MAX + 1], n = 0;
    bool is_long = false;
    for (u32 at = flame; at != VM_PROFILE_NONE && !is_long; at = m->flames.entries[at].key[0]) {
        chain[n++] = m->flames.entries[at].key[1];
        is_long = n == SITU_ARRAY_LEN(chain); /* only what is innermost */
    }
    while (n-- > 0) {
        print_folded_name(to, &m->frames[chain[n]]);
        if (n > 0) putc(';', to);
    }
}

/* Own cycles of every flame over the whole run, or NULL. */
static u64 *own_cycles(const profile_model *m)
{
    u64 *own = calloc(m->flames.n + 1, sizeof *own);
    for (u32 i = 0; own && i < m->selfs.n; i++) own[m->selfs.entries[i].key[1]] += m->selfs.entries[i].count;
    return own;
}

bool profile_print_folded(FILE *to, const profile_model *m)
{
    u64 *own = own_cycles(m);
    for (u32 i = 0; own && i < m->flames.n; i++) {
        if (own[i] == 0) continue;
        print_chain(to, m, i);
        fprintf(to, " %" PRIu64 "\n", own[i]);
    }
    free(own);
    return own != NULL;
}

/* --- drawing -------------------------------------------------------------------------------------------- */

#define WIDTH       1200.0
#define ROW         17
#define SHOWN_MIN   0.3 /* narrower boxes are left out */
#define CHAR_WIDTH  6.6
#define HEAD_HEIGHT 34

typedef struct {
    u64 cycles;      /* with all below                */
    u32 first, next; /* child, sibling: flame + 1     */
    u32 depth;
    double x;
} box;

static void print_xml(FILE *to, const char *text, size_t n_max)
{
    for (size_t i = 0; text[i] && i < n_max; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '<' || c == '>' || c == '&' || c == '"')
            fprintf(to, "&#%u;", c);
        else
            putc(c < 32 || c > 126 ? '?' : c, to);
    }
}

/* Warm colours by name; inlined frames are cooler. */
static void print_colour(FILE *to, const model_frame *frame)
{
    u32 h = 2166136261u;
    for (const char *c = frame->name; *c; c++) h = (h ^ (unsigned char)*c) * 16777619u;
    if (frame->is_inlined)
        fprintf(to, "hsl(%u,55%%,%u%%)", 170 + h % 40, 68 + h / 64 % 10);
    else
        fprintf(to, "hsl(%u,80%%,%u%%)", 15 + h % 38, 62 + h / 64 % 10);
}

static void print_box(FILE *to, const profile_model *m, const box *boxes, u32 flame, u32 n_rows)
{
    const box *b = &boxes[flame];
    const model_frame *frame = &m->frames[m->flames.entries[flame].key[1]];
    double width = WIDTH * (double)b->cycles / (double)m->profile->n_cycles;
    u32 y = HEAD_HEIGHT + (n_rows - 1 - b->depth) * ROW;
    size_t n_chars = (size_t)(width / CHAR_WIDTH);
    fputs("<g><title>", to);
    print_xml(to, frame->name, SIZE_MAX);
    fprintf(to,
            "%s: %" PRIu64
            " cycles, %.2f %%</title><rect x=\"%.2f\" y=\"%u\" width=\"%.2f\" height=\"%u\" fill=\"",
            frame->is_inlined ? " (inlined)" : "", b->cycles,
            profile_percent(b->cycles, m->profile->n_cycles), b->x, y, width, ROW - 1);
    print_colour(to, frame);
    fputs("\"/>", to);
    if (n_chars >= 3) {
        fprintf(to, "<text x=\"%.2f\" y=\"%u\">", b->x + 3, y + ROW - 5);
        print_xml(to, frame->name, n_chars - 1);
        fputs("</text>", to);
    }
    fputs("</g>\n", to);
}

/* Totals, children in order of appearance, depths and places; parents come before children. */
static u32 lay_out(const profile_model *m, box *boxes, const u64 *own)
{
    const vm_profile_entry *flames = m->flames.entries;
    const u32 n = m->flames.n;
    u32 n_rows = 1, root = 0;
    double x = 0;
    for (u32 i = n; i-- > 0;) {
        u32 parent = flames[i].key[0];
        boxes[i].cycles += own[i];
        if (parent == VM_PROFILE_NONE) {
            boxes[i].next = root;
            root = i + 1;
            continue;
        }
        boxes[parent].cycles += boxes[i].cycles;
        boxes[i].next = boxes[parent].first;
        boxes[parent].first = i + 1;
    }
    for (u32 i = root; i; i = boxes[i - 1].next) {
        boxes[i - 1].x = x;
        x += WIDTH * (double)boxes[i - 1].cycles / (double)m->profile->n_cycles;
    }
    for (u32 i = 0; i < n; i++) {
        double at = boxes[i].x;
        for (u32 k = boxes[i].first; k; k = boxes[k - 1].next) {
            boxes[k - 1].x = at;
            boxes[k - 1].depth = boxes[i].depth + 1;
            at += WIDTH * (double)boxes[k - 1].cycles / (double)m->profile->n_cycles;
        }
        bool is_shown = WIDTH * (double)boxes[i].cycles / (double)m->profile->n_cycles >= SHOWN_MIN;
        if (is_shown && boxes[i].depth + 1 > n_rows) n_rows = boxes[i].depth + 1;
    }
    return n_rows;
}

bool profile_print_svg(FILE *to, const profile_model *m, const profile_about *about)
{
    u64 *own = own_cycles(m);
    box *boxes = calloc(m->flames.n + 1, sizeof *boxes);
    if (!own || !boxes) {
        free(own);
        free(boxes);
        return false;
    }
    u32 n_rows = m->profile->n_cycles ? lay_out(m, boxes, own) : 0;
    fprintf(
        to,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%u\" font-family=\"monospace\" "
        "font-size=\"11\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n<text x=\"3\" y=\"20\" "
        "font-size=\"14\">",
        WIDTH, HEAD_HEIGHT + n_rows * ROW + 4);
    print_xml(to, about->program, 120);
    fprintf(to, ": %" PRIu64 " cycles</text>\n", m->profile->n_cycles);
    for (u32 i = 0; n_rows && i < m->flames.n; i++)
        if (WIDTH * (double)boxes[i].cycles / (double)m->profile->n_cycles >= SHOWN_MIN)
            print_box(to, m, boxes, i, n_rows);
    fputs("</svg>\n", to);
    free(own);
    free(boxes);
    return true;
}
