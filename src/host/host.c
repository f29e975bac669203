/*
 * The C side of the system interface: entry point, system calls, memory checks, traps. It makes no decisions: every `if`
 * is about C, the CPU or the kernel's calling conventions. src/init/linux/host.ts documents what each call takes and returns.
 *
 * There is one translation unit: the generated C is included, so that the compiler sees the whole program.
 */
#define _GNU_SOURCE /* for the kernel's constants in libc's headers; no libc function is called */
#include <stddef.h>
#include <stdint.h>

#include <asm/errno.h>
#include <asm/unistd.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/prctl.h>
#include <linux/ptrace.h>
#include <linux/seccomp.h>
#include <linux/stat.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>

/* From Linux's headers; those of some build machines are older. */
#ifndef RWF_NOWAIT
#define RWF_NOWAIT 0x00000008 /* include/uapi/linux/fs.h */
#endif
#ifndef __NR_clone3
#define __NR_clone3 435
#endif
#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ull
#endif
/* struct clone_args as Linux 5.7 has it (include/uapi/linux/sched.h). */
struct clone_arguments {
  uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};
#define CHILD_PID 16 /* offset of si_pid in the siginfo_t of 64-bit Linux, which the init uses on each CPU */
#define SIGNAL_SET_BYTES 8 /* the kernel's sigset_t: 64 signals */

static int32_t run_child(void);

#include "cpu.h"
#include "views.h"

#include <init.h>

#ifndef SA_RESTORER
#define SA_RESTORER 0x04000000 /* include/uapi/asm-generic/signal-defs.h leaves it to the architectures */
#endif

/* The largest number of strings that are replaced at a time. */
#define REPLACED_LIMIT 8
/*
 * All mutable state outside of the linear memory. It is in the frame of the entry point, on a page that exists anyway and
 * that WebAssembly cannot reach. A reserved register points to it, some bytes after its beginning, so that short negative
 * offsets serve as well.
 */
struct state {
  w2c_init module; /* the module's own variables */
  /* The arguments and the environment, which stay where the kernel put them, on the first stack. */
  char **arguments;
  char **environment;
  int32_t argument_count;
  int32_t environment_count;
  struct {
    char **place;
    char *was;
  } replaced[REPLACED_LIMIT];
  uint32_t replaced_count;
  char **environment_end; /* the end of the room for the environment; set when it first grows */
  uint32_t caught; /* the signal that was caught last */
};
#ifdef STATE_REGISTER
#define SHORT_OFFSETS 128
register char *middle __asm__(STATE_REGISTER);
#define all ((struct state *)(middle - SHORT_OFFSETS))
#else
static struct state only;
#define all (&only)
#endif
#define instance (&all->module) /* the name that the generated C uses */

#ifdef STRUCTS_REGISTER
/* A register for the structs in the linear memory, too (scripts/lib/layout.ts, HOT_BASE). */
register char *structs __asm__(STRUCTS_REGISTER);
#define STRUCTS_MIDDLE (0x41e000u + SHORT_OFFSETS)
/*
 * Other constant addresses in the linear memory are encoded relative to the code (a symbol of link.ld), which is a byte
 * shorter than the number: 344 bytes in total on x86_64.
 */
extern char linear_memory[];
#define MEMORY_BASE 0x400000u
#define MEMORY_BYTES 0x20000u
#define ADDRESS(address)                                                                             \
  (__builtin_constant_p(address) && (address) - (STRUCTS_MIDDLE - SHORT_OFFSETS) < 2 * SHORT_OFFSETS \
       ? structs + ((long)(address) - (long)STRUCTS_MIDDLE)                                          \
   : __builtin_constant_p(address) && (address) - MEMORY_BASE < MEMORY_BYTES                         \
       ? linear_memory + ((address) - MEMORY_BASE)                                                   \
       : (char *)(uintptr_t)(address))
#else
#define ADDRESS(address) ((char *)(uintptr_t)(address))
#endif

#include <init.c>   /* as a system header: warnings are only for our own code */
#include <filter.h> /* the calls that are made once the program runs: scripts/lib/filter.ts */

/*
 * CALL(name, arguments...): a system call with exactly its arguments; the other registers keep their values.
 * The kernel reads only the low 32 bits of an int, so nothing is sign-extended for it.
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

#if UINTPTR_MAX > UINT32_MAX
#include "wide.h"
#else
#include "narrow.h"
#endif

/* --- Traps ------------------------------------------------------------------------------------------------------ */

#define INTERNAL_ERROR "[FATAL tini-ts] internal error"

__attribute__((noreturn)) static inline void die(const char *sentence, size_t length) {
  CALL(write, 2, sentence, length);
  for (;;) CALL(exit_group, 125);
}

/* The checks of wasm-rt.h jump here, whatever the state of the stack: so no function is called from here. */
__attribute__((used, noreturn)) static void trap(void) { die(INTERNAL_ERROR "\n", sizeof INTERNAL_ERROR); }

/*
 * --- Memory: an address in the linear memory is a pointer. The kernel checks each: unmapped memory is EFAULT, and except
 * --- for code, nothing else is mapped where an address can point (link.ld).
 */

static inline void *at(uint32_t address) { return (void *)(uintptr_t)address; }

/* --- The system interface ----------------------------------------------------------------------------------------- */

#define HOST uint32_t

HOST w2c_host_argumentCount(void) { return (uint32_t)all->argument_count; }

static uint32_t copy(char **strings, int32_t count, uint32_t index, uint32_t offset, uint32_t buffer, uint32_t size) {
  if (index >= (uint32_t)count) return (uint32_t)-1;
  const char *string = strings[index];
  uint8_t *to = at(buffer);
  uint32_t copied = 0;
  while (offset > 0 && *string) string++, offset--;
  for (; copied < size && string[copied]; copied++) to[copied] = (uint8_t)string[copied];
  return copied;
}

static void replace(char **strings, int32_t count, uint32_t index, uint32_t text) {
  if (index >= (uint32_t)count || all->replaced_count == REPLACED_LIMIT) wasm_rt_trap(WASM_RT_TRAP_OOB);
  all->replaced[all->replaced_count].place = strings + index;
  all->replaced[all->replaced_count++].was = strings[index];
  strings[index] = at(text);
}

void w2c_host_restoreReplaced(void) {
  while (all->replaced_count > 0) {
    all->replaced_count--;
    *all->replaced[all->replaced_count].place = all->replaced[all->replaced_count].was;
  }
}

HOST w2c_host_readArgument(uint32_t index, uint32_t offset, uint32_t buffer, uint32_t size) {
  return copy(all->arguments, all->argument_count, index, offset, buffer, size);
}

void w2c_host_replaceArgument(uint32_t index, uint32_t text) {
  replace(all->arguments, all->argument_count, index, text);
}

HOST w2c_host_readEnvironment(uint32_t index, uint32_t offset, uint32_t buffer, uint32_t size) {
  return copy(all->environment, all->environment_count, index, offset, buffer, size);
}

void w2c_host_replaceEnvironment(uint32_t index, uint32_t text) {
  replace(all->environment, all->environment_count, index, text);
}

HOST w2c_host_setEnvironment(uint32_t index, uint32_t text) {
  char **entry = all->environment + index;
  if (index > (uint32_t)all->environment_count) wasm_rt_trap(WASM_RT_TRAP_OOB);
  if (index == (uint32_t)all->environment_count) {
    /* The NULL is followed by the auxiliary vector: pairs, the last of which begins with AT_NULL. */
    if (!all->environment_end)
      for (all->environment_end = entry + 3; all->environment_end[-2]; all->environment_end += 2);
    if (entry + 1 == all->environment_end) return (uint32_t)-E2BIG;
    entry[1] = NULL;
    all->environment_count++;
  }
  *entry = at(text);
  return 0;
}

HOST w2c_host_getpid(void) { return (uint32_t)CALL(getpid); }
HOST w2c_host_getppid(void) { return (uint32_t)CALL(getppid); }
HOST w2c_host_getpgid(uint32_t pid) { return (uint32_t)CALL(getpgid, pid); }
HOST w2c_host_getsid(uint32_t pid) { return (uint32_t)CALL(getsid, pid); }
HOST w2c_host_setpgid(uint32_t pid, uint32_t group) {
  return (uint32_t)CALL(setpgid, pid, group);
}
HOST w2c_host_setsid(void) { return (uint32_t)CALL(setsid); }

__attribute__((used)) static int32_t run_child(void) { return (int32_t)w2c_init_child(); }
HOST w2c_host_vfork(void) { return (uint32_t)vfork_and_run_child(__NR_clone, CLONE_VM | CLONE_VFORK | SIGCHLD, 0); }
HOST w2c_host_vforkInto(uint32_t group) {
  const struct clone_arguments arguments = {
      .flags = CLONE_VM | CLONE_VFORK | CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = group};
  return (uint32_t)vfork_and_run_child(__NR_clone3, (long)&arguments, sizeof arguments);
}

HOST w2c_host_execve(uint32_t path, uint32_t first) {
  if (first > (uint32_t)all->argument_count) wasm_rt_trap(WASM_RT_TRAP_OOB);
  return (uint32_t)CALL(execve, at(path), all->arguments + first, all->environment);
}
HOST w2c_host_execveat(uint32_t fd, uint32_t first) {
  if (first > (uint32_t)all->argument_count) wasm_rt_trap(WASM_RT_TRAP_OOB);
  return (uint32_t)CALL(execveat, fd, "", all->arguments + first, all->environment, AT_EMPTY_PATH);
}

HOST w2c_host_wait4(uint32_t pid, uint32_t status, uint32_t options) {
  return (uint32_t)CALL(wait4, pid, at(status), options, NULL);
}
HOST w2c_host_waitid(uint32_t info, uint32_t options) {
  const long result = wait_for_child(at(info), options);
  return result < 0 ? (uint32_t)result : *(uint32_t *)at(info + CHILD_PID);
}
HOST w2c_host_prctl(uint32_t operation, uint32_t argument) {
  return (uint32_t)CALL(prctl, operation, argument, 0, 0, 0);
}
/* By prctl(2), which translators of other CPUs' programs refuse; some of them would hand seccomp(2) on to the kernel. */
HOST w2c_host_filterCalls(void) {
  const struct sock_fprog program = {sizeof filter / sizeof *filter, (struct sock_filter *)filter};
  return (uint32_t)CALL(prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}
HOST w2c_host_ambient(uint32_t operation, uint32_t capability) {
  return (uint32_t)CALL(prctl, PR_CAP_AMBIENT, operation, capability, 0, 0);
}
HOST w2c_host_capget(uint32_t header, uint32_t sets) { return (uint32_t)CALL(capget, at(header), at(sets)); }
HOST w2c_host_capset(uint32_t header, uint32_t sets) { return (uint32_t)CALL(capset, at(header), at(sets)); }
HOST w2c_host_getresuid(uint32_t ids) { return (uint32_t)CALL(getresuid, at(ids), at(ids + 4), at(ids + 8)); }
HOST w2c_host_getresgid(uint32_t ids) { return (uint32_t)CALL(getresgid, at(ids), at(ids + 4), at(ids + 8)); }
HOST w2c_host_getgroups(uint32_t count, uint32_t groups) { return (uint32_t)CALL(getgroups, count, at(groups)); }
HOST w2c_host_setresuid(uint32_t id) { return (uint32_t)CALL(setresuid, id, id, id); }
HOST w2c_host_setresgid(uint32_t id) { return (uint32_t)CALL(setresgid, id, id, id); }
HOST w2c_host_setgroups(uint32_t count, uint32_t groups) { return (uint32_t)CALL(setgroups, count, at(groups)); }
HOST w2c_host_ptraceDetach(uint32_t pid, uint32_t signal) {
  return (uint32_t)CALL(ptrace, PTRACE_DETACH, pid, 0, signal);
}

HOST w2c_host_rt_sigprocmask(uint32_t how, uint32_t set, uint32_t old) {
  return (uint32_t)CALL(rt_sigprocmask, how, at(set), at(old), SIGNAL_SET_BYTES);
}

/* The kernel's struct sigaction; the set of signals that a handler blocks stays empty. */
static uint32_t set_action(uint32_t signal, __sighandler_t handler, unsigned long flags) {
  struct {
    __sighandler_t handler;
    unsigned long flags;
    RESTORER(void (*restorer)(void);)
    unsigned long mask[SIGNAL_SET_BYTES / sizeof(long)];
  } action = {.handler = handler, .flags = flags, RESTORER(.restorer = flags ? return_from_handler : 0)}, old;
  const long result = CALL(rt_sigaction, signal, &action, &old, SIGNAL_SET_BYTES);
  return (uint32_t)(result < 0 ? result : old.handler == SIG_IGN);
}
HOST w2c_host_rt_sigaction(uint32_t signal, uint32_t ignore) {
  return set_action(signal, ignore ? SIG_IGN : SIG_DFL, 0);
}
/* A handler has the registers of the interrupted code, so `all` is valid in it. */
static void remember(int signal) { all->caught = (uint32_t)signal; }
HOST w2c_host_catchSignal(uint32_t signal) { return set_action(signal, remember, SA_RESTORER | SA_RESTART); }
HOST w2c_host_takeCaught(void) {
  const uint32_t signal = all->caught;
  all->caught = 0;
  return signal;
}

HOST w2c_host_rt_sigtimedwait(uint32_t set, uint32_t info, uint32_t timeout) {
  return (uint32_t)wait_for_signal(at(set), at(info), at(timeout));
}
HOST w2c_host_kill(uint32_t pid, uint32_t signal) {
  return (uint32_t)CALL(kill, pid, signal);
}
HOST w2c_host_rt_sigqueueinfo(uint32_t pid, uint32_t signal, uint32_t info) {
  return (uint32_t)queue_signal(pid, signal, at(info));
}
HOST w2c_host_pidfd_open(uint32_t pid, uint32_t flags) {
  return (uint32_t)CALL(pidfd_open, pid, flags);
}
HOST w2c_host_pidfd_send_signal(uint32_t fd, uint32_t signal, uint32_t info, uint32_t flags) {
  return (uint32_t)send_to_pidfd(fd, signal, at(info), flags);
}

HOST w2c_host_clock_gettime(uint32_t clock, uint32_t time) {
  return (uint32_t)get_time(clock, at(time));
}

HOST w2c_host_getrusage(uint32_t who, uint32_t usage) { return (uint32_t)get_usage(who, at(usage)); }
HOST w2c_host_prlimit64(uint32_t pid, uint32_t resource, uint32_t limit, uint32_t old) {
  return (uint32_t)CALL(prlimit64, pid, resource, at(limit), at(old));
}

HOST w2c_host_setpriority(uint32_t which, uint32_t who, uint32_t nice) {
  return (uint32_t)CALL(setpriority, which, who, nice);
}
HOST w2c_host_umask(uint32_t mask) { return (uint32_t)CALL(umask, mask); }

HOST w2c_host_sysinfo(uint32_t info) { return (uint32_t)get_memory(at(info)); }
HOST w2c_host_sched_getaffinity(uint32_t pid, uint32_t size, uint32_t mask) {
  return (uint32_t)CALL(sched_getaffinity, pid, size, at(mask));
}

HOST w2c_host_open(uint32_t path, uint32_t flags) {
  return (uint32_t)CALL(openat, AT_FDCWD, at(path), flags | OPEN_FLAGS, 0);
}
HOST w2c_host_create(uint32_t path, uint32_t flags) {
  return (uint32_t)CALL(openat, AT_FDCWD, at(path), flags | O_CREAT | O_NOFOLLOW | OPEN_FLAGS, 0644);
}
HOST w2c_host_openat(uint32_t directory, uint32_t path, uint32_t flags) {
  return (uint32_t)CALL(openat, directory, at(path), flags | OPEN_FLAGS, 0);
}
HOST w2c_host_read(uint32_t fd, uint32_t buffer, uint32_t size) {
  return (uint32_t)CALL(read, fd, at(buffer), size);
}
HOST w2c_host_pread(uint32_t fd, uint32_t buffer, uint32_t size, uint32_t offset) {
  return (uint32_t)read_at(fd, at(buffer), size, (int32_t)offset);
}
HOST w2c_host_write(uint32_t fd, uint32_t buffer, uint32_t size) {
  return (uint32_t)CALL(write, fd, at(buffer), size);
}
HOST w2c_host_writeNoWait(uint32_t fd, uint32_t buffer, uint32_t size) {
  const struct iovec vector = {at(buffer), size};
  return (uint32_t)CALL(pwritev2, fd, &vector, 1, -1, -1, RWF_NOWAIT);
}
HOST w2c_host_poll(uint32_t fd, uint32_t events) {
  /* ppoll, because newer architectures have no poll. */
  struct pollfd polled = {fd, (short)events, 0};
  const long result = poll_now(&polled);
  return (uint32_t)(result < 0 ? result : polled.revents);
}
HOST w2c_host_tell(uint32_t fd) {
  const long result = get_offset(fd);
  return (uint32_t)(result < 0 ? result : 0); /* the offset itself is not needed, and may not fit */
}
HOST w2c_host_close(uint32_t fd) { return (uint32_t)CALL(close, fd); }
HOST w2c_host_close_range(uint32_t first, uint32_t last) {
  return (uint32_t)CALL(close_range, first, last, 0);
}
HOST w2c_host_getdents64(uint32_t fd, uint32_t buffer, uint32_t size) {
  return (uint32_t)CALL(getdents64, fd, at(buffer), size);
}
HOST w2c_host_access(uint32_t path, uint32_t mode) {
  return (uint32_t)CALL(faccessat, AT_FDCWD, at(path), mode);
}
HOST w2c_host_mkdir(uint32_t path) { return (uint32_t)CALL(mkdirat, AT_FDCWD, at(path), 0755); }
HOST w2c_host_rmdir(uint32_t path) { return (uint32_t)CALL(unlinkat, AT_FDCWD, at(path), AT_REMOVEDIR); }
HOST w2c_host_unlinkat(uint32_t directory, uint32_t path) {
  return (uint32_t)CALL(unlinkat, directory, at(path), AT_REMOVEDIR);
}
HOST w2c_host_flock(uint32_t fd, uint32_t operation) { return (uint32_t)CALL(flock, fd, operation); }
HOST w2c_host_fcntl(uint32_t fd, uint32_t command, uint32_t argument) {
  return (uint32_t)control(fd, command, argument);
}
HOST w2c_host_inotify_init1(uint32_t flags) { return (uint32_t)CALL(inotify_init1, flags); }
HOST w2c_host_inotify_add_watch(uint32_t fd, uint32_t path, uint32_t mask) {
  return (uint32_t)CALL(inotify_add_watch, fd, at(path), mask);
}
HOST w2c_host_statx(uint32_t fd, uint32_t status) {
  return (uint32_t)CALL(statx, fd, "", AT_EMPTY_PATH, STATX_INO | STATX_UID, at(status));
}
HOST w2c_host_fchown(uint32_t fd, uint32_t user) { return (uint32_t)CALL(fchown, fd, user, -1); }
HOST w2c_host_statfs(uint32_t path, uint32_t status) { return (uint32_t)get_mount(at(path), at(status)); }
HOST w2c_host_getxattr(uint32_t path, uint32_t name, uint32_t buffer, uint32_t size) {
  return (uint32_t)CALL(getxattr, at(path), at(name), at(buffer), size);
}
HOST w2c_host_machine(void) { return MACHINE; }
HOST w2c_host_memfd_create(uint32_t name, uint32_t flags) {
  return (uint32_t)CALL(memfd_create, at(name), flags);
}
HOST w2c_host_sendfile(uint32_t to, uint32_t from, uint32_t offset, uint32_t size) {
  return (uint32_t)send_file(to, from, at(offset), size);
}
HOST w2c_host_socket(uint32_t domain, uint32_t type) { return (uint32_t)CALL(socket, domain, type, 0); }
/* The options of kernels before 5.1, whose numbers and whose struct timeval differ between CPUs; newer ones know them too. */
HOST w2c_host_limitSocket(uint32_t fd, uint32_t reads, uint32_t milliseconds) {
  const long time[] = {(long)(milliseconds / 1000), (long)(milliseconds % 1000 * 1000)};
  return (uint32_t)CALL(setsockopt, fd, SOL_SOCKET, reads ? SO_RCVTIMEO_OLD : SO_SNDTIMEO_OLD, time, sizeof time);
}
HOST w2c_host_connect(uint32_t fd, uint32_t address, uint32_t size) {
  return (uint32_t)CALL(connect, fd, at(address), size);
}
HOST w2c_host_sendto(uint32_t fd, uint32_t buffer, uint32_t size, uint32_t address, uint32_t address_size) {
  return (uint32_t)CALL(sendto, fd, at(buffer), size, MSG_DONTWAIT | MSG_NOSIGNAL, at(address), address_size);
}
HOST w2c_host_chdir(uint32_t path) { return (uint32_t)CALL(chdir, at(path)); }
HOST w2c_host_ioctl(uint32_t fd, uint32_t request, uint32_t argument) {
  return (uint32_t)CALL(ioctl, fd, REQUEST(request), at(argument));
}

void w2c_host_exit(uint32_t code) {
  for (;;) CALL(exit_group, code);
}

/* --- The entry point ------------------------------------------------------------------------------------------------ */

/* The first stack: argc, argv, NULL, envp, NULL, ... (System V ABI, "Initial Process Stack"). */
__attribute__((used, noreturn)) static void enter(char **stack) {
#ifdef STATE_REGISTER
  struct state first = {.arguments = stack + 1, .argument_count = (int32_t)(intptr_t)stack[0]};
#else
#define first only
  first.arguments = stack + 1;
  first.argument_count = (int32_t)(intptr_t)stack[0];
#endif
  first.environment = first.arguments + first.argument_count + 1;
  while (first.environment[first.environment_count]) first.environment_count++;
#ifdef STATE_REGISTER
  middle = (char *)&first + SHORT_OFFSETS;
#endif
#ifdef STRUCTS_REGISTER
  structs = (char *)(uintptr_t)STRUCTS_MIDDLE;
#endif
  init_globals(); /* those that are not 0 */
  w2c_host_exit(w2c_init_start());
  __builtin_unreachable();
}
