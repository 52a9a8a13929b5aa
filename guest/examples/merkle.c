/* merkle.c — check a Merkle proof with Keccak-256.
 *
 * Input: 32 bytes of root; u64 index; u64 depth; 32 bytes of leaf; depth * 32 bytes of siblings, from the leaf up.
 * Output: root and leaf.  A proof of it says: this leaf is in the tree with this root, without telling where.
 * Exit codes: 1 the path leads to another root, 2 malformed. */
#include <string.h>

#include <situ/guest.h>
#include <zkvm_accelerators.h>

#define HEAD_BYTES 80
#define DEPTH_MAX  64

int main(void)
{
    const uint8_t *input;
    size_t n_bytes;
    uint64_t index, depth;
    zkvm_keccak256_hash node;

    read_input(&input, &n_bytes);
    if (n_bytes < HEAD_BYTES) return 2;
    memcpy(&index, input + 32, 8);
    memcpy(&depth, input + 40, 8);
    if (depth > DEPTH_MAX || n_bytes != HEAD_BYTES + 32 * depth || (depth < 64 && index >> depth != 0))
        return 2;

    zkvm_keccak256(input + 48, 32, &node);
    for (uint64_t level = 0; level < depth; level++, index >>= 1) {
        uint8_t pair[64] __attribute__((aligned(8)));
        const uint8_t *sibling = input + HEAD_BYTES + 32 * level;
        memcpy(pair + 32 * (index & 1), node.data, 32);
        memcpy(pair + 32 * (~index & 1), sibling, 32);
        zkvm_keccak256(pair, 64, &node);
    }
    if (memcmp(node.data, input, 32) != 0) return 1;
    write_output(input, 32);
    write_output(input + 48, 32);
    return 0;
}
