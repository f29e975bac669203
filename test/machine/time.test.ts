import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { contain } from "./container.ts";
import { inside, Machine } from "./machine.ts";

let machine: Machine;
beforeAll(async () => {
  machine = await Machine.boot({ clock: "instructions" });
});
afterAll(() => machine[Symbol.asyncDispose]());

const USR1 = "10";

/** The hog's two times: when memory.high had not been passed yet, and at the signal. */
function times(stdout: string): { passed: number; warned: number } {
  const [, passed, warned] = /^passed (\d+)\nwarned (\d+)$/m.exec(stdout) ?? [];
  return { passed: Number(passed), warned: Number(warned) };
}

describe("--cpu-max", () => {
  it("P40: --cpu-max=0.2 gives a fifth of a CPU", async () => {
    const end = await contain(machine, [], ["/tini-ts", "--cpu-max=0.2", "--", inside("hog"), "cpu", "2000"]);
    const [, elapsed, used] = /^spun (\d+) (\d+)$/m.exec(end.stdout) ?? [];
    const share = Number(used) / Number(elapsed);
    console.info(`--cpu-max=0.2: ${(share * 100).toFixed(2)} % of a CPU over ${elapsed ?? "?"} µs`);
    expect(share).toBeGreaterThan(0.18);
    expect(share).toBeLessThan(0.22);
    expect(end.changes).toEqual([]);
  });
});

describe("--memory-signal", () => {
  it.each<[string, readonly string[], number]>([
    ["--memory-high", ["--memory-high=16M"], 16 << 20],
    ["90 % of --memory-max where there is no --memory-high", ["--memory-max=32M"], Math.floor((32 << 20) * 0.9)],
    ["--memory-high, also where there is --memory-max", ["--memory-max=64M", "--memory-high=24M"], 24 << 20],
  ])("P43: tells the program that its group has passed %s", async (_, options, bytes) => {
    const words = ["/tini-ts", ...options, "--memory-signal=USR1", "--", "/bin/sh", "-c"];
    const script = `cat /sys/fs/cgroup/workload/memory.high; exec ${inside("hog")} climb 60 ${USR1}`;
    const end = await contain(machine, [], [...words, script]);
    expect({ init: end.init, stderr: end.stderr, changes: end.changes }).toEqual({
      init: { code: 0 },
      stderr: "",
      changes: [],
    });
    // The kernel counts in pages.
    expect(Number(end.stdout.split("\n")[0])).toBe(Math.floor(bytes / 4096) * 4096);
    const { passed, warned } = times(end.stdout);
    expect(warned).toBeGreaterThan(passed);
  });

  it("P43: the signal comes after the event, each time", async () => {
    const milliseconds: number[] = [];
    for (let i = 0; i < 9; i++) {
      const words = ["/tini-ts", "--memory-high=16M", "--memory-signal=USR1", "--", inside("hog"), "climb", "60", USR1];
      const { passed, warned } = times((await contain(machine, [], words)).stdout);
      expect(warned).toBeGreaterThan(passed);
      milliseconds.push((warned - passed) / 1000);
    }
    const [median = 0, most = 0] = [4, 8].map((place) => milliseconds.toSorted((a, b) => a - b)[place]);
    console.info(`memory.events to the program: median ${median.toFixed(2)} ms, at most ${most.toFixed(2)} ms`);
  });

  it("P43: at most once a second, however often it happens", async () => {
    const words = [
      "/tini-ts",
      "--memory-high=16M",
      "--memory-signal=USR1",
      "--",
      inside("hog"),
      "hover",
      "24",
      USR1,
      "4",
    ];
    const end = await contain(machine, [], words);
    const [, count, microseconds] = /^warnings (\d+) (\d+)$/m.exec(end.stdout) ?? [];
    expect(Number(count)).toBeGreaterThanOrEqual(2);
    expect(Number(count)).toBeLessThanOrEqual(Math.floor(Number(microseconds) / 1_000_000) + 1);
    expect({ init: end.init, changes: end.changes }).toEqual({ init: { code: 0 }, changes: [] });
  });

  it("P43: a program that stays below is not bothered", async () => {
    const words = [
      "/tini-ts",
      "--memory-high=48M",
      "--memory-signal=USR1",
      "--",
      inside("hog"),
      "hover",
      "16",
      USR1,
      "1",
    ];
    const end = await contain(machine, [], words);
    expect(end.stdout).toMatch(/^warnings 0 /m);
  });

  it("P43: the restarted program gets the signal as well", async () => {
    const words = [
      "/tini-ts",
      "--memory-high=16M",
      "--memory-signal=USR1",
      "--restart=always:1",
      "--restart-delay=1ms",
    ];
    const end = await contain(machine, [], [...words, "--", inside("hog"), "climb", "60", USR1]);
    expect(end.stdout.match(/^passed \d+\nwarned [1-9]\d*$/gm)).toHaveLength(2);
    expect({ init: end.init, changes: end.changes }).toEqual({ init: { code: 0 }, changes: [] });
  });
});
