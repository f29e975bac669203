/** The init's duties: the first instructions, orphans, inherited state, missing surroundings. */
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { isAlive, plainEnvironment, run, type Init, type Launch } from "./namespace.ts";
import {
  binary,
  parseEnvironment,
  parseReport,
  program,
  runs,
  signalsOf,
  start,
  temporaryDirectory,
} from "./subject.ts";
import { callsWhileIdle } from "./tracing.ts";
import { until } from "./waiting.ts";

const report = program("report");

/** Numbers of descriptors that a process has open. */
const descriptorsOf = (init: Init): number[] =>
  readdirSync(`/proc/${init.pid}/fd`)
    .map(Number)
    .sort((a, b) => a - b);

describe("the first instructions", () => {
  test("P10: the very first system call blocks every signal", async () => {
    await using init = await start(["--", "/bin/true"], { inherit: ["hold-after=1"] });
    await init.reports.match(/^held /m);
    // All but KILL and STOP, which cannot be blocked; also the two that the libc would leave out.
    expect(init.status("SigBlk")).toBe("fffffffffffbfeff");
    init.order("go");
    expect(await init.end()).toEqual({ code: 0 });
  });

  test.each([
    ["the default", []],
    ["-g", ["-g"]],
    ["--isolate=session", ["--isolate=session"]],
    ["--isolate=none", ["--isolate=none"]],
  ])("P10: a signal that comes after any one of the system calls of the start is not lost (%s)", async (_, options) => {
    let calls = 0;
    for (let index = 1; ; index++) {
      await using init = await start([...options, "--", program("tick"), "10000"], {
        inherit: [`hold-after=${index}`],
      });
      // The count comprises the program's own calls: after its last one nothing is held any more.
      const held = await until("it is held, or the program sleeps", () => {
        if (/^held /m.test(init.reports.text)) return "held";
        const child = init.mainChild();
        return child?.name === "tick" && child.state === "S" && "asleep";
      });
      if (held === "asleep") break;
      calls++;
      init.signal("SIGTERM");
      init.order("go");
      expect({ index, ending: await init.end() }).toEqual({ index, ending: { code: 143 } });
    }
    expect(calls).toBeGreaterThan(8);
  });
});

describe("orphans", () => {
  test.each<[string, Launch["as"]]>([
    ["as PID 1", "pid1"],
    ["as a subreaper", "process"],
  ])(
    "P11: twenty thousand orphans dead at once leave no zombie, no memory and the right exit code (%s)",
    async (_, as) => {
      await using init = await start(["--", program("make-orphans"), "dead", "20000"], { as: as ?? "pid1" });
      const before = await until("it has started its child", () => init.mainChild() && init.privateBytes());
      await init.says(/^released$/m);
      await init.sees("nothing but the init and its child", (all) => all.length === 2);
      expect(init.privateBytes()).toBeLessThanOrEqual(before + 4096);
      init.write("quit 42\n");
      expect(await init.end()).toEqual({ code: 42 });
    },
  );

  test("P11: orphans that die all at once while signals pour in are reaped, and the signals arrive", async () => {
    await using init = await start([
      "--",
      "/bin/sh",
      "-c",
      `${program("make-orphans")} alive 2000 & exec ${program("count-signals")}`,
    ]);
    await init.says(/^ready$/m);
    // The shell's background job reads /dev/null: its orphans die at once when it has made them.
    const sent = 3000;
    await init.queue("SIGRTMIN+1", 1, sent);
    await init.sees("only make-orphans is left", (all) => all.length === 3 && all.every((one) => one.state !== "Z"));
    await init.settles();
    init.write("report\nquit 5\n");
    await init.says(new RegExp(`^counts(?: 17=\\d+)? 35=${sent}\\norder ok\\n`, "m"));
    expect(await init.end()).toEqual({ code: 5 });
  });

  test("P11: -w names every orphan that is reaped, and never the main child", async () => {
    await using init = await start(["-w", "--", program("make-orphans"), "dead", "3"]);
    await init.says(/^released$/m);
    await init.logs(/(.*\n){3}/);
    init.write("quit 0\n");
    const { stderr } = await init.finish();
    const pids = [...stderr.matchAll(/^\[WARN {2}tini-ts \(1\)\] Reaped zombie process with pid=(\d+)$/gm)].map(
      (match) => Number(match[1]),
    );
    expect(stderr.split("\n")).toHaveLength(4);
    expect(pids.toSorted((a, b) => a - b)).toEqual([4, 5, 6]);
  });

  test("P11: without -w nothing is logged about orphans", async () => {
    await using init = await start(["--", program("make-orphans"), "one", "-9"]);
    await init.says(/^released$/m);
    await init.sees("no zombie", (all) => all.length === 2);
    init.write("quit 0\n");
    expect((await init.finish()).stderr).toBe("");
  });

  test.each<[string, string[], Record<string, string>]>([
    ["by itself", [], {}],
    ["with -s", ["-s"], {}],
    ["with TINI_SUBREAPER", [], { TINI_SUBREAPER: "" }],
  ])("P12: where it is not PID 1 orphans come to it, silently (%s)", async (_, options, environment) => {
    await using init = await start([...options, "--", program("make-orphans"), "alive", "1"], {
      as: "process",
      environment: { ...plainEnvironment, ...environment },
    });
    await init.says(/^orphaned$/m);
    expect(init.processes().filter((one) => one.parent === init.pid)).toHaveLength(2);
    init.write("go\n");
    await init.says(/^released$/m);
    await init.sees("the orphan is gone", (all) => all.length === 2);
    init.write("quit 0\n");
    expect(await init.finish()).toMatchObject({ ending: { code: 0 }, stderr: "" });
  });

  test("P12: --no-subreaper brings tini's warning back, in its three lines", async () => {
    const { stderr, ending } = await runs(["--no-subreaper", "--", "/bin/true"], { as: "process" });
    expect(ending).toEqual({ code: 0 });
    const lines = stderr.trimEnd().split("\n");
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line).toMatch(/^\[WARN {2}tini-ts \(\d+\)\] /);
    expect(lines[0]).toMatch(/is not running as PID 1 and isn't registered as a child subreaper\.$/);
    expect(lines[1]).toMatch(/zombie reaping won't work\.$/);
    expect((await runs(["--no-subreaper", "--", "/bin/true"])).stderr).toBe("");
  });

  test("P12: the program itself is no subreaper", async () => {
    const { stdout } = await runs(["--", report], { as: "process" });
    expect(parseReport(stdout)["subreaper"]).toBe("0");
  });
});

describe("what it keeps", () => {
  test("P13: the init sits in / with 0, 1 and 2 alone; the program has the directory and the descriptors", async () => {
    const directory = temporaryDirectory();
    await using init = await start(["--", "/bin/sh", "-c", `${report}; read line`], {
      inherit: [`chdir=${directory}`, "extra-descriptors=5"],
    });
    await init.says(/^name=/m);
    await init.settles();
    expect(readlinkSync(`/proc/${init.pid}/cwd`)).toBe("/");
    expect(descriptorsOf(init)).toEqual([0, 1, 2]);
    expect(parseReport(init.stdout.text)).toMatchObject({ directory, descriptors: "0,1,2,3,4,5,6,7" });
  });

  test.each([
    ["close_range is not there", "seccomp=ENOSYS:close_range"],
    ["close_range is forbidden", "seccomp=EPERM:close_range"],
  ])("P13, P14: inherited descriptors are closed where %s", async (_, filter) => {
    await using init = await start(["--", "/bin/sleep", "1000"], {
      inherit: ["extra-descriptors=5", "duplicate=800:0", filter],
    });
    await until(
      "the descriptors are closed",
      () => descriptorsOf(init).length === 3,
      () => descriptorsOf(init).join(),
    );
  });

  test("P13: idle costs nothing: not one wake-up in thirty ticks of another process's clock", async () => {
    await using init = await start(["--", program("tick"), "30", program("count-signals")]);
    await init.isUp();
    await init.settles();
    const before = init.contextSwitches();
    await init.says(/^ticked$/m);
    expect(init.contextSwitches()).toBe(before);
  });

  test("P13: strace sees no system call while nothing happens", async () => {
    await using init = await start(["--", program("count-signals")]);
    await init.says(/^ready$/m);
    await init.settles();
    const calls = await callsWhileIdle(init);
    // The call in which it waits, once more where strace's arrival interrupted it.
    expect(calls.length).toBeGreaterThan(0);
    expect(calls.length, calls.join("\n")).toBeLessThanOrEqual(2);
    for (const call of calls) expect(call).toMatch(/^rt_sigtimedwait\(/);
  });
});

describe("an odd inheritance", () => {
  test.each<[string, Launch["as"]]>([
    ["as PID 1", "pid1"],
    ["as a process", "process"],
  ])(
    "P16: SIGCHLD ignored by the caller does not hide the child's end, and the child finds it as the caller left it (%s)",
    async (_, as) => {
      const { ending, stdout } = await runs(["--", report, "--exit=7"], { as: as ?? "pid1", inherit: ["ignore=17"] });
      expect(ending).toEqual({ code: 7 });
      expect(signalsOf(parseReport(stdout)["ignored"] ?? "")).toEqual([17]);
    },
  );

  test("P16: SIGCHLD blocked by the caller does not hide the child's end", async () => {
    const { ending, stdout } = await runs(["--", report, "--exit=7"], { inherit: ["block=17"] });
    expect(ending).toEqual({ code: 7 });
    expect(signalsOf(parseReport(stdout)["blocked"] ?? "")).toEqual([17]);
  });

  test("P16: the child gets the caller's signal mask and ignored set exactly, all of them", async () => {
    const { stdout } = await runs(["--", report], {
      inherit: ["block=1,4,15,20,21,33,34,64", "ignore=2,11,13,22,32,63"],
    });
    const values = parseReport(stdout);
    expect(signalsOf(values["blocked"] ?? "")).toEqual([1, 4, 15, 20, 21, 33, 34, 64]);
    expect(signalsOf(values["ignored"] ?? "")).toEqual([2, 11, 13, 22, 32, 63]);
    expect(signalsOf(values["caught"] ?? "")).toEqual([]);
  });

  test("P16: nothing blocked and nothing ignored stays so", async () => {
    const { stdout } = await runs(["--", report]);
    expect(parseReport(stdout)).toMatchObject({ blocked: "0".repeat(16), ignored: "0".repeat(16) });
  });

  test.each([[[0]], [[1]], [[2]], [[0, 1]], [[0, 2]], [[1, 2]], [[0, 1, 2]]])(
    "P16: with %s closed the program runs, and finds them closed",
    async (closed) => {
      const file = join(temporaryDirectory(), "report");
      const { ending } = await runs(["-vvvv", "--", report, "--exit=7", `--to=${file}`], {
        inherit: closed.map((fd) => `close=${fd}`),
      });
      expect(ending).toEqual({ code: 7 });
      const open = [0, 1, 2].filter((fd) => !closed.includes(fd)).join(",");
      expect(parseReport(readFileSync(file, "utf8"))["descriptors"]).toBe(open);
    },
  );

  test("P16: with standard error closed no message lands in a file that took its number", async () => {
    const file = join(temporaryDirectory(), "file");
    const { ending } = await runs(["-vvvv", "--", "/bin/sh", "-c", `exec 2>${file}; /bin/true; exit 7`], {
      inherit: ["close=2"],
    });
    expect(ending).toEqual({ code: 7 });
    expect(readFileSync(file, "utf8")).toBe("");
  });

  test("P16: a working directory that no longer exists is no obstacle, and stays the program's", async () => {
    const { ending, stdout, stderr } = await runs(["--", report, "--exit=7"], { inherit: ["lost-directory"] });
    expect({ ending, stderr }).toEqual({ ending: { code: 7 }, stderr: "" });
    expect(parseReport(stdout)["directory"]).toBe("No such file or directory");
  });

  test("P16: umask, limits, user and no-new-privileges reach the program untouched", async () => {
    const { stdout } = await runs(["--", report], {
      inherit: ["umask=027", "limit=NOFILE:123", "no-new-privileges", "user=12345"],
    });
    expect(parseReport(stdout)).toMatchObject({ umask: "027", user: "12345:12345", "no-new-privileges": "1" });
    expect(parseReport(stdout)["limit-nofile"]).toMatch(/^123:/);
  });

  test.each<[string, Launch["as"]]>([
    ["as PID 1", "pid1"],
    ["as a process", "process"],
  ])(
    "P17: what a service manager says of the init, by LISTEN_PID and its kind, names the child afterwards (%s)",
    async (_, as) => {
      const { stdout } = await runs(["--", report], { as: as ?? "pid1", inherit: ["listen-self"] });
      const values = parseReport(stdout);
      expect(parseEnvironment(stdout)).toEqual({
        ...plainEnvironment,
        LISTEN_PID: values["pid"],
        LISTEN_PIDFDID: values["pidfd-id"],
        WATCHDOG_PID: values["pid"],
        SYSTEMD_EXEC_PID: values["pid"],
      });
    },
  );

  test("P17: LISTEN_PID that names another process is left alone", async () => {
    const environment = {
      ...plainEnvironment,
      LISTEN_PID: "12",
      LISTEN_PIDFDID: "1",
      WATCHDOG_PID: "12",
      WATCHDOG_USEC: "1000000",
      SYSTEMD_EXEC_PID: "12",
      LISTEN_FDS: "2",
      LISTEN_FDNAMES: "a:b",
    };
    const { stdout } = await runs(["--", report], { environment });
    for (const [name, value] of Object.entries(environment)) expect(stdout).toContain(`environment ${name}=${value}\n`);
  });
});

describe("missing surroundings", () => {
  test("P14: without /proc it works", async () => {
    const { ending, stderr } = await runs(["-w", "--", program("report"), "--exit=7"], {
      inherit: ["extra-descriptors=3", "no-proc"],
    });
    expect({ ending, stderr }).toEqual({ ending: { code: 7 }, stderr: "" });
  });

  test("P14: in an empty root without /dev, /proc and anything to write to, as any user, without an environment it works", async () => {
    const root = temporaryDirectory();
    chmodSync(root, 0o555);
    copyFileSync(binary, join(root, "init"));
    copyFileSync(report, join(root, "report"));
    const { ending, stdout, stderr } = await run({
      binary: "/init",
      arguments: ["--", "/report", "--exit=7"],
      inherit: [`chroot=${root}`, "user=12345", "no-new-privileges", "no-environment"],
    });
    expect({ ending, stderr }).toEqual({ ending: { code: 7 }, stderr: "" });
    expect(parseReport(stdout)).toMatchObject({ pid: "2", user: "12345:12345", directory: "/" });
  });

  test("P14: a missing program in an empty root is reported", async () => {
    const root = temporaryDirectory();
    mkdirSync(join(root, "bin"));
    copyFileSync(binary, join(root, "init"));
    const { ending, stderr } = await run({ binary: "/init", arguments: ["--", "server"], inherit: [`chroot=${root}`] });
    expect({ ending, stderr }).toEqual({
      ending: { code: 127 },
      stderr: "[FATAL tini-ts (1)] exec server: not found in PATH\n",
    });
  });

  // What a seccomp profile that is older than the kernel takes away, and what a careless one does. All of it can be done without.
  const dispensable = [
    "close_range",
    "pwritev2",
    "rt_sigqueueinfo",
    "pidfd_open",
    "pidfd_send_signal",
    "prctl",
    "statx",
    "faccessat,faccessat2",
    "access,faccessat,faccessat2",
    "ptrace",
    "clone3",
    "ioctl",
    "setpgid",
    "chdir",
    "poll,ppoll",
    "getdents64",
    "lseek",
    "getpgid",
    "getsid",
    "open,openat",
    "close_range,pwritev2,rt_sigqueueinfo,pidfd_open,pidfd_send_signal,prctl,statx,ptrace,clone3,poll,ppoll",
  ];
  test.each(dispensable.flatMap((calls) => ["ENOSYS", "EPERM"].map((error) => [error, calls] as const)))(
    "P14: with %s from %s the program runs, gets its signals, and its exit code is ours",
    async (error, calls) => {
      for (const as of ["pid1", "process"] as const) {
        // A static program: a loader could not do without some of these calls.
        await using init = await start(["--", program("count-signals"), "--each", "--quit-on=36"], {
          as,
          inherit: [`seccomp=${error}:${calls}`],
        });
        await init.says(/^ready$/m);
        init.signal("SIGTERM");
        await init.says(/^signal 15 /m);
        init.signal("SIGRTMIN+2");
        expect({ as, ending: await init.end() }).toEqual({ as, ending: { code: 0 } });
      }
    },
  );

  test.each(["setsid", "ioctl", "setpgid"])(
    "P14: with EPERM from %s --isolate=session runs the program all the same, or says why not",
    async (call) => {
      const { ending, stderr } = await runs(["--isolate=session", "--", report, "--exit=7"], {
        inherit: [`seccomp=EPERM:${call}`],
      });
      if ("code" in ending && ending.code === 7) return;
      expect(ending).toEqual({ code: 125 });
      expect(stderr).toMatch(/^\[FATAL tini-ts \(1\)\] [^\n]+\n$/);
    },
  );

  test.each(["ENOSYS", "EPERM"])(
    "P14: with %s from rt_sigtimedwait nothing can be forwarded; it says so, and the rest works",
    async (error) => {
      const { ending, stderr } = await runs(["--", "/bin/sh", "-c", "exit 7"], {
        inherit: [`seccomp=${error}:rt_sigtimedwait`],
      });
      expect(ending).toEqual({ code: 7 });
      expect(stderr).toMatch(/^\[WARN {2}tini-ts \(1\)\] [^\n]*signals[^\n]*\n$/);
    },
  );

  // Nothing can be done without these. It must not hang, must not leave the program behind, and has to say what happened.
  const indispensable = ["clone,clone3,fork,vfork", "rt_sigprocmask", "rt_sigaction", "wait4,waitid"];
  test.each(indispensable.flatMap((calls) => ["ENOSYS", "EPERM"].map((error) => [error, calls] as const)))(
    "P14, P31: with %s from %s it ends with a sentence and a code of its own",
    async (error, calls) => {
      for (const as of ["pid1", "process"] as const) {
        const { ending, stderr, leftover } = await runs(["--", program("tick"), "1"], {
          as,
          inherit: [`seccomp=${error}:${calls}`],
        });
        expect(ending).toEqual({ code: 125 });
        expect(stderr).toMatch(/^[^\n]*tini-ts[^\n]+\n$/);
        expect(leftover).toBe(0);
      }
    },
  );

  test("P31: EAGAIN from fork is 125 with a sentence", async () => {
    const { ending, stderr } = await runs(["--", "/bin/true"], { inherit: ["limit=NPROC:1", "user=23456"] });
    expect(ending).toEqual({ code: 125 });
    expect(stderr).toMatch(/^\[FATAL tini-ts \(1\)\] cannot start a process[^\n]*: [^\n]+\n$/);
  });
});

describe("its own death", () => {
  test("P27: when the init is killed the program dies with it", async () => {
    await using init = await start(["--", "/bin/sleep", "1000"], { as: "process" });
    const child = await until("the program runs", () => init.processes().find((one) => one.name === "sleep"));
    init.signal("SIGKILL");
    expect(await init.end()).toEqual({ signal: "SIGKILL" });
    await until("the program is gone", () => !isAlive(child.pid));
  });

  test("P27: --no-tie lets the program live on, and so does TINI_TIE=no", async () => {
    for (const [options, environment] of [
      [["--no-tie"], {}],
      [[], { TINI_TIE: "no" }],
    ] as const) {
      await using init = await start([...options, "--", report, "--exit=0"], {
        as: "process",
        environment: { ...plainEnvironment, ...environment },
      });
      const { stdout } = await init.finish();
      expect(parseReport(stdout)["death-signal"]).toBe("0");
      await using other = await start([...options, "--", "/bin/sleep", "1000"], {
        as: "process",
        environment: { ...plainEnvironment, ...environment },
      });
      const child = await until("the program runs", () => other.processes().find((one) => one.name === "sleep"));
      other.signal("SIGKILL");
      await other.end();
      expect(isAlive(child.pid)).toBe(true);
    }
  });

  test("P27: as PID 1 the kernel does it, and the program's own death signal is left alone", async () => {
    const { stdout } = await runs(["--", report]);
    expect(parseReport(stdout)["death-signal"]).toBe("0");
  });
});
