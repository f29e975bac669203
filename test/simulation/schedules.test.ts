/* Hundreds of random schedules: a seed decides who runs when, and when a signal comes. */
import { expectAbsent } from "../absence.ts";
import type { Called } from "../linux/trace.ts";
import { describe, expect, it } from "vitest";
import { bit, SIGINT, SIGRTMIN, SIGTERM, SIGUSR1, SIGUSR2 } from "../linux/abi.ts";
import { exits, type Life, NOT_PID_1, simulate, type World } from "./life.ts";
import type { Linux } from "../linux/linux.ts";
import type { Program } from "../linux/process.ts";
import { Random } from "../linux/random.ts";
import { APP, app, leavesOrphans, tini, tooLate, NOBODY, lateLife } from "./scenario.ts";

const SEEDS = Array.from({ length: 200 }, (_, seed) => seed);

/** Sends each of `signals` to the init after a random number of turns. */
const atAnyMoment = (seed: number, pid: number, signals: readonly number[]): Program =>
  function* (sender, linux) {
    const random = new Random(seed);
    // Before it has blocked its signals an ordinary process dies of them, as any would, and PID 1 never gets them.
    yield () => linux.trace.has(pid, "rt_sigprocmask");
    for (const signal of signals) {
      for (let turns = random.below(12); turns > 0; turns--) yield;
      sender.kill(pid, signal);
    }
    return 0;
  };

/** A program that leaves orphans while it waits for TERM, and exits with 3 at it. */
const served: Program = function* (process) {
  let stop = false;
  process.handle([SIGTERM], () => (stop = true));
  yield* leavesOrphans(process, 5);
  yield () => stop;
  return 3;
};

const ways: [string, string[], Partial<World>][] = [
  ["as PID 1", [], {}],
  ["as PID 1, to the group", ["-g"], {}],
  ["as PID 1 with a terminal", [], { terminal: { of: "init" } }],
  ["as an ordinary process", [], { isPid1: false }],
  ["under a shell, to all", ["--forward-to=all"], { isPid1: false, terminal: { of: "parent" } }],
  ["with its own session", ["--isolate=session"], {}],
];

/**
 * The init never signals a process that it has reaped: the pid may be another's by then. It cannot know of one that the
 * program has reaped after the init found it in /proc.
 */
function neverLate(life: Life): void {
  const reaped = life.trace.calls(life.init.pid, "waitid");
  const isReaped = ({ args: [target], order }: Called): boolean =>
    target === NOBODY || reaped.some((wait) => wait.order < order && wait.result === target);
  expectAbsent((one: Life) => tooLate(one).filter(isReaped), life, lateLife(), life.trace.text());
}

describe.each(ways)("P10, P11: under random schedules %s", (_name, args, world) => {
  const pid = world.isPid1 === false ? NOT_PID_1 : 1;

  it("a TERM at any moment ends the program, also between fork and exec, and all orphans are reaped", () => {
    for (const seed of SEEDS) {
      const life = tini(args, served, { ...world, seed, outside: atAnyMoment(seed, pid, [SIGTERM]) });
      const isRight = (life.code === 3 || life.code === 128 + SIGTERM) && life.trap === null;
      const isQuiet = life.stderr.every((line) => line.includes("Child was dead"));
      if (!isRight || !isQuiet) expect.fail(`seed ${seed}\n${life.trace.text()}\n${life.stderr.join("\n")}`);
      if (life.code === 3) neverLate(life);
    }
  });

  it("none is lost where the program has them blocked: what came before it ran, waits for it", () => {
    const signals = [SIGUSR1, SIGRTMIN, SIGRTMIN, SIGUSR2, SIGTERM, SIGRTMIN];
    const takes: Program = function* (process) {
      const set = signals.reduce((all, signal) => all | bit(signal), 0n);
      while (process.received.length < signals.length) yield* process.take(set);
      return 4;
    };
    for (const seed of SEEDS) {
      const life = tini(args, takes, { ...world, seed, blocked: signals, outside: atAnyMoment(seed, pid, signals) });
      expect(life.code, `seed ${seed}`).toBe(4);
      expect(life.main.signals.toSorted()).toEqual(signals.toSorted());
      neverLate(life);
    }
  });
});

it("P10: a TERM that comes between fork and exec is not lost: it waits, and comes to the program", () => {
  let between = 0;
  for (const seed of SEEDS) {
    const outside: Program = function* (sender, linux) {
      yield () => linux.watched?.inVfork === true || app(linux) !== undefined;
      if (linux.watched?.inVfork) between++;
      sender.kill(1, SIGTERM);
      return 0;
    };
    // TERM is blocked by the caller: without a handler yet the program would only die of it.
    const takes: Program = function* (process) {
      return (yield* process.take(bit(SIGTERM))).signal;
    };
    expect(tini([], takes, { seed, blocked: [SIGTERM], outside }).code).toBe(SIGTERM);
  }
  expect(between).toBeGreaterThan(SEEDS.length / 4);
});

describe("the simulation", () => {
  const world = (seed: number): World => ({
    args: ["tini-ts", "-vvv", "-g", APP],
    files: { [APP]: served },
    seed,
    outside: atAnyMoment(seed, 1, [SIGUSR2, SIGINT, SIGTERM]),
  });

  it("gives equal traces for equal seeds, and others for others", () => {
    const traces = SEEDS.slice(0, 30).map((seed) => {
      const first = simulate(world(seed)).trace;
      expect(simulate(world(seed)).trace.events).toEqual(first.events);
      return first.text();
    });
    expect(new Set(traces).size).toBeGreaterThan(20);
  });
});

it("P11: what dies in the last moment is reaped or left to the kernel, and costs neither the exit code nor a hang", () => {
  for (const seed of SEEDS) {
    const hurried: Program = function* (process) {
      for (let i = 0; i < 5; i++) process.fork(exits(i));
      if (seed % 2) yield;
      return 9;
    };
    for (const isPid1 of [true, false]) expect(tini([], hurried, { seed, isPid1 }).code).toBe(9);
  }
});

it("P20: a program that dies while signals pour in is signalled no more once it is reaped", () => {
  for (const seed of SEEDS) {
    const pours: Program = function* (sender, linux: Linux) {
      for (let i = 0; i < 30 && linux.watched?.alive; i++) {
        sender.kill(1, i % 2 ? SIGUSR1 : SIGRTMIN);
        yield;
      }
      return 0;
    };
    const brief: Program = function* (process) {
      process.handle([SIGUSR1, SIGRTMIN]);
      for (let i = 0; i < 5; i++) yield;
      return 6;
    };
    const life = tini([], brief, { seed, outside: pours });
    expect([6, 128 + SIGUSR1, 128 + SIGRTMIN]).toContain(life.code);
    neverLate(life);
  }
});
