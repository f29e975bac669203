/*
 * The C side of the door: entry point, system calls, memory checks, traps. It decides nothing: every `if` is about C,
 * the CPU or the kernel's way of calling. What each call takes and returns is said in src/init/linux/host.ts.
 *
 * One translation unit: the generated C is included, so the compiler sees the whole program.
 */
#define _GNU_SOURCE /* for the kernel's constants in libc's headers; no libc function is called */
#include <stddef.h>
#include <stdint.h>

#include <asm/unistd.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/uio.h>

/* Of Linux's headers, not of libc's, which are older on some hosts. */
#ifndef RWF_NOWAIT
#define RWF_NOWAIT 0x00000008 /* include/uapi/linux/fs.h */
#endif
#define SIGNAL_SET_BYTES 8 /* the kernel's sigset_t: 64 signals */

static int32_t run_child(void);

#if defined(__x86_64__)
#include "x86_64.h"
#elif defined(__aarch64__)
#include "aarch64.h"
#else
#error "src/host has no header for this CPU: it takes an entry point, a system call and a vfork"
#endif

#include <init.c> /* found as a system header: the warnings are ours alone */

static w2c_init instance;

/* Where the kernel left arguments and environment: on the first stack, for as long as we live. */
static struct {
  int32_t argument_count;
  char **arguments;
  char **environment;
  int32_t environment_count;
} start;

/*
 * CALL(name, arguments...): one system call with as many arguments as it takes; the other registers stay as they are.
 * Of an int the kernel looks at the low 32 bits alone, so nothing is sign-extended for it.
 */
#define system_call_0(n) raw_call_0(n)
#define system_call_1(n, a) raw_call_1(n, (long)(a))
#define system_call_2(n, a, b) raw_call_2(n, (long)(a), (long)(b))
#define system_call_3(n, a, b, c) raw_call_3(n, (long)(a), (long)(b), (long)(c))
#define system_call_4(n, a, b, c, d) raw_call_4(n, (long)(a), (long)(b), (long)(c), (long)(d))
#define system_call_5(n, a, b, c, d, e) raw_call_5(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e))
#define system_call_6(n, a, b, c, d, e, f) \
  raw_call_6(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#define PICK(name, a, b, c, d, e, f, chosen, ...) chosen
#define CALL(name, ...)                                                                                             \
  PICK(name, ##__VA_ARGS__, system_call_6, system_call_5, system_call_4, system_call_3, system_call_2, system_call_1, \
       system_call_0)                                                                                               \
  (__NR_##name, ##__VA_ARGS__)

/* --- Ends ------------------------------------------------------------------------------------------------------- */

#define INTERNAL_ERROR "[FATAL tini-ts] internal error: "

__attribute__((noreturn)) static inline void die(const char *sentence, size_t length) {
  CALL(write, 2, sentence, length);
  for (;;) CALL(exit_group, 125);
}

/* Where the checks of wasm-rt.h jump to, whatever the stack is like there: nothing is called from here. */
#define TRAP_TARGET(name, what) \
  __attribute__((used, noreturn)) static void name(void) { die(INTERNAL_ERROR what "\n", sizeof INTERNAL_ERROR what); }
TRAP_TARGET(trap_out_of_bounds, "access out of bounds")
TRAP_TARGET(trap_assertion, "assertion failed")

/* --- Memory: an address of the linear memory becomes a pointer only here ------------------------------------------ */

static void *at(uint32_t address, uint64_t size) {
  if (address + size > WASM_RT_MEMORY_BYTES) wasm_rt_trap(WASM_RT_TRAP_OOB);
  return address ? linear_memory + address : NULL;
}

static char *text_at(uint32_t address) {
  uint32_t end = address;
  while (end < WASM_RT_MEMORY_BYTES && linear_memory[end]) end++;
  return at(address, (uint64_t)end - address + 1);
}

/* --- The door ----------------------------------------------------------------------------------------------------- */

typedef struct w2c_host Host;
#define HOST uint32_t
#define SELF __attribute__((unused)) Host *host

HOST w2c_host_argumentCount(SELF) { return (uint32_t)start.argument_count; }

static uint32_t copy(char **strings, int32_t count, uint32_t index, uint32_t offset, uint32_t buffer, uint32_t size) {
  if (index >= (uint32_t)count) return (uint32_t)-1;
  const char *string = strings[index];
  uint8_t *to = at(buffer, size);
  uint32_t copied = 0;
  while (offset > 0 && *string) string++, offset--;
  for (; copied < size && string[copied]; copied++) to[copied] = (uint8_t)string[copied];
  return copied;
}

static struct {
  char **place;
  char *was;
} replaced[4];
static uint32_t replaced_count;

static void replace(char **strings, int32_t count, uint32_t index, uint32_t text) {
  if (index >= (uint32_t)count || replaced_count == 4) wasm_rt_trap(WASM_RT_TRAP_OOB);
  replaced[replaced_count].place = strings + index;
  replaced[replaced_count++].was = strings[index];
  strings[index] = text_at(text);
}

void w2c_host_restoreReplaced(SELF) {
  while (replaced_count > 0) {
    replaced_count--;
    *replaced[replaced_count].place = replaced[replaced_count].was;
  }
}

HOST w2c_host_readArgument(SELF, uint32_t index, uint32_t offset, uint32_t buffer, uint32_t size) {
  return copy(start.arguments, start.argument_count, index, offset, buffer, size);
}

void w2c_host_replaceArgument(SELF, uint32_t index, uint32_t text) {
  replace(start.arguments, start.argument_count, index, text);
}

HOST w2c_host_readEnvironment(SELF, uint32_t index, uint32_t offset, uint32_t buffer, uint32_t size) {
  return copy(start.environment, start.environment_count, index, offset, buffer, size);
}

void w2c_host_replaceEnvironment(SELF, uint32_t index, uint32_t text) {
  replace(start.environment, start.environment_count, index, text);
}

HOST w2c_host_getpid(SELF) { return (uint32_t)CALL(getpid); }
HOST w2c_host_getppid(SELF) { return (uint32_t)CALL(getppid); }
HOST w2c_host_getpgid(SELF, uint32_t pid) { return (uint32_t)CALL(getpgid, pid); }
HOST w2c_host_getsid(SELF, uint32_t pid) { return (uint32_t)CALL(getsid, pid); }
HOST w2c_host_setpgid(SELF, uint32_t pid, uint32_t group) {
  return (uint32_t)CALL(setpgid, pid, group);
}
HOST w2c_host_setsid(SELF) { return (uint32_t)CALL(setsid); }

__attribute__((used)) static int32_t run_child(void) { return (int32_t)w2c_init_child(&instance); }
HOST w2c_host_vfork(SELF) { return (uint32_t)vfork_and_run_child(CLONE_VM | CLONE_VFORK | SIGCHLD); }

HOST w2c_host_execve(SELF, uint32_t path, uint32_t first) {
  if (first > (uint32_t)start.argument_count) wasm_rt_trap(WASM_RT_TRAP_OOB);
  return (uint32_t)CALL(execve, text_at(path), start.arguments + first, start.environment);
}
HOST w2c_host_execveat(SELF, uint32_t fd, uint32_t first) {
  if (first > (uint32_t)start.argument_count) wasm_rt_trap(WASM_RT_TRAP_OOB);
  return (uint32_t)CALL(execveat, fd, "", start.arguments + first, start.environment, AT_EMPTY_PATH);
}

HOST w2c_host_wait4(SELF, uint32_t pid, uint32_t status, uint32_t options) {
  return (uint32_t)CALL(wait4, pid, at(status, sizeof(int32_t)), options, NULL);
}
HOST w2c_host_prctl(SELF, uint32_t operation, uint32_t argument) {
  return (uint32_t)CALL(prctl, operation, argument, 0, 0, 0);
}
HOST w2c_host_ptraceDetach(SELF, uint32_t pid, uint32_t signal) {
  return (uint32_t)CALL(ptrace, PTRACE_DETACH, pid, 0, signal);
}

HOST w2c_host_rt_sigprocmask(SELF, uint32_t how, uint32_t set, uint32_t old) {
  return (uint32_t)CALL(rt_sigprocmask, how, at(set, SIGNAL_SET_BYTES), at(old, SIGNAL_SET_BYTES), SIGNAL_SET_BYTES);
}

HOST w2c_host_rt_sigaction(SELF, uint32_t signal, uint32_t ignore) {
  /* The kernel's struct sigaction begins with the handler; flags, restorer and mask are 0. */
  const struct {
    __sighandler_t handler;
    uint64_t rest[3];
  } action = {ignore ? SIG_IGN : SIG_DFL, {0}};
  struct {
    __sighandler_t handler;
    uint64_t rest[3];
  } old;
  const long result = CALL(rt_sigaction, signal, &action, &old, SIGNAL_SET_BYTES);
  return (uint32_t)(result < 0 ? result : old.handler == SIG_IGN);
}

HOST w2c_host_rt_sigtimedwait(SELF, uint32_t set, uint32_t info, uint32_t timeout) {
  return (uint32_t)CALL(rt_sigtimedwait, at(set, SIGNAL_SET_BYTES), at(info, sizeof(siginfo_t)),
                        at(timeout, sizeof(struct timespec)), SIGNAL_SET_BYTES);
}
HOST w2c_host_kill(SELF, uint32_t pid, uint32_t signal) {
  return (uint32_t)CALL(kill, pid, signal);
}
HOST w2c_host_rt_sigqueueinfo(SELF, uint32_t pid, uint32_t signal, uint32_t info) {
  return (uint32_t)CALL(rt_sigqueueinfo, pid, signal, at(info, sizeof(siginfo_t)));
}
HOST w2c_host_pidfd_open(SELF, uint32_t pid, uint32_t flags) {
  return (uint32_t)CALL(pidfd_open, pid, flags);
}
HOST w2c_host_pidfd_send_signal(SELF, uint32_t fd, uint32_t signal, uint32_t info, uint32_t flags) {
  return (uint32_t)CALL(pidfd_send_signal, fd, signal, at(info, sizeof(siginfo_t)), flags);
}

HOST w2c_host_clock_gettime(SELF, uint32_t clock, uint32_t time) {
  return (uint32_t)CALL(clock_gettime, clock, at(time, sizeof(struct timespec)));
}

HOST w2c_host_prlimit64(SELF, uint32_t pid, uint32_t resource, uint32_t limit, uint32_t old) {
  return (uint32_t)CALL(prlimit64, pid, resource, at(limit, sizeof(struct rlimit64)), at(old, sizeof(struct rlimit64)));
}

HOST w2c_host_open(SELF, uint32_t path, uint32_t flags) {
  return (uint32_t)CALL(openat, AT_FDCWD, text_at(path), flags, 0);
}
HOST w2c_host_read(SELF, uint32_t fd, uint32_t buffer, uint32_t size) {
  return (uint32_t)CALL(read, fd, at(buffer, size), size);
}
HOST w2c_host_write(SELF, uint32_t fd, uint32_t buffer, uint32_t size) {
  return (uint32_t)CALL(write, fd, at(buffer, size), size);
}
HOST w2c_host_writeNoWait(SELF, uint32_t fd, uint32_t buffer, uint32_t size) {
  const struct iovec vector = {at(buffer, size), size};
  return (uint32_t)CALL(pwritev2, fd, &vector, 1, -1, -1, RWF_NOWAIT);
}
HOST w2c_host_poll(SELF, uint32_t fd, uint32_t events) {
  /* ppoll, because newer CPUs have no poll. */
  struct pollfd polled = {fd, (short)events, 0};
  struct timespec now = {0, 0};
  const long result = CALL(ppoll, &polled, 1, &now, NULL, 0);
  return (uint32_t)(result < 0 ? result : polled.revents);
}
HOST w2c_host_tell(SELF, uint32_t fd) {
  const long result = CALL(lseek, fd, 0, SEEK_CUR);
  return (uint32_t)(result < 0 ? result : 0); /* the offset itself may not fit, and nobody asks for it */
}
HOST w2c_host_close(SELF, uint32_t fd) { return (uint32_t)CALL(close, fd); }
HOST w2c_host_close_range(SELF, uint32_t first, uint32_t last) {
  return (uint32_t)CALL(close_range, first, last, 0);
}
HOST w2c_host_getdents64(SELF, uint32_t fd, uint32_t buffer, uint32_t size) {
  return (uint32_t)CALL(getdents64, fd, at(buffer, size), size);
}
HOST w2c_host_exists(SELF, uint32_t path) {
  return (uint32_t)CALL(faccessat, AT_FDCWD, text_at(path), 0 /* F_OK */);
}
HOST w2c_host_statx(SELF, uint32_t fd, uint32_t status) {
  return (uint32_t)CALL(statx, fd, "", AT_EMPTY_PATH, STATX_INO, at(status, sizeof(struct statx)));
}
HOST w2c_host_memfd_create(SELF, uint32_t name, uint32_t flags) {
  return (uint32_t)CALL(memfd_create, text_at(name), flags);
}
HOST w2c_host_sendfile(SELF, uint32_t to, uint32_t from, uint32_t offset, uint32_t size) {
  return (uint32_t)CALL(sendfile, to, from, at(offset, sizeof(uint64_t)), size);
}
HOST w2c_host_chdir(SELF, uint32_t path) { return (uint32_t)CALL(chdir, text_at(path)); }
HOST w2c_host_ioctl(SELF, uint32_t fd, uint32_t request, uint32_t argument) {
  return (uint32_t)CALL(ioctl, fd, request, at(argument, sizeof(int32_t)));
}

void w2c_host_exit(SELF, uint32_t code) {
  for (;;) CALL(exit_group, code);
}

/* --- The entry point ------------------------------------------------------------------------------------------------ */

/* The first stack: argc, argv, NULL, envp, NULL, ... (System V ABI, "Initial Process Stack"). */
__attribute__((used, noreturn)) static void enter(char **stack) {
  start.argument_count = (int32_t)(intptr_t)stack[0];
  start.arguments = stack + 1;
  start.environment = start.arguments + start.argument_count + 1;
  while (start.environment[start.environment_count]) start.environment_count++;
  init_globals(&instance); /* all else is as the linker left it, see scripts/lib/lower.ts */
  w2c_host_exit(NULL, w2c_init_start(&instance));
  __builtin_unreachable();
}
