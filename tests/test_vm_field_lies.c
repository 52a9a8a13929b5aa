/* Lies about arithmetic of F and K: witnesses that are consistent but in one place, which alone must catch them. */
#include "tests/air_forgery.h"
#include "tests/vm/field_guest.h"

typedef enum { MULADD, FOLD, K_SUM, F_SUM, KINDS } kind; /* the last two are sums */

static const u64 number_of[KINDS] = {SITU_ECALL_K_MULADD, SITU_ECALL_K_FOLD, SITU_ECALL_K_HORNER,
                                     SITU_ECALL_F_HORNER};
static const u32 call_table[KINDS] = {SITU_VM_TABLE_K_MULADD, SITU_VM_TABLE_K_FOLD, SITU_VM_TABLE_K_HORNER,
                                      SITU_VM_TABLE_F_HORNER};
static const char *const catches[KINDS] = {"constraint k_muladd.result", "constraint k_fold.result",
                                           "bus k_sum", "bus f_sum"};
enum { K_N = 5, F_N = 3 };
static const u32 n_of[KINDS] = {0, 0, K_N, F_N}, words_of[KINDS] = {0, 0, 3, 8};

#define HOLDS(r)              \
    do {                      \
        witness_recount(r);   \
        witness_must_hold(r); \
        witness_close(r);     \
    } while (0)

/* --- two calls ------------------------------------------------------------------------------------------
 *
 * Words of data: 0..2 are call A's result or acc, 3..5 B's.  MULADD's operands are at 8, 11, 14 and 17, 20, 23; points of sums and folds at 8
 * and 16, elements, tiles or values from 32 and 64 on. */

enum { CALL_A, CALL_B };
enum { RESULT = 0, POINTS = 8, RECORDS = 32, DATA_WORDS = 96, FOLD_S = 0x51234567 };

/* What is in a2 when it is no pointer. */
static u64 a2_of(kind k) { return k == FOLD ? FOLD_S : n_of[k]; }

static u32 points_at(kind k, u32 call) { return POINTS + (k == MULADD ? 9 : 8) * call; }

/* Words of data with no edge in them; call B's are the same as A's if `alike`. */
static void start_calls(kind k, bool alike)
{
    start(8 * DATA_WORDS);
    n_calls = 0;
    for (u32 i = 0; i < 2 * DATA_WORDS; i++) {
        u32 w = 0x12345 + (u32)test_random_below(0x7d000000);
        memcpy(g.data + 4 * i, &w, 4);
    }
    if (!alike) return;
    memcpy(g.data + 24, g.data, 24);
    memcpy(g.data + 8 * points_at(k, CALL_B), g.data + 8 * points_at(k, CALL_A), k == MULADD ? 72 : 48);
    memcpy(g.data + 8 * (RECORDS + 32), g.data + 8 * RECORDS, 256);
}

static void guest_calls(kind k)
{
    for (u32 call = 0; call < 2; call++) {
        const u32 p = points_at(k, call);
        if (k == MULADD)
            guest_field(number_of[k], A(3 * call), A(p), A(p + 3), A(p + 6));
        else
            guest_field(number_of[k], A(3 * call), A(RECORDS + 32 * call), a2_of(k), A(p));
    }
}

static witness_run *two_calls(kind k)
{
    start_calls(k, false);
    guest_calls(k);
    return finish(1 << 12);
}

/* --- rows ----------------------------------------------------------------------------------------------- */

/* Component replace_k, wherever a row has it. */
typedef struct {
    u32 old[12], new[12], gap[3], top[6];
} replaced;

/* Component read_elements. */
typedef struct {
    u32 limb[12], read_only[3], gap[3], top[6];
} k_record;

typedef situ_vm_k_horner_element_row k_row;
typedef situ_vm_f_horner_tile_row f_row;
typedef situ_vm_k_fold_row fold_row;

_Static_assert(sizeof(replaced) == sizeof(((situ_vm_k_horner_row *)0)->acc), "same columns");
_Static_assert(sizeof(k_record) == sizeof(((k_row *)0)->e), "same columns");

static replaced *result_of(const witness_run *r, kind k, u32 call)
{
    static const size_t at[KINDS] = {offsetof(situ_vm_k_muladd_row, to), offsetof(fold_row, to),
                                     offsetof(situ_vm_k_horner_row, acc),
                                     offsetof(situ_vm_f_horner_row, acc)};
    return (replaced *)(void *)((u8 *)witness_row(r, call_table[k], call) + at[k]);
}

static k_row *k_rows(const witness_run *r, u32 call)
{
    return witness_row(r, SITU_VM_TABLE_K_HORNER_ELEMENT, K_N * call);
}

static f_row *f_rows(const witness_run *r, u32 call)
{
    return witness_row(r, SITU_VM_TABLE_F_HORNER_TILE, F_N * call);
}

static fold_row *fold_of(const witness_run *r, u32 call)
{
    return witness_row(r, SITU_VM_TABLE_K_FOLD, call);
}

static u32 time_of_call(const witness_run *r, kind k, u32 call)
{
    return k == K_SUM ? k_rows(r, call)->time : f_rows(r, call)->time;
}

static k6 words_as_k(const u32 limb[12])
{
    k6 a;
    for (u32 i = 0; i < 6; i++) a.c[i] = (limb[2 * i] + (limb[2 * i + 1] << 16)) % KB_P;
    return a;
}

static k6 plain_as_k(const u32 plain[6])
{
    k6 a;
    for (u32 i = 0; i < 6; i++) a.c[i] = kb_from_u32(plain[i]);
    return a;
}

/* The call leaves these words, at the end of the run too, as nobody touches them again. */
static void forge_words(const witness_run *r, kind k, u32 call, const u32 w[6])
{
    replaced *to = result_of(r, k, call);
    for (u32 i = 0; i < 6; i++) {
        to->new[2 * i] = w[i] & 0xffff, to->new[2 * i + 1] = w[i] >> 16;
        to->top[i] = w[i] == KB_P - 1;
    }
    for (u32 i = 0; i < 3; i++)
        forge_last(r, data_key(RESULT + 3 * call + i), (u64)w[2 * i + 1] << 32 | w[2 * i]);
}

static void forge_result(const witness_run *r, kind k, u32 call, k6 a) { forge_words(r, k, call, a.c); }

/* Compute acc anew in n rows from this one on, from what is in them otherwise; returns what follows the last. */
static k6 walk_k(k_row *f, u32 n, k6 acc)
{
    for (; n > 0; n--, f++) {
        memcpy(f->acc, acc.c, sizeof f->acc);
        acc = k6_add(k6_mul(acc, plain_as_k(f->x)), words_as_k(f->e.limb));
    }
    return acc;
}

/* low + x^3 middle, of words w[0..2] and what comes above them. */
static k6 step_of_tile(const f_row *f, const kb *w, k6 above)
{
    k6 a = k6_mul(plain_as_k(f->x3), above);
    a = k6_add(a, k6_add(k6_mul_kb(plain_as_k(f->x), w[1]), k6_mul_kb(plain_as_k(f->x2), w[2])));
    return k6_add_kb(a, w[0]);
}

static void tile_words(kb w[16], const f_row *f)
{
    for (u32 i = 0; i < 16; i++) w[i] = (f->e.limb[2 * i] + (f->e.limb[2 * i + 1] << 16)) % KB_P;
}

static k6 walk_f(f_row *f, u32 n, k6 acc)
{
    for (; n > 0; n--, f++) {
        kb w[16];
        tile_words(w, f);
        const k6 upper = step_of_tile(f, w + 9, step_of_tile(f, w + 12, k6_from_kb(w[15])));
        const k6 middle = step_of_tile(f, w + 3, step_of_tile(f, w + 6, upper));
        memcpy(f->acc, acc.c, sizeof f->acc);
        memcpy(f->upper, upper.c, sizeof f->upper);
        memcpy(f->middle, middle.c, sizeof f->middle);
        acc = k6_add(k6_mul(acc, plain_as_k(f->y)), step_of_tile(f, w, middle));
    }
    return acc;
}

static void put_plain(u32 column[6], k6 a)
{
    for (u32 i = 0; i < 6; i++) column[i] = kb_to_u32(a.c[i]);
}

/* The upper half of a fold's sum, or all of it, from its values and powers of u as they are in the row: by definition. */
static k6 sum_of_fold(const fold_row *f, u32 first, k6 high)
{
    k6 power[4] = {k6_one(), plain_as_k(f->u), plain_as_k(f->u2), plain_as_k(f->u3)}, sum = k6_zero();
    const kb w_inverse = kb_inv(kb_root_of_unity(3));
    for (u32 i = 0; i < 4; i++)
        for (u32 j = 0; j < 8; j++) {
            const k6 v = words_as_k(f->v.limb + 12 * u32_bit_reverse(j, 3));
            sum = k6_add(sum, k6_mul(power[i], k6_mul_kb(v, kb_pow(w_inverse, (first + i) * j))));
        }
    return k6_add(sum, k6_mul(k6_mul(power[2], power[2]), high));
}

enum { FROM_S, FROM_U, FROM_U2, FROM_U3, FROM_HIGH, FROM_RESULT };

/* What follows from what is in a fold's row, beginning with this. */
static void refold(const witness_run *r, u32 call, u32 from)
{
    fold_row *f = fold_of(r, call);
    k6 s = words_as_k((u32[12]){f->s.value[0], f->s.value[1]}), high;
    if (from <= FROM_S) put_plain(f->u, k6_mul(words_as_k(f->x.limb), s));
    if (from <= FROM_U) put_plain(f->u2, k6_mul(plain_as_k(f->u), plain_as_k(f->u)));
    if (from <= FROM_U2) put_plain(f->u3, k6_mul(plain_as_k(f->u), plain_as_k(f->u2)));
    if (from <= FROM_U3) {
        high = sum_of_fold(f, 4, k6_zero());
        memcpy(f->high, high.c, sizeof f->high);
    }
    memcpy(high.c, f->high, sizeof high.c);
    forge_result(r, FOLD, call, k6_mul_kb(sum_of_fold(f, 0, high), kb_inv(kb_from_u32(8))));
}

/* Rows from..n - 1 of a call anew, from acc on, and its result. */
static void walk(const witness_run *r, kind k, u32 call, u32 from, k6 acc)
{
    const u32 n = n_of[k] - from;
    forge_result(r, k, call,
                 k == K_SUM ? walk_k(k_rows(r, call) + from, n, acc)
                            : walk_f(f_rows(r, call) + from, n, acc));
}

static k6 acc_of(const witness_run *r, kind k, u32 call, u32 row)
{
    k6 a;
    memcpy(a.c, k == K_SUM ? k_rows(r, call)[row].acc : f_rows(r, call)[row].acc, sizeof a.c);
    return a;
}

static u32 *columns_of(const witness_run *r, kind k, u32 call, u32 row)
{
    return k == K_SUM ? (u32 *)(k_rows(r, call) + row) : (u32 *)(f_rows(r, call) + row);
}

/* Columns `time` and `word` of both. */
enum { AT_TIME = 1, AT_WORD = 2 };
_Static_assert(offsetof(k_row, time) == 4 * AT_TIME && offsetof(f_row, word) == 4 * AT_WORD,
               "both begin alike");

static situ_vm_final_row *final_row(const witness_run *r, u32 word)
{
    situ_vm_final_row *f = witness_row(r, SITU_VM_TABLE_FINAL, 0);
    while (!f->real || f->space != SITU_SPACE_RW || f->address != ASM_DATA / 8 + word) f++;
    return f;
}

/* A word is not touched: its last access does not happen. */
static void forget_access(const witness_run *r, u32 word)
{
    situ_vm_edge_row *edge = edge_row(r, data_key(word));
    edge->last_time = edge->first_time;
}

static void swap_edges(const witness_run *r, u32 a, u32 b, u32 n)
{
    for (u32 i = 0; i < n; i++) {
        situ_vm_edge_row *x = edge_row(r, data_key(a + i)), *y = edge_row(r, data_key(b + i)), old = *x;
        x->first_time = y->first_time, x->first_low = y->first_low, x->last_time = y->last_time;
        y->first_time = old.first_time, y->first_low = old.first_low, y->last_time = old.last_time;
    }
}

/* What the tests below do to make lies consistent makes honest rows of honest rows. */
TEST(walks_are_honest)
{
    for (kind k = K_SUM; k < KINDS; k++) {
        witness_run *r = two_calls(k);
        for (u32 call = 0; call < 2; call++) walk(r, k, call, 0, words_as_k(result_of(r, k, call)->old));
        HOLDS(r);
    }
    witness_run *r = two_calls(MULADD);
    forge_result(r, MULADD, CALL_A, words_as_k(result_of(r, MULADD, CALL_A)->new));
    HOLDS(r);
    for (u32 from = FROM_S; from <= FROM_RESULT; from++) {
        r = two_calls(FOLD);
        refold(r, CALL_A, from);
        HOLDS(r);
    }
}

/* --- results -------------------------------------------------------------------------------------------- */

TEST(wrong_results)
{
    u32 w[6], other[6];
    for (kind k = MULADD; k < KINDS; k++) {
        for (u32 i = 0; i < 12; i++) { /* each limb */
            witness_run *r = two_calls(k);
            k6 a = words_as_k(result_of(r, k, i % 2)->new);
            memcpy(w, a.c, sizeof w);
            w[i / 2] ^= i % 2 ? 0x10000 : 1;
            forge_words(r, k, i % 2, w);
            witness_breaks_only(r, catches[k]);
        }
        witness_run *r = two_calls(k); /* each has the other's */
        k6 a = words_as_k(result_of(r, k, CALL_A)->new), b = words_as_k(result_of(r, k, CALL_B)->new);
        memcpy(w, a.c, sizeof w), memcpy(other, b.c, sizeof other);
        forge_words(r, k, CALL_A, other);
        forge_words(r, k, CALL_B, w);
        witness_breaks_only(r, catches[k]);
    }
}

/* Another number of the same residue: p more. */
TEST(results_are_below_p)
{
    for (kind k = MULADD; k < KINDS; k++) {
        for (u32 i = 0; i < 6; i++) {
            u32 w[6];
            witness_run *r = two_calls(k);
            k6 a = words_as_k(result_of(r, k, CALL_B)->new);
            memcpy(w, a.c, sizeof w);
            w[i] += KB_P;
            forge_words(r, k, CALL_B, w);
            result_of(r, k, CALL_B)->top[i] = w[i] % 65536 == 0;
            witness_breaks_only(r, "bus range");
        }
    }
}

/* 0 as p, which is 0x7f00 0001 in limbs: with and without `top`. */
TEST(results_are_not_p)
{
    static const char *const top[KINDS] = {"constraint k_muladd.to.check", "constraint k_fold.to.check",
                                           "constraint k_horner.acc.check", "constraint f_horner.acc.check"};
    for (kind k = MULADD; k < KINDS; k++) {
        for (u32 says_top = 0; says_top < 2; says_top++) {
            u32 w[6] = {0};
            start_calls(k, false);
            memset(g.data, 0, g.n_data);
            guest_calls(k);
            witness_run *r = finish(1 << 12);
            w[2 + says_top] = KB_P;
            forge_words(r, k, CALL_A, w);
            result_of(r, k, CALL_A)->top[2 + says_top] = says_top;
            witness_breaks_only(r, says_top ? top[k] : "bus range");
        }
    }
}

/* A limb of 2^16 and more goes to memory, the next one makes up for it. */
TEST(results_are_limbs)
{
    for (kind k = MULADD; k < KINDS; k++) {
        for (u32 i = 0; i < 6; i++) {
            witness_run *r = two_calls(k);
            situ_vm_final_row *final = final_row(r, RESULT + i / 2);
            situ_vm_edge_row *edge = edge_row(r, data_key(RESULT + i / 2));
            u32 *limbs[3] = {result_of(r, k, CALL_A)->new + 2 * i, edge->last + 2 * (i % 2),
                             final->value + 2 * (i % 2)};
            for (u32 c = 0; c < 3; c++) limbs[c][0] += 65536, limbs[c][1] -= 1;
            witness_breaks_only(r, "bus range");
        }
    }
}

/* --- operands ------------------------------------------------------------------------------------------- */

/* The operand is not what memory holds, and all that follows goes by it. */
TEST(operands_are_read)
{
    for (u32 operand = 0; operand < 3; operand++) {
        witness_run *r = two_calls(MULADD);
        situ_vm_k_muladd_row *f = witness_row(r, SITU_VM_TABLE_K_MULADD, CALL_A);
        u32 *limb[3] = {f->a.limb, f->b.limb, f->c.limb};
        limb[operand][3] ^= 1;
        k6 product = k6_mul(words_as_k(limb[0]), words_as_k(limb[1]));
        forge_result(r, MULADD, CALL_A, k6_add(product, words_as_k(limb[2])));
        witness_breaks_only(r, "bus memory");
    }
    for (u32 i = 0; i < 8 * 12 + 12 + 2; i++) { /* each limb of values, x, s */
        witness_run *r = two_calls(FOLD);
        fold_row *f = fold_of(r, i % 2);
        (i < 96 ? &f->v.limb[i] : i < 108 ? &f->x.limb[i - 96] : &f->s.value[i - 108])[0] ^= 1;
        refold(r, i % 2, FROM_S);
        witness_breaks_only(r, "bus memory");
        if (i >= 24 + 3) continue;
        r = two_calls(FOLD); /* the other space */
        f = fold_of(r, i % 2);
        *(i < 24 ? &f->v.read_only[i] : &f->x.read_only[i - 24]) = 1;
        witness_breaks_only(r, "bus memory");
    }
    for (kind k = K_SUM; k < KINDS; k++) {
        for (u32 row = 0; row < n_of[k]; row++) {
            witness_run *r = two_calls(k);
            (k == K_SUM ? k_rows(r, CALL_B)[row].e.limb : f_rows(r, CALL_B)[row].e.limb)[5] ^= 1;
            walk(r, k, CALL_B, row, acc_of(r, k, CALL_B, row));
            witness_breaks_only(r, "bus memory");

            r = two_calls(k); /* the other space */
            (k == K_SUM ? k_rows(r, CALL_B)[row].e.read_only : f_rows(r, CALL_B)[row].e.read_only)[1] = 1;
            witness_breaks_only(r, "bus memory");
        }
        witness_run *r = two_calls(k); /* acc, as it was */
        result_of(r, k, CALL_A)->old[0] ^= 1;
        walk(r, k, CALL_A, 0, words_as_k(result_of(r, k, CALL_A)->old));
        witness_breaks_only(r, "bus memory");
    }
}

/* x, y, as the call reads them. */
TEST(points_are_read)
{
    witness_run *r = two_calls(K_SUM);
    situ_vm_k_horner_row *f = witness_row(r, SITU_VM_TABLE_K_HORNER, CALL_A);
    f->x.limb[4] ^= 1;
    const k6 x = words_as_k(f->x.limb);
    for (u32 row = 0; row < K_N; row++)
        for (u32 i = 0; i < 6; i++) k_rows(r, CALL_A)[row].x[i] = kb_to_u32(x.c[i]);
    walk(r, K_SUM, CALL_A, 0, acc_of(r, K_SUM, CALL_A, 0));
    witness_breaks_only(r, "bus memory");

    r = two_calls(F_SUM);
    situ_vm_f_horner_row *h = witness_row(r, SITU_VM_TABLE_F_HORNER, CALL_A);
    h->xy.limb[12] ^= 1;
    const k6 y = words_as_k(h->xy.limb + 12);
    for (u32 row = 0; row < F_N; row++)
        for (u32 i = 0; i < 6; i++) f_rows(r, CALL_A)[row].y[i] = kb_to_u32(y.c[i]);
    walk(r, F_SUM, CALL_A, 0, acc_of(r, F_SUM, CALL_A, 0));
    witness_breaks_only(r, "bus memory");
}

/* Both calls have the same values at different places: each takes the other's place. */
TEST(places_are_the_registers)
{
    enum { POINTERS_AT = offsetof(situ_vm_k_muladd_row, to_at) / 4, LIMBS = 3 };
    for (kind k = MULADD; k < KINDS; k++) {
        for (u32 which = 0; which < 4; which++) {
            if (k != MULADD && which == 2) continue; /* no pointer */
            start_calls(k, true);
            guest_calls(k);
            witness_run *r = finish(1 << 12);
            /* to_at, a_at, b_at, c_at; to_at, values_at, s, x_at; acc_at, first_at, n (value, gap), points */
            const u32 at = POINTERS_AT + LIMBS * which - (k >= K_SUM && which == 3);
            u32 *a = (u32 *)witness_row(r, call_table[k], CALL_A) + at,
                *b = (u32 *)witness_row(r, call_table[k], CALL_B) + at, old = a[0];
            a[0] = b[0], b[0] = old;
            if (which == 0) {
                swap_edges(r, 0, 3, 3);
            } else if (k == MULADD) {
                swap_edges(r, POINTS + 3 * (which - 1), POINTS + 9 + 3 * (which - 1), 3);
            } else if (which == 3) {
                swap_edges(r, points_at(k, 0), points_at(k, 1), k == F_SUM ? 6 : 3);
            } else if (k == FOLD) {
                swap_edges(r, RECORDS, RECORDS + 32, 24);
            } else {
                swap_edges(r, RECORDS, RECORDS + 32, n_of[k] * words_of[k]);
                for (u32 row = 0; row < n_of[k]; row++) {
                    columns_of(r, k, CALL_A, row)[AT_WORD] += 32;
                    columns_of(r, k, CALL_B, row)[AT_WORD] -= 32;
                }
            }
            witness_breaks_only(r, "bus memory");
        }
    }
}

/* p more is the same word in F, aligned otherwise. */
TEST(pointers_are_multiples_of_8)
{
    enum { ZEROS = 0x500000 };
    for (kind k = MULADD; k < KINDS; k++) {
        for (u32 which = 0; which < 4; which++) {
            u64 a[4] = {ZEROS, ZEROS + 256, ZEROS + 512, ZEROS + 768};
            if (k != MULADD && which == 2) continue;
            if (k != MULADD) a[2] = 2;
            a[which] = ASM_DATA + 24;
            start_calls(k, false);
            guest_field(number_of[k], a[0], a[1], a[2], a[3]);
            witness_run *r = finish(1 << 12);
            forge_pointer(r, ASM_DATA + 24);
            witness_refill(r);
            witness_breaks_only(r, "bus range");
        }
    }
}

/* An element from the input, which the prover chooses: p more than it should be, or p for 0. */
TEST(elements_are_below_p)
{
    enum { INPUT_WORDS = 24 };
    const u64 input_at = SITU_VM_INPUT_START + SITU_VM_INPUT_HEADER_BYTES;
    static const char *const top[KINDS] = {NULL, "constraint k_fold.v.check",
                                           "constraint k_horner_element.e.check",
                                           "constraint f_horner_tile.e.check"};
    for (kind k = FOLD; k < KINDS; k++) {
        for (u32 i = 0; i < (k == FOLD ? 48 : 2 * words_of[k] * 3); i++) { /* word i of 3 records */
            u32 input[2 * INPUT_WORDS];
            u64 word, other;
            for (u32 j = 0; j < SITU_ARRAY_LEN(input); j++)
                input[j] = 0x12345 + (u32)test_random_below(0x7d000000);
            const bool is_zero = i % 3 == 0;
            if (is_zero) input[i] = 0;
            start_calls(k, false);
            guest_field(number_of[k], A(0), input_at, 3, A(POINTS));
            witness_run *r = finish_with(input, sizeof input, 1 << 12);
            memcpy(&word, input + i / 2 * 2, sizeof word);
            other = word + ((u64)KB_P << 32 * (i % 2));
            forge_value(r, word, other);
            witness_refill(r);
            if (is_zero && i % 2 && k == FOLD) {
                fold_of(r, CALL_A)->v.check[i].top = 1;
                witness_breaks_only(r, top[k]);
            } else if (is_zero && i % 2) {
                const u32 row = 2 - i / (2 * words_of[k]), j = i % (2 * words_of[k]);
                if (k == K_SUM)
                    k_rows(r, CALL_A)[row].e.check[j].top = 1;
                else
                    f_rows(r, CALL_A)[row].e.check[j].top = 1;
                witness_breaks_only(r, top[k]);
            } else {
                witness_breaks_only(r, "bus range");
            }
        }
    }
}

/* --- sums ----------------------------------------------------------------------------------------------- */

/* One is left out: the first, the last, one between; the others keep their places, or move up. */
TEST(no_element_is_left_out)
{
    for (kind k = K_SUM; k < KINDS; k++) {
        for (u32 out = 0; out < n_of[k]; out++) {
            for (u32 moves = 0; moves < 2; moves++) {
                witness_run *r = two_calls(k);
                const k6 acc = acc_of(r, k, CALL_A, out);
                u32 *row = columns_of(r, k, CALL_A, out);
                const u32 n_main = (u32)(columns_of(r, k, CALL_A, 1) - columns_of(r, k, CALL_A, 0));
                const u32 first = row[AT_WORD] - (u32)(ASM_DATA / 8);
                for (u32 i = 0; i < words_of[k]; i++) forget_access(r, first + i);
                memset(row, 0, n_main * sizeof *row);
                if (moves) /* rows are a set: the order among them says nothing */
                    memmove(row, row + n_main, (n_of[k] - 1 - out) * n_main * sizeof *row);
                const u32 rest = n_of[k] - 1 - out;
                if (moves) memset(row + rest * n_main, 0, n_main * sizeof *row);
                const u32 at = moves ? out : out + 1;
                forge_result(r, k, CALL_A,
                             k == K_SUM ? walk_k(k_rows(r, CALL_A) + at, rest, acc)
                                        : walk_f(f_rows(r, CALL_A) + at, rest, acc));
                witness_breaks_only(r, catches[k]);
            }
        }
    }
}

/* Two that hold the same change places in the chain: nothing else differs. */
TEST(elements_are_in_order)
{
    for (kind k = K_SUM; k < KINDS; k++) {
        start_calls(k, false);
        memcpy(g.data + 8 * (RECORDS + words_of[k]), g.data + 8 * RECORDS, 8 * words_of[k]);
        guest_calls(k);
        witness_run *r = finish(1 << 12);
        u32 *a = columns_of(r, k, CALL_A, n_of[k] - 1), *b = columns_of(r, k, CALL_A, n_of[k] - 2),
            old = a[AT_WORD];
        a[AT_WORD] = b[AT_WORD], b[AT_WORD] = old;
        witness_breaks_only(r, catches[k]);
    }
}

/* Each call's elements are read at the other's time. */
TEST(elements_are_of_their_call)
{
    for (kind k = K_SUM; k < KINDS; k++) {
        witness_run *r = two_calls(k);
        const u32 a = time_of_call(r, k, CALL_A), b = time_of_call(r, k, CALL_B);
        for (u32 row = 0; row < n_of[k]; row++) {
            columns_of(r, k, CALL_A, row)[AT_TIME] = b;
            columns_of(r, k, CALL_B, row)[AT_TIME] = a;
        }
        swap_edges(r, RECORDS, RECORDS + 32, n_of[k] * words_of[k]);
        witness_breaks_only(r, catches[k]);

        r = two_calls(k); /* one row a unit later, and all after it */
        for (u32 row = 1; row < n_of[k]; row++) {
            u32 *f = columns_of(r, k, CALL_B, row), word = f[AT_WORD] - (u32)(ASM_DATA / 8);
            f[AT_TIME]++;
            for (u32 i = 0; i < words_of[k]; i++) {
                edge_row(r, data_key(word + i))->last_time++;
                (k == K_SUM ? ((k_row *)f)->e.gap : ((f_row *)f)->e.gap)[i]++;
            }
        }
        witness_breaks_only(r, catches[k]);
    }
}

/* A row of no call, which would touch words at a time of its own. */
TEST(no_row_without_a_call)
{
    for (kind k = K_SUM; k < KINDS; k++) {
        witness_run *r = two_calls(k);
        const u32 n_main =
            situ_vm_system.tables[k == K_SUM ? SITU_VM_TABLE_K_HORNER_ELEMENT : SITU_VM_TABLE_F_HORNER_TILE]
                .n_main;
        u32 *f = columns_of(r, k, CALL_B, n_of[k]), *last = columns_of(r, k, CALL_B, n_of[k] - 1);
        memcpy(f, last, n_main * sizeof *f);
        f[AT_TIME]++;
        for (u32 i = 0; i < words_of[k]; i++) {
            edge_row(r, data_key(RECORDS + 32 + i))->last_time++;
            (k == K_SUM ? ((k_row *)f)->e.gap : ((f_row *)f)->e.gap)[i] = 0;
        }
        witness_breaks_only(r, catches[k]);
    }
}

/* x, its powers, y or acc change on the way. */
TEST(points_stay_the_same)
{
    for (u32 row = 0; row < K_N; row++) {
        for (u32 i = 0; i < 6; i += 5) {
            witness_run *r = two_calls(K_SUM);
            for (u32 j = row; j < K_N; j++) k_rows(r, CALL_A)[j].x[i] = p_add(k_rows(r, CALL_A)[j].x[i], 1);
            walk(r, K_SUM, CALL_A, row, acc_of(r, K_SUM, CALL_A, row));
            witness_breaks_only(r, "bus k_sum");
        }
    }
    for (u32 row = 0; row < F_N; row++) {
        for (u32 i = 0; i < 24; i++) {
            witness_run *r = two_calls(F_SUM);
            for (u32 j = row; j < F_N; j++) {
                f_row *f = &f_rows(r, CALL_A)[j];
                u32 *points[4] = {f->x, f->x2, f->x3, f->y};
                points[i / 6][i % 6] = p_add(points[i / 6][i % 6], 1);
            }
            walk(r, F_SUM, CALL_A, row, acc_of(r, F_SUM, CALL_A, row));
            witness_breaks_only(r, "bus f_sum");
        }
    }
    for (kind k = K_SUM; k < KINDS; k++) {
        for (u32 row = 0; row < n_of[k]; row++) {
            witness_run *r = two_calls(k);
            walk(r, k, CALL_A, row, k6_add_kb(acc_of(r, k, CALL_A, row), 1));
            witness_breaks_only(r, catches[k]);
        }
    }
}

/* Powers of x that are none, in the call and in its rows. */
TEST(powers_are_powers)
{
    for (u32 i = 0; i < 12; i++) {
        witness_run *r = two_calls(F_SUM);
        situ_vm_f_horner_row *h = witness_row(r, SITU_VM_TABLE_F_HORNER, CALL_B);
        if (i < 6) {
            h->x2[i] = p_add(h->x2[i], 1);
            const k6 x3 = k6_mul(plain_as_k(h->x2), words_as_k(h->xy.limb));
            for (u32 j = 0; j < 6; j++) h->x3[j] = kb_to_u32(x3.c[j]);
        } else {
            h->x3[i - 6] = p_add(h->x3[i - 6], 1);
        }
        for (u32 row = 0; row < F_N; row++) {
            memcpy(f_rows(r, CALL_B)[row].x2, h->x2, sizeof h->x2);
            memcpy(f_rows(r, CALL_B)[row].x3, h->x3, sizeof h->x3);
        }
        walk(r, F_SUM, CALL_B, 0, acc_of(r, F_SUM, CALL_B, 0));
        witness_breaks_only(r, i < 6 ? "constraint f_horner.x2" : "constraint f_horner.x3");
    }
}

/* A fold's parts are other ones, and all behind goes by them. */
TEST(parts_of_folds)
{
    static const char *const by[] = {"constraint k_fold.u[", "constraint k_fold.u2", "constraint k_fold.u3",
                                     "constraint k_fold.high"};
    for (u32 i = 0; i < 24; i++) {
        witness_run *r = two_calls(FOLD);
        fold_row *f = fold_of(r, i % 2);
        u32 *parts[4] = {f->u, f->u2, f->u3, f->high};
        parts[i / 6][i % 6] = p_add(parts[i / 6][i % 6], 1);
        refold(r, i % 2, FROM_U + i / 6);
        witness_breaks_only(r, by[i / 6]);
    }
}

/* A tile's parts are other ones, and acc goes by them. */
TEST(parts_of_tiles)
{
    for (u32 i = 0; i < 12; i++) {
        witness_run *r = two_calls(F_SUM);
        f_row *f = &f_rows(r, CALL_A)[i % F_N];
        kb w[16];
        k6 middle, acc = acc_of(r, F_SUM, CALL_A, i % F_N);
        tile_words(w, f);
        if (i < 6) {
            k6 upper;
            f->upper[i] = p_add(f->upper[i], 1);
            memcpy(upper.c, f->upper, sizeof upper.c);
            middle = step_of_tile(f, w + 3, step_of_tile(f, w + 6, upper));
            memcpy(f->middle, middle.c, sizeof f->middle);
        } else {
            f->middle[i - 6] = p_add(f->middle[i - 6], 1);
        }
        memcpy(middle.c, f->middle, sizeof middle.c);
        acc = k6_add(k6_mul(acc, plain_as_k(f->y)), step_of_tile(f, w, middle));
        if (i % F_N + 1 < F_N)
            walk(r, F_SUM, CALL_A, i % F_N + 1, acc);
        else
            forge_result(r, F_SUM, CALL_A, acc);
        witness_breaks_only(r, i < 6 ? "constraint f_horner_tile.upper" : "constraint f_horner_tile.middle");
    }
}

/* --- counts --------------------------------------------------------------------------------------------- */

/* One less than a2 says: all but the last element. */
TEST(counts_are_the_registers)
{
    for (kind k = K_SUM; k < KINDS; k++) {
        witness_run *r = two_calls(k);
        u32 *row = columns_of(r, k, CALL_A, 0);
        const u32 n_main = (u32)(columns_of(r, k, CALL_A, 1) - row),
                  first = row[AT_WORD] - (u32)(ASM_DATA / 8);
        const k6 acc = acc_of(r, k, CALL_A, 0);
        if (k == K_SUM)
            ((situ_vm_k_horner_row *)witness_row(r, SITU_VM_TABLE_K_HORNER, CALL_A))->n.value--;
        else
            ((situ_vm_f_horner_row *)witness_row(r, SITU_VM_TABLE_F_HORNER, CALL_A))->n.value--;
        for (u32 i = 0; i < words_of[k]; i++) forget_access(r, first + i);
        memset(row, 0, n_main * sizeof *row);
        walk(r, k, CALL_A, 1, acc);
        witness_breaks_only(r, "bus memory");
    }
}

/* A call of no elements, which traps: as a liar would prove it. */
TEST(counts_are_not_0)
{
    enum { N = 7 };
    for (kind k = K_SUM; k < KINDS; k++) {
        const u32 n_points = k == K_SUM ? 3 : 6, n_words = N * words_of[k];
        start_calls(k, false);
        guest_field(number_of[k], A(0), A(RECORDS), N, A(POINTS));
        witness_run *r = finish(1 << 12);
        situ_trace_chunk *c = r->chunks[0];
        const u32 at = 3 + n_points; /* behind a1, a2, a3, x (y): the elements, then acc */
        memmove(&c->extras[at], &c->extras[at + n_words], 3 * sizeof *c->extras);
        situ_edge *edges = (situ_edge *)(uintptr_t)r->segment.edges;
        for (u32 i = 0; i < r->segment.n_edges; i++) {
            const u32 word = edges[i].key - data_key(0);
            if (word >= RECORDS && word < RECORDS + n_words) edges[i].last_time = edges[i].first_time;
            if (word < 3) edges[i].last = edges[i].first; /* below p already */
        }
        for (u32 i = 0; i < 3; i++) c->extras[at + i].new = c->extras[at + i].old;
        forge_value(r, N, 0);
        witness_refill(r);
        CHECK_EQ(r->witness.n_rows[k == K_SUM ? SITU_VM_TABLE_K_HORNER_ELEMENT : SITU_VM_TABLE_F_HORNER_TILE],
                 0);
        witness_breaks_only(r, "bus range");
    }
}

/* --- time ----------------------------------------------------------------------------------------------- */

/* The same call twice.  The liar has the second come to a word first: what the first one receives has not been sent then. */
typedef struct {
    u32 *gap[2], *old[2], *new[2]; /* new is NULL of what is only read */
    u32 time[2], word;
} token;

static void turn_round(const witness_run *r, const token *t)
{
    situ_vm_edge_row *edge = edge_row(r, data_key(t->word));
    *t->gap[CALL_B] = t->time[CALL_B] - 1 - edge->first_time;
    *t->gap[CALL_A] = p_sub(t->time[CALL_A], 1 + t->time[CALL_B]);
    edge->last_time = t->time[CALL_A];
    if (!t->new[CALL_A]) return;
    memcpy(t->old[CALL_B], edge->first, 4 * sizeof(u32));
    memcpy(t->old[CALL_A], t->new[CALL_B], 4 * sizeof(u32));
    memcpy(edge->last, t->new[CALL_A], 4 * sizeof(u32));
}

static witness_run *same_call_twice(kind k)
{
    start_calls(k, false);
    for (u32 call = 0; call < 2; call++)
        guest_field(number_of[k], A(0), A(k == MULADD ? POINTS : RECORDS),
                    k == MULADD ? A(POINTS + 3) : a2_of(k), A(POINTS + 6));
    return finish(1 << 12);
}

TEST(operands_are_not_read_later)
{
    for (u32 i = 0; i < 9; i++) {
        witness_run *r = same_call_twice(MULADD);
        token t = {.word = POINTS + i};
        for (u32 call = 0; call < 2; call++) {
            situ_vm_k_muladd_row *f = witness_row(r, SITU_VM_TABLE_K_MULADD, call);
            t.gap[call] = &(i < 3 ? f->a.gap : i < 6 ? f->b.gap : f->c.gap)[i % 3];
            t.time[call] = f->at.time + 4 + i / 3;
        }
        turn_round(r, &t);
        witness_breaks_only(r, "bus range");
    }
    for (u32 i = 0; i < 24 + 3; i++) {
        witness_run *r = same_call_twice(FOLD);
        token t = {.word = i < 24 ? RECORDS + i : POINTS + 6 + i - 24};
        for (u32 call = 0; call < 2; call++) {
            fold_row *f = fold_of(r, call);
            t.gap[call] = i < 24 ? &f->v.gap[i] : &f->x.gap[i - 24];
            t.time[call] = f->at.time + (i < 24 ? 5 : 4);
        }
        turn_round(r, &t);
        witness_breaks_only(r, "bus range");
    }
    for (kind k = K_SUM; k < KINDS; k++) {
        for (u32 i = 0; i < n_of[k] * words_of[k]; i++) {
            witness_run *r = same_call_twice(k);
            token t = {.word = RECORDS + i};
            for (u32 call = 0; call < 2; call++) {
                u32 *row = columns_of(r, k, call, n_of[k] - 1 - i / words_of[k]);
                t.gap[call] = &(k == K_SUM ? ((k_row *)row)->e.gap : ((f_row *)row)->e.gap)[i % words_of[k]];
                t.time[call] = row[AT_TIME] + 5;
            }
            turn_round(r, &t);
            witness_breaks_only(r, "bus range");
        }
        for (u32 i = 0; i < (k == K_SUM ? 3 : 6); i++) {
            witness_run *r = same_call_twice(k);
            token t = {.word = POINTS + 6 + i};
            for (u32 call = 0; call < 2; call++) {
                situ_vm_k_horner_row *h = witness_row(r, call_table[k], call);
                situ_vm_f_horner_row *f = witness_row(r, call_table[k], call);
                t.gap[call] = k == K_SUM ? &h->x.gap[i] : &f->xy.gap[i];
                t.time[call] = h->at.time + 4;
            }
            turn_round(r, &t);
            witness_breaks_only(r, "bus range");
        }
    }
}

/* The last result is the first call's. */
TEST(results_are_in_order)
{
    for (kind k = MULADD; k < KINDS; k++) {
        witness_run *r = same_call_twice(k);
        replaced *a = result_of(r, k, CALL_A), *b = result_of(r, k, CALL_B), old_a = *a;
        if (k >= K_SUM) { /* B's sum is from what was there first, A's from B's */
            const k6 first = words_as_k(a->old);
            const k6 sum_b =
                k == K_SUM ? walk_k(k_rows(r, CALL_B), K_N, first) : walk_f(f_rows(r, CALL_B), F_N, first);
            const k6 sum_a =
                k == K_SUM ? walk_k(k_rows(r, CALL_A), K_N, sum_b) : walk_f(f_rows(r, CALL_A), F_N, sum_b);
            CHECK(k6_equal(sum_b, words_as_k(old_a.new)) && k6_equal(sum_a, words_as_k(b->new)));
            memcpy(a->new, b->new, sizeof a->new);
            memcpy(b->new, old_a.new, sizeof b->new);
        }
        for (u32 i = 0; i < 3; i++) {
            token t = {.gap = {&a->gap[i], &b->gap[i]},
                       .old = {a->old + 4 * i, b->old + 4 * i},
                       .new = {a->new + 4 * i, b->new + 4 * i},
                       .word = i};
            for (u32 call = 0; call < 2; call++) /* all calls' rows begin alike */
                t.time[call] = ((situ_vm_k_horner_row *)witness_row(r, call_table[k], call))->at.time +
                               (k == MULADD ? 7 : 6);
            turn_round(r, &t);
            memcpy(final_row(r, i)->value, a->new + 4 * i, 4 * sizeof(u32));
        }
        witness_breaks_only(r, "bus range");
    }
}

/* --- constraints ---------------------------------------------------------------------------------------- */

static forgery_table table;
static u32 cells[512];

/* The zero row with these cells is refused by this constraint alone. */
static void cell_is_refused(const char *by, u32 *cell, u32 value)
{
    const u32 old = *cell;
    *cell = value;
    forgery_must(&table, cells, by);
    *cell = old;
}

static void open_table(const char *name)
{
    memset(cells, 0, sizeof cells);
    table = forgery_open(&situ_vm_prover, name);
    CHECK(table.shape->n_main <= SITU_ARRAY_LEN(cells));
    forgery_honest(&table, cells);
}

static void close_table(void)
{
    forgery_all_owned(&table);
    forgery_close(&table);
}

static void bits_are_bits(const char *by, u32 *first, u32 n)
{
    for (u32 i = 0; i < n; i++) cell_is_refused(by, first + i, 2 + i % 2 * (KB_P - 3));
}

/* `same` holds the word's lower limb, too, where a row has it twice. */
static void top_is_bound(const char *by, u32 *top, u32 *lo, u32 *same)
{
    *lo = 7;
    if (same) *same = 7;
    cell_is_refused(by, top, 1);
    *lo = 0;
    if (same) *same = 0;
}

TEST(constraints_of_calls)
{
    open_table("k_muladd");
    situ_vm_k_muladd_row *m = (situ_vm_k_muladd_row *)cells;
    bits_are_bits("k_muladd.real.bit", &m->real, 1);
    bits_are_bits("k_muladd.a.read_only.bit", m->a.read_only, 3);
    bits_are_bits("k_muladd.b.read_only.bit", m->b.read_only, 3);
    bits_are_bits("k_muladd.c.read_only.bit", m->c.read_only, 3);
    bits_are_bits("k_muladd.to.check.top.bit", &m->to.check[0].top, 6);
    for (u32 i = 0; i < 6; i++) {
        top_is_bound("k_muladd.to.check.top", &m->to.check[i].top, &m->to.new[2 * i], &m->c.limb[2 * i]);
        cell_is_refused("k_muladd.result", &m->to.new[2 * i], 1);
        cell_is_refused("k_muladd.result", &m->to.new[2 * i + 1], 1);
        cell_is_refused("k_muladd.result", &m->c.limb[2 * i], 1);
    }
    close_table();

    open_table("k_horner");
    situ_vm_k_horner_row *k = (situ_vm_k_horner_row *)cells;
    bits_are_bits("k_horner.real.bit", &k->real, 1);
    bits_are_bits("k_horner.x.read_only.bit", k->x.read_only, 3);
    bits_are_bits("k_horner.acc.check.top.bit", &k->acc.check[0].top, 6);
    for (u32 i = 0; i < 6; i++)
        top_is_bound("k_horner.acc.check.top", &k->acc.check[i].top, &k->acc.new[2 * i], NULL);
    close_table();

    open_table("f_horner");
    situ_vm_f_horner_row *f = (situ_vm_f_horner_row *)cells;
    bits_are_bits("f_horner.real.bit", &f->real, 1);
    bits_are_bits("f_horner.xy.read_only.bit", f->xy.read_only, 6);
    bits_are_bits("f_horner.acc.check.top.bit", &f->acc.check[0].top, 6);
    for (u32 i = 0; i < 6; i++) {
        top_is_bound("f_horner.acc.check.top", &f->acc.check[i].top, &f->acc.new[2 * i], NULL);
        cell_is_refused("f_horner.x2", &f->x2[i], 1);
        cell_is_refused("f_horner.x3", &f->x3[i], 1);
    }
    close_table();
}

TEST(constraints_of_folds)
{
    open_table("k_fold");
    fold_row *f = (fold_row *)cells;
    bits_are_bits("k_fold.real.bit", &f->real, 1);
    bits_are_bits("k_fold.x.read_only.bit", f->x.read_only, 3);
    bits_are_bits("k_fold.v.read_only.bit", f->v.read_only, 24);
    bits_are_bits("k_fold.v.check.top.bit", &f->v.check[0].top, 48);
    bits_are_bits("k_fold.to.check.top.bit", &f->to.check[0].top, 6);
    for (u32 i = 0; i < 48;
         i++) { /* with u = 0 the result is an eighth of the sum, high the difference of even and odd */
        f->v.limb[2 * i] = 8;
        f->to.new[i % 6 * 2] = 1;
        f->high[i % 6] = u32_bit_reverse(i / 6, 3) % 2 ? KB_P - 8 : 8;
        cell_is_refused("k_fold.v.check.top", &f->v.check[i].top, 1);
        f->v.limb[2 * i] = 0;
        f->to.new[i % 6 * 2] = 0;
        f->high[i % 6] = 0;
    }
    for (u32 i = 0; i < 6; i++) {
        f->v.limb[2 * i] = f->high[i] = 8;
        f->to.new[2 * i] = 1;
        cell_is_refused("k_fold.to.check.top", &f->to.check[i].top, 1);
        f->v.limb[2 * i] = f->high[i] = 0;
        f->to.new[2 * i] = 0;
        cell_is_refused("k_fold.result", &f->to.new[2 * i], 1);
        cell_is_refused("k_fold.result", &f->to.new[2 * i + 1], 1);
        cell_is_refused("k_fold.high", &f->high[i], 1);
        cell_is_refused("k_fold.u3", &f->u3[i], 1);
        cell_is_refused("k_fold.u2", &f->u2[i], 1);
        f->u[i] = 1;
        put_plain(f->u2, k6_mul(plain_as_k(f->u), plain_as_k(f->u)));
        put_plain(f->u3, k6_mul(plain_as_k(f->u), plain_as_k(f->u2)));
        f->u[i] = 0;
        cell_is_refused("k_fold.u", &f->u[i], 1);
        memset(f->u2, 0, sizeof f->u2);
        memset(f->u3, 0, sizeof f->u3);
    }
    close_table();
}

TEST(constraints_of_elements)
{
    open_table("k_horner_element");
    k_row *k = (k_row *)cells;
    bits_are_bits("k_horner_element.real.bit", &k->real, 1);
    bits_are_bits("k_horner_element.e.read_only.bit", k->e.read_only, 3);
    bits_are_bits("k_horner_element.e.check.top.bit", &k->e.check[0].top, 6);
    for (u32 i = 0; i < 6; i++)
        top_is_bound("k_horner_element.e.check.top", &k->e.check[i].top, &k->e.limb[2 * i], NULL);
    close_table();

    open_table("f_horner_tile");
    f_row *f = (f_row *)cells;
    bits_are_bits("f_horner_tile.real.bit", &f->real, 1);
    bits_are_bits("f_horner_tile.e.read_only.bit", f->e.read_only, 8);
    bits_are_bits("f_horner_tile.e.check.top.bit", &f->e.check[0].top, 16);
    for (u32 i = 0; i < 16; i++) /* with x = 0 only these two words count */
        top_is_bound("f_horner_tile.e.check.top", &f->e.check[i].top, &f->e.limb[2 * i],
                     i == 3   ? &f->middle[0]
                     : i == 9 ? &f->upper[0]
                              : NULL);
    for (u32 i = 0; i < 6; i++) {
        cell_is_refused("f_horner_tile.middle", &f->middle[i], 1);
        cell_is_refused("f_horner_tile.upper", &f->upper[i], 1);
    }
    close_table();
}

/* No cell of a row that is there can be another, with all lookups counted for it. */
TEST(no_cell_is_free)
{
    static const u32 tables[] = {SITU_VM_TABLE_K_MULADD,         SITU_VM_TABLE_K_HORNER,
                                 SITU_VM_TABLE_K_HORNER_ELEMENT, SITU_VM_TABLE_F_HORNER,
                                 SITU_VM_TABLE_F_HORNER_TILE,    SITU_VM_TABLE_K_FOLD};
    start_calls(K_SUM, false);
    for (kind k = MULADD; k < KINDS; k++) {
        const u32 p = points_at(k, CALL_A);
        guest_field(number_of[k], A(0), A(k == MULADD ? p : RECORDS), k == MULADD ? A(p + 3) : 2, A(p + 6));
    }
    witness_run *r = finish(1 << 12);
    for (u32 k = 0; k < SITU_ARRAY_LEN(tables); k++) {
        const u32 n_main = situ_vm_system.tables[tables[k]].n_main;
        u32 *row = witness_row(r, tables[k], 0);
        for (u32 i = 0; i < n_main; i++) {
            const u32 honest = row[i];
            if (test_random_below(n_main) >= 24) continue;
            row[i] = test_random_below(2) ? p_add(honest, 1) : (u32)test_random_below(KB_P);
            if (row[i] == honest) row[i] = p_sub(honest, 1);
            witness_recount(r);
            if (witness_findings(r, NULL) == 0)
                test_fail(__FILE__, __LINE__, "%s cell %u may be %u for %u",
                          situ_vm_system.tables[tables[k]].name, i, row[i], honest);
            row[i] = honest;
        }
    }
    HOLDS(r);
}

TEST_MAIN()
