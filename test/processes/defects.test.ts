/**
 * Defects and weaknesses that were observed in tini 0.19, and must not exist here. Each test fails when TINI_TS_BINARY is tini.
 * Two defects of that list cannot be observed in a binary's behaviour: the 1 << 31 of its bit field (its effect is number
 * 25), and its missing wait for other processes at the end (14), which is the work of --linger.
 */
import { readdirSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { plainEnvironment } from "./namespace.ts";
import {
  binary,
  countsOf,
  parseReport,
  program,
  runs,
  runsScript,
  signalsOf,
  start,
  temporaryDirectory,
} from "./subject.ts";
import { Terminal } from "./terminal.ts";
import { until } from "./waiting.ts";

const counter = program("count-signals");
const report = program("report");

describe("defects of tini", () => {
  test("defect 1 (P10): with -g no signal is lost between fork and the child's own group", async () => {
    // Held in the child, right after it has made its group; and before it, after each call that comes earlier.
    for (let index = 1; ; index++) {
      await using init = await start(["-g", "--", program("tick"), "10000"], { inherit: [`hold-after=${index}`] });
      const [line, number] = await init.reports.match(/^held (-?\d+)/m);
      expect(line).toBeDefined();
      init.signal("SIGTERM");
      init.order("go");
      expect({ index, ending: await init.end() }).toEqual({ index, ending: { code: 143 } });
      // setpgid
      if (Number(number) === (process.arch === "x64" ? 109 : 154)) break;
    }
  });

  test("defect 2 (P16): an ignored SIGCHLD does not make it wait for ever", async () => {
    expect((await runsScript("exit 7", { inherit: ["ignore=17"] })).ending).toEqual({ code: 7 });
  });

  test("defect 3 (P16): a closed standard input is no reason to end", async () => {
    expect((await runsScript("exit 7", { inherit: ["close=0"] })).ending).toEqual({ code: 7 });
  });

  test.each(["EPERM", "EIO", "EACCES", "EINVAL"])(
    "defect 4 (P22): %s from tcsetpgrp does not end the container",
    async (error) => {
      expect((await runsScript("exit 7", { inherit: [`seccomp=${error}:ioctl@1=0x5410`] })).ending).toEqual({
        code: 7,
      });
    },
  );

  test("defect 5 (P21): EPERM from kill does not end the container", async () => {
    await using init = await start(["--", counter, "--user=12345"], { inherit: ["drop-capability=5"] });
    await init.says(/^ready$/m);
    init.signal("SIGTERM");
    await init.settles();
    init.write("quit 7\n");
    expect(await init.end()).toEqual({ code: 7 });
  });

  test("defect 6 (P20): ABRT, SEGV, BUS, FPE, ILL, TRAP and SYS that a user sends reach the program", async () => {
    const signals = [4, 5, 6, 7, 8, 11, 31];
    await using init = await start(["--", counter]);
    await init.says(/^ready$/m);
    for (const signal of signals) init.signal(signal);
    await init.settles();
    expect(await countsOf(init)).toEqual(Object.fromEntries(signals.map((signal) => [signal, 1])));
  });

  test("defect 7 (P31): -e never turns a program that did not run into a success", async () => {
    expect((await runs(["-e", "127", "--", "/nope"])).ending).toEqual({ code: 127 });
    const closed = await runs(["-e", "1", "--", "/bin/sh", "-c", "exit 7"], { inherit: ["close=0"] });
    expect(closed.ending).toEqual({ code: 7 });
  });

  test("defect 8 (P31): whatever keeps a program from running is 126 or 127", async () => {
    const path = join(temporaryDirectory(), "x");
    writeFileSync(path, "");
    expect((await runs(["--", `${path}/y`])).ending).toEqual({ code: 126 });
  });

  test("defect 9 (P60): at -vvv standard output has what the program wrote and nothing else, also when exec fails", async () => {
    expect((await runs(["-vvv", "--", "/bin/echo", "out"])).stdout).toBe("out\n");
    const { stdout, stderr } = await runs(["-vvv", "--", "/nope"]);
    expect(stdout).toBe("");
    expect(new Set(stderr.split("\n")).size).toBe(stderr.split("\n").length);
  });

  test("defect 10 (P15): a program that calls PTRACE_TRACEME is not taken for dead", async () => {
    expect((await runs(["--", program("trace-me"), "10", "7"])).ending).toEqual({ code: 7 });
  });

  test("defect 11 (P22): Ctrl-Z gives the shell its terminal back", async () => {
    await using terminal = await Terminal.shell("bash", { INIT: binary });
    await terminal.enter("$INIT -- sleep 1000");
    await terminal.becomes("sleep", "S");
    await terminal.hasForeground("sleep");
    const from = terminal.mark;
    terminal.type("\x1a");
    await terminal.prompts(from);
    expect(terminal.foreground).toBe(terminal.pid);
  });

  test("defect 12 (P22): started in the background it leaves the foreground alone", async () => {
    await using terminal = await Terminal.shell("bash", { INIT: binary });
    await terminal.enter("$INIT -- sleep 1000 &");
    await terminal.becomes("sleep", "S");
    expect(terminal.foreground).toBe(terminal.pid);
  });

  test("defect 13 (P22): it finds the terminal also where standard input is something else", async () => {
    await using terminal = await Terminal.shell("bash", { INIT: binary });
    await terminal.enter("$INIT -- sh -c 'read line </dev/tty; echo got-$line' </dev/null");
    await terminal.hasForeground("sh");
    const from = terminal.mark;
    terminal.type("alive\r");
    await terminal.see(/^got-alive$/m, from);
    await terminal.prompts(from);
  });

  test("defect 15 (P21): --forward-to=all reaches daemons that have a session of their own", async () => {
    await using init = await start([
      "--forward-to=all",
      "--",
      "/bin/sh",
      "-c",
      // The program outlives the signal: PID 1 would end with it, and the daemon before it has said what it got.
      `/usr/bin/setsid -f ${counter} --each </dev/null; trap '' TERM; exec sleep 1000`,
    ]);
    await init.says(/^ready$/m);
    init.signal("SIGTERM");
    await init.says(/^signal 15 /m);
  });

  test("defect 16 (P13): it does not wake up once a second", async () => {
    await using init = await start(["--", program("tick"), "15", counter]);
    await init.isUp();
    await init.settles();
    const before = init.contextSwitches();
    await init.says(/^ticked$/m);
    expect(init.contextSwitches()).toBe(before);
  });

  test("defect 17 (P26): a parent that dies before prctl(2) is noticed, and -p SIGKILL takes the program along", async () => {
    await using late = await start(["-p", "TERM", "--", "/bin/sleep", "1000"], {
      as: "process",
      inherit: ["middle-parent", "hold-after-call=getppid:1"],
    });
    await late.reports.match(/^held /m);
    late.order("kill-parent");
    await until("the parent is another", () => Number(late.status("PPid")) !== late.parentPid);
    late.order("go");
    expect(await late.end()).toEqual({ code: 143 });
    await using killed = await start(["-p", "SIGKILL", "--", "/bin/sleep", "1000"], {
      as: "process",
      inherit: ["middle-parent"],
    });
    await killed.isUp();
    killed.order("kill-parent");
    expect((await killed.finish()).leftover).toBe(0);
  });

  test("defect 18 (P13): it keeps neither inherited descriptors nor the working directory busy", async () => {
    await using init = await start(["--", "/bin/sleep", "1000"], {
      inherit: ["extra-descriptors=3", `chdir=${temporaryDirectory()}`],
    });
    await init.isUp();
    await init.settles();
    expect(readdirSync(`/proc/${init.pid}/fd`).sort()).toEqual(["0", "1", "2"]);
    expect(readlinkSync(`/proc/${init.pid}/cwd`)).toBe("/");
  });

  test("defect 19 (P17): LISTEN_PID names the program", async () => {
    const { stdout } = await runs(["--", report], { inherit: ["listen-self"] });
    expect(stdout).toContain(`environment LISTEN_PID=${parseReport(stdout)["pid"]}\n`);
  });

  test("defect 20 (P30): -e takes lists, targets, and comes from the environment", async () => {
    const environment = { ...plainEnvironment, TINI_REMAP_EXIT: "3,7:9" };
    expect((await runsScript("exit 7", { environment })).ending).toEqual({ code: 9 });
    expect((await runs(["-e", "3,7:9", "--", "/bin/sh", "-c", "exit 3"])).ending).toEqual({ code: 0 });
  });

  test("defect 21 (P2, P31): options after the program are the program's, and a text file runs, whatever the libc", async () => {
    expect((await runs(["/bin/echo", "-v"])).stdout).toBe("-v\n");
    const path = join(temporaryDirectory(), "text");
    writeFileSync(path, "exit 9\n", { mode: 0o755 });
    expect((await runs([path])).ending).toEqual({ code: 9 });
  });

  test("defect 22 (P15): it is logged that the program is stopped, and TERM has to wait", async () => {
    await using init = await start(["--", "/bin/sh", "-c", "kill -STOP $$"]);
    await init.logs(/^\[WARN {2}tini-ts \(1\)\] [^\n]*stopped/m);
  });

  test("defect 23 (P14): without rt_sigtimedwait the program is not left alone", async () => {
    for (const error of ["ENOSYS", "EPERM"]) {
      const { ending, leftover } = await runsScript("exit 7", {
        as: "process",
        inherit: [`seccomp=${error}:rt_sigtimedwait`],
      });
      expect({ ending, leftover }).toEqual({ ending: { code: 7 }, leftover: 0 });
    }
  });

  test("defect 24 (P22): with --isolate=none the program may call setsid", async () => {
    expect((await runs(["--isolate=none", "--", "/usr/bin/setsid", report])).ending).toEqual({ code: 0 });
  });

  test("defect 25 (P30): each of the 256 codes can be mapped, and the others stay as they are", async () => {
    for (const code of [0, 1, 30, 31, 32, 63, 64, 95, 127, 128, 159, 191, 223, 254, 255]) {
      for (const other of [code ^ 32, code ^ 31]) {
        const words = ["-e", `${code}:77`, "--", "/bin/sh", "-c"];
        expect((await runs([...words, `exit ${code}`])).ending).toEqual({ code: 77 });
        expect((await runs([...words, `exit ${other}`])).ending).toEqual({ code: other });
      }
    }
  });

  test("defect 26 (P20): value and sender of a queued signal reach the program", async () => {
    const script = `exec 3<&0; (read go <&3; exec ${program("queue-signal")} 1 15 42) & exec ${counter} --each </dev/null`;
    await using init = await start(["--", "/bin/sh", "-c", script]);
    await init.says(/^ready$/m);
    const sender = (await init.sees("the sender", (all) => all.some((one) => one.pid > 2))).find((one) => one.pid > 2);
    init.write("go\n");
    const match = await init.says(/^signal 15 code (-?\d+) sender (\d+) user 0 value (\d+)$/m);
    expect(match.slice(1).map(Number)).toEqual([-1, sender?.pid, 42]);
  });

  test("defect 27 (P10): signals are blocked before anything else happens", async () => {
    await using init = await start(["--", "/bin/sleep", "1000"], { inherit: ["hold-after=1"] });
    await init.reports.match(/^held /m);
    expect(signalsOf(init.status("SigBlk") ?? "")).toHaveLength(62);
    init.signal("SIGTERM");
    init.order("go");
    expect(await init.end()).toEqual({ code: 143 });
  });
});
