/* zkvm_file.h — bytes of a run's proof and of a program's verifying key, version 1.
 *
 *   PROOF    OFFSET  BYTES  FIELD
 *                 0      8  magic          "SITU-RUN"
 *                 8      4  version        1
 *                12      4  reserved       zero
 *                16      8  total_bytes
 *                24      8  exit_code
 *                32      8  output_bytes
 *                40      8  vk_bytes
 *                48      8  argument_bytes
 *                56     ..  verifying key; output, padded with zeros to 8 bytes; argument (src/stark/archive.h)
 *
 *   KEY           0      8  magic          "SITU-KEY"
 *                 8      4  version        1
 *                12      4  entry          address of the first instruction
 *                16     32  program digest
 *                48     ..  the verifying key of the tables (src/stark/archive.h)
 *
 * The key covers everything that a verifier relies on: version, entry, parameters, digest of the constraints,
 * heights and commitment of the program's tables.  A key's digest is a hash of its bytes; a statement binds key,
 * exit code and output (situ_stark_statement.claim).  Nothing else is in a proof: one proof has one encoding.
 */
#ifndef SITU_VM_ZKVM_FILE_H
#define SITU_VM_ZKVM_FILE_H

#include "base/base.h"
#include "situ/zkvm.h"
#include "vm/statement.h"

#define ZKVM_MAGIC    UINT64_C(0x4e55522d55544953) /* "SITU-RUN" */
#define ZKVM_VK_MAGIC UINT64_C(0x59454b2d55544953) /* "SITU-KEY" */
#define ZKVM_VERSION  1

typedef struct {
    situ_file_u64 magic;
    situ_file_u32 version;
    situ_file_u32 reserved;
    situ_file_u64 total_bytes;
    situ_file_u64 exit_code;
    situ_file_u64 output_bytes;
    situ_file_u64 vk_bytes;
    situ_file_u64 argument_bytes;
} zkvm_header;

typedef struct {
    situ_file_u64 magic;
    situ_file_u32 version;
    situ_file_u32 entry;
    u8 program_digest[SITU_ZKVM_DIGEST_BYTES];
} zkvm_vk_header;

_Static_assert(sizeof(zkvm_header) == 56, "file format: no hidden padding");
_Static_assert(sizeof(zkvm_vk_header) == 48, "file format: no hidden padding");

/* The statement of a claim, for prover and verifier alike.  `vm` is filled and must outlive the statement. */
situ_stark_statement zkvm_statement(vm_statement *vm, const situ_zkvm_claim *claim);

#endif /* SITU_VM_ZKVM_FILE_H */
