/* Restarting the program, and --pause. */
import { describe, expect, it } from "vitest";
import { expectAbsent } from "../absence.ts";
import {
  ENOMEM,
  RLIMIT_SIGPENDING,
  SIGCHLD,
  SIGHUP,
  SIGINT,
  SIGKILL,
  SIGQUIT,
  SIGRTMIN,
  SIGTERM,
  SIGTSTP,
  SIGUSR1,
  SIGUSR2,
} from "../linux/abi.ts";
import { latin1, processInode } from "../linux/files.ts";
import { exits, failing, type Life, NOT_PID_1, simulate, type World } from "./life.ts";
import { never, type Process, type Program } from "../linux/process.ts";
import {
  APP,
  daemons,
  FORWARDED,
  leavesDaemons,
  leavesOrphans,
  linesOf,
  records,
  sends,
  slow,
  stubborn,
  tini,
  tiniWith,
  timeouts,
  callsNamed,
  signalsSent,
  sleeps,
} from "./scenario.ts";

const SEEDS = Array.from({ length: 60 }, (_, seed) => seed);

/** A program that does one thing in each of its runs, the last of them repeatedly; records when each run began. */
function lives(...programs: [Program, ...Program[]]): { program: Program; births: number[] } {
  const births: number[] = [];
  const program: Program = (process, linux) => {
    const index = births.push(linux.now) - 1;
    return (programs[index] ?? programs.at(-1) ?? programs[0])(process, linux);
  };
  return { program, births };
}

/** A program that runs for some milliseconds and exits with `code`. */
function runs(milliseconds: number, code: number): Program {
  return function* (process) {
    process.handle([SIGHUP]);
    yield* process.sleep(milliseconds);
    return code;
  };
}

describe("P28: --restart", () => {
  it("=on-failure starts the program again until it ends well, and waits twice as long each time", () => {
    const { program, births } = lives(exits(1), exits(2), runs(50, 3), exits(0));
    const life = tini(["--restart=on-failure"], program);
    expect(life.code).toBe(0);
    expect(births).toEqual([0, 1000, 3000, 7050]);
  });

  it("=on-failure: death by a signal is a failure, and what -e makes a success is none, nor the other way round", () => {
    const dies: Program = function* (process) {
      process.kill(process.pid, SIGKILL);
      yield never;
      return 0;
    };
    const killed = lives(dies, exits(0));
    expect(tini(["--restart=on-failure"], killed.program).code).toBe(0);
    expect(killed.births).toHaveLength(2);

    const remapped = lives(exits(143));
    expect(tini(["--restart=on-failure", "-e143"], remapped.program).code).toBe(0);
    expect(remapped.births).toHaveLength(1);

    const bad = lives(exits(0), exits(4));
    expect(tini(["--restart=on-failure", "-e0:9,4:0"], bad.program).code).toBe(0);
    expect(bad.births).toHaveLength(2);
  });

  it("=always starts it again whatever its code; =no, the default, never", () => {
    const { program, births } = lives(exits(0), exits(5), exits(0), exits(6));
    const life = tini(["--restart=always:3", "--restart-delay=10ms"], program);
    expect(life.code).toBe(6);
    expect(births).toEqual([0, 10, 30, 70]);
    for (const args of [[], ["--restart=no"]]) {
      const once = lives(exits(5));
      expect(tini(args, once.program).code).toBe(5);
      expect(once.births).toHaveLength(1);
    }
  });

  it(":N is how many restarts in a row at most; then the last exit code counts", () => {
    for (const limit of [1, 2, 7]) {
      const { program, births } = lives(exits(1), exits(2), exits(3));
      const life = tini([`--restart=on-failure:${limit}`], program);
      expect(life.code).toBe(Math.min(limit + 1, 3));
      expect(births).toHaveLength(limit + 1);
    }
  });

  it("a run of a minute forgets the restarts before, count and delay", () => {
    const { program, births } = lives(exits(1), exits(1), runs(60_000, 1), exits(1), exits(1), exits(7));
    const life = tini(["--restart=on-failure:2"], program);
    expect(births).toEqual([0, 1000, 3000, 64_000, 66_000]);
    expect(life.code).toBe(1);
  });

  it("a run of less does not", () => {
    const { program, births } = lives(exits(1), exits(1), runs(59_999, 1), exits(7));
    tini(["--restart=on-failure:2"], program);
    expect(births).toHaveLength(3);
  });

  it("the delay is a minute at most", () => {
    const { program, births } = lives(exits(1));
    tini(["--restart=always:9"], program);
    const delays = births.map((birth, index) => birth - (births[index - 1] ?? 0));
    expect(delays.slice(1)).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  });

  it("--restart-delay=0 is no delay", () => {
    const { program, births } = lives(exits(1));
    expect(tini(["--restart=always:20", "--restart-delay=0"], program).code).toBe(1);
    expect(births).toEqual(births.map(() => 0));
    expect(births).toHaveLength(21);
  });

  it("P29: not after a code of --restart-except, which is the program's own, before --remap-exit", () => {
    const { program, births } = lives(exits(1), exits(7), exits(64));
    expect(tini(["--restart=always", "--restart-except=2,64", "-e64:5,1:2"], program).code).toBe(5);
    expect(births).toHaveLength(3);

    const success = lives(exits(0));
    expect(tini(["--restart=always", "--restart-except=0"], success.program).code).toBe(0);
    expect(success.births).toHaveLength(1);

    const dies: Program = function* (process) {
      process.kill(process.pid, SIGKILL);
      yield never;
      return 0;
    };
    const killed = lives(dies);
    expect(tini(["--restart=on-failure", "--restart-except=137"], killed.program).code).toBe(137);
    expect(killed.births).toHaveLength(1);
  });

  it("each life finds nothing of the one before: SIGTERM, the time of --linger, SIGKILL", () => {
    const found: number[] = [];
    for (const isPid1 of [true, false]) {
      for (const proc of [true, false]) {
        for (const [args, daemon] of [
          [["--linger=1s"], slow(10)],
          [["--linger=1s"], stubborn],
          [["--linger=0"], stubborn],
          [[], stubborn],
        ] as const) {
          const program: Program = function* (process) {
            found.push(
              [...process.linux.processes.values()].filter(({ name, alive }) => name === "daemon" && alive).length,
            );
            // Without /proc only the program's group can be found where the init is not PID 1.
            if (proc || isPid1) yield* leavesDaemons(process, 2, daemon);
            else {
              const child = process.fork(daemon, "daemon");
              yield () => child.handles;
            }
            return 1;
          };
          const life = tini(["--restart=always:2", "--restart-delay=5s", ...args], program, { isPid1, proc });
          const name = `${args.join(" ")}, PID 1: ${isPid1}, /proc: ${proc}`;
          expect([life.code, found.splice(0)], name).toEqual([1, [0, 0, 0]]);
          // What the last run left is handled at the end.
          const earlier = daemons(life).filter(({ endedAt }) => endedAt < life.init.endedAt);
          expect(earlier.length, name).toBeGreaterThanOrEqual(2);
          // One that is signalled before it has handlers just ends.
          for (const { signals, handles } of earlier)
            if (handles && args[0] === "--linger=1s") expect(signals, name).toEqual([SIGTERM]);
        }
      }
    }
  });

  it("the delay goes on meanwhile, and is no longer for it", () => {
    for (const [delay, births] of [
      ["1s", [0, 1000]],
      ["100ms", [0, 300]],
    ] as const) {
      const seen = lives(function* (process) {
        yield* leavesDaemons(process, 1, slow(300));
        return 1;
      }, exits(0));
      const life = tini(["--restart=on-failure", `--restart-delay=${delay}`, "--linger=5s"], seen.program);
      expect([life.code, seen.births]).toEqual([0, births]);
    }
  });

  it("what not even KILL ends does not keep the next life from starting", () => {
    const { program, births } = lives(function* (process) {
      process.fork(stubborn, "daemon").uninterruptible = true;
      return 1;
    }, exits(0));
    const life = tini(["--restart=on-failure"], program, { isPid1: false, mayStay: true });
    expect(births).toEqual([0, 5000]);
    expect(linesOf(life, "WARN")).toEqual(["processes are left that even SIGKILL does not end"]);
  });

  it("as PID 1 it spares what others have started in the container: a health check, a shell", () => {
    const { program } = lives(
      function* (process) {
        yield* leavesDaemons(process, 1, stubborn);
        return 1;
      },
      runs(100, 0),
    );
    let check: Process | undefined;
    const life = tini(["--restart=on-failure"], program, {
      outside: function* (_sender, linux) {
        check = linux.add("health check", null);
        linux.run(check, stubborn);
        yield never;
        return 0;
      },
    });
    expect([life.code, daemons(life)[0]?.status]).toEqual([0, SIGKILL]);
    expect(check?.signals).toEqual([]);
    expect(check?.endedAt).toBe(life.init.endedAt);
  });

  it("orphans are reaped while it waits, and none is taken for the program", () => {
    const leaves: Program = function* (process) {
      yield* leavesDaemons(process, 3, slow(500, 9));
      return 1;
    };
    const { program } = lives(leaves, exits(3));
    const life = tini(["-w", "--restart=on-failure:1", "--linger=1s"], program);
    expect(life.code).toBe(3);
    expect(linesOf(life, "WARN").filter((line) => line.startsWith("Reaped zombie"))).toHaveLength(3);
    expect(life.zombies).toEqual([]);
  });

  it("each step is logged at info", () => {
    const { program } = lives(exits(1), exits(0));
    const life = tini(["-v", "--restart=on-failure"], program);
    expect(linesOf(life, "INFO")).toEqual([
      "Spawned child process '/bin/app' with pid '2'",
      "Main child exited normally (with status '1')",
      "Starting again in 1000 ms",
      "Spawned child process '/bin/app' with pid '3'",
      "Main child exited normally (with status '0')",
    ]);
  });

  it("a program that was removed, or a fork that fails, ends it with the init's own code", () => {
    const fault = failing("vfork", ENOMEM, 2);
    const life = tini(["--restart=always"], exits(1), { fault });
    expect(life.code).toBe(125);
    expect(linesOf(life, "FATAL")[0]).toMatch(/^cannot start a process/);
    const gone = tini(["--restart=always"], exits(1), { fault: failing("execve", 2, 2) });
    expect(gone.code).toBe(127);
    expect(gone.zombies).toEqual([]);
    expect(linesOf(gone, "FATAL")).toHaveLength(1);
  });
});

describe("P28: a stop signal ends that", () => {
  it.each([SIGTERM, SIGINT])("signal %i while it waits: at once, with the last exit code", (signal) => {
    const { program, births } = lives(runs(10, 5));
    const life = tini(["--restart=always", "--restart-delay=1h", "--delay=1s", "--grace=1s"], program, {
      outside: sends(1, [500, signal]),
    });
    expect([life.code, life.linux.now, births.length]).toEqual([5, 500, 1]);
    expect(life.stderr).toEqual([]);
  });

  it("while it waits for what the last life left: that has the rest of its time, and gets no second SIGTERM", () => {
    for (const [daemon, end, status] of [
      [slow(3000), 3000, 0],
      [stubborn, 5000, SIGKILL],
    ] as const) {
      const { program, births } = lives(function* (process) {
        yield* leavesDaemons(process, 2, daemon);
        process.handle([SIGHUP]);
        return 5;
      });
      const life = tini(["--restart=always", "--restart-delay=1h", "--linger=5s"], program, {
        outside: function* (sender) {
          yield* sender.sleep(1000);
          sender.kill(1, SIGTERM);
          return 0;
        },
      });
      expect([life.code, life.linux.now, births.length, life.left]).toEqual([5, end, 1, []]);
      expect(daemons(life).map(({ signals }) => signals)).toEqual([[SIGTERM], [SIGTERM]]);
      expect(daemons(life).map((one) => one.status)).toEqual([status, status]);
    }
  });

  it("while it waits, with --linger and no process left: at once, without a log line", () => {
    for (const isPid1 of [true, false]) {
      const { program, births } = lives(runs(10, 5));
      const life = tini(["--restart=always", "--restart-delay=1h", "--linger=5s"], program, {
        isPid1,
        outside: sends(isPid1 ? 1 : NOT_PID_1, [500, SIGTERM]),
      });
      expect([life.code, life.linux.now, births.length, life.stderr]).toEqual([5, 500, 1, []]);
    }
  });

  it("while it runs: it is not started again, however it ends", () => {
    for (const args of [[], ["--delay=1s"], ["--grace=1s"], ["--delay=1s", "--grace=1s", "--linger=1s"]]) {
      const { program, births } = lives(exits(1), slow(100, 5));
      const life = tini(["--restart=always", ...args], program, {
        outside: function* (sender, linux) {
          yield () => births.length === 2 && linux.history.some(({ handles }) => handles);
          sender.kill(1, SIGTERM);
          return 0;
        },
      });
      expect([life.code, births.length]).toEqual([5, 2]);
    }
  });

  it("a crash while the stop signal is held back ends it too", () => {
    const { program, births } = lives(runs(100, 5));
    const life = tini(["--restart=always", "--delay=1s"], program, { outside: sends(1, [50, SIGTERM]) });
    expect([life.code, life.linux.now, births.length]).toEqual([5, 100, 1]);
  });

  it("-p: the parent's death is such a stop", () => {
    const { program } = lives(runs(10, 5));
    const life = tini(["-p", "TERM", "--restart=always", "--restart-delay=1h"], program, {
      isPid1: false,
      parent: function* (parent) {
        yield* parent.sleep(100);
        return 0;
      },
    });
    expect([life.code, life.init.endedAt]).toEqual([5, 100]);
  });

  it("others do not: they go to the running program, or to no process between runs", () => {
    const { program } = lives(runs(10, 1), records(1, 0));
    const life = tini(["--restart=on-failure"], program, {
      outside: sends(1, [500, SIGUSR1], [500, SIGHUP], [500, SIGRTMIN], [2000, SIGUSR2]),
    });
    expect(life.code).toBe(0);
    expect(life.started[1]?.signals).toEqual([SIGUSR2]);
    expect(life.stderr).toEqual([]);
  });

  it("at any moment, under any schedule: it ends, and starts nothing afterwards", () => {
    for (const seed of SEEDS) {
      for (const isPid1 of [true, false]) {
        const pid = isPid1 ? 1 : NOT_PID_1;
        const { program } = lives(exits(1), runs(3, 2), function* (process, linux) {
          yield* leavesOrphans(process, 2);
          return yield* slow(5, 3)(process, linux);
        });
        const life = tini(["--restart=always", "--restart-delay=5ms", "--grace=40ms"], program, {
          isPid1,
          seed,
          outside: function* (sender, linux) {
            yield () => linux.trace.has(pid, "rt_sigprocmask");
            yield* sender.sleep(linux.random.below(40));
            for (let turns = linux.random.below(40); turns > 0; turns--) yield;
            sender.kill(pid, SIGTERM);
            return 0;
          },
        });
        const taken = life.trace.calls(pid, "rt_sigtimedwait").find(({ result }) => result === SIGTERM)?.order ?? -1;
        expect([1, 2, 3, 137, 143], `seed ${seed}`).toContain(life.code);
        expect(taken).toBeGreaterThan(0);
        expectAbsent((from: number) => life.trace.of("exec").filter(({ order }) => order > from), taken, -1);
        expect([life.trap, life.zombies]).toEqual([null, []]);
      }
    }
  });
});

describe("P28: the second life is as the first", () => {
  /** A program's initial state. */
  const seen = (process: Process): Record<string, unknown> => ({
    args: process.args.map(latin1),
    environment: process.environment.map((entry) => latin1(entry).replaceAll(String(process.pid), "OWN")),
    directory: process.directory,
    descriptors: [...process.descriptors.keys()].sort(),
    blocked: process.blocked,
    ignored: [...process.dispositions].map(([signal, disposition]) => [signal, disposition]),
    uid: process.uid,
    group: process.group === process.pid,
    session: process.session === process.pid,
    inForeground: process.terminal?.foreground === process.group,
    parentDeathSignal: process.parentDeathSignal,
  });

  /** The initial state of each of three lives. */
  const views = (args: string[], world: Partial<World> = {}): Record<string, unknown>[] => {
    const all: Record<string, unknown>[] = [];
    const program: Program = function* (process) {
      all.push(seen(process));
      yield* process.sleep(5);
      return 1;
    };
    const life = tini(["--restart=always:2", ...args], program, world);
    expect([life.code, life.trap]).toEqual([1, null]);
    return all;
  };

  const worlds: [string, string[], Partial<World>][] = [
    ["arguments and environment", [], { environment: ["PATH=/bin", "A=1"] }],
    ["the mask and what is ignored", [], { blocked: [SIGUSR1], ignored: [SIGCHLD, SIGHUP] }],
    ["the working directory", [], { directory: "/srv", files: { "/srv/": {} } }],
    ["the descriptors that were inherited", [], { descriptors: [3, 4, 9] }],
    ["no group of its own", ["--isolate=none"], {}],
    ["a session of its own", ["--isolate=session"], {}],
    ["the terminal's foreground, as PID 1", [], { terminal: { of: "init" } }],
    ["the terminal's foreground, under a shell", [], { isPid1: false, terminal: { of: "parent" } }],
    ["the background", [], { isPid1: false, terminal: { of: "parent", background: true } }],
    ["the terminal in a session", ["--isolate=session"], { terminal: { of: "init" } }],
    ["the tie", [], { isPid1: false }],
    ["no tie", ["--no-tie"], { isPid1: false }],
  ];
  it.each(worlds)("%s", (_name, args, world) => {
    const [first, second, third] = views(args, world);
    expect(second).toEqual(first);
    expect(third).toEqual(first);
  });

  it("P16: the user's limits", () => {
    const limits: unknown[] = [];
    const program: Program = function* (process) {
      limits.push(process.limits.get(RLIMIT_SIGPENDING));
      yield;
      return 1;
    };
    tini(["--restart=always:3"], program, { pendingLimit: 100 });
    expect(limits).toEqual(limits.map(() => ({ soft: 100n, hard: 100n })));
  });

  it("LISTEN_PID and LISTEN_PIDFDID name the program that runs, and its sockets are still there", () => {
    const environments: string[][] = [];
    const pids: number[] = [];
    const sockets: boolean[] = [];
    const program: Program = function* (process) {
      environments.push(process.environment.map(latin1));
      pids.push(process.pid);
      sockets.push(process.descriptors.has(3));
      yield;
      return 1;
    };
    const environment = ["LISTEN_PID=1", "LISTEN_FDS=1", `LISTEN_PIDFDID=${processInode(1)}`];
    tini(["--restart=always:2"], program, { environment, descriptors: [3] });
    expect(environments).toEqual(
      pids.map((pid) => [`LISTEN_PID=${pid}`, "LISTEN_FDS=1", `LISTEN_PIDFDID=${processInode(pid)}`]),
    );
    expect(new Set(pids).size).toBe(3);
    expect(sockets).toEqual([true, true, true]);
  });

  it("a script without #! is run by /bin/sh, with the same words each time", () => {
    const calls: string[][] = [];
    const shell: Program = function* (process) {
      calls.push(process.args.map(latin1));
      yield;
      return calls.length;
    };
    const life = tiniWith(["--restart=always:4", "script", "one", "two"], {
      environment: ["PATH=/sbin:/bin", "LISTEN_PID=1"],
      files: { "/bin/script": { content: "exit 1\n" }, "/bin/sh": shell },
    });
    expect([life.code, life.trap]).toEqual([5, null]);
    expect(calls).toEqual(calls.map(() => ["/bin/sh", "/bin/script", "one", "two"]));
    expect(calls).toHaveLength(5);
  });

  it("P31: scripts in several directories of PATH and no /bin/sh: a sentence, not a trap", () => {
    for (const environment of [["PATH=/a:/b:/c"], ["PATH=/a:/b:/c", "LISTEN_PID=1"], ["PATH=/a", "LISTEN_PID=1"]]) {
      const content = { content: "exit 1\n" };
      const life = tiniWith(["script"], {
        environment,
        files: { "/a/script": content, "/b/script": content, "/c/script": content },
      });
      expect([life.trap, life.code]).toEqual([null, 127]);
      expect(linesOf(life, "FATAL")).toHaveLength(1);
    }
  });

  it("P31: a program behind a script that cannot be run is found, as execvp finds it", () => {
    const files = { "/a/script": { content: "exit 1\n" }, "/b/script": exits(9) };
    const life = tiniWith(["script", "x"], { environment: ["PATH=/a:/b"], files });
    expect([life.trap, life.code]).toEqual([null, 9]);
    expect(life.main.args.map(latin1)).toEqual(["script", "x"]);
  });

  it("P31: the message about a program in PATH is about the first that exists, whatever follows", () => {
    const files = { "/a/script": { content: "#!/nowhere\n" }, "/b/script": { content: "exit 1\n" } };
    const life = tiniWith(["script"], { environment: ["PATH=/a:/b"], files });
    expect([life.trap, life.code]).toEqual([null, 127]);
    expect(life.stderr).toEqual(["[FATAL tini-ts (1)] exec /a/script: its interpreter /nowhere does not exist"]);
  });

  it("real-time signals that the first program had no room for do not come to the second", () => {
    const full: Program = function* (process) {
      process.block(SIGRTMIN);
      process.handle([SIGHUP]);
      yield* process.sleep(100);
      return 1;
    };
    const second: Program = function* (process) {
      process.handle(FORWARDED);
      yield* process.sleep(5000);
      return 0;
    };
    const { program } = lives(full, second);
    const life = tini(["--restart=on-failure"], program, {
      uid: 5,
      pendingLimit: 4,
      outside: function* (sender, linux) {
        sender.uid = 5;
        yield () => linux.history.some(({ handles }) => handles);
        for (let i = 0; i < 8; i++) {
          sender.queue(1, SIGRTMIN, i);
          yield* sender.sleep(1);
        }
        return 0;
      },
    });
    expect(life.code).toBe(0);
    expect(life.started[1]?.signals).toEqual([]);
  });

  it("P22: what was asked of the first is forgotten: Ctrl-Z as PID 1 is undone in the second as in the first", () => {
    const waits: Program = function* (process) {
      process.handle([SIGHUP]);
      yield* process.sleep(5000);
      return 1;
    };
    const stopsOnce = (asks: boolean): Life => {
      const { program, births } = lives(waits, waits);
      return tini(["--restart=always:1"], program, {
        terminal: { of: "init" },
        mayStay: true,
        outside: function* (sender, linux) {
          yield () => linux.history.some(({ handles }) => handles);
          if (asks) {
            sender.kill(1, SIGTSTP);
            yield* sender.sleep(100);
            const first = linux.history.find(({ name }) => name === APP);
            if (first) sender.kill(first.pid, 18);
          }
          yield () => births.length === 2;
          yield* sender.sleep(100);
          const { terminal } = linux.watched ?? {};
          if (terminal) linux.typeKey(terminal, "Ctrl-Z");
          return 0;
        },
      });
    };
    expect(stopsOnce(false).code).toBe(1);
    expect(stopsOnce(true).code).toBe(1);
  });
});

describe("P63: --pause", () => {
  const pause = (world: Partial<World> = {}, args: string[] = []): Life => tiniWith(["--pause", ...args], world);
  /** Waits until the init waits, and then sends. */
  const then = (...signals: number[]): Program =>
    function* (sender, linux) {
      yield () => linux.trace.has(null, "rt_sigtimedwait");
      for (const signal of signals) {
        yield* sender.sleep(100);
        sender.kill(linux.watched?.pid ?? 0, signal);
      }
      return 0;
    };

  it.each([SIGTERM, SIGINT])("runs nothing and ends at signal %i at once with 0", (signal) => {
    for (const isPid1 of [true, false]) {
      const life = pause({ isPid1, outside: then(signal) });
      expect([life.code, life.linux.now, life.started, life.stderr]).toEqual([0, 100, [], []]);
      expectAbsent(callsNamed("vfork"), life, tini([], exits(0)));
    }
  });

  it("the same with --linger and no process to wait for", () => {
    for (const isPid1 of [true, false]) {
      for (const proc of [true, false]) {
        const life = pause({ isPid1, proc, outside: then(SIGTERM) }, ["--linger=1s"]);
        expect([life.code, life.linux.now, life.stderr]).toEqual([0, 100, []]);
      }
    }
  });

  it("does not end at any other signal", () => {
    const life = pause({ outside: then(SIGHUP, SIGQUIT, SIGUSR1, SIGRTMIN, SIGUSR2, 18, SIGTSTP), mayStay: true });
    expect([life.stays, life.stderr]).toEqual([true, []]);
    expectAbsent(signalsSent, life, tini([], records(1), { outside: sends(1, [0, SIGHUP]) }));
  });

  it("ends at the signals of --stop-signals", () => {
    const quit = pause({ outside: then(SIGQUIT) }, ["--stop-signals=QUIT"]);
    expect([quit.code, quit.linux.now]).toEqual([0, 100]);
    const life = pause({ outside: then(SIGTERM, SIGUSR1) }, ["--stop-signals=USR1"]);
    expect([life.code, life.linux.now]).toEqual([0, 200]);
  });

  it("reaps the orphans that it adopts, and does not end when none is left", () => {
    const leaves: Program = function* (process) {
      yield* leavesDaemons(process, 20, runs(10, 1));
      return 0;
    };
    const life = pause({ others: [leaves], mayStay: true });
    expect(life.stays).toBe(true);
    expect([...life.init.children]).toEqual([]);
    const ended = pause({ others: [leaves], outside: then(SIGTERM) });
    expect([ended.code, ended.zombies]).toEqual([0, []]);
  });

  it("leaves the others to the kernel, or to --linger", () => {
    const two: Program = function* (process) {
      process.fork(slow(50), "daemon");
      yield never;
      return 0;
    };
    expect(pause({ others: [two], outside: then(SIGTERM) }).code).toBe(0);
    const life = pause({ others: [two], outside: then(SIGTERM) }, ["--linger=1s"]);
    expect(life.code).toBe(0);
    expect(daemons(life)[0]?.signals).toEqual([SIGTERM]);
  });

  it("sleeps: no clock call, no time-out", () => {
    const life = pause({ outside: then(SIGHUP, SIGUSR1), mayStay: true });
    const control = tini(["--timeout=1s"], sleeps);
    expectAbsent(callsNamed("clock_gettime"), life, control);
    expectAbsent(timeouts, life, control);
  });

  it("P5: takes no program, and no restart", () => {
    for (const words of [
      ["--pause", "app"],
      ["--pause", "--", "app"],
      ["--pause", "--restart=always"],
    ]) {
      const life = tiniWith(words, { files: { [APP]: stubborn } });
      expect([life.code, life.started, linesOf(life, "FATAL").length]).toEqual([1, [], 1]);
    }
  });

  it("-p: the parent's death ends it", () => {
    const life = pause(
      {
        isPid1: false,
        parent: function* (parent) {
          yield* parent.sleep(100);
          return 0;
        },
      },
      ["-p", "TERM"],
    );
    expect([life.code, life.init.endedAt]).toEqual([0, 100]);
  });

  it("under random schedules a TERM at any moment ends it with 0", () => {
    for (const seed of SEEDS) {
      const outside: Program = function* (sender, linux) {
        yield () => linux.trace.has(1, "rt_sigprocmask");
        for (let turns = linux.random.below(12); turns > 0; turns--) yield;
        sender.kill(1, SIGTERM);
        return 0;
      };
      const leaves: Program = function* (process) {
        yield* leavesOrphans(process, 3);
        yield never;
        return 0;
      };
      const life = simulate({ args: ["tini-ts", "--pause"], others: [leaves], outside, seed });
      expect([life.code, life.trap], `seed ${seed}`).toEqual([0, null]);
    }
  });
});
