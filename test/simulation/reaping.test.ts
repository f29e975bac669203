import { describe, expect, it } from "vitest";
import { expectAbsent } from "../absence.ts";
import {
  EPERM,
  PR_SET_CHILD_SUBREAPER,
  SIGABRT,
  SIGCHLD,
  SIGCONT,
  SIGKILL,
  signalName,
  SIGRTMAX,
  SIGRTMIN,
  SIGSTOP,
  SIGTERM,
  SIGTRAP,
  SIGTSTP,
  SIGTTIN,
  SIGUSR1,
} from "../linux/abi.ts";
import type { Host, InitExports } from "./host.ts";
import { exits, initModule, type Life, NOT_PID_1, type World } from "./life.ts";
import type { Linux } from "../linux/linux.ts";
import type { InitMemory } from "./memory.ts";
import { type Process, type Program } from "../linux/process.ts";
import {
  app,
  appIsReady,
  daemons,
  leavesDaemons,
  leavesOrphans,
  linesOf,
  records,
  server,
  stubborn,
  tini,
  callsNamed,
} from "./scenario.ts";
import { fromProcess } from "../linux/signals.ts";

/** A program that leaves orphans, waits until they are reaped, and exits with 3. */
const leaves = (count: number, code = 0): Program =>
  function* (process) {
    yield* leavesOrphans(process, count, code);
    return 3;
  };

describe("P11: orphans are reaped", () => {
  it.each([
    ["PID 1", true],
    ["an ordinary process, which registers as subreaper", false],
  ])("by %s", (_who, isPid1) => {
    const life = tini([], leaves(20), { isPid1 });
    expect(life.code).toBe(3);
    expect(life.zombies).toEqual([]);
    expect(life.stderr).toEqual([]);
  });

  it("ten thousand at once, while signals pour in", () => {
    const life = tini(
      [],
      function* (process) {
        process.handle([SIGUSR1, SIGTERM]);
        yield* leavesOrphans(process, 10_000);
        return 3;
      },
      {
        outside: function* (sender, linux) {
          const program = yield* appIsReady(linux);
          while (program.alive) {
            sender.kill(1, SIGUSR1);
            sender.kill(1, SIGTERM);
            yield;
          }
          return 0;
        },
      },
    );
    expect(life.code).toBe(3);
    expect(life.processes.filter(({ state }) => state !== "gone" && state !== "zombie")).toEqual([]);
    expect(life.zombies).toEqual([]);
    expect(life.main.received.length).toBeGreaterThan(500);
  });

  it("-w names each of them, and not the main child", () => {
    const life = tini(["-w"], leaves(5));
    const orphans = life.processes.filter(({ name }) => name === "orphan");
    expect(linesOf(life, "WARN").sort()).toEqual(
      orphans.map(({ pid }) => `Reaped zombie process with pid=${pid}`).sort(),
    );
    expect(life.stderr).toHaveLength(5);
  });

  it("their exit codes are not the program's, nor are they remapped", () => {
    const life = tini(["-e", "3:9"], leaves(5, 3));
    expect(life.code).toBe(9);
  });

  it("what is dead when the program ends is reaped before the init ends", () => {
    const life = tini([], function* (process) {
      for (let i = 0; i < 10; i++) process.fork(exits(0));
      yield () => [...process.children].every(({ alive }) => !alive);
      return 0;
    });
    expect(life.zombies).toEqual([]);
    expect(life.counts.get("waitid")).toBeGreaterThan(10);
  });

  it("what still lives does not keep the init", () => {
    const life = tini([], function* (process) {
      process.fork(server(), "daemon");
      yield;
      return 5;
    });
    expect(life.code).toBe(5);
    expect(life.left.map(({ name }) => name)).toEqual(["daemon"]);
  });
});

describe("P12: not being PID 1 is not an error", () => {
  it("nothing is logged, and the init is a subreaper", () => {
    const life = tini([], exits(0), { isPid1: false });
    expect(life.stderr).toEqual([]);
    expect(life.init.subreaper).toBe(true);
  });

  it("--no-subreaper brings tini's warning back, and orphans go to PID 1", () => {
    let heir = 0;
    const life = tini(
      ["--no-subreaper"],
      function* (process, linux) {
        process.fork(function* (parent) {
          parent.fork(server(), "daemon");
          yield;
          return 0;
        });
        yield* process.waitFor();
        heir = linux.history.find(({ name }) => name === "daemon")?.parent?.pid ?? -1;
        return 0;
      },
      { isPid1: false },
    );
    expect(heir).toBe(1);
    const warnings = linesOf(life, "WARN");
    expect(warnings).toHaveLength(3);
    expect(warnings[1]).toContain("zombie reaping won't work.");
  });

  it("as PID 1 there is no such warning, and no such call", () => {
    const life = tini(["--no-subreaper"], exits(0));
    expect(life.stderr).toEqual([]);
    const asSubreaper = (each: Life) =>
      callsNamed("prctl")(each).filter(({ args }) => args[0] === PR_SET_CHILD_SUBREAPER);
    expectAbsent(asSubreaper, life, tini([], exits(0), { isPid1: false }));
  });

  it("where the kernel refuses, the warning says so", () => {
    const life = tini([], exits(4), {
      isPid1: false,
      fault: ({ name, args }) => (name === "prctl" && args[0] === 36 ? EPERM : 0),
    });
    expect(life.code).toBe(4);
    expect(life.stderr.join("\n")).toContain("zombie reaping won't work.");
  });
});

describe("P15: a stopped process is not a dead one", () => {
  const stopsThenEnds = (signal: number): Program =>
    function* (process) {
      process.kill(process.pid, signal);
      yield;
      return 6;
    };
  it.each([SIGSTOP, SIGTSTP, SIGTTIN])(
    "the program stops by signal %i without a terminal: a warning, and it may go on",
    (signal) => {
      const life = tini([], stopsThenEnds(signal), {
        outside: function* (sender, linux) {
          yield () => (app(linux)?.stops.length ?? 0) > 0;
          sender.kill(1, SIGCONT);
          return 0;
        },
      });
      expect(life.code).toBe(6);
      expect(linesOf(life, "WARN")).toHaveLength(1);
      expect(linesOf(life, "WARN")[0]).toContain(signalName(signal));
    },
  );

  it("an orphan stops, goes on and ends", () => {
    const life = tini([], function* (process, linux) {
      process.fork(function* (parent) {
        parent.fork(stopsThenEnds(SIGSTOP), "orphan");
        yield;
        return 0;
      });
      yield* process.waitFor();
      yield () => linux.history.find(({ name }) => name === "orphan")?.state === "stopped";
      process.kill(linux.history.find(({ name }) => name === "orphan")?.pid ?? 0, SIGCONT);
      yield () => linux.history.find(({ name }) => name === "orphan")?.state === "gone";
      return 2;
    });
    expect(life.code).toBe(2);
    expect(life.stderr).toEqual([]);
  });

  it("a program that only stops is not detached", () => {
    for (const signal of [SIGSTOP, 20, 21, 22]) {
      const stops: Program = function* (process) {
        process.kill(process.pid, signal);
        yield;
        return 3;
      };
      const life = tini([], stops, {
        outside: function* (sender, linux) {
          yield () => app(linux)?.state === "stopped";
          yield () => app(linux)?.news === null;
          sender.kill(app(linux)?.pid ?? 0, SIGCONT);
          return 0;
        },
      });
      expect(life.code).toBe(3);
      const traced = tini([], function* (process) {
        process.traceMe();
        process.kill(process.pid, SIGUSR1);
        yield;
        return 6;
      });
      expectAbsent(callsNamed("ptraceDetach"), life, traced);
    }
  });

  it.each([
    ["USR1, which it handles", SIGUSR1, 6],
    ["ABRT, which kills it", SIGABRT, 128 + SIGABRT],
    ["TRAP, which was only for a debugger", SIGTRAP, 6],
  ])("a traced program is let go with its signal: %s", (_what, signal, code) => {
    const life = tini([], function* (process) {
      process.handle([SIGUSR1]);
      process.traceMe();
      process.kill(process.pid, signal);
      yield;
      return 6;
    });
    expect(life.code).toBe(code);
    expect(life.main.tracer).toBeNull();
    expect(life.main.signals).toEqual(signal === SIGUSR1 ? [SIGUSR1] : []);
  });

  it("a traced program that was sent STOP stops, with a warning", () => {
    const life = tini(
      [],
      function* (process) {
        process.traceMe();
        process.kill(process.pid, SIGSTOP);
        yield;
        return 6;
      },
      {
        outside: function* (sender, linux) {
          yield () => (app(linux)?.stops.length ?? 0) > 0;
          sender.kill(1, SIGCONT);
          return 0;
        },
      },
    );
    expect(life.code).toBe(6);
    expect(linesOf(life, "WARN")).toHaveLength(1);
  });
});

describe("P30: exit codes", () => {
  it("0 to 255 are passed on", () => {
    for (let code = 0; code < 256; code++) expect(tini([], exits(code)).code).toBe(code);
  });

  const dies = (signal: number): Program =>
    function* (process: Process) {
      process.kill(process.pid, signal);
      yield;
      return 0;
    };
  const deadly = Array.from({ length: 64 }, (_, index) => index + 1).filter(
    (signal) => ![17, 18, 19, 20, 21, 22, 23, 28].includes(signal),
  );
  it.each([false, true])("128+n for death by signal n, with a core file or without: %s", (dumpsCore) => {
    for (const signal of deadly) {
      const life = tini(["-vv"], dies(signal), { dumpsCore });
      expect(life.code).toBe(128 + signal);
      if (signal !== 32 && signal !== 33) {
        const name = signal === SIGRTMAX ? `SIGRTMIN+${SIGRTMAX - SIGRTMIN}` : signalName(signal);
        expect(linesOf(life, "INFO")).toContain(`Main child exited with signal (with signal '${name}')`);
      }
    }
  });

  it("-e maps codes and deaths", () => {
    expect(tini(["-e", "143"], dies(SIGTERM)).code).toBe(0);
    expect(tini(["-e143:7"], dies(SIGTERM)).code).toBe(7);
    expect(tini(["--remap-exit=3:4,4:5"], exits(3)).code).toBe(4);
    expect(tini(["-e", "3"], exits(4)).code).toBe(4);
    expect(tini(["-e", "137:1"], dies(SIGKILL)).code).toBe(1);
  });

  it.each([
    ["usage", ["-e", "1:9", "--foo"], {}, 1],
    ["a failing vfork", ["-e", "125:9"], { fault: ({ name }) => (name === "vfork" ? 11 : 0) }, 125],
    [
      "a program that cannot be run",
      ["-e", "126:9"],
      { files: { "/bin/app": { content: "", executable: false } } },
      126,
    ],
    ["a program that is not there", ["-e", "127:9"], { files: { "/bin/app": { content: "#!/none\n" } } }, 127],
  ] as [string, string[], Partial<World>, number][])(
    "P31: our own codes are not remapped: %s",
    (_what, args, world, code) => {
      expect(tini(args, exits(0), world).code).toBe(code);
    },
  );
});

it("P12: signals for the init come to the program also where not PID 1", () => {
  const life = tini([], records(1, 8), {
    isPid1: false,
    parent: function* (parent, linux) {
      yield* appIsReady(linux);
      parent.kill(NOT_PID_1, SIGTERM);
      yield* parent.waitFor();
      return 0;
    },
  });
  expect(life.code).toBe(8);
});

describe("P11, P24: orphans that die without pause", () => {
  const FLOOD_MILLISECONDS = 2000;
  /** A life in which waitid(2) finds another dead child each time, for a while after the program has its handlers. */
  const flooded = (args: readonly string[], program: Program) => {
    let since = 0;
    let reaped = 0;
    const init = (host: Host, linux: Linux, { checks }: InitMemory): InitExports => {
      const waitid = (info: number, options: number): number => {
        const { watched } = linux;
        if (watched && app(linux)?.handles) {
          since ||= linux.now;
          if (linux.now - since < FLOOD_MILLISECONDS) linux.exit(linux.fork(watched, "orphan"), 0);
          // Amid what is reaped in one go.
          if (++reaped === 500) linux.send(watched, fromProcess(SIGTERM, 0, 0));
        }
        return host.waitid(info, options);
      };
      const instance = new WebAssembly.Instance(initModule(), { host: { ...host, waitid }, env: checks });
      return instance.exports as InitExports;
    };
    const wakes: Program = function* (sender, linux) {
      yield* appIsReady(linux);
      sender.kill(1, SIGCHLD);
      return 0;
    };
    const world = { init, others: [wakes], seed: 1, callMilliseconds: 0.1, stepLimit: 300_000 };
    const life = tini(args, program, world);
    return { life, during: (time: number) => time - since < FLOOD_MILLISECONDS };
  };
  const leaves = (code: number): Program =>
    function* (process, linux) {
      yield* leavesDaemons(process, 1, stubborn);
      return yield* server(code)(process, linux);
    };

  it.each([
    ["a stop signal comes through", [], server(3), 3],
    ["the grace period is kept", ["--grace=200ms"], stubborn, 137],
    ["the others get their time, and no more", ["--linger=100ms"], leaves(4), 4],
  ] as [string, string[], Program, number][])("%s", (_what, args, program, code) => {
    const { life, during } = flooded(args, program);
    expect(life.code).toBe(code);
    expect([life.main, ...daemons(life)].filter(({ endedAt }) => !during(endedAt))).toEqual([]);
    expect(life.zombies).toEqual([]);
  });
});

it("P11: five thousand that die with the program are reaped before the init ends, and -w reports all", () => {
  const life = tini(
    ["-w"],
    function* (process, linux) {
      for (let i = 0; i < 5000; i++) linux.exit(linux.fork(linux.watched ?? process, "orphan"), 0);
      yield;
      return 7;
    },
    { stepLimit: 1_000_000 },
  );
  expect([life.code, life.zombies]).toEqual([7, []]);
  const told = new Set(linesOf(life, "WARN").filter((line) => line.startsWith("Reaped zombie process with pid=")));
  expect(told.size).toBe(5000);
});
