/* steps.c — a guest for tests/test_profile.sh: calls, tail calls, recursion, inlining, steps, misaligned accesses and
 * accelerators, all in known numbers. */
#include <setjmp.h>
#include <string.h>

#include <situ/guest.h>

#define NOINLINE __attribute__((noinline, noclone))

#if defined(TURNS_MORE)
#define TURNS 150
#else
#define TURNS 100
#endif

#if !defined(DEPTH)
#define DEPTH 20
#endif

enum { PERMUTATIONS = 3, UNALIGNED = 7 };

static volatile uint64_t sink;
static jmp_buf home;

static inline __attribute__((always_inline)) uint64_t mixed(uint64_t x)
{
    x ^= x >> 7;
    x *= 0x9e3779b97f4a7c15u;
    return x ^ x << 9;
}

NOINLINE void dropped(uint8_t *bytes) /* by the linker; its debugging data stays, for address 0 */
{
    for (int i = 0; i < UNALIGNED; i++) bytes[i] = (uint8_t)(bytes[i] + sink);
}

NOINLINE uint64_t leaf(uint64_t x) { return mixed(x + sink); }

NOINLINE uint64_t last_caller(uint64_t x) { return leaf(x + 1); } /* a tail call */

NOINLINE uint64_t deep(uint64_t n) { return n == 0 ? sink : 1 + deep(n - 1) * sink; }

NOINLINE void many(void)
{
    for (int i = 0; i < TURNS; i++) sink = last_caller((uint64_t)i);
}

NOINLINE void unaligned(uint8_t *bytes)
{
    for (int i = 0; i < UNALIGNED; i++) *(volatile uint32_t *)(void *)(bytes + 1 + i % 2) = (uint32_t)i;
}

NOINLINE void thrower(void) { longjmp(home, 1); }

NOINLINE void jumps(void)
{
    if (setjmp(home) == 0) thrower();
    sink = sink + 1;
}

int main(void)
{
    static uint8_t bytes[64] __attribute__((aligned(8)));
    uint64_t state[25] = {0};

    SITU_STEP(1);
    many();
    SITU_STEP(2);
    sink = deep(DEPTH);
    unaligned(bytes);
    SITU_STEP(1);
    for (int i = 0; i < PERMUTATIONS; i++) situ_guest_keccak_f1600(state);
#if defined(MARKERS)
    for (int i = 0; i < MARKERS; i++) SITU_STEP(4);
#endif
    SITU_STEP(3);
    jumps();
    write_output((const uint8_t *)state, 8);
    return 0;
}
