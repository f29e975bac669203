/*
 * The runtime that the C of wasm2c expects, for one module with one page of memory, no tables and no
 * threads. wasm2c's own header supports all of WebAssembly; this one supports what the init uses, and no more.
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
#define WASM_RT_MEMCHECK_GUARD_PAGES 1 /* nothing but code is mapped wherever else an address can lead: see link.ld */
#define WASM_RT_SANITY_CHECKS 0
#define wasm_rt_memcpy __builtin_memcpy
#define wasm_rt_is_initialized() true

/* The linear memory: the linker script puts it where the module expects it. */
typedef struct {
  uint64_t size; /* for checks that nothing calls */
} wasm_rt_memory_t;

/* Function references and tables: declared by the generated C, used by nothing in it. */
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

/* The traps of a module that passed validation. */
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
 * A jump that declares no clobbers, since it never returns. So a function whose checks can fail is still a leaf function,
 * and its callers keep their registers.
 */
#if defined(__x86_64__) || defined(__i386__)
#define JUMP "jmp "
#elif defined(__riscv)
#define JUMP "j "
#else
#define JUMP "b "
#endif
__attribute__((noreturn, always_inline)) static inline void wasm_rt_trap(wasm_rt_trap_t trap) {
  (void)trap; /* all that is left is an assertion of the module's; there is no division but by constants */
  __asm__ volatile(JUMP "trap");
  __builtin_unreachable();
}

#endif
