/* start.S — where a guest begins.
 *
 * Situ starts with all registers zero and zeroed memory.  Linux (qemu-riscv64) starts with a stack, and is how tests compare a
 * guest with an independent emulator; situ_hosted then holds 1 and situ_hosted_start provides what Situ would.
 */
    .section .text.start, "ax", @progbits
    .globl _start
    .type _start, @function
_start:
    .option push
    .option norelax
    la gp, __global_pointer$
    .option pop
    la tp, __tls_base
    bnez sp, 2f
    li sp, 0x80000000
1:  la s0, __init_array_start
    la s1, __init_array_end
    j 4f
3:  ld t0, 0(s0)
    addi s0, s0, 8
    jalr t0
4:  bne s0, s1, 3b
    call main
    call exit
    ebreak
2:  call situ_hosted_start
    j 1b
    .size _start, . - _start
