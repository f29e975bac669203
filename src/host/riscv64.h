/* riscv64: entry point, system call, vfork. Registers: the RISC-V psABI and the kernel's arch/riscv/kernel/entry.S. */

#define MACHINE 243 /* EM_RISCV, include/uapi/linux/elf-em.h */

/* scripts/build.ts reserves them. */
#define STATE_REGISTER "s11"
#define STRUCTS_REGISTER "s10"

/* The kernel returns from handlers through its vdso: its struct sigaction has no restorer here. */
#define RESTORER(member)
#define SA_RESTORER 0

__asm__(
    ".globl _start\n"
    "_start:\n"
    "  li s0, 0\n"
    "  mv a0, sp\n"
    "  call enter\n");

#define INSTRUCTION "ecall"
#define NUMBER "a7"
#define ARGUMENT_0 "a0"
#define ARGUMENT_1 "a1"
#define ARGUMENT_2 "a2"
#define ARGUMENT_3 "a3"
#define ARGUMENT_4 "a4"
#define ARGUMENT_5 "a5"
#include "registers.h"

/* As on x86_64: the child runs below our stack pointer, with a copy of our registers. */
static long vfork_and_run_child(long number, long first, long second) {
  register long a7 __asm__("a7") = number;
  register long a0 __asm__("a0") = first;
  register long a1 __asm__("a1") = second;
  register long a2 __asm__("a2") = 0;
  register long a3 __asm__("a3") = 0;
  register long a4 __asm__("a4") = 0;
  __asm__ volatile(
      "  ecall\n"
      "  bnez a0, 1f\n"
      "  li s0, 0\n"
      "  call run_child\n"
      "  li a7, %[exit_group]\n"
      "  ecall\n"
      "1:\n"
      : "+r"(a0)
      : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), [exit_group] "i"(__NR_exit_group)
      : "ra", "memory");
  return a0;
}

#include "memset.h"
