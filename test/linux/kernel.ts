import {
  bit,
  CAP_SYS_ADMIN,
  CLD_DUMPED,
  CLD_EXITED,
  CLD_KILLED,
  CLD_STOPPED,
  CLD_TRAPPED,
  SIGCHLD,
  WEXITED,
  WNOHANG,
  WUNTRACED,
  CLOCK_MONOTONIC,
  CLOCK_REALTIME,
  defaultAction,
  AF_INET,
  AF_INET6,
  AF_UNIX,
  E2BIG,
  EACCES,
  EAFNOSUPPORT,
  EAGAIN,
  EBADF,
  EFAULT,
  EINTR,
  EINVAL,
  EISDIR,
  ELIBBAD,
  ELOOP,
  EMFILE,
  ENODATA,
  ERANGE,
  EEXIST,
  ENOENT,
  ENOEXEC,
  ENOTDIR,
  ENOTSOCK,
  ENOTTY,
  ENXIO,
  EPERM,
  EPIPE,
  EROFS,
  ESRCH,
  exited,
  killed,
  MACHINE,
  F_DUPFD_CLOEXEC,
  F_GETFD,
  F_GETFL,
  F_GETOWN,
  F_GETSIG,
  F_SETFD,
  F_SETFL,
  F_SETOWN,
  F_SETSIG,
  FD_CLOEXEC,
  O_ACCMODE,
  O_APPEND,
  O_ASYNC,
  MFD_CLOEXEC,
  MFD_EXEC,
  O_CLOEXEC,
  O_DIRECTORY,
  O_NONBLOCK,
  O_RDONLY,
  PIDFD_SIGNAL_PROCESS_GROUP,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLNVAL,
  POLLOUT,
  PR_CAPBSET_DROP,
  PR_CAPBSET_READ,
  PR_GET_DUMPABLE,
  PR_GET_NO_NEW_PRIVS,
  PR_SET_CHILD_SUBREAPER,
  PR_SET_DUMPABLE,
  PR_SET_KEEPCAPS,
  PR_SET_NO_NEW_PRIVS,
  PR_SET_PDEATHSIG,
  SECCOMP_RET_ALLOW,
  SIG_BLOCK,
  SIG_SETMASK,
  SIG_UNBLOCK,
  SIGKILL,
  SIGPIPE,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_STREAM,
  SIGRTMAX,
  SIGSTOP,
  SIGSYS,
  TIOCGPGRP,
  TIOCGWINSZ,
  TIOCNOTTY,
  TIOCSCTTY,
  TIOCSPGRP,
  UNBLOCKABLE,
  TCGETS,
  W_OK,
  X_OK,
  RUSAGE_CHILDREN,
  RUSAGE_SELF,
} from "./abi.ts";
import { type CgroupFileSystem, cpusOf, GroupDirectory } from "./cgroupfs.ts";
import type { Group } from "./cgroups.ts";
import {
  bytes,
  DirectoryFile,
  type Disk,
  latin1,
  MemoryFile,
  normalize,
  OomScoreFile,
  type OpenFile,
  ProcessFile,
  readElf,
  RegularFile,
  TerminalFile,
} from "./files.ts";
import { ALL_CAPABILITIES, bitOf, CAP_CHOWN, CAPABILITIES, type Credentials } from "./credentials.ts";
import { Inotify } from "./inotify.ts";
import { DatagramSocket, type Listeners, Socket } from "./sockets.ts";
import { Asleep, Endless, Gone, type Linux } from "./linux.ts";
import type { Handler, Process, Program } from "./process.ts";
import { type Instruction, isFilter, runFilter } from "./seccomp.ts";
import type { CallEvent } from "./trace.ts";
import { decodeSignalInfo, encodeSignalInfo, fromProcess, SIGNAL_INFO_SIZE, type SignalInfo } from "./signals.ts";

/** The most that sendfile(2) copies at a time here, so that a caller has to repeat it. */
const SENT_BYTES = 50_000;

/** A system call that the init makes. */
export interface Call {
  /** Its name. */
  readonly name: string;
  readonly args: readonly number[];
  /** The argument that is a path, as text; undefined if the call has none. */
  readonly path: string | null | undefined;
  /** How often it was made, including this time: from 1. */
  readonly nth: number;
  readonly process: Process;
}

/** Makes system calls fail: returns the errno for this call, 0 to make it as usual. */
export type Fault = (call: Call) => number;

/** The memory that the addresses of system calls mean. 0 is no address. */
export interface UserMemory {
  /** `size` bytes that the kernel may read and write; null at the address 0; a sentence if access is not allowed. */
  at(address: number, size: number): Uint8Array | string | null;
  /** The text at an address without its NUL; null at the address 0; a sentence if access is not allowed. */
  text(address: number): Uint8Array | string | null;
}

/** Called when the init breaks an invariant (a bad pointer, an access out of bounds, a failed assertion); throws. */
export class Trap extends Error {
  override name = "Trap";
}

/** The environment of the init. */
export interface Surroundings {
  readonly linux: Linux;
  readonly disk: Disk;
  /** The cgroup file systems; null if the kernel has none. */
  readonly cgroups: CgroupFileSystem | null;
  /** Whether /proc is mounted. */
  readonly proc: boolean;
  /** How much /proc hides of other users' processes: proc(5), hidepid. */
  readonly hidepid?: 0 | 1 | 2;
  /** The files that can be written to, by path; a number is the errno of opening one. */
  readonly outputs?: Readonly<Record<string, OpenFile | number>>;
  /** Listening sockets, and whether the kernel supports IPv6. */
  readonly listeners?: Listeners;
  readonly ipv6?: boolean;
  /** Whether there is a /dev. */
  readonly dev: boolean;
  readonly fault: Fault;
  /** Mount points with noexec, directories without search permission, and capabilities outside of the bounding set. */
  readonly noExec?: readonly string[];
  readonly closed?: readonly string[];
  readonly withoutCapabilities?: readonly number[];
  /** Changes the content of a file of /proc or of a control group, only for the init. */
  readonly rewrite: ((path: string, content: Uint8Array) => Uint8Array) | null;
  readonly init: Process;
}

/** The system calls that the C side of an init makes for the calls here: a filter's view of them. */
export interface Abi {
  /** AUDIT_ARCH_*, include/uapi/linux/audit.h. */
  readonly architecture: number;
  /** The system calls behind each name, with what becomes of its arguments: a number, one of them, or something else. */
  readonly calls: Readonly<
    Record<string, readonly { number: number; arguments: readonly (number | { parameter: number } | null)[] }[]>
  >;
}

/** The system calls by name. */
export type SystemCalls = ReturnType<Kernel["makeCalls"]>;

/** The two clocks at the start: the machine's uptime, deliberately not a whole number, and the time of day. */
const UPTIME_MILLISECONDS = 86_400_123.75;
const TIME_OF_DAY_MILLISECONDS = 1.7e12;
/** The highest number of descriptors that a process may have. */
const DESCRIPTOR_LIMIT = 1024;
/** How deep interpreters of scripts may nest, fs/exec.c. */
const INTERPRETER_DEPTH = 5;
const SCRIPT_LINE = 256;
/** Which argument of a call is a path. */
const PATHS: Readonly<Record<string, number>> = {
  open: 0,
  create: 0,
  execve: 0,
  access: 0,
  mkdir: 0,
  rmdir: 0,
  chdir: 0,
  inotify_add_watch: 1,
};
const FILE_STATUS_SIZE = 256;
/** struct statfs of 64-bit Linux. */
const FILE_SYSTEM_STATUS_SIZE = 120;
/** struct rusage of 64-bit Linux. */
const RESOURCE_USAGE_SIZE = 144;
/** struct sysinfo, sysinfo(2). */
const SYSTEM_INFO_SIZE = 112;
/** The kernel's own set of CPUs in bytes: for 64 of them. */
const CPU_SET_SIZE = 8;
/** Siginfo beyond this is not the kernel's, include/linux/signal_types.h. */
const KERNEL_SIGNAL_INFO_SIZE = 48;

/**
 * The system calls, for an init in WebAssembly or TypeScript. They take numbers and addresses, and return a result or a
 * negated errno, as the kernel does; arguments that no init needs are left out.
 * Every system call passes `call`, which lets others run, injects faults and writes the trace.
 */
export class Kernel {
  /** Each system call, made by the process whose code runs. */
  readonly calls: SystemCalls;
  /** How often each system call was made. */
  readonly counts = new Map<string, number>();
  /** Every process to which the init's execve gave a program, in order. */
  readonly started: Process[] = [];
  /** A filter's view of the calls, without which filters cannot be used. */
  abi: Abi | null = null;
  /** The invariant that the init broke; null if none. */
  trap: string | null = null;
  readonly linux: Linux;
  readonly #around: Surroundings;
  /** What path a file was opened by. */
  readonly #pathOf = new WeakMap<OpenFile, string>();
  #memory: UserMemory | null = null;

  constructor(around: Surroundings) {
    this.#around = around;
    this.linux = around.linux;
    this.calls = this.makeCalls();
  }

  /** Runs the init from its first instruction until it is gone. */
  run(memory: UserMemory, start: () => number): void {
    this.#memory = memory;
    const { init } = this.#around;
    this.linux.current = init;
    try {
      this.#runInFrame(init, start);
    } finally {
      this.linux.current = init;
    }
  }

  /** Runs code as a process until it returns (its exit code), traps, dies or becomes another program. */
  #runInFrame(process: Process, run: () => number): void {
    try {
      this.linux.exit(process, exited(run()));
    } catch (error) {
      if (error instanceof Gone && error.process === process) return;
      if (error instanceof Gone || error instanceof Asleep || error instanceof Endless) throw error;
      if (!(error instanceof Trap || error instanceof WebAssembly.RuntimeError || error instanceof RangeError))
        throw error;
      this.trap = `${error.message}\n${error.stack ?? ""}`;
      this.linux.happened({ kind: "trap", pid: process.pid, message: error.message });
      this.linux.exit(process, exited(125));
    }
  }

  // --- Memory

  get #memoryOf(): UserMemory {
    if (!this.#memory) throw new Error("the init made a system call before it was started");
    return this.#memory;
  }

  /** A piece of memory, null for the address 0. */
  #at(address: number, size: number): Uint8Array | null {
    const found = this.#memoryOf.at(address >>> 0, size >>> 0);
    if (typeof found === "string") throw new Trap(found);
    return found;
  }

  /** The text at an address, a character for each byte; null at the address 0. */
  text(address: number): string | null {
    const found = this.#memoryOf.text(address >>> 0);
    if (typeof found === "string") throw new Trap(found);
    return found && latin1(found);
  }

  #set(address: number): bigint | null {
    const at = this.#at(address, 8);
    return at && new DataView(at.buffer, at.byteOffset, 8).getBigUint64(0, true);
  }

  // --- How every call goes

  /** Makes a system call: `act` does its work, and returns its result. */
  call(name: string, args: readonly number[], act: (process: Process) => number, mayFail = true): number {
    const linux = this.linux;
    const process = linux.current;
    linux.count();
    linux.passCall();
    linux.preempt();
    this.#checkIn(process);
    const nth = (this.counts.get(name) ?? 0) + 1;
    this.counts.set(name, nth);
    const path = PATHS[name] === undefined ? undefined : this.text(args[PATHS[name]] ?? 0);
    this.#filter(process, name, args);
    const errno = mayFail ? this.#around.fault({ name, args, path, nth, process }) : 0;
    // It is "running" until the call returns.
    const event = linux.happened<CallEvent>({
      ...{ kind: "call", pid: process.pid, name, args, path },
      ...{ result: "running", injected: errno !== 0 },
    });
    let result: number;
    try {
      result = errno === 0 ? act(process) : -errno;
      event.result = result;
    } catch (error) {
      event.result = "gone";
      throw error;
    }
    this.#checkIn(process);
    return result;
  }

  /** Asks the filters of a process; a call that one of them does not allow ends it. */
  #filter(process: Process, name: string, args: readonly number[]): void {
    if (process.filters.length === 0) return;
    const { architecture, calls } = this.abi ?? { architecture: 0, calls: {} };
    const made = calls[name];
    if (made === undefined) throw new Error(`no filter can see ${name}`);
    for (const { number, arguments: given } of made) {
      const values = given.map((each) => BigInt((typeof each === "number" ? each : args[each?.parameter ?? NaN]) ?? 0));
      const call = { architecture, number, arguments: values };
      if (process.filters.every((program) => runFilter(program, call) === SECCOMP_RET_ALLOW)) continue;
      this.linux.happened({ kind: "refused", pid: process.pid, call: `${name}(${args.join(", ")})` });
      this.linux.exit(process, killed(SIGSYS));
      throw new Gone(process);
    }
  }

  /** The return to a process: it handles its signals, sleeps while it is stopped, and may be gone. */
  #checkIn(process: Process): void {
    this.linux.act(process);
    while (process.state === "stopped" || process.state === "traced" || this.linux.isFrozen(process)) {
      if (!this.linux.step() && !this.linux.pass()) throw new Asleep(`process ${String(process.pid)} stays stopped`);
      this.linux.act(process);
    }
    if (!process.alive) throw new Gone(process);
  }

  #file(process: Process, descriptor: number): OpenFile | null {
    return process.descriptors.get(descriptor)?.file ?? null;
  }

  #addDescriptor(process: Process, file: OpenFile, closeOnExec: boolean): number {
    let descriptor = 0;
    while (process.descriptors.has(descriptor)) descriptor++;
    if (descriptor >= DESCRIPTOR_LIMIT) return -EMFILE;
    process.descriptors.set(descriptor, { file, closeOnExec });
    return descriptor;
  }

  /** An absolute path, or null for an empty one, or a relative one in a removed directory. */
  #resolve(process: Process, path: string | null): string | null {
    if (path === null || path === "") return null;
    if (path.startsWith("/")) return path;
    return process.directory === null ? null : `${process.directory}/${path}`;
  }

  // --- The system calls

  private makeCalls() {
    const linux = this.linux;
    type Act = (process: Process) => number;
    const call = (name: string, args: readonly number[], act: Act): number => this.call(name, args, act);
    return {
      getpid: () => this.call("getpid", [], ({ pid }) => pid, false),
      getppid: () => this.call("getppid", [], ({ parent }) => parent?.pid ?? 0, false),
      getpgid: (pid: number) =>
        call("getpgid", [pid], (process) => this.#ofProcess(process, pid, ({ group }) => group)),
      getsid: (pid: number) =>
        call("getsid", [pid], (process) => this.#ofProcess(process, pid, ({ session }) => session)),
      setpgid: (pid: number, group: number) =>
        call("setpgid", [pid, group], (process) => linux.setpgid(process, pid, group)),
      setsid: () => call("setsid", [], (process) => linux.setsid(process)),
      /** Runs `child` as a new process until that is gone or another program. */
      vfork: (child: () => number) => call("vfork", [], (process) => this.#vfork(process, null, child)),
      /** clone3(2) with CLONE_VFORK and CLONE_INTO_CGROUP. */
      vforkInto: (fd: number, child: () => number) =>
        call("vforkInto", [fd], (process) => this.#vforkInto(process, fd, child)),
      execve: (path: number, args: readonly Uint8Array[], environment: readonly Uint8Array[]) =>
        call("execve", [path], (process) => this.#execve(process, path, args, environment)),
      /** execveat(2) of an open file, with AT_EMPTY_PATH. */
      execveat: (fd: number, args: readonly Uint8Array[], environment: readonly Uint8Array[]) =>
        call("execveat", [fd], (process) => this.#execveat(process, fd, args, environment)),
      wait4: (pid: number, status: number, options: number) =>
        call("wait4", [pid, status, options], (process) => this.#wait4(process, pid, status, options)),
      waitid: (info: number, options: number) =>
        call("waitid", [info, options], (process) => this.#waitid(process, info, options)),
      prctl: (operation: number, argument: number) =>
        call("prctl", [operation, argument], (process) => this.#prctl(process, operation, argument)),
      ambient: (operation: number, capability: number) =>
        call("ambient", [operation, capability], ({ credentials }) => credentials.ambientCall(operation, capability)),
      /** prctl(2) PR_SET_SECCOMP with a program. */
      filterCalls: (program: readonly Instruction[]) =>
        call("filterCalls", [], (process) => this.#filterCalls(process, program)),
      capget: (header: number, sets: number) =>
        call("capget", [header, sets], (process) => this.#capget(process, header, sets)),
      capset: (header: number, sets: number) =>
        call("capset", [header, sets], (process) => this.#capset(process, header, sets)),
      getresuid: (ids: number) => call("getresuid", [ids], ({ credentials }) => this.#getIds(credentials.uids, ids)),
      getresgid: (ids: number) => call("getresgid", [ids], ({ credentials }) => this.#getIds(credentials.gids, ids)),
      getgroups: (count: number, groups: number) =>
        call("getgroups", [count, groups], (process) => this.#getgroups(process, count, groups)),
      setresuid: (id: number) =>
        call("setresuid", [id], (process) =>
          this.#setCredentials(process, (credentials) => credentials.setUser(id >>> 0)),
        ),
      setresgid: (id: number) =>
        call("setresgid", [id], (process) =>
          this.#setCredentials(process, (credentials) => credentials.setGroup(id >>> 0)),
        ),
      setgroups: (count: number, groups: number) =>
        call("setgroups", [count, groups], (process) => this.#setgroups(process, count, groups)),
      ptraceDetach: (pid: number, signal: number) =>
        call("ptraceDetach", [pid, signal], (process) => linux.detach(process, pid, signal)),

      rt_sigprocmask: (how: number, set: number, old: number) =>
        call("rt_sigprocmask", [how, set, old], (process) => this.#sigprocmask(process, how, set, old)),
      rt_sigaction: (signal: number, ignore: number) =>
        call("rt_sigaction", [signal, ignore], (process) => this.#sigaction(process, signal, ignore)),
      /** sigaction(2) with a handler, which runs before the process goes on. */
      catchSignal: (signal: number, handler: Handler) =>
        call("catchSignal", [signal], (process) => this.#catchSignal(process, signal, handler)),
      rt_sigtimedwait: (set: number, info: number, timeout: number) =>
        call("rt_sigtimedwait", [set, info, timeout], (process) => this.#sigtimedwait(process, set, info, timeout)),
      kill: (pid: number, signal: number) => call("kill", [pid, signal], (process) => linux.kill(process, pid, signal)),
      rt_sigqueueinfo: (pid: number, signal: number, info: number) =>
        call("rt_sigqueueinfo", [pid, signal, info], (process) => this.#sigqueueinfo(process, pid, signal, info)),
      pidfd_open: (pid: number, flags: number) =>
        call("pidfd_open", [pid, flags], (process) => this.#pidfdOpen(process, pid, flags)),
      pidfd_send_signal: (fd: number, signal: number, info: number, flags: number) =>
        call("pidfd_send_signal", [fd, signal, info, flags], (process) =>
          this.#pidfdSendSignal(process, fd, signal, info, flags),
        ),

      clock_gettime: (clock: number, time: number) =>
        call("clock_gettime", [clock, time], () => this.#clockGettime(clock, time)),
      getrusage: (who: number, usage: number) =>
        call("getrusage", [who, usage], (process) => this.#getrusage(process, who, usage)),
      prlimit64: (pid: number, resource: number, limit: number, old: number) =>
        call("prlimit64", [pid, resource, limit, old], (process) =>
          this.#prlimit64(process, pid, resource, limit, old),
        ),
      setpriority: (which: number, who: number, nice: number) =>
        call("setpriority", [which, who, nice], (process) => this.#setpriority(process, which, who, nice)),
      umask: (mask: number) =>
        this.call(
          "umask",
          [mask],
          (process) => {
            const before = process.umask;
            process.umask = mask & 0o777;
            return before;
          },
          false,
        ),
      sysinfo: (buffer: number) => call("sysinfo", [buffer], () => this.#sysinfo(buffer)),
      sched_getaffinity: (pid: number, size: number, buffer: number) =>
        call("sched_getaffinity", [pid, size, buffer], (process) => this.#schedGetaffinity(process, pid, size, buffer)),

      open: (path: number, flags: number) => call("open", [path, flags], (process) => this.#open(process, path, flags)),
      create: (path: number, flags: number) =>
        call("create", [path, flags], (process) => this.#create(process, path, flags)),
      openat: (directory: number, path: number, flags: number) =>
        call("openat", [directory, path, flags], (process) => this.#openat(process, directory, path, flags)),
      read: (fd: number, buffer: number, size: number) =>
        call("read", [fd, buffer, size], (process) => this.#read(process, fd, buffer, size)),
      write: (fd: number, buffer: number, size: number) =>
        call("write", [fd, buffer, size], (process) => this.#write(process, fd, buffer, size, true)),
      writeNoWait: (fd: number, buffer: number, size: number) =>
        call("writeNoWait", [fd, buffer, size], (process) => this.#write(process, fd, buffer, size, false)),
      poll: (fd: number, events: number) => call("poll", [fd, events], (process) => this.#poll(process, fd, events)),
      tell: (fd: number) => call("tell", [fd], (process) => this.#file(process, fd)?.tell() ?? -EBADF),
      pread: (fd: number, buffer: number, size: number, offset: number) =>
        call("pread", [fd, buffer, size, offset], (process) => this.#pread(process, fd, buffer, size, offset)),
      close: (fd: number) => call("close", [fd], (process) => (process.descriptors.delete(fd) ? 0 : -EBADF)),
      close_range: (first: number, last: number) =>
        call("close_range", [first, last], (process) => this.#closeRange(process, first, last)),
      getdents64: (fd: number, buffer: number, size: number) =>
        call("getdents64", [fd, buffer, size], (process) => this.#getdents64(process, fd, buffer, size)),
      access: (path: number, mode: number) =>
        call("access", [path, mode], (process) => this.#access(process, path, mode)),
      mkdir: (path: number) => call("mkdir", [path], (process) => this.#mkdir(process, path)),
      rmdir: (path: number) => call("rmdir", [path], (process) => this.#rmdir(process, path)),
      unlinkat: (directory: number, path: number) =>
        call("unlinkat", [directory, path], (process) => this.#unlinkat(process, directory, path)),
      flock: (fd: number, operation: number) =>
        call("flock", [fd, operation], (process) => this.#flock(process, fd, operation)),
      inotify_init1: (flags: number) => call("inotify_init1", [flags], (process) => this.#inotifyInit(process, flags)),
      inotify_add_watch: (fd: number, path: number, mask: number) =>
        call("inotify_add_watch", [fd, path, mask], (process) => this.#inotifyAddWatch(process, fd, path, mask)),
      fcntl: (fd: number, command: number, argument: number) =>
        call("fcntl", [fd, command, argument], (process) => this.#fcntl(process, fd, command, argument)),
      statx: (fd: number, status: number) => call("statx", [fd, status], (process) => this.#statx(process, fd, status)),
      statfs: (path: number, status: number) =>
        call("statfs", [path, status], (process) => this.#statfs(process, path, status)),
      getxattr: (path: number, name: number, buffer: number, size: number) =>
        call("getxattr", [path, name, buffer, size], (process) => this.#getxattr(process, path, name, buffer, size)),
      memfd_create: (name: number, flags: number) =>
        call("memfd_create", [name, flags], (process) => this.#memfdCreate(process, name, flags)),
      sendfile: (to: number, from: number, offset: number, size: number) =>
        call("sendfile", [to, from, offset, size], (process) => this.#sendfile(process, to, from, offset, size)),
      socket: (domain: number, type: number) =>
        call("socket", [domain, type], (process) => this.#socket(process, domain, type)),
      /** setsockopt(2) of SO_RCVTIMEO or SO_SNDTIMEO. */
      limitSocket: (fd: number, reads: number, milliseconds: number) =>
        call("limitSocket", [fd, reads, milliseconds], (process) =>
          this.#limitSocket(process, fd, reads !== 0, milliseconds),
        ),
      connect: (fd: number, address: number, size: number) =>
        call("connect", [fd, address, size], (process) => this.#connect(process, fd, address, size)),
      /** sendto(2) with MSG_DONTWAIT and MSG_NOSIGNAL. */
      sendto: (fd: number, buffer: number, size: number, to: number, toSize: number) =>
        call("sendto", [fd, buffer, size, to, toSize], (process) =>
          this.#sendto(process, fd, buffer, size, to, toSize),
        ),
      fchown: (fd: number, user: number) =>
        call("fchown", [fd, user], (process) => this.#fchown(process, fd, user >>> 0)),
      chdir: (path: number) => call("chdir", [path], (process) => this.#chdir(process, path)),
      ioctl: (fd: number, request: number, argument: number) =>
        call("ioctl", [fd, request, argument], (process) => this.#ioctl(process, fd, request, argument)),

      exit: (code: number) => this.call("exit", [code], (process) => this.#exit(process, code), false),
    };
  }

  #ofProcess(process: Process, pid: number, what: (process: Process) => number): number {
    const target = pid === 0 ? process : this.linux.processes.get(pid);
    return target ? what(target) : -ESRCH;
  }

  // --- Processes

  #vfork(parent: Process, into: Group | null, code: () => number): number {
    const linux = this.linux;
    const refused = linux.mayFork(parent, into);
    if (refused < 0) return refused;
    const child = linux.fork(parent, parent.name, into);
    parent.inVfork = true;
    linux.current = child;
    try {
      this.#runInFrame(child, code);
    } finally {
      linux.current = parent;
      parent.inVfork = false;
    }
    return child.pid;
  }

  #vforkInto(parent: Process, descriptor: number, child: () => number): number {
    const { clone3 = 0 } = this.linux.cgroups?.options ?? {};
    if (clone3 !== 0) return -clone3;
    const file = this.#file(parent, descriptor);
    // Only version 2's directories are taken.
    if (!(file instanceof GroupDirectory) || file.group.hierarchy.version === 1) return -EBADF;
    return this.#vfork(parent, file.group, child);
  }

  #exit(process: Process, code: number): number {
    this.linux.exit(process, exited(code));
    throw new Gone(process);
  }

  #execve(process: Process, path: number, args: readonly Uint8Array[], environment: readonly Uint8Array[]): number {
    const result = this.#load(process, this.text(path), args.length === 0 ? [new Uint8Array()] : args, 0);
    return typeof result === "number" ? result : this.#become(process, result, environment);
  }

  /** Executes a file in memory, which has to be a copy of the init's executable: it runs that one's program. */
  #execveat(
    process: Process,
    descriptor: number,
    args: readonly Uint8Array[],
    environment: readonly Uint8Array[],
  ): number {
    const file = this.#file(process, descriptor);
    if (!file) return -EBADF;
    if (!(file instanceof MemoryFile)) return -EACCES;
    const image = readElf(file.content);
    if (image?.machine !== MACHINE) return -ENOEXEC;
    const { disk } = this.#around;
    if (image.interpreter !== null && disk.find(image.interpreter) === null) return -ENOENT;
    const own = disk.find("/proc/self/exe");
    if (own === null || typeof own === "string" || !own.program) throw new Error("the test says not what it does");
    return this.#become(process, { name: "/memfd", args: [...args], program: own.program }, environment);
  }

  #become(
    process: Process,
    image: { name: string; args: Uint8Array[]; program: Program },
    environment: readonly Uint8Array[],
  ): never {
    process.args = image.args;
    process.environment = [...environment];
    this.linux.become(process, image.name, image.program);
    this.linux.happened({ kind: "exec", pid: process.pid, program: image.name });
    this.started.push(process);
    throw new Gone(process);
  }

  #memfdCreate(process: Process, name: number, flags: number): number {
    if (this.text(name) === null) return -EFAULT;
    if ((flags & ~(MFD_CLOEXEC | MFD_EXEC)) !== 0) return -EINVAL;
    return this.#addDescriptor(process, new MemoryFile(), (flags & MFD_CLOEXEC) !== 0);
  }

  #sendfile(process: Process, to: number, from: number, address: number, size: number): number {
    const [target, source] = [this.#file(process, to), this.#file(process, from)];
    const memory = this.#at(address, 8);
    if (!target || !source) return -EBADF;
    if (!(source instanceof RegularFile)) return -EINVAL;
    if (!memory) return -EFAULT;
    const view = new DataView(memory.buffer, memory.byteOffset);
    const offset = Number(view.getBigUint64(0, true));
    // A large file comes in parts.
    const part = source.content.subarray(offset, offset + Math.min(size >>> 0, SENT_BYTES));
    const written = target.write(part);
    if (written > 0) view.setBigUint64(0, BigInt(offset + written), true);
    return written;
  }

  #load(
    process: Process,
    path: string | null,
    args: readonly Uint8Array[],
    depth: number,
  ): { name: string; args: Uint8Array[]; program: Program } | number {
    const full = this.#resolve(process, path);
    if (full === null || path === null) return -ENOENT;
    if (this.#isClosed(full)) return -EACCES;
    const file = this.#around.disk.find(full);
    if (file === null) return -ENOENT;
    if (file === "not a directory") return -ENOTDIR;
    if (file === "directory" || !file.executable || this.#isNoExec(full)) return -EACCES;
    if (file.error !== undefined) return -file.error;
    if (file.capabilities?.some((number) => this.#around.withoutCapabilities?.includes(number))) return -EPERM;
    const image = readElf(file.content);
    if (image) {
      if (image.machine !== MACHINE || image.type < 2 || image.type > 3) return -ENOEXEC;
      const loader = image.interpreter === null ? undefined : this.#around.disk.find(image.interpreter);
      if (loader === null) return -ENOENT;
      if (typeof loader === "object" && !loader.executable) return -EACCES;
      if (typeof loader === "object" && !readElf(loader.content)) return -ELIBBAD;
      if (!file.program) throw new Error(`the test says not what ${full} does`);
      return { name: normalize(full), args: [...args], program: file.program };
    }
    const start = latin1(file.content.subarray(0, SCRIPT_LINE));
    if (!start.startsWith("#!")) return -ENOEXEC;
    if (depth === INTERPRETER_DEPTH) return -ELOOP;
    const [, interpreter, argument] = /^[ \t]*([^ \t\n\0]+)[ \t]*([^\n]*)/.exec(start.slice(2)) ?? [];
    if (interpreter === undefined) return -ENOEXEC;
    const words = [interpreter, ...(argument ? [argument.trimEnd()] : []), path].map(
      (word) => new Uint8Array(Buffer.from(word, "latin1")),
    );
    return this.#load(process, interpreter, [...words, ...args.slice(1)], depth + 1);
  }

  #wait4(process: Process, pid: number, status: number, options: number): number {
    const target = this.#at(status, 4);
    const found = this.linux.wait(process, pid, options);
    if (typeof found !== "number") {
      if (target) new DataView(target.buffer, target.byteOffset).setInt32(0, found.status, true);
      return found.pid;
    }
    if (found < 0 || options & 1) return found;
    const outcome = this.linux.sleep(process, () => this.linux.hasNews(process, pid, options), null);
    return outcome === "ready" ? this.#wait4(process, pid, status, options) : -EINTR;
  }

  #waitid(process: Process, info: number, options: number): number {
    const target = this.#at(info, SIGNAL_INFO_SIZE);
    if ((options & (WEXITED | WUNTRACED)) === 0) return -EINVAL;
    if (!target) return -EFAULT;
    const found = this.linux.wait(process, -1, options & ~WEXITED);
    if (typeof found !== "number") {
      const signal = found.status & 0x7f;
      const stopped = signal === 0x7f;
      const value = BigInt(stopped || signal === 0 ? (found.status >> 8) & 0xff : signal);
      const dead = signal === 0 ? CLD_EXITED : found.status & 0x80 ? CLD_DUMPED : CLD_KILLED;
      const code = !stopped ? dead : found.traced ? CLD_TRAPPED : CLD_STOPPED;
      encodeSignalInfo({ ...fromProcess(SIGCHLD, found.pid, 0), code, value }, target);
      return found.pid;
    }
    if (found < 0) return found;
    if (options & WNOHANG) {
      target.fill(0);
      return 0;
    }
    const outcome = this.linux.sleep(process, () => this.linux.hasNews(process, -1, options & ~WEXITED), null);
    return outcome === "ready" ? this.#waitid(process, info, options) : -EINTR;
  }

  #prctl(process: Process, operation: number, argument: number): number {
    if (operation === PR_SET_PDEATHSIG) {
      if (argument < 0 || argument > SIGRTMAX) return -EINVAL;
      process.parentDeathSignal = argument;
      return 0;
    }
    const { credentials } = process;
    switch (operation) {
      case PR_CAPBSET_READ:
        if (argument < 0 || argument >= CAPABILITIES) return -EINVAL;
        return (credentials.bounding & bitOf(argument)) === 0n ? 0 : 1;
      case PR_CAPBSET_DROP:
        return credentials.dropBounding(argument);
      case PR_SET_KEEPCAPS:
        credentials.keepsCapabilities = argument === 1;
        return 0;
      case PR_SET_NO_NEW_PRIVS:
        if (argument !== 1) return -EINVAL;
        credentials.noNewPrivileges = true;
        return 0;
      case PR_GET_NO_NEW_PRIVS:
        return credentials.noNewPrivileges ? 1 : 0;
      case PR_GET_DUMPABLE:
        return this.#memoryOwner(process).dumpable;
      case PR_SET_DUMPABLE:
        if (argument !== 0 && argument !== 1) return -EINVAL;
        this.#memoryOwner(process).dumpable = argument;
        return 0;
    }
    if (operation !== PR_SET_CHILD_SUBREAPER) return -EINVAL;
    process.subreaper = argument !== 0;
    return 0;
  }

  #filterCalls(process: Process, program: readonly Instruction[]): number {
    if (!process.credentials.noNewPrivileges && !process.credentials.has(CAP_SYS_ADMIN)) return -EACCES;
    if (!isFilter(program)) return -EINVAL;
    process.filters = [...process.filters, program];
    return 0;
  }

  /** Whose memory it runs on: after vfork its parent's. */
  #memoryOwner(process: Process): Process {
    return process.parent?.inVfork && !process.executed ? process.parent : process;
  }

  /** What commit_creds does besides, kernel/cred.c. */
  #changed(process: Process, before: Credentials): void {
    const { uids, gids, permitted } = process.credentials;
    const isAnother =
      uids[1] !== before.uids[1] || gids[1] !== before.gids[1] || (permitted & ~before.permitted) !== 0n;
    if (!isAnother) return;
    this.#memoryOwner(process).dumpable = 0;
    process.parentDeathSignal = 0;
  }

  #setCredentials(process: Process, set: (credentials: Credentials) => number): number {
    const before = process.credentials.copy();
    const result = set(process.credentials);
    this.#changed(process, before);
    return result;
  }

  #getIds(ids: readonly number[], address: number): number {
    const target = this.#at(address, 12);
    if (!target) return -EFAULT;
    const view = new DataView(target.buffer, target.byteOffset, 12);
    for (const [index, id] of ids.entries()) view.setUint32(4 * index, id, true);
    return 0;
  }

  #getgroups(process: Process, count: number, address: number): number {
    const { groups } = process.credentials;
    if (count === 0) return groups.length;
    const target = this.#at(address, 4 * count);
    if (count < groups.length) return -EINVAL;
    if (!target) return -EFAULT;
    const view = new DataView(target.buffer, target.byteOffset, 4 * count);
    for (const [index, group] of groups.entries()) view.setUint32(4 * index, group, true);
    return groups.length;
  }

  #setgroups(process: Process, count: number, address: number): number {
    const source = count === 0 ? new Uint8Array() : this.#at(address, 4 * count);
    if (!source) return -EFAULT;
    const view = new DataView(source.buffer, source.byteOffset, source.length);
    return process.credentials.setGroups(Array.from({ length: count }, (_, index) => view.getUint32(4 * index, true)));
  }

  /** The version, and the sets as six numbers: effective, permitted and inheritable, the low halves first. */
  #sets(header: number, address: number): DataView | number {
    const [head, sets] = [this.#at(header, 8), this.#at(address, 24)];
    if (!head || !sets) return -EFAULT;
    if (new DataView(head.buffer, head.byteOffset).getUint32(0, true) !== 0x20080522) return -EINVAL;
    return new DataView(sets.buffer, sets.byteOffset, 24);
  }

  #capget(process: Process, header: number, address: number): number {
    const view = this.#sets(header, address);
    if (typeof view === "number") return view;
    const { effective, permitted, inheritable } = process.credentials;
    for (const [index, set] of [effective, permitted, inheritable].entries()) {
      view.setUint32(4 * index, Number(set & 0xffffffffn), true);
      view.setUint32(12 + 4 * index, Number(set >> 32n), true);
    }
    return 0;
  }

  #capset(process: Process, header: number, address: number): number {
    const view = this.#sets(header, address);
    if (typeof view === "number") return view;
    const set = (index: number): bigint =>
      (BigInt(view.getUint32(4 * index, true)) | (BigInt(view.getUint32(12 + 4 * index, true)) << 32n)) &
      ALL_CAPABILITIES;
    return this.#setCredentials(process, (credentials) => credentials.setCapabilities(set(0), set(1), set(2)));
  }

  // --- Signals

  #sigprocmask(process: Process, how: number, set: number, old: number): number {
    const given = this.#set(set);
    const target = this.#at(old, 8);
    const before = process.blocked;
    if (given !== null) {
      if (how === SIG_SETMASK) process.blocked = given & ~UNBLOCKABLE;
      else if (how === SIG_BLOCK) process.blocked |= given & ~UNBLOCKABLE;
      else if (how === SIG_UNBLOCK) process.blocked &= ~given;
      else return -EINVAL;
    }
    if (target) new DataView(target.buffer, target.byteOffset).setBigUint64(0, before, true);
    return 0;
  }

  #sigaction(process: Process, signal: number, ignore: number): number {
    if (signal < 1 || signal > SIGRTMAX || signal === SIGKILL || signal === SIGSTOP) return -EINVAL;
    const before = process.dispositions.get(signal) === "ignore" ? 1 : 0;
    if (ignore !== 0) process.dispositions.set(signal, "ignore");
    else process.dispositions.delete(signal);
    // do_sigaction: pending signals that are ignored from now on are dropped, blocked or not.
    if (ignore !== 0 || defaultAction(signal) === "ignore") process.pending.drop(bit(signal));
    return before;
  }

  #catchSignal(process: Process, signal: number, handler: Handler): number {
    if (signal < 1 || signal > SIGRTMAX || signal === SIGKILL || signal === SIGSTOP) return -EINVAL;
    const before = process.dispositions.get(signal) === "ignore" ? 1 : 0;
    process.dispositions.set(signal, handler);
    return before;
  }

  #sigtimedwait(process: Process, set: number, info: number, timeout: number): number {
    const linux = this.linux;
    const wanted = this.#set(set);
    if (wanted === null) return -EFAULT;
    const mask = wanted & ~UNBLOCKABLE;
    const target = this.#at(info, SIGNAL_INFO_SIZE);
    const limit = this.#at(timeout, 16);
    let deadline: number | null = null;
    if (limit) {
      const view = new DataView(limit.buffer, limit.byteOffset, 16);
      const [seconds, nanoseconds] = [view.getBigInt64(0, true), view.getBigInt64(8, true)];
      if (seconds < 0n || nanoseconds < 0n || nanoseconds >= 1_000_000_000n) return -EINVAL;
      deadline = linux.now + Number(seconds) * 1000 + Number(nanoseconds) / 1e6;
    }
    const isThere = (): boolean => (process.pending.set & mask) !== 0n;
    const outcome = deadline === linux.now && !isThere() ? "late" : linux.sleep(process, isThere, deadline);
    if (outcome !== "ready") return outcome === "late" ? -EAGAIN : -EINTR;
    const taken = process.pending.take(mask);
    if (!taken) return -EAGAIN;
    if (target) encodeSignalInfo(taken, target);
    return taken.signal;
  }

  #clockGettime(clock: number, address: number): number {
    const target = this.#at(address, 16);
    if (clock !== CLOCK_MONOTONIC && clock !== CLOCK_REALTIME) return -EINVAL;
    if (!target) return -EFAULT;
    const start = clock === CLOCK_MONOTONIC ? UPTIME_MILLISECONDS : TIME_OF_DAY_MILLISECONDS;
    const nanoseconds = BigInt(Math.round((start + this.linux.now) * 1000)) * 1000n;
    const view = new DataView(target.buffer, target.byteOffset, 16);
    view.setBigInt64(0, nanoseconds / 1_000_000_000n, true);
    view.setBigInt64(8, nanoseconds % 1_000_000_000n, true);
    return 0;
  }

  #info(signal: number, address: number): SignalInfo | number {
    const source = this.#at(address, SIGNAL_INFO_SIZE);
    if (!source) return -EFAULT;
    const info = decodeSignalInfo(signal, source);
    const isKnown = info.code >= -7 || info.code === -60;
    return !isKnown && source.subarray(KERNEL_SIGNAL_INFO_SIZE).some((byte) => byte !== 0) ? -E2BIG : info;
  }

  #sigqueueinfo(process: Process, pid: number, signal: number, address: number): number {
    const info = this.#info(signal, address);
    return typeof info === "number" ? info : this.linux.queue(process, pid, info);
  }

  #pidfdOpen(process: Process, pid: number, flags: number): number {
    if (flags !== 0 || pid <= 0) return -EINVAL;
    return this.linux.processes.has(pid) ? this.#addDescriptor(process, new ProcessFile(pid), true) : -ESRCH;
  }

  #pidfdSendSignal(process: Process, descriptor: number, signal: number, address: number, flags: number): number {
    const file = this.#file(process, descriptor);
    if (!(file instanceof ProcessFile)) return -EBADF;
    if (flags !== 0 && flags !== PIDFD_SIGNAL_PROCESS_GROUP) return -EINVAL;
    const info = address === 0 ? fromProcess(signal, process.pid, process.uid) : this.#info(signal, address);
    return typeof info === "number" ? info : this.linux.signalByDescriptor(process, file.pid, info, flags !== 0);
  }

  #getrusage(process: Process, who: number, address: number): number {
    const target = this.#at(address, RESOURCE_USAGE_SIZE);
    if (who !== RUSAGE_SELF && who !== RUSAGE_CHILDREN) return -EINVAL;
    if (!target) return -EFAULT;
    const used = who === RUSAGE_SELF ? process.usage : process.childrenUsage;
    const words = [used.userMicroseconds, used.systemMicroseconds].flatMap((all) => [Math.floor(all / 1e6), all % 1e6]);
    const view = new DataView(target.buffer, target.byteOffset, RESOURCE_USAGE_SIZE);
    target.fill(0);
    for (const [index, word] of [...words, used.peakKilobytes].entries())
      view.setBigInt64(index * 8, BigInt(word), true);
    return 0;
  }

  #prlimit64(process: Process, pid: number, resource: number, limit: number, old: number): number {
    const [given, target] = [this.#at(limit, 16), this.#at(old, 16)];
    if (pid !== 0 && pid !== process.pid) return -EPERM;
    const view = given && new DataView(given.buffer, given.byteOffset, 16);
    const wanted = view && { soft: view.getBigUint64(0, true), hard: view.getBigUint64(8, true) };
    const before = this.linux.limit(process, resource, wanted);
    if (typeof before === "number") return before;
    if (target) {
      const answer = new DataView(target.buffer, target.byteOffset, 16);
      answer.setBigUint64(0, before.soft, true);
      answer.setBigUint64(8, before.hard, true);
    }
    return 0;
  }

  /** set_one_prio, kernel/sys.c: raising the priority takes a privilege. */
  #setpriority(process: Process, which: number, who: number, nice: number): number {
    if (which !== 0) return -EINVAL;
    if (who !== 0 && who !== process.pid) return -ESRCH;
    const value = Math.min(Math.max(nice, -20), 19);
    if (value < process.nice && process.uid !== 0) return -EACCES;
    process.nice = value;
    return 0;
  }

  #sysinfo(address: number): number {
    const target = this.#at(address, SYSTEM_INFO_SIZE);
    if (!target) return -EFAULT;
    const view = new DataView(target.buffer, target.byteOffset, SYSTEM_INFO_SIZE);
    target.fill(0);
    view.setBigUint64(32, BigInt(this.linux.memory), true); // totalram
    view.setUint32(104, 1, true); // mem_unit
    return 0;
  }

  #schedGetaffinity(process: Process, pid: number, size: number, address: number): number {
    const target = pid === 0 ? process : this.linux.processes.get(pid);
    if (size * 8 < this.linux.cpus || size % 8 !== 0) return -EINVAL;
    if (!target) return -ESRCH;
    const set = this.#at(address, size)?.subarray(0, CPU_SET_SIZE);
    if (!set) return -EFAULT;
    set.fill(0);
    for (const cpu of cpusOf(target, this.linux)) set[cpu >> 3] = (set[cpu >> 3] ?? 0) | (1 << (cpu & 7));
    return set.length;
  }

  // --- Files

  #open(process: Process, address: number, flags: number): number {
    const path = this.#resolve(process, this.text(address));
    if (path !== null && this.#isClosed(path)) return -EACCES;
    const file = path === null ? -ENOENT : this.#find(process, path, flags);
    if (typeof file === "number") return file;
    if (path !== null) this.#pathOf.set(file, normalize(path));
    if (flags & O_DIRECTORY && !(file instanceof DirectoryFile)) return -ENOTDIR;
    return this.#addDescriptor(process, this.#rewritten(path ?? "", file, flags), (flags & O_CLOEXEC) !== 0);
  }

  /** open(2) with O_CREAT and O_NOFOLLOW: what the world has to be written to, or what is there; nothing is made on its disk. */
  #create(process: Process, address: number, flags: number): number {
    const path = this.#resolve(process, this.text(address));
    if (path === null) return -ENOENT;
    const given = this.#around.outputs?.[normalize(path)];
    const there = this.#around.disk.find(path);
    if (given === undefined && there === "directory") return -EISDIR;
    if (given === undefined) return there === "not a directory" ? -ENOTDIR : there === null ? -ENOENT : -EACCES;
    if (typeof given === "number") return -given;
    given.flags |= flags & (O_NONBLOCK | O_APPEND);
    return this.#addDescriptor(process, given, (flags & O_CLOEXEC) !== 0);
  }

  /** The path of `name` in an open directory, which must be a control group's. */
  #inDirectory(process: Process, directory: number, address: number): string | number {
    const file = this.#file(process, directory);
    const name = this.text(address) ?? "";
    if (!file) return -EBADF;
    if (!(file instanceof GroupDirectory)) return -ENOTDIR;
    return file.pathOf(name);
  }

  #openat(process: Process, directory: number, address: number, flags: number): number {
    const path = this.#inDirectory(process, directory, address);
    const file = typeof path === "number" ? path : this.#find(process, path, flags);
    if (typeof file === "number") return file;
    return this.#addDescriptor(process, file, (flags & O_CLOEXEC) !== 0);
  }

  #unlinkat(process: Process, directory: number, address: number): number {
    const path = this.#inDirectory(process, directory, address);
    return typeof path === "number" ? path : (this.#around.cgroups?.rmdir(process, path) ?? -EROFS);
  }

  #flock(process: Process, descriptor: number, operation: number): number {
    const file = this.#file(process, descriptor);
    if (!file) return -EBADF;
    if (!(file instanceof GroupDirectory)) throw new Error("only the directories of groups are locked");
    return this.linux.cgroups?.lock(file, operation) ?? -EBADF;
  }

  #rewritten(path: string, file: OpenFile, flags: number): OpenFile {
    const { rewrite, cgroups } = this.#around;
    if (!rewrite || (flags & O_ACCMODE) !== O_RDONLY || file instanceof DirectoryFile) return file;
    if (!path.startsWith("/proc/") && !cgroups?.has(path)) return file;
    const content = file.read(2 ** 20);
    return typeof content === "number" ? file : new RegularFile(rewrite(path, content));
  }

  #find(process: Process, given: string, flags: number): OpenFile | number {
    const { dev, proc, disk, cgroups } = this.#around;
    if (cgroups?.has(given)) return cgroups.open(process, given, flags);
    const path = normalize(given);
    if (path === "/dev/tty" && dev) return process.terminal ? new TerminalFile(process.terminal) : -ENXIO;
    if (path === "/dev/null" && dev) return new RegularFile();
    if (proc && (path === "/proc" || path.startsWith("/proc/"))) return this.#findProc(process, path);
    const file = disk.find(path);
    if (file === null) return -ENOENT;
    if (file === "not a directory") return -ENOTDIR;
    return file === "directory" ? new DirectoryFile([]) : new RegularFile(file.content);
  }

  #findProc(process: Process, path: string): OpenFile | number {
    if (path === "/proc/self/exe") {
      const own = this.#around.disk.find(path);
      return own === null || typeof own === "string" ? -ENOENT : new RegularFile(own.content);
    }
    if (path === "/proc") {
      const seen = [...this.linux.processes.values()].filter(
        (one) => (this.#around.hidepid ?? 0) < 2 || this.#maySee(process, one),
      );
      const pids = seen.map(({ pid }) => pid).sort((a, b) => a - b);
      return new DirectoryFile([".", "..", "self", "stat", "uptime", ...pids.map(String)]);
    }
    if (path === "/proc/self/oom_score_adj") return new OomScoreFile(process);
    const [, opened] = /^\/proc\/self\/fdinfo\/(\d+)$/.exec(path) ?? [];
    if (opened !== undefined) return this.#describeDescriptor(process, Number(opened));
    const [, pid, file] =
      /^\/proc\/(self|\d+)\/(stat|status|comm|fd|cgroup|mountinfo|task\/\d+\/children)$/.exec(path) ?? [];
    const target = pid === "self" ? process : this.linux.processes.get(Number(pid));
    if (!target) return -ENOENT;
    // fs/proc/base.c, has_pid_permissions: processes that the reader may not trace are hidden.
    const { hidepid = 0 } = this.#around;
    if (hidepid > 0 && !this.#maySee(process, target)) return hidepid === 1 ? -EPERM : -ENOENT;
    if (file === "fd") return new DirectoryFile([".", "..", ...[...target.descriptors.keys()].map(String)]);
    if (file === "stat") return new RegularFile(bytes(describeProcess(target)));
    if (file === "status") return new RegularFile(bytes(describeStatus(target)));
    if (file === "comm") return new RegularFile(bytes(`${commOf(target)}\n`));
    if (file?.endsWith("children"))
      return new RegularFile(bytes([...target.children].map(({ pid }) => `${String(pid)} `).join("")));
    const { cgroups } = this.linux;
    if (!cgroups) return -ENOENT;
    return new RegularFile(bytes(file === "cgroup" ? cgroups.describeProcess(target) : cgroups.describeMounts()));
  }

  #maySee(process: Process, target: Process): boolean {
    return process.uid === target.uid || process.uid === 0;
  }

  #socket(process: Process, domain: number, type: number): number {
    if (![AF_UNIX, AF_INET, AF_INET6].includes(domain)) return -EAFNOSUPPORT;
    if (domain === AF_INET6 && this.#around.ipv6 === false) return -EAFNOSUPPORT;
    if ((type & ~SOCK_CLOEXEC) === SOCK_DGRAM && domain === AF_UNIX)
      return this.#addDescriptor(process, new DatagramSocket(), (type & SOCK_CLOEXEC) !== 0);
    if ((type & ~SOCK_CLOEXEC) !== SOCK_STREAM) return -EINVAL;
    return this.#addDescriptor(process, new Socket(this.linux, domain), (type & SOCK_CLOEXEC) !== 0);
  }

  #sendto(process: Process, descriptor: number, buffer: number, size: number, to: number, toSize: number): number {
    const [file, data, target] = [this.#file(process, descriptor), this.#at(buffer, size), this.#at(to, toSize)];
    if (!file) return -EBADF;
    if (!(file instanceof DatagramSocket)) return -ENOTSOCK;
    if (!data || !target) return -EFAULT;
    return file.send(data, target, this.linux.receivers);
  }

  #limitSocket(process: Process, descriptor: number, reads: boolean, milliseconds: number): number {
    const file = this.#file(process, descriptor);
    if (!(file instanceof Socket)) return -EBADF;
    // net/core/sock.c, sock_set_timeout: EDOM. 0 means no limit.
    if (milliseconds < 0) return -33;
    if (reads) file.receiveTimeout = milliseconds || null;
    else file.sendTimeout = milliseconds || null;
    return 0;
  }

  #connect(process: Process, descriptor: number, address: number, size: number): number {
    const file = this.#file(process, descriptor);
    const target = this.#at(address, size);
    if (!(file instanceof Socket)) return -EBADF;
    if (!target) return -EFAULT;
    const result = file.connect(target, this.#around.listeners ?? {});
    if (result !== "waits") return result;
    const deadline = file.sendTimeout === null ? null : this.linux.now + file.sendTimeout;
    return this.linux.sleep(process, () => false, deadline) === "late" ? -file.late : -EINTR;
  }

  /** /proc/PID/fdinfo/FD, proc(5). Everything but control groups is on the first mount. */
  #describeDescriptor(process: Process, descriptor: number): OpenFile | number {
    const file = this.#file(process, descriptor);
    if (!file) return -ENOENT;
    const mount = file instanceof GroupDirectory ? file.mount.id : 21;
    return new RegularFile(bytes(`pos:\t0\nflags:\t02100000\nmnt_id:\t${String(mount)}\nino:\t1\n`));
  }

  #read(process: Process, descriptor: number, buffer: number, size: number): number {
    const file = this.#file(process, descriptor);
    const target = this.#at(buffer, size);
    if (!file) return -EBADF;
    let part = file.read(size >>> 0);
    while (part === -EAGAIN && file instanceof Inotify && (file.flags & O_NONBLOCK) === 0) {
      if (this.linux.sleep(process, () => file.events() !== 0, null) !== "ready") return -EINTR;
      part = file.read(size >>> 0);
    }
    if (part === -EAGAIN && file instanceof Socket) {
      const deadline = file.receiveTimeout === null ? null : this.linux.now + file.receiveTimeout;
      const outcome = this.linux.sleep(process, () => (file.events() & POLLIN) !== 0, deadline);
      if (outcome === "interrupted") return -EINTR;
      part = file.read(size >>> 0);
    }
    if (typeof part === "number") return part;
    if (part.length > 0 && !target) return -EFAULT;
    target?.set(part);
    return part.length;
  }

  #pread(process: Process, descriptor: number, buffer: number, size: number, offset: number): number {
    const file = this.#file(process, descriptor);
    const target = this.#at(buffer, size);
    if (!(file instanceof RegularFile)) return -EBADF;
    if (offset < 0) return -EINVAL;
    const part = file.content.subarray(offset, offset + (size >>> 0));
    if (part.length > 0 && !target) return -EFAULT;
    target?.set(part);
    return part.length;
  }

  #statfs(process: Process, address: number, status: number): number {
    const path = this.#resolve(process, this.text(address));
    const target = this.#at(status, FILE_SYSTEM_STATUS_SIZE);
    if (path === null) return -ENOENT;
    if (this.#isClosed(path)) return -EACCES;
    const fd = this.#around.proc ? /^\/proc\/self\/fd\/(\d+)$/.exec(path)?.[1] : undefined;
    const open = fd === undefined ? null : this.#file(process, Number(fd));
    const found = this.#around.disk.find(path);
    if (found === null && !open) return -ENOENT;
    if (found === "not a directory") return -ENOTDIR;
    if (!target) return -EFAULT;
    target.fill(0);
    new DataView(target.buffer, target.byteOffset).setUint32(0, open?.fileSystem ?? 0, true); // f_type
    target[80] = this.#isNoExec(path) ? 8 : 0; // f_flags, ST_NOEXEC
    return 0;
  }

  #getxattr(process: Process, address: number, name: number, buffer: number, size: number): number {
    const path = this.#resolve(process, this.text(address));
    const file = path === null ? null : this.#around.disk.find(path);
    if (file === null) return -ENOENT;
    if (file === "directory" || file === "not a directory" || !file.capabilities) return -ENODATA;
    if (this.text(name) !== "security.capability") return -ENODATA;
    const target = this.#at(buffer, size);
    if (size < 20) return -ERANGE;
    if (!target) return -EFAULT;
    const view = new DataView(target.buffer, target.byteOffset, 20);
    const set = file.capabilities.reduce((all, number) => all | (1n << BigInt(number)), 0n);
    view.setUint32(0, 0x02000001, true); // VFS_CAP_REVISION_2, and effective
    view.setUint32(4, Number(set & 0xffffffffn), true);
    view.setUint32(12, Number(set >> 32n), true);
    return 20;
  }

  /** Whether a path leads through a directory without search permission. */
  #isClosed(path: string): boolean {
    return (this.#around.closed ?? []).some((directory) => normalize(path).startsWith(`${directory}/`));
  }

  #isNoExec(path: string): boolean {
    const clean = normalize(path);
    return (this.#around.noExec ?? []).some((mount) => clean === mount || clean.startsWith(`${mount}/`));
  }

  #write(process: Process, descriptor: number, buffer: number, size: number, mayBlock: boolean): number {
    const file = this.#file(process, descriptor);
    const data = this.#at(buffer, size);
    if (!file) return -EBADF;
    if (!data) return size === 0 ? 0 : -EFAULT;
    while (true) {
      const result = mayBlock ? file.write(data) : file.writeNoWait(data);
      if (result === -EPIPE) this.linux.send(process, fromProcess(SIGPIPE, process.pid, process.uid));
      if (result !== -EAGAIN || !mayBlock || (file.flags & O_NONBLOCK) !== 0) return result;
      const outcome = this.linux.sleep(process, () => (file.events() & (POLLOUT | POLLERR)) !== 0, null);
      if (outcome !== "ready") return -EINTR;
    }
  }

  #poll(process: Process, descriptor: number, events: number): number {
    if (descriptor < 0) return 0;
    const file = this.#file(process, descriptor);
    return file ? file.events() & (events | POLLERR | POLLHUP) : POLLNVAL;
  }

  #closeRange(process: Process, first: number, last: number): number {
    if (first >>> 0 > last >>> 0) return -EINVAL;
    for (const descriptor of [...process.descriptors.keys()]) {
      if (descriptor >= first >>> 0 && descriptor <= last >>> 0) process.descriptors.delete(descriptor);
    }
    return 0;
  }

  #getdents64(process: Process, descriptor: number, buffer: number, size: number): number {
    const file = this.#file(process, descriptor);
    const target = this.#at(buffer, size);
    if (!file) return -EBADF;
    if (!(file instanceof DirectoryFile)) return -ENOTDIR;
    if (!target) return -EFAULT;
    const used = file.entries(target);
    return used < 0 ? -EINVAL : used;
  }

  #access(process: Process, address: number, mode: number): number {
    const { cgroups, disk } = this.#around;
    const path = this.#resolve(process, this.text(address));
    if ((mode & ~7) !== 0) return -EINVAL;
    if (path === null) return -ENOENT;
    if (cgroups?.has(path)) return cgroups.access(process, path, mode);
    if (this.#isClosed(path)) return -EACCES;
    const file = disk.find(path);
    if (file === null) return -ENOENT;
    if (file === "not a directory") return -ENOTDIR;
    if ((mode & W_OK) !== 0) return -EROFS;
    if ((mode & X_OK) === 0) return 0;
    if (file === "directory") return this.#isClosed(`${path}/x`) ? -EACCES : 0;
    return file.executable && !this.#isNoExec(path) ? 0 : -EACCES;
  }

  /** mkdir(2). The disk is read-only: only control groups can be created. */
  #mkdir(process: Process, address: number): number {
    const { cgroups, disk } = this.#around;
    const path = this.#resolve(process, this.text(address));
    if (path === null) return -ENOENT;
    if (cgroups?.has(path)) return cgroups.mkdir(process, path);
    return disk.find(path) === null ? -EROFS : -EEXIST;
  }

  #rmdir(process: Process, address: number): number {
    const path = this.#resolve(process, this.text(address));
    if (path === null) return -ENOENT;
    const { cgroups } = this.#around;
    return cgroups?.has(path) ? cgroups.rmdir(process, path) : -EROFS;
  }

  #inotifyInit(process: Process, flags: number): number {
    if ((flags & ~(O_CLOEXEC | O_NONBLOCK)) !== 0) return -EINVAL;
    const file = new Inotify(this.linux, flags & O_NONBLOCK);
    return this.#addDescriptor(process, file, (flags & O_CLOEXEC) !== 0);
  }

  #inotifyAddWatch(process: Process, descriptor: number, address: number, mask: number): number {
    const { cgroups, disk } = this.#around;
    const file = this.#file(process, descriptor);
    const path = this.#resolve(process, this.text(address));
    if (!file) return -EBADF;
    if (!(file instanceof Inotify)) return -EINVAL;
    if (path === null) return -ENOENT;
    // The disk never changes.
    const there = disk.find(path) !== null ? normalize(path) : -ENOENT;
    const watched = cgroups?.has(path) ? cgroups.watched(process, path) : there;
    return typeof watched === "number" ? watched : file.watch(watched, mask);
  }

  #fcntl(process: Process, descriptor: number, command: number, argument: number): number {
    const entry = process.descriptors.get(descriptor);
    if (!entry) return -EBADF;
    const { file } = entry;
    switch (command) {
      case F_DUPFD_CLOEXEC: {
        let free = argument;
        while (process.descriptors.has(free)) free++;
        process.descriptors.set(free, { file, closeOnExec: true });
        return free;
      }
      case F_GETFD:
        return entry.closeOnExec ? FD_CLOEXEC : 0;
      case F_SETFD:
        process.descriptors.set(descriptor, { file, closeOnExec: (argument & FD_CLOEXEC) !== 0 });
        return 0;
      case F_GETFL:
        return file.flags;
      case F_SETFL:
        file.flags = argument & (O_APPEND | O_NONBLOCK | O_ASYNC);
        file.number = descriptor;
        return 0;
      case F_SETOWN:
        if (argument !== 0 && !this.linux.processes.has(argument)) return -ESRCH;
        file.owner = argument;
        return 0;
      case F_GETOWN:
        return file.owner;
      case F_SETSIG:
        if (argument < 0 || argument > SIGRTMAX) return -EINVAL;
        file.signal = argument;
        return 0;
      case F_GETSIG:
        return file.signal;
      default:
        return -EINVAL;
    }
  }

  #statx(process: Process, descriptor: number, address: number): number {
    const file = this.#file(process, descriptor);
    const target = this.#at(address, FILE_STATUS_SIZE);
    if (!file) return -EBADF;
    if (!target) return -EFAULT;
    const view = new DataView(target.buffer, target.byteOffset, FILE_STATUS_SIZE);
    target.fill(0);
    view.setUint32(0, 0x108, true); // stx_mask: STATX_INO and STATX_UID
    view.setUint32(20, file.user, true);
    const path = this.#pathOf.get(file) ?? "";
    const isMount = path === "/" || (this.#around.noExec ?? []).includes(path);
    view.setBigUint64(8, isMount ? 0x2000n : 0n, true); // stx_attributes: STATX_ATTR_MOUNT_ROOT
    view.setBigUint64(32, file.inode, true);
    return 0;
  }

  /** fchown(2) of the user, setattr_prepare: who is not its owner, or gives it away, needs CAP_CHOWN. */
  #fchown(process: Process, descriptor: number, user: number): number {
    const file = this.#file(process, descriptor);
    if (!file) return -EBADF;
    const keepsIt = file.user === user && process.credentials.uids[1] === user;
    if (!keepsIt && !process.credentials.has(CAP_CHOWN)) return -EPERM;
    file.user = user;
    return 0;
  }

  #chdir(process: Process, address: number): number {
    const path = this.#resolve(process, this.text(address));
    const { cgroups, disk } = this.#around;
    if (path !== null && cgroups?.has(path)) {
      const refused = cgroups.access(process, `${path}/`, X_OK);
      if (refused === 0) process.directory = normalize(path);
      return refused;
    }
    const found = path === null ? null : disk.find(path);
    if (path === null || found === null) return -ENOENT;
    if (found !== "directory") return -ENOTDIR;
    if (this.#isClosed(`${path}/x`)) return -EACCES;
    process.directory = normalize(path);
    return 0;
  }

  #ioctl(process: Process, descriptor: number, request: number, address: number): number {
    const linux = this.linux;
    const file = this.#file(process, descriptor);
    const argument = this.#at(address, 4);
    if (!file) return -EBADF;
    if (!(file instanceof TerminalFile)) return -ENOTTY;
    const { terminal } = file;
    const view = argument && new DataView(argument.buffer, argument.byteOffset);
    switch (request) {
      case TIOCGPGRP: {
        const group = linux.foreground(process, terminal);
        if (group < 0) return group;
        view?.setInt32(0, group, true);
        return view ? 0 : -EFAULT;
      }
      case TIOCSPGRP: {
        if (!view) return -EFAULT;
        let result = linux.setForeground(process, terminal, view.getInt32(0, true));
        while (result === "again") {
          this.#checkIn(process);
          result = linux.setForeground(process, terminal, view.getInt32(0, true));
        }
        return result;
      }
      case TIOCSCTTY:
        return linux.setControllingTerminal(process, terminal, address === 1);
      case TIOCNOTTY:
        return linux.giveUpTerminal(process, terminal);
      case TCGETS:
      case TIOCGWINSZ:
        // Both write more than the 4 bytes that they get here.
        return -EFAULT;
      default:
        return -EINVAL;
    }
  }
}

const STATES = { running: "S", stopped: "T", traced: "t", zombie: "Z", gone: "X" } as const;

/** /proc/PID/stat, proc(5). The name is not escaped: it may contain blanks and parentheses. */
function describeProcess(process: Process): string {
  const name = commOf(process);
  const terminal = process.terminal ? 34816 : 0;
  const foreground = process.terminal?.foreground ?? -1;
  const numbers = [process.parent?.pid ?? 0, process.group, process.session, terminal, foreground, 4194304];
  const pending = String(process.pending.set & 0x7fffffffn);
  // Fields 10 to 30: of these the number of threads is the 20th, the start in ticks of 10 ms since the machine's the 22nd.
  const middle = Array.from({ length: 21 }, () => "0");
  middle[20 - 10] = String(process.alive ? 1 : process.threadsLeft);
  middle[22 - 10] = String(Math.floor((UPTIME_MILLISECONDS + process.startedAt) / 10));
  return `${String(process.pid)} (${name}) ${STATES[process.state]} ${numbers.join(" ")} ${middle.join(" ")} ${pending}${" 0".repeat(21)}\n`;
}

function commOf(process: Process): string {
  return process.name.slice(process.name.lastIndexOf("/") + 1).slice(0, 15);
}

/** /proc/PID/status, proc(5), as far as anybody may read it. What a process waits for by sigtimedwait is not blocked meanwhile. */
function describeStatus(process: Process): string {
  const handled = [...process.dispositions].filter(([, disposition]) => disposition !== "ignore");
  const ignored = [...process.dispositions].filter(([, disposition]) => disposition === "ignore");
  const set = (signals: readonly [number, unknown][]): string =>
    signals
      .reduce((all, [signal]) => all | bit(signal), 0n)
      .toString(16)
      .padStart(16, "0");
  const memory = process.alive ? [`VmData:\t${String(process.writableKilobytes).padStart(8)} kB`] : [];
  return [
    `Name:\t${commOf(process)}`,
    `State:\t${STATES[process.state]} (${process.state})`,
    `Pid:\t${String(process.pid)}`,
    `PPid:\t${String(process.parent?.pid ?? 0)}`,
    `Uid:\t${Array.from({ length: 4 }, () => process.uid).join("\t")}`,
    "Groups:\t ",
    ...memory,
    "Threads:\t1",
    `SigBlk:\t${process.blocked.toString(16).padStart(16, "0")}`,
    `SigIgn:\t${set(ignored)}`,
    `SigCgt:\t${set(handled)}`,
    "",
  ].join("\n");
}
