/* sha256.c — the SHA-256 of the input, as `sha256sum` prints it.  A proof of it says: I know a file with this hash. */
#include <stdio.h>

#include <situ/guest.h>
#include <zkvm_accelerators.h>

int main(void)
{
    const uint8_t *input;
    size_t n_bytes;
    zkvm_sha256_hash hash;

    read_input(&input, &n_bytes);
    zkvm_sha256(input, n_bytes, &hash);
    for (int i = 0; i < 32; i++) printf("%02x", hash.data[i]);
    printf("\n");
    return 0;
}
