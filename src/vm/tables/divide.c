/* divide.c — rows of divide.air. */
#include "vm/tables/tables.h"

/* Component division, but for its limbs as columns; see divide.air for what each is. */
typedef struct {
    u64 d, q, r;
    u32 carry[3];
    u32 minus_a, minus_b, minus_q, minus_r, is_zero, unit;
    u32 differ; /* limb, 0: none above the lowest */
    u32 excess;
} division;

/* a, b below 2^(16n) */
static void divide(division *x, u64 a, u64 b, u32 n, bool is_signed)
{
    const u64 mask = n == 4 ? UINT64_MAX : UINT32_MAX;
    x->minus_a = is_signed && a >> (16 * n - 1);
    x->minus_b = is_signed && b >> (16 * n - 1);
    const u64 abs_a = (x->minus_a ? -a : a) & mask, abs_b = (x->minus_b ? -b : b) & mask;
    const u64 abs_q = b ? abs_a / abs_b : 0, abs_r = abs_a - abs_q * abs_b;
    x->is_zero = b == 0;
    x->minus_r = x->minus_a && abs_r;
    x->r = (x->minus_r ? -abs_r : abs_r) & mask;
    x->minus_q = (x->minus_a ^ x->minus_b) && (abs_q || x->is_zero);
    x->q = x->is_zero ? mask : (x->minus_q ? -abs_q : abs_q) & mask;
    x->unit = !x->is_zero && (x->minus_b | x->minus_r);
    x->d = abs_b - x->unit;
}

static void divide_carries(division *x, u64 a, u32 n)
{
    const u64 mask = n == 4 ? UINT64_MAX : UINT32_MAX;
    const u64 big_a = a ^ -(u64)x->minus_a, big_q = (x->q ^ -(u64)x->minus_q) & mask,
              big_r = x->r ^ -(u64)x->minus_r;
    u64 sums[8];
    i64 carry = (i64)(x->minus_q & x->unit) + x->minus_r - x->minus_a;
    vm_limb_sums(sums, big_q, x->d);
    for (u32 k = 0; k < n - 1; k++) {
        carry +=
            (i64)(sums[k] + x->minus_q * vm_limb(x->d, k) + x->unit * vm_limb(big_q, k) + vm_limb(big_r, k)) -
            vm_limb(big_a, k);
        carry >>= 16;
        x->carry[k] = (u32)(carry + 1);
    }
    if (x->is_zero) {
        x->differ = x->excess = 0;
        return;
    }
    const u64 unlike = (x->d ^ big_r) & mask;
    x->differ = unlike ? u64_log2(unlike) / 16 : 0;
    x->excess = vm_limb(x->d, x->differ) - vm_limb(big_r, x->differ) - 1;
    if (x->differ == 0) x->excess += x->unit - x->minus_r;
}

/* The component's columns in a row of n limbs. */
#define fill_division(r_, x_, n_)                                                         \
    do {                                                                                  \
        (r_)->minus_a = (x_)->minus_a;                                                    \
        (r_)->minus_b = (x_)->minus_b;                                                    \
        (r_)->minus_q = (x_)->minus_q;                                                    \
        (r_)->minus_r = (x_)->minus_r;                                                    \
        (r_)->is_zero = (x_)->is_zero;                                                    \
        (r_)->unit = (x_)->unit;                                                          \
        for (u32 i = 0; i < 2 * (n_)-1; i++) (r_)->d[i] = (u32)((x_)->d >> 8 * i) & 0xff; \
        (r_)->d_top = (u32)((x_)->d >> (16 * (n_)-8)) + 128 * (r_)->is_signed;            \
        for (u32 i = 0; i < 2 * (n_); i++) (r_)->q[i] = (u32)((x_)->q >> 8 * i) & 0xff;   \
        for (u32 k = 0; k < (n_); k++) (r_)->r[k] = vm_limb((x_)->r, k);                  \
        for (u32 k = 0; k < (n_)-1; k++) (r_)->carry[k] = (x_)->carry[k];                 \
        for (u32 k = 0; k < (n_)-1; k++) (r_)->differ[k] = (x_)->differ == k + 1;         \
        (r_)->excess = (x_)->excess;                                                      \
    } while (0)

void vm_fill_div(const vm_step *s, void *row)
{
    situ_vm_div_row *r = row;
    division x;
    r->real = 1;
    r->remainder = s->insn->op == SITU_OP_REM || s->insn->op == SITU_OP_REMU;
    r->is_signed = s->insn->op == SITU_OP_DIV || s->insn->op == SITU_OP_REM;
    r->rd = s->insn->rd;
    r->rs1 = s->insn->rs1;
    r->rs2 = s->insn->rs2;
    divide(&x, s->step->rs1, s->step->rs2, 4, r->is_signed);
    divide_carries(&x, s->step->rs1, 4);
    fill_division(r, &x, 4);
    vm_fill_fetch(r->at, s);
    vm_fill_rs1(r->a, s);
    vm_fill_rs2(r->b, s);
    vm_fill_rd(r->to, s);
}

void vm_fill_divw(const vm_step *s, void *row)
{
    situ_vm_divw_row *r = row;
    division x;
    r->real = 1;
    r->remainder = s->insn->op == SITU_OP_REMW || s->insn->op == SITU_OP_REMUW;
    r->is_signed = s->insn->op == SITU_OP_DIVW || s->insn->op == SITU_OP_REMW;
    r->rd = s->insn->rd;
    r->rs1 = s->insn->rs1;
    r->rs2 = s->insn->rs2;
    divide(&x, (u32)s->step->rs1, (u32)s->step->rs2, 2, r->is_signed);
    divide_carries(&x, (u32)s->step->rs1, 2);
    fill_division(r, &x, 2);
    r->sign = (u32)(s->step->rd_new >> 63);
    vm_fill_fetch(r->at, s);
    vm_fill_rs1(r->a, s);
    vm_fill_rs2(r->b, s);
    vm_fill_rd(r->to, s);
}
