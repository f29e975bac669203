/** Forwarding: which signals, to which processes, with which values; rewriting; the death of the parent. */
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { plainEnvironment, type Init, type Launch } from "./namespace.ts";
import { countsOf, forwardedSignals, parseReport, program, runs, start, temporaryDirectory } from "./subject.ts";
import { traced } from "./tracing.ts";
import { until } from "./waiting.ts";

const counter = program("count-signals");
const queue = program("queue-signal");

async function counting(
  options: readonly string[] = [],
  launch: Omit<Launch, "binary" | "arguments"> = {},
  words: readonly string[] = [],
): Promise<Init> {
  const init = await start([...options, "--", counter, ...words], launch);
  await init.says(/^ready$/m);
  return init;
}

/** What a signal looked like to the program: see `count-signals --each`. */
async function seen(
  init: Init,
  signal: number,
  from = 0,
): Promise<{ code: number; sender: number; user: number; value: number }> {
  const match = await init.says(
    new RegExp(`^signal ${signal} code (-?\\d+) sender (-?\\d+) user (\\d+) value (-?\\d+)\\n`, "m"),
    from,
  );
  return { code: Number(match[1]), sender: Number(match[2]), user: Number(match[3]), value: Number(match[4]) };
}

describe("forwarding", () => {
  test.each<[string, Launch["as"], string[]]>([
    ["as PID 1", "pid1", []],
    ["as a process", "process", []],
    ["to the group", "pid1", ["-g"]],
    ["to all", "pid1", ["--forward-to=all"]],
    ["without isolation", "pid1", ["--isolate=none"]],
    ["in a session", "pid1", ["--isolate=session", "-r", "TSTP:TSTP,TTIN:TTIN,TTOU:TTOU"]],
  ])(
    "P20: each of the 62 signals that can be sent arrives exactly once, but CHLD and the two of the libc (%s)",
    async (_, as, options) => {
      await using init = await counting(options, { as: as ?? "pid1" }, ["--until=64:1"]);
      // SIGKILL and SIGSTOP aside; SIGCONT alone afterwards, since the kernel lets it and the signals that stop erase each other.
      for (let signal = 1; signal <= 64; signal++) if (![9, 18, 19].includes(signal)) init.signal(signal);
      await init.says(/^reached$/m);
      await init.settles();
      init.signal("SIGCONT");
      await init.settles();
      const counts = await countsOf(init);
      expect(counts).toEqual(Object.fromEntries(forwardedSignals.map((signal) => [signal, 1])));
      expect(init.log).toEqual([]);
    },
  );

  test("P20: a hundred thousand real-time signals arrive, none lost, each in its order", async () => {
    // One number: the kernel searches its queue from the front, and with several numbers in it that alone takes a minute.
    await using init = await counting([], {}, ["--until=50:100000"]);
    await init.queue(50, 1, 100_000);
    await init.says(/^reached$/m);
    init.write("report\n");
    await init.says(/^counts 50=100000\norder ok\n/m);
  });

  test("P20: real-time signals of many numbers at a time all arrive, each number in its order", async () => {
    await using init = await counting([], {}, ["--until=64:500"]);
    await Promise.all([36, 37, 40, 50, 64].map((number) => init.queue(number, 1, 500)));
    await init.says(/^reached$/m);
    await init.settles();
    init.write("report\n");
    await init.says(/^counts 36=500 37=500 40=500 50=500 64=500\norder ok\n/m);
  });

  test("P20: real-time signals are held, not lost, while the program takes none and its queue is full", async () => {
    // The limit counts what is pending for the user, for the init and the program together.
    await using init = await start(["--", counter], { inherit: ["limit=SIGPENDING:64", "user=34567"] });
    await init.says(/^ready$/m);
    const child = init.mainChild();
    expect(child?.pid).toBe(2);
    // Stopped it takes nothing, and the signals pile up.
    const hostPid = Number(init.file(`task/${init.pid}/children`).trim());
    process.kill(hostPid, "SIGSTOP");
    await init.sees("the program stopped", (all) => all.some((one) => one.pid === 2 && one.state === "T"));
    const queueing = init.queue("SIGRTMIN+5", 1, 500);
    // A full queue keeps nothing else waiting: this one comes after, and is not real-time.
    await until(
      "signals pile up",
      () => Number(init.status("SigQ")?.split("/")[0]) >= 60,
      () => init.describe(),
    );
    init.signal("SIGUSR1");
    process.kill(hostPid, "SIGCONT");
    await queueing;
    await until("all are through", async () => (await countsOf(init))[39] === 500);
    expect((await countsOf(init))[10]).toBe(1);
    init.write("report\n");
    await init.says(/^order ok$/m);
  });

  test("P20: a value, its code and the original sender reach the program", async () => {
    await using init = await start([
      "--",
      "/bin/sh",
      "-c",
      `exec 3<&0; (read go <&3; exec ${queue} 1 15 4711) & exec ${counter} --each </dev/null`,
    ]);
    await init.says(/^ready$/m);
    const sender = (await init.sees("the sender", (all) => all.some((one) => one.pid > 2))).find((one) => one.pid > 2);
    init.write("go\n");
    expect(await seen(init, 15)).toEqual({ code: -1, sender: sender?.pid, user: 0, value: 4711 });
  });

  test("P20: real-time signals sent by kill() keep their count as well", async () => {
    await using init = await counting([], {}, ["--until=60:200"]);
    for (let count = 0; count < 200; count++) init.signal(60);
    await init.says(/^reached$/m);
    await init.settles();
    expect(await countsOf(init)).toEqual({ 60: 200 });
  });

  test("P20: a signal with a value that the sender gave another code keeps it", async () => {
    await using init = await counting([], {}, ["--each"]);
    // SI_MESGQ, as of a message queue.
    await init.queue("SIGUSR2", 12, 1, -3);
    expect(await seen(init, 12)).toMatchObject({ code: -3, value: 12 });
  });

  test("P20: TTIN and TTOU that a process sent are forwarded, not obeyed", async () => {
    await using init = await counting([], { as: "process" }, ["--each"]);
    for (const signal of ["SIGTTIN", "SIGTTOU", "SIGTSTP"]) init.signal(signal);
    for (const number of [20, 21, 22]) await seen(init, number);
    expect(init.status("State")).toMatch(/^S/);
  });

  test("P21: by default the program alone gets the signal", async () => {
    await using init = await start([
      "--",
      "/bin/sh",
      "-c",
      `${counter} --each </dev/null & exec ${counter} --each </dev/null`,
    ]);
    await init.repeats(/^ready$/, 2);
    init.signal("SIGUSR1");
    await seen(init, 10);
    await init.settles();
    expect(init.stdout.text.match(/^signal 10 /gm)).toHaveLength(1);
  });

  test("P21: -g reaches the program's whole group, once each", async () => {
    await using init = await start([
      "-g",
      "--",
      "/bin/sh",
      "-c",
      `${counter} --each </dev/null & exec ${counter} --each </dev/null`,
    ]);
    await init.repeats(/^ready$/, 2);
    init.signal("SIGUSR1");
    await init.repeats(/^signal 10 /, 2);
    await init.settles();
    expect(init.stdout.text.match(/^signal 10 /gm)).toHaveLength(2);
  });

  test.each<[string, Launch["as"]]>([
    ["as PID 1", "pid1"],
    ["as a subreaper", "process"],
  ])("P21: --forward-to=all reaches daemons with their own session, once each (%s)", async (_, as) => {
    const script = `/usr/bin/setsid ${counter} --each </dev/null & (/usr/bin/setsid -f ${counter} --each </dev/null); exec ${counter} --each </dev/null`;
    await using init = await start(["--forward-to=all", "--", "/bin/sh", "-c", script], { as: as ?? "pid1" });
    await init.repeats(/^ready$/, 3);
    init.signal("SIGUSR1");
    await init.repeats(/^signal 10 /, 3);
    await init.settles();
    expect(init.stdout.text.match(/^signal 10 /gm)).toHaveLength(3);
    expect(init.status("State")).toMatch(/^S/);
  });

  test.each<[string, Launch["as"]]>([
    ["as PID 1", "pid1"],
    ["as a subreaper", "process"],
  ])("P21: --forward-to=all reaches hundreds of daemons (%s)", async (_, as) => {
    const daemons = "i=0; while test $i -lt 300; do /usr/bin/setsid -f /bin/sleep 1000; i=$((i + 1)); done";
    await using init = await start(["--forward-to=all", "--", "/bin/sh", "-c", `${daemons}; exec ${counter}`], {
      as: as ?? "pid1",
    });
    await init.says(/^ready$/m);
    await init.sees("all daemons", (all) => all.filter((one) => one.name === "sleep").length === 300);
    init.signal("SIGTERM");
    await init.sees("the program alone", (all) => all.length === 2);
    expect(await countsOf(init)).toEqual({ 15: 1 });
  });

  test.each<[string, string[], number]>([
    ["all have room", [], 500],
    ["the program's queue is full", ["limit=SIGPENDING:64", "user=34567"], 1],
  ])("P20, P21: with -g the program gets each queued signal with its value (%s)", async (_, inherit, least) => {
    const script = `${counter} --each </dev/null & exec ${counter} --until=39:500`;
    await using init = await start(["-g", "--", "/bin/sh", "-c", script], { inherit });
    await init.repeats(/^ready$/, 2);
    const hostPid = Number(init.file(`task/${init.pid}/children`).trim());
    if (inherit.length > 0) {
      process.kill(hostPid, "SIGSTOP");
      await init.sees("the program stopped", (all) => all.some((one) => one.pid === 2 && one.state === "T"));
    }
    const queueing = init.queue("SIGRTMIN+5", 1, 500);
    if (inherit.length > 0) {
      await until(
        "signals pile up",
        () => Number(init.status("SigQ")?.split("/")[0]) >= 60,
        () => init.describe(),
      );
      process.kill(hostPid, "SIGCONT");
    }
    await queueing;
    await init.says(/^reached$/m);
    await init.settles();
    init.write("report\n");
    await init.says(/^counts (?:18=1 )?39=500\norder ok\n/m);
    // The other of its group has no promise where the queue is full; what it has comes with its value all the same.
    await init.repeats(/^signal 39 code -1 sender \d+ user \d+ value \d+$/, least);
    expect(init.stdout.text.match(/^signal 39 /gm)?.length).toBeLessThanOrEqual(500);
  });

  test("P21: --forward-to=all reaches everybody of a chain of hundreds of processes, once each, and looks at each once", async () => {
    const length = 300;
    const file = join(temporaryDirectory(), "chain");
    const last = `test "$1" -gt 1 || { trap '' USR1; exec /bin/sleep 1000; }`;
    const loop = "while kill -0 $!; do wait; done";
    writeFileSync(file, `#!/bin/sh\ntrap 'echo got' USR1\n${last}\n"$0" $(($1 - 1)) &\necho linked\n${loop}\n`);
    chmodSync(file, 0o755);
    await using init = await start(["--forward-to=all", "--", file, String(length)]);
    // The last one is the sleep, which says nothing.
    await init.repeats(/^linked$/, length - 1);
    await init.sees("all of them", (all) => all.some((one) => one.name === "sleep"));
    const trace = await traced(init, async (stop) => {
      init.signal("SIGUSR1");
      await init.repeats(/^got$/, length - 1);
      await init.settles();
      stop();
    });
    expect(init.stdout.text.match(/^got$/gm)).toHaveLength(length - 1);
    expect(trace.match(/\/stat"/g)?.length).toBeLessThan(4 * length);
  });

  test.each([
    ["it is sent on at once", [], "", 143],
    ["--grace is kept", ["--grace=50ms"], "TERM", 137],
  ])(
    "P21, P24: --forward-to=all with two senders of HUP in a loop does not hold a SIGTERM back: %s",
    async (_, options, ignored, code) => {
      // What the kernel gives out first is the lowest number, and HUP is always pending again.
      const daemons = "i=0; while test $i -lt 100; do /usr/bin/setsid -f /bin/sleep 1000; i=$((i + 1)); done";
      const sender = "(echo sending; while :; do kill -HUP 1; done) &";
      const script = `trap '' HUP ${ignored}; ${daemons}; ${sender} ${sender} exec /bin/sleep 1000`;
      await using init = await start(["--forward-to=all", ...options, "--", "/bin/sh", "-c", script]);
      await init.repeats(/^sending$/, 2);
      await init.sees("the program", (all) => all.some((one) => one.pid === 2 && one.name === "sleep"));
      init.signal("SIGTERM");
      expect(await init.end()).toEqual({ code });
    },
  );

  test("P21: a program that changed its user cannot be signalled without the capability: a warning, and the run goes on", async () => {
    await using init = await counting([], { inherit: ["drop-capability=5"] }, ["--user=12345"]);
    init.signal("SIGTERM");
    await init.logs(/^\[WARN {2}tini-ts \(1\)\] [^\n]*SIGTERM[^\n]*\n/m);
    init.signal("SIGRTMIN+1");
    await init.logs(/\[WARN {2}[^\n]*SIGTERM[^\n]*\n\[WARN {2}/);
    expect(await countsOf(init)).toEqual({});
    init.write("quit 9\n");
    expect(await init.end()).toEqual({ code: 9 });
  });

  test("P21: a signal to a program that is already dead does no harm", async () => {
    // The program ends at once; the signals meet it at every moment around that.
    for (let round = 0; round < 50; round++) {
      await using init = await start(["--", "/bin/true"]);
      try {
        for (let index = 0; index < 20; index++) init.signal("SIGUSR1");
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
      }
      const ending = await init.end();
      // USR1 kills it where it comes before the end.
      expect([{ code: 0 }, { code: 138 }]).toContainEqual(ending);
    }
  });

  test.each<[string, string[]]>([
    ["the program", []],
    ["its group", ["-g"]],
    ["all", ["--forward-to=all"]],
  ])("P20: TERM ends a program that does nothing about it, forwarded to %s", async (_, options) => {
    await using init = await start([...options, "--", "/bin/sleep", "1000"]);
    await init.isUp();
    init.signal("SIGTERM");
    expect(await init.finish()).toMatchObject({ ending: { code: 143 }, stderr: "" });
  });
});

describe("rewriting", () => {
  test.each<[string, string[], number, number]>([
    ["by number", ["-r", "15:2"], 15, 2],
    ["by name", ["--rewrite=SIGTERM:SIGQUIT"], 15, 3],
    ["by the short name", ["-r", "TERM:QUIT"], 15, 3],
    ["from the lowest to the highest", ["-r1:64"], 1, 64],
    ["a real-time signal", ["-r", "RTMIN+3:USR1"], 37, 10],
    ["to a real-time signal", ["-r", "USR1:RTMAX"], 10, 64],
    ["from a list", ["-r", "1:2,15:10"], 15, 10],
    ["the last word counts", ["-r", "15:2", "-r", "15:3"], 15, 3],
    ["what is not named stays", ["-r", "15:2"], 12, 12],
  ])("P23: -r rewrites %s", async (_, options, sent, expected) => {
    await using init = await counting(options);
    init.signal(sent);
    await init.settles();
    expect(
      await until("it has arrived", async () => Object.keys(await countsOf(init)).length > 0 && countsOf(init)),
    ).toEqual({ [expected]: 1 });
  });

  test("P23: two signals may swap, and no rewriting is rewritten again", async () => {
    await using init = await counting(["-r", "15:2", "-r", "2:15", "-r", "10:12,12:3"]);
    init.signal("SIGTERM");
    await init.settles();
    expect(await countsOf(init)).toEqual({ 2: 1 });
    init.signal("SIGINT");
    init.signal("SIGUSR1");
    await init.settles();
    expect(await countsOf(init)).toEqual({ 2: 1, 12: 1, 15: 1 });
  });

  test("P23: A:0 drops A alone", async () => {
    await using init = await counting(["-r", "TERM:0"]);
    init.signal("SIGTERM");
    init.signal("SIGUSR1");
    await init.settles();
    expect(await countsOf(init)).toEqual({ 10: 1 });
  });

  test("P1, P23: TINI_REWRITE does the same", async () => {
    await using init = await counting([], { environment: { ...plainEnvironment, TINI_REWRITE: "TERM:USR2,INT:0" } });
    init.signal("SIGTERM");
    init.signal("SIGINT");
    await init.settles();
    expect(await countsOf(init)).toEqual({ 12: 1 });
  });

  test("P23: a value survives the rewriting", async () => {
    await using init = await counting(["-r", "RTMIN+1:RTMIN+2"], {}, ["--each"]);
    await init.queue("SIGRTMIN+1", 99);
    expect(await seen(init, 36)).toMatchObject({ value: 99 });
  });
});

describe("isolation", () => {
  test.each<[string, string[], { group: string; session: string }]>([
    ["a group of its own by default", [], { group: "2", session: "0" }],
    ["--isolate=session gives it a session", ["--isolate=session"], { group: "2", session: "2" }],
    ["--isolate=none leaves it in ours", ["--isolate=none"], { group: "0", session: "0" }],
    ["-c is --isolate=none", ["-c"], { group: "0", session: "0" }],
  ])("P22: %s", async (_, options, expected) => {
    const { stdout } = await runs([...options, "--", program("report")]);
    expect(parseReport(stdout)).toMatchObject(expected);
  });

  test("P22: with --isolate=session TSTP, TTIN and TTOU become STOP, since the kernel would discard them there", async () => {
    await using init = await start(["--isolate=session", "--", "/bin/sleep", "1000"], { as: "process" });
    for (const signal of ["SIGTSTP", "SIGTTIN", "SIGTTOU"]) {
      await init.sees("it runs", (all) => all.some((one) => one.name === "sleep" && one.state === "S"));
      init.signal(signal);
      await init.sees(`stopped by ${signal}`, (all) => all.some((one) => one.name === "sleep" && one.state === "T"));
      init.signal("SIGCONT");
    }
    await init.sees("it runs again", (all) => all.some((one) => one.name === "sleep" && one.state === "S"));
    init.signal("SIGTERM");
    expect(await init.end()).toEqual({ code: 143 });
  });

  test("P22: an explicit rewriting wins over that", async () => {
    await using init = await counting(["--isolate=session", "-r", "TSTP:USR1"], { as: "process" });
    init.signal("SIGTSTP");
    await init.settles();
    expect(await countsOf(init)).toEqual({ 10: 1 });
  });

  test("P22: with --isolate=none the program may become a session leader itself", async () => {
    const { stdout } = await runs(["--isolate=none", "--", "/usr/bin/setsid", program("report")]);
    expect(parseReport(stdout)).toMatchObject({ pid: "2", session: "2" });
  });
});

describe("the parent's death", () => {
  test.each<[string, Launch["as"], string[], number]>([
    ["a process, -p USR1", "process", ["-p", "USR1"], 10],
    ["a process, --parent-death-signal=SIGTERM", "process", ["--parent-death-signal=SIGTERM"], 15],
    ["PID 1 of a namespace", "pid1", ["-pSIGHUP"], 1],
    ["a real-time signal", "process", ["-p", "RTMIN+1"], 35],
  ])("P26: -p SIG reaches the program when our parent dies (%s)", async (_, as, options, expected) => {
    await using init = await counting(options, { as: as ?? "process", inherit: ["middle-parent"] });
    init.order("kill-parent");
    await until(
      "the signal",
      async () => Object.keys(await countsOf(init)).length > 0,
      () => init.describe(),
    );
    expect(await countsOf(init)).toEqual({ [expected]: 1 });
  });

  test("P26: a parent that dies before the kernel knows of our wish is noticed all the same", async () => {
    await using init = await start(["-p", "USR1", "--", counter], {
      as: "process",
      // Blocked from the start, so that it is not killed before it collects.
      inherit: ["middle-parent", "block=10", "hold-after-call=getppid:1"],
    });
    await init.reports.match(/^held /m);
    init.order("kill-parent");
    await until("the parent is another", () => Number(init.status("PPid")) !== init.parentPid);
    init.order("go");
    await init.says(/^ready$/m);
    await until(
      "the signal",
      async () => (await countsOf(init))[10] === 1,
      () => init.describe(),
    );
  });

  test("P26: signal 33 from a process in the container is not taken for the parent's death", async () => {
    await using init = await start(["-p", "USR1", "--", "/bin/sh", "-c", `kill -33 1; exec ${counter}`], {
      as: "pid1",
    });
    await init.says(/^ready$/m);
    await init.settles();
    expect(await countsOf(init)).toEqual({});
  });

  test("P26: -p SIGKILL ends the program as well, not the init alone", async () => {
    await using init = await start(["-p", "SIGKILL", "--", "/bin/sleep", "1000"], {
      as: "process",
      inherit: ["middle-parent"],
    });
    await init.sees("the program", (all) => all.some((one) => one.name === "sleep"));
    init.order("kill-parent");
    const { leftover } = await init.finish();
    expect(leftover).toBe(0);
  });

  test("P26: without -p the parent's death changes nothing", async () => {
    await using init = await counting([], { as: "process", inherit: ["middle-parent"] });
    init.order("kill-parent");
    await until("the parent is another", () => Number(init.status("PPid")) !== init.parentPid);
    await init.settles();
    expect(await countsOf(init)).toEqual({});
  });

  test("P26: the program's own death signal is left alone", async () => {
    const { stdout } = await runs(["-p", "USR1", "--", program("report")]);
    expect(parseReport(stdout)["death-signal"]).toBe("0");
  });
});
