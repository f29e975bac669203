/* Includes the header of the CPU that this is compiled for. */
#if defined(__x86_64__)
#include "x86_64.h"
#elif defined(__aarch64__)
#include "aarch64.h"
#elif defined(__riscv) && __riscv_xlen == 64
#include "riscv64.h"
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#include "ppc64le.h"
#elif defined(__arm__) && defined(__ARM_PCS_VFP)
#include "arm.h"
#elif defined(__i386__)
#include "i386.h"
#elif __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#error "WebAssembly is little-endian, and so are our views of the kernel's structs: there is no build for big-endian CPUs"
#else
#error "src/host has no header for this CPU: it takes an entry point, a system call, a vfork, and a register"
#endif
