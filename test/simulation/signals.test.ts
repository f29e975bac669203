import { describe, expect, it } from "vitest";
import {
  bit,
  EPERM,
  killed,
  SI_MESGQ,
  SI_QUEUE,
  SI_TIMER,
  SI_USER,
  SIGABRT,
  SIGCHLD,
  SIGHUP,
  SIGINT,
  SIGKILL,
  SIGQUIT,
  SIGRTMAX,
  SIGRTMIN,
  SIGSEGV,
  SIGSTOP,
  SIGTERM,
  SIGTSTP,
  SIGTTIN,
  SIGTTOU,
  SIGUSR1,
  SIGUSR2,
} from "../linux/abi.ts";
import { MEMORY_BASE } from "../../scripts/lib/layout.ts";
import { exits, moduleAt, NOT_PID_1, type World } from "./life.ts";
import { never, type Process, type Program } from "../linux/process.ts";
import { fromProcess } from "../linux/signals.ts";
import { Random } from "../linux/random.ts";
import { app, appIsReady, FORWARDED, linesOf, records, server, sleeps, tini } from "./scenario.ts";

/** Sends `signals` to PID 1 once the program is ready, each after the one before has arrived, then ends. */
function sends(...signals: number[]): Program {
  return function* (sender, linux) {
    const program = yield* appIsReady(linux);
    for (const signal of signals) {
      const before = program.received.length;
      sender.kill(1, signal);
      yield () => program.received.length > before || !program.alive;
    }
    return 0;
  };
}

describe("P20: every signal that can be caught is forwarded as it came", () => {
  it.each(FORWARDED)("signal %i, sent by a process", (signal) => {
    const life = tini([], records(1, 3), { others: [sends(signal)] });
    expect(life.main.signals).toEqual([signal]);
    expect(life.code).toBe(3);
  });

  it("all of them, sent from outside of the container", () => {
    const life = tini([], records(FORWARDED.length), { outside: sends(...FORWARDED) });
    expect(life.main.signals).toEqual(FORWARDED);
  });

  it.each([SIGCHLD, 32, 33])("signal %i is not", (signal) => {
    const life = tini([], records(1), {
      outside: function* (sender, linux) {
        yield* appIsReady(linux);
        sender.kill(1, signal);
        yield;
        sender.kill(1, SIGTERM);
        return 0;
      },
    });
    expect(life.main.signals).toEqual([SIGTERM]);
  });

  it("TTIN and TTOU are not where the terminal sent them", () => {
    const life = tini(["--isolate=none"], records(1), {
      isPid1: false,
      terminal: { of: "parent", background: true },
      parent: function* (parent, linux) {
        yield* appIsReady(linux);
        const { watched } = linux;
        if (!watched) throw new Error("no init");
        for (const signal of [SIGTTIN, SIGTTOU]) {
          linux.send(watched, { signal, code: 0x80, pid: 0, uid: 0, value: 0n });
        }
        yield;
        parent.kill(NOT_PID_1, SIGTERM);
        yield* parent.waitFor();
        return 0;
      },
    });
    expect(life.main.signals).toEqual([SIGTERM]);
  });

  it("a queued signal keeps its value, its code and its sender", () => {
    const life = tini([], records(4), {
      others: [
        function* (sender, linux) {
          yield* appIsReady(linux);
          sender.uid = 7;
          for (const [signal, code] of [
            [SIGRTMIN, SI_QUEUE],
            [SIGUSR1, SI_QUEUE],
            [SIGRTMAX, SI_MESGQ],
            [SIGRTMIN + 5, SI_TIMER],
          ] as const) {
            linux.send(linux.reaper ?? sender, { signal, code, pid: sender.pid, uid: 7, value: -5_000_000_000n });
          }
          return 0;
        },
      ],
    });
    const received = life.main.received.map(({ signal, code, pid, uid, value }) => ({ signal, code, pid, uid, value }));
    const from = { pid: 2, uid: 7, value: -5_000_000_000n };
    expect(received.sort((one, two) => one.signal - two.signal)).toEqual([
      { signal: SIGUSR1, code: SI_QUEUE, ...from },
      { signal: SIGRTMIN, code: SI_QUEUE, ...from },
      { signal: SIGRTMIN + 5, code: SI_TIMER, ...from },
      { signal: SIGRTMAX, code: SI_MESGQ, ...from },
    ]);
  });

  it("a plain kill is forwarded as a plain kill", () => {
    const life = tini([], records(1), { others: [sends(SIGTERM)] });
    expect(life.main.received[0]).toMatchObject({ code: SI_USER, pid: 1 });
  });

  it("real-time signals keep their count, plain ones too", () => {
    const life = tini([], records(50), {
      outside: function* (sender, linux) {
        yield* appIsReady(linux);
        for (let i = 0; i < 50; i++) sender.kill(1, SIGRTMIN + (i % 2));
        return 0;
      },
    });
    expect(life.main.signals.filter((signal) => signal === SIGRTMIN)).toHaveLength(25);
    expect(life.main.signals.filter((signal) => signal === SIGRTMIN + 1)).toHaveLength(25);
  });

  // The limit counts what waits for all processes of a user: with one user the init's own queue is part of it.
  it.each([
    ["of the same user", 0],
    ["of another user", 1000],
  ])(
    "100 000 real-time signals with values to a slow receiver %s with a small queue: none is lost, the order is kept",
    (_who, uid) => {
      const COUNT = 100_000;
      const receiver: Program = function* (process) {
        process.uid = uid;
        process.block(SIGRTMIN);
        process.handle([SIGUSR1]);
        const random = new Random(3);
        for (let i = 0; i < COUNT; i++) {
          const { value } = yield* process.take(bit(SIGRTMIN));
          if (value !== BigInt(i)) return 1;
          if (random.below(8) === 0) yield;
        }
        return 0;
      };
      const sender: Program = function* (process, linux) {
        yield* appIsReady(linux);
        for (let i = 0; i < COUNT;) {
          if (process.queue(1, SIGRTMIN, i) === 0) i++;
          else yield;
        }
        return 0;
      };
      const life = tini([], receiver, {
        others: [sender],
        seed: 5,
        preemption: 0.3,
        pendingLimit: 8,
        stepLimit: 3_000_000,
      });
      expect(life.code).toBe(0);
      expect(life.main.received).toHaveLength(COUNT);
      expect(life.trap).toBeNull();
    },
  );

  it("a receiver whose queue is full holds up nothing but real-time signals: TERM still comes, orphans are reaped", () => {
    const full: Program = function* (process, linux) {
      process.handle([SIGTERM]);
      process.block(SIGRTMIN);
      process.fork(function* (parent) {
        parent.fork(function* (orphan) {
          yield () => (app(linux)?.pending.set ?? 0n) !== 0n;
          orphan.kill(0, 0);
          return 0;
        }, "orphan");
        yield;
        return 0;
      });
      yield* process.waitFor();
      yield* process.receive(1);
      yield () => !linux.history.some(({ name, state }) => name === "orphan" && state !== "gone");
      return 5;
    };
    const life = tini([], full, {
      pendingLimit: 3,
      others: [
        function* (sender, linux) {
          yield* appIsReady(linux);
          for (let i = 0; i < 20;) {
            if (sender.queue(1, SIGRTMIN, i) === 0) i++;
            else if ((app(linux)?.pending.set ?? 0n) & bit(SIGRTMIN)) break;
            yield;
          }
          sender.kill(1, SIGTERM);
          return 0;
        },
      ],
    });
    expect(life.code).toBe(5);
    expect(life.main.signals).toEqual([SIGTERM]);
  });

  it("holding a signal back, it does not spin: it waits longer each time, up to 64 milliseconds", () => {
    const life = tini(
      [],
      function* (process, linux) {
        process.uid = 1000;
        process.handle([SIGTERM]);
        process.block(SIGRTMIN);
        yield () => linux.now > 10_000;
        return 0;
      },
      {
        pendingLimit: 1,
        others: [
          function* (sender, linux) {
            yield* appIsReady(linux);
            for (let i = 0; i < 2;) {
              if (sender.queue(1, SIGRTMIN, i) === 0) i++;
              yield;
            }
            yield never;
            return 0;
          },
        ],
      },
    );
    expect(life.counts.get("rt_sigqueueinfo")).toBeLessThan(10_000 / 64 + 20);
    expect(life.counts.get("rt_sigqueueinfo")).toBeGreaterThan(100);
  });
});

describe("P24: while signals pour in that are only forwarded", () => {
  it.each([
    ["to everything, which is three processes", ["--forward-to=all"], 2 * 3],
    ["to the program", [], 20],
  ])("%s, a stop signal is passed on after a few of them", (_whom, args, most) => {
    for (let seed = 0; seed < 10; seed++) {
      // They run before each call of the init's nearly always: HUP is there again before it waits.
      const pours: Program = function* (sender, linux) {
        sender.handle([SIGHUP, SIGTERM]);
        const program = yield* appIsReady(linux);
        for (let i = 0; program.alive; i++) {
          if (i === 50) {
            linux.mark("TERM");
            sender.kill(1, SIGTERM);
          }
          sender.kill(1, SIGHUP);
          yield;
        }
        return 0;
      };
      const app: Program = function* (process) {
        process.handle([SIGHUP, SIGTERM]);
        yield () => process.signals.includes(SIGTERM);
        return 0;
      };
      const life = tini(args, app, { others: [pours, pours], seed, preemption: 0.95, stepLimit: 1_000_000 });
      const from = life.trace.mark("TERM")?.order ?? Infinity;
      const after = life.trace.sent(1).filter(({ order }) => order > from);
      const until = after.findIndex(({ args }) => args[1] === SIGTERM);
      expect(until).toBeGreaterThanOrEqual(0);
      expect(after.slice(0, until).filter(({ args }) => args[1] === SIGHUP).length).toBeLessThanOrEqual(most);
    }
  });
});

describe("what the init itself causes", () => {
  it("P20: SIGPIPE of a log line without a reader is not forwarded", async () => {
    const { Pipe } = await import("../linux/files.ts");
    const stderr = new Pipe();
    stderr.readers = 0;
    const life = tini(["-vvv"], records(1), { stderr, outside: sends(SIGTERM) });
    expect(life.main.signals).toEqual([SIGTERM]);
  });

  it("P22: HUP and CONT of a terminal given up for --isolate=session are not forwarded", () => {
    const life = tini(["--isolate=session"], records(1), { terminal: { of: "init" }, outside: sends(SIGTERM) });
    expect(life.main.signals).toEqual([SIGTERM]);
  });
});

describe("P21: who receives signals", () => {
  /** A program with a child in its own group and a daemon in its own session, which all note TERM and USR1. */
  const family: Program = function* (process, linux) {
    const member = (name: string, daemon: boolean): void => {
      process.fork(function* (child) {
        if (daemon) child.setSession();
        child.handle([SIGTERM, SIGUSR1]);
        yield* child.receive(1);
        return 0;
      }, name);
    };
    member("child", false);
    member("daemon", true);
    yield () =>
      ["child", "daemon"].every((name) =>
        linux.history.some((other) => other.name === name && other.dispositions.size > 0),
      );
    process.handle([SIGTERM, SIGUSR1]);
    yield* process.receive(1);
    // Every receiver has it by the time that all processes wait.
    for (let i = 0; i < 20; i++) yield;
    return 0;
  };
  const who = (args: string[], world: Partial<World> = {}): string[] =>
    tini(args, family, { outside: sends(SIGTERM), ...world })
      .processes.filter(({ signals }) => signals.includes(SIGTERM))
      .map(({ name }) => name)
      .sort();

  it("to the program alone by default", () => expect(who([])).toEqual(["/bin/app"]));
  it("to its group with -g", () => expect(who(["-g"])).toEqual(["/bin/app", "child"]));
  it("to its group with --isolate=session as well", () => {
    expect(who(["-g", "--isolate=session"])).toEqual(["/bin/app", "child"]);
  });
  it("to everything with --forward-to=all", () => {
    expect(who(["--forward-to=all"])).toEqual(["/bin/app", "child", "daemon"]);
  });
  it("to everything with --forward-to=all where there is no /proc, as PID 1", () => {
    expect(who(["--forward-to=all"], { proc: false })).toEqual(["/bin/app", "child", "daemon"]);
  });
  it("to everything with --isolate=none and --forward-to=all", () => {
    expect(who(["--forward-to=all", "--isolate=none"])).toEqual(["/bin/app", "child", "daemon"]);
  });
  it("to the program alone, with a warning, where not PID 1 and there is no /proc", () => {
    const life = tini(["--forward-to=all"], family, {
      isPid1: false,
      proc: false,
      parent: function* (parent, linux) {
        yield* appIsReady(linux);
        parent.kill(NOT_PID_1, SIGTERM);
        yield* parent.waitFor();
        return 0;
      },
    });
    expect(life.main.signals).toEqual([SIGTERM]);
    expect(linesOf(life, "WARN").join("\n")).toContain("/proc");
  });

  it("to no process but descendants with --forward-to=all where it is not PID 1, whatever their names", () => {
    const stranger: Program = function* (process) {
      process.name = ") S 20 20 20";
      process.handle([SIGTERM]);
      yield never;
      return 0;
    };
    const life = tini(["--forward-to=all"], family, {
      isPid1: false,
      others: [stranger],
      parent: function* (parent, linux) {
        yield* appIsReady(linux);
        parent.handle([SIGUSR1]);
        parent.kill(NOT_PID_1, SIGTERM);
        yield* parent.waitFor();
        return 0;
      },
    });
    const got = life.processes.filter(({ signals }) => signals.includes(SIGTERM)).map(({ name }) => name);
    expect(got.sort()).toEqual(["/bin/app", "child", "daemon"]);
  });

  it("a kill() that fails is a warning, and the init lives", () => {
    const life = tini(
      [],
      function* (process, linux) {
        process.uid = 1000;
        process.handle([SIGTERM]);
        yield () =>
          linux.trace
            .sent(1)
            .some(({ args: [pid, signal], result }) => pid === 2 && signal === SIGTERM && result === -1);
        return 6;
      },
      {
        uid: 500,
        outside: sends(SIGTERM),
      },
    );
    expect(life.code).toBe(6);
    expect(linesOf(life, "WARN")).toHaveLength(1);
    expect(linesOf(life, "WARN")[0]).toMatch(/SIGTERM/);
  });

  it("a process group that cannot be made is a warning, and signals go to the program", () => {
    const life = tini(["-g"], records(1, 2), {
      outside: sends(SIGTERM),
      fault: ({ name }) => (name === "setpgid" ? EPERM : 0),
    });
    expect(life.code).toBe(2);
    expect(life.main.signals).toEqual([SIGTERM]);
    expect(linesOf(life, "WARN")).toHaveLength(1);
  });

  it("-g reaches the group by its values too: a queued real-time signal goes to each member", () => {
    const both: Program = function* (process, linux) {
      process.fork(function* (child) {
        child.handle([SIGRTMIN]);
        yield* child.receive(1);
        return 0;
      }, "child");
      yield () => linux.history.some(({ name, dispositions }) => name === "child" && dispositions.size > 0);
      process.handle([SIGRTMIN]);
      yield* process.receive(1);
      yield* process.waitFor();
      return 0;
    };
    const queues: Program = function* (sender, linux) {
      yield* appIsReady(linux);
      sender.queue(1, SIGRTMIN, 42);
      return 0;
    };
    for (const fault of [
      undefined,
      (name: string) => (name.startsWith("pidfd") ? 38 : 0),
      (name: string) => (name === "pidfd_send_signal" ? 22 : 0),
    ]) {
      for (const proc of [true, false]) {
        const life = tini(["-g"], both, { others: [queues], proc, ...(fault && { fault: ({ name }) => fault(name) }) });
        expect(life.code).toBe(0);
        const values = life.processes.flatMap(({ received }) =>
          received.filter(({ signal }) => signal === SIGRTMIN).map(({ value }) => value),
        );
        // Without /proc the others of the group are not found, and where the kernel cannot queue for a group, the signal
        // comes without its value.
        expect(values).toEqual(fault && !proc ? [0n, 0n] : [42n, 42n]);
      }
    }
  });

  it("P20: with -g the program gets every queued signal also where its own queue was full, and others of its group have room", () => {
    const COUNT = 40;
    const member: Program = function* (child) {
      child.uid = 7;
      child.handle([SIGRTMIN]);
      yield never;
      return 0;
    };
    const slowly: Program = function* (process, linux) {
      process.fork(member, "child");
      yield () => linux.history.some(({ name, dispositions }) => name === "child" && dispositions.size > 0);
      process.uid = 1000;
      process.block(SIGRTMIN);
      process.handle([SIGUSR1]);
      for (let i = 0; i < COUNT; i++) {
        yield* process.sleep(3);
        const { value } = yield* process.take(bit(SIGRTMIN));
        if (value !== BigInt(i)) return 1;
      }
      return 0;
    };
    const life = tini(["-g"], slowly, {
      pendingLimit: 3,
      others: [
        function* (sender, linux) {
          yield* appIsReady(linux);
          for (let i = 0; i < COUNT;) {
            if (sender.queue(1, SIGRTMIN, i) === 0) i++;
            else yield* sender.sleep(1);
          }
          return 0;
        },
      ],
    });
    expect(life.code).toBe(0);
  });
});

describe("P21: --forward-to=all finds all processes in one pass", () => {
  it("a chain of 1 100 processes, each the child of the one before", () => {
    const LINKS = 1100;
    const link = (left: number): Program =>
      function* (process) {
        if (left > 0) process.fork(link(left - 1), "link");
        process.handle([SIGTERM]);
        yield* process.receive(1);
        yield* process.waitFor();
        return 0;
      };
    const life = tini(["--forward-to=all"], link(LINKS), {
      outside: function* (sender, linux) {
        yield () => linux.history.filter(({ name, handles }) => name === "link" && handles).length === LINKS;
        sender.kill(1, SIGTERM);
        return 0;
      },
      stepLimit: 1_000_000,
    });
    const reached = life.processes.filter(({ name, signals }) => name === "link" && signals.includes(SIGTERM));
    expect(reached).toHaveLength(LINKS);
    // Each process is looked up once, and its ancestors not again.
    expect(life.counts.get("open")).toBeLessThan(LINKS + 50);
  });
});

describe("P23: --rewrite", () => {
  const after = (args: string[], signals: number[]): number[] => {
    const untilHangup: Program = function* (process) {
      process.handle(FORWARDED);
      yield () => process.signals.includes(SIGHUP);
      return 0;
    };
    const outside: Program = function* (sender, linux) {
      const program = yield* appIsReady(linux);
      for (const signal of [...signals, SIGHUP]) {
        sender.kill(1, signal);
        yield () => linux.watched?.pending.set === 0n && program.pending.set === 0n;
      }
      return 0;
    };
    return tini(args, untilHangup, { outside }).main.signals.slice(0, -1);
  };

  it("turns one signal into another", () => expect(after(["-r", "TERM:INT"], [SIGTERM])).toEqual([SIGINT]));
  it("drops one with :0", () => expect(after(["-r", "TERM:0"], [SIGTERM, SIGINT])).toEqual([SIGINT]));
  it("swaps two", () => {
    expect(after(["-r", "TERM:INT", "-r", "INT:TERM"], [SIGTERM, SIGINT])).toEqual([SIGINT, SIGTERM]);
  });
  it("takes numbers, names with and without SIG, real-time ones, and lists", () => {
    expect(after(["-r15:2,SIGUSR1:SIGRTMIN+1", "--rewrite=RTMIN+2:USR2"], [SIGTERM, SIGUSR1, SIGRTMIN + 2])).toEqual([
      SIGINT,
      SIGRTMIN + 1,
      SIGUSR2,
    ]);
  });
  it("the last rule for a signal wins", () =>
    expect(after(["-r", "TERM:INT,TERM:QUIT"], [SIGTERM])).toEqual([SIGQUIT]));

  it("TSTP to STOP stops the program", () => {
    const life = tini(["-r", "TSTP:STOP"], server(), {
      mayStay: true,
      outside: function* (sender, linux) {
        yield* appIsReady(linux);
        sender.kill(1, SIGTSTP);
        return 0;
      },
    });
    expect(life.main.stops).toEqual([SIGSTOP]);
  });

  it("to KILL kills the program", () => {
    expect(tini(["-r", "TERM:KILL"], server(), { outside: sends(SIGTERM) }).code).toBe(128 + SIGKILL);
  });
});

describe("P26: --parent-death-signal", () => {
  const dies: Program = function* (_parent, linux) {
    yield* appIsReady(linux);
    return 0;
  };
  it("comes to the program when the parent dies", () => {
    const life = tini(["-p", "INT"], records(1, 4), { isPid1: false, parent: dies });
    expect(life.main.signals).toEqual([SIGINT]);
    expect(life.code).toBe(4);
  });

  it("comes also where the parent is outside of the container, and has no pid inside", () => {
    const life = tini(["-p", "INT"], records(1, 4), {
      outside: function* (_outside, linux) {
        yield* appIsReady(linux);
        // What the kernel sends for PR_SET_PDEATHSIG when that parent dies.
        if (linux.reaper) linux.send(linux.reaper, fromProcess(linux.reaper.parentDeathSignal, 0, 0), true);
        yield;
        return 0;
      },
    });
    expect(life.main.signals).toEqual([SIGINT]);
  });

  it("is rewritten like any other, or not: the program gets it in any case", () => {
    const life = tini(["-p", "INT", "-r", "USR1:USR2"], records(1), { isPid1: false, parent: dies });
    expect(life.main.signals).toEqual([SIGINT]);
  });

  it("a parent that is dead already is noticed, whenever it died", () => {
    for (let seed = 0; seed < 200; seed++) {
      const life = tini(["-p", "TERM"], records(1, 3), {
        isPid1: false,
        seed,
        // The init cannot know of a parent that dies before it has asked for its parent's pid.
        parent: function* (_parent, linux) {
          yield () => linux.trace.has(NOT_PID_1, "getppid");
          return 0;
        },
      });
      // The program may die of it before it has its handler.
      expect([3, 128 + SIGTERM]).toContain(life.code);
    }
  });

  it("signal 33 from another process is no notice while the parent lives", () => {
    const life = tini(["-p", "TERM"], records(1), {
      isPid1: false,
      parent: function* (parent, linux) {
        yield* appIsReady(linux);
        parent.kill(NOT_PID_1, 33);
        yield;
        parent.kill(NOT_PID_1, SIGUSR2);
        yield* parent.waitFor();
        return 0;
      },
    });
    expect(life.main.signals).toEqual([SIGUSR2]);
  });

  it("signal 33 from a process in the container is no notice either where the parent is outside of it", () => {
    const life = tini(["-p", "TERM"], records(1), {
      others: [
        function* (sender, linux) {
          yield* appIsReady(linux);
          sender.kill(1, 33);
          sender.queue(1, 33, 1);
          yield;
          sender.kill(1, SIGUSR2);
          return 0;
        },
      ],
    });
    expect(life.main.signals).toEqual([SIGUSR2]);
  });

  it("the program itself does not get it twice: its own parent-death signal is KILL or none", () => {
    const life = tini(["-p", "TERM"], sleeps, { isPid1: false, mayStay: true, parent: sleeps });
    expect(life.main.parentDeathSignal).toBe(SIGKILL);
  });
});

describe("P27: if the init dies, the workload dies with it", () => {
  const killsInit: Program = function* (parent, linux) {
    yield* appIsReady(linux);
    parent.kill(NOT_PID_1, SIGKILL);
    yield* parent.waitFor();
    return 0;
  };
  it("where it is not PID 1", () => {
    const life = tini([], server(), { isPid1: false, parent: killsInit });
    expect(life.signal).toBe(SIGKILL);
    expect(life.main.status).toBe(killed(SIGKILL));
    expect(life.main.alive).toBe(false);
  });

  it("but not with --no-tie", () => {
    const life = tini(["--no-tie"], server(), { isPid1: false, parent: killsInit });
    expect(life.signal).toBe(SIGKILL);
    expect(life.main.alive).toBe(true);
    expect(life.main.parent?.pid).toBe(1);
  });

  it("also when it dies between vfork and the tie", () => {
    for (let seed = 0; seed < 300; seed++) {
      const life = tini([], sleeps, {
        isPid1: false,
        seed,
        preemption: 0.2,
        parent: function* (parent, linux) {
          yield () => linux.watched?.inVfork === true || app(linux) !== undefined;
          parent.kill(NOT_PID_1, SIGKILL);
          yield* parent.waitFor();
          return 0;
        },
      });
      expect(life.signal).toBe(SIGKILL);
      expect(life.processes.filter(({ pid, alive }) => pid > NOT_PID_1 && alive)).toEqual([]);
    }
  });
});

describe("nothing allocates", () => {
  const afterSignals = (count: number): Uint8Array => {
    const life = tini(["-vvv", "-w", "-g"], records(count), {
      // The shipped module: in the tests' own the buffers are far apart.
      module: moduleAt("build/init.wasm"),
      pendingLimit: 1_000_000,
      others: [
        function* (sender: Process, linux) {
          const program = yield* appIsReady(linux);
          for (let i = 0; i < count; i++) {
            const before = program.received.length;
            sender.fork(exits(0));
            if (i % 3 === 0) sender.queue(1, SIGRTMIN + (i % 30), i);
            else sender.kill(1, i % 3 === 1 ? SIGTERM : SIGABRT);
            yield () => program.received.length > before;
            sender.wait();
          }
          return 0;
        },
      ],
    });
    expect(life.main.received.length).toBe(count);
    return life.memory.subarray(MEMORY_BASE);
  };

  /** The pages of memory that hold anything: the kernel has given no others. */
  const pagesOf = (memory: Uint8Array): number[] =>
    Array.from({ length: memory.length / 4096 }, (_, page) => page).filter((page) =>
      memory.subarray(page * 4096, (page + 1) * 4096).some((byte) => byte !== 0),
    );

  it("P13: the memory that is in use is the same after 100 and after 3000 signals, and most of it is not in use", () => {
    const [few, many] = [afterSignals(100), afterSignals(3000)];
    expect(many.length).toBe(few.length);
    expect(pagesOf(many)).toEqual(pagesOf(few));
    // One of them serves the count of processes left at the end: the sender lives.
    expect(pagesOf(many).length).toBeLessThanOrEqual(8);
  });
});

it("P20: a synchronous signal is sent by kill(2)", () => {
  const life = tini([], records(1), { others: [sends(SIGSEGV)] });
  expect(life.trace.sent(1)).toMatchObject([{ name: "kill", args: [3, SIGSEGV], result: 0 }]);
});
