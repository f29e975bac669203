/* i386: entry point, system call, vfork. Registers: System V ABI, Intel386 supplement, and the kernel's int $0x80. */

#define MACHINE 3 /* EM_386, include/uapi/linux/elf-em.h */

/* There are too few registers to reserve any: the state of the C side follows the linear memory (link.ld). */

#define KERNEL_O_LARGEFILE 0100000 /* include/uapi/asm-generic/fcntl.h */
#define PAIRS_ARE_EVEN 0
#define RESTORER(member) member

__asm__(
    ".globl _start\n"
    "_start:\n"
    "  xor %ebp, %ebp\n"
    "  mov %esp, %eax\n"
    "  and $-16, %esp\n"
    "  sub $12, %esp\n"
    "  push %eax\n"
    "  call enter\n");

/* A signal handler returns here: rt_sigreturn(2). */
void return_from_handler(void);
__asm__(
    ".globl return_from_handler\n"
    "return_from_handler:\n"
    "  mov $173, %eax\n"
    "  int $0x80\n");

static inline long raw_call_0(long number) {
  long outcome;
  __asm__ volatile("int $0x80" : "=a"(outcome) : "a"(number) : "memory");
  return outcome;
}
static inline long raw_call_1(long number, long a) {
  long outcome;
  __asm__ volatile("int $0x80" : "=a"(outcome) : "a"(number), "b"(a) : "memory");
  return outcome;
}
static inline long raw_call_2(long number, long a, long b) {
  long outcome;
  __asm__ volatile("int $0x80" : "=a"(outcome) : "a"(number), "b"(a), "c"(b) : "memory");
  return outcome;
}
static inline long raw_call_3(long number, long a, long b, long c) {
  long outcome;
  __asm__ volatile("int $0x80" : "=a"(outcome) : "a"(number), "b"(a), "c"(b), "d"(c) : "memory");
  return outcome;
}
static inline long raw_call_4(long number, long a, long b, long c, long d) {
  long outcome;
  __asm__ volatile("int $0x80" : "=a"(outcome) : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d) : "memory");
  return outcome;
}
static inline long raw_call_5(long number, long a, long b, long c, long d, long e) {
  long outcome;
  __asm__ volatile("int $0x80" : "=a"(outcome) : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e) : "memory");
  return outcome;
}
/* The sixth argument is in %ebp, which the compiler does not let an asm have: it is passed on the stack. */
static inline long raw_call_6(long number, long a, long b, long c, long d, long e, long f) {
  long outcome;
  __asm__ volatile(
      "  push %[sixth]\n"
      "  push %%ebp\n"
      "  mov 4(%%esp), %%ebp\n"
      "  int $0x80\n"
      "  pop %%ebp\n"
      "  add $4, %%esp\n"
      : "=a"(outcome)
      : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e), [sixth] "im"(f)
      : "cc", "memory");
  return outcome;
}

/* As on x86_64: the child runs below our stack pointer, with a copy of our registers. */
static long vfork_and_run_child(long number, long first, long second) {
  long outcome;
  __asm__ volatile(
      "  int $0x80\n"
      "  test %%eax, %%eax\n"
      "  jnz 1f\n"
      "  xor %%ebp, %%ebp\n"
      "  and $-16, %%esp\n"
      "  call run_child\n"
      "  mov %%eax, %%ebx\n"
      "  mov %[exit_group], %%eax\n"
      "  int $0x80\n"
      "  hlt\n"
      "1:\n"
      : "=a"(outcome)
      : "a"(number), "b"(first), "c"(second), "d"(0L), "S"(0L), "D"(0L), [exit_group] "i"(__NR_exit_group)
      : "cc", "memory");
  return outcome;
}

#include "memset.h"
