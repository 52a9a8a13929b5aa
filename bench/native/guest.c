/* guest.c — what example guests call (situ/guest.h), for the host: they are compiled natively to compare with.
 * The input is standard input, the output standard output. */
#include "situ/guest.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "hash/keccak.h"

void read_input(const uint8_t **buf_ptr, size_t *buf_size)
{
    static uint8_t input[1 << 20];
    static size_t n_bytes;
    for (ssize_t n = 1; n > 0 && n_bytes < sizeof input; n_bytes += (size_t)n) {
        n = read(STDIN_FILENO, input + n_bytes, sizeof input - n_bytes);
        if (n < 0) abort();
    }
    *buf_ptr = input;
    *buf_size = n_bytes;
}

void write_output(const uint8_t *output, size_t size)
{
    if (fwrite(output, 1, size, stdout) != size) abort();
}

void situ_abort(const char *text)
{
    fprintf(stderr, "abort: %s\n", text);
    exit(134);
}

void situ_guest_keccak_f1600(uint64_t state[25]) { situ_keccak_f(state); }
