/**
 * The system interface: every function that the init calls outside of itself, and nothing else.
 *
 * It has three sides with the same names: this file declares them, `src/host/host.c` defines them for Linux,
 * `test/simulation/host.ts` for the simulated kernel. The file's name is the WebAssembly import module,
 * the function's name the import's field.
 *
 * Conventions, the same for all unless a comment says otherwise:
 * - a result below zero is a negated errno (`errno.ts`); there is no errno variable;
 * - a `usize` is an address in linear memory, checked against its end before the kernel sees it; 0 is NULL;
 * - a path is a NUL-terminated string in linear memory;
 * - structs are the kernel's own, as on every 64-bit little-endian Linux.
 */
import { Readable, Writable } from "../text/views";

// --- The process's own arguments and environment. They stay where the kernel put them, so that what the child gets
// --- is byte for byte what we got, however long it is; we read copies and replace single entries.

/** How many arguments there are, the program's own name included; 0 where the caller gave none at all. */
export declare function argumentCount(): i32;

/**
 * Copies up to `size` bytes of argument `index`, from `offset` on, without its NUL.
 * Returns how many bytes it copied (0 at the end), or -1 where there is no such argument.
 */
export declare function readArgument(index: i32, offset: i32, buffer: Writable, size: i32): i32;

/** Makes argument `index` point to the string at `text`, for `execve`. */
export declare function replaceArgument(index: i32, text: usize): void;

/**
 * Copies up to `size` bytes of environment entry `index` (`NAME=value`), from `offset` on, without its NUL.
 * Returns how many bytes it copied (0 at the end), or -1 past the last entry.
 */
export declare function readEnvironment(index: i32, offset: i32, buffer: Writable, size: i32): i32;

/** Makes environment entry `index` point to the string at `text`, for `execve`. */
export declare function replaceEnvironment(index: i32, text: usize): void;

/** So many entries can be added: ADDED_LIMIT of the C side. */
export const ADDED_ENTRIES: i32 = 12;

/**
 * Makes environment entry `index` the string at `text`, for good; the one behind the last is added. It lies where the
 * auxiliary vector was, which nobody needs: there is room for ADDED_ENTRIES.
 */
export declare function setEnvironment(index: i32, text: usize): void;

/** Undoes every `replaceArgument` and `replaceEnvironment`, so that the program can be started again. At most 8 of them at a time. */
export declare function restoreReplaced(): void;

// --- Processes

/** getpid(2): never fails. */
export declare function getpid(): i32;
/** getppid(2): never fails; 0 where the parent is in another PID namespace. */
export declare function getppid(): i32;
/** getpgid(2) of `pid`, 0 for our own; the group is 0 where it lies outside our PID namespace. */
export declare function getpgid(pid: i32): i32;
/** getsid(2) of `pid`, 0 for our own; the session is 0 where it lies outside our PID namespace. */
export declare function getsid(pid: i32): i32;
/** setpgid(2). */
export declare function setpgid(pid: i32, group: i32): i32;
/** setsid(2): the new session's id. */
export declare function setsid(): i32;
/**
 * Starts a child that shares our memory and runs the exported `child()`; we go on when it has called execve or ended
 * (clone(2) with CLONE_VM and CLONE_VFORK). Returns the child's pid to us alone. What `child()` returns, the child exits with.
 */
export declare function vfork(): i32;
/** The same, but the child is born in the control group whose directory is `group` (clone3(2) with CLONE_INTO_CGROUP, Linux 5.7). */
export declare function vforkInto(group: i32): i32;
/**
 * execve(2) of `path`, with the arguments from index `first` on and the environment; both as replaced.
 * Comes back only with an error.
 */
export declare function execve(path: Readable, first: i32): i32;
/**
 * execveat(2) of the open file `fd` itself (AT_EMPTY_PATH), with the arguments from index `first` on and the environment;
 * both as replaced. Comes back only with an error.
 */
export declare function execveat(fd: i32, first: i32): i32;
/** wait4(2) without resource usage: `status` is the address of the i32 that wait(2) encodes, or 0 where nobody asks. */
export declare function wait4(pid: i32, status: Writable, options: i32): i32;
/**
 * waitid(2) of any child, by `options` (WEXITED, WUNTRACED, WNOHANG): writes how it changed to `info`, a `SignalInfo`
 * (128 bytes) whose code is one of CLD_EXITED to CLD_STOPPED. Returns the child's pid; 0 where none has changed, with WNOHANG.
 */
export declare function waitid(info: Writable, options: i32): i32;
/** prctl(2) with one argument, the others 0. */
export declare function prctl(operation: i32, argument: i32): i32;
/** ptrace(2) PTRACE_DETACH: lets `pid` go on untraced, with `signal` delivered to it (0 for none). */
export declare function ptraceDetach(pid: i32, signal: i32): i32;

// --- Signals

/** rt_sigprocmask(2): `set` and `old` are u64 sets, signal n at bit n - 1; either may be 0. */
export declare function rt_sigprocmask(how: i32, set: usize, old: Writable): i32;
/** rt_sigaction(2) to SIG_IGN (`ignore` is 1) or SIG_DFL (0), with no flags. Returns 1 where the signal was ignored before, else 0. */
export declare function rt_sigaction(signal: i32, ignore: i32): i32;
/**
 * rt_sigaction(2) to a handler that only remembers the signal, for `takeCaught`; execve takes it away. Calls that it
 * interrupts are begun again (SA_RESTART). Returns 1 where the signal was ignored before, else 0.
 */
export declare function catchSignal(signal: i32): i32;
/** The signal that such a handler ran for last, and forgets it; 0 where none did. */
export declare function takeCaught(): i32;
/**
 * rt_sigtimedwait(2): takes a pending signal of `set` (u64) and writes its `SignalInfo` (128 bytes) to `info`.
 * `timeout` is a `TimeSpec`, or 0 to wait for ever. Returns the signal's number. The one place where the init waits.
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

/** sysinfo(2) into the 112 bytes at `info` (structs.ts). */
export declare function sysinfo(info: Writable): i32;
/** sched_getaffinity(2): the CPUs that `pid` may use (0 is ourselves), one bit each. Returns how many bytes were written. */
export declare function sched_getaffinity(pid: i32, size: i32, mask: Writable): i32;

// --- Files

/** openat(2) from the working directory. */
export declare function open(path: Readable, flags: i32): i32;
/** openat(2) from the open directory `directory`. */
export declare function openat(directory: i32, path: Readable, flags: i32): i32;
/** read(2). */
export declare function read(fd: i32, buffer: Writable, size: i32): i32;
/** pread64(2): as read, from `offset` on. */
export declare function pread(fd: i32, buffer: Writable, size: i32, offset: i32): i32;
/** write(2). May block. */
export declare function write(fd: i32, buffer: Readable, size: i32): i32;
/** pwritev2(2) of one buffer at the current offset with RWF_NOWAIT: EAGAIN rather than to block, EOPNOTSUPP where the file cannot promise that. */
export declare function writeNoWait(fd: i32, buffer: Readable, size: i32): i32;
/** poll(2) of one descriptor for `events`, without waiting. Returns the events that are there, 0 for none. */
export declare function poll(fd: i32, events: i32): i32;
/** lseek(2) by 0 from the current offset: below 0 (ESPIPE) where the file has no offset. */
export declare function tell(fd: i32): i32;
/** close(2). */
export declare function close(fd: i32): i32;
/** close_range(2), Linux 5.9: closes every descriptor from `first` to `last`, both included. */
export declare function close_range(first: i32, last: i32): i32;
/** getdents64(2). */
export declare function getdents64(fd: i32, buffer: Writable, size: i32): i32;
/** faccessat(2) from the working directory: 0 where the path exists (F_OK), or may be written to (W_OK), executed or searched (X_OK). */
export declare function access(path: Readable, mode: i32): i32;
/** mkdirat(2) from the working directory, with mode 0755. */
export declare function mkdir(path: Readable): i32;
/** unlinkat(2) of a directory, from the working directory. */
export declare function rmdir(path: Readable): i32;
/** unlinkat(2) of a directory, from the open directory `directory`. */
export declare function unlinkat(directory: i32, path: Readable): i32;
/** flock(2). The lock is gone when the last copy of the descriptor is closed. */
export declare function flock(fd: i32, operation: i32): i32;
/** fcntl(2) with a number. */
export declare function fcntl(fd: i32, command: i32, argument: i32): i32;
/** inotify_init1(2). */
export declare function inotify_init1(flags: i32): i32;
/** inotify_add_watch(2). */
export declare function inotify_add_watch(fd: i32, path: Readable, mask: i32): i32;
/** statx(2) of an open descriptor (AT_EMPTY_PATH), Linux 4.11: STATX_INO into the `FileStatus` (256 bytes) at `status`. */
export declare function statx(fd: i32, status: Writable): i32;
/** statfs(2): the file system of `path` into the `struct statfs` (120 bytes) at `status`. */
export declare function statfs(path: Readable, status: Writable): i32;
/** getxattr(2): the attribute `name` of the file. Returns how many bytes it has. */
export declare function getxattr(path: Readable, name: Readable, buffer: Writable, size: i32): i32;
/** The CPU that we are built for, as ELF headers name it (e_machine). */
export declare function machine(): i32;
/** memfd_create(2): a file in memory alone, named `name` where it is listed; its descriptor. MFD_EXEC since Linux 6.3. */
export declare function memfd_create(name: Readable, flags: i32): i32;
/**
 * sendfile(2): copies up to `size` bytes of the file `from`, from the u64 at `offset` on, which it advances, to `to`.
 * Returns how many it copied, 0 at the end of the file.
 */
export declare function sendfile(to: i32, from: i32, offset: usize, size: i32): i32;
/** chdir(2). */
export declare function chdir(path: Readable): i32;
/** ioctl(2) with an i32 at `argument` (0 for NULL). */
export declare function ioctl(fd: i32, request: i32, argument: usize): i32;

// --- The end

/** exit_group(2): does not come back. */
export declare function exit(code: i32): void;
