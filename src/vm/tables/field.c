/* field.c — rows of field.air. */
#include <string.h>

#include "field/k6.h"
#include "vm/tables/ecall.h"

/* Extras of the calls. */
enum { FIELD_A1, FIELD_A2, FIELD_A3, FIELD_WORDS };
enum {
    MULADD_A = FIELD_WORDS,
    MULADD_B = MULADD_A + SITU_K_WORDS,
    MULADD_C = MULADD_B + SITU_K_WORDS,
    MULADD_TO = MULADD_C + SITU_K_WORDS,
};
enum { K_X = FIELD_WORDS, K_ELEMENTS = K_X + SITU_K_WORDS };
enum { F_XY = FIELD_WORDS, F_TILES = F_XY + 2 * SITU_K_WORDS };
enum { FOLD_VALUES = K_X + SITU_K_WORDS, FOLD_TO = FOLD_VALUES + SITU_FOLD_WORDS };
enum { TILE = 2 * SITU_TILE_WORDS };

/* --- values ---------------------------------------------------------------------------------------------
 *
 * A word as a column's value is itself modulo p: the kb, taken for a plain integer.  x and y have the factor 2^-32 in them: plain values.
 * The product of the one and the other, as rows compute it, is then k6_mul's. */

/* A u32 modulo p. */
SITU_INLINE u32 reduce(u32 w)
{
    w = w >= 2 * KB_P ? w - 2 * KB_P : w;
    return w >= KB_P ? w - KB_P : w;
}

/* The element of K in three accesses' words, as they were or as they are. */
static k6 old_element(const situ_access *e)
{
    k6 a;
    for (u32 k = 0; k < K6_DEGREE; k++) a.c[k] = reduce((u32)(e[k / 2].old >> 32 * (k % 2)));
    return a;
}

static void put_words(u32 column[K6_DEGREE], k6 a) { memcpy(column, a.c, sizeof a.c); }

static void put_plain(u32 column[K6_DEGREE], k6 a)
{
    for (u32 k = 0; k < K6_DEGREE; k++) column[k] = kb_to_u32(a.c[k]);
}

/* --- components ----------------------------------------------------------------------------------------- */

/* read_words of n words. */
#define FILL_READ(part_, e_, n_)                                               \
    for (u32 k_ = 0; k_ < (n_); k_++) {                                        \
        vm_limbs4((part_).limb + 4 * k_, (e_)[k_].old);                        \
        (part_).read_only[k_] = SITU_KEY_SPACE((e_)[k_].key) == SITU_SPACE_RO; \
        (part_).gap[k_] = vm_gap((e_)[k_].time, (e_)[k_].old_time);            \
    }

/* Column `top` of below_p, for words that are. */
SITU_INLINE u32 is_top(u32 w) { return w == KB_P - 1; }

#define FILL_CHECKS(part_, limbs_, n_) \
    for (u32 k_ = 0; k_ < (n_); k_++)  \
        (part_).check[k_].top = is_top((limbs_)[2 * k_] | (limbs_)[2 * k_ + 1] << 16);

#define FILL_REPLACE(part_, e_)                                         \
    do {                                                                \
        for (u32 k_ = 0; k_ < SITU_K_WORDS; k_++) {                     \
            vm_limbs4((part_).old + 4 * k_, (e_)[k_].old);              \
            vm_limbs4((part_).new + 4 * k_, (e_)[k_].new);              \
            (part_).gap[k_] = vm_gap((e_)[k_].time, (e_)[k_].old_time); \
        }                                                               \
        FILL_CHECKS(part_, (part_).new, K6_DEGREE)                      \
    } while (0)

/* --- calls ---------------------------------------------------------------------------------------------- */

static void fill_k_muladd(const vm_step *s, situ_vm_k_muladd_row *r)
{
    const situ_access *e = s->extras;
    r->real = 1;
    vm_fill_ecall(r->at, s);
    vm_fill_a0_pointer(r->to_at, s);
    vm_fill_extra_pointer(r->a_at, &e[FIELD_A1]);
    vm_fill_extra_pointer(r->b_at, &e[FIELD_A2]);
    vm_fill_extra_pointer(r->c_at, &e[FIELD_A3]);
    FILL_READ(r->a, e + MULADD_A, SITU_K_WORDS)
    FILL_READ(r->b, e + MULADD_B, SITU_K_WORDS)
    FILL_READ(r->c, e + MULADD_C, SITU_K_WORDS)
    FILL_REPLACE(r->to, e + MULADD_TO);
}

static void fill_k_horner(const vm_step *s, situ_vm_k_horner_row *r)
{
    const situ_access *e = s->extras;
    const u32 n = (u32)e[FIELD_A2].old;
    r->real = 1;
    vm_fill_ecall(r->at, s);
    vm_fill_a0_pointer(r->acc_at, s);
    vm_fill_extra_pointer(r->first_at, &e[FIELD_A1]);
    r->n.value = n;
    r->n.gap = vm_gap(e[FIELD_A2].time, e[FIELD_A2].old_time);
    vm_fill_extra_pointer(r->x_at, &e[FIELD_A3]);
    FILL_READ(r->x, e + K_X, SITU_K_WORDS)
    FILL_REPLACE(r->acc, e + K_ELEMENTS + SITU_K_WORDS * n);
}

static void fill_f_horner(const vm_step *s, situ_vm_f_horner_row *r)
{
    const situ_access *e = s->extras;
    const u32 n = (u32)e[FIELD_A2].old;
    const k6 x = old_element(e + F_XY), x2 = k6_mul(x, x);
    r->real = 1;
    vm_fill_ecall(r->at, s);
    vm_fill_a0_pointer(r->acc_at, s);
    vm_fill_extra_pointer(r->first_at, &e[FIELD_A1]);
    r->n.value = n;
    r->n.gap = vm_gap(e[FIELD_A2].time, e[FIELD_A2].old_time);
    vm_fill_extra_pointer(r->xy_at, &e[FIELD_A3]);
    FILL_READ(r->xy, e + F_XY, 2 * SITU_K_WORDS)
    FILL_REPLACE(r->acc, e + F_TILES + SITU_TILE_WORDS * n);
    put_plain(r->x2, x2);
    put_plain(r->x3, k6_mul(x2, x));
}

/* The transform, plain as in field.air: T_i is the sum of w8^(-i j) v_bitrev(j). */
static void fold_transform(k6 T[SITU_FOLD_VALUES], const situ_access *e)
{
    k6 v[SITU_FOLD_VALUES];
    for (u32 j = 0; j < SITU_FOLD_VALUES; j++) v[u32_bit_reverse(j, 3)] = old_element(e + SITU_K_WORDS * j);
    kb root = KB_ONE;
    const kb step = kb_inv(kb_root_of_unity(3));
    for (u32 i = 0; i < SITU_FOLD_VALUES; i++, root = kb_mul(root, step)) {
        T[i] = v[SITU_FOLD_VALUES - 1];
        for (u32 j = SITU_FOLD_VALUES - 1; j-- > 0;) T[i] = k6_add(k6_mul_kb(T[i], root), v[j]);
    }
}

static void fill_k_fold(const vm_step *s, situ_vm_k_fold_row *r)
{
    const situ_access *e = s->extras;
    k6 T[SITU_FOLD_VALUES];
    fold_transform(T, e + FOLD_VALUES);
    const k6 u = k6_mul_kb(old_element(e + K_X), reduce((u32)e[FIELD_A2].old)), u2 = k6_mul(u, u);
    r->real = 1;
    vm_fill_ecall(r->at, s);
    vm_fill_a0_pointer(r->to_at, s);
    vm_fill_extra_pointer(r->values_at, &e[FIELD_A1]);
    vm_fill_extra_pointer(r->s, &e[FIELD_A2]);
    vm_fill_extra_pointer(r->x_at, &e[FIELD_A3]);
    FILL_READ(r->x, e + K_X, SITU_K_WORDS)
    FILL_READ(r->v, e + FOLD_VALUES, SITU_FOLD_WORDS)
    FILL_CHECKS(r->v, r->v.limb, 2 * SITU_FOLD_WORDS)
    FILL_REPLACE(r->to, e + FOLD_TO);
    put_plain(r->u, u);
    put_plain(r->u2, u2);
    put_plain(r->u3, k6_mul(u2, u));
    put_words(r->high, k6_horner(k6_zero(), T + 4, 4, u));
}

/* --- sums ----------------------------------------------------------------------------------------------- */

static void fill_k_elements(const vm_step *s, vm_sink *sink)
{
    const u32 n = (u32)s->extras[FIELD_A2].old;
    const k6 x = old_element(s->extras + K_X);
    k6 acc = old_element(s->extras + K_ELEMENTS + SITU_K_WORDS * n);
    for (u32 i = n; i-- > 0;) {
        const situ_access *e = s->extras + K_ELEMENTS + SITU_K_WORDS * i;
        situ_vm_k_horner_element_row *r = vm_sink_row(sink, SITU_VM_TABLE_K_HORNER_ELEMENT);
        r->real = 1;
        r->time = s->step->time;
        r->word = SITU_KEY_ADDRESS(e->key);
        put_words(r->acc, acc);
        put_plain(r->x, x);
        FILL_READ(r->e, e, SITU_K_WORDS)
        FILL_CHECKS(r->e, r->e.limb, K6_DEGREE)
        acc = k6_add(k6_mul(acc, x), old_element(e));
    }
}

/* low + w0 + w1 x + w2 x^2, where w are three words of a tile. */
static k6 add_three(k6 low, const kb *w, k6 x, k6 x2)
{
    return k6_add_kb(k6_add(low, k6_add(k6_mul_kb(x, w[1]), k6_mul_kb(x2, w[2]))), w[0]);
}

typedef struct {
    k6 x, x2, x3, y;
} tile_points;

/* Takes a tile into acc; gives the row's middle and upper. */
static k6 add_tile(k6 acc, const kb w[TILE], const tile_points *p, k6 *middle, k6 *upper)
{
    const k6 from_12 = add_three(k6_mul_kb(p->x3, w[15]), w + 12, p->x, p->x2);
    *upper = add_three(k6_mul(p->x3, from_12), w + 9, p->x, p->x2);
    const k6 from_6 = add_three(k6_mul(p->x3, *upper), w + 6, p->x, p->x2);
    *middle = add_three(k6_mul(p->x3, from_6), w + 3, p->x, p->x2);
    return add_three(k6_add(k6_mul(acc, p->y), k6_mul(p->x3, *middle)), w, p->x, p->x2);
}

static void fill_f_tiles(const vm_step *s, vm_sink *sink)
{
    const u32 n = (u32)s->extras[FIELD_A2].old;
    tile_points p = {.x = old_element(s->extras + F_XY), .y = old_element(s->extras + F_XY + SITU_K_WORDS)};
    k6 acc = old_element(s->extras + F_TILES + SITU_TILE_WORDS * n), middle, upper;
    p.x2 = k6_mul(p.x, p.x);
    p.x3 = k6_mul(p.x2, p.x);
    for (u32 i = n; i-- > 0;) {
        const situ_access *e = s->extras + F_TILES + SITU_TILE_WORDS * i;
        situ_vm_f_horner_tile_row *r = vm_sink_row(sink, SITU_VM_TABLE_F_HORNER_TILE);
        kb w[TILE];
        r->real = 1;
        r->time = s->step->time;
        r->word = SITU_KEY_ADDRESS(e->key);
        put_words(r->acc, acc);
        put_plain(r->x, p.x);
        put_plain(r->x2, p.x2);
        put_plain(r->x3, p.x3);
        put_plain(r->y, p.y);
        FILL_READ(r->e, e, SITU_TILE_WORDS)
        FILL_CHECKS(r->e, r->e.limb, TILE)
        for (u32 k = 0; k < TILE; k++) w[k] = reduce((u32)(e[k / 2].old >> 32 * (k % 2)));
        acc = add_tile(acc, w, &p, &middle, &upper);
        put_words(r->middle, middle);
        put_words(r->upper, upper);
    }
}

/* --- all ------------------------------------------------------------------------------------------------ */

void vm_field_count(const vm_step *s, u64 *n_rows)
{
    const u64 n = s->extras[FIELD_A2].old;
    switch (s->step->rs1) {
    case SITU_ECALL_K_MULADD: n_rows[SITU_VM_TABLE_K_MULADD]++; break;
    case SITU_ECALL_K_HORNER:
        n_rows[SITU_VM_TABLE_K_HORNER]++;
        n_rows[SITU_VM_TABLE_K_HORNER_ELEMENT] += n;
        break;
    case SITU_ECALL_K_FOLD: n_rows[SITU_VM_TABLE_K_FOLD]++; break;
    default:
        n_rows[SITU_VM_TABLE_F_HORNER]++;
        n_rows[SITU_VM_TABLE_F_HORNER_TILE] += n;
        break;
    }
}

void vm_field_fill(const vm_step *s, vm_sink *sink)
{
    switch (s->step->rs1) {
    case SITU_ECALL_K_MULADD: fill_k_muladd(s, vm_sink_row(sink, SITU_VM_TABLE_K_MULADD)); break;
    case SITU_ECALL_K_HORNER:
        fill_k_horner(s, vm_sink_row(sink, SITU_VM_TABLE_K_HORNER));
        fill_k_elements(s, sink);
        break;
    case SITU_ECALL_K_FOLD: fill_k_fold(s, vm_sink_row(sink, SITU_VM_TABLE_K_FOLD)); break;
    default:
        fill_f_horner(s, vm_sink_row(sink, SITU_VM_TABLE_F_HORNER));
        fill_f_tiles(s, sink);
        break;
    }
}
