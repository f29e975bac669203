import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run, start, type Options } from "../containers/box.ts";
import { waiting } from "../containers/programs.ts";
import { bootEngine } from "./engine.ts";
import { inside, type Machine } from "./machine.ts";

let machine: Machine;
beforeAll(async () => {
  machine = await bootEngine();
});
afterAll(() => machine[Symbol.asyncDispose]());

/** `docker run` of tini-ts with these words. */
const under = (words: readonly string[], host: Options["host"] = {}): Options => ({
  entrypoint: ["/tini-ts"],
  command: [...words],
  host,
});

/** What `docker run` may be told. */
const ways: readonly (readonly [string, NonNullable<Options["host"]>])[] = [
  ["by default", {}],
  ["with --privileged --cgroupns host", { Privileged: true, CgroupnsMode: "host" }],
  [
    "with --read-only --cap-drop ALL and limits of Docker's own",
    { ReadonlyRootfs: true, CapDrop: ["ALL"], Memory: 64 << 20, NanoCpus: 500_000_000, PidsLimit: 30 },
  ],
];

describe("docker run on cgroup v2", () => {
  it.each(ways)(
    "P14, P11, P30: %s the program runs, orphans are reaped, the code is the container's",
    async (_, host) => {
      const words = ["-v", "-w", "--linger=1h", "--", "sh", "-c", "(true & true &); echo hello; exit 7"];
      const { code, stdout, stderr } = await run(under(words, host));
      expect({ code, stdout }).toEqual({ code: 7, stdout: "hello\n" });
      expect(stderr.match(/Reaped zombie process/g)).toHaveLength(2);
    },
  );

  it("P30: --init is tini-ts, whose options are in the environment", async () => {
    const { code } = await run({
      entrypoint: ["sh", "-c", "exit 7"],
      environment: { TINI_REMAP_EXIT: "7:9" },
      host: { Init: true },
    });
    expect(code).toBe(9);
  });

  it("P20, P24: signals reach the program; docker stop ends it by its own code", async () => {
    const box = await start(
      under(["--", ...waiting("trap 'echo got USR1' USR1", "trap 'echo got TERM; exit 5' TERM")]),
    );
    await box.stdout.until(/ready\n/);
    await box.kill("SIGUSR1");
    await box.stdout.until(/got USR1\n/);
    const { code, stdout } = await box.stop();
    expect({ code, stdout }).toEqual({ code: 5, stdout: "ready\ngot USR1\ngot TERM\n" });
  });

  it("P24: what is deaf is killed when the grace is over, not when Docker's time is", async () => {
    const box = await start(under(["--grace=300ms", "--", ...waiting("trap '' TERM")]));
    await box.stdout.until(/ready\n/);
    const { code, state } = await box.stop(100);
    expect({ code, oom: state.OOMKilled }).toEqual({ code: 137, oom: false });
  });
});

describe("limits under docker run on cgroup v2", () => {
  it("P41: are refused by default, where /sys/fs/cgroup cannot be written, and the message names the way out", async () => {
    const { code, stdout, stderr } = await run(under(["--memory-max=32M", "--", "echo", "started"]));
    expect({ code, stdout }).toEqual({ code: 125, stdout: "" });
    expect(stderr).toMatch(/^\[FATAL tini-ts \(1\)\] --memory-max: .*\/sys\/fs\/cgroup.*: read-only/m);
    expect(stderr).toContain("docker run --security-opt writable-cgroups=true");
  });

  it("P40, P41: are set with --privileged, and the init steps aside for them", async () => {
    const script =
      "cat /proc/self/cgroup /proc/1/cgroup; cd /sys/fs/cgroup/workload; cat memory.max cpu.max pids.max; exit 7";
    const words = ["--memory-max=32M", "--cpu-max=0.5", "--pids-max=30", "--", "sh", "-c", script];
    const { code, stdout, stderr } = await run(under(words, { Privileged: true }));
    expect({ code, stdout, stderr }).toEqual({
      code: 7,
      stdout: "0::/workload\n0::/init\n33554432\n50000 100000\n30\n",
      stderr: "",
    });
  });

  it.each<[string, readonly string[], NonNullable<Options["host"]>]>([
    ["ours, with --privileged,", ["--memory-max=32M"], { Privileged: true }],
    ["Docker's --memory", [], { Memory: 32 << 20 }],
    [
      "Docker's --memory, and ours that cannot be set,",
      ["--limits=best-effort", "--pids-max=30"],
      { Memory: 32 << 20 },
    ],
  ])("P32: %s is named where the OOM killer kept it", async (_, options, host) => {
    const words = [...options, "--", inside("hog"), "memory", "64"];
    const { code, stderr } = await run(under(words, { ...host, Binds: ["/programs:/programs:ro"] }));
    expect(code).toBe(137);
    expect(stderr).toMatch(
      /^\[WARN {2}tini-ts \(1\)\] .*killed by the kernel's OOM killer: memory\.max 33554432, peak \d+/m,
    );
  });
});
