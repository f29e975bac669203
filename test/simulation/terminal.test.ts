import { describe, expect, it } from "vitest";
import { expectAbsent } from "../absence.ts";
import {
  SIGCONT,
  SIGHUP,
  SIGINT,
  SIGKILL,
  SIGQUIT,
  SIGSTOP,
  SIGTERM,
  SIGTSTP,
  SIGTTIN,
  SIGWINCH,
  stopped,
  WUNTRACED,
} from "../linux/abi.ts";
import { exits, type Life, NOT_PID_1, PARENT, type World, exitStatus } from "./life.ts";
import { RegularFile } from "../linux/files.ts";
import type { Linux } from "../linux/linux.ts";
import { type Condition, never, type Process, type Program } from "../linux/process.ts";
import type { Terminal } from "../linux/terminal.ts";
import {
  APP,
  app,
  appIsReady,
  daemons,
  leavesDaemons,
  linesOf,
  records,
  server,
  sleeps,
  tini,
  tiniWith,
  callsNamed,
} from "./scenario.ts";

function terminalOf(linux: Linux): Terminal {
  const terminal = [...linux.history].map((process) => process.terminal).find((found) => found !== null);
  if (!terminal) throw new Error("no terminal");
  return terminal;
}

/** A shell with a job in the foreground: it waits, and takes the terminal back when the job stops or ends. */
function* waitsForJob(shell: Process): Generator<Condition, number> {
  shell.block(22);
  const found = yield* shell.waitFor(WUNTRACED, NOT_PID_1);
  shell.linux.setForeground(shell, terminalOf(shell.linux), shell.group);
  return found?.status ?? -1;
}

/** What `fg` does. */
function* foreground(shell: Process): Generator<Condition, number> {
  shell.linux.setForeground(shell, terminalOf(shell.linux), NOT_PID_1);
  shell.kill(-NOT_PID_1, SIGCONT);
  return yield* waitsForJob(shell);
}

const shell: Partial<World> = { isPid1: false, terminal: { of: "parent" } };
const docker: Partial<World> = { terminal: { of: "init" } };

describe("P22: --isolate", () => {
  it("group: the program has its own group, in the foreground", () => {
    for (const world of [shell, docker]) {
      const life = tini([], sleeps, { ...world, mayStay: true });
      expect(life.main.group).toBe(life.main.pid);
      expect(life.main.session).toBe(life.init.session);
      expect(life.terminal?.foreground).toBe(life.main.pid);
    }
  });

  it("session: the program has its own session and the terminal", () => {
    const life = tini(["--isolate=session"], sleeps, { ...docker, mayStay: true });
    expect(life.main.session).toBe(life.main.pid);
    expect(life.main.terminal).toBe(life.terminal);
    expect(life.terminal?.session).toBe(life.main.pid);
    expect(life.terminal?.foreground).toBe(life.main.pid);
  });

  it("session under a shell: the shell keeps its terminal", () => {
    const life = tini(["--isolate=session"], sleeps, { ...shell, mayStay: true });
    expect(life.main.session).toBe(life.main.pid);
    expect(life.main.terminal).toBeNull();
    expect(life.terminal?.session).toBe(PARENT);
  });

  it("none: the program stays in our group", () => {
    for (const args of [["--isolate=none"], ["-c"]]) {
      const life = tini(args, sleeps, { ...shell, mayStay: true });
      expect(life.main.group).toBe(NOT_PID_1);
      expect(life.terminal?.foreground).toBe(NOT_PID_1);
    }
  });

  it("without a terminal group and session work as well", () => {
    expect(tini([], sleeps, { mayStay: true }).main.group).toBe(2);
    expect(tini(["--isolate=session"], sleeps, { mayStay: true }).main.session).toBe(2);
  });

  it("the group is in the foreground before the program's first instruction", () => {
    const life = tini(
      [],
      function* (process) {
        return (yield* process.readTerminal()) ? 0 : 1;
      },
      docker,
    );
    expect(life.code).toBe(0);
    expect(life.main.stops).toEqual([]);
  });

  it("all three standard descriptors redirected, the terminal is found by /dev/tty, and not kept by the program", () => {
    const files = { stdin: new RegularFile(), stdout: new RegularFile(), stderr: new RegularFile() };
    const life = tini([], sleeps, { ...docker, ...files, mayStay: true });
    expect(life.terminal?.foreground).toBe(life.main.pid);
    expect([...life.main.descriptors.keys()]).toEqual([0, 1, 2]);
  });
});

describe("P22: the foreground", () => {
  it("is not stolen by an init that was started in the background", () => {
    const life = tini([], sleeps, { isPid1: false, terminal: { of: "parent", background: true }, mayStay: true });
    expect(life.terminal?.foreground).toBe(PARENT);
    expect(life.main.group).toBe(life.main.pid);
  });

  it("goes back to the caller's group at the end", () => {
    let after = 0;
    const life = tini([], exits(0), {
      ...shell,
      parent: function* (process) {
        yield* process.waitFor();
        after = terminalOf(process.linux).foreground;
        return 0;
      },
    });
    expect(life.code).toBe(0);
    expect(after).toBe(NOT_PID_1);
  });

  it("goes back to the shell's own group where the init shares it (sh -c)", () => {
    let after = 0;
    tini([], exits(0), {
      ...shell,
      inParentsGroup: true,
      parent: function* (process) {
        yield* process.waitFor();
        after = terminalOf(process.linux).foreground;
        return 0;
      },
    });
    expect(after).toBe(PARENT);
  });

  it("goes back also where the program could not be run", () => {
    let after = 0;
    const life = tini([], exits(0), {
      ...shell,
      files: { "/bin/app": { content: "", executable: false } },
      parent: function* (process) {
        yield* process.waitFor();
        after = terminalOf(process.linux).foreground;
        return 0;
      },
    });
    expect(life.code).toBe(126);
    expect(after).toBe(NOT_PID_1);
  });
});

/** Types keys when the program is ready, each after the one before has been handled, then sends TERM to the init. */
function types(pid: number, ...keys: ("Ctrl-C" | "Ctrl-\\" | "resize")[]): Program {
  return function* (outside, linux) {
    const program = yield* appIsReady(linux);
    const terminal = terminalOf(linux);
    for (const key of keys) {
      if (key === "resize") linux.resize(terminal);
      else linux.typeKey(terminal, key);
      yield () => linux.watched?.pending.set === 0n && program.pending.set === 0n;
    }
    outside.kill(pid, SIGTERM);
    return 0;
  };
}

describe("P22: keys reach the program once", () => {
  const untilTerm: Program = function* (process) {
    process.handle([SIGINT, SIGQUIT, SIGWINCH, SIGTERM]);
    yield () => process.signals.includes(SIGTERM);
    return 0;
  };
  const cases: [string, string[], Partial<World>][] = [
    ["with its own group, as PID 1", [], docker],
    ["with its own group, under a shell", [], shell],
    ["with its own session, as PID 1", ["--isolate=session"], docker],
    ["in our group, as PID 1", ["-c"], docker],
    ["in our group, under a shell", ["-c"], shell],
    ["with its own group and -g", ["-g"], docker],
  ];
  it.each(cases)("%s", (_name, args, world) => {
    const pid = world.isPid1 === false ? NOT_PID_1 : 1;
    const life = tini(args, untilTerm, { ...world, outside: types(pid, "Ctrl-C", "resize", "Ctrl-\\") });
    expect(life.main.signals).toEqual([SIGINT, SIGWINCH, SIGQUIT, SIGTERM]);
    // Two that come at once look like one, so the init's calls are checked as well.
    expect(life.trace.sent(pid).map(({ args }) => args[1])).toEqual([SIGTERM]);
  });

  it("a terminal that hangs up signals the session leader, and so the program", () => {
    const life = tini([], records(1, 7), {
      ...docker,
      outside: function* (_outside, linux) {
        yield* appIsReady(linux);
        linux.hangUp(terminalOf(linux));
        yield;
        return 0;
      },
    });
    expect(life.main.signals[0]).toBe(SIGHUP);
    expect(life.code).toBe(7);
  });
});

describe("P22: Ctrl-Z", () => {
  const job: Program = function* (process) {
    process.handle([SIGCONT]);
    yield* process.receive(1);
    return (yield* process.readTerminal()) ? 5 : 6;
  };

  it.each([
    ["group", []],
    ["none", ["--isolate=none"]],
  ])("gives the shell its prompt back, and fg resumes (--isolate=%s)", (_how, args) => {
    const statuses: number[] = [];
    let prompt = 0;
    const life = tini(args, job, {
      ...shell,
      parent: function* (process, linux) {
        yield* appIsReady(linux);
        linux.typeKey(terminalOf(linux), "Ctrl-Z");
        statuses.push(yield* waitsForJob(process));
        prompt = terminalOf(linux).foreground;
        statuses.push(yield* foreground(process));
        return 0;
      },
    });
    expect(prompt).toBe(PARENT);
    expect(statuses).toEqual([stopped(SIGTSTP), 5 << 8]);
    expect(life.main.stops).toEqual([SIGTSTP]);
    expect(life.code).toBe(5);
  });

  it("twice works as well as once, and under a hundred schedules", () => {
    const twice: Program = function* (process) {
      process.handle([SIGCONT]);
      yield* process.receive(1);
      yield* process.receive(2);
      return 5;
    };
    for (let seed = 0; seed < 100; seed++) {
      const statuses: number[] = [];
      const life = tini([], twice, {
        ...shell,
        seed,
        parent: function* (process, linux) {
          const program = yield* appIsReady(linux);
          for (const count of [0, 1]) {
            yield () => program.received.length === count && terminalOf(linux).foreground === program.group;
            linux.typeKey(terminalOf(linux), "Ctrl-Z");
            statuses.push(yield* waitsForJob(process));
            linux.setForeground(process, terminalOf(linux), NOT_PID_1);
            process.kill(-NOT_PID_1, SIGCONT);
          }
          statuses.push(yield* waitsForJob(process));
          return 0;
        },
      });
      expect(life.code).toBe(5);
      expect(statuses).toEqual([stopped(SIGTSTP), stopped(SIGTSTP), 5 << 8]);
    }
  });

  it("as PID 1 of docker run -t the program goes on: there is no shell for fg", () => {
    const life = tini(
      [],
      function* (process, linux) {
        process.handle([SIGCONT]);
        linux.typeKey(terminalOf(linux), "Ctrl-Z");
        yield;
        return 4;
      },
      docker,
    );
    expect(life.code).toBe(4);
    expect(life.main.stops).toEqual([SIGTSTP]);
  });

  it("where a shell without job control is above us (docker run -t IMAGE sh -c) the program goes on as well", () => {
    const life = tini(
      [],
      function* (process, linux) {
        process.handle([SIGCONT]);
        linux.typeKey(terminalOf(linux), "Ctrl-Z");
        yield;
        return (yield* process.readTerminal()) ? 4 : 5;
      },
      { ...shell, inParentsGroup: true },
    );
    expect(life.code).toBe(4);
  });

  it("a stop by a TSTP from another process stays: a warning says so", () => {
    const life = tini([], server(), {
      ...docker,
      mayStay: true,
      outside: function* (sender, linux) {
        yield* appIsReady(linux);
        sender.kill(1, SIGTSTP);
        return 0;
      },
    });
    expect(life.main.state).toBe("stopped");
    expect(linesOf(life, "WARN").concat(linesOf(life, "INFO"))).not.toEqual(life.terminal ? [undefined] : []);
  });

  it("--isolate=session: TSTP and TTIN become STOP, because the orphaned group would discard them", () => {
    for (const signal of [SIGTSTP, SIGTTIN]) {
      const life = tini(["--isolate=session"], server(), {
        mayStay: true,
        outside: function* (sender, linux) {
          yield* appIsReady(linux);
          sender.kill(1, signal);
          return 0;
        },
      });
      expect(life.main.stops).toEqual([SIGSTOP]);
    }
  });
});

describe("P22: Ctrl-Z before the program is there", () => {
  /** Types Ctrl-Z when the child makes its call number `nth` of execve; the first two do not find the program. */
  const typesAt = (nth: number): Partial<World> => ({
    environment: ["PATH=/nowhere:/neither:/bin"],
    fault: (call) => {
      const linux = call.process.linux;
      if (call.name === "execve" && call.nth === nth) linux.typeKey(terminalOf(linux), "Ctrl-Z");
      return 0;
    },
  });

  it.each([1, 2, 3])("as PID 1 of docker run -t the program starts, stops and goes on (execve number %i)", (nth) => {
    const life = tiniWith(["app"], { ...docker, ...typesAt(nth), files: { [APP]: exits(5) } });
    expect(life.code).toBe(5);
    expect(life.main.stops).toEqual([SIGTSTP]);
  });

  it.each([
    ["group", 1],
    ["group", 2],
    ["group", 3],
    ["none", 1],
    ["none", 2],
    ["none", 3],
  ])("the shell gets its prompt back, and fg resumes (--isolate=%s, execve number %i)", (isolation, nth) => {
    const statuses: number[] = [];
    const life = tiniWith([`--isolate=${isolation}`, "app"], {
      ...shell,
      ...typesAt(nth),
      files: { [APP]: exits(5) },
      parent: function* (process) {
        statuses.push(yield* waitsForJob(process));
        statuses.push(yield* foreground(process));
        return 0;
      },
    });
    expect(statuses).toEqual([stopped(SIGTSTP), 5 << 8]);
    expect(life.main.stops).toEqual([SIGTSTP]);
  });

  it("a program that cannot be run is reported all the same", () => {
    const life = tiniWith(["nope"], { ...docker, ...typesAt(1) });
    expect(life.code).toBe(127);
  });

  it.each(["group", "none"])("at any moment it hangs nothing (--isolate=%s)", (isolation) => {
    let between = 0;
    const again = function* (process: Process): Generator<Condition, number> {
      let status = yield* waitsForJob(process);
      while (status === stopped(SIGTSTP)) status = yield* foreground(process);
      return 0;
    };
    for (let seed = 0; seed < 100; seed++) {
      for (const world of [docker, { ...shell, parent: again }]) {
        const life = tiniWith([`--isolate=${isolation}`, "app"], {
          ...world,
          seed,
          environment: ["PATH=/nowhere:/neither:/bin"],
          files: { [APP]: exits(5) },
          outside: function* (_outside, linux) {
            const child = (): Process | undefined => linux.history.find(({ parent }) => parent === linux.watched);
            yield () => child()?.group === terminalOf(linux).foreground;
            if (linux.watched?.inVfork) between++;
            linux.typeKey(terminalOf(linux), "Ctrl-Z");
            return 0;
          },
        });
        if (life.code !== 5) expect.fail(`seed ${String(seed)}\n${life.trace.text()}`);
      }
    }
    expect(between).toBeGreaterThan(20);
  });

  it.each([20, 21, 22])("a program whose caller ignores signal %i ignores it as well, and no other", (signal) => {
    const life = tini([], sleeps, { ...shell, ignored: [signal], mayStay: true });
    expect([...life.main.dispositions]).toEqual([[signal, "ignore"]]);
  });

  it("costs nothing where there is no terminal", () => {
    const control = tini([], exits(0), docker);
    expectAbsent(callsNamed("catchSignal"), tini([], exits(0)), control);
    expectAbsent(callsNamed("catchSignal"), tini(["--isolate=session"], exits(0), docker), control);
  });
});

/** Types `keys` once the program is ready, each after the one before has been handled. */
function typing(...keys: ("Ctrl-C" | "Ctrl-\\" | "Ctrl-Z" | "resize")[]): Program {
  return function* (_outside, linux) {
    const program = yield* appIsReady(linux);
    for (const key of keys) {
      if (key === "resize") linux.resize(terminalOf(linux));
      else linux.typeKey(terminalOf(linux), key);
      yield () => linux.watched?.pending.set === 0n && program.pending.set === 0n;
    }
    return 0;
  };
}

describe("P22, P24: what the terminal sends counts as what it is", () => {
  const worlds: [string, Partial<World>][] = [
    ["as PID 1 of docker run -t", docker],
    ["under a shell", shell],
  ];
  const modes = ["--isolate=group", "--isolate=none"];
  const deaf: Program = function* (process) {
    process.handle([SIGINT, SIGQUIT, SIGTERM]);
    yield never;
    return 0;
  };
  const endsAtInt: Program = function* (process) {
    process.handle([SIGINT]);
    yield* process.receive(1);
    return 0;
  };

  it.each(worlds.flatMap(([name, world]) => modes.map((mode) => [name, mode, world] as const)))(
    "Ctrl-C starts the grace period, and the program has the signal once (%s, %s)",
    (_name, mode, world) => {
      const life = tini([mode, "--grace=5s"], deaf, { ...world, outside: typing("Ctrl-C") });
      expect(life.main.signals).toEqual([SIGINT]);
      expect([life.code, life.main.endedAt]).toEqual([137, 5000]);
      expect(life.stderr.filter((line) => line.includes("keys"))).toEqual([]);
    },
  );

  it.each(worlds.flatMap(([name, world]) => modes.map((mode) => [name, mode, world] as const)))(
    "Ctrl-C ends --restart, whatever code the program gives (%s, %s)",
    (_name, mode, world) => {
      const life = tini([mode, "--restart=always"], endsAtInt, { ...world, outside: typing("Ctrl-C") });
      expect([life.code, life.started.length]).toEqual([0, 1]);
    },
  );

  it.each(worlds)("Ctrl-C is held back by --delay (%s)", (_name, world) => {
    const life = tini(["--delay=2s"], endsAtInt, { ...world, outside: typing("Ctrl-C") });
    expect([life.code, life.main.endedAt]).toEqual([0, 2000]);
  });

  it.each(worlds)("--rewrite changes and drops keys and resize (%s)", (_name, world) => {
    const untilTerm: Program = function* (process) {
      process.handle([SIGINT, SIGQUIT, SIGWINCH, SIGTERM]);
      yield () => process.signals.includes(SIGTERM);
      return 0;
    };
    const outside = typing("resize", "Ctrl-\\", "Ctrl-C");
    const life = tini(["-r", "INT:TERM", "-r", "WINCH:0"], untilTerm, { ...world, outside });
    expect(life.main.signals).toEqual([SIGQUIT, SIGTERM]);
  });

  it("a program that reads the terminal has its keys from then on: Ctrl-C is no stop signal of ours", () => {
    for (const [, world] of worlds) {
      const reads: Program = function* (process) {
        const could = yield* process.readTerminal();
        process.handle([SIGINT]);
        yield* process.receive(1);
        yield* process.sleep(60_000);
        return could ? 3 : 4;
      };
      const life = tini(["--grace=5s"], reads, { ...world, outside: typing("Ctrl-C") });
      expect(life.code).toBe(3);
      expect(life.main.stops).toEqual([SIGTTIN]);
      expect(life.main.signals).toEqual([SIGINT]);
    }
  });

  it.each(worlds)("a program that reads the terminal and dies of Ctrl-C is not started again (%s)", (_name, world) => {
    const reads: Program = function* (process) {
      yield* process.readTerminal();
      process.handle([SIGHUP]);
      yield never;
      return 0;
    };
    const life = tini(["--restart=always"], reads, { ...world, outside: typing("Ctrl-C") });
    expect([life.code, life.started.length]).toEqual([128 + SIGINT, 1]);
  });

  it.each([
    ["group, as PID 1", "--isolate=group", docker],
    ["group, under a shell", "--isolate=group", shell],
    ["session, as PID 1", "--isolate=session", docker],
    ["none, as PID 1", "--isolate=none", docker],
  ] as [string, string, Partial<World>][])(
    "Ctrl-C before the next start ends --restart, also where the program had the keys (%s)",
    (_name, mode, world) => {
      const reads: Program = function* (process) {
        yield* process.readTerminal();
        return 6;
      };
      const life = tini([mode, "--restart=always", "--restart-delay=10s"], reads, {
        ...world,
        outside: function* (outside, linux) {
          yield () => linux.trace.of("end").some(({ status }) => status === exitStatus(6));
          yield* outside.sleep(1000);
          linux.typeKey(terminalOf(linux), "Ctrl-C");
          return 0;
        },
      });
      expect([life.code, life.started.length, life.linux.now]).toEqual([6, 1, 1000]);
    },
  );

  it.each(worlds)("with --wait=all Ctrl-C goes to everybody, once (%s)", (_name, world) => {
    const leaves: Program = function* (process, linux) {
      yield* leavesDaemons(process, 1, endsAtInt);
      return yield* endsAtInt(process, linux);
    };
    const life = tini(["--wait=all"], leaves, { ...world, outside: typing("Ctrl-C") });
    expect([life.code, life.main.signals, daemons(life)[0]?.signals]).toEqual([0, [SIGINT], [SIGINT]]);
  });

  it.each(worlds)(
    "with --wait=all Ctrl-C ends who is left, also where the program had the keys (%s)",
    (_name, world) => {
      const reads: Program = function* (process) {
        yield* leavesDaemons(process, 1, endsAtInt);
        yield* process.readTerminal();
        return 6;
      };
      const life = tini(["--wait=all"], reads, {
        ...world,
        outside: function* (outside, linux) {
          yield () => linux.trace.of("end").some(({ status }) => status === exitStatus(6));
          yield* outside.sleep(1000);
          linux.typeKey(terminalOf(linux), "Ctrl-C");
          return 0;
        },
      });
      expect([life.code, daemons(life)[0]?.signals, life.linux.now]).toEqual([6, [SIGINT], 1000]);
    },
  );

  it.each(worlds)(
    "with --isolate=none a key reaches those in other groups by --forward-to=all, once (%s)",
    (_name, world) => {
      const main: Program = function* (process, linux) {
        const child = process.fork(endsAtInt, "member");
        yield () => child.handles;
        yield* leavesDaemons(process, 1, endsAtInt);
        yield* endsAtInt(process, linux);
        yield* process.sleep(100);
        return 0;
      };
      for (const [args, daemon] of [
        [["--forward-to=all"], [SIGINT]],
        [["--forward-to=all", "--grace=5s", "--delay=1s"], [SIGINT]],
        [["--wait=all"], [SIGINT]],
        [["--forward-to=all", "-r", "INT:0"], []],
        [["--forward-to=child"], []],
      ] as const) {
        const life = tini(["--isolate=none", ...args], main, { ...world, outside: typing("Ctrl-C"), mayStay: true });
        const member = life.processes.find(({ name }) => name === "member");
        expect([life.main.signals, member?.signals, daemons(life)[0]?.signals], args.join(" ")).toEqual([
          [SIGINT],
          [SIGINT],
          daemon,
        ]);
      }
    },
  );

  it.each(worlds)(
    "nor is anybody in the terminal's group given it twice where there is no /proc (%s)",
    (_name, world) => {
      const life = tini(["--isolate=none", "--forward-to=all"], endsAtInt, {
        ...world,
        proc: false,
        outside: typing("Ctrl-C"),
      });
      expect([life.code, life.main.signals]).toEqual([0, [SIGINT]]);
    },
  );

  it("--timeout leaves the keys with the program", () => {
    const reads: Program = function* (process) {
      yield* process.readTerminal();
      return 6;
    };
    const life = tini(["--timeout=1h"], reads, docker);
    expect([life.code, life.main.stops]).toEqual([6, []]);
  });

  it("with --isolate=session each life of the program has the terminal", () => {
    const seen: boolean[] = [];
    const life = tini(
      ["--isolate=session", "--restart=always:2"],
      function* (process) {
        seen.push(yield* process.readTerminal());
        return 6;
      },
      docker,
    );
    expect(life.code).toBe(6);
    expect(seen).toEqual([true, true, true]);
  });

  it.each([
    ["--isolate=session", ["--grace=5s"], docker, 1],
    ["--isolate=session", ["-r", "INT:TERM"], docker, 1],
    ["--isolate=session", ["--wait=all"], docker, 1],
    ["--isolate=session", ["--timeout=1h"], docker, 0],
    ["--isolate=session", [], docker, 0],
    ["--isolate=session", ["--grace=5s"], {}, 0],
    ["--isolate=none", ["-r", "INT:TERM"], docker, 1],
    ["--isolate=none", ["-r", "HUP:TERM", "--grace=5s"], docker, 0],
    ["--isolate=group", ["-r", "INT:TERM", "--grace=5s"], docker, 0],
  ] as [string, string[], Partial<World>, number][])(
    "what cannot be done is said in one line: %s %j",
    (mode, args, world, lines) => {
      const life = tini([mode, ...args], exits(0), world);
      expect(linesOf(life, "WARN").filter((line) => line.includes("keys"))).toHaveLength(lines);
    },
  );
});

describe("P22: Ctrl-Z where the keys come to us", () => {
  const job: Program = function* (process) {
    process.handle([SIGCONT]);
    yield* process.receive(1);
    return 5;
  };

  it("gives the shell its prompt back, and fg resumes; the foreground stays with our group", () => {
    const statuses: number[] = [];
    let resumed = 0;
    const life = tini(["--grace=5s"], job, {
      ...shell,
      parent: function* (process, linux) {
        const program = yield* appIsReady(linux);
        linux.typeKey(terminalOf(linux), "Ctrl-Z");
        statuses.push(yield* waitsForJob(process));
        linux.setForeground(process, terminalOf(linux), NOT_PID_1);
        process.kill(-NOT_PID_1, SIGCONT);
        yield () => program.received.length > 0;
        resumed = terminalOf(linux).foreground;
        statuses.push(yield* waitsForJob(process));
        return 0;
      },
    });
    expect(statuses).toEqual([stopped(SIGTSTP), 5 << 8]);
    expect(life.main.stops).toEqual([SIGTSTP]);
    expect(resumed).toBe(NOT_PID_1);
  });

  it("as PID 1 of docker run -t the program goes on", () => {
    const life = tini(["--grace=5s"], job, { ...docker, outside: typing("Ctrl-Z") });
    expect(life.code).toBe(5);
    expect(life.main.stops).toEqual([SIGTSTP]);
  });
});

describe("P22: in a pipeline", () => {
  const file = new RegularFile();

  it.each([
    ["at its end", { stdin: file }],
    ["in its middle", { stdin: file, stdout: file }],
    ["at its beginning", { stdout: file }],
  ])("%s others of our group keep the terminal, until the program reads it", (_where, files) => {
    const foregrounds: number[] = [];
    const life = tini(
      [],
      function* (process, linux) {
        foregrounds.push(terminalOf(linux).foreground);
        return (yield* process.readTerminal()) ? 5 : 6;
      },
      {
        ...shell,
        ...files,
        parent: function* (process) {
          yield* process.waitFor();
          foregrounds.push(terminalOf(process.linux).foreground);
          return 0;
        },
      },
    );
    expect(life.code).toBe(5);
    expect(foregrounds).toEqual([NOT_PID_1, NOT_PID_1]);
  });

  it("a program that cannot be stopped for reading has it from the start, where its input is the terminal", () => {
    for (const ignored of [[], [SIGTTIN]]) {
      let first = 0;
      const life = tini(
        [],
        function* (process, linux) {
          first = terminalOf(linux).foreground;
          // As it was inherited.
          expect(process.dispositions.get(SIGTTIN)).toBe(ignored.length > 0 ? "ignore" : undefined);
          return (yield* process.readTerminal()) ? 5 : 6;
        },
        { ...shell, stdout: file, ignored },
      );
      expect(life.code).toBe(5);
      expect(first).toBe(ignored.length > 0 ? life.main.pid : NOT_PID_1);
    }
  });

  it("Ctrl-C reaches the program once there too", () => {
    const life = tini([], records(1, 7), { ...shell, stdin: file, outside: typing("Ctrl-C") });
    expect(life.main.signals).toEqual([SIGINT]);
    expect(life.code).toBe(7);
  });
});

describe("P22: in the background", () => {
  it("a program that reads stops, the shell sees it, and fg lets it read", () => {
    const statuses: number[] = [];
    const life = tini(
      [],
      function* (process) {
        return (yield* process.readTerminal()) ? 5 : 6;
      },
      {
        isPid1: false,
        terminal: { of: "parent", background: true },
        parent: function* (process) {
          statuses.push(yield* waitsForJob(process));
          statuses.push(yield* foreground(process));
          return 0;
        },
      },
    );
    expect(statuses).toEqual([stopped(SIGTTIN), 5 << 8]);
    expect(life.code).toBe(5);
  });
});

describe("P22: terminal errors are never fatal", () => {
  const every = [1, 5, 6, 9, 13, 22, 25, 38];
  it.each(every)("errno %i of every ioctl", (errno) => {
    for (const args of [[], ["-c"], ["--isolate=session"], ["-g"]]) {
      for (const world of [docker, shell]) {
        const life: Life = tini(args, exits(5), { ...world, fault: ({ name }) => (name === "ioctl" ? errno : 0) });
        expect(life.code).toBe(5);
        expect(linesOf(life, "FATAL")).toEqual([]);
      }
    }
  });

  it("a terminal that hangs up at any moment", () => {
    for (let seed = 0; seed < 100; seed++) {
      const life = tini([], exits(5), {
        ...docker,
        seed,
        outside: function* (_outside, linux) {
          linux.hangUp(terminalOf(linux));
          yield;
          return 0;
        },
      });
      // HUP may kill the program: it is forwarded, and it does not handle it.
      expect([5, 128 + SIGHUP]).toContain(life.code);
    }
  });

  it("the shell that dies takes nothing but its terminal along", () => {
    const life = tini([], server(3), {
      ...shell,
      parent: function* (_process, linux) {
        yield* appIsReady(linux);
        return 0;
      },
      outside: function* (sender, linux) {
        const program = yield* appIsReady(linux);
        yield () => linux.processes.get(PARENT) === undefined;
        if (program.alive) sender.kill(NOT_PID_1, SIGTERM);
        return 0;
      },
    });
    // The kernel hangs the foreground group up, which the program does not handle.
    expect([3, 128 + SIGHUP]).toContain(life.code);
    expect(app(life.linux)?.alive).toBe(false);
    expect(life.signal).not.toBe(SIGKILL);
  });
});
