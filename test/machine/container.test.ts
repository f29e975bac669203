import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../processes/waiting.ts";
import { Container, contain } from "./container.ts";
import { inside, Machine } from "./machine.ts";

let machine: Machine;
beforeAll(async () => {
  machine = await Machine.boot();
});
afterAll(() => machine[Symbol.asyncDispose]());

const shell = (script: string) => ["/tini-ts", "-v", "--", "/bin/sh", "-c", script];

/** What a container may look like from inside. */
const looks: readonly (readonly [string, readonly string[]])[] = [
  ["/sys/fs/cgroup to write to", []],
  ["/sys/fs/cgroup to read alone", ["cgroup=ro"]],
  ["no /sys/fs/cgroup", ["cgroup=none"]],
  ["neither /proc nor /sys", ["no-proc", "no-sys"]],
  ["the host's control groups in sight", ["host-cgroup-namespace"]],
  ["a user that owns nothing", ["user=1000"]],
  ["another process in its group", ["company"]],
];

describe.each(looks)("in a container with %s", (_, directives) => {
  it("P14, P30, P32: the program runs, its code is the container's, and the control groups are as before", async () => {
    const end = await contain(machine, directives, shell("echo hello; exit 7"));
    expect(end.stdout).toBe("hello\n");
    expect(end.stderr).toContain("Main child exited normally (with status '7')\n");
    expect(end.init).toEqual({ code: 7 });
    expect(end.changes).toEqual([]);
  });

  it("P11: orphans are reaped", async () => {
    const words = [
      "/tini-ts",
      "--warn-on-reap",
      "--linger=1h",
      "--",
      "/bin/sh",
      "-c",
      "(true & true & true &); exit 3",
    ];
    const end = await contain(machine, directives, words);
    expect(end.stderr.match(/Reaped zombie process/g)).toHaveLength(3);
    expect(end.init).toEqual({ code: 3 });
  });

  it("P20, P24: a signal from outside reaches the program", async () => {
    const script = "trap 'echo got USR1' USR1; trap 'echo got TERM; exit 5' TERM; echo ready; while :; do :; done";
    const container = await Container.start(machine, directives, shell(script));
    await container.run.says(/^ready$/m);
    container.signal("SIGUSR1");
    await container.run.says(/^got USR1$/m);
    container.signal("SIGTERM");
    const end = await container.end();
    expect(end.stdout).toBe("ready\ngot USR1\ngot TERM\n");
    expect(end.init).toEqual({ code: 5 });
    expect(end.changes).toEqual([]);
  });
});

describe("in a container", () => {
  it("P24: what is deaf is killed when the grace is over, daemons with it", async () => {
    const words = ["/tini-ts", "--grace=200ms", "--", inside("family"), "--deaf", "session", "group", "worker"];
    const container = await Container.start(machine, [], words);
    await container.run.says(/^main is ready$/m);
    container.signal("SIGTERM");
    const end = await container.end();
    expect(end.init).toEqual({ code: 137 });
    expect(end.leftover).toBe(0);
    expect(end.changes).toEqual([]);
  });

  it("P12: tini-ts that is not PID 1 adopts and reaps orphans", async () => {
    const words = ["/tini-ts", "-v", "-w", "--linger=1h", "--", "/bin/sh", "-c", "(true & true &); exit 3"];
    const end = await contain(machine, ["host-pid-namespace"], words);
    expect(end.stderr.match(/Reaped zombie process/g)).toHaveLength(2);
    expect(end.init).toEqual({ code: 3 });
  });

  it("is killed with all that it runs when its PID 1 is", async () => {
    const container = await Container.start(machine, [], ["/tini-ts", "--", inside("family"), "session", "group"]);
    await container.run.says(/^main is ready$/m);
    container.signal("SIGKILL");
    const end = await container.end();
    expect(end.init).toEqual({ signal: "SIGKILL" });
    expect(end.leftover).toBe(0);
  });
});

/** Boots another machine in a process of its own, which prints the pid of QEMU and waits. */
const STARTER = `
  const { Machine } = await import(process.argv[1]);
  console.log((await Machine.boot()).pid);
  setInterval(() => undefined, 1000);
`;

describe("the machine", () => {
  it("leaves nothing on the host, even when the test run is killed", async () => {
    const module = join(import.meta.dirname, "machine.ts");
    const run = spawn(process.execPath, ["--input-type=module", "-e", STARTER, module], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(run.stdout, "data")) as [Buffer];
    const qemu = `/proc/${line.toString().trim()}`;
    expect(existsSync(qemu)).toBe(true);
    run.kill("SIGKILL");
    await until("QEMU is gone", () => !existsSync(qemu));
    await until("no folder is left", () => !readdirSync(tmpdir()).some((name) => name.startsWith("tini-ts-machine-")));
  });

  it("keeps what one program does from the next: its processes and control groups are gone at its end", async () => {
    const script =
      "mkdir /sys/fs/cgroup/$(cut -d/ -f2 /proc/self/cgroup)/left; (trap '' TERM; setsid sleep 1000) & exit 4";
    const first = await machine.run(["/bin/sh", "-c", script]);
    expect(first.ending).toEqual({ code: 4 });
    expect(first.leftover).toBeGreaterThan(0);
    const after = await machine.sh(
      'find /sys/fs/cgroup -mindepth 1 -type d | grep -v "$(cut -d: -f3 /proc/self/cgroup | cut -d/ -f2)" || true; pidof sleep || true',
    );
    expect(after).toBe("");
  });

  it("ends a program that takes too long, and goes on", async () => {
    await expect(machine.run(["/bin/sh", "-c", "echo stuck; exec sleep 1000"], 300)).rejects.toThrow(
      /took too long[^]*stuck/,
    );
    expect(await machine.sh("pidof sleep || echo none")).toBe("none\n");
  });

  it("reports control groups that are left behind: the control of the tests that find none", async () => {
    const end = await contain(
      machine,
      [],
      shell("mkdir /sys/fs/cgroup/left; echo +memory > /sys/fs/cgroup/left/../cgroup.subtree_control || true"),
    );
    expect(end.changes).toEqual([expect.stringMatching(/^new: \/run-\d+\/box\/left: \[\], 0 processes$/)]);
  });
});
