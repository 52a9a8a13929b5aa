/* keccak256.c — the Keccak-256 of the input (Ethereum's), 32 bytes: nearly all the work is the accelerator's. */
#include <situ/guest.h>
#include <zkvm_accelerators.h>

int main(void)
{
    const uint8_t *input;
    size_t n_bytes;
    zkvm_keccak256_hash hash;

    read_input(&input, &n_bytes);
    zkvm_keccak256(input, n_bytes, &hash);
    write_output(hash.data, sizeof hash.data);
    return 0;
}
