/* aarch64: entry point, system call, vfork. Registers: AAPCS64 and the kernel's arch/arm64/kernel/entry.S. */

#define MACHINE 183 /* EM_AARCH64, include/uapi/linux/elf-em.h */

/* scripts/build.ts reserves them. */
#define STATE_REGISTER "x28"
#define STRUCTS_REGISTER "x27"

__asm__(
    ".globl _start\n"
    "_start:\n"
    "  mov x29, #0\n"
    "  mov x30, #0\n"
    "  mov x0, sp\n"
    "  bl enter\n");

/* A signal handler returns here: rt_sigreturn(2). */
#define RESTORER(member) member
void return_from_handler(void);
__asm__(
    ".globl return_from_handler\n"
    "return_from_handler:\n"
    "  mov x8, #139\n"
    "  svc #0\n");

#define INSTRUCTION "svc #0"
#define NUMBER "x8"
#define ARGUMENT_0 "x0"
#define ARGUMENT_1 "x1"
#define ARGUMENT_2 "x2"
#define ARGUMENT_3 "x3"
#define ARGUMENT_4 "x4"
#define ARGUMENT_5 "x5"
#include "registers.h"

/* As on x86_64: the child runs below our stack pointer, with a copy of our registers. */
static long vfork_and_run_child(long number, long first, long second) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = first;
  register long x1 __asm__("x1") = second;
  register long x2 __asm__("x2") = 0;
  register long x3 __asm__("x3") = 0;
  register long x4 __asm__("x4") = 0;
  __asm__ volatile(
      "  svc #0\n"
      "  cbnz x0, 1f\n"
      "  mov x29, #0\n"
      "  bl run_child\n"
      "  mov x8, %[exit_group]\n"
      "  svc #0\n"
      "1:\n"
      : "+r"(x0)
      : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), [exit_group] "i"(__NR_exit_group)
      : "x30", "memory");
  return x0;
}

#include "memset.h"
