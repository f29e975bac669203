/* Every system call of the init fails with every errno: the init must tolerate it, or end with a message. */
import assert from "node:assert/strict";
import { describe, expect, it } from "vitest";
import {
  EACCES,
  EAGAIN,
  EFAULT,
  EINTR,
  EINVAL,
  EIO,
  EISDIR,
  ELOOP,
  EMFILE,
  ENOENT,
  ENOMEM,
  ENOSYS,
  ENOTDIR,
  EPERM,
  ESRCH,
  errnoName,
  MACHINE,
  SIGRTMIN,
  SIGTERM,
  SIGUSR1,
} from "../linux/abi.ts";
import { CALLS, ERRNOS, errnosOf, FOR_LIMITS } from "./calls.ts";
import { elf, Pipe, processInode, RegularFile } from "../linux/files.ts";
import type { Fault } from "../linux/kernel.ts";
import { exits, failing, type Life, NOT_PID_1, simulate, type World } from "./life.ts";
import { Endless } from "../linux/linux.ts";
import { Receiver } from "../linux/sockets.ts";
import type { Program } from "../linux/process.ts";
import { APP, linesOf, leavesDaemons, leavesOrphans } from "./scenario.ts";

const CODE = 7;

/** A program with signals, orphans and a stop, which ends by itself with 7 whatever happens to them. */
const busy: Program = function* (process) {
  process.handle([SIGTERM, SIGUSR1, SIGRTMIN]);
  process.fork(function* (parent) {
    for (let i = 0; i < 3; i++) parent.fork(exits(i), "orphan");
    yield;
    return 0;
  });
  for (let i = 0; i < 12; i++) yield;
  process.wait();
  return CODE;
};

/** A process that sends signals of all kinds once the program has its handlers. */
const bothers = (pid: number): Program =>
  function* (sender, linux) {
    yield () => linux.history.find(({ name }) => name === APP || name === "/bin/sh")?.handles ?? false;
    for (const signal of [SIGTERM, SIGUSR1, SIGRTMIN]) {
      sender.kill(pid, signal);
      sender.queue(pid, signal, 5);
      yield;
    }
    return 0;
  };

const files = { [APP]: busy, "/bin/sh": busy };

/** A program that TERM does not end, but time does, with 7: so that a fault that costs the stop sequence is no hang. */
const patient: Program = function* (process) {
  process.handle([SIGTERM, SIGUSR1, SIGRTMIN]);
  yield* process.sleep(10_000);
  return CODE;
};

/** The same with a daemon that TERM does not end either. */
const withDaemon: Program = function* (process, linux) {
  yield* leavesDaemons(process, 1, patient);
  return yield* patient(process, linux);
};

/** A program that leaves a daemon and ends with 7. */
const leavesOne: Program = function* (process) {
  yield* leavesDaemons(process, 1, patient);
  return CODE;
};

/** A program that fails twice, and the third time ends with 7. */
const failsTwice: Program = function* (process, linux) {
  process.handle([SIGTERM]);
  yield* process.sleep(5);
  return linux.history.filter(({ name, alive }) => name === APP && !alive).length < 2 ? 3 : CODE;
};

/** Reaps for a while what it has, and then tells the init to leave. */
const tellsPause: Program = function* (process) {
  process.fork(function* (parent) {
    parent.fork(exits(1), "orphan");
    yield;
    return 0;
  });
  yield* process.waitFor();
  yield* process.sleep(20);
  process.kill(1, SIGTERM);
  yield* process.sleep(100);
  return 0;
};

/** A world and how the life in it ends: without a fault with `code`, with one perhaps with one of `others`. */
interface Trial extends World {
  readonly code?: number;
  readonly orElse?: readonly number[];
  readonly starts?: number;
}

/** Lives that between them make every system call of the system interface. */
const WORLDS: Record<string, Trial> = {
  "as PID 1": { args: ["tini-ts", "-vvvv", "-w", "app"], outside: bothers(1), files },
  "as PID 1 with a terminal, to the group": {
    args: ["tini-ts", "-vvv", "-g", "--", APP],
    terminal: { of: "init" },
    others: [bothers(1)],
    files,
  },
  "under a shell, to all": {
    args: ["tini-ts", "-v", "--forward-to=all", "-p", "USR1", APP],
    isPid1: false,
    terminal: { of: "parent" },
    others: [bothers(NOT_PID_1)],
    descriptors: [5],
    files,
  },
  "in a session, with sockets handed over, SIGCHLD ignored": {
    args: ["tini-ts", "--isolate=session", "-g", APP],
    environment: ["PATH=/bin", "LISTEN_PID=1", "LISTEN_FDS=1", `LISTEN_PIDFDID=${processInode(1)}`],
    terminal: { of: "init" },
    ignored: [17],
    others: [bothers(1)],
    files,
  },
  "with a script that has no #!": {
    args: ["tini-ts", "-vv", "script"],
    isPid1: false,
    files: { "/bin/script": { content: "exit 7\n" }, "/bin/sh": busy },
    outside: bothers(NOT_PID_1),
  },
  "configured by a file": {
    args: ["tini-ts", "-e", "3:4", APP],
    files: {
      ...files,
      "/etc/tini.yml": {
        content: "# as PID 1\nforward-to: group\nverbosity: 3\ngrace: 10s\nremap-exit:\n- 3\nrewrite:\n- USR1:TERM\n",
      },
    },
    outside: bothers(1),
    // Under a seed the clock may reach the end of the grace period before the program has had its turns.
    orElse: [137],
  },
  "stopped, as PID 1": {
    args: ["tini-ts", "-v", "--delay=10ms", "--grace=50ms", APP],
    files: { [APP]: withDaemon },
    outside: bothers(1),
    code: 137,
    orElse: [CODE],
  },
  "stopped, as an ordinary process": {
    args: ["tini-ts", "-p", "HUP", "--delay=10ms", "--grace=50ms", APP],
    isPid1: false,
    files: { [APP]: withDaemon },
    outside: bothers(NOT_PID_1),
    code: 137,
    orElse: [CODE],
  },
  "with others that linger": {
    args: ["tini-ts", "-v", "--linger=50ms", APP],
    isPid1: false,
    files: { [APP]: leavesOne },
  },
  "started again and again": {
    args: ["tini-ts", "-v", "--restart=on-failure:2", APP],
    environment: ["PATH=/bin", "LISTEN_PID=1"],
    terminal: { of: "init" },
    files: { [APP]: failsTwice },
    starts: 3,
  },
  "as another user": {
    args: ["tini-ts", "--user=app", "--drop-capabilities=chown", "--keep-capabilities=kill", "--no-new-privs", APP],
    files: {
      ...files,
      "/etc/passwd": { content: "app:x:1000:1001::/:/bin/sh\n" },
      "/etc/group": { content: "www:x:33:app\n" },
    },
    outside: bothers(1),
  },
  "with limits, a mask and a directory of its own": {
    args: ["tini-ts", "--nice=1", "--umask=027", "--rlimit=core=0", "--oom-score-adj=5", "--chdir=/bin", APP],
    files,
    outside: bothers(1),
  },
  "with a log socket and a summary in a file": {
    args: ["tini-ts", "-vvv", "--log-socket=/dev/log", "--summary=json", "--summary-file=/dev/termination-log", APP],
    files,
    receivers: { "/dev/log": new Receiver() },
    outputs: { "/dev/termination-log": new RegularFile() },
    outside: bothers(1),
  },
  "without a program": {
    args: ["tini-ts", "--pause", "-v"],
    others: [tellsPause],
    code: 0,
    starts: 0,
  },
};

/** Checks what must hold in every life, whatever failed in it. `maySay`: a message can be written. */
function check(life: Life, { code = CODE, orElse = [], starts = 1 }: Omit<Trial, "args"> = {}, maySay = true): void {
  const started = life.started.length;
  const isExplained = !maySay || linesOf(life, "FATAL").length > 0;
  const isRefused = life.code === 1 && started === 0;
  const isOurs = (isRefused || life.code === 125 || life.code === 126 || life.code === 127) && isExplained;
  const isTheirs = life.code !== null && [code, ...orElse].includes(life.code) && (started > 0 || starts === 0);
  if (life.trap !== null || started > starts || !(isTheirs || isOurs))
    expect.fail(`exit ${life.code}, ${started} started\n${life.trace.text(60)}\n\n${life.stderr.join("\n")}`);
}

/** The codes that are right where faults are many: also those of a program that could not be started again. */
function endings({ orElse = [], starts = 1 }: Trial): number[] {
  return starts > 1 ? [...orElse, 3] : [...orElse];
}

/** The calls that a life makes; how it ends is for the tests to say. */
const callsOf = (world: World): string[] => {
  const made = simulate({ ...world, mayStay: true }).counts;
  return CALLS.filter((name) => made.has(name));
};
const made = new Set(Object.values(WORLDS).flatMap(callsOf));

it("the lives make, between them and with those below, every system call of the system interface but those for limits and for health checks", () => {
  const ofHealthChecks = ["connect", "limitSocket"];
  const others = ["access", "getxattr", "pidfd_send_signal", "pread", "ptraceDetach", "tell", "wait4"];
  expect(CALLS.filter((name) => !made.has(name)).sort()).toEqual([...others, ...FOR_LIMITS, ...ofHealthChecks].sort());
});

describe.each(Object.entries(WORLDS))("P14, P60: %s", (_name, world) => {
  it("without a fault it ends with the program's code", () => {
    const life = simulate(world);
    check(life, world);
    expect(life.code).toBe(world.code ?? CODE);
    expect(life.started).toHaveLength(world.starts ?? 1);
    expect(life.zombies).toEqual([]);
  });

  it.each(callsOf(world))(
    "a fault in one of the first three %s: no hang, no trap, no second start, no lost exit code",
    (name) => {
      for (const errno of errnosOf(name)) {
        for (const nth of [1, 2, 3]) {
          const life = simulate({ ...world, fault: failing(name, errno, nth) });
          check(life, { ...world, orElse: [...endings(world), ...(name === "clock_gettime" ? [137] : [])] });
          // No kernel has a clock that fails and then works again: when a deadline is due would be undefined.
          if (name === "clock_gettime") continue;
          // Once the program runs, one failure costs nothing but what it was for; and what is to be started again, that.
          const isOver = life.started.length > 0 && life.started.length === (world.starts ?? 1);
          if (isOver) {
            const right = [world.code ?? CODE, ...(world.orElse ?? [])];
            expect(right, `${errnoName(errno)} of ${name} ${nth}\n${life.trace.text()}`).toContain(life.code);
          }
        }
      }
    },
  );

  it.each(CALLS)("%s that fails for ever: no hang, no trap", (name) => {
    for (const errno of errnosOf(name)) {
      check(simulate({ ...world, fault: failing(name, errno) }), { ...world, orElse: endings(world) });
    }
  });
});

/** Lives in which the program cannot be run. */
const REFUSED: Record<string, World> = {
  "not found": { args: ["tini-ts", "none"], environment: ["PATH=/bin:/usr/bin"], files },
  "not executable": {
    args: ["tini-ts", "text"],
    isPid1: false,
    terminal: { of: "parent" },
    files: { "/bin/text": { content: "", executable: false } },
  },
  "without its interpreter": {
    args: ["tini-ts", "/bin/script"],
    files: { "/bin/script": { content: "#!/bin/none\n" } },
  },
  "without the loader of its interpreter": {
    args: ["tini-ts", "/bin/script"],
    files: { "/bin/script": { content: "#!/bin/python\n" }, "/bin/python": { content: elf(MACHINE, "/lib/ld.so") } },
  },
  "on a mount with noexec": { args: ["tini-ts", "/mnt/app"], files: { "/mnt/app": busy }, noExec: ["/mnt"] },
  "with capabilities that are not to be had": {
    args: ["tini-ts", "/bin/caps"],
    files: { "/bin/caps": { program: busy, capabilities: [10] } },
    withoutCapabilities: [10],
  },
};

describe.each(Object.entries(REFUSED))("P31: a program that is %s", (_name, world) => {
  it.each(callsOf(world))("is refused with a message, whatever happens to %s", (name) => {
    for (const errno of [EPERM, EINTR, EIO, EAGAIN, ENOSYS]) {
      for (const occurrences of [[1], [2], []]) {
        const life = simulate({ ...world, fault: failing(name, errno, ...occurrences) });
        // A line that cannot be written without blocking is dropped, the last one too.
        check(life, {}, !["writeNoWait", "write", "poll", "tell"].includes(name));
        expect(life.started).toEqual([]);
        expect(life.zombies.length === 0 || name === "wait4").toBe(true);
      }
    }
  });
});

describe("P4, P5: the configuration file under faults", () => {
  const world = WORLDS["configured by a file"] ?? assert.fail();

  it.each([EPERM, EACCES, EIO, EMFILE, ENOMEM])("one that cannot be opened is refused by name (errno %i)", (errno) => {
    const named = { ...world, args: ["tini-ts", "--config=/etc/tini.yml", APP] };
    const life = simulate({ ...named, fault: failing("open", errno, 1) });
    expect([life.code, life.started]).toEqual([1, []]);
    expect(linesOf(life, "FATAL")[0]).toMatch(/^\/etc\/tini\.yml: ./);
  });

  it.each([EACCES, ELOOP])(
    "one of the usual two that is there but may not be read is refused, too (errno %i)",
    (errno) => {
      for (const [nth, path] of ["/etc/tini.yml", "/.tini.yml"].entries()) {
        const life = simulate({ args: ["tini-ts", APP], files, fault: failing("open", errno, nth + 1) });
        expect([life.code, life.started]).toEqual([1, []]);
        expect(linesOf(life, "FATAL")[0]).toContain(`${path}: `);
      }
    },
  );

  it.each([EPERM, ENOSYS, EMFILE])("P14: where nothing can be opened at all there is none (errno %i)", (errno) => {
    const life = simulate({ args: ["tini-ts", APP], files, fault: failing("open", errno) });
    expect(life.code).toBe(CODE);
  });

  it.each([EPERM, EIO, EISDIR, EAGAIN])("one that cannot be read to its end is refused by name (errno %i)", (errno) => {
    for (const nth of [1, 2]) {
      const life = simulate({ ...world, fault: failing("read", errno, nth) });
      expect([life.code, life.started]).toEqual([1, []]);
      expect(linesOf(life, "FATAL")[0]).toMatch(/^\/etc\/tini\.yml: ./);
    }
  });

  it("neither of the two default files needs to exist, nor their directory", () => {
    for (const errno of [ENOENT, ENOTDIR]) {
      const life = simulate({ args: ["tini-ts", APP], files, fault: failing("open", errno, 1, 2) });
      expect(life.code).toBe(CODE);
    }
  });

  it("one that was named must exist", () => {
    for (const [args, environment] of [
      [["--config", "/none.yml"], []],
      [[], ["TINI_CONFIG=/none.yml"]],
    ] as const) {
      const life = simulate({ args: ["tini-ts", ...args, APP], environment, files });
      expect([life.code, life.started]).toEqual([1, []]);
      expect(linesOf(life, "FATAL")[0]).toMatch(/^\/none\.yml: no such file/);
    }
  });

  it("a directory is none", () => {
    const life = simulate({ args: ["tini-ts", APP], files: { ...files, "/etc/tini.yml/": {} } });
    expect([life.code, life.started]).toEqual([1, []]);
    expect(linesOf(life, "FATAL")[0]).toMatch(/^\/etc\/tini\.yml: is a directory/);
  });

  it("only the first of the two is read, and the program has no descriptor of it", () => {
    const program: Program = function* (process) {
      return [...process.descriptors.keys()].length;
    };
    const life = simulate({
      args: ["tini-ts", APP],
      files: {
        [APP]: program,
        "/etc/tini.yml": { content: "remap-exit: 3:30" },
        "/.tini.yml": { content: "remap-exit: 3:40" },
      },
    });
    expect(life.code).toBe(30);
  });
});

describe("P14: without a working clock time passes all the same", () => {
  it.each([ENOSYS, EPERM])("the deadlines are met (errno %i)", (errno) => {
    const fault = failing("clock_gettime", errno);
    const stopped = simulate({ ...(WORLDS["stopped, as PID 1"] ?? assert.fail()), fault });
    expect(stopped.code).toBe(137);
    const restarted = simulate({ ...(WORLDS["started again and again"] ?? assert.fail()), fault });
    expect(restarted.code).toBe(CODE);
    const lingered = simulate({ ...(WORLDS["with others that linger"] ?? assert.fail()), fault });
    expect([lingered.code, lingered.left]).toEqual([CODE, []]);
  });
});

it("P15: a traced program that cannot be detached: no trap, and no hang but by the tracer's own fault", () => {
  const traced: Program = function* (process) {
    process.handle([SIGUSR1]);
    process.traceMe();
    process.kill(process.pid, SIGUSR1);
    yield;
    return CODE;
  };
  for (const errno of ERRNOS) {
    const life = simulate({
      args: ["tini-ts", APP],
      files: { [APP]: traced },
      fault: failing("ptraceDetach", errno),
      mayStay: true,
    });
    expect(life.trap).toBeNull();
    expect(life.stays).toBe(true);
    // ESRCH is one that has been killed meanwhile.
    expect(linesOf(life, "WARN")).toHaveLength(errno === ESRCH ? 0 : 1);
  }
});

it("P60: a log line that can neither be written nor polled for is dropped", () => {
  for (const errno of ERRNOS) {
    for (const stderr of [new Pipe(), new RegularFile()]) {
      const fault: Fault = ({ name }) =>
        name === "writeNoWait" ? EAGAIN : ["tell", "poll", "write"].includes(name) ? errno : 0;
      check(simulate({ args: ["tini-ts", "-vv", APP], files: { [APP]: exits(CODE) }, stderr, fault }));
    }
  }
});

it("P14: two faults at once, anywhere: under three hundred seeds", () => {
  const worlds = Object.values(WORLDS);
  for (let seed = 0; seed < 300; seed++) {
    const world = worlds[seed % worlds.length] ?? assert.fail();
    const calls = [CALLS[(seed * 7) % CALLS.length], CALLS[(seed * 13 + 5) % CALLS.length]];
    const errno = ERRNOS[(seed * 11) % ERRNOS.length] ?? EPERM;
    const fault: Fault = ({ name, nth }) => (calls.includes(name) && nth === 1 + (seed % 3) ? errno : 0);
    check(simulate({ ...world, fault, seed, preemption: 0.3 }), { ...world, orElse: endings(world) });
  }
});

it("P11: waitid that fails once does not hide that the program ended", () => {
  for (const errno of ERRNOS) {
    const life = simulate({
      args: ["tini-ts", APP],
      files: { [APP]: exits(CODE) },
      fault: failing("waitid", errno, 1),
    });
    expect(life.code, errnoName(errno)).toBe(CODE);
  }
});

it("P11: rt_sigtimedwait that fails for ever: the program's code is still waited for, orphans are still reaped", () => {
  for (const errno of [EPERM, ENOSYS, EINVAL, EFAULT]) {
    const program: Program = function* (process) {
      yield* leavesOrphans(process, 5);
      return CODE;
    };
    const life = simulate({
      args: ["tini-ts", APP],
      files: { [APP]: program },
      fault: failing("rt_sigtimedwait", errno),
    });
    expect(life.code).toBe(CODE);
    expect(linesOf(life, "WARN").length).toBeGreaterThan(0);
  }
});

it("the simulation sees an endless life, and does not wait for its end", () => {
  expect(() =>
    simulate({ args: ["tini-ts", APP], files, fault: failing("rt_sigtimedwait", EINTR), stepLimit: 500 }),
  ).toThrow(Endless);
});
