/* predict.c — will a zeroed block of this size be written all over, or only here and there?
 *
 * Per size class (a quarter of a power of two): a class begins sparse, or like its neighbour.  A sparse block
 * that ends with more than half of its pages resident makes the class dense.  Pages of a dense block are
 * always resident, so the way back is by samples: if block after block still reads zero at them, one request
 * is served sparse as a probe, and its end decides.  A probe that was wrong doubles the patience before the
 * next.
 */
#include "mem/heap.h"

enum { PREDICT_CLASSES = 28 * 4, PATIENCE_MIN = 4, PATIENCE_MAX = 1 << 14 };

typedef enum { CLASS_NEW, CLASS_SPARSE, CLASS_DENSE } class_mode;

/* All relaxed: a lost update costs a prediction, nothing else. */
typedef struct {
    u32 mode;
    u32 n_empty; /* dense blocks in a row that looked empty */
    u32 patience;
} size_class;

static size_class classes[PREDICT_CLASSES];

static u32 get(const u32 *field) { return __atomic_load_n(field, __ATOMIC_RELAXED); }
static void set(u32 *field, u32 value) { __atomic_store_n(field, value, __ATOMIC_RELAXED); }

static u32 class_of(u32 n)
{
    u32 log = u64_log2(n);
    return log * 4 + (log < 2 ? 0 : (n >> (log - 2)) & 3);
}

bool predict_is_dense(u32 n)
{
    u32 c = class_of(n), mode = get(&classes[c].mode);
    if (mode == CLASS_NEW && c > 0) mode = get(&classes[c - 1].mode);
    if (mode == CLASS_NEW && c + 1 < PREDICT_CLASSES) mode = get(&classes[c + 1].mode);
    return mode == CLASS_DENSE;
}

void predict_learn_sparse(u32 n, u64 n_pages)
{
    size_class *c = &classes[class_of(n)];
    bool is_dense = n_pages > (u64)n * UNIT_PAGES / 2;
    if (get(&c->mode) == CLASS_NEW || !is_dense)
        set(&c->patience, PATIENCE_MIN);
    else if (get(&c->patience) < PATIENCE_MAX)
        set(&c->patience, get(&c->patience) * 2);
    set(&c->n_empty, 0);
    set(&c->mode, is_dense ? CLASS_DENSE : CLASS_SPARSE);
}

void predict_learn_dense(u32 n, bool looks_empty)
{
    size_class *c = &classes[class_of(n)];
    u32 n_empty = looks_empty ? get(&c->n_empty) + 1 : 0;
    set(&c->n_empty, n_empty);
    u32 patience = get(&c->patience) ? get(&c->patience) : PATIENCE_MIN;
    if (n_empty < patience) return;
    set(&c->patience, patience);
    set(&c->mode, CLASS_SPARSE);
}
