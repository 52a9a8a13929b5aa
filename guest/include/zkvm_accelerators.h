/* zkvm_accelerators.h — the public zkVM standard's cryptographic functions, as far as Situ has them.
 *
 * Keccak-256 and BLAKE2's F run on the Keccak accelerator or as plain code; what is missing from the
 * standard's list (elliptic curves, pairings, modular exponentiation, KZG) is not declared, so that its use
 * fails when compiled.
 *
 * Pointers must not be NULL where bytes are read or written (the program is aborted).
 */
#ifndef ZKVM_ACCELERATORS_H
#define ZKVM_ACCELERATORS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { ZKVM_EOK = 0, ZKVM_EFAIL = -1 } zkvm_status;

typedef struct {
    uint8_t data[32];
} __attribute__((aligned(8))) zkvm_bytes_32;

typedef struct {
    uint8_t data[64];
} __attribute__((aligned(8))) zkvm_bytes_64;

typedef struct {
    uint8_t data[128];
} __attribute__((aligned(8))) zkvm_bytes_128;

typedef struct {
    uint8_t data[16];
} __attribute__((aligned(8))) zkvm_bytes_16;

typedef zkvm_bytes_32 zkvm_keccak256_hash;
typedef zkvm_bytes_32 zkvm_sha256_hash;
typedef zkvm_bytes_32 zkvm_ripemd160_hash;
typedef zkvm_bytes_64 zkvm_blake2f_state;
typedef zkvm_bytes_128 zkvm_blake2f_message;
typedef zkvm_bytes_16 zkvm_blake2f_offset;

/** Keccak-256 as Ethereum uses it (padding 0x01), on the Keccak-f accelerator. */
zkvm_status zkvm_keccak256(const uint8_t *data, size_t len, zkvm_keccak256_hash *output);

/** SHA-256 (FIPS 180-4), in plain instructions. */
zkvm_status zkvm_sha256(const uint8_t *data, size_t len, zkvm_sha256_hash *output);

/** RIPEMD-160, in plain instructions; the first 12 bytes are zero, the hash follows. */
zkvm_status zkvm_ripemd160(const uint8_t *data, size_t len, zkvm_ripemd160_hash *output);

/** BLAKE2b's compression F (EIP-152), in plain instructions: h is replaced; t is the offset counter; f is 0
 * or 1, anything else gives ZKVM_EFAIL. */
zkvm_status zkvm_blake2f(uint32_t rounds, zkvm_blake2f_state *h, const zkvm_blake2f_message *m,
                         const zkvm_blake2f_offset *t, uint8_t f);

#ifdef __cplusplus
}
#endif

#endif /* ZKVM_ACCELERATORS_H */
