/* output.c — as many bytes of output as the input asks for (decimal): the numbers of a xorshift generator
 * (Marsaglia, 2003; 13, 7, 17; starting from 1), 8 bytes each, little-endian, written by the page. */
#include <situ/guest.h>

#define PAGE_BYTES 4096

int main(void)
{
    static uint64_t page[PAGE_BYTES / 8];
    const uint8_t *input;
    size_t n_bytes;
    uint64_t n = 0, x = 1;

    read_input(&input, &n_bytes);
    for (size_t i = 0; i < n_bytes && input[i] >= '0' && input[i] <= '9'; i++) n = 10 * n + (input[i] - '0');
    while (n > 0) {
        for (size_t i = 0; i < PAGE_BYTES / 8; i++) {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            page[i] = x;
        }
        size_t taken = n < PAGE_BYTES ? n : PAGE_BYTES;
        write_output((const uint8_t *)page, taken);
        n -= taken;
    }
    return 0;
}
