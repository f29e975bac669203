/**
 * The system interface: every function outside itself that the init calls.
 *
 * It has three sides with the same names: this file declares the functions, `src/host/host.c` implements them for Linux,
 * `test/simulation/host.ts` for the simulated kernel. The file's name is the module of the WebAssembly import, the
 * function's name its field.
 *
 * Conventions, the same for all unless a comment says otherwise:
 * - a result below zero is a negated errno (`errno.ts`); there is no errno variable;
 * - a `usize` is an address in linear memory, checked against its end before the kernel sees it; 0 is NULL;
 * - a path is a NUL-terminated string in linear memory;
 * - structs are the kernel's own, as on every 64-bit little-endian Linux.
 */
import { Readable, Writable } from "../text/views";

// --- Our own arguments and environment. They stay where the kernel put them, so that the child gets them byte for byte,
// --- however long they are; we read copies, and replace single entries.

/** The number of arguments, including argv[0]; 0 if the caller gave none at all. */
export declare function argumentCount(): i32;

/**
 * Copies up to `size` bytes of argument `index`, from `offset` on, without its NUL.
 * Returns the number of bytes copied (0 at the end), or -1 if there is no such argument.
 */
export declare function readArgument(index: i32, offset: i32, buffer: Writable, size: i32): i32;

/** Replaces argument `index` by the string at `text`, for `execve`. */
export declare function replaceArgument(index: i32, text: usize): void;

/**
 * Copies up to `size` bytes of environment entry `index` (`NAME=value`), from `offset` on, without its NUL.
 * Returns the number of bytes copied (0 at the end), or -1 after the last entry.
 */
export declare function readEnvironment(index: i32, offset: i32, buffer: Writable, size: i32): i32;

/** Replaces environment entry `index` by the string at `text`, for `execve`. */
export declare function replaceEnvironment(index: i32, text: usize): void;

/**
 * Sets environment entry `index` to the string at `text`, for good; the index after the last one adds an entry. Added entries
 * overwrite the auxiliary vector, which we do not need: E2BIG where it has no room left. Linux has room for more than 30.
 */
export declare function setEnvironment(index: i32, text: usize): i32;

/** Undoes every `replaceArgument` and `replaceEnvironment`, so that the program can be started again. At most 8 can be undone. */
export declare function restoreReplaced(): void;

// --- Processes

/** getpid(2): never fails. */
export declare function getpid(): i32;
/** getppid(2): never fails; 0 if the parent is outside our PID namespace. */
export declare function getppid(): i32;
/** getpgid(2) of `pid`, 0 for our own; returns 0 for a group outside our PID namespace. */
export declare function getpgid(pid: i32): i32;
/** getsid(2) of `pid`, 0 for our own; returns 0 for a session outside our PID namespace. */
export declare function getsid(pid: i32): i32;
/** setpgid(2). */
export declare function setpgid(pid: i32, group: i32): i32;
/** setsid(2): the new session's id. */
export declare function setsid(): i32;
/**
 * Starts a child that shares our memory and runs the exported `child()`; returns when it has called execve or ended (clone(2)
 * with CLONE_VM and CLONE_VFORK). Returns the child's pid, to us alone. The child exits with what `child()` returns.
 */
export declare function vfork(): i32;
/** The same, with the child in the control group whose directory is open as `group` (clone3(2) with CLONE_INTO_CGROUP, Linux 5.7). */
export declare function vforkInto(group: i32): i32;
/**
 * execve(2) of `path`, with the arguments from index `first` on and the environment, including replacements.
 * Returns only on failure.
 */
export declare function execve(path: Readable, first: i32): i32;
/**
 * execveat(2) of the open file `fd` itself (AT_EMPTY_PATH), with the arguments from index `first` on and the environment,
 * including replacements. Returns only on failure.
 */
export declare function execveat(fd: i32, first: i32): i32;
/** wait4(2) without resource usage: `status` is the address of an i32 for the wait status (wait(2)), or 0. */
export declare function wait4(pid: i32, status: Writable, options: i32): i32;
/**
 * waitid(2) for any child, by `options` (WEXITED, WUNTRACED, WNOHANG): writes how it changed state to `info`, a `SignalInfo`
 * (128 bytes) whose code is one of CLD_EXITED to CLD_STOPPED. Returns the child's pid; 0 if none has changed, with WNOHANG.
 */
export declare function waitid(info: Writable, options: i32): i32;
/** prctl(2) with one argument, the others 0. */
export declare function prctl(operation: i32, argument: i32): i32;
/**
 * prctl(2) PR_SET_SECCOMP: from now on the kernel ends us at any other call than those that come after this one in the code,
 * in whatever order. The build makes the list (scripts/lib/filter.ts). Wants PR_SET_NO_NEW_PRIVS or CAP_SYS_ADMIN.
 */
export declare function filterCalls(): i32;
/** prctl(2) PR_CAP_AMBIENT: raises or tests an ambient capability (PR_CAP_AMBIENT_RAISE, PR_CAP_AMBIENT_IS_SET). */
export declare function ambient(operation: i32, capability: i32): i32;
/** capget(2): `header` has the version and a pid, and `sets` gets the sets (`Capabilities` of structs.ts). */
export declare function capget(header: Writable, sets: Writable): i32;
/** capset(2). */
export declare function capset(header: Writable, sets: usize): i32;
/** getresuid(2): the real, the effective and the saved user id into three u32 at `ids`. */
export declare function getresuid(ids: Writable): i32;
/** getresgid(2): the same for the group ids. */
export declare function getresgid(ids: Writable): i32;
/** getgroups(2): up to `count` supplementary groups, u32 each. Returns how many there are; EINVAL if more than `count`. */
export declare function getgroups(count: i32, groups: Writable): i32;
/** setresuid(2) of all three ids, for the calling process alone. */
export declare function setresuid(id: i32): i32;
/** setresgid(2) of all three ids, for the calling process alone. */
export declare function setresgid(id: i32): i32;
/** setgroups(2), for the calling process alone. */
export declare function setgroups(count: i32, groups: usize): i32;
/** ptrace(2) PTRACE_DETACH: lets `pid` continue untraced, and delivers `signal` to it (0 for none). */
export declare function ptraceDetach(pid: i32, signal: i32): i32;

// --- Signals

/** rt_sigprocmask(2): `set` and `old` are u64 sets, signal n at bit n - 1; either may be 0. */
export declare function rt_sigprocmask(how: i32, set: usize, old: Writable): i32;
/** rt_sigaction(2) to SIG_IGN (`ignore` is 1) or SIG_DFL (0), with no flags. Returns 1 if the signal was ignored before, else 0. */
export declare function rt_sigaction(signal: i32, ignore: i32): i32;
/**
 * rt_sigaction(2) to a handler that only remembers the signal, for `takeCaught`; execve resets it to the default. Interrupted
 * calls are restarted (SA_RESTART). Returns 1 if the signal was ignored before, else 0.
 */
export declare function catchSignal(signal: i32): i32;
/** Returns the last signal that this handler ran for, and forgets it; 0 if it did not run. */
export declare function takeCaught(): i32;
/**
 * rt_sigtimedwait(2): takes a pending signal of `set` (u64) and writes its `SignalInfo` (128 bytes) to `info`.
 * `timeout` is a `TimeSpec`, or 0 to wait for ever. Returns the signal's number. The only place where the init waits.
 */
export declare function rt_sigtimedwait(set: usize, info: Writable, timeout: usize): i32;
/** kill(2). */
export declare function kill(pid: i32, signal: i32): i32;
/** rt_sigqueueinfo(2): sends `signal` with the 128 bytes at `info`, whose code must be below 0 and not SI_TKILL. */
export declare function rt_sigqueueinfo(pid: i32, signal: i32, info: usize): i32;
/** pidfd_open(2), Linux 5.3. */
export declare function pidfd_open(pid: i32, flags: i32): i32;
/** pidfd_send_signal(2), Linux 5.1; PIDFD_SIGNAL_PROCESS_GROUP since 6.9. */
export declare function pidfd_send_signal(fd: i32, signal: i32, info: usize, flags: i32): i32;

// --- Limits and time

/** clock_gettime(2) into the `TimeSpec` at `time`. */
export declare function clock_gettime(clock: i32, time: Writable): i32;

/** prlimit64(2): `limit` and `old` are a `ResourceLimit` or 0; `pid` 0 is ourselves. */
export declare function prlimit64(pid: i32, resource: i32, limit: usize, old: Writable): i32;

/** getrusage(2): the usage of ourselves or of the children that were waited for (RUSAGE_CHILDREN) is stored in the `ResourceUsage` at `usage`. */
export declare function getrusage(who: i32, usage: Writable): i32;

/** setpriority(2): the nice value of `who`, a process for PRIO_PROCESS (0 is the caller). */
export declare function setpriority(which: i32, who: i32, nice: i32): i32;
/** umask(2): never fails. Returns the mask before. */
export declare function umask(mask: i32): i32;

/** sysinfo(2) into the 112 bytes at `info` (structs.ts). */
export declare function sysinfo(info: Writable): i32;
/** sched_getaffinity(2): the CPUs that `pid` may use (0 is ourselves), one bit each. Returns the number of bytes written. */
export declare function sched_getaffinity(pid: i32, size: i32, mask: Writable): i32;

// --- Files

/** openat(2) from the working directory. */
export declare function open(path: Readable, flags: i32): i32;
/** openat(2) from the working directory, with O_CREAT (mode 0644) and O_NOFOLLOW. */
export declare function create(path: Readable, flags: i32): i32;
/** openat(2) from the open directory `directory`. */
export declare function openat(directory: i32, path: Readable, flags: i32): i32;
/** read(2). */
export declare function read(fd: i32, buffer: Writable, size: i32): i32;
/** pread64(2): as read, from `offset` on. */
export declare function pread(fd: i32, buffer: Writable, size: i32, offset: i32): i32;
/** write(2). May block. */
export declare function write(fd: i32, buffer: Readable, size: i32): i32;
/** pwritev2(2) of one buffer at the current offset with RWF_NOWAIT: EAGAIN instead of blocking, EOPNOTSUPP if the file does not support that. */
export declare function writeNoWait(fd: i32, buffer: Readable, size: i32): i32;
/** poll(2) of one descriptor for `events`, without waiting. Returns the events that occurred, 0 for none. */
export declare function poll(fd: i32, events: i32): i32;
/** lseek(2) by 0 from the current offset: below 0 (ESPIPE) if the file has no offset. */
export declare function tell(fd: i32): i32;
/** close(2). */
export declare function close(fd: i32): i32;
/** close_range(2), Linux 5.9: closes every descriptor from `first` to `last`, inclusive. */
export declare function close_range(first: i32, last: i32): i32;
/** getdents64(2). */
export declare function getdents64(fd: i32, buffer: Writable, size: i32): i32;
/** faccessat(2) from the working directory: 0 if the path exists (F_OK), may be written (W_OK), or executed or searched (X_OK). */
export declare function access(path: Readable, mode: i32): i32;
/** mkdirat(2) from the working directory, with mode 0755. */
export declare function mkdir(path: Readable): i32;
/** unlinkat(2) of a directory, from the working directory. */
export declare function rmdir(path: Readable): i32;
/** unlinkat(2) of a directory, from the open directory `directory`. */
export declare function unlinkat(directory: i32, path: Readable): i32;
/** flock(2). The lock is released when the last copy of the descriptor is closed. */
export declare function flock(fd: i32, operation: i32): i32;
/** fcntl(2) with a number. */
export declare function fcntl(fd: i32, command: i32, argument: i32): i32;
/** inotify_init1(2). */
export declare function inotify_init1(flags: i32): i32;
/** inotify_add_watch(2). */
export declare function inotify_add_watch(fd: i32, path: Readable, mask: i32): i32;
/** statx(2) of an open descriptor (AT_EMPTY_PATH), Linux 4.11: STATX_INO and STATX_UID into the `FileStatus` (256 bytes) at `status`. */
export declare function statx(fd: i32, status: Writable): i32;
/** statfs(2): the file system of `path` into the `struct statfs` (120 bytes) at `status`. */
export declare function statfs(path: Readable, status: Writable): i32;
/** getxattr(2): the attribute `name` of the file. Returns its size in bytes. */
export declare function getxattr(path: Readable, name: Readable, buffer: Writable, size: i32): i32;
/** The CPU that we are built for, as e_machine of an ELF header. */
export declare function machine(): i32;
/** memfd_create(2): creates a file in memory, shown as `name` in /proc; returns its descriptor. MFD_EXEC since Linux 6.3. */
export declare function memfd_create(name: Readable, flags: i32): i32;
/**
 * sendfile(2): copies up to `size` bytes of the file `from`, from the u64 at `offset` on, which it advances, to `to`.
 * Returns the number of bytes copied, 0 at the end of the file.
 */
export declare function sendfile(to: i32, from: i32, offset: usize, size: i32): i32;
/** socket(2) with protocol 0. */
export declare function socket(domain: i32, type: i32): i32;
/**
 * setsockopt(2) of SO_RCVTIMEO where `reads` is 1, or SO_SNDTIMEO: after so many milliseconds a read, or a connect or a write,
 * ends with EAGAIN, or a connect by TCP with EINPROGRESS. 0 is for ever.
 */
export declare function limitSocket(fd: i32, reads: i32, milliseconds: i32): i32;
/** connect(2) to the `size` bytes of a socket address at `address`. */
export declare function connect(fd: i32, address: usize, size: i32): i32;
/** sendto(2) to the `struct sockaddr` at `address`: neither blocks nor raises SIGPIPE. Returns -EAGAIN if the receiver has no room. */
export declare function sendto(fd: i32, buffer: Readable, size: i32, address: Readable, addressSize: i32): i32;
/** fchown(2) of the user alone; the group stays. */
export declare function fchown(fd: i32, user: u32): i32;
/** chdir(2). */
export declare function chdir(path: Readable): i32;
/** ioctl(2) with an i32 at `argument` (0 for NULL). */
export declare function ioctl(fd: i32, request: i32, argument: usize): i32;

// --- The end

/** exit_group(2): does not return. */
export declare function exit(code: i32): void;
