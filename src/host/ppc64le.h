/* ppc64le: entry point, system call, vfork. Registers: the 64-bit ELF V2 ABI, and Documentation/powerpc/syscall64-abi.rst. */

#define MACHINE 21 /* EM_PPC64, include/uapi/linux/elf-em.h */

/* scripts/build.ts reserves them. */
#define STATE_REGISTER "r29"
#define STRUCTS_REGISTER "r28"

/* The kernel returns from handlers through its vdso and ignores the restorer, but its struct sigaction has one. */
#define RESTORER(member) member
static void return_from_handler(void) {}

/* A function may use 288 bytes below the stack pointer without a frame; a frame has at least 32. */
__asm__(
    ".globl _start\n"
    "_start:\n"
    "  mr 3, 1\n"
    "  li 0, 0\n"
    "  clrrdi 1, 1, 4\n"
    "  stdu 0, -32(1)\n"
    "  mtlr 0\n"
    "  lis 12, enter@ha\n"
    "  addi 12, 12, enter@l\n"
    "  mtctr 12\n"
    "  bctrl\n");

/* On failure, the overflow bit is set and the errno positive: it is negated, as other CPUs return it. */
#define SYSTEM_CALL "sc\n  bns+ 9f\n  neg 3, 3\n9:\n"
#define CLOBBERED "r9", "r10", "r11", "r12", "cr0", "ctr", "memory"

static inline long raw_call_6(long number, long a, long b, long c, long d, long e, long f) {
  register long r0 __asm__("r0") = number;
  register long r3 __asm__("r3") = a;
  register long r4 __asm__("r4") = b;
  register long r5 __asm__("r5") = c;
  register long r6 __asm__("r6") = d;
  register long r7 __asm__("r7") = e;
  register long r8 __asm__("r8") = f;
  __asm__ volatile(SYSTEM_CALL
                   : "+r"(r0), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6), "+r"(r7), "+r"(r8)
                   :
                   : CLOBBERED);
  return r3;
}
static inline long raw_call_5(long number, long a, long b, long c, long d, long e) {
  register long r0 __asm__("r0") = number;
  register long r3 __asm__("r3") = a;
  register long r4 __asm__("r4") = b;
  register long r5 __asm__("r5") = c;
  register long r6 __asm__("r6") = d;
  register long r7 __asm__("r7") = e;
  __asm__ volatile(SYSTEM_CALL
                   : "+r"(r0), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6), "+r"(r7)
                   :
                   : "r8", CLOBBERED);
  return r3;
}
static inline long raw_call_4(long number, long a, long b, long c, long d) {
  register long r0 __asm__("r0") = number;
  register long r3 __asm__("r3") = a;
  register long r4 __asm__("r4") = b;
  register long r5 __asm__("r5") = c;
  register long r6 __asm__("r6") = d;
  __asm__ volatile(SYSTEM_CALL : "+r"(r0), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6) : : "r7", "r8", CLOBBERED);
  return r3;
}
static inline long raw_call_3(long number, long a, long b, long c) {
  register long r0 __asm__("r0") = number;
  register long r3 __asm__("r3") = a;
  register long r4 __asm__("r4") = b;
  register long r5 __asm__("r5") = c;
  __asm__ volatile(SYSTEM_CALL : "+r"(r0), "+r"(r3), "+r"(r4), "+r"(r5) : : "r6", "r7", "r8", CLOBBERED);
  return r3;
}
static inline long raw_call_2(long number, long a, long b) {
  register long r0 __asm__("r0") = number;
  register long r3 __asm__("r3") = a;
  register long r4 __asm__("r4") = b;
  __asm__ volatile(SYSTEM_CALL : "+r"(r0), "+r"(r3), "+r"(r4) : : "r5", "r6", "r7", "r8", CLOBBERED);
  return r3;
}
static inline long raw_call_1(long number, long a) {
  register long r0 __asm__("r0") = number;
  register long r3 __asm__("r3") = a;
  __asm__ volatile(SYSTEM_CALL : "+r"(r0), "+r"(r3) : : "r4", "r5", "r6", "r7", "r8", CLOBBERED);
  return r3;
}
static inline long raw_call_0(long number) {
  register long r0 __asm__("r0") = number;
  register long r3 __asm__("r3");
  __asm__ volatile(SYSTEM_CALL : "+r"(r0), "=r"(r3) : : "r4", "r5", "r6", "r7", "r8", CLOBBERED);
  return r3;
}

/* As on x86_64: the child runs below our stack pointer, with a copy of our registers. */
static long vfork_and_run_child(long number, long first, long second) {
  register long r0 __asm__("r0") = number;
  register long r3 __asm__("r3") = first;
  register long r4 __asm__("r4") = second;
  register long r5 __asm__("r5") = 0;
  register long r6 __asm__("r6") = 0;
  register long r7 __asm__("r7") = 0;
  __asm__ volatile(
      "  sc\n"
      "  bso- 8f\n"
      "  cmpdi 3, 0\n"
      "  bne+ 9f\n"
      "  stdu 1, -512(1)\n"
      "  bl run_child\n"
      "  nop\n"
      "  li 0, %[exit_group]\n"
      "  sc\n"
      "8:\n"
      "  neg 3, 3\n"
      "9:\n"
      : "+r"(r0), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6), "+r"(r7)
      : [exit_group] "i"(__NR_exit_group)
      : "r8", "lr", CLOBBERED);
  return r3;
}

#include "memset.h"
