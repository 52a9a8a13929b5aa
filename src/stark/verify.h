/* verify.h — parts of the verifier that the prover's key shares. */
#ifndef SITU_STARK_VERIFY_H
#define SITU_STARK_VERIFY_H

#include "stark/layout.h"

/* Check a verifying key against the system and read its parameters.  ARG when it is not one of this system.
 */
situ_err stark_vk_open(situ_stark_params *params, const situ_air_system *system, const void *vk,
                       size_t vk_bytes) SITU_MUST_USE;

#endif /* SITU_STARK_VERIFY_H */
