import {
  bit,
  CLD_CONTINUED,
  CLD_EXITED,
  CLD_KILLED,
  CLD_STOPPED,
  CLD_TRAPPED,
  defaultAction,
  EACCES,
  EAGAIN,
  ECHILD,
  EINVAL,
  EIO,
  ENOTTY,
  EPERM,
  ESRCH,
  exited,
  killed,
  RLIM_INFINITY,
  RLIM_NLIMITS,
  RLIMIT_SIGPENDING,
  SI_KERNEL,
  SI_TKILL,
  SI_USER,
  SIGCHLD,
  SIGCONT,
  SIGHUP,
  SIGINT,
  SIGKILL,
  SIGQUIT,
  SIGRTMAX,
  SIGSTOP,
  SIGTRAP,
  SIGTSTP,
  SIGTTIN,
  SIGTTOU,
  SIGWINCH,
  STOP_SIGNALS,
  stopped,
  WCONTINUED,
  WNOHANG,
  WUNTRACED,
} from "./abi.ts";
import type { Cgroups, Group } from "./cgroups.ts";
import { CAP_KILL } from "./credentials.ts";
import { Inotify } from "./inotify.ts";
import { type Limit, Process, type Program } from "./process.ts";
import { Random } from "./random.ts";
import type { Receiver } from "./sockets.ts";
import { fromKernel, fromProcess, isRealTime, type SignalInfo } from "./signals.ts";
import type { Terminal } from "./terminal.ts";
import { type Happening, Trace } from "./trace.ts";

/** The life takes too long: something polls or loops endlessly. */
export class Endless extends Error {
  override name = "Endless";
}

/** Deadlock: every process waits, and none can wake another. */
export class Asleep extends Error {
  override name = "Asleep";
}

/** The name of a kernel worker, which runs when it is scheduled. Its end is not an event. */
export const WORKER = "worker";

/** Thrown through the WebAssembly frames of a process that has ended, or that has become another program. */
export class Gone extends Error {
  readonly process: Process;

  constructor(process: Process) {
    super(`process ${String(process.pid)} is gone`);
    this.process = process;
  }
}

/** How a simulated Linux is set up. */
export interface LinuxOptions {
  /** The seed of the schedule; without one other processes run only while the init waits. */
  readonly seed?: number | undefined;
  /** The probability that others run before a system call of the init, from 0 to below 1. */
  readonly preemption?: number | undefined;
  /** After how many system calls and steps of programs the life counts as endless. */
  readonly stepLimit?: number | undefined;
  /** The duration of each system call of the init (default: 0, so time passes only while every process waits). */
  readonly callMilliseconds?: number | undefined;
  /** How many CPUs the machine has, and how many bytes of memory. */
  readonly cpus?: number | undefined;
  readonly memory?: number | undefined;
}

/**
 * Linux's processes, signals, process groups, sessions and terminals, after the kernel's source (kernel/signal.c,
 * kernel/exit.c, kernel/sys.c, drivers/tty/tty_jobctrl.c). Errors are negated errnos.
 */
export class Linux {
  /** Every process of the PID namespace that has not been reaped yet. */
  readonly processes = new Map<number, Process>();
  /** Every process that ever existed, in order. */
  readonly history: Process[] = [];
  /** What happened. */
  readonly trace = new Trace();
  readonly random: Random;
  /** The process whose code runs. */
  current: Process;
  /** The receivers of datagrams, by path: they may change at any time. */
  readonly receivers = new Map<string, Receiver>();
  /** The data sent to sockets, in order. */
  readonly sent: string[] = [];
  /** Whether a file was ever watched by inotify. */
  watches = false;
  /** The control groups; null if the kernel has none. */
  cgroups: Cgroups | null = null;
  /** PID 1 of the namespace. */
  reaper: Process | null = null;
  readonly cpus: number;
  readonly memory: number;
  /** Milliseconds since the start. Time passes while all processes wait, and during system calls. */
  now = 0;
  /** The times that processes wait for, on the clock of `now`. */
  readonly #alarms = new Set<number>();
  readonly #callMilliseconds: number;
  /** Whether processes dump core at QUIT, ABRT and the like, which is a flag in the wait status. */
  dumpsCore = false;
  /** The process for whose end `atEnd` is recorded. */
  watched: Process | null = null;
  /** The other living processes, and its zombies, when the watched process ended. */
  atEnd: { left: Process[]; zombies: Process[] } | null = null;
  readonly #preemption: number;
  readonly #stepLimit: number;
  readonly #queued = new Map<number, number>();
  readonly #stopped = new Set<Process>();
  readonly #tasks: Process[] = [];
  #steps = 0;
  #nextPid = 1;

  constructor(options: LinuxOptions = {}) {
    this.random = new Random(options.seed ?? 0);
    this.#preemption = options.seed === undefined ? 0 : (options.preemption ?? 0.5);
    this.#callMilliseconds = options.callMilliseconds ?? 0;
    this.#stepLimit = options.stepLimit ?? 100_000;
    this.cpus = options.cpus ?? 4;
    this.memory = options.memory ?? 8 * 2 ** 30;
    this.current = new Process(this, 0, null, "outside", false);
  }

  // --- Time and turns

  /** Writes an event into the trace, and returns it as it stands there. */
  happened<T extends Happening>(event: T): T {
    return this.trace.add(event, this.now);
  }

  /** Marks this moment in the trace. */
  mark(text: string): void {
    this.happened({ kind: "mark", text });
  }

  /** Counts a step. @throws Endless when there were too many. */
  count(): void {
    if (++this.#steps > this.#stepLimit) {
      throw new Endless(`no end after ${String(this.#stepLimit)} steps; the last were:\n${this.trace.text(30)}`);
    }
  }

  /** Advances the time by the duration of a system call. */
  passCall(): void {
    this.now += this.#callMilliseconds;
  }

  /** Makes sure that time stops at `time`, for which a process waits. */
  wakeAt(time: number): void {
    this.#alarms.add(time);
  }

  /** Advances the time to the next wake-up, at most to `deadline`. False if there is none. */
  pass(deadline = Infinity): boolean {
    let next = deadline;
    for (const alarm of this.#alarms) {
      if (alarm <= this.now) this.#alarms.delete(alarm);
      else next = Math.min(next, alarm);
    }
    if (next === Infinity) return false;
    this.now = next;
    return true;
  }

  /** Lets other processes run, as drawn from the seed. */
  preempt(): void {
    if (this.#preemption === 0) return;
    while (this.random.next() < this.#preemption && this.step());
  }

  /** Runs one process up to its next yield. False if none can run. */
  step(): boolean {
    const { length } = this.#tasks;
    if (length === 0) return false;
    const first = this.random.below(length);
    for (let i = 0; i < length; i++) {
      const process = this.#tasks[(first + i) % length];
      if (!process || !this.#canRun(process)) continue;
      this.count();
      this.#advance(process);
      return true;
    }
    return false;
  }

  /** Whether a kernel worker can run now. */
  #isWorkDue(): boolean {
    return this.#tasks.some((task) => task.name === WORKER && this.#canRun(task));
  }

  #canRun(process: Process): boolean {
    if (process.state !== "running" || process.uninterruptible || this.isFrozen(process)) return false;
    if (process.inVfork) return (process.pending.set & bit(SIGKILL)) !== 0n;
    if (!process.code) return false;
    return process.waiting === null || process.interrupted || process.waiting();
  }

  #advance(process: Process): void {
    const before = this.current;
    this.current = process;
    try {
      this.act(process);
      if (process.state !== "running" || !process.code) return;
      if (process.waiting && !process.waiting()) return;
      const code = process.code;
      const { done, value } = code.next();
      // A program that has killed itself, or called execve, does not go on.
      if (process.code !== code || !process.alive) return;
      if (done) this.exit(process, exited(value));
      else process.waiting = value ?? null;
    } finally {
      this.current = before;
    }
  }

  /**
   * Lets `process`, whose code waits here, sleep until `ready`, a signal that is not blocked, or `deadline` (in `now`).
   * @throws Asleep if none of them can ever happen.
   */
  sleep(process: Process, ready: () => boolean, deadline: number | null): "ready" | "interrupted" | "late" {
    while (true) {
      if (ready()) return "ready";
      if (process.interrupted) return "interrupted";
      if (deadline !== null && this.now >= deadline) return "late";
      // Time passes while others run, at an unknown rate. But kernel workers run soon.
      const mayPass = this.#preemption > 0 && this.random.next() < 0.02 && !this.#isWorkDue();
      if (mayPass && this.pass(deadline ?? Infinity)) continue;
      if (this.step() || this.pass(deadline ?? Infinity)) continue;
      throw new Asleep(`process ${process.pid} waits for ever; the last was:\n${this.trace.text(30)}`);
    }
  }

  /** Runs all processes until all wait, or for `limit` steps. */
  settle(limit = 10_000): void {
    for (let i = 0; i < limit && this.step(); i++);
  }

  // --- Birth

  /** A new process that was not forked inside the namespace. */
  add(name: string, parent: Process | null, pid = this.#nextPid): Process {
    const process = new Process(this, pid, parent, name);
    this.#nextPid = Math.max(this.#nextPid, pid + 1);
    this.processes.set(process.pid, process);
    parent?.children.add(process);
    this.history.push(process);
    this.#tasks.push(process);
    return process;
  }

  /** A process outside of the PID namespace: its signals carry the pid 0. */
  addOutside(program: Program, name = "outside"): Process {
    const process = new Process(this, 0, null, name, false);
    this.#tasks.push(process);
    this.run(process, program);
    return process;
  }

  /** Whether a process may fork, with the child in the group `into` if given: 0 or a negated errno. */
  mayFork(parent: Process, into: Group | null = null): number {
    return this.cgroups?.mayFork(parent, into) ?? 0;
  }

  /** fork(2): the child has no code yet. It is in the parent's control groups, except for `into` (CLONE_INTO_CGROUP). */
  fork(parent: Process, name = parent.name, into: Group | null = null): Process {
    const child = this.add(name, parent);
    this.cgroups?.born(parent, child, into);
    child.group = parent.group;
    child.session = parent.session;
    child.credentials = parent.credentials.copy();
    child.filters = parent.filters;
    child.terminal = parent.terminal;
    child.args = parent.args;
    child.environment = parent.environment;
    child.directory = parent.directory;
    child.descriptors = new Map(parent.descriptors);
    child.blocked = parent.blocked;
    child.limits = new Map(parent.limits);
    child.umask = parent.umask;
    child.nice = parent.nice;
    child.oomScore = parent.oomScore;
    for (const [signal, disposition] of parent.dispositions) child.dispositions.set(signal, disposition);
    return child;
  }

  /** Gives a process its program. */
  run(process: Process, program: Program): void {
    process.code = program(process, this);
    process.waiting = null;
  }

  /** What execve(2) does to signals and descriptors, and the new program. */
  become(process: Process, name: string, program: Program): void {
    process.name = name;
    process.executed = true;
    process.credentials.execute();
    // The program does not count what the caller of execve handled.
    process.received.length = 0;
    process.receivedAt.length = 0;
    for (const [signal, disposition] of process.dispositions) {
      if (disposition !== "ignore") process.dispositions.delete(signal);
    }
    for (const [number, { closeOnExec }] of process.descriptors) {
      if (closeOnExec) process.descriptors.delete(number);
    }
    this.run(process, program);
    if (process.tracer) this.send(process, fromProcess(SIGTRAP, process.pid, process.uid));
  }

  // --- Death

  /** Ends a process with a wait status, kernel/exit.c do_exit. */
  exit(process: Process, status: number): void {
    if (!process.alive) return;
    if (process.name !== WORKER) this.happened({ kind: "end", pid: process.pid, status });
    if (process === this.watched) {
      this.atEnd = {
        left: this.#inside().filter((other) => other.alive && other !== process),
        zombies: [...process.children].filter(({ state }) => state === "zombie"),
      };
    }
    const end = (): void => void (process.state = "zombie");
    if (this.cgroups) this.cgroups.died(process, end);
    else end();
    process.status = status;
    process.endedAt = this.now;
    process.tracer = null;
    process.news = null;
    process.waiting = null;
    process.code = null;
    process.descriptors.clear();
    process.pending.clear();
    this.#stopped.delete(process);
    // The order does not matter, and there may be ten thousand.
    const last = this.#tasks.pop();
    if (last && last !== process) this.#tasks[this.#tasks.indexOf(process)] = last;
    if (!process.inside) return;
    if (process.session === process.pid && process.terminal) this.#leaveTerminal(process, process.terminal, true);

    if (process === this.reaper) {
      // zap_pid_ns_processes: PID 1 takes everything with it.
      for (const other of this.#inside()) if (other !== process) this.exit(other, killed(SIGKILL));
    }
    const heir = this.#heir(process);
    for (const child of process.children) {
      child.parent = heir;
      heir?.children.add(child);
      if (child.tracer === process) {
        child.tracer = null;
        if (child.state === "traced") child.state = "running";
      }
      if (child.parentDeathSignal !== 0 && child.alive) {
        this.send(child, fromProcess(child.parentDeathSignal, process.pid, process.uid));
      }
      if (child.state === "zombie") this.#tellParent(child);
      if (child.alive) this.#wakeOrphanedGroup(child.group, process);
    }
    process.children.clear();
    this.#wakeOrphanedGroup(process.group, process);
    this.#tellParent(process);
  }

  #inside(): Process[] {
    return [...this.processes.values()];
  }

  /** The new parent of a dead process's children: the nearest living subreaper above, else PID 1. */
  #heir(dead: Process): Process | null {
    for (let at = dead.parent; at; at = at.parent) if (at.subreaper && at.alive) return at;
    return this.reaper?.alive && this.reaper !== dead ? this.reaper : null;
  }

  /** do_notify_parent: sends SIGCHLD; if the parent ignores it, there is no signal and no zombie. */
  #tellParent(child: Process): void {
    const { parent } = child;
    if (!parent?.alive || parent.dispositions.get(SIGCHLD) === "ignore") {
      this.#remove(child);
      return;
    }
    const signal = child.status & 0x7f;
    this.send(parent, {
      ...fromProcess(SIGCHLD, child.pid, child.uid),
      code: signal === 0 ? CLD_EXITED : CLD_KILLED,
      value: BigInt(signal === 0 ? (child.status >> 8) & 0xff : signal),
    });
  }

  #remove(process: Process): void {
    process.state = "gone";
    this.cgroups?.reaped(process);
    this.processes.delete(process.pid);
    process.parent?.children.delete(process);
  }

  /** do_notify_parent_cldstop. */
  #tellStop(child: Process, code: number, signal: number): void {
    const parent = child.tracer ?? child.parent;
    if (!parent?.alive || parent.dispositions.get(SIGCHLD) === "ignore") return;
    this.send(parent, { ...fromProcess(SIGCHLD, child.pid, child.uid), code, value: BigInt(signal) });
  }

  /** Whether a process group is orphaned: no member has a parent in another group of the same session. */
  isOrphaned(group: number, except: Process | null = null): boolean {
    return !this.#inside().some(
      (member) =>
        member.group === group &&
        member.alive &&
        member !== except &&
        member.parent !== null &&
        member.parent.group !== group &&
        member.parent.session === member.session,
    );
  }

  #wakeOrphanedGroup(group: number, except: Process): void {
    if (![...this.#stopped].some((member) => member.group === group)) return;
    if (!this.isOrphaned(group, except)) return;
    const members = this.#members(group).filter((member) => member !== except);
    for (const signal of [SIGHUP, SIGCONT]) for (const member of members) this.send(member, fromKernel(signal));
  }

  /** wait4(2) with WNOHANG: the child found, 0 if there is none yet, or a negated errno. */
  wait(parent: Process, pid: number, options: number): { pid: number; status: number; traced: boolean } | number {
    if (options & ~(WNOHANG | WUNTRACED | WCONTINUED)) return -EINVAL;
    let any = false;
    for (const child of parent.children) {
      if (!this.#isWaitedFor(parent, child, pid)) continue;
      any = true;
      if (!this.#hasNews(child, options)) continue;
      const { status, tracer } = child;
      if (child.state === "zombie") {
        this.#count(parent, child);
        this.#remove(child);
      } else child.news = null;
      return { pid: child.pid, status, traced: tracer === parent };
    }
    return any ? 0 : -ECHILD;
  }

  /** Adds what a dead child used to what its parent's children did: wait_task_zombie, kernel/exit.c. */
  #count(parent: Process, child: Process): void {
    const sum = parent.childrenUsage;
    for (const used of [child.usage, child.childrenUsage]) {
      sum.userMicroseconds += used.userMicroseconds;
      sum.systemMicroseconds += used.systemMicroseconds;
      sum.peakKilobytes = Math.max(sum.peakKilobytes, used.peakKilobytes);
    }
  }

  /** Whether wait4(2) would return at once. */
  hasNews(parent: Process, pid: number, options: number): boolean {
    let any = false;
    for (const child of parent.children) {
      if (!this.#isWaitedFor(parent, child, pid)) continue;
      if (this.#hasNews(child, options)) return true;
      any = true;
    }
    return !any;
  }

  #isWaitedFor(parent: Process, child: Process, pid: number): boolean {
    if (pid > 0) return child.pid === pid;
    return pid === -1 || child.group === (pid === 0 ? parent.group : -pid);
  }

  #hasNews(child: Process, options: number): boolean {
    if (child.state === "zombie") return true;
    if (child.news === "stop") return child.tracer !== null || (options & WUNTRACED) !== 0;
    return child.news === "continue" && (options & WCONTINUED) !== 0;
  }

  // --- Signals

  /**
   * Makes a signal pending, kernel/signal.c __send_signal_locked. `forced`: from the kernel or from outside of the
   * namespace, so that PID 1 cannot ignore KILL and STOP. Returns 0, or -EAGAIN if the queue is full.
   */
  send(target: Process, info: SignalInfo, forced = info.code === SI_KERNEL): number {
    const { signal } = info;
    if (!target.alive) return 0;
    if (bit(signal) & STOP_SIGNALS) target.pending.drop(bit(SIGCONT));
    else if (signal === SIGCONT) {
      target.pending.drop(STOP_SIGNALS);
      if (target.state === "stopped") this.#continue(target);
    }
    if (signal === SIGKILL) {
      target.state = "running";
      this.#stopped.delete(target);
    }
    if (this.#isIgnored(target, signal, forced)) return 0;
    if (!isRealTime(signal) && target.pending.set & bit(signal)) return 0;

    const queued = this.#queued.get(target.uid) ?? 0;
    const mayExceed = !isRealTime(signal) && info.code >= 0;
    // The count is the user's, the limit is the receiver's.
    if (mayExceed || BigInt(queued) < (target.limits.get(RLIMIT_SIGPENDING)?.soft ?? RLIM_INFINITY)) {
      this.#queued.set(target.uid, queued + 1);
      const { uid } = target;
      target.pending.add(info, () => this.#queued.set(uid, (this.#queued.get(uid) ?? 0) - 1));
      return 0;
    }
    if (isRealTime(signal) && info.code !== SI_USER) return -EAGAIN;
    target.pending.addBare(signal);
    return 0;
  }

  #isIgnored(target: Process, signal: number, forced: boolean): boolean {
    if (target.blocked & bit(signal)) return false;
    if (target.tracer && signal !== SIGKILL) return false;
    const disposition = target.dispositions.get(signal);
    const unstoppable = forced && (signal === SIGKILL || signal === SIGSTOP);
    if (target === this.reaper && disposition === undefined && !unstoppable) return true;
    return disposition === "ignore" || (disposition === undefined && defaultAction(signal) === "ignore");
  }

  /** Delivers a process's pending signals: handlers, default actions, stops. */
  act(process: Process): void {
    while (process.state === "running") {
      const info =
        process.pending.set & bit(SIGKILL)
          ? process.pending.take(bit(SIGKILL))
          : process.pending.take(~process.blocked);
      if (!info) return;
      const { signal } = info;
      if (process.tracer && signal !== SIGKILL) {
        this.#stop(process, signal, "traced");
        return;
      }
      this.#actOn(process, info);
    }
  }

  #actOn(process: Process, info: SignalInfo): void {
    const { signal } = info;
    const disposition = process.dispositions.get(signal);
    if (disposition === "ignore") return;
    if (disposition !== undefined) {
      process.record(info);
      disposition(info);
      return;
    }
    const action = defaultAction(signal);
    if (action === "ignore") return;
    if (process === this.reaper && signal !== SIGKILL && signal !== SIGSTOP) return;
    if (action === "terminate") {
      const core = this.dumpsCore && [3, 4, 5, 6, 7, 8, 11, 24, 25, 31].includes(signal);
      this.exit(process, killed(signal) | (core ? 0x80 : 0));
    } else if (signal === SIGSTOP || !this.isOrphaned(process.group)) {
      this.#stop(process, signal, "stopped");
    }
  }

  #stop(process: Process, signal: number, state: "stopped" | "traced"): void {
    this.happened({ kind: "stop", pid: process.pid, signal, traced: state === "traced" });
    process.state = state;
    process.status = stopped(signal);
    process.news = "stop";
    if (state === "stopped") {
      process.stops.push(signal);
      this.#stopped.add(process);
    }
    this.#tellStop(process, state === "traced" ? CLD_TRAPPED : CLD_STOPPED, signal);
  }

  #continue(process: Process): void {
    this.happened({ kind: "continue", pid: process.pid });
    process.state = "running";
    this.#stopped.delete(process);
    process.status = 0xffff;
    process.news = "continue";
    this.#tellStop(process, CLD_CONTINUED, SIGCONT);
  }

  /** ptrace(2) PTRACE_DETACH. */
  detach(tracer: Process, pid: number, signal: number): number {
    const tracee = this.processes.get(pid);
    if (tracee?.tracer !== tracer || tracee.state !== "traced") return -ESRCH;
    if (signal < 0 || signal > SIGRTMAX) return -EIO;
    tracee.tracer = null;
    tracee.state = "running";
    tracee.news = null;
    // Delivered as if it had just arrived, without the mask that it has passed already.
    if (signal !== 0) this.#actOn(tracee, fromProcess(signal, tracer.pid, tracer.uid));
    return 0;
  }

  #allowed(sender: Process, target: Process, signal: number): boolean {
    if (sender.credentials.has(CAP_KILL) || sender.uid === target.uid) return true;
    return signal === SIGCONT && sender.session === target.session;
  }

  #members(group: number): Process[] {
    return this.#inside().filter((process) => process.group === group);
  }

  /** kill(2). */
  kill(sender: Process, pid: number, signal: number): number {
    const result = this.#kill(sender, pid, signal);
    if (sender.code) {
      const call = { kind: "call", pid: sender.pid, name: "kill", args: [pid, signal], path: undefined } as const;
      this.happened({ ...call, result, injected: false });
    }
    return result;
  }

  #kill(sender: Process, pid: number, signal: number): number {
    if (signal < 0 || signal > SIGRTMAX) return -EINVAL;
    let targets: Process[];
    if (pid === -1) targets = this.#inside().filter((process) => process !== sender && process.pid > 1);
    else if (pid > 0) targets = [this.processes.get(pid)].filter((process) => process !== undefined);
    else targets = this.#members(pid === 0 ? sender.group : -pid);
    return this.#sendAll(sender, targets, { ...fromProcess(signal, sender.pid, sender.uid) });
  }

  /** Sends to all targets that the sender may signal: 0 if there was one, else the last error. */
  #sendAll(sender: Process, targets: readonly Process[], info: SignalInfo): number {
    let result = targets.length === 0 ? -ESRCH : -EPERM;
    let sent = false;
    for (const target of targets) {
      if (!this.#allowed(sender, target, info.signal)) continue;
      const error = info.signal === 0 ? 0 : this.send(target, info, !sender.inside || info.code === SI_KERNEL);
      if (error === 0) sent = true;
      else result = error;
    }
    return sent ? 0 : result;
  }

  /** rt_sigqueueinfo(2). */
  queue(sender: Process, pid: number, info: SignalInfo): number {
    const target = pid > 0 ? this.processes.get(pid) : undefined;
    const error = this.#mayQueue(sender, pid, info);
    if (error !== 0) return error;
    return target
      ? this.#sendAll(sender, [target], sender.inside ? info : { ...info, pid: 0, bytes: undefined })
      : -ESRCH;
  }

  /** pidfd_send_signal(2) with PIDFD_SIGNAL_PROCESS_GROUP, or without. */
  signalByDescriptor(sender: Process, pid: number, info: SignalInfo, group: boolean): number {
    const error = this.#mayQueue(sender, group ? 0 : pid, info);
    if (error !== 0 && info.code !== SI_USER) return error;
    if (group) return this.#sendAll(sender, this.#members(pid), info);
    const target = this.processes.get(pid);
    return target ? this.#sendAll(sender, [target], info) : -ESRCH;
  }

  #mayQueue(sender: Process, pid: number, { signal, code }: SignalInfo): number {
    if ((code >= 0 || code === SI_TKILL) && pid !== sender.pid) return -EPERM;
    return signal < 1 || signal > SIGRTMAX ? -EINVAL : 0;
  }

  /** prlimit64(2) of the process itself: sets `limit` if given. Returns the previous limit, or a negated errno. */
  limit(process: Process, resource: number, limit: Limit | null): Limit | number {
    if (resource < 0 || resource >= RLIM_NLIMITS) return -EINVAL;
    const before = process.limits.get(resource) ?? { soft: RLIM_INFINITY, hard: RLIM_INFINITY };
    if (!limit) return before;
    if (limit.soft > limit.hard) return -EINVAL;
    if (limit.hard > before.hard && process.uid !== 0) return -EPERM;
    process.limits.set(resource, limit);
    return before;
  }

  // --- Control groups

  /** Whether a process is frozen with its control group. */
  isFrozen(process: Process): boolean {
    return this.cgroups?.holds(process, (process.pending.set & bit(SIGKILL)) !== 0n) ?? false;
  }

  /** Reports an event of a file to its inotify watchers. */
  happens(file: string, mask: number): void {
    if (!this.watches) return;
    const all = this.#inside().flatMap(({ descriptors }) => [...descriptors.values()].map((entry) => entry.file));
    for (const watcher of new Set(all)) if (watcher instanceof Inotify) watcher.happens(file, mask);
  }

  // --- Groups and sessions

  /** setpgid(2). */
  setpgid(process: Process, pid: number, group: number): number {
    if (group < 0) return -EINVAL;
    const target = pid === 0 ? process : this.processes.get(pid);
    if (!target || (target !== process && target.parent !== process)) return -ESRCH;
    if (target !== process) {
      if (target.session !== process.session) return -EPERM;
      if (target.executed) return -EACCES;
    }
    if (target.session === target.pid) return -EPERM;
    const id = group === 0 ? target.pid : group;
    if (id !== target.pid && !this.#inside().some((other) => other.group === id && other.session === process.session)) {
      return -EPERM;
    }
    target.group = id;
    return 0;
  }

  /** setsid(2). */
  setsid(process: Process): number {
    if (this.#members(process.pid).length > 0) return -EPERM;
    process.session = process.pid;
    process.group = process.pid;
    process.terminal = null;
    return process.pid;
  }

  // --- Terminals, drivers/tty/tty_jobctrl.c

  /** Makes a terminal the controlling one of a session leader, its group in the foreground. */
  takeTerminal(process: Process, terminal: Terminal): void {
    terminal.session = process.session;
    terminal.foreground = process.group;
    process.terminal = terminal;
  }

  /** ioctl TIOCSCTTY. */
  setControllingTerminal(process: Process, terminal: Terminal, steal: boolean): number {
    const leader = process.session === process.pid;
    if (leader && terminal.session === process.session) return 0;
    if (!leader || process.terminal) return -EPERM;
    if (terminal.session !== 0) {
      if (!steal || process.uid !== 0) return -EPERM;
      for (const other of this.#inside()) if (other.terminal === terminal) other.terminal = null;
    }
    this.takeTerminal(process, terminal);
    return 0;
  }

  /** ioctl TIOCNOTTY. */
  giveUpTerminal(process: Process, terminal: Terminal): number {
    if (process.terminal !== terminal) return -ENOTTY;
    if (process.session === process.pid) this.#leaveTerminal(process, terminal, false);
    process.terminal = null;
    return 0;
  }

  /** disassociate_ctty: the leader leaves, the session loses the terminal, the foreground group is signalled. */
  #leaveTerminal(leader: Process, terminal: Terminal, atExit: boolean): void {
    for (const signal of [SIGHUP, SIGCONT]) {
      for (const member of this.#members(terminal.foreground)) {
        this.send(member, atExit ? fromKernel(signal) : fromProcess(signal, leader.pid, leader.uid));
      }
    }
    for (const other of this.#inside()) if (other.terminal === terminal) other.terminal = null;
    terminal.session = 0;
    terminal.foreground = 0;
  }

  /** ioctl TIOCGPGRP. The terminal remembers a group's id even when its last member is gone. */
  foreground(process: Process, terminal: Terminal): number {
    if (terminal.hungUp) return -EIO;
    if (process.terminal !== terminal) return -ENOTTY;
    return terminal.foreground;
  }

  /** ioctl TIOCSPGRP. "again": SIGTTOU was sent, and the call has to be restarted afterwards. */
  setForeground(process: Process, terminal: Terminal, group: number): number | "again" {
    if (terminal.hungUp) return -EIO;
    if (process.terminal === terminal && terminal.foreground !== 0 && process.group !== terminal.foreground) {
      const ignored = process.dispositions.get(SIGTTOU) === "ignore" || (process.blocked & bit(SIGTTOU)) !== 0n;
      if (!ignored) {
        if (this.isOrphaned(process.group)) return -ENOTTY;
        for (const member of this.#members(process.group)) this.send(member, fromKernel(SIGTTOU));
        return "again";
      }
    }
    if (group < 0) return -EINVAL;
    if (process.terminal !== terminal || terminal.session !== process.session) return -ENOTTY;
    const members = this.#members(group);
    if (members.length === 0) return -ESRCH;
    if (members.every(({ session }) => session !== process.session)) return -EPERM;
    terminal.foreground = group;
    return 0;
  }

  /** Whether a process may read from its terminal; if it is in the background its group is sent SIGTTIN. */
  readTerminal(process: Process): boolean | "stopped" {
    const { terminal } = process;
    if (!terminal || terminal.hungUp) return false;
    if (terminal.foreground === process.group) return true;
    const ignored = process.dispositions.get(SIGTTIN) === "ignore" || (process.blocked & bit(SIGTTIN)) !== 0n;
    if (ignored || this.isOrphaned(process.group)) return false;
    for (const member of this.#members(process.group)) this.send(member, fromKernel(SIGTTIN));
    return "stopped";
  }

  #fromTerminal(terminal: Terminal, signal: number): void {
    this.happened({ kind: "terminal", signal, group: terminal.foreground });
    for (const member of this.#members(terminal.foreground)) this.send(member, fromKernel(signal));
  }

  /** A key that sends a signal to the foreground group. */
  typeKey(terminal: Terminal, key: "Ctrl-C" | "Ctrl-Z" | "Ctrl-\\"): void {
    this.#fromTerminal(terminal, { "Ctrl-C": SIGINT, "Ctrl-Z": SIGTSTP, "Ctrl-\\": SIGQUIT }[key]);
  }

  /** The terminal gets another size. */
  resize(terminal: Terminal): void {
    this.#fromTerminal(terminal, SIGWINCH);
  }

  /** The other end is closed: the session leader is signalled, and the terminal is gone, __tty_hangup. */
  hangUp(terminal: Terminal): void {
    const leader = this.processes.get(terminal.session);
    terminal.hungUp = true;
    if (leader) for (const signal of [SIGHUP, SIGCONT]) this.send(leader, fromKernel(signal));
    for (const other of this.#inside()) if (other.terminal === terminal) other.terminal = null;
  }
}
