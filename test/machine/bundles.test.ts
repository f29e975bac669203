import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { patience } from "../patience.ts";
import { killBundle, runtimeFiles, runtimes, startBundle } from "./bundle.ts";
import { inside, Machine } from "./machine.ts";

let machine: Machine;
beforeAll(async () => {
  machine = await Machine.boot({ files: runtimeFiles(), megabytes: 512 });
});
afterAll(() => machine[Symbol.asyncDispose]());

describe.each(runtimes)("in a container of %s", (runtime) => {
  it.each(["ro", "rw"] as const)("P14, P30: with /sys/fs/cgroup mounted %s the program runs", async (cgroup) => {
    const words = ["/tini-ts", "-v", "--", "/bin/sh", "-c", "echo parent $PPID; exit 7"];
    const run = startBundle(machine, runtime, `${runtime}-${cgroup}`, words, { cgroup });
    run.closeInput();
    const { ending, stdout, stderr } = await run.end();
    expect(stdout).toBe("parent 1\n");
    expect(stderr).toContain("Main child exited normally (with status '7')\n");
    expect(ending).toEqual({ code: 7 });
  });

  it("P20, P24: the runtime's TERM reaches the program; what is deaf is killed after the grace", async () => {
    const words = ["/tini-ts", `--grace=${patience(200)}ms`, "--", inside("family"), "--deaf", "session"];
    const run = startBundle(machine, runtime, `${runtime}-stop`, words);
    await run.says(/^main is ready$/m);
    await killBundle(machine, runtime, `${runtime}-stop`, "TERM");
    const { ending, stdout } = await run.end();
    expect(stdout).toContain("main got 15\n");
    expect(ending).toEqual({ code: 137 });
  });

  it("P40, P41: limits are set where /sys/fs/cgroup is mounted rw", async () => {
    const script = "cat /proc/self/cgroup; cd /sys/fs/cgroup/workload; cat memory.max cpu.max pids.max; exit 7";
    const words = ["/tini-ts", "--memory-max=32M", "--cpu-max=0.5", "--pids-max=30", "--", "/bin/sh", "-c", script];
    const run = startBundle(machine, runtime, `${runtime}-limits`, words, { cgroup: "rw" });
    run.closeInput();
    const { ending, stdout, stderr } = await run.end();
    expect({ ending, stdout, stderr }).toEqual({
      ending: { code: 7 },
      stdout: "0::/workload\n33554432\n50000 100000\n30\n",
      stderr: "",
    });
  });

  it("P41: limits are refused where /sys/fs/cgroup is mounted ro, and the message names the way out", async () => {
    const words = ["/tini-ts", "--memory-max=32M", "--", "/bin/echo", "started"];
    const run = startBundle(machine, runtime, `${runtime}-refused`, words, { cgroup: "ro" });
    run.closeInput();
    const { ending, stdout, stderr } = await run.end();
    expect({ ending, stdout }).toEqual({ ending: { code: 125 }, stdout: "" });
    expect(stderr).toMatch(/^\[FATAL tini-ts \(1\)\] --memory-max: .*\/sys\/fs\/cgroup.*: read-only$/m);
    expect(stderr).toContain("cgroup_writable");
  });
});
