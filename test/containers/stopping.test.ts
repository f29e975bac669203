import { spawn } from "node:child_process";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import { expectAbsent } from "../absence.ts";
import { patience } from "../patience.ts";
import { Output, run, start, type Box } from "./box.ts";
import { connect } from "./docker.ts";
import { INIT, sibling } from "./engine.ts";
import { BUSYBOX, busybox, exampleBase, importImage } from "./images.ts";

const init = { Init: true };

/** A program that ignores every polite request. */
const DEAF = ["sh", "-c", "trap '' TERM INT QUIT; echo ready; while :; do sleep 100; done"];

/** How long after the signal the container was over, in milliseconds, and how it ended. */
async function stopped(box: Box, seconds: number): Promise<{ took: number; code: number }> {
  await box.stdout.until(/ready/);
  const sent = Date.now();
  const end = await box.stop(seconds);
  return { took: Date.parse(end.state.FinishedAt) - sent, code: end.code };
}

/** The log of an init that kills because the time is up: the control for its absence elsewhere. */
async function killedInTheEnd(): Promise<string> {
  const box = await start({ host: init, environment: { TINI_GRACE: "10ms" }, command: DEAF });
  await box.stdout.until(/ready/);
  return (await box.stop(patience(20))).stderr;
}

describe("docker stop", () => {
  it.each([
    ["ENTRYPOINT with --grace=300ms", { entrypoint: ["/tini-ts", "--grace=300ms", "--"] }],
    ["docker run --init with TINI_GRACE=300ms", { host: init, environment: { TINI_GRACE: "300ms" } }],
  ])("P24: a program that ignores SIGTERM is gone a moment after the time is up (%s)", async (_, options) => {
    const times: number[] = [];
    const soon = 300 + patience(100);
    // The machine and the engine may be busy with something else in any one run: the best of several counts.
    for (let attempt = 0; attempt < 5 && !times.some((time) => time < soon); attempt++) {
      const { took, code } = await stopped(await start({ ...options, command: DEAF }), 30);
      expect(code).toBe(137);
      times.push(took);
    }
    expect(Math.min(...times), `milliseconds: ${times.join(", ")}`).toBeLessThan(soon);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(299);
  });

  it("P24: nothing waits when everything is dead before the time is up", async () => {
    const environment = { TINI_GRACE: "1h", TINI_LINGER: "1h", TINI_VERBOSITY: "2" };
    const box = await start({ host: init, environment, command: ["sh", "-c", "echo ready; exec sleep 100000"] });
    await box.stdout.until(/ready/);
    await box.process("sleep", "S");
    const end = await box.stop(patience(20));
    // 137 would be the engine's own SIGKILL after twenty seconds.
    expect(end.code).toBe(143);
    expectAbsent("Time is up", end.stderr, await killedInTheEnd());
    expect(end.stderr.split("\n").slice(1, 3)).toEqual([
      "[INFO  tini-ts (1)] Stopping by SIGTERM",
      "[INFO  tini-ts (1)] Main child exited with signal (with signal 'SIGTERM')",
    ]);
  });

  // As stop_grace_period of Compose, which is nothing but this time.
  it("P24, P30: our SIGKILL comes before the engine's where --grace is shorter: the exit code is ours", async () => {
    const environment = { TINI_GRACE: "500ms", TINI_REMAP_EXIT: "137:99" };
    expect(await stopped(await start({ host: init, environment, command: DEAF }), 20)).toMatchObject({ code: 99 });
  });

  it("the engine's SIGKILL comes first where --grace is longer than its time: the control", async () => {
    const environment = { TINI_GRACE: "1h", TINI_REMAP_EXIT: "137:99" };
    expect(await stopped(await start({ host: init, environment, command: DEAF }), 1)).toMatchObject({ code: 137 });
  });

  it("P24: STOPSIGNAL of an image or of docker run starts the sequence where --stop-signals names it", async () => {
    const environment = { TINI_GRACE: "10ms", TINI_STOP_SIGNALS: "RTMIN+3", TINI_VERBOSITY: "2" };
    const create = { StopSignal: "SIGRTMIN+3" };
    const box = await start({
      host: init,
      environment,
      create,
      command: ["sh", "-c", "trap '' 37; echo ready; sleep 100000"],
    });
    await box.stdout.until(/ready/);
    const end = await box.stop(patience(20));
    expect(end.code).toBe(137);
    expect(end.stderr).toContain("Stopping by SIGRTMIN+3\n");
  });
});

/** A generation: reports SIGTERM, works half a second more, and reports that it is done. */
const generation = (name: string): string =>
  `trap "(trap '' TERM; exec sleep 0.5); echo ${name} is done; exit 0" TERM; echo ${name} is ready`;
/** Waits for a child that ignores SIGTERM in no way: `wait` ends when the signal comes. */
const WAIT = "while :; do sleep 100000 & wait $!; done";

describe("three generations", () => {
  it("P25: the main process, its worker and a daemon with a session of its own all end in their own time", async () => {
    const daemon = `${generation("daemon")}; ${WAIT}`;
    const worker = `setsid sh -c '${daemon.replaceAll("'", `'\\''`)}' & ${generation("worker")}; ${WAIT}`;
    const script = `sh -c "$WORKER" & ${generation("main")}; ${WAIT}`;
    const box = await start({
      entrypoint: ["/tini-ts", "--linger=1h", "--forward-to=all", "-v", "--"],
      environment: { WORKER: worker },
      command: ["sh", "-c", script],
    });
    for (const name of ["main", "worker", "daemon"]) await box.stdout.until(new RegExp(`${name} is ready`));
    // The engine would kill it after this time.
    const end = await box.stop(patience(20));
    for (const name of ["main", "worker", "daemon"]) expect(end.stdout).toContain(`${name} is done\n`);
    expect(end.code).toBe(0);
    expectAbsent("Time is up", end.stderr, await killedInTheEnd());
  });

  it("without --linger the others end in the middle of their work: the control", async () => {
    const script = `sh -c '${`${generation("worker")}; ${WAIT}`.replaceAll("'", `'\\''`)}' & echo ready; ${WAIT}`;
    const entrypoint = ["/tini-ts", "--forward-to=all"];
    const box = await start({ entrypoint: [...entrypoint, "--"], command: ["sh", "-c", script] });
    await Promise.all([box.stdout.until(/^ready/m), box.stdout.until(/worker is ready/)]);
    const end = await box.stop(patience(20));
    expect(end.code).toBe(143);
    const lingers = await start({ entrypoint: [...entrypoint, "--linger=1h", "--"], command: ["sh", "-c", script] });
    await Promise.all([lingers.stdout.until(/^ready/m), lingers.stdout.until(/worker is ready/)]);
    expectAbsent("worker is done", end.stdout, (await lingers.stop(patience(20))).stdout);
  });
});

/** A server that ends at once at SIGTERM, without finishing its requests. */
const SERVER = `process.on("SIGTERM", () => process.exit(0));
  require("node:http").createServer((_, response) => response.end("ok")).listen(8080, () => console.log("ready"))`;

async function server(environment: Record<string, string>): Promise<{ box: Box; url: string }> {
  const box = await start({
    image: await exampleBase(),
    host: { ...init, NetworkMode: "bridge" },
    environment: { ...environment, TINI_VERBOSITY: "2" },
    command: ["node", "-e", SERVER],
  });
  await box.stdout.until(/ready/);
  const { NetworkSettings: settings } = await box.container.inspect();
  return { box, url: `http://${settings.Networks["bridge"]?.IPAddress ?? ""}:8080/` };
}

/** Starts the load balancer inside the engine's network, which the host is not part of. */
function balance(...urls: string[]): { said: Output; tell: (line: string) => void } {
  const network = `--net=/proc/${inject("containersRoot")}/ns/net`;
  const balancer = spawn("nsenter", [network, process.execPath, sibling("balance.ts"), ...urls], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  onTestFinished(() => {
    balancer.kill("SIGKILL");
  });
  const said = new Output();
  balancer.stdout.on("data", (part: Buffer) => said.add(part)).on("end", () => said.end());
  return { said, tell: (line) => balancer.stdin.write(`${line}\n`) };
}

describe("a rolling restart without a preStop hook", () => {
  it("P24: loses no request with TINI_DELAY, also of a server that ends at once", async () => {
    const [old, other] = await Promise.all([server({ TINI_DELAY: "2s" }), server({})]);
    const { said, tell } = balance(old.url, other.url);
    await said.until(new RegExp(`asked ${old.url} 100\n`));
    const end = old.box.stop(20);
    await old.box.stderr.until(/Stopping by SIGTERM, which is held back/);
    // The balancer hears of it later than the container, and has sent it a hundred requests more by then.
    const [, count] = /asked \S+ (\d+)\n$/.exec(said.text) ?? [];
    await said.until(new RegExp(`asked ${old.url} ${Number(count) + 100}\n`));
    tell(`remove ${old.url}`);
    await said.until(new RegExp(`removed ${old.url}\n`));
    expect((await end).code).toBe(0);
    tell("end");
    const [, failed, reasons] = await said.until(/failed (\d+) (.*)\n/);
    expect({ failed, reasons }).toEqual({ failed: "0", reasons: "" });
  });

  it("without the delay requests are lost: the control", async () => {
    const [old, other] = await Promise.all([server({}), server({})]);
    const { said, tell } = balance(old.url, other.url);
    await said.until(new RegExp(`asked ${old.url} 100\n`));
    await old.box.stop(20);
    await said.until(new RegExp(`lost ${old.url}\n`));
    tell(`remove ${old.url}`);
    tell("end");
    const [, failed] = await said.until(/failed (\d+) (.*)\n/);
    expect(Number(failed)).toBeGreaterThan(0);
  });
});

describe("the configuration", () => {
  it("P4: /etc/tini.yml of an image holds, and the environment wins over it", async () => {
    const image = "tini-ts-tests/configured:latest";
    const file = "# how this image stops\ngrace: 20ms\nremap-exit:\n  - 137:44\n  - 5:6\nverbosity: 2\n";
    await importImage(await connect(), image, [
      { path: "/tini-ts", type: "copy", from: INIT, mode: 0o755 },
      { path: "/busybox", type: "copy", from: await busybox(), mode: 0o755 },
      { path: "/etc", type: "directory" },
      { path: "/etc/tini.yml", type: "file", content: file },
    ]);
    const entrypoint = ["/tini-ts", "--", "/busybox", "sh", "-c"];
    const deaf = ["trap '' TERM; echo ready; while :; do /busybox sleep 100; done"];
    expect((await run({ image, entrypoint, command: ["exit 5"] })).code).toBe(6);
    expect((await stopped(await start({ image, entrypoint, command: deaf }), 20)).code).toBe(44);
    const environment = { TINI_REMAP_EXIT: "137:45", TINI_VERBOSITY: "1" };
    const box = await start({ image, entrypoint, environment, command: deaf });
    expect((await stopped(box, 20)).code).toBe(45);
    expect(box.stderr.text).toBe("[WARN  tini-ts (1)] Time is up: everything is killed\n");
  });

  it("P4, P5: a wrong /etc/tini.yml is refused with file and line", async () => {
    const image = "tini-ts-tests/misconfigured:latest";
    await importImage(await connect(), image, [
      { path: "/tini-ts", type: "copy", from: INIT, mode: 0o755 },
      { path: "/etc", type: "directory" },
      { path: "/etc/tini.yml", type: "file", content: "grace: 20ms\ngrce: 10ms\n" },
    ]);
    const end = await run({ image, entrypoint: ["/tini-ts", "--", "/tini-ts"], command: ["--version"] });
    expect(end).toMatchObject({ code: 1, stdout: "" });
    expect(end.stderr).toMatch(/^\[FATAL tini-ts \(1\)\] \/etc\/tini\.yml:2: [^\n]+\n$/);
  });

  it("P1, P6: every option can be set in the environment, and --print-config shows it", async () => {
    const environment = {
      TINI_DELAY: "1s",
      TINI_GRACE: "300ms",
      TINI_LINGER: "5s",
      TINI_RESTART: "on-failure:3",
      TINI_RESTART_DELAY: "2s",
      TINI_STOP_SIGNALS: "TERM,HUP",
    };
    const { code, stdout } = await run({ image: BUSYBOX, environment, entrypoint: ["/tini-ts", "--print-config"] });
    expect(code).toBe(0);
    for (const line of ["delay: 1s", "grace: 300ms", "linger: 5s", "restart: on-failure:3", "restart-delay: 2s"]) {
      const variable = `TINI_${line.replace(/:.*/, "").replaceAll("-", "_").toUpperCase()}`;
      expect(stdout).toMatch(new RegExp(`^${line} +# variable ${variable}$`, "m"));
    }
    const items = /^stop-signals: +# variable TINI_STOP_SIGNALS\n((?: +- \w+\n)+)/m.exec(stdout)?.[1] ?? "";
    expect(items.match(/\w+/g)?.toSorted()).toEqual(["SIGHUP", "SIGTERM"]);
  });

  it("a misspelt variable is a warning, and the program runs all the same", async () => {
    const end = await run({
      host: init,
      environment: { TINI_GRCE: "1s", TINI_VERSION: "v0.19.0" },
      command: ["echo", "runs"],
    });
    expect(end).toMatchObject({
      code: 0,
      stdout: "runs\n",
      stderr: "[WARN  tini-ts (1)] variable TINI_GRCE is none of ours; is TINI_GRACE meant?\n",
    });
  });
});

describe("restarts within the container", () => {
  it("P28: TINI_RESTART=on-failure:2 runs the program three times, in its working directory", async () => {
    const environment = { TINI_RESTART: "on-failure:2", TINI_RESTART_DELAY: "1ms" };
    const create = { WorkingDir: "/tmp" };
    const end = await run({ host: init, environment, create, command: ["sh", "-c", "pwd; exit 3"] });
    expect(end).toMatchObject({ code: 3, stdout: "/tmp\n/tmp\n/tmp\n", stderr: "" });
    expect(end.state.Status).toBe("exited");
  });

  it("P28: docker stop ends it while it waits to start again", async () => {
    const environment = { TINI_RESTART: "always", TINI_RESTART_DELAY: "1h", TINI_VERBOSITY: "2" };
    const box = await start({ host: init, environment, command: ["sh", "-c", "exit 3"] });
    await box.stderr.until(/Starting again in 3600000 ms/);
    expect((await box.stop(patience(20))).code).toBe(3);
  });
});
