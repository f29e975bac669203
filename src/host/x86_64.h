/* x86_64: entry point, system call, vfork. Registers: System V ABI, AMD64 supplement, appendix A.2.1. */

#define MACHINE 62 /* EM_X86_64, include/uapi/linux/elf-em.h */

/* scripts/build.ts reserves them. */
#define STATE_REGISTER "r15"
#define STRUCTS_REGISTER "r14"

__asm__(
    ".globl _start\n"
    "_start:\n"
    "  xor %ebp, %ebp\n"
    "  mov %rsp, %rdi\n"
    "  and $-16, %rsp\n"
    "  call enter\n");

/* A signal handler returns here: rt_sigreturn(2). */
#define RESTORER(member) member
void return_from_handler(void);
__asm__(
    ".globl return_from_handler\n"
    "return_from_handler:\n"
    "  mov $15, %eax\n"
    "  syscall\n");

static inline long raw_call_0(long number) {
  long result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number) : "rcx", "r11", "memory");
  return result;
}
static inline long raw_call_1(long number, long a) {
  long result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a) : "rcx", "r11", "memory");
  return result;
}
static inline long raw_call_2(long number, long a, long b) {
  long result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b) : "rcx", "r11", "memory");
  return result;
}
static inline long raw_call_3(long number, long a, long b, long c) {
  long result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
  return result;
}
static inline long raw_call_4(long number, long a, long b, long c, long d) {
  long result;
  register long r10 __asm__("r10") = d;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10) : "rcx", "r11", "memory");
  return result;
}
static inline long raw_call_5(long number, long a, long b, long c, long d, long e) {
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8) : "rcx", "r11", "memory");
  return result;
}
static inline long raw_call_6(long number, long a, long b, long c, long d, long e, long f) {
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
  return result;
}

/*
 * clone or clone3 without a second stack, which would cost memory: while we are suspended (CLONE_VFORK), the child uses the
 * stack below our stack pointer and the red zone, and never returns into our frames, so it overwrites nothing of ours. Its
 * registers are a copy; ours are unchanged afterwards.
 */
static long vfork_and_run_child(long number, long first, long second) {
  long result;
  register long r10 __asm__("r10") = 0;
  register long r8 __asm__("r8") = 0;
  __asm__ volatile(
      "  syscall\n"
      "  test %%rax, %%rax\n"
      "  jnz 1f\n"
      "  xor %%ebp, %%ebp\n"
      "  lea -128(%%rsp), %%rsp\n"
      "  and $-16, %%rsp\n"
      "  call run_child\n"
      "  mov %%eax, %%edi\n"
      "  mov %[exit_group], %%eax\n"
      "  syscall\n"
      "  hlt\n"
      "1:\n"
      : "=a"(result)
      : "a"(number), "D"(first), "S"(second), "d"(0L), "r"(r10), "r"(r8), [exit_group] "i"(__NR_exit_group)
      : "rcx", "r11", "memory");
  return result;
}
