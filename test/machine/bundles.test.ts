import { afterAll, beforeAll, describe, expect, it } from "vitest";
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
    const words = ["/tini-ts", "--grace=200ms", "--", inside("family"), "--deaf", "session"];
    const run = startBundle(machine, runtime, `${runtime}-stop`, words);
    await run.says(/^main is ready$/m);
    await killBundle(machine, runtime, `${runtime}-stop`, "TERM");
    const { ending, stdout } = await run.end();
    expect(stdout).toContain("main got 15\n");
    expect(ending).toEqual({ code: 137 });
  });
});
