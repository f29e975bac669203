/** --pause: no program, the sandbox of a pod. */
import { describe, expect, test } from "vitest";
import { both } from "./family.ts";
import { launch, plainEnvironment, type Init } from "./namespace.ts";
import { binary, program, runs, start } from "./subject.ts";
import { until } from "./waiting.ts";

/** It is ready when it waits, which only polling shows. */
async function waits(init: Init): Promise<void> {
  await until(
    "it waits for signals",
    () => /^(rt_sigtimedwait|do_sigtimedwait)/.test(init.file("wchan")) || init.status("State")?.startsWith("S"),
    () => init.describe(),
  );
  await init.settles();
}

describe("--pause", () => {
  test.each(both.flatMap(([name, as]) => ["SIGTERM", "SIGINT"].map((signal) => [signal, name, as] as const)))(
    "P63: %s ends it with 0 (%s)",
    async (signal, _, as) => {
      await using init = await start(["--pause"], { as });
      await waits(init);
      expect(init.processes()).toHaveLength(1);
      init.signal(signal);
      expect(await init.finish()).toMatchObject({ ending: { code: 0 }, stdout: "", stderr: "" });
    },
  );

  test.each(both)("P25, P63: with --linger and no process to wait for it ends at once, too (%s)", async (_, as) => {
    await using init = await start(["--pause", "--linger=1h"], { as });
    await waits(init);
    init.signal("SIGTERM");
    expect(await init.finish()).toMatchObject({ ending: { code: 0 }, stdout: "", stderr: "" });
  });

  test.each(both)("P63: all other signals leave it alone (%s)", async (_, as) => {
    await using init = await start(["--pause"], { as });
    await waits(init);
    for (const signal of ["SIGHUP", "SIGUSR1", "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGCONT", "SIGCHLD", "SIGRTMIN+3"])
      init.signal(signal);
    await init.settles();
    expect(init.ending).toBeUndefined();
    init.signal("SIGTERM");
    expect(await init.finish()).toMatchObject({ ending: { code: 0 }, stderr: "" });
  });

  test.each(both)("P63: -P, as podman starts the infra container of a pod (%s)", async (_, as) => {
    await using init = await start(["-P"], { as });
    await waits(init);
    // QUIT is no stop signal here, as it is none for catatonit.
    init.signal("SIGQUIT");
    await init.settles();
    expect(init.ending).toBeUndefined();
    init.signal("SIGTERM");
    expect(await init.finish()).toMatchObject({ ending: { code: 0 }, stdout: "", stderr: "" });
  });

  test("P63: by the environment: TINI_PAUSE=yes", async () => {
    await using init = await start([], { environment: { ...plainEnvironment, TINI_PAUSE: "yes" } });
    await waits(init);
    init.signal("SIGTERM");
    expect((await init.finish()).ending).toEqual({ code: 0 });
  });

  test("P5, P63: a program beside it is refused", async () => {
    const { ending, stderr } = await runs(["--pause", "--", "/bin/true"]);
    expect(ending).toEqual({ code: 1 });
    expect(stderr).toMatch(/^\[FATAL tini-ts \(1\)\] [^\n]*--pause[^\n]*\n$/);
  });

  test("P5, P63: --restart beside it is refused", async () => {
    const { ending, stderr } = await runs(["--restart=always", "--pause"]);
    expect(ending).toEqual({ code: 1 });
    expect(stderr).toMatch(/^\[FATAL tini-ts \(1\)\] [^\n]*--pause[^\n]*\n$/);
    expect(stderr).toContain("--restart");
  });

  test("P63: it reaps what it inherits: children that it had before it became an init", async () => {
    // The shell becomes the init; its child's children are orphans when that ends.
    await using init = await launch({
      binary: "/bin/sh",
      arguments: ["-c", `${program("make-orphans")} dead 50 </dev/null >/dev/null & exec ${binary} -w --pause`],
    });
    await init.sees(
      "the program that made them is there alone",
      (all) => all.some((one) => one.name === "make-orphans") && all.every((one) => one.state !== "Z"),
    );
    await init.logs(/(.*\n){50}/);
    expect(init.log.filter((line) => !line.includes("Reaped zombie process with pid="))).toEqual([]);
    init.signal("SIGTERM");
    expect((await init.finish()).ending).toEqual({ code: 0 });
  });

  test("P13, P63: idle costs nothing", async () => {
    await using init = await start(["--pause"]);
    await waits(init);
    const before = init.contextSwitches();
    await until("another process's clock has ticked", async () => {
      const { stdout } = await runs(["--", program("tick"), "5"], { as: "process" });
      return stdout.includes("ticked");
    });
    expect(init.contextSwitches()).toBe(before);
  });

  test("P63: it takes no notice of a terminal", async () => {
    await using init = await start(["--pause"], { terminal: true, inherit: ["own-terminal"] });
    await waits(init);
    init.write("\x1a");
    init.resize(90, 20);
    await init.settles();
    init.write("\x03");
    expect((await init.finish()).ending).toEqual({ code: 0 });
  });
});
