/* Every system call of the door fails with every errno: the init must bear it, or end with a sentence. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  EACCES,
  EAGAIN,
  EBADF,
  ECHILD,
  EFAULT,
  EINTR,
  EINVAL,
  EIO,
  EMFILE,
  EOPNOTSUPP,
  ENOENT,
  ENOEXEC,
  ENOMEM,
  ENOSYS,
  ENOTTY,
  EPERM,
  EPIPE,
  errnoName,
  ESRCH,
  SIGRTMIN,
  SIGTERM,
  SIGUSR1,
} from "./abi.ts";
import { Pipe, processInode, RegularFile } from "./files.ts";
import type { Fault } from "./kernel.ts";
import { exits, failing, type Life, NOT_PID_1, simulate, type World } from "./life.ts";
import { Endless } from "./linux.ts";
import type { Program } from "./process.ts";
import { APP, linesOf, leavesOrphans } from "./scenario.ts";

const ERRNOS = [EPERM, ENOENT, ESRCH, EINTR, EIO, EBADF, EAGAIN, ENOMEM, EACCES, EINVAL, ENOSYS];
/** What some calls fail with besides. */
const FURTHER: Readonly<Record<string, readonly number[]>> = {
  execve: [ENOEXEC],
  wait4: [ECHILD],
  open: [EMFILE],
  ioctl: [ENOTTY],
  writeNoWait: [EPIPE, EOPNOTSUPP],
  rt_sigtimedwait: [EFAULT],
};
const errnosOf = (name: string): readonly number[] => [...ERRNOS, ...(FURTHER[name] ?? [])];

/** What is no system call, or cannot fail. */
const UNFAILING = [
  "argumentCount",
  "readArgument",
  "replaceArgument",
  "readEnvironment",
  "replaceEnvironment",
  "getpid",
  "getppid",
  "exit",
  "abort",
];

const CALLS = [
  ...readFileSync(join(import.meta.dirname, "../../src/init/linux/host.ts"), "utf8").matchAll(
    /export declare function (\w+)/g,
  ),
]
  .map(([, name]) => name ?? "")
  .filter((name) => !UNFAILING.includes(name));

const CODE = 7;

/** A program with signals, orphans and a stop in its life, which ends by itself with 7 whatever becomes of them. */
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

/** Somebody who sends signals of all kinds, once the program has its handlers. */
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
/** Lives that between them make every system call of the door. */
const WORLDS: Record<string, World> = {
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
};

/** What holds of every life, whatever failed in it. `maySay`: a sentence can be written. */
function check(life: Life, maySay = true): void {
  const started = life.started.length;
  const isExplained = !maySay || linesOf(life, "FATAL").length > 0;
  const isOurs = (life.code === 125 || life.code === 126 || life.code === 127) && isExplained;
  const isRight = life.trap === null && started <= 1 && ((life.code === CODE && started === 1) || isOurs);
  if (!isRight)
    expect.fail(
      `exit ${life.code}, ${started} started\n${life.trace.slice(-60).join("\n")}\n\n${life.stderr.join("\n")}`,
    );
}

const made = new Set(Object.values(WORLDS).flatMap((world) => [...simulate(world).counts.keys()]));

it("the lives make, between them and with those below, every system call of the door", () => {
  expect(CALLS.filter((name) => !made.has(name)).sort()).toEqual(["exists", "ptraceDetach", "tell"]);
});

describe.each(Object.entries(WORLDS))("P14, P60: %s", (_name, world) => {
  it("without a fault it ends with the program's code", () => {
    const life = simulate(world);
    check(life);
    expect(life.code).toBe(CODE);
    expect(life.zombies).toEqual([]);
  });

  it.each(CALLS.filter((name) => simulate(world).counts.has(name)))(
    "a fault in one of the first three %s: no hang, no trap, no second start, no lost exit code",
    (name) => {
      for (const errno of errnosOf(name)) {
        for (const nth of [1, 2, 3]) {
          const life = simulate({ ...world, fault: failing(name, errno, nth) });
          check(life);
          // Once the program runs, one failure costs nothing but what it was for.
          if (life.started.length === 1)
            expect(life.code, `${errnoName(errno)} of ${name} ${nth}\n${life.trace.join("\n")}`).toBe(CODE);
        }
      }
    },
  );

  it.each(CALLS)("%s that fails for ever: no hang, no trap", (name) => {
    // A call that is interrupted for ever is no kernel's doing.
    for (const errno of errnosOf(name).filter((candidate) => candidate !== EINTR)) {
      check(simulate({ ...world, fault: failing(name, errno) }));
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
};

describe.each(Object.entries(REFUSED))("P31: a program that is %s", (_name, world) => {
  it.each(Object.keys(Object.fromEntries(simulate(world).counts)).filter((name) => CALLS.includes(name)))(
    "is refused with a sentence, whatever becomes of %s",
    (name) => {
      for (const errno of [EPERM, EINTR, EIO, EAGAIN, ENOSYS]) {
        for (const occurrences of [[1], [2], []]) {
          const life = simulate({ ...world, fault: failing(name, errno, ...occurrences) });
          // A line that cannot be written without blocking is dropped, the last one too.
          check(life, !["writeNoWait", "write", "poll", "tell"].includes(name));
          expect(life.started).toEqual([]);
          expect(life.zombies.length === 0 || name === "wait4").toBe(true);
        }
      }
    },
  );
});

it("P15: a traced program that cannot be let go: no hang but the tracer's fault is its own, no trap", () => {
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
    expect(linesOf(life, "WARN")).toHaveLength(1);
  }
});

it("P60: a log line that can neither be written nor asked about is dropped", () => {
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
    check(simulate({ ...world, fault, seed, preemption: 0.3 }));
  }
});

it("P11: wait4 that fails once does not hide that the program ended", () => {
  for (const errno of ERRNOS) {
    const life = simulate({ args: ["tini-ts", APP], files: { [APP]: exits(CODE) }, fault: failing("wait4", errno, 1) });
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

it("a call that is interrupted for ever is seen as an endless life, not waited for", () => {
  expect(() =>
    simulate({ args: ["tini-ts", APP], files, fault: failing("rt_sigtimedwait", EINTR), stepLimit: 5000 }),
  ).toThrow(Endless);
});
