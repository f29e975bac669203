/* The end: the stop sequence, the final kill, other processes, and the log lines. Times are the simulated clock's. */
import { describe, expect, it } from "vitest";
import { expectAbsent } from "../absence.ts";
import {
  SI_QUEUE,
  SI_USER,
  SIGCONT,
  SIGHUP,
  SIGINT,
  SIGIO,
  SIGKILL,
  signalName,
  SIGQUIT,
  SIGSTOP,
  SIGTERM,
  SIGUSR1,
  SIGUSR2,
  SIGWINCH,
  ESRCH,
} from "../linux/abi.ts";
import { Pipe } from "../linux/files.ts";
import { exits, type Life, NOT_PID_1, PARENT, type World } from "./life.ts";
import type { Linux } from "../linux/linux.ts";
import { never, type Process, type Program } from "../linux/process.ts";
import {
  APP,
  app,
  appIsReady,
  daemons,
  FORWARDED,
  leavesDaemons,
  leavesOrphans,
  linesOf,
  records,
  sends,
  server,
  sleeps,
  slow,
  stubborn,
  tini,
  timeouts,
  tooLate,
  callsNamed,
  lateLife,
} from "./scenario.ts";

const SEEDS = Array.from({ length: 60 }, (_, seed) => seed);

/** The log line when a time is over. */
const TIME_IS_UP = "Time is up: everything is killed";

/** The signals that the program got, with times in milliseconds after it was ready. */
function got(process: Process): (readonly [string, number])[] {
  expect(process.linux.trace.of("mark").length).toBeGreaterThan(0);
  return process.received.map(({ signal }, index) => [signalName(signal), process.receivedAt[index] ?? NaN] as const);
}

/** The signals that the init sent, in order, without the probes (signal 0). */
function sent(life: Life): string[] {
  return life.trace
    .calls(life.init.pid, "kill", "rt_sigqueueinfo")
    .flatMap(({ args: [target = 0, signal = 0] }) => (signal === 0 ? [] : [`${signalName(signal)} to ${target}`]));
}

/** The init never signals a process that is gone: its pid may be another's by then. */
function neverLate(life: Life): void {
  expectAbsent(tooLate, life, lateLife());
}

/** The ways to run the init; how it finds the processes to kill differs. */
const ways: [string, Partial<World>, number][] = [
  ["as PID 1", {}, 1],
  ["as PID 1 without /proc", { proc: false }, 1],
  ["as an ordinary process", { isPid1: false }, NOT_PID_1],
];

describe("P24: the delay", () => {
  it("holds the stop signal back, while all others are forwarded at once", () => {
    const life = tini(["--delay=5s"], slow(0, 3), {
      outside: sends(1, [0, SIGTERM], [10, SIGHUP], [4000, SIGUSR1]),
    });
    expect(life.code).toBe(3);
    expect(got(life.main)).toEqual([
      ["SIGHUP", 10],
      ["SIGUSR1", 4000],
      ["SIGTERM", 5000],
    ]);
  });

  it("is cut short by a second stop signal: both are forwarded, the first one first", () => {
    const life = tini(["--delay=5s"], records(2, 3), { outside: sends(1, [0, SIGTERM], [1200, SIGINT]) });
    expect(life.code).toBe(3);
    expect(sent(life)).toEqual(["SIGTERM to 2", "SIGINT to 2"]);
    expect(life.main.receivedAt).toEqual([1200, 1200]);
  });

  it("P24: a second SIGTERM cuts the delay short", () => {
    const life = tini(["--delay=5s"], slow(0, 3), { outside: sends(1, [0, SIGTERM], [700, SIGTERM]) });
    expect(life.code).toBe(3);
    expect(life.main.receivedAt[0]).toBe(700);
  });

  it("ends with the program, if that ends before", () => {
    const brief: Program = function* (process) {
      process.handle([SIGUSR1]);
      yield* process.receive(1);
      return 6;
    };
    const life = tini(["--delay=1h"], brief, { outside: sends(1, [0, SIGTERM], [90, SIGUSR1]) });
    expect(life.code).toBe(6);
    expect(life.main.signals).toEqual([SIGUSR1]);
    expect(life.linux.now).toBe(90);
  });

  it("what is held back comes as it came: others that come meanwhile leave no trace in it", () => {
    const life = tini(["--delay=5s"], slow(0), {
      others: [
        function* (sender, linux) {
          yield* appIsReady(linux);
          sender.kill(1, SIGTERM);
          yield* sender.sleep(10);
          sender.queue(1, SIGUSR1, 42);
          yield never;
          return 0;
        },
      ],
    });
    const [, term] = life.main.received;
    expect(term).toMatchObject({ signal: SIGTERM, code: SI_USER, value: 0n });
  });

  it("what a process queued with a value keeps it through the delay", () => {
    const life = tini(["--delay=5s"], slow(0), {
      others: [
        function* (sender, linux) {
          yield* appIsReady(linux);
          sender.queue(1, SIGTERM, 42);
          yield* sender.sleep(10);
          sender.kill(1, SIGUSR1);
          yield never;
          return 0;
        },
      ],
    });
    expect(life.main.received[1]).toMatchObject({ signal: SIGTERM, code: SI_QUEUE, value: 42n });
  });

  it.each([
    ["250ms", 250],
    ["3", 3000],
    ["2m", 120_000],
    ["1h", 3_600_000],
  ])("--delay=%s is %i ms", (time, milliseconds) => {
    const life = tini([`--delay=${time}`], slow(0), { outside: sends(1, [0, SIGTERM]) });
    expect(life.main.receivedAt).toEqual([milliseconds]);
  });
});

describe("P24: the grace period", () => {
  it.each(ways)("kills everything when it is over, daemons with sessions of their own too, %s", (_name, world, pid) => {
    const program: Program = function* (process, linux) {
      yield* leavesDaemons(process, 3, stubborn);
      process.fork(stubborn, "daemon");
      return yield* stubborn(process, linux);
    };
    const life = tini(["--delay=1s", "--grace=2s"], program, { ...world, outside: sends(pid, [0, SIGTERM]) });
    expect(life.code).toBe(128 + SIGKILL);
    expect(life.main.receivedAt).toEqual([1000]);
    expect(daemons(life)).toHaveLength(4);
    for (const daemon of daemons(life)) expect(daemon.signals).toEqual([]);
    expect(daemons(life).map(({ endedAt }) => endedAt)).toEqual([3000, 3000, 3000, 3000]);
    expect(life.left).toEqual([]);
    expect(life.zombies).toEqual([]);
    expect(life.linux.now).toBeLessThanOrEqual(3010);
    neverLate(life);
  });

  it("kills the program's group where the init is not PID 1 and there is no /proc", () => {
    const program: Program = function* (process, linux) {
      process.fork(stubborn);
      return yield* stubborn(process, linux);
    };
    const life = tini(["--grace=2s"], program, { isPid1: false, proc: false, outside: sends(NOT_PID_1, [0, SIGTERM]) });
    expect(life.code).toBe(128 + SIGKILL);
    expect(life.left).toEqual([]);
    neverLate(life);
  });

  it("P24: only descendants are killed", () => {
    const bystander: Program = function* (process, linux) {
      process.handle([SIGHUP]);
      yield () => linux.watched?.alive === false;
      return 0;
    };
    const life = tini(["--grace=2s"], stubborn, {
      isPid1: false,
      others: [bystander],
      parent: function* (parent) {
        parent.fork(bystander, "bystander");
        while (yield* parent.waitFor()) continue;
        return 0;
      },
      outside: sends(NOT_PID_1, [0, SIGTERM]),
    });
    expect(life.code).toBe(128 + SIGKILL);
    for (const name of ["bystander", "other"])
      expect(life.processes.find((process) => process.name === name)?.status).toBe(0);
  });

  it("ends the moment everything is dead: no fixed sleeps", () => {
    const life = tini(["--grace=1h"], slow(700, 3), { outside: sends(1, [0, SIGTERM]) });
    expect(life.code).toBe(3);
    expect(life.linux.now).toBe(700);
  });

  it("begins with the first signal that is forwarded; further ones go on to the program and change nothing", () => {
    const life = tini(["--grace=2s"], stubborn, {
      outside: sends(1, [0, SIGTERM], [1000, SIGTERM], [1500, SIGINT], [1900, SIGHUP]),
    });
    expect(life.code).toBe(128 + SIGKILL);
    expect(got(life.main)).toEqual([
      ["SIGTERM", 0],
      ["SIGTERM", 1000],
      ["SIGINT", 1500],
      ["SIGHUP", 1900],
    ]);
    expect(life.main.endedAt).toBe(2000);
  });

  it("is for ever by default, as with tini", () => {
    const life = tini([], stubborn, { outside: sends(1, [0, SIGTERM], [1e9, SIGTERM]), mayStay: true });
    expect(life.stays).toBe(true);
    expect(life.main.signals).toEqual([SIGTERM, SIGTERM]);
  });

  it("--grace=0 kills at once, --grace=forever never", () => {
    const life = tini(["--grace=0"], stubborn, { outside: sends(1, [0, SIGTERM]) });
    expect([life.code, life.main.endedAt]).toEqual([137, 0]);
    expect(tini(["--grace=forever"], stubborn, { outside: sends(1, [0, SIGTERM]), mayStay: true }).stays).toBe(true);
  });

  it("the exit code stays the main child's where that ends in time and others do not", () => {
    const program: Program = function* (process, linux) {
      yield* leavesDaemons(process, 2, stubborn);
      return yield* slow(1000, 7)(process, linux);
    };
    const life = tini(["--grace=5s", "--linger=0"], program, { outside: sends(1, [0, SIGTERM]) });
    expect(life.code).toBe(7);
    expect(life.left).toEqual([]);
  });
});

describe("P24: deadlines are met while signals pour in", () => {
  it.each([
    [["--delay=100ms", "--grace=200ms"], 300],
    [["--grace=200ms"], 200],
    [["--grace=200ms", "--forward-to=all"], 200],
  ])("%j", (args, expected) => {
    let start = 0;
    const pours: Program = function* (sender, linux) {
      const program = yield* appIsReady(linux);
      start = linux.now;
      sender.kill(1, SIGTERM);
      // One is always pending: the init never sleeps. The kernel delivers lower numbers before TERM.
      while (program.alive) {
        sender.kill(1, SIGWINCH);
        sender.kill(1, SIGIO);
        yield;
      }
      return 0;
    };
    for (const seed of SEEDS.slice(0, 5)) {
      const life = tini(args, stubborn, { outside: pours, seed, preemption: 0.6, callMilliseconds: 0.125 });
      expect(life.code).toBe(128 + SIGKILL);
      expect(life.main.endedAt - start).toBeGreaterThanOrEqual(expected);
      expect(life.main.endedAt - start).toBeLessThan(expected + 10);
      expect(life.main.signals.length).toBeGreaterThan(10);
    }
  });

  it("and while the receiver's queue is full of real-time signals", () => {
    let sentAt = 0;
    const program: Program = function* (process) {
      process.block(40);
      process.handle([SIGTERM], () => (sentAt = process.linux.now));
      yield never;
      return 0;
    };
    const life = tini(["--grace=300ms"], program, {
      pendingLimit: 4,
      uid: 5,
      outside: function* (sender, linux) {
        sender.uid = 5;
        const program = yield* appIsReady(linux);
        for (let i = 0; program.alive; i++) {
          sender.queue(1, 40, i);
          if (i === 20) sender.kill(1, SIGTERM);
          yield* sender.sleep(1);
        }
        return 0;
      },
    });
    expect(life.code).toBe(128 + SIGKILL);
    expect(sentAt).toBeGreaterThan(0);
    expect(life.main.endedAt - sentAt).toBe(300);
  });
});

describe("P24: the final kill reaches what forks meanwhile", () => {
  /** Forks, and each child does the same, up to `limit` processes in total. */
  const bomb = (limit: number): Program =>
    function* self(process, linux): ReturnType<Program> {
      process.handle(FORWARDED);
      while (true) {
        const alive = [...linux.processes.values()].filter(({ name }) => name === "bomb").length;
        if (alive < limit) process.fork(self, "bomb");
        yield;
      }
    };
  /** A process that forks and ends, again and again: its pid keeps changing. */
  const hare: Program = function* hare(process): ReturnType<Program> {
    process.handle(FORWARDED);
    for (let i = 0; i < 3; i++) yield;
    process.fork(hare, "bomb");
    return 0;
  };

  it.each(ways)("a fork bomb, %s", (_name, world, pid) => {
    for (const seed of SEEDS.slice(0, 20)) {
      const program: Program = function* (process, linux) {
        process.fork(bomb(30), "bomb");
        return yield* stubborn(process, linux);
      };
      const life = tini(["--grace=50ms"], program, {
        ...world,
        seed,
        stepLimit: 1_000_000,
        outside: sends(pid, [0, SIGTERM]),
      });
      expect(life.code, `seed ${seed}`).toBe(128 + SIGKILL);
      expect(life.left).toEqual([]);
      expect(linesOf(life, "WARN")).toEqual([TIME_IS_UP]);
    }
  });

  it.each(ways)("a process that forks and ends all the time, %s", (_name, world, pid) => {
    for (const seed of SEEDS.slice(0, 20)) {
      const program: Program = function* (process, linux) {
        process.fork(hare, "bomb");
        return yield* stubborn(process, linux);
      };
      const life = tini(["--grace=50ms"], program, {
        ...world,
        seed,
        preemption: 0.2,
        stepLimit: 1_000_000,
        outside: sends(pid, [0, SIGTERM]),
      });
      expect(life.code, `seed ${seed}`).toBe(128 + SIGKILL);
      expect(life.left).toEqual([]);
    }
  });

  it("what not even KILL ends is given up after 500 rounds of 10 ms, with a warning", () => {
    const program: Program = function* (process, linux) {
      process.fork(stubborn, "daemon").uninterruptible = true;
      return yield* stubborn(process, linux);
    };
    const life = tini(["--grace=1s"], program, { isPid1: false, outside: sends(NOT_PID_1, [0, SIGTERM]) });
    expect(life.code).toBe(128 + SIGKILL);
    expect(life.left.map(({ name }) => name)).toEqual(["daemon"]);
    expect(linesOf(life, "WARN")).toEqual([TIME_IS_UP, "processes are left that even SIGKILL does not end"]);
    expect(life.linux.now).toBe(1000 + 5000);
  });

  it("P30: a main child that not even KILL ends has not exited with 0", () => {
    const program: Program = function* (process) {
      process.handle([SIGTERM], () => (process.uninterruptible = true));
      return yield* sleeps();
    };
    const life = tini(["--grace=1s"], program, { isPid1: false, outside: sends(NOT_PID_1, [0, SIGTERM]) });
    expect(linesOf(life, "WARN")).toEqual([TIME_IS_UP, "processes are left that even SIGKILL does not end"]);
    expect([125, 128 + SIGKILL]).toContain(life.code);
  });
});

describe("P24: without CAP_KILL", () => {
  /** A program that changes its user, and ends at no signal. */
  const other: Program = function* (process, linux) {
    process.uid = 9;
    return yield* stubborn(process, linux);
  };

  it("PID 1 leaves after the grace period, and the kernel kills the process that changed its user", () => {
    for (const proc of [true, false]) {
      const life = tini(["--grace=1s"], other, { uid: 5, proc, outside: sends(1, [0, SIGTERM]) });
      expect([life.code, life.linux.now]).toEqual([128 + SIGKILL, 1010]);
      expect(life.main.alive).toBe(false);
      expect(linesOf(life, "WARN").at(-1)).toMatch(/^cannot kill .* CAP_KILL /);
    }
  });

  it("so it does where only what the program left is another user's", () => {
    const program: Program = function* (process) {
      yield* leavesDaemons(process, 1, other);
      yield* leavesDaemons(process, 1, stubborn);
      return 4;
    };
    const life = tini(["--linger=1s"], program, { uid: 5 });
    expect([life.code, life.linux.now]).toEqual([4, 1010]);
    expect(linesOf(life, "WARN").at(-1)).toMatch(/^cannot kill .* CAP_KILL /);
  });

  it("an ordinary process gives up at once if it may kill none of those left, and goes on killing if it may", () => {
    const lonely = tini(["--grace=1s"], other, { uid: 5, isPid1: false, outside: sends(NOT_PID_1, [0, SIGTERM]) });
    expect([lonely.code, lonely.linux.now]).toEqual([128 + SIGKILL, 1010]);
    expect(linesOf(lonely, "WARN").at(-1)).toMatch(/^processes of another user are left: .* CAP_KILL /);
    const program: Program = function* (process, linux) {
      process.fork(stubborn, "daemon").uninterruptible = true;
      return yield* other(process, linux);
    };
    const life = tini(["--grace=1s"], program, { uid: 5, isPid1: false, outside: sends(NOT_PID_1, [0, SIGTERM]) });
    expect(life.linux.now).toBe(6000);
  });
});

describe("P24: which signals stop", () => {
  it("those of --stop-signals and no other", () => {
    const life = tini(["--stop-signals=USR1,RTMIN+2", "--grace=1s"], stubborn, {
      outside: sends(1, [0, SIGTERM], [5000, SIGUSR1]),
    });
    expect(got(life.main)).toEqual([
      ["SIGTERM", 0],
      ["SIGUSR1", 5000],
    ]);
    expect(life.main.endedAt).toBe(6000);
    const other = tini(["--stop-signals=USR1,RTMIN+2", "--grace=1s"], stubborn, { outside: sends(1, [100, 36]) });
    expect(other.main.endedAt).toBe(1100);
  });

  it.each([
    ["TERM", SIGTERM],
    ["INT", SIGINT],
  ])("by default %s", (_name, signal) => {
    const life = tini(["--grace=1s"], stubborn, { outside: sends(1, [0, signal]) });
    expect([life.code, life.main.endedAt]).toEqual([137, 1000]);
  });

  it("by default not HUP, QUIT, USR1, USR2", () => {
    const life = tini(["--grace=1s", "--delay=1s"], records(4, 4), {
      outside: sends(1, [0, SIGHUP], [0, SIGQUIT], [0, SIGUSR1], [0, SIGUSR2]),
    });
    expect([life.code, life.linux.now]).toEqual([4, 0]);
  });

  it("P28: a thread dump (QUIT) ends neither the program nor --restart", () => {
    const dumps: Program = function* (process, linux) {
      process.handle([SIGQUIT]);
      yield* process.sleep(60_000);
      return linux.history.filter(({ name }) => name === APP).length === 1 ? 1 : 0;
    };
    const life = tini(["--grace=1s", "--delay=1s", "--restart=on-failure"], dumps, {
      outside: sends(1, [10, SIGQUIT], [20, SIGQUIT]),
    });
    expect(life.main.signals).toEqual([SIGQUIT, SIGQUIT]);
    expect([life.code, life.started.length]).toEqual([0, 2]);
  });

  it("P28: a program that QUIT stops has its grace period, and is not started again, if --stop-signals names it", () => {
    const args = ["--stop-signals=TERM,INT,QUIT", "--grace=1s", "--restart=always"];
    const life = tini(args, stubborn, { outside: sends(1, [0, SIGQUIT]) });
    expect([life.code, life.main.endedAt, life.started.length]).toEqual([137, 1000, 1]);
  });

  it("they are matched as they arrive, and rewritten as they are forwarded", () => {
    const life = tini(["-r", "TERM:USR2", "--delay=1s", "--grace=1s"], stubborn, { outside: sends(1, [0, SIGTERM]) });
    expect(got(life.main)).toEqual([["SIGUSR2", 1000]]);
    expect(life.main.endedAt).toBe(2000);
    const other = tini(["-r", "USR1:TERM", "--delay=1s", "--grace=1s"], slow(60_000, 5), {
      outside: sends(1, [0, SIGUSR1]),
    });
    expect([other.code, other.main.receivedAt[0], other.main.endedAt]).toEqual([5, 0, 60_000]);
  });

  it("one that is dropped stops all the same: the program gets nothing, and is killed", () => {
    const life = tini(["-r", "TERM:0", "--grace=1s"], stubborn, { outside: sends(1, [0, SIGTERM]) });
    expect([life.code, life.main.signals, life.main.endedAt]).toEqual([137, [], 1000]);
  });

  /** Ctrl-C with a program in the init's group, which has the signal from the terminal already. */
  const ctrlC: Partial<World> = {
    terminal: { of: "init" },
    outside: function* (sender, linux) {
      yield* appIsReady(linux);
      yield* sender.sleep(10);
      const { terminal } = linux.watched ?? {};
      if (terminal) linux.typeKey(terminal, "Ctrl-C");
      return 0;
    },
  };

  it("Ctrl-C that the program has itself is one of them, and is not forwarded", () => {
    for (const args of [["--isolate=none"], ["--isolate=none", "--delay=500ms"]]) {
      const life = tini(["-v", "--grace=1s", ...args], stubborn, ctrlC);
      expect([life.code, life.main.signals, life.main.endedAt]).toEqual([
        137,
        [SIGINT],
        args.length === 1 ? 1010 : 1510,
      ]);
      expect(linesOf(life, "INFO")[1]).toMatch(/^Stopping by SIGINT/);
      expect(sent(life)).toEqual(["SIGKILL to -1"]);
    }
  });

  it("what the init does to itself is none: SIGPIPE of a log line without a reader", () => {
    const stderr = new Pipe();
    stderr.readers = 0;
    const life = tini(["-vvv", "--stop-signals=PIPE", "--grace=1s"], slow(5000, 4), {
      stderr,
      outside: sends(1, [0, SIGTERM]),
    });
    expect([life.code, life.main.signals]).toEqual([4, [SIGTERM]]);
  });
});

describe("P24: a program that is stopped", () => {
  it.each([
    [[], 0],
    [["--delay=1s"], 1000],
    [["-g"], 0],
    [["-r", "TERM:HUP"], 0],
  ])("goes on to see the stop signal: %j", (args, at) => {
    const program: Program = function* (process) {
      process.handle(FORWARDED);
      process.kill(process.pid, SIGSTOP);
      yield* process.receive(1);
      return 8;
    };
    const outside: Program = function* (sender, linux) {
      yield () => app(linux)?.state === "stopped";
      yield* sender.sleep(10);
      sender.kill(1, SIGTERM);
      return 0;
    };
    for (const isPid1 of [true, false]) {
      const life = tini(args, program, {
        isPid1,
        outside: isPid1
          ? outside
          : function* (sender, linux) {
              yield () => app(linux)?.state === "stopped";
              yield* sender.sleep(10);
              sender.kill(NOT_PID_1, SIGTERM);
              return 0;
            },
      });
      expect(life.code).toBe(8);
      expect(life.main.endedAt).toBe(10 + at);
    }
  });

  /** A program that another process stops, and that ends at TERM. */
  const stoppedByOthers: Program = function* (process) {
    process.handle([SIGTERM]);
    yield* process.receive(1);
    return 8;
  };

  it("goes on also where the stop signal comes in at the same moment, and so before the news of the stop", () => {
    const life = tini([], stoppedByOthers, {
      outside: function* (sender, linux) {
        const main = yield* appIsReady(linux);
        sender.kill(main.pid, SIGSTOP);
        linux.act(main);
        sender.kill(1, SIGTERM);
        return 0;
      },
    });
    expect(life.main.stops).toEqual([SIGSTOP]);
    expect(life.code).toBe(8);
  });

  it("goes on also where the delay ends before the news of the stop comes in", () => {
    // Somewhere among these the delay is over when the signal that is dropped was taken, and the news still waits.
    for (let at = 800; at < 1600; at += 50) {
      const life = tini(["--delay=1s", "--rewrite=USR1:0"], stoppedByOthers, {
        callMilliseconds: 100,
        outside: function* (sender, linux) {
          const main = yield* appIsReady(linux);
          sender.kill(1, SIGTERM);
          yield* sender.sleep(at);
          // Too late: the signal was passed on.
          if (!main.alive || main.pending.set !== 0n || main.received.length > 0) return 0;
          sender.kill(main.pid, SIGSTOP);
          linux.act(main);
          sender.kill(1, SIGUSR1);
          return 0;
        },
      });
      expect(life.code).toBe(8);
    }
  });

  it("P24: gets the stop signal before it goes on, so that it does nothing before handling it", () => {
    const program: Program = function* (process) {
      process.kill(process.pid, SIGSTOP);
      yield;
      return 5;
    };
    for (const seed of SEEDS) {
      const life = tini([], program, {
        seed,
        outside: function* (sender, linux) {
          yield () => app(linux)?.state === "stopped";
          yield* sender.sleep(10);
          sender.kill(1, SIGTERM);
          return 0;
        },
      });
      expect([seed, life.code, sent(life)]).toEqual([seed, 128 + SIGTERM, ["SIGTERM to 2", "SIGCONT to -2"]]);
    }
  });

  it("is killed when the grace period is over, stopped or not", () => {
    const program: Program = function* (process) {
      process.handle([SIGTERM], () => process.kill(process.pid, SIGSTOP));
      yield never;
      return 0;
    };
    const life = tini(["--grace=1s"], program, { outside: sends(1, [0, SIGTERM]) });
    expect(life.code).toBe(137);
  });

  it("gets no SIGCONT where it runs", () => {
    const life = tini([], slow(0), { outside: sends(1, [0, SIGTERM]) });
    expect(sent(life)).toEqual(["SIGTERM to 2"]);
  });
});

describe("P25: what else runs when the main child is gone", () => {
  /** Leaves daemons that do this, and exits with 5 at once. */
  const leaves = (count: number, daemon: Program): Program =>
    function* (process) {
      yield* leavesDaemons(process, count, daemon);
      return 5;
    };

  it.each(ways)("gets SIGTERM with --linger, and when all have ended there is no more waiting, %s", (_n, world) => {
    const life = tini(["--linger=1h"], leaves(3, slow(300, 1)), world);
    expect(life.code).toBe(5);
    for (const daemon of daemons(life)) expect([daemon.signals, daemon.endedAt]).toEqual([[SIGTERM], 300]);
    expect(daemons(life)).toHaveLength(3);
    expect([life.left, life.zombies, life.linux.now]).toEqual([[], [], 300]);
    expect(life.stderr).toEqual([]);
  });

  it.each(ways)("gets SIGKILL where it has not ended by then, %s", (_name, world) => {
    const life = tini(["--linger=2s"], leaves(3, stubborn), world);
    expect(life.code).toBe(5);
    for (const daemon of daemons(life)) {
      expect(daemon.signals).toEqual([SIGTERM]);
      expect(daemon.endedAt).toBe(2000);
      expect(daemon.status).toBe(SIGKILL);
    }
    expect([life.left, life.zombies]).toEqual([[], []]);
    expect(life.linux.now).toBeLessThanOrEqual(2010);
  });

  it.each(ways)("none: it ends at once, and logs nothing, %s", (_name, world) => {
    const life = tini(["--linger=1h"], exits(5), world);
    expect([life.code, life.linux.now, life.stderr]).toEqual([5, 0, []]);
    neverLate(life);
  });

  it("where not PID 1 and without /proc the program's group is all that can be found", () => {
    const program: Program = function* (process) {
      process.fork(slow(100), "daemon");
      yield () => daemonsAreReady(process);
      return 5;
    };
    const life = tini(["--linger=1h"], program, { isPid1: false, proc: false });
    expect([life.code, life.left, life.linux.now]).toEqual([5, [], 100]);
  });

  it("no signal goes to a pid without a process", () => {
    for (const args of [[], ["--isolate=none"], ["--isolate=session"]]) {
      for (const proc of [true, false]) {
        const life = tini(["--linger=1s", ...args], leaves(2, stubborn), {
          isPid1: false,
          proc,
          mayStay: true,
          others: [sends(NOT_PID_1)],
        });
        expect(life.trap).toBeNull();
        // Only the program's group may be tried once: without /proc nothing else shows that it is empty.
        const late = life.trace
          .calls(NOT_PID_1, "kill")
          .filter(({ args: [target = 0, signal], result }) => result === -ESRCH && (target >= 0 || signal !== SIGTERM));
        expect(late, `${args.join(" ")}, /proc: ${proc}`).toEqual([]);
      }
    }
  });

  it.each([
    ["--linger", ["--linger=5s"]],
    ["--restart", ["--restart=always", "--restart-delay=5s"]],
  ])("a signal that comes meanwhile is for nobody: the dead main child's number may be another's, %s", (_n, args) => {
    const life = tini(args, leaves(1, slow(4000)), {
      outside: function* (sender, linux) {
        yield () => linux.processes.get(2) === undefined && app(linux)?.alive === false;
        yield* sender.sleep(10);
        for (const signal of [SIGUSR1, SIGHUP, SIGCONT, 40]) sender.kill(1, signal);
        yield* sender.sleep(10);
        sender.kill(1, SIGTERM);
        return 0;
      },
    });
    expect(life.code).toBe(5);
    neverLate(life);
    expect(life.stderr).toEqual([]);
  });

  it("without --linger no process gets a signal: PID 1 leaves the rest to the kernel, another init leaves it alone", () => {
    const pid1 = tini([], leaves(2, stubborn));
    expect(pid1.code).toBe(5);
    expectAbsent(sent, pid1, tini(["--linger=0"], leaves(2, stubborn)));
    for (const daemon of daemons(pid1)) expect([daemon.signals, daemon.status]).toEqual([[], SIGKILL]);
    const other = tini([], leaves(2, stubborn), { isPid1: false });
    expect(other.code).toBe(5);
    expectAbsent(sent, other, tini(["--linger=0"], leaves(2, stubborn), { isPid1: false }));
    expect(other.left.map(({ name }) => name)).toEqual(["daemon", "daemon"]);
  });

  it("--linger=0 is a SIGTERM with SIGKILL close behind", () => {
    const life = tini(["--linger=0"], leaves(2, stubborn));
    expect(life.code).toBe(5);
    expect(sent(life)).toEqual(["SIGTERM to -1", "SIGKILL to -1"]);
    for (const daemon of daemons(life)) expect([daemon.status, daemon.endedAt]).toEqual([SIGKILL, 0]);
  });

  it("the exit code stays the main child's, mapped as ever, under any schedule", () => {
    const program: Program = function* (process) {
      yield* leavesOrphans(process, 3);
      yield* leavesDaemons(process, 3, slow(20, 1));
      process.fork(stubborn);
      return 5;
    };
    for (const [name, world] of ways) {
      for (const seed of SEEDS) {
        const life = tini(["--linger=100ms", "-e5:6"], program, { ...world, seed });
        expect(life.code, `${name}, seed ${seed}`).toBe(6);
        expect([life.left, life.zombies, life.trap]).toEqual([[], [], null]);
      }
    }
  });

  it("a main child that dies of the stop signal's end has its code, and then the others have their time", () => {
    const program: Program = function* (process, linux) {
      yield* leavesDaemons(process, 1, slow(700));
      return yield* server(9)(process, linux);
    };
    const life = tini(["--grace=1s", "--linger=1s"], program, { outside: sends(1, [0, SIGTERM]) });
    expect([life.code, life.linux.now]).toEqual([9, 700]);
  });
});

describe("P25: no process gets a second SIGTERM", () => {
  /** A member of the program's group, a daemon, and the program, which ends at once when it is told. */
  const program: Program = function* (process, linux) {
    const child = process.fork(slow(300), "member");
    yield () => child.handles;
    yield* leavesDaemons(process, 1, slow(300));
    return yield* server(7)(process, linux);
  };
  const signalsOf = (life: Life, name: string): number[] | undefined =>
    life.processes.find((process) => process.name === name)?.signals;

  it.each(ways)("those that got it by --forward-to do not get another, %s", (_name, world, pid) => {
    for (const [args, member, daemon] of [
      [[], [SIGTERM], [SIGTERM]],
      [["-g"], [SIGTERM], [SIGTERM]],
      [["--forward-to=all"], [SIGTERM], [SIGTERM]],
      // Another signal does not count.
      [["-g", "-r", "TERM:INT"], [SIGINT, SIGTERM], [SIGTERM]],
    ] as const) {
      // Without /proc PID 1 cannot tell which processes are in the group, and signals all.
      if (world.proc === false && args.length === 1 && args[0] === "-g") continue;
      const handled: Program = function* (process, linux) {
        process.handle([SIGINT]);
        yield () => process.signals.length > 0;
        return yield* exits(7)(process, linux);
      };
      const main = args.includes("TERM:INT" as never)
        ? function* (process: Process, linux: Linux): ReturnType<Program> {
            const child = process.fork(slow(300), "member");
            yield () => child.handles;
            yield* leavesDaemons(process, 1, slow(300));
            return yield* handled(process, linux);
          }
        : program;
      const life = tini([...args, "--linger=5s"], main, { ...world, outside: sends(pid, [0, SIGTERM]) });
      expect([life.code, signalsOf(life, "member"), signalsOf(life, "daemon"), life.left], args.join(" ")).toEqual([
        7,
        member,
        daemon,
        [],
      ]);
      expect(life.linux.now).toBeLessThan(5000);
    }
  });

  it("nor with a control group: a member of it, of a group within it, and a process that left it are found once each", () => {
    /** Creates a group within its own, or beside it, and moves there. */
    const moves = (isWithin: boolean): Program =>
      function* (daemon, linux) {
        const { cgroups } = linux;
        const own = cgroups?.groupOf(daemon, "pids");
        const above = isWithin ? own : own?.parent;
        if (!cgroups || !above) throw new Error("there are none");
        cgroups.make(above, "other", daemon);
        const other = above.children.get("other");
        expect(other && cgroups.move(daemon, 0, other)).toBe(0);
        return yield* slow(300)(daemon, linux);
      };
    const main: Program = function* (process, linux) {
      const child = process.fork(slow(300), "member");
      yield () => child.handles;
      const places = [slow(300), moves(true), moves(false)];
      for (const [index, place] of places.entries()) {
        yield* leavesDaemons(process, 1, place);
        yield () => linux.history.filter(({ name, handles }) => name === "daemon" && handles).length > index;
      }
      return yield* server(7)(process, linux);
    };
    for (const isPid1 of [false, true]) {
      for (const cgroups of [{}, { lacks: ["cgroup.kill"] }, { version: 1 }] as const) {
        for (const args of [[], ["-g"], ["--forward-to=all"], ["--restart=always"], ["--restart=on-failure", "-g"]]) {
          const where = `${args.join(" ")}, ${JSON.stringify(cgroups)}, PID 1: ${isPid1}`;
          const life = tini(["--pids-max=50", ...args, "--linger=5s"], main, {
            isPid1,
            cgroups,
            outside: sends(isPid1 ? 1 : NOT_PID_1, [0, SIGTERM]),
          });
          const signals = [life.processes.find(({ name }) => name === "member"), ...daemons(life)].map(
            (it) => it?.signals,
          );
          expect([life.code, signals], where).toEqual([7, Array(4).fill([SIGTERM])]);
          expect([life.left, life.linux.now < 5000], where).toEqual([[], true]);
        }
      }
    }
  });

  it("nor between two lives, where the first one ends by itself", () => {
    for (const isPid1 of [false, true]) {
      for (const version of [1, 2] as const) {
        let lives = 0;
        const main: Program = function* (process) {
          if (++lives > 1) return 0;
          yield* leavesDaemons(process, 2, slow(300));
          return 5;
        };
        const args = ["--pids-max=50", "--restart=on-failure", "--linger=5s"];
        const life = tini(args, main, { isPid1, cgroups: { version } });
        expect([life.code, daemons(life).map(({ signals }) => signals)]).toEqual([0, [[SIGTERM], [SIGTERM]]]);
      }
    }
  });

  it("nor where the group's processes are more, and farther apart, than a walk can remember", () => {
    const main: Program = function* (process, linux) {
      for (let i = 0; i < 40; i++) {
        linux.add("far away", null, 1000 + i * 600);
        yield* leavesDaemons(process, 1, slow(300));
        yield () => linux.history.filter(({ name, handles }) => name === "daemon" && handles).length > i;
      }
      return yield* server(7)(process, linux);
    };
    const life = tini(["--pids-max=90", "--linger=5s"], main, {
      isPid1: false,
      cgroups: {},
      outside: sends(NOT_PID_1, [0, SIGTERM]),
    });
    expect([life.code, daemons(life).map(({ signals }) => signals)]).toEqual([7, Array(40).fill([SIGTERM])]);
  });

  it("where the program ends by itself everybody gets the one", () => {
    for (const args of [["-g"], ["--forward-to=all"]]) {
      const life = tini([...args, "--linger=5s"], function* (process) {
        yield* leavesDaemons(process, 1, slow(10));
        return 3;
      });
      expect([life.code, signalsOf(life, "daemon")]).toEqual([3, [SIGTERM]]);
    }
  });
});

describe("P29: --wait", () => {
  const leaves = (daemon: Program): Program =>
    function* (process) {
      yield* leavesDaemons(process, 1, daemon);
      return 5;
    };
  const naps: Program = function* (process) {
    process.handle([SIGHUP]);
    yield* process.sleep(900);
    return 3;
  };

  it.each(ways)("=all and =last stay until the last process has gone, %s", (_name, world) => {
    for (const [args, code] of [
      [["--wait=all"], 5],
      [["--wait=last"], 3],
      [["--wait=all", "--linger=1s"], 5],
      [["--wait=last", "-e3:8"], 8],
    ] as const) {
      const life = tini(args, leaves(naps), world);
      expect([life.code, life.linux.now, life.left, life.stderr]).toEqual([code, 900, [], []]);
      expect(daemons(life)[0]?.signals).toEqual([]);
      neverLate(life);
    }
    expect(tini(["--wait=main"], leaves(naps), world).linux.now).toBeLessThan(900);
    expect(tini(["--wait=all"], exits(5), world).code).toBe(5);
  });

  it.each(ways.filter(([, { proc }]) => proc !== false))(
    "stop signals go to all, before and after, %s",
    (_n, world, pid) => {
      const after = tini(["--wait=all"], leaves(slow(70)), {
        ...world,
        outside: function* (sender) {
          yield* sender.sleep(100);
          sender.kill(pid, SIGTERM);
          return 0;
        },
      });
      expect([after.code, after.linux.now, daemons(after)[0]?.signals]).toEqual([5, 170, [SIGTERM]]);
      const before = tini(
        ["--wait=all"],
        function* (process, linux) {
          yield* leavesDaemons(process, 1, slow(70));
          return yield* server(6)(process, linux);
        },
        { ...world, outside: sends(pid, [0, SIGTERM]) },
      );
      expect([before.code, before.linux.now, daemons(before)[0]?.signals]).toEqual([6, 70, [SIGTERM]]);
    },
  );

  it("the grace period is for all of them", () => {
    const life = tini(["--wait=all", "--grace=1s", "--delay=1s"], leaves(stubborn), {
      outside: function* (sender) {
        yield* sender.sleep(100);
        sender.kill(1, SIGTERM);
        return 0;
      },
    });
    expect([life.code, life.linux.now, daemons(life)[0]?.status]).toEqual([5, 2100, SIGKILL]);
    expect(daemons(life)[0]?.receivedAt).toEqual([1100]);
  });

  it("a restart comes after the last of them", () => {
    const births: number[] = [];
    const program: Program = function* (process) {
      births.push(process.linux.now);
      const child = process.fork(naps, "daemon");
      yield () => child.handles;
      return 1;
    };
    const life = tini(["--wait=all", "--restart=always:1", "--restart-delay=100ms"], program);
    expect([life.code, births]).toEqual([1, [0, 1000]]);
  });
});

describe("P29: --timeout", () => {
  it.each(ways)("is the longest run: the stop sequence, and 124, %s", (_name, world) => {
    for (const args of [[], ["-e124:0"], ["-e7,143"]]) {
      const life = tini(["--timeout=3s", "--grace=1s", ...args], slow(500, 7), world);
      expect([life.code, life.linux.now, life.main.signals]).toEqual([124, 3500, [SIGTERM]]);
    }
    const deaf = tini(["--timeout=3s", "--grace=1s"], stubborn, world);
    expect([deaf.code, deaf.linux.now]).toEqual([124, 4000]);
    expect(linesOf(deaf, "WARN")).toEqual([
      "--timeout is over: the run is stopped, and the exit code is 124",
      TIME_IS_UP,
    ]);
  });

  it("--delay and --rewrite hold for it as for any stop", () => {
    const life = tini(["--timeout=1s", "--delay=2s", "-r", "TERM:USR1"], records(1), {});
    expect([life.code, life.main.signals, life.main.receivedAt]).toEqual([124, [SIGUSR1], [3000]]);
  });

  it("does not matter where the program ends before, or is being stopped", () => {
    expect(tini(["--timeout=1s"], exits(7)).code).toBe(7);
    expect(tini(["--timeout=0"], slow(5000, 7), { outside: sends(1, [2000, SIGTERM]) }).code).toBe(7);
    expect(tini(["--timeout=off"], slow(5000, 7), { outside: sends(1, [2000, SIGTERM]) }).code).toBe(7);
    expect(tini(["--timeout=3s"], slow(5000, 7), { outside: sends(1, [2000, SIGTERM]) }).code).toBe(7);
  });

  it("is for the whole run, restarts and the waits between them included", () => {
    const life = tini(["--timeout=5s", "--restart=always", "--restart-delay=2s"], exits(1));
    expect([life.code, life.linux.now]).toEqual([124, 5000]);
    const waiting = tini(["--timeout=1s", "--restart=always", "--restart-delay=1h"], exits(1));
    expect([waiting.code, waiting.linux.now]).toEqual([124, 1000]);
  });

  it("P13: costs one look at the clock, and no call where it is not asked for", () => {
    const life = tini(["--timeout=1h"], exits(0));
    expect(life.counts.get("clock_gettime")).toBeLessThanOrEqual(4);
    expectAbsent(callsNamed("clock_gettime"), tini([], exits(0)), life);
  });
});

/** Whether every daemon has installed its handlers. */
function daemonsAreReady({ linux }: Process): boolean {
  const all = linux.history.filter(({ name }) => name === "daemon");
  return all.length > 0 && all.every(({ handles }) => handles);
}

describe("P26: -p SIG", () => {
  const parentDies: Program = function* (parent, linux) {
    yield* appIsReady(linux);
    yield* parent.sleep(100);
    return 0;
  };

  it("starts the stop sequence when the parent dies: delay, signal, grace, SIGKILL", () => {
    const life = tini(["-p", "USR2", "--delay=1s", "--grace=2s"], stubborn, { isPid1: false, parent: parentDies });
    expect(life.code).toBe(137);
    expect([life.main.signals, life.main.receivedAt, life.main.endedAt]).toEqual([[SIGUSR2], [1100], 3100]);
  });

  it("so the workload never outlives us: what else runs is killed as well", () => {
    const program: Program = function* (process, linux) {
      yield* leavesDaemons(process, 2, stubborn);
      return yield* stubborn(process, linux);
    };
    const life = tini(["-p", "TERM", "--grace=1s"], program, { isPid1: false, parent: parentDies });
    expect([life.code, life.left]).toEqual([137, []]);
    expect(life.processes.find(({ pid }) => pid === PARENT)?.alive).toBe(false);
  });

  it("a stop signal that comes before is not lost, and cuts the delay", () => {
    const life = tini(["-p", "USR2", "--delay=10s"], records(2, 3), {
      isPid1: false,
      parent: parentDies,
      outside: sends(NOT_PID_1, [0, SIGTERM]),
    });
    expect(life.code).toBe(3);
    expect(sent(life)).toEqual(["SIGTERM to 21", "SIGUSR2 to 21"]);
    expect(life.linux.now).toBe(100);
  });
});

describe("P13, P24: unused options cost nothing", () => {
  it("no clock call and no time-out without a deadline", () => {
    const program: Program = function* (process) {
      process.handle(FORWARDED);
      yield* leavesOrphans(process, 5);
      yield* process.receive(3);
      return 0;
    };
    for (const isPid1 of [true, false]) {
      const life = tini([], program, {
        isPid1,
        outside: sends(isPid1 ? 1 : NOT_PID_1, [0, SIGUSR1], [10, SIGTERM], [20, SIGTERM]),
      });
      expect(life.code).toBe(0);
      const control = tini(["--grace=1s"], stubborn, { outside: sends(1, [0, SIGTERM]) });
      expectAbsent(callsNamed("clock_gettime"), life, control);
      expectAbsent(timeouts, life, control);
    }
  });

  it("nor with one, before it is set", () => {
    const sent = (...signals: (readonly [number, number])[]): Life =>
      tini(["--delay=1s", "--grace=1s", "--linger=1s"], stubborn, { outside: sends(1, ...signals), mayStay: true });
    const life = sent([0, SIGUSR1], [10, SIGHUP]);
    expect(life.stays).toBe(true);
    expectAbsent(callsNamed("clock_gettime"), life, sent([0, SIGUSR1], [10, SIGTERM]));
  });

  it("waits once for each deadline: it does not poll", () => {
    const life = tini(["--delay=1h", "--grace=1h"], stubborn, { outside: sends(1, [0, SIGTERM]) });
    expect(life.code).toBe(137);
    // For the stop signal, the delay, the grace period, the end.
    expect(life.counts.get("rt_sigtimedwait")).toBe(4);
  });
});

describe("P24: each step is logged at info, a kill because the time is up at warn", () => {
  const said = (args: string[], program: Program, world: Partial<World>): string[] =>
    tini(["-v", ...args], program, world)
      .stderr.map((line) => line.replace(/^\[INFO[^\]]*\] |^\[(WARN) [^\]]*\](?= )/, "$1"))
      .filter((line) => !line.startsWith("Spawned"));

  it("delay, signal, kill", () => {
    expect(said(["--delay=1s", "--grace=1s"], stubborn, { outside: sends(1, [0, SIGTERM]) })).toEqual([
      "Stopping by SIGTERM, which is held back for a moment",
      "Stopping by SIGTERM",
      `WARN ${TIME_IS_UP}`,
      "Main child exited with signal (with signal 'SIGKILL')",
    ]);
  });

  it("P32: how the main child ended is one line", () => {
    expect(said([], slow(0, 7), { outside: sends(1, [0, SIGTERM], [0, SIGTERM]) })).toEqual([
      "Stopping by SIGTERM",
      "Main child exited normally (with status '7')",
    ]);
  });

  it("waiting for others, and only where there are any", () => {
    const leaves: Program = function* (process) {
      yield* leavesDaemons(process, 1, stubborn);
      return 3;
    };
    expect(said(["--linger=1s"], leaves, {})).toEqual([
      "Main child exited normally (with status '3')",
      "Waiting for the others to end",
      `WARN ${TIME_IS_UP}`,
    ]);
    expect(said(["--linger=1s"], exits(3), {})).toEqual(["Main child exited normally (with status '3')"]);
  });

  it("P32: with a time of 0 no process is reported as too slow", () => {
    const leaves: Program = function* (process) {
      yield* leavesDaemons(process, 1, stubborn);
      return 3;
    };
    expect(linesOf(tini(["--linger=0"], leaves), "WARN")).toEqual([]);
    expect(linesOf(tini(["--linger=1ms"], leaves), "WARN")).toEqual([TIME_IS_UP]);
  });

  it("the parent's death", () => {
    const lines = said(["-p", "HUP"], records(1), {
      isPid1: false,
      parent: function* (_parent, linux) {
        yield* appIsReady(linux);
        return 0;
      },
    });
    expect(lines).toEqual(["our parent died", "Stopping by SIGHUP", "Main child exited normally (with status '0')"]);
  });

  it("the signal that cuts the delay short is named", () => {
    expect(said(["--delay=1s"], records(2), { outside: sends(1, [0, SIGTERM], [10, SIGINT]) })).toEqual([
      "Stopping by SIGTERM, which is held back for a moment",
      "Stopping by SIGINT",
      "Main child exited normally (with status '0')",
    ]);
  });
});

describe("P24: under random schedules", () => {
  const program: Program = function* (process, linux) {
    yield* leavesDaemons(process, 2, stubborn);
    process.fork(stubborn);
    return yield* stubborn(process, linux);
  };

  it.each(ways)("the whole sequence ends with everything dead, never before its time, %s", (_name, world, pid) => {
    for (const seed of SEEDS) {
      const life = tini(["--delay=1s", "--grace=2s", "--linger=1s"], program, {
        ...world,
        seed,
        outside: sends(pid, [0, SIGTERM]),
      });
      const sentAt = life.trace.mark("SIGTERM is sent")?.time ?? NaN;
      expect(life.code, `seed ${seed}`).toBe(137);
      expect(life.main.signals).toEqual([SIGTERM]);
      expect(life.main.receivedAt[0]).toBeGreaterThanOrEqual(sentAt + 1000);
      expect(life.main.endedAt).toBeGreaterThanOrEqual(sentAt + 3000);
      expect([life.left, life.zombies, life.trap, linesOf(life, "WARN")]).toEqual([[], [], null, [TIME_IS_UP]]);
    }
  });

  it.each(ways)(
    "a stop signal at any moment, before the program runs or after, ends in time, %s",
    (_name, world, pid) => {
      for (const seed of SEEDS) {
        const outside: Program = function* (sender, linux) {
          yield () => linux.trace.has(pid, "rt_sigprocmask");
          for (let turns = linux.random.below(12); turns > 0; turns--) yield;
          sender.kill(pid, SIGTERM);
          return 0;
        };
        const life = tini(["--delay=10ms", "--grace=20ms"], stubborn, { ...world, seed, outside });
        expect([137, 143], `seed ${seed}\n${life.trace.text()}`).toContain(life.code);
        expect([life.left, life.trap]).toEqual([[], null]);
      }
    },
  );
});
