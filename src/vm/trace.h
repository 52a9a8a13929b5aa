/* trace.h — execution with a record of everything the tables need (docs/vm.md, "Records").
 *
 *     situ_tracer *tracer;                     one run
 *     situ_trace_chunk *chunk;                 room for a stretch of it; as many as the caller likes
 *     do {
 *         stop = situ_trace_run(tracer, chunk);            fills the chunk from its start
 *         ... fill rows from chunk->steps, extras, touches, in any thread ...
 *         if (stop == SITU_TRACE_SEGMENT || stop == SITU_TRACE_HALT)
 *             situ_trace_end_segment(tracer, &segment);      edges: first and last values
 *     } while (stop == SITU_TRACE_CHUNK || stop == SITU_TRACE_SEGMENT);
 *
 * TIME   starts at 4 in every segment; an instruction takes situ_step_units() units, and its accesses have the
 *        slots below.  An access at time t of a word whose token was last sent at time s has s < t and
 *        t - s <= 2^16: where the gap would be larger, a touch renews the token at t - 1; one of a gap of 2^25, before it,
 *        where even that one's would be larger than 2^25.
 * KEYS   (space, address) of an access in one u32: space * 2^29 + address.  Space 0 are registers (0..33), 1
 *        writable words, 2 read-only words; the address of a word is its number, address / 8.
 * ORDER  steps are in order of execution; extras of a step lie together in order of their slots; touches are in
 *        no particular order.
 */
#ifndef SITU_VM_TRACE_H
#define SITU_VM_TRACE_H

#include "base/base.h"
#include "situ/vm.h"
#include "vm/machine.h"

/* --- time ----------------------------------------------------------------------------------------------- */

#define SITU_TIME_START    UINT32_C(4)
#define SITU_TIME_END      (UINT32_C(1) << 26) /* every access is before; a segment ends in time for that */
#define SITU_GAP_MAX       (UINT32_C(1) << 16) /* largest difference of times that an access row can show  */
#define SITU_TOUCH_GAP_MAX (UINT32_C(1) << 25) /* and a touch */

/* Slots: an access happens at the instruction's time plus one of these.  Several words may share a slot where
 * they differ by construction: the two words of a straddling access, the consecutive words of an
 * accelerator's operand or of the output, several registers. */
enum {
    SITU_SLOT_RS1 = 0,
    SITU_SLOT_RS2 = 1,
    SITU_SLOT_MEM = 2, /* the word, or both words, of a load or store */
    SITU_SLOT_RD = 3,

    /* every ecall: a7 is rs1, a0 is rs2 */
    SITU_SLOT_WRITE_A1 = 2,
    SITU_SLOT_WRITE_A2 = 3,
    SITU_SLOT_WRITE_INDEX = 4, /* register 33: reads n, writes n + count; only for file 1           */
    SITU_SLOT_WRITE_WORDS = 5, /* the words that hold the bytes, read once each; only for file 1    */
    SITU_SLOT_WRITE_RD = 6,    /* a0 = count                                                         */

    SITU_SLOT_KECCAK_WORDS = 2, /* 25 words, read and replaced in one access each */

    SITU_SLOT_BLAKE3_ARGS = 2, /* a1..a5 */
    SITU_SLOT_BLAKE3_CV =
        3, /* 4 words, read; operands may overlap in any way, so each has a slot of its own */
    SITU_SLOT_BLAKE3_LEFT = 4,   /* 4 words, read */
    SITU_SLOT_BLAKE3_RIGHT = 5,  /* 4 words, read */
    SITU_SLOT_BLAKE3_RESULT = 6, /* 4 words, replaced in one access each */

    SITU_SLOT_FIELD_A1 = 2, /* all arithmetic of F and K */
    SITU_SLOT_FIELD_A2 = 3,
    SITU_SLOT_FIELD_A3 = 4,
    SITU_SLOT_MULADD_A = 4, /* operands, read; words may be those of other operands, or of the result */
    SITU_SLOT_MULADD_B = 5,
    SITU_SLOT_MULADD_C = 6,
    SITU_SLOT_MULADD_TO = 7,     /* the result, read and replaced                        */
    SITU_SLOT_HORNER_POINTS = 4, /* x, or x and y; K_FOLD's, too                         */
    SITU_SLOT_HORNER_WORDS = 5,  /* all elements or tiles                                */
    SITU_SLOT_HORNER_ACC = 6,    /* read and replaced; may lie in x, y, elements, tiles  */
};

/* Units an instruction takes: T(o) of docs/vm.md. */
enum {
    SITU_UNITS = 4, /* all but the following */
    SITU_UNITS_WRITE = 8,
    SITU_UNITS_KECCAK = 4,
    SITU_UNITS_BLAKE3 = 8,
    SITU_UNITS_FIELD = 8,
    SITU_UNITS_MAX = 8,
};

_Static_assert((int)SITU_SLOT_RD < (int)SITU_UNITS && (int)SITU_SLOT_KECCAK_WORDS < (int)SITU_UNITS_KECCAK &&
                   (int)SITU_SLOT_WRITE_RD < (int)SITU_UNITS_WRITE &&
                   (int)SITU_SLOT_BLAKE3_RESULT < (int)SITU_UNITS_BLAKE3 &&
                   (int)SITU_SLOT_MULADD_TO < (int)SITU_UNITS_FIELD &&
                   (int)SITU_SLOT_HORNER_ACC < (int)SITU_UNITS_FIELD,
               "slots lie inside their instruction");

/* --- records -------------------------------------------------------------------------------------------- */

#define SITU_KEY_ADDRESS_BITS    29
#define SITU_KEY(space, address) ((u32)(space) << SITU_KEY_ADDRESS_BITS | (u32)(address))
#define SITU_KEY_SPACE(key)      ((key) >> SITU_KEY_ADDRESS_BITS)
#define SITU_KEY_ADDRESS(key)    ((key) & ((UINT32_C(1) << SITU_KEY_ADDRESS_BITS) - 1))

/* One executed instruction.  `x_time` is when the token of x was last sent: by the access before, a touch, or
 * the edge row.  What the instruction's format (isa.h) does not have is zero, save that rs2 holds the
 * immediate where that is the second operand.  The last step of a run is the ecall that halts: rs1 = 93, rs2
 * = exit code. */
typedef struct {
    u32 time; /* of slot 0                                             */
    u32 insn; /* index in program->insns; the next step's is where it went */
    u64 rs1, rs2;
    u64 rd_old, rd_new;
    u64 mem_old, mem_new; /* the word of a load or store; of a straddling one, the lower */
    u32 mem_key;
    u32 rs1_time, rs2_time, rd_time, mem_time;
    u32 extra_at; /* index in extras of the first extra access, or SITU_NO_EXTRA */
} situ_step;

#define SITU_NO_EXTRA UINT32_MAX

_Static_assert(sizeof(situ_step) == 80, "no hidden padding");

/* An access beyond those of the step: the upper word of a straddling load or store, and, for ecalls,
 *   write    a1, a2, then if a0 = 1: register 33, the words
 *   Keccak   25 words
 *   BLAKE3   a1 .. a5, 4 words of the chaining value, 4 and 4 of the block, 4 of the result
 *   K_MULADD a1, a2, a3, 3 words of each operand, 3 of the result
 *   K_HORNER a1, a2, a3, 3 words of x, the elements' words (ascending), 3 of acc
 *   F_HORNER a1, a2, a3, 6 words of x and y, the tiles' words (ascending), 3 of acc
 *   K_FOLD   a1, a2, a3, 3 words of x, 24 of the elements, 3 of the result
 * (write's result in a0 is the step's rd). */
typedef struct {
    u64 old, new;
    u32 key;
    u32 time;     /* of this access            */
    u32 old_time; /* when its token was sent   */
    u32 step;     /* index in the chunk's steps */
} situ_access;

_Static_assert(sizeof(situ_access) == 32, "no hidden padding");

/* A renewal: receives (key, value, old_time), sends (key, value, time); 0 < time - old_time <= SITU_TOUCH_GAP_MAX.
 */
typedef struct {
    u64 value;
    u32 key, old_time, time, pad;
} situ_touch;

/* A word or register that a segment touched. */
typedef struct {
    u64 first, last;
    u32 key;
    u32 first_time; /* when the edge row sends `first`: one unit before the first access */
    u32 last_time;  /* when the last access sent `last`                                  */
    u32 earlier;    /* segment that touched it before; 0: none                           */
} situ_edge;

typedef struct {
    situ_step *steps;
    u32 n_steps, n_steps_max;
    situ_access *extras;
    u32 n_extras, n_extras_max;
    situ_touch *touches;
    u32 n_touches, n_touches_max;
} situ_trace_chunk;

/* What a segment came to.  Arrays live until the tracer runs on. */
typedef struct {
    u32 number; /* from 1                                   */
    u32 start_insn,
        end_insn; /* index of its first instruction; of the first one behind it (the exit call, if halted) */
    u64 start_output, end_output; /* register 33                          */
    u32 end_time;                 /* time of the instruction behind the last  */
    bool has_halted;
    u64 exit_code;
    const situ_edge *edges; /* sorted by key */
    u32 n_edges;
    u64 n_steps, n_extras, n_touches;
    u64 n_family[SITU_FAMILIES_COUNT]; /* steps by table */
    u64 n_write_words, n_keccak, n_blake3;
    u64 n_k_muladd, n_k_elements, n_f_tiles, n_k_fold;
} situ_segment;

/* --- functions ------------------------------------------------------------------------------------------ */

typedef struct situ_tracer situ_tracer;

/* A tracer over a fresh machine that it owns.  Reserves another 2 GiB of address space, 2 more from the
 * second segment on.
 *
 * SITU_ERR_LIMIT, SITU_ERR_MEMORY as situ_machine_create */
situ_err situ_tracer_create(situ_tracer **tracer, const situ_program *program, const void *input,
                            size_t n_input) SITU_MUST_USE;
void situ_tracer_destroy(situ_tracer *tracer);

/* The machine, for reports and output; never run it.  A traced run's families are counted in its segments,
 * not in the report. */
situ_machine *situ_tracer_machine(situ_tracer *tracer);

/* n_steps_max > 0; SITU_ERR_MEMORY. */
situ_err situ_trace_chunk_create(situ_trace_chunk **chunk, u32 n_steps_max) SITU_MUST_USE;
void situ_trace_chunk_destroy(situ_trace_chunk *chunk);

typedef enum {
    SITU_TRACE_CHUNK,   /* the chunk is full                                                         */
    SITU_TRACE_SEGMENT, /* the next instruction might not end before SITU_TIME_END: end the segment */
    SITU_TRACE_HALT,    /* the guest called exit                                                     */
    SITU_TRACE_TRAP,    /* see the machine's report; such a run has no proof                         */
    SITU_TRACE_MEMORY,  /* no memory for records; the tracer is of no further use                    */
} situ_trace_stop;

/* Empty the chunk and trace up to n_steps_max instructions into it. */
situ_trace_stop situ_trace_run(situ_tracer *tracer, situ_trace_chunk *chunk);

/* End the segment here (allowed after every situ_trace_run that did not trap, also before time is up) and
 * describe it; the next instruction starts the next one.  SITU_ERR_MEMORY. */
situ_err situ_trace_end_segment(situ_tracer *tracer, situ_segment *segment) SITU_MUST_USE;

/* The table a step belongs to. */
SITU_INLINE situ_family situ_step_family(const situ_program *p, const situ_step *s)
{
    u32 op = p->insns[s->insn].op;
    return situ_ops[op].bytes && s->extra_at != SITU_NO_EXTRA ? SITU_FAMILY_STRADDLE
                                                              : (situ_family)situ_ops[op].family;
}

/* Units that an ecall with this number in a7 takes. */
SITU_INLINE u32 situ_ecall_units(u64 number)
{
    return number == SITU_ECALL_WRITE                                     ? SITU_UNITS_WRITE
           : number == SITU_ECALL_KECCAK                                  ? SITU_UNITS_KECCAK
           : number == SITU_ECALL_BLAKE3                                  ? SITU_UNITS_BLAKE3
           : number >= SITU_ECALL_K_MULADD && number <= SITU_ECALL_K_FOLD ? SITU_UNITS_FIELD
                                                                          : SITU_UNITS;
}

SITU_INLINE u32 situ_step_units(const situ_program *p, const situ_step *s)
{
    return p->insns[s->insn].op == SITU_OP_ECALL ? situ_ecall_units(s->rs1) : SITU_UNITS;
}

#endif /* SITU_VM_TRACE_H */
