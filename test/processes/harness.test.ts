/** The harness itself, on binaries that are not tini-ts: what it reports has to be true before it can prove anything. */
import { describe, expect, test } from "vitest";
import { launch, run } from "./namespace.ts";
import { parseReport, program } from "./subject.ts";

describe("the harness", () => {
  test("tells an exit code from a signal, also for PID 1", async () => {
    const exited = await run({ binary: "/bin/sh", arguments: ["-c", "echo out; echo err >&2; exit 7"] });
    expect(exited).toMatchObject({ ending: { code: 7 }, stdout: "out\n", stderr: "err\n" });
    const killed = await run({ binary: "/bin/sh", arguments: ["-c", "kill -TERM $$"], as: "process" });
    expect(killed.ending).toEqual({ signal: "SIGTERM" });
  });

  test("starts PID 1 in a namespace that shows only its own processes", async () => {
    await using init = await launch({ binary: program("report") });
    expect(parseReport((await init.finish()).stdout)).toMatchObject({ pid: "1", parent: "0" });
  });

  test("the control: an init that does not reap leaves zombies", async () => {
    const many = 50;
    await using init = await launch({
      binary: program("no-reap"),
      arguments: [program("make-orphans"), "dead", String(many)],
    });
    await init.says(/^released$/m);
    expect(init.zombies().filter((zombie) => zombie.parent === 1)).toHaveLength(many);
    init.write("quit 3\n");
    expect(await init.end()).toEqual({ code: 3 });
  });

  test("the control: an init that polls does not settle", async () => {
    await using init = await launch({
      binary: program("no-reap"),
      arguments: ["--poll", program("tick"), "5", program("count-signals")],
    });
    const before = init.contextSwitches();
    await init.says(/^ticked$/m);
    expect(init.contextSwitches()).toBeGreaterThan(before);
  });

  test("gives a binary the inherited state that is asked for", async () => {
    const { stdout } = await run({
      binary: program("report"),
      name: "other",
      arguments: ["--", "\\xff\\x01"],
      inherit: [
        "block=15,64",
        "ignore=2,33",
        "close=0",
        "extra-descriptors=2",
        "lost-directory",
        "umask=027",
        "escaped",
      ],
    });
    expect(parseReport(stdout)).toMatchObject({
      name: "other",
      blocked: "8000000000004000",
      ignored: "0000000100000002",
      descriptors: "1,2,3,4",
      directory: "No such file or directory",
      umask: "027",
      "argument-1": "\\xff\\x01",
    });
  });

  test("takes system calls away, whole or by argument", async () => {
    const { stdout } = await run({ binary: program("report"), inherit: ["seccomp=EPERM:prctl@0=37,getppid"] });
    expect(parseReport(stdout)).toMatchObject({ parent: "-1", subreaper: "0", "no-new-privileges": "0" });
  });

  test("holds a binary after a system call and lets it go", async () => {
    await using init = await launch({ binary: program("report"), inherit: ["hold-after-call=getppid:1"] });
    await init.reports.match(/^held \d+/m);
    expect(init.stdout.text).toBe("");
    expect(init.status("State")).toMatch(/^t/);
    init.order("go");
    expect(await init.end()).toEqual({ code: 0 });
  });

  test("kills the parent in between", async () => {
    await using init = await launch({
      binary: "/bin/sleep",
      arguments: ["1000"],
      as: "process",
      inherit: ["middle-parent"],
    });
    expect(init.processes()[0]?.parent).toBe(init.parentPid);
    init.order("kill-parent");
    await init.sees("another parent", (all) => all[0]?.parent !== init.parentPid);
    init.signal("SIGTERM");
    expect(await init.end()).toEqual({ signal: "SIGTERM" });
  });

  test("fills the pipe behind standard error, and reads it on demand", async () => {
    await using init = await launch({
      binary: "/bin/sh",
      arguments: ["-c", "echo blocked >&2; echo done"],
      inherit: ["full-pipe=2"],
    });
    await init.sees("the writer asleep", (all) => all[0]?.state === "S");
    expect(init.stdout.text).toBe("");
    init.order("drain");
    await init.says(/^done$/m);
    await init.logs(/#blocked\n$/);
  });

  test("runs on a terminal of its own", async () => {
    await using init = await launch({ binary: program("report"), terminal: true, inherit: ["own-terminal"] });
    const report = parseReport((await init.finish()).stdout);
    expect(report).toMatchObject({ pid: "1", session: "1", terminal: "0", foreground: "1", controlling: "yes" });
  });
});
