/* blake3.c — the BLAKE3 hash of the input, 32 bytes, on the compression accelerator. */
#include <situ/guest.h>

int main(void)
{
    const uint8_t *input;
    size_t n_bytes;
    uint8_t hash[32];

    read_input(&input, &n_bytes);
    situ_guest_blake3(hash, input, n_bytes);
    write_output(hash, sizeof hash);
    return 0;
}
