/**
 * Linux's numbers, as on x86_64 and aarch64. They are written a second time here instead of imported from the init,
 * so that a wrong number in the init is found.
 */

/** Signals, signal(7). */
export const SIGHUP = 1;
export const SIGINT = 2;
export const SIGQUIT = 3;
export const SIGILL = 4;
export const SIGTRAP = 5;
export const SIGABRT = 6;
export const SIGBUS = 7;
export const SIGFPE = 8;
export const SIGKILL = 9;
export const SIGUSR1 = 10;
export const SIGSEGV = 11;
export const SIGUSR2 = 12;
export const SIGPIPE = 13;
export const SIGALRM = 14;
export const SIGTERM = 15;
export const SIGSTKFLT = 16;
export const SIGCHLD = 17;
export const SIGCONT = 18;
export const SIGSTOP = 19;
export const SIGTSTP = 20;
export const SIGTTIN = 21;
export const SIGTTOU = 22;
export const SIGURG = 23;
export const SIGXCPU = 24;
export const SIGXFSZ = 25;
export const SIGVTALRM = 26;
export const SIGPROF = 27;
export const SIGWINCH = 28;
export const SIGIO = 29;
export const SIGPWR = 30;
export const SIGSYS = 31;
/** The first real-time signal as the kernel counts; the libc reserves 32 and 33. */
export const KERNEL_SIGRTMIN = 32;
/** The first real-time signal as programs count. */
export const SIGRTMIN = 34;
export const SIGRTMAX = 64;

const NAMES =
  "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS"
    .split(" ")
    .map((name) => `SIG${name}`);

/** The name of `signal` as `kill -l` prints it; its number if it has none. */
export function signalName(signal: number): string {
  if (signal >= 1 && signal <= 31) return NAMES[signal - 1] ?? String(signal);
  if (signal === SIGRTMIN) return "SIGRTMIN";
  if (signal === SIGRTMAX) return "SIGRTMAX";
  if (signal > SIGRTMIN && signal < SIGRTMAX) return `SIGRTMIN+${String(signal - SIGRTMIN)}`;
  return String(signal);
}

/** A signal's default action, signal(7). */
export function defaultAction(signal: number): "terminate" | "ignore" | "stop" {
  if (signal === SIGCHLD || signal === SIGCONT || signal === SIGURG || signal === SIGWINCH) return "ignore";
  if (signal >= SIGSTOP && signal <= SIGTTOU) return "stop";
  return "terminate";
}

const BITS = Array.from({ length: 65 }, (_, signal) => (signal === 0 ? 0n : 1n << BigInt(signal - 1)));

/** The set that has only `signal`. */
export function bit(signal: number): bigint {
  return BITS[signal] ?? 0n;
}

/** The set of `signals`. */
export function signalSet(signals: Iterable<number>): bigint {
  let set = 0n;
  for (const signal of signals) set |= bit(signal);
  return set;
}

/** Every signal. */
export const ALL_SIGNALS = (1n << 64n) - 1n;
/** The two that cannot be blocked, caught or ignored. */
export const UNBLOCKABLE = bit(SIGKILL) | bit(SIGSTOP);
/** The four that stop by default. */
export const STOP_SIGNALS = signalSet([SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU]);
/** The signals that the kernel delivers first, kernel/signal.c SYNCHRONOUS_MASK. */
export const SYNCHRONOUS = signalSet([SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGSYS]);

/** si_code values, sigaction(2). */
export const SI_USER = 0;
export const SI_KERNEL = 0x80;
export const SI_QUEUE = -1;
export const SI_TIMER = -2;
export const SI_MESGQ = -3;
export const SI_SIGIO = -5;
export const SI_TKILL = -6;
export const CLD_EXITED = 1;
export const CLD_KILLED = 2;
export const CLD_DUMPED = 3;
export const CLD_TRAPPED = 4;
export const CLD_STOPPED = 5;
export const CLD_CONTINUED = 6;

/** si_code of a readable descriptor, and its si_band: POLLIN and POLLRDNORM. */
export const POLL_IN = 1;
export const BAND_IN = 0x41;
/** The signals whose si_code means something else, so that SI_SIGIO stands for POLL_IN, fs/fcntl.c. */
export const SPECIFIC_CODES = signalSet([SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV, SIGCHLD, SIGIO, SIGSYS]);

/** rt_sigprocmask's `how`. */
export const SIG_BLOCK = 0;
export const SIG_UNBLOCK = 1;
export const SIG_SETMASK = 2;

/** wait4's options. */
export const WNOHANG = 1;
export const WUNTRACED = 2;
export const WEXITED = 4;
export const WCONTINUED = 8;

/** prctl's operations. */
export const PR_SET_PDEATHSIG = 1;
export const PR_GET_PDEATHSIG = 2;
export const PR_CAPBSET_READ = 23;
export const PR_GET_DUMPABLE = 3;
export const PR_SET_DUMPABLE = 4;
export const PR_SET_KEEPCAPS = 8;
export const PR_CAPBSET_DROP = 24;
export const PR_SET_NO_NEW_PRIVS = 38;
export const PR_GET_NO_NEW_PRIVS = 39;
export const PR_SET_CHILD_SUBREAPER = 36;

/** capabilities(7), those that are no call's own. */
export const CAP_DAC_OVERRIDE = 1;
export const CAP_SYS_PTRACE = 19;
export const CAP_SYS_ADMIN = 21;

/** A seccomp filter's action for an allowed call, seccomp(2). */
export const SECCOMP_RET_ALLOW = 0x7fff0000;

/** The clock of all time-outs, clock_gettime(2); and the one that can be set. */
export const CLOCK_REALTIME = 0;
export const CLOCK_MONOTONIC = 1;

/** getrusage(2): include/uapi/linux/resource.h. */
export const RUSAGE_SELF = 0;
export const RUSAGE_CHILDREN = -1;

/** prlimit64's resources: how many there are, and the one that the simulation obeys. */
export const RLIM_NLIMITS = 16;
export const RLIMIT_SIGPENDING = 11;
export const RLIM_INFINITY = (1n << 64n) - 1n;

/** ioctl's requests. */
export const TCGETS = 0x5401;
export const TIOCSCTTY = 0x540e;
export const TIOCGPGRP = 0x540f;
export const TIOCSPGRP = 0x5410;
export const TIOCGWINSZ = 0x5413;
export const TIOCNOTTY = 0x5422;

/** open's flags. */
export const O_RDONLY = 0;
export const O_WRONLY = 1;
export const O_RDWR = 2;
export const O_ACCMODE = 3;
export const O_APPEND = 0o2000;
export const O_NONBLOCK = 0o4000;
export const O_ASYNC = 0o20000;
export const O_DIRECTORY = 0o200000;
export const O_CLOEXEC = 0o2000000;

/** flock(2): include/uapi/asm-generic/fcntl.h. */
export const LOCK_SH = 1;
export const LOCK_EX = 2;
export const LOCK_NB = 4;
export const LOCK_UN = 8;

/** access's modes. */
export const F_OK = 0;
export const X_OK = 1;
export const W_OK = 2;
export const R_OK = 4;

/** fcntl's commands. */
export const F_DUPFD_CLOEXEC = 1030;
export const F_GETFD = 1;
export const F_SETFD = 2;
export const F_GETFL = 3;
export const F_SETFL = 4;
export const F_SETOWN = 8;
export const F_GETOWN = 9;
export const F_SETSIG = 10;
export const F_GETSIG = 11;
export const FD_CLOEXEC = 1;

/** inotify's events, inotify(7). */
export const IN_ACCESS = 0x1;
export const IN_MODIFY = 0x2;
export const IN_OPEN = 0x20;
export const IN_ALL_EVENTS = 0xfff;

/** d_type in struct linux_dirent64. */
export const DT_DIR = 4;
export const DT_REG = 8;

/** memfd_create(2). */
export const MFD_CLOEXEC = 1;
export const MFD_EXEC = 0x10;

/** Sockets: include/linux/socket.h, include/linux/net.h, include/uapi/asm-generic/socket.h. */
export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_CLOEXEC = 0o2000000;

/** poll's events. */
export const POLLIN = 1;
export const POLLOUT = 4;
export const POLLERR = 8;
export const POLLHUP = 16;
export const POLLNVAL = 32;

/** pidfd_send_signal's flag for the whole process group, Linux 6.9. */
export const PIDFD_SIGNAL_PROCESS_GROUP = 4;

/** The e_machine of the simulated CPU: EM_X86_64, elf(5). */
export const MACHINE = 62;

/** errno values, errno(3). */
export const EPERM = 1;
export const ENOENT = 2;
export const ESRCH = 3;
export const EINTR = 4;
export const EIO = 5;
export const ENXIO = 6;
export const E2BIG = 7;
export const ENOEXEC = 8;
export const EBADF = 9;
export const ECHILD = 10;
export const EAGAIN = 11;
export const ENOMEM = 12;
export const EACCES = 13;
export const EFAULT = 14;
export const EBUSY = 16;
export const EEXIST = 17;
export const ENODEV = 19;
export const ENOTDIR = 20;
export const EISDIR = 21;
export const EINVAL = 22;
export const EMFILE = 24;
export const ENOTTY = 25;
export const ETXTBSY = 26;
export const ENOSPC = 28;
export const ESPIPE = 29;
export const EROFS = 30;
export const EPIPE = 32;
export const ERANGE = 34;
export const ENAMETOOLONG = 36;
export const ENOSYS = 38;
export const ENOTEMPTY = 39;
export const ELOOP = 40;
export const ENODATA = 61;
export const ELIBBAD = 80;
export const EPROTOTYPE = 91;
export const ENOTSOCK = 88;
export const EOPNOTSUPP = 95;
export const EAFNOSUPPORT = 97;
export const ECONNRESET = 104;
export const EISCONN = 106;
export const ENOTCONN = 107;
export const ECONNREFUSED = 111;
export const EINPROGRESS = 115;

const ERRNO_NAMES: Readonly<Record<number, string>> = {
  1: "EPERM",
  2: "ENOENT",
  3: "ESRCH",
  4: "EINTR",
  5: "EIO",
  6: "ENXIO",
  7: "E2BIG",
  8: "ENOEXEC",
  9: "EBADF",
  10: "ECHILD",
  11: "EAGAIN",
  12: "ENOMEM",
  13: "EACCES",
  14: "EFAULT",
  16: "EBUSY",
  17: "EEXIST",
  19: "ENODEV",
  20: "ENOTDIR",
  21: "EISDIR",
  22: "EINVAL",
  24: "EMFILE",
  25: "ENOTTY",
  26: "ETXTBSY",
  28: "ENOSPC",
  29: "ESPIPE",
  30: "EROFS",
  32: "EPIPE",
  34: "ERANGE",
  36: "ENAMETOOLONG",
  38: "ENOSYS",
  39: "ENOTEMPTY",
  40: "ELOOP",
  61: "ENODATA",
  80: "ELIBBAD",
  95: "EOPNOTSUPP",
};

/** The name of an errno. */
export function errnoName(errno: number): string {
  return ERRNO_NAMES[errno] ?? `errno ${String(errno)}`;
}

/** The wait status of a process that exited with `code`, wait(2). */
export function exited(code: number): number {
  return (code & 0xff) << 8;
}

/** The wait status of a process that `signal` killed. */
export function killed(signal: number): number {
  return signal;
}

/** The wait status of a process that `signal` stopped. */
export function stopped(signal: number): number {
  return 0x7f | (signal << 8);
}
