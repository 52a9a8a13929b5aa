/* guest_inputs.h — inputs of any length for the example guests, the same in every bench. */
#ifndef SITU_BENCH_GUEST_INPUTS_H
#define SITU_BENCH_GUEST_INPUTS_H

#include <stdio.h>

#include "base/base.h"

/* All fill out[n_max] and return how many bytes they took. */
typedef size_t guest_input(char *out, size_t n_max, size_t n);

/* fibonacci: n as a number. */
SITU_UNUSED static size_t guest_input_number(char *out, size_t n_max, size_t n)
{
    return (size_t)snprintf(out, n_max, "%zu", n);
}

/* sha256, sort: n bytes of noise. */
SITU_UNUSED static size_t guest_input_noise(char *out, size_t n_max, size_t n)
{
    u64 state = 1;
    n = u64_min(n, n_max);
    for (size_t i = 0; i < n; i++) {
        state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
        out[i] = (char)(state >> 56);
    }
    return n;
}

/* json: a list of n objects, and the path of the last one's value. */
SITU_UNUSED static size_t guest_input_json(char *out, size_t n_max, size_t n)
{
    size_t at = (size_t)snprintf(out, n_max, "[%zu].value\n[", n - 1);
    for (size_t i = 0; i < n && at + 128 < n_max; i++)
        at += (size_t)snprintf(out + at, n_max - at,
                               "%s\n {\"name\": \"entry %zu\", \"flag\": true, \"value\": %zu}", i ? "," : "",
                               i, i * 7919);
    return at + (size_t)snprintf(out + at, n_max - at, "\n]\n");
}

#endif /* SITU_BENCH_GUEST_INPUTS_H */
