/*
 * raw_call_0 to raw_call_6 for CPUs that pass the number and the arguments of a system call in a register each, and change
 * only that of the first argument. Their headers define the registers (NUMBER, ARGUMENT_0 to ARGUMENT_5) and the INSTRUCTION.
 */
static inline long raw_call_0(long number) {
  register long call __asm__(NUMBER) = number;
  register long first __asm__(ARGUMENT_0);
  __asm__ volatile(INSTRUCTION : "=r"(first) : "r"(call) : "memory");
  return first;
}
static inline long raw_call_1(long number, long a) {
  register long call __asm__(NUMBER) = number;
  register long first __asm__(ARGUMENT_0) = a;
  __asm__ volatile(INSTRUCTION : "+r"(first) : "r"(call) : "memory");
  return first;
}
static inline long raw_call_2(long number, long a, long b) {
  register long call __asm__(NUMBER) = number;
  register long first __asm__(ARGUMENT_0) = a;
  register long second __asm__(ARGUMENT_1) = b;
  __asm__ volatile(INSTRUCTION : "+r"(first) : "r"(call), "r"(second) : "memory");
  return first;
}
static inline long raw_call_3(long number, long a, long b, long c) {
  register long call __asm__(NUMBER) = number;
  register long first __asm__(ARGUMENT_0) = a;
  register long second __asm__(ARGUMENT_1) = b;
  register long third __asm__(ARGUMENT_2) = c;
  __asm__ volatile(INSTRUCTION : "+r"(first) : "r"(call), "r"(second), "r"(third) : "memory");
  return first;
}
static inline long raw_call_4(long number, long a, long b, long c, long d) {
  register long call __asm__(NUMBER) = number;
  register long first __asm__(ARGUMENT_0) = a;
  register long second __asm__(ARGUMENT_1) = b;
  register long third __asm__(ARGUMENT_2) = c;
  register long fourth __asm__(ARGUMENT_3) = d;
  __asm__ volatile(INSTRUCTION : "+r"(first) : "r"(call), "r"(second), "r"(third), "r"(fourth) : "memory");
  return first;
}
static inline long raw_call_5(long number, long a, long b, long c, long d, long e) {
  register long call __asm__(NUMBER) = number;
  register long first __asm__(ARGUMENT_0) = a;
  register long second __asm__(ARGUMENT_1) = b;
  register long third __asm__(ARGUMENT_2) = c;
  register long fourth __asm__(ARGUMENT_3) = d;
  register long fifth __asm__(ARGUMENT_4) = e;
  __asm__ volatile(INSTRUCTION : "+r"(first) : "r"(call), "r"(second), "r"(third), "r"(fourth), "r"(fifth) : "memory");
  return first;
}
static inline long raw_call_6(long number, long a, long b, long c, long d, long e, long f) {
  register long call __asm__(NUMBER) = number;
  register long first __asm__(ARGUMENT_0) = a;
  register long second __asm__(ARGUMENT_1) = b;
  register long third __asm__(ARGUMENT_2) = c;
  register long fourth __asm__(ARGUMENT_3) = d;
  register long fifth __asm__(ARGUMENT_4) = e;
  register long sixth __asm__(ARGUMENT_5) = f;
  __asm__ volatile(INSTRUCTION : "+r"(first) : "r"(call), "r"(second), "r"(third), "r"(fourth), "r"(fifth), "r"(sixth) : "memory");
  return first;
}
