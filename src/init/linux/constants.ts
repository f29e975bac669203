/** Constants of the kernel's interface, the same on every CPU that we build for. */

/** wait4(2) and waitid(2): include/uapi/linux/wait.h. */
export const WNOHANG: i32 = 1;
export const WUNTRACED: i32 = 2;
export const WEXITED: i32 = 4;

/** How a child changed state: include/uapi/asm-generic/siginfo.h. A traced child is "trapped", whatever signal stopped it. */
export const CLD_EXITED: i32 = 1;
export const CLD_KILLED: i32 = 2;
export const CLD_DUMPED: i32 = 3;
export const CLD_TRAPPED: i32 = 4;
export const CLD_STOPPED: i32 = 5;

/** rt_sigprocmask(2): include/uapi/asm-generic/signal-defs.h. */
export const SIG_BLOCK: i32 = 0;
export const SIG_UNBLOCK: i32 = 1;
export const SIG_SETMASK: i32 = 2;

/** siginfo codes: include/uapi/asm-generic/siginfo.h. */
export const SI_USER: i32 = 0;
export const SI_KERNEL: i32 = 0x80;
export const SI_QUEUE: i32 = -1;
export const SI_TKILL: i32 = -6;

/** prctl(2): include/uapi/linux/prctl.h. */
export const PR_SET_PDEATHSIG: i32 = 1;
export const PR_GET_DUMPABLE: i32 = 3;
export const PR_SET_DUMPABLE: i32 = 4;
export const PR_SET_KEEPCAPS: i32 = 8;
export const PR_CAPBSET_READ: i32 = 23;
export const PR_CAPBSET_DROP: i32 = 24;
export const PR_SET_CHILD_SUBREAPER: i32 = 36;
export const PR_SET_NO_NEW_PRIVS: i32 = 38;
export const PR_GET_NO_NEW_PRIVS: i32 = 39;
export const PR_CAP_AMBIENT_IS_SET: i32 = 1;
export const PR_CAP_AMBIENT_RAISE: i32 = 2;

/** ioctl(2) of terminals: include/uapi/asm-generic/ioctls.h. */
export const TIOCSCTTY: i32 = 0x540e;
export const TIOCGPGRP: i32 = 0x540f;
export const TIOCSPGRP: i32 = 0x5410;
export const TIOCNOTTY: i32 = 0x5422;

/** open(2): include/uapi/asm-generic/fcntl.h. O_DIRECTORY is not here: it differs between CPUs. */
export const O_RDONLY: i32 = 0;
export const O_WRONLY: i32 = 1;
export const O_RDWR: i32 = 2;
export const O_NOCTTY: i32 = 0o400;
export const O_TRUNC: i32 = 0o1000;
export const O_APPEND: i32 = 0o2000;
export const O_NONBLOCK: i32 = 0o4000;
export const O_ASYNC: i32 = 0o20000;
export const O_CLOEXEC: i32 = 0o2000000;
export const O_PATH: i32 = 0o10000000;

/** fcntl(2): the same file. */
export const F_SETFL: i32 = 4;
export const F_SETOWN: i32 = 8;
export const F_SETSIG: i32 = 10;
export const F_DUPFD_CLOEXEC: i32 = 1030;

/** flock(2): the same file. */
export const LOCK_SH: i32 = 1;
export const LOCK_EX: i32 = 2;
export const LOCK_NB: i32 = 4;

/** access(2): include/uapi/linux/fcntl.h and <unistd.h>. */
export const F_OK: i32 = 0;
export const X_OK: i32 = 1;
export const W_OK: i32 = 2;

/** The file system of pipes, as statfs(2) names it: include/uapi/linux/magic.h. */
export const PIPEFS_MAGIC: u64 = 0x50495045;

/** inotify_add_watch(2): include/uapi/linux/inotify.h. */
export const IN_MODIFY: i32 = 2;

/** socket(2): include/linux/socket.h, include/linux/net.h. */
export const AF_UNIX: i32 = 1;
export const AF_INET: i32 = 2;
export const AF_INET6: i32 = 10;
export const SOCK_STREAM: i32 = 1;
export const SOCK_DGRAM: i32 = 2;
export const SOCK_CLOEXEC: i32 = 0o2000000;

/** memfd_create(2): include/uapi/linux/memfd.h. */
export const MFD_CLOEXEC: i32 = 1;
export const MFD_EXEC: i32 = 0x10;

/** poll(2): include/uapi/asm-generic/poll.h. */
export const POLLOUT: i32 = 4;

/** pidfd_send_signal(2), Linux 6.9: include/uapi/linux/pidfd.h. */
export const PIDFD_SIGNAL_PROCESS_GROUP: i32 = 4;

/** clock_gettime(2): include/uapi/linux/time.h. */
export const CLOCK_REALTIME: i32 = 0;
export const CLOCK_MONOTONIC: i32 = 1;

/** getrusage(2): include/uapi/linux/resource.h. */
export const RUSAGE_CHILDREN: i32 = -1;

/** prlimit64(2): include/uapi/asm-generic/resource.h. */
export const RLIMIT_SIGPENDING: i32 = 11;
export const RLIM_INFINITY: u64 = ~(<u64>0);

/** setpriority(2): include/uapi/linux/resource.h. */
export const PRIO_PROCESS: i32 = 0;

export const STDIN: i32 = 0;
export const STDOUT: i32 = 1;
export const STDERR: i32 = 2;
/** The first descriptor after the standard ones. */
export const FIRST_OTHER: i32 = 3;
/** The highest descriptor that we ever pass to close_range(2): up to this is all of them. */
export const LAST: i32 = 0x7fffffff;
