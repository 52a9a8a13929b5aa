/* situ/guest.h — what a program that runs inside Situ can call.
 *
 *     #include <situ/guest.h>
 *
 *     int main(void)
 *     {
 *         const uint8_t *input;
 *         size_t n_bytes;
 *         read_input(&input, &n_bytes);
 *         ...
 *         write_output(result, sizeof result);
 *         return 0;
 *     }
 *
 * A proof shows that this program, on some input, gave this public output and exit code.  The input stays
 * private; whatever the verifier is to know about it, the program must check and write.
 */
#ifndef SITU_GUEST_H
#define SITU_GUEST_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The private input: pointer (16-aligned) and exact length.  No copy is made; it is read-only and lives for
 * the whole run.  May be called any number of times; cannot fail. */
void read_input(const uint8_t **buf_ptr, size_t *buf_size);

/** Append to the public output.  Any size; cannot fail.  printf and write_output may be mixed: order is kept.
 */
void write_output(const uint8_t *output, size_t size);

/** End with an exit code; 0 is success, and verifiers accept no other unless told to. */
void situ_exit(int code) __attribute__((noreturn));

/** Abnormal end: shows the text, exits with code 134 (as abort and failed assertions do). */
void situ_abort(const char *text) __attribute__((noreturn));

/** Text for the person who runs the program (`situ run` shows it); no part of the output, ignored by a proof.
 */
void situ_print(const char *text);

/** Keccak-f[1600] of 25 lanes, in place: lane (x, y) is state[x + 5 * y].  One instruction's worth of cycles.
 */
void situ_guest_keccak_f1600(uint64_t state[25]);

/** The BLAKE3 compression function: out[8] becomes the first eight words of the output under the chaining value
 * cv[8], for the block whose halves are left[8] and right[8].  All are 8-aligned; any of them may overlap or be
 * the same.  One instruction's worth of cycles: a node of a tree needs no copies, blocks that follow one another
 * take each other's result. */
void situ_guest_blake3_compress_halves(uint32_t out[8], const uint32_t cv[8], const uint32_t left[8],
                                       const uint32_t right[8], uint64_t counter, uint32_t block_len,
                                       uint32_t flags);

/** The same of a block in one piece; cv[8] is replaced. */
void situ_guest_blake3_compress(uint32_t cv[8], const uint32_t block[16], uint64_t counter,
                                uint32_t block_len, uint32_t flags);

/** BLAKE3 of n bytes. */
void situ_guest_blake3(uint8_t hash[32], const void *data, size_t n);

/** An element of K = F[X] / (X^6 + X^3 + 1), F being the integers modulo p = 0x7f000001: coefficients, lowest first, each a u32 W that
 * stands for W / 2^32 modulo p. */
typedef struct {
    uint32_t c[6];
} __attribute__((aligned(8))) situ_k6;

/** *out = *a * *b + *c.  Words may be any u32, those of the result are below p; out may be any of the others. */
void situ_k6_muladd(situ_k6 *out, const situ_k6 *a, const situ_k6 *b, const situ_k6 *c);

/** *acc = *acc x^n + the sum of x^i elements[i], i < n.  Words of the elements must be below p (the run traps otherwise), those of *acc and *x
 * may be any; acc may point to x or into the elements. */
void situ_k6_horner(situ_k6 *acc, const situ_k6 *elements, size_t n, const situ_k6 *x);

/** *acc = *acc y^n + the sum of y^t x^l tiles[t][l], t < n, l < 16, with x = points[0], y = points[1].  Tiles are elements of F and 8-aligned;
 * otherwise as situ_k6_horner. */
void situ_f_horner(situ_k6 *acc, const uint32_t (*tiles)[16], size_t n, const situ_k6 points[2]);

/** A fold by 8, as FRI does it: if values[j] is f(y w^bitrev(j)) for j < 8, w of order 8, f(Y) = the sum of Y^i f_i(Y^8), and s y = 1 in F, then
 * *out becomes the sum of x^i f_i(y^8).  w is 3^((p - 1) / 8).  Words of the values must be below p (the run traps otherwise), s and
 * those of *x may be any; out may be any of the others. */
void situ_k6_fold(situ_k6 *out, const situ_k6 values[8], uint32_t s, const situ_k6 *x);

/** Begin step n, a constant 1..2047, of what `situ profile` tells apart: one instruction that does nothing.  The next
 * SITU_STEP ends it. */
#define SITU_STEP(n) __asm__ volatile("addi x0, x0, %0" : : "i"(n) : "memory")

/** 1 under Linux (qemu-riscv64), where the accelerators are computed in software and the input is standard
 * input; 0 inside Situ. */
extern int situ_hosted;

/** The C library's, also for programs without one. */
void exit(int code) __attribute__((noreturn));
void _exit(int code) __attribute__((noreturn));
void abort(void) __attribute__((noreturn));

#ifdef __cplusplus
}
#endif

#endif /* SITU_GUEST_H */
