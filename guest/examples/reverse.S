/* reverse.S — assembly in a guest: write the input backwards.  Follows the C calling convention, so the library is at hand. */
    .text
    .globl main
    .type main, @function
main:
    addi sp, sp, -48
    sd ra, 40(sp)
    sd s0, 32(sp)
    addi a0, sp, 0          /* where the input's address goes */
    addi a1, sp, 8          /* and its length                 */
    call read_input
    ld t0, 0(sp)            /* t0: input           */
    ld t1, 8(sp)            /* t1: bytes left      */
    la t2, _heap_start      /* t2: where to write  */
    mv t3, t2
1:  beqz t1, 2f
    addi t1, t1, -1
    add t4, t0, t1
    lbu t5, 0(t4)
    sb t5, 0(t3)
    addi t3, t3, 1
    j 1b
2:  mv a0, t2
    sub a1, t3, t2
    call write_output
    li a0, 0
    ld ra, 40(sp)
    ld s0, 32(sp)
    addi sp, sp, 48
    ret
    .size main, . - main
