/** Children that stop or are traced: no dead processes. */
import { describe, expect, test } from "vitest";
import type { Launch } from "./namespace.ts";
import { program, runs, start } from "./subject.ts";

const traceMe = program("trace-me");

describe("traced and stopped processes", () => {
  test.each<[string, string[], Launch["as"]]>([
    ["the program, as PID 1", [], "pid1"],
    ["the program, as a process", [], "process"],
    ["an orphan, as PID 1", ["--orphan"], "pid1"],
    ["an orphan, as a process", ["--orphan"], "process"],
  ])("P15: who makes the init its tracer goes on, with the signal that stopped it (%s)", async (_, options, as) => {
    const { ending, stdout } = await runs(["--", traceMe, ...options, "10", "7"], { as: as ?? "pid1" });
    expect({ ending, stdout }).toEqual({ ending: { code: 7 }, stdout: "caught 10\nwent on\n" });
  });

  test("P15: a trap of a traced child is not passed on, which would kill it", async () => {
    await using init = await start(["--", traceMe, "exec", "5"]);
    expect(await init.finish()).toMatchObject({ ending: { code: 5 }, stdout: "went on\n" });
  });

  test("P15: where a filter kills callers of ptrace, a stop of the program kills no process", async () => {
    for (const signal of [19, 20, 21, 22]) {
      await using init = await start(["--", "/bin/sh", "-c", `kill -${signal} $$; exit 7`], {
        inherit: ["own-terminal", "seccomp=KILL:ptrace"],
        terminal: true,
      });
      await init.sees(
        "the program is stopped, or goes on",
        (all) => all.some((one) => one.pid !== 1 && one.state === "T") || init.ending !== undefined,
      );
      if (init.ending === undefined) init.signal("SIGCONT");
      expect({ signal, ending: await init.end() }).toEqual({ signal, ending: { code: 7 } });
    }
  });

  test("P15: SIGSTOP of a traced child stops it, as without a tracer, and CONT resumes it", async () => {
    await using init = await start(["--", traceMe, "19", "7"]);
    await init.sees("it is stopped, by nobody but itself", (all) =>
      all.some((one) => one.pid === 2 && one.state === "T"),
    );
    init.signal("SIGCONT");
    await init.says(/^went on$/m);
    expect(await init.end()).toEqual({ code: 7 });
  });

  test("P15: a program that is stopped is not dead; the log says so, and CONT resumes it", async () => {
    await using init = await start(["--", "/bin/sh", "-c", "kill -STOP $$; echo resumed; exit 7"]);
    await init.logs(/^\[WARN {2}tini-ts \(1\)\] [^\n]*stopped[^\n]*\n/m);
    await init.sees("the program stopped", (all) => all.some((one) => one.pid === 2 && one.state === "T"));
    init.signal("SIGCONT");
    await init.says(/^resumed$/m);
    expect(await init.end()).toEqual({ code: 7 });
  });

  test("P15: TERM for a stopped program is delivered once it runs again", async () => {
    await using init = await start(["--", "/bin/sleep", "1000"]);
    await init.sees("the program", (all) => all.some((one) => one.name === "sleep" && one.state === "S"));
    process.kill(Number(init.file(`task/${init.pid}/children`)), "SIGSTOP");
    await init.logs(/stopped/);
    init.signal("SIGTERM");
    init.signal("SIGCONT");
    expect(await init.end()).toEqual({ code: 143 });
  });

  test("P15: a stopped orphan stays stopped, and nothing is logged", async () => {
    await using init = await start([
      "--",
      "/bin/sh",
      "-c",
      "(/bin/sleep 1000 & kill -STOP $!); echo made; read line; exit 3",
    ]);
    await init.says(/^made$/m);
    await init.sees("the orphan stopped", (all) =>
      all.some((one) => one.pid > 2 && one.parent === 1 && one.state === "T"),
    );
    await init.settles();
    expect(init.stderr.text).toBe("");
    init.write("\n");
    expect(await init.end()).toEqual({ code: 3 });
  });
});
