/* io.c — input, output, the end. */
#include "guest.h"

extern void situ_stdio_flush(void) __attribute__((weak)); /* stdio.c, in programs that print */

void read_input(const uint8_t **buf_ptr, size_t *buf_size)
{
    /* The length is whatever the prover says: one that reaches beyond the region would make later reads trap,
     * but let it end here, where the reason can be told. */
    size_t n = *(const volatile uint32_t *)GUEST_INPUT_START;
    if (n > GUEST_INPUT_END - GUEST_INPUT_START - GUEST_INPUT_HEADER)
        situ_abort("the input's length exceeds its region");
    *buf_ptr = (const uint8_t *)(GUEST_INPUT_START + GUEST_INPUT_HEADER);
    *buf_size = n;
}

void guest_write(int file, const void *bytes, size_t n)
{
    const char *at = bytes;
    while (n > 0) {
        long taken = guest_call3(GUEST_WRITE, file, (long)at, (long)n);
        if (taken <= 0) _exit(134);
        at += taken;
        n -= (size_t)taken;
    }
}

void write_output(const uint8_t *output, size_t size)
{
    if (situ_stdio_flush) situ_stdio_flush();
    guest_write(1, output, size);
}

void situ_print(const char *text)
{
    size_t n = 0;
    while (text[n]) n++;
    guest_write(2, text, n);
}

void _exit(int code)
{
    if (situ_stdio_flush) situ_stdio_flush();
    for (;;) guest_call3(GUEST_EXIT, code, 0, 0);
}

void situ_exit(int code) { _exit(code); }

void situ_abort(const char *text)
{
    situ_print("abort: ");
    situ_print(text);
    situ_print("\n");
    _exit(134);
}
