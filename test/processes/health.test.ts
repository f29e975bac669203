/** --healthcheck on the real kernel: beside a run, as `docker exec` starts it, in the run's PID and mount namespaces. */
import { execFile } from "node:child_process";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import { hostPidOfProgram } from "./family.ts";
import { type Init, isAlive, launch, plainEnvironment } from "./namespace.ts";
import { binary, program, start, temporaryDirectory } from "./subject.ts";
import { until } from "./waiting.ts";

const SLEEP = ["--", "/bin/sleep", "1000"];
const HIDDEN =
  "cannot see whether the program lives: /proc hides the processes of other users (hidepid); run the check as the program's user";

interface Given {
  readonly uid?: number;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Runs a program beside an init: it has no parent there. Its exit code, and what it wrote to stderr. */
async function beside(init: Init, command: readonly string[], { uid = 0, environment = {} }: Given = {}) {
  const as = uid === 0 ? [] : ["setpriv", `--reuid=${uid}`, `--regid=${uid}`, "--clear-groups"];
  // The init's own /proc, and with it its namespace of pids.
  const words = ["-t", String(init.pid), "-p", "-m", "--", ...as, ...command];
  const env = { ...plainEnvironment, ...environment };
  return promisify(execFile)("/usr/bin/nsenter", words, { env }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: unknown) => {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      return { code, stdout, stderr };
    },
  );
}

/** What a check says, without the beginnings of its lines but for the level, and its exit code before it. */
async function check(init: Init, words: readonly string[] = ["--healthcheck"], given: Given = {}): Promise<unknown[]> {
  const { code, stdout, stderr } = await beside(init, [binary, ...words], given);
  expect(stdout).toBe("");
  const lines = stderr.split("\n").slice(0, -1);
  return [code, ...lines.map((line) => line.replace(/^\[(\w+) +tini-ts \(\d+\)\] /, "$1 "))];
}

async function mount(init: Init, ...words: readonly string[]): Promise<void> {
  const { code, stderr } = await beside(init, words);
  expect([code, stderr]).toEqual([0, ""]);
}

/** The port of a server, which ends with the test. */
async function listening(server: Server, host = "127.0.0.1"): Promise<number> {
  await new Promise<void>((resolve) => server.listen({ port: 0, host }, resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return typeof address === "object" && address ? address.port : 0;
}

const http = (answer: RequestListener, host?: string): Promise<number> => listening(createHttpServer(answer), host);
const tcp = (connected: (socket: Socket) => void): Promise<number> =>
  listening(createServer((socket) => connected(socket.on("error", () => undefined))));

describe("the program", () => {
  test.each([
    ["by default", []],
    ["with --isolate=session", ["--isolate=session"]],
    ["with --isolate=none", ["--isolate=none"]],
  ])("P62: is healthy while it lives, for every user (%s)", async (_, words) => {
    await using init = await start([...words, ...SLEEP]);
    await init.isUp();
    expect(await check(init)).toEqual([0]);
    expect(await check(init, ["--healthcheck"], { uid: 1000 })).toEqual([0]);
  });

  test("P62: of another user is healthy too", async () => {
    await using init = await start(["--", "/usr/bin/setpriv", "--reuid=1001", "--clear-groups", "/bin/sleep", "1000"]);
    await init.sees("the program", (all) => all.some(({ name }) => name === "sleep"));
    expect(await check(init, ["--healthcheck"], { uid: 1000 })).toEqual([0]);
  });

  test("P62: is not healthy while it is stopped", async () => {
    await using init = await start(SLEEP);
    await init.isUp();
    const pid = hostPidOfProgram(init);
    process.kill(pid, "SIGSTOP");
    await init.sees("the program is stopped", (all) => all.some(({ state }) => state === "T"));
    expect(await check(init)).toEqual([1, "FATAL unhealthy: main child 2 is stopped"]);
    process.kill(pid, "SIGCONT");
    await init.sees("it goes on", (all) => all.every(({ state }) => state !== "T"));
    expect(await check(init)).toEqual([0]);
  });

  test("P62: is not healthy when it is dead and the init does not reap it", async () => {
    await using init = await start(SLEEP);
    await init.isUp();
    const pid = hostPidOfProgram(init);
    init.signal("SIGSTOP");
    await init.becomes("T");
    process.kill(pid, "SIGKILL");
    await until("the program is dead", () => !isAlive(pid));
    expect(await check(init)).toEqual([1, "FATAL unhealthy: main child 2 is dead"]);
    init.signal("SIGCONT");
  });

  test("P62: is not mistaken for a daemon that it left", async () => {
    await using init = await start(["--", "/bin/sh", "-c", "setsid -f sleep 999 & wait; exec sleep 1000"]);
    const all = await init.sees(
      "a daemon of the init's, and the program",
      (all) =>
        all.some((one) => one.parent === 1 && one.pid !== 2 && one.name === "sleep") &&
        all.some((one) => one.pid === 2 && one.name === "sleep"),
    );
    expect(all.filter(({ parent }) => parent === 1)).toHaveLength(2);
    expect(await check(init)).toEqual([0]);
    process.kill(Number(init.file(`task/${init.pid}/children`).split(" ")[0]), "SIGSTOP");
    await init.sees("the program is stopped", (all) => all.some(({ state }) => state === "T"));
    expect(await check(init)).toEqual([1, "FATAL unhealthy: main child 2 is stopped"]);
  });

  test("P62: is not healthy while it waits for its next start", async () => {
    await using init = await start(["-v", "--restart=always", "--restart-delay=1h", "--", "/bin/true"]);
    await init.logs(/Starting again/);
    expect(await check(init)).toEqual([1, "FATAL unhealthy: the program has ended"]);
  });

  test("P62: is healthy again when it was started again", async () => {
    await using init = await start(["--restart=always", "--restart-delay=0", ...SLEEP]);
    await init.isUp();
    const first = hostPidOfProgram(init);
    process.kill(first, "SIGKILL");
    await init.sees("the next one", (all) =>
      all.some((one) => one.parent === 1 && one.pid > 2 && one.name === "sleep"),
    );
    expect(await check(init)).toEqual([0]);
  });

  test("P62: has ended with what it left still running: with --wait=all that is healthy, if the check knows of it", async () => {
    await using init = await start(["--wait=all", "--", "/bin/sh", "-c", "sleep 1000 & exit 0"]);
    await init.sees(
      "the orphan alone",
      (all) => all.length === 2 && all.some((one) => one.parent === 1 && one.name === "sleep"),
    );
    expect(await check(init)).toEqual([1, "FATAL unhealthy: the program has ended"]);
    expect(await check(init, ["--healthcheck"], { environment: { TINI_WAIT: "all" } })).toEqual([0]);
    expect(await check(init, ["--wait=all", "--healthcheck"])).toEqual([0]);
  });

  test("P62, P63: is not needed with --pause, if the check knows of it", async () => {
    await using init = await start(["--pause"]);
    await init.settles();
    expect(await check(init, ["--pause", "--healthcheck"])).toEqual([0]);
    expect(await check(init)).toEqual([1, "FATAL unhealthy: the program has ended"]);
  });
});

describe("the init", () => {
  test.each(["sh", "bash", "busybox"])("P62: is none of ours where PID 1 is %s, which is said", async (name) => {
    const path = name === "busybox" ? "/usr/bin/busybox" : `/bin/${name}`;
    const words = name === "busybox" ? ["sh", "-c"] : ["-c"];
    await using init = await launch({ binary: path, arguments: [...words, "sleep 1000; true"] });
    const [shell] = await init.sees("its child", (all) => all.length === 2);
    expect(await check(init)).toEqual([1, `FATAL unhealthy: no tini-ts runs here; PID 1 is ${shell?.name ?? ""}`]);
  });

  test("P62: is found where it is not PID 1", async () => {
    await using init = await launch({ binary: "/bin/sh", arguments: ["-c", `${binary} sleep 1000; true`] });
    await init.sees("the program", (all) => all.some(({ name }) => name === "sleep"));
    expect(await check(init)).toEqual([0]);
  });
});

describe("what cannot be seen", () => {
  test("P62: is said where /proc hides it: hidepid", async () => {
    await using init = await start(SLEEP);
    await init.isUp();
    const port = await tcp(() => undefined);
    for (const hidepid of [1, 2]) {
      await mount(init, "mount", "-o", `remount,hidepid=${hidepid}`, "/proc");
      expect(await check(init, ["--healthcheck"], { uid: 1000 })).toEqual([1, `FATAL ${HIDDEN}`]);
      expect(await check(init, [`--healthcheck=tcp:${port}`], { uid: 1000 })).toEqual([0, `WARN ${HIDDEN}`]);
      expect(await check(init)).toEqual([0]);
    }
  });

  test("P62: is said where /proc hides the init alone", async () => {
    await using init = await start([
      "--",
      "/usr/bin/setpriv",
      "--reuid=1000",
      "--regid=1000",
      "--clear-groups",
      "/bin/sleep",
      "1000",
    ]);
    await init.sees("the program", (all) => all.some(({ name }) => name === "sleep"));
    await mount(init, "mount", "-o", "remount,hidepid=2", "/proc");
    expect(await check(init, ["--healthcheck"], { uid: 1000 })).toEqual([
      0,
      "WARN /proc hides PID 1 (hidepid): it is taken for tini-ts",
    ]);
  });

  test("P62: is said where there is no /proc", async () => {
    await using init = await start(SLEEP);
    await init.isUp();
    await mount(init, "umount", "-l", "/proc");
    const message = "cannot see whether the program lives: /proc is not mounted";
    expect(await check(init)).toEqual([1, `FATAL ${message}`]);
    const port = await tcp(() => undefined);
    expect(await check(init, [`--healthcheck=tcp:${port}`])).toEqual([0, `WARN ${message}`]);
  });
});

describe("what must answer", () => {
  test("P62: a port, by IPv4 or by IPv6 alone, and a socket", async () => {
    await using init = await start(SLEEP);
    await init.isUp();
    const port = await tcp((socket) => void socket.destroy());
    expect(await check(init, [`--healthcheck=tcp:${port}`])).toEqual([0]);
    const six = await listening(
      createServer((socket) => void socket.destroy()),
      "::1",
    );
    expect(await check(init, [`--healthcheck=tcp:${six}`])).toEqual([0]);

    const path = join(temporaryDirectory(), "s");
    const server = createServer((socket) => void socket.destroy());
    await new Promise<void>((resolve) => server.listen(path, resolve));
    expect(await check(init, [`--healthcheck=unix:${path}`])).toEqual([0]);
    await new Promise((resolve) => server.close(resolve));
    expect(await check(init, [`--healthcheck=unix:${path}`])).toEqual([
      1,
      `FATAL unhealthy: unix:${path}: no such file`,
    ]);
  });

  test("P62: HTTP, with a status from 200 to 399", async () => {
    await using init = await start(SLEEP);
    await init.isUp();
    const requests: unknown[] = [];
    const answer: RequestListener = (request, response) => {
      requests.push([
        request.method,
        request.url,
        request.headers.host,
        request.headers.connection,
        request.httpVersion,
      ]);
      response.writeHead(Number(/\d+$/.exec(request.url ?? "")?.[0] ?? 500)).end("hello");
    };
    for (const host of ["127.0.0.1", "::1"]) {
      const port = await http(answer, host);
      requests.length = 0;
      for (const status of [200, 204, 302, 399])
        expect(await check(init, [`--healthcheck=http:${port}/health?code=${status}`])).toEqual([0]);
      expect(requests[0]).toEqual(["GET", "/health?code=200", `localhost:${port}`, "close", "1.1"]);
      expect(requests).toHaveLength(4);
      for (const status of [400, 404, 503])
        expect(await check(init, [`--healthcheck=http:${port}/${status}`])).toEqual([
          1,
          `FATAL unhealthy: http:${port}/${status} answers with status ${status}`,
        ]);
    }
  });

  test("P62: what refuses, closes, or says something else is not healthy", async () => {
    await using init = await start(SLEEP);
    await init.isUp();
    const closed = await tcp((socket) => void socket.destroy());
    expect(await check(init, [`--healthcheck=http:${closed}/`])).toEqual([
      1,
      `FATAL unhealthy: http:${closed}/: the connection was closed`,
    ]);
    const other = await tcp((socket) => void socket.end("SSH-2.0-OpenSSH_9.2\r\n"));
    expect(await check(init, [`--healthcheck=http:${other}/`])).toEqual([
      1,
      `FATAL unhealthy: http:${other}/ does not answer in HTTP`,
    ]);
    const server = createServer();
    const gone = await listening(server);
    await new Promise((resolve) => server.close(resolve));
    expect(await check(init, [`--healthcheck=tcp:${gone}`])).toEqual([
      1,
      `FATAL unhealthy: tcp:${gone}: nobody listens there`,
    ]);
  });

  test("P62: what does not answer, or not accept, is not healthy when the time is over", async () => {
    await using init = await start(SLEEP);
    await init.isUp();
    const late = async (what: string) =>
      expect(await check(init, ["--healthcheck-timeout=250ms", `--healthcheck=${what}`])).toEqual([
        1,
        `FATAL unhealthy: ${what} does not answer within --healthcheck-timeout`,
      ]);
    const silent = await tcp(() => undefined);
    await late(`http:${silent}/`);
    await using deaf = await launch({ binary: program("deaf-server"), as: "process" });
    const [, port = ""] = await deaf.says(/^listens (\d+)$/m);
    await late(`tcp:${port}`);
    const path = join(temporaryDirectory(), "s");
    await using deafer = await launch({ binary: program("deaf-server"), arguments: [path], as: "process" });
    await deafer.says(/^listens 0$/m);
    await late(`unix:${path}`);
  });
});
