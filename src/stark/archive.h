/* archive.h — bytes of a proof, version 4.
 *
 * A proof is verified where it lies (mapped file, or guest memory).  Nothing is decoded or copied.
 *
 *   OFFSET  BYTES  FIELD
 *        0      8  magic          "SITUSTRK"
 *        8      4  version        4
 *       12     20  parameters     log2_blowup, n_queries, grinding_bits, log2_cap, insecure: five u32
 *       32     32  key digest     of the verifying key
 *       64    160  log2_rows      height of each slot, 0 for absent; zero beyond the system's slots
 *      224      8  total_bytes    of the whole proof
 *      232     40  section_bytes  five of them
 *      272     ..  the sections, back to back
 *
 *   SECTION      RECORDS
 *   commitments  caps of 2^log2_cap digests of 32 bytes: main, auxiliary (if any), quotient, FRI layers in order
 *   sums         claimed sums: one K element a slot with interactions, by group (tallest first), then by slot
 *   values       out-of-domain values, one K element each: for each tree, each group, its columns over F, or in
 *                the auxiliary and the quotient's tree its functions over K (six columns each), as committed, at each
 *                of the group's points; then for each group its running sums at omega zeta, by slot, or the
 *                functions that have them, at each point
 *   final        64, 128 or 256 coefficients in K of the final polynomial (fri/fri.h); the grinding nonce, u64
 *   queries      one record a query, in the order drawn:
 *                  for each tree that exists (preprocessed, main, auxiliary, quotient): the opened row of each
 *                    group, in whole tile rows of 64 bytes; then the path, leaf's sibling first
 *                  for each FRI layer: its row, three tile rows; then the path
 *
 * Integers are little-endian; elements of F are 4 bytes in Montgomery form, below p; elements of K are six of
 * them. Every length follows from the key and the heights, and the stored ones must agree; there is no
 * padding between them.  Lanes of opened tiles behind the last column are zero as this prover writes them, and nobody asks.
 * Everything is 8-byte aligned.
 */
#ifndef SITU_STARK_ARCHIVE_H
#define SITU_STARK_ARCHIVE_H

#include "base/base.h"
#include "situ/stark.h"

#define STARK_MAGIC   UINT64_C(0x4b52545355544953) /* "SITUSTRK" */
#define STARK_VERSION 4
#define STARK_ALIGN   8
#define STARK_PARAMS  5

typedef enum {
    STARK_SECTION_COMMITMENTS,
    STARK_SECTION_SUMS,
    STARK_SECTION_VALUES,
    STARK_SECTION_FINAL,
    STARK_SECTION_QUERIES,
    STARK_SECTIONS,
} stark_section;

typedef struct {
    situ_file_u64 magic;
    situ_file_u32 version;
    situ_file_u32 params[STARK_PARAMS];
    u8 key_digest[32];
    u8 log2_rows[SITU_STARK_SLOTS_MAX];
    situ_file_u64 total_bytes;
    situ_file_u64 section_bytes[STARK_SECTIONS];
} stark_header;

_Static_assert(offsetof(stark_header, params) == 12, "file format");
_Static_assert(offsetof(stark_header, key_digest) == 32, "file format");
_Static_assert(offsetof(stark_header, log2_rows) == 64, "file format");
_Static_assert(offsetof(stark_header, total_bytes) == 224, "file format");
_Static_assert(sizeof(stark_header) == 272, "file format: no hidden padding");

/* A verifying key: this header, then the preprocessed tree's cap (n_cap digests; none when nothing is
 * preprocessed).
 *
 *   OFFSET  BYTES  FIELD
 *        0      8  magic          "SITUVKEY"
 *        8      4  version        of proofs
 *       12     20  parameters
 *       32     32  system digest  of the constraints
 *       64    160  log2_rows      of slots with preprocessed columns; 0 for others
 *      224      4  n_cap          2^log2_cap, or 0
 *      228      4  reserved       zero
 */
#define STARK_VK_MAGIC UINT64_C(0x59454b5655544953) /* "SITUVKEY" */

typedef struct {
    situ_file_u64 magic;
    situ_file_u32 version;
    situ_file_u32 params[STARK_PARAMS];
    u8 system_digest[32];
    u8 log2_rows[SITU_STARK_SLOTS_MAX];
    situ_file_u32 n_cap;
    situ_file_u32 reserved;
} stark_vk_header;

_Static_assert(offsetof(stark_vk_header, system_digest) == 32, "file format");
_Static_assert(sizeof(stark_vk_header) == 232, "file format: no hidden padding");

#endif /* SITU_STARK_ARCHIVE_H */
