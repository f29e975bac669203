import { describe, expect, it } from "vitest";
import { expectAbsent } from "../absence.ts";
import {
  ALL_SIGNALS,
  bit,
  EACCES,
  EBADF,
  EINVAL,
  EIO,
  EPERM,
  RLIMIT_SIGPENDING,
  ENOSYS,
  SIGCHLD,
  SIGHUP,
  SIGTERM,
  SIGUSR1,
  signalSet,
  UNBLOCKABLE,
  SIG_SETMASK,
} from "../linux/abi.ts";
import { elf, latin1, processInode } from "../linux/files.ts";
import { exits, moduleAt, simulate, type World } from "./life.ts";
import type { Fault } from "../linux/kernel.ts";
import { APP, linesOf, sleeps, tini, tiniWith } from "./scenario.ts";

describe("the module", () => {
  it("exports its memory, start and child, and imports only from host", () => {
    const shipped = moduleAt("build/init.wasm");
    const exported = WebAssembly.Module.exports(shipped).map(({ name }) => name);
    expect(exported.sort()).toEqual(["child", "memory", "start"]);
    expect(new Set(WebAssembly.Module.imports(shipped).map(({ module }) => module))).toEqual(new Set(["host"]));
  });
});

describe("the first steps", () => {
  it("P10: all signals are blocked by the very first system call", () => {
    const life = tini([], exits(0));
    expect(life.trace.events[0]).toMatchObject({ kind: "call", pid: 1, name: "rt_sigprocmask", result: 0 });
    expect(life.trace.calls()[0]?.args[0]).toBe(SIG_SETMASK);
    expect(life.init.blocked).toBe(ALL_SIGNALS & ~UNBLOCKABLE);
  });

  it.each([
    ["as PID 1", { isPid1: true }],
    ["as an ordinary process", { isPid1: false }],
    ["with a terminal", { terminal: { of: "init" } as const }],
    ["under a shell", { isPid1: false, terminal: { of: "parent" } as const }],
    ["with PATH to search", { environment: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"] }],
  ])("P80: the program is started within 30 system calls %s", (_name, world) => {
    const life = simulate({ args: ["tini-ts", "-g", "-p", "TERM", "--", "app"], files: { [APP]: exits(0) }, ...world });
    const calls = life.trace.calls();
    const exec = calls.findIndex(({ name, result }) => name === "execve" && result === "gone");
    expect(exec).toBeGreaterThan(0);
    expect(exec + 1).toBeLessThanOrEqual(30);
  });

  it("P13: idle, it waits in one call without a timeout, holds nothing but the standard descriptors, and stays in /", () => {
    const life = tini(["-v"], sleeps, {
      mayStay: true,
      descriptors: [3, 5, 900],
      directory: "/srv",
      files: { "/srv/": {} },
    });
    const ours = life.trace.calls(1);
    expect(life.stays).toBe(true);
    expect(ours.at(-1)).toMatchObject({ name: "rt_sigtimedwait", result: "gone" });
    expect(ours.at(-1)?.args[2]).toBe(0);
    expect(life.counts.get("rt_sigtimedwait")).toBe(1);
    expect([...life.init.descriptors.keys()]).toEqual([0, 1, 2]);
    expect(life.init.directory).toBe("/");
    expect([...life.main.descriptors.keys()]).toEqual([0, 1, 2, 3, 5, 900]);
    expect(life.main.directory).toBe("/srv");
  });

  it("P13: without close_range, inherited descriptors are closed all the same", () => {
    const fault: Fault = ({ name }) => (name === "close_range" ? ENOSYS : 0);
    const life = tini([], sleeps, { mayStay: true, descriptors: [3, 5, 900], fault });
    expect([...life.init.descriptors.keys()]).toEqual([0, 1, 2]);
  });
});

describe("P14: nothing is needed from the image", () => {
  const newer = ["close_range", "pidfd_open", "pidfd_send_signal", "statx", "writeNoWait"];
  const forbidden = (errno: number, ...names: string[]): Partial<World> => ({
    fault: ({ name }) => (names.includes(name) ? errno : 0),
  });
  const cases: [string, Partial<World>][] = [
    ["without /proc", { proc: false }],
    ["without /dev", { dev: false }],
    ["without either, as another user", { proc: false, dev: false, uid: 1000 }],
    ["with an empty environment", { environment: [] }],
    ["where newer system calls answer ENOSYS", forbidden(ENOSYS, ...newer)],
    ["where newer system calls answer EPERM", forbidden(EPERM, ...newer)],
    ["where prctl is forbidden", { isPid1: false, ...forbidden(EPERM, "prctl") }],
    ["where no group can be had", forbidden(EPERM, "setpgid")],
    ["where limits are not told", forbidden(EPERM, "prlimit64")],
  ];
  it.each(cases)("%s", (_name, world) => {
    const life = tini(["-vv", "-g"], exits(9), world);
    expect(life.code).toBe(9);
    expect(linesOf(life, "INFO")).toContain("Main child exited normally (with status '9')");
  });
});

describe("P16: what was inherited", () => {
  it("an ignored SIGCHLD does not cost the exit code, and the program gets it back", () => {
    let ignored = false;
    const life = tini(
      [],

      function* (process) {
        ignored = process.dispositions.get(SIGCHLD) === "ignore";
        return 7;
      },
      { ignored: [SIGCHLD] },
    );
    expect(life.code).toBe(7);
    expect(ignored).toBe(true);
  });

  it.each([
    ["nothing", [], []],
    ["TERM and USR1 blocked, HUP ignored", [SIGTERM, SIGUSR1], [SIGHUP]],
    ["everything blocked", Array.from({ length: 64 }, (_, index) => index + 1), []],
    ["SIGCHLD blocked", [SIGCHLD], []],
  ])("the program gets the caller's mask and ignored set exactly: %s", (_name, blocked, ignored) => {
    const life = tini([], sleeps, { mayStay: true, blocked, ignored });
    expect(life.main.blocked).toBe(signalSet(blocked) & ~UNBLOCKABLE);
    expect([...life.main.dispositions.keys()]).toEqual(ignored);
  });

  it("SIGCHLD blocked by the caller does not hide that the program ended", () => {
    expect(tini([], exits(6), { blocked: [SIGCHLD] }).code).toBe(6);
  });

  const closed = [0, 1, 2, 3, 4, 5, 6, 7].map((mask) => ({
    mask,
    names: ["stdin", "stdout", "stderr"].filter((_, bitNumber) => mask & (1 << bitNumber)).join(", ") || "none",
  }));
  it.each(closed)("closed standard descriptors are not an error: $names", ({ mask }) => {
    for (const terminal of [undefined, { of: "init" } as const]) {
      const life = tini(["-vv"], exits(5), {
        ...(mask & 1 ? { stdin: null } : {}),
        ...(mask & 2 ? { stdout: null } : {}),
        ...(mask & 4 ? { stderr: null } : {}),
        ...(terminal && { terminal }),
      });
      expect(life.code).toBe(5);
    }
  });

  it("descriptors that were closed stay closed for the program, and nothing of ours is open in it", () => {
    const life = tini([], sleeps, { mayStay: true, stdin: null, stdout: null, terminal: { of: "init" } });
    expect([...life.main.descriptors.keys()]).toEqual([2]);
  });

  it("P16: argc 0 is a call without a program", () => {
    const life = simulate({ args: [] });
    expect(life.code).toBe(1);
    expect(linesOf(life, "FATAL")).toEqual(["no program is given"]);
  });

  it("the program keeps the caller's resource limits", () => {
    const life = tini([], sleeps, { mayStay: true, pendingLimit: 77 });
    expect(life.main.limits.get(RLIMIT_SIGPENDING)).toEqual({ soft: 77n, hard: 77n });
  });

  it("a removed working directory is not an error, and the program keeps it", () => {
    const life = tini([], sleeps, { mayStay: true, directory: null });
    expect(life.main.directory).toBeNull();
    expect(life.init.directory).toBe("/");
  });

  it("children that it had before it became the init are reaped, also one that is dead already", () => {
    const life = tini(
      [],
      function* (process) {
        yield () => process.linux.processes.size === 2;
        return 4;
      },
      { others: [exits(1), exits(2)] },
    );
    expect(life.code).toBe(4);
    expect(life.zombies).toEqual([]);
  });
});

describe("P17: LISTEN_PID, LISTEN_PIDFDID, WATCHDOG_PID and SYSTEMD_EXEC_PID", () => {
  const environmentOf = (environment: string[]): string[] =>
    tini([], sleeps, { mayStay: true, environment }).main.environment.map(latin1);

  it("that name the init name the program afterwards", () => {
    const environment = ["A=1", "LISTEN_PID=1", "LISTEN_FDS=2", `LISTEN_PIDFDID=${processInode(1)}`, "Z=2"];
    expect(environmentOf(environment)).toEqual([
      "A=1",
      "LISTEN_PID=2",
      "LISTEN_FDS=2",
      `LISTEN_PIDFDID=${processInode(2)}`,
      "Z=2",
    ]);
  });

  it("all of them at once, also where a shell has to run the program, and where there is none", () => {
    const naming = (pid: number): string[] => [
      ...["LISTEN_PID", "WATCHDOG_PID", "SYSTEMD_EXEC_PID"].map((name) => `${name}=${String(pid)}`),
      `LISTEN_PIDFDID=${processInode(pid)}`,
    ];
    expect(environmentOf(["WATCHDOG_PID=1", "SYSTEMD_EXEC_PID=1"])).toEqual(["WATCHDOG_PID=2", "SYSTEMD_EXEC_PID=2"]);
    expect(environmentOf(naming(1))).toEqual(naming(2));
    const script = { content: "echo\n" };
    const world = { args: ["tini-ts", "app"], environment: ["PATH=/a:/bin", ...naming(1)] };
    const run = simulate({ ...world, files: { "/a/app": script, "/bin/sh": exits(0) } });
    expect(run.main.environment.map(latin1)).toEqual(["PATH=/a:/bin", ...naming(2)]);
    const behind = simulate({ ...world, files: { "/a/app": script, [APP]: exits(4) } });
    expect(behind.code).toBe(4);
    expect(behind.main.environment.map(latin1)).toEqual(["PATH=/a:/bin", ...naming(2)]);
  });

  it.each([
    "LISTEN_PID=11",
    "LISTEN_PID=",
    "LISTEN_PID=1 ",
    "LISTEN_PID=x",
    "LISTEN_PIDX=1",
    "XLISTEN_PID=1",
    "LISTEN_PID=99999999999999999999",
    "WATCHDOG_PID=11",
    "SYSTEMD_EXEC_PID=",
    "MAINPID=1",
    "MANAGERPID=1",
  ])("that name another are left alone: %s", (entry) => {
    expect(environmentOf([entry])).toEqual([entry]);
  });

  it.each([ENOSYS, EPERM, EBADF, EINVAL])(
    "are no reason to fail where pidfds are not to be had (errno %i)",
    (errno) => {
      const environment = ["LISTEN_PID=1", `LISTEN_PIDFDID=${processInode(1)}`];
      const life = tini([], exits(3), { environment, fault: ({ name }) => (/pidfd|statx/.test(name) ? errno : 0) });
      expect(life.code).toBe(3);
    },
  );

  it("leave no descriptor open in the program", () => {
    const life = tini([], sleeps, {
      mayStay: true,
      environment: ["LISTEN_PID=1", `LISTEN_PIDFDID=${processInode(1)}`],
    });
    expect([...life.main.descriptors.keys()]).toEqual([0, 1, 2]);
  });
});

/** An image with some bytes changed: where, and to what. */
function changed(image: Uint8Array, ...changes: [number, number][]): Uint8Array {
  for (const [at, byte] of changes) image[at] = byte;
  return image;
}

describe("P31: what cannot be run", () => {
  const surroundings = { closed: ["/secret"], noExec: ["/mnt"], withoutCapabilities: [10, 40] };
  const files = {
    "/bin/text": { content: "text", executable: false },
    "/app/s.sh": { content: "#!/bin/bsh\necho\n" },
    "/app/crlf.sh": { content: "#!/bin/sh\r\necho\r\n" },
    "/app/foreign": { content: elf(183) },
    "/app/big-endian": { content: changed(elf(22), [5, 2], [18, 0], [19, 22]) },
    "/app/foreign.sh": { content: "#! /app/foreign -x\n" },
    "/app/object": { content: changed(elf(), [16, 1]) },
    "/app/core": { content: changed(elf(), [16, 4]) },
    "/app/strange": { content: changed(elf(), [16, 9]) },
    "/app/cut": { content: elf().subarray(0, 30) },
    "/app/empty": { content: "" },
    "/app/musl.sh": { content: "#!/app/musl" },
    "/app/musl": { content: elf(62, "/lib/ld-musl-x86_64.so.1") },
    "/app/empty.sh": { content: "#!/app/empty\n" },
    "/app/itself": { content: "#!/app/itself\n" },
    "/app/a": { content: "#!/app/b\n" },
    "/app/b": { content: "#!/app/a\n" },
    "/app/bad-loader": { content: elf(62, "/app/text") },
    "/app/text": { content: "text" },
    "/app/text.sh": { content: "#!/bin/text\n" },
    "/app/closed-loader": { content: elf(62, "/bin/text") },
    "/app/directory.sh": { content: "#!/app\n" },
    "/secret/app": exits(0),
    "/app/secret.sh": { content: "#!/secret/app\n" },
    "/mnt/data/app": exits(0),
    "/app/mount.sh": { content: "#!/mnt/data/app\n" },
    "/app/caps": { program: exits(0), capabilities: [10, 13, 40] },
    "/app/caps.sh": { content: "#!/app/caps\n" },
    "/app/module": { content: elf(), error: EACCES },
    "/app/stale": { content: elf(), error: 116 },
    "/app/broken": { content: elf(), error: EIO },
    "/app/dynamic": { content: elf(62, "/lib64/ld-linux-x86-64.so.2") },
    "/app/binary": { content: "\0\x01\x02" },
    "/bin/sh": exits(0),
  };
  const reasons: [string, number, RegExp][] = [
    ["nope", 127, /^exec nope: not found in PATH/],
    ["/nope", 127, /^exec \/nope: no such file/],
    ["/app/s.sh", 127, /^exec \/app\/s\.sh: its interpreter \/bin\/bsh does not exist/],
    ["/app/crlf.sh", 127, /carriage return/],
    ["/app/dynamic", 127, /^exec \/app\/dynamic: /],
    ["/bin/text", 126, /^exec \/bin\/text: permission denied: it is not executable \(chmod \+x\)$/],
    ["text", 126, /^exec \/bin\/text: permission denied/],
    ["/bin", 126, /^exec \/bin: /],
    ["/bin/text/x", 126, /^exec \/bin\/text\/x: not a directory/],
    ["/app/foreign", 126, /: it is built for aarch64, which this machine does not run$/],
    ["/app/big-endian", 126, /: it is built for s390x, which/],
    ["/app/foreign.sh", 126, /: its interpreter \/app\/foreign is built for aarch64, which this machine does not run$/],
    ["/app/object", 126, /: it is an object file/],
    ["/app/core", 126, /: it is a core dump/],
    ["/app/strange", 126, /: it is damaged/],
    ["/app/cut", 126, /: it is damaged: it ends within its header$/],
    ["/app/empty", 126, /: it is empty$/],
    ["/app/empty.sh", 126, /: its interpreter \/app\/empty is empty$/],
    ["/app/musl", 127, /: the loader \/lib\/ld-musl-x86_64\.so\.1 does not exist: /],
    ["/app/musl.sh", 127, /: the loader \/lib\/ld-musl-x86_64\.so\.1 of its interpreter \/app\/musl does not exist: /],
    ["/app/itself", 126, /: it names itself as its interpreter$/],
    ["/app/a", 126, /: its interpreter is a script, whose interpreter is a script again/],
    ["/app/bad-loader", 126, /: its loader is damaged, or for another CPU: \/app\/text$/],
    ["/app/text.sh", 126, /: permission denied: its interpreter \/bin\/text is not executable/],
    ["/app/closed-loader", 126, /: permission denied: its loader \/bin\/text is not executable/],
    ["/app/directory.sh", 126, /: permission denied: its interpreter \/app is a directory$/],
    ["/secret/app", 126, /: permission denied: the directory \/secret may not be searched$/],
    ["/app/secret.sh", 126, /: permission denied: the directory \/secret may not be searched$/],
    ["/mnt/data/app", 126, /: permission denied: \/mnt is mounted with noexec$/],
    ["/app/mount.sh", 126, /: permission denied: \/mnt is mounted with noexec$/],
    ["/app/caps", 126, /: operation not permitted: .*: NET_BIND_SERVICE, CHECKPOINT_RESTORE \(.*--cap-add/],
    ["/app/caps.sh", 126, /: NET_BIND_SERVICE, CHECKPOINT_RESTORE \(/],
    ["/app/module", 126, /: permission denied: a security module/],
    ["/app/stale", 126, /: the file is gone from its server$/],
    ["/app/broken", 126, /: it is damaged/],
    ["/app/binary", 126, /^exec \/app\/binary: /],
    ["", 127, /^exec "": no such file/],
  ];
  it.each(reasons)("%s ends with %i and a sentence", (name, code, sentence) => {
    const life = simulate({ args: ["tini-ts", "-e", "127:0", "-e", "126:0", "--", name], files, ...surroundings });
    expect(life.code).toBe(code);
    expect(linesOf(life, "FATAL")).toHaveLength(1);
    expect(linesOf(life, "FATAL")[0]).toMatch(sentence);
    expect(life.zombies).toEqual([]);
  });

  it.each(reasons)(
    "under an emulator that makes a fork of vfork, %s ends with %i and the sentence too",
    (...expected) => {
      const [name, code, sentence] = expected;
      const life = simulate({ args: ["tini-ts", "--", name], files, ...surroundings, copiesMemory: true });
      expect(life.code).toBe(code);
      expect(linesOf(life, "FATAL")).toHaveLength(1);
      expect(linesOf(life, "FATAL")[0]).toMatch(sentence);
      expect(life.zombies).toEqual([]);
    },
  );

  it("a text file without #! runs with /bin/sh and its arguments", () => {
    const life = simulate({
      args: ["tini-ts", "--", "run", "a", ""],
      files: { "/bin/run": { content: "echo\n" }, "/bin/sh": exits(2) },
    });
    expect(life.code).toBe(2);
    expect(life.main.args.map(latin1)).toEqual(["/bin/sh", "/bin/run", "a", ""]);
  });

  it("a text file without #! and without a shell cannot be run", () => {
    const life = simulate({ args: ["tini-ts", "/bin/run"], files: { "/bin/run": { content: "echo\n" } } });
    expect([126, 127]).toContain(life.code);
    expect(linesOf(life, "FATAL")).toHaveLength(1);
  });

  it("PATH is searched as execvp does: the first that can be run, EACCES remembered, empty is the working directory", () => {
    const run = (path: string, world: Parameters<typeof simulate>[0]["files"]): number | null =>
      simulate({
        args: ["tini-ts", "prog"],
        environment: [`PATH=${path}`],
        directory: "/srv",
        files: { "/srv/": {}, ...world },
      }).code;
    const forbidden = { content: elf(), executable: false };
    expect(run("/a:/b", { "/a/prog": exits(1), "/b/prog": exits(2) })).toBe(1);
    expect(run("/a:/b", { "/a/prog": forbidden, "/b/prog": exits(2) })).toBe(2);
    expect(run("/a:/b", { "/a/prog": forbidden, "/b/": {} })).toBe(126);
    expect(run("/a:/b", { "/a": { content: "", executable: false }, "/b/prog": exits(2) })).toBe(2);
    for (const path of ["", ":/b", "/b:", "/a::/b"]) expect(run(path, { "/srv/prog": exits(3) })).toBe(3);
    expect(run(`${"/long".repeat(2000)}:/b`, { "/b/prog": exits(4) })).toBe(4);
    expect(run(`/${"x:/y".repeat(5000)}:/b`, { "/b/prog": exits(5) })).toBe(5);
  });

  it("without PATH a default is searched", () => {
    const life = simulate({ args: ["tini-ts", "prog"], environment: [], files: { "/usr/bin/prog": exits(8) } });
    expect(life.code).toBe(8);
  });

  it("a name longer than any path is an error, not a trap", () => {
    for (const name of [
      "x".repeat(5000),
      `/${"x".repeat(5000)}`,
      "x".repeat(4095),
      "x".repeat(4096),
      `/${"x".repeat(4095)}`,
    ]) {
      const life = simulate({ args: ["tini-ts", name] });
      expect(life.trap).toBeNull();
      expect([126, 127]).toContain(life.code);
      expect(linesOf(life, "FATAL")).toHaveLength(1);
    }
  });

  it("control characters in the name cannot forge a line", () => {
    const name = "/no\n[FATAL tini-ts (1)] forged\x1b[2J";
    const life = tiniWith([name]);
    expect(life.stderr).toHaveLength(1);
    expectAbsent("\x1b", life.stderr.join("\n"), name);
  });

  it("a failing vfork ends with 125", () => {
    const life = tini([], exits(0), { fault: ({ name }) => (name === "vfork" ? 11 : 0) });
    expect(life.code).toBe(125);
    expect(linesOf(life, "FATAL")[0]).toMatch(/^cannot start a process/);
  });
});

it("P14: bit 31 and 32 of the sets are right: signal 32 is blocked as well", () => {
  expect(tini([], exits(0)).init.blocked & (bit(32) | bit(33) | bit(64))).toBe(bit(32) | bit(33) | bit(64));
});
