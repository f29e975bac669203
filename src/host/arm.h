/* armhf: ARMv7 with hard float; entry point, system call, vfork. Registers: AAPCS32, and the kernel's EABI (arch/arm/kernel/entry-common.S). */

#define MACHINE 40 /* EM_ARM, include/uapi/linux/elf-em.h */

/* scripts/build.ts reserves them. */
#define STATE_REGISTER "r10"
#define STRUCTS_REGISTER "r9"

#define KERNEL_O_LARGEFILE 0400000 /* arch/arm/include/uapi/asm/fcntl.h */
#define PAIRS_ARE_EVEN 1           /* 64 bits are passed in a pair of registers, the first with an even number */

__asm__(
    ".syntax unified\n"
    ".globl _start\n"
    ".thumb_func\n"
    "_start:\n"
    "  mov r0, sp\n"
    "  bic r1, r0, #7\n"
    "  mov sp, r1\n"
    "  bl enter\n");

/* A signal handler returns here: rt_sigreturn(2). */
#define RESTORER(member) member
void return_from_handler(void);
__asm__(
    ".globl return_from_handler\n"
    ".thumb_func\n"
    ".type return_from_handler, %function\n"
    "return_from_handler:\n"
    "  mov r7, #173\n"
    "  svc #0\n");

#define INSTRUCTION "svc #0"
#define NUMBER "r7"
#define ARGUMENT_0 "r0"
#define ARGUMENT_1 "r1"
#define ARGUMENT_2 "r2"
#define ARGUMENT_3 "r3"
#define ARGUMENT_4 "r4"
#define ARGUMENT_5 "r5"
#include "registers.h"

/* As on x86_64: the child runs below our stack pointer, with a copy of our registers. */
static long vfork_and_run_child(long number, long first, long second) {
  register long r7 __asm__("r7") = number;
  register long r0 __asm__("r0") = first;
  register long r1 __asm__("r1") = second;
  register long r2 __asm__("r2") = 0;
  register long r3 __asm__("r3") = 0;
  register long r4 __asm__("r4") = 0;
  __asm__ volatile(
      "  svc #0\n"
      "  cmp r0, #0\n"
      "  bne 1f\n"
      "  bl run_child\n"
      "  mov r7, %[exit_group]\n"
      "  svc #0\n"
      "1:\n"
      : "+r"(r0)
      : "r"(r7), "r"(r1), "r"(r2), "r"(r3), "r"(r4), [exit_group] "i"(__NR_exit_group)
      : "lr", "cc", "memory");
  return r0;
}

#include "memset.h"

/* libgcc's 64-bit division calls this on a division by zero, which does not occur: the init divides by constants alone. */
__attribute__((used, externally_visible)) void __aeabi_idiv0(void) {}
__attribute__((used, externally_visible)) void __aeabi_ldiv0(void) {}
