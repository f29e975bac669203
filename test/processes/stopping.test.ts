/** The stop sequence: which signals start it, the delay, the grace period, SIGKILL to everything, and the end. */
import { chmodSync, copyFileSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { expectAbsent } from "../absence.ts";
import { patience } from "../patience.ts";
import { both, hostPidOfProgram, startFamily, startTold, story, killedInTheEnd, countsEach } from "./family.ts";
import { isAlive, launch } from "./namespace.ts";
import { binary, program, start, temporaryDirectory } from "./subject.ts";
import { Terminal } from "./terminal.ts";
import { callsWhileIdle, traced } from "./tracing.ts";
import { until } from "./waiting.ts";

const counter = program("count-signals");
/** Debian's runtime: it has no compiler, so what it runs is a class. */
const java = "/usr/bin/java";
/**
 * What `javac --release 8 -g:none` makes of
 * `class Waits { public static void main(String[] words) throws Exception { System.out.println("ready"); System.in.read(); System.exit(7); } }`.
 */
const waits = Buffer.from(
  [
    "yv66vgAAADQAKwoAAgADBwAEDAAFAAYBABBqYXZhL2xhbmcvT2JqZWN0AQAGPGluaXQ+AQADKClWCQAIAAkHAAoMAAsADAEAEGph",
    "dmEvbGFuZy9TeXN0ZW0BAANvdXQBABVMamF2YS9pby9QcmludFN0cmVhbTsIAA4BAAVyZWFkeQoAEAARBwASDAATABQBABNqYXZh",
    "L2lvL1ByaW50U3RyZWFtAQAHcHJpbnRsbgEAFShMamF2YS9sYW5nL1N0cmluZzspVgkACAAWDAAXABgBAAJpbgEAFUxqYXZhL2lv",
    "L0lucHV0U3RyZWFtOwoAGgAbBwAcDAAdAB4BABNqYXZhL2lvL0lucHV0U3RyZWFtAQAEcmVhZAEAAygpSQoACAAgDAAhACIBAARl",
    "eGl0AQAEKEkpVgcAJAEABVdhaXRzAQAEQ29kZQEABG1haW4BABYoW0xqYXZhL2xhbmcvU3RyaW5nOylWAQAKRXhjZXB0aW9ucwcA",
    "KgEAE2phdmEvbGFuZy9FeGNlcHRpb24AIAAjAAIAAAAAAAIAAAAFAAYAAQAlAAAAEQABAAEAAAAFKrcAAbEAAAAAAAkAJgAnAAIA",
    "JQAAACEAAgABAAAAFbIABxINtgAPsgAVtgAZVxAHuAAfsQAAAAAAKAAAAAQAAQApAAA=",
  ].join(""),
  "base64",
);
const everyone = ["child", "group", "session"];

describe("the grace period", () => {
  test.each(both)(
    "P24: when it is over everything is killed, also what has a process group or a session of its own (%s)",
    async (_, as) => {
      await using init = await startFamily([`--grace=${patience(50)}ms`], ["--deaf", ...everyone], { as });
      init.signal("SIGTERM");
      const { ending, stdout, leftover } = await init.finish();
      expect({ ending, leftover }).toEqual({ ending: { code: 137 }, leftover: 0 });
      const told = story(stdout).slice(story(stdout).indexOf("main is ready") + 1);
      expect(told).toHaveLength(4);
      // The program gets the signal at once; the scheduler decides which of the two is first.
      expect(told.slice(0, 2).toSorted()).toEqual(["INFO: Stopping by SIGTERM", "main got 15"]);
      expect(told.slice(2)).toEqual([
        "WARN: Time is up: everything is killed",
        "INFO: Main child exited with signal (with signal 'SIGKILL')",
      ]);
    },
  );

  test("P24: as PID 1 it waits for all of them, and reaps each", async () => {
    await using init = await startFamily(["-v", "--grace=10ms"], ["--deaf", ...everyone]);
    init.signal("SIGTERM");
    const { ending, stdout } = await init.finish();
    expect(ending).toEqual({ code: 137 });
    const reaped = story(stdout).filter((line) => line.startsWith("DEBUG: Reaped child with pid"));
    expect(reaped).toHaveLength(everyone.length);
  });

  test.each(both)(
    "P24: without --grace a program that ignores the signal lives on, as under tini (%s)",
    async (_, as) => {
      await using init = await startFamily([], ["--deaf"], { as });
      for (let times = 1; times <= 3; times++) {
        init.signal("SIGTERM");
        await init.repeats(/^main got 15$/, times);
      }
      await init.settles();
      expect(init.ending).toBeUndefined();
      expectAbsent("Time is up", init.stdout.text, await killedInTheEnd());
    },
  );

  test.each(both)("P24: nothing waits when the program ends before the time is up (%s)", async (_, as) => {
    await using init = await startFamily(["--grace=1h", "--linger=1h"], ["--code=7", ...everyone], { as });
    init.signal("SIGTERM");
    const { ending, stdout, leftover } = await init.finish();
    expect({ ending, leftover }).toEqual({ ending: { code: 7 }, leftover: 0 });
    expectAbsent("Time is up", stdout, await killedInTheEnd());
    for (const name of ["main", ...everyone]) expect(stdout).toContain(`${name} is done\n`);
  });

  test("P24: without --linger the others are left alone where the init is not PID 1", async () => {
    await using init = await startFamily(["--grace=1h"], everyone, { as: "process" });
    init.signal("SIGTERM");
    expect(await init.finish()).toMatchObject({ ending: { code: 0 }, leftover: everyone.length });
  });

  test("P24: a grace period of 0 kills at once, after the signal was sent", async () => {
    await using init = await startFamily(["--grace=0"], ["--deaf"]);
    init.signal("SIGTERM");
    expect((await init.finish()).ending).toEqual({ code: 137 });
    const told = story(init.stdout.text).filter((line) => /^(INFO|WARN)/.test(line));
    expect(told.slice(-3)).toEqual([
      "INFO: Stopping by SIGTERM",
      "WARN: Time is up: everything is killed",
      "INFO: Main child exited with signal (with signal 'SIGKILL')",
    ]);
  });

  test("P24: a second stop signal is forwarded, and does not begin the period anew", async () => {
    await using init = await startTold([`--grace=${patience(300)}ms`], [counter, "--each"]);
    await init.says(/^ready$/m);
    init.signal("SIGTERM");
    await init.says(/^signal 15 /m);
    const began = performance.now();
    // As long as it lives it is asked again: if each request began the period anew it would never end.
    const asking = until("it has ended", () => {
      try {
        init.signal("SIGINT");
      } catch {
        // It has ended, and is reaped.
      }
      return init.ending;
    });
    expect(await asking).toEqual({ code: 137 });
    await init.finish();
    expect(performance.now() - began).toBeGreaterThan(200);
    expect(init.stdout.text).toMatch(/^signal 2 /m);
    expect(story(init.stdout.text).filter((line) => line.includes("Stopping by"))).toEqual([
      "INFO: Stopping by SIGTERM",
    ]);
  });

  test.each(both)("P30: -e maps the code of a program that was killed, too (%s)", async (_, as) => {
    await using init = await startFamily(["--grace=10ms", "-e", "137:3"], ["--deaf"], { as });
    init.signal("SIGTERM");
    expect((await init.finish()).ending).toEqual({ code: 3 });
  });

  test("P24: the program's exit code stays when it ends in the moment before the others are killed", async () => {
    await using init = await startFamily(["--grace=1h", "--linger=10ms"], ["--deaf", ...everyone]);
    init.write("quit 9\n");
    expect((await init.finish()).ending).toEqual({ code: 9 });
  });

  test("P24: not PID 1 and without /proc, the program and its group are killed all the same", async () => {
    const root = temporaryDirectory();
    copyFileSync(binary, join(root, "init"));
    copyFileSync(program("family"), join(root, "family"));
    chmodSync(root, 0o555);
    await using init = await launch({
      binary: "/init",
      arguments: ["--grace=10ms", "--", "/family", "--deaf", "child"],
      as: "process",
      inherit: [`chroot=${root}`],
    });
    await init.says(/^main is ready$/m);
    init.signal("SIGTERM");
    const { ending, stderr, leftover } = await init.finish();
    expect({ ending, leftover }).toEqual({ ending: { code: 137 }, leftover: 0 });
    expect(story(stderr)).toEqual([
      "WARN: Time is up: everything is killed",
      "WARN: without /proc only the program gets signals",
    ]);
  });

  test("P24: as PID 1 without /proc everything is killed", async () => {
    await using init = await startFamily(["--grace=10ms"], ["--deaf", ...everyone], { inherit: ["no-proc"] });
    init.signal("SIGTERM");
    expect((await init.finish()).ending).toEqual({ code: 137 });
    expect(story(init.stdout.text).filter((line) => line.startsWith("WARN"))).toEqual([
      "WARN: Time is up: everything is killed",
    ]);
  });

  test.each([
    ["pid1", /cannot kill processes of another user without CAP_KILL .*: the kernel does, as we end/],
    ["process", /processes of another user are left: killing them takes CAP_KILL/],
  ] as const)(
    "P24: what may not be killed is given up at once, with a warning that says why, and a code that tells (%s)",
    async (as, warning) => {
      // An init without CAP_KILL, whose program has become another user.
      await using init = await start(["--grace=1ms", "--", counter, "--user=12345"], {
        as,
        inherit: ["drop-capability=5"],
      });
      await init.says(/^ready$/m);
      const trace = await traced(init, async () => {
        init.signal("SIGTERM");
        const { ending, stderr } = await init.finish();
        expect(ending).toEqual({ code: 137 });
        expect(stderr).toMatch(warning);
        // Not a line for each of hundreds of attempts.
        expect(stderr.split("\n").length).toBeLessThan(10);
      });
      // Nor hundreds of attempts.
      expect(trace.match(/SIGKILL\) /g)?.length).toBeLessThan(10);
    },
  );
});

describe("a fork bomb", () => {
  const limits = ["limit=NPROC:150", "user=34567"];
  test.each(both.flatMap(([name, as]) => [["grow", name, as] as const, ["run", name, as] as const]))(
    "P24: nothing is left of processes that multiply while they are killed (%s, %s)",
    async (kind, _, as) => {
      await using init = await startTold(["--grace=20ms"], [program("bomb"), kind, "10"], { as, inherit: limits });
      await init.says(/^burning$/m);
      init.signal("SIGTERM");
      expect(await init.finish()).toMatchObject({ ending: { code: 137 }, leftover: 0 });
    },
  );
});

describe("the delay", () => {
  test.each(both)("P24: it holds the signal back, and forwards all others meanwhile (%s)", async (_, as) => {
    await using init = await startTold(["--delay=1h"], [counter, "--each"], { as });
    await init.says(/^ready$/m);
    init.signal("SIGTERM");
    await init.says(/Stopping by SIGTERM, which is held back/);
    init.signal("SIGUSR1");
    await init.says(/^signal 10 /m);
    await init.queue("SIGRTMIN+2", 7);
    await init.says(/^signal 36 .* value 7$/m);
    await init.settles();
    expectAbsent(/^signal 15 /m, init.stdout.text, await countsEach("SIGTERM"));
  });

  test.each(both)("P24: a second stop signal cuts it short, and both arrive (%s)", async (_, as) => {
    await using init = await startTold(["--delay=1h"], [counter, "--each"], { as });
    await init.says(/^ready$/m);
    init.signal("SIGTERM");
    await init.says(/held back/);
    init.signal("SIGINT");
    await init.says(/^signal 15 /m);
    await init.says(/^signal 2 /m);
    expect(story(init.stdout.text).filter((line) => line.includes("Stopping by"))).toEqual([
      "INFO: Stopping by SIGTERM, which is held back for a moment",
      "INFO: Stopping by SIGINT",
    ]);
  });

  test("P24: a second SIGTERM cuts it short, and the program ends", async () => {
    await using init = await startTold(["--delay=1h"], ["/bin/sleep", "1000"]);
    await init.isUp();
    init.signal("SIGTERM");
    await init.says(/held back/);
    init.signal("SIGTERM");
    expect((await init.finish()).ending).toEqual({ code: 143 });
  });

  test("P24: the signal comes when the delay is over, and not before", async () => {
    await using init = await startTold(["--delay=250ms"], [counter, "--each"]);
    await init.says(/^ready$/m);
    const before = performance.now();
    init.signal("SIGTERM");
    await init.says(/^signal 15 /m);
    expect(performance.now() - before).toBeGreaterThanOrEqual(249);
    expect(story(init.stdout.text).filter((line) => line.startsWith("INFO: Stopping"))).toEqual([
      "INFO: Stopping by SIGTERM, which is held back for a moment",
      "INFO: Stopping by SIGTERM",
    ]);
  });

  test("P24: the grace period begins after the delay", async () => {
    await using init = await startTold(["--delay=150ms", `--grace=${patience(150)}ms`], [counter, "--each"]);
    await init.says(/^ready$/m);
    const before = performance.now();
    init.signal("SIGTERM");
    expect((await init.finish()).ending).toEqual({ code: 137 });
    expect(performance.now() - before).toBeGreaterThanOrEqual(299);
    expect(init.stdout.text).toMatch(/^signal 15 /m);
  });

  test.each(both)(
    "P24: a program that ends by itself in the delay is not waited for any longer (%s)",
    async (_, as) => {
      await using init = await startFamily(["--delay=1h", "--grace=1h"], [], { as });
      init.signal("SIGTERM");
      await init.says(/held back/);
      init.write("quit 5\n");
      expect((await init.finish()).ending).toEqual({ code: 5 });
      expectAbsent("main got 15", init.stdout.text, await killedInTheEnd());
    },
  );

  test("P20, P24: what comes in during the delay does not change the signal that was held back", async () => {
    await using init = await startTold([`--delay=${patience(300)}ms`], [counter, "--each"]);
    await init.says(/^ready$/m);
    init.signal("SIGTERM");
    await init.says(/held back/);
    await init.queue("SIGUSR1", 4242);
    await init.says(/^signal 10 .* value 4242$/m);
    const [line] = await init.says(/^signal 15 .*$/m);
    expect(line).toMatch(/^signal 15 code 0 sender \d+ user 0 value 0$/);
  });
});

describe("the stop signals", () => {
  test.each([
    ["SIGTERM", []],
    ["SIGINT", []],
    ["SIGQUIT", ["--stop-signals=TERM,INT,QUIT"]],
    ["SIGHUP", ["--stop-signals=HUP,RTMIN+3"]],
    ["SIGRTMIN+3", ["--stop-signals=HUP,RTMIN+3"]],
    ["SIGRTMIN+3", ["--stop-signals=HUP", "--stop-signals=37"]],
  ])("P24: %s starts the sequence (%s)", async (signal, options) => {
    await using init = await startTold([...options, "--grace=10ms"], [counter]);
    await init.says(/^ready$/m);
    init.signal(signal);
    expect((await init.finish()).ending).toEqual({ code: 137 });
    const name = signal.replace("SIGRTMIN+3", "SIGRTMIN\\+3");
    expect(init.stdout.text).toMatch(new RegExp(`Stopping by ${name}\\n`));
  });

  test.each([
    ["SIGHUP", []],
    ["SIGQUIT", []],
    ["SIGUSR1", []],
    ["SIGRTMIN+3", []],
    ["SIGTERM", ["--stop-signals=HUP"]],
    ["SIGINT", ["--stop-signals=TERM"]],
  ])("P24: %s is no stop signal: it is forwarded, and that is all (%s)", async (signal, options) => {
    await using init = await startTold([...options, "--delay=1h", "--grace=0"], [counter, "--each"]);
    await init.says(/^ready$/m);
    init.signal(signal);
    await init.says(/^signal \d+ /m);
    await init.settles();
    expectAbsent("Stopping by", init.stdout.text, await killedInTheEnd());
  });

  test("P23, P24: they are matched as they come in; what is forwarded is rewritten", async () => {
    await using init = await startTold(["--rewrite=TERM:USR2,USR1:QUIT"], [counter, "--each"]);
    await init.says(/^ready$/m);
    init.signal("SIGUSR1");
    await init.says(/^signal 3 /m);
    await init.settles();
    expectAbsent("Stopping by", init.stdout.text, await killedInTheEnd());
    init.signal("SIGTERM");
    await init.says(/^signal 12 /m);
    expect(init.stdout.text).toContain("Stopping by SIGTERM\n");
    const control = await countsEach("SIGTERM", "SIGUSR1");
    for (const line of [/^signal 15 /m, /^signal 10 /m]) expectAbsent(line, init.stdout.text, control);
  });

  test("P23, P24: a stop signal that is dropped starts the grace period all the same", async () => {
    await using init = await startTold(["--rewrite=TERM:0", "--grace=20ms"], [counter, "--each"]);
    await init.says(/^ready$/m);
    init.signal("SIGTERM");
    expect((await init.finish()).ending).toEqual({ code: 137 });
    expectAbsent(/^signal /m, init.stdout.text, await countsEach("SIGTERM"));
  });

  test("P21, P24: with --forward-to=all every one of ours gets the stop signal", async () => {
    await using init = await startFamily(["--forward-to=all", `--grace=${patience(100)}ms`], ["--deaf", ...everyone]);
    init.signal("SIGTERM");
    expect((await init.finish()).ending).toEqual({ code: 137 });
    for (const name of ["main", ...everyone]) expect(init.stdout.text).toContain(`${name} got 15\n`);
  });
});

describe("a thread dump", () => {
  test.runIf(existsSync(java)).each([
    ["--grace", ["--grace=0"], 1],
    ["--restart", ["--restart=on-failure:1", "--restart-delay=1ms"], 2],
  ])("P24, P28: kill -QUIT has a JVM dump its threads, and ends nothing (%s)", async (_, options, lives) => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, "Waits.class"), waits);
    await using init = await start([...options, "--", java, "-Xint", "-cp", directory, "Waits"]);
    for (let life = 1; life <= lives; life++) {
      await init.repeats(/^ready$/, life);
      init.signal("SIGQUIT");
      await init.repeats(/^Full thread dump /, life);
      await init.settles();
      expect(init.ending).toBeUndefined();
      init.write("\n");
    }
    expect(await init.end()).toEqual({ code: 7 });
  });
});

describe("a stopped program", () => {
  test.each(both)("P24: it is continued, so that it sees the stop signal (%s)", async (_, as) => {
    await using init = await startFamily(["--grace=1h"], ["--code=4"], { as });
    process.kill(hostPidOfProgram(init), "SIGSTOP");
    await init.says(/was stopped by SIGSTOP/);
    init.signal("SIGTERM");
    expect((await init.finish()).ending).toEqual({ code: 4 });
    expect(init.stdout.text).toMatch(/^main got 15\nmain is done$/m);
  });

  test("P24: it stays stopped during the delay", async () => {
    await using init = await startFamily(["--delay=1h"], []);
    process.kill(hostPidOfProgram(init), "SIGSTOP");
    await init.says(/was stopped by SIGSTOP/);
    init.signal("SIGTERM");
    await init.says(/held back/);
    await init.settles();
    expect(init.mainChild()?.state).toBe("T");
    init.signal("SIGTERM");
    expect((await init.finish()).ending).toEqual({ code: 0 });
  });

  test.each(both)(
    "P24: a program that stops itself again and again is killed when the time is up (%s)",
    async (_, as) => {
      const script = "trap '' TERM; while :; do kill -STOP $$; done";
      await using init = await startTold(["--grace=30ms"], ["/bin/sh", "-c", script], { as });
      await init.says(/was stopped by SIGSTOP/);
      init.signal("SIGTERM");
      expect((await init.finish()).ending).toEqual({ code: 137 });
    },
  );
});

describe("on a terminal", () => {
  const onTerminal = (words: readonly string[], as: "pid1" | "process") =>
    start(words, { terminal: true, as, inherit: ["own-terminal"] });

  test.each(both)("P22, P24: Ctrl-C starts the sequence where the program shares our group (%s)", async (_, as) => {
    await using init = await onTerminal(
      ["-v", "--isolate=none", `--grace=${patience(100)}ms`, "--", counter, "--each"],
      as,
    );
    await init.says(/^ready$/m);
    init.write("\x03");
    expect((await init.finish()).ending).toEqual({ code: 137 });
    // The terminal has given it to the program already: it comes once.
    expect(init.stdout.text.match(/signal 2 code/g)).toHaveLength(1);
    expect(init.stdout.text).toContain("Stopping by SIGINT");
  });

  test("P22, P24: a Ctrl-C that the terminal gives to the program alone is left to the program (--isolate=session)", async () => {
    await using init = await onTerminal(["-v", "--isolate=session", "--grace=0", "--", counter, "--each"], "pid1");
    await init.says(/^ready$/m);
    init.write("\x03");
    await init.says(/signal 2 code/);
    await init.settles();
    expect(init.ending).toBeUndefined();
    init.signal("SIGTERM");
    expect((await init.finish()).ending).toEqual({ code: 137 });
  });

  test.each(["bash", "sh"] as const)(
    "P22, P24: a job that Ctrl-Z stopped is ended by TERM, within the grace period of a deaf program (%s)",
    async (shell) => {
      await using terminal = await Terminal.shell(shell, { INIT: binary, FAMILY: program("family") });
      await terminal.enter("$INIT -v --grace=30ms -- $FAMILY --deaf child");
      await terminal.see(/^main is ready$/m);
      const before = terminal.mark;
      terminal.type("\x1a");
      await terminal.prompts(before);
      // Not every shell continues a stopped job that it sends a signal to.
      const mark = await terminal.enter("kill %1; kill -CONT %1");
      await terminal.see(/Main child exited with signal \(with signal 'SIGKILL'\)/, mark);
      // The shell may leave it unreaped until somebody asks about the job.
      await terminal.sees("only the shell runs", (all) => all.filter((one) => one.state !== "Z").length === 1);
    },
  );

  test.each(["pid1", "process"] as const)(
    "P22, P24: TERM ends a program that Ctrl-Z stopped (session leader, %s)",
    async (as) => {
      await using init = await onTerminal(["-v", "--grace=1h", "--", program("family"), "--code=6"], as);
      await init.says(/^main is ready$/m);
      process.kill(hostPidOfProgram(init), "SIGTSTP");
      await init.says(/was stopped by SIGTSTP|goes on/);
      init.signal("SIGTERM");
      expect((await init.finish()).ending).toEqual({ code: 6 });
    },
  );
});

describe("the parent's death", () => {
  test.each([
    ["TERM", "SIGTERM", 15],
    ["HUP", "SIGHUP", 1],
  ])("P24, P26: -p %s starts the stop sequence with that signal", async (option, name, number) => {
    await using init = await startTold(["-p", option, `--grace=${patience(100)}ms`], [counter, "--each"], {
      as: "process",
      inherit: ["middle-parent"],
    });
    await init.says(/^ready$/m);
    const { pid } = init;
    init.order("kill-parent");
    await init.says(/Main child exited with signal \(with signal 'SIGKILL'\)/);
    await until("the init is gone", () => !isAlive(pid));
    const told = story(init.stdout.text);
    expect(told).toContain(`INFO: Stopping by ${name}`);
    expect(told.filter((line) => line.startsWith("signal "))).toEqual([
      expect.stringMatching(new RegExp(`^signal ${number} `)) as unknown,
    ]);
  });

  test("P24, P26: the delay holds for it too, and is cut short by a second signal", async () => {
    await using init = await startTold(["-p", "TERM", "--delay=1h"], [counter, "--each", "--quit-on=15"], {
      as: "process",
      inherit: ["middle-parent"],
    });
    await init.says(/^ready$/m);
    init.order("kill-parent");
    await init.says(/held back/);
    init.signal("SIGINT");
    await init.says(/^signal 15 /m);
    await init.says(/Main child exited normally/);
  });
});

describe("a stop signal", () => {
  test.each(
    both.flatMap(([name, as]) => [
      [name, "child", 16, as] as const,
      [name, "group", 16, as] as const,
      // One that goes to everything takes its time.
      [name, "all", 1, as] as const,
    ]),
  )("P24: overtakes others with a lower number that came before it (%s, --forward-to=%s)", async (_, to, most, as) => {
    // Of what is pending the kernel gives out the lowest number first.
    const options = ["-vv", `--forward-to=${to}`, "--stop-signals=RTMAX"];
    await using init = await startTold(options, [counter, "--quit-on=64"], { as });
    await init.says(/^ready$/m);
    init.signal("SIGSTOP");
    await init.becomes("T");
    await init.queue("SIGRTMIN", 1, 60);
    init.signal(64);
    init.signal("SIGCONT");
    const { ending, stdout } = await init.finish();
    expect(ending).toEqual({ code: 0 });
    // What the init says, because the program finds the lowest number first as well.
    const [before = ""] = stdout.split("Stopping by SIGRTMIN+30");
    const passed = [...before.matchAll(/Passing signal: 'SIGRTMIN'/g)].length;
    expect(before).toContain("Passing signal: 'SIGCONT'");
    expect(passed).toBeLessThanOrEqual(most);
  });
});

describe("a storm of SIGHUP with --forward-to=all, from daemons that answer each by another", () => {
  const startStorm = async (options: readonly string[], words: readonly string[], as: "pid1" | "process") => {
    const init = await startTold(["--forward-to=all", ...options], [program("answer"), ...words, "100"], { as });
    await init.says(/^ready$/m);
    init.signal("SIGHUP");
    await init.says(/^storm$/m);
    return init;
  };

  test.each(both)("P21, P24: holds no stop signal back (%s)", async (_, as) => {
    await using init = await startStorm([], [], as);
    init.signal("SIGTERM");
    expect((await init.finish()).ending).toEqual({ code: 7 });
  });

  test.each(both)("P24: holds no grace period up (%s)", async (_, as) => {
    await using init = await startStorm(["--grace=50ms"], ["--deaf"], as);
    init.signal("SIGTERM");
    const { ending, leftover, stdout } = await init.finish();
    expect({ ending, leftover }).toEqual({ ending: { code: 137 }, leftover: 0 });
    expect(stdout).toContain("main got 15\n");
  });

  test.each(both)("P11: delays no reaping either (%s)", async (_, as) => {
    await using init = await startStorm([], [], as);
    init.write("end\n");
    expect((await init.finish()).ending).toEqual({ code: 8 });
  });
});

describe("deadlines", () => {
  test.each([
    ["a low number", "USR1"],
    ["a high number", "RTMAX"],
  ])("P24: they are met while signals pour in (%s)", async (_, signal) => {
    const flood = `trap '' TERM; while :; do kill -${signal === "RTMAX" ? 64 : signal} 1; done`;
    const script = `trap '' TERM USR1 ${signal === "RTMAX" ? 64 : ""}; (${flood}) & (${flood}) & echo flooding; wait`;
    await using init = await startTold(["--delay=20ms", "--grace=100ms"], ["/bin/sh", "-c", script]);
    await init.says(/^flooding$/m);
    await until("it is busy", () => init.contextSwitches() > 50);
    init.signal("SIGTERM");
    expect((await init.finish()).ending).toEqual({ code: 137 });
    expect(init.stdout.text).toContain("Time is up");
  });

  test("P13: idle costs nothing with every step of a stop sequence configured", async () => {
    const options = ["--delay=1s", "--grace=1s", "--linger=1s", "--restart=always", "--restart-delay=1ms"];
    await using init = await startTold(options, [counter]);
    await init.says(/^ready$/m);
    await init.settles();
    const calls = await callsWhileIdle(init);
    expect(calls.length).toBeGreaterThan(0);
    expect(calls.length, calls.join("\n")).toBeLessThanOrEqual(2);
    for (const call of calls) expect(call).toMatch(/^rt_sigtimedwait\([^{]*$/);
  });

  test("P13: without a stop sequence the clock is never asked, and no wait has a time", async () => {
    const life = async (...options: readonly string[]): Promise<string> => {
      const words = [...options, "--", counter, "--each", "--quit-on=15"];
      await using init = await start(words, { inherit: ["hold-after=0"] });
      await init.reports.match(/^held /m);
      // The launcher traces it while it is held: strace takes over at the moment it is let go.
      init.order("go");
      await init.says(/^ready$/m);
      return await traced(init, async () => {
        init.signal("SIGUSR1");
        await init.says(/^signal 10 /m);
        init.signal("SIGTERM");
        await init.finish();
      });
    };
    const trace = await life();
    const control = await life("--grace=1h");
    expectAbsent("clock_gettime", trace, control);
    const waitsWithTime = /^rt_sigtimedwait\((?!.*, NULL, 8).*$/m;
    expect(trace).toMatch(/^rt_sigtimedwait\(/m);
    expectAbsent(waitsWithTime, trace, control);
  });
});
