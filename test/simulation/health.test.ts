/* --healthcheck: its conclusions from /proc and a connection. The init that is checked is PID 1 of the model. */
import { describe, expect, it } from "vitest";
import { EACCES, EFAULT, EMFILE, ENOENT, EPERM, SIGSTOP, SIGUSR1 } from "../linux/abi.ts";
import { MEMORY_KILOBYTES } from "../linux/life.ts";
import { bytes } from "../linux/files.ts";
import type { Process, Program } from "../linux/process.ts";
import type { Listener } from "../linux/sockets.ts";
import { failing, type Life, simulate, type World } from "./life.ts";
import { sleeps } from "./scenario.ts";

/** A program that leads a group of its own, as the init gives it. */
const leader = (program: Program = sleeps, change: (process: Process) => void = () => undefined): Program =>
  function* (process, linux) {
    process.setGroup(0, 0);
    change(process);
    return yield* program(process, linux);
  };

/** PID 1 as the init is: it has as much memory as the one that checks, no handler, and the program as its first child. */
const pid1 = (program: Program | null = leader(), then: Program = sleeps): Program =>
  function* (process, linux) {
    process.writableKilobytes = MEMORY_KILOBYTES;
    if (program) process.fork(program, "/bin/app");
    return yield* then(process, linux);
  };

/** Leaves a process to PID 1 that leads a group or a session of its own. */
const leavesOrphan = (how: (process: Process) => void): Program =>
  function* (process) {
    process.fork(function* (between) {
      between.fork(function* (orphan) {
        how(orphan);
        return yield* sleeps();
      }, "orphan");
      yield;
      return 0;
    });
    yield* process.waitFor();
    return yield* sleeps();
  };

/** Runs the check beside PID 1 and its processes. */
const check = (words: readonly string[], world: Partial<World> = {}): Life =>
  simulate({
    args: ["tini-ts", ...(words.length === 0 ? ["--healthcheck"] : words)],
    isPid1: false,
    reaper: pid1(),
    ...world,
  });

const lines = ({ stderr }: Life): string[] => stderr.map((line) => line.replace(/^\[(\w+) +tini-ts \(20\)\] /, "$1 "));

/** What it says and exits with. */
const said = (life: Life): unknown => [life.code, ...lines(life)];

const HIDDEN =
  "cannot see whether the program lives: /proc hides the processes of other users (hidepid); run the check as the program's user";

describe("P62: the program", () => {
  it("is healthy if it lives, without a message", () => {
    expect(said(check([]))).toEqual([0]);
  });

  it.each([
    ["leads a session", (process: Process) => process.setSession()],
    ["is in the init's group, as with --isolate=none", () => undefined],
  ])("is healthy where it %s", (_, how) => {
    const program: Program = function* (process) {
      how(process);
      return yield* sleeps();
    };
    expect(said(check([], { reaper: pid1(program) }))).toEqual([0]);
  });

  it("is healthy for another user, too", () => {
    expect(said(check([], { uid: 1000 }))).toEqual([0]);
    const other = pid1(leader(sleeps, (process) => (process.uid = 1000)));
    expect(said(check([], { reaper: other, uid: 1001 }))).toEqual([0]);
  });

  it("is not where it is stopped", () => {
    const stops: Program = function* (process) {
      process.kill(process.pid, SIGSTOP);
      yield;
      return yield* sleeps();
    };
    expect(said(check([], { reaper: pid1(leader(stops)) }))).toEqual([1, "FATAL unhealthy: main child 2 is stopped"]);
  });

  it("is not where it is dead and not reaped", () => {
    const dead = leader(function* () {
      yield;
      return 0;
    });
    expect(said(check([], { reaper: pid1(dead) }))).toEqual([1, "FATAL unhealthy: main child 2 is dead"]);
  });

  it("is healthy where its first thread has ended and others run: it looks like a zombie then", () => {
    const threads = leader(function* (process) {
      process.threadsLeft = 2;
      yield;
      return 0;
    });
    expect(said(check([], { reaper: pid1(threads) }))).toEqual([0]);
  });

  it("is not where there is none, as before a restart", () => {
    expect(said(check([], { reaper: pid1(null) }))).toEqual([1, "FATAL unhealthy: the program has ended"]);
  });

  it("is not where it is gone by the time of the signal", () => {
    expect(said(check([], { fault: failing("kill", 3) }))).toEqual([1, "FATAL unhealthy: the program has ended"]);
    // Another user's process lives.
    expect(said(check([], { fault: failing("kill", EPERM) }))).toEqual([0]);
  });

  it("is the oldest child of the init: no orphan that has a group or a session is taken for it", () => {
    for (const how of [(process: Process) => process.setSession(), (process: Process) => process.setGroup(0, 0)]) {
      const life = check([], { reaper: pid1(leader(leavesOrphan(how))) });
      expect(said(life)).toEqual([0]);
      expect(life.trace.calls(20, "kill").map(({ args }) => args[0])).toEqual([2]);
    }
  });

  it("is not one of what it left in its group", () => {
    const leaves: Program = function* (process) {
      process.setGroup(0, 0);
      process.fork(sleeps, "orphan");
      return 0;
    };
    const reaps: Program = function* (process) {
      yield* process.waitFor();
      return yield* sleeps();
    };
    const world = { reaper: pid1(leaves, reaps) };
    expect(said(check([], world))).toEqual([1, "FATAL unhealthy: the program has ended"]);
    // With --wait=all it is what the run waits for.
    expect(said(check(["--wait=all", "--healthcheck"], world))).toEqual([0]);
    expect(said(check([], { ...world, environment: ["TINI_WAIT=last"] }))).toEqual([0]);
  });

  it("is not needed with --pause", () => {
    expect(said(check(["--healthcheck", "--pause"], { reaper: pid1(null) }))).toEqual([0]);
    expect(said(check([], { reaper: pid1(null), environment: ["TINI_PAUSE=yes"] }))).toEqual([0]);
  });
});

describe("P62: the init", () => {
  it("is named where PID 1 is another one", () => {
    const message = "FATAL unhealthy: no tini-ts runs here; PID 1 is PID 1";
    expect(said(check([], { reaper: leader() }))).toEqual([1, message]);
    // As much memory, but a handler.
    const other: Program = function* (process, linux) {
      process.handle([SIGUSR1]);
      return yield* pid1()(process, linux);
    };
    expect(said(check([], { reaper: other }))).toEqual([1, message]);
  });

  it("is found where it is not PID 1, as in a pod that shares its PID namespace", () => {
    const pause: Program = function* (process) {
      process.fork(leader(pid1()), "tini-ts");
      return yield* sleeps();
    };
    const life = check([], { reaper: pause });
    expect(said(life)).toEqual([0]);
    expect(life.trace.calls(20, "kill").map(({ args }) => args[0])).toEqual([3]);
  });

  /** What the file of a process's control groups says, by its pid; "self" is the check. */
  const groups =
    (texts: Readonly<Record<string, string>>) =>
    (path: string, content: Uint8Array): Uint8Array => {
      const [, pid] = /^\/proc\/(\w+)\/cgroup$/.exec(path) ?? [];
      return pid === undefined ? content : bytes(texts[pid] ?? "");
    };

  it("is the one in the control group of the check, where several containers share a PID namespace", () => {
    // PID 1 has the program 2, which is such an init itself, with the program 3.
    const reaper = pid1(leader(pid1()));
    const asked = (self: string): unknown => {
      const life = check([], {
        reaper,
        cgroups: {},
        rewrite: groups({ self, "1": "0::/pod/a\n", "2": "0::/pod/b\n" }),
      });
      expect(said(life)).toEqual([0]);
      return life.trace.calls(20, "kill").map(({ args }) => args[0]);
    };
    expect(asked("0::/pod/a\n")).toEqual([2]);
    expect(asked("0::/pod/b\n")).toEqual([3]);
    expect(asked("0::/pod/b/init\n")).toEqual([3]);
    // Above both, or beside: nobody knows, and the first is taken.
    expect(asked("0::/pod\n")).toEqual([2]);
    expect(asked("0::/pod/c\n")).toEqual([2]);
    expect(asked("0::/pod/bb\n")).toEqual([2]);
  });

  it("is in no group outside of the namespace of groups", () => {
    const reaper: Program = function* (process) {
      process.fork(leader(pid1(leader())), "tini-ts");
      process.fork(leader(pid1(null)), "tini-ts");
      return yield* sleeps();
    };
    const check2 = (first: string, second: string): Life =>
      check([], { reaper, cgroups: {}, rewrite: groups({ self: "5:memory:/\n0::/\n", "2": first, "3": second }) });
    // The second has no program.
    expect(check2("5:memory:/../a\n0::/\n", "5:memory:/\n0::/\n").code).toBe(1);
    expect(check2("5:memory:/init\n0::/\n", "5:memory:/../b\n0::/\n").code).toBe(0);
    // Nobody knows: the first is taken.
    expect(check2("5:memory:/../a\n0::/\n", "5:memory:/../b\n0::/\n").code).toBe(0);
  });
});

describe("P62: what cannot be seen", () => {
  it("is said where /proc is not mounted", () => {
    const message = "cannot see whether the program lives: /proc is not mounted";
    expect(said(check([], { proc: false }))).toEqual([1, `FATAL ${message}`]);
    const listeners = { "tcp:80": {} };
    // An answer tells that something lives.
    expect(said(check(["--healthcheck=tcp:80"], { proc: false, listeners }))).toEqual([0, `WARN ${message}`]);
    expect(said(check(["--healthcheck=tcp:81"], { proc: false, listeners }))).toEqual([
      1,
      `WARN ${message}`,
      "FATAL unhealthy: tcp:81: nobody listens there",
    ]);
  });

  it.each([1, 2] as const)("is said where /proc hides the init and the program (hidepid=%i)", (hidepid) => {
    expect(said(check([], { hidepid, uid: 1000 }))).toEqual([1, `FATAL ${HIDDEN}`]);
    expect(said(check([], { hidepid }))).toEqual([0]);
    const world = { hidepid, uid: 1000, listeners: { "tcp:80": {} } };
    expect(said(check(["--healthcheck=tcp:80"], world))).toEqual([0, `WARN ${HIDDEN}`]);
  });

  it("is said where /proc hides the program alone", () => {
    const reaper: Program = function* (process) {
      process.uid = 1000;
      process.writableKilobytes = MEMORY_KILOBYTES;
      process.fork(
        leader(sleeps, (child) => (child.uid = 1001)),
        "/bin/app",
      );
      return yield* sleeps();
    };
    expect(said(check([], { hidepid: 2, uid: 1000, reaper }))).toEqual([1, `FATAL ${HIDDEN}`]);
  });

  it("is said where /proc hides the init alone: the program that is seen lives", () => {
    const reaper = pid1(leader(sleeps, (child) => (child.uid = 1000)));
    expect(said(check([], { hidepid: 2, uid: 1000, reaper }))).toEqual([
      0,
      "WARN /proc hides PID 1 (hidepid): it is taken for tini-ts",
    ]);
  });
});

describe("P62: what must answer", () => {
  const ask = (what: string, listeners: Record<string, Listener>, words: readonly string[] = []): unknown =>
    said(check([...words, `--healthcheck=${what}`], { listeners }));

  it("tcp takes a connection, by IPv4 or else by IPv6", () => {
    expect(ask("tcp:8080", { "tcp:8080": {} })).toEqual([0]);
    expect(ask("tcp:8080", { "tcp6:8080": {} })).toEqual([0]);
    expect(ask("tcp:8080", { "tcp:8081": {} })).toEqual([1, "FATAL unhealthy: tcp:8080: nobody listens there"]);
    const { code } = check(["--healthcheck=tcp:1"], { ipv6: false, listeners: { "tcp6:1": {} } });
    expect(code).toBe(1);
  });

  it("unix takes a connection at its path", () => {
    const path = `/run/${"s".repeat(102)}`;
    expect(ask(`unix:${path}`, { [`unix:${path}`]: {} })).toEqual([0]);
    expect(ask("unix:/run/app", {})).toEqual([1, "FATAL unhealthy: unix:/run/app: no such file"]);
    expect(ask("unix:/dev/log", { "unix:/dev/log": { datagrams: true } })).toEqual([
      1,
      "FATAL unhealthy: unix:/dev/log: it is no stream socket",
    ]);
  });

  it.each([200, 204, 301, 399])("http is healthy with status %i", (status) => {
    expect(ask("http:80/", { "tcp:80": { answer: [`HTTP/1.1 ${status} X\r\n\r\n`] } })).toEqual([0]);
  });

  it.each([100, 199, 400, 404, 500, 503])("http is not with status %i", (status) => {
    expect(ask("http:80/", { "tcp:80": { answer: [`HTTP/1.1 ${status} X\r\n\r\n`] } })).toEqual([
      1,
      `FATAL unhealthy: http:80/ answers with status ${status}`,
    ]);
  });

  it("http sends one request, with the path as it is written", () => {
    const life = check(["--healthcheck=http:8080/a/b?c=d&e=%20"], {
      listeners: { "tcp:8080": { answer: ["HTTP/1.0 200 OK\r\n"] } },
    });
    expect(said(life)).toEqual([0]);
    const text =
      "GET /a/b?c=d&e=%20 HTTP/1.1\r\nHost: localhost:8080\r\nUser-Agent: tini-ts\r\nConnection: close\r\n\r\n";
    expect(life.counts.get("connect")).toBe(1);
    expect(life.linux.sent).toEqual([text]);
  });

  it("http without a path asks for /, and takes an answer in pieces", () => {
    const answer = Array.from("HTTP/1.1 200 OK\r\n\r\n");
    const life = check(["--healthcheck=http:80"], { listeners: { "tcp:80": { answer, milliseconds: 40 } } });
    expect(said(life)).toEqual([0]);
  });

  it.each([
    ["nothing", [], "the connection was closed"],
    ["no HTTP", ["SSH-2.0-OpenSSH_9.2\r\n"], null],
    ["less than a status", ["HTTP/1.1 2"], null],
  ])("http is not with an answer that is %s", (_, answer, errno) => {
    expect(ask("http:80/", { "tcp:80": { answer } })).toEqual([
      1,
      errno === null ? "FATAL unhealthy: http:80/ does not answer in HTTP" : `FATAL unhealthy: http:80/: ${errno}`,
    ]);
  });

  it("http is not where the connection is reset", () => {
    expect(ask("http:80/", { "tcp:80": { resets: true } })).toEqual([
      1,
      "FATAL unhealthy: http:80/: the connection was closed",
    ]);
  });

  it.each([
    ["tcp:80", { "tcp:80": { full: true } }],
    ["unix:/run/a", { "unix:/run/a": { full: true } }],
    ["http:80/", { "tcp:80": { full: true } }],
    ["http:80/", { "tcp:80": { keeps: true } }],
    ["http:80/", { "tcp:80": { keeps: true, answer: Array.from("HTTP/1.1 2"), milliseconds: 1 } }],
    // Each piece comes in time, all of them do not.
    ["http:80/", { "tcp:80": { answer: Array.from("HTTP/1.1 200"), milliseconds: 900 } }],
  ] as readonly [string, Record<string, Listener>][])("%s is not where the answer is late: %j", (what, listeners) => {
    for (const [words, time] of [
      [[], 1000],
      [["--healthcheck-timeout=250ms"], 250],
    ] as const) {
      const life = check([...words, `--healthcheck=${what}`], { listeners });
      expect(said(life)).toEqual([1, `FATAL unhealthy: ${what} does not answer within --healthcheck-timeout`]);
      expect(life.linux.now).toBeGreaterThanOrEqual(time - 1);
      expect(life.linux.now).toBeLessThanOrEqual(time + 1);
    }
  });

  it("a program that does not live is not asked", () => {
    const life = check(["--healthcheck=tcp:80"], { reaper: pid1(null), listeners: { "tcp:80": {} } });
    expect(said(life)).toEqual([1, "FATAL unhealthy: the program has ended"]);
    expect(life.counts.get("socket") ?? 0).toBe(0);
    expect(check(["--healthcheck=tcp:80"], { listeners: { "tcp:80": {} } }).counts.get("socket")).toBe(1);
  });
});

describe("P5, P62: a wrong value", () => {
  it.each([
    ...["", "tcp", "tcp:", "tcp:0", "tcp:65536", "tcp:80/", "tcp:-1", "tcp:1.5", "unix:", `unix:/${"s".repeat(107)}`],
    ...["http:", "http:/", "http:x/", "http:80/a b", "http:80/\u00e9", "http:80/\t", `http:80/${"p".repeat(800)}`],
    ...["https:443/", "udp:53", "none", "none:1", "80"],
  ])("is refused: %j", (what) => {
    const life = check([`--healthcheck=${what}`]);
    expect(life.code).toBe(1);
    expect(life.stderr).toEqual([expect.stringMatching(/^\[FATAL tini-ts \(20\)\] --healthcheck .*is not tcp:PORT/)]);
  });

  it("behind a blank is taken for a program, which is refused", () => {
    const life = check(["--healthcheck", "tcp:80"]);
    expect(life.code).toBe(1);
    expect(life.stderr).toEqual([
      expect.stringContaining("contradicts the program (argument 2): its value stands behind a ="),
    ]);
  });

  it("cannot be set in the environment or in a file: a run would become a check", () => {
    const life = simulate({
      args: ["tini-ts", "/bin/app"],
      environment: ["TINI_HEALTHCHECK=yes"],
      files: { "/bin/app": sleeps },
      mayStay: true,
    });
    expect(life.started).toHaveLength(1);
  });
});

describe("P62: every system call of a check may fail", () => {
  const words = ["--healthcheck=http:80/"];
  const listeners = { "tcp:80": { answer: ["HTTP/1.1 200 OK\r\n"] } };
  const calls = [...check(words, { listeners, cgroups: {} }).counts].filter(
    ([name]) => name !== "exit" && !name.startsWith("getp"),
  );

  it.each(calls)("%s, each of %i times", (name, count) => {
    for (let nth = 1; nth <= count; nth++) {
      for (const errno of [ENOENT, EACCES, EFAULT, EMFILE, EPERM]) {
        const life = check(words, { listeners, cgroups: {}, fault: failing(name, errno, nth) });
        expect(life.trap).toBeNull();
        expect([0, 1, 125]).toContain(life.code);
        expect(life.stderr.length).toBeLessThanOrEqual(2);
        if (life.code !== 0) expect(life.stderr.length).toBeGreaterThan(0);
      }
    }
  });
});
