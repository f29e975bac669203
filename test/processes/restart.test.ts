/** Starting the program again. */
import { chmodSync, copyFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { expectAbsent } from "../absence.ts";
import { both, hostPidOfProgram, startFamily, startTold, story, killedInTheEnd } from "./family.ts";
import { plainEnvironment } from "./namespace.ts";
import {
  binary,
  countsOf,
  parseEnvironment,
  parseReport,
  program,
  runs,
  start,
  temporaryDirectory,
} from "./subject.ts";
import { Terminal } from "./terminal.ts";

const report = program("report");
const soon = "--restart-delay=1ms";
const sh = (script: string): string[] => ["/bin/sh", "-c", script];
const lives = (text: string): number => (text.match(/^life$/gm) ?? []).length;

describe("--restart", () => {
  test.each([
    ["on-failure:2", 3, 3],
    ["on-failure:1", 7, 2],
    ["on-failure:2", 0, 1],
    ["always:3", 0, 4],
    ["always:1", 9, 2],
    ["no", 9, 1],
  ])("P28: %s, with a program that ends with %i: it runs %i times", async (policy, code, times) => {
    for (const [, as] of both) {
      const { ending, stdout, stderr } = await runs(
        [`--restart=${policy}`, soon, "--", ...sh(`echo life; exit ${code}`)],
        {
          as,
        },
      );
      expect({ as, ending, lives: lives(stdout), stderr }).toEqual({ as, ending: { code }, lives: times, stderr: "" });
    }
  });

  test("P28: on-failure without a number tries until it works", async () => {
    const file = join(temporaryDirectory(), "count");
    writeFileSync(file, "");
    const script = `echo life; echo >>${file}; [ $(wc -l <${file}) -ge 20 ] || exit 1`;
    const { ending, stdout } = await runs(["--restart=on-failure", "--restart-delay=0", "--", ...sh(script)]);
    expect({ ending, lives: lives(stdout) }).toEqual({ ending: { code: 0 }, lives: 20 });
  });

  test("P28: death by a signal is a failure", async () => {
    const { ending, stdout } = await runs(["--restart=on-failure:1", soon, "--", ...sh("echo life; kill -KILL $$")]);
    expect({ ending, lives: lives(stdout) }).toEqual({ ending: { code: 137 }, lives: 2 });
  });

  test("P28, P30: a code that -e maps to 0 is no failure", async () => {
    const { ending, stdout } = await runs(["--restart=on-failure:3", "-e", "3", "--", ...sh("echo life; exit 3")]);
    expect({ ending, lives: lives(stdout) }).toEqual({ ending: { code: 0 }, lives: 1 });
  });

  test("P28: the delay doubles, as the log shows", async () => {
    const options = ["--restart=on-failure:4", "--restart-delay=5ms"];
    await using init = await startTold(options, sh("exit 1"));
    expect((await init.finish()).ending).toEqual({ code: 1 });
    const waited = [...init.stdout.text.matchAll(/Starting again in (\d+) ms/g)].map((match) => Number(match[1]));
    expect(waited).toEqual([5, 10, 20, 40]);
  });

  test("P28: it is the delay that is waited, not less", async () => {
    const before = performance.now();
    await runs(["--restart=on-failure:2", "--restart-delay=100ms", "--", "/bin/false"]);
    expect(performance.now() - before).toBeGreaterThanOrEqual(299);
  });

  test.each(both)("P28: a stop signal while it waits ends it, with the program's last code (%s)", async (_, as) => {
    await using init = await startTold(["--restart=always", "--restart-delay=1h", "--grace=1h"], sh("exit 3"), { as });
    await init.says(/Starting again in 3600000 ms/);
    init.signal("SIGTERM");
    expect((await init.finish()).ending).toEqual({ code: 3 });
    expect(init.stdout.text.match(/Spawned/g)).toHaveLength(1);
  });

  test.each(both)("P28: other signals while it waits change nothing, and no warning is written (%s)", async (_, as) => {
    await using init = await startTold(["--restart=always", "--restart-delay=1h"], sh("exit 3"), { as });
    await init.says(/Starting again in/);
    for (const signal of ["SIGHUP", "SIGUSR1", "SIGCONT", "SIGWINCH", "SIGRTMIN+3"]) init.signal(signal);
    await init.settles();
    init.signal("SIGINT");
    expect((await init.finish()).ending).toEqual({ code: 3 });
    expectAbsent("WARN", init.stdout.text, await killedInTheEnd());
  });

  test.each(both)("P28: a program that a stop signal ended is not started again (%s)", async (_, as) => {
    await using init = await startTold(["--restart=always", soon], [program("count-signals"), "--quit-on=15"], { as });
    await init.says(/^ready$/m);
    init.signal("SIGTERM");
    expect((await init.finish()).ending).toEqual({ code: 0 });
    expect(init.stdout.text.match(/Spawned/g)).toHaveLength(1);
  });

  test("P24, P28: nor one that ends in the delay of a stop signal", async () => {
    await using init = await startFamily(["--restart=always", soon, "--delay=1h"], []);
    init.signal("SIGTERM");
    await init.says(/held back/);
    init.write("quit 4\n");
    expect((await init.finish()).ending).toEqual({ code: 4 });
    expect(init.stdout.text.match(/Spawned/g)).toHaveLength(1);
  });

  test("P28: a signal that is no stop signal kills one life, not the next", async () => {
    await using init = await startTold(["--restart=on-failure", soon], [program("count-signals"), "--quit-on=12"]);
    for (let life = 1; life <= 3; life++) {
      await init.repeats(/^ready$/, life);
      process.kill(hostPidOfProgram(init), "SIGKILL");
    }
    await init.repeats(/^ready$/, 4);
    init.signal("SIGUSR2");
    expect((await init.finish()).ending).toEqual({ code: 0 });
  });

  test.each(both)("P28, P31: a program that is gone from the disk meanwhile is 127 (%s)", async (_, as) => {
    const file = join(temporaryDirectory(), "program");
    copyFileSync("/bin/sleep", file);
    chmodSync(file, 0o755);
    await using init = await startTold(["--restart=always", soon], [file, "1000"], { as });
    await init.isUp();
    rmSync(file);
    process.kill(hostPidOfProgram(init), "SIGKILL");
    expect((await init.finish()).ending).toEqual({ code: 127 });
    expect(story(init.stdout.text).at(-1)).toBe(`FATAL: exec ${file}: no such file`);
  });

  test.each(both)("P16, P28: each life finds what the first one found (%s)", async (_, as) => {
    const directory = temporaryDirectory();
    const { stdout } = await runs(["--restart=always:1", soon, "--", report], {
      as,
      inherit: [
        `chdir=${directory}`,
        "extra-descriptors=3",
        "block=1,10",
        "ignore=2,17",
        "umask=027",
        "limit=SIGPENDING:100",
      ],
    });
    const [first = "", second = ""] = stdout.split(/(?=^pid=)/m);
    const [before, after] = [parseReport(first), parseReport(second)];
    for (const values of [before, after]) {
      // Born anew: its own pid, which is its group's too.
      expect(values["group"]).toBe(values["pid"]);
      Object.assign(values, { pid: "", group: "", "pidfd-id": "" });
    }
    expect(before["directory"]).toBe(directory);
    expect(after).toEqual(before);
  });

  test("P16, P28: a program that is named relative to the working directory is found again", async () => {
    const directory = temporaryDirectory();
    copyFileSync("/bin/false", join(directory, "server"));
    chmodSync(join(directory, "server"), 0o755);
    const { ending } = await runs(["--restart=always:2", soon, "--", "./server"], { inherit: [`chdir=${directory}`] });
    expect(ending).toEqual({ code: 1 });
  });

  test.each(both)("P17, P28: LISTEN_PID names the second life in the second life (%s)", async (_, as) => {
    const { stdout } = await runs(["--restart=always:1", soon, "--", report], { as, inherit: ["listen-self"] });
    const each = stdout.split(/(?=^pid=)/m);
    expect(each).toHaveLength(2);
    for (const text of each) {
      const values = parseReport(text);
      expect(parseEnvironment(text)).toEqual({
        ...plainEnvironment,
        LISTEN_PID: values["pid"],
        LISTEN_PIDFDID: values["pidfd-id"],
        WATCHDOG_PID: values["pid"],
        SYSTEMD_EXEC_PID: values["pid"],
      });
    }
  });

  test("P27, P28: the second life is tied to us as the first was", async () => {
    const { stdout } = await runs(["--restart=always:1", soon, "--", report], { as: "process" });
    expect(stdout.match(/^death-signal=9$/gm)).toHaveLength(2);
  });

  /** A script that prints how many such sleeps it finds, and leaves one more: it ends once that is a sleep, no longer a shell. */
  const leaves = (nap: string) => {
    const count = `$(/usr/bin/pgrep -c -f '^${nap}$')`;
    return `found=${count}; echo left $found; ${nap} & until [ ${count} -gt $found ]; do :; done; exit 1`;
  };

  test.each(
    both.flatMap(([name, as]) => [["--linger=1h"], ["--linger=0"], []].map((linger) => [name, linger, as] as const)),
  )("P28: each life finds nothing of the one before (%s, %j)", async (_, linger, as) => {
    // A time that no other test's sleep has: as an ordinary process we see theirs.
    const nap = `/bin/sleep ${String(100_000 + process.pid)}`;
    const script = leaves(nap);
    const { ending, stdout } = await runs(["--restart=always:2", soon, ...linger, "--", ...sh(script)], { as });
    expect({ ending, left: stdout.match(/left \d+/g) }).toEqual({
      ending: { code: 1 },
      left: ["left 0", "left 0", "left 0"],
    });
  });

  test.each(both)(
    "P29: with --restart-leaves=others they run on beside it, and end with the last one (%s)",
    async (_, as) => {
      const nap = `/bin/sleep ${String(200_000 + process.pid)}`;
      const script = leaves(nap);
      const options = ["--restart=always:2", soon, "--restart-leaves=others", "--linger=1h"];
      await using init = await startTold(options, sh(script), { as });
      const { ending, stdout, leftover } = await init.finish();
      expect({ ending, leftover, left: stdout.match(/left \d+/g) }).toEqual({
        ending: { code: 1 },
        leftover: 0,
        left: ["left 0", "left 1", "left 2"],
      });
    },
  );

  test.each(both)("P29: a code of --restart-except ends it for good (%s)", async (_, as) => {
    const file = join(temporaryDirectory(), "count");
    writeFileSync(file, "");
    const script = `echo life; echo >>${file}; exit $(wc -l <${file})`;
    const { ending, stdout } = await runs(["--restart=always", soon, "--restart-except=64,3", "--", ...sh(script)], {
      as,
    });
    expect({ ending, lives: lives(stdout) }).toEqual({ ending: { code: 3 }, lives: 3 });
  });

  test.each(both)(
    "P25, P28: processes in a session of their own get SIGTERM and time between two lives (%s)",
    async (_, as) => {
      await using init = await startFamily(
        ["--restart=always", soon, "--linger=1h"],
        ["--slow=20", "session", "child"],
        {
          as,
        },
      );
      init.write("quit 3\n");
      await init.repeats(/^main is ready$/, 2);
      const told = story(init.stdout.text);
      for (const name of ["session", "child"]) {
        expect(told.indexOf(`${name} got 15`)).toBeGreaterThan(0);
        expect(told.indexOf(`${name} is done`)).toBeLessThan(told.lastIndexOf("main is ready"));
      }
    },
  );

  test("P25, P28: a stop signal meanwhile leaves them the rest of their time, and nothing starts again", async () => {
    const options = ["--restart=always", soon, "--linger=1h"];
    await using init = await startFamily(options, ["--slow=300", "session", "child"], { as: "process" });
    init.write("quit 3\n");
    await init.says(/^session got 15$/m);
    init.signal("SIGTERM");
    const { ending, stdout, leftover } = await init.finish();
    expect({ ending, leftover }).toEqual({ ending: { code: 3 }, leftover: 0 });
    expect(stdout).toContain("session is done\n");
    expect(stdout.match(/session got 15/g)).toHaveLength(1);
    expect(stdout.match(/Spawned/g)).toHaveLength(1);
  });

  test.each(both)(
    "P25, P28: a stop signal while it waits and no process is left ends it at once (%s)",
    async (_, as) => {
      await using init = await startTold(["--restart=always", "--restart-delay=1h", "--linger=1h"], sh("exit 3"), {
        as,
      });
      await init.says(/Starting again in/);
      init.signal("SIGTERM");
      expect((await init.finish()).ending).toEqual({ code: 3 });
      expectAbsent("WARN", init.stdout.text, await killedInTheEnd());
    },
  );

  test("P32: the end of every run is logged", async () => {
    await using init = await startTold(["--restart=always:1", soon], sh("exit 5"));
    await init.finish();
    expect(story(init.stdout.text).filter((line) => line.includes("Main child"))).toEqual([
      "INFO: Main child exited normally (with status '5')",
      "INFO: Main child exited normally (with status '5')",
    ]);
  });
});

describe("--restart on request", () => {
  const onRequest = ["--restart=always", soon, "-r", "HUP:TERM"];

  test.each(both)(
    "P23, P28: HUP ends a life by TERM and another begins, which gets its own signals (%s)",
    async (_, as) => {
      await using init = await startTold(onRequest, [program("count-signals"), "--quit-on=15"], { as });
      await init.repeats(/^ready$/, 1);
      for (let life = 1; life <= 3; life++) {
        init.signal("SIGUSR1");
        for (let value = 1; value <= life; value++) await init.queue("SIGRTMIN+3", value);
        await init.settles();
        // What the lives before got is not among it.
        expect(await countsOf(init)).toEqual({ 10: 1, 37: life });
        if (life < 3) init.signal("SIGHUP");
        await init.repeats(/^ready$/, Math.min(life + 1, 3));
      }
      init.signal("SIGTERM");
      const { ending, stdout, leftover } = await init.finish();
      expect({ ending, leftover }).toEqual({ ending: { code: 0 }, leftover: 0 });
      expect(stdout.match(/Spawned/g)).toHaveLength(3);
      // A restart is no stop.
      expect(stdout.match(/Stopping by/g)).toHaveLength(1);
    },
  );

  test.each(both)(
    "P30, P28: a life that TERM kills is started again too, and the last one's end is the code (%s)",
    async (_, as) => {
      const sleeper = sh("echo life; exec /bin/sleep 1000");
      await using init = await startTold(onRequest, sleeper, { as });
      for (let life = 1; life <= 3; life++) {
        await init.repeats(/^life$/, life);
        init.signal("SIGHUP");
      }
      await init.repeats(/^life$/, 4);
      init.signal("SIGTERM");
      const { ending, stdout } = await init.finish();
      expect(ending).toEqual({ code: 143 });
      expect(story(stdout).filter((line) => line.includes("with signal"))).toEqual(
        Array(4).fill("INFO: Main child exited with signal (with signal 'SIGTERM')"),
      );
    },
  );

  test.each(both)(
    "P24, P28: HUP sets no grace period, and TERM does: the deaf life ends with everything (%s)",
    async (_, as) => {
      await using init = await startFamily([...onRequest, "--grace=50ms"], ["--deaf", "session"], { as });
      init.signal("SIGHUP");
      await init.says(/^main got 15$/m);
      await init.settles();
      // It waits without an end, the third argument of rt_sigtimedwait(2): HUP is no stop signal, which would set one.
      expect(init.file("syscall").split(" ")[3]).toBe("0x0");
      init.signal("SIGTERM");
      const { ending, stdout, leftover } = await init.finish();
      expect({ ending, leftover }).toEqual({ ending: { code: 137 }, leftover: 0 });
      expect(stdout.match(/^main got 15$/gm)).toHaveLength(2);
      expect(stdout.match(/Spawned/g)).toHaveLength(1);
      expect(story(stdout)).toContain("WARN: Time is up: everything is killed");
    },
  );

  test.each(both)("P28: HUP between two runs goes to no process, and TERM ends it there (%s)", async (_, as) => {
    const options = ["--restart=always", "--restart-delay=1h", "-r", "HUP:TERM"];
    await using init = await startTold(options, [program("count-signals"), "--quit-on=15"], { as });
    await init.says(/^ready$/m);
    init.signal("SIGHUP");
    await init.says(/Starting again in/);
    for (let count = 0; count < 3; count++) init.signal("SIGHUP");
    await init.settles();
    init.signal("SIGTERM");
    const { ending, stdout } = await init.finish();
    expect(ending).toEqual({ code: 0 });
    expect(stdout.match(/Spawned/g)).toHaveLength(1);
    expectAbsent("WARN", stdout, await killedInTheEnd());
  });

  test.each(both)("P24, P28: TERM while HUP ends a life ends everything (%s)", async (_, as) => {
    await using init = await startFamily([...onRequest, "--grace=1h"], ["--slow=200", "--code=5"], { as });
    init.signal("SIGHUP");
    await init.says(/^main got 15$/m);
    init.signal("SIGTERM");
    const { ending, stdout } = await init.finish();
    expect(ending).toEqual({ code: 5 });
    expect(stdout.match(/Spawned/g)).toHaveLength(1);
  });
});

describe("--restart on a terminal", () => {
  test.each(["--isolate=group", "--isolate=session", "--isolate=none"])(
    "P22, P28: the second life has the terminal as the first had it (%s)",
    async (isolation) => {
      for (const [, as] of both) {
        await using init = await start(
          ["--restart=always:1", soon, isolation, "--", ...sh("echo life; read line; echo got $line")],
          {
            as,
            terminal: true,
            inherit: ["own-terminal"],
          },
        );
        await init.repeats(/^life$/, 1);
        init.write("one\r");
        await init.says(/^got one$/m);
        await init.repeats(/^life$/, 2);
        init.write("two\r");
        await init.says(/^got two$/m);
        expect({ as, ending: (await init.finish()).ending }).toEqual({ as, ending: { code: 0 } });
      }
    },
  );

  test.each(["bash", "sh"] as const)(
    "P22, P28: under a shell too, and at the end the prompt is back (%s)",
    async (shell) => {
      await using terminal = await Terminal.shell(shell, { INIT: binary });
      const mark = await terminal.enter(
        `$INIT --restart=always:1 ${soon} -- sh -c 'echo life; read line; echo got $line'`,
      );
      await terminal.see(/life\n/, mark);
      terminal.type("one\r");
      await terminal.see(/got one\n[^]*life\n/, mark);
      terminal.type("two\r");
      await terminal.see(/got two\n/, mark);
      await terminal.prompts(mark);
      const after = await terminal.enter("echo asks; read line; echo shell $line");
      await terminal.see(/asks\n/, after);
      terminal.type("three\r");
      await terminal.see(/shell three\n/, after);
    },
  );

  test("P22, P28: Ctrl-C in a later life ends --restart too", async () => {
    await using init = await start(["--restart=on-failure", soon, "--", program("family")], {
      terminal: true,
      inherit: ["own-terminal"],
    });
    await init.repeats(/main is ready$/, 1);
    init.write("quit 3\r");
    await init.repeats(/main is ready$/, 2);
    init.write("\x03");
    expect((await init.finish()).ending).toEqual({ code: 130 });
  });
});

describe("what it logs about the end", () => {
  test.each([
    ["exit 0", "exited normally (with status '0')"],
    ["exit 7", "exited normally (with status '7')"],
    ["kill -TERM $$", "exited with signal (with signal 'SIGTERM')"],
    ["kill -KILL $$", "exited with signal (with signal 'SIGKILL')"],
    ["kill -37 $$", "exited with signal (with signal 'SIGRTMIN+3')"],
  ])("P32: one line says how the program ended (%s)", async (script, words) => {
    await using init = await startTold([], sh(script));
    await init.finish();
    expect(story(init.stdout.text).filter((line) => line.includes("exited"))).toEqual([`INFO: Main child ${words}`]);
  });
});
