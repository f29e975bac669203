/* aarch64: entry point, system call, vfork. Registers: AAPCS64 and the kernel's arch/arm64/kernel/entry.S. */

#define MACHINE 183 /* EM_AARCH64, include/uapi/linux/elf-em.h */

/* scripts/build.ts keeps them free. */
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
void return_from_handler(void);
__asm__(
    ".globl return_from_handler\n"
    "return_from_handler:\n"
    "  mov x8, #139\n"
    "  svc #0\n");

static inline long raw_call_0(long number) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0");
  __asm__ volatile("svc #0" : "=r"(x0) : "r"(x8) : "memory");
  return x0;
}
static inline long raw_call_1(long number, long a) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8) : "memory");
  return x0;
}
static inline long raw_call_2(long number, long a, long b) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1) : "memory");
  return x0;
}
static inline long raw_call_3(long number, long a, long b, long c) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
  return x0;
}
static inline long raw_call_4(long number, long a, long b, long c, long d) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
  return x0;
}
static inline long raw_call_5(long number, long a, long b, long c, long d, long e) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
  return x0;
}
static inline long raw_call_6(long number, long a, long b, long c, long d, long e, long f) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
}

/* As on x86_64: the child runs below our stack pointer, on a copy of our registers. */
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

/* gcc zeroes the state of the entry point by a call, where x86_64 has an instruction for it. */
__attribute__((used, externally_visible, optimize("no-tree-loop-distribute-patterns"))) void *memset(
    void *start, int byte, unsigned long count) {
  for (unsigned char *at = start; count > 0; count--) *at++ = (unsigned char)byte;
  return start;
}
