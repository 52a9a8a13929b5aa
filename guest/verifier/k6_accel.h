/* k6_accel.h — field/k6.h's arithmetic as calls of the VM's accelerator K_MULADD: *out = *a * *b + *c (docs/vm.md).  Six additions in
 * software would take five times as long. */
#ifndef SITU_VERIFIER_K6_ACCEL_H
#define SITU_VERIFIER_K6_ACCEL_H

/* Aligned, as all that the accelerators take: three words. */
SITU_INLINE bool k6_equal_words(const k6 *a, const situ_file_u32 words[K6_DEGREE])
{
    const situ_file_u64 *x = (const situ_file_u64 *)(const void *)a;
    const situ_file_u64 *y = (const situ_file_u64 *)(const void *)words;
    return x[0] == y[0] && x[1] == y[1] && x[2] == y[2];
}

static const k6 k6_constant_zero = {{0}}, k6_constant_one = {{KB_ONE}},
                k6_constant_minus_one = {{KB_P - KB_ONE}}, k6_constant_minus_two = {{KB_P - 2 * KB_ONE}};

SITU_INLINE void k6_mul_add_into(k6 *out, const k6 *a, const k6 *b, const k6 *c)
{
    register k6 *a0 __asm__("a0") = out;
    register const k6 *a1 __asm__("a1") = a;
    register const k6 *a2 __asm__("a2") = b;
    register const k6 *a3 __asm__("a3") = c;
    register long a7 __asm__("a7") = 0x1002;
    __asm__("ecall" : "=m"(*out) : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(a7), "m"(*a), "m"(*b), "m"(*c));
}

SITU_INLINE void k6_mul_into(k6 *out, const k6 *a, const k6 *b)
{
    k6_mul_add_into(out, a, b, &k6_constant_zero);
}
SITU_INLINE void k6_add_into(k6 *out, const k6 *a, const k6 *b)
{
    k6_mul_add_into(out, a, &k6_constant_one, b);
}
SITU_INLINE void k6_sub_into(k6 *out, const k6 *a, const k6 *b)
{
    k6_mul_add_into(out, b, &k6_constant_minus_one, a);
}

SITU_INLINE k6 k6_mul_add(k6 a, k6 b, k6 c)
{
    k6 r;
    k6_mul_add_into(&r, &a, &b, &c);
    return r;
}

/* sum may be a, and difference b. */
SITU_INLINE void k6_butterfly(k6 *sum, k6 *difference, const k6 *a, const k6 *b)
{
    k6_mul_add_into(sum, b, &k6_constant_one, a);
    k6_mul_add_into(difference, b, &k6_constant_minus_two, sum);
}

SITU_INLINE k6 k6_mul(k6 a, k6 b) { return k6_mul_add(a, b, k6_constant_zero); }
SITU_INLINE k6 k6_add(k6 a, k6 b) { return k6_mul_add(a, k6_constant_one, b); }
SITU_INLINE k6 k6_sub(k6 a, k6 b) { return k6_mul_add(b, k6_constant_minus_one, a); }
SITU_INLINE k6 k6_neg(k6 a) { return k6_mul(a, k6_constant_minus_one); }
SITU_INLINE k6 k6_mul_kb(k6 a, kb b) { return k6_mul(a, k6_from_kb(b)); }

#endif /* SITU_VERIFIER_K6_ACCEL_H */
