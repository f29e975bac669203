/*
 * The runtime that wasm2c's C expects, for one module with one memory, no tables and no threads. wasm2c's own header
 * supports all of WebAssembly, this one only what the init uses.
 */
#ifndef WASM_RT_H
#define WASM_RT_H

#include <stdbool.h>
#include <stdint.h>

#define LIKELY(condition) __builtin_expect(!!(condition), 1)
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#define WABT_BIG_ENDIAN 0
#define WASM_RT_USE_SEGUE 0
#define WASM_RT_STACK_DEPTH_COUNT 0   /* test/checks proves that nothing recurses: the stack is bounded without a count */
#define WASM_RT_MEMCHECK_GUARD_PAGES 1 /* no other data is mapped where an address can point: see link.ld */
#define WASM_RT_SANITY_CHECKS 0
#define wasm_rt_memcpy __builtin_memcpy
#define wasm_rt_is_initialized() true

/* The linear memory: the linker script puts it at the addresses that the module uses. */
typedef struct {
  uint64_t size; /* for checks that are never called */
} wasm_rt_memory_t;

/* Function references and tables: the generated C declares them, but does not use them. */
typedef const char *wasm_rt_func_type_t;
typedef void (*wasm_rt_function_ptr_t)(void);
typedef struct {
  wasm_rt_func_type_t func_type;
  wasm_rt_function_ptr_t func;
  void *module_instance;
} wasm_rt_funcref_t;
typedef void *wasm_rt_externref_t;
typedef struct {
  wasm_rt_funcref_t *data;
  uint32_t size;
} wasm_rt_funcref_table_t;
typedef struct {
  wasm_rt_externref_t *data;
  uint32_t size;
} wasm_rt_externref_table_t;
typedef void *wasm_rt_tailcallee_t;
#define wasm_rt_funcref_null_value ((wasm_rt_funcref_t){0})
#define wasm_rt_externref_null_value ((wasm_rt_externref_t)0)
typedef enum { WASM_RT_I32, WASM_RT_I64, WASM_RT_F32, WASM_RT_F64 } wasm_rt_type_t;

/* The traps of a valid module. */
typedef enum {
  WASM_RT_TRAP_OOB,
  WASM_RT_TRAP_INT_OVERFLOW,
  WASM_RT_TRAP_DIV_BY_ZERO,
  WASM_RT_TRAP_INVALID_CONVERSION,
  WASM_RT_TRAP_UNREACHABLE,
  WASM_RT_TRAP_CALL_INDIRECT,
  WASM_RT_TRAP_EXHAUSTION,
  WASM_RT_TRAP_NULL_REF,
} wasm_rt_trap_t;

/*
 * A jump without clobbers, since it never returns. So a function with checks is still a leaf function, and its callers keep
 * their registers.
 */
#if defined(__x86_64__) || defined(__i386__)
#define JUMP "jmp "
#elif defined(__riscv)
#define JUMP "j "
#else
#define JUMP "b "
#endif
__attribute__((noreturn, always_inline)) static inline void wasm_rt_trap(wasm_rt_trap_t trap) {
  (void)trap; /* only the module's assertions trap; it divides by constants alone */
  __asm__ volatile(JUMP "trap");
  __builtin_unreachable();
}

#endif
