/* fibonacci.c — F(n) modulo 2^64, for n in the input (text, decimal), one addition at a time. */
#include <stdio.h>

#include <situ/guest.h>

int main(void)
{
    const uint8_t *input;
    size_t n_bytes;
    read_input(&input, &n_bytes);

    uint64_t n = 0;
    for (size_t i = 0; i < n_bytes && input[i] >= '0' && input[i] <= '9'; i++) n = 10 * n + (input[i] - '0');

    uint64_t a = 0, b = 1;
    for (uint64_t i = 0; i < n; i++) {
        uint64_t next = a + b;
        a = b;
        b = next;
    }
    printf("fibonacci(%llu) = %llu modulo 2^64\n", (unsigned long long)n, (unsigned long long)a);
    return 0;
}
