/** Processes that still run when the program has ended: they get SIGTERM, time to end, and SIGKILL. */
import { describe, expect, test } from "vitest";
import { expectAbsent } from "../absence.ts";
import { patience } from "../patience.ts";
import { both, startFamily, startTold, story, killedInTheEnd } from "./family.ts";
import { program, runs } from "./subject.ts";

const everyone = ["child", "group", "session"];

describe("lingering", () => {
  test.each(both)(
    "P25: three generations end in their own time, each with half a second of work left (%s)",
    async (_, as) => {
      const options = ["--linger=1h", "--forward-to=all"];
      await using init = await startFamily(options, ["--slow=500", "worker"], { as });
      const before = performance.now();
      init.signal("SIGTERM");
      const { ending, stdout, leftover } = await init.finish();
      const took = performance.now() - before;
      expect({ ending, leftover }).toEqual({ ending: { code: 0 }, leftover: 0 });
      for (const name of ["main", "worker", "session"]) expect(stdout).toContain(`${name} is done\n`);
      expectAbsent("Time is up", stdout, await killedInTheEnd());
      // It does not wait for the hour to pass.
      expect(took).toBeGreaterThanOrEqual(499);
    },
  );

  test.each(both)("P25: it is gone the moment the last of them has ended (%s)", async (_, as) => {
    await using init = await startFamily(["--linger=1h"], ["--slow=20", "--code=3", ...everyone], { as });
    init.signal("SIGTERM");
    const { ending, stdout, leftover } = await init.finish();
    expect({ ending, leftover }).toEqual({ ending: { code: 3 }, leftover: 0 });
    const told = story(stdout);
    // The program first, then the others, which hear of it only when it is gone.
    const gone = told.indexOf("INFO: Main child exited normally (with status '3')");
    expect(told[gone + 1]).toBe("INFO: Waiting for the others to end");
    for (const name of everyone) {
      expect(told.indexOf(`${name} got 15`)).toBeGreaterThan(told.indexOf("main is done"));
      expect(told).toContain(`${name} is done`);
    }
  });

  test.each(both)("P25: it also ends what a program leaves behind that ends by itself (%s)", async (_, as) => {
    await using init = await startFamily(["--linger=1h"], everyone, { as });
    init.write("quit 42\n");
    const { ending, stdout, leftover } = await init.finish();
    expect({ ending, leftover }).toEqual({ ending: { code: 42 }, leftover: 0 });
    for (const name of everyone) expect(stdout).toContain(`${name} is done\n`);
  });

  test.each(both)("P25: what ignores SIGTERM is killed when the time is up (%s)", async (_, as) => {
    await using init = await startFamily([`--linger=${patience(300)}ms`], ["--deaf", ...everyone], { as });
    init.write("quit 42\n");
    const { ending, stdout, leftover } = await init.finish();
    expect({ ending, leftover }).toEqual({ ending: { code: 42 }, leftover: 0 });
    const told = story(stdout);
    const last = told.indexOf("WARN: Time is up: everything is killed");
    expect(last).toBe(told.length - 1);
    for (const name of everyone) expect(told.indexOf(`${name} got 15`)).toBeGreaterThan(0);
  });

  test.each(both)("P25: if nothing else runs, nothing waits, and the log reports no time-out (%s)", async (_, as) => {
    await using init = await startTold(["--linger=1h"], ["/bin/sh", "-c", "exit 6"], { as });
    expect(await init.finish()).toMatchObject({ ending: { code: 6 }, leftover: 0 });
    expectAbsent("Time is up", init.stdout.text, await killedInTheEnd());
  });

  test.each(both)("P25: a time of 0 kills at once (%s)", async (_, as) => {
    await using init = await startFamily(["--linger=0"], ["--deaf", ...everyone], { as });
    init.write("quit 2\n");
    expect(await init.finish()).toMatchObject({ ending: { code: 2 }, leftover: 0 });
  });

  test("P25: without --linger the kernel kills the rest, unasked, where the init is PID 1, and they are counted", async () => {
    await using init = await startFamily([], ["--slow=20", ...everyone]);
    init.write("quit 2\n");
    const { ending, stdout } = await init.finish();
    expect(ending).toEqual({ code: 2 });
    await using lingering = await startFamily(["--linger=1h"], ["--slow=20", ...everyone]);
    lingering.write("quit 2\n");
    const control = (await lingering.finish()).stdout;
    for (const name of everyone) expectAbsent(`${name} got 15`, stdout, control);
    const counted = `WARN: Processes that still run as it ends: ${everyone.length} (--wait=all waits for them, `;
    expect(story(stdout).filter((line) => line.startsWith("WARN"))).toEqual([expect.stringContaining(counted)]);
  });

  describe.each(both)("P25: processes that are left are counted once (%s)", (_, as) => {
    /** The log where a shell ends with this script, and leaves its children. */
    const said = async (options: readonly string[], script: string): Promise<string[]> => {
      const { stderr } = await runs([...options, "--", "/bin/sh", "-c", script], { as });
      return stderr.split("\n").filter((line) => line !== "");
    };
    const left = (count: number): unknown[] => [
      expect.stringMatching(`Processes that still run as it ends: ${count} `),
    ];
    const sleeper = "/bin/sleep 1000 >/dev/null 2>&1 </dev/null";

    test("children, their children, and daemons with a session of their own", async () => {
      expect(await said([], `${sleeper} & exit 3`)).toEqual(left(1));
      // The shell reads until they all have another standard output, and so are there.
      const three = `: $( (${sleeper} & ${sleeper} & exec ${sleeper}) & )`;
      expect(await said([], `${three}; setsid ${sleeper} & exit 0`)).toEqual(left(4));
    });

    test("not those that are dead or dying already", async () => {
      expect(await said([], "exit 0")).toEqual([]);
      expect(await said([], "true & wait; exit 0")).toEqual([]);
      expect(await said([], `${sleeper} & ${sleeper} & kill -9 0`)).toEqual([]);
      expect(await said([], `${sleeper} & kill 0`)).toEqual([]);
    });

    test("none that were waited for or killed, and none without warnings", async () => {
      expect(await said(["--wait=all"], "/bin/sleep 0.1 & exit 0")).toEqual([]);
      expect(await said(["--linger=0"], `${sleeper} & exit 0`)).toEqual([]);
      expect(await said(["--verbosity=0"], `${sleeper} & exit 0`)).toEqual([]);
    });
  });

  test.each(both)("P25: a stopped orphan does not delay it beyond the time (%s)", async (_, as) => {
    const script = "(/bin/sleep 1000 & kill -STOP $!); echo made; read line; exit 3";
    await using init = await startTold(["--linger=50ms"], ["/bin/sh", "-c", script], { as });
    await init.says(/^made$/m);
    init.write("\n");
    expect(await init.finish()).toMatchObject({ ending: { code: 3 }, leftover: 0 });
  });

  test.each(both)("P25: stop signals that come in meanwhile change nothing (%s)", async (_, as) => {
    await using init = await startFamily(["--linger=1h", "--grace=0"], ["--slow=200", "session"], { as });
    init.write("quit 5\n");
    await init.says(/^session got 15$/m);
    init.signal("SIGTERM");
    init.signal("SIGINT");
    init.signal("SIGUSR1");
    const { ending, stdout, leftover } = await init.finish();
    expect({ ending, leftover }).toEqual({ ending: { code: 5 }, leftover: 0 });
    expect(stdout).toContain("session is done\n");
    expectAbsent("WARN", stdout, await killedInTheEnd());
  });

  test.each(both)("P11, P25: two thousand others get SIGTERM, and are reaped (%s)", async (_, as) => {
    await using init = await startTold(["--linger=1h"], [program("make-orphans"), "alive", "2000"], { as });
    await init.says(/^orphaned$/m);
    // Its own end leaves two thousand, each of which SIGTERM ends.
    const host = Number(init.file(`task/${init.pid}/children`).split(" ")[0]);
    expect(host).toBeGreaterThan(0);
    process.kill(host, "SIGKILL");
    expect(await init.finish()).toMatchObject({ ending: { code: 137 }, leftover: 0 });
  });
});

describe("a second SIGTERM", () => {
  test.each(both.flatMap(([name, as]) => ["-g", "--forward-to=all"].map((option) => [option, name, as] as const)))(
    "P25: a process that got it by %s does not get another when the program has ended (%s)",
    async (option, _, as) => {
      await using init = await startFamily(["--linger=1h", option], ["--slow=300", "--main-at-once", ...everyone], {
        as,
      });
      init.signal("SIGTERM");
      const { ending, stdout, leftover } = await init.finish();
      expect({ ending, leftover }).toEqual({ ending: { code: 0 }, leftover: 0 });
      for (const name of everyone) expect(stdout.match(new RegExp(`^${name} got 15$`, "gm"))).toHaveLength(1);
    },
  );
});

describe("--wait", () => {
  test.each(both)(
    "P29: the container lives until the last process has gone, and exits with the program's code (%s)",
    async (_, as) => {
      const script = "exec 3<&0; (read line <&3; exit 9) & exit 4";
      for (const [wait, code] of [
        ["all", 4],
        ["last", 9],
      ] as const) {
        await using init = await startTold([`--wait=${wait}`], ["/bin/sh", "-c", script], { as });
        await init.says(/Main child exited normally/);
        await init.settles();
        expect(init.ending).toBeUndefined();
        init.write("\n");
        expect(await init.finish()).toMatchObject({ ending: { code }, leftover: 0 });
      }
    },
  );

  test.each(both)("P29: a stop signal goes to all of them, also when the program is gone (%s)", async (_, as) => {
    await using init = await startFamily(["--wait=all", "--grace=1h"], ["--slow=20", ...everyone], { as });
    init.write("quit 6\n");
    await init.says(/Main child exited normally/);
    await init.settles();
    init.signal("SIGTERM");
    const { ending, stdout, leftover } = await init.finish();
    expect({ ending, leftover }).toEqual({ ending: { code: 6 }, leftover: 0 });
    for (const name of everyone) expect(stdout).toContain(`${name} is done\n`);
  });
});

describe("--timeout", () => {
  test.each(both)("P29: ends what takes longer with the stop sequence, and exits with 124 (%s)", async (_, as) => {
    await using init = await startFamily(["--timeout=300ms", "--grace=1h", "-e124:0"], ["--code=4"], { as });
    const { ending, stdout, leftover } = await init.finish();
    expect({ ending, leftover }).toEqual({ ending: { code: 124 }, leftover: 0 });
    expect(stdout).toContain("main got 15\n");
    expect(story(stdout)).toContain("WARN: --timeout is over: the run is stopped, and the exit code is 124");
  });

  test.each(both)("P29: what ends before has its own code (%s)", async (_, as) => {
    await using init = await startTold(["--timeout=1h"], ["/bin/sh", "-c", "exit 6"], { as });
    expect((await init.finish()).ending).toEqual({ code: 6 });
  });
});
