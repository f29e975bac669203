import { bit, CAP_SYS_PTRACE, EPERM, UNBLOCKABLE } from "./abi.ts";
import type { Group, Hierarchy } from "./cgroups.ts";
import { Credentials } from "./credentials.ts";
import type { OpenFile } from "./files.ts";
import type { Linux } from "./linux.ts";
import type { Instruction } from "./seccomp.ts";
import { fromProcess, PendingSignals, type SignalInfo } from "./signals.ts";
import type { Terminal } from "./terminal.ts";

/** The condition that a yielding process waits for; undefined if it could go on at once. */
export type Condition = () => boolean;
/** A simulated program: each yield lets another process run, the number it returns is its exit code. */
export type Program = (process: Process, linux: Linux) => Generator<Condition | undefined, number>;
/** A program's signal handler. */
export type Handler = (info: SignalInfo) => void;
/** The state of a process: "traced" is a ptrace stop. */
export type State = "running" | "stopped" | "traced" | "zombie" | "gone";

/** A soft and a hard limit. */
export interface Limit {
  readonly soft: bigint;
  readonly hard: bigint;
}

/** An entry of a process's table of descriptors. */
export interface Descriptor {
  readonly file: OpenFile;
  readonly closeOnExec: boolean;
}

/** The condition of a process that only a signal can wake up. */
export const never: Condition = () => false;

/** What getrusage(2) tells. */
export interface Usage {
  userMicroseconds: number;
  systemMicroseconds: number;
  /** The most memory that one of the processes had. */
  peakKilobytes: number;
}

/**
 * A process, and what a program can do in it: the methods are the system calls of programs.
 * They never fail by fault injection, which is for the init alone.
 */
export class Process {
  readonly linux: Linux;
  readonly pid: number;
  parent: Process | null;
  /** Its children that are not reaped yet, in the order in which it got them. */
  readonly children = new Set<Process>();
  /** Whether it is in the container's PID namespace; the outside's own processes have pid 0 here. */
  readonly inside: boolean;
  state: State = "running";
  group: number;
  session: number;
  /** Its credentials; and whether other processes of its user may read its memory, which a change of credentials forbids. */
  credentials = new Credentials();
  dumpable = 1;
  terminal: Terminal | null = null;
  /** The program's path, or another name. */
  name: string;
  args: Uint8Array[] = [];
  environment: Uint8Array[] = [];
  /** The working directory; null if it was removed. */
  directory: string | null = "/";
  descriptors = new Map<number, Descriptor>();
  blocked = 0n;
  readonly pending = new PendingSignals();
  readonly dispositions = new Map<number, "ignore" | Handler>();
  parentDeathSignal = 0;
  /** Its limits, by resource; a missing one is unlimited. */
  limits = new Map<number, Limit>();
  /** Its umask, its nice value, and its oom_score_adj. */
  umask = 0o022;
  nice = 0;
  oomScore = 0;
  subreaper = false;
  /** The seccomp filters of its system calls, which its descendants inherit and nobody can remove. */
  filters: readonly (readonly Instruction[])[] = [];
  /** Its control groups, one of each hierarchy. */
  readonly groups = new Map<Hierarchy, Group>();
  /** Its memory in bytes, by the group that is charged. */
  readonly memory = new Map<Group, number>();
  /** Whether it has called execve since the fork: its parent can no longer change its process group. */
  executed = false;
  /** Its tracer, ptrace(2). */
  tracer: Process | null = null;
  /** Its wait status, of its end or its stop. */
  status = 0;
  /** A stop or a continuation that its parent has not waited for yet. */
  news: "stop" | "continue" | null = null;
  /** Every signal that it handled, or took by sigwaitinfo. */
  readonly received: SignalInfo[] = [];
  /** When it received each of them, on the clock of `linux.now`. */
  readonly receivedAt: number[] = [];
  /** When it ended, in `linux.now`. */
  endedAt = NaN;
  /** When it was forked, in `linux.now`. */
  readonly startedAt: number;
  /** How much writable memory it has, in kB (VmData); a program from a libc has more than the init. */
  writableKilobytes = 224;
  /** What it used itself, and what its reaped children and theirs used: getrusage(2). */
  readonly usage: Usage = { userMicroseconds: 0, systemMicroseconds: 0, peakKilobytes: 0 };
  readonly childrenUsage: Usage = { userMicroseconds: 0, systemMicroseconds: 0, peakKilobytes: 0 };
  /** How many other threads still run although the first one has ended, so that it looks like a zombie. */
  threadsLeft = 0;
  /** Whether it sleeps uninterruptibly, so that not even KILL ends it: state D. */
  uninterruptible = false;
  /** Every signal that stopped it. */
  readonly stops: number[] = [];
  /** The running program; null for the init and for its child before exec, whose code is called directly. */
  code: Generator<Condition | undefined, number> | null = null;
  waiting: Condition | null = null;
  /** Whether it waits in vfork for its child to call execve. */
  inVfork = false;

  constructor(linux: Linux, pid: number, parent: Process | null, name: string, inside = true) {
    this.linux = linux;
    this.pid = pid;
    this.parent = parent;
    this.name = name;
    this.inside = inside;
    this.startedAt = linux.now;
    this.group = pid;
    this.session = pid;
  }

  /** Its effective user; setting it changes all ids, as a container runtime does. */
  get uid(): number {
    return this.credentials.uids[1];
  }
  set uid(uid: number) {
    this.credentials.become(uid);
  }

  /** Whether it runs or could, stopped or not. */
  get alive(): boolean {
    return this.state !== "zombie" && this.state !== "gone";
  }

  /** Whether it has a handler for any signal: until then most would kill it. */
  get handles(): boolean {
    return [...this.dispositions.values()].some((disposition) => disposition !== "ignore");
  }

  /** Whether an unblocked signal is pending. */
  get interrupted(): boolean {
    return (this.pending.set & ~this.blocked) !== 0n;
  }

  /** The signals that handlers have run for, in order. */
  get signals(): number[] {
    return this.received.map(({ signal }) => signal);
  }

  /** Remembers that it received a signal. */
  record(info: SignalInfo): void {
    this.received.push(info);
    this.receivedAt.push(this.linux.now);
  }

  // --- What a program does

  /** Runs `handler` at these signals, and records them in `received` in any case. */
  handle(signals: readonly number[], handler: Handler = () => undefined): void {
    for (const signal of signals) this.dispositions.set(signal, handler);
  }

  /** Ignores these signals, and drops those that are pending. */
  ignore(...signals: number[]): void {
    for (const signal of signals) {
      this.dispositions.set(signal, "ignore");
      this.pending.drop(bit(signal));
    }
  }

  /** Blocks these signals. */
  block(...signals: number[]): void {
    for (const signal of signals) this.blocked |= bit(signal) & ~UNBLOCKABLE;
  }

  /** Unblocks these signals. */
  unblock(...signals: number[]): void {
    for (const signal of signals) this.blocked &= ~bit(signal);
  }

  /** kill(2). */
  kill(pid: number, signal: number): number {
    return this.linux.kill(this, pid, signal);
  }

  /** sigqueue(3): with a value, and SI_QUEUE or another code below 0. */
  queue(pid: number, signal: number, value: bigint | number, code = -1): number {
    const info = { ...fromProcess(signal, this.pid, this.uid), code, value: BigInt(value) };
    return this.linux.queue(this, pid, info);
  }

  /** fork(2) with another program; the child runs from the next yield on. @throws Error if pids.max forbids it. */
  fork(program: Program, name = `${this.name}'s child`): Process {
    const child = this.tryFork(program, name);
    if (!child) throw new Error(`${this.name} cannot fork`);
    return child;
  }

  /** The same, but null if it is refused (EAGAIN). */
  tryFork(program: Program, name = `${this.name}'s child`): Process | null {
    if (this.linux.mayFork(this) !== 0) return null;
    const child = this.linux.fork(this, name);
    this.linux.run(child, program);
    return child;
  }

  /** Allocates memory, and waits while there is none. The OOM killer may kill it. */
  *allocate(size: number): Generator<Condition | undefined, void> {
    while (this.linux.cgroups?.allocate(this, size) === false) yield;
  }

  /** setpgid(2). */
  setGroup(pid: number, group: number): number {
    return this.linux.setpgid(this, pid, group);
  }

  /** setsid(2). */
  setSession(): number {
    return this.linux.setsid(this);
  }

  /** wait4(2) with WNOHANG: the child found, or null. */
  wait(options = 0, pid = -1): { pid: number; status: number } | null {
    const found = this.linux.wait(this, pid, options);
    return typeof found === "number" ? null : found;
  }

  /** wait4(2): waits for a child, and returns it; null if there is none. */
  *waitFor(options = 0, pid = -1): Generator<Condition, { pid: number; status: number } | null> {
    while (true) {
      const found = this.linux.wait(this, pid, options);
      if (typeof found !== "number") return found;
      if (found < 0) return null;
      yield () => this.linux.hasNews(this, pid, options);
    }
  }

  /** pause(2): until a handler has run. */
  *pause(): Generator<Condition, void> {
    const before = this.received.length;
    yield () => this.received.length > before;
  }

  /** Waits until it has received `count` signals in total. */
  *receive(count: number): Generator<Condition, void> {
    while (this.received.length < count) yield () => this.received.length >= count;
  }

  /** nanosleep(2), restarted after handlers. */
  *sleep(milliseconds: number): Generator<Condition, void> {
    const until = this.linux.now + milliseconds;
    this.linux.wakeAt(until);
    while (this.linux.now < until) yield () => this.linux.now >= until;
  }

  /** sigwaitinfo(2) of blocked signals. */
  *take(set: bigint): Generator<Condition, SignalInfo> {
    while (true) {
      const info = this.pending.take(set);
      if (info) {
        this.record(info);
        return info;
      }
      yield () => (this.pending.set & set) !== 0n;
    }
  }

  /**
   * ptrace(2) PTRACE_TRACEME: the parent traces it from now on. EPERM if the parent has fewer permitted capabilities, security/commoncap.c,
   * cap_ptrace_traceme.
   */
  traceMe(): number {
    const { parent } = this;
    const lacks = (this.credentials.permitted & ~(parent?.credentials.permitted ?? 0n)) !== 0n;
    if (lacks && parent?.credentials.has(CAP_SYS_PTRACE) !== true) return -EPERM;
    this.tracer = parent;
    return 0;
  }

  /** Reads from its terminal: in the background SIGTTIN stops its group. True if it was in the foreground. */
  *readTerminal(): Generator<Condition | undefined, boolean> {
    while (true) {
      const result = this.linux.readTerminal(this);
      if (result !== "stopped") return result;
      yield;
    }
  }
}
