/* base.h — types, checks and attributes used by every file.
 *
 * Four kinds of check, never mixed (docs/style.md):
 *   _Static_assert    layout, constants, relations between constants
 *   situ_err          input from outside; hostile data never reaches an assertion
 *   SITU_ASSERT       programmer errors, cheap, on in every build
 *   SITU_VERIFY_THAT  costly invariants, on with PROFILE=verify and fuzz
 *
 * Also compiled freestanding for the guest: nothing here needs a C library.
 */
#ifndef SITU_BASE_BASE_H
#define SITU_BASE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "situ/err.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__ || __SIZEOF_POINTER__ != 8
#error "Situ reads and writes its files in place and needs a 64-bit little-endian machine"
#endif

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t i32;
typedef int64_t i64;
__extension__ typedef unsigned __int128 u128;

#define SITU_INLINE        static inline __attribute__((always_inline, unused))
#define SITU_NOINLINE      __attribute__((noinline))
#define SITU_UNUSED        __attribute__((unused))
#define SITU_PRINTF(f, a)  __attribute__((format(printf, f, a)))
#define SITU_LIKELY(x)     __builtin_expect(!!(x), 1)
#define SITU_UNLIKELY(x)   __builtin_expect(!!(x), 0)
#define SITU_ALIGNED(n)    __attribute__((aligned(n)))
#define SITU_ARRAY_LEN(a)  (sizeof(a) / sizeof((a)[0]))
#define SITU_CONCAT_(a, b) a##b
#define SITU_CONCAT(a, b)  SITU_CONCAT_(a, b)

/* Return the error of `call`, if it has one. */
#define SITU_TRY(call)                 \
    do {                               \
        situ_err try_err_ = (call);    \
        if (try_err_) return try_err_; \
    } while (0)

/* Prints file, line and text, then aborts (host); traps (freestanding). */
_Noreturn void situ_panic(const char *file, int line, const char *what);

#define SITU_ASSERT(cond)                                                  \
    do {                                                                   \
        if (SITU_UNLIKELY(!(cond))) situ_panic(__FILE__, __LINE__, #cond); \
    } while (0)

#if defined(SITU_VERIFY)
#define SITU_VERIFY_THAT(cond) SITU_ASSERT(cond)
#else
#define SITU_VERIFY_THAT(cond) ((void)sizeof(cond))
#endif

SITU_INLINE u64 u64_min(u64 a, u64 b) { return a < b ? a : b; }
SITU_INLINE u64 u64_max(u64 a, u64 b) { return a > b ? a : b; }

/* x rounded up to a multiple of `align`, a power of two; x + align must not wrap. */
SITU_INLINE u64 u64_align_up(u64 x, u64 align) { return (x + align - 1) & ~(align - 1); }

/* floor(log2 x) for x > 0.  A guest has no such instruction, and its compiler would call a library. */
SITU_INLINE u32 u64_log2(u64 x)
{
#if defined(SITU_FREESTANDING)
    u32 n = 0;
    for (; x > 1; x >>= 1) n++;
    return n;
#else
    return 63u - (u32)__builtin_clzll(x);
#endif
}

/* The low `n_bits` bits of x in reverse order; n_bits in 0..32, x < 2^n_bits. */
SITU_INLINE u32 u32_bit_reverse(u32 x, u32 n_bits)
{
    x = (x >> 1 & 0x55555555u) | (x & 0x55555555u) << 1;
    x = (x >> 2 & 0x33333333u) | (x & 0x33333333u) << 2;
    x = (x >> 4 & 0x0f0f0f0fu) | (x & 0x0f0f0f0fu) << 4;
    x = (x >> 8 & 0x00ff00ffu) | (x & 0x00ff00ffu) << 8;
    x = x >> 16 | x << 16;
    return n_bits == 0 ? 0 : x >> (32 - n_bits);
}

/* Integers inside a byte buffer.  may_alias makes the in-place read defined C; natural alignment keeps it
 * one load in the guest, where every instruction is proved. */
typedef u32 __attribute__((may_alias)) situ_file_u32;
typedef u64 __attribute__((may_alias)) situ_file_u64;

#endif /* SITU_BASE_BASE_H */
