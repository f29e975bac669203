import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { eventually, run, start, type Process } from "./box.ts";
import { connect } from "./docker.ts";
import { find, INIT } from "./engine.ts";
import { BUSYBOX, SCRATCH } from "./images.ts";
import { CATCHABLE, leavesOne, ORPHAN, SLEEP, waiting } from "./programs.ts";

const execute = promisify(execFile);

/** `docker run --init`, where dockerd was given tini-ts as its `--init-path`. */
const init = { Init: true };

describe("docker run --init", () => {
  it("P6: the engine reads the version of its init from --version, and shows it", async () => {
    const { stdout: line } = await execute(INIT, ["--version"]);
    const [, version] = /^tini version (\S+)(?: - git\.\w+)?\n$/.exec(line) ?? [];
    expect(version).toMatch(/^0\.19\.0_tini-ts-\d+\.\d+\.\d+$/);
    const docker = await connect();
    const { Components: components = [] } = (await docker.version()) as {
      Components?: { Name: string; Version: string }[];
    };
    expect(await docker.info()).toMatchObject({ InitBinary: INIT });
    expect(components).toContainEqual(expect.objectContaining({ Name: "tini-ts", Version: version }));
  });

  it("runs the program below tini-ts, with its arguments, output and exit code", async () => {
    const command = ["sh", "-c", 'echo "$1"; echo err >&2; cat /proc/1/cmdline | tr "\\0" "|"; exit 9', "sh", "a  b"];
    const end = await run({ host: init, command });
    expect(end.stdout).toMatch(/^a {2}b\n\/(s?bin|dev)\/(docker-)?init\|--\|sh\|/);
    expect(end.stderr).toBe("err\n");
    expect(end.code).toBe(9);
  });

  it("works in an image that holds nothing but the program", async () => {
    expect(await run({ image: SCRATCH, host: init, command: ["/busybox", "sh", "-c", "exit 3"] })).toMatchObject({
      code: 3,
      stderr: "",
    });
  });

  it("works through the docker command as a user types it", async () => {
    const docker = find("docker");
    expect(docker, "the docker command").toBeDefined();
    const words = ["run", "--rm", "--init", "--network", "none"];
    const { stdout } = await execute(docker ?? "", [...words, BUSYBOX, "echo", "hello"]);
    expect(stdout).toBe("hello\n");
    await expect(execute(docker ?? "", [...words, BUSYBOX, "sh", "-c", "exit 7"])).rejects.toMatchObject({ code: 7 });
    await expect(execute(docker ?? "", [...words, BUSYBOX, "nope"])).rejects.toMatchObject({
      code: 127,
      stderr: expect.stringMatching(/^\[FATAL tini-ts \(1\)\] exec nope: not found in PATH\n$/) as unknown,
    });
  });

  it.each([
    ["P11: what docker exec leaves behind is reaped", init, 0],
    ["without an init it stays as zombies: the control", {}, 20],
  ])("%s", async (_, host, zombies) => {
    const box = await start({ host, command: ["sleep", "100000"] });
    const tails = async (): Promise<Process[]> => (await box.processes()).filter(({ name }) => name === "tail");
    const twenty = "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do tail -f /dev/null & done";
    await box.exec(["sh", "-c", `exec >/dev/null 2>&1; ${twenty}`]);
    // The shell that started them is gone: PID 1 is their parent now.
    await eventually(tails, (all) => all.length === 20 && all.every(({ parent }) => parent === 1));
    expect((await box.exec(["killall", "tail"])).code).toBe(0);
    await eventually(tails, (all) => all.length === zombies && all.every(({ state }) => state === "Z"));
  });

  it("P20: every signal that can be caught reaches the program, the real-time ones by name too", async () => {
    const traps = CATCHABLE.map((signal) => `trap "echo got ${signal}" ${signal}`);
    const box = await start({ host: init, command: waiting(...traps) });
    await box.stdout.until(/ready/);
    for (const signal of CATCHABLE) {
      await box.kill(signal);
      await box.stdout.until(new RegExp(`got ${signal}\n`));
    }
    expect(box.stdout.text).toBe(`ready\n${CATCHABLE.map((signal) => `got ${signal}\n`).join("")}`);
    for (const [name, signal] of [["RTMIN+5", 39] as const, ["SIGRTMAX-2", 62] as const, ["USR1", 10] as const]) {
      await box.kill(name);
      await box.stdout.until(new RegExp(`got ${signal}\n[^]*got ${signal}\n`));
    }
    expect(box.stderr.text).toBe("");
  });

  it.each([
    ["P20, P30: docker stop ends a program that handles no signal: its code is 128 and 15", init, 143],
    ["as PID 1 itself it does not notice SIGTERM, and is killed after the time: the control", {}, 137],
  ])("%s", async (_, host, code) => {
    const box = await start({ host, command: ["sleep", "100000"] });
    await box.process("sleep", "S");
    expect((await box.stop(1)).code).toBe(code);
  });

  it("P12: an init below the init (--init on an image that has one) is not an error", async () => {
    const box = await start({
      host: init,
      entrypoint: ["/tini-ts", "--"],
      command: waiting(`trap "kill -9 $(${ORPHAN}); echo got HUP" HUP`, `trap "exit 6" TERM`),
    });
    await box.stdout.until(/ready/);
    await box.kill("HUP");
    await box.stdout.until(/got HUP/);
    await eventually(
      () => box.processes(),
      (all) => !all.some(({ name }) => name === "tail"),
    );
    // One after the other: the inner one's process is the outer one's then.
    const { code, stderr } = await box.stop();
    const inner = Number(/tini-ts \((\d+)\)/.exec(stderr)?.[1]);
    expect([code, stderr]).toEqual([6, leavesOne(inner) + leavesOne(1)]);
    expect(inner).toBeGreaterThan(1);
  });

  /** The main process asks its helper, which is in its group, how many SIGHUP it has received. */
  const family = [
    `(trap "count=\\$((count + 1))" HUP; trap "echo helper had \\$((count))" USR1; count=0
      ${SLEEP} & echo helper; while :; do wait $!; done) & helper=$!`,
    `trap "echo main; kill -USR1 $helper" HUP`,
  ];

  it("P21: a signal goes to the program alone", async () => {
    const box = await start({ host: init, command: waiting(...family) });
    await Promise.all([box.stdout.until(/ready/), box.stdout.until(/helper\n/)]);
    await box.kill("HUP");
    await box.stdout.until(/helper had 0\n/);
  });

  it("P3: TINI_KILL_PROCESS_GROUP acts by being there, even empty: a signal goes to the program's group", async () => {
    const environment = { TINI_KILL_PROCESS_GROUP: "" };
    const box = await start({ host: init, environment, command: waiting(...family) });
    await Promise.all([box.stdout.until(/ready/), box.stdout.until(/helper\n/)]);
    await box.kill("HUP");
    await box.stdout.until(/helper had 1\n/);
  });

  it("P60: TINI_VERBOSITY=4 logs everything to stderr, and nothing to stdout", async () => {
    const end = await run({
      host: init,
      environment: { TINI_VERBOSITY: "4" },
      command: ["sh", "-c", "echo hi; exit 3"],
    });
    expect(end.stdout).toBe("hi\n");
    const lines = end.stderr.split("\n").slice(0, -1);
    expect(lines.filter((line) => !/^\[(INFO |DEBUG|TRACE) tini-ts \(1\)\] \S/.test(line))).toEqual([]);
    expect(lines).toContainEqual(
      expect.stringMatching(/^\[INFO {2}tini-ts \(1\)\] Spawned child process 'sh' with pid '\d+'$/),
    );
    expect(lines).toContain("[INFO  tini-ts (1)] Main child exited normally (with status '3')");
  });

  it("P60: TINI_VERBOSITY=0 leaves the fatal messages", async () => {
    const environment = { TINI_VERBOSITY: "0" };
    expect((await run({ host: init, environment, command: ["true"] })).stderr).toBe("");
    expect((await run({ host: init, environment, command: ["nope"] })).stderr).toMatch(
      /^\[FATAL tini-ts \(1\)\] exec nope/,
    );
  });

  it("P5: a wrong variable is refused by name, and nothing is started", async () => {
    const end = await run({ host: init, environment: { TINI_REMAP_EXIT: "256" }, command: ["echo", "started"] });
    expect(end).toMatchObject({ code: 1, stdout: "" });
    expect(end.stderr).toMatch(
      /^\[FATAL tini-ts \(1\)\] --remap-exit "256" \(variable TINI_REMAP_EXIT\) is not CODE.*, each from 0 to 255\n$/,
    );
  });

  it("P30: TINI_REMAP_EXIT maps the program's code", async () => {
    const end = await run({ host: init, environment: { TINI_REMAP_EXIT: "143,5:6" }, command: ["sh", "-c", "exit 5"] });
    expect(end.code).toBe(6);
    const box = await start({ host: init, environment: { TINI_REMAP_EXIT: "143,5:6" }, command: ["sleep", "100000"] });
    expect((await box.stop()).code).toBe(0);
  });

  it("P23: TINI_REWRITE turns docker's SIGTERM into what the program wants", async () => {
    const command = waiting(`trap "echo got QUIT; exit 4" QUIT`, `trap "echo got TERM" TERM`);
    const box = await start({ host: init, environment: { TINI_REWRITE: "TERM:QUIT" }, command });
    await box.stdout.until(/ready/);
    expect(await box.stop()).toMatchObject({ code: 4, stdout: "ready\ngot QUIT\n" });
  });
});
