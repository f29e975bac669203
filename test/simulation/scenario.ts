/* Shared by the scenarios: how the init is called, and programs for it to run. */
import { run } from "./bare.ts";
import { type Called } from "../linux/trace.ts";
import { SIGCHLD, SIGKILL, signalName, SIGSTOP, SIGTERM, ESRCH } from "../linux/abi.ts";
import { type Life, simulate, type World } from "./life.ts";
import type { Linux } from "../linux/linux.ts";
import { type Condition, never, type Process, type Program } from "../linux/process.ts";

/** The path of the program that the init runs by default. */
export const APP = "/bin/app";

/** Every signal that can be forwarded: all except KILL, STOP, CHLD, and the two that the libc reserves. */
export const FORWARDED = Array.from({ length: 64 }, (_, index) => index + 1).filter(
  (signal) => ![SIGKILL, SIGSTOP, SIGCHLD, 32, 33].includes(signal),
);

/** Runs `tini-ts ARGS... -- /bin/app`, where `app` is that program. */
export function tini(args: readonly string[], app: Program, world: Partial<World> = {}): Life {
  return simulate({
    args: ["tini-ts", ...args, "--", APP],
    ...world,
    files: { [APP]: app, ...world.files },
  });
}

/** Runs `tini-ts WORDS...` without a program on the disk. */
export function tiniWith(words: readonly (string | Uint8Array)[], world: Partial<World> = {}): Life {
  return simulate({ args: ["tini-ts", ...words], ...world });
}

/** The process that became the program; undefined until it has. */
export function app(linux: Linux): Process | undefined {
  return linux.history.find(({ name }) => name === APP);
}

/** Waits until the program has installed its handlers, and returns it. */
export function* appIsReady(linux: Linux): Generator<Condition, Process> {
  while (true) {
    const process = app(linux);
    if (process?.handles) return process;
    yield () => app(linux)?.handles ?? false;
  }
}

/**
 * Sends signals to the init `pid`: each at its time in milliseconds, counted from when the program has installed its
 * handlers.
 */
export function sends(pid: number, ...plan: (readonly [number, number])[]): Program {
  return function* (sender, linux) {
    yield* appIsReady(linux);
    const start = linux.now;
    for (const [at, signal] of plan) {
      if (start + at > linux.now) yield* sender.sleep(start + at - linux.now);
      linux.mark(`${signalName(signal)} is sent`);
      sender.kill(pid, signal);
    }
    return 0;
  };
}

/** The signals that the init sent to the pid (not the group) of a process that was gone: the pid may have been reused. */
export function tooLate(life: Life): Called[] {
  const calls = life.trace.calls(life.init.pid, "kill", "rt_sigqueueinfo");
  return calls.filter(({ args: [target = 0], result }) => target > 0 && result === -ESRCH);
}

/** For `expectAbsent`: the system calls of these names. */
export const callsNamed =
  (...names: readonly string[]) =>
  (life: Life): Called[] =>
    life.trace.calls(null, ...names);

/** For `expectAbsent`: the signals that the init sent. */
export const signalsSent = (life: Life): Called[] => life.trace.sent(life.init.pid);

/** A pid that no process of the scenarios has. */
export const NOBODY = 999;
let late: Life | null = null;
/** The life of an init that signals `NOBODY`: the control of what `tooLate` finds. */
export const lateLife = (): Life => (late ??= run((host) => host.kill(NOBODY, SIGTERM) && 0));

/** The init's waits that have a time-out. */
export function timeouts(life: Life): Called[] {
  return life.trace.calls(life.init.pid, "rt_sigtimedwait").filter(({ args: [, , timeout] }) => timeout !== 0);
}

/** A program that handles every signal, and exits with `code` when it has `count` of them. */
export function records(count: number, code = 0): Program {
  return function* (process) {
    process.handle(FORWARDED);
    yield* process.receive(count);
    return code;
  };
}

/** A program that ends at SIGTERM, with `code`. */
export function server(code = 0): Program {
  return function* (process) {
    let stop = false;
    process.handle([SIGTERM], () => (stop = true));
    yield () => stop;
    return code;
  };
}

/** A program that no signal ends that it can handle. */
export const stubborn: Program = function* (process) {
  process.handle(FORWARDED);
  yield never;
  return 0;
};

/** A program that takes `milliseconds` from its first SIGTERM on, and then exits with `code`. */
export function slow(milliseconds: number, code = 0): Program {
  return function* (process) {
    process.handle(FORWARDED);
    yield () => process.signals.includes(SIGTERM);
    yield* process.sleep(milliseconds);
    return code;
  };
}

/** Leaves `count` daemons behind that run `program`, each an orphan with a session of its own. */
export function* leavesDaemons(
  process: Process,
  count: number,
  program: Program,
): Generator<Condition | undefined, void> {
  const { linux } = process;
  for (let i = 0; i < count; i++) {
    process.fork(function* (between) {
      between.setSession();
      between.fork(program, "daemon");
      yield;
      return 0;
    });
    yield* process.waitFor();
  }
  yield () => linux.history.filter(({ name, handles }) => name === "daemon" && handles).length >= count;
}

/** The daemons of a life. */
export function daemons(life: Life): Process[] {
  return life.processes.filter(({ name }) => name === "daemon");
}

/** A program that waits for signals without end, and handles none. */
export function* sleeps(): Generator<Condition, number> {
  yield never;
  return 0;
}

/** Leaves `count` orphans that exit with `code`, and waits until all are reaped. */
export function* leavesOrphans(process: Process, count: number, code = 0): Generator<Condition | undefined, void> {
  const { linux } = process;
  const orphan: Program = function* () {
    yield;
    return code;
  };
  process.fork(function* (parent) {
    for (let i = 0; i < count; i++) {
      parent.fork(orphan, "orphan");
      if (i % 16 === 0) yield;
    }
    return 0;
  });
  yield* process.waitFor();
  yield () => ![...linux.processes.values()].some(({ name }) => name === "orphan");
}

/** The log lines of a level (FATAL, WARN, INFO, DEBUG or TRACE), without their prefix. */
export function linesOf(life: Life, level: string): string[] {
  return life.stderr.filter((line) => line.startsWith(`[${level}`)).map((line) => line.replace(/^\[[^\]]*\] /, ""));
}
